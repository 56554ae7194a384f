//! Reading images out of an archive: by Docker's `manifest.json`, or by OCI's `index.json`.
//!
//! Promises: a layer has the digest that its configuration says, or the archive is refused; with [`Reader::strict`] so has every blob.
//! Contents are pieces of the archive. Must not know which archive Docker would take: the daemon does.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use serde::Deserialize;

use super::blobs::digest_of;
use super::members::Members;
use super::{ArchiveError, INDEX, MANIFEST};
use crate::world::digest::Digest;
use crate::world::filesystem::compression::Compression;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::layer::{Blob, ChainId, Layer};
use crate::world::filesystem::untar::Limits;
use crate::world::registry::config::ImageConfig;
use crate::world::registry::image::Image;
use crate::world::registry::manifest::ManifestFormat;
use crate::world::registry::platform::Platform;

/// The largest file of JSON that is read, in bytes.
const JSON: u64 = 8 << 20;
/// Images of one archive, and layers of one image.
const IMAGES: usize = 1_000;
const LAYERS: usize = 127;
/// An index may lead to another.
const DEPTH: usize = 3;

/// An image that was read.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub image: Arc<Image>,
    /// Its names, as the archive has them.
    pub names: Vec<String>,
    /// The image that it was made from, if the archive says so.
    pub parent: Option<Digest>,
}

/// Reads images.
pub struct Reader<'a> {
    /// Finds layers that are there already: those are not read.
    pub known: &'a dyn Fn(&ChainId) -> Option<Arc<Layer>>,
    /// Is told how many more bytes were read; an error that it gives ends the reading.
    pub advance: &'a mut dyn FnMut(u64) -> io::Result<()>,
    /// What all layers together may hold.
    pub limits: Limits,
    /// Whether blobs must have the digests that they are named by. Docker does not look.
    pub strict: bool,
    /// The platform that is wanted; others are left out.
    pub platform: Option<Platform>,
    /// Layers that were read.
    pub layers: BTreeMap<Digest, Arc<Layer>>,
}

