//! `docker push`: an image goes to its registry, layer by layer.
//!
//! Promises: a layer that the registry has is not sent; one that another repository of the same registry has is mounted from there; the
//! tag moves only when all layers are there. Messages are those of moby (`distribution/push_v2.go`). Must not know how images are made.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use imbl::Vector;

use super::api::{ApiError, JobMessage, PushImage, Response};
use super::jobs::{Advance, Work};
use super::pull::{ADVANCE_BYTES, ADVANCES, LATENCY, RESOLVE, UNPACK_RATE};
use super::reference::Reference;
use super::registry_words::{Asked, refusal};
use super::system::parse_platform;
use super::{Answer, Daemon};
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::digest::Digest;
use crate::world::event::EventKind;
use crate::world::process::Kernel;
use crate::world::registry::image::Image;
use crate::world::registry::manifest::ManifestFormat;
use crate::world::registry::{Asker, Credentials, RegistryError};

/// Layers that are sent at once; those beyond wait (`max-concurrent-uploads` of dockerd).
const UPLOADS: usize = 5;
/// Layers up to this size are looked for in one other repository only, and in no more than three up to ten times that, in bytes
/// (`smallLayerMaximumSize`, `middleLayerMaximumSize`).
const SMALL: u64 = 100 << 10;
const MIDDLE: u64 = 10 << 20;

/// A push under way.
#[derive(Clone, Debug)]
pub(super) struct Push {
    credentials: Option<Credentials>,
    /// What is still to be pushed after the image that is under way.
    queue: VecDeque<(Reference, Arc<Image>)>,
    current: Option<(Reference, Arc<Image>)>,
    plan: VecDeque<(Time, Event)>,
}

/// Something that happens during a push.
#[derive(Clone, Debug)]
enum Event {
    Say(JobMessage),
    /// The registry now has the layer of that index; whether it was sent.
    Arrived(usize, bool),
    /// The registry has all layers: the manifest follows.
    Manifest,
    /// The next image begins.
    Next,
    Fail(ApiError),
}

/// What becomes of a layer.
enum Fate {
    Exists,
    /// From another repository of the same registry.
    Mounted(String),
    Sent,
}

impl Push {
    /// When it goes on.
    pub(super) fn due(&self) -> Option<Time> {
        self.plan.front().map(|(at, _)| *at)
    }

    fn asker(&self, now: Time) -> Asker<'_> {
        Asker { credentials: self.credentials.as_ref(), now }
    }
}

fn line(at: Time, id: &str, status: impl Into<String>) -> (Time, Event) {
    let message = JobMessage::Layer { id: id.to_owned(), status: status.into(), current: 0, total: 0 };
    (at, Event::Say(message))
}

impl Daemon {
    pub(super) fn image_push(&mut self, kernel: &Kernel, context: &mut Context, request: PushImage) -> Answer {
        let reference = Reference::parse(&request.reference).map_err(|error| ApiError::invalid(error.to_string()))?;
        if let Some(platform) = parse_platform(request.platform.as_deref(), kernel)? {
            self.images.lookup_for(&request.reference, Some(&platform))?;
        }
        let reference = if request.all { reference.name_only() } else { reference.with_default_tag() };
        let said = JobMessage::Status { text: format!("The push refers to repository [{}]", reference.name()) };
        let mut push =
            Push { credentials: request.credentials, queue: VecDeque::new(), current: None, plan: VecDeque::new() };
        match self.images_of(&reference) {
            Ok(images) => {
                push.queue.extend(images);
                push.plan.push_back((context.now + RESOLVE, Event::Next));
            }
            Err(error) => push.plan.push_back((context.now, Event::Fail(error))),
        }
        Ok(Response::Job(self.jobs.begin(Vector::unit(said), Work::Push(Box::new(push)))))
    }

    /// The images that are meant: that of a tag, or those of all tags of a repository.
    ///
    /// # Errors
    /// There are none (moby `distribution/push.go`).
    fn images_of(&self, reference: &Reference) -> Result<Vec<(Reference, Arc<Image>)>, ApiError> {
        let of_repository: Vec<(Reference, Digest)> = self
            .images
            .tags()
            .filter(|(name, _)| name.name() == reference.name())
            .map(|(name, id)| (name.clone(), id))
            .collect();
        if of_repository.is_empty() {
            let text = format!("An image does not exist locally with the tag: {}", reference.familiar_name());
            return Err(ApiError::new(0, text));
        }
        let wanted = |name: &Reference| reference.is_name_only() || name == reference;
        let chosen = of_repository.into_iter().filter(|(name, _)| wanted(name));
        let chosen: Vec<(Reference, Arc<Image>)> =
            chosen.filter_map(|(name, id)| Some((name, self.images.get(&id)?.clone()))).collect();
        match chosen.is_empty() {
            true => Err(ApiError::new(0, format!("tag does not exist: {}", reference.familiar()))),
            false => Ok(chosen),
        }
    }

