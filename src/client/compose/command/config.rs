//! `docker compose config`: a project, or a part of it, as text.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{done, named, refuse};
use crate::client::compose::ComposeError;
use crate::client::compose::file::{Used, used};
use crate::client::compose::model::{Project, Related, hash_service, to_json, to_yaml};
use crate::client::compose::project::{Wish, load, load_model, resolve_environment_of};
use crate::client::compose::work::{Bench, Job};
use crate::client::compose::yaml;
use crate::client::execute::go_error;
use crate::client::flags::Parsed;
use crate::client::table;
use crate::client::units::go_quote;
use crate::world::registry::go_json::{self, Layout};

fn wish(flags: &Parsed, compatibility: bool) -> Wish {
    Wish {
        interpolates: !flags.on("no-interpolate"),
        normalizes: !flags.on("no-normalize") && !compatibility,
        resolves_paths: !flags.on("no-path-resolution"),
        checks: !flags.on("no-consistency"),
        resolves_environment: false,
    }
}

/// `docker compose config`.
///
/// # Errors
/// Files that are wrong.
pub fn config(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let invocation = bench.client.invocation.clone();
    let flags = &invocation.parsed;
    let wish = wish(flags, invocation.global.on("compatibility"));
    for flag in ["resolve-image-digests", "lock-image-digests"] {
        if flags.on(flag) {
            return Err(ComposeError::NotModelled(format!("docker compose config --{flag}")));
        }
    }
    if let Some(lines) = parts(bench, flags, wish)? {
        bench.client.out(lines);
        return Ok(done());
    }
    let format = flags.text("format").filter(|format| !format.is_empty()).unwrap_or("yaml");
    let content = match wish.interpolates {
        // What is a dollar sign in a value is written twice, so that it is one when it is read again.
        true => whole(bench, flags, wish, format)?.replace('$', "$$"),
        false => {
            let mut model = Value::Object(load_model(bench.client, bench.system, &bench.site.input, wish)?);
            sort(&mut model);
            match format {
                "yaml" => yaml::write(&model),
                "json" => String::from_utf8_lossy(&go_json::encode(&model, Layout::Indented(2))).into_owned(),
                other => return refuse(format!("unsupported format {}", go_quote(other))),
            }
        }
    };
    match flags.text("output").filter(|path| !path.is_empty()) {
        _ if flags.on("quiet") => {}
        Some(path) if !content.is_empty() => {
            if let Err(error) = bench.system.write_file(path, content.as_bytes()) {
                return refuse(format!("open {path}: {}", go_error(error)));
            }
        }
        _ => bench.client.out(content),
    }
    Ok(done())
}

fn sort(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.sort_keys();
            map.values_mut().for_each(sort);
        }
        Value::Array(list) => list.iter_mut().for_each(sort),
        _ => {}
    }
}

/// The whole project as text.
fn whole(bench: &mut Bench<'_, '_>, flags: &Parsed, wish: Wish, format: &str) -> Result<String, ComposeError> {
    let services = named(bench);
    let wish = Wish { resolves_environment: true, ..wish };
    let mut project = load(bench.client, bench.system, &bench.site.input, wish, &services)?;
    if !flags.on("no-env-resolution") {
        resolve_environment_of(bench.client, bench.system, &mut project)?;
    }
    if !flags.on("no-consistency") {
        project.check_container_names()?;
    }
    match format {
        "yaml" => Ok(to_yaml(&project)),
        "json" => Ok(to_json(&project)),
        other => refuse(format!("unsupported format {}", go_quote(other))),
    }
}

fn lines<T: std::fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| format!("{item}\n")).collect()
}

