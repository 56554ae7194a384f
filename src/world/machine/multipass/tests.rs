//! `multipass` from the command line, in a world.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::register;
use crate::world::clock::Time;
use crate::world::event::{Event, EventKind};
use crate::world::machine::figures::Figures;
use crate::world::machine::virtual_machine::{Stage, VirtualMachine};
use crate::world::machine::{Machine, MachineSettings};
use crate::world::process::descriptor::{Read, Stream};
use crate::world::process::tools;
use crate::world::process::{Invocation, Program, ProgramTable, Progress, System, Wait};
use crate::world::registry::Registry;
use crate::world::{Action, Ending, World, WorldSettings};

/// A web server and a client of a few lines: they answer and ask, and no more.
#[derive(Clone, Debug)]
enum Web {
    Server { listener: Option<u32> },
    Client { words: Vec<String>, connection: Option<u32> },
}

impl Program for Web {
    fn resume(&mut self, system: &mut System<'_>) -> Progress {
        match self {
            Web::Server { listener } => {
                let listener = match *listener {
                    Some(listener) => listener,
                    None => match system.listen([0, 0, 0, 0].into(), 80) {
                        Ok(descriptor) => *listener.insert(descriptor),
                        Err(_) => return Progress::Exited(1),
                    },
                };
                while let Ok(Some(connection)) = system.accept(listener) {
                    let _ = system.write(connection, b"hello from the guest\n");
                    system.close(connection);
                }
                Progress::Waiting(Wait::Readable(listener))
            }
            Web::Client { words, connection } => {
                let connection = match *connection {
                    Some(connection) => connection,
                    None => match system.connect(words[0].parse().expect("an address"), 80) {
                        Ok(descriptor) => *connection.insert(descriptor),
                        Err(errno) => {
                            system.complain(&format!("{errno}\n"));
                            return Progress::Exited(7);
                        }
                    },
                };
                match system.read(connection, 1000) {
                    Ok(Read::Data(bytes)) => {
                        system.print(&String::from_utf8_lossy(&bytes));
                        Progress::Ready
                    }
                    Ok(Read::WouldBlock) => Progress::Waiting(Wait::Readable(connection)),
                    _ => Progress::Exited(0),
                }
            }
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

fn programs() -> ProgramTable {
    let mut table = tools::standard();
    register(&mut table);
    table.insert_for_images("nginx", |_: &Invocation| Box::new(Web::Server { listener: None }));
    table.insert("ask", |invocation: &Invocation| {
        Box::new(Web::Client { words: invocation.operands().to_vec(), connection: None })
    });
    table
}

fn world() -> World {
    World::new(&WorldSettings {
        seed: 7,
        start: Time::WORLD_START,
        machines: vec![MachineSettings::default()],
        programs: Arc::new(programs()),
        registry: Registry::default(),
    })
}

/// Exit code, output, errors.
fn run(world: &mut World, line: &str) -> (i32, String, String) {
    let outcome = world.act(&Action::Command(line.to_owned()));
    let code = outcome.exit_code().unwrap_or(-1);
    (code, outcome.text(Stream::Stdout), outcome.text(Stream::Stderr))
}

/// Runs a line that must succeed.
fn ok(world: &mut World, line: &str) -> String {
    let (code, output, errors) = run(world, line);
    assert_eq!(code, 0, "{line}: {output}{errors}");
    output
}

fn host(world: &World) -> &Machine {
    world.machine().expect("a machine")
}

fn guest<'a>(world: &'a World, name: &str) -> &'a VirtualMachine {
    host(world).hypervisor.find(name).expect("the virtual machine")
}

fn figures() -> &'static Figures {
    Figures::known().expect("figures")
}

