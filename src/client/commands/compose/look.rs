//! `docker compose` commands that look at a project, or copy from and to it.

use super::super::{Arguments, Command};
use super::DRY_RUN;
use crate::client::flags::{Flag, Kind};

/// What `--format` takes (docker/cli `flags.FormatHelp`).
const FORMAT_HELP: &str = "Format output using a custom template:\n\
    'table':            Print output in table format with column headers (default)\n\
    'table TEMPLATE':   Print output in table format using the given Go template\n\
    'json':             Print in JSON format\n\
    'TEMPLATE':         Print output using the given Go template.\n\
    Refer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates";

/// `docker compose attach`.
pub const ATTACH: Command = Command {
    action: "compose attach",
    usage: "[OPTIONS] SERVICE",
    description: "Attach local standard input, output, and error streams to a service's running container",
    arguments: Arguments::AtLeast(1),
    flags: &[&[
        Flag::new("index", Kind::Int, "int", "index of the container if service has multiple replicas."),
        Flag::new("detach-keys", Kind::Text, "string", "Override the key sequence for detaching from a container.")
            .unmodelled(),
        Flag::switch("no-stdin", "Do not attach STDIN"),
        Flag::switch("sig-proxy", "Proxy all received signals to the process").default("true"),
        DRY_RUN,
    ]],
    ..Command::NEW
};

/// `docker compose commit`.
pub const COMMIT: Command = Command {
    action: "compose commit",
    usage: "[OPTIONS] SERVICE [REPOSITORY[:TAG]]",
    description: "Create a new image from a service container's changes",
    arguments: Arguments::Between(1, 2),
    flags: &[&[
        Flag::new("index", Kind::Int, "int", "index of the container if service has multiple replicas."),
        Flag::switch("pause", "Pause container during commit").short('p').default("true"),
        Flag::new("message", Kind::Text, "string", "Commit message").short('m'),
        Flag::new("author", Kind::Text, "string", "Author (e.g., \"John Hannibal Smith <hannibal@a-team.com>\")")
            .short('a'),
        Flag::new("change", Kind::List, "list", "Apply Dockerfile instruction to the created image").short('c'),
        DRY_RUN,
    ]],
    ..Command::NEW
};

/// `docker compose config`.
pub const CONFIG: Command = Command {
    action: "compose config",
    usage: "[OPTIONS] [SERVICE...]",
    description: "Parse, resolve and render compose file in canonical format",
    arguments: Arguments::AtLeast(0),
    flags: &[&[
        Flag::new("format", Kind::Text, "string", "Format the output. Values: [yaml | json]"),
        Flag::switch("resolve-image-digests", "Pin image tags to digests").unmodelled(),
        Flag::switch("lock-image-digests", "Produces an override file with image digests").unmodelled(),
        Flag::switch("quiet", "Only validate the configuration, don't print anything").short('q'),
        Flag::switch("no-interpolate", "Don't interpolate environment variables"),
        Flag::switch("no-normalize", "Don't normalize compose model"),
        Flag::switch("no-path-resolution", "Don't resolve file paths"),
        Flag::switch("no-consistency", "Don't check model consistency - warning: may produce invalid Compose output"),
        Flag::switch("no-env-resolution", "Don't resolve service env files"),
        Flag::switch("services", "Print the service names, one per line."),
        Flag::switch("volumes", "Print the volume names, one per line."),
        Flag::switch("networks", "Print the network names, one per line."),
        Flag::switch("models", "Print the model names, one per line."),
        Flag::switch("profiles", "Print the profile names, one per line."),
        Flag::switch("images", "Print the image names, one per line."),
        Flag::new("hash", Kind::Text, "string", "Print the service config hash, one per line."),
        Flag::switch("variables", "Print model variables and default values."),
        Flag::switch("environment", "Print environment used for interpolation."),
        Flag::new("output", Kind::Text, "string", "Save to file (default to stdout)").short('o'),
        DRY_RUN,
    ]],
    ..Command::NEW
};

