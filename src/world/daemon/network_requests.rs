//! Requests about networks: create, list, inspect, remove, connect, disconnect, prune.
//!
//! Promises: moby's checks in its order, with its texts (`daemon/network.go`, `libnetwork`).

use std::net::Ipv4Addr;
use std::sync::Arc;

use imbl::OrdMap;
use serde_json::{Map, Value, json};

use super::api::{ApiError, CreateNetwork, Filters, NetworkSummary, Response};
use super::container::{Endpoint, EndpointConfig};
use super::network::{Driver, Network, check_endpoint, outlet};
use super::pool::Pool;
use super::{Answer, Daemon, ipam, list, pattern};
use crate::world::context::Context;
use crate::world::event::EventKind;
use crate::world::process::Kernel;
use crate::world::process::network::in_subnet;

/// The pools that networks get by themselves, after the default bridge's (libnetwork `ipamutils`): 172.18 to 172.31 with
/// 16 bits, then 192.168.0, .16, … with 20.
fn default_pools() -> impl Iterator<Item = (Ipv4Addr, u8)> {
    let large = (18..=31).map(|second| (Ipv4Addr::new(172, second, 0, 0), 16));
    let small = (0..16).map(|third| (Ipv4Addr::new(192, 168, third * 16, 0), 20));
    large.chain(small)
}

impl Daemon {
    /// `POST /networks/create`.
    pub(super) fn network_create(&mut self, kernel: &mut Kernel, context: &mut Context, wish: CreateNetwork) -> Answer {
        let name = wish.name.as_str();
        if name.trim().is_empty() {
            return Err(ApiError::invalid("invalid name: name is empty"));
        }
        if matches!(name, "bridge" | "host" | "none" | "default") {
            return Err(ApiError::new(403, format!("operation is not permitted on predefined {name} network")));
        }
        match wish.driver.as_str() {
            "" | "bridge" => {}
            "host" | "null" => {
                let driver = &wish.driver;
                return Err(ApiError::new(403, format!("only one instance of \"{driver}\" network is allowed")));
            }
            "overlay" => {
                return Err(ApiError::new(
                    503,
                    "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again.",
                ));
            }
            driver @ ("macvlan" | "ipvlan") => {
                return Err(ApiError::not_modelled(format!("networks with the driver {driver}")));
            }
            driver => return Err(ApiError::not_found(format!("plugin \"{driver}\" not found"))),
        }
        if !matches!(wish.address_driver.as_str(), "" | "default") {
            return Err(ApiError::not_found(format!("plugin \"{}\" not found", wish.address_driver)));
        }
        if self.networks.contains_key(name) {
            return Err(ApiError::conflict(format!("network with name {name} already exists")));
        }
        let pool = self.choose_pool(&wish)?;
        let id: Arc<str> = context.random.id().into();
        let bridge = match wish.options.get("com.docker.network.bridge.name") {
            Some(bridge) => bridge.as_str().into(),
            None => Arc::from(format!("br-{}", &id[..12])),
        };
        let network = Network {
            id: id.clone(),
            name: name.into(),
            driver: Driver::Bridge,
            pool: Some(pool),
            internal: wish.internal,
            attachable: wish.attachable,
            ipv6: wish.ipv6,
            options: wish.options,
            address_options: wish.address_options,
            labels: wish.labels,
            created: context.now,
            bridge,
            attachments: OrdMap::new(),
        };
        self.add_bridge(kernel, context, &network);
        context.emit(EventKind::NetworkCreated { name: network.name.clone() });
        self.note_network(context, "create", &id, &network.name, Driver::Bridge, None);
        self.networks.insert(network.name.clone(), Arc::new(network));
        Ok(Response::Created { id: id.to_string(), warnings: Vec::new() })
    }

    fn choose_pool(&self, wish: &CreateNetwork) -> Result<Pool, ApiError> {
        let pools = || self.networks.values().filter_map(|network| network.pool.as_ref());
        let overlaps = |subnet: Ipv4Addr, prefix: u8| {
            pools().any(|pool| in_subnet(subnet, pool.subnet, pool.prefix) || in_subnet(pool.subnet, subnet, prefix))
        };
        let Some(pool) = ipam::chosen(&wish.addresses)? else {
            let free = default_pools().find(|(subnet, prefix)| !overlaps(*subnet, *prefix));
            let (subnet, prefix) =
                free.ok_or_else(|| ApiError::failed("all predefined address pools have been fully subnetted"))?;
            return Ok(Pool::new(subnet, prefix));
        };
        if overlaps(pool.subnet, pool.prefix) {
            return Err(ApiError::new(403, "invalid pool request: Pool overlaps with other one on this address space"));
        }
        Ok(pool)
    }

    /// `GET /networks`, sorted by name.
    pub(super) fn network_list(&self, filters: &Filters) -> Answer {
        let chosen = self.networks_matching(filters)?;
        let summaries = chosen.into_iter().map(|network| NetworkSummary {
            id: network.id.to_string(),
            name: network.name.to_string(),
            driver: network.driver.name().to_owned(),
            scope: "local".to_owned(),
            ipv6: network.ipv6,
            internal: network.internal,
            labels: network.labels.clone(),
            created: network.created,
        });
        Ok(Response::Networks(summaries.collect()))
    }

