//! A service's container, as the engine is asked for it.
//!
//! Promises: the values that Compose's `getCreateConfigs` gives; what Layerlab's engine cannot do is refused, key by key.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Bench;
use super::containers::{Listed, container_name};
use super::mounts;
use crate::client::compose::ComposeError;
use crate::client::compose::model::parts::{HealthCheck, Port};
use crate::client::compose::model::scalars::Span;
use crate::client::compose::model::{Project, Service, hash_service};
use crate::client::compose::project::label;
use crate::world::daemon::api::CreateContainer;
use crate::world::daemon::container::{
    ContainerConfig, EndpointConfig, HostConfig, NetworkingConfig, PortBinding, RestartPolicy,
};
use crate::world::registry::config::{Healthcheck, RunConfig};

/// A container to be created.
#[derive(Clone, Debug)]
pub struct Creation {
    /// The key of its service.
    pub service: String,
    /// The service as it shall be, references to other services replaced by containers.
    pub wanted: Service,
    /// What it shall be called.
    pub name: String,
    /// Negative for a container of one use.
    pub number: i64,
    /// The container that it takes the place of, whose anonymous volumes it keeps.
    pub inherits: Option<Listed>,
    pub labels: BTreeMap<String, String>,
    pub auto_remove: bool,
    pub attach_stdin: bool,
    /// Whether it is known under its service's name.
    pub uses_aliases: bool,
}

/// The request for it.
///
/// # Errors
/// What Compose or the model cannot do.
pub fn create_request(bench: &mut Bench<'_, '_>, creation: &Creation) -> Result<CreateContainer, ComposeError> {
    let service = &creation.wanted;
    refuse_what_is_not_modelled(&creation.service, service)?;
    let (binds, mounts) = mounts::of(bench, service, &creation.service, creation.inherits.as_ref())?;
    let project = &bench.site.project;
    let (network_mode, networking) = networks(project, creation)?;
    let run = RunConfig {
        user: service.user.clone(),
        exposed_ports: exposed(service),
        env: service.environment.words(),
        entrypoint: service.entrypoint.clone().map(|words| words.0),
        cmd: service.command.clone().map(|words| words.0),
        working_dir: service.working_dir.clone(),
        labels: labels(creation),
        stop_signal: service.stop_signal.clone(),
        stop_timeout: service.stop_grace_period.map(seconds),
        healthcheck: service.healthcheck.as_ref().and_then(healthcheck),
        ..RunConfig::default()
    };
    let config = ContainerConfig {
        run,
        image: service.image_name(&project.name, &creation.service),
        host_name: service.hostname.clone(),
        domain_name: service.domainname.clone(),
        tty: service.tty,
        open_stdin: service.stdin_open,
        stdin_once: creation.attach_stdin && service.stdin_open,
        attach_stdin: creation.attach_stdin,
        attach_stdout: true,
        attach_stderr: true,
    };
    let tmpfs = service.tmpfs.0.iter().map(|mount| mount.split_once(':').unwrap_or((mount, "")));
    let host_config = HostConfig {
        binds,
        mounts,
        tmpfs: tmpfs.map(|(path, options)| (path.to_owned(), options.to_owned())).collect(),
        volumes_from: service.volumes_from.clone(),
        port_bindings: bindings(&service.ports),
        network_mode,
        auto_remove: creation.auto_remove,
        restart_policy: restart_policy(service),
        privileged: service.privileged,
        read_only_root: service.read_only,
        init: service.init,
        extra_hosts: service.extra_hosts.lines(":"),
        dns: service.dns.0.clone(),
        dns_search: service.dns_search.0.clone(),
        dns_options: service.dns_opt.clone(),
        capabilities_added: service.cap_add.clone(),
        capabilities_dropped: service.cap_drop.clone(),
        groups_added: service.group_add.0.clone(),
        log_driver: service.logging.as_ref().map_or("", |logging| logging.driver.as_str()).to_owned(),
        pid_mode: service.pid.clone().unwrap_or_default(),
        user_namespace_mode: service.userns_mode.clone(),
        oom_kill_disable: service.oom_kill_disable,
        ..resources(service)
    };
    let host_config = HostConfig {
        log_driver: if host_config.log_driver.is_empty() { "json-file".to_owned() } else { host_config.log_driver },
        ..host_config
    };
    let platform = [&service.platform, project.environment.get("DOCKER_DEFAULT_PLATFORM").unwrap_or(&String::new())]
        .into_iter()
        .find(|platform| !platform.is_empty())
        .cloned();
    Ok(CreateContainer { name: Some(creation.name.clone()), platform, config, host_config, networking })
}

