//! A layer: what one step of an image adds to, changes in and deletes from the layers below it.
//!
//! Promises: a layer never changes after it is built; its digests are those of its tar bytes, computed when first asked
//! for and then kept; every entry's parent directories are in the layer too. It must not know images or the engine.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, OnceLock};

use super::archive::ArchiveBytes;
use super::content::Content;
use super::entry::{Change, Entry, Metadata, Node};
use super::errno::Errno;
use super::path;
use super::tar;
use crate::world::clock::Time;
use crate::world::digest::Digest;

/// The digest and the size in bytes of something that a registry stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Blob {
    pub digest: Digest,
    /// In bytes.
    pub size: u64,
}

/// An immutable set of changes. Share it as `Arc<Layer>`.
#[derive(Debug)]
pub struct Layer {
    changes: BTreeMap<Arc<str>, Change>,
    size: u64,
    file_count: usize,
    conceals: bool,
    diff_id: OnceLock<Digest>,
    compressed: OnceLock<Blob>,
    /// Its tar bytes, if others wrote them.
    foreign: Option<Content>,
}

impl Layer {
    /// A layer of these changes, under absolute normal paths. Times are cut to whole seconds, as the tar stream that
    /// Docker keeps a layer as cuts them; the root directory itself cannot be in a layer and is left out; a parent
    /// directory that is missing is added as root's, mode 0755, dated as the entry that needs it.
    ///
    /// # Errors
    /// `EINVAL` for a path that is not normal, `ENAMETOOLONG` for one that is too long,
    /// `ENOTDIR` for an entry below something that is not a directory.
    pub fn new(changes: impl IntoIterator<Item = (Arc<str>, Change)>) -> Result<Layer, Errno> {
        let mut builder = LayerBuilder::new();
        for (path, change) in changes {
            builder.insert(path, change)?;
        }
        builder.build()
    }

    /// A layer of changes whose paths are known to be normal and to have their parents; without the root directory.
    pub(super) fn of_sound(mut changes: BTreeMap<Arc<str>, Change>) -> Layer {
        let (mut size, mut file_count, mut conceals) = (0_u64, 0, false);
        for change in changes.values_mut() {
            match change {
                Change::Put { entry, opaque } => {
                    entry.metadata.modified = Time::from_seconds(entry.metadata.modified.seconds());
                    entry.metadata.mode &= 0o7777;
                    *opaque &= entry.is_directory();
                    conceals |= *opaque;
                    size = size.saturating_add(entry.node.size());
                    file_count += usize::from(matches!(entry.node, Node::File(_)));
                }
                Change::Whiteout => conceals = true,
            }
        }
        let (diff_id, compressed) = (OnceLock::new(), OnceLock::new());
        Layer { changes, size, file_count, conceals, diff_id, compressed, foreign: None }
    }

    /// The same layer with digests that are known already, so that they need not be computed. The caller vouches for
    /// them: [`Layer::computed_digests`] is there to check.
    #[must_use]
    pub fn with_known_digests(self, diff_id: Digest, compressed: Blob) -> Layer {
        Layer { diff_id: diff_id.into(), compressed: compressed.into(), ..self }
    }

    /// The same layer as others wrote it: its tar bytes are `stream`, whose SHA-256 is `diff_id`. The caller vouches for both.
    #[must_use]
    pub fn with_stream(self, stream: Content, diff_id: Digest) -> Layer {
        Layer { diff_id: diff_id.into(), compressed: OnceLock::new(), foreign: Some(stream), ..self }
    }

    /// Its uncompressed tar bytes; they are made when they are read.
    pub fn stream(&self) -> Content {
        match &self.foreign {
            Some(stream) => stream.clone(),
            None => {
                let archive = ArchiveBytes::new(tar::members(&self.changes)).with_known_digest(self.diff_id());
                Content::Archive(Arc::new(archive))
            }
        }
    }

    /// Its tar bytes, if others wrote them.
    pub(super) const fn foreign(&self) -> Option<&Content> {
        self.foreign.as_ref()
    }

    /// What the layer says about each path, sorted by path.
    pub const fn changes(&self) -> &BTreeMap<Arc<str>, Change> {
        &self.changes
    }

