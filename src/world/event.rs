//! What happened, as data: each event names the things it is about, and from it the screen draws and explains.
//!
//! Promises: events tell what the model did, in the order in which it did it; they carry no words for the learner.

use std::net::Ipv4Addr;
use std::sync::Arc;

use super::clock::Time;
use super::daemon::wire::Body;
use super::digest::Digest;
use super::load::report::Sample;
use super::process::descriptor::{FilesystemId, Stream};
use super::process::{ExitStatus, Pid, Signal};

/// Something that happened on a machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub at: Time,
    /// The machine's name.
    pub machine: Arc<str>,
    pub kind: EventKind,
}

/// What happened. Containers are named by their full ID, images by their ID (the digest of their config).
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    // The client and the daemon
    /// A request of the Engine API: `POST /v1.51/containers/create`.
    ApiRequest {
        method: &'static str,
        path: String,
        body: Body,
        status: u16,
        /// The JSON that was answered, the first part of it if it is long; empty if there was none.
        answer: Arc<str>,
    },

    // Images
    /// A layer came from the registry; `bytes` is its compressed size.
    LayerPulled {
        image: String,
        layer: Digest,
        bytes: u64,
    },
    /// A layer that a pull needs was there already.
    LayerExists {
        image: String,
        layer: Digest,
    },
    ImagePulled {
        reference: String,
        image: Digest,
    },
    /// A layer went to the registry, which did not have it; `bytes` is its compressed size.
    LayerPushed {
        image: String,
        layer: Digest,
        bytes: u64,
    },
    /// A layer that a push needs was in the registry already, in this repository or in another.
    LayerInRegistry {
        image: String,
        layer: Digest,
    },
    ImagePushed {
        reference: String,
        image: Digest,
    },
    /// `image` got the name `reference`; `previous` is the image that lost it.
    ImageTagged {
        reference: String,
        image: Digest,
        previous: Option<Digest>,
    },
    ImageUntagged {
        reference: String,
        image: Digest,
    },
    ImageDeleted {
        image: Digest,
    },
    LayerDeleted {
        layer: Digest,
    },
    /// A container's writable layer was frozen into a layer of a new image.
    Committed {
        container: Arc<str>,
        image: Digest,
        layer: Option<Digest>,
    },

    // Builds
    BuildStarted {
        steps: u32,
    },
    /// A step of a build began. `cached` means that its result was taken from the cache.
    BuildStep {
        number: u32,
        instruction: String,
        cached: bool,
    },
    /// A step made a layer.
    LayerBuilt {
        number: u32,
        layer: Digest,
        bytes: u64,
    },
    BuildFinished {
        image: Digest,
    },
    BuildFailed {
        step: u32,
    },

    // Containers
    ContainerCreated {
        container: Arc<str>,
        image: Digest,
    },
    /// The image's layers and a writable layer were put together as the container's root.
    MountAssembled {
        container: Arc<str>,
        layers: u32,
    },
    ContainerStarted {
        container: Arc<str>,
    },
    ContainerPaused {
        container: Arc<str>,
    },
    ContainerUnpaused {
        container: Arc<str>,
    },
    ContainerDied {
        container: Arc<str>,
        status: ExitStatus,
    },
    ContainerRestarting {
        container: Arc<str>,
        attempt: u32,
    },
    ContainerRenamed {
        container: Arc<str>,
        from: String,
        to: String,
    },
    /// The container and its writable layer are gone.
    ContainerRemoved {
        container: Arc<str>,
        writable_bytes: u64,
    },
    HealthChanged {
        container: Arc<str>,
        status: &'static str,
    },
    PortPublished {
        container: Arc<str>,
        host: Ipv4Addr,
        host_port: u16,
        container_port: u16,
    },

    // Volumes and networks
    VolumeCreated {
        name: Arc<str>,
    },
    VolumeMounted {
        name: Arc<str>,
        container: Arc<str>,
        target: String,
    },
    /// An empty volume was filled with what the image has at its target.
    VolumeFilled {
        name: Arc<str>,
        files: u64,
    },
    VolumeRemoved {
        name: Arc<str>,
    },
    NetworkCreated {
        name: Arc<str>,
    },
    NetworkRemoved {
        name: Arc<str>,
    },
    NetworkConnected {
        name: Arc<str>,
        container: Arc<str>,
        address: Ipv4Addr,
    },
    NetworkDisconnected {
        name: Arc<str>,
        container: Arc<str>,
    },

    // Files
    /// A file of a lower layer was copied into the upper one, because lower layers are read-only.
    /// `layer` counts the lower layers from 0, the bottom.
    CopiedUp {
        filesystem: FilesystemId,
        path: String,
        layer: u32,
        bytes: u64,
    },
    FileWritten {
        filesystem: FilesystemId,
        path: String,
        created: bool,
    },
    /// A file was deleted; `whiteout` when a lower layer still has it and the upper one now hides it.
    FileDeleted {
        filesystem: FilesystemId,
        path: String,
        whiteout: bool,
    },

    // Processes
    /// `container` is the full ID of the container it runs in, `namespace_pid` its PID there.
    ProcessStarted {
        pid: Pid,
        namespace_pid: u32,
        container: Option<Arc<str>>,
        command: String,
    },
    ProcessExited {
        pid: Pid,
        container: Option<Arc<str>>,
        status: ExitStatus,
    },
    Signalled {
        pid: Pid,
        container: Option<Arc<str>>,
        signal: Signal,
        ignored: bool,
    },
    /// A process could not have the memory that it asked for; the kernel killed it.
    OutOfMemory {
        container: Option<Arc<str>>,
        pid: Pid,
    },
    Output {
        container: Arc<str>,
        stream: Stream,
    },
    Listening {
        container: Option<Arc<str>>,
        address: Ipv4Addr,
        port: u16,
    },
    /// A connection was asked for; `to` is the container that took it.
    Connection {
        from: Option<Arc<str>>,
        to: Option<Arc<str>>,
        address: Ipv4Addr,
        port: u16,
        failed: Option<String>,
    },

    // Load
    /// Users began to send requests, or stopped.
    LoadBegan {
        users: u32,
        address: Ipv4Addr,
        port: u16,
    },
    /// A second of a load went by.
    LoadSample(Arc<Sample>),
    LoadEnded {
        requests: u64,
        errors: u64,
    },

    // Machines
    /// A connection to another machine was asked for, by the container `from` or the machine itself.
    Crossing {
        from: Option<Arc<str>>,
        to: Arc<str>,
        port: u16,
        failed: Option<String>,
    },
    /// Somebody logged in to this machine from another one, or a command came from there.
    LoggedIn {
        from: Arc<str>,
    },
    BootStage {
        virtual_machine: Arc<str>,
        stage: String,
    },
    VirtualMachineStopped {
        virtual_machine: Arc<str>,
    },
    /// A service gave its first answer since its container or virtual machine was started.
    FirstAnswer {
        container: Option<Arc<str>>,
        virtual_machine: Option<Arc<str>>,
    },
}
