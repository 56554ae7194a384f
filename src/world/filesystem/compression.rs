//! Compressed contents: which compression it is, and the bytes behind it.
//!
//! Promises: what a content unpacks to is limited by what it is packed in; a decoder holds its window and no more. It must not know what
//! the bytes are.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use super::chunks::Chunks;
use super::content::{Content, SharedReader};

/// The largest window of zstd that is decoded, in bytes: `zstd -19` takes 8 MiB.
const WINDOW: u64 = 32 << 20;
/// Bytes that anything may unpack to.
const FREE: u64 = 1 << 30;
/// Beyond [`FREE`], a content may unpack to so many times its size.
const RATIO: u64 = 200;
/// Bytes that are unpacked at once.
const PIECE: usize = 256 << 10;

/// How bytes are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    Gzip,
    Zstd,
}

impl Compression {
    /// The compression that a content begins with; none for a plain one. Docker looks at the first bytes too, and not at what a blob is
    /// said to be (moby `go-archive/compression`, `Detect`).
    ///
    /// # Errors
    /// The name of a compression that the model has not.
    pub fn detect(content: &Content) -> Result<Option<Compression>, &'static str> {
        let mut start = [0; 6];
        let length = content.read_at(0, &mut start);
        match &start[..length] {
            [0x1f, 0x8b, 0x08, ..] => Ok(Some(Compression::Gzip)),
            // A frame, or one that is skipped, as zstd:chunked begins with.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Ok(Some(Compression::Zstd)),
            [b'B', b'Z', b'h', ..] => Err("bzip2"),
            [0xfd, b'7', b'z', b'X', b'Z', ..] => Err("xz"),
            _ => Ok(None),
        }
    }

    /// The bytes behind a content, from the beginning.
    pub fn decoder(self, packed: Arc<Content>) -> Decoder {
        let most = FREE.max(packed.size().saturating_mul(RATIO));
        let input = BufReader::with_capacity(PIECE, SharedReader::new(packed));
        let kind = match self {
            Compression::Gzip => Kind::Gzip(Box::new(MultiGzDecoder::new(input))),
            Compression::Zstd => Kind::Between(Some(input)),
        };
        Decoder { kind, most, unpacked: 0 }
    }
}

type Input = BufReader<SharedReader>;
/// A frame of zstd, with its magic number in front of the rest.
type Frame = StreamingDecoder<io::Chain<io::Cursor<[u8; 4]>, Input>, FrameDecoder>;

/// The magic numbers of frames that are to be skipped (RFC 8878, 3.1.2).
const SKIPPED: u32 = 0x184d_2a50;
const SKIPPED_MASK: u32 = 0xffff_fff0;

/// Unpacks a content.
pub struct Decoder {
    kind: Kind,
    most: u64,
    unpacked: u64,
}

enum Kind {
    Gzip(Box<MultiGzDecoder<Input>>),
    /// In a frame of zstd.
    Frame(Box<Frame>),
    /// Before a frame, or at the end.
    Between(Option<Input>),
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").field("unpacked", &self.unpacked).finish_non_exhaustive()
    }
}

impl Decoder {
    /// How many bytes it has given.
    pub const fn position(&self) -> u64 {
        self.unpacked
    }

    fn next(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match &mut self.kind {
                Kind::Gzip(gzip) => return gzip.read(buffer),
                Kind::Frame(frame) => {
                    let length = frame.read(buffer)?;
                    if length > 0 || buffer.is_empty() {
                        return Ok(length);
                    }
                    let done = std::mem::replace(&mut self.kind, Kind::Between(None));
                    if let Kind::Frame(frame) = done {
                        self.kind = Kind::Between(Some(frame.into_inner().into_inner().1));
                    }
                }
                Kind::Between(input) => match input.take().map(next_frame).transpose()?.flatten() {
                    Some(frame) => self.kind = Kind::Frame(Box::new(frame)),
                    None => return Ok(0),
                },
            }
        }
    }
}

