//! The Engine API as types: what a client asks of the daemon, what it answers, and how it refuses.
//!
//! Promises: every request is answered at once. What takes time (a pull, a build, a stop) is begun by one request and
//! followed by others; the client waits between them with [`crate::world::process::Wait::Engine`].
//! Must not know: the command line.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::container::{ContainerConfig, HostConfig, NetworkingConfig};
use crate::world::clock::Time;
use crate::world::digest::Digest;
use crate::world::process::descriptor::Stream;

/// The version of the Engine API that is modelled.
pub const API_VERSION: &str = "1.51";
/// The version of Docker Engine that is modelled.
pub const ENGINE_VERSION: &str = "28.5.2";

/// Why the daemon refuses, with the status that it answers over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// The HTTP status: 304 not modified, 400 bad parameter, 404 not found, 409 conflict, 500 failed; 0 when there
    /// was no answer at all.
    pub status: u16,
    /// The daemon's text; the client puts «Error response from daemon: » in front.
    pub message: String,
}

impl ApiError {
    /// A refusal with an HTTP status.
    pub fn new(status: u16, message: impl Into<String>) -> ApiError {
        ApiError { status, message: message.into() }
    }

    /// 400.
    pub fn invalid(message: impl Into<String>) -> ApiError {
        ApiError::new(400, message)
    }

    /// 404.
    pub fn not_found(message: impl Into<String>) -> ApiError {
        ApiError::new(404, message)
    }

    /// 409.
    pub fn conflict(message: impl Into<String>) -> ApiError {
        ApiError::new(409, message)
    }

    /// 500.
    pub fn failed(message: impl Into<String>) -> ApiError {
        ApiError::new(500, message)
    }

    /// Nobody listens on the socket.
    pub fn unreachable() -> ApiError {
        let socket = "unix:///var/run/docker.sock";
        ApiError::new(0, format!("Cannot connect to the Docker daemon at {socket}. Is the docker daemon running?"))
    }

    /// 501: Docker has it, the model has not. The client says so plainly.
    pub fn not_modelled(what: impl Into<String>) -> ApiError {
        ApiError::new(501, what)
    }
}

/// The filters of a list: name → values, as `--filter name=value` gives them.
pub type Filters = BTreeMap<String, Vec<String>>;

/// A long job of the daemon: a pull, a push, a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

/// What a wait waits for (`docker wait`, `docker run`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitCondition {
    NotRunning,
    /// The next exit after the wait began; `since` is the number of exits seen so far (see [`Response::ExitCount`]).
    NextExit {
        since: u64,
    },
    Removed,
}

