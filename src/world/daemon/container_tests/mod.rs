//! Containers through the Engine API: a machine to ask, with a program that does what its arguments say.
//!
//! It promises the tests of this folder one small machine, and that every answer they see came through the daemon's own
//! request. It must not know the command line: what `docker` makes of an answer is tested beside the client.

mod files;
mod life;
mod network;
mod properties;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::daemon::api::{
    ApiError, ContainerSummary, CreateContainer, ExecConfig, Filters, Output, Request, Response, WaitCondition,
    WaitResult,
};
use crate::world::daemon::container::{ContainerConfig, HostConfig, PortBinding, RestartPolicy, Status};
use crate::world::daemon::host_config::Resources;
use crate::world::daemon::reference::Reference;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::{Change, Entry, Metadata};
use crate::world::filesystem::layer::Layer;
use crate::world::machine::{Machine, MachineSettings};
use crate::world::process::descriptor::OpenOptions;
use crate::world::process::signal::{Action, Signal};
use crate::world::process::{Invocation, Program, ProgramTable, Progress, System, Wait};
use crate::world::registry::Registry;
use crate::world::registry::catalogue::Catalogue;
use crate::world::registry::config::{Healthcheck, ImageConfig, RunConfig};
use crate::world::registry::image::Image;
use crate::world::registry::manifest::ManifestFormat;

/// A program that does what its arguments say, one after the other: `say:TEXT`, `sleep:MS`, `exit:CODE`, `write:PATH=TEXT`,
/// `cat:PATH`, `catch:SIGNAL` (ends with 42 when it comes), `use:MiB`, `env`, `who`, `pid`.
#[derive(Clone, Debug)]
struct Script {
    words: Vec<String>,
    at: usize,
    until: Option<Time>,
    environment: Vec<String>,
}

