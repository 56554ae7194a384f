//! `docker compose logs` and `events` under way.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::containers::{Listed, name_without_project};
use super::monitor::{EventCursor, Happening, Monitor, What};
use super::streams::Stream;
use super::{Bench, Job, Step};
use crate::client::compose::ComposeError;
use crate::client::compose::log::LogConsumer;
use crate::client::compose::project::label;
use crate::client::execute::timestamp;
use crate::world::clock::Time;
use crate::world::daemon::api::{EngineEvent, Filters};
use crate::world::process::Wait;
use crate::world::registry::go_json::{self, Layout};

/// Which logs are shown, and how.
#[derive(Clone, Debug)]
pub struct FollowLogs {
    pub project: String,
    pub services: Vec<String>,
    pub follows: bool,
    pub since: Option<Time>,
    pub until: Option<Time>,
    pub tail: Option<usize>,
    pub prefixes: bool,
    pub timestamps: bool,
}

impl FollowLogs {
    /// The job that shows the logs of these containers.
    ///
    /// # Errors
    /// What the engine refuses.
    pub fn job(self, bench: &mut Bench<'_, '_>, containers: &[Listed]) -> Result<Box<dyn Job>, ComposeError> {
        let monitor = match self.follows {
            true => Some(Monitor::new(bench, &self.project, &self.services)?),
            false => None,
        };
        let consumer = LogConsumer::new(self.prefixes, false);
        let streams = containers.iter().map(|container| {
            let name = name_without_project(container.name(), &container.0.labels);
            self.stream(&container.0.id, &name, self.since)
        });
        Ok(Box::new(Logs { streams: streams.collect(), consumer, monitor, plan: self }))
    }

    fn stream(&self, container: &str, name: &str, since: Option<Time>) -> Stream {
        Stream::log(container, name).between(since, self.until).tail(self.tail)
    }
}

#[derive(Clone, Debug)]
struct Logs {
    plan: FollowLogs,
    consumer: LogConsumer,
    streams: Vec<Stream>,
    monitor: Option<Monitor>,
}

impl Logs {
    fn show_lines(&mut self, bench: &mut Bench<'_, '_>) -> Result<(), ComposeError> {
        for stream in &mut self.streams {
            let lines = match stream.read(bench) {
                Ok(lines) => lines,
                // A container without a log is told of, and is no failure.
                Err(ComposeError::Engine(error))
                    if error.status == 500 && error.message.contains("configured logging driver") =>
                {
                    stream.finished = true;
                    let text = format!("Can't retrieve logs for \"{}\": {error}", stream.name);
                    bench.warn(&text);
                    continue;
                }
                Err(error) => return Err(error),
            };
            for line in lines {
                let mut bytes = line.bytes;
                if self.plan.timestamps {
                    bytes.splice(0..0, format!("{} ", timestamp(line.at)).into_bytes());
                }
                self.consumer.line(bench.client, &line.name, &bytes, line.at, false);
            }
        }
        Ok(())
    }

    fn happened(&mut self, bench: &mut Bench<'_, '_>, happening: &Happening) {
        match happening.what {
            What::Recreated => self.consumer.status(bench.client, &happening.replaces, "has been recreated"),
            What::Started { .. } => {
                let started = bench.inspect(&happening.id).map(|mut found| found["State"]["StartedAt"].take());
                let since = started.ok().and_then(|value| Time::parse_rfc3339(value.as_str()?));
                self.streams.push(self.plan.stream(&happening.id, &happening.name, since));
            }
            What::Exited { code, restarts } => {
                let restarting = if restarts { " (restarting)" } else { "" };
                let text = format!("exited with code {code}{restarting}");
                self.consumer.status(bench.client, &happening.name, &text);
            }
        }
    }
}

impl Job for Logs {
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        self.show_lines(bench)?;
        let Some(mut monitor) = self.monitor.take() else { return Ok(None) };
        for happening in monitor.look(bench)? {
            self.happened(bench, &happening);
        }
        self.show_lines(bench)?;
        self.streams.retain(|stream| !stream.finished);
        let past = self.plan.until.is_some_and(|until| until <= bench.system.now());
        if (monitor.is_over() && self.streams.is_empty()) || past {
            return Ok(None);
        }
        self.monitor = Some(monitor);
        Ok(Some(Wait::Engine))
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

/// Which events are shown, and how.
#[derive(Clone, Debug)]
pub struct FollowEvents {
    pub services: Vec<String>,
    pub json: bool,
    pub filters: Filters,
    pub since: Option<Time>,
    pub until: Option<Time>,
}

impl FollowEvents {
    /// The job.
    pub fn job(self, bench: &Bench<'_, '_>) -> Box<dyn Job> {
        let since = self.since.unwrap_or_else(|| bench.system.now());
        let cursor = EventCursor::since(since, self.filters.clone());
        Box::new(Events { plan: self, cursor })
    }
}

#[derive(Clone, Debug)]
struct Events {
    plan: FollowEvents,
    cursor: EventCursor,
}

impl Events {
    fn show(&self, bench: &mut Bench<'_, '_>, event: &EngineEvent) {
        let label = |name: &str| event.attributes.get(name).map_or("", String::as_str);
        let service = label(label::SERVICE);
        let is_meant = self.plan.services.is_empty() || self.plan.services.iter().any(|name| name == service);
        if event.kind != "container" || label(label::ONE_OFF) == "True" || !is_meant {
            return;
        }
        let others = event.attributes.iter().filter(|(name, _)| !name.starts_with("com.docker.compose."));
        let attributes: BTreeMap<&String, &String> = others.collect();
        let line = match self.plan.json {
            true => {
                let mut object = Map::new();
                object.insert("action".to_owned(), json!(event.action));
                object.insert("attributes".to_owned(), json!(attributes));
                object.insert("id".to_owned(), json!(event.actor));
                object.insert("service".to_owned(), json!(service));
                object.insert("time".to_owned(), json!(event.at.to_string()));
                object.insert("type".to_owned(), json!("container"));
                String::from_utf8_lossy(&go_json::encode(&Value::Object(object), Layout::Compact)).into_owned()
            }
            false => {
                let pairs: Vec<String> = attributes.iter().map(|(name, value)| format!("{name}={value}")).collect();
                let time = timestamp(event.at).replace('T', " ");
                // Six digits of the second, and an empty line after each event.
                let time = time.get(..26).unwrap_or(&time);
                format!("{time} container {} {} ({})\n", event.action, event.actor, pairs.join(", "))
            }
        };
        bench.client.out(format!("{line}\n"));
    }
}

impl Job for Events {
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        let now = bench.system.now();
        for event in self.cursor.read(bench)? {
            if self.plan.until.is_none_or(|until| event.at <= until) {
                self.show(bench, &event);
            }
        }
        match self.plan.until {
            // The end of the stream is an error to Compose.
            Some(until) if until <= now => Err(ComposeError::Message("EOF".to_owned())),
            Some(until) => Ok(Some(Wait::Any(vec![Wait::Engine, Wait::Until(until)]))),
            None => Ok(Some(Wait::Engine)),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
