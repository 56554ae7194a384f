//! `include`: other projects whose services, networks and volumes become this one's.
//!
//! Promises: each is read from its own directory with its own environment file, and nothing of it may stand in the way of what is
//! here (compose-go `loader/include.go`).

use serde_json::{Map, Value};

use super::load::{ConfigFile, Environment, FileKind, Loader, Place, Settings, absolute, parent};
use super::normalize::Base;
use crate::client::compose::ComposeError;

struct Included {
    paths: Vec<String>,
    directory: Option<String>,
    env_files: Vec<String>,
}

fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(list)) => list.iter().filter_map(|text| Some(text.as_str()?.to_owned())).collect(),
        _ => Vec::new(),
    }
}

fn read(source: &Value) -> Result<Vec<Included>, ComposeError> {
    let Value::Array(list) = source else {
        let shown = super::merge::shown(source);
        return Err(ComposeError::Message(format!("`include` must be a list, got {shown}")));
    };
    let entry = |value: &Value| match value {
        Value::Object(map) => Included {
            paths: texts(map.get("path")),
            directory: map.get("project_directory").and_then(Value::as_str).map(str::to_owned),
            env_files: texts(map.get("env_file")),
        },
        value => Included { paths: texts(Some(value)), directory: None, env_files: Vec::new() },
    };
    Ok(list.iter().map(entry).collect())
}

/// Adds what a file includes to it.
///
/// # Errors
/// Files that include each other, that are not there or wrong, and names that are taken.
pub(super) fn apply(
    loader: &mut Loader<'_>,
    file: &mut Value,
    name: &str,
    place: Place<'_>,
) -> Result<(), ComposeError> {
    let Some(source) = file.as_object_mut().and_then(|file| file.shift_remove("include")) else { return Ok(()) };
    if source.is_null() {
        return Ok(());
    }
    let mut chain = place.included.to_vec();
    chain.push(name.to_owned());
    for included in read(&source)? {
        let model = one(loader, included, place, &chain)?;
        import(model, file)?;
    }
    Ok(())
}

fn one(loader: &mut Loader<'_>, included: Included, place: Place<'_>, chain: &[String]) -> Result<Value, ComposeError> {
    let mut relative_directory = String::new();
    let mut directory = String::new();
    let mut files = Vec::new();
    for (index, path) in included.paths.iter().enumerate() {
        let path = absolute(place.files_from, path);
        if index == 0 {
            (relative_directory, directory) = match &included.directory {
                None => (loader.relative_directory(place.files_from, &path), parent(&path).to_owned()),
                Some(given) if !given.starts_with('/') => {
                    (loader.relative_directory(place.files_from, given), absolute(place.directory, given))
                }
                Some(given) => (given.clone(), given.clone()),
            };
            if chain.contains(&path) {
                let (first, others) = chain.split_first().map_or(("", &[][..]), |(first, others)| (first, others));
                let others: Vec<&str> = others.iter().map(String::as_str).chain([path.as_str()]).collect();
                let text = format!("include cycle detected:\n{first}\n include {}", others.join("\n include "));
                return Err(ComposeError::Message(text));
            }
        }
        files.push(ConfigFile { name: path, content: None });
    }
    let mut env_files = Vec::new();
    if included.env_files.is_empty() {
        let default = absolute(&directory, ".env");
        if loader.files.kind(&default) == Some(FileKind::File) {
            env_files.push(default);
        }
    }
    for given in &included.env_files {
        let path = Base { directory: place.directory, home: None }.join(given);
        match loader.files.kind(&path) {
            Some(FileKind::File) => env_files.push(path),
            Some(FileKind::Directory) => return Err(ComposeError::Message(format!("{path} is not a file"))),
            None => return Err(ComposeError::Message(format!("stat {path}: no such file or directory"))),
        }
    }
    let mut environment: Environment = place.environment.clone();
    for (key, value) in loader.env_files(&env_files, place.environment)? {
        environment.entry(key).or_insert(value);
    }
    let settings = Settings { resolves_paths: true, normalizes: false, ..place.settings };
    let inner = Place {
        settings,
        directory: &relative_directory,
        files_from: &directory,
        environment: &environment,
        included: chain,
    };
    loader.files(&files, inner)
}

fn import(model: Value, file: &mut Value) -> Result<(), ComposeError> {
    let (Value::Object(mut model), Value::Object(file)) = (model, file) else { return Ok(()) };
    for section in ["services", "volumes", "networks", "secrets", "configs", "models"] {
        let Some(Value::Object(from)) = model.shift_remove(section) else { continue };
        let to = file.entry(section).or_insert_with(|| Value::Object(Map::new()));
        let Value::Object(to) = to else { continue };
        for (name, value) in from {
            match to.get(&name) {
                Some(there) if *there == value => {}
                Some(_) => {
                    return Err(ComposeError::Message(format!("{section}.{name} conflicts with imported resource")));
                }
                None => drop(to.insert(name, value)),
            }
        }
    }
    Ok(())
}
