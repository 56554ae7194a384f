//! The promises of layers and union mounts, against a model of them that is too simple to be wrong: a plain map.

use std::collections::BTreeMap;
use std::sync::Arc;

use layerlab::world::clock::Time;
use layerlab::world::digest::Digest;
use layerlab::world::filesystem::content::Content;
use layerlab::world::filesystem::entry::{Entry, Metadata, Node};
use layerlab::world::filesystem::errno::Errno;
use layerlab::world::filesystem::layer::{Layer, LayerBuilder};
use layerlab::world::filesystem::path;
use layerlab::world::filesystem::union::{Origin, UnionMount};
use proptest::prelude::*;

/// What someone does to a file system.
#[derive(Clone, Debug)]
enum Operation {
    Put(String, u8),
    Write(String, u8),
    MakeDirectory(String),
    Symlink(String),
    SetMode(String, u32),
    Unlink(String),
    RemoveDirectory(String),
    RemoveTree(String),
    Rename(String, String),
    /// `docker commit`, and a fresh mount of the result.
    Commit,
}

/// The file system as a reader sees it: every path and what stands there, without the root.
type View = BTreeMap<String, Entry>;

/// The simple model: what is there now, and what was there when the mount was fresh.
#[derive(Clone, Debug, Default)]
struct Plain {
    now: View,
    fresh: View,
}

impl Plain {
    fn is_directory(&self, path: &str) -> Result<bool, Errno> {
        if path == "/" {
            return Ok(true);
        }
        self.directory(path::parent(path).unwrap())?;
        self.now.get(path).map(Entry::is_directory).ok_or(Errno::ENOENT)
    }

    fn directory(&self, path: &str) -> Result<(), Errno> {
        if self.is_directory(path)? { Ok(()) } else { Err(Errno::ENOTDIR) }
    }

    fn has_children(&self, path: &str) -> bool {
        self.now.keys().any(|known| path::is_below(known, path))
    }

    fn create(&mut self, path: &str, entry: Entry) -> Result<(), Errno> {
        match self.is_directory(path) {
            Ok(_) => return Err(Errno::EEXIST),
            Err(Errno::ENOENT) => self.directory(path::parent(path).unwrap())?,
            Err(errno) => return Err(errno),
        }
        let modified = entry.metadata.modified;
        self.now.insert(path.to_owned(), entry);
        if let Some(parent) = self.now.get_mut(path::parent(path).unwrap()) {
            parent.metadata.modified = parent.metadata.modified.max(modified);
        }
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), Errno> {
        let moves_directory = self.is_directory(from)?;
        self.directory(path::parent(to).unwrap())?;
        if from == to {
            return Ok(());
        }
        if path::is_below(to, from) && moves_directory {
            return Err(Errno::EINVAL);
        }
        match self.is_directory(to) {
            Ok(true) if self.has_children(to) && (moves_directory || path::is_below(from, to)) => {
                return Err(Errno::ENOTEMPTY);
            }
            Ok(true) if !moves_directory => return Err(Errno::EISDIR),
            Ok(false) if moves_directory => return Err(Errno::ENOTDIR),
            _ => {}
        }
        let moved: Vec<String> = self.now.keys().filter(|p| *p == from || path::is_below(p, from)).cloned().collect();
        for path in moved {
            let entry = self.now.remove(&path).unwrap();
            self.now.insert(format!("{to}{}", &path[from.len()..]), entry);
        }
        Ok(())
    }

