//! A repository: tags that move, manifests by digest, and the blobs that are there.
//!
//! Promises: what was pushed under a digest stays, whatever its tags do; a catalogue's tag moves at the times that it says, and a
//! pushed one when it is pushed again. Must not know hosts and users.

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

use super::catalogue::{self, Catalogue, ImageNames};
use super::image::Image;
use super::served::Served;
use super::{RegistryError, Selector};
use crate::world::clock::Time;
use crate::world::digest::Digest;

/// The images of one name.
#[derive(Clone, Debug, Default)]
pub struct Repository {
    /// What it is, in a line; empty if nothing is said.
    pub about: Arc<str>,
    tags: OrdMap<Arc<str>, Tag>,
    /// What was pushed, by digest: a tag that moves on leaves it behind.
    pushed: OrdMap<Digest, Arc<Served>>,
    blobs: OrdSet<Digest>,
    /// Counts what was pushed under a tag.
    pushes: u64,
}

/// A tag and what it points at.
#[derive(Clone, Debug)]
struct Tag {
    /// What the catalogue says, from when on; oldest first.
    listed: Arc<[(Time, Source)]>,
    /// What was pushed last, and when: it counts unless the catalogue has moved the tag since.
    pushed: Option<(Time, Digest)>,
    /// The number of the push that moved it last; 0 for none.
    push: u64,
}

/// Images of the catalogue, one for each platform, read when they are asked for.
#[derive(Clone, Debug)]
struct Source {
    catalogue: Arc<Catalogue>,
    images: ImageNames,
}

impl Repository {
    /// A repository of the catalogue.
    pub fn of(catalogue: &Arc<Catalogue>, listed: &catalogue::Repository) -> Repository {
        let tags = listed.tags.iter().map(|(name, moves)| {
            let source = |images: &ImageNames| Source { catalogue: Arc::clone(catalogue), images: images.clone() };
            let listed = moves.iter().map(|(from, images)| (*from, source(images))).collect();
            (Arc::clone(name), Tag { listed, pushed: None, push: 0 })
        });
        Repository { about: listed.about.as_str().into(), tags: tags.collect(), ..Repository::default() }
    }

    /// What a tag or digest names now.
    ///
    /// # Errors
    /// An image of the catalogue cannot be read.
    pub fn get(&self, selector: Selector<'_>, now: Time) -> Result<Option<Served>, RegistryError> {
        match selector {
            Selector::Tag(name) => self.tags.get(name).map_or(Ok(None), |tag| self.tagged(tag, now)),
            Selector::Digest(digest) => self.by_digest(digest, now),
        }
    }

    /// The names of all tags; those that were pushed last come first.
    pub fn tags(&self, now: Time) -> Vec<Arc<str>> {
        let there = |tag: &Tag| tag.pushed.is_some() || tag.listed.iter().any(|(from, _)| *from <= now);
        let there = self.tags.iter().filter(|(_, tag)| there(tag));
        let mut tags: Vec<(u64, Arc<str>)> = there.map(|(name, tag)| (tag.push, Arc::clone(name))).collect();
        tags.sort_by_key(|(push, _)| std::cmp::Reverse(*push));
        tags.into_iter().map(|(_, name)| name).collect()
    }

    /// Whether a layer's blob is there.
    ///
    /// # Errors
    /// An image of the catalogue cannot be read.
    pub fn has_blob(&self, blob: Digest, now: Time) -> Result<bool, RegistryError> {
        if self.blobs.contains(&blob) {
            return Ok(true);
        }
        for served in self.listed(now) {
            let has = |served: &Served| {
                let mut layers = served.variants.iter().flat_map(|variant| &variant.manifest.layers);
                layers.any(|layer| layer.digest == blob)
            };
            if has(&served?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes a blob.
    pub fn put_blob(&mut self, blob: Digest) {
        self.blobs.insert(blob);
    }

    /// Takes a manifest or an index, and lets a tag point at it.
    pub fn put(&mut self, tag: Option<&str>, served: Served, now: Time) {
        let digest = served.digest;
        for variant in &served.variants {
            let alone = Served { digest: variant.digest, index: None, variants: vec![variant.clone()] };
            self.pushed.insert(alone.digest, Arc::new(alone));
        }
        self.pushed.insert(digest, Arc::new(served));
        if let Some(name) = tag {
            self.pushes += 1;
            let tag = self.tags.entry(Arc::from(name)).or_insert(Tag { listed: Arc::from([]), pushed: None, push: 0 });
            (tag.pushed, tag.push) = (Some((now, digest)), self.pushes);
        }
    }

    fn tagged(&self, tag: &Tag, now: Time) -> Result<Option<Served>, RegistryError> {
        let listed = tag.listed.iter().rev().find(|(from, _)| *from <= now);
        match (tag.pushed, listed) {
            (Some((at, digest)), listed) if listed.is_none_or(|(from, _)| *from <= at) => {
                Ok(self.pushed.get(&digest).map(|served| (**served).clone()))
            }
            (_, Some((_, source))) => source.serve().map(Some),
            (_, None) => Ok(None),
        }
    }

    /// Everything that the catalogue has had under a tag until now.
    fn listed(&self, now: Time) -> impl Iterator<Item = Result<Served, RegistryError>> {
        let sources = self.tags.values().flat_map(|tag| tag.listed.iter());
        sources.filter(move |(from, _)| *from <= now).map(|(_, source)| source.serve())
    }

    fn by_digest(&self, digest: Digest, now: Time) -> Result<Option<Served>, RegistryError> {
        if let Some(served) = self.pushed.get(&digest) {
            return Ok(Some((**served).clone()));
        }
        for served in self.listed(now) {
            let served = served?;
            if served.digest == digest {
                return Ok(Some(served));
            }
            if let Some(variant) = served.variants.into_iter().find(|variant| variant.digest == digest) {
                return Ok(Some(Served { digest, index: None, variants: vec![variant] }));
            }
        }
        Ok(None)
    }
}

impl Source {
    fn serve(&self) -> Result<Served, RegistryError> {
        let image = |name: &Arc<str>| self.catalogue.image(name);
        let images: Result<Vec<Arc<Image>>, _> = self.images.iter().map(image).collect();
        images.map(|images| Served::of_images(&images)).map_err(|found| RegistryError::Catalogue(found.render_short()))
    }
}
