//! Networks: bridges with their addresses, the host's own stack, and none at all.
//!
//! Promises: the lowest free address of a network is given first, and freed ones come again; names are answered only on networks that
//! a user made, as in Docker. Must not know: which packets pass, which is the kernel's.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use imbl::OrdMap;

use super::api::ApiError;
use super::container::{Endpoint, EndpointConfig, HostConfig, NetworkingConfig};
use super::pool::Pool;
use super::{Daemon, events, ipam};
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::event::EventKind;
use crate::world::process::Kernel;
use crate::world::process::network::{Interface, NetworkAlias, NetworkNamespace};

/// What carries a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    Bridge,
    Host,
    Null,
}

impl Driver {
    /// As the API writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Driver::Bridge => "bridge",
            Driver::Host => "host",
            Driver::Null => "null",
        }
    }
}

/// A container that is in a network now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub name: String,
    pub endpoint_id: String,
    pub mac: Option<[u8; 6]>,
    pub address: Option<Ipv4Addr>,
}

/// A network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// 64 hexadecimal digits.
    pub id: Arc<str>,
    pub name: Arc<str>,
    pub driver: Driver,
    /// A bridge has one.
    pub pool: Option<Pool>,
    pub internal: bool,
    pub attachable: bool,
    pub ipv6: bool,
    pub options: BTreeMap<String, String>,
    /// Of the driver that chooses addresses.
    pub address_options: BTreeMap<String, String>,
    pub labels: BTreeMap<String, String>,
    pub created: Time,
    /// The bridge's interface on the host: `docker0`, `br-…`.
    pub bridge: Arc<str>,
    /// By container ID.
    pub attachments: OrdMap<Arc<str>, Attachment>,
}

impl Network {
    /// Whether the engine made it itself.
    pub fn is_predefined(&self) -> bool {
        matches!(&*self.name, "bridge" | "host" | "none")
    }

    /// The largest packet that its interfaces let through, in bytes.
    fn mtu(&self) -> u32 {
        let chosen = self.options.get("com.docker.network.driver.mtu").and_then(|mtu| mtu.parse().ok());
        chosen.unwrap_or(Interface::ETHERNET_MTU)
    }
}

impl Daemon {
    /// Makes the three networks that every engine has, when they are not there yet.
    pub(super) fn ensure_networks(&mut self, kernel: &mut Kernel, context: &mut Context) {
        if !self.networks.is_empty() {
            return;
        }
        let pool = Pool::new(Ipv4Addr::new(172, 17, 0, 0), 16);
        let option = |name: &str, value: &str| (format!("com.docker.network.{name}"), value.to_owned());
        let options = BTreeMap::from([
            option("bridge.default_bridge", "true"),
            option("bridge.enable_icc", "true"),
            option("bridge.enable_ip_masquerade", "true"),
            option("bridge.host_binding_ipv4", "0.0.0.0"),
            option("bridge.name", "docker0"),
            option("driver.mtu", "1500"),
        ]);
        for (name, driver, pool, options, bridge) in [
            ("bridge", Driver::Bridge, Some(pool), options, "docker0"),
            ("host", Driver::Host, None, BTreeMap::new(), ""),
            ("none", Driver::Null, None, BTreeMap::new(), ""),
        ] {
            let network = Network {
                id: context.random.id().into(),
                name: name.into(),
                driver,
                pool,
                internal: false,
                attachable: false,
                ipv6: false,
                options,
                address_options: BTreeMap::new(),
                labels: BTreeMap::new(),
                created: kernel.booted,
                bridge: bridge.into(),
                attachments: OrdMap::new(),
            };
            self.add_bridge(kernel, context, &network);
            self.networks.insert(network.name.clone(), Arc::new(network));
        }
    }

