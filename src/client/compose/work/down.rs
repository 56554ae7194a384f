//! Taking a project away: containers, networks, and volumes and images where that is asked for.
//!
//! Promises: the order and words of Compose's `down.go`.

use std::collections::BTreeSet;

use super::containers::{Listed, OneOff, is_orphan, list};
use super::hook::Hooks;
use super::resources::{RemoveNamed, RemoveNetwork};
use super::stop::StopOne;
use super::{AtOnce, Bench, Graph, Job, Later, Sequence};
use crate::client::compose::ComposeError;
use crate::client::compose::model::Project;
use crate::client::compose::project::label;
use crate::client::units::go_quote;
use crate::world::daemon::api::{Filters, Request, Response};
use crate::world::daemon::reference::Reference;

/// Which images go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Images {
    /// Those without a name of their own.
    Local,
    All,
}

/// Takes a project away.
#[derive(Clone, Debug)]
pub struct Down {
    pub services: Vec<String>,
    pub timeout: Option<i64>,
    pub orphans: bool,
    pub volumes: bool,
    pub images: Option<Images>,
}

impl Down {
    /// The job. The site's project is that of the files, or what the labels of the engine's objects tell.
    pub fn job(self) -> Box<dyn Job> {
        Box::new(Later::new(self, |plan, bench| {
            let project = bench.site.project.clone();
            let one_off = if plan.orphans { OneOff::Include } else { OneOff::Exclude };
            let containers = list(bench, &project.name, one_off, true, &[])?;
            let chosen = plan.chosen(&project);
            let one = |service: &str| -> Box<dyn Job> {
                if chosen.as_ref().is_some_and(|chosen| !chosen.contains(service)) {
                    return Box::new(Sequence::default());
                }
                let of_service = containers.iter().filter(|container| container.service() == service);
                let remove = |container: &Listed| -> Box<dyn Job> {
                    let hooks = Hooks::before_stop(&project, service, container);
                    Box::new(StopOne::new(container.clone(), plan.timeout, hooks).and_remove(plan.volumes))
                };
                Box::new(Graph::parallel(of_service.map(remove).collect()))
            };
            let mut jobs: Vec<Box<dyn Job>> = vec![Box::new(Graph::in_reverse(&project, one))];
            if plan.orphans {
                let orphans = containers.iter().filter(|container| is_orphan(&project, container));
                jobs.push(remove_all(orphans.cloned().collect(), plan.timeout));
            }
            let plan = (plan.clone(), !containers.is_empty());
            jobs.push(Box::new(Later::new(plan, |(plan, found), bench| plan.objects(*found, bench))));
            Ok(Box::new(Sequence::new(jobs)))
        }))
    }

    /// The services that go: those that are named and those that depend on them. None: all.
    fn chosen(&self, project: &Project) -> Option<BTreeSet<String>> {
        if self.services.is_empty() {
            return None;
        }
        let mut chosen: BTreeSet<String> = BTreeSet::new();
        let mut open: Vec<String> = self.services.clone();
        while let Some(service) = open.pop() {
            if chosen.insert(service.clone()) {
                open.extend(project.dependents(&service, |_| true));
            }
        }
        Some(chosen)
    }

    fn objects(&self, found: bool, bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
        let project = bench.site.project.clone();
        let mut jobs: Vec<Box<dyn Job>> = Vec::new();
        for (key, network) in project.networks.iter().filter(|(_, network)| !network.external) {
            let (project, key, name) = (project.name.clone(), key.clone(), network.name.clone());
            jobs.push(Box::new(RemoveNetwork { project, key, name }));
        }
        if let Some(images) = self.images {
            for name in images_to_remove(bench, images, self.orphans)? {
                jobs.push(Box::new(RemoveNamed { kind: "Image", name }));
            }
        }
        if self.volumes {
            for volume in project.volumes.values().filter(|volume| !volume.external) {
                jobs.push(Box::new(RemoveNamed { kind: "Volume", name: volume.name.clone() }));
            }
        }
        if !found && jobs.is_empty() {
            let name = go_quote(&project.name);
            bench.warn(&format!("Warning: No resource found to remove for project {name}."));
        }
        Ok(Box::new(Graph::parallel(jobs)))
    }
}

/// Stops and removes containers, side by side.
pub fn remove_all(containers: Vec<Listed>, timeout: Option<i64>) -> Box<dyn Job> {
    let remove = |container| -> Box<dyn Job> { Box::new(StopOne::new(container, timeout, None).and_remove(false)) };
    Box::new(Graph::parallel(containers.into_iter().map(remove).collect()))
}

/// Removes what no service wants, or tells of it.
pub fn orphans(removes: bool) -> Box<dyn Job> {
    Box::new(Later::new(removes, |removes, bench: &mut Bench<'_, '_>| {
        let project = bench.site.project.clone();
        let observed = list(bench, &project.name, OneOff::Include, true, &[])?;
        let orphans: Vec<Listed> =
            observed.iter().filter(|container| is_orphan(&project, container)).cloned().collect();
        if orphans.is_empty() {
            return Ok(Box::new(Sequence::default()));
        }
        if *removes {
            return Ok(remove_all(orphans, None));
        }
        let names: Vec<&str> = orphans.iter().map(Listed::name).collect();
        bench.warn(&format!(
            "Found orphan containers ([{}]) for this project. If you removed or renamed this service in your compose \
             file, you can run this command with the --remove-orphans flag to clean it up.",
            names.join(" ")
        ));
        Ok(Box::new(Sequence::default()))
    }))
}

/// Notes which containers there are, by service.
pub fn observe() -> Box<dyn Job> {
    Box::new(AtOnce((), |(), bench: &mut Bench<'_, '_>| {
        let name = bench.site.project.name.clone();
        bench.site.observed.clear();
        for container in list(bench, &name, OneOff::Exclude, true, &[])? {
            bench.site.observed.entry(container.service().to_owned()).or_default().push(container);
        }
        Ok(())
    }))
}

/// The images that go, by name: those that were built for the project, and with [`Images::All`] those that it names too.
fn images_to_remove(
    bench: &mut Bench<'_, '_>,
    images: Images,
    orphans: bool,
) -> Result<BTreeSet<String>, ComposeError> {
    let project = bench.site.project.clone();
    let mut names = BTreeSet::new();
    for (name, service) in &project.services {
        if service.image.is_empty() || images == Images::All {
            names.insert(service.image_name(&project.name, name));
        }
    }
    names.retain(|name| bench.ask(Request::ImageInspect { name: name.clone(), platform: None }).is_ok());
    let filters = Filters::from([
        ("label".to_owned(), vec![format!("{}={}", label::PROJECT, project.name)]),
        ("dangling".to_owned(), vec!["false".to_owned()]),
    ]);
    if let Response::Images(built) = bench.ask(Request::ImageList { all: false, filters })? {
        for image in built {
            let service = image.labels.get(label::SERVICE).map_or("", String::as_str);
            if orphans || project.services.contains_key(service) {
                names.extend(image.tags.first().cloned());
            }
        }
    }
    let familiar = |name: String| match Reference::parse(&name) {
        Ok(reference) => reference.with_default_tag().familiar(),
        Err(_) => name,
    };
    Ok(names.into_iter().map(familiar).collect())
}
