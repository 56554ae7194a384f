//! The addresses that a user chooses for a network: subnets, ranges, gateways, and what others have.
//!
//! Promises: the checks and texts of moby `api/types/network/ipam.go`, `ValidateIPAM`. Must not know which addresses are free.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use super::api::{AddressConfig, ApiError};
use super::pool::Pool;
use crate::world::process::network::in_subnet;

/// A block of addresses, `10.5.0.0/24`, as it was written: the host's part may not be zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    address: Ipv4Addr,
    prefix: u8,
}

impl Block {
    fn read(text: &str) -> Option<Block> {
        let (address, prefix) = text.split_once('/')?;
        let prefix = prefix.parse::<u8>().ok().filter(|prefix| *prefix <= 32)?;
        Some(Block { address: address.parse().ok()?, prefix })
    }

    /// The block without the host's part.
    fn masked(self) -> Block {
        let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
        Block { address: Ipv4Addr::from(u32::from(self.address) & mask), ..self }
    }

    fn contains(self, address: Ipv4Addr) -> bool {
        in_subnet(address, self.address, self.prefix)
    }
}

impl std::fmt::Display for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// What is wrong, as moby joins errors: one as it is, several as a list; none if nothing is.
pub(super) fn listed(wrong: &[String]) -> Option<String> {
    match wrong {
        [] => None,
        [one] => Some(one.clone()),
        several => Some(several.iter().map(|why| format!("* {why}")).collect::<Vec<_>>().join("\n")),
    }
}

/// The pool that a user describes.
///
/// # Errors
/// 400 with all that is wrong, a line each; several subnets, which a bridge has not; a subnet of IPv6 is not modelled.
pub(super) fn chosen(configs: &[AddressConfig]) -> Result<Option<Pool>, ApiError> {
    let mut wrong = Vec::new();
    let mut read = Vec::new();
    for config in configs {
        if config.subnet.contains(':') {
            return Err(ApiError::not_modelled("a subnet of IPv6"));
        }
        match Block::read(&config.subnet) {
            Some(subnet) => read.push(parts(config, subnet, &mut wrong)),
            None => wrong.push(format!("invalid subnet {}: invalid CIDR block notation", config.subnet)),
        }
    }
    if let Some(list) = listed(&wrong) {
        return Err(ApiError::invalid(format!("invalid network config:\n{list}")));
    }
    if read.len() > 1 {
        return Err(ApiError::invalid("bridge driver doesn't support multiple subnets"));
    }
    let Some(Parts { subnet, range, gateway, auxiliary }) = read.pop() else { return Ok(None) };
    Pool::chosen((subnet.address, subnet.prefix), range, gateway, auxiliary).map(Some)
}

/// A subnet with what was said of it.
struct Parts {
    subnet: Block,
    range: Option<(Ipv4Addr, u8)>,
    gateway: Option<Ipv4Addr>,
    auxiliary: BTreeMap<String, Ipv4Addr>,
}

fn parts(config: &AddressConfig, subnet: Block, wrong: &mut Vec<String>) -> Parts {
    if subnet != subnet.masked() {
        wrong.push(format!("invalid subnet {subnet}: it should be {}", subnet.masked()));
    }
    let range = Some(config.range.as_str()).filter(|range| !range.is_empty());
    let range = range.and_then(|range| read_range(range, subnet, wrong));
    let mut address = |text: &str, what: String| {
        let why = match text.parse() {
            Ok(IpAddr::V4(address)) if subnet.contains(address) => return Some(address),
            Ok(IpAddr::V4(_)) => format!("parent subnet {subnet} doesn't contain this address"),
            Ok(IpAddr::V6(_)) => "parent subnet is an IPv4 block".to_owned(),
            Err(_) => "invalid address".to_owned(),
        };
        wrong.push(format!("invalid {what}: {why}"));
        None
    };
    let gateway = Some(config.gateway.as_str()).filter(|gateway| !gateway.is_empty());
    let gateway = gateway.and_then(|gateway| address(gateway, format!("gateway {gateway}")));
    let auxiliary = config.auxiliary_addresses.iter();
    let auxiliary = auxiliary
        .filter_map(|(name, text)| Some((name.clone(), address(text, format!("auxiliary address {name}"))?)))
        .collect();
    Parts { subnet, range, gateway, auxiliary }
}

fn read_range(text: &str, subnet: Block, wrong: &mut Vec<String>) -> Option<(Ipv4Addr, u8)> {
    let Some(range) = Block::read(text) else {
        wrong.push(format!("invalid ip-range {text}: invalid CIDR block notation"));
        return None;
    };
    let before = wrong.len();
    if range.prefix < subnet.prefix {
        wrong.push(format!("invalid ip-range {text}: CIDR block is bigger than its parent subnet {subnet}"));
    }
    if range != range.masked() {
        wrong.push(format!("invalid ip-range {range}: it should be {}", range.masked()));
    }
    if !subnet.contains(range.address) && !range.contains(subnet.address) {
        wrong.push(format!("invalid ip-range {text}: parent subnet {subnet} doesn't contain ip-range"));
    }
    (wrong.len() == before).then_some((range.address, range.prefix))
}
