//! A service of a project.
//!
//! Promises: the fields in the order in which compose-go declares them, which is that of `docker compose config` and of the
//! configuration hash.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::mappings::{Hosts, Labels, Mapping, Texts, Variables};
use super::parts::{
    Attachment, Build, Dependency, Deploy, Device, EnvFile, Extensions, FileReference, HealthCheck, Hook, Logging,
    Port, Ulimit, Volume,
};
use super::scalars::{Bytes, CommandLine, Decimal, Span, is_default, maybe_number, maybe_switch, number, switch};

/// A service: from which image, how, and with what its containers run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Service {
    #[serde(skip_serializing_if = "is_default")]
    pub profiles: Texts,
    #[serde(skip_serializing_if = "is_default")]
    pub annotations: Mapping,
    #[serde(deserialize_with = "maybe_switch", skip_serializing_if = "is_default")]
    pub attach: Option<bool>,
    #[serde(skip_serializing_if = "is_default")]
    pub build: Option<Build>,
    #[serde(skip_serializing_if = "is_default")]
    pub develop: Option<Value>,
    #[serde(skip_serializing_if = "is_default")]
    pub blkio_config: Option<Value>,
    #[serde(skip_serializing_if = "is_default")]
    pub cap_add: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub cap_drop: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub cgroup_parent: String,
    #[serde(skip_serializing_if = "is_default")]
    pub cgroup: String,
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub cpu_count: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub cpu_percent: Decimal,
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub cpu_period: i64,
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub cpu_quota: i64,
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub cpu_rt_period: i64,
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub cpu_rt_runtime: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub cpus: Decimal,
    #[serde(skip_serializing_if = "is_default")]
    pub cpuset: String,
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub cpu_shares: i64,
    pub command: Option<CommandLine>,
    #[serde(skip_serializing_if = "is_default")]
    pub configs: Vec<FileReference>,
    #[serde(skip_serializing_if = "is_default")]
    pub container_name: String,
    #[serde(skip_serializing_if = "is_default")]
    pub credential_spec: Option<Value>,
    #[serde(skip_serializing_if = "is_default")]
    pub depends_on: BTreeMap<String, Dependency>,
    #[serde(skip_serializing_if = "is_default")]
    pub deploy: Option<Deploy>,
    #[serde(skip_serializing_if = "is_default")]
    pub device_cgroup_rules: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub devices: Vec<Device>,
    #[serde(skip_serializing_if = "is_default")]
    pub dns: Texts,
    #[serde(skip_serializing_if = "is_default")]
    pub dns_opt: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub dns_search: Texts,
    #[serde(skip_serializing_if = "is_default")]
    pub dockerfile: String,
    #[serde(skip_serializing_if = "is_default")]
    pub domainname: String,
    pub entrypoint: Option<CommandLine>,
    #[serde(skip_serializing_if = "is_default")]
    pub provider: Option<Value>,
    #[serde(skip_serializing_if = "is_default")]
    pub environment: Variables,
    #[serde(skip_serializing_if = "is_default")]
    pub env_file: Vec<EnvFile>,
    #[serde(skip_serializing_if = "is_default")]
    pub expose: Texts,
    #[serde(skip_serializing_if = "is_default")]
    pub extends: Option<Value>,
    #[serde(skip_serializing_if = "is_default")]
    pub external_links: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub extra_hosts: Hosts,
    #[serde(skip_serializing_if = "is_default")]
    pub group_add: Texts,
    #[serde(skip_serializing_if = "is_default")]
    pub gpus: Vec<Value>,
    #[serde(skip_serializing_if = "is_default")]
    pub hostname: String,
    #[serde(skip_serializing_if = "is_default")]
    pub healthcheck: Option<HealthCheck>,
    #[serde(skip_serializing_if = "is_default")]
    pub image: String,
    #[serde(deserialize_with = "maybe_switch", skip_serializing_if = "is_default")]
    pub init: Option<bool>,
    #[serde(skip_serializing_if = "is_default")]
    pub ipc: String,
    #[serde(skip_serializing_if = "is_default")]
    pub isolation: String,
    #[serde(skip_serializing_if = "is_default")]
    pub labels: Labels,
    #[serde(skip_serializing_if = "is_default")]
    pub label_file: Texts,
    #[serde(skip_serializing_if = "is_default")]
    pub links: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub logging: Option<Logging>,
    #[serde(skip_serializing_if = "is_default")]
    pub mem_limit: Bytes,
    #[serde(skip_serializing_if = "is_default")]
    pub mem_reservation: Bytes,
    #[serde(skip_serializing_if = "is_default")]
    pub memswap_limit: Bytes,
    #[serde(skip_serializing_if = "is_default")]
    pub mem_swappiness: Bytes,
    #[serde(skip_serializing_if = "is_default")]
    pub mac_address: String,
    #[serde(skip_serializing_if = "is_default")]
    pub models: BTreeMap<String, Option<Value>>,
    #[serde(skip_serializing_if = "is_default")]
    pub network_mode: String,
    #[serde(skip_serializing_if = "is_default")]
    pub networks: BTreeMap<String, Option<Attachment>>,
    #[serde(deserialize_with = "switch", skip_serializing_if = "is_default")]
    pub oom_kill_disable: bool,
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub oom_score_adj: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub pid: Option<String>,
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub pids_limit: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub platform: String,
    #[serde(skip_serializing_if = "is_default")]
    pub ports: Vec<Port>,
    #[serde(deserialize_with = "switch", skip_serializing_if = "is_default")]
    pub privileged: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub pull_policy: String,
    #[serde(deserialize_with = "switch", skip_serializing_if = "is_default")]
    pub read_only: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub restart: String,
    #[serde(skip_serializing_if = "is_default")]
    pub runtime: String,
    #[serde(deserialize_with = "maybe_number", skip_serializing_if = "is_default")]
    pub scale: Option<i64>,
    #[serde(skip_serializing_if = "is_default")]
    pub secrets: Vec<FileReference>,
    #[serde(skip_serializing_if = "is_default")]
    pub security_opt: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub shm_size: Bytes,
    #[serde(deserialize_with = "switch", skip_serializing_if = "is_default")]
    pub stdin_open: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub stop_grace_period: Option<Span>,
    #[serde(skip_serializing_if = "is_default")]
    pub stop_signal: String,
    #[serde(skip_serializing_if = "is_default")]
    pub storage_opt: BTreeMap<String, Value>,
    #[serde(skip_serializing_if = "is_default")]
    pub sysctls: Mapping,
    #[serde(skip_serializing_if = "is_default")]
    pub tmpfs: Texts,
    #[serde(deserialize_with = "switch", skip_serializing_if = "is_default")]
    pub tty: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub ulimits: BTreeMap<String, Ulimit>,
    #[serde(deserialize_with = "switch", skip_serializing_if = "is_default")]
    pub use_api_socket: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub user: String,
    #[serde(skip_serializing_if = "is_default")]
    pub userns_mode: String,
    #[serde(skip_serializing_if = "is_default")]
    pub uts: String,
    #[serde(skip_serializing_if = "is_default")]
    pub volumes: Vec<Volume>,
    #[serde(skip_serializing_if = "is_default")]
    pub volumes_from: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub working_dir: String,
    #[serde(skip_serializing_if = "is_default")]
    pub post_start: Vec<Hook>,
    #[serde(skip_serializing_if = "is_default")]
    pub pre_stop: Vec<Hook>,
    #[serde(rename = "#extensions", skip_serializing_if = "is_default")]
    pub extensions: Extensions,
    /// The labels that Compose itself gives to containers.
    #[serde(skip)]
    pub own_labels: BTreeMap<String, String>,
}

