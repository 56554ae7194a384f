//! Writing through a union mount: copy-up, whiteouts and opaque directories, as overlayfs makes them.
//!
//! Promises: only the upper tree changes, and nothing at all if an operation fails; every upper entry's parents are in the upper
//! tree; a whiteout stands only where a lower layer shows something. It must not know who writes, or whether they may.
//!
//! Times: what carries a time also dates the directory it adds a name to, but never back. [`UnionMount::unlink`],
//! [`UnionMount::remove_directory`] and [`UnionMount::rename`] carry none: their caller dates the directories with
//! [`UnionMount::set_modified`].

use std::ops::Bound;
use std::sync::Arc;

use super::content::Content;
use super::entry::{Change, Device, Entry, Metadata, Node};
use super::errno::Errno;
use super::path;
use super::union::{CopyUp, Origin, UnionMount};
use crate::world::clock::Time;

impl UnionMount {
    /// Creates the regular file `path`, or puts a new one in the place of what is there (as an unpacked archive or a
    /// finished download does): what was there is not copied up. To change a file use [`UnionMount::write`].
    ///
    /// # Errors
    /// `EISDIR` if a directory is there; `ENOENT`, `ENOTDIR` if the parent is not there or no directory;
    /// `EINVAL`, `ENAMETOOLONG` for a path that cannot be.
    pub fn put_file(&mut self, path: &str, content: Content, metadata: Metadata) -> Result<Option<CopyUp>, Errno> {
        match self.lookup(path) {
            None => self.create(path, Entry::file(content, metadata)),
            Some(found) if found.entry.is_directory() => Err(Errno::EISDIR),
            Some(_) => {
                self.copy_up_parents(path);
                self.upper.insert(path.into(), Change::put(Entry::file(content, metadata)));
                Ok(None)
            }
        }
    }

    /// Gives the existing regular file `path` another content. A lower file is copied up first, all of it.
    ///
    /// # Errors
    /// `EISDIR` for a directory, `EINVAL` for anything else that is no regular file; `ENOENT`, `ENOTDIR`.
    pub fn write(&mut self, path: &str, content: Content, modified: Time) -> Result<Option<CopyUp>, Errno> {
        let found = self.existing(path)?;
        let metadata = Metadata { modified, ..found.entry.metadata };
        match found.entry.node {
            Node::File(_) => {}
            Node::Directory => return Err(Errno::EISDIR),
            Node::Symlink(_) | Node::Device(_) | Node::Fifo => return Err(Errno::EINVAL),
        }
        let copy_up = copy_up_of(path, found.entry, found.origin);
        self.copy_up_parents(path);
        self.upper.insert(path.into(), Change::put(Entry::file(content, metadata)));
        Ok(copy_up)
    }

    /// Writes `bytes` into a file from `offset` on; a gap behind its end is filled with zeros.
    ///
    /// # Errors
    /// `ENOENT`, `EISDIR`, and `EFBIG` when the file is too large to be held.
    pub fn write_at(&mut self, path: &str, offset: u64, bytes: &[u8], modified: Time) -> Result<Option<CopyUp>, Errno> {
        let found = self.existing(path)?;
        let Node::File(content) = &found.entry.node else { return Err(Errno::EISDIR) };
        let content = content.written_at(offset, bytes)?;
        self.write(path, content, modified)
    }

    /// Creates a directory. Where a lower directory was deleted, the new one is opaque.
    ///
    /// # Errors
    /// `EEXIST` if anything is there; `ENOENT`, `ENOTDIR`, `EINVAL`, `ENAMETOOLONG`.
    pub fn make_directory(&mut self, path: &str, metadata: Metadata) -> Result<Option<CopyUp>, Errno> {
        self.create(path, Entry::directory(metadata))
    }

    /// Creates a symbolic link to `target`, which need not exist.
    ///
    /// # Errors
    /// As [`UnionMount::make_directory`].
    pub fn symlink(&mut self, path: &str, target: &str, metadata: Metadata) -> Result<Option<CopyUp>, Errno> {
        self.create(path, Entry::symlink(target, metadata))
    }

