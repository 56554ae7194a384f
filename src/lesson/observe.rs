//! What the model answers when a lesson asks: observations and conditions on a timeline.
//!
//! Promises: every answer is read off the world, the events or the outcome of a command; asking changes nothing. What is
//! not there is said in words for the learner.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use super::condition::{
    Condition, ContainerFilter, FilePlace, Goal, ImageFilter, Literal, NetworkFilter, Observation, Observed, Property,
    Subject, VolumeFilter,
};
use crate::timeline::Timeline;
use crate::world::World;
use crate::world::daemon::container::Container;
use crate::world::event::{Event, EventKind};
use crate::world::filesystem::entry::Node;
use crate::world::filesystem::union::{Origin, UnionMount};
use crate::world::machine::Machine;
use crate::world::machine::host::VOLUMES;
use crate::world::process::Credentials;
use crate::world::process::Kernel;
use crate::world::process::descriptor::Stream;
use crate::world::process::vfs::Caller;
use crate::world::registry::image::Image;

mod load;
mod step;
mod surroundings;

/// The longest file or log that is looked into, in bytes.
const TEXT_LIMIT: u64 = 1 << 20;

/// Where and since when one looks.
#[derive(Clone, Copy, Debug)]
pub struct Viewpoint<'a> {
    /// The timeline; one looks at the world where it stands.
    pub timeline: &'a Timeline,
    /// How many steps of the timeline were there when the lesson's step began.
    pub since: usize,
}

/// A goal as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoalState {
    pub label: String,
    pub met: bool,
    /// What was seen instead, when it is not met: `web is exited, not running`.
    pub seen: String,
}

impl Viewpoint<'_> {
    /// Answers an observation.
    pub fn observe(&self, observation: &Observation) -> Observed {
        self.observe_in(observation, self.timeline.world(), self.timeline.position())
    }

    /// What the answer was when the step began.
    pub fn before(&self, observation: &Observation) -> Observed {
        self.observe_in(observation, self.timeline.world_at(self.since), self.since)
    }

    /// Whether a condition holds.
    pub fn holds(&self, condition: &Condition) -> bool {
        condition.observations().all(|(observation, property)| {
            let (seen, before) = (self.observe(&observation), self.before(&observation));
            property.tests.iter().all(|test| test.holds(&seen, &before, |other| self.observe(other)))
        })
    }

    /// A goal with what is seen.
    pub fn goal(&self, goal: &Goal) -> GoalState {
        let mut seen = Vec::new();
        for (observation, property) in goal.condition.observations() {
            let (now, before) = (self.observe(&observation), self.before(&observation));
            if !property.tests.iter().all(|test| test.holds(&now, &before, |other| self.observe(other))) {
                seen.push(match now {
                    Observed::Value(value) => {
                        format!("{}: {}", words(observation.show), show(&value, observation.show))
                    }
                    Observed::Missing(what) => what,
                });
            }
        }
        GoalState { label: goal.label.value.clone(), met: seen.is_empty(), seen: seen.join("; ") }
    }

    fn observe_in(&self, observation: &Observation, world: &World, position: usize) -> Observed {
        let machine = match &observation.on {
            Some(name) => world.machines().find(|machine| *machine.name == *name.value),
            None => world.first(),
        };
        let Some(machine) = machine else { return missing("there is no such machine") };
        let steps = &self.timeline.steps()[..position.min(self.timeline.steps().len())];
        let look = Look { world, machine, show: observation.show };
        let events = || steps.iter().flat_map(|step| &step.outcome.events);
        let recent = || steps.iter().skip(self.since).flat_map(|step| &step.outcome.events);
        match &observation.subject {
            Subject::Container(name) => look.container(name, events()),
            Subject::Containers(filter) => look.containers(filter),
            Subject::Image(name) => look.image(name),
            Subject::Images(filter) => look.images(filter),
            Subject::File { place, path } => look.file(place, path),
            Subject::Port { number, host, from } => look.port(*number, host.as_deref(), from.as_deref(), events()),
            Subject::Lookup { name, from } => look.lookup(name, from),
            Subject::Volume(name) => look.volume(name),
            Subject::Volumes(filter) => look.volumes(filter),
            Subject::Network(name) => look.network(name),
            Subject::Networks(filter) => look.networks(filter),
            Subject::Build => look.build(recent()),
            Subject::Pull => look.pull(recent()),
            Subject::Command => match steps.get(self.since..).and_then(<[_]>::last) {
                None => missing("no command was run yet"),
                Some(step) => match observation.show {
                    Property::ExitCode => match step.outcome.exit_code() {
                        Some(code) => number(i64::from(code)),
                        None => missing("the command still runs"),
                    },
                    Property::Output => text(step.outcome.text(Stream::Stdout).trim()),
                    _ => duration(step.outcome.ended.since(step.outcome.began)),
                },
            },
            Subject::Load => load::observe(world, observation.show),
            Subject::Machine(name) => match world.machines().find(|machine| *machine.name == **name) {
                Some(machine) => Look { machine, ..look }.machine(),
                None => absent(look.show, format!("there is no machine {name}")),
            },
            Subject::VirtualMachine(name) => {
                super::observe_virtual_machine::observe(machine, name, look.show, events())
            }
        }
    }
}

