//! A union mount: read-only layers below, and one writable tree on top, shown as a single file system (overlayfs).
//!
//! Promises: reading never changes anything; writing changes only the upper tree, and copies a lower file up whole at the first
//! write; a clone is cheap and independent. Paths are exact: symbolic links, mount points and permissions are the
//! kernel's. Source: Linux, Documentation/filesystems/overlayfs.rst, as Docker's overlay2 driver mounts it (no
//! redirect_dir, no metacopy, no index).
//!
//! Reading is in this file, writing in `write.rs`, comparing in [`super::diff`].

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use imbl::OrdMap;

use super::entry::{Change, Entry, Metadata, Node};
use super::errno::Errno;
use super::layer::Layer;
use super::path;
use crate::world::clock::Time;

/// Which tree of a union mount something is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The writable tree.
    Upper,
    /// A read-only layer, by its index; 0 is the bottom.
    Lower(usize),
}

/// What stands at a path, and which tree it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found<'a> {
    pub entry: &'a Entry,
    pub origin: Origin,
}

/// One entry of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirectoryEntry<'a> {
    pub name: &'a str,
    pub entry: &'a Entry,
    pub origin: Origin,
}

/// What one tree says about a path, and whether a tree above it hides that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stacked<'a> {
    pub origin: Origin,
    pub change: &'a Change,
    /// Whether this is what a reader of the mount gets.
    pub visible: bool,
}

/// A lower file, link or directory was copied to the upper tree, because it was about to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyUp {
    /// Its path before the operation.
    pub path: Arc<str>,
    /// The index of the layer it was copied from; 0 is the bottom.
    pub from: usize,
    /// The bytes of content copied: all of a file's, however small the change.
    pub bytes: u64,
}

/// Read-only layers with a writable tree on top.
#[derive(Clone, Debug)]
pub struct UnionMount {
    lowers: Arc<[Arc<Layer>]>,
    pub(super) upper: OrdMap<Arc<str>, Change>,
}

impl UnionMount {
    /// A fresh mount of these layers, bottom first, with an empty writable tree. The root directory is root's, mode
    /// 0755, dated 1970; `set_metadata("/", …)` makes it another.
    pub fn new(lowers: impl Into<Arc<[Arc<Layer>]>>) -> UnionMount {
        let root = Change::put(Entry::directory(Metadata::root(0o755, Time::EPOCH)));
        UnionMount { lowers: lowers.into(), upper: OrdMap::unit("/".into(), root) }
    }

    /// The read-only layers, bottom first.
    pub const fn lowers(&self) -> &Arc<[Arc<Layer>]> {
        &self.lowers
    }

    /// The writable tree: what was put and deleted, sorted by path; it always has the root directory.
    pub const fn upper(&self) -> &OrdMap<Arc<str>, Change> {
        &self.upper
    }

