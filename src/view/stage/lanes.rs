//! What the lanes of a comparison show: what one of them has and another has not, so that the difference is in sight.
//!
//! Promises: nothing that differs between the lanes is left out, and what is left out is counted. Must not know: how things are drawn.

use crate::stage::Scene;
use crate::stage::scene::{ContainerScene, ImageScene, MachineScene, VirtualMachineScene};

/// A lane's scene with what differs from the other lanes, and how many things all lanes have alike.
pub fn difference(scene: &Scene, others: &[&Scene]) -> (Scene, usize) {
    let mut kept = scene.clone();
    let mut alike = 0;
    for machine in &mut kept.machines {
        let twins: Vec<&MachineScene> =
            others.iter().filter_map(|other| other.machines.iter().find(|twin| twin.name == machine.name)).collect();
        if twins.len() < others.len() {
            continue;
        }
        let before = count(machine);
        machine.images.retain(|one| !twins.iter().all(|twin| twin.images.iter().any(|other| same_image(one, other))));
        machine
            .containers
            .retain(|one| !twins.iter().all(|twin| twin.containers.iter().any(|other| same_container(one, other))));
        machine.virtual_machines.retain(|one| {
            !twins.iter().all(|twin| twin.virtual_machines.iter().any(|other| same_virtual_machine(one, other)))
        });
        machine.volumes.retain(|one| !twins.iter().all(|twin| twin.volumes.contains(one)));
        // A network in all lanes says no more by another member, which has a card of its own.
        let known = |name: &str| twins.iter().all(|twin| twin.networks.iter().any(|other| other.name == name));
        machine.networks.retain(|one| !known(&one.name));
        alike += before - count(machine);
    }
    (kept, alike)
}

/// Things that have cards of their own.
fn count(machine: &MachineScene) -> usize {
    machine.images.len() + machine.containers.len() + machine.virtual_machines.len() + machine.volumes.len()
}

fn same_image(one: &ImageScene, other: &ImageScene) -> bool {
    one.id == other.id && one.tags == other.tags && one.presence == other.presence
}

fn same_container(one: &ContainerScene, other: &ContainerScene) -> bool {
    one.id == other.id && one.state == other.state && one.writable == other.writable && one.presence == other.presence
}

fn same_virtual_machine(one: &VirtualMachineScene, other: &VirtualMachineScene) -> bool {
    one.name == other.name && one.running == other.running && one.presence == other.presence
}
