//! `ls`.

use super::accounts::Accounts;
use super::call::Tool;
use super::mode;
use super::options::{Given, Options};
use super::size::{date, human, kilobytes_on_disk, listing_date};
use crate::world::filesystem::entry::Node;
use crate::world::process::System;
use crate::world::process::vfs::Status;

const OPTIONS: Options = Options {
    usage: "[-1AaCxdLHRFplinshrSXvctu] [-w WIDTH] [FILE]...",
    short: "1AaCdlnhrRtSFpLHksiU",
    long: &[
        ("all", 'a'),
        ("almost-all", 'A'),
        ("recursive", 'R'),
        ("human-readable", 'h'),
        ("directory", 'd'),
        ("reverse", 'r'),
        ("numeric-uid-gid", 'n'),
        ("classify", 'F'),
        ("color", '!'),
        ("full-time", 'T'),
    ],
    missing: "xXvcugoGmQbBwTZ",
    failure: 2,
};

/// Width of a terminal, in columns.
const WIDTH: usize = 80;

struct Item {
    name: String,
    status: Status,
    /// Where a symbolic link leads.
    path: String,
}

/// `ls`.
pub fn ls(tool: &mut Tool<'_, '_>) -> i32 {
    let options = match tool.is_gnu() {
        true => OPTIONS,
        false => Options { missing: "xXvcuw", ..OPTIONS.failing_with(1) },
    };
    let mut arguments = tool.call.arguments.clone();
    if arguments.iter().any(|word| word == "--full-time") {
        arguments.insert(0, "-l".to_owned());
    }
    let mut given = match tool.options_of(&options, &arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let mut operands = std::mem::take(&mut given.operands);
    if operands.is_empty() {
        operands.push(".".to_owned());
    }
    let accounts = Accounts::read(tool.system);
    let mut lister = Lister { given, accounts, code: 0, printed: false };
    let many = operands.len() > 1 || lister.given.has('R');
    let mut files = Vec::new();
    let mut directories = Vec::new();
    for operand in operands {
        let long = lister.given.has('l') || lister.given.has('n') || lister.given.has('F');
        let follow = lister.given.has('L') || lister.given.has('H') || !(long || lister.given.has('d'));
        let found = tool.system.status(&operand, follow).or_else(|_| tool.system.status(&operand, false));
        match found {
            Ok(status) if status.entry.node.is_directory() && !lister.given.has('d') => directories.push(operand),
            Ok(status) => files.push(Item { name: operand.clone(), status, path: operand }),
            Err(errno) => {
                lister.code = if tool.is_gnu() { 2 } else { 1 };
                let text = tool.wording(format!("{operand}: {errno}"), format!("cannot access '{operand}': {errno}"));
                tool.complain(text);
            }
        }
    }
    // What cannot be found is told in the order in which it was named; the rest is sorted.
    directories.sort();
    if !files.is_empty() {
        lister.print(tool, files, false);
        lister.printed = true;
    }
    for directory in directories {
        lister.directory(tool, &directory, many);
    }
    lister.code
}

struct Lister {
    given: Given,
    accounts: Accounts,
    code: i32,
    printed: bool,
}

impl Lister {
    fn directory(&mut self, tool: &mut Tool<'_, '_>, path: &str, titled: bool) {
        let names = match tool.system.list(path) {
            Ok(names) => names,
            Err(errno) => {
                self.code = if tool.is_gnu() { 2 } else { 1 };
                let busybox = format!("can't open '{path}': {errno}");
                let text = tool.wording(busybox, format!("cannot open directory '{path}': {errno}"));
                tool.complain(text);
                return;
            }
        };
        if self.printed {
            tool.say("");
        }
        self.printed = true;
        if titled {
            tool.say(format_args!("{path}:"));
        }
        let mut names: Vec<String> = names.into_iter().filter(|name| self.is_shown(name)).collect();
        if self.given.has('a') {
            names.splice(0..0, [".".to_owned(), "..".to_owned()]);
        }
        let mut items = Vec::new();
        for name in names {
            let below = System::join(path.trim_end_matches('/'), &name);
            let below = if path.trim_end_matches('/').is_empty() { format!("/{name}") } else { below };
            // What disappears or may not be looked at is left out, as it is by `ls` between two calls.
            if let Ok(status) = tool.system.status(&below, self.given.has('L')) {
                items.push(Item { name, status, path: below });
            }
        }
        let deeper: Vec<String> = items
            .iter()
            .filter(|item| self.given.has('R') && item.status.entry.node.is_directory())
            .filter(|item| item.name != "." && item.name != "..")
            .map(|item| item.path.clone())
            .collect();
        self.print(tool, items, true);
        for path in deeper {
            self.directory(tool, &path, true);
        }
    }

    fn is_shown(&self, name: &str) -> bool {
        !name.starts_with('.') || self.given.has('a') || self.given.has('A')
    }

    fn sort(&self, items: &mut [Item]) {
        if self.given.has('U') {
            return;
        }
        items.sort_by(|left, right| left.name.cmp(&right.name));
        match self.given.last_of("tS") {
            Some('t') => items.sort_by_key(|item| std::cmp::Reverse(item.status.entry.metadata.modified)),
            Some(_) => items.sort_by_key(|item| std::cmp::Reverse(item.status.size)),
            None => {}
        }
        if self.given.has('r') {
            items.reverse();
        }
    }

    fn print(&self, tool: &mut Tool<'_, '_>, mut items: Vec<Item>, total: bool) {
        self.sort(&mut items);
        if self.given.has('l') || self.given.has('n') {
            if total {
                let blocks: u64 = items.iter().map(|item| blocks(&item.status)).sum();
                let shown = if self.given.has('h') && tool.is_gnu() {
                    human(blocks * 1024, true)
                } else if self.given.has('h') {
                    human(blocks * 1024, false)
                } else {
                    blocks.to_string()
                };
                tool.say(format_args!("total {shown}"));
            }
            self.long(tool, &items);
            return;
        }
        let names: Vec<String> = items.iter().map(|item| self.decorated(item, tool.is_gnu())).collect();
        let columns = self.given.has('C') || (tool.system.is_terminal(1) && !self.given.has('1'));
        if columns { in_columns(tool, &names) } else { names.iter().for_each(|name| tool.say(name)) }
    }

    fn decorated(&self, item: &Item, gnu: bool) -> String {
        let mark = match &item.status.entry.node {
            Node::Directory if self.given.has('F') || self.given.has('p') => "/",
            Node::Symlink(_) if self.given.has('F') => "@",
            Node::Fifo if self.given.has('F') => "|",
            Node::File(_) if self.given.has('F') && item.status.entry.metadata.mode & 0o111 != 0 => "*",
            _ => "",
        };
        let width = if gnu { 1 } else { 6 };
        let blocks = if self.given.has('s') { format!("{:>width$} ", blocks(&item.status)) } else { String::new() };
        let inode = if self.given.has('i') { format!("{:>7} ", inode(&item.path)) } else { String::new() };
        format!("{inode}{blocks}{}{mark}", item.name)
    }

    fn long(&self, tool: &mut Tool<'_, '_>, items: &[Item]) {
        let now = tool.system.now();
        let rows: Vec<[String; 7]> = items
            .iter()
            .map(|item| {
                let metadata = &item.status.entry.metadata;
                let numeric = self.given.has('n');
                let name = match &item.status.entry.node {
                    Node::Symlink(target) => format!("{} -> {target}", item.name),
                    _ => self.decorated(item, tool.is_gnu()),
                };
                let size = match &item.status.entry.node {
                    Node::Device(device) => {
                        let (major, minor) = device.numbers();
                        format!("{major}, {minor:>3}")
                    }
                    _ if self.given.has('h') => human(item.status.size, tool.is_gnu()),
                    _ => item.status.size.to_string(),
                };
                let user = metadata.uid.to_string();
                let group = metadata.gid.to_string();
                [
                    mode::text(&item.status.entry.node, metadata.mode),
                    links(tool.system, item).to_string(),
                    if numeric { user } else { self.accounts.user_name(metadata.uid) },
                    if numeric { group } else { self.accounts.group_name(metadata.gid) },
                    size,
                    match (self.given.has('T'), tool.is_gnu()) {
                        (true, true) => date(metadata.modified, "%Y-%m-%d %H:%M:%S.%N +0000"),
                        (true, false) => date(metadata.modified, "%Y-%m-%d %H:%M:%S +0000"),
                        (false, _) => listing_date(metadata.modified, now),
                    },
                    name,
                ]
            })
            .collect();
        let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
        let (links, user, group, size) =
            if tool.is_gnu() { (width(1), width(2), width(3), width(4)) } else { (4, 8, 8, 9) };
        for [mode, link, owner, owners, bytes, date, name] in &rows {
            tool.say(format_args!(
                "{mode} {link:>links$} {owner:<user$} {owners:<group$} {bytes:>size$} {date} {name}"
            ));
        }
    }
}

fn blocks(status: &Status) -> u64 {
    match &status.entry.node {
        Node::Directory => 4,
        Node::File(_) => kilobytes_on_disk(status.size),
        _ => 0,
    }
}

/// How many names a thing has: a directory is also `.` in itself and `..` in those below it.
pub fn link_count(system: &System<'_>, path: &str, node: &Node) -> usize {
    if !node.is_directory() {
        return 1;
    }
    let names = system.list(path).unwrap_or_default();
    let is_directory = |name: &String| {
        let below = format!("{}/{name}", path.trim_end_matches('/'));
        system.status(&below, false).is_ok_and(|status| status.entry.node.is_directory())
    };
    2 + names.iter().filter(|name| is_directory(name)).count()
}

fn links(system: &System<'_>, item: &Item) -> usize {
    link_count(system, &item.path, &item.status.entry.node)
}

/// A number for a file: the model has no inodes, so it follows from the path alone.
pub fn inode(path: &str) -> u64 {
    let hash = path.bytes().fold(0x811c_9dc5_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0193));
    1000 + hash % 9_000_000
}

fn in_columns(tool: &mut Tool<'_, '_>, names: &[String]) {
    let gap = 2;
    let widest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0) + gap;
    let columns = (WIDTH / widest.max(1)).max(1);
    let rows = names.len().div_ceil(columns);
    for row in 0..rows {
        let mut line = String::new();
        for name in names.iter().skip(row).step_by(rows) {
            line.push_str(name);
            line.push_str(&" ".repeat(widest - name.chars().count()));
        }
        tool.say(line.trim_end());
    }
}
