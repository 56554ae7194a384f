//! The system calls: everything that a program can ask for.
//!
//! Promises: a call does what Linux does, as far as it is modelled, or fails with the errno that Linux gives. No call
//! blocks: one that would says so, and the program waits with [`super::Progress::Waiting`] and asks again.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use super::descriptor::{OpenFile, OpenFileId, OpenOptions, Read, Stream, Write};
use super::kernel::{Credentials, ExitStatus, Kernel, NamespaceId, Pid, Process};
use super::life::Birth;
use super::program::{Program, Progress};
use super::signal::{Action, Signal};
use super::socket::DESCRIPTOR_LIMIT;
use super::vfs::{Caller, Status, join, parent};
use crate::world::clock::Time;
use crate::world::context::{Context, Prompt};
use crate::world::daemon::api::{ApiError, Request, Response};
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::{Metadata, Node};
use crate::world::filesystem::errno::Errno;
use crate::world::machine::Machine;

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
    /// `EPERM` unless root.
    pub fn set_credentials(&mut self, credentials: Credentials) -> Result<(), Errno> {
        let process = self.process_mut().ok_or(Errno::ESRCH)?;
        if process.credentials.uid != 0 && process.credentials != credentials {
            return Err(Errno::EPERM);
        }
        process.credentials = credentials;
        Ok(())
    }

    /// `argv`.
    pub fn arguments(&self) -> Arc<[String]> {
        self.process().map(|p| p.arguments.clone()).unwrap_or_else(|| Arc::from([]))
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
        let limit = container.as_deref().and_then(|id| self.machine.daemon.memory_limit(id));
        let Some((container, limit)) = container.zip(limit) else { return Ok(()) };
        let used: u64 = self.kernel().processes_of(&container).map(|p| p.memory).sum();
        if used <= limit {
            return Ok(());
        }
        // The out-of-memory killer takes the largest process of the control group.
        let victim = self.kernel().processes_of(&container).max_by_key(|p| (p.memory, p.pid)).map(|p| p.pid);
        let Some(victim) = victim else { return Ok(()) };
        self.context
            .emit(crate::world::event::EventKind::OutOfMemory { container: Some(container.clone()), pid: victim });
        self.machine.daemon.note_out_of_memory(&container);
        self.machine.kernel.deliver(self.context, victim, Signal::KILL);
        if victim == self.pid { Err(Errno::ENOMEM) } else { Ok(()) }
    }

    // Files

    /// The working directory.
    pub fn working_directory(&self) -> String {
        self.caller().working_directory.to_string()
    }

    /// `chdir(2)`.
    ///
    /// # Errors
    /// `ENOENT`, `ENOTDIR`, `EACCES`.
    pub fn change_directory(&mut self, path: &str) -> Result<(), Errno> {
        let caller = self.caller();
        let path = self.kernel().resolve(&caller, path, true)?;
        let entry = self.kernel().entry(&caller, &path)?;
        if entry.node != Node::Directory {
            return Err(Errno::ENOTDIR);
        }
        if !caller.may(&entry.metadata, 1) {
            return Err(Errno::EACCES);
        }
        if let Some(process) = self.process_mut() {
            process.working_directory = path.into();
        }
        Ok(())
    }

    /// Sets the umask and gives the one before.
    pub fn set_umask(&mut self, mask: u32) -> u32 {
        self.process_mut().map_or(0o022, |process| std::mem::replace(&mut process.umask, mask & 0o777))
    }

    /// The umask.
    pub fn umask(&self) -> u32 {
        self.caller().umask
    }

    /// The absolute path without symbolic links (`realpath`).
    ///
    /// # Errors
    /// As [`Kernel::resolve`].
    pub fn resolve(&self, path: &str) -> Result<String, Errno> {
        self.kernel().resolve(&self.caller(), path, true)
    }

    /// `stat(2)` and `lstat(2)`.
    ///
    /// # Errors
    /// As [`Kernel::resolve`].
    pub fn status(&self, path: &str, follow: bool) -> Result<Status, Errno> {
        self.kernel().status(&self.caller(), path, follow)
    }

    /// Whether the caller may read (4), write (2) or execute (1) what is at a path (`access(2)`).
    pub fn may(&self, path: &str, wanted: u32) -> bool {
        let caller = self.caller();
        let Ok(status) = self.kernel().status(&caller, path, true) else { return false };
        let runs = wanted & 1 == 0 || status.entry.node == Node::Directory || status.entry.metadata.mode & 0o111 != 0;
        runs && caller.may(&status.entry.metadata, wanted)
    }

    /// The names in a directory, sorted.
    ///
    /// # Errors
    /// As [`Kernel::list`].
    pub fn list(&self, path: &str) -> Result<Vec<String>, Errno> {
        self.kernel().list(&self.caller(), path)
    }

    /// What a symbolic link says.
    ///
    /// # Errors
    /// `EINVAL` when it is none, and as [`Kernel::resolve`].
    pub fn read_link(&self, path: &str) -> Result<String, Errno> {
        match self.status(path, false)?.entry.node {
            Node::Symlink(target) => Ok(target.to_string()),
            _ => Err(Errno::EINVAL),
        }
    }

    /// The whole content of a file.
    ///
    /// # Errors
    /// As [`Kernel::read_whole`].
    pub fn read_file(&self, path: &str) -> Result<Arc<[u8]>, Errno> {
        self.kernel().read_whole(&self.caller(), path, READ_FILE_LIMIT)
    }

    /// Replaces the content of a file, or makes it.
    ///
    /// # Errors
    /// As [`System::open`].
    pub fn write_file(&mut self, path: &str, bytes: &[u8]) -> Result<(), Errno> {
        let descriptor = self.open(path, OpenOptions::WRITE)?;
        let written = self.write(descriptor, bytes);
        self.close(descriptor);
        written.map(|_| ())
    }

    /// Puts a content (which may be one that takes no memory) at a path, with a mode before the umask.
    ///
    /// # Errors
    /// As [`Kernel::create`] and [`Kernel::unlink`].
    pub fn put_content(&mut self, path: &str, content: Content, mode: u32) -> Result<(), Errno> {
        let caller = self.caller();
        if self.status(path, false).is_ok() {
            self.remove_file(path)?;
        }
        let metadata = self.kernel().fresh(self.context.now, &caller, mode & !caller.umask);
        self.machine.kernel.create(self.context, &caller, path, Node::File(content), metadata)
    }

    /// `mkdir(2)`; the mode is before the umask.
    ///
    /// # Errors
    /// As [`Kernel::create`].
    pub fn make_directory(&mut self, path: &str, mode: u32) -> Result<(), Errno> {
        let caller = self.caller();
        let metadata = self.kernel().fresh(self.context.now, &caller, mode & !caller.umask);
        let path = path.trim_end_matches('/');
        let path = if path.is_empty() { "/" } else { path };
        self.machine.kernel.create(self.context, &caller, path, Node::Directory, metadata)
    }

    /// `symlink(2)`: `path` will lead to `target`.
    ///
    /// # Errors
    /// As [`Kernel::create`].
    pub fn make_symlink(&mut self, target: &str, path: &str) -> Result<(), Errno> {
        let caller = self.caller();
        let metadata = self.kernel().fresh(self.context.now, &caller, 0o777);
        self.machine.kernel.create(self.context, &caller, path, Node::Symlink(target.into()), metadata)
    }

    /// `unlink(2)`.
    ///
    /// # Errors
    /// As [`Kernel::unlink`].
    pub fn remove_file(&mut self, path: &str) -> Result<(), Errno> {
        let caller = self.caller();
        self.machine.kernel.unlink(self.context, &caller, path)
    }

    /// `rmdir(2)`.
    ///
    /// # Errors
    /// As [`Kernel::remove_directory`].
    pub fn remove_directory(&mut self, path: &str) -> Result<(), Errno> {
        let caller = self.caller();
        self.machine.kernel.remove_directory(self.context, &caller, path)
    }

    /// `rename(2)`.
    ///
    /// # Errors
    /// As [`Kernel::rename`].
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), Errno> {
        let caller = self.caller();
        self.machine.kernel.rename(self.context, &caller, from, to)
    }

    /// Changes mode, owner or time.
    ///
    /// # Errors
    /// As [`Kernel::set_metadata`].
    pub fn set_metadata(&mut self, path: &str, follow: bool, change: impl FnOnce(&mut Metadata)) -> Result<(), Errno> {
        let caller = self.caller();
        self.machine.kernel.set_metadata(self.context, &caller, path, follow, change)
    }

    // Descriptors

    /// `open(2)`: the lowest free descriptor.
    ///
    /// # Errors
    /// As [`Kernel::open`]; `EMFILE`.
    pub fn open(&mut self, path: &str, options: OpenOptions) -> Result<u32, Errno> {
        let caller = self.caller();
        let file = self.machine.kernel.open(self.context, &caller, path, options)?;
        self.install(file)
    }

    fn install(&mut self, file: OpenFile) -> Result<u32, Errno> {
        let id = self.kernel_mut().add_open_file(file);
        self.install_id(id)
    }

    fn install_id(&mut self, id: OpenFileId) -> Result<u32, Errno> {
        let Some(process) = self.process_mut() else { return Err(Errno::ESRCH) };
        if process.descriptors.len() >= DESCRIPTOR_LIMIT {
            self.kernel_mut().release(id);
            return Err(Errno::EMFILE);
        }
        let free = (0..).find(|number| !process.descriptors.contains_key(number)).unwrap_or(u32::MAX);
        process.descriptors.insert(free, id);
        Ok(free)
    }

    /// `read(2)`: at most `most` bytes, and at most 64 KiB.
    ///
    /// # Errors
    /// `EBADF`, `EISDIR`.
    pub fn read(&mut self, descriptor: u32, most: usize) -> Result<Read, Errno> {
        self.machine.kernel.read_descriptor(self.context, self.pid, descriptor, most)
    }

    /// `write(2)`. Writing to a pipe that nobody reads also sends PIPE, which ends a process that does not catch it.
    ///
    /// # Errors
    /// `EBADF`, `EPIPE`, `ENOSPC`, `EFBIG`.
    pub fn write(&mut self, descriptor: u32, bytes: &[u8]) -> Result<Write, Errno> {
        let result = self.machine.kernel.write_descriptor(self.context, self.pid, descriptor, bytes);
        if result == Err(Errno::EPIPE) {
            self.machine.kernel.deliver(self.context, self.pid, Signal::PIPE);
        }
        result
    }

    /// `close(2)`; a descriptor that is not open is let be.
    pub fn close(&mut self, descriptor: u32) {
        let id = self.process_mut().and_then(|process| process.descriptors.remove(&descriptor));
        if let Some(id) = id {
            self.kernel_mut().release(id);
        }
    }

    /// `dup2(2)`: `onto` will refer to what `descriptor` does.
    ///
    /// # Errors
    /// `EBADF`.
    pub fn duplicate(&mut self, descriptor: u32, onto: u32) -> Result<(), Errno> {
        let id = *self.process().and_then(|p| p.descriptors.get(&descriptor)).ok_or(Errno::EBADF)?;
        if descriptor == onto {
            return Ok(());
        }
        self.kernel_mut().retain(id);
        self.close(onto);
        if let Some(process) = self.process_mut() {
            process.descriptors.insert(onto, id);
        }
        Ok(())
    }

    /// The lowest free number at or above `least` made to refer to what `descriptor` does (`F_DUPFD`).
    ///
    /// # Errors
    /// `EBADF`.
    pub fn duplicate_above(&mut self, descriptor: u32, least: u32) -> Result<u32, Errno> {
        let process = self.process().ok_or(Errno::ESRCH)?;
        let free = (least..).find(|number| !process.descriptors.contains_key(number)).unwrap_or(u32::MAX);
        self.duplicate(descriptor, free)?;
        Ok(free)
    }

    /// Whether a descriptor is open.
    pub fn is_open(&self, descriptor: u32) -> bool {
        self.process().is_some_and(|process| process.descriptors.contains_key(&descriptor))
    }

    /// Whether a descriptor is a terminal (`isatty(3)`).
    pub fn is_terminal(&self, descriptor: u32) -> bool {
        match self.kernel().open_file(self.pid, descriptor) {
            Some(
                OpenFile::Console { terminal, .. }
                | OpenFile::Sink { terminal, .. }
                | OpenFile::Source { terminal, .. },
            ) => *terminal,
            _ => false,
        }
    }

    /// What a descriptor refers to.
    pub fn open_file(&self, descriptor: u32) -> Option<&OpenFile> {
        self.kernel().open_file(self.pid, descriptor)
    }

    /// `pipe(2)`: the reading and the writing end.
    ///
    /// # Errors
    /// `EMFILE`.
    pub fn pipe(&mut self) -> Result<(u32, u32), Errno> {
        let pipe = self.kernel_mut().create_pipe();
        let reader = self.install(OpenFile::PipeReader(pipe))?;
        let writer = self.install(OpenFile::PipeWriter(pipe))?;
        Ok((reader, writer))
    }

    // Processes

    /// Starts a child with a program of its own.
    ///
    /// # Errors
    /// As [`Kernel::load`]; `EAGAIN`.
    pub fn spawn(&mut self, spawn: Spawn) -> Result<u32, Errno> {
        let mut caller = self.caller();
        if let Some(directory) = &spawn.working_directory {
            caller.working_directory = self.kernel().resolve(&caller, directory, true)?.into();
        }
        let loaded = self.kernel().load(self.context, &caller, &spawn.path, &spawn.arguments, &spawn.environment)?;
        let me = self.process().ok_or(Errno::ESRCH)?.clone();
        let descriptors = match &spawn.descriptors {
            None => me.descriptors.clone(),
            Some(map) => map.iter().filter_map(|(from, to)| Some((*to, *me.descriptors.get(from)?))).collect(),
        };
        let mut actions: imbl::OrdMap<Signal, Action> =
            me.actions.iter().filter(|(_, a)| **a == Action::Ignore).map(|(s, a)| (*s, *a)).collect();
        actions.extend(spawn.ignored.iter().map(|signal| (*signal, Action::Ignore)));
        let descriptors = self.kernel_mut().inherit(&descriptors);
        let birth = Birth {
            parent: self.pid,
            group: (!spawn.new_group).then_some(me.group),
            namespaces: me.namespaces,
            container: me.container,
            credentials: spawn.credentials.unwrap_or(me.credentials),
            working_directory: caller.working_directory,
            umask: me.umask,
            arguments: loaded.arguments,
            environment: spawn.environment.into(),
            executable: loaded.executable,
            descriptors,
            terminal: me.terminal,
            program: loaded.program,
            actions,
        };
        self.start(birth)
    }

    fn start(&mut self, birth: Birth) -> Result<u32, Errno> {
        let pid = self.machine.kernel.begin(self.context, birth)?;
        Ok(self.kernel().process(pid).map_or(0, |process| process.namespace_pid))
    }

    /// Starts a child that goes on with `program` (as after `fork(2)`), with all that the caller has open.
    ///
    /// # Errors
    /// `EAGAIN`.
    pub fn fork(&mut self, program: Box<dyn Program>, new_group: bool) -> Result<u32, Errno> {
        let me = self.process().ok_or(Errno::ESRCH)?.clone();
        let descriptors = self.kernel_mut().inherit(&me.descriptors);
        let actions = me.actions.iter().filter(|(_, a)| **a == Action::Ignore).map(|(s, a)| (*s, *a)).collect();
        let birth = Birth {
            parent: self.pid,
            group: (!new_group).then_some(me.group),
            namespaces: me.namespaces,
            container: me.container,
            credentials: me.credentials,
            working_directory: me.working_directory,
            umask: me.umask,
            arguments: me.arguments,
            environment: me.environment,
            executable: me.executable,
            descriptors,
            terminal: me.terminal,
            program,
            actions,
        };
        self.start(birth)
    }

    /// `execve(2)`: the program returns what this gives, and is then another.
    ///
    /// # Errors
    /// As [`Kernel::load`]; the caller then goes on as it was.
    pub fn exec(&mut self, path: &str, arguments: &[String], environment: &[String]) -> Result<Progress, Errno> {
        let caller = self.caller();
        let loaded = self.kernel().load(self.context, &caller, path, arguments, environment)?;
        if let Some(process) = self.process_mut() {
            process.arguments = loaded.arguments;
            process.environment = environment.into();
            process.executable = loaded.executable;
        }
        Ok(Progress::Exec(loaded.program))
    }

    /// Asks for a child that ended: this one (by its number in the caller's namespace), or any.
    pub fn wait_child(&mut self, child: Option<u32>) -> WaitChild {
        let Some((me, namespace)) = self.process().map(|p| (p.pid, p.namespaces.pid)) else { return WaitChild::None };
        let wanted = child.map(|number| self.kernel().find_in(namespace, number));
        let mut running = false;
        let mut ended = None;
        for process in self.kernel().processes() {
            if process.parent != me || wanted.is_some_and(|wanted| wanted != Some(process.pid)) {
                continue;
            }
            running = true;
            if let Some(status) = process.exit_status() {
                ended = Some((process.pid, process.namespace_pid, status));
                break;
            }
        }
        match ended {
            Some((pid, number, status)) => {
                self.kernel_mut().reap(pid);
                WaitChild::Ended(number, status)
            }
            None if running => WaitChild::Running,
            None => WaitChild::None,
        }
    }

    /// `kill(2)`: a positive number is a process, a negative one a process group, 0 the caller's own group.
    ///
    /// # Errors
    /// `ESRCH` when there is none, `EPERM` when it is somebody else's.
    pub fn kill(&mut self, target: i64, signal: Option<Signal>) -> Result<(), Errno> {
        let me = self.process().ok_or(Errno::ESRCH)?.clone();
        let namespace = me.namespaces.pid;
        let visible = |kernel: &Kernel, process: &Process| kernel.number_in(namespace, process.pid).is_some();
        let targets: Vec<Pid> = match target {
            1.. => {
                let number = u32::try_from(target).map_err(|_| Errno::ESRCH)?;
                self.kernel().find_in(namespace, number).into_iter().collect()
            }
            -1 => {
                let kernel = self.kernel();
                let all = kernel.processes().filter(|p| visible(kernel, p) && p.pid != me.pid && p.namespace_pid != 1);
                all.map(|p| p.pid).collect()
            }
            _ => {
                let group = match target {
                    0 => me.group,
                    _ => {
                        let number = u32::try_from(-target).map_err(|_| Errno::ESRCH)?;
                        self.kernel().find_in(namespace, number).unwrap_or(Pid(u32::MAX))
                    }
                };
                let kernel = self.kernel();
                kernel.processes().filter(|p| p.group == group && visible(kernel, p)).map(|p| p.pid).collect()
            }
        };
        if targets.is_empty() {
            return Err(Errno::ESRCH);
        }
        let uid = me.credentials.uid;
        let allowed = |p: &Process| uid == 0 || p.credentials.uid == uid;
        let permitted: Vec<Pid> =
            targets.iter().copied().filter(|pid| self.kernel().process(*pid).is_some_and(allowed)).collect();
        if permitted.is_empty() {
            return Err(Errno::EPERM);
        }
        if let Some(signal) = signal {
            for pid in permitted {
                self.machine.kernel.send(self.context, pid, signal, Some(namespace))?;
            }
        }
        Ok(())
    }

    /// Says what a signal shall do to the caller.
    pub fn set_action(&mut self, signal: Signal, action: Action) {
        if let Some(process) = self.process_mut() {
            process.actions.insert(signal, action);
        }
    }

    /// What a signal does to the caller now.
    pub fn action(&self, signal: Signal) -> Action {
        self.process().and_then(|p| p.actions.get(&signal).copied()).unwrap_or_default()
    }

    /// The next signal that came and is caught.
    pub fn take_signal(&mut self) -> Option<Signal> {
        self.process_mut().and_then(|process| process.pending.pop_front())
    }

    // Network

    /// Listens on a TCP port; the descriptor becomes readable when somebody connects.
    ///
    /// # Errors
    /// `EADDRINUSE`, `EMFILE`.
    pub fn listen(&mut self, address: Ipv4Addr, port: u16) -> Result<u32, Errno> {
        let id = self.machine.kernel.listen(self.context, self.pid, address, port)?;
        self.install_id(id)
    }

    /// Takes the next connection of a listening descriptor; `None` when there is none yet.
    ///
    /// # Errors
    /// `EBADF`, `EMFILE`.
    pub fn accept(&mut self, descriptor: u32) -> Result<Option<u32>, Errno> {
        let Some(OpenFile::Listener(listener)) = self.open_file(descriptor) else { return Err(Errno::EBADF) };
        let listener = *listener;
        match self.kernel_mut().accept(listener) {
            Some(id) => self.install_id(id).map(Some),
            None => Ok(None),
        }
    }

    /// Connects to a TCP port.
    ///
    /// # Errors
    /// `ECONNREFUSED`, `EHOSTUNREACH`, `ENETUNREACH`, `ETIMEDOUT`, `ECONNRESET`: the true reason.
    pub fn connect(&mut self, address: Ipv4Addr, port: u16) -> Result<u32, Errno> {
        let id = self.machine.kernel.connect(self.context, self.pid, address, port)?;
        self.install_id(id)
    }

    /// Finds the address of a name: numbers, `/etc/hosts`, then the DNS servers of the networks one is in.
    pub fn lookup_host(&self, name: &str) -> Option<Ipv4Addr> {
        if let Ok(address) = name.parse() {
            return Some(address);
        }
        let hosts =
            self.read_file("/etc/hosts").map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let listed = hosts.lines().find_map(|line| {
            let mut words = line.split('#').next().unwrap_or("").split_whitespace();
            let address = words.next()?.parse().ok()?;
            words.any(|word| word.eq_ignore_ascii_case(name)).then_some(address)
        });
        if listed.is_some() || name == "localhost" {
            return listed.or(Some(Ipv4Addr::LOCALHOST));
        }
        let namespace = self.process()?.namespaces.network;
        self.kernel().networks.resolve(namespace, name)
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

    /// A shell says that it is ready for the next line, and how the one before ended. At the learner's console the
    /// text is kept as the prompt; anywhere else it is written to standard error.
    pub fn prompt(&mut self, text: &str, status: i32) {
        if matches!(self.open_file(0), Some(OpenFile::Console { .. })) {
            self.context.console.prompt = Some(Prompt { text: text.to_owned(), status });
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
