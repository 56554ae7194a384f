//! `docker tag`: another name for an image.
//!
//! Promises: a name that pointed elsewhere moves. Must not know: how images come to be.

use super::api::{ApiError, Response};
use super::reference::Reference;
use super::{Answer, Daemon};
use crate::world::context::Context;
use crate::world::digest::Digest;
use crate::world::event::EventKind;

impl Daemon {
    pub(super) fn image_tag(&mut self, context: &mut Context, source: &str, target: &str) -> Answer {
        let reference = Reference::parse(target).map_err(|error| ApiError::invalid(error.to_string()))?;
        if reference.digest().is_some() {
            return Err(ApiError::invalid("refusing to create a tag with a digest reference"));
        }
        // `sha256:…` would be read as a digest everywhere else (moby `api/server/router/image/image_routes.go`).
        if reference.familiar_name() == "sha256" {
            return Err(ApiError::invalid("refusing to create an ambiguous tag using digest algorithm as name"));
        }
        let id = self.images.lookup(source)?.id();
        self.name_image(context, &reference.with_default_tag(), id);
        Ok(Response::Done)
    }

    /// Gives an image a name, as a person asked for; it moves if it pointed elsewhere.
    pub(super) fn name_image(&mut self, context: &mut Context, reference: &Reference, id: Digest) {
        let previous = self.images.tag(reference, id);
        self.images.note_tagged(&id, context.now);
        let name = reference.familiar();
        self.log_image_event(context, "tag", &id.to_string(), &name);
        if previous != Some(id) {
            context.emit(EventKind::ImageTagged { reference: name, image: id, previous });
        }
    }
}
