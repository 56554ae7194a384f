//! The shell's built-ins: which there are, and those about files, texts and control. Promises the messages and exit codes of ash and
//! dash. Those about variables and processes are in the neighbours `declaration` and `job`.

use super::dialect::Dialect;
use super::frame::{Frame, SourceKind};
use super::interpreter::{Shell, Step};
use super::simple::quote;
use super::system_files::SystemFiles;
use super::{evaluate, is_keyword};
use crate::world::process::program::Progress;
use crate::world::process::system::System;
use crate::world::process::tools::{echo::echo, printf::printf, test};
use std::sync::Arc;

/// POSIX's special built-ins: errors in them end a shell, and assignments before them stay.
const SPECIAL: [&str; 15] = [
    ":", ".", "break", "continue", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift", "times",
    "trap", "unset",
];

const REGULAR: [&str; 24] = [
    "[", "alias", "bg", "cd", "chdir", "command", "echo", "false", "fg", "getopts", "hash", "jobs", "kill", "local",
    "printf", "pwd", "read", "test", "true", "type", "ulimit", "umask", "unalias", "wait",
];

/// What only ash has.
const EXTENSIONS: [&str; 3] = ["[[", "let", "source"];

pub(super) fn is_special(name: &str) -> bool {
    SPECIAL.contains(&name)
}

pub(super) fn is_builtin(name: &str, dialect: Dialect) -> bool {
    is_special(name) || REGULAR.contains(&name) || (dialect == Dialect::Ash && EXTENSIONS.contains(&name))
}

/// Whether the arguments of this built-in are assignments, which are not split.
pub(super) fn declares(name: &str) -> bool {
    matches!(name, "export" | "readonly" | "local")
}

impl Shell {
    /// Runs a built-in. Its output goes to `output`; what must wait leaves a frame.
    pub(super) fn run_builtin(&mut self, name: &str, arguments: &[String], system: &mut System<'_>) -> Step {
        // What the command's own redirections and assignments did is undone by its frame.
        self.status = match name {
            ":" | "true" => 0,
            "false" => 1,
            "times" => {
                self.say("0m0.000s 0m0.000s\n0m0.000s 0m0.000s\n");
                0
            }
            "echo" => {
                self.output.push((1, echo(self.dialect, arguments)));
                0
            }
            "printf" => self.printf(arguments),
            "test" | "[" | "[[" => self.test(name, arguments, system),
            "pwd" => {
                let directory = match arguments.first().map(String::as_str) {
                    Some("-P") => system.working_directory(),
                    _ => {
                        self.variables.value("PWD").map_or_else(|| system.working_directory(), |path| path.to_string())
                    }
                };
                self.say(&format!("{directory}\n"));
                0
            }
            "cd" | "chdir" => self.change_directory(arguments, system),
            "umask" => self.umask(arguments, system),
            "ulimit" => self.ulimit(arguments, system),
            "alias" => self.alias(arguments),
            "unalias" => self.unalias(arguments),
            "type" => self.describe_commands(arguments, true, system),
            "command" => match arguments.split_first() {
                Some((option, names)) if option == "-v" => self.describe_commands(names, false, system),
                Some((option, names)) if option == "-V" => self.describe_commands(names, true, system),
                _ => 0,
            },
            "hash" => self.hash(arguments, system),
            "let" => return self.let_builtin(arguments, system),
            "eval" => {
                self.status = 0;
                let text = arguments.join(" ");
                self.push_source(Arc::from(text), self.line, SourceKind::Argument);
                return Step::Continue;
            }
            "." | "source" => return self.dot(arguments, system),
            "exec" => {
                let mut fields = vec![name.to_owned()];
                fields.extend(arguments.iter().cloned());
                let fields = if fields.get(1).is_some_and(|field| field == "--") { &fields[2..] } else { &fields[1..] };
                return self.exec_builtin(fields, system);
            }
            "exit" => return self.exit_builtin(arguments, system),
            "return" => return self.return_builtin(arguments, system),
            "break" | "continue" => return self.leave_loop(name, arguments, system),
            "export" | "readonly" => return self.declare(name, arguments, system),
            "local" => return self.local(arguments, system),
            "unset" => return self.unset(arguments, system),
            "set" => return self.set(arguments, system),
            "shift" => return self.shift(arguments, system),
            "getopts" => return self.getopts(arguments, system),
            "read" => return self.read_builtin(arguments, system),
            "trap" => self.trap(arguments, system),
            "kill" => return self.kill(arguments, system),
            "wait" => return self.wait_builtin(arguments, system),
            "jobs" => self.list_jobs(system),
            "fg" => return self.foreground(arguments, system),
            "bg" => self.background(arguments, system),
            _ => 0,
        };
        Step::Continue
    }

