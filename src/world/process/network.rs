//! What a kernel knows of networks: namespaces with interfaces, who listens where, and what can reach what.
//!
//! Promises: whether a connection succeeds is computed from addresses, bridges, listening sockets and published
//! ports, and a failure has the errno that the true reason gives.

use std::net::Ipv4Addr;
use std::sync::Arc;

use imbl::OrdMap;

use super::descriptor::PipeId;
use super::kernel::Pid;
use crate::world::filesystem::errno::Errno;

/// The kernel's number for a network namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkNamespaceId(pub u64);

/// The kernel's number for a listening socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListenerId(pub u64);

/// The kernel's number for a TCP connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// A network interface of a namespace, other than `lo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// `eth0`, …
    pub name: Arc<str>,
    pub address: Ipv4Addr,
    /// Bits of the network part.
    pub prefix: u8,
    pub mac: [u8; 6],
    /// The bridge it is plugged into: interfaces on one bridge reach each other.
    pub bridge: Arc<str>,
    /// The largest packet that goes through, in bytes.
    pub mtu: u32,
}

impl Interface {
    /// The `mtu` of Ethernet, in bytes.
    pub const ETHERNET_MTU: u32 = 1500;
}

/// A name that one namespace alone has for another's name on a bridge: what `--link container:alias` makes on a network of a user's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkAlias {
    pub alias: Arc<str>,
    pub bridge: Arc<str>,
    pub name: Arc<str>,
}

/// A network namespace: its interfaces. `lo` with 127.0.0.1/8 is always there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkNamespace {
    pub interfaces: Vec<Interface>,
    /// The default route, if there is one.
    pub gateway: Option<Ipv4Addr>,
    /// Whether this is the machine's own namespace, which all bridges are part of.
    pub is_host: bool,
    pub aliases: Vec<NetworkAlias>,
}

/// A socket in the state LISTEN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    pub namespace: NetworkNamespaceId,
    /// `0.0.0.0` listens on every address of the namespace.
    pub address: Ipv4Addr,
    pub port: u16,
    /// Who listens.
    pub process: Pid,
    /// Connections that nobody has accepted yet.
    pub backlog: imbl::Vector<ConnectionId>,
}

/// A TCP connection: a pipe for each direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    pub to_server: PipeId,
    pub to_client: PipeId,
    /// The address that the server sees.
    pub client_address: Ipv4Addr,
    pub server_address: Ipv4Addr,
    pub port: u16,
}

/// A rule that forwards a port of the host into a container (`docker run -p`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// The host's address; `0.0.0.0` for all of them.
    pub host_address: Ipv4Addr,
    pub host_port: u16,
    pub container_address: Ipv4Addr,
    pub container_port: u16,
}

/// The network state of a kernel.
#[derive(Clone, Debug, Default)]
pub struct Networks {
    pub namespaces: OrdMap<NetworkNamespaceId, Arc<NetworkNamespace>>,
    pub listeners: OrdMap<ListenerId, Arc<Listener>>,
    pub connections: OrdMap<ConnectionId, Arc<Connection>>,
    /// By port and address of the host.
    pub publications: OrdMap<(u16, Ipv4Addr), Arc<Publication>>,
    /// Names that the embedded DNS server of a bridge answers: (bridge, name) → addresses.
    pub names: OrdMap<(Arc<str>, Arc<str>), Arc<[Ipv4Addr]>>,
    /// And the other way: (bridge, address) → the one name that is answered for it.
    pub addresses: OrdMap<(Arc<str>, Ipv4Addr), Arc<str>>,
}

impl Networks {
    /// Whether a port of the host leads into a container.
    pub fn is_published(&self, port: u16) -> bool {
        self.publications.range((port, Ipv4Addr::UNSPECIFIED)..=(port, Ipv4Addr::BROADCAST)).next().is_some()
    }

