//! Many users of an application of several containers: what they see when it is too small, grows, changes its version, or has no room.
//!
//! Promises: only what a person at the terminal sees, or what a lesson can ask, is looked at. That times agree with queueing theory is tested
//! beside the simulation.

use std::sync::OnceLock;

use layerlab::world::filesystem::content::Content;
use layerlab::world::load::report::Report;
use layerlab::world::process::descriptor::Stream;
use layerlab::world::registry::catalogue::Catalogue;
use layerlab::world::{Action, Outcome, World};
use layerlab::worlds;

const APPLICATION: &str = r#"
import os
import numpy as np
from flask import Flask, jsonify

weights = np.fromfile("weights.bin", dtype="uint8")
app = Flask(__name__)

@app.get("/")
def predict():
    weights.mean()
    return jsonify(model=os.environ["MODEL"])

app.run(host="0.0.0.0", port=8000)
"#;

const DOCKERFILE: &str = r#"
FROM python:3.12-slim
ARG MODEL
ENV MODEL=$MODEL
RUN pip install flask numpy
COPY weights.bin app.py ./
CMD ["python3", "app.py"]
"#;

const COMPOSE: &str = r#"
services:
  api:
    image: churn-api:${TAG:-1}
  proxy:
    image: nginx:1.27
    ports: ["80:80"]
    volumes: ["./proxy.conf:/etc/nginx/conf.d/default.conf:ro"]
    depends_on: [api]
"#;

const PROXY: &str = "server {\n    listen 80;\n    location / {\n        proxy_pass http://api:8000;\n    }\n}\n";

fn run(world: &mut World, line: &str) -> Outcome {
    let outcome = world.act(&Action::Line(line.to_owned()));
    assert_eq!(outcome.exit_code(), Some(0), "{line}: {}", outcome.text(Stream::Stderr));
    outcome
}

fn said(world: &mut World, line: &str) -> String {
    run(world, line).text(Stream::Stdout)
}

/// A machine of four processors that serves the application with one container, and has version 2 of it at hand.
fn served() -> World {
    static SERVED: OnceLock<World> = OnceLock::new();
    let made = SERVED.get_or_init(|| {
        let catalogue = std::sync::Arc::new(Catalogue::shipped().expect("the shipped catalogue is whole"));
        let mut world = World::new(&worlds::settings(&catalogue));
        let files = [
            ("api/app.py", APPLICATION),
            ("api/Dockerfile", DOCKERFILE),
            ("compose.yaml", COMPOSE),
            ("proxy.conf", PROXY),
        ];
        for (path, text) in files {
            world.put_host_file(path, Content::text(text)).expect("there is room");
        }
        // Five milliseconds of a processor for a request.
        run(&mut world, "head -c 10000000 /dev/zero > api/weights.bin");
        for version in [1, 2] {
            run(&mut world, &format!("docker build -q -t churn-api:{version} --build-arg MODEL={version} api"));
        }
        run(&mut world, "docker compose up -d --quiet-pull && sleep 2");
        world
    });
    made.clone()
}

fn scale(world: &mut World, count: u32) {
    run(world, &format!("docker compose up -d --scale api={count} && docker compose exec proxy nginx -s reload"));
}

fn load(world: &mut World, users: &str) -> Report {
    run(world, &format!("hey -z 20s {users} http://localhost/"));
    world.loads().latest().expect("there was a load").3.clone()
}

#[test]
fn one_container_is_too_few_for_500_users_and_five_are_enough() {
    let mut world = served();
    let few = load(&mut world, "-c 100 -q 1");
    assert_eq!((few.errors(), few.workers.len()), (0, 1));
    let many = load(&mut world, "-c 500 -q 1");
    let waiting = many.samples.get(18).map_or(0, |second| second.waiting);
    assert!(many.errors() > 0 && waiting > 300, "{} errors, {waiting} wait", many.errors());
    scale(&mut world, 5);
    let scaled = load(&mut world, "-c 500 -q 1");
    assert_eq!((scaled.errors(), scaled.workers.len()), (0, 5));
    assert!(scaled.percentile(95) < Some(1.0), "{:?}", scaled.percentile(95));
    // And back: what is no longer needed is gone, and those that are left serve.
    scale(&mut world, 2);
    assert_eq!(said(&mut world, "docker compose ps -q api | wc -l"), "2\n");
    assert_eq!(load(&mut world, "-c 100 -q 1").errors(), 0);
}

