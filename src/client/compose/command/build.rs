//! `docker compose build`, `pull` and `push`.

use std::sync::Arc;

use super::{named, refuse};
use crate::client::compose::ComposeError;
use crate::client::compose::model::Related;
use crate::client::compose::model::mappings::Variables;
use crate::client::compose::progress::Mode;
use crate::client::compose::project::{self, Wish};
use crate::client::compose::work::{Bench, Build, BuildPlan, Job, Pull};

/// What is loaded where environment files are not asked for.
const WITHOUT_ENVIRONMENT: Wish = Wish { resolves_environment: false, ..Wish::WHOLE };

/// `docker compose build`.
///
/// # Errors
/// Files that are wrong, and names of nothing.
pub fn build(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let invocation = bench.client.invocation.clone();
    let flags = &invocation.parsed;
    if flags.on("quiet") {
        bench.site.progress.mode = Mode::Quiet;
    }
    let services = named(bench);
    let project = project::load(bench.client, bench.system, &bench.site.input, WITHOUT_ENVIRONMENT, &[])?;
    let plan = BuildPlan {
        services,
        with_dependencies: flags.on("with-dependencies"),
        arguments: Variables::of(flags.list("build-arg")).0,
        no_cache: flags.on("no-cache"),
        pull: flags.on("pull"),
        quiet: flags.on("quiet"),
        prints: flags.on("print"),
        checks: flags.on("check"),
    };
    bench.site.project = Arc::new(project);
    Ok(Build::job(plan, &std::collections::BTreeMap::new()))
}

/// `docker compose pull`.
///
/// # Errors
/// As [`build`].
pub fn pull(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let invocation = bench.client.invocation.clone();
    let flags = &invocation.parsed;
    for flag in ["no-parallel", "parallel"] {
        if flags.changed(flag) {
            bench.client.err(format!("\x1b[31moption '--{flag}' is DEPRECATED and will be ignored.\n\x1b[0m"));
        }
    }
    let services = named(bench);
    let mut project = project::load(bench.client, bench.system, &bench.site.input, WITHOUT_ENVIRONMENT, &services)?;
    if !flags.on("include-deps") {
        project.select(&services, Related::Nobody)?;
    }
    if let Some(policy) = flags.text("policy").filter(|policy| !policy.is_empty()) {
        for service in project.services.values_mut().filter(|service| !service.image.is_empty()) {
            policy.clone_into(&mut service.pull_policy);
        }
    }
    bench.site.project = Arc::new(project);
    let pull = Pull {
        quiet: flags.on("quiet"),
        ignores_failures: flags.on("ignore-pull-failures"),
        ignores_buildable: flags.on("ignore-buildable"),
    };
    Ok(pull.job())
}

/// `docker compose push`.
///
/// # Errors
/// As [`build`]; a service with an image to push is refused.
pub fn push(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let invocation = bench.client.invocation.clone();
    let flags = &invocation.parsed;
    let services = named(bench);
    let mut project = project::load(bench.client, bench.system, &bench.site.input, Wish::WHOLE, &services)?;
    if !flags.on("include-deps") {
        project.select(&services, Related::Nobody)?;
    }
    for (name, service) in &project.services {
        if service.build.is_some() && !service.image.is_empty() {
            return Err(ComposeError::NotModelled(format!("docker compose push of {}", service.image)));
        }
        bench.tell_event(name, "Skipped", "");
    }
    match project.services.is_empty() {
        true => refuse("no service selected"),
        false => Ok(super::done()),
    }
}