/// The part that a flag asks for, if one does.
fn parts(bench: &mut Bench<'_, '_>, flags: &Parsed, wish: Wish) -> Result<Option<String>, ComposeError> {
    let services = named(bench);
    let load = |bench: &mut Bench<'_, '_>, services: &[String]| -> Result<Project, ComposeError> {
        load(bench.client, bench.system, &bench.site.input, wish, services)
    };
    Ok(Some(if flags.on("services") {
        match wish.interpolates {
            true => {
                let project = load(bench, &[])?;
                lines(project.related(&[], Related::Dependencies)?)
            }
            false => {
                let model = load_model(bench.client, bench.system, &bench.site.input, wish)?;
                let services = model.get("services").and_then(Value::as_object);
                lines(services.into_iter().flat_map(Map::keys))
            }
        }
    } else if flags.on("volumes") {
        lines(load(bench, &[])?.volumes.keys())
    } else if flags.on("networks") {
        lines(load(bench, &[])?.networks.keys())
    } else if flags.on("models") {
        let project = load(bench, &[])?;
        lines(project.models.values().filter_map(|model| model["model"].as_str()))
    } else if let Some(wanted) = flags.text("hash").filter(|wanted| !wanted.is_empty()) {
        hashes(&load(bench, &[])?, wanted)?
    } else if flags.on("profiles") {
        let project = load(bench, &services)?;
        let all = project.services.values().chain(project.disabled.values());
        lines(all.flat_map(|service| &service.profiles.0).collect::<BTreeSet<_>>())
    } else if flags.on("images") {
        let project = load(bench, &services)?;
        lines(project.services.iter().map(|(name, service)| service.image_name(&project.name, name)))
    } else if flags.on("variables") {
        variables(bench, flags, wish)?
    } else if flags.on("environment") {
        let project = load(bench, &services)?;
        lines(project.environment.iter().map(|(name, value)| format!("{name}={value}")))
    } else {
        return Ok(None);
    }))
}

fn hashes(project: &Project, wanted: &str) -> Result<String, ComposeError> {
    let mut names: Vec<String> = match wanted {
        "*" => project.services.keys().cloned().collect(),
        wanted => wanted.split(',').map(str::to_owned).collect(),
    };
    names.sort();
    let mut text = String::new();
    for name in names {
        text.push_str(&format!("{name} {}\n", hash_service(project.service(&name)?)));
    }
    Ok(text)
}

/// The variables that the files use.
fn variables(bench: &mut Bench<'_, '_>, flags: &Parsed, wish: Wish) -> Result<String, ComposeError> {
    let wish = Wish { interpolates: false, ..wish };
    let model = load_model(bench.client, bench.system, &bench.site.input, wish)?;
    let mut found = Vec::new();
    search(&Value::Object(model), &mut found);
    let found: BTreeMap<String, Used> = found.into_iter().map(|used| (used.name.clone(), used)).collect();
    let object = |used: &Used| json!({"Name": used.name, "DefaultValue": used.default, "PresenceValue": used.alternate, "Required": used.required});
    match flags.text("format").unwrap_or_default().to_lowercase().as_str() {
        "" | "table" | "pretty" => {
            let mut text = "NAME\tREQUIRED\tDEFAULT VALUE\tALTERNATE VALUE\n".to_owned();
            for used in found.values() {
                let (name, required) = (&used.name, used.required);
                text.push_str(&format!("{name}\t{required}\t{}\t{}\n", used.default, used.alternate));
            }
            Ok(table::align(&text, table::COMPOSE))
        }
        "json" => {
            let all: Map<String, Value> = found.iter().map(|(name, used)| (name.clone(), object(used))).collect();
            let bytes = go_json::encode(&Value::Object(all), Layout::Compact);
            Ok(format!("{}\n", String::from_utf8_lossy(&bytes)))
        }
        "yaml" => {
            let lower = |used: &Used| json!({"name": used.name, "defaultvalue": used.default, "presencevalue": used.alternate, "required": used.required});
            Ok(yaml::write(&found.iter().map(|(name, used)| (name.clone(), lower(used))).collect()))
        }
        format => refuse(format!("format value {} could not be parsed: parsing failed", go_quote(format))),
    }
}

fn search(value: &Value, found: &mut Vec<Used>) {
    match value {
        Value::String(text) => used(text, found),
        Value::Array(list) => list.iter().for_each(|value| search(value, found)),
        Value::Object(map) => map.values().for_each(|value| search(value, found)),
        _ => {}
    }
}
