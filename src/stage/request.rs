//! The path of a request: through which port and network it went, whom it reached, or why it did not arrive.
//!
//! Promises: read off the machine as it is now, in the order in which a packet meets things; a request that failed ends where it failed.
//! Must not know: how a path is drawn.

use std::net::Ipv4Addr;
use std::sync::Arc;

use super::scene::{HopScene, RequestScene, Subject};
use crate::world::daemon::container::Container;
use crate::world::machine::Machine;
use crate::world::process::network::{NetworkNamespaceId, Publication};

/// A connection that was asked for, as its event tells it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub from: Option<&'a Arc<str>>,
    pub to: Option<&'a Arc<str>>,
    pub address: Ipv4Addr,
    pub port: u16,
    /// What the client was told.
    pub failed: Option<&'a str>,
}

/// The path of a request on a machine.
pub fn path(machine: &Machine, asked: Asked<'_>) -> RequestScene {
    let walk = Walk { machine, asked };
    let hops = match asked.from.and_then(|id| machine.daemon.containers.get(id)) {
        Some(container) => walk.begun_in_container(container),
        None => walk.begun_on_host(),
    };
    RequestScene { hops, failed: asked.failed.map(|told| walk.reason().unwrap_or_else(|| told.to_lowercase())) }
}

/// Why a connection failed, if the machine shows more than what the client was told.
pub fn reason(machine: &Machine, asked: Asked<'_>) -> Option<String> {
    Walk { machine, asked }.reason()
}

struct Walk<'a> {
    machine: &'a Machine,
    asked: Asked<'a>,
}

fn hop(words: impl Into<String>, subject: Option<Subject>) -> HopScene {
    HopScene { words: words.into(), subject }
}

impl Walk<'_> {
    fn begun_on_host(&self) -> Vec<HopScene> {
        let machine = Subject::Machine(self.machine.name.clone());
        let mut hops = vec![hop(&*self.machine.name, Some(machine.clone()))];
        let Some((container, port)) = self.target() else {
            hops.push(hop(self.place(), None));
            return hops;
        };
        if self.rule().is_some() {
            hops.push(hop(format!("port {}", self.asked.port), Some(machine)));
        }
        hops.extend(self.network_of(container));
        hops.push(end(container, port));
        hops
    }

    fn begun_in_container(&self, from: &Container) -> Vec<HopScene> {
        let mut hops = vec![hop(&*from.name, Some(Subject::Container(from.id.clone())))];
        if self.is_own(from) {
            hops.push(hop(format!("its own {}", self.place()), Some(Subject::Container(from.id.clone()))));
            return hops;
        }
        match self.target() {
            Some((to, port)) => {
                let shared = from.endpoints.keys().find(|name| to.endpoints.contains_key(*name));
                let own = from.endpoints.keys().next();
                hops.extend(shared.or(own).map(|name| network(name)));
                hops.push(end(to, port));
            }
            None => hops.push(hop(self.place(), None)),
        }
        hops
    }

    /// The address as one writes it.
    fn place(&self) -> String {
        let host =
            if self.asked.address.is_loopback() { "localhost".to_owned() } else { self.asked.address.to_string() };
        format!("{host}:{}", self.asked.port)
    }

    /// Whether the address is the container's own.
    fn is_own(&self, container: &Container) -> bool {
        self.asked.address.is_loopback() || addresses(container).any(|address| address == self.asked.address)
    }

    /// The published port that was knocked at.
    fn rule(&self) -> Option<&Publication> {
        let of_a_container = self.at(self.asked.address).is_some();
        let rule = self.machine.kernel.networks.publication(self.asked.address, self.asked.port)?;
        (!of_a_container && self.asked.from.is_none()).then_some(rule)
    }

    /// The container that has an address.
    fn at(&self, address: Ipv4Addr) -> Option<&Container> {
        let mut containers = self.machine.daemon.containers.values().map(|container| &**container);
        containers
            .find(|container| container.state.status.is_running() && addresses(container).any(|own| own == address))
    }

    /// Whom the request is for, and at which port it knocks there.
    fn target(&self) -> Option<(&Container, u16)> {
        if let Some(rule) = self.rule() {
            return Some((self.at(rule.container_address)?, rule.container_port));
        }
        let reached = self.asked.to.and_then(|id| self.machine.daemon.containers.get(id)).map(|container| &**container);
        Some((self.at(self.asked.address).or(reached)?, self.asked.port))
    }

    fn network_of(&self, container: &Container) -> Option<HopScene> {
        container.endpoints.keys().next().map(|name| network(name))
    }

    fn reason(&self) -> Option<String> {
        let from = self.asked.from.and_then(|id| self.machine.daemon.containers.get(id)).map(|container| &**container);
        if let Some(from) = from.filter(|from| self.is_own(from)) {
            return Some(format!("in {} itself nobody listens at port {}", from.name, self.asked.port));
        }
        let Some((to, port)) = self.target() else {
            return (self.asked.from.is_none() && self.asked.address.is_loopback())
                .then(|| format!("no container publishes port {}", self.asked.port));
        };
        let apart = from.is_some_and(|from| !from.endpoints.keys().any(|name| to.endpoints.contains_key(name)));
        match from {
            Some(from) if apart => Some(format!("{} and {} have no network in common", from.name, to.name)),
            _ => Some(self.nobody_listens(to, port)),
        }
    }

    fn nobody_listens(&self, to: &Container, port: u16) -> String {
        let kernel = &self.machine.kernel;
        let namespace: Option<NetworkNamespaceId> =
            to.state.pid.and_then(|pid| kernel.process(pid)).map(|process| process.namespaces.network);
        let listeners = || kernel.networks.listeners.values().filter(|listener| Some(listener.namespace) == namespace);
        if listeners().any(|listener| listener.port == port && listener.address.is_loopback()) {
            return format!("in {} port {port} is open to itself alone: it listens on 127.0.0.1", to.name);
        }
        match listeners().next() {
            Some(other) => format!("in {} nobody listens at port {port}; it listens at {}", to.name, other.port),
            None => format!("in {} nobody listens", to.name),
        }
    }
}

