//! The networks and volumes of a project: made when they are not there, made anew when their configuration changed.
//!
//! Promises: the checks and words of Compose's `ensureNetwork` and `ensureVolume`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::containers::{OneOff, list};
use super::stop::{Remove, Stop};
use super::{AtOnce, Bench, Job, Later, Sequence, Step};
use crate::client::compose::ComposeError;
use crate::client::compose::model::mappings::Labels;
use crate::client::compose::model::parts::{NamedVolume, Network};
use crate::client::compose::model::{hash_network, hash_volume};
use crate::client::compose::project::{LABEL_VERSION, label};
use crate::client::units::go_quote;
use crate::world::daemon::api::{AddressConfig, CreateNetwork, Filters, Request, Response};

/// Sees to all networks and volumes of the project.
#[derive(Clone, Debug)]
pub struct EnsureResources {
    /// `--yes`
    pub assumes_yes: bool,
}

impl EnsureResources {
    /// The job.
    pub fn job(self) -> Box<dyn Job> {
        Box::new(Later::new(self, |plan, bench| {
            let project = &bench.site.project;
            let mut jobs: Vec<Box<dyn Job>> = Vec::new();
            for (key, network) in &project.networks {
                jobs.push(Box::new(Later::new((key.clone(), network.clone()), network_job)));
            }
            for (key, volume) in &project.volumes {
                jobs.push(Box::new(Later::new((key.clone(), volume.clone(), plan.assumes_yes), volume_job)));
            }
            Ok(Box::new(Sequence::new(jobs)))
        }))
    }
}

fn nothing() -> Result<Box<dyn Job>, ComposeError> {
    Ok(Box::new(Sequence::default()))
}

/// Networks whose name is, or contains, this one.
fn networks_named(
    bench: &mut Bench<'_, '_>,
    name: &str,
) -> Result<Vec<(String, BTreeMap<String, String>)>, ComposeError> {
    let filters = Filters::from([("name".to_owned(), vec![name.to_owned()])]);
    let Response::Networks(networks) = bench.ask(Request::NetworkList { filters })? else { return Ok(Vec::new()) };
    let same = networks.into_iter().filter(|network| network.name == name);
    Ok(same.map(|network| (network.id, network.labels)).collect())
}

fn network_job((key, network): &(String, Network), bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let name = &network.name;
    if network.external {
        if !networks_named(bench, name)?.is_empty() {
            return nothing();
        }
        return match bench.system.engine(Request::NetworkInspect { name: name.clone() }) {
            Ok(_) => nothing(),
            Err(error) if error.status == 404 => {
                let text = format!("network {name} declared as external, but could not be found");
                Err(ComposeError::Message(text))
            }
            Err(error) => Err(error.into()),
        };
    }
    let project = bench.site.project.name.clone();
    let found = match bench.system.engine(Request::NetworkInspect { name: name.clone() }) {
        Ok(Response::Object(found)) if found["Name"] == name.as_str() || found["Id"] == name.as_str() => *found,
        _ => Value::Null,
    };
    if found.is_null() {
        return Ok(Box::new(AtOnce((key.clone(), network.clone()), create_network)));
    }
    let advice = "Set `external: true` to use an existing network";
    match found["Labels"][label::PROJECT].as_str() {
        None => bench.warn(&format!("a network with name {name} exists but was not created by compose.\n{advice}")),
        Some(other) if other != project => {
            let quoted = go_quote(&project);
            let text = format!("a network with name {name} exists but was not created for project {quoted}.\n{advice}");
            bench.warn(&text);
        }
        Some(_) => {}
    }
    let own = found["Labels"][label::NETWORK].as_str().unwrap_or_default();
    if own != key {
        let (own, expected) = (go_quote(own), go_quote(key));
        let what = format!("incorrect label {} set to {own} (expected: {expected})", label::NETWORK);
        return Err(ComposeError::Message(format!("network {name} was found but has {what}")));
    }
    let hash = found["Labels"][label::CONFIG_HASH].as_str().unwrap_or_default();
    if hash.is_empty() || hash == hash_network(network) {
        return nothing();
    }
    let in_it = |bench: &Bench<'_, '_>| -> Vec<String> {
        let services = bench.site.project.services.iter();
        services.filter(|(_, service)| service.networks.contains_key(key)).map(|(name, _)| name.clone()).collect()
    };
    let services = in_it(bench);
    let stop = Stop { services: services.clone(), timeout: None }.job();
    let plan = (key.clone(), network.clone(), services);
    Ok(Box::new(Sequence::new(vec![stop, Box::new(AtOnce(plan, replace_network))])))
}

