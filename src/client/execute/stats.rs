//! `docker stats --no-stream`: docker/cli `cli/command/container/formatter_stats.go`.
//!
//! Promises: the columns and their arithmetic. A display that goes on is not modelled, and refused.

use std::borrow::Cow;

use serde_json::Value;

use super::rows::{self, Columns};
use crate::client::commands::not_modelled;
use crate::client::program::Client;
use crate::client::template::output::Header;
use crate::client::truncation::truncate_id;
use crate::client::units::{bytes_size, human_size_with_precision};
use crate::world::daemon::api::{Filters, Request, Response};
use crate::world::process::System;

const TABLE: &str = "table {{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t\
                     {{.BlockIO}}\t{{.PIDs}}";

struct StatsRow {
    /// What the user called it.
    container: String,
    stats: Value,
    whole: bool,
}

impl StatsRow {
    fn number(&self, path: &str) -> f64 {
        self.stats.pointer(path).and_then(Value::as_f64).unwrap_or(0.0)
    }

    fn bytes(&self, path: &str) -> u64 {
        self.stats.pointer(path).and_then(Value::as_u64).unwrap_or(0)
    }

    fn text(&self, path: &str) -> &str {
        self.stats.pointer(path).and_then(Value::as_str).unwrap_or_default()
    }

    fn cpu(&self) -> f64 {
        let used = self.number("/cpu_stats/cpu_usage/total_usage") - self.number("/precpu_stats/cpu_usage/total_usage");
        let system = self.number("/cpu_stats/system_cpu_usage") - self.number("/precpu_stats/system_cpu_usage");
        if system > 0.0 && used > 0.0 { used / system * self.number("/cpu_stats/online_cpus") * 100.0 } else { 0.0 }
    }

    fn network(&self, key: &str) -> u64 {
        let networks = self.stats.get("networks").and_then(Value::as_object);
        let of = |network: &Value| network.get(key).and_then(Value::as_u64);
        networks.map_or(0, |networks| networks.values().filter_map(of).sum())
    }
}

impl Columns for StatsRow {
    const TYPE: &'static str = "*container.statsContext";
    const NAMES: &'static [&'static str] =
        &["BlockIO", "CPUPerc", "Container", "ID", "MemPerc", "MemUsage", "Name", "NetIO", "PIDs"];
    const TITLES: Header = Header(&[
        ("Container", "CONTAINER"),
        ("Name", "NAME"),
        ("ID", "CONTAINER ID"),
        ("CPUPerc", "CPU %"),
        ("MemUsage", "MEM USAGE / LIMIT"),
        ("MemPerc", "MEM %"),
        ("NetIO", "NET I/O"),
        ("BlockIO", "BLOCK I/O"),
        ("PIDs", "PIDS"),
    ]);

    fn column(&self, name: &str) -> Cow<'_, str> {
        let (usage, limit) = (self.bytes("/memory_stats/usage"), self.bytes("/memory_stats/limit"));
        Cow::Owned(match name {
            "BlockIO" => "0B / 0B".to_owned(),
            "CPUPerc" => format!("{:.2}%", self.cpu()),
            "Container" => self.container.clone(),
            "ID" if self.whole => self.text("/id").to_owned(),
            "ID" => truncate_id(self.text("/id")).to_owned(),
            "MemPerc" if limit == 0 => "0.00%".to_owned(),
            "MemPerc" => {
                format!("{:.2}%", self.number("/memory_stats/usage") / self.number("/memory_stats/limit") * 100.0)
            }
            "MemUsage" => format!("{} / {}", bytes_size(usage), bytes_size(limit)),
            "Name" => self.text("/name").trim_start_matches('/').to_owned(),
            "NetIO" => {
                let shown = |key| human_size_with_precision(self.network(key), 3);
                format!("{} / {}", shown("rx_bytes"), shown("tx_bytes"))
            }
            "PIDs" => self.bytes("/pids_stats/current").to_string(),
            _ => String::new(),
        })
    }
}

/// `docker stats`.
///
/// # Errors
/// The exit code.
pub fn stats(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let parsed = &invocation.parsed;
    if !parsed.on("no-stream") {
        client.err(not_modelled(&format!("{} without --no-stream", invocation.path)) + "\n");
        return Err(1);
    }
    let mut names = parsed.arguments.clone();
    if names.is_empty() {
        let request =
            Request::ContainerList { all: parsed.on("all"), last: None, size: false, filters: Filters::new() };
        let Response::Containers(containers) = client.ask(system, request)? else { return Err(1) };
        names = containers.into_iter().map(|container| container.id.to_string()).collect();
    }
    let whole = parsed.on("no-trunc");
    let mut rows = Vec::new();
    for container in names {
        let request = Request::ContainerStats { container: container.clone() };
        let Response::Object(stats) = client.ask(system, request)? else { return Err(1) };
        rows.push(StatsRow { container, stats: *stats, whole });
    }
    rows::print(client, parsed.text("format").unwrap_or_default(), TABLE, &rows)
}
