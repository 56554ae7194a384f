//! `docker build`: the context is read from the host, the daemon builds, and its messages are printed as BuildKit's plain
//! progress.
//!
//! Promises: buildx's own checks and texts. Must not know how a build is done.

mod context;
mod progress;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use self::context::{Context, ContextError};
pub use self::progress::Printer;
use crate::client::commands::not_modelled;
use crate::client::program::{Client, Flow, Task, daemon_error};
use crate::client::units::go_quote;
use crate::world::daemon::api::{BuildRequest, JobId, JobMessage, Request, Response};
use crate::world::daemon::reference::Reference;
use crate::world::process::descriptor::Read;
use crate::world::process::{System, Wait};

/// Bytes that are read from standard input at a time.
const INPUT_BYTES: usize = 65_536;
/// The most that is read from standard input: a Dockerfile or a context.
const INPUT_LIMIT: usize = 64 << 20;

/// `docker build`.
pub fn build() -> Box<dyn Task> {
    Box::new(Build { stage: Stage::Begin })
}

#[derive(Clone, Debug)]
struct Build {
    stage: Stage,
}

#[derive(Clone, Debug)]
enum Stage {
    Begin,
    /// Reads standard input.
    Reading(Vec<u8>),
    Building {
        job: JobId,
        read: usize,
        image: Option<String>,
        failure: Option<String>,
        printer: Box<Printer>,
    },
}

/// Why there is nothing to build.
enum Refusal {
    /// `ERROR: failed to build: …`
    Failed(String),
    /// `ERROR: …`, found before a build is thought of.
    Usage(String),
    /// The plain refusal of what is not modelled.
    NotModelled(String),
}

impl From<String> for Refusal {
    fn from(text: String) -> Refusal {
        Refusal::Failed(text)
    }
}

impl Build {
    fn refuse(client: &mut Client, refusal: Refusal) -> Flow {
        match refusal {
            Refusal::Failed(text) => client.err(format!("ERROR: failed to build: {text}\n")),
            Refusal::Usage(text) => client.err(format!("ERROR: {text}\n")),
            Refusal::NotModelled(what) => client.err(not_modelled(&what) + "\n"),
        }
        Flow::Done(1)
    }

    /// Checks what can be checked, reads the context, and begins.
    fn begin(&mut self, client: &mut Client, system: &mut System<'_>, input: Option<Vec<u8>>) -> Flow {
        match request(client, system, input) {
            Err(refusal) => Build::refuse(client, refusal),
            Ok(request) => {
                let quiet = is_quiet(client);
                let printer = Box::new(Printer::new(quiet));
                if !quiet {
                    client.err("#0 building with \"default\" instance using docker driver\n");
                }
                match system.engine(Request::ImageBuild(Box::new(request))) {
                    Ok(Response::Job(job)) => {
                        self.stage = Stage::Building { job, read: 0, image: None, failure: None, printer };
                        self.resume(client, system)
                    }
                    Ok(_) => Build::refuse(client, Refusal::Failed("the daemon did not begin a build".to_owned())),
                    Err(error) => {
                        client.err(format!("ERROR: {}\n", daemon_error(&error)));
                        Flow::Done(1)
                    }
                }
            }
        }
    }

    fn read_input(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        let Stage::Reading(bytes) = &mut self.stage else { return Flow::Done(1) };
        loop {
            match system.read(0, INPUT_BYTES) {
                Ok(Read::Data(more)) => {
                    bytes.extend_from_slice(&more);
                    if bytes.len() > INPUT_LIMIT {
                        let text = format!("standard input is larger than the {INPUT_LIMIT} bytes that Layerlab reads");
                        return Build::refuse(client, Refusal::Failed(text));
                    }
                }
                Ok(Read::WouldBlock) => return Flow::Wait(Wait::Readable(0)),
                Ok(Read::EndOfFile) | Err(_) => break,
            }
        }
        let bytes = std::mem::take(bytes);
        self.begin(client, system, Some(bytes))
    }

    fn follow(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        let Stage::Building { job, read, image, failure, printer } = &mut self.stage else { return Flow::Done(1) };
        let answer = system.engine(Request::JobRead { job: *job, from: *read });
        let Ok(Response::Messages { messages, finished }) = answer else { return Flow::Done(1) };
        *read += messages.len();
        for message in messages {
            match message {
                JobMessage::Build(message) => printer.print(client, message),
                JobMessage::Image { id } => *image = Some(id.to_string()),
                JobMessage::Failed(error) => *failure = Some(error.message),
                JobMessage::Status { .. } | JobMessage::Layer { .. } => {}
            }
        }
        if !finished {
            return Flow::Wait(Wait::Engine);
        }
        let check = client.invocation.parsed.on("check");
        let well = printer.finish(client, failure.as_deref(), check);
        if well && let Some(image) = image {
            let parsed = &client.invocation.clone().parsed;
            // `--progress=none` is quieter still.
            if is_quiet(client) && parsed.text("progress") != Some("none") {
                client.out(format!("{image}\n"));
            }
            if let Some(path) = parsed.text("iidfile")
                && let Err(error) = system.write_file(path, image.as_bytes())
            {
                client.err(format!("ERROR: open {path}: {}\n", super::go_error(error)));
                return Flow::Done(1);
            }
        }
        Flow::Done(i32::from(!well))
    }
}

