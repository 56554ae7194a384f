//! Containers through the Engine API: their life, their isolation, their volumes and ports.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::api::{
    ApiError, ContainerSummary, CreateContainer, ExecConfig, Filters, Output, Request, Response, WaitCondition,
    WaitResult,
};
use super::container::{ContainerConfig, HostConfig, PortBinding, RestartPolicy, Status};
use super::host_config::Resources;
use super::reference::Reference;
use crate::world::clock::Time;
use crate::world::context::Context;
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

#[test]
fn a_container_runs_writes_and_ends() {
    let mut bench = Bench::new();
    let id = bench.go("one", &["say:hello", "pid", "exit:7"], plain());
    assert_eq!(bench.status("one"), Status::Running);
    bench.run(1);
    assert_eq!(bench.status("one"), Status::Exited);
    assert_eq!(bench.text("one"), format!("hello\n1 {}\n", &id[..12]));
    assert_eq!(bench.waited("one"), Some(WaitResult { exit_code: 7, error: None }));
    bench.run(61_000);
    assert_eq!(bench.rows(&[]).expect("a list")[0].status, "Exited (7) About a minute ago");
    assert_eq!(bench.machine.kernel.processes_of(&id).count(), 0);
}

#[test]
fn the_process_finds_its_environment_user_and_files() {
    let mut bench = Bench::new();
    let run = RunConfig {
        cmd: Some(["do", "env", "who", "cat:/etc/hostname", "cat:/etc/hosts"].map(str::to_owned).to_vec()),
        user: "app".into(),
        working_dir: "/work/here".into(),
        env: vec!["A=1".into()],
        ..RunConfig::default()
    };
    let id = bench.create_with("ee", run, plain()).expect("created");
    bench.start("ee").expect("started");
    bench.run(1);
    let short = &id[..12];
    let text = bench.text("ee");
    let start = format!(
        "PATH=/bin\nHOSTNAME={short}\nA=1\nHOME=/home/app\n1000:1000 [1, 1000] /work/here\n{short}\n127.0.0.1\tlocalhost\n"
    );
    assert!(text.starts_with(&start), "{text}");
    assert!(text.ends_with(&format!("172.17.0.2\t{short}\n")), "{text}");
}

#[test]
fn what_cannot_be_run_is_refused_in_runcs_words_and_stays_created() {
    let prefix = "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: \
                  unable to start container process: error during container init: ";
    for (path, why, code) in [
        ("nosuch", "exec: \"nosuch\": executable file not found in $PATH", 127),
        ("/no/such", "exec: \"/no/such\": stat /no/such: no such file or directory", 127),
        ("/etc/passwd", "exec: \"/etc/passwd\": permission denied", 126),
        ("/etc", "exec: \"/etc\": is a directory: permission denied", 126),
    ] {
        let mut bench = Bench::new();
        let run = RunConfig { cmd: Some(vec![path.to_owned()]), ..RunConfig::default() };
        bench.create_with("xx", run, plain()).expect("created");
        let error = bench.start("xx").expect_err("it cannot run");
        assert_eq!(error.message, format!("{prefix}{why}"));
        let state = &bench.machine.daemon.find("xx").expect("there").state;
        assert_eq!((state.status, state.exit_code), (Status::Created, code));
        assert_eq!(bench.rows(&[]).expect("a list")[0].status, "Created");
    }
    let mut bench = Bench::new();
    let run = RunConfig { cmd: Some(vec!["broken".to_owned()]), ..RunConfig::default() };
    bench.create_with("xx", run, plain()).expect("created");
    bench.start("xx").expect("runc starts it");
    bench.run(1);
    assert_eq!(bench.waited("xx").map(|result| result.exit_code), Some(255));
    assert_eq!(bench.text("xx"), "exec /bin/broken: exec format error\n");
}

