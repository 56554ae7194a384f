//! Built-ins about variables, options and arguments: `export`, `readonly`, `local`, `unset`, `set`, `shift`, `getopts`, `read`. Promises the
//! messages and exit codes of ash and dash.

use super::dialect::Dialect;
use super::frame::{Frame, Read};
use super::grammar::is_name;
use super::interpreter::{Options, Shell, Step};
use super::simple::quote;
use crate::world::process::descriptor;
use crate::world::process::program::Wait;
use crate::world::process::system::System;
use std::sync::Arc;
use std::time::Duration;

/// The longest line that `read` takes, in bytes.
const MAXIMUM_LINE: usize = 1 << 20;

/// The options of `set` by letter and name.
const OPTIONS: [(char, &str); 15] = [
    ('e', "errexit"),
    ('f', "noglob"),
    ('I', "ignoreeof"),
    ('m', "monitor"),
    ('n', "noexec"),
    ('x', "xtrace"),
    ('v', "verbose"),
    ('C', "noclobber"),
    ('a', "allexport"),
    ('b', "notify"),
    ('u', "nounset"),
    ('E', "errtrace"),
    ('V', "vi"),
    ('\0', "pipefail"),
    ('s', "stdin"),
];

impl Options {
    fn switch(&mut self, name: &str) -> Option<&mut bool> {
        Some(match name {
            "errexit" => &mut self.error_exit,
            "noglob" => &mut self.no_glob,
            "noexec" => &mut self.no_exec,
            "xtrace" => &mut self.trace,
            "verbose" => &mut self.verbose,
            "noclobber" => &mut self.no_clobber,
            "allexport" => &mut self.all_export,
            "nounset" => &mut self.no_unset,
            "pipefail" => &mut self.pipe_fail,
            "monitor" => &mut self.monitor,
            "stdin" => &mut self.standard_input,
            _ => return None,
        })
    }

    /// Switches an option by its letter; false if there is none.
    pub(super) fn set_by_letter(&mut self, letter: char, on: bool) -> bool {
        let named = OPTIONS.iter().find(|(known, _)| *known == letter && letter != '\0');
        named.is_some_and(|(_, name)| self.set_by_name(name, on))
    }

    /// Switches an option by its name; false if there is none. Some are known and do nothing.
    pub(super) fn set_by_name(&mut self, name: &str, on: bool) -> bool {
        if let Some(switch) = self.switch(name) {
            *switch = on;
        }
        OPTIONS.iter().any(|(_, known)| *known == name)
    }
}

impl Shell {
    /// `$-`, in the order of ash and dash: from the end of their table.
    pub(super) fn option_letters(&self) -> String {
        let options = &self.options;
        let switches = [
            ('u', options.no_unset),
            ('a', options.all_export),
            ('C', options.no_clobber),
            ('v', options.verbose),
            ('x', options.trace),
            ('c', options.command_string && self.dialect == Dialect::Ash),
            ('i', self.interactive),
            ('s', options.standard_input),
            ('n', options.no_exec),
            ('m', options.monitor),
            ('f', options.no_glob),
            ('e', options.error_exit),
        ];
        switches.into_iter().filter(|(_, on)| *on).map(|(letter, _)| letter).collect()
    }

    fn bad_name(&mut self, command: &str, name: &str, system: &mut System<'_>) -> Step {
        self.command_error(system, command, &format!("{name}: bad variable name"));
        self.fail(2, system)
    }