/// The labels of a file's network or volume, with those by which Compose finds it again.
fn with_own_labels(
    labels: &Labels,
    (kind, key): (&str, &str),
    hash: String,
    bench: &Bench<'_, '_>,
) -> BTreeMap<String, String> {
    let own = [
        (kind, key.to_owned()),
        (label::PROJECT, bench.site.project.name.clone()),
        (label::VERSION, LABEL_VERSION.to_owned()),
        (label::CONFIG_HASH, hash),
    ];
    let own = own.map(|(name, value)| (name.to_owned(), value));
    labels.0.clone().into_iter().chain(own).collect()
}

fn create_network((key, network): &(String, Network), bench: &mut Bench<'_, '_>) -> Result<(), ComposeError> {
    let told = format!("Network {}", network.name);
    bench.tell(&told, "Creating");
    let labels = with_own_labels(&network.labels, (label::NETWORK, key), hash_network(network), bench);
    let addresses = network.ipam.config.iter().map(|config| AddressConfig {
        subnet: config.subnet.clone(),
        range: config.ip_range.clone(),
        gateway: config.gateway.clone(),
        auxiliary_addresses: config.aux_addresses.0.clone(),
    });
    let addresses = addresses.collect();
    let request = Request::NetworkCreate(Box::new(CreateNetwork {
        name: network.name.clone(),
        driver: if network.driver.is_empty() { "bridge".to_owned() } else { network.driver.clone() },
        internal: network.internal,
        attachable: network.attachable,
        ipv6: network.enable_ipv6.unwrap_or(false),
        addresses,
        address_driver: network.ipam.driver.clone(),
        options: network.driver_opts.0.clone(),
        labels,
        ..CreateNetwork::default()
    }));
    match bench.ask(request) {
        Ok(_) => {
            bench.tell(&told, "Created");
            Ok(())
        }
        Err(error) => {
            bench.tell(&told, "Error");
            Err(ComposeError::Message(format!("failed to create network {}: {error}", network.name)))
        }
    }
}

/// Puts a new network in the place of one whose configuration changed; what was in it is in it again.
fn replace_network(
    (key, network, services): &(String, Network, Vec<String>),
    bench: &mut Bench<'_, '_>,
) -> Result<(), ComposeError> {
    let project = bench.site.project.name.clone();
    let containers = list(bench, &project, OneOff::Exclude, true, services)?;
    for container in &containers {
        bench.ask(Request::NetworkDisconnect {
            network: network.name.clone(),
            container: container.0.id.to_string(),
            force: true,
        })?;
    }
    bench.ask(Request::NetworkRemove { name: network.name.clone() })?;
    bench.tell(&format!("Network {}", network.name), "Removed");
    create_network(&(key.clone(), network.clone()), bench)?;
    for container in &containers {
        bench.ask(Request::NetworkConnect {
            network: network.name.clone(),
            container: container.0.id.to_string(),
            endpoint: Box::default(),
        })?;
    }
    Ok(())
}

fn volume_job(
    (key, volume, assumes_yes): &(String, NamedVolume, bool),
    bench: &mut Bench<'_, '_>,
) -> Result<Box<dyn Job>, ComposeError> {
    let quoted = go_quote(&volume.name);
    let found = match bench.system.engine(Request::VolumeInspect { name: volume.name.clone() }) {
        Ok(Response::Object(found)) => *found,
        Ok(_) => Value::Null,
        Err(error) if error.status != 404 => return Err(error.into()),
        Err(_) if volume.external => {
            return Err(ComposeError::Message(format!("external volume {quoted} not found")));
        }
        Err(_) => return Ok(Box::new(AtOnce((key.clone(), volume.clone()), create_volume))),
    };
    if volume.external {
        return nothing();
    }
    let project = bench.site.project.name.clone();
    match found["Labels"][label::PROJECT].as_str() {
        None => bench.warn(&format!(
            "volume {quoted} already exists but was not created by Docker Compose. \
             Use `external: true` to use an existing volume"
        )),
        Some(other) if other != project => {
            let (other, expected) = (go_quote(other), go_quote(&project));
            bench.warn(&format!(
                "volume {quoted} already exists but was created for project {other} (expected {expected}). \
                 Use `external: true` to use an existing volume"
            ));
        }
        Some(_) => {}
    }
    let changed = found["Labels"][label::CONFIG_HASH].as_str().is_some_and(|hash| hash != hash_volume(volume));
    if !changed {
        return nothing();
    }
    if !assumes_yes {
        let question = format!(
            "Volume {quoted} exists but doesn't match configuration in compose file. Recreate (data will be lost)?"
        );
        // Without a terminal nobody answers, and the answer is no.
        bench.client.out(format!("? {question} (y/N) \n"));
        return nothing();
    }
    let uses = |bench: &Bench<'_, '_>| -> Vec<String> {
        let services = bench.site.project.services.iter();
        let mounts =
            |service: &crate::client::compose::model::Service| service.volumes.iter().any(|v| v.source == *key);
        services.filter(|(_, service)| mounts(service)).map(|(name, _)| name.clone()).collect()
    };
    let services = uses(bench);
    let stop = Stop { services: services.clone(), timeout: None }.job();
    let remove = Later::new(services, |services, bench| {
        let project = bench.site.project.name.clone();
        let containers = list(bench, &project, OneOff::Exclude, true, services)?;
        Ok(Box::new(Remove { containers, force: false, volumes: false }) as Box<dyn Job>)
    });
    let replace = AtOnce((key.clone(), volume.clone()), |plan: &(String, NamedVolume), bench: &mut Bench<'_, '_>| {
        bench.ask(Request::VolumeRemove { name: plan.1.name.clone(), force: true })?;
        create_volume(plan, bench)
    });
    Ok(Box::new(Sequence::new(vec![stop, Box::new(remove), Box::new(replace)])))
}