    /// What stands at `path`. Allocates nothing.
    pub fn lookup(&self, path: &str) -> Option<Found<'_>> {
        if self.is_fresh() && path != "/" {
            return self.lookup_lower(path);
        }
        match self.upper.get(path) {
            Some(Change::Put { entry, .. }) => Some(Found { entry, origin: Origin::Upper }),
            Some(Change::Whiteout) => None,
            None => self.lookup_below_upper(path),
        }
    }

    /// What the lower layers show at `path` through the upper tree, as if the upper tree said nothing about `path` itself.
    pub(super) fn lookup_below_upper(&self, path: &str) -> Option<Found<'_>> {
        let found = self.lookup_lower(path)?;
        (!self.upper_conceals(path)).then_some(found)
    }

    /// What the lower layers alone, without the upper tree, show at `path`.
    pub(super) fn lookup_lower(&self, path: &str) -> Option<Found<'_>> {
        let (index, change) = self.topmost(path)?;
        let entry = change.entry()?;
        let hidden = self.lowers[index + 1..].iter().any(|layer| layer_conceals(layer, path));
        (!hidden).then_some(Found { entry, origin: Origin::Lower(index) })
    }

    /// The topmost layer that says anything about `path`.
    fn topmost(&self, path: &str) -> Option<(usize, &Change)> {
        self.lowers.iter().enumerate().rev().find_map(|(index, layer)| Some((index, layer.get(path)?)))
    }

    /// Whether the upper tree has something above `path` that hides all lower entries below it.
    pub(super) fn upper_conceals(&self, path: &str) -> bool {
        path::ancestors(path).any(|ancestor| self.upper.get(ancestor).is_some_and(Change::conceals_below))
    }

    /// What stands at `path`, if it is a directory.
    ///
    /// # Errors
    /// `ENOENT` if there is nothing, `ENOTDIR` if it is no directory or if `path` goes through something that is none.
    pub fn directory(&self, path: &str) -> Result<Found<'_>, Errno> {
        let found = self.existing(path)?;
        if found.entry.is_directory() { Ok(found) } else { Err(Errno::ENOTDIR) }
    }

    /// What stands at `path`.
    ///
    /// # Errors
    /// `ENOENT` if there is nothing, `ENOTDIR` if `path` goes through something that is not a directory.
    pub fn existing(&self, path: &str) -> Result<Found<'_>, Errno> {
        self.lookup(path).ok_or_else(|| {
            let nearest = path::ancestors(path).find_map(|ancestor| self.lookup(ancestor));
            match nearest {
                Some(found) if !found.entry.is_directory() => Errno::ENOTDIR,
                _ => Errno::ENOENT,
            }
        })
    }

    /// The entries of a directory, sorted by name (real directories have no order; programs such as `ls` sort).
    ///
    /// # Errors
    /// As [`UnionMount::directory`].
    pub fn list(&self, directory: &str) -> Result<Vec<DirectoryEntry<'_>>, Errno> {
        self.directory(directory)?;
        let mut paths = self.lower_children(directory);
        paths.extend(children(directory, |from| first_in_upper(&self.upper, from)));
        let found = paths.into_iter().filter_map(|path| {
            let found = self.lookup(path)?;
            Some(DirectoryEntry { name: path::name(path), entry: found.entry, origin: found.origin })
        });
        Ok(found.collect())
    }

    /// Every path directly in `directory` that some lower layer speaks of.
    pub(super) fn lower_children(&self, directory: &str) -> BTreeSet<&str> {
        let in_layer = |layer| children(directory, move |from| first_in_layer(layer, from));
        self.lowers.iter().flat_map(|layer| in_layer(&**layer)).collect()
    }

    /// What every tree says about `path`, top first: the layers an inspector shows under one file. Of several
    /// directories that are merged, only the topmost counts as visible.
    pub fn origin_stack(&self, path: &str) -> Vec<Stacked<'_>> {
        let visible = self.lookup(path).map(|found| found.origin);
        let upper = self.upper.get(path).map(|change| (Origin::Upper, change));
        let lowers = self.lowers.iter().enumerate().rev();
        let lowers = lowers.filter_map(|(index, layer)| Some((Origin::Lower(index), layer.get(path)?)));
        let stacked = |(origin, change)| Stacked { origin, change, visible: visible == Some(origin) };
        upper.into_iter().chain(lowers).map(stacked).collect()
    }

    /// The bytes of the writable tree, as `docker ps -s` counts them: files, and the targets of links.
    pub fn upper_size(&self) -> u64 {
        let sizes = self.upper.values().filter_map(Change::entry).map(|entry| entry.node.size());
        sizes.fold(0, u64::saturating_add)
    }

    /// The paths of the upper tree, with the bytes of content at each.
    pub fn sizes(&self) -> impl Iterator<Item = (&str, u64)> {
        self.upper.iter().filter_map(|(path, change)| Some((&**path, change.entry()?.node.size())))
    }

    /// Whether nothing was written: the upper tree has only its root.
    pub fn is_fresh(&self) -> bool {
        self.upper.len() == 1
    }

    /// Whether the upper tree hides, with a whiteout, what a lower layer has at `path`.
    pub fn is_whiteout(&self, path: &str) -> bool {
        matches!(self.upper.get(path), Some(Change::Whiteout))
    }

    /// The upper tree as an immutable layer, which can be mounted as a further lower one. As in a tar stream, times are
    /// cut to whole seconds, and the root directory's own metadata are not part of it.
    pub fn commit(&self) -> Layer {
        let changes = self.upper.iter().filter(|(path, _)| &***path != "/");
        Layer::of_sound(changes.map(|(path, change)| (Arc::clone(path), change.clone())).collect())
    }

    /// The target of the symbolic link at `path`.
    ///
    /// # Errors
    /// `EINVAL` if it is no link, and as [`UnionMount::existing`].
    pub fn read_link(&self, path: &str) -> Result<Arc<str>, Errno> {
        match &self.existing(path)?.entry.node {
            Node::Symlink(target) => Ok(Arc::clone(target)),
            _ => Err(Errno::EINVAL),
        }
    }
}

/// Whether `layer` has something above `path` that hides all entries below it in the layers under it.
fn layer_conceals(layer: &Layer, path: &str) -> bool {
    for ancestor in path::ancestors(path) {
        match layer.get(ancestor) {
            Some(change) if change.conceals_below() => return true,
            // A layer has the parents of all it has: above a directory are only directories. They could be opaque.
            Some(_) if !layer.conceals() => return false,
            _ => {}
        }
    }
    false
}

/// The paths directly in `directory` among sorted paths, of which `first` finds the first at or after a bound. What is
/// deeper is leapt over: the cost is that of the entries found, not of all that is below them.
fn children<'a>(directory: &str, first: impl Fn(Bound<&str>) -> Option<&'a Arc<str>>) -> Vec<&'a str> {
    let prefix = if directory == "/" { "/".to_owned() } else { format!("{directory}/") };
    let mut found: Vec<&str> = Vec::new();
    let mut next = first(Bound::Excluded(&prefix));
    while let Some(path) = next {
        let Some(rest) = path.strip_prefix(&*prefix) else { break };
        next = match rest.split_once('/') {
            None => {
                found.push(path);
                first(Bound::Excluded(path))
            }
            // '0' is the character after '/': the first path that is not below this child.
            Some((child, _)) => first(Bound::Included(&format!("{prefix}{child}0"))),
        };
    }
    found
}

fn first_in_layer<'a>(layer: &'a Layer, from: Bound<&str>) -> Option<&'a Arc<str>> {
    layer.changes().range::<str, _>((from, Bound::Unbounded)).next().map(|(path, _)| path)
}

fn first_in_upper<'a>(upper: &'a OrdMap<Arc<str>, Change>, from: Bound<&str>) -> Option<&'a Arc<str>> {
    upper.range::<_, str>((from, Bound::Unbounded)).next().map(|(path, _)| path)
}
