//! What a project has without saying it: the default network, names of resources, dependencies that links imply.
//!
//! Promises: what compose-go's `loader.Normalize` and `paths.ResolveRelativePaths` do.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::merge::shown;
use super::volume::clean;
use crate::client::compose::ComposeError;

/// Fills in what is implied; `name` is the project's.
pub fn normalize(file: &mut Map<String, Value>, name: &str, environment: &BTreeMap<String, String>) {
    default_network(file);
    if let Some(Value::Object(services)) = file.get_mut("services") {
        for service in services.values_mut().filter_map(Value::as_object_mut) {
            normalize_service(service, environment);
        }
    }
    for section in ["networks", "volumes", "configs", "secrets"] {
        let Some(Value::Object(resources)) = file.get_mut(section) else { continue };
        for (key, resource) in resources {
            if !resource.is_object() {
                *resource = json!({});
            }
            let Value::Object(resource) = resource else { continue };
            if resource.get("name").is_none_or(Value::is_null) {
                let external = matches!(resource.get("external"), Some(Value::Bool(true)))
                    || resource.get("external").and_then(Value::as_str).is_some_and(|text| text == "true");
                let full = if external { key.clone() } else { format!("{name}_{key}") };
                resource.insert("name".to_owned(), json!(full));
            }
        }
    }
}

/// Services that name no network are in the default one, which is there only if somebody is in it.
fn default_network(file: &mut Map<String, Value>) {
    let mut used = false;
    if let Some(Value::Object(services)) = file.get_mut("services") {
        for service in services.values_mut().filter_map(Value::as_object_mut) {
            if service.contains_key("provider") || service.contains_key("network_mode") {
                continue;
            }
            match service.get("networks") {
                Some(Value::Object(networks)) if !networks.is_empty() => used |= networks.contains_key("default"),
                _ => {
                    service.insert("networks".to_owned(), json!({"default": null}));
                    used = true;
                }
            }
        }
    }
    if used {
        let networks = file.entry("networks").or_insert_with(|| json!({}));
        if let Value::Object(networks) = networks {
            networks.entry("default").or_insert(Value::Null);
        }
    }
}

fn normalize_service(service: &mut Map<String, Value>, environment: &BTreeMap<String, String>) {
    if service.get("pull_policy").and_then(Value::as_str) == Some("if_not_present") {
        service.insert("pull_policy".to_owned(), json!("missing"));
    }
    if let Some(Value::Object(build)) = service.get_mut("build") {
        build.entry("context").or_insert_with(|| json!("."));
        if !build.contains_key("dockerfile_inline") {
            build.entry("dockerfile").or_insert_with(|| json!("Dockerfile"));
        }
        if let Some(arguments) = build.get_mut("args") {
            resolve(arguments, environment, false);
        }
    }
    if let Some(variables) = service.get_mut("environment") {
        resolve(variables, environment, true);
    }
    let mut implied: Vec<(String, bool)> = Vec::new();
    let texts = |service: &Map<String, Value>, key: &str| -> Vec<String> {
        let list = service.get(key).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(|text| Some(text.as_str()?.to_owned())).collect()
    };
    for link in texts(service, "links") {
        implied.push((link.split(':').next().unwrap_or_default().to_owned(), true));
    }
    for namespace in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
        if let Some(shared) =
            service.get(namespace).and_then(Value::as_str).and_then(|mode| mode.strip_prefix("service:"))
        {
            implied.push((shared.to_owned(), true));
        }
    }
    if let Some(Value::Array(volumes)) = service.get_mut("volumes") {
        for volume in volumes.iter_mut().filter_map(Value::as_object_mut) {
            if let Some(Value::String(target)) = volume.get_mut("target") {
                *target = clean(target);
            }
        }
    }
    for from in texts(service, "volumes_from") {
        if !from.starts_with("container:") {
            implied.push((from.split(':').next().unwrap_or_default().to_owned(), false));
        }
    }
    if implied.is_empty() {
        return;
    }
    if let Value::Object(dependencies) = service.entry("depends_on").or_insert_with(|| json!({})) {
        for (name, restart) in implied {
            let implied = || json!({"condition": "service_started", "restart": restart, "required": true});
            dependencies.entry(name).or_insert_with(implied);
        }
    }
}

/// Gives names without a value that of the environment.
fn resolve(value: &mut Value, environment: &BTreeMap<String, String>, keeps_unset: bool) {
    match value {
        Value::Array(list) => list.retain_mut(|entry| {
            let Value::String(text) = entry else { return false };
            if text.contains('=') {
                return true;
            }
            match environment.get(text) {
                Some(value) => {
                    *text = format!("{text}={value}");
                    true
                }
                None => keeps_unset,
            }
        }),
        Value::Object(map) => {
            for (key, value) in map.iter_mut().filter(|(_, value)| value.is_null()) {
                if let Some(found) = environment.get(key) {
                    *value = json!(found);
                }
            }
            if !keeps_unset {
                map.retain(|_, value| !value.is_null());
            }
        }
        _ => {}
    }
}

