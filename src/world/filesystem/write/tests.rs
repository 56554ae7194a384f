//! Copy-up, whiteouts and opaque directories, one rule of overlayfs at a time.

use super::*;
use crate::world::filesystem::layer::Layer;

const OLD: Time = Time::from_seconds(1_704_067_200);
const NOW: Time = Time::from_seconds(1_762_160_400);

fn metadata(mode: u32) -> Metadata {
    Metadata::root(mode, OLD)
}

fn file(text: &str) -> Change {
    Change::put(Entry::file(Content::text(text), metadata(0o644)))
}

fn layer(changes: &[(&str, Change)]) -> Arc<Layer> {
    Arc::new(Layer::new(changes.iter().map(|(path, change)| ((*path).into(), change.clone()))).unwrap())
}

/// Two layers: `/etc/{passwd,group}` and `/var/www/html` below, `/etc/passwd` again and `/opt/app` above.
fn mount() -> UnionMount {
    let directory = || Change::put(Entry::directory(metadata(0o755)));
    let bottom = layer(&[("/etc/passwd", file("root")), ("/etc/group", file("g")), ("/var/www/html", directory())]);
    let top = layer(&[("/etc/passwd", file("root and app")), ("/opt/app", file("app"))]);
    UnionMount::new([bottom, top])
}

fn origin(mount: &UnionMount, path: &str) -> Option<Origin> {
    mount.lookup(path).map(|found| found.origin)
}

fn upper(mount: &UnionMount) -> Vec<&str> {
    mount.upper().keys().map(|path| &**path).collect()
}

fn names(mount: &UnionMount, directory: &str) -> Vec<String> {
    mount.list(directory).unwrap().iter().map(|entry| entry.name.to_owned()).collect()
}

#[test]
fn the_topmost_layer_wins_and_reading_copies_nothing() {
    let mount = mount();
    assert_eq!(origin(&mount, "/etc/passwd"), Some(Origin::Lower(1)));
    assert_eq!(origin(&mount, "/etc/group"), Some(Origin::Lower(0)));
    assert_eq!(names(&mount, "/etc"), ["group", "passwd"]);
    assert_eq!(names(&mount, "/"), ["etc", "opt", "var"]);
    assert!(mount.is_fresh());
    assert_eq!(
        mount.origin_stack("/etc/passwd").iter().map(|s| (s.origin, s.visible)).collect::<Vec<_>>(),
        [(Origin::Lower(1), true), (Origin::Lower(0), false)]
    );
}

#[test]
fn the_first_write_copies_the_whole_file_up_and_the_second_nothing() {
    let mut mount = mount();
    let copy_up = mount.write("/etc/passwd", Content::text("x"), NOW).unwrap();
    assert_eq!(copy_up, Some(CopyUp { path: "/etc/passwd".into(), from: 1, bytes: 12 }));
    assert_eq!(upper(&mount), ["/", "/etc", "/etc/passwd"]);
    assert_eq!(mount.lookup("/etc").unwrap().entry.metadata, metadata(0o755), "the parent keeps its date");
    assert_eq!(mount.write("/etc/passwd", Content::text("y"), NOW), Ok(None));
    assert_eq!(mount.upper_size(), 1);
}

#[test]
fn chmod_copies_up_the_content_too_even_if_nothing_turns_out_different() {
    let mut mount = mount();
    let same = mount.lookup("/etc/group").unwrap().entry.metadata;
    assert_eq!(mount.set_metadata("/etc/group", same).unwrap().map(|copy_up| copy_up.bytes), Some(1));
    assert_eq!(mount.set_metadata("/var/www", metadata(0o700)).unwrap().map(|copy_up| copy_up.bytes), Some(0));
    assert_eq!(names(&mount, "/var/www"), ["html"], "a copied-up directory is merged with its lower one");
}

#[test]
fn deleting_leaves_a_whiteout_only_where_a_layer_has_something() {
    let mut mount = mount();
    mount.unlink("/etc/group").unwrap();
    assert_eq!(mount.upper().get("/etc/group"), Some(&Change::Whiteout));
    assert_eq!(mount.lookup("/etc/group"), None);
    mount.put_file("/etc/new", Content::text("n"), metadata(0o644)).unwrap();
    mount.unlink("/etc/new").unwrap();
    assert_eq!(upper(&mount), ["/", "/etc", "/etc/group"]);
    assert_eq!(mount.unlink("/etc/group"), Err(Errno::ENOENT));
    assert_eq!(mount.unlink("/etc"), Err(Errno::EISDIR));
}

#[test]
fn a_whiteout_in_a_lower_layer_hides_what_is_further_below() {
    let mut first = mount();
    first.unlink("/etc/passwd").unwrap();
    first.remove_directory("/var/www/html").unwrap();
    first.remove_directory("/var/www").unwrap();
    let lowers: Vec<_> = first.lowers().iter().cloned().chain([Arc::new(first.commit())]).collect();
    let second = UnionMount::new(lowers);
    assert_eq!(second.lookup("/etc/passwd"), None);
    assert_eq!(second.lookup("/var/www/html"), None);
    assert_eq!(names(&second, "/var"), [""; 0]);
}

