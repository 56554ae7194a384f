//! How fast the model is: commands, steps of the timeline, jumps. Run with `cargo bench --bench model`.

use std::hint::black_box;
use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use layerlab::timeline::Timeline;
use layerlab::world::filesystem::content::Content;
use layerlab::world::process::descriptor::{Read, Stream};
use layerlab::world::process::{Invocation, Program, Progress, System, Wait};
use layerlab::world::registry::catalogue::{Catalogue, Files};
use layerlab::world::{Action, World};
use layerlab::worlds;

fn main() {
    divan::main();
}

/// A world with the stand-in catalogue, where these commands were carried out.
fn world(commands: &[&str]) -> World {
    let catalogue = Arc::new(Catalogue::open(standin()).unwrap_or_else(|found| panic!("{}", found.render_short())));
    let mut world = World::new(&worlds::settings(&catalogue));
    for command in commands {
        let outcome = world.act(&line(command));
        assert_eq!(outcome.exit_code(), Some(0), "{command}: {outcome:?}");
    }
    world
}

fn standin() -> Files {
    fn collect(folder: &std::path::Path, prefix: &str, files: &mut Files) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                collect(&entry.path(), &format!("{path}/"), files);
            } else {
                files.insert(path.into(), std::fs::read(entry.path()).unwrap().into());
            }
        }
    }
    let mut files = Files::new();
    collect(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/standin"), "", &mut files);
    files
}

fn line(command: &str) -> Action {
    Action::Command(command.to_owned())
}

/// The cost of one command on a world that a timeline keeps too; the world is given back, so that its end is not counted.
fn command(bencher: Bencher<'_, '_>, set_up: &[&str], command: &str) {
    let world = world(set_up);
    let action = line(command);
    bencher.with_inputs(|| world.clone()).bench_local_values(|mut world| (world.act(&action), world));
}

#[divan::bench]
fn run_rm_busybox_true(bencher: Bencher<'_, '_>) {
    command(bencher, &["docker run --rm busybox true"], "docker run --rm busybox true");
}

#[divan::bench]
fn create(bencher: Bencher<'_, '_>) {
    command(bencher, &["docker create busybox"], "docker create busybox");
}

#[divan::bench]
fn commit_of_ten_files(bencher: Bencher<'_, '_>) {
    let write = "docker run --name cc busybox sh -c 'for i in 1 2 3 4 5 6 7 8 9 0; do echo $i > /f$i; done'";
    command(bencher, &["docker pull -q busybox", write], "docker commit cc");
}

/// Ten services that depend on one another in a chain, share a network and a volume, and publish ports.
fn ten_services() -> String {
    let service = |number: u32| {
        let depends = match number {
            0 => String::new(),
            _ => format!("    depends_on: [s{}]\n", number - 1),
        };
        format!(
            "  s{number}:\n    image: busybox\n    command: sleep 1000\n    environment:\n      NUMBER: \"{number}\"\n    \
             ports: [\"{}:80\"]\n    volumes: [\"data:/data\"]\n{depends}",
            8000 + number
        )
    };
    let services: String = (0..10).map(service).collect();
    format!("services:\n{services}volumes:\n  data:\n")
}

#[divan::bench]
fn compose_up_of_ten_services(bencher: Bencher<'_, '_>) {
    let mut world = world(&["docker pull -q busybox"]);
    world.put_host_file("compose.yaml", Content::text(ten_services())).expect("there is room");
    let action = line("docker compose up -d");
    bencher.with_inputs(|| world.clone()).bench_local_values(|mut world| {
        let outcome = world.act(&action);
        assert_eq!(outcome.exit_code(), Some(0), "{outcome:?}");
        world
    });
}

#[divan::bench(args = [100, 1000])]
fn ps(bencher: Bencher<'_, '_>, containers: usize) {
    let create = format!("for i in $(seq {containers}); do docker create busybox; done");
    command(bencher, &["docker pull -q busybox", &create], "docker ps -a");
}

#[divan::bench]
fn clone_a_world(bencher: Bencher<'_, '_>) {
    let world = world(&["docker pull -q busybox", "for i in $(seq 100); do docker create busybox; done"]);
    bencher.bench_local(|| black_box(world.clone()));
}

