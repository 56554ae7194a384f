//! The tree of docker's commands: which word leads to which command, and in which part of the help it stands.
//!
//! Promises: the names, aliases and order of the docker command line 28.5 with Buildx. Must not know what commands do.

use super::super::flags::{Flag, Kind};
use super::{
    Command, build, buildx, compose, container, container_look, container_run, image, manifest, network, system, volume,
};

/// Where the help of a group lists a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// Among the common ones.
    Common,
    /// Among the groups.
    Management,
    /// With Swarm.
    Swarm,
    /// With the rest.
    Plain,
    /// Nowhere.
    Hidden,
}

/// What a word leads to.
#[derive(Clone, Copy, Debug)]
pub enum Node {
    /// A command.
    Command(&'static Command),
    /// A group of commands.
    Group(&'static Group),
    /// Something that Docker has and Layerlab has not.
    NotModelled,
}

/// A word of a group.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The word.
    pub name: &'static str,
    /// Other words for the same.
    pub aliases: &'static [&'static str],
    /// What it leads to.
    pub node: Node,
    /// Where help lists it.
    pub category: Category,
    /// What help says about it, if not what the command itself says.
    pub text: &'static str,
    /// Whether it is a plugin, which help marks with a star.
    pub plugin: bool,
}

impl Entry {
    /// An entry without anything, for the rest of an entry's fields.
    pub const NEW: Entry =
        Entry { name: "", aliases: &[], node: Node::NotModelled, category: Category::Plain, text: "", plugin: false };
}

/// A group of commands: `docker network`.
#[derive(Debug)]
pub struct Group {
    /// What follows the path in the usage line of errors.
    pub usage: &'static str,
    /// What help says about it.
    pub description: &'static str,
    /// The flags that stand between it and its command: only Compose has some.
    pub flags: &'static [Flag],
    /// Its words, in the order of the help.
    pub entries: &'static [Entry],
}

impl Group {
    /// What a word leads to.
    pub fn find(&self, word: &str) -> Option<&'static Entry> {
        self.entries.iter().find(|entry| entry.name == word || entry.aliases.contains(&word))
    }
}

/// The flags that stand before the command.
pub const GLOBAL_FLAGS: &[Flag] = &[
    Flag::new("config", Kind::Text, "string", "Location of client config files").default("/root/.docker"),
    Flag::new(
        "context",
        Kind::Text,
        "string",
        "Name of the context to use to connect to the daemon (overrides DOCKER_HOST env var and default context set with \"docker context use\")",
    )
    .short('c')
    .unmodelled(),
    Flag::switch("debug", "Enable debug mode").short('D'),
    Flag::new("host", Kind::Text, "string", "Daemon socket to connect to").short('H').unmodelled(),
    Flag::new("log-level", Kind::Text, "string", "Set the logging level (\"debug\", \"info\", \"warn\", \"error\", \"fatal\")")
        .short('l')
        .default("info"),
    Flag::switch("tls", "Use TLS; implied by --tlsverify").unmodelled(),
    Flag::new("tlscacert", Kind::Text, "string", "Trust certs signed only by this CA").default("/root/.docker/ca.pem").unmodelled(),
    Flag::new("tlscert", Kind::Text, "string", "Path to TLS certificate file").default("/root/.docker/cert.pem").unmodelled(),
    Flag::new("tlskey", Kind::Text, "string", "Path to TLS key file").default("/root/.docker/key.pem").unmodelled(),
    Flag::switch("tlsverify", "Use TLS and verify the remote").unmodelled(),
    Flag::switch("version", "Print version information and quit").short('v'),
];

