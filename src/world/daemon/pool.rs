//! The addresses of a bridge, and which of them are free.
//!
//! Promises: the lowest free address is given first, and one that was given back comes again. Must not know who has them.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use imbl::OrdSet;

use super::api::ApiError;
use crate::world::process::network::in_subnet;

/// The addresses of a bridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    pub subnet: Ipv4Addr,
    /// Bits of the network part.
    pub prefix: u8,
    pub gateway: Ipv4Addr,
    /// Whether a user chose it: only then can containers ask for an address.
    pub chosen: bool,
    /// The part of the subnet from which addresses are given, if a user chose one, and its bits.
    pub range: Option<(Ipv4Addr, u8)>,
    /// Addresses that are taken by others than containers, by the others' names.
    pub auxiliary: BTreeMap<String, Ipv4Addr>,
    used: OrdSet<u32>,
    /// No address below this one is free.
    lowest: u32,
}

impl Pool {
    /// A pool of the engine's choice, with only its gateway taken: the first address.
    pub fn new(subnet: Ipv4Addr, prefix: u8) -> Pool {
        let lowest = u32::from(subnet).saturating_add(1);
        let gateway = Ipv4Addr::from(lowest);
        let used = OrdSet::unit(lowest);
        Pool { subnet, prefix, gateway, chosen: false, range: None, auxiliary: BTreeMap::new(), used, lowest }
    }

    /// A pool of a user's choice: addresses are given from the range, the gateway's too unless it was chosen, and none that others have.
    ///
    /// # Errors
    /// What others have is the gateway's, or has two names.
    pub fn chosen(
        (subnet, prefix): (Ipv4Addr, u8),
        range: Option<(Ipv4Addr, u8)>,
        gateway: Option<Ipv4Addr>,
        auxiliary: BTreeMap<String, Ipv4Addr>,
    ) -> Result<Pool, ApiError> {
        let lowest = u32::from(subnet).saturating_add(1);
        let lowest = range.map_or(lowest, |(first, _)| lowest.max(u32::from(first)));
        let gateway = gateway.unwrap_or(Ipv4Addr::from(lowest));
        let mut used = OrdSet::unit(u32::from(gateway));
        for (name, address) in &auxiliary {
            if used.insert(u32::from(*address)).is_some() {
                let text =
                    format!("failed to allocate secondary ip address ({name}:{address}): Address already in use");
                return Err(ApiError::new(403, text));
            }
        }
        Ok(Pool { subnet, prefix, gateway, chosen: true, range, auxiliary, used, lowest })
    }

    /// Whether an address lies in it.
    pub fn contains(&self, address: Ipv4Addr) -> bool {
        in_subnet(address, self.subnet, self.prefix)
    }

    /// The addresses that are given without being asked for lie below this one.
    fn end(&self) -> u32 {
        let last =
            |(first, prefix): (Ipv4Addr, u8)| u32::from(first) | u32::MAX.checked_shr(u32::from(prefix)).unwrap_or(0);
        let broadcast = last((self.subnet, self.prefix));
        self.range.map_or(broadcast, |range| broadcast.min(last(range).saturating_add(1)))
    }

    /// The lowest free address.
    pub(super) fn take(&mut self) -> Option<Ipv4Addr> {
        let end = self.end();
        let free = (self.lowest..end).find(|address| !self.used.contains(address))?;
        self.used.insert(free);
        self.lowest = free + 1;
        Some(Ipv4Addr::from(free))
    }

    /// This address, if it is free.
    pub(super) fn take_this(&mut self, address: Ipv4Addr) -> bool {
        self.used.insert(u32::from(address)).is_none()
    }

    pub(super) fn give_back(&mut self, address: Ipv4Addr) {
        self.used.remove(&u32::from(address));
        if self.range.is_none_or(|(first, prefix)| in_subnet(address, first, prefix)) {
            self.lowest = self.lowest.min(u32::from(address));
        }
    }
}
