//! `docker pull`: an image comes from its registry, layer by layer.
//!
//! Promises: what is there already is not fetched again; the time follows from the compressed size and the registry's bandwidth;
//! the image and its name appear only when all layers are there. Messages are those of moby (`distribution/pull_v2.go`,
//! `distribution/xfer/download.go`). Must not know: containers, builds.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use imbl::Vector;

use super::api::{ApiError, EngineEvent, JobMessage, Response};
use super::create::check_platform as check_local;
use super::jobs::{Advance, Work};
use super::reference::Reference;
use super::{Answer, Daemon};
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::digest::Digest;
use crate::world::event::EventKind;
use crate::world::registry::image::Image;
use crate::world::registry::{RegistryError, Selector, Served};

/// How long the registry takes to answer with a manifest.
const RESOLVE: Duration = Duration::from_millis(400);
/// How long a connection takes to begin with a blob.
const LATENCY: Duration = Duration::from_millis(80);
/// Bytes a second at which a layer is unpacked to the disk.
const UNPACK_RATE: u64 = 150_000_000;
/// How long it takes to register a layer, however small.
const REGISTER: Duration = Duration::from_millis(30);
/// A layer that is downloaded tells of its advance so many times.
const ADVANCES: u64 = 8;
/// A smaller layer tells of no advance, in bytes.
const ADVANCE_BYTES: u64 = 1 << 20;
/// Layers that are downloaded at once; those beyond wait (`max-concurrent-downloads` of dockerd).
const DOWNLOADS: usize = 3;

/// A pull under way: what happens when, in order.
#[derive(Clone, Debug)]
pub(super) struct Pull {
    reference: Reference,
    served: Served,
    plan: VecDeque<(Time, Event)>,
    /// What is said after the summary.
    warning: Option<String>,
}

/// Something that happens during a pull.
#[derive(Clone, Debug)]
enum Event {
    Say(JobMessage),
    /// The layer of that index is unpacked.
    Unpacked(usize),
    Exists(usize),
    /// All is there: the image is kept and named.
    Complete,
}

impl Pull {
    /// When it goes on.
    pub(super) fn due(&self) -> Option<Time> {
        self.plan.front().map(|(at, _)| *at)
    }

    fn say(&mut self, at: Time, text: String) {
        self.plan.push_back((at, Event::Say(JobMessage::Status { text })));
    }
}

/// A line about a layer.
fn layer_line(id: &str, status: &str, current: u64, total: u64) -> Event {
    Event::Say(JobMessage::Layer { id: id.to_owned(), status: status.to_owned(), current, total })
}

impl Daemon {
    pub(super) fn image_pull(&mut self, context: &mut Context, reference: &str, platform: Option<&str>) -> Answer {
        let reference = Reference::parse(reference).map_err(|error| ApiError::invalid(error.to_string()))?;
        let reference = reference.with_default_tag();
        let served = resolve(context, &reference, platform)?;
        let warning = platform.and_then(|platform| check_local(&reference.familiar(), &served.image, platform).err());
        let mut pull = self.plan_pull(context, reference, served);
        if let Some(warning) = warning {
            // After the summary, which is said when all else is done.
            pull.warning = Some(format!("WARNING: {warning}"));
        }
        Ok(Response::Job(self.jobs.begin(Vector::new(), Work::Pull(Box::new(pull)))))
    }

    fn plan_pull(&self, context: &Context, reference: Reference, served: Served) -> Pull {
        let start = context.now + RESOLVE;
        let known = self.images.get(&served.image.id()).is_some();
        let mut pull = Pull { reference, served, plan: VecDeque::new(), warning: None };
        let name = match (pull.reference.digest(), pull.reference.tag()) {
            (Some(_), _) => pull.reference.to_string(),
            (None, tag) => tag.unwrap_or_default().to_owned(),
        };
        pull.say(start, format!("{name}: Pulling from {}", pull.reference.path()));
        let end = if known { start } else { self.plan_layers(context, start, &mut pull) };
        pull.say(end, format!("Digest: {}", pull.served.digest));
        pull.plan.push_back((end, Event::Complete));
        pull
    }

