//! The build context: what the client reads before it asks the daemon to build.
//!
//! Promises: a bounded number of files; symbolic links are taken as they are. Must not know what is ignored: the daemon
//! is given the text of `.dockerignore`.

use std::collections::BTreeMap;

use crate::client::execute::go_error;
use crate::world::daemon::build::dockerfile;
use crate::world::filesystem::entry::Change;
use crate::world::filesystem::entry::{Entry, Node};
use crate::world::filesystem::layer::Layer;
use crate::world::filesystem::untar::Limits;
use crate::world::process::System;

/// The most files that a context may have.
const FILE_LIMIT: usize = 100_000;
/// What a context from standard input may hold.
const TAR_LIMITS: Limits = Limits { members: FILE_LIMIT, bytes: 64 << 20, path: 4096, once: false };
/// Where the name of a tar archive's format stands.
const TAR_MAGIC: std::ops::Range<usize> = 257..262;

/// What a build is made from.
pub struct Context {
    pub dockerfile: String,
    pub dockerfile_name: String,
    pub files: BTreeMap<String, Entry>,
    pub ignore: Option<String>,
    /// Whether `ignore` is the Dockerfile's own list.
    pub has_own_ignore: bool,
}

/// Why there is no context.
pub enum ContextError {
    /// buildx says so.
    Refused(String),
    /// There is a context and no Dockerfile: its name, and the error of opening it.
    NoDockerfile { name: String, path: String },
}

impl Context {
    /// Reads the context at `path` and the Dockerfile `file`; either may be `-`, which is `input`.
    ///
    /// # Errors
    /// What is missing, or too large.
    pub fn read(
        system: &mut System<'_>,
        path: &str,
        file: Option<&str>,
        input: Option<Vec<u8>>,
    ) -> Result<Context, ContextError> {
        if path == "-" {
            return Context::from_input(file, &input.unwrap_or_default());
        }
        let root = match path.starts_with('/') {
            true => path.to_owned(),
            false => System::join(&system.working_directory(), path),
        };
        match system.status(path, true) {
            Err(_) => {
                let text = format!("unable to prepare context: path \"{path}\" not found");
                return Err(ContextError::Refused(text));
            }
            Ok(status) if !status.entry.node.is_directory() => {
                let text = format!("unable to prepare context: path \"{path}\" not found");
                return Err(ContextError::Refused(text));
            }
            Ok(_) => {}
        }
        let mut files = BTreeMap::new();
        let mut directories = vec![String::new()];
        while let Some(directory) = directories.pop() {
            let names = system.list(&inside(&root, &directory)).map_err(|error| {
                ContextError::Refused(format!("error from sender: open {directory}: {}", go_error(error)))
            })?;
            for name in names {
                let below = if directory.is_empty() { name } else { format!("{directory}/{name}") };
                let Ok(status) = system.status(&inside(&root, &below), false) else { continue };
                if status.entry.node.is_directory() {
                    directories.push(below.clone());
                }
                files.insert(below, status.entry);
                if files.len() > FILE_LIMIT {
                    let text = format!("the context has more than the {FILE_LIMIT} files that Layerlab reads");
                    return Err(ContextError::Refused(text));
                }
            }
        }
        let (text, name) = match file {
            Some("-") => (input.unwrap_or_default(), "Dockerfile".to_owned()),
            file => {
                let file_path = file.map_or_else(|| System::join(&root, "Dockerfile"), str::to_owned);
                let name = file_path.rsplit('/').next().unwrap_or(&file_path).to_owned();
                let bytes = system.read_file(&file_path).map_err(|error| ContextError::NoDockerfile {
                    name: name.clone(),
                    path: format!("open {name}: {}", go_error(error)),
                })?;
                (bytes.to_vec(), name)
            }
        };
        // A Dockerfile may have a list of its own.
        let own = file.filter(|file| *file != "-").map(|file| format!("{file}.dockerignore"));
        let own = own.and_then(|own| system.read_file(&own).ok());
        let has_own_ignore = own.is_some();
        let ignore = own
            .or_else(|| system.read_file(&inside(&root, ".dockerignore")).ok())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Ok(Context { dockerfile: dockerfile::decoded(&text), dockerfile_name: name, files, ignore, has_own_ignore })
    }

    /// Standard input is a Dockerfile alone, or a tar archive with one in it.
    fn from_input(file: Option<&str>, input: &[u8]) -> Result<Context, ContextError> {
        let name = file.unwrap_or("Dockerfile").to_owned();
        if input.is_empty() {
            let text = "failed to solve: failed to read dockerfile: no local sources enabled".to_owned();
            return Err(ContextError::Refused(text));
        }
        let mut files = BTreeMap::new();
        if input.get(TAR_MAGIC) == Some(b"ustar".as_slice()) {
            let layer = Layer::from_tar(input, TAR_LIMITS)
                .map_err(|error| ContextError::Refused(format!("failed to solve: {error}")))?;
            for (path, change) in layer.changes() {
                if let Change::Put { entry, .. } = change {
                    files.insert(path.trim_start_matches('/').to_owned(), entry.clone());
                }
            }
            files.remove("");
        } else {
            let dockerfile = dockerfile::decoded(input);
            let dockerfile_name = "Dockerfile".to_owned();
            return Ok(Context { dockerfile, dockerfile_name, files, ignore: None, has_own_ignore: false });
        }
        let text = |path: &str| match files.get(path).map(|entry| &entry.node) {
            Some(Node::File(content)) => content.bytes(TAR_LIMITS.bytes).ok().map(|bytes| dockerfile::decoded(&bytes)),
            _ => None,
        };
        let Some(dockerfile) = text(&name) else {
            let path = format!("open {name}: no such file or directory");
            return Err(ContextError::NoDockerfile { name, path });
        };
        let ignore = text(".dockerignore");
        Ok(Context { dockerfile, dockerfile_name: name, files, ignore, has_own_ignore: false })
    }
}

fn inside(root: &str, below: &str) -> String {
    if below.is_empty() { root.to_owned() } else { System::join(root, below) }
}