/// `docker`.
pub static ROOT: Group = Group {
    usage: "[OPTIONS] COMMAND [ARG...]",
    description: "A self-sufficient runtime for containers",
    flags: &[],
    entries: &[
        Entry { name: "run", node: Node::Command(&container_run::RUN), category: Category::Common, ..Entry::NEW },
        Entry { name: "exec", node: Node::Command(&container::EXEC), category: Category::Common, ..Entry::NEW },
        Entry { name: "ps", node: Node::Command(&container_look::PS), category: Category::Common, ..Entry::NEW },
        Entry {
            name: "build",
            node: Node::Command(&build::BUILD),
            category: Category::Common,
            text: "Build an image from a Dockerfile",
            ..Entry::NEW
        },
        Entry {
            name: "bake",
            node: Node::NotModelled,
            category: Category::Common,
            text: "Build from a file",
            ..Entry::NEW
        },
        Entry { name: "pull", node: Node::Command(&image::PULL), category: Category::Common, ..Entry::NEW },
        Entry { name: "push", node: Node::Command(&image::PUSH), category: Category::Common, ..Entry::NEW },
        Entry { name: "images", node: Node::Command(&image::IMAGES), category: Category::Common, ..Entry::NEW },
        Entry {
            name: "login",
            node: Node::Command(&image::LOGIN),
            category: Category::Common,
            text: "Authenticate to a registry",
            ..Entry::NEW
        },
        Entry {
            name: "logout",
            node: Node::Command(&image::LOGOUT),
            text: "Log out from a registry",
            category: Category::Common,
            ..Entry::NEW
        },
        Entry { name: "search", node: Node::Command(&image::SEARCH), category: Category::Common, ..Entry::NEW },
        Entry { name: "version", node: Node::Command(&system::VERSION), category: Category::Common, ..Entry::NEW },
        Entry { name: "info", node: Node::Command(&system::INFO), category: Category::Common, ..Entry::NEW },
        Entry { name: "builder", node: Node::Group(&BUILDER), category: Category::Management, ..Entry::NEW },
        Entry {
            name: "buildx",
            node: Node::Group(&BUILDX),
            category: Category::Management,
            plugin: true,
            ..Entry::NEW
        },
        Entry {
            name: "compose",
            node: Node::Group(&compose::COMPOSE),
            category: Category::Management,
            text: "Docker Compose",
            plugin: true,
            ..Entry::NEW
        },
        Entry { name: "container", node: Node::Group(&CONTAINER), category: Category::Management, ..Entry::NEW },
        Entry {
            name: "context",
            node: Node::NotModelled,
            category: Category::Management,
            text: "Manage contexts",
            ..Entry::NEW
        },
        Entry { name: "image", node: Node::Group(&IMAGE), category: Category::Management, ..Entry::NEW },
        Entry {
            name: "manifest",
            node: Node::Group(&MANIFEST),
            category: Category::Management,
            text: "Manage Docker image manifests and manifest lists",
            ..Entry::NEW
        },
        Entry { name: "network", node: Node::Group(&NETWORK), category: Category::Management, ..Entry::NEW },
        Entry {
            name: "plugin",
            node: Node::NotModelled,
            category: Category::Management,
            text: "Manage plugins",
            ..Entry::NEW
        },
        Entry { name: "system", node: Node::Group(&SYSTEM), category: Category::Management, ..Entry::NEW },
        Entry {
            name: "trust",
            node: Node::NotModelled,
            category: Category::Management,
            text: "Manage trust on Docker images",
            ..Entry::NEW
        },
        Entry { name: "volume", node: Node::Group(&VOLUME), category: Category::Management, ..Entry::NEW },
        Entry { name: "swarm", node: Node::NotModelled, category: Category::Swarm, text: "Manage Swarm", ..Entry::NEW },
        Entry { name: "attach", node: Node::Command(&container::ATTACH), ..Entry::NEW },
        Entry { name: "commit", node: Node::Command(&container_look::COMMIT), ..Entry::NEW },
        Entry { name: "cp", node: Node::Command(&container::CP), ..Entry::NEW },
        Entry { name: "create", node: Node::Command(&container_run::CREATE), ..Entry::NEW },
        Entry { name: "diff", node: Node::Command(&container_look::DIFF), ..Entry::NEW },
        Entry { name: "events", node: Node::Command(&system::EVENTS), ..Entry::NEW },
        Entry { name: "export", node: Node::Command(&container_look::EXPORT), ..Entry::NEW },
        Entry { name: "history", node: Node::Command(&image::HISTORY), ..Entry::NEW },
        Entry { name: "import", node: Node::Command(&image::IMPORT), ..Entry::NEW },
        Entry { name: "inspect", node: Node::Command(&system::INSPECT), ..Entry::NEW },
        Entry { name: "kill", node: Node::Command(&container::KILL), ..Entry::NEW },
        Entry { name: "load", node: Node::Command(&image::LOAD), ..Entry::NEW },
        Entry { name: "logs", node: Node::Command(&container::LOGS), ..Entry::NEW },
        Entry { name: "pause", node: Node::Command(&container::PAUSE), ..Entry::NEW },
        Entry { name: "port", node: Node::Command(&container_look::PORT), ..Entry::NEW },
        Entry { name: "rename", node: Node::Command(&container::RENAME), ..Entry::NEW },
        Entry { name: "restart", node: Node::Command(&container::RESTART), ..Entry::NEW },
        Entry { name: "rm", node: Node::Command(&container::RM), ..Entry::NEW },
        Entry { name: "rmi", node: Node::Command(&image::RMI), ..Entry::NEW },
        Entry { name: "save", node: Node::Command(&image::SAVE), ..Entry::NEW },
        Entry { name: "start", node: Node::Command(&container::START), ..Entry::NEW },
        Entry { name: "stats", node: Node::Command(&container_look::STATS), ..Entry::NEW },
        Entry { name: "stop", node: Node::Command(&container::STOP), ..Entry::NEW },
        Entry { name: "tag", node: Node::Command(&image::TAG), ..Entry::NEW },
        Entry { name: "top", node: Node::Command(&container_look::TOP), ..Entry::NEW },
        Entry { name: "unpause", node: Node::Command(&container::UNPAUSE), ..Entry::NEW },
        Entry { name: "update", node: Node::Command(&container_look::UPDATE), ..Entry::NEW },
        Entry { name: "wait", node: Node::Command(&container::WAIT), ..Entry::NEW },
        Entry { name: "checkpoint", node: Node::NotModelled, category: Category::Hidden, ..Entry::NEW },
        Entry { name: "config", node: Node::NotModelled, category: Category::Hidden, ..Entry::NEW },
        Entry { name: "node", node: Node::NotModelled, category: Category::Hidden, ..Entry::NEW },
        Entry { name: "secret", node: Node::NotModelled, category: Category::Hidden, ..Entry::NEW },
        Entry { name: "service", node: Node::NotModelled, category: Category::Hidden, ..Entry::NEW },
        Entry { name: "stack", node: Node::NotModelled, category: Category::Hidden, ..Entry::NEW },
    ],
};

