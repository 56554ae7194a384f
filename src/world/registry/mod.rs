//! Registries: images as OCI defines them, and the places they are pulled from.
//!
//! Promises: IDs and digests are the SHA-256 of real OCI bytes; everything is cheap to clone. Must not know the daemon, the client
//! or the machine. Start reading at `image.rs`.

pub mod config;
pub mod go_json;
pub mod image;
pub mod manifest;