#[test]
fn a_directory_made_where_one_was_deleted_is_opaque() {
    let mut mount = mount();
    assert_eq!(mount.remove_directory("/var/www"), Err(Errno::ENOTEMPTY));
    mount.remove_directory("/var/www/html").unwrap();
    mount.remove_directory("/var/www").unwrap();
    assert_eq!(upper(&mount), ["/", "/var", "/var/www"], "one whiteout stands for the whole tree");
    mount.make_directory("/var/www", metadata(0o755)).unwrap();
    assert!(matches!(mount.upper().get("/var/www"), Some(Change::Put { opaque: true, .. })));
    assert_eq!(names(&mount, "/var/www"), [""; 0]);
    mount.make_directory("/var/www/html", metadata(0o755)).unwrap();
    assert!(matches!(mount.upper().get("/var/www/html"), Some(Change::Put { opaque: false, .. })));
    mount.set_metadata("/var/www", metadata(0o700)).unwrap();
    assert!(matches!(mount.upper().get("/var/www"), Some(Change::Put { opaque: true, .. })));
}

#[test]
fn a_file_may_take_the_place_of_a_directory_and_a_directory_that_of_a_file() {
    let mut mount = mount();
    mount.remove_directory("/var/www/html").unwrap();
    mount.put_file("/var/www/html", Content::text("page"), metadata(0o644)).unwrap();
    assert_eq!(mount.lookup("/var/www/html/x"), None);
    assert_eq!(mount.make_directory("/var/www/html/x", metadata(0o755)), Err(Errno::ENOTDIR));
    mount.unlink("/etc/group").unwrap();
    mount.make_directory("/etc/group", metadata(0o755)).unwrap();
    mount.put_file("/etc/group/g", Content::text("g"), metadata(0o644)).unwrap();
    assert_eq!(mount.put_file("/etc/group", Content::empty(), metadata(0o644)), Err(Errno::EISDIR));
    assert_eq!(names(&mount, "/etc/group"), ["g"]);
}

#[test]
fn renaming_a_lower_file_copies_it_up_to_its_new_name() {
    let mut mount = mount();
    let copy_up = mount.rename("/etc/passwd", "/opt/passwd").unwrap();
    assert_eq!(copy_up, Some(CopyUp { path: "/etc/passwd".into(), from: 1, bytes: 12 }));
    assert_eq!(mount.upper().get("/etc/passwd"), Some(&Change::Whiteout));
    assert_eq!(origin(&mount, "/opt/passwd"), Some(Origin::Upper));
    assert_eq!(mount.rename("/opt/passwd", "/etc/group"), Ok(None), "a file replaces a file");
    assert_eq!(mount.lookup("/opt/passwd"), None);
}

#[test]
fn a_directory_of_a_layer_cannot_be_renamed_and_one_of_the_upper_tree_can() {
    let mut mount = mount();
    assert_eq!(mount.rename("/var", "/variable"), Err(Errno::EXDEV));
    mount.make_directory("/new", metadata(0o755)).unwrap();
    mount.put_file("/new/f", Content::text("f"), metadata(0o644)).unwrap();
    assert_eq!(mount.rename("/new", "/new/inside"), Err(Errno::EINVAL));
    assert_eq!(mount.rename("/new", "/etc"), Err(Errno::ENOTEMPTY));
    assert_eq!(mount.rename("/new", "/etc/group"), Err(Errno::ENOTDIR));
    assert_eq!(mount.rename("/etc/group", "/new"), Err(Errno::EISDIR));
    mount.rename("/new", "/var/www/html").unwrap();
    assert_eq!(names(&mount, "/var/www/html"), ["f"]);
    assert!(matches!(mount.upper().get("/var/www/html"), Some(Change::Put { opaque: true, .. })));
    mount.rename("/var/www/html", "/moved").unwrap();
    assert_eq!(names(&mount, "/moved"), ["f"]);
    assert_eq!(mount.upper().get("/var/www/html"), Some(&Change::Whiteout));
}

#[test]
fn making_something_dates_its_directory_and_a_failure_changes_nothing() {
    let mut mount = mount();
    mount.symlink("/etc/link", "/nowhere", Metadata::root(0o777, NOW)).unwrap();
    assert_eq!(mount.lookup("/etc").unwrap().entry.metadata.modified, NOW);
    mount.device("/etc/null", Device::Null, metadata(0o666)).unwrap();
    assert_eq!(mount.lookup("/etc").unwrap().entry.metadata.modified, NOW, "never back");
    let before = mount.upper().clone();
    assert_eq!(mount.make_directory("/etc", metadata(0o755)), Err(Errno::EEXIST));
    assert_eq!(mount.make_directory("/no/where", metadata(0o755)), Err(Errno::ENOENT));
    assert_eq!(mount.put_file("/etc/../x", Content::empty(), metadata(0o644)), Err(Errno::EINVAL));
    assert_eq!(mount.write("/etc/link", Content::empty(), NOW), Err(Errno::EINVAL));
    assert_eq!(mount.write("/etc", Content::empty(), NOW), Err(Errno::EISDIR));
    assert_eq!(mount.remove_directory("/"), Err(Errno::EBUSY));
    assert_eq!(mount.remove_directory("/etc/passwd"), Err(Errno::ENOTDIR));
    assert_eq!(mount.rename("/", "/etc"), Err(Errno::EBUSY));
    assert_eq!(mount.upper(), &before);
}
