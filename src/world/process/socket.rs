//! Reading, writing and closing what descriptors refer to: pipes, connections, sinks, the console.

use std::net::Ipv4Addr;
use std::sync::Arc;

use imbl::{OrdMap, Vector};

use super::descriptor::{OpenFile, OpenFileId, Pipe, PipeId, Read, SinkId, Stream, Write};
use super::kernel::{Kernel, Pid, SINK_LIMIT, SinkChunk};
use super::network::{Connection, ConnectionId, Listener, ListenerId};
use super::schedule::WaitKey;
use crate::world::clock::Time;
use crate::world::context::{Console, Context};
use crate::world::event::EventKind;
use crate::world::filesystem::entry::Device;
use crate::world::filesystem::errno::Errno;

/// Most descriptors that a process may have open.
pub const DESCRIPTOR_LIMIT: usize = 1024;
/// Most bytes that one read gives.
const READ_LIMIT: usize = 65_536;

impl Kernel {
    /// What a descriptor of a process refers to.
    pub fn open_file(&self, pid: Pid, descriptor: u32) -> Option<&OpenFile> {
        let id = self.process(pid)?.descriptors.get(&descriptor)?;
        self.open_files.get(id).map(|(file, _)| file)
    }

    /// Adds an open file that one descriptor will refer to.
    pub fn add_open_file(&mut self, file: OpenFile) -> OpenFileId {
        match &file {
            OpenFile::PipeReader(pipe) | OpenFile::Source { pipe, .. } => self.count_pipe(*pipe, 1, 0),
            OpenFile::PipeWriter(pipe) => self.count_pipe(*pipe, 0, 1),
            _ => {}
        }
        let id = OpenFileId(self.new_id());
        self.open_files.insert(id, (file, 1));
        id
    }

    pub(super) fn count_pipe(&mut self, pipe: PipeId, readers: u32, writers: u32) {
        if let Some(pipe) = self.pipes.get_mut(&pipe) {
            pipe.readers += readers;
            pipe.writers += writers;
        }
    }

    /// One more descriptor refers to an open file.
    pub(super) fn retain(&mut self, id: OpenFileId) {
        if let Some((_, count)) = self.open_files.get_mut(&id) {
            *count += 1;
        }
    }

    /// All of a process's open files, for a child that inherits them.
    pub(super) fn inherit(&mut self, descriptors: &OrdMap<u32, OpenFileId>) -> OrdMap<u32, OpenFileId> {
        for id in descriptors.values() {
            self.retain(*id);
        }
        descriptors.clone()
    }

    pub(super) fn release_descriptors(&mut self, descriptors: &OrdMap<u32, OpenFileId>) {
        for id in descriptors.values() {
            self.release(*id);
        }
    }

    /// One descriptor less refers to an open file; with the last one it is closed.
    pub fn release(&mut self, id: OpenFileId) {
        let Some((file, count)) = self.open_files.get_mut(&id) else { return };
        *count -= 1;
        if *count > 0 {
            return;
        }
        let file = file.clone();
        self.open_files.remove(&id);
        match file {
            OpenFile::PipeReader(pipe) | OpenFile::Source { pipe, .. } => self.close_pipe(pipe, true),
            OpenFile::PipeWriter(pipe) => self.close_pipe(pipe, false),
            OpenFile::Socket { connection, server } => self.close_connection(connection, server),
            OpenFile::Listener(listener) => {
                self.networks.listeners.remove(&listener);
            }
            _ => {}
        }
    }

    /// Makes an empty pipe without ends.
    pub fn create_pipe(&mut self) -> PipeId {
        let id = PipeId(self.new_id());
        self.pipes.insert(id, Pipe::default());
        id
    }

    fn close_pipe(&mut self, id: PipeId, reader: bool) {
        let Some(pipe) = self.pipes.get_mut(&id) else { return };
        let end = if reader { &mut pipe.readers } else { &mut pipe.writers };
        *end = end.saturating_sub(1);
        if pipe.readers == 0 && pipe.writers == 0 {
            self.pipes.remove(&id);
        }
        self.wake(WaitKey::Pipe(id));
    }

    pub(super) fn close_connection(&mut self, id: ConnectionId, server: bool) {
        let Some(connection) = self.networks.connections.get(&id).cloned() else { return };
        let (read, written) = match server {
            true => (connection.to_server, connection.to_client),
            false => (connection.to_client, connection.to_server),
        };
        self.close_pipe(read, true);
        self.close_pipe(written, false);
        if !self.pipes.contains_key(&read) && !self.pipes.contains_key(&written) {
            self.networks.connections.remove(&id);
        }
        self.wake(WaitKey::Connection(id));
    }

