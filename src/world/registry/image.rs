//! An image: a configuration and the layers it names, immutable and shared.
//!
//! Promises: the ID is the SHA-256 of the config blob's bytes, and the config's diff IDs are those of the layers; both cannot drift
//! apart, because an image is only made from the two together. Must not know names, tags or registries.

use std::sync::{Arc, OnceLock};

use super::config::ImageConfig;
use super::manifest::{Descriptor, Manifest, ManifestFormat};
use super::platform::Platform;
use crate::world::clock::Time;
use crate::world::digest::Digest;
use crate::world::filesystem::layer::{ChainId, Layer};

/// One image. Share it as `Arc<Image>`.
#[derive(Debug)]
pub struct Image {
    id: Digest,
    config: ImageConfig,
    config_bytes: Arc<[u8]>,
    layers: Vec<Arc<Layer>>,
    chain_ids: Vec<ChainId>,
    size: u64,
    format: ManifestFormat,
    published: OnceLock<(Manifest, Digest)>,
}

impl Image {
    /// The image of this configuration with these layers, lowest first. The configuration's diff IDs are set from the layers.
    pub fn new(mut config: ImageConfig, layers: Vec<Arc<Layer>>, format: ManifestFormat) -> Image {
        config.diff_ids = layers.iter().map(|layer| layer.diff_id()).collect();
        Image::from_blob(config.to_json().into(), config, layers, format)
    }

    /// The image of a configuration that others wrote: `config` is what was read of `config_bytes`, and its diff IDs are those of the
    /// layers. The caller vouches for both.
    pub fn from_blob(
        config_bytes: Arc<[u8]>,
        config: ImageConfig,
        layers: Vec<Arc<Layer>>,
        format: ManifestFormat,
    ) -> Image {
        let chain_ids = config.diff_ids.iter().scan(None, |below, diff_id| {
            let chain_id = ChainId::on(*below, *diff_id);
            *below = Some(chain_id);
            Some(chain_id)
        });
        Image {
            id: Digest::of(&config_bytes),
            chain_ids: chain_ids.collect(),
            size: layers.iter().map(|layer| layer.size()).fold(0, u64::saturating_add),
            config,
            config_bytes,
            layers,
            format,
            published: OnceLock::new(),
        }
    }

    /// The image ID.
    pub const fn id(&self) -> Digest {
        self.id
    }

    /// The configuration.
    pub const fn config(&self) -> &ImageConfig {
        &self.config
    }

    /// The configuration as the bytes that are hashed into the ID.
    pub const fn config_bytes(&self) -> &Arc<[u8]> {
        &self.config_bytes
    }

    /// The layers, lowest first.
    pub fn layers(&self) -> &[Arc<Layer>] {
        &self.layers
    }

    /// The ID of each layer together with those below it, lowest first.
    pub fn chain_ids(&self) -> &[ChainId] {
        &self.chain_ids
    }

    /// The ID of all layers together; none for an image without layers.
    pub fn chain_id(&self) -> Option<ChainId> {
        self.chain_ids.last().copied()
    }

    /// Bytes of all files of all layers: the SIZE of `docker images`.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// What it is made for.
    pub fn platform(&self) -> Platform {
        let ImageConfig { os, architecture, variant, .. } = &self.config;
        Platform { os: os.clone(), architecture: architecture.clone(), variant: variant.clone() }
    }

    /// When it was made, if it says.
    pub const fn created(&self) -> Option<Time> {
        self.config.created
    }

    /// The family of media types it is published with.
    pub const fn format(&self) -> ManifestFormat {
        self.format
    }

    /// Its manifest, and the digest of that. The layers are compressed for it when their digests are not known yet, which takes a
    /// while for large ones; the result is kept.
    pub fn published(&self) -> &(Manifest, Digest) {
        self.published.get_or_init(|| {
            let manifest = self.manifest(self.format);
            let digest = Digest::of(manifest.to_json());
            (manifest, digest)
        })
    }

    /// Its manifest in a certain format: `docker push` always writes Docker's.
    pub fn manifest(&self, format: ManifestFormat) -> Manifest {
        let layer = |layer: &Arc<Layer>| {
            let blob = layer.compressed();
            Descriptor { media_type: format.layer(), digest: blob.digest, size: blob.size }
        };
        let config = Descriptor { media_type: format.config(), digest: self.id, size: self.config_bytes.len() as u64 };
        Manifest { format, config, layers: self.layers.iter().map(layer).collect() }
    }
}

/// Images are equal if their IDs are: the ID covers the configuration, and through the diff IDs every layer.
impl PartialEq for Image {
    fn eq(&self, other: &Image) -> bool {
        self.id == other.id
    }
}

impl Eq for Image {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::filesystem::content::Content;
    use crate::world::filesystem::entry::{Change, Entry, Metadata};

    fn layer(path: &str, text: &str) -> Arc<Layer> {
        let entry = Entry::file(Content::text(text), Metadata::root(0o644, Time::EPOCH));
        Arc::new(Layer::new([(Arc::from(path), Change::put(entry))]).expect("a layer of one file"))
    }

    #[test]
    fn the_id_is_the_sha256_of_the_config_and_names_the_layers() {
        let layers = vec![layer("/a", "one"), layer("/b", "two!")];
        let image = Image::new(ImageConfig::default(), layers.clone(), ManifestFormat::Oci);
        assert_eq!(image.id(), Digest::of(image.config_bytes()));
        assert_eq!(image.config().diff_ids, [layers[0].diff_id(), layers[1].diff_id()]);
        assert_eq!(image.size(), 7);
        let both = format!("{} {}", layers[0].diff_id(), layers[1].diff_id());
        assert_eq!(image.chain_id().map(|chain| chain.0), Some(Digest::of(both)));
        let (manifest, digest) = image.published();
        assert_eq!(*digest, Digest::of(manifest.to_json()));
        assert_ne!(*manifest, image.manifest(ManifestFormat::Docker));
    }
}
