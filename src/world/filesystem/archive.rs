//! A tar stream as its members: what `docker cp` and `docker export` carry between a container and its client.
//!
//! Promises: members are in the order of the stream, a directory before what is in it; contents are shared, not copied, and
//! the bytes are made piece by piece, so that a stream of any size takes no memory. Must not know where the files come from.

use std::sync::Arc;

use super::entry::{Change, Entry, Node};
use super::layer::Layer;
use super::tar;
use super::untar::{Limits, TarError};

/// Bytes in a block of a tar stream.
const BLOCK: u64 = 512;
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
        assert_eq!(Archive::read(&bytes, Limits::default()).unwrap(), archive);
    }
}