    /// Closes the sockets on which a process that ended still listened.
    pub(super) fn close_listeners(&mut self, pid: Pid) {
        let gone: Vec<ListenerId> =
            self.networks.listeners.iter().filter(|(_, l)| l.process == pid).map(|(id, _)| *id).collect();
        for id in gone {
            self.networks.listeners.remove(&id);
        }
    }

    pub(super) fn is_readable(&self, pid: Pid, descriptor: u32) -> bool {
        let pipe_ready = |id: &PipeId| self.pipes.get(id).is_none_or(|p| !p.bytes.is_empty() || p.writers == 0);
        match self.open_file(pid, descriptor) {
            Some(OpenFile::PipeReader(pipe) | OpenFile::Source { pipe, .. }) => pipe_ready(pipe),
            Some(OpenFile::Socket { connection, server }) => match self.networks.connections.get(connection) {
                Some(c) => pipe_ready(if *server { &c.to_server } else { &c.to_client }),
                None => true,
            },
            Some(OpenFile::Listener(id)) => self.networks.listeners.get(id).is_none_or(|l| !l.backlog.is_empty()),
            // Only the context knows what was typed: the reader looks before it waits.
            Some(OpenFile::Console { .. }) => false,
            _ => true,
        }
    }

    pub(super) fn is_writable(&self, pid: Pid, descriptor: u32) -> bool {
        let pipe_ready = |id: &PipeId| self.pipes.get(id).is_none_or(|p| p.room() > 0 || p.readers == 0);
        match self.open_file(pid, descriptor) {
            Some(OpenFile::PipeWriter(pipe)) => pipe_ready(pipe),
            Some(OpenFile::Socket { connection, server }) => match self.networks.connections.get(connection) {
                Some(c) => pipe_ready(if *server { &c.to_client } else { &c.to_server }),
                None => true,
            },
            _ => true,
        }
    }

    /// Takes bytes out of a pipe.
    pub fn read_pipe(&mut self, id: PipeId, most: usize) -> Read {
        let Some(pipe) = self.pipes.get_mut(&id) else { return Read::EndOfFile };
        if pipe.bytes.is_empty() {
            return if pipe.writers == 0 { Read::EndOfFile } else { Read::WouldBlock };
        }
        let rest = pipe.bytes.split_off(most.min(pipe.bytes.len()));
        let taken = std::mem::replace(&mut pipe.bytes, rest);
        self.wake(WaitKey::Pipe(id));
        Read::Data(taken.into_iter().collect())
    }

    /// Puts bytes into a pipe.
    ///
    /// # Errors
    /// `EPIPE` when nobody can read them.
    pub fn write_pipe(&mut self, id: PipeId, bytes: &[u8]) -> Result<Write, Errno> {
        let pipe = self.pipes.get_mut(&id).ok_or(Errno::EPIPE)?;
        if pipe.readers == 0 {
            return Err(Errno::EPIPE);
        }
        let taken = bytes.len().min(pipe.room());
        if taken == 0 && !bytes.is_empty() {
            return Ok(Write::WouldBlock);
        }
        pipe.bytes.append(bytes[..taken].iter().copied().collect::<Vector<u8>>());
        self.wake(WaitKey::Pipe(id));
        Ok(Write::Wrote(taken))
    }

    /// Keeps what a container or an exec wrote, for the daemon; the oldest goes when it is too much.
    pub fn write_sink(&mut self, id: SinkId, at: Time, stream: Stream, bytes: &[u8]) {
        let Some(sink) = self.sinks.get_mut(&id).map(Arc::make_mut) else { return };
        sink.bytes += bytes.len() as u64;
        sink.chunks.push_back(SinkChunk { at, stream, bytes: bytes.into() });
        while sink.bytes > SINK_LIMIT {
            let Some(oldest) = sink.chunks.pop_front() else { break };
            sink.bytes -= oldest.bytes.len() as u64;
            sink.dropped += 1;
        }
        self.wake(WaitKey::Engine);
    }

