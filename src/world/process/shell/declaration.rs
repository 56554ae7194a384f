//! Built-ins about variables, options and arguments: `export`, `readonly`, `local`, `unset`, `set`, `shift`. Promises the
//! messages and exit codes of ash and dash.

use super::dialect::Dialect;
use super::frame::Frame;
use super::grammar::is_name;
use super::interpreter::{Options, Shell, Step};
use super::simple::quote;
use crate::world::process::system::System;
use std::sync::Arc;

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
                    let known = name != "pipefail" || self.dialect == Dialect::Ash;
                    if !known || !self.options.set_by_name(name, on) {
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
}
