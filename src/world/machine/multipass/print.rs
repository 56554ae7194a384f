//! What `multipass` shows: its tables, in the columns of `table_formatter.cpp` (tag v1.16.1).

use std::fmt::Write;

use crate::world::clock::Time;
use crate::world::digest::Digest;
use crate::world::machine::figures::Figures;
use crate::world::machine::virtual_machine::{Stage, VirtualMachine};

/// The general help: the commands that are modelled, in Multipass's words.
pub const HELP: &str = "Usage: multipass [options] <command>
Create, control and connect to Ubuntu instances.

This is a command line utility for multipass, a
service that manages Ubuntu instances.

Options:
  -h, --help     Displays help on commandline options
  -v, --verbose  Increase logging verbosity. Repeat the 'v' in the short option
                 for more detail. Maximum verbosity is obtained with 4 (or more)
                 v's, i.e. -vvvv.

Available commands (those that Layerlab models):
  delete   Delete instances and snapshots
  exec     Run a command on an instance
  help     Display help about a command
  info     Display information about instances or snapshots
  launch   Create and start an Ubuntu instance
  list     List all available instances or snapshots
  purge    Purge all deleted instances permanently
  recover  Recover deleted instances
  start    Start instances
  stop     Stop running instances
  version  Show version details
";

/// `Running`, `Stopped`, …
fn state(machine: &VirtualMachine) -> &'static str {
    match machine.stage {
        _ if machine.deleted => "Deleted",
        Stage::Ready => "Running",
        _ if machine.powered_on.is_some() => "Starting",
        _ => "Stopped",
    }
}

/// Its address, once its network is up.
fn address(machine: &VirtualMachine) -> Option<String> {
    (machine.stage == Stage::Ready).then(|| machine.address.to_string())
}

/// `multipass list`.
pub fn list<'a>(machines: impl Iterator<Item = &'a VirtualMachine> + Clone) -> String {
    if machines.clone().next().is_none() {
        return "No instances found.\n".to_owned();
    }
    let width = machines.clone().map(|machine| machine.name.len() + 2).max().unwrap_or(0).max(24);
    let mut text = format!("{:<width$}{:<18}{:<17}Image\n", "Name", "State", "IPv4");
    for machine in machines {
        let address = address(machine).unwrap_or_else(|| "--".to_owned());
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "{:<width$}{:<18}{address:<17}Ubuntu {}",
            machine.name,
            state(machine),
            machine.figures.release
        );
    }
    text
}

/// `multipass info`, of one instance.
pub fn info(machine: &VirtualMachine, now: Time) -> String {
    let runs = machine.stage == Stage::Ready;
    let or_none = |value: Option<String>| value.unwrap_or_else(|| "--".to_owned());
    let of_all = |used: u64, all: u64| format!("{} out of {}", human(used), human(all));
    let system = format!("Ubuntu {}", machine.figures.release);
    let hash = Digest::of(format!("{} {}", machine.guest, machine.figures.image).as_bytes()).to_string();
    let hash: String = hash.trim_start_matches("sha256:").chars().take(12).collect();
    let load = machine.ready.filter(|_| runs).map(|ready| {
        // A guest at rest: the load of its boot fades, as an average over a minute does.
        let average = |minutes: f64| 0.5 * (-now.since(ready).as_secs_f64() / (60.0 * minutes)).exp();
        format!("{:.2} {:.2} {:.2}", average(1.0), average(5.0) * 0.3, average(15.0) * 0.1)
    });
    let memory = runs.then(|| of_all(machine.memory_used(), machine.hardware.memory));
    let disk = runs.then(|| of_all(machine.disk_used(), machine.hardware.disk));
    let lines = [
        ("Name:", machine.name.to_string()),
        ("State:", state(machine).to_owned()),
        ("Snapshots:", "0".to_owned()),
        ("IPv4:", or_none(address(machine))),
        ("Release:", or_none(runs.then(|| system.clone()))),
        ("Image hash:", format!("{hash} ({system})")),
        ("CPU(s):", or_none(runs.then(|| machine.hardware.cpus.to_string()))),
        ("Load:", or_none(load)),
        ("Disk usage:", or_none(disk)),
        ("Memory usage:", or_none(memory)),
        ("Mounts:", "--".to_owned()),
    ];
    lines.iter().map(|(name, value)| format!("{name:<16}{value}\n")).collect()
}

/// `multipass version`.
pub fn version(figures: &Figures) -> String {
    let version = &figures.multipass.version;
    format!("{:<12}{version}\n{:<12}{version}\n", "multipass", "multipassd")
}

/// `MemorySize::human_readable`: powers of 1024, one decimal.
fn human(bytes: u64) -> String {
    for (unit, name) in [(1_u64 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] {
        if bytes >= unit {
            return format!("{:.1}{name}", bytes as f64 / unit as f64);
        }
    }
    format!("{bytes}B")
}
