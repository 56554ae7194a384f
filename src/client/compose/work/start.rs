//! Starting the containers of services, in the order of their dependencies.

use std::time::Duration;

use super::containers::{Listed, OneOff, list};
use super::files;
use super::hook::Hooks;
use super::wait::WaitFor;
use super::{Bench, Graph, Job, Later, Sequence, Step};
use crate::client::compose::ComposeError;
use crate::client::compose::model::Project;
use crate::client::units::{go_duration, go_quote};
use crate::world::clock::Time;
use crate::world::daemon::api::Request;
use crate::world::process::Wait;

/// Starts the services of the project.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// Whether all must be running or healthy in the end.
    pub waits: bool,
    /// In seconds; 0: for ever.
    pub wait_timeout: i64,
}

impl Start {
    /// The job.
    pub fn job(self) -> Box<dyn Job> {
        Box::new(Later::new(self, |plan, bench| {
            let name = bench.site.project.name.clone();
            let containers = list_all(bench, &name)?;
            let project = &bench.site.project;
            let one = |service: &str| service_job(project, service, &containers);
            let mut jobs: Vec<Box<dyn Job>> = vec![Box::new(Graph::in_order(project, one))];
            if plan.waits {
                let waits = project.services.keys().map(|service| wait_job(project, service, &containers));
                let waits = Graph::parallel(waits.collect());
                let limit = (plan.wait_timeout > 0).then_some(plan.wait_timeout);
                jobs.push(Box::new(Limited { job: Box::new(waits), seconds: limit, ends: None }));
            }
            Ok(Box::new(Sequence::new(jobs)))
        }))
    }
}

/// The containers of a project, whoever made them, but for those of one use.
fn list_all(bench: &mut Bench<'_, '_>, project: &str) -> Result<Vec<Listed>, ComposeError> {
    list(bench, project, OneOff::Exclude, true, &[])
}

/// The waits for what a service depends on.
pub fn dependency_waits(project: &Project, service: &str, containers: &[Listed]) -> Vec<Box<dyn Job>> {
    let Some(found) = project.services.get(service) else { return Vec::new() };
    let mut waits: Vec<Box<dyn Job>> = Vec::new();
    for (name, dependency) in &found.depends_on {
        // That it was started is seen to by the order.
        let is_due = dependency.condition != "service_started"
            && project.services.get(name).is_some_and(|other| other.scale() != 0 && other.provider.is_none());
        if is_due {
            waits.push(Box::new(WaitFor {
                dependent: service.to_owned(),
                service: name.clone(),
                condition: dependency.condition.clone(),
                required: dependency.required,
                containers: containers.to_vec(),
                next: None,
            }));
        }
    }
    waits
}

fn service_job(project: &Project, service: &str, containers: &[Listed]) -> Box<dyn Job> {
    let Some(found) = project.services.get(service) else { return Box::new(Sequence::default()) };
    if found.deploy.as_ref().is_some_and(|deploy| deploy.replicas == Some(0)) {
        return Box::new(Sequence::default());
    }
    let mut jobs: Vec<Box<dyn Job>> = vec![Box::new(Graph::parallel(dependency_waits(project, service, containers)))];
    if containers.is_empty() && found.scale() != 0 {
        let text = format!("service {} has no container to start", go_quote(service));
        jobs.push(Box::new(super::AtOnce(text, |text, _| Err(ComposeError::Message(text.clone())))));
    }
    let mut of_service: Vec<&Listed> = containers
        .iter()
        .filter(|container| container.service() == service && container.0.state != "running")
        .collect();
    of_service.sort_by_key(|container| container.number());
    for container in of_service {
        jobs.push(Box::new(StartOne::new(service, container.clone())));
    }
    Box::new(Sequence::new(jobs))
}

fn wait_job(project: &Project, service: &str, containers: &[Listed]) -> Box<dyn Job> {
    // Who waits for its end makes `--wait` wait for it too.
    let ends = project.services.values().any(|other| {
        other.depends_on.get(service).is_some_and(|found| found.condition == "service_completed_successfully")
    });
    let condition = if ends { "service_completed_successfully" } else { "running_or_healthy" };
    if project.services.get(service).is_some_and(|found| found.scale() == 0) {
        return Box::new(Sequence::default());
    }
    Box::new(WaitFor {
        dependent: project.name.clone(),
        service: service.to_owned(),
        condition: condition.to_owned(),
        required: true,
        containers: containers.to_vec(),
        next: None,
    })
}

/// Starts one container.
#[derive(Clone, Debug)]
pub struct StartOne {
    service: String,
    container: Listed,
    hooks: Option<Hooks>,
    begun: bool,
}

impl StartOne {
    /// Starts this container of a service.
    pub fn new(service: &str, container: Listed) -> StartOne {
        StartOne { service: service.to_owned(), container, hooks: None, begun: false }
    }
}

impl Job for StartOne {
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        let name = self.container.progress_name();
        if !self.begun {
            self.begun = true;
            let id = self.container.0.id.to_string();
            files::inject(bench, &self.service, &id)?;
            bench.tell(&name, "Starting");
            bench.ask(Request::ContainerStart { container: id })?;
            self.hooks = Hooks::after_start(&bench.site.project, &self.service, &self.container);
            // Its process has its first turn before anything else is begun.
            return Ok(Some(Wait::Until(bench.system.now())));
        }
        if let Some(hooks) = &mut self.hooks
            && let Some(wait) = hooks.resume(bench)?
        {
            return Ok(Some(wait));
        }
        bench.tell(&name, "Started");
        Ok(None)
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

/// A job that has only so much time.
#[derive(Clone, Debug)]
struct Limited {
    job: Box<dyn Job>,
    seconds: Option<i64>,
    ends: Option<Time>,
}

impl Job for Limited {
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        let Some(seconds) = self.seconds else { return self.job.resume(bench) };
        let now = bench.system.now();
        let limit = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
        let ends = *self.ends.get_or_insert(now + limit);
        match self.job.resume(bench)? {
            None => Ok(None),
            Some(_) if now >= ends => {
                let limit = go_duration(seconds.saturating_mul(1_000_000_000));
                Err(ComposeError::Message(format!("application not healthy after {limit}")))
            }
            Some(wait) => Ok(Some(Wait::Any(vec![wait, Wait::Until(ends)]))),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
