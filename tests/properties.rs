//! What holds whatever a learner does.
//!
//! An image never changes; what is written in one container is seen in no other; undo then redo is identity; the same
//! seed and actions give the same output, events and pictures.

mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use layerlab::stage::still;
use layerlab::timeline::Timeline;
use layerlab::world::digest::Digest;
use layerlab::world::process::descriptor::Stream;
use layerlab::world::{Action, World, WorldSettings};
use proptest::collection::vec;
use proptest::prelude::*;

fn settings() -> &'static WorldSettings {
    static SETTINGS: OnceLock<WorldSettings> = OnceLock::new();
    SETTINGS.get_or_init(support::recorded_world)
}

/// A world in which two containers run, and a third has ended.
fn start() -> &'static World {
    static START: OnceLock<World> = OnceLock::new();
    START.get_or_init(|| {
        let mut world = World::new(settings());
        for command in [
            "docker pull -q busybox; docker pull -q alpine",
            "docker run -d --name aa busybox sleep 1000; docker run -d --name bb busybox sleep 1000",
            "docker run --name cc alpine sh -c 'echo made > /made; rm /etc/group'",
        ] {
            let outcome = world.act(&Action::Command(command.to_owned()));
            assert_eq!(outcome.exit_code(), Some(0), "{command}: {}", outcome.text(Stream::Stderr));
        }
        world
    })
}

/// Something that a learner types.
fn command() -> impl Strategy<Value = String> {
    let container = prop_oneof![Just("aa"), Just("bb"), Just("cc"), Just("dd")];
    let image = prop_oneof![Just("busybox"), Just("alpine"), Just("made:1"), Just("made:2")];
    let path = prop_oneof![Just("/etc/passwd"), Just("/made"), Just("/etc"), Just("/new/deep/file"), Just("/bin/ls")];
    let change = prop_oneof![
        Just("echo changed >"),
        Just("echo more >>"),
        Just("rm -rf"),
        Just("mkdir -p"),
        Just("chmod 600"),
        Just("touch"),
    ];
    prop_oneof![
        4 => (container.clone(), change, path).prop_map(|(container, change, path)| {
            format!("docker exec {container} sh -c '{change} {path}'")
        }),
        2 => (container.clone(), image.clone()).prop_map(|(name, image)| format!("docker run -d --name {name} {image} sleep 99")),
        1 => image.clone().prop_map(|image| format!("docker run --rm {image} sh -c 'rm -rf /etc; echo x > /x'")),
        1 => (container.clone(), prop_oneof![Just("made:1"), Just("made:2")])
            .prop_map(|(container, image)| format!("docker commit {container} {image}")),
        1 => (container.clone(), prop_oneof![
            Just("stop -t 0"), Just("start"), Just("kill"), Just("rm -f"), Just("pause"), Just("unpause"), Just("diff"), Just("logs"),
        ]).prop_map(|(container, verb)| format!("docker {verb} {container}")),
        1 => (image.clone(), prop_oneof![Just("made:1"), Just("made:2"), Just("other")])
            .prop_map(|(image, name)| format!("docker tag {image} {name}")),
        1 => image.prop_map(|image| format!("docker rmi {image}")),
        1 => Just("docker ps -a; docker images -a".to_owned()),
        1 => Just("sleep 3".to_owned()),
    ]
}

/// The images of a world, with their layers hashed anew.
fn hashed_images(world: &World) -> BTreeMap<Digest, Vec<Digest>> {
    let machine = world.machine().unwrap();
    let hash = |image: &Arc<layerlab::world::registry::image::Image>| {
        assert_eq!(image.id(), Digest::of(image.config_bytes()));
        (image.id(), image.layers().iter().map(|layer| layer.computed_digests().0).collect())
    };
    machine.daemon.images.iter().map(hash).collect()
}

fn listing(world: &World, container: &str) -> String {
    let look = format!("docker exec {container} sh -c 'find /etc /bin /made /new /root | sort; cat /etc/passwd'");
    let outcome = world.clone().act(&Action::Command(look));
    outcome.text(Stream::Stdout)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn an_image_never_changes(commands in vec(command(), 1..12)) {
        let mut world = start().clone();
        let mut known = hashed_images(&world);
        for command in commands {
            world.act(&Action::Command(command.clone()));
            for (id, layers) in hashed_images(&world) {
                if let Some(before) = known.get(&id) {
                    prop_assert_eq!(before, &layers, "{} changed an image", command);
                }
                known.insert(id, layers);
            }
        }
    }

    #[test]
    fn what_is_written_in_one_container_is_seen_in_no_other(
        changes in vec((prop_oneof![Just("echo x >"), Just("rm -rf"), Just("mkdir -p")],
            prop_oneof![Just("/etc/passwd"), Just("/made"), Just("/new/deep"), Just("/root/f")]), 1..10)
    ) {
        let mut world = start().clone();
        let before = listing(&world, "bb");
        for (change, path) in changes {
            world.act(&Action::Command(format!("docker exec aa sh -c '{change} {path}'")));
        }
        prop_assert_eq!(listing(&world, "bb"), before);
    }

    #[test]
    fn undo_then_redo_is_identity(commands in vec(command(), 1..10), back in 0_usize..10) {
        let mut timeline = Timeline::new(start().clone());
        let mut pictures = vec![still::scene(timeline.world())];
        for command in commands {
            timeline.act(Action::Command(command));
            pictures.push(still::scene(timeline.world()));
        }
        let mut undone = 0;
        while undone < back && timeline.undo() {
            undone += 1;
            prop_assert_eq!(&still::scene(timeline.world()), &pictures[timeline.position()]);
        }
        while timeline.redo() {
            prop_assert_eq!(&still::scene(timeline.world()), &pictures[timeline.position()]);
        }
        prop_assert_eq!(timeline.position(), pictures.len() - 1);
    }

    #[test]
    fn the_same_actions_give_the_same_bytes(commands in vec(command(), 1..10)) {
        let (mut one, mut other) = (start().clone(), start().clone());
        for command in commands {
            let action = Action::Command(command);
            prop_assert_eq!(one.act(&action), other.act(&action));
            prop_assert_eq!(still::scene(&one), still::scene(&other));
        }
    }

    #[test]
    fn motion_ends_in_the_still_picture_and_never_fails(commands in vec(command(), 1..6), share in 0.0_f64..1.2) {
        let mut timeline = Timeline::new(start().clone());
        for command in commands {
            let before = timeline.world().clone();
            let step = timeline.act(Action::Command(command));
            let motion = layerlab::stage::Motion::new(&before, &step.outcome.events, &step.world);
            let after = still::scene(&step.world);
            prop_assert_eq!(motion.scene_at(motion.total()), after);
            let time = motion.total().mul_f64(share);
            prop_assert_eq!(motion.scene_at(time), motion.scene_at(time));
        }
    }
}

#[test]
fn another_seed_gives_other_ids() {
    let mut one = World::new(settings());
    let mut other = World::new(&WorldSettings { seed: 2, ..settings().clone() });
    let action = Action::Command("docker create busybox".to_owned());
    for world in [&mut one, &mut other] {
        world.act(&Action::Command("docker pull -q busybox".to_owned()));
    }
    assert_ne!(one.act(&action).text(Stream::Stdout), other.act(&action).text(Stream::Stdout));
}
