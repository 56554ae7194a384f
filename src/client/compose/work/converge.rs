//! Bringing the containers of services to what the project says: created, created anew, or left as they are.
//!
//! Promises: the rules of Compose's `convergence.go`: what makes a container obsolete, which go when there are too many, and
//! the order in which a new one takes an old one's place.

use std::sync::Arc;

use super::containers::{Listed, by_id, container_name};
use super::create::{Creation, create_request};
use super::hook::Hooks;
use super::stop::{Stop, StopOne};
use super::{AtOnce, Bench, Graph, Job, Later, Sequence, Step};
use crate::client::compose::ComposeError;
use crate::client::compose::model::{Project, Service, hash_service};
use crate::client::compose::project::label;
use crate::client::units::go_quote;
use crate::world::daemon::api::{Request, Response, WaitCondition};
use crate::world::process::Wait;

/// When a container is made anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recreation {
    #[default]
    Diverged,
    Force,
    Never,
}

/// Brings all services about.
#[derive(Clone, Debug, Default)]
pub struct Converge {
    /// The services that were named; none: all.
    pub services: Vec<String>,
    /// For those that were named.
    pub recreation: Recreation,
    /// For those that come with them.
    pub of_dependencies: Recreation,
    /// Whether anonymous volumes are kept.
    pub inherits: bool,
    pub timeout: Option<i64>,
}

impl Converge {
    /// The job. The site's `observed` are the containers that there are.
    pub fn job(self) -> Box<dyn Job> {
        Box::new(Later::new(self, |plan, bench| {
            let one = |service: &str| -> Box<dyn Job> {
                let is_named = plan.services.is_empty() || plan.services.iter().any(|name| name == service);
                let recreation = if is_named { plan.recreation } else { plan.of_dependencies };
                Box::new(Later::new((service.to_owned(), recreation, plan.clone()), ensure))
            };
            Ok(Box::new(Graph::in_order(&bench.site.project, one)))
        }))
    }
}

/// Whether a container no longer is what the service says.
fn is_obsolete(project: &Project, wanted: &Service, actual: &Listed, recreation: Recreation) -> bool {
    match recreation {
        Recreation::Never => return false,
        Recreation::Force => return true,
        Recreation::Diverged => {}
    }
    let image = wanted.own_labels.get(label::IMAGE).map_or("", String::as_str);
    if actual.label(label::CONFIG_HASH) != hash_service(wanted) || actual.label(label::IMAGE) != image {
        return true;
    }
    let name_of = |key: &String| project.networks.get(key).map(|network| &network.name);
    let is_connected = |key: &String| name_of(key).is_none_or(|name| actual.0.networks.contains(name));
    if actual.0.state == "running" && !wanted.networks.keys().all(is_connected) {
        return true;
    }
    let volumes = wanted.volumes.iter().filter(|volume| volume.kind == "volume" && !volume.source.is_empty());
    let mut names = volumes.filter_map(|volume| project.volumes.get(&volume.source).map(|found| &found.name));
    !names.all(|name| actual.0.mounts.contains(name))
}

/// Up-to-date containers first, low numbers first. Go's insertion sort is followed, because Compose's comparison is no order
/// when several are obsolete.
fn in_order_of_use(mut containers: Vec<Listed>, is_obsolete: impl Fn(&Listed) -> bool) -> Vec<Listed> {
    let before = |a: &Listed, b: &Listed| is_obsolete(a) || (!is_obsolete(b) && a.number() > b.number());
    for end in 1..containers.len() {
        let mut at = end;
        while at > 0 && before(&containers[at], &containers[at - 1]) {
            containers.swap(at, at - 1);
            at -= 1;
        }
    }
    containers.reverse();
    containers
}