    /// The listening socket that a connection from `from` to `address:port` arrives at, and the address it has there.
    ///
    /// # Errors
    /// `ECONNREFUSED` when the address is there but nobody listens on it, `EHOSTUNREACH` when no host has the address
    /// on a bridge that can be reached, `ENETUNREACH` when there is no route at all, `ETIMEDOUT` when Docker's
    /// isolation between bridges drops the packets.
    pub fn route(
        &self,
        from: NetworkNamespaceId,
        address: Ipv4Addr,
        port: u16,
    ) -> Result<(ListenerId, Ipv4Addr), Errno> {
        let here = self.namespaces.get(&from).ok_or(Errno::ENETUNREACH)?;
        let owns = |namespace: &NetworkNamespace| namespace.interfaces.iter().any(|i| i.address == address);
        if address.is_loopback() || address.is_unspecified() || owns(here) {
            let loopback = if address.is_unspecified() { Ipv4Addr::LOCALHOST } else { address };
            return match self.listening(from, loopback, port) {
                Some(listener) => Ok((listener, loopback)),
                None if here.is_host => self.published(address, port),
                None => Err(Errno::ECONNREFUSED),
            };
        }
        for (id, there) in &self.namespaces {
            let Some(target) = there.interfaces.iter().find(|i| i.address == address) else { continue };
            let shares_bridge = here.is_host || here.interfaces.iter().any(|i| i.bridge == target.bridge);
            if there.is_host {
                return match self.listening(*id, address, port) {
                    Some(listener) => Ok((listener, address)),
                    None => self.published(address, port),
                };
            }
            return match self.listening(*id, address, port) {
                _ if !shares_bridge && here.gateway.is_none() => Err(Errno::ENETUNREACH),
                _ if !shares_bridge => Err(Errno::ETIMEDOUT),
                Some(listener) => Ok((listener, address)),
                None => Err(Errno::ECONNREFUSED),
            };
        }
        match here.interfaces.iter().any(|i| in_subnet(address, i.address, i.prefix)) {
            true => Err(Errno::EHOSTUNREACH),
            false if here.gateway.is_some() => Err(Errno::ETIMEDOUT),
            false => Err(Errno::ENETUNREACH),
        }
    }

    /// The listening socket of a namespace that takes connections to `address:port`.
    pub fn listening(&self, namespace: NetworkNamespaceId, address: Ipv4Addr, port: u16) -> Option<ListenerId> {
        let takes = |l: &Listener| {
            l.namespace == namespace && l.port == port && (l.address.is_unspecified() || l.address == address)
        };
        self.listeners.iter().find(|(_, listener)| takes(listener)).map(|(id, _)| *id)
    }

    /// The rule for what comes to `address:port` of the host: one for this very address goes before one for all.
    pub fn publication(&self, address: Ipv4Addr, port: u16) -> Option<&Publication> {
        let at = |address| self.publications.get(&(port, address)).map(|rule| &**rule);
        at(address).or_else(|| at(Ipv4Addr::UNSPECIFIED))
    }

    /// Follows a published port of the host into its container.
    fn published(&self, address: Ipv4Addr, port: u16) -> Result<(ListenerId, Ipv4Addr), Errno> {
        let rule = self.publication(address, port).ok_or(Errno::ECONNREFUSED)?;
        let inside =
            self.namespaces.iter().find(|(_, n)| n.interfaces.iter().any(|i| i.address == rule.container_address));
        let (id, _) = inside.ok_or(Errno::ECONNREFUSED)?;
        // docker-proxy accepts on the host and then finds nobody inside: the client sees a reset, not a refusal.
        let listener = self.listening(*id, rule.container_address, rule.container_port).ok_or(Errno::ECONNRESET)?;
        Ok((listener, rule.container_address))
    }

    /// The address that a namespace speaks from when it speaks to `address`.
    pub fn source(&self, from: NetworkNamespaceId, address: Ipv4Addr) -> Ipv4Addr {
        let Some(here) = self.namespaces.get(&from) else { return Ipv4Addr::UNSPECIFIED };
        if address.is_loopback() {
            return Ipv4Addr::LOCALHOST;
        }
        let on_link = here.interfaces.iter().find(|i| in_subnet(address, i.address, i.prefix));
        on_link.or(here.interfaces.first()).map_or(Ipv4Addr::LOCALHOST, |i| i.address)
    }

    /// What the embedded DNS servers of the namespace's bridges answer for `name`.
    pub fn resolve(&self, from: NetworkNamespaceId, name: &str) -> Option<Ipv4Addr> {
        let here = self.namespaces.get(&from)?;
        let on = |bridge: &Arc<str>, name: &str| {
            let key = (bridge.clone(), Arc::from(name.to_ascii_lowercase()));
            self.names.get(&key).and_then(|addresses| addresses.first().copied())
        };
        let own = here.aliases.iter().find(|own| own.alias.eq_ignore_ascii_case(name));
        own.and_then(|own| on(&own.bridge, &own.name))
            .or_else(|| here.interfaces.iter().find_map(|interface| on(&interface.bridge, name)))
    }
}

/// Whether `address` lies in the network of `member/prefix`.
pub fn in_subnet(address: Ipv4Addr, member: Ipv4Addr, prefix: u8) -> bool {
    let mask = u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0);
    u32::from(address) & mask == u32::from(member) & mask
}
