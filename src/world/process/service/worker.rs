//! A process that a service starts beside its own.
//!
//! Promises: it holds the memory that it was given, as the user that it was given. Must not know what the service does.

use crate::world::process::{Credentials, Program, Progress, System, Wait};

/// A process that a service starts: it is there, uses memory, and ends by a signal.
#[derive(Clone, Debug)]
pub struct Worker {
    title: String,
    memory: u64,
    credentials: Option<Credentials>,
    begun: bool,
}

impl Worker {
    /// A worker that calls itself so, uses this many bytes of memory, and runs as another user if one is given.
    pub fn new(title: &str, memory: u64, credentials: Option<Credentials>) -> Worker {
        Worker { title: title.to_owned(), memory, credentials, begun: false }
    }
}

impl Program for Worker {
    fn resume(&mut self, system: &mut System<'_>) -> Progress {
        if !self.begun {
            self.begun = true;
            system.set_title(&self.title);
            // A service that is not root itself keeps its user.
            if let Some(credentials) = self.credentials.take() {
                let _ = system.set_credentials(credentials);
            }
            if system.set_memory(self.memory).is_err() {
                return Progress::Exited(137);
            }
        }
        Progress::Waiting(Wait::Signal)
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
