//! What Python finds when it imports: the standard library of each version, packages on the disk, and why there is none.
//!
//! Promises: a package is there when its files are; a compiled one loads when it was compiled for this interpreter and machine and the
//! shared libraries that it needs are there. Figures are in `assets/python.toml`. Must not know what modules do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::parse::Minor;
use crate::diagnostic::Diagnostics;
use crate::world::machine::software::{Catalogue, compiled_for};
use crate::world::process::System;
use crate::world::table::{Reader, Table};

const FILE: &str = "python.toml";
const SHIPPED: &[u8] = include_bytes!("../../../../assets/python.toml");
/// Milliseconds in an hour: nothing takes longer to start.
const HOUR: i64 = 3_600_000;

/// What is known of Python's versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    modules: BTreeSet<String>,
    since: BTreeMap<String, Minor>,
    until: BTreeMap<String, Minor>,
    costs: BTreeMap<String, Cost>,
    /// Bytes of an array that one processor looks through in a second.
    array_rate: u64,
}

/// What starting something takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    pub time: Duration,
    /// Bytes, the interpreter's included.
    pub memory: u64,
}

/// Which interpreter it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpreter {
    /// `3.12.3`.
    pub version: String,
    pub minor: Minor,
    /// Where it is installed: `/usr`, `/usr/local`.
    pub prefix: String,
}

/// What an import came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A module of the standard library.
    Standard,
    /// A package, with its version if that is written down.
    Package { version: Option<String> },
    /// A source beside the script or in a package.
    Source(String),
    /// Nothing: class and message of the error.
    Nothing(&'static str, String),
}

impl Library {
    /// What is part of Layerlab, read once; none if the shipped file is wrong, which a test rules out.
    pub fn known() -> Option<&'static Library> {
        static KNOWN: OnceLock<Option<Library>> = OnceLock::new();
        KNOWN.get_or_init(|| Library::read(SHIPPED).ok()).as_ref()
    }

    fn read(bytes: &[u8]) -> Result<Library, Diagnostics> {
        let mut reader = Reader::new(FILE);
        let library = reader.parse(bytes, |reader, table| {
            table.required_number("format", 1..=1, reader);
            source(reader, table);
            let modules = table.required_text("modules", reader);
            let modules = modules.iter().flat_map(|text| text.value.split_whitespace()).map(str::to_owned).collect();
            let since = versions(reader, table, "since");
            let until = versions(reader, table, "until");
            let entries = table.entries("costs", reader);
            let mut costs = BTreeMap::new();
            for entry in &entries {
                let cost = entry.table("cost", reader, |reader, table| {
                    source(reader, table);
                    let time = table.required_number("start", 0..=HOUR, reader)?;
                    let memory = table.required_number("memory", 0..=1 << 40, reader)?;
                    let time = Duration::from_millis(u64::try_from(time).ok()?);
                    Some(Cost { time, memory: u64::try_from(memory).ok()? })
                });
                costs.extend(cost.flatten().map(|cost| (entry.key.value.clone(), cost)));
            }
            let array_rate = table.table("arrays", reader, |reader, table| {
                source(reader, table);
                table.required_number("rate", 1..=1 << 50, reader).and_then(|rate| u64::try_from(rate).ok())
            });
            Some(Library { modules, since, until, costs, array_rate: array_rate?? })
        });
        match library {
            Some(library) if !reader.found.has_errors() => Ok(library),
            _ => Err(reader.found),
        }
    }

    /// Whether the standard library of a version has a module.
    pub fn has(&self, module: &str, minor: Minor) -> bool {
        let known = self.modules.contains(module) || self.since.contains_key(module) || self.until.contains_key(module);
        known
            && self.since.get(module).is_none_or(|first| minor >= *first)
            && self.until.get(module).is_none_or(|gone| minor < *gone)
    }

    /// What starting the interpreter (`interpreter`) or importing a module takes.
    pub fn cost(&self, name: &str) -> Cost {
        self.costs.get(name).copied().unwrap_or_default()
    }

    /// How long one processor needs to look through an array of so many bytes.
    pub fn array_time(&self, bytes: u64) -> Duration {
        let nanoseconds = u128::from(bytes) * 1_000_000_000 / u128::from(self.array_rate.max(1));
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }
}

fn source(reader: &mut Reader, table: &mut Table<'_, '_>) {
    table.required_text("source", reader);
    table.required_text("read", reader);
    table.text("estimated", reader);
}

fn versions(reader: &mut Reader, table: &mut Table<'_, '_>, key: &'static str) -> BTreeMap<String, Minor> {
    let mut versions = BTreeMap::new();
    for entry in table.entries(key, reader) {
        let minor = entry.number(0..=99, reader).and_then(|minor| Minor::try_from(minor).ok());
        versions.extend(minor.map(|minor| (entry.key.value.clone(), minor)));
    }
    versions
}

