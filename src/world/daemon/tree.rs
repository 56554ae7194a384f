//! Work on file systems that the daemon does itself, beside any process: making directories, copying trees, counting bytes.
//!
//! Promises: symbolic links are followed inside the file system they are in, never out of it. Must not know: containers.

use crate::world::clock::Time;
use crate::world::filesystem::components::{Components, descend};
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::{Entry, Metadata, Node};
use crate::world::filesystem::errno::Errno;
use crate::world::filesystem::path;
use crate::world::filesystem::union::UnionMount;
use crate::world::process::vfs::{join, parent};

/// Symbolic links that may be followed for one path (Linux: 40).
const LINKS: u32 = 40;
/// How deep a tree that is copied may be.
const DEPTH: u32 = 256;

/// Where a path leads when links are followed inside the file system; what is missing is taken as it stands.
pub fn follow(union: &UnionMount, path: &str) -> Result<String, Errno> {
    // What stands at an exact path is reached through directories alone.
    if union.lookup(path).is_some_and(|found| !matches!(found.entry.node, Node::Symlink(_))) {
        return Ok(path.to_owned());
    }
    let mut rest = Components::of(path);
    let mut at = String::from("/");
    let mut links = 0;
    while let Some(part) = rest.next() {
        match part {
            "." => continue,
            ".." => {
                at.truncate(parent(&at).len());
                continue;
            }
            _ => {}
        }
        let directory = at.len();
        descend(&mut at, part);
        if let Some(Node::Symlink(target)) = union.lookup(&at).map(|found| &found.entry.node) {
            links += 1;
            if links > LINKS {
                return Err(Errno::ELOOP);
            }
            at.truncate(if target.starts_with('/') { 1 } else { directory });
            rest.put_before(target);
        }
    }
    Ok(at)
}

/// Makes a directory and all that is missing above it: root's, mode 0755.
///
/// # Errors
/// `ENOTDIR` when something on the way is no directory; what `path` itself cannot be.
pub fn make_directories(union: &mut UnionMount, path: &str, now: Time) -> Result<(), Errno> {
    let is_directory = |path: &str| union.lookup(path).map(|found| found.entry.is_directory());
    // What is mostly so: it is there, or nothing else is missing.
    match is_directory(path) {
        Some(true) => return Ok(()),
        None if path::is_normal(path) && is_directory(parent(path)) == Some(true) => {
            return union.make_directory(path, Metadata::root(0o755, now)).map(|_| ());
        }
        _ => {}
    }
    let path = follow(union, path)?;
    path::check(&path)?;
    if let Some(found) = union.lookup(&path) {
        return if found.entry.is_directory() { Ok(()) } else { Err(Errno::ENOTDIR) };
    }
    let mut missing = vec![path.as_str()];
    let mut above = parent(&path);
    while above != "/" && union.lookup(above).is_none() {
        missing.push(above);
        above = parent(above);
    }
    for directory in missing.into_iter().rev() {
        union.make_directory(directory, Metadata::root(0o755, now))?;
    }
    Ok(())
}

/// Copies all that is below a directory of one file system to a directory of another; says how many files, links and devices there were.
///
/// # Errors
/// What making an entry gives; `ELOOP` for a tree that is too deep.
pub fn copy(from: &UnionMount, source: &str, to: &mut UnionMount, target: &str) -> Result<u64, Errno> {
    copy_below(from, source, to, target, DEPTH)
}

fn copy_below(from: &UnionMount, source: &str, to: &mut UnionMount, target: &str, depth: u32) -> Result<u64, Errno> {
    let depth = depth.checked_sub(1).ok_or(Errno::ELOOP)?;
    let mut count = 0;
    for found in from.list(source)? {
        let place = join(target, found.name);
        to.create(&place, found.entry.clone())?;
        if found.entry.is_directory() {
            count += copy_below(from, &join(source, found.name), to, &place, depth)?;
            // Making what is in it has dated it anew.
            to.set_modified(&place, found.entry.metadata.modified)?;
        } else {
            count += 1;
        }
    }
    Ok(count)
}

/// Bytes of all files at and below a path.
pub fn size(union: &UnionMount, path: &str) -> u64 {
    match union.lookup(path).map(|found| &found.entry.node) {
        Some(Node::Directory) => {
            let entries = union.list(path).unwrap_or_default();
            entries.iter().map(|entry| size(union, &join(path, entry.name))).fold(0, u64::saturating_add)
        }
        Some(node) => node.size(),
        None => 0,
    }
}

/// Deletes a path and all below it, if it is there.
pub fn remove(union: &mut UnionMount, path: &str) {
    let Some(found) = union.lookup(path) else { return };
    if found.entry.is_directory() {
        let names: Vec<String> =
            union.list(path).unwrap_or_default().iter().map(|entry| entry.name.to_owned()).collect();
        for name in names {
            remove(union, &join(path, &name));
        }
        // Nothing is in it any more, and it is not the root of anything: it can be removed.
        let _ = union.remove_directory(path);
    } else {
        let _ = union.unlink(path);
    }
}

/// Puts a file of root's, with mode 0644, in the place of what is there; the directory is made.
///
/// # Errors
/// As [`make_directories`].
pub fn write(union: &mut UnionMount, path: &str, text: String, now: Time) -> Result<(), Errno> {
    make_directories(union, parent(path), now)?;
    put(union, path, text, now)
}

/// As [`write`], in a directory that is there.
///
/// # Errors
/// What `path` itself cannot be.
pub fn put(union: &mut UnionMount, path: &str, text: String, now: Time) -> Result<(), Errno> {
    let content = Content::Inline(text.into_bytes().into());
    let entry = Entry::file(content, Metadata::root(0o644, now));
    if union.lookup(path).is_some() {
        union.unlink(path)?;
    }
    union.create(path, entry).map(|_| ())
}
