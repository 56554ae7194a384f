//! `tar`, `gzip`, `gunzip`, `zcat`: archives of the model's own files, as real bytes.

use std::io::{Cursor, Read as _, Write as _};

use ::tar::{Archive, Builder, EntryType, Header};
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::accounts::Accounts;
use super::call::Tool;
use super::files::{below, make_parents};
use super::mode;
use super::options::{Given, Options};
use super::shape::{Machine, Next};
use super::size::date;
use crate::world::clock::Time;
use crate::world::filesystem::entry::Node;
use crate::world::process::Wait;
use crate::world::process::descriptor::Read;

/// The largest archive, in bytes.
const ARCHIVE_LIMIT: usize = 128 << 20;

const OPTIONS: Options = Options {
    usage: "c|x|t [-ZzJjahmvokO] [-f TARFILE] [-C DIR] [FILE]...",
    short: "cxtvzf:C:pkOmohS:",
    long: &[
        ("create", 'c'),
        ("extract", 'x'),
        ("list", 't'),
        ("verbose", 'v'),
        ("gzip", 'z'),
        ("file", 'f'),
        ("directory", 'C'),
        ("strip-components", 'S'),
        ("to-stdout", 'O'),
    ],
    missing: "jJZaruATX",
    failure: 2,
};

/// `tar`.
#[derive(Clone, Debug)]
pub struct Tar {
    given: Given,
    input: Vec<u8>,
    ended: bool,
}

impl Machine for Tar {
    fn start(tool: &mut Tool<'_, '_>) -> Result<Tar, i32> {
        // The first word may have its letters without a dash.
        let mut arguments = tool.call.arguments.clone();
        if let Some(first) = arguments.first_mut()
            && !first.starts_with('-')
        {
            first.insert(0, '-');
        }
        let options = if tool.is_gnu() { OPTIONS } else { OPTIONS.failing_with(1) };
        let given = tool.options_of(&options, &arguments)?;
        if "cxt".chars().filter(|letter| given.has(*letter)).count() != 1 {
            if tool.is_gnu() {
                tool.complain("You must specify one of the '-Acdtrux', '--delete' or '--test-label' options");
            }
            return Err(tool.refuse(&options));
        }
        let from_standard_input = !given.has('c') && matches!(given.value('f'), None | Some("-"));
        Ok(Tar { given, input: Vec::new(), ended: !from_standard_input })
    }

    fn step(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        if !self.ended {
            return match tool.system.read(0, 65_536) {
                Ok(Read::Data(bytes)) => {
                    self.input.extend(bytes);
                    self.ended = self.input.len() > ARCHIVE_LIMIT;
                    Next::Again
                }
                Ok(Read::WouldBlock) => Next::Wait(Wait::Readable(0)),
                Ok(Read::EndOfFile) | Err(_) => {
                    self.ended = true;
                    Next::Again
                }
            };
        }
        let done = if self.given.has('c') { self.create(tool) } else { self.read(tool) };
        Next::Exit(match done {
            Ok(()) => 0,
            Err(code) => code,
        })
    }
}

impl Tar {
    fn failure(tool: &Tool<'_, '_>) -> i32 {
        if tool.is_gnu() { 2 } else { 1 }
    }

    fn fail(tool: &mut Tool<'_, '_>, busybox: String, gnu: String) -> i32 {
        let text = tool.wording(busybox, gnu);
        tool.complain(text);
        if tool.is_gnu() {
            tool.complain("Error is not recoverable: exiting now");
        }
        Tar::failure(tool)
    }

