//! The configuration of a thing, as names and values.
//!
//! Promises: what is empty is left out. Must not know: the screen.

use super::thing::{Thing, container, image};
use super::{Opens, Row};
use crate::client::units::human_size;
use crate::stage::scene::Subject;
use crate::world::World;
use crate::world::daemon::volume::mountpoint;
use crate::world::registry::config::RunConfig;

/// The configuration.
pub fn rows(world: &World, thing: &Thing) -> Vec<Row> {
    let mut rows = match thing {
        Thing::Container(..) => of_container(world, thing),
        Thing::Image(..) => of_image(world, thing),
        Thing::Volume(..) => of_volume(world, thing),
        Thing::Network(..) => of_network(world, thing),
        Thing::Machine(_) | Thing::Load(_) | Thing::Command => of_machine(world, thing),
    };
    rows.retain(|row| !row.right.is_empty());
    rows
}

fn short(id: &str) -> String {
    id.chars().take(12).collect()
}

fn of_container(world: &World, thing: &Thing) -> Vec<Row> {
    let Some((_, container)) = container(world, thing) else { return Vec::new() };
    let state = &container.state;
    let command = std::iter::once(container.path.as_str()).chain(container.arguments.iter().map(String::as_str));
    let mut rows = vec![
        Row::new("ID", short(&container.id)),
        Row {
            opens: Opens::Thing(Subject::Image(container.image)),
            ..Row::new("Image", container.config.image.clone())
        },
        Row::new("Command", command.collect::<Vec<_>>().join(" ")),
        Row::new("State", state.status.name()),
        Row::new("Exit code", if state.status.is_running() { String::new() } else { state.exit_code.to_string() }),
        Row::new("Health", state.health.as_ref().map_or("", |health| health.status)),
        Row::new("Restart policy", container.host_config.restart_policy.name.clone()),
        Row::new("Host name", container.config.host_name.clone()),
    ];
    for (port, bindings) in &container.published {
        for binding in bindings.iter().filter(|binding| binding.host_ip != "::") {
            rows.push(Row::new("Published port", format!("{}:{} to {port}", binding.host_ip, binding.host_port)));
        }
    }
    for (name, endpoint) in &container.endpoints {
        let address = endpoint.address.map_or_else(String::new, |address| format!(" {address}"));
        let opens = Opens::Thing(Subject::Network(name.as_str().into()));
        rows.push(Row { opens, ..Row::new("Network", format!("{name}{address}")) });
    }
    for mount in &container.mounts {
        let opens = mount.name.clone().map_or(Opens::Nothing, |name| Opens::Thing(Subject::Volume(name)));
        let source = mount.name.as_deref().unwrap_or(&mount.source);
        let access = if mount.read_write { "" } else { ", read-only" };
        rows.push(Row { opens, ..Row::new("Mount", format!("{} {source} at {}{access}", mount.kind, mount.target)) });
    }
    rows.extend(run_rows(&container.config.run));
    rows
}

fn of_image(world: &World, thing: &Thing) -> Vec<Row> {
    let Some((machine, image)) = image(world, thing) else { return Vec::new() };
    let users = machine.daemon.containers.values().filter(|container| container.image == image.id());
    let names: Vec<String> = users.map(|container| container.name.clone()).collect();
    let mut rows = vec![
        Row::new("ID", image.id().short()),
        Row::new("Names", machine.daemon.images.tags_of(&image.id()).join(", ")),
        Row::new("Digests", machine.daemon.images.digests_of(&image.id()).join(", ")),
        Row::new("Size", human_size(image.size())),
        Row::new("Platform", format!("{}/{}", image.config().os, image.config().architecture)),
        Row::new("Layers", image.layers().len().to_string()),
        Row::new("Containers", names.join(", ")),
    ];
    rows.extend(run_rows(&image.config().config));
    rows
}

