//! The images of an engine: what it keeps by ID, the names that point at them, and the layers that they share.
//!
//! Promises: every name points at an image that is kept; a lookup costs the logarithm of the number of images; a clone is cheap;
//! a layer is held as long as an image needs it, also one that was removed by force while a container was made from it.
//! Must not know: containers, registries, files.

use std::collections::BTreeSet;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

use super::api::ApiError;
use super::reference::{AnyReference, Reference};
use crate::world::clock::Time;
use crate::world::digest::Digest;
use crate::world::filesystem::layer::{ChainId, Layer};
use crate::world::registry::image::Image;
use crate::world::registry::platform::Platform;

/// Images by ID, and names in full form (`docker.io/library/busybox:latest`).
#[derive(Clone, Debug, Default)]
pub struct ImageStore {
    images: OrdMap<Digest, Kept>,
    /// Tags and digests: `docker.io/library/busybox:latest`, `docker.io/library/busybox@sha256:…`.
    names: OrdMap<Reference, Digest>,
    /// The names of each image that has some.
    names_of: OrdMap<Digest, OrdSet<Reference>>,
    /// The images that were made from one, as the engine notes it at a commit.
    children: OrdMap<Digest, OrdSet<Digest>>,
    /// How many images need the stack of layers that ends here.
    layers: OrdMap<ChainId, u32>,
    /// Images that were removed by force and still have containers.
    removed: OrdMap<Digest, Arc<Image>>,
}

/// One image and what the engine notes of it beyond its bytes.
#[derive(Clone, Debug)]
struct Kept {
    image: Arc<Image>,
    parent: Option<Digest>,
    tagged: Option<Time>,
}

impl ImageStore {
    /// The stacks of layers that images need.
    pub fn chains(&self) -> BTreeSet<ChainId> {
        self.layers.keys().copied().collect()
    }

    /// Keeps an image; one that is kept already stays as it is.
    pub fn insert(&mut self, image: Arc<Image>, parent: Option<Digest>) {
        let id = image.id();
        if self.images.contains_key(&id) {
            return;
        }
        if self.removed.remove(&id).is_none() {
            for chain_id in image.chain_ids() {
                *self.layers.entry(*chain_id).or_insert(0) += 1;
            }
        }
        let parent = parent.filter(|parent| self.images.contains_key(parent));
        if let Some(parent) = parent {
            self.children.entry(parent).or_default().insert(id);
        }
        self.images.insert(id, Kept { image, parent, tagged: None });
    }

    /// Lets a name point at an image that is kept, with the tag `latest` if it has neither tag nor digest. Gives the image
    /// that it pointed at before.
    pub fn tag(&mut self, reference: &Reference, id: Digest) -> Option<Digest> {
        if !self.images.contains_key(&id) {
            return None;
        }
        let reference = key(reference);
        let previous = self.names.insert(reference.clone(), id);
        if let Some(previous) = previous {
            self.forget_name(previous, &reference);
        }
        self.names_of.entry(id).or_default().insert(reference);
        previous
    }

    /// Takes a name away. Gives the image that it pointed at.
    pub fn untag(&mut self, reference: &Reference) -> Option<Digest> {
        let reference = key(reference);
        let id = self.names.remove(&reference)?;
        self.forget_name(id, &reference);
        Some(id)
    }

    fn forget_name(&mut self, id: Digest, reference: &Reference) {
        if let Some(names) = self.names_of.get_mut(&id) {
            names.remove(reference);
            if names.is_empty() {
                self.names_of.remove(&id);
            }
        }
    }

    /// Notes when an image was last given a name by a person (`Metadata.LastTagTime`).
    pub fn note_tagged(&mut self, id: &Digest, at: Time) {
        if let Some(kept) = self.images.get_mut(id) {
            kept.tagged = Some(at);
        }
    }

    /// When an image was last given a name by a person.
    pub fn tagged(&self, id: &Digest) -> Option<Time> {
        self.images.get(id)?.tagged
    }

