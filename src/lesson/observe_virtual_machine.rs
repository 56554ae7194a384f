//! What the model answers about virtual machines.

use super::condition::{Observed, Property};
use super::observe::{absent, bytes, count, duration, missing, not_modelled, text, truth};
use crate::world::event::Event;
use crate::world::machine::Machine;
use crate::world::machine::virtual_machine::Stage;

/// Answers an observation of a virtual machine. Its memory is what it takes from the host; what it keeps to itself, such as its
/// processes and its kernel, is there only while it runs.
pub fn observe<'a>(
    machine: &Machine,
    name: &str,
    show: Property,
    _events: impl Iterator<Item = &'a Event>,
) -> Observed {
    let Some(guest) = machine.hypervisor.find(name).filter(|guest| !guest.deleted) else {
        return absent(show, format!("there is no virtual machine {name}"));
    };
    match show {
        Property::Exists => truth(true),
        Property::Stage => text(guest.stage.word()),
        Property::MemoryUsed => bytes(guest.memory_reserved()),
        Property::DiskUsed => bytes(guest.disk_used()),
        Property::FirstAnswer => match guest.time_to_first_answer() {
            Some(time) => duration(time),
            None => missing(format!("{name} has not answered yet")),
        },
        Property::Processes => {
            count(guest.machine.kernel.processes().filter(|process| process.exit_status().is_none()).count())
        }
        Property::Kernel if guest.stage >= Stage::Kernel => text(&*guest.machine.kernel.release),
        Property::Kernel => missing(format!("{name} has not loaded its kernel")),
        _ => not_modelled(show),
    }
}
