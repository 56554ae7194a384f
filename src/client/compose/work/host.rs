//! How the host is to run a service's container: rights, namespaces, and its share of the machine.
//!
//! Promises: the values that Compose's `getCreateConfigs` and `getDeployResources` give; what they cannot be here is refused, key by
//! key.

use std::collections::BTreeMap;

use serde_json::Value;

use super::create::Creation;
use super::{Bench, mounts};
use crate::client::compose::ComposeError;
use crate::client::compose::model::Service;
use crate::client::compose::model::parts::{Port, Ulimit};
use crate::client::execute::{capabilities, security_options};
use crate::client::units::ram_in_bytes;
use crate::world::daemon::container::{
    self, DeviceMapping, DeviceRequest, HostConfig, LogConfig, PortBinding, Resources, RestartPolicy,
};

/// The host's part of a container, but for its networks.
///
/// # Errors
/// What Compose or the model cannot do.
pub fn config(bench: &mut Bench<'_, '_>, creation: &Creation) -> Result<HostConfig, ComposeError> {
    let service = &creation.wanted;
    refuse_what_is_not_modelled(&creation.service, service)?;
    let (binds, mounts) = mounts::of(bench, service, &creation.service, creation.inherits.as_ref())?;
    let options: Vec<&str> = service.security_opt.iter().map(String::as_str).collect();
    let (security_options, system_paths_open) =
        security_options(&options, bench.system).map_err(|text| ComposeError::Message(lower_first(&text)))?;
    let tmpfs = service.tmpfs.0.iter().map(|mount| mount.split_once(':').unwrap_or((mount, "")));
    let texts = |list: &[String]| capabilities(&list.iter().map(String::as_str).collect::<Vec<_>>());
    let plain = |map: &BTreeMap<String, Value>| {
        map.iter().map(|(key, value)| (key.clone(), crate::client::compose::file::shown(value))).collect()
    };
    Ok(HostConfig {
        binds,
        mounts,
        tmpfs: tmpfs.map(|(path, options)| (path.to_owned(), options.to_owned())).collect(),
        volumes_from: service.volumes_from.clone(),
        port_bindings: bindings(&service.ports),
        auto_remove: creation.auto_remove,
        restart_policy: restart_policy(service),
        privileged: service.privileged,
        read_only_root: service.read_only,
        init: service.init,
        extra_hosts: service.extra_hosts.lines(":"),
        dns: service.dns.0.clone(),
        dns_search: service.dns_search.0.clone(),
        dns_options: service.dns_opt.clone(),
        capabilities_added: texts(&service.cap_add),
        capabilities_dropped: texts(&service.cap_drop),
        groups_added: service.group_add.0.clone(),
        security_options,
        system_paths_open,
        storage_options: plain(&service.storage_opt),
        sysctls: service.sysctls.0.clone(),
        annotations: service.annotations.0.clone(),
        log: service.logging.as_ref().map_or_else(LogConfig::default, |logging| LogConfig {
            driver: logging.driver.clone(),
            options: logging.options.0.clone(),
        }),
        pid_mode: service.pid.clone().unwrap_or_default(),
        ipc_mode: service.ipc.clone(),
        uts_mode: service.uts.clone(),
        user_namespace_mode: service.userns_mode.clone(),
        cgroup_namespace_mode: service.cgroup.clone(),
        shared_memory: service.shm_size.0,
        out_of_memory_score: service.oom_score_adj,
        runtime: service.runtime.clone(),
        isolation: service.isolation.clone(),
        resources: resources(service),
        ..HostConfig::default()
    })
}

/// Compose's errors begin with a small letter where docker's begin with a capital.
fn lower_first(text: &str) -> String {
    text.strip_prefix("Invalid --security-opt")
        .map_or_else(|| text.to_owned(), |rest| format!("invalid security-opt{rest}"))
}

/// Keys that would have to change the container in a way that the model has not.
fn refuse_what_is_not_modelled(name: &str, service: &Service) -> Result<(), ComposeError> {
    let set: [(&str, bool); 4] = [
        ("credential_spec", service.credential_spec.is_some()),
        ("models", !service.models.is_empty()),
        ("provider", service.provider.is_some()),
        ("use_api_socket", service.use_api_socket),
    ];
    match set.into_iter().find(|(_, is_set)| *is_set) {
        Some((key, _)) => Err(ComposeError::NotModelled(format!("services.{name}.{key}"))),
        None => Ok(()),
    }
}

/// A port as the engine names it.
pub fn port_name(port: &Port) -> String {
    format!("{}/{}", port.target, port.protocol)
}

fn bindings(ports: &[Port]) -> BTreeMap<String, Vec<PortBinding>> {
    let mut bindings: BTreeMap<String, Vec<PortBinding>> = BTreeMap::new();
    for port in ports {
        let binding = PortBinding { host_ip: port.host_ip.clone(), host_port: port.published.clone() };
        bindings.entry(port_name(port)).or_default().push(binding);
    }
    bindings
}

