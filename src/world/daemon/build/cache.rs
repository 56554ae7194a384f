//! The build cache: the layers that steps made, by what they were made from.
//!
//! Promises: a key covers the instruction, what it stands on, and the content, mode and owner of the files that it takes in, never
//! their dates; at most [`RECORD_LIMIT`] records, the oldest go first. Must not know: how a step is carried out.

use std::sync::Arc;

use imbl::{OrdMap, Vector};

use crate::world::clock::Time;
use crate::world::daemon::api::BuildRecord;
use crate::world::digest::Digest;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::{Entry, Node};
use crate::world::filesystem::layer::Layer;
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

/// What one step made.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub layer: Arc<Layer>,
    pub created: Time,
}

impl BuildCache {
    pub(super) fn get(&self, key: &Digest) -> Option<&Record> {
        self.records.get(key)
    }

    pub(super) fn insert(&mut self, key: Digest, record: Record) {
        if self.records.insert(key, record).is_none() {
            self.order.push_back(key);
        }
        while self.order.len() > RECORD_LIMIT {
            if let Some(oldest) = self.order.pop_front() {
                self.records.remove(&oldest);
            }
        }
    }

    /// How many steps are remembered.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Bytes of all layers that are remembered, each once.
    pub fn size(&self) -> u64 {
        self.records.values().map(|record| record.layer.size()).fold(0, u64::saturating_add)
    }

    /// What is remembered, oldest first. The IDs are made of the keys, as long as BuildKit's.
    pub fn records(&self) -> Vec<BuildRecord> {
        let record = |key: &Digest| {
            let record = self.records.get(key)?;
            Some(BuildRecord { id: key.hex()[..25].to_owned(), size: record.layer.size(), used: record.created })
        };
        self.order.iter().filter_map(record).collect()
    }

    /// Forgets every step (`docker builder prune`); says which. The directories of `--mount=type=cache` stay.
    pub fn clear(&mut self) -> Vec<BuildRecord> {
        let records = self.records();
        *self = BuildCache { mounts: std::mem::take(&mut self.mounts), ..BuildCache::default() };
        records
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
