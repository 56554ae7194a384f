//! `mount` and `umount`: looking at what is mounted, and mounting in a container that may.
//!
//! Promises: BusyBox's and util-linux's words; tmpfs and bind mounts, other kinds are refused as the kernel refuses what it has not.
//! Must not know: what Docker mounted.

use super::call::Tool;
use super::options::{Given, Options};
use super::size;
use crate::world::filesystem::errno::Errno;
use crate::world::process::mounts::Mount;
use crate::world::process::system::Memory;

const MOUNT: Options = Options::short("[OPTIONS] [-o OPT] DEVICE NODE", "t:o:rwanfisvB", "O").with_long(&[
    ("bind", 'B'),
    ("types", 't'),
    ("options", 'o'),
    ("read-only", 'r'),
]);
const UMOUNT: Options = Options::short("[-rlfda] [-t FSTYPE] FILESYSTEM|DIRECTORY", "lfrdn", "at");

/// `mount`.
pub fn mount(tool: &mut Tool<'_, '_>) -> i32 {
    let given = match tool.options(&MOUNT) {
        Ok(given) => given,
        Err(code) => return code,
    };
    match given.operands.as_slice() {
        [] if given.has('a') => without_table(tool),
        [] => show(tool, given.value('t')),
        [_] if !given.value('o').is_some_and(|options| options.contains("remount")) => without_table(tool),
        _ => put(tool, &given),
    }
}

/// What is mounted.
fn show(tool: &mut Tool<'_, '_>, only: Option<&str>) -> i32 {
    let mounts = tool.system.me().and_then(|me| tool.system.look().mounts(me.namespaces.mount));
    let mounts = mounts.map_or_else(Vec::new, |mounts| mounts.mounts().to_vec());
    for mount in mounts.iter().filter(|mount| only.is_none_or(|only| only == mount.kind)) {
        let access = if mount.read_only { "ro" } else { "rw" };
        let Mount { device, target, kind, options, .. } = mount;
        tool.say(format_args!("{device} on {target} type {kind} ({access},{options})"));
    }
    0
}

/// A place alone is looked for in a table that images have not.
fn without_table(tool: &mut Tool<'_, '_>) -> i32 {
    let place = tool.call.arguments.last().cloned().unwrap_or_default();
    let text = tool
        .wording("can't read '/etc/fstab': No such file or directory", format!("{place}: can't find in /etc/fstab."));
    tool.complain(text);
    1
}

fn put(tool: &mut Tool<'_, '_>, given: &Given) -> i32 {
    let (source, target) = match given.operands.as_slice() {
        [source, target, ..] => (source.clone(), target.clone()),
        [only] => (only.clone(), only.clone()),
        [] => return tool.missing_operand(&MOUNT),
    };
    let options: Vec<&str> =
        given.values('o').flat_map(|text| text.split(',')).filter(|text| !text.is_empty()).collect();
    let bind = given.has('B') || options.iter().any(|option| ["bind", "rbind"].contains(option));
    if tool.system.me().is_some_and(|me| me.container.is_none()) {
        return tool.not_modelled("mounting by hand");
    }
    let done = if !tool.system.credentials().has(crate::world::process::capabilities::Capability::SYS_ADMIN) {
        Err(Errno::EPERM)
    } else if options.contains(&"remount") {
        return tool.not_modelled("mounting anew with other options");
    } else if bind {
        tool.system.bind_mount(&source, &target)
    } else {
        match given.value('t') {
            Some("tmpfs") => memory(&source, &options, given.has('r'))
                .map_or(Err(Errno::EINVAL), |memory| tool.system.mount_memory(memory, &target)),
            Some(kind @ ("proc" | "sysfs" | "overlay" | "ext4" | "devpts" | "nfs" | "cifs")) => {
                return tool.not_modelled(format_args!("mounting a file system of the type {kind}"));
            }
            Some(_) => Err(Errno::ENODEV),
            None => match tool.system.status(&source, true) {
                Ok(_) => return tool.not_modelled("mounting a device"),
                Err(errno) => Err(errno),
            },
        }
    };
    let Err(errno) = done else { return 0 };
    let busybox = match errno {
        Errno::EPERM => "permission denied (are you root?)".to_owned(),
        errno => format!("mounting {source} on {target} failed: {errno}"),
    };
    let gnu = match errno {
        Errno::EPERM => format!("{target}: permission denied."),
        Errno::ENOENT => format!("{target}: mount point does not exist."),
        Errno::ENODEV => format!("{target}: unknown filesystem type '{}'.", given.value('t').unwrap_or_default()),
        errno => format!("{target}: {errno}."),
    };
    let text = tool.wording(busybox, gnu);
    tool.complain(text);
    // BusyBox ends with what mount(2) gave, which is -1.
    match (tool.is_gnu(), errno) {
        (true, _) => 32,
        (false, Errno::EPERM) => 1,
        (false, _) => 255,
    }
}

/// A tmpfs with these options, if they make sense.
fn memory(device: &str, options: &[&str], read_only: bool) -> Option<Memory> {
    let value = |key: &str| options.iter().rev().find_map(|option| option.strip_prefix(key)?.strip_prefix('='));
    let size = value("size").map(|text| size::bytes(text).ok_or(())).transpose().ok()?;
    let mode = value("mode").map(|text| u32::from_str_radix(text, 8)).transpose().ok()?;
    let mut shown = "relatime".to_owned();
    for flag in ["nosuid", "nodev", "noexec"].into_iter().rev().filter(|flag| options.contains(flag)) {
        shown = format!("{flag},{shown}");
    }
    if let Some(size) = size {
        shown.push_str(&format!(",size={}k", size / 1024));
    }
    if let Some(mode) = mode.filter(|mode| *mode != 0o1777) {
        shown.push_str(&format!(",mode={mode:o}"));
    }
    let read_only = read_only || options.contains(&"ro");
    Some(Memory { device: device.to_owned().into(), size, mode, read_only, options: shown })
}

/// `umount`.
pub fn umount(tool: &mut Tool<'_, '_>) -> i32 {
    let given = match tool.options(&UMOUNT) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if given.operands.is_empty() {
        return tool.missing_operand(&UMOUNT);
    }
    let outside = tool.system.me().is_some_and(|me| me.container.is_none());
    let mut code = 0;
    for target in &given.operands {
        let done = if outside { Err(Errno::EPERM) } else { tool.system.unmount(target) };
        if let Err(errno) = done {
            let gnu = match errno {
                Errno::EPERM => format!("{target}: must be superuser to unmount."),
                Errno::EINVAL => format!("{target}: not mounted."),
                Errno::ENOENT => format!("{target}: no mount point specified."),
                errno => format!("{target}: {errno}."),
            };
            let text = tool.wording(format!("can't unmount {target}: {errno}"), gnu);
            tool.complain(text);
            code = if tool.is_gnu() { 32 } else { 1 };
        }
    }
    code
}
