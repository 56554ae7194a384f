//! The system calls for files: names, directories, contents, modes, and where a process stands.
//!
//! Promises: a path is looked up as Linux does it, through the process's mounts, root and rights. Must not know: descriptors.

use std::sync::Arc;

use super::{READ_FILE_LIMIT, System};
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::{Metadata, Node};
use crate::world::filesystem::errno::Errno;
use crate::world::process::descriptor::OpenOptions;
use crate::world::process::vfs::Status;

impl System<'_> {
    /// The working directory.
    pub fn working_directory(&self) -> String {
        self.caller().working_directory.to_string()
    }

    /// `chdir(2)`.
    ///
    /// # Errors
    /// `ENOENT`, `ENOTDIR`, `EACCES`.
    pub fn change_directory(&mut self, path: &str) -> Result<(), Errno> {
        let caller = self.caller();
        let path = self.kernel().resolve(&caller, path, true)?;
        let entry = self.kernel().entry(&caller, &path)?;
        if entry.node != Node::Directory {
            return Err(Errno::ENOTDIR);
        }
        if !caller.may(&entry.metadata, 1) {
            return Err(Errno::EACCES);
        }
        if let Some(process) = self.process_mut() {
            process.working_directory = path.into();
        }
        Ok(())
    }

    /// Sets the umask and gives the one before.
    pub fn set_umask(&mut self, mask: u32) -> u32 {
        self.process_mut().map_or(0o022, |process| std::mem::replace(&mut process.umask, mask & 0o777))
    }

    /// The umask.
    pub fn umask(&self) -> u32 {
        self.caller().umask
    }

    /// The absolute path without symbolic links (`realpath`).
    ///
    /// # Errors
    /// As [`Kernel::resolve`](super::Kernel::resolve).
    pub fn resolve(&self, path: &str) -> Result<String, Errno> {
        self.kernel().resolve(&self.caller(), path, true)
    }

    /// `stat(2)` and `lstat(2)`.
    ///
    /// # Errors
    /// As [`Kernel::resolve`](super::Kernel::resolve).
    pub fn status(&self, path: &str, follow: bool) -> Result<Status, Errno> {
        self.kernel().status(&self.caller(), path, follow)
    }

    /// Whether the caller may read (4), write (2) or execute (1) what is at a path (`access(2)`).
    pub fn may(&self, path: &str, wanted: u32) -> bool {
        let caller = self.caller();
        let Ok(status) = self.kernel().status(&caller, path, true) else { return false };
        let runs = wanted & 1 == 0 || status.entry.node == Node::Directory || status.entry.metadata.mode & 0o111 != 0;
        runs && caller.may(&status.entry.metadata, wanted)
    }

    /// The names in a directory, sorted.
    ///
    /// # Errors
    /// As [`Kernel::list`](super::Kernel::list).
    pub fn list(&self, path: &str) -> Result<Vec<String>, Errno> {
        self.kernel().list(&self.caller(), path)
    }

    /// What a symbolic link says.
    ///
    /// # Errors
    /// `EINVAL` when it is none, and as [`Kernel::resolve`](super::Kernel::resolve).
    pub fn read_link(&self, path: &str) -> Result<String, Errno> {
        match self.status(path, false)?.entry.node {
            Node::Symlink(target) => Ok(target.to_string()),
            _ => Err(Errno::EINVAL),
        }
    }

    /// The whole content of a file.
    ///
    /// # Errors
    /// As [`Kernel::read_whole`](super::Kernel::read_whole).
    pub fn read_file(&self, path: &str) -> Result<Arc<[u8]>, Errno> {
        self.kernel().read_whole(&self.caller(), path, READ_FILE_LIMIT)
    }

    /// Replaces the content of a file, or makes it.
    ///
    /// # Errors
    /// As [`System::open`].
    pub fn write_file(&mut self, path: &str, bytes: &[u8]) -> Result<(), Errno> {
        let descriptor = self.open(path, OpenOptions::WRITE)?;
        let written = self.write(descriptor, bytes);
        self.close(descriptor);
        written.map(|_| ())
    }

    /// Puts a content (which may be one that takes no memory) at a path, with a mode before the umask.
    ///
    /// # Errors
    /// As [`Kernel::create`](super::Kernel::create) and [`Kernel::unlink`](super::Kernel::unlink).
    pub fn put_content(&mut self, path: &str, content: Content, mode: u32) -> Result<(), Errno> {
        let caller = self.caller();
        if self.status(path, false).is_ok() {
            self.remove_file(path)?;
        }
        let metadata = self.kernel().fresh(self.context.now, &caller, mode & !caller.umask);
        self.machine.kernel.create(self.context, &caller, path, Node::File(content), metadata)
    }

    /// `mkdir(2)`; the mode is before the umask.
    ///
    /// # Errors
    /// As [`Kernel::create`](super::Kernel::create).
    pub fn make_directory(&mut self, path: &str, mode: u32) -> Result<(), Errno> {
        let caller = self.caller();
        let metadata = self.kernel().fresh(self.context.now, &caller, mode & !caller.umask);
        let path = path.trim_end_matches('/');
        let path = if path.is_empty() { "/" } else { path };
        self.machine.kernel.create(self.context, &caller, path, Node::Directory, metadata)
    }

    /// `symlink(2)`: `path` will lead to `target`.
    ///
    /// # Errors
    /// As [`Kernel::create`](super::Kernel::create).
    pub fn make_symlink(&mut self, target: &str, path: &str) -> Result<(), Errno> {
        let caller = self.caller();
        let metadata = self.kernel().fresh(self.context.now, &caller, 0o777);
        self.machine.kernel.create(self.context, &caller, path, Node::Symlink(target.into()), metadata)
    }

    /// `unlink(2)`.
    ///
    /// # Errors
    /// As [`Kernel::unlink`](super::Kernel::unlink).
    pub fn remove_file(&mut self, path: &str) -> Result<(), Errno> {
        let caller = self.caller();
        self.machine.kernel.unlink(self.context, &caller, path)
    }

    /// `rmdir(2)`.
    ///
    /// # Errors
    /// As [`Kernel::remove_directory`](super::Kernel::remove_directory).
    pub fn remove_directory(&mut self, path: &str) -> Result<(), Errno> {
        let caller = self.caller();
        self.machine.kernel.remove_directory(self.context, &caller, path)
    }

    /// `rename(2)`.
    ///
    /// # Errors
    /// As [`Kernel::rename`](super::Kernel::rename).
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), Errno> {
        let caller = self.caller();
        self.machine.kernel.rename(self.context, &caller, from, to)
    }

    /// Changes mode, owner or time.
    ///
    /// # Errors
    /// As [`Kernel::set_metadata`](super::Kernel::set_metadata).
    pub fn set_metadata(&mut self, path: &str, follow: bool, change: impl FnOnce(&mut Metadata)) -> Result<(), Errno> {
        let caller = self.caller();
        self.machine.kernel.set_metadata(self.context, &caller, path, follow, change)
    }
}
