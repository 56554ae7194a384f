//! What a registry answers with: a manifest, or an index of several, and the images behind them.
//!
//! Promises: the digest is that of the bytes. Must not know tags, users or hosts.

use std::sync::Arc;

use super::image::Image;
use super::manifest::{Descriptor, Index, IndexEntry, Manifest, ManifestFormat};
use super::platform::Platform;
use crate::world::digest::Digest;

/// What a tag or a digest of a repository names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    pub digest: Digest,
    /// The list of platforms, unless the digest is that of one image's manifest.
    pub index: Option<Index>,
    /// The images that it leads to, in the order of the index; never none.
    pub variants: Vec<Variant>,
}

/// One image that a registry serves, for one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// What the index says it is made for; without an index, what the image says.
    pub platform: Platform,
    pub manifest: Manifest,
    /// The digest of the manifest.
    pub digest: Digest,
    pub image: Arc<Image>,
}

/// An index has nothing for the platform that was wanted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no matching manifest for {wanted} in the manifest list entries")]
pub struct NoPlatform {
    pub wanted: Platform,
}

impl Served {
    /// An image's manifest alone.
    pub fn of_manifest(image: Arc<Image>, manifest: Manifest) -> Served {
        let digest = Digest::of(manifest.to_json());
        let platform = image.platform();
        Served { digest, index: None, variants: vec![Variant { platform, manifest, digest, image }] }
    }

    /// An index of these, in this order.
    pub fn of_index(format: ManifestFormat, variants: Vec<Variant>) -> Served {
        let entries = variants.iter().map(|variant| {
            let Platform { os, architecture, variant: cpu } = variant.platform.clone();
            let format = variant.manifest.format;
            let size = variant.manifest.to_json().len() as u64;
            let manifest = Descriptor { media_type: format.manifest(), digest: variant.digest, size };
            IndexEntry { manifest, architecture, variant: cpu, os }
        });
        let index = Index { format, manifests: entries.collect() };
        Served { digest: Digest::of(index.to_json()), index: Some(index), variants }
    }

    /// Images of a catalogue as their publisher would push them: one in Docker's format is a manifest alone, all else an index.
    pub fn of_images(images: &[Arc<Image>]) -> Served {
        let variants: Vec<Variant> = images
            .iter()
            .map(|image| {
                let (manifest, digest) = image.published();
                Variant {
                    platform: image.platform(),
                    manifest: manifest.clone(),
                    digest: *digest,
                    image: Arc::clone(image),
                }
            })
            .collect();
        match variants.as_slice() {
            [one] if one.image.format() == ManifestFormat::Docker => {
                Served { digest: one.digest, index: None, variants }
            }
            _ => {
                let all_docker = images.iter().all(|image| image.format() == ManifestFormat::Docker);
                let format = if all_docker { ManifestFormat::Docker } else { ManifestFormat::Oci };
                Served::of_index(format, variants)
            }
        }
    }

    /// The bytes behind the digest.
    pub fn bytes(&self) -> Vec<u8> {
        match (&self.index, self.variants.first()) {
            (Some(index), _) => index.to_json(),
            (None, Some(variant)) => variant.manifest.to_json(),
            (None, None) => Vec::new(),
        }
    }

    /// The media type of those bytes.
    pub fn media_type(&self) -> &'static str {
        match (&self.index, self.variants.first()) {
            (Some(index), _) => index.format.index(),
            (None, variant) => variant.map_or("", |variant| variant.manifest.format.manifest()),
        }
    }

    /// The image for a platform. A manifest without an index is given whatever was wanted, as Docker does.
    ///
    /// # Errors
    /// The index has none.
    pub fn choose(&self, wanted: &Platform) -> Result<&Variant, NoPlatform> {
        let mut fitting = self.variants.iter();
        let fitting = match self.index {
            Some(_) => fitting.find(|variant| variant.platform.satisfies(wanted)),
            None => fitting.next(),
        };
        fitting.ok_or_else(|| NoPlatform { wanted: wanted.clone() })
    }
}
