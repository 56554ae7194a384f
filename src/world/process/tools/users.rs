//! Making users and groups: `adduser`, `addgroup`, `deluser`, `delgroup` as BusyBox has them, `useradd`, `groupadd`,
//! `userdel`, `groupdel`, `usermod` as Debian's passwd package, and Debian's own `adduser` as far as Dockerfiles use it.
//!
//! Passwords are not modelled: an account is made without one.

use super::accounts::{Accounts, Group, User};
use super::call::Tool;
use super::files::make_parents;
use super::options::{Given, Options};
use crate::world::filesystem::errno::Errno;

const BUSYBOX_ADDUSER: Options = Options::short("[OPTIONS] USER [GROUP]", "h:g:s:G:u:SDH", "k");
const BUSYBOX_ADDGROUP: Options = Options::short("[-g GID] [-S] [USER] GROUP", "g:S", "");
const USERADD: Options = Options {
    usage: "[options] LOGIN",
    short: "mMrUNlou:g:G:d:s:c:k:p:aL",
    long: &[
        ("create-home", 'm'),
        ("no-create-home", 'M'),
        ("system", 'r'),
        ("user-group", 'U'),
        ("no-user-group", 'N'),
        ("no-log-init", 'l'),
        ("uid", 'u'),
        ("gid", 'g'),
        ("groups", 'G'),
        ("append", 'a'),
        ("home-dir", 'd'),
        ("home", 'd'),
        ("shell", 's'),
        ("comment", 'c'),
    ],
    missing: "beDfKRPZ",
    failure: 2,
};
const GROUPADD: Options = Options::short("[options] GROUP", "g:rfo", "KpRP").failing_with(2).with_long(&[
    ("gid", 'g'),
    ("system", 'r'),
    ("force", 'f'),
]);
const DEBIAN_ADDUSER: Options = Options::short("[options] USER [GROUP]", "h:s:u:G:g:SDHPq", "").with_long(&[
    ("home", 'h'),
    ("shell", 's'),
    ("uid", 'u'),
    ("gid", 'G'),
    ("ingroup", 'G'),
    ("gecos", 'g'),
    ("comment", 'g'),
    ("system", 'S'),
    ("group", 'P'),
    ("disabled-password", 'D'),
    ("disabled-login", 'D'),
    ("no-create-home", 'H'),
    ("quiet", 'q'),
]);

/// An account to be made.
struct Wanted {
    name: String,
    uid: Option<u32>,
    group: Option<String>,
    others: Vec<String>,
    home: Option<String>,
    shell: Option<String>,
    comment: String,
    system: bool,
    makes_home: bool,
    own_group: bool,
}

/// The first number that nobody has.
fn free(taken: impl Fn(u32) -> bool, system: bool) -> u32 {
    let mut range = if system { 100..1000 } else { 1000..60_000 };
    range.find(|number| !taken(*number)).unwrap_or(60_000)
}

fn append(tool: &mut Tool<'_, '_>, path: &str, line: &str) -> Result<(), Errno> {
    let old = match tool.system.read_file(path) {
        Ok(bytes) => bytes.to_vec(),
        Err(Errno::ENOENT) => Vec::new(),
        Err(errno) => return Err(errno),
    };
    let mut text = String::from_utf8_lossy(&old).into_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(line);
    text.push('\n');
    tool.system.write_file(path, text.as_bytes())
}

/// Writes the lines of a file anew, each as `change` gives it; nothing takes it out.
fn rewrite(tool: &mut Tool<'_, '_>, path: &str, change: impl Fn(&str) -> Option<String>) -> Result<(), Errno> {
    let old = tool.system.read_file(path)?;
    let text: String = String::from_utf8_lossy(&old).lines().filter_map(change).map(|line| line + "\n").collect();
    tool.system.write_file(path, text.as_bytes())
}

/// Puts a user among a group's members.
fn join_group(tool: &mut Tool<'_, '_>, group: &str, user: &str) -> Result<(), Errno> {
    rewrite(tool, "/etc/group", |line| {
        let (head, members) = line.rsplit_once(':')?;
        let is_it = line.split(':').next() == Some(group);
        if !is_it || members.split(',').any(|member| member == user) {
            return Some(line.to_owned());
        }
        let comma = if members.is_empty() { "" } else { "," };
        Some(format!("{head}:{members}{comma}{user}"))
    })
}

fn refused(tool: &mut Tool<'_, '_>, path: &str, errno: Errno) -> i32 {
    let gnu = match errno {
        Errno::EACCES => format!("Permission denied.\n{}: cannot lock {path}; try again later.", tool.call.name),
        errno => format!("cannot open {path}: {errno}"),
    };
    let text = tool.wording(format!("{path}: {errno}"), gnu);
    tool.complain(text);
    1
}

