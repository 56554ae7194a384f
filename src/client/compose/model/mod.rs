//! The model of the Compose Specification, as types.
//!
//! Promises: what a file says is kept in full, whether the engine can do it or not, so that it can be written again.
//! Must not know the engine.
//! Start reading at `project`, then `service`.

mod check;
pub mod mappings;
pub mod parts;
mod project;
mod render;
pub mod scalars;
mod service;

pub use check::check;
pub use project::{Project, Related};
pub use render::{hash_network, hash_service, hash_volume, to_json, to_yaml};
pub use service::Service;
