//! The containers of a project, as the engine knows them by their labels.

use std::collections::BTreeMap;

use super::Bench;
use crate::client::compose::ComposeError;
use crate::client::compose::model::Project;
use crate::client::compose::project::label;
use crate::client::units::go_quote;
use crate::world::daemon::api::{ApiError, ContainerSummary, Filters, Request, Response};

/// Which containers count: those of `compose run` are made for one use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OneOff {
    Include,
    Exclude,
}

/// A container of a project.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed(pub ContainerSummary);

impl Listed {
    /// A label's value.
    pub fn label(&self, name: &str) -> &str {
        self.0.labels.get(name).map_or("", String::as_str)
    }

    /// Its service.
    pub fn service(&self) -> &str {
        self.label(label::SERVICE)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.0.names.first().map_or("", String::as_str)
    }

    /// Its number among those of its service.
    pub fn number(&self) -> i64 {
        self.label(label::NUMBER).parse().unwrap_or(0)
    }

    /// Whether it was made by `compose run`.
    pub fn is_one_off(&self) -> bool {
        self.label(label::ONE_OFF) == "True"
    }

    /// How it is called while something is done with it.
    pub fn progress_name(&self) -> String {
        format!("Container {}", self.name())
    }
}

/// The default name of a container.
pub fn default_name(project: &str, service: &str, number: &str) -> String {
    format!("{project}-{service}-{number}")
}

/// The name that a service's container of this number shall have.
pub fn container_name(project: &str, service: &str, own: &str, number: i64) -> String {
    if own.is_empty() { default_name(project, service, &number.to_string()) } else { own.to_owned() }
}

/// A container's name as logs show it: without the project, unless it is one of its own.
pub fn name_without_project(name: &str, labels: &BTreeMap<String, String>) -> String {
    let part = |name: &str| labels.get(name).map_or("", String::as_str);
    let project = part(label::PROJECT);
    match name == default_name(project, part(label::SERVICE), part(label::NUMBER)) {
        true => name[project.len() + 1..].to_owned(),
        false => name.to_owned(),
    }
}

/// The labels that containers of a project have.
pub fn filters(project: &str, one_off: OneOff, services: &[String]) -> Filters {
    let mut labels = vec![format!("{}={project}", label::PROJECT)];
    if let [service] = services {
        labels.push(format!("{}={service}", label::SERVICE));
    }
    labels.push(label::CONFIG_HASH.to_owned());
    if one_off == OneOff::Exclude {
        labels.push(format!("{}=False", label::ONE_OFF));
    }
    Filters::from([("label".to_owned(), labels)])
}

/// The containers of a project, newest first; of these services, or of all for none.
///
/// # Errors
/// What the daemon refuses.
pub fn list(
    bench: &mut Bench<'_, '_>,
    project: &str,
    one_off: OneOff,
    all: bool,
    services: &[String],
) -> Result<Vec<Listed>, ComposeError> {
    let request = Request::ContainerList { all, last: None, size: false, filters: filters(project, one_off, services) };
    let Response::Containers(containers) = bench.ask(request)? else { return Ok(Vec::new()) };
    let mut containers: Vec<Listed> = containers.into_iter().map(Listed).collect();
    if services.len() > 1 {
        containers.retain(|container| services.iter().any(|service| service == container.service()));
    }
    Ok(containers)
}

/// One container.
///
/// # Errors
/// When there is none.
pub fn by_id(bench: &mut Bench<'_, '_>, id: &str) -> Result<Listed, ComposeError> {
    let filters = Filters::from([("id".to_owned(), vec![id.to_owned()])]);
    match bench.ask(Request::ContainerList { all: true, last: None, size: false, filters })? {
        Response::Containers(mut containers) if !containers.is_empty() => Ok(Listed(containers.swap_remove(0))),
        _ => Err(ApiError::not_found(format!("No such container: {id}")).into()),
    }
}

/// Whether no service of the project wants a container: it is of none, or of one use and over.
pub fn is_orphan(project: &Project, container: &Listed) -> bool {
    if container.is_one_off() {
        return matches!(container.0.state, "exited" | "dead");
    }
    let service = container.service();
    !project.services.contains_key(service) && !project.disabled.contains_key(service)
}

/// The container of a service that is meant when one is needed: the one of this number, or the first.
///
/// # Errors
/// When there is none.
pub fn one_of(
    bench: &mut Bench<'_, '_>,
    project: &str,
    one_off: OneOff,
    all: bool,
    service: &str,
    number: i64,
) -> Result<Listed, ComposeError> {
    let mut containers = list(bench, project, one_off, all, &[service.to_owned()])?;
    if number > 0 {
        containers.retain(|container| container.number() == number);
    }
    containers.sort_by_key(|container| (container.is_one_off(), container.number()));
    let missing = || {
        let quoted = go_quote(service);
        ComposeError::Message(match number > 0 {
            true => format!("service {quoted} is not running container #{number}"),
            false => format!("service {quoted} is not running"),
        })
    };
    containers.into_iter().next().ok_or_else(missing)
}
