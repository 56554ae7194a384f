//! What the instructions that make no layer do to an image's configuration.
//!
//! Promises: as BuildKit's `dockerfile2llb/convert.go` does it; `docker commit --change` uses the same. Instructions that make layers
//! are left alone, but for WORKDIR's directory name. Must not know: layers, the cache.

use std::collections::BTreeMap;
use std::time::Duration;

use super::dockerfile::instruction::{CommandLine, Healthcheck, InstructionKind, KeyValue};
use crate::world::filesystem::path;
use crate::world::process::Signal;
use crate::world::registry::config::{self, RunConfig};

/// What runs a shell form unless SHELL says otherwise.
const DEFAULT_SHELL: [&str; 2] = ["/bin/sh", "-c"];

/// Why an instruction cannot be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigureError {
    #[error("VOLUME specified can not be an empty string")]
    EmptyVolume,
    #[error("invalid containerPort: {0}")]
    Port(String),
    #[error("invalid hostPort: {0}")]
    HostPort(String),
    #[error("invalid ranges specified for container and host Ports: {container} and {host}")]
    Ranges { container: String, host: String },
    #[error("invalid IP address: {0}")]
    Address(String),
    #[error("invalid port: {}: no port specified", super::dockerfile::quoted(.0))]
    NoPort(String),
    #[error("invalid port: {}: invalid proto: {protocol}", super::dockerfile::quoted(.port))]
    Protocol { port: String, protocol: String },
    #[error("invalid signal: {0}")]
    Signal(String),
}

/// Changes the configuration as an expanded instruction says. `cmd_is_set` remembers a CMD of the same stage: ENTRYPOINT takes an
/// inherited CMD away.
///
/// # Errors
/// A port, a signal or a volume that is none.
pub fn apply(kind: &InstructionKind, run: &mut RunConfig, cmd_is_set: &mut bool) -> Result<(), ConfigureError> {
    match kind {
        InstructionKind::Env(pairs) => {
            for pair in pairs {
                set_variable(&mut run.env, &pair.key, &pair.value);
            }
        }
        InstructionKind::Label(pairs) => {
            run.labels.extend(pairs.iter().map(|pair| (pair.key.clone(), pair.value.clone())));
        }
        InstructionKind::Expose(specifications) => {
            for specification in specifications {
                run.exposed_ports.extend(ports(specification)?);
            }
        }
        InstructionKind::User(user) => run.user.clone_from(user),
        InstructionKind::Volume(volumes) => {
            for volume in volumes {
                if volume.is_empty() {
                    return Err(ConfigureError::EmptyVolume);
                }
                run.volumes.insert(volume.clone());
            }
        }
        InstructionKind::StopSignal(signal) => {
            if !is_signal(signal) {
                return Err(ConfigureError::Signal(signal.clone()));
            }
            run.stop_signal.clone_from(signal);
        }
        InstructionKind::Cmd(command) => {
            run.args_escaped = true;
            run.cmd = Some(words(command, run));
            *cmd_is_set = true;
        }
        InstructionKind::Entrypoint(command) => {
            run.entrypoint = Some(words(command, run));
            if !*cmd_is_set {
                run.cmd = None;
            }
        }
        InstructionKind::Healthcheck(check) => run.healthcheck = Some(healthcheck(check)),
        InstructionKind::Shell(shell) => run.shell = Some(shell.clone()),
        InstructionKind::Onbuild(trigger) => run.on_build.push(trigger.clone()),
        InstructionKind::Workdir(directory) => run.working_dir = working_directory(&run.working_dir, directory),
        InstructionKind::Add(_)
        | InstructionKind::Arg(_)
        | InstructionKind::Copy(_)
        | InstructionKind::Maintainer(_)
        | InstructionKind::Run(_) => {}
    }
    Ok(())
}

