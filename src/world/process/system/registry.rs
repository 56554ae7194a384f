//! The registries, as a program reaches them over the network: `docker manifest` and `docker buildx imagetools` ask them without the daemon.
//!
//! Promises: an answer takes as long as one round trip. Must not know what is asked for.

use std::time::Duration;

use super::System;
use crate::world::daemon::reference::Reference;
use crate::world::digest::Digest;
use crate::world::registry::{Asker, Credentials, RegistryError, Selector, Served};

/// A question to a registry and its answer.
const ROUND_TRIP: Duration = Duration::from_millis(120);

impl System<'_> {
    /// What a name means in its registry.
    ///
    /// # Errors
    /// The registry cannot be reached, refuses, or has no such thing.
    pub fn registry_get(
        &mut self,
        reference: &Reference,
        credentials: Option<&Credentials>,
    ) -> Result<Served, RegistryError> {
        self.spend(ROUND_TRIP);
        let digest = reference.digest().and_then(|digest| digest.parse::<Digest>().ok());
        let selector = match digest {
            Some(digest) => Selector::Digest(digest),
            None => Selector::Tag(reference.tag().unwrap_or("latest")),
        };
        let asker = Asker { credentials, now: self.context.now };
        self.context.registry.pull(reference.domain(), reference.path(), selector, asker)
    }

    /// Puts an index, and the manifests that it leads to, under a tag.
    ///
    /// # Errors
    /// The registry cannot be reached, or refuses.
    pub fn registry_put(
        &mut self,
        reference: &Reference,
        served: Served,
        credentials: Option<&Credentials>,
    ) -> Result<Digest, RegistryError> {
        self.spend(ROUND_TRIP);
        let (now, tag) = (self.context.now, reference.tag().unwrap_or("latest"));
        let asker = Asker { credentials, now };
        self.context.registry.put_index(reference.domain(), reference.path(), tag, served, asker)
    }
}
