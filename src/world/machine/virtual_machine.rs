//! A virtual machine: a guest computer with hardware of its own, that boots stage by stage on the world's clock.
//!
//! Promises: a boot takes exactly what the figures say for power-on and its stages; from power-on to power-off all of its
//! memory is taken from the host; a guest has a kernel, processes and a disk of its own, and the disk alone outlives the
//! power. Must not know the tool that drives it.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use super::figures::{Figures, GuestFigures};
use super::relay::Relay;
use super::resident::Idle;
use super::{Hardware, Machine};
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::event::EventKind;
use crate::world::process::Credentials;
use crate::world::process::life::Birth;
use crate::world::process::limits::ResourceLimits;
use crate::world::process::network::{Interface, NetworkNamespace};
use crate::world::process::{Kernel, Pid, Signal};

/// How far a virtual machine has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Without power, or with its power just turned on.
    #[default]
    Off,
    Firmware,
    BootLoader,
    Kernel,
    Init,
    Services,
    Ready,
}

impl Stage {
    /// The stages of a boot, in order.
    pub const BOOT: [Stage; 5] = [Stage::Firmware, Stage::BootLoader, Stage::Kernel, Stage::Init, Stage::Services];

    /// The word for it: `boot-loader`.
    pub fn word(self) -> &'static str {
        match self {
            Stage::Off => "off",
            Stage::Firmware => "firmware",
            Stage::BootLoader => "boot-loader",
            Stage::Kernel => "kernel",
            Stage::Init => "init",
            Stage::Services => "services",
            Stage::Ready => "ready",
        }
    }

    fn next(self) -> Stage {
        match self {
            Stage::Off => Stage::Firmware,
            Stage::Firmware => Stage::BootLoader,
            Stage::BootLoader => Stage::Kernel,
            Stage::Kernel => Stage::Init,
            Stage::Init => Stage::Services,
            Stage::Services | Stage::Ready => Stage::Ready,
        }
    }
}

/// The wire that a virtual machine is plugged into: a bridge of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wire {
    pub bridge: Arc<str>,
    /// The host's own address on it.
    pub host: Ipv4Addr,
    /// Bits of the network part.
    pub prefix: u8,
}

/// What a virtual machine is built of.
#[derive(Clone, Debug)]
pub struct Specification {
    pub name: Arc<str>,
    /// The guest operating system, by its short name in the figures.
    pub guest: Arc<str>,
    pub hardware: Hardware,
}

/// A virtual machine.
#[derive(Clone, Debug)]
pub struct VirtualMachine {
    pub name: Arc<str>,
    pub guest: Arc<str>,
    pub figures: &'static GuestFigures,
    /// The virtual hardware.
    pub hardware: Hardware,
    pub stage: Stage,
    /// When the stage began.
    pub stage_began: Time,
    /// When its power was turned on; none while it is off.
    pub powered_on: Option<Time>,
    /// When it was ready, since the power is on.
    pub ready: Option<Time>,
    /// When it first answered a request, since the power is on.
    pub first_answer: Option<Time>,
    pub address: Ipv4Addr,
    mac: [u8; 6],
    pub wire: Wire,
    /// The process on the host that is this virtual machine.
    pub monitor: Option<Pid>,
    /// Put away (`multipass delete`), to be purged or recovered.
    pub deleted: bool,
    /// How often its power was turned on.
    pub boots: u32,
    /// The guest itself.
    pub machine: Machine,
    /// Bytes on its disk when it was made, beyond the image.
    written_at_first: u64,
    /// When the stage ends; in the last stage, when the power goes off.
    due: Option<Time>,
    /// When the enabled services start, in the last part of the boot.
    units_due: Option<Time>,
    relay: Relay,
}

/// How long before the end of its boot a guest starts the services that were installed, so that they are up when it is ready.
const UNITS_LEAD: Duration = Duration::from_secs(1);

impl VirtualMachine {
    /// A virtual machine that is off, with the guest's system on its disk.
    pub(super) fn new(
        specification: &Specification,
        figures: &'static GuestFigures,
        wire: Wire,
        address: Ipv4Addr,
        architecture: &str,
        context: &mut Context,
    ) -> VirtualMachine {
        let Specification { name, guest, hardware } = specification.clone();
        let machine = Machine::guest(&name, figures, &hardware, architecture, context);
        let bytes = context.random.bytes();
        let mut vm = VirtualMachine {
            name,
            guest,
            figures,
            hardware,
            stage: Stage::Off,
            stage_began: context.now,
            powered_on: None,
            ready: None,
            first_answer: None,
            address,
            // The prefix that QEMU's network cards have.
            mac: [0x52, 0x54, 0x00, bytes[0], bytes[1], bytes[2]],
            wire,
            monitor: None,
            deleted: false,
            boots: 0,
            machine,
            written_at_first: 0,
            due: None,
            units_due: None,
            relay: Relay::default(),
        };
        vm.written_at_first = vm.written();
        vm
    }

