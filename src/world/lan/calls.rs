//! Commands that one machine carries out for another: what `sshd` does.
//!
//! Promises: the command is a process of the other machine's kernel; what it writes and reads is carried with as much held up
//! as a pipe holds; when the caller is gone, the command is hung up on. Must not know what is run.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use imbl::OrdMap;

use crate::world::context::{Context, Seat};
use crate::world::event::EventKind;
use crate::world::filesystem::errno::Errno;
use crate::world::machine::Machine;
use crate::world::process::descriptor::{OpenFile, OpenFileId, PipeId, Read, Stream, Write};
use crate::world::process::life::Birth;
use crate::world::process::limits::ResourceLimits;
use crate::world::process::{Kernel, Pid, Signal, System};

/// Most bytes that are on their way in one direction of a call.
const HELD: usize = 65_536;

/// The number of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::world) struct CallId(u64);

/// All calls that are not over.
#[derive(Clone, Debug, Default)]
pub(in crate::world) struct Calls {
    last: u64,
    calls: OrdMap<CallId, Call>,
}

/// A command asked of another machine.
#[derive(Clone, Debug)]
struct Call {
    from: Arc<str>,
    caller: Pid,
    to: Arc<str>,
    /// A line for the other machine's shell; none for a shell to work in.
    command: Option<String>,
    /// The console that the command has as its terminal, if it has one.
    terminal: Option<Seat>,
    state: State,
    output: VecDeque<(Stream, Vec<u8>)>,
    input: VecDeque<u8>,
    input_ended: bool,
    /// Whether the command waits for input.
    reads: bool,
}

#[derive(Clone, Debug)]
enum State {
    Asked,
    Running(Running),
    Ended(i32),
}

/// A command under way on its machine.
#[derive(Clone, Debug)]
struct Running {
    pid: Pid,
    /// The pipes of a command without a terminal.
    pipes: Option<Pipes>,
    ended: Option<i32>,
}

#[derive(Clone, Debug)]
struct Pipes {
    input: PipeId,
    /// The writing end of its input, while it is open.
    writer: Option<OpenFileId>,
    /// The reading ends of standard output and standard error.
    outputs: [(Stream, PipeId, Option<OpenFileId>); 2],
}

/// How a call stands, for the program that made it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::world) struct News {
    /// What was written since this was last asked.
    pub output: Vec<(Stream, Vec<u8>)>,
    /// The exit code, once the command has ended and all that it wrote was taken.
    pub ended: Option<i32>,
    /// Whether the command waits for input.
    pub reads: bool,
    /// How many bytes of input it takes now.
    pub room: usize,
}

impl Calls {
    /// The call that has a console as its terminal, the innermost if one was made from within another.
    pub(in crate::world) fn at(&self, seat: Seat) -> Option<(&Arc<str>, Pid)> {
        self.calls.values().rev().filter(|call| call.terminal == Some(seat)).find_map(|call| match &call.state {
            State::Running(running) => Some((&call.to, running.pid)),
            _ => None,
        })
    }

    /// Begins what was asked, carries what was written, and notes what ended. False when nothing moved.
    pub(in crate::world) fn carry(machines: &mut BTreeMap<Arc<str>, Machine>, context: &mut Context) -> bool {
        let mut moved = false;
        let ids: Vec<CallId> = context.calls.calls.keys().copied().collect();
        for id in ids {
            let Some(mut call) = context.calls.calls.remove(&id) else { continue };
            let lives = machines
                .get(&call.from)
                .and_then(|machine| machine.kernel.process(call.caller))
                .is_some_and(|process| process.exit_status().is_none());
            let Some(target) = machines.get_mut(&call.to) else { continue };
            let outside = std::mem::replace(&mut context.machine, call.to.clone());
            if !lives {
                call.hang_up(target, context);
                moved = true;
            } else if call.step(target, context) {
                moved = true;
                if let Some(machine) = machines.get_mut(&call.from) {
                    machine.kernel.wake_engine();
                }
            }
            context.machine = outside;
            if lives {
                context.calls.calls.insert(id, call);
            }
        }
        moved
    }
}