/// `docker container`.
pub static CONTAINER: Group = Group {
    usage: "",
    description: "Manage containers",
    flags: &[],
    entries: &[
        Entry { name: "attach", node: Node::Command(&container::ATTACH), ..Entry::NEW },
        Entry { name: "commit", node: Node::Command(&container_look::COMMIT), ..Entry::NEW },
        Entry { name: "cp", node: Node::Command(&container::CP), ..Entry::NEW },
        Entry { name: "create", node: Node::Command(&container_run::CREATE), ..Entry::NEW },
        Entry { name: "diff", node: Node::Command(&container_look::DIFF), ..Entry::NEW },
        Entry { name: "exec", node: Node::Command(&container::EXEC), ..Entry::NEW },
        Entry { name: "export", node: Node::Command(&container_look::EXPORT), ..Entry::NEW },
        Entry { name: "inspect", node: Node::Command(&container_look::INSPECT), ..Entry::NEW },
        Entry { name: "kill", node: Node::Command(&container::KILL), ..Entry::NEW },
        Entry { name: "logs", node: Node::Command(&container::LOGS), ..Entry::NEW },
        Entry { name: "ls", node: Node::Command(&container_look::PS), aliases: &["list", "ps"], ..Entry::NEW },
        Entry { name: "pause", node: Node::Command(&container::PAUSE), ..Entry::NEW },
        Entry { name: "port", node: Node::Command(&container_look::PORT), ..Entry::NEW },
        Entry { name: "prune", node: Node::Command(&container::PRUNE), ..Entry::NEW },
        Entry { name: "rename", node: Node::Command(&container::RENAME), ..Entry::NEW },
        Entry { name: "restart", node: Node::Command(&container::RESTART), ..Entry::NEW },
        Entry { name: "rm", node: Node::Command(&container::RM), aliases: &["remove"], ..Entry::NEW },
        Entry { name: "run", node: Node::Command(&container_run::RUN), ..Entry::NEW },
        Entry { name: "start", node: Node::Command(&container::START), ..Entry::NEW },
        Entry { name: "stats", node: Node::Command(&container_look::STATS), ..Entry::NEW },
        Entry { name: "stop", node: Node::Command(&container::STOP), ..Entry::NEW },
        Entry { name: "top", node: Node::Command(&container_look::TOP), ..Entry::NEW },
        Entry { name: "unpause", node: Node::Command(&container::UNPAUSE), ..Entry::NEW },
        Entry { name: "update", node: Node::Command(&container_look::UPDATE), ..Entry::NEW },
        Entry { name: "wait", node: Node::Command(&container::WAIT), ..Entry::NEW },
    ],
};

