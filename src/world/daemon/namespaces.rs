//! The namespaces that a container shares with another or with the host: `--pid`, `--ipc`, `--uts`, `--network container:…`.
//!
//! Promises: names are replaced by IDs when the container is made, and looked up again when it starts, with moby's refusals
//! (`adaptSharedNamespaceContainer`, `getPIDContainer`, `getIPCContainer`).

use std::sync::Arc;

use super::Daemon;
use super::api::ApiError;
use super::container::{Container, HostConfig, Status};
use super::stop::restarting;
use crate::world::process::Kernel;
use crate::world::process::namespaces::NamespaceId;

impl Daemon {
    /// Replaces the names of containers whose namespaces are shared by their IDs.
    ///
    /// # Errors
    /// 400 when there is no such container, for PIDs and IPC; a network's is looked for at the start.
    pub(super) fn share_namespaces(&self, host: &mut HostConfig) -> Result<(), ApiError> {
        let with_id = |mode: &mut String| {
            let Some(name) = mode.strip_prefix("container:") else { return Ok(()) };
            let id = self.find(name).map(|other| other.id.clone());
            id.map(|id| *mode = format!("container:{id}")).map_err(|error| ApiError { status: 400, ..error })
        };
        with_id(&mut host.ipc_mode)?;
        with_id(&mut host.pid_mode)?;
        let _ = with_id(&mut host.network_mode);
        Ok(())
    }

    /// The container whose namespace is joined.
    fn donor(&self, mode: &str, what: &str) -> Result<Option<&Arc<Container>>, ApiError> {
        let Some(name) = mode.strip_prefix("container:") else { return Ok(None) };
        let failed = |error: ApiError| ApiError {
            message: format!("failed to join {what} namespace: {}", error.message),
            ..error
        };
        let other = self.find(name).map_err(|error| failed(ApiError { status: 400, ..error }))?;
        match other.state.status {
            Status::Restarting => Err(failed(restarting(name))),
            status if status.is_running() => Ok(Some(other)),
            _ => Err(failed(super::stop::not_running(name))),
        }
    }

    /// The PID namespace of a container that starts.
    ///
    /// # Errors
    /// When it joins one that is not there.
    pub(super) fn pid_namespace(&self, kernel: &mut Kernel, container: &Container) -> Result<NamespaceId, ApiError> {
        let mode = container.host_config.pid_mode.as_str();
        match self.donor(mode, "PID")?.and_then(|other| other.namespaces) {
            Some(namespaces) => Ok(namespaces.pid),
            None if mode == "host" => Ok(kernel.host.pid),
            None => Ok(kernel.create_pid_namespace()),
        }
    }

    /// Checks that the IPC namespace of another container can be joined: shared memory is in it.
    ///
    /// # Errors
    /// When it is not there, or not to be shared.
    pub(super) fn check_ipc(&self, container: &Container) -> Result<(), ApiError> {
        let Some(other) = self.donor(&container.host_config.ipc_mode, "IPC")? else { return Ok(()) };
        if other.host_config.ipc_mode == "shareable" {
            return Ok(());
        }
        let id = &other.id;
        Err(ApiError::invalid(format!(
            "failed to join IPC namespace: container {id}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)"
        )))
    }

    /// The host name's namespace of a container that starts.
    pub(super) fn uts_namespace(kernel: &mut Kernel, container: &Container) -> NamespaceId {
        let host = &container.host_config;
        // With the host's network goes its name, but as a copy (moby `WithCommonOptions`).
        match host.uts_mode.as_str() {
            "host" => kernel.host.uts,
            _ => kernel.create_uts_namespace(&container.config.host_name),
        }
    }
}
