//! What package managers promise: what they install is files in layers, what they fetched grows old, and the build cache sees neither
//! the mirrors nor the time.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use layerlab::world::process::descriptor::Stream;
use layerlab::world::registry::catalogue::Catalogue;
use layerlab::world::{Action, Outcome, World, WorldSettings};
use layerlab::worlds;

fn world() -> World {
    static SETTINGS: OnceLock<WorldSettings> = OnceLock::new();
    let settings = SETTINGS.get_or_init(|| {
        let catalogue = Catalogue::shipped().unwrap_or_else(|found| panic!("{}", found.render_short()));
        worlds::settings(&Arc::new(catalogue))
    });
    World::new(settings)
}

fn act(world: &mut World, line: &str) -> Outcome {
    world.act(&Action::Command(line.to_owned()))
}

/// What a command that ends well prints on both streams.
fn said(world: &mut World, line: &str) -> String {
    let outcome = act(world, line);
    let text = outcome.text(Stream::Stdout) + &outcome.text(Stream::Stderr);
    assert_eq!(outcome.exit_code(), Some(0), "{line}: {text}");
    text
}

/// What a command that fails prints on standard error, and its exit code.
fn refused(world: &mut World, line: &str) -> (i32, String) {
    let outcome = act(world, line);
    let code = outcome.exit_code().unwrap_or(-1);
    assert_ne!(code, 0, "{line}: {}", outcome.text(Stream::Stdout));
    (code, outcome.text(Stream::Stderr))
}

/// Builds a Dockerfile as image `name`; says what BuildKit said.
fn build(world: &mut World, name: &str, dockerfile: &str) -> String {
    let text = dockerfile.replace('\'', r"'\''");
    said(world, &format!("mkdir -p {name} && printf '%s' '{text}' > {name}/Dockerfile"));
    said(world, &format!("docker build --progress=plain -t {name} {name}"))
}

fn days_pass(world: &mut World, days: u64) {
    world.act(&Action::Wait(Duration::from_secs(days * 24 * 60 * 60)));
}

fn size(world: &mut World, image: &str) -> i64 {
    said(world, &format!("docker image inspect -f '{{{{.Size}}}}' {image}")).trim().parse().unwrap()
}

const CURL: &str = "apt-get install -y --no-install-recommends curl";

#[test]
fn apt_installs_only_what_its_lists_know() {
    let mut world = world();
    let (code, text) = refused(&mut world, "docker run --rm debian:bookworm-slim apt-get install -y curl");
    assert_eq!(code, 100);
    assert!(text.contains("E: Unable to locate package curl"), "{text}");
    let text = said(
        &mut world,
        &format!("docker run --rm debian:bookworm-slim sh -c 'apt-get update && {CURL} && ls /usr/bin/curl'"),
    );
    assert!(text.contains("11 newly installed") && text.contains("\n/usr/bin/curl\n"), "{text}");
}

#[test]
fn cleaning_in_the_same_layer_saves_space_and_in_a_later_one_does_not() {
    let mut world = world();
    let base = "FROM debian:bookworm-slim\n";
    build(&mut world, "same", &format!("{base}RUN apt-get update && {CURL} && rm -rf /var/lib/apt/lists/*\n"));
    build(&mut world, "later", &format!("{base}RUN apt-get update && {CURL}\nRUN rm -rf /var/lib/apt/lists/*\n"));
    let saved = size(&mut world, "later") - size(&mut world, "same");
    assert!(saved > 15_000_000, "the lists stay in their layer: {saved}");
}

#[test]
fn a_cached_update_keeps_its_old_lists_though_the_mirrors_move_on() {
    let mut world = world();
    build(&mut world, "first", "FROM debian:bookworm-slim\nRUN apt-get update\n");
    // Debian replaces curl on November 14.
    days_pass(&mut world, 14);
    let text = build(&mut world, "second", "FROM debian:bookworm-slim\nRUN apt-get update\n");
    assert!(text.contains("CACHED"), "{text}");
    let (code, text) = refused(&mut world, &format!("docker run --rm second {CURL}"));
    assert_eq!(code, 100);
    assert!(text.contains("404  Not Found"), "{text}");
    let text = said(&mut world, &format!("docker run --rm second sh -c 'apt-get update && {CURL}'"));
    assert!(text.contains("Setting up curl (7.88.1-10+deb12u15)"), "{text}");
}