    /// Adds to what the built-in writes to standard output.
    pub(super) fn say(&mut self, text: &str) {
        self.output.push((1, text.as_bytes().to_vec()));
    }

    /// Adds to what the built-in writes to standard error.
    pub(super) fn mutter(&mut self, text: &str) {
        self.output.push((2, text.as_bytes().to_vec()));
    }

    /// A message of a built-in that ash takes from the tool of the same name: without the line.
    pub(super) fn tool_error(&mut self, name: &str, text: &str) {
        let message = match self.dialect {
            Dialect::Ash => format!("{}: {text}\n", self.name),
            Dialect::Dash => format!("{}{text}\n", self.dialect.prefix(&self.name, Some(name), self.line, false)),
        };
        self.mutter(&message);
    }

    fn printf(&mut self, arguments: &[String]) -> i32 {
        let done = printf(self.dialect, arguments);
        for message in &done.errors {
            self.tool_error("printf", message);
        }
        self.output.push((1, done.output));
        done.status
    }

    fn test(&mut self, name: &str, arguments: &[String], system: &mut System<'_>) -> i32 {
        match test::test(self.dialect, name, arguments, &mut SystemFiles { system }) {
            Ok(status) => status,
            Err(message) => {
                self.tool_error(name, &message);
                2
            }
        }
    }

    fn change_directory(&mut self, arguments: &[String], system: &mut System<'_>) -> i32 {
        let arguments: Vec<&str> =
            arguments.iter().map(String::as_str).filter(|text| !matches!(*text, "-L" | "-P" | "--")).collect();
        let before = self.variables.value("PWD").map_or_else(|| system.working_directory(), |path| path.to_string());
        let variable = |name: &str| self.variables.value(name).map(|value| value.to_string());
        let (target, shown) = match arguments.first() {
            None => (variable("HOME").unwrap_or_else(|| before.clone()), false),
            Some(&"-") => (variable("OLDPWD").unwrap_or_else(|| before.clone()), true),
            Some(path) => ((*path).to_owned(), false),
        };
        let logical =
            if target.starts_with('/') { normalise(&target) } else { normalise(&format!("{before}/{target}")) };
        if let Err(errno) = system.change_directory(&logical).or_else(|_| system.change_directory(&target)) {
            let message = match self.dialect {
                Dialect::Ash => format!("can't cd to {target}: {errno}"),
                Dialect::Dash => format!("can't cd to {target}"),
            };
            self.command_error(system, "cd", &message);
            return 2;
        }
        for (name, value) in [("OLDPWD", &before), ("PWD", &logical)] {
            let _ = self.variables.set(name, value);
            self.variables.change(name, |variable| variable.exported = true);
        }
        if shown {
            self.say(&format!("{logical}\n"));
        }
        0
    }

    fn umask(&mut self, arguments: &[String], system: &mut System<'_>) -> i32 {
        match arguments.first().map(String::as_str) {
            None => {
                let mask = system.umask();
                self.say(&format!("{mask:04o}\n"));
            }
            Some("-S") => {
                let mask = system.umask();
                let letters = |shift: u32| -> String {
                    let granted = !(mask >> shift);
                    "rwx"
                        .chars()
                        .zip([4, 2, 1])
                        .filter(|(_, bit)| granted & bit != 0)
                        .map(|(letter, _)| letter)
                        .collect()
                };
                self.say(&format!("u={},g={},o={}\n", letters(6), letters(3), letters(0)));
            }
            Some(text) => match u32::from_str_radix(text, 8) {
                Ok(mask) => {
                    system.set_umask(mask);
                }
                Err(_) => {
                    let message = match self.dialect {
                        Dialect::Ash => format!("illegal mode: {text}"),
                        Dialect::Dash => format!("Illegal number: {text}"),
                    };
                    self.command_error(system, "umask", &message);
                    return 2;
                }
            },
        }
        0
    }

