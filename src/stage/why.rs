//! The one line of *why*: an event in words, with the rule that it follows.
//!
//! Promises: says what the model did and nothing else; every name and number in it is the model's. Never a wall of text.

use std::sync::Arc;

use super::request::{Asked, reason};
use crate::world::World;
use crate::world::digest::Digest;
use crate::world::event::{Event, EventKind};
use crate::world::machine::Machine;
use crate::world::process::descriptor::FilesystemId;
use crate::world::process::{ExitStatus, Signal};

/// The names of things, looked up in the worlds before and after the event.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    pub before: &'a World,
    pub after: &'a World,
}

impl Names<'_> {
    fn machines(&self, name: &str) -> impl Iterator<Item = &Machine> {
        let matches = move |machine: &&Machine| *machine.name == *name;
        let after = self.after.machines().find(matches);
        after.into_iter().chain(self.before.machines().find(matches))
    }

    fn container(&self, machine: &str, id: &str) -> String {
        let known =
            self.machines(machine).find_map(|machine| machine.daemon.containers.get(id).map(|c| c.name.clone()));
        known.unwrap_or_else(|| id.chars().take(12).collect())
    }

    /// The container whose root this file system is, and its image's layers, the lowest first.
    fn container_of(&self, machine: &str, root: FilesystemId) -> Option<(String, Vec<Digest>)> {
        self.machines(machine).find_map(|machine| {
            let container = machine.daemon.containers.values().find(|container| container.root == root)?;
            let image = machine.daemon.images.get(&container.image);
            let layers = image.map(|image| image.layers().iter().map(|layer| layer.diff_id()).collect());
            Some((container.name.clone(), layers.unwrap_or_default()))
        })
    }

    fn image(&self, machine: &str, id: Digest) -> String {
        let name = self.machines(machine).find_map(|machine| {
            let (name, _) = machine.daemon.images.tags().find(|(_, image)| *image == id)?;
            Some(name.familiar())
        });
        name.unwrap_or_else(|| format!("image {}", id.short()))
    }
}

/// The used share of processors from which on there is none left for more.
const SATURATED: f64 = 0.97;

