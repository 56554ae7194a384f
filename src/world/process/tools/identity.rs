//! Who and where one is, and when: `id`, `whoami`, `groups`, `hostname`, `pwd`, `uname`, `date`, `arch`, `getent`.

use std::collections::BTreeSet;

use super::accounts::Accounts;
use super::call::Tool;
use super::files::read_date;
use super::options::Options;
use super::size::{date as print_date, format_date};
use crate::world::machine::preset::Family;
use crate::world::process::capabilities::Capability;

/// `id`.
pub fn id(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options = Options::short("[-ugGnr] [USER]", "ugGnr", "zZ");
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let accounts = Accounts::read(tool.system);
    let (uid, gid, mut groups) = match given.operands.first() {
        None => {
            let credentials = tool.system.credentials();
            (credentials.uid, credentials.gid, credentials.groups)
        }
        Some(name) => {
            let found = accounts.user_named(name).or_else(|| accounts.user(name.parse().ok()?));
            let Some(user) = found else {
                let text = tool.wording(format!("unknown user {name}"), format!("'{name}': no such user"));
                tool.complain(text);
                return 1;
            };
            let member = |group: &&super::accounts::Group| group.members.contains(&user.name);
            (user.uid, user.gid, accounts.groups.iter().filter(member).map(|group| group.gid).collect())
        }
    };
    // BusyBox prints what `getgroups(2)` gives, even when it says a group twice; GNU puts the process's own first, each once.
    let is_plain = !given.has('u') && !given.has('g') && !given.has('G');
    if tool.is_gnu() || !given.operands.is_empty() || !is_plain || groups.is_empty() {
        groups.retain(|group| *group != gid);
        let mut seen = BTreeSet::new();
        groups.retain(|group| !tool.is_gnu() || seen.insert(*group));
        groups.insert(0, gid);
    }
    let named = given.has('n');
    let user = if named { accounts.user_name(uid) } else { uid.to_string() };
    let group = |gid: u32| if named { accounts.group_name(gid) } else { gid.to_string() };
    if given.has('u') {
        tool.say(user);
    } else if given.has('g') {
        tool.say(group(gid));
    } else if given.has('G') {
        let all: Vec<String> = groups.iter().map(|gid| group(*gid)).collect();
        tool.say(all.join(" "));
    } else {
        let with_name = |number: u32, name: Option<&str>| match name {
            Some(name) => format!("{number}({name})"),
            None => number.to_string(),
        };
        let of_group = |gid: u32| with_name(gid, accounts.group(gid).map(|group| group.name.as_str()));
        let all: Vec<String> = groups.iter().map(|gid| of_group(*gid)).collect();
        let user = with_name(uid, accounts.user(uid).map(|user| user.name.as_str()));
        tool.say(format_args!("uid={user} gid={} groups={}", of_group(gid), all.join(",")));
    }
    0
}

/// `whoami`.
pub fn whoami(tool: &mut Tool<'_, '_>) -> i32 {
    let uid = tool.system.credentials().uid;
    match Accounts::read(tool.system).user(uid) {
        Some(user) => {
            tool.say(&user.name);
            0
        }
        None => {
            let gnu = format!("cannot find name for user ID {uid}");
            let text = tool.wording(format!("unknown uid {uid}"), gnu);
            tool.complain(text);
            1
        }
    }
}

/// `groups`.
pub fn groups(tool: &mut Tool<'_, '_>) -> i32 {
    let credentials = tool.system.credentials();
    let accounts = Accounts::read(tool.system);
    let mut all = vec![credentials.gid];
    all.extend(credentials.groups.iter().copied().filter(|group| *group != credentials.gid));
    let names: Vec<String> = all.iter().map(|gid| accounts.group_name(*gid)).collect();
    tool.say(names.join(" "));
    0
}

/// `hostname`.
pub fn hostname(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options = Options::short("[-sidf] [HOSTNAME | -F FILE]", "sidfI", "F");
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let name = tool.system.host_name();
    let from_file = given.value('F').map(str::to_owned);
    if let Some(new) =
        given.operands.first().cloned().or_else(|| from_file.as_deref().and_then(|path| first_line(tool, path)))
    {
        // The model keeps the names of its hosts.
        if tool.system.me().is_some_and(|me| me.container.is_none()) {
            return tool.not_modelled("another name for the host");
        }
        if let Err(errno) = tool.system.set_host_name(&new) {
            let text = tool.wording(format!("sethostname: {errno}"), "you must be root to change the host name");
            tool.complain(text);
            return 1;
        }
        return 0;
    }
    if from_file.is_some() {
        return 1;
    }
    if given.has('i') || given.has('I') {
        let mut addresses = super::network::own_addresses(tool.system);
        if given.has('i') {
            addresses.truncate(1);
        }
        let text: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        tool.say(format_args!("{}{}", text.join(" "), if given.has('I') { " " } else { "" }));
    } else if given.has('f') {
        let full = tool.system.canonical_name(&name);
        tool.say(full);
    } else if given.has('d') {
        return domain_name(tool);
    } else if given.has('s') {
        tool.say(name.split('.').next().unwrap_or(&name));
    } else {
        tool.say(name);
    }
    0
}