    fn apply(&mut self, operation: &Operation, time: Time) -> Result<(), Errno> {
        match operation {
            Operation::Put(path, byte) => match self.is_directory(path) {
                Ok(true) => Err(Errno::EISDIR),
                Ok(false) => {
                    self.now.insert(path.clone(), file(*byte, time));
                    Ok(())
                }
                Err(_) => self.create(path, file(*byte, time)),
            },
            Operation::Write(path, byte) => {
                if self.is_directory(path)? {
                    return Err(Errno::EISDIR);
                }
                let entry = self.now.get_mut(path).unwrap();
                if !matches!(entry.node, Node::File(_)) {
                    return Err(Errno::EINVAL);
                }
                entry.node = Node::File(content(*byte));
                entry.metadata.modified = time;
                Ok(())
            }
            Operation::MakeDirectory(path) => self.create(path, Entry::directory(Metadata::root(0o755, time))),
            Operation::Symlink(path) => self.create(path, Entry::symlink("there", Metadata::root(0o777, time))),
            Operation::SetMode(path, mode) => {
                self.is_directory(path)?;
                self.now.get_mut(path).unwrap().metadata.mode = *mode;
                Ok(())
            }
            Operation::Unlink(path) => {
                if self.is_directory(path)? {
                    return Err(Errno::EISDIR);
                }
                self.now.remove(path);
                Ok(())
            }
            Operation::RemoveDirectory(path) => {
                self.directory(path)?;
                if self.has_children(path) {
                    return Err(Errno::ENOTEMPTY);
                }
                self.now.remove(path);
                Ok(())
            }
            Operation::RemoveTree(path) => {
                self.is_directory(path)?;
                self.now.retain(|known, _| known != path && !path::is_below(known, path));
                Ok(())
            }
            Operation::Rename(from, to) => self.rename(from, to),
            Operation::Commit => {
                for entry in self.now.values_mut() {
                    entry.metadata.modified = Time::from_seconds(entry.metadata.modified.seconds());
                }
                self.fresh = self.now.clone();
                Ok(())
            }
        }
    }

    /// `docker diff` by comparing everything, as moby's `FileInfo.addChanges` does.
    fn diff(&self) -> Vec<String> {
        let mut lines: BTreeMap<&str, char> = BTreeMap::new();
        for (path, entry) in &self.now {
            match self.fresh.get(path) {
                None => lines.insert(path, 'A'),
                Some(old) if stat_differs(old, entry) => lines.insert(path, 'C'),
                Some(_) => None,
            };
        }
        for path in self.fresh.keys().filter(|path| !self.now.contains_key(*path)) {
            // Listed only where the directory is still one: otherwise its own line says it all.
            let parent = path::parent(path).unwrap();
            if parent == "/" || self.now.get(parent).is_some_and(Entry::is_directory) {
                lines.insert(path, 'D');
            }
        }
        let changed: Vec<&str> = lines.keys().copied().collect();
        for parent in changed.into_iter().flat_map(path::ancestors).filter(|parent| *parent != "/") {
            lines.entry(parent).or_insert('C');
        }
        lines.into_iter().map(|(path, letter)| format!("{letter} {path}")).collect()
    }
}

fn stat_differs(old: &Entry, new: &Entry) -> bool {
    let whole = |time: Time| Time::from_seconds(time.seconds());
    let (a, b) = (old.metadata.modified, new.metadata.modified);
    let same_time = a == b || (whole(a) == whole(b) && (a == whole(a) || b == whole(b)));
    let same_kind = std::mem::discriminant(&old.node) == std::mem::discriminant(&new.node);
    old.metadata.mode != new.metadata.mode
        || !same_kind
        || (!old.is_directory() && (!same_time || old.node.size() != new.node.size()))
}

fn content(byte: u8) -> Content {
    Content::Inline(vec![byte; usize::from(byte)].into())
}

fn file(byte: u8, time: Time) -> Entry {
    Entry::file(content(byte), Metadata::root(0o644, time))
}

fn remove_tree(mount: &mut UnionMount, path: &str) -> Result<(), Errno> {
    if !mount.existing(path)?.entry.is_directory() {
        return mount.unlink(path).map(drop);
    }
    let children: Vec<String> = mount.list(path)?.iter().map(|child| path::join(path, child.name)).collect();
    children.iter().try_for_each(|child| remove_tree(mount, child))?;
    mount.remove_directory(path).map(drop)
}

