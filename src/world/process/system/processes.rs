//! The system calls for processes and signals: spawn, fork, exec, wait, kill.
//!
//! Promises: numbers are those of the caller's own PID namespace. Must not know: which programs there are.

use super::{Spawn, System, WaitChild};
use crate::world::filesystem::errno::Errno;
use crate::world::process::capabilities::Capability;
use crate::world::process::kernel::{Kernel, Pid, Process};
use crate::world::process::life::{Birth, name_of};
use crate::world::process::limits::Resource;
use crate::world::process::program::{Program, Progress};
use crate::world::process::signal::{Action, Signal};

impl System<'_> {
    /// Starts a child with a program of its own.
    ///
    /// # Errors
    /// As [`Kernel::load`](super::Kernel::load); `EAGAIN`.
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
            credentials: match spawn.credentials {
                Some(other) => me.credentials.becoming(other.uid, other.gid, other.groups),
                None => me.credentials,
            },
            working_directory: caller.working_directory,
            umask: me.umask,
            limits: me.limits,
            oom_score: me.oom_score,
            arguments: if spawn.keeps_command_line { me.arguments } else { loaded.arguments },
            environment: spawn.environment.into(),
            executable: loaded.executable,
            name: spawn.name.as_deref().map_or(loaded.name, name_of),
            descriptors,
            terminal: me.terminal,
            program: loaded.program,
            actions,
        };
        self.start(birth)
    }

    pub(super) fn start(&mut self, birth: Birth) -> Result<u32, Errno> {
        let limit = birth.container.as_deref().and_then(|id| Some((id, self.kernel().control_group(id)?.processes?)));
        if let Some((id, limit)) = limit
            && self.kernel().processes_of(id).count() as u64 >= limit
        {
            self.kernel_mut().release_descriptors(&birth.descriptors);
            return Err(Errno::EAGAIN);
        }
        let mine = birth.limits.get(self.kernel(), Resource::Processes).soft;
        let uid = birth.credentials.uid;
        let spared = uid == 0 || birth.credentials.has(Capability::SYS_RESOURCE);
        if let Some(limit) = mine.filter(|_| !spared)
            && self.kernel().processes().filter(|process| process.credentials.uid == uid).count() as u64 >= limit
        {
            self.kernel_mut().release_descriptors(&birth.descriptors);
            return Err(Errno::EAGAIN);
        }
        let pid = self.machine.kernel.begin(self.context, birth)?;
        let starting = self.machine.kernel.count_start(self.context, self.pid);
        let Some(child) = self.machine.kernel.process_mut(pid) else { return Ok(0) };
        child.starting = starting;
        Ok(child.namespace_pid)
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
            limits: me.limits,
            oom_score: me.oom_score,
            arguments: me.arguments,
            environment: me.environment,
            executable: me.executable,
            name: me.name,
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
    /// As [`Kernel::load`](super::Kernel::load); the caller then goes on as it was.
    pub fn exec(&mut self, path: &str, arguments: &[String], environment: &[String]) -> Result<Progress, Errno> {
        let caller = self.caller();
        let loaded = self.kernel().load(self.context, &caller, path, arguments, environment)?;
        self.machine.kernel.count_start(self.context, self.pid);
        if let Some(process) = self.process_mut() {
            process.arguments = loaded.arguments;
            process.environment = environment.into();
            process.executable = loaded.executable;
            process.name = loaded.name;
        }
        Ok(Progress::Exec(loaded.program))
    }

    /// Asks for a child that ended: this one (by its number in the caller's namespace), or any.
    pub fn wait_child(&mut self, child: Option<u32>) -> WaitChild {
        let Some((me, namespace)) = self.process().map(|p| (p.pid, p.namespaces.pid)) else { return WaitChild::None };
        let wanted = child.map(|number| self.kernel().find_in(namespace, number));
        let mut running = false;
        let mut ended = None;
        for process in self.kernel().children_of(me) {
            if wanted.is_some_and(|wanted| wanted != Some(process.pid)) {
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
        let own = &me.credentials;
        let allowed = |p: &Process| own.has(Capability::KILL) || p.credentials.uid == own.uid;
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

    /// `setsid(2)`: begins a session and a process group of its own.
    ///
    /// # Errors
    /// `EPERM` for who leads a process group already.
    pub fn set_session(&mut self) -> Result<(), Errno> {
        let process = self.process_mut().ok_or(Errno::ESRCH)?;
        if process.group == process.pid {
            return Err(Errno::EPERM);
        }
        process.session = process.pid;
        process.group = process.pid;
        process.terminal = false;
        Ok(())
    }

    /// Changes the name that `ps` shows of the process (`prctl(PR_SET_NAME)`).
    pub fn set_name(&mut self, name: &str) {
        if let Some(process) = self.process_mut() {
            process.name = name_of(name);
        }
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
}
