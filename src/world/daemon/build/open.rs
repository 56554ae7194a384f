//! The beginning of a build: the Dockerfile is read and checked, base images are found, the context is taken in.
//!
//! Promises: the internal vertexes and the errors of BuildKit, in its order; nothing is carried out yet. Must not know: layers.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use imbl::Vector;

use super::super::api::{ApiError, BuildRequest, JobMessage, Response};
use super::super::jobs::Work as JobWork;
use super::super::reference::Reference;
use super::super::{Answer, Daemon};
use super::context::{context_bytes, context_files, keep_sources};
use super::dockerfile::instruction::InstructionKind;
use super::dockerfile::lint::{self, BaseImage, Check};
use super::dockerfile::plan::{self, Plan, PlanOptions, Source};
use super::dockerfile::platform;
use super::dockerfile::rule::{CheckOptions, Warning};
use super::dockerfile::suggest;
use super::dockerfile::{self, Dockerfile, DockerfileError, LineRange, excerpt};
use super::graph::{self, Step, full_name};
use super::ignore::Patterns;
use super::progress::{BuildMessage, BuildWarning, Vertex};
use super::{Build, build};
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::event::EventKind;
use crate::world::process::Kernel;
use crate::world::registry::image::Image;
use crate::world::registry::platform::Platform;
use crate::world::registry::{Asker, RegistryError, Selector};

/// How long an internal vertex takes.
const INTERNAL: Duration = Duration::from_millis(10);
/// How long a registry takes to tell of an image.
const REGISTRY: Duration = Duration::from_millis(600);
/// Bytes of a transfer that are not the file's own: its name and metadata (fsutil's packets).
pub(super) const PACKET: usize = 27;

/// Names that are suggested for one that is not known (`commonImageNames` in `dockerfile2llb/convert.go`).
const COMMON_IMAGES: [&str; 14] = [
    "alpine",
    "alpine:latest",
    "busybox",
    "busybox:latest",
    "centos",
    "centos:latest",
    "debian",
    "debian:latest",
    "golang",
    "golang:latest",
    "ubuntu",
    "ubuntu:latest",
    "fedora",
    "fedora:latest",
];

/// The images that a build begins with or copies from.
struct Bases {
    images: BTreeMap<String, graph::BaseImage>,
    failure: Option<Failure>,
}

/// Why a Dockerfile cannot be built.
struct Failure {
    text: String,
    lines: Option<LineRange>,
    /// False if it failed before a check could begin: it is then told as of a build.
    of_check: bool,
}

impl Failure {
    fn new(text: String, lines: Option<LineRange>) -> Failure {
        Failure { text, lines, of_check: true }
    }
}

/// What is known before the first step.
struct Prepared {
    /// None: there is nothing more to do.
    graph: Option<graph::Graph>,
    warnings: Vec<BuildWarning>,
    failure: Option<Failure>,
}

impl Prepared {
    fn failed(error: &DockerfileError, warnings: Vec<BuildWarning>) -> Prepared {
        Prepared { graph: None, warnings, failure: Some(Failure::new(error.to_string(), error.lines)) }
    }
}

/// What is told before the first step.
struct Opening {
    messages: VecDeque<(Time, Vec<JobMessage>)>,
    at: Time,
    last_vertex: Vertex,
    /// The frontend that the Dockerfile asks for: its name, its digest, and how long it took to find.
    frontend: Option<(String, String, Duration)>,
}

impl Opening {
    /// A vertex that is done when its time is over.
    fn vertex(&mut self, name: String, took: Duration, statuses: Vec<(String, Option<Duration>)>, error: Option<&str>) {
        self.last_vertex += 1;
        let vertex = self.last_vertex;
        let mut messages = vec![build(BuildMessage::Started { vertex, name })];
        messages.extend(statuses.into_iter().map(|(text, took)| build(BuildMessage::Status { vertex, text, took })));
        messages.push(build(match error {
            Some(error) => BuildMessage::Failed { vertex, error: error.to_owned() },
            None => BuildMessage::Finished { vertex, cached: false, took },
        }));
        self.at = self.at + took;
        self.messages.push_back((self.at, messages));
    }

