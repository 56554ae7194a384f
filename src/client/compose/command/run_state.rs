//! `docker compose start`, `stop`, `restart`, `pause`, `unpause`, `kill`, `rm`, `wait` and `down`: what runs goes on, rests or ends.

use std::sync::Arc;

use super::{done, named, project_or_name, refuse, settle, timeout};
use crate::client::compose::ComposeError;
use crate::client::compose::machine::{says_yes, variable};
use crate::client::compose::project::log;
use crate::client::compose::work::{
    Bench, Down, Freeze, Images, Job, Kill, Later, Listed, OneOff, Remove, Restart, Sequence, Start, Stop, WaitForEnd,
    list, project_from_name,
};
use crate::client::units::go_quote;

/// `docker compose start`.
///
/// # Errors
/// Files that are wrong, and names of nothing.
pub fn start(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let services = named(bench);
    let (project, name) = project_or_name(bench, &services)?;
    bench.site.project = Arc::new(match project {
        Some(project) => project,
        None => project_from_name(bench, &name.to_lowercase(), &services)?,
    });
    Ok(Start::default().job())
}

/// `docker compose stop`.
///
/// # Errors
/// As [`start`].
pub fn stop(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let services = named(bench);
    let (project, name) = project_or_name(bench, &services)?;
    settle(bench, project, &name)?;
    Ok(Stop { services, timeout: timeout(bench) }.job())
}

/// `docker compose restart`.
///
/// # Errors
/// As [`start`].
pub fn restart(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let services = named(bench);
    let (project, name) = project_or_name(bench, &[])?;
    let project = project.map(|mut project| {
        project.enable(&services);
        project
    });
    settle(bench, project, &name)?;
    let alone = bench.client.invocation.parsed.on("no-deps");
    Ok(Restart { services, timeout: timeout(bench), alone }.job())
}

fn freeze(bench: &mut Bench<'_, '_>, thaws: bool) -> Result<Box<dyn Job>, ComposeError> {
    let services = named(bench);
    let (project, name) = project_or_name(bench, &services)?;
    let known = project.map(|project| project.services.into_keys().collect());
    Ok(Box::new(Freeze { project: name.to_lowercase(), services, known, thaws }))
}

/// `docker compose pause`.
///
/// # Errors
/// As [`start`].
pub fn pause(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    freeze(bench, false)
}

/// `docker compose unpause`.
///
/// # Errors
/// As [`start`].
pub fn unpause(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    freeze(bench, true)
}

/// Whether what no service wants is meant too.
fn removes_orphans(bench: &Bench<'_, '_>) -> bool {
    let flags = &bench.client.invocation.parsed;
    match flags.changed("remove-orphans") {
        true => flags.on("remove-orphans"),
        false => says_yes(variable(bench.system, "COMPOSE_REMOVE_ORPHANS").as_deref()),
    }
}

/// `docker compose kill`.
///
/// # Errors
/// As [`start`].
pub fn kill(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let services = named(bench);
    let (project, name) = project_or_name(bench, &services)?;
    settle(bench, project, &name)?;
    let known = bench.site.project.services.keys().cloned().collect();
    let signal = bench.client.invocation.parsed.text("signal").unwrap_or("SIGKILL").to_owned();
    let orphans = removes_orphans(bench);
    Ok(Box::new(Kill { project: name.to_lowercase(), services, known, signal, orphans, all: false }))
}

/// `docker compose rm`.
///
/// # Errors
/// As [`start`].
pub fn remove(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let services = named(bench);
    let (project, name) = project_or_name(bench, &services)?;
    let known: Option<Vec<String>> = project.as_ref().map(|project| project.services.keys().cloned().collect());
    settle(bench, project, &name)?;
    let mut jobs: Vec<Box<dyn Job>> = Vec::new();
    if bench.client.invocation.parsed.on("stop") {
        jobs.push(Stop { services: services.clone(), timeout: None }.job());
    }
    let plan = (name.to_lowercase(), services, known);
    jobs.push(Box::new(Later::new(plan, |(name, services, known), bench| {
        let mut containers = list(bench, name, OneOff::Exclude, true, services)?;
        containers.retain(|container| {
            let is_known = known.as_ref().is_none_or(|known| known.iter().any(|known| known == container.service()));
            is_known && !matches!(container.0.state, "running" | "paused")
        });
        remove_listed(bench, containers)
    })));
    Ok(Box::new(Sequence::new(jobs)))
}

fn remove_listed(bench: &mut Bench<'_, '_>, containers: Vec<Listed>) -> Result<Box<dyn Job>, ComposeError> {
    if containers.is_empty() {
        bench.client.err("No stopped containers\n");
        return Ok(done());
    }
    let flags = bench.client.invocation.clone();
    let (force, volumes) = (flags.parsed.on("force"), flags.parsed.on("volumes"));
    let names: Vec<&str> = containers.iter().map(Listed::name).collect();
    let text = format!("Going to remove {}", names.join(", "));
    if !force {
        // Without a terminal nobody answers, and the answer is no.
        bench.client.out(format!("? {text} (y/N) \n"));
        return Ok(done());
    }
    bench.client.out(format!("{text}\n"));
    Ok(Box::new(Remove { containers, force, volumes }))
}

/// `docker compose wait`.
///
/// # Errors
/// As [`start`], and when there is nothing to wait for.
pub fn wait(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let services = named(bench);
    let (_, name) = project_or_name(bench, &[])?;
    let containers = list(bench, &name, OneOff::Include, false, &services)?;
    if containers.is_empty() {
        return refuse(format!("no containers for project {}", go_quote(&name)));
    }
    let ids = containers.iter().map(|container| container.0.id.to_string()).collect();
    let mut jobs: Vec<Box<dyn Job>> = vec![Box::new(WaitForEnd { containers: ids })];
    if bench.client.invocation.parsed.on("down-project") {
        jobs.push(Box::new(Later::new(name, |name, bench| {
            settle(bench, None, name)?;
            Ok(Down { services: Vec::new(), timeout: None, orphans: true, volumes: false, images: None }.job())
        })));
    }
    Ok(Box::new(Sequence::new(jobs)))
}

/// `docker compose down`.
///
/// # Errors
/// As [`start`].
pub fn down(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let invocation = bench.client.invocation.clone();
    let images = match invocation.parsed.text("rmi").unwrap_or_default() {
        "" => None,
        "all" => Some(Images::All),
        "local" => Some(Images::Local),
        other => return refuse(format!("invalid value for --rmi: {}", go_quote(other))),
    };
    if invocation.parsed.changed("volume") {
        // pflag looks at the name as often.
        for _ in 0..4 {
            bench.warn("--volume is deprecated, please use --volumes");
        }
    }
    let mut services = named(bench);
    let (project, name) = project_or_name(bench, &services)?;
    let is_of_file = project.is_some();
    settle(bench, project, &name)?;
    if !services.is_empty() {
        if is_of_file {
            for service in &services {
                bench.site.project.service(service)?;
            }
        }
        services.retain(|service| bench.site.project.services.contains_key(service));
        if services.is_empty() {
            let (given, name) = (named(bench).join(" "), go_quote(&name));
            let text = format!("Any of the services [{given}] not running in project {name}");
            log(bench.client, bench.system, "info", &text);
            return Ok(done());
        }
    }
    let down = Down {
        services,
        timeout: timeout(bench),
        orphans: removes_orphans(bench),
        volumes: invocation.parsed.on("volumes") || invocation.parsed.on("volume"),
        images,
    };
    Ok(down.job())
}
