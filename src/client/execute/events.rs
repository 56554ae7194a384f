//! `docker events`: the daemon's own log, as lines or by a template.
//!
//! Promises: docker/cli `cli/command/system/events.go`.

use serde_json::{Value as Json, json};

use super::{logs, moment, rows};
use crate::client::inspect_types::EVENT;
use crate::client::program::{Client, Flow, Task};
use crate::client::template::{MissingKey, Template, Value};
use crate::client::units::go_quote;
use crate::world::clock::Time;
use crate::world::daemon::api::{EngineEvent, Request, Response};
use crate::world::process::{System, Wait};

/// `docker events`.
pub fn events() -> Box<dyn Task> {
    Box::new(Events { begun: None })
}

#[derive(Clone, Debug)]
struct Events {
    begun: Option<Begun>,
}

#[derive(Clone, Debug)]
struct Begun {
    since: Time,
    until: Option<Time>,
    template: Option<Template>,
}

fn begin(client: &mut Client, now: Time) -> Result<Begun, i32> {
    let invocation = client.invocation.clone();
    let mut read = |name: &str| match invocation.parsed.text(name).filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => moment::parse(text, now).map(Some).ok_or_else(|| {
            client.err(format!("failed to parse value as time or duration: {}\n", go_quote(text)));
            1
        }),
    };
    let (since, until) = (read("since")?, read("until")?);
    let template = match invocation.parsed.text("format").unwrap_or_default() {
        "" => None,
        format => {
            let source = if format == "json" { "{{json .}}" } else { format };
            // Docker tries it on an event without anything in it.
            let parsed = Template::parse(source).and_then(|template| {
                let nothing = json!({"Actor": {"Attributes": {}}});
                template.execute(Value::of(&nothing, EVENT), MissingKey::NoValue).map(|_| template)
            });
            match parsed {
                Ok(template) => Some(template),
                Err(error) => {
                    client.err(format!("Error parsing format: {error}\n"));
                    return Err(64);
                }
            }
        }
    };
    Ok(Begun { since: since.unwrap_or(now), until, template })
}

/// An event as the API writes it.
fn object(event: &EngineEvent) -> Json {
    let mut object = json!({});
    if let Json::Object(members) = &mut object {
        if event.kind == "container" {
            let from = event.attributes.get("image").map_or("", String::as_str);
            members.insert("status".to_owned(), event.action.as_str().into());
            members.insert("id".to_owned(), event.actor.as_str().into());
            members.insert("from".to_owned(), from.into());
        }
        members.insert("Type".to_owned(), event.kind.into());
        members.insert("Action".to_owned(), event.action.as_str().into());
        members.insert("Actor".to_owned(), json!({"ID": event.actor, "Attributes": event.attributes}));
        members.insert("scope".to_owned(), "local".into());
        members.insert("time".to_owned(), event.at.seconds().into());
        members.insert("timeNano".to_owned(), event.at.nanoseconds().into());
    }
    object
}

/// An event as a line.
fn line(event: &EngineEvent) -> String {
    let attributes: Vec<String> = event.attributes.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let attributes = match attributes.is_empty() {
        true => String::new(),
        false => format!(" ({})", attributes.join(", ")),
    };
    let time = logs::timestamp(event.at);
    format!("{time} {} {} {}{attributes}\n", event.kind, event.action, event.actor)
}

impl Events {
    fn step(&mut self, client: &mut Client, system: &mut System<'_>) -> Result<Option<Wait>, i32> {
        if self.begun.is_none() {
            self.begun = Some(begin(client, system.now())?);
        }
        let Some(begun) = &mut self.begun else { return Err(1) };
        let now = system.now();
        let filters = rows::filters(client);
        let request = Request::Events { since: Some(begun.since), until: Some(begun.until.unwrap_or(now)), filters };
        let Response::Events(events) = client.ask(system, request)? else { return Err(1) };
        for event in &events {
            match &begun.template {
                None => client.out(line(event)),
                Some(template) => {
                    let object = object(event);
                    match template.execute(Value::of(&object, EVENT), MissingKey::NoValue) {
                        Ok(text) => client.out(text + "\n"),
                        Err(error) => {
                            client.err(format!("{error}\n"));
                            return Err(1);
                        }
                    }
                }
            }
        }
        if let Some(last) = events.last() {
            begun.since = Time::from_nanoseconds(last.at.nanoseconds().saturating_add(1));
        }
        Ok(match begun.until {
            Some(until) if until <= now => None,
            Some(until) => Some(Wait::Any(vec![Wait::Engine, Wait::Until(until)])),
            None => Some(Wait::Engine),
        })
    }
}

impl Task for Events {
    fn resume(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        match self.step(client, system) {
            Ok(Some(wait)) => Flow::Wait(wait),
            Ok(None) => Flow::Done(0),
            Err(code) => Flow::Done(code),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}
