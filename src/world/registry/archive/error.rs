//! Why an archive is not one of images.
//!
//! Promises: every refusal names what is at fault. The engine words some of them as Docker does: that is its own affair.

use std::io;

use crate::world::digest::Digest;
use crate::world::filesystem::untar::TarError;

/// Why an archive was refused.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("the archive: {0}")]
    Outer(#[from] TarError),
    #[error("{name:?} is a link to {target:?}, which leads out of the archive or to no file in it")]
    Link { name: String, target: String },
    #[error("{name:?} is a link to {target:?}, which is itself a link; links through links are not followed")]
    LinkThroughLink { name: String, target: String },
    #[error("{name:?} is neither a file nor a directory; an archive of images has nothing else")]
    NotAFile { name: String },
    #[error("{name:?} is missing in the archive")]
    Missing { name: String },
    #[error("there is neither manifest.json nor index.json in the archive: it is not one of images")]
    NoImages,
    #[error("{name:?} is larger than the {limit} bytes that are read of it")]
    TooLarge { name: String, limit: u64 },
    #[error("{name:?} is not what it should be: {why}")]
    Malformed { name: String, why: String },
    #[error("{name:?} has the digest {actual}, and is said to have {expected}")]
    WrongDigest { name: String, expected: Digest, actual: Digest },
    #[error("{name:?} has {actual} bytes, and is said to have {expected}")]
    WrongSize { name: String, expected: u64, actual: u64 },
    #[error("{image} names {expected} layers in its manifest and {actual} in its configuration")]
    LayerCount { image: String, expected: usize, actual: usize },
    #[error("layer {number} of {image} is {actual}, and is said to be {expected}")]
    WrongLayer { image: String, number: usize, expected: Digest, actual: Digest },
    #[error("{name:?}: {source}")]
    Layer { name: String, source: TarError },
    #[error("{blob:?} is packed with {with}, which the model does not unpack; it takes gzip and zstd")]
    Compression { blob: String, with: &'static str },
    #[error("{blob:?} cannot be unpacked: {source}")]
    Packed { blob: String, source: io::Error },
    #[error("no image in the archive is made for {wanted}; there are: {found}")]
    NoPlatform { wanted: String, found: String },
    #[error("{image} is made for {os}, and the model runs Linux")]
    System { image: String, os: String },
    #[error("the archive has more than {limit} {what}")]
    TooMany { what: &'static str, limit: usize },
}
