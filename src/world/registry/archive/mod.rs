//! Image archives: what `docker save` writes and `docker load` reads, as real bytes.
//!
//! Promises: what is written is an OCI layout with Docker's `manifest.json`, as Docker 28 writes it, and gives the same image IDs
//! wherever it is loaded; whatever is read, the answer is images or an error that names what is at fault; contents stay where they
//! are, so that an archive takes no more memory than its index. Must not know the daemon, or where the bytes are kept.
//! Start reading at [`images_in`], then `read.rs`.

mod blobs;
mod error;
mod legacy;
mod members;
pub mod read;
#[cfg(test)]
mod tests;
pub mod write;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use self::read::{Loaded, Reader};
use super::platform::Platform;
use crate::world::filesystem::compression::Compression;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::path;
use crate::world::filesystem::untar::Limits;

pub use self::error::ArchiveError;
pub use self::members::Members;

/// The list of images in Docker's form.
pub const MANIFEST: &str = "manifest.json";
/// The list of images in OCI's form.
pub const INDEX: &str = "index.json";
/// What makes a directory an OCI layout.
pub const LAYOUT: &str = "oci-layout";
/// The list of tags in the form of the first Docker versions.
pub const REPOSITORIES: &str = "repositories";

/// Bytes that are unpacked into memory, where the keeper of the bytes cannot unpack them.
const IN_MEMORY: u64 = 256 << 20;
/// What an archive from outside may hold: half a million files, 64 GiB.
pub const LIMITS: Limits = Limits { members: 500_000, bytes: 64 << 30, path: path::MAXIMUM_PATH, once: true };

/// The images in an archive from outside, packed or not, in Docker's layout or OCI's; every digest in it is checked.
///
/// Contents of files stay pieces of `archive`: nothing is held but names, metadata and JSON. `advance` is told how many more bytes were
/// read; an error that it gives ends the reading.
///
/// # Errors
/// What is wrong with it.
pub fn images_in(
    archive: Content,
    platform: Option<Platform>,
    limits: Limits,
    advance: &mut dyn FnMut(u64) -> io::Result<()>,
) -> Result<Vec<Loaded>, ArchiveError> {
    let mut archive = Arc::new(archive);
    let blob = || "the archive".to_owned();
    let packed = Compression::detect(&archive).map_err(|with| ArchiveError::Compression { blob: blob(), with })?;
    if let Some(compression) = packed {
        let unpacked = archive.unpacked(compression, limits.bytes.min(IN_MEMORY));
        archive = unpacked.map_err(|source| ArchiveError::Packed { blob: blob(), source })?;
    }
    let members = Members::of(&archive)?;
    let mut reader = Reader { known: &|_| None, advance, limits, strict: true, platform, layers: BTreeMap::new() };
    if members.find(MANIFEST)?.is_some() {
        reader.docker(&members)
    } else if members.find(INDEX)?.is_some() {
        reader.oci(&members)
    } else {
        Err(ArchiveError::NoImages)
    }
}
