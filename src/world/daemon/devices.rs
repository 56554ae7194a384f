//! Devices of the host that a container is given: `--device`, `--gpus`, and the limits for block devices.
//!
//! Promises: moby's refusals when a device is not there (`daemon/oci_linux.go`, `daemon/devices.go`). Must not know how a device works.

use super::api::ApiError;
use super::container::{Container, DeviceRequest, Resources};
use super::tree;
use crate::world::filesystem::entry::{Device, Entry, Metadata, Node};
use crate::world::filesystem::union::UnionMount;
use crate::world::process::Kernel;

/// The device at a path of the host.
fn on_host(kernel: &Kernel, path: &str) -> Option<Device> {
    let host = kernel.union(Kernel::HOST_ROOT)?;
    let path = tree::follow(host, path).ok()?;
    match &host.lookup(&path)?.entry.node {
        Node::Device(device) => Some(*device),
        _ => None,
    }
}

/// Checks that what the container was given is there.
///
/// # Errors
/// Docker's text for the first that is not.
pub(super) fn check(kernel: &Kernel, own: &Resources) -> Result<(), ApiError> {
    let limited =
        [&own.device_read_bytes, &own.device_write_bytes, &own.device_read_operations, &own.device_write_operations];
    for (path, _) in limited.into_iter().flatten() {
        if on_host(kernel, path).is_none() {
            return Err(ApiError::failed(format!("stat {path}: no such file or directory")));
        }
    }
    for device in &own.devices {
        if on_host(kernel, &device.on_host).is_none() {
            return Err(ApiError::failed(format!(
                "error gathering device information while adding custom device \"{}\": no such file or directory",
                device.on_host
            )));
        }
    }
    match own.device_requests.first() {
        None => Ok(()),
        Some(request) => Err(ApiError::failed(no_driver(request))),
    }
}

/// There is no driver of devices at all (moby `daemon/devices.go`, `handleDevice`).
fn no_driver(request: &DeviceRequest) -> String {
    format!(
        "could not select device driver \"{}\" with capabilities: [[{}]]",
        request.driver,
        request.capabilities.join(" ")
    )
}

/// Puts the devices that a container was given into its `/dev`.
pub(super) fn add(kernel: &Kernel, container: &Container, devices: &mut UnionMount) {
    for mapping in &container.host_config.resources.devices {
        let Some(device) = on_host(kernel, &mapping.on_host) else { continue };
        let Some(path) = mapping.in_container.strip_prefix("/dev") else { continue };
        let entry = Entry::device(device, Metadata::root(0o666, kernel.booted));
        // What is there already stays, and a place below a directory that is not there has none.
        let _ = devices.create(path, entry);
    }
}
