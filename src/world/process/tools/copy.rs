//! `cp`, `mv`, `install`: copying and moving trees.

use super::call::Tool;
use super::files::{Remover, below, is_directory, last_part};
use super::options::{Given, Options};
use crate::world::filesystem::entry::Node;
use crate::world::filesystem::errno::Errno;
use crate::world::process::vfs::Status;

/// How deep a tree may be that is copied.
const DEPTH_LIMIT: u32 = 200;

/// `cp`.
pub fn cp(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options = Options::short("[-arPLHpfinlsTu] SOURCE DEST", "arRdPLpfnTtvH", "ilsu").with_long(&[
        ("archive", 'a'),
        ("recursive", 'r'),
        ("force", 'f'),
        ("no-clobber", 'n'),
        ("verbose", 'v'),
        ("preserve", 'p'),
        ("no-target-directory", 'T'),
    ]);
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let Some((sources, place, into)) = places(tool, &given, &OPTIONS) else { return 1 };
    let copier = Copier {
        recursive: given.has('r') || given.has('R') || given.has('a'),
        preserve: given.has('p') || given.has('a'),
        keep_links: given.has('a') || given.has('d') || given.has('P'),
        no_clobber: given.has('n'),
        force: given.has('f'),
        verbose: given.has('v'),
    };
    let mut code = 0;
    for source in &sources {
        let target = if into { below(&place, last_part(source)) } else { place.clone() };
        if !copier.copy(tool, source, &target, 0) {
            code = 1;
        }
    }
    code
}

/// Which sources go where, and whether below a directory.
fn places(tool: &mut Tool<'_, '_>, given: &Given, options: &Options) -> Option<(Vec<String>, String, bool)> {
    match given.operands.as_slice() {
        [] => {
            if tool.is_gnu() {
                tool.complain("missing file operand");
            }
            tool.refuse(options);
            None
        }
        [one] => {
            if tool.is_gnu() {
                tool.complain(format_args!("missing destination file operand after '{one}'"));
            }
            tool.refuse(options);
            None
        }
        [sources @ .., place] => {
            let into = is_directory(tool.system, place) && !given.has('T');
            if sources.len() > 1 && !into {
                if !tool.is_gnu() {
                    return Some((sources.to_vec(), place.clone(), true));
                }
                let what = match tool.system.status(place, true) {
                    Ok(_) => "Not a directory".to_owned(),
                    Err(errno) => errno.to_string(),
                };
                tool.complain(format_args!("target '{place}': {what}"));
                return None;
            }
            Some((sources.to_vec(), place.clone(), into))
        }
    }
}

struct Copier {
    recursive: bool,
    preserve: bool,
    keep_links: bool,
    no_clobber: bool,
    force: bool,
    verbose: bool,
}

impl Copier {
    fn copy(&self, tool: &mut Tool<'_, '_>, source: &str, target: &str, depth: u32) -> bool {
        // Below the top, links are copied as links.
        let follow = !self.keep_links && (depth == 0 || !self.recursive);
        let status = match tool.system.status(source, follow) {
            Ok(status) => status,
            Err(errno) => {
                let gnu = format!("cannot stat '{source}': {errno}");
                let text = tool.wording(format!("can't stat '{source}': {errno}"), gnu);
                tool.complain(text);
                return false;
            }
        };
        if depth > DEPTH_LIMIT {
            tool.complain(format_args!("'{source}': Layerlab copies trees of at most {DEPTH_LIMIT} levels"));
            return false;
        }
        if status.entry.node.is_directory() {
            return self.copy_directory(tool, source, target, &status, depth);
        }
        let resolved = |path: &str| tool.system.resolve(path).ok();
        if resolved(source).is_some() && resolved(source) == resolved(target) {
            tool.complain(format_args!("'{source}' and '{target}' are the same file"));
            return false;
        }
        let there = tool.system.status(target, false).ok();
        if self.no_clobber && there.is_some() {
            return true;
        }
        if let Node::File(_) = &status.entry.node
            && !tool.system.may(source, 4)
        {
            return self.fail_to_read(tool, source, Errno::EACCES);
        }
        let made = match &status.entry.node {
            Node::File(content) => {
                let content = content.clone();
                let old = there.as_ref().filter(|old| matches!(old.entry.node, Node::File(_)));
                match old {
                    // Writing into a file that is there keeps its owner and mode.
                    Some(old) => {
                        let metadata = old.entry.metadata;
                        let now = tool.system.now();
                        if !tool.system.may(target, 2) && !self.force {
                            Err(Errno::EACCES)
                        } else {
                            tool.system.put_content(target, content, 0o666).and_then(|()| {
                                tool.system.set_metadata(target, false, |m| {
                                    m.mode = metadata.mode;
                                    m.modified = now;
                                })
                            })
                        }
                    }
                    None => tool.system.put_content(target, content, status.entry.metadata.mode & 0o777),
                }
            }
            Node::Symlink(to) => {
                if there.is_some() {
                    // What cannot be removed shows when the link is made.
                    let _ = tool.system.remove_file(target);
                }
                let to = to.clone();
                tool.system.make_symlink(&to, target)
            }
            _ => return self.fail_to_read(tool, source, Errno::ENOSYS),
        };
        match made {
            Ok(()) => {
                self.finish(tool, source, target, &status);
                true
            }
            Err(errno) => {
                let gnu = format!("cannot create regular file '{target}': {errno}");
                let text = tool.wording(format!("can't create '{target}': {errno}"), gnu);
                tool.complain(text);
                false
            }
        }
    }

