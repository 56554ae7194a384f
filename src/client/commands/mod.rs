//! Everything that can be typed after `docker`, as data, and the way from words to a command.
//!
//! Promises: finds commands, and refuses words, in the order and with the texts of docker's command line (cobra, and docker's
//! `cli.RequiresMinArgs` and its like); both spellings (`docker ps`, `docker container ls`) lead to the same command.
//! Must not know what a command does: it says which `action` is meant, with which flags and arguments.
//! Start reading at `parse`.

pub mod build;
mod buildx;
pub mod compose;
pub mod container;
pub mod container_look;
pub mod container_run;
mod help;
pub mod image;
mod manifest;
pub mod network;
pub mod system;
mod tree;
pub mod volume;

pub use help::{flag_usages, help_text};
pub use tree::{Category, Entry, Group, Node, ROOT};

use super::flags::{self, Flag, Parsed};

/// How many arguments a command takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arguments {
    /// None at all.
    None,
    /// This many.
    Exactly(usize),
    /// This many or more.
    AtLeast(usize),
    /// This many or fewer.
    AtMost(usize),
    /// From the first to the second.
    Between(usize, usize),
}

/// One command, whatever it is called by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command {
    /// What is meant, in the long spelling: `container ls` for `docker ps` too.
    pub action: &'static str,
    /// What errors and help call it, if not by the words that were typed: `docker buildx build`.
    pub path: &'static str,
    /// What follows the path in the usage line.
    pub usage: &'static str,
    /// What help says about it.
    pub description: &'static str,
    /// All its spellings, as help lists them.
    pub aliases: &'static str,
    /// How many arguments it takes.
    pub arguments: Arguments,
    /// Whether flags may stand after arguments.
    pub interspersed: bool,
    /// Its flags, in groups that commands may share.
    pub flags: &'static [&'static [Flag]],
    /// Whether Layerlab does it; if not, it is read and then refused with a plain message.
    pub modelled: bool,
    /// Whether it is a plugin of docker's, whose errors about arguments begin with `ERROR: `.
    pub plugin: bool,
}

impl Command {
    /// A command without anything, for the rest of a command's fields.
    pub const NEW: Command = Command {
        action: "",
        path: "",
        usage: "",
        description: "",
        aliases: "",
        arguments: Arguments::None,
        interspersed: true,
        flags: &[],
        modelled: true,
        plugin: false,
    };
}

/// A command line that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// The command.
    pub command: &'static Command,
    /// The words it was called by, `docker ps`, or its own path: for usage texts and messages.
    pub path: String,
    /// Its flags and arguments.
    pub parsed: Parsed,
    /// The flags before the command: `--context`, `--debug`, ….
    pub global: Parsed,
}

impl Invocation {
    /// What is meant: `container ls`.
    pub fn action(&self) -> &'static str {
        self.command.action
    }

    /// Why Layerlab cannot do this, if it cannot, as a line for standard error.
    pub fn refusal(&self) -> Option<String> {
        if !self.command.modelled {
            return Some(not_modelled(&self.path));
        }
        if self.parsed.text("disable-content-trust").is_some() && !self.parsed.on("disable-content-trust") {
            return Some(not_modelled(&format!("{} with content trust", self.path)));
        }
        let flag = self.parsed.unmodelled().or_else(|| self.global.unmodelled())?;
        Some(not_modelled(&format!("{} --{}", self.path, flag.name)))
    }

    /// What Docker adds to an error of `docker run` and `docker create`: `Run 'docker run --help' for more information`.
    pub fn help_advice(&self) -> String {
        format!("Run '{} --help' for more information", self.path)
    }
}

/// The plain refusal of something that Docker has and Layerlab has not.
pub fn not_modelled(what: &str) -> String {
    format!("{what}: Layerlab does not model this yet")
}

/// What a command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Do something.
    Run(Box<Invocation>),
    /// Print a help text on standard output and succeed.
    Help(String),
    /// Print a help text on standard error and succeed: `docker` alone, `docker network` alone.
    Usage(String),
    /// Print the version of the client: `docker --version`.
    Version,
    /// A command or plugin of Docker's that Layerlab has not: the plain refusal.
    NotModelled(String),
    /// Print a help text on standard output and what is wrong on standard error, and fail: a word that Compose does not know.
    HelpAndError {
        /// The help.
        help: String,
        /// What is wrong.
        error: String,
    },
}

/// A command line that Docker refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct UsageError {
    /// What Docker prints on standard error, without the last line end.
    pub message: String,
    /// Docker's exit code: 125 for a wrong flag, 1 for the rest.
    pub exit_code: i32,
}

impl UsageError {
    fn new(exit_code: i32, message: String) -> UsageError {
        UsageError { message, exit_code }
    }

    fn of_flag(error: &flags::FlagError, path: &str, usage_line: &str) -> UsageError {
        let message = format!("{error}\n\nUsage:  {usage_line}\n\nRun '{path} --help' for more information");
        UsageError::new(125, message)
    }
}

/// The flags that may stand before a command.
pub fn global_flags() -> &'static [Flag] {
    tree::GLOBAL_FLAGS
}