fn run_rows(run: &RunConfig) -> Vec<Row> {
    let words = |words: &[String]| words.join(" ");
    let mut rows = vec![
        Row::new("Entrypoint", run.entrypoint.as_deref().map(words).unwrap_or_default()),
        Row::new("Default command", run.cmd.as_deref().map(words).unwrap_or_default()),
        Row::new("Working directory", run.working_dir.clone()),
        Row::new("User", run.user.clone()),
    ];
    rows.extend(run.exposed_ports.iter().map(|port| Row::new("Exposed port", port.clone())));
    rows.extend(run.env.iter().map(|pair| Row::new("Environment", pair.clone())));
    rows.extend(run.labels.iter().map(|(name, value)| Row::new("Label", format!("{name}={value}"))));
    rows
}

fn of_volume(world: &World, thing: &Thing) -> Vec<Row> {
    let Thing::Volume(_, name) = thing else { return Vec::new() };
    let Some(machine) = thing.machine(world) else { return Vec::new() };
    let mut rows = vec![Row::new("Name", name.to_string()), Row::new("On the host's disk", mountpoint(name))];
    for container in machine.daemon.containers.values() {
        for mount in container.mounts.iter().filter(|mount| mount.name.as_ref() == Some(name)) {
            let opens = Opens::Thing(Subject::Container(container.id.clone()));
            rows.push(Row { opens, ..Row::new("Mounted", format!("in {} at {}", container.name, mount.target)) });
        }
    }
    if let Some(volume) = machine.daemon.volumes.get(name) {
        rows.push(Row::new("Without a name of its own", if volume.is_anonymous() { "yes" } else { "" }));
        rows.extend(volume.labels.iter().map(|(name, value)| Row::new("Label", format!("{name}={value}"))));
    }
    rows
}

fn of_network(world: &World, thing: &Thing) -> Vec<Row> {
    let Thing::Network(_, name) = thing else { return Vec::new() };
    let network = thing.machine(world).and_then(|machine| machine.daemon.networks.get(name));
    let Some(network) = network else { return Vec::new() };
    let pool = network.pool.as_ref();
    let names = match network.driver.name() {
        "bridge" if &**name == "bridge" => "not answered: containers find each other by address alone",
        "bridge" => "answered: containers find each other by name",
        _ => "",
    };
    vec![
        Row::new("ID", short(&network.id)),
        Row::new("Driver", network.driver.name()),
        Row::new("Subnet", pool.map_or_else(String::new, |pool| format!("{}/{}", pool.subnet, pool.prefix))),
        Row::new("Gateway", pool.map_or_else(String::new, |pool| pool.gateway.to_string())),
        Row::new("Bridge on the host", network.bridge.to_string()),
        Row::new("Names", names),
        Row::new("Internal", if network.internal { "yes: no way out" } else { "" }),
    ]
}

/// The containers in a network.
pub fn members(world: &World, thing: &Thing) -> Vec<Row> {
    let (Thing::Network(_, name), Some(machine)) = (thing, thing.machine(world)) else { return Vec::new() };
    let mut rows = Vec::new();
    for container in machine.daemon.containers.values() {
        let Some(endpoint) = container.endpoints.get(&**name) else { continue };
        let address = endpoint.address.map_or_else(|| "no address: it does not run".to_owned(), |at| at.to_string());
        let opens = Opens::Thing(Subject::Container(container.id.clone()));
        rows.push(Row { opens, ..Row::new(container.name.clone(), address) });
    }
    if rows.is_empty() {
        rows.push(Row::heading("No container is in this network.", ""));
    }
    rows
}

fn of_machine(world: &World, thing: &Thing) -> Vec<Row> {
    let Some(machine) = thing.machine(world) else { return Vec::new() };
    let daemon = &machine.daemon;
    let guest = machine.kernel.guest.as_ref();
    let inner = guest.map(|guest| Row::new("Kernel in containers", guest.release.to_string()));
    let mut rows = vec![
        Row::new("Name", machine.name.to_string()),
        Row::new("Kernel", machine.kernel.release.to_string()),
        Row::new("Architecture", machine.kernel.architecture.to_string()),
        Row::new("Images", daemon.images.iter().count().to_string()),
        Row::new("Containers", daemon.containers.len().to_string()),
        Row::new("Volumes", daemon.volumes.len().to_string()),
        Row::new("Networks", daemon.networks.len().to_string()),
    ];
    rows.extend(inner);
    rows
}
