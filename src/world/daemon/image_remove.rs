//! `docker rmi`: names are taken away, and with the last one the image and the layers that nothing else needs.
//!
//! Promises: the rules and the order of moby's `daemon/images/image_delete.go`. Must not know: how it is printed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::api::{ApiError, Filters, ImageRemoval, Response};
use super::image_list::{ImageFilter, dangling};
use super::image_store::no_such_image;
use super::reference::Reference;
use super::system::parse_platform;
use super::{Answer, Daemon};
use crate::world::context::Context;
use crate::world::digest::Digest;
use crate::world::event::EventKind;
use crate::world::process::Kernel;
use crate::world::registry::image::Image;

/// Which reasons not to delete an image count.
#[derive(Clone, Copy, Debug)]
struct Conflicts {
    /// Names that it has.
    names: bool,
    /// Containers that do not run.
    stopped: bool,
}

/// Why an image is not deleted.
#[derive(Debug)]
struct Conflict {
    /// Force does not help.
    hard: bool,
    /// A container is made from it.
    used: bool,
    message: String,
}

impl Conflict {
    fn error(&self, id: &Digest) -> ApiError {
        let force = if self.hard { "cannot be forced" } else { "must be forced" };
        ApiError::conflict(format!("conflict: unable to delete {} ({force}) - {}", id.short(), self.message))
    }
}

impl Daemon {
    pub(super) fn image_remove(
        &mut self,
        kernel: &Kernel,
        context: &mut Context,
        name: &str,
        force: bool,
        prune: bool,
        platforms: &[String],
    ) -> Answer {
        if name.is_empty() {
            return Err(ApiError::not_found("page not found"));
        }
        if platforms.len() > 1 {
            return Err(ApiError::invalid("multiple platforms are not supported"));
        }
        let platform = parse_platform(platforms.first().map(String::as_str), kernel)?;
        let id = self.images.lookup_for(name, platform.as_ref())?.id();
        self.delete_named(context, name, &id, force, prune).map(Response::Removed)
    }

    /// Takes a name away, or all names when it is the image's ID, and the image with the last of them.
    fn delete_named(
        &mut self,
        context: &mut Context,
        name: &str,
        id: &Digest,
        force: bool,
        prune: bool,
    ) -> Result<Vec<ImageRemoval>, ApiError> {
        self.release_removed_images();
        let mut removals = Vec::new();
        let by_name = !is_prefix_of(name, id);
        if by_name {
            let reference = Reference::parse(name).map_err(|error| ApiError::invalid(error.to_string()))?;
            self.check_last_name(name, id, force)?;
            self.remove_name(context, &reference.with_default_tag(), &mut removals)?;
            if self.images.names_of(id).next().is_some() {
                return Ok(removals);
            }
        } else if self.has_single_name(id) {
            if let Some(conflict) = self.conflict(id, Conflicts { names: false, stopped: !force }) {
                return Err(conflict.error(id));
            }
            self.remove_all_names(context, id, &mut removals);
        }
        self.delete_image(context, id, force, prune, by_name, &mut removals)?;
        Ok(removals)
    }

    pub(super) fn image_prune(&mut self, context: &mut Context, filters: &Filters) -> Answer {
        let filter = ImageFilter::for_prune(filters, context.now)?;
        let dangling_only = dangling(filters)?.unwrap_or(true);
        self.release_removed_images();
        let mut candidates: Vec<Arc<Image>> =
            self.images.iter().filter(|image| filter.admits(image)).cloned().collect();
        candidates.retain(|image| {
            let (id, is_parent) = (image.id(), self.images.has_children(&image.id()));
            let named = self.images.names_of(&id).next().is_some();
            if dangling_only { !is_parent && self.images.tags_of(&id).is_empty() } else { named || !is_parent }
        });
        let sizes: BTreeMap<String, u64> = self.layer_sizes();
        let mut removals = Vec::new();
        for image in candidates {
            let id = image.id();
            let names: Vec<String> = self.images.names_of(&id).map(ToString::to_string).collect();
            // An image without a name is asked to go by its ID. What something stands against stays, and nobody is told.
            for name in if names.is_empty() { vec![id.hex()] } else { names } {
                if self.images.lookup(&name).is_ok() {
                    removals.extend(self.delete_named(context, &name, &id, false, true).unwrap_or_default());
                }
            }
        }
        let mut reclaimed = 0_u64;
        let deleted = removals.into_iter().map(|removal| match removal {
            ImageRemoval::Untagged(name) => format!("untagged: {name}"),
            ImageRemoval::Deleted(id) => {
                reclaimed = reclaimed.saturating_add(sizes.get(&id).copied().unwrap_or(0));
                format!("deleted: {id}")
            }
        });
        let deleted = deleted.collect();
        self.note(context, "image", "prune", "", [("reclaimed".to_owned(), reclaimed.to_string())].into());
        Ok(Response::Pruned { deleted, reclaimed })
    }

    /// The size of each stack's top layer, by chain ID.
    fn layer_sizes(&self) -> BTreeMap<String, u64> {
        let layers =
            self.images.iter().flat_map(|image| image.chain_ids().iter().zip(image.layers()).collect::<Vec<_>>());
        layers.map(|(chain_id, layer)| (chain_id.to_string(), layer.size())).collect()
    }

