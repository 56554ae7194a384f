//! The picture of a world at rest.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::scene::{
    ContainerScene, ContainerState, FileChange, FileScene, Gauge, ImageScene, LayerScene, MachineScene, MemberScene,
    NetworkScene, ProcessScene, Scene, Shade, VolumeScene, WritableScene,
};
use crate::world::World;
use crate::world::clock::Time;
use crate::world::daemon::container::{Container, Status};
use crate::world::daemon::network::Network;
use crate::world::digest::Digest;
use crate::world::filesystem::diff::DiffKind;
use crate::world::filesystem::entry::Node;
use crate::world::machine::Machine;
use crate::world::registry::image::Image;

/// Files that a writable layer names.
const FILES_NAMED: usize = 12;
/// The networks that Docker makes itself.
const OWN_NETWORKS: [&str; 3] = ["bridge", "host", "none"];
/// Containers that a picture shows; a view scrolls among them.
const CONTAINERS_SHOWN: usize = 500;

/// The picture of a world.
pub fn scene(world: &World) -> Scene {
    Scene {
        machines: world.machines().map(|machine| machine_scene(machine, world.now())).collect(),
        focus: Vec::new(),
        travels: Vec::new(),
    }
}

fn machine_scene(machine: &Machine, now: Time) -> MachineScene {
    let containers: Vec<Arc<ContainerScene>> =
        by_age(machine).into_iter().take(CONTAINERS_SHOWN).map(|c| Arc::new(container(machine, c, now))).collect();
    let architecture = match &*machine.kernel.architecture {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    MachineScene {
        name: machine.name.clone(),
        platform: format!("{}/{architecture}", machine.family().platform()),
        kernel: machine.kernel.release.clone(),
        cpus: machine.hardware.cpus,
        memory: Gauge { used: machine.memory_used(), total: machine.hardware.memory },
        disk: Gauge { used: machine.disk_used(), total: machine.hardware.disk },
        images: images(machine),
        volumes: volumes(machine, &containers),
        networks: networks(machine),
        virtual_machines: super::virtual_machine::scenes(machine, now),
        build: None,
        registry: None,
        requests: Vec::new(),
        load: None,
        containers,
    }
}

/// The containers, oldest first: they keep their places while others come and go.
fn by_age(machine: &Machine) -> Vec<&Container> {
    let mut containers: Vec<&Container> = machine.daemon.containers.values().map(|c| &**c).collect();
    containers.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
    containers
}

fn images(machine: &Machine) -> Vec<ImageScene> {
    let mut tags: BTreeMap<Digest, Vec<String>> = BTreeMap::new();
    for (name, id) in machine.daemon.images.tags() {
        tags.entry(id).or_default().push(name.familiar());
    }
    let mut shared: BTreeMap<Digest, u32> = BTreeMap::new();
    for image in machine.daemon.images.iter() {
        for layer in image.layers() {
            *shared.entry(layer.diff_id()).or_default() += 1;
        }
    }
    let mut scenes: Vec<ImageScene> = machine
        .daemon
        .images
        .iter()
        .map(|image| ImageScene {
            id: image.id(),
            tags: tags.remove(&image.id()).unwrap_or_default(),
            size: image.size(),
            layers: layers(image, &shared),
            presence: 1.0,
            containers: u32::try_from(machine.daemon.containers.values().filter(|c| c.image == image.id()).count())
                .unwrap_or(u32::MAX),
        })
        .collect();
    scenes.sort_by(|a, b| (a.tags.is_empty(), &a.tags, a.id).cmp(&(b.tags.is_empty(), &b.tags, b.id)));
    scenes
}

/// The layers of an image, lowest first, each with the instruction that made it.
fn layers(image: &Arc<Image>, shared: &BTreeMap<Digest, u32>) -> Vec<LayerScene> {
    let made_by: Vec<String> = image
        .config()
        .history
        .iter()
        .filter(|h| !h.empty_layer)
        .map(|h| instruction(&h.created_by, &h.comment))
        .collect();
    let missing = String::new();
    let scene = |(index, layer): (usize, &Arc<crate::world::filesystem::layer::Layer>)| {
        let id = layer.diff_id();
        LayerScene {
            id,
            shade: Shade::of(id),
            made_by: made_by.get(index).unwrap_or(&missing).clone(),
            size: layer.size(),
            progress: 1.0,
            shared_by: shared.get(&id).copied().unwrap_or(1),
        }
    };
    image.layers().iter().enumerate().map(scene).collect()
}

/// A line of history as the instruction that a Dockerfile has: without the shell that runs it and BuildKit's mark.
pub fn instruction(created_by: &str, comment: &str) -> String {
    let text = created_by.strip_suffix(" # buildkit").unwrap_or(created_by).trim();
    let text = match text.strip_prefix("/bin/sh -c ") {
        Some(rest) => {
            rest.trim_start().strip_prefix("#(nop)").map_or_else(|| format!("RUN {rest}"), |nop| nop.trim().to_owned())
        }
        None => text.replacen("RUN /bin/sh -c ", "RUN ", 1),
    };
    let text = if text.is_empty() { comment.to_owned() } else { text };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn container(machine: &Machine, container: &Container, now: Time) -> ContainerScene {
    let image = machine.daemon.images.get(&container.image);
    let layers = image.map(|image| image.layers().iter().map(|l| (l.diff_id(), Shade::of(l.diff_id()))).collect());
    let processes: Vec<ProcessScene> = machine
        .kernel
        .processes_of(&container.id)
        .filter(|process| process.exit_status().is_none())
        .map(|process| ProcessScene {
            pid: process.namespace_pid,
            host_pid: process.pid.0,
            command: process.arguments.join(" "),
            presence: 1.0,
        })
        .collect();
    let limit = u64::try_from(container.host_config.resources.memory).ok().filter(|limit| *limit > 0);
    let mut ports: Vec<String> = container
        .published
        .iter()
        .flat_map(|(port, bindings)| bindings.iter().map(move |binding| format!("{}→{port}", binding.host_port)))
        .collect();
    // The same for IPv4 and for IPv6.
    ports.dedup();
    ContainerScene {
        id: container.id.clone(),
        name: container.name.clone(),
        image: container.image,
        image_name: container.config.image.clone(),
        state: state(container.state.status),
        status: status(container, now),
        ports,
        layers: layers.unwrap_or_default(),
        writable: writable(machine, container),
        memory: machine.kernel.processes_of(&container.id).map(|process| process.memory).sum(),
        processes,
        mounts: container
            .mounts
            .iter()
            .map(|mount| (mount.target.clone(), mount.name.as_deref().unwrap_or(&mount.source).to_owned()))
            .collect(),
        addresses: container
            .endpoints
            .iter()
            .filter_map(|(name, endpoint)| Some((name.clone(), endpoint.address?.to_string())))
            .collect(),
        memory_limit: limit,
        presence: 1.0,
        root: container.root,
    }
}

fn state(status: Status) -> ContainerState {
    match status {
        Status::Created => ContainerState::Created,
        Status::Running => ContainerState::Running,
        Status::Paused => ContainerState::Paused,
        Status::Restarting => ContainerState::Restarting,
        Status::Removing => ContainerState::Removing,
        Status::Exited => ContainerState::Exited,
        Status::Dead => ContainerState::Dead,
    }
}

/// The short status of a container: with how it ended, without how long ago.
fn status(container: &Container, now: Time) -> String {
    let state = &container.state;
    match state.status {
        Status::Running => {
            let up = state.started.map_or(0, |started| now.since(started).as_secs());
            let health = state.health.as_ref().map_or_else(String::new, |health| format!(" ({})", health.status));
            format!("Up {up} s{health}")
        }
        Status::Exited => format!("Exited ({})", state.exit_code),
        Status::Restarting => format!("Restarting ({})", state.exit_code),
        Status::Paused => "Paused".to_owned(),
        Status::Created => "Created".to_owned(),
        Status::Removing => "Removing".to_owned(),
        Status::Dead => "Dead".to_owned(),
    }
}

fn writable(machine: &Machine, container: &Container) -> WritableScene {
    let Some(union) = machine.kernel.union(container.root) else { return WritableScene::default() };
    let mut files: Vec<FileScene> = Vec::new();
    let mut more = 0;
    for entry in union.diff() {
        let found = union.lookup(&entry.path);
        let directory = found.as_ref().is_some_and(|found| found.entry.node == Node::Directory);
        let change = match entry.kind {
            DiffKind::Added => FileChange::Added,
            DiffKind::Changed => FileChange::Changed,
            DiffKind::Deleted => FileChange::Deleted,
        };
        // A directory is named only when it is new itself; one that holds a change says nothing more.
        if directory && change == FileChange::Changed {
            continue;
        }
        if files.len() >= FILES_NAMED {
            more += 1;
            continue;
        }
        let size = match found.as_ref().map(|found| &found.entry.node) {
            Some(Node::File(content)) => content.size(),
            _ => 0,
        };
        files.push(FileScene { path: entry.path.to_string(), change, size });
    }
    WritableScene { files, more, size: union.upper_size(), presence: 1.0 }
}

fn volumes(machine: &Machine, containers: &[Arc<ContainerScene>]) -> Vec<VolumeScene> {
    let scene = |(name, size): (Arc<str>, u64)| VolumeScene {
        used_by: containers
            .iter()
            .filter(|container| container.mounts.iter().any(|(_, source)| **source == *name))
            .map(|container| container.name.clone())
            .collect(),
        name,
        size,
        presence: 1.0,
    };
    machine.volumes().into_iter().map(scene).collect()
}

/// The networks that users made, and Docker's own as far as running containers are in them.
fn networks(machine: &Machine) -> Vec<NetworkScene> {
    let containers = &machine.daemon.containers;
    let running = || containers.values().filter(|container| container.state.status.is_running());
    let members = |name: &str| -> Vec<MemberScene> {
        running()
            .filter_map(|container| {
                let endpoint = container.endpoints.get(name)?;
                let address = endpoint.address.map(|address| address.to_string());
                Some(MemberScene { container: container.id.clone(), name: container.name.clone(), address })
            })
            .collect()
    };
    let scene = |network: &Network| NetworkScene {
        name: network.name.to_string(),
        driver: network.driver.name().to_owned(),
        subnet: network.pool.as_ref().map(|pool| format!("{}/{}", pool.subnet, pool.prefix)),
        members: members(&network.name),
        presence: 1.0,
    };
    let networks = machine.daemon.networks.values().map(|network| scene(network));
    networks.filter(|network| !network.members.is_empty() || !OWN_NETWORKS.contains(&network.name.as_str())).collect()
}
