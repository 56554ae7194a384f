//! Several machines on one network: where one sits, what one machine reaches of another, and that each is its own.

use std::sync::{Arc, OnceLock};

use layerlab::world::process::descriptor::Stream;
use layerlab::world::registry::catalogue::Catalogue;
use layerlab::world::{Action, Ending, Outcome, World, WorldSettings};
use layerlab::worlds;

fn settings() -> &'static WorldSettings {
    static SETTINGS: OnceLock<WorldSettings> = OnceLock::new();
    SETTINGS.get_or_init(|| {
        let catalogue = Arc::new(Catalogue::shipped().expect("the shipped catalogue is whole"));
        worlds::group(&worlds::settings(&catalogue), "team").expect("the world is shipped")
    })
}

fn team() -> World {
    World::new(settings())
}

fn line(world: &mut World, text: &str) -> Outcome {
    world.act(&Action::Line(text.to_owned()))
}

fn said(outcome: &Outcome) -> String {
    outcome.text(Stream::Stdout)
}

fn prompt(world: &World) -> &str {
    world.console().prompt.as_ref().map_or("", |prompt| &prompt.text)
}

#[test]
fn the_prompt_says_where_one_is() {
    let mut world = team();
    assert_eq!(prompt(&world), "root@laptop:/root# ");
    world.act(&Action::Sit("qa".into()));
    assert_eq!((world.here(), prompt(&world)), ("qa", "root@qa:/root# "));
    assert_eq!(said(&line(&mut world, "cd /tmp; hostname")), "qa\n");
    assert_eq!(prompt(&world), "root@qa:/tmp# ");
    world.act(&Action::Sit("laptop".into()));
    assert_eq!(prompt(&world), "root@laptop:/root# ", "each console is as it was left");
}

#[test]
fn ssh_gives_a_shell_on_the_other_machine_until_it_is_left() {
    let mut world = team();
    assert_eq!(line(&mut world, "ssh qa").ending, Ending::Finished(0));
    assert_eq!(prompt(&world), "root@qa:/root# ");
    assert_eq!(said(&line(&mut world, "hostname; uname -r")), "qa\n5.4.0-216-generic\n");
    assert_eq!(line(&mut world, "false").ending, Ending::Finished(1));
    // From there on to a third, and Ctrl-C reaches what runs there.
    line(&mut world, "ssh prod");
    assert_eq!(prompt(&world), "root@prod:/root# ");
    assert_eq!(line(&mut world, "cat").ending, Ending::AwaitsInput);
    world.act(&Action::Interrupt);
    assert_eq!(prompt(&world), "root@prod:/root# ");
    assert!(line(&mut world, "exit").text(Stream::Stderr).contains("Connection to prod closed."));
    assert_eq!(prompt(&world), "root@qa:/root# ");
    world.act(&Action::EndOfInput);
    assert_eq!(prompt(&world), "root@laptop:/root# ");
}

#[test]
fn a_line_for_a_machine_is_typed_there_whoever_was_logged_in_to() {
    let mut world = team();
    line(&mut world, "ssh qa");
    let at = |machine: &str, line: &str| Action::LineAt { machine: machine.into(), line: line.to_owned() };
    assert_eq!(said(&world.act(&at("laptop", "hostname"))), "laptop\n");
    assert_eq!(said(&world.act(&at("cloud", "uname -m"))), "aarch64\n");
    assert_eq!(world.here(), "cloud");
}

#[test]
fn a_command_through_ssh_has_its_own_streams_and_exit_code() {
    let mut world = team();
    let outcome = line(&mut world, "echo to qa | ssh qa 'cat; echo wrong >&2; exit 3'");
    assert_eq!((outcome.exit_code(), said(&outcome).as_str()), (Some(3), "to qa\n"));
    assert_eq!(outcome.text(Stream::Stderr), "wrong\n");
    // More than a pipe holds goes through whole.
    let outcome = line(&mut world, "head -c 300000 /dev/zero | ssh qa 'cat > zeros'; ssh qa 'cat zeros' | wc -c");
    assert_eq!(said(&outcome).trim(), "300000");
    assert_eq!(line(&mut world, "ssh nowhere true").exit_code(), Some(255));
}