    fn networks_matching(&self, filters: &Filters) -> Result<Vec<&Arc<Network>>, ApiError> {
        list::check_filters(
            filters,
            &["dangling", "driver", "id", "label", "name", "scope", "type", "until", "label!"],
        )?;
        let dangling = list::boolean(filters, "dangling")?;
        if let Some(kind) =
            filters.get("type").into_iter().flatten().find(|kind| !matches!(kind.as_str(), "builtin" | "custom"))
        {
            return Err(ApiError::invalid(format!("invalid filter: 'type'='{kind}'")));
        }
        let chosen = self.networks.values().filter(|network| {
            // Docker calls every network of a user's dangling that no Swarm service has, whoever is in it.
            dangling.is_none_or(|dangling| dangling != network.is_predefined())
                && list::any(filters, "driver", |driver| driver == network.driver.name())
                && list::any(filters, "id", |id| network.id.starts_with(id))
                && list::any(filters, "name", |name| pattern::matches(name, &network.name))
                && list::any(filters, "scope", |scope| scope == "local")
                && list::any(filters, "type", |kind| (kind == "builtin") == network.is_predefined())
                && list::has_labels(filters, "label", &network.labels)
                && list::lacks_labels(filters, "label!", &network.labels)
        });
        Ok(chosen.collect())
    }

    /// `GET /networks/{name}`.
    pub(super) fn network_inspect(&self, name: &str) -> Answer {
        let network = self.find_network(name)?;
        let config = network.pool.iter().map(|pool| {
            let mut config = Map::from_iter([("Subnet".to_owned(), json!(format!("{}/{}", pool.subnet, pool.prefix)))]);
            if let Some((first, prefix)) = pool.range {
                config.insert("IPRange".to_owned(), json!(format!("{first}/{prefix}")));
            }
            config.insert("Gateway".to_owned(), json!(pool.gateway.to_string()));
            if !pool.auxiliary.is_empty() {
                let addresses = pool.auxiliary.iter().map(|(name, address)| (name.clone(), json!(address.to_string())));
                config.insert("AuxiliaryAddresses".to_owned(), Value::Object(addresses.collect()));
            }
            Value::Object(config)
        });
        let config: Vec<Value> = config.collect();
        let containers = network.attachments.iter().map(|(id, attachment)| {
            let prefix = network.pool.as_ref().map_or(0, |pool| pool.prefix);
            let mac: Vec<String> = attachment.mac.iter().flatten().map(|byte| format!("{byte:02x}")).collect();
            let address = attachment.address.map(|address| format!("{address}/{prefix}")).unwrap_or_default();
            let value = json!({
                "Name": attachment.name,
                "EndpointID": attachment.endpoint_id,
                "MacAddress": mac.join(":"),
                "IPv4Address": address,
                "IPv6Address": "",
            });
            (id.to_string(), value)
        });
        let containers: Map<String, Value> = containers.collect();
        // The Engine has no IPAM configuration, and writes null, for networks without a bridge.
        let (config, driver_options) = match network.pool {
            Some(_) => {
                (json!(config), if network.is_predefined() { Value::Null } else { json!(network.address_options) })
            }
            None => (Value::Null, Value::Null),
        };
        Ok(Response::Object(Box::new(json!({
            "Name": &*network.name,
            "Id": &*network.id,
            "Created": network.created.to_string(),
            "Scope": "local",
            "Driver": network.driver.name(),
            "EnableIPv4": true,
            "EnableIPv6": network.ipv6,
            "IPAM": {"Driver": "default", "Options": driver_options, "Config": config},
            "Internal": network.internal,
            "Attachable": network.attachable,
            "Ingress": false,
            "ConfigFrom": {"Network": ""},
            "ConfigOnly": false,
            "Containers": containers,
            "Options": network.options,
            "Labels": network.labels,
        }))))
    }

    /// `DELETE /networks/{name}`.
    pub(super) fn network_remove(&mut self, kernel: &mut Kernel, context: &mut Context, name: &str) -> Answer {
        let network = self.find_network(name)?.clone();
        if network.is_predefined() {
            let name = &network.name;
            return Err(ApiError::new(403, format!("{name} is a pre-defined network and cannot be removed")));
        }
        if !network.attachments.is_empty() {
            let endpoints = network
                .attachments
                .values()
                .map(|attachment| format!("name:\"{}\" id:\"{}\"", attachment.name, &attachment.endpoint_id[..12]));
            let endpoints: Vec<String> = endpoints.collect();
            return Err(ApiError::new(
                403,
                format!(
                    "error while removing network: network {} has active endpoints ({})",
                    network.name,
                    endpoints.join(", ")
                ),
            ));
        }
        self.drop_network(kernel, context, &network);
        Ok(Response::Done)
    }