#[test]
fn stop_is_term_and_after_its_time_kill() {
    let mut bench = Bench::new();
    bench.go("deaf", &["sleep:300000"], plain());
    bench.go("hears", &["catch:TERM", "sleep:300000"], plain());
    bench.run(1);
    for name in ["deaf", "hears"] {
        assert_eq!(bench.stop(name, Some(3)), Ok(Response::Done));
    }
    bench.run(2_999);
    assert_eq!((bench.status("deaf"), bench.waited("deaf")), (Status::Running, None));
    assert_eq!(bench.waited("hears").map(|result| result.exit_code), Some(42));
    bench.run(2);
    assert_eq!(bench.waited("deaf").map(|result| result.exit_code), Some(137));
    assert_eq!(bench.stop("deaf", None), Ok(Response::NotModified));
    let error = bench.ask(Request::ContainerKill { container: "deaf".into(), signal: None }).expect_err("it is dead");
    assert!(
        error.message.starts_with("cannot kill container: deaf: container ")
            && error.message.ends_with(" is not running")
    );
    bench.go("init", &["sleep:300000"], HostConfig { init: Some(true), ..plain() });
    bench.run(1);
    bench.stop("init", None).expect("stopping");
    bench.run(1);
    assert_eq!(bench.waited("init").map(|result| result.exit_code), Some(143));
}

#[test]
fn restart_policies_keep_dockers_times() {
    let mut bench = Bench::new();
    bench.go("always", &["exit:1"], policy("always", 0));
    bench.go("twice", &["say:try", "exit:3"], policy("on-failure", 2));
    bench.go("well", &["exit:0"], policy("on-failure", 0));
    let starts = |bench: &Bench| {
        let daemon = &bench.machine.daemon;
        daemon.find("always").expect("there").state.restart_count
    };
    // Delays of 100, 200, 400 ms, and each time 250 ms for the start: exits at 0, 350, 800, 1450 ms.
    for (milliseconds, count) in [(340, 1), (20, 2), (430, 2), (20, 3), (630, 3), (20, 4)] {
        bench.run(milliseconds);
        assert_eq!(starts(&bench), count);
    }
    bench.run(3_000);
    assert_eq!(bench.status("always"), Status::Restarting);
    assert_eq!(bench.inspect("always")["State"]["Running"], true);
    assert_eq!(bench.machine.daemon.find("twice").expect("there").state.restart_count, 2);
    assert_eq!((bench.status("twice"), bench.text("twice")), (Status::Exited, "try\ntry\ntry\n".to_owned()));
    assert_eq!(bench.machine.daemon.find("well").expect("there").state.restart_count, 0);
    bench.stop("always", None).expect("stopped");
    bench.run(100_000);
    assert_eq!(bench.status("always"), Status::Exited);
    bench.go("killed", &["sleep:300000"], policy("always", 0));
    bench.ask(Request::ContainerKill { container: "killed".into(), signal: None }).expect("killed");
    bench.run(1_000);
    assert_eq!(bench.status("killed"), Status::Exited);
}

#[test]
fn restart_starts_again_after_the_stop() {
    let mut bench = Bench::new();
    bench.go("rr", &["say:up", "sleep:300000"], plain());
    bench.run(1);
    let restart = Request::ContainerRestart { container: "rr".into(), signal: None, timeout: Some(1) };
    assert_eq!(bench.ask(restart), Ok(Response::ExitCount(0)));
    bench.run(1_500);
    assert_eq!((bench.status("rr"), bench.text("rr")), (Status::Running, "up\nup\n".to_owned()));
}

#[test]
fn a_container_over_its_memory_is_killed() {
    let mut bench = Bench::new();
    bench.go("oom", &["use:10", "say:small", "use:100", "say:large"], memory(64 << 20));
    bench.run(1);
    let state = bench.inspect("oom")["State"].clone();
    assert_eq!((&state["OOMKilled"], &state["ExitCode"]), (&true.into(), &137.into()));
    assert_eq!(bench.text("oom"), "small\n");
}

#[test]
fn names_are_checked_and_given_back() {
    let mut bench = Bench::new();
    let id = bench.create("web", &[], plain()).expect("created");
    let error = bench.create("web", &[], plain()).expect_err("the name is taken");
    assert_eq!(
        (error.status, error.message),
        (
            409,
            format!(
                "Conflict. The container name \"/web\" is already in use by container \"{id}\". You have to remove (or rename) that \
                 container to be able to reuse that name."
            )
        )
    );
    assert_eq!(bench.create("-x", &[], plain()).expect_err("no name").status, 400);
    bench
        .ask(Request::ContainerRemove { container: id[..6].to_owned(), force: false, volumes: false })
        .expect("removed");
    bench.create("web", &[], plain()).expect("the name is free");
    let unnamed = bench.create("", &[], plain()).expect("created");
    let name = bench.machine.daemon.find(&unnamed).expect("there").name.clone();
    assert!(name.contains('_'), "{name}");
}