fn is_quiet(client: &Client) -> bool {
    client.invocation.parsed.on("quiet") || matches!(client.invocation.parsed.text("progress"), Some("quiet" | "none"))
}

impl Task for Build {
    fn resume(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        match &self.stage {
            Stage::Begin => {
                let parsed = &client.invocation.parsed;
                let from_input = parsed.arguments.first().is_some_and(|path| path == "-")
                    || parsed.text("file").is_some_and(|path| path == "-");
                if from_input {
                    self.stage = Stage::Reading(Vec::new());
                    return self.read_input(client, system);
                }
                self.begin(client, system, None)
            }
            Stage::Reading(_) => self.read_input(client, system),
            Stage::Building { .. } => self.follow(client, system),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}

/// The request that the flags and the files make.
fn request(client: &mut Client, system: &mut System<'_>, input: Option<Vec<u8>>) -> Result<BuildRequest, Refusal> {
    let invocation = client.invocation.clone();
    let parsed = &invocation.parsed;
    let path = parsed.arguments.first().map(String::as_str).unwrap_or_default();
    let progress = parsed.text("progress").unwrap_or("auto");
    if !matches!(progress, "auto" | "plain" | "tty" | "quiet" | "none" | "rawjson") {
        return Err(Refusal::Usage(format!("invalid progress mode {progress}")));
    }
    if progress == "rawjson" {
        return Err(Refusal::NotModelled(format!("{} --progress=rawjson", invocation.path)));
    }
    let mut tags = Vec::new();
    for tag in parsed.list("tag") {
        if let Err(error) = Reference::parse_full(tag) {
            return Err(Refusal::Failed(format!("invalid tag {}: {error}", go_quote(tag))));
        }
        tags.push(tag.to_owned());
    }
    if path.starts_with("http://") || path.starts_with("https://") || path.starts_with("git@") || path.ends_with(".git")
    {
        return Err(Refusal::NotModelled(format!("{} {path}", invocation.path)));
    }
    let context = match Context::read(system, path, parsed.text("file"), input) {
        Ok(context) => context,
        Err(ContextError::Refused(text)) => return Err(Refusal::Failed(text)),
        Err(ContextError::NoDockerfile { name, path }) => {
            let text = format!("failed to solve: failed to read dockerfile: {path}");
            progress::no_dockerfile(client, is_quiet(client), &name);
            return Err(Refusal::Failed(text));
        }
    };
    let mut secrets = BTreeMap::new();
    for secret in parsed.list("secret") {
        let (id, bytes) = read_secret(secret, system)?;
        secrets.insert(id, bytes);
    }
    let own = system.environment();
    let lookup = |name: &str| own.iter().rev().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let arguments = parsed.list("build-arg").into_iter().map(|argument| match argument.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (argument.to_owned(), lookup(argument).map(str::to_owned)),
    });
    Ok(BuildRequest {
        dockerfile: context.dockerfile,
        dockerfile_name: context.dockerfile_name,
        context: context.files,
        ignore: context.ignore,
        has_own_ignore: context.has_own_ignore,
        tags,
        target: parsed.text("target").map(str::to_owned),
        arguments: arguments.collect(),
        labels: super::create_options::variables::pairs(parsed.list("label")),
        no_cache: parsed.on("no-cache"),
        pull: parsed.on("pull"),
        platform: None,
        secrets,
        check: parsed.on("check"),
    })
}

/// `--secret id=NAME[,src=PATH]`: buildx `util/buildflags/secrets.go`.
fn read_secret(value: &str, system: &System<'_>) -> Result<(String, Arc<[u8]>), Refusal> {
    let (mut id, mut source, mut variable) = (String::new(), None, None);
    for field in value.split(',') {
        let Some((key, given)) = field.split_once('=') else {
            return Err(Refusal::Failed(format!("invalid field '{field}' must be a key=value pair")));
        };
        match key.to_lowercase().as_str() {
            "id" => given.clone_into(&mut id),
            "src" | "source" => source = Some(given),
            "env" => variable = Some(given),
            "type" if matches!(given, "file" | "env") => {}
            "type" => return Err(Refusal::Failed(format!("unsupported secret type {}", go_quote(given)))),
            key => return Err(Refusal::Failed(format!("unexpected key '{key}' in '{field}'"))),
        }
    }
    if let Some(name) = variable {
        let environment = system.environment();
        let found = environment.iter().rev().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        return Ok((id, Arc::from(found.unwrap_or_default().as_bytes())));
    }
    let path = source.unwrap_or(&id);
    match system.read_file(path) {
        Ok(bytes) => Ok((id.clone(), bytes)),
        Err(error) => {
            let error = super::go_error(error);
            Err(Refusal::Failed(format!("failed to stat {path}: stat {path}: {error}")))
        }
    }
}
