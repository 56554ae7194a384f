//! Reading tar bytes into a layer: what `ADD archive.tar`, `docker import` and `docker load` take in.
//!
//! Promises: whatever the bytes, the answer is a layer or an error that names the member at fault; nothing is held beyond the limits;
//! no path leaves the root. It must not know where the bytes come from; who has compressed bytes decompresses them first.

use std::collections::BTreeSet;
use std::io::{self, Read};

use tar::{Archive, EntryType, Header};

use super::content::Content;
use super::entry::{Change, Device, Entry, Metadata, Node};
use super::layer::{Layer, LayerBuilder};
use super::path;
use super::tar::{OPAQUE_MARK, WHITEOUT_PREFIX};
use crate::world::clock::Time;

/// How much an archive may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Members.
    pub members: usize,
    /// Bytes of all files together.
    pub bytes: u64,
    /// Bytes in one path.
    pub path: usize,
}

impl Default for Limits {
    /// 100 000 members, 256 MiB of files, paths as long as Linux takes.
    fn default() -> Limits {
        Limits { members: 100_000, bytes: 256 << 20, path: path::MAXIMUM_PATH }
    }
}

/// Why tar bytes could not become a layer.
#[derive(Debug, thiserror::Error)]
pub enum TarError {
    #[error("the archive cannot be read after {members} members: {source}; make it again, uncompressed, with tar")]
    Unreadable { members: usize, source: io::Error },
    #[error("the archive has more than {limit} members; split it")]
    TooManyMembers { limit: usize },
    #[error("{path:?} takes the archive's files over {limit} bytes; leave it out or make it smaller")]
    TooLarge { path: String, limit: u64 },
    #[error("{path:?} is longer than {limit} bytes; shorten it")]
    PathTooLong { path: String, limit: usize },
    #[error("{path:?} leaves the root directory; archives may not reach outside of it")]
    LeavesRoot { path: String },
    #[error("{path:?} is not UTF-8 or has a zero byte; rename it")]
    NotText { path: String },
    #[error("{path:?} lies below something that is not a directory in the same archive")]
    BelowNonDirectory { path: String },
    #[error("{path:?} is a hard link to {target:?}, which is no file that stands before it in the archive")]
    MissingLinkTarget { path: String, target: String },
    #[error("{path:?} is {what}, which the model has not")]
    Unsupported { path: String, what: &'static str },
}

impl Layer {
    /// Reads uncompressed tar bytes. Of members with the same path the last counts; whiteouts and opaque marks become
    /// changes; a hard link becomes a second file with the same content.
    ///
    /// The digests of the layer are those of its own tar bytes ([`Layer::write_tar`]), which need not be those read.
    ///
    /// # Errors
    /// See [`TarError`].
    pub fn from_tar(input: impl Read, limits: Limits) -> Result<Layer, TarError> {
        let mut archive = Archive::new(input);
        let mut reading = Reading { limits, ..Reading::default() };
        let unreadable = |members| move |source| TarError::Unreadable { members, source };
        for member in archive.entries().map_err(unreadable(0))? {
            let mut member = member.map_err(unreadable(reading.members))?;
            reading.take(&mut member)?;
        }
        reading.finish()
    }
}

/// What has been read so far.
#[derive(Default)]
struct Reading {
    limits: Limits,
    builder: LayerBuilder,
    opaque: BTreeSet<String>,
    members: usize,
    bytes: u64,
}

impl Reading {
    fn take(&mut self, member: &mut tar::Entry<'_, impl Read>) -> Result<(), TarError> {
        self.members += 1;
        if self.members > self.limits.members {
            return Err(TarError::TooManyMembers { limit: self.limits.members });
        }
        let path = self.path_of(&member.path_bytes())?;
        // The root's own metadata are not part of a layer.
        if path == "/" {
            return Ok(());
        }
        self.require_directories_above(&path)?;
        let name = path::name(&path);
        if name == OPAQUE_MARK {
            self.opaque.extend(path::parent(&path).map(str::to_owned));
            return Ok(());
        }
        if let Some(deleted) = name.strip_prefix(WHITEOUT_PREFIX) {
            return self.take_whiteout(&path, deleted);
        }
        let Some(node) = self.node_of(&path, member)? else { return Ok(()) };
        let metadata = metadata_of(member.header()).map_err(|source| self.unreadable(source))?;
        let replaced = self.builder.get(&path);
        if !node.is_directory() && replaced.and_then(Change::entry).is_some_and(Entry::is_directory) {
            self.builder.forget(&path);
        } else if node.is_directory() && replaced == Some(&Change::Whiteout) {
            self.opaque.insert(path.clone());
        }
        self.insert(&path, Change::put(Entry { metadata, node }))
    }

    /// A whiteout speaks of lower layers only: what the archive itself has at the path stays (OCI image specification).
    fn take_whiteout(&mut self, mark: &str, deleted: &str) -> Result<(), TarError> {
        // `.wh..wh.` begins the private notes of AUFS, which mean nothing to others.
        let Some(parent) =
            path::parent(mark).filter(|_| path::is_name(deleted) && !deleted.starts_with(WHITEOUT_PREFIX))
        else {
            return Ok(());
        };
        let path = path::join(parent, deleted);
        match self.builder.get(&path).and_then(Change::entry) {
            Some(entry) if entry.is_directory() => {
                self.opaque.insert(path);
                Ok(())
            }
            Some(_) => Ok(()),
            None => self.insert(&path, Change::Whiteout),
        }
    }

