//! How long the daemon takes to answer.
//!
//! Promises: one table, so that figures can be checked and changed in one place. They were read off `docker` runs of the recorded
//! scenarios (Engine 28.5 on overlay2, two processors), rounded: a create took 20 to 40 ms, a start 200 to 300 ms (most of it
//! containerd, the shim and runc), reads a few ms. Must not know: what a request does.

use std::time::Duration;

use super::api::Request;

/// A question that only reads what the daemon keeps.
const READ: Duration = Duration::from_millis(5);
/// A question that an attached client asks again and again over an open connection: it takes no time of its own.
const POLL: Duration = Duration::ZERO;
/// `POST /containers/create`: the writable layer, the mount points.
const CREATE: Duration = Duration::from_millis(30);
/// `POST /containers/{id}/start`: namespaces, cgroup, network, the shim and runc. A restart policy's restart takes it too.
pub const START: Duration = Duration::from_millis(250);
/// `POST /exec/{id}/start`: runc enters namespaces that are there.
const EXEC: Duration = Duration::from_millis(60);
/// A signal through containerd.
const SIGNAL: Duration = Duration::from_millis(15);
/// `DELETE /containers/{id}`: unmount and delete the writable layer.
const REMOVE: Duration = Duration::from_millis(30);
/// A bridge, its routes and firewall rules.
const NETWORK: Duration = Duration::from_millis(60);
/// A change that is only written down.
const NOTE: Duration = Duration::from_millis(10);

/// How long a request takes when it succeeds.
pub fn of(request: &Request) -> Duration {
    match request {
        Request::ContainerOutput { .. }
        | Request::ContainerWait { .. }
        | Request::ContainerExitCount { .. }
        | Request::ContainerInput { .. }
        | Request::ContainerCloseInput { .. }
        | Request::ExecOutput { .. }
        | Request::ExecInput { .. }
        | Request::ExecCloseInput { .. }
        | Request::JobRead { .. } => POLL,
        Request::ContainerCreate(_) => CREATE,
        Request::ContainerStart { .. } => START,
        Request::ExecStart { .. } => EXEC,
        Request::ContainerKill { .. }
        | Request::ContainerStop { .. }
        | Request::ContainerRestart { .. }
        | Request::ContainerPause { .. }
        | Request::ContainerUnpause { .. } => SIGNAL,
        Request::ContainerRemove { .. } | Request::ContainerPrune { .. } => REMOVE,
        Request::NetworkCreate(_)
        | Request::NetworkRemove { .. }
        | Request::NetworkConnect { .. }
        | Request::NetworkDisconnect { .. } => NETWORK,
        Request::ContainerRename { .. }
        | Request::ContainerUpdate { .. }
        | Request::VolumeCreate { .. }
        | Request::VolumeRemove { .. }
        | Request::ImageTag { .. } => NOTE,
        _ => READ,
    }
}