#[test]
fn removing_what_runs_must_be_forced() {
    let mut bench = Bench::new();
    let id = bench.go("rr", &["sleep:300000"], plain());
    let remove = |force| Request::ContainerRemove { container: "rr".into(), force, volumes: false };
    let error = bench.ask(remove(false)).expect_err("it runs");
    assert_eq!(
        error.message,
        "cannot remove container \"rr\": container is running: stop the container before removing or force remove"
    );
    bench.ask(remove(true)).expect("removed");
    assert!(bench.machine.daemon.containers.is_empty());
    assert_eq!(bench.machine.kernel.processes_of(&id).count(), 0);
    let gone = bench.go("gone", &["say:bye", "exit:5"], HostConfig { auto_remove: true, ..plain() });
    bench.run(1);
    assert!(bench.machine.daemon.find("gone").is_err());
    assert_eq!(bench.text(&gone), "bye\n");
    let wait = Request::ContainerWait { container: gone, condition: WaitCondition::Removed };
    assert_eq!(bench.ask(wait), Ok(Response::Waited(Some(WaitResult { exit_code: 5, error: None }))));
}

#[test]
fn an_empty_volume_is_filled_from_the_image_once() {
    let mut bench = Bench::new();
    let binds = |bind: &str| HostConfig { binds: vec![bind.to_owned()], ..plain() };
    bench.go("aa", &["cat:/data/seed", "write:/data/seed=changed"], binds("vol:/data"));
    bench.run(1);
    bench.go("bb", &["cat:/data/seed"], binds("vol:/data"));
    bench.go("cc", &["cat:/x/seed"], binds("vol:/x:ro"));
    bench.go("dd", &["cat:/data/seed"], binds("other:/data:nocopy"));
    bench.go("ee", &["write:/x/new=1", "cat:/x/seed"], binds("vol:/x:ro"));
    bench.run(1);
    let texts = ["aa", "bb", "cc", "dd", "ee"].map(|name| bench.text(name));
    assert_eq!(
        texts,
        [
            "seeded",
            "changed",
            "changed",
            "/data/seed: No such file or directory\n",
            "/x/new: Read-only file system\nchanged"
        ]
    );
    let error = bench.ask(Request::VolumeRemove { name: "vol".into(), force: true }).expect_err("in use");
    assert!(error.message.starts_with("remove vol: volume is in use - ["), "{}", error.message);
    for (bind, why) in [
        ("vol:/x:bogus", "invalid mode: bogus"),
        (
            "vol:x",
            "invalid volume specification: 'vol:x': invalid mount config for type \"volume\": invalid mount path: 'x' mount path must be absolute",
        ),
    ] {
        assert_eq!(bench.create("", &[], binds(bind)).expect_err("no mount").message, why);
    }
    let twice = HostConfig { binds: vec!["vol:/x".into(), "other:/x".into()], ..plain() };
    assert_eq!(bench.create("", &[], twice).expect_err("twice").message, "Duplicate mount point: /x");
}

#[test]
fn anonymous_volumes_go_with_rm_v() {
    let mut bench = Bench::with(RunConfig { volumes: ["/data".to_owned()].into(), ..RunConfig::default() });
    bench.go("aa", &["cat:/data/seed"], HostConfig { auto_remove: true, ..plain() });
    bench.go("bb", &[], plain());
    bench.run(1);
    assert_eq!(bench.machine.daemon.volumes.len(), 1);
    bench.ask(Request::ContainerRemove { container: "bb".into(), force: false, volumes: false }).expect("removed");
    assert_eq!(bench.machine.daemon.volumes.len(), 1);
    assert!(bench.machine.daemon.volumes.values().all(|volume| volume.is_anonymous()));
    let pruned = bench.ask(Request::VolumePrune { filters: Filters::new() }).expect("pruned");
    assert!(matches!(pruned, Response::Pruned { deleted, reclaimed: 6 } if deleted.len() == 1));
}

