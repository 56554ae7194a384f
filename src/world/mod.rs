//! The model: a Docker world in memory.
//!
//! Promises: pure and deterministic. The same seed and actions give the same output, events and state, on every
//! machine. A [`World`] is a value that is cheap to clone: the past is kept by keeping worlds.
//! Must not know: terminal, files, threads, the wall clock; the docker client, which is a program like any other and
//! is given to it in the [`ProgramTable`].
//! Start reading at [`World::act`], then [`machine::Machine`].

pub mod action;
pub mod clock;
pub mod context;
pub mod daemon;
pub mod digest;
pub mod event;
pub mod filesystem;
pub mod machine;
pub mod process;
pub mod registry;
pub mod table;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub use action::{Action, Ending, Outcome};
pub use process::ProgramTable;

use self::clock::Time;
use self::context::{Console, Context, Random};
use self::machine::{Machine, MachineSettings};
use self::process::Pid;
use self::registry::Registry;

/// How a world begins.
#[derive(Clone, Debug)]
pub struct WorldSettings {
    /// What all IDs and names follow from.
    pub seed: u64,
    /// When it begins.
    pub start: Time,
    /// The machines; the learner sits at the first.
    pub machines: Vec<MachineSettings>,
    /// The programs that executables can name.
    pub programs: Arc<ProgramTable>,
    /// The registries that the machines can reach.
    pub registry: Registry,
}

/// A Docker world: machines on one clock.
#[derive(Clone, Debug)]
pub struct World {
    context: Context,
    machines: BTreeMap<Arc<str>, Machine>,
    here: Arc<str>,
    /// The shell at the learner's console, once a line was typed.
    session: Option<Pid>,
}

impl World {
    /// A world whose machines have just booted, with nothing in their engines.
    pub fn new(settings: &WorldSettings) -> World {
        let here: Arc<str> = settings.machines.first().map_or_else(|| "laptop".into(), |machine| machine.name.clone());
        let mut context = Context {
            now: settings.start,
            random: Random::new(settings.seed),
            programs: settings.programs.clone(),
            registry: settings.registry.clone(),
            console: Console::default(),
            events: Vec::new(),
            machine: here.clone(),
        };
        let mut machines = BTreeMap::new();
        for settings in &settings.machines {
            context.machine = settings.name.clone();
            machines.insert(settings.name.clone(), Machine::boot(settings, &mut context));
        }
        context.machine = here.clone();
        context.events.clear();
        World { context, machines, here, session: None }
    }

    /// What time it is.
    pub fn now(&self) -> Time {
        self.context.now
    }

    /// The machine that the learner sits at.
    pub fn machine(&self) -> Option<&Machine> {
        self.machines.get(&self.here)
    }

    /// All machines, by name.
    pub fn machines(&self) -> impl Iterator<Item = &Machine> {
        self.machines.values()
    }

    /// The learner's console, to look at.
    pub fn console(&self) -> &Console {
        &self.context.console
    }

    fn here_mut(&mut self) -> Option<(&mut Machine, &mut Context)> {
        let machine = self.machines.get_mut(&self.here)?;
        self.context.machine = self.here.clone();
        Some((machine, &mut self.context))
    }

    /// Lets every machine do what it can do now. False when none could do anything.
    fn step(&mut self) -> bool {
        let mut stepped = false;
        for (name, machine) in &mut self.machines {
            self.context.machine.clone_from(name);
            stepped |= machine.step(&mut self.context);
        }
        stepped
    }

    /// Moves the clock to what is due next, if that is not after `latest`.
    fn advance(&mut self, latest: Time) -> bool {
        let Some(next) = self.machines.values().filter_map(Machine::next_timer).min() else { return false };
        if next > latest {
            return false;
        }
        self.context.now = self.context.now.max(next);
        let now = self.context.now;
        for machine in self.machines.values_mut() {
            machine.wake_timers(now);
        }
        true
    }

    /// Lets time pass without doing anything.
    fn pass(&mut self, time: Duration) {
        let end = self.context.now + time;
        self.run(end, |_| false);
        self.context.now = self.context.now.max(end);
    }
}
