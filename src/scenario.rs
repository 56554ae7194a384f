//! A scenario: a file of shell lines, played in a fresh world (`layerlab run`).
//!
//! The grammar is that of the recorded transcripts:
//! `#: key: value` says something about the whole (`images:` those pulled before the start, `-` for none; `title:`),
//! `>>> path … <<<` a file in the working directory, `$ line` a command that is shown, `$~ line` the same where the order
//! of lines is not significant, `$? line` the same where it is not compared, `% line` set-up that is not shown.
//!
//! Promises: every mistake in the text is reported with its line; playing is deterministic.
//! Must not know: the screen, files.

use std::fmt;

use crate::timeline::Timeline;
use crate::world::filesystem::content::Content;
use crate::world::process::descriptor::Stream;
use crate::world::{Action, Outcome, World};

/// The working directory of a scenario, empty at its start.
pub const DIRECTORY: &str = "/w";
/// The largest scenario, in bytes.
pub const SIZE_LIMIT: usize = 1 << 20;

/// What a scenario says, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scenario {
    pub title: String,
    /// Images pulled before the start; `None` when the scenario names none.
    pub images: Option<Vec<String>>,
    pub items: Vec<Item>,
}

/// One item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    File { path: String, content: String },
    Command { line: String, kind: Kind },
}

/// How a command is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `$`, `$~`, `$?`: shown.
    Shown,
    /// `%`: not shown.
    Setup,
}

/// A line that the grammar does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    /// From 1.
    pub line: usize,
    pub message: String,
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// All lines that it does not understand.
    pub fn parse(text: &str) -> Result<Scenario, Vec<ScenarioError>> {
        let mut scenario = Scenario::default();
        let mut errors = Vec::new();
        if text.len() > SIZE_LIMIT {
            let message = format!("the scenario has {} bytes; at most {SIZE_LIMIT} are read", text.len());
            return Err(vec![ScenarioError { line: 1, message }]);
        }
        let mut lines = text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            let mut wrong = |message: String| errors.push(ScenarioError { line: number + 1, message });
            if let Some(header) = line.strip_prefix("#:") {
                match header.split_once(':').map(|(key, value)| (key.trim(), value.trim())) {
                    Some(("title", value)) => scenario.title = value.to_owned(),
                    Some(("images", value)) => {
                        let names = value.split_whitespace().filter(|name| *name != "-");
                        scenario.images = Some(names.map(str::to_owned).collect());
                    }
                    Some(_) => {}
                    None => wrong("a header is `#: key: value`".to_owned()),
                }
            } else if let Some(path) = line.strip_prefix(">>> ") {
                let mut content = String::new();
                let mut closed = false;
                for (_, line) in lines.by_ref() {
                    if line == "<<<" {
                        closed = true;
                        break;
                    }
                    content.push_str(line);
                    content.push('\n');
                }
                if !closed {
                    wrong(format!("the file {path} has no end: a line `<<<` was expected"));
                }
                scenario.items.push(Item::File { path: path.trim().to_owned(), content });
            } else if let Some((kind, command)) = command(line) {
                scenario.items.push(Item::Command { line: command.to_owned(), kind });
            } else if !line.trim().is_empty() && !line.starts_with('#') {
                wrong(format!("`{line}` begins with none of `$ `, `$~ `, `$? `, `% `, `>>> `, `#`"));
            }
        }
        if errors.is_empty() { Ok(scenario) } else { Err(errors) }
    }
}

fn command(line: &str) -> Option<(Kind, &str)> {
    for (prefix, kind) in [("$ ", Kind::Shown), ("$~ ", Kind::Shown), ("$? ", Kind::Shown), ("% ", Kind::Setup)] {
        if let Some(command) = line.strip_prefix(prefix) {
            return Some((kind, command));
        }
    }
    None
}

/// What a shown command gave, as `layerlab run --json` prints it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Answer {
    pub cmd: String,
    /// `null` when the command had not ended.
    pub exit: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Answer {
    /// The answer that an outcome is.
    pub fn new(line: &str, outcome: &Outcome) -> Answer {
        Answer {
            cmd: line.to_owned(),
            exit: outcome.exit_code(),
            stdout: outcome.text(Stream::Stdout),
            stderr: outcome.text(Stream::Stderr),
        }
    }
}

/// Prepares the world of a scenario: the environment, the working directory, and the images that its header names.
pub fn prepare(world: &mut World, scenario: &Scenario) {
    world.set_variable("HOSTVAR", "from-host");
    world.set_variable("DOCKER_CLI_HINTS", "false");
    // Nothing stands in the way on a fresh disk.
    let _ = world.set_working_directory(DIRECTORY);
    let images = scenario.images.clone().unwrap_or_else(|| vec!["busybox:latest".to_owned()]);
    for image in images {
        world.act(&Action::Command(format!("docker pull -q '{image}'")));
    }
}

/// Plays a scenario in a world, handing over each command that is shown with its outcome, as it comes.
pub fn play(mut world: World, scenario: &Scenario, mut show: impl FnMut(&str, &Outcome)) -> Timeline {
    prepare(&mut world, scenario);
    let mut timeline = Timeline::new(world);
    for item in &scenario.items {
        match item {
            Item::File { path, content } => {
                let mut world = timeline.world().clone();
                // A path that cannot be written shows when a command misses the file.
                let _ = world.put_host_file(path, Content::text(content));
                timeline.replace_world(world);
            }
            Item::Command { line, kind } => {
                let step = timeline.act(Action::Command(line.clone()));
                if *kind == Kind::Shown {
                    show(line, &step.outcome);
                }
            }
        }
    }
    timeline
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_grammar_of_the_transcripts() {
        let text =
            "#: title: t\n#: images: busybox:latest alpine\n>>> a/b\none\n\n<<<\n% docker ps\n$~ docker images\n";
        let scenario = Scenario::parse(text).unwrap();
        assert_eq!(scenario.title, "t");
        assert_eq!(scenario.images.as_deref(), Some(&["busybox:latest".to_owned(), "alpine".to_owned()][..]));
        let file = Item::File { path: "a/b".into(), content: "one\n\n".into() };
        let setup = Item::Command { line: "docker ps".into(), kind: Kind::Setup };
        let shown = Item::Command { line: "docker images".into(), kind: Kind::Shown };
        assert_eq!(scenario.items, [file, setup, shown]);
    }

    #[test]
    fn reports_every_wrong_line() {
        let errors = Scenario::parse("docker ps\n$ ok\n>>> f\nx\n").unwrap_err();
        assert_eq!(errors.iter().map(|error| error.line).collect::<Vec<_>>(), [1, 3]);
    }
}