    fn alias(&mut self, arguments: &[String]) -> i32 {
        let mut status = 0;
        if arguments.is_empty() {
            for (name, value) in self.aliases.clone().iter() {
                self.say(&format!("{name}={}\n", quote(value)));
            }
        }
        for argument in arguments {
            match argument.split_once('=') {
                Some((name, value)) if !name.is_empty() => {
                    Arc::make_mut(&mut self.aliases).insert(name.to_owned(), value.to_owned());
                }
                _ => match self.aliases.get(argument).cloned() {
                    Some(value) => self.say(&format!("{argument}={}\n", quote(&value))),
                    None => {
                        self.mutter(&format!("alias: {argument} not found\n"));
                        status = 1;
                    }
                },
            }
        }
        status
    }

    fn unalias(&mut self, arguments: &[String]) -> i32 {
        let mut status = 0;
        for argument in arguments {
            if argument == "-a" {
                self.aliases = Arc::default();
            } else if Arc::make_mut(&mut self.aliases).remove(argument).is_none() {
                self.mutter(&format!("unalias: {argument} not found\n"));
                status = 1;
            }
        }
        status
    }

    /// `type`, and with `long` off `command -v`.
    fn describe_commands(&mut self, names: &[String], long: bool, system: &System<'_>) -> i32 {
        let mut status = 0;
        for name in names {
            let alias = self.aliases.get(name).cloned();
            let text = if is_keyword(name) {
                if long { format!("{name} is a shell keyword") } else { name.clone() }
            } else if let Some(value) = alias {
                if long { format!("{name} is an alias for {value}") } else { format!("alias {name}={}", quote(&value)) }
            } else if self.functions.contains_key(name.as_str()) {
                let kind = if self.dialect == Dialect::Dash { "shell function" } else { "function" };
                if long { format!("{name} is a {kind}") } else { name.clone() }
            } else if is_builtin(name, self.dialect) {
                let kind = if is_special(name) { "special shell" } else { "shell" };
                if long { format!("{name} is a {kind} builtin") } else { name.clone() }
            } else {
                let own = (self.own_tools)(name).map(|_| name.clone());
                let found = own.or_else(|| self.find_program(name, system).ok().filter(|path| system.may(path, 1)));
                match found {
                    Some(path) if long => format!("{name} is {path}"),
                    Some(path) => path,
                    None => {
                        status = 127;
                        if long {
                            self.say(&format!("{name}: not found\n"));
                        }
                        continue;
                    }
                }
            };
            self.say(&format!("{text}\n"));
        }
        status
    }

    fn hash(&mut self, arguments: &[String], system: &mut System<'_>) -> i32 {
        let mut status = 0;
        for name in arguments.iter().filter(|name| !name.starts_with('-')) {
            let known = is_builtin(name, self.dialect) || self.functions.contains_key(name.as_str());
            if !known && self.find_program(name, system).is_err() {
                self.command_error(system, "hash", &format!("{name}: not found"));
                status = 1;
            }
        }
        status
    }

    fn let_builtin(&mut self, arguments: &[String], system: &mut System<'_>) -> Step {
        let mut value = 0;
        for argument in arguments {
            match evaluate(argument, self.dialect, self) {
                Ok(result) => value = result,
                Err(error) => {
                    self.command_error(system, "let", &error.message(self.dialect, argument));
                    self.status = 2;
                    return Step::Continue;
                }
            }
        }
        self.status = i32::from(value == 0);
        Step::Continue
    }

