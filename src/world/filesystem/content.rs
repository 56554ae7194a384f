//! The bytes of a regular file: real ones, or a recipe for as many as are needed.
//!
//! Promises: the same content gives the same bytes at every read, in any piece, on every machine; a synthetic file of
//! any size takes no memory; [`Content::read_at`] and [`Content::reader`] agree. It must not know paths or metadata.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use super::archive::ArchiveBytes;
use super::chunks::Chunks;
use super::compression::Compression;
use super::errno::Errno;
use super::tar::Hash;
use crate::world::digest::Digest;

/// What is in a regular file.
#[derive(Clone, Debug)]
pub enum Content {
    /// The bytes themselves.
    Inline(Arc<[u8]>),
    /// The bytes themselves, of a large file that was written piece by piece.
    Chunked(Chunks),
    /// `size` bytes made from `seed`, about as compressible as the programs and libraries in an image (2.5 to 1).
    Synthetic { size: u64, seed: u64 },
    /// An executable that the program table knows as `name`; its bytes look like an ELF file of `size` bytes.
    Program { name: Arc<str>, size: u64 },
    /// The bytes of a tar stream, made from its members when they are read.
    Archive(Arc<ArchiveBytes>),
    /// `size` bytes of another content, from `start` on.
    Slice { of: Arc<Content>, start: u64, size: u64 },
    /// Bytes that are kept outside of the world, such as those of a real file.
    Stored(Arc<dyn Stored>),
}

/// Bytes that are kept outside of the world. They are the same at every read, or cannot be read.
pub trait Stored: fmt::Debug + Send + Sync {
    /// The size in bytes.
    fn size(&self) -> u64;

    /// Fills `buffer` with the bytes from `offset` on, as far as there are any; says how many there were.
    ///
    /// # Errors
    /// They cannot be read.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// The bytes behind `packed`, which is a part of these, if the keeper can unpack it without holding it.
    fn unpacked(&self, packed: &Arc<Content>, compression: Compression) -> Option<Arc<dyn Stored>> {
        let _ = (packed, compression);
        None
    }
}

/// Bytes that are hashed at once.
const PIECE: usize = 64 << 10;
/// Files up to this size are kept in one piece, in bytes.
const INLINE_LIMIT: u64 = 128 << 10;

/// Equal are recipes that are the same, and bytes that are the same, however they are kept.
impl PartialEq for Content {
    fn eq(&self, other: &Content) -> bool {
        match (self, other) {
            (Content::Inline(left), Content::Inline(right)) => left == right,
            (Content::Synthetic { size, seed }, Content::Synthetic { size: other_size, seed: other_seed }) => {
                (size, seed) == (other_size, other_seed)
            }
            (Content::Program { name, size }, Content::Program { name: other_name, size: other_size }) => {
                (name, size) == (other_name, other_size)
            }
            (Content::Archive(left), Content::Archive(right)) if Arc::ptr_eq(left, right) => true,
            (Content::Stored(left), Content::Stored(right)) if Arc::ptr_eq(left, right) => true,
            (Content::Slice { of, start, size }, Content::Slice { of: other, start: from, size: length })
                if Arc::ptr_eq(of, other) && (start, size) == (from, length) =>
            {
                true
            }
            (left, right) => left.is_held() && right.is_held() && self.same_bytes(other),
        }
    }
}

impl Eq for Content {}

impl Content {
    /// A file of no bytes.
    pub fn empty() -> Content {
        Content::Inline(Arc::from([].as_slice()))
    }

    /// A file with this text.
    pub fn text(text: impl AsRef<str>) -> Content {
        Content::Inline(Arc::from(text.as_ref().as_bytes()))
    }

    /// The size in bytes.
    pub fn size(&self) -> u64 {
        match self {
            Content::Inline(bytes) => bytes.len() as u64,
            Content::Chunked(chunks) => chunks.size(),
            Content::Synthetic { size, .. } | Content::Program { size, .. } | Content::Slice { size, .. } => *size,
            Content::Archive(archive) => archive.size(),
            Content::Stored(stored) => stored.size(),
        }
    }

