//! `.HostConfig` of `GET /containers/{id}/json`, in Docker's order of keys.
//!
//! Promises: a list that Go leaves nil is `null`, one that Docker's client always fills is `[]`. Must not know: the rest of the answer.

use serde_json::{Map, Value, json};

use super::container::{DeviceRequest, HostConfig, MountRequest, Resources};
use super::inspect::{bindings, or_null};

/// Paths that a container does not see (moby `oci.DefaultSpec`).
const MASKED: [&str; 12] = [
    "/proc/asound",
    "/proc/acpi",
    "/proc/interrupts",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/sys/firmware",
    "/sys/devices/virtual/powercap",
];
/// Paths that it cannot write to.
const READ_ONLY: [&str; 5] = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/// The whole of it; `links` are those of the default bridge, as they are now.
pub(super) fn host_config(host: &HostConfig, links: &[String]) -> Value {
    let mut map = Map::new();
    let mut put = |key: &str, value: Value| {
        map.insert(key.to_owned(), value);
    };
    put("Binds", or_null(&host.binds));
    put("ContainerIDFile", json!(host.container_id_file));
    put("LogConfig", json!({"Type": host.log.driver, "Config": host.log.options}));
    put("NetworkMode", json!(host.network_mode));
    put("PortBindings", Value::Object(bindings(&host.port_bindings)));
    let policy = &host.restart_policy;
    put("RestartPolicy", json!({"Name": policy.name, "MaximumRetryCount": policy.maximum_retries}));
    put("AutoRemove", json!(host.auto_remove));
    put("VolumeDriver", json!(host.volume_driver));
    put("VolumesFrom", or_null(&host.volumes_from));
    put("ConsoleSize", json!([0, 0]));
    if !host.annotations.is_empty() {
        put("Annotations", json!(host.annotations));
    }
    put("CapAdd", or_null(&host.capabilities_added));
    put("CapDrop", or_null(&host.capabilities_dropped));
    put("CgroupnsMode", json!(host.cgroup_namespace_mode));
    put("Dns", json!(host.dns));
    put("DnsOptions", json!(host.dns_options));
    put("DnsSearch", json!(host.dns_search));
    put("ExtraHosts", or_null(&host.extra_hosts));
    put("GroupAdd", or_null(&host.groups_added));
    put("IpcMode", json!(host.ipc_mode));
    put("Cgroup", json!(""));
    put("Links", or_null(links));
    put("OomScoreAdj", json!(host.out_of_memory_score));
    put("PidMode", json!(host.pid_mode));
    put("Privileged", json!(host.privileged));
    put("PublishAllPorts", json!(host.publish_all));
    put("ReadonlyRootfs", json!(host.read_only_root));
    put("SecurityOpt", or_null(&host.security_options));
    for (key, values) in [("StorageOpt", &host.storage_options), ("Tmpfs", &host.tmpfs)] {
        if !values.is_empty() {
            put(key, json!(values));
        }
    }
    put("UTSMode", json!(host.uts_mode));
    put("UsernsMode", json!(host.user_namespace_mode));
    put("ShmSize", json!(host.shared_memory));
    if !host.sysctls.is_empty() {
        put("Sysctls", json!(host.sysctls));
    }
    put("Runtime", json!(host.runtime));
    put("Isolation", json!(host.isolation));
    resources(&host.resources, &mut put);
    if !host.mounts.is_empty() {
        put("Mounts", host.mounts.iter().map(mount).collect());
    }
    let paths = |list: &[&str]| match (host.privileged, host.system_paths_open) {
        (_, true) => json!([]),
        (true, false) => Value::Null,
        (false, false) => json!(list),
    };
    put("MaskedPaths", paths(&MASKED));
    put("ReadonlyPaths", paths(&READ_ONLY));
    if let Some(init) = host.init {
        put("Init", json!(init));
    }
    Value::Object(map)
}

