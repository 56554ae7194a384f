//! Ending, freezing and renaming containers that are there: stop, kill, restart, pause, unpause, rename.
//!
//! Promises: the Engine's checks in its order, with its texts (moby `daemon/{stop,kill,restart,pause,rename}.go`). A stop is
//! begun here and ends when the process does, or when its time is up.

use std::sync::Arc;
use std::time::Duration;

use super::api::{ApiError, Response};
use super::container::Status;
use super::{Answer, Daemon, check};
use crate::world::context::Context;
use crate::world::event::EventKind;
use crate::world::process::{Kernel, Signal};

/// How long a stop waits before it kills, in seconds, when nobody says (moby `DefaultStopTimeout`).
const STOP_TIMEOUT: i64 = 10;

fn with_context(error: ApiError, text: String) -> ApiError {
    ApiError { message: format!("{text}: {}", error.message), ..error }
}

impl Daemon {
    /// `POST /containers/{id}/stop`.
    ///
    /// # Errors
    /// 404; 400 for a signal that is none.
    pub(super) fn container_stop(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        name: &str,
        signal: Option<&str>,
        timeout: Option<i64>,
    ) -> Answer {
        let container = self.find(name)?;
        let (id, status) = (container.id.clone(), container.state.status);
        if !status.is_running() && status != Status::Restarting {
            return Ok(Response::NotModified);
        }
        let signal = match signal.filter(|signal| !signal.is_empty()) {
            Some(signal) => {
                Some(check::sendable(signal).map_err(|e| with_context(e, format!("cannot stop container: {name}")))?)
            }
            None => None,
        };
        self.begin_stop(kernel, context, &id, signal, timeout);
        Ok(Response::Done)
    }

    /// Sends the stop signal, and sets the time at which KILL follows.
    fn begin_stop(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        id: &Arc<str>,
        signal: Option<Signal>,
        timeout: Option<i64>,
    ) {
        let Some(container) = self.containers.get(id).cloned() else { return };
        if container.state.status == Status::Restarting {
            self.cancel_restart(context, id);
            return;
        }
        let own = check::sendable(&container.config.run.stop_signal).unwrap_or(Signal::TERM);
        let timeout = timeout.or(container.config.run.stop_timeout).unwrap_or(STOP_TIMEOUT);
        self.change(id, |container| container.stopping = true);
        // Before the signal: a container that it ends at once may have been started again behind it, and is not to be killed then.
        if let Ok(seconds) = u64::try_from(timeout)
            && container.state.status.is_running()
        {
            self.set_kill_at(id, Some(context.now + Duration::from_secs(seconds)));
        }
        self.signal(kernel, context, id, signal.unwrap_or(own), true);
    }

    /// A container that waits to be started again stays as it is.
    fn cancel_restart(&mut self, context: &Context, id: &Arc<str>) {
        self.set_restart_at(id, None);
        let container = self.change(id, |container| {
            container.state.status = Status::Exited;
            container.state.stopped_by_user = true;
            container.clone()
        });
        if let Some(container) = container {
            self.note_container(context, &container, "stop", &[]);
        }
    }

    /// Sends a signal to PID 1. `ends` says that the engine wants the container to end (moby `killWithSignal`).
    fn signal(&mut self, kernel: &mut Kernel, context: &mut Context, id: &Arc<str>, signal: Signal, ends: bool) {
        let Some(container) = self.containers.get(id).cloned() else { return };
        let Some(pid) = container.state.pid else { return };
        let stop_signal = check::sendable(&container.config.run.stop_signal).ok();
        let ends = ends || stop_signal.is_none_or(|stop| stop == signal) || signal == Signal::KILL;
        self.change(id, |container| container.state.stopped_by_user |= ends);
        self.note_container(context, &container, "kill", &[("signal", signal.number().to_string())]);
        if ends && container.state.status == Status::Paused {
            self.thaw(kernel, context, id);
        }
        // It may be ending at this very moment.
        let _ = kernel.send(context, pid, signal, None);
        self.settle(kernel, context);
    }

    /// Kills a container's process.
    pub(super) fn kill_now(&mut self, kernel: &mut Kernel, context: &mut Context, id: &Arc<str>) {
        self.signal(kernel, context, id, Signal::KILL, true);
    }

    /// `POST /containers/{id}/kill`.
    ///
    /// # Errors
    /// 400 for a signal that is none, 404, 409 when it does not run.
    pub(super) fn container_kill(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        name: &str,
        signal: Option<&str>,
    ) -> Answer {
        let refused = |error| with_context(error, format!("cannot kill container: {name}"));
        let signal = match signal.filter(|signal| !signal.is_empty()) {
            Some(signal) => check::sendable(signal).map_err(refused)?,
            None => Signal::KILL,
        };
        let container = self.find(name).map_err(refused)?;
        let (id, status) = (container.id.clone(), container.state.status);
        match status {
            Status::Restarting => self.cancel_restart(context, &id),
            status if status.is_running() => self.signal(kernel, context, &id, signal, false),
            _ => return Err(refused(not_running(&id))),
        }
        Ok(Response::Done)
    }

