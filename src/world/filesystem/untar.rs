//! Reading tar bytes into a layer: what `ADD archive.tar`, `docker import` and `docker load` take in.
//!
//! Promises: whatever the bytes, the answer is a layer or an error that names the member at fault; nothing is held beyond the limits;
//! no path leaves the root. It must not know where the bytes come from; who has compressed bytes decompresses them first.

use std::collections::BTreeSet;
use std::io::{self, BufReader, Read};
use std::sync::Arc;

use tar::EntryType;

use super::content::Content;
use super::entry::{Change, Device, Entry, Metadata, Node};
use super::layer::{Layer, LayerBuilder};
use super::path;
use super::tar::{Hash, OPAQUE_MARK, WHITEOUT_PREFIX};
pub use super::tar_members::{Limits, TarError};
use super::tar_members::{TarMember, read_members};
use crate::world::clock::Time;

/// Bytes that are read at once.
const PIECE: usize = 256 << 10;

impl Layer {
    /// Reads uncompressed tar bytes. Of members with the same path the last counts; whiteouts and opaque marks become
    /// changes; a hard link becomes a second file with the same content.
    ///
    /// The digests of the layer are those of its own tar bytes ([`Layer::write_tar`]), which need not be those read.
    ///
    /// # Errors
    /// See [`TarError`].
    pub fn from_tar(input: impl Read, limits: Limits) -> Result<Layer, TarError> {
        let mut reading = Reading { limits, ..Reading::default() };
        read_members(input, limits, |member, content| reading.take(member, content))?;
        reading.finish()
    }

    /// Reads the tar bytes that `stream` is. Files are not copied: their contents are pieces of the stream. The layer keeps the stream
    /// as its own tar bytes, and has their digest, whoever wrote them.
    ///
    /// `advance` is told how many more bytes were read; an error that it gives ends the reading.
    ///
    /// # Errors
    /// See [`TarError`].
    pub fn from_stream(
        stream: &Arc<Content>,
        limits: Limits,
        advance: &mut dyn FnMut(u64) -> io::Result<()>,
    ) -> Result<Layer, TarError> {
        if let Content::Archive(archive) = &**stream {
            // It is made of members: they need not be written to be read.
            let mut reading = Reading { limits, ..Reading::default() };
            for member in archive.members() {
                let node = member.entry.node.clone();
                reading.take_entry(member.name.as_bytes(), member.entry.metadata, |_, _| Ok(Some(node)))?;
            }
            return Ok(reading.finish()?.with_stream(Content::Archive(Arc::clone(archive)), archive.digest()));
        }
        let mut input = Watched { input: stream.reader(), hash: Hash::default(), advance };
        let mut reading = Reading { limits, stream: Some(Arc::clone(stream)), ..Reading::default() };
        let mut buffered = BufReader::with_capacity(PIECE, &mut input);
        let members = read_members(&mut buffered, limits, |member, content| reading.take(member, content))?;
        // What stands after the end of the archive is part of what the digest is of.
        io::copy(&mut buffered, &mut io::sink()).map_err(|source| TarError::Unreadable { members, source })?;
        drop(buffered);
        let whole = Content::Slice { of: Arc::clone(stream), start: 0, size: input.hash.size() };
        Ok(reading.finish()?.with_stream(whole, input.hash.digest()))
    }
}

/// Passes bytes on, hashes them, and tells how many there were.
struct Watched<'a, R> {
    input: R,
    hash: Hash,
    advance: &'a mut dyn FnMut(u64) -> io::Result<()>,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        self.hash.take(&buffer[..length]);
        (self.advance)(length as u64)?;
        Ok(length)
    }
}

/// What has been read so far.
#[derive(Default)]
struct Reading {
    limits: Limits,
    /// What the contents of files are pieces of; without it they are copied.
    stream: Option<Arc<Content>>,
    builder: LayerBuilder,
    opaque: BTreeSet<String>,
    bytes: u64,
}

impl Reading {
    fn take(&mut self, member: &TarMember, content: &mut dyn Read) -> Result<(), TarError> {
        let shown = || String::from_utf8_lossy(&member.name).into_owned();
        let metadata = metadata_of(member)
            .map_err(|_| TarError::Unsupported { path: shown(), what: "a member with numbers that cannot be" })?;
        self.take_entry(&member.name, metadata, |reading, path| reading.node_of(path, member, content))
    }

