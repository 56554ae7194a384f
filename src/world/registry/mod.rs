//! Registries: images as OCI defines them, and the hosts they are pulled from and pushed to.
//!
//! Promises: IDs and digests are the SHA-256 of real OCI bytes; a registry is cheap to clone; an image of the catalogue is read when
//! it is first asked for. Must not know the daemon, the client or the machine.
//! Start reading at `image.rs`, then `repository.rs`; `catalogue/` is the data.

pub mod archive;
pub mod catalogue;
pub mod config;
mod config_read;
pub mod go_json;
pub mod image;
pub mod manifest;
pub mod platform;
mod repository;
mod served;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use imbl::OrdMap;

use self::catalogue::Catalogue;
use self::image::Image;
use self::manifest::Manifest;
use self::repository::Repository;
use super::clock::Time;
use super::digest::Digest;

pub use self::served::{NoPlatform, Served, Variant};

/// The host of names without one: Docker Hub.
pub const DOCKER_HUB: &str = "docker.io";

/// Bytes a second of a registry's connection unless a catalogue says otherwise: 100 Mbit/s.
pub const BANDWIDTH: u64 = 12_500_000;

/// The name server of the learner's laptop.
const NAMESERVER: &str = "192.168.64.1";

/// The port from which a question to a name server is sent: any of Linux's 32768 to 60999.
const EPHEMERAL: u16 = 41_234;

/// Every registry the world can reach.
#[derive(Clone, Debug)]
pub struct Registry {
    hosts: OrdMap<Arc<str>, Host>,
    bandwidth: u64,
    /// Who is asked for the address of a host.
    nameserver: Arc<str>,
}

/// One registry.
#[derive(Clone, Debug, Default)]
struct Host {
    repositories: OrdMap<Arc<str>, Repository>,
    accepts_push: bool,
    /// Names and passwords.
    users: OrdMap<Arc<str>, Arc<str>>,
}

/// Which image of a repository is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector<'a> {
    Tag(&'a str),
    Digest(Digest),
}

/// A user of a registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    pub user: String,
    pub password: String,
}

/// Who asks a registry, and when.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    pub credentials: Option<&'a Credentials>,
    pub now: Time,
}

impl Asker<'_> {
    /// Somebody who does not say who they are.
    pub const fn anonymous(now: Time) -> Asker<'static> {
        Asker { credentials: None, now }
    }
}

/// What a client wants of a registry: it decides what the registry says when it refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Want {
    Pull,
    Push,
}

/// Why a registry gave nothing. How it is worded is for who asked: the engine and BuildKit word it differently.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// Docker Hub does not say whether the repository is private or missing.
    #[error("{name}: access denied")]
    PullDenied { name: String },
    /// The registry wants to know who asks.
    #[error("{host}: no credentials were given")]
    NoCredentials { host: String },
    /// User or password are wrong.
    #[error("{host}: unknown user or wrong password")]
    WrongCredentials { host: String },
    /// There is nothing of that name.
    #[error("{repository}: the registry does not know this name")]
    RepositoryUnknown { repository: String },
    /// There is no such tag or digest.
    #[error("{reference}: there is no such manifest")]
    ManifestUnknown { reference: String },
    /// The host cannot be reached; `reason` is what Go's HTTP client says of it.
    #[error("Get \"{scheme}://{host}/v2/\": {reason}")]
    Unreachable { scheme: &'static str, host: String, reason: String },
    /// The registry does not take images from this user.
    #[error("access denied")]
    PushDenied,
    /// An image of the catalogue cannot be read: Layerlab's own fault or the folder's, not one that Docker knows.
    #[error("the image catalogue is broken: {0}")]
    Catalogue(String),
}

/// A repository as `docker search` lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// As people write it: `nginx`.
    pub name: String,
    pub about: String,
    /// Whether it is one of Docker's official images.
    pub official: bool,
}

impl Default for Registry {
    /// No registry at all can be reached.
    fn default() -> Registry {
        Registry { hosts: OrdMap::new(), bandwidth: BANDWIDTH, nameserver: NAMESERVER.into() }
    }
}

impl Registry {
    /// The registries of a catalogue: their repositories and tags. No image is read yet.
    pub fn of(catalogue: &Arc<Catalogue>) -> Registry {
        let mut hosts: OrdMap<Arc<str>, Host> = OrdMap::new();
        for (name, settings) in catalogue.hosts() {
            let host = hosts.entry(Arc::clone(name)).or_default();
            host.accepts_push = settings.accepts_push;
            host.users = settings.users.iter().map(|(user, password)| (user.clone(), password.clone())).collect();
        }
        for listed in catalogue.repositories() {
            let host = hosts.entry(Arc::clone(&listed.host)).or_default();
            host.repositories.insert(Arc::clone(&listed.name), Repository::of(catalogue, listed));
        }
        let nameserver = catalogue.host().nameserver.as_deref().unwrap_or(NAMESERVER).into();
        Registry { hosts, bandwidth: catalogue.bandwidth(), nameserver }
    }

