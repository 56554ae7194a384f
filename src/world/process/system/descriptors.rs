//! The system calls for descriptors: open, read, write, close, duplicate, pipe.
//!
//! Promises: a descriptor is the least number that is free, and one that would block says so. Must not know: what is behind it.

use super::System;
use crate::world::filesystem::errno::Errno;
use crate::world::process::descriptor::{OpenFile, OpenFileId, OpenOptions, Read, Write};
use crate::world::process::limits::Resource;
use crate::world::process::signal::Signal;
use crate::world::process::socket::DESCRIPTOR_LIMIT;

impl System<'_> {
    /// `open(2)`: the lowest free descriptor.
    ///
    /// # Errors
    /// As [`Kernel::open`](super::Kernel::open); `EMFILE`.
    pub fn open(&mut self, path: &str, options: OpenOptions) -> Result<u32, Errno> {
        let caller = self.caller();
        let file = self.machine.kernel.open(self.context, &caller, path, options)?;
        self.install(file)
    }

    pub(super) fn install(&mut self, file: OpenFile) -> Result<u32, Errno> {
        let id = self.kernel_mut().add_open_file(file);
        self.install_id(id)
    }

    pub(super) fn install_id(&mut self, id: OpenFileId) -> Result<u32, Errno> {
        let limit = self.limit(Resource::OpenFiles).soft.and_then(|limit| usize::try_from(limit).ok());
        let limit = limit.unwrap_or(DESCRIPTOR_LIMIT).min(DESCRIPTOR_LIMIT);
        let Some(process) = self.process_mut() else { return Err(Errno::ESRCH) };
        if process.descriptors.len() >= limit {
            self.kernel_mut().release(id);
            return Err(Errno::EMFILE);
        }
        let free = (0..).find(|number| !process.descriptors.contains_key(number)).unwrap_or(u32::MAX);
        process.descriptors.insert(free, id);
        Ok(free)
    }

    /// `read(2)`: at most `most` bytes, and at most 64 KiB.
    ///
    /// # Errors
    /// `EBADF`, `EISDIR`.
    pub fn read(&mut self, descriptor: u32, most: usize) -> Result<Read, Errno> {
        self.machine.kernel.read_descriptor(self.context, self.pid, descriptor, most)
    }

    /// `write(2)`. Writing to a pipe that nobody reads also sends PIPE, which ends a process that does not catch it.
    ///
    /// # Errors
    /// `EBADF`, `EPIPE`, `ENOSPC`, `EFBIG`.
    pub fn write(&mut self, descriptor: u32, bytes: &[u8]) -> Result<Write, Errno> {
        let result = self.machine.kernel.write_descriptor(self.context, self.pid, descriptor, bytes);
        if result == Err(Errno::EPIPE) {
            self.machine.kernel.deliver(self.context, self.pid, Signal::PIPE);
        }
        result
    }

    /// `close(2)`; a descriptor that is not open is let be.
    pub fn close(&mut self, descriptor: u32) {
        let id = self.process_mut().and_then(|process| process.descriptors.remove(&descriptor));
        if let Some(id) = id {
            self.kernel_mut().release(id);
        }
    }

    /// `dup2(2)`: `onto` will refer to what `descriptor` does.
    ///
    /// # Errors
    /// `EBADF`.
    pub fn duplicate(&mut self, descriptor: u32, onto: u32) -> Result<(), Errno> {
        let id = *self.process().and_then(|p| p.descriptors.get(&descriptor)).ok_or(Errno::EBADF)?;
        if descriptor == onto {
            return Ok(());
        }
        self.kernel_mut().retain(id);
        self.close(onto);
        if let Some(process) = self.process_mut() {
            process.descriptors.insert(onto, id);
        }
        Ok(())
    }

    /// The lowest free number at or above `least` made to refer to what `descriptor` does (`F_DUPFD`).
    ///
    /// # Errors
    /// `EBADF`.
    pub fn duplicate_above(&mut self, descriptor: u32, least: u32) -> Result<u32, Errno> {
        let process = self.process().ok_or(Errno::ESRCH)?;
        let free = (least..).find(|number| !process.descriptors.contains_key(number)).unwrap_or(u32::MAX);
        self.duplicate(descriptor, free)?;
        Ok(free)
    }

    /// Whether a descriptor is open.
    pub fn is_open(&self, descriptor: u32) -> bool {
        self.process().is_some_and(|process| process.descriptors.contains_key(&descriptor))
    }

    /// Whether a descriptor is a terminal (`isatty(3)`).
    pub fn is_terminal(&self, descriptor: u32) -> bool {
        match self.kernel().open_file(self.pid, descriptor) {
            Some(
                OpenFile::Console { terminal, .. }
                | OpenFile::Sink { terminal, .. }
                | OpenFile::Source { terminal, .. },
            ) => *terminal,
            _ => false,
        }
    }

    /// What a descriptor refers to.
    pub fn open_file(&self, descriptor: u32) -> Option<&OpenFile> {
        self.kernel().open_file(self.pid, descriptor)
    }

    /// `pipe(2)`: the reading and the writing end.
    ///
    /// # Errors
    /// `EMFILE`.
    pub fn pipe(&mut self) -> Result<(u32, u32), Errno> {
        let pipe = self.kernel_mut().create_pipe();
        let reader = self.install(OpenFile::PipeReader(pipe))?;
        let writer = self.install(OpenFile::PipeWriter(pipe))?;
        Ok((reader, writer))
    }
}
