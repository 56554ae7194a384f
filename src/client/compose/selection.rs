//! What a command line chooses: the files, the variables, the profiles, the name.
//!
//! Promises: the order in which Compose looks for all that (compose-go `cli/options.go`).

use super::ComposeError;
use super::file::{ConfigFile, Environment, FileKind, Loader, absolute, parent};
use super::machine::says_yes;
use super::yaml;
use crate::client::commands::Invocation;
use crate::client::units::go_quote;
use crate::world::process::System;

const FILE_NAMES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
const OVERRIDE_NAMES: [&str; 4] =
    ["compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"];

/// What the flags before the command, and the environment, say.
pub struct Selection {
    pub name: String,
    /// Whether the name was given as such.
    is_named: bool,
    pub directory: String,
    pub files: Vec<ConfigFile>,
    pub environment: Environment,
    pub profiles: Vec<String>,
}

/// A project's name as it may be: small letters, digits, `-` and `_`.
fn normalize_name(name: &str) -> String {
    let kept = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    let name: String = name.to_lowercase().chars().filter(kept).collect();
    name.trim_start_matches(['-', '_']).to_owned()
}

fn invalid_name(name: &str) -> ComposeError {
    let rule = "must consist only of lowercase alphanumeric characters, hyphens, and underscores \
                as well as start with a letter or number";
    ComposeError::Message(format!("invalid project name {}: {rule}", go_quote(name)))
}

/// What a command line chooses.
///
/// # Errors
/// Files that are not there, names that are none.
pub fn select(
    loader: &mut Loader<'_>,
    invocation: &Invocation,
    system: &System<'_>,
    input: &[u8],
) -> Result<Selection, ComposeError> {
    let (mut environment, env_files) = variables(loader, invocation, system)?;
    let here = system.working_directory();
    let flags = &invocation.global;
    let mut paths = given_files(invocation, &here);
    if let Some(remote) = paths.iter().zip(flags.list("file")).map(|(_, given)| given).find(|given| is_remote(given)) {
        return Err(ComposeError::NotModelled(format!("docker compose --file {remote}")));
    }
    if paths.is_empty()
        && let Some(listed) = environment.get("COMPOSE_FILE").filter(|listed| !listed.is_empty())
    {
        let separator = environment.get("COMPOSE_PATH_SEPARATOR").filter(|text| !text.is_empty());
        for path in listed.split(separator.map_or(":", String::as_str)) {
            let path = if path == "-" { path.to_owned() } else { absolute(&here, path) };
            if path != "-" && loader.files.kind(&path).is_none() {
                return Err(ComposeError::Message(format!("stat {path}: no such file or directory")));
            }
            paths.push(path);
        }
    }
    if paths.is_empty() {
        paths = default_files(loader, &directory(invocation, &here, &[]));
    }
    let directory = directory(invocation, &here, &paths);
    read_env_files(loader, &mut environment, &env_files, &directory)?;
    let mut profiles: Vec<String> = flags.list("profile").iter().map(|profile| (*profile).to_owned()).collect();
    if profiles.is_empty() {
        let listed = environment.get("COMPOSE_PROFILES").map_or("", String::as_str);
        profiles = listed.split(',').map(|profile| profile.trim().to_owned()).collect();
    }
    let given = flags.text("project-name").unwrap_or_default();
    if given != normalize_name(given) {
        return Err(invalid_name(given));
    }
    if paths.is_empty() {
        return Err(ComposeError::Message("no configuration file provided: not found".to_owned()));
    }
    let mut files = Vec::new();
    for name in paths {
        let content = match name.as_str() {
            "-" => input.to_vec(),
            path => loader.files.read(path).map_err(ComposeError::Message)?,
        };
        files.push(ConfigFile { name, content: Some(content) });
    }
    let mut selection = Selection { name: String::new(), is_named: false, directory, files, environment, profiles };
    name_project(loader, &mut selection, given)?;
    Ok(selection)
}

fn is_remote(path: &str) -> bool {
    ["oci://", "git://", "http://", "https://", "ssh://", "git@", "github.com/"]
        .iter()
        .any(|prefix| path.starts_with(prefix))
}

/// The files that are given, absolute; `-` is standard input.
fn given_files(invocation: &Invocation, here: &str) -> Vec<String> {
    let given = invocation.global.list("file");
    given.into_iter().map(|path| if path == "-" { path.to_owned() } else { absolute(here, path) }).collect()
}

