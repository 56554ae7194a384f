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
pub mod lan;
pub mod load;
pub mod machine;
pub mod process;
pub mod registry;
pub mod table;
pub mod units;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use imbl::OrdMap;

pub use action::{Action, Ending, Outcome};
pub use process::ProgramTable;

use self::clock::Time;
use self::context::{Console, Context, Prompt, Seat};
use self::daemon::api::ApiError;
use self::filesystem::content::Content;
use self::lan::Lan;
use self::lan::calls::Calls;
use self::load::running::Loads;
use self::machine::{Machine, MachineSettings};
use self::process::Pid;
use self::process::vfs::Caller;
use self::registry::Registry;
use self::registry::archive::read::Loaded;

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
    /// The machines' names, in the order in which they were declared: their numbers are the seats.
    order: Arc<[Arc<str>]>,
    /// The shells at the machines' consoles, once a line was typed there.
    sessions: OrdMap<Seat, Pid>,
    lan: Lan,
}

impl World {
    /// A world whose machines have just booted, with nothing in their engines.
    pub fn new(settings: &WorldSettings) -> World {
        let order: Arc<[Arc<str>]> = settings.machines.iter().map(|machine| machine.name.clone()).collect();
        let first = order.first().map_or("laptop", |name| name);
        let (programs, registry) = (settings.programs.clone(), settings.registry.clone());
        let mut context = Context::new(settings.start, settings.seed, programs, registry, first);
        let mut machines = BTreeMap::new();
        for (number, settings) in (0..).zip(&settings.machines) {
            context.machine = settings.name.clone();
            let mut machine = Machine::boot(settings, &mut context);
            if order.len() > 1 {
                lan::plug(&mut machine, number, &mut context);
                machine.name_in_prompt();
            }
            machines.insert(settings.name.clone(), machine);
        }
        context.machine = first.into();
        let mut world = World { context, machines, order, sessions: OrdMap::new(), lan: Lan::default() };
        if world.order.len() > 1 {
            // Whoever looks at a console sees where it stands.
            for seat in (0..world.order.len()).rev().filter_map(|seat| u16::try_from(seat).ok()) {
                world.context.sit(Seat(seat));
                world.open_session();
            }
        }
        world.context.events.clear();
        world
    }

    /// What time it is.
    pub fn now(&self) -> Time {
        self.context.now
    }

    /// The machine that the learner sits at.
    pub fn machine(&self) -> Option<&Machine> {
        self.machines.get(self.here())
    }

    /// The name of the machine that the learner sits at.
    pub fn here(&self) -> &str {
        self.name_of(self.context.seat)
    }

    /// The machine that was declared first: what is said of no machine in particular is said of this one.
    pub fn first(&self) -> Option<&Machine> {
        self.machines.get(self.name_of(Seat::default()))
    }

    /// All machines, in the order in which they were declared.
    pub fn machines(&self) -> impl Iterator<Item = &Machine> {
        self.order.iter().filter_map(|name| self.machines.get(name))
    }

    fn name_of(&self, seat: Seat) -> &str {
        self.order.get(usize::from(seat.0)).map_or("", |name| name)
    }

    /// The seat at a machine.
    fn seat_at(&self, machine: &str) -> Option<Seat> {
        let number = self.order.iter().position(|name| **name == *machine)?;
        u16::try_from(number).ok().map(Seat)
    }

    /// Puts images of an archive into the engine of the machine that was declared first, as `docker load` does.
    ///
    /// # Errors
    /// A name that cannot be one.
    pub fn load_images(&mut self, loaded: Vec<Loaded>) -> Result<(), ApiError> {
        let name = self.name_of(Seat::default()).to_owned();
        let Some((machine, context)) = self.machine_mut(&name) else { return Ok(()) };
        machine.daemon.keep_loaded(context, loaded).map(drop)
    }

    /// The archive of images that `docker save` writes on the machine that was declared first.
    ///
    /// # Errors
    /// There is no such image.
    pub fn save_images(&mut self, names: &[String]) -> Result<Content, ApiError> {
        let name = self.name_of(Seat::default()).to_owned();
        let Some((machine, context)) = self.machine_mut(&name) else { return Err(ApiError::unreachable()) };
        machine.daemon.image_archive(&machine.kernel, context, names, None)
    }

