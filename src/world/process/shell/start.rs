//! How a shell begins: its environment, its arguments, and where its commands come from. Promises the options of ash and dash.

use super::dialect::Dialect;
use super::frame::{Frame, Input, SourceKind};
use super::interpreter::{Shell, Step, short_reason};
use crate::world::process::program::{Invocation, Progress};
use crate::world::process::signal::{Action, Signal};
use crate::world::process::system::System;
use std::sync::Arc;

impl Shell {
    /// Takes over the environment and the arguments, and puts the first frame on the stack.
    pub(super) fn start(&mut self, invocation: &Invocation, system: &mut System<'_>) -> Step {
        self.process_number = system.pid();
        self.variables.random = u32::from_le_bytes([system.pid() as u8, 7, 3, 1]);
        self.import(&invocation.environment, system);
        match self.read_arguments(invocation.operands(), system) {
            Ok(()) => Step::Continue,
            Err(status) => Step::End(Progress::Exited(status)),
        }
    }

    fn import(&mut self, environment: &[String], system: &System<'_>) {
        let super_user = system.credentials().uid == 0;
        let (path, prompt) = match (self.dialect, super_user) {
            (Dialect::Ash, _) => ("/sbin:/usr/sbin:/bin:/usr/bin", "\\w \\$ "),
            (Dialect::Dash, true) => ("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "# "),
            (Dialect::Dash, false) => ("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "$ "),
        };
        let parent = system.parent_pid().to_string();
        let defaults =
            [("IFS", " \t\n"), ("PATH", path), ("PS1", prompt), ("PS2", "> "), ("PS4", "+ "), ("OPTIND", "1")];
        for (name, value) in defaults.into_iter().chain([("PPID", parent.as_str())]) {
            let _ = self.variables.set(name, value);
        }
        for pair in environment {
            if let Some((name, value)) = pair.split_once('=')
                && super::grammar::is_name(name)
                && self.variables.set(name, value).is_ok()
            {
                self.variables.change(name, |variable| variable.exported = true);
            }
        }
        if self.dialect == Dialect::Ash {
            let level = self.variables.value("SHLVL").and_then(|level| level.parse::<u32>().ok()).unwrap_or(0);
            let _ = self.variables.set("SHLVL", &level.saturating_add(1).to_string());
            self.variables.change("SHLVL", |variable| variable.exported = true);
            if self.variables.value("HOSTNAME").is_none() {
                let _ = self.variables.set("HOSTNAME", &system.host_name());
            }
        }
        let _ = self.variables.set("PWD", &system.working_directory());
        self.variables.change("PWD", |variable| variable.exported = true);
    }

    fn read_arguments(&mut self, operands: &[String], system: &mut System<'_>) -> Result<(), i32> {
        let mut operands = operands.iter().peekable();
        let (mut command, mut login, mut forced) = (false, self.name.starts_with('-'), false);
        while let Some(option) = operands.next_if(|text| text.len() > 1 && text.starts_with(['-', '+'])) {
            if matches!(option.as_str(), "--" | "--login") {
                if option == "--" {
                    break;
                }
                login = true;
                continue;
            }
            let on = option.starts_with('-');
            for letter in option[1..].chars() {
                let known = match letter {
                    'c' => {
                        command = on;
                        self.options.command_string = on;
                        true
                    }
                    'l' => {
                        login = on;
                        true
                    }
                    'i' => {
                        forced = on;
                        true
                    }
                    'o' => operands.next().is_some_and(|name| self.options.set_by_name(name, on)),
                    letter => self.options.set_by_letter(letter, on),
                };
                if !known {
                    self.error(
                        system,
                        &match self.dialect {
                            Dialect::Ash => format!("illegal option {}{letter}", &option[..1]),
                            Dialect::Dash => format!("Illegal option {}{letter}", &option[..1]),
                        },
                    );
                    return Err(2);
                }
            }
        }
        let mut rest = operands.cloned();
        if command {
            let Some(text) = rest.next() else {
                self.error(
                    system,
                    match self.dialect {
                        Dialect::Ash => "-c requires an argument",
                        Dialect::Dash => "-c requires an argument",
                    },
                );
                return Err(2);
            };
            if let Some(name) = rest.next() {
                self.name = Arc::from(name);
                self.source_name = Some(self.name.clone());
            }
            self.push_source(Arc::from(text), self.dialect.first_line_of_argument(), SourceKind::Argument);
        } else if let Some(script) = if self.options.standard_input { None } else { rest.next() } {
            let bytes = system.read_file(&script).map_err(|errno| {
                self.error(
                    system,
                    &match self.dialect {
                        Dialect::Ash => format!("can't open '{script}': {errno}"),
                        Dialect::Dash => format!("cannot open {script}: {}", short_reason(errno, false)),
                    },
                );
                2
            })?;
            self.name = Arc::from(script);
            self.source_name = Some(self.name.clone());
            self.push_source(Arc::from(String::from_utf8_lossy(&bytes)), 1, SourceKind::Script);
        } else {
            self.interactive = forced || (system.is_terminal(0) && system.is_terminal(1));
            self.options.standard_input = true;
            self.frames.push(Frame::Input(Box::new(Input { line: 1, ..Input::default() })));
        }
        self.interactive |= forced;
        self.positional = rest.map(Arc::from).collect();
        if self.interactive {
            // An interactive shell is not ended by these; it catches rather than ignores them, because its children must not ignore them.
            for signal in [Signal::INT, Signal::QUIT, Signal::TERM] {
                system.set_action(signal, Action::Catch);
            }
        }
        if login && let Ok(profile) = system.read_file("/etc/profile") {
            self.push_source(Arc::from(String::from_utf8_lossy(&profile)), 1, SourceKind::Dot);
        }
        Ok(())
    }
}
