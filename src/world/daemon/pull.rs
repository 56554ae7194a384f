//! `docker pull`: an image comes from its registry, layer by layer.
//!
//! Promises: what is there already is not fetched again; the time follows from the compressed size and the registry's bandwidth;
//! the image and its name appear only when all layers are there. Messages are those of moby (`distribution/pull_v2.go`,
//! `distribution/xfer/download.go`). Must not know: containers, builds.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use imbl::Vector;

use super::api::{ApiError, JobMessage, PullImage, Response};
use super::image_store::check_platform;
use super::jobs::{Advance, Work};
use super::reference::Reference;
use super::registry_words::{Asked, refusal};
use super::system::{own_platform, parse_platform};
use super::{Answer, Daemon};
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::digest::Digest;
use crate::world::event::EventKind;
use crate::world::process::Kernel;
use crate::world::registry::platform::Platform;
use crate::world::registry::{Asker, Credentials, Selector, Served, Variant};

/// How long the registry takes to answer with a manifest.
pub(super) const RESOLVE: Duration = Duration::from_millis(400);
/// How long a connection takes to begin with a blob.
pub(super) const LATENCY: Duration = Duration::from_millis(80);
/// Bytes a second at which a layer is unpacked to the disk.
pub(super) const UNPACK_RATE: u64 = 150_000_000;
/// How long it takes to register a layer, however small.
const REGISTER: Duration = Duration::from_millis(30);
/// A layer that is under way tells of its advance so many times.
pub(super) const ADVANCES: u32 = 8;
/// A smaller layer tells of no advance, in bytes.
pub(super) const ADVANCE_BYTES: u64 = 1 << 20;
/// Layers that are downloaded at once; those beyond wait (`max-concurrent-downloads` of dockerd).
const DOWNLOADS: usize = 3;

/// A pull under way: what happens when, in order.
#[derive(Clone, Debug)]
pub(super) struct Pull {
    /// What was asked for; a name alone means all its tags.
    asked: Reference,
    /// The platform that was asked for, and the one that is taken.
    platform: Option<Platform>,
    wanted: Platform,
    credentials: Option<Credentials>,
    /// What is still to be pulled after the image that is under way.
    queue: VecDeque<Reference>,
    current: Option<Current>,
    plan: VecDeque<(Time, Event)>,
    /// Whether a name came to point at another image.
    newer: bool,
}

/// The image that is under way.
#[derive(Clone, Debug)]
struct Current {
    reference: Reference,
    /// What the tag points at.
    digest: Digest,
    variant: Variant,
}

/// Something that happens during a pull.
#[derive(Clone, Debug)]
enum Event {
    Say(JobMessage),
    /// The layer of that index is unpacked.
    Unpacked(usize),
    Exists(usize),
    /// All of the image is there: it is kept and named.
    Complete,
    Fail(ApiError),
}

impl Pull {
    /// When it goes on.
    pub(super) fn due(&self) -> Option<Time> {
        self.plan.front().map(|(at, _)| *at)
    }

    fn say(&mut self, at: Time, text: String) {
        self.plan.push_back((at, Event::Say(JobMessage::Status { text })));
    }

    /// Asks the registry what a name means.
    fn resolve(&self, context: &Context, reference: &Reference) -> Result<Served, ApiError> {
        let asker = Asker { credentials: self.credentials.as_ref(), now: context.now };
        let unknown = || {
            let text = format!("manifest for {} not found: manifest unknown: manifest unknown", reference.familiar());
            ApiError::not_found(text)
        };
        let selector = match reference.digest() {
            Some(digest) => Selector::Digest(digest.parse::<Digest>().map_err(|_| unknown())?),
            None => Selector::Tag(reference.tag().unwrap_or("latest")),
        };
        let served = context.registry.pull(reference.domain(), reference.path(), selector, asker);
        served.map_err(|error| refusal(error, Asked::Manifest, reference))
    }
}

/// A line about a layer.
fn layer_line(id: &str, status: &str, current: u64, total: u64) -> Event {
    Event::Say(JobMessage::Layer { id: id.to_owned(), status: status.to_owned(), current, total })
}

