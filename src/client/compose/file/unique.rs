//! Lists of which only the last entry of each kind counts: environment, ports, mounts.
//!
//! Promises: entries are told apart as compose-go's `override.EnforceUnicity` does.

use std::collections::BTreeMap;

use serde_json::Value;

use super::merge::{go_type, shown};
use super::path::Path;
use super::volume;
use crate::client::compose::ComposeError;

/// What makes two entries of a list the same.
#[derive(Clone, Copy)]
enum Identity {
    /// What stands before `=`.
    Key,
    /// The target of a mount.
    Target,
    DeviceTarget,
    Expose,
    Port,
    EnvFile,
    /// The target of a config or secret, by default in this directory.
    Mount(&'static str),
}

const IDENTITIES: [(&str, Identity); 29] = [
    ("networks.*.labels", Identity::Key),
    ("networks.*.ipam.options", Identity::Key),
    ("services.*.annotations", Identity::Key),
    ("services.*.build.args", Identity::Key),
    ("services.*.build.additional_contexts", Identity::Key),
    ("services.*.build.platform", Identity::Key),
    ("services.*.build.tags", Identity::Key),
    ("services.*.build.labels", Identity::Key),
    ("services.*.cap_add", Identity::Key),
    ("services.*.cap_drop", Identity::Key),
    ("services.*.devices", Identity::DeviceTarget),
    ("services.*.configs", Identity::Mount("")),
    ("services.*.deploy.labels", Identity::Key),
    ("services.*.dns", Identity::Key),
    ("services.*.dns_opt", Identity::Key),
    ("services.*.dns_search", Identity::Key),
    ("services.*.environment", Identity::Key),
    ("services.*.env_file", Identity::EnvFile),
    ("services.*.expose", Identity::Expose),
    ("services.*.labels", Identity::Key),
    ("services.*.links", Identity::Key),
    ("services.*.networks.*.aliases", Identity::Key),
    ("services.*.networks.*.link_local_ips", Identity::Key),
    ("services.*.ports", Identity::Port),
    ("services.*.profiles", Identity::Key),
    ("services.*.secrets", Identity::Mount("/run/secrets")),
    ("services.*.sysctls", Identity::Key),
    ("services.*.tmpfs", Identity::Key),
    ("services.*.volumes", Identity::Target),
];

/// Keeps the last of several entries that are the same, at the place of the first.
///
/// # Errors
/// Entries that cannot be compared.
pub fn keep_last(value: &mut Value) -> Result<(), ComposeError> {
    keep_last_at(value, &Path::TOP)
}

fn keep_last_at(value: &mut Value, path: &Path<'_>) -> Result<(), ComposeError> {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                keep_last_at(value, &path.next(key))?;
            }
        }
        Value::Array(list) => {
            let known = IDENTITIES.iter().find(|(pattern, _)| path.matches(pattern));
            let Some((_, identity)) = known else { return Ok(()) };
            let mut keys: BTreeMap<String, usize> = BTreeMap::new();
            let mut kept: Vec<Value> = Vec::new();
            for (index, entry) in std::mem::take(list).into_iter().enumerate() {
                let key = key_of(*identity, &entry, &path.next(&format!("[{index}]")))?;
                match keys.get(&key).and_then(|place| kept.get_mut(*place)) {
                    Some(place) => *place = entry,
                    None => {
                        keys.insert(key, kept.len());
                        kept.push(entry);
                    }
                }
            }
            *list = kept;
        }
        _ => {}
    }
    Ok(())
}

fn key_of(identity: Identity, entry: &Value, path: &Path<'_>) -> Result<String, ComposeError> {
    let refuse = |text: String| Err(ComposeError::Message(text));
    match (identity, entry) {
        (Identity::Key, Value::String(text)) => Ok(text.split('=').next().unwrap_or(text).to_owned()),
        (Identity::Key, other) => refuse(format!("{path}: unexpected type {}", go_type(other))),
        (Identity::Target, Value::String(text)) => Ok(volume::parse(text)?.target),
        (Identity::Target | Identity::DeviceTarget, Value::Object(map)) => match map.get("target") {
            Some(Value::String(target)) => Ok(target.clone()),
            _ => {
                let what = if matches!(identity, Identity::Target) { "volume" } else { "device" };
                refuse(format!("service {what} {path} is missing a mount target"))
            }
        },
        (Identity::DeviceTarget, Value::String(text)) => {
            let mut parts = text.split(':');
            let first = parts.next().unwrap_or_default();
            Ok(parts.next().unwrap_or(first).to_owned())
        }
        (Identity::Expose, Value::String(text)) => Ok(text.clone()),
        (Identity::Expose, Value::Number(number)) if number.is_i64() => Ok(number.to_string()),
        (Identity::Expose, other) => refuse(format!("{path}: unsupported expose value {}", shown(other))),
        (Identity::Port, Value::String(text)) => Ok(text.clone()),
        (Identity::Port, Value::Number(number)) => Ok(number.to_string()),
        (Identity::Port, Value::Object(map)) => {
            let Some(target) = map.get("target") else {
                return refuse(format!("service ports {path} is missing a target port"));
            };
            let part = |name: &str, default: &str| map.get(name).map_or(default.to_owned(), shown);
            let (host, published) = (part("host_ip", "0.0.0.0"), part("published", ""));
            Ok(format!("{host}:{published}:{}/{}", shown(target), part("protocol", "tcp")))
        }
        (Identity::EnvFile, Value::String(text)) => Ok(text.clone()),
        (Identity::EnvFile, Value::Object(map)) => match map.get("path") {
            Some(path) => Ok(shown(path)),
            None => refuse(format!("environment path attribute {path} is missing")),
        },
        (Identity::Mount(directory), Value::String(text)) => Ok(format!("{directory}/{text}")),
        (Identity::Mount(directory), Value::Object(map)) => Ok(match (map.get("target"), map.get("source")) {
            (Some(target), _) => shown(target),
            (None, source) => format!("{directory}/{}", source.map_or_else(|| "<nil>".to_owned(), shown)),
        }),
        (Identity::Mount(_), other) => refuse(format!("{path}: unsupported expose value {}", shown(other))),
        (Identity::Target | Identity::DeviceTarget | Identity::Port | Identity::EnvFile, _) => Ok(String::new()),
    }
}
