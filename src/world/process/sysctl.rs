//! `/proc/sys`: the settings of the kernel, as a container reads them.
//!
//! Promises: those that people look at, with the values of a Linux on which Docker runs, and what `docker run --sysctl` set for a
//! container's own namespaces. Nobody writes them. Must not know which of them Docker allows.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::kernel::{Kernel, Process};
use super::namespaces::Namespaces;

/// Settings whose value is the same on every machine, by path.
const FIXED: &[(&str, &str)] = &[
    ("fs/file-max", "9223372036854775807"),
    ("fs/inotify/max_user_instances", "128"),
    ("fs/mqueue/msg_max", "10"),
    ("fs/mqueue/queues_max", "256"),
    ("fs/nr_open", "1048576"),
    ("kernel/cap_last_cap", "40"),
    ("kernel/domainname", "(none)"),
    ("kernel/msgmax", "8192"),
    ("kernel/msgmnb", "16384"),
    ("kernel/msgmni", "32000"),
    ("kernel/ngroups_max", "65536"),
    ("kernel/ostype", "Linux"),
    ("kernel/panic", "0"),
    ("kernel/pid_max", "4194304"),
    ("kernel/randomize_va_space", "2"),
    ("kernel/sem", "32000\t1024000000\t500\t32000"),
    ("kernel/shm_rmid_forced", "0"),
    ("kernel/shmall", "18446744073692774399"),
    ("kernel/shmmax", "18446744073692774399"),
    ("kernel/shmmni", "4096"),
    ("net/core/somaxconn", "4096"),
    ("net/ipv4/ip_forward", "1"),
    ("net/ipv4/ip_local_port_range", "32768\t60999"),
    ("net/ipv4/ip_unprivileged_port_start", "0"),
    ("net/ipv4/ping_group_range", "0\t2147483647"),
    ("net/ipv4/tcp_fin_timeout", "60"),
    ("net/ipv4/tcp_keepalive_time", "7200"),
    ("net/ipv4/tcp_syncookies", "1"),
    ("vm/dirty_ratio", "20"),
    ("vm/max_map_count", "65530"),
    ("vm/overcommit_memory", "0"),
    ("vm/swappiness", "60"),
];

/// Settings that follow from the machine and the process that asks.
const COMPUTED: [&str; 4] = ["kernel/hostname", "kernel/osrelease", "kernel/threads-max", "kernel/version"];

impl Kernel {
    /// Sets a value in a container's own namespaces, by its name with dots: `net.…` in that of the network, others in that of the host name.
    pub fn set_setting(&mut self, namespaces: Namespaces, name: &str, value: &str) {
        let path = name.replace('.', "/");
        self.settings.insert((scope(namespaces, &path), path.into()), value.into());
    }

    /// Forgets what was set in namespaces that are gone.
    pub(super) fn remove_settings(&mut self, namespaces: Namespaces) {
        let gone = [namespaces.uts.0, namespaces.network.0];
        self.settings = self
            .settings
            .iter()
            .filter(|((scope, _), _)| !gone.contains(scope))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
    }
}

fn scope(namespaces: Namespaces, path: &str) -> u64 {
    if path.starts_with("net/") { namespaces.network.0 } else { namespaces.uts.0 }
}

/// The value of a setting as a process sees it.
pub fn value(kernel: &Kernel, process: &Process, path: &str) -> Option<String> {
    let own = kernel.settings.get(&(scope(process.namespaces, path), Arc::from(path)));
    let fixed = || FIXED.iter().find(|(name, _)| *name == path).map(|(_, value)| (*value).to_owned());
    own.map(ToString::to_string).or_else(fixed).or_else(|| match path {
        "kernel/hostname" => Some(kernel.host_name(process.namespaces.uts).to_owned()),
        "kernel/osrelease" => Some(kernel.release_in_containers().to_string()),
        // A process for each 64 KiB of memory (`fork_init`).
        "kernel/threads-max" => Some((kernel.memory / (8 * 16_384)).to_string()),
        "kernel/version" => Some(super::tools::identity::VERSION.to_owned()),
        _ => None,
    })
}

/// The names in a directory below `/proc/sys`, if it is one; the empty path is `/proc/sys` itself.
pub fn list(path: &str) -> Option<Vec<String>> {
    let all = FIXED.iter().map(|(name, _)| *name).chain(COMPUTED);
    let below = |name: &'static str| match path {
        "" => Some(name),
        path => name.strip_prefix(path)?.strip_prefix('/'),
    };
    let names: BTreeSet<&str> = all.filter_map(below).filter_map(|rest| rest.split('/').next()).collect();
    (!names.is_empty()).then(|| names.into_iter().map(str::to_owned).collect())
}

/// The paths of all settings, in order.
pub fn paths() -> Vec<&'static str> {
    let all: BTreeSet<&str> = FIXED.iter().map(|(name, _)| *name).chain(COMPUTED).collect();
    all.into_iter().collect()
}
