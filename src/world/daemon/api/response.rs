//! What the daemon answers: values, not text.
//!
//! Promises: an answer is whole; sizes are in bytes and times are the world's. Must not know: how a client prints it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{ApiError, JobId};
use serde_json::Value;

use crate::world::clock::Time;
use crate::world::digest::Digest;
use crate::world::filesystem::archive::Archive;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::Entry;
use crate::world::process::descriptor::Stream;

/// A message of a job, in the order in which it happened.
#[derive(Clone, Debug, PartialEq)]
pub enum JobMessage {
    /// A line about the whole: «latest: Pulling from library/nginx», «Digest: …», «Status: …».
    Status {
        text: String,
    },
    /// A line about a layer: «Pull complete».
    Layer {
        id: String,
        status: String,
        current: u64,
        total: u64,
    },
    /// What a build tells (BuildKit's vertexes and their logs).
    Build(crate::world::daemon::build::progress::BuildMessage),
    Failed(ApiError),
    /// The job made this image.
    Image {
        id: Digest,
    },
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Response {
    /// 204, or 200 without anything to say.
    Done,
    /// 304: it was so already.
    NotModified,
    /// It was done, but not all of it.
    Warnings(Vec<String>),
    Created {
        id: String,
        warnings: Vec<String>,
    },
    /// What `inspect` and `info` print, in Docker's order of keys.
    Object(Box<Value>),
    Job(JobId),
    /// Messages of a job, and whether it has ended.
    Messages {
        messages: Vec<JobMessage>,
        finished: bool,
    },
    Images(Vec<ImageSummary>),
    History(Vec<HistoryEntry>),
    Removed(Vec<ImageRemoval>),
    Containers(Vec<ContainerSummary>),
    /// `None`: not yet.
    Waited(Option<WaitResult>),
    ExitCount(u64),
    Output(Output),
    PathStat(PathStat),
    /// Files as a tar stream carries them, and what stands at their root.
    Archive {
        stat: PathStat,
        archive: Arc<Archive>,
    },
    /// Bytes, such as those of an archive of images.
    Content(Content),
    /// Records of the build cache, oldest first.
    BuildRecords(Vec<BuildRecord>),
    /// What `docker load` says, a line each.
    Loaded(Vec<String>),
    Changes(Vec<(ChangeKind, String)>),
    Top {
        titles: Vec<String>,
        processes: Vec<Vec<String>>,
    },
    Exec {
        running: bool,
        exit_code: Option<i32>,
        pid: u32,
    },
    Volumes(Vec<VolumeSummary>),
    Networks(Vec<NetworkSummary>),
    Pruned {
        deleted: Vec<String>,
        reclaimed: u64,
    },
    Events(Vec<EngineEvent>),
}

/// A record of the build cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildRecord {
    pub id: String,
    /// BuildKit's word for what it is: `regular`, `source.local`.
    pub record_type: &'static str,
    /// What it was made by.
    pub description: String,
    /// In bytes.
    pub size: u64,
    pub created: Time,
    pub used: Time,
    /// How many builds used it.
    pub uses: u64,
    /// Whether the next build may change it.
    pub mutable: bool,
    /// Whether an image has the same layers.
    pub shared: bool,
}

/// How a wait ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitResult {
    pub exit_code: i32,
    /// Why the container could not be started, if so.
    pub error: Option<String>,
}

/// What stands at a path of a container (the header `X-Docker-Container-Path-Stat`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathStat {
    /// The last part of the path.
    pub name: String,
    pub entry: Entry,
}

/// `A`, `C` or `D` of `docker diff`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    Added,
    Changed,
    Deleted,
}

/// Pieces of output, and what is to be known to go on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    pub pieces: Vec<OutputPiece>,
    /// The number to ask from next.
    pub next: u64,
    /// Nothing more will come.
    pub finished: bool,
    /// Both streams are one, as a terminal shows them.
    pub tty: bool,
    /// The process waits to read its standard input.
    pub awaits_input: bool,
    /// What `docker logs --details` shows of each line.
    pub attributes: BTreeMap<String, String>,
}

/// A piece of output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputPiece {
    pub at: Time,
    pub stream: Stream,
    pub bytes: Arc<[u8]>,
}

/// A row of `docker images`.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageSummary {
    pub id: Digest,
    /// `repository:tag`, in familiar form; empty for a dangling image.
    pub tags: Vec<String>,
    /// `repository@digest`.
    pub digests: Vec<String>,
    pub created: Option<Time>,
    /// Sum of its layers, in bytes, uncompressed.
    pub size: u64,
    pub containers: u64,
    pub labels: BTreeMap<String, String>,
}

/// A row of `docker history`, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEntry {
    /// The image that this step made, where it is kept; else `<missing>`.
    pub id: Option<Digest>,
    pub created: Option<Time>,
    pub created_by: String,
    pub size: u64,
    pub comment: String,
    pub tags: Vec<String>,
}

/// What a removal of an image did, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageRemoval {
    Untagged(String),
    Deleted(String),
}

/// A row of `docker ps`.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerSummary {
    pub id: Arc<str>,
    /// Without the leading slash.
    pub names: Vec<String>,
    /// As it was named at creation, or its ID when that name now means another image.
    pub image: Arc<str>,
    pub image_id: Digest,
    /// Path and arguments.
    pub command: String,
    pub created: Time,
    /// `running`, `exited`, …
    pub state: &'static str,
    /// `Up 3 seconds (healthy)`.
    pub status: String,
    pub ports: Vec<PortSummary>,
    pub labels: BTreeMap<String, String>,
    pub mounts: Vec<String>,
    pub networks: Vec<String>,
    /// Bytes in the writable layer, and with the image; when asked for.
    pub size: Option<(u64, u64)>,
}

/// A port in a row of `docker ps`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PortSummary {
    pub ip: Option<String>,
    pub public: Option<u16>,
    pub private: u16,
    /// `tcp`, `udp`, `sctp`.
    pub protocol: String,
}

/// A row of `docker volume ls`.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeSummary {
    pub name: String,
    pub driver: String,
    pub scope: String,
    pub mountpoint: String,
    pub labels: BTreeMap<String, String>,
    pub size: u64,
    pub links: u64,
}

/// A row of `docker network ls`.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkSummary {
    pub id: String,
    pub name: String,
    pub driver: String,
    pub scope: String,
    pub ipv6: bool,
    pub internal: bool,
    pub labels: BTreeMap<String, String>,
    pub created: Time,
}

/// An entry of the daemon's own event log (`docker events`).
#[derive(Clone, Debug, PartialEq)]
pub struct EngineEvent {
    pub at: Time,
    /// `container`, `image`, `network`, `volume`, `builder`.
    pub kind: &'static str,
    /// `create`, `start`, `die`, `exec_create: sh`, …
    pub action: String,
    pub actor: String,
    pub attributes: BTreeMap<String, String>,
}
