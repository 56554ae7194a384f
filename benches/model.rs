//! How fast the model is: commands, steps of the timeline, jumps. Run with `cargo bench --bench model`.

use std::hint::black_box;
use std::sync::Arc;

use divan::Bencher;
use layerlab::timeline::Timeline;
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

fn command(bencher: Bencher<'_, '_>, set_up: &[&str], command: &str) {
    let world = world(set_up);
    let action = line(command);
    bencher.with_inputs(|| world.clone()).bench_local_values(|mut world| black_box(world.act(&action)));
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
    bencher.with_inputs(|| world.clone()).bench_local_values(|mut world| black_box(world.act(&action)));
}
