//! What `docker inspect` of a container answers, but for its host configuration.
//!
//! Names, order, keys and types of `github.com/docker/docker/api/types`, Engine 28.5. Data only.

use super::super::template::{GoType, StructType};
use super::EMPTY;
use super::field;
use super::host::{CONTAINER_HOST_CONFIG, NAT_PORT_BINDING, STORAGE_DRIVER_DATA};
use super::image::{IMAGE_SPEC_HEALTHCHECK_CONFIG, OCI_DESCRIPTOR};
use super::network::{NETWORK_ADDRESS, NETWORK_ENDPOINT_SETTINGS};

pub(super) static CONTAINER_HEALTHCHECK_RESULT: StructType = StructType {
    name: "container.HealthcheckResult",
    fields: &[
        field("Start", "Start", GoType::Time),
        field("End", "End", GoType::Time),
        field("ExitCode", "ExitCode", GoType::Int),
        field("Output", "Output", GoType::Text),
    ],
};

pub(super) static CONTAINER_HEALTH: StructType = StructType {
    name: "container.Health",
    fields: &[
        field("Status", "Status", GoType::Text),
        field("FailingStreak", "FailingStreak", GoType::Int),
        field("Log", "Log", GoType::List(&GoType::Pointer(&CONTAINER_HEALTHCHECK_RESULT))),
    ],
};

pub(super) static CONTAINER_STATE: StructType = StructType {
    name: "container.State",
    fields: &[
        field("Status", "Status", GoType::Text),
        field("Running", "Running", GoType::Bool),
        field("Paused", "Paused", GoType::Bool),
        field("Restarting", "Restarting", GoType::Bool),
        field("OOMKilled", "OOMKilled", GoType::Bool),
        field("Dead", "Dead", GoType::Bool),
        field("Pid", "Pid", GoType::Int),
        field("ExitCode", "ExitCode", GoType::Int),
        field("Error", "Error", GoType::Text),
        field("StartedAt", "StartedAt", GoType::Text),
        field("FinishedAt", "FinishedAt", GoType::Text),
        field("Health", "Health", GoType::Pointer(&CONTAINER_HEALTH)),
    ],
};

pub(super) static CONTAINER_MOUNT_POINT: StructType = StructType {
    name: "container.MountPoint",
    fields: &[
        field("Type", "Type", GoType::Text),
        field("Name", "Name", GoType::Text),
        field("Source", "Source", GoType::Text),
        field("Destination", "Destination", GoType::Text),
        field("Driver", "Driver", GoType::Text),
        field("Mode", "Mode", GoType::Text),
        field("RW", "RW", GoType::Bool),
        field("Propagation", "Propagation", GoType::Text),
    ],
};

pub(super) static CONTAINER_CONFIG: StructType = StructType {
    name: "container.Config",
    fields: &[
        field("Hostname", "Hostname", GoType::Text),
        field("Domainname", "Domainname", GoType::Text),
        field("User", "User", GoType::Text),
        field("AttachStdin", "AttachStdin", GoType::Bool),
        field("AttachStdout", "AttachStdout", GoType::Bool),
        field("AttachStderr", "AttachStderr", GoType::Bool),
        field("ExposedPorts", "ExposedPorts", GoType::Map(&GoType::Struct(&EMPTY))),
        field("Tty", "Tty", GoType::Bool),
        field("OpenStdin", "OpenStdin", GoType::Bool),
        field("StdinOnce", "StdinOnce", GoType::Bool),
        field("Env", "Env", GoType::List(&GoType::Text)),
        field("Cmd", "Cmd", GoType::List(&GoType::Text)),
        field("Healthcheck", "Healthcheck", GoType::Pointer(&IMAGE_SPEC_HEALTHCHECK_CONFIG)),
        field("ArgsEscaped", "ArgsEscaped", GoType::Bool),
        field("Image", "Image", GoType::Text),
        field("Volumes", "Volumes", GoType::Map(&GoType::Struct(&EMPTY))),
        field("WorkingDir", "WorkingDir", GoType::Text),
        field("Entrypoint", "Entrypoint", GoType::List(&GoType::Text)),
        field("NetworkDisabled", "NetworkDisabled", GoType::Bool),
        field("MacAddress", "MacAddress", GoType::Text),
        field("OnBuild", "OnBuild", GoType::List(&GoType::Text)),
        field("Labels", "Labels", GoType::Map(&GoType::Text)),
        field("StopSignal", "StopSignal", GoType::Text),
        field("StopTimeout", "StopTimeout", GoType::Optional("int")),
        field("Shell", "Shell", GoType::List(&GoType::Text)),
    ],
};

