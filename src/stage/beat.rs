//! How one event changes the picture, from its beginning (0) to its end (1).
//!
//! Promises: a beat at 1 leaves what the event left; a beat of something that is not on the stage changes nothing.

use std::sync::Arc;

use super::scene::{
    BuildScene, ContainerScene, ContainerState, FileChange, FileScene, ImageScene, LoadScene, MachineScene,
    ProcessScene, Scene, Shade, Subject, Travel, TravelKind, WritableScene,
};
use super::trace;
use crate::world::digest::Digest;
use crate::world::event::{Event, EventKind};
use crate::world::process::descriptor::FilesystemId;

/// Shows a beat at `share` of its length. `after` is the picture at the end of the step.
pub fn apply(scene: &mut Scene, event: &Event, share: f32, after: &Scene) {
    let later = after.machines.iter().find(|machine| machine.name == event.machine);
    let Some(index) = scene.machines.iter().position(|machine| machine.name == event.machine) else { return };
    let (Some(later), Some(machine)) = (later, scene.machines.get_mut(index)) else { return };
    let mut show = Show { machine, later, share, focus: Vec::new(), travel: None };
    show.event(&event.kind);
    let (focus, travel) = (show.focus, show.travel);
    scene.focus = focus;
    scene.travels.clear();
    if share < 1.0 {
        scene.travels.extend(travel.map(|(from, to, label, kind)| Travel { from, to, label, progress: share, kind }));
    }
}

/// One beat being shown on one machine.
struct Show<'a> {
    machine: &'a mut MachineScene,
    later: &'a MachineScene,
    share: f32,
    focus: Vec<Subject>,
    travel: Option<(Subject, Subject, String, TravelKind)>,
}

