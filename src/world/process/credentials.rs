//! Who a process is, by number, and what it may do.
//!
//! Promises: as credentials(7) and capabilities(7) have it for programs without file capabilities: root has all that its bounding set
//! leaves, everybody else nothing, and who stops being root loses it. Must not know: names, which are the container's files' matter.

use super::capabilities::{Capability, CapabilitySet};

/// Who a process is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    pub uid: u32,
    pub gid: u32,
    pub groups: Vec<u32>,
    /// What it may do that others may not.
    pub effective: CapabilitySet,
    /// What it can have at all.
    pub bounding: CapabilitySet,
    /// Whether it can gain nothing by running a program (prctl `PR_SET_NO_NEW_PRIVS`).
    pub no_new_privileges: bool,
    /// Whether its system calls are filtered (seccomp).
    pub filtered: bool,
}

impl Default for Credentials {
    /// Root, with all its power.
    fn default() -> Credentials {
        Credentials::new(0, 0, Vec::new())
    }
}

impl Credentials {
    /// A user without any bounds; its further groups in order, as the kernel keeps them.
    pub fn new(uid: u32, gid: u32, mut groups: Vec<u32>) -> Credentials {
        groups.sort_unstable();
        let bounding = CapabilitySet::ALL;
        let effective = if uid == 0 { bounding } else { CapabilitySet::NONE };
        Credentials { uid, gid, groups, effective, bounding, no_new_privileges: false, filtered: false }
    }

    /// Whether it has a capability.
    pub const fn has(&self, capability: Capability) -> bool {
        self.effective.contains(capability)
    }

    /// The same user with no more than this.
    #[must_use]
    pub fn bounded(self, bounding: CapabilitySet) -> Credentials {
        let effective = if self.uid == 0 { bounding } else { CapabilitySet::NONE };
        Credentials { effective, bounding, ..self }
    }

    /// Another user in the bounds of this one (`setuid`, `setgid`, `setgroups`).
    #[must_use]
    pub fn becoming(&self, uid: u32, gid: u32, mut groups: Vec<u32>) -> Credentials {
        groups.sort_unstable();
        let effective = if uid == 0 { self.effective } else { CapabilitySet::NONE };
        Credentials { uid, gid, groups, effective, ..self.clone() }
    }
}
