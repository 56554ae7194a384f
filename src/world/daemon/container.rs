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

/// How the host is to run it (`.HostConfig`).
#[derive(Clone, Debug, PartialEq)]
pub struct HostConfig {
    /// `-v` as it was given: `source:target[:options]`.
    pub binds: Vec<String>,
    /// `--mount`, parsed.
    pub mounts: Vec<MountRequest>,
    /// `--tmpfs`: target → options.
    pub tmpfs: BTreeMap<String, String>,
    pub volumes_from: Vec<String>,
    /// `--link`: `container:alias`.
    pub links: Vec<String>,
    /// `80/tcp` → where on the host.
    pub port_bindings: BTreeMap<String, Vec<PortBinding>>,
    pub publish_all: bool,
    /// `bridge`, `host`, `none`, `container:…`, or a network's name.
    pub network_mode: String,
    pub auto_remove: bool,
    pub restart_policy: RestartPolicy,
    pub privileged: bool,
    pub read_only_root: bool,
    pub init: Option<bool>,
    pub extra_hosts: Vec<String>,
    pub dns: Vec<String>,
    pub dns_search: Vec<String>,
    pub dns_options: Vec<String>,
    pub capabilities_added: Vec<String>,
    pub capabilities_dropped: Vec<String>,
    pub groups_added: Vec<String>,
    /// Bytes; 0 is without limit.
    pub memory: i64,
    pub memory_swap: i64,
    pub memory_reservation: i64,
    /// Billionths of a processor; 0 is without limit.
    pub nano_cpus: i64,
    pub cpu_shares: i64,
    pub cpu_period: i64,
    pub cpu_quota: i64,
    pub pids_limit: Option<i64>,
    pub oom_kill_disable: bool,
    /// `json-file`, `none`.
    pub log_driver: String,
    pub pid_mode: String,
    pub user_namespace_mode: String,
    pub container_id_file: String,
}

impl Default for HostConfig {
    fn default() -> HostConfig {
        HostConfig {
            binds: Vec::new(),
            mounts: Vec::new(),
            tmpfs: BTreeMap::new(),
            volumes_from: Vec::new(),
            links: Vec::new(),
            port_bindings: BTreeMap::new(),
            publish_all: false,
            network_mode: "bridge".to_owned(),
            auto_remove: false,
            restart_policy: RestartPolicy::default(),
            privileged: false,
            read_only_root: false,
            init: None,
            extra_hosts: Vec::new(),
            dns: Vec::new(),
            dns_search: Vec::new(),
            dns_options: Vec::new(),
            capabilities_added: Vec::new(),
            capabilities_dropped: Vec::new(),
            groups_added: Vec::new(),
            memory: 0,
            memory_swap: 0,
            memory_reservation: 0,
            nano_cpus: 0,
            cpu_shares: 0,
            cpu_period: 0,
            cpu_quota: 0,
            pids_limit: None,
            oom_kill_disable: false,
            log_driver: "json-file".to_owned(),
            pid_mode: String::new(),
            user_namespace_mode: String::new(),
            container_id_file: String::new(),
        }
    }
}

/// A mount asked for with `--mount`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MountRequest {
    /// `volume`, `bind`, `tmpfs`.
    pub kind: String,
    pub source: String,
    pub target: String,
    pub read_only: bool,
    pub no_copy: bool,
    pub tmpfs_size: Option<u64>,
    pub tmpfs_mode: Option<u32>,
}

/// Where on the host a container's port is published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortBinding {
    /// Empty: all addresses.
    pub host_ip: String,
    /// Empty: a free one. May be a range.
    pub host_port: String,
}

/// `--restart`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestartPolicy {
    /// `no`, `always`, `unless-stopped`, `on-failure`; empty is `no`.
    pub name: String,
    /// The daemon refuses a negative one.
    pub maximum_retries: i64,
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
    pub address: Option<Ipv4Addr>,
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
    /// Whether the volume was made for this container (`rm -v` takes it away).
    pub anonymous: bool,
    /// Whether an empty volume is filled from the image.
    pub copies: bool,
}

/// An endpoint: a container in a network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    pub network_id: String,
    pub endpoint_id: String,
    pub aliases: Vec<String>,
    /// The address that was asked for (`--ip`).
    pub requested: Option<Ipv4Addr>,
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
    pub host_config: HostConfig,
    /// The program and its arguments, ENTRYPOINT and CMD put together.
    pub path: String,
    pub arguments: Vec<String>,
    pub state: State,
    /// The union mount of the image's layers and the writable layer.
    pub root: FilesystemId,
    pub mounts: Vec<MountPoint>,
    /// By network name.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// Published ports while it runs: `80/tcp` → host addresses and ports.
    pub published: BTreeMap<String, Vec<PortBinding>>,
    /// Its namespaces while it runs.
    pub namespaces: Option<Namespaces>,
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
