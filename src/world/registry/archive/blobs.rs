//! Hashing blobs, piece by piece.

use std::io::{self, Read};

use crate::world::digest::Digest;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::tar::Hash;

/// Bytes that are read at once.
const PIECE: usize = 256 << 10;

/// The digest of a blob; `advance` is told how many more bytes were read.
///
/// # Errors
/// The blob cannot be read, or `advance` ends it.
pub fn digest_of(blob: &Content, advance: &mut dyn FnMut(u64) -> io::Result<()>) -> io::Result<Digest> {
    let mut hash = Hash::default();
    let mut reader = blob.reader();
    let mut piece = vec![0; PIECE];
    loop {
        let length = reader.read(&mut piece)?;
        if length == 0 {
            return Ok(hash.digest());
        }
        hash.take(&piece[..length]);
        advance(length as u64)?;
    }
}
