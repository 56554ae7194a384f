//! How processes begin and end: spawn, exit, reaping, signals.

use std::sync::Arc;
use std::time::Duration;

use imbl::OrdMap;

use super::credentials::Credentials;
use super::descriptor::OpenFileId;
use super::kernel::{Ended, ExitStatus, Kernel, Pid, Process, ProcessState};
use super::limits::ResourceLimits;
use super::mounts::MountNamespace;
use super::namespaces::Namespaces;
use super::program::{Invocation, Program, Progress};
use super::schedule::WaitKey;
use super::signal::{Action, DefaultAction, Signal};
use super::vfs::Caller;
use crate::world::context::Context;
use crate::world::event::EventKind;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::Node;
use crate::world::filesystem::errno::Errno;

/// Most processes that a machine runs at once; more is `EAGAIN`, as at a real limit.
pub const PROCESS_LIMIT: usize = 200_000;
/// Numbers in a container's PID namespace that runc's threads take for each process that the daemon starts there.
const RUNC_THREADS: u32 = 5;
/// How deep `#!` lines may name each other.
const INTERPRETER_DEPTH: u32 = 4;
/// The longest text that is looked at for a `#!` line or run as a script, in bytes.
pub const SCRIPT_LIMIT: u64 = 1 << 20;

/// Everything about a process that is about to begin.
#[derive(Debug)]
pub struct Birth {
    /// [`Pid::KERNEL`] when the daemon starts it: it is then reaped by itself.
    pub parent: Pid,
    /// The process group; `None` makes a new one.
    pub group: Option<Pid>,
    pub namespaces: Namespaces,
    pub container: Option<Arc<str>>,
    pub credentials: Credentials,
    pub working_directory: Arc<str>,
    pub umask: u32,
    /// See [`Process::limits`].
    pub limits: ResourceLimits,
    /// See [`Process::oom_score`].
    pub oom_score: i32,
    pub arguments: Arc<[String]>,
    pub environment: Arc<[String]>,
    pub executable: Arc<str>,
    /// See [`Process::name`].
    pub name: Arc<str>,
    /// Already counted open files: the process takes them over.
    pub descriptors: OrdMap<u32, OpenFileId>,
    pub terminal: bool,
    pub program: Box<dyn Program>,
    /// Which signals are ignored from the start (inherited).
    pub actions: OrdMap<Signal, Action>,
}

/// A program that was found and can be run.
#[derive(Debug)]
pub struct Loaded {
    pub program: Box<dyn Program>,
    /// The arguments it is called with: those given, behind an interpreter's where a `#!` line names one.
    pub arguments: Arc<[String]>,
    /// The file, symbolic links followed.
    pub executable: Arc<str>,
    /// What the process is then called: see [`Process::name`].
    pub name: Arc<str>,
}

/// The name of a process that runs the file `path`: its last part, at most 15 bytes (`TASK_COMM_LEN` of Linux).
pub fn name_of(path: &str) -> Arc<str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.get(..name.floor_char_boundary(15)).unwrap_or(name).into()
}

