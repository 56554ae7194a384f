//! What becomes of a project's containers, as the engine's events tell it.
//!
//! Promises: the rules of Compose's `monitor.go`: it is over when no container is left that may run.

use std::collections::BTreeSet;

use super::Bench;
use super::containers::{OneOff, list, name_without_project};
use crate::client::compose::ComposeError;
use crate::client::compose::project::label;
use crate::world::clock::Time;
use crate::world::daemon::api::{EngineEvent, Filters, Request, Response};

/// What happened to a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Recreated,
    Started { again: bool },
    Exited { code: i32, restarts: bool },
}

/// Something that happened to a container.
#[derive(Clone, Debug)]
pub struct Happening {
    pub at: Time,
    pub what: What,
    pub id: String,
    /// The container as it is shown.
    pub name: String,
    pub service: String,
    /// The container that it takes the place of.
    pub replaces: String,
}

/// Follows a project.
#[derive(Clone, Debug)]
pub struct Monitor {
    /// None: all.
    services: BTreeSet<String>,
    containers: BTreeSet<String>,
    restarting: BTreeSet<String>,
    events: EventCursor,
}

impl Monitor {
    /// Follows these services from now on.
    ///
    /// # Errors
    /// What the engine refuses.
    pub fn new(bench: &mut Bench<'_, '_>, project: &str, services: &[String]) -> Result<Monitor, ComposeError> {
        let services: BTreeSet<String> = services.iter().cloned().collect();
        let mut containers = list(bench, project, OneOff::Exclude, true, &[])?;
        containers.retain(|container| services.is_empty() || services.contains(container.service()));
        let containers = containers.into_iter().map(|container| container.0.id.to_string()).collect();
        let filters = Filters::from([
            ("type".to_owned(), vec!["container".to_owned()]),
            ("label".to_owned(), vec![format!("{}={project}", label::PROJECT)]),
        ]);
        let events = EventCursor::new(bench, filters)?;
        Ok(Monitor { services, containers, restarting: BTreeSet::new(), events })
    }

    /// Whether no container is left that may run.
    pub fn is_over(&self) -> bool {
        self.containers.is_empty()
    }

    /// What happened since the last look.
    ///
    /// # Errors
    /// What the engine refuses.
    pub fn look(&mut self, bench: &mut Bench<'_, '_>) -> Result<Vec<Happening>, ComposeError> {
        let mut happenings = Vec::new();
        for event in self.events.read(bench)? {
            happenings.extend(self.understand(bench, event)?);
        }
        Ok(happenings)
    }

    fn understand(&mut self, bench: &mut Bench<'_, '_>, event: EngineEvent) -> Result<Option<Happening>, ComposeError> {
        let attribute = |name: &str| event.attributes.get(name).map_or("", String::as_str);
        let service = attribute(label::SERVICE).to_owned();
        if !self.services.is_empty() && !self.services.contains(&service) {
            return Ok(None);
        }
        let replaces = attribute(label::REPLACE).to_owned();
        let id = event.actor.clone();
        let what = match event.action.as_str() {
            "create" => {
                self.containers.insert(id.clone());
                if replaces.is_empty() {
                    return Ok(None);
                }
                What::Recreated
            }
            "start" => {
                self.containers.insert(id.clone());
                What::Started { again: self.restarting.contains(&id) }
            }
            "die" => {
                let code = attribute("exitCode").parse().unwrap_or(0);
                let state = bench.inspect(&id).map(|mut found| found["State"].take()).unwrap_or_default();
                let restarts = state["Restarting"] == true || state["Running"] == true;
                if restarts {
                    self.restarting.insert(id.clone());
                } else {
                    self.containers.remove(&id);
                }
                What::Exited { code, restarts }
            }
            _ => return Ok(None),
        };
        let name = name_without_project(attribute("name"), &event.attributes);
        Ok(Some(Happening { at: event.at, what, id, name, service, replaces }))
    }
}

/// A place in the engine's log of events.
#[derive(Clone, Debug)]
pub struct EventCursor {
    filters: Filters,
    since: Time,
    /// How many events of that moment were read.
    read: usize,
}

impl EventCursor {
    /// The end of the log.
    ///
    /// # Errors
    /// What the engine refuses.
    pub fn new(bench: &mut Bench<'_, '_>, filters: Filters) -> Result<EventCursor, ComposeError> {
        let mut cursor = EventCursor { filters, since: bench.system.now(), read: 0 };
        cursor.read(bench)?;
        Ok(cursor)
    }

    /// All events from a moment on.
    pub fn since(since: Time, filters: Filters) -> EventCursor {
        EventCursor { filters, since, read: 0 }
    }

    /// What came since the last look, also within the same moment.
    ///
    /// # Errors
    /// What the engine refuses.
    pub fn read(&mut self, bench: &mut Bench<'_, '_>) -> Result<Vec<EngineEvent>, ComposeError> {
        let request =
            Request::Events { since: Some(self.since), until: Some(bench.system.now()), filters: self.filters.clone() };
        let Response::Events(events) = bench.ask(request)? else { return Ok(Vec::new()) };
        let new: Vec<EngineEvent> = events.iter().skip(self.read).cloned().collect();
        if let Some(last) = events.last() {
            self.read = events.iter().filter(|event| event.at == last.at).count();
            self.since = last.at;
        }
        Ok(new)
    }
}