/// `docker image`.
pub static IMAGE: Group = Group {
    usage: "",
    description: "Manage images",
    flags: &[],
    entries: &[
        Entry {
            name: "build",
            node: Node::Command(&build::BUILD),
            text: "Build an image from a Dockerfile",
            ..Entry::NEW
        },
        Entry { name: "history", node: Node::Command(&image::HISTORY), ..Entry::NEW },
        Entry { name: "import", node: Node::Command(&image::IMPORT), ..Entry::NEW },
        Entry { name: "inspect", node: Node::Command(&image::INSPECT), ..Entry::NEW },
        Entry { name: "load", node: Node::Command(&image::LOAD), ..Entry::NEW },
        Entry { name: "ls", node: Node::Command(&image::IMAGES), aliases: &["list"], ..Entry::NEW },
        Entry { name: "prune", node: Node::Command(&image::PRUNE), ..Entry::NEW },
        Entry { name: "pull", node: Node::Command(&image::PULL), ..Entry::NEW },
        Entry { name: "push", node: Node::Command(&image::PUSH), ..Entry::NEW },
        Entry { name: "rm", node: Node::Command(&image::RMI), aliases: &["remove"], ..Entry::NEW },
        Entry { name: "save", node: Node::Command(&image::SAVE), ..Entry::NEW },
        Entry { name: "tag", node: Node::Command(&image::TAG), ..Entry::NEW },
    ],
};

/// `docker network`.
pub static NETWORK: Group = Group {
    usage: "",
    description: "Manage networks",
    flags: &[],
    entries: &[
        Entry { name: "connect", node: Node::Command(&network::CONNECT), ..Entry::NEW },
        Entry { name: "create", node: Node::Command(&network::CREATE), ..Entry::NEW },
        Entry { name: "disconnect", node: Node::Command(&network::DISCONNECT), ..Entry::NEW },
        Entry { name: "inspect", node: Node::Command(&network::INSPECT), ..Entry::NEW },
        Entry { name: "ls", node: Node::Command(&network::LS), aliases: &["list"], ..Entry::NEW },
        Entry { name: "prune", node: Node::Command(&network::PRUNE), ..Entry::NEW },
        Entry { name: "rm", node: Node::Command(&network::RM), aliases: &["remove"], ..Entry::NEW },
    ],
};

/// `docker manifest`.
pub static MANIFEST: Group = Group {
    usage: "COMMAND",
    description: manifest::ABOUT,
    flags: &[],
    entries: &[
        Entry {
            name: "annotate",
            node: Node::Command(&manifest::ANNOTATE),
            text: "Add additional information to a local image manifest",
            ..Entry::NEW
        },
        Entry {
            name: "create",
            node: Node::Command(&manifest::CREATE),
            text: "Create a local manifest list for annotating and pushing to a registry",
            ..Entry::NEW
        },
        Entry {
            name: "inspect",
            node: Node::Command(&manifest::INSPECT),
            text: "Display an image manifest, or manifest list",
            ..Entry::NEW
        },
        Entry {
            name: "push",
            node: Node::Command(&manifest::PUSH),
            text: "Push a manifest list to a repository",
            ..Entry::NEW
        },
        Entry {
            name: "rm",
            node: Node::Command(&manifest::RM),
            text: "Delete one or more manifest lists from local storage",
            ..Entry::NEW
        },
    ],
};

