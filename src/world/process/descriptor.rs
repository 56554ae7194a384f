//! Open files: what a descriptor refers to, and the pipes between processes.

use imbl::Vector;

use super::network::{ConnectionId, ListenerId};
use crate::world::context::Seat;
use crate::world::filesystem::entry::Device;

/// The kernel's number for an open file description; several descriptors can share one (after `fork`, `dup2`), and
/// with it its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpenFileId(pub u64);

/// The kernel's number for a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PipeId(pub u64);

/// The kernel's number for a file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilesystemId(pub u64);

/// Which of the two output streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    Stdout,
    Stderr,
}

/// The kernel's number for a sink: a place where the daemon collects what a process writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SinkId(pub u64);

/// What an open file description refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenFile {
    /// A file of a file system, by its path there.
    File {
        filesystem: FilesystemId,
        path: String,
        offset: u64,
        options: OpenOptions,
    },
    /// The generated content of a file below `/proc`, as it was when it was opened.
    Generated {
        content: std::sync::Arc<[u8]>,
        offset: u64,
    },
    Device(Device),
    PipeReader(PipeId),
    PipeWriter(PipeId),
    /// One end of a TCP connection; `server` tells which.
    Socket {
        connection: ConnectionId,
        server: bool,
    },
    Listener(ListenerId),
    /// The console at a seat: reads what is typed, writes what is shown.
    Console {
        seat: Seat,
        stream: Stream,
        terminal: bool,
    },
    /// Where the daemon keeps the output of a container or an exec; `terminal` when it was given a TTY.
    Sink {
        sink: SinkId,
        stream: Stream,
        terminal: bool,
    },
    /// The reading end of a container's TTY or stdin, fed by the daemon; the same object as its sink.
    Source {
        pipe: PipeId,
        terminal: bool,
    },
}

/// How a file is opened, as by `open(2)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    pub read: bool,
    pub write: bool,
    pub append: bool,
    pub create: bool,
    pub truncate: bool,
    pub exclusive: bool,
    /// Permission bits of a file that is created, before the umask.
    pub mode: u32,
}

impl OpenOptions {
    /// `O_RDONLY`.
    pub const READ: OpenOptions = OpenOptions {
        read: true,
        write: false,
        append: false,
        create: false,
        truncate: false,
        exclusive: false,
        mode: 0,
    };
    /// `O_WRONLY | O_CREAT | O_TRUNC`, mode 666: what `>` does.
    pub const WRITE: OpenOptions = OpenOptions {
        read: false,
        write: true,
        append: false,
        create: true,
        truncate: true,
        exclusive: false,
        mode: 0o666,
    };
    /// `O_WRONLY | O_CREAT | O_APPEND`, mode 666: what `>>` does.
    pub const APPEND: OpenOptions = OpenOptions {
        read: false,
        write: true,
        append: true,
        create: true,
        truncate: false,
        exclusive: false,
        mode: 0o666,
    };
    /// `O_RDWR | O_CREAT`, mode 666: what `<>` does.
    pub const READ_WRITE: OpenOptions = OpenOptions {
        read: true,
        write: true,
        append: false,
        create: true,
        truncate: false,
        exclusive: false,
        mode: 0o666,
    };
}

/// How much a pipe holds before its writer must wait, in bytes (pipe(7): 16 pages).
pub const PIPE_CAPACITY: usize = 65_536;

/// A pipe, or one direction of a connection. It is freed when both its ends are closed.
#[derive(Clone, Debug, Default)]
pub struct Pipe {
    pub(super) bytes: Vector<u8>,
    pub(super) readers: u32,
    pub(super) writers: u32,
}

impl Pipe {
    /// Bytes that can be written before it is full.
    pub fn room(&self) -> usize {
        PIPE_CAPACITY.saturating_sub(self.bytes.len())
    }
}

/// What a read gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    Data(Vec<u8>),
    EndOfFile,
    /// Nothing yet: wait with [`super::Wait::Readable`] and read again.
    WouldBlock,
}

/// What a write did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// So many bytes were taken; fewer than given when a pipe became full.
    Wrote(usize),
    /// No room: wait with [`super::Wait::Writable`] and write again.
    WouldBlock,
}
