//! From a command line to a project: which files, which variables, which name.
//!
//! Promises: the order in which Compose looks for all that (compose-go `cli/options.go`, Compose `cmd/compose/compose.go`).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::ComposeError;
use super::file::{Environment, Loader, Settings, absolute};
use super::machine::Machine;
use super::model::mappings::{Mapping, Variables};
use super::model::{Project, Related, check};
use super::selection::{Selection, select, variables};
use crate::client::commands::Invocation;
use crate::client::execute::env_file_lines;
use crate::client::program::Client;
use crate::client::units::go_quote;
use crate::world::process::System;

/// The labels that Compose gives to what it makes.
pub mod label {
    pub const PROJECT: &str = "com.docker.compose.project";
    pub const SERVICE: &str = "com.docker.compose.service";
    pub const VERSION: &str = "com.docker.compose.version";
    pub const WORKING_DIRECTORY: &str = "com.docker.compose.project.working_dir";
    pub const CONFIG_FILES: &str = "com.docker.compose.project.config_files";
    pub const ENVIRONMENT_FILE: &str = "com.docker.compose.project.environment_file";
    pub const ONE_OFF: &str = "com.docker.compose.oneoff";
    pub const CONFIG_HASH: &str = "com.docker.compose.config-hash";
    pub const NUMBER: &str = "com.docker.compose.container-number";
    pub const DEPENDENCIES: &str = "com.docker.compose.depends_on";
    pub const IMAGE: &str = "com.docker.compose.image";
    pub const NETWORK: &str = "com.docker.compose.network";
    pub const VOLUME: &str = "com.docker.compose.volume";
    pub const REPLACE: &str = "com.docker.compose.replace";
    pub const SLUG: &str = "com.docker.compose.slug";
}

/// The version that `docker compose version` tells: that of the Compose whose answers are recorded in `tests/transcripts`.
pub const VERSION: &str = "2.40.3-3";
/// The version that labels have.
pub const LABEL_VERSION: &str = "2.40.3";

/// What is wanted of a project.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    pub interpolates: bool,
    pub normalizes: bool,
    pub resolves_paths: bool,
    pub checks: bool,
    /// Whether environment files are read.
    pub resolves_environment: bool,
}

impl Wish {
    /// All of it.
    pub const WHOLE: Wish =
        Wish { interpolates: true, normalizes: true, resolves_paths: true, checks: true, resolves_environment: true };
}

/// A warning as logrus prints it where there is no terminal.
pub fn warn(client: &mut Client, system: &System<'_>, text: &str) {
    log(client, system, "warning", text);
}

/// A line of logrus's.
pub fn log(client: &mut Client, system: &System<'_>, level: &str, text: &str) {
    let time = crate::world::clock::Time::from_seconds(system.now().seconds());
    client.err(format!("time=\"{time}\" level={level} msg={}\n", go_quote(text)));
}

/// The project of a command line, restricted to `services` and what they depend on.
///
/// # Errors
/// In Compose's words. Warnings are printed in any case.
pub fn load(
    client: &mut Client,
    system: &System<'_>,
    input: &[u8],
    wish: Wish,
    services: &[String],
) -> Result<Project, ComposeError> {
    let machine = Machine(system);
    let mut loader = Loader::new(&machine);
    let loaded = with(&mut loader, client.invocation.clone().as_ref(), system, input, wish, services);
    for warning in std::mem::take(&mut loader.warnings) {
        warn(client, system, &warning);
    }
    loaded
}

/// The model as a tree, for `config --no-interpolate`.
///
/// # Errors
/// As [`load`].
pub fn load_model(
    client: &mut Client,
    system: &System<'_>,
    input: &[u8],
    wish: Wish,
) -> Result<Map<String, Value>, ComposeError> {
    let machine = Machine(system);
    let mut loader = Loader::new(&machine);
    let invocation = client.invocation.clone();
    let loaded = select(&mut loader, &invocation, system, input)
        .and_then(|mut selection| model(&mut loader, &mut selection, wish));
    for warning in std::mem::take(&mut loader.warnings) {
        warn(client, system, &warning);
    }
    loaded
}

fn with(
    loader: &mut Loader<'_>,
    invocation: &Invocation,
    system: &System<'_>,
    input: &[u8],
    wish: Wish,
    services: &[String],
) -> Result<Project, ComposeError> {
    let mut selection = select(loader, invocation, system, input)?;
    let model = model(loader, &mut selection, wish)?;
    let mut project = Project::read(model)?;
    project.name = selection.name;
    project.directory = selection.directory;
    project.environment = selection.environment;
    project.files = selection.files.into_iter().map(|file| file.name).collect();
    project.set_profiles(selection.profiles);
    if wish.checks {
        check(&project)?;
    }
    if wish.resolves_environment {
        resolve_environment(loader, &mut project)?;
    }
    resolve_labels(loader, &mut project)?;
    if project.name.is_empty() {
        let text = "project name can't be empty. Use `--project-name` to set a valid name";
        return Err(ComposeError::Message(text.to_owned()));
    }
    project.enable(services);
    add_labels(&mut project, &invocation.global.list("env-file"), system);
    project.select(services, Related::Dependencies)?;
    if !invocation.global.on("all-resources") {
        project.drop_unused();
    }
    Ok(project)
}