/// One look at one machine.
#[derive(Clone, Copy)]
struct Look<'a> {
    world: &'a World,
    machine: &'a Machine,
    show: Property,
}

impl<'a> Look<'a> {
    fn find_container(&self, name: &str) -> Option<&'a Container> {
        let containers = &self.machine.daemon.containers;
        let by_name = containers.values().find(|container| container.name == name);
        by_name.or_else(|| containers.values().find(|container| container.id.starts_with(name))).map(|c| &**c)
    }

    fn container(&self, name: &str, events: impl Iterator<Item = &'a Event>) -> Observed {
        let Some(container) = self.find_container(name) else {
            return absent(self.show, format!("there is no container {name}"));
        };
        let kernel = &self.machine.kernel;
        let state = &container.state;
        match self.show {
            Property::Exists => truth(true),
            Property::State => text(state.status.name()),
            Property::ExitCode if state.exits == 0 => missing(format!("{name} has not ended yet")),
            Property::ExitCode => number(i64::from(state.exit_code)),
            Property::FromImage => text(&container.config.image),
            Property::Health => text(state.health.as_ref().map_or("none", |health| health.status)),
            Property::Restarts => number(i64::from(state.restart_count)),
            Property::Changes => count(kernel.union(container.root).map_or(0, |root| root.diff().len())),
            Property::Processes => {
                count(kernel.processes_of(&container.id).filter(|p| p.exit_status().is_none()).count())
            }
            Property::OomKilled => truth(state.out_of_memory),
            Property::Logs => {
                let chunks = kernel.sink(container.sink).into_iter().flat_map(|sink| &sink.chunks);
                let bytes: Vec<u8> = chunks.flat_map(|chunk| chunk.bytes.iter().copied()).collect();
                text(String::from_utf8_lossy(&bytes).trim())
            }
            Property::Address => match container.endpoints.values().find_map(|endpoint| endpoint.address) {
                Some(address) => text(address.to_string()),
                None => missing(format!("{name} has no address")),
            },
            Property::User => text(&container.config.run.user),
            Property::Size => bytes(kernel.union(container.root).map_or(0, UnionMount::upper_size)),
            Property::MemoryUsed => bytes(kernel.processes_of(&container.id).map(|process| process.memory).sum()),
            Property::FirstAnswer => {
                let answered = events.filter(|event| {
                    matches!(&event.kind, EventKind::FirstAnswer { container: Some(id), .. } if *id == container.id)
                });
                match answered.last().zip(state.started) {
                    Some((event, started)) => duration(event.at.since(started)),
                    None => missing(format!("{name} has not answered yet")),
                }
            }
            Property::Id => text(&*container.id),
            Property::Kernel => text(&**kernel.release_in_containers()),
            _ => not_modelled(self.show),
        }
    }

    fn containers(&self, filter: &ContainerFilter) -> Observed {
        let image = filter.image.as_deref().map(|name| self.machine.daemon.images.find(name).map(|image| image.id()));
        let matching: Vec<&Container> = self
            .machine
            .daemon
            .containers
            .values()
            .map(|container| &**container)
            .filter(|container| match &image {
                Some(Some(id)) => container.image == *id,
                Some(None) => filter.image.as_deref() == Some(container.config.image.as_str()),
                None => true,
            })
            .filter(|c| filter.state.is_none_or(|state| state.word() == c.state.status.name()))
            .collect();
        let kernel = &self.machine.kernel;
        match self.show {
            Property::Count => count(matching.len()),
            Property::MemoryUsed => {
                bytes(matching.iter().flat_map(|c| kernel.processes_of(&c.id)).map(|process| process.memory).sum())
            }
            _ => bytes(matching.iter().filter_map(|c| kernel.union(c.root)).map(UnionMount::upper_size).sum()),
        }
    }

    fn image(&self, name: &str) -> Observed {
        let images = &self.machine.daemon.images;
        let Some(image) = images.find(name) else {
            return absent(self.show, format!("there is no image {name}"));
        };
        match self.show {
            Property::Exists => truth(true),
            Property::Id => text(image.id().to_string()),
            Property::Layers => count(image.layers().len()),
            Property::Size => bytes(image.size()),
            Property::UniqueSize => bytes(self.unique_size(&image)),
            Property::Tags => count(images.tags().filter(|(_, id)| *id == image.id()).count()),
            Property::Architecture => text(&image.config().architecture),
            Property::User => text(&image.config().config.user),
            Property::UsedBy => {
                count(self.machine.daemon.containers.values().filter(|container| container.image == image.id()).count())
            }
            _ => not_modelled(self.show),
        }
    }

    fn unique_size(&self, image: &Arc<Image>) -> u64 {
        let others: Vec<_> = self.machine.daemon.images.iter().filter(|other| other.id() != image.id()).collect();
        let shared = |layer| others.iter().any(|other| other.layers().iter().any(|l| l.diff_id() == layer));
        image.layers().iter().filter(|layer| !shared(layer.diff_id())).map(|layer| layer.size()).sum()
    }

    fn images(&self, filter: &ImageFilter) -> Observed {
        let images = &self.machine.daemon.images;
        let names = |id| images.tags().filter(move |(_, image)| *image == id).map(|(name, _)| name);
        let matching = images.iter().filter(|image| {
            let of_repository = filter
                .repository
                .as_deref()
                .is_none_or(|repository| names(image.id()).any(|name| name.familiar_name() == repository));
            let dangles = names(image.id()).next().is_none();
            of_repository && filter.dangling.is_none_or(|wanted| wanted == dangles)
        });
        match self.show {
            Property::Count => count(matching.count()),
            _ => bytes(self.machine.image_bytes()),
        }
    }

    fn file(&self, place: &FilePlace, path: &str) -> Observed {
        match place {
            FilePlace::Container(name) => match self.find_container(name) {
                Some(container) => self.file_of_container(container, path),
                None => absent(self.show, format!("there is no container {name}")),
            },
            FilePlace::Image(name) => match self.machine.daemon.images.find(name) {
                Some(image) => self.file_in(&UnionMount::new(image.layers().to_vec()), path),
                None => absent(self.show, format!("there is no image {name}")),
            },
            FilePlace::Volume(name) => match self.machine.kernel.union(Kernel::HOST_ROOT) {
                Some(disk) => self.file_in(disk, &format!("{VOLUMES}/{name}/_data{path}")),
                None => missing("the machine has no disk"),
            },
            FilePlace::Machine => match self.machine.kernel.union(Kernel::HOST_ROOT) {
                Some(disk) => self.file_in(disk, path),
                None => missing("the machine has no disk"),
            },
        }
    }

    /// A file as a container sees it: through its mounts while it runs, else in its own layers.
    fn file_of_container(&self, container: &Container, path: &str) -> Observed {
        let kernel = &self.machine.kernel;
        if let Some(namespaces) = container.namespaces {
            let caller = Caller {
                mounts: namespaces.mount,
                working_directory: "/".into(),
                credentials: Credentials::default(),
                umask: 0,
                pid: None,
            };
            if let Ok(status) = kernel.status(&caller, path, true)
                && status.filesystem != container.root
            {
                return match self.show {
                    Property::Layer => text("mount"),
                    Property::Content => match kernel.read_whole(&caller, path, TEXT_LIMIT) {
                        Ok(content) => text(String::from_utf8_lossy(&content).trim()),
                        Err(errno) => missing(format!("{path}: {errno}")),
                    },
                    _ => self.of_entry(&status.entry, path),
                };
            }
        }
        match kernel.union(container.root) {
            Some(root) => self.file_in(root, path),
            None => missing(format!("{} has no file system", container.name)),
        }
    }

    fn file_in(&self, union: &UnionMount, path: &str) -> Observed {
        let Some(found) = union.lookup(path) else {
            return absent(self.show, format!("there is no {path}"));
        };
        match self.show {
            Property::Layer => match found.origin {
                Origin::Upper => text("writable"),
                Origin::Lower(index) => count(index + 1),
            },
            _ => self.of_entry(found.entry, path),
        }
    }

    fn of_entry(&self, entry: &crate::world::filesystem::entry::Entry, path: &str) -> Observed {
        match (self.show, &entry.node) {
            (Property::Exists, _) => truth(true),
            (Property::Content, Node::File(content)) => match content.bytes(TEXT_LIMIT) {
                Ok(content) => text(String::from_utf8_lossy(&content).trim()),
                Err(errno) => missing(format!("{path}: {errno}")),
            },
            (Property::Content, _) => missing(format!("{path} is no file")),
            (Property::Size, Node::File(content)) => bytes(content.size()),
            (Property::Size, _) => bytes(0),
            (Property::Mode, _) => text(format!("{:04o}", entry.metadata.mode)),
            (Property::Owner, _) => text(format!("{}:{}", entry.metadata.uid, entry.metadata.gid)),
            _ => not_modelled(self.show),
        }
    }

    fn port(
        &self,
        port: u16,
        host: Option<&str>,
        from: Option<&str>,
        events: impl Iterator<Item = &'a Event>,
    ) -> Observed {
        if let Some(there) = self.world.machines().find(|machine| Some(&*machine.name) == host) {
            // Asked from another machine: it has what it publishes on its address.
            let look = Look { machine: there, ..*self };
            let address = self.world.address_of(&there.name).map(|address| address.to_string());
            return look.port(port, address.as_deref(), None, events);
        }
        let kernel = &self.machine.kernel;
        let from = match from {
            None => kernel.host.network,
            Some(name) => match self.find_container(name).and_then(|container| container.namespaces) {
                Some(namespaces) => namespaces.network,
                None => return absent(self.show, format!("{name} does not run")),
            },
        };
        let address = match host {
            None | Some("localhost") => Some(Ipv4Addr::LOCALHOST),
            Some(name) => name.parse().ok().or_else(|| kernel.networks.resolve(from, name)),
        };
        let Some(address) = address else {
            return absent(self.show, format!("{} has no address", host.unwrap_or_default()));
        };
        let routed = kernel.networks.route(from, address, port);
        let owner = routed.ok().and_then(|(listener, _)| {
            let process = kernel.networks.listeners.get(&listener)?.process;
            kernel.process(process)?.container.clone()
        });
        let container = owner.as_deref().and_then(|id| self.machine.daemon.containers.get(id));
        match (self.show, routed) {
            (Property::Reachable, routed) => truth(routed.is_ok()),
            (_, Err(errno)) => missing(format!("port {port}: {errno}")),
            (Property::AnsweredBy, Ok(_)) => match container {
                Some(container) => text(&container.name),
                None => missing("the machine itself answers"),
            },
            (_, Ok(_)) => match container {
                Some(container) => Look { show: Property::FirstAnswer, ..*self }.container(&container.id, events),
                None => missing("the machine itself answers"),
            },
        }
    }

    fn lookup(&self, name: &str, from: &str) -> Observed {
        match self.find_container(from).and_then(|container| container.namespaces) {
            Some(namespaces) => truth(self.machine.kernel.networks.resolve(namespaces.network, name).is_some()),
            None => absent(self.show, format!("{from} does not run")),
        }
    }
}

