//! Builds through the Engine API: layers, cache, errors.

use std::collections::BTreeMap;

use super::super::image_tests::Bench;
use super::progress::BuildMessage;
use crate::world::clock::Time;
use crate::world::daemon::api::{BuildRequest, JobMessage, Request, Response};
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::{Entry, Metadata};

fn file(text: &str, mode: u32, seconds: i64) -> Entry {
    Entry::file(Content::text(text), Metadata::root(mode, Time::from_seconds(seconds)))
}

fn request(dockerfile: &str, files: &[(&str, Entry)]) -> BuildRequest {
    BuildRequest {
        dockerfile: dockerfile.to_owned(),
        dockerfile_name: "Dockerfile".to_owned(),
        context: files.iter().map(|(name, entry)| ((*name).to_owned(), entry.clone())).collect(),
        tags: vec!["app".to_owned()],
        ..BuildRequest::default()
    }
}

/// The steps that ran and that were cached, the error, and the image.
struct Built {
    ran: Vec<String>,
    cached: Vec<String>,
    error: Option<String>,
    excerpt: String,
    image: Option<String>,
    log: String,
}

fn build(bench: &mut Bench, request: BuildRequest) -> Built {
    let Ok(Response::Job(job)) = bench.ask(Request::ImageBuild(Box::new(request))) else { panic!("a build is a job") };
    bench.run();
    let Ok(Response::Messages { messages, finished }) = bench.ask(Request::JobRead { job, from: 0 }) else {
        panic!("a job has messages");
    };
    assert!(finished);
    let mut names = BTreeMap::new();
    let mut built = Built {
        ran: Vec::new(),
        cached: Vec::new(),
        error: None,
        excerpt: String::new(),
        image: None,
        log: String::new(),
    };
    for message in messages {
        match message {
            JobMessage::Build(BuildMessage::Started { vertex, name }) => {
                names.insert(vertex, name);
            }
            JobMessage::Build(BuildMessage::Finished { vertex, cached, .. }) => {
                let name = names.get(&vertex).expect("what ends has begun").clone();
                if cached { built.cached.push(name) } else { built.ran.push(name) }
            }
            JobMessage::Build(BuildMessage::Log { bytes, .. }) => built.log.push_str(&String::from_utf8_lossy(&bytes)),
            JobMessage::Build(BuildMessage::Error { text, excerpt }) => {
                built.error = Some(text);
                built.excerpt = excerpt.unwrap_or_default();
            }
            JobMessage::Image { id } => built.image = Some(id.to_string()),
            _ => {}
        }
    }
    bench.check_invariants();
    built
}

const DOCKERFILE: &str = "FROM busybox\nENV A=1\nWORKDIR /srv/app\nCOPY a.txt .\nRUN cat a.txt > /b.txt && echo built\nCOPY c.txt /c.txt\nCMD [\"cat\",\"/b.txt\"]\n";

fn files<'a>(a: &str, c: &str) -> Vec<(&'a str, Entry)> {
    vec![("a.txt", file(a, 0o644, 1)), ("c.txt", file(c, 0o644, 1))]
}

#[test]
fn a_build_makes_one_layer_a_step_and_remembers_them_by_content() {
    let mut bench = Bench::new();
    bench.pull("busybox").unwrap();
    let first = build(&mut bench, request(DOCKERFILE, &files("aaa\n", "ccc\n")));
    assert_eq!(first.error, None);
    assert_eq!(first.log, "built\n");
    let image = bench.machine.daemon.images.find("app").unwrap();
    assert_eq!(Some(image.id().to_string()), first.image);
    let base = bench.machine.daemon.images.find("busybox").unwrap();
    assert_eq!(image.layers().len(), base.layers().len() + 4);
    assert_eq!(image.layers()[..base.layers().len()], *base.layers());
    assert_eq!(image.config().config.working_dir, "/srv/app");
    assert_eq!(image.config().config.cmd.as_deref(), Some(["cat".to_owned(), "/b.txt".to_owned()].as_slice()));
    assert!(image.config().config.env.contains(&"A=1".to_owned()));
    let created: Vec<&str> = image.config().history.iter().rev().map(|step| step.created_by.as_str()).collect();
    assert_eq!(
        created[..5],
        [
            "CMD [\"cat\" \"/b.txt\"]",
            "COPY c.txt /c.txt # buildkit",
            "RUN /bin/sh -c cat a.txt > /b.txt && echo built # buildkit",
            "COPY a.txt . # buildkit",
            "WORKDIR /srv/app",
        ]
    );

    let touched = vec![("a.txt", file("aaa\n", 0o644, 99)), ("c.txt", file("ccc\n", 0o644, 99))];
    let again = build(&mut bench, request(DOCKERFILE, &touched));
    assert_eq!(again.image, first.image, "dates of files do not count");
    assert_eq!(again.cached.len(), 4);

    let changed = build(&mut bench, request(DOCKERFILE, &files("aaa\n", "changed\n")));
    assert_eq!(changed.cached.len(), 3);
    assert_ne!(changed.image, first.image);
    let earlier = build(&mut bench, request(DOCKERFILE, &files("bbb\n", "changed\n")));
    assert_eq!(earlier.cached, ["[2/5] WORKDIR /srv/app"], "all after a change is done again");
    let mode = vec![("a.txt", file("bbb\n", 0o600, 1)), ("c.txt", file("changed\n", 0o644, 1))];
    assert_eq!(build(&mut bench, request(DOCKERFILE, &mode)).cached.len(), 1, "modes count");
    for layer in image.layers().iter().skip(base.layers().len()) {
        assert_eq!(layer.computed_digests().0, layer.diff_id(), "no later build changed a layer of the first image");
    }
    let afresh = BuildRequest { no_cache: true, ..request(DOCKERFILE, &mode) };
    assert_eq!(build(&mut bench, afresh).cached, [""; 0]);
}

