//! The running shell: a stack of frames that is worked off step by step. Promises to give the processor back after a bounded number of
//! steps, to wait in any place, and to be a value. What each kind of command does is in `command`, `simple`, `children` and the built-ins.

use super::dialect::Dialect;
use super::expansion::{Expansion, Stop};
use super::frame::{Frame, Source, SourceKind};
use super::source::Aliases;
use super::syntax::{Command, List};
use super::variables::VariableTable;
use crate::world::process::kernel::ExitStatus;
use crate::world::process::program::{Invocation, Program, Progress, Wait};
use crate::world::process::signal::Signal;
use crate::world::process::system::System;
use imbl::{OrdMap, OrdSet};
use std::sync::Arc;

/// Steps that a shell takes before it gives the processor back.
const STEPS: u32 = 1000;

/// How deep functions and other commands may call each other.
const MAXIMUM_FRAMES: usize = 10_000;

/// How deep functions may call each other: dash's own limit.
pub(super) const MAXIMUM_FUNCTIONS: usize = 1000;

/// What `set` switches.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    pub(super) all_export: bool,
    pub(super) error_exit: bool,
    pub(super) no_glob: bool,
    pub(super) no_exec: bool,
    pub(super) no_unset: bool,
    pub(super) no_clobber: bool,
    pub(super) trace: bool,
    pub(super) verbose: bool,
    pub(super) pipe_fail: bool,
    pub(super) monitor: bool,
    pub(super) standard_input: bool,
    /// `sh -c`
    pub(super) command_string: bool,
}

/// A background job.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) number: usize,
    pub(super) children: Vec<u32>,
    /// Its words; a shell without job control does not keep them.
    pub(super) text: String,
    /// How it ended, when it was waited for: `jobs` tells it once, and the next job takes its place.
    pub(super) waited: Option<ExitStatus>,
}

/// How a shell runs a tool that it has in itself: both of its own file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnTool {
    /// In a copy of itself, which keeps its command line.
    Copy,
    /// As a program of its own.
    Program,
}

/// What a step came to.
#[derive(Debug)]
pub(super) enum Step {
    /// On with the next.
    Continue,
    /// Wait; the top frame then looks again.
    Wait(Wait),
    /// Give the processor back with this.
    End(Progress),
}

/// A running shell.
#[derive(Clone, Debug)]
pub struct Shell {
    pub(super) dialect: Dialect,
    /// Which tools this shell has in itself.
    pub(super) own_tools: fn(&str) -> Option<OwnTool>,
    invocation: Option<Arc<Invocation>>,
    /// `$0`
    pub(super) name: Arc<str>,
    /// The script or sourced file that messages name.
    pub(super) source_name: Option<Arc<str>>,
    pub(super) variables: VariableTable,
    pub(super) positional: Arc<[Arc<str>]>,
    pub(super) functions: OrdMap<Arc<str>, Arc<Command>>,
    pub(super) aliases: Arc<Aliases>,
    pub(super) options: Options,
    /// `$?`
    pub(super) status: i32,
    /// The status of the last command substitution of the command under way.
    pub(super) substitution_status: i32,
    /// The output of a substitution on its way to the frame that asked for it.
    pub(super) returned: Option<Arc<str>>,
    /// `$$`, which subshells keep.
    pub(super) process_number: u32,
    /// `$!`
    pub(super) last_background: Option<u32>,
    pub(super) jobs: Vec<Job>,
    /// Children that were started and not asked for yet, and how those ended that did.
    pub(super) children: OrdSet<u32>,
    pub(super) ended: OrdMap<u32, ExitStatus>,
    /// What to do on a signal; 0 is `EXIT`. Empty text means to ignore it.
    pub(super) traps: OrdMap<u8, Arc<str>>,
    /// Signals that came and whose traps have not been run.
    pub(super) caught: Vec<Signal>,
    pub(super) frames: Vec<Frame>,
    pub(super) interactive: bool,
    pub(super) is_subshell: bool,
    /// `set -e` does not end this subshell, because it is part of a condition.
    pub(super) is_tested: bool,
    pub(super) line: u32,
    /// Where `getopts` is within an argument.
    pub(super) option_offset: usize,
    /// Descriptors that keep what redirections replaced.
    pub(super) kept: OrdSet<u32>,
    /// What the built-in under way has written.
    pub(super) output: Vec<(u32, Vec<u8>)>,
    pub(super) exiting: bool,
}

