//! The scene of a lesson: the machines, virtual machines, files and commands that are there before the first step.
//!
//! Promises: a scene that cannot be (a machine of an unknown kind, a virtual machine larger than its machine) is
//! said at its place in the file; what can be is built all the same. Must not know the steps.

use std::sync::Arc;

use super::format::{Command, Lesson, Located, Start, StartMachine, StartVirtualMachine};
use crate::diagnostic::Span;
use crate::world::filesystem::content::Content;
use crate::world::machine::figures::{Figures, GuestFigures};
use crate::world::machine::preset::{Presets, machine_name};
use crate::world::machine::software::Catalogue;
use crate::world::machine::virtual_machine::Specification;
use crate::world::machine::{Hardware, MachineSettings};
use crate::world::{Action, Outcome, World, WorldSettings};

/// The architectures that machines can have.
const ARCHITECTURES: [&str; 2] = ["amd64", "arm64"];

/// Something in the start of a lesson that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impossible {
    pub span: Span,
    pub title: String,
    pub label: &'static str,
    /// The name that was written, and those that there are: the nearest is suggested.
    pub known: Option<(String, Vec<String>)>,
    pub expected: Option<String>,
}

impl Impossible {
    fn new(span: Span, title: impl Into<String>, label: &'static str) -> Impossible {
        Impossible { span, title: title.into(), label, known: None, expected: None }
    }

    fn unknown<'a>(written: &Located<String>, title: String, known: impl Iterator<Item = &'a str>) -> Impossible {
        let known = known.map(str::to_owned).collect();
        let label = "no such name";
        Impossible { known: Some((written.value.clone(), known)), ..Impossible::new(written.span, title, label) }
    }

    fn expecting(self, expected: impl Into<String>) -> Impossible {
        Impossible { expected: Some(expected.into()), ..self }
    }
}

/// The machines of a lesson, and what about them cannot be.
pub fn machines(lesson: &Lesson, settings: &WorldSettings) -> (Vec<MachineSettings>, Vec<Impossible>) {
    let mut found = Vec::new();
    let Some(start) = &lesson.start else { return (settings.machines.clone(), found) };
    if start.machines.is_empty() {
        let preset = start.preset.as_ref().and_then(|preset| preset_of(preset, preset, &mut found));
        // The laptop is the one that a catalogue may describe.
        let machines = match preset {
            Some(machine) if *machine.name != *"laptop" => vec![machine],
            _ => settings.machines.clone(),
        };
        return (machines, found);
    }
    let mut machines: Vec<MachineSettings> = Vec::new();
    for written in &start.machines {
        if let Some(machine) = machine(written, &mut found) {
            machines.push(machine);
        }
    }
    (machines, found)
}

fn preset_of(preset: &Located<String>, name: &str, found: &mut Vec<Impossible>) -> Option<MachineSettings> {
    let presets = Presets::known()?;
    let known = presets.machines.get(preset.value.as_str());
    if known.is_none() {
        let title = format!("there is no kind of machine called `{}`", preset.value);
        found.push(Impossible::unknown(preset, title, presets.machines.keys().map(|name| &**name)));
    }
    known.map(|known| known.settings(name))
}