fn ensure(
    (name, recreation, plan): &(String, Recreation, Converge),
    bench: &mut Bench<'_, '_>,
) -> Result<Box<dyn Job>, ComposeError> {
    let project = bench.site.project.clone();
    let mut wanted = project.service(name)?.clone();
    if wanted.scale() > 1 && !wanted.container_name.is_empty() {
        let own = &wanted.container_name;
        return Err(ComposeError::Message(format!(
            "WARNING: The {} service is using the custom container name {}. \
             Docker requires each container to have a unique name. Remove the custom name to scale the service",
            go_quote(name),
            go_quote(own)
        )));
    }
    let observed = bench.site.observed.get(name).cloned().unwrap_or_default();
    resolve_references(bench, &mut wanted)?;
    let is_obsolete = |container: &Listed| is_obsolete(&project, &wanted, container, *recreation);
    let expected = usize::try_from(wanted.scale()).unwrap_or(0);
    let actual = observed.len();
    let next = observed.iter().map(Listed::number).max().unwrap_or(0) + 1;
    let containers = in_order_of_use(observed, is_obsolete);

    let mut jobs: Vec<Box<dyn Job>> = Vec::new();
    let mut first: Vec<Box<dyn Job>> = Vec::new();
    let mut updated = Vec::new();
    for (place, container) in containers.into_iter().enumerate() {
        if place >= expected {
            let hooks = Hooks::before_stop(&project, name, &container);
            jobs.push(Box::new(StopOne::new(container, plan.timeout, hooks).and_remove(false)));
            continue;
        }
        if is_obsolete(&container) {
            if first.is_empty() {
                first.extend(stop_dependents(&project, name));
            }
            jobs.push(Box::new(Recreate::new(&project, name, &wanted, container, plan)?));
            continue;
        }
        match container.0.state {
            "running" => bench.tell(&container.progress_name(), "Running"),
            "created" | "restarting" | "exited" => {}
            _ => jobs.push(Box::new(AtOnce(container.clone(), start_again))),
        }
        updated.push(container);
    }
    for number in (next..).take(expected.saturating_sub(actual)) {
        let creation = Creation {
            service: name.clone(),
            wanted: wanted.clone(),
            name: container_name(&project.name, name, &wanted.container_name, number),
            number,
            inherits: None,
            labels: Project::labels_of(&wanted),
            auto_remove: false,
            attach_stdin: false,
            uses_aliases: true,
        };
        jobs.push(Box::new(AtOnce(creation, create)));
    }
    bench.site.observed.insert(name.clone(), updated);
    first.push(Box::new(Graph::parallel(jobs)));
    Ok(Box::new(Sequence::new(first)))
}

/// Stops the services that shall be restarted with this one.
fn stop_dependents(project: &Project, name: &str) -> Option<Box<dyn Job>> {
    let services = project.dependents(name, |dependency| dependency.restart);
    if services.is_empty() {
        return None;
    }
    let stop = Stop { services: services.clone(), timeout: None }.job();
    let note = AtOnce(services, |services: &Vec<String>, bench: &mut Bench<'_, '_>| {
        for service in services {
            for container in bench.site.observed.entry(service.clone()).or_default() {
                container.0.state = "exited";
            }
        }
        Ok(())
    });
    Some(Box::new(Sequence::new(vec![stop, Box::new(note)])))
}

/// Replaces references to services by references to their containers.
///
/// # Errors
/// A service that has no container.
pub fn resolve_references(bench: &Bench<'_, '_>, wanted: &mut Service) -> Result<(), ComposeError> {
    let container = |service: &str, what: &str| {
        let containers = bench.site.observed.get(service);
        let first = containers.and_then(|found| found.iter().min_by_key(|container| container.name().to_owned()));
        first.map(|container| container.0.id.to_string()).ok_or_else(|| {
            ComposeError::Message(format!("cannot share {what} with service {service}: container missing"))
        })
    };
    for from in &mut wanted.volumes_from {
        let mut words = from.split(':');
        let service = words.next().unwrap_or_default();
        *from = match service {
            "container" => words.next().unwrap_or_default().to_owned(),
            service => container(service, "volume")?,
        };
    }
    if let Some(service) = wanted.network_mode.strip_prefix("service:") {
        wanted.network_mode = format!("container:{}", container(service, "network namespace")?);
    }
    if let Some(service) = wanted.ipc.strip_prefix("service:") {
        wanted.ipc = format!("container:{}", container(service, "IPC namespace")?);
    }
    if let Some(service) = wanted.pid.as_deref().and_then(|mode| mode.strip_prefix("service:")) {
        wanted.pid = Some(format!("container:{}", container(service, "PID namespace")?));
    }
    Ok(())
}