#[test]
fn a_port_that_is_taken_is_refused_at_the_start() {
    let mut bench = Bench::new();
    let publish = |port: &str| {
        let binding = PortBinding { host_ip: String::new(), host_port: port.to_owned() };
        HostConfig { port_bindings: BTreeMap::from([("80/tcp".to_owned(), vec![binding])]), ..plain() }
    };
    bench.go("aa", &["sleep:300000"], publish("8080"));
    bench.create("bb", &["sleep:300000"], publish("8080")).expect("created");
    let error = bench.start("bb").expect_err("the port is taken");
    assert!(
        error.message.starts_with(
            "failed to set up container networking: driver failed programming external connectivity on endpoint bb ("
        ) && error.message.ends_with("): Bind for 0.0.0.0:8080 failed: port is already allocated"),
        "{}",
        error.message
    );
    assert_eq!(bench.status("bb"), Status::Created);
    bench.go("cc", &["sleep:300000"], publish(""));
    assert_eq!(bench.inspect("cc")["NetworkSettings"]["Ports"]["80/tcp"][0]["HostPort"], "32768");
    // The address that b had for a moment is free again.
    assert_eq!(bench.inspect("cc")["NetworkSettings"]["IPAddress"], "172.17.0.3");
    bench.stop("aa", Some(0)).expect("stopped");
    bench.run(1);
    bench.start("bb").expect("the port is free");
    assert_eq!(bench.inspect("bb")["NetworkSettings"]["IPAddress"], "172.17.0.2");
}

#[test]
fn containers_do_not_see_each_others_writes() {
    let mut bench = Bench::new();
    bench.go("aa", &["write:/etc/mark=mine", "cat:/etc/mark", "write:/new=1"], plain());
    bench.run(1);
    bench.go("bb", &["cat:/etc/mark"], plain());
    bench.run(1);
    assert_eq!((bench.text("aa"), bench.text("bb")), ("mine".to_owned(), "lower".to_owned()));
    let diff = bench.ask(Request::ContainerDiff { container: "aa".into() }).expect("a diff");
    let Response::Changes(changes) = diff else { panic!("{diff:?}") };
    let paths: Vec<&str> = changes.iter().map(|(_, path)| path.as_str()).collect();
    assert_eq!(paths, ["/etc", "/etc/mark", "/new"]);
    assert_eq!(bench.ask(Request::ContainerDiff { container: "bb".into() }), Ok(Response::Changes(Vec::new())));
}

#[test]
fn an_exec_runs_in_the_container() {
    let mut bench = Bench::new();
    let id = bench.go("xx", &["write:/mark=seen", "sleep:1000"], plain());
    bench.run(1);
    let exec = |bench: &mut Bench, words: &[&str]| -> Result<(String, Option<i32>), ApiError> {
        let config =
            ExecConfig { command: words.iter().map(|word| (*word).to_owned()).collect(), ..ExecConfig::default() };
        let created = bench.ask(Request::ExecCreate { container: "xx".into(), exec: Box::new(config) })?;
        let Response::Created { id, .. } = created else { panic!("{created:?}") };
        bench.ask(Request::ExecStart { exec: id.clone() })?;
        bench.run(1);
        let Response::Output(output) = bench.ask(Request::ExecOutput { exec: id.clone(), from: 0 })? else { panic!() };
        let Response::Exec { exit_code, .. } = bench.ask(Request::ExecInspect { exec: id })? else { panic!() };
        let text = output.pieces.iter().map(|piece| String::from_utf8_lossy(&piece.bytes).into_owned()).collect();
        Ok((text, exit_code))
    };
    let ran = exec(&mut bench, &["do", "cat:/mark", "exit:9"]);
    assert_eq!(ran, Ok(("seen".to_owned(), Some(9))));
    let failed = exec(&mut bench, &["nosuch"]).expect("started");
    let why = "OCI runtime exec failed: exec failed: unable to start container process: exec: \"nosuch\": executable file not found in $PATH\r\n";
    assert_eq!(failed, (why.to_owned(), Some(127)));
    let long = ExecConfig { command: vec!["do".into(), "sleep:300000".into()], ..ExecConfig::default() };
    let Ok(Response::Created { id: long, .. }) =
        bench.ask(Request::ExecCreate { container: "xx".into(), exec: Box::new(long) })
    else {
        panic!("created")
    };
    bench.ask(Request::ExecStart { exec: long.clone() }).expect("started");
    bench.run(2_000);
    // With PID 1 all others of its namespace end.
    assert_eq!(
        bench
            .ask(Request::ExecInspect { exec: long })
            .map(|response| matches!(response, Response::Exec { exit_code: Some(137), .. })),
        Ok(true)
    );
    let error = exec(&mut bench, &["do"]).expect_err("it ended");
    assert_eq!(error.message, format!("container {id} is not running"));
}

