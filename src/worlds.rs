//! How a world is put together: which programs there are, and which images its registry serves.
//!
//! Promises: the same catalogue gives the same settings. Must not know: lessons, the screen, files.

use std::sync::{Arc, OnceLock};

use crate::client;
use crate::world::clock::Time;
use crate::world::machine::preset::Presets;
use crate::world::machine::{MachineSettings, multipass};
use crate::world::process::tools;
use crate::world::registry::Registry;
use crate::world::registry::catalogue::Catalogue;
use crate::world::{ProgramTable, WorldSettings};
use crate::world::{lan, load};

/// The programs of a world: those of the model, the docker client, multipass, ssh, scp and hey.
pub fn programs() -> ProgramTable {
    let mut table = tools::standard();
    client::program::register(&mut table);
    multipass::register(&mut table);
    lan::register(&mut table);
    load::register(&mut table);
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

/// A world of several machines, as `assets/presets.toml` names it, with what other settings say of registries and programs.
///
/// # Errors
/// A sentence that names the worlds there are.
pub fn group(settings: &WorldSettings, name: &str) -> Result<WorldSettings, String> {
    let worlds = Presets::known().map(|presets| &presets.worlds);
    match worlds.and_then(|worlds| worlds.get(name)) {
        Some(group) => Ok(WorldSettings { machines: group.machines.clone(), ..settings.clone() }),
        None => {
            let names: Vec<&str> = worlds.iter().flat_map(|worlds| worlds.keys()).map(|name| &**name).collect();
            Err(format!("there is no world called {name:?}; there are: {}", names.join(", ")))
        }
    }
}

/// Where the worlds of lessons and of the playground come from: made when first asked for, so that the start of the program does not
/// wait for it. Copies share what was made.
#[derive(Clone, Debug, Default)]
pub struct Worlds(Arc<OnceLock<WorldSettings>>);

impl Worlds {
    /// Worlds that begin with these settings.
    pub fn of(settings: WorldSettings) -> Worlds {
        Worlds(Arc::new(OnceLock::from(settings)))
    }

    /// The settings of a new world; unless others were given, those of the shipped catalogue.
    pub fn settings(&self) -> &WorldSettings {
        self.0.get_or_init(|| match Catalogue::shipped() {
            Ok(catalogue) => settings(&Arc::new(catalogue)),
            // The test below proves that this does not happen; no registry could be reached then.
            Err(_) => WorldSettings {
                seed: 1,
                start: Time::WORLD_START,
                machines: vec![MachineSettings::default()],
                programs: Arc::new(programs()),
                registry: Registry::default(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::process::descriptor::Stream;
    use crate::world::{Action, World};

    #[test]
    fn a_world_has_a_shell_the_docker_client_and_images_to_pull() {
        let mut world = World::new(Worlds::default().settings());
        let outcome = world.act(&Action::Line("docker pull -q alpine && echo pulled".to_owned()));
        assert!(outcome.text(Stream::Stdout).contains("pulled"), "{outcome:?}");
    }
}
