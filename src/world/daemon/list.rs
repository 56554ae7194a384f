//! `GET /containers/json`: the rows of `docker ps`, their filters, and the words for how a container is.
//!
//! Promises: newest first; texts and refusals as moby's `daemon/list.go` and `container/state.go` have them.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::api::{ApiError, ContainerSummary, Filters, PortSummary, Response};
use super::container::{Container, State, Status};
use super::{Answer, Daemon, pattern};
use crate::world::clock::Time;
use crate::world::digest::Digest;
use crate::world::process::Kernel;

/// The filters of `docker ps`.
const FILTERS: [&str; 15] = [
    "ancestor",
    "before",
    "exited",
    "expose",
    "health",
    "id",
    "is-task",
    "isolation",
    "label",
    "name",
    "network",
    "publish",
    "since",
    "status",
    "volume",
];
const STATES: [&str; 7] = ["created", "running", "paused", "restarting", "removing", "exited", "dead"];
const HEALTHS: [&str; 4] = ["none", "starting", "healthy", "unhealthy"];

/// Refuses a filter that is not one of these.
pub(super) fn check_filters(filters: &Filters, known: &[&str]) -> Result<(), ApiError> {
    match filters.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(ApiError::invalid(format!("invalid filter '{name}'"))),
        None => Ok(()),
    }
}

/// Whether a filter is absent or one of its values passes.
pub(super) fn any(filters: &Filters, name: &str, passes: impl Fn(&str) -> bool) -> bool {
    filters.get(name).is_none_or(|values| values.is_empty() || values.iter().any(|value| passes(value)))
}

/// Whether all labels that a filter names (`key` or `key=value`) are there.
pub(super) fn has_labels(filters: &Filters, name: &str, labels: &BTreeMap<String, String>) -> bool {
    filters.get(name).is_none_or(|values| values.iter().all(|value| has_label(value, labels)))
}

/// Whether none of the labels that a filter names is there.
pub(super) fn lacks_labels(filters: &Filters, name: &str, labels: &BTreeMap<String, String>) -> bool {
    filters.get(name).is_none_or(|values| !values.iter().any(|value| has_label(value, labels)))
}

fn has_label(wanted: &str, labels: &BTreeMap<String, String>) -> bool {
    match wanted.split_once('=') {
        Some((key, value)) => labels.get(key).is_some_and(|known| known == value),
        None => labels.contains_key(wanted),
    }
}

/// The value of a filter that is true or false.
pub(super) fn boolean(filters: &Filters, name: &str) -> Result<Option<bool>, ApiError> {
    let Some(value) = filters.get(name).and_then(|values| values.first()) else { return Ok(None) };
    match value.as_str() {
        "1" | "true" | "True" | "TRUE" | "t" => Ok(Some(true)),
        "0" | "false" | "False" | "FALSE" | "f" => Ok(Some(false)),
        _ => Err(ApiError::invalid(format!("invalid filter '{name}=[{value}]'"))),
    }
}

/// The moment of an `until` filter: a number of seconds since 1970, or a moment as RFC 3339 writes it.
pub(super) fn until(filters: &Filters, now: Time) -> Result<Option<Time>, ApiError> {
    let Some(value) = filters.get("until").and_then(|values| values.first()) else { return Ok(None) };
    let seconds = value.parse::<i64>().ok().map(Time::from_seconds);
    let ago = || {
        let (number, unit) = value.split_at(value.find(|c: char| !c.is_ascii_digit())?);
        let unit = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return None,
        };
        Some(now - Duration::from_secs(number.parse::<u64>().ok()?.saturating_mul(unit)))
    };
    let moment = seconds.or_else(|| Time::parse_rfc3339(value)).or_else(ago);
    moment.map(Some).ok_or_else(|| ApiError::invalid(format!("failed to parse value as time or duration: \"{value}\"")))
}

fn invalid_value(name: &str, value: &str, what: &str, known: &[&str]) -> ApiError {
    let known = known.join(", ");
    ApiError::invalid(format!(
        "invalid filter '{name}={value}': invalid value for {what} ({value}): must be one of {known}"
    ))
}

