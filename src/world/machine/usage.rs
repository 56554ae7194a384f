//! What a machine's memory and disk are used for.
//!
//! Promises: computed from what is there; a layer that several images share counts once.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Machine;
use super::host::VOLUMES;
use super::hypervisor::Room;
use crate::world::filesystem::entry::{Change, Node};
use crate::world::filesystem::path::{is_below, parent};
use crate::world::process::Kernel;

impl Machine {
    /// Bytes of memory that the operating system and all processes use; a virtual machine's is its hypervisor process's.
    pub fn memory_used(&self) -> u64 {
        self.kernel.processes().map(|process| process.memory).fold(self.base_memory, u64::saturating_add)
    }

    /// Bytes of disk that the operating system, images, containers, volumes and virtual machines take.
    pub fn disk_used(&self) -> u64 {
        let volumes: u64 = self.volumes().iter().map(|(_, bytes)| bytes).sum();
        let parts = [self.image_bytes(), self.container_bytes(), volumes, self.hypervisor.disk_used()];
        parts.into_iter().fold(self.base_disk, u64::saturating_add)
    }

    /// Bytes of all layers that the engine keeps, each once.
    pub fn image_bytes(&self) -> u64 {
        let mut layers = BTreeMap::new();
        for image in self.daemon.images.iter() {
            for layer in image.layers() {
                layers.insert(layer.diff_id(), layer.size());
            }
        }
        layers.values().sum()
    }

    /// Bytes of all writable layers.
    pub fn container_bytes(&self) -> u64 {
        let roots = self.daemon.containers.values().filter_map(|container| self.kernel.union(container.root));
        roots.map(|root| root.upper_size()).sum()
    }

    /// The volumes on the disk, by name, with the bytes in each.
    pub fn volumes(&self) -> Vec<(Arc<str>, u64)> {
        let Some(disk) = self.kernel.union(Kernel::HOST_ROOT) else { return Vec::new() };
        let mut volumes: BTreeMap<Arc<str>, u64> = BTreeMap::new();
        for (path, change) in disk.upper().range(Arc::<str>::from(VOLUMES)..) {
            if !is_below(path, VOLUMES) {
                if &**path == VOLUMES {
                    continue;
                }
                break;
            }
            let name = path[VOLUMES.len() + 1..].split('/').next().unwrap_or_default();
            let Change::Put { entry, .. } = change else { continue };
            match &entry.node {
                Node::Directory if parent(path) == Some(VOLUMES) => {
                    volumes.entry(name.into()).or_default();
                }
                Node::File(content) => {
                    if let Some(bytes) = volumes.get_mut(name) {
                        *bytes += content.size();
                    }
                }
                _ => {}
            }
        }
        volumes.into_iter().collect()
    }

    /// What is left of its memory and disk.
    pub(in crate::world) fn room(&self) -> Room {
        Room {
            memory: self.hardware.memory.saturating_sub(self.memory_used()),
            disk: self.hardware.disk.saturating_sub(self.disk_used()),
        }
    }

    /// The names of the virtual machines on this machine.
    pub fn virtual_machine_names(&self) -> Vec<String> {
        self.hypervisor.machines().map(|machine| machine.name.to_string()).collect()
    }
}