    /// What `host/repository` has under a tag or digest, as `docker pull` asks for it (`library/` included: `docker.io`,
    /// `library/nginx`).
    ///
    /// # Errors
    /// Unreachable, denied, or unknown.
    pub fn pull(
        &self,
        host: &str,
        repository: &str,
        selector: Selector<'_>,
        asker: Asker<'_>,
    ) -> Result<Served, RegistryError> {
        let known = self.admitted(host, repository, asker, Want::Pull)?;
        let name = familiar(host, repository);
        let reference = match selector {
            Selector::Tag(tag) => format!("{name}:{tag}"),
            Selector::Digest(digest) => format!("{name}@{digest}"),
        };
        let unknown = || RegistryError::ManifestUnknown { reference: reference.clone() };
        let repository = known.repositories.get(repository).ok_or_else(unknown)?;
        repository.get(selector, asker.now)?.ok_or_else(unknown)
    }

    /// The tags of a repository, the newest first: what `docker pull -a` fetches.
    ///
    /// # Errors
    /// As [`Registry::pull`].
    pub fn tags(&self, host: &str, repository: &str, asker: Asker<'_>) -> Result<Vec<Arc<str>>, RegistryError> {
        let known = self.admitted(host, repository, asker, Want::Pull)?;
        let unknown = || RegistryError::RepositoryUnknown { repository: familiar(host, repository) };
        known.repositories.get(repository).map(|repository| repository.tags(asker.now)).ok_or_else(unknown)
    }

    /// Whether a repository has a layer's blob, so that it need not be sent.
    ///
    /// # Errors
    /// As [`Registry::pull`].
    pub fn has_blob(
        &self,
        host: &str,
        repository: &str,
        blob: Digest,
        asker: Asker<'_>,
    ) -> Result<bool, RegistryError> {
        let known = self.admitted(host, repository, asker, Want::Pull)?;
        known.repositories.get(repository).map_or(Ok(false), |repository| repository.has_blob(blob, asker.now))
    }

    /// Whether images may be pushed to a repository.
    ///
    /// # Errors
    /// Unreachable or denied.
    pub fn may_push(&self, host: &str, repository: &str, asker: Asker<'_>) -> Result<(), RegistryError> {
        self.admitted(host, repository, asker, Want::Push).map(drop)
    }

    /// Whether a registry knows a user, as `docker login` asks. Docker Hub's stand-in and registries without users let everybody in.
    ///
    /// # Errors
    /// Unreachable, or the password is wrong.
    pub fn login(&self, host: &str, credentials: &Credentials) -> Result<(), RegistryError> {
        let known = self.reached(host)?;
        match known.users.is_empty() || known.knows(credentials) {
            true => Ok(()),
            false => Err(RegistryError::WrongCredentials { host: host.to_owned() }),
        }
    }

    /// Takes a layer's blob; the repository is made if it is not there.
    ///
    /// # Errors
    /// As [`Registry::may_push`].
    pub fn put_blob(
        &mut self,
        host: &str,
        repository: &str,
        blob: Digest,
        asker: Asker<'_>,
    ) -> Result<(), RegistryError> {
        self.pushed_to(host, repository, asker)?.put_blob(blob);
        Ok(())
    }

    /// Takes an image's manifest under its digest, and under a tag if one is given: the last step of `docker push`.
    ///
    /// # Errors
    /// As [`Registry::may_push`].
    pub fn put_manifest(
        &mut self,
        host: &str,
        repository: &str,
        tag: Option<&str>,
        image: &Arc<Image>,
        manifest: Manifest,
        asker: Asker<'_>,
    ) -> Result<Digest, RegistryError> {
        let served = Served::of_manifest(Arc::clone(image), manifest);
        let digest = served.digest;
        self.pushed_to(host, repository, asker)?.put(tag, served, asker.now);
        Ok(digest)
    }

    /// Takes a list of manifests under a tag: `docker manifest push`, and a build for several platforms.
    ///
    /// # Errors
    /// As [`Registry::may_push`].
    pub fn put_index(
        &mut self,
        host: &str,
        repository: &str,
        tag: &str,
        served: Served,
        asker: Asker<'_>,
    ) -> Result<Digest, RegistryError> {
        let digest = served.digest;
        self.pushed_to(host, repository, asker)?.put(Some(tag), served, asker.now);
        Ok(digest)
    }

    /// Every repository of every host, sorted: `(host, repository)`.
    pub fn repositories(&self) -> impl Iterator<Item = (&str, &str)> {
        self.hosts.iter().flat_map(|(host, known)| known.repositories.keys().map(move |name| (&**host, &**name)))
    }

