//! Layers, union mounts, copy-up, whiteouts; the tar bytes of a layer.

pub mod errno;
