//! Whose turn it is: waiting, waking, and the timers that move the clock.
//!
//! Promises: processes run in the order in which they became able to; the clock moves only when none can.

use std::sync::Arc;
use std::time::Duration;

use super::descriptor::{OpenFile, PipeId};
use super::kernel::{Deferred, Kernel, Pid, ProcessState};
use super::network::{ConnectionId, ListenerId};
use super::program::{Progress, Wait};
use crate::world::clock::Time;
use crate::world::context::{Context, QUANTUM_EFFORT, START_EFFORT, Seat};

/// Processor time that a program has used when it gives the processor back without waiting.
pub const QUANTUM: Duration = Duration::from_millis(10);

/// Processor time that it takes to start a process or to become another program. It is paid by the quantum, and passes on to children: a
/// few starts take no time that shows, and what starts programs without end lets the clock move.
pub(super) const START: Duration = Duration::from_millis(1);

/// What waiting processes are woken by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum WaitKey {
    /// A child of this process ended.
    Children(Pid),
    Pipe(PipeId),
    Listener(ListenerId),
    Connection(ConnectionId),
    Engine,
    Console(Seat),
}

impl Kernel {
    /// The process whose turn it is, taken from the queue.
    pub(in crate::world) fn next_runnable(&mut self) -> Option<Pid> {
        while let Some(pid) = self.runnable.pop_front() {
            let Some(process) = self.process_mut(pid) else { continue };
            process.queued = false;
            if process.exit_status().is_some() || process.state == ProcessState::Stopped {
                continue;
            }
            let container = process.container.clone();
            if container.is_some_and(|container| self.frozen.contains(&container)) {
                self.parked.insert(pid);
                continue;
            }
            return Some(pid);
        }
        None
    }

    /// When the next sleeping process is due.
    pub(in crate::world) fn next_timer(&self) -> Option<Time> {
        self.timers.get_min().map(|(time, _)| *time)
    }

    /// Wakes the processes whose time has come.
    pub(in crate::world) fn wake_timers(&mut self, now: Time) {
        while let Some((time, pid)) = self.timers.get_min().copied() {
            if time > now {
                return;
            }
            self.timers.remove(&(time, pid));
            if let Some(process) = self.process_mut(pid) {
                process.timer = None;
            }
            self.enqueue(pid);
        }
    }

    /// Takes a process's program out to be resumed, or settles what it did before its time was paid.
    pub(in crate::world) fn take_turn(
        &mut self,
        context: &mut Context,
        pid: Pid,
    ) -> Option<Box<dyn super::program::Program>> {
        self.unregister(pid);
        self.set_busy(pid, false);
        let process = self.process_mut(pid)?;
        process.state = ProcessState::Runnable;
        if let Some(Deferred(progress)) = process.deferred.take() {
            self.apply(context, pid, progress);
            return None;
        }
        process.program.take()
    }

    /// Lends a process's program to who asks it something outside of its turns; it must be given back.
    pub(in crate::world) fn lend_program(&mut self, pid: Pid) -> Option<Box<dyn super::program::Program>> {
        self.process_mut(pid)?.program.take()
    }

    /// Gives a lent program back. Processor time that it used meanwhile is not counted.
    pub(in crate::world) fn give_back(&mut self, pid: Pid, program: Box<dyn super::program::Program>) {
        if let Some(process) = self.process_mut(pid) {
            process.program.get_or_insert(program);
            process.debt = Duration::ZERO;
        }
    }

    /// Counts processor time that a process used outside of its turns, for many requests reckoned at once.
    pub(in crate::world) fn count_work(&mut self, pid: Pid, time: Duration) {
        if let Some(process) = self.process_mut(pid) {
            process.cpu += time;
        }
    }

    /// Counts the start of a program by a process; gives what is not paid yet.
    pub(super) fn count_start(&mut self, context: &mut Context, pid: Pid) -> Duration {
        context.effort += START_EFFORT;
        let Some(process) = self.process_mut(pid) else { return Duration::ZERO };
        process.starting += START;
        if process.starting >= QUANTUM {
            process.debt += std::mem::take(&mut process.starting);
        }
        process.starting
    }

    /// Puts a program back after its turn, with what it came to.
    pub(in crate::world) fn finish_turn(
        &mut self,
        context: &mut Context,
        pid: Pid,
        program: Box<dyn super::program::Program>,
        progress: Progress,
    ) {
        let Some(process) = self.process_mut(pid) else { return };
        if process.exit_status().is_some() {
            return;
        }
        if process.program.is_none() {
            process.program = Some(program);
        }
        let mut debt = std::mem::take(&mut process.debt);
        if matches!(progress, Progress::Ready) {
            debt += QUANTUM;
            context.effort += QUANTUM_EFFORT;
        }
        process.cpu += debt;
        if debt.is_zero() {
            self.apply(context, pid, progress);
            return;
        }
        // A wait is looked at again when the time is paid: resuming is always safe.
        if matches!(progress, Progress::Exited(_) | Progress::Exec(_)) {
            process.deferred = Some(Deferred(progress));
        }
        self.set_busy(pid, true);
        let container = self.process(pid).and_then(|process| process.container.clone());
        let wall = self.stretched(container.as_ref(), debt);
        self.set_timer(pid, context.now + wall);
    }

    fn set_timer(&mut self, pid: Pid, at: Time) {
        if let Some(process) = self.process_mut(pid) {
            process.timer = Some(at);
            process.state = ProcessState::Waiting;
            self.timers.insert((at, pid));
        }
    }