/// Keys that would have to change the container in a way that the model has not.
fn refuse_what_is_not_modelled(name: &str, service: &Service) -> Result<(), ComposeError> {
    let set: [(&str, bool); 23] = [
        ("blkio_config", service.blkio_config.is_some()),
        ("cgroup", !service.cgroup.is_empty()),
        ("cgroup_parent", !service.cgroup_parent.is_empty()),
        ("cpuset", !service.cpuset.is_empty()),
        ("credential_spec", service.credential_spec.is_some()),
        ("device_cgroup_rules", !service.device_cgroup_rules.is_empty()),
        ("devices", !service.devices.is_empty()),
        ("external_links", !service.external_links.is_empty()),
        ("gpus", !service.gpus.is_empty()),
        ("ipc", !matches!(service.ipc.as_str(), "" | "private")),
        ("isolation", !matches!(service.isolation.as_str(), "" | "default")),
        ("links", !service.links.is_empty()),
        ("mac_address", !service.mac_address.is_empty()),
        ("models", !service.models.is_empty()),
        ("oom_score_adj", service.oom_score_adj != 0),
        ("provider", service.provider.is_some()),
        ("runtime", !matches!(service.runtime.as_str(), "" | "runc")),
        ("security_opt", !service.security_opt.is_empty()),
        ("shm_size", service.shm_size.0 != 0),
        ("storage_opt", !service.storage_opt.is_empty()),
        ("sysctls", !service.sysctls.0.is_empty()),
        ("ulimits", !service.ulimits.is_empty()),
        ("use_api_socket", service.use_api_socket),
    ];
    match set.into_iter().find(|(_, is_set)| *is_set) {
        Some((key, _)) => Err(ComposeError::NotModelled(format!("services.{name}.{key}"))),
        None => Ok(()),
    }
}

fn seconds(span: Span) -> i64 {
    span.0 / 1_000_000_000
}

fn labels(creation: &Creation) -> BTreeMap<String, String> {
    let mut labels = creation.labels.clone();
    labels.insert(label::CONFIG_HASH.to_owned(), hash_service(&creation.wanted));
    if creation.number > 0 {
        labels.insert(label::NUMBER.to_owned(), creation.number.to_string());
    }
    let dependencies: Vec<String> = creation
        .wanted
        .depends_on
        .iter()
        .map(|(name, dependency)| format!("{name}:{}:{}", dependency.condition, dependency.restart))
        .collect();
    labels.insert(label::DEPENDENCIES.to_owned(), dependencies.join(","));
    labels
}

fn exposed(service: &Service) -> BTreeSet<String> {
    let mut ports: BTreeSet<String> = service.expose.0.iter().cloned().collect();
    ports.extend(service.ports.iter().map(port_name));
    ports
}

fn port_name(port: &Port) -> String {
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

/// Limits: those of the service, and those under `deploy` above them.
fn resources(service: &Service) -> HostConfig {
    let billionths = |cpus: f32| {
        // Go multiplies in this width too.
        #[expect(clippy::cast_possible_truncation, reason = "as Go cuts it")]
        let billionths = (cpus * 1e9) as i64;
        billionths
    };
    let mut resources = HostConfig {
        memory: service.mem_limit.0,
        memory_swap: service.memswap_limit.0,
        memory_reservation: service.mem_reservation.0,
        nano_cpus: billionths(service.cpus.0),
        cpu_shares: service.cpu_shares,
        cpu_period: service.cpu_period,
        cpu_quota: service.cpu_quota,
        pids_limit: (service.pids_limit != 0).then_some(service.pids_limit),
        ..HostConfig::default()
    };
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
    if let Some(reservations) = deploy.resources.reservations.as_ref().filter(|found| found.memory.0 != 0) {
        resources.memory_reservation = reservations.memory.0;
    }
    resources
}

fn healthcheck(check: &HealthCheck) -> Option<Healthcheck> {
    let span = |span: Option<Span>| {
        span.and_then(|span| u64::try_from(span.0).ok()).map_or(Duration::ZERO, Duration::from_nanos)
    };
    let test = if check.disable { vec!["NONE".to_owned()] } else { check.test.clone() };
    let found = Healthcheck {
        test,
        interval: span(check.interval),
        timeout: span(check.timeout),
        start_period: span(check.start_period),
        start_interval: span(check.start_interval),
        retries: check.retries.and_then(|retries| u32::try_from(retries).ok()).unwrap_or(0),
    };
    Some(found)
}

/// The network mode, and the networks with the names it has there.
fn networks(project: &Project, creation: &Creation) -> Result<(String, NetworkingConfig), ComposeError> {
    let service = &creation.wanted;
    if !service.network_mode.is_empty() {
        return Ok((service.network_mode.clone(), NetworkingConfig::default()));
    }
    if project.networks.is_empty() {
        return Ok(("none".to_owned(), NetworkingConfig::default()));
    }
    let number = creation.number;
    let own = container_name(&project.name, &creation.service, &service.container_name, number);
    let mut networking = NetworkingConfig::default();
    let keys = match service.networks.is_empty() {
        true => vec!["default"],
        false => service.networks_by_priority(),
    };
    let mut mode = String::new();
    for key in keys {
        let Some(network) = project.networks.get(key) else { continue };
        let attachment = service.networks.get(key).and_then(Option::as_ref);
        let mut aliases = vec![own.clone()];
        if creation.uses_aliases {
            aliases.push(creation.service.clone());
            aliases.extend(attachment.iter().flat_map(|attachment| attachment.aliases.clone()));
        }
        let address =
            match attachment.map(|attachment| attachment.ipv4_address.as_str()).filter(|text| !text.is_empty()) {
                None => None,
                Some(text) => Some(text.parse().map_err(|_| {
                    ComposeError::Message(format!(
                        "Error response from daemon: invalid JSON: ParseAddr({}): unable to parse IP",
                        crate::client::units::go_quote(text)
                    ))
                })?),
            };
        if mode.is_empty() {
            mode.clone_from(&network.name);
        }
        networking.endpoints.insert(network.name.clone(), EndpointConfig { aliases, address });
    }
    Ok((mode, networking))
}
