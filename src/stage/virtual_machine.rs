//! The picture of a machine's virtual machines.

use super::scene::{StageScene, VirtualMachineScene};
use crate::world::clock::Time;
use crate::world::machine::Machine;
use crate::world::machine::virtual_machine::{Stage, VirtualMachine};

/// The virtual machines of a machine, in the order of their names.
pub fn scenes(machine: &Machine, now: Time) -> Vec<VirtualMachineScene> {
    let guests = machine.hypervisor.machines().filter(|guest| !guest.deleted).map(|guest| scene(guest, now));
    desktop(machine).into_iter().chain(guests).collect()
}

/// The one that Docker Desktop's engine lives in.
fn desktop(machine: &Machine) -> Option<VirtualMachineScene> {
    let guest = machine.kernel.guest.as_ref()?;
    let taken = machine.system.as_ref()?.desktop.as_ref()?.process.memory;
    let containers = machine.kernel.processes().filter(|process| process.container.is_some());
    Some(VirtualMachineScene {
        name: "docker-desktop".into(),
        guest: "Linux of Docker Desktop".to_owned(),
        kernel: guest.release.to_string(),
        stages: Stage::BOOT
            .into_iter()
            .map(|stage| StageScene { name: stage.word().to_owned(), progress: 1.0 })
            .collect(),
        memory: containers.map(|process| process.memory).fold(taken, u64::saturating_add),
        disk: machine.image_bytes().saturating_add(machine.container_bytes()),
        services: vec!["dockerd".to_owned()],
        running: true,
        first_answer: None,
        presence: 1.0,
    })
}

fn scene(guest: &VirtualMachine, now: Time) -> VirtualMachineScene {
    let stage = |stage: Stage| StageScene { name: stage.word().to_owned(), progress: guest.progress(stage, now) };
    VirtualMachineScene {
        name: guest.name.clone(),
        guest: guest.figures.name.clone(),
        kernel: guest.machine.kernel.release.to_string(),
        stages: Stage::BOOT.into_iter().map(stage).collect(),
        memory: guest.memory_reserved(),
        disk: guest.disk_used(),
        services: services(guest),
        running: guest.powered_on.is_some(),
        first_answer: guest.time_to_first_answer().map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
        presence: 1.0,
    }
}

/// What somebody installed in it and is running, by the names of its programs, each once.
fn services(guest: &VirtualMachine) -> Vec<String> {
    let mut names = Vec::new();
    for listener in guest.machine.kernel.networks.listeners.values() {
        let Some(process) = guest.machine.kernel.process(listener.process) else { continue };
        let name = process.executable.rsplit('/').next().unwrap_or_default().to_owned();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