fn apply(mount: &mut UnionMount, operation: &Operation, time: Time) -> Result<(), Errno> {
    match operation {
        Operation::Put(path, byte) => mount.put_file(path, content(*byte), Metadata::root(0o644, time)).map(drop),
        Operation::Write(path, byte) => mount.write(path, content(*byte), time).map(drop),
        Operation::MakeDirectory(path) => mount.make_directory(path, Metadata::root(0o755, time)).map(drop),
        Operation::Symlink(path) => mount.symlink(path, "there", Metadata::root(0o777, time)).map(drop),
        Operation::SetMode(path, mode) => {
            let metadata = mount.existing(path)?.entry.metadata;
            mount.set_metadata(path, Metadata { mode: *mode, ..metadata }).map(drop)
        }
        Operation::Unlink(path) => mount.unlink(path).map(drop),
        Operation::RemoveDirectory(path) => mount.remove_directory(path).map(drop),
        Operation::RemoveTree(path) => remove_tree(mount, path),
        Operation::Rename(from, to) => mount.rename(from, to).map(drop),
        Operation::Commit => {
            *mount = committed(mount);
            Ok(())
        }
    }
}

/// A fresh mount of the layers of `mount` and on them its upper tree.
fn committed(mount: &UnionMount) -> UnionMount {
    UnionMount::new(mount.lowers().iter().cloned().chain([Arc::new(mount.commit())]).collect::<Vec<_>>())
}

/// Everything below `directory`, found by listing; each entry is looked up too, and must be the same.
fn view(mount: &UnionMount) -> View {
    fn collect(mount: &UnionMount, directory: &str, into: &mut View) {
        for child in mount.list(directory).unwrap() {
            let path = path::join(directory, child.name);
            let found = mount.lookup(&path).unwrap();
            assert_eq!((found.entry, found.origin), (child.entry, child.origin));
            into.insert(path.clone(), child.entry.clone());
            if child.entry.is_directory() {
                collect(mount, &path, into);
            }
        }
    }
    let mut found = View::new();
    collect(mount, "/", &mut found);
    found
}

fn diff(mount: &UnionMount) -> Vec<String> {
    mount.diff().iter().map(ToString::to_string).collect()
}

/// Every rule that the upper tree keeps.
fn check_upper(mount: &UnionMount) {
    for (path, change) in mount.upper() {
        for ancestor in path::ancestors(path) {
            let above = mount.upper().get(ancestor).and_then(|change| change.entry());
            assert!(above.is_some_and(Entry::is_directory), "{path} has no upper directory {ancestor}");
        }
        if change.entry().is_none() {
            assert_eq!(mount.lookup(path), None);
            let is_below_some_layer = mount.lowers().iter().any(|layer| layer.get(path).is_some());
            assert!(is_below_some_layer, "a whiteout of nothing at {path}");
        }
    }
}

/// Few names, so that operations meet; `a-` sorts before `a/`, which is a trap for prefix scans.
fn any_path() -> impl Strategy<Value = String> {
    proptest::collection::vec(prop_oneof!["a", "b", "a-", "a0"], 1..4).prop_map(|names| format!("/{}", names.join("/")))
}

fn any_operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => (any_path(), 0..4u8).prop_map(|(path, byte)| Operation::Put(path, byte)),
        2 => (any_path(), 0..4u8).prop_map(|(path, byte)| Operation::Write(path, byte)),
        5 => any_path().prop_map(Operation::MakeDirectory),
        1 => any_path().prop_map(Operation::Symlink),
        2 => (any_path(), prop_oneof![Just(0o755), Just(0o644), Just(0o600)])
            .prop_map(|(path, mode)| Operation::SetMode(path, mode)),
        2 => any_path().prop_map(Operation::Unlink),
        2 => any_path().prop_map(Operation::RemoveDirectory),
        2 => any_path().prop_map(Operation::RemoveTree),
        3 => (any_path(), any_path()).prop_map(|(from, to)| Operation::Rename(from, to)),
        1 => Just(Operation::Commit),
    ]
}

fn any_operations() -> impl Strategy<Value = Vec<(Operation, Time)>> {
    // Half seconds: a commit cuts them off.
    let time = (0..8i64).prop_map(|halves| Time::from_nanoseconds(halves * 500_000_000));
    proptest::collection::vec((any_operation(), time), 0..60)
}

/// A mount on which `operations` were done, whether they succeeded or not.
fn mount_after(operations: &[(Operation, Time)]) -> UnionMount {
    let mut mount = UnionMount::new([]);
    for (operation, time) in operations {
        let _ = apply(&mut mount, operation, *time);
    }
    mount
}

