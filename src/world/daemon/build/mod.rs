//! How one Docker Engine builds images: Dockerfile → instructions → layers, and the build cache.
//!
//! Must not know: the client. Start reading at `dockerfile`.

pub mod dockerfile;
pub mod progress;
