//! `/proc`: files made up from the kernel's state at the moment in which they are read.

use std::sync::Arc;

use super::capabilities::CapabilitySet;
use super::descriptor::OpenFile;
use super::kernel::{Kernel, Process, ProcessState};
use super::namespaces::NamespaceId;
use super::vfs::Caller;
use super::{sysctl, sysfs};
use crate::world::clock::Time;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::{Entry, Metadata, Node};

/// Files directly in `/proc`.
const FILES: [&str; 7] = ["cpuinfo", "filesystems", "loadavg", "meminfo", "mounts", "uptime", "version"];
/// What the kernel and the system's own services take of the memory, in bytes.
const SYSTEM_MEMORY: u64 = 900 << 20;

/// What a machine's memory is used for, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    pub total: u64,
    pub used: u64,
    pub free: u64,
    pub cache: u64,
    pub available: u64,
}

/// The memory of the machine, as every container sees it too: a limit does not change what `free` shows.
pub fn memory(kernel: &Kernel) -> Memory {
    let total = kernel.memory;
    let processes: u64 = kernel.processes().map(|process| process.memory).sum();
    let used = (SYSTEM_MEMORY + processes).min(total);
    let cache = (total - used) / 8;
    Memory { total, used, cache, free: total - used - cache, available: total - used }
}

/// Files in the directory of a process.
const PROCESS_FILES: [&str; 9] =
    ["cgroup", "cmdline", "comm", "environ", "limits", "mountinfo", "mounts", "oom_score_adj", "status"];
/// Links in the directory of a process.
const PROCESS_LINKS: [&str; 3] = ["cwd", "exe", "root"];

fn namespace(kernel: &Kernel, caller: &Caller) -> NamespaceId {
    caller.pid.and_then(|pid| kernel.process(pid)).map_or(kernel.host.pid, |process| process.namespaces.pid)
}

/// What is at `path`, a path below the mount point.
pub fn entry(kernel: &Kernel, caller: &Caller, path: &str) -> Option<Entry> {
    let metadata = |mode| Metadata { mode, uid: 0, gid: 0, modified: kernel.booted };
    let directory = Entry { metadata: metadata(0o555), node: Node::Directory };
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [] => Some(directory),
        ["self"] => {
            let number = caller.pid.and_then(|pid| kernel.number_in(namespace(kernel, caller), pid))?;
            Some(Entry { metadata: metadata(0o777), node: Node::Symlink(number.to_string().into()) })
        }
        [number] | [number, "fd"] if number.parse::<u32>().is_ok() => {
            process(kernel, caller, number).map(|_| directory)
        }
        [number, "ns"] => process(kernel, caller, number).map(|_| directory),
        [number, link] if PROCESS_LINKS.contains(link) => {
            let process = process(kernel, caller, number)?;
            let target: Arc<str> = match *link {
                "cwd" => process.working_directory.clone(),
                "exe" => process.executable.clone(),
                _ => "/".into(),
            };
            Some(Entry { metadata: metadata(0o777), node: Node::Symlink(target) })
        }
        [number, "ns", kind] => {
            let target = namespace_link(kernel, process(kernel, caller, number)?, kind)?;
            Some(Entry { metadata: metadata(0o777), node: Node::Symlink(target.into()) })
        }
        ["sys", rest @ ..] if sysctl::list(&rest.join("/")).is_some() => Some(directory),
        [_, "fd", _] => open_file(kernel, caller, path)
            .map(|_| Entry { metadata: metadata(0o700), node: Node::File(Content::empty()) }),
        _ => content(kernel, caller, path)
            .map(|bytes| Entry { metadata: metadata(0o444), node: Node::File(Content::Inline(bytes)) }),
    }
}

fn process<'a>(kernel: &'a Kernel, caller: &Caller, number: &str) -> Option<&'a Process> {
    let pid = kernel.find_in(namespace(kernel, caller), number.parse().ok()?)?;
    kernel.process(pid)
}

/// What a descriptor below `/proc/PID/fd` refers to; opening it opens the same thing.
pub fn open_file<'a>(kernel: &'a Kernel, caller: &Caller, path: &str) -> Option<&'a OpenFile> {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let process = process(kernel, caller, parts.next()?)?;
    let descriptor = parts.next().filter(|part| *part == "fd").and_then(|_| parts.next())?;
    kernel.open_file(process.pid, descriptor.parse().ok()?)
}

