//! `docker volume ls`: docker/cli `formatter/volume.go`.

use std::borrow::Cow;

use crate::client::execute::rows::{self, Columns};
use crate::client::natural::natural_order;
use crate::client::program::Client;
use crate::client::template::output::Header;
use crate::world::daemon::api::{Request, Response, VolumeSummary};
use crate::world::process::System;

const TABLE: &str = "table {{.Driver}}\t{{.Name}}";

struct VolumeRow(VolumeSummary);

impl Columns for VolumeRow {
    const TYPE: &'static str = "*formatter.volumeContext";
    const NAMES: &'static [&'static str] =
        &["Availability", "Driver", "Group", "Labels", "Links", "Mountpoint", "Name", "Scope", "Size", "Status"];
    const TITLES: Header = Header(&[
        ("Name", "VOLUME NAME"),
        ("Group", "GROUP"),
        ("Driver", "DRIVER"),
        ("Scope", "SCOPE"),
        ("Availability", "AVAILABILITY"),
        ("Mountpoint", "MOUNTPOINT"),
        ("Labels", "LABELS"),
        ("Links", "LINKS"),
        ("Size", "SIZE"),
        ("Status", "STATUS"),
    ]);

    fn column(&self, name: &str) -> Cow<'_, str> {
        Cow::Owned(match name {
            "Driver" => self.0.driver.clone(),
            "Labels" => rows::joined_labels(&self.0.labels),
            "Mountpoint" => self.0.mountpoint.clone(),
            "Name" => self.0.name.clone(),
            "Scope" => self.0.scope.clone(),
            _ => "N/A".to_owned(),
        })
    }

    fn label(&self, name: &str) -> Option<String> {
        Some(self.0.labels.get(name).cloned().unwrap_or_default())
    }
}

/// `docker volume ls`.
///
/// # Errors
/// The exit code.
pub fn list(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let parsed = &invocation.parsed;
    let request = Request::VolumeList { filters: rows::filters(client) };
    let Response::Volumes(mut volumes) = client.ask(system, request)? else { return Ok(()) };
    volumes.sort_by(|a, b| natural_order(&a.name, &b.name));
    let format = parsed.text("format").unwrap_or_default();
    let quiet = matches!(format, "" | "table") && parsed.on("quiet");
    print(client, if quiet { "{{.Name}}" } else { format }, volumes)
}

/// What `--format` makes of volumes.
///
/// # Errors
/// The exit code for a wrong template; the text was printed.
pub fn print(client: &mut Client, format: &str, volumes: Vec<VolumeSummary>) -> Result<(), i32> {
    let rows: Vec<VolumeRow> = volumes.into_iter().map(VolumeRow).collect();
    rows::print(client, format, TABLE, &rows)
}