#[test]
fn a_boot_takes_exactly_its_stages_and_memory_is_reserved_from_power_on_to_power_off() {
    let mut world = world();
    let free = host(&world).memory_used();
    assert_eq!(ok(&mut world, "multipass launch --name web-vm"), "Launched: web-vm\n");
    let machine = guest(&world, "web-vm");
    let expected = figures().hypervisor.power_on + machine.figures.boot_time();
    assert_eq!(machine.ready.expect("ready").since(machine.powered_on.expect("on")), expected);
    let reserved = figures().multipass.memory + figures().hypervisor.memory;
    assert_eq!(host(&world).memory_used(), free + reserved);
    let on_host = host(&world).kernel.processes().find(|process| &*process.name == "qemu-system-x86");
    assert_eq!(on_host.expect("the hypervisor's process").memory, reserved);
    assert!(host(&world).disk_used() > machine_disk());

    ok(&mut world, "multipass stop web-vm");
    assert_eq!(guest(&world, "web-vm").stage, Stage::Off);
    assert_eq!(host(&world).memory_used(), free);
    ok(&mut world, "multipass delete --purge web-vm");
    assert!(host(&world).hypervisor.find("web-vm").is_none());
}

fn machine_disk() -> u64 {
    figures().guests["ubuntu-server"].disk
}

#[test]
fn the_stages_come_in_order_as_events() {
    let mut world = world();
    let outcome = world.act(&Action::Command("multipass launch --name a".to_owned()));
    let stage = |event: &Event| match &event.kind {
        EventKind::BootStage { stage, .. } => Some((stage.clone(), event.at)),
        _ => None,
    };
    let stages: Vec<(String, Time)> = outcome.events.iter().filter_map(stage).collect();
    let words: Vec<&str> = stages.iter().map(|(word, _)| word.as_str()).collect();
    assert_eq!(words, ["firmware", "boot-loader", "kernel", "init", "services", "ready"]);
    for (pair, boot) in stages.windows(2).zip(&figures().guests["ubuntu-server"].boot) {
        assert_eq!(pair[1].1.since(pair[0].1), boot.duration, "{}", boot.stage);
    }
}

#[test]
fn a_guest_has_a_kernel_processes_and_a_name_of_its_own() {
    let mut world = world();
    ok(&mut world, "multipass launch --name web-vm");
    let (inside, outside) = (ok(&mut world, "multipass exec web-vm -- uname -r"), ok(&mut world, "uname -r"));
    assert_eq!(inside.trim(), figures().guests["ubuntu-server"].kernel);
    assert_ne!(inside, outside);
    assert_eq!(ok(&mut world, "multipass exec web-vm -- hostname"), "web-vm\n");
    assert_eq!(ok(&mut world, "multipass exec web-vm -- whoami"), "ubuntu\n");
    assert_eq!(ok(&mut world, "multipass exec web-vm -- sudo whoami"), "root\n");
    let (code, _, errors) = run(&mut world, "multipass exec web-vm -- docker ps");
    assert_eq!((code, errors.as_str()), (127, "bash: line 1: docker: command not found\n"));
    let (code, _, _) = run(&mut world, "multipass exec web-vm -- sh -c 'exit 3'");
    assert_eq!(code, 3);
    assert_eq!(ok(&mut world, "echo typed | multipass exec web-vm -- cat"), "typed\n");
    let processes = guest(&world, "web-vm").machine.kernel.processes().count();
    assert_eq!(processes, usize::from(figures().guests["ubuntu-server"].process_count));
    ok(&mut world, "multipass exec web-vm -- touch kept");
    ok(&mut world, "multipass stop web-vm");
    // Multipass starts an instance that does not run, and its disk has outlived the power.
    assert_eq!(ok(&mut world, "multipass exec web-vm -- ls"), "kept\n");
}