    /// Whether these are bytes, and no recipe for some.
    pub const fn is_held(&self) -> bool {
        !matches!(self, Content::Synthetic { .. } | Content::Program { .. })
    }

    /// Fills `buffer` with the bytes from `offset` on, as far as the file reaches; says how many there were. What is kept outside
    /// of the world and cannot be read any more reads as zeros.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> usize {
        self.try_read_at(offset, buffer).unwrap_or_else(|_| {
            let left = usize::try_from(self.size().saturating_sub(offset)).unwrap_or(usize::MAX);
            let length = left.min(buffer.len());
            buffer[..length].fill(0);
            length
        })
    }

    /// As [`Content::read_at`].
    ///
    /// # Errors
    /// Bytes that are kept outside of the world cannot be read.
    pub fn try_read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.size().saturating_sub(offset);
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let buffer = &mut buffer[..length];
        match self {
            Content::Inline(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                buffer.copy_from_slice(&bytes[start..start + length]);
            }
            Content::Chunked(chunks) => return Ok(chunks.read_at(offset, buffer)),
            Content::Archive(archive) => return Ok(archive.read_at(offset, buffer)),
            Content::Slice { of, start, .. } => return of.try_read_at(start.saturating_add(offset), buffer),
            Content::Stored(stored) => return stored.read_at(offset, buffer),
            Content::Synthetic { seed, .. } => fill_synthetic(*seed, offset, buffer),
            Content::Program { name, .. } => {
                fill_synthetic(seed_of(name), offset, buffer);
                overlay(&ELF_IDENTIFICATION, 0, offset, buffer);
                overlay(name.as_bytes(), ELF_IDENTIFICATION.len() as u64, offset, buffer);
                overlay(&[0], (ELF_IDENTIFICATION.len() + name.len()) as u64, offset, buffer);
            }
        }
        Ok(length)
    }

    /// The name of the program that a file of `size` bytes is, if its bytes begin with `start` as those of [`Content::Program`] do.
    pub fn program_in(start: &[u8], size: u64) -> Option<&str> {
        let rest = start.strip_prefix(&ELF_IDENTIFICATION)?;
        let name = rest.get(..rest.iter().position(|byte| *byte == 0)?)?;
        let name = std::str::from_utf8(name).ok().filter(|name| !name.is_empty())?;
        let mut expected = vec![0; start.len()];
        let length = Content::Program { name: name.into(), size }.read_at(0, &mut expected);
        (expected[..length] == *start).then_some(name)
    }

    fn same_bytes(&self, other: &Content) -> bool {
        if self.size() != other.size() {
            return false;
        }
        let (mut left, mut right) = ([0; 4096], [0; 4096]);
        let mut offset = 0;
        while offset < self.size() {
            let length = self.read_at(offset, &mut left);
            if length == 0 || other.read_at(offset, &mut right) != length || left[..length] != right[..length] {
                return false;
            }
            offset += length as u64;
        }
        true
    }

    /// The content after `bytes` were written at `offset`; a gap behind the end is filled with zeros. To append to a
    /// large file costs what is appended.
    ///
    /// # Errors
    /// `EFBIG` when the file is too large to be held.
    pub fn written_at(&self, offset: u64, bytes: &[u8]) -> Result<Content, Errno> {
        let end = offset.checked_add(bytes.len() as u64).ok_or(Errno::EFBIG)?.max(self.size());
        if end > INLINE_LIMIT {
            let mut chunks = match self {
                Content::Chunked(chunks) => chunks.clone(),
                content => {
                    let mut chunks = Chunks::default();
                    let mut piece = vec![0; 65_536];
                    while chunks.size() < content.size() {
                        let length = content.read_at(chunks.size(), &mut piece);
                        chunks.append(&piece[..length]);
                    }
                    chunks
                }
            };
            chunks.write_at(offset, bytes);
            return Ok(Content::Chunked(chunks));
        }
        let (start, length) = (usize::try_from(offset), usize::try_from(end));
        let (Ok(start), Ok(length)) = (start, length) else { return Err(Errno::EFBIG) };
        let mut whole = vec![0; length];
        self.read_at(0, &mut whole);
        whole[start..start + bytes.len()].copy_from_slice(bytes);
        Ok(Content::Inline(whole.into()))
    }

    /// The SHA-256 of the bytes, which are read piece by piece.
    pub fn digest(&self) -> Digest {
        match self {
            Content::Inline(bytes) => Digest::of(bytes),
            Content::Archive(archive) => archive.digest(),
            content => {
                let (mut hash, mut offset) = (Hash::default(), 0);
                let mut piece = vec![0; PIECE];
                loop {
                    match content.read_at(offset, &mut piece) {
                        0 => return hash.digest(),
                        length => {
                            hash.take(&piece[..length]);
                            offset += length as u64;
                        }
                    }
                }
            }
        }
    }

    /// The bytes as a stream.
    pub fn reader(&self) -> ContentReader<'_> {
        ContentReader { content: self, offset: 0 }
    }

    /// All bytes at once; `EFBIG` if there are more than `limit`.
    pub fn bytes(&self, limit: u64) -> Result<Arc<[u8]>, Errno> {
        if self.size() > limit {
            return Err(Errno::EFBIG);
        }
        if let Content::Inline(bytes) = self {
            return Ok(Arc::clone(bytes));
        }
        let length = usize::try_from(self.size()).map_err(|_| Errno::EFBIG)?;
        let mut bytes = vec![0; length];
        self.read_at(0, &mut bytes);
        Ok(bytes.into())
    }
}

