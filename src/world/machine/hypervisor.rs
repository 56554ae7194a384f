//! What runs virtual machines on a machine: it makes them, powers them, gives them addresses, and lets them have their turns.
//!
//! Promises: what it refuses changes nothing; names are unique; a virtual machine's memory and disk come from its host's.
//! Must not know the words of the tool that drives it (`multipass/`). Start reading at [`Hypervisor`], then `virtual_machine.rs`.

use std::net::Ipv4Addr;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use thiserror::Error;

use super::figures::Figures;
use super::virtual_machine::{Specification, Stage, VirtualMachine, Wire};
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::process::Kernel;
use crate::world::process::network::Interface;

/// Most virtual machines on one machine.
pub const MACHINE_LIMIT: usize = 64;
/// The bridge that guests are plugged into, as Multipass names it on Linux.
pub const BRIDGE: &str = "mpqemubr0";

/// Why the hypervisor refuses. The texts say what is wrong; the tool that asked puts its own words around them.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HypervisorError {
    #[error("instance \"{0}\" does not exist")]
    Missing(String),
    #[error("instance \"{0}\" already exists")]
    Exists(String),
    #[error("instance \"{0}\" is deleted")]
    Deleted(String),
    #[error("instance \"{0}\" is not running")]
    NotRunning(String),
    #[error("Layerlab knows no guest operating system \"{0}\"")]
    UnknownGuest(String),
    #[error("cannot set up guest memory: {wanted} bytes are needed and the host has {free} free")]
    NoMemory { wanted: u64, free: u64 },
    #[error("Available disk ({free} bytes) below minimum for this image ({wanted} bytes)")]
    NoDisk { wanted: u64, free: u64 },
    #[error("Layerlab keeps at most {MACHINE_LIMIT} virtual machines on a machine")]
    TooMany,
}

/// What the host has left, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    pub memory: u64,
    pub disk: u64,
}

/// The hypervisor of a machine.
#[derive(Clone, Debug, Default)]
pub struct Hypervisor {
    machines: OrdMap<Arc<str>, Arc<VirtualMachine>>,
    /// Once the first guest was made.
    wire: Option<Wire>,
    /// Guests whose image was downloaded, by their short name.
    images: OrdSet<Arc<str>>,
}

impl Hypervisor {
    /// The virtual machines, by name.
    pub fn machines(&self) -> impl Iterator<Item = &VirtualMachine> {
        self.machines.values().map(|machine| &**machine)
    }

    /// A virtual machine by its name.
    pub fn find(&self, name: &str) -> Option<&VirtualMachine> {
        self.machines.get(name).map(|machine| &**machine)
    }

    /// A virtual machine that is there and not deleted.
    ///
    /// # Errors
    /// `Missing`, `Deleted`.
    pub fn get(&self, name: &str) -> Result<&VirtualMachine, HypervisorError> {
        match self.find(name) {
            None => Err(HypervisorError::Missing(name.to_owned())),
            Some(machine) if machine.deleted => Err(HypervisorError::Deleted(name.to_owned())),
            Some(machine) => Ok(machine),
        }
    }

    fn get_mut(&mut self, name: &str) -> Result<&mut VirtualMachine, HypervisorError> {
        self.get(name)?;
        self.machines.get_mut(name).map(Arc::make_mut).ok_or_else(|| HypervisorError::Missing(name.to_owned()))
    }

    /// The guest of a virtual machine that has booted, to be worked in.
    ///
    /// # Errors
    /// As [`Hypervisor::get`]; `NotRunning` before it is ready.
    pub(in crate::world) fn ready_mut(&mut self, name: &str) -> Result<&mut VirtualMachine, HypervisorError> {
        if self.get(name)?.stage != Stage::Ready {
            return Err(HypervisorError::NotRunning(name.to_owned()));
        }
        self.get_mut(name)
    }

    /// Whether a guest's image is on the host already.
    pub fn has_image(&self, guest: &str) -> bool {
        self.images.contains(guest)
    }

