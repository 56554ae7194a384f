//! The docker program: what runs when a shell calls `docker`.
//!
//! A command is a [`Task`]: it asks the daemon, prints, and waits. This file gives it its turns, writes out what it
//! printed, and ends the process with its exit code.
//! Promises: nothing printed is lost when a pipe is full; a reader that went away ends the program as SIGPIPE does.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use super::commands::{self, Call, Invocation};
use super::execute;
use crate::world::daemon::api::{ApiError, Request, Response};
use crate::world::filesystem::errno::Errno;
use crate::world::process::descriptor::Write;
use crate::world::process::{Program, ProgramTable, Progress, System, Wait};

/// The version that `docker --version` tells.
pub const CLIENT_VERSION: &str = "28.5.2+dfsg4";
/// The build that `docker --version` tells: that of Debian's Docker 28.5.2, whose answers are recorded in `tests/transcripts`.
pub const CLIENT_BUILD: &str = "9cc6dea35e9a963f281434761c656fba4ac43aed";

/// Adds `docker` to the programs of a world.
pub fn register(table: &mut ProgramTable) {
    table.insert("docker", |invocation| Box::new(Docker::new(invocation.operands().to_vec())));
}

/// What a task came to.
#[derive(Debug)]
pub enum Flow {
    /// The command ended with this exit code.
    Done(i32),
    /// It goes on when this happens.
    Wait(Wait),
    /// It goes on at once, as another task.
    Then(Box<dyn Task>),
}

/// A command under way.
pub trait Task: fmt::Debug + Send + Sync {
    /// Goes on until it must wait or ends.
    fn resume(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow;

    /// A copy that goes on independently.
    fn boxed_clone(&self) -> Box<dyn Task>;
}

impl Clone for Box<dyn Task> {
    fn clone(&self) -> Self {
        self.boxed_clone()
    }
}

/// What every command has: how it was called, and what it printed that is not written yet.
#[derive(Clone, Debug)]
pub struct Client {
    /// How it was called.
    pub invocation: Arc<Invocation>,
    output: VecDeque<(u32, Vec<u8>)>,
}

impl Client {
    /// Prints on standard output.
    pub fn out(&mut self, text: impl AsRef<[u8]>) {
        self.queue(1, text.as_ref());
    }

    /// Prints on standard error.
    pub fn err(&mut self, text: impl AsRef<[u8]>) {
        self.queue(2, text.as_ref());
    }

    fn queue(&mut self, descriptor: u32, bytes: &[u8]) {
        match self.output.back_mut() {
            Some((last, queued)) if *last == descriptor => queued.extend_from_slice(bytes),
            _ => self.output.push_back((descriptor, bytes.to_vec())),
        }
    }

    /// Prints what the daemon refused, as the client does: `Error response from daemon: …`.
    pub fn refuse(&mut self, error: &ApiError) {
        let text = daemon_error(error);
        self.err(format!("{text}\n"));
    }

    /// Asks the daemon; a refusal is printed, and only its exit code, 1, is left.
    ///
    /// # Errors
    /// The exit code of the command that cannot go on.
    pub fn ask(&mut self, system: &mut System<'_>, request: Request) -> Result<Response, i32> {
        system.engine(request).map_err(|error| {
            self.refuse(&error);
            1
        })
    }

