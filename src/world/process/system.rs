//! The system calls: everything that a program can ask for.
//!
//! Promises: a call does what Linux does, as far as it is modelled, or fails with the errno that Linux gives. No call
//! blocks: one that would says so, and the program waits with [`super::Progress::Waiting`] and asks again.

mod descriptors;
mod files;
mod namespaces;
mod network;
mod processes;
mod registry;

pub use namespaces::Memory;

use std::sync::Arc;
use std::time::Duration;

use super::capabilities::Capability;
use super::credentials::Credentials;
use super::descriptor::{OpenFile, Stream};
use super::kernel::{ExitStatus, Kernel, Pid, Process};
use super::namespaces::NamespaceId;
use super::signal::Signal;
use super::vfs::{Caller, join, parent};
use crate::world::clock::Time;
use crate::world::context::{Context, Prompt};
use crate::world::daemon::api::{ApiError, Request, Response};
use crate::world::filesystem::errno::Errno;
use crate::world::machine::Machine;
use crate::world::machine::hypervisor::{Hypervisor, Room};

/// The largest file that [`System::read_file`] takes into memory, in bytes.
pub const READ_FILE_LIMIT: u64 = 256 << 20;

/// The system calls of one process, during its turn.
#[derive(Debug)]
pub struct System<'a> {
    pub(in crate::world) machine: &'a mut Machine,
    pub(in crate::world) context: &'a mut Context,
    pub(in crate::world) pid: Pid,
}

/// A child to be started: `fork(2)` and `execve(2)` in one.
#[derive(Clone, Debug, Default)]
pub struct Spawn {
    /// The file: an absolute path, or one relative to the working directory (no search in PATH).
    pub path: String,
    pub arguments: Vec<String>,
    pub environment: Vec<String>,
    /// What the child's descriptors are, by the parent's numbers; `None` inherits all.
    pub descriptors: Option<Vec<(u32, u32)>>,
    pub working_directory: Option<String>,
    pub credentials: Option<Credentials>,
    /// What the child is called, when not as its file (see [`Process::name`]).
    pub name: Option<String>,
    /// Whether the child is a copy of the caller that goes on as another program, as by `fork(2)` alone: `ps` shows the
    /// caller's arguments.
    pub keeps_command_line: bool,
    /// Whether the child begins a process group of its own.
    pub new_group: bool,
    /// Signals that the child ignores from its start.
    pub ignored: Vec<Signal>,
}

/// What waiting for a child gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitChild {
    /// This child (by its number in the caller's namespace) ended; it is now reaped.
    Ended(u32, ExitStatus),
    /// There are children, and none has ended: wait with [`super::Wait::Child`].
    Running,
    /// There is no such child (`ECHILD`).
    None,
}