    /// Bytes of the host's disk that images and virtual machines take.
    pub fn disk_used(&self) -> u64 {
        let guests = Figures::known().map(|figures| &figures.guests);
        let images = self.images.iter().filter_map(|name| Some(guests?.get(name)?.image));
        images.chain(self.machines().map(VirtualMachine::disk_used)).fold(0, u64::saturating_add)
    }

    /// Whether a virtual machine could be made.
    ///
    /// # Errors
    /// `Exists`, `UnknownGuest`, `NoDisk`, `TooMany`.
    pub fn check(&self, specification: &Specification, room: Room) -> Result<(), HypervisorError> {
        let guest = Figures::known().and_then(|figures| figures.guests.get(&specification.guest));
        let guest = guest.ok_or_else(|| HypervisorError::UnknownGuest(specification.guest.to_string()))?;
        if self.find(&specification.name).is_some() {
            return Err(HypervisorError::Exists(specification.name.to_string()));
        }
        if self.machines.len() >= MACHINE_LIMIT {
            return Err(HypervisorError::TooMany);
        }
        let download = if self.has_image(&specification.guest) { 0 } else { guest.image };
        let wanted = guest.disk.saturating_add(download);
        if wanted > room.disk {
            return Err(HypervisorError::NoDisk { wanted, free: room.disk });
        }
        Ok(())
    }

    /// Makes a virtual machine, without power; its guest's image is then on the host.
    ///
    /// # Errors
    /// As [`Hypervisor::check`].
    pub(in crate::world) fn create(
        &mut self,
        host: &mut Kernel,
        context: &mut Context,
        specification: &Specification,
        room: Room,
    ) -> Result<(), HypervisorError> {
        self.check(specification, room)?;
        let guest = Figures::known().and_then(|figures| figures.guests.get(&specification.guest));
        let guest = guest.ok_or_else(|| HypervisorError::UnknownGuest(specification.guest.to_string()))?;
        let wire = self.plug_in_host(host, context);
        let address = self.free_address(&wire, context);
        let architecture = host.architecture.clone();
        let machine = VirtualMachine::new(specification, guest, wire, address, &architecture, context);
        self.images.insert(specification.guest.clone());
        self.machines.insert(specification.name.clone(), Arc::new(machine));
        Ok(())
    }

    /// Gives the host its interface on the guests' bridge. As Multipass does when it is installed, it takes a subnet 10.x.y.0/24
    /// by chance (`backend_utils.cpp`, `generate_random_subnet`).
    fn plug_in_host(&mut self, host: &mut Kernel, context: &mut Context) -> Wire {
        if let Some(wire) = &self.wire {
            return wire.clone();
        }
        let bytes = context.random.bytes();
        let address = Ipv4Addr::new(10, bytes[0], bytes[1], 1);
        let wire = Wire { bridge: BRIDGE.into(), host: address, prefix: 24 };
        let mac = [0x52, 0x54, 0x00, bytes[2], bytes[3], bytes[4]];
        let bridge = wire.bridge.clone();
        let mtu = Interface::ETHERNET_MTU;
        let interface = Interface { name: bridge.clone(), address, prefix: wire.prefix, mac, bridge, mtu };
        let namespace = host.host.network;
        if let Some(namespace) = host.networks.namespaces.get_mut(&namespace).map(Arc::make_mut) {
            namespace.interfaces.push(interface);
        }
        self.wire = Some(wire.clone());
        wire
    }

    /// An address that no guest has: by chance, as the guests' DHCP server takes it from a hash of the network card's number.
    fn free_address(&self, wire: &Wire, context: &mut Context) -> Ipv4Addr {
        let [a, b, c, _] = wire.host.octets();
        let start = context.random.below(253);
        let candidates = (0..253).map(|step| Ipv4Addr::new(a, b, c, ((start + step) % 253 + 2) as u8));
        let taken = |address: &Ipv4Addr| self.machines().any(|machine| machine.address == *address);
        candidates.into_iter().find(|address| !taken(address)).unwrap_or(wire.host)
    }