/// `docker volume`.
pub static VOLUME: Group = Group {
    usage: "COMMAND",
    description: "Manage volumes",
    flags: &[],
    entries: &[
        Entry { name: "create", node: Node::Command(&volume::CREATE), ..Entry::NEW },
        Entry { name: "inspect", node: Node::Command(&volume::INSPECT), ..Entry::NEW },
        Entry { name: "ls", node: Node::Command(&volume::LS), aliases: &["list"], ..Entry::NEW },
        Entry { name: "prune", node: Node::Command(&volume::PRUNE), ..Entry::NEW },
        Entry {
            name: "rm",
            node: Node::Command(&volume::RM),
            text: "Remove one or more volumes",
            aliases: &["remove"],
            ..Entry::NEW
        },
        // Help leaves it out where there is no swarm.
        Entry { name: "update", node: Node::Command(&volume::UPDATE), category: Category::Hidden, ..Entry::NEW },
    ],
};

/// `docker system`.
pub static SYSTEM: Group = Group {
    usage: "",
    description: "Manage Docker",
    flags: &[],
    entries: &[
        Entry { name: "df", node: Node::Command(&system::DF), ..Entry::NEW },
        Entry { name: "events", node: Node::Command(&system::EVENTS), ..Entry::NEW },
        Entry { name: "info", node: Node::Command(&system::INFO), ..Entry::NEW },
        Entry { name: "prune", node: Node::Command(&system::PRUNE), ..Entry::NEW },
        Entry { name: "dial-stdio", node: Node::NotModelled, category: Category::Hidden, ..Entry::NEW },
    ],
};

/// `docker builder`.
pub static BUILDER: Group = Group {
    usage: "",
    description: "Manage builds",
    flags: &[],
    entries: &[
        Entry {
            name: "build",
            node: Node::Command(&build::BUILD),
            text: "Build an image from a Dockerfile",
            ..Entry::NEW
        },
        Entry { name: "prune", node: Node::Command(&buildx::PRUNE), ..Entry::NEW },
    ],
};

/// `docker buildx`.
pub static BUILDX: Group = Group {
    usage: "",
    description: "Docker Buildx",
    flags: &[],
    entries: &[
        Entry { name: "build", node: Node::Command(&build::BUILD), aliases: &["b"], ..Entry::NEW },
        Entry { name: "bake", node: Node::NotModelled, text: "Build from a file", ..Entry::NEW },
        Entry { name: "create", node: Node::NotModelled, text: "Create a new builder instance", ..Entry::NEW },
        Entry { name: "du", node: Node::Command(&buildx::DU), ..Entry::NEW },
        Entry { name: "imagetools", node: Node::Group(&IMAGETOOLS), ..Entry::NEW },
        Entry { name: "inspect", node: Node::NotModelled, text: "Inspect current builder instance", ..Entry::NEW },
        Entry { name: "ls", node: Node::Command(&buildx::LS), ..Entry::NEW },
        Entry { name: "prune", node: Node::Command(&buildx::PRUNE), ..Entry::NEW },
        Entry { name: "rm", node: Node::NotModelled, text: "Remove one or more builder instances", ..Entry::NEW },
        Entry { name: "stop", node: Node::NotModelled, text: "Stop builder instance", ..Entry::NEW },
        Entry { name: "use", node: Node::NotModelled, text: "Set the current builder instance", ..Entry::NEW },
        Entry { name: "version", node: Node::Command(&buildx::VERSION), ..Entry::NEW },
    ],
};

/// `docker buildx imagetools`.
pub static IMAGETOOLS: Group = Group {
    usage: "[OPTIONS] COMMAND",
    description: "Commands to work on images in registry",
    flags: &[],
    entries: &[
        Entry {
            name: "create",
            node: Node::NotModelled,
            text: "Create a new image based on source images",
            ..Entry::NEW
        },
        Entry { name: "inspect", node: Node::Command(&buildx::IMAGETOOLS_INSPECT), ..Entry::NEW },
    ],
};