    /// `POST /containers/{id}/restart`. [`Response::ExitCount`] when a stop comes first: the restart follows the next exit.
    ///
    /// # Errors
    /// 404, 400 for a signal that is none, and as a start.
    pub(super) fn container_restart(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        name: &str,
        signal: Option<&str>,
        timeout: Option<i64>,
    ) -> Answer {
        let refused = |error| with_context(error, format!("Cannot restart container {name}"));
        let container = self.find(name)?;
        let (id, status, exits) = (container.id.clone(), container.state.status, container.state.exits);
        let signal = match signal.filter(|signal| !signal.is_empty()) {
            Some(signal) => Some(check::sendable(signal).map_err(refused)?),
            None => None,
        };
        if status.is_running() {
            self.change(&id, |container| container.restart_when_stopped = true);
            self.begin_stop(kernel, context, &id, signal, timeout);
            return Ok(Response::ExitCount(exits));
        }
        self.set_restart_at(&id, None);
        self.change(&id, |container| {
            if container.state.status == Status::Restarting {
                container.state.status = Status::Exited;
            }
        });
        self.container_start(kernel, context, &id).map_err(refused)?;
        if let Some(container) = self.containers.get(&id).cloned() {
            self.note_container(context, &container, "restart", &[]);
        }
        Ok(Response::Done)
    }

    /// `POST /containers/{id}/pause`.
    ///
    /// # Errors
    /// 404, 409 when it does not run.
    pub(super) fn container_pause(&mut self, kernel: &mut Kernel, context: &mut Context, name: &str) -> Answer {
        let container = self.find(name)?.clone();
        let id = container.id.clone();
        match container.state.status {
            Status::Running => {}
            Status::Paused => return Err(ApiError::conflict(format!("Container {id} is already paused"))),
            Status::Restarting => return Err(restarting(&id)),
            _ => return Err(not_running(&id)),
        }
        kernel.freeze(&id, true);
        self.change(&id, |container| container.state.status = Status::Paused);
        context.emit(EventKind::ContainerPaused { container: id });
        self.note_container(context, &container, "pause", &[]);
        Ok(Response::Done)
    }

    /// `POST /containers/{id}/unpause`.
    ///
    /// # Errors
    /// 404, 409 when it is not paused.
    pub(super) fn container_unpause(&mut self, kernel: &mut Kernel, context: &mut Context, name: &str) -> Answer {
        let container = self.find(name)?;
        let id = container.id.clone();
        if container.state.status != Status::Paused {
            return Err(ApiError::conflict(format!("Container {id} is not paused")));
        }
        self.thaw(kernel, context, &id);
        Ok(Response::Done)
    }

    fn thaw(&mut self, kernel: &mut Kernel, context: &mut Context, id: &Arc<str>) {
        kernel.freeze(id, false);
        let container = self.change(id, |container| {
            container.state.status = Status::Running;
            container.clone()
        });
        context.emit(EventKind::ContainerUnpaused { container: id.clone() });
        if let Some(container) = container {
            self.note_container(context, &container, "unpause", &[]);
        }
    }

    /// `POST /containers/{id}/rename`.
    ///
    /// # Errors
    /// 404, 400 for a name that is none or the same, 409 when another has it.
    pub(super) fn container_rename(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        text: &str,
        name: &str,
    ) -> Answer {
        let name = name.strip_prefix('/').unwrap_or(name);
        let container = self.find(text)?.clone();
        if name.is_empty() {
            return Err(ApiError::invalid("Neither old nor new names may be empty"));
        }
        if container.name == name {
            return Err(ApiError::invalid("Renaming a container with the same name as its current name"));
        }
        self.check_name(name).map_err(|error| {
            // The new name has its slash by the time it is checked (moby `ContainerRename`).
            let message = error.message.replacen(&format!("name ({name})"), &format!("name (/{name})"), 1);
            with_context(ApiError { message, ..error }, "Error when allocating new name".to_owned())
        })?;
        let id = container.id.clone();
        self.names.remove(container.name.as_str());
        self.names.insert(name.into(), id.clone());
        let renamed = self.change(&id, |container| {
            container.name = name.to_owned();
            container.clone()
        });
        self.rename_endpoints(kernel, &container, name);
        context.emit(EventKind::ContainerRenamed { container: id, from: container.name.clone(), to: name.to_owned() });
        if let Some(renamed) = renamed {
            self.note_container(context, &renamed, "rename", &[("oldName", format!("/{}", container.name))]);
        }
        Ok(Response::Done)
    }

    /// The networks of a container that runs know it by its new name.
    fn rename_endpoints(&mut self, kernel: &mut Kernel, before: &super::container::Container, name: &str) {
        for (network, endpoint) in &before.endpoints {
            let Ok(key) = self.find_network(network).map(|network| network.name.clone()) else { continue };
            let Some(network) = self.networks.get_mut(&key).map(Arc::make_mut) else { continue };
            let Some(attachment) = network.attachments.get_mut(&before.id) else { continue };
            attachment.name = name.to_owned();
            if let Some(address) = endpoint.address.filter(|_| !matches!(&*key, "bridge" | "host" | "none")) {
                super::network::remove_name(kernel, network, &before.name, address);
                super::network::add_name(kernel, network, name, address);
            }
        }
    }
}

/// 409: it has no process.
pub(super) fn not_running(id: &str) -> ApiError {
    ApiError::conflict(format!("container {id} is not running"))
}

/// 409: it waits to be started again.
pub(super) fn restarting(id: &str) -> ApiError {
    ApiError::conflict(format!("Container {id} is restarting, wait until the container is running"))
}
