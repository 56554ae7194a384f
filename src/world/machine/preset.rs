//! Kinds of machines, the systems on them, and worlds put together of machines, from `assets/presets.toml`.
//!
//! Promises: every system names the public source of its figures; a preset's system is one that is described. Must not know what is
//! done with them.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::figures::Resident;
use super::software::{Catalogue, Software};
use super::{Hardware, MachineSettings};
use crate::diagnostic::Diagnostics;
use crate::world::table::{Entry, Placed, Reader, Table};

const FILE: &str = "presets.toml";
const SHIPPED: &[u8] = include_bytes!("../../../assets/presets.toml");

/// What kind of kernel an operating system has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Linux,
    Windows,
    MacOs,
}

impl Family {
    /// As Docker writes it in a platform: `linux/amd64`.
    pub fn platform(self) -> &'static str {
        match self {
            Family::Linux => "linux",
            Family::Windows => "windows",
            Family::MacOs => "darwin",
        }
    }
}

/// An operating system. Sizes are in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatingSystem {
    /// As people call it.
    pub name: String,
    pub family: Family,
    /// Its short name, as `ID` in `/etc/os-release`.
    pub id: String,
    pub version: String,
    /// The kernel's release, where `{architecture}` stands for `amd64` or `arm64`.
    kernel: String,
    /// What it takes of the memory, its processes included.
    pub memory: u64,
    /// What it takes of the disk.
    pub disk: u64,
    pub processes: Vec<Resident>,
    /// The Linux virtual machine in which Docker Desktop has its engine; none where containers need no other kernel.
    pub desktop: Option<Desktop>,
}

/// The virtual machine of Docker Desktop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desktop {
    /// What `uname -r` prints in it.
    pub kernel: String,
    /// The process that it is to the system it runs on; its memory is that of the Linux and the engine in it, without containers.
    pub process: Resident,
}

/// A kind of machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preset {
    /// What it is, in a line.
    pub about: String,
    pub system: Arc<OperatingSystem>,
    /// As Docker writes it: `amd64`, `arm64`.
    pub architecture: String,
    pub hardware: Hardware,
    pub software: Vec<Software>,
    /// Whether Docker is installed.
    pub engine: bool,
}

/// A world of machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What it is, in a line.
    pub about: String,
    pub machines: Vec<MachineSettings>,
}

/// All presets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presets {
    pub systems: BTreeMap<Arc<str>, Arc<OperatingSystem>>,
    pub machines: BTreeMap<Arc<str>, Preset>,
    /// Worlds for the playground, by name.
    pub worlds: BTreeMap<Arc<str>, Group>,
}

impl OperatingSystem {
    /// What `uname -r` prints.
    pub fn kernel(&self, architecture: &str) -> String {
        self.kernel.replace("{architecture}", architecture)
    }
}

impl Preset {
    /// A machine of this kind.
    pub fn settings(&self, name: &str) -> MachineSettings {
        MachineSettings {
            name: name.into(),
            host_name: name.to_owned(),
            hardware: self.hardware.clone(),
            kernel_release: self.system.kernel(&self.architecture),
            architecture: machine_name(&self.architecture).to_owned(),
            system: Some(self.system.clone()),
            software: self.software.clone(),
            engine: self.engine,
        }
    }
}

/// What `uname -m` prints for an architecture as Docker writes it.
pub fn machine_name(architecture: &str) -> &str {
    match architecture {
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        other => other,
    }
}

/// An architecture as Docker writes it, from what `uname -m` prints.
pub fn architecture_name(machine: &str) -> &str {
    match machine {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

impl Presets {
    /// The presets that are part of Layerlab, read once; none if the shipped file is wrong, which a test rules out.
    pub fn known() -> Option<&'static Presets> {
        static KNOWN: OnceLock<Option<Presets>> = OnceLock::new();
        KNOWN.get_or_init(|| Presets::read(SHIPPED).ok()).as_ref()
    }

    /// Reads a file of presets.
    ///
    /// # Errors
    /// All mistakes of the file.
    pub fn read(bytes: &[u8]) -> Result<Presets, Diagnostics> {
        let mut reader = Reader::new(FILE);
        let presets = reader.parse(bytes, |reader, table| {
            table.required_number("format", 1..=1, reader);
            let systems = named(reader, table, "systems", "system", read_system);
            let machines =
                named(reader, table, "machines", "machine", |reader, table| read_machine(reader, table, &systems));
            let worlds = named(reader, table, "worlds", "world", |reader, table| {
                let about = table.required_text("about", reader);
                let machines = table.tables("machines", reader, |reader, table| {
                    let name = table.required_text("name", reader);
                    let preset = one_of(reader, table, "preset", &machines, "machine")?;
                    let mut settings = preset.settings(&name?.value);
                    settings.software.extend(read_software(reader, table));
                    Some(settings)
                });
                Some(Group { about: about?.value, machines })
            });
            let systems = systems.into_iter().map(|(name, system)| (name, Arc::new(system))).collect();
            Some(Presets { systems, machines, worlds })
        });
        match presets {
            Some(presets) if !reader.found.has_errors() => Ok(presets),
            _ => Err(reader.found),
        }
    }
}

fn named<T>(
    reader: &mut Reader,
    table: &mut Table<'_, '_>,
    key: &'static str,
    what: &'static str,
    mut read: impl FnMut(&mut Reader, &mut Table<'_, '_>) -> Option<T>,
) -> BTreeMap<Arc<str>, T> {
    let entries = table.entries(key, reader);
    let mut one = |entry: &Entry<'_, '_>| {
        let value = entry.table(what, reader, &mut read)??;
        Some((Arc::from(entry.key.value.as_str()), value))
    };
    entries.iter().filter_map(&mut one).collect()
}

fn one_of<'a, T>(
    reader: &mut Reader,
    table: &mut Table<'_, '_>,
    key: &'static str,
    known: &'a BTreeMap<Arc<str>, T>,
    what: &str,
) -> Option<&'a T> {
    let name = table.required_text(key, reader)?;
    let found = known.get(name.value.as_str());
    if found.is_none() {
        let mistake = reader.error(name.span, format!("there is no {what} called `{}`", name.value));
        reader.report(mistake.did_you_mean(&name.value, known.keys().map(|name| &**name)));
    }
    found
}

