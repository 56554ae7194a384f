//! `docker start`, `stop`, `kill`, `rm`: containers that are there begin, end and go.

use super::follow::{Follow, Followed};
use crate::client::program::{Client, Flow, Task};
use crate::world::daemon::api::{ApiError, Request, Response, WaitCondition};
use crate::world::process::{System, Wait};

/// What docker prints after what it did for each of several containers, when some failed.
fn finish(failed: bool) -> Result<(), i32> {
    if failed { Err(1) } else { Ok(()) }
}

/// `docker kill`.
pub fn kill(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let signal = invocation.parsed.text("signal").map(str::to_owned);
    let mut failed = false;
    for container in &invocation.parsed.arguments {
        let request = Request::ContainerKill { container: container.clone(), signal: signal.clone() };
        failed |= report(client, container, system.engine(request));
    }
    finish(failed)
}

/// `docker rm`.
pub fn remove(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let (force, volumes) = (invocation.parsed.on("force"), invocation.parsed.on("volumes"));
    let mut failed = false;
    for container in &invocation.parsed.arguments {
        let name = container.trim_matches('/');
        if name.is_empty() {
            client.err("container name cannot be empty\n");
            failed = true;
            continue;
        }
        let request = match invocation.parsed.on("link") {
            true => Request::ContainerUnlink { link: name.to_owned() },
            false => Request::ContainerRemove { container: name.to_owned(), force, volumes },
        };
        match system.engine(request) {
            // `rm -f` of what is not there succeeds, and says so.
            Err(error) if force && error.status == 404 => client.refuse(&error),
            answer => failed |= report(client, container, answer),
        }
    }
    finish(failed)
}

/// Prints a container's name, or why it was refused; true when it was.
fn report(client: &mut Client, container: &str, answer: Result<Response, ApiError>) -> bool {
    match answer {
        Ok(_) => {
            client.out(format!("{container}\n"));
            false
        }
        Err(error) => {
            client.refuse(&error);
            true
        }
    }
}

/// `--time` is the old name of `--timeout`: both cannot be given.
///
/// # Errors
/// The exit code; the refusal was printed.
pub fn one_timeout(client: &mut Client) -> Result<(), i32> {
    let parsed = &client.invocation.parsed;
    if parsed.changed("timeout") && parsed.changed("time") {
        client.err("conflicting options: cannot specify both --timeout and --time\n");
        return Err(1);
    }
    Ok(())
}

/// `docker stop`.
pub fn stop() -> Box<dyn Task> {
    Box::new(Stop { next: 0, asked: false, failed: false })
}

#[derive(Clone, Debug)]
struct Stop {
    next: usize,
    /// Whether the container whose turn it is was asked to stop.
    asked: bool,
    failed: bool,
}

impl Task for Stop {
    fn resume(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        let invocation = client.invocation.clone();
        if let Err(code) = one_timeout(client) {
            return Flow::Done(code);
        }
        while let Some(container) = invocation.parsed.arguments.get(self.next) {
            if !self.asked {
                let timeout = invocation.parsed.int("timeout").or_else(|| invocation.parsed.int("time"));
                let signal = invocation.parsed.text("signal").map(str::to_owned);
                let request = Request::ContainerStop { container: container.clone(), signal, timeout };
                if let Err(error) = system.engine(request) {
                    self.failed = true;
                    client.refuse(&error);
                    self.next += 1;
                    continue;
                }
                self.asked = true;
            }
            let wait = Request::ContainerWait { container: container.clone(), condition: WaitCondition::NotRunning };
            if let Ok(Response::Waited(None)) = system.engine(wait) {
                return Flow::Wait(Wait::Engine);
            }
            client.out(format!("{container}\n"));
            self.next += 1;
            self.asked = false;
        }
        Flow::Done(i32::from(self.failed))
    }

    fn boxed_clone(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}

/// `docker start`.
pub fn start() -> Box<dyn Task> {
    Box::new(Start { follow: None })
}

#[derive(Clone, Debug)]
struct Start {
    /// The container that is attached to, and whether its output has ended.
    follow: Option<(String, Follow, bool)>,
}

impl Start {
    fn attached(&mut self, client: &mut Client, system: &mut System<'_>, container: &str) -> Result<(), i32> {
        let attach = Request::ContainerAttach { container: container.to_owned() };
        let Response::Output(output) = client.ask(system, attach)? else { return Err(1) };
        Follow::proxy_signals(system);
        if let Err(error) = system.engine(Request::ContainerStart { container: container.to_owned() }) {
            client.refuse(&error);
            client.err("Error: failed to start containers: ".to_owned() + container + "\n");
            return Err(1);
        }
        let input = client.invocation.parsed.on("interactive");
        let follow = Follow::new(Followed::Container(container.to_owned()), output.next, input);
        self.follow = Some((container.to_owned(), follow, false));
        Ok(())
    }
}

impl Task for Start {
    fn resume(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        let invocation = client.invocation.clone();
        if let Some((container, follow, ended)) = &mut self.follow {
            if !*ended {
                match follow.resume(client, system) {
                    Ok(Some(wait)) => return Flow::Wait(wait),
                    Ok(None) => *ended = true,
                    Err(code) => return Flow::Done(code),
                }
            }
            let wait = Request::ContainerWait { container: container.clone(), condition: WaitCondition::NotRunning };
            return match system.engine(wait) {
                Ok(Response::Waited(None)) => Flow::Wait(Wait::Engine),
                Ok(Response::Waited(Some(result))) => Flow::Done(result.exit_code),
                _ => Flow::Done(0),
            };
        }
        let containers = &invocation.parsed.arguments;
        if invocation.parsed.on("attach") || invocation.parsed.on("interactive") {
            let [container] = containers.as_slice() else {
                client.err("you cannot start and attach multiple containers at once\n");
                return Flow::Done(1);
            };
            return match self.attached(client, system, container) {
                Ok(()) => self.resume(client, system),
                Err(code) => Flow::Done(code),
            };
        }
        let mut failed = Vec::new();
        for container in containers {
            match system.engine(Request::ContainerStart { container: container.clone() }) {
                Ok(_) => client.out(format!("{container}\n")),
                Err(error) => {
                    client.refuse(&error);
                    failed.push(container.as_str());
                }
            }
        }
        if failed.is_empty() {
            return Flow::Done(0);
        }
        client.err(format!("Error: failed to start containers: {}\n", failed.join(", ")));
        Flow::Done(1)
    }

    fn boxed_clone(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}
