//! Reads `images/NAME.toml`: header, configuration, steps.
//!
//! Promises: finds all mistakes at once, and refuses what Docker would refuse in a Dockerfile. Must not make the image.

use std::collections::BTreeMap;
use std::time::Duration;

use toml::de::DeTable;

use super::Files;
use super::files;
use super::recipe::{ConfigRecipe, Recipe, Step};
use crate::diagnostic::Diagnostics;
use crate::world::clock::Time;
use crate::world::registry::config::{EngineForm, Form, Healthcheck, History, RunConfig};
use crate::world::registry::manifest::ManifestFormat;
use crate::world::table::{Placed, Reader, Table};

/// Seconds in a day: no health check waits longer.
const DAY: i64 = 86_400;
/// What BuildKit writes beside each of its steps.
const BUILDKIT_COMMENT: &str = "buildkit.dockerfile.v0";
/// Signals by name (Linux, `signal(7)`).
const SIGNALS: [&str; 31] = [
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGILL",
    "SIGTRAP",
    "SIGABRT",
    "SIGBUS",
    "SIGFPE",
    "SIGKILL",
    "SIGUSR1",
    "SIGSEGV",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGTERM",
    "SIGSTKFLT",
    "SIGCHLD",
    "SIGCONT",
    "SIGSTOP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGXCPU",
    "SIGXFSZ",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGIO",
    "SIGPWR",
    "SIGSYS",
];

/// Reads an image file. `known` are the names of all images.
///
/// # Errors
/// All mistakes of the file.
pub fn read(file: &str, bytes: &[u8], folder: &Files, known: &[&str]) -> Result<Recipe, Diagnostics> {
    let mut reader = Reader::new(file);
    let recipe = reader.parse(bytes, |reader, table| Some(read_recipe(reader, table, folder, known)));
    match recipe {
        Some(recipe) if !reader.found.has_errors() => Ok(recipe),
        _ => Err(reader.found),
    }
}

/// The base that an image file names, without reading the rest; none if there is none or the file is no TOML.
pub fn base_of(bytes: &[u8]) -> Option<String> {
    let (document, _) = DeTable::parse_recoverable(std::str::from_utf8(bytes).ok()?);
    document.get_ref().get("base")?.get_ref().as_str().map(str::to_owned)
}

fn read_recipe(reader: &mut Reader, table: &mut Table<'_, '_>, folder: &Files, known: &[&str]) -> Recipe {
    let base = table.placed_text("base", reader);
    if let Some(base) = base.as_ref().filter(|base| !known.contains(&base.value.as_str())) {
        let mistake = reader.error(base.span, format!("there is no image `{}`", base.value)).label("no such base");
        let mistake = mistake.did_you_mean(&base.value, known.iter().copied());
        reader.report(mistake.expected(format!("the file images/{}.toml", base.value)));
    }
    let platform = read_platform(reader, table);
    let created = table.moment("created", reader);
    let author = table.text("author", reader).unwrap_or_default();
    let comment = table.text("comment", reader).unwrap_or_default();
    let form = read_form(reader, table);
    let format = match table.placed_text("manifest", reader) {
        None => ManifestFormat::default(),
        Some(text) if text.value == "oci" => ManifestFormat::Oci,
        Some(text) if text.value == "docker" => ManifestFormat::Docker,
        Some(text) => {
            let mistake = reader.error(text.span, format!("`{}` is not a manifest format", text.value));
            reader.report(mistake.did_you_mean(&text.value, ["oci", "docker"]).expected("`oci` or `docker`"));
            ManifestFormat::default()
        }
    };
    let config = table.table("config", reader, read_config).unwrap_or_default();
    let step_comment = if form == Form::BuildKit { BUILDKIT_COMMENT } else { "" };
    let steps =
        table.tables("step", reader, |reader, step| Some(read_step(reader, step, folder, created, step_comment)));
    if steps.is_empty() && base.is_none() {
        table.missing("step", reader);
    }
    Recipe { base, platform, created, author, comment, form, format, config, steps }
}

fn read_platform(reader: &mut Reader, table: &mut Table<'_, '_>) -> [String; 3] {
    let default = ["amd64".to_owned(), String::new(), "linux".to_owned()];
    let Some(text) = table.placed_text("platform", reader) else { return default };
    let parts: Vec<&str> = text.value.split('/').collect();
    match parts.as_slice() {
        ["linux", architecture @ ("amd64" | "arm64" | "386" | "arm" | "ppc64le" | "riscv64" | "s390x")] => {
            [(*architecture).to_owned(), String::new(), "linux".to_owned()]
        }
        ["linux", architecture @ ("arm64" | "arm"), variant] => {
            [(*architecture).to_owned(), (*variant).to_owned(), "linux".to_owned()]
        }
        _ => {
            let mistake = reader.error(text.span, format!("`{}` is not a platform", text.value));
            reader.report(mistake.expected("`linux/amd64`, `linux/arm64/v8` or another of Linux"));
            default
        }
    }
}

/// `engine = { docker_version = "…" }` says that the engine wrote the config, not BuildKit.
fn read_form(reader: &mut Reader, table: &mut Table<'_, '_>) -> Form {
    let engine = table.table("engine", reader, |reader, table| {
        let docker_version = table.required_text("docker_version", reader).map(|text| text.value).unwrap_or_default();
        EngineForm { docker_version, ..EngineForm::default() }
    });
    engine.map_or(Form::BuildKit, |engine| Form::Engine(Box::new(engine)))
}