/// An image in `manifest.json`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Item {
    config: String,
    repo_tags: Option<Vec<String>>,
    layers: Option<Vec<String>>,
    parent: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct OciDescriptor {
    media_type: String,
    digest: String,
    size: u64,
    platform: Option<OciPlatform>,
    annotations: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct OciPlatform {
    os: String,
    architecture: String,
    variant: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OciIndex {
    manifests: Vec<OciDescriptor>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OciManifest {
    config: OciDescriptor,
    layers: Vec<OciDescriptor>,
}

impl Reader<'_> {
    /// The images that `manifest.json` lists.
    ///
    /// # Errors
    /// What is wrong with the archive.
    pub fn docker(&mut self, members: &Members) -> Result<Vec<Loaded>, ArchiveError> {
        let items = manifest_items(&json_of(members, MANIFEST)?)?;
        if items.len() > IMAGES {
            return Err(ArchiveError::TooMany { what: "images", limit: IMAGES });
        }
        let mut loaded = Vec::new();
        for item in items {
            let bytes = json_of(members, &item.config)?;
            if self.strict
                && let Some(expected) = digest_in(&item.config)
            {
                check_digest(&item.config, expected, Digest::of(&bytes))?;
            }
            let Some(config) = self.config(&item.config, &bytes)? else { continue };
            let blobs = item.layers.unwrap_or_default();
            let image = self.image(members, &item.config, (bytes, config), &blobs, ManifestFormat::Docker)?;
            let parent = item.parent.and_then(|parent| parent.parse().ok());
            loaded.push(Loaded { image, names: item.repo_tags.unwrap_or_default(), parent });
        }
        Ok(loaded)
    }

    /// The images that `index.json` leads to, those for the wanted platform.
    ///
    /// # Errors
    /// What is wrong with the archive.
    pub fn oci(&mut self, members: &Members) -> Result<Vec<Loaded>, ArchiveError> {
        let index: OciIndex = parsed(INDEX, &json_of(members, INDEX)?)?;
        let mut found = Vec::new();
        collect(members, index.manifests, &[], DEPTH, &mut found)?;
        let mut loaded: Vec<Loaded> = Vec::new();
        let mut platforms = Vec::new();
        for (descriptor, names) in found {
            let (name, bytes) = blob_of(members, &descriptor)?;
            let manifest: OciManifest = parsed(&name, &bytes)?;
            let (config_name, config) = blob_of(members, &manifest.config)?;
            let read = ImageConfig::read(&config).map_err(|why| malformed(&config_name, why))?;
            platforms.push(platform_of(&read).to_string());
            let Some(read) = self.config(&config_name, &config)? else { continue };
            for layer in &manifest.layers {
                blob_size(members, layer)?;
            }
            let blobs: Result<Vec<String>, ArchiveError> =
                manifest.layers.iter().map(|layer| Ok(Members::blob_name(digest(&layer.digest)?))).collect();
            let image = self.image(members, &config_name, (config, read), &blobs?, ManifestFormat::Oci)?;
            match loaded.iter_mut().find(|known| known.image.id() == image.id()) {
                Some(known) => known.names.extend(names),
                None => loaded.push(Loaded { image, names, parent: None }),
            }
        }
        match (&self.platform, loaded.is_empty()) {
            (Some(wanted), true) if !platforms.is_empty() => {
                Err(ArchiveError::NoPlatform { wanted: wanted.to_string(), found: platforms.join(", ") })
            }
            _ => Ok(loaded),
        }
    }

    /// The configuration of an image; none if it is for another platform.
    fn config(&self, name: &str, bytes: &[u8]) -> Result<Option<ImageConfig>, ArchiveError> {
        let config = ImageConfig::read(bytes).map_err(|why| malformed(name, why))?;
        if !matches!(config.os.as_str(), "" | "linux") {
            return Err(ArchiveError::System { image: name.to_owned(), os: config.os });
        }
        let fits = self.platform.as_ref().is_none_or(|wanted| platform_of(&config).satisfies(wanted));
        Ok(fits.then_some(config))
    }

    fn image(
        &mut self,
        members: &Members,
        name: &str,
        (bytes, config): (Arc<[u8]>, ImageConfig),
        blobs: &[String],
        format: ManifestFormat,
    ) -> Result<Arc<Image>, ArchiveError> {
        if config.diff_ids.len() > LAYERS {
            return Err(ArchiveError::TooMany { what: "layers in one image", limit: LAYERS });
        }
        if blobs.len() != config.diff_ids.len() {
            let (expected, actual) = (blobs.len(), config.diff_ids.len());
            return Err(ArchiveError::LayerCount { image: name.to_owned(), expected, actual });
        }
        let (mut layers, mut below) = (Vec::new(), None);
        for (number, (blob, expected)) in blobs.iter().zip(&config.diff_ids).enumerate() {
            let chain_id = ChainId::on(below, *expected);
            below = Some(chain_id);
            let known = (self.known)(&chain_id).or_else(|| self.layers.get(expected).cloned());
            let layer = match known {
                Some(layer) => layer,
                None => self.layer(members, blob)?,
            };
            let actual = layer.diff_id();
            if actual != *expected {
                let (image, expected) = (name.to_owned(), *expected);
                return Err(ArchiveError::WrongLayer { image, number, expected, actual });
            }
            self.layers.insert(actual, Arc::clone(&layer));
            layers.push(layer);
        }
        Ok(Arc::new(Image::from_blob(bytes, config, layers, format)))
    }

    fn layer(&mut self, members: &Members, name: &str) -> Result<Arc<Layer>, ArchiveError> {
        let blob = members.get(name)?;
        let of_layer = |source| ArchiveError::Layer { name: name.to_owned(), source };
        let unknown = |with| ArchiveError::Compression { blob: name.to_owned(), with };
        let Some(compression) = Compression::detect(&blob).map_err(unknown)? else {
            let layer = Layer::from_stream(&blob, self.limits, self.advance).map_err(of_layer)?;
            self.spend(&layer);
            return Ok(Arc::new(layer));
        };
        let of_packed = |source| ArchiveError::Packed { blob: name.to_owned(), source };
        let packed = digest_of(&blob, self.advance).map_err(of_packed)?;
        if self.strict
            && let Some(expected) = digest_in(name)
        {
            check_digest(name, expected, packed)?;
        }
        let stream = blob.unpacked(compression, self.limits.bytes.min(super::IN_MEMORY)).map_err(of_packed)?;
        // What is unpacked is not counted: the bytes of the archive were.
        let layer = Layer::from_stream(&stream, self.limits, &mut |_| Ok(())).map_err(of_layer)?;
        self.spend(&layer);
        let diff_id = layer.diff_id();
        Ok(Arc::new(layer.with_known_digests(diff_id, Blob { digest: packed, size: blob.size() })))
    }

    /// Takes what a layer holds from what the others may.
    fn spend(&mut self, layer: &Layer) {
        self.limits.members = self.limits.members.saturating_sub(layer.changes().len());
        self.limits.bytes = self.limits.bytes.saturating_sub(layer.size());
    }
}

/// The manifests that descriptors lead to, with the names that they have.
fn collect(
    members: &Members,
    descriptors: Vec<OciDescriptor>,
    names: &[String],
    depth: usize,
    found: &mut Vec<(OciDescriptor, Vec<String>)>,
) -> Result<(), ArchiveError> {
    for descriptor in descriptors {
        // What BuildKit says about how an image was made is no image.
        let says_nothing = descriptor.platform.as_ref().is_some_and(|platform| platform.os == "unknown");
        if says_nothing || descriptor.annotations.contains_key("vnd.docker.reference.type") {
            continue;
        }
        if found.len() >= IMAGES {
            return Err(ArchiveError::TooMany { what: "images", limit: IMAGES });
        }
        let named = ["io.containerd.image.name", "org.opencontainers.image.ref.name"]
            .into_iter()
            .find_map(|key| descriptor.annotations.get(key).cloned());
        let names = named.map_or_else(|| names.to_vec(), |name| vec![name]);
        if !descriptor.media_type.contains("index") && !descriptor.media_type.contains("manifest.list") {
            found.push((descriptor, names));
            continue;
        }
        let (name, bytes) = blob_of(members, &descriptor)?;
        if depth == 0 {
            return Err(malformed(&name, format!("indexes lead to each other more than {DEPTH} times")));
        }
        let index: OciIndex = parsed(&name, &bytes)?;
        collect(members, index.manifests, &names, depth - 1, found)?;
    }
    Ok(())
}

fn platform_of(config: &ImageConfig) -> Platform {
    let ImageConfig { os, architecture, variant, .. } = config.clone();
    Platform { os, architecture, variant }
}

fn malformed(name: &str, why: impl Into<String>) -> ArchiveError {
    ArchiveError::Malformed { name: name.to_owned(), why: why.into() }
}

fn parsed<T: for<'de> Deserialize<'de>>(name: &str, bytes: &[u8]) -> Result<T, ArchiveError> {
    serde_json::from_slice(bytes).map_err(|error| malformed(name, error.to_string()))
}

/// `manifest.json`, refused in the words of Go's decoder, which Docker hands on.
fn manifest_items(bytes: &[u8]) -> Result<Vec<Item>, ArchiveError> {
    let value: serde_json::Value = match serde_json::from_slice(bytes) {
        Ok(value) => value,
        Err(error) if error.is_eof() => return Err(malformed(MANIFEST, "unexpected EOF")),
        Err(error) => return Err(malformed(MANIFEST, error.to_string())),
    };
    let kind = match &value {
        serde_json::Value::Null => {
            return Err(malformed(MANIFEST, "invalid manifest, manifest cannot be null (but can be [])"));
        }
        serde_json::Value::Array(_) => {
            return serde_json::from_value(value).map_err(|error| malformed(MANIFEST, error.to_string()));
        }
        serde_json::Value::Object(_) => "object",
        serde_json::Value::String(_) => "string",
        serde_json::Value::Number(_) => "number",
        serde_json::Value::Bool(_) => "bool",
    };
    Err(malformed(MANIFEST, format!("json: cannot unmarshal {kind} into Go value of type []tarexport.manifestItem")))
}

/// A file of JSON, which is small.
fn json_of(members: &Members, name: &str) -> Result<Arc<[u8]>, ArchiveError> {
    let content = members.get(name)?;
    bounded(&content, name)
}

fn bounded(content: &Content, name: &str) -> Result<Arc<[u8]>, ArchiveError> {
    content.bytes(JSON).map_err(|_| ArchiveError::TooLarge { name: name.to_owned(), limit: JSON })
}

fn digest(text: &str) -> Result<Digest, ArchiveError> {
    text.parse().map_err(|_| malformed(INDEX, format!("{text:?} is no digest of SHA-256")))
}

/// The name of a descriptor's blob; the blob has the size that the descriptor says.
fn blob_size(members: &Members, descriptor: &OciDescriptor) -> Result<(String, Arc<Content>), ArchiveError> {
    let name = Members::blob_name(digest(&descriptor.digest)?);
    let content = members.get(&name)?;
    match content.size() {
        size if size == descriptor.size => Ok((name, content)),
        actual => Err(ArchiveError::WrongSize { name, expected: descriptor.size, actual }),
    }
}

/// The bytes of a descriptor's blob, which have its size and digest.
fn blob_of(members: &Members, descriptor: &OciDescriptor) -> Result<(String, Arc<[u8]>), ArchiveError> {
    let (name, content) = blob_size(members, descriptor)?;
    let bytes = bounded(&content, &name)?;
    check_digest(&name, digest(&descriptor.digest)?, Digest::of(&bytes))?;
    Ok((name, bytes))
}

fn check_digest(name: &str, expected: Digest, actual: Digest) -> Result<(), ArchiveError> {
    match expected == actual {
        true => Ok(()),
        false => Err(ArchiveError::WrongDigest { name: name.to_owned(), expected, actual }),
    }
}

/// The digest that a blob is named by: `blobs/sha256/HEX`, or `HEX.json` in archives of older engines.
fn digest_in(name: &str) -> Option<Digest> {
    let hex = name.strip_prefix("blobs/sha256/").or_else(|| name.strip_suffix(".json"))?;
    format!("sha256:{hex}").parse().ok()
}
