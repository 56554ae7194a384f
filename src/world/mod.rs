//! The model: a Docker world in memory.

pub mod clock;
pub mod daemon;
pub mod digest;
pub mod filesystem;
pub mod registry;
