//! `docker compose logs` and `events`: what was written and what happened, and on.

use super::{named, project_name, project_or_name, refuse};
use crate::client::compose::ComposeError;
use crate::client::compose::project::label;
use crate::client::compose::work::{Bench, FollowEvents, FollowLogs, Job, OneOff, list, one_of};
use crate::client::execute::parse_moment;
use crate::client::units::go_quote;
use crate::world::clock::Time;
use crate::world::daemon::api::Filters;

/// A moment that a flag gives.
fn moment(bench: &Bench<'_, '_>, flag: &str) -> Result<Option<Time>, ComposeError> {
    let invocation = bench.client.invocation.clone();
    let Some(text) = invocation.parsed.text(flag).filter(|text| !text.is_empty()) else { return Ok(None) };
    match parse_moment(text, bench.system.now()) {
        Some(time) => Ok(Some(time)),
        None => {
            let reason = format!("failed to parse value as time or duration: {}", go_quote(text));
            refuse(format!("invalid value for \"{flag}\": {reason}"))
        }
    }
}

/// `docker compose logs`.
///
/// # Errors
/// Files that are wrong, numbers and moments that are none.
pub fn logs(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let invocation = bench.client.invocation.clone();
    let flags = &invocation.parsed;
    let mut services = named(bench);
    let index = flags.int("index").unwrap_or(0);
    if index > 0 && services.len() != 1 {
        return refuse("--index requires one service to be selected");
    }
    let (project, name) = project_or_name(bench, &services)?;
    let name = name.to_lowercase();
    if let Some(project) = &project
        && services.is_empty()
    {
        // Those whose output nobody wants are left out until they are named.
        let shown = project.services.iter().filter(|(_, service)| service.attach != Some(false));
        services = shown.map(|(name, _)| name.clone()).collect();
        if services.is_empty() {
            services = project.services.keys().cloned().collect();
        }
    }
    let containers = match index > 0 {
        true => vec![one_of(bench, &name, OneOff::Exclude, true, &services[0], index)?],
        false => list(bench, &name, OneOff::Exclude, true, &services)?,
    };
    let follow = FollowLogs {
        project: name,
        services,
        follows: flags.on("follow"),
        since: moment(bench, "since")?,
        until: moment(bench, "until")?,
        tail: flags.text("tail").and_then(|tail| tail.parse().ok()),
        prefixes: !flags.on("no-log-prefix"),
        timestamps: flags.on("timestamps"),
    };
    follow.job(bench, &containers)
}

/// `docker compose events`.
///
/// # Errors
/// Files that are wrong, and moments that are none.
pub fn events(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let invocation = bench.client.invocation.clone();
    let name = project_name(bench)?.to_lowercase();
    let filters = Filters::from([("label".to_owned(), vec![format!("{}={name}", label::PROJECT)])]);
    let follow = FollowEvents {
        services: named(bench),
        json: invocation.parsed.on("json"),
        filters,
        since: moment(bench, "since")?,
        until: moment(bench, "until")?,
    };
    Ok(follow.job(bench))
}
