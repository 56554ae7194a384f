//! `docker compose exec`, `attach`, `cp`, `export`, `commit` and `stats`: what docker does with a container, for a service's.

use super::{done, project_name, refuse};
use crate::client::compose::ComposeError;
use crate::client::compose::model::mappings::Variables;
use crate::client::compose::project::{environment, label};
use crate::client::compose::work::{AtOnce, Bench, Docker, Job, Listed, OneOff, Sequence, list, one_of};
use crate::client::units::go_quote;
use crate::world::daemon::api::{CommitContainer, Filters, Request, Response};

/// The container of the service that the first argument names.
fn container(bench: &mut Bench<'_, '_>) -> Result<Listed, ComposeError> {
    let invocation = bench.client.invocation.clone();
    let name = project_name(bench)?.to_lowercase();
    let service = invocation.parsed.arguments.first().map_or("", String::as_str);
    let index = invocation.parsed.int("index").unwrap_or(0);
    one_of(bench, &name, OneOff::Include, false, service, index)
}

/// `docker compose exec`.
///
/// # Errors
/// Files that are wrong, and services that do not run.
pub fn exec(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let invocation = bench.client.invocation.clone();
    let flags = &invocation.parsed;
    let container = container(bench)?;
    let mut given = Variables::of(flags.list("env"));
    let outside = environment(bench.client, bench.system)?;
    for (name, value) in &mut given.0 {
        if value.is_none() {
            *value = outside.get(name).cloned();
        }
    }
    let tty = match (flags.changed("no-tty"), flags.on("no-tty")) {
        (true, disabled) => !disabled,
        (false, _) => bench.system.is_terminal(1),
    };
    let mut words = vec!["exec".to_owned()];
    let mut flag = |is_given: bool, name: &str| words.extend(is_given.then(|| name.to_owned()));
    flag(flags.on("detach"), "--detach");
    flag(flags.on("privileged"), "--privileged");
    flag(tty, "--tty");
    flag(flags.on("interactive"), "--interactive");
    for word in given.words() {
        words.extend(["--env".to_owned(), word]);
    }
    for name in ["user", "workdir"] {
        if let Some(value) = flags.text(name).filter(|value| !value.is_empty()) {
            words.push(format!("--{name}={value}"));
        }
    }
    words.push(container.0.id.to_string());
    words.extend(flags.arguments.iter().skip(1).cloned());
    Docker::job(words.iter().map(String::as_str))
}

/// `docker compose attach`.
///
/// # Errors
/// As [`exec`].
pub fn attach(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let invocation = bench.client.invocation.clone();
    let flags = &invocation.parsed;
    let container = container(bench)?;
    let proxy = format!("--sig-proxy={}", flags.on("sig-proxy"));
    let mut words = vec!["attach", proxy.as_str()];
    words.extend(flags.on("no-stdin").then_some("--no-stdin"));
    words.push(&container.0.id);
    Docker::job(words)
}

/// `docker compose export`.
///
/// # Errors
/// As [`exec`].
pub fn export(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let invocation = bench.client.invocation.clone();
    let output = invocation.parsed.text("output").unwrap_or_default();
    let container = container(bench)?;
    if output.is_empty() && bench.system.is_terminal(1) {
        return refuse("output option is required when exporting to terminal");
    }
    let name = container.name();
    bench.tell_event(name, &format!("export {name} to {output}"), "Exporting");
    let file = format!("--output={output}");
    let mut words = vec!["export"];
    words.extend((!output.is_empty()).then_some(file.as_str()));
    words.push(&container.0.id);
    Docker::job(words)
}

/// `docker compose commit`.
///
/// # Errors
/// As [`exec`].
pub fn commit(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let invocation = bench.client.invocation.clone();
    let flags = &invocation.parsed;
    let container = container(bench)?;
    let name = container.name();
    let text = format!("Commit {name}");
    bench.tell_event(name, &text, "Committing");
    let request = Request::ContainerCommit(Box::new(CommitContainer {
        container: container.0.id.to_string(),
        reference: flags.arguments.get(1).filter(|reference| !reference.is_empty()).cloned(),
        comment: flags.text("message").unwrap_or_default().to_owned(),
        author: flags.text("author").unwrap_or_default().to_owned(),
        changes: flags.list("change").into_iter().map(str::to_owned).collect(),
        pause: flags.on("pause"),
    }));
    if let Response::Created { id, .. } = bench.ask(request)? {
        bench.tell_event(name, &text, &format!("Committed as {id}"));
    }
    Ok(done())
}