pub(super) static CONTAINER_NETWORK_SETTINGS: StructType = StructType {
    name: "container.NetworkSettings",
    fields: &[
        field("Bridge", "Bridge", GoType::Text),
        field("SandboxID", "SandboxID", GoType::Text),
        field("SandboxKey", "SandboxKey", GoType::Text),
        field("Ports", "Ports", GoType::Map(&GoType::List(&GoType::Struct(&NAT_PORT_BINDING)))),
        field("HairpinMode", "HairpinMode", GoType::Bool),
        field("LinkLocalIPv6Address", "LinkLocalIPv6Address", GoType::Text),
        field("LinkLocalIPv6PrefixLen", "LinkLocalIPv6PrefixLen", GoType::Int),
        field("SecondaryIPAddresses", "SecondaryIPAddresses", GoType::List(&GoType::Struct(&NETWORK_ADDRESS))),
        field("SecondaryIPv6Addresses", "SecondaryIPv6Addresses", GoType::List(&GoType::Struct(&NETWORK_ADDRESS))),
        field("EndpointID", "EndpointID", GoType::Text),
        field("Gateway", "Gateway", GoType::Text),
        field("GlobalIPv6Address", "GlobalIPv6Address", GoType::Text),
        field("GlobalIPv6PrefixLen", "GlobalIPv6PrefixLen", GoType::Int),
        field("IPAddress", "IPAddress", GoType::Text),
        field("IPPrefixLen", "IPPrefixLen", GoType::Int),
        field("IPv6Gateway", "IPv6Gateway", GoType::Text),
        field("MacAddress", "MacAddress", GoType::Text),
        field("Networks", "Networks", GoType::Map(&GoType::Pointer(&NETWORK_ENDPOINT_SETTINGS))),
    ],
};

pub(super) static CONTAINER_INSPECT_RESPONSE: StructType = StructType {
    name: "container.InspectResponse",
    fields: &[
        field("ID", "Id", GoType::Text),
        field("Created", "Created", GoType::Text),
        field("Path", "Path", GoType::Text),
        field("Args", "Args", GoType::List(&GoType::Text)),
        field("State", "State", GoType::Pointer(&CONTAINER_STATE)),
        field("Image", "Image", GoType::Text),
        field("ResolvConfPath", "ResolvConfPath", GoType::Text),
        field("HostnamePath", "HostnamePath", GoType::Text),
        field("HostsPath", "HostsPath", GoType::Text),
        field("LogPath", "LogPath", GoType::Text),
        field("Name", "Name", GoType::Text),
        field("RestartCount", "RestartCount", GoType::Int),
        field("Driver", "Driver", GoType::Text),
        field("Platform", "Platform", GoType::Text),
        field("MountLabel", "MountLabel", GoType::Text),
        field("ProcessLabel", "ProcessLabel", GoType::Text),
        field("AppArmorProfile", "AppArmorProfile", GoType::Text),
        field("ExecIDs", "ExecIDs", GoType::List(&GoType::Text)),
        field("HostConfig", "HostConfig", GoType::Pointer(&CONTAINER_HOST_CONFIG)),
        field("GraphDriver", "GraphDriver", GoType::Struct(&STORAGE_DRIVER_DATA)),
        field("SizeRw", "SizeRw", GoType::Optional("int64")),
        field("SizeRootFs", "SizeRootFs", GoType::Optional("int64")),
        field("Mounts", "Mounts", GoType::List(&GoType::Struct(&CONTAINER_MOUNT_POINT))),
        field("Config", "Config", GoType::Pointer(&CONTAINER_CONFIG)),
        field("NetworkSettings", "NetworkSettings", GoType::Pointer(&CONTAINER_NETWORK_SETTINGS)),
        field("ImageManifestDescriptor", "ImageManifestDescriptor", GoType::Pointer(&OCI_DESCRIPTOR)),
    ],
};
