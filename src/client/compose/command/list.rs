//! `docker compose ls`, `images`, `volumes`, `top`, `port` and `version`: looks that are done at once.
//!
//! Promises: the tables and JSON of Compose's `formatter.Print`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{done, named, project_name, project_or_name, refuse};
use crate::client::compose::ComposeError;
use crate::client::compose::project::{VERSION, label};
use crate::client::compose::work::{Bench, Job, Listed, OneOff, list, one_of};
use crate::client::execute::{print_volumes, rows};
use crate::client::table;
use crate::client::truncation::truncate_id;
use crate::client::units::{go_quote, human_duration, human_size_with_precision};
use crate::world::clock::Time;
use crate::world::daemon::api::{Filters, Request, Response};
use crate::world::daemon::reference::Reference;
use crate::world::registry::go_json::{self, Layout};

/// JSON as Go writes it.
fn compact(value: &Value) -> String {
    String::from_utf8_lossy(&go_json::encode(value, Layout::Compact)).into_owned()
}

/// Prints rows as a table or as JSON.
fn print(
    bench: &mut Bench<'_, '_>,
    format: &str,
    titles: &[&str],
    rows: &[Vec<String>],
    objects: impl FnOnce() -> Value,
) -> Result<(), ComposeError> {
    match format.to_lowercase().as_str() {
        "table" | "pretty" | "" => {
            let mut text = titles.join("\t") + "\n";
            for row in rows {
                text.push_str(&(row.join("\t") + "\n"));
            }
            bench.client.out(table::align(&text, table::COMPOSE));
            Ok(())
        }
        "json" => {
            let text = compact(&objects());
            bench.client.out(format!("{text}\n"));
            Ok(())
        }
        "{{json.}}" => {
            for object in objects().as_array().into_iter().flatten() {
                let text = compact(object);
                bench.client.out(format!("{text}\n"));
            }
            Ok(())
        }
        _ => refuse(format!("format value {} could not be parsed: parsing failed", go_quote(format))),
    }
}

/// `docker compose ls`.
///
/// # Errors
/// Wrong filters and formats.
pub fn ls(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let invocation = bench.client.invocation.clone();
    let flags = &invocation.parsed;
    let filters = rows::filters(bench.client);
    if let Some(unknown) = filters.keys().find(|name| *name != "name") {
        return refuse(format!("invalid filter '{unknown}'"));
    }
    let labels = vec![label::PROJECT.to_owned(), label::CONFIG_HASH.to_owned()];
    let of_compose = Filters::from([("label".to_owned(), labels)]);
    let request = Request::ContainerList { all: flags.on("all"), last: None, size: false, filters: of_compose };
    let Response::Containers(containers) = bench.ask(request)? else { return Ok(done()) };
    let mut projects: BTreeMap<String, Vec<Listed>> = BTreeMap::new();
    for container in containers.into_iter().map(Listed) {
        projects.entry(container.label(label::PROJECT).to_owned()).or_default().push(container);
    }
    if let Some(wanted) = filters.get("name") {
        projects.retain(|name, _| wanted.iter().any(|wanted| name.contains(wanted.as_str())));
    }
    if flags.on("quiet") {
        for name in projects.keys() {
            bench.client.out(format!("{name}\n"));
        }
        return Ok(done());
    }
    let row =
        |(name, containers): (&String, &Vec<Listed>)| vec![name.clone(), states(containers), config_files(containers)];
    let rows: Vec<Vec<String>> = projects.iter().map(row).collect();
    let objects = || {
        let object = |row: &Vec<String>| json!({"Name": row[0], "Status": row[1], "ConfigFiles": row[2]});
        rows.iter().map(object).collect()
    };
    let format = flags.text("format").unwrap_or("table");
    print(bench, format, &["NAME", "STATUS", "CONFIG FILES"], &rows, objects)?;
    Ok(done())
}

/// `exited(1), running(2)`.
fn states(containers: &[Listed]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for container in containers {
        *counts.entry(container.0.state).or_default() += 1;
    }
    let counts: Vec<String> = counts.into_iter().map(|(state, count)| format!("{state}({count})")).collect();
    counts.join(", ")
}

fn config_files(containers: &[Listed]) -> String {
    let mut files: Vec<&str> = Vec::new();
    for container in containers {
        for file in container.label(label::CONFIG_FILES).split(',') {
            if !files.contains(&file) {
                files.push(file);
            }
        }
    }
    files.join(",")
}

