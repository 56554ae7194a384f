//! The model: a Docker world in memory.

pub mod clock;
pub mod digest;
pub mod filesystem;