    /// The path of the model for a member's name: `.` and empty components count for nothing, `..` goes back.
    fn path_of(&self, name: &[u8]) -> Result<String, TarError> {
        let shown = || String::from_utf8_lossy(name).into_owned();
        let limit = self.limits.path.min(path::MAXIMUM_PATH);
        if name.len() > limit {
            return Err(TarError::PathTooLong { path: shown(), limit });
        }
        let text = std::str::from_utf8(name).ok().filter(|text| !text.contains('\0'));
        let text = text.ok_or_else(|| TarError::NotText { path: shown() })?;
        let mut components = Vec::new();
        for component in text.split('/') {
            match component {
                "" | "." => {}
                ".." => {
                    components.pop().ok_or_else(|| TarError::LeavesRoot { path: shown() })?;
                }
                name => components.push(name),
            }
        }
        Ok(format!("/{}", components.join("/")))
    }

    fn require_directories_above(&self, path: &str) -> Result<(), TarError> {
        let known = path::ancestors(path).find_map(|ancestor| self.builder.get(ancestor));
        match known.map(|change| change.entry().is_some_and(Entry::is_directory)) {
            Some(false) => Err(TarError::BelowNonDirectory { path: path.to_owned() }),
            _ => Ok(()),
        }
    }

    /// What kind of thing a member is; none for a member that only carries notes about others.
    fn node_of(&mut self, path: &str, member: &mut tar::Entry<'_, impl Read>) -> Result<Option<Node>, TarError> {
        let unsupported = |what| TarError::Unsupported { path: path.to_owned(), what };
        let node = match member.header().entry_type() {
            EntryType::Regular | EntryType::Continuous => Node::File(self.content_of(path, member)?),
            EntryType::Directory => Node::Directory,
            EntryType::Symlink => Node::Symlink(link_target(path, member)?.into()),
            EntryType::Link => self.linked(path, &link_target(path, member)?)?,
            EntryType::Fifo => Node::Fifo,
            EntryType::Char => {
                let device = device_of(member.header());
                Node::Device(device.ok_or_else(|| unsupported("a character device of unknown numbers"))?)
            }
            EntryType::Block => return Err(unsupported("a block device")),
            EntryType::GNUSparse => return Err(unsupported("a sparse file")),
            EntryType::XGlobalHeader => return Ok(None),
            _ => return Err(unsupported("of a kind unknown to POSIX")),
        };
        Ok(Some(node))
    }

    fn content_of(&mut self, path: &str, member: &mut impl Read) -> Result<Content, TarError> {
        let left = self.limits.bytes - self.bytes;
        let mut bytes = Vec::new();
        member.take(left.saturating_add(1)).read_to_end(&mut bytes).map_err(|source| self.unreadable(source))?;
        let length = bytes.len() as u64;
        if length > left {
            return Err(TarError::TooLarge { path: path.to_owned(), limit: self.limits.bytes });
        }
        self.bytes += length;
        Ok(Content::Inline(bytes.into()))
    }

    /// The file that a hard link names, which stands before it.
    fn linked(&self, path: &str, target: &str) -> Result<Node, TarError> {
        let found = self.builder.get(&self.path_of(target.as_bytes())?).and_then(Change::entry);
        let node = found.map(|entry| &entry.node).filter(|node| !node.is_directory()).cloned();
        node.ok_or_else(|| TarError::MissingLinkTarget { path: path.to_owned(), target: target.to_owned() })
    }

    fn insert(&mut self, path: &str, change: Change) -> Result<(), TarError> {
        // `path_of` made the path normal; what is left is a name longer than NAME_MAX.
        self.builder.insert(path, change).map(drop).map_err(|_| too_long_name(path))
    }

    fn unreadable(&self, source: io::Error) -> TarError {
        TarError::Unreadable { members: self.members, source }
    }

    fn finish(mut self) -> Result<Layer, TarError> {
        for path in std::mem::take(&mut self.opaque) {
            let metadata = Metadata::root(0o755, Time::EPOCH);
            let entry = self.builder.get(&path).and_then(Change::entry).cloned();
            let entry = entry.unwrap_or_else(|| Entry::directory(metadata));
            if path != "/" {
                self.require_directories_above(&path)?;
                self.insert(&path, Change::Put { entry, opaque: true })?;
            }
        }
        self.builder.build().map_err(|_| TarError::BelowNonDirectory { path: "/".to_owned() })
    }
}

fn too_long_name(path: &str) -> TarError {
    TarError::PathTooLong { path: path.to_owned(), limit: path::MAXIMUM_NAME }
}

fn link_target(path: &str, member: &tar::Entry<'_, impl Read>) -> Result<String, TarError> {
    let target = member.link_name_bytes().unwrap_or_default();
    if target.len() > path::MAXIMUM_PATH {
        return Err(TarError::PathTooLong { path: path.to_owned(), limit: path::MAXIMUM_PATH });
    }
    let target = std::str::from_utf8(&target).ok().filter(|target| !target.is_empty() && !target.contains('\0'));
    target.map(str::to_owned).ok_or_else(|| TarError::NotText { path: path.to_owned() })
}

fn metadata_of(header: &Header) -> io::Result<Metadata> {
    let number = |value: u64| u32::try_from(value).map_err(|_| io::Error::other("an owner's number is too large"));
    Ok(Metadata {
        mode: header.mode()? & 0o7777,
        uid: number(header.uid()?)?,
        gid: number(header.gid()?)?,
        modified: Time::from_seconds(i64::try_from(header.mtime()?).unwrap_or(i64::MAX)),
    })
}

fn device_of(header: &Header) -> Option<Device> {
    let (major, minor) = (header.device_major().ok()??, header.device_minor().ok()??);
    Device::from_numbers(major, minor)
}
