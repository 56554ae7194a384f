//! What can be seen: machines, images as stacks of layers, containers with their writable layer, and the rest.
//!
//! Promises: plain data. A share (`f32`) is from 0 to 1. Equal layers have equal [`Shade`]s wherever they appear.

use std::sync::Arc;

use crate::world::digest::Digest;
use crate::world::load::report::Sample;
use crate::world::process::descriptor::FilesystemId;

/// The whole picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    pub machines: Vec<MachineScene>,
    /// What the last event was about: the view draws attention to it.
    pub focus: Vec<Subject>,
    /// Something on its way from one place to another.
    pub travels: Vec<Travel>,
}

impl Scene {
    /// The things that can be selected, in the order in which they are drawn.
    pub fn things(&self) -> Vec<Subject> {
        self.machines.iter().flat_map(Scene::things_of).collect()
    }

    /// The things on a machine, and the machine.
    pub fn things_of(machine: &MachineScene) -> Vec<Subject> {
        let mut things = vec![Subject::Machine(machine.name.clone())];
        things.extend(machine.images.iter().map(|image| Subject::Image(image.id)));
        things.extend(machine.load.iter().map(|_| Subject::Load(machine.name.clone())));
        things.extend(machine.virtual_machines.iter().map(|guest| Subject::VirtualMachine(guest.name.clone())));
        things.extend(machine.containers.iter().map(|container| Subject::Container(container.id.clone())));
        things.extend(machine.volumes.iter().map(|volume| Subject::Volume(volume.name.clone())));
        things.extend(machine.networks.iter().map(|network| Subject::Network(network.name.as_str().into())));
        things
    }
}

/// Something on the stage that can be pointed at, by a lesson (`highlight`), by an event, or by the learner.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    Machine(Arc<str>),
    /// By ID.
    Image(Digest),
    /// By diff ID.
    Layer(Digest),
    /// By full ID.
    Container(Arc<str>),
    /// The writable layer of a container, by the container's ID.
    Writable(Arc<str>),
    /// A file in a container's writable layer.
    File(Arc<str>, String),
    Process(u32),
    Volume(Arc<str>),
    Network(Arc<str>),
    Registry,
    VirtualMachine(Arc<str>),
    /// The load that users on this machine put on a service.
    Load(Arc<str>),
}

/// Which of eight looks a layer has: it follows from its diff ID, with collisions between neighbours in a stack let be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shade(pub u8);

impl Shade {
    /// How many shades there are.
    pub const COUNT: u8 = 8;

    /// The shade of a layer.
    pub fn of(layer: Digest) -> Shade {
        Shade(layer.bytes()[0] % Shade::COUNT)
    }
}

/// A computer.
#[derive(Clone, Debug, PartialEq)]
pub struct MachineScene {
    pub name: Arc<str>,
    /// `linux/amd64`.
    pub platform: String,
    pub kernel: Arc<str>,
    pub cpus: u32,
    pub memory: Gauge,
    pub disk: Gauge,
    pub images: Vec<ImageScene>,
    /// Shared between the pictures of a motion, of which each changes few.
    pub containers: Vec<Arc<ContainerScene>>,
    pub volumes: Vec<VolumeScene>,
    pub networks: Vec<NetworkScene>,
    pub virtual_machines: Vec<VirtualMachineScene>,
    /// The build under way, or that of the last step.
    pub build: Option<BuildScene>,
    /// What the last step fetched.
    pub registry: Option<RegistryScene>,
    /// The requests of the last step.
    pub requests: Vec<RequestScene>,
    /// The load that users on this machine put on a service, while it lasts and until the step after it.
    pub load: Option<LoadScene>,
}

/// How much of something is used, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gauge {
    pub used: u64,
    pub total: u64,
}

impl Gauge {
    /// The used share.
    pub fn share(self) -> f32 {
        if self.total == 0 { 0.0 } else { (self.used as f64 / self.total as f64).min(1.0) as f32 }
    }
}

/// An image: a stack of layers, the lowest first.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageScene {
    pub id: Digest,
    /// In familiar form; empty when the image is dangling.
    pub tags: Vec<String>,
    /// Bytes, uncompressed.
    pub size: u64,
    pub layers: Vec<LayerScene>,
    /// How much of it is there: it grows while it is pulled or built, and shrinks when it goes.
    pub presence: f32,
    /// How many containers, running or not, were made from it.
    pub containers: u32,
}

/// A layer in a stack.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerScene {
    /// The diff ID.
    pub id: Digest,
    pub shade: Shade,
    /// The instruction that made it: `COPY html`, `RUN apt-get update`, or what history says.
    pub made_by: String,
    /// Bytes, uncompressed.
    pub size: u64,
    /// How much of it has come: 1 once it is there.
    pub progress: f32,
    /// In how many images of the machine it is.
    pub shared_by: u32,
}

/// A container.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerScene {
    pub id: Arc<str>,
    pub name: String,
    pub image: Digest,
    /// The image as it was named.
    pub image_name: String,
    pub state: ContainerState,
    /// `Up 3 seconds`, `Exited (0)`.
    pub status: String,
    /// `8080→80/tcp`.
    pub ports: Vec<String>,
    /// The shades of its image's layers, lowest first.
    pub layers: Vec<(Digest, Shade)>,
    pub writable: WritableScene,
    pub processes: Vec<ProcessScene>,
    /// Volumes and binds: target ← name or host path.
    pub mounts: Vec<(String, String)>,
    /// Network name and address.
    pub addresses: Vec<(String, String)>,
    /// Bytes of memory in use.
    pub memory: u64,
    pub memory_limit: Option<u64>,
    pub presence: f32,
    /// Its root file system, by which events name it.
    pub root: FilesystemId,
}