    fn fail_to_read(&self, tool: &mut Tool<'_, '_>, source: &str, errno: Errno) -> bool {
        let gnu = format!("cannot open '{source}' for reading: {errno}");
        let text = tool.wording(format!("can't open '{source}': {errno}"), gnu);
        tool.complain(text);
        false
    }

    fn finish(&self, tool: &mut Tool<'_, '_>, source: &str, target: &str, status: &Status) {
        if self.preserve {
            let wanted = status.entry.metadata;
            // A user who is not root keeps the owner that the copy has.
            if tool.system.set_metadata(target, false, |metadata| *metadata = wanted).is_err() {
                let _ = tool.system.set_metadata(target, false, |metadata| {
                    metadata.mode = wanted.mode;
                    metadata.modified = wanted.modified;
                });
            }
        }
        if self.verbose {
            tool.say(format_args!("'{source}' -> '{target}'"));
        }
    }

    fn copy_directory(&self, tool: &mut Tool<'_, '_>, source: &str, target: &str, status: &Status, depth: u32) -> bool {
        if !self.recursive {
            let gnu = format!("-r not specified; omitting directory '{source}'");
            let text = tool.wording(format!("omitting directory '{source}'"), gnu);
            tool.complain(text);
            return false;
        }
        let names = match tool.system.list(source) {
            Ok(names) => names,
            Err(errno) => return self.fail_to_read(tool, source, errno),
        };
        let inside = |path: Option<String>, of: Option<String>| {
            path.zip(of).is_some_and(|(path, of)| path == of || path.starts_with(&format!("{of}/")))
        };
        let parent = tool.system.resolve(System::parent_of(target)).ok();
        if depth == 0 && inside(parent, tool.system.resolve(source).ok()) {
            let gnu = format!("cannot copy a directory, '{source}', into itself, '{target}'");
            let text = tool.wording(format!("recursion detected, omitting directory '{source}'"), gnu);
            tool.complain(text);
            return false;
        }
        if !is_directory(tool.system, target)
            && let Err(errno) = tool.system.make_directory(target, 0o777)
        {
            let gnu = format!("cannot create directory '{target}': {errno}");
            let text = tool.wording(format!("can't create directory '{target}': {errno}"), gnu);
            tool.complain(text);
            return false;
        }
        let mut whole = true;
        for name in names {
            whole &= self.copy(tool, &below(source, &name), &below(target, &name), depth + 1);
        }
        let mode = status.entry.metadata.mode & !tool.system.umask();
        if !self.preserve {
            // The copy is there already; only its mode is still the default.
            let _ = tool.system.set_metadata(target, true, |metadata| metadata.mode = mode);
        }
        self.finish(tool, source, target, status);
        whole
    }
}

use crate::world::process::System;

