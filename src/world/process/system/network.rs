//! The system calls for the network: listen, accept, connect, and the names of hosts.
//!
//! Promises: what fails, fails with the true reason. Must not know: how packets go.

use std::net::Ipv4Addr;
use std::sync::Arc;

use super::System;
use crate::world::filesystem::errno::Errno;
use crate::world::process::descriptor::OpenFile;

impl System<'_> {
    /// Listens on a TCP port; the descriptor becomes readable when somebody connects.
    ///
    /// # Errors
    /// `EADDRINUSE`, `EMFILE`.
    pub fn listen(&mut self, address: Ipv4Addr, port: u16) -> Result<u32, Errno> {
        let id = self.machine.kernel.listen(self.context, self.pid, address, port)?;
        self.install_id(id)
    }

    /// Takes the next connection of a listening descriptor; `None` when there is none yet.
    ///
    /// # Errors
    /// `EBADF`, `EMFILE`.
    pub fn accept(&mut self, descriptor: u32) -> Result<Option<u32>, Errno> {
        let Some(OpenFile::Listener(listener)) = self.open_file(descriptor) else { return Err(Errno::EBADF) };
        let listener = *listener;
        match self.kernel_mut().accept(listener) {
            Some(id) => self.install_id(id).map(Some),
            None => Ok(None),
        }
    }

    /// Connects to a TCP port.
    ///
    /// # Errors
    /// `ECONNREFUSED`, `EHOSTUNREACH`, `ENETUNREACH`, `ETIMEDOUT`, `ECONNRESET`: the true reason.
    pub fn connect(&mut self, address: Ipv4Addr, port: u16) -> Result<u32, Errno> {
        let id = self.machine.kernel.connect(self.context, self.pid, address, port)?;
        self.install_id(id)
    }

    /// Finds the address of a name: numbers, `/etc/hosts`, the DNS servers of the networks one is in, the other machines.
    pub fn lookup_host(&self, name: &str) -> Option<Ipv4Addr> {
        if let Ok(address) = name.parse() {
            return Some(address);
        }
        let hosts =
            self.read_file("/etc/hosts").map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let listed = hosts.lines().find_map(|line| {
            let mut words = line.split('#').next().unwrap_or("").split_whitespace();
            let address = words.next()?.parse().ok()?;
            words.any(|word| word.eq_ignore_ascii_case(name)).then_some(address)
        });
        if listed.is_some() || name == "localhost" {
            return listed.or(Some(Ipv4Addr::LOCALHOST));
        }
        let namespace = self.process()?.namespaces.network;
        let networks = &self.kernel().networks;
        // Another machine's name is known to a server out there: it can be asked where there is a way out.
        let way_out = networks.namespaces.get(&namespace).is_some_and(|here| here.is_host || here.gateway.is_some());
        let neighbour = || self.context.neighbours.get(name.to_ascii_lowercase().as_str()).map(|there| there.address);
        networks.resolve(namespace, name).or_else(|| neighbour().filter(|_| way_out))
    }

    /// The full name of a host: the first of its line in `/etc/hosts`, else the name itself (`gethostbyname(3)`).
    pub fn canonical_name(&self, name: &str) -> String {
        let hosts = self.read_file("/etc/hosts").unwrap_or_else(|_| Arc::from([]));
        let hosts = String::from_utf8_lossy(&hosts);
        let mut lines = hosts.lines().map(|line| line.split('#').next().unwrap_or("").split_whitespace().skip(1));
        let first = lines.find_map(|mut names| {
            let first = names.next()?;
            (first.eq_ignore_ascii_case(name) || names.any(|known| known.eq_ignore_ascii_case(name))).then_some(first)
        });
        first.unwrap_or(name).to_owned()
    }

    /// The process has answered a request outside of its turns.
    pub(in crate::world) fn note_answer(&mut self) {
        self.machine.kernel.note_answer(self.context, self.pid);
    }

    /// All addresses of a name, in the order in which the servers give them: one for each container that has it.
    pub fn lookup_all(&self, name: &str) -> Vec<Ipv4Addr> {
        let here = self.process().and_then(|me| self.kernel().networks.namespaces.get(&me.namespaces.network));
        let name_in = |bridge: &Arc<str>| (bridge.clone(), Arc::from(name.to_ascii_lowercase()));
        let names = &self.kernel().networks.names;
        let several = here.and_then(|here| here.interfaces.iter().find_map(|i| names.get(&name_in(&i.bridge))));
        match several {
            Some(addresses) if name.parse::<Ipv4Addr>().is_err() => addresses.to_vec(),
            _ => self.lookup_host(name).into_iter().collect(),
        }
    }

    /// What a connection to an address comes to, without making it.
    ///
    /// # Errors
    /// As [`System::connect`].
    pub fn probe(&self, address: Ipv4Addr, port: u16) -> Result<(), Errno> {
        let namespace = self.process().ok_or(Errno::ESRCH)?.namespaces.network;
        match self.kernel().elsewhere(self.context, address) {
            Some(to) => self.kernel().route_across(self.context, namespace, &to, port),
            None => self.kernel().networks.route(namespace, address, port).map(|_| ()),
        }
    }
}
