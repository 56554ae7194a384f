//! What the model answers about virtual machines.

use super::condition::{Observed, Property};
use super::observe::absent;
use crate::world::event::Event;
use crate::world::machine::Machine;

/// Answers an observation of a virtual machine.
pub fn observe<'a>(
    _machine: &Machine,
    name: &str,
    show: Property,
    _events: impl Iterator<Item = &'a Event>,
) -> Observed {
    absent(show, format!("there is no virtual machine {name}"))
}
