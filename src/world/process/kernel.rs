//! The kernel of one machine: its processes, their namespaces, and the objects that they share.
//!
//! Promises: what happens follows from the order of system calls alone. Every number it hands out (PIDs, file
//! systems, pipes) grows and is never reused within a world.
//! Life and death of processes is in `life.rs`, waiting and waking in `schedule.rs`, files in `vfs.rs`, pipes and
//! connections in `socket.rs`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use imbl::{OrdMap, OrdSet, Vector};

use super::control_group::ControlGroup;
use super::credentials::Credentials;
use super::descriptor::{FilesystemId, OpenFile, OpenFileId, Pipe, PipeId, SinkId, Stream};
use super::limits::ResourceLimits;
use super::mounts::MountNamespace;
use super::namespaces::{NamespaceId, Namespaces, PidNamespace};
use super::network::{NetworkNamespaceId, Networks};
use super::program::{Program, Progress};
use super::schedule::WaitKey;
use super::signal::{Action, Signal};
use crate::world::clock::Time;
use crate::world::filesystem::union::UnionMount;

/// A process's number on its machine (as the host sees it).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pid(pub u32);

impl Pid {
    /// The kernel itself: the parent of the first process, and of those that the daemon starts and reaps.
    pub const KERNEL: Pid = Pid(0);
    /// The machine's first process.
    pub const INIT: Pid = Pid(1);
}

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExitStatus {
    /// It exited with a code from 0 to 255.
    Code(u8),
    /// A signal ended it.
    Signal(Signal),
}

impl ExitStatus {
    /// The code that a shell and Docker show: the exit code, or 128 and the signal's number.
    pub fn code(self) -> i32 {
        match self {
            ExitStatus::Code(code) => i32::from(code),
            ExitStatus::Signal(signal) => 128 + i32::from(signal.number()),
        }
    }
}

/// What a process is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProcessState {
    /// It runs, or will as soon as its turn comes.
    Runnable,
    /// It waits for one of these.
    Waiting,
    /// It was stopped by a signal.
    Stopped,
    /// It ended and its parent has not asked how.
    Zombie(ExitStatus),
}

/// A Linux in a virtual machine, on which the containers of a machine with another system run, as Docker Desktop has it. Its processes are not
/// seen from outside, and it runs programs for other kinds of processors all the same (`binfmt_misc`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestKernel {
    /// What `uname -r` prints in it.
    pub release: Arc<str>,
    /// Bytes of memory that it may have.
    pub memory: u64,
}

/// A process.
#[derive(Clone, Debug)]
pub struct Process {
    pub pid: Pid,
    /// Its PID inside its own PID namespace.
    pub namespace_pid: u32,
    pub parent: Pid,
    /// The session: the process that began it, usually the one on a terminal.
    pub session: Pid,
    /// Process group: what Ctrl-C and `kill -- -N` reach.
    pub group: Pid,
    pub namespaces: Namespaces,
    /// Its control group, when it is a container's: the container's full ID.
    pub container: Option<Arc<str>>,
    pub credentials: Credentials,
    pub working_directory: Arc<str>,
    pub umask: u32,
    /// What it may use of each resource.
    pub limits: ResourceLimits,
    /// How readily the kernel kills it when memory is short, from -1000 to 1000 (`oom_score_adj`).
    pub oom_score: i32,
    /// The name that `ps` and `top` show: that of the file it runs, as it was called (`comm`). A server that writes over
    /// its arguments (`nginx: worker process`) does not change it.
    pub name: Arc<str>,
    pub arguments: Arc<[String]>,
    pub environment: Arc<[String]>,
    /// The file it runs, as a path in its mount namespace.
    pub executable: Arc<str>,
    pub descriptors: OrdMap<u32, OpenFileId>,
    pub state: ProcessState,
    pub started: Time,
    /// Processor time used.
    pub cpu: Duration,
    /// Memory used, in bytes.
    pub memory: u64,
    /// Whether it has a controlling terminal (`docker run -t`, or the console).
    pub terminal: bool,
    pub(super) program: Option<Box<dyn Program>>,
    /// Processor time to be spent before it can go on.
    pub(super) debt: Duration,
    /// Processor time for starting programs that has not become a debt yet; see [`super::schedule::START`].
    pub(super) starting: Duration,
    /// Whether it is paying a debt: it wants a processor.
    pub(super) busy: bool,
    /// What it did when its time was spent: exit or exec come after the debt is paid.
    pub(super) deferred: Option<Deferred>,
    pub(super) actions: OrdMap<Signal, Action>,
    pub(super) pending: Vector<Signal>,
    pub(super) waits: Vec<WaitKey>,
    pub(super) timer: Option<Time>,
    pub(super) queued: bool,
}

