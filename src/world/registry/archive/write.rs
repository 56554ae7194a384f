//! Writing images into an archive: `docker save`.
//!
//! Promises: the members, their names, order and contents are those of Docker 28 with its classic image store (moby
//! `image/tarexport/save.go`): an OCI layout whose layers are not compressed, with `manifest.json` and `repositories` for older readers.
//! No layer is written out: the archive's bytes are made when they are read. Must not know who asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::{INDEX, LAYOUT, MANIFEST, Members, REPOSITORIES, legacy};
use crate::world::clock::Time;
use crate::world::digest::Digest;
use crate::world::filesystem::archive::Member;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::{Entry, Metadata};
use crate::world::registry::go_json::{self, Layout, Object};
use crate::world::registry::image::Image;
use crate::world::registry::manifest::ManifestFormat;

/// The media type of a layer that is not compressed.
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// An image that is to be saved.
#[derive(Clone, Debug)]
pub struct Saved {
    pub image: Arc<Image>,
    pub names: Vec<Name>,
    /// The image that it was made from.
    pub parent: Option<Digest>,
}

/// One of its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// `docker.io/library/busybox:1.36`
    pub full: String,
    /// `busybox`
    pub repository: String,
    pub tag: String,
}

/// The members of an archive of these images.
pub fn members(images: &[Saved]) -> Vec<Member> {
    let mut blobs: BTreeMap<String, Entry> = BTreeMap::new();
    let (mut items, mut descriptors): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
    let mut repositories: BTreeMap<&str, BTreeMap<&str, String>> = BTreeMap::new();
    let mut folder = Time::EPOCH;
    let ids: Vec<Digest> = images.iter().map(|saved| saved.image.id()).collect();
    for saved in images {
        let image = &saved.image;
        let created = image.created().unwrap_or(Time::EPOCH);
        folder = created;
        let mut put = |digest: Digest, content: Content, at: Time| {
            blobs.entry(Members::blob_name(digest)).or_insert_with(|| file(content, at));
        };
        for bytes in legacy::configurations(image) {
            put(Digest::of(&bytes), inline(&bytes), created);
        }
        let mut sources: BTreeMap<String, Value> = BTreeMap::new();
        let mut layers = Vec::new();
        for layer in image.layers() {
            let (stream, diff_id) = (layer.stream(), layer.diff_id());
            let size = stream.size();
            // Docker's own descriptors say the size before the digest.
            let source = Object::new().member("mediaType", LAYER).member("size", size);
            sources.insert(diff_id.to_string(), source.member("digest", diff_id.to_string()).into());
            layers.push((Members::blob_name(diff_id), Value::from(descriptor(LAYER, diff_id, size))));
            put(diff_id, stream, created);
        }
        put(image.id(), inline(image.config_bytes()), created);
        let manifest = compact(oci_manifest(image, layers.iter().map(|(_, layer)| layer.clone()).collect()));
        let digest = Digest::of(&manifest);
        put(digest, inline(&manifest), Time::EPOCH);
        let own = || descriptor(ManifestFormat::Oci.manifest(), digest, manifest.len() as u64);
        for name in &saved.names {
            if let Some(layer) = image.layers().last() {
                repositories.entry(&name.repository).or_default().insert(&name.tag, layer.diff_id().hex());
            }
            let annotations = Object::new()
                .member("io.containerd.image.name", name.full.as_str())
                .member("org.opencontainers.image.ref.name", name.tag.as_str());
            descriptors.push(own().member("annotations", annotations).into());
        }
        // An image without a name is listed only where nothing else is, as moby does it.
        if descriptors.is_empty() {
            descriptors.push(own().into());
        }
        let tags: Vec<Value> =
            saved.names.iter().map(|name| format!("{}:{}", name.repository, name.tag).into()).collect();
        let parent = saved.parent.filter(|parent| ids.contains(parent) && *parent != image.id());
        let item = Object::new()
            .member("Config", Members::blob_name(image.id()))
            .member("RepoTags", if tags.is_empty() { Value::Null } else { tags.into() })
            .member("Layers", layers.into_iter().map(|(name, _)| name.into()).collect::<Vec<Value>>())
            .member_unless_empty("Parent", parent.map(|parent| parent.to_string()))
            .member_unless_empty("LayerSources", sources.into_iter().collect::<serde_json::Map<String, Value>>());
        items.push(item.into());
    }
    let directory = |name: &str, at| member(name, Entry::directory(Metadata::root(0o755, at)));
    let mut members = vec![directory("blobs", folder), directory("blobs/sha256", Time::EPOCH)];
    members.extend(blobs.into_iter().map(|(name, entry)| member(&name, entry)));
    let index = Object::new()
        .member("schemaVersion", 2)
        .member("mediaType", ManifestFormat::Oci.index())
        .member("manifests", descriptors);
    let text = |name: &str, bytes: &[u8]| member(name, file(inline(bytes), Time::EPOCH));
    members.push(text(INDEX, &compact(index)));
    members.push(text(MANIFEST, &line(Value::Array(items))));
    members.push(text(LAYOUT, br#"{"imageLayoutVersion": "1.0.0"}"#));
    if !repositories.is_empty() {
        let of_tags =
            |tags: BTreeMap<&str, String>| tags.into_iter().fold(Object::new(), |all, (tag, id)| all.member(tag, id));
        let all = repositories.into_iter().fold(Object::new(), |all, (name, tags)| all.member(name, of_tags(tags)));
        members.push(text(REPOSITORIES, &line(all.into())));
    }
    members
}

fn oci_manifest(image: &Image, layers: Vec<Value>) -> Object {
    let format = ManifestFormat::Oci;
    Object::new()
        .member("schemaVersion", 2)
        .member("mediaType", format.manifest())
        .member("config", descriptor(format.config(), image.id(), image.config_bytes().len() as u64))
        .member("layers", layers)
}

fn descriptor(media_type: &str, digest: Digest, size: u64) -> Object {
    Object::new().member("mediaType", media_type).member("digest", digest.to_string()).member("size", size)
}

fn compact(object: Object) -> Vec<u8> {
    go_json::encode(&object.into(), Layout::Compact)
}

/// As Go's encoder writes it: with a line end.
fn line(value: Value) -> Vec<u8> {
    let mut bytes = go_json::encode(&value, Layout::Compact);
    bytes.push(b'\n');
    bytes
}

fn inline(bytes: &[u8]) -> Content {
    Content::Inline(bytes.into())
}

fn file(content: Content, modified: Time) -> Entry {
    Entry::file(content, Metadata::root(0o644, modified))
}

fn member(name: &str, entry: Entry) -> Member {
    Member { name: name.to_owned(), entry }
}
