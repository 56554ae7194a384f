//! Figures of machines, from `assets/machines.toml`: what the host has, what the engine takes, how a guest boots.
//!
//! Promises: every group of figures names its public source; nothing here is computed. Must not know what is done with them.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::diagnostic::Diagnostics;
use crate::world::table::{Reader, Table};

/// The file's name in messages.
const FILE: &str = "machines.toml";
/// The shipped figures.
const SHIPPED: &[u8] = include_bytes!("../../../assets/machines.toml");
/// Milliseconds in an hour: no stage takes longer.
const HOUR: i64 = 3_600_000;

/// Where a group of figures comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Addresses of public pages.
    pub source: String,
    /// What was read there, in short.
    pub read: String,
    /// Which of the figures no source gave; empty if all are from there.
    pub estimated: String,
}

/// All figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    pub host: HostFigures,
    pub engine: EngineFigures,
    pub hypervisor: HypervisorFigures,
    pub multipass: MultipassFigures,
    /// Packages that a guest can install, by name.
    pub packages: BTreeMap<Arc<str>, PackageFigures>,
    /// Guest operating systems by their short name: `ubuntu-server`.
    pub guests: BTreeMap<Arc<str>, GuestFigures>,
}

/// The computer on which everything runs. Sizes are in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostFigures {
    pub name: String,
    pub cpus: u16,
    pub memory: u64,
    pub disk: u64,
    /// What its own operating system uses of the memory.
    pub system_memory: u64,
    /// What its own operating system uses of the disk.
    pub system_disk: u64,
    /// The kernel's release.
    pub kernel: String,
    /// As `uname -m` prints it.
    pub architecture: String,
    /// As `docker info` prints it.
    pub operating_system: String,
    /// Its own processes; their memory is part of `system_memory`.
    pub processes: Vec<Resident>,
    pub source: Source,
}

/// A process that an operating system always has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resident {
    /// As `ps` shows it.
    pub command: String,
    /// Bytes.
    pub memory: u64,
}

/// What Docker Engine takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineFigures {
    /// Bytes of dockerd and containerd.
    pub memory: u64,
    /// Bytes of each container's shim.
    pub shim_memory: u64,
    /// From the request until the container's first process runs.
    pub container_start: Duration,
    /// From the end of the first process until everything of the container is taken down.
    pub container_stop: Duration,
    /// Its processes; together they use `memory`.
    pub processes: Vec<Resident>,
    pub source: Source,
}

/// What a hypervisor takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HypervisorFigures {
    /// Bytes for each virtual machine, beside the guest's memory.
    pub memory: u64,
    /// From the request until the firmware runs.
    pub power_on: Duration,
    /// From the request to shut down until the power is off.
    pub shutdown: Duration,
    pub source: Source,
}

/// What Canonical Multipass gives a virtual machine unless it is asked for more. Sizes are in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MultipassFigures {
    pub version: String,
    /// The guest that it launches, by its short name.
    pub guest: Arc<str>,
    /// What that guest's image may be called.
    pub aliases: Vec<String>,
    pub cpus: u16,
    pub memory: u64,
    pub disk: u64,
    pub least_memory: u64,
    pub least_disk: u64,
    /// Bytes a second that come over the network.
    pub download_rate: u64,
    pub source: Source,
}

/// A package that a guest can install. Sizes are in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageFigures {
    pub version: String,
    /// The packages that come with it.
    pub with: Vec<String>,
    pub download: u64,
    pub installed: u64,
    /// To unpack it and set it up.
    pub set_up: Duration,
    /// Where its program lies.
    pub command: String,
    /// Its program, by its name in the program table.
    pub program: String,
    pub source: Source,
}

/// A guest operating system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestFigures {
    /// As people call it.
    pub name: String,
    /// Bytes reserved for it, used or not.
    pub memory: u64,
    /// Bytes it uses of them when nothing runs.
    pub idle_memory: u64,
    /// Bytes to download.
    pub image: u64,
    /// Bytes on the disk once it is installed.
    pub disk: u64,
    /// Processes once it is up.
    pub process_count: u16,
    /// What `uname -r` prints in it.
    pub kernel: String,
    /// Its version.
    pub release: String,
    /// Its processes that are not the kernel's own, the first process first.
    pub processes: Vec<Resident>,
    /// The stages from power on until a service can be used, in order.
    pub boot: Vec<BootStage>,
    pub source: Source,
}

/// One stage of a boot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootStage {
    /// `firmware`, `boot loader`, `kernel`, `init`, `services`.
    pub stage: String,
    pub duration: Duration,
    /// What happens in it, in a line.
    pub says: String,
}

impl Figures {
    /// The figures that are part of Layerlab.
    ///
    /// # Errors
    /// The shipped file is wrong; a test sees to it that it is not.
    pub fn shipped() -> Result<Figures, Diagnostics> {
        Figures::read(SHIPPED)
    }

