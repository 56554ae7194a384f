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

    /// Writes into a file at `offset`, or at its end.
    pub(in crate::world::process) fn write_file_at(
        &mut self,
        context: &mut Context,
        filesystem: FilesystemId,
        path: &str,
        offset: Option<u64>,
        bytes: &[u8],
    ) -> Result<(), Errno> {
        let size = match self.union(filesystem).and_then(|u| u.lookup(path)).map(|found| &found.entry.node) {
            Some(Node::File(content)) => content.size(),
            Some(_) => return Err(Errno::EISDIR),
            None => return Ok(()),
        };
        let start = offset.unwrap_or(size);
        if start.saturating_add(bytes.len() as u64) > FILE_LIMIT {
            return Err(Errno::EFBIG);
        }
        let now = context.now;
        let started = offset.is_none_or(|offset| offset == 0);
        self.change(context, filesystem, |union| union.write_at(path, start, bytes, now))?;
        if started {
            context.emit(EventKind::FileWritten { filesystem, path: path.to_owned(), created: false });
        }
        Ok(())
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
    /// `EPERM` when the caller owns it not (a change of owner is for root), `EROFS`, and as [`Kernel::resolve`].
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
        let uid = caller.credentials.uid;
        let takes_over = metadata.uid != entry.metadata.uid
            || (metadata.gid != entry.metadata.gid
                && metadata.gid != caller.credentials.gid
                && !caller.credentials.groups.contains(&metadata.gid));
        if uid != 0 && (uid != entry.metadata.uid || takes_over) {
            return Err(Errno::EPERM);
        }
        self.change(context, location.filesystem, |union| union.set_metadata(&location.path, metadata))?;
        context.emit(EventKind::FileWritten { filesystem: location.filesystem, path: location.path, created: false });
        Ok(())
    }
}