/// Reads the words after `docker`.
pub fn parse(words: &[String]) -> Result<Call, UsageError> {
    let mut global = flags::parse(&[tree::GLOBAL_FLAGS], false, words)
        .map_err(|error| UsageError::of_flag(&error, "docker", "docker [OPTIONS] COMMAND [ARG...]"))?;
    if global.on("version") {
        return Ok(Call::Version);
    }
    let after = std::mem::take(&mut global.arguments);
    let mut rest = after.as_slice();
    let mut group = &ROOT;
    let mut path = String::from("docker");
    if global.on("help") {
        return Ok(Call::Help(with_warnings(&global, help::group_text(group, &path))));
    }
    if rest.first().is_some_and(|word| word == "help") {
        return help_topic(&rest[1..]);
    }
    loop {
        // The flags of a group come before its command; it has none but --help.
        let read = flags::parse(&[], false, rest)
            .map_err(|error| UsageError::of_flag(&error, &path, &group_usage_line(group, &path)));
        let entry = read.as_ref().ok().and_then(|read| read.arguments.first()).and_then(|word| group.find(word));
        let Some(entry) = entry else { return no_command(group, &path, rest) };
        let read = read?;
        if read.on("help") {
            return Ok(Call::Help(with_warnings(&read, help::group_text(group, &path))));
        }
        let skipped = rest.len() - read.arguments.len() + 1;
        rest = rest.get(skipped..).unwrap_or_default();
        path = format!("{path} {}", entry.name);
        match entry.node {
            Node::Group(inner) if !inner.flags.is_empty() => return compose::parse(rest),
            Node::Group(inner) => group = inner,
            Node::NotModelled => return Ok(Call::NotModelled(not_modelled(&path))),
            Node::Command(command) => {
                let path = if command.path.is_empty() { path } else { command.path.to_owned() };
                return call(command, path, rest, global);
            }
        }
    }
}

fn call(command: &'static Command, path: String, words: &[String], global: Parsed) -> Result<Call, UsageError> {
    let usage_line = usage_line(command, &path);
    let parsed = flags::parse(command.flags, command.interspersed, words)
        .map_err(|error| UsageError::of_flag(&error, &path, &usage_line))?;
    if parsed.on("help") {
        return Ok(Call::Help(with_warnings(&parsed, help_text(command, &path))));
    }
    if let Some(problem) = count_problem(command.arguments, parsed.arguments.len()) {
        // Two of Docker's own texts end otherwise than the rest, one of them by a slip of the keyboard.
        let advice = match command.arguments {
            Arguments::AtLeast(_) => "See",
            Arguments::AtMost(_) => "SRun",
            _ => "Run",
        };
        let prefix = if command.plugin { "ERROR: " } else { "" };
        let message = format!(
            "{prefix}docker: '{path}' {problem}\n\nUsage:  {usage_line}\n\n{advice} '{path} --help' for more information"
        );
        return Err(UsageError::new(1, message));
    }
    Ok(Call::Run(Box::new(Invocation { command, path, parsed, global })))
}

/// The usage line of a command: `docker run [OPTIONS] IMAGE [COMMAND] [ARG...]`.
pub fn usage_line(command: &Command, path: &str) -> String {
    if command.usage.is_empty() { path.to_owned() } else { format!("{path} {}", command.usage) }
}

fn group_usage_line(group: &Group, path: &str) -> String {
    if group.usage.is_empty() { path.to_owned() } else { format!("{path} {}", group.usage) }
}

fn with_warnings(parsed: &Parsed, text: String) -> String {
    if parsed.warnings.is_empty() { text } else { format!("{}\n{text}", parsed.warnings.join("\n")) }
}

fn count_problem(arguments: Arguments, given: usize) -> Option<String> {
    let plural = |count: usize| if count == 1 { "argument" } else { "arguments" };
    match arguments {
        Arguments::None if given > 0 => Some("accepts no arguments".to_owned()),
        Arguments::Exactly(count) if given != count => Some(format!("requires {count} {}", plural(count))),
        Arguments::AtLeast(count) if given < count => Some(format!("requires at least {count} {}", plural(count))),
        Arguments::AtMost(count) if given > count => Some(format!("requires at most {count} {}", plural(count))),
        Arguments::Between(least, most) if given < least || given > most => {
            Some(format!("requires at least {least} and at most {most} {}", plural(most)))
        }
        _ => None,
    }
}

/// No command of the group is named: flags are looked at first, then help is given or the first word refused.
fn no_command(group: &'static Group, path: &str, words: &[String]) -> Result<Call, UsageError> {
    let usage_line = group_usage_line(group, path);
    let read = flags::parse(&[], true, words).map_err(|error| UsageError::of_flag(&error, path, &usage_line))?;
    if read.on("help") {
        return Ok(Call::Help(with_warnings(&read, help::group_text(group, path))));
    }
    let Some(word) = read.arguments.first() else { return Ok(Call::Usage(help::group_text(group, path))) };
    let usage = if path == "docker" { String::new() } else { format!("Usage:  {usage_line}\n\n") };
    let message = format!("docker: unknown command: {path} {word}\n\n{usage}Run '{path} --help' for more information");
    Err(UsageError::new(1, message))
}

fn help_topic(words: &[String]) -> Result<Call, UsageError> {
    let mut group = &ROOT;
    let mut path = String::from("docker");
    for (index, word) in words.iter().enumerate() {
        let unknown = || UsageError::new(1, format!("unknown help topic: {}", words[index..].join(" ")));
        let entry = group.find(word).ok_or_else(unknown)?;
        path = format!("{path} {}", entry.name);
        match entry.node {
            Node::Group(inner) => group = inner,
            Node::NotModelled => return Ok(Call::NotModelled(not_modelled(&path))),
            Node::Command(_) if index + 1 < words.len() => {
                return Err(UsageError::new(1, format!("unknown help topic: {}", words[index + 1..].join(" "))));
            }
            Node::Command(command) => {
                let path = if command.path.is_empty() { path } else { command.path.to_owned() };
                return Ok(Call::Help(help_text(command, &path)));
            }
        }
    }
    Ok(Call::Help(help::group_text(group, &path)))
}

#[cfg(test)]
mod tests;
