//! Files as processes see them: paths with symbolic links, mounts and permissions, over the file systems in layers.
//!
//! Promises: every change goes to the file system that the mount namespace says, is checked against the caller's
//! numbers and capabilities as Linux does, and is told as an event, copy-up and whiteout included.

use std::borrow::Cow;
use std::sync::Arc;

use super::capabilities::Capability;
use super::credentials::Credentials;
use super::descriptor::{FilesystemId, OpenFile, OpenOptions};
use super::kernel::{Filesystem, Kernel, Pid};
use super::mounts::Location;
use super::namespaces::NamespaceId;
use super::procfs;
use super::sysfs;
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::event::EventKind;
use crate::world::filesystem::components::{Components, descend};
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::{Entry, Metadata, Node};
use crate::world::filesystem::errno::Errno;
use crate::world::filesystem::path;
use crate::world::filesystem::union::{CopyUp, Origin, UnionMount};

mod content;

/// The largest file that can be written, in bytes; more is `EFBIG`.
pub const FILE_LIMIT: u64 = 256 << 20;
/// Symbolic links that may be followed for one path (Linux: 40).
const LINK_LIMIT: u32 = 40;
/// The longest path, in bytes (PATH_MAX).
const PATH_LIMIT: usize = 4096;

/// Through whose eyes a path is looked at.
#[derive(Clone, Debug)]
pub struct Caller {
    pub mounts: NamespaceId,
    pub working_directory: Arc<str>,
    pub credentials: Credentials,
    pub umask: u32,
    /// The process itself, for `/proc/self`.
    pub pid: Option<Pid>,
}

impl Caller {
    /// Whether the caller may read (4), write (2) or execute/search (1) something with this metadata.
    pub fn may(&self, metadata: &Metadata, wanted: u32) -> bool {
        let credentials = &self.credentials;
        if credentials.has(Capability::DAC_OVERRIDE) || (wanted == 4 && credentials.has(Capability::DAC_READ_SEARCH)) {
            return true;
        }
        let shift = match () {
            () if metadata.uid == credentials.uid => 6,
            () if metadata.gid == credentials.gid || credentials.groups.contains(&metadata.gid) => 3,
            () => 0,
        };
        (metadata.mode >> shift) & wanted == wanted
    }
}

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Walked<'a> {
    /// Absolute, normalised, without symbolic links (but maybe the last part).
    path: String,
    /// What is there; the last part may be missing when all before it is there. Made up for what is in `/proc`.
    entry: Option<Cow<'a, Entry>>,
}

/// What `stat` tells.
#[derive(Clone, Debug)]
pub struct Status {
    pub entry: Entry,
    pub size: u64,
    pub filesystem: FilesystemId,
    /// Which layer it comes from; none for what is no file in layers.
    pub origin: Option<Origin>,
}

impl Kernel {
    /// The absolute path without symbolic links.
    ///
    /// # Errors
    /// `ENOENT`, `ENOTDIR`, `EACCES` (no search permission), `ELOOP`, `ENAMETOOLONG`.
    pub fn resolve(&self, caller: &Caller, path: &str, follow_last: bool) -> Result<String, Errno> {
        let Walked { path, entry } = self.walk(caller, path, follow_last)?;
        if entry.is_some() { Ok(path) } else { Err(Errno::ENOENT) }
    }

