//! The flags of `docker run` and `docker create` as the request that they become.
//!
//! Promises: refuses what Docker's client refuses, with its texts (docker/cli `cli/command/container/opts.go`, `parse`),
//! before the daemon is asked anything.

mod networks;
pub mod ports;
pub mod variables;

use std::time::Duration;

use crate::client::commands::Invocation;
use crate::client::flags::{Parsed, mount};
use crate::world::daemon::api::CreateContainer;
use crate::world::daemon::container::{ContainerConfig, HostConfig, MountRequest, RestartPolicy};
use crate::world::process::System;
use crate::world::registry::config::{Healthcheck, RunConfig};

/// Why the flags make no request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateError {
    /// The values contradict each other or mean nothing; docker adds where to find help.
    Usage(String),
    /// A file that a flag names is in the way.
    Failed(String),
}

impl From<String> for CreateError {
    fn from(text: String) -> CreateError {
        CreateError::Usage(text)
    }
}

/// Reads the flags and arguments.
///
/// # Errors
/// As docker's client words them.
pub fn read(invocation: &Invocation, system: &mut System<'_>) -> Result<CreateContainer, CreateError> {
    let parsed = &invocation.parsed;
    let Some((image, command)) = parsed.arguments.split_first() else {
        return Err(CreateError::Usage("no image".to_owned()));
    };
    let (binds, volumes) = volumes(parsed, system)?;
    let (mut exposed, port_bindings) = ports::bindings(&parsed.list("publish"))?;
    exposed.extend(ports::exposed(&parsed.list("expose"))?);
    let env = variables::environment(&parsed.list("env-file"), &parsed.list("env"), system)?;
    let labels = variables::labels(&parsed.list("label-file"), &parsed.list("label"), system)?;
    let pid_mode = parsed.text("pid").unwrap_or_default().to_owned();
    if !matches!(pid_mode.as_str(), "" | "host") && pid_mode.strip_prefix("container:").is_none_or(str::is_empty) {
        return Err(CreateError::Usage("--pid: invalid PID mode".to_owned()));
    }
    let restart_policy = restart_policy(parsed.text("restart").unwrap_or_default())?;
    let healthcheck = healthcheck(parsed)?;
    if parsed.on("rm") && !matches!(restart_policy.name.as_str(), "" | "no") {
        return Err(CreateError::Usage("conflicting options: cannot specify both --restart and --rm".to_owned()));
    }
    let (network_mode, networking) = networks::read(parsed)?;
    let entrypoint = parsed.changed("entrypoint").then(|| vec![parsed.text("entrypoint").unwrap_or_default().into()]);
    let run = RunConfig {
        user: text(parsed, "user"),
        exposed_ports: exposed,
        env,
        entrypoint,
        cmd: (!command.is_empty()).then(|| command.to_vec()),
        volumes,
        working_dir: text(parsed, "workdir"),
        labels,
        stop_signal: text(parsed, "stop-signal"),
        stop_timeout: parsed.int("stop-timeout"),
        healthcheck,
        ..RunConfig::default()
    };
    let streams = parsed.list("attach");
    let attaches = |name: &str| streams.iter().any(|stream| stream.eq_ignore_ascii_case(name));
    let detached = parsed.on("detach");
    let config = ContainerConfig {
        run,
        image: image.clone(),
        host_name: text(parsed, "hostname"),
        domain_name: text(parsed, "domainname"),
        tty: parsed.on("tty"),
        open_stdin: parsed.on("interactive"),
        stdin_once: parsed.on("interactive") && !detached,
        attach_stdin: !detached && (attaches("stdin") || parsed.on("interactive")),
        attach_stdout: !detached && (streams.is_empty() || attaches("stdout")),
        attach_stderr: !detached && (streams.is_empty() || attaches("stderr")),
    };
    let host_config =
        HostConfig { binds, port_bindings, restart_policy, network_mode, pid_mode, ..host_config(parsed) };
    if let Some(path) = parsed.text("cidfile")
        && system.status(path, true).is_ok()
    {
        let text = format!("container ID file found, make sure the other container isn't running or delete {path}");
        return Err(CreateError::Failed(text));
    }
    Ok(CreateContainer {
        name: parsed.text("name").map(str::to_owned),
        platform: parsed.text("platform").map(str::to_owned),
        config,
        host_config,
        networking,
    })
}

