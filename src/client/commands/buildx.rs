//! The commands of Buildx beside `build`: flags, usage and help texts, as data.
//!
//! The texts are those of Buildx 0.29. Must not know what the commands do.

use super::{Arguments, Command};
use crate::client::flags::{Flag, Kind};

const BUILDER: Flag =
    Flag::new("builder", Kind::Text, "string", "Override the configured builder instance").unmodelled();
const DEBUG: Flag = Flag::switch("debug", "Enable debug logging").short('D');

/// `docker buildx prune`, which `docker builder prune` is too.
pub const PRUNE: Command = Command {
    action: "builder prune",
    path: "docker buildx prune",
    description: "Remove build cache",
    flags: &[&[
        Flag::switch("all", "Include internal/frontend images").short('a'),
        BUILDER,
        DEBUG,
        Flag::new("filter", Kind::Filter, "filter", "Provide filter values").unmodelled(),
        Flag::switch("force", "Do not prompt for confirmation").short('f'),
        Flag::new("max-used-space", Kind::Bytes, "bytes", "Maximum amount of disk space allowed to keep for cache")
            .unmodelled(),
        Flag::new("min-free-space", Kind::Bytes, "bytes", "Target amount of free disk space after pruning")
            .unmodelled(),
        Flag::new("reserved-space", Kind::Bytes, "bytes", "Amount of disk space always allowed to keep for cache")
            .unmodelled(),
        Flag::switch("verbose", "Provide a more verbose output").unmodelled(),
    ]],
    modelled: true,
    plugin: true,
    ..Command::NEW
};

/// `docker buildx du`.
pub const DU: Command = Command {
    action: "buildx du",
    description: "Disk usage",
    flags: &[&[
        BUILDER,
        DEBUG,
        Flag::new("filter", Kind::Filter, "filter", "Provide filter values").unmodelled(),
        Flag::new("format", Kind::Text, "string", "Format the output"),
        Flag::switch("verbose", "Shorthand for \"--format=pretty\""),
    ]],
    modelled: true,
    plugin: true,
    ..Command::NEW
};

/// `docker buildx ls`.
pub const LS: Command = Command {
    action: "buildx ls",
    description: "List builder instances",
    flags: &[&[
        DEBUG,
        Flag::new("format", Kind::Text, "string", "Format the output").default("table").unmodelled(),
        Flag::switch("no-trunc", "Don't truncate output").unmodelled(),
    ]],
    modelled: true,
    plugin: true,
    ..Command::NEW
};

/// `docker buildx version`.
pub const VERSION: Command = Command {
    action: "buildx version",
    description: "Show buildx version information",
    flags: &[&[DEBUG]],
    modelled: true,
    plugin: true,
    ..Command::NEW
};

/// `docker buildx imagetools inspect`.
pub const IMAGETOOLS_INSPECT: Command = Command {
    action: "buildx imagetools inspect",
    usage: "[OPTIONS] NAME",
    description: "Show details of an image in the registry",
    arguments: Arguments::Exactly(1),
    flags: &[&[
        BUILDER,
        DEBUG,
        Flag::new("format", Kind::Text, "string", "Format the output using the given Go template").unmodelled(),
        Flag::switch("raw", "Show original, unformatted JSON manifest"),
    ]],
    modelled: true,
    plugin: true,
    ..Command::NEW
};
