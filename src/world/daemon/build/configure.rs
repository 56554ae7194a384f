//! What the instructions that make no layer do to an image's configuration.
//!
//! Promises: as BuildKit's `dockerfile2llb/convert.go` does it; `docker commit --change` uses the same. Instructions that make layers
//! are left alone, but for WORKDIR's directory name. Must not know: layers, the cache.

use std::collections::{BTreeMap, BTreeSet};
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
    #[error("invalid port range: {0}")]
    PortRange(String),
    #[error("invalid containerPort: {0}")]
    Port(String),
    #[error("invalid proto: {0}")]
    Protocol(String),
    #[error("Invalid signal: {0}")]
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
            if Signal::parse(signal).is_none() {
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

/// `80`, `80/udp`, `8000-8002`: every port with its protocol (`nat.ParsePortSpecs`).
fn ports(specification: &str) -> Result<BTreeSet<String>, ConfigureError> {
    let (range, protocol) = specification.split_once('/').unwrap_or((specification, "tcp"));
    let protocol = if protocol.is_empty() { "tcp".to_owned() } else { protocol.to_lowercase() };
    if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
        return Err(ConfigureError::Protocol(protocol));
    }
    // A host part, as in `8080:80`, means nothing here.
    let range = range.rsplit(':').next().unwrap_or(range);
    let number = |text: &str| text.parse::<u16>().map_err(|_| ConfigureError::Port(range.to_owned()));
    let (first, last) = match range.split_once('-') {
        Some((first, last)) => (number(first)?, number(last)?),
        None => (number(range)?, number(range)?),
    };
    if first > last {
        return Err(ConfigureError::PortRange(range.to_owned()));
    }
    Ok((first..=last).map(|port| format!("{port}/{protocol}")).collect())
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
