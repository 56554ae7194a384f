//! The images of services: which are there, which are pulled, which are built.
//!
//! Promises: the rules and words of Compose's `pull.go` and `ensureImagesExists`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::build::{Build, BuildPlan};
use super::{AtOnce, Bench, Graph, Job, Later, Sequence, Step};
use crate::client::compose::ComposeError;
use crate::client::compose::model::{Project, Service};
use crate::client::compose::project::label;
use crate::client::credentials;
use crate::client::units::go_quote;
use crate::world::clock::Time;
use crate::world::daemon::api::{JobId, JobMessage, PullImage, Request, Response};
use crate::world::daemon::reference::Reference;
use crate::world::process::Wait;

/// Sees to it that all images are there.
#[derive(Clone, Debug)]
pub struct EnsureImages {
    /// How what can be built is built; none: nothing is.
    pub build: Option<BuildPlan>,
    pub quiet_pull: bool,
}

impl EnsureImages {
    /// The job.
    pub fn job(self) -> Box<dyn Job> {
        let look = AtOnce((), |(), bench: &mut Bench<'_, '_>| look(bench));
        let pulls = Later::new(self.quiet_pull, |quiet, bench: &mut Bench<'_, '_>| pulls(*quiet, bench));
        let mut jobs: Vec<Box<dyn Job>> = vec![Box::new(look), Box::new(pulls)];
        if let Some(build) = self.build {
            jobs.push(Box::new(Later::new(build, |build, bench: &mut Bench<'_, '_>| {
                Ok(Build::job(build.clone(), &bench.site.images))
            })));
        }
        jobs.push(Box::new(AtOnce((), |(), bench: &mut Bench<'_, '_>| {
            note(bench);
            Ok(())
        })));
        Box::new(Sequence::new(jobs))
    }
}

/// Looks for the images that the engine has.
fn look(bench: &mut Bench<'_, '_>) -> Result<(), ComposeError> {
    let project = bench.site.project.clone();
    for (name, service) in &project.services {
        if service.provider.is_none() && service.image.is_empty() && service.build.is_none() {
            let quoted = go_quote(name);
            let text = format!("invalid service {quoted}. Must specify either image or build");
            return Err(ComposeError::Message(text));
        }
    }
    let mut images = BTreeMap::new();
    for (name, service) in &project.services {
        let image = service.image_name(&project.name, name);
        if let Some(id) = image_id(bench, &image, &service.platform) {
            images.insert(image, id);
        }
        for volume in service.volumes.iter().filter(|volume| volume.kind == "image") {
            if let Some(id) = image_id(bench, &volume.source, "") {
                images.insert(volume.source.clone(), id);
            }
        }
    }
    bench.site.images = images;
    note(bench);
    Ok(())
}

/// The ID of an image of this name for this platform.
fn image_id(bench: &mut Bench<'_, '_>, name: &str, platform: &str) -> Option<String> {
    let request = Request::ImageInspect { name: name.to_owned(), platform: None };
    let Ok(Response::Object(image)) = bench.ask(request) else { return None };
    let mut wanted = platform.split('/');
    let (system, architecture) = (wanted.next().unwrap_or_default(), wanted.next().unwrap_or_default());
    let fits = |wanted: &str, actual: &str| wanted.is_empty() || image[actual] == wanted;
    if !fits(system, "Os") || !fits(architecture, "Architecture") {
        return None;
    }
    image["Id"].as_str().map(str::to_owned)
}

/// Labels services with their images, so that a container of an image that was replaced is known.
fn note(bench: &mut Bench<'_, '_>) {
    let images = bench.site.images.clone();
    let project = Arc::make_mut(&mut bench.site.project);
    for (name, service) in &mut project.services {
        if let Some(id) = images.get(&service.image_name(&project.name, name)) {
            service.own_labels.insert(label::IMAGE.to_owned(), id.clone());
        }
    }
}

/// When the image of a service is pulled.
enum Policy {
    Always,
    Never,
    Missing,
    /// When it is older than this, in billionths of a second.
    Refresh(i64),
}

