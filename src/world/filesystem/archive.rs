//! A tar stream as its members: what `docker cp` and `docker export` carry between a container and its client.
//!
//! Promises: members are in the order of the stream, a directory before what is in it; contents are shared, not copied, and
//! the bytes are made piece by piece, so that a stream of any size takes no memory. Must not know where the files come from.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::entry::{Change, Entry, Node};
use super::layer::Layer;
use super::tar::{self, Hash};
use super::untar::{Limits, TarError};
use crate::world::digest::Digest;

/// Bytes in a block of a tar stream.
const BLOCK: u64 = 512;
/// Bytes that are hashed at once.
const PIECE: usize = 256 << 10;
/// What ends a tar stream: two blocks of zeros.
pub const END: [u8; 1024] = [0; 1024];

/// A member of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its path without a leading or trailing slash; `.` for the directory that the others are in.
    pub name: String,
    pub entry: Entry,
}

impl Member {
    /// The bytes before the content: the header, and what must stand before it for a long name.
    fn head(&self) -> Vec<u8> {
        tar::head(&self.name, &self.entry)
    }

    fn size(&self) -> u64 {
        match &self.entry.node {
            Node::File(content) => content.size(),
            _ => 0,
        }
    }
}

/// The members of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Archive {
    pub members: Vec<Member>,
}

impl Archive {
    /// Reads uncompressed tar bytes.
    ///
    /// # Errors
    /// As [`Layer::from_tar`].
    pub fn read(bytes: &[u8], limits: Limits) -> Result<Archive, TarError> {
        let layer = Layer::from_tar(bytes, limits)?;
        let members = layer.changes().iter().filter_map(|(path, change)| match change {
            Change::Put { entry, .. } => {
                Some(Member { name: path.trim_start_matches('/').to_owned(), entry: entry.clone() })
            }
            Change::Whiteout => None,
        });
        Ok(Archive { members: members.collect() })
    }
}

/// Where a reader of a stream is.
#[derive(Clone, Debug)]
pub struct Stream {
    archive: Arc<Archive>,
    /// The member whose bytes come next.
    member: usize,
    /// How much of its content was given; `None` before its head.
    offset: Option<u64>,
    ended: bool,
}

impl Stream {
    /// The stream of an archive, from its beginning.
    pub const fn new(archive: Arc<Archive>) -> Stream {
        Stream { archive, member: 0, offset: None, ended: false }
    }

    /// The next bytes: at least one and about `most`; `None` at the end.
    pub fn next_bytes(&mut self, most: usize) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        while bytes.len() < most {
            let Some(member) = self.archive.members.get(self.member) else {
                if !self.ended {
                    self.ended = true;
                    bytes.extend_from_slice(&END);
                }
                break;
            };
            let Some(offset) = self.offset else {
                bytes.extend(member.head());
                self.offset = Some(0);
                continue;
            };
            let size = member.size();
            if let Node::File(content) = &member.entry.node
                && offset < size
            {
                let left = usize::try_from(size - offset).unwrap_or(usize::MAX);
                let mut piece = vec![0; left.min(most)];
                let length = content.read_at(offset, &mut piece);
                if length > 0 {
                    bytes.extend_from_slice(&piece[..length]);
                    self.offset = Some(offset + length as u64);
                    continue;
                }
            }
            let padding = usize::try_from((BLOCK - size % BLOCK) % BLOCK).unwrap_or(0);
            bytes.extend_from_slice(&END[..padding]);
            self.member += 1;
            self.offset = None;
        }
        (!bytes.is_empty()).then_some(bytes)
    }
}

/// A tar stream as bytes that can be read from any place; they take no memory but their members'.
pub struct ArchiveBytes {
    members: Vec<Member>,
    /// Where each member's head begins.
    starts: Vec<u64>,
    size: u64,
    digest: OnceLock<Digest>,
}

impl ArchiveBytes {
    /// The stream of these members, in this order.
    pub fn new(members: Vec<Member>) -> ArchiveBytes {
        let mut size = 0;
        let starts = members.iter().map(|member| {
            let start = size;
            size += member.head().len() as u64 + member.size().next_multiple_of(BLOCK);
            start
        });
        let starts = starts.collect();
        ArchiveBytes { members, starts, size: size + END.len() as u64, digest: OnceLock::new() }
    }