    /// Plans what happens to one image.
    ///
    /// # Errors
    /// The registry cannot be reached.
    fn plan_push(&self, context: &Context, push: &mut Push) -> Result<(), ApiError> {
        let Some((reference, image)) = push.queue.pop_front() else { return Ok(()) };
        context.registry.reach(reference.domain()).map_err(|error| failure(error, &reference))?;
        let now = context.now;
        let ids: Vec<String> = image.config().diff_ids.iter().map(Digest::short).collect();
        let mut plan: Vec<(Time, Event)> = Vec::new();
        // From the top: that is the order in which moby looks at them.
        plan.extend(ids.iter().rev().map(|id| line(now, id, "Preparing")));
        plan.extend(ids.iter().rev().skip(UPLOADS).map(|id| line(now, id, "Waiting")));
        let end = match self.plan_uploads(context, push, &reference, &image, &mut plan) {
            Ok(end) => end,
            Err((at, error)) => {
                // What the layers came to until then is said all the same.
                plan.sort_by_key(|(at, _)| *at);
                push.plan.extend(plan);
                push.plan.push_back((at, Event::Fail(failure(error, &reference))));
                return Ok(());
            }
        };
        plan.sort_by_key(|(at, _)| *at);
        push.plan.extend(plan);
        push.plan.push_back((end + LATENCY, Event::Manifest));
        push.current = Some((reference, image));
        Ok(())
    }

    /// What happens to each layer, and when all are there.
    fn plan_uploads(
        &self,
        context: &Context,
        push: &Push,
        reference: &Reference,
        image: &Image,
        plan: &mut Vec<(Time, Event)>,
    ) -> Result<Time, (Time, RegistryError)> {
        let (domain, path, asker) = (reference.domain(), reference.path(), push.asker(context.now));
        let mut sent = context.now;
        let mut end = context.now;
        for (index, layer) in image.layers().iter().enumerate().rev() {
            let Some(diff_id) = image.config().diff_ids.get(index) else { continue };
            let id = diff_id.short();
            let answered = context.now + LATENCY;
            let done = match self.fate(context, push, reference, *diff_id, layer.size()) {
                Fate::Exists => {
                    plan.push(line(answered, &id, "Layer already exists"));
                    answered
                }
                Fate::Mounted(from) => {
                    plan.push(line(answered, &id, format!("Mounted from {from}")));
                    answered
                }
                Fate::Sent => {
                    context.registry.may_push(domain, path, asker).map_err(|error| (answered, error))?;
                    let size = layer.compressed().size;
                    let time = context.registry.download_time(size)
                        + Duration::from_nanos(layer.size().saturating_mul(1_000) / (UNPACK_RATE / 1_000_000));
                    let began = sent + LATENCY;
                    if size >= ADVANCE_BYTES {
                        plan.extend((0..ADVANCES).map(|advance| {
                            let current = layer.size() * u64::from(advance) / u64::from(ADVANCES);
                            let (id, status) = (id.clone(), "Pushing".to_owned());
                            let message = JobMessage::Layer { id, status, current, total: layer.size() };
                            (began + time * advance / ADVANCES, Event::Say(message))
                        }));
                    }
                    sent = began + time;
                    plan.push(line(sent, &id, "Pushed"));
                    sent
                }
            };
            plan.push((done, Event::Arrived(index, sent == done)));
            end = end.max(done);
        }
        Ok(end)
    }

