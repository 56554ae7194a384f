//! The two programs that the runtime itself brings: `docker-init` (`--init`), and runc's own init when it cannot run what it should.
//!
//! Promises: `docker-init` is PID 1, passes signals on to its child, reaps every other child, and ends as its child ended (tini).

use crate::world::process::program::{Program, Progress, Wait};
use crate::world::process::signal::{Action, Signal};
use crate::world::process::system::{Spawn, System, WaitChild};

/// `docker-init`.
#[derive(Clone, Debug)]
pub struct Init {
    path: String,
    command: Vec<String>,
    environment: Vec<String>,
    child: Option<u32>,
}

impl Init {
    /// An init that will run this program.
    pub fn new(path: String, command: Vec<String>, environment: Vec<String>) -> Init {
        Init { path, command, environment, child: None }
    }
}

impl Program for Init {
    fn resume(&mut self, system: &mut System<'_>) -> Progress {
        let child = match self.child {
            Some(child) => child,
            None => {
                // tini leaves alone what faults raise, and CHLD, which wakes it anyway.
                let passed = (1..=31).filter_map(Signal::from_number);
                let untouched = [4, 5, 6, 7, 8, 11, 17, 21, 22, 31];
                for signal in passed.filter(|signal| !untouched.contains(&signal.number())) {
                    system.set_action(signal, Action::Catch);
                }
                let spawn = Spawn {
                    path: self.path.clone(),
                    arguments: self.command.clone(),
                    environment: self.environment.clone(),
                    new_group: true,
                    ..Spawn::default()
                };
                match system.spawn(spawn) {
                    Ok(child) => {
                        self.child = Some(child);
                        child
                    }
                    Err(errno) => {
                        let name = self.command.first().map_or("", String::as_str);
                        system.complain(&format!("[FATAL tini (1)] exec {name} failed: {errno}\n"));
                        return Progress::Exited(127);
                    }
                }
            }
        };
        while let Some(signal) = system.take_signal() {
            // The child may have ended at this very moment.
            let _ = system.kill(i64::from(child), Some(signal));
        }
        loop {
            match system.wait_child(None) {
                WaitChild::Ended(ended, status) if ended == child => return Progress::Exited(status.code()),
                WaitChild::Ended(..) => {}
                WaitChild::Running => return Progress::Waiting(Wait::Child),
                WaitChild::None => return Progress::Exited(0),
            }
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

/// What is left to runc's init when `execve(2)` refuses the program: to say so and to end.
#[derive(Clone, Debug)]
pub struct FailedExec {
    message: String,
}

impl FailedExec {
    /// Says this and ends.
    pub fn new(message: String) -> FailedExec {
        FailedExec { message }
    }
}

impl Program for FailedExec {
    fn resume(&mut self, system: &mut System<'_>) -> Progress {
        system.complain(&self.message);
        Progress::Exited(255)
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