    /// The vertex that reads the Dockerfile; in a build it tells of the warnings too.
    fn definition(&mut self, request: &BuildRequest, warnings: &[BuildWarning]) {
        let size = request.dockerfile.len() + PACKET + request.dockerfile_name.len();
        let size = size + if request.dockerfile.len() > 127 { 2 } else { 0 };
        let name = format!("[internal] load build definition from {}", request.dockerfile_name);
        let mut statuses = vec![(format!("transferring dockerfile: {}", size_text(size as u64)), Some(Duration::ZERO))];
        if !request.check {
            let line =
                |warning: &BuildWarning| format!("WARN: {}: {} (line {})", warning.rule, warning.detail, warning.line);
            statuses.extend(warnings.iter().map(|warning| (line(warning), None)));
        }
        self.vertex(name, INTERNAL, statuses, None);
        if let Some((name, digest, took)) = self.frontend.take() {
            self.vertex(format!("resolve image config for docker-image://{name}"), took, Vec::new(), None);
            let status = format!("resolve docker-image://{name}@{digest}");
            self.vertex(format!("docker-image://{name}@{digest}"), INTERNAL, vec![(status, Some(INTERNAL))], None);
        }
    }

    fn say(&mut self, message: BuildMessage) {
        self.messages.push_back((self.at, vec![build(message)]));
    }
}

impl Daemon {
    pub(in super::super) fn image_build(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        request: Box<BuildRequest>,
    ) -> Answer {
        for tag in &request.tags {
            if let Err(error) = Reference::parse(tag) {
                return Err(ApiError::invalid(format!("invalid tag \"{tag}\": {error}")));
            }
        }
        let mut opening = Opening { messages: VecDeque::new(), at: context.now, last_vertex: 0, frontend: None };
        let Prepared { graph, warnings, failure } = self.open_build(kernel, context, &request, &mut opening);
        if let Some(Failure { text, lines, of_check }) = failure {
            opening.say(BuildMessage::Warnings(warnings.clone()));
            let excerpt = lines.and_then(|lines| excerpt(&request.dockerfile_name, &request.dockerfile, lines));
            opening.say(if request.check && of_check {
                BuildMessage::CheckFailed { text, excerpt }
            } else {
                BuildMessage::Error { text, excerpt }
            });
        }
        let graph = graph.map(Arc::new);
        let files = match context_files(&request) {
            Ok(files) => files,
            Err(error) => return Err(ApiError::invalid(error)),
        };
        keep_sources(&mut self.build_cache, &request, graph.as_deref(), &files, context.now);
        match &graph {
            Some(graph) => {
                let steps = u32::try_from(graph.steps.len()).unwrap_or(u32::MAX);
                context.emit(EventKind::BuildStarted { steps });
                if request.no_cache {
                    self.build_cache.empty_mounts(kernel, graph);
                }
                if graph.steps.iter().any(Step::needs_context) {
                    let status = format!("transferring context: {}", size_text(context_bytes(&files)));
                    let name = "[internal] load build context".to_owned();
                    opening.vertex(name, INTERNAL, vec![(status, Some(Duration::ZERO))], None);
                }
            }
            None => context.emit(EventKind::BuildFailed { step: 0 }),
        }
        let job = Build {
            request: Arc::from(request),
            opening: opening.messages,
            graph,
            context: files,
            warnings,
            last_vertex: opening.last_vertex,
            snapshots: BTreeMap::new(),
            running: BTreeMap::new(),
            exporting: None,
        };
        Ok(Response::Job(self.jobs.begin(Vector::new(), JobWork::Build(Box::new(job)))))
    }