/// About how long something has been, in words: `Less than a second`, `About a minute`, `3 weeks` (docker/go-units `HumanDuration`).
pub fn human_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (minutes, hours) = (seconds / 60, (duration.as_secs_f64() / 3600.0 + 0.5) as u64);
    match () {
        () if seconds < 1 => "Less than a second".to_owned(),
        () if seconds == 1 => "1 second".to_owned(),
        () if seconds < 60 => format!("{seconds} seconds"),
        () if minutes == 1 => "About a minute".to_owned(),
        () if minutes < 60 => format!("{minutes} minutes"),
        () if hours == 1 => "About an hour".to_owned(),
        () if hours < 48 => format!("{hours} hours"),
        () if hours < 24 * 7 * 2 => format!("{} days", hours / 24),
        () if hours < 24 * 30 * 2 => format!("{} weeks", hours / 24 / 7),
        () if hours < 24 * 365 * 2 => format!("{} months", hours / 24 / 30),
        () => format!("{} years", seconds / 3600 / 24 / 365),
    }
}

/// The STATUS column.
pub fn status_text(state: &State, now: Time) -> String {
    let since = |time: Option<Time>| human_duration(time.map_or(Duration::ZERO, |time| now.since(time)));
    match state.status {
        Status::Created => "Created".to_owned(),
        Status::Paused => format!("Up {} (Paused)", since(state.started)),
        Status::Running => match &state.health {
            Some(health) if health.status == "starting" => format!("Up {} (health: starting)", since(state.started)),
            Some(health) => format!("Up {} ({})", since(state.started), health.status),
            None => format!("Up {}", since(state.started)),
        },
        Status::Restarting => format!("Restarting ({}) {} ago", state.exit_code, since(state.finished)),
        Status::Removing => "Removal In Progress".to_owned(),
        Status::Dead => "Dead".to_owned(),
        Status::Exited if state.started.is_none() => "Created".to_owned(),
        Status::Exited => format!("Exited ({}) {} ago", state.exit_code, since(state.finished)),
    }
}

/// Path and arguments as a row shows them: arguments with spaces stand in quotes.
pub fn command_text(container: &Container) -> String {
    let mut text = container.path.clone();
    for argument in &container.arguments {
        text.push(' ');
        match argument.contains(' ') {
            true => {
                text.push('\'');
                text.push_str(argument);
                text.push('\'');
            }
            false => text.push_str(argument),
        }
    }
    text
}