/// `dnsdomainname`, and `hostname -d`: nothing is said where the full name has no domain.
pub fn domain_name(tool: &mut Tool<'_, '_>) -> i32 {
    let full = tool.system.canonical_name(&tool.system.host_name());
    if let Some((_, domain)) = full.split_once('.') {
        tool.say(domain);
    }
    0
}

/// The first line of a file that is no comment; what is wrong with the file is said.
fn first_line(tool: &mut Tool<'_, '_>, path: &str) -> Option<String> {
    match tool.system.read_file(path) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned)
        }
        Err(errno) => {
            let text = tool.wording(format!("{path}: {errno}"), format!("{path}: {errno}"));
            tool.complain(text);
            None
        }
    }
}

/// `pwd`.
pub fn pwd(tool: &mut Tool<'_, '_>) -> i32 {
    if let Err(code) = tool.options(&Options::short("", "LP", "")) {
        return code;
    }
    let directory = tool.system.working_directory();
    tool.say(directory);
    0
}

/// `uname`.
pub fn uname(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options = Options::short("[-amnrspvio]", "amnrspvio", "").with_long(&[
        ("all", 'a'),
        ("kernel-release", 'r'),
        ("machine", 'm'),
        ("kernel-name", 's'),
        ("nodename", 'n'),
    ]);
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let kernel = tool.system.look();
    let outside = tool.system.me().is_some_and(|me| me.container.is_none());
    let family = if outside { tool.system.machine().family() } else { Family::Linux };
    let release = if outside { &kernel.release } else { kernel.release_in_containers() };
    let (name, system) = match family {
        Family::Linux => ("Linux", "GNU/Linux"),
        Family::Windows => ("Windows_NT", "Windows"),
        Family::MacOs => ("Darwin", "Darwin"),
    };
    let architecture = match &*kernel.architecture {
        "aarch64" if family == Family::MacOs => "arm64",
        other => other,
    };
    let version = match family {
        Family::Linux => VERSION.to_owned(),
        _ => format!("{} {release}", tool.system.machine().system_name()),
    };
    let parts = [
        ('s', name.to_owned()),
        ('n', tool.system.host_name()),
        ('r', release.to_string()),
        ('v', version),
        ('m', architecture.to_owned()),
        ('o', system.to_owned()),
    ];
    let none = !"amnrspvio".chars().any(|letter| given.has(letter));
    let wanted = |letter: char| given.has('a') || given.has(letter) || (none && letter == 's');
    let mut words: Vec<String> =
        parts.into_iter().filter(|(letter, _)| wanted(*letter)).map(|(_, word)| word).collect();
    if words.is_empty() {
        words.push("unknown".to_owned());
    }
    // BusyBox in Alpine calls the system «Linux».
    if !tool.is_gnu() && tool.system.status("/etc/alpine-release", true).is_ok() {
        for word in &mut words {
            if word == "GNU/Linux" {
                "Linux".clone_into(word);
            }
        }
    }
    tool.say(words.join(" "));
    0
}

/// What `uname -v` prints.
pub const VERSION: &str = "#1 SMP PREEMPT_DYNAMIC Debian 6.12.48-1 (2025-09-20)";

/// `arch`.
pub fn arch(tool: &mut Tool<'_, '_>) -> i32 {
    let architecture = tool.system.look().architecture.to_string();
    tool.say(architecture);
    0
}