    /// The figures that are part of Layerlab, read once; none if the shipped file is wrong, which a test rules out.
    pub fn known() -> Option<&'static Figures> {
        static KNOWN: OnceLock<Option<Figures>> = OnceLock::new();
        KNOWN.get_or_init(|| Figures::shipped().ok()).as_ref()
    }

    /// Reads a file of figures.
    ///
    /// # Errors
    /// All mistakes of the file.
    pub fn read(bytes: &[u8]) -> Result<Figures, Diagnostics> {
        let mut reader = Reader::new(FILE);
        let figures = reader.parse(bytes, |reader, table| {
            table.required_number("format", 1..=1, reader);
            let host = section(reader, table, "host", read_host);
            let engine = section(reader, table, "engine", read_engine);
            let hypervisor = section(reader, table, "hypervisor", read_hypervisor);
            let multipass = section(reader, table, "multipass", read_multipass);
            let packages = table.entries("packages", reader);
            let packages = packages.iter().filter_map(|entry| {
                let package = entry.table("package", reader, read_package)??;
                Some((Arc::from(entry.key.value.as_str()), package))
            });
            let packages = packages.collect();
            let guests = table.entries("guests", reader);
            let guests = guests.iter().filter_map(|entry| {
                let guest = entry.table("guest", reader, read_guest)??;
                Some((Arc::from(entry.key.value.as_str()), guest))
            });
            let guests = guests.collect();
            let (host, engine, hypervisor) = (host?, engine?, hypervisor?);
            Some(Figures { host, engine, hypervisor, multipass: multipass?, packages, guests })
        });
        match figures {
            Some(figures) if !reader.found.has_errors() => Ok(figures),
            _ => Err(reader.found),
        }
    }
}

impl GuestFigures {
    /// From power on until its services can be used.
    pub fn boot_time(&self) -> Duration {
        self.boot.iter().map(|stage| stage.duration).sum()
    }
}

fn section<T>(
    reader: &mut Reader,
    table: &mut Table<'_, '_>,
    key: &'static str,
    read: impl FnOnce(&mut Reader, &mut Table<'_, '_>) -> Option<T>,
) -> Option<T> {
    if !table.has(key) {
        table.missing(key, reader);
    }
    table.table(key, reader, read).flatten()
}

fn text(reader: &mut Reader, table: &mut Table<'_, '_>, key: &'static str) -> Option<String> {
    table.required_text(key, reader).map(|text| text.value)
}

fn bytes(reader: &mut Reader, table: &mut Table<'_, '_>, key: &'static str) -> Option<u64> {
    table.required_number(key, 0..=i64::MAX, reader).and_then(|number| u64::try_from(number).ok())
}

fn count(reader: &mut Reader, table: &mut Table<'_, '_>, key: &'static str) -> Option<u16> {
    table.required_number(key, 1..=10_000, reader).and_then(|number| u16::try_from(number).ok())
}

fn milliseconds(reader: &mut Reader, table: &mut Table<'_, '_>, key: &'static str) -> Option<Duration> {
    let number = table.required_number(key, 0..=HOUR, reader).and_then(|number| u64::try_from(number).ok());
    number.map(Duration::from_millis)
}

fn texts(reader: &mut Reader, table: &mut Table<'_, '_>, key: &'static str) -> Vec<String> {
    table.texts(key, reader).unwrap_or_default().into_iter().map(|text| text.value).collect()
}

fn residents(reader: &mut Reader, table: &mut Table<'_, '_>) -> Vec<Resident> {
    table.tables("processes", reader, |reader, table| {
        let command = text(reader, table, "command");
        let memory = bytes(reader, table, "memory");
        Some(Resident { command: command?, memory: memory? })
    })
}

fn read_source(reader: &mut Reader, table: &mut Table<'_, '_>) -> Option<Source> {
    let source = text(reader, table, "source");
    let read = text(reader, table, "read");
    let estimated = table.text("estimated", reader).unwrap_or_default();
    Some(Source { source: source?, read: read?, estimated })
}

fn read_host(reader: &mut Reader, table: &mut Table<'_, '_>) -> Option<HostFigures> {
    let name = text(reader, table, "name");
    let cpus = count(reader, table, "cpus");
    let memory = bytes(reader, table, "memory");
    let disk = bytes(reader, table, "disk");
    let system_memory = bytes(reader, table, "system_memory");
    let system_disk = bytes(reader, table, "system_disk");
    let kernel = text(reader, table, "kernel");
    let architecture = text(reader, table, "architecture");
    let operating_system = text(reader, table, "operating_system");
    let processes = residents(reader, table);
    let source = read_source(reader, table);
    Some(HostFigures {
        name: name?,
        cpus: cpus?,
        memory: memory?,
        disk: disk?,
        system_memory: system_memory?,
        system_disk: system_disk?,
        kernel: kernel?,
        architecture: architecture?,
        operating_system: operating_system?,
        processes,
        source: source?,
    })
}

