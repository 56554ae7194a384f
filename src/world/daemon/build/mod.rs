//! How one Docker Engine builds images: Dockerfile → instructions → layers, and the build cache.
//!
//! Promises: a build gives an image or one error in BuildKit's words, and equal steps on equal layers give equal layers.
//! Must not know: the client. Start reading at `dockerfile`.

pub mod configure;
pub mod dockerfile;
pub mod progress;

use super::api::{ApiError, BuildRequest, JobMessage};
use super::jobs::{Advance, Work};
use super::{Answer, Daemon};
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::process::Kernel;

/// A build under way.
#[derive(Clone, Debug)]
pub(super) struct Build {}

impl Build {
    pub(super) fn due(&self) -> Option<Time> {
        None
    }

    pub(super) fn is_due(&self, _kernel: &Kernel) -> bool {
        false
    }
}

impl Daemon {
    pub(super) fn image_build(
        &mut self,
        _kernel: &mut Kernel,
        _context: &mut Context,
        _build: Box<BuildRequest>,
    ) -> Answer {
        Err(ApiError::not_modelled("docker build"))
    }

    pub(super) fn advance_build(
        &mut self,
        _kernel: &mut Kernel,
        _context: &mut Context,
        build: Box<Build>,
        _said: &mut Vec<JobMessage>,
    ) -> Advance {
        Advance::Working(Work::Build(build))
    }
}
