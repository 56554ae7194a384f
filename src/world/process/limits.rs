//! What one process may use of each resource: the soft and hard limits of getrlimit(2).
//!
//! Promises: a child has its parent's, raising a hard one needs CAP_SYS_RESOURCE, and the kernel's defaults are those of a Linux whose
//! services are started by systemd. Open files and processes are held to; the others are shown only. Must not know who sets them.

use imbl::OrdMap;

use super::credentials::Credentials;
use super::kernel::Kernel;
use crate::world::filesystem::errno::Errno;

/// One resource, in the order of `/proc/PID/limits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    Cpu,
    FileSize,
    Data,
    Stack,
    Core,
    ResidentSet,
    Processes,
    OpenFiles,
    LockedMemory,
    AddressSpace,
    Locks,
    PendingSignals,
    MessageQueues,
    Nice,
    RealTimePriority,
    RealTime,
}

impl Resource {
    /// All of them.
    pub const ALL: [Resource; 16] = [
        Resource::Cpu,
        Resource::FileSize,
        Resource::Data,
        Resource::Stack,
        Resource::Core,
        Resource::ResidentSet,
        Resource::Processes,
        Resource::OpenFiles,
        Resource::LockedMemory,
        Resource::AddressSpace,
        Resource::Locks,
        Resource::PendingSignals,
        Resource::MessageQueues,
        Resource::Nice,
        Resource::RealTimePriority,
        Resource::RealTime,
    ];

    /// The resource that `docker run --ulimit` calls so.
    pub fn named(name: &str) -> Option<Resource> {
        Some(match name {
            "cpu" => Resource::Cpu,
            "fsize" => Resource::FileSize,
            "data" => Resource::Data,
            "stack" => Resource::Stack,
            "core" => Resource::Core,
            "rss" => Resource::ResidentSet,
            "nproc" => Resource::Processes,
            "nofile" => Resource::OpenFiles,
            "memlock" => Resource::LockedMemory,
            "as" => Resource::AddressSpace,
            "locks" => Resource::Locks,
            "sigpending" => Resource::PendingSignals,
            "msgqueue" => Resource::MessageQueues,
            "nice" => Resource::Nice,
            "rtprio" => Resource::RealTimePriority,
            "rttime" => Resource::RealTime,
            _ => return None,
        })
    }

    /// How `/proc/PID/limits` calls it, and in which unit it counts.
    const fn described(self) -> (&'static str, &'static str) {
        match self {
            Resource::Cpu => ("Max cpu time", "seconds"),
            Resource::FileSize => ("Max file size", "bytes"),
            Resource::Data => ("Max data size", "bytes"),
            Resource::Stack => ("Max stack size", "bytes"),
            Resource::Core => ("Max core file size", "bytes"),
            Resource::ResidentSet => ("Max resident set", "bytes"),
            Resource::Processes => ("Max processes", "processes"),
            Resource::OpenFiles => ("Max open files", "files"),
            Resource::LockedMemory => ("Max locked memory", "bytes"),
            Resource::AddressSpace => ("Max address space", "bytes"),
            Resource::Locks => ("Max file locks", "locks"),
            Resource::PendingSignals => ("Max pending signals", "signals"),
            Resource::MessageQueues => ("Max msgqueue size", "bytes"),
            Resource::Nice => ("Max nice priority", ""),
            Resource::RealTimePriority => ("Max realtime priority", ""),
            Resource::RealTime => ("Max realtime timeout", "us"),
        }
    }
}

/// What a process may use of a resource, and to what it may raise that; `None` is without limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub soft: Option<u64>,
    pub hard: Option<u64>,
}

impl Limit {
    const NONE: Limit = Limit { soft: None, hard: None };

    const fn both(value: u64) -> Limit {
        Limit { soft: Some(value), hard: Some(value) }
    }
}

/// The most files that any process may have open (`fs.nr_open`).
const OPEN_FILES: u64 = 1 << 20;

/// The limits of a process: those that differ from the machine's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceLimits {
    own: OrdMap<Resource, Limit>,
}

impl ResourceLimits {
    /// What holds for a resource on this machine.
    pub fn get(&self, kernel: &Kernel, resource: Resource) -> Limit {
        // The kernel gives one process or signal for so many bytes of memory (`fork_init`: an eighth of it for stacks of 16 KiB, half to one user).
        let by_memory = Limit::both(kernel.memory / (8 * 16_384) / 2);
        self.own.get(&resource).copied().unwrap_or(match resource {
            Resource::Stack => Limit { soft: Some(8 << 20), hard: None },
            Resource::Core => Limit { soft: Some(0), hard: None },
            Resource::OpenFiles => Limit::both(OPEN_FILES),
            Resource::LockedMemory => Limit::both(8 << 20),
            Resource::PendingSignals | Resource::Processes => by_memory,
            Resource::MessageQueues => Limit::both(819_200),
            Resource::Nice | Resource::RealTimePriority => Limit::both(0),
            _ => Limit::NONE,
        })
    }

    /// The limits with this one changed.
    #[must_use]
    pub fn with(&self, resource: Resource, limit: Limit) -> ResourceLimits {
        ResourceLimits { own: self.own.update(resource, limit) }
    }

    /// Whether somebody may change a limit so (`setrlimit(2)`).
    ///
    /// # Errors
    /// `EINVAL` for a soft limit above the hard one, `EPERM` for a hard one that is raised without the power to.
    pub fn check(&self, kernel: &Kernel, who: &Credentials, resource: Resource, limit: Limit) -> Result<(), Errno> {
        let above =
            |value: Option<u64>, bound: Option<u64>| bound.is_some_and(|bound| value.is_none_or(|value| value > bound));
        if above(limit.soft, limit.hard) {
            return Err(Errno::EINVAL);
        }
        let raised = above(limit.hard, self.get(kernel, resource).hard);
        let beyond_kernel = resource == Resource::OpenFiles && above(limit.hard, Some(OPEN_FILES));
        let may_raise = who.has(super::capabilities::Capability::SYS_RESOURCE);
        if beyond_kernel || (raised && !may_raise) { Err(Errno::EPERM) } else { Ok(()) }
    }

    /// As `/proc/PID/limits` shows them.
    pub fn table(&self, kernel: &Kernel) -> String {
        let number = |value: Option<u64>| value.map_or_else(|| "unlimited".to_owned(), |value| value.to_string());
        let row =
            |name: &str, soft: &str, hard: &str, unit: &str| format!("{name:<26}{soft:<21}{hard:<21}{unit:<10}\n");
        let mut text = row("Limit", "Soft Limit", "Hard Limit", "Units");
        for resource in Resource::ALL {
            let (name, unit) = resource.described();
            let limit = self.get(kernel, resource);
            text.push_str(&row(name, &number(limit.soft), &number(limit.hard), unit));
        }
        text
    }
}
