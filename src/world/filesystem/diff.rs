//! What a mount's writable tree changed, as `docker diff` lists it.
//!
//! Promises: the answer is that of comparing the whole mount with its layers, which is what the Engine does
//! (moby, daemon/graphdriver/overlay2 `Changes` and pkg/archive `ChangesDirs`), though only what the upper tree speaks of
//! is looked at. It must not know containers.
//!
//! Thus a directory counts as changed by its mode, owner or contents and not by its date; a file by mode, owner, size or
//! date and not by its bytes; of a deleted tree only the top is listed; a directory that was deleted and made again is
//! listed as changed, with each missing entry as deleted; a file that became a directory (or the reverse) is changed.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::entry::{Change, Entry, Node};
use super::path;
use super::union::UnionMount;
use crate::world::clock::Time;

/// How a path differs from the layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DiffKind {
    Added,
    Changed,
    Deleted,
}

impl DiffKind {
    /// The letter that `docker diff` prints: `A`, `C` or `D`.
    pub const fn letter(self) -> char {
        match self {
            DiffKind::Added => 'A',
            DiffKind::Changed => 'C',
            DiffKind::Deleted => 'D',
        }
    }
}

/// One line of `docker diff`; `Display` is that line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffEntry {
    pub kind: DiffKind,
    pub path: Arc<str>,
}

impl fmt::Display for DiffEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.letter(), self.path)
    }
}

impl UnionMount {
    /// The differences between the mount and its layers, sorted by path.
    pub fn diff(&self) -> Vec<DiffEntry> {
        let mut kinds: BTreeMap<Arc<str>, DiffKind> = BTreeMap::new();
        for (path, change) in self.upper().iter().filter(|(path, _)| &***path != "/") {
            let lower = self.lookup_lower(path).map(|found| found.entry);
            let kind = match (change, lower) {
                (Change::Whiteout, None) => None,
                (Change::Whiteout, Some(_)) => Some(DiffKind::Deleted),
                (Change::Put { .. }, None) => Some(DiffKind::Added),
                (Change::Put { entry, .. }, Some(lower)) => differs(lower, entry).then_some(DiffKind::Changed),
            };
            kinds.extend(kind.map(|kind| (Arc::clone(path), kind)));
            if let (Change::Put { entry, opaque }, Some(lower)) = (change, lower)
                && entry.is_directory()
                && lower.is_directory()
                && (*opaque || self.upper_conceals(path))
            {
                let gone = self.lower_children(path).into_iter().filter(|child| !self.upper().contains_key(*child));
                let gone = gone.filter(|child| self.lookup_lower(child).is_some());
                kinds.extend(gone.map(|child| (child.into(), DiffKind::Deleted)));
            }
        }
        let listed: Vec<Arc<str>> = kinds.keys().cloned().collect();
        for parent in listed.iter().flat_map(|path| path::ancestors(path)).filter(|parent| *parent != "/") {
            if !kinds.contains_key(parent) {
                kinds.insert(parent.into(), DiffKind::Changed);
            }
        }
        kinds.into_iter().map(|(path, kind)| DiffEntry { kind, path }).collect()
    }
}

/// Whether the Engine takes two entries at one path for different (moby, pkg/archive/changes_unix.go, `statDifferent`).
fn differs(old: &Entry, new: &Entry) -> bool {
    let (a, b) = (&old.metadata, &new.metadata);
    if (a.mode, a.uid, a.gid) != (b.mode, b.uid, b.gid) {
        return true;
    }
    match (&old.node, &new.node) {
        (Node::Directory, Node::Directory) => false,
        (Node::Device(old), Node::Device(new)) if old != new => true,
        (old, new) if std::mem::discriminant(old) != std::mem::discriminant(new) => true,
        (old, new) => old.size() != new.size() || !same_time(a.modified, b.modified),
    }
}

/// Times are the same if they agree as far as both are known: one of whole seconds, as a layer's are, agrees with any
/// in that second (moby, pkg/archive/time.go, `sameFsTimeSpec`).
fn same_time(a: Time, b: Time) -> bool {
    let is_whole = |time: Time| time == Time::from_seconds(time.seconds());
    a == b || (a.seconds() == b.seconds() && (is_whole(a) || is_whole(b)))
}
