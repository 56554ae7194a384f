//! `GET /containers/{id}/json`: all that the engine knows of a container, in Docker's order of keys.

use serde_json::{Map, Value, json};

use super::api::Response;
use super::container::{Container, ContainerConfig, Endpoint, EndpointConfig, MountPoint, PortBinding, Status};
use super::inspect_host::host_config;
use super::{Answer, Daemon, network};
use crate::world::clock::Time;
use crate::world::digest::Digest;
use crate::world::filesystem::layer::ChainId;
use crate::world::process::Kernel;
use crate::world::registry::config::ContainerSettings;

/// A moment, or Go's zero time.
pub(super) fn moment(time: Option<Time>) -> Value {
    time.map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), |time| time.to_string()).into()
}

/// A list; Go's nil slice when it is empty.
pub(super) fn or_null(list: &[String]) -> Value {
    if list.is_empty() { Value::Null } else { list.to_vec().into() }
}

fn mac(address: Option<[u8; 6]>) -> String {
    let bytes = address.iter().flatten().map(|byte| format!("{byte:02x}"));
    bytes.collect::<Vec<_>>().join(":")
}

fn address(address: Option<std::net::Ipv4Addr>) -> String {
    address.map(|address| address.to_string()).unwrap_or_default()
}

pub(super) fn bindings(bindings: &std::collections::BTreeMap<String, Vec<PortBinding>>) -> Map<String, Value> {
    let list = |list: &Vec<PortBinding>| -> Value {
        list.iter().map(|binding| json!({"HostIp": binding.host_ip, "HostPort": binding.host_port})).collect()
    };
    bindings.iter().map(|(port, bindings)| (port.clone(), list(bindings))).collect()
}

impl Daemon {
    /// A container as `docker inspect` prints it.
    ///
    /// # Errors
    /// 404.
    pub(super) fn container_inspect(&self, kernel: &Kernel, name: &str, size: bool) -> Answer {
        let container = self.find(name)?;
        let id = &*container.id;
        let path = |id: &str, name: &str| format!("/var/lib/docker/containers/{id}/{name}");
        // What belongs to the network is that of the container whose network it is.
        let owner = container.host_config.network_mode.strip_prefix("container:").unwrap_or(id);
        let file = |name: &str| if container.has_files { path(owner, name) } else { String::new() };
        let log = match container.host_config.log.driver.as_str() {
            "json-file" if container.has_files => path(id, &format!("{id}-json.log")),
            _ => String::new(),
        };
        let execs = if container.execs.is_empty() { Value::Null } else { container.execs.clone().into() };
        let links: Vec<String> = self
            .children(container)
            .into_iter()
            .map(|(alias, child)| format!("/{}:/{}/{alias}", child.name, container.name))
            .collect();
        let mut object = json!({
            "Id": id,
            "Created": container.created.to_string(),
            "Path": container.path,
            "Args": container.arguments,
            "State": state(container),
            "Image": container.image.to_string(),
            "ResolvConfPath": file("resolv.conf"),
            "HostnamePath": file("hostname"),
            "HostsPath": file("hosts"),
            "LogPath": log,
            "Name": format!("/{}", container.name),
            "RestartCount": container.state.restart_count,
            "Driver": "overlay2",
            "Platform": "linux",
            "MountLabel": "",
            "ProcessLabel": "",
            "AppArmorProfile": "",
            "ExecIDs": execs,
            "HostConfig": host_config(&container.host_config, &links),
            "GraphDriver": self.graph_driver(container),
        });
        if let Value::Object(map) = &mut object {
            if size {
                let (own, all) = self.sizes(kernel, container);
                map.insert("SizeRw".to_owned(), own.into());
                map.insert("SizeRootFs".to_owned(), all.into());
            }
            map.insert("Mounts".to_owned(), container.mounts.iter().map(mount).collect());
            map.insert("Config".to_owned(), config(&container.config));
            map.insert("NetworkSettings".to_owned(), self.network_settings(container));
        }
        Ok(Response::Object(Box::new(object)))
    }

    /// Where overlay2 would keep the layers; the directories' names follow from what is in them.
    fn graph_driver(&self, container: &Container) -> Value {
        let directory = |key: &str| format!("/var/lib/docker/overlay2/{}", Digest::of(key).hex());
        let own = directory(&container.id);
        let mut lower = vec![format!("{own}-init/diff")];
        if let Some(image) = self.images.get(&container.image) {
            lower.extend(
                image.chain_ids().iter().rev().map(|ChainId(chain)| format!("{}/diff", directory(&chain.to_string()))),
            );
        }
        json!({
            "Data": {
                "ID": &*container.id,
                "LowerDir": lower.join(":"),
                "MergedDir": format!("{own}/merged"),
                "UpperDir": format!("{own}/diff"),
                "WorkDir": format!("{own}/work"),
            },
            "Name": "overlay2",
        })
    }

