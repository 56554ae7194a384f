//! Image archives: what `docker save` writes and `docker load` reads, as real bytes.
//!
//! Promises: what is written is an OCI layout with Docker's `manifest.json`, as Docker 28 writes it, and gives the same image IDs
//! wherever it is loaded; whatever is read, the answer is images or an error that names what is at fault; contents stay where they
//! are, so that an archive takes no more memory than its index. Must not know the daemon, or where the bytes are kept.
//! Start reading at `read.rs`.

mod blobs;
mod error;
mod legacy;
mod members;
pub mod read;
#[cfg(test)]
mod tests;
pub mod write;

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
