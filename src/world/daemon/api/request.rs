//! What a client asks of the daemon.
//!
//! Promises: a request says all that the daemon needs; nothing of how it was worded is left. Must not know: the answers' text.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::world::clock::Time;
use crate::world::daemon::container::{
    ContainerConfig, EndpointConfig, HostConfig, NetworkingConfig, Resources, RestartPolicy,
};
use crate::world::filesystem::archive::Archive;
use crate::world::filesystem::content::Content;
use crate::world::registry::Credentials;

/// The filters of a list: name → values, as `--filter name=value` gives them.
pub type Filters = BTreeMap<String, Vec<String>>;

/// A long job of the daemon: a pull, a push, a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

/// What a wait waits for (`docker wait`, `docker run`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitCondition {
    NotRunning,
    /// The next exit after the wait began; `since` is the number of exits seen so far (see [`Response::ExitCount`](super::Response::ExitCount)).
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

    /// Whether a registry knows a user (`docker login`).
    RegistryLogin {
        server: String,
        credentials: Credentials,
    },

    // Images
    ImagePull(Box<PullImage>),
    ImagePush(Box<PushImage>),
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
        platform: Option<String>,
    },
    ImageTag {
        source: String,
        target: String,
    },
    ImageRemove {
        name: String,
        force: bool,
        prune: bool,
        platforms: Vec<String>,
    },
    ImagePrune {
        filters: Filters,
    },
    ImageBuild(Box<BuildRequest>),
    BuildCacheList,
    /// Forgets what builds made (`docker builder prune`); what images share too with `all`. The filter is `until`, others do nothing.
    BuildCachePrune {
        all: bool,
        filters: Filters,
    },
    /// An archive of images (`docker save`).
    ImageSave {
        names: Vec<String>,
        platform: Option<String>,
    },
    /// Images out of an archive (`docker load`).
    ImageLoad {
        archive: Content,
        platform: Option<String>,
    },
    ImageImport(Box<ImportImage>),
    /// The messages of a job from number `from` on.
    JobRead {
        job: JobId,
        from: usize,
    },

    // Containers
    ContainerCreate(Arc<CreateContainer>),
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
    /// `docker rm --link`: only a link, `PARENT/ALIAS`, goes.
    ContainerUnlink {
        link: String,
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
    /// All its files.
    ContainerExport {
        container: String,
    },
    /// What stands at a path (`HEAD /containers/{id}/archive`).
    ContainerStatPath {
        container: String,
        path: String,
    },
    /// What stands at a path and below it.
    ContainerArchive {
        container: String,
        path: String,
    },
    /// Puts files into a directory; `as_user` makes them the container's user's.
    ContainerExtract {
        container: String,
        path: String,
        archive: Arc<Archive>,
        as_user: bool,
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
    NetworkCreate(Box<CreateNetwork>),
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
        endpoint: Box<EndpointConfig>,
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

/// What `POST /images/create` sends to pull.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullImage {
    pub reference: String,
    pub platform: Option<String>,
    /// All tags of the repository.
    pub all: bool,
    pub credentials: Option<Credentials>,
}

/// What `POST /images/{name}/push` sends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushImage {
    pub reference: String,
    pub platform: Option<String>,
    /// All tags of the repository.
    pub all: bool,
    pub credentials: Option<Credentials>,
}

/// What `POST /networks/create` sends.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateNetwork {
    pub name: String,
    /// Empty for a bridge.
    pub driver: String,
    pub internal: bool,
    pub attachable: bool,
    pub ipv6: bool,
    /// Who chooses addresses: empty or `default` for the engine itself.
    pub address_driver: String,
    pub address_options: BTreeMap<String, String>,
    /// Without any, the engine chooses a subnet.
    pub addresses: Vec<AddressConfig>,
    pub options: BTreeMap<String, String>,
    pub labels: BTreeMap<String, String>,
}

/// A subnet that a user chose for a network, everything as it was written; empty for what was not said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressConfig {
    pub subnet: String,
    /// The part of the subnet from which addresses are given.
    pub range: String,
    pub gateway: String,
    /// Addresses that are taken by others than containers, by the others' names.
    pub auxiliary_addresses: BTreeMap<String, String>,
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

/// What `POST /containers/{id}/update` changes; what is 0 or empty stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateContainer {
    pub resources: Resources,
    /// Without a name it stays.
    pub restart_policy: RestartPolicy,
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

/// What `POST /images/create?fromSrc=…` sends.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportImage {
    /// The files of the image, as a tar stream.
    pub archive: Content,
    /// Where they are instead, when the daemon is to fetch them.
    pub url: Option<String>,
    /// The reference of the new image; none makes a dangling one.
    pub reference: Option<String>,
    pub message: String,
    /// Dockerfile instructions that change the configuration (`--change`).
    pub changes: Vec<String>,
    pub platform: Option<String>,
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
    /// Whether it is the Dockerfile's own, `NAME.dockerignore`.
    pub has_own_ignore: bool,
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
