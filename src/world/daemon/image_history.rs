//! `docker history`: the steps that led to an image, newest first.
//!
//! Promises: as moby's `daemon/images/image_history.go`: a step that made no layer has size 0; an ID only where the image of that
//! step is kept here. Must not know: how it is printed.

use super::api::{HistoryEntry, Response};
use super::system::parse_platform;
use super::{Answer, Daemon};
use crate::world::process::Kernel;

impl Daemon {
    pub(super) fn image_history(&self, kernel: &Kernel, name: &str, platform: Option<&str>) -> Answer {
        let image = self.images.lookup_for(name, parse_platform(platform, kernel)?.as_ref())?;
        let mut sizes = image.layers().iter().map(|layer| layer.size());
        let mut entries: Vec<HistoryEntry> = image
            .config()
            .history
            .iter()
            .map(|step| HistoryEntry {
                id: None,
                created: step.created,
                created_by: step.created_by.clone(),
                size: if step.empty_layer { 0 } else { sizes.next().unwrap_or(0) },
                comment: step.comment.clone(),
                tags: Vec::new(),
            })
            .collect();
        entries.reverse();
        let mut id = Some(image.id());
        for entry in &mut entries {
            let Some(known) = id else { break };
            entry.id = Some(known);
            entry.tags = self.images.tags_of(&known);
            id = self.images.parent(&known);
        }
        Ok(Response::History(entries))
    }
}