fn policy(service: &Service) -> Result<Policy, ComposeError> {
    const DAY: i64 = 86_400_000_000_000;
    Ok(match service.pull_policy.as_str() {
        "always" => Policy::Always,
        "never" | "build" => Policy::Never,
        "daily" => Policy::Refresh(DAY),
        "weekly" => Policy::Refresh(7 * DAY),
        other => match other.strip_prefix("every_") {
            None => Policy::Missing,
            Some(delay) => Policy::Refresh(
                crate::client::compose::model::scalars::span(delay)
                    .ok_or_else(|| ComposeError::Message(format!("time: invalid duration {}", go_quote(delay))))?,
            ),
        },
    })
}

fn must_pull(bench: &mut Bench<'_, '_>, service: &Service) -> Result<bool, ComposeError> {
    if service.provider.is_some() || service.image.is_empty() {
        return Ok(false);
    }
    let is_there = bench.site.images.contains_key(&service.image);
    Ok(match policy(service)? {
        Policy::Always => true,
        Policy::Never => false,
        Policy::Missing => !is_there,
        Policy::Refresh(_) if !is_there => true,
        Policy::Refresh(span) => {
            let request = Request::ImageInspect { name: service.image.clone(), platform: None };
            let Response::Object(image) = bench.ask(request)? else { return Ok(true) };
            let tagged = image["Metadata"]["LastTagTime"].as_str().and_then(Time::parse_rfc3339);
            tagged.is_none_or(|tagged| {
                let age = bench.system.now().since(tagged).as_nanos();
                age > u128::try_from(span).unwrap_or(0)
            })
        }
    })
}

/// Pulls what services need and the engine has not.
fn pulls(quiet: bool, bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let project = bench.site.project.clone();
    let platform = project.environment.get("DOCKER_DEFAULT_PLATFORM").cloned().unwrap_or_default();
    let mut jobs: Vec<Box<dyn Job>> = Vec::new();
    for (name, service) in &project.services {
        if must_pull(bench, service)? {
            let builds = |other: &Service| {
                other.build.is_some() && (other.image == service.image || std::ptr::eq(other, service))
            };
            let mut pull = PullOne::new(name, service, &platform, quiet);
            // What can be built need not be there.
            pull.forgives = project.services.values().any(builds);
            jobs.push(Box::new(pull));
        }
        for (number, volume) in service.volumes.iter().enumerate() {
            if volume.kind == "image" && !bench.site.images.contains_key(&volume.source) {
                let service = Service { image: volume.source.clone(), ..Service::default() };
                jobs.push(Box::new(PullOne::new(&format!("{name}:volume {number}"), &service, &platform, quiet)));
            }
        }
    }
    Ok(Box::new(Graph::parallel(jobs)))
}

/// Pulls one image.
#[derive(Clone, Debug)]
struct PullOne {
    name: String,
    image: String,
    platform: Option<String>,
    quiet: bool,
    /// Whether it can be built.
    has_build: bool,
    /// Whether it may fail.
    forgives: bool,
    running: Option<(JobId, usize)>,
}

impl PullOne {
    fn new(name: &str, service: &Service, default_platform: &str, quiet: bool) -> PullOne {
        let platform = if service.platform.is_empty() { default_platform } else { &service.platform };
        PullOne {
            name: name.to_owned(),
            image: service.image.clone(),
            platform: (!platform.is_empty()).then(|| platform.to_owned()),
            quiet,
            has_build: service.build.is_some(),
            forgives: false,
            running: None,
        }
    }

    fn begin(&mut self, bench: &mut Bench<'_, '_>) -> Result<JobId, ComposeError> {
        bench.tell_event(&self.name, "Pulling", "");
        if let Err(error) = Reference::parse(&self.image) {
            return Err(ComposeError::Message(error.to_string()));
        }
        let request = PullImage {
            reference: self.image.clone(),
            platform: self.platform.clone(),
            all: false,
            credentials: credentials::of(bench.system, &self.image),
        };
        match bench.ask(Request::ImagePull(Box::new(request))) {
            Ok(Response::Job(job)) => Ok(job),
            Ok(_) => Err(ComposeError::Message("the daemon did not begin a pull".to_owned())),
            Err(error) => Err(self.failed(bench, error)),
        }
    }

