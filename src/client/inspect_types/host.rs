//! The host configuration of a container: what the host lets it have.
//!
//! Names, order, keys and types of `github.com/docker/docker/api/types`, Engine 28.5. Data only.

use super::super::template::{GoType, StructType};
use super::field;

pub(super) static CONTAINER_LOG_CONFIG: StructType = StructType {
    name: "container.LogConfig",
    fields: &[field("Type", "Type", GoType::Text), field("Config", "Config", GoType::Map(&GoType::Text))],
};

pub(super) static NAT_PORT_BINDING: StructType = StructType {
    name: "nat.PortBinding",
    fields: &[field("HostIP", "HostIp", GoType::Text), field("HostPort", "HostPort", GoType::Text)],
};

pub(super) static CONTAINER_RESTART_POLICY: StructType = StructType {
    name: "container.RestartPolicy",
    fields: &[field("Name", "Name", GoType::Text), field("MaximumRetryCount", "MaximumRetryCount", GoType::Int)],
};

pub(super) static BLKIODEV_WEIGHT_DEVICE: StructType = StructType {
    name: "blkiodev.WeightDevice",
    fields: &[field("Path", "Path", GoType::Text), field("Weight", "Weight", GoType::Int)],
};

pub(super) static BLKIODEV_THROTTLE_DEVICE: StructType = StructType {
    name: "blkiodev.ThrottleDevice",
    fields: &[field("Path", "Path", GoType::Text), field("Rate", "Rate", GoType::Int)],
};

pub(super) static CONTAINER_DEVICE_MAPPING: StructType = StructType {
    name: "container.DeviceMapping",
    fields: &[
        field("PathOnHost", "PathOnHost", GoType::Text),
        field("PathInContainer", "PathInContainer", GoType::Text),
        field("CgroupPermissions", "CgroupPermissions", GoType::Text),
    ],
};

pub(super) static CONTAINER_DEVICE_REQUEST: StructType = StructType {
    name: "container.DeviceRequest",
    fields: &[
        field("Driver", "Driver", GoType::Text),
        field("Count", "Count", GoType::Int),
        field("DeviceIDs", "DeviceIDs", GoType::List(&GoType::Text)),
        field("Capabilities", "Capabilities", GoType::List(&GoType::List(&GoType::Text))),
        field("Options", "Options", GoType::Map(&GoType::Text)),
    ],
};

pub(super) static MOUNT_BIND_OPTIONS: StructType = StructType {
    name: "mount.BindOptions",
    fields: &[
        field("Propagation", "Propagation", GoType::Text),
        field("NonRecursive", "NonRecursive", GoType::Bool),
        field("CreateMountpoint", "CreateMountpoint", GoType::Bool),
        field("ReadOnlyNonRecursive", "ReadOnlyNonRecursive", GoType::Bool),
        field("ReadOnlyForceRecursive", "ReadOnlyForceRecursive", GoType::Bool),
    ],
};

pub(super) static MOUNT_DRIVER: StructType = StructType {
    name: "mount.Driver",
    fields: &[field("Name", "Name", GoType::Text), field("Options", "Options", GoType::Map(&GoType::Text))],
};

pub(super) static MOUNT_VOLUME_OPTIONS: StructType = StructType {
    name: "mount.VolumeOptions",
    fields: &[
        field("NoCopy", "NoCopy", GoType::Bool),
        field("Labels", "Labels", GoType::Map(&GoType::Text)),
        field("Subpath", "Subpath", GoType::Text),
        field("DriverConfig", "DriverConfig", GoType::Pointer(&MOUNT_DRIVER)),
    ],
};

pub(super) static MOUNT_IMAGE_OPTIONS: StructType =
    StructType { name: "mount.ImageOptions", fields: &[field("Subpath", "Subpath", GoType::Text)] };