    /// Gives the host an interface on a bridge.
    pub(super) fn add_bridge(&mut self, kernel: &mut Kernel, context: &mut Context, network: &Network) {
        let Some(pool) = &network.pool else { return };
        let interface = Interface {
            name: network.bridge.clone(),
            address: pool.gateway,
            prefix: pool.prefix,
            mac: mac(context),
            bridge: network.bridge.clone(),
            mtu: network.mtu(),
        };
        let host = kernel.host.network;
        if let Some(namespace) = kernel.networks.namespaces.get_mut(&host).map(Arc::make_mut) {
            namespace.interfaces.push(interface);
        }
    }

    /// The network that `text` names: a name, an ID or the beginning of one.
    ///
    /// # Errors
    /// 404.
    pub fn find_network(&self, text: &str) -> Result<&Arc<Network>, ApiError> {
        if let Some(network) = self.networks.get(text) {
            return Ok(network);
        }
        let mut found = self.networks.values().filter(|network| !text.is_empty() && network.id.starts_with(text));
        match (found.next(), found.next()) {
            (Some(network), None) => Ok(network),
            (Some(_), Some(_)) => {
                Err(ApiError::invalid(format!("network {text} is ambiguous (2 matches found based on ID prefix)")))
            }
            (None, _) => Err(ApiError::not_found(format!("network {text} not found"))),
        }
    }

    /// What a container's endpoints are to be, checked as far as the networks are there.
    ///
    /// # Errors
    /// 400 for an address that cannot be had.
    pub(super) fn endpoints_asked(
        &self,
        host: &HostConfig,
        networking: NetworkingConfig,
    ) -> Result<BTreeMap<String, Endpoint>, ApiError> {
        let mode = if matches!(host.network_mode.as_str(), "" | "default") { "bridge" } else { &host.network_mode };
        let mut endpoints: BTreeMap<String, Endpoint> = BTreeMap::new();
        if mode.starts_with("container:") {
            return Ok(endpoints);
        }
        for (name, config) in networking.endpoints {
            let name = if name == "default" { "bridge".to_owned() } else { name };
            let network = self.find_network(&name).ok();
            check_endpoint(&name, network.map(|network| &**network), &config)
                .map_err(|why| ApiError::invalid(format!("invalid config for network {name}: {why}")))?;
            endpoints.insert(name, Endpoint { asked: config, ..Endpoint::default() });
        }
        endpoints.entry(mode.to_owned()).or_default();
        Ok(endpoints)
    }

    /// Joins a container to one network: an address, an interface in its namespace, its names.
    ///
    /// # Errors
    /// 404 without the network; when the address is taken, or none is left.
    pub(super) fn join(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        container: &super::container::Container,
        name: &str,
        endpoint: &Endpoint,
        namespace: &mut NetworkNamespace,
    ) -> Result<Endpoint, ApiError> {
        let key = self.find_network(name)?.name.clone();
        let Some(network) = self.networks.get_mut(&key).map(Arc::make_mut) else {
            return Err(ApiError::not_found(format!("network {name} not found")));
        };
        let mut joined = Endpoint {
            network_id: network.id.to_string(),
            endpoint_id: context.random.id(),
            asked: endpoint.asked.clone(),
            ..Endpoint::default()
        };
        let mtu = network.mtu();
        if let Some(pool) = &mut network.pool {
            let address = match endpoint.asked.address.parse().ok() {
                Some(address) if pool.take_this(address) => address,
                Some(_) => return Err(ApiError::new(403, "Address already in use")),
                None => pool.take().ok_or_else(|| {
                    ApiError::failed(format!(
                        "no available IPv4 addresses on this network's address pools: {} ({})",
                        network.name, network.id
                    ))
                })?,
            };
            joined.address = Some(address);
            joined.prefix = pool.prefix;
            joined.gateway = (!network.internal).then_some(pool.gateway);
            joined.mac = parse_mac(&endpoint.asked.mac).or_else(|| Some(mac(context)));
            let interface = Interface {
                name: format!("eth{}", namespace.interfaces.len()).into(),
                address,
                prefix: pool.prefix,
                mac: joined.mac.unwrap_or_default(),
                bridge: network.bridge.clone(),
                mtu,
            };
            namespace.interfaces.push(interface);
            if !network.is_predefined() {
                for name in dns_names(container, &joined) {
                    add_name(kernel, network, &name, address);
                }
                namespace.aliases.extend(endpoint.asked.links.iter().map(|link| {
                    let (name, alias) = link.split_once(':').unwrap_or((link, link));
                    NetworkAlias { alias: alias.into(), bridge: network.bridge.clone(), name: name.into() }
                }));
            }
            let event = EventKind::NetworkConnected { name: key.clone(), container: container.id.clone(), address };
            context.emit(event);
        }
        let attachment = Attachment {
            name: container.name.clone(),
            endpoint_id: joined.endpoint_id.clone(),
            mac: joined.mac,
            address: joined.address,
        };
        network.attachments.insert(container.id.clone(), attachment);
        let (id, driver) = (network.id.clone(), network.driver);
        self.note_network(context, "connect", &id, &key, driver, Some(&container.id));
        Ok(joined)
    }

