//! What containers write: each its own, and volumes that stay.

use super::*;

#[test]
fn an_empty_volume_is_filled_from_the_image_once() {
    let mut bench = Bench::new();
    let binds = |bind: &str| HostConfig { binds: vec![bind.to_owned()], ..plain() };
    bench.go("aa", &["cat:/data/seed", "write:/data/seed=changed"], binds("vol:/data"));
    bench.run(1);
    bench.go("bb", &["cat:/data/seed"], binds("vol:/data"));
    bench.go("cc", &["cat:/x/seed"], binds("vol:/x:ro"));
    bench.go("dd", &["cat:/data/seed"], binds("other:/data:nocopy"));
    bench.go("ee", &["write:/x/new=1", "cat:/x/seed"], binds("vol:/x:ro"));
    bench.run(1);
    let texts = ["aa", "bb", "cc", "dd", "ee"].map(|name| bench.text(name));
    assert_eq!(
        texts,
        [
            "seeded",
            "changed",
            "changed",
            "/data/seed: No such file or directory\n",
            "/x/new: Read-only file system\nchanged"
        ]
    );
    let error = bench.ask(Request::VolumeRemove { name: "vol".into(), force: true }).expect_err("in use");
    assert!(error.message.starts_with("remove vol: volume is in use - ["), "{}", error.message);
    for (bind, why) in [
        ("vol:/x:bogus", "invalid mode: bogus"),
        (
            "vol:x",
            "invalid volume specification: 'vol:x': invalid mount config for type \"volume\": invalid mount path: 'x' mount path must be absolute",
        ),
    ] {
        assert_eq!(bench.create("", &[], binds(bind)).expect_err("no mount").message, why);
    }
    let twice = HostConfig { binds: vec!["vol:/x".into(), "other:/x".into()], ..plain() };
    assert_eq!(bench.create("", &[], twice).expect_err("twice").message, "Duplicate mount point: /x");
}

#[test]
fn anonymous_volumes_go_with_rm_v() {
    let mut bench = Bench::with(RunConfig { volumes: ["/data".to_owned()].into(), ..RunConfig::default() });
    bench.go("aa", &["cat:/data/seed"], HostConfig { auto_remove: true, ..plain() });
    bench.go("bb", &[], plain());
    bench.run(1);
    assert_eq!(bench.machine.daemon.volumes.len(), 1);
    bench.ask(Request::ContainerRemove { container: "bb".into(), force: false, volumes: false }).expect("removed");
    assert_eq!(bench.machine.daemon.volumes.len(), 1);
    assert!(bench.machine.daemon.volumes.values().all(|volume| volume.is_anonymous()));
    let pruned = bench.ask(Request::VolumePrune { filters: Filters::new() }).expect("pruned");
    assert!(matches!(pruned, Response::Pruned { deleted, reclaimed: 6 } if deleted.len() == 1));
}

#[test]
fn containers_do_not_see_each_others_writes() {
    let mut bench = Bench::new();
    bench.go("aa", &["write:/etc/mark=mine", "cat:/etc/mark", "write:/new=1"], plain());
    bench.run(1);
    bench.go("bb", &["cat:/etc/mark"], plain());
    bench.run(1);
    assert_eq!((bench.text("aa"), bench.text("bb")), ("mine".to_owned(), "lower".to_owned()));
    let diff = bench.ask(Request::ContainerDiff { container: "aa".into() }).expect("a diff");
    let Response::Changes(changes) = diff else { panic!("{diff:?}") };
    let paths: Vec<&str> = changes.iter().map(|(_, path)| path.as_str()).collect();
    assert_eq!(paths, ["/etc", "/etc/mark", "/new"]);
    assert_eq!(bench.ask(Request::ContainerDiff { container: "bb".into() }), Ok(Response::Changes(Vec::new())));
}
