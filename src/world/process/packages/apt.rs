//! `apt-get` and `apt`: lists that are fetched once and then grow old, packages with what they need and recommend.
//!
//! Promises: apt 2.6's words and order without a terminal; what `update` fetched is in `/var/lib/apt/lists`, and `install` knows no more
//! than that: a version that the mirror has replaced since then is a 404, as for a list in an old layer. Must not know: layers.

mod change;

use std::collections::BTreeSet;

use self::change::Change;
use super::index::{Index, Package};
use super::transcript::{Session, made_up};
use crate::world::clock::Time;
use crate::world::filesystem::errno::Errno;

const LISTS: &str = "/var/lib/apt/lists";
const ARCHIVES: &str = "/var/cache/apt/archives";
/// Where `update` notes how old the lists are: the date in the release file.
const RELEASE: &str = "/var/lib/apt/lists/deb.debian.org_debian_dists_bookworm_InRelease";

/// A distribution's sources: site, suite, bytes of its release file, bytes of its list.
const SOURCES: [(&str, &str, u64, u64); 3] = [
    ("debian", "bookworm", 151_000, 8_791_000),
    ("debian", "bookworm-updates", 55_400, 6_924),
    ("debian-security", "bookworm-security", 48_000, 284_000),
];

/// Options that change nothing here, or what the model does anyway.
const IGNORED: [&str; 12] = [
    "-y",
    "--yes",
    "--assume-yes",
    "-q",
    "-qq",
    "--quiet",
    "--no-install-suggests",
    "--allow-downgrades",
    "--fix-missing",
    "--purge",
    "--auto-remove",
    "-f",
];

/// `apt-get …`.
pub fn run(session: &mut Session<'_, '_>) -> i32 {
    session.on_failure(|path, errno| match errno {
        Errno::ENOSPC => (format!("E: You don't have enough free space in {path}."), 100),
        errno => (format!("dpkg: error: unable to write '{path}': {errno}\nE: Sub-process /usr/bin/dpkg returned an error code (2)"), 100),
    });
    if session.name == "apt" {
        session.complain("\nWARNING: apt does not have a stable CLI interface. Use with caution in scripts.\n");
    }
    let mut words = Vec::new();
    let mut options = BTreeSet::new();
    let mut given = session.arguments.iter();
    while let Some(word) = given.next() {
        match word.as_str() {
            "-o" | "-t" | "--option" | "--target-release" => drop(given.next()),
            option if option.starts_with('-') => drop(options.insert(option.to_owned())),
            _ => words.push(word.clone()),
        }
    }
    let is_known = |option: &str| {
        IGNORED.contains(&option)
            || option.starts_with("-o")
            || matches!(option, "--no-install-recommends" | "--version")
    };
    if let Some(unknown) = options.iter().find(|option| !is_known(option)) {
        session.complain(format_args!("E: Command line option {unknown} is not modelled in Layerlab"));
        return 100;
    }
    if options.contains("--version") {
        session.say("apt 2.6.1 (amd64)");
        return 0;
    }
    let Some((command, packages)) = words.split_first() else {
        session.say("apt 2.6.1 (amd64)\nUsage: apt-get [options] command");
        return 1;
    };
    let changes = matches!(
        command.as_str(),
        "update" | "install" | "remove" | "purge" | "autoremove" | "upgrade" | "dist-upgrade" | "full-upgrade"
    );
    if changes && session.system.credentials().uid != 0 {
        let (file, what) = match command.as_str() {
            "update" => ("/var/lib/apt/lists/lock", "directory /var/lib/apt/lists/"),
            _ => ("/var/lib/dpkg/lock-frontend", "the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?"),
        };
        session.complain(format_args!("E: Could not open lock file {file} - open (13: Permission denied)"));
        session.complain(match command.as_str() {
            "update" => format!("E: Unable to lock {what}"),
            _ => format!("E: Unable to acquire {what}"),
        });
        return 100;
    }
    let yes = options.iter().any(|option| matches!(option.as_str(), "-y" | "--yes" | "--assume-yes" | "-qq"));
    match command.as_str() {
        "update" => update(session),
        "install" => Change::begin(session, yes, !options.contains("--no-install-recommends")).install(packages),
        "upgrade" | "dist-upgrade" | "full-upgrade" => Change::begin(session, yes, false).upgrade(),
        "remove" | "purge" => Change::begin(session, yes, false).remove(packages, false),
        "autoremove" => Change::begin(session, yes, false).remove(&[], true),
        "clean" | "autoclean" => {
            session.remove(format!("{ARCHIVES}/partial"));
            session.directory(format!("{ARCHIVES}/partial"));
            0
        }
        other => {
            session.complain(format_args!("E: Invalid operation {other}"));
            100
        }
    }
}

fn update(session: &mut Session<'_, '_>) -> i32 {
    let fetched = list_date(session);
    let changed = fetched.is_none_or(|at| released(session.indexes.apt(), at, session.now()));
    let mut total = 0;
    let mut number = 0;
    let mut took = std::time::Duration::ZERO;
    for (site, suite, release, _) in SOURCES {
        number += 1;
        let url = format!("http://deb.debian.org/{site} {suite}");
        if changed {
            took += session.download(release);
            session.say(format_args!("Get:{number} {url} InRelease [{}]", size(release)));
            total += release;
        } else {
            took += session.download(0);
            session.say(format_args!("Hit:{number} {url} InRelease"));
        }
    }
    if changed {
        for (site, suite, release, list) in SOURCES {
            number += 1;
            took += session.download(list);
            session.say(format_args!(
                "Get:{number} http://deb.debian.org/{site} {suite}/main amd64 Packages [{}]",
                size(list)
            ));
            total += list;
            let prefix = format!("{LISTS}/deb.debian.org_{site}_dists_{suite}");
            let now = session.now();
            let date = format!("Origin: Debian\nSuite: {suite}\nDate: {}\n", now.timestamp());
            session.put_text(format!("{prefix}_InRelease"), &date);
            // Lists are kept compressed by lz4 in Docker's images: about three times what was fetched.
            let version = now.timestamp().to_string();
            session.put(
                format!("{prefix}_main_binary-amd64_Packages.lz4"),
                made_up(suite, &version, list * 2 + release),
                0o644,
            );
        }
        let speed = (total as f64 / took.as_secs_f64()) as u64;
        session.say(format_args!("Fetched {} in {}s ({}/s)", size(total), took.as_secs(), size(speed)));
    }
    session.say("Reading package lists...");
    0
}

/// When the lists were fetched.
fn list_date(session: &Session<'_, '_>) -> Option<Time> {
    let release = session.text(RELEASE)?;
    release.lines().find_map(|line| Time::parse_rfc3339(line.strip_prefix("Date: ")?))
}

/// Whether something was released between two moments.
fn released(index: &Index, from: Time, to: Time) -> bool {
    index.packages().iter().flat_map(Package::releases).any(|release| from < release.since && release.since <= to)
}

/// Names in lines of at most 80 characters, two spaces in.
fn columns(names: &[&str]) -> String {
    let mut text = String::from(" ");
    let mut width = 1;
    for name in names {
        if width + 1 + name.len() > 79 {
            text.push_str("\n ");
            width = 1;
        }
        text.push(' ');
        text.push_str(name);
        width += 1 + name.len();
    }
    text
}

/// A size as apt prints it: three digits, decimal units.
fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "kB", "MB"] {
        if value < 100.0 && unit != "B" {
            return format!("{value:.1} {unit}");
        }
        if value < 10_000.0 {
            return format!("{value:.0} {unit}");
        }
        value /= 1000.0;
    }
    format!("{value:.1} GB")
}