fn machine(written: &StartMachine, found: &mut Vec<Impossible>) -> Option<MachineSettings> {
    let mut machine = preset_of(&written.preset, &written.name.value, found)?;
    if let Some(architecture) = &written.architecture {
        if !ARCHITECTURES.contains(&architecture.value.as_str()) {
            let title = format!("`{}` is no architecture of processors", architecture.value);
            found.push(Impossible::unknown(architecture, title, ARCHITECTURES.into_iter()));
        }
        machine.architecture = machine_name(&architecture.value).to_owned();
        if let Some(system) = &machine.system {
            machine.kernel_release = system.kernel(&architecture.value);
        }
    }
    let hardware = &mut machine.hardware;
    hardware.cpus = written.cpus.as_ref().map_or(hardware.cpus, |cpus| cpus.value);
    let (memory, disk) = machine.system.as_ref().map_or((0, 0), |system| (system.memory, system.disk));
    for (asked, had, needed, what) in
        [(&written.memory, &mut hardware.memory, memory, "memory"), (&written.disk, &mut hardware.disk, disk, "disk")]
    {
        let Some(asked) = asked else { continue };
        *had = asked.value.0;
        if *had <= needed {
            let name = machine.system.as_ref().map_or("its system", |system| &system.name);
            let title = format!("the machine has less {what} than {name} takes");
            let impossible = Impossible::new(asked.span, title, "too little");
            found.push(impossible.expecting(format!("more than {}", size(needed))));
        }
    }
    if let Some(cpus) = written.cpus.as_ref().filter(|cpus| cpus.value == 0) {
        found.push(Impossible::new(cpus.span, "a machine without a processor", "none").expecting("1 or more"));
    }
    if let Some(docker) = written.docker {
        machine.engine = docker;
    }
    for software in &written.software {
        let Some(catalogue) = Catalogue::known() else { break };
        match catalogue.find(&software.value) {
            Ok(software) => machine.software.push(software),
            Err(title) => {
                let name = software.value.split_whitespace().next().unwrap_or_default().to_owned();
                let name = Located::new(name, software.span);
                let example = "a name and a version, as in `python 3.12.3` or `flask 3.0.3`";
                found.push(Impossible::unknown(&name, title, catalogue.names()).expecting(example));
            }
        }
    }
    Some(machine)
}

fn size(bytes: u64) -> String {
    crate::client::units::human_size(bytes)
}

/// What about the lesson's virtual machines and files cannot be, on these machines.
pub fn impossible(start: &Start, machines: &[MachineSettings]) -> Vec<Impossible> {
    let mut found = Vec::new();
    let names = || machines.iter().map(|machine| &*machine.name);
    for file in &start.files {
        if let Some(on) = file.on.as_ref().filter(|on| !names().any(|name| *name == *on.value)) {
            let title = format!("there is no machine called `{}`", on.value);
            found.push(Impossible::unknown(on, title, names()));
        }
    }
    let mut taken: Vec<&str> = names().collect();
    for written in &start.vms {
        let name = &written.name;
        if taken.contains(&name.value.as_str()) {
            let title = format!("two machines are called `{}`", name.value);
            found.push(Impossible::new(name.span, title, "a name that is taken"));
        }
        taken.push(&name.value);
        let host = match &written.on {
            None => machines.first(),
            Some(on) => {
                let host = machines.iter().find(|machine| *machine.name == *on.value);
                if host.is_none() {
                    let title = format!("there is no machine called `{}`", on.value);
                    found.push(Impossible::unknown(on, title, names()));
                }
                host
            }
        };
        let Some(figures) = Figures::known() else { continue };
        let Some(guest) = figures.guests.get(written.guest.value.as_str()) else {
            let title = format!("there is no guest system called `{}`", written.guest.value);
            found.push(Impossible::unknown(&written.guest, title, figures.guests.keys().map(|name| &**name)));
            continue;
        };
        if let Some(host) = host {
            too_large(written, guest, host, &mut found);
        }
    }
    found
}

