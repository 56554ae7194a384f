//! `docker exec` and `docker attach`: a client beside a container that runs already.
//!
//! Promises: the order of checks and the exit codes of docker's client.

use serde_json::Value;

use super::create_options::variables;
use super::detach_keys;
use super::follow::{Follow, Followed};
use super::run::NOT_A_TERMINAL;
use super::state;
use crate::client::commands::not_modelled;
use crate::client::program::{Client, Flow, Task};
use crate::world::daemon::api::{ExecConfig, Request, Response, WaitCondition};
use crate::world::process::{System, Wait};

/// `docker exec`.
pub fn exec() -> Box<dyn Task> {
    Box::new(Exec { running: None })
}

#[derive(Clone, Debug)]
struct Exec {
    /// The exec, and the attachment to it.
    running: Option<(String, Follow)>,
}

impl Exec {
    fn begin(&mut self, client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
        let invocation = client.invocation.clone();
        let parsed = &invocation.parsed;
        let Some((container, command)) = parsed.arguments.split_first() else { return Err(1) };
        let environment = match variables::environment(&parsed.list("env-file"), &parsed.list("env"), system) {
            Ok(environment) => environment,
            Err(text) => {
                client.err(format!("{text}\n"));
                return Err(1);
            }
        };
        state::inspect(client, system, container)?;
        let (detach, tty, stdin) = (parsed.on("detach"), parsed.on("tty"), parsed.on("interactive"));
        if !detach && stdin && tty && !system.is_terminal(0) {
            client.err(format!("{NOT_A_TERMINAL}\n"));
            return Err(1);
        }
        let keys = parsed.text("detach-keys").unwrap_or_default();
        if !detach_keys::are_valid(keys) {
            client.err(format!("Error response from daemon: Invalid escape keys ({keys}) provided\n"));
            return Err(1);
        }
        if !keys.is_empty() && stdin && tty {
            client.err(format!("{}\n", not_modelled("leaving a container by keys")));
            return Err(1);
        }
        let text = |name: &str| parsed.text(name).unwrap_or_default().to_owned();
        let config = ExecConfig {
            command: command.to_vec(),
            environment,
            user: text("user"),
            working_directory: text("workdir"),
            tty,
            stdin: stdin && !detach,
            privileged: parsed.on("privileged"),
            detach,
        };
        let request = Request::ExecCreate { container: container.clone(), exec: Box::new(config) };
        let Response::Created { id, .. } = client.ask(system, request)? else { return Err(1) };
        client.ask(system, Request::ExecStart { exec: id.clone() })?;
        if detach {
            return Err(0);
        }
        let follow = Follow::new(Followed::Exec(id.clone()), 0, stdin);
        self.running = Some((id, follow));
        Ok(())
    }
}

impl Task for Exec {
    fn resume(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        if self.running.is_none()
            && let Err(code) = self.begin(client, system)
        {
            return Flow::Done(code);
        }
        let Some((id, follow)) = &mut self.running else { return Flow::Done(1) };
        match follow.resume(client, system) {
            Ok(Some(wait)) => return Flow::Wait(wait),
            Ok(None) => {}
            Err(code) => return Flow::Done(code),
        }
        match client.ask(system, Request::ExecInspect { exec: id.clone() }) {
            Ok(Response::Exec { running: true, .. }) => Flow::Wait(Wait::Engine),
            Ok(Response::Exec { exit_code, .. }) => Flow::Done(exit_code.unwrap_or(0)),
            Ok(_) => Flow::Done(1),
            Err(code) => Flow::Done(code),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}

/// `docker attach`.
pub fn attach() -> Box<dyn Task> {
    Box::new(Attach { running: None, ended: false })
}

#[derive(Clone, Debug)]
struct Attach {
    running: Option<(String, Follow)>,
    ended: bool,
}

impl Attach {
    fn begin(&mut self, client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
        let invocation = client.invocation.clone();
        let parsed = &invocation.parsed;
        let container = parsed.arguments.first().cloned().unwrap_or_default();
        let object = state::inspect(client, system, &container)?;
        let is = |path: &str| object.pointer(path) == Some(&Value::Bool(true));
        let problem = if !is("/State/Running") {
            Some("You cannot attach to a stopped container, start it first")
        } else if is("/State/Paused") {
            Some("You cannot attach to a paused container, unpause it first")
        } else if is("/State/Restarting") {
            Some("You cannot attach to a restarting container, wait until it is running")
        } else {
            None
        };
        if let Some(problem) = problem {
            client.err(format!("{problem}\n"));
            return Err(1);
        }
        let input = !parsed.on("no-stdin") && is("/Config/OpenStdin");
        if input && is("/Config/Tty") && !system.is_terminal(0) {
            client.err(format!("{NOT_A_TERMINAL}\n"));
            return Err(1);
        }
        let keys = parsed.text("detach-keys").unwrap_or_default();
        if !detach_keys::are_valid(keys) {
            client.err("unable to upgrade to tcp, received 400\n");
            return Err(1);
        }
        if !keys.is_empty() && input && is("/Config/Tty") {
            client.err(format!("{}\n", not_modelled("leaving a container by keys")));
            return Err(1);
        }
        let request = Request::ContainerAttach { container: container.clone() };
        let Response::Output(output) = client.ask(system, request)? else { return Err(1) };
        if parsed.on("sig-proxy") && !is("/Config/Tty") {
            Follow::proxy_signals(system);
        }
        let follow = Follow::new(Followed::Container(container.clone()), output.next, input);
        self.running = Some((container, follow));
        Ok(())
    }
}

impl Task for Attach {
    fn resume(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        if self.running.is_none()
            && let Err(code) = self.begin(client, system)
        {
            return Flow::Done(code);
        }
        let Some((container, follow)) = &mut self.running else { return Flow::Done(1) };
        if !self.ended {
            match follow.resume(client, system) {
                Ok(Some(wait)) => return Flow::Wait(wait),
                Ok(None) => self.ended = true,
                Err(code) => return Flow::Done(code),
            }
        }
        let condition = WaitCondition::NotRunning;
        match system.engine(Request::ContainerWait { container: container.clone(), condition }) {
            Ok(Response::Waited(None)) => Flow::Wait(Wait::Engine),
            Ok(Response::Waited(Some(result))) => Flow::Done(result.exit_code),
            _ => Flow::Done(0),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}
