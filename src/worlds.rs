//! How a world is put together: which programs there are, and which images its registry serves.
//!
//! Promises: the same catalogue gives the same settings. Must not know: lessons, the screen, files.

use std::sync::Arc;

use crate::client;
use crate::world::clock::Time;
use crate::world::machine::MachineSettings;
use crate::world::process::tools;
use crate::world::registry::Registry;
use crate::world::registry::catalogue::Catalogue;
use crate::world::{ProgramTable, WorldSettings};

/// The programs of a world: those of the model, and the docker client.
pub fn programs() -> ProgramTable {
    let mut table = tools::standard();
    client::program::register(&mut table);
    table
}

/// A world with the machine that the catalogue asks for, or the learner's laptop, and a registry that serves it.
pub fn settings(catalogue: &Arc<Catalogue>) -> WorldSettings {
    let (wanted, mut machine) = (catalogue.host(), MachineSettings::default());
    if let Some(name) = &wanted.name {
        machine.host_name.clone_from(name);
    }
    if let Some(kernel) = &wanted.kernel {
        machine.kernel_release.clone_from(kernel);
    }
    machine.hardware.cpus = wanted.cpus.unwrap_or(machine.hardware.cpus);
    machine.hardware.memory = wanted.memory.unwrap_or(machine.hardware.memory);
    WorldSettings {
        seed: 1,
        start: wanted.start.unwrap_or(Time::WORLD_START),
        machines: vec![machine],
        programs: Arc::new(programs()),
        registry: Registry::of(catalogue),
    }
}
