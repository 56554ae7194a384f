//! Simple commands: expansion, redirections, assignments, then a function, a built-in or a program. Promises the order of ash and dash,
//! and that nothing of a command's redirections and assignments outlives it, unless POSIX says so.

use super::expansion::{Expansion, Stop};
use super::frame::{Frame, Redirected, Simple, Stage};
use super::grammar::as_assignment;
use super::interpreter::{MAXIMUM_FUNCTIONS, OwnTool, Shell, Step};
use super::redirection::Failure;
use super::syntax::{CommandKind, Part, Word};
use super::{Dialect, builtin};
use crate::world::filesystem::errno::Errno;
use crate::world::process::program::{Invocation, Progress};
use crate::world::process::signal::Signal;
use crate::world::process::system::{Spawn, System};
use std::sync::Arc;

impl Shell {
    pub(super) fn step_simple(&mut self, mut simple: Box<Simple>, system: &mut System<'_>) -> Step {
        self.line = simple.command.line;
        if self.returned.is_some() {
            simple.substituted = true;
        }
        self.receive(&mut simple.expansion);
        let command = simple.command.clone();
        let CommandKind::Simple { assignments, words } = &command.kind else { return Step::Continue };
        while simple.stage == Stage::Words {
            let Some(word) = words.get(simple.index) else {
                simple.stage = Stage::Redirections;
                simple.index = 0;
                break;
            };
            let declares = simple.fields.first().is_some_and(|name| builtin::declares(name));
            let expanded = match as_assignment(word).filter(|_| declares) {
                Some(assignment) => self
                    .expand_string(&assignment.value, true, &mut simple.expansion, system)
                    .map(|value| vec![format!("{}={value}", assignment.name)]),
                None => self.expand_fields(word, &mut simple.expansion, system),
            };
            match expanded {
                Ok(fields) => {
                    simple.fields.extend(fields);
                    simple.index += 1;
                    simple.expansion = Expansion::default();
                }
                Err(stop) => return self.stopped(stop, Frame::Simple(simple), system),
            }
        }
        if simple.stage == Stage::Redirections {
            while let Some(redirection) = command.redirections.get(simple.index) {
                let Simple { expansion, saved, .. } = &mut *simple;
                match self.redirect(redirection, Some(saved), expansion, system) {
                    Ok(()) => {
                        simple.index += 1;
                        simple.expansion = Expansion::default();
                    }
                    Err(Failure::Stop(stop)) => return self.stopped(stop, Frame::Simple(simple), system),
                    Err(Failure::Error(message)) => {
                        self.error(system, &message);
                        self.status = if self.dialect == Dialect::Ash { 1 } else { 2 };
                        let special = simple.fields.first().is_some_and(|name| builtin::is_special(name));
                        self.leave(Frame::Simple(simple), system);
                        if special {
                            return self.fail(self.status, system);
                        }
                        return self.check_status(system);
                    }
                }
            }
            simple.stage = Stage::Assignments;
            simple.index = 0;
        }
        if simple.stage == Stage::Assignments {
            let first = simple.fields.first().map(String::as_str);
            let keeps = first.is_none_or(|name| builtin::is_special(name) && !self.functions.contains_key(name));
            while let Some(assignment) = assignments.get(simple.index) {
                match self.expand_string(&assignment.value, true, &mut simple.expansion, system) {
                    Ok(value) => {
                        if !keeps {
                            let before = self.variables.variable(&assignment.name).cloned();
                            simple.hidden.push((assignment.name.clone(), before));
                        }
                        if let Err(message) = self.assign_variable(&assignment.name, &value) {
                            self.leave(Frame::Simple(simple), system);
                            return self.fatal(system, &message, 2);
                        }
                        if !keeps {
                            self.variables.change(&assignment.name, |variable| variable.exported = true);
                        }
                        simple.assigned.push((assignment.name.clone(), value));
                        simple.index += 1;
                        simple.expansion = Expansion::default();
                    }
                    Err(stop) => return self.stopped(stop, Frame::Simple(simple), system),
                }
            }
            simple.stage = Stage::Run;
        }
        if simple.stage == Stage::Run {
            simple.stage = Stage::Finish;
            if self.options.trace && (!simple.fields.is_empty() || !simple.assigned.is_empty()) {
                self.trace(&simple, system);
            }
            if simple.fields.is_empty() {
                self.status = if simple.substituted { self.substitution_status } else { 0 };
            } else {
                return self.run(simple, system);
            }
        }
        self.leave(Frame::Simple(simple), system);
        self.check_status(system)
    }