/// `docker compose stats`.
///
/// # Errors
/// As [`exec`].
pub fn stats(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let invocation = bench.client.invocation.clone();
    let flags = &invocation.parsed;
    let name = project_name(bench)?;
    let mut labels = vec![format!("{}={name}", label::PROJECT)];
    labels.extend(flags.arguments.first().map(|service| format!("{}={service}", label::SERVICE)));
    let filters = Filters::from([("label".to_owned(), labels)]);
    let request = Request::ContainerList { all: flags.on("all"), last: None, size: false, filters };
    let Response::Containers(containers) = bench.ask(request)? else { return Ok(done()) };
    if !flags.on("no-stream") {
        return Err(ComposeError::NotModelled("docker compose stats without --no-stream".to_owned()));
    }
    let format = format!("--format={}", flags.text("format").unwrap_or_default());
    let mut words = vec!["stats", "--no-stream", format.as_str()];
    words.extend(flags.on("no-trunc").then_some("--no-trunc"));
    if containers.is_empty() {
        // docker would show all containers there are, were none named.
        return Ok(done());
    }
    words.extend(containers.iter().map(|container| &*container.id));
    Docker::job(words)
}

/// What is before the colon, if that is a service, and the path.
fn split(argument: &str) -> (&str, &str) {
    match argument.split_once(':') {
        Some((service, path)) if !argument.starts_with('/') && !service.starts_with('.') => (service, path),
        _ => ("", argument),
    }
}

/// `docker compose cp`.
///
/// # Errors
/// As [`exec`], and ends that are both or neither a service's.
pub fn copy(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let invocation = bench.client.invocation.clone();
    let flags = &invocation.parsed;
    let name = project_name(bench)?.to_lowercase();
    let [from, to] = flags.arguments.as_slice() else { return Ok(done()) };
    let ((source, source_path), (target, target_path)) = (split(from), split(to));
    let service = match (source, target) {
        ("", "") => return refuse("unknown copy direction"),
        (service, "") | ("", service) => service,
        _ => return refuse("copying between services is not supported"),
    };
    let index = flags.int("index").unwrap_or(0);
    let mut containers = match index > 0 {
        true => vec![one_of(bench, &name, OneOff::Exclude, true, service, index)?],
        false => {
            let one_off = if flags.on("all") { OneOff::Include } else { OneOff::Exclude };
            list(bench, &name, one_off, true, &[service.to_owned()])?
        }
    };
    if containers.is_empty() {
        return refuse(format!("no container found for service {}", go_quote(service)));
    }
    if target.is_empty() {
        containers.truncate(1);
    }
    let mut jobs: Vec<Box<dyn Job>> = Vec::new();
    for container in containers {
        let name = container.name().to_owned();
        let id = &container.0.id;
        let (text, ends) = match target.is_empty() {
            true => (
                format!("copy {name}:{source_path} to {target_path}"),
                [format!("{id}:{source_path}"), target_path.to_owned()],
            ),
            false => (
                format!("copy {source_path} to {name}:{target_path}"),
                [source_path.to_owned(), format!("{id}:{target_path}")],
            ),
        };
        let mut words = vec!["cp", "--quiet"];
        words.extend(flags.on("archive").then_some("--archive"));
        words.extend(flags.on("follow-link").then_some("--follow-link"));
        words.push("--");
        words.extend(ends.iter().map(String::as_str));
        let tell = |status: &'static str| -> Box<dyn Job> {
            Box::new(AtOnce((name.clone(), text.clone(), status), |(name, text, status), bench| {
                // What docker refused it has told.
                if bench.site.exit_code == 0 {
                    bench.tell_event(name, text, status);
                }
                Ok(())
            }))
        };
        jobs.extend([tell("Copying"), Docker::job(words)?, tell("Copied")]);
    }
    Ok(Box::new(Sequence::new(jobs)))
}
