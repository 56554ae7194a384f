//! What dpkg knows: which packages are installed, and which files they brought; and `dpkg -l`, `dpkg -s`, `dpkg -L`.
//!
//! Promises: the knowledge is in `/var/lib/dpkg` and nowhere else: what a layer has there is installed. Must not know: where packages
//! come from.

use super::index::{Index, Package};
use super::transcript::{Session, made_up};

const STATUS: &str = "/var/lib/dpkg/status";

/// An installed package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    pub name: String,
    pub version: String,
    /// It came because another one needs it.
    pub automatic: bool,
}

/// The packages in the status file, in its order; the base image's own are not described there.
pub fn installed(session: &Session<'_, '_>) -> Vec<Installed> {
    let text = session.text(STATUS).unwrap_or_default();
    let field = |stanza: &str, name: &str| {
        stanza.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(": ")?.to_owned()))
    };
    let stanzas = text.split("\n\n").filter(|stanza| stanza.trim_start().starts_with("Package: "));
    let read = stanzas.filter_map(|stanza| {
        let stanza = stanza.trim_start();
        Some(Installed {
            name: field(stanza, "Package")?,
            version: field(stanza, "Version")?,
            automatic: stanza.contains("\nAuto-Installed: 1"),
        })
    });
    read.collect()
}

/// Writes the status file anew. Its size is about that of the real one: the base's part is made up.
pub fn write_status(session: &mut Session<'_, '_>, index: &Index, packages: &[Installed]) {
    let mut text = String::new();
    for package in packages {
        let size = index.get(&package.name).map_or(0, |known| known.installed / 1024);
        let automatic = if package.automatic { "Auto-Installed: 1\n" } else { "" };
        text.push_str(&format!(
            "Package: {}\nStatus: install ok installed\nInstalled-Size: {size}\nArchitecture: amd64\nVersion: {}\n{automatic}\n",
            package.name, package.version
        ));
    }
    session.put_text(STATUS, &text);
}

/// The files that a package brings.
pub fn install_files(session: &mut Session<'_, '_>, package: &Package, version: &str) {
    let mut list = String::from("/.\n");
    for (path, size) in &package.programs {
        session.put_program(path, *size);
        list.push_str(&format!("{path}\n"));
    }
    let folder = format!("/usr/lib/{}-linux-gnu", session.system.look().architecture);
    let data = match &package.library {
        Some(library) => format!("{folder}/{library}"),
        None if package.name.starts_with("lib") && !package.name.ends_with("-dev") => {
            format!("{folder}/{}.so", package.name)
        }
        None => format!("/usr/share/{0}/{0}.data", package.name),
    };
    session.put(data.clone(), made_up(&package.name, version, package.data_size()), 0o644);
    list.push_str(&format!("{data}\n"));
    session.put_text(format!("/var/lib/dpkg/info/{}.list", package.name), &list);
}

/// Takes away what a package brought.
pub fn remove_files(session: &mut Session<'_, '_>, name: &str) {
    let list = format!("/var/lib/dpkg/info/{name}.list");
    for path in session.text(&list).unwrap_or_default().lines().filter(|path| *path != "/.") {
        session.remove(path);
    }
    session.remove(format!("/usr/share/{name}"));
    session.remove(list);
}

/// `dpkg` and `dpkg-query`, as far as they only look.
pub fn run(session: &mut Session<'_, '_>) -> i32 {
    let words: Vec<&str> = session.arguments.iter().map(String::as_str).collect();
    let packages = installed(session);
    match words.as_slice() {
        ["-l" | "--list", names @ ..] => {
            session.say("Desired=Unknown/Install/Remove/Purge/Hold");
            session.say("| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend");
            session.say("|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)");
            session.say("||/ Name           Version      Architecture Description");
            session.say("+++-==============-============-============-=================================");
            let wanted = packages.iter().filter(|package| names.is_empty() || names.contains(&package.name.as_str()));
            let lines: Vec<String> = wanted
                .map(|package| {
                    format!("ii  {:<14} {:<12} amd64        {}", package.name, package.version, package.name)
                })
                .collect();
            let found = !lines.is_empty();
            lines.iter().for_each(|line| session.say(line));
            i32::from(!found && !names.is_empty())
        }
        ["-s" | "--status", name] => match packages.iter().find(|package| package.name == *name) {
            Some(package) => {
                session
                    .say(format_args!("Package: {name}\nStatus: install ok installed\nVersion: {}", package.version));
                0
            }
            None => {
                session.complain(format_args!(
                    "dpkg-query: package '{name}' is not installed and no information is available"
                ));
                session.complain("Use dpkg --info (= dpkg-deb --info) to examine archive files.");
                1
            }
        },
        ["-L" | "--listfiles", name] => match session.text(&format!("/var/lib/dpkg/info/{name}.list")) {
            Some(list) => {
                session.say(list.trim_end());
                0
            }
            None => {
                session.complain(format_args!("dpkg-query: package '{name}' is not installed"));
                1
            }
        },
        ["--print-architecture"] => {
            session.say("amd64");
            0
        }
        _ => {
            let name = session.name.to_owned();
            session.complain(format_args!(
                "{name}: Layerlab models -l, -s, -L and --print-architecture, and not the rest yet"
            ));
            2
        }
    }
}