#[test]
fn a_guests_server_is_reached_when_it_is_up_and_not_before() {
    let mut world = world();
    ok(&mut world, "multipass launch --name web-vm");
    let address = guest(&world, "web-vm").address;
    let ask = format!("ask {address}");
    let (code, _, errors) = run(&mut world, &ask);
    assert_eq!((code, errors.as_str()), (7, "Connection refused\n"));
    let (code, _, errors) = run(&mut world, "multipass exec web-vm -- apt-get install -y nginx");
    assert!(code == 100 && errors.contains("are you root?"), "{errors}");
    let disk = guest(&world, "web-vm").disk_used();
    let output = ok(&mut world, "multipass exec web-vm -- sudo apt-get install -y nginx");
    assert!(output.contains("2 newly installed") && output.contains("Setting up nginx ("), "{output}");
    let grown = guest(&world, "web-vm").disk_used() - disk;
    assert!(grown >= figures().packages["nginx"].installed && grown < figures().packages["nginx"].installed + 10_000);
    let outcome = world.act(&Action::Command(ask.clone()));
    assert_eq!(outcome.text(Stream::Stdout), "hello from the guest\n");
    let answered = |event: &&Event| matches!(&event.kind, EventKind::FirstAnswer { virtual_machine: Some(name), .. } if **name == *"web-vm");
    assert_eq!(outcome.events.iter().filter(answered).count(), 1);
    let again = world.act(&Action::Command(ask.clone()));
    assert_eq!(again.events.iter().filter(answered).count(), 0);

    // Without power nobody answers; while it boots nobody does; once it is up its enabled service does.
    ok(&mut world, "multipass stop web-vm");
    let (code, _, errors) = run(&mut world, &ask);
    assert_eq!((code, errors.as_str()), (7, "No route to host\n"));
    let outcome = world.act(&Action::Line("multipass start web-vm &".to_owned()));
    assert!(matches!(outcome.ending, Ending::Finished(_)));
    world.act(&Action::Wait(Duration::from_secs(5)));
    assert_eq!(guest(&world, "web-vm").stage, Stage::Kernel);
    let (code, _, errors) = run(&mut world, &ask);
    assert_eq!((code, errors.as_str()), (7, "No route to host\n"));
    world.act(&Action::Wait(Duration::from_secs(30)));
    assert_eq!(guest(&world, "web-vm").stage, Stage::Ready);
    assert_eq!(ok(&mut world, &ask), "hello from the guest\n");
    assert!(guest(&world, "web-vm").time_to_first_answer().expect("answered") >= Duration::from_secs(15));
    ok(&mut world, "multipass exec web-vm -- sudo systemctl stop nginx");
    assert_eq!(run(&mut world, &ask).0, 7);
    assert_eq!(run(&mut world, "multipass exec web-vm -- systemctl is-active nginx").1, "inactive\n");
    ok(&mut world, "multipass exec web-vm -- sudo systemctl start nginx");
    assert_eq!(ok(&mut world, &ask), "hello from the guest\n");
}

#[test]
fn what_multipass_says() {
    let mut world = world();
    assert_eq!(ok(&mut world, "multipass list"), "No instances found.\n");
    assert_eq!(ok(&mut world, "multipass version"), "multipass   1.16.1\nmultipassd  1.16.1\n");
    ok(&mut world, "multipass launch --name web-vm --memory 2G noble");
    let address = guest(&world, "web-vm").address.to_string();
    let expected = format!(
        "Name                    State             IPv4             Image\n\
         web-vm                  Running           {address:<17}Ubuntu 24.04 LTS\n"
    );
    assert_eq!(ok(&mut world, "multipass list"), expected);
    let info = ok(&mut world, "multipass info web-vm");
    for line in ["Name:           web-vm", "State:          Running", "CPU(s):         1", "Mounts:         --"] {
        assert!(info.lines().any(|shown| shown == line), "{line}: {info}");
    }
    assert!(info.contains("out of 2.0GiB") && info.contains("2.5GiB out of 5.0GiB"), "{info}");
    let refusals = [
        ("multipass launch --name web-vm", 2, "launch failed: instance \"web-vm\" already exists\n"),
        (
            "multipass launch --name -x",
            2,
            "launch failed: Invalid arguments supplied\nInvalid instance name supplied: -x\n",
        ),
        ("multipass launch plan9", 2, "launch failed: Unable to find an image matching \"plan9\" in remote \"\".\n"),
        (
            "multipass stop nosuch",
            2,
            "stop failed: The following errors occurred:\ninstance \"nosuch\" does not exist\n",
        ),
        ("multipass start nosuch", 2, "start failed: instance(s) missing\nInstance 'nosuch' does not exist.\n\n"),
        ("multipass start", 1, "Name argument or --all is required\n"),
        ("multipass exec web-vm", 1, "Wrong number of arguments\n"),
        ("multipass list --nosuch", 1, "Unknown option 'nosuch'.\n"),
        ("multipass suspend web-vm", 2, "multipass: Layerlab does not model `multipass suspend` yet\n"),
    ];
    for (line, code, errors) in refusals {
        assert_eq!(run(&mut world, line), (code, String::new(), errors.to_owned()), "{line}");
    }
    ok(&mut world, "multipass delete web-vm");
    assert!(ok(&mut world, "multipass list").contains("Deleted"));
    ok(&mut world, "multipass recover web-vm");
    assert!(ok(&mut world, "multipass list").contains("Stopped"));
}

