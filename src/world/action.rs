//! What a learner can do to a world, and what comes of it.
//!
//! Promises: an action always ends. It ends when the shell at the console is ready for the next line, when something
//! waits for input, when only the clock could go on for longer than [`HORIZON`], or at [`EFFORT_LIMIT`].

use std::sync::Arc;
use std::time::Duration;

use super::World;
use super::clock::Time;
use super::context::{Chunk, Seat};
use super::event::Event;
use super::filesystem::content::Content;
use super::filesystem::entry::{Device, Node};
use super::filesystem::errno::Errno;
use super::machine::hypervisor::HypervisorError;
use super::machine::virtual_machine::{Specification, Stage};
use super::process::descriptor::{OpenFile, Stream};
use super::process::life::Birth;
use super::process::limits::ResourceLimits;
use super::process::vfs::Caller;
use super::process::{Credentials, Pid, Signal};

/// The longest time on the world's clock that one action takes; what still runs then can be waited for or stopped.
pub const HORIZON: Duration = Duration::from_secs(24 * 60 * 60);
/// The most that one action does, in turns of processes: a second or two of a common computer. Turns that cost more count for more:
/// see [`Context::effort`](super::context::Context::effort).
pub const EFFORT_LIMIT: u64 = 3_000_000;
/// How many machines can be logged in to from one another.
const LOGIN_DEPTH: usize = 16;

/// Something that a learner does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Types a line at the console, and Enter.
    Line(String),
    /// Sits down at a machine, leaves whatever other machine was logged in to from there, and types a line.
    LineAt { machine: Arc<str>, line: String },
    /// Sits down at a machine: from now on its console is the learner's.
    Sit(Arc<str>),
    /// Runs a line in a shell of its own, without a terminal and without input, as a script would.
    Command(String),
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-D.
    EndOfInput,
    /// Does nothing for so long.
    Wait(Duration),
    /// Writes a file, as an editor on the machine does: an absolute path, and all of the text.
    Write { path: String, text: String },
}

/// How an action ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The command ended, with this exit code.
    Finished(i32),
    /// Something reads from the console: the next line goes to it.
    AwaitsInput,
    /// It runs on, and nothing but Ctrl-C will end it soon.
    Running,
    /// [`EFFORT_LIMIT`] was reached.
    Limit,
}

impl Action {
    /// The line that was typed, if one was.
    pub fn typed(&self) -> Option<&str> {
        match self {
            Action::Line(line) | Action::LineAt { line, .. } => Some(line),
            _ => None,
        }
    }
}

/// What came of an action.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub ending: Ending,
    /// What was written to the console, in order.
    pub output: Vec<Chunk>,
    /// Bytes that were written beyond the limit and not kept.
    pub dropped: u64,
    pub events: Vec<Event>,
    pub began: Time,
    pub ended: Time,
}

impl Outcome {
    /// What was written on one stream, bytes that are no UTF-8 replaced.
    pub fn text(&self, stream: Stream) -> String {
        let chunks = self.output.iter().filter(|chunk| chunk.stream == stream);
        let bytes: Vec<u8> = chunks.flat_map(|chunk| chunk.bytes.iter().copied()).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The exit code, once the command has ended.
    pub fn exit_code(&self) -> Option<i32> {
        match self.ending {
            Ending::Finished(code) => Some(code),
            _ => None,
        }
    }
}

impl World {
    /// Carries out an action and says what came of it.
    pub fn act(&mut self, action: &Action) -> Outcome {
        let began = self.now();
        self.context.effort = 0;
        self.context.events.clear();
        self.context.console.output.clear();
        self.context.console.dropped = 0;
        let ending = match action {
            Action::Line(line) => self.type_bytes(format!("{line}\n").as_bytes()),
            Action::LineAt { machine, line } => {
                self.sit(machine);
                self.log_out();
                self.type_bytes(format!("{line}\n").as_bytes())
            }
            Action::Sit(machine) => {
                self.sit(machine);
                self.settle()
            }
            Action::Command(line) => self.command(line),
            Action::Interrupt => self.interrupt(),
            Action::EndOfInput => {
                self.context.console.closed = true;
                let ending = self.type_bytes(b"");
                self.context.console.closed = false;
                ending
            }
            Action::Wait(time) => {
                self.pass(*time);
                Ending::Finished(0)
            }
            Action::Write { path, text } => self.write(path, text),
        };
        Outcome {
            ending,
            output: std::mem::take(&mut self.context.console.output),
            dropped: self.context.console.dropped,
            events: std::mem::take(&mut self.context.events),
            began,
            ended: self.now(),
        }
    }

    /// Runs until `done`, or until there is nothing to do before `latest`. False when [`EFFORT_LIMIT`] was reached.
    pub(super) fn run(&mut self, latest: Time, mut done: impl FnMut(&mut World) -> bool) -> bool {
        while self.has_effort_left() {
            if done(self) {
                return true;
            }
            if !self.step() && !self.advance(latest) {
                return true;
            }
        }
        false
    }

