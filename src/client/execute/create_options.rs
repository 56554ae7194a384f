//! The flags of `docker run` and `docker create` as the request that they become.
//!
//! Promises: refuses what Docker's client refuses, with its texts (docker/cli `cli/command/container/opts.go`, `parse`),
//! before the daemon is asked anything.

mod host;
pub mod networks;
pub mod ports;
pub mod security;
pub mod variables;

pub use host::update as update_options;

use std::time::Duration;

use crate::client::commands::Invocation;
use crate::client::flags::Parsed;
use crate::world::daemon::api::CreateContainer;
use crate::world::daemon::container::{ContainerConfig, HostConfig, RestartPolicy};
use crate::world::process::System;
use crate::world::registry::config::{Healthcheck, RunConfig};

/// Reads the flags and arguments.
///
/// # Errors
/// As docker's client words them.
pub fn read(invocation: &Invocation, system: &System<'_>) -> Result<CreateContainer, String> {
    let parsed = &invocation.parsed;
    let Some((image, command)) = parsed.arguments.split_first() else {
        return Err("no image".to_owned());
    };
    if let Some(address) = parsed.text("mac-address").filter(|address| !networks::is_mac(address.trim())) {
        return Err(format!("{address} is not a valid mac address"));
    }
    host::check_swappiness(parsed)?;
    let (binds, volumes) = volumes(parsed, system)?;
    let (mut exposed, port_bindings) = ports::bindings(&parsed.list("publish"))?;
    exposed.extend(ports::exposed(&parsed.list("expose"))?);
    let env = variables::environment(&parsed.list("env-file"), &parsed.list("env"), system)?;
    let labels = variables::labels(&parsed.list("label-file"), &parsed.list("label"), system)?;
    let host_config = host::read(parsed, system)?;
    let restart_policy = restart_policy(parsed.text("restart").unwrap_or_default())?;
    let healthcheck = healthcheck(parsed)?;
    if parsed.on("rm") && !matches!(restart_policy.name.as_str(), "" | "no") {
        return Err("conflicting options: cannot specify both --restart and --rm".to_owned());
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
    let host_config = HostConfig { binds, port_bindings, restart_policy, network_mode, ..host_config };
    Ok(CreateContainer {
        name: parsed.text("name").filter(|name| !name.is_empty()).map(str::to_owned),
        platform: parsed.text("platform").filter(|platform| !platform.is_empty()).map(str::to_owned),
        config,
        host_config,
        networking,
    })
}

fn text(parsed: &Parsed, name: &str) -> String {
    parsed.text(name).unwrap_or_default().to_owned()
}

/// `-v`: those with a source, as binds; and the targets of the others.
type Volumes = (Vec<String>, std::collections::BTreeSet<String>);

fn volumes(parsed: &Parsed, system: &System<'_>) -> Result<Volumes, String> {
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
fn volume_source(spec: &str) -> Result<Option<&str>, String> {
    if spec.is_empty() {
        return Err("invalid empty volume spec".to_owned());
    }
    if spec.len() <= 2 {
        return Ok(None);
    }
    let mut source = None;
    let (mut sections, mut start) = (0, 0);
    for at in spec.match_indices(':').map(|(at, _)| at).chain([spec.len()]) {
        let section = &spec[start..at];
        let is_last = at == spec.len();
        if !is_last && section.chars().count() == 1 && section.chars().all(char::is_alphabetic) {
            continue;
        }
        if section.is_empty() {
            return Err(format!("invalid spec: {spec}: empty section between colons"));
        }
        if sections >= 2 && !is_last {
            return Err(format!("invalid spec: {spec}: too many colons"));
        }
        if !is_last {
            source = source.or(Some(section));
        }
        sections += 1;
        start = at + 1;
    }
    Ok(source)
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

fn healthcheck(parsed: &Parsed) -> Result<Option<Healthcheck>, String> {
    let duration = |name: &str| {
        let nanoseconds = parsed.duration(name).unwrap_or(0);
        u64::try_from(nanoseconds).map(Duration::from_nanos).map_err(|_| format!("--{name} cannot be negative"))
    };
    let command = parsed.text("health-cmd").unwrap_or_default();
    let retries = parsed.int("health-retries").unwrap_or(0);
    let names = ["health-interval", "health-timeout", "health-start-period", "health-start-interval"];
    let given = !command.is_empty()
        || retries != 0
        || names.iter().any(|name| parsed.duration(name).is_some_and(|duration| duration != 0));
    if parsed.on("no-healthcheck") {
        if given {
            return Err("--no-healthcheck conflicts with --health-* options".to_owned());
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
    let retries = u32::try_from(retries).map_err(|_| "--health-retries cannot be negative".to_owned())?;
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
        assert_eq!(volume_source(":/x"), Err(text));
        let text = "invalid spec: aa:bb:cc:dd: too many colons".to_owned();
        assert_eq!(volume_source("aa:bb:cc:dd"), Err(text));
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
