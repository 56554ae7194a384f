//! Commands that run in a container after it began and before it ends: `post_start`, `pre_stop`.

use super::containers::Listed;
use super::{Bench, Step};
use crate::client::compose::ComposeError;
use crate::client::compose::model::parts::Hook;
use crate::client::compose::model::{Project, Service};
use crate::world::daemon::api::{ExecConfig, Request, Response};
use crate::world::process::Wait;

/// The hooks of one container under way.
#[derive(Clone, Debug)]
pub struct Hooks {
    service: String,
    container: String,
    tty: bool,
    left: std::collections::VecDeque<Hook>,
    running: Option<String>,
}

impl Hooks {
    fn new(name: &str, service: &Service, container: &Listed, hooks: &[Hook]) -> Option<Hooks> {
        (!hooks.is_empty()).then(|| Hooks {
            service: name.to_owned(),
            container: container.0.id.to_string(),
            tty: service.tty,
            left: hooks.iter().cloned().collect(),
            running: None,
        })
    }

    /// Those that run before a container is stopped.
    pub fn before_stop(project: &Project, service: &str, container: &Listed) -> Option<Hooks> {
        let found = project.services.get(service)?;
        Hooks::new(service, found, container, &found.pre_stop)
    }

    /// Those that run once a container was started.
    pub fn after_start(project: &Project, service: &str, container: &Listed) -> Option<Hooks> {
        let found = project.services.get(service)?;
        Hooks::new(service, found, container, &found.post_start)
    }

    /// Runs them, one after the other.
    ///
    /// # Errors
    /// When the engine refuses one, or one fails.
    pub fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        loop {
            if let Some(exec) = &self.running {
                match bench.ask(Request::ExecInspect { exec: exec.clone() })? {
                    Response::Exec { running: true, .. } => return Ok(Some(Wait::Engine)),
                    Response::Exec { exit_code: Some(code), .. } if code != 0 => {
                        let text = format!("{} hook exited with status {code}", self.service);
                        return Err(ComposeError::Message(text));
                    }
                    _ => self.running = None,
                }
            }
            let Some(hook) = self.left.pop_front() else { return Ok(None) };
            let exec = ExecConfig {
                command: hook.command.0,
                environment: hook.environment.words(),
                user: hook.user,
                working_directory: hook.working_dir,
                tty: self.tty,
                stdin: false,
                privileged: hook.privileged,
                detach: true,
            };
            let created = bench.ask(Request::ExecCreate { container: self.container.clone(), exec: Box::new(exec) })?;
            let Response::Created { id, .. } = created else { return Ok(None) };
            bench.ask(Request::ExecStart { exec: id.clone() })?;
            self.running = Some(id);
        }
    }
}
