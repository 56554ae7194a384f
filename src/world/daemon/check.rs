//! What a container's configuration may be: the daemon's own rules, in its order and words.
//!
//! Promises: pure checks (moby `daemon/container.go`, `daemon_unix.go`, `runconfig/hostconfig_unix.go`); nothing is changed.

use std::time::Duration;

use super::api::ApiError;
use super::container::{ContainerConfig, HostConfig, RestartPolicy};
use crate::world::process::Signal;
use crate::world::registry::config::Healthcheck;

/// The least memory that a container can be given, in bytes (moby `linuxMinMemory`).
const MEMORY_LEAST: i64 = 6 << 20;
/// The shortest time of a health check (moby `containertypes.MinimumDuration`).
const HEALTH_LEAST: Duration = Duration::from_millis(1);
/// Linux capabilities (capabilities(7)), without `CAP_`.
const CAPABILITIES: [&str; 41] = [
    "AUDIT_CONTROL",
    "AUDIT_READ",
    "AUDIT_WRITE",
    "BLOCK_SUSPEND",
    "BPF",
    "CHECKPOINT_RESTORE",
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "IPC_OWNER",
    "KILL",
    "LEASE",
    "LINUX_IMMUTABLE",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_RAW",
    "PERFMON",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYSLOG",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_CHROOT",
    "SYS_MODULE",
    "SYS_NICE",
    "SYS_PACCT",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "WAKE_ALARM",
];

fn refuse(text: impl Into<String>) -> Result<(), ApiError> {
    Err(ApiError::invalid(text))
}

/// Options that a network mode excludes.
pub fn network_mode(config: &ContainerConfig, host: &HostConfig) -> Result<(), ApiError> {
    let mode = host.network_mode.as_str();
    if mode == "host" && !host.links.is_empty() {
        return refuse(
            "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
        );
    }
    if !mode.starts_with("container:") {
        return Ok(());
    }
    if !config.host_name.is_empty() {
        return refuse("conflicting options: hostname and the network mode");
    }
    if !host.links.is_empty() {
        return refuse(
            "conflicting options: container type network can't be used with links. This would result in undefined behavior",
        );
    }
    if !host.dns.is_empty() {
        return refuse("conflicting options: dns and the network mode");
    }
    if !host.extra_hosts.is_empty() {
        return refuse("conflicting options: custom host-to-IP mapping and the network mode");
    }
    if !host.port_bindings.is_empty() || host.publish_all {
        return refuse("conflicting options: port publishing and the container type network mode");
    }
    if !config.run.exposed_ports.is_empty() {
        return refuse("conflicting options: port exposing and the container type network mode");
    }
    Ok(())
}

/// All that can be said without looking at images, volumes and networks.
pub fn settings(config: &ContainerConfig, host: &HostConfig, cpus: u32) -> Result<(), ApiError> {
    let directory = &config.run.working_dir;
    if !directory.is_empty() && !directory.starts_with('/') {
        return refuse(format!("the working directory '{directory}' is invalid, it needs to be an absolute path"));
    }
    if !config.run.stop_signal.is_empty() {
        signal(&config.run.stop_signal)?;
    }
    if let Some(pair) = config.run.env.iter().find(|pair| pair.is_empty() || pair.starts_with('=')) {
        return refuse(format!("invalid environment variable: {pair}"));
    }
    if let Some(check) = &config.run.healthcheck {
        health(check)?;
    }
    if host.auto_remove && !matches!(host.restart_policy.name.as_str(), "" | "no") {
        return refuse("can't create 'AutoRemove' container with restart policy");
    }
    for entry in &host.extra_hosts {
        if entry.split_once([':', '=']).is_none_or(|(name, _)| name.is_empty()) {
            return refuse(format!("bad format for add-host: \"{entry}\""));
        }
    }
    restart_policy(&host.restart_policy)?;
    for name in host.capabilities_added.iter().chain(&host.capabilities_dropped) {
        let upper = name.to_ascii_uppercase();
        let bare = upper.strip_prefix("CAP_").unwrap_or(&upper);
        if bare != "ALL" && !CAPABILITIES.contains(&bare) {
            return refuse(format!("invalid capability: \"{name}\""));
        }
    }
    resources(host, cpus)
}

/// A signal by name or number.
pub fn signal(text: &str) -> Result<Signal, ApiError> {
    Signal::parse(text).ok_or_else(|| ApiError::invalid(format!("invalid signal: {text}")))
}

/// `--restart` (moby `ValidateRestartPolicy`).
pub fn restart_policy(policy: &RestartPolicy) -> Result<(), ApiError> {
    match policy.name.as_str() {
        "" | "no" | "always" | "unless-stopped" if policy.maximum_retries != 0 => {
            let negative = if policy.maximum_retries < 0 { " and cannot be negative" } else { "" };
            let why = "maximum retry count can only be used with 'on-failure'";
            refuse(format!("invalid restart policy: {why}{negative}"))
        }
        "on-failure" if policy.maximum_retries < 0 => {
            refuse("invalid restart policy: maximum retry count cannot be negative")
        }
        "" | "no" | "always" | "unless-stopped" | "on-failure" => Ok(()),
        other => refuse(format!(
            "invalid restart policy: unknown policy '{other}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'"
        )),
    }
}

fn health(check: &Healthcheck) -> Result<(), ApiError> {
    let times = [
        ("Interval", check.interval),
        ("Timeout", check.timeout),
        ("StartPeriod", check.start_period),
        ("StartInterval", check.start_interval),
    ];
    match times.iter().find(|(_, time)| !time.is_zero() && *time < HEALTH_LEAST) {
        Some((name, _)) => refuse(format!("{name} in Healthcheck cannot be less than 1ms")),
        None => Ok(()),
    }
}

/// Memory and processors (moby `verifyPlatformContainerResources`).
pub fn resources(host: &HostConfig, cpus: u32) -> Result<(), ApiError> {
    let (memory, swap) = (host.memory, host.memory_swap);
    if memory != 0 && memory < MEMORY_LEAST {
        return refuse("Minimum memory limit allowed is 6MB");
    }
    if memory > 0 && swap > 0 && swap < memory {
        return refuse("Minimum memoryswap limit should be larger than memory limit, see usage");
    }
    if memory == 0 && swap > 0 {
        return refuse("You should always set the Memory limit when using Memoryswap limit, see usage");
    }
    if memory > 0 && host.memory_reservation > 0 && memory < host.memory_reservation {
        return refuse("Minimum memory limit can not be less than memory reservation limit, see usage");
    }
    if host.memory_reservation > 0 && host.memory_reservation < MEMORY_LEAST {
        return refuse("Minimum memory reservation allowed is 6MB");
    }
    if host.nano_cpus > 0 && host.cpu_period > 0 {
        return refuse("Conflicting options: Nano CPUs and CPU Period cannot both be set");
    }
    if host.nano_cpus > 0 && host.cpu_quota > 0 {
        return refuse("Conflicting options: Nano CPUs and CPU Quota cannot both be set");
    }
    if host.nano_cpus < 0 || host.nano_cpus > i64::from(cpus) * 1_000_000_000 {
        return refuse(format!("range of CPUs is from 0.01 to {cpus}.00, as there are only {cpus} CPUs available"));
    }
    if host.cpu_period != 0 && !(1_000..=1_000_000).contains(&host.cpu_period) {
        return refuse("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
    }
    if host.cpu_quota > 0 && host.cpu_quota < 1_000 {
        return refuse("CPU cfs quota can not be less than 1ms (i.e. 1000)");
    }
    Ok(())
}