    /// Takes a container out of one network again.
    pub(super) fn leave(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        container: &super::container::Container,
        name: &str,
        endpoint: &Endpoint,
    ) {
        let Ok(key) = self.find_network(name).map(|network| network.name.clone()) else { return };
        let Some(network) = self.networks.get_mut(&key).map(Arc::make_mut) else { return };
        if network.attachments.remove(&container.id).is_none() {
            return;
        }
        if let (Some(pool), Some(address)) = (&mut network.pool, endpoint.address) {
            pool.give_back(address);
            if !network.is_predefined() {
                for name in dns_names(container, endpoint) {
                    remove_name(kernel, network, &name, address);
                }
            }
            context.emit(EventKind::NetworkDisconnected { name: key.clone(), container: container.id.clone() });
        }
        let (id, driver) = (network.id.clone(), network.driver);
        self.note_network(context, "disconnect", &id, &key, driver, Some(&container.id));
    }

    pub(super) fn note_network(
        &mut self,
        context: &Context,
        action: &str,
        id: &str,
        name: &str,
        driver: Driver,
        container: Option<&str>,
    ) {
        let mut attributes = Self::named(name);
        attributes.insert("type".to_owned(), driver.name().to_owned());
        if let Some(container) = container {
            attributes.insert("container".to_owned(), container.to_owned());
        }
        self.note(context, "network", action, id, attributes);
    }
}

/// Of a container's endpoints the one that the default route leaves by: the highest priority, then the first name (libnetwork
/// `Endpoint.Less`). None where all networks are internal.
pub(super) fn outlet(endpoints: &BTreeMap<String, Endpoint>) -> Option<&Endpoint> {
    // In the order of their names: the first of those that come to the same is taken.
    let open = endpoints.values().filter(|endpoint| endpoint.gateway.is_some());
    open.min_by_key(|endpoint| Reverse(endpoint.asked.gateway_priority))
}