    /// Users who send requests, and those who have.
    pub fn loads(&self) -> &Loads {
        &self.context.loads
    }

    /// A machine's address on the network; none where it is alone.
    pub fn address_of(&self, machine: &str) -> Option<Ipv4Addr> {
        self.context.neighbours.get(machine).map(|neighbour| neighbour.address)
    }

    /// The prompt at a machine's console, if a shell waits there.
    pub fn prompt_at(&self, machine: &str) -> Option<&Prompt> {
        self.context.prompt_at(self.seat_at(machine)?)
    }

    /// The registries that the machines can reach.
    pub fn registry(&self) -> &Registry {
        &self.context.registry
    }

    /// Through whose eyes what is typed at the console is read: the shell there, or a program in a container that has the terminal.
    pub fn reader(&self) -> Option<(&Machine, Caller)> {
        let machine = self.machine()?;
        let session = self.sessions.get(&self.context.seat);
        let Some(shell) = session.and_then(|pid| machine.kernel.process(*pid)) else {
            return Some((machine, machine.root()));
        };
        let waits_in_container = self.context.console.prompt.is_none();
        let inner = machine.kernel.processes().filter(|process| process.terminal && process.container.is_some()).last();
        let process = inner.filter(|_| waits_in_container).unwrap_or(shell);
        let caller = Caller {
            mounts: process.namespaces.mount,
            working_directory: process.working_directory.clone(),
            credentials: process.credentials.clone(),
            umask: process.umask,
            pid: Some(process.pid),
        };
        Some((machine, caller))
    }

    /// The learner's console, to look at.
    pub fn console(&self) -> &Console {
        &self.context.console
    }

    fn here_mut(&mut self) -> Option<(&mut Machine, &mut Context)> {
        let name = self.order.get(usize::from(self.context.seat.0))?.clone();
        self.machine_mut(&name)
    }

    fn machine_mut(&mut self, name: &str) -> Option<(&mut Machine, &mut Context)> {
        let machine = self.machines.get_mut(name)?;
        self.context.machine = machine.name.clone();
        Some((machine, &mut self.context))
    }

    /// Lets every machine do what it can do now. False when none could do anything.
    fn step(&mut self) -> bool {
        let mut stepped = false;
        let several = self.machines.len() > 1;
        for (name, machine) in &mut self.machines {
            self.context.machine.clone_from(name);
            let moved = machine.step(&mut self.context);
            if several && moved {
                lan::announce(machine, &mut self.context);
            }
            stepped |= moved;
        }
        if several {
            stepped |= self.lan.carry(&mut self.machines, &mut self.context);
            stepped |= Calls::carry(&mut self.machines, &mut self.context);
        }
        stepped
    }

    /// Moves the clock to what is due next, if that is not after `latest`.
    fn advance(&mut self, latest: Time) -> bool {
        let next = self.machines.values().filter_map(Machine::next_timer).min();
        if self.context.loads.is_under_way() && self.context.now < latest {
            return self.advance_under_load(next, latest);
        }
        let Some(next) = next.filter(|next| *next <= latest) else { return false };
        self.context.now = self.context.now.max(next);
        self.wake_timers();
        true
    }

    /// Moves the clock while users send requests: to what is due next, or to the end of a load, in pieces of a second at most.
    fn advance_under_load(&mut self, next: Option<Time>, latest: Time) -> bool {
        let piece = self.context.now + Duration::from_secs(1);
        let until = next.map_or(latest, |next| next.min(latest)).min(piece).max(self.context.now);
        self.context.now = load::running::advance(&mut self.machines, &mut self.context, until);
        self.wake_timers();
        true
    }

    fn wake_timers(&mut self) {
        let now = self.context.now;
        for machine in self.machines.values_mut() {
            machine.wake_timers(now);
        }
    }

    /// Lets time pass without doing anything.
    fn pass(&mut self, time: Duration) {
        let end = self.context.now + time;
        self.run(end, |_| false);
        self.context.now = self.context.now.max(end);
    }
}