    fn create(&self, tool: &mut Tool<'_, '_>) -> Result<(), i32> {
        if self.given.operands.is_empty() {
            let gnu = "Cowardly refusing to create an empty archive".to_owned();
            let text = tool.wording("empty archive", gnu);
            tool.complain(text);
            return Err(Tar::failure(tool));
        }
        let accounts = Accounts::read(tool.system);
        let mut archive = Builder::new(Vec::new());
        let (mut code, mut held) = (0, 0_u64);
        let base = self.given.value('C').unwrap_or(".").to_owned();
        let verbose_on = if self.given.value('f').is_none_or(|file| file == "-") { 2 } else { 1 };
        let mut rest: Vec<String> = self.given.operands.iter().rev().cloned().collect();
        while let Some(name) = rest.pop() {
            let path = if name.starts_with('/') { name.clone() } else { below(&base, &name) };
            let status = match tool.system.status(&path, false) {
                Ok(status) => status,
                Err(errno) => {
                    let text = tool.wording(format!("{name}: {errno}"), format!("{name}: Cannot stat: {errno}"));
                    tool.complain(text);
                    code = Tar::failure(tool);
                    continue;
                }
            };
            let metadata = &status.entry.metadata;
            let mut header = Header::new_gnu();
            header.set_mode(metadata.mode);
            header.set_uid(u64::from(metadata.uid));
            header.set_gid(u64::from(metadata.gid));
            header.set_mtime(u64::try_from(metadata.modified.seconds()).unwrap_or(0));
            // A name too long for the header is left out: the number counts.
            let _ = header.set_username(&accounts.user_name(metadata.uid));
            let _ = header.set_groupname(&accounts.group_name(metadata.gid));
            let member = name.trim_start_matches('/').to_owned();
            let member = if member.is_empty() { ".".to_owned() } else { member };
            let added = match &status.entry.node {
                Node::Directory => {
                    header.set_entry_type(EntryType::Directory);
                    header.set_size(0);
                    let names = tool.system.list(&path).unwrap_or_default();
                    rest.extend(names.iter().rev().map(|below_it| below(&name, below_it)));
                    archive.append_data(&mut header, format!("{}/", member.trim_end_matches('/')), std::io::empty())
                }
                Node::File(content) => {
                    held += content.size();
                    if held > ARCHIVE_LIMIT as u64 {
                        tool.complain("Layerlab makes archives of at most 128 MiB");
                        return Err(1);
                    }
                    header.set_size(content.size());
                    archive.append_data(&mut header, &member, content.reader())
                }
                Node::Symlink(target) => {
                    header.set_entry_type(EntryType::Symlink);
                    header.set_size(0);
                    archive.append_link(&mut header, &member, &**target)
                }
                Node::Device(_) | Node::Fifo => continue,
            };
            if added.is_err() {
                tool.complain(format_args!("{name}: cannot be put into an archive"));
                code = Tar::failure(tool);
            } else if self.given.has('v') {
                let end = if status.entry.node.is_directory() { "/" } else { "" };
                tool.output.push(verbose_on, format!("{}{end}\n", member.trim_end_matches('/')).as_bytes());
            }
        }
        let mut bytes = archive.into_inner().unwrap_or_default();
        if self.given.has('z') {
            bytes = compress(&bytes);
        }
        match self.given.value('f') {
            None | Some("-") => tool.out(bytes),
            Some(path) => {
                if let Err(errno) = tool.system.write_file(path, &bytes) {
                    let gnu = format!("{path}: Cannot open: {errno}");
                    return Err(Tar::fail(tool, format!("can't open '{path}': {errno}"), gnu));
                }
            }
        }
        if code == 0 { Ok(()) } else { Err(code) }
    }