fn add_labels(project: &mut Project, env_files: &[&str], system: &System<'_>) {
    let files = project.files.join(",");
    let env_files: Vec<String> = env_files.iter().map(|file| absolute(&system.working_directory(), file)).collect();
    for (name, service) in &mut project.services {
        let mut add = |label: &str, value: &str| service.own_labels.insert(label.to_owned(), value.to_owned());
        add(label::PROJECT, &project.name);
        add(label::SERVICE, name);
        add(label::VERSION, LABEL_VERSION);
        add(label::WORKING_DIRECTORY, &project.directory);
        add(label::CONFIG_FILES, &files);
        add(label::ONE_OFF, "False");
        if !env_files.is_empty() {
            add(label::ENVIRONMENT_FILE, &env_files.join(","));
        }
    }
}

fn model(loader: &mut Loader<'_>, selection: &mut Selection, wish: Wish) -> Result<Map<String, Value>, ComposeError> {
    let settings = Settings {
        interpolates: wish.interpolates,
        normalizes: wish.normalizes,
        resolves_paths: wish.resolves_paths,
        ..Settings::WHOLE
    };
    loader.model(&selection.files, &selection.directory, &selection.environment, &selection.name, settings)
}

/// Puts the variables of environment files below those of services (compose-go `WithServicesEnvironmentResolved`).
///
/// # Errors
/// Files that are not there, or wrong.
pub fn resolve_environment_of(
    client: &mut Client,
    system: &System<'_>,
    project: &mut Project,
) -> Result<(), ComposeError> {
    let machine = Machine(system);
    let mut loader = Loader::new(&machine);
    let resolved = resolve_environment(&mut loader, project);
    for warning in std::mem::take(&mut loader.warnings) {
        warn(client, system, &warning);
    }
    resolved
}

fn resolve_environment(loader: &mut Loader<'_>, project: &mut Project) -> Result<(), ComposeError> {
    let outside = &project.environment;
    for service in project.services.values_mut() {
        for (name, value) in &mut service.environment.0 {
            if value.is_none() {
                *value = outside.get(name).cloned();
            }
        }
        let own = service.environment.0.clone();
        let mut found: BTreeMap<String, String> =
            own.iter().filter_map(|(key, value)| Some((key.clone(), value.clone()?))).collect();
        for file in std::mem::take(&mut service.env_file) {
            if loader.files.kind(&file.path).is_none() {
                if file.required {
                    let why = format!("stat {}: no such file or directory", file.path);
                    return Err(ComposeError::Message(format!("env file {} not found: {why}", file.path)));
                }
                continue;
            }
            let lookup = |name: &str| outside.get(name).cloned().or_else(|| own.get(name).cloned().flatten());
            match file.format.as_str() {
                "" | ".env" => loader.env_file(&file.path, &mut found, &lookup)?,
                "raw" => {
                    let bytes = loader.files.read(&file.path).map_err(ComposeError::Message)?;
                    let lines = env_file_lines(&file.path, &bytes).map_err(|why| {
                        ComposeError::Message(format!("failed to parse env_file {}: {why}", file.path))
                    })?;
                    for line in lines {
                        match line.split_once('=') {
                            Some((key, value)) => drop(found.insert(key.to_owned(), value.to_owned())),
                            None => {
                                if let Some(value) = lookup(&line) {
                                    found.insert(line, value);
                                }
                            }
                        }
                    }
                }
                other => {
                    return Err(ComposeError::Message(format!("unsupported env_file format {}", go_quote(other))));
                }
            }
        }
        let mut all: BTreeMap<String, Option<String>> =
            found.into_iter().map(|(key, value)| (key, Some(value))).collect();
        all.extend(own);
        service.environment.0 = all;
    }
    Ok(())
}

fn resolve_labels(loader: &mut Loader<'_>, project: &mut Project) -> Result<(), ComposeError> {
    for service in project.services.values_mut() {
        let mut labels = BTreeMap::new();
        for file in std::mem::take(&mut service.label_file.0) {
            if loader.files.kind(&file).is_none() {
                let why = format!("stat {file}: no such file or directory");
                return Err(ComposeError::Message(format!("label file {file} not found: {why}")));
            }
            loader.env_file(&file, &mut labels, &|_| None)?;
        }
        let Mapping(own) = std::mem::take(&mut service.labels);
        labels.extend(own);
        service.labels = Mapping(labels);
    }
    Ok(())
}

/// Whether standard input is one of the files.
pub fn reads_input(invocation: &Invocation) -> bool {
    invocation.global.list("file").contains(&"-")
}

/// The variables that Compose knows: those of the process, and those of `.env`.
///
/// # Errors
/// Files that are not there, or wrong.
pub fn environment(client: &Client, system: &System<'_>) -> Result<Environment, ComposeError> {
    let machine = Machine(system);
    let mut loader = Loader::new(&machine);
    let (environment, _) = variables(&mut loader, &client.invocation, system)?;
    Ok(environment)
}

/// The variables of one environment file; it may use those that were given.
///
/// # Errors
/// A file that is not there, or wrong.
pub fn variables_of(
    client: &mut Client,
    system: &System<'_>,
    file: &str,
    given: &Variables,
) -> Result<Environment, ComposeError> {
    let machine = Machine(system);
    let mut loader = Loader::new(&machine);
    let mut found = Environment::new();
    let path = absolute(&system.working_directory(), file);
    let read = loader.env_file(&path, &mut found, &|name| given.0.get(name).cloned().flatten());
    for warning in std::mem::take(&mut loader.warnings) {
        warn(client, system, &warning);
    }
    read.map(|()| found)
}
