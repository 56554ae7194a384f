//! What a lesson points at, found in the world where we stand.
//!
//! Promises: what is not there is not pointed at. Must not know: how it is emphasised.

use crate::lesson::format::{Highlight, HighlightKind};
use crate::lesson::player::Player;
use crate::stage::scene::Subject;
use crate::world::machine::Machine;

/// The things that the step points at.
pub fn subjects(player: &Player) -> Vec<Subject> {
    let highlights = &player.step().header.highlight;
    let machines = || player.timeline().world().machines();
    highlights.iter().filter_map(|highlight| machines().find_map(|machine| subject(machine, highlight))).collect()
}

/// The names of the parts of the screen that the step points at.
pub fn panes(player: &Player) -> Vec<&str> {
    let highlights = player.step().header.highlight.iter();
    highlights.filter(|highlight| highlight.kind == HighlightKind::Pane).map(|pane| pane.name.as_str()).collect()
}

fn subject(machine: &Machine, highlight: &Highlight) -> Option<Subject> {
    let name = highlight.name.as_str();
    let container = || machine.daemon.containers.values().find(|container| container.name == name);
    match highlight.kind {
        HighlightKind::Container => container().map(|container| Subject::Container(container.id.clone())),
        HighlightKind::Writable => container().map(|container| Subject::Writable(container.id.clone())),
        HighlightKind::Image => machine.daemon.images.find(name).map(|image| Subject::Image(image.id())),
        HighlightKind::Layer => {
            let (reference, number) = name.split_once('#')?;
            let image = machine.daemon.images.find(reference)?;
            let layer = image.layers().get(number.parse::<usize>().ok()?.checked_sub(1)?)?;
            Some(Subject::Layer(layer.diff_id()))
        }
        HighlightKind::Port => {
            let number: u16 = name.parse().ok()?;
            let published = machine.daemon.containers.values().find(|container| {
                container.published.values().flatten().any(|binding| binding.host_port == number.to_string())
            });
            published.map(|container| Subject::Container(container.id.clone()))
        }
        HighlightKind::Volume => Some(Subject::Volume(name.into())),
        HighlightKind::Network => Some(Subject::Network(name.into())),
        HighlightKind::Machine => (*machine.name == *name).then(|| Subject::Machine(machine.name.clone())),
        HighlightKind::VirtualMachine => Some(Subject::VirtualMachine(name.into())),
        HighlightKind::Repository => Some(Subject::Registry),
        HighlightKind::Pane => None,
    }
}