/// The line for an event; none for what explains itself.
pub fn why(event: &Event, names: Names<'_>) -> Option<String> {
    let machine = &*event.machine;
    let container = |id: &Arc<str>| names.container(machine, id);
    Some(match &event.kind {
        EventKind::LayerPulled { layer, .. } => {
            format!("Layer {} came from the registry: it was not here yet.", layer.short())
        }
        EventKind::LayerExists { layer, .. } => {
            format!("Layer {} is here already: equal layers are stored and pulled once.", layer.short())
        }
        EventKind::ImagePulled { reference, .. } => {
            format!("{reference} is complete: its layers are read-only, and stay so.")
        }
        EventKind::LayerPushed { layer, .. } => {
            format!("Layer {} went to the registry: it was not there yet.", layer.short())
        }
        EventKind::LayerInRegistry { layer, .. } => {
            format!("Layer {} is in the registry already: equal layers are stored and sent once.", layer.short())
        }
        EventKind::ImagePushed { reference, .. } => {
            format!("The registry has all layers of {reference}; its tag now points at this image.")
        }
        EventKind::ImageTagged { reference, previous: Some(previous), image } if previous != image => {
            format!("The name {reference} moved to another image. The old one, {}, is unchanged.", previous.short())
        }
        EventKind::ImageTagged { reference, image, .. } => {
            format!("{reference} is a name for image {}: a tag is a pointer, not a copy.", image.short())
        }
        EventKind::ImageUntagged { reference, .. } => {
            format!("Only the name {reference} went; the image has other users.")
        }
        EventKind::ImageDeleted { image } => format!("Image {} had no name and no user left.", image.short()),
        EventKind::Committed { container: id, image, layer } => {
            let new = names.image(machine, *image);
            match layer {
                Some(_) => format!(
                    "{}'s writable layer was frozen into a new top layer: {new}. The old image is unchanged.",
                    container(id)
                ),
                None => format!(
                    "{} had changed nothing: {new} has the same layers and a configuration of its own.",
                    container(id)
                ),
            }
        }
        EventKind::BuildStep { instruction, cached: true, .. } => {
            format!("{instruction}: neither it nor anything before it changed, so its layer comes from the cache.")
        }
        EventKind::BuildStep { instruction, .. } => {
            format!("{instruction}: this runs, because it or something before it is new.")
        }
        EventKind::ContainerCreated { container: id, image } => {
            format!(
                "{} is a new container from {}: the image's layers, shared, not copied.",
                container(id),
                names.image(machine, *image)
            )
        }
        EventKind::MountAssembled { container: id, layers } => {
            format!(
                "{} got a thin writable layer of its own on top of {layers} read-only {}.",
                container(id),
                plural(*layers, "layer")
            )
        }
        EventKind::ContainerStarted { container: id } => {
            format!("{} runs: its process is PID 1 in there.", container(id))
        }
        EventKind::ContainerPaused { container: id } => {
            format!("{} is frozen: its processes stay in memory and get no time.", container(id))
        }
        EventKind::ContainerUnpaused { container: id } => {
            format!("{} goes on where it was: its processes get time again.", container(id))
        }
        EventKind::ContainerRenamed { from, to, .. } => {
            format!("{from} is called {to} now: a name is only a name, the container and its ID are the same.")
        }
        EventKind::ContainerDied { container: id, status } => died(&container(id), *status),
        EventKind::ContainerRestarting { container: id, attempt } => {
            format!("{} will be started again, by its restart policy (attempt {attempt}).", container(id))
        }
        EventKind::ContainerRemoved { container: id, .. } => {
            format!("{} is gone, and its writable layer with it. Its image is unchanged.", container(id))
        }
        EventKind::PortPublished { container: id, host_port, container_port, .. } => {
            format!("Port {host_port} of this machine leads to port {container_port} of {}.", container(id))
        }
        EventKind::VolumeCreated { name } => {
            format!("Volume {name} is kept apart from every container: it outlives them.")
        }
        EventKind::VolumeFilled { name, .. } => {
            format!("Volume {name} was empty, so it was filled with what the image has at that place.")
        }
        EventKind::VolumeRemoved { name } => format!("Volume {name} and what was in it are gone."),
        EventKind::NetworkCreated { name } => {
            format!(
                "{name} is a network of its own: containers in it find each other by name, others do not reach them."
            )
        }
        EventKind::NetworkRemoved { name } => format!("Network {name} is gone; no container was in it any more."),
        EventKind::NetworkConnected { name, container: id, .. } => {
            format!("{} is in network {name} now, with an address of its own there.", container(id))
        }
        EventKind::NetworkDisconnected { name, container: id } => {
            format!("{} left network {name}, and its address there.", container(id))
        }
        EventKind::CopiedUp { filesystem, path, layer, .. } => {
            let (name, layers) = names.container_of(machine, *filesystem)?;
            let from = layers
                .get(*layer as usize)
                .map_or_else(|| "the image".to_owned(), |id| format!("layer {}", id.short()));
            format!("{path} was copied up from {from} into {name}'s writable layer, because layers are read-only.")
        }
        EventKind::FileWritten { filesystem, path, created: true } => {
            let (name, _) = names.container_of(machine, *filesystem)?;
            format!("{path} is new: it is in {name}'s writable layer, and in no image.")
        }
        EventKind::FileDeleted { filesystem, path, whiteout: true } => {
            let (name, _) = names.container_of(machine, *filesystem)?;
            format!("{path} is still in the image: a whiteout in {name}'s writable layer hides it.")
        }
        EventKind::Signalled { container: Some(id), signal, ignored: true, .. } => {
            format!(
                "{}'s PID 1 has no handler for {signal}, and PID 1 is spared its default: nothing happens.",
                container(id)
            )
        }
        EventKind::Signalled { container: Some(id), signal, .. } if *signal == Signal::KILL => {
            format!("KILL ended {}: no process can catch it.", container(id))
        }
        EventKind::OutOfMemory { container: Some(id), .. } => {
            format!("{} asked for more memory than its limit: the kernel killed it.", container(id))
        }
        EventKind::OutOfMemory { container: None, pid } => {
            format!("The machine's memory is full: the kernel killed its largest process, {}.", pid.0)
        }
        EventKind::Connection { from, to, address, port, failed: Some(told) } => {
            let asked =
                Asked { from: from.as_ref(), to: to.as_ref(), address: *address, port: *port, failed: Some(told) };
            let seen = names.machines(machine).next().and_then(|machine| reason(machine, asked));
            let told = told.to_lowercase();
            match seen {
                Some(seen) => format!("Nothing answered at {address}:{port} ({told}): {seen}."),
                None => format!("Nothing answered at {address}:{port}: {told}."),
            }
        }
        EventKind::Connection { to: Some(id), port, .. } => {
            format!("The request reached port {port} of {}.", container(id))
        }
        EventKind::Crossing { to, port, failed: Some(reason), .. } => {
            format!("Nothing answered at {to}:{port}: {}.", reason.to_lowercase())
        }
        EventKind::Crossing { to, port, .. } => format!("The request left {machine} for port {port} of {to}."),
        EventKind::LoggedIn { from } => {
            format!("A command came from {from}: it runs on {machine}, with what is installed there.")
        }
        EventKind::BootStage { virtual_machine, stage } => {
            format!("{virtual_machine}: {stage}. A virtual machine boots a whole operating system of its own.")
        }
        EventKind::FirstAnswer { container: Some(id), .. } => format!("{} answered its first request.", container(id)),
        EventKind::FirstAnswer { virtual_machine: Some(name), .. } => format!("{name} answered its first request."),
        EventKind::LoadBegan { users, .. } => {
            format!(
                "{users} {} now, each with requests one after the other.",
                if *users == 1 { "user asks" } else { "users ask" }
            )
        }
        EventKind::LoadSample(second) if second.failed > 0 => {
            format!(
                "{} {} not answered well in this second.",
                second.failed,
                if second.failed == 1 { "request was" } else { "requests were" }
            )
        }
        EventKind::LoadSample(second) if second.processors >= SATURATED && second.waiting > 0 => {
            "All processors of the service work: whoever asks now waits until one is free.".to_owned()
        }
        EventKind::LoadEnded { requests, errors: 0 } => format!("{requests} requests, each answered well."),
        EventKind::LoadEnded { requests, errors } => {
            format!("{requests} requests, {errors} of them not answered well.")
        }
        _ => return None,
    })
}

