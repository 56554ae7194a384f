//! Following a pull or a push: what the daemon tells of it, as docker prints it without a terminal.

use crate::client::credentials;
use crate::client::program::Client;
use crate::world::daemon::api::{ApiError, JobId, JobMessage, PullImage, Request, Response};
use crate::world::process::{System, Wait};

/// A pull or a push under way.
#[derive(Clone, Debug)]
pub struct Transfer {
    job: JobId,
    read: usize,
    quiet: bool,
}

impl Transfer {
    /// Asks the daemon to begin.
    ///
    /// # Errors
    /// What the daemon refuses at once.
    pub fn begin(system: &mut System<'_>, request: Request, quiet: bool) -> Result<Transfer, ApiError> {
        match system.engine(request)? {
            Response::Job(job) => Ok(Transfer { job, read: 0, quiet }),
            _ => Err(ApiError::failed("the daemon did not begin")),
        }
    }

    /// Asks the daemon to pull, as the user that the configuration file names.
    ///
    /// # Errors
    /// What the daemon refuses at once.
    pub fn pull(
        system: &mut System<'_>,
        reference: &str,
        platform: Option<String>,
        quiet: bool,
    ) -> Result<Transfer, ApiError> {
        let credentials = credentials::of(system, reference);
        let request = PullImage { reference: reference.to_owned(), platform, all: false, credentials };
        Transfer::begin(system, Request::ImagePull(Box::new(request)), quiet)
    }

    /// Prints what is new, on standard error when `aside` (for `docker run`). What to wait for, or `None` at the end.
    ///
    /// # Errors
    /// Why it failed.
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
