//! The shapes that tools have: done at once, a machine of steps, or a filter of bytes. One driver runs all three: it
//! writes what they made before it lets them go on, so that a full pipe holds every tool up as it does a real one.
//!
//! Promises: bounded work in a turn (`STEPS`); no tool sees a partial write.

use std::collections::VecDeque;
use std::fmt;

use super::call::{Call, Drained, Output, Tool};
use crate::world::filesystem::errno::Errno;
use crate::world::process::descriptor::{OpenOptions, Read};
use crate::world::process::{Program, Progress, System, Wait};

/// Steps that a tool takes before others have their turn.
const STEPS: usize = 32;
/// Bytes that a filter is given at once.
const CHUNK: usize = 65_536;
/// Memory that a small tool uses by itself, in bytes: about what `busybox sleep` shows in `docker stats`.
const BASE_MEMORY: u64 = 400 << 10;

/// What a machine wants after a step.
#[derive(Debug)]
pub enum Next {
    /// Another step.
    Again,
    Wait(Wait),
    Exit(i32),
    /// To be another program: what [`System::exec`] gave.
    Become(Progress),
}

/// A tool that works in steps.
pub trait Machine: Clone + fmt::Debug + Send + Sync + Sized + 'static {
    /// Reads the call.
    ///
    /// # Errors
    /// The exit code, when the words make no sense; what is wrong was said.
    fn start(tool: &mut Tool<'_, '_>) -> Result<Self, i32>;

    /// Does a bounded amount of work.
    fn step(&mut self, tool: &mut Tool<'_, '_>) -> Next;
}

/// A tool that does everything at once. It gives the exit code.
pub type Run = fn(&mut Tool<'_, '_>) -> i32;

/// A program of a tool that does everything at once.
pub fn immediate(call: Call, run: Run) -> Box<dyn Program> {
    Box::new(Driver { call, machine: Some(Once { run }), output: Output::default(), exit: None, begun: false })
}

/// A program of a machine.
pub fn machine<M: Machine>(call: Call) -> Box<dyn Program> {
    Box::new(Driver::<M> { call, machine: None, output: Output::default(), exit: None, begun: false })
}

/// A program of a machine that has begun: what a tool forks.
pub fn resumed<M: Machine>(call: Call, machine: M) -> Box<dyn Program> {
    Box::new(Driver { call, machine: Some(machine), output: Output::default(), exit: None, begun: false })
}

/// A program of a filter.
pub fn filter<F: Filter>(call: Call) -> Box<dyn Program> {
    machine::<Stream<F>>(call)
}

#[derive(Clone, Debug)]
struct Once {
    run: Run,
}

impl Machine for Once {
    fn start(_: &mut Tool<'_, '_>) -> Result<Once, i32> {
        Err(1)
    }

    fn step(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        Next::Exit((self.run)(tool))
    }
}

#[derive(Clone, Debug)]
struct Driver<M> {
    call: Call,
    machine: Option<M>,
    output: Output,
    exit: Option<i32>,
    begun: bool,
}

impl<M: Machine> Driver<M> {
    fn step(&mut self, system: &mut System<'_>) -> Next {
        let mut tool = Tool { system, call: &self.call, output: &mut self.output };
        if self.machine.is_none() {
            match M::start(&mut tool) {
                Ok(machine) => self.machine = Some(machine),
                Err(code) => return Next::Exit(code),
            }
        }
        match &mut self.machine {
            Some(machine) => machine.step(&mut tool),
            None => Next::Exit(1),
        }
    }

    fn drain(&mut self, system: &mut System<'_>) -> Option<Progress> {
        match self.output.drain(system) {
            Drained::All => None,
            Drained::Blocked(descriptor) => Some(Progress::Waiting(Wait::Writable(descriptor))),
            Drained::Failed(errno) => {
                if errno != Errno::EPIPE {
                    system.complain(&format!("{}: write error: {errno}\n", self.call.name));
                }
                Some(Progress::Exited(1))
            }
        }
    }
}

impl<M: Machine> Program for Driver<M> {
    fn resume(&mut self, system: &mut System<'_>) -> Progress {
        if !self.begun {
            self.begun = true;
            // The kernel has killed the process when this fails; its turn ends by itself.
            let _ = system.set_memory(BASE_MEMORY);
        }
        for _ in 0..STEPS {
            if let Some(progress) = self.drain(system) {
                return progress;
            }
            if let Some(code) = self.exit {
                return Progress::Exited(code);
            }
            match self.step(system) {
                Next::Again => {}
                Next::Exit(code) => self.exit = Some(code),
                Next::Wait(wait) => return self.drain(system).unwrap_or(Progress::Waiting(wait)),
                Next::Become(progress) => return self.drain(system).unwrap_or(progress),
            }
        }
        self.drain(system).unwrap_or(Progress::Ready)
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

/// What a filter wants after a piece of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// More of this input.
    More,
    /// The next input.
    Next,
    /// No more at all: the exit code.
    Done(i32),
    /// At the end of an input: to look again later, for what may be appended.
    Follow,
}

/// A tool that reads files, or standard input, one after the other.
pub trait Filter: Clone + fmt::Debug + Send + Sync + Sized + 'static {
    /// Reads the call; also gives the inputs, where `-` is standard input.
    ///
    /// # Errors
    /// The exit code, when the words make no sense; what is wrong was said.
    fn start(tool: &mut Tool<'_, '_>) -> Result<(Self, Vec<String>), i32>;

