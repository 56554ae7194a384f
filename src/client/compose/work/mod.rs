//! What Compose does with a project, as jobs that go on while the clock runs.
//!
//! Promises: jobs that do not depend on each other go on side by side, as Compose's goroutines do, but always in the same order; the
//! first failure stops what has not begun. Must not know files: it is given a project.
//! Start reading at [`Job`], then `converge`.

mod attached;
mod bake;
mod build;
mod containers;
mod converge;
mod create;
mod docker;
mod down;
mod files;
mod follow;
mod hook;
mod host;
mod images;
mod known;
mod monitor;
mod mounts;
mod once;
mod pause;
mod project;
mod resources;
mod restart;
mod start;
mod stop;
mod streams;
mod wait;

pub use attached::{Attached, OnExit};
pub use build::{Build, BuildPlan};
pub use containers::{Listed, OneOff, list, one_of};
pub use converge::{Converge, Recreation};
pub use docker::Docker;
pub use down::{Down, Images};
pub use follow::{FollowEvents, FollowLogs};
pub use images::Pull;
pub use known::{project_from_name, project_with_resources};
pub use once::RunOnce;
pub use pause::{Freeze, Kill};
pub use project::Create;
pub use restart::Restart;
pub use start::Start;
pub use stop::{Remove, Stop};
pub use wait::WaitForEnd;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::ComposeError;
use super::model::Project;
use super::progress::{Mode, Progress};
use super::project::warn;
use crate::client::program::Client;
use crate::world::daemon::api::{Request, Response};
use crate::world::process::{System, Wait};

/// What a job came to: done, or what it waits for.
pub type Step = Result<Option<Wait>, ComposeError>;

/// Something that is done over time. It is resumed whenever something may have happened, and looks again.
pub trait Job: fmt::Debug + Send + Sync {
    /// Goes on until it must wait or ends.
    ///
    /// # Errors
    /// Why it cannot go on; it is then over.
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step;

    /// A copy that goes on independently.
    fn boxed_clone(&self) -> Box<dyn Job>;
}

impl Clone for Box<dyn Job> {
    fn clone(&self) -> Self {
        self.boxed_clone()
    }
}

/// What the jobs of one command share.
#[derive(Clone, Debug, Default)]
pub struct Site {
    pub project: Arc<Project>,
    pub progress: Progress,
    /// Containers by service, as Compose knows them while it brings a project about.
    pub observed: BTreeMap<String, Vec<Listed>>,
    /// Images by name → ID.
    pub images: BTreeMap<String, String>,
    /// What the program ends with when nothing failed.
    pub exit_code: i32,
    /// What was read from standard input, where that is a file.
    pub input: Vec<u8>,
    /// Whether the job itself sees to signals.
    pub takes_signals: bool,
}

/// The place where jobs work.
pub struct Bench<'b, 's> {
    pub client: &'b mut Client,
    pub system: &'b mut System<'s>,
    pub site: &'b mut Site,
}

impl Bench<'_, '_> {
    /// Asks the daemon.
    ///
    /// # Errors
    /// What it refuses.
    pub fn ask(&mut self, request: Request) -> Result<Response, ComposeError> {
        Ok(self.system.engine(request)?)
    }

    /// What `inspect` says of a container.
    ///
    /// # Errors
    /// 404.
    pub fn inspect(&mut self, container: &str) -> Result<Value, ComposeError> {
        match self.ask(Request::ContainerInspect { container: container.to_owned(), size: false })? {
            Response::Object(object) => Ok(*object),
            _ => Ok(Value::Null),
        }
    }

    /// Tells how far something is: `Container demo-web-1  Creating`.
    pub fn tell(&mut self, what: &str, status: &str) {
        self.tell_event(what, "", status);
    }

    /// The same with a text of its own before the status.
    pub fn tell_event(&mut self, what: &str, text: &str, status: &str) {
        let line = self.site.progress.line(what, text, status);
        match self.site.progress.mode {
            Mode::Quiet => {}
            _ if self.site.progress.on_stdout => self.client.out(line),
            _ => self.client.err(line),
        }
    }

    /// Warns of something.
    pub fn warn(&mut self, text: &str) {
        warn(self.client, self.system, text);
    }
}

/// Jobs one after the other.
#[derive(Clone, Debug, Default)]
pub struct Sequence(std::collections::VecDeque<Box<dyn Job>>);

