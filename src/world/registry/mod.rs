//! Registries: images as OCI defines them, and the hosts they are pulled from and pushed to.
//!
//! Promises: IDs and digests are the SHA-256 of real OCI bytes; a registry is cheap to clone; an image of the catalogue is read when
//! it is first asked for. Must not know the daemon, the client or the machine. Start reading at `image.rs`; `catalogue/` is the data.

pub mod catalogue;
pub mod config;
pub mod go_json;
pub mod image;
pub mod manifest;

use std::sync::Arc;
use std::time::Duration;

use imbl::OrdMap;

use self::catalogue::Catalogue;
use self::image::Image;
use self::manifest::ManifestFormat;
use crate::world::digest::Digest;

/// The host of names without one: Docker Hub.
pub const DOCKER_HUB: &str = "docker.io";

/// Bytes a second of a registry's connection unless a catalogue says otherwise: 100 Mbit/s.
pub const BANDWIDTH: u64 = 12_500_000;

/// Every registry the world can reach.
#[derive(Clone, Debug)]
pub struct Registry {
    hosts: OrdMap<Arc<str>, Host>,
    bandwidth: u64,
}

/// One registry.
#[derive(Clone, Debug, Default)]
struct Host {
    repositories: OrdMap<Arc<str>, Repository>,
    accepts_push: bool,
}

/// The images of one name.
#[derive(Clone, Debug, Default)]
struct Repository {
    tags: OrdMap<Arc<str>, Source>,
    /// What was pushed, by digest: a tag that moves on leaves it behind.
    pushed: OrdMap<Digest, Served>,
}

/// Where a tag's image comes from.
#[derive(Clone, Debug)]
enum Source {
    /// The catalogue's image of that name, read when it is asked for.
    Catalogue(Arc<Catalogue>, Arc<str>),
    Pushed(Served),
}

/// What a registry answers with: an image, and the digest that the tag points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    pub digest: Digest,
    pub image: Arc<Image>,
}

/// Which image of a repository is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector<'a> {
    Tag(&'a str),
    Digest(Digest),
}

/// Why a registry gave nothing. `Display` is the message of Docker Engine 28.5 after «Error response from daemon: ».
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// Docker Hub does not say whether the repository is private or missing.
    #[error(
        "pull access denied for {name}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied"
    )]
    PullDenied { name: String },
    /// A registry without accounts says that it does not know the repository.
    #[error("manifest for {reference} not found: name unknown: repository name not known to registry")]
    RepositoryUnknown { reference: String },
    /// The repository exists; the tag or digest does not.
    #[error("manifest for {reference} not found: manifest unknown: manifest unknown")]
    ManifestUnknown { reference: String },
    /// The host cannot be reached.
    #[error("Get \"{scheme}://{host}/v2/\": {reason}")]
    Unreachable { scheme: &'static str, host: String, reason: String },
    /// The registry does not take images from strangers.
    #[error("denied: requested access to the resource is denied")]
    PushDenied,
    /// An image of the catalogue cannot be read: Layerlab's own fault or the folder's, not one that Docker knows.
    #[error("the image catalogue is broken: {0}")]
    Catalogue(String),
}

impl Default for Registry {
    /// No registry at all can be reached.
    fn default() -> Registry {
        Registry { hosts: OrdMap::new(), bandwidth: BANDWIDTH }
    }
}

impl Registry {
    /// The registries of a catalogue: their repositories and tags. No image is read yet.
    pub fn of(catalogue: &Arc<Catalogue>) -> Registry {
        let mut hosts: OrdMap<Arc<str>, Host> = OrdMap::new();
        for (name, accepts_push) in catalogue.hosts() {
            hosts.entry(Arc::clone(name)).or_default().accepts_push = *accepts_push;
        }
        for repository in catalogue.repositories() {
            let host = hosts.entry(Arc::clone(&repository.host)).or_default();
            let tags = &mut host.repositories.entry(Arc::clone(&repository.name)).or_default().tags;
            for (tag, image) in &repository.tags {
                tags.insert(Arc::clone(tag), Source::Catalogue(Arc::clone(catalogue), Arc::clone(image)));
            }
        }
        Registry { hosts, bandwidth: catalogue.bandwidth() }
    }

