//! What the model answers about what surrounds containers: volumes and networks.
//!
//! Promises: a filter counts what it fits. Must not know: what containers hold.

use super::*;

impl Look<'_> {
    pub(super) fn volume(&self, name: &str) -> Observed {
        let Some((_, size)) = self.machine.volumes().into_iter().find(|(known, _)| **known == *name) else {
            return absent(self.show, format!("there is no volume {name}"));
        };
        match self.show {
            Property::Exists => truth(true),
            Property::Size => bytes(size),
            _ => count(self.users_of_volume(name)),
        }
    }

    pub(super) fn users_of_volume(&self, name: &str) -> usize {
        let uses = |container: &&Arc<Container>| container.mounts.iter().any(|m| m.name.as_deref() == Some(name));
        self.machine.daemon.containers.values().filter(uses).count()
    }

    pub(super) fn volumes(&self, filter: &VolumeFilter) -> Observed {
        let anonymous = |name: &str| name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        let matching = self.machine.volumes().into_iter().filter(|(name, _)| {
            filter.anonymous.is_none_or(|wanted| wanted == anonymous(name))
                && filter.dangling.is_none_or(|wanted| wanted == (self.users_of_volume(name) == 0))
        });
        count(matching.count())
    }

    pub(super) fn network(&self, name: &str) -> Observed {
        let known = self.network_names().iter().any(|(known, _)| known == name);
        match self.show {
            Property::Exists => truth(known),
            _ if !known => missing(format!("there is no network {name}")),
            _ => {
                let uses = |container: &&Arc<Container>| container.endpoints.contains_key(name);
                count(self.machine.daemon.containers.values().filter(uses).count())
            }
        }
    }

    pub(super) fn networks(&self, filter: &NetworkFilter) -> Observed {
        count(
            self.network_names()
                .iter()
                .filter(|(_, custom)| filter.custom.is_none_or(|wanted| wanted == *custom))
                .count(),
        )
    }

    /// The names of the networks, and whether a user made each.
    pub(super) fn network_names(&self) -> Vec<(String, bool)> {
        let joined = self.machine.daemon.containers.values().flat_map(|container| container.endpoints.keys());
        let mut names: std::collections::BTreeSet<&str> = joined.map(String::as_str).collect();
        names.extend(["bridge", "host", "none"]);
        names.into_iter().map(|name| (name.to_owned(), !matches!(name, "bridge" | "host" | "none"))).collect()
    }
}
