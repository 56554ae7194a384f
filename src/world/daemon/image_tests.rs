//! Images through the Engine API: pulled, listed, named, removed.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::api::{ApiError, Filters, ImageRemoval, JobMessage, PullImage, Request, Response};
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::machine::{Machine, MachineSettings};
use crate::world::process::life::Birth;
use crate::world::process::limits::ResourceLimits;
use crate::world::process::vfs::Caller;
use crate::world::process::{Credentials, Pid};
use crate::world::registry::Registry;
use crate::world::registry::catalogue::Catalogue;

/// A machine with the shipped catalogue's registry, and a clock to move by hand.
pub(super) struct Bench {
    pub machine: Machine,
    pub context: Context,
}

impl Bench {
    pub fn new() -> Bench {
        let catalogue = Arc::new(Catalogue::shipped().expect("the shipped catalogue is sound"));
        let programs = Arc::new(crate::world::process::tools::standard());
        let mut context = Context::new(Time::WORLD_START, 1, programs, Registry::of(&catalogue), "laptop");
        let machine = Machine::boot(&MachineSettings::default(), &mut context);
        let mut bench = Bench { machine, context };
        bench.start_init();
        bench
    }

    /// Takes the number of the machine's first process, whose children the kernel reaps by itself.
    fn start_init(&mut self) {
        let kernel = &mut self.machine.kernel;
        let namespaces = kernel.host;
        let caller = Caller {
            mounts: namespaces.mount,
            working_directory: "/".into(),
            credentials: Credentials::default(),
            umask: 0o022,
            pid: None,
        };
        let words = ["true".to_owned()];
        let loaded = kernel.load(&self.context, &caller, "/bin/true", &words, &[]).expect("the host has /bin/true");
        let birth = Birth {
            parent: Pid::KERNEL,
            group: None,
            namespaces,
            container: None,
            credentials: Credentials::default(),
            working_directory: "/".into(),
            umask: 0o022,
            limits: ResourceLimits::default(),
            oom_score: 0,
            arguments: loaded.arguments,
            environment: Arc::from([]),
            executable: loaded.executable,
            name: loaded.name,
            descriptors: imbl::OrdMap::new(),
            terminal: false,
            program: loaded.program,
            actions: imbl::OrdMap::new(),
        };
        kernel.begin(&mut self.context, birth).expect("there is room for a process");
        self.run();
    }

    pub fn ask(&mut self, request: Request) -> Result<Response, ApiError> {
        self.machine.request(&mut self.context, request).0
    }

    pub fn run(&mut self) {
        for _ in 0..10_000 {
            if self.machine.step(&mut self.context) {
                continue;
            }
            let Some(next) = self.machine.next_timer() else { return };
            self.context.now = self.context.now.max(next);
            self.machine.kernel.wake_timers(next);
        }
    }

    pub fn pull(&mut self, reference: &str) -> Result<Vec<String>, ApiError> {
        let Response::Job(job) = self
            .ask(Request::ImagePull(Box::new(PullImage { reference: reference.to_owned(), ..PullImage::default() })))?
        else {
            panic!("a pull is a job");
        };
        self.run();
        let Response::Messages { messages, finished } = self.ask(Request::JobRead { job, from: 0 })? else {
            panic!("a job has messages");
        };
        assert!(finished);
        let lines = messages.into_iter().filter_map(|message| match message {
            JobMessage::Status { text } => Some(text),
            JobMessage::Layer { current, total, .. } if current < total => None,
            JobMessage::Layer { id, status, .. } => Some(format!("{id}: {status}")),
            _ => None,
        });
        Ok(lines.collect())
    }

    fn tag(&mut self, source: &str, target: &str) -> Result<Response, ApiError> {
        self.ask(Request::ImageTag { source: source.to_owned(), target: target.to_owned() })
    }

    fn remove(&mut self, name: &str, force: bool) -> Result<Vec<String>, ApiError> {
        let request = Request::ImageRemove { name: name.to_owned(), force, prune: true, platforms: Vec::new() };
        let Response::Removed(removals) = self.ask(request)? else { panic!("a removal lists what went") };
        let lines = removals.into_iter().map(|removal| match removal {
            ImageRemoval::Untagged(name) => format!("Untagged: {name}"),
            ImageRemoval::Deleted(name) => format!("Deleted: {name}"),
        });
        Ok(lines.collect())
    }

    fn tags(&mut self, filters: Filters) -> Vec<String> {
        let Ok(Response::Images(rows)) = self.ask(Request::ImageList { all: false, filters }) else {
            panic!("a list has rows");
        };
        rows.into_iter()
            .flat_map(|row| if row.tags.is_empty() { vec!["<none>".to_owned()] } else { row.tags })
            .collect()
    }

    pub fn check_invariants(&self) {
        let images = &self.machine.daemon.images;
        for (name, id) in images.names() {
            assert!(images.get(&id).is_some(), "{name} points at an image that is kept");
            assert!(images.names_of(&id).any(|known| known == name));
        }
        for image in images.iter() {
            assert_eq!(image.id(), crate::world::digest::Digest::of(image.config_bytes()));
            assert!(image.chain_ids().iter().all(|chain_id| images.holds_layer(chain_id)));
        }
    }
}

fn filter(name: &str, value: &str) -> Filters {
    [(name.to_owned(), vec![value.to_owned()])].into()
}

