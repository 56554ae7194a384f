//! The addresses that `docker network create` is told: `--subnet`, `--ip-range`, `--gateway`, `--aux-address`.
//!
//! Promises: the checks and texts of docker/cli `cli/command/network/create.go`, `createIPAMConfig`. Must not know which are free.

use std::net::IpAddr;

use super::create_options::variables::pairs;
use crate::client::flags::Parsed;
use crate::world::daemon::api::AddressConfig;

/// A block of addresses: its first address as it was written, and its bits.
fn block(text: &str) -> Result<(IpAddr, u32), String> {
    let read = || {
        let (address, bits) = text.split_once('/')?;
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        Some((address, bits.parse().ok().filter(|bits| *bits <= most)?))
    };
    read().ok_or_else(|| format!("invalid CIDR address: {text}"))
}

/// Whether an address, or the first of a block, lies in the subnet. What is no address lies in none.
fn holds(subnet: &str, text: &str) -> Result<bool, String> {
    let (first, bits) = block(subnet).map_err(|why| format!("invalid subnet: {why}"))?;
    let address = if text.contains('/') { Some(block(text)?.0) } else { text.parse().ok() };
    Ok(match (first, address) {
        (IpAddr::V4(first), Some(IpAddr::V4(address))) => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            first.to_bits() & mask == address.to_bits() & mask
        }
        (IpAddr::V6(first), Some(IpAddr::V6(address))) => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            first.to_bits() & mask == address.to_bits() & mask
        }
        _ => false,
    })
}

/// What the flags say, a subnet each.
///
/// # Errors
/// As docker's client words them.
pub fn read(parsed: &Parsed) -> Result<Vec<AddressConfig>, String> {
    let (subnets, ranges, gateways) = (parsed.list("subnet"), parsed.list("ip-range"), parsed.list("gateway"));
    if subnets.len() < ranges.len().max(gateways.len()) {
        return Err("every ip-range or gateway must have a corresponding subnet".to_owned());
    }
    let mut configs: Vec<AddressConfig> = Vec::new();
    for subnet in subnets {
        for other in &configs {
            if holds(subnet, &other.subnet)? || holds(&other.subnet, subnet)? {
                return Err("multiple overlapping subnet configuration is not supported".to_owned());
            }
        }
        configs.push(AddressConfig { subnet: subnet.to_owned(), ..AddressConfig::default() });
    }
    for range in ranges {
        block(range)?;
        let config = of(&mut configs, range)?.ok_or_else(|| format!("no matching subnet for range {range}"))?;
        if !config.range.is_empty() {
            let AddressConfig { subnet, range: other, .. } = config;
            return Err(format!("cannot configure multiple ranges ({range}, {other}) on the same subnet ({subnet})"));
        }
        range.clone_into(&mut config.range);
    }
    for gateway in gateways {
        let config = of(&mut configs, gateway)?.ok_or_else(|| format!("no matching subnet for gateway {gateway}"))?;
        if !config.gateway.is_empty() {
            let AddressConfig { subnet, gateway: other, .. } = config;
            return Err(format!(
                "cannot configure multiple gateways ({gateway}, {other}) for the same subnet ({subnet})"
            ));
        }
        gateway.clone_into(&mut config.gateway);
    }
    for (name, address) in pairs(parsed.list("aux-address")) {
        let found = of(&mut configs, &address)?;
        let config = found.ok_or_else(|| format!("no matching subnet for aux-address {address}"))?;
        config.auxiliary_addresses.insert(name, address);
    }
    Ok(configs)
}

/// The subnet that something lies in.
fn of<'c>(configs: &'c mut [AddressConfig], text: &str) -> Result<Option<&'c mut AddressConfig>, String> {
    for config in configs {
        if holds(&config.subnet, text)? {
            return Ok(Some(config));
        }
    }
    Ok(None)
}