    /// What becomes of a layer (moby `v2PushDescriptor.Upload`).
    fn fate(&self, context: &Context, push: &Push, reference: &Reference, diff_id: Digest, size: u64) -> Fate {
        let (domain, asker) = (reference.domain(), push.asker(context.now));
        let sources = self.blob_sources.of(&diff_id, &reference.name());
        // What a registry does not show, it does not have.
        let has = |path: &str, blob| context.registry.has_blob(domain, path, blob, asker).unwrap_or(false);
        if let Some(source) = sources.first()
            && has(reference.path(), source.blob)
        {
            return Fate::Exists;
        }
        // `getMaxMountAndExistenceCheckAttempts`.
        let attempts = match size {
            _ if size <= SMALL => 1,
            _ if size <= MIDDLE => 3,
            _ => 4,
        };
        let others = sources.iter().filter_map(|source| Some((source, source.repository.split_once('/')?)));
        for (source, (_, path)) in
            others.filter(|(_, (host, path))| *host == domain && *path != reference.path()).take(attempts)
        {
            if has(path, source.blob) && context.registry.may_push(domain, reference.path(), asker).is_ok() {
                return Fate::Mounted(path.to_owned());
            }
        }
        Fate::Sent
    }

    /// Does what is due of a push.
    pub(super) fn advance_push(
        &mut self,
        context: &mut Context,
        mut push: Push,
        said: &mut Vec<JobMessage>,
    ) -> Advance {
        while push.due().is_some_and(|at| at <= context.now) {
            let Some((_, event)) = push.plan.pop_front() else { break };
            let done = match event {
                Event::Say(message) => {
                    said.push(message);
                    Ok(())
                }
                Event::Fail(error) => Err(error),
                Event::Arrived(index, sent) => self.layer_arrived(context, &push, index, sent),
                Event::Manifest => self.send_manifest(context, &mut push, said),
                Event::Next => self.plan_push(context, &mut push),
            };
            if let Err(error) = done {
                said.push(JobMessage::Failed(error));
                return Advance::Ended;
            }
        }
        match push.plan.is_empty() {
            true => Advance::Ended,
            false => Advance::Working(Work::Push(Box::new(push))),
        }
    }

    fn layer_arrived(&mut self, context: &mut Context, push: &Push, index: usize, sent: bool) -> Result<(), ApiError> {
        let Some((reference, image)) = &push.current else { return Ok(()) };
        let (Some(layer), Some(diff_id)) = (image.layers().get(index), image.config().diff_ids.get(index)) else {
            return Ok(());
        };
        let (blob, asker) = (layer.compressed(), push.asker(context.now));
        // A repository that is not the asker's own has the layer already; the manifest will be refused.
        if context.registry.may_push(reference.domain(), reference.path(), asker).is_ok() {
            let put = context.registry.put_blob(reference.domain(), reference.path(), blob.digest, asker);
            put.map_err(|error| failure(error, reference))?;
            self.blob_sources.note(*diff_id, blob.digest, &reference.name());
        }
        let (image, layer) = (reference.familiar(), *diff_id);
        context.emit(match sent {
            true => EventKind::LayerPushed { image, layer, bytes: blob.size },
            false => EventKind::LayerInRegistry { image, layer },
        });
        Ok(())
    }

    fn send_manifest(
        &mut self,
        context: &mut Context,
        push: &mut Push,
        said: &mut Vec<JobMessage>,
    ) -> Result<(), ApiError> {
        let Some((reference, image)) = push.current.take() else { return Ok(()) };
        let manifest = image.manifest(ManifestFormat::Docker);
        let size = manifest.to_json().len();
        let asker = push.asker(context.now);
        let (domain, path, tag) = (reference.domain(), reference.path(), reference.tag());
        let put = context.registry.put_manifest(domain, path, tag, &image, manifest, asker);
        let digest = put.map_err(|error| match error {
            // Both what the registry and what its token server says.
            RegistryError::PushDenied => ApiError::new(
                0,
                "errors:\ndenied: requested access to the resource is denied\nunauthorized: authentication required\n",
            ),
            error => failure(error, &reference),
        })?;
        said.push(JobMessage::Status { text: format!("{}: digest: {digest} size: {size}", tag.unwrap_or_default()) });
        // The digest is well formed: it is one of ours.
        if let Ok(canonical) = reference.clone().name_only().with_digest(&digest.to_string()) {
            self.images.tag(&canonical, image.id());
        }
        let name = reference.familiar();
        self.log_image_event(context, "push", &name, &reference.familiar_name());
        context.emit(EventKind::ImagePushed { reference: name, image: image.id() });
        if !push.queue.is_empty() {
            push.plan.push_back((context.now, Event::Next));
        }
        Ok(())
    }
}

/// A refusal during a push is told among its messages, without the words that others begin with.
fn failure(error: RegistryError, reference: &Reference) -> ApiError {
    ApiError::new(0, refusal(error, Asked::Push, reference).message)
}
