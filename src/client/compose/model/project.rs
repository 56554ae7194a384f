//! A project: services with the networks, volumes, secrets and configs that they need.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::mappings::Mapping;
use super::parts::{Dependency, Extensions, FileObject, NamedVolume, Network};
use super::service::Service;
use crate::client::compose::ComposeError;
use crate::client::compose::file::Environment;
use crate::client::units::go_quote;

/// A project.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Project {
    pub name: String,
    pub directory: String,
    /// The Compose files, absolute.
    pub files: Vec<String>,
    pub environment: Environment,
    pub profiles: Vec<String>,
    pub services: BTreeMap<String, Service>,
    /// Those that no profile turns on.
    pub disabled: BTreeMap<String, Service>,
    pub networks: BTreeMap<String, Network>,
    pub volumes: BTreeMap<String, NamedVolume>,
    pub secrets: BTreeMap<String, FileObject>,
    pub configs: BTreeMap<String, FileObject>,
    pub models: BTreeMap<String, Value>,
    pub extensions: Extensions,
}

/// Which other services come with one that is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Related {
    /// Those that it depends on.
    Dependencies,
    /// Those that depend on it.
    Dependents,
    Nobody,
}

/// Mappings whose keys are a user's, so that `x-` means nothing there.
const FREE: [&str; 16] = [
    "environment",
    "labels",
    "args",
    "annotations",
    "options",
    "driver_opts",
    "sysctls",
    "extra_hosts",
    "storage_opt",
    "depends_on",
    "additional_contexts",
    "aux_addresses",
    "ulimits",
    "ssh",
    "networks",
    "models",
];

/// Moves keys that begin with `x-` aside.
fn set_extensions_aside(map: &mut Map<String, Value>) {
    let mut aside = Map::new();
    let names: Vec<String> = map.keys().filter(|key| key.starts_with("x-")).cloned().collect();
    for name in names {
        if let Some(value) = map.shift_remove(&name) {
            aside.insert(name, value);
        }
    }
    for (key, value) in map.iter_mut() {
        match value {
            Value::Object(inner) if FREE.contains(&key.as_str()) => {
                for inner in inner.values_mut().filter_map(Value::as_object_mut) {
                    set_extensions_aside(inner);
                }
            }
            Value::Object(inner) => set_extensions_aside(inner),
            Value::Array(list) => list.iter_mut().filter_map(Value::as_object_mut).for_each(set_extensions_aside),
            _ => {}
        }
    }
    if !aside.is_empty() {
        map.insert("#extensions".to_owned(), Value::Object(aside));
    }
}

/// Reads the entries of a section; a mistake names its place as mapstructure does: `services[web].mem_limit`.
fn section<T: DeserializeOwned + Default>(
    model: &mut Map<String, Value>,
    name: &str,
) -> Result<BTreeMap<String, T>, ComposeError> {
    let Some(Value::Object(entries)) = model.shift_remove(name) else { return Ok(BTreeMap::new()) };
    let mut section = BTreeMap::new();
    for (key, mut value) in entries {
        if let Value::Object(map) = &mut value {
            set_extensions_aside(map);
        }
        let read = match value {
            Value::Null => T::default(),
            value => serde_path_to_error::deserialize(value).map_err(|error| {
                let place = place_of(error.path());
                let text = format!("'{name}[{key}]{place}' {}", error.inner());
                ComposeError::Message(format!("decoding failed due to the following error(s):\n\n{text}"))
            })?,
        };
        section.insert(key, read);
    }
    Ok(section)
}

fn place_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut place = String::new();
    let mut is_free = false;
    for segment in path.iter() {
        match segment {
            Segment::Map { key } if is_free => place.push_str(&format!("[{key}]")),
            Segment::Map { key } => place.push_str(&format!(".{key}")),
            Segment::Seq { index } => place.push_str(&format!("[{index}]")),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
        is_free = matches!(segment, Segment::Map { key } if FREE.contains(&key.as_str()) || key == "ulimits");
    }
    place
}

impl Project {
    /// The project that a model in canonical form describes.
    ///
    /// # Errors
    /// Values that have the right type and mean nothing.
    pub fn read(mut model: Map<String, Value>) -> Result<Project, ComposeError> {
        model.shift_remove("name");
        let extensions: Extensions = model
            .iter()
            .filter(|(key, _)| key.starts_with("x-"))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let models = model.shift_remove("models");
        Ok(Project {
            services: section(&mut model, "services")?,
            networks: section(&mut model, "networks")?,
            volumes: section(&mut model, "volumes")?,
            secrets: section(&mut model, "secrets")?,
            configs: section(&mut model, "configs")?,
            models: models.and_then(|models| BTreeMap::deserialize(models).ok()).unwrap_or_default(),
            extensions,
            ..Project::default()
        })
    }

    /// A service that is on.
    ///
    /// # Errors
    /// With the words that Compose has for it.
    pub fn service(&self, name: &str) -> Result<&Service, ComposeError> {
        self.services.get(name).ok_or_else(|| ComposeError::NoService {
            name: name.to_owned(),
            why: if self.disabled.contains_key(name) { "service disabled" } else { "not found" },
        })
    }