/// The directory of the project: given, that of the first file, or this one.
fn directory(invocation: &Invocation, here: &str, paths: &[String]) -> String {
    let flags = &invocation.global;
    let given = flags.text("project-directory").or_else(|| flags.text("workdir")).filter(|path| !path.is_empty());
    match (given, paths.iter().find(|path| *path != "-")) {
        (Some(directory), _) => absolute(here, directory),
        (None, Some(path)) => parent(path).to_owned(),
        (None, None) => here.to_owned(),
    }
}

/// The variables that there are before the files are found, and the environment files that are given.
///
/// # Errors
/// Environment files that are not there, or wrong.
pub fn variables(
    loader: &mut Loader<'_>,
    invocation: &Invocation,
    system: &System<'_>,
) -> Result<(Environment, Vec<String>), ComposeError> {
    let here = system.working_directory();
    let mut environment: Environment = system
        .environment()
        .iter()
        .filter_map(|pair| pair.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())))
        .collect();
    environment.entry("PWD".to_owned()).or_insert_with(|| here.clone());
    let given = invocation.global.list("env-file");
    let mut env_files: Vec<String> = given.into_iter().map(|file| absolute(&here, file)).collect();
    if env_files.is_empty()
        && let Some(listed) = environment.get("COMPOSE_ENV_FILES")
    {
        env_files = listed.split(',').filter(|file| !file.is_empty()).map(|file| absolute(&here, file)).collect();
    }
    let directory = directory(invocation, &here, &given_files(invocation, &here));
    read_env_files(loader, &mut environment, &env_files, &directory)?;
    Ok((environment, env_files))
}

/// Finds the name: given, from the environment, from the files, or that of the directory.
fn name_project(loader: &mut Loader<'_>, selection: &mut Selection, given: &str) -> Result<(), ComposeError> {
    let mut in_files = false;
    if given.is_empty() {
        for file in &selection.files {
            if !yaml::named(file.content.as_deref().unwrap_or_default())?.is_empty() {
                in_files = true;
                break;
            }
        }
    }
    let from_environment = selection.environment.get("COMPOSE_PROJECT_NAME").cloned().unwrap_or_default();
    if !given.is_empty() {
        (selection.name, selection.is_named) = (given.to_owned(), true);
    } else if !from_environment.is_empty() {
        (selection.name, selection.is_named) = (from_environment, true);
    } else if !in_files {
        let base = selection.directory.rsplit('/').next().unwrap_or_default();
        selection.name = normalize_name(base);
    }
    settle_name(loader, selection)
}

fn settle_name(loader: &mut Loader<'_>, selection: &mut Selection) -> Result<(), ComposeError> {
    if selection.is_named {
        if normalize_name(&selection.name) != selection.name {
            return Err(invalid_name(&selection.name));
        }
    } else {
        let name = normalize_name(&loader.name(&selection.files, &selection.environment)?);
        if !name.is_empty() {
            selection.name = name;
        }
    }
    selection.environment.insert("COMPOSE_PROJECT_NAME".to_owned(), selection.name.clone());
    Ok(())
}

/// Reads environment files, or `.env`, below what the environment says.
fn read_env_files(
    loader: &mut Loader<'_>,
    environment: &mut Environment,
    given: &[String],
    directory: &str,
) -> Result<(), ComposeError> {
    let mut files = given.to_vec();
    if files.is_empty() && !says_yes(environment.get("COMPOSE_DISABLE_ENV_FILE").map(String::as_str)) {
        let default = absolute(directory, ".env");
        if loader.files.kind(&default) == Some(FileKind::File) {
            files.push(default);
        }
    }
    for (key, value) in loader.env_files(&files, environment)? {
        environment.entry(key).or_insert(value);
    }
    Ok(())
}

/// The file that Compose takes by itself, and the one over it: here, or in the nearest directory above that has one.
fn default_files(loader: &mut Loader<'_>, directory: &str) -> Vec<String> {
    let mut directory = directory.to_owned();
    loop {
        let found = |names: &[&str]| -> Vec<String> {
            let paths = names.iter().map(|name| absolute(&directory, name));
            paths.filter(|path| loader.files.kind(path).is_some()).collect()
        };
        let (candidates, overrides) = (found(&FILE_NAMES), found(&OVERRIDE_NAMES));
        if let Some(winner) = candidates.first() {
            let mut chosen = vec![winner.clone()];
            for (kind, files) in [("config", &candidates), ("override", &overrides)] {
                if files.len() > 1 {
                    let names = files.join(", ");
                    loader.warnings.push(format!("Found multiple {kind} files with supported names: {names}"));
                    loader.warnings.push(format!("Using {}", files[0]));
                }
            }
            chosen.extend(overrides.first().cloned());
            return chosen;
        }
        if directory == "/" {
            return Vec::new();
        }
        directory = parent(&directory).to_owned();
    }
}
