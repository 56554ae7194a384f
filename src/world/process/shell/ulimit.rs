//! `ulimit`. Promises the options, units and messages of ash (BusyBox `shell_builtin_ulimit`) and dash (`ulimitcmd`).

use super::dialect::Dialect;
use super::interpreter::Shell;
use crate::world::process::limits::{Limit, Resource};
use crate::world::process::system::System;

/// A row of `ulimit -a`: the option's letter, what it is called, the resource, and the bytes of its unit.
type Row = (char, &'static str, Resource, u64);

const ASH: [Row; 15] = [
    ('c', "core file size (blocks)", Resource::Core, 512),
    ('d', "data seg size (kb)", Resource::Data, 1024),
    ('e', "scheduling priority", Resource::Nice, 1),
    ('f', "file size (blocks)", Resource::FileSize, 512),
    ('i', "pending signals", Resource::PendingSignals, 1),
    ('l', "max locked memory (kb)", Resource::LockedMemory, 1024),
    ('m', "max memory size (kb)", Resource::ResidentSet, 1024),
    ('n', "open files", Resource::OpenFiles, 1),
    ('q', "POSIX message queues (bytes)", Resource::MessageQueues, 1),
    ('r', "real-time priority", Resource::RealTimePriority, 1),
    ('s', "stack size (kb)", Resource::Stack, 1024),
    ('t', "cpu time (seconds)", Resource::Cpu, 1),
    ('u', "max user processes", Resource::Processes, 1),
    ('v', "virtual memory (kb)", Resource::AddressSpace, 1024),
    ('x', "file locks", Resource::Locks, 1),
];

const DASH: [Row; 12] = [
    ('t', "time(seconds)", Resource::Cpu, 1),
    ('f', "file(blocks)", Resource::FileSize, 512),
    ('d', "data(kbytes)", Resource::Data, 1024),
    ('s', "stack(kbytes)", Resource::Stack, 1024),
    ('c', "coredump(blocks)", Resource::Core, 512),
    ('m', "memory(kbytes)", Resource::ResidentSet, 1024),
    ('l', "locked memory(kbytes)", Resource::LockedMemory, 1024),
    ('p', "process", Resource::Processes, 1),
    ('n', "nofiles", Resource::OpenFiles, 1),
    ('v', "vmemory(kbytes)", Resource::AddressSpace, 1024),
    ('w', "locks", Resource::Locks, 1),
    ('r', "rtprio", Resource::RealTimePriority, 1),
];

/// Which of the two limits is asked for; both when neither is named.
#[derive(Clone, Copy)]
struct Which {
    soft: bool,
    hard: bool,
}

impl Shell {
    pub(super) fn ulimit(&mut self, arguments: &[String], system: &mut System<'_>) -> i32 {
        let rows: &[Row] = if self.dialect == Dialect::Ash { &ASH } else { &DASH };
        let mut which = Which { soft: false, hard: false };
        let (mut all, mut asked) = (false, Vec::new());
        let mut words = arguments.iter().peekable();
        while let Some(word) = words.next() {
            let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
                // A number alone is for the size of files.
                asked.push(('f', Some(word.clone())));
                continue;
            };
            let mut letters = letters.chars();
            while let Some(letter) = letters.next() {
                match letter {
                    'H' => which.hard = true,
                    'S' => which.soft = true,
                    'a' => all = true,
                    letter if rows.iter().any(|row| row.0 == letter) => {
                        let attached: String = letters.by_ref().collect();
                        let next = || words.next_if(|word| !word.starts_with('-')).cloned();
                        asked.push((letter, Some(attached).filter(|text| !text.is_empty()).or_else(next)));
                    }
                    letter => {
                        return match self.dialect {
                            Dialect::Ash => {
                                self.mutter(&format!("ulimit: invalid option -- '{letter}'\n"));
                                1
                            }
                            Dialect::Dash => {
                                self.command_error(system, "ulimit", &format!("Illegal option -{letter}"));
                                2
                            }
                        };
                    }
                }
            }
        }
        if !which.soft && !which.hard {
            which = Which { soft: true, hard: true };
        }
        if all {
            let width = if self.dialect == Dialect::Ash { 32 } else { 21 };
            for (letter, name, resource, unit) in rows {
                let letter = if self.dialect == Dialect::Ash { format!("(-{letter}) ") } else { String::new() };
                let value = shown(system.limit(*resource), which, *unit);
                self.say(&format!("{name:<width$}{letter}{value}\n"));
            }
            return 0;
        }
        if asked.is_empty() {
            asked.push(('f', None));
        }
        let several = asked.len() > 1;
        for (letter, value) in asked {
            let Some((_, name, resource, unit)) = rows.iter().find(|row| row.0 == letter) else { continue };
            match value {
                None => {
                    let heading = if several { format!("{name:<32}(-{letter}) ") } else { String::new() };
                    let value = shown(system.limit(*resource), which, *unit);
                    self.say(&format!("{heading}{value}\n"));
                }
                Some(text) => {
                    if let Err(message) = set(system, *resource, which, &text, *unit) {
                        return self.cannot_limit(system, &message, &text);
                    }
                }
            }
        }
        0
    }

    fn cannot_limit(&mut self, system: &mut System<'_>, message: &str, text: &str) -> i32 {
        match (self.dialect, message.is_empty()) {
            (Dialect::Ash, true) => {
                let line = format!("{}: invalid number '{text}'\n", self.name);
                self.mutter(&line);
                1
            }
            (Dialect::Ash, false) => {
                let line = format!("{}: error setting limit: {message}\n", self.name);
                self.mutter(&line);
                1
            }
            (Dialect::Dash, true) => {
                self.command_error(system, "ulimit", "bad number");
                2
            }
            (Dialect::Dash, false) => {
                self.command_error(system, "ulimit", &format!("error setting limit ({message})"));
                2
            }
        }
    }
}

fn shown(limit: Limit, which: Which, unit: u64) -> String {
    let value = if which.soft { limit.soft } else { limit.hard };
    value.map_or_else(|| "unlimited".to_owned(), |value| (value / unit).to_string())
}

/// Sets a limit. The error is the kernel's, or nothing when the text is no number.
fn set(system: &mut System<'_>, resource: Resource, which: Which, text: &str, unit: u64) -> Result<(), String> {
    let value = match text {
        "unlimited" => None,
        text => Some(text.parse::<u64>().map_err(|_| String::new())?.saturating_mul(unit)),
    };
    let before = system.limit(resource);
    let soft = if which.soft { value } else { before.soft };
    let hard = if which.hard { value } else { before.hard };
    system.set_limit(resource, Limit { soft, hard }).map_err(|errno| errno.to_string())
}