impl Daemon {
    pub(super) fn image_pull(&mut self, kernel: &Kernel, context: &mut Context, request: PullImage) -> Answer {
        let platform = parse_platform(request.platform.as_deref(), kernel)?;
        let reference = Reference::parse(&request.reference).map_err(|error| ApiError::invalid(error.to_string()))?;
        if reference.familiar_name() == "scratch" {
            return Err(ApiError::new(403, "'scratch' is a reserved name"));
        }
        let mut pull = Pull {
            asked: reference.clone(),
            wanted: platform.clone().unwrap_or_else(|| own_platform(kernel)),
            platform,
            credentials: request.credentials,
            queue: VecDeque::new(),
            current: None,
            plan: VecDeque::new(),
            newer: false,
        };
        let first = if request.all && reference.is_name_only() {
            let asker = Asker { credentials: pull.credentials.as_ref(), now: context.now };
            let tags = context.registry.tags(reference.domain(), reference.path(), asker);
            let tags = tags.map_err(|error| refusal(error, Asked::Tags, &reference))?;
            pull.queue.extend(tags.iter().filter_map(|tag| reference.clone().with_tag(tag).ok()));
            pull.queue.pop_front()
        } else {
            pull.asked = reference.with_default_tag();
            Some(pull.asked.clone())
        };
        if let Some(first) = first {
            let served = pull.resolve(context, &first)?;
            self.plan_pull(context, &mut pull, first, served);
        }
        Ok(Response::Job(self.jobs.begin(Vector::new(), Work::Pull(Box::new(pull)))))
    }

    /// Plans what happens to one image.
    fn plan_pull(&self, context: &Context, pull: &mut Pull, reference: Reference, served: Served) {
        let start = context.now + RESOLVE;
        let name = match (reference.digest(), reference.tag()) {
            (Some(_), _) => reference.to_string(),
            (None, tag) => tag.unwrap_or_default().to_owned(),
        };
        pull.say(start, format!("{name}: Pulling from {}", reference.path()));
        let variant = match served.choose(&pull.wanted) {
            Ok(variant) => variant.clone(),
            Err(none) => {
                pull.plan.push_back((start, Event::Fail(ApiError::new(0, none.to_string()))));
                return;
            }
        };
        let known = self.images.get(&variant.image.id()).is_some();
        let end = if known { start } else { self.plan_layers(context, start, pull, &variant) };
        pull.say(end, format!("Digest: {}", served.digest));
        pull.plan.push_back((end, Event::Complete));
        pull.current = Some(Current { reference, digest: served.digest, variant });
    }

    /// What happens to each layer, and when all of it is done.
    fn plan_layers(&self, context: &Context, start: Time, pull: &mut Pull, variant: &Variant) -> Time {
        let (image, blobs) = (&variant.image, &variant.manifest.layers);
        let held = image.chain_ids().iter().take_while(|chain_id| self.images.holds_layer(chain_id)).count();
        let mut plan: Vec<(Time, Event)> = Vec::new();
        for (index, blob) in blobs.iter().enumerate() {
            let id = blob.digest.short();
            if index < held {
                plan.push((start, layer_line(&id, "Already exists", 0, 0)));
                plan.push((start, Event::Exists(index)));
            } else {
                plan.push((start, layer_line(&id, "Pulling fs layer", 0, 0)));
            }
        }
        for blob in blobs.iter().skip(held + DOWNLOADS) {
            plan.push((start, layer_line(&blob.digest.short(), "Waiting", 0, 0)));
        }
        let mut downloaded = start;
        let mut unpacked = start;
        for (index, blob) in blobs.iter().enumerate().skip(held) {
            let id = blob.digest.short();
            let began = downloaded + LATENCY;
            let time = context.registry.download_time(blob.size);
            if blob.size >= ADVANCE_BYTES {
                for advance in 0..ADVANCES {
                    let current = blob.size * u64::from(advance) / u64::from(ADVANCES);
                    plan.push((began + time * advance / ADVANCES, layer_line(&id, "Downloading", current, blob.size)));
                }
            }
            downloaded = began + time;
            plan.push((downloaded, layer_line(&id, "Verifying Checksum", 0, 0)));
            plan.push((downloaded, layer_line(&id, "Download complete", 0, 0)));
            let size = image.layers().get(index).map_or(0, |layer| layer.size());
            let unpacking = downloaded.max(unpacked);
            if blob.size >= ADVANCE_BYTES {
                plan.push((unpacking, layer_line(&id, "Extracting", 0, blob.size)));
            }
            unpacked =
                unpacking + REGISTER + Duration::from_nanos(size.saturating_mul(1_000) / (UNPACK_RATE / 1_000_000));
            plan.push((unpacked, layer_line(&id, "Pull complete", 0, 0)));
            plan.push((unpacked, Event::Unpacked(index)));
        }
        // A stable sort: what happens at one moment stays in the order in which it was planned.
        plan.sort_by_key(|(at, _)| *at);
        pull.plan.extend(plan);
        unpacked
    }