/// `docker compose cp`.
pub const CP: Command = Command {
    action: "compose cp",
    usage: "[OPTIONS] SERVICE:SRC_PATH DEST_PATH|-\n	docker compose cp [OPTIONS] SRC_PATH|- SERVICE:DEST_PATH",
    description: "Copy files/folders between a service container and the local filesystem",
    arguments: Arguments::Exactly(2),
    flags: &[&[
        Flag::new("index", Kind::Int, "int", "Index of the container if service has multiple replicas"),
        Flag::switch("all", "Include containers created by the run command"),
        Flag::switch("follow-link", "Always follow symbol link in SRC_PATH").short('L'),
        Flag::switch("archive", "Archive mode (copy all uid/gid information)").short('a'),
        DRY_RUN,
    ]],
    ..Command::NEW
};

/// `docker compose events`.
pub const EVENTS: Command = Command {
    action: "compose events",
    usage: "[OPTIONS] [SERVICE...]",
    description: "Receive real time events from containers",
    arguments: Arguments::AtLeast(0),
    flags: &[&[
        Flag::switch("json", "Output events as a stream of json objects"),
        Flag::new("since", Kind::Text, "string", "Show all events created since timestamp"),
        Flag::new("until", Kind::Text, "string", "Stream events until this timestamp"),
        DRY_RUN,
    ]],
    ..Command::NEW
};

/// `docker compose export`.
pub const EXPORT: Command = Command {
    action: "compose export",
    usage: "[OPTIONS] SERVICE",
    description: "Export a service container's filesystem as a tar archive",
    arguments: Arguments::AtLeast(1),
    flags: &[&[
        Flag::new("index", Kind::Int, "int", "index of the container if service has multiple replicas."),
        Flag::new("output", Kind::Text, "string", "Write to a file, instead of STDOUT").short('o'),
        DRY_RUN,
    ]],
    ..Command::NEW
};

/// `docker compose images`.
pub const IMAGES: Command = Command {
    action: "compose images",
    usage: "[OPTIONS] [SERVICE...]",
    description: "List images used by the created containers",
    arguments: Arguments::AtLeast(0),
    flags: &[&[
        Flag::new("format", Kind::Text, "string", "Format the output. Values: [table | json]").default("table"),
        Flag::switch("quiet", "Only display IDs").short('q'),
        DRY_RUN,
    ]],
    ..Command::NEW
};

/// `docker compose logs`.
pub const LOGS: Command = Command {
    action: "compose logs",
    usage: "[OPTIONS] [SERVICE...]",
    description: "View output from containers",
    arguments: Arguments::AtLeast(0),
    flags: &[&[
        Flag::switch("follow", "Follow log output").short('f'),
        Flag::new("index", Kind::Int, "int", "index of the container if service has multiple replicas"),
        Flag::new(
            "since",
            Kind::Text,
            "string",
            "Show logs since timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)",
        ),
        Flag::new(
            "until",
            Kind::Text,
            "string",
            "Show logs before a timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)",
        ),
        Flag::switch("no-color", "Produce monochrome output"),
        Flag::switch("no-log-prefix", "Don't print prefix in logs"),
        Flag::switch("timestamps", "Show timestamps").short('t'),
        Flag::new("tail", Kind::Text, "string", "Number of lines to show from the end of the logs for each container")
            .short('n')
            .default("all"),
        DRY_RUN,
    ]],
    ..Command::NEW
};

/// `docker compose ls`.
pub const LS: Command = Command {
    action: "compose ls",
    usage: "[OPTIONS]",
    description: "List running compose projects",
    arguments: Arguments::None,
    flags: &[&[
        Flag::new("format", Kind::Text, "string", "Format the output. Values: [table | json]").default("table"),
        Flag::switch("quiet", "Only display project names").short('q'),
        Flag::new("filter", Kind::Filter, "filter", "Filter output based on conditions provided"),
        Flag::switch("all", "Show all stopped Compose projects").short('a'),
        DRY_RUN,
    ]],
    ..Command::NEW
};

/// `docker compose port`.
pub const PORT: Command = Command {
    action: "compose port",
    usage: "[OPTIONS] SERVICE PRIVATE_PORT",
    description: "Print the public port for a port binding",
    arguments: Arguments::AtLeast(2),
    flags: &[&[
        Flag::new("protocol", Kind::Text, "string", "tcp or udp").default("tcp"),
        Flag::new("index", Kind::Int, "int", "Index of the container if service has multiple replicas"),
        DRY_RUN,
    ]],
    ..Command::NEW
};

