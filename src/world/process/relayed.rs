//! Connections whose other end is on another kernel: what a hypervisor needs to carry bytes between two of them.
//!
//! Promises: a relayed end behaves as any other end of a connection: it wakes who waits, and it is freed when both ends
//! are closed. Must not know machines: who carries the bytes is in `world/machine/relay.rs`.

use std::net::Ipv4Addr;
use std::sync::Arc;

use super::descriptor::{OpenFile, OpenFileId, Read, Write};
use super::kernel::{Kernel, Pid};
use super::network::{Connection, ConnectionId, Listener, ListenerId, NetworkNamespaceId};
use super::schedule::WaitKey;
use crate::world::context::Context;
use crate::world::event::EventKind;
use crate::world::filesystem::errno::Errno;
use crate::world::lan::Crossing;

/// Most bytes that are carried at once.
const PIECE: usize = 65_536;

impl Kernel {
    /// Listens in a namespace for somebody on another kernel; `process` is who carries the bytes.
    pub(in crate::world) fn add_listener(
        &mut self,
        namespace: NetworkNamespaceId,
        address: Ipv4Addr,
        port: u16,
        process: Pid,
    ) -> ListenerId {
        let id = ListenerId(self.new_id());
        let listener = Listener { namespace, address, port, process, backlog: imbl::Vector::new() };
        self.networks.listeners.insert(id, Arc::new(listener));
        id
    }

    /// Stops to listen; connections that nobody took are closed.
    pub(in crate::world) fn remove_listener(&mut self, id: ListenerId) {
        let Some(listener) = self.networks.listeners.remove(&id) else { return };
        for connection in &listener.backlog {
            self.close_end(*connection, true);
        }
    }

    /// Takes the next connection that waits at a listener, without a descriptor for it.
    pub(in crate::world) fn take_connection(&mut self, listener: ListenerId) -> Option<ConnectionId> {
        // Most of the time there is none: the listener is then not copied.
        if self.networks.listeners.get(&listener)?.backlog.is_empty() {
            return None;
        }
        self.networks.listeners.get_mut(&listener).map(Arc::make_mut)?.backlog.pop_front()
    }

    /// Brings a connection from another kernel to a listener.
    pub(in crate::world) fn bring_connection(
        &mut self,
        listener: ListenerId,
        client_address: Ipv4Addr,
        server_address: Ipv4Addr,
        port: u16,
    ) -> ConnectionId {
        let id = self.open_connection(client_address, server_address, port);
        if let Some(listener) = self.networks.listeners.get_mut(&listener).map(Arc::make_mut) {
            listener.backlog.push_back(id);
        }
        self.wake(WaitKey::Listener(listener));
        id
    }

    /// A connection with both ends open, and nobody at either yet.
    fn open_connection(&mut self, client_address: Ipv4Addr, server_address: Ipv4Addr, port: u16) -> ConnectionId {
        let (to_server, to_client) = (self.create_pipe(), self.create_pipe());
        for pipe in [to_server, to_client] {
            self.count_pipe(pipe, 1, 1);
        }
        let id = ConnectionId(self.new_id());
        let connection = Connection { to_server, to_client, client_address, server_address, port };
        self.networks.connections.insert(id, Arc::new(connection));
        id
    }

    /// The other machine of the network that an address is; none for this one's own, and where the machine is alone.
    pub(in crate::world) fn elsewhere(&self, context: &Context, address: Ipv4Addr) -> Option<Arc<str>> {
        let (name, _) = context.neighbour_at(address)?;
        (**name != *context.machine && context.neighbours.contains_key(&context.machine)).then(|| name.clone())
    }

    /// What a connection to another machine comes to, seen from a namespace of this one.
    ///
    /// # Errors
    /// `ENETUNREACH` without a way out; else what [`super::network::Networks::route`] says there.
    pub(in crate::world) fn route_across(
        &self,
        context: &Context,
        namespace: NetworkNamespaceId,
        to: &str,
        port: u16,
    ) -> Result<(), Errno> {
        let here = self.networks.namespaces.get(&namespace).ok_or(Errno::ENETUNREACH)?;
        let there = context.neighbours.get(to).ok_or(Errno::EHOSTUNREACH)?;
        if !here.is_host && here.gateway.is_none() {
            return Err(Errno::ENETUNREACH);
        }
        there.networks.route(there.host, there.address, port).map(|_| ())
    }

    /// Connects to another machine: this end is here, and whoever carries bytes between machines brings the other end there.
    ///
    /// # Errors
    /// As [`Kernel::route_across`].
    pub(super) fn connect_across(
        &mut self,
        context: &mut Context,
        pid: Pid,
        to: &Arc<str>,
        address: Ipv4Addr,
        port: u16,
    ) -> Result<OpenFileId, Errno> {
        let process = self.process(pid).ok_or(Errno::ESRCH)?;
        let (namespace, from) = (process.namespaces.network, process.container.clone());
        let routed = self.route_across(context, namespace, to, port);
        let failed = routed.err().map(|errno| errno.to_string());
        context.emit(EventKind::Crossing { from, to: to.clone(), port, failed });
        routed?;
        // Behind a bridge's masquerade the other machine sees this one's own address.
        let source = context.neighbours.get(&context.machine).map_or(Ipv4Addr::UNSPECIFIED, |here| here.address);
        let connection = self.open_connection(source, address, port);
        context.crossings.push(Crossing { from: context.machine.clone(), to: to.clone(), connection, port });
        Ok(self.add_open_file(OpenFile::Socket { connection, server: false }))
    }

    /// How many bytes the other side of a connection has room for; none when it is closed.
    pub(in crate::world) fn room_at_end(&self, id: ConnectionId, server: bool) -> Option<usize> {
        let connection = self.networks.connections.get(&id)?;
        let pipe = self.pipes.get(if server { &connection.to_client } else { &connection.to_server })?;
        (pipe.readers > 0).then(|| pipe.room())
    }

    /// Reads at one end of a connection.
    pub(in crate::world) fn read_end(&mut self, id: ConnectionId, server: bool, most: usize) -> Read {
        let Some(connection) = self.networks.connections.get(&id) else { return Read::EndOfFile };
        let pipe = if server { connection.to_server } else { connection.to_client };
        // Most of the time there is nothing: nobody is woken then.
        let read = self.read_pipe(pipe, most.min(PIECE));
        if matches!(read, Read::Data(_)) {
            self.wake(WaitKey::Connection(id));
        }
        read
    }

    /// Writes at one end of a connection; what there is no room for is lost, so ask [`Kernel::room_at_end`] first.
    pub(in crate::world) fn write_end(&mut self, id: ConnectionId, server: bool, bytes: &[u8]) -> bool {
        let Some(connection) = self.networks.connections.get(&id) else { return false };
        let pipe = if server { connection.to_client } else { connection.to_server };
        let written = matches!(self.write_pipe(pipe, bytes), Ok(Write::Wrote(count)) if count == bytes.len());
        self.wake(WaitKey::Connection(id));
        written
    }

    /// Closes one end of a connection.
    pub(in crate::world) fn close_end(&mut self, id: ConnectionId, server: bool) {
        self.close_connection(id, server);
    }
}
