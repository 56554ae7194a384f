//! `docker volume` and `docker network`: create, remove, connect.
//!
//! Promises: the texts and exit codes of docker's client.

use super::create_options::variables::pairs;
use super::ipam;
use crate::client::program::Client;
use crate::world::daemon::api::{CreateNetwork, Request, Response};
use crate::world::daemon::container::EndpointConfig;
use crate::world::process::System;

/// `docker volume create`.
///
/// # Errors
/// The exit code.
pub fn create_volume(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let parsed = &invocation.parsed;
    let argument = parsed.arguments.first();
    let flag = parsed.text("name");
    if argument.is_some() && flag.is_some() {
        client.err("conflicting options: cannot specify a volume-name through both --name and as a positional arg\n");
        return Err(1);
    }
    let name = argument.map(String::as_str).or(flag).filter(|name| !name.is_empty()).map(str::to_owned);
    let request = Request::VolumeCreate {
        name,
        driver: parsed.text("driver").unwrap_or("local").to_owned(),
        labels: pairs(parsed.list("label")),
        options: pairs(parsed.list("opt")),
    };
    let Response::Created { id, .. } = client.ask(system, request)? else { return Err(1) };
    client.out(format!("{id}\n"));
    Ok(())
}

/// `docker volume rm`.
///
/// # Errors
/// The exit code.
pub fn remove_volumes(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let force = invocation.parsed.on("force");
    let mut result = Ok(());
    for name in &invocation.parsed.arguments {
        match client.ask(system, Request::VolumeRemove { name: name.clone(), force }) {
            Ok(_) => client.out(format!("{name}\n")),
            Err(code) => result = Err(code),
        }
    }
    result
}

/// `docker volume update`: for the volumes of a swarm, of which there are none.
///
/// # Errors
/// The exit code.
pub fn update_volume(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let name = client.invocation.parsed.arguments.first().cloned().unwrap_or_default();
    client.ask(system, Request::VolumeInspect { name })?;
    client.err("can only update cluster volumes\n");
    Err(1)
}

/// `docker network create`.
///
/// # Errors
/// The exit code.
pub fn create_network(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let parsed = &invocation.parsed;
    let addresses = match ipam::read(parsed) {
        Ok(addresses) => addresses,
        Err(problem) => {
            client.err(problem + "\n");
            return Err(1);
        }
    };
    let request = Request::NetworkCreate(Box::new(CreateNetwork {
        name: parsed.arguments.first().cloned().unwrap_or_default(),
        driver: parsed.text("driver").unwrap_or("bridge").to_owned(),
        internal: parsed.on("internal"),
        attachable: parsed.on("attachable"),
        ipv6: parsed.on("ipv6"),
        address_driver: parsed.text("ipam-driver").unwrap_or_default().to_owned(),
        address_options: pairs(parsed.list("ipam-opt")),
        addresses,
        options: pairs(parsed.list("opt")),
        labels: pairs(parsed.list("label")),
    }));
    let Response::Created { id, .. } = client.ask(system, request)? else { return Err(1) };
    client.out(format!("{id}\n"));
    Ok(())
}

/// `docker network rm`.
///
/// # Errors
/// The exit code.
pub fn remove_networks(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let force = invocation.parsed.on("force");
    let mut failed = false;
    for name in &invocation.parsed.arguments {
        match system.engine(Request::NetworkRemove { name: name.clone() }) {
            Ok(_) => client.out(format!("{name}\n")),
            Err(error) if force && error.status == 404 => {}
            Err(error) => {
                client.refuse(&error);
                failed = true;
            }
        }
    }
    if failed {
        // The client has no better word for it (docker/cli `cli/command/network/remove.go`).
        client.err("exit status 1\n");
        return Err(1);
    }
    Ok(())
}

/// `docker network connect`.
///
/// # Errors
/// The exit code.
pub fn connect(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let [network, container] = invocation.parsed.arguments.as_slice() else { return Err(1) };
    let texts = |flag: &str| invocation.parsed.list(flag).into_iter().map(str::to_owned).collect();
    let text = |flag: &str| invocation.parsed.text(flag).unwrap_or_default().to_owned();
    let endpoint = EndpointConfig {
        aliases: texts("alias"),
        links: texts("link"),
        address: text("ip"),
        address6: text("ip6"),
        driver_options: pairs(invocation.parsed.list("driver-opt")),
        gateway_priority: invocation.parsed.int("gw-priority").unwrap_or(0),
        ..EndpointConfig::default()
    };
    let endpoint = Box::new(endpoint);
    let request = Request::NetworkConnect { network: network.clone(), container: container.clone(), endpoint };
    client.ask(system, request).map(|_| ())
}

/// `docker network disconnect`.
///
/// # Errors
/// The exit code.
pub fn disconnect(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let [network, container] = invocation.parsed.arguments.as_slice() else { return Err(1) };
    let force = invocation.parsed.on("force");
    let request = Request::NetworkDisconnect { network: network.clone(), container: container.clone(), force };
    client.ask(system, request).map(|_| ())
}