#[test]
fn a_pull_says_what_docker_says_and_takes_time() {
    let mut bench = Bench::new();
    let began = bench.context.now;
    let lines = bench.pull("busybox").unwrap();
    assert_eq!(lines[0], "latest: Pulling from library/busybox");
    assert!(lines[1].ends_with(": Pulling fs layer"), "{lines:?}");
    let middle: Vec<&str> = lines[2..5].iter().filter_map(|line| Some(line.split_once(": ")?.1)).collect();
    assert_eq!(middle, ["Verifying Checksum", "Download complete", "Pull complete"]);
    assert!(lines[5].starts_with("Digest: sha256:"));
    assert_eq!(lines[6], "Status: Downloaded newer image for busybox:latest");
    assert!(bench.context.now.since(began) > Duration::from_millis(300));
    let again = bench.pull("busybox").unwrap();
    assert_eq!(again.len(), 3);
    assert_eq!(again[2], "Status: Image is up to date for busybox:latest");
    let digest = lines[5].trim_start_matches("Digest: ");
    let name = format!("busybox@{digest}");
    let pinned = bench.pull(&name).unwrap();
    assert_eq!(pinned[0], format!("docker.io/library/{name}: Pulling from library/busybox"));
    assert_eq!(pinned[2], format!("Status: Image is up to date for {name}"));
    bench.check_invariants();
}

#[test]
fn what_the_registry_does_not_have_is_refused_in_its_words() {
    let mut bench = Bench::new();
    for (name, error) in [
        (
            "nosuchimage-xyz",
            "pull access denied for nosuchimage-xyz, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
        ),
        ("busybox:does-not-exist", "manifest for busybox:does-not-exist not found: manifest unknown: manifest unknown"),
        (
            "localhost:5999/foo/bar",
            "Get \"http://localhost:5999/v2/\": dial tcp 127.0.0.1:5999: connect: connection refused",
        ),
        ("Bad:Name", "invalid reference format: repository name (library/Bad) must be lowercase"),
    ] {
        assert_eq!(bench.pull(name).unwrap_err().message, error);
    }
}

#[test]
fn tags_move_and_leave_dangling_images_behind() {
    let mut bench = Bench::new();
    bench.pull("busybox").unwrap();
    bench.pull("alpine").unwrap();
    bench.tag("busybox", "app").unwrap();
    bench.tag("alpine", "app").unwrap();
    assert!(bench.tags(filter("reference", "app")).contains(&"app:latest".to_owned()));
    assert_eq!(bench.tag("nosuch", "x").unwrap_err().message, "No such image: nosuch:latest");
    let pinned = format!("x@sha256:{}", "a".repeat(64));
    assert_eq!(bench.tag("busybox", &pinned).unwrap_err().message, "refusing to create a tag with a digest reference");
    assert_eq!(bench.tags(filter("reference", "nosuch")), [""; 0]);
    let Ok(Response::Object(shown)) = bench.ask(Request::ImageInspect { name: "app".to_owned(), platform: None })
    else {
        panic!("alpine is there");
    };
    assert_eq!(shown["RepoTags"], serde_json::json!(["alpine:latest", "app:latest"]));
    let keys: Vec<&String> = shown.as_object().unwrap().keys().collect();
    assert_eq!((keys[0].as_str(), keys[keys.len() - 1].as_str()), ("Id", "Config"));
    bench.check_invariants();
}

#[test]
fn removal_goes_name_by_name_and_then_layer_by_layer() {
    let mut bench = Bench::new();
    bench.pull("busybox").unwrap();
    bench.tag("busybox", "bb:1").unwrap();
    assert_eq!(bench.remove("bb:1", false).unwrap(), ["Untagged: bb:1"]);
    bench.tag("busybox", "bb:2").unwrap();
    let id = bench.machine.daemon.images.find("bb:2").unwrap().id();
    let refused = bench.remove(&id.short(), false).unwrap_err();
    assert_eq!(
        refused.message,
        format!(
            "conflict: unable to delete {} (must be forced) - image is referenced in multiple repositories",
            id.short()
        )
    );
    assert_eq!(bench.remove("busybox", false).unwrap().len(), 2);
    let last = bench.remove("bb:2", false).unwrap();
    assert_eq!(last[..2], ["Untagged: bb:2".to_owned(), format!("Deleted: {id}")]);
    assert!(last.len() > 2, "its layers go too: {last:?}");
    assert_eq!(bench.remove("busybox", false).unwrap_err().message, "No such image: busybox:latest");
    assert!(bench.machine.daemon.images.iter().next().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_order_of_tagging_and_removing_keeps_names_and_layers_right(
        steps in proptest::collection::vec((0..3u8, 0..6usize, 0..6usize, any::<bool>()), 1..30)
    ) {
        const NAMES: [&str; 6] = ["busybox", "alpine", "a:1", "a:2", "b", "localhost:5000/c"];
        let mut bench = Bench::new();
        bench.pull("busybox").unwrap();
        bench.pull("alpine").unwrap();
        for (what, first, second, force) in steps {
            // A refusal is an answer too; what counts is what is left.
            let _ = match what {
                0 => bench.tag(NAMES[first], NAMES[second]).map(|_| ()),
                1 => bench.remove(NAMES[first], force).map(|_| ()),
                _ => match bench.machine.daemon.images.find(NAMES[first]).map(|image| image.id().to_string()) {
                    Some(id) => bench.remove(&id, force).map(|_| ()),
                    None => bench.pull(NAMES[first]).map(|_| ()),
                },
            };
            bench.check_invariants();
        }
    }
}
