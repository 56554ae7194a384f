//! From files to the model of a project, as a tree in canonical form.
//!
//! Promises: each file is read, filled in, extended, put over the files before it, checked against the shape, and brought to its
//! long form, in compose-go's order (`loader/loader.go`), so that of two mistakes the same one is told. Must not touch the
//! machine but through [`Files`].

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::extends::Chain;
use super::normalize::{self, Base};
use super::template::{self, Variables, substitute};
use super::volume::clean;
use super::{canonical, extends, include, interpolate, merge, unique};
use crate::client::compose::yaml::{self, Document};
use crate::client::compose::{ComposeError, shape};

/// What the loader needs of the machine.
pub trait Files {
    /// The content of a file.
    ///
    /// # Errors
    /// In Go's words: `open /w/x: no such file or directory`.
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;

    /// What stands at a path.
    fn kind(&self, path: &str) -> Option<FileKind>;

    /// The home directory of the user.
    fn home(&self) -> Option<String>;
}

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    File,
    Directory,
}

/// A Compose file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFile {
    /// An absolute path, or `-` for standard input.
    pub name: String,
    /// What is in it, when it was read already.
    pub content: Option<Vec<u8>>,
}

/// What of the way from files to a model is gone.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub validates: bool,
    pub interpolates: bool,
    pub normalizes: bool,
    pub resolves_paths: bool,
    pub extends: bool,
    pub includes: bool,
    pub defaults: bool,
}

impl Settings {
    /// All of it.
    pub const WHOLE: Settings = Settings {
        validates: true,
        interpolates: true,
        normalizes: true,
        resolves_paths: true,
        extends: true,
        includes: true,
        defaults: true,
    };
}

/// The variables of a project: its environment files, and the environment above them.
pub type Environment = BTreeMap<String, String>;

/// The way from files to a model.
pub struct Loader<'l> {
    pub files: &'l dyn Files,
    /// What Compose warns of, in order.
    pub warnings: Vec<String>,
    /// Files whose `version` was warned of.
    pub(super) obsolete: BTreeSet<String>,
}

/// Where a file is read, and how.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    pub settings: Settings,
    /// The directory that paths in it are relative to.
    pub directory: &'p str,
    /// The directory that files it names are looked for in.
    pub files_from: &'p str,
    pub environment: &'p Environment,
    /// The files that included this one.
    pub included: &'p [String],
}

