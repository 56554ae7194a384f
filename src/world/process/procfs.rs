//! `/proc`: files made up from the kernel's state at the moment in which they are read.

use std::sync::Arc;

use super::kernel::{Kernel, NamespaceId, Process, ProcessState};
use super::vfs::Caller;
use crate::world::clock::Time;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::{Entry, Metadata, Node};

/// Files directly in `/proc`.
const FILES: [&str; 4] = ["filesystems", "mounts", "uptime", "version"];
/// Files in the directory of a process.
const PROCESS_FILES: [&str; 5] = ["cmdline", "comm", "environ", "mounts", "status"];

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
        [number] if number.parse::<u32>().is_ok() => process(kernel, caller, number).map(|_| directory),
        _ => content(kernel, caller, path)
            .map(|bytes| Entry { metadata: metadata(0o444), node: Node::File(Content::Inline(bytes)) }),
    }
}

fn process<'a>(kernel: &'a Kernel, caller: &Caller, number: &str) -> Option<&'a Process> {
    let pid = kernel.find_in(namespace(kernel, caller), number.parse().ok()?)?;
    kernel.process(pid)
}

/// The names in a directory.
pub fn list(kernel: &Kernel, caller: &Caller, path: &str) -> Vec<String> {
    if path != "/" {
        return PROCESS_FILES.iter().map(|name| (*name).to_owned()).collect();
    }
    let space = namespace(kernel, caller);
    let numbers = kernel.processes().filter_map(|process| kernel.number_in(space, process.pid));
    let mut names: Vec<String> = numbers.map(|number| number.to_string()).collect();
    names.extend(FILES.iter().map(|name| (*name).to_owned()));
    names.push("self".to_owned());
    names.sort();
    names
}

/// The content of a file.
pub fn content(kernel: &Kernel, caller: &Caller, path: &str) -> Option<Arc<[u8]>> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let text = match parts.as_slice() {
        ["version"] => format!("Linux version {} (layerlab) #1 SMP\n", kernel.release),
        ["uptime"] => {
            let now = kernel.processes().map(|p| p.started).max().unwrap_or(Time::EPOCH);
            format!("{0:.2} {0:.2}\n", now.since(kernel.booted).as_secs_f64())
        }
        ["filesystems"] => "nodev\tproc\nnodev\ttmpfs\nnodev\toverlay\n\text4\n".to_owned(),
        ["mounts"] => mounts(kernel, caller.mounts),
        [number, file] => {
            let process = process(kernel, caller, number)?;
            match *file {
                "comm" => format!("{}\n", process.name()),
                "cmdline" => process.arguments.iter().map(|argument| format!("{argument}\0")).collect(),
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
        let device = match mount.kind {
            "ext4" => "/dev/sda1",
            kind => kind,
        };
        let options = if mount.read_only { "ro,relatime" } else { "rw,relatime" };
        format!("{device} {} {} {options} 0 0\n", mount.target, mount.kind)
    };
    mounts.mounts().iter().map(line).collect()
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
    let (uid, gid) = (process.credentials.uid, process.credentials.gid);
    format!(
        "Name:\t{}\nState:\t{state}\nTgid:\t{number}\nPid:\t{number}\nPPid:\t{parent}\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n\
         Gid:\t{gid}\t{gid}\t{gid}\t{gid}\nVmRSS:\t{} kB\nNSpid:\t{}\n",
        process.name(),
        process.memory / 1024,
        match process.pid.0 == process.namespace_pid {
            true => process.pid.0.to_string(),
            false if space == kernel.host.pid => format!("{}\t{}", process.pid.0, process.namespace_pid),
            false => process.namespace_pid.to_string(),
        },
    )
}