    /// What the layer says about one path.
    pub fn get(&self, path: &str) -> Option<&Change> {
        self.changes.get(path)
    }

    /// What `docker history` shows, in bytes: the sum of the sizes of its files and of the lengths of its symbolic links'
    /// targets (moby `daemon/internal/directory`, `Size`, counts whatever is not a directory).
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// How many regular files it has.
    pub const fn file_count(&self) -> usize {
        self.file_count
    }

    /// Whether it has a whiteout or an opaque directory.
    pub const fn conceals(&self) -> bool {
        self.conceals
    }

    /// The SHA-256 of the uncompressed tar bytes (OCI image specification, «Layer DiffID»).
    pub fn diff_id(&self) -> Digest {
        *self.diff_id.get_or_init(|| tar::digest(self))
    }

    /// Digest and size of the gzip-compressed tar bytes: the blob that a registry keeps and a manifest names.
    pub fn compressed(&self) -> Blob {
        *self.compressed.get_or_init(|| {
            let (diff_id, blob) = tar::digests(self);
            // Both come from the one pass over the bytes.
            self.diff_id.get_or_init(|| diff_id);
            blob
        })
    }

    /// Both digests computed from the bytes, whatever was said at construction: for tests of known digests.
    pub fn computed_digests(&self) -> (Digest, Blob) {
        tar::digests(self)
    }
}

/// Two layers are equal if they say the same in the same tar bytes; those of our own then follow from what they say.
impl PartialEq for Layer {
    fn eq(&self, other: &Layer) -> bool {
        let own = self.foreign.is_none() && other.foreign.is_none();
        self.changes == other.changes && (own || self.diff_id() == other.diff_id())
    }
}

impl Eq for Layer {}

/// Collects the changes of a layer.
#[derive(Clone, Debug, Default)]
pub struct LayerBuilder {
    changes: BTreeMap<Arc<str>, Change>,
}

impl LayerBuilder {
    /// A layer without changes.
    pub fn new() -> LayerBuilder {
        LayerBuilder::default()
    }

    /// Says what `path` is; what was said about it before is replaced.
    ///
    /// # Errors
    /// `EINVAL` for a path that is not normal, `ENAMETOOLONG` for one that is too long.
    pub fn insert(&mut self, path: impl Into<Arc<str>>, change: Change) -> Result<&mut LayerBuilder, Errno> {
        let path = path.into();
        path::check(&path)?;
        self.changes.insert(path, change);
        Ok(self)
    }

    /// Adds an entry that is merged with lower layers.
    ///
    /// # Errors
    /// As [`LayerBuilder::insert`].
    pub fn put(&mut self, path: impl Into<Arc<str>>, entry: Entry) -> Result<&mut LayerBuilder, Errno> {
        self.insert(path, Change::put(entry))
    }

    /// Deletes what lower layers have at `path`.
    ///
    /// # Errors
    /// As [`LayerBuilder::insert`].
    pub fn whiteout(&mut self, path: impl Into<Arc<str>>) -> Result<&mut LayerBuilder, Errno> {
        self.insert(path, Change::Whiteout)
    }

    /// What has been said about `path` so far.
    pub fn get(&self, path: &str) -> Option<&Change> {
        self.changes.get(path)
    }

    /// How many paths have been spoken of so far.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Whether nothing has been said.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Forgets what was said about `path` and everything below it, as when a later entry of a tar stream replaces a
    /// directory with a file.
    pub fn forget(&mut self, path: &str) {
        self.changes.remove(path);
        let first = format!("{path}/");
        let range = self.changes.range::<str, _>((Bound::Excluded(&*first), Bound::Unbounded));
        let below: Vec<Arc<str>> =
            range.map(|(known, _)| known).take_while(|known| known.starts_with(&first)).cloned().collect();
        for known in below {
            self.changes.remove(&known);
        }
    }

    /// The finished layer; see [`Layer::new`] for what is done to the changes.
    ///
    /// # Errors
    /// `ENOTDIR` for an entry below something that is not a directory.
    pub fn build(mut self) -> Result<Layer, Errno> {
        self.changes.remove("/");
        self.add_missing_parents()?;
        Ok(Layer::of_sound(self.changes))
    }

