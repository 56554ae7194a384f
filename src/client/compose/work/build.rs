//! Building the images of services, all in one go, as Compose has buildx's bake do it.
//!
//! Promises: the bake file and the words of Compose's `build_bake.go`, and bake's plain progress. Must not know how an image is
//! built.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::bake::{self, Target};
use super::{Bench, Job, Step};
use crate::client::compose::ComposeError;
use crate::client::compose::model::{Project, Related};
use crate::client::execute::{Context, ContextError, Printer};
use crate::world::daemon::api::{BuildRequest, JobId, JobMessage, Request, Response};
use crate::world::daemon::build::progress::{BuildMessage, Vertex};
use crate::world::process::Wait;

/// What is asked of a build.
#[derive(Clone, Debug, Default)]
pub struct BuildPlan {
    /// None: all.
    pub services: Vec<String>,
    /// Whether what they depend on is built too.
    pub with_dependencies: bool,
    pub arguments: BTreeMap<String, Option<String>>,
    pub no_cache: bool,
    pub pull: bool,
    pub quiet: bool,
    /// Whether only the bake file is shown.
    pub prints: bool,
    pub checks: bool,
}

/// Builds images.
#[derive(Clone, Debug)]
pub struct Build {
    plan: BuildPlan,
    /// Images that are there, and are built only where the service says so.
    there: BTreeSet<String>,
    printer: Printer,
    running: Option<Running>,
}

#[derive(Clone, Debug)]
struct Running {
    targets: Vec<Underway>,
    /// The numbers of the steps as they are shown: by target and vertex.
    shown: BTreeMap<(usize, Vertex), Vertex>,
    /// Steps that several targets have in common, by what they do.
    common: BTreeMap<String, (usize, Vertex)>,
    last: Vertex,
}

/// A target that is being built.
#[derive(Clone, Debug)]
struct Underway {
    target: Target,
    job: JobId,
    read: usize,
    finished: bool,
    failure: Option<String>,
}

impl Build {
    /// The job. Images that are `there` are built only where a service asks for it.
    pub fn job(plan: BuildPlan, there: &BTreeMap<String, String>) -> Box<dyn Job> {
        let printer = Printer::new(plan.quiet).on_standard_output();
        Box::new(Build { plan, there: there.keys().cloned().collect(), printer, running: None })
    }

    /// The project of what is built, and the services of it that are.
    fn chosen(&self, project: &Project) -> Result<(Project, Vec<String>), ComposeError> {
        let mut project = project.clone();
        project.enable(&self.plan.services);
        project.select(&self.plan.services, Related::Dependencies)?;
        let related = if self.plan.with_dependencies { Related::Dependencies } else { Related::Nobody };
        let mut names = project.related(&self.plan.services, related)?;
        names.retain(|name| {
            let Some(service) = project.services.get(name).filter(|service| service.build.is_some()) else {
                return false;
            };
            service.pull_policy == "build" || !self.there.contains(&service.image_name(&project.name, name))
        });
        names.sort();
        Ok((project, names))
    }

    fn begin(&mut self, bench: &mut Bench<'_, '_>) -> Result<Option<Running>, ComposeError> {
        let (project, names) = self.chosen(&bench.site.project)?;
        if names.is_empty() {
            return Ok(None);
        }
        let targets = bake::targets(&project, &self.plan);
        let file = bake::file(&targets, &names);
        if self.plan.prints {
            bench.client.out(format!("{file}\n"));
            return Ok(None);
        }
        let mut running = Running { targets: Vec::new(), shown: BTreeMap::new(), common: BTreeMap::new(), last: 1 };
        let name = "[internal] load local bake definitions".to_owned();
        let took = Some(Duration::ZERO);
        let text = format!("reading from stdin {}B", file.len());
        for message in [
            BuildMessage::Started { vertex: 1, name },
            BuildMessage::Status { vertex: 1, text, took },
            BuildMessage::Finished { vertex: 1, cached: false, took: Duration::ZERO },
        ] {
            self.printer.print(bench.client, message);
        }
        for target in targets.into_iter().filter(|target| names.contains(&target.service)) {
            let request = self.request(bench, &project, &target)?;
            let Response::Job(job) = bench.ask(Request::ImageBuild(Box::new(request)))? else {
                return Err(ComposeError::Message("the daemon did not begin a build".to_owned()));
            };
            running.targets.push(Underway { target, job, read: 0, finished: false, failure: None });
        }
        Ok(Some(running))
    }

    fn request(
        &mut self,
        bench: &mut Bench<'_, '_>,
        project: &Project,
        target: &Target,
    ) -> Result<BuildRequest, ComposeError> {
        target.refuse_what_is_not_modelled()?;
        let inline = (!target.inline.is_empty()).then(|| target.inline.clone().into_bytes());
        let file = if inline.is_some() { Some("-") } else { target.dockerfile.as_deref() };
        let context = match Context::read(bench.system, &target.context, file, inline) {
            Ok(context) => context,
            Err(ContextError::Refused(text)) => return Err(ComposeError::Message(format!("{text}\n"))),
            Err(ContextError::NoDockerfile { name, path }) => {
                let name = format!("[internal] load build definition from {name}");
                let (text, took) = ("transferring dockerfile: 2B".to_owned(), Duration::ZERO);
                for message in [
                    BuildMessage::Started { vertex: 2, name },
                    BuildMessage::Status { vertex: 2, text, took: Some(took) },
                    BuildMessage::Finished { vertex: 2, cached: false, took },
                ] {
                    self.printer.print(bench.client, message);
                }
                let text = format!("failed to solve: failed to read dockerfile: {path}\n");
                return Err(ComposeError::Message(text));
            }
        };
        let secrets = target.secrets(bench.system, project)?;
        Ok(BuildRequest {
            dockerfile: context.dockerfile,
            dockerfile_name: context.dockerfile_name,
            context: context.files,
            ignore: context.ignore,
            tags: target.tags.clone(),
            target: (!target.stage.is_empty()).then(|| target.stage.clone()),
            arguments: target.arguments.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect(),
            labels: target.labels.clone(),
            no_cache: target.no_cache,
            pull: target.pull,
            secrets,
            check: self.plan.checks,
            ..BuildRequest::default()
        })
    }

