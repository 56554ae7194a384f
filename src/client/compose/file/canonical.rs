//! Every key in its long form: `build: .` as `build: {context: .}`, `"80:80"` as a port with target and published.
//!
//! Promises: what compose-go's `transform` package does, defaults and checks after it included; what has another type than it
//! should is refused or left alone, never assumed.

use std::net::IpAddr;

use serde_json::{Map, Value, json};

use super::merge::{go_type, shown};
use super::path::Path;
use super::volume;
use crate::client::compose::ComposeError;
use crate::client::execute::parse_port;

type Result<T = ()> = std::result::Result<T, ComposeError>;

fn refuse<T>(text: String) -> Result<T> {
    Err(ComposeError::Message(text))
}

/// Brings a file into its long form. What cannot be read is left as it is when `lenient`: it may still hold variables.
///
/// # Errors
/// In compose-go's words.
pub fn canonical(file: &mut Value, lenient: bool, warnings: &mut Vec<String>) -> Result {
    let Value::Object(file) = file else { return Ok(()) };
    if let Some(Value::Object(services)) = file.get_mut("services") {
        let path = Path::TOP.next("services");
        for (name, service) in services {
            if let Value::Object(service) = service {
                canonical_service(service, &path.next(name), lenient)?;
            }
        }
    }
    for section in ["volumes", "networks", "secrets", "configs"] {
        let Some(Value::Object(resources)) = file.get_mut(section) else { continue };
        for (name, resource) in resources {
            if let Value::Object(resource) = resource {
                external(resource, &Path::TOP.next(section).next(name), warnings)?;
            }
        }
    }
    Ok(())
}

/// `external: {name: x}`, as it was once written.
fn external(resource: &mut Map<String, Value>, path: &Path<'_>, warnings: &mut Vec<String>) -> Result {
    let Some(Value::Object(external)) = resource.get("external") else { return Ok(()) };
    let name = external.get("name").cloned();
    resource.insert("external".to_owned(), Value::Bool(true));
    if let Some(name) = name {
        warnings.push(format!("{path}: external.name is deprecated. Please set name and external: true"));
        match resource.get("name") {
            Some(own) if *own != name => {
                return refuse(format!("{path}: name and external.name conflict; only use name"));
            }
            Some(_) => {}
            None => drop(resource.insert("name".to_owned(), name)),
        }
    }
    Ok(())
}

fn canonical_service(service: &mut Map<String, Value>, path: &Path<'_>, lenient: bool) -> Result {
    for (key, value) in service.iter_mut() {
        let path = path.next(key);
        match key.as_str() {
            "build" => match value {
                Value::Object(build) => canonical_build(build, &path, lenient)?,
                Value::String(context) => *value = json!({"context": context}),
                other => return refuse(format!("{path}: invalid type {} for build", go_type(other))),
            },
            "depends_on" => depends_on(value, &path)?,
            "env_file" => env_file(value, &path)?,
            "label_file" | "dns" => in_list(value),
            "extends" => match value {
                Value::Object(_) => {}
                Value::String(name) => *value = json!({"service": name}),
                other => return refuse(format!("{path}: invalid type {} for extends", go_type(other))),
            },
            "gpus" => match value {
                Value::Array(_) => {}
                Value::String(_) => *value = json!([{"count": "all"}]),
                other => return refuse(format!("{path}: invalid type {} for gpus", go_type(other))),
            },
            "networks" | "models" => {
                if let Value::Array(names) = value {
                    let names = names.iter().filter_map(Value::as_str);
                    *value = Value::Object(names.map(|name| (name.to_owned(), Value::Null)).collect());
                }
            }
            "volumes" => each(value, &path, |value, path| volume_mount(value, path, lenient))?,
            "devices" => each(value, &path, |value, path| device(value, path, lenient))?,
            "secrets" | "configs" => each(value, &path, file_reference)?,
            "ports" => ports(value, &path, lenient)?,
            "ulimits" => ulimits(value, &path)?,
            "develop" => {
                if let Some(Value::Array(triggers)) = value.get_mut("watch") {
                    for trigger in triggers.iter_mut().filter_map(Value::as_object_mut) {
                        trigger.get_mut("ignore").map(in_list);
                        trigger.get_mut("include").map(in_list);
                    }
                }
            }
            _ => {}
        }
    }
    // OmitEmpty
    if let Some(Value::Array(servers)) = service.get_mut("dns") {
        servers.retain(|server| !server.is_null() && server.as_str() != Some(""));
    }
    Ok(())
}