    fn walk(&self, caller: &Caller, path: &str, follow_last: bool) -> Result<Walked<'_>, Errno> {
        if path.is_empty() {
            return Err(Errno::ENOENT);
        }
        if path.len() > PATH_LIMIT {
            return Err(Errno::ENAMETOOLONG);
        }
        if let Some(found) = self.walk_at_once(caller, path, follow_last) {
            return found;
        }
        let follow_last = follow_last || path.ends_with('/');
        let mut rest = Components::of(path);
        let mut at = if path.starts_with('/') { String::from("/") } else { caller.working_directory.to_string() };
        let mut links = 0;
        let mut entry = self.entry_at(caller, &at).ok_or(Errno::ENOENT)?;
        while let Some(part) = rest.next() {
            if entry.node != Node::Directory {
                return Err(Errno::ENOTDIR);
            }
            if !caller.may(&entry.metadata, 1) {
                return Err(Errno::EACCES);
            }
            if part == "." {
                continue;
            }
            if part == ".." {
                at.truncate(parent(&at).len());
                entry = self.entry_at(caller, &at).ok_or(Errno::ENOENT)?;
                continue;
            }
            if part.len() > 255 {
                return Err(Errno::ENAMETOOLONG);
            }
            let directory = at.len();
            descend(&mut at, part);
            let Some(found) = self.entry_at(caller, &at) else {
                return if rest.stays() { Ok(Walked { path: at, entry: None }) } else { Err(Errno::ENOENT) };
            };
            if let Node::Symlink(target) = &found.node
                && (follow_last || !rest.is_empty())
            {
                links += 1;
                if links > LINK_LIMIT {
                    return Err(Errno::ELOOP);
                }
                at.truncate(directory);
                if target.starts_with('/') {
                    at.truncate(1);
                    entry = self.entry_at(caller, &at).ok_or(Errno::ENOENT)?;
                }
                rest.put_before(target);
                continue;
            }
            entry = found;
        }
        if path.ends_with('/') && entry.node != Node::Directory {
            return Err(Errno::ENOTDIR);
        }
        Ok(Walked { path: at, entry: Some(entry) })
    }

    /// Walks a path in one look where that comes to the same: with CAP_DAC_OVERRIDE every directory may be searched, and what stands at an exact path, or
    /// in the directory there, is reached through directories alone.
    fn walk_at_once(&self, caller: &Caller, path: &str, follow_last: bool) -> Option<Result<Walked<'_>, Errno>> {
        if !caller.credentials.has(Capability::DAC_OVERRIDE) || path::check(path).is_err() {
            return None;
        }
        let entry = match self.entry_at(caller, path) {
            Some(entry) if follow_last && matches!(entry.node, Node::Symlink(_)) => return None,
            Some(entry) => Some(entry),
            None => {
                let above = |ancestor| Some((ancestor, self.entry_at(caller, ancestor)?));
                match path::ancestors(path).find_map(above)? {
                    (_, nearest) if nearest.node != Node::Directory => return None,
                    (directory, _) if directory.len() == parent(path).len() => None,
                    _ => return Some(Err(Errno::ENOENT)),
                }
            }
        };
        Some(Ok(Walked { path: path.to_owned(), entry }))
    }

    /// What is at a path that has no symbolic links, if anything.
    fn entry_at(&self, caller: &Caller, path: &str) -> Option<Cow<'_, Entry>> {
        let (filesystem, path) = self.mounts(caller.mounts)?.place(path)?;
        match &**self.filesystems.get(&filesystem)? {
            Filesystem::Union(union) => union.lookup(&path).map(|found| Cow::Borrowed(found.entry)),
            Filesystem::Proc => procfs::entry(self, caller, &path).map(Cow::Owned),
            Filesystem::Sys => sysfs::entry(self, caller, &path).map(Cow::Owned),
        }
    }

    /// What is at a resolved path.
    ///
    /// # Errors
    /// `ENOENT`.
    pub fn entry(&self, caller: &Caller, path: &str) -> Result<Entry, Errno> {
        self.entry_at(caller, path).map(Cow::into_owned).ok_or(Errno::ENOENT)
    }

    /// What a path leads to, and where that is.
    fn existing(&self, caller: &Caller, path: &str, follow_last: bool) -> Result<(String, Cow<'_, Entry>), Errno> {
        let Walked { path, entry } = self.walk(caller, path, follow_last)?;
        entry.map(|entry| (path, entry)).ok_or(Errno::ENOENT)
    }

    fn location(&self, caller: &Caller, path: &str) -> Result<Location, Errno> {
        self.mounts(caller.mounts).and_then(|mounts| mounts.locate(path)).ok_or(Errno::ENOENT)
    }

    /// What `stat` (following links) or `lstat` tell.
    ///
    /// # Errors
    /// As [`Kernel::resolve`].
    pub fn status(&self, caller: &Caller, path: &str, follow: bool) -> Result<Status, Errno> {
        let (path, entry) = self.existing(caller, path, follow)?;
        let (filesystem, place) =
            self.mounts(caller.mounts).and_then(|mounts| mounts.place(&path)).ok_or(Errno::ENOENT)?;
        let origin = self.union(filesystem).and_then(|union| union.lookup(&place)).map(|found| found.origin);
        let size = match &entry.node {
            Node::File(content) => content.size(),
            Node::Symlink(target) => target.len() as u64,
            Node::Directory => 4096,
            _ => 0,
        };
        Ok(Status { entry: entry.into_owned(), size, filesystem, origin })
    }

    /// The names in a directory, sorted, without `.` and `..`.
    ///
    /// # Errors
    /// `ENOTDIR`, `EACCES`, and as [`Kernel::resolve`].
    pub fn list(&self, caller: &Caller, path: &str) -> Result<Vec<String>, Errno> {
        let (path, entry) = self.existing(caller, path, true)?;
        if entry.node != Node::Directory {
            return Err(Errno::ENOTDIR);
        }
        if !caller.may(&entry.metadata, 4) {
            return Err(Errno::EACCES);
        }
        let location = self.location(caller, &path)?;
        match self.filesystems.get(&location.filesystem).map(|f| &**f) {
            Some(Filesystem::Union(union)) => {
                Ok(union.list(&location.path)?.into_iter().map(|entry| entry.name.to_string()).collect())
            }
            Some(Filesystem::Proc) => Ok(procfs::list(self, caller, &location.path)),
            Some(Filesystem::Sys) => Ok(sysfs::list(self, caller, &location.path)),
            None => Err(Errno::ENOENT),
        }
    }

    /// The whole content of a file.
    ///
    /// # Errors
    /// `EISDIR`, `EACCES`, `EFBIG` above `limit` bytes, and as [`Kernel::resolve`].
    pub fn read_whole(&self, caller: &Caller, path: &str, limit: u64) -> Result<Arc<[u8]>, Errno> {
        let (path, entry) = self.existing(caller, path, true)?;
        if !caller.may(&entry.metadata, 4) {
            return Err(Errno::EACCES);
        }
        let location = self.location(caller, &path)?;
        if let Some(Filesystem::Proc) = self.filesystems.get(&location.filesystem).map(|f| &**f) {
            return procfs::content(self, caller, &location.path).ok_or(Errno::ENOENT);
        }
        match &entry.node {
            Node::File(content) => content.bytes(limit),
            Node::Directory => Err(Errno::EISDIR),
            _ => Ok(Arc::from([])),
        }
    }

    /// Opens a file.
    ///
    /// # Errors
    /// As `open(2)`: `ENOENT`, `EEXIST`, `EISDIR`, `EACCES`, `EROFS`, `ENXIO`, and as [`Kernel::resolve`].
    pub fn open(
        &mut self,
        context: &mut Context,
        caller: &Caller,
        path: &str,
        options: OpenOptions,
    ) -> Result<OpenFile, Errno> {
        let Walked { path: walked, entry } = self.walk(caller, path, true)?;
        let location = self.location(caller, &walked)?;
        let Some(entry) = entry else {
            if !options.create {
                return Err(Errno::ENOENT);
            }
            if path.ends_with('/') {
                return Err(Errno::EISDIR);
            }
            let metadata = self.fresh(context.now, caller, options.mode & !caller.umask);
            self.create(context, caller, &walked, Node::File(Content::Inline(Arc::from([]))), metadata)?;
            return Ok(OpenFile::File { filesystem: location.filesystem, path: location.path, offset: 0, options });
        };
        if options.create && options.exclusive {
            return Err(Errno::EEXIST);
        }
        let wanted = if options.read { 4 } else { 0 } | if options.write { 2 } else { 0 };
        if !caller.may(&entry.metadata, wanted) {
            return Err(Errno::EACCES);
        }
        match &entry.node {
            Node::Directory if options.write => Err(Errno::EISDIR),
            Node::Device(device) => Ok(match device {
                crate::world::filesystem::entry::Device::Tty => self.controlling_terminal(caller)?,
                device => OpenFile::Device(*device),
            }),
            Node::Fifo => Err(Errno::ENXIO),
            Node::Symlink(_) => Err(Errno::ELOOP),
            Node::File(_) | Node::Directory => {
                if let (Some(Filesystem::Sys), Node::File(content)) =
                    (self.filesystems.get(&location.filesystem).map(|f| &**f), &entry.node)
                {
                    if options.write {
                        return Err(Errno::EROFS);
                    }
                    return Ok(OpenFile::Generated { content: content.bytes(FILE_LIMIT)?, offset: 0 });
                }
                if let Some(Filesystem::Proc) = self.filesystems.get(&location.filesystem).map(|f| &**f) {
                    if let Some(file) = procfs::open_file(self, caller, &location.path) {
                        return Ok(file.clone());
                    }
                    if options.write {
                        return Err(Errno::EROFS);
                    }
                    let content = procfs::content(self, caller, &location.path).ok_or(Errno::ENOENT)?;
                    return Ok(OpenFile::Generated { content, offset: 0 });
                }
                if options.write && location.read_only {
                    return Err(Errno::EROFS);
                }
                if options.write && options.truncate {
                    let empty = Content::Inline(Arc::from([]));
                    self.rewrite(context, location.filesystem, &location.path, empty)?;
                }
                Ok(OpenFile::File { filesystem: location.filesystem, path: location.path, offset: 0, options })
            }
        }
    }

    /// What `/dev/tty` is for the caller: whatever its first descriptors have as a terminal.
    fn controlling_terminal(&self, caller: &Caller) -> Result<OpenFile, Errno> {
        let pid = caller.pid.ok_or(Errno::ENXIO)?;
        let terminal = (0..3).filter_map(|descriptor| self.open_file(pid, descriptor)).find(|file| match file {
            OpenFile::Console { terminal, .. } | OpenFile::Sink { terminal, .. } => *terminal,
            _ => false,
        });
        terminal.cloned().ok_or(Errno::ENXIO)
    }

    /// Owner, mode and time of something that the caller makes now.
    pub fn fresh(&self, now: Time, caller: &Caller, mode: u32) -> Metadata {
        Metadata { mode, uid: caller.credentials.uid, gid: caller.credentials.gid, modified: now }
    }

    /// Makes a file, directory, link or device at a path whose parent is there.
    ///
    /// # Errors
    /// `EEXIST`, `ENOENT` and `ENOTDIR` (the parent), `EACCES`, `EROFS`.
    pub fn create(
        &mut self,
        context: &mut Context,
        caller: &Caller,
        path: &str,
        node: Node,
        metadata: Metadata,
    ) -> Result<(), Errno> {
        let Walked { path, entry: None } = self.walk(caller, path, false)? else {
            return Err(Errno::EEXIST);
        };
        let location = self.writable_parent(caller, &path)?;
        let filesystem = location.filesystem;
        self.change(context, filesystem, |union| match node {
            Node::Directory => union.make_directory(&location.path, metadata),
            Node::Symlink(target) => union.symlink(&location.path, &target, metadata),
            Node::File(content) => union.put_file(&location.path, content, metadata),
            Node::Device(device) => union.device(&location.path, device, metadata),
            Node::Fifo => Err(Errno::ENOSYS),
        })?;
        context.emit(EventKind::FileWritten { filesystem, path: location.path, created: true });
        Ok(())
    }

    /// The place of a path whose parent the caller may change.
    fn writable_parent(&self, caller: &Caller, path: &str) -> Result<Location, Errno> {
        let directory = self.entry(caller, parent(path))?;
        if directory.node != Node::Directory {
            return Err(Errno::ENOTDIR);
        }
        let location = self.location(caller, path)?;
        if location.read_only {
            return Err(Errno::EROFS);
        }
        if !caller.may(&directory.metadata, 3) {
            return Err(Errno::EACCES);
        }
        Ok(location)
    }

    /// As [`Kernel::writable_parent`], for taking something away: a directory with the sticky bit lets only the owner.
    fn removable(&self, caller: &Caller, path: &str) -> Result<Location, Errno> {
        let location = self.writable_parent(caller, path)?;
        if location.is_mount_point {
            return Err(Errno::EBUSY);
        }
        let directory = self.entry(caller, parent(path))?;
        let entry = self.entry(caller, path)?;
        let uid = caller.credentials.uid;
        if directory.metadata.mode & 0o1000 != 0
            && !caller.credentials.has(Capability::FOWNER)
            && uid != entry.metadata.uid
            && uid != directory.metadata.uid
        {
            return Err(Errno::EPERM);
        }
        Ok(location)
    }

    /// `unlink(2)`.
    ///
    /// # Errors
    /// `EISDIR`, `EBUSY` (a mount point), `EACCES`, `EPERM`, `EROFS`, and as [`Kernel::resolve`].
    pub fn unlink(&mut self, context: &mut Context, caller: &Caller, path: &str) -> Result<(), Errno> {
        let path = self.resolve(caller, path, false)?;
        let location = self.removable(caller, &path)?;
        self.change(context, location.filesystem, |union| union.unlink(&location.path))?;
        self.tell_deleted(context, location);
        Ok(())
    }

    /// `rmdir(2)`.
    ///
    /// # Errors
    /// `ENOTEMPTY`, `ENOTDIR`, `EBUSY`, and as [`Kernel::unlink`].
    pub fn remove_directory(&mut self, context: &mut Context, caller: &Caller, path: &str) -> Result<(), Errno> {
        let path = self.resolve(caller, path, false)?;
        let location = self.removable(caller, &path)?;
        self.change(context, location.filesystem, |union| union.remove_directory(&location.path))?;
        self.tell_deleted(context, location);
        Ok(())
    }

    /// Dates the directory that lost an entry, as every file system does, and tells what was lost.
    fn tell_deleted(&mut self, context: &mut Context, location: Location) {
        if let Some(union) = self.union_mut(location.filesystem) {
            // The directory is there: something was just taken out of it.
            let _ = union.set_modified(parent(&location.path), context.now);
        }
        let whiteout = self.union(location.filesystem).is_some_and(|union| union.is_whiteout(&location.path));
        context.emit(EventKind::FileDeleted { filesystem: location.filesystem, path: location.path, whiteout });
    }

    /// `rename(2)`.
    ///
    /// # Errors
    /// `EXDEV` between file systems, and for a directory of a lower layer as overlayfs says; `EISDIR`, `ENOTDIR`,
    /// `ENOTEMPTY`, `EINVAL` (into itself), and as [`Kernel::unlink`].
    pub fn rename(&mut self, context: &mut Context, caller: &Caller, from: &str, to: &str) -> Result<(), Errno> {
        let from = self.resolve(caller, from, false)?;
        let source = self.removable(caller, &from)?;
        let Walked { path: to, entry } = self.walk(caller, to, false)?;
        let created = entry.is_none();
        let target = if created { self.writable_parent(caller, &to)? } else { self.removable(caller, &to)? };
        if source.filesystem != target.filesystem {
            return Err(Errno::EXDEV);
        }
        self.change(context, source.filesystem, |union| union.rename(&source.path, &target.path))?;
        context.emit(EventKind::FileWritten { filesystem: target.filesystem, path: target.path, created });
        self.tell_deleted(context, source);
        Ok(())
    }

    /// Runs a change of a file system in layers and tells of the copy-up that it needed.
    fn change(
        &mut self,
        context: &mut Context,
        filesystem: FilesystemId,
        change: impl FnOnce(&mut UnionMount) -> Result<Option<CopyUp>, Errno>,
    ) -> Result<(), Errno> {
        let union = self.union_mut(filesystem).ok_or(Errno::EROFS)?;
        if let Some(CopyUp { path, from, bytes }) = change(union)? {
            let layer = u32::try_from(from).unwrap_or(u32::MAX);
            context.emit(EventKind::CopiedUp { filesystem, path: path.to_string(), layer, bytes });
        }
        Ok(())
    }
}

/// The directory that a normalised absolute path is in; the root is in itself.
pub fn parent(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(at) => &path[..at],
    }
}

/// A path below a directory.
pub fn join(directory: &str, name: &str) -> String {
    if directory == "/" { format!("/{name}") } else { format!("{directory}/{name}") }
}
