//! Load: many users who send requests to the servers of a world, and what comes of it.
//!
//! Promises: as for everything in a world, the same seed gives the same bytes; servers, their queues, the processors they share and the
//! way to them are those of the world at each moment, so that scaling, updates and failures under load have their effect; times agree
//! with queueing theory (`tests.rs`: M/M/c, M/D/1). Must not know the tool that asks (`hey` is one).
//! Start reading at [`simulation::Simulation`], then `station.rs` and `share.rs`.

mod hey;
pub mod report;
pub mod running;
pub mod share;
pub mod simulation;
pub mod station;
#[cfg(test)]
mod tests;
pub mod topology;
pub mod users;

use crate::world::process::ProgramTable;

/// Adds `hey` to a table.
pub fn register(table: &mut ProgramTable) {
    hey::register(table);
}