/// A virtual machine that its machine has no room for.
fn too_large(written: &StartVirtualMachine, guest: &GuestFigures, host: &MachineSettings, found: &mut Vec<Impossible>) {
    let asked = hardware(written, guest);
    let place = |given: Option<Span>| given.unwrap_or(written.name.span);
    let (system_memory, system_disk) = host.system.as_ref().map_or_else(
        || Figures::known().map_or((0, 0), |figures| (figures.host.system_memory, figures.host.system_disk)),
        |system| (system.memory, system.disk),
    );
    let parts = [
        ("memory", asked.memory, host.hardware.memory, system_memory, written.memory.as_ref().map(|m| m.span)),
        ("disk", guest.disk, host.hardware.disk, system_disk, written.disk.as_ref().map(|disk| disk.span)),
    ];
    for (what, wanted, whole, used, span) in parts {
        let free = whole.saturating_sub(used);
        if wanted > free {
            let (name, on) = (&written.name.value, &host.name);
            let title = format!("`{name}` has more {what} than its machine `{on}` can give");
            let expected =
                format!("at most {}: {on} has {}, and its system takes {}", size(free), size(whole), size(used));
            found.push(Impossible::new(place(span), title, "larger than its machine").expecting(expected));
        }
    }
    if asked.disk < guest.disk {
        let title = format!("`{}` has less disk than {} takes", written.name.value, guest.name);
        let impossible = Impossible::new(place(written.disk.as_ref().map(|disk| disk.span)), title, "too little");
        found.push(impossible.expecting(format!("{} or more", size(guest.disk))));
    }
    if asked.memory < guest.idle_memory {
        let title = format!("`{}` has less memory than {} takes", written.name.value, guest.name);
        let impossible = Impossible::new(place(written.memory.as_ref().map(|memory| memory.span)), title, "too little");
        found.push(impossible.expecting(format!("{} or more", size(guest.idle_memory))));
    }
    if let Some(cpus) = written.cpus.as_ref().filter(|cpus| cpus.value == 0 || cpus.value > host.hardware.cpus) {
        let title = format!("`{}` has {} processors", written.name.value, cpus.value);
        let expected = format!("1 to {}, as its machine `{}` has", host.hardware.cpus, host.name);
        found.push(Impossible::new(cpus.span, title, "not as its machine").expecting(expected));
    }
}

fn hardware(written: &StartVirtualMachine, guest: &GuestFigures) -> Hardware {
    Hardware {
        cpus: written.cpus.as_ref().map_or(1, |cpus| cpus.value),
        memory: written.memory.as_ref().map_or(guest.memory, |memory| memory.value.0),
        disk: written.disk.as_ref().map_or(guest.disk.saturating_mul(2), |disk| disk.value.0),
    }
}

/// What the commands of a lesson are typed into: where there are several machines, each command goes to its own.
pub fn action(world: &World, command: &Command) -> Action {
    let line = command.line.clone();
    let first = world.first().map(|machine| machine.name.clone());
    match (world.machines().count(), first) {
        (2.., Some(first)) => {
            let machine = command.on.as_deref().map_or(first, Arc::from);
            Action::LineAt { machine, line }
        }
        _ => Action::Line(line),
    }
}

/// The world in which a lesson begins: its seed, its machines, its files, its commands carried out. The commands that failed are
/// given too.
pub fn begin(lesson: &Lesson, settings: &WorldSettings) -> (World, Vec<(Command, Arc<Outcome>)>) {
    let start = lesson.start.as_ref();
    let seed = start.and_then(|start| start.seed.as_ref()).map_or(1, |seed| seed.value);
    let (machines, _) = machines(lesson, settings);
    let mut world = World::new(&WorldSettings { seed, machines, ..settings.clone() });
    let mut failed = Vec::new();
    let Some(start) = start else { return (world, failed) };
    for file in &start.files {
        let content = match (&file.text, &file.size) {
            (None, Some(size)) => Content::Synthetic { size: size.value.0, seed },
            (text, _) => Content::text(text.as_ref().map_or("", |text| text.value.as_str())),
        };
        let mode = if file.executable == Some(true) { 0o755 } else { 0o644 };
        let machine = file.on.as_ref().map(|on| on.value.as_str());
        // A path that cannot be made shows when the commands below miss it.
        let _ = world.put_file(machine, &file.path, content, mode);
    }
    for written in &start.vms {
        let Some(guest) = Figures::known().and_then(|figures| figures.guests.get(written.guest.value.as_str())) else {
            continue;
        };
        let specification = Specification {
            name: written.name.value.as_str().into(),
            guest: written.guest.value.as_str().into(),
            hardware: hardware(written, guest),
        };
        let machine = written.on.as_ref().map(|on| on.value.as_str());
        // What cannot be was said when the lesson was checked.
        let _ = world.add_virtual_machine(machine, &specification, written.running.unwrap_or(true));
    }
    for command in &start.commands {
        let action = action(&world, command);
        let outcome = world.act(&action);
        if outcome.exit_code() != Some(0) {
            failed.push((command.clone(), Arc::new(outcome)));
        }
    }
    if let Some(first) = world.first().map(|machine| machine.name.clone()) {
        world.act(&Action::Sit(first));
    }
    (world, failed)
}