    fn drop_network(&mut self, kernel: &mut Kernel, context: &mut Context, network: &Network) {
        let host = kernel.host.network;
        if let Some(namespace) = kernel.networks.namespaces.get_mut(&host).map(Arc::make_mut) {
            namespace.interfaces.retain(|interface| interface.bridge != network.bridge);
        }
        self.networks.remove(&network.name);
        context.emit(EventKind::NetworkRemoved { name: network.name.clone() });
        self.note_network(context, "destroy", &network.id, &network.name, network.driver, None);
    }

    /// `POST /networks/prune`: the networks of a user's that nobody is in, oldest first.
    pub(super) fn network_prune(&mut self, kernel: &mut Kernel, context: &mut Context, filters: &Filters) -> Answer {
        let until = list::until(filters, context.now)?;
        let chosen = self.networks_matching(filters)?;
        let mut chosen: Vec<Arc<Network>> = chosen
            .into_iter()
            .filter(|network| !network.is_predefined() && network.attachments.is_empty())
            .filter(|network| until.is_none_or(|until| network.created < until))
            .cloned()
            .collect();
        chosen.sort_by(|a, b| (a.created, &a.name).cmp(&(b.created, &b.name)));
        for network in &chosen {
            self.drop_network(kernel, context, network);
        }
        let deleted = chosen.iter().map(|network| network.name.to_string()).collect();
        Ok(Response::Pruned { deleted, reclaimed: 0 })
    }

    /// `POST /networks/{name}/connect`.
    pub(super) fn network_connect(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        network: &str,
        container: &str,
        asked: EndpointConfig,
    ) -> Answer {
        let container = self.find(container)?.clone();
        let network = self.find_network(network)?.clone();
        let key = network.name.to_string();
        if network.driver == Driver::Host {
            return Err(ApiError::invalid(
                "cannot connect container to host network - container must be created in host network mode",
            ));
        }
        let mode = container.host_config.network_mode.as_str();
        if mode == "host" || mode.starts_with("container:") {
            return Err(ApiError::invalid(
                "container sharing network namespace with another container or host cannot be connected to any other network",
            ));
        }
        let others = container.endpoints.keys().any(|known| *known != key);
        if others && (network.driver == Driver::Null || container.endpoints.contains_key("none")) {
            return Err(ApiError::invalid(
                "container cannot be connected to multiple networks with one of the networks in private (none) mode",
            ));
        }
        let asked = EndpointConfig { is_whole: true, ..asked };
        check_endpoint(&network.name, Some(&network), &asked).map_err(ApiError::invalid)?;
        let runs = container.state.status.is_running();
        if runs && network.attachments.contains_key(&container.id) {
            let name = &container.name;
            return Err(ApiError::new(403, format!("endpoint with name {name} already exists in network {key}")));
        }
        let asked = Endpoint { asked, ..Endpoint::default() };
        let mut endpoints = container.endpoints.clone();
        let endpoint = match (container.namespaces, runs) {
            (Some(namespaces), true) => {
                let known = kernel.networks.namespaces.get(&namespaces.network);
                let mut namespace = known.map(|namespace| (**namespace).clone()).unwrap_or_default();
                let endpoint = self.join(kernel, context, &container, &key, &asked, &mut namespace)?;
                endpoints.insert(key.clone(), endpoint.clone());
                namespace.gateway = outlet(&endpoints).and_then(|endpoint| endpoint.gateway);
                kernel.networks.namespaces.insert(namespaces.network, Arc::new(namespace));
                endpoint
            }
            _ => asked,
        };
        self.change(&container.id, |container| container.endpoints.insert(key, endpoint));
        Ok(Response::Done)
    }

    /// `POST /networks/{name}/disconnect`.
    pub(super) fn network_disconnect(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        network: &str,
        container: &str,
        force: bool,
    ) -> Answer {
        let network = self.find_network(network)?.clone();
        let container = match self.find(container) {
            Ok(container) => container.clone(),
            Err(_) if force => return Err(ApiError::not_found(format!("endpoint {container} not found"))),
            Err(error) => return Err(error),
        };
        if network.driver == Driver::Host && container.host_config.network_mode == "host" {
            return Err(ApiError::invalid(
                "cannot disconnect container from host network - container was created in host network mode",
            ));
        }
        let names = [&*network.name, &*network.id];
        let Some((key, endpoint)) = container.endpoints.iter().find(|(name, _)| names.contains(&name.as_str())) else {
            if force {
                return Ok(Response::Done);
            }
            let (id, name) = (&container.id, &network.name);
            return Err(ApiError::new(403, format!("container {id} is not connected to network {name}")));
        };
        if let (Some(namespaces), Some(address)) = (container.namespaces, endpoint.address)
            && let Some(namespace) = kernel.networks.namespaces.get_mut(&namespaces.network).map(Arc::make_mut)
        {
            namespace.interfaces.retain(|interface| interface.address != address);
            namespace.aliases.retain(|own| own.bridge != network.bridge);
            let mut left = container.endpoints.clone();
            left.remove(key);
            namespace.gateway = outlet(&left).and_then(|endpoint| endpoint.gateway);
        }
        self.leave(kernel, context, &container, key, endpoint);
        self.change(&container.id, |container| container.endpoints.remove(key));
        Ok(Response::Done)
    }
}