    fn trace(&self, simple: &Simple, system: &mut System<'_>) {
        let shown = |text: &str| if self.dialect == Dialect::Ash { quote_if_needed(text) } else { text.to_owned() };
        let assigned = simple.assigned.iter().map(|(name, value)| format!("{name}={}", shown(value)));
        let words: Vec<String> = assigned.chain(simple.fields.iter().map(|field| shown(field))).collect();
        let prefix = self.variables.value("PS4").unwrap_or_else(|| Arc::from("+ "));
        system.complain(&format!("{prefix}{}\n", words.join(" ")));
    }

    /// Runs the command whose fields are ready: a special built-in, a function, a built-in or a program.
    fn run(&mut self, mut simple: Box<Simple>, system: &mut System<'_>) -> Step {
        let mut fields = std::mem::take(&mut simple.fields);
        let mut without_functions = false;
        // `command name` runs a built-in or program even where a function has that name.
        while fields.len() > 1 && fields[0] == "command" && !fields[1].starts_with('-') {
            fields.remove(0);
            without_functions = true;
        }
        if fields.len() > 2 && fields[0] == "command" && (fields[1] == "-p" || fields[1] == "--") {
            fields.drain(..2);
            without_functions = true;
        }
        simple.guarded = without_functions;
        let name = fields[0].clone();
        let function = self.functions.get(name.as_str()).filter(|_| !without_functions).cloned();
        if let Some(body) = function.filter(|_| !builtin::is_special(&name)) {
            let depth = self.frames.iter().filter(|frame| matches!(frame, Frame::Function { .. })).count();
            if depth >= MAXIMUM_FUNCTIONS && self.dialect == Dialect::Ash {
                // ash has no limit of its own: its stack overflows.
                let _ = system.kill(i64::from(system.pid()), Some(Signal::SEGV));
                return Step::End(Progress::Exited(128 + i32::from(Signal::SEGV.number())));
            }
            if depth >= MAXIMUM_FUNCTIONS {
                self.frames.push(Frame::Simple(simple));
                let message = format!("Maximum function recursion depth ({MAXIMUM_FUNCTIONS}) reached");
                return self.fatal(system, &message, 2);
            }
            self.frames.push(Frame::Simple(simple));
            let arguments = fields.drain(1..).map(Arc::from).collect();
            let positional = std::mem::replace(&mut self.positional, arguments);
            self.frames.push(Frame::Function { positional, locals: Vec::new() });
            return self.begin(&body, system);
        }
        if name == "exec" {
            // What `exec` redirects stays so.
            self.forget_descriptors(std::mem::take(&mut simple.saved), system);
        }
        if builtin::is_builtin(&name, self.dialect) {
            self.frames.push(Frame::Simple(simple));
            let height = self.frames.len();
            let step = self.run_builtin(&name, &fields[1..], system);
            let pieces = std::mem::take(&mut self.output);
            if !pieces.is_empty() && matches!(step, Step::Continue) && self.frames.len() >= height {
                self.frames.push(Frame::Write { pieces, index: 0, offset: 0 });
            } else {
                // The shell goes away or waits: what was said is said at once.
                for (descriptor, bytes) in pieces {
                    let _ = system.write(descriptor, &bytes);
                }
            }
            return step;
        }
        self.run_program(simple, &fields, system)
    }