impl Sequence {
    /// These jobs, in this order.
    pub fn new(jobs: Vec<Box<dyn Job>>) -> Sequence {
        Sequence(jobs.into())
    }
}

impl Job for Sequence {
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        while let Some(job) = self.0.front_mut() {
            if let Some(wait) = job.resume(bench)? {
                return Ok(Some(wait));
            }
            self.0.pop_front();
        }
        Ok(None)
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

/// Jobs side by side, some of them only after others.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    failure: Option<ComposeError>,
}

#[derive(Clone, Debug)]
struct Node {
    job: Box<dyn Job>,
    after: Vec<usize>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Begun,
    Done,
}

impl Graph {
    /// All of them at once.
    pub fn parallel(jobs: Vec<Box<dyn Job>>) -> Graph {
        let node = |job| Node { job, after: Vec::new(), state: State::Waiting };
        Graph { nodes: jobs.into_iter().map(node).collect(), failure: None }
    }

    /// One job for each service, after those that it depends on.
    pub fn in_order(project: &Project, job: impl Fn(&str) -> Box<dyn Job>) -> Graph {
        Graph::of_services(project, job, false)
    }

    /// One job for each service, after those that depend on it.
    pub fn in_reverse(project: &Project, job: impl Fn(&str) -> Box<dyn Job>) -> Graph {
        Graph::of_services(project, job, true)
    }

    fn of_services(project: &Project, job: impl Fn(&str) -> Box<dyn Job>, reverse: bool) -> Graph {
        let names: Vec<&String> = project.services.keys().collect();
        let number = |name: &String| names.iter().position(|known| *known == name);
        let nodes = names.iter().map(|name| {
            let before: Vec<usize> = match reverse {
                false => project.services[*name].depends_on.keys().filter_map(number).collect(),
                true => project.dependents(name, |_| true).iter().filter_map(number).collect(),
            };
            Node { job: job(name), after: before, state: State::Waiting }
        });
        Graph { nodes: nodes.collect(), failure: None }
    }
}

impl Job for Graph {
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        loop {
            let mut waits = Vec::new();
            let is_done = |other: &usize| self.nodes[*other].state == State::Done;
            let ready: Vec<bool> = self.nodes.iter().map(|node| node.after.iter().all(is_done)).collect();
            let mut ended = false;
            // What is ready when a turn begins does so, whoever fails in that turn.
            let may_begin = self.failure.is_none();
            for (node, is_ready) in self.nodes.iter_mut().zip(ready) {
                let begins = node.state == State::Waiting && may_begin && is_ready;
                if node.state != State::Begun && !begins {
                    continue;
                }
                node.state = State::Begun;
                match node.job.resume(bench) {
                    Ok(Some(wait)) => waits.push(wait),
                    Ok(None) => {
                        node.state = State::Done;
                        ended = true;
                    }
                    Err(error) => {
                        // What comes after it does not begin; what runs goes on to its end.
                        node.state = State::Done;
                        self.failure.get_or_insert(error);
                    }
                }
            }
            if ended {
                continue;
            }
            if !waits.is_empty() {
                return Ok(Some(Wait::Any(waits)));
            }
            return self.failure.take().map_or(Ok(None), Err);
        }
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

/// A job that is made when its turn comes, because it depends on what was done before.
#[derive(Clone, Debug)]
pub struct Later<P: Clone + fmt::Debug + Send + Sync + 'static> {
    plan: P,
    make: fn(&P, &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError>,
    made: Option<Box<dyn Job>>,
}

impl<P: Clone + fmt::Debug + Send + Sync + 'static> Later<P> {
    /// A job that `make` makes of `plan`.
    pub fn new(plan: P, make: fn(&P, &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError>) -> Later<P> {
        Later { plan, make, made: None }
    }
}

impl<P: Clone + fmt::Debug + Send + Sync + 'static> Job for Later<P> {
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        if self.made.is_none() {
            self.made = Some((self.make)(&self.plan, bench)?);
        }
        match &mut self.made {
            Some(job) => job.resume(bench),
            None => Ok(None),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

/// A job that is done at once.
#[derive(Clone, Debug)]
pub struct AtOnce<P: Clone + fmt::Debug + Send + Sync + 'static>(
    pub P,
    pub fn(&P, &mut Bench<'_, '_>) -> Result<(), ComposeError>,
);

impl<P: Clone + fmt::Debug + Send + Sync + 'static> Job for AtOnce<P> {
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        (self.1)(&self.0, bench).map(|()| None)
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
