//! The long jobs of an engine, pulls, pushes and builds: what they said so far, and what they do next.
//!
//! Promises: a job's messages are kept in order until [`JOB_LIMIT`] later jobs have begun; nothing of a job happens before its time.
//! Must not know: what they do.

use std::sync::Arc;

use imbl::{OrdMap, Vector};

use super::api::{ApiError, JobId, JobMessage, Response};
use super::build::Build;
use super::pull::Pull;
use super::push::Push;
use super::{Answer, Daemon};
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::process::Kernel;

/// Jobs whose messages are kept; the oldest that has ended is forgotten first.
pub const JOB_LIMIT: usize = 16;
/// Most messages that one job keeps.
pub const MESSAGE_LIMIT: usize = 1 << 17;

/// The jobs of an engine.
#[derive(Clone, Debug, Default)]
pub struct Jobs {
    last: u64,
    jobs: OrdMap<JobId, Arc<Job>>,
}

/// One job.
#[derive(Clone, Debug)]
struct Job {
    messages: Vector<JobMessage>,
    /// `None` when it has ended.
    work: Option<Work>,
}

/// What a job still has to do.
#[derive(Clone, Debug)]
pub(super) enum Work {
    Pull(Box<Pull>),
    Push(Box<Push>),
    Build(Box<Build>),
}

/// How far a job came.
#[derive(Clone, Debug)]
pub(super) enum Advance {
    /// It goes on at its next time.
    Working(Work),
    Ended,
}

impl Jobs {
    pub(super) fn begin(&mut self, messages: Vector<JobMessage>, work: Work) -> JobId {
        self.last += 1;
        let id = JobId(self.last);
        self.jobs.insert(id, Arc::new(Job { messages, work: Some(work) }));
        while self.jobs.len() > JOB_LIMIT {
            let Some(oldest) = self.jobs.iter().find(|(_, job)| job.work.is_none()).map(|(id, _)| *id) else { break };
            self.jobs.remove(&oldest);
        }
        id
    }

    /// Whether a job is under way.
    pub fn is_busy(&self) -> bool {
        self.jobs.values().any(|job| job.work.is_some())
    }
}

impl Daemon {
    pub(super) fn job_read(&self, job: JobId, from: usize) -> Answer {
        let job = self.jobs.jobs.get(&job).ok_or_else(|| ApiError::not_found(format!("No such job: {}", job.0)))?;
        let messages = job.messages.iter().skip(from).cloned().collect();
        Ok(Response::Messages { messages, finished: job.work.is_none() })
    }

    /// Goes on with jobs that are due, and looks at the processes of builds that ended. Returns whether anything was done.
    pub(super) fn image_tend(&mut self, kernel: &mut Kernel, context: &mut Context) -> bool {
        let due: Vec<JobId> = self
            .jobs
            .jobs
            .iter()
            .filter(|(_, job)| job.work.as_ref().is_some_and(|work| work.is_due(kernel, context.now)))
            .map(|(id, _)| *id)
            .collect();
        for id in &due {
            let Some(work) = self.jobs.jobs.get_mut(id).and_then(|job| Arc::make_mut(job).work.take()) else {
                continue;
            };
            let mut said = Vec::new();
            let advance = match work {
                Work::Pull(pull) => self.advance_pull(context, *pull, &mut said),
                Work::Push(push) => self.advance_push(context, *push, &mut said),
                Work::Build(build) => self.advance_build(kernel, context, build, &mut said),
            };
            let Some(job) = self.jobs.jobs.get_mut(id).map(Arc::make_mut) else { continue };
            let room = MESSAGE_LIMIT.saturating_sub(job.messages.len());
            job.messages.extend(said.into_iter().take(room));
            if let Advance::Working(work) = advance {
                job.work = Some(work);
            }
        }
        !due.is_empty()
    }

    /// When a job is next due.
    pub(super) fn image_next_timer(&self) -> Option<Time> {
        self.jobs.jobs.values().filter_map(|job| job.work.as_ref()?.due()).min()
    }
}

impl Work {
    fn due(&self) -> Option<Time> {
        match self {
            Work::Pull(pull) => pull.due(),
            Work::Push(push) => push.due(),
            Work::Build(build) => build.due(),
        }
    }

    fn is_due(&self, kernel: &Kernel, now: Time) -> bool {
        let timely = self.due().is_some_and(|due| due <= now);
        timely || matches!(self, Work::Build(build) if build.is_due(kernel))
    }
}