    /// Writes what was printed. `Some` when it must wait for room, or when nobody reads any more.
    fn flush(&mut self, system: &mut System<'_>) -> Option<Progress> {
        while let Some((descriptor, bytes)) = self.output.front_mut() {
            let descriptor = *descriptor;
            match system.write(descriptor, bytes) {
                Ok(Write::Wrote(written)) if written < bytes.len() => {
                    bytes.drain(..written);
                }
                Ok(Write::Wrote(_)) => {
                    self.output.pop_front();
                }
                Ok(Write::WouldBlock) => return Some(Progress::Waiting(Wait::Writable(descriptor))),
                Err(Errno::EPIPE) => return Some(Progress::Exited(141)),
                Err(_) => {
                    self.output.pop_front();
                }
            }
        }
        None
    }
}

/// What the client prints for a refusal of the daemon.
pub fn daemon_error(error: &ApiError) -> String {
    match error.status {
        0 => error.message.clone(),
        501 => commands::not_modelled(&error.message),
        _ => format!("Error response from daemon: {error}"),
    }
}

/// The docker program.
#[derive(Clone, Debug)]
struct Docker {
    words: Vec<String>,
    client: Option<Client>,
    task: Option<Box<dyn Task>>,
    /// The exit code, once there is nothing left but to write.
    ended: Option<i32>,
}

impl Docker {
    fn new(words: Vec<String>) -> Docker {
        Docker { words, client: None, task: None, ended: None }
    }

    /// Understands the words and finds the task.
    fn begin(&mut self) {
        let bare = |descriptor: u32, text: String| {
            let mut output = VecDeque::new();
            output.push_back((descriptor, text.into_bytes()));
            output
        };
        let invocation = Arc::new(Invocation {
            command: &commands::Command::NEW,
            path: "docker".to_owned(),
            parsed: Default::default(),
            global: Default::default(),
        });
        let (output, code) = match commands::parse(&self.words) {
            Ok(Call::Run(invocation)) => {
                let mut client = Client { invocation: Arc::new(*invocation), output: VecDeque::new() };
                if let Some(refusal) = client.invocation.refusal() {
                    client.err(format!("{refusal}\n"));
                    self.ended = Some(1);
                } else {
                    for warning in client.invocation.parsed.warnings.clone() {
                        client.out(format!("{warning}\n"));
                    }
                    self.task = execute::task(&client.invocation);
                    if self.task.is_none() {
                        let refusal = commands::not_modelled(&client.invocation.path);
                        client.err(format!("{refusal}\n"));
                        self.ended = Some(1);
                    }
                }
                self.client = Some(client);
                return;
            }
            Ok(Call::Help(text)) => (bare(1, text), 0),
            Ok(Call::Usage(text)) => (bare(2, text), 0),
            Ok(Call::Version) => (bare(1, format!("Docker version {CLIENT_VERSION}, build {CLIENT_BUILD}\n")), 0),
            Ok(Call::NotModelled(text)) => (bare(2, format!("{text}\n")), 1),
            Ok(Call::HelpAndError { help, error }) => {
                let output = [(1, help.into_bytes()), (2, format!("{error}\n").into_bytes())];
                (output.into(), 1)
            }
            Err(error) => (bare(2, format!("{error}\n")), error.exit_code),
        };
        self.ended = Some(code);
        self.client = Some(Client { invocation, output });
    }
}

impl Program for Docker {
    fn resume(&mut self, system: &mut System<'_>) -> Progress {
        if self.client.is_none() {
            self.begin();
        }
        let Some(client) = &mut self.client else { return Progress::Exited(1) };
        loop {
            if let Some(progress) = client.flush(system) {
                return progress;
            }
            if let Some(code) = self.ended {
                return Progress::Exited(code);
            }
            let Some(task) = &mut self.task else { return Progress::Exited(1) };
            match task.resume(client, system) {
                Flow::Done(code) => self.ended = Some(code),
                Flow::Then(next) => self.task = Some(next),
                Flow::Wait(wait) => {
                    return client.flush(system).unwrap_or(Progress::Waiting(wait));
                }
            }
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

/// A command that is done in one go: it asks, prints, and gives its exit code.
#[derive(Clone, Copy)]
pub struct Once(pub fn(&mut Client, &mut System<'_>) -> Result<(), i32>);

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Once")
    }
}

impl Task for Once {
    fn resume(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        Flow::Done(match (self.0)(client, system) {
            Ok(()) => 0,
            Err(code) => code,
        })
    }

    fn boxed_clone(&self) -> Box<dyn Task> {
        Box::new(*self)
    }
}
