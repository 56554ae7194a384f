//! Children: subshells, pipelines, background jobs, command substitution, and waiting for them. Promises that every child that ended is
//! reaped when the shell next waits, as ash and dash do, also those that a shell inherited as the first process of a container.

use super::frame::Frame;
use super::interpreter::{Job, Shell, Step};
use super::syntax::{AndOr, Command, CommandKind, List};
use crate::world::filesystem::errno::Errno;
use crate::world::process::descriptor::Read;
use crate::world::process::kernel::ExitStatus;
use crate::world::process::program::Wait;
use crate::world::process::signal::{Action, Signal};
use crate::world::process::system::{System, WaitChild};
use std::sync::Arc;

/// The most output of a command substitution that is kept, in bytes; the rest is read and dropped.
const MAXIMUM_OUTPUT: usize = 4 << 20;

/// The most background jobs that are remembered.
const MAXIMUM_JOBS: usize = 1000;

impl Shell {
    /// Starts a copy of this shell that goes on with `frames`, the first of them last.
    fn fork(&mut self, frames: Vec<Frame>, system: &mut System<'_>) -> Result<u32, Errno> {
        let child = system.fork(Box::new(self.subshell(frames)), false)?;
        self.children.insert(child);
        Ok(child)
    }

    pub(super) fn start_subshell(&mut self, list: &Arc<List>, system: &mut System<'_>) -> Step {
        if self.frames.is_empty() && self.traps.is_empty() {
            // Nothing comes after it: this process can be the subshell.
            self.push_list(list);
            return Step::Continue;
        }
        let mut frames = vec![Frame::List { list: list.clone(), next: 0 }];
        frames.extend(self.setup(Vec::new(), Vec::new(), false));
        match self.fork(frames, system) {
            Ok(child) => {
                self.frames.push(Frame::Children { children: vec![child] });
                Step::Continue
            }
            Err(_) => self.cannot_fork(system),
        }
    }

    pub(super) fn start_pipeline(&mut self, commands: &[Arc<Command>], system: &mut System<'_>) -> Step {
        let mut children = Vec::new();
        let mut input: Option<u32> = None;
        for (index, command) in commands.iter().enumerate() {
            let pipe = if index + 1 < commands.len() {
                match system.pipe() {
                    Ok(pipe) => Some(pipe),
                    Err(errno) => return self.fatal(system, &format!("can't create pipe: {errno}"), 2),
                }
            } else {
                None
            };
            let mut moves: Vec<(u32, u32)> = input.map(|input| (input, 0)).into_iter().collect();
            moves.extend(pipe.map(|(_, writer)| (writer, 1)));
            let closes = pipe.map(|(reader, _)| reader).into_iter().collect();
            let mut frames = vec![as_frame(command)];
            frames.extend(self.setup(moves, closes, false));
            let child = self.fork(frames, system);
            if let Some(input) = input {
                system.close(input);
            }
            if let Some((_, writer)) = pipe {
                system.close(writer);
            }
            input = pipe.map(|(reader, _)| reader);
            match child {
                Ok(child) => children.push(child),
                Err(_) => {
                    if let Some(input) = input {
                        system.close(input);
                    }
                    return self.cannot_fork(system);
                }
            }
        }
        self.frames.push(Frame::Children { children });
        Step::Continue
    }

    pub(super) fn start_background(&mut self, chain: Arc<AndOr>, system: &mut System<'_>) -> Step {
        let text = if self.interactive { describe(&chain) } else { String::new() };
        let mut frames = vec![Frame::AndOr { chain, next: 0 }];
        frames.extend(self.setup(Vec::new(), Vec::new(), !self.interactive));
        // Without job control the child ignores the keys of the terminal from its first moment on.
        let keys = if self.interactive { Vec::new() } else { vec![Signal::INT, Signal::QUIT] };
        let before: Vec<(Signal, Action)> = keys.into_iter().map(|key| (key, system.action(key))).collect();
        for (key, _) in &before {
            system.set_action(*key, Action::Ignore);
        }
        let child = self.fork(frames, system);
        for (key, action) in before {
            system.set_action(key, action);
        }
        match child {
            Ok(child) => {
                self.last_background = Some(child);
                self.jobs.retain(|job| job.waited.is_none());
                let number = self.jobs.iter().map(|job| job.number).max().unwrap_or(0) + 1;
                self.jobs.push(Job { number, children: vec![child], text, waited: None });
                if self.jobs.len() > MAXIMUM_JOBS {
                    let forgotten = self.jobs.remove(0);
                    for child in forgotten.children {
                        self.children.remove(&child);
                        self.ended.remove(&child);
                    }
                }
                self.status = 0;
                Step::Continue
            }
            Err(_) => self.cannot_fork(system),
        }
    }

