//! Built-ins about processes: `trap`, `kill`, `wait`, `jobs`, `fg`, `bg`. Promises the messages and exit codes of ash and dash.

use super::children::describe_signal;
use super::dialect::Dialect;
use super::frame::Frame;
use super::interpreter::{Job, Shell, Step};
use super::simple::quote;
use crate::world::filesystem::errno::Errno;
use crate::world::process::kernel::ExitStatus;
use crate::world::process::program::Progress;
use crate::world::process::signal::{Action, Signal};
use crate::world::process::system::System;
use std::sync::Arc;

/// A signal as `trap` and `kill` name it; 0 is `EXIT`.
fn signal_number(text: &str) -> Option<u8> {
    if text == "EXIT" || text == "0" {
        return Some(0);
    }
    Signal::parse(text).map(Signal::number)
}

fn signal_name(number: u8) -> String {
    Signal::from_number(number).map_or_else(|| "EXIT".to_owned(), Signal::name)
}

impl Shell {
    pub(super) fn trap(&mut self, arguments: &[String], system: &mut System<'_>) -> i32 {
        let arguments = arguments.strip_prefix(&["--".to_owned()]).unwrap_or(arguments);
        if arguments.is_empty() {
            let lines: Vec<String> = self
                .traps
                .iter()
                .map(|(number, action)| format!("trap -- {} {}\n", quote(action), signal_name(*number)))
                .collect();
            self.say(&lines.concat());
            return 0;
        }
        let (action, signals) = match arguments {
            [only] => (None, std::slice::from_ref(only)),
            [action, signals @ ..]
                if signal_number(action).is_some() && action.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                let _ = signals;
                (None, arguments)
            }
            [action, signals @ ..] => (Some(action.as_str()).filter(|action| *action != "-"), signals),
            [] => (None, arguments),
        };
        let mut status = 0;
        for text in signals {
            let Some(number) = signal_number(text) else {
                match self.dialect {
                    Dialect::Ash => {
                        self.command_error(system, "trap", &format!("{text}: invalid signal specification"))
                    }
                    Dialect::Dash => self.mutter(&format!("trap: {text}: bad trap\n")),
                }
                status = 1;
                continue;
            };
            match action {
                Some(action) => {
                    self.traps.insert(number, Arc::from(action));
                }
                None => {
                    self.traps.remove(&number);
                }
            }
            if let Some(signal) = Signal::from_number(number) {
                let by_default = match (self.interactive, signal) {
                    (true, Signal::INT | Signal::QUIT | Signal::TERM) => Action::Catch,
                    _ => Action::Default,
                };
                system.set_action(
                    signal,
                    match action {
                        Some("") => Action::Ignore,
                        Some(_) => Action::Catch,
                        None => by_default,
                    },
                );
            }
        }
        status
    }

    pub(super) fn kill(&mut self, arguments: &[String], system: &mut System<'_>) -> Step {
        self.status = 0;
        let mut signal = Some(Signal::TERM);
        let mut operands = arguments;
        if let Some((first, rest)) = arguments.split_first() {
            match first.as_str() {
                "-l" => {
                    self.list_signals(rest);
                    return Step::Continue;
                }
                "-s" | "-n" => match rest.split_first() {
                    Some((name, rest)) => {
                        let Some(number) = signal_number(name) else { return self.bad_signal(name, system) };
                        signal = Signal::from_number(number);
                        operands = rest;
                    }
                    None => operands = rest,
                },
                "--" => operands = rest,
                option if option.len() > 1 && option.starts_with('-') => {
                    let Some(number) = signal_number(&option[1..]) else {
                        return self.bad_signal(&option[1..], system);
                    };
                    signal = Signal::from_number(number);
                    operands = rest;
                    if operands.first().is_some_and(|text| text == "--") {
                        operands = &operands[1..];
                    }
                }
                _ => {}
            }
        }
        if operands.is_empty() {
            return match self.dialect {
                Dialect::Ash => {
                    let message = format!("{}: you need to specify whom to kill\n", self.name);
                    self.mutter(&message);
                    self.status = 1;
                    Step::Continue
                }
                Dialect::Dash => {
                    let usage = "Usage: kill [-s sigspec | -signum | -sigspec] [pid | job]... or\nkill -l [exitstatus]";
                    self.command_error(system, "kill", usage);
                    self.status = 2;
                    Step::Continue
                }
            };
        }
        for operand in operands {
            let target = if let Some(job) = operand.strip_prefix('%') {
                match self.find_job(job) {
                    Some(job) => job.children.last().map(|child| i64::from(*child)),
                    None => return self.no_such_job("kill", operand, system),
                }
            } else {
                operand.parse().ok()
            };
            let Some(target) = target else {
                match self.dialect {
                    Dialect::Ash => {
                        let message = format!("{}: invalid number '{operand}'\n", self.name);
                        self.mutter(&message);
                        self.status = 1;
                    }
                    Dialect::Dash => {
                        self.command_error(system, "kill", &format!("Illegal number: {operand}"));
                        self.status = 2;
                    }
                }
                continue;
            };
            if let Err(errno) = system.kill(target, signal) {
                self.status = 1;
                match self.dialect {
                    Dialect::Ash => {
                        let message = format!("{}: can't kill pid {target}: {errno}\n", self.name);
                        self.mutter(&message);
                    }
                    Dialect::Dash => {
                        self.command_error(system, "kill", &errno.to_string());
                        self.mutter("\n");
                    }
                }
            }
        }
        if let Some(step) = self.exited(system) {
            return step;
        }
        // A signal that this shell sent itself stops it here.
        if operands
            .iter()
            .any(|operand| operand == "0" || operand.starts_with('-') || *operand == system.pid().to_string())
        {
            let pieces = std::mem::take(&mut self.output);
            if !pieces.is_empty() {
                self.frames.push(Frame::Write { pieces, index: 0, offset: 0 });
            }
            return Step::End(Progress::Ready);
        }
        Step::Continue
    }

    fn bad_signal(&mut self, name: &str, system: &mut System<'_>) -> Step {
        match self.dialect {
            Dialect::Ash => {
                let message = format!("{}: bad signal name '{name}'\n", self.name);
                self.mutter(&message);
                self.status = 1;
            }
            Dialect::Dash => {
                self.command_error(system, "kill", &format!("Illegal option -{}", name.chars().next().unwrap_or('?')));
                self.status = 2;
            }
        }
        Step::Continue
    }

    fn list_signals(&mut self, operands: &[String]) {
        if operands.is_empty() {
            for number in 1..=31 {
                let name = signal_name(number);
                self.say(&match self.dialect {
                    Dialect::Ash => format!("{number:2}) {name}\n"),
                    Dialect::Dash => format!("{name}\n"),
                });
            }
        }
        for operand in operands {
            let text = match operand.parse::<u8>() {
                Ok(number) => signal_name(if number > 128 { number - 128 } else { number }),
                Err(_) => match signal_number(operand).filter(|_| self.dialect == Dialect::Ash) {
                    Some(number) => number.to_string(),
                    None => {
                        let message = format!("invalid signal number or exit status: {operand}");
                        self.tool_error("kill", &message);
                        self.status = 1;
                        continue;
                    }
                },
            };
            self.say(&format!("{text}\n"));
        }
    }

    /// The job that `%1`, `%%`, `%+`, `%-` or `%text` means, given without the percent sign.
    fn find_job(&self, text: &str) -> Option<&Job> {
        match text {
            "" | "%" | "+" => self.jobs.last(),
            "-" => self.jobs.len().checked_sub(2).and_then(|index| self.jobs.get(index)),
            _ => match text.parse::<usize>() {
                Ok(number) => self.jobs.iter().find(|job| job.number == number),
                Err(_) => self.jobs.iter().find(|job| job.text.starts_with(text)),
            },
        }
    }

    fn no_such_job(&mut self, command: &str, text: &str, system: &mut System<'_>) -> Step {
        let message = match self.dialect {
            Dialect::Ash => format!("{text}: no such job"),
            Dialect::Dash => format!("No such job: {text}"),
        };
        self.command_error(system, command, &message);
        self.status = 2;
        Step::Continue
    }

    pub(super) fn wait_builtin(&mut self, arguments: &[String], system: &mut System<'_>) -> Step {
        let mut children = Vec::new();
        for argument in arguments {
            match argument.strip_prefix('%') {
                Some(job) => match self.find_job(job) {
                    Some(job) => children.extend(job.children.iter().copied()),
                    None => return self.no_such_job("wait", argument, system),
                },
                None => match self.number("wait", argument, system) {
                    Some(number) => children.push(number.unsigned_abs()),
                    None => {
                        self.status = 2;
                        return Step::Continue;
                    }
                },
            }
        }
        self.frames.push(Frame::Wait { all: arguments.is_empty(), children });
        Step::Continue
    }

    pub(super) fn list_jobs(&mut self, system: &mut System<'_>) -> i32 {
        let jobs = self.jobs.clone();
        let count = jobs.len();
        // The newest first, as the shells keep them.
        for (index, job) in jobs.iter().enumerate().rev() {
            let mark = match count - index {
                1 => '+',
                2 => '-',
                _ => ' ',
            };
            let status = self.job_status(job, system);
            let state = match status {
                None => "Running".to_owned(),
                Some(ExitStatus::Code(0)) => "Done".to_owned(),
                Some(ExitStatus::Code(code)) => format!("Done({code})"),
                Some(ExitStatus::Signal(signal)) => describe_signal(signal),
            };
            let line = match self.dialect {
                Dialect::Ash => format!("[{}]{mark}  {state:<26} {}\n", job.number, job.text),
                Dialect::Dash => format!("[{}] {mark} {state:<26} {}\n", job.number, job.text),
            };
            self.say(&line);
            if status.is_some() {
                self.jobs.retain(|other| other.number != job.number);
            }
        }
        0
    }

    pub(super) fn foreground(&mut self, arguments: &[String], system: &mut System<'_>) -> Step {
        let text = arguments.first().map_or("", String::as_str);
        match self.find_job(text.trim_start_matches('%')).cloned() {
            Some(job) => {
                self.say(&format!("{}\n", job.text));
                for child in &job.children {
                    let _ = system.kill(i64::from(*child), Some(Signal::CONT));
                }
                for (descriptor, bytes) in std::mem::take(&mut self.output) {
                    let _ = system.write(descriptor, &bytes);
                }
                self.jobs.retain(|other| other.number != job.number);
                self.frames.push(Frame::Children { children: job.children });
                Step::Continue
            }
            None => {
                self.no_current_job("fg", text, system);
                self.status = 2;
                Step::Continue
            }
        }
    }

    pub(super) fn background(&mut self, arguments: &[String], system: &mut System<'_>) -> i32 {
        let text = arguments.first().map_or("", String::as_str);
        match self.find_job(text.trim_start_matches('%')).cloned() {
            Some(job) => {
                let continued: Result<Vec<()>, Errno> =
                    job.children.iter().map(|child| system.kill(i64::from(*child), Some(Signal::CONT))).collect();
                self.say(&format!("[{}] {}\n", job.number, job.text));
                i32::from(continued.is_err())
            }
            None => {
                self.no_current_job("bg", text, system);
                2
            }
        }
    }

    fn no_current_job(&mut self, command: &str, text: &str, system: &mut System<'_>) {
        let message = match (text, self.dialect) {
            ("", _) => "No current job".to_owned(),
            (text, Dialect::Ash) => format!("{text}: no such job"),
            (text, Dialect::Dash) => format!("No such job: {text}"),
        };
        self.command_error(system, command, &message);
    }
}