fn restart_policy(service: &Service) -> RestartPolicy {
    let mode = |condition: &str| {
        match condition {
            "none" | "no" => "no",
            "any" | "always" => "always",
            other => other,
        }
        .to_owned()
    };
    if let Some(policy) = service.deploy.as_ref().and_then(|deploy| deploy.restart_policy.as_ref()) {
        return RestartPolicy { name: mode(&policy.condition), maximum_retries: policy.max_attempts.unwrap_or(0) };
    }
    let (condition, retries) = service.restart.split_once(':').unwrap_or((&service.restart, ""));
    RestartPolicy { name: mode(condition), maximum_retries: retries.parse().unwrap_or(0) }
}

fn billionths(cpus: f32) -> i64 {
    // Go multiplies in this width too.
    #[expect(clippy::cast_possible_truncation, reason = "as Go cuts it")]
    let billionths = (cpus * 1e9) as i64;
    billionths
}

/// Limits: those of the service, and those under `deploy` above them.
fn resources(service: &Service) -> Resources {
    let swappiness = service.mem_swappiness.0;
    let device = |device: &crate::client::compose::model::parts::Device| DeviceMapping {
        on_host: device.source.clone(),
        in_container: device.target.clone(),
        permissions: device.permissions.clone(),
    };
    let ulimit = |(name, limit): (&String, &Ulimit)| {
        let (soft, hard) = match *limit {
            Ulimit::Single(limit) => (limit, limit),
            Ulimit::Both { soft, hard } => (soft, hard),
        };
        (name.clone(), container::Ulimit { soft, hard })
    };
    let mut resources = Resources {
        memory: service.mem_limit.0,
        memory_swap: service.memswap_limit.0,
        memory_reservation: service.mem_reservation.0,
        memory_swappiness: (swappiness != 0).then_some(swappiness),
        oom_kill_disable: service.oom_kill_disable,
        nano_cpus: billionths(service.cpus.0),
        cpu_shares: service.cpu_shares,
        cpu_period: service.cpu_period,
        cpu_quota: service.cpu_quota,
        cpu_realtime_period: service.cpu_rt_period,
        cpu_realtime_runtime: service.cpu_rt_runtime,
        cpuset_cpus: service.cpuset.clone(),
        pids_limit: (service.pids_limit != 0).then_some(service.pids_limit),
        cgroup_parent: service.cgroup_parent.clone(),
        devices: service.devices.iter().map(device).collect(),
        device_cgroup_rules: service.device_cgroup_rules.clone(),
        device_requests: service.gpus.iter().map(|gpus| device_request(gpus, true)).collect(),
        ulimits: service.ulimits.iter().map(ulimit).collect(),
        ..Resources::default()
    };
    if let Some(config) = &service.blkio_config {
        limit_blocks(&mut resources, config);
    }
    let Some(deploy) = &service.deploy else { return resources };
    if let Some(limits) = &deploy.resources.limits {
        if limits.memory.0 != 0 {
            resources.memory = limits.memory.0;
        }
        if limits.cpus.0 != 0.0 {
            resources.nano_cpus = billionths(limits.cpus.0);
        }
        if limits.pids > 0 {
            resources.pids_limit = Some(limits.pids);
        }
    }
    if let Some(reservations) = &deploy.resources.reservations {
        if reservations.memory.0 != 0 {
            resources.memory_reservation = reservations.memory.0;
        }
        resources.device_requests.extend(reservations.devices.iter().map(|device| device_request(device, false)));
    }
    resources
}

/// `blkio_config`.
fn limit_blocks(resources: &mut Resources, config: &Value) {
    let number = |value: &Value| value.as_i64().unwrap_or(0);
    resources.block_weight = u16::try_from(number(&config["weight"])).unwrap_or(0);
    let entries = |name: &str| config[name].as_array().cloned().unwrap_or_default();
    let path = |entry: &Value| entry["path"].as_str().unwrap_or_default().to_owned();
    let weights = entries("weight_device");
    resources.block_weight_devices =
        weights.iter().map(|entry| (path(entry), u16::try_from(number(&entry["weight"])).unwrap_or(0))).collect();
    let rates = |name: &str| -> Vec<(String, u64)> {
        let rate = |entry: &Value| match &entry["rate"] {
            Value::String(text) => ram_in_bytes(text).unwrap_or(0),
            value => number(value),
        };
        entries(name).iter().map(|entry| (path(entry), u64::try_from(rate(entry)).unwrap_or(0))).collect()
    };
    resources.device_read_bytes = rates("device_read_bps");
    resources.device_write_bytes = rates("device_write_bps");
    resources.device_read_operations = rates("device_read_iops");
    resources.device_write_operations = rates("device_write_iops");
}

/// An entry of `gpus`, or of the devices that are reserved.
fn device_request(entry: &Value, is_gpu: bool) -> DeviceRequest {
    let texts = |name: &str| -> Vec<String> {
        let list = entry[name].as_array().into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut capabilities = texts("capabilities");
    if is_gpu {
        capabilities.push("gpu".to_owned());
    }
    let count = match &entry["count"] {
        Value::String(text) if text == "all" => -1,
        Value::String(text) => text.parse().unwrap_or(0),
        value => value.as_i64().unwrap_or(0),
    };
    let options = entry["options"].as_object().into_iter().flatten();
    DeviceRequest {
        driver: entry["driver"].as_str().unwrap_or_default().to_owned(),
        count,
        devices: entry.get("device_ids").map(|_| texts("device_ids")),
        capabilities,
        options: options.map(|(name, value)| (name.clone(), crate::client::compose::file::shown(value))).collect(),
    }
}