    /// Shows the messages of one target, numbered among those of all.
    fn show(&mut self, bench: &mut Bench<'_, '_>, number: usize) -> Result<bool, ComposeError> {
        let Some(running) = &mut self.running else { return Ok(true) };
        let several = running.targets.len() > 1;
        let Some(underway) = running.targets.get_mut(number).filter(|target| !target.finished) else {
            return Ok(true);
        };
        let answer = bench.ask(Request::JobRead { job: underway.job, from: underway.read })?;
        let Response::Messages { messages, finished } = answer else { return Ok(true) };
        underway.read += messages.len();
        underway.finished = finished;
        let name = underway.target.service.clone();
        for message in messages {
            match message {
                JobMessage::Build(message) => {
                    if let Some(message) = running.renumber(number, several.then_some(name.as_str()), message) {
                        self.printer.print(bench.client, message);
                    }
                }
                JobMessage::Image { id } => {
                    let image = running.targets[number].target.image.clone();
                    bench.site.images.insert(image, id.to_string());
                }
                JobMessage::Failed(error) => running.targets[number].failure = Some(error.message),
                JobMessage::Status { .. } | JobMessage::Layer { .. } => {}
            }
        }
        Ok(finished)
    }

    fn finish(&mut self, bench: &mut Bench<'_, '_>) -> Result<(), ComposeError> {
        let Some(running) = &mut self.running else { return Ok(()) };
        let failure = running.targets.iter().find_map(|target| target.failure.clone());
        if failure.is_none() && !self.printer.has_failed() {
            for number in 0..running.targets.len() {
                let name = match running.targets.len() {
                    1 => String::new(),
                    _ => format!("[{}] ", running.targets[number].target.service),
                };
                running.last += 1;
                let vertex = running.last;
                let name = format!("{name}resolving provenance for metadata file");
                self.printer.print(bench.client, BuildMessage::Started { vertex, name });
                let took = Duration::ZERO;
                self.printer.print(bench.client, BuildMessage::Finished { vertex, cached: false, took });
            }
        }
        if let Some(text) = self.printer.end(bench.client, failure.as_deref()) {
            // Compose joins the lines of bake's error, whose ends they have kept, with line ends.
            let lines: Vec<&str> = text.split_inclusive('\n').collect();
            return Err(ComposeError::Message(lines.join("\n")));
        }
        for underway in &running.targets {
            bench.tell(&underway.target.image, "Built");
        }
        Ok(())
    }
}

impl Running {
    /// A message of a target as one of all targets; nothing for what another target has shown.
    fn renumber(&mut self, number: usize, target: Option<&str>, message: BuildMessage) -> Option<BuildMessage> {
        let place = |vertex: Vertex| self.shown.get(&(number, vertex)).copied().filter(|shown| *shown != 0);
        Some(match message {
            BuildMessage::Started { vertex, name } => {
                let name = target.map_or(name.clone(), |target| with_target(&name, target));
                let key = common_key(&name);
                if let Some(key) = &key
                    && self.common.contains_key(key)
                {
                    self.shown.insert((number, vertex), 0);
                    return None;
                }
                self.last += 1;
                self.shown.insert((number, vertex), self.last);
                if let Some(key) = key {
                    self.common.insert(key, (number, vertex));
                }
                BuildMessage::Started { vertex: self.last, name }
            }
            BuildMessage::Status { vertex, text, took } => BuildMessage::Status { vertex: place(vertex)?, text, took },
            BuildMessage::Log { vertex, stream, after, bytes } => {
                BuildMessage::Log { vertex: place(vertex)?, stream, after, bytes }
            }
            BuildMessage::Finished { vertex, cached, took } => {
                BuildMessage::Finished { vertex: place(vertex)?, cached, took }
            }
            BuildMessage::Failed { vertex, error } => BuildMessage::Failed { vertex: place(vertex)?, error },
            BuildMessage::Canceled { vertex } => BuildMessage::Canceled { vertex: place(vertex)? },
            other => other,
        })
    }
}

/// `[internal] load .dockerignore` → `[app internal] load .dockerignore`, `exporting to image` → `[app] exporting to image`.
fn with_target(name: &str, target: &str) -> String {
    match name.strip_prefix('[') {
        Some(rest) => format!("[{target} {rest}"),
        None => format!("[{target}] {name}"),
    }
}

/// What makes a step the same for all targets: the metadata of an image, and the image itself.
fn common_key(name: &str) -> Option<String> {
    let (_, what) = name.split_once("] ")?;
    (what.starts_with("load metadata for ") || what.starts_with("FROM docker.io/")).then(|| what.to_owned())
}

impl Job for Build {
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        if self.running.is_none() {
            self.running = self.begin(bench)?;
        }
        let Some(running) = &self.running else { return Ok(None) };
        let mut finished = true;
        for number in 0..running.targets.len() {
            finished &= self.show(bench, number)?;
        }
        if !finished {
            return Ok(Some(Wait::Engine));
        }
        self.finish(bench)?;
        Ok(None)
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