#[divan::bench]
fn step_on_the_timeline(bencher: Bencher<'_, '_>) {
    let timeline = Timeline::new(world(&["docker pull -q busybox"]));
    let action = line("true");
    bencher.with_inputs(|| timeline.clone()).bench_local_values(|mut timeline| {
        timeline.act(action.clone());
        timeline
    });
}

#[divan::bench]
fn jump(bencher: Bencher<'_, '_>) {
    let mut timeline = Timeline::new(world(&[]));
    for _ in 0..1000 {
        timeline.act(line("true"));
    }
    let mut position = 0;
    bencher.bench_local(|| {
        position = (position + 397) % 1000;
        timeline.jump(position);
        black_box(timeline.world().now())
    });
}

#[divan::bench]
fn pull_the_shipped_nginx(bencher: Bencher<'_, '_>) {
    let catalogue = Arc::new(Catalogue::shipped().unwrap_or_else(|found| panic!("{}", found.render_short())));
    let world = World::new(&worlds::settings(&catalogue));
    let action = line("docker pull -q nginx");
    bencher.with_inputs(|| world.clone()).bench_local_values(|mut world| (world.act(&action), world));
}

/// A world in which a proxy stands in front of so many containers of a small web application.
fn served_by(containers: usize) -> World {
    let catalogue = Arc::new(Catalogue::shipped().unwrap_or_else(|found| panic!("{}", found.render_short())));
    let mut world = World::new(&worlds::settings(&catalogue));
    let files = [
        ("churn/packages/flask/__init__.py", ""),
        ("churn/packages/numpy/__init__.py", ""),
        (
            "churn/Dockerfile",
            "FROM python:3.12-slim\nWORKDIR /app\nCOPY packages /usr/local/lib/python3.12/site-packages/\nCOPY weights.bin app.py ./\nCMD [\"python3\", \"app.py\"]\n",
        ),
        (
            "churn/app.py",
            "import numpy as np\nfrom flask import Flask, jsonify\n\nweights = np.fromfile(\"weights.bin\", dtype=\"uint8\")\napp = Flask(__name__)\n\n@app.get(\"/predict\")\ndef predict():\n    return jsonify(churn=round(float(weights.mean()) / 255, 3))\n\napp.run(host=\"0.0.0.0\", port=8000)\n",
        ),
        ("proxy.conf", "server {\n    listen 80;\n    location / {\n        proxy_pass http://api:8000;\n    }\n}\n"),
    ];
    for (path, text) in files {
        world.put_host_file(path, Content::text(text)).expect("there is room");
    }
    let run = "docker run -d --network net";
    let commands = [
        "head -c 20000000 /dev/zero > churn/weights.bin && docker build -q -t churn-api:1 churn".to_owned(),
        "docker network create net".to_owned(),
        format!("for i in $(seq {containers}); do {run} --network-alias api --name api-$i churn-api:1; done"),
        format!(
            "{run} --name proxy -p 8080:80 -v $PWD/proxy.conf:/etc/nginx/conf.d/default.conf:ro nginx:1.27; sleep 2"
        ),
    ];
    for command in commands {
        let outcome = world.act(&line(&command));
        assert_eq!(outcome.exit_code(), Some(0), "{command}: {outcome:?}");
    }
    world
}

/// A simulated minute of 500 users who each ask once a second.
#[divan::bench]
fn a_minute_of_500_users_over_10_containers(bencher: Bencher<'_, '_>) {
    let world = served_by(10);
    let action = line("hey -z 60s -c 500 -q 1 http://localhost:8080/predict");
    bencher.with_inputs(|| world.clone()).bench_local_values(|mut world| {
        let outcome = world.act(&action);
        assert!(outcome.text(Stream::Stdout).contains("responses"), "{outcome:?}");
        world
    });
}

/// Requests that one run of the client makes.
const REQUESTS: u32 = 1_000;
/// The port that the server listens on.
const PORT: u16 = 80;

/// A server that answers each connection with a word.
#[derive(Clone, Debug, Default)]
struct Server {
    listener: Option<u32>,
    open: Vec<u32>,
}