    /// Begins a command substitution; its output comes back through `returned`.
    pub(super) fn substitute(&mut self, list: &Arc<List>, system: &mut System<'_>) -> Step {
        if list.items.is_empty() {
            self.returned = Some(Arc::from(""));
            self.substitution_status = 0;
            return Step::Continue;
        }
        let (reader, writer) = match system.pipe() {
            Ok(pipe) => pipe,
            Err(errno) => return self.fatal(system, &format!("can't create pipe: {errno}"), 2),
        };
        let mut frames = vec![Frame::List { list: list.clone(), next: 0 }];
        frames.extend(self.setup(vec![(writer, 1)], vec![reader], false));
        let child = self.fork(frames, system);
        system.close(writer);
        match child {
            Ok(child) => {
                self.frames.push(Frame::Substitution { reader: Some(reader), child, output: Vec::new() });
                Step::Continue
            }
            Err(_) => {
                system.close(reader);
                self.cannot_fork(system)
            }
        }
    }

    pub(super) fn step_substitution(
        &mut self,
        reader: Option<u32>,
        child: u32,
        mut output: Vec<u8>,
        system: &mut System<'_>,
    ) -> Step {
        if let Some(descriptor) = reader {
            match system.read(descriptor, 1 << 16) {
                Ok(Read::Data(bytes)) => {
                    let room = MAXIMUM_OUTPUT.saturating_sub(output.len());
                    output.extend(bytes.into_iter().take(room));
                    self.frames.push(Frame::Substitution { reader, child, output });
                }
                Ok(Read::WouldBlock) => {
                    self.frames.push(Frame::Substitution { reader, child, output });
                    return Step::Wait(Wait::Readable(descriptor));
                }
                Ok(Read::EndOfFile) | Err(_) => {
                    system.close(descriptor);
                    self.frames.push(Frame::Substitution { reader: None, child, output });
                }
            }
            return Step::Continue;
        }
        match self.collect(&[child], system) {
            Some(statuses) => {
                self.substitution_status = statuses.first().map_or(0, |status| status.code());
                output.retain(|byte| *byte != 0);
                let length = output.iter().rposition(|byte| *byte != b'\n').map_or(0, |last| last + 1);
                self.returned = Some(Arc::from(String::from_utf8_lossy(&output[..length])));
                Step::Continue
            }
            None => {
                self.frames.push(Frame::Substitution { reader, child, output });
                Step::Wait(Wait::Child)
            }
        }
    }

    /// Reaps every child that ended. Whether there are others.
    fn reap(&mut self, system: &mut System<'_>) -> bool {
        loop {
            match system.wait_child(None) {
                WaitChild::Ended(child, status) => {
                    // Orphans that came to this shell as the first process are nobody's any more.
                    if self.children.remove(&child).is_some() {
                        self.ended.insert(child, status);
                    }
                }
                WaitChild::Running => return true,
                WaitChild::None => return false,
            }
        }
    }

    /// How these children ended, if all have.
    fn collect(&mut self, children: &[u32], system: &mut System<'_>) -> Option<Vec<ExitStatus>> {
        let others = self.reap(system);
        let ended = |child: &u32| self.ended.get(child).copied();
        if others && !children.iter().all(|child| ended(child).is_some() || !self.children.contains(child)) {
            return None;
        }
        let statuses = children.iter().map(|child| ended(child).unwrap_or(ExitStatus::Code(127))).collect();
        for child in children {
            self.ended.remove(child);
            self.children.remove(child);
        }
        Some(statuses)
    }