    /// An input begins.
    fn begin(&mut self, _tool: &mut Tool<'_, '_>, _name: &str) -> Flow {
        Flow::More
    }

    /// Takes a piece of the input.
    fn chunk(&mut self, tool: &mut Tool<'_, '_>, bytes: &[u8]) -> Flow;

    /// The input ended.
    fn end(&mut self, _tool: &mut Tool<'_, '_>) -> Flow {
        Flow::Next
    }

    /// An input cannot be opened or read. Gives the message without the tool's name, if there is to be one.
    fn broken(&mut self, tool: &mut Tool<'_, '_>, name: &str, errno: Errno, opened: bool) -> Option<String> {
        let _ = opened;
        Some(tool.wording(format!("{name}: {errno}"), format!("{name}: {errno}")))
    }

    /// All inputs ended; `failed` when one was broken. Gives the exit code.
    fn finish(&mut self, tool: &mut Tool<'_, '_>, failed: bool) -> i32;
}

/// A filter with its inputs.
#[derive(Clone, Debug)]
struct Stream<F> {
    filter: F,
    inputs: VecDeque<String>,
    current: Option<(String, u32)>,
    failed: bool,
    finished: Option<i32>,
}

impl<F: Filter> Stream<F> {
    fn open(&mut self, tool: &mut Tool<'_, '_>, name: String) -> Next {
        let opened = if name == "-" { Ok(0) } else { tool.system.open(&name, OpenOptions::READ) };
        match opened {
            Ok(descriptor) => {
                self.current = Some((name.clone(), descriptor));
                let flow = self.filter.begin(tool, &name);
                self.follow(tool, flow)
            }
            Err(errno) => self.fail(tool, &name, errno, false),
        }
    }

    fn fail(&mut self, tool: &mut Tool<'_, '_>, name: &str, errno: Errno, opened: bool) -> Next {
        if let Some(message) = self.filter.broken(tool, name, errno, opened) {
            tool.complain(message);
            self.failed = true;
        }
        Next::Again
    }

    fn close(&mut self, tool: &mut Tool<'_, '_>) {
        if let Some((_, descriptor)) = self.current.take()
            && descriptor != 0
        {
            tool.system.close(descriptor);
        }
    }

    fn follow(&mut self, tool: &mut Tool<'_, '_>, flow: Flow) -> Next {
        match flow {
            Flow::More => Next::Again,
            Flow::Next => {
                self.close(tool);
                Next::Again
            }
            Flow::Done(code) => {
                self.close(tool);
                self.finished = Some(code);
                Next::Again
            }
            // `tail -f` of real systems looks once a second where it cannot be told of changes.
            Flow::Follow => Next::Wait(Wait::Until(tool.system.now() + std::time::Duration::from_secs(1))),
        }
    }
}

impl<F: Filter> Machine for Stream<F> {
    fn start(tool: &mut Tool<'_, '_>) -> Result<Self, i32> {
        let (filter, inputs) = F::start(tool)?;
        Ok(Stream { filter, inputs: inputs.into(), current: None, failed: false, finished: None })
    }

    fn step(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        if let Some(code) = self.finished {
            return Next::Exit(code);
        }
        let Some((name, descriptor)) = self.current.clone() else {
            return match self.inputs.pop_front() {
                Some(name) => self.open(tool, name),
                None => Next::Exit(self.filter.finish(tool, self.failed)),
            };
        };
        match tool.system.read(descriptor, CHUNK) {
            Ok(Read::Data(bytes)) => {
                let flow = self.filter.chunk(tool, &bytes);
                self.follow(tool, flow)
            }
            Ok(Read::WouldBlock) => Next::Wait(Wait::Readable(descriptor)),
            Ok(Read::EndOfFile) => {
                let flow = self.filter.end(tool);
                self.follow(tool, flow)
            }
            Err(errno) => {
                let next = self.fail(tool, &name, errno, true);
                let _ = self.filter.end(tool);
                self.close(tool);
                next
            }
        }
    }
}

/// Cuts bytes that come in pieces into lines.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// The whole lines that are there with these bytes, each with its newline.
    pub fn add(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut lines = Vec::new();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.rest.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                lines.push(std::mem::take(&mut self.rest));
            }
        }
        lines
    }

    /// What is left without a newline.
    pub fn last(&mut self) -> Option<Vec<u8>> {
        (!self.rest.is_empty()).then(|| std::mem::take(&mut self.rest))
    }
}