proptest! {
    #[test]
    fn a_union_mount_behaves_as_a_plain_map(operations in any_operations()) {
        let mut mount = UnionMount::new([]);
        let mut plain = Plain::default();
        for (operation, time) in &operations {
            let before = view(&mount);
            let result = apply(&mut mount, operation, *time);
            if result == Err(Errno::EXDEV) {
                let Operation::Rename(from, _) = operation else { panic!("EXDEV from {operation:?}") };
                prop_assert!(plain.fresh.get(from).is_some_and(Entry::is_directory), "only what a layer has may not move");
                prop_assert_eq!(view(&mount), before);
                continue;
            }
            prop_assert_eq!(result, plain.apply(operation, *time), "{:?}", operation);
            prop_assert_eq!(view(&mount), plain.now.clone(), "{:?}", operation);
            prop_assert_eq!(diff(&mount), plain.diff(), "{:?}", operation);
            check_upper(&mount);
        }
    }

    #[test]
    fn writing_never_changes_a_layer(before in any_operations(), after in any_operations()) {
        let digests = |mount: &UnionMount| -> Vec<Digest> {
            mount.lowers().iter().map(|layer| layer.computed_digests().0).collect()
        };
        let mut mount = committed(&mount_after(&before));
        let layers = mount.lowers().len();
        let known = digests(&mount);
        for (operation, time) in &after {
            let _ = apply(&mut mount, operation, *time);
        }
        prop_assert_eq!(&digests(&mount)[..layers], &known[..]);
    }

    #[test]
    fn two_mounts_of_the_same_layers_are_independent(before in any_operations(), after in any_operations()) {
        let first = committed(&mount_after(&before));
        let seen = view(&first);
        let mut second = UnionMount::new(Arc::clone(first.lowers()));
        let mut third = second.clone();
        for (operation, time) in &after {
            let _ = apply(&mut second, operation, *time);
        }
        prop_assert_eq!(view(&first), seen.clone());
        prop_assert_eq!(view(&third), seen);
        prop_assert_eq!(diff(&first), Vec::<String>::new());
        let _ = third.put_file("/only-here", Content::empty(), Metadata::root(0o644, Time::EPOCH));
        prop_assert!(second.lookup("/only-here").is_none());
    }

    #[test]
    fn layers_that_went_through_tar_give_the_same_mount(operations in any_operations()) {
        let mount = committed(&mount_after(&operations));
        let through_tar = |layer: &Arc<Layer>| {
            let mut bytes = Vec::new();
            layer.write_tar(&mut bytes).unwrap();
            Arc::new(Layer::from_tar(&*bytes, Default::default()).unwrap())
        };
        let again = UnionMount::new(mount.lowers().iter().map(through_tar).collect::<Vec<_>>());
        prop_assert_eq!(view(&again), view(&mount));
    }

    #[test]
    fn a_copy_up_is_of_the_whole_file_and_happens_once(operations in any_operations(), path in any_path()) {
        let mut mount = committed(&mount_after(&operations));
        let lower = mount.lookup(&path).map(|found| (found.entry.clone(), found.origin));
        let Some((entry, Origin::Lower(from))) = lower else { return Ok(()) };
        let copy_up = mount.set_metadata(&path, entry.metadata).unwrap().unwrap();
        let bytes = if let Node::File(content) = &entry.node { content.size() } else { 0 };
        prop_assert_eq!((&*copy_up.path, copy_up.from, copy_up.bytes), (&*path, from, bytes));
        prop_assert_eq!(mount.set_metadata(&path, entry.metadata).unwrap(), None);
    }
}

/// The stand-in busybox of the transcripts, as far as `29-diff` touches it.
fn busybox() -> UnionMount {
    let date = Time::from_seconds(1_704_067_200);
    let mut layer = LayerBuilder::new();
    for directory in ["/etc", "/home/app", "/opt", "/root", "/tmp", "/var/www/html"] {
        let mode = if directory == "/tmp" { 0o1777 } else { 0o755 };
        layer.put(directory, Entry::directory(Metadata::root(mode, date))).unwrap();
    }
    for name in ["/etc/passwd", "/etc/group"] {
        layer.put(name, Entry::file(Content::text("root\n"), Metadata::root(0o644, date))).unwrap();
    }
    UnionMount::new([Arc::new(layer.build().unwrap())])
}