/// Makes the account; gives the exit code.
fn add_user(tool: &mut Tool<'_, '_>, wanted: &Wanted) -> i32 {
    let accounts = Accounts::read(tool.system);
    let name = &wanted.name;
    let uid = wanted.uid.unwrap_or_else(|| free(|uid| accounts.user(uid).is_some(), wanted.system));
    let gid = match &wanted.group {
        Some(group) => {
            let found = accounts.group_named(group).or_else(|| accounts.group(group.parse().ok()?));
            let Some(found) = found else {
                let text = tool.wording(format!("unknown group {group}"), format!("group '{group}' does not exist"));
                tool.complain(text);
                return if tool.is_gnu() { 6 } else { 1 };
            };
            found.gid
        }
        None if !wanted.own_group => accounts.group_named("nogroup").map_or(65_534, |group| group.gid),
        None => {
            let same = Some(uid).filter(|gid| accounts.group(*gid).is_none());
            let gid = same.unwrap_or_else(|| free(|gid| accounts.group(gid).is_some(), wanted.system));
            if let Err(errno) = append(tool, "/etc/group", &format!("{name}:x:{gid}:")) {
                return refused(tool, "/etc/group", errno);
            }
            gid
        }
    };
    let home = wanted.home.clone().unwrap_or_else(|| format!("/home/{name}"));
    let default_shell = match (tool.is_gnu(), wanted.system) {
        (_, true) if !tool.is_gnu() => "/sbin/nologin",
        _ => "/bin/sh",
    };
    let shell = wanted.shell.as_deref().unwrap_or(default_shell);
    let line = format!("{name}:x:{uid}:{gid}:{}:{home}:{shell}", wanted.comment);
    if let Err(errno) = append(tool, "/etc/passwd", &line) {
        return refused(tool, "/etc/passwd", errno);
    }
    if tool.system.status("/etc/shadow", true).is_ok()
        && let Err(errno) = append(tool, "/etc/shadow", &format!("{name}:!:0:0:99999:7:::"))
    {
        return refused(tool, "/etc/shadow", errno);
    }
    for group in &wanted.others {
        if accounts.group_named(group).is_none() {
            tool.complain(format_args!("group '{group}' does not exist"));
            return 6;
        }
        if let Err(errno) = join_group(tool, group, name) {
            return refused(tool, "/etc/group", errno);
        }
    }
    if wanted.makes_home && tool.system.status(&home, true).is_err() {
        let made = make_parents(tool.system, &home).and_then(|_| tool.system.make_directory(&home, 0o755));
        let made = made.and_then(|()| {
            tool.system.set_metadata(&home, true, |metadata| {
                metadata.uid = uid;
                metadata.gid = gid;
            })
        });
        if let Err(errno) = made {
            tool.complain(format_args!("{home}: {errno}"));
            return 1;
        }
    }
    0
}

fn taken(tool: &mut Tool<'_, '_>, kind: &str, name: &str) -> i32 {
    let text = tool.wording(format!("{kind} '{name}' in use"), format!("{kind} '{name}' already exists"));
    tool.complain(text);
    if tool.is_gnu() { 9 } else { 1 }
}

fn number(given: &Given, letter: char) -> Option<u32> {
    given.value(letter).and_then(|text| text.parse().ok())
}

/// `adduser`.
pub fn adduser(tool: &mut Tool<'_, '_>) -> i32 {
    let options = if tool.is_gnu() { &DEBIAN_ADDUSER } else { &BUSYBOX_ADDUSER };
    let given = match tool.options(options) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let Some(name) = given.operands.first().cloned() else { return tool.refuse(options) };
    if let Some(group) = given.operands.get(1).cloned() {
        return join(tool, &name, &group);
    }
    if Accounts::read(tool.system).user_named(&name).is_some() {
        return taken(tool, "user", &name);
    }
    let (gnu, system) = (tool.is_gnu(), given.has('S'));
    if !given.has('D') && !system {
        return tool.not_modelled("setting a password (give -D, or --disabled-password on Debian)");
    }
    let wanted = Wanted {
        uid: number(&given, 'u'),
        group: given.value('G').map(str::to_owned),
        others: Vec::new(),
        home: given.value('h').map(str::to_owned).or_else(|| (gnu && system).then(|| "/nonexistent".to_owned())),
        shell: given.value('s').map(str::to_owned).or_else(|| match (gnu, system) {
            (true, true) => Some("/usr/sbin/nologin".to_owned()),
            (true, false) => Some("/bin/bash".to_owned()),
            _ => None,
        }),
        comment: given.value('g').unwrap_or(if gnu { "" } else { "Linux User,,," }).to_owned(),
        makes_home: !(given.has('H') || gnu && system && !given.has('h')),
        own_group: !system || given.has('P'),
        system,
        name,
    };
    add_user(tool, &wanted)
}

fn join(tool: &mut Tool<'_, '_>, user: &str, group: &str) -> i32 {
    let accounts = Accounts::read(tool.system);
    for (kind, known, name) in
        [("user", accounts.user_named(user).is_some(), user), ("group", accounts.group_named(group).is_some(), group)]
    {
        if !known {
            tool.complain(format_args!("unknown {kind} {name}"));
            return 1;
        }
    }
    match join_group(tool, group, user) {
        Ok(()) => 0,
        Err(errno) => refused(tool, "/etc/group", errno),
    }
}