    /// Lets a process wait; if what it waits for is there already, it runs again at once.
    pub(super) fn register(&mut self, now: Time, pid: Pid, wait: &Wait) {
        if let Some(process) = self.process_mut(pid) {
            process.state = ProcessState::Waiting;
        }
        if self.is_satisfied(now, pid, wait) {
            self.enqueue(pid);
            return;
        }
        self.add_waits(pid, wait);
    }

    fn add_waits(&mut self, pid: Pid, wait: &Wait) {
        let key = match wait {
            Wait::Until(at) => {
                let earlier = self.process(pid).and_then(|p| p.timer).is_some_and(|known| known <= *at);
                if !earlier {
                    if let Some(known) = self.process(pid).and_then(|p| p.timer) {
                        self.timers.remove(&(known, pid));
                    }
                    self.set_timer(pid, *at);
                }
                return;
            }
            Wait::Any(waits) => {
                for wait in waits {
                    self.add_waits(pid, wait);
                }
                return;
            }
            Wait::Signal => return,
            Wait::Child => WaitKey::Children(pid),
            Wait::Engine => WaitKey::Engine,
            Wait::Readable(descriptor) | Wait::Writable(descriptor) => {
                let Some(file) = self.open_file(pid, *descriptor) else { return };
                match file {
                    OpenFile::PipeReader(pipe) | OpenFile::PipeWriter(pipe) | OpenFile::Source { pipe, .. } => {
                        WaitKey::Pipe(*pipe)
                    }
                    OpenFile::Socket { connection, .. } => WaitKey::Connection(*connection),
                    OpenFile::Listener(listener) => WaitKey::Listener(*listener),
                    OpenFile::Console { seat, .. } => WaitKey::Console(*seat),
                    _ => return,
                }
            }
        };
        self.waiters.insert((key, pid));
        if let Some(process) = self.process_mut(pid) {
            process.waits.push(key);
        }
    }

    fn is_satisfied(&self, now: Time, pid: Pid, wait: &Wait) -> bool {
        let Some(process) = self.process(pid) else { return false };
        if !process.pending.is_empty() {
            return true;
        }
        match wait {
            Wait::Until(at) => *at <= now,
            Wait::Any(waits) => waits.iter().any(|wait| self.is_satisfied(now, pid, wait)),
            Wait::Signal | Wait::Engine => false,
            // A parent without children is told so at once (ECHILD).
            Wait::Child => {
                let mut children = self.children_of(pid).peekable();
                children.peek().is_none() || children.any(|child| child.exit_status().is_some())
            }
            Wait::Readable(descriptor) => self.is_readable(pid, *descriptor),
            Wait::Writable(descriptor) => self.is_writable(pid, *descriptor),
        }
    }

    /// Whether somebody waits for the input of the console at a seat.
    pub(in crate::world) fn console_is_awaited(&self, seat: Seat) -> bool {
        self.waiters_of(WaitKey::Console(seat)).next().is_some()
    }

    /// Whether a process waits to read from this pipe (a container that waits for its input).
    pub fn pipe_is_awaited(&self, pipe: PipeId) -> bool {
        self.waiters_of(WaitKey::Pipe(pipe)).next().is_some()
    }

    fn waiters_of(&self, key: WaitKey) -> impl Iterator<Item = Pid> {
        self.waiters.range((key, Pid(0))..=(key, Pid(u32::MAX))).map(|(_, pid)| *pid)
    }

    /// Wakes all that wait for this.
    pub(super) fn wake(&mut self, key: WaitKey) {
        let woken: Vec<Pid> = self.waiters_of(key).collect();
        for pid in woken {
            self.wake_process(pid);
        }
    }

    /// Tells the docker clients that something changed in the daemon.
    pub fn wake_engine(&mut self) {
        self.wake(WaitKey::Engine);
    }

    /// Tells whoever reads the console at a seat that there is input.
    pub fn wake_console(&mut self, seat: Seat) {
        self.wake(WaitKey::Console(seat));
    }

    /// Ends a process's wait. One that still has processor time to pay goes on paying.
    pub(super) fn wake_process(&mut self, pid: Pid) {
        let Some(process) = self.process(pid) else { return };
        if process.deferred.is_some() || process.state == ProcessState::Stopped {
            return;
        }
        self.unregister(pid);
        self.enqueue(pid);
    }

    pub(super) fn unregister(&mut self, pid: Pid) {
        let Some(process) = self.process_mut(pid) else { return };
        let waits = std::mem::take(&mut process.waits);
        let timer = process.timer.take();
        for key in waits {
            self.waiters.remove(&(key, pid));
        }
        if let Some(at) = timer {
            self.timers.remove(&(at, pid));
        }
    }

    pub(super) fn enqueue(&mut self, pid: Pid) {
        if self.mark_queued(pid) {
            self.runnable.push_back(pid);
        }
    }

    /// Lets a process go on before all others.
    pub(super) fn enqueue_first(&mut self, pid: Pid) {
        if self.mark_queued(pid) {
            self.runnable.push_front(pid);
        }
    }

    /// Whether the process is to be put in the queue: it can run and is not there yet.
    fn mark_queued(&mut self, pid: Pid) -> bool {
        let Some(process) = self.processes.get_mut(&pid).map(Arc::make_mut) else { return false };
        if process.queued || process.exit_status().is_some() {
            return false;
        }
        process.queued = true;
        true
    }
}