    /// Makes every entry reachable: a lookup goes through the parents.
    fn add_missing_parents(&mut self) -> Result<(), Errno> {
        let mut missing: BTreeMap<Arc<str>, Time> = BTreeMap::new();
        for (path, change) in &self.changes {
            let modified = change.entry().map_or(Time::EPOCH, |entry| entry.metadata.modified);
            for parent in path::ancestors(path).filter(|parent| *parent != "/") {
                match self.changes.get(parent) {
                    Some(Change::Put { entry, .. }) if entry.is_directory() => break,
                    Some(_) => return Err(Errno::ENOTDIR),
                    None if missing.contains_key(parent) => break,
                    None => missing.insert(parent.into(), modified),
                };
            }
        }
        let directories = missing
            .into_iter()
            .map(|(path, modified)| (path, Change::put(Entry::directory(Metadata::root(0o755, modified)))));
        self.changes.extend(directories);
        Ok(())
    }
}

/// Names a stack of layers: the first is the diff ID of the bottom layer, every further one the SHA-256 of the chain ID
/// below, a space, and the diff ID (OCI image specification, «Layer ChainID»).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainId(pub Digest);

impl ChainId {
    /// The chain ID of the stack of `below` and on it the layer `diff_id`.
    pub fn on(below: Option<ChainId>, diff_id: Digest) -> ChainId {
        ChainId(below.map_or(diff_id, |ChainId(below)| Digest::of(format!("{below} {diff_id}"))))
    }

    /// The chain ID of a stack, bottom first; none if it has no layers.
    pub fn of(diff_ids: impl IntoIterator<Item = Digest>) -> Option<ChainId> {
        diff_ids.into_iter().fold(None, |below, diff_id| Some(ChainId::on(below, diff_id)))
    }
}

impl std::fmt::Display for ChainId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::filesystem::content::Content;

    fn file(text: &str) -> Entry {
        Entry::file(Content::text(text), Metadata::root(0o644, Time::from_nanoseconds(5_700_000_000)))
    }

    #[test]
    fn adds_parents_and_cuts_times_as_the_tar_form_does() {
        let layer = Layer::new([("/a/b/c".into(), Change::put(file("xyz")))]).unwrap();
        assert_eq!(layer.changes().keys().map(|path| &**path).collect::<Vec<_>>(), ["/a", "/a/b", "/a/b/c"]);
        assert_eq!(layer.get("/a/b/c").unwrap().entry().unwrap().metadata.modified, Time::from_seconds(5));
        assert_eq!((layer.size(), layer.file_count(), layer.conceals()), (3, 1, false));
    }

    #[test]
    fn refuses_what_cannot_be() {
        let below_file = [("/a".into(), Change::put(file(""))), ("/a/b".into(), Change::put(file("")))];
        assert_eq!(Layer::new(below_file), Err(Errno::ENOTDIR));
        assert_eq!(Layer::new([("a".into(), Change::Whiteout)]), Err(Errno::EINVAL));
    }

    #[test]
    fn equal_content_has_equal_digests_and_known_ones_are_believed() {
        let layer = |text| Layer::new([("/f".into(), Change::put(file(text)))]).unwrap();
        assert_eq!(layer("a").diff_id(), layer("a").diff_id());
        assert_ne!(layer("a").diff_id(), layer("b").diff_id());
        let (diff_id, blob) = layer("a").computed_digests();
        assert_eq!((layer("a").diff_id(), layer("a").compressed()), (diff_id, blob));
        assert_eq!(layer("b").with_known_digests(diff_id, blob).diff_id(), diff_id);
    }

    #[test]
    fn chain_ids_are_those_of_the_oci_specification() {
        let (bottom, top) = (Digest::of("bottom"), Digest::of("top"));
        assert_eq!(ChainId::of([]), None);
        assert_eq!(ChainId::of([bottom]), Some(ChainId(bottom)));
        assert_eq!(ChainId::of([bottom, top]), Some(ChainId(Digest::of(format!("{bottom} {top}")))));
    }
}
