//! The system calls that change what a process's namespaces show: mount, umount, sethostname; and setrlimit.
//!
//! Promises: each needs the capability that Linux asks for. Must not know: what Docker mounted.

use std::borrow::Cow;

use super::System;
use crate::world::filesystem::entry::{Metadata, Node};
use crate::world::filesystem::errno::Errno;
use crate::world::filesystem::union::UnionMount;
use crate::world::process::capabilities::Capability;
use crate::world::process::kernel::Filesystem;
use crate::world::process::limits::{Limit, Resource};
use crate::world::process::mounts::Mount;

/// A file system in memory that is to be mounted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// What `mount` shows as the device.
    pub device: Cow<'static, str>,
    /// Bytes; `None` is without limit of its own.
    pub size: Option<u64>,
    /// The mode of its root: `None` is 1777.
    pub mode: Option<u32>,
    pub read_only: bool,
    /// What `mount` shows behind `rw` or `ro`.
    pub options: String,
}

impl System<'_> {
    fn administers(&self) -> Result<(), Errno> {
        if self.credentials().has(Capability::SYS_ADMIN) { Ok(()) } else { Err(Errno::EPERM) }
    }

    /// Changes the host name of the process's namespace.
    ///
    /// # Errors
    /// `EPERM` without CAP_SYS_ADMIN.
    pub fn set_host_name(&mut self, name: &str) -> Result<(), Errno> {
        self.administers()?;
        let namespace = self.process().ok_or(Errno::ESRCH)?.namespaces.uts;
        self.kernel_mut().set_host_name(namespace, name);
        Ok(())
    }

    /// Mounts an empty file system in memory over a directory.
    ///
    /// # Errors
    /// `EPERM` without CAP_SYS_ADMIN; `ENOTDIR`, and as [`System::resolve`].
    pub fn mount_memory(&mut self, memory: Memory, target: &str) -> Result<(), Errno> {
        self.administers()?;
        let target = self.mount_point(target)?;
        let mut union = UnionMount::new(Vec::new());
        let mode = memory.mode.unwrap_or(0o1777);
        // The root of a tree is always there.
        let _ = union.set_metadata("/", Metadata::root(mode, self.context.now));
        let filesystem = self.kernel_mut().add_filesystem(Filesystem::Union(union));
        if let Some(size) = memory.size {
            self.kernel_mut().set_capacity(filesystem, size);
        }
        let mount = Mount::new(target, filesystem, "tmpfs").read_only(memory.read_only).with(memory.options);
        self.put_mount(Mount { device: memory.device, ..mount })
    }

    /// Shows a directory or a file at another place too.
    ///
    /// # Errors
    /// `EPERM` without CAP_SYS_ADMIN; `ENOTDIR`, and as [`System::resolve`].
    pub fn bind_mount(&mut self, source: &str, target: &str) -> Result<(), Errno> {
        self.administers()?;
        let is_directory = |status: &Node| *status == Node::Directory;
        let (from, onto) = (self.status(source, true)?.entry.node, self.status(target, true)?.entry.node);
        if is_directory(&from) != is_directory(&onto) {
            return Err(Errno::ENOTDIR);
        }
        let (source, target) = (self.resolve(source)?, self.resolve(target)?);
        let namespace = self.process().ok_or(Errno::ESRCH)?.namespaces.mount;
        let mounts = self.kernel().mounts(namespace).ok_or(Errno::ENOENT)?;
        let location = mounts.locate(&source).ok_or(Errno::ENOENT)?;
        let shown =
            mounts.mounts().iter().find(|mount| mount.filesystem == location.filesystem).ok_or(Errno::ENOENT)?;
        let mount = Mount { target, source: location.path, read_only: location.read_only, ..shown.clone() };
        self.put_mount(mount)
    }

    fn mount_point(&self, target: &str) -> Result<String, Errno> {
        match self.status(target, true)?.entry.node {
            Node::Directory => self.resolve(target),
            _ => Err(Errno::ENOTDIR),
        }
    }

    fn put_mount(&mut self, mount: Mount) -> Result<(), Errno> {
        let namespace = self.process().ok_or(Errno::ESRCH)?.namespaces.mount;
        self.kernel_mut().change_mounts(namespace, |mounts| mounts.mount(mount));
        Ok(())
    }

    /// Takes the topmost mount at a place away.
    ///
    /// # Errors
    /// `EPERM` without CAP_SYS_ADMIN, `EINVAL` where nothing is mounted, `EBUSY` for the root, and as [`System::resolve`].
    pub fn unmount(&mut self, target: &str) -> Result<(), Errno> {
        self.administers()?;
        let target = self.resolve(target)?;
        if target == "/" {
            return Err(Errno::EBUSY);
        }
        let namespace = self.process().ok_or(Errno::ESRCH)?.namespaces.mount;
        let mut gone = None;
        self.kernel_mut().change_mounts(namespace, |mounts| gone = mounts.unmount(&target));
        gone.map(|_| ()).ok_or(Errno::EINVAL)
    }

    /// What the process may use of a resource.
    pub fn limit(&self, resource: Resource) -> Limit {
        self.process().map_or(Limit { soft: None, hard: None }, |process| process.limits.get(self.kernel(), resource))
    }

    /// Changes what the process may use of a resource, and what it starts from now on.
    ///
    /// # Errors
    /// As [`crate::world::process::limits::ResourceLimits::check`].
    pub fn set_limit(&mut self, resource: Resource, limit: Limit) -> Result<(), Errno> {
        let process = self.process().ok_or(Errno::ESRCH)?;
        process.limits.check(self.kernel(), &process.credentials, resource, limit)?;
        let changed = process.limits.with(resource, limit);
        if let Some(process) = self.process_mut() {
            process.limits = changed;
        }
        Ok(())
    }
}
