//! Files as a Docker machine keeps them: layers, union mounts, copy-up, whiteouts; the tar bytes of a layer.
//!
//! Promises: a [`layer::Layer`] never changes; a [`union::UnionMount`] writes only to its own upper tree; equal content
//! gives equal tar bytes and so equal digests. Nothing here follows symbolic links, crosses mounts or checks permissions:
//! the kernel does that. It must not know processes, the engine or images.
//!
//! Start reading at [`entry`] (what a file is), then [`layer`], then [`union`].

pub mod archive;
pub mod chunks;
pub mod components;
pub mod compression;
pub mod content;
pub mod diff;
pub mod entry;
pub mod errno;
pub mod layer;
pub mod path;
pub mod tar;
pub mod tar_members;
pub mod union;
pub mod untar;
mod write;
