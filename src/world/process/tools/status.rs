//! What files and disks are like: `stat`, `readlink`, `realpath`, `du`, `df`, `mount`, `umount`, `mountpoint`.

use std::collections::BTreeMap;

use super::accounts::Accounts;
use super::call::Tool;
use super::files::below;
use super::list::{inode, link_count};
use super::mode;
use super::options::Options;
use super::size::{date, human, kilobytes_on_disk};
use crate::world::filesystem::entry::Node;
use crate::world::process::System;
use crate::world::process::mounts::Mount;
use crate::world::process::vfs::Status;

/// `stat`.
pub fn stat(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options =
        Options::short("[-ltf] [-c FMT] FILE...", "c:L", "ltfZ").with_long(&[("format", 'c'), ("dereference", 'L')]);
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if given.operands.is_empty() {
        return tool.missing_operand(&OPTIONS);
    }
    let accounts = Accounts::read(tool.system);
    let mut code = 0;
    for path in &given.operands {
        let status = match tool.system.status(path, given.has('L')) {
            Ok(status) => status,
            Err(errno) => {
                code = 1;
                let gnu = format!("cannot statx '{path}': {errno}");
                let text = tool.wording(format!("can't stat '{path}': {errno}"), gnu);
                tool.complain(text);
                continue;
            }
        };
        let gnu_time = "%x";
        let format = match given.value('c') {
            Some(format) => format!("{format}\n"),
            None => {
                let name = if matches!(status.entry.node, Node::Symlink(_)) { "%N" } else { "%n" };
                let device = if tool.is_gnu() { "%Hd,%Ld\t" } else { "%Dh/%dd\t" };
                let birth = if tool.is_gnu() { " Birth: %w\n" } else { "" };
                format!(
                    "  File: {name}\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\nDevice: {device}Inode: %-10i  \
                     Links: %h\nAccess: (%04a/%10.10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\n\
                     Access: {gnu_time}\nModify: %y\nChange: %z\n{birth}"
                )
            }
        };
        let text = fill(tool, &format, path, &status, &accounts);
        tool.out(text);
    }
    code
}

fn fill(tool: &Tool<'_, '_>, format: &str, path: &str, status: &Status, accounts: &Accounts) -> String {
    let metadata = &status.entry.metadata;
    let full = tool.system.resolve(path).unwrap_or_else(|_| path.to_owned());
    let nanoseconds = metadata.modified.nanoseconds().rem_euclid(1_000_000_000);
    let time = format!("{}.{nanoseconds:09} +0000", date(metadata.modified, "%Y-%m-%d %H:%M:%S"));
    let mut output = String::new();
    let mut rest = format.chars();
    while let Some(letter) = rest.next() {
        if letter != '%' {
            output.push(letter);
            continue;
        }
        let mut width = String::new();
        let mut letter = rest.next().unwrap_or('%');
        while letter.is_ascii_digit() || matches!(letter, '-' | '.') {
            width.push(letter);
            letter = rest.next().unwrap_or('%');
        }
        if matches!(letter, 'H' | 'L') && rest.clone().next() == Some('d') {
            rest.next();
            output.push_str(if letter == 'H' { "0" } else { "52" });
            continue;
        }
        let value = match letter {
            'n' => path.to_owned(),
            'N' => match &status.entry.node {
                Node::Symlink(target) => format!("'{path}' -> '{target}'"),
                _ => format!("'{path}'"),
            },
            's' => status.size.to_string(),
            'b' => (blocks(status) * 2).to_string(),
            'B' => "512".to_owned(),
            'o' => "4096".to_owned(),
            'F' => kind(status).to_owned(),
            'i' => inode(&full).to_string(),
            'h' => link_count(tool.system, path, &status.entry.node).to_string(),
            'a' => format!("{:o}", metadata.mode),
            'f' => format!("{:x}", metadata.mode | kind_bits(&status.entry.node)),
            'A' => mode::text(&status.entry.node, metadata.mode),
            'u' => metadata.uid.to_string(),
            'g' => metadata.gid.to_string(),
            'U' => named(accounts.user(metadata.uid).map(|user| user.name.clone())),
            'G' => named(accounts.group(metadata.gid).map(|group| group.name.clone())),
            'x' | 'y' | 'z' => time.clone(),
            'X' | 'Y' | 'Z' => metadata.modified.seconds().to_string(),
            'w' => "-".to_owned(),
            'W' | 't' | 'T' => "0".to_owned(),
            'D' => "34".to_owned(),
            'd' => "52".to_owned(),
            'm' => mount_of(tool.system, path).map_or_else(|| "/".to_owned(), |mount| mount.target),
            '%' => "%".to_owned(),
            _ => "?".to_owned(),
        };
        let plain = width.split('.').next().unwrap_or("");
        let places: usize = plain.trim_start_matches(['-', '0']).parse().unwrap_or(0);
        output.push_str(&match plain {
            _ if plain.starts_with('-') => format!("{value:<places$}"),
            _ if plain.starts_with('0') => format!("{value:0>places$}"),
            _ => format!("{value:>places$}"),
        });
    }
    output
}

