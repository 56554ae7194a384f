//! `/sys`: control groups and network interfaces, made up from the kernel's state at the moment in which they are read.
//!
//! Promises: the files that people read to see a container's limits (cgroup v1) and addresses, with the kernel's own values; nothing
//! else is there. Must not know who sets the limits.

use super::control_group::{ControlGroup, PERIOD};
use super::kernel::Kernel;
use super::vfs::Caller;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::{Entry, Metadata, Node};

/// Directories that are always there.
const TOP: [&str; 11] =
    ["block", "bus", "class", "dev", "devices", "firmware", "fs", "hypervisor", "kernel", "module", "power"];
/// The hierarchies of cgroup v1.
pub(super) const CONTROLLERS: [&str; 9] =
    ["blkio", "cpu", "cpuacct", "cpuset", "devices", "freezer", "memory", "pids", "systemd"];
/// What no limit of memory reads as: the largest number of whole pages.
const NO_LIMIT: u64 = (i64::MAX as u64) & !4095;

/// A directory with the names in it, or a file with its text.
enum Found {
    Directory(Vec<String>),
    File(String),
}

fn names<const N: usize>(list: [&str; N]) -> Found {
    Found::Directory(list.iter().map(|name| (*name).to_owned()).collect())
}

/// What is at `path`, a path below the mount point.
pub fn entry(kernel: &Kernel, caller: &Caller, path: &str) -> Option<Entry> {
    let metadata = |mode| Metadata { mode, uid: 0, gid: 0, modified: kernel.booted };
    Some(match find(kernel, caller, path)? {
        Found::Directory(_) => Entry { metadata: metadata(0o555), node: Node::Directory },
        Found::File(text) => Entry { metadata: metadata(0o444), node: Node::File(Content::text(text)) },
    })
}

/// The names in a directory.
pub fn list(kernel: &Kernel, caller: &Caller, path: &str) -> Vec<String> {
    match find(kernel, caller, path) {
        Some(Found::Directory(names)) => names,
        _ => Vec::new(),
    }
}

fn find(kernel: &Kernel, caller: &Caller, path: &str) -> Option<Found> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [] => Some(names(TOP)),
        ["class"] => Some(names(["net"])),
        ["class", "net", rest @ ..] => interface(kernel, caller, rest),
        ["fs"] => Some(names(["cgroup"])),
        ["fs", "cgroup"] => Some(names(CONTROLLERS)),
        ["fs", "cgroup", controller, rest @ ..] if CONTROLLERS.contains(controller) => {
            group(kernel, caller, controller, rest)
        }
        [top] if TOP.contains(top) => Some(Found::Directory(Vec::new())),
        _ => None,
    }
}

fn interface(kernel: &Kernel, caller: &Caller, rest: &[&str]) -> Option<Found> {
    let network = caller.pid.and_then(|pid| kernel.process(pid)).map_or(kernel.host.network, |p| p.namespaces.network);
    let interfaces = &kernel.networks.namespaces.get(&network)?.interfaces;
    let (name, rest) = match rest {
        [] => {
            let own = interfaces.iter().map(|interface| interface.name.to_string());
            let mut all: Vec<String> = own.chain(["lo".to_owned()]).collect();
            all.sort();
            return Some(Found::Directory(all));
        }
        [name, rest @ ..] => (*name, rest),
    };
    let (mac, mtu) = match interfaces.iter().find(|interface| *interface.name == *name) {
        Some(interface) => (interface.mac, interface.mtu),
        None if name == "lo" => ([0; 6], 65536),
        None => return None,
    };
    let address: Vec<String> = mac.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(match rest {
        [] => names(["address", "mtu", "operstate"]),
        ["address"] => Found::File(address.join(":") + "\n"),
        ["mtu"] => Found::File(format!("{mtu}\n")),
        ["operstate"] => Found::File(if name == "lo" { "unknown\n" } else { "up\n" }.to_owned()),
        _ => return None,
    })
}