/// A progress that waits for its processor time to be paid.
#[derive(Debug)]
pub(super) struct Deferred(pub Progress);

impl Clone for Deferred {
    fn clone(&self) -> Deferred {
        Deferred(match &self.0 {
            Progress::Ready => Progress::Ready,
            Progress::Waiting(wait) => Progress::Waiting(wait.clone()),
            Progress::Exited(code) => Progress::Exited(*code),
            Progress::Exec(program) => Progress::Exec(program.boxed_clone()),
        })
    }
}

impl Process {
    /// How much the out-of-memory killer counts it for, in bytes: its memory, and a thousandth of the machine's for each point of
    /// `oom_score_adj` (Linux, `oom_badness`).
    pub(super) fn badness(&self, total: u64) -> i128 {
        i128::from(self.memory) + i128::from(self.oom_score) * i128::from(total) / 1000
    }

    /// What a program would see as `$?` if it asked now: nothing until it ended.
    pub fn exit_status(&self) -> Option<ExitStatus> {
        match self.state {
            ProcessState::Zombie(status) => Some(status),
            _ => None,
        }
    }
}

/// A file system that can be mounted.
#[derive(Clone, Debug)]
pub enum Filesystem {
    /// Files in layers: a container's root, the host's disk, a tmpfs.
    Union(UnionMount),
    /// `/proc`: made up from the kernel's state when it is read.
    Proc,
    /// `/sys`, likewise.
    Sys,
}

/// What a process wrote to a sink, in one piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinkChunk {
    pub at: Time,
    pub stream: Stream,
    pub bytes: Arc<[u8]>,
}

/// Most bytes that a sink keeps; the oldest are dropped beyond it.
pub const SINK_LIMIT: u64 = 16 << 20;

/// Where the daemon collects the output of a container or an exec.
#[derive(Clone, Debug, Default)]
pub struct Sink {
    /// What is kept, oldest first.
    pub chunks: Vector<SinkChunk>,
    /// How many chunks were dropped before the first that is kept.
    pub dropped: u64,
    /// Bytes kept.
    pub bytes: u64,
}

/// A process that ended, for the daemon to notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub pid: Pid,
    pub container: Option<Arc<str>>,
    pub status: ExitStatus,
}

