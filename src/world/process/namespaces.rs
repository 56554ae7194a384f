//! The namespaces of a machine: what its processes see of each other, of the mounts, the host name and the network.
//!
//! Promises: a namespace lives as long as the container that made it, or as the last process in it.
//! Must not know: which namespaces a container shares; the daemon says it.

use std::sync::Arc;

use imbl::OrdMap;

use super::kernel::{Kernel, Pid};
use super::mounts::MountNamespace;
use super::network::{NetworkNamespace, NetworkNamespaceId};

/// Number of a namespace of any kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamespaceId(pub u64);

/// The namespaces that a process is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Namespaces {
    pub pid: NamespaceId,
    pub mount: NamespaceId,
    /// Host name.
    pub uts: NamespaceId,
    pub network: NetworkNamespaceId,
}

/// A PID namespace: which process has which number in it.
#[derive(Clone, Debug)]
pub struct PidNamespace {
    /// The namespace's PID 1, once there is one.
    pub init: Option<Pid>,
    pub(super) last: u32,
    pub(super) processes: OrdMap<u32, Pid>,
    /// Whether it is the machine's own, which sees all processes.
    pub is_host: bool,
}

impl Kernel {
    /// A process by its number in a PID namespace.
    pub fn find_in(&self, namespace: NamespaceId, number: u32) -> Option<Pid> {
        let space = self.pid_namespaces.get(&namespace)?;
        match space.is_host {
            true => self.processes.contains_key(&Pid(number)).then_some(Pid(number)),
            false => space.processes.get(&number).copied(),
        }
    }

    /// The number that `pid` has in a PID namespace, if it is seen there.
    pub fn number_in(&self, namespace: NamespaceId, pid: Pid) -> Option<u32> {
        let space = self.pid_namespaces.get(&namespace)?;
        let process = self.process(pid)?;
        match space.is_host {
            // What runs in a virtual machine is not seen from outside.
            true => (self.guest.is_none() || process.container.is_none()).then_some(pid.0),
            false => (process.namespaces.pid == namespace).then_some(process.namespace_pid),
        }
    }

    /// What `uname -r` prints in containers.
    pub fn release_in_containers(&self) -> &Arc<str> {
        self.guest.as_ref().map_or(&self.release, |guest| &guest.release)
    }

    /// A PID namespace.
    pub fn pid_namespace(&self, id: NamespaceId) -> Option<&PidNamespace> {
        self.pid_namespaces.get(&id).map(|namespace| &**namespace)
    }

    /// Makes an empty PID namespace.
    pub fn create_pid_namespace(&mut self) -> NamespaceId {
        let id = NamespaceId(self.new_id());
        let namespace = PidNamespace { init: None, last: 0, processes: OrdMap::new(), is_host: false };
        self.pid_namespaces.insert(id, Arc::new(namespace));
        id
    }

    /// Makes a namespace with a host name of its own.
    pub fn create_uts_namespace(&mut self, host_name: &str) -> NamespaceId {
        let id = NamespaceId(self.new_id());
        self.host_names.insert(id, host_name.into());
        id
    }

    /// The host name in a namespace.
    pub fn host_name(&self, id: NamespaceId) -> &str {
        self.host_names.get(&id).map_or("", |name| name)
    }

    /// Changes the host name in a namespace (`sethostname(2)`).
    pub(super) fn set_host_name(&mut self, id: NamespaceId, name: &str) {
        self.host_names.insert(id, name.into());
    }

    /// Changes the mounts of a namespace.
    pub(super) fn change_mounts(&mut self, id: NamespaceId, change: impl FnOnce(&mut MountNamespace)) {
        if let Some(mounts) = self.mount_namespaces.get_mut(&id) {
            change(Arc::make_mut(mounts));
        }
    }

    /// Makes a mount namespace.
    pub fn create_mount_namespace(&mut self, mounts: MountNamespace) -> NamespaceId {
        let id = NamespaceId(self.new_id());
        self.mount_namespaces.insert(id, Arc::new(mounts));
        id
    }

    /// The mounts of a namespace.
    pub fn mounts(&self, id: NamespaceId) -> Option<&MountNamespace> {
        self.mount_namespaces.get(&id).map(|mounts| &**mounts)
    }

    /// Replaces the mounts of the machine's own namespace, at boot.
    pub fn set_host_mounts(&mut self, mounts: MountNamespace) {
        self.mount_namespaces.insert(self.host.mount, Arc::new(mounts));
    }

    /// Makes a network namespace.
    pub fn create_network_namespace(&mut self, namespace: NetworkNamespace) -> NetworkNamespaceId {
        let id = NetworkNamespaceId(self.new_id());
        self.networks.namespaces.insert(id, Arc::new(namespace));
        id
    }

    /// Frees the namespaces of a container that is gone.
    pub fn remove_namespaces(&mut self, namespaces: Namespaces) {
        // Another container may have joined it: it goes with the last one.
        let is_empty = |space: &PidNamespace| {
            space.processes.values().all(|pid| self.process(*pid).is_none_or(|process| process.exit_status().is_some()))
        };
        if namespaces.pid != self.host.pid
            && self.pid_namespaces.get(&namespaces.pid).is_some_and(|space| is_empty(space))
        {
            self.pid_namespaces.remove(&namespaces.pid);
        }
        if !self.settings.is_empty() {
            self.remove_settings(namespaces);
        }
        if namespaces.mount != self.host.mount {
            self.mount_namespaces.remove(&namespaces.mount);
        }
        if namespaces.uts != self.host.uts {
            self.host_names.remove(&namespaces.uts);
        }
        if namespaces.network != self.host.network {
            self.networks.namespaces.remove(&namespaces.network);
        }
    }
}