#[test]
fn a_paused_container_stands_still() {
    let mut bench = Bench::new();
    let id = bench.go("pp", &["sleep:1000", "say:done"], plain());
    bench.run(500);
    bench.ask(Request::ContainerPause { container: "pp".into() }).expect("paused");
    bench.run(5_000);
    assert_eq!((bench.status("pp"), bench.text("pp")), (Status::Paused, String::new()));
    assert_eq!(bench.rows(&[("status", "paused")]).expect("a list")[0].status, "Up 5 seconds (Paused)");
    let error = bench.ask(Request::ContainerPause { container: "pp".into() }).expect_err("paused already");
    assert_eq!(error.message, format!("Container {id} is already paused"));
    bench.ask(Request::ContainerUnpause { container: "pp".into() }).expect("thawed");
    bench.run(1);
    assert_eq!((bench.status("pp"), bench.text("pp")), (Status::Exited, "done\n".to_owned()));
    let error = bench.ask(Request::ContainerUnpause { container: "pp".into() }).expect_err("not paused");
    assert_eq!(error.message, format!("Container {id} is not paused"));
}

#[test]
fn a_health_check_tells_how_it_is() {
    let mut bench = Bench::new();
    let check = Healthcheck {
        test: ["CMD", "do", "cat:/ok"].map(str::to_owned).to_vec(),
        interval: Duration::from_secs(1),
        timeout: Duration::from_secs(1),
        retries: 2,
        ..Healthcheck::default()
    };
    let command = ["do", "write:/ok=1", "sleep:300000"].map(str::to_owned).to_vec();
    let run = RunConfig { cmd: Some(command), healthcheck: Some(check), ..RunConfig::default() };
    bench.create_with("hh", run, plain()).expect("created");
    bench.start("hh").expect("started");
    bench.run(500);
    assert_eq!(bench.rows(&[]).expect("rows")[0].status, "Up Less than a second (health: starting)");
    bench.run(2_000);
    assert_eq!(bench.rows(&[("health", "healthy")]).expect("rows")[0].status, "Up 2 seconds (healthy)");
    let root = bench.machine.daemon.find("hh").expect("there").root;
    bench.machine.kernel.union_mut(root).expect("a root").unlink("/ok").expect("deleted");
    bench.run(1_000);
    assert_eq!(bench.inspect("hh")["State"]["Health"]["FailingStreak"], 1);
    bench.run(1_000);
    assert_eq!(bench.rows(&[]).expect("rows")[0].status, "Up 4 seconds (unhealthy)");
}

#[test]
fn names_are_known_on_networks_that_a_user_made() {
    let mut bench = Bench::new();
    let create = |name: &str, subnet: Option<&str>| Request::NetworkCreate {
        name: name.into(),
        driver: String::new(),
        internal: false,
        attachable: false,
        ipv6: false,
        subnet: subnet.map(str::to_owned),
        gateway: None,
        options: BTreeMap::new(),
        labels: BTreeMap::new(),
    };
    bench.ask(create("app", None)).expect("created");
    assert_eq!(bench.ask(create("app", None)).expect_err("twice").message, "network with name app already exists");
    assert_eq!(bench.ask(create("xx", Some("172.18.5.0/24"))).expect_err("overlap").status, 403);
    let on_app = || HostConfig { network_mode: "app".into(), ..plain() };
    bench.go("db", &["sleep:1000"], on_app());
    bench.go("web", &["cat:/etc/resolv.conf", "sleep:300000"], on_app());
    bench.run(1);
    assert!(bench.text("web").contains("\n\nnameserver 127.0.0.11\n"), "{}", bench.text("web"));
    let namespace = bench.machine.daemon.find("web").expect("there").namespaces.expect("it runs").network;
    let resolve = |bench: &Bench, name: &str| bench.machine.kernel.networks.resolve(namespace, name);
    assert_eq!(resolve(&bench, "db").map(|address| address.to_string()), Some("172.18.0.2".to_owned()));
    let error = bench.ask(Request::NetworkRemove { name: "app".into() }).expect_err("in use");
    assert!(error.message.starts_with("error while removing network: network app has active endpoints (name:\""));
    bench.run(2_000);
    assert_eq!(resolve(&bench, "db"), None);
    bench.create("lost", &[], HostConfig { network_mode: "nosuch".into(), ..plain() }).expect("created");
    let error = bench.start("lost").expect_err("no such network");
    assert_eq!(error.message, "failed to set up container networking: network nosuch not found");
}

