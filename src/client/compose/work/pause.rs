//! `pause`, `unpause` and `kill`: done to each container at once.

use super::containers::{Listed, OneOff, list};
use super::{Bench, Job, Step};
use crate::client::compose::ComposeError;
use crate::world::daemon::api::Request;

/// Does one thing to each of several containers; the first failure is told when all were tried.
fn each(
    bench: &mut Bench<'_, '_>,
    containers: &[Listed],
    mut act: impl FnMut(&mut Bench<'_, '_>, &Listed) -> Result<(), ComposeError>,
) -> Step {
    let mut failure = None;
    for container in containers {
        if let Err(error) = act(bench, container) {
            failure.get_or_insert(error);
        }
    }
    failure.map_or(Ok(None), Err)
}

/// Pauses services, or lets paused ones go on.
#[derive(Clone, Debug)]
pub struct Freeze {
    pub project: String,
    pub services: Vec<String>,
    /// The services of the file, if there is one.
    pub known: Option<Vec<String>>,
    /// Whether they go on.
    pub thaws: bool,
}

impl Job for Freeze {
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        let mut containers = list(bench, &self.project, OneOff::Exclude, false, &self.services)?;
        if let Some(known) = &self.known {
            containers.retain(|container| known.iter().any(|service| service == container.service()));
        }
        let thaws = self.thaws;
        each(bench, &containers, |bench, listed| {
            let container = listed.0.id.to_string();
            bench.ask(match thaws {
                true => Request::ContainerUnpause { container },
                false => Request::ContainerPause { container },
            })?;
            bench.tell(&listed.progress_name(), if thaws { "Unpaused" } else { "Paused" });
            Ok(())
        })
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

/// Sends services a signal.
#[derive(Clone, Debug)]
pub struct Kill {
    pub project: String,
    pub services: Vec<String>,
    /// The services of the project.
    pub known: Vec<String>,
    pub signal: String,
    pub orphans: bool,
    /// Those too that do not run.
    pub all: bool,
}

impl Job for Kill {
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        let mut containers = list(bench, &self.project, OneOff::Include, self.all, &self.services)?;
        if !self.orphans {
            containers.retain(|container| self.known.iter().any(|service| service == container.service()));
        }
        if containers.is_empty() {
            bench.client.err("no container to kill");
            return Ok(None);
        }
        each(bench, &containers, |bench, container| {
            let name = container.progress_name();
            bench.tell(&name, "Killing");
            let request =
                Request::ContainerKill { container: container.0.id.to_string(), signal: Some(self.signal.clone()) };
            if let Err(error) = bench.ask(request) {
                bench.tell(&name, "Error while Killing");
                return Err(error);
            }
            bench.tell(&name, "Killed");
            Ok(())
        })
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
