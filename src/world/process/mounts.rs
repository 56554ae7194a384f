//! Mount namespaces: which file system a path is in.

use std::borrow::Cow;

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
}

impl MountNamespace {
    /// A namespace whose root is `root`.
    pub fn new(root: Mount) -> MountNamespace {
        MountNamespace { mounts: vec![root] }
    }

    /// Mounts over what is there; a later mount covers an earlier one of the same target.
    pub fn mount(&mut self, mount: Mount) {
        self.mounts.push(mount);
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
        Mount {
            target: target.into(),
            filesystem: FilesystemId(filesystem),
            source: source.into(),
            read_only: false,
            kind: "ext4",
        }
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
