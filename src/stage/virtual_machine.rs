//! The picture of a machine's virtual machines.

use super::scene::VirtualMachineScene;
use crate::world::clock::Time;
use crate::world::machine::Machine;

/// The virtual machines of a machine, in the order of their names.
pub fn scenes(_machine: &Machine, _now: Time) -> Vec<VirtualMachineScene> {
    Vec::new()
}