    /// Finds the file of a program as `PATH` says.
    pub(super) fn find_program(&self, name: &str, system: &System<'_>) -> Result<String, Errno> {
        if name.contains('/') {
            return Ok(name.to_owned());
        }
        let path = self.variables.value("PATH").unwrap_or_else(|| Arc::from(""));
        let mut error = Errno::ENOENT;
        for directory in path.split(':') {
            let file = if directory.is_empty() {
                name.to_owned()
            } else {
                [directory.trim_end_matches('/'), "/", name].concat()
            };
            let Ok(status) = system.status(&file, true) else { continue };
            if status.entry.node.is_directory() {
                error = Errno::EISDIR;
                continue;
            }
            if status.entry.metadata.mode & 0o111 != 0 && system.may(&file, 1) {
                return Ok(file);
            }
            error = Errno::EACCES;
        }
        Err(error)
    }

    fn run_program(&mut self, simple: Box<Simple>, fields: &[String], system: &mut System<'_>) -> Step {
        let environment = self.variables.environment();
        let own = (self.own_tools)(&fields[0]);
        let found = match own.and(system.me()) {
            Some(me) => Ok(me.executable.to_string()),
            None => self.find_program(&fields[0], system),
        };
        // The last command of a shell takes its place, as in ash and dash, so that `sh -c "sleep 9"` is a sleep.
        if self.frames.is_empty()
            && self.traps.is_empty()
            && !self.interactive
            && let Ok(path) = &found
        {
            let command_line = system.arguments();
            match system.exec(path, fields, &environment) {
                Ok(progress) => {
                    if own.is_some() {
                        system.set_name(&fields[0]);
                    }
                    if own == Some(OwnTool::Copy) {
                        system.set_arguments(command_line);
                    }
                    self.forget_descriptors(simple.saved, system);
                    return Step::End(progress);
                }
                Err(Errno::ENOEXEC) => {}
                Err(errno) => {
                    self.leave(Frame::Simple(simple), system);
                    let status = self.report_program(&fields[0], errno, system);
                    return self.exit(status, system);
                }
            }
        }
        let started = found.and_then(|path| {
            let descriptors = (0..10).filter(|number| system.is_open(*number)).map(|number| (number, number)).collect();
            let spawn = Spawn {
                path: path.clone(),
                arguments: fields.to_vec(),
                environment: environment.clone(),
                descriptors: Some(descriptors),
                name: own.map(|_| fields[0].clone()),
                keeps_command_line: own == Some(OwnTool::Copy),
                ..Spawn::default()
            };
            match system.spawn(spawn) {
                Err(Errno::ENOEXEC) => self.run_script(&path, fields, environment, system),
                other => other,
            }
        });
        self.frames.push(Frame::Simple(simple));
        match started {
            Ok(child) => {
                self.children.insert(child);
                self.frames.push(Frame::Children { children: vec![child] });
                Step::Continue
            }
            Err(Errno::EAGAIN) => self.cannot_fork(system),
            Err(errno) => {
                self.status = self.report_program(&fields[0], errno, system);
                Step::Continue
            }
        }
    }

    /// A file that is executable but no program is a script of this shell, unless it is no text.
    fn run_script(
        &self,
        path: &str,
        fields: &[String],
        environment: Vec<String>,
        system: &mut System<'_>,
    ) -> Result<u32, Errno> {
        let content = system.read_file(path)?;
        if content.iter().take(256).any(|byte| *byte == 0) {
            return Err(Errno::ENOEXEC);
        }
        let mut arguments = vec![self.name.to_string(), path.to_owned()];
        arguments.extend(fields.iter().skip(1).cloned());
        let invocation = Invocation { arguments, environment, path: path.to_owned() };
        let mut shell = Shell::new(self.dialect, &invocation);
        shell.frames.extend(self.setup(Vec::new(), Vec::new(), false));
        system.fork(Box::new(shell), false)
    }