    fn written(&self) -> u64 {
        self.machine.written()
    }

    /// Bytes of memory that it takes from the host: all that it has, from power-on to power-off, used or not.
    pub fn memory_reserved(&self) -> u64 {
        if self.powered_on.is_some() { self.hardware.memory } else { 0 }
    }

    /// Bytes of memory that the guest itself uses.
    pub fn memory_used(&self) -> u64 {
        if self.stage < Stage::Kernel { 0 } else { self.machine.memory_used().min(self.hardware.memory) }
    }

    /// Bytes of its disk image on the host: the guest's system, and what was written since.
    pub fn disk_used(&self) -> u64 {
        self.figures.disk.saturating_add(self.written().saturating_sub(self.written_at_first))
    }

    /// From power-on to the first answer, if there was one.
    pub fn time_to_first_answer(&self) -> Option<Duration> {
        self.first_answer.zip(self.powered_on).map(|(answer, on)| answer.since(on))
    }

    /// How much of a stage of the boot is over at `now`, from 0 to 1.
    pub fn progress(&self, stage: Stage, now: Time) -> f32 {
        if self.stage != stage {
            return if self.stage > stage { 1.0 } else { 0.0 };
        }
        let whole = self.length(stage).as_secs_f32();
        if whole <= 0.0 { 1.0 } else { (now.since(self.stage_began).as_secs_f32() / whole).min(1.0) }
    }

    /// How long a stage takes.
    fn length(&self, stage: Stage) -> Duration {
        let index = Stage::BOOT.iter().position(|known| *known == stage);
        index.and_then(|index| self.figures.boot.get(index)).map_or(Duration::ZERO, |stage| stage.duration)
    }

    /// Whether it is being shut down.
    pub fn is_stopping(&self) -> bool {
        self.stage == Stage::Ready && self.due.is_some()
    }

    /// Turns the power on: the hypervisor's process takes all the memory, and after the figures' time the firmware runs.
    pub(super) fn power_on(&mut self, host: &mut Kernel, context: &mut Context) {
        if self.powered_on.is_some() {
            return;
        }
        let Some(figures) = Figures::known() else { return };
        let overhead = figures.hypervisor.memory;
        self.monitor = self.start_monitor(host, context, self.hardware.memory.saturating_add(overhead));
        self.boots += 1;
        self.stage = Stage::Off;
        self.stage_began = context.now;
        self.powered_on = Some(context.now);
        self.due = Some(context.now + figures.hypervisor.power_on);
    }

    /// The process of the host that the virtual machine is, with QEMU's arguments as Multipass gives them
    /// (`qemu_vm_process_spec.cpp`).
    fn start_monitor(&self, host: &mut Kernel, context: &mut Context, memory: u64) -> Option<Pid> {
        let (cpus, megabytes) = (self.hardware.cpus.to_string(), format!("{}M", self.hardware.memory >> 20));
        let disk = format!("file={}/disk.img,if=none,format=qcow2,discard=unmap,id=hda", self.directory());
        let options = [
            ("-device", "virtio-scsi-pci,id=scsi0"),
            ("-drive", &disk),
            ("-device", "scsi-hd,drive=hda,bus=scsi0.0"),
            ("-smp", &cpus),
            ("-m", &megabytes),
        ];
        let mut arguments = vec!["qemu-system-x86_64".to_owned()];
        arguments.extend(options.iter().flat_map(|(name, value)| [(*name).to_owned(), (*value).to_owned()]));
        arguments.push("-nographic".to_owned());
        let parent = if host.process(Pid::INIT).is_some() { Pid::INIT } else { Pid::KERNEL };
        let birth = Birth {
            parent,
            group: None,
            namespaces: host.host,
            container: None,
            credentials: Credentials::default(),
            working_directory: "/".into(),
            umask: 0o022,
            limits: ResourceLimits::default(),
            oom_score: 0,
            arguments: arguments.into(),
            environment: Arc::from([]),
            executable: "/usr/bin/qemu-system-x86_64".into(),
            name: "qemu-system-x86".into(),
            descriptors: imbl::OrdMap::new(),
            terminal: false,
            program: Box::new(Idle::new(memory)),
            actions: imbl::OrdMap::new(),
        };
        host.begin(context, birth).ok()
    }

    /// Where its disk image lies on the host (Multipass's documentation, «Where Multipass stores instances»).
    pub fn directory(&self) -> String {
        format!("/var/snap/multipass/common/data/multipassd/vault/instances/{}", self.name)
    }

    /// Asks the guest to shut down: its services are told, and after the figures' time the power is off. One that has not
    /// booted yet loses its power at once.
    pub(super) fn shut_down(&mut self, host: &mut Kernel, context: &mut Context) {
        if self.stage != Stage::Ready {
            self.power_off(host, context);
            return;
        }
        if self.is_stopping() {
            return;
        }
        let time = Figures::known().map_or(Duration::ZERO, |figures| figures.hypervisor.shutdown);
        self.due = Some(context.now + time);
        let kernel = &mut self.machine.kernel;
        let told: Vec<Pid> = kernel.processes().map(|process| process.pid).filter(|pid| *pid != Pid::INIT).collect();
        for pid in told {
            // One that ended meanwhile need not be told.
            let _ = kernel.send(context, pid, Signal::TERM, None);
        }
    }