impl Call {
    fn step(&mut self, target: &mut Machine, context: &mut Context) -> bool {
        match &mut self.state {
            State::Asked => {
                context.emit(EventKind::LoggedIn { from: self.from.clone() });
                self.state = match begin(target, context, self.command.as_deref(), self.terminal) {
                    Ok(running) => State::Running(running),
                    Err(errno) => {
                        self.output.push_back((Stream::Stderr, format!("/bin/sh: {errno}\n").into_bytes()));
                        State::Ended(126)
                    }
                };
                true
            }
            State::Running(running) => {
                let kernel = &mut target.kernel;
                let mut moved = false;
                if running.ended.is_none() {
                    running.ended = kernel.take_result(running.pid).map(|status| status.code());
                }
                let mut open = false;
                if let Some(pipes) = &mut running.pipes {
                    moved |= pipes.feed(kernel, &mut self.input, self.input_ended);
                    let held: usize = self.output.iter().map(|(_, bytes)| bytes.len()).sum();
                    let (fetched, still) = pipes.fetch(kernel, &mut self.output, HELD.saturating_sub(held));
                    moved |= fetched;
                    open = still;
                    let reads = pipes.writer.is_some() && kernel.pipe_is_awaited(pipes.input);
                    moved |= reads != self.reads;
                    self.reads = reads;
                }
                // Somebody that it left behind may still hold its output: `ssh` waits for that, too.
                if let Some(code) = running.ended.filter(|_| !open) {
                    if let Some(writer) = running.pipes.as_mut().and_then(|pipes| pipes.writer.take()) {
                        kernel.release(writer);
                    }
                    self.state = State::Ended(code);
                    moved = true;
                }
                moved
            }
            State::Ended(_) => false,
        }
    }

    /// The caller is gone: so is the command's terminal, or whoever reads its output.
    fn hang_up(&mut self, target: &mut Machine, context: &mut Context) {
        let State::Running(running) = &mut self.state else { return };
        if let Some(pipes) = running.pipes.take() {
            let readers = pipes.outputs.into_iter().filter_map(|(_, _, reader)| reader);
            for file in readers.chain(pipes.writer) {
                target.kernel.release(file);
            }
        }
        if running.ended.is_none() {
            // It may be what ended first.
            let _ = target.kernel.send(context, running.pid, Signal::HUP, None);
        }
    }
}

impl Pipes {
    /// Gives the command what its pipe takes of its input.
    fn feed(&mut self, kernel: &mut Kernel, input: &mut VecDeque<u8>, ended: bool) -> bool {
        let Some(writer) = self.writer else { return false };
        let mut moved = false;
        if !input.is_empty() {
            match kernel.write_pipe(self.input, input.make_contiguous()) {
                Ok(Write::Wrote(count)) => {
                    input.drain(..count);
                    moved = count > 0;
                }
                Ok(Write::WouldBlock) => {}
                // It reads no more: what is still coming is lost, as by a broken pipe.
                Err(_) => input.clear(),
            }
        }
        if ended && input.is_empty() {
            kernel.release(writer);
            self.writer = None;
            moved = true;
        }
        moved
    }

    /// Takes what the command wrote. Gives whether there was something, and whether more may come.
    fn fetch(&mut self, kernel: &mut Kernel, output: &mut VecDeque<(Stream, Vec<u8>)>, most: usize) -> (bool, bool) {
        let (mut moved, mut open, mut room) = (false, false, most);
        for (stream, pipe, reader) in &mut self.outputs {
            let Some(file) = *reader else { continue };
            open = true;
            if room == 0 {
                continue;
            }
            match kernel.read_pipe(*pipe, room) {
                Read::Data(bytes) => {
                    room -= bytes.len().min(room);
                    output.push_back((*stream, bytes));
                    moved = true;
                }
                Read::WouldBlock => {}
                Read::EndOfFile => {
                    kernel.release(file);
                    *reader = None;
                    moved = true;
                }
            }
        }
        (moved, open)
    }
}