/// What a user may ask of an endpoint (moby `validateEndpointSettings`). The network need not be there yet.
///
/// # Errors
/// All that is wrong, a line each.
pub(super) fn check_endpoint(name: &str, network: Option<&Network>, asked: &EndpointConfig) -> Result<(), String> {
    let mut wrong: Vec<String> = Vec::new();
    if matches!(name, "bridge" | "host" | "none") {
        if !asked.address.is_empty() || !asked.address6.is_empty() {
            wrong.push("user specified IP address is supported on user defined networks only".to_owned());
        }
        if !asked.aliases.is_empty() {
            wrong.push("network-scoped alias is supported only for containers in user defined networks".to_owned());
        }
    }
    let address = asked.address.parse::<Ipv4Addr>().ok();
    if !asked.address.is_empty() && address.is_none_or(|address| address.is_unspecified()) {
        wrong.push(format!("invalid IPv4 address: {}", asked.address));
    }
    let address6 = asked.address6.parse::<std::net::Ipv6Addr>().ok();
    if !asked.address6.is_empty() && address6.is_none_or(|address| address.is_unspecified()) {
        wrong.push(format!("invalid IPv6 address: {}", asked.address6));
    }
    for address in &asked.link_local {
        if address.parse::<std::net::IpAddr>().is_ok_and(|address| !address.is_unspecified()) {
            continue;
        }
        wrong.push(format!("invalid link-local IP address: {address}"));
    }
    if let Some(network) = network.filter(|network| !network.is_predefined()) {
        let without_subnet =
            "user specified IP address is supported only when connecting to networks with user configured subnets";
        match &network.pool {
            _ if asked.address.is_empty() => {}
            Some(pool) if !pool.chosen => wrong.push(without_subnet.to_owned()),
            Some(pool) if address.is_some_and(|address| pool.contains(address)) => {}
            _ => wrong.push(format!("no configured subnet or ip-range contain the IP address {}", asked.address)),
        }
        // No network has a subnet of IPv6 that a user chose.
        if !asked.address6.is_empty() {
            wrong.push(without_subnet.to_owned());
        }
    }
    ipam::listed(&wrong).map_or(Ok(()), |list| Err(format!("invalid endpoint settings:\n{list}")))
}

/// Reads a hardware address with colons, dashes or dots.
fn parse_mac(text: &str) -> Option<[u8; 6]> {
    let digits: String = text.trim().chars().filter(char::is_ascii_hexdigit).collect();
    if digits.len() != 12 {
        return None;
    }
    let mut bytes = [0; 6];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(index * 2..index * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// A random address of the locally administered kind, as the Engine gives since version 28.
fn mac(context: &mut Context) -> [u8; 6] {
    let bytes = context.random.bytes();
    [bytes[0] & 0xfc | 0x02, bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]]
}

/// The names that a container has on a network that a user made: its own, its aliases, its short ID.
pub(super) fn dns_names(container: &super::container::Container, endpoint: &Endpoint) -> Vec<String> {
    let mut names = vec![container.name.clone()];
    let short = events::short(&container.id);
    for name in endpoint.asked.aliases.iter().chain([&short, &container.config.host_name]) {
        if !name.is_empty() && !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// Has a network's server answer a name, and the name with the network's behind it. The first name of an address is the one that is told
/// of it.
pub(super) fn add_name(kernel: &mut Kernel, network: &Network, name: &str, address: Ipv4Addr) {
    let whole = format!("{name}.{}", network.name);
    for name in [name, &whole] {
        let key = (network.bridge.clone(), Arc::from(name.to_ascii_lowercase()));
        let known = kernel.networks.names.get(&key).cloned().unwrap_or_else(|| Arc::from([]));
        let addresses: Arc<[Ipv4Addr]> = known.iter().copied().chain([address]).collect();
        kernel.networks.names.insert(key, addresses);
    }
    kernel.networks.addresses.entry((network.bridge.clone(), address)).or_insert_with(|| whole.into());
}

/// Takes a name of an address away again.
pub(super) fn remove_name(kernel: &mut Kernel, network: &Network, name: &str, address: Ipv4Addr) {
    let whole = format!("{name}.{}", network.name);
    for name in [name, &whole] {
        let key = (network.bridge.clone(), Arc::from(name.to_ascii_lowercase()));
        let Some(known) = kernel.networks.names.get(&key) else { continue };
        let addresses: Arc<[Ipv4Addr]> = known.iter().copied().filter(|known| *known != address).collect();
        match addresses.is_empty() {
            true => kernel.networks.names.remove(&key),
            false => kernel.networks.names.insert(key, addresses),
        };
    }
    let key = (network.bridge.clone(), address);
    if kernel.networks.addresses.get(&key).is_some_and(|told| **told == *whole) {
        kernel.networks.addresses.remove(&key);
    }
}