    /// A registry answers before the stream begins; what it refuses is told as the state of the service.
    fn failed(&self, bench: &mut Bench<'_, '_>, error: ComposeError) -> ComposeError {
        let word = if self.has_build { "Warning" } else { "Error" };
        let text = match &error {
            ComposeError::Engine(error) => error.message.clone(),
            error => error.to_string(),
        };
        bench.tell_event(&self.name, word, &text);
        error
    }

    fn step(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        let (job, read) = match self.running {
            Some(running) => running,
            None => (self.begin(bench)?, 0),
        };
        let Response::Messages { messages, finished } = bench.ask(Request::JobRead { job, from: read })? else {
            return Ok(None);
        };
        self.running = Some((job, read + messages.len()));
        for message in messages {
            match message {
                JobMessage::Layer { current, total, .. } if current < total => {}
                JobMessage::Layer { id, status, .. } if !self.quiet => bench.tell_event(&id, &status, ""),
                JobMessage::Failed(error) => return Err(self.failed(bench, error.into())),
                _ => {}
            }
        }
        if !finished {
            return Ok(Some(Wait::Engine));
        }
        bench.tell_event(&self.name, "Pulled", "");
        if let Some(id) = image_id(bench, &self.image, "") {
            bench.site.images.insert(self.image.clone(), id);
        }
        Ok(None)
    }
}

impl Job for PullOne {
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        match self.step(bench) {
            Err(_) if self.forgives => Ok(None),
            step => step,
        }
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

/// `docker compose pull`.
#[derive(Clone, Debug)]
pub struct Pull {
    pub quiet: bool,
    pub ignores_failures: bool,
    pub ignores_buildable: bool,
}

impl Pull {
    /// The job.
    pub fn job(self) -> Box<dyn Job> {
        let look = AtOnce((), |(), bench: &mut Bench<'_, '_>| look(bench));
        let pull = Later::new(self, |plan, bench: &mut Bench<'_, '_>| {
            let project = bench.site.project.clone();
            Ok(plan.pulls(&project, bench))
        });
        Box::new(Sequence::new(vec![Box::new(look), Box::new(pull)]))
    }

    fn pulls(&self, project: &Project, bench: &mut Bench<'_, '_>) -> Box<dyn Job> {
        let platform = project.environment.get("DOCKER_DEFAULT_PLATFORM").cloned().unwrap_or_default();
        let mut jobs: Vec<Box<dyn Job>> = Vec::new();
        let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
        let mut must_build = Vec::new();
        for (name, service) in &project.services {
            let skipped = if service.image.is_empty() {
                "Skipped - No image to be pulled".to_owned()
            } else if matches!(service.pull_policy.as_str(), "never" | "build") {
                "Skipped".to_owned()
            } else if matches!(service.pull_policy.as_str(), "missing" | "if_not_present")
                && bench.site.images.contains_key(&service.image)
                && !is_latest(&service.image)
            {
                "Skipped - Image is already present locally".to_owned()
            } else if service.build.is_some() && self.ignores_buildable {
                "Skipped - Image can be built".to_owned()
            } else if let Some(other) = taken.get(service.image.as_str()) {
                format!("Skipped - Image is already being pulled by {other}")
            } else {
                taken.insert(&service.image, name);
                let mut pull = PullOne::new(name, service, &platform, self.quiet);
                pull.forgives = self.ignores_failures || service.build.is_some();
                if service.build.is_some() {
                    must_build.push((name.clone(), service.image.clone()));
                }
                jobs.push(Box::new(pull));
                continue;
            };
            bench.tell_event(name, &skipped, "");
        }
        let advise = AtOnce(must_build, |built: &Vec<(String, String)>, bench: &mut Bench<'_, '_>| {
            let missing = built.iter().filter(|(_, image)| !bench.site.images.contains_key(image));
            let names: Vec<&str> = missing.map(|(name, _)| name.as_str()).collect();
            if !names.is_empty() {
                let advice = "WARNING: Some service image(s) must be built from source by running:";
                bench.client.err(format!("{advice}\n    docker compose build {}\n", names.join(" ")));
            }
            Ok(())
        });
        Box::new(Sequence::new(vec![Box::new(Graph::parallel(jobs)), Box::new(advise)]))
    }
}

/// Whether it is an image's newest that is named.
fn is_latest(image: &str) -> bool {
    Reference::parse(image).is_ok_and(|reference| reference.with_default_tag().familiar().ends_with(":latest"))
}