#[test]
fn failures_tell_where_and_leave_no_image() {
    let mut bench = Bench::new();
    bench.pull("busybox").unwrap();
    for (dockerfile, error, marked) in [
        (
            "FROM busybox\nRUN echo before && exit 3\nRUN echo never\n",
            "process \"/bin/sh -c echo before && exit 3\" did not complete successfully: exit code: 3",
            ">>> RUN echo before",
        ),
        (
            "FROM busybox\nRUNN x\n",
            "dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)",
            ">>> RUNN x",
        ),
        (
            "FROM nosuchimage-xyz\n",
            "nosuchimage-xyz: failed to resolve source metadata for docker.io/library/nosuchimage-xyz:latest: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
            ">>> FROM nosuchimage-xyz",
        ),
    ] {
        let built = build(&mut bench, request(dockerfile, &[]));
        assert_eq!(built.error.as_deref(), Some(error));
        assert!(built.excerpt.contains(marked), "{}", built.excerpt);
        assert!(bench.machine.daemon.images.find("app").is_none());
    }
    let missing = build(&mut bench, request("FROM busybox\nCOPY nope.txt /\n", &[])).error.unwrap();
    assert!(missing.starts_with("failed to compute cache key: failed to calculate checksum of ref "), "{missing}");
    assert!(missing.ends_with("\"/nope.txt\": not found"), "{missing}");
    assert!(bench.machine.kernel.processes().all(|process| process.container.is_none()), "no process is left behind");
}

#[test]
fn only_needed_stages_are_built_and_files_come_from_others() {
    let mut bench = Bench::new();
    bench.pull("busybox").unwrap();
    let dockerfile = "FROM busybox AS build\nRUN mkdir /out && echo artifact > /out/app.txt\nFROM busybox AS unused\nRUN exit 1\n\
                      FROM busybox\nWORKDIR /app\nCOPY --from=build /out/app.txt .\nRUN cat app.txt\n";
    let built = build(&mut bench, request(dockerfile, &[]));
    assert_eq!(built.error, None);
    assert_eq!(built.log, "artifact\n");
    assert!(!built.ran.iter().any(|name| name.contains("exit 1")));
}

#[test]
fn what_is_mounted_for_a_step_is_not_in_its_layer() {
    let mut bench = Bench::new();
    bench.pull("busybox").unwrap();
    let dockerfile = "FROM busybox\nRUN --mount=type=secret,id=tok cat /run/secrets/tok > /seen\n\
                      RUN --mount=type=cache,target=/cache echo x >> /cache/n && cat /cache/n\n";
    let mut wanted = request(dockerfile, &[]);
    wanted.secrets = [("tok".to_owned(), std::sync::Arc::from(b"s3cret".as_slice()))].into();
    wanted.no_cache = true;
    let first = build(&mut bench, wanted.clone());
    assert_eq!((first.error, first.log.as_str()), (None, "x\n"));
    assert_eq!(build(&mut bench, wanted.clone()).log, "x\n", "without the cache it begins empty");
    wanted.no_cache = false;
    wanted.dockerfile = dockerfile.replace("cat /cache/n", "cat /cache/n;");
    assert_eq!(build(&mut bench, wanted).log, "x\nx\n", "a cache mount outlives the build");
    let image = bench.machine.daemon.images.find("app").unwrap();
    for layer in image.layers() {
        assert!(layer.get("/run/secrets").is_none() && layer.get("/cache").is_none());
    }
}
