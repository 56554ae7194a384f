//! `docker manifest`: flags, usage and help texts, as data.
//!
//! The texts are those of the docker command line 28.5 (`docker … --help`). Must not know what the commands do.

use super::{Arguments, Command};
use crate::client::flags::{Flag, Kind};

/// What the help of an experimental command says of it, behind its own text.
macro_rules! experimental {
    ($text:literal, $command:literal) => {
        concat!(
            $text,
            "\n\nEXPERIMENTAL:\n  ",
            $command,
            " is an experimental feature.\n  Experimental features provide early access to product functionality. These\n  features may \
             change between releases without warning, or can be removed from a\n  future release. Learn more about experimental \
             features in our documentation:\n  https://docs.docker.com/go/experimental/"
        )
    };
}

/// What `docker manifest` says of itself.
pub const ABOUT: &str = experimental!(
    "The **docker manifest** command has subcommands for managing image manifests and\nmanifest lists. A manifest list allows you to use \
     one name to refer to the same image\nbuilt for multiple architectures.\n\nTo see help for a subcommand, use:\n\n    docker manifest \
     CMD --help\n\nFor full details on using docker manifest lists, see the registry v2 specification.",
    "docker manifest"
);

const INSECURE: Flag = Flag::switch("insecure", "Allow communication with an insecure registry");

/// `docker manifest create`.
pub const CREATE: Command = Command {
    action: "manifest create",
    usage: "MANIFEST_LIST MANIFEST [MANIFEST...]",
    description: experimental!(
        "Create a local manifest list for annotating and pushing to a registry",
        "docker manifest create"
    ),
    arguments: Arguments::AtLeast(2),
    flags: &[&[Flag::switch("amend", "Amend an existing manifest list").short('a'), INSECURE]],
    modelled: true,
    ..Command::NEW
};

/// `docker manifest annotate`.
pub const ANNOTATE: Command = Command {
    action: "manifest annotate",
    usage: "[OPTIONS] MANIFEST_LIST MANIFEST",
    description: experimental!("Add additional information to a local image manifest", "docker manifest annotate"),
    arguments: Arguments::Exactly(2),
    flags: &[&[
        Flag::new("arch", Kind::Text, "string", "Set architecture"),
        Flag::new("os", Kind::Text, "string", "Set operating system"),
        Flag::new("os-features", Kind::CommaList, "strings", "Set operating system feature").unmodelled(),
        Flag::new("os-version", Kind::Text, "string", "Set operating system version").unmodelled(),
        Flag::new("variant", Kind::Text, "string", "Set architecture variant"),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker manifest inspect`.
pub const INSPECT: Command = Command {
    action: "manifest inspect",
    usage: "[OPTIONS] [MANIFEST_LIST] MANIFEST",
    description: experimental!("Display an image manifest, or manifest list", "docker manifest inspect"),
    arguments: Arguments::Between(1, 2),
    flags: &[&[INSECURE, Flag::switch("verbose", "Output additional info including layers and platform").short('v')]],
    modelled: true,
    ..Command::NEW
};

/// `docker manifest push`.
pub const PUSH: Command = Command {
    action: "manifest push",
    usage: "[OPTIONS] MANIFEST_LIST",
    description: experimental!("Push a manifest list to a repository", "docker manifest push"),
    arguments: Arguments::Exactly(1),
    flags: &[&[
        Flag::switch("insecure", "Allow push to an insecure registry"),
        Flag::switch("purge", "Remove the local manifest list after push").short('p'),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker manifest rm`.
pub const RM: Command = Command {
    action: "manifest rm",
    usage: "MANIFEST_LIST [MANIFEST_LIST...]",
    description: experimental!("Delete one or more manifest lists from local storage", "docker manifest rm"),
    arguments: Arguments::AtLeast(1),
    modelled: true,
    ..Command::NEW
};