    fn dot(&mut self, arguments: &[String], system: &mut System<'_>) -> Step {
        let Some(file) = arguments.first() else {
            self.status = if self.dialect == Dialect::Ash { 2 } else { 0 };
            return Step::Continue;
        };
        let mut candidates = vec![file.clone()];
        if !file.contains('/') {
            let path = self.variables.value("PATH").unwrap_or_else(|| Arc::from(""));
            candidates = path.split(':').map(|directory| format!("{directory}/{file}")).collect();
            if self.dialect == Dialect::Ash {
                candidates.push(file.clone());
            }
        }
        let mut failure = crate::world::filesystem::errno::Errno::ENOENT;
        let text = candidates.iter().find_map(|path| system.read_file(path).map_err(|errno| failure = errno).ok());
        let Some(text) = text else {
            let message = match self.dialect {
                Dialect::Ash => format!("can't open '{file}': {failure}"),
                Dialect::Dash if !file.contains('/') => format!("{file}: not found"),
                Dialect::Dash => format!("cannot open {file}: {}", super::interpreter::short_reason(failure, false)),
            };
            self.command_error(system, ".", &message);
            return self.fail(2, system);
        };
        self.status = 0;
        if arguments.len() > 1 && self.dialect == Dialect::Ash {
            let positional = std::mem::replace(
                &mut self.positional,
                arguments[1..].iter().map(|text| Arc::from(text.as_str())).collect(),
            );
            self.frames.push(Frame::Function { positional, locals: Vec::new() });
        }
        self.push_source(Arc::from(String::from_utf8_lossy(&text)), 1, SourceKind::Dot);
        self.source_name = Some(Arc::from(file.as_str()));
        Step::Continue
    }

    /// A number that a built-in was given; complains if it is none.
    pub(super) fn number(&self, name: &str, text: &str, system: &mut System<'_>) -> Option<i32> {
        let number = text.parse().ok().filter(|number| *number >= 0);
        if number.is_none() {
            self.command_error(system, name, &format!("Illegal number: {text}"));
        }
        number
    }

    fn exit_builtin(&mut self, arguments: &[String], system: &mut System<'_>) -> Step {
        let status = match arguments.first() {
            None => match self.frames.iter().rev().find_map(|frame| match frame {
                Frame::Trap { status } | Frame::Exit { status } => Some(*status),
                _ => None,
            }) {
                Some(status) => status,
                None => self.status,
            },
            Some(text) => match self.number("exit", text, system) {
                Some(status) => status,
                None => return self.fail(2, system),
            },
        };
        self.exit(status, system)
    }

    fn return_builtin(&mut self, arguments: &[String], system: &mut System<'_>) -> Step {
        let status = match arguments.first() {
            None => self.status,
            Some(text) => match self.number("return", text, system) {
                Some(status) => status,
                None => return self.fail(2, system),
            },
        };
        let target = self.frames.iter().rposition(|frame| match frame {
            Frame::Function { .. } => true,
            Frame::Source(source) => source.kind == SourceKind::Dot,
            _ => false,
        });
        let Some(target) = target else { return self.exit(status, system) };
        self.unwind(target, system);
        self.status = status;
        Step::Continue
    }

    /// Takes frames off until so many are left.
    fn unwind(&mut self, height: usize, system: &mut System<'_>) {
        while self.frames.len() > height {
            if let Some(frame) = self.frames.pop() {
                self.leave(frame, system);
            }
        }
    }

    fn leave_loop(&mut self, name: &str, arguments: &[String], system: &mut System<'_>) -> Step {
        let mut levels = match arguments.first() {
            None => 1,
            Some(text) => match self.number(name, text, system) {
                Some(0) | None => return self.fail(2, system),
                Some(levels) => levels,
            },
        };
        let mut target = None;
        for (index, frame) in self.frames.iter().enumerate().rev() {
            match frame {
                Frame::Loop { .. } | Frame::For { .. } => {
                    target = Some(index);
                    levels -= 1;
                    if levels == 0 {
                        break;
                    }
                }
                // ash lets a function break its caller's loop.
                Frame::Function { .. } if self.dialect == Dialect::Dash => break,
                _ => {}
            }
        }
        self.status = 0;
        let Some(target) = target else { return Step::Continue };
        self.unwind(target + 1, system);
        if name == "break" {
            self.frames.pop();
        } else if let Some(Frame::Loop { in_condition, .. }) = self.frames.last_mut() {
            *in_condition = false;
        }
        Step::Continue
    }

    pub(super) fn exited(&self, system: &System<'_>) -> Option<Step> {
        let me = system.me()?;
        me.exit_status().map(|status| Step::End(Progress::Exited(status.code())))
    }
}

/// A path without `.`, `..` and double slashes, as `cd` follows it: by its words.
fn normalise(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}