/// `addgroup` and `groupadd`.
pub fn addgroup(tool: &mut Tool<'_, '_>) -> i32 {
    let is_groupadd = tool.call.name == "groupadd";
    let debian = DEBIAN_ADDUSER;
    let options = match (is_groupadd, tool.is_gnu()) {
        (true, _) => &GROUPADD,
        (false, true) => &debian,
        (false, false) => &BUSYBOX_ADDGROUP,
    };
    let given = match tool.options(options) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let (name, gid_letter) = match given.operands.as_slice() {
        [name] => (name.clone(), if is_groupadd || !tool.is_gnu() { 'g' } else { 'G' }),
        [user, group] => {
            let (user, group) = (user.clone(), group.clone());
            return join(tool, &user, &group);
        }
        _ => return tool.refuse(options),
    };
    let accounts = Accounts::read(tool.system);
    if accounts.group_named(&name).is_some() {
        return if given.has('f') { 0 } else { taken(tool, "group", &name) };
    }
    let wanted = number(&given, gid_letter);
    if let Some(gid) = wanted.filter(|gid| accounts.group(*gid).is_some()) {
        let text = tool.wording(format!("gid '{gid}' in use"), format!("GID '{gid}' already exists"));
        tool.complain(text);
        return if tool.is_gnu() { 4 } else { 1 };
    }
    let system = given.has('S') || given.has('r');
    let gid = wanted.unwrap_or_else(|| free(|gid| accounts.group(gid).is_some(), system));
    match append(tool, "/etc/group", &format!("{name}:x:{gid}:")) {
        Ok(()) => 0,
        Err(errno) => refused(tool, "/etc/group", errno),
    }
}

/// `useradd` and `usermod`.
pub fn useradd(tool: &mut Tool<'_, '_>) -> i32 {
    let given = match tool.options(&USERADD) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let Some(name) = given.operands.first().cloned() else { return tool.refuse(&USERADD) };
    let others: Vec<String> =
        given.value('G').map_or_else(Vec::new, |groups| groups.split(',').map(str::to_owned).collect());
    let exists = Accounts::read(tool.system).user_named(&name).is_some();
    if tool.call.name == "usermod" {
        if !exists {
            tool.complain(format_args!("user '{name}' does not exist"));
            return 6;
        }
        if others.is_empty() || !given.has('a') {
            return tool.not_modelled("usermod without -aG");
        }
        return others.iter().map(|group| join(tool, &name, group)).max().unwrap_or(0);
    }
    if exists {
        return taken(tool, "user", &name);
    }
    let wanted = Wanted {
        uid: number(&given, 'u'),
        group: given.value('g').map(str::to_owned).or_else(|| given.has('N').then(|| "users".to_owned())),
        others,
        home: given.value('d').map(str::to_owned),
        shell: given.value('s').map(str::to_owned),
        comment: given.value('c').unwrap_or("").to_owned(),
        system: given.has('r'),
        makes_home: given.has('m'),
        own_group: true,
        name,
    };
    add_user(tool, &wanted)
}

/// `deluser`, `userdel`, `delgroup`, `groupdel`.
pub fn delete(tool: &mut Tool<'_, '_>) -> i32 {
    let is_group = matches!(tool.call.name.as_str(), "delgroup" | "groupdel");
    let options = Options::short("[--remove-home] NAME", "rf", "").with_long(&[("remove-home", 'r'), ("remove", 'r')]);
    let given = match tool.options(&options) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let Some(name) = given.operands.first().cloned() else { return tool.refuse(&options) };
    let accounts = Accounts::read(tool.system);
    let (user, group): (Option<&User>, Option<&Group>) = (accounts.user_named(&name), accounts.group_named(&name));
    let known = if is_group { group.is_some() } else { user.is_some() };
    if !known {
        let kind = if is_group { "group" } else { "user" };
        let text = tool.wording(format!("unknown {kind} {name}"), format!("{kind} '{name}' does not exist"));
        tool.complain(text);
        return if tool.is_gnu() { 6 } else { 1 };
    }
    let files: &[&str] = if is_group { &["/etc/group"] } else { &["/etc/passwd", "/etc/shadow", "/etc/group"] };
    for path in files
        .iter()
        .filter(|path| **path != "/etc/shadow" || tool.system.status(path, true).is_ok())
        .copied()
        .collect::<Vec<_>>()
    {
        let kept = |line: &str| (line.split(':').next() != Some(name.as_str())).then(|| line.to_owned());
        if let Err(errno) = rewrite(tool, path, kept) {
            return refused(tool, path, errno);
        }
    }
    if let Some(home) = user.map(|user| user.home.clone()).filter(|_| given.has('r')) {
        let remover = super::files::Remover { recursive: true, force: true, verbose: false, empty_directories: false };
        remover.remove(tool, &home);
    }
    0
}
