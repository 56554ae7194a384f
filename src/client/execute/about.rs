//! `docker version`, `info` and `system df`.
//!
//! Promises: the layout of docker's client, and its types in the errors of templates.

use std::borrow::Cow;

use serde_json::{Value as Json, json};

use super::rows::{self, Columns};
use crate::client::program::{CLIENT_BUILD, CLIENT_VERSION, Client};
use crate::client::table;
use crate::client::template::output::Header;
use crate::client::template::{GoType, MissingKey, Object, Template, Value};
use crate::client::units::human_size;
use crate::world::daemon::api::{API_VERSION, Request, Response};
use crate::world::process::System;

/// JSON as a Go struct of this name: an unknown field is an error.
struct Typed<'j> {
    name: &'static str,
    json: &'j Json,
}

impl Object for Typed<'_> {
    fn type_name(&self) -> &str {
        self.name
    }

    fn field(&self, name: &str) -> Option<Value<'_>> {
        self.json.get(name).map(|value| Value::of(value, GoType::Any))
    }

    fn json(&self) -> Json {
        self.json.clone()
    }
}

fn formatted(client: &mut Client, format: &str, name: &'static str, object: &Json) -> Result<(), i32> {
    let source = if format == "json" { "{{json .}}" } else { format };
    let template = match Template::parse(source) {
        Ok(template) => template,
        Err(error) => {
            client.err(format!("template parsing error: {error}\n"));
            return Err(64);
        }
    };
    let typed = Typed { name, json: object };
    match template.execute(Value::Object(&typed), MissingKey::NoValue) {
        Ok(text) => {
            client.out(text + "\n");
            Ok(())
        }
        Err(error) => {
            client.out("\n");
            client.err(format!("{error}\n"));
            Err(1)
        }
    }
}

fn answered(client: &mut Client, system: &mut System<'_>, request: Request) -> Result<Json, i32> {
    match client.ask(system, request)? {
        Response::Object(object) => Ok(*object),
        _ => Err(1),
    }
}