    /// Whether one more turn may be taken; it counts.
    fn has_effort_left(&mut self) -> bool {
        self.context.effort = self.context.effort.saturating_add(1);
        self.context.effort <= EFFORT_LIMIT
    }

    fn command(&mut self, line: &str) -> Ending {
        let arguments = ["sh".to_owned(), "-c".to_owned(), line.to_owned()];
        let Some(pid) = self.start_shell(&arguments, false) else { return Ending::Finished(127) };
        let latest = self.now() + HORIZON;
        let mut result = None;
        let within = self.run(latest, |world| {
            result = world.here_mut().and_then(|(machine, _)| machine.kernel.take_result(pid));
            result.is_some()
        });
        match result {
            Some(status) => Ending::Finished(status.code()),
            None if within => Ending::Running,
            None => Ending::Limit,
        }
    }

    fn type_bytes(&mut self, bytes: &[u8]) -> Ending {
        self.open_session();
        self.context.console.prompt = None;
        self.context.console.input.extend(bytes);
        let seat = self.context.seat;
        for machine in self.machines.values_mut() {
            machine.kernel.wake_console(seat);
        }
        self.settle()
    }

    /// Moves to a machine's console; to one that does not exist, nobody moves.
    fn sit(&mut self, machine: &str) {
        if let Some(seat) = self.seat_at(machine) {
            self.context.sit(seat);
        }
    }

    /// Ends the shells that this console has on other machines, the innermost first.
    fn log_out(&mut self) {
        for _ in 0..LOGIN_DEPTH {
            let Some((machine, pid)) = self.context.calls.at(self.context.seat) else { return };
            let machine = machine.clone();
            if let Some((machine, context)) = self.machine_mut(&machine) {
                // It may be what ended first.
                let _ = machine.kernel.send(context, pid, Signal::HUP, None);
            }
            self.context.console.prompt = None;
            self.settle();
        }
    }

    /// Starts the shell at the console, if there is none, and lets it come to its first prompt.
    pub(super) fn open_session(&mut self) {
        let session = self.sessions.get(&self.context.seat);
        let alive = session.is_some_and(|pid| self.machine().is_some_and(|m| m.kernel.process(*pid).is_some()));
        if !alive {
            if let Some(pid) = self.start_shell(&["sh".to_owned(), "-i".to_owned()], true) {
                self.sessions.insert(self.context.seat, pid);
            }
            self.settle();
        }
    }

    /// Runs until the console's shell has its prompt, or something else reads the console.
    fn settle(&mut self) -> Ending {
        let latest = self.now() + HORIZON;
        while self.has_effort_left() {
            if self.step() {
                continue;
            }
            if let Some(prompt) = &self.context.console.prompt {
                return Ending::Finished(prompt.status);
            }
            let seat = self.context.seat;
            let session_ended = self.sessions.get(&seat).copied().is_some_and(|pid| {
                let result = self.here_mut().and_then(|(machine, _)| machine.kernel.take_result(pid));
                result.is_some()
            });
            if session_ended {
                self.sessions.remove(&seat);
                return Ending::Finished(0);
            }
            if self.machines.values().any(|machine| machine.kernel.console_is_awaited(seat)) {
                return Ending::AwaitsInput;
            }
            if !self.advance(latest) {
                return Ending::Running;
            }
        }
        Ending::Limit
    }

    /// Ctrl-C: INT to all of the console's process group but the shell itself, which catches it. A shell on another machine that
    /// the console is logged in to is the one that is meant.
    fn interrupt(&mut self) -> Ending {
        self.context.console.input.clear();
        let seat = self.context.seat;
        let away = self.context.calls.at(seat).map(|(machine, pid)| (machine.clone(), pid));
        let own = || Some((Arc::from(self.here()), *self.sessions.get(&seat)?));
        let Some((name, session)) = away.or_else(own) else { return Ending::Finished(130) };
        if let Some((machine, context)) = self.machine_mut(&name) {
            let group: Vec<Pid> = machine
                .kernel
                .processes()
                .filter(|p| p.group == session && p.container.is_none())
                .map(|p| p.pid)
                .collect();
            for pid in group {
                // A process that ended meanwhile needs no signal.
                let _ = machine.kernel.send(context, pid, Signal::INT, None);
            }
        }
        self.settle()
    }

    /// Writes a file over: its mode stays. A refusal is told on the console, as an editor would.
    fn write(&mut self, path: &str, text: &str) -> Ending {
        let Some((machine, context)) = self.here_mut() else { return Ending::Finished(1) };
        let mode =
            machine.kernel.status(&machine.root(), path, true).map_or(0o644, |status| status.entry.metadata.mode);
        match machine.put_host_file(context, path, Content::text(text), mode) {
            Ok(()) => Ending::Finished(0),
            Err(errno) => {
                self.context.console.write(Stream::Stderr, format!("edit: {path}: {errno}\n").as_bytes());
                Ending::Finished(1)
            }
        }
    }