    /// The image with this ID.
    pub fn get(&self, id: &Digest) -> Option<&Arc<Image>> {
        self.images.get(id).map(|kept| &kept.image)
    }

    /// The image with this ID, even if it was removed while a container was made from it.
    pub fn held(&self, id: &Digest) -> Option<&Arc<Image>> {
        self.get(id).or_else(|| self.removed.get(id))
    }

    /// All images, by ID.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Image>> {
        self.images.values().map(|kept| &kept.image)
    }

    /// All names, tags and digests, with the images that they point at.
    pub fn names(&self) -> impl Iterator<Item = (&Reference, Digest)> {
        self.names.iter().map(|(name, id)| (name, *id))
    }

    /// All tags, with the images that they point at.
    pub fn tags(&self) -> impl Iterator<Item = (&Reference, Digest)> {
        self.names().filter(|(name, _)| name.digest().is_none())
    }

    /// The names of an image, sorted.
    pub fn names_of(&self, id: &Digest) -> impl Iterator<Item = &Reference> {
        self.names_of.get(id).into_iter().flatten()
    }

    /// The tags of an image as Docker shows them (`busybox:latest`), sorted.
    pub fn tags_of(&self, id: &Digest) -> Vec<String> {
        self.names_of(id).filter(|name| name.digest().is_none()).map(Reference::familiar).collect()
    }

    /// The digests of an image as Docker shows them (`busybox@sha256:…`), sorted.
    pub fn digests_of(&self, id: &Digest) -> Vec<String> {
        self.names_of(id).filter(|name| name.digest().is_some()).map(Reference::familiar).collect()
    }

    /// The image that one was committed from.
    pub fn parent(&self, id: &Digest) -> Option<Digest> {
        self.images.get(id)?.parent
    }

    /// Whether images that were committed from this one are kept.
    pub fn has_children(&self, id: &Digest) -> bool {
        self.children.contains_key(id)
    }

    /// Whether a stack of layers is there, so that a pull need not fetch it.
    pub fn holds_layer(&self, chain_id: &ChainId) -> bool {
        self.layers.contains_key(chain_id)
    }

    /// The topmost layer of a stack that is there.
    pub fn layer(&self, chain_id: &ChainId) -> Option<Arc<Layer>> {
        if !self.holds_layer(chain_id) {
            return None;
        }
        let images = self.iter().chain(self.removed.values());
        images.into_iter().find_map(|image| {
            let place = image.chain_ids().iter().position(|known| known == chain_id)?;
            image.layers().get(place).cloned()
        })
    }

    /// The image that a name points at.
    pub fn named(&self, reference: &Reference) -> Option<Digest> {
        self.names.get(&key(reference)).copied()
    }

    /// The image that a person means: a name (with the tag `latest` if it has none), an ID, or the beginning of one.
    pub fn find(&self, name: &str) -> Option<Arc<Image>> {
        self.lookup(name).ok()
    }

    /// As [`ImageStore::find`], with Docker's refusal.
    ///
    /// # Errors
    /// 400 for what cannot be a name, 404 when there is no such image; so it is for the beginning of several IDs (moby,
    /// `daemon/images/image.go`, `getImage`).
    pub fn lookup(&self, name: &str) -> Result<Arc<Image>, ApiError> {
        let reference = match AnyReference::parse(name).map_err(|error| ApiError::invalid(error.to_string()))? {
            AnyReference::Identifier(id) => {
                let found = id.parse().ok().and_then(|id| self.get(&id)).cloned();
                return found.ok_or_else(|| no_such_image(&id));
            }
            AnyReference::Named(reference) => reference,
        };
        let by_name = self.named(&reference).and_then(|id| self.get(&id)).cloned();
        by_name
            .or_else(|| self.find_prefix(name.strip_prefix("sha256:").unwrap_or(name)))
            .ok_or_else(|| no_such_image(&reference.with_default_tag().familiar()))
    }

    /// As [`ImageStore::lookup`], and the image must be made for the platform that was asked for, if one was.
    ///
    /// # Errors
    /// As [`ImageStore::lookup`]; 404 for an image of another platform.
    pub fn lookup_for(&self, name: &str, platform: Option<&Platform>) -> Result<Arc<Image>, ApiError> {
        let image = self.lookup(name)?;
        match platform {
            Some(wanted) => check_platform(name, &image, wanted).map(|()| image),
            None => Ok(image),
        }
    }

    /// The only image whose ID begins with these hexadecimal digits.
    fn find_prefix(&self, prefix: &str) -> Option<Arc<Image>> {
        if prefix.is_empty()
            || prefix.len() > 64
            || !prefix.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        {
            return None;
        }
        let first: Digest = format!("sha256:{prefix:0<64}").parse().ok()?;
        let mut found = self.images.range(first..).take_while(|(id, _)| id.hex().starts_with(prefix));
        let image = found.next().map(|(_, kept)| kept.image.clone());
        if found.next().is_some() { None } else { image }
    }

    /// Removes an image and all its names. With `in_use` its layers stay until [`ImageStore::release`].
    /// Gives the stacks of layers that nothing needs any more, top first.
    pub fn remove(&mut self, id: &Digest, in_use: bool) -> Vec<ChainId> {
        let Some(kept) = self.images.remove(id) else { return Vec::new() };
        for name in self.names_of.remove(id).into_iter().flatten() {
            self.names.remove(&name);
        }
        if let Some(parent) = kept.parent
            && let Some(siblings) = self.children.get_mut(&parent)
        {
            siblings.remove(id);
            if siblings.is_empty() {
                self.children.remove(&parent);
            }
        }
        for child in self.children.remove(id).into_iter().flatten() {
            if let Some(child) = self.images.get_mut(&child) {
                child.parent = None;
            }
        }
        if in_use {
            self.removed.insert(*id, kept.image);
            return Vec::new();
        }
        self.release_layers(&kept.image)
    }

    /// The removed images that are kept for their containers only.
    pub fn removed(&self) -> impl Iterator<Item = Digest> {
        self.removed.keys().copied()
    }

    /// Lets a removed image go, now that it has no container any more.
    pub fn release(&mut self, id: &Digest) -> Vec<ChainId> {
        self.removed.remove(id).map(|image| self.release_layers(&image)).unwrap_or_default()
    }

    fn release_layers(&mut self, image: &Image) -> Vec<ChainId> {
        let mut released = Vec::new();
        for chain_id in image.chain_ids().iter().rev() {
            if let Some(needed) = self.layers.get_mut(chain_id) {
                *needed -= 1;
                if *needed == 0 {
                    self.layers.remove(chain_id);
                    released.push(*chain_id);
                }
            }
        }
        released
    }
}

/// «No such image», as the daemon words it.
pub fn no_such_image(name: &str) -> ApiError {
    ApiError::not_found(format!("No such image: {name}"))
}

/// Whether an image is made for the platform that was asked for (moby `daemon/images/image.go`, `GetImage`).
///
/// # Errors
/// 404, in moby's words.
pub fn check_platform(name: &str, image: &Image, wanted: &Platform) -> Result<(), ApiError> {
    let own = image.platform();
    if own.satisfies(wanted) {
        return Ok(());
    }
    let name = match Reference::parse_full(name) {
        Ok(reference) if !reference.domain().is_empty() => reference.familiar(),
        _ => name.to_owned(),
    };
    Err(ApiError::not_found(format!(
        "image with reference {name} was found but its platform ({own}) does not match the specified platform ({wanted})"
    )))
}

/// The form under which a name is kept: of a tag and a digest only the digest counts (moby, `reference/store.go`).
fn key(reference: &Reference) -> Reference {
    let reference = reference.clone().with_default_tag();
    match reference.digest().map(str::to_owned) {
        Some(digest) if reference.tag().is_some() => {
            // The digest was a good one a moment ago.
            reference.clone().name_only().with_digest(&digest).unwrap_or(reference)
        }
        _ => reference,
    }
}