/// Where relative paths begin.
#[derive(Clone, Copy, Debug)]
pub struct Base<'b> {
    pub directory: &'b str,
    pub home: Option<&'b str>,
}

impl Base<'_> {
    /// A path from here.
    pub fn join(&self, path: &str) -> String {
        let expanded = match (path.strip_prefix('~'), self.home) {
            (Some(rest), Some(home)) => clean(&format!("{home}/{rest}")),
            _ => path.to_owned(),
        };
        if expanded.starts_with('/') || expanded.is_empty() {
            return expanded;
        }
        if self.directory.is_empty() { clean(&expanded) } else { clean(&format!("{}/{expanded}", self.directory)) }
    }
}

/// Makes the paths in a file begin at `base`.
///
/// # Errors
/// A bind mount without a source.
pub fn resolve_paths(file: &mut Value, base: Base<'_>) -> Result<(), ComposeError> {
    let Value::Object(file) = file else { return Ok(()) };
    let in_place = |value: Option<&mut Value>| {
        if let Some(Value::String(path)) = value {
            *path = base.join(path);
        }
    };
    let services = file.get_mut("services").and_then(Value::as_object_mut);
    for service in services.into_iter().flat_map(|map| map.values_mut()).filter_map(Value::as_object_mut) {
        if let Some(Value::Object(build)) = service.get_mut("build") {
            if let Some(Value::String(context)) = build.get_mut("context") {
                *context = context_path(context, base);
            }
            if let Some(Value::Object(contexts)) = build.get_mut("additional_contexts") {
                for context in contexts.values_mut() {
                    if let Value::String(context) = context {
                        *context = context_path(context, base);
                    }
                }
            }
            if let Some(Value::Object(keys)) = build.get_mut("ssh") {
                keys.values_mut().for_each(|path| in_place(Some(path)));
            }
        }
        if let Some(Value::Array(files)) = service.get_mut("env_file") {
            files.iter_mut().for_each(|file| in_place(file.get_mut("path")));
        }
        if let Some(Value::Array(files)) = service.get_mut("label_file") {
            files.iter_mut().for_each(|file| in_place(Some(file)));
        }
        in_place(service.get_mut("extends").and_then(|extends| extends.get_mut("file")));
        if let Some(Value::Array(triggers)) = service.get_mut("develop").and_then(|develop| develop.get_mut("watch")) {
            triggers.iter_mut().for_each(|trigger| in_place(trigger.get_mut("path")));
        }
        if let Some(Value::Array(volumes)) = service.get_mut("volumes") {
            for volume in volumes.iter_mut().filter_map(Value::as_object_mut) {
                if volume.get("type").and_then(Value::as_str) != Some("bind") {
                    continue;
                }
                if !volume.contains_key("source") {
                    let text = "invalid mount config for type \"bind\": field Source must not be empty";
                    return Err(ComposeError::Message(text.to_owned()));
                }
                in_place(volume.get_mut("source"));
            }
        }
    }
    for section in ["configs", "secrets"] {
        let objects = file.get_mut(section).and_then(Value::as_object_mut);
        for object in objects.into_iter().flat_map(|map| map.values_mut()) {
            in_place(object.get_mut("file"));
        }
    }
    let volumes = file.get_mut("volumes").and_then(Value::as_object_mut);
    for volume in volumes.into_iter().flat_map(|map| map.values_mut()) {
        let is_local = volume.get("driver").and_then(Value::as_str) == Some("local");
        let Some(options) = volume.get_mut("driver_opts").filter(|_| is_local) else { continue };
        // This is a bind mount in disguise.
        if options.get("o").map(shown).as_deref() == Some("bind") {
            in_place(options.get_mut("device"));
        }
    }
    Ok(())
}

fn context_path(context: &str, base: Base<'_>) -> String {
    const REMOTE: [&str; 6] = ["https://", "http://", "git://", "ssh://", "github.com/", "git@"];
    let elsewhere = context.contains("://")
        || context.starts_with("service:")
        || REMOTE.iter().any(|prefix| context.starts_with(prefix));
    if elsewhere { context.to_owned() } else { base.join(context) }
}

/// Values that secrets and configs take from the environment, and variables that a list only names
/// (compose-go `ResolveEnvironment`).
pub fn resolve_environment(file: &mut Value, environment: &BTreeMap<String, String>) {
    let Value::Object(file) = file else { return };
    let services = file.get_mut("services").and_then(Value::as_object_mut);
    for service in services.into_iter().flat_map(|map| map.values_mut()) {
        if let Some(Value::Array(variables)) = service.get_mut("environment") {
            for variable in variables.iter_mut() {
                if let Value::String(name) = variable
                    && let Some(value) = environment.get(name)
                {
                    *name = format!("{name}={value}");
                }
            }
        }
    }
    let configs = file.get_mut("configs").and_then(Value::as_object_mut);
    for config in configs.into_iter().flat_map(|map| map.values_mut()).filter_map(Value::as_object_mut) {
        let value = config.get("environment").and_then(Value::as_str).and_then(|name| environment.get(name));
        if let Some(value) = value {
            config.insert("content".to_owned(), json!(value));
        }
    }
}