fn addresses(container: &Container) -> impl Iterator<Item = Ipv4Addr> {
    container.endpoints.values().filter_map(|endpoint| endpoint.address)
}

fn network(name: &str) -> HopScene {
    hop(name, Some(Subject::Network(name.into())))
}

fn end(container: &Container, port: u16) -> HopScene {
    hop(format!("{}:{port}", container.name), Some(Subject::Container(container.id.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::event::EventKind;
    use crate::world::{Action, World};
    use crate::worlds::Worlds;

    /// The last request of these commands: its hops, and why it failed.
    fn asked(lines: &[&str]) -> (Vec<String>, Option<String>) {
        let mut world = World::new(Worlds::default().settings());
        let mut last = None;
        for line in lines {
            for event in world.act(&Action::Line((*line).to_owned())).events {
                if let EventKind::Connection { from, to, address, port, failed } = event.kind {
                    last = Some((from, to, address, port, failed));
                }
            }
        }
        let (from, to, address, port, failed) = last.unwrap();
        let asked = Asked { from: from.as_ref(), to: to.as_ref(), address, port, failed: failed.as_deref() };
        let scene = path(world.machine().unwrap(), asked);
        (scene.hops.into_iter().map(|hop| hop.words).collect(), scene.failed)
    }

    #[test]
    fn a_request_passes_the_published_port_and_the_bridge() {
        let (hops, failed) = asked(&["docker run -d --name web -p 8080:80 nginx:1.27", "curl -s localhost:8080"]);
        assert_eq!((hops, failed), (["laptop", "port 8080", "bridge", "web:80"].map(str::to_owned).to_vec(), None));
    }

    #[test]
    fn between_containers_it_passes_their_network() {
        let lines = [
            "docker network create back",
            "docker run -d --name web --network back nginx:1.27",
            "docker run --rm --name client --network back alpine:3.22 wget -qO- web",
        ];
        // The client is gone once it has its answer: the path begins at what is still there.
        let (hops, failed) = asked(&lines);
        assert_eq!((hops.last().map(String::as_str), failed), (Some("web:80"), None));
    }

    #[test]
    fn a_request_that_fails_says_why() {
        let publish = "docker run -d --name web -p 8080:81 nginx:1.27";
        let (_, failed) = asked(&[publish, "curl -s localhost:8080"]);
        assert_eq!(failed.as_deref(), Some("in web nobody listens at port 81; it listens at 80"));
        let (hops, failed) = asked(&["docker run -d --name web nginx:1.27", "curl -s localhost:80"]);
        assert_eq!(hops, ["laptop", "localhost:80"]);
        assert_eq!(failed.as_deref(), Some("no container publishes port 80"));
        let (hops, failed) = asked(&[publish, "docker exec web curl -s localhost:8080"]);
        assert_eq!(hops, ["web", "its own localhost:8080"]);
        assert_eq!(failed.as_deref(), Some("in web itself nobody listens at port 8080"));
    }
}