impl Show<'_> {
    fn over(&self) -> bool {
        self.share >= 1.0
    }

    fn event(&mut self, kind: &EventKind) {
        match kind {
            EventKind::LayerPulled { layer, .. } => self.layer(*layer, true),
            EventKind::LayerExists { layer, .. } => self.layer(*layer, false),
            EventKind::LayerPushed { layer, .. } => self.sent(*layer, self.share),
            EventKind::LayerInRegistry { layer, .. } => self.sent(*layer, 1.0),
            EventKind::ImagePulled { image, .. } | EventKind::BuildFinished { image } => self.whole_image(*image),
            EventKind::ImageTagged { reference, image, previous } => {
                self.whole_image(*image);
                if let Some(previous) = previous.and_then(|id| self.image(id)) {
                    previous.tags.retain(|tag| tag != reference);
                }
                if let Some(image) = self.image(*image)
                    && !image.tags.contains(reference)
                {
                    image.tags.push(reference.clone());
                    image.tags.sort();
                }
            }
            EventKind::ImageUntagged { reference, image } => {
                if let Some(image) = self.image(*image) {
                    image.tags.retain(|tag| tag != reference);
                }
                self.focus.push(Subject::Image(*image));
            }
            EventKind::ImageDeleted { image } => self.image_goes(*image),
            EventKind::Committed { container, image, .. } => self.committed(container, *image),
            EventKind::BuildStarted { steps } => {
                self.machine.build = Some(BuildScene { steps: Vec::new(), total: *steps });
            }
            EventKind::BuildStep { number, instruction, cached } => self.build_step(*number, instruction, *cached),
            EventKind::LayerBuilt { number, layer, bytes } => {
                if let Some(build) = &mut self.machine.build {
                    build.layer(*number, (*layer, Shade::of(*layer), *bytes));
                }
                self.focus.push(Subject::Layer(*layer));
            }
            EventKind::BuildFailed { step } => {
                if let Some(build) = &mut self.machine.build {
                    build.fail(*step);
                }
            }
            EventKind::ContainerCreated { container, image } => self.created(container, *image),
            EventKind::MountAssembled { container, .. } => {
                let share = self.share;
                self.with(container, |card| card.writable.presence = share);
                self.focus.push(Subject::Writable(container.clone()));
            }
            EventKind::ContainerStarted { container } => self.state(container, ContainerState::Running, "Up 0 s"),
            EventKind::ContainerPaused { container } => self.state(container, ContainerState::Paused, "Paused"),
            EventKind::ContainerUnpaused { container } => self.state(container, ContainerState::Running, "Up"),
            EventKind::ContainerRestarting { container, .. } => {
                self.state(container, ContainerState::Restarting, "Restarting");
            }
            EventKind::ContainerRenamed { container, to, .. } => self.with(container, |card| card.name.clone_from(to)),
            EventKind::ContainerDied { container, status } => {
                self.state(container, ContainerState::Exited, &format!("Exited ({})", status.code()));
                self.with(container, |card| card.processes.clear());
            }
            EventKind::ContainerRemoved { container, .. } => self.container_goes(container),
            EventKind::ProcessStarted { pid, namespace_pid, container: Some(container), command } => {
                let row = ProcessScene {
                    pid: *namespace_pid,
                    host_pid: pid.0,
                    command: command.clone(),
                    presence: self.share,
                };
                self.with(container, |card| {
                    card.processes.retain(|process| process.host_pid != row.host_pid);
                    card.processes.push(row);
                });
                self.focus.push(Subject::Process(pid.0));
            }
            EventKind::ProcessExited { pid, container: Some(container), .. } => self.process_goes(container, pid.0),
            EventKind::CopiedUp { filesystem, path, layer, bytes } => self.copied_up(*filesystem, path, *layer, *bytes),
            EventKind::FileWritten { filesystem, path, created } => self.written(*filesystem, path, *created),
            EventKind::FileDeleted { filesystem, path, whiteout } => self.deleted(*filesystem, path, *whiteout),
            EventKind::Signalled { container: Some(container), signal, .. } => {
                let from = Subject::Machine(self.machine.name.clone());
                self.travel =
                    Some((from, Subject::Container(container.clone()), signal.to_string(), TravelKind::Signal));
                self.focus.push(Subject::Container(container.clone()));
            }
            EventKind::OutOfMemory { container: Some(container), .. } | EventKind::HealthChanged { container, .. } => {
                self.focus.push(Subject::Container(container.clone()));
            }
            EventKind::PortPublished { container, host_port, container_port, .. } => {
                let port = format!("{host_port}→{container_port}/tcp");
                self.with(container, |card| {
                    if !card.ports.contains(&port) {
                        card.ports.push(port);
                    }
                });
                self.focus.push(Subject::Container(container.clone()));
            }
            EventKind::Connection { from, to, address, port, failed } => {
                let machine = Subject::Machine(self.machine.name.clone());
                let place = |id: &Option<Arc<str>>| id.clone().map_or(machine.clone(), Subject::Container);
                let kind = if failed.is_some() { TravelKind::Refused } else { TravelKind::Request };
                self.travel = Some((place(from), place(to), format!("{address}:{port}"), kind));
                self.focus.push(place(to));
            }
            EventKind::Crossing { from, to, port, failed } => {
                let machine = Subject::Machine(self.machine.name.clone());
                let there = Subject::Machine(to.clone());
                let kind = if failed.is_some() { TravelKind::Refused } else { TravelKind::Request };
                let start = from.clone().map_or(machine, Subject::Container);
                self.travel = Some((start, there.clone(), format!("{to}:{port}"), kind));
                self.focus.push(there);
            }
            EventKind::LoggedIn { from } => {
                let here = Subject::Machine(self.machine.name.clone());
                self.travel =
                    Some((Subject::Machine(from.clone()), here.clone(), "ssh".to_owned(), TravelKind::Request));
                self.focus.push(here);
            }
            EventKind::LoadBegan { users, address, port } => {
                let target = trace::address(*address, *port);
                let load = LoadScene { users: *users, target, samples: Vec::new(), under_way: true };
                self.machine.load = Some(load);
            }
            EventKind::LoadSample(second) => {
                if let Some(load) = &mut self.machine.load {
                    load.samples.push(second.clone());
                }
            }
            EventKind::LoadEnded { .. } => {
                if let Some(load) = &mut self.machine.load {
                    load.under_way = false;
                }
            }
            EventKind::VolumeCreated { name } => {
                let share = self.share;
                if let Some(volume) = self.later.volumes.iter().find(|volume| volume.name == *name) {
                    self.machine.volumes.retain(|known| known.name != *name);
                    let mut volume = volume.clone();
                    volume.presence = share;
                    self.machine.volumes.push(volume);
                }
                self.focus.push(Subject::Volume(name.clone()));
            }
            EventKind::VolumeFilled { name, .. } => self.focus.push(Subject::Volume(name.clone())),
            EventKind::VolumeRemoved { name } => {
                let (over, share) = (self.over(), self.share);
                self.machine.volumes.retain_mut(|volume| {
                    if volume.name == *name {
                        volume.presence = 1.0 - share;
                    }
                    volume.name != *name || !over
                });
            }
            EventKind::NetworkCreated { name } => {
                if let Some(network) = self.later.networks.iter().find(|network| *network.name == **name) {
                    let mut network = network.clone();
                    network.presence = self.share;
                    self.machine.networks.retain(|known| known.name != network.name);
                    self.machine.networks.push(network);
                }
                self.focus.push(Subject::Network(name.clone()));
            }
            EventKind::NetworkRemoved { name } => {
                let (over, share) = (self.over(), self.share);
                self.machine.networks.retain_mut(|network| {
                    let goes = *network.name == **name;
                    if goes {
                        network.presence = 1.0 - share;
                    }
                    !goes || !over
                });
            }
            EventKind::NetworkConnected { name, container, .. } => {
                self.joined(name);
                self.focus.extend([Subject::Network(name.clone()), Subject::Container(container.clone())]);
            }
            EventKind::NetworkDisconnected { name, container } => {
                if let Some(network) = self.machine.networks.iter_mut().find(|network| *network.name == **name) {
                    network.members.retain(|member| member.container != *container);
                }
                self.focus.push(Subject::Network(name.clone()));
            }
            EventKind::BootStage { virtual_machine, stage } => self.boot_stage(virtual_machine, stage),
            EventKind::FirstAnswer { container, virtual_machine } => {
                self.focus.extend(container.clone().map(Subject::Container));
                self.focus.extend(virtual_machine.clone().map(Subject::VirtualMachine));
            }
            _ => {}
        }
    }

    /// A network has the members that it will have.
    fn joined(&mut self, name: &str) {
        let Some(later) = self.later.networks.iter().find(|network| network.name == name) else { return };
        match self.machine.networks.iter_mut().find(|network| network.name == name) {
            Some(network) => network.members.clone_from(&later.members),
            None => self.machine.networks.push(later.clone()),
        }
    }

    fn image(&mut self, id: Digest) -> Option<&mut ImageScene> {
        self.machine.images.iter_mut().find(|image| image.id == id)
    }

    fn with(&mut self, container: &str, change: impl FnOnce(&mut ContainerScene)) {
        if let Some(card) = self.machine.containers.iter_mut().find(|card| &*card.id == container) {
            change(Arc::make_mut(card));
        }
    }

    fn of(&mut self, root: FilesystemId) -> Option<&mut ContainerScene> {
        self.machine.containers.iter_mut().find(|card| card.root == root).map(Arc::make_mut)
    }

    /// Puts an image on the stage, empty, in the place that it will have.
    fn place_image(&mut self, image: &ImageScene) {
        if self.machine.images.iter().any(|known| known.id == image.id) {
            return;
        }
        let order: Vec<Digest> = self.later.images.iter().map(|image| image.id).collect();
        let rank = |id: Digest| order.iter().position(|known| *known == id).unwrap_or(usize::MAX);
        let at = self.machine.images.iter().position(|known| rank(known.id) > rank(image.id));
        self.machine.images.insert(at.unwrap_or(self.machine.images.len()), image.clone());
    }

    fn layer(&mut self, id: Digest, pulled: bool) {
        let share = self.share;
        self.focus.push(Subject::Layer(id));
        let Some(image) = self.later.images.iter().find(|image| {
            let here = self.machine.images.iter().find(|known| known.id == image.id);
            let whole =
                here.is_some_and(|here| here.layers.iter().any(|layer| layer.id == id && layer.progress >= 1.0));
            image.layers.iter().any(|layer| layer.id == id) && !whole
        }) else {
            return;
        };
        let image = image.clone();
        self.place_image(&ImageScene { layers: Vec::new(), size: 0, ..image.clone() });
        let Some(layer) = image.layers.iter().find(|layer| layer.id == id) else { return };
        let Some(card) = self.image(image.id) else { return };
        card.layers.retain(|known| known.id != id);
        let mut layer = layer.clone();
        layer.progress = if pulled { share } else { 1.0 };
        let below = image.layers.iter().take_while(|known| known.id != id);
        let at = below.filter(|known| card.layers.iter().any(|here| here.id == known.id)).count();
        card.layers.insert(at.min(card.layers.len()), layer);
        card.size = card.layers.iter().map(|layer| (layer.size as f64 * f64::from(layer.progress)) as u64).sum();
        if pulled {
            self.travel = Some((Subject::Registry, Subject::Image(image.id), id.short(), TravelKind::Pull));
        }
    }

    fn sent(&mut self, layer: Digest, progress: f32) {
        self.focus.extend([Subject::Layer(layer), Subject::Registry]);
        let Some(registry) = &mut self.machine.registry else { return };
        registry.arrive(layer, progress);
        let from = Subject::Image(registry.image);
        self.travel = (progress < 1.0).then(|| (from, Subject::Registry, layer.short(), TravelKind::Push));
    }

    fn whole_image(&mut self, id: Digest) {
        self.focus.push(Subject::Image(id));
        let Some(image) = self.later.images.iter().find(|image| image.id == id).cloned() else { return };
        let tags = self.image(id).map(|card| card.tags.clone());
        self.place_image(&image);
        if let Some(card) = self.image(id) {
            let tags = tags.unwrap_or_else(|| image.tags.clone());
            *card = ImageScene { tags, ..image };
        }
    }

    fn image_goes(&mut self, id: Digest) {
        let (share, over) = (self.share, self.over());
        self.focus.push(Subject::Image(id));
        self.machine.images.retain_mut(|image| {
            if image.id == id {
                image.presence = 1.0 - share;
            }
            image.id != id || !over
        });
    }

    fn committed(&mut self, container: &Arc<str>, image: Digest) {
        let share = self.share;
        self.whole_image(image);
        if let Some(card) = self.image(image) {
            if let Some(top) = card.layers.last_mut() {
                top.progress = share;
            }
            card.presence = share.max(0.2);
        }
        let from = Subject::Writable(container.clone());
        self.travel = Some((from, Subject::Image(image), "writable layer".to_owned(), TravelKind::Commit));
    }

    fn build_step(&mut self, number: u32, instruction: &str, cached: bool) {
        let share = self.share;
        self.machine.build.get_or_insert_default().begin(number, instruction, cached, share);
    }

    fn created(&mut self, id: &Arc<str>, image: Digest) {
        let share = self.share;
        self.focus.push(Subject::Container(id.clone()));
        if !self.machine.containers.iter().any(|card| card.id == *id) {
            let known = self.later.containers.iter().find(|card| card.id == *id).cloned();
            let card = known.unwrap_or_else(|| Arc::new(self.unknown(id, image)));
            self.machine.containers.push(card);
        }
        self.with(id, |card| {
            card.presence = share;
            card.state = ContainerState::Created;
            "Created".clone_into(&mut card.status);
            card.processes.clear();
            card.ports.clear();
            card.memory = 0;
            card.writable = WritableScene { presence: 0.0, ..WritableScene::default() };
        });
    }

    /// A container that came and went within the step: what is known of it is its image.
    fn unknown(&self, id: &Arc<str>, image: Digest) -> ContainerScene {
        let from = self.later.images.iter().chain(&self.machine.images).find(|known| known.id == image);
        ContainerScene {
            id: id.clone(),
            name: id.chars().take(12).collect(),
            image,
            image_name: from.and_then(|image| image.tags.first().cloned()).unwrap_or_else(|| image.short()),
            state: ContainerState::Created,
            status: String::new(),
            ports: Vec::new(),
            layers: from
                .map(|image| image.layers.iter().map(|l| (l.id, Shade::of(l.id))).collect())
                .unwrap_or_default(),
            writable: WritableScene::default(),
            processes: Vec::new(),
            mounts: Vec::new(),
            addresses: Vec::new(),
            memory: 0,
            memory_limit: None,
            presence: 0.0,
            root: FilesystemId(0),
        }
    }

    fn state(&mut self, container: &Arc<str>, state: ContainerState, status: &str) {
        self.with(container, |card| {
            card.state = state;
            status.clone_into(&mut card.status);
        });
        self.focus.push(Subject::Container(container.clone()));
    }

    fn container_goes(&mut self, id: &Arc<str>) {
        let (share, over) = (self.share, self.over());
        self.focus.push(Subject::Container(id.clone()));
        self.machine.containers.retain_mut(|card| {
            if card.id == *id {
                let card = Arc::make_mut(card);
                card.state = ContainerState::Removing;
                card.writable.presence = 1.0 - share;
                card.presence = 1.0 - share;
            }
            card.id != *id || !over
        });
    }

    fn process_goes(&mut self, container: &Arc<str>, host_pid: u32) {
        let (share, over) = (self.share, self.over());
        self.with(container, |card| {
            card.processes.retain_mut(|process| {
                if process.host_pid == host_pid {
                    process.presence = 1.0 - share;
                }
                process.host_pid != host_pid || !over
            });
        });
        self.focus.push(Subject::Container(container.clone()));
    }

    fn copied_up(&mut self, root: FilesystemId, path: &str, layer: u32, bytes: u64) {
        let Some(card) = self.of(root) else { return };
        let id = card.id.clone();
        let from = usize::try_from(layer).ok().and_then(|layer| card.layers.get(layer)).map(|(id, _)| *id);
        put_file(&mut card.writable, path, FileChange::Changed, bytes);
        let to = Subject::File(id.clone(), path.to_owned());
        self.focus.push(to.clone());
        if let Some(from) = from {
            self.focus.push(Subject::Layer(from));
            let name = path.rsplit('/').next().unwrap_or(path).to_owned();
            self.travel = Some((Subject::Layer(from), to, name, TravelKind::CopyUp));
        }
    }

    fn written(&mut self, root: FilesystemId, path: &str, created: bool) {
        let later = self.later.containers.iter().find(|card| card.root == root);
        let known = later.and_then(|card| card.writable.files.iter().find(|file| file.path == path)).cloned();
        let Some(card) = self.of(root) else { return };
        let id = card.id.clone();
        let before = card.writable.files.iter().find(|file| file.path == path).map(|file| file.change);
        let change = match (before, &known) {
            (Some(FileChange::Changed | FileChange::Added), _) => before.unwrap_or(FileChange::Added),
            (_, Some(known)) => known.change,
            _ if created => FileChange::Added,
            _ => FileChange::Changed,
        };
        put_file(&mut card.writable, path, change, known.map_or(0, |file| file.size));
        self.focus.push(Subject::File(id, path.to_owned()));
    }

    fn deleted(&mut self, root: FilesystemId, path: &str, whiteout: bool) {
        let over = self.over();
        let Some(card) = self.of(root) else { return };
        let id = card.id.clone();
        if whiteout {
            put_file(&mut card.writable, path, FileChange::Deleted, 0);
        } else if over {
            card.writable.files.retain(|file| file.path != path);
        }
        self.focus.push(Subject::File(id, path.to_owned()));
    }

    fn boot_stage(&mut self, name: &Arc<str>, stage: &str) {
        let share = self.share;
        if let Some(later) = self.later.virtual_machines.iter().find(|machine| machine.name == *name)
            && !self.machine.virtual_machines.iter().any(|machine| machine.name == *name)
        {
            let mut fresh = later.clone();
            for stage in &mut fresh.stages {
                stage.progress = 0.0;
            }
            fresh.first_answer = None;
            fresh.services.clear();
            self.machine.virtual_machines.push(fresh);
        }
        if let Some(machine) = self.machine.virtual_machines.iter_mut().find(|machine| machine.name == *name) {
            machine.running = true;
            if let Some(stage) = machine.stages.iter_mut().find(|known| known.name == stage) {
                stage.progress = share;
            }
        }
        self.focus.push(Subject::VirtualMachine(name.clone()));
    }
}

/// Files that are named while they change; more are left to the still picture.
const FILES_IN_MOTION: usize = 24;

fn put_file(writable: &mut WritableScene, path: &str, change: FileChange, size: u64) {
    match writable.files.binary_search_by(|file| file.path.as_str().cmp(path)) {
        Ok(at) => (writable.files[at].change, writable.files[at].size) = (change, size),
        Err(at) if writable.files.len() < FILES_IN_MOTION => {
            writable.files.insert(at, FileScene { path: path.to_owned(), change, size });
        }
        Err(_) => {}
    }
}