/// `docker compose images`.
///
/// # Errors
/// Files that are wrong, and what the engine refuses.
pub fn images(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let name = project_name(bench)?.to_lowercase();
    let services = named(bench);
    let filters = Filters::from([("label".to_owned(), vec![format!("{}={name}", label::PROJECT)])]);
    let request = Request::ContainerList { all: true, last: None, size: false, filters };
    let Response::Containers(containers) = bench.ask(request)? else { return Ok(done()) };
    let mut containers: Vec<Listed> = containers.into_iter().map(Listed).collect();
    containers.retain(|container| services.is_empty() || services.iter().any(|name| name == container.service()));
    containers.sort_by(|a, b| a.name().cmp(b.name()));
    let now = bench.system.now();
    let mut rows = Vec::new();
    let mut objects = Vec::new();
    let mut ids: Vec<String> = Vec::new();
    for container in &containers {
        let image = container.0.image.to_string();
        let request = Request::ImageInspect { name: image.clone(), platform: None };
        let Response::Object(found) = bench.ask(request)? else { continue };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let id = text(&found["Id"]);
        let (repository, tag) = match Reference::parse(&image) {
            Ok(reference) => {
                let reference = reference.with_default_tag().familiar();
                match reference.rsplit_once(':') {
                    Some((repository, tag)) if !tag.contains('/') => (repository.to_owned(), tag.to_owned()),
                    _ => (reference, String::new()),
                }
            }
            Err(_) => (String::new(), String::new()),
        };
        let platform = format!("{}/{}", text(&found["Os"]), text(&found["Architecture"]));
        let size = found["Size"].as_u64().unwrap_or(0);
        let tagged = text(&found["Metadata"]["LastTagTime"]);
        let created = Time::parse_rfc3339(&tagged).map_or_else(
            // Of a time before all times Go makes its longest duration.
            || human_duration(std::time::Duration::from_nanos(i64::MAX.unsigned_abs())),
            |time| human_duration(now.since(time)),
        );
        let or_none = |text: &String| if text.is_empty() { "<none>".to_owned() } else { text.clone() };
        rows.push(vec![
            container.name().to_owned(),
            or_none(&repository),
            or_none(&tag),
            platform.clone(),
            truncate_id(&id).to_owned(),
            human_size_with_precision(size, 3),
            format!("{created} ago"),
        ]);
        let tagged = if tagged.starts_with("0001-") { text(&found["Created"]) } else { tagged };
        objects.push(json!({
            "ID": id, "ContainerName": container.name(), "Repository": repository, "Tag": tag,
            "Platform": platform, "Size": size, "LastTagTime": tagged,
        }));
        let bare = id.rsplit(':').next().unwrap_or(&id).to_owned();
        if !ids.contains(&bare) {
            ids.push(bare);
        }
    }
    let invocation = bench.client.invocation.clone();
    let format = invocation.parsed.text("format").unwrap_or("table");
    if invocation.parsed.on("quiet") {
        for id in ids {
            bench.client.out(format!("{id}\n"));
        }
    } else if format == "json" {
        // Of no images Go writes null, and a line end too many in any case.
        let list = if objects.is_empty() { Value::Null } else { Value::Array(objects) };
        let text = compact(&list);
        bench.client.out(format!("{text}\n\n"));
    } else {
        let titles = ["CONTAINER", "REPOSITORY", "TAG", "PLATFORM", "IMAGE ID", "SIZE", "CREATED"];
        print(bench, format, &titles, &rows, || Value::Array(objects))?;
    }
    Ok(done())
}