impl Kernel {
    /// Finds the program of the file `path` (absolute, or relative to the caller's directory) and makes it ready.
    ///
    /// # Errors
    /// `ENOENT`, `EACCES` (not executable, or a directory), `ENOEXEC` (a text without `#!`, an executable for another kind of
    /// processor, or one that this world has no program for), `ELOOP`.
    pub fn load(
        &self,
        context: &Context,
        caller: &Caller,
        path: &str,
        arguments: &[String],
        environment: &[String],
    ) -> Result<Loaded, Errno> {
        let called = name_of(path);
        let mut path = path.to_owned();
        let mut arguments = arguments.to_vec();
        for _ in 0..INTERPRETER_DEPTH {
            let found = self.resolve(caller, &path, true)?;
            let entry = self.entry(caller, &found)?;
            let Node::File(content) = &entry.node else { return Err(Errno::EACCES) };
            if entry.metadata.mode & 0o111 == 0 || !caller.may(&entry.metadata, 1) {
                return Err(Errno::EACCES);
            }
            let program = match content {
                Content::Program { name, .. } => Some(name.to_string()),
                content => self.foreign_program(&context.programs, caller, content, [&found, &path]),
            };
            if program.is_some() && self.mounts(caller.mounts).is_some_and(MountNamespace::is_foreign) {
                return Err(Errno::ENOEXEC);
            }
            match program {
                Some(name) => {
                    let invocation = Invocation { arguments, environment: environment.to_vec(), path: found.clone() };
                    let constructor = context.programs.get(&name).ok_or(Errno::ENOEXEC)?;
                    let program = constructor(&invocation);
                    let (arguments, executable) = (invocation.arguments.into(), found.into());
                    return Ok(Loaded { program, arguments, executable, name: called });
                }
                None => {
                    let mut start = [0_u8; 256];
                    let length = content.read_at(0, &mut start);
                    let Some(line) = start[..length].strip_prefix(b"#!") else { return Err(Errno::ENOEXEC) };
                    let line = line.split(|byte| *byte == b'\n').next().unwrap_or(line);
                    let line = String::from_utf8_lossy(line);
                    let line = line.trim();
                    let (interpreter, argument) = match line.split_once([' ', '\t']) {
                        Some((interpreter, argument)) => (interpreter, Some(argument.trim())),
                        None => (line, None),
                    };
                    if interpreter.is_empty() {
                        return Err(Errno::ENOEXEC);
                    }
                    let mut called = vec![interpreter.to_owned()];
                    called.extend(argument.map(str::to_owned));
                    called.push(path);
                    called.extend(arguments.drain(..).skip(1));
                    arguments = called;
                    path = interpreter.to_owned();
                }
            }
        }
        Err(Errno::ELOOP)
    }

    /// Begins a process; it runs when its turn comes.
    ///
    /// # Errors
    /// `EAGAIN` at the limit of processes.
    pub fn begin(&mut self, context: &mut Context, birth: Birth) -> Result<Pid, Errno> {
        if self.processes.len() >= PROCESS_LIMIT {
            self.release_descriptors(&birth.descriptors);
            return Err(Errno::EAGAIN);
        }
        // Beside every container's first process there is its shim, which is modelled by its number alone.
        self.last_pid += if birth.container.is_some() && birth.parent == Pid::KERNEL { 2 } else { 1 };
        let pid = Pid(self.last_pid);
        let mut namespace_pid = pid.0;
        if let Some(space) = self.pid_namespaces.get_mut(&birth.namespaces.pid).map(Arc::make_mut) {
            if !space.is_host {
                space.last += 1;
                namespace_pid = space.last;
                space.processes.insert(namespace_pid, pid);
                // runc is a Go program: before it becomes what it was told to, its threads have taken the next numbers.
                // So the first child of a container's process is 7 more often than not, and the first exec too.
                if birth.parent == Pid::KERNEL {
                    space.last += RUNC_THREADS;
                }
            }
            if space.init.is_none()
                && let Some(container) = &birth.container
            {
                // The container starts anew: its next answer is again the first.
                self.answered.remove(container);
            }
            space.init.get_or_insert(pid);
        }
        context.emit(EventKind::ProcessStarted {
            pid,
            namespace_pid,
            container: birth.container.clone(),
            command: birth.arguments.join(" "),
        });
        // Who starts something for a container is not in it: a session begins there.
        let session = self.process(birth.parent).map_or(pid, |parent| parent.session);
        let process = Process {
            pid,
            namespace_pid,
            session,
            name: birth.name,
            parent: birth.parent,
            group: birth.group.unwrap_or(pid),
            namespaces: birth.namespaces,
            container: birth.container,
            credentials: birth.credentials,
            working_directory: birth.working_directory,
            umask: birth.umask,
            limits: birth.limits,
            oom_score: birth.oom_score,
            arguments: birth.arguments,
            environment: birth.environment,
            executable: birth.executable,
            descriptors: birth.descriptors,
            state: ProcessState::Runnable,
            started: context.now,
            cpu: Duration::ZERO,
            memory: 0,
            terminal: birth.terminal,
            program: Some(birth.program),
            debt: Duration::ZERO,
            starting: Duration::ZERO,
            busy: false,
            deferred: None,
            actions: birth.actions,
            pending: imbl::Vector::new(),
            waits: Vec::new(),
            timer: None,
            queued: true,
        };
        self.children.insert((process.parent, pid));
        if let Some(container) = &process.container {
            self.members.insert((container.clone(), pid));
        }
        self.processes.insert(pid, Arc::new(process));
        self.runnable.push_back(pid);
        Ok(pid)
    }

