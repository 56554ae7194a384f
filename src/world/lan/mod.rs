//! The network between the machines of a world: what each can reach of the others, and the connections that are carried.
//!
//! Promises: a connection to another machine is answered by what listens there, or fails for the true reason; bytes are carried
//! in order, and an end that is closed closes the other. Must not know what is said on a connection.
//! Start reading at [`Lan::carry`], then `calls.rs`: commands that one machine carries out for another (`ssh`, `scp`).

pub mod calls;
mod scp;
mod ssh;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use imbl::Vector;

use super::context::Context;
use super::event::EventKind;
use super::machine::Machine;
use super::machine::preset::Family;
use super::machine::relay::{Pass, pass};
use super::process::ProgramTable;
use super::process::network::{ConnectionId, Interface, NetworkNamespaceId, Networks};

/// The network's name: the bridge that the machines' interfaces are plugged into.
const BRIDGE: &str = "lan";
/// The interface's name on each machine.
const INTERFACE: &str = "eth0";
/// The network that the machines are in; machine number N has the address N + 10.
const SUBNET: [u8; 3] = [192, 168, 64];
/// Bits of the network part.
const PREFIX: u8 = 24;

/// A machine as the others see it.
#[derive(Clone, Debug)]
pub struct Neighbour {
    pub address: Ipv4Addr,
    /// What listens on it, and what it forwards.
    pub networks: Networks,
    /// The machine's own namespace.
    pub host: NetworkNamespaceId,
    /// Whether it lets others log in (`sshd`).
    pub logins: bool,
}

/// A connection that was made to another machine and whose other end is not there yet.
#[derive(Clone, Debug)]
pub struct Crossing {
    pub from: Arc<str>,
    pub to: Arc<str>,
    pub connection: ConnectionId,
    pub port: u16,
}

/// A connection between two machines.
#[derive(Clone, Debug)]
struct Carried {
    from: Arc<str>,
    client: ConnectionId,
    to: Arc<str>,
    server: ConnectionId,
}

/// The network between machines.
#[derive(Clone, Debug, Default)]
pub struct Lan {
    carried: Vector<Carried>,
}

/// Adds `ssh` and `scp` to a table.
pub fn register(table: &mut ProgramTable) {
    ssh::register(table);
    scp::register(table);
}

/// The address of machine number `number`.
pub fn address(number: u16) -> Ipv4Addr {
    let [a, b, c] = SUBNET;
    Ipv4Addr::new(a, b, c, u8::try_from(number.saturating_add(10)).unwrap_or(u8::MAX))
}

/// Plugs a machine in: it has an interface from now on, and the others can find it.
pub fn plug(machine: &mut Machine, number: u16, context: &mut Context) {
    let address = address(number);
    let [a, b, c, d] = address.octets();
    let interface = Interface {
        name: INTERFACE.into(),
        address,
        prefix: PREFIX,
        mac: [0x02, 0x00, a ^ b, c, 0, d],
        bridge: BRIDGE.into(),
        mtu: Interface::ETHERNET_MTU,
    };
    let host = machine.kernel.host.network;
    if let Some(namespace) = machine.kernel.networks.namespaces.get_mut(&host).map(Arc::make_mut) {
        namespace.interfaces.insert(0, interface);
        namespace.gateway = Some(Ipv4Addr::new(a, b, c, 1));
    }
    context.neighbours.insert(
        machine.name.clone(),
        Neighbour {
            address,
            networks: machine.kernel.networks.clone(),
            host,
            // Windows and macOS have it switched off until somebody switches it on.
            logins: machine.family() == Family::Linux,
        },
    );
}

/// Lets the others see what a machine listens on now.
pub fn announce(machine: &Machine, context: &mut Context) {
    if let Some(neighbour) = context.neighbours.get_mut(&machine.name) {
        neighbour.networks = machine.kernel.networks.clone();
    }
}

impl Lan {
    /// Brings new connections to their machines, and carries bytes both ways. False when nothing moved.
    pub fn carry(&mut self, machines: &mut BTreeMap<Arc<str>, Machine>, context: &mut Context) -> bool {
        let mut moved = self.bring(machines, context);
        let mut open = Vector::new();
        for carried in &self.carried {
            let Some(mut from) = machines.remove(&carried.from) else { continue };
            let mut over = true;
            if let Some(to) = machines.get_mut(&carried.to) {
                let (client, server) = (carried.client, carried.server);
                let there = pass(&mut from.kernel, client, true, &mut to.kernel, server, false);
                let back = pass(&mut to.kernel, server, false, &mut from.kernel, client, true);
                moved |= there != Pass::Nothing || back != Pass::Nothing;
                over = there == Pass::Over || back == Pass::Over;
                if over {
                    from.kernel.close_end(client, true);
                    to.kernel.close_end(server, false);
                }
            }
            machines.insert(carried.from.clone(), from);
            if !over {
                open.push_back(carried.clone());
            }
        }
        if open.len() != self.carried.len() {
            self.carried = open;
        }
        moved
    }

    fn bring(&mut self, machines: &mut BTreeMap<Arc<str>, Machine>, context: &mut Context) -> bool {
        let crossings = std::mem::take(&mut context.crossings);
        let moved = !crossings.is_empty();
        for Crossing { from, to, connection, port } in crossings {
            let client_address = context.neighbours.get(&from).map_or(Ipv4Addr::UNSPECIFIED, |here| here.address);
            let address = context.neighbours.get(&to).map_or(Ipv4Addr::UNSPECIFIED, |there| there.address);
            let brought = machines.get_mut(&to).and_then(|machine| {
                let kernel = &mut machine.kernel;
                let (listener, server_address) = kernel.networks.route(kernel.host.network, address, port).ok()?;
                let owner = kernel.networks.listeners.get(&listener)?.process;
                let container = kernel.process(owner).and_then(|process| process.container.clone());
                let outside = std::mem::replace(&mut context.machine, to.clone());
                context.emit(EventKind::Connection { from: None, to: container, address, port, failed: None });
                context.machine = outside;
                Some(kernel.bring_connection(listener, client_address, server_address, port))
            });
            match brought {
                Some(server) => self.carried.push_back(Carried { from, client: connection, to, server }),
                // What listened is gone since: the client reads an end.
                None => {
                    if let Some(machine) = machines.get_mut(&from) {
                        machine.kernel.close_end(connection, true);
                    }
                }
            }
        }
        moved
    }
}