/// `mv`.
pub fn mv(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options = Options::short("[-finT] SOURCE DEST", "fnTv", "itu").with_long(&[
        ("force", 'f'),
        ("no-clobber", 'n'),
        ("verbose", 'v'),
    ]);
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let Some((sources, place, into)) = places(tool, &given, &OPTIONS) else { return 1 };
    let mut code = 0;
    for source in &sources {
        let target = if into { below(&place, last_part(source)) } else { place.clone() };
        if given.has('n') && tool.system.status(&target, false).is_ok() {
            continue;
        }
        if !move_one(tool, source, &target) {
            code = 1;
        } else if given.has('v') {
            let gnu = format!("renamed '{source}' -> '{target}'");
            let line = tool.wording(format!("'{source}' -> '{target}'"), gnu);
            tool.say(line);
        }
    }
    code
}

fn move_one(tool: &mut Tool<'_, '_>, source: &str, target: &str) -> bool {
    let errno = match tool.system.rename(source, target) {
        Ok(()) => return true,
        Err(errno) => errno,
    };
    if errno == Errno::EXDEV {
        let copier = Copier {
            recursive: true,
            preserve: true,
            keep_links: true,
            no_clobber: false,
            force: true,
            verbose: false,
        };
        let remover = Remover { recursive: true, force: true, verbose: false, empty_directories: false };
        return copier.copy(tool, source, target, 0) && remover.remove(tool, source);
    }
    let gnu = match (errno, tool.system.status(source, false)) {
        (_, Err(missing)) => format!("cannot stat '{source}': {missing}"),
        (Errno::EINVAL, _) => format!("cannot move '{source}' to a subdirectory of itself, '{target}'"),
        _ => format!("cannot move '{source}' to '{target}': {errno}"),
    };
    let text = tool.wording(format!("can't rename '{source}': {errno}"), gnu);
    tool.complain(text);
    false
}

/// `install`: copies with a mode and an owner, or makes directories.
pub fn install(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options =
        Options::short("[-cdDsp] [-o USER] [-g GRP] [-m MODE] [-t DIR] [SOURCE]... DEST", "cdDpvm:o:g:", "st")
            .with_long(&[("directory", 'd'), ("mode", 'm'), ("owner", 'o'), ("group", 'g'), ("verbose", 'v')]);
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let mode = given.value('m').map_or(Some(0o755), |text| super::mode::change(text, 0, false, 0));
    let Some(mode) = mode else {
        tool.complain(format_args!("invalid mode '{}'", given.value('m').unwrap_or("")));
        return 1;
    };
    let accounts = super::accounts::Accounts::read(tool.system);
    let uid = given.value('o').map(|name| accounts.user_named(name).map(|user| user.uid).or_else(|| name.parse().ok()));
    let gid =
        given.value('g').map(|name| accounts.group_named(name).map(|group| group.gid).or_else(|| name.parse().ok()));
    if uid == Some(None) || gid == Some(None) {
        tool.complain("unknown user or group");
        return 1;
    }
    let mut targets = Vec::new();
    let mut code = 0;
    if given.has('d') {
        for path in &given.operands {
            let made =
                super::files::make_parents(tool.system, path).and_then(|_| tool.system.make_directory(path, 0o755));
            if let Err(errno) = made.or_else(|errno| if is_directory(tool.system, path) { Ok(()) } else { Err(errno) })
            {
                tool.complain(format_args!("cannot create directory '{path}': {errno}"));
                code = 1;
            }
            targets.push(path.clone());
        }
    } else {
        let Some((sources, place, into)) = places(tool, &given, &OPTIONS) else { return 1 };
        if given.has('D') {
            // What cannot be made shows when the file is copied.
            let _ = super::files::make_parents(tool.system, &place);
        }
        let copier = Copier {
            recursive: false,
            preserve: given.has('p'),
            keep_links: false,
            no_clobber: false,
            force: true,
            verbose: false,
        };
        for source in &sources {
            let target = if into { below(&place, last_part(source)) } else { place.clone() };
            if copier.copy(tool, source, &target, 0) {
                targets.push(target);
            } else {
                code = 1;
            }
        }
    }
    for target in targets {
        let changed = tool.system.set_metadata(&target, true, |metadata| {
            metadata.mode = mode;
            metadata.uid = uid.flatten().unwrap_or(metadata.uid);
            metadata.gid = gid.flatten().unwrap_or(metadata.gid);
        });
        if let Err(errno) = changed {
            tool.complain(format_args!("{target}: {errno}"));
            code = 1;
        }
    }
    code
}