fn died(name: &str, status: ExitStatus) -> String {
    match status {
        ExitStatus::Code(0) => {
            format!("{name} stopped: its PID 1 ended well, and a container lives as long as its PID 1.")
        }
        ExitStatus::Code(code) => format!("{name} stopped: its PID 1 ended with exit code {code}."),
        ExitStatus::Signal(signal) => {
            let code = status.code();
            format!("{name} stopped: {signal} ended its PID 1; {code} is 128 + {}.", signal.number())
        }
    }
}

fn plural(count: u32, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

/// The sentence that tells most of what happened: of a step's events, the one with the strongest cause; of equals, the last.
pub fn telling(events: &[Event], names: Names<'_>) -> Option<String> {
    let mut best: Option<(u8, String)> = None;
    for event in events {
        let weight = weight(&event.kind);
        if best.as_ref().is_none_or(|(known, _)| weight >= *known)
            && let Some(sentence) = why(event, names)
        {
            best = Some((weight, sentence));
        }
    }
    best.map(|(_, sentence)| sentence)
}

/// How much an event tells of why things are as they are: rules that surprise newcomers weigh most.
fn weight(kind: &EventKind) -> u8 {
    match kind {
        EventKind::CopiedUp { .. }
        | EventKind::FileDeleted { whiteout: true, .. }
        | EventKind::OutOfMemory { .. }
        | EventKind::Connection { failed: Some(_), .. }
        | EventKind::Crossing { failed: Some(_), .. }
        | EventKind::Signalled { ignored: true, .. } => 9,
        EventKind::Committed { .. } | EventKind::ContainerRemoved { .. } | EventKind::VolumeFilled { .. } => 8,
        EventKind::ImageTagged { previous: Some(_), .. } | EventKind::ImageUntagged { .. } => 7,
        EventKind::LoadEnded { .. }
        | EventKind::ContainerDied { .. }
        | EventKind::ContainerRestarting { .. }
        | EventKind::ContainerPaused { .. } => 6,
        EventKind::FileWritten { .. } | EventKind::VolumeCreated { .. } | EventKind::VolumeRemoved { .. } => 5,
        EventKind::MountAssembled { .. } | EventKind::FirstAnswer { .. } => 4,
        EventKind::ContainerCreated { .. } | EventKind::ContainerStarted { .. } | EventKind::ImageDeleted { .. } => 3,
        EventKind::ImagePulled { .. }
        | EventKind::ImagePushed { .. }
        | EventKind::LayerExists { .. }
        | EventKind::LayerInRegistry { .. }
        | EventKind::BuildStep { .. } => 2,
        _ => 1,
    }
}