#[test]
fn the_machines_processors_are_the_limit_of_many_containers() {
    let mut world = served();
    let mut rate = |count| {
        scale(&mut world, count);
        let report = load(&mut world, "-c 100");
        report.statuses[&200] as f64 / report.total
    };
    let (one, four, sixteen) = (rate(1), rate(4), rate(16));
    // 5 ms each, of four processors; the proxy takes its small part.
    assert!((190.0..=201.0).contains(&one), "{one}");
    assert!((700.0..=800.0).contains(&four), "{four}");
    assert!((four * 0.95..=800.0).contains(&sixteen), "{four}, then {sixteen}");
}

#[test]
fn a_container_does_no_more_than_its_limit_of_processors_allows() {
    let mut world = served();
    let mut rate = |cpus: &str| {
        run(&mut world, &format!("docker update --cpus {cpus} $(docker compose ps -q api)"));
        load(&mut world, "-c 50").rate()
    };
    let (half, whole) = (rate("0.5"), rate("2"));
    assert!((95.0..=100.0).contains(&half) && (190.0..=200.0).contains(&whole), "{half}, then {whole}");
}

#[test]
fn the_machines_memory_is_the_limit_of_many_containers() {
    let mut world = served();
    run(&mut world, "docker compose up -d --scale api=400; sleep 5");
    let killed = said(&mut world, "docker ps -aq --filter exited=137 | wc -l");
    assert_ne!(killed, "0\n", "400 of them need more than the machine has");
    let machine = world.machines().next().expect("there is one");
    assert!(machine.memory_used() <= machine.hardware.memory);
    assert_eq!(said(&mut world, "curl -s localhost"), "{\"model\":\"1\"}\n", "those that live serve");
}

#[test]
fn a_new_version_and_the_way_back_reach_users_while_they_ask() {
    let mut world = served();
    scale(&mut world, 4);
    let roll = |tag| {
        format!(
            "hey -z 30s -c 100 -q 1 http://localhost/ > report & sleep 5; TAG={tag} docker compose up -d --scale api=4; \
             docker compose exec proxy nginx -s reload; wait; cat report"
        )
    };
    for version in ["2", "1"] {
        let report = said(&mut world, &roll(version));
        let report_of_all = world.loads().latest().expect("a load").3.clone();
        // Containers are replaced two, three seconds before the new program listens: those who ask meanwhile get an error, most get answers.
        assert!(report_of_all.errors() > 0 && report_of_all.errors() < report_of_all.finished / 5, "{report}");
        let last = report_of_all.samples.last().expect("seconds");
        assert_eq!(last.failed, 0, "all is well in the end");
        assert_eq!(said(&mut world, "curl -s localhost"), format!("{{\"model\":\"{version}\"}}\n"));
    }
}

#[test]
fn a_container_that_is_killed_under_load_fails_its_users_alone() {
    let mut world = served();
    scale(&mut world, 3);
    let line = "hey -z 20s -c 60 -q 1 http://localhost/ > report & sleep 5; docker kill $(docker compose ps -q api | head -n 1); wait";
    run(&mut world, line);
    let report = world.loads().latest().expect("a load").3.clone();
    // nginx asks the next of its servers when one refuses: nobody notices but those who were being answered.
    assert!(report.errors() <= 5, "{} errors", report.errors());
    assert_eq!(report.workers.len(), 3);
}

#[test]
fn the_same_seed_gives_the_same_report() {
    let report = |world: &mut World| said(world, "hey -z 20s -c 300 -q 1 http://localhost/");
    let (first, second) = (report(&mut served()), report(&mut served()));
    assert_eq!(first, second);
    assert!(first.contains("Latency distribution:"));
}

#[test]
fn who_is_not_there_is_told_of_as_hey_tells_it() {
    let mut world = served();
    let nobody = said(&mut world, "hey -n 20 -c 10 http://localhost:81/");
    assert!(nobody.contains("Average:\tNaN secs"), "{nobody}");
    assert!(nobody.contains("[20]\tGet \"http://localhost:81/\": dial tcp 127.0.0.1:81: connect: connection refused"));
    let nowhere = said(&mut world, "hey -n 20 -c 10 http://nowhere/");
    assert!(nowhere.contains("[20]\tGet \"http://nowhere/\": dial tcp: lookup nowhere: no such host"), "{nowhere}");
}
