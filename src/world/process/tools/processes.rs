//! Processes as users see them: `ps`, `kill`, `killall`, `pidof`, `pgrep`, `pkill`, `free`.

use std::time::Duration;

use super::accounts::Accounts;
use super::busybox::Edition;
use super::call::{Flavour, Tool};
use super::options::Options;
use super::size::{date, human};
use crate::world::process::kernel::ProcessState;
use crate::world::process::procfs::memory;
use crate::world::process::{Process, Signal, System};

/// A process as `ps` shows it, with the numbers of the caller's PID namespace.
#[derive(Clone, Debug)]
pub struct Row {
    pub pid: u32,
    pub ppid: u32,
    pub pgid: u32,
    pub user: String,
    pub group: String,
    pub comm: String,
    pub args: String,
    pub state: char,
    /// Kilobytes.
    pub rss: u64,
    /// Kilobytes.
    pub vsz: u64,
    pub cpu: Duration,
    pub started: crate::world::clock::Time,
    pub terminal: bool,
}

/// The processes that the caller sees, by number.
pub fn rows(system: &System<'_>) -> Vec<Row> {
    let Some(me) = system.me() else { return Vec::new() };
    let namespace = me.namespaces.pid;
    let kernel = system.look();
    let accounts = Accounts::read(system);
    let row = |process: &Process| {
        let pid = kernel.number_in(namespace, process.pid)?;
        let number = |pid| kernel.number_in(namespace, pid).unwrap_or(0);
        // What has not had its first turn is still the copy of its parent that `fork(2)` made.
        let is_copy = process.state == ProcessState::Runnable
            && process.pid != system.host_pid()
            && process.memory == 0
            && process.cpu.is_zero()
            && process.started == system.now();
        let shown = kernel.process(process.parent).filter(|_| is_copy).unwrap_or(process);
        let comm = shown.name.to_string();
        let is_zombie = matches!(process.state, ProcessState::Zombie(_));
        let words = shown.arguments.join(" ");
        Some(Row {
            pid,
            ppid: number(process.parent),
            pgid: number(process.group),
            user: accounts.user_name(process.credentials.uid),
            group: accounts.group_name(process.credentials.gid),
            args: if is_zombie || words.is_empty() { format!("[{comm}]") } else { words },
            comm,
            state: match process.state {
                _ if process.pid == system.host_pid() => 'R',
                ProcessState::Runnable => 'R',
                ProcessState::Waiting => 'S',
                ProcessState::Stopped => 'T',
                ProcessState::Zombie(_) => 'Z',
            },
            rss: process.memory / 1024,
            vsz: if is_zombie { 0 } else { process.memory / 1024 + 1024 },
            cpu: process.cpu,
            started: process.started,
            terminal: process.terminal,
        })
    };
    let mut rows: Vec<Row> = kernel.processes().filter_map(row).collect();
    rows.sort_by_key(|row| row.pid);
    rows
}

/// The command line as BusyBox shows it: behind the name, for who runs under another than it was called by.
pub fn labelled(row: &Row) -> String {
    let called = row.args.split(' ').next().unwrap_or_default().trim_start_matches('-');
    let is_called_so = called.rsplit('/').next().unwrap_or(called).starts_with(&row.comm);
    if is_called_so || row.args.starts_with('[') { row.args.clone() } else { format!("{{{}}} {}", row.comm, row.args) }
}

/// The load average of the model: how many processes could run now, the caller apart.
pub fn load(system: &System<'_>) -> f64 {
    let runnable = |process: &&Process| process.state == ProcessState::Runnable && process.pid != system.host_pid();
    system.look().processes().filter(runnable).count() as f64
}

struct Column {
    names: &'static [&'static str],
    header: &'static str,
    width: usize,
    right: bool,
    value: fn(&Row, &System<'_>) -> String,
}

fn minutes(time: Duration) -> String {
    format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
}

fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn elapsed(row: &Row, system: &System<'_>) -> String {
    let seconds = system.now().since(row.started).as_secs();
    if seconds >= 3600 {
        clock(Duration::from_secs(seconds))
    } else {
        format!("{:02}:{:02}", seconds / 60, seconds % 60)
    }
}

fn terminal(row: &Row) -> String {
    if row.terminal { "pts/0".to_owned() } else { "?".to_owned() }
}

