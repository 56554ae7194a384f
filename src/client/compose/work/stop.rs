//! Stopping and removing containers.

use super::containers::{Listed, OneOff, list};
use super::hook::Hooks;
use super::{Bench, Graph, Job, Later, Step};
use crate::client::compose::ComposeError;
use crate::world::daemon::api::{ApiError, Request, Response, WaitCondition};
use crate::world::process::Wait;

fn is_gone(error: &ApiError) -> bool {
    error.status == 404
}

/// Stops a container, and removes it then if that is wanted.
#[derive(Clone, Debug)]
pub struct StopOne {
    container: Listed,
    timeout: Option<i64>,
    removes: bool,
    volumes: bool,
    hooks: Option<Hooks>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Begin,
    Hooks,
    Asked,
}

impl StopOne {
    /// Stops a container; `hooks` run in it before.
    pub fn new(container: Listed, timeout: Option<i64>, hooks: Option<Hooks>) -> StopOne {
        StopOne { container, timeout, removes: false, volumes: false, hooks, stage: Stage::Begin }
    }

    /// The same, and removes it, with its anonymous volumes if `volumes`.
    pub fn and_remove(mut self, volumes: bool) -> StopOne {
        (self.removes, self.volumes) = (true, volumes);
        self
    }

    fn remove(&self, bench: &mut Bench<'_, '_>) -> Step {
        let name = self.container.progress_name();
        bench.tell(&name, "Stopped");
        if !self.removes {
            return Ok(None);
        }
        bench.tell(&name, "Removing");
        let request =
            Request::ContainerRemove { container: self.container.0.id.to_string(), force: true, volumes: self.volumes };
        match bench.system.engine(request) {
            Err(error) if error.status != 404 && error.status != 409 => {
                bench.tell(&name, "Error while Removing");
                Err(error.into())
            }
            _ => {
                bench.tell(&name, "Removed");
                Ok(None)
            }
        }
    }
}

impl Job for StopOne {
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        let name = self.container.progress_name();
        let id = self.container.0.id.to_string();
        loop {
            match self.stage {
                Stage::Begin => {
                    bench.tell(&name, "Stopping");
                    self.stage = Stage::Hooks;
                }
                Stage::Hooks => {
                    if let Some(hooks) = &mut self.hooks
                        && let Some(wait) = hooks.resume(bench)?
                    {
                        return Ok(Some(wait));
                    }
                    let request = Request::ContainerStop { container: id.clone(), signal: None, timeout: self.timeout };
                    match bench.system.engine(request) {
                        Err(error) if is_gone(&error) && self.removes => {
                            bench.tell(&name, "Removed");
                            return Ok(None);
                        }
                        Err(error) => {
                            bench.tell(&name, "Error while Stopping");
                            return Err(error.into());
                        }
                        Ok(_) => self.stage = Stage::Asked,
                    }
                }
                Stage::Asked => {
                    let request = Request::ContainerWait { container: id, condition: WaitCondition::NotRunning };
                    return match bench.system.engine(request) {
                        Ok(Response::Waited(None)) => Ok(Some(Wait::Engine)),
                        _ => self.remove(bench),
                    };
                }
            }
        }
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

/// Stops the containers of services, those that others depend on last.
#[derive(Clone, Debug)]
pub struct Stop {
    /// None: all.
    pub services: Vec<String>,
    pub timeout: Option<i64>,
}

impl Stop {
    /// The job.
    pub fn job(self) -> Box<dyn Job> {
        Box::new(Later::new(self, |plan, bench| {
            let name = bench.site.project.name.clone();
            let containers = list(bench, &name, OneOff::Exclude, true, &[])?;
            let project = &bench.site.project;
            let one = |service: &str| -> Box<dyn Job> {
                let is_meant = plan.services.is_empty() || plan.services.iter().any(|name| name == service);
                let of_service = containers.iter().filter(|container| is_meant && container.service() == service);
                let stop = |container: &Listed| -> Box<dyn Job> {
                    let hooks = Hooks::before_stop(project, service, container);
                    Box::new(StopOne::new(container.clone(), plan.timeout, hooks))
                };
                Box::new(Graph::parallel(of_service.map(stop).collect()))
            };
            Ok(Box::new(Graph::in_reverse(project, one)))
        }))
    }
}

/// Removes containers that do not run.
#[derive(Clone, Debug)]
pub struct Remove {
    pub containers: Vec<Listed>,
    pub force: bool,
    pub volumes: bool,
}

impl Job for Remove {
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        let mut failure: Option<ComposeError> = None;
        for container in std::mem::take(&mut self.containers) {
            let name = container.progress_name();
            bench.tell(&name, "Removing");
            let request = Request::ContainerRemove {
                container: container.0.id.to_string(),
                force: self.force,
                volumes: self.volumes,
            };
            match bench.ask(request) {
                Ok(_) => bench.tell(&name, "Removed"),
                Err(error) => drop(failure.get_or_insert(error)),
            }
        }
        failure.map_or(Ok(None), Err)
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
