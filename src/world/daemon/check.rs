//! What a container's configuration may be: the daemon's own rules, in its order and words.
//!
//! Promises: pure checks (moby `daemon/container.go`, `daemon_unix.go`, `runconfig/hostconfig_unix.go`); nothing is changed.

use std::time::Duration;

use super::api::ApiError;
use super::container::{ContainerConfig, HostConfig, RestartPolicy};
use crate::world::process::Signal;
use crate::world::process::capabilities::capability;
use crate::world::registry::config::Healthcheck;
use crate::world::units::go_quote;

/// The shortest time of a health check (moby `containertypes.MinimumDuration`).
const HEALTH_LEAST: Duration = Duration::from_millis(1);
fn refuse(text: impl Into<String>) -> Result<(), ApiError> {
    Err(ApiError::invalid(text))
}

/// What is refused as soon as the request is read (moby `runconfig`, `decodeContainerConfig`).
pub fn request(config: &ContainerConfig, host: &HostConfig) -> Result<(), ApiError> {
    network_mode(config, host)?;
    if !matches!(host.isolation.to_lowercase().as_str(), "" | "default") {
        return refuse(format!("invalid isolation ({}): linux only supports 'default'", host.isolation));
    }
    let own = &host.resources;
    let (period, runtime) = (own.cpu_realtime_period, own.cpu_realtime_runtime);
    if period != 0 && runtime != 0 && runtime > period {
        return refuse("cpu real-time runtime cannot be higher than cpu real-time period");
    }
    if own.cpu_shares < 0 {
        return refuse(format!("invalid CPU shares ({}): value must be a positive integer", own.cpu_shares));
    }
    for key in host.sysctls.keys() {
        let parts: Vec<&str> = key.splitn(5, '.').collect();
        if let ["net", _, _, interface, _] = parts.as_slice()
            && interface.starts_with("eth")
            && !matches!(host.network_mode.as_str(), "host")
            && !host.network_mode.starts_with("container:")
        {
            return Err(ApiError::failed(format!(
                "interface specific sysctl setting {} must be supplied using driver option 'com.docker.network.endpoint.sysctls'",
                go_quote(key)
            )));
        }
    }
    Ok(())
}

/// Options that a network mode excludes.
fn network_mode(config: &ContainerConfig, host: &HostConfig) -> Result<(), ApiError> {
    let mode = host.network_mode.as_str();
    if let Some(name) = mode.strip_prefix("container:").or((mode == "container").then_some("")) {
        shared_network(name, config, host)?;
    }
    if host.uts_mode == "host" && !config.host_name.is_empty() {
        return refuse("conflicting options: hostname and the UTS mode");
    }
    if mode == "host" && !host.links.is_empty() {
        return refuse(
            "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
        );
    }
    Ok(())
}

/// Options that go with a network of one's own only.
fn shared_network(name: &str, config: &ContainerConfig, host: &HostConfig) -> Result<(), ApiError> {
    if name.is_empty() {
        return refuse("invalid network mode: invalid container format container:<name|id>");
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

/// The container's own configuration (moby `validateContainerConfig`).
pub fn config(config: &ContainerConfig) -> Result<(), ApiError> {
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
    match &config.run.healthcheck {
        Some(check) => health(check),
        None => Ok(()),
    }
}

/// The host configuration, but for what needs the host's files (moby `validateHostConfig`).
pub fn host(host: &HostConfig) -> Result<(), ApiError> {
    for entry in &host.extra_hosts {
        if entry.split_once([':', '=']).is_none_or(|(name, _)| name.is_empty()) {
            return refuse(format!("bad format for add-host: \"{entry}\""));
        }
    }
    restart_policy(&host.restart_policy)?;
    for (list, field) in [(&host.capabilities_added, "CapAdd"), (&host.capabilities_dropped, "CapDrop")] {
        if let Some(name) = list.iter().find(|name| *name != "ALL" && capability(name).is_none()) {
            return refuse(format!("invalid {field}: unknown capability: \"{name}\""));
        }
    }
    if host.annotations.keys().any(String::is_empty) {
        return refuse("invalid Annotations: the empty string is not permitted as an annotation key");
    }
    Ok(())
}

/// Namespaces and the like, after the resources were looked at (moby `verifyPlatformContainerSettings`).
pub fn platform(host: &HostConfig) -> Result<(), ApiError> {
    let names_container = |mode: &str| mode.strip_prefix("container:").is_some_and(|name| !name.is_empty());
    let ipc = host.ipc_mode.as_str();
    if !matches!(ipc, "" | "none" | "private" | "shareable" | "host") && !names_container(ipc) {
        return refuse(format!("invalid IPC mode: {ipc}"));
    }
    if !matches!(host.pid_mode.as_str(), "" | "host") && !names_container(&host.pid_mode) {
        return refuse(format!("invalid PID mode: {}", host.pid_mode));
    }
    if host.shared_memory < 0 {
        return refuse("SHM size can not be less than 0");
    }
    let score = host.out_of_memory_score;
    if !(-1000..=1000).contains(&score) {
        return refuse(format!("Invalid value {score}, range for oom score adj is [-1000, 1000]"));
    }
    // A runtime of containerd's own naming is looked for when the container is started.
    let is_named = |name: &str| !name.contains('/') && name.split_once('.').is_some_and(|(first, _)| !first.is_empty());
    if !matches!(host.runtime.as_str(), "" | "runc") && !is_named(&host.runtime) {
        return refuse(format!("unknown or invalid runtime name: {}", host.runtime));
    }
    host.tmpfs.keys().try_for_each(|target| super::tmpfs::check(target))
}

/// A signal by name or number, as moby/sys `signal.ParseSignal` reads it: any number but 0 is one.
pub fn signal(text: &str) -> Result<i64, ApiError> {
    let invalid = || ApiError::invalid(format!("invalid signal: {text}"));
    if let Ok(number) = text.parse::<i64>() {
        return if number == 0 { Err(invalid()) } else { Ok(number) };
    }
    let upper = text.to_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let real_time = |base: i64, offset: &str, sign: i64| -> Option<i64> {
        match offset {
            "" => Some(base),
            offset => {
                let number = offset.strip_prefix(if sign > 0 { '+' } else { '-' })?.parse::<i64>().ok()?;
                (1..=15).contains(&number).then_some(base + sign * number)
            }
        }
    };
    let number = match name {
        "CLD" => Some(17),
        "IOT" => Some(6),
        name => match (name.strip_prefix("RTMIN"), name.strip_prefix("RTMAX")) {
            (Some(offset), _) => real_time(34, offset, 1),
            (_, Some(offset)) => real_time(64, offset, -1),
            // The name alone: moby's table has neither numbers nor a second prefix.
            _ if name.starts_with("SIG") || name.starts_with(|first: char| first.is_ascii_digit()) => None,
            _ => Signal::parse(name).map(|signal| i64::from(signal.number())),
        },
    };
    number.ok_or_else(invalid)
}

/// A signal that the kernel has.
///
/// # Errors
/// As [`signal`], and 400 for a number that is none.
pub fn sendable(text: &str) -> Result<Signal, ApiError> {
    let number = signal(text)?;
    let known = u8::try_from(number).ok().and_then(Signal::from_number);
    known.ok_or_else(|| ApiError::invalid(format!("the linux daemon does not support signal {number}")))
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