fn canonical_build(build: &mut Map<String, Value>, path: &Path<'_>, lenient: bool) -> Result {
    for (key, value) in build.iter_mut() {
        let path = path.next(key);
        match key.as_str() {
            "secrets" => each(value, &path, file_reference)?,
            "provenance" | "sbom" if !value.is_string() => *value = Value::String(shown(value)),
            "additional_contexts" => key_values(value, &path, lenient)?,
            "ssh" => ssh(value, &path)?,
            "ulimits" => ulimits(value, &path)?,
            _ => {}
        }
    }
    Ok(())
}

fn each(value: &mut Value, path: &Path<'_>, mut change: impl FnMut(&mut Value, &Path<'_>) -> Result) -> Result {
    if let Value::Array(list) = value {
        for entry in list {
            change(entry, &path.next("[]"))?;
        }
    }
    Ok(())
}

fn in_list(value: &mut Value) {
    if let Value::String(text) = value {
        *value = json!([text]);
    }
}

fn depends_on(value: &mut Value, path: &Path<'_>) -> Result {
    match value {
        Value::Object(dependencies) => {
            for (name, dependency) in dependencies {
                let Value::Object(dependency) = dependency else {
                    return refuse(format!("{path}.{name}: unsupported value {}", shown(dependency)));
                };
                dependency.entry("condition").or_insert_with(|| json!("service_started"));
                dependency.entry("required").or_insert_with(|| json!(true));
            }
        }
        Value::Array(names) => {
            let started = || json!({"condition": "service_started", "required": true});
            let names = names.iter().filter_map(Value::as_str);
            *value = Value::Object(names.map(|name| (name.to_owned(), started())).collect());
        }
        other => return refuse(format!("{path}: invalid type {} for depend_on", go_type(other))),
    }
    Ok(())
}

fn env_file(value: &mut Value, path: &Path<'_>) -> Result {
    in_list(value);
    let Value::Array(files) = value else {
        return refuse(format!("{path}: invalid type {} for env_file", go_type(value)));
    };
    for file in files {
        match file {
            Value::String(name) => *file = json!({"path": name, "required": true}),
            Value::Object(file) => drop(file.entry("required").or_insert_with(|| json!(true))),
            _ => {}
        }
    }
    Ok(())
}

fn volume_mount(value: &mut Value, path: &Path<'_>, lenient: bool) -> Result {
    match value {
        Value::Object(_) => {}
        Value::String(text) => match volume::parse(text) {
            Ok(volume) => *value = volume.to_value(),
            Err(_) if lenient => {}
            Err(error) => return Err(error),
        },
        other => return refuse(format!("{path}: invalid type {} for service volume mount", go_type(other))),
    }
    Ok(())
}

fn device(value: &mut Value, path: &Path<'_>, lenient: bool) -> Result {
    match value {
        Value::Object(_) => {}
        Value::String(text) => {
            let parts: Vec<&str> = text.split(':').collect();
            let (source, target, permissions) = match parts.as_slice() {
                [source] => (*source, *source, "rwm"),
                [source, target] => (*source, *target, "rwm"),
                [source, target, permissions] => (*source, *target, *permissions),
                _ if lenient => return Ok(()),
                _ => return refuse(format!("confusing device mapping, please use long syntax: {text}")),
            };
            let target = if target.is_empty() { source } else { target };
            *value = json!({"source": source, "target": target, "permissions": permissions});
        }
        other => return refuse(format!("{path}: invalid type {} for service volume mount", go_type(other))),
    }
    Ok(())
}