fn bytes(reader: &mut Reader, table: &mut Table<'_, '_>, key: &'static str) -> Option<u64> {
    table.required_number(key, 1..=i64::MAX, reader).and_then(|number| u64::try_from(number).ok())
}

fn read_system(reader: &mut Reader, table: &mut Table<'_, '_>) -> Option<OperatingSystem> {
    let name = table.required_text("name", reader);
    let family = table.required_text("family", reader).and_then(|word| match word.value.as_str() {
        "linux" => Some(Family::Linux),
        "windows" => Some(Family::Windows),
        "macos" => Some(Family::MacOs),
        _ => {
            let mistake = reader.error(word.span, format!("`{}` is no family of systems", word.value));
            reader.report(mistake.expected("`linux`, `windows` or `macos`"));
            None
        }
    });
    let id = table.required_text("id", reader);
    let version = table.required_text("version", reader);
    let kernel = table.required_text("kernel", reader);
    let memory = bytes(reader, table, "memory");
    let disk = bytes(reader, table, "disk");
    table.required_text("source", reader);
    table.required_text("read", reader);
    table.text("estimated", reader);
    let processes = table.tables("processes", reader, |reader, table| {
        let command = table.required_text("command", reader);
        let memory = bytes(reader, table, "memory");
        Some(Resident { command: command?.value, memory: memory? })
    });
    let desktop = table.table("desktop", reader, |reader, table| {
        table.required_text("source", reader);
        table.required_text("read", reader);
        table.text("estimated", reader);
        let kernel = table.required_text("kernel", reader);
        let process = table.required_text("process", reader);
        let memory = bytes(reader, table, "memory");
        Some(Desktop { kernel: kernel?.value, process: Resident { command: process?.value, memory: memory? } })
    });
    Some(OperatingSystem {
        name: name?.value,
        family: family?,
        id: id?.value,
        version: version?.value,
        kernel: kernel?.value,
        memory: memory?,
        disk: disk?,
        processes,
        desktop: desktop.flatten(),
    })
}

fn read_machine(
    reader: &mut Reader,
    table: &mut Table<'_, '_>,
    systems: &BTreeMap<Arc<str>, OperatingSystem>,
) -> Option<Preset> {
    let about = table.required_text("about", reader);
    let system = one_of(reader, table, "system", systems, "system");
    let architecture = table.required_text("architecture", reader);
    let cpus = table.required_number("cpus", 1..=1_024, reader).and_then(|cpus| u32::try_from(cpus).ok());
    let memory = bytes(reader, table, "memory");
    let disk = bytes(reader, table, "disk");
    let engine = table.flag("engine", reader);
    let software = read_software(reader, table);
    let hardware = Hardware { cpus: cpus?, memory: memory?, disk: disk? };
    let architecture = architecture?.value;
    Some(Preset { about: about?.value, system: Arc::new(system?.clone()), architecture, hardware, software, engine })
}

fn read_software(reader: &mut Reader, table: &mut Table<'_, '_>) -> Vec<Software> {
    let written = table.texts("software", reader).unwrap_or_default();
    let Some(catalogue) = Catalogue::known() else { return Vec::new() };
    let mut find = |text: &Placed<String>| match catalogue.find(&text.value) {
        Ok(software) => Some(software),
        Err(what) => {
            reader.mistake(text.span, what);
            None
        }
    };
    written.iter().filter_map(&mut find).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_presets_read_and_every_machine_has_room_for_its_system() {
        let presets = Presets::read(SHIPPED).unwrap_or_else(|found| panic!("{}", found.render_short()));
        for (name, preset) in &presets.machines {
            assert!(preset.system.memory < preset.hardware.memory, "{name}");
            assert!(preset.system.disk < preset.hardware.disk, "{name}");
            let processes: u64 = preset.system.processes.iter().map(|process| process.memory).sum();
            assert!(processes <= preset.system.memory, "{name}");
        }
        for family in [Family::Windows, Family::MacOs] {
            let mut systems = presets.systems.values().filter(|system| system.family == family);
            assert!(systems.all(|system| system.desktop.is_some()), "{family:?} runs containers in a Linux machine");
        }
        assert!(presets.worlds.contains_key("team"));
    }
}