/// `docker compose volumes`.
///
/// # Errors
/// Files that are wrong, and wrong templates.
pub fn volumes(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let services = named(bench);
    let (project, name) = project_or_name(bench, &services)?;
    if let Some(project) = project
        && let Some(unknown) = services.iter().find(|service| !project.services.contains_key(*service))
    {
        return refuse(format!("no such service: {unknown}"));
    }
    let filters = Filters::from([("label".to_owned(), vec![format!("{}={name}", label::PROJECT)])]);
    let request = Request::ContainerList { all: false, last: None, size: false, filters: filters.clone() };
    let Response::Containers(containers) = bench.ask(request)? else { return Ok(done()) };
    let Response::Volumes(mut volumes) = bench.ask(Request::VolumeList { filters })? else { return Ok(done()) };
    if !services.is_empty() {
        let used: Vec<&String> = containers
            .iter()
            .filter(|container| container.labels.get(label::SERVICE).is_some_and(|name| services.contains(name)))
            .flat_map(|container| &container.mounts)
            .collect();
        volumes.retain(|volume| used.contains(&&volume.name));
    }
    let invocation = bench.client.invocation.clone();
    if invocation.parsed.on("quiet") {
        for volume in volumes {
            bench.client.out(format!("{}\n", volume.name));
        }
    } else if let Err(code) = print_volumes(bench.client, invocation.parsed.text("format").unwrap_or("table"), volumes)
    {
        bench.site.exit_code = code;
    }
    Ok(done())
}

/// `docker compose top`.
///
/// # Errors
/// Files that are wrong, and what the engine refuses.
pub fn top(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let name = project_name(bench)?.to_lowercase();
    let services = named(bench);
    let mut containers = list(bench, &name, OneOff::Include, false, &[])?;
    containers.retain(|container| services.is_empty() || services.iter().any(|name| name == container.service()));
    containers.sort_by(|a, b| a.name().cmp(b.name()));
    let mut titles = vec!["SERVICE".to_owned(), "#".to_owned()];
    let mut rows: Vec<BTreeMap<String, String>> = Vec::new();
    for container in containers {
        let request = Request::ContainerTop { container: container.0.id.to_string(), arguments: Vec::new() };
        let Response::Top { titles: own, processes } = bench.ask(request)? else { continue };
        for process in processes {
            let mut row = BTreeMap::from([
                ("SERVICE".to_owned(), container.service().to_owned()),
                ("#".to_owned(), container.label(label::NUMBER).to_owned()),
            ]);
            for (title, value) in own.iter().zip(process) {
                if !titles.contains(title) {
                    titles.push(title.clone());
                }
                row.insert(title.clone(), value);
            }
            rows.push(row);
        }
    }
    if rows.is_empty() {
        return Ok(done());
    }
    // The command stands last.
    titles.sort_by_key(|title| title == "CMD");
    let mut text = titles.join("\t") + "\n";
    for row in rows {
        let cells: Vec<&str> = titles.iter().map(|title| row.get(title).map_or("-", String::as_str)).collect();
        text.push_str(&(cells.join("\t") + "\n"));
    }
    bench.client.out(table::align(&text, table::COMPOSE_TOP));
    Ok(done())
}

/// `docker compose port`.
///
/// # Errors
/// What is no port, and ports that are not published.
pub fn port(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let invocation = bench.client.invocation.clone();
    let [service, port, ..] = invocation.parsed.arguments.as_slice() else { return Ok(done()) };
    let Ok(number) = port.parse::<u16>() else {
        let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        let why = if is_number { "value out of range" } else { "invalid syntax" };
        return refuse(format!("strconv.ParseUint: parsing {}: {why}", go_quote(port)));
    };
    let protocol = invocation.parsed.text("protocol").unwrap_or("tcp").to_lowercase();
    let index = invocation.parsed.int("index").unwrap_or(0);
    let name = project_name(bench)?.to_lowercase();
    let container = one_of(bench, &name, OneOff::Include, false, service, index)?;
    let ports = &container.0.ports;
    if let Some(found) = ports.iter().find(|found| found.private == number && found.protocol == protocol) {
        let address = found.ip.as_deref().unwrap_or_default();
        bench.client.out(format!("{address}:{}\n", found.public.unwrap_or(0)));
        return Ok(done());
    }
    let others: Vec<String> =
        ports.iter().map(|port| format!("{}/{}", port.public.unwrap_or(0), port.protocol)).collect();
    let others = others.join(", ");
    refuse(format!("no port {number}/{protocol} for container {}: {others}", container.name()))
}

/// `docker compose version`.
///
/// # Errors
/// None.
pub fn version(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let invocation = bench.client.invocation.clone();
    let text = match (invocation.parsed.on("short"), invocation.parsed.text("format")) {
        (true, _) => VERSION.to_owned(),
        (false, Some("json")) => format!("{{\"version\":\"{VERSION}\"}}"),
        (false, _) => format!("Docker Compose version {VERSION}"),
    };
    bench.client.out(format!("{text}\n"));
    Ok(done())
}