    /// The same with a digest that is known already. The caller vouches for it.
    #[must_use]
    pub fn with_known_digest(self, digest: Digest) -> ArchiveBytes {
        ArchiveBytes { digest: digest.into(), ..self }
    }

    /// The members, in the order of the stream.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Bytes of the whole stream.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The SHA-256 of the stream; it is computed when first asked for.
    pub fn digest(&self) -> Digest {
        *self.digest.get_or_init(|| {
            let mut hash = Hash::default();
            let mut piece = vec![0; PIECE];
            let mut offset = 0;
            while offset < self.size {
                let length = self.read_at(offset, &mut piece);
                hash.take(&piece[..length]);
                offset += length as u64;
            }
            hash.digest()
        })
    }

    /// Fills `buffer` with the bytes from `offset` on, as far as there are any; says how many there were.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> usize {
        let left = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = left.min(buffer.len());
        let mut done = 0;
        while done < wanted {
            let at = offset + done as u64;
            done += self.read_piece(at, &mut buffer[done..wanted]).max(1);
        }
        wanted
    }

    /// Fills the beginning of `buffer` with the bytes of one part: a head, a content, or what fills up its last block.
    fn read_piece(&self, at: u64, buffer: &mut [u8]) -> usize {
        let index = self.starts.partition_point(|start| *start <= at).checked_sub(1);
        let member = index.and_then(|index| Some((self.members.get(index)?, *self.starts.get(index)?)));
        let Some((member, start)) = member else {
            buffer.fill(0);
            return buffer.len();
        };
        let head = member.head();
        let within = at - start;
        if let Some(rest) =
            usize::try_from(within).ok().and_then(|within| head.get(within..)).filter(|rest| !rest.is_empty())
        {
            let length = rest.len().min(buffer.len());
            buffer[..length].copy_from_slice(&rest[..length]);
            return length;
        }
        let within = within - head.len() as u64;
        if let Node::File(content) = &member.entry.node
            && within < content.size()
        {
            return content.read_at(within, buffer);
        }
        let filled = member.size().next_multiple_of(BLOCK);
        // Behind the last member stands the end.
        let zeros = if within < filled { filled - within } else { self.size - at };
        let length = usize::try_from(zeros).unwrap_or(usize::MAX).min(buffer.len());
        buffer[..length].fill(0);
        length
    }
}

impl fmt::Debug for ArchiveBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ArchiveBytes({} members, {} bytes)", self.members.len(), self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::clock::Time;
    use crate::world::filesystem::content::Content;
    use crate::world::filesystem::entry::Metadata;

    #[test]
    fn a_stream_in_pieces_is_read_back_as_it_was() {
        let metadata = |mode| Metadata { mode, uid: 7, gid: 8, modified: Time::from_seconds(1_700_000_000) };
        let member = |name: &str, entry| Member { name: name.to_owned(), entry };
        let text = "0123456789".repeat(300);
        let archive = Archive {
            members: vec![
                member("d", Entry::directory(metadata(0o755))),
                member(&format!("d/{}", "n".repeat(150)), Entry::file(Content::text(&text), metadata(0o600))),
                member("d/z", Entry { metadata: metadata(0o777), node: Node::Symlink("../etc".into()) }),
            ],
        };
        let mut stream = Stream::new(Arc::new(archive.clone()));
        let mut bytes = Vec::new();
        while let Some(piece) = stream.next_bytes(700) {
            bytes.extend(piece);
        }
        assert_eq!(bytes.len() % 512, 0);
        let whole = ArchiveBytes::new(archive.members.clone());
        assert_eq!((whole.size(), whole.digest()), (bytes.len() as u64, Digest::of(&bytes)));
        for (offset, length) in [(0, 512), (500, 700), (1, 5000), (bytes.len() - 3, 10), (bytes.len(), 10)] {
            let mut piece = vec![1; length];
            let read = whole.read_at(offset as u64, &mut piece);
            assert_eq!(piece[..read], bytes[offset..(offset + length).min(bytes.len())], "from {offset} on");
        }
        assert_eq!(Archive::read(&bytes, Limits::default()).unwrap(), archive);
    }
}
