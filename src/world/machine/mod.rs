//! A computer: its hardware, its kernel, the Docker Engine that runs on it, and its virtual machines.
//!
//! Promises: what is used of processors, memory and disk is counted from what there is, and every figure has its public source.
//! Must not know: the client, the screen.

pub mod figures;
pub mod guest;
pub mod host;
pub mod hypervisor;
pub mod multipass;
pub mod preset;
pub mod relay;
pub mod resident;
mod session;
pub mod software;
pub mod ubuntu;
pub mod usage;
pub mod virtual_machine;

use std::sync::Arc;
use std::time::Duration;

use self::figures::{Figures, Resident};
use self::hypervisor::{Hypervisor, HypervisorError};
use self::preset::{Family, OperatingSystem};
use self::software::Software;
use self::virtual_machine::Specification;
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::daemon::Daemon;
use crate::world::daemon::api::{ApiError, Request, Response};
use crate::world::process::kernel::GuestKernel;
use crate::world::process::{Kernel, System};

/// What a machine is built of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hardware {
    /// Logical processors.
    pub cpus: u32,
    /// Bytes.
    pub memory: u64,
    /// Bytes.
    pub disk: u64,
}

/// How a machine begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineSettings {
    pub name: Arc<str>,
    /// What `hostname` prints on it.
    pub host_name: String,
    pub hardware: Hardware,
    /// What `uname -r` prints.
    pub kernel_release: String,
    /// What `uname -m` prints.
    pub architecture: String,
    /// Its operating system; without one, a Debian as the learner's laptop has it.
    pub system: Option<Arc<OperatingSystem>>,
    /// What is installed beside the system.
    pub software: Vec<Software>,
    /// Whether Docker is installed.
    pub engine: bool,
}

impl Default for MachineSettings {
    /// The learner's laptop.
    fn default() -> MachineSettings {
        MachineSettings {
            name: "laptop".into(),
            host_name: "laptop".to_owned(),
            hardware: Hardware { cpus: 4, memory: 16 << 30, disk: 256 << 30 },
            kernel_release: "6.12.48+deb13-amd64".to_owned(),
            architecture: "x86_64".to_owned(),
            system: None,
            software: Vec::new(),
            engine: true,
        }
    }
}

/// The numbers that a host has given to its own services by the time that a person logs in.
const BOOT_PIDS: u32 = 1_000;

/// A machine of the world.
#[derive(Clone, Debug)]
pub struct Machine {
    pub name: Arc<str>,
    pub hardware: Hardware,
    pub kernel: Kernel,
    pub daemon: Daemon,
    pub hypervisor: Hypervisor,
    /// Bytes of memory that the operating system uses beside its processes.
    pub base_memory: u64,
    /// Bytes of disk that the operating system and what was installed beside it take.
    pub base_disk: u64,
    /// The operating system, where another than the laptop's was asked for.
    pub system: Option<Arc<OperatingSystem>>,
    /// The environment of the shells that the learner gets.
    pub environment: Arc<[String]>,
    /// Where those shells begin.
    pub working_directory: Arc<str>,
}

impl Machine {
    /// A machine that has just booted, with its disk, its engine, and the processes of its operating system.
    pub fn boot(settings: &MachineSettings, context: &mut Context) -> Machine {
        let mut machine = Machine::bare(settings, context);
        let left_out: &[&str] = if settings.engine { &[] } else { &["docker"] };
        machine.install(context, left_out);
        if let Some(Figures { host, engine, .. }) = Figures::known() {
            let (memory, disk, processes) = match &settings.system {
                Some(system) => (system.memory, system.disk, &system.processes),
                None => (host.system_memory, host.system_disk, &host.processes),
            };
            let desktop = settings.system.as_ref().and_then(|system| system.desktop.as_ref());
            let engine: &[Resident] = match (settings.engine, desktop) {
                (false, _) => &[],
                (true, None) => &engine.processes,
                (true, Some(desktop)) => std::slice::from_ref(&desktop.process),
            };
            let resident = processes.iter().map(|process| process.memory).fold(0, u64::saturating_add);
            machine.base_memory = memory.saturating_sub(resident);
            machine.base_disk = disk;
            machine.start_residents(context, processes);
            machine.start_residents(context, engine);
            // Each has its first turn, in which it takes its memory: who looks at the machine sees it settled.
            for _ in 0..processes.len() + engine.len() {
                machine.step(context);
            }
        }
        let before = machine.written();
        // The disk is empty: there is room for all of it.
        let _ = machine.install_software(context, &settings.software);
        machine.base_disk = machine.base_disk.saturating_add(machine.written().saturating_sub(before));
        machine.kernel.give_numbers_from(BOOT_PIDS);
        machine
    }

