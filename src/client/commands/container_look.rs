//! The commands that look at containers: flags, usage and help texts, as data.
//!
//! The texts are those of the docker command line 28.5 (`docker … --help`), whose behaviour they name. Must not know what the
//! commands do.

use super::{Arguments, Command};
use crate::client::flags::{Flag, Kind};

/// `docker ps`.
pub const PS: Command = Command {
    action: "container ls",
    usage: "[OPTIONS]",
    description: "List containers",
    aliases: "docker container ls, docker container list, docker container ps, docker ps",
    arguments: Arguments::None,
    interspersed: true,
    flags: &[&[
        Flag::switch("all", "Show all containers").short('a').default("shows just running"),
        Flag::new("filter", Kind::Filter, "filter", "Filter output based on conditions provided").short('f'),
        Flag::new(
            "format",
            Kind::Text,
            "string",
            "Format output using a custom template:\n'table':            Print output in table format with column headers (default)\n'table TEMPLATE':   Print output in table format using the given Go template\n'json':             Print in JSON format\n'TEMPLATE':         Print output using the given Go template.\nRefer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates",
        ),
        Flag::new("last", Kind::Int, "int", "Show n last created containers (includes all states)")
            .short('n')
            .default("-1"),
        Flag::switch("latest", "Show the latest created container (includes all states)").short('l'),
        Flag::switch("no-trunc", "Don't truncate output"),
        Flag::switch("quiet", "Only display container IDs").short('q'),
        Flag::switch("size", "Display total file sizes").short('s'),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker container inspect`.
pub const INSPECT: Command = Command {
    action: "container inspect",
    usage: "[OPTIONS] CONTAINER [CONTAINER...]",
    description: "Display detailed information on one or more containers",
    aliases: "",
    arguments: Arguments::AtLeast(1),
    interspersed: true,
    flags: &[&[
        Flag::new("format", Kind::Text, "string", "Format output using a custom template:\n'json':             Print in JSON format\n'TEMPLATE':         Print output using the given Go template.\nRefer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates").short('f'),
        Flag::switch("size", "Display total file sizes").short('s'),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker diff`.
pub const DIFF: Command = Command {
    action: "container diff",
    usage: "CONTAINER",
    description: "Inspect changes to files or directories on a container's filesystem",
    aliases: "docker container diff, docker diff",
    arguments: Arguments::Exactly(1),
    interspersed: true,
    flags: &[],
    modelled: true,
    ..Command::NEW
};

/// `docker commit`.
pub const COMMIT: Command = Command {
    action: "container commit",
    usage: "[OPTIONS] CONTAINER [REPOSITORY[:TAG]]",
    description: "Create a new image from a container's changes",
    aliases: "docker container commit, docker commit",
    arguments: Arguments::Between(1, 2),
    interspersed: false,
    flags: &[&[
        Flag::new("author", Kind::Text, "string", "Author (e.g., \"John Hannibal Smith <hannibal@a-team.com>\")")
            .short('a'),
        Flag::new("change", Kind::List, "list", "Apply Dockerfile instruction to the created image").short('c'),
        Flag::new("message", Kind::Text, "string", "Commit message").short('m'),
        Flag::switch("pause", "Pause container during commit").short('p').default("true"),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker export`.
pub const EXPORT: Command = Command {
    action: "container export",
    usage: "[OPTIONS] CONTAINER",
    description: "Export a container's filesystem as a tar archive",
    aliases: "docker container export, docker export",
    arguments: Arguments::Exactly(1),
    interspersed: true,
    flags: &[&[Flag::new("output", Kind::Text, "string", "Write to a file, instead of STDOUT").short('o')]],
    modelled: true,
    ..Command::NEW
};

/// `docker port`.
pub const PORT: Command = Command {
    action: "container port",
    usage: "CONTAINER [PRIVATE_PORT[/PROTO]]",
    description: "List port mappings or a specific mapping for the container",
    aliases: "docker container port, docker port",
    arguments: Arguments::Between(1, 2),
    interspersed: true,
    flags: &[],
    modelled: true,
    ..Command::NEW
};

/// `docker stats`.
pub const STATS: Command = Command {
    action: "container stats",
    usage: "[OPTIONS] [CONTAINER...]",
    description: "Display a live stream of container(s) resource usage statistics",
    aliases: "docker container stats, docker stats",
    arguments: Arguments::AtLeast(0),
    interspersed: true,
    flags: &[&[
        Flag::switch("all", "Show all containers").short('a').default("shows just running"),
        Flag::new(
            "format",
            Kind::Text,
            "string",
            "Format output using a custom template:\n'table':            Print output in table format with column headers (default)\n'table TEMPLATE':   Print output in table format using the given Go template\n'json':             Print in JSON format\n'TEMPLATE':         Print output using the given Go template.\nRefer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates",
        ),
        Flag::switch("no-stream", "Disable streaming stats and only pull the first result"),
        Flag::switch("no-trunc", "Do not truncate output"),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker top`.
pub const TOP: Command = Command {
    action: "container top",
    usage: "CONTAINER [ps OPTIONS]",
    description: "Display the running processes of a container",
    aliases: "docker container top, docker top",
    arguments: Arguments::AtLeast(1),
    interspersed: false,
    flags: &[],
    modelled: true,
    ..Command::NEW
};

/// `docker update`.
pub const UPDATE: Command = Command {
    action: "container update",
    usage: "[OPTIONS] CONTAINER [CONTAINER...]",
    description: "Update configuration of one or more containers",
    aliases: "docker container update, docker update",
    arguments: Arguments::AtLeast(1),
    interspersed: true,
    flags: &[&[
        Flag::new(
            "blkio-weight",
            Kind::Uint16,
            "uint16",
            "Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)",
        ),
        Flag::new("cpu-period", Kind::Int, "int", "Limit CPU CFS (Completely Fair Scheduler) period"),
        Flag::new("cpu-quota", Kind::Int, "int", "Limit CPU CFS (Completely Fair Scheduler) quota"),
        Flag::new("cpu-rt-period", Kind::Int, "int", "Limit the CPU real-time period in microseconds"),
        Flag::new("cpu-rt-runtime", Kind::Int, "int", "Limit the CPU real-time runtime in microseconds"),
        Flag::new("cpu-shares", Kind::Int, "int", "CPU shares (relative weight)").short('c'),
        Flag::new("cpus", Kind::Decimal, "decimal", "Number of CPUs"),
        Flag::new("cpuset-cpus", Kind::Text, "string", "CPUs in which to allow execution (0-3, 0,1)"),
        Flag::new("cpuset-mems", Kind::Text, "string", "MEMs in which to allow execution (0-3, 0,1)"),
        Flag::new("kernel-memory", Kind::Bytes, "bytes", "Kernel memory limit (deprecated)").hidden(),
        Flag::new("memory", Kind::Bytes, "bytes", "Memory limit").short('m'),
        Flag::new("memory-reservation", Kind::Bytes, "bytes", "Memory soft limit"),
        Flag::new(
            "memory-swap",
            Kind::SwapBytes,
            "bytes",
            "Swap limit equal to memory plus swap: -1 to enable unlimited swap",
        ),
        Flag::new("pids-limit", Kind::Int, "int", "Tune container pids limit (set -1 for unlimited)"),
        Flag::new("restart", Kind::Text, "string", "Restart policy to apply when a container exits"),
    ]],
    modelled: true,
    ..Command::NEW
};
