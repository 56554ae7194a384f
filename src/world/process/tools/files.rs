//! Making and removing: `mkdir`, `rmdir`, `rm`, `touch`, `ln`, `mktemp`.

use super::call::Tool;
use super::mode;
use super::options::Options;
use crate::world::clock::Time;
use crate::world::filesystem::errno::Errno;
use crate::world::process::System;
use crate::world::process::descriptor::OpenOptions;

/// A path below a directory, as the user writes it.
pub fn below(directory: &str, name: &str) -> String {
    match directory {
        "/" => format!("/{name}"),
        directory => format!("{}/{name}", directory.trim_end_matches('/')),
    }
}

/// The last part of a path as the user writes it.
pub fn last_part(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() { "/" } else { trimmed.rsplit('/').next().unwrap_or(trimmed) }
}

/// Whether a path leads to a directory.
pub fn is_directory(system: &System<'_>, path: &str) -> bool {
    system.status(path, true).is_ok_and(|status| status.entry.node.is_directory())
}

/// `mkdir`.
pub fn mkdir(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options = Options::short("[-m MODE] [-p] DIRECTORY...", "pm:v", "Z").with_long(&[
        ("parents", 'p'),
        ("mode", 'm'),
        ("verbose", 'v'),
    ]);
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if given.operands.is_empty() {
        return tool.missing_operand(&OPTIONS);
    }
    let mode = match given.value('m') {
        None => 0o777,
        Some(text) => match mode::change(text, 0o777, true, tool.system.umask()) {
            Some(mode) => mode,
            None => {
                tool.complain(format_args!("invalid mode '{text}'"));
                return 1;
            }
        },
    };
    let mut code = 0;
    for path in &given.operands {
        let mut parents = Vec::new();
        let made = if given.has('p') { make_parents(tool.system, path).map(|made| parents = made) } else { Ok(()) };
        for parent in parents.iter().filter(|_| given.has('v')) {
            let line =
                tool.wording(format!("created directory: '{parent}/'"), format!("mkdir: created directory '{parent}'"));
            tool.say(line);
        }
        let made = made.and_then(|()| match tool.system.make_directory(path, mode) {
            Err(Errno::EEXIST) if given.has('p') && is_directory(tool.system, path) => Ok(()),
            Ok(()) if given.has('m') => tool.system.set_metadata(path, true, |metadata| metadata.mode = mode),
            other => other,
        });
        match made {
            Ok(()) if given.has('v') => {
                let line =
                    tool.wording(format!("created directory: '{path}'"), format!("mkdir: created directory '{path}'"));
                tool.say(line);
            }
            Ok(()) => {}
            Err(errno) => {
                code = 1;
                let busybox = format!("can't create directory '{path}': {errno}");
                let text = tool.wording(busybox, format!("cannot create directory '{path}': {errno}"));
                tool.complain(text);
            }
        }
    }
    code
}

