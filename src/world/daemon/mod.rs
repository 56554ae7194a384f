//! One Docker Engine: what it keeps, and how it answers a request.
//!
//! Must not know: the client, the screen. Each kind of thing the engine manages has its own file.

pub mod build;
pub mod reference;