    /// Starts a shell on the machine where the learner sits.
    fn start_shell(&mut self, arguments: &[String], terminal: bool) -> Option<Pid> {
        let seat = self.context.seat;
        let (machine, context) = self.here_mut()?;
        let environment = machine.environment.clone();
        let directory = machine.working_directory.clone();
        let host = machine.kernel.host;
        let caller = Caller {
            mounts: host.mount,
            working_directory: directory.clone(),
            credentials: Credentials::default(),
            umask: 0o022,
            pid: None,
        };
        let loaded = machine.kernel.load(context, &caller, "/bin/sh", arguments, &environment).ok()?;
        let console = |stream| OpenFile::Console { seat, stream, terminal };
        let input = if terminal { console(Stream::Stdout) } else { OpenFile::Device(Device::Null) };
        let files = [(0_u32, input), (1, console(Stream::Stdout)), (2, console(Stream::Stderr))];
        let descriptors =
            files.into_iter().map(|(number, file)| (number, machine.kernel.add_open_file(file))).collect();
        let birth = Birth {
            parent: Pid::KERNEL,
            group: None,
            namespaces: host,
            container: None,
            credentials: Credentials::default(),
            working_directory: directory,
            umask: 0o022,
            limits: ResourceLimits::default(),
            oom_score: 0,
            arguments: loaded.arguments,
            environment: environment.clone(),
            executable: loaded.executable,
            name: loaded.name,
            descriptors,
            terminal,
            program: loaded.program,
            actions: imbl::OrdMap::new(),
        };
        let pid = machine.kernel.begin(context, birth).ok()?;
        machine.kernel.watch(pid);
        Some(pid)
    }

    /// Puts a file on the host's disk, in the working directory unless the path is absolute; directories are made.
    ///
    /// # Errors
    /// As [`super::process::Kernel::create`].
    pub fn put_host_file(&mut self, path: &str, content: Content) -> Result<(), Errno> {
        self.put_file(None, path, content, 0o644)
    }

    /// Puts a file on a machine's disk, the first's if none is named; otherwise as [`World::put_host_file`].
    ///
    /// # Errors
    /// As [`super::process::Kernel::create`].
    pub fn put_file(&mut self, machine: Option<&str>, path: &str, content: Content, mode: u32) -> Result<(), Errno> {
        self.put_entry(machine, path, Node::File(content), mode)
    }

    /// Puts a file, a link or a directory on a machine's disk, as [`World::put_file`] does.
    ///
    /// # Errors
    /// As [`super::process::Kernel::create`].
    pub fn put_entry(&mut self, machine: Option<&str>, path: &str, node: Node, mode: u32) -> Result<(), Errno> {
        let name = machine.unwrap_or_else(|| self.name_of(Seat::default())).to_owned();
        let Some((machine, context)) = self.machine_mut(&name) else { return Ok(()) };
        machine.put_host_entry(context, path, node, mode)
    }

    /// Puts a virtual machine on a machine, the first if none is named: installed, and up if that is wanted.
    ///
    /// # Errors
    /// As [`super::machine::hypervisor::Hypervisor::check`]; `NoMemory`.
    pub fn add_virtual_machine(
        &mut self,
        machine: Option<&str>,
        specification: &Specification,
        running: bool,
    ) -> Result<(), HypervisorError> {
        let name = machine.unwrap_or_else(|| self.name_of(Seat::default())).to_owned();
        let Some((machine, context)) = self.machine_mut(&name) else { return Ok(()) };
        machine.add_virtual_machine(context, specification, running)?;
        if running {
            let booted = |world: &mut World| {
                let host = world.machines.get(name.as_str());
                let guest = host.and_then(|host| host.hypervisor.find(&specification.name));
                guest.is_none_or(|guest| guest.stage == Stage::Ready)
            };
            let latest = self.now() + HORIZON;
            self.context.effort = 0;
            self.run(latest, booted);
        }
        Ok(())
    }

    /// The directory, an absolute path, in which the host's shells begin; it is made.
    ///
    /// # Errors
    /// As [`super::process::Kernel::create`].
    pub fn set_working_directory(&mut self, path: &str) -> Result<(), Errno> {
        let Some((machine, context)) = self.here_mut() else { return Ok(()) };
        machine.set_working_directory(context, path)
    }

    /// The environment variable of the host's shells.
    pub fn set_variable(&mut self, name: &str, value: &str) {
        let Some((machine, _)) = self.here_mut() else { return };
        let prefix = format!("{name}=");
        let mut environment: Vec<String> =
            machine.environment.iter().filter(|pair| !pair.starts_with(&prefix)).cloned().collect();
        environment.push(format!("{prefix}{value}"));
        machine.environment = Arc::from(environment);
    }
}