impl Interpreter {
    /// The interpreter that an executable is: its version is in its name, and in full in the header files beside it or, in the
    /// official images, in the environment.
    pub fn of(system: &System<'_>, path: &str, environment: &[String]) -> Interpreter {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        let prefix = directory.strip_suffix("/bin").unwrap_or("/usr").to_owned();
        let variable =
            |name: &str| environment.iter().rev().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let from_name = name.strip_prefix("python3.").and_then(|minor| minor.parse().ok());
        let from_environment = || variable("PYTHON_VERSION")?.split('.').nth(1)?.parse().ok();
        let minor: Minor = from_name.or_else(from_environment).unwrap_or(12);
        let header = system.read_file(&format!("{prefix}/include/python3.{minor}/patchlevel.h")).ok();
        let header = header.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let from_header = header.split("PY_VERSION").nth(1).and_then(|rest| rest.split('"').nth(1)).map(str::to_owned);
        let named = || variable("PYTHON_VERSION").filter(|version| version.starts_with(&format!("3.{minor}")));
        let version = from_header.or_else(|| named().map(str::to_owned)).unwrap_or_else(|| format!("3.{minor}.0"));
        Interpreter { version, minor, prefix }
    }

    /// Where packages are looked for (`sys.path` behind the script's directory).
    pub fn places(&self) -> Vec<String> {
        let mut places = vec![format!("/usr/local/lib/python3.{}/site-packages", self.minor)];
        places.push(format!("/usr/local/lib/python3.{}/dist-packages", self.minor));
        if self.prefix != "/usr/local" && self.prefix != "/usr" {
            places.push(format!("{}/lib/python3.{}/site-packages", self.prefix, self.minor));
        }
        places.push("/usr/lib/python3/dist-packages".to_owned());
        places
    }

    /// Looks for a module, by its first name, from a script in `directory`.
    pub fn find(&self, system: &System<'_>, library: &Library, directory: &str, module: &str) -> Found {
        let name = module.split('.').next().unwrap_or(module);
        let file = format!("{directory}/{name}.py");
        if system.status(&file, true).is_ok() {
            return Found::Source(file);
        }
        if library.has(name, self.minor) {
            return Found::Standard;
        }
        for place in self.places() {
            if system.status(&format!("{place}/{name}"), true).is_ok_and(|s| s.entry.node.is_directory()) {
                return self.load(system, &place, name);
            }
            let file = format!("{place}/{name}.py");
            if system.status(&file, true).is_ok() {
                return Found::Package { version: None };
            }
        }
        Found::Nothing("ModuleNotFoundError", format!("No module named '{module}'"))
    }

    fn load(&self, system: &System<'_>, place: &str, name: &str) -> Found {
        let package = Catalogue::known().and_then(|catalogue| catalogue.package_of(name));
        let architecture = system.look().architecture.to_string();
        let names = system.list(&format!("{place}/{name}")).unwrap_or_default();
        let compiled: Vec<&String> = names.iter().filter(|file| file.contains(".cpython-")).collect();
        let wanted = compiled_for(&format!("3.{}", self.minor), &architecture);
        if !compiled.is_empty() && !compiled.iter().any(|file| file.contains(&wanted)) {
            let part = compiled[0].split('.').next().unwrap_or_default();
            return Found::Nothing("ModuleNotFoundError", format!("No module named '{name}.{part}'"));
        }
        for needed in package.map_or(&[][..], |package| &package.libraries) {
            let folders = [format!("/usr/lib/{architecture}-linux-gnu"), "/usr/lib".to_owned(), "/lib".to_owned()];
            if !folders.iter().any(|folder| system.status(&format!("{folder}/{needed}"), true).is_ok()) {
                let text = format!("{needed}: cannot open shared object file: No such file or directory");
                // lightgbm loads its library by ctypes, which raises OSError; extension modules raise ImportError.
                return Found::Nothing(if name == "lightgbm" { "OSError" } else { "ImportError" }, text);
            }
        }
        Found::Package { version: self.version_of(system, place, name) }
    }

    /// The version that is written down beside a package: in the name of its `.dist-info`.
    fn version_of(&self, system: &System<'_>, place: &str, module: &str) -> Option<String> {
        let package = Catalogue::known().and_then(|catalogue| {
            let mut packages = catalogue.packages.iter();
            packages.find(|(_, package)| package.module == module).map(|(name, _)| name.clone())
        });
        let name: Arc<str> = package.unwrap_or_else(|| module.into());
        let prefix = format!("{}-", name.replace('-', "_").to_lowercase());
        let listed = system.list(place).unwrap_or_default();
        listed.iter().find_map(|entry| {
            let entry = entry.to_lowercase();
            Some(entry.strip_prefix(&prefix)?.strip_suffix(".dist-info")?.to_owned())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_library_reads_and_versions_differ() {
        let library = Library::read(SHIPPED).unwrap_or_else(|found| panic!("{}", found.render_short()));
        assert!(library.has("json", 8) && library.has("json", 13));
        assert!(!library.has("tomllib", 8) && library.has("tomllib", 11));
        assert!(library.has("distutils", 11) && !library.has("distutils", 12));
        assert!(!library.has("flask", 12));
        assert_eq!(library.array_time(40_000_000), Duration::from_millis(20));
        assert!(library.cost("flask").memory > library.cost("interpreter").memory);
    }
}