    /// The image that `host/repository` has under a tag or digest, as `docker pull` asks for it (`library/` included: `docker.io`,
    /// `library/nginx`).
    ///
    /// # Errors
    /// As Docker words it: unreachable, denied, repository or manifest unknown.
    pub fn pull(&self, host: &str, repository: &str, selector: Selector<'_>) -> Result<Served, RegistryError> {
        let known_host = self.hosts.get(host).ok_or_else(|| unreachable(host))?;
        let name = familiar(host, repository);
        let reference = match selector {
            Selector::Tag(tag) => format!("{name}:{tag}"),
            Selector::Digest(digest) => format!("{name}@{digest}"),
        };
        let Some(known) = known_host.repositories.get(repository) else {
            return Err(if host == DOCKER_HUB {
                RegistryError::PullDenied { name }
            } else {
                RegistryError::RepositoryUnknown { reference }
            });
        };
        match selector {
            Selector::Tag(tag) => known.tags.get(tag).ok_or(RegistryError::ManifestUnknown { reference })?.serve(),
            Selector::Digest(digest) => known.by_digest(digest)?.ok_or(RegistryError::ManifestUnknown { reference }),
        }
    }

    /// Takes an image under a tag, as `docker push` sends it: with a manifest of Docker's format, whose digest is given back.
    ///
    /// # Errors
    /// The host cannot be reached, or takes nothing.
    pub fn push(
        &mut self,
        host: &str,
        repository: &str,
        tag: &str,
        image: &Arc<Image>,
    ) -> Result<Digest, RegistryError> {
        let known_host = self.hosts.get_mut(host).ok_or_else(|| unreachable(host))?;
        if !known_host.accepts_push {
            return Err(RegistryError::PushDenied);
        }
        let served = Served { digest: image.publish(ManifestFormat::Docker).digest, image: Arc::clone(image) };
        let digest = served.digest;
        let known = known_host.repositories.entry(Arc::from(repository)).or_default();
        known.pushed.insert(digest, served.clone());
        known.tags.insert(Arc::from(tag), Source::Pushed(served));
        Ok(digest)
    }

    /// The tags of a repository, sorted by name: what `docker pull -a` fetches. Empty if there is no such repository.
    pub fn tags(&self, host: &str, repository: &str) -> Vec<Arc<str>> {
        let known = self.hosts.get(host).and_then(|known_host| known_host.repositories.get(repository));
        known.map(|repository| repository.tags.keys().cloned().collect()).unwrap_or_default()
    }

    /// Every repository of every host, sorted: `(host, repository)`.
    pub fn repositories(&self) -> impl Iterator<Item = (&str, &str)> {
        self.hosts.iter().flat_map(|(host, known)| known.repositories.keys().map(move |name| (&**host, &**name)))
    }

    /// How long so many bytes take to arrive.
    pub fn download_time(&self, bytes: u64) -> Duration {
        Duration::from_nanos(
            u64::try_from(u128::from(bytes) * 1_000_000_000 / u128::from(self.bandwidth.max(1))).unwrap_or(u64::MAX),
        )
    }
}

impl Repository {
    fn by_digest(&self, digest: Digest) -> Result<Option<Served>, RegistryError> {
        if let Some(served) = self.pushed.get(&digest) {
            return Ok(Some(served.clone()));
        }
        for source in self.tags.values() {
            let served = source.serve()?;
            if served.digest == digest || served.image.published().manifest_digest == digest {
                return Ok(Some(Served { digest, ..served }));
            }
        }
        Ok(None)
    }
}

impl Source {
    fn serve(&self) -> Result<Served, RegistryError> {
        match self {
            Source::Pushed(served) => Ok(served.clone()),
            Source::Catalogue(catalogue, name) => {
                let image = catalogue.image(name).map_err(|found| RegistryError::Catalogue(found.render_short()))?;
                Ok(Served { digest: image.published().digest, image })
            }
        }
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

/// What Go's HTTP client says of a host that nobody answers for. Docker speaks plain HTTP to the machine itself only.
fn unreachable(host: &str) -> RegistryError {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if name == "localhost" || name.starts_with("127.") {
        let address =
            if host.contains(':') { host.replacen("localhost", "127.0.0.1", 1) } else { "127.0.0.1:80".to_owned() };
        let reason = format!("dial tcp {address}: connect: connection refused");
        return RegistryError::Unreachable { scheme: "http", host: host.to_owned(), reason };
    }
    let reason = format!("dial tcp: lookup {name}: no such host");
    RegistryError::Unreachable { scheme: "https", host: host.to_owned(), reason }
}