impl Service {
    /// How many containers it shall have.
    pub fn scale(&self) -> i64 {
        self.scale.or_else(|| self.deploy.as_ref().and_then(|deploy| deploy.replicas)).unwrap_or(1)
    }

    /// Says how many containers it shall have.
    pub fn set_scale(&mut self, scale: i64) {
        self.scale = Some(scale);
        if let Some(deploy) = &mut self.deploy {
            deploy.replicas = Some(scale);
        }
    }

    /// Its image: as it is named, or named after project and service.
    pub fn image_name(&self, project: &str, name: &str) -> String {
        if self.image.is_empty() { format!("{project}-{name}") } else { self.image.clone() }
    }

    /// Its networks, the one with the highest priority first.
    pub fn networks_by_priority(&self) -> Vec<&str> {
        let priority =
            |name: &&str| self.networks.get(*name).and_then(Option::as_ref).map_or(0, |found| found.priority);
        let mut names: Vec<&str> = self.networks.keys().map(String::as_str).collect();
        names.sort_by_key(|name| std::cmp::Reverse(priority(name)));
        names
    }

    /// Whether one of these profiles turns it on.
    pub fn is_in(&self, profiles: &[String]) -> bool {
        self.profiles.0.is_empty() || profiles.iter().any(|profile| profile == "*" || self.profiles.0.contains(profile))
    }
}