/// `date`.
pub fn date(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options = Options::short("[OPTIONS] [+FMT] [[-s] TIME]", "uRd:I::r:s:", "Df").with_long(&[
        ("utc", 'u'),
        ("date", 'd'),
        ("iso-8601", 'I'),
        ("rfc-email", 'R'),
        ("reference", 'r'),
        ("set", 's'),
    ]);
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let mut time = tool.system.now();
    if let Some(text) = given.value('d') {
        match read_date(text, time) {
            Some(read) => time = read,
            None => {
                tool.complain(format_args!("invalid date '{text}'"));
                return 1;
            }
        }
    }
    let bare = given.operands.first().filter(|operand| !operand.starts_with('+'));
    let to_set = given.value('s').or(bare.map(String::as_str));
    if let Some(text) = to_set {
        match read_date(text, time) {
            Some(read) => time = read,
            None => {
                tool.complain(format_args!("invalid date '{text}'"));
                return 1;
            }
        }
        // The clock of the world is nobody's to set; containers have no CAP_SYS_TIME.
        if tool.system.credentials().has(Capability::SYS_TIME) {
            return tool.not_modelled("setting the clock");
        }
        let text = tool.wording("can't set date: Operation not permitted", "cannot set date: Operation not permitted");
        tool.complain(text);
    }
    if let Some(path) = given.value('r') {
        match tool.system.status(path, true) {
            Ok(status) => time = status.entry.metadata.modified,
            Err(errno) => {
                tool.complain(format_args!("{path}: {errno}"));
                return 1;
            }
        }
    }
    let format = match given.operands.iter().find_map(|operand| operand.strip_prefix('+')) {
        Some(format) => format.to_owned(),
        None if given.has('R') => "%a, %d %b %Y %H:%M:%S +0000".to_owned(),
        None if given.has('I') => match given.value('I') {
            None | Some("date") => "%Y-%m-%d".to_owned(),
            Some("seconds") => tool.wording("%Y-%m-%dT%H:%M:%S+00:00", "%Y-%m-%dT%H:%M:%S+00:00"),
            Some("minutes") => "%Y-%m-%dT%H:%M+00:00".to_owned(),
            Some(_) => return tool.refuse(&OPTIONS),
        },
        None => tool.wording("%a %b %e %H:%M:%S UTC %Y", "%a %b %e %H:%M:%S UTC %Y"),
    };
    let nanoseconds = format!("{:09}", time.nanoseconds().rem_euclid(1_000_000_000));
    let format = format.replace("%N", &nanoseconds).replace("%3N", &nanoseconds[..3]).replace("%Z", "UTC");
    match format_date(time, &format) {
        Some(text) => {
            tool.say(text);
            0
        }
        None => tool.not_modelled(format_args!("the date format '{format}'")),
    }
}

/// `uptime`.
pub fn uptime(tool: &mut Tool<'_, '_>) -> i32 {
    let now = tool.system.now();
    let up = now.since(tool.system.look().booted).as_secs();
    let (days, hours, minutes) = (up / 86_400, up / 3600 % 24, up / 60 % 60);
    let mut text = String::new();
    if days > 0 {
        text.push_str(&format!("{days} day{}, ", if days == 1 { "" } else { "s" }));
    }
    text.push_str(&if hours > 0 { format!("{hours:2}:{minutes:02}") } else { format!("{minutes} min") });
    let load = super::processes::load(tool.system);
    let clock = print_date(now, "%H:%M:%S");
    let line = tool.wording(
        format!(" {clock} up {text},  load average: {load:.2}, {load:.2}, {load:.2}"),
        format!(" {clock} up {text},  0 users,  load average: {load:.2}, {load:.2}, {load:.2}"),
    );
    tool.say(line);
    0
}

/// `getent` for passwd, group and hosts.
pub fn getent(tool: &mut Tool<'_, '_>) -> i32 {
    let words = tool.call.arguments.clone();
    let file = match words.first().map(String::as_str) {
        Some("passwd") => "/etc/passwd",
        Some("group") => "/etc/group",
        Some("hosts" | "ahosts" | "ahostsv4") => {
            let Some(name) = words.get(1) else { return tool.not_modelled("getent hosts without a name") };
            return match tool.system.lookup_host(name) {
                Some(address) => {
                    tool.say(format_args!("{:<15} {name}", address.to_string()));
                    0
                }
                None => 2,
            };
        }
        Some(other) => {
            tool.complain(format_args!("Unknown database: {other}"));
            return 1;
        }
        None => {
            tool.complain("wrong number of arguments");
            return 1;
        }
    };
    let text = tool.system.read_file(file).unwrap_or_else(|_| std::sync::Arc::from([]));
    let text = String::from_utf8_lossy(&text).into_owned();
    if words.len() == 1 {
        tool.out(text);
        return 0;
    }
    let mut code = 0;
    for key in &words[1..] {
        let is_it = |line: &&str| line.split(':').next() == Some(key) || line.split(':').nth(2) == Some(key);
        match text.lines().find(is_it) {
            Some(line) => tool.say(line),
            None => code = 2,
        }
    }
    code
}