fn named(name: Option<String>) -> String {
    name.unwrap_or_else(|| "UNKNOWN".to_owned())
}

fn kind(status: &Status) -> &'static str {
    match &status.entry.node {
        Node::Directory => "directory",
        Node::File(_) if status.size == 0 => "regular empty file",
        Node::File(_) => "regular file",
        Node::Symlink(_) => "symbolic link",
        Node::Device(_) => "character special file",
        Node::Fifo => "fifo",
    }
}

const fn kind_bits(node: &Node) -> u32 {
    match node {
        Node::Directory => 0o040_000,
        Node::File(_) => 0o100_000,
        Node::Symlink(_) => 0o120_000,
        Node::Device(_) => 0o020_000,
        Node::Fifo => 0o010_000,
    }
}

/// Kilobytes on disk.
fn blocks(status: &Status) -> u64 {
    match &status.entry.node {
        Node::Directory => 4,
        Node::File(_) => kilobytes_on_disk(status.size),
        _ => 0,
    }
}

/// `readlink`.
pub fn readlink(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options = Options::short("[-fnv] FILE", "fnvem", "z").with_long(&[("canonicalize", 'f')]);
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let mut code = 0;
    for path in &given.operands {
        let found = if given.has('f') || given.has('e') || given.has('m') {
            canonical(tool.system, path)
        } else {
            tool.system.read_link(path).ok()
        };
        match found {
            Some(target) => tool.out(format!("{target}{}", if given.has('n') { "" } else { "\n" })),
            None => code = 1,
        }
    }
    if given.operands.is_empty() { tool.missing_operand(&OPTIONS) } else { code }
}

/// The path without links; its last part may be missing.
fn canonical(system: &System<'_>, path: &str) -> Option<String> {
    if let Ok(path) = system.resolve(path) {
        return Some(path);
    }
    let trimmed = path.trim_end_matches('/');
    let (directory, name) = match trimmed.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((directory, name)) => (directory, name),
        None => (".", trimmed),
    };
    Some(below(&system.resolve(directory).ok()?, name))
}

/// `realpath`.
pub fn realpath(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options = Options::short("FILE...", "emqs", "Lz");
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if given.operands.is_empty() {
        return tool.missing_operand(&OPTIONS);
    }
    let mut code = 0;
    for path in &given.operands {
        let found = if tool.is_gnu() { canonical(tool.system, path) } else { tool.system.resolve(path).ok() };
        match found {
            Some(found) => tool.say(found),
            None => {
                tool.complain(format_args!("{path}: No such file or directory"));
                code = 1;
            }
        }
    }
    code
}