fn file_reference(value: &mut Value, path: &Path<'_>) -> Result {
    match value {
        Value::Object(_) => {}
        Value::String(name) => *value = json!({"source": name}),
        other => return refuse(format!("{path}: unsupported type {}", go_type(other))),
    }
    Ok(())
}

fn ports(value: &mut Value, path: &Path<'_>, lenient: bool) -> Result {
    let Value::Array(entries) = value else {
        return refuse(format!("{path}: invalid type {} for port", go_type(value)));
    };
    let mut ports = Vec::new();
    for entry in entries.iter() {
        let text = match entry {
            Value::Object(_) => {
                ports.push(entry.clone());
                continue;
            }
            Value::String(text) => text.clone(),
            Value::Number(number) if !number.is_f64() => number.to_string(),
            other => return refuse(format!("{path}: invalid type {} for port", go_type(other))),
        };
        match short_port(&text) {
            Ok(parsed) => ports.extend(parsed),
            Err(_) if lenient => return Ok(()),
            Err(why) => return refuse(why),
        }
    }
    *entries = ports;
    Ok(())
}

/// The ports of a short form, in the order of their names (compose-go `ParsePortConfig`).
///
/// # Errors
/// In the words of go-connections.
pub fn short_port(text: &str) -> std::result::Result<Vec<Value>, String> {
    let mut parsed = parse_port(text)?;
    parsed.sort_by(|(one, _), (other, _)| one.cmp(other));
    let long = |(port, binding): (String, crate::world::daemon::container::PortBinding)| {
        let (target, protocol) = port.split_once('/').unwrap_or((&port, "tcp"));
        let mut map = Map::new();
        map.insert("mode".to_owned(), json!("ingress"));
        if !binding.host_ip.is_empty() {
            map.insert("host_ip".to_owned(), json!(binding.host_ip));
        }
        map.insert("target".to_owned(), json!(target.parse::<u32>().unwrap_or_default()));
        if !binding.host_port.is_empty() {
            map.insert("published".to_owned(), json!(binding.host_port));
        }
        map.insert("protocol".to_owned(), json!(protocol));
        Value::Object(map)
    };
    Ok(parsed.into_iter().map(long).collect())
}

fn ulimits(value: &mut Value, path: &Path<'_>) -> Result {
    let Value::Object(limits) = value else { return Ok(()) };
    for (name, limit) in limits {
        match limit {
            Value::Object(_) => {}
            Value::Number(number) if !number.is_f64() => {}
            other => {
                let kind = go_type(other);
                return refuse(format!("{}: invalid type {kind} for external", path.next(name)));
            }
        }
    }
    Ok(())
}

fn key_values(value: &mut Value, path: &Path<'_>, lenient: bool) -> Result {
    match value {
        Value::Object(_) => {}
        Value::Array(list) => {
            let mut map = Map::new();
            for entry in list.iter().filter_map(Value::as_str) {
                match entry.split_once('=') {
                    Some((key, value)) => drop(map.insert(key.to_owned(), json!(value))),
                    None if lenient => return Ok(()),
                    None => return refuse(format!("{path}: invalid value {entry}, expected key=value")),
                }
            }
            *value = Value::Object(map);
        }
        other => return refuse(format!("{path}: invalid type {}", go_type(other))),
    }
    Ok(())
}

fn ssh(value: &mut Value, path: &Path<'_>) -> Result {
    match value {
        Value::Object(_) => {}
        Value::Array(keys) => {
            let mut map = Map::new();
            for key in keys.iter() {
                let Value::String(key) = key else { return refuse(format!("invalid ssh key type {}", go_type(key))) };
                match key.split_once('=') {
                    Some((id, path)) => drop(map.insert(id.to_owned(), json!(path))),
                    None if key == "default" => drop(map.insert(key.clone(), Value::Null)),
                    None => return refuse(format!("invalid ssh key {}", crate::client::units::go_quote(key))),
                }
            }
            *value = Value::Object(map);
        }
        other => return refuse(format!("{path}: invalid type {} for ssh", go_type(other))),
    }
    Ok(())
}

