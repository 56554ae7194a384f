//! Where the blobs of layers are: what the engine remembers of every pull and push, so that a push need not send what is there.
//!
//! Promises: as moby's `distribution/metadata/v2_metadata_service.go`: at most 50 places for each layer, the oldest forgotten.
//! Must not know registries.

use std::sync::Arc;

use imbl::{OrdMap, Vector};

use crate::world::digest::Digest;

/// Places that are remembered of one layer.
const PLACES: usize = 50;

/// One place where a layer's blob is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobSource {
    /// The digest of the compressed layer.
    pub blob: Digest,
    /// The full name of the repository: `docker.io/library/nginx`.
    pub repository: Arc<str>,
}

/// The places of all layers, by diff ID; the newest last.
#[derive(Clone, Debug, Default)]
pub struct BlobSources(OrdMap<Digest, Vector<BlobSource>>);

impl BlobSources {
    /// Notes that a repository has the blob of a layer.
    pub fn note(&mut self, diff_id: Digest, blob: Digest, repository: &str) {
        let places = self.0.entry(diff_id).or_default();
        let source = BlobSource { blob, repository: repository.into() };
        places.retain(|known| *known != source);
        places.push_back(source);
        if places.len() > PLACES {
            places.pop_front();
        }
    }

    /// Where the blob of a layer is, the best place for a push to `repository` first: that repository, then others of the same
    /// registry, then the rest; of equally good ones the newest.
    pub fn of(&self, diff_id: &Digest, repository: &str) -> Vec<BlobSource> {
        let domain = |name: &str| name.split('/').next().unwrap_or_default().to_owned();
        let mut places: Vec<BlobSource> = self.0.get(diff_id).into_iter().flatten().rev().cloned().collect();
        places.sort_by_key(|place| (*place.repository != *repository, domain(&place.repository) != domain(repository)));
        places
    }
}
