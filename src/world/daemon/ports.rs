//! Published ports: which port of the host leads into which container.
//!
//! Promises: a port that is taken is refused in the Engine's words, and nothing is then published; free ports are given from 32768
//! upwards, one after the other. Must not know: how a connection is routed.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use super::Daemon;
use super::container::{Container, Endpoint, PortBinding};
use crate::world::context::Context;
use crate::world::event::EventKind;
use crate::world::process::Kernel;
use crate::world::process::network::Publication;

/// The first and the last port that are given when none is asked for (net.ipv4.ip_local_port_range).
const EPHEMERAL: (u16, u16) = (32_768, 60_999);

/// A port of the host that a container has: protocol, port, address.
pub type Allocation = (Arc<str>, u16, Ipv4Addr);

impl Daemon {
    /// Publishes what a container asks for; gives it as `inspect` shows it.
    ///
    /// # Errors
    /// The Engine's text, from «driver failed programming external connectivity» on.
    pub(super) fn publish(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        container: &Container,
        endpoint: &Endpoint,
    ) -> Result<BTreeMap<String, Vec<PortBinding>>, String> {
        let mut published: BTreeMap<String, Vec<PortBinding>> = BTreeMap::new();
        let Some(inside) = endpoint.address else { return Ok(published) };
        let mut wanted = container.host_config.port_bindings.clone();
        if container.host_config.publish_all {
            for port in &container.config.run.exposed_ports {
                wanted.entry(port.clone()).or_insert_with(|| vec![PortBinding::default()]);
            }
        }
        for (port, bindings) in wanted {
            let (number, protocol) = port.split_once('/').unwrap_or((&port, "tcp"));
            let Ok(number) = number.parse::<u16>() else { continue };
            let key = format!("{number}/{protocol}");
            for binding in bindings {
                let address = binding.host_ip.parse().unwrap_or(Ipv4Addr::UNSPECIFIED);
                let chosen = self.choose(kernel, protocol, address, &binding.host_port);
                let (host_port, why) = match chosen {
                    Ok(host_port) => (host_port, None),
                    Err((port, why)) => (port, Some(why)),
                };
                if let Some(why) = why {
                    self.unpublish(kernel, container, &published);
                    let why = match why {
                        Taken::Published => format!("Bind for {address}:{host_port} failed: port is already allocated"),
                        Taken::Listening => format!(
                            "failed to bind host port for {address}:{host_port}:{inside}:{number}/{protocol}: address already in use"
                        ),
                    };
                    return Err(format!(
                        "driver failed programming external connectivity on endpoint {} ({}): {why}",
                        container.name, endpoint.endpoint_id
                    ));
                }
                self.ports.insert((protocol.into(), host_port, address), container.id.clone());
                if protocol == "tcp" {
                    let publication = Publication {
                        host_address: address,
                        host_port,
                        container_address: inside,
                        container_port: number,
                    };
                    kernel.networks.publications.insert(host_port, Arc::new(publication));
                }
                context.emit(EventKind::PortPublished {
                    container: container.id.clone(),
                    host: address,
                    host_port,
                    container_port: number,
                });
                let shown = |ip: &str| PortBinding { host_ip: ip.to_owned(), host_port: host_port.to_string() };
                let list = published.entry(key.clone()).or_default();
                list.push(shown(&address.to_string()));
                if binding.host_ip.is_empty() {
                    list.push(shown("::"));
                }
            }
        }
        Ok(published)
    }

    /// The port of the host for a binding: the one asked for, the first free one of a range, or the next free one of all.
    fn choose(&mut self, kernel: &Kernel, protocol: &str, address: Ipv4Addr, asked: &str) -> Result<u16, (u16, Taken)> {
        let (first, last) = match asked.split_once('-') {
            Some((first, last)) => (first.parse().unwrap_or(0), last.parse().unwrap_or(0)),
            None => {
                let port = asked.parse().unwrap_or(0);
                (port, port)
            }
        };
        if first != 0 {
            let mut refused = (first, Taken::Published);
            for port in first..=last {
                match self.taken(kernel, protocol, address, port) {
                    None => return Ok(port),
                    Some(why) => refused = (port, why),
                }
            }
            return Err(refused);
        }
        for _ in EPHEMERAL.0..=EPHEMERAL.1 {
            let port = self.next_port.max(EPHEMERAL.0);
            self.next_port = if port >= EPHEMERAL.1 { EPHEMERAL.0 } else { port + 1 };
            if self.taken(kernel, protocol, address, port).is_none() {
                return Ok(port);
            }
        }
        Err((0, Taken::Published))
    }

    /// Who has a port of the host at this address.
    fn taken(&self, kernel: &Kernel, protocol: &str, address: Ipv4Addr, port: u16) -> Option<Taken> {
        let clashes = |other: Ipv4Addr| other == address || other.is_unspecified() || address.is_unspecified();
        let protocol: Arc<str> = protocol.into();
        let range = (protocol.clone(), port, Ipv4Addr::UNSPECIFIED)..=(protocol.clone(), port, Ipv4Addr::BROADCAST);
        if self.ports.range(range).any(|((_, _, other), _)| clashes(*other)) {
            return Some(Taken::Published);
        }
        let host = kernel.host.network;
        let mut listeners = kernel.networks.listeners.values();
        let listening =
            &*protocol == "tcp" && listeners.any(|l| l.namespace == host && l.port == port && clashes(l.address));
        listening.then_some(Taken::Listening)
    }

    /// Takes a container's published ports away.
    pub(super) fn unpublish(
        &mut self,
        kernel: &mut Kernel,
        container: &Container,
        published: &BTreeMap<String, Vec<PortBinding>>,
    ) {
        for (port, bindings) in published {
            let protocol = port.split_once('/').map_or("tcp", |(_, protocol)| protocol);
            for binding in bindings {
                let (Ok(address), Ok(host_port)) = (binding.host_ip.parse::<Ipv4Addr>(), binding.host_port.parse())
                else {
                    continue;
                };
                let key = (Arc::from(protocol), host_port, address);
                if self.ports.get(&key) == Some(&container.id) {
                    self.ports.remove(&key);
                    if protocol == "tcp" {
                        kernel.networks.publications.remove(&host_port);
                    }
                }
            }
        }
    }
}

/// Why a port cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    /// Another container has it.
    Published,
    /// A process of the host listens on it.
    Listening,
}