pub(super) static MOUNT_TMPFS_OPTIONS: StructType = StructType {
    name: "mount.TmpfsOptions",
    fields: &[
        field("SizeBytes", "SizeBytes", GoType::Int),
        field("Mode", "Mode", GoType::Any),
        field("Options", "Options", GoType::List(&GoType::List(&GoType::Text))),
    ],
};

pub(super) static MOUNT_CLUSTER_OPTIONS: StructType = StructType { name: "mount.ClusterOptions", fields: &[] };

pub(super) static MOUNT_MOUNT: StructType = StructType {
    name: "mount.Mount",
    fields: &[
        field("Type", "Type", GoType::Text),
        field("Source", "Source", GoType::Text),
        field("Target", "Target", GoType::Text),
        field("ReadOnly", "ReadOnly", GoType::Bool),
        field("Consistency", "Consistency", GoType::Text),
        field("BindOptions", "BindOptions", GoType::Pointer(&MOUNT_BIND_OPTIONS)),
        field("VolumeOptions", "VolumeOptions", GoType::Pointer(&MOUNT_VOLUME_OPTIONS)),
        field("ImageOptions", "ImageOptions", GoType::Pointer(&MOUNT_IMAGE_OPTIONS)),
        field("TmpfsOptions", "TmpfsOptions", GoType::Pointer(&MOUNT_TMPFS_OPTIONS)),
        field("ClusterOptions", "ClusterOptions", GoType::Pointer(&MOUNT_CLUSTER_OPTIONS)),
    ],
};