/// `docker compose ps`.
pub const PS: Command = Command {
    action: "compose ps",
    usage: "[OPTIONS] [SERVICE...]",
    description: "List containers",
    arguments: Arguments::AtLeast(0),
    flags: &[&[
        Flag::new("format", Kind::Text, "string", FORMAT_HELP).default("table"),
        Flag::new("filter", Kind::Text, "string", "Filter services by a property (supported filters: status)"),
        Flag::new(
            "status",
            Kind::List,
            "stringArray",
            "Filter services by status. Values: [paused | restarting | removing | running | dead | created | exited]",
        ),
        Flag::switch("quiet", "Only display IDs").short('q'),
        Flag::switch("services", "Display services"),
        Flag::switch("orphans", "Include orphaned services (not declared by project)").default("true"),
        Flag::switch("all", "Show all stopped containers (including those created by the run command)").short('a'),
        Flag::switch("no-trunc", "Don't truncate output"),
        DRY_RUN,
    ]],
    ..Command::NEW
};

/// `docker compose publish`.
pub const PUBLISH: Command = Command {
    action: "compose publish",
    usage: "[OPTIONS] REPOSITORY[:TAG]",
    description: "Publish compose application",
    arguments: Arguments::Exactly(1),
    flags: &[&[
        Flag::switch("resolve-image-digests", "Pin image tags to digests"),
        Flag::new(
            "oci-version",
            Kind::Text,
            "string",
            "OCI image/artifact specification version (automatically determined by default)",
        ),
        Flag::switch("with-env", "Include environment variables in the published OCI artifact"),
        Flag::switch("yes", "Assume \"yes\" as answer to all prompts").short('y'),
        Flag::switch("app", "Published compose application (includes referenced images)"),
        DRY_RUN,
    ]],
    modelled: false,
    ..Command::NEW
};

/// `docker compose stats`.
pub const STATS: Command = Command {
    action: "compose stats",
    usage: "[OPTIONS] [SERVICE]",
    description: "Display a live stream of container(s) resource usage statistics",
    arguments: Arguments::AtMost(1),
    flags: &[&[
        Flag::switch("all", "Show all containers (default shows just running)").short('a'),
        Flag::new(
            "format",
            Kind::Text,
            "string",
            "Format output using a custom template:\n'table':            Print output in table format with column headers (default)\n'table TEMPLATE':   Print output in table format using the given Go template\n'json':             Print in JSON format\n'TEMPLATE':         Print output using the given Go template.\nRefer to https://docs.docker.com/engine/cli/formatting/ for more information about formatting output with templates",
        ),
        Flag::switch("no-stream", "Disable streaming stats and only pull the first result"),
        Flag::switch("no-trunc", "Do not truncate output"),
        DRY_RUN,
    ]],
    ..Command::NEW
};

/// `docker compose top`.
pub const TOP: Command = Command {
    action: "compose top",
    usage: "[SERVICES...]",
    description: "Display the running processes",
    arguments: Arguments::AtLeast(0),
    flags: &[&[DRY_RUN]],
    ..Command::NEW
};

/// `docker compose version`.
pub const VERSION: Command = Command {
    action: "compose version",
    usage: "[OPTIONS]",
    description: "Show the Docker Compose version information",
    arguments: Arguments::None,
    flags: &[&[
        Flag::new("format", Kind::Text, "string", "Format the output. Values: [pretty | json]. (Default: pretty)")
            .short('f'),
        Flag::switch("short", "Shows only Compose's version number"),
        DRY_RUN,
    ]],
    ..Command::NEW
};

/// `docker compose volumes`.
pub const VOLUMES: Command = Command {
    action: "compose volumes",
    usage: "[OPTIONS] [SERVICE...]",
    description: "List volumes",
    arguments: Arguments::AtLeast(0),
    flags: &[&[
        Flag::switch("quiet", "Only display volume names").short('q'),
        Flag::new("format", Kind::Text, "string", FORMAT_HELP).default("table"),
        DRY_RUN,
    ]],
    ..Command::NEW
};