#[test]
fn what_a_machine_publishes_is_reached_from_the_others_and_nothing_else_is() {
    let mut world = team();
    let run =
        "docker run -qd --name web -p 80:80 nginx:1.27 && docker run -qd --name own -p 127.0.0.1:81:80 nginx:1.27";
    assert_eq!(line(&mut world, &format!("ssh prod '{run}'")).exit_code(), Some(0));
    assert!(said(&line(&mut world, "curl -s prod")).contains("Welcome to nginx!"));
    assert_eq!(line(&mut world, "curl -s prod:81").exit_code(), Some(7), "published on prod's loopback alone");
    assert_eq!(line(&mut world, "curl -s qa").exit_code(), Some(7), "nobody listens on qa");
    let inside = line(&mut world, "docker run -q --rm busybox wget -qO- prod");
    assert!(said(&inside).contains("Welcome to nginx!"), "a container reaches out through its machine: {inside:?}");
    assert_ne!(line(&mut world, "docker run -q --rm --network none busybox wget -qO- prod").exit_code(), Some(0));
    let log = line(&mut world, "ssh prod docker logs web");
    assert!(said(&log).contains("192.168.64.10 - - "), "the server sees the machine that asked: {log:?}");
}

#[test]
fn each_machine_has_its_own_engine_and_its_own_disk() {
    let mut world = team();
    line(&mut world, "docker pull -q busybox; echo mine > note");
    assert_eq!(said(&line(&mut world, "docker images -q | wc -l; ssh qa 'docker images -q | wc -l'")), "1\n0\n");
    assert_eq!(line(&mut world, "ssh qa cat note").exit_code(), Some(1));
    line(&mut world, "mkdir -p app/deep && echo 1 > app/a && echo 2 > app/deep/b && scp -r app note qa:");
    assert_eq!(said(&line(&mut world, "ssh qa cat note app/a app/deep/b")), "mine\n1\n2\n");
}

#[test]
fn going_back_in_time_forgets_what_the_other_machines_did_too() {
    let mut world = team();
    let before = world.clone();
    line(&mut world, "ssh qa 'echo new > file'");
    assert_eq!(line(&mut before.clone(), "ssh qa cat file").exit_code(), Some(1));
    assert_eq!(line(&mut world, "ssh qa cat file").exit_code(), Some(0));
}

#[test]
fn a_program_for_other_processors_does_not_run_and_the_engine_warns() {
    let mut world = team();
    let push = "docker pull -q busybox; docker login -u learner -p layerlab registry.example.com; docker tag busybox registry.example.com/app:1; \
                docker push -q registry.example.com/app:1";
    assert_eq!(line(&mut world, push).exit_code(), Some(0));
    let login = "docker login -u learner -p layerlab registry.example.com";
    for machine in ["qa", "cloud"] {
        line(&mut world, &format!("ssh {machine} {login}"));
    }
    assert_eq!(said(&line(&mut world, "ssh qa docker run --rm registry.example.com/app:1 uname -m")), "x86_64\n");
    let outcome = line(&mut world, "ssh cloud docker run --rm registry.example.com/app:1 uname -m");
    let errors = outcome.text(Stream::Stderr);
    assert_eq!((outcome.exit_code(), said(&outcome).as_str()), (Some(255), ""));
    let warning = "WARNING: The requested image's platform (linux/amd64) does not match the detected host platform (linux/arm64/v8) and no specific platform was requested\n";
    assert!(errors.contains(warning) && errors.ends_with("exec /bin/uname: exec format error\n"), "{errors}");
}

fn desktops() -> World {
    let catalogue = Arc::new(Catalogue::shipped().expect("the shipped catalogue is whole"));
    World::new(&worlds::group(&worlds::settings(&catalogue), "desktops").expect("the world is shipped"))
}

#[test]
fn on_windows_and_macos_containers_run_on_a_linux_in_a_virtual_machine() {
    let mut world = desktops();
    let at = |machine: &str, line: &str| Action::LineAt { machine: machine.into(), line: line.to_owned() };
    for (machine, kernel, own) in [("windows", "microsoft-standard-WSL2", "Windows_NT"), ("mac", "linuxkit", "Darwin")]
    {
        let run = "docker run --platform linux/amd64 --rm busybox uname -sr";
        let inside = said(&world.act(&at(machine, run)));
        assert!(inside.starts_with("Linux ") && inside.contains(kernel), "{inside}");
        assert!(said(&world.act(&at(machine, "uname -s"))).starts_with(own), "the machine's own kernel is another");
        let info = said(&world.act(&at(machine, "docker info")));
        for line in ["Operating System: Docker Desktop", "OSType: linux", "Name: docker-desktop", "Total Memory: 8GiB"]
        {
            assert!(info.contains(line), "{line} in {info}");
        }
        // What runs in the virtual machine is not seen from outside; the machine itself is.
        world.act(&at(machine, "docker run --platform linux/amd64 -d --name sleeper busybox sleep 600"));
        let processes = said(&world.act(&at(machine, "ps -e -o args")));
        assert!(!processes.contains("sleep 600"), "{processes}");
        assert!(processes.contains("vmmem") || processes.contains("Virtualization"), "{processes}");
        assert_eq!(said(&world.act(&at(machine, "docker inspect -f '{{.State.Status}}' sleeper"))), "running\n");
    }
}