fn start_again(container: &Listed, bench: &mut Bench<'_, '_>) -> Result<(), ComposeError> {
    let name = container.progress_name();
    bench.tell(&name, "Restart");
    bench.ask(Request::ContainerStart { container: container.0.id.to_string() })?;
    bench.tell(&name, "Restarted");
    Ok(())
}

/// Asks the engine for a container.
///
/// # Errors
/// What it refuses.
pub fn create_container(creation: &Creation, bench: &mut Bench<'_, '_>) -> Result<Listed, ComposeError> {
    let request = create_request(bench, creation)?;
    let Response::Created { id, warnings } = bench.ask(Request::ContainerCreate(Arc::new(request)))? else {
        return Err(ComposeError::Message("the daemon did not create a container".to_owned()));
    };
    for warning in warnings {
        bench.tell_event(&creation.service, &warning, "");
    }
    by_id(bench, &id)
}

fn create(creation: &Creation, bench: &mut Bench<'_, '_>) -> Result<(), ComposeError> {
    let told = format!("Container {}", creation.name);
    bench.tell(&told, "Creating");
    match create_container(creation, bench) {
        Ok(created) => {
            bench.site.observed.entry(creation.service.clone()).or_default().push(created);
            bench.tell(&told, "Created");
            Ok(())
        }
        Err(error) => {
            bench.tell(&told, &error.to_string());
            Err(error)
        }
    }
}

/// Puts a new container in the place of an old one.
#[derive(Clone, Debug)]
struct Recreate {
    replaced: Listed,
    creation: Creation,
    /// What it is called in the end.
    name: String,
    timeout: Option<i64>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Begin,
    Stopping,
}

impl Recreate {
    fn new(
        project: &Project,
        service: &str,
        wanted: &Service,
        replaced: Listed,
        plan: &Converge,
    ) -> Result<Recreate, ComposeError> {
        let number = replaced.label(label::NUMBER);
        let number: i64 = number.parse().map_err(|_| {
            ComposeError::Message(format!("strconv.Atoi: parsing {}: invalid syntax", go_quote(number)))
        })?;
        let own = &wanted.container_name;
        let replaces = if own.is_empty() { format!("{service}-{number}") } else { own.clone() };
        let name = container_name(&project.name, service, own, number);
        let mut labels = Project::labels_of(wanted);
        labels.insert(label::REPLACE.to_owned(), replaces);
        let creation = Creation {
            service: service.to_owned(),
            wanted: wanted.clone(),
            name: format!("{}_{name}", replaced.0.id.get(..12).unwrap_or(&replaced.0.id)),
            number,
            inherits: plan.inherits.then(|| replaced.clone()),
            labels,
            auto_remove: false,
            attach_stdin: false,
            uses_aliases: true,
        };
        Ok(Recreate { replaced, creation, name, timeout: plan.timeout, stage: Stage::Begin })
    }

    fn step(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        let container = self.replaced.0.id.to_string();
        if matches!(self.stage, Stage::Begin) {
            bench.tell(&self.replaced.progress_name(), "Recreate");
            let created = create_container(&self.creation, bench)?;
            bench.site.observed.entry(self.creation.service.clone()).or_default().push(created);
            bench.ask(Request::ContainerStop { container: container.clone(), signal: None, timeout: self.timeout })?;
            self.stage = Stage::Stopping;
        }
        let wait = Request::ContainerWait { container: container.clone(), condition: WaitCondition::NotRunning };
        if let Response::Waited(None) = bench.ask(wait)? {
            return Ok(Some(Wait::Engine));
        }
        bench.ask(Request::ContainerRemove { container, force: false, volumes: false })?;
        bench.ask(Request::ContainerRename { container: self.creation.name.clone(), name: self.name.clone() })?;
        bench.tell(&self.replaced.progress_name(), "Recreated");
        Ok(None)
    }
}

impl Job for Recreate {
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        self.step(bench).inspect_err(|error| bench.tell(&self.replaced.progress_name(), &error.to_string()))
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
