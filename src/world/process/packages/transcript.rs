//! A package manager's run: everything it will say, wait for and write, planned at once and then played on the clock.
//!
//! Promises: what is written is written when its turn comes; an error ends the run with the manager's own words. Must not know: any
//! particular manager.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::index::Indexes;
use crate::world::clock::Time;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::errno::Errno;
use crate::world::process::{Invocation, Program, Progress, System, Wait};

/// Bytes a second from a package mirror: the 100 Mbit/s that the catalogue's registries have too.
const BANDWIDTH: u64 = 12_500_000;
/// Bytes a second that are unpacked and written; an estimate of our own.
const UNPACKED: u64 = 120_000_000;
/// How long a mirror takes to answer; an estimate of our own.
const ANSWER: Duration = Duration::from_millis(60);
/// Files that one run may touch.
const STEP_LIMIT: usize = 100_000;

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    Out(String),
    Err(String),
    Wait(Duration),
    Put { path: String, content: Content, mode: u32 },
    Directory(String),
    Remove(String),
}

/// How a manager works out its run: it gives the exit code.
pub type Run = fn(&mut Session<'_, '_>) -> i32;

/// What a manager tells of a file that cannot be written, and its exit code then.
pub type Complaint = fn(&str, Errno) -> (String, i32);

/// A manager at work: what it can see, and what it will do.
pub struct Session<'a, 's> {
    pub system: &'a mut System<'s>,
    pub indexes: &'a Indexes,
    /// The name it was called by.
    pub name: &'a str,
    /// The words behind it.
    pub arguments: &'a [String],
    environment: &'a [String],
    steps: VecDeque<Step>,
    complaint: Complaint,
}

impl Session<'_, '_> {
    /// What time it is.
    pub fn now(&self) -> Time {
        self.system.now()
    }

    /// A line on standard output.
    pub fn say(&mut self, line: impl std::fmt::Display) {
        self.step(Step::Out(format!("{line}\n")));
    }

    /// A line on standard error.
    pub fn complain(&mut self, line: impl std::fmt::Display) {
        self.step(Step::Err(format!("{line}\n")));
    }

    /// The time that fetching so many bytes takes.
    pub fn download(&mut self, bytes: u64) -> Duration {
        let took = ANSWER + Duration::from_micros(bytes.saturating_mul(1_000_000) / BANDWIDTH);
        self.step(Step::Wait(took));
        took
    }

    /// The time that unpacking so many bytes takes.
    pub fn unpack(&mut self, bytes: u64) {
        self.step(Step::Wait(Duration::from_micros(2_000 + bytes.saturating_mul(1_000_000) / UNPACKED)));
    }

    /// Writes a file; missing directories above it are made.
    pub fn put(&mut self, path: impl Into<String>, content: Content, mode: u32) {
        self.step(Step::Put { path: path.into(), content, mode });
    }

    /// Writes a file of text.
    pub fn put_text(&mut self, path: impl Into<String>, text: &str) {
        self.put(path, Content::text(text), 0o644);
    }

    /// Writes an executable.
    pub fn put_program(&mut self, path: &str, size: u64) {
        let name = path.rsplit('/').next().unwrap_or(path);
        self.put(path, Content::Program { name: name.into(), size }, 0o755);
    }

    /// Makes a directory and those above it.
    pub fn directory(&mut self, path: impl Into<String>) {
        self.step(Step::Directory(path.into()));
    }

    /// Removes a file or a directory with all in it; nothing happens if there is none.
    pub fn remove(&mut self, path: impl Into<String>) {
        self.step(Step::Remove(path.into()));
    }

    /// Says how this manager tells of files that cannot be written.
    pub fn on_failure(&mut self, complaint: Complaint) {
        self.complaint = complaint;
    }

    /// Whether there is something at a path now.
    pub fn exists(&self, path: &str) -> bool {
        self.system.status(path, true).is_ok()
    }

    /// The text of a file now.
    pub fn text(&self, path: &str) -> Option<String> {
        let bytes = self.system.read_file(path).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The value of an environment variable.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.iter().rev().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }

