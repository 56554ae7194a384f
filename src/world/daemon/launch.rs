//! The last steps before a process runs, for containers and execs alike: its environment, its directory, its program.
//!
//! Promises: refusals are runc's own, word for word; a file that is executable but nothing that can be run starts, says so and ends
//! with 255, as runc's init does. Must not know: where output goes.

use std::sync::Arc;

use imbl::OrdMap;

use super::api::ApiError;
use super::container::Container;
use super::init::{FailedExec, Init};
use super::user::User;
use crate::world::context::Context;
use crate::world::filesystem::entry::Node;
use crate::world::filesystem::errno::Errno;
use crate::world::process::descriptor::OpenFileId;
use crate::world::process::life::{Birth, Loaded, name_of};
use crate::world::process::limits::{Limit, Resource, ResourceLimits};
use crate::world::process::vfs::{Caller, join};
use crate::world::process::{Kernel, Namespaces, Pid};

/// The PATH of a container whose image has none (moby `system.DefaultPathEnv`).
const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What moby adds to «not a directory» (`daemon/errors.go`).
const NOT_A_DIRECTORY: &str = ": Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists \
                               and is the expected type";

/// What runc says of a working directory that is no absolute path.
pub(super) const RELATIVE: &str = "Cwd must be an absolute path";
/// The exit code of what could not be started for a reason of the engine's own (moby `exitUnknown`).
const FAILED: i32 = 128;

/// A process that is to be started.
#[derive(Clone, Debug)]
pub(super) struct Launch {
    pub namespaces: Namespaces,
    pub container: Arc<str>,
    pub user: User,
    pub directory: String,
    pub command: Vec<String>,
    pub environment: Vec<String>,
    pub terminal: bool,
    /// Whether docker-init is to be PID 1.
    pub init: bool,
    pub limits: ResourceLimits,
    /// `--oom-score-adj`.
    pub oom_score: i32,
}

/// A process that can begin.
#[derive(Debug)]
pub(super) struct Prepared {
    launch: Launch,
    loaded: Loaded,
    directory: Arc<str>,
}

/// What the engine says when the runtime could not start a container.
pub(super) fn refused(why: &str) -> ApiError {
    let text = "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create \
                failed: unable to start container process:";
    ApiError::invalid(judged(&format!("{text} {why}")).0)
}

/// The environment of a process in a container: the engine's, that of links, the container's, then what else is given
/// (moby `CreateDaemonEnvironment`; HOME comes from the runtime and is last).
pub(super) fn environment(
    container: &Container,
    home: &str,
    terminal: bool,
    links: &[String],
    more: &[String],
) -> Vec<String> {
    let mut environment = vec![PATH.to_owned(), format!("HOSTNAME={}", container.config.host_name)];
    if terminal {
        environment.push("TERM=xterm".to_owned());
    }
    environment.extend(links.iter().cloned());
    for pair in container.config.run.env.iter().chain(more) {
        let key = pair.split('=').next().unwrap_or(pair);
        let known = environment.iter().position(|known| known.split('=').next() == Some(key));
        match (known, pair.contains('=')) {
            (Some(at), true) => environment[at].clone_from(pair),
            // A name without a value takes the variable away (`-e NAME` that the client has not).
            (Some(at), false) => {
                environment.remove(at);
            }
            (None, true) => environment.push(pair.clone()),
            (None, false) => {}
        }
    }
    if !environment.iter().any(|pair| pair.starts_with("HOME=")) {
        environment.push(format!("HOME={home}"));
    }
    environment
}

/// The limits of every process of a container (`--ulimit`).
pub(super) fn limits(container: &Container) -> ResourceLimits {
    let value = |number: i64| u64::try_from(number).ok();
    let asked = container.host_config.resources.ulimits.iter();
    let known = asked.filter_map(|(name, limit)| {
        Some((Resource::named(name)?, Limit { soft: value(limit.soft), hard: value(limit.hard) }))
    });
    known.fold(ResourceLimits::default(), |limits, (resource, limit)| limits.with(resource, limit))
}

/// What the engine makes of the runtime's refusal: its text, and the exit code (moby `setExitCodeFromError`).
pub(super) fn judged(text: &str) -> (String, i32) {
    let lower = text.to_lowercase();
    let contains = |part: &str| lower.contains(part);
    if contains("permission denied") {
        (text.to_owned(), 126)
    } else if contains("is a directory") {
        (format!("{text}: permission denied"), 126)
    } else if contains("not a directory") {
        (format!("{text}{NOT_A_DIRECTORY}"), 127)
    } else if contains("executable file not found") || contains("no such file or directory") {
        (text.to_owned(), 127)
    } else {
        (text.to_owned(), FAILED)
    }
}

