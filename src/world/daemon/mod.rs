//! One Docker Engine: what it keeps, and how it answers a request.
//!
//! Promises: a request is checked whole before anything changes; a refusal changes nothing. What it does, it does
//! through the kernel of its machine, and tells as events.
//! Must not know: the client, the screen. Each kind of thing the engine manages has its own file.
//! Start reading at [`api`], then [`Daemon::request`].

pub mod api;
pub mod build;
mod commit;
pub mod container;
pub mod glob;
mod image_history;
mod image_inspect;
mod image_list;
mod image_remove;
pub mod image_store;
mod image_tag;
#[cfg(test)]
mod image_tests;
pub mod jobs;
mod pull;
pub mod reference;

use std::sync::Arc;
use std::time::Duration;

use imbl::{OrdMap, Vector};

use self::api::{ApiError, EngineEvent, Request, Response};
use self::container::Container;
use self::image_store::ImageStore;
use self::jobs::Jobs;
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::process::Kernel;

/// What a request comes to.
pub type Answer = Result<Response, ApiError>;

/// The state of an engine.
#[derive(Clone, Debug, Default)]
pub struct Daemon {
    /// By full ID.
    pub containers: OrdMap<Arc<str>, Arc<Container>>,
    pub images: ImageStore,
    /// Pulls and builds.
    pub jobs: Jobs,
    /// `docker events`: oldest first.
    pub events: Vector<EngineEvent>,
}

impl Daemon {
    /// Answers a request, and says how long the answer took.
    ///
    /// # Errors
    /// As the Engine API: a status and Docker's own text.
    pub fn request(&mut self, kernel: &mut Kernel, context: &mut Context, request: Request) -> (Answer, Duration) {
        (self.answer(kernel, context, request), Duration::ZERO)
    }

    fn answer(&mut self, kernel: &mut Kernel, context: &mut Context, request: Request) -> Answer {
        match request {
            Request::ImagePull { reference, platform } => self.image_pull(context, &reference, platform.as_deref()),
            Request::ImageList { all, filters } => self.image_list(context, all, &filters),
            Request::ImageInspect { name, platform } => self.image_inspect(&name, platform.as_deref()),
            Request::ImageHistory { name } => self.image_history(&name),
            Request::ImageTag { source, target } => self.image_tag(context, &source, &target),
            Request::ImageRemove { name, force, prune } => self.image_remove(context, &name, force, prune),
            Request::ImagePrune { filters } => self.image_prune(context, &filters),
            Request::ImageBuild(build) => self.image_build(kernel, context, build),
            Request::JobRead { job, from } => self.job_read(job, from),
            Request::ContainerCommit(commit) => self.image_commit(kernel, context, &commit),
            other => Err(ApiError::not_modelled(format!("{other:?}"))),
        }
    }

    /// Looks at what happened in the kernel (processes that ended) and at what is due now, and acts on it.
    /// Returns whether anything was done.
    pub fn tend(&mut self, kernel: &mut Kernel, context: &mut Context) -> bool {
        let worked = self.image_tend(kernel, context);
        !kernel.take_ended().is_empty() || worked
    }

    /// When the daemon must next look at the clock: a stop that becomes a kill, a restart, a health probe, a pull.
    pub fn next_timer(&self) -> Option<Time> {
        self.image_next_timer()
    }

    /// The memory limit of a container, in bytes.
    pub fn memory_limit(&self, container: &str) -> Option<u64> {
        let limit = self.containers.get(container)?.host_config.memory;
        u64::try_from(limit).ok().filter(|limit| *limit > 0)
    }

    /// The kernel killed a process of a container for want of memory.
    pub fn note_out_of_memory(&mut self, container: &str) {
        if let Some(container) = self.containers.get_mut(container).map(Arc::make_mut) {
            container.state.out_of_memory = true;
        }
    }
}
