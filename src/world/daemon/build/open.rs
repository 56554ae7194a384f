//! The beginning of a build: the Dockerfile is read and checked, base images are found, the context is taken in.
//!
//! Promises: the internal vertexes and the errors of BuildKit, in its order; nothing is carried out yet. Must not know: layers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use imbl::Vector;

use super::super::api::{ApiError, BuildRequest, JobMessage, Response};
use super::super::jobs::Work as JobWork;
use super::super::reference::Reference;
use super::super::{Answer, Daemon};
use super::dockerfile::lint::{self, BaseImage, Check};
use super::dockerfile::plan::{self, Plan, PlanOptions, Source};
use super::dockerfile::{self, Dockerfile, DockerfileError, LineRange, excerpt};
use super::graph::{self, Step, full_name};
use super::ignore::Patterns;
use super::progress::{BuildMessage, BuildWarning, Vertex};
use super::{Build, build, configure};
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::event::EventKind;
use crate::world::filesystem::entry::{Change, Entry, Metadata, Node};
use crate::world::filesystem::layer::LayerBuilder;
use crate::world::filesystem::union::UnionMount;
use crate::world::process::Kernel;
use crate::world::registry::image::Image;
use crate::world::registry::{RegistryError, Selector};

/// How long an internal vertex takes.
const INTERNAL: Duration = Duration::from_millis(10);
/// How long a registry takes to tell of an image.
const REGISTRY: Duration = Duration::from_millis(600);
/// Bytes of a transfer that are not the file's own: its name and metadata (fsutil's packets).
const PACKET: usize = 27;

/// The images that a build begins with or copies from.
struct Bases {
    images: BTreeMap<String, Arc<Image>>,
    failure: Option<(String, LineRange)>,
}

/// What is told before the first step.
struct Opening {
    messages: VecDeque<(Time, Vec<JobMessage>)>,
    at: Time,
    last_vertex: Vertex,
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

    fn say(&mut self, message: BuildMessage) {
        self.messages.push_back((self.at, vec![build(message)]));
    }

