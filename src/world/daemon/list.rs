//! `GET /containers/json`: the rows of `docker ps`, their filters, and the words for how a container is.
//!
//! Promises: newest first; texts and refusals as moby's `daemon/list.go` and `container/state.go` have them.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::api::{ApiError, ContainerSummary, Filters, PortSummary, Response};
use super::container::{Container, State, Status};
use super::links::LinkNames;
use super::{Answer, Daemon, pattern};
use crate::world::clock::Time;
use crate::world::digest::Digest;
use crate::world::process::Kernel;
use crate::world::units::{go_quote, human_duration};

/// How many images are followed from child to parent; Docker has at most 127 layers.
const IMAGE_DEPTH: usize = 128;
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
        Some(name) if name.is_empty() => Err(ApiError::invalid("invalid filter")),
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

/// The value of a filter that is true or false (moby `GetBoolOrDefault`).
pub(super) fn boolean(filters: &Filters, name: &str) -> Result<Option<bool>, ApiError> {
    let Some(values) = filters.get(name) else { return Ok(None) };
    let has = |known: [&str; 2]| values.iter().any(|value| known.contains(&value.as_str()));
    let (is_false, is_true) = (has(["0", "false"]), has(["1", "true"]));
    if is_false == is_true {
        return Err(ApiError::invalid(format!("invalid filter '{name}=[{}]'", values.join(" "))));
    }
    Ok(Some(is_true))
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
        let is_task = boolean(filters, "is-task")?;
        let (publish, expose) = (port_ranges(filters, "publish")?, port_ranges(filters, "expose")?);
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
                && ancestors.as_ref().is_none_or(|images| self.descends(container.image, images))
                && any(filters, "volume", |value| {
                    let is = |mount: &super::container::MountPoint| {
                        mount.target == value || mount.name.as_deref().unwrap_or(&mount.source) == value
                    };
                    container.mounts.iter().any(is)
                })
                && any(filters, "network", |value| {
                    let is = |(name, endpoint): (&String, &super::container::Endpoint)| {
                        name == value || endpoint.network_id.starts_with(value)
                    };
                    container.endpoints.iter().any(is)
                })
                // There is no Swarm, so nothing is a task.
                && is_task != Some(true)
                && ((publish.is_empty() && expose.is_empty())
                    || ports(container).iter().any(|port| {
                        is_in(&publish, port.public.unwrap_or(0), &port.protocol)
                            || is_in(&expose, port.private, &port.protocol)
                    }))
        };
        let mut chosen: Vec<&Arc<Container>> = self.containers.values().filter(|container| passes(container)).collect();
        chosen.sort_by(|a, b| (Reverse(a.created), &a.id).cmp(&(Reverse(b.created), &b.id)));
        if let Some(last) = last.filter(|last| *last > 0) {
            chosen.truncate(usize::try_from(last).unwrap_or(usize::MAX));
        }
        // What a name means is asked once for each name, not for each container.
        let mut meanings: BTreeMap<&str, (Arc<str>, Option<Digest>)> = BTreeMap::new();
        let links = self.link_names();
        let mut rows = Vec::with_capacity(chosen.len());
        for container in chosen {
            let name = container.config.image.as_str();
            let (shared, meaning) =
                meanings.entry(name).or_insert_with(|| (name.into(), self.images.find(name).map(|image| image.id())));
            let image = match *meaning == Some(container.image) {
                true => shared.clone(),
                false => container.image.to_string().into(),
            };
            rows.push(self.row(kernel, now, container, image, size, &links));
        }
        Ok(Response::Containers(rows))
    }

    fn row(
        &self,
        kernel: &Kernel,
        now: Time,
        container: &Container,
        image: Arc<str>,
        size: bool,
        links: &LinkNames,
    ) -> ContainerSummary {
        ContainerSummary {
            id: container.id.clone(),
            names: [container.name.clone()]
                .into_iter()
                .chain(links.get(&container.id).cloned().into_iter().flatten())
                .collect(),
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

    /// Whether an image is one of these, or was made from one of them.
    fn descends(&self, image: Digest, ancestors: &[Digest]) -> bool {
        let chain = std::iter::successors(Some(image), |image| self.images.parent(image));
        chain.take(IMAGE_DEPTH).any(|image| ancestors.contains(&image))
    }

    /// Bytes in the writable layer, and with the image.
    pub(super) fn sizes(&self, kernel: &Kernel, container: &Container) -> (u64, u64) {
        let own = kernel.union(container.root).map_or(0, |root| root.upper_size());
        (own, own + self.images.get(&container.image).map_or(0, |image| image.size()))
    }
}

/// Ports of one protocol that a filter names: from the first to the last.
type PortRange = (u16, u16, String);

/// The ports of a `publish` or `expose` filter (moby `portOp`).
fn port_ranges(filters: &Filters, name: &str) -> Result<Vec<PortRange>, ApiError> {
    let read = |value: &String| {
        if value.contains(':') {
            return Err(ApiError::failed(format!("filter for '{name}' should not contain ':': {value}")));
        }
        let failed = |why: String| ApiError::failed(format!("error while looking up for {name} {value}: {why}"));
        let (range, protocol) = value.split_once('/').unwrap_or((value, "tcp"));
        let protocol = if protocol.is_empty() { "tcp" } else { protocol }.to_lowercase();
        let number = |text: &str| {
            let quoted = go_quote(text);
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let why = if is_number { "value out of range" } else { "invalid syntax" };
            text.parse::<u16>().map_err(|_| failed(format!("strconv.ParseUint: parsing {quoted}: {why}")))
        };
        if range.is_empty() {
            return Err(failed("empty string specified for ports".to_owned()));
        }
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last) = (number(first)?, number(last)?);
        if last < first {
            return Err(failed(format!("invalid range specified for port: {range}")));
        }
        if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
            return Err(failed(format!("invalid protocol: {protocol}")));
        }
        Ok((first, last, protocol))
    };
    filters.get(name).map(Vec::as_slice).unwrap_or_default().iter().map(read).collect()
}

fn is_in(ranges: &[PortRange], port: u16, protocol: &str) -> bool {
    ranges.iter().any(|(first, last, kind)| kind == protocol && (*first..=*last).contains(&port))
}