    /// Reads, plans and checks.
    fn open_build(
        &self,
        kernel: &Kernel,
        context: &Context,
        request: &BuildRequest,
        opening: &mut Opening,
    ) -> Prepared {
        let architecture = match &*kernel.architecture {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        };
        let platform = format!("linux/{architecture}");
        let options = PlanOptions {
            target: request.target.clone(),
            build_arguments: graph::given(&request.arguments),
            target_platform: request.platform.clone().unwrap_or_else(|| platform.clone()),
            build_platform: platform,
            all_stages: request.check && request.target.is_none(),
        };
        if let Some((name, line)) = dockerfile::syntax(&request.dockerfile) {
            let full = full_name(&name);
            match self.base_image(context, request, &name) {
                Ok((image, took)) => {
                    opening.frontend = Some((full, image.published().1.to_string(), took));
                }
                Err(error) => {
                    opening.definition(request, &[]);
                    let vertex = format!("resolve image config for docker-image://{full}");
                    opening.vertex(vertex, REGISTRY, Vec::new(), Some(&error));
                    let text = format!("failed to resolve source metadata for {full}: {error}");
                    let failure = Failure { text, lines: Some(LineRange::single(line)), of_check: false };
                    return Prepared { graph: None, warnings: Vec::new(), failure: Some(failure) };
                }
            }
        }
        let read = dockerfile::parse_so_far(&request.dockerfile)
            .and_then(|(parsed, error)| lint::rules_of(&parsed).map(|rules| (parsed, error, rules)));
        let (parsed, error, rules) = match read {
            Ok(read) => read,
            Err(error) => {
                opening.definition(request, &[]);
                return Prepared::failed(&error, Vec::new());
            }
        };
        let checked = Checked { request, parsed: &parsed, rules: &rules, options: &options };
        if let Some(error) = error {
            let warnings = checked.told(lint::words(&checked.of(None, &|_| None, None)));
            opening.definition(request, &warnings);
            return Prepared::failed(&error, warnings);
        }
        let plan = match plan::plan(&parsed, &options) {
            Ok(plan) => plan,
            Err(error) => {
                let warnings = checked.warnings(None, &BTreeMap::new(), None);
                opening.definition(request, &warnings);
                return Prepared::failed(&error, warnings);
            }
        };
        let mut metadata = Vec::new();
        let bases = self.bases(context, request, &parsed, &plan, &mut metadata);
        let graph = match &bases.failure {
            None => graph::graph(&parsed, &plan, request, &bases.images).map(Some),
            Some(_) => Ok(None),
        };
        let error = graph.as_ref().err().and_then(|error| error.lines);
        let warnings = checked.warnings(bases.failure.is_none().then_some(&plan), &bases.images, error);
        opening.definition(request, &warnings);
        for (name, took, error) in metadata {
            opening.vertex(format!("[internal] load metadata for {name}"), took, Vec::new(), error.as_deref());
        }
        if bases.failure.is_some() {
            return Prepared { graph: None, warnings, failure: bases.failure };
        }
        let ignored = request.ignore.as_ref().map_or(2, |text| text.len() + PACKET + ".dockerignore".len());
        let status = format!("transferring context: {}", size_text(ignored as u64));
        // A list of the Dockerfile's own came along with it.
        if !request.has_own_ignore {
            let name = "[internal] load .dockerignore".to_owned();
            opening.vertex(name, INTERNAL, vec![(status, Some(Duration::ZERO))], None);
        }
        if !request.ignore.as_deref().is_none_or(Patterns::are_right) {
            let failure = Failure::new("syntax error in pattern".to_owned(), None);
            return Prepared { graph: None, warnings, failure: Some(failure) };
        }
        match graph {
            Err(error) => Prepared::failed(&error, warnings),
            Ok(_) if rules.error && !warnings.is_empty() => {
                let broken: BTreeSet<&str> = warnings.iter().map(|warning| warning.rule.as_str()).collect();
                let broken: Vec<&str> = broken.into_iter().collect();
                let text = format!("lint violation found for rules: {}", broken.join(", "));
                Prepared { graph: None, warnings, failure: Some(Failure::new(text, None)) }
            }
            Ok(_) if request.check => {
                opening.say(BuildMessage::Warnings(warnings));
                Prepared { graph: None, warnings: Vec::new(), failure: None }
            }
            Ok(graph) => Prepared { graph, warnings, failure: None },
        }
    }