/// The names in a directory.
pub fn list(kernel: &Kernel, caller: &Caller, path: &str) -> Vec<String> {
    if let Some(number) = path.strip_suffix("/fd") {
        let open = process(kernel, caller, number.trim_start_matches('/')).map(|process| process.descriptors.keys());
        return open.into_iter().flatten().map(u32::to_string).collect();
    }
    if let Some(below) = path.strip_prefix("/sys") {
        return sysctl::list(below.trim_start_matches('/')).unwrap_or_default();
    }
    if path.ends_with("/ns") {
        return NAMESPACES.iter().map(|(kind, _)| (*kind).to_owned()).collect();
    }
    if path != "/" {
        let directories = ["fd", "ns"];
        let all = PROCESS_FILES.iter().chain(&PROCESS_LINKS).chain(&directories);
        let mut names: Vec<String> = all.map(|name| (*name).to_owned()).collect();
        names.sort();
        return names;
    }
    let space = namespace(kernel, caller);
    let numbers = kernel.processes().filter_map(|process| kernel.number_in(space, process.pid));
    let mut names: Vec<String> = numbers.map(|number| number.to_string()).collect();
    names.extend(FILES.iter().map(|name| (*name).to_owned()));
    names.extend(["self".to_owned(), "sys".to_owned()]);
    names.sort();
    names
}

/// The content of a file.
pub fn content(kernel: &Kernel, caller: &Caller, path: &str) -> Option<Arc<[u8]>> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let text = match parts.as_slice() {
        ["version"] => format!("Linux version {} (layerlab) #1 SMP\n", kernel.release_in_containers()),
        ["uptime"] => {
            let now = kernel.processes().map(|p| p.started).max().unwrap_or(Time::EPOCH);
            format!("{0:.2} {0:.2}\n", now.since(kernel.booted).as_secs_f64())
        }
        ["filesystems"] => "nodev\tproc\nnodev\ttmpfs\nnodev\toverlay\n\text4\n".to_owned(),
        ["mounts"] => mounts(kernel, caller.mounts),
        ["meminfo"] => {
            let memory = memory(kernel);
            let line = |name: &str, bytes: u64| format!("{:<16}{:>8} kB\n", format!("{name}:"), bytes >> 10);
            [
                line("MemTotal", memory.total),
                line("MemFree", memory.free),
                line("MemAvailable", memory.available),
                line("Cached", memory.cache),
                line("SwapTotal", 0),
                line("SwapFree", 0),
            ]
            .concat()
        }
        ["cpuinfo"] => (0..kernel.cpus)
            .map(|cpu| {
                format!("processor\t: {cpu}\nmodel name\t: Layerlab virtual CPU\ncpu cores\t: {}\n\n", kernel.cpus)
            })
            .collect(),
        ["loadavg"] => {
            let runnable = kernel.processes().filter(|process| process.state == ProcessState::Runnable).count();
            let (all, last) =
                (kernel.processes().count(), kernel.processes().last().map_or(0, |process| process.pid.0));
            format!("{runnable}.00 {runnable}.00 {runnable}.00 {runnable}/{all} {last}\n")
        }
        ["sys", rest @ ..] => {
            let asking = caller.pid.and_then(|pid| kernel.process(pid))?;
            format!("{}\n", sysctl::value(kernel, asking, &rest.join("/"))?)
        }
        [number, file] => {
            let process = process(kernel, caller, number)?;
            match *file {
                "comm" => format!("{}\n", process.name),
                "cmdline" => process.arguments.iter().map(|argument| format!("{argument}\0")).collect(),
                "cgroup" => control_group(kernel, process),
                "limits" => process.limits.table(kernel),
                "mountinfo" => mount_information(kernel, process.namespaces.mount),
                "oom_score_adj" => format!("{}\n", process.oom_score),
                "environ" => process.environment.iter().map(|pair| format!("{pair}\0")).collect(),
                "mounts" => mounts(kernel, process.namespaces.mount),
                "status" => status(kernel, caller, process),
                _ => return None,
            }
        }
        _ => return None,
    };
    Some(text.into_bytes().into())
}

fn mounts(kernel: &Kernel, namespace: NamespaceId) -> String {
    let Some(mounts) = kernel.mounts(namespace) else { return String::new() };
    let line = |mount: &super::mounts::Mount| {
        let access = if mount.read_only { "ro" } else { "rw" };
        format!("{} {} {} {access},{} 0 0\n", mount.device, mount.target, mount.kind, mount.options)
    };
    mounts.mounts().iter().map(line).collect()
}