/// Starts the machine's shell, for a command or to be worked in.
fn begin(
    machine: &mut Machine,
    context: &mut Context,
    command: Option<&str>,
    terminal: Option<Seat>,
) -> Result<Running, Errno> {
    let mut arguments = vec!["sh".to_owned()];
    match command {
        Some(line) => arguments.extend(["-c".to_owned(), line.to_owned()]),
        None => arguments.push("-i".to_owned()),
    }
    let (environment, directory, caller) =
        (machine.environment.clone(), machine.working_directory.clone(), machine.root());
    let kernel = &mut machine.kernel;
    let loaded = kernel.load(context, &caller, "/bin/sh", &arguments, &environment)?;
    let (files, pipes) = match terminal {
        Some(seat) => {
            let console = |stream| OpenFile::Console { seat, stream, terminal: true };
            ([console(Stream::Stdout), console(Stream::Stdout), console(Stream::Stderr)], None)
        }
        None => {
            let [input, output, errors] = [kernel.create_pipe(), kernel.create_pipe(), kernel.create_pipe()];
            let writer = kernel.add_open_file(OpenFile::PipeWriter(input));
            let outputs = [(Stream::Stdout, output), (Stream::Stderr, errors)]
                .map(|(stream, pipe)| (stream, pipe, Some(kernel.add_open_file(OpenFile::PipeReader(pipe)))));
            let files = [OpenFile::PipeReader(input), OpenFile::PipeWriter(output), OpenFile::PipeWriter(errors)];
            (files, Some(Pipes { input, writer: Some(writer), outputs }))
        }
    };
    let descriptors = (0_u32..).zip(files).map(|(number, file)| (number, kernel.add_open_file(file))).collect();
    let birth = Birth {
        parent: Pid::KERNEL,
        group: None,
        namespaces: kernel.host,
        container: None,
        credentials: caller.credentials,
        working_directory: directory,
        umask: caller.umask,
        limits: ResourceLimits::default(),
        oom_score: 0,
        arguments: loaded.arguments,
        environment,
        executable: loaded.executable,
        name: loaded.name,
        descriptors,
        terminal: terminal.is_some(),
        program: loaded.program,
        actions: OrdMap::new(),
    };
    let pid = kernel.begin(context, birth)?;
    kernel.watch(pid);
    Ok(Running { pid, pipes, ended: None })
}

impl System<'_> {
    /// Asks another machine of the network to run a line in its shell, or to give a shell to work in; `terminal` is the console
    /// that it has then. None when there is no such machine.
    pub(in crate::world) fn call(
        &mut self,
        to: &str,
        command: Option<String>,
        terminal: Option<Seat>,
    ) -> Option<CallId> {
        let (name, _) = self.context.neighbours.get_key_value(to)?;
        let (to, from) = (name.clone(), self.context.machine.clone());
        let calls = &mut self.context.calls;
        calls.last += 1;
        let id = CallId(calls.last);
        let call = Call {
            from,
            caller: self.pid,
            to,
            command,
            terminal,
            state: State::Asked,
            output: VecDeque::new(),
            input: VecDeque::new(),
            input_ended: false,
            reads: false,
        };
        calls.calls.insert(id, call);
        Some(id)
    }

    /// How a call stands; what was written is then taken. One that is over is forgotten once its end was told.
    pub(in crate::world) fn call_news(&mut self, id: CallId) -> News {
        let Some(call) = self.context.calls.calls.get_mut(&id) else {
            return News { ended: Some(255), ..News::default() };
        };
        let output: Vec<_> = std::mem::take(&mut call.output).into_iter().collect();
        let ended = match call.state {
            State::Ended(code) => Some(code),
            _ => None,
        };
        let room = if call.input_ended { 0 } else { HELD.saturating_sub(call.input.len()) };
        let news = News { output, ended, reads: call.reads, room };
        if ended.is_some() {
            self.context.calls.calls.remove(&id);
        }
        news
    }

    /// Gives a call input; none ends it.
    pub(in crate::world) fn call_input(&mut self, id: CallId, bytes: Option<&[u8]>) {
        let Some(call) = self.context.calls.calls.get_mut(&id) else { return };
        match bytes {
            Some(bytes) => call.input.extend(bytes),
            None => call.input_ended = true,
        }
    }
}
