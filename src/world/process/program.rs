//! What a program is: a machine that runs until it must wait.
//!
//! The shell, the small tools, the services and the docker client are all programs. A program keeps its whole
//! state in itself, so that a world can be cloned while it runs, and asks for everything through [`System`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use super::system::System;
use crate::world::clock::Time;

/// How far a program got when it gave the processor back.
#[derive(Debug)]
pub enum Progress {
    /// It used up its share (see [`System::spend`]) and wants to go on.
    Ready,
    /// It can do nothing until this happens. It is then resumed and looks again: being woken promises nothing.
    Waiting(Wait),
    /// It ended with this exit code (only the low 8 bits are kept, as by `exit(2)`).
    Exited(i32),
    /// It became another program, as by `execve(2)`; made by [`System::exec`].
    Exec(Box<dyn Program>),
}

/// What a program waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The clock.
    Until(Time),
    /// A child that ends.
    Child,
    /// Something to read, an end of file, or a connection to accept, on this descriptor.
    Readable(u32),
    /// Room to write on this descriptor.
    Writable(u32),
    /// Any signal that it catches (every wait is interrupted by those anyway).
    Signal,
    /// Anything that changed in the Docker daemon: a state, output, progress.
    Engine,
    /// The first of several.
    Any(Vec<Wait>),
}

/// A resumable machine.
pub trait Program: fmt::Debug + Send + Sync {
    /// Goes on until it must wait, has used its share, or ends.
    ///
    /// It must not loop without end: after about a thousand steps it returns [`Progress::Ready`].
    fn resume(&mut self, system: &mut System<'_>) -> Progress;

    /// A copy that goes on independently.
    fn boxed_clone(&self) -> Box<dyn Program>;

    /// How it answers such a request, for who reckons with many of them (`world::load`); none for what serves nobody. The application is
    /// really asked; the answer is not sent.
    fn service(&mut self, _system: &mut System<'_>, _request: &[u8]) -> Option<Service> {
        None
    }

    /// Many requests were answered in its name: it logs them as it logs any.
    /// `client` is who asked, and each answer a status and the bytes of a body.
    fn answered(&mut self, _system: &mut System<'_>, _request: &[u8], _client: Ipv4Addr, _answers: &[(u16, u64)]) {}
}

/// How a server answers one kind of request.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Processor time for a request, and time in which the server waits for something else.
    pub work: Duration,
    pub idle: Duration,
    pub spread: Spread,
    /// Requests that one process works on at once, and connections that may wait to be taken.
    pub at_once: u32,
    pub backlog: u32,
    /// What is answered: the status, and the bytes of the body.
    pub status: u16,
    pub bytes: u64,
    /// Where requests are passed on to, by whom one asks: addresses and ports.
    pub upstream: Vec<(Ipv4Addr, u16)>,
    pub balance: Balance,
}

impl Service {
    /// Whether others make the answer.
    pub fn passes_on(&self) -> bool {
        !self.upstream.is_empty()
    }
}

/// How service times vary around their mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// Each takes as long.
    Fixed,
    /// As the times between random events do.
    Exponential,
}

/// Which of several servers has the next request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Balance {
    /// Each in turn.
    RoundRobin,
    /// The one that has the fewest.
    LeastBusy,
}

impl Clone for Box<dyn Program> {
    fn clone(&self) -> Self {
        self.boxed_clone()
    }
}

/// How a program is started: what `execve(2)` gives it.
#[derive(Clone, Debug, Default)]
pub struct Invocation {
    /// `argv`; the first is the name it was called by. Never empty when the kernel starts a program.
    pub arguments: Vec<String>,
    /// `NAME=value` pairs, in order.
    pub environment: Vec<String>,
    /// The program's own path, symbolic links followed (`/bin/busybox` when `/bin/ls` was called).
    pub path: String,
}

impl Invocation {
    /// The last part of the name it was called by: which applet a multi-call program should be.
    pub fn called_as(&self) -> &str {
        let name = self.arguments.first().map_or("", String::as_str);
        name.rsplit('/').next().unwrap_or(name)
    }

    /// The arguments after the name.
    pub fn operands(&self) -> &[String] {
        self.arguments.get(1..).unwrap_or(&[])
    }

    /// The value of an environment variable.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.iter().rev().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

/// Makes a program ready to be resumed for the first time.
pub type Constructor = Arc<dyn Fn(&Invocation) -> Box<dyn Program> + Send + Sync>;

/// The programs that executables can name (`Content::Program { name, .. }`).
///
/// The world is given its table when it is made, so that it need not know every program: the docker client, which
/// lives outside the model, is one entry of it.
#[derive(Clone, Default)]
pub struct ProgramTable {
    constructors: BTreeMap<Arc<str>, Constructor>,
    /// Those that only images have.
    image_only: BTreeSet<Arc<str>>,
    /// What an executable without a program of its own runs.
    fallback: Option<Constructor>,
}

impl ProgramTable {
    /// A table without programs.
    pub fn new() -> ProgramTable {
        ProgramTable::default()
    }

    /// Adds a program, or replaces the one of that name.
    pub fn insert(
        &mut self,
        name: impl Into<Arc<str>>,
        constructor: impl Fn(&Invocation) -> Box<dyn Program> + Send + Sync + 'static,
    ) {
        self.constructors.insert(name.into(), Arc::new(constructor));
    }

    /// Adds a program that is in images, but not on a host's disk.
    pub fn insert_for_images(
        &mut self,
        name: impl Into<Arc<str>>,
        constructor: impl Fn(&Invocation) -> Box<dyn Program> + Send + Sync + 'static,
    ) {
        let name = name.into();
        self.image_only.insert(name.clone());
        self.constructors.insert(name, Arc::new(constructor));
    }

    /// Says what an executable runs whose program is not in the table.
    pub fn set_fallback(&mut self, constructor: impl Fn(&Invocation) -> Box<dyn Program> + Send + Sync + 'static) {
        self.fallback = Some(Arc::new(constructor));
    }

    /// The constructor of the program `name`; the fallback's, when the table has none of that name.
    pub fn get(&self, name: &str) -> Option<&Constructor> {
        self.constructors.get(name).or(self.fallback.as_ref())
    }

    /// Whether the table has a program of that name.
    pub fn has(&self, name: &str) -> bool {
        self.constructors.contains_key(name)
    }

    /// The names of the programs that a host has on its disk, sorted.
    pub fn host_names(&self) -> impl Iterator<Item = &str> {
        self.names().filter(|name| !self.image_only.contains(*name))
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.constructors.keys().map(|name| &**name)
    }
}

impl fmt::Debug for ProgramTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.constructors.keys()).finish()
    }
}