impl System<'_> {
    fn kernel(&self) -> &Kernel {
        &self.machine.kernel
    }

    fn kernel_mut(&mut self) -> &mut Kernel {
        &mut self.machine.kernel
    }

    /// The calling process. It lives as long as its turn.
    fn process(&self) -> Option<&Process> {
        self.machine.kernel.process(self.pid)
    }

    fn process_mut(&mut self) -> Option<&mut Process> {
        self.machine.kernel.process_mut(self.pid)
    }

    fn caller(&self) -> Caller {
        match self.process() {
            Some(process) => Caller {
                mounts: process.namespaces.mount,
                working_directory: process.working_directory.clone(),
                credentials: process.credentials.clone(),
                umask: process.umask,
                pid: Some(self.pid),
            },
            None => Caller {
                mounts: NamespaceId(0),
                working_directory: "/".into(),
                credentials: Credentials::default(),
                umask: 0o022,
                pid: None,
            },
        }
    }

    // Who am I

    /// The process's own number, in its PID namespace.
    pub fn pid(&self) -> u32 {
        self.process().map_or(0, |process| process.namespace_pid)
    }

    /// The parent's number in the process's namespace; 0 when the parent is not in it.
    pub fn parent_pid(&self) -> u32 {
        let parent = self.process().map(|p| (p.namespaces.pid, p.parent));
        parent.and_then(|(namespace, parent)| self.kernel().number_in(namespace, parent)).unwrap_or(0)
    }

    /// The process's own number on its machine.
    pub fn host_pid(&self) -> Pid {
        self.pid
    }

    /// User, group and supplementary groups.
    pub fn credentials(&self) -> Credentials {
        self.process().map(|p| p.credentials.clone()).unwrap_or_default()
    }

    /// Becomes another user (`setuid`, `setgid`, `setgroups`).
    ///
    /// # Errors
    /// `EPERM` without CAP_SETUID for another user, and without CAP_SETGID for other groups.
    pub fn set_credentials(&mut self, credentials: Credentials) -> Result<(), Errno> {
        let process = self.process_mut().ok_or(Errno::ESRCH)?;
        let own = &process.credentials;
        let other_groups = own.gid != credentials.gid || own.groups != credentials.groups;
        if (own.uid != credentials.uid && !own.has(Capability::SETUID))
            || (other_groups && !own.has(Capability::SETGID))
        {
            return Err(Errno::EPERM);
        }
        process.credentials = own.becoming(credentials.uid, credentials.gid, credentials.groups);
        Ok(())
    }

    /// `argv`.
    pub fn arguments(&self) -> Arc<[String]> {
        self.process().map(|p| p.arguments.clone()).unwrap_or_else(|| Arc::from([]))
    }

    /// Changes what `ps` shows of the process, as services do that write over their arguments.
    pub fn set_title(&mut self, title: &str) {
        if let Some(process) = self.process_mut() {
            process.arguments = Arc::from([title.to_owned()]);
        }
    }

    /// Gives the process other arguments for `ps` to show.
    pub fn set_arguments(&mut self, arguments: Arc<[String]>) {
        if let Some(process) = self.process_mut() {
            process.arguments = arguments;
        }
    }

    /// The environment that the process was started with, `NAME=value`.
    pub fn environment(&self) -> Arc<[String]> {
        self.process().map(|p| p.environment.clone()).unwrap_or_else(|| Arc::from([]))
    }

    /// The kernel of the machine, to look at: processes, mounts, networks, release.
    pub fn look(&self) -> &Kernel {
        self.kernel()
    }

    /// The machine, to look at: its hardware, its daemon.
    pub fn machine(&self) -> &Machine {
        self.machine
    }

    /// The calling process, to look at.
    pub fn me(&self) -> Option<&Process> {
        self.process()
    }

    /// The host name that the process sees.
    pub fn host_name(&self) -> String {
        let namespace = self.process().map(|p| p.namespaces.uts);
        namespace.map_or_else(String::new, |namespace| self.kernel().host_name(namespace).to_owned())
    }

    // Time

    /// What time it is.
    pub fn now(&self) -> Time {
        self.context.now
    }

    /// Uses processor time: the process goes on only when so much has passed on the clock.
    pub fn spend(&mut self, time: Duration) {
        if let Some(process) = self.process_mut() {
            process.debt += time;
        }
    }

    /// 32 bytes of chance, from the world's seed.
    pub fn random(&mut self) -> [u8; 32] {
        self.context.random.bytes()
    }

    /// Says how much memory the process uses, in bytes.
    ///
    /// # Errors
    /// `ENOMEM` when the process must be killed, because its container's limit or the machine's memory is reached;
    /// the kernel has then sent KILL already.
    pub fn set_memory(&mut self, bytes: u64) -> Result<(), Errno> {
        let Some(process) = self.process_mut() else { return Err(Errno::ESRCH) };
        process.memory = bytes;
        let container = process.container.clone();
        let limit = container.as_deref().and_then(|id| self.kernel().control_group(id)?.memory);
        let Some((container, limit)) = container.zip(limit) else { return self.fit_into_the_machine() };
        let used: u64 = self.kernel().processes_of(&container).map(|p| p.memory).sum();
        if used <= limit {
            return self.fit_into_the_machine();
        }
        // The out-of-memory killer takes the largest process of the control group.
        let total = self.kernel().memory;
        let killable = self.kernel().processes_of(&container).filter(|process| process.oom_score > -1000);
        let victim = killable.max_by_key(|p| (p.badness(total), p.pid)).map(|p| p.pid);
        let Some(victim) = victim else { return Ok(()) };
        self.context
            .emit(crate::world::event::EventKind::OutOfMemory { container: Some(container.clone()), pid: victim });
        self.machine.daemon.note_out_of_memory(&container);
        self.machine.kernel.deliver(self.context, victim, Signal::KILL);
        if victim == self.pid { Err(Errno::ENOMEM) } else { Ok(()) }
    }

    /// Where all memory of the machine is taken, the out-of-memory killer takes the largest process there is. Those of the system itself
    /// (`OOMScoreAdjust=-500` of docker.service, -1000 of others) are spared.
    fn fit_into_the_machine(&mut self) -> Result<(), Errno> {
        if self.machine.memory_used() <= self.machine.hardware.memory {
            return Ok(());
        }
        let processes = self.kernel().processes();
        let ordinary =
            processes.filter(|process| process.oom_score > -1000 && (process.container.is_some() || process.terminal));
        let total = self.kernel().memory;
        let victim = ordinary.max_by_key(|process| (process.badness(total), process.pid)).map(|process| process.pid);
        let Some(victim) = victim else {
            return Ok(());
        };
        self.context.emit(crate::world::event::EventKind::OutOfMemory { container: None, pid: victim });
        self.machine.kernel.deliver(self.context, victim, Signal::KILL);
        if victim == self.pid { Err(Errno::ENOMEM) } else { Ok(()) }
    }

    // The daemon and the console

    /// Sends a request to the Docker daemon's socket.
    ///
    /// # Errors
    /// What the daemon answers; and that it cannot be reached, where there is no socket (in a container).
    pub fn engine(&mut self, request: Request) -> Result<Response, ApiError> {
        let in_container = self.process().is_some_and(|process| process.container.is_some());
        if in_container {
            return Err(ApiError::unreachable());
        }
        let (response, latency) = self.machine.request(self.context, request);
        self.spend(latency);
        response
    }

    /// The hypervisor of the machine, with the kernel and what is left of its memory and disk.
    pub(in crate::world) fn hypervise<R>(
        &mut self,
        ask: impl FnOnce(&mut Hypervisor, &mut Kernel, &mut Context, Room) -> R,
    ) -> R {
        let room = self.machine.room();
        ask(&mut self.machine.hypervisor, &mut self.machine.kernel, self.context, room)
    }

    /// A shell says that it is ready for the next line, and how the one before ended. At the learner's console the
    /// text is kept as the prompt; anywhere else it is written to standard error.
    pub fn prompt(&mut self, text: &str, status: i32) {
        if let Some(OpenFile::Console { seat, .. }) = self.open_file(0) {
            let seat = *seat;
            self.context.console_at(seat).prompt = Some(Prompt { text: text.to_owned(), status });
        } else {
            // A prompt that cannot be written is no reason to stop the shell.
            let _ = self.write(2, text.as_bytes());
        }
    }

    /// Writes to standard output without waiting; for what is short.
    pub fn print(&mut self, text: &str) {
        self.print_on(Stream::Stdout, text);
    }

    /// Writes to standard error without waiting; for what is short.
    pub fn complain(&mut self, text: &str) {
        self.print_on(Stream::Stderr, text);
    }

    fn print_on(&mut self, stream: Stream, text: &str) {
        let descriptor = if stream == Stream::Stdout { 1 } else { 2 };
        // A closed stream swallows what is written, as for any program that does not look at the result.
        let _ = self.write(descriptor, text.as_bytes());
    }

    /// A path below a directory, and the directory of a path: as the model writes paths.
    pub fn join(directory: &str, name: &str) -> String {
        join(directory, name)
    }

    /// The directory that a path is in.
    pub fn parent_of(path: &str) -> &str {
        parent(path)
    }
}
