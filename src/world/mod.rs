//! The model: a Docker world in memory.
//!
//! Promises: pure and deterministic. The same seed and actions give the same output, events and state, on every
//! machine. A [`World`] is a value that is cheap to clone: the past is kept by keeping worlds.
//! Must not know: terminal, files, threads, the wall clock; the docker client, which is a program like any other and
//! is given to it in the [`ProgramTable`].
//! Start reading at [`World::act`], then [`machine::Machine`].

pub mod clock;
pub mod context;
pub mod daemon;
pub mod digest;
pub mod event;
pub mod filesystem;
pub mod machine;
pub mod process;
pub mod registry;

pub use process::ProgramTable;