fn text(parsed: &Parsed, name: &str) -> String {
    parsed.text(name).unwrap_or_default().to_owned()
}

fn texts(parsed: &Parsed, name: &str) -> Vec<String> {
    parsed.list(name).into_iter().map(str::to_owned).collect()
}

/// What needs no more than to be copied.
fn host_config(parsed: &Parsed) -> HostConfig {
    let tmpfs = parsed.list("tmpfs").into_iter().map(|value| value.split_once(':').unwrap_or((value, "")));
    let mounts = parsed.list("mount").into_iter().filter_map(|value| mount::parse(value).ok()).map(mount_request);
    let mut dns_options = texts(parsed, "dns-option");
    dns_options.extend(texts(parsed, "dns-opt"));
    HostConfig {
        mounts: mounts.collect(),
        tmpfs: tmpfs.map(|(path, options)| (path.to_owned(), options.to_owned())).collect(),
        links: texts(parsed, "link"),
        volumes_from: texts(parsed, "volumes-from"),
        publish_all: parsed.on("publish-all"),
        auto_remove: parsed.on("rm"),
        privileged: parsed.on("privileged"),
        read_only_root: parsed.on("read-only"),
        init: parsed.changed("init").then(|| parsed.on("init")),
        extra_hosts: texts(parsed, "add-host"),
        dns: texts(parsed, "dns"),
        dns_search: texts(parsed, "dns-search"),
        dns_options,
        capabilities_added: texts(parsed, "cap-add"),
        capabilities_dropped: texts(parsed, "cap-drop"),
        groups_added: texts(parsed, "group-add"),
        memory: parsed.bytes("memory").unwrap_or(0),
        memory_swap: parsed.bytes("memory-swap").unwrap_or(0),
        memory_reservation: parsed.bytes("memory-reservation").unwrap_or(0),
        nano_cpus: parsed.nano_cpus("cpus").unwrap_or(0),
        cpu_shares: parsed.int("cpu-shares").unwrap_or(0),
        cpu_period: parsed.int("cpu-period").unwrap_or(0),
        cpu_quota: parsed.int("cpu-quota").unwrap_or(0),
        pids_limit: parsed.int("pids-limit").filter(|limit| *limit != 0),
        oom_kill_disable: parsed.on("oom-kill-disable"),
        log_driver: parsed.text("log-driver").unwrap_or("json-file").to_owned(),
        user_namespace_mode: text(parsed, "userns"),
        container_id_file: text(parsed, "cidfile"),
        ..HostConfig::default()
    }
}

fn mount_request(mount: mount::Mount) -> MountRequest {
    MountRequest {
        kind: mount.kind,
        source: mount.source,
        target: mount.target,
        read_only: mount.read_only,
        no_copy: mount.no_copy,
        tmpfs_size: mount.tmpfs_size.and_then(|size| u64::try_from(size).ok()),
        tmpfs_mode: mount.tmpfs_mode,
    }
}

/// `-v`: those with a source, as binds; and the targets of the others.
type Volumes = (Vec<String>, std::collections::BTreeSet<String>);

fn volumes(parsed: &Parsed, system: &System<'_>) -> Result<Volumes, CreateError> {
    let mut volumes = Volumes::default();
    for spec in parsed.list("volume") {
        match volume_source(spec)? {
            None => {
                volumes.1.insert(spec.to_owned());
            }
            Some(source) => {
                let rest = spec.get(source.len()..).unwrap_or_default();
                let bind = match source.starts_with('.') {
                    true => format!("{}{rest}", System::join(&system.working_directory(), source)),
                    false => spec.to_owned(),
                };
                if !volumes.0.contains(&bind) {
                    volumes.0.push(bind);
                }
            }
        }
    }
    Ok(volumes)
}

