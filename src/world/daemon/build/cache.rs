//! The build cache: the layers that steps made, by what they were made from; and the base images and sent files of builds.
//!
//! Promises: a key covers the instruction, what it stands on, and the content, mode and owner of the files that it takes in, never
//! their dates; at most [`RECORD_LIMIT`] records, the oldest go first. Must not know: how a step is carried out.

use std::collections::BTreeSet;
use std::sync::Arc;

use imbl::{OrdMap, Vector};

use crate::world::clock::Time;
use crate::world::daemon::api::BuildRecord;
use crate::world::digest::Digest;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::{Entry, Node};
use crate::world::filesystem::layer::{ChainId, Layer};
use crate::world::process::descriptor::FilesystemId;

/// Steps that are remembered.
pub const RECORD_LIMIT: usize = 4096;

/// What steps made, and the directories of `--mount=type=cache`.
#[derive(Clone, Debug, Default)]
pub struct BuildCache {
    records: OrdMap<Digest, Record>,
    order: Vector<Digest>,
    /// By the mount's ID.
    pub(super) mounts: OrdMap<String, FilesystemId>,
}

/// What one step made, a base image that was taken, or files that a client sent.
#[derive(Clone, Debug)]
struct Record {
    kind: RecordKind,
    /// As `docker buildx du --verbose` says it.
    description: String,
    created: Time,
    used: Time,
    uses: u64,
}

#[derive(Clone, Debug)]
enum RecordKind {
    Layer(StepLayer, ChainId),
    /// An image's layers, which belong to the image store: they take no room here.
    Base(Option<ChainId>),
    /// Files that a client sent: kept, so that the next build sends only what changed.
    Source(u64),
}

/// The layer that a step made.
#[derive(Clone, Debug)]
pub(super) struct StepLayer {
    pub layer: Arc<Layer>,
    pub created: Time,
}

impl Record {
    fn size(&self) -> u64 {
        match &self.kind {
            RecordKind::Layer(made, _) => made.layer.size(),
            RecordKind::Base(_) => 0,
            RecordKind::Source(size) => *size,
        }
    }

    /// Whether an image has the same layers.
    fn is_shared(&self, images: &BTreeSet<ChainId>) -> bool {
        match &self.kind {
            RecordKind::Layer(_, chain) => images.contains(chain),
            RecordKind::Base(chain) => chain.is_some_and(|chain| images.contains(&chain)),
            RecordKind::Source(_) => false,
        }
    }

    fn told(&self, key: &Digest, images: &BTreeSet<ChainId>) -> BuildRecord {
        let is_source = matches!(self.kind, RecordKind::Source(_));
        BuildRecord {
            id: record_id(key),
            record_type: if is_source { "source.local" } else { "regular" },
            description: self.description.clone(),
            size: self.size(),
            created: self.created,
            used: self.used,
            uses: self.uses,
            mutable: is_source,
            shared: self.is_shared(images),
        }
    }
}

/// An ID as long as BuildKit's, and of the same letters. There it is random; here it follows from the key.
fn record_id(key: &Digest) -> String {
    let letter = |byte: &u8| char::from_digit(u32::from(*byte) % 36, 36);
    key.bytes().iter().take(25).filter_map(letter).collect()
}

impl BuildCache {
    pub(super) fn get(&self, key: &Digest) -> Option<&StepLayer> {
        match &self.records.get(key)?.kind {
            RecordKind::Layer(made, _) => Some(made),
            RecordKind::Base(_) | RecordKind::Source(_) => None,
        }
    }

    /// Keeps what a step made; `chain` is that of all layers up to its own.
    pub(super) fn keep_layer(&mut self, key: Digest, made: StepLayer, chain: ChainId, description: String) {
        let now = made.created;
        self.keep(key, RecordKind::Layer(made, chain), description, now);
    }

