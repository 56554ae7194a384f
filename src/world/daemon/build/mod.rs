//! How one Docker Engine builds images: Dockerfile → instructions → layers, and the build cache.
//!
//! Promises: what BuildKit would do with the same Dockerfile, context and cache; the same texts. A build that fails changes nothing
//! but the cache. Must not know: the client, which prints the messages.
//! Start reading at `dockerfile` (text → instructions), then `graph.rs` (→ steps), `execute.rs` (→ layers), `export.rs` (→ image).

pub mod cache;
pub mod configure;
mod context;
mod copy;
pub mod dockerfile;
mod execute;
mod export;
mod graph;
mod history;
pub mod ignore;
mod open;
pub mod progress;
mod run;
#[cfg(test)]
mod tests;
mod validate;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use self::execute::{Running, Snapshot};
use self::graph::Graph;
use self::progress::{BuildMessage, BuildWarning, Vertex};
use super::api::{BuildRequest, JobMessage};
use crate::world::clock::Time;
use crate::world::filesystem::union::UnionMount;
use crate::world::process::Kernel;

/// A build under way.
#[derive(Clone, Debug)]
pub(super) struct Build {
    request: Arc<BuildRequest>,
    /// What is told before the first step, and when.
    opening: VecDeque<(Time, Vec<JobMessage>)>,
    /// None when the Dockerfile or its images turned out wrong: the opening then tells why.
    graph: Option<Arc<Graph>>,
    /// The files of the context, without those that are ignored.
    context: UnionMount,
    warnings: Vec<BuildWarning>,
    /// The number of the last vertex that was told of.
    last_vertex: Vertex,
    /// What each step made, once it is done.
    snapshots: BTreeMap<usize, Snapshot>,
    running: BTreeMap<usize, Running>,
    /// Since when, and until when, the image is written.
    exporting: Option<(Time, Time)>,
}

impl Build {
    /// When it goes on by itself.
    pub(super) fn due(&self) -> Option<Time> {
        let opening = self.opening.front().map(|(at, _)| *at);
        let steps = self.running.values().filter_map(Running::due);
        let exporting = self.exporting.map(|(_, until)| until);
        match opening {
            Some(at) => Some(at),
            None => steps.chain(exporting).min(),
        }
    }

    /// Whether one of its processes wrote something or ended.
    pub(super) fn is_due(&self, kernel: &Kernel) -> bool {
        self.running.values().any(|running| running.is_due(kernel))
    }

    fn next_vertex(&mut self) -> Vertex {
        self.last_vertex += 1;
        self.last_vertex
    }
}

fn build(message: BuildMessage) -> JobMessage {
    JobMessage::Build(message)
}