pub(super) static CONTAINER_HOST_CONFIG: StructType = StructType {
    name: "container.HostConfig",
    fields: &[
        field("Binds", "Binds", GoType::List(&GoType::Text)),
        field("ContainerIDFile", "ContainerIDFile", GoType::Text),
        field("LogConfig", "LogConfig", GoType::Struct(&CONTAINER_LOG_CONFIG)),
        field("NetworkMode", "NetworkMode", GoType::Text),
        field("PortBindings", "PortBindings", GoType::Map(&GoType::List(&GoType::Struct(&NAT_PORT_BINDING)))),
        field("RestartPolicy", "RestartPolicy", GoType::Struct(&CONTAINER_RESTART_POLICY)),
        field("AutoRemove", "AutoRemove", GoType::Bool),
        field("VolumeDriver", "VolumeDriver", GoType::Text),
        field("VolumesFrom", "VolumesFrom", GoType::List(&GoType::Text)),
        field("ConsoleSize", "ConsoleSize", GoType::List(&GoType::Int)),
        field("Annotations", "Annotations", GoType::Map(&GoType::Text)),
        field("CapAdd", "CapAdd", GoType::List(&GoType::Text)),
        field("CapDrop", "CapDrop", GoType::List(&GoType::Text)),
        field("CgroupnsMode", "CgroupnsMode", GoType::Text),
        field("DNS", "Dns", GoType::List(&GoType::Text)),
        field("DNSOptions", "DnsOptions", GoType::List(&GoType::Text)),
        field("DNSSearch", "DnsSearch", GoType::List(&GoType::Text)),
        field("ExtraHosts", "ExtraHosts", GoType::List(&GoType::Text)),
        field("GroupAdd", "GroupAdd", GoType::List(&GoType::Text)),
        field("IpcMode", "IpcMode", GoType::Text),
        field("Cgroup", "Cgroup", GoType::Text),
        field("Links", "Links", GoType::List(&GoType::Text)),
        field("OomScoreAdj", "OomScoreAdj", GoType::Int),
        field("PidMode", "PidMode", GoType::Text),
        field("Privileged", "Privileged", GoType::Bool),
        field("PublishAllPorts", "PublishAllPorts", GoType::Bool),
        field("ReadonlyRootfs", "ReadonlyRootfs", GoType::Bool),
        field("SecurityOpt", "SecurityOpt", GoType::List(&GoType::Text)),
        field("StorageOpt", "StorageOpt", GoType::Map(&GoType::Text)),
        field("Tmpfs", "Tmpfs", GoType::Map(&GoType::Text)),
        field("UTSMode", "UTSMode", GoType::Text),
        field("UsernsMode", "UsernsMode", GoType::Text),
        field("ShmSize", "ShmSize", GoType::Int),
        field("Sysctls", "Sysctls", GoType::Map(&GoType::Text)),
        field("Runtime", "Runtime", GoType::Text),
        field("Isolation", "Isolation", GoType::Text),
        field("CPUShares", "CpuShares", GoType::Int),
        field("Memory", "Memory", GoType::Int),
        field("NanoCPUs", "NanoCpus", GoType::Int),
        field("CgroupParent", "CgroupParent", GoType::Text),
        field("BlkioWeight", "BlkioWeight", GoType::Int),
        field("BlkioWeightDevice", "BlkioWeightDevice", GoType::List(&GoType::Pointer(&BLKIODEV_WEIGHT_DEVICE))),
        field("BlkioDeviceReadBps", "BlkioDeviceReadBps", GoType::List(&GoType::Pointer(&BLKIODEV_THROTTLE_DEVICE))),
        field("BlkioDeviceWriteBps", "BlkioDeviceWriteBps", GoType::List(&GoType::Pointer(&BLKIODEV_THROTTLE_DEVICE))),
        field("BlkioDeviceReadIOps", "BlkioDeviceReadIOps", GoType::List(&GoType::Pointer(&BLKIODEV_THROTTLE_DEVICE))),
        field(
            "BlkioDeviceWriteIOps",
            "BlkioDeviceWriteIOps",
            GoType::List(&GoType::Pointer(&BLKIODEV_THROTTLE_DEVICE)),
        ),
        field("CPUPeriod", "CpuPeriod", GoType::Int),
        field("CPUQuota", "CpuQuota", GoType::Int),
        field("CPURealtimePeriod", "CpuRealtimePeriod", GoType::Int),
        field("CPURealtimeRuntime", "CpuRealtimeRuntime", GoType::Int),
        field("CpusetCpus", "CpusetCpus", GoType::Text),
        field("CpusetMems", "CpusetMems", GoType::Text),
        field("Devices", "Devices", GoType::List(&GoType::Struct(&CONTAINER_DEVICE_MAPPING))),
        field("DeviceCgroupRules", "DeviceCgroupRules", GoType::List(&GoType::Text)),
        field("DeviceRequests", "DeviceRequests", GoType::List(&GoType::Struct(&CONTAINER_DEVICE_REQUEST))),
        field("KernelMemory", "KernelMemory", GoType::Int),
        field("KernelMemoryTCP", "KernelMemoryTCP", GoType::Int),
        field("MemoryReservation", "MemoryReservation", GoType::Int),
        field("MemorySwap", "MemorySwap", GoType::Int),
        field("MemorySwappiness", "MemorySwappiness", GoType::Optional("int64")),
        field("OomKillDisable", "OomKillDisable", GoType::Optional("bool")),
        field("PidsLimit", "PidsLimit", GoType::Optional("int64")),
        field("Ulimits", "Ulimits", GoType::List(&GoType::Any)),
        field("CPUCount", "CpuCount", GoType::Int),
        field("CPUPercent", "CpuPercent", GoType::Int),
        field("IOMaximumIOps", "IOMaximumIOps", GoType::Int),
        field("IOMaximumBandwidth", "IOMaximumBandwidth", GoType::Int),
        field("Mounts", "Mounts", GoType::List(&GoType::Struct(&MOUNT_MOUNT))),
        field("MaskedPaths", "MaskedPaths", GoType::List(&GoType::Text)),
        field("ReadonlyPaths", "ReadonlyPaths", GoType::List(&GoType::Text)),
        field("Init", "Init", GoType::Optional("bool")),
    ],
};

pub(super) static STORAGE_DRIVER_DATA: StructType = StructType {
    name: "storage.DriverData",
    fields: &[field("Data", "Data", GoType::Map(&GoType::Text)), field("Name", "Name", GoType::Text)],
};
