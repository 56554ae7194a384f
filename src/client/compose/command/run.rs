//! `docker compose run`: a container of a service for one use.

use std::sync::Arc;

use super::up::apply;
use super::{load, refuse};
use crate::client::compose::ComposeError;
use crate::client::compose::file::{short_port, short_volume};
use crate::client::compose::machine::says_yes;
use crate::client::compose::model::mappings::Variables;
use crate::client::compose::model::parts::Port;
use crate::client::compose::model::scalars::{CommandLine, split};
use crate::client::compose::model::{Project, Related};
use crate::client::compose::progress::Mode;
use crate::client::compose::project::variables_of;
use crate::client::compose::work::{Bench, BuildPlan, Converge, Create, Job, RunOnce, Sequence, Start};
use crate::client::execute::NOT_A_TERMINAL;
use crate::client::flags::Parsed;

/// Whether the container has a terminal.
fn has_terminal(bench: &Bench<'_, '_>, flags: &Parsed) -> Result<bool, ComposeError> {
    let without = match (flags.changed("no-TTY"), flags.changed("tty")) {
        (true, true) => return refuse("--tty and --no-TTY can't be used together"),
        (false, true) => !flags.on("tty"),
        (true, false) => flags.on("no-TTY"),
        (false, false) if !flags.changed("interactive") && !bench.system.is_terminal(0) => true,
        (false, false) => !bench.system.is_terminal(1),
    };
    Ok(!without)
}

/// `docker compose run`.
///
/// # Errors
/// Files that are wrong, flags that exclude each other, names of nothing.
pub fn run(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let invocation = bench.client.invocation.clone();
    let flags = &invocation.parsed;
    let Some((service, command)) = flags.arguments.split_first() else { return Ok(super::done()) };
    if !flags.list("publish").is_empty() && flags.on("service-ports") {
        return refuse("--service-ports and --publish are incompatible");
    }
    let entrypoint = match flags.changed("entrypoint") {
        false => None,
        true => match split(flags.text("entrypoint").unwrap_or_default()) {
            Some(words) => Some(CommandLine(words)),
            None => return refuse("invalid command line string"),
        },
    };
    let tty = has_terminal(bench, flags)?;
    if flags.on("quiet") {
        bench.site.progress.mode = Mode::Quiet;
    }
    let mut project = load(bench, std::slice::from_ref(service))?;
    if flags.on("no-deps") {
        project.select(std::slice::from_ref(service), Related::Nobody)?;
    }
    project.service(service)?;
    change(&mut project, flags, service, tty)?;
    apply(&mut project, flags)?;
    let mut labels = Vec::new();
    for label in flags.list("label") {
        match label.split_once('=') {
            Some((name, value)) => labels.push((name.to_owned(), value.to_owned())),
            None => return refuse("label must be set as KEY=VALUE"),
        }
    }
    let environment = environment(bench, &project, flags)?;
    override_service(&mut project, flags, service, command, entrypoint, &environment);
    if let Some(service) = project.services.get_mut(service) {
        service.labels.0.extend(labels);
    }
    if flags.on("interactive") && tty && !bench.system.is_terminal(0) {
        return refuse(NOT_A_TERMINAL);
    }
    Ok(plan(bench, project, service, flags))
}

/// What is done: the services that it depends on, then its image, then the container.
fn plan(bench: &mut Bench<'_, '_>, project: Project, service: &str, flags: &Parsed) -> Box<dyn Job> {
    let mut others = project.clone();
    others.disable(&[service.to_owned()]);
    let ignores = says_yes(project.environment.get("COMPOSE_IGNORE_ORPHANS").map(String::as_str));
    let build = BuildPlan { quiet: flags.on("quiet-build"), ..BuildPlan::default() };
    let create = Create {
        build: Some(build.clone()),
        quiet_pull: flags.on("quiet-pull"),
        ignores_orphans: ignores,
        removes_orphans: flags.on("remove-orphans"),
        converge: Converge::default(),
        ..Create::default()
    };
    let mut jobs = vec![create.job()];
    if !others.services.is_empty() {
        jobs.push(Start::default().job());
    }
    bench.site.project = Arc::new(others);
    let once = RunOnce {
        project: Arc::new(project),
        service: service.to_owned(),
        name: flags.text("name").unwrap_or_default().to_owned(),
        build: BuildPlan { services: vec![service.to_owned()], ..build },
        quiet_pull: flags.on("quiet-pull"),
        waits: !flags.on("no-deps"),
        detaches: flags.on("detach"),
        interactive: flags.on("interactive"),
        auto_remove: flags.on("rm"),
        uses_aliases: flags.on("use-aliases"),
    };
    jobs.push(once.job());
    Box::new(Sequence::new(jobs))
}

/// Ports and volumes that are given instead of, or with, those of the service.
fn change(project: &mut Project, flags: &Parsed, name: &str, tty: bool) -> Result<(), ComposeError> {
    let Some(service) = project.services.get_mut(name) else { return Ok(()) };
    service.tty = tty;
    service.stdin_open = flags.on("interactive");
    if !flags.on("service-ports") {
        service.ports.clear();
        for given in flags.list("publish") {
            let ports = short_port(given).map_err(ComposeError::Message)?;
            for port in ports {
                let read: Port =
                    serde_json::from_value(port).map_err(|error| ComposeError::Message(error.to_string()))?;
                service.ports.push(read);
            }
        }
    }
    for given in flags.list("volume") {
        let read = serde_json::from_value(short_volume(given)?.to_value());
        service.volumes.push(read.map_err(|error| ComposeError::Message(error.to_string()))?);
    }
    Ok(())
}

/// The variables that are given, those of files below them.
fn environment(bench: &mut Bench<'_, '_>, project: &Project, flags: &Parsed) -> Result<Variables, ComposeError> {
    let mut given = Variables::of(flags.list("env"));
    for (name, value) in &mut given.0 {
        if value.is_none() {
            *value = project.environment.get(name).cloned();
        }
    }
    for file in flags.list("env-from-file") {
        let below = variables_of(bench.client, bench.system, file, &given)?;
        for (name, value) in below {
            given.0.entry(name).or_insert(Some(value));
        }
    }
    Ok(given)
}

fn override_service(
    project: &mut Project,
    flags: &Parsed,
    name: &str,
    command: &[String],
    entrypoint: Option<CommandLine>,
    environment: &Variables,
) {
    let Some(service) = project.services.get_mut(name) else { return };
    if !command.is_empty() {
        service.command = Some(CommandLine(command.to_vec()));
    }
    if let Some(user) = flags.text("user").filter(|user| !user.is_empty()) {
        user.clone_into(&mut service.user);
    }
    let list = |name: &str| -> Vec<String> { flags.list(name).into_iter().map(str::to_owned).collect() };
    let (added, dropped) = (list("cap-add"), list("cap-drop"));
    service.cap_drop.retain(|capability| !added.contains(capability));
    service.cap_add.extend(added);
    service.cap_add.retain(|capability| !dropped.contains(capability));
    service.cap_drop.extend(dropped);
    if let Some(directory) = flags.text("workdir").filter(|directory| !directory.is_empty()) {
        directory.clone_into(&mut service.working_dir);
    }
    if let Some(entrypoint) = entrypoint {
        service.entrypoint = Some(entrypoint);
        if command.is_empty() {
            service.command = Some(CommandLine(Vec::new()));
        }
    }
    let set = environment.0.iter().filter(|(_, value)| value.is_some());
    service.environment.0.extend(set.map(|(name, value)| (name.clone(), value.clone())));
}