/// A request. Names are what the user typed: a name, an ID or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    // System
    Version,
    Info,
    DiskUsage,
    /// What happened between two moments; `until` in the past ends the answer.
    Events {
        since: Option<Time>,
        until: Option<Time>,
        filters: Filters,
    },

    // Images
    ImagePull {
        reference: String,
        platform: Option<String>,
    },
    ImageList {
        all: bool,
        filters: Filters,
    },
    ImageInspect {
        name: String,
        platform: Option<String>,
    },
    ImageHistory {
        name: String,
    },
    ImageTag {
        source: String,
        target: String,
    },
    ImageRemove {
        name: String,
        force: bool,
        prune: bool,
    },
    ImagePrune {
        filters: Filters,
    },
    ImageBuild(Box<BuildRequest>),
    /// The messages of a job from number `from` on.
    JobRead {
        job: JobId,
        from: usize,
    },

    // Containers
    ContainerCreate(Box<CreateContainer>),
    ContainerStart {
        container: String,
    },
    /// Begins to stop; the client then waits. `timeout` in seconds, negative: for ever.
    ContainerStop {
        container: String,
        signal: Option<String>,
        timeout: Option<i64>,
    },
    /// Begins to stop and to start again.
    ContainerRestart {
        container: String,
        signal: Option<String>,
        timeout: Option<i64>,
    },
    ContainerKill {
        container: String,
        signal: Option<String>,
    },
    ContainerPause {
        container: String,
    },
    ContainerUnpause {
        container: String,
    },
    ContainerRename {
        container: String,
        name: String,
    },
    ContainerUpdate {
        container: String,
        changes: Box<UpdateContainer>,
    },
    ContainerRemove {
        container: String,
        force: bool,
        volumes: bool,
    },
    ContainerPrune {
        filters: Filters,
    },
    ContainerWait {
        container: String,
        condition: WaitCondition,
    },
    /// How often the container has exited, for [`WaitCondition::NextExit`].
    ContainerExitCount {
        container: String,
    },
    ContainerList {
        all: bool,
        last: Option<u32>,
        size: bool,
        filters: Filters,
    },
    ContainerInspect {
        container: String,
        size: bool,
    },
    /// What it wrote, from piece number `from` on, as its log driver kept it.
    ContainerLogs {
        container: String,
        from: u64,
    },
    /// The number of the next piece that it will write, and whether it has a TTY: where an attached client begins.
    ContainerAttach {
        container: String,
    },
    /// What it writes, for an attached client: works for every log driver.
    ContainerOutput {
        container: String,
        from: u64,
    },
    /// Bytes for its standard input.
    ContainerInput {
        container: String,
        bytes: Vec<u8>,
    },
    ContainerCloseInput {
        container: String,
    },
    ContainerDiff {
        container: String,
    },
    ContainerTop {
        container: String,
        arguments: Vec<String>,
    },
    ContainerStats {
        container: String,
    },
    ContainerCommit(Box<CommitContainer>),

    // Exec
    ExecCreate {
        container: String,
        exec: Box<ExecConfig>,
    },
    ExecStart {
        exec: String,
    },
    ExecOutput {
        exec: String,
        from: u64,
    },
    ExecInput {
        exec: String,
        bytes: Vec<u8>,
    },
    ExecCloseInput {
        exec: String,
    },
    ExecInspect {
        exec: String,
    },

    // Volumes and networks
    VolumeCreate {
        name: Option<String>,
        driver: String,
        labels: BTreeMap<String, String>,
        options: BTreeMap<String, String>,
    },
    VolumeList {
        filters: Filters,
    },
    VolumeInspect {
        name: String,
    },
    VolumeRemove {
        name: String,
        force: bool,
    },
    VolumePrune {
        filters: Filters,
    },
    NetworkCreate {
        name: String,
        driver: String,
        internal: bool,
        attachable: bool,
        ipv6: bool,
        subnet: Option<String>,
        gateway: Option<String>,
        options: BTreeMap<String, String>,
        labels: BTreeMap<String, String>,
    },
    NetworkList {
        filters: Filters,
    },
    NetworkInspect {
        name: String,
    },
    NetworkRemove {
        name: String,
    },
    NetworkConnect {
        network: String,
        container: String,
        aliases: Vec<String>,
        /// `--ip`.
        address: Option<std::net::Ipv4Addr>,
    },
    NetworkDisconnect {
        network: String,
        container: String,
        force: bool,
    },
    NetworkPrune {
        filters: Filters,
    },
}

/// What `POST /containers/create` sends.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateContainer {
    pub name: Option<String>,
    pub platform: Option<String>,
    pub config: ContainerConfig,
    pub host_config: HostConfig,
    pub networking: NetworkingConfig,
}

/// What `POST /containers/{id}/update` changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateContainer {
    pub memory: Option<i64>,
    pub memory_swap: Option<i64>,
    pub nano_cpus: Option<i64>,
    pub cpu_shares: Option<i64>,
    pub pids_limit: Option<i64>,
    pub restart_policy: Option<super::container::RestartPolicy>,
}

/// What `POST /commit` sends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommitContainer {
    pub container: String,
    /// The reference of the new image; none makes a dangling one.
    pub reference: Option<String>,
    pub comment: String,
    pub author: String,
    /// Dockerfile instructions that change the configuration (`--change`).
    pub changes: Vec<String>,
    pub pause: bool,
}

/// What `POST /containers/{id}/exec` sends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecConfig {
    pub command: Vec<String>,
    pub environment: Vec<String>,
    pub user: String,
    pub working_directory: String,
    pub tty: bool,
    pub stdin: bool,
    pub privileged: bool,
    pub detach: bool,
}

/// What a build is asked to do. The client has read the context and the Dockerfile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BuildRequest {
    /// The Dockerfile's text.
    pub dockerfile: String,
    /// Its name, as it is shown in messages.
    pub dockerfile_name: String,
    /// The files of the context: path without leading slash → file.
    pub context: BTreeMap<String, crate::world::filesystem::entry::Entry>,
    /// The text of `.dockerignore`, if there is one.
    pub ignore: Option<String>,
    pub tags: Vec<String>,
    pub target: Option<String>,
    /// `--build-arg`; no value takes the client's environment.
    pub arguments: BTreeMap<String, Option<String>>,
    pub labels: BTreeMap<String, String>,
    pub no_cache: bool,
    pub pull: bool,
    pub platform: Option<String>,
    /// `--secret`: id → content.
    pub secrets: BTreeMap<String, Arc<[u8]>>,
    /// `--check`: only look for problems.
    pub check: bool,
}

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
    Build(super::build::progress::BuildMessage),
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

/// How a wait ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitResult {
    pub exit_code: i32,
    /// Why the container could not be started, if so.
    pub error: Option<String>,
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
    pub image: String,
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