#[test]
fn apk_leaves_no_index_with_no_cache_and_takes_virtual_packages_away_whole() {
    let mut world = world();
    let line = "docker run --rm alpine:3.22 sh -c 'apk add --no-cache --virtual .build gcc >/dev/null && which gcc && \
                apk del .build && ls /var/cache/apk && cat /etc/apk/world'";
    let text = said(&mut world, line);
    assert!(text.starts_with("/usr/bin/gcc\n") && text.contains("Purging .build"), "{text}");
    assert!(!text.contains("APKINDEX") && !text.ends_with(".build\n"), "{text}");
    let (code, text) = refused(&mut world, "docker run --rm alpine:3.22 apk add --no-cache nope");
    assert_eq!(
        (code, text.as_str()),
        (1, "ERROR: unable to select packages:\n  nope (no such package):\n    required by: world[nope]\n")
    );
}

#[test]
fn pip_takes_the_newest_version_that_all_conditions_allow_at_that_time() {
    let mut world = world();
    let line = "docker run --rm python:3.12-slim sh -c 'pip install -q \"numpy<2.3\" pandas==2.2.3 && pip freeze'";
    let text = said(&mut world, line);
    assert!(text.contains("numpy==2.2.6\n") && text.contains("pandas==2.2.3\n"), "{text}");
    let (code, text) = refused(&mut world, "docker run --rm python:3.12-slim pip install numpy==2.3.5");
    assert_eq!(code, 1);
    assert!(text.contains("(from versions: 1.24.4, 1.26.4, 2.0.2, 2.1.3, 2.2.6, 2.3.4)"), "{text}");
    days_pass(&mut world, 15);
    let text = said(&mut world, "docker run --rm python:3.12-slim pip install numpy==2.3.5");
    assert!(text.contains("Successfully installed numpy-2.3.5"), "{text}");
}

#[test]
fn wheels_stay_in_the_layer_unless_pip_is_told_otherwise() {
    let mut world = world();
    build(&mut world, "with", "FROM python:3.12-slim\nRUN pip install flask\n");
    build(&mut world, "without", "FROM python:3.12-slim\nRUN pip install --no-cache-dir flask\n");
    let more = size(&mut world, "with") - size(&mut world, "without");
    assert!(more > 400_000, "{more}");
}

#[test]
fn a_cache_mount_keeps_wheels_from_build_to_build() {
    let mut world = world();
    let dockerfile = |package: &str| {
        format!("FROM python:3.12-slim\nRUN --mount=type=cache,target=/root/.cache/pip pip install {package}\n")
    };
    let text = build(&mut world, "one", &dockerfile("requests"));
    assert!(text.contains("Downloading requests-2.32.5"), "{text}");
    let text = build(&mut world, "two", &dockerfile("requests flask"));
    assert!(text.contains("Using cached requests-2.32.5") && text.contains("Downloading flask-3.1.2"), "{text}");
}

#[test]
fn npm_installs_what_package_json_asks_for_and_ci_what_the_lock_says() {
    let mut world = world();
    let app =
        "mkdir -p web && printf '{\"name\":\"web\",\"dependencies\":{\"express\":\"^4.18.0\"}}' > web/package.json";
    said(&mut world, app);
    let run = |command: &str| format!("docker run --rm -v $(pwd)/web:/app -w /app node:22-alpine {command}");
    let (code, text) = refused(&mut world, &run("npm ci"));
    assert_eq!(code, 1);
    assert!(text.contains("can only install with an existing package-lock.json"), "{text}");
    let text = said(&mut world, &run("npm install"));
    assert!(text.contains("found 0 vulnerabilities"), "{text}");
    let text = said(&mut world, &run("sh -c 'npm ci && cat node_modules/express/package.json'"));
    assert!(text.contains("\"version\": \"4.21.2\""), "{text}");
}