    /// The repositories of Docker Hub whose name or description holds `term`, those with the term as their name first.
    pub fn search(&self, term: &str) -> Vec<Found> {
        let term = term.to_lowercase();
        let hub = self.hosts.get(DOCKER_HUB).into_iter().flat_map(|hub| hub.repositories.iter());
        let found = hub.map(|(name, repository)| Found {
            name: familiar(DOCKER_HUB, name),
            about: repository.about.to_string(),
            official: name.starts_with("library/"),
        });
        let mut found: Vec<Found> =
            found.filter(|found| found.name.contains(&term) || found.about.to_lowercase().contains(&term)).collect();
        found.sort_by_key(|found| (found.name != term, !found.name.contains(&term)));
        found
    }

    /// How long so many bytes take to arrive.
    pub fn download_time(&self, bytes: u64) -> Duration {
        Duration::from_nanos(
            u64::try_from(u128::from(bytes) * 1_000_000_000 / u128::from(self.bandwidth.max(1))).unwrap_or(u64::MAX),
        )
    }

    /// Whether a host can be reached.
    ///
    /// # Errors
    /// It cannot.
    pub fn reach(&self, host: &str) -> Result<(), RegistryError> {
        self.reached(host).map(drop)
    }

    fn reached(&self, host: &str) -> Result<&Host, RegistryError> {
        self.hosts.get(&*by_name(host)).ok_or_else(|| self.unreachable(host))
    }

    /// What Go's HTTP client says of a host that nobody answers for.
    fn unreachable(&self, host: &str) -> RegistryError {
        let (name, port) = host.rsplit_once(':').unwrap_or((host, ""));
        let scheme = scheme(host);
        let port = match (port, scheme) {
            ("", "http") => "80",
            ("", _) => "443",
            (port, _) => port,
        };
        let server = &self.nameserver;
        let reason = if scheme == "http" {
            format!("dial tcp 127.0.0.1:{port}: connect: connection refused")
        } else if name.parse::<std::net::IpAddr>().is_ok() {
            format!("dial tcp {name}:{port}: connect: no route to host")
        } else if server.starts_with("127.") {
            // A name server on the machine itself that does not run.
            format!(
                "dial tcp: lookup {name} on {server}:53: read udp 127.0.0.1:{EPHEMERAL}->{server}:53: read: connection refused"
            )
        } else {
            format!("dial tcp: lookup {name} on {server}:53: no such host")
        };
        RegistryError::Unreachable { scheme, host: host.to_owned(), reason }
    }

    /// The host, if it lets this asker do what they want.
    fn admitted(&self, host: &str, repository: &str, asker: Asker<'_>, want: Want) -> Result<&Host, RegistryError> {
        let known = self.reached(host)?;
        let name = || familiar(host, repository);
        let is_known = asker.credentials.is_some_and(|credentials| known.knows(credentials));
        if host == DOCKER_HUB {
            // Everybody may pull what is public, which all of it is; a user may push to their own name.
            let owns = asker.credentials.filter(|_| is_known).is_some_and(|credentials| {
                repository.strip_prefix(&credentials.user).is_some_and(|rest| rest.starts_with('/'))
            });
            return match want {
                Want::Pull if known.repositories.contains_key(repository) || owns => Ok(known),
                Want::Pull => Err(RegistryError::PullDenied { name: name() }),
                Want::Push if owns => Ok(known),
                Want::Push => Err(RegistryError::PushDenied),
            };
        }
        if !known.users.is_empty() && !is_known {
            let host = host.to_owned();
            return Err(match asker.credentials {
                None => RegistryError::NoCredentials { host },
                Some(_) => RegistryError::WrongCredentials { host },
            });
        }
        if want == Want::Push && !known.accepts_push { Err(RegistryError::PushDenied) } else { Ok(known) }
    }

    fn pushed_to(&mut self, host: &str, repository: &str, asker: Asker<'_>) -> Result<&mut Repository, RegistryError> {
        self.may_push(host, repository, asker)?;
        let unreachable = self.unreachable(host);
        let known = self.hosts.get_mut(&*by_name(host)).ok_or(unreachable)?;
        Ok(known.repositories.entry(Arc::from(repository)).or_default())
    }
}

impl Host {
    fn knows(&self, credentials: &Credentials) -> bool {
        self.users.get(credentials.user.as_str()).is_some_and(|password| **password == *credentials.password)
    }
}

/// Docker speaks plain HTTP to the machine itself only.
pub fn scheme(host: &str) -> &'static str {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if name == "localhost" || name.starts_with("127.") { "http" } else { "https" }
}

/// The machine itself has several names.
fn by_name(host: &str) -> Cow<'_, str> {
    match host.strip_prefix("127.0.0.1") {
        Some(port) => format!("localhost{port}").into(),
        None => host.into(),
    }
}

/// The name as people write it: without `docker.io/` and `library/`.
fn familiar(host: &str, repository: &str) -> String {
    if host == DOCKER_HUB {
        repository.strip_prefix("library/").unwrap_or(repository).to_owned()
    } else {
        format!("{host}/{repository}")
    }
}
