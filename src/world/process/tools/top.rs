//! `top` and `watch`: looking again and again.

use std::time::Duration;

use super::call::Tool;
use super::launch::{cannot_run, spawn};
use super::options::Options;
use super::processes::{load, rows};
use super::shape::{Machine, Next};
use super::size;
use crate::world::clock::Time;
use crate::world::process::Wait;
use crate::world::process::procfs::memory;
use crate::world::process::system::WaitChild;

/// Clears the screen and goes to its first place.
const CLEAR: &str = "\x1b[H\x1b[J";

/// `top`.
#[derive(Clone, Debug)]
pub struct Top {
    left: Option<u64>,
    interval: Duration,
    batch: bool,
    next: Time,
}

impl Machine for Top {
    fn start(tool: &mut Tool<'_, '_>) -> Result<Top, i32> {
        const OPTIONS: Options = Options::short("[-bmH] [-n COUNT] [-d SECONDS]", "bn:d:", "mHpuc");
        let given = tool.options(&OPTIONS)?;
        let left = match given.value('n') {
            None => None,
            Some(text) => match text.parse::<u64>() {
                Ok(count) => Some(count),
                Err(_) => {
                    tool.complain(format_args!("invalid number '{text}'"));
                    return Err(1);
                }
            },
        };
        let default = Duration::from_secs(if tool.is_gnu() { 3 } else { 5 });
        let interval = given.value('d').and_then(size::duration).unwrap_or(default).max(Duration::from_millis(100));
        let batch = given.has('b') || !tool.system.is_terminal(1);
        Ok(Top { left, interval, batch, next: tool.system.now() })
    }

    fn step(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        if tool.system.now() < self.next {
            return Next::Wait(Wait::Until(self.next));
        }
        if self.left == Some(0) {
            return Next::Exit(0);
        }
        if !self.batch {
            tool.out(CLEAR);
        }
        table(tool);
        self.left = self.left.map(|left| left - 1);
        if self.left == Some(0) {
            return Next::Exit(0);
        }
        self.next = tool.system.now() + self.interval;
        Next::Again
    }
}

fn table(tool: &mut Tool<'_, '_>) {
    let memory = memory(tool.system.look());
    let rows = rows(tool.system);
    let load = load(tool.system);
    let kilobytes = |bytes: u64| bytes >> 10;
    let cpus = tool.system.machine().hardware.cpus.max(1);
    let now = tool.system.now();
    let busy = (load / f64::from(cpus)).min(1.0) * 100.0;
    tool.say(format_args!(
        "Mem: {}K used, {}K free, 0K shrd, {}K buff, {}K cached",
        kilobytes(memory.used + memory.cache),
        kilobytes(memory.free),
        kilobytes(memory.cache / 16),
        kilobytes(memory.cache)
    ));
    tool.say(format_args!(
        "CPU: {busy:3.0}% usr   0% sys   0% nic {:3.0}% idle   0% io   0% irq   0% sirq",
        100.0 - busy
    ));
    let running = rows.iter().filter(|row| row.state == 'R').count();
    let last = rows.last().map_or(0, |row| row.pid);
    tool.say(format_args!("Load average: {load:.2} {load:.2} {load:.2} {running}/{} {last}", rows.len()));
    tool.say("  PID  PPID USER     STAT   VSZ %VSZ %CPU COMMAND");
    for row in rows {
        let part = row.vsz * 1024 * 100 / memory.total.max(1);
        let up = now.since(row.started).as_secs_f64().max(0.01);
        let cpu = (row.cpu.as_secs_f64() / up / f64::from(cpus) * 100.0).min(100.0);
        tool.say(format_args!(
            "{:>5} {:>5} {:<8} {:<4} {:>5} {part:>3}% {cpu:>3.0}% {}",
            row.pid, row.ppid, row.user, row.state, row.vsz, row.args
        ));
    }
}

/// `watch`.
#[derive(Clone, Debug)]
pub struct Watch {
    words: Vec<String>,
    interval: Duration,
    title: bool,
    next: Time,
    child: Option<u32>,
}

impl Machine for Watch {
    fn start(tool: &mut Tool<'_, '_>) -> Result<Watch, i32> {
        const OPTIONS: Options = Options::short("[-n SEC] [-t] PROG ARGS", "+n:t", "degxc");
        let given = tool.options(&OPTIONS)?;
        if given.operands.is_empty() {
            return Err(tool.refuse(&OPTIONS));
        }
        let interval = given.value('n').and_then(size::duration).unwrap_or(Duration::from_secs(2));
        let words = vec!["sh".to_owned(), "-c".to_owned(), given.operands.join(" ")];
        let interval = interval.max(Duration::from_millis(100));
        Ok(Watch { words, interval, title: !given.has('t'), next: tool.system.now(), child: None })
    }

    fn step(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        if let Some(child) = self.child {
            match tool.system.wait_child(Some(child)) {
                WaitChild::Running => return Next::Wait(Wait::Child),
                _ => self.child = None,
            }
        }
        let now = tool.system.now();
        if now < self.next {
            return Next::Wait(Wait::Until(self.next));
        }
        self.next = now + self.interval;
        tool.out(CLEAR);
        if self.title {
            let left = format!("Every {:.1}s: {}", self.interval.as_secs_f64(), self.words[2]);
            tool.say(format_args!("{left:<60}{}\n", size::date(now, "%Y-%m-%d %H:%M:%S")));
        }
        let words = self.words.clone();
        match spawn(tool, &words, false) {
            Ok(child) => {
                self.child = Some(child);
                Next::Again
            }
            Err(errno) => Next::Exit(cannot_run(tool, "sh", errno)),
        }
    }
}