fn read_step(
    reader: &mut Reader,
    step: &mut Table<'_, '_>,
    folder: &Files,
    image: Option<Time>,
    comment: &str,
) -> Step {
    let created = step.moment("created", reader).or(image);
    let history = History {
        created,
        created_by: step.text("created_by", reader).unwrap_or_default(),
        author: step.text("author", reader).unwrap_or_default(),
        comment: step.text("comment", reader).unwrap_or_else(|| comment.to_owned()),
        empty_layer: false,
    };
    let modified = step.moment("modified", reader).or(created).unwrap_or(Time::EPOCH);
    Step { history, files: files::read(reader, step, folder), modified }
}

fn read_config(reader: &mut Reader, table: &mut Table<'_, '_>) -> ConfigRecipe {
    let strings = |list: Vec<Placed<String>>| list.into_iter().map(|item| item.value).collect::<Vec<_>>();
    let mut config = RunConfig {
        user: table.text("user", reader).unwrap_or_default(),
        entrypoint: table.texts("entrypoint", reader).map(strings),
        cmd: table.texts("cmd", reader).map(strings),
        shell: table.texts("shell", reader).map(strings),
        on_build: table.texts("on_build", reader).map(strings).unwrap_or_default(),
        labels: table.text_map("labels", reader),
        healthcheck: table.table("healthcheck", reader, read_healthcheck).flatten(),
        stop_timeout: table.number("stop_timeout", 0..=DAY, reader),
        ..RunConfig::default()
    };
    let mut env = Vec::new();
    for variable in table.texts("env", reader).unwrap_or_default() {
        match variable.value.split_once('=') {
            Some((name, _)) if !name.is_empty() => env.push(variable.value),
            _ => {
                let mistake = reader.error(variable.span, format!("`{}` sets no variable", variable.value));
                reader.report(mistake.expected("`NAME=value`"));
            }
        }
    }
    for port in table.texts("exposed_ports", reader).unwrap_or_default() {
        match exposed_port(&port.value) {
            Some(port) => drop(config.exposed_ports.insert(port)),
            None => {
                let mistake = reader.error(port.span, format!("`{}` is not a port", port.value));
                reader.report(
                    mistake.expected("a number from 1 to 65535 with `/tcp`, `/udp` or `/sctp`, such as `80/tcp`"),
                );
            }
        }
    }
    for volume in table.texts("volumes", reader).unwrap_or_default() {
        if absolute(reader, &volume, "a volume") {
            config.volumes.insert(volume.value);
        }
    }
    let working_dir =
        table.placed_text("working_dir", reader).filter(|path| absolute(reader, path, "the working directory"));
    let stop_signal = table.placed_text("stop_signal", reader).filter(|signal| {
        let known = SIGNALS.contains(&signal.value.as_str())
            || signal.value.parse().is_ok_and(|number: u8| (1..=64).contains(&number));
        if !known {
            let mistake = reader.error(signal.span, format!("`{}` is not a signal", signal.value));
            reader.report(
                mistake.did_you_mean(&signal.value, SIGNALS).expected("a name such as `SIGQUIT`, or a number up to 64"),
            );
        }
        known
    });
    let (sets_working_dir, sets_stop_signal) = (working_dir.is_some(), stop_signal.is_some());
    config.working_dir = working_dir.map(|path| path.value).unwrap_or_default();
    config.stop_signal = stop_signal.map(|signal| signal.value).unwrap_or_default();
    ConfigRecipe { sets_user: table.has("user"), config, env, sets_working_dir, sets_stop_signal }
}

fn read_healthcheck(reader: &mut Reader, table: &mut Table<'_, '_>) -> Option<Healthcheck> {
    let test = table.texts("test", reader);
    if test.is_none() && !table.has("test") {
        table.missing("test", reader);
    }
    let mut seconds = BTreeMap::new();
    for key in ["interval", "timeout", "start_period", "start_interval"] {
        let number = table.number(key, 0..=DAY, reader).and_then(|number| u64::try_from(number).ok());
        seconds.insert(key, Duration::from_secs(number.unwrap_or_default()));
    }
    let duration = |key: &str| seconds.get(key).copied().unwrap_or_default();
    Some(Healthcheck {
        test: test?.into_iter().map(|item| item.value).collect(),
        interval: duration("interval"),
        timeout: duration("timeout"),
        start_period: duration("start_period"),
        start_interval: duration("start_interval"),
        retries: table
            .number("retries", 0..=1_000, reader)
            .and_then(|number| u32::try_from(number).ok())
            .unwrap_or_default(),
    })
}

/// The port with its protocol, `tcp` if none is said.
fn exposed_port(written: &str) -> Option<String> {
    let (number, protocol) = written.split_once('/').unwrap_or((written, "tcp"));
    let fits = number.parse().is_ok_and(|number: u16| number > 0) && matches!(protocol, "tcp" | "udp" | "sctp");
    fits.then(|| format!("{number}/{protocol}"))
}

fn absolute(reader: &mut Reader, path: &Placed<String>, what: &str) -> bool {
    let fits = path.value.starts_with('/');
    if !fits {
        let mistake = reader.error(path.span, format!("{what} is not an absolute path: `{}`", path.value));
        reader.report(mistake.expected("a path that begins with `/`"));
    }
    fits
}
