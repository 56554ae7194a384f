//! `docker run` and `docker create`: pull what is missing, create, start, follow.

use std::sync::Arc;

use super::create_options;
use super::follow::{Follow, Followed};
use super::transfer::Transfer;
use super::{detach_keys, go_error};
use crate::client::commands::not_modelled;
use crate::client::program::{Client, Flow, Task, daemon_error};
use crate::world::daemon::api::{ApiError, CreateContainer, Request, Response, WaitCondition};
use crate::world::daemon::reference::Reference;
use crate::world::process::{System, Wait};
use crate::world::registry::platform::Platform;

/// `docker run`.
pub fn run() -> Box<dyn Task> {
    Box::new(Run { creates_only: false, id_file: None, stage: Stage::Begin })
}

/// `docker create`.
pub fn create() -> Box<dyn Task> {
    Box::new(Run { creates_only: true, id_file: None, stage: Stage::Begin })
}

/// What docker says of `-it` without a terminal.
pub const NOT_A_TERMINAL: &str = "the input device is not a TTY";
/// The exit code for what the daemon or the client itself refused.
const REFUSED: i32 = 125;

#[derive(Clone, Debug)]
struct Run {
    creates_only: bool,
    /// The file of `--cidfile`, while it waits for the ID.
    id_file: Option<String>,
    stage: Stage,
}

#[derive(Clone, Debug)]
enum Stage {
    Begin,
    Pulling {
        create: Arc<CreateContainer>,
        pull: Transfer,
    },
    Following {
        id: String,
        follow: Follow,
        removes: bool,
    },
    /// The output has ended; the exit code is still to come.
    Ending {
        id: String,
        removes: bool,
    },
}

impl Run {
    /// Reads the flags, checks the reference, and pulls first when that is asked for.
    fn begin(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        let invocation = client.invocation.clone();
        let policy = invocation.parsed.text("pull").unwrap_or_default().to_owned();
        if !matches!(policy.as_str(), "always" | "missing" | "never" | "") {
            let text = format!("invalid pull option: '{policy}': must be one of \"always\", \"missing\" or \"never\"");
            return self.advise(client, &text);
        }
        let create = match create_options::read(&invocation, system) {
            Ok(create) => create,
            Err(text) => return self.advise(client, &text),
        };
        if invocation.parsed.on("detach") {
            if !invocation.parsed.list("attach").is_empty() {
                client.err("conflicting options: cannot specify both --attach and --detach\n");
                return Flow::Done(1);
            }
        } else if !self.creates_only && create.config.attach_stdin && create.config.tty && !system.is_terminal(0) {
            // This refusal comes without the advice that others come with.
            client.err(format!("{NOT_A_TERMINAL}\n"));
            return Flow::Done(1);
        }
        if let Some(path) = invocation.parsed.text("cidfile").filter(|path| !path.is_empty()) {
            if let Err(text) = make_id_file(system, path) {
                return self.refuse(client, system, &text);
            }
            self.id_file = Some(path.to_owned());
        }
        if let Err(error) = Reference::parse(&create.config.image) {
            return self.refuse(client, system, &error.to_string());
        }
        let platform = create.platform.as_deref().filter(|platform| !platform.is_empty());
        if let Some(Err(error)) = platform.map(|platform| Platform::parse(platform, &Platform::linux("amd64"))) {
            return self.refuse(client, system, &format!("error parsing specified platform: {error}"));
        }
        match policy.as_str() {
            "always" => self.pull(client, system, Arc::new(create)),
            _ => self.create(client, system, Arc::new(create), policy == "missing"),
        }
    }

    /// Prints a refusal as `docker run` does, with its advice; `docker create` prints the text alone.
    fn refuse(&mut self, client: &mut Client, system: &mut System<'_>, text: &str) -> Flow {
        if let Some(path) = self.id_file.take() {
            // A file without an ID in it is taken away again.
            let _ = system.remove_file(&path);
        }
        if self.creates_only {
            client.err(format!("{text}\n"));
            return Flow::Done(1);
        }
        self.advise(client, text);
        Flow::Done(start_failure(text))
    }

    /// Prints a refusal with its advice.
    fn advise(&self, client: &mut Client, text: &str) -> Flow {
        let advice = client.invocation.help_advice();
        client.err(format!("docker: {text}\n\n{advice}\n"));
        Flow::Done(REFUSED)
    }

    /// Whether the keys to leave by are such, if they will be looked at.
    fn check_keys(client: &mut Client, system: &System<'_>) -> Result<(), i32> {
        let parsed = &client.invocation.clone().parsed;
        let Some(keys) = parsed.text("detach-keys").filter(|_| !parsed.on("detach")) else { return Ok(()) };
        if !detach_keys::are_valid(keys) {
            // The daemon refuses the connection, and the client does not read why.
            client.err("unable to upgrade to tcp, received 400\n");
            return Err(1);
        }
        if parsed.on("tty") && parsed.on("interactive") && system.is_terminal(0) {
            client.err(format!("{}\n", not_modelled("leaving a container by keys")));
            return Err(1);
        }
        Ok(())
    }

    fn pull(&mut self, client: &mut Client, system: &mut System<'_>, create: Arc<CreateContainer>) -> Flow {
        let quiet = client.invocation.parsed.on("quiet");
        match Transfer::pull(system, &create.config.image, create.platform.clone(), quiet) {
            Ok(pull) => {
                self.stage = Stage::Pulling { create, pull };
                self.resume(client, system)
            }
            Err(error) => self.refuse(client, system, &daemon_error(&error)),
        }
    }

