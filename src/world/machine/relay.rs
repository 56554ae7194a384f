//! Connections between a host and its guests: each is one connection on either kernel, and bytes are carried between them.
//!
//! Promises: what a guest listens on can be reached at its address from the host, and nothing else of it; an end that is
//! closed closes the other. Must not know virtual machines: it is given two kernels.

use std::net::Ipv4Addr;

use imbl::{OrdMap, Vector};

use crate::world::process::descriptor::Read;
use crate::world::process::network::{ConnectionId, ListenerId, NetworkNamespaceId};
use crate::world::process::{Kernel, Pid};

/// A connection that is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Carried {
    host: ConnectionId,
    guest: ConnectionId,
}

/// The wire between a host and one guest.
#[derive(Clone, Debug, Default)]
pub struct Relay {
    /// Where the guest stands in the host's networks, once its network is up.
    place: Option<(NetworkNamespaceId, Ipv4Addr)>,
    /// A listener of the guest → its image on the host, and its port.
    listeners: OrdMap<ListenerId, (ListenerId, u16)>,
    carried: Vector<Carried>,
}

/// What carrying came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carriage {
    /// Whether anything moved.
    pub moved: bool,
    /// Whether the guest answered something.
    pub answered: bool,
}

impl Relay {
    /// The guest's network is up: from now on the host finds it in this namespace, at this address.
    pub fn plug(&mut self, namespace: NetworkNamespaceId, address: Ipv4Addr) {
        self.place = Some((namespace, address));
    }

    /// The guest is gone: what it had on the host is taken away.
    pub fn unplug(&mut self, host: &mut Kernel) {
        for carried in &self.carried {
            host.close_end(carried.host, true);
        }
        for (listener, _) in self.listeners.values() {
            host.remove_listener(*listener);
        }
        if let Some((namespace, _)) = self.place {
            host.networks.namespaces.remove(&namespace);
        }
        *self = Relay::default();
    }

    /// Shows the guest's listeners on the host, brings new connections in, and carries bytes both ways.
    pub fn carry(&mut self, host: &mut Kernel, guest: &mut Kernel, carrier: Pid) -> Carriage {
        let Some((namespace, address)) = self.place else { return Carriage::default() };
        self.show_listeners(host, guest, carrier, namespace, address);
        let mut carriage = Carriage { moved: self.bring(host, guest), answered: false };
        let mut open = Vector::new();
        for carried in &self.carried {
            let inward = pass(host, carried.host, true, guest, carried.guest, false);
            let outward = pass(guest, carried.guest, false, host, carried.host, true);
            carriage.moved |= inward == Pass::Moved || outward == Pass::Moved;
            carriage.answered |= outward == Pass::Moved;
            if inward == Pass::Over || outward == Pass::Over {
                host.close_end(carried.host, true);
                guest.close_end(carried.guest, false);
                carriage.moved = true;
            } else {
                open.push_back(*carried);
            }
        }
        if open.len() != self.carried.len() {
            self.carried = open;
        }
        carriage
    }

    fn show_listeners(
        &mut self,
        host: &mut Kernel,
        guest: &Kernel,
        carrier: Pid,
        namespace: NetworkNamespaceId,
        address: Ipv4Addr,
    ) {
        let inside = guest.host.network;
        let reachable = |listened: Ipv4Addr| listened.is_unspecified() || listened == address;
        for (id, listener) in &guest.networks.listeners {
            if listener.namespace == inside && reachable(listener.address) && !self.listeners.contains_key(id) {
                let shown = host.add_listener(namespace, Ipv4Addr::UNSPECIFIED, listener.port, carrier);
                self.listeners.insert(*id, (shown, listener.port));
            }
        }
        let gone = |id: &ListenerId| !guest.networks.listeners.contains_key(id);
        let closed: Vec<ListenerId> = self.listeners.keys().filter(|id| gone(id)).copied().collect();
        for id in closed {
            if let Some((shown, _)) = self.listeners.remove(&id) {
                host.remove_listener(shown);
            }
        }
    }

    fn bring(&mut self, host: &mut Kernel, guest: &mut Kernel) -> bool {
        let mut brought = false;
        for (inside, (shown, port)) in &self.listeners {
            while let Some(id) = host.take_connection(*shown) {
                brought = true;
                let Some(connection) = host.networks.connections.get(&id).cloned() else { continue };
                let (client, server) = (connection.client_address, connection.server_address);
                let guest = guest.bring_connection(*inside, client, server, *port);
                self.carried.push_back(Carried { host: id, guest });
            }
        }
        brought
    }
}

/// What carrying one way came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::world) enum Pass {
    Nothing,
    Moved,
    /// The sender or the receiver has closed.
    Over,
}

/// Carries what one kernel's end has to the other kernel's end.
pub(in crate::world) fn pass(
    from: &mut Kernel,
    source: ConnectionId,
    source_is_server: bool,
    to: &mut Kernel,
    target: ConnectionId,
    target_is_server: bool,
) -> Pass {
    let Some(room) = to.room_at_end(target, target_is_server) else { return Pass::Over };
    if room == 0 {
        return Pass::Nothing;
    }
    match from.read_end(source, source_is_server, room) {
        Read::WouldBlock => Pass::Nothing,
        Read::EndOfFile => Pass::Over,
        Read::Data(bytes) => match to.write_end(target, target_is_server, &bytes) {
            true => Pass::Moved,
            false => Pass::Over,
        },
    }
}
