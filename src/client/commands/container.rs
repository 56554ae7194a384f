//! The commands for a container that is there: flags, usage and help texts, as data.
//!
//! The texts are those of the docker command line 28.5 (`docker … --help`), whose behaviour they name. Must not know what the
//! commands do.

use super::{Arguments, Command};
use crate::client::flags::{Flag, Kind};

/// `docker start`.
pub const START: Command = Command {
    action: "container start",
    usage: "[OPTIONS] CONTAINER [CONTAINER...]",
    description: "Start one or more stopped containers",
    aliases: "docker container start, docker start",
    arguments: Arguments::AtLeast(1),
    interspersed: true,
    flags: &[&[
        Flag::switch("attach", "Attach STDOUT/STDERR and forward signals").short('a'),
        Flag::new("checkpoint", Kind::Text, "string", "Restore from this checkpoint").unmodelled(),
        Flag::new("checkpoint-dir", Kind::Text, "string", "Use a custom checkpoint storage directory").unmodelled(),
        Flag::new("detach-keys", Kind::Text, "string", "Override the key sequence for detaching a container"),
        Flag::switch("interactive", "Attach container's STDIN").short('i'),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker stop`.
pub const STOP: Command = Command {
    action: "container stop",
    usage: "[OPTIONS] CONTAINER [CONTAINER...]",
    description: "Stop one or more running containers",
    aliases: "docker container stop, docker stop",
    arguments: Arguments::AtLeast(1),
    interspersed: true,
    flags: &[&[
        Flag::new("signal", Kind::Text, "string", "Signal to send to the container").short('s'),
        Flag::new("timeout", Kind::Int, "int", "Seconds to wait before killing the container").short('t'),
        Flag::new("time", Kind::Int, "int", "Seconds to wait before killing the container")
            .deprecated("use --timeout instead"),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker restart`.
pub const RESTART: Command = Command {
    action: "container restart",
    usage: "[OPTIONS] CONTAINER [CONTAINER...]",
    description: "Restart one or more containers",
    aliases: "docker container restart, docker restart",
    arguments: Arguments::AtLeast(1),
    interspersed: true,
    flags: &[&[
        Flag::new("signal", Kind::Text, "string", "Signal to send to the container").short('s'),
        Flag::new("timeout", Kind::Int, "int", "Seconds to wait before killing the container").short('t'),
        Flag::new("time", Kind::Int, "int", "Seconds to wait before killing the container")
            .deprecated("use --timeout instead"),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker kill`.
pub const KILL: Command = Command {
    action: "container kill",
    usage: "[OPTIONS] CONTAINER [CONTAINER...]",
    description: "Kill one or more running containers",
    aliases: "docker container kill, docker kill",
    arguments: Arguments::AtLeast(1),
    interspersed: true,
    flags: &[&[Flag::new("signal", Kind::Text, "string", "Signal to send to the container").short('s')]],
    modelled: true,
    ..Command::NEW
};

/// `docker pause`.
pub const PAUSE: Command = Command {
    action: "container pause",
    usage: "CONTAINER [CONTAINER...]",
    description: "Pause all processes within one or more containers",
    aliases: "docker container pause, docker pause",
    arguments: Arguments::AtLeast(1),
    interspersed: true,
    flags: &[],
    modelled: true,
    ..Command::NEW
};

/// `docker unpause`.
pub const UNPAUSE: Command = Command {
    action: "container unpause",
    usage: "CONTAINER [CONTAINER...]",
    description: "Unpause all processes within one or more containers",
    aliases: "docker container unpause, docker unpause",
    arguments: Arguments::AtLeast(1),
    interspersed: true,
    flags: &[],
    modelled: true,
    ..Command::NEW
};

/// `docker wait`.
pub const WAIT: Command = Command {
    action: "container wait",
    usage: "CONTAINER [CONTAINER...]",
    description: "Block until one or more containers stop, then print their exit codes",
    aliases: "docker container wait, docker wait",
    arguments: Arguments::AtLeast(1),
    interspersed: true,
    flags: &[],
    modelled: true,
    ..Command::NEW
};

/// `docker rename`.
pub const RENAME: Command = Command {
    action: "container rename",
    usage: "CONTAINER NEW_NAME",
    description: "Rename a container",
    aliases: "docker container rename, docker rename",
    arguments: Arguments::Exactly(2),
    interspersed: true,
    flags: &[],
    modelled: true,
    ..Command::NEW
};

/// `docker rm`.
pub const RM: Command = Command {
    action: "container rm",
    usage: "[OPTIONS] CONTAINER [CONTAINER...]",
    description: "Remove one or more containers",
    aliases: "docker container rm, docker container remove, docker rm",
    arguments: Arguments::AtLeast(1),
    interspersed: true,
    flags: &[&[
        Flag::switch("force", "Force the removal of a running container (uses SIGKILL)").short('f'),
        Flag::switch("link", "Remove the specified link").short('l'),
        Flag::switch("volumes", "Remove anonymous volumes associated with the container").short('v'),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker logs`.
pub const LOGS: Command = Command {
    action: "container logs",
    usage: "[OPTIONS] CONTAINER",
    description: "Fetch the logs of a container",
    aliases: "docker container logs, docker logs",
    arguments: Arguments::Exactly(1),
    interspersed: true,
    flags: &[&[
        Flag::switch("details", "Show extra details provided to logs"),
        Flag::switch("follow", "Follow log output").short('f'),
        Flag::new(
            "since",
            Kind::Text,
            "string",
            "Show logs since timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\" for 42 minutes)",
        ),
        Flag::new("tail", Kind::Text, "string", "Number of lines to show from the end of the logs")
            .short('n')
            .default("all"),
        Flag::switch("timestamps", "Show timestamps").short('t'),
        Flag::new(
            "until",
            Kind::Text,
            "string",
            "Show logs before a timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\" for 42 minutes)",
        ),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker exec`.
pub const EXEC: Command = Command {
    action: "container exec",
    usage: "[OPTIONS] CONTAINER COMMAND [ARG...]",
    description: "Execute a command in a running container",
    aliases: "docker container exec, docker exec",
    arguments: Arguments::AtLeast(2),
    interspersed: false,
    flags: &[&[
        Flag::switch("detach", "Detached mode: run command in the background").short('d'),
        Flag::new("detach-keys", Kind::Text, "string", "Override the key sequence for detaching a container"),
        Flag::new("env", Kind::Environment, "list", "Set environment variables").short('e'),
        Flag::new("env-file", Kind::List, "list", "Read in a file of environment variables"),
        Flag::switch("interactive", "Keep STDIN open even if not attached").short('i'),
        Flag::switch("privileged", "Give extended privileges to the command"),
        Flag::switch("tty", "Allocate a pseudo-TTY").short('t'),
        Flag::new("user", Kind::Text, "string", "Username or UID (format: \"<name|uid>[:<group|gid>]\")").short('u'),
        Flag::new("workdir", Kind::Text, "string", "Working directory inside the container").short('w'),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker attach`.
pub const ATTACH: Command = Command {
    action: "container attach",
    usage: "[OPTIONS] CONTAINER",
    description: "Attach local standard input, output, and error streams to a running container",
    aliases: "docker container attach, docker attach",
    arguments: Arguments::Exactly(1),
    interspersed: true,
    flags: &[&[
        Flag::new("detach-keys", Kind::Text, "string", "Override the key sequence for detaching a container"),
        Flag::switch("no-stdin", "Do not attach STDIN"),
        Flag::switch("sig-proxy", "Proxy all received signals to the process").default("true"),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker cp`.
pub const CP: Command = Command {
    action: "container cp",
    usage: "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\tdocker cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH",
    description: "Copy files/folders between a container and the local filesystem\n\nUse '-' as the source to read a tar archive from stdin\nand extract it to a directory destination in a container.\nUse '-' as the destination to stream a tar archive of a\ncontainer source to stdout.",
    aliases: "docker container cp, docker cp",
    arguments: Arguments::Exactly(2),
    interspersed: true,
    flags: &[&[
        Flag::switch("archive", "Archive mode (copy all uid/gid information)").short('a'),
        Flag::switch("follow-link", "Always follow symbol link in SRC_PATH").short('L'),
        Flag::switch("quiet", "Suppress progress output during copy. Progress output is automatically suppressed if no terminal is attached").short('q'),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker container prune`.
pub const PRUNE: Command = Command {
    action: "container prune",
    usage: "[OPTIONS]",
    description: "Remove all stopped containers",
    aliases: "",
    arguments: Arguments::None,
    interspersed: true,
    flags: &[&[
        Flag::new("filter", Kind::Filter, "filter", "Provide filter values (e.g. \"until=<timestamp>\")"),
        Flag::switch("force", "Do not prompt for confirmation").short('f'),
    ]],
    modelled: true,
    ..Command::NEW
};
