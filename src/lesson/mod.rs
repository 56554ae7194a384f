//! Lessons: files of words and commands, read with errors that point, and goals and observations as typed data.
//!
//! Promises: every value of a lesson knows its place in the file; all mistakes of a file are found at once; a lesson
//! holds no output, size, digest or time of Docker's: those come from the model. Must not know the app, the screen,
//! files or the network: bytes come in, values go out. Start reading at `format`, then `condition`, then `read`.

pub mod check;
pub mod condition;
pub mod format;
pub mod misconception;
pub mod observe;
mod observe_virtual_machine;
pub mod player;
pub mod read;
mod rules;
pub mod scene;
pub mod schema;
mod step;
pub mod summary;
mod table;
pub mod text;