impl Shell {
    /// A shell about to read its arguments.
    pub fn new(dialect: Dialect, invocation: &Invocation) -> Shell {
        let name = invocation.arguments.first().map_or("sh", String::as_str);
        Shell {
            dialect,
            own_tools: |_| None,
            invocation: Some(Arc::new(invocation.clone())),
            name: Arc::from(name),
            source_name: None,
            variables: VariableTable::default(),
            positional: Arc::from([]),
            functions: OrdMap::new(),
            aliases: Arc::default(),
            options: Options::default(),
            status: 0,
            substitution_status: 0,
            returned: None,
            process_number: 0,
            last_background: None,
            jobs: Vec::new(),
            children: OrdSet::new(),
            ended: OrdMap::new(),
            traps: OrdMap::new(),
            caught: Vec::new(),
            frames: Vec::new(),
            interactive: false,
            is_subshell: false,
            is_tested: false,
            line: 0,
            option_offset: 0,
            kept: OrdSet::new(),
            output: Vec::new(),
            exiting: false,
        }
    }

    /// The same with tools that it runs without looking for a file, as BusyBox built with a standalone shell.
    pub fn with_tools(mut self, own_tools: fn(&str) -> Option<OwnTool>) -> Shell {
        self.own_tools = own_tools;
        self
    }

    pub(super) fn push_source(&mut self, text: Arc<str>, line: u32, kind: SourceKind) {
        let name_before = self.source_name.clone();
        self.frames.push(Frame::Source(Source { text, position: 0, line, kind, name_before }));
    }

    /// Takes the top frame off and lets it do its next thing.
    fn step(&mut self, system: &mut System<'_>) -> Step {
        if !self.caught.is_empty() && self.is_between_commands() {
            self.run_trap(system);
        }
        if self.frames.len() > MAXIMUM_FRAMES {
            return self.fatal(system, "too many nested commands", 2);
        }
        let Some(frame) = self.frames.pop() else { return self.exit(self.status, system) };
        match frame {
            Frame::Source(source) => self.step_source(source, system),
            Frame::Input(input) => self.step_input(input, system),
            Frame::List { list, next } => self.step_list(list, next, system),
            Frame::AndOr { chain, next } => self.step_chain(chain, next, system),
            Frame::Negate => {
                self.status = i32::from(self.status == 0);
                Step::Continue
            }
            Frame::Simple(simple) => self.step_simple(simple, system),
            Frame::Redirected(redirected) => self.step_redirected(redirected, system),
            Frame::If { command, branch } => self.step_if(&command, branch),
            Frame::Loop { command, in_condition, status } => self.step_loop(command, in_condition, status),
            Frame::ForWords(words) => self.step_for_words(words, system),
            Frame::For { command, values, next } => self.step_for(command, values, next, system),
            Frame::Case(case) => self.step_case(case, system),
            Frame::Substitution { reader, child, output } => self.step_substitution(reader, child, output, system),
            Frame::Children { children } => self.step_children(children, system),
            Frame::Wait { children, all } => self.step_wait(children, all, system),
            Frame::Read(read) => self.step_read(read, system),
            Frame::Write { pieces, index, offset } => self.step_write(pieces, index, offset, system),
            Frame::Setup { moves, closes, null_input } => self.step_setup(&moves, &closes, null_input, system),
            Frame::Exit { status } => Step::End(Progress::Exited(status)),
            frame @ (Frame::Function { .. } | Frame::Trap { .. }) => {
                self.leave(frame, system);
                Step::Continue
            }
        }
    }