#[test]
fn a_machine_holds_only_as_many_as_it_has_memory_for() {
    let mut world = world();
    for number in 1..=4 {
        ok(&mut world, &format!("multipass launch --name vm{number} --memory 3G"));
    }
    let (code, _, errors) = run(&mut world, "multipass launch --name vm5 --memory 3G");
    assert!(code == 2 && errors.contains("cannot set up guest memory"), "{errors}");
    assert!(host(&world).hypervisor.find("vm5").is_none());
    ok(&mut world, "multipass stop vm1");
    ok(&mut world, "multipass launch --name vm5 --memory 3G");
}

#[test]
fn the_hypervisors_process_is_the_virtual_machine() {
    let mut world = world();
    ok(&mut world, "multipass launch --name web-vm");
    let pid = guest(&world, "web-vm").monitor.expect("a process");
    ok(&mut world, &format!("kill -9 {pid}"));
    world.act(&Action::Wait(Duration::from_secs(1)));
    assert_eq!(guest(&world, "web-vm").stage, Stage::Off);
}

#[test]
fn clones_go_their_own_ways_and_equal_worlds_do_the_same() {
    let mut one = world();
    ok(&mut one, "multipass launch --name a");
    let mut other = one.clone();
    ok(&mut other, "multipass exec a -- touch here");
    ok(&mut other, "multipass stop a");
    assert_eq!(ok(&mut one, "multipass exec a -- ls"), "");
    assert_eq!(guest(&one, "a").stage, Stage::Ready);
    let lines = ["multipass launch", "multipass list", "multipass launch --name b", "multipass info b"];
    let (mut left, mut right) = (world(), world());
    for line in lines {
        let action = Action::Command(line.to_owned());
        assert_eq!(left.act(&action), right.act(&action), "{line}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_commands_end_and_none_panics(
        lines in proptest::collection::vec((0_usize..14, 0_usize..4, "[-a-z0-9.]{0,6}"), 1..8)
    ) {
        let mut world = world();
        for (command, name, word) in lines {
            let name = ["a", "b", "--all", &word][name];
            let line = match command {
                0 => format!("multipass launch --name {name}"),
                1 => format!("multipass launch -n {name} -m {word} -d 5G"),
                2 => format!("multipass start {name}"),
                3 => format!("multipass stop {name}"),
                4 => format!("multipass stop --force {name}"),
                5 => format!("multipass delete {name}"),
                6 => format!("multipass delete -p {name}"),
                7 => "multipass purge".to_owned(),
                8 => format!("multipass recover {name}"),
                9 => format!("multipass exec {name} -- uname -r"),
                10 => format!("multipass info {name}"),
                11 => format!("multipass {word} {name}"),
                12 => format!("multipass exec {name} -- sudo apt-get install -y {word}"),
                _ => format!("timeout 3 multipass start {name}"),
            };
            let outcome = world.act(&Action::Command(line.clone()));
            prop_assert!(matches!(outcome.ending, Ending::Finished(_)), "{}: {:?}", line, outcome.ending);
            let used: u64 = host(&world).hypervisor.machines().map(VirtualMachine::memory_reserved).sum();
            prop_assert!(host(&world).memory_used() >= used);
        }
    }
}
