//! `docker compose run` under way: the image, the dependencies, the container, and its output.
//!
//! Promises: the order of Compose's `prepareRun` and of docker's `RunStart`.

use std::sync::Arc;

use super::build::BuildPlan;
use super::containers::{Listed, OneOff, list};
use super::converge::{create_container, resolve_references};
use super::create::Creation;
use super::down::observe;
use super::images::EnsureImages;
use super::start::dependency_waits;
use super::{AtOnce, Bench, Graph, Job, Later, Sequence, Step, files};
use crate::client::compose::ComposeError;
use crate::client::compose::model::Project;
use crate::client::compose::progress::Mode;
use crate::client::compose::project::label;
use crate::client::execute::{Follow, Followed};
use crate::client::truncation::truncate_id;
use crate::world::daemon::api::{Request, Response, WaitCondition};
use crate::world::process::Wait;

/// A container for one use.
#[derive(Clone, Debug)]
pub struct RunOnce {
    pub project: Arc<Project>,
    pub service: String,
    /// Its name; empty: one of its own.
    pub name: String,
    pub build: BuildPlan,
    pub quiet_pull: bool,
    /// Whether what it depends on is waited for.
    pub waits: bool,
    pub detaches: bool,
    pub interactive: bool,
    pub auto_remove: bool,
    pub uses_aliases: bool,
}

impl RunOnce {
    /// The job.
    pub fn job(self) -> Box<dyn Job> {
        let project = AtOnce(self.project.clone(), |project: &Arc<Project>, bench: &mut Bench<'_, '_>| {
            bench.site.project = project.clone();
            Ok(())
        });
        let images = EnsureImages { build: Some(self.build.clone()), quiet_pull: self.quiet_pull };
        let waits = Later::new((self.service.clone(), self.waits), |(service, waits), bench: &mut Bench<'_, '_>| {
            let name = bench.site.project.name.clone();
            let containers: Vec<Listed> = list(bench, &name, OneOff::Exclude, true, &[])?;
            let waits = match waits {
                true => dependency_waits(&bench.site.project, service, &containers),
                false => Vec::new(),
            };
            Ok(Box::new(Silently(Box::new(Graph::parallel(waits)))))
        });
        let run = Later::new(self, |plan, bench: &mut Bench<'_, '_>| plan.create(bench));
        Box::new(Sequence::new(vec![Box::new(project), images.job(), observe(), Box::new(waits), Box::new(run)]))
    }

    fn create(&self, bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
        let project = bench.site.project.clone();
        let mut wanted = project.service(&self.service)?.clone();
        let slug = bench.system.random().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let name = match self.name.as_str() {
            "" => format!("{}-{}-run-{}", project.name, self.service, truncate_id(&slug)),
            name => name.to_owned(),
        };
        wanted.container_name.clone_from(&name);
        wanted.scale = Some(1);
        wanted.restart.clear();
        if let Some(deploy) = &mut wanted.deploy {
            deploy.restart_policy = None;
        }
        wanted.own_labels.insert(label::SLUG.to_owned(), slug);
        wanted.own_labels.insert(label::ONE_OFF.to_owned(), "True".to_owned());
        let labels = Project::labels_of(&wanted);
        resolve_references(bench, &mut wanted)?;
        let creation = Creation {
            service: self.service.clone(),
            wanted,
            name,
            number: -1,
            inherits: None,
            labels,
            auto_remove: self.auto_remove,
            attach_stdin: self.interactive,
            uses_aliases: self.uses_aliases,
        };
        let created = create_container(&creation, bench)?;
        let id = created.0.id.to_string();
        files::inject(bench, &self.service, &id)?;
        if self.detaches {
            bench.ask(Request::ContainerStart { container: id.clone() })?;
            bench.client.out(format!("{id}\n"));
            return Ok(Box::new(Sequence::default()));
        }
        let attach = Request::ContainerAttach { container: id.clone() };
        let Response::Output(attached) = bench.ask(attach)? else { return Ok(Box::new(Sequence::default())) };
        bench.site.takes_signals = true;
        Follow::proxy_signals(bench.system);
        bench.ask(Request::ContainerStart { container: id.clone() })?;
        let follow = Follow::new(Followed::Container(id.clone()), attached.next, self.interactive);
        Ok(Box::new(Following { id, follow, ended: false, removes: self.auto_remove }))
    }
}

/// A job of which nothing is told.
#[derive(Clone, Debug)]
struct Silently(Box<dyn Job>);

impl Job for Silently {
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        let mode = std::mem::replace(&mut bench.site.progress.mode, Mode::Quiet);
        let step = self.0.resume(bench);
        bench.site.progress.mode = mode;
        step
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

/// The output of the container, and then its exit code.
#[derive(Clone, Debug)]
struct Following {
    id: String,
    follow: Follow,
    ended: bool,
    removes: bool,
}

impl Job for Following {
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        if !self.ended {
            match self.follow.resume(bench.client, bench.system) {
                Ok(Some(wait)) => return Ok(Some(wait)),
                Ok(None) => self.ended = true,
                Err(code) => {
                    bench.site.exit_code = code;
                    return Ok(None);
                }
            }
        }
        let condition = if self.removes { WaitCondition::Removed } else { WaitCondition::NotRunning };
        match bench.ask(Request::ContainerWait { container: self.id.clone(), condition }) {
            Ok(Response::Waited(None)) => Ok(Some(Wait::Engine)),
            Ok(Response::Waited(Some(result))) if result.exit_code != 0 => {
                Err(ComposeError::Exit { code: result.exit_code, text: String::new() })
            }
            _ => Ok(None),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