/// Reads a [`Content`] from its beginning; it fails only for what is kept outside of the world.
#[derive(Clone, Debug)]
pub struct ContentReader<'a> {
    content: &'a Content,
    offset: u64,
}

impl Read for ContentReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.content.try_read_at(self.offset, buffer)?;
        self.offset += length as u64;
        Ok(length)
    }
}

/// As [`ContentReader`], of a content that is shared; it reads from any place.
#[derive(Clone, Debug)]
pub struct SharedReader {
    content: Arc<Content>,
    offset: u64,
}

impl SharedReader {
    /// Reads from the beginning.
    pub const fn new(content: Arc<Content>) -> SharedReader {
        SharedReader { content, offset: 0 }
    }
}

impl Read for SharedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.content.try_read_at(self.offset, buffer)?;
        self.offset += length as u64;
        Ok(length)
    }
}

impl Seek for SharedReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => self.content.size().checked_add_signed(offset),
            SeekFrom::Current(offset) => self.offset.checked_add_signed(offset),
        };
        self.offset = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.offset)
    }
}

/// The first 16 bytes of a 64-bit little-endian ELF file.
const ELF_IDENTIFICATION: [u8; 16] = *b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0";

/// Synthetic bytes come in blocks of this size …
const BLOCK: u64 = 64;
/// … of which these many are noise and the rest zero, which a gzip makes 2.5 times smaller.
const NOISE: usize = 24;

/// Writes the synthetic bytes of `seed` from `offset` on. Each block is made from its number alone, so that a read
/// may begin anywhere.
fn fill_synthetic(seed: u64, offset: u64, buffer: &mut [u8]) {
    let mut position = offset;
    let mut rest = buffer;
    while !rest.is_empty() {
        let within = (position % BLOCK) as usize;
        let length = rest.len().min(BLOCK as usize - within);
        let (now, later) = rest.split_at_mut(length);
        now.copy_from_slice(&synthetic_block(seed, position / BLOCK)[within..within + length]);
        position += length as u64;
        rest = later;
    }
}