/// Makes the directories above a path that are missing; says which.
///
/// # Errors
/// As [`System::make_directory`].
pub fn make_parents(system: &mut System<'_>, path: &str) -> Result<Vec<String>, Errno> {
    let trimmed = path.trim_end_matches('/');
    let mut made = Vec::new();
    for (at, _) in trimmed.match_indices('/').filter(|(at, _)| *at > 0) {
        match system.make_directory(&trimmed[..at], 0o777) {
            Ok(()) => made.push(trimmed[..at].to_owned()),
            Err(Errno::EEXIST) => {}
            Err(Errno::EROFS | Errno::EACCES) if is_directory(system, &trimmed[..at]) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(made)
}

/// `rmdir`.
pub fn rmdir(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options =
        Options::short("[-p] DIRECTORY...", "p", "v").with_long(&[("parents", 'p'), ("ignore-fail-on-non-empty", 'i')]);
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if given.operands.is_empty() {
        return tool.missing_operand(&OPTIONS);
    }
    let mut code = 0;
    for operand in &given.operands {
        let mut path = operand.as_str();
        loop {
            if let Err(errno) = tool.system.remove_directory(path) {
                if given.has('i') && errno == Errno::ENOTEMPTY {
                    break;
                }
                code = 1;
                let text = tool.wording(format!("'{path}': {errno}"), format!("failed to remove '{path}': {errno}"));
                tool.complain(text);
                break;
            }
            match path.trim_end_matches('/').rfind('/') {
                Some(at) if given.has('p') && at > 0 => path = &path[..at],
                _ => break,
            }
        }
    }
    code
}

/// `rm`.
pub fn rm(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options = Options::short("[-irf] FILE...", "rRfvd", "iI").with_long(&[
        ("recursive", 'r'),
        ("force", 'f'),
        ("verbose", 'v'),
        ("dir", 'd'),
    ]);
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if given.operands.is_empty() {
        return if given.has('f') { 0 } else { tool.missing_operand(&OPTIONS) };
    }
    let remover = Remover {
        recursive: given.has('r') || given.has('R'),
        force: given.has('f'),
        verbose: given.has('v'),
        empty_directories: given.has('d'),
    };
    let mut code = 0;
    for path in &given.operands {
        if matches!(last_part(path), "." | "..") {
            let busybox = "cannot remove '.' or '..'".to_owned();
            let gnu = format!("refusing to remove '.' or '..' directory: skipping '{path}'");
            let text = tool.wording(busybox, gnu);
            tool.complain(text);
            code = 1;
        } else if remover.recursive && path.trim_end_matches('/').is_empty() && tool.is_gnu() {
            tool.complain("it is dangerous to operate recursively on '/'");
            tool.complain("use --no-preserve-root to override this failsafe");
            code = 1;
        } else if !remover.remove(tool, path) {
            code = 1;
        }
    }
    code
}

/// How `rm` was asked to remove.
#[derive(Clone, Copy, Debug)]
pub struct Remover {
    pub recursive: bool,
    pub force: bool,
    pub verbose: bool,
    pub empty_directories: bool,
}

impl Remover {
    /// Removes what is at a path; false when something stayed, which was said.
    pub fn remove(self, tool: &mut Tool<'_, '_>, path: &str) -> bool {
        let status = match tool.system.status(path, false) {
            Ok(status) => status,
            Err(Errno::ENOENT | Errno::ENOTDIR) if self.force => return true,
            Err(errno) => return refuse(tool, path, errno),
        };
        if !status.entry.node.is_directory() {
            return match tool.system.remove_file(path) {
                Ok(()) => self.report(tool, path, ""),
                Err(errno) => refuse(tool, path, errno),
            };
        }
        if !self.recursive && !self.empty_directories {
            let text =
                tool.wording(format!("'{path}' is a directory"), format!("cannot remove '{path}': Is a directory"));
            tool.complain(text);
            return false;
        }
        let mut whole = true;
        if self.recursive {
            match tool.system.list(path) {
                Ok(names) => {
                    for name in names {
                        whole &= self.remove(tool, &below(path, &name));
                    }
                }
                Err(errno) => return refuse(tool, path, errno),
            }
        }
        if !whole {
            return false;
        }
        match tool.system.remove_directory(path) {
            Ok(()) => self.report(tool, path, "directory "),
            Err(errno) => refuse(tool, path, errno),
        }
    }

    fn report(self, tool: &mut Tool<'_, '_>, path: &str, kind: &str) -> bool {
        if self.verbose {
            let line = tool.wording(format!("removed {kind}'{path}'"), format!("removed {kind}'{path}'"));
            tool.say(line);
        }
        true
    }
}

fn refuse(tool: &mut Tool<'_, '_>, path: &str, errno: Errno) -> bool {
    let text = tool.wording(format!("can't remove '{path}': {errno}"), format!("cannot remove '{path}': {errno}"));
    tool.complain(text);
    false
}

/// `touch`.
pub fn touch(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options = Options::short("[-cham] [-d DATE] [-t DATE] [-r FILE] FILE...", "camhd:r:", "t")
        .with_long(&[("no-create", 'c'), ("date", 'd'), ("reference", 'r')]);
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if given.operands.is_empty() {
        if tool.is_gnu() {
            tool.complain("missing file operand");
        }
        return tool.refuse(&OPTIONS);
    }
    let mut time = tool.system.now();
    if let Some(text) = given.value('d') {
        match read_date(text, time) {
            // BusyBox keeps the time of day where only a day is given.
            Some(read) if !tool.is_gnu() && !text.contains([':', '@']) => {
                time = read + std::time::Duration::from_secs(time.seconds().rem_euclid(86_400).unsigned_abs());
            }
            Some(read) => time = read,
            None => {
                let wrong = tool.wording(format!("invalid date '{text}'"), format!("invalid date format '{text}'"));
                tool.complain(wrong);
                return 1;
            }
        }
    }
    if let Some(reference) = given.value('r') {
        match tool.system.status(reference, true) {
            Ok(status) => time = status.entry.metadata.modified,
            Err(errno) => {
                tool.complain(format_args!("{reference}: {errno}"));
                return 1;
            }
        }
    }
    let mut code = 0;
    for path in &given.operands {
        let follow = !given.has('h');
        let touched = match tool.system.set_metadata(path, follow, |metadata| metadata.modified = time) {
            Err(Errno::ENOENT) if given.has('c') => Ok(()),
            Err(Errno::ENOENT) => {
                let options = OpenOptions { truncate: false, ..OpenOptions::WRITE };
                tool.system.open(path, options).map(|descriptor| tool.system.close(descriptor)).and_then(|()| {
                    if given.has('d') || given.has('r') {
                        tool.system.set_metadata(path, true, |metadata| metadata.modified = time)
                    } else {
                        Ok(())
                    }
                })
            }
            other => other,
        };
        if let Err(errno) = touched {
            code = 1;
            let text = tool.wording(format!("{path}: {errno}"), format!("cannot touch '{path}': {errno}"));
            tool.complain(text);
        }
    }
    code
}

/// A date as `touch -d` and `date -d` read it: `@SECONDS`, `YYYY-MM-DD [hh:mm[:ss]]`, RFC 3339, `now`.
pub fn read_date(text: &str, now: Time) -> Option<Time> {
    let text = text.trim();
    if let Some(seconds) = text.strip_prefix('@') {
        return seconds.split('.').next()?.parse().ok().map(Time::from_seconds);
    }
    if text == "now" {
        return Some(now);
    }
    if let Some(time) = Time::parse_rfc3339(text) {
        return Some(time);
    }
    let text = text.trim_end_matches(" UTC").trim_end_matches('Z');
    let (day, clock) = text.split_once([' ', 'T']).unwrap_or((text, "00:00:00"));
    let clock = if clock.matches(':').count() == 1 { format!("{clock}:00") } else { clock.to_owned() };
    Time::parse_rfc3339(&format!("{day}T{clock}Z"))
}

/// `ln`.
pub fn ln(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options = Options::short("[-sfnbtv] [-S SUF] TARGET... LINK|DIR", "sfnTv", "btS").with_long(&[
        ("symbolic", 's'),
        ("force", 'f'),
        ("no-dereference", 'n'),
    ]);
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let (mut targets, place) = match given.operands.as_slice() {
        [] => return tool.missing_operand(&OPTIONS),
        [one] => (vec![one.clone()], last_part(one).to_owned()),
        [targets @ .., place] => (targets.to_vec(), place.clone()),
    };
    let into = is_directory(tool.system, &place) && !given.has('T') && {
        let is_link = tool.system.status(&place, false).is_ok_and(|status| !status.entry.node.is_directory());
        !(given.has('n') && is_link)
    };
    if targets.len() > 1 && !into {
        let text = tool.wording(format!("{place}: Not a directory"), format!("target '{place}' is not a directory"));
        tool.complain(text);
        return 1;
    }
    let mut code = 0;
    for target in targets.drain(..) {
        let path = if into { below(&place, last_part(&target)) } else { place.clone() };
        if given.has('f') && tool.system.status(&path, false).is_ok_and(|status| !status.entry.node.is_directory()) {
            // What cannot be removed shows when the link is made.
            let _ = tool.system.remove_file(&path);
        }
        let made = if given.has('s') {
            tool.system.make_symlink(&target, &path)
        } else {
            hard_link(tool.system, &target, &path)
        };
        if let Err(errno) = made {
            code = 1;
            let kind = if given.has('s') { "symbolic" } else { "hard" };
            let busybox = if errno == Errno::ENOENT && !given.has('s') { &target } else { &path };
            let gnu = match kind {
                "hard" if errno == Errno::ENOENT => format!("failed to access '{target}': {errno}"),
                _ => format!("failed to create {kind} link '{path}': {errno}"),
            };
            let text = tool.wording(format!("{busybox}: {errno}"), gnu);
            tool.complain(text);
        }
    }
    code
}

/// A second name for a file. The model keeps one content for each name: the two share it until one is written.
fn hard_link(system: &mut System<'_>, target: &str, path: &str) -> Result<(), Errno> {
    let status = system.status(target, false)?;
    match status.entry.node {
        crate::world::filesystem::entry::Node::File(content) => {
            if system.status(path, false).is_ok() {
                return Err(Errno::EEXIST);
            }
            system.put_content(path, content, status.entry.metadata.mode)?;
            system.set_metadata(path, false, |metadata| *metadata = status.entry.metadata)
        }
        crate::world::filesystem::entry::Node::Symlink(to) => system.make_symlink(&to, path),
        _ => Err(Errno::EPERM),
    }
}

/// `mktemp`.
pub fn mktemp(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options = Options::short("[-dt] [-p DIR] [TEMPLATE]", "dqutp:", "");
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let default = tool.wording("tmp.XXXXXX", "tmp.XXXXXXXXXX");
    let directory = given.value('p').or(tool.call.variable("TMPDIR")).unwrap_or("/tmp").to_owned();
    let template = match given.operands.first() {
        Some(template) if !given.has('t') && !given.has('p') => template.clone(),
        Some(template) => below(&directory, template),
        None => below(&directory, &default),
    };
    let stem = template.trim_end_matches('X');
    let wanted = template.len() - stem.len();
    if wanted < 3 {
        let gnu = format!("too few X's in template '{template}'");
        let text = tool.wording(format!("Invalid argument: {template}"), gnu);
        tool.complain(text);
        return 1;
    }
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let random = tool.system.random();
    let letters = random.iter().cycle().take(wanted);
    let path: String =
        stem.chars().chain(letters.map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]))).collect();
    let made = match given.has('d') {
        _ if given.has('u') => Ok(()),
        true => tool.system.make_directory(&path, 0o700),
        false => {
            let options = OpenOptions { exclusive: true, mode: 0o600, ..OpenOptions::WRITE };
            tool.system.open(&path, options).map(|descriptor| tool.system.close(descriptor))
        }
    };
    match made {
        Ok(()) => {
            tool.say(path);
            0
        }
        Err(errno) => {
            let gnu = format!("failed to create file via template '{template}': {errno}");
            let text = tool.wording(format!("(null): {errno}"), gnu);
            tool.complain(text);
            1
        }
    }
}
