//! `docker compose`, version 2.40: several containers from one file.
//!
//! Promises: Compose's own commands, files, names, labels, output without a terminal and errors. It is a client like `docker`: all
//! it does goes through requests to the daemon. Must not know how the daemon does it.
//! Start reading at `project` (from the command line to a project), then `file` (reading files), `model`, and `work` (what is done).

mod command;
mod error;
mod file;
mod log;
mod machine;
mod model;
mod preflight;
mod progress;
mod project;
mod selection;
mod shape;
mod task;
mod work;
mod yaml;

pub use error::ComposeError;
pub use task::task;
