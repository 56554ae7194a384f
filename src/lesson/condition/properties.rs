//! The subjects and properties that a lesson can ask about: one table of names, kinds and meanings.
//!
//! Promises: reader, schema, documentation and checker all take the names from here. Knows no world and no TOML.

use crate::lesson::table::words;

/// What kind of value a property has, which decides how a lesson may test it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// `true` or `false`.
    Truth,
    /// A whole number.
    Count,
    /// Bytes: a whole number, or a string with Docker's units (`"64m"`, `"1.5GB"`).
    Bytes,
    /// Virtual time: a string with a unit (`"10s"`, `"250ms"`, `"2m"`).
    Duration,
    /// A string.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// An ID or digest: compared with another observation, never written down.
    Identity,
    /// A layer of an image by number, 1 the lowest; or `"writable"` (the container's own), or `"mount"`.
    Layer,
}

words! {
    /// What a condition or observation can be about: the key that names the subject.
    pub enum SubjectKind named "a subject" {
        /// One container, by name or ID.
        Container = "container",
        /// The containers that a filter lets through; `{}` lets all through.
        Containers = "containers",
        /// One image, by reference or ID.
        Image = "image",
        /// The images that a filter lets through; `{}` lets all through.
        Images = "images",
        /// An absolute path, in the `container`, `image` or `volume` named beside it, or else on the machine's disk.
        File = "file",
        /// A TCP port, tried by a request to `host` (default localhost) `from` a container (default the machine).
        Port = "port",
        /// A host name, looked up `from` a container.
        Lookup = "lookup",
        /// One volume, by name.
        Volume = "volume",
        /// The volumes that a filter lets through; `{}` lets all through.
        Volumes = "volumes",
        /// One network, by name.
        Network = "network",
        /// The networks that a filter lets through; `{}` lets all through.
        Networks = "networks",
        /// `"last"`: the last build of this step.
        Build = "build",
        /// `"last"`: the last pull of this step.
        Pull = "pull",
        /// `"last"`: the last command of this step.
        Command = "command",
        /// `"last"`: the last load, of users who sent requests (`hey`), or the one that is under way.
        Load = "load",
        /// A machine, by name.
        Machine = "machine",
        /// A virtual machine, by name.
        VirtualMachine = "vm",
    }
}

words! {
    /// What can be asked of a subject: the key of a condition, or the word after `show`.
    pub enum Property named "a property" {
        /// Whether it is there.
        Exists = "exists",
        /// The container's state.
        State = "state",
        /// The exit code: of the container's main process, or of the command.
        ExitCode = "exit_code",
        /// The reference of the image that the container was made from.
        FromImage = "from_image",
        /// The container's health.
        Health = "health",
        /// How often the restart policy started the container again.
        Restarts = "restarts",
        /// How many paths `docker diff` lists.
        Changes = "changes",
        /// How many processes run in it.
        Processes = "processes",
        /// Whether the kernel ended it for lack of memory.
        OomKilled = "oom_killed",
        /// What its main process has written so far, without spaces and new lines at the ends.
        Logs = "logs",
        /// The container's address in its first network.
        Address = "address",
        /// Bytes: of a container its writable layer, of an image the sum of its layers, of a file its content.
        Size = "size",
        /// Bytes that no other image shares.
        UniqueSize = "unique_size",
        /// How many layers with files the image has.
        Layers = "layers",
        /// The ID.
        Id = "id",
        /// How many tags the image has.
        Tags = "tags",
        /// The CPU architecture, such as amd64 or arm64.
        Architecture = "architecture",
        /// The user that processes run as; empty for root by default.
        User = "user",
        /// The file's text, without spaces and new lines at the ends.
        Content = "content",
        /// Which layer the file comes from.
        Layer = "layer",
        /// The file's permissions as four octal digits, such as 0644.
        Mode = "mode",
        /// The file's owner and group as numbers, such as 0:0.
        Owner = "owner",
        /// Whether a request is answered.
        Reachable = "reachable",
        /// The name of the container or virtual machine that answers.
        AnsweredBy = "answered_by",
        /// Virtual time from start to the first answered request.
        FirstAnswer = "first_answer",
        /// Whether the name has an address.
        Found = "found",
        /// How many there are.
        Count = "count",
        /// How many containers use it, running or not.
        UsedBy = "used_by",
        /// How many steps the build had that can be cached.
        Steps = "steps",
        /// How many of the build's steps came from the cache.
        CachedSteps = "cached_steps",
        /// How many of the build's steps were carried out.
        RunSteps = "run_steps",
        /// How many layers were downloaded.
        PulledLayers = "pulled_layers",
        /// How many layers were there already.
        PresentLayers = "present_layers",
        /// What the command wrote to its output, without spaces and new lines at the ends.
        Output = "output",
        /// How long the command took in virtual time.
        Took = "took",
        /// How many users there were.
        Users = "users",
        /// How many requests came to their end, well or not.
        Requests = "requests",
        /// How many of them were not answered, or with an error.
        Errors = "errors",
        /// How many came to their end in a second.
        Rate = "rate",
        /// Half of the answers came within this time.
        Median = "median",
        /// 95 of 100 answers came within this time.
        P95 = "p95",
        /// 99 of 100 answers came within this time.
        P99 = "p99",
        /// How long the slowest answer took.
        Slowest = "slowest",
        /// How many servers answered.
        Servers = "servers",
        /// How many processors there are.
        Cpus = "cpus",
        /// The operating system.
        System = "system",
        /// Bytes of memory in use.
        MemoryUsed = "memory_used",
        /// Bytes of disk in use.
        DiskUsed = "disk_used",
        /// The kernel that runs, as `uname -r` says.
        Kernel = "kernel",
        /// How far the virtual machine has come.
        Stage = "stage",
    }
}

