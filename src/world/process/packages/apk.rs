//! `apk`: Alpine's package manager.
//!
//! Promises: apk-tools 2.14's words; what is installed is in `/lib/apk/db/installed`, what was asked for in `/etc/apk/world`, a fetched
//! index in `/var/cache/apk`; `--no-cache` leaves none behind. Must not know: layers.

use std::collections::BTreeSet;

use super::index::{Index, Package};
use super::requirement::Requirement;
use super::transcript::{Session, made_up};
use crate::world::clock::Time;
use crate::world::filesystem::errno::Errno;

const DATABASE: &str = "/lib/apk/db/installed";
const WORLD: &str = "/etc/apk/world";
/// Where `apk update` keeps the index, and notes its age.
const CACHE: &str = "/var/cache/apk/APKINDEX.tar.gz";
const CACHE_DATE: &str = "/var/cache/apk/APKINDEX.date";
/// What Alpine's base image has: packages, and MiB.
const BASE: (usize, u64) = (16, 7);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Installed {
    name: String,
    version: String,
    /// What a virtual package holds together.
    needs: Vec<String>,
}

/// `apk …`.
pub fn run(session: &mut Session<'_, '_>) -> i32 {
    session.on_failure(|path, errno| match errno {
        Errno::EACCES | Errno::EPERM | Errno::EROFS => {
            (format!("ERROR: Unable to lock database: {errno}\nERROR: Failed to open apk database: {errno}"), 99)
        }
        errno => (format!("ERROR: {path}: {errno}"), 1),
    });
    let mut words = Vec::new();
    let mut flags = BTreeSet::new();
    let mut group = None;
    let mut given = session.arguments.iter();
    while let Some(word) = given.next() {
        match word.as_str() {
            "-t" | "--virtual" => group = given.next().cloned(),
            "-X" | "--repository" => drop(given.next()),
            long if long.starts_with("--") => match long.split_once('=') {
                Some(("--virtual", name)) => group = Some(name.to_owned()),
                _ => drop(flags.insert(long.trim_start_matches('-').to_owned())),
            },
            short if short.starts_with('-') && short.len() > 1 => {
                flags.extend(short.chars().skip(1).map(|letter| match letter {
                    'U' => "update-cache".to_owned(),
                    'q' => "quiet".to_owned(),
                    'u' => "upgrade".to_owned(),
                    other => other.to_string(),
                }));
            }
            _ => words.push(word.clone()),
        }
    }
    const KNOWN: [&str; 10] = [
        "no-cache",
        "update-cache",
        "update",
        "quiet",
        "upgrade",
        "no-progress",
        "no-interactive",
        "version",
        "f",
        "v",
    ];
    if let Some(unknown) = flags.iter().find(|flag| !KNOWN.contains(&flag.as_str())) {
        session.complain(format_args!("ERROR: the option {unknown} of apk is not modelled in Layerlab"));
        return 1;
    }
    let Some((command, names)) = words.split_first() else {
        session.say("apk-tools 2.14.9, compiled for x86_64.");
        return i32::from(!flags.contains("version"));
    };
    if matches!(command.as_str(), "add" | "del" | "update" | "upgrade") && session.system.credentials().uid != 0 {
        session.complain(
            "ERROR: Unable to lock database: Permission denied\nERROR: Failed to open apk database: Permission denied",
        );
        return 99;
    }
    let installed = installed(session);
    let mut change = Change { installed, flags, session };
    match command.as_str() {
        "add" => change.add(names, group),
        "del" => change.delete(names),
        "update" => change.update(),
        "upgrade" => change.upgrade(),
        "info" | "list" => change.info(names),
        other => {
            change.session.complain(format_args!("ERROR: '{other}' is not an apk command. See 'apk --help'."));
            1
        }
    }
}

/// The packages of the database; the base image's own part is made up.
fn installed(session: &Session<'_, '_>) -> Vec<Installed> {
    let text = session.text(DATABASE).unwrap_or_default();
    let stanzas = text.split("\n\n").map(str::trim_start).filter(|stanza| stanza.starts_with("P:"));
    let read = stanzas.filter_map(|stanza| {
        let field = |name: &str| stanza.lines().find_map(|line| line.strip_prefix(name));
        let needs = field("D:").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        Some(Installed { name: field("P:")?.to_owned(), version: field("V:")?.to_owned(), needs })
    });
    read.collect()
}

struct Change<'c, 'a, 's> {
    session: &'c mut Session<'a, 's>,
    flags: BTreeSet<String>,
    installed: Vec<Installed>,
}