impl Program for Script {
    fn resume(&mut self, system: &mut System<'_>) -> Progress {
        if system.take_signal().is_some() {
            return Progress::Exited(42);
        }
        while let Some(word) = self.words.get(self.at) {
            let (verb, rest) = word.split_once(':').unwrap_or((word, ""));
            match verb {
                "say" => system.print(&format!("{rest}\n")),
                "sleep" => {
                    let now = system.now();
                    let until = *self.until.get_or_insert(now + Duration::from_millis(rest.parse().unwrap_or(0)));
                    if now < until {
                        return Progress::Waiting(Wait::Until(until));
                    }
                    self.until = None;
                }
                "exit" => return Progress::Exited(rest.parse().unwrap_or(0)),
                "write" => {
                    let (path, text) = rest.split_once('=').unwrap_or((rest, ""));
                    if let Err(errno) = system.write_file(path, text.as_bytes()) {
                        system.complain(&format!("{path}: {errno}\n"));
                    }
                }
                "cat" => match system.read_file(rest) {
                    Ok(bytes) => system.print(&String::from_utf8_lossy(&bytes)),
                    Err(errno) => {
                        system.complain(&format!("{rest}: {errno}\n"));
                        return Progress::Exited(1);
                    }
                },
                "catch" => {
                    if let Some(signal) = Signal::parse(rest) {
                        system.set_action(signal, Action::Catch);
                    }
                }
                "use" => {
                    let taken = system.set_memory(rest.parse::<u64>().unwrap_or(0) << 20);
                    if taken.is_err() {
                        return Progress::Waiting(Wait::Signal);
                    }
                }
                "env" => system.print(&self.environment.iter().map(|pair| format!("{pair}\n")).collect::<String>()),
                "who" => {
                    let who = system.credentials();
                    system.print(&format!("{}:{} {:?} {}\n", who.uid, who.gid, who.groups, system.working_directory()));
                }
                "pid" => system.print(&format!("{} {}\n", system.pid(), system.host_name())),
                "append" => {
                    if let Ok(descriptor) = system.open(rest, OpenOptions::APPEND) {
                        let _ = system.write(descriptor, b"xx");
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        Progress::Exited(0)
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

fn programs() -> ProgramTable {
    let mut table = ProgramTable::new();
    table.insert("script", |invocation: &Invocation| {
        let (words, environment) = (invocation.operands().to_vec(), invocation.environment.clone());
        Box::new(Script { words, at: 0, until: None, environment }) as Box<dyn Program>
    });
    table
}

/// An image with `/bin/do`, some files, and a volume.
fn image(run: RunConfig) -> Arc<Image> {
    let at = Time::from_seconds(1_704_067_200);
    let file = |content, mode| Change::put(Entry::file(content, Metadata::root(mode, at)));
    let program = Content::Program { name: "script".into(), size: 1000 };
    let changes: Vec<(Arc<str>, Change)> = vec![
        ("/bin/do".into(), file(program, 0o755)),
        ("/bin/broken".into(), file(Content::text("no program"), 0o755)),
        (
            "/etc/passwd".into(),
            file(Content::text("root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n"), 0o644),
        ),
        ("/etc/group".into(), file(Content::text("root:x:0:\nbin:x:1:root,app\napp:x:1000:\n"), 0o644)),
        ("/data/seed".into(), file(Content::text("seeded"), 0o644)),
        ("/etc/mark".into(), file(Content::text("lower"), 0o644)),
    ];
    let layer = Arc::new(Layer::new(changes).expect("a sound layer"));
    let env = vec!["PATH=/bin".to_owned()];
    let config = ImageConfig {
        architecture: "amd64".into(),
        os: "linux".into(),
        config: RunConfig { env, ..run },
        ..ImageConfig::default()
    };
    Arc::new(Image::new(config, vec![layer], ManifestFormat::Docker))
}

/// A machine with the image `box`, and a clock to move by hand.
#[derive(Clone)]
struct Bench {
    machine: Machine,
    context: Context,
}

impl Bench {
    fn new() -> Bench {
        Bench::with(RunConfig::default())
    }

    fn with(run: RunConfig) -> Bench {
        let catalogue = Arc::new(Catalogue::shipped().expect("the shipped catalogue is sound"));
        let registry = Registry::of(&catalogue);
        let mut context = Context::new(Time::WORLD_START, 1, Arc::new(programs()), registry, "laptop");
        let mut machine = Machine::boot(&MachineSettings::default(), &mut context);
        let image = image(run);
        machine.daemon.images.insert(image.clone(), None);
        machine.daemon.images.tag(&Reference::parse("box").expect("a name"), image.id());
        Bench { machine, context }
    }

    fn ask(&mut self, request: Request) -> Result<Response, ApiError> {
        self.machine.request(&mut self.context, request).0
    }

    /// Lets everything happen until this moment.
    fn run_until(&mut self, end: Time) {
        for _ in 0..100_000 {
            if self.machine.step(&mut self.context) {
                continue;
            }
            match self.machine.next_timer() {
                Some(next) if next <= end => {
                    self.context.now = self.context.now.max(next);
                    self.machine.kernel.wake_timers(self.context.now);
                }
                _ => {
                    self.context.now = end;
                    return;
                }
            }
        }
        panic!("nothing comes to an end");
    }

    fn run(&mut self, milliseconds: u64) {
        self.run_until(self.context.now + Duration::from_millis(milliseconds));
    }

    fn create(&mut self, name: &str, words: &[&str], host: HostConfig) -> Result<String, ApiError> {
        let command = std::iter::once("do").chain(words.iter().copied()).map(str::to_owned).collect();
        self.create_with(name, RunConfig { cmd: Some(command), ..RunConfig::default() }, host)
    }

    fn create_with(&mut self, name: &str, run: RunConfig, host_config: HostConfig) -> Result<String, ApiError> {
        let config = ContainerConfig { image: "box".to_owned(), run, ..ContainerConfig::default() };
        let name = Some(name.to_owned()).filter(|name| !name.is_empty());
        let create = CreateContainer { name, config, host_config, ..CreateContainer::default() };
        match self.ask(Request::ContainerCreate(Arc::new(create)))? {
            Response::Created { id, .. } => Ok(id),
            other => panic!("{other:?}"),
        }
    }

    fn start(&mut self, name: &str) -> Result<Response, ApiError> {
        self.ask(Request::ContainerStart { container: name.to_owned() })
    }

    /// Creates and starts.
    fn go(&mut self, name: &str, words: &[&str], host: HostConfig) -> String {
        let id = self.create(name, words, host).expect("it can be created");
        self.start(&id).expect("it can be started");
        id
    }

    fn status(&self, name: &str) -> Status {
        self.machine.daemon.find(name).expect("it is there").state.status
    }

    fn text(&mut self, name: &str) -> String {
        let request = Request::ContainerOutput { container: name.to_owned(), from: 0 };
        let Ok(Response::Output(Output { pieces, .. })) = self.ask(request) else { panic!("output") };
        pieces.iter().map(|piece| String::from_utf8_lossy(&piece.bytes).into_owned()).collect()
    }

    fn waited(&mut self, name: &str) -> Option<WaitResult> {
        let wait = Request::ContainerWait { container: name.to_owned(), condition: WaitCondition::NotRunning };
        match self.ask(wait) {
            Ok(Response::Waited(result)) => result,
            other => panic!("{other:?}"),
        }
    }

    fn rows(&mut self, filters: &[(&str, &str)]) -> Result<Vec<ContainerSummary>, ApiError> {
        let mut map: Filters = BTreeMap::new();
        for (name, value) in filters {
            map.entry((*name).to_owned()).or_default().push((*value).to_owned());
        }
        match self.ask(Request::ContainerList { all: true, last: None, size: false, filters: map })? {
            Response::Containers(rows) => Ok(rows),
            other => panic!("{other:?}"),
        }
    }

    fn stop(&mut self, name: &str, timeout: Option<i64>) -> Result<Response, ApiError> {
        self.ask(Request::ContainerStop { container: name.to_owned(), signal: None, timeout })
    }

    fn inspect(&mut self, name: &str) -> serde_json::Value {
        match self.ask(Request::ContainerInspect { container: name.to_owned(), size: false }) {
            Ok(Response::Object(object)) => *object,
            other => panic!("{other:?}"),
        }
    }
}

fn plain() -> HostConfig {
    HostConfig::default()
}

fn memory(bytes: i64) -> HostConfig {
    HostConfig { resources: Resources { memory: bytes, ..Resources::default() }, ..plain() }
}

fn policy(name: &str, maximum_retries: i64) -> HostConfig {
    HostConfig { restart_policy: RestartPolicy { name: name.to_owned(), maximum_retries }, ..plain() }
}