    /// `export` and `readonly`.
    pub(super) fn declare(&mut self, command: &str, arguments: &[String], system: &mut System<'_>) -> Step {
        let exports = command == "export";
        let listed: Vec<&String> =
            arguments.iter().filter(|argument| !matches!(argument.as_str(), "-p" | "--" | "-n")).collect();
        let undo = arguments.first().is_some_and(|argument| argument == "-n");
        self.status = 0;
        if listed.is_empty() {
            let lines: Vec<String> = self
                .variables
                .iter()
                .filter(|(_, variable)| if exports { variable.exported } else { variable.read_only })
                .map(|(name, variable)| match &variable.value {
                    Some(value) => format!("{command} {name}={}\n", quote(value)),
                    None => format!("{command} {name}\n"),
                })
                .collect();
            self.say(&lines.concat());
            return Step::Continue;
        }
        for argument in listed {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (argument.as_str(), None),
            };
            if !is_name(name) {
                return self.bad_name(command, name, system);
            }
            if let Some(value) = value
                && let Err(message) = self.assign_variable(name, value)
            {
                self.command_error(system, command, &message);
                return self.fail(2, system);
            }
            self.variables.change(name, |variable| {
                if exports {
                    variable.exported = !undo;
                } else {
                    variable.read_only = true;
                }
            });
        }
        Step::Continue
    }

    pub(super) fn local(&mut self, arguments: &[String], system: &mut System<'_>) -> Step {
        self.status = 0;
        let Some(function) = self.frames.iter().rposition(|frame| matches!(frame, Frame::Function { .. })) else {
            self.command_error(system, "local", "not in a function");
            return self.fail(2, system);
        };
        for argument in arguments {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (argument.as_str(), None),
            };
            if !is_name(name) {
                return self.bad_name("local", name, system);
            }
            let before = self.variables.variable(name).cloned();
            if let Some(Frame::Function { locals, .. }) = self.frames.get_mut(function)
                && !locals.iter().any(|(known, _)| &**known == name)
            {
                locals.push((Arc::from(name), before));
            }
            match value {
                Some(value) => {
                    if let Err(message) = self.assign_variable(name, value) {
                        self.command_error(system, "local", &message);
                        return self.fail(2, system);
                    }
                }
                // dash lets a local variable begin with the value outside, ash without one.
                None if self.dialect == Dialect::Ash => {
                    let _ = self.variables.unset(name);
                }
                None => {}
            }
        }
        Step::Continue
    }

    pub(super) fn unset(&mut self, arguments: &[String], system: &mut System<'_>) -> Step {
        let mut functions = false;
        self.status = 0;
        for argument in arguments {
            match argument.as_str() {
                "-f" => functions = true,
                "-v" => functions = false,
                name if functions => {
                    self.functions.remove(name);
                }
                name if !is_name(name) => return self.bad_name("unset", name, system),
                name => {
                    if let Err(error) = self.variables.unset(name) {
                        self.command_error(system, "unset", &format!("{name}: {error}"));
                        return self.fail(2, system);
                    }
                }
            }
        }
        Step::Continue
    }

    pub(super) fn set(&mut self, arguments: &[String], system: &mut System<'_>) -> Step {
        self.status = 0;
        if arguments.is_empty() {
            let lines: Vec<String> = self
                .variables
                .iter()
                .filter_map(|(name, variable)| Some(format!("{name}={}\n", quote(variable.value.as_ref()?))))
                .collect();
            self.say(&lines.concat());
            return Step::Continue;
        }
        let mut rest = arguments.iter();
        let mut replaces = false;
        let mut operands: Vec<Arc<str>> = Vec::new();
        while let Some(argument) = rest.next() {
            if argument == "--" || argument == "-" {
                replaces = argument == "--";
                operands = rest.map(|text| Arc::from(text.as_str())).collect();
                replaces |= !operands.is_empty();
                break;
            }
            if argument.len() < 2 || !argument.starts_with(['-', '+']) {
                replaces = true;
                operands.push(Arc::from(argument.as_str()));
                operands.extend(rest.map(|text| Arc::from(text.as_str())));
                break;
            }
            let on = argument.starts_with('-');
            for letter in argument[1..].chars() {
                if letter == 'o' {
                    let Some(name) = rest.next() else {
                        self.list_options(on);
                        return Step::Continue;
                    };
                    if !self.options.set_by_name(name, on) {
                        return self.illegal_option(&format!("{}o {name}", &argument[..1]), 1, system);
                    }
                } else if !self.options.set_by_letter(letter, on) {
                    return self.illegal_option(&format!("{}{letter}", &argument[..1]), 2, system);
                }
            }
        }
        if replaces {
            self.positional = operands.into();
        }
        Step::Continue
    }

    fn illegal_option(&mut self, option: &str, status: i32, system: &mut System<'_>) -> Step {
        match self.dialect {
            Dialect::Ash => {
                self.command_error(system, "set", &format!("illegal option {option}"));
                if status == 1 {
                    // An unknown name after `-o` does not end ash.
                    self.status = 1;
                    return Step::Continue;
                }
                self.fail(status, system)
            }
            Dialect::Dash => {
                self.command_error(system, "set", &format!("Illegal option {option}"));
                self.fail(2, system)
            }
        }
    }

    fn list_options(&mut self, as_table: bool) {
        let mut options = self.options.clone();
        for (_, name) in OPTIONS.iter().filter(|(_, name)| *name != "stdin") {
            let on = options.switch(name).is_some_and(|switch| *switch);
            if as_table {
                self.say(&format!("{name:<16}{}\n", if on { "on" } else { "off" }));
            } else {
                self.say(&format!("set {}o {name}\n", if on { '-' } else { '+' }));
            }
        }
    }

    pub(super) fn shift(&mut self, arguments: &[String], system: &mut System<'_>) -> Step {
        let count = match arguments.first() {
            None => 1,
            Some(text) => match self.number("shift", text, system) {
                Some(count) => usize::try_from(count).unwrap_or(0),
                None => return self.fail(2, system),
            },
        };
        if count > self.positional.len() {
            self.status = 1;
            if self.dialect == Dialect::Dash {
                self.command_error(system, "shift", "can't shift that many");
                return self.fail(2, system);
            }
            return Step::Continue;
        }
        self.positional = self.positional[count..].into();
        self.status = 0;
        Step::Continue
    }

    pub(super) fn getopts(&mut self, arguments: &[String], system: &mut System<'_>) -> Step {
        let [specification, variable, rest @ ..] = arguments else {
            let usage = match self.dialect {
                Dialect::Ash => "usage: getopts optstring var [arg]",
                Dialect::Dash => "Usage: getopts optstring var [arg...]",
            };
            self.command_error(system, "getopts", usage);
            self.status = 2;
            return Step::Continue;
        };
        let operands: Vec<String> = if rest.is_empty() {
            self.positional.iter().map(|argument| argument.to_string()).collect()
        } else {
            rest.to_vec()
        };
        let mut index: usize = self.variables.value("OPTIND").and_then(|text| text.parse().ok()).unwrap_or(1).max(1);
        if self.option_offset != 0 {
            // Within an argument, `OPTIND` names the next one already.
            index = index.saturating_sub(1).max(1);
        }
        let silent = specification.starts_with(':');
        let mut argument = operands.get(index - 1).map(String::as_str).unwrap_or_default();
        if self.option_offset == 0 || self.option_offset >= argument.len() {
            if self.option_offset != 0 {
                index += 1;
                self.option_offset = 0;
                argument = operands.get(index - 1).map(String::as_str).unwrap_or_default();
            }
            if argument.len() < 2 || !argument.starts_with('-') || argument == "--" {
                index += usize::from(argument == "--");
                self.finish_getopts(variable, "?", None, index, 0);
                self.status = 1;
                return Step::Continue;
            }
            self.option_offset = 1;
        }
        let letter = argument.get(self.option_offset..).and_then(|rest| rest.chars().next()).unwrap_or('?');
        let after = self.option_offset + letter.len_utf8();
        let known = if letter == ':' { None } else { specification.find(letter) };
        let takes_argument = known.is_some_and(|at| specification[at + letter.len_utf8()..].starts_with(':'));
        let next = (index + 1, if after < argument.len() { after } else { 0 });
        self.status = 0;
        let shown = letter.to_string();
        if known.is_none() {
            let value = if silent {
                Some(shown)
            } else {
                let (name, word) =
                    (self.name.clone(), if self.dialect == Dialect::Ash { "illegal" } else { "Illegal" });
                self.mutter(&match self.dialect {
                    Dialect::Ash => format!("{name}: {word} option -{letter}\n"),
                    Dialect::Dash => format!("{word} option -{letter}\n"),
                });
                None
            };
            self.finish_getopts(variable, "?", value.as_deref(), next.0, next.1);
        } else if takes_argument {
            let value =
                if after < argument.len() { Some(argument[after..].to_owned()) } else { operands.get(index).cloned() };
            let used = if after < argument.len() { index + 1 } else { index + 2 };
            match value {
                Some(value) => self.finish_getopts(variable, &shown, Some(&value), used, 0),
                None if silent => self.finish_getopts(variable, ":", Some(&shown), index + 1, 0),
                None => {
                    let name = self.name.clone();
                    self.mutter(&match self.dialect {
                        Dialect::Ash => format!("{name}: no arg for -{letter} option\n"),
                        Dialect::Dash => format!("No arg for -{letter} option\n"),
                    });
                    self.finish_getopts(variable, "?", None, index + 1, 0);
                }
            }
        } else {
            self.finish_getopts(variable, &shown, None, next.0, next.1);
        }
        Step::Continue
    }

    fn finish_getopts(&mut self, variable: &str, letter: &str, argument: Option<&str>, index: usize, offset: usize) {
        let _ = self.variables.set(variable, letter);
        match argument {
            Some(argument) => {
                let _ = self.variables.set("OPTARG", argument);
            }
            None => {
                let _ = self.variables.unset("OPTARG");
            }
        }
        let _ = self.variables.set("OPTIND", &index.to_string());
        self.option_offset = offset;
    }

    pub(super) fn read_builtin(&mut self, arguments: &[String], system: &mut System<'_>) -> Step {
        let mut read = Read::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match argument.as_str() {
                "-r" => read.raw = true,
                "-s" => {}
                "-p" => {
                    let prompt = rest.next().cloned().unwrap_or_default();
                    system.complain(&prompt);
                }
                "-n" => read.most = rest.next().and_then(|text| text.parse().ok()),
                "-t" => {
                    let seconds: f64 = rest.next().and_then(|text| text.parse().ok()).unwrap_or(0.0);
                    read.until = Some(system.now() + Duration::from_millis((seconds.clamp(0.0, 1e9) * 1000.0) as u64));
                }
                "--" => {}
                name => read.names.push(name.to_owned()),
            }
        }
        if let Some(name) = read.names.iter().find(|name| !is_name(name)) {
            return match self.dialect {
                Dialect::Ash => {
                    let message = format!("{}: read: '{name}': bad variable name\n", self.name);
                    self.mutter(&message);
                    self.status = 1;
                    Step::Continue
                }
                Dialect::Dash => {
                    self.command_error(system, "read", &format!("{name}: bad variable name"));
                    self.status = 2;
                    Step::Continue
                }
            };
        }
        if read.names.is_empty() {
            if self.dialect == Dialect::Dash {
                self.command_error(system, "read", "arg count");
                self.status = 2;
                return Step::Continue;
            }
            read.names.push("REPLY".to_owned());
        }
        self.frames.push(Frame::Read(Box::new(read)));
        Step::Continue
    }

    /// Reads byte by byte, because what comes after the line belongs to whoever reads next.
    pub(super) fn step_read(&mut self, mut read: Box<Read>, system: &mut System<'_>) -> Step {
        for _ in 0..1000 {
            if read.most.is_some_and(|most| read.line.len() >= most) || read.line.len() > MAXIMUM_LINE {
                return self.finish_read(&read, 0);
            }
            let byte = match system.read(0, 1) {
                Ok(descriptor::Read::Data(bytes)) => bytes.first().copied(),
                Ok(descriptor::Read::WouldBlock) => {
                    if let Some(signal) = self.caught.first() {
                        self.status = 128 + i32::from(signal.number());
                        return Step::Continue;
                    }
                    let wait = match read.until {
                        Some(until) if until <= system.now() => return self.finish_read(&read, 1),
                        Some(until) => Wait::Any(vec![Wait::Readable(0), Wait::Until(until)]),
                        None => Wait::Readable(0),
                    };
                    self.frames.push(Frame::Read(read));
                    return Step::Wait(wait);
                }
                Ok(descriptor::Read::EndOfFile) => return self.finish_read(&read, 1),
                Err(errno) => {
                    let message = format!("read error: {errno}");
                    self.command_error(system, "read", &message);
                    self.status = 1;
                    return Step::Continue;
                }
            };
            let Some(byte) = byte else { return self.finish_read(&read, 1) };
            if std::mem::take(&mut read.escape) {
                // `\` newline goes on with the next line.
                if byte != b'\n' {
                    read.line.push(byte);
                    read.quoted.push(true);
                }
            } else if byte == b'\\' && !read.raw {
                read.escape = true;
            } else if byte == b'\n' {
                return self.finish_read(&read, 0);
            } else if byte != 0 {
                read.line.push(byte);
                read.quoted.push(false);
            }
        }
        self.frames.push(Frame::Read(read));
        Step::Continue
    }

    /// Splits the line among the variables: the last one gets the rest.
    fn finish_read(&mut self, read: &Read, status: i32) -> Step {
        let separators = self.variables.value("IFS").unwrap_or_else(|| Arc::from(" \t\n"));
        let is_separator = |index: usize| !read.quoted[index] && separators.as_bytes().contains(&read.line[index]);
        let is_blank = |index: usize| is_separator(index) && matches!(read.line[index], b' ' | b'\t' | b'\n');
        let end = read.line.len();
        let mut at = 0;
        let mut values: Vec<(usize, usize)> = Vec::new();
        while at < end && is_blank(at) {
            at += 1;
        }
        for _ in 1..read.names.len() {
            let start = at;
            while at < end && !is_separator(at) {
                at += 1;
            }
            values.push((start, at));
            while at < end && is_blank(at) {
                at += 1;
            }
            if at < end && is_separator(at) {
                at += 1;
                while at < end && is_blank(at) {
                    at += 1;
                }
            }
        }
        let mut last = end;
        while last > at && is_blank(last - 1) {
            last -= 1;
        }
        // One separator at the very end belongs to the last field's end, unless there are more fields in it.
        if last > at && is_separator(last - 1) && !is_blank(last - 1) && !(at..last - 1).any(is_separator) {
            last -= 1;
        }
        values.push((at, last));
        self.status = status;
        for (name, (start, end)) in read.names.iter().zip(values) {
            let value = String::from_utf8_lossy(&read.line[start..end.max(start)]).into_owned();
            if let Err(message) = self.assign_variable(name, &value) {
                self.mutter(&format!("{}: {message}\n", self.name));
                self.status = 2;
            }
        }
        let pieces = std::mem::take(&mut self.output);
        if !pieces.is_empty() {
            self.frames.push(Frame::Write { pieces, index: 0, offset: 0 });
        }
        Step::Continue
    }
}