fn services(file: &mut Value) -> impl Iterator<Item = (&String, &mut Map<String, Value>)> {
    let services = file.get_mut("services").and_then(Value::as_object_mut);
    services.into_iter().flatten().filter_map(|(name, service)| Some((name, service.as_object_mut()?)))
}

fn entries<'v>(map: &'v mut Map<String, Value>, key: &str) -> impl Iterator<Item = &'v mut Map<String, Value>> {
    let list = map.get_mut(key).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}

/// Fills in what is left out (compose-go `SetDefaultValues`).
pub fn set_defaults(file: &mut Value) {
    for (_, service) in services(file) {
        if let Some(Value::Object(build)) = service.get_mut("build") {
            build.entry("context").or_insert_with(|| json!("."));
        }
        for secret in entries(service, "secrets") {
            if !secret.contains_key("target") {
                let source = secret.get("source").map(shown).unwrap_or_default();
                secret.insert("target".to_owned(), json!(format!("/run/secrets/{source}")));
            }
        }
        for port in entries(service, "ports") {
            port.entry("protocol").or_insert_with(|| json!("tcp"));
            port.entry("mode").or_insert_with(|| json!("ingress"));
        }
        for request in entries(service, "gpus") {
            count_all(request);
        }
        let reservations = service.get_mut("deploy").and_then(|deploy| deploy.pointer_mut("/resources/reservations"));
        if let Some(Value::Object(reservations)) = reservations {
            entries(reservations, "devices").for_each(count_all);
        }
    }
}

fn count_all(request: &mut Map<String, Value>) {
    if !request.contains_key("count") && !request.contains_key("device_ids") {
        request.insert("count".to_owned(), json!("all"));
    }
}

/// Looks for what no key alone can show to be wrong (compose-go `validation`).
///
/// # Errors
/// In compose-go's words.
pub fn validate(file: &mut Value) -> Result {
    for (name, service) in services(file) {
        for port in entries(service, "ports") {
            if let Some(Value::String(address)) = port.get("host_ip")
                && address.parse::<IpAddr>().is_err()
            {
                return refuse(format!("services.{name}.ports.[]: invalid ip address: {address}"));
            }
        }
        let triggers = service.get("develop").and_then(|develop| develop.get("watch")).and_then(Value::as_array);
        for trigger in triggers.into_iter().flatten() {
            if trigger.get("path").and_then(Value::as_str) == Some("") {
                return refuse(format!("services.{name}.develop.watch.[].path: value can't be blank"));
            }
        }
    }
    let Value::Object(file) = file else { return Ok(()) };
    for (name, volume) in section(file, "volumes") {
        if volume.get("external") != Some(&Value::Bool(true)) {
            continue;
        }
        let other = volume.keys().find(|key| !matches!(key.as_str(), "name" | "external") && !key.starts_with("x-"));
        if let Some(key) = other {
            let quoted = crate::client::units::go_quote(key);
            return refuse(format!("volumes.{name}: conflicting parameters \"external\" and {quoted} specified"));
        }
    }
    let sources: [(&str, &[&str]); 2] =
        [("configs", &["file", "environment", "content"]), ("secrets", &["file", "environment"])];
    for (kind, keys) in sources {
        for (name, object) in section(file, kind) {
            let given = keys.iter().filter(|key| object.contains_key(**key)).count();
            let keys = keys.join("|");
            if given > 1 {
                return refuse(format!("{kind}.{name}: {keys} attributes are mutually exclusive"));
            }
            if given == 0 && !object.contains_key("driver") && !object.contains_key("external") {
                return refuse(format!("{kind}.{name}: one of {keys} must be set"));
            }
        }
    }
    Ok(())
}

fn section<'v>(file: &'v Map<String, Value>, name: &str) -> impl Iterator<Item = (&'v String, &'v Map<String, Value>)> {
    let section = file.get(name).and_then(Value::as_object);
    section.into_iter().flatten().filter_map(|(name, value)| Some((name, value.as_object()?)))
}