    /// The last name of an image that a container is made from goes only by force.
    fn check_last_name(&self, name: &str, id: &Digest, force: bool) -> Result<(), ApiError> {
        if force || !self.has_single_name(id) {
            return Ok(());
        }
        let Some(container) = self.containers.values().find(|container| container.image == *id) else { return Ok(()) };
        let (container, image) = (container.id.get(..12).unwrap_or_default(), id.short());
        Err(ApiError::conflict(format!(
            "conflict: unable to remove repository reference \"{name}\" (must force) - container {container} is using its referenced image {image}"
        )))
    }

    /// Takes a name away, and with a repository's last tag its digests.
    fn remove_name(
        &mut self,
        context: &mut Context,
        reference: &Reference,
        removals: &mut Vec<ImageRemoval>,
    ) -> Result<(), ApiError> {
        let Some(id) = self.images.named(reference) else {
            return Err(no_such_image(&reference.familiar()));
        };
        self.untag(context, reference, removals);
        if reference.digest().is_some() {
            return Ok(());
        }
        let siblings: Vec<Reference> =
            self.images.names_of(&id).filter(|name| name.name() == reference.name()).cloned().collect();
        if siblings.iter().all(|name| name.digest().is_some()) {
            for name in siblings {
                self.untag(context, &name, removals);
            }
        }
        Ok(())
    }

    fn remove_all_names(&mut self, context: &mut Context, id: &Digest, removals: &mut Vec<ImageRemoval>) {
        let names: Vec<Reference> = self.images.names_of(id).cloned().collect();
        for name in names {
            self.untag(context, &name, removals);
        }
    }

    fn untag(&mut self, context: &mut Context, name: &Reference, removals: &mut Vec<ImageRemoval>) -> Option<Digest> {
        let id = self.images.untag(name)?;
        removals.push(ImageRemoval::Untagged(name.familiar()));
        context.emit(EventKind::ImageUntagged { reference: name.familiar(), image: id });
        let actor = id.to_string();
        self.log_image_event(context, "untag", &actor, &actor);
        Some(id)
    }

    /// Deletes an image unless something stands against it; `quiet` when only its name was asked to go.
    fn delete_image(
        &mut self,
        context: &mut Context,
        id: &Digest,
        force: bool,
        prune: bool,
        quiet: bool,
        removals: &mut Vec<ImageRemoval>,
    ) -> Result<(), ApiError> {
        if let Some(conflict) = self.conflict(id, Conflicts { names: !force, stopped: !force }) {
            let dangling = self.images.names_of(id).next().is_none() && !self.images.has_children(id);
            return if quiet && (!dangling || conflict.used) { Ok(()) } else { Err(conflict.error(id)) };
        }
        let parent = self.images.parent(id);
        self.remove_all_names(context, id, removals);
        let diff_ids = self.images.get(id).map(|image| image.config().diff_ids.clone()).unwrap_or_default();
        let released = self.images.remove(id, self.is_used(id));
        let actor = id.to_string();
        self.log_image_event(context, "delete", &actor, &actor);
        context.emit(EventKind::ImageDeleted { image: *id });
        removals.push(ImageRemoval::Deleted(actor));
        for (index, chain_id) in released.iter().enumerate() {
            removals.push(ImageRemoval::Deleted(chain_id.to_string()));
            if let Some(layer) = diff_ids.iter().rev().nth(index) {
                context.emit(EventKind::LayerDeleted { layer: *layer });
            }
        }
        match parent {
            Some(parent) if prune => self.delete_image(context, &parent, false, true, true, removals),
            _ => Ok(()),
        }
    }

    fn conflict(&self, id: &Digest, conflicts: Conflicts) -> Option<Conflict> {
        let conflict = |hard, used, message| Some(Conflict { hard, used, message });
        if self.images.has_children(id) {
            return conflict(true, false, "image has dependent child images".to_owned());
        }
        let using = |running: bool| {
            let mut all = self.containers.values().filter(|container| container.image == *id);
            all.find(|container| container.state.status.is_running() == running)
                .map(|container| container.id.get(..12).unwrap_or_default().to_owned())
        };
        if let Some(container) = using(true) {
            return conflict(true, true, format!("image is being used by running container {container}"));
        }
        if conflicts.names && self.images.names_of(id).next().is_some() {
            return conflict(false, false, "image is referenced in multiple repositories".to_owned());
        }
        match using(false).filter(|_| conflicts.stopped) {
            Some(container) => conflict(false, true, format!("image is being used by stopped container {container}")),
            None => None,
        }
    }

    /// Whether an image has one name, or one tag and the digests of the same repository.
    fn has_single_name(&self, id: &Digest) -> bool {
        let tags = self.images.names_of(id).filter(|name| name.digest().is_none()).count();
        let mut repositories: Vec<String> = self.images.names_of(id).map(Reference::name).collect();
        repositories.dedup();
        tags <= 1 && repositories.len() == 1
    }

    fn is_used(&self, id: &Digest) -> bool {
        self.containers.values().any(|container| container.image == *id)
    }

    /// Lets the layers of removed images go whose containers are gone too.
    pub(super) fn release_removed_images(&mut self) {
        let unused: Vec<Digest> = self.images.removed().filter(|id| !self.is_used(id)).collect();
        for id in unused {
            self.images.release(&id);
        }
    }
}

/// Whether what was typed is the image's ID or the beginning of it.
fn is_prefix_of(typed: &str, id: &Digest) -> bool {
    let full = id.to_string();
    full.starts_with(typed) || full.strip_prefix("sha256:").is_some_and(|hex| hex.starts_with(typed))
}
