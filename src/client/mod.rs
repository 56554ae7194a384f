//! The docker command line: words in, requests out; responses in, the text that Docker prints out.
//!
//! Promises: it is pure, and speaks with Docker's own words: flags, usage texts, errors, tables and templates are those of
//! the docker command line 28.5. Must not know the screen, the timeline or the lessons.
//! Start reading at `commands` (what can be typed), then `flags` (how it is read).

mod base64;
pub mod commands;
pub mod complete;
pub mod compose;
mod credentials;
pub mod execute;
pub mod flags;
pub mod inspect_types;
pub mod natural;
mod note;
pub mod program;
pub mod table;
pub mod template;
pub mod truncation;

pub use crate::world::units;