    /// Creates a character device.
    ///
    /// # Errors
    /// As [`UnionMount::make_directory`].
    pub fn device(&mut self, path: &str, device: Device, metadata: Metadata) -> Result<Option<CopyUp>, Errno> {
        self.create(path, Entry::device(device, metadata))
    }

    /// Creates anything where nothing is. Never a copy-up of its own.
    ///
    /// # Errors
    /// As [`UnionMount::make_directory`].
    pub fn create(&mut self, path: &str, entry: Entry) -> Result<Option<CopyUp>, Errno> {
        path::check(path)?;
        if self.lookup(path).is_some() {
            return Err(Errno::EEXIST);
        }
        let parent = path::parent(path).ok_or(Errno::EEXIST)?;
        self.directory(parent)?;
        self.copy_up_parents(path);
        self.date_forward(parent, entry.metadata.modified);
        let opaque = entry.is_directory() && self.lookup_below_upper(path).is_some();
        self.upper.insert(path.into(), Change::Put { entry, opaque });
        Ok(None)
    }

    /// Sets permissions, owner and date (chmod, chown, utimes). A lower entry is copied up, with all its content,
    /// even if nothing turns out different.
    ///
    /// # Errors
    /// `ENOENT`, `ENOTDIR`.
    pub fn set_metadata(&mut self, path: &str, metadata: Metadata) -> Result<Option<CopyUp>, Errno> {
        let found = self.existing(path)?;
        let copy_up = copy_up_of(path, found.entry, found.origin);
        let entry = Entry { metadata: Metadata { mode: metadata.mode & 0o7777, ..metadata }, ..found.entry.clone() };
        let opaque = matches!(self.upper.get(path), Some(Change::Put { opaque: true, .. }));
        self.copy_up_parents(path);
        self.upper.insert(path.into(), Change::Put { entry, opaque });
        Ok(copy_up)
    }

    /// Sets the date alone.
    ///
    /// # Errors
    /// As [`UnionMount::set_metadata`].
    pub fn set_modified(&mut self, path: &str, modified: Time) -> Result<Option<CopyUp>, Errno> {
        let metadata = self.existing(path)?.entry.metadata;
        self.set_metadata(path, Metadata { modified, ..metadata })
    }

    /// Deletes anything but a directory. What a lower layer has stays there, behind a whiteout; what only the upper
    /// tree has disappears without a trace.
    ///
    /// # Errors
    /// `EISDIR` for a directory; `ENOENT`, `ENOTDIR`.
    pub fn unlink(&mut self, path: &str) -> Result<Option<CopyUp>, Errno> {
        if self.existing(path)?.entry.is_directory() {
            return Err(Errno::EISDIR);
        }
        self.erase(path);
        Ok(None)
    }

    /// Deletes an empty directory.
    ///
    /// # Errors
    /// `ENOTEMPTY` if something is in it, `EBUSY` for the root; `ENOENT`, `ENOTDIR`.
    pub fn remove_directory(&mut self, path: &str) -> Result<Option<CopyUp>, Errno> {
        if path == "/" {
            return Err(Errno::EBUSY);
        }
        if !self.list(path)?.is_empty() {
            return Err(Errno::ENOTEMPTY);
        }
        self.erase(path);
        Ok(None)
    }