const STATES: &[&str] = &["created", "running", "paused", "restarting", "removing", "exited", "dead"];
const HEALTH: &[&str] = &["none", "starting", "healthy", "unhealthy"];
const STAGES: &[&str] = &["off", "firmware", "boot-loader", "kernel", "init", "services", "ready"];

impl Property {
    /// What kind of value it has.
    pub fn kind(self) -> ValueKind {
        use Property::*;
        match self {
            Exists | OomKilled | Reachable | Found => ValueKind::Truth,
            ExitCode | Restarts | Changes | Processes | Layers | Tags | Count | UsedBy | Steps | CachedSteps
            | RunSteps | PulledLayers | PresentLayers | Users | Requests | Errors | Rate | Servers | Cpus => {
                ValueKind::Count
            }
            Size | UniqueSize | MemoryUsed | DiskUsed => ValueKind::Bytes,
            FirstAnswer | Took | Median | P95 | P99 | Slowest => ValueKind::Duration,
            FromImage | Logs | Address | Architecture | User | Content | Mode | Owner | AnsweredBy | Output
            | Kernel | System => ValueKind::Text,
            State => ValueKind::Word(STATES),
            Health => ValueKind::Word(HEALTH),
            Stage => ValueKind::Word(STAGES),
            Id => ValueKind::Identity,
            Layer => ValueKind::Layer,
        }
    }
}

impl SubjectKind {
    /// What can be asked of it.
    pub fn properties(self) -> &'static [Property] {
        use Property::*;
        match self {
            Self::Container => &[
                Exists,
                State,
                ExitCode,
                FromImage,
                Health,
                Restarts,
                Changes,
                Processes,
                OomKilled,
                Logs,
                Address,
                User,
                Size,
                MemoryUsed,
                FirstAnswer,
                Id,
                Kernel,
            ],
            Self::Containers => &[Count, MemoryUsed, Size],
            Self::Image => &[Exists, Id, Layers, Size, UniqueSize, Tags, Architecture, User, UsedBy],
            Self::Images => &[Count, DiskUsed],
            Self::File => &[Exists, Content, Layer, Size, Mode, Owner],
            Self::Port => &[Reachable, AnsweredBy, FirstAnswer],
            Self::Lookup => &[Found],
            Self::Volume => &[Exists, Size, UsedBy],
            Self::Network => &[Exists, UsedBy],
            Self::Volumes | Self::Networks => &[Count],
            Self::Build => &[Steps, CachedSteps, RunSteps, Took],
            Self::Pull => &[PulledLayers, PresentLayers, Took],
            Self::Command => &[ExitCode, Output, Took],
            Self::Load => &[Users, Requests, Errors, Rate, Median, P95, P99, Slowest, Servers],
            Self::Machine => &[Exists, MemoryUsed, DiskUsed, Processes, Architecture, Kernel, Cpus, System],
            Self::VirtualMachine => &[Exists, Stage, MemoryUsed, DiskUsed, FirstAnswer, Processes, Kernel],
        }
    }

    /// The keys that say more about the subject.
    pub fn qualifiers(self) -> &'static [&'static str] {
        match self {
            Self::File => &["container", "image", "volume"],
            Self::Port => &["host", "from"],
            Self::Lookup => &["from"],
            _ => &[],
        }
    }
}
