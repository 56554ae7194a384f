//! Volumes: directories of the host that outlive containers.
//!
//! Promises: a volume's files are in the host's file system at `/var/lib/docker/volumes/NAME/_data`, as in real life; one that a
//! container (running or not) has is not removed. Must not know: how they are mounted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::api::{ApiError, Filters, Response, VolumeSummary};
use super::{Answer, Daemon, tree};
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::event::EventKind;
use crate::world::process::Kernel;

/// Where the engine keeps them.
const DIRECTORY: &str = "/var/lib/docker/volumes";
/// The label that marks a volume that was made without a name.
const ANONYMOUS: &str = "com.docker.volume.anonymous";

/// A volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    pub name: Arc<str>,
    pub labels: BTreeMap<String, String>,
    pub options: BTreeMap<String, String>,
    pub created: Time,
}

impl Volume {
    /// Whether it was made without a name: `volume prune` takes these.
    pub fn is_anonymous(&self) -> bool {
        self.labels.contains_key(ANONYMOUS)
    }
}

/// The directory of a volume on the host.
pub fn mountpoint(name: &str) -> String {
    format!("{DIRECTORY}/{name}/_data")
}

/// Whether this may be a volume's name (moby `volume/local`, `validateName`).
pub(super) fn check_name(name: &str) -> Result<(), String> {
    if name.len() == 1 {
        return Err("volume name is too short, names should be at least two alphanumeric characters".to_owned());
    }
    if super::names::is_valid(name) {
        return Ok(());
    }
    Err(format!(
        "\"{name}\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. \
         If you intended to pass a host directory, use absolute path"
    ))
}

impl Daemon {
    /// A volume of this name, made if it is not there.
    pub(super) fn ensure_volume(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        name: &Arc<str>,
        anonymous: bool,
        mut labels: BTreeMap<String, String>,
        options: BTreeMap<String, String>,
    ) {
        if !self.volumes.contains_key(name) {
            if anonymous {
                labels.insert(ANONYMOUS.to_owned(), String::new());
            }
            self.make_volume(kernel, context, name.clone(), labels, options);
        }
    }

    fn make_volume(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        name: Arc<str>,
        labels: BTreeMap<String, String>,
        options: BTreeMap<String, String>,
    ) {
        let created = context.now;
        if let Some(host) = kernel.union_mut(Kernel::HOST_ROOT) {
            // The name was checked, and nobody but the engine writes there: it can be made.
            let _ = tree::make_directories(host, &mountpoint(&name), created);
        }
        context.emit(EventKind::VolumeCreated { name: name.clone() });
        self.note(context, "volume", "create", &name, BTreeMap::from([("driver".to_owned(), "local".to_owned())]));
        self.volumes.insert(name.clone(), Arc::new(Volume { name, labels, options, created }));
    }

    /// `POST /volumes/create`.
    pub(super) fn volume_create(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        name: Option<String>,
        driver: &str,
        mut labels: BTreeMap<String, String>,
        options: BTreeMap<String, String>,
    ) -> Answer {
        let name = name.filter(|name| !name.is_empty());
        if !matches!(driver, "" | "local") {
            let shown = name.unwrap_or_default();
            return Err(ApiError::not_found(format!(
                "create {shown}: error looking up volume plugin {driver}: plugin \"{driver}\" not found"
            )));
        }
        if let Some(name) = &name {
            check_name(name).map_err(|why| ApiError::invalid(format!("create {name}: {why}")))?;
            if let Some(option) =
                options.keys().find(|option| !matches!(option.as_str(), "type" | "device" | "o" | "size"))
            {
                return Err(ApiError::invalid(format!("create {name}: invalid option: \"{option}\"")));
            }
            // moby `volume/local`, `validateOpts`: what is mounted cannot do without these two.
            let missing = ["device", "type"].into_iter().find(|option| !options.contains_key(*option));
            if let Some(option) = missing.filter(|_| !options.is_empty()) {
                return Err(ApiError::invalid(format!("create {name}: missing required option: \"{option}\"")));
            }
            if self.volumes.contains_key(name.as_str()) {
                return Ok(Response::Created { id: name.clone(), warnings: Vec::new() });
            }
        }
        let name: Arc<str> = match name {
            Some(name) => name.into(),
            None => {
                labels.insert(ANONYMOUS.to_owned(), String::new());
                context.random.id().into()
            }
        };
        self.make_volume(kernel, context, name.clone(), labels, options);
        Ok(Response::Created { id: name.to_string(), warnings: Vec::new() })
    }

    /// `GET /volumes`, sorted by name.
    pub(super) fn volume_list(&self, kernel: &Kernel, filters: &Filters) -> Answer {
        super::list::check_filters(filters, &["dangling", "driver", "label", "name"])?;
        let used = self.volume_users();
        let dangling = super::list::boolean(filters, "dangling")?;
        let summaries = self.volumes.values().filter(|volume| {
            dangling.is_none_or(|dangling| dangling != used.contains_key(&volume.name))
                && super::list::any(filters, "driver", |driver| driver == "local")
                && super::list::any(filters, "name", |name| volume.name.contains(name))
                && super::list::has_labels(filters, "label", &volume.labels)
        });
        let links = |name: &Arc<str>| used.get(name).map_or(0, |users| users.len() as u64);
        Ok(Response::Volumes(summaries.map(|volume| summary(kernel, volume, links(&volume.name))).collect()))
    }