/// Each case is a `docker run` of the transcript `29-diff` and what `docker diff` printed after it, sorted by path.
#[test]
fn docker_diff_says_what_the_engine_said() {
    use Operation::{MakeDirectory, Put, RemoveTree, Rename, SetMode, Unlink, Write};
    let now = Time::from_seconds(1_762_160_400);
    let p = str::to_owned;
    let cases: [(&[Operation], &[&str]); 8] = [
        (
            &[
                Put(p("/root/new.txt"), 4),
                Unlink(p("/etc/group")),
                Write(p("/etc/passwd"), 7),
                MakeDirectory(p("/opt/a")),
                MakeDirectory(p("/opt/a/b")),
                Put(p("/opt/a/b/f"), 0),
            ],
            &[
                "C /etc",
                "D /etc/group",
                "C /etc/passwd",
                "C /opt",
                "A /opt/a",
                "A /opt/a/b",
                "A /opt/a/b/f",
                "C /root",
                "A /root/new.txt",
            ],
        ),
        (&[], &[]),
        (&[SetMode(p("/etc/passwd"), 0o600)], &["C /etc", "C /etc/passwd"]),
        (&[Rename(p("/etc/passwd"), p("/etc/passwd2"))], &["C /etc", "D /etc/passwd", "A /etc/passwd2"]),
        (&[RemoveTree(p("/var/www"))], &["C /var", "D /var/www"]),
        (
            &[RemoveTree(p("/home")), MakeDirectory(p("/home")), Put(p("/home/z"), 0)],
            &["C /home", "D /home/app", "A /home/z"],
        ),
        (&[Put(p("/tmp/a"), 0)], &["C /tmp", "A /tmp/a"]),
        (&[Put(p("/tmp/q"), 0), Unlink(p("/tmp/q"))], &[]),
    ];
    for (operations, expected) in cases {
        let mut mount = busybox();
        for operation in operations {
            apply(&mut mount, operation, now).unwrap();
        }
        assert_eq!(diff(&mount), expected, "{operations:?}");
    }
    let mut touched = busybox();
    touched.set_modified("/etc/passwd", now).unwrap();
    assert_eq!(diff(&touched), ["C /etc", "C /etc/passwd"]);
}

/// Replacements, which no transcript has; the expectations were printed by a real engine with overlay2.
#[test]
fn docker_diff_of_what_was_replaced_says_what_the_engine_said() {
    use Operation::{MakeDirectory, Put, RemoveTree, Rename, Unlink};
    let now = Time::from_seconds(1_762_160_400);
    let p = str::to_owned;
    let cases: [(&[Operation], &[&str]); 5] = [
        (
            &[Unlink(p("/etc/passwd")), MakeDirectory(p("/etc/passwd")), Put(p("/etc/passwd/x"), 0)],
            &["C /etc", "C /etc/passwd", "A /etc/passwd/x"],
        ),
        (&[RemoveTree(p("/home")), Put(p("/home"), 2)], &["C /home"]),
        (
            &[
                RemoveTree(p("/var/www/html")),
                MakeDirectory(p("/n")),
                Put(p("/n/f"), 0),
                Rename(p("/n"), p("/var/www/html")),
            ],
            &["C /var", "C /var/www", "C /var/www/html", "A /var/www/html/f"],
        ),
        (&[Unlink(p("/etc/group")), Put(p("/etc/group"), 0)], &["C /etc", "C /etc/group"]),
        (
            &[
                RemoveTree(p("/home")),
                MakeDirectory(p("/home")),
                MakeDirectory(p("/home/app")),
                Put(p("/home/app/n"), 0),
            ],
            &["C /home", "C /home/app", "A /home/app/n"],
        ),
    ];
    for (operations, expected) in cases {
        let mut mount = busybox();
        for operation in operations {
            apply(&mut mount, operation, now).unwrap();
        }
        assert_eq!(diff(&mount), expected, "{operations:?}");
    }
}
