//! Built-ins that take input apart: `getopts` for arguments and `read` for lines. Promises the messages and exit codes of ash and dash, and
//! that `read` takes not one byte more than its line.

use super::dialect::Dialect;
use super::frame::{Frame, Read};
use super::grammar::is_name;
use super::interpreter::{Shell, Step};
use crate::world::process::descriptor;
use crate::world::process::program::Wait;
use crate::world::process::system::System;
use std::sync::Arc;
use std::time::Duration;

/// The longest line that `read` takes, in bytes.
const MAXIMUM_LINE: usize = 1 << 20;

impl Shell {
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
