//! Mount namespaces: which file system a path is in.

use std::borrow::Cow;
use std::sync::Arc;

use super::descriptor::FilesystemId;

/// One mount of a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Where it is mounted, absolute and normalised.
    pub target: String,
    pub filesystem: FilesystemId,
    /// The directory (or, for a bind mount of a file, the file) of the file system that appears at the target.
    pub source: String,
    pub read_only: bool,
    /// The type that `mount` shows: `overlay`, `tmpfs`, `proc`, `ext4`.
    pub kind: &'static str,
    /// What `mount` shows as the device: a disk, or a name.
    pub device: Cow<'static, str>,
    /// What `mount` shows after `rw` or `ro`.
    pub options: Arc<str>,
}

impl Mount {
    /// A whole file system, writable, with the options that its type has in a container.
    pub fn new(target: impl Into<String>, filesystem: FilesystemId, kind: &'static str) -> Mount {
        let (device, options) = match kind {
            "ext4" => ("/dev/sda1", "relatime"),
            "proc" => ("proc", "nosuid,nodev,noexec,relatime"),
            "sysfs" => ("sysfs", "nosuid,nodev,noexec,relatime"),
            "devpts" => ("devpts", "nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=666"),
            kind => (kind, "relatime"),
        };
        let (target, source) = (target.into(), "/".to_owned());
        Mount { target, filesystem, source, read_only: false, kind, device: device.into(), options: options.into() }
    }

    /// A directory or file of it instead.
    #[must_use]
    pub fn from(self, source: impl Into<String>) -> Mount {
        Mount { source: source.into(), ..self }
    }

    /// Whether it is read-only.
    #[must_use]
    pub fn read_only(self, read_only: bool) -> Mount {
        Mount { read_only, ..self }
    }

    /// With other options.
    #[must_use]
    pub fn with(self, options: impl Into<Arc<str>>) -> Mount {
        Mount { options: options.into(), ..self }
    }
}

/// A place in a file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    pub filesystem: FilesystemId,
    pub path: String,
    pub read_only: bool,
    /// Whether the path is itself a mount point: it can be neither removed nor renamed.
    pub is_mount_point: bool,
}

/// The mounts that a process sees. The first is the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MountNamespace {
    mounts: Vec<Mount>,
    foreign: bool,
}

impl MountNamespace {
    /// A namespace whose root is `root`.
    pub fn new(root: Mount) -> MountNamespace {
        MountNamespace { mounts: vec![root], foreign: false }
    }

    /// Says that the programs in it are made for another kind of processor than the machine has, and that nothing emulates it.
    pub fn foreign(self, foreign: bool) -> MountNamespace {
        MountNamespace { foreign, ..self }
    }

    /// Whether its programs are made for another kind of processor.
    pub fn is_foreign(&self) -> bool {
        self.foreign
    }

    /// Mounts over what is there; a later mount covers an earlier one of the same target.
    pub fn mount(&mut self, mount: Mount) {
        self.mounts.push(mount);
    }

    /// Takes away the topmost mount at a target; whether there was one.
    pub fn unmount(&mut self, target: &str) -> Option<Mount> {
        let at = self.mounts.iter().rposition(|mount| mount.target == target).filter(|at| *at > 0)?;
        Some(self.mounts.remove(at))
    }

    /// All mounts, in the order in which they were made.
    pub fn mounts(&self) -> &[Mount] {
        &self.mounts
    }

    /// The file system and path there of an absolute, normalised path without symbolic links.
    pub fn locate(&self, path: &str) -> Option<Location> {
        let (mount, path, is_mount_point) = self.find(path)?;
        Some(Location {
            filesystem: mount.filesystem,
            path: path.into_owned(),
            read_only: mount.read_only,
            is_mount_point,
        })
    }

    /// As [`MountNamespace::locate`], for looking only: nothing is allocated unless a directory was mounted elsewhere.
    pub fn place<'a>(&'a self, path: &'a str) -> Option<(FilesystemId, Cow<'a, str>)> {
        self.find(path).map(|(mount, path, _)| (mount.filesystem, path))
    }

    /// The mount that a path is in, the path below its source, and whether it is a mount point.
    fn find<'a>(&'a self, path: &'a str) -> Option<(&'a Mount, Cow<'a, str>, bool)> {
        let mut best: Option<(&Mount, &str)> = None;
        for mount in &self.mounts {
            if best.is_none_or(|(known, _)| mount.target.len() >= known.target.len())
                && let Some(rest) = below(path, &mount.target)
            {
                best = Some((mount, rest));
            }
        }
        let (mount, rest) = best?;
        let path = match (mount.source.as_str(), rest) {
            (source, "") => Cow::Borrowed(source),
            ("/", rest) => Cow::Borrowed(rest),
            (source, rest) => Cow::Owned(format!("{source}{rest}")),
        };
        Some((mount, path, rest.is_empty() && mount.target != "/"))
    }

    /// The names of mount points directly in the directory `path`.
    pub fn children<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a str> {
        self.mounts.iter().filter_map(move |mount| {
            let rest = below(&mount.target, path)?.strip_prefix('/')?;
            (!rest.is_empty() && !rest.contains('/')).then_some(rest)
        })
    }
}

/// What follows `directory` in `path`: empty for the directory itself, else starting with a slash.
fn below<'a>(path: &'a str, directory: &str) -> Option<&'a str> {
    if directory == "/" {
        return Some(if path == "/" { "" } else { path });
    }
    let rest = path.strip_prefix(directory)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(target: &str, filesystem: u64, source: &str) -> Mount {
        Mount::new(target, FilesystemId(filesystem), "ext4").from(source)
    }

    #[test]
    fn the_longest_target_wins_and_the_later_covers() {
        let mut namespace = MountNamespace::new(mount("/", 1, "/"));
        namespace.mount(mount("/data", 2, "/volumes/v/_data"));
        namespace.mount(mount("/etc/hosts", 3, "/files/hosts"));
        let at = |path: &str| namespace.locate(path).map(|l| (l.filesystem.0, l.path));
        assert_eq!(at("/"), Some((1, "/".into())));
        assert_eq!(at("/database"), Some((1, "/database".into())));
        assert_eq!(at("/data"), Some((2, "/volumes/v/_data".into())));
        assert_eq!(at("/data/x"), Some((2, "/volumes/v/_data/x".into())));
        assert_eq!(at("/etc/hosts"), Some((3, "/files/hosts".into())));
        assert_eq!(namespace.children("/").collect::<Vec<_>>(), ["data"]);
    }
}