/// A text of a JSON value, whatever its kind.
fn text(value: &Json, path: &str) -> String {
    match value.pointer(path) {
        Some(Json::String(text)) => text.clone(),
        Some(Json::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

/// `docker version`.
///
/// # Errors
/// The exit code.
pub fn version(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let format = client.invocation.parsed.text("format").unwrap_or_default().to_owned();
    let server = answered(client, system, Request::Version)?;
    let of = |path: &str| text(&server, path);
    let object = json!({
        "Client": {
            "Version": CLIENT_VERSION,
            "ApiVersion": API_VERSION,
            "APIVersion": API_VERSION,
            "DefaultAPIVersion": API_VERSION,
            "GitCommit": CLIENT_BUILD,
            "GoVersion": of("/GoVersion"),
            "Os": of("/Os"),
            "Arch": of("/Arch"),
            "BuildTime": of("/BuildTime"),
            "Context": "default",
        },
        "Server": server,
    });
    if !format.is_empty() {
        return formatted(client, &format, "system.versionInfo", &object);
    }
    let (os, arch) = (of("/Os"), of("/Arch"));
    let mut shown = format!(
        "Client:\n Version:\t{CLIENT_VERSION}\n API version:\t{API_VERSION}\n Go version:\t{}\n \
         Git commit:\t{CLIENT_BUILD}\n Built:\t{}\n OS/Arch:\t{os}/{arch}\n Context:\tdefault\n\nServer:",
        of("/GoVersion"),
        of("/BuildTime")
    );
    let platform = of("/Platform/Name");
    if !platform.is_empty() {
        shown.push_str(&format!(" {platform}"));
    }
    for component in server.get("Components").and_then(Json::as_array).into_iter().flatten() {
        let (name, version) = (text(component, "/Name"), text(component, "/Version"));
        shown.push_str(&format!("\n {name}:\n  Version:\t{version}"));
        if name == "Engine" {
            shown.push_str(&format!(
                "\n  API version:\t{} (minimum version {})\n  Go version:\t{}\n  Git commit:\t{}\n  Built:\t{}\n  \
                 OS/Arch:\t{os}/{arch}\n  Experimental:\tfalse",
                of("/ApiVersion"),
                of("/MinAPIVersion"),
                of("/GoVersion"),
                of("/GitCommit"),
                of("/BuildTime")
            ));
        }
    }
    shown.push('\n');
    client.out(table::align(&shown, table::VERSION));
    Ok(())
}

/// `docker info`.
///
/// # Errors
/// The exit code.
pub fn info(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let format = client.invocation.parsed.text("format").unwrap_or_default().to_owned();
    let mut info = answered(client, system, Request::Info)?;
    if !format.is_empty() {
        if let Json::Object(members) = &mut info {
            members.insert("ClientInfo".to_owned(), json!({"Version": CLIENT_VERSION, "Context": "default"}));
        }
        return formatted(client, &format, "system.dockerInfo", &info);
    }
    let of = |path: &str| text(&info, path);
    let mut shown =
        format!("Client:\n Version:    {CLIENT_VERSION}\n Context:    default\n Debug Mode: false\n\nServer:\n");
    for (title, path) in [
        (" Containers", "/Containers"),
        ("  Running", "/ContainersRunning"),
        ("  Paused", "/ContainersPaused"),
        ("  Stopped", "/ContainersStopped"),
        (" Images", "/Images"),
        (" Server Version", "/ServerVersion"),
        (" Storage Driver", "/Driver"),
    ] {
        shown.push_str(&format!("{title}: {}\n", of(path)));
    }
    for pair in info.get("DriverStatus").and_then(Json::as_array).into_iter().flatten() {
        shown.push_str(&format!("  {}: {}\n", text(pair, "/0"), text(pair, "/1")));
    }
    for (title, path) in [
        (" Logging Driver", "/LoggingDriver"),
        (" Cgroup Driver", "/CgroupDriver"),
        (" Cgroup Version", "/CgroupVersion"),
        (" Swarm", "/Swarm/LocalNodeState"),
        (" Default Runtime", "/DefaultRuntime"),
        (" Init Binary", "/InitBinary"),
        (" Kernel Version", "/KernelVersion"),
        (" Operating System", "/OperatingSystem"),
        (" OSType", "/OSType"),
        (" Architecture", "/Architecture"),
        (" CPUs", "/NCPU"),
    ] {
        shown.push_str(&format!("{title}: {}\n", of(path)));
    }
    let memory = info.get("MemTotal").and_then(Json::as_u64).unwrap_or(0);
    shown.push_str(&format!(" Total Memory: {}\n", crate::client::units::bytes_size(memory)));
    for (title, path) in [
        (" Name", "/Name"),
        (" ID", "/ID"),
        (" Docker Root Dir", "/DockerRootDir"),
        (" Debug Mode", "/Debug"),
        (" Experimental", "/ExperimentalBuild"),
        (" Live Restore Enabled", "/LiveRestoreEnabled"),
    ] {
        shown.push_str(&format!("{title}: {}\n", of(path)));
    }
    client.out(shown + "\n");
    Ok(())
}

struct UsageRow {
    kind: &'static str,
    total: usize,
    active: usize,
    size: u64,
    reclaimable: u64,
}

impl Columns for UsageRow {
    const TYPE: &'static str = "*formatter.diskUsageImagesContext";
    const NAMES: &'static [&'static str] = &["Active", "Reclaimable", "Size", "TotalCount", "Type"];
    const TITLES: Header = Header(&[
        ("Type", "TYPE"),
        ("TotalCount", "TOTAL"),
        ("Active", "ACTIVE"),
        ("Size", "SIZE"),
        ("Reclaimable", "RECLAIMABLE"),
    ]);

    fn column(&self, name: &str) -> Cow<'_, str> {
        Cow::Owned(match name {
            "Active" => self.active.to_string(),
            "Reclaimable" => match (self.reclaimable * 100).checked_div(self.size) {
                Some(percent) if self.kind != "Build Cache" => {
                    format!("{} ({percent}%)", human_size(self.reclaimable))
                }
                _ => human_size(self.reclaimable),
            },
            "Size" => human_size(self.size),
            "TotalCount" => self.total.to_string(),
            "Type" => self.kind.to_owned(),
            _ => String::new(),
        })
    }
}

/// `docker system df`.
///
/// # Errors
/// The exit code.
pub fn disk_usage(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    if invocation.parsed.on("verbose") {
        client.err(crate::client::commands::not_modelled(&format!("{} --verbose", invocation.path)) + "\n");
        return Err(1);
    }
    let usage = answered(client, system, Request::DiskUsage)?;
    let list = |name: &str| usage.get(name).and_then(Json::as_array).cloned().unwrap_or_default();
    let number = |item: &Json, key: &str| item.get(key).and_then(Json::as_u64).unwrap_or(0);
    let row = |kind, items: &[Json], size_key: &str, is_active: &dyn Fn(&Json) -> bool| {
        let size: u64 = items.iter().map(|item| number(item, size_key)).sum();
        let used: u64 = items.iter().filter(|item| is_active(item)).map(|item| number(item, size_key)).sum();
        let active = items.iter().filter(|item| is_active(item)).count();
        UsageRow { kind, total: items.len(), active, size, reclaimable: size - used }
    };
    let mut images = row("Images", &list("Images"), "Size", &|item| number(item, "Containers") > 0);
    let layers = number(&usage, "LayersSize");
    let used = images.size - images.reclaimable;
    (images.size, images.reclaimable) = (layers, layers.saturating_sub(used));
    let running = |item: &Json| matches!(text(item, "/State").as_str(), "running" | "paused" | "restarting");
    let rows = [
        images,
        row("Containers", &list("Containers"), "SizeRw", &running),
        row("Local Volumes", &list("Volumes"), "Size", &|item| number(item, "RefCount") > 0),
        row("Build Cache", &list("BuildCache"), "Size", &|_| false),
    ];
    const TABLE: &str = "table {{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}";
    rows::print(client, invocation.parsed.text("format").unwrap_or_default(), TABLE, &rows)
}
