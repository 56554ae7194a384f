//! Requests about images: pull, build, list, tag, remove, commit.
//!
//! Promises: each `image_*` function answers one request of the Engine API; long jobs go on in [`Daemon::image_tend`].
//! Must not know: how containers run.

use super::api::{ApiError, BuildRequest, CommitContainer, Filters, JobId, Response};
use super::{Answer, Daemon};
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::process::Kernel;

impl Daemon {
    pub(super) fn image_pull(
        &mut self,
        _context: &mut Context,
        reference: &str,
        _platform: Option<&str>,
    ) -> Result<Response, ApiError> {
        Err(ApiError::not_modelled(format!("pull of {reference}")))
    }

    pub(super) fn image_list(&self, _all: bool, _filters: &Filters) -> Answer {
        Err(ApiError::not_modelled("the list of images"))
    }

    pub(super) fn image_inspect(&self, _name: &str, _platform: Option<&str>) -> Answer {
        Err(ApiError::not_modelled("inspection of images"))
    }

    pub(super) fn image_history(&self, _name: &str) -> Answer {
        Err(ApiError::not_modelled("history"))
    }

    pub(super) fn image_tag(&mut self, _context: &mut Context, _source: &str, _target: &str) -> Answer {
        Err(ApiError::not_modelled("tag"))
    }

    pub(super) fn image_remove(&mut self, _context: &mut Context, _name: &str, _force: bool, _prune: bool) -> Answer {
        Err(ApiError::not_modelled("removal of images"))
    }

    pub(super) fn image_prune(&mut self, _context: &mut Context, _filters: &Filters) -> Answer {
        Err(ApiError::not_modelled("prune of images"))
    }

    pub(super) fn image_build(
        &mut self,
        _kernel: &mut Kernel,
        _context: &mut Context,
        _build: Box<BuildRequest>,
    ) -> Answer {
        Err(ApiError::not_modelled("build"))
    }

    pub(super) fn image_commit(
        &mut self,
        _kernel: &mut Kernel,
        _context: &mut Context,
        _commit: &CommitContainer,
    ) -> Answer {
        Err(ApiError::not_modelled("commit"))
    }

    pub(super) fn job_read(&self, _job: JobId, _from: usize) -> Answer {
        Err(ApiError::not_modelled("jobs"))
    }

    /// Goes on with jobs that are due, and looks at the processes of builds that ended. Returns whether anything was done.
    pub(super) fn image_tend(&mut self, _kernel: &mut Kernel, _context: &mut Context) -> bool {
        false
    }

    /// When a job is next due.
    pub(super) fn image_next_timer(&self) -> Option<Time> {
        None
    }
}
