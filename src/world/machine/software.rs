//! What is installed on a machine beside its system: interpreters, shared libraries, packages of Python.
//!
//! Promises: everything installed is files on the disk where the real packages put them, so that what is deleted is gone; what
//! there is stands in `assets/software.toml`. Must not know who uses it.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::Machine;
use crate::diagnostic::Diagnostics;
use crate::world::context::Context;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::Node;
use crate::world::filesystem::errno::Errno;
use crate::world::table::{Reader, Table};

const FILE: &str = "software.toml";
const SHIPPED: &[u8] = include_bytes!("../../../assets/software.toml");
/// Bytes of one piece of software at most.
const LARGEST: i64 = 1 << 32;

/// All software that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    /// Bytes of an interpreter of Python, and of its standard library.
    python: (u64, u64),
    pub libraries: BTreeMap<Arc<str>, Library>,
    pub packages: BTreeMap<Arc<str>, Package>,
}

/// A package of shared libraries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// The libraries' names, with their sizes in bytes.
    pub files: BTreeMap<String, u64>,
}

/// A package of Python.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// What is imported.
    pub module: String,
    /// Bytes.
    pub size: u64,
    /// A command that it brings.
    pub command: Option<String>,
    /// Whether it is compiled for one architecture and one version of Python.
    pub compiled: bool,
    /// Shared libraries that it loads.
    pub libraries: Vec<String>,
}

/// One thing to install: `python 3.8.10`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Software {
    Python { version: String },
    Package { name: Arc<str>, version: String },
    Library { name: Arc<str> },
}

impl Catalogue {
    /// The software that is part of Layerlab, read once; none if the shipped file is wrong, which a test rules out.
    pub fn known() -> Option<&'static Catalogue> {
        static KNOWN: OnceLock<Option<Catalogue>> = OnceLock::new();
        KNOWN.get_or_init(|| Catalogue::read(SHIPPED).ok()).as_ref()
    }

    /// Reads a file of software.
    ///
    /// # Errors
    /// All mistakes of the file.
    pub fn read(bytes: &[u8]) -> Result<Catalogue, Diagnostics> {
        let mut reader = Reader::new(FILE);
        let catalogue = reader.parse(bytes, |reader, table| {
            table.required_number("format", 1..=1, reader);
            let python = table.table("python", reader, |reader, table| {
                source(reader, table);
                Some((size(reader, table, "executable")?, size(reader, table, "library")?))
            });
            let entries = table.entries("libraries", reader);
            let library = |entry: &crate::world::table::Entry<'_, '_>, reader: &mut Reader| {
                let files = entry.table("library", reader, |reader, table| {
                    source(reader, table);
                    let files = table.entries("files", reader);
                    let file = |file: &crate::world::table::Entry<'_, '_>, reader: &mut Reader| {
                        let size = file.number(0..=LARGEST, reader).and_then(|size| u64::try_from(size).ok())?;
                        Some((file.key.value.clone(), size))
                    };
                    files.iter().filter_map(|entry| file(entry, reader)).collect()
                })?;
                Some((Arc::from(entry.key.value.as_str()), Library { files }))
            };
            let libraries = entries.iter().filter_map(|entry| library(entry, reader)).collect();
            let entries = table.entries("packages", reader);
            let package = |entry: &crate::world::table::Entry<'_, '_>, reader: &mut Reader| {
                let package = entry.table("package", reader, read_package)??;
                Some((Arc::from(entry.key.value.as_str()), package))
            };
            let packages = entries.iter().filter_map(|entry| package(entry, reader)).collect();
            Some(Catalogue { python: python??, libraries, packages })
        });
        match catalogue {
            Some(catalogue) if !reader.found.has_errors() => Ok(catalogue),
            _ => Err(reader.found),
        }
    }

    /// What `NAME VERSION` or `NAME` means.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence without an end.
    pub fn find(&self, written: &str) -> Result<Software, String> {
        let (name, version) = match written.trim().split_once(char::is_whitespace) {
            Some((name, version)) => (name, Some(version.trim())),
            None => (written.trim(), None),
        };
        if let (Some((name, _)), None) = (self.libraries.get_key_value(name), version) {
            return Ok(Software::Library { name: name.clone() });
        }
        let known = name == "python" || self.packages.contains_key(name);
        if !known {
            return Err(format!("there is no software called `{name}`"));
        }
        let version = version.ok_or_else(|| format!("`{name}` is written with its version"))?;
        let numbers = || version.split('.').map(str::parse::<u32>);
        if numbers().any(|number| number.is_err()) || (name == "python" && numbers().count() != 3) {
            return Err(format!("`{version}` is no version of {name}"));
        }
        Ok(match self.packages.get_key_value(name) {
            Some((name, _)) => Software::Package { name: name.clone(), version: version.to_owned() },
            None => Software::Python { version: version.to_owned() },
        })
    }

    /// All names, to suggest the nearest.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        ["python"].into_iter().chain(self.packages.keys().chain(self.libraries.keys()).map(|name| &**name))
    }

    /// The package that a module comes from.
    pub fn package_of(&self, module: &str) -> Option<&Package> {
        self.packages.values().find(|package| package.module == module)
    }
}

