//! The disk of a Linux host: its directories, its programs, its small files.

use std::sync::Arc;

use super::Machine;
use crate::world::context::Context;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::{Device, Metadata, Node};
use crate::world::filesystem::errno::Errno;
use crate::world::process::kernel::Filesystem;
use crate::world::process::mounts::{Mount, MountNamespace};
use crate::world::process::vfs::{Caller, join, parent};
use crate::world::process::{Credentials, Kernel};

/// Where the learner works.
pub const HOME: &str = "/root";
/// Where the host's shell looks for programs.
pub const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Where the engine keeps volumes (Docker's documentation, «Volumes»; `docker volume inspect`).
pub const VOLUMES: &str = "/var/lib/docker/volumes";

const DIRECTORIES: [(&str, u32); 20] = [
    ("/bin", 0o755),
    ("/dev", 0o755),
    ("/etc", 0o755),
    ("/home", 0o755),
    ("/mnt", 0o755),
    ("/opt", 0o755),
    ("/proc", 0o555),
    ("/root", 0o700),
    ("/run", 0o755),
    ("/sbin", 0o755),
    ("/srv", 0o755),
    ("/tmp", 0o1777),
    ("/usr", 0o755),
    ("/usr/bin", 0o755),
    ("/usr/local", 0o755),
    ("/usr/local/bin", 0o755),
    ("/usr/sbin", 0o755),
    ("/var", 0o755),
    ("/var/lib/docker/volumes", 0o701),
    ("/var/tmp", 0o1777),
];

const FILES: [(&str, &str); 4] = [
    ("/etc/hosts", "127.0.0.1\tlocalhost\n"),
    // The options are those of the machine on which `tests/transcripts` was recorded: containers inherit them.
    ("/etc/resolv.conf", "nameserver 192.168.64.1\noptions timeout:1 attempts:1\n"),
    ("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"),
    ("/etc/group", "root:x:0:\ndocker:x:999:\nnogroup:x:65534:\n"),
];

/// What `/etc/os-release` says where no other system was asked for.
const RELEASE: &str =
    "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"13\"\nID=debian\n";

const DEVICES: [(&str, Device); 6] = [
    ("/dev/full", Device::Full),
    ("/dev/null", Device::Null),
    ("/dev/random", Device::Random),
    ("/dev/tty", Device::Tty),
    ("/dev/urandom", Device::Urandom),
    ("/dev/zero", Device::Zero),
];

/// The size that a program of the host shows, in bytes.
const PROGRAM_BYTES: u64 = 120_000;

impl Machine {
    /// Through root's eyes, in the directory where the learner's shells begin.
    pub fn root(&self) -> Caller {
        Caller {
            mounts: self.kernel.host.mount,
            working_directory: self.working_directory.clone(),
            credentials: Credentials::default(),
            umask: 0o022,
            pid: None,
        }
    }

    /// Puts the system on the disk: every program of the table that hosts have, under its own name, in `/bin`, but for
    /// those that are left out.
    pub(super) fn install(&mut self, context: &mut Context, left_out: &[&str]) {
        let names = context.programs.host_names().filter(|name| !left_out.contains(name));
        let programs: Vec<Arc<str>> = names.map(Arc::from).collect();
        let name = self.kernel.host_name(self.kernel.host.uts).to_owned();
        let now = context.now;
        let release = self.system.as_ref().map_or_else(
            || RELEASE.to_owned(),
            |system| {
                let name = system.name.split(char::is_numeric).next().unwrap_or_default().trim();
                let (whole, version, id) = (&system.name, &system.version, &system.id);
                format!("PRETTY_NAME=\"{whole}\"\nNAME=\"{name}\"\nVERSION_ID=\"{version}\"\nID={id}\n")
            },
        );
        if let Some(disk) = self.kernel.union_mut(Kernel::HOST_ROOT) {
            let metadata = |mode| Metadata { mode, uid: 0, gid: 0, modified: now };
            for (path, mode) in DIRECTORIES {
                let mut missing = vec![path];
                while let Some(above) =
                    missing.last().map(|path| parent(path)).filter(|above| disk.lookup(above).is_none())
                {
                    missing.push(above);
                }
                while let Some(path) = missing.pop() {
                    // The tables above name no path twice: nothing is there yet.
                    let _ = disk.make_directory(path, metadata(mode));
                }
            }
            for (path, text) in FILES {
                let _ = disk.put_file(path, Content::text(text), metadata(0o644));
            }
            let _ = disk.put_file("/etc/os-release", Content::text(release), metadata(0o644));
            let _ = disk.put_file("/etc/hostname", Content::text(format!("{name}\n")), metadata(0o644));
            for (path, device) in DEVICES {
                let _ = disk.device(path, device, metadata(0o666));
            }
            for program in programs {
                let path = join("/bin", &program);
                let content = Content::Program { name: program, size: PROGRAM_BYTES };
                let _ = disk.put_file(&path, content, metadata(0o755));
            }
        }
        self.mount_root();
    }

    /// Mounts the disk and `/proc`.
    pub(super) fn mount_root(&mut self) {
        let proc = self.kernel.add_filesystem(Filesystem::Proc);
        let mut mounts = MountNamespace::new(Mount::new("/", Kernel::HOST_ROOT, "ext4"));
        mounts.mount(Mount::new("/proc", proc, "proc"));
        self.kernel.set_host_mounts(mounts);
    }

    /// Makes a directory, and those that it is in, as far as they are not there.
    fn make_directories(&mut self, context: &mut Context, path: &str) -> Result<(), Errno> {
        let caller = self.root();
        let mut missing = Vec::new();
        let mut above = path;
        while self.kernel.status(&caller, above, true).is_err() {
            missing.push(above.to_owned());
            above = parent(above);
        }
        while let Some(directory) = missing.pop() {
            let metadata = self.kernel.fresh(context.now, &caller, 0o755);
            self.kernel.create(context, &caller, &directory, Node::Directory, metadata)?;
        }
        Ok(())
    }

    /// Has the machine's shells begin in another directory, an absolute path, which is made.
    ///
    /// # Errors
    /// As [`crate::world::process::Kernel::create`].
    pub fn set_working_directory(&mut self, context: &mut Context, path: &str) -> Result<(), Errno> {
        self.make_directories(context, path)?;
        self.working_directory = path.into();
        Ok(())
    }

    /// Puts a file on the disk; the directories that it needs are made.
    ///
    /// # Errors
    /// As [`crate::world::process::Kernel::create`].
    pub fn put_host_file(
        &mut self,
        context: &mut Context,
        path: &str,
        content: Content,
        mode: u32,
    ) -> Result<(), Errno> {
        self.put_host_entry(context, path, Node::File(content), mode)
    }

    /// Puts a file, a link or a directory on the disk, as [`Machine::put_host_file`] does; a directory that is there stays.
    ///
    /// # Errors
    /// As [`crate::world::process::Kernel::create`].
    pub fn put_host_entry(&mut self, context: &mut Context, path: &str, node: Node, mode: u32) -> Result<(), Errno> {
        let caller = self.root();
        let absolute = if path.starts_with('/') { path.to_owned() } else { join(&caller.working_directory, path) };
        if node.is_directory() {
            return self.make_directories(context, &absolute);
        }
        self.make_directories(context, parent(&absolute))?;
        if self.kernel.status(&caller, &absolute, false).is_ok() {
            self.kernel.unlink(context, &caller, &absolute)?;
        }
        let metadata = self.kernel.fresh(context.now, &caller, mode);
        self.kernel.create(context, &caller, &absolute, node, metadata)
    }
}
