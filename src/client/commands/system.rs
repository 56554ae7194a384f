//! The commands for the engine as a whole: flags, usage and help texts, as data.
//!
//! The texts are those of the docker command line 28.5 (`docker … --help`), whose behaviour they name. Must not know what the
//! commands do.

use super::{Arguments, Command};
use crate::client::flags::{Flag, Kind};

/// `docker inspect`.
pub const INSPECT: Command = Command {
    action: "inspect",
    usage: "[OPTIONS] NAME|ID [NAME|ID...]",
    description: "Return low-level information on Docker objects",
    aliases: "",
    arguments: Arguments::AtLeast(1),
    interspersed: true,
    flags: &[&[
        Flag::new("format", Kind::Text, "string", "Format output using a custom template:\n'json':             Print in JSON format\n'TEMPLATE':         Print output using the given Go template.\nRefer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates").short('f'),
        Flag::switch("size", "Display total file sizes if the type is container").short('s'),
        Flag::new("type", Kind::Text, "string", "Only inspect objects of the given type"),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker version`.
pub const VERSION: Command = Command {
    action: "version",
    usage: "[OPTIONS]",
    description: "Show the Docker version information",
    aliases: "",
    arguments: Arguments::None,
    interspersed: true,
    flags: &[&[
        Flag::new("format", Kind::Text, "string", "Format output using a custom template:\n'json':             Print in JSON format\n'TEMPLATE':         Print output using the given Go template.\nRefer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates").short('f'),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker info`.
pub const INFO: Command = Command {
    action: "system info",
    usage: "[OPTIONS]",
    description: "Display system-wide information",
    aliases: "docker system info, docker info",
    arguments: Arguments::None,
    interspersed: true,
    flags: &[&[
        Flag::new("format", Kind::Text, "string", "Format output using a custom template:\n'json':             Print in JSON format\n'TEMPLATE':         Print output using the given Go template.\nRefer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates").short('f'),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker events`.
pub const EVENTS: Command = Command {
    action: "system events",
    usage: "[OPTIONS]",
    description: "Get real time events from the server",
    aliases: "docker system events, docker events",
    arguments: Arguments::None,
    interspersed: true,
    flags: &[&[
        Flag::new("filter", Kind::Filter, "filter", "Filter output based on conditions provided").short('f'),
        Flag::new(
            "format",
            Kind::Text,
            "string",
            "Format output using a custom template:\n'json':             Print in JSON format\n'TEMPLATE':         Print output using the given Go template.\nRefer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates",
        ),
        Flag::new("since", Kind::Text, "string", "Show all events created since timestamp"),
        Flag::new("until", Kind::Text, "string", "Stream events until this timestamp"),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker system df`.
pub const DF: Command = Command {
    action: "system df",
    usage: "[OPTIONS]",
    description: "Show docker disk usage",
    aliases: "",
    arguments: Arguments::None,
    interspersed: true,
    flags: &[&[
        Flag::new(
            "format",
            Kind::Text,
            "string",
            "Format output using a custom template:\n'table':            Print output in table format with column headers (default)\n'table TEMPLATE':   Print output in table format using the given Go template\n'json':             Print in JSON format\n'TEMPLATE':         Print output using the given Go template.\nRefer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates",
        ),
        Flag::switch("verbose", "Show detailed information on space usage").short('v'),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker system prune`.
pub const PRUNE: Command = Command {
    action: "system prune",
    usage: "[OPTIONS]",
    description: "Remove unused data",
    aliases: "",
    arguments: Arguments::None,
    interspersed: true,
    flags: &[&[
        Flag::switch("all", "Remove all unused images not just dangling ones").short('a'),
        Flag::new("filter", Kind::Filter, "filter", "Provide filter values (e.g. \"label=<key>=<value>\")"),
        Flag::switch("force", "Do not prompt for confirmation").short('f'),
        Flag::switch("volumes", "Prune anonymous volumes"),
    ]],
    modelled: true,
    ..Command::NEW
};