    fn read(&self, tool: &mut Tool<'_, '_>) -> Result<(), i32> {
        let bytes = match self.given.value('f') {
            None | Some("-") => self.input.clone(),
            Some(path) => match tool.system.read_file(path) {
                Ok(bytes) => bytes.to_vec(),
                Err(errno) => {
                    let gnu = format!("{path}: Cannot open: {errno}");
                    return Err(Tar::fail(tool, format!("can't open '{path}': {errno}"), gnu));
                }
            },
        };
        // Both programs see for themselves whether an archive is compressed.
        let bytes = match bytes.starts_with(&[0x1f, 0x8b]) {
            true => decompress(&bytes).ok_or_else(|| {
                Tar::fail(tool, "invalid tar magic".to_owned(), "This does not look like a tar archive".to_owned())
            })?,
            false => bytes,
        };
        let mut archive = Archive::new(Cursor::new(bytes));
        let broken = |tool: &mut Tool<'_, '_>| {
            Tar::fail(tool, "invalid tar magic".to_owned(), "This does not look like a tar archive".to_owned())
        };
        let Ok(entries) = archive.entries() else { return Err(broken(tool)) };
        let mut found = vec![false; self.given.operands.len()];
        for entry in entries {
            let Ok(mut entry) = entry else { return Err(broken(tool)) };
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let trimmed = name.trim_end_matches('/');
            if !self.given.operands.is_empty() {
                let wanted = |operand: &String| {
                    let operand = operand.trim_end_matches('/');
                    trimmed == operand || trimmed.starts_with(&format!("{operand}/"))
                };
                match self.given.operands.iter().position(wanted) {
                    Some(at) => found[at] = true,
                    None => continue,
                }
            }
            let header = entry.header().clone();
            if self.given.has('t') {
                let line = if self.given.has('v') { long_line(tool, &header, &name) } else { name.clone() };
                tool.say(line);
                continue;
            }
            if self.given.has('v') {
                tool.say(&name);
            }
            let mut content = Vec::new();
            if header.entry_type().is_file() && entry.read_to_end(&mut content).is_err() {
                return Err(broken(tool));
            }
            if self.given.has('O') {
                tool.out(content);
                continue;
            }
            let link = entry.link_name_bytes().map(|link| String::from_utf8_lossy(&link).into_owned());
            self.extract(tool, &name, &header, &content, link.as_deref())?;
        }
        for (at, _) in found.iter().enumerate().filter(|(_, found)| !**found) {
            let name = &self.given.operands[at];
            let text = tool.wording(format!("{name}: not found in archive"), format!("{name}: Not found in archive"));
            tool.complain(text);
        }
        if found.iter().all(|found| *found) { Ok(()) } else { Err(Tar::failure(tool)) }
    }

    fn extract(
        &self,
        tool: &mut Tool<'_, '_>,
        name: &str,
        header: &Header,
        content: &[u8],
        link: Option<&str>,
    ) -> Result<(), i32> {
        let skipped = self.given.value('S').and_then(|count| count.parse::<usize>().ok()).unwrap_or(0);
        let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        if parts.contains(&"..") {
            tool.complain(format_args!("name with '..' skipped: '{name}'"));
            return Ok(());
        }
        let Some(parts) = parts.get(skipped..).filter(|parts| !parts.is_empty()) else { return Ok(()) };
        let path = below(self.given.value('C').unwrap_or("."), &parts.join("/"));
        // What is in the way shows when the member is made.
        let _ = make_parents(tool.system, &path);
        let mode = header.mode().unwrap_or(0o644) & 0o7777;
        let made = match header.entry_type() {
            EntryType::Directory => match tool.system.make_directory(&path, 0o777) {
                Err(_) if super::files::is_directory(tool.system, &path) => Ok(()),
                made => made,
            },
            EntryType::Symlink => {
                let _ = tool.system.remove_file(&path);
                tool.system.make_symlink(link.unwrap_or(""), &path)
            }
            EntryType::Regular | EntryType::Continuous | EntryType::Link => {
                let bytes = match link.filter(|_| header.entry_type() == EntryType::Link) {
                    Some(target) => {
                        let target = below(self.given.value('C').unwrap_or("."), target);
                        tool.system.read_file(&target).map(|bytes| bytes.to_vec()).unwrap_or_default()
                    }
                    None => content.to_vec(),
                };
                let _ = tool.system.remove_file(&path);
                tool.system.write_file(&path, &bytes)
            }
            _ => Ok(()),
        };
        if let Err(errno) = made {
            let gnu = format!("{name}: Cannot open: {errno}");
            let text = tool.wording(format!("can't open '{name}': {errno}"), gnu);
            tool.complain(text);
            return Err(Tar::failure(tool));
        }
        if header.entry_type() != EntryType::Symlink {
            let is_root = tool.system.credentials().uid == 0;
            let number = |value: std::io::Result<u64>| value.ok().and_then(|value| u32::try_from(value).ok());
            let (uid, gid) = (number(header.uid()), number(header.gid()));
            let seconds = header.mtime().ok().and_then(|seconds| i64::try_from(seconds).ok()).unwrap_or(0);
            // The member is there; that its owner cannot be set is no failure for a user who is not root.
            let _ = tool.system.set_metadata(&path, false, |metadata| {
                metadata.mode = mode;
                metadata.modified = Time::from_seconds(seconds);
                if is_root {
                    metadata.uid = uid.unwrap_or(metadata.uid);
                    metadata.gid = gid.unwrap_or(metadata.gid);
                }
            });
        }
        Ok(())
    }
}

