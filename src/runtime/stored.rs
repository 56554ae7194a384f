//! Contents that stay in real files: an archive of images is looked through where it lies.
//!
//! Promises: nothing is written, and nothing is held but one piece; a compressed part is unpacked again for each look that goes back, and
//! goes on where the last one ended for each that does not. The file must stay as it is while it is looked at.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::world::filesystem::compression::{Compression, Decoder};
use crate::world::filesystem::content::{Content, Stored};

/// Bytes that are skipped at once.
const PIECE: usize = 256 << 10;

/// The bytes of a real file.
///
/// # Errors
/// A sentence that names the file.
pub fn content(path: &Path) -> Result<Content, String> {
    let wrong = |error: io::Error| format!("{}: {error}", path.display());
    let file = File::open(path).map_err(wrong)?;
    let metadata = file.metadata().map_err(wrong)?;
    if !metadata.is_file() {
        return Err(format!("{}: not a regular file", path.display()));
    }
    Ok(Content::Stored(Arc::new(RealFile { file, size: metadata.len() })))
}

#[derive(Debug)]
struct RealFile {
    file: File,
    size: u64,
}

impl Stored for RealFile {
    fn size(&self) -> u64 {
        self.size
    }

    #[cfg(unix)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.file, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.file, buffer, offset)
    }

    fn unpacked(&self, packed: &Arc<Content>, compression: Compression) -> Option<Arc<dyn Stored>> {
        Some(Arc::new(Unpacked { packed: Arc::clone(packed), compression, decoder: Mutex::new(None) }))
    }
}

/// The bytes behind a compressed part of a file.
#[derive(Debug)]
struct Unpacked {
    packed: Arc<Content>,
    compression: Compression,
    /// Where the last look ended.
    decoder: Mutex<Option<Decoder>>,
}

impl Stored for Unpacked {
    /// Nobody knows before all of it was unpacked.
    fn size(&self) -> u64 {
        u64::MAX
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        // Whoever panicked while looking left a decoder that stands where it stands.
        let mut held = self.decoder.lock().unwrap_or_else(PoisonError::into_inner);
        if held.as_ref().is_none_or(|decoder| decoder.position() > offset) {
            *held = Some(self.compression.decoder(Arc::clone(&self.packed)));
        }
        let Some(decoder) = held.as_mut() else { return Ok(0) };
        let looked = look(decoder, offset, buffer);
        if looked.is_err() {
            *held = None;
        }
        looked
    }
}

fn look(decoder: &mut Decoder, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut scratch = Vec::new();
    while decoder.position() < offset {
        scratch.resize(PIECE, 0);
        let most = usize::try_from(offset - decoder.position()).unwrap_or(PIECE).min(PIECE);
        if decoder.read(&mut scratch[..most])? == 0 {
            return Ok(0);
        }
    }
    let mut done = 0;
    while done < buffer.len() {
        match decoder.read(&mut buffer[done..])? {
            0 => break,
            length => done += length,
        }
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn a_packed_part_can_be_looked_at_forwards_and_backwards() {
        let text: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect();
        let mut gzip = GzEncoder::new(b"before".to_vec(), flate2::Compression::fast());
        gzip.write_all(&text).unwrap();
        let packed = gzip.finish().unwrap();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&packed).unwrap();
        let whole = Arc::new(content(file.path()).unwrap());
        let part = Arc::new(Content::Slice { of: whole, start: 6, size: packed.len() as u64 - 6 });
        let unpacked = part.unpacked(Compression::Gzip, 0).unwrap();
        for offset in [0, 10, 1_000_000, 3_999_990, 999_999, 0] {
            let mut piece = [0; 100];
            let length = unpacked.try_read_at(offset as u64, &mut piece).unwrap();
            assert_eq!(piece[..length], text[offset..text.len().min(offset + 100)], "from {offset} on");
        }
        assert_eq!(unpacked.try_read_at(text.len() as u64, &mut [0; 4]).unwrap(), 0);
    }

    #[test]
    fn what_is_no_file_is_refused_by_name() {
        let error = content(Path::new("/no/such/file.tar")).unwrap_err();
        assert!(error.starts_with("/no/such/file.tar: "), "{error}");
        assert!(content(&std::env::temp_dir()).is_err());
    }
}
