//! Published ports: which port of the host leads into which container.
//!
//! Promises: a port that is taken is refused in the Engine's words, and nothing is then published; ports of a range are given one
//! after the other, as moby's port allocator does. Must not know: how a connection is routed.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use super::Daemon;
use super::container::{Container, Endpoint, PortBinding};
use crate::world::context::Context;
use crate::world::event::EventKind;
use crate::world::process::Kernel;
use crate::world::process::network::Publication;

/// The first and the last port that are given when none is asked for (net.ipv4.ip_local_port_range).
const EPHEMERAL: (u16, u16) = (32_768, 60_999);
/// How often a port of a range is looked for (moby `maxAllocatePortAttempts`).
const ATTEMPTS: u32 = 10;
/// How many ranges are remembered.
const RANGES: usize = 1024;

/// A port of the host that a container has: protocol, port, address.
pub type Allocation = (Arc<str>, u16, IpAddr);
/// A range of ports from which some were given: protocol, address, first and last.
pub type PortRange = (Arc<str>, IpAddr, u16, u16);

/// What a container asks for: a port of its own at a port of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wanted {
    port: u16,
    protocol: Arc<str>,
    /// The ports of the host that will do; 0 and 0 is any.
    first: u16,
    last: u16,
    /// None is every address, of IPv4 and of IPv6.
    address: Option<IpAddr>,
}

