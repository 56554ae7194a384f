//! The commands for images and registries: flags, usage and help texts, as data.
//!
//! The texts are those of the docker command line 28.5 (`docker … --help`), whose behaviour they name. Must not know what the
//! commands do.

use super::{Arguments, Command};
use crate::client::flags::{Flag, Kind};

/// `docker images`.
pub const IMAGES: Command = Command {
    action: "image ls",
    usage: "[OPTIONS] [REPOSITORY[:TAG]]",
    description: "List images",
    aliases: "docker image ls, docker image list, docker images",
    arguments: Arguments::AtMost(1),
    interspersed: true,
    flags: &[&[
        Flag::switch("all", "Show all images").short('a').default("hides intermediate images"),
        Flag::switch("digests", "Show digests"),
        Flag::new("filter", Kind::Filter, "filter", "Filter output based on conditions provided").short('f'),
        Flag::new(
            "format",
            Kind::Text,
            "string",
            "Format output using a custom template:\n'table':            Print output in table format with column headers (default)\n'table TEMPLATE':   Print output in table format using the given Go template\n'json':             Print in JSON format\n'TEMPLATE':         Print output using the given Go template.\nRefer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates",
        ),
        Flag::switch("no-trunc", "Don't truncate output"),
        Flag::switch("quiet", "Only show image IDs").short('q'),
        Flag::switch("tree", "List multi-platform images as a tree (EXPERIMENTAL)"),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker rmi`.
pub const RMI: Command = Command {
    action: "image rm",
    usage: "[OPTIONS] IMAGE [IMAGE...]",
    description: "Remove one or more images",
    aliases: "docker image rm, docker image remove, docker rmi",
    arguments: Arguments::AtLeast(1),
    interspersed: true,
    flags: &[&[
        Flag::switch("force", "Force removal of the image").short('f'),
        Flag::switch("no-prune", "Do not delete untagged parents"),
        Flag::new(
            "platform",
            Kind::CommaList,
            "strings",
            "Remove only the given platform variant. Formatted as \"os[/arch[/variant]]\" (e.g., \"linux/amd64\")",
        ),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker image inspect`.
pub const INSPECT: Command = Command {
    action: "image inspect",
    usage: "[OPTIONS] IMAGE [IMAGE...]",
    description: "Display detailed information on one or more images",
    aliases: "",
    arguments: Arguments::AtLeast(1),
    interspersed: true,
    flags: &[&[
        Flag::new("format", Kind::Text, "string", "Format output using a custom template:\n'json':             Print in JSON format\n'TEMPLATE':         Print output using the given Go template.\nRefer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates").short('f'),
        Flag::new("platform", Kind::Text, "string", "Inspect a specific platform of the multi-platform image.\nIf the image or the server is not multi-platform capable, the command will error out if the platform does not match.\n'os[/arch[/variant]]': Explicit platform (eg. linux/amd64)"),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker image prune`.
pub const PRUNE: Command = Command {
    action: "image prune",
    usage: "[OPTIONS]",
    description: "Remove unused images",
    aliases: "",
    arguments: Arguments::None,
    interspersed: true,
    flags: &[&[
        Flag::switch("all", "Remove all unused images, not just dangling ones").short('a'),
        Flag::new("filter", Kind::Filter, "filter", "Provide filter values (e.g. \"until=<timestamp>\")"),
        Flag::switch("force", "Do not prompt for confirmation").short('f'),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker pull`.
pub const PULL: Command = Command {
    action: "image pull",
    usage: "[OPTIONS] NAME[:TAG|@DIGEST]",
    description: "Download an image from a registry",
    aliases: "docker image pull, docker pull",
    arguments: Arguments::Exactly(1),
    interspersed: true,
    flags: &[&[
        Flag::switch("all-tags", "Download all tagged images in the repository").short('a'),
        Flag::switch("disable-content-trust", "Skip image verification").default("true"),
        Flag::new("platform", Kind::Text, "string", "Set platform if server is multi-platform capable"),
        Flag::switch("quiet", "Suppress verbose output").short('q'),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker push`.
pub const PUSH: Command = Command {
    action: "image push",
    usage: "[OPTIONS] NAME[:TAG]",
    description: "Upload an image to a registry",
    aliases: "docker image push, docker push",
    arguments: Arguments::Exactly(1),
    interspersed: true,
    flags: &[&[
        Flag::switch("all-tags", "Push all tags of an image to the repository").short('a'),
        Flag::switch("disable-content-trust", "Skip image signing").default("true"),
        Flag::new(
            "platform",
            Kind::Text,
            "string",
            "Push a platform-specific manifest as a single-platform image to the registry.\nImage index won't be pushed, meaning that other manifests, including attestations won't be preserved.\n'os[/arch[/variant]]': Explicit platform (eg. linux/amd64)",
        ),
        Flag::switch("quiet", "Suppress verbose output").short('q'),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker history`.
pub const HISTORY: Command = Command {
    action: "image history",
    usage: "[OPTIONS] IMAGE",
    description: "Show the history of an image",
    aliases: "docker image history, docker history",
    arguments: Arguments::Exactly(1),
    interspersed: true,
    flags: &[&[
        Flag::new(
            "format",
            Kind::Text,
            "string",
            "Format output using a custom template:\n'table':            Print output in table format with column headers (default)\n'table TEMPLATE':   Print output in table format using the given Go template\n'json':             Print in JSON format\n'TEMPLATE':         Print output using the given Go template.\nRefer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates",
        ),
        Flag::switch("human", "Print sizes and dates in human readable format").short('H').default("true"),
        Flag::switch("no-trunc", "Don't truncate output"),
        Flag::new(
            "platform",
            Kind::Text,
            "string",
            "Show history for the given platform. Formatted as \"os[/arch[/variant]]\" (e.g., \"linux/amd64\")",
        ),
        Flag::switch("quiet", "Only show image IDs").short('q'),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker tag`.
pub const TAG: Command = Command {
    action: "image tag",
    usage: "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
    description: "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
    aliases: "docker image tag, docker tag",
    arguments: Arguments::Exactly(2),
    interspersed: false,
    flags: &[],
    modelled: true,
    ..Command::NEW
};

/// `docker save`.
pub const SAVE: Command = Command {
    action: "image save",
    usage: "[OPTIONS] IMAGE [IMAGE...]",
    description: "Save one or more images to a tar archive (streamed to STDOUT by default)",
    aliases: "docker image save, docker save",
    arguments: Arguments::AtLeast(1),
    interspersed: true,
    flags: &[&[
        Flag::new("output", Kind::Text, "string", "Write to a file, instead of STDOUT").short('o'),
        Flag::new(
            "platform",
            Kind::Text,
            "string",
            "Save only the given platform variant. Formatted as \"os[/arch[/variant]]\" (e.g., \"linux/amd64\")",
        ),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker load`.
pub const LOAD: Command = Command {
    action: "image load",
    usage: "[OPTIONS]",
    description: "Load an image from a tar archive or STDIN",
    aliases: "docker image load, docker load",
    arguments: Arguments::None,
    interspersed: true,
    flags: &[&[
        Flag::new("input", Kind::Text, "string", "Read from tar archive file, instead of STDIN").short('i'),
        Flag::new(
            "platform",
            Kind::Text,
            "string",
            "Load only the given platform variant. Formatted as \"os[/arch[/variant]]\" (e.g., \"linux/amd64\")",
        ),
        Flag::switch("quiet", "Suppress the load output").short('q'),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker import`.
pub const IMPORT: Command = Command {
    action: "image import",
    usage: "[OPTIONS] file|URL|- [REPOSITORY[:TAG]]",
    description: "Import the contents from a tarball to create a filesystem image",
    aliases: "docker image import, docker import",
    arguments: Arguments::AtLeast(1),
    interspersed: true,
    flags: &[&[
        Flag::new("change", Kind::List, "list", "Apply Dockerfile instruction to the created image").short('c'),
        Flag::new("message", Kind::Text, "string", "Set commit message for imported image").short('m'),
        Flag::new("platform", Kind::Text, "string", "Set platform if server is multi-platform capable"),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker login`.
pub const LOGIN: Command = Command {
    action: "login",
    usage: "[OPTIONS] [SERVER]",
    description: "Authenticate to a registry.\nDefaults to Docker Hub if no server is specified.",
    aliases: "",
    arguments: Arguments::AtMost(1),
    interspersed: true,
    flags: &[&[
        Flag::new("password", Kind::Text, "string", "Password or Personal Access Token (PAT)").short('p'),
        Flag::switch("password-stdin", "Take the Password or Personal Access Token (PAT) from stdin"),
        Flag::new("username", Kind::Text, "string", "Username").short('u'),
    ]],
    modelled: true,
    ..Command::NEW
};

/// `docker logout`.
pub const LOGOUT: Command = Command {
    action: "logout",
    usage: "[SERVER]",
    description: "Log out from a registry.\nIf no server is specified, the default is defined by the daemon.",
    aliases: "",
    arguments: Arguments::AtMost(1),
    interspersed: true,
    flags: &[],
    modelled: true,
    ..Command::NEW
};

/// `docker search`.
pub const SEARCH: Command = Command {
    action: "search",
    usage: "[OPTIONS] TERM",
    description: "Search Docker Hub for images",
    aliases: "",
    arguments: Arguments::Exactly(1),
    interspersed: true,
    flags: &[&[
        Flag::new("filter", Kind::Filter, "filter", "Filter output based on conditions provided").short('f'),
        Flag::new("format", Kind::Text, "string", "Pretty-print search using a Go template"),
        Flag::new("limit", Kind::Int, "int", "Max number of search results"),
        Flag::switch("no-trunc", "Don't truncate output"),
    ]],
    modelled: false,
    ..Command::NEW
};
