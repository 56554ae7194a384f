//! Processes with both of their numbers, and what a container or machine may use and uses.
//!
//! Promises: the numbers are the kernel's; a limit that is not set is said to be none. Must not know: the screen.

use super::Row;
use super::thing::{Thing, container};
use crate::client::units::{bytes_size, human_size};
use crate::world::World;
use crate::world::machine::Machine;
use crate::world::process::Process;

/// The processes of a container or machine: PID inside, PID on the machine, memory, command.
pub fn processes(world: &World, thing: &Thing) -> Vec<Row> {
    let Some(machine) = thing.machine(world) else { return Vec::new() };
    let inside = matches!(thing, Thing::Container(..));
    let titles =
        if inside { "PID inside   PID on the host      memory   command" } else { "     PID      memory   command" };
    let mut rows = vec![Row::heading(titles, "")];
    let row = |process: &Process| {
        let memory = bytes_size(process.memory);
        let command = process.arguments.join(" ");
        let left = if inside {
            format!("{:>10} {:>15} {memory:>12}   {command}", process.namespace_pid, process.pid.0)
        } else {
            format!("{:>8} {memory:>11}   {command}", process.pid.0)
        };
        let of = process.container.as_ref().filter(|_| !inside).and_then(|id| machine.daemon.containers.get(id));
        Row::new(left, of.map_or_else(String::new, |container| format!("in container {}", container.name)))
    };
    match container(world, thing) {
        Some((machine, container)) => rows.extend(machine.kernel.processes_of(&container.id).map(row)),
        None => rows.extend(machine.kernel.processes().map(row)),
    }
    if rows.len() == 1 {
        return vec![Row::heading("No process: it does not run.", "")];
    }
    rows
}

/// What may be used, and what is.
pub fn limits(world: &World, thing: &Thing) -> Vec<Row> {
    match container(world, thing) {
        Some((machine, container)) => {
            let host = &container.host_config;
            let processes = || machine.kernel.processes_of(&container.id);
            let memory: u64 = processes().map(|process| process.memory).sum();
            let count = u64::try_from(processes().count()).unwrap_or(u64::MAX);
            let positive = |limit: i64| u64::try_from(limit).ok().filter(|limit| *limit > 0);
            let mut rows = vec![
                used("Memory", memory, positive(host.resources.memory), bytes_size),
                used("Processes", count, host.resources.pids_limit.and_then(positive), |count| count.to_string()),
            ];
            let cpus = host.resources.nano_cpus as f64 / 1e9;
            rows.push(match host.resources.nano_cpus {
                0 => Row::new("Processors", format!("no limit: all {} of the machine", machine.hardware.cpus)),
                _ => Row::new("Processors", format!("at most {cpus} of the {} of the machine", machine.hardware.cpus)),
            });
            let written = machine.kernel.union(container.root).map_or(0, |union| union.upper_size());
            rows.push(Row::new("Writable layer", human_size(written)));
            rows.push(Row::new("Root file system", if host.read_only_root { "read-only" } else { "can be written" }));
            rows.push(Row::new(
                "Privileged",
                if host.privileged { "yes: nearly as root on the machine" } else { "no" },
            ));
            let listed = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            rows.push(Row::new("Capabilities added", listed(&host.capabilities_added)));
            rows.push(Row::new("Capabilities dropped", listed(&host.capabilities_dropped)));
            if container.state.out_of_memory {
                rows.push(Row::new("Out of memory", "yes: the kernel killed a process"));
            }
            rows.push(Row::new("Restarts", container.state.restart_count.to_string()));
            rows
        }
        None => thing.machine(world).map(of_machine).unwrap_or_default(),
    }
}

fn of_machine(machine: &Machine) -> Vec<Row> {
    vec![
        used("Memory", machine.memory_used(), Some(machine.hardware.memory), human_size),
        used("Disk", machine.disk_used(), Some(machine.hardware.disk), human_size),
        Row::new("Processors", machine.hardware.cpus.to_string()),
        Row::new("Processes", machine.kernel.processes().count().to_string()),
    ]
}

fn used(what: &str, amount: u64, limit: Option<u64>, words: impl Fn(u64) -> String) -> Row {
    match limit {
        Some(limit) => Row {
            share: Some((amount as f64 / limit.max(1) as f64).min(1.0) as f32),
            ..Row::new(what, format!("{} of {}", words(amount), words(limit)))
        },
        None => Row::new(what, format!("{}, no limit", words(amount))),
    }
}