    pub(super) fn step_children(&mut self, children: Vec<u32>, system: &mut System<'_>) -> Step {
        let Some(statuses) = self.collect(&children, system) else {
            self.frames.push(Frame::Children { children });
            return Step::Wait(Wait::Child);
        };
        tell_signals(&statuses, system);
        let failed = statuses.iter().rev().map(|status| status.code()).find(|code| *code != 0).unwrap_or(0);
        let last = statuses.last().map_or(0, |status| status.code());
        self.status = if self.options.pipe_fail { failed } else { last };
        self.check_status(system)
    }

    pub(super) fn step_wait(&mut self, children: Vec<u32>, all: bool, system: &mut System<'_>) -> Step {
        if let Some(signal) = self.caught.iter().find(|signal| self.traps.contains_key(&signal.number())) {
            self.status = 128 + i32::from(signal.number());
            return Step::Continue;
        }
        if all {
            if self.reap(system) && !self.children.is_empty() {
                self.frames.push(Frame::Wait { children, all });
                return Step::Wait(Wait::Child);
            }
            for job in &mut self.jobs {
                let ended = job.children.last().and_then(|child| self.ended.get(child).copied());
                job.waited = job.waited.or(ended);
            }
            self.jobs.retain(|job| !self.interactive && job.waited.is_some());
            self.ended.clear();
            self.status = 0;
            return Step::Continue;
        }
        match self.collect(&children, system) {
            Some(statuses) => {
                for job in self.jobs.iter_mut().filter(|job| job.children.iter().any(|child| children.contains(child)))
                {
                    job.waited = statuses.last().copied();
                }
                self.jobs.retain(|job| !self.interactive || job.waited.is_none());
                tell_signals(&statuses, system);
                self.status = statuses.last().map_or(0, |status| status.code());
                Step::Continue
            }
            None => {
                self.frames.push(Frame::Wait { children, all });
                Step::Wait(Wait::Child)
            }
        }
    }

    /// Whether a job runs, or how it ended.
    pub(super) fn job_status(&mut self, job: &Job, system: &mut System<'_>) -> Option<ExitStatus> {
        self.reap(system);
        job.waited.or_else(|| job.children.last().and_then(|child| self.ended.get(child).copied()))
    }
}

/// A single command as the frame that begins it: a chain of one.
fn as_frame(command: &Arc<Command>) -> Frame {
    let first = super::syntax::Pipeline { negated: false, commands: vec![command.clone()] };
    Frame::AndOr { chain: Arc::new(AndOr { first, rest: Vec::new() }), next: 0 }
}

/// The words of a job as `jobs` shows them: those of its first simple command.
fn describe(chain: &AndOr) -> String {
    let Some(command) = chain.first.commands.first() else { return String::new() };
    match &command.kind {
        CommandKind::Simple { words, .. } => {
            let words: Vec<&str> = words.iter().map(|word| word.plain().unwrap_or("…")).collect();
            words.join(" ")
        }
        CommandKind::Group(_) => "{ …; }".to_owned(),
        _ => "( … )".to_owned(),
    }
}

/// Says of the children that were waited for which signal ended them (ash and dash, `dowait`).
fn tell_signals(statuses: &[ExitStatus], system: &mut System<'_>) {
    for status in statuses {
        if let ExitStatus::Signal(signal) = status
            && !matches!(*signal, Signal::INT | Signal::PIPE)
        {
            system.complain(&format!("{}\n", describe_signal(*signal)));
        }
    }
}

/// What a shell says of a child that a signal ended: `strsignal(3)`.
pub(super) fn describe_signal(signal: Signal) -> String {
    match signal.number() {
        1 => "Hangup",
        3 => "Quit",
        4 => "Illegal instruction",
        5 => "Trace/breakpoint trap",
        6 => "Aborted",
        7 => "Bus error",
        8 => "Floating point exception",
        9 => "Killed",
        10 => "User defined signal 1",
        11 => "Segmentation fault",
        12 => "User defined signal 2",
        14 => "Alarm clock",
        15 => "Terminated",
        _ => return format!("Signal {}", signal.number()),
    }
    .to_owned()
}
