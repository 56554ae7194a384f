//! The small tools in the model's shell, as programs of a host: GNU's wording, and pipes that stream.

use std::sync::Arc;

use layerlab::world::clock::Time;
use layerlab::world::machine::MachineSettings;
use layerlab::world::process::descriptor::Stream;
use layerlab::world::process::tools;
use layerlab::world::registry::Registry;
use layerlab::world::{Action, World, WorldSettings};

fn world() -> World {
    World::new(&WorldSettings {
        seed: 1,
        start: Time::WORLD_START,
        machines: vec![MachineSettings::default()],
        programs: Arc::new(tools::standard()),
        registry: Registry::default(),
    })
}

/// Runs a line; gives what it wrote on both streams, and how it ended.
fn run(world: &mut World, line: &str) -> (String, String, Option<i32>) {
    let outcome = world.act(&Action::Command(line.to_owned()));
    (outcome.text(Stream::Stdout), outcome.text(Stream::Stderr), outcome.exit_code())
}

fn output(line: &str) -> String {
    let (stdout, stderr, code) = run(&mut world(), line);
    assert_eq!((stderr.as_str(), code), ("", Some(0)), "{line}");
    stdout
}

#[test]
fn gnu_tools_speak_as_gnu() {
    for (line, expected, code) in [
        ("cat x", "cat: x: No such file or directory\n", 1),
        ("ls /nosuch", "ls: cannot access '/nosuch': No such file or directory\n", 2),
        ("rm x", "rm: cannot remove 'x': No such file or directory\n", 1),
        ("mkdir a/b", "mkdir: cannot create directory 'a/b': No such file or directory\n", 1),
        ("cp x y", "cp: cannot stat 'x': No such file or directory\n", 1),
        ("head -n x", "head: invalid number of lines: 'x'\n", 1),
        ("ls -Z", "ls: the option -Z is not modelled in Layerlab\n", 2),
        ("ls -y", "ls: invalid option -- 'y'\nTry 'ls --help' for more information.\n", 2),
    ] {
        let (stdout, stderr, status) = run(&mut world(), line);
        assert_eq!((stdout.as_str(), stderr.as_str(), status), ("", expected, Some(code)), "{line}");
    }
}

#[test]
fn pipes_stream_and_a_reader_that_leaves_ends_the_writer() {
    assert_eq!(output("yes | head -n 2"), "y\ny\n");
    assert_eq!(output("seq 100000 | tail -n 1"), "100000\n");
    assert_eq!(output("printf 'b\\na\\nb\\n' | sort | uniq -c"), "      1 a\n      2 b\n");
    assert_eq!(output("cat /dev/zero | head -c 100000 | wc -c"), "100000\n");
}
