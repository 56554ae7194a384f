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

/// A world with the learner's laptop, and a registry that serves a catalogue.
pub fn settings(catalogue: &Arc<Catalogue>) -> WorldSettings {
    WorldSettings {
        seed: 1,
        start: Time::WORLD_START,
        machines: vec![MachineSettings::default()],
        programs: Arc::new(programs()),
        registry: Registry::of(catalogue),
    }
}
