//! The flags of an instruction, `--name=value`, checked against those it has (`instructions/bflag.go`).
//!
//! Promises: flags come back in the order they were written. Must not know: what a flag does.

use super::error::Problem;
use super::suggest;

/// What a flag takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlagKind {
    /// `--name`, `--name=true`, `--name=false`.
    Boolean,
    /// `--name=value`, once.
    Text,
    /// `--name=value`, any number of times.
    List,
}

/// Flags that were given, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flags {
    given: Vec<(&'static str, String)>,
}

impl Flags {
    /// Checks `words` against the flags in `known`.
    pub fn parse(words: &[String], known: &[(&'static str, FlagKind)]) -> Result<Self, Problem> {
        let mut flags = Self::default();
        for word in words {
            if word == "--" {
                break;
            }
            let (flag, value) = match word.split_once('=') {
                Some((flag, value)) => (flag, Some(value)),
                None => (word.as_str(), None),
            };
            let name = flag.strip_prefix("--").unwrap_or(flag);
            let Some(&(name, kind)) = known.iter().find(|(known, _)| *known == name) else {
                let suggestion = suggest::nearest(name, known.iter().map(|(known, _)| *known));
                return Err(Problem::UnknownFlag { flag: flag.to_owned(), suggestion });
            };
            if kind != FlagKind::List && flags.given.iter().any(|(given, _)| *given == name) {
                return Err(Problem::DuplicateFlag(flag.to_owned()));
            }
            let value = match (kind, value) {
                (FlagKind::Boolean, None) => "true".to_owned(),
                (FlagKind::Boolean, Some("")) | (_, None) => return Err(Problem::FlagWithoutValue(flag.to_owned())),
                (FlagKind::Boolean, Some(value)) => match value.to_lowercase().as_str() {
                    truth @ ("true" | "false") => truth.to_owned(),
                    _ => return Err(Problem::FlagNotBoolean { flag: flag.to_owned(), value: value.to_owned() }),
                },
                (_, Some(value)) => value.to_owned(),
            };
            flags.given.push((name, value));
        }
        Ok(flags)
    }

    /// The value of a flag; an empty one counts as none, as in BuildKit.
    pub fn text(&self, name: &str) -> Option<String> {
        self.given.iter().find(|(given, value)| *given == name && !value.is_empty()).map(|(_, value)| value.clone())
    }

    /// The truth of a flag, if it was given.
    pub fn boolean(&self, name: &str) -> Option<bool> {
        self.text(name).map(|value| value == "true")
    }

    /// All values of a flag.
    pub fn list(&self, name: &str) -> Vec<String> {
        self.given.iter().filter(|(given, _)| *given == name).map(|(_, value)| value.clone()).collect()
    }
}