    fn network_settings(&self, container: &Container) -> Value {
        let first = container.endpoints.get("bridge").cloned().unwrap_or_default();
        let sandbox = container.sandbox.clone().unwrap_or_default();
        let key = if sandbox.is_empty() { String::new() } else { format!("/var/run/docker/netns/{}", &sandbox[..12]) };
        let mut ports = bindings(&container.published);
        if container.state.status.is_running() {
            for port in &container.config.run.exposed_ports {
                ports.entry(port.clone()).or_insert(Value::Null);
            }
            ports.sort_keys();
        }
        let networks: Map<String, Value> = container
            .endpoints
            .iter()
            .map(|(name, endpoint)| (name.clone(), self.endpoint(container, name, endpoint)))
            .collect();
        json!({
            "Bridge": "",
            "SandboxID": sandbox,
            "SandboxKey": key,
            "Ports": ports,
            "HairpinMode": false,
            "LinkLocalIPv6Address": "",
            "LinkLocalIPv6PrefixLen": 0,
            "SecondaryIPAddresses": null,
            "SecondaryIPv6Addresses": null,
            "EndpointID": first.endpoint_id,
            "Gateway": address(first.gateway),
            "GlobalIPv6Address": "",
            "GlobalIPv6PrefixLen": 0,
            "IPAddress": address(first.address),
            "IPPrefixLen": first.prefix,
            "IPv6Gateway": "",
            "MacAddress": mac(first.mac),
            "Networks": networks,
        })
    }

    fn endpoint(&self, container: &Container, name: &str, endpoint: &Endpoint) -> Value {
        let predefined = matches!(name, "bridge" | "host" | "none");
        let names = network::dns_names(container, endpoint);
        let asked = &endpoint.asked;
        json!({
            "IPAMConfig": ipam_config(asked),
            "Links": or_null(&asked.links),
            "Aliases": if asked.is_whole { json!(asked.aliases) } else { or_null(&asked.aliases) },
            "MacAddress": if endpoint.mac.is_some() { mac(endpoint.mac) } else { asked.mac.clone() },
            "DriverOpts": if asked.driver_options.is_empty() && !asked.is_whole { Value::Null } else { json!(asked.driver_options) },
            "GwPriority": asked.gateway_priority,
            "NetworkID": endpoint.network_id,
            "EndpointID": endpoint.endpoint_id,
            "Gateway": address(endpoint.gateway),
            "IPAddress": address(endpoint.address),
            "IPPrefixLen": endpoint.prefix,
            "IPv6Gateway": "",
            "GlobalIPv6Address": "",
            "GlobalIPv6PrefixLen": 0,
            "DNSNames": if predefined || endpoint.network_id.is_empty() { Value::Null } else { names.into() },
        })
    }
}

/// The addresses that were asked for; what was not is left out.
fn ipam_config(asked: &EndpointConfig) -> Value {
    let mut map = Map::new();
    for (key, text) in [("IPv4Address", &asked.address), ("IPv6Address", &asked.address6)] {
        if !text.is_empty() {
            map.insert(key.to_owned(), text.as_str().into());
        }
    }
    if !asked.link_local.is_empty() {
        map.insert("LinkLocalIPs".to_owned(), asked.link_local.clone().into());
    }
    if map.is_empty() && !asked.is_whole { Value::Null } else { map.into() }
}

fn state(container: &Container) -> Value {
    let state = &container.state;
    let restarting = state.status == Status::Restarting;
    let mut object = json!({
        "Status": state.status.name(),
        // The Engine counts a container that waits for its restart as running.
        "Running": state.status.is_running() || restarting,
        "Paused": state.status == Status::Paused,
        "Restarting": restarting,
        "OOMKilled": state.out_of_memory,
        "Dead": state.status == Status::Dead,
        "Pid": state.pid.map_or(0, |pid| pid.0),
        "ExitCode": state.exit_code,
        "Error": state.error,
        "StartedAt": moment(state.started),
        "FinishedAt": moment(state.finished),
    });
    if let (Value::Object(map), Some(health)) = (&mut object, &state.health) {
        let log = health.log.iter().map(|result| {
            json!({
                "Start": result.start.to_string(),
                "End": result.end.to_string(),
                "ExitCode": result.exit_code,
                "Output": result.output,
            })
        });
        let log: Vec<Value> = log.collect();
        let health = json!({"Status": health.status, "FailingStreak": health.failing_streak, "Log": log});
        map.insert("Health".to_owned(), health);
    }
    object
}

fn mount(mount: &MountPoint) -> Value {
    let mut object = Map::new();
    object.insert("Type".to_owned(), mount.kind.into());
    if let Some(name) = &mount.name {
        object.insert("Name".to_owned(), (**name).into());
    }
    object.insert("Source".to_owned(), mount.source.as_str().into());
    object.insert("Destination".to_owned(), mount.target.as_str().into());
    if mount.kind == "volume" {
        object.insert("Driver".to_owned(), "local".into());
    }
    object.insert("Mode".to_owned(), mount.mode.as_str().into());
    object.insert("RW".to_owned(), mount.read_write.into());
    object.insert("Propagation".to_owned(), mount.propagation.as_str().into());
    Value::Object(object)
}

pub(super) fn config(config: &ContainerConfig) -> Value {
    let settings = ContainerSettings {
        hostname: config.host_name.clone(),
        domainname: config.domain_name.clone(),
        attach_stdin: config.attach_stdin,
        attach_stdout: config.attach_stdout,
        attach_stderr: config.attach_stderr,
        tty: config.tty,
        open_stdin: config.open_stdin,
        stdin_once: config.stdin_once,
        image: config.image.clone(),
    };
    let mut value = config.run.engine_json(&settings);
    if let Value::Object(map) = &mut value {
        for (key, empty) in [("Env", json!([])), ("Labels", json!({}))] {
            if let Some(member) = map.get_mut(key).filter(|member| member.is_null()) {
                *member = empty;
            }
        }
    }
    value
}