/// The block with this number.
fn synthetic_block(seed: u64, number: u64) -> [u8; BLOCK as usize] {
    let mut block = [0; BLOCK as usize];
    for (index, word) in block[..NOISE].chunks_exact_mut(8).enumerate() {
        let counter = number.wrapping_mul(3).wrapping_add(index as u64);
        word.copy_from_slice(&mix(mix(seed).wrapping_add(counter)).to_le_bytes());
    }
    block
}

/// SplitMix64: a bijection on 64-bit numbers whose values for 0, 1, 2, … pass for noise.
const fn mix(value: u64) -> u64 {
    let value = value.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A seed that depends on a program's name alone (FNV-1a), so that the same program has the same bytes everywhere.
fn seed_of(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Writes `piece`, which stands at `start` in the file, over the part of it that `buffer` (at `offset`) shows.
fn overlay(piece: &[u8], start: u64, offset: u64, buffer: &mut [u8]) {
    for (index, byte) in piece.iter().enumerate() {
        let Some(place) = (start + index as u64).checked_sub(offset) else { continue };
        match usize::try_from(place).ok().and_then(|place| buffer.get_mut(place)) {
            Some(slot) => *slot = *byte,
            None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_program_looks_like_an_elf_file_that_names_itself() {
        let program = Content::Program { name: "nginx".into(), size: 4096 };
        let bytes = program.bytes(4096).unwrap();
        assert!(bytes.starts_with(b"\x7fELF"));
        assert!(bytes.windows(6).any(|window| window == b"nginx\0"));
        assert_eq!(Content::program_in(&bytes[..512], 4096), Some("nginx"));
        assert_eq!(Content::program_in(&bytes[..20], 4096), None, "the name is cut off");
        assert_eq!(Content::program_in(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0", 4096), None);
        assert_eq!(Content::Program { name: "nginx".into(), size: 3 }.bytes(10).unwrap().as_ref(), b"\x7fEL");
    }

    #[test]
    fn synthetic_bytes_are_the_same_for_ever_and_compress_as_programs_do() {
        let content = Content::Synthetic { size: 1 << 20, seed: 7 };
        let bytes = content.bytes(1 << 20).unwrap();
        assert_eq!(bytes[..8], mix(mix(7)).to_le_bytes());
        assert_ne!(bytes, Content::Synthetic { size: 1 << 20, seed: 8 }.bytes(1 << 20).unwrap());
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(&bytes).unwrap();
        let ratio = bytes.len() as f64 / gzip.finish().unwrap().len() as f64;
        assert!((2.2..2.8).contains(&ratio), "{ratio}");
    }

    #[test]
    fn a_limit_is_kept() {
        assert_eq!(Content::Synthetic { size: u64::MAX, seed: 1 }.bytes(1000), Err(Errno::EFBIG));
        assert_eq!(Content::text("four").bytes(3), Err(Errno::EFBIG));
        assert_eq!(Content::empty().read_at(u64::MAX, &mut [0; 4]), 0);
    }

    fn any_content() -> impl Strategy<Value = Content> {
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..300).prop_map(|bytes| Content::Inline(bytes.into())),
            (0..2000u64, any::<u64>()).prop_map(|(size, seed)| Content::Synthetic { size, seed }),
            (0..600u64, "[a-z]{0,20}").prop_map(|(size, name)| Content::Program { name: name.into(), size }),
        ]
    }

    proptest! {
        #[test]
        fn reading_in_pieces_anywhere_gives_what_the_stream_gives(
            content in any_content(), offset in 0..2200u64, length in 0..300usize
        ) {
            let mut all = Vec::new();
            content.reader().read_to_end(&mut all).unwrap();
            prop_assert_eq!(all.len() as u64, content.size());
            let mut piece = vec![0; length];
            let read = content.read_at(offset, &mut piece);
            let start = (offset as usize).min(all.len());
            let end = (start + length).min(all.len());
            prop_assert_eq!(&piece[..read], &all[start..end]);
        }
    }
}
