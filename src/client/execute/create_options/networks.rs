//! The networks that a container joins: `--network`, `--ip`, `--network-alias`.
//!
//! Promises: the checks and texts of docker/cli `parseNetworkOpts`.

use std::net::Ipv4Addr;

use crate::client::flags::Parsed;
use crate::client::units::go_quote;
use crate::world::daemon::container::{EndpointConfig, NetworkingConfig};

/// The network mode, and the networks to join.
///
/// # Errors
/// As docker's client words them.
pub fn read(parsed: &Parsed) -> Result<(String, NetworkingConfig), String> {
    let mut given = parsed.list("network");
    given.extend(parsed.list("net"));
    let mut aliases = parsed.list("network-alias");
    aliases.extend(parsed.list("net-alias"));
    let address = match parsed.text("ip") {
        Some(text) => Some(text.trim().parse::<Ipv4Addr>().map_err(|_| {
            let value = go_quote(text);
            format!("invalid argument {value} for \"--ip\" flag: failed to parse IP: {value}")
        })?),
        None => None,
    };
    let alone = given.len() <= 1;
    if given.is_empty() {
        given.push("default");
    }
    let mut networking = NetworkingConfig::default();
    let mut mode = String::new();
    let (mut user_defined, mut other) = (false, false);
    for (index, value) in given.into_iter().enumerate() {
        let (name, mut endpoint) = attachment(value)?;
        match is_user_defined(&name) {
            true => user_defined = true,
            false => other = true,
        }
        if index == 0 {
            mode.clone_from(&name);
            if !endpoint.aliases.is_empty() && !aliases.is_empty() {
                let text = "conflicting options: cannot specify both --network-alias and per-network alias";
                return Err(text.to_owned());
            }
            if endpoint.address.is_some() && address.is_some() {
                let text = "conflicting options: cannot specify both --ip and per-network IPv4 address";
                return Err(text.to_owned());
            }
            endpoint.aliases.extend(aliases.iter().map(|alias| (*alias).to_owned()));
            endpoint.address = endpoint.address.or(address);
        }
        if name.trim().is_empty() {
            return Err("no name set for network".to_owned());
        }
        if !is_user_defined(&name) && !endpoint.aliases.is_empty() {
            return Err("network-scoped aliases are only supported for user-defined networks".to_owned());
        }
        if networking.endpoints.contains_key(&name) {
            return Err(format!("network {} is specified multiple times", go_quote(&name)));
        }
        if alone && endpoint == EndpointConfig::default() {
            continue;
        }
        let name = if name == "default" { "bridge".to_owned() } else { name };
        networking.endpoints.insert(name, endpoint);
    }
    if user_defined && other {
        let text = "conflicting options: cannot attach both user-defined and non-user-defined network-modes";
        return Err(text.to_owned());
    }
    if mode == "default" {
        "bridge".clone_into(&mut mode);
    }
    Ok((mode, networking))
}

/// Whether a network mode names a network that somebody made.
fn is_user_defined(mode: &str) -> bool {
    !matches!(mode, "default" | "bridge" | "host" | "none") && !mode.starts_with("container:")
}

/// A network's name, or `name=…,alias=…,ip=…`.
fn attachment(value: &str) -> Result<(String, EndpointConfig), String> {
    if !value.contains('=') {
        return Ok((value.to_owned(), EndpointConfig::default()));
    }
    let (mut name, mut endpoint) = (String::new(), EndpointConfig::default());
    for field in value.split(',') {
        let Some((key, given)) = field.split_once('=') else { return Err(format!("invalid field {field}")) };
        match key.trim().to_lowercase().as_str() {
            "name" => given.clone_into(&mut name),
            "alias" => endpoint.aliases.push(given.to_owned()),
            "ip" => {
                let address = given.parse().map_err(|_| format!("invalid IPv4 address: {given}"))?;
                endpoint.address = Some(address);
            }
            key => return Err(format!("invalid field key {key}")),
        }
    }
    if name.is_empty() {
        return Err("network name/id is not specified".to_owned());
    }
    Ok((name, endpoint))
}