    /// Whether a trap may run now: not in the middle of a command.
    fn is_between_commands(&self) -> bool {
        matches!(
            self.frames.last(),
            None | Some(
                Frame::List { .. }
                    | Frame::AndOr { .. }
                    | Frame::Loop { .. }
                    | Frame::For { .. }
                    | Frame::If { .. }
                    | Frame::Source(_)
                    | Frame::Input(_)
                    | Frame::Function { .. }
                    | Frame::Trap { .. }
            )
        )
    }

    fn run_trap(&mut self, system: &mut System<'_>) {
        let signal = self.caught.remove(0);
        if let Some(action) = self.traps.get(&signal.number()).cloned() {
            self.frames.push(Frame::Trap { status: self.status });
            self.push_source(action, self.line, SourceKind::Dot);
        } else if signal == Signal::INT && self.interactive {
            self.abandon(system);
            self.status = 130;
            system.complain("\n");
        }
    }

    /// Undoes what a frame did that goes away before its time, or at its end.
    pub(super) fn leave(&mut self, frame: Frame, system: &mut System<'_>) {
        match frame {
            Frame::Simple(simple) => {
                self.restore_descriptors(simple.saved, system);
                self.restore_variables(simple.hidden);
            }
            Frame::Redirected(redirected) => self.restore_descriptors(redirected.saved, system),
            Frame::Function { positional, locals } => {
                self.positional = positional;
                self.restore_variables(locals);
            }
            Frame::Source(source) => self.source_name = source.name_before,
            Frame::Substitution { reader: Some(reader), .. } => system.close(reader),
            Frame::Trap { status } => self.status = status,
            _ => {}
        }
    }

    pub(super) fn restore_variables(&mut self, hidden: Vec<(Arc<str>, Option<super::variables::Variable>)>) {
        for (name, before) in hidden.into_iter().rev() {
            self.variables.restore(&name, before);
        }
    }

    /// Goes back to the prompt of an interactive shell.
    pub(super) fn abandon(&mut self, system: &mut System<'_>) {
        while let Some(frame) = self.frames.pop() {
            if let Frame::Input(mut input) = frame {
                input.text.clear();
                input.bytes.clear();
                input.prompted = false;
                self.frames.push(Frame::Input(input));
                return;
            }
            self.leave(frame, system);
        }
    }

    /// Ends the shell, after the trap on `EXIT`.
    pub(super) fn exit(&mut self, status: i32, system: &mut System<'_>) -> Step {
        let status = status & 0xff;
        if self.exiting {
            return Step::End(Progress::Exited(status));
        }
        self.exiting = true;
        while let Some(frame) = self.frames.pop() {
            self.leave(frame, system);
        }
        let Some(action) = self.traps.get(&0).cloned() else { return Step::End(Progress::Exited(status)) };
        self.status = status;
        self.frames.push(Frame::Exit { status });
        self.push_source(action, self.line, SourceKind::Dot);
        Step::Continue
    }

    /// An error that ends a shell, unless somebody sits in front of it.
    pub(super) fn fatal(&mut self, system: &mut System<'_>, text: &str, status: i32) -> Step {
        self.error(system, text);
        self.fail(status, system)
    }

    /// Ends the shell with a status, unless somebody sits in front of it.
    pub(super) fn fail(&mut self, status: i32, system: &mut System<'_>) -> Step {
        self.returned = None;
        if self.interactive && self.frames.iter().any(|frame| matches!(frame, Frame::Input(_))) {
            self.abandon(system);
            self.status = status;
            return Step::Continue;
        }
        let guard = self.frames.iter().rposition(|frame| matches!(frame, Frame::Simple(simple) if simple.guarded));
        if let Some(guard) = guard {
            while self.frames.len() > guard + 1 {
                if let Some(frame) = self.frames.pop() {
                    self.leave(frame, system);
                }
            }
            self.status = status;
            return Step::Continue;
        }
        self.exit(status, system)
    }

    /// Writes a message to standard error.
    pub(super) fn error(&self, system: &mut System<'_>, text: &str) {
        let name = self.source_name.as_deref();
        let prefix = self.dialect.prefix(&self.name, name, self.line, self.interactive);
        system.complain(&format!("{prefix}{text}\n"));
    }