    /// Which containers have which volumes.
    fn volume_users(&self) -> BTreeMap<Arc<str>, Vec<Arc<str>>> {
        let mut users: BTreeMap<Arc<str>, Vec<Arc<str>>> = BTreeMap::new();
        for container in self.containers.values() {
            let names: BTreeSet<&Arc<str>> = container.mounts.iter().filter_map(|mount| mount.name.as_ref()).collect();
            for name in names {
                users.entry(name.clone()).or_default().push(container.id.clone());
            }
        }
        users
    }

    /// `GET /volumes/{name}`.
    pub(super) fn volume_inspect(&self, name: &str) -> Answer {
        let volume =
            self.volumes.get(name).ok_or_else(|| ApiError::not_found(format!("get {name}: no such volume")))?;
        let map = |values: &BTreeMap<String, String>| match values.is_empty() {
            true => Value::Null,
            false => {
                Value::Object(values.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect())
            }
        };
        let mut object = Map::new();
        object.insert("CreatedAt".into(), Time::from_seconds(volume.created.seconds()).to_string().into());
        object.insert("Driver".into(), "local".into());
        object.insert("Labels".into(), map(&volume.labels));
        object.insert("Mountpoint".into(), mountpoint(name).into());
        object.insert("Name".into(), name.into());
        object.insert("Options".into(), map(&volume.options));
        object.insert("Scope".into(), "local".into());
        Ok(Response::Object(Box::new(Value::Object(object))))
    }

    /// `DELETE /volumes/{name}`.
    pub(super) fn volume_remove(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        name: &str,
        force: bool,
    ) -> Answer {
        if !self.volumes.contains_key(name) {
            return match force {
                true => Ok(Response::Done),
                false => Err(ApiError::not_found(format!("get {name}: no such volume"))),
            };
        }
        let has = |container: &&Arc<super::container::Container>| {
            container.mounts.iter().any(|mount| mount.name.as_deref() == Some(name))
        };
        let users: Vec<&str> = self.containers.values().filter(has).map(|container| &*container.id).collect();
        if !users.is_empty() {
            let users = users.join(", ");
            return Err(ApiError::conflict(format!("remove {name}: volume is in use - [{users}]")));
        }
        self.drop_volume(kernel, context, name);
        Ok(Response::Done)
    }

    /// Removes a volume that nobody has, with its files.
    fn drop_volume(&mut self, kernel: &mut Kernel, context: &mut Context, name: &str) {
        if let Some(host) = kernel.union_mut(Kernel::HOST_ROOT) {
            tree::remove(host, &format!("{DIRECTORY}/{name}"));
        }
        self.volumes.remove(name);
        context.emit(EventKind::VolumeRemoved { name: name.into() });
        self.note(context, "volume", "destroy", name, BTreeMap::from([("driver".to_owned(), "local".to_owned())]));
    }

    /// Removes the volumes that were made for a container, where no other has them (`rm -v`, `--rm`).
    pub(super) fn drop_anonymous_volumes(&mut self, kernel: &mut Kernel, context: &mut Context, names: Vec<Arc<str>>) {
        for name in names {
            let shared =
                self.containers.values().any(|c| c.mounts.iter().any(|mount| mount.name.as_ref() == Some(&name)));
            if !shared {
                self.drop_volume(kernel, context, &name);
            }
        }
    }

    /// `POST /volumes/prune`: anonymous volumes that nobody has, or with `all=true` named ones too; never those with options of the driver
    /// (moby `volume/service`, `Prune`).
    pub(super) fn volume_prune(&mut self, kernel: &mut Kernel, context: &mut Context, filters: &Filters) -> Answer {
        super::list::check_filters(filters, &["all", "label", "label!"])?;
        let all = super::list::boolean(filters, "all")?.unwrap_or(false);
        let used = self.volume_users();
        let unused = self.volumes.values().filter(|volume| {
            !used.contains_key(&volume.name)
                && (all || volume.is_anonymous())
                && volume.options.is_empty()
                && super::list::has_labels(filters, "label", &volume.labels)
                && super::list::lacks_labels(filters, "label!", &volume.labels)
        });
        let names: Vec<Arc<str>> = unused.map(|volume| volume.name.clone()).collect();
        let mut reclaimed = 0;
        for name in &names {
            reclaimed += kernel.union(Kernel::HOST_ROOT).map_or(0, |host| tree::size(host, &mountpoint(name)));
            self.drop_volume(kernel, context, name);
        }
        Ok(Response::Pruned { deleted: names.iter().map(|name| name.to_string()).collect(), reclaimed })
    }
}

fn summary(kernel: &Kernel, volume: &Volume, links: u64) -> VolumeSummary {
    let mountpoint = mountpoint(&volume.name);
    VolumeSummary {
        name: volume.name.to_string(),
        driver: "local".to_owned(),
        scope: "local".to_owned(),
        size: kernel.union(Kernel::HOST_ROOT).map_or(0, |host| tree::size(host, &mountpoint)),
        mountpoint,
        labels: volume.labels.clone(),
        links,
    }
}