/// The source of `-v`, if there is one: docker/cli `cli/compose/loader/volume.go`. A single letter before the colon is
/// taken for a drive of Windows, whatever the system.
fn volume_source(spec: &str) -> Result<Option<&str>, CreateError> {
    if spec.is_empty() {
        return Err(CreateError::Usage("invalid empty volume spec".to_owned()));
    }
    if spec.len() <= 2 {
        return Ok(None);
    }
    let invalid = |why: &str| CreateError::Usage(format!("invalid spec: {spec}: {why}"));
    let mut sections: Vec<&str> = Vec::new();
    let mut start = 0;
    for (at, _) in spec.match_indices(':') {
        let section = &spec[start..at];
        if section.chars().count() == 1 && section.chars().all(char::is_alphabetic) {
            continue;
        }
        sections.push(section);
        start = at + 1;
    }
    sections.push(&spec[start..]);
    if sections.iter().any(|section| section.is_empty()) {
        return Err(invalid("empty section between colons"));
    }
    match sections.as_slice() {
        [_] => Ok(None),
        [source, _] | [source, _, _] => Ok(Some(source)),
        _ => Err(invalid("too many colons")),
    }
}

/// `--restart`: docker/cli `opts.ParseRestartPolicy`. The daemon checks the name and the number.
///
/// # Errors
/// As docker words them.
pub fn restart_policy(value: &str) -> Result<RestartPolicy, String> {
    let (name, count) = match value.split_once(':') {
        Some(("", _)) => return Err("invalid restart policy format: no policy provided before colon".to_owned()),
        Some((name, count)) => (name, count),
        None => (value, ""),
    };
    let maximum_retries = match count {
        "" => 0,
        count => count
            .parse()
            .map_err(|_| "invalid restart policy format: maximum retry count must be an integer".to_owned())?,
    };
    Ok(RestartPolicy { name: name.to_owned(), maximum_retries })
}

fn healthcheck(parsed: &Parsed) -> Result<Option<Healthcheck>, CreateError> {
    let duration = |name: &str| {
        let nanoseconds = parsed.duration(name).unwrap_or(0);
        u64::try_from(nanoseconds)
            .map(Duration::from_nanos)
            .map_err(|_| CreateError::Usage(format!("--{name} cannot be negative")))
    };
    let command = parsed.text("health-cmd").unwrap_or_default();
    let retries = parsed.int("health-retries").unwrap_or(0);
    let names = ["health-interval", "health-timeout", "health-start-period", "health-start-interval"];
    let given = !command.is_empty()
        || retries != 0
        || names.iter().any(|name| parsed.duration(name).is_some_and(|duration| duration != 0));
    if parsed.on("no-healthcheck") {
        if given {
            return Err(CreateError::Usage("--no-healthcheck conflicts with --health-* options".to_owned()));
        }
        return Ok(Some(Healthcheck { test: vec!["NONE".to_owned()], ..Healthcheck::default() }));
    }
    if !given {
        return Ok(None);
    }
    let test = match command {
        "" => Vec::new(),
        command => vec!["CMD-SHELL".to_owned(), command.to_owned()],
    };
    let (interval, timeout) = (duration("health-interval")?, duration("health-timeout")?);
    let retries =
        u32::try_from(retries).map_err(|_| CreateError::Usage("--health-retries cannot be negative".to_owned()))?;
    let (start_period, start_interval) = (duration("health-start-period")?, duration("health-start-interval")?);
    Ok(Some(Healthcheck { test, interval, timeout, start_period, start_interval, retries }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_with_a_source_is_a_bind_and_one_without_is_not() {
        assert_eq!(volume_source("data:/x"), Ok(Some("data")));
        assert_eq!(volume_source("/data"), Ok(None));
        // A drive of Windows, as Docker reads it.
        assert_eq!(volume_source("a:/x"), Ok(None));
        assert_eq!(volume_source("/h:/x:ro"), Ok(Some("/h")));
        let text = "invalid spec: :/x: empty section between colons".to_owned();
        assert_eq!(volume_source(":/x"), Err(CreateError::Usage(text)));
        let text = "invalid spec: aa:bb:cc:dd: too many colons".to_owned();
        assert_eq!(volume_source("aa:bb:cc:dd"), Err(CreateError::Usage(text)));
    }

    #[test]
    fn restart_policies_are_read_as_docker_reads_them() {
        let policy = |name: &str, maximum_retries| Ok(RestartPolicy { name: name.to_owned(), maximum_retries });
        assert_eq!(restart_policy("on-failure:2"), policy("on-failure", 2));
        assert_eq!(restart_policy("always"), policy("always", 0));
        assert_eq!(restart_policy("on-failure:-1"), policy("on-failure", -1));
        assert!(restart_policy(":3").is_err());
        assert!(restart_policy("on-failure:x").is_err());
    }
}