impl<'a> Change<'_, 'a, '_> {
    fn index(&self) -> &'a Index {
        self.session.indexes.apk()
    }

    fn release(&self) -> String {
        let text = self.session.text("/etc/alpine-release").unwrap_or_default();
        let mut parts = text.trim().split('.');
        format!("v{}.{}", parts.next().unwrap_or("3"), parts.next().unwrap_or("22"))
    }

    /// Fetches both indexes.
    fn fetch(&mut self) {
        let release = self.release();
        for part in ["main", "community"] {
            let url = format!("https://dl-cdn.alpinelinux.org/alpine/{release}/{part}/x86_64/APKINDEX.tar.gz");
            self.say(format!("fetch {url}"));
            let size = self.index().size;
            self.session.download(size);
        }
    }

    fn say(&mut self, line: String) {
        if !self.flags.contains("quiet") {
            self.session.say(line);
        }
    }

    fn update(&mut self) -> i32 {
        self.fetch();
        self.keep_index();
        let release = self.release();
        for part in ["main", "community"] {
            self.say(format!("{release}.0-1-g0 [https://dl-cdn.alpinelinux.org/alpine/{release}/{part}]"));
        }
        let count = self.index().packages().len();
        self.say(format!("OK: {count} distinct packages available"));
        0
    }

    fn keep_index(&mut self) {
        let date = self.session.now().timestamp().to_string();
        let size = self.index().size;
        self.session.put(CACHE, made_up("APKINDEX", &date, size * 2), 0o644);
        self.session.put_text(CACHE_DATE, &format!("{date}\n"));
    }

    /// As of when packages are known; nothing without an index.
    fn known(&mut self) -> Option<Time> {
        if ["no-cache", "update-cache", "update"].iter().any(|flag| self.flags.contains(*flag)) {
            self.fetch();
            if !self.flags.contains("no-cache") {
                self.keep_index();
            }
            return Some(self.session.now());
        }
        let date = self.session.text(CACHE_DATE).filter(|_| self.session.exists(CACHE));
        let known = date.and_then(|date| Time::parse_rfc3339(date.trim()));
        if known.is_none() {
            let release = self.release();
            for part in ["main", "community"] {
                let url = format!("https://dl-cdn.alpinelinux.org/alpine/{release}/{part}");
                self.session.complain(format_args!("WARNING: opening from cache {url}: No such file or directory"));
            }
        }
        known
    }

    fn has(&self, name: &str) -> bool {
        self.installed.iter().any(|known| known.name == name)
            || self.index().get(name).is_some_and(|package| package.base)
    }

    fn add(mut self, names: &[String], group: Option<String>) -> i32 {
        let index = self.index();
        let known = self.known();
        let wanted: Vec<Requirement> =
            names.iter().filter_map(|name| Requirement::parse(&name.replace('~', "~="))).collect();
        let mut problems = Vec::new();
        let mut order: Vec<(&Package, String)> = Vec::new();
        for requirement in &wanted {
            let found = index.get(&requirement.name).filter(|_| known.is_some() || self.has(&requirement.name));
            let required = group.as_deref().map_or_else(
                || format!("world[{}{}]", requirement.name, requirement.written),
                |group| format!("{group}-{}[{}]", self.virtual_version(), requirement.name),
            );
            let Some(package) = found else {
                problems.push(format!("  {} (no such package):\n    required by: {required}", requirement.name));
                continue;
            };
            let at = known.unwrap_or(Time::EPOCH);
            let chosen = package.at(at).find(|version| requirement.allows(version)).map(str::to_owned);
            match chosen {
                Some(version) => self.with_needs(package, version, at, &mut order),
                None => {
                    let newest = package.newest(at).unwrap_or_default();
                    problems.push(format!("  {}-{newest}:\n    breaks: {required}", requirement.name));
                }
            }
        }
        if !problems.is_empty() {
            self.session.complain(format_args!("ERROR: unable to select packages:\n{}", problems.join("\n")));
            return i32::try_from(problems.len()).unwrap_or(1);
        }
        let total = order.len() + usize::from(group.is_some());
        for (at, (package, version)) in order.iter().enumerate() {
            self.say(format!("({}/{total}) Installing {} ({version})", at + 1, package.name));
            self.session.download(package.download);
            self.session.unpack(package.installed);
            self.install_files(package, version);
            self.installed.push(Installed { name: package.name.clone(), version: version.clone(), needs: Vec::new() });
        }
        let world = match &group {
            Some(group) => {
                let version = self.virtual_version();
                self.say(format!("({total}/{total}) Installing {group} ({version})"));
                let needs = wanted.iter().map(|requirement| requirement.name.clone()).collect();
                self.installed.push(Installed { name: group.clone(), version, needs });
                vec![group.clone()]
            }
            None => names.to_vec(),
        };
        self.change_world(&world, &[]);
        self.finish(total > 0)
    }

    fn virtual_version(&self) -> String {
        let digits: String =
            self.session.now().timestamp().to_string().chars().filter(char::is_ascii_digit).take(14).collect();
        format!("{}.{}", digits.get(..8).unwrap_or_default(), digits.get(8..).unwrap_or_default())
    }

    /// A package behind what it needs.
    fn with_needs(&self, package: &'a Package, version: String, at: Time, order: &mut Vec<(&'a Package, String)>) {
        if self.has(&package.name) || order.iter().any(|(known, _)| known.name == package.name) {
            return;
        }
        for need in &package.needs {
            let needed = self.index().get(need);
            if let Some((needed, version)) = needed.and_then(|needed| Some((needed, needed.newest(at)?.to_owned()))) {
                self.with_needs(needed, version, at, order);
            }
        }
        order.push((package, version));
    }

    fn install_files(&mut self, package: &Package, version: &str) {
        for (path, size) in &package.programs {
            self.session.put_program(path, *size);
        }
        self.session.put(data_path(package), made_up(&package.name, version, package.data_size()), 0o644);
    }

    fn delete(mut self, names: &[String]) -> i32 {
        let index = self.index();
        let mut going: Vec<String> =
            names.iter().filter(|name| self.installed.iter().any(|known| known.name == **name)).cloned().collect();
        if going.is_empty() {
            return self.finish(false);
        }
        // What only those needed that go, goes too.
        let world: Vec<String> = self.world().into_iter().filter(|name| !going.contains(name)).collect();
        loop {
            let left: Vec<&Installed> = self.installed.iter().filter(|known| !going.contains(&known.name)).collect();
            let is_needed = |name: &str| {
                world.iter().any(|wanted| wanted == name)
                    || left.iter().any(|known| {
                        let needs = index.get(&known.name).map_or(&[][..], |package| &package.needs);
                        needs.iter().chain(&known.needs).any(|need| need == name)
                    })
            };
            match left.iter().find(|known| !is_needed(&known.name)).map(|known| known.name.clone()) {
                Some(name) => going.push(name),
                None => break,
            }
        }
        let total = going.len();
        for (at, name) in going.iter().enumerate() {
            let version = self.installed.iter().find(|known| known.name == *name).map(|known| known.version.clone());
            self.say(format!("({}/{total}) Purging {name} ({})", at + 1, version.unwrap_or_default()));
            if let Some(package) = index.get(name) {
                package.programs.keys().for_each(|path| self.session.remove(path));
                self.session.remove(data_path(package));
            }
        }
        self.installed.retain(|known| !going.contains(&known.name));
        self.change_world(&[], names);
        self.finish(true)
    }

    fn upgrade(mut self) -> i32 {
        let index = self.index();
        let at = self.known().unwrap_or(Time::EPOCH);
        let newer: Vec<(usize, &Package, String)> = (self.installed.iter().enumerate())
            .filter_map(|(place, known)| {
                let package = index.get(&known.name)?;
                let newest = package.newest(at).filter(|newest| *newest != known.version)?;
                Some((place, package, newest.to_owned()))
            })
            .collect();
        let total = newer.len();
        for (number, (place, package, version)) in newer.into_iter().enumerate() {
            let old = std::mem::replace(&mut self.installed[place].version, version.clone());
            self.say(format!("({}/{total}) Upgrading {} ({old} -> {version})", number + 1, package.name));
            self.session.download(package.download);
            self.session.unpack(package.installed);
            self.install_files(package, &version);
        }
        self.finish(total > 0)
    }

    fn info(self, names: &[String]) -> i32 {
        let index = self.index();
        let base = index.packages().iter().filter(|package| package.base).map(|package| package.name.clone());
        let mut all: Vec<String> = self.installed.iter().map(|known| known.name.clone()).chain(base).collect();
        all.sort_unstable();
        let shown: Vec<&String> = all.iter().filter(|name| names.is_empty() || names.contains(name)).collect();
        let found = !shown.is_empty();
        shown.into_iter().for_each(|name| self.session.say(name));
        i32::from(!found)
    }

    fn world(&self) -> Vec<String> {
        let text = self.session.text(WORLD).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn change_world(&mut self, more: &[String], fewer: &[String]) {
        let mut world: BTreeSet<String> = self.world().into_iter().collect();
        world.extend(more.iter().cloned());
        world.retain(|name| !fewer.contains(name));
        let text: String = world.iter().map(|name| format!("{name}\n")).collect();
        self.session.put_text(WORLD, &text);
    }

    fn finish(&mut self, changed: bool) -> i32 {
        let index = self.index();
        if changed {
            let busybox =
                self.index().get("busybox").and_then(|package| package.newest(Time::EPOCH)).unwrap_or("1.37.0-r19");
            self.say(format!("Executing busybox-{busybox}.trigger"));
            let mut text = String::new();
            for known in &self.installed {
                text.push_str(&format!(
                    "P:{}\nV:{}\nA:x86_64\nD:{}\n\n",
                    known.name,
                    known.version,
                    known.needs.join(" ")
                ));
            }
            self.session.put_text(DATABASE, &text);
        }
        let bytes: u64 =
            self.installed.iter().filter_map(|known| index.get(&known.name)).map(|package| package.installed).sum();
        let (packages, size) = (BASE.0 + self.installed.len(), BASE.1 + bytes.div_ceil(1 << 20));
        self.say(format!("OK: {size} MiB in {packages} packages"));
        0
    }
}

fn data_path(package: &Package) -> String {
    match &package.library {
        Some(library) => format!("/usr/lib/{library}"),
        None => format!("/usr/lib/{}.data", package.name),
    }
}
