//! What a container is: what it was made from, how it is to run, and how it is.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use crate::world::clock::Time;
use crate::world::digest::Digest;
use crate::world::process::descriptor::{FilesystemId, OpenFileId, PipeId, SinkId};
use crate::world::process::{Namespaces, Pid};
use crate::world::registry::config::RunConfig;

pub use super::host_config::{
    BindOptions, DeviceMapping, DeviceRequest, HostConfig, LogConfig, MountRequest, PortBinding, Resources,
    RestartPolicy, TmpfsOptions, Ulimit, VolumeOptions,
};
pub use super::links::Link;

/// A container's own configuration (`.Config`): the image's, with what `docker run` changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContainerConfig {
    /// Env, Cmd, Entrypoint, User, WorkingDir, ExposedPorts, Volumes, Labels, StopSignal, Healthcheck, …
    pub run: RunConfig,
    /// The image as the user named it.
    pub image: String,
    pub host_name: String,
    pub domain_name: String,
    pub tty: bool,
    pub open_stdin: bool,
    pub stdin_once: bool,
    pub attach_stdin: bool,
    pub attach_stdout: bool,
    pub attach_stderr: bool,
}

/// The networks to join at creation: name → how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkingConfig {
    pub endpoints: BTreeMap<String, EndpointConfig>,
}

/// How a network is joined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointConfig {
    pub aliases: Vec<String>,
    /// `container:alias`.
    pub links: Vec<String>,
    /// As it was written; empty for the next free one.
    pub address: String,
    pub address6: String,
    pub link_local: Vec<String>,
    /// As it was written; empty for one of the Engine's choice.
    pub mac: String,
    pub driver_options: BTreeMap<String, String>,
    /// Whether it was sent whole, what is empty too (`docker network connect`).
    pub is_whole: bool,
    /// Of several networks, the one with the highest gives the default gateway.
    pub gateway_priority: i64,
}

/// What a container is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    #[default]
    Created,
    Running,
    Paused,
    Restarting,
    Removing,
    Exited,
    Dead,
}

impl Status {
    /// As the API writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Created => "created",
            Status::Running => "running",
            Status::Paused => "paused",
            Status::Restarting => "restarting",
            Status::Removing => "removing",
            Status::Exited => "exited",
            Status::Dead => "dead",
        }
    }

    /// Whether it has a process.
    pub const fn is_running(self) -> bool {
        matches!(self, Status::Running | Status::Paused)
    }
}

/// How a container is (`.State`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub status: Status,
    /// PID 1's number on the host; `None` when it does not run.
    pub pid: Option<Pid>,
    pub exit_code: i32,
    /// Why it could not be started.
    pub error: String,
    pub out_of_memory: bool,
    /// `None` is Go's zero time, as `inspect` shows it.
    pub started: Option<Time>,
    pub finished: Option<Time>,
    pub restart_count: u32,
    /// How often it has exited, restarts included.
    pub exits: u64,
    /// Whether a person stopped it: restart policies then leave it alone.
    pub stopped_by_user: bool,
    pub health: Option<Health>,
}

/// What the health check says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Health {
    /// `starting`, `healthy`, `unhealthy`.
    pub status: &'static str,
    pub failing_streak: u32,
    /// The last five probes.
    pub log: Vec<HealthResult>,
}

/// One probe.
#[derive(Clone, Debug, PartialEq)]
pub struct HealthResult {
    pub start: Time,
    pub end: Time,
    pub exit_code: i32,
    pub output: String,
}

/// A mount that a container has (`.Mounts`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MountPoint {
    /// `volume`, `bind`, `tmpfs`.
    pub kind: &'static str,
    /// The volume's name.
    pub name: Option<Arc<str>>,
    /// The path on the host.
    pub source: String,
    pub target: String,
    pub mode: String,
    pub read_write: bool,
    /// Of a bind: `rprivate` unless it was said otherwise.
    pub propagation: String,
    /// Of a volume: what it is to be made with, until it is made.
    pub labels: BTreeMap<String, String>,
    pub driver: String,
    pub driver_options: BTreeMap<String, String>,
    /// Of a volume: the directory in it that is mounted.
    pub subpath: String,
    /// Of a tmpfs: its options.
    pub tmpfs: String,
    /// Of a bind: the source is not made when it is missing (`--mount`).
    pub must_exist: bool,
    /// Whether the volume was made for this container (`rm -v` takes it away).
    pub anonymous: bool,
    /// Whether an empty volume is filled from the image.
    pub copies: bool,
}

/// An endpoint: a container in a network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    /// How the network is joined, as it was asked for.
    pub asked: EndpointConfig,
    pub network_id: String,
    pub endpoint_id: String,
    pub address: Option<Ipv4Addr>,
    pub gateway: Option<Ipv4Addr>,
    pub prefix: u8,
    pub mac: Option<[u8; 6]>,
}

/// A container.
#[derive(Clone, Debug, PartialEq)]
pub struct Container {
    /// 64 hexadecimal digits.
    pub id: Arc<str>,
    /// Without the leading slash.
    pub name: String,
    pub created: Time,
    /// The ID of its image.
    pub image: Digest,
    pub config: ContainerConfig,
    /// Shared by the versions of a container: only `docker update` changes it.
    pub host_config: Arc<HostConfig>,
    /// The program and its arguments, ENTRYPOINT and CMD put together.
    pub path: String,
    pub arguments: Vec<String>,
    pub state: State,
    /// The union mount of the image's layers and the writable layer.
    pub root: FilesystemId,
    pub mounts: Vec<MountPoint>,
    /// Links on the default bridge.
    pub links: Vec<Link>,
    /// By network name.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// Published ports while it runs: `80/tcp` → host addresses and ports.
    pub published: BTreeMap<String, Vec<PortBinding>>,
    /// Its namespaces while it runs.
    pub namespaces: Option<Namespaces>,
    /// Whether the engine has written its `hosts` and the like: they are there from the first start on.
    pub has_files: bool,
    /// What its process writes.
    pub sink: SinkId,
    /// Its standard input, while it runs, when it was asked to keep one open.
    pub input: Option<PipeId>,
    /// The daemon's own end of that pipe; closing it is the end of the input.
    pub input_end: Option<OpenFileId>,
    /// IDs of execs that run in it.
    pub execs: Vec<String>,
    /// When a stop becomes a kill.
    pub kill_at: Option<Time>,
    /// When a restart policy starts it again.
    pub restart_at: Option<Time>,
    /// The delay before the next restart.
    pub restart_delay: Duration,
    /// Whether a `docker stop` is under way: its event follows the exit.
    pub stopping: bool,
    /// The identity of its network sandbox while it runs: 64 hexadecimal digits.
    pub sandbox: Option<String>,
    /// Start again as soon as it has stopped (`docker restart`).
    pub restart_when_stopped: bool,
    /// When the next health probe is due.
    pub probe_at: Option<Time>,
}