/// A file of a control group. A container sees its own group as the root; the machine sees all of them.
fn group(kernel: &Kernel, caller: &Caller, controller: &str, rest: &[&str]) -> Option<Found> {
    let container = caller.pid.and_then(|pid| kernel.process(pid)).and_then(|process| process.container.clone());
    if let Some(container) = &container {
        let group = kernel.control_group(container)?;
        return match rest {
            [] => Some(Found::Directory(files(controller))),
            [file] => value(kernel, controller, file, group, Some(container)).map(Found::File),
            _ => None,
        };
    }
    let asked = format!("/{}", rest.join("/"));
    let below = |group: &ControlGroup| -> Option<String> {
        let rest = if asked == "/" { &group.path[1..] } else { group.path.strip_prefix(&*asked)?.strip_prefix('/')? };
        rest.split('/').next().map(str::to_owned)
    };
    let mut inside: Vec<String> = kernel.control_groups.values().filter_map(|group| below(group)).collect();
    inside.sort();
    inside.dedup();
    let exact = kernel.control_groups.iter().find(|(_, group)| *group.path == *asked);
    if asked == "/" || exact.is_some() || !inside.is_empty() {
        inside.extend(files(controller));
        return Some(Found::Directory(inside));
    }
    let (parent, file) = asked.rsplit_once('/')?;
    let (id, group) = match kernel.control_groups.iter().find(|(_, group)| *group.path == *parent) {
        Some((id, group)) => (Some(&**id), (**group).clone()),
        None => (None, ControlGroup::default()),
    };
    value(kernel, controller, file, &group, id).map(Found::File)
}

fn files(controller: &str) -> Vec<String> {
    let own: &[&str] = match controller {
        "cpu" => &["cpu.cfs_period_us", "cpu.cfs_quota_us", "cpu.shares"],
        "cpuset" => &["cpuset.cpus", "cpuset.mems"],
        "memory" => &[
            "memory.limit_in_bytes",
            "memory.memsw.limit_in_bytes",
            "memory.oom_control",
            "memory.soft_limit_in_bytes",
            "memory.swappiness",
            "memory.usage_in_bytes",
        ],
        "pids" => &["pids.current", "pids.max"],
        _ => &[],
    };
    ["cgroup.procs"].iter().chain(own).chain(&["tasks"]).map(|name| (*name).to_owned()).collect()
}

fn value(
    kernel: &Kernel,
    controller: &str,
    file: &str,
    group: &ControlGroup,
    container: Option<&str>,
) -> Option<String> {
    let processes = || container.into_iter().flat_map(|id| kernel.processes_of(id));
    let limit = |bytes: Option<u64>| bytes.unwrap_or(NO_LIMIT).to_string();
    let all = |list: &str, last: u32| match (list, last) {
        ("", 0) => "0".to_owned(),
        ("", last) => format!("0-{last}"),
        (list, _) => list.to_owned(),
    };
    let text = match (controller, file) {
        (_, "cgroup.procs" | "tasks") => {
            return Some(processes().map(|process| format!("{}\n", process.namespace_pid)).collect());
        }
        ("cpu", "cpu.shares") => group.shares.to_string(),
        ("cpu", "cpu.cfs_period_us") => (if group.period == 0 { PERIOD } else { group.period }).to_string(),
        ("cpu", "cpu.cfs_quota_us") => group.quota.unwrap_or(-1).to_string(),
        ("cpuset", "cpuset.cpus") => all(&group.cpus, kernel.cpus.saturating_sub(1)),
        ("cpuset", "cpuset.mems") => all(&group.mems, 0),
        ("memory", "memory.limit_in_bytes") => limit(group.memory),
        ("memory", "memory.memsw.limit_in_bytes") => limit(group.memory_and_swap),
        ("memory", "memory.soft_limit_in_bytes") => limit(group.memory_reservation),
        ("memory", "memory.swappiness") => group.swappiness.to_string(),
        ("memory", "memory.oom_control") => {
            format!("oom_kill_disable {}\nunder_oom 0\noom_kill 0", u8::from(group.oom_kill_disable))
        }
        ("memory", "memory.usage_in_bytes") => processes().map(|process| process.memory).sum::<u64>().to_string(),
        ("pids", "pids.max") => group.processes.map_or_else(|| "max".to_owned(), |most| most.to_string()),
        ("pids", "pids.current") => processes().count().to_string(),
        _ => return None,
    };
    Some(text + "\n")
}
