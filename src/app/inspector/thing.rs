//! What can be looked into, and which pages each kind of it has.
//!
//! Promises: the order is that of the stage, the newest container first. Must not know: what a page says.

use std::sync::Arc;

use crate::stage::scene::Subject;
use crate::stage::trace;
use crate::world::World;
use crate::world::daemon::container::Container;
use crate::world::digest::Digest;
use crate::world::machine::Machine;
use crate::world::registry::image::Image;

/// The pages of the inspector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    Files,
    Layers,
    Configuration,
    History,
    Processes,
    Limits,
    Members,
    Requests,
    Waste,
    Seconds,
}

impl Page {
    /// What the page is called.
    pub const fn name(self) -> &'static str {
        match self {
            Page::Files => "Files",
            Page::Layers => "Layers",
            Page::Configuration => "Configuration",
            Page::History => "History",
            Page::Processes => "Processes",
            Page::Limits => "Limits",
            Page::Members => "Members",
            Page::Requests => "Requests",
            Page::Waste => "Waste",
            Page::Seconds => "Second by second",
        }
    }
}

/// Something that can be looked into, on a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thing {
    /// What the last command sent to the daemon.
    Command,
    /// By machine and full ID.
    Container(Arc<str>, Arc<str>),
    Image(Arc<str>, Digest),
    Volume(Arc<str>, Arc<str>),
    Network(Arc<str>, Arc<str>),
    Machine(Arc<str>),
    /// The last load whose users are on this machine.
    Load(Arc<str>),
}

/// Everything in a world, with the last command if it sent something.
pub fn all(world: &World, command: bool) -> Vec<Thing> {
    let mut things = Vec::new();
    if command {
        things.push(Thing::Command);
    }
    for machine in world.machines() {
        let name = || machine.name.clone();
        let mut containers: Vec<_> = machine.daemon.containers.values().collect();
        containers.sort_by_key(|container| std::cmp::Reverse(container.created));
        things.extend(containers.into_iter().map(|container| Thing::Container(name(), container.id.clone())));
        things.extend(machine.daemon.images.iter().map(|image| Thing::Image(name(), image.id())));
        things.extend(machine.daemon.volumes.keys().map(|volume| Thing::Volume(name(), volume.clone())));
        things.extend(machine.daemon.networks.keys().map(|network| Thing::Network(name(), network.clone())));
        things.extend(trace::load(world, &machine.name).map(|_| Thing::Load(name())));
        things.push(Thing::Machine(name()));
    }
    things
}

impl Thing {
    /// Whether this is what something on the stage stands for.
    pub fn is(&self, subject: &Subject) -> bool {
        match (subject, self) {
            (Subject::Image(id), Thing::Image(_, image)) => id == image,
            (Subject::Container(id) | Subject::Writable(id) | Subject::File(id, _), Thing::Container(_, container)) => {
                id == container
            }
            (Subject::Volume(name), Thing::Volume(_, volume)) => name == volume,
            (Subject::Network(name), Thing::Network(_, network)) => name == network,
            (Subject::Machine(name), Thing::Machine(machine)) => name == machine,
            (Subject::Load(name), Thing::Load(machine)) => name == machine,
            _ => false,
        }
    }

    /// Its pages, the first of which is shown first.
    pub const fn pages(&self) -> &'static [Page] {
        match self {
            Thing::Command => &[Page::Requests],
            Thing::Container(..) => &[Page::Files, Page::Processes, Page::Limits, Page::Configuration, Page::History],
            Thing::Image(..) => &[Page::Files, Page::Layers, Page::Configuration, Page::History, Page::Waste],
            Thing::Volume(..) => &[Page::Files, Page::Configuration],
            Thing::Network(..) => &[Page::Members, Page::Configuration],
            Thing::Machine(_) => &[Page::Processes, Page::Limits, Page::Configuration],
            Thing::Load(_) => &[Page::Seconds],
        }
    }

    /// What kind of thing it is.
    pub const fn kind(&self) -> &'static str {
        match self {
            Thing::Command => "Command",
            Thing::Container(..) => "Container",
            Thing::Image(..) => "Image",
            Thing::Volume(..) => "Volume",
            Thing::Network(..) => "Network",
            Thing::Machine(_) => "Machine",
            Thing::Load(_) => "Load",
        }
    }

    /// What kind of thing it is, and what it is called.
    pub fn title(&self, world: &World) -> String {
        format!("{} {}", self.kind(), self.name(world))
    }

    /// What it is called.
    pub fn name(&self, world: &World) -> String {
        match self {
            Thing::Command => "the last command".to_owned(),
            Thing::Container(_, id) => {
                let found = container(world, self).map(|(_, container)| container.name.clone());
                found.unwrap_or_else(|| id.chars().take(12).collect())
            }
            Thing::Image(machine, id) => {
                let machine = machine_of(world, machine);
                let name = machine.and_then(|machine| machine.daemon.images.tags().find(|(_, image)| image == id));
                name.map_or_else(|| id.short(), |(name, _)| name.familiar())
            }
            Thing::Volume(_, name) | Thing::Network(_, name) | Thing::Machine(name) => name.to_string(),
            Thing::Load(machine) => trace::load(world, machine).map_or_else(String::new, |load| load.target),
        }
    }

    /// The machine that it is on.
    pub fn machine<'a>(&self, world: &'a World) -> Option<&'a Machine> {
        match self {
            Thing::Command => world.machine(),
            Thing::Container(machine, _)
            | Thing::Image(machine, _)
            | Thing::Volume(machine, _)
            | Thing::Network(machine, _)
            | Thing::Machine(machine)
            | Thing::Load(machine) => machine_of(world, machine),
        }
    }
}

fn machine_of<'a>(world: &'a World, name: &str) -> Option<&'a Machine> {
    world.machines().find(|machine| *machine.name == *name)
}

/// The container, if the thing is one.
pub fn container<'a>(world: &'a World, thing: &Thing) -> Option<(&'a Machine, &'a Container)> {
    let Thing::Container(_, id) = thing else { return None };
    let machine = thing.machine(world)?;
    Some((machine, machine.daemon.containers.get(id)?))
}

/// The image, if the thing is one or a container of one.
pub fn image<'a>(world: &'a World, thing: &Thing) -> Option<(&'a Machine, &'a Arc<Image>)> {
    let machine = thing.machine(world)?;
    let id = match thing {
        Thing::Image(_, id) => *id,
        Thing::Container(..) => container(world, thing)?.1.image,
        _ => return None,
    };
    Some((machine, machine.daemon.images.get(&id)?))
}
