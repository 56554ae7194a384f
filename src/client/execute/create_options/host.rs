//! The flags of `docker run` that say how the host is to run the container, as its [`HostConfig`].
//!
//! Promises: the checks and texts of docker/cli `opts.go`, `parse`. Must not know what the daemon allows.

use std::collections::BTreeMap;

use super::security;
use super::variables::pairs;
use crate::client::flags::{Parsed, device, mount, ulimit};
use crate::world::daemon::container::{HostConfig, LogConfig, MountRequest, Resources};
use crate::world::process::System;

/// Whether a namespace mode of the form `container:…` names a container.
fn names_container(mode: &str) -> bool {
    mode.strip_prefix("container:").is_some_and(|name| !name.is_empty())
}

fn text(parsed: &Parsed, name: &str) -> String {
    parsed.text(name).unwrap_or_default().to_owned()
}

fn texts(parsed: &Parsed, name: &str) -> Vec<String> {
    parsed.list(name).into_iter().map(str::to_owned).collect()
}

/// Reads the flags, but for networks, ports, binds and the restart policy.
///
/// # Errors
/// As docker's client words them.
pub fn read(parsed: &Parsed, system: &System<'_>) -> Result<HostConfig, String> {
    let resources = resources(parsed)?;
    let pid_mode = text(parsed, "pid");
    if !matches!(pid_mode.as_str(), "" | "host") && !names_container(&pid_mode) {
        return Err("--pid: invalid PID mode".to_owned());
    }
    let one_of = |flag: &str, choices: &[&str], why: &str| {
        let mode = text(parsed, flag);
        if choices.contains(&mode.as_str()) { Ok(mode) } else { Err(format!("--{flag}: invalid {why} mode")) }
    };
    let uts_mode = one_of("uts", &["", "host"], "UTS")?;
    let user_namespace_mode = one_of("userns", &["", "host"], "USER")?;
    let cgroup_namespace_mode = one_of("cgroupns", &["", "host", "private"], "CGROUP")?;
    let log = log(parsed)?;
    let (security_options, system_paths_open) = security::options(&parsed.list("security-opt"), system)?;
    let storage_options = storage_options(parsed)?;
    let tmpfs = parsed.list("tmpfs").into_iter().map(|value| value.split_once(':').unwrap_or((value, "")));
    let mut dns_options = texts(parsed, "dns-option");
    dns_options.extend(texts(parsed, "dns-opt"));
    Ok(HostConfig {
        mounts: parsed.list("mount").into_iter().filter_map(|value| mount_request(value, system)).collect(),
        tmpfs: tmpfs.map(|(path, options)| (path.to_owned(), options.to_owned())).collect(),
        volumes_from: texts(parsed, "volumes-from"),
        volume_driver: text(parsed, "volume-driver"),
        links: texts(parsed, "link"),
        publish_all: parsed.on("publish-all"),
        auto_remove: parsed.on("rm"),
        privileged: parsed.on("privileged"),
        read_only_root: parsed.on("read-only"),
        init: parsed.changed("init").then(|| parsed.on("init")),
        extra_hosts: texts(parsed, "add-host"),
        dns: texts(parsed, "dns"),
        dns_search: texts(parsed, "dns-search"),
        dns_options,
        capabilities_added: security::capabilities(&parsed.list("cap-add")),
        capabilities_dropped: security::capabilities(&parsed.list("cap-drop")),
        groups_added: texts(parsed, "group-add"),
        security_options,
        system_paths_open,
        storage_options,
        sysctls: pairs(parsed.list("sysctl")),
        annotations: pairs(parsed.list("annotation")),
        log,
        pid_mode,
        ipc_mode: text(parsed, "ipc"),
        uts_mode,
        user_namespace_mode,
        cgroup_namespace_mode,
        container_id_file: text(parsed, "cidfile"),
        shared_memory: parsed.bytes("shm-size").unwrap_or(0),
        out_of_memory_score: parsed.int("oom-score-adj").unwrap_or(0),
        runtime: text(parsed, "runtime"),
        isolation: text(parsed, "isolation"),
        resources,
        ..HostConfig::default()
    })
}