    fn step(&mut self, step: Step) {
        if self.steps.len() < STEP_LIMIT {
            self.steps.push_back(step);
        }
    }
}

/// Content that means nothing, the same for the same package and version.
pub fn made_up(name: &str, version: &str, size: u64) -> Content {
    let seed = format!("{name} {version}")
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    Content::Synthetic { size, seed }
}

fn failed(path: &str, errno: Errno) -> (String, i32) {
    (format!("{path}: {errno}"), 1)
}

/// A package manager as a program.
#[derive(Clone, Debug)]
pub struct PackageProgram {
    invocation: Invocation,
    indexes: Arc<Indexes>,
    run: Run,
    plan: Option<Plan>,
}

#[derive(Clone, Debug)]
struct Plan {
    steps: VecDeque<Step>,
    until: Option<Time>,
    complaint: Complaint,
    exit: i32,
}

impl PackageProgram {
    /// The manager as it was called.
    pub fn begin(invocation: &Invocation, indexes: &Arc<Indexes>, run: Run) -> Box<dyn Program> {
        Box::new(PackageProgram { invocation: invocation.clone(), indexes: Arc::clone(indexes), run, plan: None })
    }

    fn plan(&self, system: &mut System<'_>) -> Plan {
        let mut session = Session {
            system,
            indexes: &self.indexes,
            name: self.invocation.called_as(),
            arguments: self.invocation.operands(),
            environment: &self.invocation.environment,
            steps: VecDeque::new(),
            complaint: failed,
        };
        let exit = (self.run)(&mut session);
        Plan { steps: session.steps, until: None, complaint: session.complaint, exit }
    }
}

impl Program for PackageProgram {
    fn resume(&mut self, system: &mut System<'_>) -> Progress {
        if self.plan.is_none() {
            self.plan = Some(self.plan(system));
        }
        let Some(plan) = &mut self.plan else { return Progress::Exited(1) };
        if let Some(until) = plan.until {
            if system.now() < until {
                return Progress::Waiting(Wait::Until(until));
            }
            plan.until = None;
        }
        // A bounded share of the turn.
        for _ in 0..256 {
            let Some(step) = plan.steps.pop_front() else { return Progress::Exited(plan.exit) };
            let done = match step {
                Step::Out(text) => {
                    system.print(&text);
                    Ok(())
                }
                Step::Err(text) => {
                    system.complain(&text);
                    Ok(())
                }
                Step::Wait(time) => {
                    let until = system.now() + time;
                    plan.until = Some(until);
                    return Progress::Waiting(Wait::Until(until));
                }
                Step::Put { path, content, mode } => put(system, &path, content, mode).map_err(|errno| (path, errno)),
                Step::Directory(path) => directories(system, &path).map_err(|errno| (path, errno)),
                Step::Remove(path) => remove(system, &path).map_err(|errno| (path, errno)),
            };
            if let Err((path, errno)) = done {
                let (text, code) = (plan.complaint)(&path, errno);
                system.complain(&format!("{text}\n"));
                return Progress::Exited(code);
            }
        }
        Progress::Ready
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

fn put(system: &mut System<'_>, path: &str, content: Content, mode: u32) -> Result<(), Errno> {
    directories(system, System::parent_of(path))?;
    system.put_content(path, content, mode)
}

fn directories(system: &mut System<'_>, path: &str) -> Result<(), Errno> {
    if system.status(path, true).is_ok() {
        return Ok(());
    }
    let parent = System::parent_of(path).to_owned();
    if parent != path {
        directories(system, &parent)?;
    }
    system.make_directory(path, 0o755)
}

/// Removes a tree; it is as deep as the packages made it, which is a few levels.
fn remove(system: &mut System<'_>, path: &str) -> Result<(), Errno> {
    match system.status(path, false) {
        Err(_) => Ok(()),
        Ok(status) if status.entry.node.is_directory() => {
            for name in system.list(path)? {
                remove(system, &System::join(path, &name))?;
            }
            system.remove_directory(path)
        }
        Ok(_) => system.remove_file(path),
    }
}