    /// Finds the images that the needed stages name, here or in their registries.
    fn bases(
        &self,
        context: &Context,
        request: &BuildRequest,
        parsed: &Dockerfile,
        plan: &Plan,
        metadata: &mut Vec<(String, Duration, Option<String>)>,
    ) -> Bases {
        let mut bases = Bases { images: BTreeMap::new(), failure: None };
        let needed = parsed.stages.iter().zip(&plan.stages).filter(|(_, planned)| planned.needed);
        for (stage, planned) in needed {
            let of_instructions = planned.sources.iter().map(|(number, source)| {
                // What a RUN mounts has no place of its own.
                let copy =
                    stage.instructions.get(*number).filter(|found| matches!(found.kind, InstructionKind::Copy(_)));
                (source, copy.map(|found| found.place.lines))
            });
            for (source, lines) in std::iter::once((&planned.base, Some(stage.place.lines))).chain(of_instructions) {
                let Source::Image(name) = source else { continue };
                if bases.images.contains_key(name) {
                    continue;
                }
                if let Err(error) = Reference::parse(name) {
                    let text = format!("failed to parse stage name {}: {error}", dockerfile::quoted(name));
                    bases.failure.get_or_insert(Failure::new(text, lines));
                    continue;
                }
                let full = full_name(name);
                let told = metadata.iter().any(|(known, _, _)| *known == full);
                match self.base_image(context, request, name) {
                    Ok((image, took)) => {
                        let digest = (took == REGISTRY).then(|| image.published().1);
                        bases.images.insert(name.clone(), graph::BaseImage { image, digest });
                        if !told {
                            metadata.push((full, took, None));
                        }
                    }
                    // They are looked for at the same time: the first failure is told.
                    Err(_) if bases.failure.is_some() => {}
                    Err(error) => {
                        let names = plan.stages.iter().map(|stage| stage.name.as_str());
                        let hint =
                            suggest::nearest_ignoring_case(name, &names.chain(COMMON_IMAGES).collect::<Vec<_>>());
                        let hint = hint.map(|name| format!(" (did you mean {name}?)")).unwrap_or_default();
                        let text = format!("{name}: failed to resolve source metadata for {full}: {error}{hint}");
                        metadata.push((full, REGISTRY, Some(error)));
                        bases.failure = Some(Failure::new(text, lines));
                    }
                }
            }
        }
        bases
    }

    /// The image of a FROM, and how long it took to find it.
    fn base_image(
        &self,
        context: &Context,
        request: &BuildRequest,
        name: &str,
    ) -> Result<(Arc<Image>, Duration), String> {
        let reference = Reference::parse(name).map_err(|error| error.to_string())?.with_default_tag();
        let local = self.images.named(&reference).and_then(|id| self.images.get(&id)).filter(|_| !request.pull);
        if let Some(image) = local {
            return Ok((Arc::clone(image), INTERNAL));
        }
        let digest = reference.digest().and_then(|digest| digest.parse().ok());
        let selector = match digest {
            Some(digest) => Selector::Digest(digest),
            None => Selector::Tag(reference.tag().unwrap_or("latest")),
        };
        match context.registry.pull(reference.domain(), reference.path(), selector, Asker::anonymous(context.now)) {
            Ok(served) => {
                let own = Platform::linux("amd64");
                let wanted = request.platform.as_deref().map_or(Ok(own.clone()), |text| Platform::parse(text, &own));
                let chosen = served.choose(&wanted.map_err(|error| error.to_string())?);
                chosen.map(|variant| (Arc::clone(&variant.image), REGISTRY)).map_err(|_| format!("{reference}: not found"))
            }
            Err(RegistryError::PullDenied { .. }) => Err(
                "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"
                    .to_owned(),
            ),
            Err(RegistryError::RepositoryUnknown { .. } | RegistryError::ManifestUnknown { .. }) => {
                Err(format!("{reference}: not found"))
            }
            Err(RegistryError::Unreachable { scheme, host, reason }) => {
                let tag = reference.tag().unwrap_or("latest");
                let path = reference.path();
                Err(format!("failed to do request: Head \"{scheme}://{host}/v2/{path}/manifests/{tag}\": {reason}"))
            }
            Err(other) => Err(other.to_string()),
        }
    }
}