    /// Ends a process: its descriptors close, its children go to the namespace's first process, its parent is told.
    /// With the first process of a namespace, all others of that namespace end too (pid_namespaces(7)).
    pub(super) fn end(&mut self, context: &mut Context, pid: Pid, status: ExitStatus) {
        self.unregister(pid);
        self.set_busy(pid, false);
        let Some(process) = self.process_mut(pid) else { return };
        if matches!(process.state, ProcessState::Zombie(_)) {
            return;
        }
        process.state = ProcessState::Zombie(status);
        process.program = None;
        process.deferred = None;
        process.memory = 0;
        let descriptors = std::mem::take(&mut process.descriptors);
        let (parent, namespace, container) = (process.parent, process.namespaces.pid, process.container.clone());
        self.release_descriptors(&descriptors);
        self.close_listeners(pid);
        context.emit(EventKind::ProcessExited { pid, container: container.clone(), status });

        let init = self.pid_namespaces.get(&namespace).and_then(|space| space.init);
        let is_init = init == Some(pid) && namespace != self.host.pid;
        if is_init {
            let space = self.pid_namespaces.get(&namespace);
            let members = space.into_iter().flat_map(|space| space.processes.values().copied());
            let others: Vec<Pid> = members.filter(|other| *other != pid).collect();
            for other in others {
                self.end(context, other, ExitStatus::Signal(Signal::KILL));
                self.reap(other);
            }
        }
        let adopter = if is_init { Pid::KERNEL } else { init.filter(|init| *init != pid).unwrap_or(Pid::KERNEL) };
        let children: Vec<Pid> = self.children_of(pid).map(|child| child.pid).collect();
        for child in children {
            self.children.remove(&(pid, child));
            self.children.insert((adopter, child));
            let mut ended = false;
            if let Some(child) = self.process_mut(child) {
                child.parent = adopter;
                ended = matches!(child.state, ProcessState::Zombie(_));
            }
            if ended {
                self.tell_parent(context, child, adopter);
            }
        }
        self.ended.push_back(Ended { pid, container, status });
        if let Some(result) = self.watched.get_mut(&pid) {
            *result = Some(status);
        }
        self.wake(WaitKey::Engine);
        self.tell_parent(context, pid, parent);
    }

    /// A child ended: its parent is woken, or, when the kernel or the machine's first process is its parent, it is
    /// reaped at once.
    fn tell_parent(&mut self, context: &mut Context, child: Pid, parent: Pid) {
        let alive = self.process(parent).is_some_and(|p| !matches!(p.state, ProcessState::Zombie(_)));
        // A machine without an init has the learner's shell as its first process, and that waits for its children.
        let init_reaps = parent == Pid::INIT && !self.watched.contains_key(&Pid::INIT);
        if parent == Pid::KERNEL || init_reaps || !alive {
            self.reap(child);
            return;
        }
        self.wake(WaitKey::Children(parent));
        self.deliver(context, parent, Signal::CHLD);
    }

    /// Removes a process that has ended from the table.
    pub fn reap(&mut self, pid: Pid) {
        let Some(process) = self.process(pid) else { return };
        if process.exit_status().is_none() {
            return;
        }
        let (namespace, number) = (process.namespaces.pid, process.namespace_pid);
        let (parent, container) = (process.parent, process.container.clone());
        self.children.remove(&(parent, pid));
        if let Some(container) = container {
            self.members.remove(&(container, pid));
        }
        if let Some(space) = self.pid_namespaces.get_mut(&namespace).map(Arc::make_mut) {
            space.processes.remove(&number);
        }
        self.processes.remove(&pid);
    }