/// `du`.
pub fn du(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options = Options::short("[-aHLdclsxhmk] [FILE]...", "asd:chkmxb", "HLl").with_long(&[
        ("all", 'a'),
        ("summarize", 's'),
        ("human-readable", 'h'),
        ("max-depth", 'd'),
        ("total", 'c'),
        ("bytes", 'b'),
    ]);
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let mut operands = given.operands.clone();
    if operands.is_empty() {
        operands.push(".".to_owned());
    }
    let deepest = match given.value('d').map(str::parse::<usize>) {
        _ if given.has('s') => 0,
        Some(Ok(depth)) => depth,
        _ => usize::MAX,
    };
    let gnu = tool.is_gnu();
    let show = |bytes: u64| match given.last_of("hmkb") {
        Some('h') => human(bytes, gnu),
        Some('m') => bytes.div_ceil(1 << 20).to_string(),
        Some('b') => bytes.to_string(),
        _ => (bytes >> 10).to_string(),
    };
    let apparent = given.has('b');
    let (mut code, mut total) = (0, 0);
    for operand in operands {
        // A directory is seen twice: to be opened, and when all below it is counted.
        let mut sums: BTreeMap<usize, u64> = BTreeMap::new();
        let mut rest = vec![(operand, 0_usize, false)];
        while let Some((path, depth, counted)) = rest.pop() {
            if counted {
                let sum = sums.remove(&depth).unwrap_or(0);
                if depth <= deepest {
                    tool.say(format_args!("{}\t{path}", show(sum)));
                }
                match depth {
                    0 => total += sum,
                    _ => *sums.entry(depth - 1).or_default() += sum,
                }
                continue;
            }
            let status = match tool.system.status(&path, false) {
                Ok(status) => status,
                Err(errno) => {
                    let text = tool.wording(format!("{path}: {errno}"), format!("cannot access '{path}': {errno}"));
                    tool.complain(text);
                    code = 1;
                    continue;
                }
            };
            let size = if apparent { status.size } else { blocks(&status) << 10 };
            if status.entry.node.is_directory() {
                *sums.entry(depth).or_default() += size;
                rest.push((path.clone(), depth, true));
                match tool.system.list(&path) {
                    Ok(names) => rest.extend(names.iter().rev().map(|name| (below(&path, name), depth + 1, false))),
                    Err(errno) => {
                        let text = tool.wording(
                            format!("can't open '{path}': {errno}"),
                            format!("cannot read directory '{path}': {errno}"),
                        );
                        tool.complain(text);
                        code = 1;
                    }
                }
                continue;
            }
            if depth == 0 || (given.has('a') && depth <= deepest) {
                tool.say(format_args!("{}\t{path}", show(size)));
            }
            match depth {
                0 => total += size,
                _ => *sums.entry(depth - 1).or_default() += size,
            }
        }
    }
    if given.has('c') {
        tool.say(format_args!("{}\ttotal", show(total)));
    }
    code
}

/// The mount that a path is in.
fn mount_of(system: &System<'_>, path: &str) -> Option<Mount> {
    let path = system.resolve(path).ok()?;
    let mounts = system.look().mounts(system.me()?.namespaces.mount)?;
    let holds =
        |mount: &&Mount| mount.target == "/" || path == mount.target || path.starts_with(&format!("{}/", mount.target));
    mounts.mounts().iter().filter(holds).max_by_key(|mount| mount.target.len()).cloned()
}

