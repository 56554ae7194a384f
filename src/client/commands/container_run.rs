//! `docker run` and `docker create`: flags, usage and help texts, as data.
//!
//! The texts are those of the docker command line 28.5 (`docker … --help`), whose behaviour they name. Must not know what the
//! commands do.

use super::{Arguments, Command};
use crate::client::flags::{Flag, Kind};

/// The flags that `run` and `create` share.
const CONTAINER: &[Flag] = &[
    Flag::new("add-host", Kind::HostMapping, "list", "Add a custom host-to-IP mapping (host:ip)"),
    Flag::new("annotation", Kind::Map, "map", "Add an annotation to the container (passed through to the OCI runtime)")
        .default("map[]"),
    Flag::new("attach", Kind::Stream, "list", "Attach to STDIN, STDOUT or STDERR").short('a'),
    Flag::new(
        "blkio-weight",
        Kind::Uint16,
        "uint16",
        "Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)",
    ),
    Flag::new("blkio-weight-device", Kind::WeightDevice, "list", "Block IO weight (relative device weight)")
        .default("[]"),
    Flag::new("cap-add", Kind::List, "list", "Add Linux capabilities"),
    Flag::new("cap-drop", Kind::List, "list", "Drop Linux capabilities"),
    Flag::new("cgroup-parent", Kind::Text, "string", "Optional parent cgroup for the container"),
    Flag::new(
        "cgroupns",
        Kind::Text,
        "string",
        "Cgroup namespace to use (host|private)\n'host':    Run the container in the Docker host's cgroup namespace\n'private': Run the container in its own private cgroup namespace\n'':        Use the cgroup namespace as configured by the\n           default-cgroupns-mode option on the daemon (default)",
    ),
    Flag::new("cidfile", Kind::Text, "string", "Write the container ID to the file"),
    Flag::new("cpu-count", Kind::Int, "int", "CPU count (Windows only)").hidden().unmodelled(),
    Flag::new("cpu-percent", Kind::Int, "int", "CPU percent (Windows only)").hidden().unmodelled(),
    Flag::new("cpu-period", Kind::Int, "int", "Limit CPU CFS (Completely Fair Scheduler) period"),
    Flag::new("cpu-quota", Kind::Int, "int", "Limit CPU CFS (Completely Fair Scheduler) quota"),
    Flag::new("cpu-rt-period", Kind::Int, "int", "Limit CPU real-time period in microseconds"),
    Flag::new("cpu-rt-runtime", Kind::Int, "int", "Limit CPU real-time runtime in microseconds"),
    Flag::new("cpu-shares", Kind::Int, "int", "CPU shares (relative weight)").short('c'),
    Flag::new("cpus", Kind::Decimal, "decimal", "Number of CPUs"),
    Flag::new("cpuset-cpus", Kind::Text, "string", "CPUs in which to allow execution (0-3, 0,1)"),
    Flag::new("cpuset-mems", Kind::Text, "string", "MEMs in which to allow execution (0-3, 0,1)"),
    Flag::new("device", Kind::List, "list", "Add a host device to the container"),
    Flag::new("device-cgroup-rule", Kind::CgroupRule, "list", "Add a rule to the cgroup allowed devices list"),
    Flag::new("device-read-bps", Kind::ByteRateDevice, "list", "Limit read rate (bytes per second) from a device")
        .default("[]"),
    Flag::new("device-read-iops", Kind::OperationRateDevice, "list", "Limit read rate (IO per second) from a device")
        .default("[]"),
    Flag::new("device-write-bps", Kind::ByteRateDevice, "list", "Limit write rate (bytes per second) to a device")
        .default("[]"),
    Flag::new("device-write-iops", Kind::OperationRateDevice, "list", "Limit write rate (IO per second) to a device")
        .default("[]"),
    Flag::switch("disable-content-trust", "Skip image verification").default("true"),
    Flag::new("dns", Kind::Address, "list", "Set custom DNS servers"),
    Flag::new("dns-option", Kind::List, "list", "Set DNS options"),
    Flag::new("dns-search", Kind::DnsSearch, "list", "Set custom DNS search domains"),
    Flag::new("domainname", Kind::Text, "string", "Container NIS domain name"),
    Flag::new("entrypoint", Kind::Text, "string", "Overwrite the default ENTRYPOINT of the image"),
    Flag::new("env", Kind::Environment, "list", "Set environment variables").short('e'),
    Flag::new("env-file", Kind::List, "list", "Read in a file of environment variables"),
    Flag::new("expose", Kind::List, "list", "Expose a port or a range of ports"),
    Flag::new("gpus", Kind::Gpus, "gpu-request", "GPU devices to add to the container ('all' to pass all GPUs)"),
    Flag::new("group-add", Kind::List, "list", "Add additional groups to join"),
    Flag::new("health-cmd", Kind::Text, "string", "Command to run to check health"),
    Flag::new("health-interval", Kind::Duration, "duration", "Time between running the check (ms|s|m|h) (default 0s)"),
    Flag::new("health-retries", Kind::Int, "int", "Consecutive failures needed to report unhealthy"),
    Flag::new(
        "health-start-interval",
        Kind::Duration,
        "duration",
        "Time between running the check during the start period (ms|s|m|h) (default 0s)",
    ),
    Flag::new(
        "health-start-period",
        Kind::Duration,
        "duration",
        "Start period for the container to initialize before starting health-retries countdown (ms|s|m|h) (default 0s)",
    ),
    Flag::new(
        "health-timeout",
        Kind::Duration,
        "duration",
        "Maximum time to allow one check to run (ms|s|m|h) (default 0s)",
    ),
    Flag::switch("help", "Print usage"),
    Flag::new("hostname", Kind::Text, "string", "Container host name").short('h'),
    Flag::switch("init", "Run an init inside the container that forwards signals and reaps processes"),
    Flag::switch("interactive", "Keep STDIN open even if not attached").short('i'),
    Flag::new(
        "io-maxbandwidth",
        Kind::Bytes,
        "bytes",
        "Maximum IO bandwidth limit for the system drive (Windows only)",
    )
    .hidden()
    .unmodelled(),
    Flag::new("io-maxiops", Kind::Uint64, "uint", "Maximum IOps limit for the system drive (Windows only)")
        .hidden()
        .unmodelled(),
    Flag::new("ip", Kind::Text, "string", "IPv4 address (e.g., 172.30.100.104)"),
    Flag::new("ip6", Kind::Text, "string", "IPv6 address (e.g., 2001:db8::33)"),
    Flag::new("ipc", Kind::Text, "string", "IPC mode to use"),
    Flag::new("isolation", Kind::Text, "string", "Container isolation technology"),
    Flag::new("kernel-memory", Kind::Bytes, "bytes", "Kernel memory limit"),
    Flag::new("label", Kind::Label, "list", "Set meta data on a container").short('l'),
    Flag::new("label-file", Kind::List, "list", "Read in a line delimited file of labels"),
    Flag::new("link", Kind::Link, "list", "Add link to another container"),
    Flag::new("link-local-ip", Kind::List, "list", "Container IPv4/IPv6 link-local addresses"),
    Flag::new("log-driver", Kind::Text, "string", "Logging driver for the container"),
    Flag::new("log-opt", Kind::List, "list", "Log driver options"),
    Flag::new("mac-address", Kind::Text, "string", "Container MAC address (e.g., 92:d0:c6:0a:29:33)"),
    Flag::new("memory", Kind::Bytes, "bytes", "Memory limit").short('m'),
    Flag::new("memory-reservation", Kind::Bytes, "bytes", "Memory soft limit"),
    Flag::new(
        "memory-swap",
        Kind::SwapBytes,
        "bytes",
        "Swap limit equal to memory plus swap: '-1' to enable unlimited swap",
    ),
    Flag::new("memory-swappiness", Kind::Int, "int", "Tune container memory swappiness (0 to 100)").default("-1"),
    Flag::new("mount", Kind::Mount, "mount", "Attach a filesystem mount to the container"),
    Flag::new("name", Kind::Text, "string", "Assign a name to the container"),
    Flag::new("network", Kind::Network, "network", "Connect a container to a network"),
    Flag::new("network-alias", Kind::List, "list", "Add network-scoped alias for the container"),
    Flag::switch("no-healthcheck", "Disable any container-specified HEALTHCHECK"),
    Flag::switch("oom-kill-disable", "Disable OOM Killer"),
    Flag::new("oom-score-adj", Kind::Int, "int", "Tune host's OOM preferences (-1000 to 1000)"),
    Flag::new("pid", Kind::Text, "string", "PID namespace to use"),
    Flag::new("pids-limit", Kind::Int, "int", "Tune container pids limit (set -1 for unlimited)"),
    Flag::new("platform", Kind::Text, "string", "Set platform if server is multi-platform capable"),
    Flag::switch("privileged", "Give extended privileges to this container"),
    Flag::new("publish", Kind::List, "list", "Publish a container's port(s) to the host").short('p'),
    Flag::switch("publish-all", "Publish all exposed ports to random ports").short('P'),
    Flag::switch("quiet", "Suppress the pull output").short('q'),
    Flag::switch("read-only", "Mount the container's root filesystem as read only"),
    Flag::new("restart", Kind::Text, "string", "Restart policy to apply when a container exits").default("no"),
    Flag::switch("rm", "Automatically remove the container and its associated anonymous volumes when it exits"),
    Flag::new("runtime", Kind::Text, "string", "Runtime to use for this container"),
    Flag::new("security-opt", Kind::List, "list", "Security Options"),
    Flag::new("shm-size", Kind::Bytes, "bytes", "Size of /dev/shm"),
    Flag::new("stop-signal", Kind::Text, "string", "Signal to stop the container"),
    Flag::new("stop-timeout", Kind::Int, "int", "Timeout (in seconds) to stop a container"),
    Flag::new("storage-opt", Kind::List, "list", "Storage driver options for the container"),
    Flag::new("sysctl", Kind::Sysctl, "map", "Sysctl options").default("map[]"),
    Flag::new("tmpfs", Kind::List, "list", "Mount a tmpfs directory"),
    Flag::switch("tty", "Allocate a pseudo-TTY").short('t'),
    Flag::new("ulimit", Kind::Ulimit, "ulimit", "Ulimit options").default("[]"),
    Flag::switch("use-api-socket", "Bind mount Docker API socket and required auth").unmodelled(),
    Flag::new("user", Kind::Text, "string", "Username or UID (format: <name|uid>[:<group|gid>])").short('u'),
    Flag::new("userns", Kind::Text, "string", "User namespace to use"),
    Flag::new("uts", Kind::Text, "string", "UTS namespace to use"),
    Flag::new("volume", Kind::List, "list", "Bind mount a volume").short('v'),
    Flag::new("volume-driver", Kind::Text, "string", "Optional volume driver for the container"),
    Flag::new("volumes-from", Kind::List, "list", "Mount volumes from the specified container(s)"),
    Flag::new("workdir", Kind::Text, "string", "Working directory inside the container").short('w'),
    Flag::new("dns-opt", Kind::List, "list", "Set DNS options").hidden(),
    Flag::new("net", Kind::Network, "network", "Connect a container to a network").hidden(),
    Flag::new("net-alias", Kind::List, "list", "Add network-scoped alias for the container").hidden(),
];

/// `docker run`.
pub const RUN: Command = Command {
    action: "container run",
    usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
    description: "Create and run a new container from an image",
    aliases: "docker container run, docker run",
    arguments: Arguments::AtLeast(1),
    interspersed: false,
    flags: &[
        CONTAINER,
        &[
            Flag::switch("detach", "Run container in background and print container ID").short('d'),
            Flag::new("detach-keys", Kind::Text, "string", "Override the key sequence for detaching a container"),
            Flag::new("pull", Kind::Text, "string", "Pull image before running (\"always\", \"missing\", \"never\")")
                .default("missing"),
            Flag::switch("sig-proxy", "Proxy received signals to the process").default("true"),
        ],
    ],
    modelled: true,
    ..Command::NEW
};

/// `docker create`.
pub const CREATE: Command = Command {
    action: "container create",
    usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
    description: "Create a new container",
    aliases: "docker container create, docker create",
    arguments: Arguments::AtLeast(1),
    interspersed: false,
    flags: &[
        CONTAINER,
        &[Flag::new("pull", Kind::Text, "string", "Pull image before creating (\"always\", \"|missing\", \"never\")")
            .default("missing")],
    ],
    modelled: true,
    ..Command::NEW
};