fn resources(own: &Resources, put: &mut impl FnMut(&str, Value)) {
    let rates = |list: &[(String, u64)]| -> Value {
        list.iter().map(|(path, rate)| json!({"Path": path, "Rate": rate})).collect()
    };
    put("CpuShares", json!(own.cpu_shares));
    put("Memory", json!(own.memory));
    put("NanoCpus", json!(own.nano_cpus));
    put("CgroupParent", json!(own.cgroup_parent));
    put("BlkioWeight", json!(own.block_weight));
    let weights = own.block_weight_devices.iter().map(|(path, weight)| json!({"Path": path, "Weight": weight}));
    put("BlkioWeightDevice", weights.collect());
    put("BlkioDeviceReadBps", rates(&own.device_read_bytes));
    put("BlkioDeviceWriteBps", rates(&own.device_write_bytes));
    put("BlkioDeviceReadIOps", rates(&own.device_read_operations));
    put("BlkioDeviceWriteIOps", rates(&own.device_write_operations));
    put("CpuPeriod", json!(own.cpu_period));
    put("CpuQuota", json!(own.cpu_quota));
    put("CpuRealtimePeriod", json!(own.cpu_realtime_period));
    put("CpuRealtimeRuntime", json!(own.cpu_realtime_runtime));
    put("CpusetCpus", json!(own.cpuset_cpus));
    put("CpusetMems", json!(own.cpuset_mems));
    let devices = own.devices.iter().map(|device| {
        json!({
            "PathOnHost": device.on_host,
            "PathInContainer": device.in_container,
            "CgroupPermissions": device.permissions,
        })
    });
    put("Devices", devices.collect());
    put("DeviceCgroupRules", or_null(&own.device_cgroup_rules));
    let requests: Vec<Value> = own.device_requests.iter().map(device_request).collect();
    put("DeviceRequests", if requests.is_empty() { Value::Null } else { requests.into() });
    put("MemoryReservation", json!(own.memory_reservation));
    put("MemorySwap", json!(own.memory_swap));
    put("MemorySwappiness", json!(own.memory_swappiness));
    put("OomKillDisable", json!(own.oom_kill_disable));
    put("PidsLimit", json!(own.pids_limit));
    let ulimits = own.ulimits.iter().map(|(name, limit)| json!({"Name": name, "Hard": limit.hard, "Soft": limit.soft}));
    put("Ulimits", ulimits.collect());
    put("CpuCount", json!(0));
    put("CpuPercent", json!(0));
    put("IOMaximumIOps", json!(0));
    put("IOMaximumBandwidth", json!(0));
}

fn device_request(request: &DeviceRequest) -> Value {
    json!({
        "Driver": request.driver,
        "Count": request.count,
        "DeviceIDs": request.devices,
        "Capabilities": [request.capabilities],
        "Options": request.options,
    })
}

/// A mount as it was asked for; what has Go's zero value is left out.
fn mount(mount: &MountRequest) -> Value {
    let mut map = Map::new();
    let mut put = |key: &str, value: Value| {
        map.insert(key.to_owned(), value);
    };
    put("Type", json!(mount.kind));
    for (key, text) in [("Source", &mount.source), ("Target", &mount.target)] {
        if !text.is_empty() {
            put(key, json!(text));
        }
    }
    if mount.read_only {
        put("ReadOnly", json!(true));
    }
    if !mount.consistency.is_empty() {
        put("Consistency", json!(mount.consistency));
    }
    if let Some(options) = &mount.bind {
        put(
            "BindOptions",
            filled([
                ("Propagation", json!(options.propagation)),
                ("NonRecursive", json!(options.non_recursive)),
                ("CreateMountpoint", json!(options.creates_source)),
                ("ReadOnlyNonRecursive", json!(options.read_only_non_recursive)),
                ("ReadOnlyForceRecursive", json!(options.read_only_force_recursive)),
            ]),
        );
    }
    if let Some(options) = &mount.volume {
        let driver = filled([("Name", json!(options.driver)), ("Options", json!(options.driver_options))]);
        let mut value = filled([
            ("NoCopy", json!(options.no_copy)),
            ("Labels", json!(options.labels)),
            ("Subpath", json!(options.subpath)),
        ]);
        if let Value::Object(map) = &mut value {
            map.insert("DriverConfig".to_owned(), driver);
        }
        put("VolumeOptions", value);
    }
    if let Some(subpath) = &mount.image_subpath {
        put("ImageOptions", filled([("Subpath", json!(subpath))]));
    }
    if let Some(options) = &mount.tmpfs {
        put("TmpfsOptions", filled([("SizeBytes", json!(options.size)), ("Mode", json!(options.mode))]));
    }
    Value::Object(map)
}

/// An object of those members that have not Go's zero value (`omitempty`).
fn filled<const N: usize>(members: [(&str, Value); N]) -> Value {
    let is_empty = |value: &Value| match value {
        Value::String(text) => text.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(on) => !on,
        Value::Number(number) => number.as_i64() == Some(0),
        _ => false,
    };
    let kept = members.into_iter().filter(|(_, value)| !is_empty(value));
    Value::Object(kept.map(|(key, value)| (key.to_owned(), value)).collect())
}
