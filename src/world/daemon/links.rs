//! Links of the default bridge (`--link`): another container's address and variables, under an alias.
//!
//! Promises: moby's `daemon/links`, `registerLinks` and `setupLinkedContainers`: names in `/etc/hosts`, variables in the environment.
//! On networks of a user's a link is an alias for DNS, which is `network.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Daemon;
use super::api::ApiError;
use super::container::{Container, HostConfig};

/// A link of a container to another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The full ID of the other container.
    pub child: Arc<str>,
    pub alias: String,
}

/// The full ID of a container → names that links give it: `parent/alias`.
pub type LinkNames = BTreeMap<Arc<str>, Vec<String>>;

/// The name and the alias of `--link` (docker `opts.ParseLink`).
fn parse(text: &str) -> (&str, &str) {
    match text.split_once(':') {
        None => (text, text),
        // A container that is there tells its links so: `/other:/own/alias`.
        Some((name, alias)) if name.starts_with('/') => (&name[1..], alias.rsplit('/').next().unwrap_or(alias)),
        Some(parts) => parts,
    }
}

impl Daemon {
    /// What `--link` asks for, on the default bridge.
    ///
    /// # Errors
    /// 400 for a container that is not there, or that has the host's network.
    pub(super) fn links(&self, host: &HostConfig) -> Result<Vec<Link>, ApiError> {
        if !matches!(host.network_mode.as_str(), "" | "default" | "bridge" | "host" | "none") {
            return Ok(Vec::new());
        }
        let mut links = Vec::new();
        for text in &host.links {
            let (name, alias) = parse(text);
            let find = |name: &str| {
                self.find(name).map_err(|error| {
                    ApiError::invalid(format!("could not get container for {name}: {}", error.message))
                })
            };
            let mut child = find(name)?;
            while let Some(other) = child.host_config.network_mode.strip_prefix("container:") {
                child = find(other)?;
            }
            if child.host_config.network_mode == "host" {
                return Err(ApiError::invalid(
                    "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
                ));
            }
            links.push(Link { child: child.id.clone(), alias: alias.to_owned() });
        }
        Ok(links)
    }

    /// A container's links to containers that are there, sorted by alias.
    pub(super) fn children<'d>(&'d self, container: &'d Container) -> Vec<(&'d str, &'d Arc<Container>)> {
        let there = |link: &'d Link| Some((link.alias.as_str(), self.containers.get(&link.child)?));
        let mut children: Vec<_> = container.links.iter().filter_map(there).collect();
        children.sort_by_key(|(alias, _)| *alias);
        children
    }

    /// Checks that the linked containers can be reached.
    ///
    /// # Errors
    /// When one does not run, or is not on the default bridge.
    pub(super) fn check_links(&self, container: &Container) -> Result<(), ApiError> {
        for (alias, child) in self.children(container) {
            if !child.state.status.is_running() {
                return Err(ApiError::failed(format!(
                    "Cannot link to a non running container: /{} AS /{}/{alias}",
                    child.name, container.name
                )));
            }
            if !child.endpoints.contains_key("bridge") {
                return Err(ApiError::failed(format!("container {} not attached to default bridge network", child.id)));
            }
        }
        Ok(())
    }

    /// The lines that links add to `/etc/hosts`.
    pub(super) fn link_hosts(&self, container: &Container) -> String {
        let mut text = String::new();
        for (alias, child) in self.children(container) {
            let Some(address) = child.endpoints.get("bridge").and_then(|endpoint| endpoint.address) else { continue };
            let mut names = format!("{alias} {}", child.config.host_name);
            if alias != child.name {
                names.push_str(&format!(" {}", child.name));
            }
            text.push_str(&format!("{address}\t{names}\n"));
        }
        text
    }

    /// The variables that links add to the environment.
    pub(super) fn link_variables(&self, container: &Container) -> Vec<String> {
        let mut variables = Vec::new();
        for (alias, child) in self.children(container) {
            let address = child.endpoints.get("bridge").and_then(|endpoint| endpoint.address);
            let address = address.map(|address| address.to_string()).unwrap_or_default();
            add_variables(&mut variables, &container.name, alias, child, &address);
        }
        variables
    }

    /// The links that lead to containers, as `docker ps --no-trunc` names them.
    pub(super) fn link_names(&self) -> LinkNames {
        let mut names = LinkNames::new();
        for parent in self.linking.iter().filter_map(|id| self.containers.get(id)) {
            for link in &parent.links {
                names.entry(link.child.clone()).or_default().push(format!("{}/{}", parent.name, link.alias));
            }
        }
        names
    }

    /// `docker rm --link PARENT/ALIAS`.
    ///
    /// # Errors
    /// 500 when there is no such link.
    pub(super) fn remove_link(&mut self, name: &str) -> Result<(), ApiError> {
        let name = name.trim_start_matches('/');
        let Some((parent, alias)) = name.rsplit_once('/') else {
            self.find(name)?;
            return Err(ApiError::failed("Conflict, cannot remove the default link name of the container"));
        };
        let Some(id) = self.names.get(parent).cloned() else {
            return Err(ApiError::failed(format!("Cannot get parent /{parent} for link name /{name}")));
        };
        self.change(&id, |container| container.links.retain(|link| link.alias != alias));
        Ok(())
    }
}

/// The variables of one link (moby `links.ToEnv`).
fn add_variables(variables: &mut Vec<String>, own: &str, alias: &str, child: &Container, address: &str) {
    let upper = alias.to_uppercase().replace('-', "_");
    let mut ports: Vec<(u32, &str)> = child
        .config
        .run
        .exposed_ports
        .iter()
        .filter_map(|port| {
            let (number, protocol) = port.split_once('/')?;
            Some((number.parse().ok()?, protocol))
        })
        .collect();
    ports.sort_by_key(|(number, protocol)| (*protocol != "tcp", *protocol, *number));
    let prefix = |(number, protocol): (u32, &str)| format!("{upper}_PORT_{number}_{}", protocol.to_uppercase());
    let url = |(number, protocol): (u32, &str)| format!("{protocol}://{address}:{number}");
    let mut range: Option<((u32, &str), (u32, &str))> = None;
    for (index, &port) in ports.iter().enumerate() {
        if index == 0 {
            variables.push(format!("{upper}_PORT={}", url(port)));
        }
        let name = prefix(port);
        variables.push(format!("{name}={}", url(port)));
        variables.push(format!("{name}_ADDR={address}"));
        variables.push(format!("{name}_PORT={}", port.0));
        variables.push(format!("{name}_PROTO={}", port.1));
        let (start, mut end) = range.unwrap_or((port, port));
        if port.0 == end.0 + 1 && port.1 == start.1 {
            end = port;
            range = Some((start, end));
            if index + 1 < ports.len() {
                continue;
            }
        }
        if end != start {
            let name = prefix(start);
            variables.push(format!("{name}_START={}", url(start)));
            variables.push(format!("{name}_PORT_START={}", start.0));
            variables.push(format!("{name}_END={}", url(end)));
            variables.push(format!("{name}_PORT_END={}", end.0));
        }
        range = Some((port, port));
    }
    variables.push(format!("{upper}_NAME=/{own}/{alias}"));
    let own_environment = child.config.run.env.iter().filter_map(|pair| pair.split_once('='));
    let told = own_environment.filter(|(name, _)| !matches!(*name, "HOME" | "PATH"));
    variables.extend(told.map(|(name, value)| format!("{upper}_ENV_{name}={value}")));
}
