//! `POST /containers/{id}/wait`: has it ended, and how.

use super::api::{Response, WaitCondition, WaitResult};
use super::container::{Container, Status};
use super::{Answer, Daemon};

fn result(container: &Container) -> WaitResult {
    let error = Some(container.state.error.clone()).filter(|error| !error.is_empty());
    WaitResult { exit_code: container.state.exit_code, error }
}

impl Daemon {
    /// How a wait stands now.
    ///
    /// # Errors
    /// 404.
    pub(super) fn container_wait(&self, name: &str, condition: WaitCondition) -> Answer {
        let container = match self.find(name) {
            Ok(container) => container,
            Err(error) => {
                let gone = self.find_gone(name).ok_or(error)?;
                return Ok(Response::Waited(Some(result(gone))));
            }
        };
        let stopped = !container.state.status.is_running() && container.state.status != Status::Restarting;
        let over = match condition {
            WaitCondition::NotRunning => stopped,
            WaitCondition::NextExit { since } => container.state.exits > since,
            WaitCondition::Removed => false,
        };
        Ok(Response::Waited(over.then(|| result(container))))
    }

    /// How often it has exited.
    ///
    /// # Errors
    /// 404.
    pub(super) fn container_exit_count(&self, name: &str) -> Answer {
        self.find(name).map(|container| Response::ExitCount(container.state.exits))
    }
}
