//! Commands in a guest, given from its host: what Multipass does through `ssh`.
//!
//! Promises: the command is a process of the guest's kernel, run as its user; its output and exit code come back as bytes and
//! a number; when the guest loses its power, the session ends with the code of a broken connection.
//! Must not know what is run.

use std::sync::Arc;

use super::guest::USER_ID;
use super::hypervisor::{Hypervisor, HypervisorError};
use super::virtual_machine::VirtualMachine;
use crate::world::context::Context;
use crate::world::filesystem::errno::Errno;
use crate::world::process::Credentials;
use crate::world::process::descriptor::{OpenFile, OpenFileId, PipeId, SinkId, Stream};
use crate::world::process::life::Birth;
use crate::world::process::limits::ResourceLimits;
use crate::world::process::vfs::{Caller, join};
use crate::world::process::{Kernel, Pid};

/// What `ssh` exits with when the connection breaks (ssh(1), «EXIT STATUS»).
const BROKEN: i32 = 255;

/// A command that runs in a guest.
#[derive(Clone, Debug)]
pub(in crate::world) struct Session {
    machine: Arc<str>,
    /// Which boot of the guest it belongs to.
    boot: u32,
    pid: Pid,
    sink: SinkId,
    input: PipeId,
    /// The writing end of its input, while it is open.
    writer: Option<OpenFileId>,
    /// Chunks of output that were taken already.
    taken: u64,
}

/// Why a command cannot begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::world) enum SessionError {
    Refused(HypervisorError),
    /// The guest has no such program, or cannot run it.
    Program(Errno),
}

impl Hypervisor {
    /// Begins a command in a guest, as its user.
    pub(in crate::world) fn open_session(
        &mut self,
        context: &mut Context,
        name: &str,
        words: &[String],
        directory: Option<&str>,
        terminal: bool,
    ) -> Result<Session, SessionError> {
        let guest = self.ready_mut(name).map_err(SessionError::Refused)?;
        let outside = std::mem::replace(&mut context.machine, guest.name.clone());
        let session = guest.begin_session(context, words, directory, terminal).map_err(SessionError::Program);
        context.machine = outside;
        session
    }

    /// The guest of a session, if it still has the power that it had.
    fn guest_of(&mut self, session: &Session) -> Option<&mut VirtualMachine> {
        self.ready_mut(&session.machine).ok().filter(|guest| guest.boots == session.boot)
    }

    /// What was written since this was last asked.
    pub(in crate::world) fn session_output(&mut self, session: &mut Session) -> Vec<(Stream, Arc<[u8]>)> {
        let taken = session.taken;
        let Some(guest) = self.guest_of(session) else { return Vec::new() };
        let Some(sink) = guest.machine.kernel.sink(session.sink) else { return Vec::new() };
        let known = usize::try_from(taken.saturating_sub(sink.dropped)).unwrap_or(usize::MAX);
        let fresh = sink.chunks.iter().skip(known).map(|chunk| (chunk.stream, chunk.bytes.clone())).collect();
        session.taken = sink.dropped + sink.chunks.len() as u64;
        fresh
    }

    /// Whether the command waits for input.
    pub(in crate::world) fn session_reads(&mut self, session: &Session) -> bool {
        session.writer.is_some()
            && self.guest_of(session).is_some_and(|guest| guest.machine.kernel.pipe_is_awaited(session.input))
    }

    /// Gives the command input; none ends it.
    pub(in crate::world) fn session_input(&mut self, session: &mut Session, bytes: Option<&[u8]>) {
        let writer = session.writer;
        let input = session.input;
        let Some(guest) = self.guest_of(session) else { return };
        match (bytes, writer) {
            // What there is no room for is lost: it is typed by hand.
            (Some(bytes), Some(_)) => drop(guest.machine.kernel.write_pipe(input, bytes)),
            (None, Some(writer)) => {
                guest.machine.kernel.release(writer);
                session.writer = None;
            }
            (_, None) => {}
        }
    }

    /// The exit code, once the command has ended; what it left behind in the guest's kernel is then gone.
    pub(in crate::world) fn session_result(&mut self, session: &mut Session) -> Option<i32> {
        let Some(guest) = self.guest_of(session) else { return Some(BROKEN) };
        let status = guest.machine.kernel.take_result(session.pid)?;
        if let Some(writer) = session.writer.take() {
            guest.machine.kernel.release(writer);
        }
        Some(status.code())
    }

    /// Frees what a session took, once its output was read.
    pub(in crate::world) fn close_session(&mut self, session: &Session) {
        if let Some(guest) = self.guest_of(session) {
            guest.machine.kernel.remove_sink(session.sink);
        }
    }
}

impl VirtualMachine {
    fn begin_session(
        &mut self,
        context: &mut Context,
        words: &[String],
        directory: Option<&str>,
        terminal: bool,
    ) -> Result<Session, Errno> {
        let (name, boot) = (self.name.clone(), self.boots);
        let environment = self.machine.environment.clone();
        let kernel = &mut self.machine.kernel;
        let mut caller = Caller {
            mounts: kernel.host.mount,
            working_directory: self.machine.working_directory.clone(),
            credentials: Credentials::new(USER_ID, USER_ID, vec![27]),
            umask: 0o022,
            pid: None,
        };
        if let Some(directory) = directory {
            caller.working_directory = kernel.resolve(&caller, directory, true)?.into();
        }
        let path = find(kernel, &caller, words.first().map_or("", String::as_str))?;
        let loaded = match kernel.load(context, &caller, &path, words, &environment) {
            Err(Errno::ENOEXEC) => {
                let mut script = vec!["sh".to_owned(), path];
                script.extend(words.iter().skip(1).cloned());
                kernel.load(context, &caller, "/bin/sh", &script, &environment)
            }
            other => other,
        }?;
        let (sink, input) = (kernel.create_sink(), kernel.create_pipe());
        let writer = kernel.add_open_file(OpenFile::PipeWriter(input));
        let output = |stream| OpenFile::Sink { sink, stream, terminal };
        let files = [OpenFile::Source { pipe: input, terminal }, output(Stream::Stdout), output(Stream::Stderr)];
        let descriptors = (0_u32..).zip(files).map(|(number, file)| (number, kernel.add_open_file(file))).collect();
        let birth = Birth {
            parent: Pid::INIT,
            group: None,
            namespaces: kernel.host,
            container: None,
            credentials: caller.credentials,
            working_directory: caller.working_directory,
            umask: caller.umask,
            limits: ResourceLimits::default(),
            oom_score: 0,
            arguments: loaded.arguments,
            environment,
            executable: loaded.executable,
            name: loaded.name,
            descriptors,
            terminal,
            program: loaded.program,
            actions: imbl::OrdMap::new(),
        };
        let pid = kernel.begin(context, birth)?;
        kernel.watch(pid);
        Ok(Session { machine: name, boot, pid, sink, input, writer: Some(writer), taken: 0 })
    }
}

/// Finds a program as the guest's shell would.
fn find(kernel: &Kernel, caller: &Caller, name: &str) -> Result<String, Errno> {
    let is_file = |path: &str| {
        kernel
            .status(caller, path, true)
            .is_ok_and(|status| !status.entry.node.is_directory() && status.entry.metadata.mode & 0o111 != 0)
    };
    if name.contains('/') {
        return Ok(name.to_owned());
    }
    let candidates = super::host::PATH.split(':').map(|directory| join(directory, name));
    candidates.into_iter().find(|path| !name.is_empty() && is_file(path)).ok_or(Errno::ENOENT)
}
