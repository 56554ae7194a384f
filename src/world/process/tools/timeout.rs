//! `timeout`: a program that is ended by a signal when its time is over.
//!
//! Promises: GNU's waits for the program and tells that the time was over with 124. BusyBox's becomes the program itself, and leaves a
//! process behind that sends the signal; so its exit code is the program's, and as a container's first process it outlives it.
//! Must not know: what the program does with the signal.

use std::time::Duration;

use super::call::Tool;
use super::launch::{become_program, cannot_run, spawn};
use super::options::Options;
use super::shape::{Machine, Next, resumed};
use super::size;
use crate::world::clock::Time;
use crate::world::process::signal::Action;
use crate::world::process::system::WaitChild;
use crate::world::process::{Signal, Wait};

/// `timeout`.
#[derive(Clone, Debug)]
pub struct Timeout {
    words: Vec<String>,
    limit: Option<Time>,
    signal: Signal,
    kill_after: Option<Duration>,
    child: Option<u32>,
    timed_out: bool,
    preserve: bool,
}

impl Machine for Timeout {
    fn start(tool: &mut Tool<'_, '_>) -> Result<Timeout, i32> {
        let failure = if tool.is_gnu() { 125 } else { 1 };
        let options = Options::short("[-s SIG] [-k KILL_SECS] SECS PROG ARGS", "+s:k:pf", "v")
            .failing_with(failure)
            .with_long(&[("signal", 's'), ("kill-after", 'k'), ("preserve-status", 'p'), ("foreground", 'f')]);
        let given = tool.options(&options)?;
        let [time, words @ ..] = given.operands.as_slice() else { return Err(tool.missing_operand(&options)) };
        if words.is_empty() {
            return Err(tool.missing_operand(&options));
        }
        let Some(limit) = size::duration(time) else {
            let gnu = format!("invalid time interval '{time}'");
            let text = tool.wording(format!("invalid number '{time}'"), gnu);
            tool.complain(text);
            return Err(failure);
        };
        let signal = match given.value('s') {
            None => Signal::TERM,
            Some(text) => match Signal::parse(text) {
                Some(signal) => signal,
                None => {
                    let text = tool.wording(format!("bad signal name '{text}'"), format!("'{text}': invalid signal"));
                    tool.complain(text);
                    return Err(failure);
                }
            },
        };
        if tool.is_gnu() {
            for caught in [Signal::TERM, Signal::INT, Signal::HUP] {
                tool.system.set_action(caught, Action::Catch);
            }
        }
        Ok(Timeout {
            words: words.to_vec(),
            // No time at all means no limit.
            limit: (!limit.is_zero()).then(|| tool.system.now() + limit),
            signal,
            kill_after: given.value('k').and_then(size::duration),
            child: None,
            timed_out: false,
            preserve: given.has('p'),
        })
    }

    fn step(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        if !tool.is_gnu() {
            return self.become_it(tool);
        }
        let Some(child) = self.child else {
            let words = self.words.clone();
            return match spawn(tool, &words, false) {
                Ok(child) => {
                    self.child = Some(child);
                    Next::Again
                }
                Err(errno) => Next::Exit(cannot_run(tool, &words[0], errno)),
            };
        };
        while let Some(signal) = tool.system.take_signal() {
            // A child that has ended is seen below.
            let _ = tool.system.kill(i64::from(child), Some(signal));
        }
        match tool.system.wait_child(Some(child)) {
            WaitChild::Ended(_, _) if self.timed_out && !self.preserve => return Next::Exit(124),
            WaitChild::Ended(_, status) => return Next::Exit(status.code()),
            WaitChild::None => return Next::Exit(0),
            WaitChild::Running => {}
        }
        let Some(limit) = self.limit else { return Next::Wait(Wait::Child) };
        let now = tool.system.now();
        if now >= limit {
            let signal = if self.timed_out { Signal::KILL } else { self.signal };
            self.timed_out = true;
            let _ = tool.system.kill(i64::from(child), Some(signal));
            self.limit = self.kill_after.take().map(|after| now + after);
            return Next::Again;
        }
        Next::Wait(Wait::Any(vec![Wait::Child, Wait::Until(limit)]))
    }
}

impl Timeout {
    /// BusyBox's way: a child of a child watches the time, and this process goes on as the program.
    fn become_it(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        let Some(limit) = self.limit else { return become_program(tool, &self.words, &tool.call.environment.clone()) };
        let Some(child) = self.child else {
            let (signal, kill_after) = (self.signal, self.kill_after);
            let watch = Watch { watched: tool.system.pid(), limit, signal, kill_after, next: Time::EPOCH };
            return match tool.system.fork(resumed(tool.call.clone(), Between { watch }), false) {
                Ok(child) => {
                    self.child = Some(child);
                    Next::Again
                }
                Err(errno) => {
                    tool.complain(format_args!("fork: {errno}"));
                    Next::Exit(1)
                }
            };
        };
        match tool.system.wait_child(Some(child)) {
            WaitChild::Running => Next::Wait(Wait::Child),
            WaitChild::Ended(..) | WaitChild::None => become_program(tool, &self.words, &tool.call.environment.clone()),
        }
    }
}

/// The child that ends at once, so that the one that watches is nobody's.
#[derive(Clone, Debug)]
struct Between {
    watch: Watch,
}

impl Machine for Between {
    fn start(_: &mut Tool<'_, '_>) -> Result<Between, i32> {
        Err(1)
    }

    fn step(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        // Without a process to watch there is no limit; BusyBox says nothing either.
        let started = tool.system.fork(resumed(tool.call.clone(), self.watch.clone()), false);
        Next::Exit(i32::from(started.is_err()))
    }
}

/// Who sends the signal.
#[derive(Clone, Debug)]
struct Watch {
    watched: u32,
    limit: Time,
    signal: Signal,
    kill_after: Option<Duration>,
    /// When it looks next whether the program is still there: every second.
    next: Time,
}

impl Machine for Watch {
    fn start(_: &mut Tool<'_, '_>) -> Result<Watch, i32> {
        Err(1)
    }

    fn step(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        let (now, watched) = (tool.system.now(), i64::from(self.watched));
        if now >= self.limit {
            // Who is gone needs no signal.
            let sent = tool.system.kill(watched, Some(self.signal));
            let Some(after) = self.kill_after.take().filter(|_| sent.is_ok()) else { return Next::Exit(0) };
            (self.limit, self.signal, self.next) = (now + after, Signal::KILL, Time::EPOCH);
            return Next::Again;
        }
        if now >= self.next {
            if self.next > Time::EPOCH && tool.system.kill(watched, None).is_err() {
                return Next::Exit(0);
            }
            self.next = (now + Duration::from_secs(1)).min(self.limit);
        }
        Next::Wait(Wait::Until(self.next))
    }
}