    /// Says why a program was not run; the status that follows from it.
    pub(super) fn report_program(&self, name: &str, errno: Errno, system: &mut System<'_>) -> i32 {
        match errno {
            Errno::ENOENT | Errno::ENOTDIR => {
                self.error(system, &format!("{name}: not found"));
                127
            }
            // Only directories of that name are in PATH: nothing was tried.
            Errno::EISDIR => {
                self.error(system, &format!("{name}: {}", Errno::EACCES));
                127
            }
            errno => {
                self.error(system, &format!("{name}: {errno}"));
                126
            }
        }
    }

    pub(super) fn cannot_fork(&mut self, system: &mut System<'_>) -> Step {
        let message = match self.dialect {
            Dialect::Ash => "can't fork: Resource temporarily unavailable",
            Dialect::Dash => "Cannot fork",
        };
        self.fatal(system, message, 2)
    }

    pub(super) fn step_redirected(&mut self, mut redirected: Box<Redirected>, system: &mut System<'_>) -> Step {
        if redirected.entered {
            self.leave(Frame::Redirected(redirected), system);
            return self.check_status(system);
        }
        self.receive(&mut redirected.expansion);
        let command = redirected.command.clone();
        self.line = command.line;
        while let Some(redirection) = command.redirections.get(redirected.index) {
            let Redirected { expansion, saved, .. } = &mut *redirected;
            match self.redirect(redirection, Some(saved), expansion, system) {
                Ok(()) => {
                    redirected.index += 1;
                    redirected.expansion = Expansion::default();
                }
                Err(Failure::Stop(stop)) => return self.stopped(stop, Frame::Redirected(redirected), system),
                Err(Failure::Error(message)) => {
                    self.error(system, &message);
                    self.status = if self.dialect == Dialect::Ash { 1 } else { 2 };
                    self.leave(Frame::Redirected(redirected), system);
                    return self.check_status(system);
                }
            }
        }
        redirected.entered = true;
        self.frames.push(Frame::Redirected(redirected));
        self.begin_compound(&command, system)
    }

    /// `exec program …`
    pub(super) fn exec_builtin(&mut self, fields: &[String], system: &mut System<'_>) -> Step {
        if fields.is_empty() {
            self.status = 0;
            return Step::Continue;
        }
        let environment = self.variables.environment();
        let executed = self.find_program(&fields[0], system).and_then(|path| system.exec(&path, fields, &environment));
        match executed {
            Ok(progress @ Progress::Exec(_)) => {
                for descriptor in std::mem::take(&mut self.kept) {
                    system.close(descriptor);
                }
                Step::End(progress)
            }
            Ok(other) => Step::End(other),
            Err(errno) => {
                let (reason, status) = match errno {
                    Errno::ENOENT | Errno::ENOTDIR => ("not found".to_owned(), 127),
                    errno => (errno.to_string(), 126),
                };
                self.command_error(system, "exec", &format!("{}: {reason}", fields[0]));
                self.fail(status, system)
            }
        }
    }

    /// What an expansion of a redirection's word came to.
    pub(super) fn expand_target(
        &mut self,
        word: &Word,
        expansion: &mut Expansion,
        system: &mut System<'_>,
    ) -> Result<String, Stop> {
        // The text of a here document is one quoted part, or parts that behave as if within double quotes.
        let quoted = Word { parts: Arc::from([Part::Double(word.parts.clone())]) };
        self.expand_string(&quoted, false, expansion, system)
    }
}

/// A word as `set -x` and `set` show it: in quotes if it needs any.
fn quote_if_needed(text: &str) -> String {
    let plain = |byte: u8| matches!(byte, b'+'..=b':' | b'@'..=b'Z' | b']'..=b'_' | b'a'..=b'z');
    if text.bytes().all(plain) { text.to_owned() } else { quote(text) }
}

/// A word in single quotes.
pub(super) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