/// `df`.
pub fn df(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options = Options::short("[-PkmhTai] [-B SIZE] [-t TYPE] [FILESYSTEM]...", "PkmhTa", "iBt")
        .with_long(&[("human-readable", 'h'), ("print-type", 'T'), ("portability", 'P')]);
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let mut code = 0;
    let mut mounts = Vec::new();
    if given.operands.is_empty() {
        let all = tool.system.me().and_then(|me| tool.system.look().mounts(me.namespaces.mount));
        mounts = all.map_or_else(Vec::new, |all| all.mounts().to_vec());
        mounts.retain(|mount| mount.kind != "proc");
    }
    for path in &given.operands {
        match mount_of(tool.system, path) {
            Some(mount) => mounts.push(mount),
            None => {
                let gnu = format!("{path}: No such file or directory");
                let text = tool.wording(format!("{path}: can't find mount point"), gnu);
                tool.complain(text);
                code = 1;
            }
        }
    }
    let gnu = tool.is_gnu();
    let show = |bytes: u64| match given.last_of("hmk") {
        Some('h') => human(bytes, gnu),
        Some('m') => (bytes >> 20).to_string(),
        _ => (bytes >> 10).to_string(),
    };
    let title = match given.last_of("hmk") {
        Some('h') => "Size",
        Some('m') => "1M-blocks",
        _ if gnu => "1K-blocks",
        _ => "1K-blocks",
    };
    let kind = |text: &str| if given.has('T') { format!(" {text:<10}") } else { String::new() };
    let mut rows = Vec::new();
    for mount in &mounts {
        let disk = || tool.system.machine().hardware.disk;
        // A tmpfs without a size takes half of the memory.
        let memory = || tool.system.look().memory / 2;
        let total = match mount.kind {
            "tmpfs" => tool.system.look().capacity(mount.filesystem).unwrap_or_else(memory),
            _ => disk(),
        };
        let used = used(tool.system, mount).min(total);
        let percent = (used * 100).div_ceil(total.max(1));
        rows.push((mount.device.to_string(), mount.kind, total, used, percent, mount.target.clone()));
    }
    if gnu {
        let wide = rows.iter().map(|row| row.0.len()).chain([14]).max().unwrap_or(14);
        tool.say(format_args!(
            "{:<wide$}{} {title:>9} {:>9} {:>9} Use% Mounted on",
            "Filesystem",
            kind("Type"),
            "Used",
            if title == "Size" { "Avail" } else { "Available" }
        ));
        for (name, of, total, used, percent, target) in rows {
            tool.say(format_args!(
                "{name:<wide$}{} {:>9} {:>9} {:>9} {percent:>3}% {target}",
                kind(of),
                show(total),
                show(used),
                show(total - used)
            ));
        }
    } else {
        tool.say(format_args!(
            "{:<20}{} {title:>9} {:>9} {:>9} Use% Mounted on",
            "Filesystem",
            kind("Type"),
            "Used",
            "Available"
        ));
        for (name, of, total, used, percent, target) in rows {
            tool.say(format_args!(
                "{name:<20}{} {:>9} {:>9} {:>9} {percent:>3}% {target}",
                kind(of),
                show(total),
                show(used),
                show(total - used)
            ));
        }
    }
    code
}

/// Bytes that the file system of a mount holds: of a host's disk and of a container's root alike, those of the disk
/// that both are on.
fn used(system: &System<'_>, mount: &Mount) -> u64 {
    /// What the system itself takes on the disk, in bytes.
    const SYSTEM: u64 = 4 << 30;
    let kernel = system.look();
    let filesystem = if mount.kind == "tmpfs" { mount.filesystem } else { crate::world::process::Kernel::HOST_ROOT };
    let held = kernel.union(filesystem).map_or(0, crate::world::filesystem::union::UnionMount::upper_size);
    if mount.kind == "tmpfs" { held } else { SYSTEM + held }
}

/// `mountpoint`.
pub fn mountpoint(tool: &mut Tool<'_, '_>) -> i32 {
    let given = match tool.options(&Options::short("[-q] <[-dn] DIR | -x DEVICE>", "q", "dxn")) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let Some(path) = given.operands.first() else { return 1 };
    let resolved = tool.system.resolve(path).ok();
    let is = mount_of(tool.system, path).is_some_and(|mount| Some(&mount.target) == resolved.as_ref());
    if !given.has('q') {
        let not = if is { "a" } else { "not a" };
        tool.say(format_args!("{path} is {not} mountpoint"));
    }
    i32::from(!is)
}
