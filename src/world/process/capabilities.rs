//! Linux capabilities: the parts that root's power is in.
//!
//! Promises: names and numbers as in `linux/capability.h`, kernel 6.18. Must not know who is given which.

/// Names without `CAP_`, by number.
const NAMES: [&str; 41] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];

/// One capability, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability(u8);

impl Capability {
    pub const CHOWN: Capability = Capability(0);
    pub const DAC_OVERRIDE: Capability = Capability(1);
    pub const DAC_READ_SEARCH: Capability = Capability(2);
    pub const FOWNER: Capability = Capability(3);
    pub const KILL: Capability = Capability(5);
    pub const SETGID: Capability = Capability(6);
    pub const SETUID: Capability = Capability(7);
    pub const NET_ADMIN: Capability = Capability(12);
    pub const NET_RAW: Capability = Capability(13);
    pub const SYS_CHROOT: Capability = Capability(18);
    pub const SYS_ADMIN: Capability = Capability(21);
    pub const SYS_NICE: Capability = Capability(23);
    pub const SYS_RESOURCE: Capability = Capability(24);
    pub const SYS_TIME: Capability = Capability(25);
    pub const MKNOD: Capability = Capability(27);
}

/// The capability with this name, `CAP_` in front or not.
pub fn capability(name: &str) -> Option<Capability> {
    let bare = name.strip_prefix("CAP_").unwrap_or(name);
    NAMES.iter().position(|known| *known == bare).and_then(|number| u8::try_from(number).ok()).map(Capability)
}

/// A set of capabilities: one bit for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct CapabilitySet(u64);

impl CapabilitySet {
    /// All that the kernel knows.
    pub const ALL: CapabilitySet = CapabilitySet((1 << NAMES.len()) - 1);
    pub const NONE: CapabilitySet = CapabilitySet(0);
    /// What Docker leaves to a container (moby `oci/caps`, `DefaultCapabilities`).
    pub const DOCKER: CapabilitySet = CapabilitySet(0xa804_25fb);

    pub const fn contains(self, capability: Capability) -> bool {
        self.0 & (1 << capability.0) != 0
    }

    #[must_use]
    pub const fn with(self, capability: Capability) -> CapabilitySet {
        CapabilitySet(self.0 | 1 << capability.0)
    }

    #[must_use]
    pub const fn without(self, capability: Capability) -> CapabilitySet {
        CapabilitySet(self.0 & !(1 << capability.0))
    }

    /// As `/proc/PID/status` writes it: 16 hexadecimal digits.
    pub fn hex(self) -> String {
        format!("{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_constants_have_their_names() {
        for (constant, name) in [
            (Capability::CHOWN, "CHOWN"),
            (Capability::DAC_OVERRIDE, "CAP_DAC_OVERRIDE"),
            (Capability::DAC_READ_SEARCH, "DAC_READ_SEARCH"),
            (Capability::FOWNER, "FOWNER"),
            (Capability::KILL, "KILL"),
            (Capability::SETGID, "SETGID"),
            (Capability::SETUID, "SETUID"),
            (Capability::NET_ADMIN, "NET_ADMIN"),
            (Capability::NET_RAW, "NET_RAW"),
            (Capability::SYS_CHROOT, "SYS_CHROOT"),
            (Capability::SYS_ADMIN, "SYS_ADMIN"),
            (Capability::SYS_NICE, "SYS_NICE"),
            (Capability::SYS_RESOURCE, "SYS_RESOURCE"),
            (Capability::SYS_TIME, "SYS_TIME"),
            (Capability::MKNOD, "MKNOD"),
        ] {
            assert_eq!(capability(name), Some(constant), "{name}");
        }
        assert_eq!(capability("BOGUS"), None);
    }

    #[test]
    fn dockers_own_set_is_that_of_its_documentation() {
        let names = [
            "CHOWN",
            "DAC_OVERRIDE",
            "FSETID",
            "FOWNER",
            "MKNOD",
            "NET_RAW",
            "SETGID",
            "SETUID",
            "SETFCAP",
            "SETPCAP",
            "NET_BIND_SERVICE",
            "SYS_CHROOT",
            "KILL",
            "AUDIT_WRITE",
        ];
        let set = names.iter().filter_map(|name| capability(name)).fold(CapabilitySet::NONE, CapabilitySet::with);
        assert_eq!(set, CapabilitySet::DOCKER);
        assert_eq!(CapabilitySet::ALL.hex(), "000001ffffffffff");
        assert!(!set.without(Capability::CHOWN).contains(Capability::CHOWN));
    }
}