/// The variables of a configuration, for expansion.
pub fn variables(env: &[String]) -> BTreeMap<String, String> {
    env.iter().filter_map(|pair| pair.split_once('=')).map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// Sets a variable where it is, or adds it at the end.
pub fn set_variable(env: &mut Vec<String>, key: &str, value: &str) {
    let pair = format!("{key}={value}");
    let known = env.iter_mut().find(|known| known.split_once('=').is_some_and(|(name, _)| name == key));
    match known {
        Some(known) => *known = pair,
        None => env.push(pair),
    }
}

/// What `signal.ParseSignal` of moby/sys reads: any number but 0, and names, real-time signals too.
fn is_signal(text: &str) -> bool {
    if let Ok(number) = text.parse::<i64>() {
        return number != 0;
    }
    let name = text.to_uppercase();
    let name = name.strip_prefix("SIG").unwrap_or(&name);
    let real_time = [("RTMIN", '+', 15), ("RTMAX", '-', 14)].iter().any(|(end, sign, most)| {
        name.strip_prefix(end).is_some_and(|rest| {
            let steps = rest.strip_prefix(*sign).and_then(|steps| steps.parse::<u32>().ok());
            rest.is_empty() || steps.is_some_and(|steps| (1..=*most).contains(&steps))
        })
    });
    real_time || Signal::parse(text).is_some()
}

/// The words that a command runs: the exec form's own, or the shell's with the command as its last.
pub fn words(command: &CommandLine, run: &RunConfig) -> Vec<String> {
    match command {
        CommandLine::Exec(words) => words.clone(),
        CommandLine::Shell(text) => {
            let mut words = shell(run);
            words.push(text.clone());
            words
        }
    }
}

/// What runs shell forms.
pub fn shell(run: &RunConfig) -> Vec<String> {
    run.shell.clone().unwrap_or_else(|| DEFAULT_SHELL.map(str::to_owned).to_vec())
}

/// A directory as WORKDIR names it, relative to the one before.
pub fn working_directory(current: &str, named: &str) -> String {
    absolute(if current.is_empty() { "/" } else { current }, named)
}

/// A path made absolute and normal, as Go's `path.Join` does.
pub fn absolute(directory: &str, named: &str) -> String {
    let whole = if named.starts_with('/') { named.to_owned() } else { format!("{directory}/{named}") };
    let mut names: Vec<&str> = Vec::new();
    for name in whole.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                names.pop();
            }
            name => names.push(name),
        }
    }
    names.iter().fold("/".to_owned(), |directory, name| path::join(&directory, name))
}

/// `key=value` of ENV and LABEL as the history has them.
pub fn pairs_text(pairs: &[KeyValue]) -> String {
    pairs.iter().map(|pair| format!(" {}={}", pair.key, pair.value)).collect()
}

/// `80`, `80/udp`, `8000-8002`, `127.0.0.1:80:80`: every port with its protocol (`convert_expose.go`).
///
/// # Errors
/// What is no port.
pub fn ports(specification: &str) -> Result<Vec<String>, ConfigureError> {
    let mut parts: Vec<&str> = specification.split(':').collect();
    let container = parts.pop().unwrap_or_default();
    let host = parts.pop().unwrap_or_default();
    let address = parts.join(":");
    let (range, protocol) = container.split_once('/').unwrap_or((container, ""));
    if range.is_empty() {
        return Err(ConfigureError::NoPort(specification.to_owned()));
    }
    let protocol = match protocol.to_lowercase() {
        empty if empty.is_empty() => "tcp".to_owned(),
        known if matches!(known.as_str(), "tcp" | "udp" | "sctp") => known,
        _ => {
            let (port, protocol) = (specification.to_owned(), protocol.to_owned());
            return Err(ConfigureError::Protocol { port, protocol });
        }
    };
    let bare = address.strip_prefix('[').and_then(|inside| inside.strip_suffix(']')).unwrap_or(&address);
    if !bare.is_empty() && bare.parse::<std::net::IpAddr>().is_err() {
        return Err(ConfigureError::Address(bare.to_owned()));
    }
    let (first, last) = port_range(range).ok_or_else(|| ConfigureError::Port(range.to_owned()))?;
    if !host.is_empty() {
        let (host_first, host_last) = port_range(host).ok_or_else(|| ConfigureError::HostPort(host.to_owned()))?;
        if first != last && last - first != host_last - host_first {
            return Err(ConfigureError::Ranges { container: range.to_owned(), host: host.to_owned() });
        }
    }
    Ok((first..=last).map(|port| format!("{port}/{protocol}")).collect())
}

/// `80` or `80-90`, the smaller number first.
fn port_range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}

fn healthcheck(check: &Healthcheck) -> config::Healthcheck {
    let Healthcheck::Cmd(check) = check else {
        return config::Healthcheck { test: vec!["NONE".to_owned()], ..config::Healthcheck::default() };
    };
    let test = match &check.command {
        CommandLine::Exec(words) => std::iter::once("CMD".to_owned()).chain(words.iter().cloned()).collect(),
        CommandLine::Shell(text) => vec!["CMD-SHELL".to_owned(), text.clone()],
    };
    let duration = |nanoseconds: i64| Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(0));
    config::Healthcheck {
        test,
        interval: duration(check.interval),
        timeout: duration(check.timeout),
        start_period: duration(check.start_period),
        start_interval: duration(check.start_interval),
        retries: check.retries,
    }
}
