//! Waiting until services are what others need them to be: started, healthy, or done.
//!
//! Promises: the looks every half second, the words and the failures of Compose's `waitDependencies`.

use std::time::Duration;

use serde_json::Value;

use super::containers::Listed;
use super::{Bench, Job, Step};
use crate::client::compose::ComposeError;
use crate::client::units::go_quote;
use crate::world::clock::Time;
use crate::world::daemon::api::{Request, Response, WaitCondition};
use crate::world::process::Wait;

/// How often Compose looks.
const TICK: Duration = Duration::from_millis(500);

/// Waits for one service.
#[derive(Clone, Debug)]
pub struct WaitFor {
    /// Who waits.
    pub dependent: String,
    pub service: String,
    /// `service_healthy`, `service_completed_successfully`, `running_or_healthy`.
    pub condition: String,
    pub required: bool,
    /// All containers of the project.
    pub containers: Vec<Listed>,
    /// When the next look is due, once the first was announced.
    pub next: Option<Time>,
}

/// What a look saw.
enum Seen {
    NotYet,
    Good,
    /// It ended well.
    Exited,
    Failed(Failed),
}

/// How what was waited for failed.
struct Failed {
    /// What is told of the containers.
    told: String,
    error: String,
    /// What is told instead when nobody needs it.
    skipped: String,
    warning: String,
}

impl WaitFor {
    fn look(&self, bench: &mut Bench<'_, '_>, of_service: &[Listed]) -> Result<Seen, ComposeError> {
        let quoted = go_quote(&self.service);
        match self.condition.as_str() {
            "service_completed_successfully" => {
                for container in of_service {
                    let state = state_of(bench, container)?;
                    if state["Status"] != "exited" {
                        continue;
                    }
                    let code = state["ExitCode"].as_i64().unwrap_or(0);
                    if code == 0 {
                        return Ok(Seen::Exited);
                    }
                    let suffix = format!("{quoted} didn't complete successfully: exit {code}");
                    return Ok(Seen::Failed(Failed {
                        told: format!("service {suffix}"),
                        error: format!("service {suffix}"),
                        skipped: format!("optional dependency {suffix}"),
                        warning: format!("optional dependency {suffix}"),
                    }));
                }
                Ok(Seen::NotYet)
            }
            condition => {
                let falls_back = condition == "running_or_healthy";
                let why = match health(bench, of_service, falls_back)? {
                    Ok(true) => return Ok(Seen::Good),
                    Ok(false) => return Ok(Seen::NotYet),
                    Err(why) => why,
                };
                let skipped = match falls_back {
                    true => format!("optional dependency {quoted} is not running or is unhealthy"),
                    false => format!("optional dependency {quoted} failed to start"),
                };
                Ok(Seen::Failed(Failed {
                    told: if falls_back { String::new() } else { "Error".to_owned() },
                    error: if falls_back { why.clone() } else { format!("dependency failed to start: {why}") },
                    warning: format!("{skipped}: {why}"),
                    skipped,
                }))
            }
        }
    }
}

fn state_of(bench: &mut Bench<'_, '_>, container: &Listed) -> Result<Value, ComposeError> {
    Ok(bench.inspect(&container.0.id)?["State"].take())
}

/// Whether all containers are healthy; why they never will be, if so.
fn health(
    bench: &mut Bench<'_, '_>,
    containers: &[Listed],
    falls_back: bool,
) -> Result<Result<bool, String>, ComposeError> {
    for container in containers {
        let inspected = bench.inspect(&container.0.id)?;
        let (name, state) = (container.name(), &inspected["State"]);
        if state["Status"] == "exited" {
            return Ok(Err(format!("container {name} exited ({})", state["ExitCode"])));
        }
        if inspected["Config"]["Healthcheck"].is_null() && falls_back {
            return Ok(Ok(state["Status"] == "running"));
        }
        match state["Health"]["Status"].as_str() {
            None => return Ok(Err(format!("container {name} has no healthcheck configured"))),
            Some("healthy") => {}
            Some("unhealthy") => return Ok(Err(format!("container {name} is unhealthy"))),
            Some("starting") => return Ok(Ok(false)),
            Some(other) => {
                return Ok(Err(format!("container {name} had unexpected health status {}", go_quote(other))));
            }
        }
    }
    Ok(Ok(true))
}

impl Job for WaitFor {
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        let of_service: Vec<Listed> = self
            .containers
            .iter()
            .filter(|container| container.service() == self.service && !container.is_one_off())
            .cloned()
            .collect();
        let tell = |bench: &mut Bench<'_, '_>, status: &str| {
            for container in &of_service {
                bench.tell(&container.progress_name(), status);
            }
        };
        let now = bench.system.now();
        let Some(next) = self.next else {
            tell(bench, "Waiting");
            if of_service.is_empty() {
                let text = format!("{} is missing dependency {}", self.dependent, self.service);
                if self.required {
                    return Err(ComposeError::Message(text));
                }
                bench.warn(&text);
                return Ok(None);
            }
            self.next = Some(now + TICK);
            return Ok(Some(Wait::Until(now + TICK)));
        };
        if now < next {
            return Ok(Some(Wait::Until(next)));
        }
        match self.look(bench, &of_service)? {
            Seen::NotYet => {
                self.next = Some(now + TICK);
                Ok(Some(Wait::Until(now + TICK)))
            }
            Seen::Good => {
                tell(bench, "Healthy");
                Ok(None)
            }
            Seen::Exited => {
                tell(bench, "Exited");
                Ok(None)
            }
            Seen::Failed(failed) if !self.required => {
                tell(bench, &format!("Skipped: {}", failed.skipped));
                bench.warn(&failed.warning);
                Ok(None)
            }
            Seen::Failed(failed) => {
                if !failed.told.is_empty() {
                    tell(bench, &failed.told);
                }
                Err(ComposeError::Message(failed.error))
            }
        }
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

/// Waits until containers have ended, and tells how.
#[derive(Clone, Debug)]
pub struct WaitForEnd {
    pub containers: Vec<String>,
}

impl Job for WaitForEnd {
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        let mut left = Vec::new();
        for container in std::mem::take(&mut self.containers) {
            let request = Request::ContainerWait { container: container.clone(), condition: WaitCondition::NotRunning };
            match bench.ask(request)? {
                Response::Waited(Some(result)) => {
                    let (id, code) = (go_quote(&container), result.exit_code);
                    bench.client.out(format!("container {id} exited with status code {code}\n"));
                    bench.site.exit_code = code;
                }
                _ => left.push(container),
            }
        }
        self.containers = left;
        Ok((!self.containers.is_empty()).then_some(Wait::Engine))
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
