//! A project as text: YAML, JSON, and the hashes by which Compose knows what changed.
//!
//! Promises: the bytes that Compose writes (`types.Project.MarshalYAML`, `MarshalJSON`, and `hash.go` of Compose).

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::parts::{NamedVolume, Network};
use super::project::Project;
use super::service::Service;
use crate::client::compose::yaml;
use crate::world::digest::Digest;
use crate::world::registry::go_json::{self, Layout};

fn tree<T: Serialize>(value: &T) -> Value {
    // The types have no maps with keys other than texts, which is all that serde_json refuses.
    serde_json::to_value(value).unwrap_or_default()
}

/// As YAML shows it: extensions in their place, nothing for what is empty.
fn for_yaml(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut shown = Map::new();
            for (key, value) in map {
                let is_empty = value.as_object().is_some_and(Map::is_empty);
                match key.as_str() {
                    "#extensions" => {
                        if let Value::Object(extensions) = sorted(value) {
                            shown.extend(extensions);
                        }
                    }
                    "command" | "entrypoint" if value.is_null() => {}
                    "ipam" | "placement" | "resources" if is_empty => {}
                    _ => drop(shown.insert(key, for_yaml(value))),
                }
            }
            Value::Object(shown)
        }
        Value::Array(list) => Value::Array(list.into_iter().map(for_yaml).collect()),
        value => value,
    }
}

/// As JSON shows it: without extensions.
fn for_json(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let shown = map.into_iter().filter(|(key, _)| key != "#extensions");
            Value::Object(shown.map(|(key, value)| (key, for_json(value))).collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(for_json).collect()),
        value => value,
    }
}

/// With the keys of all mappings in order, as Go writes its maps.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut map: Map<String, Value> = map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            map.sort_keys();
            Value::Object(map)
        }
        Value::Array(list) => Value::Array(list.into_iter().map(sorted).collect()),
        value => value,
    }
}

/// The sections of a project that are not empty, without what must not be told.
fn sections(project: &Project) -> Vec<(&'static str, Value)> {
    let mut secrets = project.secrets.clone();
    for secret in secrets.values_mut() {
        secret.content.clear();
    }
    let mut configs = project.configs.clone();
    for config in configs.values_mut().filter(|config| !config.environment.is_empty()) {
        config.content.clear();
    }
    let all = [
        ("networks", tree(&project.networks)),
        ("volumes", tree(&project.volumes)),
        ("secrets", tree(&secrets)),
        ("configs", tree(&configs)),
        ("models", sorted(tree(&project.models))),
    ];
    all.into_iter().filter(|(_, section)| section.as_object().is_some_and(|section| !section.is_empty())).collect()
}

/// A project as `docker compose config` shows it.
pub fn to_yaml(project: &Project) -> String {
    let mut document = Map::new();
    if !project.name.is_empty() {
        document.insert("name".to_owned(), json!(project.name));
    }
    document.insert("services".to_owned(), tree(&project.services));
    for (name, section) in sections(project) {
        document.insert(name.to_owned(), section);
    }
    if let Value::Object(extensions) = sorted(tree(&project.extensions)) {
        document.extend(extensions);
    }
    yaml::write(&for_yaml(Value::Object(document)))
}

/// A project as `docker compose config --format json` shows it.
pub fn to_json(project: &Project) -> String {
    let mut document = Map::new();
    document.insert("name".to_owned(), json!(project.name));
    document.insert("services".to_owned(), tree(&project.services));
    for (name, section) in sections(project) {
        document.insert(name.to_owned(), section);
    }
    let mut document = match for_json(Value::Object(document)) {
        Value::Object(document) => document,
        _ => Map::new(),
    };
    document.extend(project.extensions.iter().map(|(key, value)| (key.clone(), sorted(value.clone()))));
    document.sort_keys();
    String::from_utf8_lossy(&go_json::encode(&Value::Object(document), Layout::Indented(2))).into_owned()
}

fn hash(value: Value) -> String {
    Digest::of(go_json::encode(&for_json(value), Layout::Compact)).hex().to_owned()
}

/// What a service's containers must be made anew for when it changes.
pub fn hash_service(service: &Service) -> String {
    let mut service = service.clone();
    service.build = None;
    service.pull_policy.clear();
    service.scale = None;
    if let Some(deploy) = &mut service.deploy {
        deploy.replicas = None;
    }
    service.depends_on.clear();
    service.profiles.0.clear();
    hash(tree(&service))
}

/// What a network must be made anew for when it changes.
pub fn hash_network(network: &Network) -> String {
    hash(tree(network))
}

/// What a volume must be made anew for when it changes.
pub fn hash_volume(volume: &NamedVolume) -> String {
    let mut volume = volume.clone();
    if volume.driver.is_empty() {
        "local".clone_into(&mut volume.driver);
    }
    hash(tree(&volume))
}