    /// Reads from a descriptor.
    pub(super) fn read_descriptor(
        &mut self,
        context: &mut Context,
        pid: Pid,
        descriptor: u32,
        most: usize,
    ) -> Result<Read, Errno> {
        let most = most.min(READ_LIMIT);
        let id = *self.process(pid).and_then(|p| p.descriptors.get(&descriptor)).ok_or(Errno::EBADF)?;
        let (file, _) = self.open_files.get(&id).ok_or(Errno::EBADF)?;
        match file.clone() {
            OpenFile::File { filesystem, path, offset, options } => {
                if !options.read {
                    return Err(Errno::EBADF);
                }
                let data = self.read_file_at(filesystem, &path, offset, most)?;
                self.advance(id, data.len() as u64);
                Ok(if data.is_empty() { Read::EndOfFile } else { Read::Data(data) })
            }
            OpenFile::Generated { content, offset } => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
                let data = content[start..content.len().min(start.saturating_add(most))].to_vec();
                self.advance(id, data.len() as u64);
                Ok(if data.is_empty() { Read::EndOfFile } else { Read::Data(data) })
            }
            OpenFile::Device(Device::Zero | Device::Full) => Ok(Read::Data(vec![0; most])),
            OpenFile::Device(Device::Random | Device::Urandom) => {
                let mut data = Vec::with_capacity(most + 32);
                while data.len() < most {
                    data.extend_from_slice(&context.random.bytes());
                }
                data.truncate(most);
                Ok(Read::Data(data))
            }
            OpenFile::Device(_) => Ok(Read::EndOfFile),
            OpenFile::PipeReader(pipe) | OpenFile::Source { pipe, .. } => Ok(self.read_pipe(pipe, most)),
            OpenFile::Socket { connection, server } => {
                let Some(c) = self.networks.connections.get(&connection) else { return Ok(Read::EndOfFile) };
                let pipe = if server { c.to_server } else { c.to_client };
                let read = self.read_pipe(pipe, most);
                self.wake(WaitKey::Connection(connection));
                Ok(read)
            }
            OpenFile::Console { seat, terminal, .. } => Ok(read_console(context.console_at(seat), most, terminal)),
            OpenFile::PipeWriter(_) | OpenFile::Sink { .. } | OpenFile::Listener(_) => Err(Errno::EBADF),
        }
    }

    /// Writes to a descriptor.
    pub(super) fn write_descriptor(
        &mut self,
        context: &mut Context,
        pid: Pid,
        descriptor: u32,
        bytes: &[u8],
    ) -> Result<Write, Errno> {
        let id = *self.process(pid).and_then(|p| p.descriptors.get(&descriptor)).ok_or(Errno::EBADF)?;
        let (file, _) = self.open_files.get(&id).ok_or(Errno::EBADF)?;
        match file.clone() {
            OpenFile::File { filesystem, path, offset, options } => {
                if !options.write {
                    return Err(Errno::EBADF);
                }
                let at = if options.append { None } else { Some(offset) };
                let written = self.write_file_at(context, filesystem, &path, at, bytes)?;
                self.advance(id, written as u64);
                Ok(Write::Wrote(written))
            }
            OpenFile::Device(Device::Full) => Err(Errno::ENOSPC),
            OpenFile::Device(_) => Ok(Write::Wrote(bytes.len())),
            OpenFile::PipeWriter(pipe) => self.write_pipe(pipe, bytes),
            OpenFile::Socket { connection, server } => {
                let c = self.networks.connections.get(&connection).ok_or(Errno::EPIPE)?;
                let pipe = if server { c.to_client } else { c.to_server };
                let wrote = self.write_pipe(pipe, bytes);
                self.wake(WaitKey::Connection(connection));
                if server && matches!(wrote, Ok(Write::Wrote(1..))) {
                    self.note_answer(context, pid);
                }
                wrote
            }
            OpenFile::Console { seat, stream, .. } => {
                context.console_at(seat).write(stream, bytes);
                Ok(Write::Wrote(bytes.len()))
            }
            OpenFile::Sink { sink, stream, terminal } => {
                match terminal && bytes.contains(&b'\n') {
                    // A terminal's line discipline begins a new line at its left end (ONLCR).
                    true => {
                        let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
                        self.write_sink(sink, context.now, stream, &lines.join(b"\r\n".as_slice()));
                    }
                    false => self.write_sink(sink, context.now, stream, bytes),
                }
                Ok(Write::Wrote(bytes.len()))
            }
            OpenFile::PipeReader(_) | OpenFile::Source { .. } | OpenFile::Generated { .. } | OpenFile::Listener(_) => {
                Err(Errno::EBADF)
            }
        }
    }

    /// A server wrote to a connection: the first time since its container was started is an event.
    pub(super) fn note_answer(&mut self, context: &mut Context, pid: Pid) {
        let Some(container) = self.process(pid).and_then(|process| process.container.clone()) else { return };
        if !self.answered.contains(&container) {
            self.answered.insert(container.clone());
            context.emit(EventKind::FirstAnswer { container: Some(container), virtual_machine: None });
        }
    }

    fn advance(&mut self, id: OpenFileId, by: u64) {
        if let Some((OpenFile::File { offset, .. } | OpenFile::Generated { offset, .. }, _)) =
            self.open_files.get_mut(&id)
        {
            *offset += by;
        }
    }

    /// Starts to listen on a port of the process's network namespace.
    ///
    /// # Errors
    /// `EADDRINUSE` when somebody does already.
    pub(super) fn listen(
        &mut self,
        context: &mut Context,
        pid: Pid,
        address: Ipv4Addr,
        port: u16,
    ) -> Result<OpenFileId, Errno> {
        let process = self.process(pid).ok_or(Errno::ESRCH)?;
        let (namespace, container) = (process.namespaces.network, process.container.clone());
        let taken = self.networks.listeners.values().any(|l| {
            let clashes = l.address == address || l.address.is_unspecified() || address.is_unspecified();
            l.namespace == namespace && l.port == port && clashes
        });
        if taken {
            return Err(Errno::EADDRINUSE);
        }
        let id = ListenerId(self.new_id());
        let listener = Listener { namespace, address, port, process: pid, backlog: Vector::new() };
        self.networks.listeners.insert(id, Arc::new(listener));
        context.emit(EventKind::Listening { container, address, port });
        Ok(self.add_open_file(OpenFile::Listener(id)))
    }

    /// Takes the next connection that waits at a listening socket.
    pub(super) fn accept(&mut self, listener: ListenerId) -> Option<OpenFileId> {
        let listener = self.networks.listeners.get_mut(&listener).map(Arc::make_mut)?;
        let connection = listener.backlog.pop_front()?;
        Some(self.add_open_file(OpenFile::Socket { connection, server: true }))
    }

    /// Connects to an address.
    ///
    /// # Errors
    /// What [`super::network::Networks::route`] says.
    pub(super) fn connect(
        &mut self,
        context: &mut Context,
        pid: Pid,
        address: Ipv4Addr,
        port: u16,
    ) -> Result<OpenFileId, Errno> {
        let process = self.process(pid).ok_or(Errno::ESRCH)?;
        let (namespace, from) = (process.namespaces.network, process.container.clone());
        if let Some(to) = self.elsewhere(context, address) {
            return self.connect_across(context, pid, &to, address, port);
        }
        let routed = self.networks.route(namespace, address, port);
        let to = routed.ok().and_then(|(listener, _)| {
            let owner = self.networks.listeners.get(&listener)?.process;
            self.process(owner)?.container.clone()
        });
        let failed = routed.err().map(|errno| errno.to_string());
        context.emit(EventKind::Connection { from, to, address, port, failed });
        let (listener, server_address) = routed?;

        let (to_server, to_client) = (self.create_pipe(), self.create_pipe());
        for pipe in [to_server, to_client] {
            self.count_pipe(pipe, 1, 1);
        }
        let id = ConnectionId(self.new_id());
        let client_address = self.networks.source(namespace, server_address);
        let connection = Connection { to_server, to_client, client_address, server_address, port };
        self.networks.connections.insert(id, Arc::new(connection));
        if let Some(listener) = self.networks.listeners.get_mut(&listener).map(Arc::make_mut) {
            listener.backlog.push_back(id);
        }
        self.wake(WaitKey::Listener(listener));
        Ok(self.add_open_file(OpenFile::Socket { connection: id, server: false }))
    }
}

/// Reads typed bytes: a line at a time from a terminal, as its line discipline gives them.
fn read_console(console: &mut Console, most: usize, terminal: bool) -> Read {
    if console.input.is_empty() {
        return if console.closed || !terminal { Read::EndOfFile } else { Read::WouldBlock };
    }
    let line = console.input.iter().position(|byte| *byte == b'\n').map_or(console.input.len(), |at| at + 1);
    Read::Data(console.input.drain(..line.min(most)).collect())
}
