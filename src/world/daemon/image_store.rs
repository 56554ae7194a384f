//! The images of an engine: what it keeps by ID, and the names that point at them.
//!
//! Promises: a name points at an image that is kept; a lookup costs the logarithm of the number of images.
//! Must not know: containers, registries.

use std::sync::Arc;

use imbl::OrdMap;

use super::reference::{AnyReference, Reference};
use crate::world::digest::Digest;
use crate::world::registry::image::Image;

/// Images by ID, and names in full form (`docker.io/library/busybox:latest`).
#[derive(Clone, Debug, Default)]
pub struct ImageStore {
    images: OrdMap<Digest, Arc<Image>>,
    tags: OrdMap<String, Digest>,
}

impl ImageStore {
    /// Keeps an image.
    pub fn insert(&mut self, image: Arc<Image>) {
        self.images.insert(image.id(), image);
    }

    /// Lets a name point at an image; gives the one that it pointed at before.
    pub fn tag(&mut self, reference: &Reference, id: Digest) -> Option<Digest> {
        self.tags.insert(reference.clone().with_default_tag().to_string(), id)
    }

    /// The image with this ID.
    pub fn get(&self, id: &Digest) -> Option<&Arc<Image>> {
        self.images.get(id)
    }

    /// All images, by ID.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Image>> {
        self.images.values()
    }

    /// All names with the images that they point at.
    pub fn tags(&self) -> impl Iterator<Item = (&str, Digest)> {
        self.tags.iter().map(|(name, id)| (name.as_str(), *id))
    }

    /// The image that a person means: a name (with the tag `latest` if it has none), an ID, or the beginning of one.
    pub fn find(&self, name: &str) -> Option<Arc<Image>> {
        let by_name = match AnyReference::parse(name) {
            Ok(AnyReference::Identifier(id)) => return self.get(&id.parse().ok()?).cloned(),
            Ok(AnyReference::Named(reference)) => self.tags.get(&reference.with_default_tag().to_string()),
            Err(_) => None,
        };
        match by_name {
            Some(id) => self.get(id).cloned(),
            None => self.find_prefix(name.strip_prefix("sha256:").unwrap_or(name)),
        }
    }

    /// The only image whose ID begins with these hexadecimal digits.
    fn find_prefix(&self, prefix: &str) -> Option<Arc<Image>> {
        if prefix.is_empty() || !prefix.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        let first: Digest = format!("sha256:{prefix:0<64}").parse().ok()?;
        let mut found = self.images.range(first..).take_while(|(id, _)| id.hex().starts_with(prefix));
        let image = found.next().map(|(_, image)| image.clone());
        if found.next().is_some() { None } else { image }
    }
}
