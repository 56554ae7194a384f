//! The networks that a container joins: `--network`, and the flags that say how: `--ip`, `--network-alias`, `--mac-address`, ….
//!
//! Promises: the checks and texts of docker/cli `parseNetworkOpts`. Addresses are the daemon's to check.

use crate::client::flags::{Parsed, network};
use crate::client::units::go_quote;
use crate::world::daemon::container::{EndpointConfig, NetworkingConfig};

/// The network mode, and the networks to join.
///
/// # Errors
/// As docker's client words them.
pub fn read(parsed: &Parsed) -> Result<(String, NetworkingConfig), String> {
    let mut given = parsed.list("network");
    given.extend(parsed.list("net"));
    let alone = given.len() == 1;
    if given.is_empty() {
        given.push("default");
    }
    let mut networking = NetworkingConfig::default();
    let mut mode = String::new();
    let (mut user_defined, mut other) = (false, false);
    for (index, value) in given.into_iter().enumerate() {
        let (name, mut endpoint) = network::parse(value)?;
        match is_user_defined(&name) {
            true => user_defined = true,
            false => other = true,
        }
        if index == 0 {
            mode.clone_from(&name);
            add_own_flags(parsed, &name, &mut endpoint)?;
        }
        check(&name, &endpoint)?;
        if networking.endpoints.contains_key(&name) {
            return Err(format!("network {} is specified multiple times", go_quote(&name)));
        }
        if alone && endpoint == EndpointConfig::default() {
            continue;
        }
        networking.endpoints.insert(name, endpoint);
    }
    if user_defined && other {
        let text = "conflicting options: cannot attach both user-defined and non-user-defined network-modes";
        return Err(text.to_owned());
    }
    Ok((mode, networking))
}

/// The flags that are older than `--network name=…` say how the first network is joined (docker/cli `applyContainerOptions`).
fn add_own_flags(parsed: &Parsed, name: &str, endpoint: &mut EndpointConfig) -> Result<(), String> {
    let texts = |name: &str| parsed.list(name).into_iter().map(str::to_owned);
    let aliases: Vec<String> = texts("network-alias").chain(texts("net-alias")).collect();
    let links: Vec<String> = texts("link").collect();
    let link_local: Vec<String> = texts("link-local-ip").collect();
    let text = |name: &str| parsed.text(name).unwrap_or_default().to_owned();
    let (address, address6, mac) = (text("ip"), text("ip6"), text("mac-address"));
    for (conflicts, flag, setting) in [
        (!endpoint.aliases.is_empty() && !aliases.is_empty(), "--network-alias", "alias"),
        (!endpoint.address.is_empty() && !address.is_empty(), "--ip", "IPv4 address"),
        (!endpoint.address6.is_empty() && !address6.is_empty(), "--ip6", "IPv6 address"),
        (!endpoint.mac.is_empty() && !mac.is_empty(), "--mac-address", "MAC address"),
        (!endpoint.link_local.is_empty() && !link_local.is_empty(), "--link-local-ip", "link-local IP addresses"),
    ] {
        if conflicts {
            return Err(format!("conflicting options: cannot specify both {flag} and per-network {setting}"));
        }
    }
    if !aliases.is_empty() {
        endpoint.aliases = aliases;
    }
    // On the default bridge a link is a matter of the whole container.
    if is_user_defined(name) {
        endpoint.links = links;
    }
    for (own, flag) in [(&mut endpoint.address, address), (&mut endpoint.address6, address6), (&mut endpoint.mac, mac)]
    {
        if !flag.is_empty() {
            *own = flag;
        }
    }
    if !link_local.is_empty() {
        endpoint.link_local = link_local;
    }
    Ok(())
}

/// What docker/cli `parseNetworkAttachmentOpt` refuses.
fn check(name: &str, endpoint: &EndpointConfig) -> Result<(), String> {
    if name.trim().is_empty() {
        return Err("no name set for network".to_owned());
    }
    if !is_user_defined(name) && !endpoint.aliases.is_empty() {
        return Err("network-scoped aliases are only supported for user-defined networks".to_owned());
    }
    if !endpoint.mac.is_empty() && !is_mac(endpoint.mac.trim()) {
        return Err(format!("{} is not a valid mac address", endpoint.mac));
    }
    Ok(())
}

/// Whether Go's `net.ParseMAC` reads it: 6, 8 or 20 bytes with colons, dashes, or dots after every second byte.
pub fn is_mac(text: &str) -> bool {
    let is_hex = |part: &str, digits: usize| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    [(':', 2, 1), ('-', 2, 1), ('.', 4, 2)].into_iter().any(|(separator, digits, bytes)| {
        let parts: Vec<&str> = text.split(separator).collect();
        matches!(parts.len() * bytes, 6 | 8 | 20) && parts.iter().all(|part| is_hex(part, digits))
    })
}

/// Whether a network mode names a network that somebody made.
fn is_user_defined(mode: &str) -> bool {
    !matches!(mode, "default" | "bridge" | "host" | "none") && !mode.starts_with("container:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hardware_addresses_have_three_forms() {
        for good in ["02:42:ac:11:00:99", "02-42-AC-11-00-99", "0242.ac11.0099"] {
            assert!(is_mac(good), "{good}");
        }
        for bad in ["", "bogus", "02:42:ac:11:00", "02:42:ac:11:00:9", "02:42:ac:11:00:zz"] {
            assert!(!is_mac(bad), "{bad}");
        }
    }
}