    /// Takes a member of this name; `node` says what it is, or that it only carries notes about others.
    fn take_entry(
        &mut self,
        name: &[u8],
        metadata: Metadata,
        node: impl FnOnce(&mut Reading, &str) -> Result<Option<Node>, TarError>,
    ) -> Result<(), TarError> {
        let path = self.path_of(name)?;
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
        let Some(node) = node(self, &path)? else { return Ok(()) };
        let replaced = self.builder.get(&path);
        let replaces_entry = replaced.and_then(Change::entry);
        if self.limits.once && replaces_entry.is_some_and(|entry| !(entry.is_directory() && node.is_directory())) {
            return Err(TarError::Twice { path });
        }
        if !node.is_directory() && replaces_entry.is_some_and(Entry::is_directory) {
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

    /// What kind of thing a member is.
    fn node_of(&mut self, path: &str, member: &TarMember, content: &mut dyn Read) -> Result<Option<Node>, TarError> {
        let unsupported = |what| TarError::Unsupported { path: path.to_owned(), what };
        let node = match member.header.entry_type() {
            EntryType::Regular | EntryType::Continuous => Node::File(self.content_of(path, member, content)?),
            EntryType::Directory => Node::Directory,
            EntryType::Symlink => Node::Symlink(link_target(path, member)?.into()),
            EntryType::Link => self.linked(path, &link_target(path, member)?)?,
            EntryType::Fifo => Node::Fifo,
            EntryType::Char => {
                let device = device_of(member);
                Node::Device(device.ok_or_else(|| unsupported("a character device of unknown numbers"))?)
            }
            EntryType::Block => return Err(unsupported("a block device")),
            EntryType::GNUSparse => return Err(unsupported("a sparse file")),
            _ => return Err(unsupported("of a kind unknown to POSIX")),
        };
        Ok(Some(node))
    }

    fn content_of(&mut self, path: &str, member: &TarMember, content: &mut dyn Read) -> Result<Content, TarError> {
        let left = self.limits.bytes - self.bytes;
        let too_large = || TarError::TooLarge { path: path.to_owned(), limit: self.limits.bytes };
        if let Some(stream) = &self.stream {
            if member.size > left {
                return Err(too_large());
            }
            self.bytes += member.size;
            return Ok(Content::Slice { of: Arc::clone(stream), start: member.start, size: member.size });
        }
        let mut bytes = Vec::new();
        let read = content.take(left.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|source| TarError::Unreadable { members: self.builder.len(), source })?;
        let length = bytes.len() as u64;
        if length > left {
            return Err(too_large());
        }
        self.bytes += length;
        Ok(Content::Inline(bytes.into()))
    }

    /// The file that a hard link names, which stands before it.
    fn linked(&self, path: &str, target: &str) -> Result<Node, TarError> {
        let names = || (path.to_owned(), target.to_owned());
        if self.limits.once && target.starts_with('/') {
            let (path, target) = names();
            return Err(TarError::AbsoluteLink { path, target });
        }
        let found = self.builder.get(&self.path_of(target.as_bytes())?).and_then(Change::entry);
        match found.map(|entry| &entry.node) {
            Some(Node::Symlink(_)) if self.limits.once => {
                let (path, target) = names();
                Err(TarError::LinkThroughLink { path, target })
            }
            Some(node) if !node.is_directory() => Ok(node.clone()),
            _ => {
                let (path, target) = names();
                Err(TarError::MissingLinkTarget { path, target })
            }
        }
    }

    fn insert(&mut self, path: &str, change: Change) -> Result<(), TarError> {
        // `path_of` made the path normal; what is left is a name longer than NAME_MAX.
        self.builder.insert(path, change).map(drop).map_err(|_| too_long_name(path))
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

fn link_target(path: &str, member: &TarMember) -> Result<String, TarError> {
    let target = member.target.as_deref().unwrap_or_default();
    if target.len() > path::MAXIMUM_PATH {
        return Err(TarError::PathTooLong { path: path.to_owned(), limit: path::MAXIMUM_PATH });
    }
    let target = std::str::from_utf8(target).ok().filter(|target| !target.is_empty() && !target.contains('\0'));
    target.map(str::to_owned).ok_or_else(|| TarError::NotText { path: path.to_owned() })
}

fn metadata_of(member: &TarMember) -> io::Result<Metadata> {
    let number = |value: u64| u32::try_from(value).map_err(|_| io::Error::other("an owner's number is too large"));
    let header = &member.header;
    let (uid, gid) = member.owner;
    Ok(Metadata {
        mode: header.mode()? & 0o7777,
        uid: number(uid.map_or_else(|| header.uid(), Ok)?)?,
        gid: number(gid.map_or_else(|| header.gid(), Ok)?)?,
        modified: Time::from_seconds(i64::try_from(header.mtime()?).unwrap_or(i64::MAX)),
    })
}

fn device_of(member: &TarMember) -> Option<Device> {
    let (major, minor) = (member.header.device_major().ok()??, member.header.device_minor().ok()??);
    Device::from_numbers(major, minor)
}
