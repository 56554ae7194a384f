//! The commands for networks: flags, usage and help texts, as data.
//!
//! The texts are those of the docker command line 28.5 (`docker … --help`), whose behaviour they name. Must not know what the
//! commands do.

use super::{Arguments, Command};
use crate::client::flags::{Flag, Kind};

/// `docker network create`.
pub const CREATE: Command = Command {
    action: "network create",
    usage: "[OPTIONS] NETWORK",
    description: "Create a network",
    aliases: "",
    arguments: Arguments::Exactly(1),
    interspersed: false,
    flags: &[&[
        Flag::switch("attachable", "Enable manual container attachment"),
        Flag::new("aux-address", Kind::Map, "map", "Auxiliary IPv4 or IPv6 addresses used by Network driver")
            .default("map[]"),
        Flag::new("config-from", Kind::Text, "string", "The network from which to copy the configuration").unmodelled(),
        Flag::switch("config-only", "Create a configuration only network").unmodelled(),
        Flag::new("driver", Kind::Text, "string", "Driver to manage the Network").short('d').default("bridge"),
        Flag::new("gateway", Kind::CommaList, "strings", "IPv4 or IPv6 Gateway for the master subnet"),
        Flag::switch("ingress", "Create swarm routing-mesh network").unmodelled(),
        Flag::switch("internal", "Restrict external access to the network"),
        Flag::new("ip-range", Kind::CommaList, "strings", "Allocate container ip from a sub-range"),
        Flag::new("ipam-driver", Kind::Text, "string", "IP Address Management Driver").default("default"),
        Flag::new("ipam-opt", Kind::Map, "map", "Set IPAM driver specific options").default("map[]"),
        Flag::switch("ipv4", "Enable or disable IPv4 address assignment").default("true"),
        Flag::switch("ipv6", "Enable or disable IPv6 address assignment"),
        Flag::new("label", Kind::Label, "list", "Set metadata on a network"),
        Flag::new("opt", Kind::Map, "map", "Set driver specific options").short('o').default("map[]"),
        Flag::new("scope", Kind::Text, "string", "Control the network's scope").unmodelled(),
        Flag::new("subnet", Kind::CommaList, "strings", "Subnet in CIDR format that represents a network segment"),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker network connect`.
pub const CONNECT: Command = Command {
    action: "network connect",
    usage: "[OPTIONS] NETWORK CONTAINER",
    description: "Connect a container to a network",
    aliases: "",
    arguments: Arguments::Exactly(2),
    interspersed: true,
    flags: &[&[
        Flag::new("alias", Kind::CommaList, "strings", "Add network-scoped alias for the container"),
        Flag::new("driver-opt", Kind::CommaList, "strings", "driver options for the network"),
        Flag::new(
            "gw-priority",
            Kind::Int,
            "int",
            "Highest gw-priority provides the default gateway. Accepts positive and negative values.",
        ),
        Flag::new("ip", Kind::Text, "string", "IPv4 address (e.g., \"172.30.100.104\")"),
        Flag::new("ip6", Kind::Text, "string", "IPv6 address (e.g., \"2001:db8::33\")"),
        Flag::new("link", Kind::Link, "list", "Add link to another container"),
        Flag::new("link-local-ip", Kind::CommaList, "strings", "Add a link-local address for the container")
            .unmodelled(),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker network disconnect`.
pub const DISCONNECT: Command = Command {
    action: "network disconnect",
    usage: "[OPTIONS] NETWORK CONTAINER",
    description: "Disconnect a container from a network",
    aliases: "",
    arguments: Arguments::Exactly(2),
    interspersed: true,
    flags: &[&[Flag::switch("force", "Force the container to disconnect from a network").short('f')]],
    modelled: true,
    ..Command::NEW
};

/// `docker network inspect`.
pub const INSPECT: Command = Command {
    action: "network inspect",
    usage: "[OPTIONS] NETWORK [NETWORK...]",
    description: "Display detailed information on one or more networks",
    aliases: "",
    arguments: Arguments::AtLeast(1),
    interspersed: true,
    flags: &[&[
        Flag::new("format", Kind::Text, "string", "Format output using a custom template:\n'json':             Print in JSON format\n'TEMPLATE':         Print output using the given Go template.\nRefer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates").short('f'),
        Flag::switch("verbose", "Verbose output for diagnostics").short('v'),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker network ls`.
pub const LS: Command = Command {
    action: "network ls",
    usage: "[OPTIONS]",
    description: "List networks",
    aliases: "docker network ls, docker network list",
    arguments: Arguments::None,
    interspersed: true,
    flags: &[&[
        Flag::new("filter", Kind::Filter, "filter", "Provide filter values (e.g. \"driver=bridge\")").short('f'),
        Flag::new(
            "format",
            Kind::Text,
            "string",
            "Format output using a custom template:\n'table':            Print output in table format with column headers (default)\n'table TEMPLATE':   Print output in table format using the given Go template\n'json':             Print in JSON format\n'TEMPLATE':         Print output using the given Go template.\nRefer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates",
        ),
        Flag::switch("no-trunc", "Do not truncate the output"),
        Flag::switch("quiet", "Only display network IDs").short('q'),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker network prune`.
pub const PRUNE: Command = Command {
    action: "network prune",
    usage: "[OPTIONS]",
    description: "Remove all unused networks",
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

/// `docker network rm`.
pub const RM: Command = Command {
    action: "network rm",
    usage: "NETWORK [NETWORK...]",
    description: "Remove one or more networks",
    aliases: "docker network rm, docker network remove",
    arguments: Arguments::AtLeast(1),
    interspersed: true,
    flags: &[&[Flag::switch("force", "Do not error if the network does not exist").short('f')]],
    modelled: true,
    ..Command::NEW
};
