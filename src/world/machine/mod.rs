//! A computer: its hardware, its kernel, and the Docker Engine that runs on it.
//!
//! Promises: what is used of processors, memory and disk is counted from what there is, and every figure has its public source.
//! Must not know: the client, the screen.

pub mod figures;
pub mod host;
mod init;
pub mod usage;

use std::sync::Arc;
use std::time::Duration;

use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::daemon::Daemon;
use crate::world::daemon::api::{ApiError, Request, Response};
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
#[derive(Clone, Debug)]
pub struct MachineSettings {
    pub name: Arc<str>,
    /// What `hostname` prints on it.
    pub host_name: String,
    pub hardware: Hardware,
    /// What `uname -r` prints.
    pub kernel_release: String,
    /// What `uname -m` prints.
    pub architecture: String,
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
        }
    }
}

/// A machine of the world.
#[derive(Clone, Debug)]
pub struct Machine {
    pub name: Arc<str>,
    pub hardware: Hardware,
    pub kernel: Kernel,
    pub daemon: Daemon,
    /// The environment of the shells that the learner gets.
    pub environment: Arc<[String]>,
    /// Where those shells begin.
    pub working_directory: Arc<str>,
}

impl Machine {
    /// A machine that has just booted, with its disk and its engine.
    pub fn boot(settings: &MachineSettings, context: &mut Context) -> Machine {
        let mut kernel =
            Kernel::new(&settings.kernel_release, &settings.architecture, &settings.host_name, context.now);
        kernel.cpus = settings.hardware.cpus;
        kernel.memory = settings.hardware.memory;
        let mut machine = Machine {
            name: settings.name.clone(),
            hardware: settings.hardware.clone(),
            kernel,
            daemon: Daemon::default(),
            environment: Arc::from([
                format!("HOME={}", host::HOME),
                format!("PATH={}", host::PATH),
                "USER=root".to_owned(),
                "LANG=C.UTF-8".to_owned(),
            ]),
            working_directory: host::HOME.into(),
        };
        machine.install(context);
        machine.start_init(context);
        machine
    }

    /// Hands a request to the daemon; also says how long it took.
    ///
    /// # Errors
    /// What the daemon answers.
    pub fn request(&mut self, context: &mut Context, request: Request) -> (Result<Response, ApiError>, Duration) {
        self.daemon.request(&mut self.kernel, context, request)
    }

    /// Lets one process have its turn, or the daemon look after what happened. False when nothing could be done now.
    pub(in crate::world) fn step(&mut self, context: &mut Context) -> bool {
        let tended = self.daemon.tend(&mut self.kernel, context);
        if tended {
            self.kernel.wake_engine();
        }
        let Some(pid) = self.kernel.next_runnable() else { return tended };
        if let Some(mut program) = self.kernel.take_turn(context, pid) {
            let progress = program.resume(&mut System { machine: self, context, pid });
            self.kernel.finish_turn(context, pid, program, progress);
        }
        true
    }

    /// When something is next due on this machine.
    pub(in crate::world) fn next_timer(&self) -> Option<Time> {
        [self.kernel.next_timer(), self.daemon.next_timer()].into_iter().flatten().min()
    }
}