    fn create(
        &mut self,
        client: &mut Client,
        system: &mut System<'_>,
        create: Arc<CreateContainer>,
        pulls: bool,
    ) -> Flow {
        match system.engine(Request::ContainerCreate(create.clone())) {
            Ok(Response::Created { id, warnings }) => {
                for warning in warnings.into_iter().chain(local_dns_warning(&create)) {
                    client.err(format!("WARNING: {warning}\n"));
                }
                if let Some(path) = self.id_file.take()
                    && let Err(error) = system.write_file(&path, id.as_bytes())
                {
                    let text = format!("failed to write the container ID to the file: {}", go_error(error));
                    return self.refuse(client, system, &text);
                }
                if self.creates_only {
                    client.out(format!("{id}\n"));
                    return Flow::Done(0);
                }
                self.start(client, system, id)
            }
            Err(error) if pulls && is_missing_image(&error) => {
                let name = Reference::parse(&create.config.image)
                    .map_or_else(|_| create.config.image.clone(), |reference| reference.with_default_tag().familiar());
                if !client.invocation.parsed.on("quiet") {
                    client.err(format!("Unable to find image '{name}' locally\n"));
                }
                self.pull(client, system, create)
            }
            Err(error) => self.refuse(client, system, &daemon_error(&error)),
            Ok(_) => Flow::Done(REFUSED),
        }
    }

    fn start(&mut self, client: &mut Client, system: &mut System<'_>, id: String) -> Flow {
        let parsed = &client.invocation.clone().parsed;
        if parsed.on("detach") {
            let started = system.engine(Request::ContainerStart { container: id.clone() });
            // Docker prints the ID of a container that it could not start too.
            client.out(format!("{id}\n"));
            let Err(error) = started else { return Flow::Done(0) };
            return self.refuse(client, system, &daemon_error(&error));
        }
        if let Err(code) = Self::check_keys(client, system) {
            return Flow::Done(code);
        }
        let attached = match system.engine(Request::ContainerAttach { container: id.clone() }) {
            Ok(Response::Output(output)) => output,
            Ok(_) => return Flow::Done(REFUSED),
            Err(error) => return self.refuse(client, system, &daemon_error(&error)),
        };
        if parsed.on("sig-proxy") {
            Follow::proxy_signals(system);
        }
        if let Err(error) = system.engine(Request::ContainerStart { container: id.clone() }) {
            return self.refuse(client, system, &daemon_error(&error));
        }
        let streams = parsed.list("attach");
        let shows = |name: &str| streams.is_empty() || streams.iter().any(|stream| stream.eq_ignore_ascii_case(name));
        let input = parsed.on("interactive") && shows("stdin");
        let follow = Follow::new(Followed::Container(id.clone()), attached.next, input)
            .showing(shows("stdout"), shows("stderr"));
        self.stage = Stage::Following { id, follow, removes: parsed.on("rm") };
        self.resume(client, system)
    }
}

impl Task for Run {
    fn resume(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        loop {
            match &mut self.stage {
                Stage::Begin => return self.begin(client, system),
                Stage::Pulling { create, pull } => match pull.resume(client, system, true) {
                    Ok(Some(wait)) => return Flow::Wait(wait),
                    Ok(None) => {
                        let create = create.clone();
                        return self.create(client, system, create, false);
                    }
                    Err(error) => return self.refuse(client, system, &daemon_error(&error)),
                },
                Stage::Following { id, follow, removes } => match follow.resume(client, system) {
                    Ok(Some(wait)) => return Flow::Wait(wait),
                    Ok(None) => self.stage = Stage::Ending { id: id.clone(), removes: *removes },
                    Err(code) => return Flow::Done(code),
                },
                Stage::Ending { id, removes } => {
                    let condition = if *removes { WaitCondition::Removed } else { WaitCondition::NotRunning };
                    return match system.engine(Request::ContainerWait { container: id.clone(), condition }) {
                        Ok(Response::Waited(None)) => Flow::Wait(Wait::Engine),
                        Ok(Response::Waited(Some(result))) => Flow::Done(result.exit_code),
                        _ => Flow::Done(0),
                    };
                }
            }
        }
    }

    fn boxed_clone(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}

/// Makes the file of `--cidfile`, so that nothing is begun when it cannot be.
fn make_id_file(system: &mut System<'_>, path: &str) -> Result<(), String> {
    if system.status(path, true).is_ok() {
        return Err(format!("container ID file found, make sure the other container isn't running or delete {path}"));
    }
    system
        .write_file(path, b"")
        .map_err(|error| format!("failed to create the container ID file: open {path}: {}", go_error(error)))
}

/// docker/cli `localhostDNSWarning`: a server on the host's loopback is not there in the container.
fn local_dns_warning(create: &CreateContainer) -> Option<String> {
    let local = create
        .host_config
        .dns
        .iter()
        .find(|address| address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback()))?;
    Some(format!("Localhost DNS ({local}) may fail in containers."))
}

fn is_missing_image(error: &ApiError) -> bool {
    let of_another_platform = error.message.contains("does not match the specified platform");
    error.status == 404 && (error.message.starts_with("No such image") || of_another_platform)
}

/// The exit code of a container whose program could not be started: docker/cli `runStartContainerErr`.
fn start_failure(message: &str) -> i32 {
    let contains = |text: &str| message.contains(text);
    if contains("executable file not found")
        || contains("no such file or directory")
        || contains("system cannot find the file specified")
    {
        127
    } else if contains("permission denied") || contains("is a directory") {
        126
    } else {
        REFUSED
    }
}
