//! What a request and its answer carry over the socket, as JSON: for those who want to see the API behind the command line.
//!
//! Promises: keys and values are those of the Engine API; fields that are empty, and of long answers the rest, are left out. Must not
//! know: who looks at it.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Answer;
use super::api::{CreateContainer, Request, Response};
use super::inspect::config;
use super::inspect_host::host_config;

/// The most bytes of a body or an answer that are kept.
const MOST_BYTES: usize = 4096;

/// The body of a request. Of the one that is large and frequent the parts are kept: it becomes text when somebody looks.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    Create(Arc<CreateContainer>),
    /// Empty for requests without a body.
    Text(Arc<str>),
}

impl Body {
    pub fn of(request: &Request) -> Body {
        match request {
            Request::ContainerCreate(create) => Body::Create(create.clone()),
            other => Body::Text(text_of(other).into()),
        }
    }

    /// The JSON; empty if there is none.
    pub fn text(&self) -> String {
        match self {
            Body::Text(text) => text.to_string(),
            Body::Create(create) => {
                let mut body = config(&create.config);
                if let Value::Object(fields) = &mut body {
                    fields.insert("HostConfig".to_owned(), host_config(&create.host_config, &create.host_config.links));
                }
                written(&without_empty(body).unwrap_or_else(|| json!({})))
            }
        }
    }
}

fn text_of(request: &Request) -> String {
    let value = match request {
        Request::ExecCreate { exec, .. } => json!({
            "User": exec.user,
            "Privileged": exec.privileged,
            "Tty": exec.tty,
            "AttachStdin": exec.stdin,
            "AttachStdout": !exec.detach,
            "AttachStderr": !exec.detach,
            "Env": exec.environment,
            "WorkingDir": exec.working_directory,
            "Cmd": exec.command,
        }),
        Request::ExecStart { .. } => json!({ "Detach": false, "Tty": false }),
        Request::VolumeCreate { name, driver, labels, options } => {
            json!({ "Name": name, "Driver": driver, "Labels": labels, "DriverOpts": options })
        }
        Request::NetworkCreate(network) => json!({
            "Name": network.name,
            "Driver": network.driver,
            "Internal": network.internal,
            "Attachable": network.attachable,
            "IPAM": {
                "Driver": network.address_driver,
                "Options": network.address_options,
                "Config": network.addresses.iter().map(|config| json!({
                    "Subnet": config.subnet,
                    "IPRange": config.range,
                    "Gateway": config.gateway,
                    "AuxiliaryAddresses": config.auxiliary_addresses,
                })).collect::<Vec<_>>(),
            },
            "Options": network.options,
            "Labels": network.labels,
        }),
        Request::NetworkConnect { container, endpoint, .. } => json!({
            "Container": container,
            "EndpointConfig": {
                "Aliases": endpoint.aliases,
                "Links": endpoint.links,
                "IPAMConfig": { "IPv4Address": endpoint.address },
            },
        }),
        Request::NetworkDisconnect { container, force, .. } => json!({ "Container": container, "Force": force }),
        _ => return String::new(),
    };
    written(&without_empty(value).unwrap_or_else(|| json!({})))
}

/// What was answered; for lists, how many there are.
pub fn answer(answer: &Answer) -> String {
    let list = |count: usize, what: &str| format!("[ {count} {what}{} ]", if count == 1 { "" } else { "s" });
    match answer {
        Err(error) => written(&json!({ "message": error.message })),
        Ok(Response::Created { id, warnings }) => written(&json!({ "Id": id, "Warnings": warnings })),
        Ok(Response::Object(value)) => written(value),
        Ok(Response::Images(images)) => list(images.len(), "image"),
        Ok(Response::History(steps)) => list(steps.len(), "step"),
        Ok(Response::Containers(containers)) => list(containers.len(), "container"),
        Ok(Response::Volumes(volumes)) => list(volumes.len(), "volume"),
        Ok(Response::Networks(networks)) => list(networks.len(), "network"),
        Ok(Response::Changes(changes)) => list(changes.len(), "change"),
        Ok(Response::Waited(Some(result))) => written(&json!({ "StatusCode": result.exit_code })),
        Ok(Response::Pruned { deleted, reclaimed }) => {
            written(&json!({ "Deleted": deleted, "SpaceReclaimed": reclaimed }))
        }
        Ok(_) => String::new(),
    }
}

/// The JSON, with line ends; its end is left out if it is long.
fn written(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    if text.len() > MOST_BYTES {
        let end = (0..=MOST_BYTES).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
        text.push_str("\n…");
    }
    text
}

/// The value without null, false, 0, and what is empty.
fn without_empty(value: Value) -> Option<Value> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::Number(number) if number.as_f64() == Some(0.0) => None,
        Value::String(text) if text.is_empty() => None,
        Value::Array(items) => {
            let items: Vec<Value> = items.into_iter().filter_map(without_empty).collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        Value::Object(fields) => {
            let kept: Map<String, Value> =
                fields.into_iter().filter_map(|(name, value)| Some((name, without_empty(value)?))).collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::daemon::api::ApiError;

    #[test]
    fn what_is_empty_is_left_out_and_refusals_are_as_the_api_has_them() {
        let request = Request::VolumeCreate {
            name: Some("data".to_owned()),
            driver: "local".to_owned(),
            labels: Default::default(),
            options: Default::default(),
        };
        assert_eq!(Body::of(&request).text(), "{\n  \"Name\": \"data\",\n  \"Driver\": \"local\"\n}");
        assert_eq!(Body::of(&Request::Version).text(), "");
        let refused = answer(&Err(ApiError::not_found("no such volume")));
        assert_eq!(refused, "{\n  \"message\": \"no such volume\"\n}");
    }

    #[test]
    fn long_answers_are_cut() {
        let long = Response::Object(Box::new(json!(vec!["é"; 5000])));
        assert!(answer(&Ok(long)).len() < MOST_BYTES + 8);
    }
}