impl Wanted {
    /// A port of the container, like `80/tcp`, and where it is to be.
    fn read(port: &str, binding: &PortBinding) -> Option<Wanted> {
        let (number, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
        let (first, last) = match binding.host_port.split_once('-') {
            Some((first, last)) => (first.parse().unwrap_or(0), last.parse().unwrap_or(0)),
            None => {
                let port = binding.host_port.parse().unwrap_or(0);
                (port, port)
            }
        };
        let address = binding.host_ip.parse().ok();
        Some(Wanted { port: number.parse().ok()?, protocol: protocol.into(), first, last, address })
    }

    fn is_range(&self) -> bool {
        self.first == 0 || self.first != self.last
    }

    /// moby `cmpPortBinding`: exact ports first, so that a range does not take them.
    fn order(&self, other: &Wanted) -> Ordering {
        let key = |wanted: &Wanted| {
            let protocol = ["tcp", "udp", "sctp"].iter().position(|name| *name == &*wanted.protocol);
            (wanted.is_range(), wanted.port, protocol, wanted.first, wanted.last, wanted.address)
        };
        key(self).cmp(&key(other))
    }

    /// Whether both get the same port of the host: they differ in the address alone (moby `needSamePort`).
    fn goes_with(&self, other: &Wanted) -> bool {
        (self.port, &self.protocol, self.first, self.last) == (other.port, &other.protocol, other.first, other.last)
    }

    fn addresses(&self) -> Vec<IpAddr> {
        let all = || vec![Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()];
        self.address.map_or_else(all, |address| vec![address])
    }
}

/// Why a port cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Refusal {
    /// A container has it, at this address.
    Allocated(IpAddr, u16),
    /// Containers have all of the range.
    AllAllocated,
    /// The socket cannot be bound.
    Unbound { port: u16, is_range: bool, binding: String, why: &'static str },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Allocated(address, port) => {
                write!(f, "Bind for {address}:{port} failed: port is already allocated")
            }
            Refusal::AllAllocated => write!(f, "all ports are allocated"),
            Refusal::Unbound { is_range: false, binding, why, .. } => {
                write!(f, "failed to bind host port for {binding}: {why}")
            }
            Refusal::Unbound { port, binding, why, .. } => {
                write!(f, "failed to bind host port {port} for {binding}: {why}")
            }
        }
    }
}

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
        let mut asked = container.host_config.port_bindings.clone();
        if container.host_config.publish_all {
            for port in &container.config.run.exposed_ports {
                asked.entry(port.clone()).or_insert_with(|| vec![PortBinding::default()]);
            }
        }
        let read = |(port, bindings): (&String, &Vec<PortBinding>)| -> Vec<Wanted> {
            bindings.iter().filter_map(|binding| Wanted::read(port, binding)).collect()
        };
        let mut wanted: Vec<Wanted> = asked.iter().flat_map(read).collect();
        wanted.sort_by(Wanted::order);
        for group in wanted.chunk_by(Wanted::goes_with) {
            let Some(first) = group.first() else { continue };
            let addresses: Vec<IpAddr> = group.iter().flat_map(Wanted::addresses).collect();
            let host_port = match self.bind(kernel, first, &addresses, inside) {
                Ok(host_port) => host_port,
                Err(refusal) => {
                    self.unpublish(kernel, container, &published);
                    return Err(format!(
                        "driver failed programming external connectivity on endpoint {} ({}): {refusal}",
                        container.name, endpoint.endpoint_id
                    ));
                }
            };
            for address in addresses {
                self.ports.insert((first.protocol.clone(), host_port, address), container.id.clone());
                let binding = PortBinding { host_ip: address.to_string(), host_port: host_port.to_string() };
                published.entry(format!("{}/{}", first.port, first.protocol)).or_default().push(binding);
                let IpAddr::V4(host_address) = address else { continue };
                if &*first.protocol == "tcp" {
                    let publication =
                        Publication { host_address, host_port, container_address: inside, container_port: first.port };
                    kernel.networks.publications.insert((host_port, host_address), Arc::new(publication));
                }
                context.emit(EventKind::PortPublished {
                    container: container.id.clone(),
                    host: host_address,
                    host_port,
                    container_port: first.port,
                });
            }
        }
        Ok(published)
    }

    /// A port of the host that is free at all addresses (moby `bindHostPorts`).
    fn bind(
        &mut self,
        kernel: &Kernel,
        wanted: &Wanted,
        addresses: &[IpAddr],
        inside: Ipv4Addr,
    ) -> Result<u16, Refusal> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let port = self.allocate(wanted, addresses)?;
            let unbound = addresses
                .iter()
                .find_map(|address| Some((address, bindable(kernel, &wanted.protocol, *address, port)?)));
            let Some((address, why)) = unbound else { return Ok(port) };
            if !wanted.is_range() || attempt >= ATTEMPTS {
                let host = match address {
                    IpAddr::V4(address) => address.to_string(),
                    IpAddr::V6(address) => format!("[{address}]"),
                };
                let asked = match (wanted.first, wanted.last) {
                    (0, _) => String::new(),
                    (first, last) if first == last => first.to_string(),
                    (first, last) => format!("{first}-{last}"),
                };
                let binding = format!("{host}:{asked}:{inside}:{}/{}", wanted.port, wanted.protocol);
                return Err(Refusal::Unbound { port, is_range: wanted.is_range(), binding, why });
            }
        }
    }

    /// A port that no container has (moby `RequestPortsInRange`).
    fn allocate(&mut self, wanted: &Wanted, addresses: &[IpAddr]) -> Result<u16, Refusal> {
        let protocol = &wanted.protocol;
        if !wanted.is_range() {
            let port = wanted.first;
            return match addresses.iter().find_map(|address| self.holder(protocol, *address, port)) {
                Some(address) => Err(Refusal::Allocated(address, port)),
                None => Ok(port),
            };
        }
        let (first, last) = if wanted.first == 0 { EPHEMERAL } else { (wanted.first, wanted.last) };
        let key = |address: &IpAddr| (protocol.clone(), *address, first, last);
        let mut port =
            addresses.first().and_then(|address| self.port_ranges.get(&key(address))).copied().unwrap_or(last);
        for _ in first..=last {
            port = if port >= last { first } else { port + 1 };
            if addresses.iter().all(|address| self.holder(protocol, *address, port).is_none()) {
                for address in addresses {
                    self.port_ranges.insert(key(address), port);
                }
                if self.port_ranges.len() > RANGES {
                    self.port_ranges = self.port_ranges.without_min().1;
                }
                return Ok(port);
            }
        }
        Err(Refusal::AllAllocated)
    }

    /// The address at which a container has a port, so that it cannot be had at `address`.
    fn holder(&self, protocol: &Arc<str>, address: IpAddr, port: u16) -> Option<IpAddr> {
        let unspecified: IpAddr = match address {
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let has = |address: &IpAddr| self.ports.contains_key(&(protocol.clone(), port, *address));
        if address != unspecified {
            return [address, unspecified].into_iter().find(has);
        }
        let range = (protocol.clone(), port, unspecified)..;
        let same = |(kind, number, other): &Allocation| {
            kind == protocol && *number == port && other.is_ipv4() == address.is_ipv4()
        };
        self.ports
            .range(range)
            .map(|(allocation, _)| allocation)
            .take_while(|found| same(found))
            .map(|found| found.2)
            .next()
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
                let (Ok(address), Ok(host_port)) = (binding.host_ip.parse::<IpAddr>(), binding.host_port.parse())
                else {
                    continue;
                };
                let key = (Arc::from(protocol), host_port, address);
                if self.ports.get(&key) == Some(&container.id) {
                    self.ports.remove(&key);
                    if let (IpAddr::V4(address), "tcp") = (address, protocol) {
                        kernel.networks.publications.remove(&(host_port, address));
                    }
                }
            }
        }
    }
}

/// Why the host cannot listen on a port, if it cannot.
fn bindable(kernel: &Kernel, protocol: &str, address: IpAddr, port: u16) -> Option<&'static str> {
    let host = kernel.host.network;
    let interfaces = kernel.networks.namespaces.get(&host).map(|host| host.interfaces.as_slice()).unwrap_or_default();
    let is_own = match address {
        IpAddr::V4(address) => {
            address.is_unspecified() || address.is_loopback() || interfaces.iter().any(|own| own.address == address)
        }
        IpAddr::V6(address) => address.is_unspecified() || address.is_loopback(),
    };
    if !is_own {
        return Some("cannot assign requested address");
    }
    let IpAddr::V4(address) = address else { return None };
    let clashes = |other: Ipv4Addr| other == address || other.is_unspecified() || address.is_unspecified();
    let mut listeners = kernel.networks.listeners.values();
    let is_taken = protocol == "tcp" && listeners.any(|l| l.namespace == host && l.port == port && clashes(l.address));
    is_taken.then_some("address already in use")
}