    /// Moves `from` to `to`, replacing what is there if that may be: a file replaces a file, a directory an empty
    /// directory. A lower file is copied up to its new place.
    ///
    /// # Errors
    /// `EXDEV` for a directory that a lower layer has (overlayfs without redirect_dir; `mv` then copies and deletes);
    /// `EISDIR`, `ENOTDIR`, `ENOTEMPTY` if the target does not allow it; `EINVAL` for a directory into itself;
    /// `EBUSY` for the root; `ENOENT`, `ENAMETOOLONG`.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<Option<CopyUp>, Errno> {
        path::check(to)?;
        let source = self.existing(from)?;
        let is_directory = source.entry.is_directory();
        let target_parent = path::parent(to).filter(|_| from != "/").ok_or(Errno::EBUSY)?;
        self.directory(target_parent)?;
        if from == to {
            return Ok(None);
        }
        if is_directory && path::is_below(to, from) {
            return Err(Errno::EINVAL);
        }
        let target_is_directory = self.lookup(to).map(|target| target.entry.is_directory());
        match (is_directory, target_is_directory) {
            (false, Some(true)) if path::is_below(from, to) => return Err(Errno::ENOTEMPTY),
            (false, Some(true)) => return Err(Errno::EISDIR),
            (true, Some(false)) => return Err(Errno::ENOTDIR),
            _ => {}
        }
        if is_directory && self.is_in_lower(from) {
            return Err(Errno::EXDEV);
        }
        if target_is_directory == Some(true) && !self.list(to)?.is_empty() {
            return Err(Errno::ENOTEMPTY);
        }
        let copy_up = copy_up_of(from, source.entry, source.origin);
        let entry = source.entry.clone();
        let contents = self.take_upper_below(from);
        self.erase(from);
        self.take_upper_below(to);
        self.copy_up_parents(to);
        let opaque = is_directory && self.lookup_below_upper(to).is_some();
        self.upper.insert(to.into(), Change::Put { entry, opaque });
        for (path, change) in contents {
            self.upper.insert(format!("{to}{}", &path[from.len()..]).into(), change);
        }
        Ok(copy_up)
    }

    /// Whether the directory at `path` is, in whole or in part, that of a lower layer.
    fn is_in_lower(&self, path: &str) -> bool {
        match self.upper.get(path) {
            Some(Change::Put { opaque: true, .. }) => false,
            _ => self.lookup_below_upper(path).is_some_and(|found| found.entry.is_directory()),
        }
    }

    /// Takes `path` and all below it out of the upper tree, and puts a whiteout there if a lower layer would show.
    fn erase(&mut self, path: &str) {
        self.take_upper_below(path);
        self.upper.remove(path);
        if self.lookup_below_upper(path).is_some() {
            self.copy_up_parents(path);
            self.upper.insert(path.into(), Change::Whiteout);
        }
    }

    /// Takes everything below `path` out of the upper tree.
    fn take_upper_below(&mut self, path: &str) -> Vec<(Arc<str>, Change)> {
        let first = format!("{path}/");
        let range = self.upper.range::<_, str>((Bound::Excluded(&*first), Bound::Unbounded));
        let below = range.take_while(|(found, _)| found.starts_with(&first));
        let taken: Vec<(Arc<str>, Change)> = below.map(|(path, change)| (Arc::clone(path), change.clone())).collect();
        for (path, _) in &taken {
            self.upper.remove(&**path);
        }
        taken
    }

    /// Copies the directories that hold `path` to the upper tree, as far as they are not there. Their dates stay.
    fn copy_up_parents(&mut self, path: &str) {
        for ancestor in path::ancestors(path) {
            if self.upper.contains_key(ancestor) {
                return;
            }
            if let Some(entry) = self.lookup(ancestor).map(|found| found.entry.clone()) {
                self.upper.insert(ancestor.into(), Change::put(entry));
            }
        }
    }

    /// Dates a directory of the upper tree, unless it is dated later already.
    fn date_forward(&mut self, directory: &str, modified: Time) {
        if let Some(Change::Put { entry, .. }) = self.upper.get_mut(directory) {
            entry.metadata.modified = entry.metadata.modified.max(modified);
        }
    }
}

/// The copy-up that a change to `entry` costs.
fn copy_up_of(path: &str, entry: &Entry, origin: Origin) -> Option<CopyUp> {
    match origin {
        Origin::Upper => None,
        Origin::Lower(from) => {
            let bytes = if let Node::File(content) = &entry.node { content.size() } else { 0 };
            Some(CopyUp { path: path.into(), from, bytes })
        }
    }
}

#[cfg(test)]
mod tests;