    /// Writes a message of a built-in.
    pub(super) fn command_error(&self, system: &mut System<'_>, command: &str, text: &str) {
        let prefix = self.dialect.prefix(&self.name, Some(command), self.line, self.interactive);
        system.complain(&format!("{prefix}{text}\n"));
    }

    /// Sets a variable as an assignment does.
    pub(super) fn assign_variable(&mut self, name: &str, value: &str) -> Result<(), String> {
        self.variables.set(name, value).map_err(|error| format!("{name}: {error}"))?;
        if self.options.all_export {
            self.variables.change(name, |variable| variable.exported = true);
        }
        if name == "OPTIND" {
            self.option_offset = 0;
        }
        Ok(())
    }

    /// What to do when an expansion stopped: `frame` goes on when the output is there.
    pub(super) fn stopped(&mut self, stop: Stop, frame: Frame, system: &mut System<'_>) -> Step {
        self.frames.push(frame);
        match stop {
            Stop::Substitution(list) => self.substitute(&list, system),
            Stop::Error(message) => self.fatal(system, &message, 2),
        }
    }

    /// Hands the output of a substitution that just ended to the expansion that asked for it.
    pub(super) fn receive(&mut self, expansion: &mut Expansion) {
        if let Some(output) = self.returned.take() {
            expansion.add_result(output);
        }
    }

    /// Whether a failure here does not count for `set -e`.
    pub(super) fn in_condition(&self) -> bool {
        self.is_tested
            || self.frames.iter().any(|frame| {
                matches!(frame, Frame::If { .. } | Frame::AndOr { .. } | Frame::Negate)
                    || matches!(frame, Frame::Loop { in_condition: true, .. })
            })
    }

    /// Ends the shell if `set -e` says so.
    pub(super) fn check_status(&mut self, system: &mut System<'_>) -> Step {
        if self.options.error_exit && self.status != 0 && !self.in_condition() {
            return self.exit(self.status, system);
        }
        Step::Continue
    }

    /// A copy that goes on with `frames` in a process of its own.
    pub(super) fn subshell(&self, frames: Vec<Frame>) -> Shell {
        let mut shell = self.clone();
        shell.frames = frames;
        shell.is_subshell = true;
        shell.is_tested = self.in_condition();
        shell.interactive = false;
        shell.jobs.clear();
        shell.children.clear();
        shell.ended.clear();
        shell.caught.clear();
        shell.returned = None;
        // What was caught is not caught in a child; what was ignored still is.
        shell.traps = shell.traps.into_iter().filter(|(_, action)| action.is_empty()).collect();
        shell
    }

    pub(super) fn push_list(&mut self, list: &Arc<List>) {
        self.frames.push(Frame::List { list: list.clone(), next: 0 });
    }
}

/// The reason as redirections give it: ash and dash have words of their own for a missing file.
pub(super) fn short_reason(errno: crate::world::filesystem::errno::Errno, create: bool) -> String {
    match (errno, create) {
        (crate::world::filesystem::errno::Errno::ENOENT, true) => "Directory nonexistent".to_owned(),
        (crate::world::filesystem::errno::Errno::ENOENT, false) => "No such file".to_owned(),
        _ => errno.to_string(),
    }
}

impl Program for Shell {
    fn resume(&mut self, system: &mut System<'_>) -> Progress {
        if let Some(invocation) = self.invocation.take()
            && let Step::End(progress) = self.start(&invocation, system)
        {
            return progress;
        }
        for _ in 0..STEPS {
            if self.interactive || !self.traps.is_empty() {
                while let Some(signal) = system.take_signal() {
                    if !self.caught.contains(&signal) {
                        self.caught.push(signal);
                    }
                }
            }
            match self.step(system) {
                Step::Continue => {}
                Step::Wait(wait) => return Progress::Waiting(wait),
                Step::End(progress) => return progress,
            }
        }
        Progress::Ready
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