const COLUMNS: [Column; 16] = [
    Column { names: &["pid"], header: "PID", width: 5, right: true, value: |row, _| row.pid.to_string() },
    Column { names: &["ppid"], header: "PPID", width: 5, right: true, value: |row, _| row.ppid.to_string() },
    Column { names: &["pgid", "pgrp"], header: "PGID", width: 5, right: true, value: |row, _| row.pgid.to_string() },
    Column { names: &["sid", "sess"], header: "SID", width: 5, right: true, value: |row, _| row.pgid.to_string() },
    Column { names: &["user", "euser"], header: "USER", width: 8, right: false, value: |row, _| row.user.clone() },
    Column { names: &["ruser"], header: "RUSER", width: 8, right: false, value: |row, _| row.user.clone() },
    Column { names: &["group"], header: "GROUP", width: 8, right: false, value: |row, _| row.group.clone() },
    Column { names: &["comm", "ucmd"], header: "COMMAND", width: 16, right: false, value: |row, _| row.comm.clone() },
    Column {
        names: &["args", "cmd", "command"],
        header: "COMMAND",
        width: 27,
        right: false,
        value: |row, _| row.args.clone(),
    },
    Column { names: &["time"], header: "TIME", width: 5, right: true, value: |row, _| minutes(row.cpu) },
    Column { names: &["etime"], header: "ELAPSED", width: 7, right: true, value: elapsed },
    Column { names: &["tty", "tt"], header: "TT", width: 6, right: false, value: |row, _| terminal(row) },
    Column { names: &["vsz"], header: "VSZ", width: 4, right: true, value: |row, _| row.vsz.to_string() },
    Column { names: &["rss"], header: "RSS", width: 4, right: true, value: |row, _| row.rss.to_string() },
    Column {
        names: &["stat", "s", "state"],
        header: "STAT",
        width: 4,
        right: false,
        value: |row, _| row.state.to_string(),
    },
    Column { names: &["nice", "ni"], header: "NI", width: 5, right: true, value: |_, _| "0".to_owned() },
];