#[test]
fn filters_are_checked() {
    let mut bench = Bench::new();
    bench.create("web1", &[], plain()).expect("created");
    bench.run(10);
    bench.create("web2", &[], plain()).expect("created");
    let names = |bench: &mut Bench, filters: &[(&str, &str)]| -> Vec<String> {
        bench.rows(filters).expect("rows").into_iter().flat_map(|row| row.names).collect()
    };
    assert_eq!(names(&mut bench, &[("name", "web")]), ["web2", "web1"]);
    assert_eq!(names(&mut bench, &[("name", "^web1$")]), ["web1"]);
    assert_eq!(names(&mut bench, &[("before", "web2")]), ["web1"]);
    assert_eq!(names(&mut bench, &[("exited", "0")]), [""; 0]);
    assert_eq!(bench.rows(&[("bogus", "1")]).expect_err("no filter").message, "invalid filter 'bogus'");
    assert_eq!(
        bench.rows(&[("status", "bogus")]).expect_err("no state").message,
        "invalid filter 'status=bogus': invalid value for state (bogus): must be one of created, running, paused, restarting, \
         removing, exited, dead"
    );
}

/// A request of a random sequence; containers are named by small numbers.
fn any_request() -> impl Strategy<Value = Request> {
    let name = (0..4_u8).prop_map(|number| format!("c{number}"));
    let text = |name: String| name;
    prop_oneof![
        4 => (name.clone(), 0..5_u8).prop_map(|(name, kind)| {
            let words = ["do", ["say:x", "sleep:5000", "exit:1", "write:/etc/mark=1", "use:100"][usize::from(kind)]];
            let cmd = Some(words.map(str::to_owned).to_vec());
            let config = ContainerConfig { image: "box".into(), run: RunConfig { cmd, ..RunConfig::default() }, ..Default::default() };
            let host_config = match kind {
                1 => policy("always", 0),
                2 => HostConfig { auto_remove: true, binds: vec!["v1:/data".into()], ..plain() },
                4 => memory(50 << 20),
                _ => plain(),
            };
            let create = CreateContainer { name: Some(name), config, host_config, ..CreateContainer::default() };
            Request::ContainerCreate(Arc::new(create))
        }),
        4 => name.clone().prop_map(|container| Request::ContainerStart { container }),
        2 => (name.clone(), -1..3_i64).prop_map(|(container, timeout)| {
            Request::ContainerStop { container, signal: None, timeout: Some(timeout) }
        }),
        1 => (name.clone(), 0..2_i64).prop_map(|(container, timeout)| {
            Request::ContainerRestart { container, signal: None, timeout: Some(timeout) }
        }),
        1 => name.clone().prop_map(|container| Request::ContainerKill { container, signal: None }),
        1 => name.clone().prop_map(|container| Request::ContainerPause { container }),
        1 => name.clone().prop_map(|container| Request::ContainerUnpause { container }),
        2 => (name.clone(), any::<bool>()).prop_map(|(container, force)| Request::ContainerRemove { container, force, volumes: force }),
        1 => (name.clone(), name.clone()).prop_map(|(container, name)| Request::ContainerRename { container, name }),
        1 => name.clone().prop_map(move |container| Request::NetworkConnect {
            network: "bridge".into(), container: text(container), aliases: Vec::new(), address: None
        }),
        1 => name.clone().prop_map(|container| Request::NetworkDisconnect { network: "bridge".into(), container, force: false }),
        1 => name.clone().prop_map(|container| Request::ContainerInspect { container, size: true }),
        1 => Just(Request::VolumePrune { filters: Filters::new() }),
        1 => Just(Request::ContainerList { all: true, last: None, size: true, filters: Filters::new() }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_requests_changes_an_image_and_the_same_sequence_gives_the_same(
        steps in proptest::collection::vec((any_request(), 0..4000_u64), 1..25)
    ) {
        let mut bench = Bench::new();
        let image = bench.machine.daemon.images.find("box").expect("the image");
        let before = image.layers()[0].changes().clone();
        let mut other = bench.clone();
        for (request, milliseconds) in &steps {
            let answer = bench.ask(request.clone());
            prop_assert_eq!(&answer, &other.ask(request.clone()));
            bench.run(*milliseconds);
            other.run(*milliseconds);
            // A container has a process if and only if it runs.
            for container in bench.machine.daemon.containers.values() {
                prop_assert_eq!(container.state.status.is_running(), container.state.pid.is_some());
                let processes = bench.machine.kernel.processes_of(&container.id).count();
                prop_assert_eq!(container.state.status.is_running(), processes > 0);
            }
        }
        prop_assert_eq!(&bench.context.events, &other.context.events);
        prop_assert_eq!(image.layers()[0].changes(), &before);
    }
}