/// The kernel of one machine.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// What `uname -r` prints, in every container too.
    pub release: Arc<str>,
    /// `x86_64`, `aarch64`: what `uname -m` prints.
    pub architecture: Arc<str>,
    /// The kernel that containers run on where this one is not Linux.
    pub guest: Option<GuestKernel>,
    /// Logical processors.
    pub cpus: u32,
    /// The machine's memory in bytes.
    pub memory: u64,
    pub(super) processes: OrdMap<Pid, Arc<Process>>,
    /// Parents with their children.
    pub(super) children: OrdSet<(Pid, Pid)>,
    /// Containers with their processes.
    pub(super) members: OrdSet<(Arc<str>, Pid)>,
    pub(super) last_pid: u32,
    pub(super) last_id: u64,
    pub(super) filesystems: OrdMap<FilesystemId, Arc<Filesystem>>,
    /// What file systems of limited size can hold, in bytes.
    pub(super) capacities: OrdMap<FilesystemId, u64>,
    /// By container.
    pub(super) control_groups: OrdMap<Arc<str>, Arc<ControlGroup>>,
    /// How many processes of a container want a processor; those without any are not here.
    pub(super) busy: OrdMap<Arc<str>, u32>,
    pub(super) mount_namespaces: OrdMap<NamespaceId, Arc<MountNamespace>>,
    pub(super) pid_namespaces: OrdMap<NamespaceId, Arc<PidNamespace>>,
    pub(super) host_names: OrdMap<NamespaceId, Arc<str>>,
    /// What was set below `/proc/sys` in a namespace, by its number and the path.
    pub(super) settings: OrdMap<(u64, Arc<str>), Arc<str>>,
    pub networks: Networks,
    pub(super) pipes: OrdMap<PipeId, Pipe>,
    pub(super) open_files: OrdMap<OpenFileId, (OpenFile, u32)>,
    pub(super) sinks: OrdMap<SinkId, Arc<Sink>>,
    pub(super) runnable: Vector<Pid>,
    pub(super) timers: OrdSet<(Time, Pid)>,
    pub(super) waiters: OrdSet<(WaitKey, Pid)>,
    /// Containers whose processes are frozen (`docker pause`).
    pub(super) frozen: OrdSet<Arc<str>>,
    /// Processes of frozen containers whose turn came.
    pub(super) parked: OrdSet<Pid>,
    pub(super) ended: Vector<Ended>,
    /// Containers whose servers have answered since they were started.
    pub(super) answered: OrdSet<Arc<str>>,
    /// Processes whose end somebody outside the kernel asks for, and how they ended.
    pub(super) watched: OrdMap<Pid, Option<ExitStatus>>,
    /// The machine's own namespaces.
    pub host: Namespaces,
    pub booted: Time,
}

impl Kernel {
    /// A kernel that has just booted: no process yet, an empty root file system.
    pub fn new(release: &str, architecture: &str, host_name: &str, booted: Time) -> Kernel {
        use super::mounts::Mount;
        use super::network::NetworkNamespace;

        let root = FilesystemId(1);
        let mount = Mount::new("/", root, "ext4");
        let host = Namespaces {
            pid: NamespaceId(2),
            mount: NamespaceId(3),
            uts: NamespaceId(4),
            network: NetworkNamespaceId(5),
        };
        let namespace = PidNamespace { init: None, last: 0, processes: OrdMap::new(), is_host: true };
        let mut networks = Networks::default();
        networks.namespaces.insert(host.network, Arc::new(NetworkNamespace { is_host: true, ..Default::default() }));
        Kernel {
            release: release.into(),
            architecture: architecture.into(),
            guest: None,
            cpus: 2,
            memory: 4 << 30,
            processes: OrdMap::new(),
            children: OrdSet::new(),
            members: OrdSet::new(),
            last_pid: 0,
            last_id: 5,
            filesystems: OrdMap::unit(root, Arc::new(Filesystem::Union(UnionMount::new(Vec::new())))),
            capacities: OrdMap::new(),
            control_groups: OrdMap::new(),
            busy: OrdMap::new(),
            mount_namespaces: OrdMap::unit(host.mount, Arc::new(MountNamespace::new(mount))),
            pid_namespaces: OrdMap::unit(host.pid, Arc::new(namespace)),
            host_names: OrdMap::unit(host.uts, host_name.into()),
            settings: OrdMap::new(),
            networks,
            pipes: OrdMap::new(),
            open_files: OrdMap::new(),
            sinks: OrdMap::new(),
            runnable: Vector::new(),
            timers: OrdSet::new(),
            waiters: OrdSet::new(),
            frozen: OrdSet::new(),
            parked: OrdSet::new(),
            ended: Vector::new(),
            answered: OrdSet::new(),
            watched: OrdMap::new(),
            host,
            booted,
        }
    }

    /// The host's root file system.
    pub const HOST_ROOT: FilesystemId = FilesystemId(1);

