//! How the host is to run a container (`.HostConfig`): mounts, ports, namespaces, rights, and its share of the machine.
//!
//! Promises: what Docker Engine 28's `container.HostConfig` holds on Linux, as it was asked for and then completed by the
//! daemon. Must not know: which of it is allowed, which is `check.rs`, and how it comes about.

use std::collections::BTreeMap;

/// How the host is to run a container.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HostConfig {
    /// `-v` as it was given: `source:target[:options]`. Docker leaves out the list (`null`) when there are none.
    pub binds: Vec<String>,
    /// `--mount`, parsed.
    pub mounts: Vec<MountRequest>,
    /// `--tmpfs`: target → options.
    pub tmpfs: BTreeMap<String, String>,
    pub volumes_from: Vec<String>,
    /// `--volume-driver`.
    pub volume_driver: String,
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
    /// `--security-opt`, but for `systempaths`.
    pub security_options: Vec<String>,
    /// `--security-opt systempaths=unconfined`: no path of `/proc` and `/sys` is masked or read-only.
    pub system_paths_open: bool,
    pub storage_options: BTreeMap<String, String>,
    pub sysctls: BTreeMap<String, String>,
    pub annotations: BTreeMap<String, String>,
    pub log: LogConfig,
    /// Empty, `host`, or `container:…`.
    pub pid_mode: String,
    /// `private`, `shareable`, `none`, `host`, or `container:…`.
    pub ipc_mode: String,
    /// Empty or `host`.
    pub uts_mode: String,
    /// Empty or `host`.
    pub user_namespace_mode: String,
    /// `host` or `private`.
    pub cgroup_namespace_mode: String,
    pub container_id_file: String,
    /// The size of `/dev/shm`, in bytes.
    pub shared_memory: i64,
    pub out_of_memory_score: i64,
    pub runtime: String,
    pub isolation: String,
    pub resources: Resources,
}

/// A container's share of the machine; what `docker update` can change is here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resources {
    /// Bytes; 0 is without limit.
    pub memory: i64,
    /// Memory and swap together, in bytes; -1 is without limit.
    pub memory_swap: i64,
    pub memory_reservation: i64,
    /// 0 to 100.
    pub memory_swappiness: Option<i64>,
    pub oom_kill_disable: bool,
    /// Billionths of a processor; 0 is without limit.
    pub nano_cpus: i64,
    pub cpu_shares: i64,
    /// Microseconds.
    pub cpu_period: i64,
    /// Microseconds of each period.
    pub cpu_quota: i64,
    pub cpu_realtime_period: i64,
    pub cpu_realtime_runtime: i64,
    /// `0-1,3`; empty is all.
    pub cpuset_cpus: String,
    pub cpuset_mems: String,
    pub pids_limit: Option<i64>,
    pub cgroup_parent: String,
    pub block_weight: u16,
    /// Path of a device → weight, in the order given.
    pub block_weight_devices: Vec<(String, u16)>,
    /// Path of a device → bytes a second.
    pub device_read_bytes: Vec<(String, u64)>,
    pub device_write_bytes: Vec<(String, u64)>,
    /// Path of a device → operations a second.
    pub device_read_operations: Vec<(String, u64)>,
    pub device_write_operations: Vec<(String, u64)>,
    pub devices: Vec<DeviceMapping>,
    /// `c 1:3 rwm`.
    pub device_cgroup_rules: Vec<String>,
    pub device_requests: Vec<DeviceRequest>,
    /// By name.
    pub ulimits: BTreeMap<String, Ulimit>,
}

/// `--device`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceMapping {
    pub on_host: String,
    pub in_container: String,
    /// Of `r`, `w`, `m`.
    pub permissions: String,
}

/// `--gpus`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceRequest {
    pub driver: String,
    /// -1 is all.
    pub count: i64,
    /// `None` when devices were counted and not named.
    pub devices: Option<Vec<String>>,
    pub capabilities: Vec<String>,
    pub options: BTreeMap<String, String>,
}

/// `--ulimit`; -1 is without limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ulimit {
    pub soft: i64,
    pub hard: i64,
}

/// `--log-driver` and `--log-opt`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogConfig {
    /// `json-file`, `local`, `none`.
    pub driver: String,
    pub options: BTreeMap<String, String>,
}

/// A mount asked for with `--mount`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MountRequest {
    /// `volume`, `bind`, `tmpfs`.
    pub kind: String,
    pub source: String,
    pub target: String,
    pub read_only: bool,
    pub consistency: String,
    /// What was said for one kind of mount only; `None` when nothing was.
    pub bind: Option<BindOptions>,
    pub volume: Option<VolumeOptions>,
    pub image_subpath: Option<String>,
    pub tmpfs: Option<TmpfsOptions>,
}

/// The `bind-*` fields of `--mount`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BindOptions {
    pub propagation: String,
    /// Whether a source that is not there is made, as `-v` does it.
    pub creates_source: bool,
    pub non_recursive: bool,
    pub read_only_non_recursive: bool,
    pub read_only_force_recursive: bool,
}

/// The `volume-*` fields of `--mount`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VolumeOptions {
    /// An empty volume is left empty.
    pub no_copy: bool,
    pub labels: BTreeMap<String, String>,
    pub subpath: String,
    pub driver: String,
    pub driver_options: BTreeMap<String, String>,
}

/// The `tmpfs-*` fields of `--mount`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TmpfsOptions {
    /// Bytes; 0 is without limit.
    pub size: i64,
    pub mode: u32,
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