/// `--mount`, which was checked when it was read; a source from here on is a path of the host.
fn mount_request(value: &str, system: &System<'_>) -> Option<MountRequest> {
    let mut mount = mount::parse(value).ok()?;
    if mount.source.starts_with('.') {
        mount.source = System::join(&system.working_directory(), &mount.source);
    }
    Some(mount)
}

fn log(parsed: &Parsed) -> Result<LogConfig, String> {
    let driver = text(parsed, "log-driver");
    let options = parsed.list("log-opt");
    if driver == "none" && !options.is_empty() {
        return Err(format!("invalid logging opts for driver {driver}"));
    }
    Ok(LogConfig { driver, options: pairs(options) })
}

fn storage_options(parsed: &Parsed) -> Result<BTreeMap<String, String>, String> {
    let options = parsed.list("storage-opt");
    if options.iter().any(|option| !option.contains('=')) {
        return Err("invalid storage option".to_owned());
    }
    Ok(pairs(options))
}

/// The container's share of the machine.
fn resources(parsed: &Parsed) -> Result<Resources, String> {
    let int = |name: &str| parsed.int(name).unwrap_or(0);
    let bytes = |name: &str| parsed.bytes(name).unwrap_or(0);
    let rates = |name: &str, read: fn(&str) -> Result<(&str, u64), String>| -> Vec<(String, u64)> {
        let given = parsed.list(name).into_iter().filter_map(|value| read(value).ok());
        given.map(|(path, rate)| (path.to_owned(), rate)).collect()
    };
    let weights = parsed.list("blkio-weight-device").into_iter().filter_map(|value| device::weight(value).ok());
    let ulimits = parsed.list("ulimit").into_iter().filter_map(|value| ulimit::parse(value).ok());
    Ok(Resources {
        memory: bytes("memory"),
        memory_swap: bytes("memory-swap"),
        memory_reservation: bytes("memory-reservation"),
        memory_swappiness: parsed.int("memory-swappiness").filter(|swappiness| *swappiness != -1),
        oom_kill_disable: parsed.on("oom-kill-disable"),
        nano_cpus: parsed.nano_cpus("cpus").unwrap_or(0),
        cpu_shares: int("cpu-shares"),
        cpu_period: int("cpu-period"),
        cpu_quota: int("cpu-quota"),
        cpu_realtime_period: int("cpu-rt-period"),
        cpu_realtime_runtime: int("cpu-rt-runtime"),
        cpuset_cpus: text(parsed, "cpuset-cpus"),
        cpuset_mems: text(parsed, "cpuset-mems"),
        pids_limit: parsed.int("pids-limit").filter(|limit| *limit > 0),
        cgroup_parent: text(parsed, "cgroup-parent"),
        block_weight: u16::try_from(int("blkio-weight")).unwrap_or(0),
        block_weight_devices: weights.map(|(path, weight)| (path.to_owned(), weight)).collect(),
        device_read_bytes: rates("device-read-bps", device::byte_rate),
        device_write_bytes: rates("device-write-bps", device::byte_rate),
        device_read_operations: rates("device-read-iops", device::operation_rate),
        device_write_operations: rates("device-write-iops", device::operation_rate),
        devices: parsed.list("device").into_iter().map(security::device).collect::<Result<_, _>>()?,
        device_cgroup_rules: texts(parsed, "device-cgroup-rule"),
        device_requests: parsed.list("gpus").into_iter().filter_map(|value| device::gpus(value).ok()).collect(),
        ulimits: ulimits.map(|(name, limit)| (name.to_owned(), limit)).collect(),
    })
}

/// What `docker update` can change of it. A limit of processes that is negative takes the limit away.
pub fn update(parsed: &Parsed) -> Resources {
    let pids_limit = parsed.int("pids-limit").filter(|limit| *limit != 0).map(|limit| limit.max(0));
    let Ok(resources) = resources(parsed) else { return Resources::default() };
    Resources { pids_limit, ..resources }
}

/// `--memory-swappiness`, which the client checks before all else.
///
/// # Errors
/// Outside of 0 to 100; -1 is «not said».
pub fn check_swappiness(parsed: &Parsed) -> Result<(), String> {
    match parsed.int("memory-swappiness") {
        None | Some(-1..=100) => Ok(()),
        Some(value) => Err(format!("invalid value: {value}. Valid memory swappiness range is 0-100")),
    }
}
