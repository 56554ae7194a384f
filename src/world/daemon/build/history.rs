//! What a build writes into an image's history: the texts that `docker history` shows, and their dates.
//!
//! Promises: BuildKit's texts (`dockerfile2llb/convert.go`, `commitToHistory`) and dates (`exporter/containerimage/writer.go`,
//! `normalizeLayersAndHistory`). Must not know: how a step is carried out.

use super::configure;
use super::dockerfile::instruction::{Healthcheck, InstructionKind, SourcesAndDestination};
use crate::world::clock::Time;
use crate::world::registry::config::{self, History, RunConfig};

/// What BuildKit signs its steps with.
const COMMENT: &str = "buildkit.dockerfile.v0";

/// A step of the history. `from_state` marks those that BuildKit marks with `# buildkit`.
pub(super) fn entry(text: String, has_layer: bool, from_state: bool) -> History {
    let created_by = if from_state { format!("{text} # buildkit") } else { text };
    History { created: None, created_by, author: String::new(), comment: COMMENT.to_owned(), empty_layer: !has_layer }
}

/// The text of an expanded instruction that makes no layer; nothing for one that leaves no trace. `run` is the configuration after it.
pub(super) fn text(kind: &InstructionKind, run: &RunConfig) -> Option<String> {
    let words = |words: Option<&Vec<String>>| quoted(words.map_or(&[], Vec::as_slice));
    Some(match kind {
        InstructionKind::Env(pairs) => format!("ENV{}", configure::pairs_text(pairs)),
        InstructionKind::Label(pairs) => format!("LABEL{}", configure::pairs_text(pairs)),
        InstructionKind::Cmd(_) => format!("CMD {}", words(run.cmd.as_ref())),
        InstructionKind::Entrypoint(_) => format!("ENTRYPOINT {}", words(run.entrypoint.as_ref())),
        InstructionKind::Expose(specifications) => {
            // They were read a moment ago, when the configuration took them.
            let ports: Vec<String> =
                specifications.iter().flat_map(|one| configure::ports(one).unwrap_or_default()).collect();
            format!("EXPOSE [{}]", ports.join(" "))
        }
        InstructionKind::User(user) => format!("USER {user}"),
        InstructionKind::Volume(volumes) => format!("VOLUME [{}]", volumes.join(" ")),
        InstructionKind::StopSignal(signal) => format!("STOPSIGNAL {signal}"),
        InstructionKind::Shell(shell) => format!("SHELL [{}]", shell.join(" ")),
        InstructionKind::Maintainer(name) => format!("MAINTAINER {name}"),
        InstructionKind::Healthcheck(Healthcheck::None) => {
            "HEALTHCHECK &{[\"NONE\"] \"0s\" \"0s\" \"0s\" \"0s\" '\\x00'}".to_owned()
        }
        InstructionKind::Healthcheck(Healthcheck::Cmd(_)) => health_text(run.healthcheck.as_ref()),
        _ => return None,
    })
}

/// `RUN`, with the build arguments that it can see in front: `RUN |1 A=1 /bin/sh -c …`.
pub(super) fn run_text(arguments: &[(String, String)], words: &[String]) -> String {
    let mut text = "RUN".to_owned();
    if !arguments.is_empty() {
        text.push_str(&format!(" |{}", arguments.len()));
        for (key, value) in arguments {
            text.push_str(&format!(" {key}={value}"));
        }
    }
    for word in words {
        text.push(' ');
        text.push_str(word);
    }
    text
}

/// `COPY` or `ADD` with what is copied where.
pub(super) fn copy_text(name: &str, options: &[(&str, Option<&str>)], files: &SourcesAndDestination) -> String {
    let mut text = name.to_owned();
    for (option, value) in options {
        if let Some(value) = value {
            text.push_str(&format!(" --{option}={value}"));
        }
    }
    for path in &files.paths {
        text.push(' ');
        text.push_str(path);
    }
    for heredoc in &files.heredocs {
        text.push_str(&format!(" <<{}", heredoc.name));
    }
    text.push(' ');
    text.push_str(&files.destination);
    text
}

/// Go's `%q` of a list of strings.
fn quoted(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| super::dockerfile::quoted(word)).collect();
    format!("[{}]", words.join(" "))
}

fn health_text(check: Option<&config::Healthcheck>) -> String {
    let Some(check) = check else { return "HEALTHCHECK".to_owned() };
    let duration = |duration: std::time::Duration| format!("\"{}\"", go_duration(duration));
    format!(
        "HEALTHCHECK &{{{} {} {} {} {} '\\x{:02x}'}}",
        quoted(&check.test),
        duration(check.interval),
        duration(check.timeout),
        duration(check.start_period),
        duration(check.start_interval),
        check.retries
    )
}

/// Go's `Duration.String`: `1m30s`, `1.5s`, `300ms`.
fn go_duration(duration: std::time::Duration) -> String {
    let nanoseconds = duration.as_nanos();
    let fraction = |whole: u128, unit: u128| {
        let rest = format!("{:0width$}", whole % unit, width = unit.ilog10() as usize);
        let rest = rest.trim_end_matches('0');
        if rest.is_empty() { (whole / unit).to_string() } else { format!("{}.{rest}", whole / unit) }
    };
    match nanoseconds {
        0 => "0s".to_owned(),
        1..1_000 => format!("{nanoseconds}ns"),
        1_000..1_000_000 => format!("{}µs", fraction(nanoseconds, 1_000)),
        1_000_000..1_000_000_000 => format!("{}ms", fraction(nanoseconds, 1_000_000)),
        _ => {
            let minutes = nanoseconds / 60_000_000_000;
            let seconds = fraction(nanoseconds % 60_000_000_000, 1_000_000_000);
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{seconds}s"),
                (0, minutes) => format!("{minutes}m{seconds}s"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

/// Dates the steps: those with layers by their layers, the others by the layer before, or the first new one.
pub(super) fn date(history: &mut [History], layers: &[Time]) {
    let mut layers = layers.iter();
    for step in history.iter_mut().filter(|step| !step.empty_layer) {
        let layer = layers.next().copied();
        step.created = step.created.or(layer);
    }
    let mut created = None;
    let mut undated = false;
    for step in history.iter() {
        match step.created {
            Some(at) => {
                created = Some(at);
                if undated {
                    break;
                }
            }
            None => undated = true,
        }
    }
    undated = false;
    for step in history {
        match step.created {
            Some(at) if undated => created = Some(at),
            Some(_) => {}
            None => {
                undated = true;
                step.created = created;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn steps_without_layers_are_dated_by_the_next_new_layer() {
        let at = Time::from_seconds;
        let mut history = vec![
            History { created: Some(at(1)), ..entry("base".into(), true, false) },
            entry("ENV a=1".into(), false, false),
            entry("RUN x".into(), true, true),
            entry("CMD y".into(), false, false),
        ];
        date(&mut history, &[at(1), at(9)]);
        let dates: Vec<Option<Time>> = history.iter().map(|step| step.created).collect();
        assert_eq!(dates, [Some(at(1)), Some(at(9)), Some(at(9)), Some(at(9))]);
    }

    #[test]
    fn durations_are_gos() {
        for (milliseconds, text) in
            [(0, "0s"), (300, "300ms"), (1500, "1.5s"), (90_000, "1m30s"), (3_600_000, "1h0m0s")]
        {
            assert_eq!(go_duration(Duration::from_millis(milliseconds)), text);
        }
    }
}
