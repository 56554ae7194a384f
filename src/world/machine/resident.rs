//! Processes that an operating system always has, and that do nothing but be there: they take memory and a line of `ps`.
//!
//! Promises: which they are and what they take comes from the figures. Must not know what they would do.

use std::sync::Arc;

use super::Machine;
use super::figures::Resident;
use crate::world::context::Context;
use crate::world::process::Credentials;
use crate::world::process::life::{Birth, name_of};
use crate::world::process::limits::ResourceLimits;
use crate::world::process::{Pid, Program, Progress, System, Wait};

/// A program that waits for ever.
#[derive(Clone, Debug)]
pub struct Idle {
    /// Bytes.
    memory: u64,
}

impl Idle {
    /// One that takes so much memory, in bytes.
    pub fn new(memory: u64) -> Idle {
        Idle { memory }
    }
}

impl Program for Idle {
    fn resume(&mut self, system: &mut System<'_>) -> Progress {
        // Where there is no room for it the kernel has ended it, and this turn was its last.
        let _ = system.set_memory(self.memory);
        while system.take_signal().is_some() {}
        Progress::Waiting(Wait::Signal)
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

impl Machine {
    /// Starts processes that are part of the operating system. They are no events: they are there before anybody looks.
    pub(super) fn start_residents(&mut self, context: &mut Context, residents: &[Resident]) {
        for resident in residents {
            let words: Vec<String> = resident.command.split_whitespace().map(str::to_owned).collect();
            self.start_idle(context, words, resident.memory);
        }
    }

    /// Starts threads of the kernel, as `ps` shows them: a name in brackets, no memory of their own.
    pub(super) fn start_kernel_threads(&mut self, context: &mut Context, count: usize) {
        const NAMES: [&str; 8] =
            ["kthreadd", "rcu_preempt", "migration", "ksoftirqd", "kworker", "kcompactd0", "khugepaged", "kswapd0"];
        for number in 0..count {
            let (name, round) = (NAMES[number % NAMES.len()], number / NAMES.len());
            let name = if round == 0 { format!("[{name}]") } else { format!("[{name}:{round}]") };
            self.start_idle(context, vec![name], 0);
        }
    }

    fn start_idle(&mut self, context: &mut Context, arguments: Vec<String>, memory: u64) {
        let kernel = &mut self.kernel;
        let executable: Arc<str> = arguments.first().map_or_else(|| "".into(), |first| first.as_str().into());
        let birth = Birth {
            parent: if kernel.process(Pid::INIT).is_some() { Pid::INIT } else { Pid::KERNEL },
            group: None,
            namespaces: kernel.host,
            container: None,
            credentials: Credentials::default(),
            working_directory: "/".into(),
            umask: 0o022,
            limits: ResourceLimits::default(),
            oom_score: 0,
            arguments: arguments.into(),
            environment: Arc::from([]),
            name: name_of(&executable),
            executable,
            descriptors: imbl::OrdMap::new(),
            terminal: false,
            program: Box::new(Idle::new(memory)),
            actions: imbl::OrdMap::new(),
        };
        let before = context.events.len();
        // Only a machine with as many processes as it can have has no room for it.
        let _ = kernel.begin(context, birth);
        context.events.truncate(before);
    }
}
