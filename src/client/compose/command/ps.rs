//! `docker compose ps`.
//!
//! Promises: the columns of Compose's `formatter/container.go`.

use std::borrow::Cow;

use serde_json::{Value as Json, json};

use super::{done, named, project_or_name, refuse};
use crate::client::compose::ComposeError;
use crate::client::compose::project::label;
use crate::client::compose::work::{Bench, Job, Listed, OneOff, list};
use crate::client::execute::ContainerRow;
use crate::client::execute::rows::{self, Columns};
use crate::client::template::output::Header;
use crate::client::template::{Field, GoType, StructType, Value};
use crate::client::truncation::command_column;
use crate::world::daemon::api::PortSummary;

const TABLE: &str = "table {{.Name}}\t{{.Image}}\t{{.Command}}\t{{.Service}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}";

/// `api.PortPublisher`.
static PUBLISHER: StructType = StructType {
    name: "api.PortPublisher",
    fields: &[
        Field { name: "URL", json: "URL", go_type: GoType::Text },
        Field { name: "TargetPort", json: "TargetPort", go_type: GoType::Int },
        Field { name: "PublishedPort", json: "PublishedPort", go_type: GoType::Int },
        Field { name: "Protocol", json: "Protocol", go_type: GoType::Text },
    ],
};
static PUBLISHERS: GoType = GoType::List(&GoType::Struct(&PUBLISHER));

/// A row.
struct Row {
    /// What `docker ps` has too.
    common: ContainerRow,
    listed: Listed,
    health: String,
    exit_code: i64,
    publishers: Json,
}

impl Columns for Row {
    const TYPE: &'static str = "*formatter.ContainerContext";
    const NAMES: &'static [&'static str] = &[
        "Command",
        "CreatedAt",
        "ExitCode",
        "Health",
        "ID",
        "Image",
        "Labels",
        "LocalVolumes",
        "Mounts",
        "Name",
        "Names",
        "Networks",
        "Ports",
        "Project",
        "Publishers",
        "RunningFor",
        "Service",
        "Size",
        "State",
        "Status",
    ];
    const TITLES: Header = Header(&[
        ("ID", "CONTAINER ID"),
        ("Name", "NAME"),
        ("Project", "PROJECT"),
        ("Service", "SERVICE"),
        ("Image", "IMAGE"),
        ("Command", "COMMAND"),
        ("CreatedAt", "CREATED AT"),
        ("RunningFor", "CREATED"),
        ("Ports", "PORTS"),
        ("State", "STATE"),
        ("Status", "STATUS"),
        ("Size", "SIZE"),
        ("Labels", "LABELS"),
    ]);

    fn column(&self, name: &str) -> Cow<'_, str> {
        let container = &self.listed.0;
        match name {
            "Name" => self.listed.name().into(),
            "Service" => self.listed.service().into(),
            "Project" => self.listed.label(label::PROJECT).into(),
            "Image" => (*container.image).into(),
            "Command" => command_column(&container.command, self.common.whole).into(),
            "Health" => self.health.as_str().into(),
            name => self.common.column(name),
        }
    }

    fn value(&self, name: &str) -> Value<'_> {
        match name {
            "ExitCode" => Value::Int(self.exit_code),
            "Publishers" => Value::of(&self.publishers, PUBLISHERS),
            name => Value::text(self.column(name)),
        }
    }

    fn label(&self, name: &str) -> Option<String> {
        self.common.label(name)
    }
}

fn publisher(port: &PortSummary) -> Json {
    json!({
        "URL": port.ip.clone().unwrap_or_default(),
        "TargetPort": port.private,
        "PublishedPort": port.public.unwrap_or(0),
        "Protocol": port.protocol,
    })
}

fn row(bench: &mut Bench<'_, '_>, listed: Listed, whole: bool) -> Result<Row, ComposeError> {
    let state = bench.inspect(&listed.0.id)?["State"].take();
    let health = match listed.0.state {
        "running" => state["Health"]["Status"].as_str().unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    let exit_code = match listed.0.state {
        "exited" | "dead" => state["ExitCode"].as_i64().unwrap_or(0),
        _ => 0,
    };
    let mut ports: Vec<&PortSummary> = listed.0.ports.iter().collect();
    ports.sort_by_key(|port| port.private);
    let publishers = ports.into_iter().map(publisher).collect();
    let common = ContainerRow { container: listed.0.clone(), whole, now: bench.system.now() };
    Ok(Row { common, listed, health, exit_code, publishers })
}

/// `docker compose ps`.
///
/// # Errors
/// Files that are wrong, and wrong filters and templates.
pub fn ps(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let invocation = bench.client.invocation.clone();
    let flags = &invocation.parsed;
    let mut states: Vec<String> = flags.list("status").into_iter().map(str::to_owned).collect();
    match flags.text("filter").unwrap_or_default().split_once('=') {
        Some(("status", state)) => states.push(state.to_owned()),
        Some(("source", _)) => return refuse("not implemented"),
        Some((name, _)) => return refuse(format!("unknown filter {name}")),
        None if flags.text("filter").is_some_and(|filter| !filter.is_empty()) => {
            return refuse("arguments to --filter should be in form KEY=VAL");
        }
        None => {}
    }
    let mut services = named(bench);
    let (project, name) = project_or_name(bench, &services)?;
    if let Some(project) = project {
        if let Some(unknown) = services.iter().find(|service| !project.services.contains_key(*service)) {
            return refuse(format!("no such service: {unknown}"));
        }
        if services.is_empty() && !flags.on("orphans") {
            services = project.services.into_keys().collect();
        }
    }
    let all = flags.on("all") || !states.is_empty();
    let one_off = if all { OneOff::Include } else { OneOff::Exclude };
    let mut containers = list(bench, &name.to_lowercase(), one_off, all, &services)?;
    if !states.is_empty() {
        containers.retain(|container| states.iter().any(|state| state == container.0.state));
    }
    containers.sort_by(|a, b| a.name().cmp(b.name()));
    if flags.on("quiet") {
        for container in &containers {
            bench.client.out(format!("{}\n", container.0.id));
        }
        return Ok(done());
    }
    if flags.on("services") {
        let mut shown: Vec<&str> = Vec::new();
        for container in &containers {
            if !shown.contains(&container.service()) {
                shown.push(container.service());
            }
        }
        bench.client.out(format!("{}\n", shown.join("\n")));
        return Ok(done());
    }
    let whole = flags.on("no-trunc");
    let rows: Vec<Row> =
        containers.into_iter().map(|container| row(bench, container, whole)).collect::<Result<_, _>>()?;
    let format = flags.text("format").unwrap_or("table");
    match rows::print(bench.client, format, TABLE, &rows) {
        Ok(()) => Ok(done()),
        Err(code) => {
            bench.site.exit_code = code;
            Ok(done())
        }
    }
}