impl Launch {
    /// Looks for the directory and the program.
    ///
    /// # Errors
    /// What runc says.
    pub fn prepare(self, kernel: &Kernel, context: &Context) -> Result<Prepared, String> {
        let mut caller = Caller {
            mounts: self.namespaces.mount,
            working_directory: "/".into(),
            credentials: self.user.credentials.clone(),
            umask: 0o022,
            pid: None,
        };
        if !self.directory.starts_with('/') {
            return Err(RELATIVE.to_owned());
        }
        let directory =
            kernel.resolve(&caller, &self.directory, true).and_then(|path| match kernel.entry(&caller, &path)?.node {
                Node::Directory => Ok(path),
                _ => Err(Errno::ENOTDIR),
            });
        let directory = directory.map_err(|errno| {
            let why = errno.to_string().to_lowercase();
            format!("chdir to cwd (\"{}\") set in config.json failed: {why}", self.directory)
        })?;
        caller.working_directory = directory.as_str().into();
        let Some(name) = self.command.first() else {
            return Err("exec: \"\": executable file not found in $PATH".to_owned());
        };
        let path = locate(kernel, &caller, name, &self.environment)?;
        let loaded = match kernel.load(context, &caller, &path, &self.command, &self.environment) {
            Ok(loaded) => loaded,
            Err(errno @ (Errno::ENOEXEC | Errno::ENOENT | Errno::ELOOP)) => {
                let why = if errno == Errno::ENOEXEC { "exec format error" } else { "no such file or directory" };
                Loaded {
                    program: Box::new(FailedExec::new(format!("exec {path}: {why}\n"))),
                    arguments: self.command.clone().into(),
                    executable: path.as_str().into(),
                    name: name_of(&path),
                }
            }
            Err(errno) => return Err(format!("exec: \"{name}\": {}", errno.to_string().to_lowercase())),
        };
        let loaded = match self.init {
            true => Loaded {
                program: Box::new(Init::new(path, self.command.clone(), self.environment.clone())),
                arguments: ["/sbin/docker-init".to_owned(), "--".to_owned()]
                    .into_iter()
                    .chain(self.command.iter().cloned())
                    .collect(),
                executable: "/sbin/docker-init".into(),
                name: "docker-init".into(),
            },
            false => loaded,
        };
        Ok(Prepared { launch: self, loaded, directory: directory.into() })
    }
}

/// Finds a command as runc does (`exec.LookPath`).
fn locate(kernel: &Kernel, caller: &Caller, name: &str, environment: &[String]) -> Result<String, String> {
    let check = |path: &str| -> Result<(), &'static str> {
        let status = kernel.status(caller, path, true).map_err(|errno| match errno {
            Errno::EACCES => "permission denied",
            Errno::ENOTDIR => "not a directory",
            _ => "no such file or directory",
        })?;
        match status.entry.node {
            Node::Directory => Err("is a directory"),
            Node::File(_) if status.entry.metadata.mode & 0o111 != 0 && caller.may(&status.entry.metadata, 1) => Ok(()),
            _ => Err("permission denied"),
        }
    };
    if name.contains('/') {
        return match check(name) {
            Ok(()) => Ok(name.to_owned()),
            Err(why @ ("no such file or directory" | "not a directory")) => {
                Err(format!("exec: \"{name}\": stat {name}: {why}"))
            }
            Err(why) => Err(format!("exec: \"{name}\": {why}")),
        };
    }
    let path = environment.iter().find_map(|pair| pair.strip_prefix("PATH=")).unwrap_or("");
    let mut candidates =
        path.split(':').filter(|directory| directory.starts_with('/')).map(|directory| join(directory, name));
    let found = candidates.find(|path| !name.is_empty() && check(path).is_ok());
    found.ok_or_else(|| format!("exec: \"{name}\": executable file not found in $PATH"))
}

impl Prepared {
    /// Lets the process begin.
    ///
    /// # Errors
    /// `EAGAIN` at the limit of processes.
    pub fn begin(
        self,
        kernel: &mut Kernel,
        context: &mut Context,
        descriptors: OrdMap<u32, OpenFileId>,
    ) -> Result<Pid, Errno> {
        let Prepared { launch, loaded, directory } = self;
        let birth = Birth {
            parent: Pid::KERNEL,
            group: None,
            namespaces: launch.namespaces,
            container: Some(launch.container),
            credentials: launch.user.credentials,
            working_directory: directory,
            umask: 0o022,
            limits: launch.limits,
            oom_score: launch.oom_score,
            arguments: loaded.arguments,
            environment: launch.environment.into(),
            executable: loaded.executable,
            name: loaded.name,
            descriptors,
            terminal: launch.terminal,
            program: loaded.program,
            actions: OrdMap::new(),
        };
        kernel.begin(context, birth)
    }
}
