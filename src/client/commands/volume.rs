//! The commands for volumes: flags, usage and help texts, as data.
//!
//! The texts are those of the docker command line 28.5 (`docker … --help`), whose behaviour they name. Must not know what the
//! commands do.

use super::{Arguments, Command};
use crate::client::flags::{Flag, Kind};

/// `docker volume create`.
pub const CREATE: Command = Command {
    action: "volume create",
    usage: "[OPTIONS] [VOLUME]",
    description: "Create a volume",
    aliases: "",
    arguments: Arguments::AtMost(1),
    interspersed: false,
    flags: &[&[
        Flag::new(
            "availability",
            Kind::Text,
            "string",
            "Cluster Volume availability (\"active\", \"pause\", \"drain\")",
        )
        .default("active")
        .unmodelled(),
        Flag::new("driver", Kind::Text, "string", "Specify volume driver name").short('d').default("local"),
        Flag::new("group", Kind::Text, "string", "Cluster Volume group (cluster volumes)").unmodelled(),
        Flag::new("label", Kind::Label, "list", "Set metadata for a volume"),
        Flag::new("limit-bytes", Kind::Bytes, "bytes", "Minimum size of the Cluster Volume in bytes").unmodelled(),
        Flag::new("name", Kind::Text, "string", "Specify volume name").hidden(),
        Flag::new("opt", Kind::Map, "map", "Set driver specific options").short('o').default("map[]"),
        Flag::new("required-bytes", Kind::Bytes, "bytes", "Maximum size of the Cluster Volume in bytes").unmodelled(),
        Flag::new("scope", Kind::Text, "string", "Cluster Volume access scope (\"single\", \"multi\")")
            .default("single")
            .unmodelled(),
        Flag::new("secret", Kind::Map, "map", "Cluster Volume secrets").default("map[]").unmodelled(),
        Flag::new(
            "sharing",
            Kind::Text,
            "string",
            "Cluster Volume access sharing (\"none\", \"readonly\", \"onewriter\", \"all\")",
        )
        .default("none")
        .unmodelled(),
        Flag::new("topology-preferred", Kind::List, "list", "A topology that the Cluster Volume would be preferred in")
            .unmodelled(),
        Flag::new(
            "topology-required",
            Kind::List,
            "list",
            "A topology that the Cluster Volume must be accessible from",
        )
        .unmodelled(),
        Flag::new("type", Kind::Text, "string", "Cluster Volume access type (\"mount\", \"block\")").default("block"),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker volume inspect`.
pub const INSPECT: Command = Command {
    action: "volume inspect",
    usage: "[OPTIONS] VOLUME [VOLUME...]",
    description: "Display detailed information on one or more volumes",
    aliases: "",
    arguments: Arguments::AtLeast(1),
    interspersed: true,
    flags: &[&[
        Flag::new("format", Kind::Text, "string", "Format output using a custom template:\n'json':             Print in JSON format\n'TEMPLATE':         Print output using the given Go template.\nRefer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates").short('f'),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker volume ls`.
pub const LS: Command = Command {
    action: "volume ls",
    usage: "[OPTIONS]",
    description: "List volumes",
    aliases: "docker volume ls, docker volume list",
    arguments: Arguments::None,
    interspersed: true,
    flags: &[&[
        Flag::switch("cluster", "Display only cluster volumes, and use cluster volume list formatting").unmodelled(),
        Flag::new("filter", Kind::Filter, "filter", "Provide filter values (e.g. \"dangling=true\")").short('f'),
        Flag::new(
            "format",
            Kind::Text,
            "string",
            "Format output using a custom template:\n'table':            Print output in table format with column headers (default)\n'table TEMPLATE':   Print output in table format using the given Go template\n'json':             Print in JSON format\n'TEMPLATE':         Print output using the given Go template.\nRefer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates",
        ),
        Flag::switch("quiet", "Only display volume names").short('q'),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker volume prune`.
pub const PRUNE: Command = Command {
    action: "volume prune",
    usage: "[OPTIONS]",
    description: "Remove unused local volumes",
    aliases: "",
    arguments: Arguments::None,
    interspersed: true,
    flags: &[&[
        Flag::switch("all", "Remove all unused volumes, not just anonymous ones").short('a'),
        Flag::new("filter", Kind::Filter, "filter", "Provide filter values (e.g. \"label=<label>\")"),
        Flag::switch("force", "Do not prompt for confirmation").short('f'),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker volume rm`.
pub const RM: Command = Command {
    action: "volume rm",
    usage: "[OPTIONS] VOLUME [VOLUME...]",
    description: "Remove one or more volumes. You cannot remove a volume that is in use by a container.",
    aliases: "docker volume rm, docker volume remove",
    arguments: Arguments::AtLeast(1),
    interspersed: true,
    flags: &[&[Flag::switch("force", "Force the removal of one or more volumes").short('f')]],
    modelled: true,
    ..Command::NEW
};

/// `docker volume update`.
pub const UPDATE: Command = Command {
    action: "volume update",
    usage: "[OPTIONS] [VOLUME]",
    description: "Update a volume (cluster volumes only)",
    aliases: "",
    arguments: Arguments::Exactly(1),
    interspersed: true,
    flags: &[&[Flag::new(
        "availability",
        Kind::Text,
        "string",
        "Cluster Volume availability (\"active\", \"pause\", \"drain\")",
    )
    .default("active")
    .unmodelled()]],
    modelled: true,
    ..Command::NEW
};
