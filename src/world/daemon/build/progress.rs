//! What a build tells while it runs: BuildKit's vertexes, their logs and their ends.
//!
//! Must not know: how the client lays them out.

use std::time::Duration;

use crate::world::process::descriptor::Stream;

/// A step of the build graph, counted from 1 in the order in which the steps began.
pub type Vertex = u32;

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub enum BuildMessage {
    /// A vertex began: `[2/5] RUN apt-get update`, `[internal] load build definition from Dockerfile`.
    Started { vertex: Vertex, name: String },
    /// A vertex did part of its work: `transferring dockerfile: 120B`, `naming to docker.io/library/app`.
    Status { vertex: Vertex, text: String, took: Option<Duration> },
    /// A process of a vertex wrote this.
    Log { vertex: Vertex, stream: Stream, after: Duration, bytes: Vec<u8> },
    /// A vertex ended well; `cached` when it had not to be done.
    Finished { vertex: Vertex, cached: bool, took: Duration },
    /// A vertex failed.
    Failed { vertex: Vertex, error: String },
    /// Something a vertex did not need in the end.
    Canceled { vertex: Vertex },
    /// The linter's warnings, when the build ended.
    Warnings(Vec<BuildWarning>),
    /// What is wrong with a Dockerfile that was only to be checked, and the excerpt.
    CheckFailed { text: String, excerpt: Option<String> },
    /// The build failed: the error, and the excerpt of the Dockerfile with the lines that it is about.
    Error { text: String, excerpt: Option<String> },
}

/// A warning of the Dockerfile linter, as BuildKit words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildWarning {
    pub rule: String,
    pub description: String,
    pub url: String,
    pub detail: String,
    /// Line in the Dockerfile, from 1.
    pub line: u32,
    pub excerpt: String,
}
