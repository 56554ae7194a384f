//! A project as its containers, networks and volumes tell of it, where no file does.
//!
//! Promises: Compose's `projectFromName` and `getProjectWithResources`.

use std::collections::BTreeMap;

use super::Bench;
use super::containers::{Listed, OneOff, list};
use crate::client::compose::ComposeError;
use crate::client::compose::model::mappings::Mapping;
use crate::client::compose::model::parts::{Dependency, NamedVolume, Network};
use crate::client::compose::model::{Project, Related, Service};
use crate::client::compose::project::label;
use crate::client::units::go_quote;
use crate::world::daemon::api::{Filters, Request, Response};

/// The project that these containers are of.
fn of_containers(containers: &[Listed], name: &str) -> Project {
    let mut services: BTreeMap<String, Service> = BTreeMap::new();
    for container in containers {
        let key = match container.service() {
            "" => container.name(),
            service => service,
        };
        let service = services.entry(key.to_owned()).or_insert_with(|| Service {
            image: container.0.image.to_string(),
            labels: Mapping(container.0.labels.clone()),
            depends_on: dependencies(container.label(label::DEPENDENCIES)),
            ..Service::default()
        });
        service.scale = Some(service.scale.unwrap_or(0) + 1);
    }
    Project { name: name.to_owned(), services, ..Project::default() }
}

/// Reads the label that tells what a service depends on: `name:condition:restart,…`.
fn dependencies(label: &str) -> BTreeMap<String, Dependency> {
    let one = |text: &str| {
        let mut words = text.split(':');
        let name = words.next().unwrap_or_default().to_owned();
        let condition = words.next().unwrap_or("running_or_healthy").to_owned();
        let restart = words.next().is_none_or(|word| word == "true");
        (name, Dependency { condition, restart, required: true })
    };
    label.split(',').filter(|text| !text.is_empty()).map(one).collect()
}

/// The project that the engine's containers are of.
///
/// # Errors
/// When there are none, or none of one of these services.
pub fn project_from_name(bench: &mut Bench<'_, '_>, name: &str, services: &[String]) -> Result<Project, ComposeError> {
    let containers = list(bench, name, OneOff::Exclude, true, &[])?;
    if containers.is_empty() {
        let name = go_quote(name);
        return Err(ComposeError::Message(format!("no container found for project {name}: not found")));
    }
    let mut project = of_containers(&containers, name);
    for service in services {
        if !project.services.contains_key(service) {
            let quoted = go_quote(service);
            return Err(ComposeError::Message(format!("no such service: {quoted}: not found")));
        }
    }
    project.select(services, Related::Dependencies)?;
    Ok(project)
}

/// The same with networks and volumes; there need not be anything.
///
/// # Errors
/// What the engine refuses.
pub fn project_with_resources(bench: &mut Bench<'_, '_>, name: &str) -> Result<Project, ComposeError> {
    let containers = list(bench, name, OneOff::Exclude, true, &[])?;
    let mut project = of_containers(&containers, name);
    for service in project.services.values_mut() {
        for dependency in service.depends_on.values_mut() {
            dependency.required = false;
        }
    }
    let filters = Filters::from([("label".to_owned(), vec![format!("{}={name}", label::PROJECT)])]);
    let key = |labels: &BTreeMap<String, String>, name| labels.get(name).cloned().unwrap_or_default();
    if let Response::Volumes(volumes) = bench.ask(Request::VolumeList { filters: filters.clone() })? {
        for volume in volumes {
            let found = NamedVolume { name: volume.name, driver: volume.driver, ..NamedVolume::default() };
            project.volumes.insert(key(&volume.labels, label::VOLUME), found);
        }
    }
    if let Response::Networks(networks) = bench.ask(Request::NetworkList { filters })? {
        for network in networks {
            let found = Network { name: network.name, driver: network.driver, ..Network::default() };
            project.networks.insert(key(&network.labels, label::NETWORK), found);
        }
    }
    Ok(project)
}
