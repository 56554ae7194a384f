//! The machine as the loader of files sees it.

use super::file::{FileKind, Files};
use crate::client::execute::go_error;
use crate::world::process::System;

/// The machine as the loader sees it.
pub struct Machine<'m, 's>(pub &'m System<'s>);

impl Files for Machine<'_, '_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        match self.0.read_file(path) {
            Ok(bytes) => Ok(bytes.to_vec()),
            Err(error) if self.kind(path) == Some(FileKind::Directory) => {
                Err(format!("read {path}: {}", go_error(error)))
            }
            Err(error) => Err(format!("open {path}: {}", go_error(error))),
        }
    }

    fn kind(&self, path: &str) -> Option<FileKind> {
        let status = self.0.status(path, true).ok()?;
        Some(if status.entry.node.is_directory() { FileKind::Directory } else { FileKind::File })
    }

    fn home(&self) -> Option<String> {
        variable(self.0, "HOME")
    }
}

/// A variable of the process's environment.
pub fn variable(system: &System<'_>, name: &str) -> Option<String> {
    let environment = system.environment();
    environment.iter().rev().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
}

/// Whether a variable says yes.
pub fn says_yes(value: Option<&str>) -> bool {
    let value = value.unwrap_or_default().trim().to_lowercase();
    matches!(value.as_str(), "1" | "t" | "true")
}
