//! `docker inspect` and its kin.
//!
//! Promises: docker/cli `cli/command/inspect` and `system/inspect.go`: what is looked for in which order, what is
//! printed when something is not there, and the exit codes 1 and 64.

use serde_json::Value;

use super::platform::platform;
use crate::client::inspect_types;
use crate::client::program::{Client, daemon_error};
use crate::client::template::output::{inspect, parse_inspect};
use crate::client::template::{GoType, Template};
use crate::world::daemon::api::{ApiError, Request, Response};
use crate::world::process::System;
use crate::world::registry::go_json::{self, Layout};

/// The blanks by which JSON is indented.
const INDENT: usize = 4;
/// The types that `--type` may name.
const TYPES: [&str; 10] =
    ["config", "container", "image", "network", "node", "plugin", "secret", "service", "task", "volume"];

/// The kinds of things there are, in the order in which a name is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Container,
    Image,
    Network,
    Volume,
}

const KINDS: [Kind; 4] = [Kind::Container, Kind::Image, Kind::Network, Kind::Volume];

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Kind::Container => "container",
            Kind::Image => "image",
            Kind::Network => "network",
            Kind::Volume => "volume",
        }
    }

    const fn go_type(self) -> GoType {
        match self {
            Kind::Container => inspect_types::CONTAINER,
            Kind::Image => inspect_types::IMAGE,
            Kind::Network => inspect_types::NETWORK,
            Kind::Volume => inspect_types::VOLUME,
        }
    }

    fn request(self, name: &str, size: bool, platform: Option<String>) -> Request {
        let name = name.to_owned();
        match self {
            Kind::Container => Request::ContainerInspect { container: name, size },
            Kind::Image => Request::ImageInspect { name, platform },
            Kind::Network => Request::NetworkInspect { name },
            Kind::Volume => Request::VolumeInspect { name },
        }
    }
}

/// `docker inspect`.
///
/// # Errors
/// The exit code.
pub fn any(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let wanted = client.invocation.parsed.text("type").unwrap_or_default().to_owned();
    if client.invocation.parsed.changed("type") && wanted.is_empty() {
        client.err(
            "type is empty: must be one of \"config\", \"container\", \"image\", \"network\", \"node\", \
                    \"plugin\", \"secret\", \"service\", \"task\", \"volume\"\n",
        );
        return Err(1);
    }
    if !wanted.is_empty() && !TYPES.contains(&wanted.as_str()) {
        let quoted = crate::client::units::go_quote(&wanted);
        client.err(format!("unknown type: {quoted}: must be one of \"{}\"\n", TYPES.join("\", \"")));
        return Err(1);
    }
    let kinds: Vec<Kind> = KINDS.into_iter().filter(|kind| wanted.is_empty() || kind.name() == wanted).collect();
    if kinds.is_empty() {
        client.err(
            "Error response from daemon: This node is not a swarm manager. Use \"docker swarm init\" or \
                    \"docker swarm join\" to connect this node to swarm and try again.\n",
        );
        return Err(1);
    }
    elements(client, system, &kinds, wanted.is_empty())
}

/// `docker container inspect`.
///
/// # Errors
/// The exit code.
pub fn container(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    elements(client, system, &[Kind::Container], false)
}

/// `docker image inspect`.
///
/// # Errors
/// The exit code.
pub fn image(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    platform(client, "")?;
    elements(client, system, &[Kind::Image], false)
}

/// `docker network inspect`.
///
/// # Errors
/// The exit code.
pub fn network(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    elements(client, system, &[Kind::Network], false)
}

/// `docker volume inspect`.
///
/// # Errors
/// The exit code.
pub fn volume(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    elements(client, system, &[Kind::Volume], false)
}

/// How elements are printed.
enum Printing {
    Indented,
    Compact,
    Template(Box<Template>),
}

fn elements(client: &mut Client, system: &mut System<'_>, kinds: &[Kind], searches: bool) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let parsed = &invocation.parsed;
    let printing = match parsed.text("format").unwrap_or_default() {
        "" => Printing::Indented,
        "json" => Printing::Compact,
        format => match parse_inspect(format) {
            Ok(template) => Printing::Template(Box::new(template)),
            Err(error) => {
                client.err(format!("{error}\n"));
                return Err(64);
            }
        },
    };
    let (mut found, mut text, mut errors) = (Vec::new(), String::new(), Vec::new());
    for name in &parsed.arguments {
        match look_for(client, system, kinds, searches, name) {
            Err(error) => errors.push(error),
            Ok((object, go_type)) => match &printing {
                Printing::Template(template) => match inspect(template, &object, go_type) {
                    Ok(line) => text.push_str(&line),
                    Err(error) => errors.push(error.to_string()),
                },
                _ => found.push(object),
            },
        }
    }
    match printing {
        Printing::Template(_) if text.is_empty() => client.out("\n"),
        Printing::Template(_) => client.out(text),
        _ if found.is_empty() => client.out("[]\n"),
        Printing::Compact => print_json(client, found, Layout::Compact),
        Printing::Indented => print_json(client, found, Layout::Indented(INDENT)),
    }
    if errors.is_empty() {
        return Ok(());
    }
    client.err(errors.join("\n") + "\n");
    Err(1)
}

fn print_json(client: &mut Client, found: Vec<Value>, layout: Layout) {
    client.out(go_json::encode(&Value::Array(found), layout));
    client.out("\n");
}

fn look_for(
    client: &mut Client,
    system: &mut System<'_>,
    kinds: &[Kind],
    searches: bool,
    name: &str,
) -> Result<(Value, GoType), String> {
    let parsed = &client.invocation.clone().parsed;
    let size = parsed.on("size");
    for kind in kinds {
        let platform = parsed.text("platform").map(str::to_owned);
        match system.engine(kind.request(name, size, platform)) {
            Ok(Response::Object(object)) => {
                if size && *kind != Kind::Container {
                    client.err(format!("WARNING: --size ignored for {}\n", kind.name()));
                }
                return Ok((*object, kind.go_type()));
            }
            Ok(_) => return Err(format!("the daemon's answer about {name} is not understood")),
            Err(error) if searches && may_be_another(&error) => {}
            Err(error) => return Err(daemon_error(&error)),
        }
    }
    Err(format!("Error: No such object: {name}"))
}

fn may_be_another(error: &ApiError) -> bool {
    error.status == 404 || error.message.contains("not supported") || error.message.contains("invalid reference format")
}