impl<'l> Loader<'l> {
    /// A loader of files that are looked for on this machine.
    pub fn new(files: &'l dyn Files) -> Loader<'l> {
        Loader { files, warnings: Vec::new(), obsolete: BTreeSet::new() }
    }

    /// The model of a project.
    ///
    /// # Errors
    /// The first mistake, in Compose's words.
    pub fn model(
        &mut self,
        files: &[ConfigFile],
        directory: &str,
        environment: &Environment,
        name: &str,
        settings: Settings,
    ) -> Result<Map<String, Value>, ComposeError> {
        let place = Place { settings, directory, files_from: directory, environment, included: &[] };
        let Value::Object(mut model) = self.files(files, place)? else {
            return Err(ComposeError::TopLevel);
        };
        if model.is_empty() {
            return Err(ComposeError::Message("empty compose file".to_owned()));
        }
        if settings.validates && name.is_empty() {
            return Err(ComposeError::Message("project name must not be empty".to_owned()));
        }
        if settings.normalizes {
            model.insert("name".to_owned(), json!(name));
            normalize::normalize(&mut model, name, environment);
        }
        Ok(model)
    }

    /// The name that files give to the project: the last one that does.
    ///
    /// # Errors
    /// A variable in it that cannot be filled in.
    pub fn name(&mut self, files: &[ConfigFile], environment: &Environment) -> Result<String, ComposeError> {
        let mut name = String::new();
        for file in files {
            let content = self.content(file)?;
            // What is wrong with the file is told when it is loaded.
            let Ok(documents) = yaml::read(&content) else { continue };
            for document in &documents {
                match document.value.get("name") {
                    Some(Value::String(given)) if !given.is_empty() => name.clone_from(given),
                    Some(Value::Number(given)) => name = given.to_string(),
                    _ => {}
                }
            }
        }
        let lookup = |variable: &str| environment.get(variable).cloned();
        let warnings = &mut self.warnings;
        let mut unset = |variable: &str| warnings.push(unset_warning(variable));
        substitute(&name, &mut Variables { lookup: &lookup, unset: &mut unset }).map_err(|error| {
            ComposeError::Message(match error {
                template::TemplateError::Invalid(text) => format!(
                    "invalid interpolation format for name.\nYou may need to escape any $ with another $.\n{text}"
                ),
                error => format!("error while interpolating name: {error}"),
            })
        })
    }

    pub(super) fn content(&self, file: &ConfigFile) -> Result<Vec<u8>, ComposeError> {
        match &file.content {
            Some(content) => Ok(content.clone()),
            None => self.files.read(&file.name).map_err(ComposeError::Message),
        }
    }

    /// All files of a project, or of one that is included (`loadYamlModel`).
    pub(super) fn files(&mut self, files: &[ConfigFile], place: Place<'_>) -> Result<Value, ComposeError> {
        let mut model = Value::Object(Map::new());
        for file in files {
            (model, _) = self.file(file, place, model)?;
        }
        if place.settings.defaults {
            canonical::set_defaults(&mut model);
        }
        if place.settings.validates {
            canonical::validate(&mut model)?;
        }
        if place.settings.resolves_paths {
            let home = self.files.home();
            normalize::resolve_paths(&mut model, Base { directory: place.directory, home: home.as_deref() })?;
        }
        normalize::resolve_environment(&mut model, place.environment);
        Ok(model)
    }

    /// Reads one file and puts it over `base`; gives the keys too that it resets (`loadYamlFile`).
    pub(super) fn file(
        &mut self,
        file: &ConfigFile,
        place: Place<'_>,
        base: Value,
    ) -> Result<(Value, Vec<Vec<String>>), ComposeError> {
        let content = self.content(file)?;
        let documents = yaml::read(&content).map_err(|error| match error {
            yaml::YamlError::Key { .. } => ComposeError::Yaml(error),
            error => ComposeError::Unreadable { file: file.name.clone(), error },
        })?;
        let mut model = base;
        let mut resets = Vec::new();
        for Document { value, resets: of_document } in documents {
            model = self.document(file, place, model, value, &of_document)?;
            resets = of_document;
        }
        Ok((model, resets))
    }

    fn document(
        &mut self,
        file: &ConfigFile,
        place: Place<'_>,
        mut base: Value,
        mut value: Value,
        resets: &[Vec<String>],
    ) -> Result<Value, ComposeError> {
        if !value.is_object() {
            return Err(ComposeError::TopLevel);
        }
        let settings = place.settings;
        if settings.interpolates {
            let lookup = |variable: &str| place.environment.get(variable).cloned();
            let mut unset = Vec::new();
            let mut note = |variable: &str| unset.push(unset_warning(variable));
            let mut variables = Variables { lookup: &lookup, unset: &mut note };
            let mut warnings = Vec::new();
            let filled = interpolate::interpolate(&mut value, &mut variables, &mut warnings);
            self.warnings.append(&mut unset);
            self.warnings.append(&mut warnings);
            filled?;
        }
        if settings.extends {
            extends::apply(self, &mut value, &file.name, place, resets)?;
        }
        reset(&mut base, resets);
        if settings.includes {
            include::apply(self, &mut value, &file.name, place)?;
        }
        let mut model = merge::merge(base, value)?;
        unique::keep_last(&mut model)?;
        if settings.validates {
            shape::check(&model).map_err(|violation| ComposeError::Shape { file: file.name.clone(), violation })?;
            if model.as_object_mut().is_some_and(|model| model.shift_remove("version").is_some())
                && self.obsolete.insert(file.name.clone())
            {
                self.warnings.push(format!(
                    "{}: the attribute `version` is obsolete, it will be ignored, please remove it to avoid potential confusion",
                    file.name
                ));
            }
        }
        canonical::canonical(&mut model, !settings.interpolates, &mut self.warnings)?;
        unique::keep_last(&mut model)?;
        Ok(model)
    }

    /// The services of another file, for one that extends one of them, and what that file resets.
    pub(super) fn services_of(
        &mut self,
        name: &str,
        service: &str,
        reference: &str,
        from: &str,
        place: Place<'_>,
    ) -> Result<(Map<String, Value>, Vec<Vec<String>>), ComposeError> {
        let message = |text: String| Err(ComposeError::Message(text));
        let quoted = crate::client::units::go_quote;
        let local = absolute(place.files_from, name);
        let directory = self.relative_directory(place.files_from, name);
        let settings = Settings {
            validates: false,
            interpolates: place.settings.interpolates,
            normalizes: false,
            resolves_paths: false,
            extends: false,
            includes: false,
            defaults: false,
        };
        let file = ConfigFile { name: local.clone(), content: None };
        let inner = Place { settings, files_from: parent(&local), directory: &directory, ..place };
        let (mut model, resets) = self.file(&file, inner, Value::Object(Map::new()))?;
        let home = self.files.home();
        match model.get("services") {
            None => {
                return message(format!("cannot extend service {} in {local}: no services section", quoted(service)));
            }
            Some(Value::Object(services)) if services.contains_key(reference) => {}
            Some(Value::Object(_)) => {
                return message(format!(
                    "cannot extend service {} in {from}: service {} not found in {name}",
                    quoted(service),
                    quoted(reference)
                ));
            }
            Some(_) => {
                return message(format!(
                    "cannot extend service {} in {local}: services must be a mapping",
                    quoted(service)
                ));
            }
        }
        normalize::resolve_paths(&mut model, Base { directory: &directory, home: home.as_deref() })?;
        let services = model.get_mut("services").map(Value::take);
        match services {
            Some(Value::Object(services)) => Ok((services, resets)),
            _ => Ok((Map::new(), resets)),
        }
    }

    /// The directory that a file is in, as seen from another one.
    pub(super) fn relative_directory(&self, from: &str, path: &str) -> String {
        let full = absolute(from, path);
        let directory = match self.files.kind(&full) {
            Some(FileKind::Directory) => full.as_str(),
            _ => parent(&full),
        };
        relative(from, directory)
    }
}

/// Takes away what a later file resets.
pub(super) fn reset(value: &mut Value, resets: &[Vec<String>]) {
    for keys in resets {
        let Some((last, above)) = keys.split_last() else { continue };
        let mut here = Some(&mut *value);
        for key in above {
            here = here.and_then(|value| value.get_mut(key));
        }
        if let Some(Value::Object(map)) = here {
            map.shift_remove(last);
        }
    }
}

fn unset_warning(variable: &str) -> String {
    format!("The {} variable is not set. Defaulting to a blank string.", crate::client::units::go_quote(variable))
}

/// A path from a directory.
pub fn absolute(directory: &str, path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { clean(&format!("{directory}/{path}")) }
}

/// The directory of a path.
pub fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((parent, _)) => parent,
        None => ".",
    }
}

/// A directory as seen from another (Go's `filepath.Rel`).
fn relative(from: &str, to: &str) -> String {
    let (from, to) = (clean(from), clean(to));
    if !from.starts_with('/') || !to.starts_with('/') {
        return to;
    }
    let parts = |path: &str| -> Vec<String> { path.split('/').filter(|p| !p.is_empty()).map(str::to_owned).collect() };
    let (from, to) = (parts(&from), parts(&to));
    let shared = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let mut path: Vec<&str> = vec![".."; from.len() - shared];
    path.extend(to.iter().skip(shared).map(String::as_str));
    if path.is_empty() { ".".to_owned() } else { path.join("/") }
}

/// The start of a chain of services that extend each other.
pub(super) const NO_CHAIN: Chain = Chain::new();