    /// A machine with nothing on its disk.
    fn bare(settings: &MachineSettings, context: &Context) -> Machine {
        let MachineSettings { kernel_release, architecture, host_name, hardware, .. } = settings;
        let mut kernel = Kernel::new(kernel_release, architecture, host_name, context.now);
        (kernel.cpus, kernel.memory) = (hardware.cpus, hardware.memory);
        let desktop = settings.system.as_ref().and_then(|system| system.desktop.as_ref()).filter(|_| settings.engine);
        // Half of the memory is what Docker Desktop and WSL take at most, unless they are told otherwise.
        kernel.guest =
            desktop.map(|desktop| GuestKernel { release: desktop.kernel.as_str().into(), memory: hardware.memory / 2 });
        Machine {
            name: settings.name.clone(),
            hardware: hardware.clone(),
            kernel,
            daemon: Daemon::default(),
            hypervisor: Hypervisor::default(),
            base_memory: 0,
            base_disk: 0,
            system: settings.system.clone(),
            environment: Arc::from([
                format!("HOME={}", host::HOME),
                format!("PATH={}", host::PATH),
                "USER=root".to_owned(),
                "LANG=C.UTF-8".to_owned(),
            ]),
            working_directory: host::HOME.into(),
        }
    }

    /// Its operating system, as people call it.
    pub fn system_name(&self) -> &str {
        match (&self.system, Figures::known()) {
            (Some(system), _) => &system.name,
            (None, Some(figures)) => &figures.host.operating_system,
            (None, None) => "Linux",
        }
    }

    /// What kind of kernel it has.
    pub fn family(&self) -> Family {
        self.system.as_ref().map_or(Family::Linux, |system| system.family)
    }

    /// Bytes that were written to its disk.
    fn written(&self) -> u64 {
        self.kernel.union(Kernel::HOST_ROOT).map_or(0, |disk| disk.upper_size())
    }

    /// Lets the prompt say where one is, for who has several machines to be at.
    pub(in crate::world) fn name_in_prompt(&mut self) {
        let mut environment = self.environment.to_vec();
        environment.push(format!("PS1=root@{}:$PWD# ", self.name));
        self.environment = environment.into();
    }

    /// Hands a request to the daemon; also says how long it took.
    ///
    /// # Errors
    /// What the daemon answers.
    pub fn request(&mut self, context: &mut Context, request: Request) -> (Result<Response, ApiError>, Duration) {
        self.daemon.request(&mut self.kernel, context, request)
    }

    /// Puts a virtual machine on this one, as its installer leaves it, and turns its power on if that is wanted.
    ///
    /// # Errors
    /// As [`Hypervisor::check`]; `NoMemory`.
    pub(in crate::world) fn add_virtual_machine(
        &mut self,
        context: &mut Context,
        specification: &Specification,
        running: bool,
    ) -> Result<(), HypervisorError> {
        let room = self.room();
        self.hypervisor.create(&mut self.kernel, context, specification, room)?;
        if running {
            let room = self.room();
            self.hypervisor.start(&mut self.kernel, context, &specification.name, room)?;
        }
        Ok(())
    }

    /// Lets one process have its turn, or the daemon look after what happened. False when nothing could be done now.
    pub(in crate::world) fn step(&mut self, context: &mut Context) -> bool {
        let tended = self.daemon.tend(&mut self.kernel, context);
        if tended {
            self.kernel.wake_engine();
        }
        let guests = self.hypervisor.step(&mut self.kernel, context);
        if guests {
            // Whoever drives a virtual machine waits for it as for the engine.
            self.kernel.wake_engine();
        }
        let Some(pid) = self.kernel.next_runnable() else { return tended || guests };
        if let Some(mut program) = self.kernel.take_turn(context, pid) {
            let progress = program.resume(&mut System { machine: self, context, pid });
            self.kernel.finish_turn(context, pid, program, progress);
        }
        true
    }

    /// When something is next due on this machine.
    pub(in crate::world) fn next_timer(&self) -> Option<Time> {
        let timers = [self.kernel.next_timer(), self.daemon.next_timer(), self.hypervisor.next_timer()];
        timers.into_iter().flatten().min()
    }

    /// Wakes the processes whose time has come, here and in the guests.
    pub(in crate::world) fn wake_timers(&mut self, now: Time) {
        self.kernel.wake_timers(now);
        self.hypervisor.wake_timers(now);
    }
}