    /// Takes the power away: memory and processes are gone, the disk stays.
    pub(super) fn power_off(&mut self, host: &mut Kernel, context: &mut Context) {
        if self.powered_on.is_none() {
            return;
        }
        self.relay.unplug(host);
        if let Some(pid) = self.monitor.take() {
            // It may be what ended first.
            let _ = host.send(context, pid, Signal::KILL, None);
        }
        self.machine.halt(context);
        self.stage = Stage::Off;
        self.stage_began = context.now;
        (self.powered_on, self.ready, self.first_answer) = (None, None, None);
        (self.due, self.units_due) = (None, None);
        context.emit(EventKind::VirtualMachineStopped { virtual_machine: self.name.clone() });
    }

    /// When it must next be looked at.
    pub(super) fn next_timer(&self) -> Option<Time> {
        self.powered_on?;
        [self.due, self.units_due, self.machine.next_timer()].into_iter().flatten().min()
    }

    /// Lets the guest do what it can do now, and carries what passes between it and the host.
    pub(super) fn step(&mut self, host: &mut Kernel, context: &mut Context) -> bool {
        let lives = self.monitor.and_then(|pid| host.process(pid)).is_some_and(|p| p.exit_status().is_none());
        if !lives {
            self.power_off(host, context);
            return true;
        }
        let mut stepped = false;
        if self.due.is_some_and(|due| due <= context.now) {
            stepped = true;
            if self.stage == Stage::Ready {
                self.power_off(host, context);
                return true;
            }
            self.enter(self.stage.next(), host, context);
        }
        if self.units_due.is_some_and(|due| due <= context.now) {
            self.units_due = None;
            stepped = true;
            let outside = std::mem::replace(&mut context.machine, self.name.clone());
            self.machine.start_enabled_units(context);
            context.machine = outside;
        }
        if self.stage >= Stage::Kernel {
            let outside = std::mem::replace(&mut context.machine, self.name.clone());
            stepped |= self.machine.step(context);
            context.machine = outside;
        }
        if let Some(monitor) = self.monitor {
            let carriage = self.relay.carry(host, &mut self.machine.kernel, monitor);
            stepped |= carriage.moved;
            if carriage.answered && self.first_answer.is_none() {
                self.first_answer = Some(context.now);
                let virtual_machine = Some(self.name.clone());
                context.emit(EventKind::FirstAnswer { container: None, virtual_machine });
            }
        }
        stepped
    }

    /// Comes to a stage of the boot.
    fn enter(&mut self, stage: Stage, host: &mut Kernel, context: &mut Context) {
        self.stage = stage;
        self.stage_began = context.now;
        self.due = (stage != Stage::Ready).then(|| context.now + self.length(stage));
        context.emit(EventKind::BootStage { virtual_machine: self.name.clone(), stage: stage.word().to_owned() });
        let processes = &self.figures.processes;
        match stage {
            Stage::Kernel => self.machine.load_kernel(self.figures, context),
            Stage::Init => {
                let first = processes.get(..1).unwrap_or_default();
                let threads = usize::from(self.figures.process_count).saturating_sub(processes.len());
                self.machine.start_residents(context, first);
                self.machine.start_kernel_threads(context, threads);
            }
            Stage::Services => {
                self.plug(host);
                self.machine.start_residents(context, processes.get(1..).unwrap_or_default());
                let length = self.length(stage);
                self.units_due = Some(context.now + length.saturating_sub(UNITS_LEAD.min(length / 2)));
            }
            Stage::Ready => self.ready = Some(context.now),
            Stage::Off | Stage::Firmware | Stage::BootLoader => {}
        }
    }

    /// Brings the guest's network up: an interface inside, and a place on the host's bridge.
    fn plug(&mut self, host: &mut Kernel) {
        let interface = |name: &str| Interface {
            name: name.into(),
            address: self.address,
            prefix: self.wire.prefix,
            mac: self.mac,
            bridge: self.wire.bridge.clone(),
            mtu: Interface::ETHERNET_MTU,
        };
        let guest = &mut self.machine.kernel;
        let inside = guest.host.network;
        let tap = interface("tap");
        if let Some(namespace) = guest.networks.namespaces.get_mut(&inside).map(Arc::make_mut) {
            namespace.interfaces = vec![interface("ens3")];
            namespace.gateway = Some(self.wire.host);
        }
        let place =
            NetworkNamespace { interfaces: vec![tap], gateway: Some(self.wire.host), ..NetworkNamespace::default() };
        let namespace = host.create_network_namespace(place);
        self.relay.plug(namespace, self.address);
    }
}