fn read_engine(reader: &mut Reader, table: &mut Table<'_, '_>) -> Option<EngineFigures> {
    let memory = bytes(reader, table, "memory");
    let shim_memory = bytes(reader, table, "shim_memory");
    let container_start = milliseconds(reader, table, "container_start");
    let container_stop = milliseconds(reader, table, "container_stop");
    let processes = residents(reader, table);
    let source = read_source(reader, table);
    Some(EngineFigures {
        memory: memory?,
        shim_memory: shim_memory?,
        container_start: container_start?,
        container_stop: container_stop?,
        processes,
        source: source?,
    })
}

fn read_hypervisor(reader: &mut Reader, table: &mut Table<'_, '_>) -> Option<HypervisorFigures> {
    let memory = bytes(reader, table, "memory");
    let power_on = milliseconds(reader, table, "power_on");
    let shutdown = milliseconds(reader, table, "shutdown");
    let source = read_source(reader, table);
    Some(HypervisorFigures { memory: memory?, power_on: power_on?, shutdown: shutdown?, source: source? })
}

fn read_multipass(reader: &mut Reader, table: &mut Table<'_, '_>) -> Option<MultipassFigures> {
    let version = text(reader, table, "version");
    let guest = text(reader, table, "guest");
    let aliases = texts(reader, table, "aliases");
    let cpus = count(reader, table, "cpus");
    let memory = bytes(reader, table, "memory");
    let disk = bytes(reader, table, "disk");
    let least_memory = bytes(reader, table, "least_memory");
    let least_disk = bytes(reader, table, "least_disk");
    let download_rate = table.required_number("download_rate", 1..=i64::MAX, reader);
    let source = read_source(reader, table);
    Some(MultipassFigures {
        version: version?,
        guest: guest?.into(),
        aliases,
        cpus: cpus?,
        memory: memory?,
        disk: disk?,
        least_memory: least_memory?,
        least_disk: least_disk?,
        download_rate: u64::try_from(download_rate?).ok()?,
        source: source?,
    })
}

fn read_package(reader: &mut Reader, table: &mut Table<'_, '_>) -> Option<PackageFigures> {
    let version = text(reader, table, "version");
    let with = texts(reader, table, "with");
    let download = bytes(reader, table, "download");
    let installed = bytes(reader, table, "installed");
    let set_up = milliseconds(reader, table, "set_up");
    let command = text(reader, table, "command");
    let program = text(reader, table, "program");
    let source = read_source(reader, table);
    Some(PackageFigures {
        version: version?,
        with,
        download: download?,
        installed: installed?,
        set_up: set_up?,
        command: command?,
        program: program?,
        source: source?,
    })
}

fn read_guest(reader: &mut Reader, table: &mut Table<'_, '_>) -> Option<GuestFigures> {
    let name = text(reader, table, "name");
    let memory = bytes(reader, table, "memory");
    let idle_memory = bytes(reader, table, "idle_memory");
    let image = bytes(reader, table, "image");
    let disk = bytes(reader, table, "disk");
    let process_count = count(reader, table, "process_count");
    let kernel = text(reader, table, "kernel");
    let release = text(reader, table, "release");
    let processes = residents(reader, table);
    let boot = table.tables("boot", reader, |reader, table| {
        let stage = text(reader, table, "stage");
        let duration = milliseconds(reader, table, "duration");
        let says = text(reader, table, "says");
        Some(BootStage { stage: stage?, duration: duration?, says: says? })
    });
    if boot.is_empty() {
        table.missing("boot", reader);
    }
    let source = read_source(reader, table);
    Some(GuestFigures {
        name: name?,
        memory: memory?,
        idle_memory: idle_memory?,
        image: image?,
        disk: disk?,
        process_count: process_count?,
        kernel: kernel?,
        release: release?,
        processes,
        boot,
        source: source?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_figures_read_and_a_machine_boots_slower_than_a_container_starts() {
        let figures = Figures::shipped().unwrap_or_else(|found| panic!("{}", found.render_short()));
        assert!(figures.host.memory > figures.host.system_memory);
        assert!(figures.guests.contains_key(&figures.multipass.guest));
        let engine: u64 = figures.engine.processes.iter().map(|process| process.memory).sum();
        assert_eq!(engine, figures.engine.memory);
        for (name, guest) in &figures.guests {
            assert!(guest.boot_time() > figures.engine.container_start * 10, "{name}");
            assert!(guest.idle_memory <= guest.memory, "{name}");
            let processes: u64 = guest.processes.iter().map(|process| process.memory).sum();
            assert!(processes <= guest.idle_memory, "{name}");
            assert!(guest.processes.len() <= usize::from(guest.process_count), "{name}");
            assert_eq!(guest.boot.len(), 5, "{name}: firmware, boot loader, kernel, init, services");
        }
    }
}