fn create_volume((key, volume): &(String, NamedVolume), bench: &mut Bench<'_, '_>) -> Result<(), ComposeError> {
    let told = format!("Volume {}", volume.name);
    bench.tell(&told, "Creating");
    let labels = with_own_labels(&volume.labels, (label::VOLUME, key), hash_volume(volume), bench);
    let request = Request::VolumeCreate {
        name: Some(volume.name.clone()),
        driver: if volume.driver.is_empty() { "local".to_owned() } else { volume.driver.clone() },
        labels,
        options: volume.driver_opts.0.clone(),
    };
    match bench.ask(request) {
        Ok(_) => {
            bench.tell(&told, "Created");
            Ok(())
        }
        Err(error) => {
            bench.tell(&told, "Error");
            Err(error)
        }
    }
}

/// Removes a network of the project.
#[derive(Clone, Debug)]
pub struct RemoveNetwork {
    pub project: String,
    pub key: String,
    pub name: String,
}

impl Job for RemoveNetwork {
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        let labels = vec![format!("{}={}", label::PROJECT, self.project), format!("{}={}", label::NETWORK, self.key)];
        let filters = Filters::from([("label".to_owned(), labels)]);
        let Response::Networks(networks) = bench.ask(Request::NetworkList { filters })? else { return Ok(None) };
        if networks.is_empty() {
            return Ok(None);
        }
        let told = format!("Network {}", self.name);
        bench.tell(&told, "Removing");
        let mut found = false;
        for network in networks.into_iter().filter(|network| network.name == self.name) {
            let Response::Object(inspected) = bench.ask(Request::NetworkInspect { name: network.id.clone() })? else {
                continue;
            };
            found = true;
            if inspected["Containers"].as_object().is_some_and(|containers| !containers.is_empty()) {
                bench.tell(&told, "Resource is still in use");
                continue;
            }
            if let Err(error) = bench.ask(Request::NetworkRemove { name: network.id }) {
                bench.tell(&told, "Error");
                return Err(ComposeError::Message(format!("failed to remove network {}: {error}", self.name)));
            }
            bench.tell(&told, "Removed");
        }
        if !found {
            bench.tell(&told, "No resource found to remove");
        }
        Ok(None)
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

/// Removes a volume or an image of the project.
#[derive(Clone, Debug)]
pub struct RemoveNamed {
    /// `Volume` or `Image`.
    pub kind: &'static str,
    pub name: String,
}

impl Job for RemoveNamed {
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        let (name, told) = (self.name.clone(), format!("{} {}", self.kind, self.name));
        let is_volume = self.kind == "Volume";
        if is_volume && bench.system.engine(Request::VolumeInspect { name: name.clone() }).is_err() {
            return Ok(None);
        }
        bench.tell(&told, "Removing");
        let request = match is_volume {
            true => Request::VolumeRemove { name, force: true },
            false => Request::ImageRemove { name, force: false, prune: true, platforms: Vec::new() },
        };
        match bench.system.engine(request) {
            Ok(_) => bench.tell(&told, "Removed"),
            Err(error) if error.status == 409 => bench.tell(&told, "Resource is still in use"),
            Err(error) if error.status == 404 => bench.tell(&told, "Warning: No resource found to remove"),
            Err(error) => return Err(error.into()),
        }
        Ok(None)
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
