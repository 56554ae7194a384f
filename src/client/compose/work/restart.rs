//! Restarting containers, and those that ask to be restarted with them.

use std::sync::Arc;

use serde_json::Value;

use super::containers::{Listed, OneOff, list};
use super::hook::Hooks;
use super::start::dependency_waits;
use super::{Bench, Graph, Job, Later, Sequence, Step};
use crate::client::compose::ComposeError;
use crate::client::compose::model::Related;
use crate::world::daemon::api::Request;
use crate::world::process::Wait;

/// Restarts services.
#[derive(Clone, Debug)]
pub struct Restart {
    /// None: all.
    pub services: Vec<String>,
    pub timeout: Option<i64>,
    /// Whether those that depend on them are left alone.
    pub alone: bool,
}

impl Restart {
    /// The job.
    pub fn job(self) -> Box<dyn Job> {
        Box::new(Later::new(self, |plan, bench| {
            let name = bench.site.project.name.clone();
            let containers = list(bench, &name, OneOff::Exclude, true, &[])?;
            let project = Arc::make_mut(&mut bench.site.project);
            if plan.alone {
                project.select(&plan.services, Related::Nobody)?;
            }
            for service in project.services.values_mut() {
                service.depends_on.retain(|_, dependency| dependency.restart);
            }
            project.select(&plan.services, Related::Dependents)?;
            let project = &bench.site.project;
            let one = |service: &str| -> Box<dyn Job> {
                let waits = Graph::parallel(dependency_waits(project, service, &containers));
                let of_service = containers.iter().filter(|container| container.service() == service);
                let restart = |container: &Listed| -> Box<dyn Job> {
                    Box::new(RestartOne {
                        container: container.clone(),
                        timeout: plan.timeout,
                        before: Hooks::before_stop(project, service, container),
                        after: Hooks::after_start(project, service, container),
                        started: None,
                        stage: Stage::Before,
                    })
                };
                let restarts = Graph::parallel(of_service.map(restart).collect());
                Box::new(Sequence::new(vec![Box::new(waits), Box::new(restarts)]))
            };
            Ok(Box::new(Graph::in_order(project, one)))
        }))
    }
}

#[derive(Clone, Debug)]
struct RestartOne {
    container: Listed,
    timeout: Option<i64>,
    before: Option<Hooks>,
    after: Option<Hooks>,
    /// When it had been started before.
    started: Option<Value>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Before,
    /// The daemon was asked.
    Asked,
    After,
}

impl Job for RestartOne {
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        let name = self.container.progress_name();
        let id = self.container.0.id.to_string();
        loop {
            match self.stage {
                Stage::Before => {
                    if let Some(hooks) = &mut self.before
                        && let Some(wait) = hooks.resume(bench)?
                    {
                        return Ok(Some(wait));
                    }
                    bench.tell(&name, "Restarting");
                    self.started = Some(bench.inspect(&id)?["State"]["StartedAt"].take());
                    let request =
                        Request::ContainerRestart { container: id.clone(), signal: None, timeout: self.timeout };
                    bench.ask(request)?;
                    self.stage = Stage::Asked;
                }
                Stage::Asked => {
                    let state = bench.inspect(&id)?["State"].take();
                    if self.started.as_ref() == Some(&state["StartedAt"]) {
                        let error = state["Error"].as_str().unwrap_or_default();
                        if state["Running"] == false && !error.is_empty() {
                            let text = format!("Error response from daemon: Cannot restart container {id}: {error}");
                            return Err(ComposeError::Message(text));
                        }
                        return Ok(Some(Wait::Engine));
                    }
                    bench.tell(&name, "Started");
                    self.stage = Stage::After;
                }
                Stage::After => {
                    return match &mut self.after {
                        Some(hooks) => hooks.resume(bench),
                        None => Ok(None),
                    };
                }
            }
        }
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