impl Build {
    /// Tells of a base image that comes from its registry, and says how long that takes.
    pub(super) fn download(
        &self,
        context: &Context,
        image: &Image,
        vertex: Vertex,
        said: &mut Vec<JobMessage>,
    ) -> Duration {
        let (manifest, _) = image.published();
        let mut total = Duration::ZERO;
        let mut status = |text: String, took| said.push(build(BuildMessage::Status { vertex, text, took: Some(took) }));
        for blob in &manifest.layers {
            let time = context.registry.download_time(blob.size);
            let size = size_text(blob.size);
            status(format!("{} {size} / {size}", blob.digest), time);
            status(format!("extracting {}", blob.digest), Duration::ZERO);
            total += time;
        }
        total
    }
}

/// What the linter looks at.
struct Checked<'a> {
    request: &'a BuildRequest,
    parsed: &'a Dockerfile,
    rules: &'a CheckOptions,
    options: &'a PlanOptions,
}

impl Checked<'_> {
    /// The linter's warnings: without a plan, those that need none; behind an error, none.
    fn warnings(
        &self,
        plan: Option<&Plan>,
        images: &BTreeMap<String, graph::BaseImage>,
        error: Option<LineRange>,
    ) -> Vec<BuildWarning> {
        let base_image = |name: &str| {
            let config = images.get(name)?.image.config();
            let run = &config.config;
            let variant = if config.variant.is_empty() { String::new() } else { format!("/{}", config.variant) };
            let platform = format!("{}/{}{variant}", config.os, config.architecture);
            let platform = platform::parse(&platform).unwrap_or(platform);
            let pair = |text: &String| text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
            Some(BaseImage {
                environment: run.env.iter().filter_map(pair).collect(),
                has_shell: run.shell.is_some(),
                platform,
            })
        };
        self.told(lint::lint(&self.of(plan, &base_image, error)))
    }

    fn of<'a>(
        &'a self,
        plan: Option<&'a Plan>,
        base_image: &'a dyn Fn(&str) -> Option<BaseImage>,
        error: Option<LineRange>,
    ) -> Check<'a> {
        let Checked { parsed: dockerfile, options, rules, .. } = *self;
        Check { dockerfile, plan, options, rules, base_image, error }
    }

    fn told(&self, mut found: Vec<Warning>) -> Vec<BuildWarning> {
        let request = self.request;
        if request.check {
            found = lint::sorted(found);
        }
        let told = found.into_iter().map(|warning| BuildWarning {
            rule: warning.rule.name().to_owned(),
            description: warning.rule.description().to_owned(),
            url: warning.rule.url().unwrap_or_default(),
            detail: warning.message,
            line: u32::try_from(warning.lines.start).unwrap_or(u32::MAX),
            excerpt: excerpt(&request.dockerfile_name, &request.dockerfile, warning.lines).unwrap_or_default(),
        });
        told.collect()
    }
}

/// A size as BuildKit prints it: decimal units, two digits behind the point.
fn size_text(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return format!("{bytes}B");
    }
    let mut size = bytes as f64 / 1000.0;
    let mut unit = 0;
    while size >= 1000.0 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    format!("{size:.2}{}", UNITS[unit])
}