    /// Notes that a build stands on an image.
    pub(super) fn keep_base(&mut self, key: Digest, chain: Option<ChainId>, description: String, now: Time) {
        self.keep(key, RecordKind::Base(chain), description, now);
    }

    /// Notes files that a client sent: `what` tells its sources apart.
    pub(super) fn keep_source(&mut self, what: &str, size: u64, description: &str, now: Time) {
        self.keep(Digest::of(what), RecordKind::Source(size), description.to_owned(), now);
    }

    fn keep(&mut self, key: Digest, kind: RecordKind, description: String, now: Time) {
        // Files that were sent before are brought up to date; a layer that is made anew is another one.
        let before = self.records.get(&key).filter(|_| !matches!(kind, RecordKind::Layer(..)));
        let (created, uses) = before.map_or((now, 1), |before| (before.created, before.uses + 1));
        if self.records.insert(key, Record { kind, description, created, used: now, uses }).is_none() {
            self.order.push_back(key);
        }
        while self.order.len() > RECORD_LIMIT {
            if let Some(oldest) = self.order.pop_front() {
                self.records.remove(&oldest);
            }
        }
    }

    /// Notes that a build used what is kept.
    pub(super) fn touch(&mut self, key: &Digest, now: Time) {
        if let Some(record) = self.records.get_mut(key) {
            record.used = now;
            record.uses += 1;
        }
    }

    /// What is kept, oldest first. `images` are the chains of layers that images have.
    pub fn records(&self, images: &BTreeSet<ChainId>) -> Vec<BuildRecord> {
        self.order.iter().filter_map(|key| Some(self.records.get(key)?.told(key, images))).collect()
    }

    /// Forgets what no image shares (`docker builder prune`), or everything (`-a`), if it was not used since `until`; says what, in
    /// BuildKit's order: files of clients, then steps, each before what it stands on. The directories of `--mount=type=cache` stay.
    pub fn prune(&mut self, all: bool, until: Option<Time>, images: &BTreeSet<ChainId>) -> Vec<BuildRecord> {
        let goes =
            |record: &Record| (all || !record.is_shared(images)) && until.is_none_or(|until| record.used < until);
        let (gone, kept): (Vector<Digest>, Vector<Digest>) =
            self.order.iter().copied().partition(|key| self.records.get(key).is_some_and(goes));
        self.order = kept;
        let mut told: Vec<BuildRecord> = Vec::with_capacity(gone.len());
        for key in gone.iter().rev() {
            told.extend(self.records.remove(key).map(|record| record.told(key, images)));
        }
        told.sort_by_key(|record| !record.mutable);
        told
    }
}

/// Collects what a key covers; each part is marked off from the next.
#[derive(Debug, Default)]
pub(super) struct Key(Vec<u8>);

impl Key {
    pub(super) fn text(&mut self, text: &str) -> &mut Key {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    pub(super) fn number(&mut self, number: u64) -> &mut Key {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    pub(super) fn digest(&mut self, digest: &Digest) -> &mut Key {
        self.0.extend_from_slice(digest.bytes());
        self
    }

    /// A file: everything but its date.
    pub(super) fn entry(&mut self, path: &str, entry: &Entry) -> &mut Key {
        let metadata = &entry.metadata;
        self.text(path)
            .number(u64::from(metadata.mode))
            .number(u64::from(metadata.uid))
            .number(u64::from(metadata.gid));
        match &entry.node {
            Node::Directory => self.text("directory"),
            Node::File(Content::Synthetic { size, seed }) => self.text("synthetic").number(*size).number(*seed),
            Node::File(Content::Program { name, size }) => self.text("program").text(name).number(*size),
            Node::File(content) => self.text("file").digest(&content.digest()),
            Node::Symlink(target) => self.text("symlink").text(target),
            Node::Device(device) => self.text("device").text(&format!("{device:?}")),
            Node::Fifo => self.text("fifo"),
        }
    }

    pub(super) fn finish(&self) -> Digest {
        Digest::of(&self.0)
    }
}
