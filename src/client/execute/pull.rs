//! Following a pull: what the daemon tells of it, as docker prints it without a terminal.

use crate::client::program::Client;
use crate::world::daemon::api::{ApiError, JobId, JobMessage, Request, Response};
use crate::world::process::{System, Wait};

/// A pull under way.
#[derive(Clone, Debug)]
pub struct Pull {
    job: JobId,
    read: usize,
    quiet: bool,
}

impl Pull {
    /// Asks the daemon to pull.
    ///
    /// # Errors
    /// What the daemon refuses at once.
    pub fn begin(
        system: &mut System<'_>,
        reference: &str,
        platform: Option<String>,
        quiet: bool,
    ) -> Result<Pull, ApiError> {
        let request = Request::ImagePull { reference: reference.to_owned(), platform };
        match system.engine(request)? {
            Response::Job(job) => Ok(Pull { job, read: 0, quiet }),
            _ => Err(ApiError::failed("the daemon did not begin a pull")),
        }
    }

    /// Prints what is new, on standard error when `aside` (for `docker run`). What to wait for, or `None` at the end.
    ///
    /// # Errors
    /// Why the pull failed.
    pub fn resume(
        &mut self,
        client: &mut Client,
        system: &mut System<'_>,
        aside: bool,
    ) -> Result<Option<Wait>, ApiError> {
        let request = Request::JobRead { job: self.job, from: self.read };
        let Response::Messages { messages, finished } = system.engine(request)? else { return Ok(None) };
        self.read += messages.len();
        for message in messages {
            let line = match message {
                JobMessage::Status { text } => text,
                // Without a terminal only what is final is printed, not each advance.
                JobMessage::Layer { current, total, .. } if current < total => continue,
                JobMessage::Layer { id, status, .. } => format!("{id}: {status}"),
                JobMessage::Failed(error) => return Err(error),
                JobMessage::Build(_) | JobMessage::Image { .. } => continue,
            };
            match () {
                () if self.quiet => {}
                () if aside => client.err(format!("{line}\n")),
                () => client.out(format!("{line}\n")),
            }
        }
        Ok((!finished).then_some(Wait::Engine))
    }
}