    /// What happens to each layer, and when all of it is done.
    fn plan_layers(&self, context: &Context, start: Time, pull: &mut Pull) -> Time {
        let image = Arc::clone(&pull.served.image);
        let blobs = &image.published().manifest.layers;
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
                    let current = blob.size * advance / ADVANCES;
                    let at = began + time * u32::try_from(advance).unwrap_or(0) / u32::try_from(ADVANCES).unwrap_or(1);
                    plan.push((at, layer_line(&id, "Downloading", current, blob.size)));
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
                Event::Exists(index) => {
                    let layer = pull.layer(index);
                    context.emit(EventKind::LayerExists { image: pull.reference.familiar(), layer });
                }
                Event::Unpacked(index) => {
                    let bytes = pull.served.image.published().manifest.layers.get(index).map_or(0, |blob| blob.size);
                    let layer = pull.layer(index);
                    context.emit(EventKind::LayerPulled { image: pull.reference.familiar(), layer, bytes });
                }
                Event::Complete => {
                    let status = self.complete_pull(context, &pull.reference, &pull.served);
                    said.push(JobMessage::Status { text: status });
                    said.extend(pull.warning.take().map(|text| JobMessage::Status { text }));
                    said.push(JobMessage::Image { id: pull.served.image.id() });
                    return Advance::Ended;
                }
            }
        }
        Advance::Working(Work::Pull(Box::new(pull)))
    }

    /// Keeps what was pulled, and says how `docker pull` sums it up.
    pub(super) fn complete_pull(&mut self, context: &mut Context, reference: &Reference, served: &Served) -> String {
        let id = served.image.id();
        let newer = self.images.named(reference) != Some(id);
        self.images.insert(Arc::clone(&served.image), None);
        // The digest is well formed: it is one of ours.
        if let Ok(canonical) = reference.clone().name_only().with_digest(&served.digest.to_string()) {
            self.images.tag(&canonical, id);
        }
        let name = reference.familiar();
        if newer && reference.digest().is_none() {
            let previous = self.images.tag(reference, id).filter(|previous| *previous != id);
            context.emit(EventKind::ImageTagged { reference: name.clone(), image: id, previous });
        }
        context.emit(EventKind::ImagePulled { reference: name.clone(), image: id });
        self.log_image_event(context, "pull", &name, &reference.familiar_name());
        if newer {
            format!("Status: Downloaded newer image for {name}")
        } else {
            format!("Status: Image is up to date for {name}")
        }
    }

    /// Notes something about an image for `docker events`.
    pub(super) fn log_image_event(&mut self, context: &Context, action: &str, actor: &str, name: &str) {
        let attributes = [("name".to_owned(), name.to_owned())].into();
        let event = EngineEvent {
            at: context.now,
            kind: "image",
            action: action.to_owned(),
            actor: actor.to_owned(),
            attributes,
        };
        self.events.push_back(event);
    }
}

impl Pull {
    fn layer(&self, index: usize) -> Digest {
        layer_of(&self.served.image, index)
    }
}

fn layer_of(image: &Image, index: usize) -> Digest {
    image.config().diff_ids.get(index).copied().unwrap_or_else(|| image.id())
}

/// Asks the registry which image a name means.
///
/// # Errors
/// Docker's own: denied, unknown, unreachable; and that the image is not made for the platform that was asked for.
pub(super) fn resolve(context: &Context, reference: &Reference, platform: Option<&str>) -> Result<Served, ApiError> {
    let digest = match reference.digest() {
        Some(text) => Some(text.parse::<Digest>().map_err(|_| unknown(reference))?),
        None => None,
    };
    let selector = match digest {
        Some(digest) => Selector::Digest(digest),
        None => Selector::Tag(reference.tag().unwrap_or("latest")),
    };
    let served = context.registry.pull(reference.domain(), reference.path(), selector).map_err(refusal)?;
    // An image that is there for one platform only is given whatever was asked for, with a warning; see `image_pull`.
    if let Some(platform) = platform
        && served.image.published().index.is_some()
    {
        check_platform(platform, &served.image)?;
    }
    Ok(served)
}

fn unknown(reference: &Reference) -> ApiError {
    refusal(RegistryError::ManifestUnknown { reference: reference.familiar() })
}

fn refusal(error: RegistryError) -> ApiError {
    let status = match error {
        RegistryError::PullDenied { .. }
        | RegistryError::RepositoryUnknown { .. }
        | RegistryError::ManifestUnknown { .. } => 404,
        _ => 500,
    };
    ApiError::new(status, error.to_string())
}

/// Whether an image is made for `os/architecture[/variant]`.
fn check_platform(platform: &str, image: &Image) -> Result<(), ApiError> {
    let config = image.config();
    let words: Vec<&str> = platform.split('/').collect();
    let (os, architecture) = match words.as_slice() {
        [architecture] if *architecture != "linux" => ("linux", *architecture),
        [os] => (*os, config.architecture.as_str()),
        [os, architecture] | [os, architecture, _] => (*os, *architecture),
        _ => {
            return Err(ApiError::invalid(format!(
                "\"{platform}\" is an invalid component of \"{platform}\": platform specifier component must match \"^[A-Za-z0-9_-]+$\": invalid argument"
            )));
        }
    };
    let architecture = match architecture {
        "x86_64" | "x86-64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    if os == config.os && architecture == config.architecture {
        return Ok(());
    }
    Err(ApiError::not_found(format!(
        "no matching manifest for {os}/{architecture} in the manifest list entries: no match for platform in manifest: not found"
    )))
}