/// A kind of namespace, and which of a process's own tells its number: some kinds all processes of the machine share here.
type NamespaceKind = (&'static str, Option<fn(&Process) -> u64>);

/// Those in `/proc/PID/ns`.
const NAMESPACES: [NamespaceKind; 10] = [
    ("cgroup", None),
    ("ipc", Some(|process| process.namespaces.uts.0)),
    ("mnt", Some(|process| process.namespaces.mount.0)),
    ("net", Some(|process| process.namespaces.network.0)),
    ("pid", Some(|process| process.namespaces.pid.0)),
    ("pid_for_children", Some(|process| process.namespaces.pid.0)),
    ("time", None),
    ("time_for_children", None),
    ("user", None),
    ("uts", Some(|process| process.namespaces.uts.0)),
];

/// What a link in `/proc/PID/ns` says: `pid:[4026532183]`. The first number that the kernel gives is that of `PROC_DYNAMIC_FIRST`.
fn namespace_link(kernel: &Kernel, process: &Process, kind: &str) -> Option<String> {
    /// The numbers of the machine's own namespaces (Linux, `include/linux/proc_ns.h`).
    const FIRST: u64 = 0xEFFF_FFFC;
    const DYNAMIC: u64 = 0xF000_0000;
    let (at, (_, number)) = NAMESPACES.iter().enumerate().find(|(_, (known, _))| *known == kind)?;
    let is_own = process.container.is_some() && kernel.host.mount != process.namespaces.mount;
    let number = match number {
        // One number in ten is enough to keep the kinds apart.
        Some(number) if is_own => DYNAMIC + number(process) * 10 + u64::from(kind == "ipc"),
        _ => FIRST - at as u64,
    };
    Some(format!("{}:[{number}]", kind.trim_end_matches("_for_children")))
}

/// The group of a process in every hierarchy of cgroup v1, as `/sys/fs/cgroup` has them.
fn control_group(kernel: &Kernel, process: &Process) -> String {
    let group = process.container.as_deref().and_then(|id| kernel.control_group(id));
    let path = group.map_or("/", |group| &group.path);
    let hierarchies = sysfs::CONTROLLERS.iter().enumerate().rev();
    let named =
        |controller: &str| if controller == "systemd" { format!("name={controller}") } else { controller.to_owned() };
    let mut text: String = hierarchies.map(|(at, name)| format!("{}:{}:{path}\n", at + 1, named(name))).collect();
    text.push_str(&format!("0::{path}\n"));
    text
}

/// The mounts with their numbers and with the directory of each that is shown.
fn mount_information(kernel: &Kernel, namespace: NamespaceId) -> String {
    let Some(mounts) = kernel.mounts(namespace) else { return String::new() };
    let first = namespace.0 * 32;
    let line = |(at, mount): (usize, &super::mounts::Mount)| {
        let access = if mount.read_only { "ro" } else { "rw" };
        let parent = if at == 0 { first - 1 } else { first };
        format!(
            "{} {parent} 0:{} {} {} {access},{} - {} {} {access}\n",
            first + at as u64,
            mount.filesystem.0,
            mount.source,
            mount.target,
            mount.options,
            mount.kind,
            mount.device
        )
    };
    mounts.mounts().iter().enumerate().map(line).collect()
}

fn status(kernel: &Kernel, caller: &Caller, process: &Process) -> String {
    let space = namespace(kernel, caller);
    let number = kernel.number_in(space, process.pid).unwrap_or(0);
    let parent = kernel.number_in(space, process.parent).unwrap_or(0);
    let state = match process.state {
        ProcessState::Runnable => "R (running)",
        ProcessState::Waiting => "S (sleeping)",
        ProcessState::Stopped => "T (stopped)",
        ProcessState::Zombie(_) => "Z (zombie)",
    };
    let credentials = &process.credentials;
    let (uid, gid) = (credentials.uid, credentials.gid);
    let sets = [
        ("CapInh", CapabilitySet::NONE),
        ("CapPrm", credentials.effective),
        ("CapEff", credentials.effective),
        ("CapBnd", credentials.bounding),
        ("CapAmb", CapabilitySet::NONE),
    ];
    let sets: String = sets.iter().map(|(name, set)| format!("{name}:\t{}\n", set.hex())).collect();
    let filter = u8::from(credentials.filtered);
    let security = format!(
        "NoNewPrivs:\t{}\nSeccomp:\t{}\nSeccomp_filters:\t{filter}\n",
        u8::from(credentials.no_new_privileges),
        filter * 2
    );
    format!(
        "Name:\t{}\nState:\t{state}\nTgid:\t{number}\nPid:\t{number}\nPPid:\t{parent}\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n\
         Gid:\t{gid}\t{gid}\t{gid}\t{gid}\nVmRSS:\t{} kB\nNSpid:\t{}\n{sets}{security}",
        process.name,
        process.memory / 1024,
        match process.pid.0 == process.namespace_pid {
            true => process.pid.0.to_string(),
            false if space == kernel.host.pid => format!("{}\t{}", process.pid.0, process.namespace_pid),
            false => process.namespace_pid.to_string(),
        },
    )
}
