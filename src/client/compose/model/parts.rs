//! What a service is put together from: build, ports, mounts, health check, resources.
//!
//! Promises: the fields in the order in which compose-go declares them, which is that of `docker compose config`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::mappings::{Hosts, Labels, Mapping, Options, Texts, Variables};
use super::scalars::{
    Bytes, CommandLine, Decimal, Mode, Span, is_default, maybe_number, maybe_switch, number, switch, text,
};

/// What begins with `x-`.
pub type Extensions = BTreeMap<String, Value>;

/// How an image is built.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Build {
    #[serde(skip_serializing_if = "is_default")]
    pub context: String,
    #[serde(skip_serializing_if = "is_default")]
    pub dockerfile: String,
    #[serde(skip_serializing_if = "is_default")]
    pub dockerfile_inline: String,
    #[serde(skip_serializing_if = "is_default")]
    pub entitlements: Texts,
    #[serde(skip_serializing_if = "is_default")]
    pub args: Variables,
    #[serde(skip_serializing_if = "is_default")]
    pub provenance: String,
    #[serde(skip_serializing_if = "is_default")]
    pub sbom: String,
    #[serde(skip_serializing_if = "is_default")]
    pub ssh: BTreeMap<String, Option<String>>,
    #[serde(skip_serializing_if = "is_default")]
    pub labels: Labels,
    #[serde(skip_serializing_if = "is_default")]
    pub cache_from: Texts,
    #[serde(skip_serializing_if = "is_default")]
    pub cache_to: Texts,
    #[serde(deserialize_with = "switch", skip_serializing_if = "is_default")]
    pub no_cache: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub additional_contexts: Mapping,
    #[serde(deserialize_with = "switch", skip_serializing_if = "is_default")]
    pub pull: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub extra_hosts: Hosts,
    #[serde(skip_serializing_if = "is_default")]
    pub isolation: String,
    #[serde(skip_serializing_if = "is_default")]
    pub network: String,
    #[serde(skip_serializing_if = "is_default")]
    pub target: String,
    #[serde(skip_serializing_if = "is_default")]
    pub secrets: Vec<FileReference>,
    #[serde(skip_serializing_if = "is_default")]
    pub shm_size: Bytes,
    #[serde(skip_serializing_if = "is_default")]
    pub tags: Texts,
    #[serde(skip_serializing_if = "is_default")]
    pub ulimits: BTreeMap<String, Ulimit>,
    #[serde(skip_serializing_if = "is_default")]
    pub platforms: Texts,
    #[serde(deserialize_with = "switch", skip_serializing_if = "is_default")]
    pub privileged: bool,
    #[serde(rename = "#extensions", skip_serializing_if = "is_default")]
    pub extensions: Extensions,
}

/// A secret or config that a service is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileReference {
    #[serde(skip_serializing_if = "is_default")]
    pub source: String,
    #[serde(skip_serializing_if = "is_default")]
    pub target: String,
    #[serde(skip_serializing_if = "is_default")]
    pub uid: String,
    #[serde(skip_serializing_if = "is_default")]
    pub gid: String,
    #[serde(skip_serializing_if = "is_default")]
    pub mode: Option<Mode>,
    #[serde(rename = "#extensions", skip_serializing_if = "is_default")]
    pub extensions: Extensions,
}

/// A limit of a process: one number, or a soft and a hard one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Ulimit {
    Single(i64),
    Both { soft: i64, hard: i64 },
}

/// What a service waits for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dependency {
    #[serde(skip_serializing_if = "is_default")]
    pub condition: String,
    #[serde(deserialize_with = "switch", skip_serializing_if = "is_default")]
    pub restart: bool,
    pub required: bool,
}

/// A published port.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Port {
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    #[serde(skip_serializing_if = "is_default")]
    pub mode: String,
    #[serde(skip_serializing_if = "is_default")]
    pub host_ip: String,
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub target: i64,
    #[serde(deserialize_with = "text", skip_serializing_if = "is_default")]
    pub published: String,
    #[serde(skip_serializing_if = "is_default")]
    pub protocol: String,
    #[serde(skip_serializing_if = "is_default")]
    pub app_protocol: String,
    #[serde(rename = "#extensions", skip_serializing_if = "is_default")]
    pub extensions: Extensions,
}

