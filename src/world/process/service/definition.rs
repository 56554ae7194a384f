//! What a service does, as values: how it starts, what it says, where it listens, what it answers, how it ends.
//!
//! Promises: plain values without behaviour. Must not know the kernel: the program that runs a definition does.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use crate::world::process::signal::Signal;

/// One program that is described by data: `assets/programs/NAME.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceDefinition {
    /// The program's name in the program table.
    pub name: Arc<str>,
    /// What it is, in a line.
    pub about: String,
    /// What it does for which arguments; the first that fits counts.
    pub modes: Vec<Mode>,
}

/// What the program does when it is called in a certain way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mode {
    /// The arguments must begin with these; none fits always.
    pub arguments: Vec<String>,
    /// From its start until it listens or ends.
    pub start: Duration,
    /// What it writes, counted from its start, in order of time.
    pub log: Vec<LogLine>,
    /// It ends with this code after `start`: it is no service, but a command. `None`: it stays until a signal ends it.
    pub exit: Option<u8>,
    /// Where it listens once it has started.
    pub listen: Option<Listen>,
    /// What it answers there.
    pub protocol: Protocol,
    /// Processes it starts, in order, after `start`.
    pub children: Vec<Child>,
    /// Resident memory of the main process, from its start on: the last point that has passed counts.
    pub memory: Vec<MemoryPoint>,
    /// What it does when a signal comes. A signal that is not named does what it does to every program.
    pub signals: BTreeMap<Signal, Reaction>,
    /// Files it creates when it starts: one that ends in `.pid` holds its number, any other is empty.
    pub creates: Vec<String>,
    /// Whether it does what nginx's configuration files say.
    pub configured: bool,
}

/// Where a line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

/// One line that the program writes. The text may hold [`Placeholder`]s in braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Time since the start, or since the signal.
    pub after: Duration,
    pub stream: Stream,
    pub text: Vec<Piece>,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    Placeholder(Placeholder),
}

/// What is filled into a line when it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// `{pid}`: the process's number in its own namespace.
    Pid,
    /// `{child}`: the number of the child that the line is about; lines with it are written once for each child.
    Child,
    /// `{cpus}`: processors of the machine.
    Cpus,
    /// `{kernel}`: the kernel's release.
    Kernel,
    /// `{port}`: the port it listens on.
    Port,
    /// `{signal}`: the number of the signal that came.
    Signal,
    /// `{clock:nginx}`: `2025/11/03 09:00:00`.
    ClockNginx,
    /// `{clock:redis}`: `03 Nov 2025 09:00:00.000`.
    ClockRedis,
    /// `{clock:postgres}`: `2025-11-03 09:00:00.000 UTC`.
    ClockPostgres,
    /// `{env:NAME}`: a variable of the environment, empty if it is not set.
    Environment(String),
}

/// Where a service listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    pub address: Ipv4Addr,
    pub port: u16,
    /// The argument after which another port may be given: `--port 7000`.
    pub port_option: Option<String>,
    /// The last argument of all may be another port: `python3 -m http.server 9000`.
    pub port_operand: bool,
}

/// What a service answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// It takes connections and says nothing.
    Silent,
    /// HTTP/1.1: GET and HEAD of files.
    Http(Http),
    /// Redis: PING, ECHO, SET, GET, DEL, EXISTS, INCR, DBSIZE, KEYS *, in RESP and inline.
    Redis,
    /// PostgreSQL: refuses the start-up message as the server refuses an unknown user.
    Postgres,
}

/// A static web site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// The directory that is served; `None` for the working directory.
    pub root: Option<String>,
    /// The file that stands for a directory; empty for a listing.
    pub index: String,
    /// The value of the `Server` header.
    pub server: Vec<Piece>,
    /// The log line of each request.
    pub access_log: AccessLog,
    /// Processor time that a request takes.
    pub work: Duration,
    /// Where the log line goes: a path, usually a symbolic link to `/dev/stdout`; `None` for the standard error stream.
    pub access_log_file: Option<String>,
}

/// The form of a web server's log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessLog {
    /// nginx's `main`: `172.17.0.1 - - [03/Nov/2025:09:00:00 +0000] "GET / HTTP/1.1" 200 615 "-" "curl/8.5.0" "-"`.
    NginxMain,
    /// Python's `http.server`: `172.17.0.1 - - [03/Nov/2025 09:00:00] "GET / HTTP/1.1" 200 -`.
    Python,
    /// Nothing is written.
    Off,
}

/// Processes that the main process starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// What `ps` shows.
    pub title: String,
    pub count: ChildCount,
    /// The user it runs as, by name; `None` for the main process's own.
    pub user: Option<String>,
    /// Resident memory of each, in bytes.
    pub memory: u64,
}

/// How many of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChildCount {
    Fixed(u16),
    /// One for each processor (`worker_processes auto`).
    PerCpu,
}

/// Memory from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryPoint {
    /// Time since the start.
    pub after: Duration,
    /// Resident bytes.
    pub bytes: u64,
}

/// What a signal does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// Lines written, counted from the signal.
    pub log: Vec<LogLine>,
    /// Time until the reaction is over.
    pub after: Duration,
    /// The exit code it ends with; `None`: it goes on (a reload).
    pub exit: Option<u8>,
}

impl ServiceDefinition {
    /// What the program does when it is called with these arguments (without its name); none if it cannot be called so.
    pub fn mode(&self, arguments: &[String]) -> Option<&Mode> {
        self.modes.iter().find(|mode| arguments.starts_with(&mode.arguments))
    }
}

impl Mode {
    /// Resident memory of the main process this long after its start.
    pub fn memory_at(&self, since_start: Duration) -> u64 {
        self.memory.iter().take_while(|point| point.after <= since_start).last().map_or(0, |point| point.bytes)
    }

    /// Time from the start until the program can be used.
    pub const fn ready_after(&self) -> Duration {
        self.start
    }
}
