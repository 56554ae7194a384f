//! What is wrong with a text, found while it is written: by the same parser that a build uses.
//!
//! Promises: the words are those of the build; nothing is said of a language that Layerlab does not read. Must not know: the screen.

use std::collections::BTreeMap;

use super::language::Language;
use crate::world::daemon::build::dockerfile::lint::{Check, lint, rules_of, sorted};
use crate::world::daemon::build::dockerfile::plan::{PlanOptions, plan};
use crate::world::daemon::build::dockerfile::{DockerfileError, parse};

/// The most problems of one text.
const MOST: usize = 50;

/// Something wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// In which line, counted from 0.
    pub line: usize,
    pub words: String,
    /// It stops the build; otherwise it is a warning.
    pub is_error: bool,
}

/// The problems of a text, in the order of its lines.
pub fn find(language: Language, text: &str) -> Vec<Problem> {
    let mut found = match language {
        Language::Dockerfile if !text.trim().is_empty() => dockerfile(text).unwrap_or_else(|error| vec![of(&error)]),
        _ => Vec::new(),
    };
    found.truncate(MOST);
    found
}

fn of(error: &DockerfileError) -> Problem {
    let line = error.instruction_line.or(error.lines.map(|lines| lines.start)).unwrap_or(1);
    Problem { line: line.saturating_sub(1), words: error.problem.to_string(), is_error: true }
}

fn dockerfile(text: &str) -> Result<Vec<Problem>, DockerfileError> {
    let dockerfile = parse(text)?;
    let platform = "linux/amd64".to_owned();
    let options = PlanOptions {
        target: None,
        build_arguments: BTreeMap::new(),
        build_platform: platform.clone(),
        target_platform: platform,
        all_stages: true,
    };
    let plan = plan(&dockerfile, &options)?;
    let rules = rules_of(&dockerfile)?;
    let check = Check {
        dockerfile: &dockerfile,
        plan: Some(&plan),
        options: &options,
        rules: &rules,
        base_image: &|_| None,
        error: None,
    };
    let problem = |line: usize, words: String| Problem { line: line.saturating_sub(1), words, is_error: false };
    Ok(sorted(lint(&check)).into_iter().map(|warning| problem(warning.lines.start, warning.message)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dockerfiles_mistakes_and_warnings_have_their_lines() {
        let found = find(Language::Dockerfile, "FROM alpine\nRUNN x\n");
        assert_eq!((found.len(), found[0].line, found[0].is_error), (1, 1, true));
        assert!(found[0].words.contains("did you mean RUN?"), "{found:?}");
        let found = find(Language::Dockerfile, "FROM alpine\nCMD echo hi\n");
        assert_eq!((found.len(), found[0].line, found[0].is_error), (1, 1, false), "{found:?}");
        assert_eq!(find(Language::Dockerfile, "FROM alpine\nCMD [\"sh\"]\n"), []);
        assert_eq!(find(Language::Yaml, "a: ["), []);
    }
}