    /// Turns a virtual machine's power on; one that has power goes on.
    ///
    /// # Errors
    /// `Missing`, `Deleted`; `NoMemory` when the host has not enough left.
    pub(in crate::world) fn start(
        &mut self,
        host: &mut Kernel,
        context: &mut Context,
        name: &str,
        room: Room,
    ) -> Result<(), HypervisorError> {
        let machine = self.get_mut(name)?;
        if machine.powered_on.is_some() {
            return Ok(());
        }
        let overhead = Figures::known().map_or(0, |figures| figures.hypervisor.memory);
        let wanted = machine.hardware.memory.saturating_add(overhead);
        if wanted > room.memory {
            return Err(HypervisorError::NoMemory { wanted, free: room.memory });
        }
        machine.power_on(host, context);
        Ok(())
    }

    /// Asks a virtual machine to shut down, or takes its power at once (`force`).
    ///
    /// # Errors
    /// `Missing`, `Deleted`.
    pub(in crate::world) fn stop(
        &mut self,
        host: &mut Kernel,
        context: &mut Context,
        name: &str,
        force: bool,
    ) -> Result<(), HypervisorError> {
        let machine = self.get_mut(name)?;
        if force {
            machine.power_off(host, context);
        } else {
            machine.shut_down(host, context);
        }
        Ok(())
    }

    /// Puts a virtual machine that is off away.
    ///
    /// # Errors
    /// `Missing`, `Deleted`.
    pub(in crate::world) fn delete(
        &mut self,
        host: &mut Kernel,
        context: &mut Context,
        name: &str,
    ) -> Result<(), HypervisorError> {
        let machine = self.get_mut(name)?;
        machine.power_off(host, context);
        machine.deleted = true;
        Ok(())
    }

    /// Takes a virtual machine back that was put away. False when there is none of that name.
    pub(in crate::world) fn recover(&mut self, name: &str) -> bool {
        let machine = self.machines.get_mut(name).map(Arc::make_mut);
        machine.is_some_and(|machine| {
            machine.deleted = false;
            true
        })
    }

    /// Removes what was put away: all of it, or the one of that name.
    pub(in crate::world) fn purge(&mut self, name: Option<&str>) {
        let wanted = |machine: &VirtualMachine| machine.deleted && name.is_none_or(|name| *machine.name == *name);
        let gone: Vec<Arc<str>> = self.machines().filter(|m| wanted(m)).map(|m| m.name.clone()).collect();
        for name in gone {
            self.machines.remove(&name);
        }
    }

    /// Lets every guest do what it can do now. False when none could do anything.
    pub(in crate::world) fn step(&mut self, host: &mut Kernel, context: &mut Context) -> bool {
        let running: Vec<Arc<str>> =
            self.machines().filter(|machine| machine.powered_on.is_some()).map(|m| m.name.clone()).collect();
        let mut stepped = false;
        for name in running {
            if let Some(machine) = self.machines.get_mut(&name).map(Arc::make_mut) {
                stepped |= machine.step(host, context);
            }
        }
        stepped
    }

    /// When something is next due in a guest.
    pub(in crate::world) fn next_timer(&self) -> Option<Time> {
        self.machines().filter_map(VirtualMachine::next_timer).min()
    }

    /// Wakes the guests' processes whose time has come.
    pub(in crate::world) fn wake_timers(&mut self, now: Time) {
        let due = |machine: &VirtualMachine| machine.next_timer().is_some_and(|time| time <= now);
        let due: Vec<Arc<str>> = self.machines().filter(|m| due(m)).map(|m| m.name.clone()).collect();
        for name in due {
            if let Some(machine) = self.machines.get_mut(&name).map(Arc::make_mut) {
                machine.machine.wake_timers(now);
            }
        }
    }
}