    /// Turns services on and off by profiles.
    pub fn set_profiles(&mut self, profiles: Vec<String>) {
        let mut all = std::mem::take(&mut self.services);
        all.append(&mut self.disabled);
        for (name, service) in all {
            let list = if service.is_in(&profiles) { &mut self.services } else { &mut self.disabled };
            list.insert(name, service);
        }
        self.profiles = profiles;
    }

    /// Turns these services on, with all of their profiles.
    pub fn enable(&mut self, names: &[String]) {
        let mut profiles = self.profiles.clone();
        for name in names {
            if let Some(service) = self.disabled.get(name) {
                profiles.extend(service.profiles.0.iter().cloned());
            }
        }
        if !names.is_empty() {
            self.set_profiles(profiles);
        }
    }

    /// The services of these names, and those related to them, dependencies before what depends on them. All for no name.
    ///
    /// # Errors
    /// A name of no service.
    pub fn related(&self, names: &[String], related: Related) -> Result<Vec<String>, ComposeError> {
        let mut order = Vec::new();
        let mut seen = BTreeSet::new();
        let names: Vec<String> =
            if names.is_empty() { self.services.keys().cloned().collect() } else { names.to_vec() };
        for name in &names {
            self.visit(name, related, true, &mut seen, &mut order)?;
        }
        Ok(order)
    }

    fn visit(
        &self,
        name: &str,
        related: Related,
        required: bool,
        seen: &mut BTreeSet<String>,
        order: &mut Vec<String>,
    ) -> Result<(), ComposeError> {
        let Some(service) = self.services.get(name) else {
            return match required {
                true => Err(ComposeError::Message(format!("no such service: {name}"))),
                false => Ok(()),
            };
        };
        if !seen.insert(name.to_owned()) {
            return Ok(());
        }
        match related {
            Related::Nobody => {}
            Related::Dependencies => {
                for (name, dependency) in &service.depends_on {
                    self.visit(name, related, dependency.required, seen, order)?;
                }
            }
            Related::Dependents => {
                for name in self.dependents(name, |_| true) {
                    self.visit(&name, related, true, seen, order)?;
                }
            }
        }
        order.push(name.to_owned());
        Ok(())
    }

    /// The services that depend on one, in a way that `counts`.
    pub fn dependents(&self, name: &str, counts: impl Fn(&Dependency) -> bool) -> Vec<String> {
        let depends = |service: &Service| service.depends_on.get(name).is_some_and(&counts);
        self.services.iter().filter(|(_, service)| depends(service)).map(|(name, _)| name.clone()).collect()
    }

    /// Keeps these services and those related to them; the others are turned off. Nothing for no name.
    ///
    /// # Errors
    /// A name of no service.
    pub fn select(&mut self, names: &[String], related: Related) -> Result<(), ComposeError> {
        if names.is_empty() {
            return Ok(());
        }
        let chosen: BTreeSet<String> = self.related(names, related)?.into_iter().collect();
        let others: Vec<String> = self.services.keys().filter(|name| !chosen.contains(*name)).cloned().collect();
        self.disable(&others);
        Ok(())
    }

    /// Turns services off; nobody depends on them any more.
    pub fn disable(&mut self, names: &[String]) {
        for name in names {
            for service in self.services.values_mut() {
                service.depends_on.remove(name);
            }
            if let Some(service) = self.services.remove(name) {
                self.disabled.insert(name.clone(), service);
            }
        }
    }

    /// Drops networks, volumes, secrets and configs that no service uses.
    pub fn drop_unused(&mut self) {
        let mut networks = BTreeSet::new();
        let mut volumes = BTreeSet::new();
        let mut secrets = BTreeSet::new();
        let mut configs = BTreeSet::new();
        for service in self.services.values() {
            networks.extend(service.networks.keys().cloned());
            let named = service.volumes.iter().filter(|volume| volume.kind == "volume");
            volumes.extend(named.map(|volume| volume.source.clone()));
            secrets.extend(service.secrets.iter().map(|secret| secret.source.clone()));
            if let Some(build) = &service.build {
                secrets.extend(build.secrets.iter().map(|secret| secret.source.clone()));
            }
            configs.extend(service.configs.iter().map(|config| config.source.clone()));
        }
        self.networks.retain(|name, _| networks.contains(name));
        self.volumes.retain(|name, _| volumes.contains(name));
        self.secrets.retain(|name, _| secrets.contains(name));
        self.configs.retain(|name, _| configs.contains(name));
    }

    /// Refuses two services with one container name.
    ///
    /// # Errors
    /// In Compose's words, its stray quotation mark included.
    pub fn check_container_names(&self) -> Result<(), ComposeError> {
        let mut names = BTreeSet::new();
        for (name, service) in self.services.iter().filter(|(_, service)| !service.container_name.is_empty()) {
            if !names.insert(&service.container_name) {
                let taken = go_quote(&service.container_name);
                let text = format!("services.{name}: container name {taken} is already in use by service {{}}\"");
                return Err(ComposeError::Message(text));
            }
        }
        Ok(())
    }

    /// The labels of a service's containers: those of the file, and Compose's own.
    pub fn labels_of(service: &Service) -> BTreeMap<String, String> {
        let Mapping(mut labels) = service.labels.clone();
        labels.extend(service.own_labels.clone());
        labels
    }
}
