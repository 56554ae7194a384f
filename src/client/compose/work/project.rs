//! All that a project needs, created: images, networks, volumes, containers.
//!
//! Promises: the order of Compose's `create`.

use super::build::BuildPlan;
use super::converge::Converge;
use super::down::{observe, orphans};
use super::images::EnsureImages;
use super::resources::EnsureResources;
use super::{AtOnce, Bench, Job, Sequence};

/// Creates a project.
#[derive(Clone, Debug, Default)]
pub struct Create {
    /// How what can be built is built; none: nothing is.
    pub build: Option<BuildPlan>,
    pub quiet_pull: bool,
    pub assumes_yes: bool,
    pub ignores_orphans: bool,
    pub removes_orphans: bool,
    pub converge: Converge,
}

impl Create {
    /// The job.
    pub fn job(self) -> Box<dyn Job> {
        let check = AtOnce((), |(), bench: &mut Bench<'_, '_>| bench.site.project.check_container_names());
        let mut jobs: Vec<Box<dyn Job>> = vec![
            Box::new(check),
            EnsureImages { build: self.build, quiet_pull: self.quiet_pull }.job(),
            EnsureResources { assumes_yes: self.assumes_yes }.job(),
            observe(),
        ];
        if !self.ignores_orphans {
            jobs.push(orphans(self.removes_orphans));
        }
        jobs.push(self.converge.job());
        Box::new(Sequence::new(jobs))
    }
}
