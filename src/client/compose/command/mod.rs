//! What each command of Compose begins.
//!
//! Promises: a command checks what it was given in the order of Compose's `cmd/compose`, prints what is known at once, and
//! leaves what takes time to a job. Must not know how a job does it.

mod build;
mod config;
mod inside;
mod list;
mod logs;
mod ps;
mod run;
mod run_state;
mod up;

use std::sync::Arc;

use super::ComposeError;
use super::machine::variable;
use super::model::Project;
use super::project::{self, Wish, resolve_environment_of};
use super::work::{Bench, Job, Sequence};

/// Begins a command.
pub type Begin = fn(&mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError>;

/// How the command with this action begins.
pub fn begin(action: &str) -> Option<Begin> {
    Some(match action {
        "compose up" => up::up,
        "compose create" => up::create,
        "compose scale" => up::scale,
        "compose ps" => ps::ps,
        "compose ls" => list::ls,
        "compose images" => list::images,
        "compose volumes" => list::volumes,
        "compose top" => list::top,
        "compose port" => list::port,
        "compose version" => list::version,
        "compose logs" => logs::logs,
        "compose events" => logs::events,
        "compose exec" => inside::exec,
        "compose attach" => inside::attach,
        "compose export" => inside::export,
        "compose commit" => inside::commit,
        "compose stats" => inside::stats,
        "compose cp" => inside::copy,
        "compose config" => config::config,
        "compose run" => run::run,
        "compose build" => build::build,
        "compose pull" => build::pull,
        "compose push" => build::push,
        "compose start" => run_state::start,
        "compose stop" => run_state::stop,
        "compose restart" => run_state::restart,
        "compose pause" => run_state::pause,
        "compose unpause" => run_state::unpause,
        "compose kill" => run_state::kill,
        "compose rm" => run_state::remove,
        "compose wait" => run_state::wait,
        "compose down" => run_state::down,
        _ => return None,
    })
}

/// Nothing is left to do.
fn done() -> Box<dyn Job> {
    Box::new(Sequence::default())
}

fn refuse<T>(text: impl Into<String>) -> Result<T, ComposeError> {
    Err(ComposeError::Message(text.into()))
}

/// The project with these services and what they depend on, their environment files read (Compose `WithServices`).
fn load(bench: &mut Bench<'_, '_>, services: &[String]) -> Result<Project, ComposeError> {
    let wish = Wish { resolves_environment: false, ..Wish::WHOLE };
    let mut project = project::load(bench.client, bench.system, &bench.site.input, wish, services)?;
    resolve_environment_of(bench.client, bench.system, &mut project)?;
    Ok(project)
}

/// The project of the files, if they are to be read at all, and its name (Compose `projectOrName`).
fn project_or_name(bench: &mut Bench<'_, '_>, services: &[String]) -> Result<(Option<Project>, String), ComposeError> {
    let flags = &bench.client.invocation.global;
    let given = flags.text("project-name").unwrap_or_default().to_owned();
    if !given.is_empty() && flags.list("file").is_empty() {
        return Ok((None, given));
    }
    let wish = Wish { resolves_environment: false, ..Wish::WHOLE };
    match project::load(bench.client, bench.system, &bench.site.input, wish, services) {
        Ok(project) => {
            let name = project.name.clone();
            Ok((Some(project), name))
        }
        Err(error) => match variable(bench.system, "COMPOSE_PROJECT_NAME").filter(|name| !name.is_empty()) {
            Some(name) => Ok((None, name)),
            None => Err(error),
        },
    }
}

/// The name of the project alone (Compose `toProjectName`).
fn project_name(bench: &mut Bench<'_, '_>) -> Result<String, ComposeError> {
    let given = bench.client.invocation.global.text("project-name").unwrap_or_default().to_owned();
    if !given.is_empty() {
        return Ok(given);
    }
    if let Some(name) = variable(bench.system, "COMPOSE_PROJECT_NAME").filter(|name| !name.is_empty()) {
        return Ok(name);
    }
    Ok(project::load(bench.client, bench.system, &bench.site.input, Wish::WHOLE, &[])?.name)
}

/// Sets the project to work on: that of the files, or else what the engine's objects tell of themselves.
fn settle(bench: &mut Bench<'_, '_>, project: Option<Project>, name: &str) -> Result<(), ComposeError> {
    let project = match project {
        Some(project) => project,
        None => super::work::project_with_resources(bench, &name.to_lowercase())?,
    };
    bench.site.project = Arc::new(project);
    Ok(())
}

/// `--timeout`, where it was given.
fn timeout(bench: &Bench<'_, '_>) -> Option<i64> {
    let parsed = &bench.client.invocation.parsed;
    parsed.changed("timeout").then(|| parsed.int("timeout").unwrap_or(0))
}

/// The services that were named.
fn named(bench: &Bench<'_, '_>) -> Vec<String> {
    bench.client.invocation.parsed.arguments.clone()
}