fn size(reader: &mut Reader, table: &mut Table<'_, '_>, key: &'static str) -> Option<u64> {
    table.required_number(key, 0..=LARGEST, reader).and_then(|size| u64::try_from(size).ok())
}

fn source(reader: &mut Reader, table: &mut Table<'_, '_>) {
    table.required_text("source", reader);
    table.required_text("read", reader);
}

fn read_package(reader: &mut Reader, table: &mut Table<'_, '_>) -> Option<Package> {
    source(reader, table);
    let module = table.required_text("module", reader);
    let size = size(reader, table, "size");
    let command = table.text("command", reader);
    let compiled = table.flag("compiled", reader);
    let libraries = table.texts("libraries", reader).unwrap_or_default();
    let libraries = libraries.into_iter().map(|library| library.value).collect();
    Some(Package { module: module?.value, size: size?, command, compiled, libraries })
}

/// `3.12` of `3.12.3`.
pub fn minor(version: &str) -> &str {
    let end = version.match_indices('.').nth(1).map_or(version.len(), |(at, _)| at);
    &version[..end]
}

/// How compiled modules of Python say what they were compiled for: `cpython-312-x86_64-linux-gnu`.
pub fn compiled_for(version: &str, architecture: &str) -> String {
    format!("cpython-{}-{architecture}-linux-gnu", minor(version).replace('.', ""))
}

impl Machine {
    /// Installs software; packages of Python go to the interpreter named last before them, or to all that are there.
    ///
    /// # Errors
    /// What writing to the disk says.
    pub(super) fn install_software(&mut self, context: &mut Context, all: &[Software]) -> Result<(), Errno> {
        let Some(catalogue) = Catalogue::known() else { return Ok(()) };
        let architecture = self.kernel.architecture.to_string();
        let mut python: Option<&str> = None;
        for software in all {
            match software {
                Software::Python { version } => {
                    self.install_python(context, catalogue, version, python.is_none())?;
                    python = Some(version);
                }
                Software::Library { name } => {
                    let Some(library) = catalogue.libraries.get(name) else { continue };
                    for (file, size) in &library.files {
                        let path = format!("/usr/lib/{architecture}-linux-gnu/{file}");
                        self.put_made_up(context, &path, *size)?;
                    }
                }
                Software::Package { name, version } => {
                    let (Some(package), Some(python)) = (catalogue.packages.get(name), python) else { continue };
                    let place = format!("/usr/local/lib/python{}/dist-packages", minor(python));
                    let info = format!("{place}/{}-{version}.dist-info/METADATA", name.replace('-', "_"));
                    let text = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
                    self.put_host_file(context, &info, Content::text(text), 0o644)?;
                    let module = format!("{place}/{}", package.module);
                    let text = format!("__version__ = \"{version}\"\n");
                    self.put_host_file(context, &format!("{module}/__init__.py"), Content::text(text), 0o644)?;
                    let file = match package.compiled {
                        true => format!("_{}.{}.so", package.module, compiled_for(python, &architecture)),
                        false => "app.py".to_owned(),
                    };
                    self.put_made_up(context, &format!("{module}/{file}"), package.size)?;
                    if let Some(command) = &package.command {
                        let content = Content::Program { name: command.as_str().into(), size: 220 };
                        self.put_host_file(context, &format!("/usr/local/bin/{command}"), content, 0o755)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn install_python(
        &mut self,
        context: &mut Context,
        catalogue: &Catalogue,
        version: &str,
        first: bool,
    ) -> Result<(), Errno> {
        let (executable, library) = catalogue.python;
        let name = format!("python{}", minor(version));
        let program = Content::Program { name: "python3".into(), size: executable };
        self.put_host_file(context, &format!("/usr/bin/{name}"), program, 0o755)?;
        let header = format!("#define PY_VERSION              \"{version}\"\n");
        self.put_host_file(context, &format!("/usr/include/{name}/patchlevel.h"), Content::text(header), 0o644)?;
        self.put_made_up(context, &format!("/usr/lib/{name}/lib-dynload/libpython.so"), library)?;
        if first {
            let caller = self.root();
            let metadata = self.kernel.fresh(context.now, &caller, 0o777);
            self.kernel.create(context, &caller, "/usr/bin/python3", Node::Symlink(name.into()), metadata)?;
        }
        Ok(())
    }

    fn put_made_up(&mut self, context: &mut Context, path: &str, size: u64) -> Result<(), Errno> {
        let seed = path.bytes().fold(0_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
        self.put_host_file(context, path, Content::Synthetic { size, seed }, 0o644)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_software_reads_and_is_found_by_name_and_version() {
        let catalogue = Catalogue::read(SHIPPED).unwrap_or_else(|found| panic!("{}", found.render_short()));
        assert_eq!(catalogue.find("python 3.8.10"), Ok(Software::Python { version: "3.8.10".to_owned() }));
        assert_eq!(catalogue.find("libgomp1"), Ok(Software::Library { name: "libgomp1".into() }));
        assert!(catalogue.find("flask").is_err_and(|text| text.contains("with its version")));
        assert!(catalogue.find("flsk 3.0").is_err_and(|text| text.contains("no software")));
        assert!(catalogue.find("python 3.8").is_err(), "an interpreter has three numbers");
    }
}