/// A mount.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Volume {
    #[serde(rename = "type", skip_serializing_if = "is_default")]
    pub kind: String,
    #[serde(skip_serializing_if = "is_default")]
    pub source: String,
    #[serde(skip_serializing_if = "is_default")]
    pub target: String,
    #[serde(deserialize_with = "switch", skip_serializing_if = "is_default")]
    pub read_only: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub consistency: String,
    #[serde(skip_serializing_if = "is_default")]
    pub bind: Option<BindOptions>,
    #[serde(skip_serializing_if = "is_default")]
    pub volume: Option<VolumeOptions>,
    #[serde(skip_serializing_if = "is_default")]
    pub tmpfs: Option<TmpfsOptions>,
    #[serde(skip_serializing_if = "is_default")]
    pub image: Option<ImageOptions>,
    #[serde(rename = "#extensions", skip_serializing_if = "is_default")]
    pub extensions: Extensions,
}

/// Options of a bind mount.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BindOptions {
    #[serde(skip_serializing_if = "is_default")]
    pub selinux: String,
    #[serde(skip_serializing_if = "is_default")]
    pub propagation: String,
    #[serde(deserialize_with = "switch", skip_serializing_if = "is_default")]
    pub create_host_path: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub recursive: String,
}

/// Options of a volume's mount.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VolumeOptions {
    #[serde(skip_serializing_if = "is_default")]
    pub labels: Mapping,
    #[serde(deserialize_with = "switch", skip_serializing_if = "is_default")]
    pub nocopy: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub subpath: String,
}

/// Options of a mount in memory.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TmpfsOptions {
    #[serde(skip_serializing_if = "is_default")]
    pub size: Bytes,
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub mode: i64,
}

/// Options of an image's mount.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageOptions {
    #[serde(skip_serializing_if = "is_default")]
    pub subpath: String,
}

/// How a container is asked whether it is well.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HealthCheck {
    #[serde(deserialize_with = "health_test", skip_serializing_if = "is_default")]
    pub test: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub timeout: Option<Span>,
    #[serde(skip_serializing_if = "is_default")]
    pub interval: Option<Span>,
    #[serde(deserialize_with = "maybe_number", skip_serializing_if = "is_default")]
    pub retries: Option<i64>,
    #[serde(skip_serializing_if = "is_default")]
    pub start_period: Option<Span>,
    #[serde(skip_serializing_if = "is_default")]
    pub start_interval: Option<Span>,
    #[serde(deserialize_with = "switch", skip_serializing_if = "is_default")]
    pub disable: bool,
    #[serde(rename = "#extensions", skip_serializing_if = "is_default")]
    pub extensions: Extensions,
}

fn health_test<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(command) => Ok(vec!["CMD-SHELL".to_owned(), command]),
        Value::Array(words) => Ok(words.iter().map(crate::client::compose::file::shown).collect()),
        _ => Ok(Vec::new()),
    }
}

/// Where output goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Logging {
    #[serde(skip_serializing_if = "is_default")]
    pub driver: String,
    #[serde(skip_serializing_if = "is_default")]
    pub options: Options,
    #[serde(rename = "#extensions", skip_serializing_if = "is_default")]
    pub extensions: Extensions,
}

/// How a service is in a network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attachment {
    #[serde(skip_serializing_if = "is_default")]
    pub aliases: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub driver_opts: Options,
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub gw_priority: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub interface_name: String,
    #[serde(skip_serializing_if = "is_default")]
    pub ipv4_address: String,
    #[serde(skip_serializing_if = "is_default")]
    pub ipv6_address: String,
    #[serde(skip_serializing_if = "is_default")]
    pub link_local_ips: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub mac_address: String,
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub priority: i64,
    #[serde(rename = "#extensions", skip_serializing_if = "is_default")]
    pub extensions: Extensions,
}

/// A device of the host.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Device {
    #[serde(skip_serializing_if = "is_default")]
    pub source: String,
    #[serde(skip_serializing_if = "is_default")]
    pub target: String,
    #[serde(skip_serializing_if = "is_default")]
    pub permissions: String,
}

/// A file with variables.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct EnvFile {
    pub path: String,
    #[serde(deserialize_with = "switch")]
    pub required: bool,
    pub format: String,
}

impl Serialize for EnvFile {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.required {
            return serializer.serialize_str(&self.path);
        }
        BTreeMap::from([("path", Value::from(self.path.as_str())), ("required", Value::Bool(false))])
            .serialize(serializer)
    }
}

/// A command that runs in a container when it begins or ends.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hook {
    pub command: CommandLine,
    #[serde(skip_serializing_if = "is_default")]
    pub user: String,
    #[serde(deserialize_with = "switch", skip_serializing_if = "is_default")]
    pub privileged: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub working_dir: String,
    #[serde(skip_serializing_if = "is_default")]
    pub environment: Variables,
}

