//! What stands at one path: a file, a directory, a symbolic link, a device or a pipe, and who owns it.
//!
//! Promises: plain values, cheap to clone (contents are shared). It must not know where an entry is stored.

use std::sync::Arc;

use super::content::Content;
use crate::world::clock::Time;

/// Owner, permissions and date of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Metadata {
    /// Permission bits with set-user-ID, set-group-ID and sticky: at most `0o7777`, no file-type bits.
    pub mode: u32,
    /// The owning user's number.
    pub uid: u32,
    /// The owning group's number.
    pub gid: u32,
    /// When the content last changed (mtime).
    pub modified: Time,
}

impl Metadata {
    /// Owned by root (0:0).
    pub const fn root(mode: u32, modified: Time) -> Metadata {
        Metadata { mode: mode & 0o7777, uid: 0, gid: 0, modified }
    }
}

/// The character devices that the model's containers have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Device {
    Null,
    Zero,
    Full,
    Random,
    Urandom,
    Tty,
    Console,
}

impl Device {
    /// Every device, in the order of their numbers.
    pub const ALL: [Device; 7] =
        [Device::Null, Device::Zero, Device::Full, Device::Random, Device::Urandom, Device::Tty, Device::Console];

    /// The major and minor number (Linux, Documentation/admin-guide/devices.txt).
    pub const fn numbers(self) -> (u32, u32) {
        match self {
            Device::Null => (1, 3),
            Device::Zero => (1, 5),
            Device::Full => (1, 7),
            Device::Random => (1, 8),
            Device::Urandom => (1, 9),
            Device::Tty => (5, 0),
            Device::Console => (5, 1),
        }
    }

    /// The device with these numbers, if the model has it.
    pub fn from_numbers(major: u32, minor: u32) -> Option<Device> {
        Device::ALL.into_iter().find(|device| device.numbers() == (major, minor))
    }
}

/// What kind of thing an entry is, with what belongs to that kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    Directory,
    File(Content),
    /// The target as written, absolute or relative; it need not exist.
    Symlink(Arc<str>),
    Device(Device),
    Fifo,
}

impl Node {
    /// Whether this is a directory.
    pub const fn is_directory(&self) -> bool {
        matches!(self, Node::Directory)
    }

    /// The bytes `stat` reports: a file's content, a link's target; zero for everything else.
    /// (Real file systems give directories a size of their own, which depends on the file system.)
    pub fn size(&self) -> u64 {
        match self {
            Node::File(content) => content.size(),
            Node::Symlink(target) => target.len() as u64,
            Node::Directory | Node::Device(_) | Node::Fifo => 0,
        }
    }
}

/// One thing in a file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub metadata: Metadata,
    pub node: Node,
}

impl Entry {
    /// A directory.
    pub const fn directory(metadata: Metadata) -> Entry {
        Entry { metadata, node: Node::Directory }
    }

    /// A regular file.
    pub const fn file(content: Content, metadata: Metadata) -> Entry {
        Entry { metadata, node: Node::File(content) }
    }

    /// A symbolic link. Linux gives every link the mode 0777.
    pub fn symlink(target: impl Into<Arc<str>>, metadata: Metadata) -> Entry {
        Entry { metadata: Metadata { mode: 0o777, ..metadata }, node: Node::Symlink(target.into()) }
    }

    /// A character device.
    pub const fn device(device: Device, metadata: Metadata) -> Entry {
        Entry { metadata, node: Node::Device(device) }
    }

    /// A named pipe.
    pub const fn fifo(metadata: Metadata) -> Entry {
        Entry { metadata, node: Node::Fifo }
    }

    /// Whether this is a directory.
    pub const fn is_directory(&self) -> bool {
        self.node.is_directory()
    }
}

/// What a layer says about one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The path is this entry. An `opaque` directory hides what lower layers have below the same path;
    /// one that is not opaque is merged with theirs.
    Put { entry: Entry, opaque: bool },
    /// The path is deleted: what lower layers have there is hidden.
    Whiteout,
}

impl Change {
    /// An entry that is merged with lower layers, as most are.
    pub const fn put(entry: Entry) -> Change {
        Change::Put { entry, opaque: false }
    }

    /// The entry, unless this is a whiteout.
    pub const fn entry(&self) -> Option<&Entry> {
        match self {
            Change::Put { entry, .. } => Some(entry),
            Change::Whiteout => None,
        }
    }

    /// Whether lower layers' entries *below* this path are hidden: by a whiteout, an opaque directory,
    /// or by anything that is not a directory.
    pub const fn conceals_below(&self) -> bool {
        match self {
            Change::Put { entry, opaque } => *opaque || !entry.is_directory(),
            Change::Whiteout => true,
        }
    }
}