/// What a container is doing: its sign and word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerState {
    Created,
    Running,
    Paused,
    Restarting,
    Removing,
    Exited,
    Dead,
}

/// A container's writable layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WritableScene {
    pub files: Vec<FileScene>,
    /// Files that there is no room to name.
    pub more: u32,
    /// Bytes.
    pub size: u64,
    /// How much of it is there: it is laid on the stack at the start and dissolves with the container.
    pub presence: f32,
}

/// A file that differs from the image's.
#[derive(Clone, Debug, PartialEq)]
pub struct FileScene {
    pub path: String,
    pub change: FileChange,
    pub size: u64,
}

/// How a file differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileChange {
    Added,
    /// It was copied up from the image and changed.
    Changed,
    /// A whiteout hides the image's file.
    Deleted,
}

/// A process.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcessScene {
    /// Its number in the container.
    pub pid: u32,
    /// Its number on the machine.
    pub host_pid: u32,
    pub command: String,
    pub presence: f32,
}

/// A volume.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeScene {
    pub name: Arc<str>,
    pub size: u64,
    /// Names of the containers that have it mounted.
    pub used_by: Vec<String>,
    pub presence: f32,
}

/// A network.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkScene {
    pub name: String,
    pub driver: String,
    /// `172.18.0.0/16`.
    pub subnet: Option<String>,
    /// The running containers in it.
    pub members: Vec<MemberScene>,
    pub presence: f32,
}

/// A container in a network.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberScene {
    /// Its full ID.
    pub container: Arc<str>,
    pub name: String,
    pub address: Option<String>,
}

/// The path of a request: what it met, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestScene {
    pub hops: Vec<HopScene>,
    /// Why it did not arrive: it ended at the last hop.
    pub failed: Option<String>,
}

/// Something that a request met.
#[derive(Clone, Debug, PartialEq)]
pub struct HopScene {
    /// `laptop`, `port 8080`, `bridge`, `web:80`.
    pub words: String,
    pub subject: Option<Subject>,
}

/// Many users of a service, second by second.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadScene {
    pub users: u32,
    /// `localhost:8080`.
    pub target: String,
    /// The oldest first.
    pub samples: Vec<Arc<Sample>>,
    pub under_way: bool,
}

/// An image in the registry, as it was fetched from there or sent there.
#[derive(Clone, Debug, PartialEq)]
pub struct RegistryScene {
    /// In familiar form: `nginx:1.27`.
    pub name: String,
    /// By ID.
    pub image: Digest,
    /// Whether it was sent; otherwise it was fetched.
    pub pushed: bool,
    /// Its layers, the lowest first.
    pub layers: Vec<RegistryLayerScene>,
}

/// A layer in the registry.
#[derive(Clone, Debug, PartialEq)]
pub struct RegistryLayerScene {
    /// The diff ID.
    pub id: Digest,
    pub shade: Shade,
    /// Where it was to go, it was already.
    pub known: bool,
    /// How much of it is in the registry.
    pub progress: f32,
}

/// A virtual machine.
#[derive(Clone, Debug, PartialEq)]
pub struct VirtualMachineScene {
    pub name: Arc<str>,
    /// The guest operating system.
    pub guest: String,
    pub kernel: String,
    /// Boot stages in order.
    pub stages: Vec<StageScene>,
    /// Bytes reserved from the host.
    pub memory: u64,
    /// Bytes of its disk image.
    pub disk: u64,
    /// What runs in it.
    pub services: Vec<String>,
    pub running: bool,
    /// Time from power-on to the first answered request, in milliseconds.
    pub first_answer: Option<u64>,
    pub presence: f32,
}

/// A stage of a boot.
#[derive(Clone, Debug, PartialEq)]
pub struct StageScene {
    pub name: String,
    /// How much of it is over.
    pub progress: f32,
}

/// A build.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BuildScene {
    pub steps: Vec<BuildStepScene>,
    pub total: u32,
}

/// A step of a build.
#[derive(Clone, Debug, PartialEq)]
pub struct BuildStepScene {
    pub number: u32,
    pub instruction: String,
    pub cached: bool,
    pub progress: f32,
    /// The layer that it made: its diff ID, its look, its size in bytes.
    pub layer: Option<(Digest, Shade, u64)>,
    pub failed: bool,
}

/// Something that moves.
#[derive(Clone, Debug, PartialEq)]
pub struct Travel {
    pub from: Subject,
    pub to: Subject,
    /// What moves: a file name, a request.
    pub label: String,
    pub progress: f32,
    pub kind: TravelKind,
}

/// What kind of thing moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TravelKind {
    /// A layer from the registry.
    Pull,
    /// A layer to the registry.
    Push,
    /// A file from a layer into the writable layer.
    CopyUp,
    /// A writable layer that becomes a layer of an image.
    Commit,
    Signal,
    Request,
    /// A request that does not arrive.
    Refused,
}