    /// Does what is due of a pull.
    pub(super) fn advance_pull(
        &mut self,
        context: &mut Context,
        mut pull: Pull,
        said: &mut Vec<JobMessage>,
    ) -> Advance {
        while pull.due().is_some_and(|at| at <= context.now) {
            let Some((_, event)) = pull.plan.pop_front() else { break };
            match event {
                Event::Say(message) => said.push(message),
                Event::Fail(error) => {
                    said.push(JobMessage::Failed(error));
                    return Advance::Ended;
                }
                Event::Exists(index) => {
                    if let Some((image, layer, _)) = pull.layer(index) {
                        context.emit(EventKind::LayerExists { image, layer });
                    }
                }
                Event::Unpacked(index) => {
                    if let (Some((image, layer, blob)), Some(current)) = (pull.layer(index), &pull.current) {
                        self.blob_sources.note(layer, blob.0, &current.reference.name());
                        context.emit(EventKind::LayerPulled { image, layer, bytes: blob.1 });
                    }
                }
                Event::Complete => match self.complete_pull(context, &mut pull) {
                    Ok(Some(last)) => {
                        self.end_pull(&pull, &last, said);
                        return Advance::Ended;
                    }
                    Ok(None) => {}
                    Err(error) => {
                        said.push(JobMessage::Failed(error));
                        return Advance::Ended;
                    }
                },
            }
        }
        Advance::Working(Work::Pull(Box::new(pull)))
    }

    /// Keeps the image that is there now, and begins with the next one. The last one, when there is no next.
    ///
    /// # Errors
    /// The registry refuses the next one.
    fn complete_pull(&mut self, context: &mut Context, pull: &mut Pull) -> Result<Option<Current>, ApiError> {
        let Some(current) = pull.current.take() else { return Ok(None) };
        pull.newer |= self.keep_pulled(context, &current);
        match pull.queue.pop_front() {
            None => Ok(Some(current)),
            Some(next) => {
                let served = pull.resolve(context, &next)?;
                self.plan_pull(context, pull, next, served);
                Ok(None)
            }
        }
    }

    /// Says what came of it all.
    fn end_pull(&self, pull: &Pull, last: &Current, said: &mut Vec<JobMessage>) {
        let name = pull.asked.familiar();
        let status = match pull.newer {
            true => format!("Status: Downloaded newer image for {name}"),
            false => format!("Status: Image is up to date for {name}"),
        };
        said.push(JobMessage::Status { text: status });
        // An image that is there for one platform only is given whatever was asked for, with a warning.
        let asked = pull.platform.as_ref().map(|wanted| check_platform(&name, &last.variant.image, wanted));
        if let Some(Err(warning)) = asked {
            said.push(JobMessage::Status { text: format!("WARNING: {warning}") });
        }
        said.push(JobMessage::Image { id: last.variant.image.id() });
    }

    /// Keeps what was pulled under its names, and says whether that is new.
    fn keep_pulled(&mut self, context: &mut Context, current: &Current) -> bool {
        let (reference, image) = (&current.reference, &current.variant.image);
        let id = image.id();
        let newer = self.images.named(reference) != Some(id);
        self.images.insert(Arc::clone(image), None);
        // The digest is well formed: it is one of ours.
        if let Ok(canonical) = reference.clone().name_only().with_digest(&current.digest.to_string()) {
            self.images.tag(&canonical, id);
        }
        let name = reference.familiar();
        if newer && reference.digest().is_none() {
            let previous = self.images.tag(reference, id).filter(|previous| *previous != id);
            context.emit(EventKind::ImageTagged { reference: name.clone(), image: id, previous });
        }
        context.emit(EventKind::ImagePulled { reference: name.clone(), image: id });
        self.log_image_event(context, "pull", &name, &reference.familiar_name());
        newer
    }

    /// Notes something about an image for `docker events`, with its labels.
    pub(super) fn log_image_event(&mut self, context: &Context, action: &str, actor: &str, name: &str) {
        let labels = self.images.find(actor).map(|image| image.config().config.labels.clone());
        let mut attributes = labels.unwrap_or_default();
        attributes.insert("name".to_owned(), name.to_owned());
        self.note(context, "image", action, actor, attributes);
    }
}

impl Pull {
    /// The image's name, and one of its layers: diff ID, and digest and size of the blob.
    fn layer(&self, index: usize) -> Option<(String, Digest, (Digest, u64))> {
        let current = self.current.as_ref()?;
        let diff_id = *current.variant.image.config().diff_ids.get(index)?;
        let blob = current.variant.manifest.layers.get(index)?;
        Some((current.reference.familiar(), diff_id, (blob.digest, blob.size)))
    }
}
