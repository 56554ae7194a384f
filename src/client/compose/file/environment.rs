//! The environment of a project: what the shell gives, and below it what environment files say.

use std::collections::BTreeMap;

use super::dotenv;
use super::load::{Environment, FileKind, Loader};
use crate::client::compose::ComposeError;

impl Loader<'_> {
    /// What environment files say together; a later one counts more (compose-go `dotenv.GetEnvFromFile`).
    ///
    /// # Errors
    /// Files that are not there, or wrong.
    pub fn env_files(&mut self, paths: &[String], environment: &Environment) -> Result<Environment, ComposeError> {
        let mut found = BTreeMap::new();
        for path in paths {
            match self.files.kind(path) {
                Some(FileKind::File) => {}
                Some(FileKind::Directory) => return Err(ComposeError::Message(format!("{path} is a directory"))),
                None => return Err(ComposeError::Message(format!("couldn't find env file: {path}"))),
            }
            self.env_file(path, &mut found, &|name| environment.get(name).cloned())?;
        }
        Ok(found)
    }

    /// Adds what one file says.
    ///
    /// # Errors
    /// As [`Loader::env_files`].
    pub fn env_file(
        &mut self,
        path: &str,
        found: &mut Environment,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(), ComposeError> {
        let bytes = self.files.read(path).map_err(ComposeError::Message)?;
        let text = String::from_utf8_lossy(&bytes);
        let warnings = &mut self.warnings;
        let mut unset = |name: &str| {
            let name = crate::client::units::go_quote(name);
            warnings.push(format!("The {name} variable is not set. Defaulting to a blank string."));
        };
        dotenv::parse(&text, found, lookup, &mut unset)
            .map_err(|error| ComposeError::Message(format!("failed to read {path}: {error}")))
    }
}