fn long_line(tool: &Tool<'_, '_>, header: &Header, name: &str) -> String {
    let node = match header.entry_type() {
        EntryType::Directory => Node::Directory,
        EntryType::Symlink => Node::Symlink(
            header.link_name_bytes().map(|link| String::from_utf8_lossy(&link).into_owned()).unwrap_or_default().into(),
        ),
        _ => Node::File(crate::world::filesystem::content::Content::empty()),
    };
    let mode = mode::text(&node, header.mode().unwrap_or(0));
    let number = |value: std::io::Result<u64>| value.unwrap_or(0).to_string();
    let or_number =
        |name: Option<&str>, number: String| name.filter(|name| !name.is_empty()).map_or(number, str::to_owned);
    let user = or_number(header.username().ok().flatten(), number(header.uid()));
    let group = or_number(header.groupname().ok().flatten(), number(header.gid()));
    let time = Time::from_seconds(i64::try_from(header.mtime().unwrap_or(0)).unwrap_or(0));
    let format = if tool.is_gnu() { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" };
    let size = header.size().unwrap_or(0);
    let target = if let Node::Symlink(target) = &node { format!(" -> {target}") } else { String::new() };
    let owner = format!("{user}/{group}");
    let width = if tool.is_gnu() { 19_usize.saturating_sub(owner.len() + 1).max(1) } else { 9 };
    format!("{mode} {owner} {size:>width$} {} {name}{target}", date(time, format))
}

fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    // Writing into memory cannot fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

fn decompress(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut output = Vec::new();
    let limit = ARCHIVE_LIMIT as u64;
    let read = GzDecoder::new(bytes).take(limit + 1).read_to_end(&mut output).ok()?;
    (read as u64 <= limit).then_some(output)
}

/// `gzip`, `gunzip` and `zcat` of files by name.
pub fn gzip(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options = Options::short("[-cfkdt123456789] [FILE]...", "cfkdv123456789n", "tqlr").with_long(&[
        ("decompress", 'd'),
        ("keep", 'k'),
        ("stdout", 'c'),
    ]);
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let name = tool.call.name.clone();
    let unpacks = name != "gzip" || given.has('d');
    let to_output = name == "zcat" || given.has('c');
    if given.operands.is_empty() || given.operands.iter().any(|operand| operand == "-") {
        return tool.not_modelled("packing standard input");
    }
    let mut code = 0;
    for path in &given.operands {
        let bytes = match tool.system.read_file(path) {
            Ok(bytes) => bytes,
            Err(errno) => {
                tool.complain(format_args!("{path}: {errno}"));
                code = 1;
                continue;
            }
        };
        let result = if unpacks { decompress(&bytes) } else { Some(compress(&bytes)) };
        let Some(result) = result else {
            let text = tool.wording("invalid magic".to_owned(), format!("{path}: not in gzip format"));
            tool.complain(text);
            code = 1;
            continue;
        };
        if to_output {
            tool.out(result);
            continue;
        }
        let target = match (unpacks, path.strip_suffix(".gz").or(path.strip_suffix(".tgz"))) {
            (false, _) => format!("{path}.gz"),
            (true, Some(stem)) => stem.to_owned(),
            (true, None) => {
                tool.complain(format_args!("{path}: unknown suffix -- ignored"));
                code = 1;
                continue;
            }
        };
        let written = tool.system.write_file(&target, &result);
        let done = written.and_then(|()| if given.has('k') { Ok(()) } else { tool.system.remove_file(path) });
        if let Err(errno) = done {
            tool.complain(format_args!("{target}: {errno}"));
            code = 1;
        }
    }
    code
}