impl Program for Server {
    fn resume(&mut self, system: &mut System<'_>) -> Progress {
        let listener =
            *self.listener.get_or_insert_with(|| system.listen([0, 0, 0, 0].into(), PORT).expect("it is free"));
        while let Ok(Some(connection)) = system.accept(listener) {
            self.open.push(connection);
        }
        self.open.retain(|connection| match system.read(*connection, 64) {
            Ok(Read::WouldBlock) => true,
            _ => {
                system.write(*connection, b"answer").expect("the client waits for it");
                system.close(*connection);
                false
            }
        });
        let connections = self.open.iter().map(|connection| Wait::Readable(*connection));
        Progress::Waiting(Wait::Any(connections.chain([Wait::Readable(listener)]).collect()))
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

/// A client that asks `web`, by name, again and again.
#[derive(Clone, Debug, Default)]
struct Client {
    answered: u32,
    open: Option<u32>,
}

impl Program for Client {
    fn resume(&mut self, system: &mut System<'_>) -> Progress {
        loop {
            let connection = *self.open.get_or_insert_with(|| {
                let address = system.lookup_host("web").expect("its network knows the name");
                let connection = system.connect(address, PORT).expect("it listens");
                system.write(connection, b"request").expect("there is room");
                connection
            });
            if let Ok(Read::WouldBlock) = system.read(connection, 64) {
                return Progress::Waiting(Wait::Readable(connection));
            }
            system.close(connection);
            (self.open, self.answered) = (None, self.answered + 1);
            if self.answered == REQUESTS {
                return Progress::Exited(0);
            }
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

/// From one container to another: the name is looked up, the way goes over the bridge to the port, the answer comes back.
#[divan::bench]
fn requests_through_dns_bridge_and_port(bencher: Bencher<'_, '_>) {
    let catalogue = Arc::new(Catalogue::open(standin()).unwrap_or_else(|found| panic!("{}", found.render_short())));
    let mut settings = worlds::settings(&catalogue);
    let mut programs = worlds::programs();
    programs.insert("ask", |_: &Invocation| Box::new(Client::default()));
    programs.insert("answer", |_: &Invocation| Box::new(Server::default()));
    settings.programs = Arc::new(programs);
    let mut world = World::new(&settings);
    let mount = "-v /bin/ask:/ask -v /bin/answer:/answer busybox";
    let commands = [
        "docker network create net".to_owned(),
        format!("docker run -d --network net --name web {mount} /answer"),
        format!("docker create --network net --name client {mount} /ask"),
    ];
    for command in commands {
        assert_eq!(world.act(&line(&command)).exit_code(), Some(0), "{command}");
    }
    let action = line("docker start -a client");
    bencher.counter(ItemsCount::new(REQUESTS)).with_inputs(|| world.clone()).bench_local_values(|mut world| {
        let outcome = world.act(&action);
        assert_eq!(outcome.exit_code(), Some(0), "{outcome:?}");
        world
    });
}

/// A Dockerfile of a hundred lines, with most instructions.
fn hundred_lines() -> String {
    let stage = "FROM busybox AS s\nARG V=1\nENV A=$V B=\"two words\"\nLABEL a=b c=\"d e\"\nWORKDIR /srv\nCOPY --chown=1:2 a b /c/\n\
                 RUN --mount=type=cache,target=/c echo ${A:-x} && \\\n    true\nEXPOSE 80 443/tcp\nCMD [\"sh\", \"-c\", \"x\"]\n";
    stage.repeat(10)
}

#[divan::bench]
fn parse_a_dockerfile_of_100_lines(bencher: Bencher<'_, '_>) {
    let text = hundred_lines();
    assert_eq!(text.lines().count(), 100);
    bencher.bench_local(|| black_box(layerlab::world::daemon::build::dockerfile::parse(&text)));
}

const FIVE_STEPS: &str = "mkdir -p app && echo a > app/a && printf \
    'FROM busybox\\nWORKDIR /srv\\nCOPY a /a\\nRUN cat /a > /b\\nENV A=1\\nRUN echo $A > /c\\n' > app/Dockerfile";

#[divan::bench]
fn build_five_steps_cold(bencher: Bencher<'_, '_>) {
    command(bencher, &["docker pull -q busybox", FIVE_STEPS], "docker build -q app");
}

#[divan::bench]
fn build_five_steps_cached(bencher: Bencher<'_, '_>) {
    command(bencher, &["docker pull -q busybox", FIVE_STEPS, "docker build -q app"], "docker build -q app");
}