pub(super) fn truth(value: bool) -> Observed {
    Observed::Value(Literal::Truth(value))
}

pub(super) fn number(value: i64) -> Observed {
    Observed::Value(Literal::Number(value))
}

pub(super) fn count(value: usize) -> Observed {
    number(i64::try_from(value).unwrap_or(i64::MAX))
}

pub(super) fn bytes(value: u64) -> Observed {
    number(i64::try_from(value).unwrap_or(i64::MAX))
}

pub(super) fn duration(value: Duration) -> Observed {
    number(i64::try_from(value.as_millis()).unwrap_or(i64::MAX))
}

pub(super) fn text(value: impl Into<String>) -> Observed {
    Observed::Value(Literal::Text(value.into()))
}

pub(super) fn missing(what: impl Into<String>) -> Observed {
    Observed::Missing(what.into())
}

/// For what is not there: that it does not exist is an answer, everything else about it is missing.
pub(super) fn absent(show: Property, what: String) -> Observed {
    match show {
        Property::Exists | Property::Reachable | Property::Found => truth(false),
        _ => missing(what),
    }
}

pub(super) fn not_modelled(show: Property) -> Observed {
    missing(format!("Layerlab does not model {} here yet", words(show)))
}

/// A property as words.
pub fn words(property: Property) -> String {
    property.word().replace('_', " ")
}

/// A value as the learner reads it.
pub fn show(value: &Literal, property: Property) -> String {
    use super::condition::ValueKind;
    match (value, property.kind()) {
        (Literal::Number(number), ValueKind::Bytes) => {
            crate::client::units::human_size(u64::try_from(*number).unwrap_or(0))
        }
        (Literal::Number(milliseconds), ValueKind::Duration) => match milliseconds {
            0..1000 => format!("{milliseconds} ms"),
            1000..60_000 => format!("{:.1} s", *milliseconds as f64 / 1000.0),
            _ => format!("{} min {} s", milliseconds / 60_000, milliseconds % 60_000 / 1000),
        },
        (Literal::Number(number), ValueKind::Layer) => format!("layer {number}"),
        (Literal::Number(number), _) => number.to_string(),
        (Literal::Truth(true), _) => "yes".to_owned(),
        (Literal::Truth(false), _) => "no".to_owned(),
        (Literal::Text(text), ValueKind::Identity) => {
            let hex = text.strip_prefix("sha256:").unwrap_or(text);
            hex.chars().take(12).collect()
        }
        (Literal::Text(text), _) => text.clone(),
    }
}