/// The ports of a row: published ones with their addresses, exposed ones without.
pub fn ports(container: &Container) -> Vec<PortSummary> {
    if !container.state.status.is_running() || container.endpoints.values().all(|endpoint| endpoint.address.is_none()) {
        return Vec::new();
    }
    let mut ports = Vec::new();
    let read = |port: &str| {
        let (number, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
        Some((number.parse::<u16>().ok()?, protocol.to_owned()))
    };
    for (port, bindings) in &container.published {
        let Some((private, protocol)) = read(port) else { continue };
        for binding in bindings {
            let public = binding.host_port.parse().ok();
            ports.push(PortSummary { ip: Some(binding.host_ip.clone()), public, private, protocol: protocol.clone() });
        }
    }
    for port in container.config.run.exposed_ports.iter().filter(|port| !container.published.contains_key(*port)) {
        let Some((private, protocol)) = read(port) else { continue };
        ports.push(PortSummary { ip: None, public: None, private, protocol });
    }
    ports
}

impl Daemon {
    /// The containers, newest first.
    ///
    /// # Errors
    /// 400 for a filter that is none; 404 when `since` or `before` name none.
    pub(super) fn container_list(
        &self,
        kernel: &Kernel,
        now: Time,
        all: bool,
        last: Option<u32>,
        size: bool,
        filters: &Filters,
    ) -> Answer {
        check_filters(filters, &FILTERS)?;
        let values = |name: &str| filters.get(name).map(Vec::as_slice).unwrap_or_default();
        if let Some(value) = values("status").iter().find(|value| !STATES.contains(&value.as_str())) {
            return Err(invalid_value("status", value, "state", &STATES));
        }
        if let Some(value) = values("health").iter().find(|value| !HEALTHS.contains(&value.as_str())) {
            return Err(invalid_value("health", value, "health", &HEALTHS));
        }
        let mut exit_codes = Vec::new();
        for value in values("exited") {
            exit_codes.push(value.parse::<i32>().map_err(|_| {
                ApiError::invalid(format!(
                    "invalid filter 'exited={value}': strconv.Atoi: parsing \"{value}\": invalid syntax"
                ))
            })?);
        }
        let moment = |name: &str| -> Result<Option<(Time, &Arc<str>)>, ApiError> {
            let container = values(name).first().map(|text| self.find(text)).transpose()?;
            Ok(container.map(|container| (container.created, &container.id)))
        };
        let (before, since) = (moment("before")?, moment("since")?);
        let ancestors: Option<Vec<Digest>> = filters
            .get("ancestor")
            .map(|names| names.iter().filter_map(|name| self.images.find(name)).map(|image| image.id()).collect());
        let all = all || last.is_some_and(|last| last > 0) || filters.contains_key("status");
        let passes = |container: &Container| {
            let state = &container.state;
            let is_up = state.status.is_running() || state.status == Status::Restarting;
            (all || is_up)
                && any(filters, "status", |value| value == state.status.name())
                && any(filters, "health", |value| value == state.health.as_ref().map_or("none", |health| health.status))
                && (exit_codes.is_empty()
                    || (!is_up && state.started.is_some() && exit_codes.contains(&state.exit_code)))
                && before.is_none_or(|(time, id)| container.created < time && container.id != *id)
                && since.is_none_or(|(time, id)| container.created > time && container.id != *id)
                && any(filters, "id", |value| container.id.starts_with(value))
                && any(filters, "name", |value| {
                    pattern::matches(value, &container.name) || pattern::matches(value, &format!("/{}", container.name))
                })
                && has_labels(filters, "label", &container.config.run.labels)
                && ancestors.as_ref().is_none_or(|images| images.contains(&container.image))
                && any(filters, "volume", |value| {
                    container.mounts.iter().any(|mount| mount.name.as_deref() == Some(value) || mount.target == value)
                })
                && any(filters, "network", |value| {
                    let id = self.find_network(value).ok().map(|network| network.name.clone());
                    container.endpoints.keys().any(|name| name == value || Some(name.as_str()) == id.as_deref())
                })
                && any(filters, "is-task", |value| value != "true" && value != "1")
                && any(filters, "publish", |value| container.published.keys().any(|port| is_port(value, port)))
                && any(filters, "expose", |value| {
                    container.config.run.exposed_ports.iter().any(|port| is_port(value, port))
                })
        };
        let mut chosen: Vec<&Arc<Container>> = self.containers.values().filter(|container| passes(container)).collect();
        chosen.sort_by(|a, b| (Reverse(a.created), &a.id).cmp(&(Reverse(b.created), &b.id)));
        if let Some(last) = last.filter(|last| *last > 0) {
            chosen.truncate(usize::try_from(last).unwrap_or(usize::MAX));
        }
        // What a name means is asked once for each name, not for each container.
        let mut meanings: BTreeMap<&str, Option<Digest>> = BTreeMap::new();
        let mut rows = Vec::with_capacity(chosen.len());
        for container in chosen {
            let name = container.config.image.as_str();
            let meaning = meanings.entry(name).or_insert_with(|| self.images.find(name).map(|image| image.id()));
            let image = if *meaning == Some(container.image) { name.to_owned() } else { container.image.to_string() };
            rows.push(self.row(kernel, now, container, image, size));
        }
        Ok(Response::Containers(rows))
    }

    fn row(&self, kernel: &Kernel, now: Time, container: &Container, image: String, size: bool) -> ContainerSummary {
        ContainerSummary {
            id: container.id.clone(),
            names: vec![container.name.clone()],
            image,
            image_id: container.image,
            command: command_text(container),
            created: container.created,
            state: container.state.status.name(),
            status: status_text(&container.state, now),
            ports: ports(container),
            labels: container.config.run.labels.clone(),
            mounts: container
                .mounts
                .iter()
                .map(|mount| mount.name.as_deref().map_or_else(|| mount.source.clone(), str::to_owned))
                .collect(),
            networks: container.endpoints.keys().cloned().collect(),
            size: size.then(|| self.sizes(kernel, container)),
        }
    }

    /// Bytes in the writable layer, and with the image.
    pub(super) fn sizes(&self, kernel: &Kernel, container: &Container) -> (u64, u64) {
        let own = kernel.union(container.root).map_or(0, |root| root.upper_size());
        (own, own + self.images.get(&container.image).map_or(0, |image| image.size()))
    }
}

fn is_port(wanted: &str, port: &str) -> bool {
    let (number, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
    let (range, kind) = wanted.split_once('/').unwrap_or((wanted, "tcp"));
    let Ok(number) = number.parse::<u16>() else { return false };
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    protocol == kind
        && first.parse().is_ok_and(|first: u16| first <= number)
        && last.parse().is_ok_and(|last: u16| number <= last)
}
