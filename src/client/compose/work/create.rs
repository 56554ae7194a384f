//! A service's container, as the engine is asked for it.
//!
//! Promises: the values that Compose's `getCreateConfigs` gives; what Layerlab's engine cannot do is refused, key by key.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::containers::{Listed, OneOff, container_name, list};
use super::{Bench, host};
use crate::client::compose::ComposeError;
use crate::client::compose::model::parts::HealthCheck;
use crate::client::compose::model::scalars::Span;
use crate::client::compose::model::{Project, Service, hash_service};
use crate::client::compose::project::label;
use crate::world::daemon::api::CreateContainer;
use crate::world::daemon::container::{ContainerConfig, EndpointConfig, HostConfig, NetworkingConfig};
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
    let host_config = host::config(bench, creation)?;
    let links = links(bench, creation)?;
    let project = &bench.site.project;
    let (network_mode, networking) = networks(project, creation, &links)?;
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
    let host_config = HostConfig { network_mode, links, ..host_config };
    let platform = [&service.platform, project.environment.get("DOCKER_DEFAULT_PLATFORM").unwrap_or(&String::new())]
        .into_iter()
        .find(|platform| !platform.is_empty())
        .cloned();
    Ok(CreateContainer { name: Some(creation.name.clone()), platform, config, host_config, networking })
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
    ports.extend(service.ports.iter().map(host::port_name));
    ports
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

/// The links of a service (Compose `getLinks`): by the name that is asked for, and by those that older versions gave.
fn links(bench: &mut Bench<'_, '_>, creation: &Creation) -> Result<Vec<String>, ComposeError> {
    let project = bench.site.project.name.clone();
    let mut links = Vec::new();
    for link in &creation.wanted.links {
        let (service, alias) = match link.split(':').collect::<Vec<_>>().as_slice() {
            [service, alias] => ((*service).to_owned(), (*alias).to_owned()),
            words => (
                words.first().copied().unwrap_or_default().to_owned(),
                words.first().copied().unwrap_or_default().to_owned(),
            ),
        };
        let number = creation.number;
        for container in list(bench, &project, OneOff::Exclude, true, std::slice::from_ref(&service))? {
            let name = container.name();
            links.push(format!("{name}:{alias}"));
            links.push(format!("{name}:{service}-{number}"));
            links.push(format!("{name}:{project}-{service}-{number}"));
        }
    }
    for link in &creation.wanted.external_links {
        let mut words = link.split(':');
        let container = words.next().unwrap_or_default();
        let alias = words.next().unwrap_or(container);
        links.push(format!("{container}:{alias}"));
    }
    Ok(links)
}

/// The network mode, and the networks with the names it has there.
fn networks(
    project: &Project,
    creation: &Creation,
    links: &[String],
) -> Result<(String, NetworkingConfig), ComposeError> {
    let service = &creation.wanted;
    if !service.network_mode.is_empty() {
        return Ok((service.network_mode.clone(), NetworkingConfig::default()));
    }
    if project.networks.is_empty() {
        return Ok(("none".to_owned(), NetworkingConfig::default()));
    }
    let own = container_name(&project.name, &creation.service, &service.container_name, creation.number);
    let mut networking = NetworkingConfig::default();
    let keys = match service.networks.is_empty() {
        true => vec!["default"],
        false => service.networks_by_priority(),
    };
    let mut mode = String::new();
    for key in keys {
        let Some(network) = project.networks.get(key) else { continue };
        let attachment = service.networks.get(key).and_then(Option::as_ref).cloned().unwrap_or_default();
        let mut aliases = vec![own.clone()];
        if creation.uses_aliases {
            aliases.push(creation.service.clone());
            aliases.extend(attachment.aliases);
        }
        let is_first = mode.is_empty();
        if is_first {
            mode.clone_from(&network.name);
        }
        let mac = match (is_first, service.mac_address.as_str(), attachment.mac_address.as_str()) {
            (true, own, other) if !own.is_empty() && !other.is_empty() && own != other => {
                let text = format!("the service-level mac_address should have the same value as network {key}");
                return Err(ComposeError::Message(text));
            }
            (true, own, "") => own.to_owned(),
            (_, _, other) => other.to_owned(),
        };
        let mut driver_options = attachment.driver_opts.0;
        if !attachment.interface_name.is_empty() {
            driver_options.insert("com.docker.network.endpoint.ifname".to_owned(), attachment.interface_name);
        }
        let endpoint = EndpointConfig {
            aliases,
            links: links.to_vec(),
            address: attachment.ipv4_address,
            address6: attachment.ipv6_address,
            link_local: attachment.link_local_ips,
            mac,
            driver_options,
            gateway_priority: attachment.gw_priority,
            ..EndpointConfig::default()
        };
        networking.endpoints.insert(network.name.clone(), endpoint);
    }
    Ok((mode, networking))
}