/// The next frame of a zstd stream, those that are to be skipped left out; none at the end.
fn next_frame(mut input: Input) -> io::Result<Option<Frame>> {
    loop {
        if input.fill_buf()?.is_empty() {
            return Ok(None);
        }
        let mut magic = [0; 4];
        input.read_exact(&mut magic)?;
        if u32::from_le_bytes(magic) & SKIPPED_MASK != SKIPPED {
            let whole = io::Cursor::new(magic).chain(input);
            return StreamingDecoder::new_with_max_window_size(whole, WINDOW).map(Some).map_err(io::Error::other);
        }
        let mut length = [0; 4];
        input.read_exact(&mut length)?;
        let length = u64::from(u32::from_le_bytes(length));
        if io::copy(&mut (&mut input).take(length), &mut io::sink())? < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

impl Read for Decoder {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.next(buffer)?;
        self.unpacked += length as u64;
        if self.unpacked > self.most {
            return Err(io::Error::other(format!("it unpacks to more than {} bytes, for all its size", self.most)));
        }
        Ok(length)
    }
}

impl Content {
    /// The bytes behind a compressed content. They stay where the content is, if its keeper can unpack; if not, they are unpacked into
    /// memory, at most `limit` of them.
    ///
    /// # Errors
    /// It cannot be unpacked, or is too large.
    pub fn unpacked(self: &Arc<Content>, compression: Compression, limit: u64) -> io::Result<Arc<Content>> {
        let keeper = match &**self {
            Content::Stored(stored) => Some(stored),
            Content::Slice { of, .. } => match &**of {
                Content::Stored(stored) => Some(stored),
                _ => None,
            },
            _ => None,
        };
        if let Some(unpacked) = keeper.and_then(|keeper| keeper.unpacked(self, compression)) {
            return Ok(Arc::new(Content::Stored(unpacked)));
        }
        let mut decoder = compression.decoder(Arc::clone(self));
        let mut chunks = Chunks::default();
        let mut piece = vec![0; PIECE];
        loop {
            let length = decoder.read(&mut piece)?;
            if length == 0 {
                return Ok(Arc::new(Content::Chunked(chunks)));
            }
            chunks.append(&piece[..length]);
            if chunks.size() > limit {
                return Err(io::Error::other(format!("it unpacks to more than {limit} bytes")));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::write::GzEncoder;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn packed(compression: Compression, bytes: &[u8]) -> Arc<Content> {
        let packed = match compression {
            Compression::Gzip => {
                let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::fast());
                gzip.write_all(bytes).and_then(|()| gzip.finish()).expect("memory takes all")
            }
            Compression::Zstd => compress_to_vec(bytes, CompressionLevel::Fastest),
        };
        Arc::new(Content::Inline(packed.into()))
    }

    #[test]
    fn what_was_packed_is_unpacked_in_one_piece_or_several() {
        let text = "a line of text\n".repeat(50_000);
        for compression in [Compression::Gzip, Compression::Zstd] {
            let content = packed(compression, text.as_bytes());
            assert_eq!(Compression::detect(&content), Ok(Some(compression)));
            let unpacked = content.unpacked(compression, 1 << 20).expect("it is whole");
            assert_eq!(*unpacked, Content::text(&text));
            let twice: Vec<u8> = [0, 1].iter().flat_map(|_| content.bytes(1 << 20).expect("small").to_vec()).collect();
            let twice = Arc::new(Content::Inline(twice.into()));
            assert_eq!(twice.unpacked(compression, 1 << 21).expect("both are whole").size(), 2 * text.len() as u64);
            assert!(content.unpacked(compression, 1_000).is_err(), "more than was allowed");
            let cut = Arc::new(Content::Slice { of: content.clone(), start: 0, size: content.size() - 5 });
            assert!(cut.unpacked(compression, 1 << 20).is_err(), "it is cut off");
        }
    }

    #[test]
    fn frames_that_are_to_be_skipped_are_skipped() {
        let mut bytes = vec![0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 7, 7, 7];
        bytes.extend(compress_to_vec(&b"hello"[..], CompressionLevel::Fastest));
        let content = Arc::new(Content::Inline(bytes.into()));
        assert_eq!(Compression::detect(&content), Ok(Some(Compression::Zstd)));
        assert_eq!(*content.unpacked(Compression::Zstd, 100).expect("one frame"), Content::text("hello"));
    }

    #[test]
    fn endless_compression_ends() {
        let zeros = packed(Compression::Gzip, &vec![0; 64 << 20]);
        let mut decoder = Compression::Gzip.decoder(Arc::clone(&zeros));
        decoder.most = 1 << 20;
        let error = io::copy(&mut decoder, &mut io::sink()).expect_err("it goes on and on");
        assert_eq!(error.to_string(), "it unpacks to more than 1048576 bytes, for all its size");
    }
}
