//! Layerlab shows what Docker does: a whole Docker world in memory, played step by step, forwards and backwards.

pub mod app;
pub mod args;
pub mod client;
pub mod diagnostic;
pub mod learner;
pub mod lesson;
pub mod plain;
pub mod quiz;
pub mod runtime;
pub mod scenario;
pub mod stage;
pub mod timeline;
pub mod view;
pub mod world;
pub mod worlds;