    /// Sends a signal from inside PID namespace `sender` (`None`: from the host, by the daemon or its user).
    ///
    /// As pid_namespaces(7) says, a namespace's first process takes from inside only signals that it has a handler
    /// for, and from outside those and KILL and STOP.
    ///
    /// # Errors
    /// `ESRCH` when there is no such process.
    pub fn send(
        &mut self,
        context: &mut Context,
        target: Pid,
        signal: Signal,
        sender: Option<super::namespaces::NamespaceId>,
    ) -> Result<(), Errno> {
        let process = self.process(target).ok_or(Errno::ESRCH)?;
        if process.exit_status().is_some() {
            return Ok(());
        }
        let space = self.pid_namespaces.get(&process.namespaces.pid);
        let is_init = space.is_some_and(|space| space.init == Some(target));
        let catches = process.actions.get(&signal) == Some(&Action::Catch);
        let from_inside = sender == Some(process.namespaces.pid);
        let forced = matches!(signal, Signal::KILL | Signal::STOP) && !from_inside;
        let container = process.container.clone();
        let ignored = is_init && !catches && !forced;
        context.emit(EventKind::Signalled { pid: target, container, signal, ignored });
        if !ignored {
            self.deliver(context, target, signal);
        }
        Ok(())
    }

    /// What a signal does once it may reach the process.
    pub(super) fn deliver(&mut self, context: &mut Context, target: Pid, signal: Signal) {
        let Some(process) = self.process_mut(target) else { return };
        let unstoppable = matches!(signal, Signal::KILL | Signal::STOP);
        let action =
            if unstoppable { Action::Default } else { process.actions.get(&signal).copied().unwrap_or_default() };
        match (action, signal.default_action()) {
            (Action::Catch, _) => {
                if !process.pending.contains(&signal) {
                    process.pending.push_back(signal);
                }
                self.wake_process(target);
            }
            (Action::Ignore, _) | (Action::Default, DefaultAction::Ignore) => {}
            (Action::Default, DefaultAction::Terminate) => self.end(context, target, ExitStatus::Signal(signal)),
            (Action::Default, DefaultAction::Stop) => {
                process.state = ProcessState::Stopped;
                self.unregister(target);
            }
            (Action::Default, DefaultAction::Continue) => {}
        }
        if signal == Signal::CONT
            && let Some(process) = self.process_mut(target)
            && process.state == ProcessState::Stopped
        {
            process.state = ProcessState::Runnable;
            self.wake_process(target);
        }
    }

    /// Lets a process that ran [`Progress::Exec`] become the other program.
    pub(super) fn become_program(&mut self, pid: Pid, program: Box<dyn Program>) {
        let Some(process) = self.process_mut(pid) else { return };
        process.program = Some(program);
        // Caught signals go back to their default: the handlers were the old program's.
        let ignored = process.actions.iter().filter(|(_, action)| **action == Action::Ignore);
        process.actions = ignored.map(|(signal, action)| (*signal, *action)).collect();
        process.pending.clear();
        // `execve` is no wait: the process keeps its turn.
        self.enqueue_first(pid);
    }

    pub(super) fn exit_with(&mut self, context: &mut Context, pid: Pid, code: i32) {
        self.end(context, pid, ExitStatus::Code((code & 0xff) as u8));
    }

    /// Freezes or thaws all processes of a container (the freezer control group: `docker pause`).
    pub fn freeze(&mut self, container: &Arc<str>, frozen: bool) {
        if frozen {
            self.frozen.insert(container.clone());
            return;
        }
        self.frozen.remove(container);
        let thawed: Vec<Pid> = self.parked.iter().copied().collect();
        for pid in thawed {
            let belongs = self.process(pid).is_none_or(|p| p.container.as_ref() == Some(container));
            if belongs {
                self.parked.remove(&pid);
                self.enqueue(pid);
            }
        }
    }

    pub(super) fn apply(&mut self, context: &mut Context, pid: Pid, progress: Progress) {
        match progress {
            Progress::Exited(code) => self.exit_with(context, pid, code),
            Progress::Exec(program) => self.become_program(pid, program),
            Progress::Waiting(wait) => self.register(context.now, pid, &wait),
            Progress::Ready => self.enqueue(pid),
        }
    }
}
