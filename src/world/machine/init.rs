//! The first process of a machine: it is the parent of all that have lost theirs, and does nothing else.

use std::sync::Arc;

use super::Machine;
use crate::world::context::Context;
use crate::world::process::life::Birth;
use crate::world::process::{Credentials, Pid, Program, Progress, System, Wait};

/// PID 1 of a host. The kernel reaps its children by itself.
#[derive(Clone, Debug)]
struct Init;

impl Program for Init {
    fn resume(&mut self, _: &mut System<'_>) -> Progress {
        Progress::Waiting(Wait::Signal)
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

impl Machine {
    /// Starts the first process.
    pub(super) fn start_init(&mut self, context: &mut Context) {
        let birth = Birth {
            parent: Pid::KERNEL,
            group: None,
            namespaces: self.kernel.host,
            container: None,
            credentials: Credentials::default(),
            working_directory: "/".into(),
            umask: 0o022,
            arguments: Arc::from(["/sbin/init".to_owned()]),
            environment: Arc::from([]),
            executable: "/sbin/init".into(),
            descriptors: imbl::OrdMap::new(),
            terminal: false,
            program: Box::new(Init),
            actions: imbl::OrdMap::new(),
        };
        // A machine that has just booted is not at its limit of processes.
        let _ = self.kernel.begin(context, birth);
    }
}
