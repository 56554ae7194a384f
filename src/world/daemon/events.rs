//! The engine's own log of what happened: what `docker events` shows.
//!
//! Promises: entries are in the order in which things happened; the log is limited, and the oldest go first (as in Docker, which
//! keeps the last 256; the model keeps more, because a lesson may look back further).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::api::{EngineEvent, Filters, Response};
use super::container::Container;
use super::{Answer, Daemon};
use crate::world::clock::Time;
use crate::world::context::Context;

/// Most entries that are kept.
const LIMIT: usize = 10_000;

impl Daemon {
    /// Notes that something happened now.
    pub(super) fn note(
        &mut self,
        context: &Context,
        kind: &'static str,
        action: impl Into<String>,
        actor: &str,
        attributes: BTreeMap<String, String>,
    ) {
        let (action, actor) = (action.into(), actor.to_owned());
        self.events.push_back(EngineEvent { at: context.now, kind, action, actor, attributes });
        if self.events.len() > LIMIT {
            self.events.pop_front();
        }
    }

    /// Notes that something happened to a container, with its image, name and labels, and what else is to be told.
    pub(super) fn note_container(
        &mut self,
        context: &Context,
        container: &Container,
        action: impl Into<String>,
        more: &[(&str, String)],
    ) {
        let mut attributes = container.config.run.labels.clone();
        attributes.insert("image".to_owned(), container.config.image.clone());
        attributes.insert("name".to_owned(), container.name.clone());
        attributes.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        self.note(context, "container", action, &container.id, attributes);
    }

    /// Notes that a container's volumes are mounted, or no longer so (moby `setupMounts`, `UnmountVolumes`).
    pub(super) fn note_volumes(&mut self, context: &Context, container: &Container, action: &str) {
        for mount in container.mounts.iter().filter(|mount| mount.kind == "volume") {
            let Some(name) = &mount.name else { continue };
            let mut attributes = BTreeMap::from([
                ("driver".to_owned(), "local".to_owned()),
                ("container".to_owned(), container.id.to_string()),
            ]);
            if action == "mount" {
                attributes.insert("destination".to_owned(), mount.target.clone());
                attributes.insert("read/write".to_owned(), mount.read_write.to_string());
                attributes.insert("propagation".to_owned(), mount.propagation.clone());
            }
            self.note(context, "volume", action, name, attributes);
        }
    }

    /// `GET /events`.
    pub(super) fn event_list(&self, now: Time, since: Option<Time>, until: Option<Time>, filters: &Filters) -> Answer {
        let since = since.unwrap_or(now);
        let chosen = self.events.iter().filter(|event| {
            event.at >= since && until.is_none_or(|until| event.at <= until) && self.event_matches(event, filters)
        });
        Ok(Response::Events(chosen.cloned().collect()))
    }

    /// Whether an entry passes the filters: every named filter must have a value that fits (moby `events/filter.go`).
    fn event_matches(&self, event: &EngineEvent, filters: &Filters) -> bool {
        let attribute = |name: &str| event.attributes.get(name).map(String::as_str);
        let is_actor = |kind: &str, value: &str| {
            event.kind == kind
                && (event.actor == value
                    || (value.len() >= 4 && event.actor.starts_with(value))
                    || attribute("name") == Some(value))
        };
        filters.iter().all(|(name, values)| {
            values.is_empty()
                || values.iter().any(|value| match name.as_str() {
                    "type" => event.kind == value,
                    // `exec_create: ls ` and `health_status: healthy` match their first word too.
                    "event" => event.action == *value || event.action.split(':').next() == Some(value.as_str()),
                    "container" | "network" | "volume" => is_actor(name, value),
                    "image" => is_actor("image", value) || attribute("image") == Some(value),
                    "label" => match value.split_once('=') {
                        Some((key, wanted)) => attribute(key) == Some(wanted),
                        None => event.attributes.contains_key(value),
                    },
                    "daemon" | "scope" => true,
                    _ => false,
                })
        })
    }

    /// The `attributes` of an event about a named thing.
    pub(super) fn named(name: &str) -> BTreeMap<String, String> {
        BTreeMap::from([("name".to_owned(), name.to_owned())])
    }
}

/// The name of a container as events and messages carry it.
pub(super) fn short(id: &Arc<str>) -> String {
    id.chars().take(12).collect()
}
