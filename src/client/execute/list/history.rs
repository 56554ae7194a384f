//! `docker history`: docker/cli `cli/command/image/formatter_history.go`.

use std::borrow::Cow;

use crate::client::execute::platform::platform;
use crate::client::execute::rows::{self, Columns};
use crate::client::program::Client;
use crate::client::template::output::Header;
use crate::client::truncation::{ellipsis, truncate_id};
use crate::client::units::{human_duration, human_size_with_precision};
use crate::world::clock::Time;
use crate::world::daemon::api::{HistoryEntry, Request, Response};
use crate::world::process::System;

const TABLE: &str = "table {{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}";
const TABLE_NOT_HUMAN: &str = "table {{.ID}}\t{{.CreatedAt}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}";
/// The width to which the step is cut.
const STEP_WIDTH: usize = 45;

struct HistoryRow {
    entry: HistoryEntry,
    human: bool,
    whole: bool,
    now: Time,
}

impl Columns for HistoryRow {
    const TYPE: &'static str = "*image.historyContext";
    const NAMES: &'static [&'static str] = &["Comment", "CreatedAt", "CreatedBy", "CreatedSince", "ID", "Size"];
    const TITLES: Header = Header(&[
        ("ID", "IMAGE"),
        ("CreatedSince", "CREATED"),
        ("CreatedAt", "CREATED AT"),
        ("CreatedBy", "CREATED BY"),
        ("Size", "SIZE"),
        ("Comment", "COMMENT"),
    ]);

    fn column(&self, name: &str) -> Cow<'_, str> {
        let entry = &self.entry;
        let date = || entry.created.map_or_else(String::new, |time| Time::from_seconds(time.seconds()).to_string());
        Cow::Owned(match name {
            "ID" => match &entry.id {
                None => "<missing>".to_owned(),
                Some(id) if self.whole => id.to_string(),
                Some(id) => truncate_id(&id.to_string()).to_owned(),
            },
            "CreatedAt" => date(),
            "CreatedSince" if !self.human => date(),
            "CreatedSince" => match entry.created {
                Some(made) => human_duration(self.now.since(made)) + " ago",
                None => "N/A".to_owned(),
            },
            "CreatedBy" => {
                let step = entry.created_by.replace('\t', " ");
                if self.whole { step } else { ellipsis(&step, STEP_WIDTH) }
            }
            "Size" if self.human => human_size_with_precision(entry.size, 3),
            "Size" => entry.size.to_string(),
            "Comment" => entry.comment.clone(),
            _ => String::new(),
        })
    }
}

/// `docker history`.
///
/// # Errors
/// The exit code.
pub fn list(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let parsed = &invocation.parsed;
    let name = parsed.arguments.first().cloned().unwrap_or_default();
    let platform = platform(client, "invalid platform: ")?;
    let request = Request::ImageHistory { name, platform };
    let Response::History(entries) = client.ask(system, request)? else { return Ok(()) };
    let (human, whole, now) = (parsed.on("human"), parsed.on("no-trunc"), system.now());
    let rows: Vec<HistoryRow> = entries.into_iter().map(|entry| HistoryRow { entry, human, whole, now }).collect();
    let format = parsed.text("format").unwrap_or_default();
    let table = if human { TABLE } else { TABLE_NOT_HUMAN };
    let quiet = matches!(format, "" | "table") && parsed.on("quiet");
    rows::print(client, if quiet { "{{.ID}}" } else { format }, table, &rows)
}