/// How many, and with what.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Deploy {
    #[serde(skip_serializing_if = "is_default")]
    pub mode: String,
    #[serde(deserialize_with = "maybe_number", skip_serializing_if = "is_default")]
    pub replicas: Option<i64>,
    #[serde(skip_serializing_if = "is_default")]
    pub labels: Labels,
    #[serde(skip_serializing_if = "is_default")]
    pub update_config: Option<Value>,
    #[serde(skip_serializing_if = "is_default")]
    pub rollback_config: Option<Value>,
    pub resources: Resources,
    #[serde(skip_serializing_if = "is_default")]
    pub restart_policy: Option<DeployRestart>,
    pub placement: Placement,
    #[serde(skip_serializing_if = "is_default")]
    pub endpoint_mode: String,
    #[serde(rename = "#extensions", skip_serializing_if = "is_default")]
    pub extensions: Extensions,
}

/// Limits and reservations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Resources {
    #[serde(skip_serializing_if = "is_default")]
    pub limits: Option<Resource>,
    #[serde(skip_serializing_if = "is_default")]
    pub reservations: Option<Resource>,
}

/// Some of a machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Resource {
    #[serde(skip_serializing_if = "is_default")]
    pub cpus: Decimal,
    #[serde(skip_serializing_if = "is_default")]
    pub memory: Bytes,
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub pids: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub devices: Vec<Value>,
    #[serde(skip_serializing_if = "is_default")]
    pub generic_resources: Vec<Value>,
}

/// When a container is started again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeployRestart {
    #[serde(skip_serializing_if = "is_default")]
    pub condition: String,
    #[serde(skip_serializing_if = "is_default")]
    pub delay: Option<Span>,
    #[serde(deserialize_with = "maybe_number", skip_serializing_if = "is_default")]
    pub max_attempts: Option<i64>,
    #[serde(skip_serializing_if = "is_default")]
    pub window: Option<Span>,
}

/// On which machines.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Placement {
    #[serde(skip_serializing_if = "is_default")]
    pub constraints: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub preferences: Vec<Value>,
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub max_replicas_per_node: i64,
}

/// A network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Network {
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    #[serde(skip_serializing_if = "is_default")]
    pub driver: String,
    #[serde(skip_serializing_if = "is_default")]
    pub driver_opts: Options,
    pub ipam: Ipam,
    #[serde(deserialize_with = "switch", skip_serializing_if = "is_default")]
    pub external: bool,
    #[serde(deserialize_with = "switch", skip_serializing_if = "is_default")]
    pub internal: bool,
    #[serde(deserialize_with = "switch", skip_serializing_if = "is_default")]
    pub attachable: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub labels: Labels,
    #[serde(deserialize_with = "maybe_switch", skip_serializing_if = "is_default")]
    pub enable_ipv4: Option<bool>,
    #[serde(deserialize_with = "maybe_switch", skip_serializing_if = "is_default")]
    pub enable_ipv6: Option<bool>,
    #[serde(rename = "#extensions", skip_serializing_if = "is_default")]
    pub extensions: Extensions,
}

/// The addresses of a network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ipam {
    #[serde(skip_serializing_if = "is_default")]
    pub driver: String,
    #[serde(skip_serializing_if = "is_default")]
    pub config: Vec<IpamPool>,
    #[serde(rename = "#extensions", skip_serializing_if = "is_default")]
    pub extensions: Extensions,
}

/// A range of addresses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IpamPool {
    #[serde(skip_serializing_if = "is_default")]
    pub subnet: String,
    #[serde(skip_serializing_if = "is_default")]
    pub gateway: String,
    #[serde(skip_serializing_if = "is_default")]
    pub ip_range: String,
    #[serde(skip_serializing_if = "is_default")]
    pub aux_addresses: Mapping,
}

/// A volume.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NamedVolume {
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    #[serde(skip_serializing_if = "is_default")]
    pub driver: String,
    #[serde(skip_serializing_if = "is_default")]
    pub driver_opts: Options,
    #[serde(deserialize_with = "switch", skip_serializing_if = "is_default")]
    pub external: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub labels: Labels,
    #[serde(rename = "#extensions", skip_serializing_if = "is_default")]
    pub extensions: Extensions,
}

/// A secret or config.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileObject {
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    #[serde(skip_serializing_if = "is_default")]
    pub file: String,
    #[serde(skip_serializing_if = "is_default")]
    pub environment: String,
    #[serde(skip_serializing_if = "is_default")]
    pub content: String,
    #[serde(deserialize_with = "switch", skip_serializing_if = "is_default")]
    pub external: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub labels: Labels,
    #[serde(skip_serializing_if = "is_default")]
    pub driver: String,
    #[serde(skip_serializing_if = "is_default")]
    pub driver_opts: Options,
    #[serde(skip_serializing_if = "is_default")]
    pub template_driver: String,
    #[serde(rename = "#extensions", skip_serializing_if = "is_default")]
    pub extensions: Extensions,
}
