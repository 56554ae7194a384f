//! The tar bytes of a layer, as the OCI image specification defines them, and the digests of those bytes.
//!
//! Promises: equal changes give equal bytes, sorted so that a directory stands before what is in it; bytes are streamed, so that a
//! layer of any size takes no memory; digest and compression happen in the same pass. It must not know why a layer exists.
//! Format: USTAR with GNU long names and PAX long link targets; no leading slash; whole seconds; no user names, as Docker writes none.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use flate2::{Compression, GzBuilder};
use sha2::{Digest as _, Sha256};
use tar::{Builder, EntryType, Header};

use super::archive::Member;
use super::content::Content;
use super::entry::{Change, Entry, Metadata, Node};
use super::layer::{Blob, Layer};
use super::path;
use crate::world::clock::Time;
use crate::world::digest::Digest;

/// Before the name of a deleted file (OCI image specification, «Whiteouts»).
pub const WHITEOUT_PREFIX: &str = ".wh.";
/// In a directory that hides what lower layers have in it.
pub const OPAQUE_MARK: &str = ".wh..wh..opq";

impl Layer {
    /// Writes the uncompressed tar bytes.
    ///
    /// # Errors
    /// Those of `output`, and of bytes that are kept outside of the world.
    pub fn write_tar(&self, output: &mut impl Write) -> io::Result<()> {
        match self.foreign() {
            Some(stream) => io::copy(&mut stream.reader(), output).map(drop),
            None => write(self.changes(), output),
        }
    }

    /// Writes the compressed bytes: the blob that [`Layer::compressed`] describes.
    ///
    /// # Errors
    /// As [`Layer::write_tar`].
    pub fn write_compressed(&self, output: &mut impl Write) -> io::Result<()> {
        let mut gzip = compressor(output);
        self.write_tar(&mut gzip)?;
        gzip.finish().map(drop)
    }
}

/// The SHA-256 of the tar bytes of a layer.
pub(super) fn digest(layer: &Layer) -> Digest {
    let mut hash = Hash::default();
    // A hash takes every byte; the digest of bytes that are kept elsewhere was given with them.
    let _ = layer.write_tar(&mut hash);
    hash.digest()
}

/// The SHA-256 of the tar bytes, and digest and size of the compressed ones, in one pass.
pub(super) fn digests(layer: &Layer) -> (Digest, Blob) {
    let mut plain = Hash::default();
    let mut gzip = compressor(Hash::default());
    // Hashes take every byte. Bytes that are kept elsewhere and are gone have no digest that anybody could check.
    let _ = layer.write_tar(&mut Both(&mut plain, &mut gzip));
    let compressed = gzip.finish().unwrap_or_default();
    (plain.digest(), Blob { size: compressed.size, digest: compressed.digest() })
}

/// A gzip stream without name and time, so that equal bytes compress to equal bytes. The fast level: a layer is
/// compressed while a learner waits, and no one pays for its transport.
fn compressor<W: Write>(output: W) -> flate2::write::GzEncoder<W> {
    GzBuilder::new().mtime(0).operating_system(255).write(output, Compression::fast())
}

fn write(changes: &BTreeMap<Arc<str>, Change>, output: &mut impl Write) -> io::Result<()> {
    let mut archive = Builder::new(output);
    for member in members(changes) {
        append(&mut archive, &member.name, &member.entry)?;
    }
    archive.into_inner().map(drop)
}

/// The members that the tar bytes of `changes` are made of, in their order.
pub(super) fn members(changes: &BTreeMap<Arc<str>, Change>) -> Vec<Member> {
    let mut members = Vec::with_capacity(changes.len());
    for (path, change) in changes {
        let name = path.trim_start_matches('/');
        match change {
            Change::Put { entry, opaque } => {
                members.push(Member { name: name.to_owned(), entry: entry.clone() });
                if *opaque {
                    members.push(mark(format!("{name}/{OPAQUE_MARK}")));
                }
            }
            Change::Whiteout => {
                let deleted = format!("{WHITEOUT_PREFIX}{}", path::name(path));
                let place = path::parent(path).map_or_else(|| deleted.clone(), |parent| path::join(parent, &deleted));
                members.push(mark(place.trim_start_matches('/').to_owned()));
            }
        }
    }
    members
}

/// An empty file whose name carries a meaning.
fn mark(name: String) -> Member {
    Member { name, entry: Entry::file(Content::empty(), Metadata::root(0, Time::EPOCH)) }
}

/// The bytes that stand before the content of a member.
pub(super) fn head(member: &str, entry: &Entry) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut archive = Builder::new(&mut bytes);
    // Writing to memory cannot fail.
    let _ = append_with(&mut archive, member, entry, false);
    let _ = archive.into_inner();
    // What ends a stream comes once, after all members.
    bytes.truncate(bytes.len().saturating_sub(super::archive::END.len()));
    bytes
}

fn append(archive: &mut Builder<impl Write>, member: &str, entry: &Entry) -> io::Result<()> {
    append_with(archive, member, entry, true)
}

fn append_with(archive: &mut Builder<impl Write>, member: &str, entry: &Entry, with_content: bool) -> io::Result<()> {
    let mut header = header(&entry.metadata);
    match &entry.node {
        Node::Directory => {
            header.set_entry_type(EntryType::Directory);
            archive.append_data(&mut header, format!("{member}/"), io::empty())
        }
        Node::File(content) => {
            header.set_entry_type(EntryType::Regular);
            header.set_size(content.size());
            match with_content {
                true => archive.append_data(&mut header, member, content.reader()),
                false => archive.append_data(&mut header, member, io::empty()),
            }
        }
        Node::Symlink(target) => {
            header.set_entry_type(EntryType::Symlink);
            // The literal form keeps a target such as `a//b` as it is; one too long for the header stands before it.
            if header.set_link_name_literal(target.as_bytes()).is_err() {
                archive.append_pax_extensions([("linkpath", target.as_bytes())])?;
            }
            archive.append_data(&mut header, member, io::empty())
        }
        Node::Device(device) => {
            let (major, minor) = device.numbers();
            header.set_entry_type(EntryType::Char);
            header.set_device_major(major)?;
            header.set_device_minor(minor)?;
            archive.append_data(&mut header, member, io::empty())
        }
        Node::Fifo => {
            header.set_entry_type(EntryType::Fifo);
            archive.append_data(&mut header, member, io::empty())
        }
    }
}

fn header(metadata: &Metadata) -> Header {
    let mut header = Header::new_ustar();
    header.set_mode(metadata.mode);
    header.set_uid(metadata.uid.into());
    header.set_gid(metadata.gid.into());
    header.set_mtime(u64::try_from(metadata.modified.seconds()).unwrap_or(0));
    header.set_size(0);
    header
}

/// Takes bytes and keeps only their digest and number.
#[derive(Default)]
pub struct Hash {
    state: Sha256,
    size: u64,
}

impl Hash {
    /// Takes more bytes.
    pub fn take(&mut self, bytes: &[u8]) {
        self.state.update(bytes);
        self.size += bytes.len() as u64;
    }

    /// How many bytes there were.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The SHA-256 of all of them.
    pub fn digest(self) -> Digest {
        Digest::from_bytes(self.state.finalize().into())
    }
}

impl Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.take(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes the same bytes to two places.
struct Both<'a, A, B>(&'a mut A, &'a mut B);

impl<A: Write, B: Write> Write for Both<'_, A, B> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_all(bytes)?;
        self.1.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()?;
        self.1.flush()
    }
}

#[cfg(test)]
mod tests;
