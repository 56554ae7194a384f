//! `docker run` and `docker create`: pull what is missing, create, start, follow.

use super::create_options::{self, CreateError};
use super::follow::{Follow, Followed};
use super::pull::Pull;
use crate::client::program::{Client, Flow, Task, daemon_error};
use crate::world::daemon::api::{ApiError, CreateContainer, Request, Response, WaitCondition};
use crate::world::daemon::reference::Reference;
use crate::world::process::{System, Wait};

/// `docker run`.
pub fn run() -> Box<dyn Task> {
    Box::new(Run { creates_only: false, stage: Stage::Begin })
}

/// `docker create`.
pub fn create() -> Box<dyn Task> {
    Box::new(Run { creates_only: true, stage: Stage::Begin })
}

/// What docker says of `-it` without a terminal.
pub const NOT_A_TERMINAL: &str = "the input device is not a TTY";
/// The exit code for what the daemon or the client itself refused.
const REFUSED: i32 = 125;

#[derive(Clone, Debug)]
struct Run {
    creates_only: bool,
    stage: Stage,
}

#[derive(Clone, Debug)]
enum Stage {
    Begin,
    Pulling {
        create: Box<CreateContainer>,
        pull: Pull,
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
        let create = match create_options::read(&invocation, system) {
            Ok(create) => create,
            Err(CreateError::Usage(text)) => return self.advise(client, &text),
            Err(CreateError::Failed(text)) => return self.refuse(client, &text),
        };
        let policy = invocation.parsed.text("pull").unwrap_or("missing").to_owned();
        if !matches!(policy.as_str(), "always" | "missing" | "never") {
            let text = format!("invalid pull option: '{policy}': must be one of \"always\", \"missing\" or \"never\"");
            return self.advise(client, &text);
        }
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
        if let Err(error) = Reference::parse(&create.config.image) {
            return self.refuse(client, &error.to_string());
        }
        if let Some(platform) = create.platform.as_deref().filter(|platform| is_unknown_platform(platform)) {
            let quoted = crate::client::units::go_quote(platform);
            let text = format!(
                "error parsing specified platform: {quoted}: unknown operating system or architecture: invalid argument"
            );
            return self.refuse(client, &text);
        }
        match policy.as_str() {
            "always" => self.pull(client, system, Box::new(create)),
            _ => self.create(client, system, Box::new(create), policy == "missing"),
        }
    }

    /// Prints a refusal as `docker run` does, with its advice; `docker create` prints the text alone.
    fn refuse(&self, client: &mut Client, text: &str) -> Flow {
        if self.creates_only {
            client.err(format!("{text}\n"));
            return Flow::Done(1);
        }
        self.advise(client, text)
    }

    /// Prints a refusal with its advice.
    fn advise(&self, client: &mut Client, text: &str) -> Flow {
        let advice = client.invocation.help_advice();
        client.err(format!("docker: {text}\n\n{advice}\n"));
        Flow::Done(REFUSED)
    }

    fn pull(&mut self, client: &mut Client, system: &mut System<'_>, create: Box<CreateContainer>) -> Flow {
        let quiet = client.invocation.parsed.on("quiet");
        match Pull::begin(system, &create.config.image, create.platform.clone(), quiet) {
            Ok(pull) => {
                self.stage = Stage::Pulling { create, pull };
                self.resume(client, system)
            }
            Err(error) => self.refuse(client, &daemon_error(&error)),
        }
    }

    fn create(
        &mut self,
        client: &mut Client,
        system: &mut System<'_>,
        create: Box<CreateContainer>,
        pulls: bool,
    ) -> Flow {
        match system.engine(Request::ContainerCreate(create.clone())) {
            Ok(Response::Created { id, warnings }) => {
                for warning in warnings {
                    client.err(format!("WARNING: {warning}\n"));
                }
                if let Some(path) = client.invocation.parsed.text("cidfile").map(str::to_owned)
                    && let Err(error) = system.write_file(&path, id.as_bytes())
                {
                    return self.refuse(client, &format!("failed to write the container ID to the file: {error}"));
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
                client.err(format!("Unable to find image '{name}' locally\n"));
                self.pull(client, system, create)
            }
            Err(error) => self.refuse(client, &daemon_error(&error)),
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
            self.refuse(client, &daemon_error(&error));
            return Flow::Done(start_failure(&error.message));
        }
        let attached = match system.engine(Request::ContainerAttach { container: id.clone() }) {
            Ok(Response::Output(output)) => output,
            Ok(_) => return Flow::Done(REFUSED),
            Err(error) => return self.refuse(client, &daemon_error(&error)),
        };
        if parsed.on("sig-proxy") {
            Follow::proxy_signals(system);
        }
        if let Err(error) = system.engine(Request::ContainerStart { container: id.clone() }) {
            self.refuse(client, &daemon_error(&error));
            return Flow::Done(start_failure(&error.message));
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
                    Err(error) => return self.refuse(client, &daemon_error(&error)),
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

/// Whether a platform of one word names neither a system nor an architecture (`containerd/platforms`, `Parse`).
fn is_unknown_platform(platform: &str) -> bool {
    const SYSTEMS: [&str; 12] = [
        "aix",
        "android",
        "darwin",
        "dragonfly",
        "freebsd",
        "illumos",
        "js",
        "linux",
        "netbsd",
        "openbsd",
        "solaris",
        "windows",
    ];
    const ARCHITECTURES: [&str; 21] = [
        "386", "aarch64", "amd64", "arm", "arm64", "armel", "armhf", "i386", "loong64", "mips", "mips64", "mips64le",
        "mipsle", "ppc64", "ppc64le", "riscv64", "s390x", "wasm", "x86-64", "x86_64", "riscv",
    ];
    let word = platform.to_lowercase();
    !platform.is_empty()
        && !platform.contains('/')
        && !SYSTEMS.contains(&word.as_str())
        && !ARCHITECTURES.contains(&word.as_str())
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