/// `ps`.
pub fn ps(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options = Options::short("[-o COL1,COL2=HEADER] [-T]", "o:aAeflwup:Tx", "gtCGUs");
    let mut arguments = tool.call.arguments.clone();
    // BSD's letters come without a dash; BusyBox ignores them.
    let bsd = arguments.first().filter(|first| !first.starts_with('-') && first.chars().all(|c| "auxwfe".contains(c)));
    let bsd = bsd.cloned();
    if bsd.is_some() {
        arguments.remove(0);
    }
    let given = match tool.options_of(&OPTIONS, &arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let mut rows = rows(tool.system);
    if !tool.is_gnu() {
        rows.iter_mut().for_each(|row| row.args = labelled(row));
    }
    if let Some(wanted) = given.value('p') {
        let wanted: Vec<u32> = wanted.split(',').filter_map(|number| number.parse().ok()).collect();
        rows.retain(|row| wanted.contains(&row.pid));
    }
    let bsd = bsd.unwrap_or_default();
    let all = given.has('e') || given.has('A') || given.has('p') || bsd.contains('x');
    if tool.is_gnu() && !all {
        // Only what has the caller's terminal.
        let mine = tool.system.me().is_some_and(|me| me.terminal);
        let uid = tool.system.credentials().uid;
        let user = Accounts::read(tool.system).user_name(uid);
        rows.retain(|row| row.terminal == mine && row.user == user);
    }
    let specification: Vec<&str> = given.values('o').collect();
    if !specification.is_empty() {
        return columns(tool, &rows, &specification.join(","));
    }
    if !tool.is_gnu() {
        let shown = match tool.call.flavour {
            Flavour::BusyBox(Edition::Debian) => "pid,user,args",
            _ => "pid,user,time,args",
        };
        return columns(tool, &rows, shown);
    }
    if bsd.contains('u') {
        tool.say("USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND");
        let memory = tool.system.machine().hardware.memory.max(1);
        for row in &rows {
            let up = tool.system.now().since(row.started).as_secs_f64().max(0.01);
            let cpu = (row.cpu.as_secs_f64() / up * 100.0).min(100.0);
            let part = row.rss as f64 * 1024.0 / memory as f64 * 100.0;
            tool.say(format_args!(
                "{:<8} {:>7} {cpu:4.1} {part:4.1} {:>6} {:>5} {:<8} {:<4} {} {:>6} {}",
                row.user,
                row.pid,
                row.vsz,
                row.rss,
                terminal(row),
                row.state,
                date(row.started, "%H:%M"),
                minutes(row.cpu),
                row.args
            ));
        }
    } else if given.has('f') {
        tool.say("UID          PID    PPID  C STIME TTY          TIME CMD");
        for row in &rows {
            tool.say(format_args!(
                "{:<8} {:>7} {:>7}  0 {} {:<8} {} {}",
                row.user,
                row.pid,
                row.ppid,
                date(row.started, "%H:%M"),
                terminal(row),
                clock(row.cpu),
                row.args
            ));
        }
    } else if bsd.contains('x') {
        tool.say("    PID TTY      STAT   TIME COMMAND");
        for row in &rows {
            tool.say(format_args!(
                "{:>7} {:<8} {:<4} {:>6} {}",
                row.pid,
                terminal(row),
                row.state,
                minutes(row.cpu),
                row.args
            ));
        }
    } else {
        tool.say("    PID TTY          TIME CMD");
        for row in &rows {
            tool.say(format_args!("{:>7} {:<8} {} {}", row.pid, terminal(row), clock(row.cpu), row.comm));
        }
    }
    0
}

fn columns(tool: &mut Tool<'_, '_>, rows: &[Row], specification: &str) -> i32 {
    let mut chosen: Vec<(&Column, String)> = Vec::new();
    for word in specification.split([',', ' ']).filter(|word| !word.is_empty()) {
        let (name, header) = word.split_once('=').map_or((word, None), |(name, header)| (name, Some(header)));
        let Some(column) = COLUMNS.iter().find(|column| column.names.contains(&name)) else {
            let known = "user,group,comm,args,pid,ppid,pgid,etime,nice,ruser,time,tty,vsz,sid,stat,rss";
            let gnu = format!("unknown user-defined format specifier \"{name}\"");
            let text = tool.wording(format!("bad -o argument '{name}', supported arguments: {known}"), gnu);
            tool.complain(text);
            return 1;
        };
        chosen.push((column, header.unwrap_or(column.header).to_owned()));
    }
    let last = chosen.len().saturating_sub(1);
    let gnu = tool.is_gnu();
    if chosen.iter().any(|(_, header)| !header.is_empty()) {
        let mut line = String::new();
        for (at, (column, header)) in chosen.iter().enumerate() {
            let width = column_width(column, gnu).max(header.len());
            line.push_str(&match at {
                _ if column.right && gnu => format!("{header:>width$}"),
                _ if at == last => header.clone(),
                _ => format!("{header:<width$}"),
            });
            line.push_str(if at == last { "" } else { " " });
        }
        tool.say(line);
    }
    for row in rows {
        let mut line = String::new();
        for (at, (column, header)) in chosen.iter().enumerate() {
            let width = column_width(column, gnu).max(header.len());
            let value = (column.value)(row, tool.system);
            line.push_str(&match column.right {
                true => format!("{value:>width$}"),
                false if at == last => value,
                false => format!("{:<width$}", value.chars().take(width).collect::<String>()),
            });
            line.push_str(if at == last { "" } else { " " });
        }
        tool.say(line);
    }
    0
}

/// procps gives process numbers seven places.
fn column_width(column: &Column, gnu: bool) -> usize {
    if gnu && matches!(column.header, "PID" | "PPID" | "PGID" | "SID") { 7 } else { column.width }
}

/// `kill`.
pub fn kill(tool: &mut Tool<'_, '_>) -> i32 {
    let mut words = tool.call.arguments.clone();
    let mut signal = Some(Signal::TERM);
    let parse = |text: &str| if text == "0" || text == "EXIT" { Some(None) } else { Signal::parse(text).map(Some) };
    match words.first().map(String::as_str) {
        Some("-l") => return list_signals(tool, &words[1..]),
        Some("--") => drop(words.remove(0)),
        Some(first) if first.len() > 1 && first.starts_with('-') => {
            let mut text = words.remove(0)[1..].to_owned();
            if text == "s" || text == "n" {
                if words.is_empty() {
                    tool.complain("option requires an argument -- 's'");
                    return 1;
                }
                text = words.remove(0);
            }
            match parse(&text) {
                Some(parsed) => signal = parsed,
                None => {
                    let gnu = format!("unknown signal '{text}'");
                    let text = tool.wording(format!("bad signal name '{text}'"), gnu);
                    tool.complain(text);
                    return 1;
                }
            }
            if words.first().is_some_and(|word| word == "--") {
                words.remove(0);
            }
        }
        _ => {}
    }
    if words.is_empty() {
        tool.complain("you need to specify whom to kill");
        return 1;
    }
    let mut code = 0;
    for word in &words {
        let Ok(number) = word.parse::<i64>() else {
            let text = tool.wording(format!("invalid number '{word}'"), format!("failed to parse argument: '{word}'"));
            tool.complain(text);
            code = 1;
            continue;
        };
        if let Err(errno) = tool.system.kill(number, signal) {
            let gnu = format!("({number}): {errno}");
            let text = tool.wording(format!("can't kill pid {number}: {errno}"), gnu);
            tool.complain(text);
            code = 1;
        }
    }
    code
}

fn list_signals(tool: &mut Tool<'_, '_>, words: &[String]) -> i32 {
    if words.is_empty() {
        for number in 1..=31 {
            if let Some(signal) = Signal::from_number(number) {
                tool.say(format_args!("{number:2}) {}", signal.name()));
            }
        }
        return 0;
    }
    for word in words {
        // A number above 128 is an exit code.
        let number = word.parse::<u32>().ok().map(|number| number & 0x7f);
        match number.and_then(|number| Signal::from_number(u8::try_from(number).ok()?)) {
            Some(signal) => tool.say(signal.name()),
            None => match Signal::parse(word) {
                Some(signal) => tool.say(signal.number()),
                None => {
                    tool.complain(format_args!("unknown signal '{word}'"));
                    return 1;
                }
            },
        }
    }
    0
}

/// `killall`, `pkill`, `pgrep`, `pidof`.
pub fn by_name(tool: &mut Tool<'_, '_>) -> i32 {
    let mut words = tool.call.arguments.clone();
    let mut signal = Signal::TERM;
    let kind = tool.call.name.clone();
    let kills = matches!(kind.as_str(), "killall" | "pkill");
    let (mut full, mut long, mut exact, mut single) =
        (false, false, matches!(kind.as_str(), "killall" | "pidof"), false);
    while let Some(word) = words.first().cloned().filter(|word| word.len() > 1 && word.starts_with('-')) {
        words.remove(0);
        match &word[1..] {
            "f" => full = true,
            "l" | "a" => long = true,
            "x" => exact = true,
            "q" => {}
            "s" if !kills => single = true,
            text => match Signal::parse(text).filter(|_| kills) {
                Some(parsed) => signal = parsed,
                None => return tool.not_modelled(format_args!("the option {word}")),
            },
        }
    }
    if words.is_empty() {
        return tool.missing_operand(&Options::short("NAME...", "", ""));
    }
    let me = tool.system.pid();
    let mut code = 1;
    let mut found = Vec::new();
    for word in &words {
        let matching: Vec<Row> = rows(tool.system)
            .into_iter()
            .filter(|row| row.pid != me && row.state != 'Z')
            .filter(|row| {
                let text = if full { &row.args } else { &row.comm };
                if exact { text == word.rsplit('/').next().unwrap_or(word) } else { text.contains(word.as_str()) }
            })
            .collect();
        if matching.is_empty() && kind == "killall" {
            let what = if tool.is_gnu() { "found" } else { "killed" };
            tool.output.push(2, format!("{word}: no process {what}\n").as_bytes());
        }
        found.extend(matching);
    }
    if kind == "pidof" {
        found.reverse();
        let numbers: Vec<String> = found.iter().map(|row| row.pid.to_string()).collect();
        if !numbers.is_empty() {
            code = 0;
            tool.say(numbers[..if single { 1 } else { numbers.len() }].join(" "));
        }
        return code;
    }
    for row in found {
        code = 0;
        if !kills {
            if long { tool.say(format_args!("{} {}", row.pid, row.args)) } else { tool.say(row.pid) }
        } else if let Err(errno) = tool.system.kill(i64::from(row.pid), Some(signal)) {
            tool.complain(format_args!("can't kill pid {}: {errno}", row.pid));
            code = 1;
        }
    }
    code
}

/// `free`.
pub fn free(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options = Options::short("[-bkmgh]", "bkmgh", "stcwl").with_long(&[("human", 'h'), ("mebi", 'm')]);
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let memory = memory(tool.system.look());
    let gnu = tool.is_gnu();
    let unit = given.last_of("bkmgh");
    let show = |bytes: u64| match unit {
        Some('b') => bytes.to_string(),
        Some('m') => (bytes >> 20).to_string(),
        Some('g') => (bytes >> 30).to_string(),
        Some('h') if gnu => format!("{}{}", human(bytes, true), if bytes >= 1024 { "i" } else { "B" }),
        Some('h') if bytes == 0 => "0".to_owned(),
        Some('h') => human(bytes, false),
        _ => (bytes >> 10).to_string(),
    };
    let first = if gnu { 16 } else { 15 };
    let header = format!("{:>width$}", "total", width = first + 4);
    tool.say(format_args!("{header}        used        free      shared  buff/cache   available"));
    tool.say(format_args!(
        "Mem:{:>first$}{:>12}{:>12}{:>12}{:>12}{:>12}",
        show(memory.total),
        show(memory.used),
        show(memory.free),
        show(0),
        show(memory.cache),
        show(memory.available)
    ));
    tool.say(format_args!("Swap:{:>width$}{:>12}{:>12}", show(0), show(0), show(0), width = first - 1));
    0
}
