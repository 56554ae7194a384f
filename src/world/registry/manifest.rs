//! Manifests and indexes: what a registry keeps for a tag, as the bytes whose SHA-256 is the digest that `docker pull` prints.
//!
//! Promises: the bytes follow the format's writer: `docker push` writes schema 2 with three spaces of indent and `mediaType, size,
//! digest`; buildx writes OCI with two spaces and `mediaType, digest, size`. Must not know about tags or repositories.

use serde_json::Value;

use super::go_json::{self, Layout, Object};
use crate::world::digest::Digest;

/// Which family of media types a manifest uses, and with it who wrote it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ManifestFormat {
    /// OCI image manifest behind an OCI image index, as Docker's official images are.
    #[default]
    Oci,
    /// Docker's manifest version 2, schema 2, as `docker push` of Docker Engine 28 writes with its classic image store.
    Docker,
}

impl ManifestFormat {
    /// The media type of an image manifest.
    pub const fn manifest(self) -> &'static str {
        match self {
            ManifestFormat::Oci => "application/vnd.oci.image.manifest.v1+json",
            ManifestFormat::Docker => "application/vnd.docker.distribution.manifest.v2+json",
        }
    }

    /// The media type of an image's config blob.
    pub const fn config(self) -> &'static str {
        match self {
            ManifestFormat::Oci => "application/vnd.oci.image.config.v1+json",
            ManifestFormat::Docker => "application/vnd.docker.container.image.v1+json",
        }
    }

    /// The media type of a gzipped layer.
    pub const fn layer(self) -> &'static str {
        match self {
            ManifestFormat::Oci => "application/vnd.oci.image.layer.v1.tar+gzip",
            ManifestFormat::Docker => "application/vnd.docker.image.rootfs.diff.tar.gzip",
        }
    }

    /// The media type of a list of manifests, one for each platform.
    pub const fn index(self) -> &'static str {
        match self {
            ManifestFormat::Oci => "application/vnd.oci.image.index.v1+json",
            ManifestFormat::Docker => "application/vnd.docker.distribution.manifest.list.v2+json",
        }
    }
}

/// Points at a blob: its type, digest, and size in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    pub media_type: &'static str,
    pub digest: Digest,
    pub size: u64,
}

/// One platform's image: its config and its layers, lowest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    pub format: ManifestFormat,
    pub config: Descriptor,
    pub layers: Vec<Descriptor>,
}

/// A list of manifests, one for each platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    pub format: ManifestFormat,
    pub manifests: Vec<IndexEntry>,
}

/// One platform of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    pub manifest: Descriptor,
    pub architecture: String,
    /// Empty for none.
    pub variant: String,
    pub os: String,
}

impl Manifest {
    /// The bytes a registry stores.
    pub fn to_json(&self) -> Vec<u8> {
        let layers = self.layers.iter().map(|layer| layer.json(self.format)).collect::<Vec<_>>();
        let object = Object::new()
            .member("schemaVersion", 2)
            .member("mediaType", self.format.manifest())
            .member("config", self.config.json(self.format))
            .member("layers", layers);
        go_json::encode(&object.into(), self.format.layout())
    }

    /// Bytes to fetch for an engine that has nothing of it: the config and every compressed layer.
    pub fn transfer_size(&self) -> u64 {
        self.layers.iter().map(|layer| layer.size).fold(self.config.size, u64::saturating_add)
    }
}

impl Index {
    /// The bytes a registry stores.
    pub fn to_json(&self) -> Vec<u8> {
        let manifests = self.manifests.iter().map(|entry| entry.json(self.format)).collect::<Vec<_>>();
        let object = Object::new()
            .member("schemaVersion", 2)
            .member("mediaType", self.format.index())
            .member("manifests", manifests);
        go_json::encode(&object.into(), self.format.layout())
    }
}

impl IndexEntry {
    fn json(&self, format: ManifestFormat) -> Value {
        let platform = Object::new()
            .member("architecture", self.architecture.as_str())
            .member("os", self.os.as_str())
            .member_unless_empty("variant", self.variant.as_str());
        self.manifest.object(format).member("platform", platform).into()
    }
}

impl Descriptor {
    fn object(&self, format: ManifestFormat) -> Object {
        let object = Object::new().member("mediaType", self.media_type);
        match format {
            ManifestFormat::Oci => object.member("digest", self.digest.to_string()).member("size", self.size),
            ManifestFormat::Docker => object.member("size", self.size).member("digest", self.digest.to_string()),
        }
    }

    fn json(&self, format: ManifestFormat) -> Value {
        self.object(format).into()
    }
}

impl ManifestFormat {
    const fn layout(self) -> Layout {
        match self {
            ManifestFormat::Oci => Layout::Indented(2),
            ManifestFormat::Docker => Layout::Indented(3),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptor(media_type: &'static str, size: u64) -> Descriptor {
        Descriptor { media_type, digest: Digest::of(size.to_string()), size }
    }

    #[test]
    fn a_schema_2_manifest_of_two_layers_is_as_long_as_docker_push_says() {
        // `docker push localhost:5000/oracle/app:1` printed «size: 734» for two layers, which leaves thirteen digits for the sizes.
        let format = ManifestFormat::Docker;
        let manifest = Manifest {
            format,
            config: descriptor(format.config(), 1234),
            layers: vec![descriptor(format.layer(), 1_012_345), descriptor(format.layer(), 98)],
        };
        assert_eq!(manifest.to_json().len(), 734);
    }

    #[test]
    fn an_oci_index_names_the_platform() {
        let format = ManifestFormat::Oci;
        let entry = IndexEntry {
            manifest: descriptor(format.manifest(), 1),
            architecture: "arm64".into(),
            variant: "v8".into(),
            os: "linux".into(),
        };
        let text = String::from_utf8(Index { format, manifests: vec![entry] }.to_json()).expect("JSON is UTF-8");
        assert!(
            text.starts_with(
                "{\n  \"schemaVersion\": 2,\n  \"mediaType\": \"application/vnd.oci.image.index.v1+json\""
            ),
            "{text}"
        );
        assert!(text.contains("\"platform\": {\n        \"architecture\": \"arm64\",\n        \"os\": \"linux\",\n        \"variant\": \"v8\""), "{text}");
    }
}