    /// Lets processes have numbers above this from now on, as on a machine that has been up for long.
    pub(in crate::world) fn give_numbers_from(&mut self, number: u32) {
        self.last_pid = self.last_pid.max(number);
    }

    pub(super) fn new_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// A process by its number on the machine.
    pub fn process(&self, pid: Pid) -> Option<&Process> {
        self.processes.get(&pid).map(|process| &**process)
    }

    /// All processes, by number.
    pub fn processes(&self) -> impl Iterator<Item = &Process> {
        self.processes.values().map(|process| &**process)
    }

    /// The processes of a container, by number.
    pub fn processes_of(&self, container: &str) -> impl Iterator<Item = &Process> {
        let container: Arc<str> = container.into();
        let range = (container.clone(), Pid(0))..=(container, Pid(u32::MAX));
        self.members.range(range).filter_map(|(_, pid)| self.process(*pid))
    }

    /// The children of a process, by number.
    pub fn children_of(&self, parent: Pid) -> impl Iterator<Item = &Process> {
        self.children.range((parent, Pid(0))..=(parent, Pid(u32::MAX))).filter_map(|(_, pid)| self.process(*pid))
    }

    pub(super) fn process_mut(&mut self, pid: Pid) -> Option<&mut Process> {
        self.processes.get_mut(&pid).map(Arc::make_mut)
    }

    /// Adds a file system, so that it can be mounted.
    pub fn add_filesystem(&mut self, filesystem: Filesystem) -> FilesystemId {
        let id = FilesystemId(self.new_id());
        self.filesystems.insert(id, Arc::new(filesystem));
        id
    }

    /// A file system in layers.
    pub fn union(&self, id: FilesystemId) -> Option<&UnionMount> {
        match self.filesystems.get(&id).map(|filesystem| &**filesystem) {
            Some(Filesystem::Union(union)) => Some(union),
            _ => None,
        }
    }

    /// A file system in layers, to be changed.
    pub fn union_mut(&mut self, id: FilesystemId) -> Option<&mut UnionMount> {
        match self.filesystems.get_mut(&id).map(Arc::make_mut) {
            Some(Filesystem::Union(union)) => Some(union),
            _ => None,
        }
    }

    /// Takes a file system away; what is mounted from it is empty from then on.
    pub fn remove_filesystem(&mut self, id: FilesystemId) {
        self.filesystems.remove(&id);
        self.capacities.remove(&id);
    }

    /// Limits what a file system can hold, in bytes (tmpfs `size=`).
    pub fn set_capacity(&mut self, filesystem: FilesystemId, bytes: u64) {
        self.capacities.insert(filesystem, bytes);
    }

    /// What a file system can hold, in bytes, if it is limited.
    pub fn capacity(&self, filesystem: FilesystemId) -> Option<u64> {
        self.capacities.get(&filesystem).copied()
    }

    /// Makes a place for the output of a container or an exec.
    pub fn create_sink(&mut self) -> SinkId {
        let id = SinkId(self.new_id());
        self.sinks.insert(id, Arc::new(Sink::default()));
        id
    }

    /// What was written to a sink.
    pub fn sink(&self, id: SinkId) -> Option<&Sink> {
        self.sinks.get(&id).map(|sink| &**sink)
    }

    /// Forgets a sink.
    pub fn remove_sink(&mut self, id: SinkId) {
        self.sinks.remove(&id);
    }

    /// The processes that ended since this was last asked, oldest first.
    pub fn take_ended(&mut self) -> Vec<Ended> {
        std::mem::take(&mut self.ended).into_iter().collect()
    }

    /// Keeps how this process will end, until [`Kernel::take_result`] asks.
    pub fn watch(&mut self, pid: Pid) {
        self.watched.insert(pid, None);
    }

    /// How a watched process ended, once; it is then watched no more.
    pub fn take_result(&mut self, pid: Pid) -> Option<ExitStatus> {
        let status = *self.watched.get(&pid)?;
        if status.is_some() {
            self.watched.remove(&pid);
        }
        status
    }
}
