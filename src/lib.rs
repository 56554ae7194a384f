//! Layerlab shows what Docker does: a whole Docker world in memory, played step by step, forwards and backwards.
//!
//! Promises: the same seed and actions give the same bytes on every machine; nothing but [`runtime`] touches the machine it
//! runs on. The laws and their reasons are in `docs/architecture.md`; `tests/architecture.rs` holds them.
//!
//! The map, each module knowing only those below it (and [`diagnostic`]):
//! - [`runtime`]: the terminal, files, the wall clock, signals; [`args`]: layerlab's own command line
//! - [`recording`]: a lesson that plays itself, as a file to show
//! - [`view`]: draws the app with ratatui; [`plain`]: the same as lines of text
//! - [`app`]: the program as a value: model, message, update, effects
//! - [`stage`]: what a world looks like at a moment; [`quiz`]: rounds of questions; [`learner`]: what was done and answered;
//!   [`lesson`]: reads, checks and plays lessons
//! - [`scenario`]: a file of shell lines, played; [`project`]: the learner's own Dockerfile or Compose file, put into a world
//! - [`worlds`]: a world put together: catalogue, machines, the docker program
//! - [`timeline`]: the steps taken and the world after each
//! - [`client`]: the docker command line: words to requests, answers to text
//! - [`world`]: the model: machines, kernels, engines, images, layers, registry. Start reading here
//! - [`diagnostic`]: a message that points at a place in a file; a leaf for all
#![cfg_attr(
    not(test),
    warn(
        clippy::disallowed_macros,
        clippy::disallowed_methods,
        clippy::disallowed_types,
        clippy::expect_used,
        clippy::panic,
        clippy::print_stderr,
        clippy::print_stdout,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

pub mod app;
pub mod args;
pub mod client;
pub mod diagnostic;
pub mod learner;
pub mod lesson;
pub mod plain;
pub mod project;
pub mod quiz;
pub mod recording;
pub mod runtime;
pub mod scenario;
pub mod stage;
pub mod timeline;
pub mod view;
pub mod world;
pub mod worlds;