    fn fail(&mut self, request: &BuildRequest, text: String, lines: Option<LineRange>) {
        let excerpt = lines.and_then(|lines| excerpt(&request.dockerfile_name, &request.dockerfile, lines));
        self.say(BuildMessage::Error { text, excerpt });
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
        let mut opening = Opening { messages: VecDeque::new(), at: context.now, last_vertex: 0 };
        let prepared = self.open_build(kernel, context, &request, &mut opening);
        let (graph, warnings) = match prepared {
            Ok((graph, warnings)) => (graph.map(Arc::new), warnings),
            Err(error) => {
                opening.fail(&request, error.to_string(), error.lines);
                (None, Vec::new())
            }
        };
        let files = match context_files(&request) {
            Ok(files) => files,
            Err(error) => return Err(ApiError::invalid(error)),
        };
        match &graph {
            Some(graph) => {
                let steps = u32::try_from(graph.steps.len()).unwrap_or(u32::MAX);
                context.emit(EventKind::BuildStarted { steps });
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

    /// Reads, plans and checks. No graph: there is nothing more to do, and the opening tells why.
    fn open_build(
        &self,
        kernel: &Kernel,
        context: &Context,
        request: &BuildRequest,
        opening: &mut Opening,
    ) -> Result<(Option<graph::Graph>, Vec<BuildWarning>), DockerfileError> {
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
        };
        let size = request.dockerfile.len() + PACKET + request.dockerfile_name.len();
        let size = size + if request.dockerfile.len() > 127 { 2 } else { 0 };
        let name = format!("[internal] load build definition from {}", request.dockerfile_name);
        let mut statuses = vec![(format!("transferring dockerfile: {}", size_text(size as u64)), Some(Duration::ZERO))];
        let planned = dockerfile::parse(&request.dockerfile)
            .and_then(|parsed| plan::plan(&parsed, &options).map(|plan| (parsed, plan)));
        let (parsed, plan) = match planned {
            Ok(planned) => planned,
            Err(error) => {
                opening.vertex(name, INTERNAL, statuses, None);
                return Err(error);
            }
        };
        let mut metadata = Vec::new();
        let bases = self.bases(context, request, &parsed, &plan, &mut metadata);
        let warnings = warnings(request, &parsed, &plan, &options, &bases)?;
        if !request.check {
            let lines = warnings
                .iter()
                .map(|warning| format!("WARN: {}: {} (line {})", warning.rule, warning.detail, warning.line));
            statuses.extend(lines.map(|line| (line, None)));
        }
        opening.vertex(name, INTERNAL, statuses, None);
        for (name, took, error) in metadata {
            opening.vertex(format!("[internal] load metadata for {name}"), took, Vec::new(), error.as_deref());
        }
        if let Some((text, lines)) = bases.failure {
            opening.fail(request, text, Some(lines));
            return Ok((None, warnings));
        }
        let ignored = request.ignore.as_ref().map_or(2, |text| text.len() + PACKET + ".dockerignore".len());
        let status = format!("transferring context: {}", size_text(ignored as u64));
        opening.vertex(
            "[internal] load .dockerignore".to_owned(),
            INTERNAL,
            vec![(status, Some(Duration::ZERO))],
            None,
        );
        if request.check {
            opening.say(BuildMessage::Warnings(warnings));
            return Ok((None, Vec::new()));
        }
        let graph = graph::graph(&parsed, &plan, request, &bases.images)?;
        Ok((Some(graph), warnings))
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
                (source, stage.instructions.get(*number).map_or(stage.place.lines, |found| found.place.lines))
            });
            for (source, lines) in std::iter::once((&planned.base, stage.place.lines)).chain(of_instructions) {
                let Source::Image(name) = source else { continue };
                if bases.images.contains_key(name) || bases.failure.is_some() {
                    continue;
                }
                let full = full_name(name);
                let told = metadata.iter().any(|(known, _, _)| *known == full);
                match self.base_image(context, request, name) {
                    Ok((image, took)) => {
                        bases.images.insert(name.clone(), image);
                        if !told {
                            metadata.push((full, took, None));
                        }
                    }
                    Err(error) => {
                        let text = format!("{name}: failed to resolve source metadata for {full}: {error}");
                        metadata.push((full, REGISTRY, Some(error)));
                        bases.failure = Some((text, lines));
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
        match context.registry.pull(reference.domain(), reference.path(), selector) {
            Ok(served) => Ok((served.image, REGISTRY)),
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
        let published = image.published();
        let mut total = Duration::ZERO;
        let mut status = |text: String, took| said.push(build(BuildMessage::Status { vertex, text, took: Some(took) }));
        for blob in &published.manifest.layers {
            let time = context.registry.download_time(blob.size);
            let size = size_text(blob.size);
            status(format!("{} {size} / {size}", blob.digest), time);
            status(format!("extracting {}", blob.digest), Duration::ZERO);
            total += time;
        }
        total
    }
}

fn warnings(
    request: &BuildRequest,
    parsed: &Dockerfile,
    plan: &Plan,
    options: &PlanOptions,
    bases: &Bases,
) -> Result<Vec<BuildWarning>, DockerfileError> {
    let rules = lint::rules_of(parsed)?;
    let base_image = |name: &str| {
        let config = &bases.images.get(name)?.config().config;
        Some(BaseImage { environment: configure::variables(&config.env), has_shell: config.shell.is_some() })
    };
    let check = Check {
        dockerfile: parsed,
        plan,
        options,
        rules: &rules,
        base_image: &base_image,
        all_stages: request.check && request.target.is_none(),
    };
    let mut found = lint::lint(&check);
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
    Ok(told.collect())
}

/// The context as a file system of root's, without what `.dockerignore` leaves out.
fn context_files(request: &BuildRequest) -> Result<UnionMount, String> {
    let patterns = Patterns::parse(request.ignore.as_deref().unwrap_or_default());
    let mut layer = LayerBuilder::new();
    for (name, entry) in &request.context {
        if patterns.matches(name) {
            continue;
        }
        let metadata = Metadata { uid: 0, gid: 0, ..entry.metadata };
        let entry = Entry { metadata, node: entry.node.clone() };
        layer.insert(format!("/{name}"), Change::put(entry)).map_err(|errno| format!("{name}: {errno}"))?;
    }
    let layer = layer.build().map_err(|errno| format!("the build context cannot be: {errno}"))?;
    Ok(UnionMount::new(vec![Arc::new(layer)]))
}

/// About how many bytes the context takes on its way.
fn context_bytes(files: &UnionMount) -> u64 {
    let entries = files.lowers().iter().flat_map(|layer| layer.changes());
    let bytes = entries.filter_map(|(path, change)| {
        let entry = change.entry()?;
        let size = if let Node::File(content) = &entry.node { content.size() } else { 0 };
        Some(size + path.len() as u64 + PACKET as u64)
    });
    bytes.fold(2, u64::saturating_add)
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
