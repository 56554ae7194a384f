//! What files hold and how they are marked: contents, owners, modes.
//!
//! Promises: every change is checked against the caller's rights and told as an event. Must not know: descriptors.

use super::*;

impl Kernel {
    pub(in crate::world::process) fn read_file_at(
        &self,
        filesystem: FilesystemId,
        path: &str,
        offset: u64,
        most: usize,
    ) -> Result<Vec<u8>, Errno> {
        let found = self.union(filesystem).and_then(|union| union.lookup(path));
        match found.map(|found| &found.entry.node) {
            Some(Node::File(content)) => {
                let left = usize::try_from(content.size().saturating_sub(offset)).unwrap_or(usize::MAX);
                let mut data = vec![0; most.min(left)];
                let length = content.read_at(offset, &mut data);
                data.truncate(length);
                Ok(data)
            }
            Some(Node::Directory) => Err(Errno::EISDIR),
            // An open file that was deleted reads as ended: the model keeps no file without a name.
            _ => Ok(Vec::new()),
        }
    }

    /// How far a file of a file system with limited room can reach, in bytes: it takes whole pages.
    fn reach(&self, filesystem: FilesystemId, path: &str) -> Option<u64> {
        const PAGE: u64 = 4096;
        let capacity = self.capacity(filesystem)?;
        let others = self.union(filesystem)?.sizes().filter(|(other, _)| *other != path);
        Some(capacity.saturating_sub(others.map(|(_, size)| size.next_multiple_of(PAGE)).sum()))
    }

    /// Writes into a file at `offset`, or at its end; gives how many bytes there was room for.
    pub(in crate::world::process) fn write_file_at(
        &mut self,
        context: &mut Context,
        filesystem: FilesystemId,
        path: &str,
        offset: Option<u64>,
        bytes: &[u8],
    ) -> Result<usize, Errno> {
        let size = match self.union(filesystem).and_then(|u| u.lookup(path)).map(|found| &found.entry.node) {
            Some(Node::File(content)) => content.size(),
            Some(_) => return Err(Errno::EISDIR),
            None => return Ok(bytes.len()),
        };
        let start = offset.unwrap_or(size);
        let room =
            self.reach(filesystem, path).map(|end| usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX));
        let bytes = &bytes[..bytes.len().min(room.unwrap_or(usize::MAX))];
        if bytes.is_empty() && room == Some(0) {
            return Err(Errno::ENOSPC);
        }
        if start.saturating_add(bytes.len() as u64) > FILE_LIMIT {
            return Err(Errno::EFBIG);
        }
        let now = context.now;
        let started = offset.is_none_or(|offset| offset == 0);
        self.change(context, filesystem, |union| union.write_at(path, start, bytes, now))?;
        if started {
            context.emit(EventKind::FileWritten { filesystem, path: path.to_owned(), created: false });
        }
        Ok(bytes.len())
    }

    /// Replaces the content of a file.
    pub(super) fn rewrite(
        &mut self,
        context: &mut Context,
        filesystem: FilesystemId,
        path: &str,
        content: Content,
    ) -> Result<(), Errno> {
        let now = context.now;
        self.change(context, filesystem, |union| union.write(path, content, now))?;
        context.emit(EventKind::FileWritten { filesystem, path: path.to_owned(), created: false });
        Ok(())
    }

    /// Changes mode, owner or time of what a path leads to.
    ///
    /// # Errors
    /// `EPERM` when the caller owns it not and has not CAP_FOWNER, or for a new owner not CAP_CHOWN; `EROFS`, and as [`Kernel::resolve`].
    pub fn set_metadata(
        &mut self,
        context: &mut Context,
        caller: &Caller,
        path: &str,
        follow: bool,
        change: impl FnOnce(&mut Metadata),
    ) -> Result<(), Errno> {
        let (path, entry) = self.existing(caller, path, follow)?;
        let location = self.location(caller, &path)?;
        if location.read_only {
            return Err(Errno::EROFS);
        }
        let mut metadata = entry.metadata;
        change(&mut metadata);
        let credentials = &caller.credentials;
        let owns = credentials.uid == entry.metadata.uid;
        let takes_over = metadata.uid != entry.metadata.uid
            || (metadata.gid != entry.metadata.gid
                && metadata.gid != credentials.gid
                && !credentials.groups.contains(&metadata.gid));
        let may_change = match takes_over {
            true => credentials.has(Capability::CHOWN),
            false => owns || credentials.has(Capability::FOWNER),
        };
        if !may_change {
            return Err(Errno::EPERM);
        }
        self.change(context, location.filesystem, |union| union.set_metadata(&location.path, metadata))?;
        context.emit(EventKind::FileWritten { filesystem: location.filesystem, path: location.path, created: false });
        Ok(())
    }
}
