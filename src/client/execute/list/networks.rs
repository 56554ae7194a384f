//! `docker network ls`: docker/cli `cli/command/network/formatter.go`.

use std::borrow::Cow;

use crate::client::execute::rows::{self, Columns};
use crate::client::natural::natural_order;
use crate::client::program::Client;
use crate::client::template::output::Header;
use crate::client::truncation::truncate_id;
use crate::client::units::go_time;
use crate::world::daemon::api::{NetworkSummary, Request, Response};
use crate::world::process::System;

const TABLE: &str = "table {{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}";

struct NetworkRow {
    network: NetworkSummary,
    whole: bool,
}

impl Columns for NetworkRow {
    const TYPE: &'static str = "*network.networkContext";
    const NAMES: &'static [&'static str] =
        &["CreatedAt", "Driver", "ID", "IPv4", "IPv6", "Internal", "Labels", "Name", "Scope"];
    const TITLES: Header = Header(&[
        ("ID", "NETWORK ID"),
        ("Name", "NAME"),
        ("Driver", "DRIVER"),
        ("Scope", "SCOPE"),
        ("IPv4", "IPV4"),
        ("IPv6", "IPV6"),
        ("Internal", "INTERNAL"),
        ("Labels", "LABELS"),
        ("CreatedAt", "CREATED AT"),
    ]);

    fn column(&self, name: &str) -> Cow<'_, str> {
        let network = &self.network;
        Cow::Owned(match name {
            "CreatedAt" => go_time(network.created),
            "Driver" => network.driver.clone(),
            "ID" if self.whole => network.id.clone(),
            "ID" => truncate_id(&network.id).to_owned(),
            "IPv4" => "true".to_owned(),
            "IPv6" => network.ipv6.to_string(),
            "Internal" => network.internal.to_string(),
            "Labels" => rows::joined_labels(&network.labels),
            "Name" => network.name.clone(),
            "Scope" => network.scope.clone(),
            _ => String::new(),
        })
    }

    fn label(&self, name: &str) -> Option<String> {
        Some(self.network.labels.get(name).cloned().unwrap_or_default())
    }
}

/// `docker network ls`.
///
/// # Errors
/// The exit code.
pub fn list(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let parsed = &invocation.parsed;
    let request = Request::NetworkList { filters: rows::filters(client) };
    let Response::Networks(mut networks) = client.ask(system, request)? else { return Ok(()) };
    networks.sort_by(|a, b| natural_order(&a.name, &b.name));
    let whole = parsed.on("no-trunc");
    let rows: Vec<NetworkRow> = networks.into_iter().map(|network| NetworkRow { network, whole }).collect();
    let format = parsed.text("format").unwrap_or_default();
    let quiet = matches!(format, "" | "table") && parsed.on("quiet");
    rows::print(client, if quiet { "{{.ID}}" } else { format }, TABLE, &rows)
}
