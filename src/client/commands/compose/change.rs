//! `docker compose` commands that change what runs.

use super::super::{Arguments, Command};
use super::DRY_RUN;
use crate::client::flags::{Flag, Kind};

/// `docker compose up`.
pub const UP: Command = Command {
    action: "compose up",
    usage: "[OPTIONS] [SERVICE...]",
    description: "Create and start containers",
    arguments: Arguments::AtLeast(0),
    flags: &[&[
        Flag::switch("detach", "Detached mode: Run containers in the background").short('d'),
        Flag::switch("build", "Build images before starting containers"),
        Flag::switch("no-build", "Don't build an image, even if it's policy"),
        Flag::new("pull", Kind::Text, "string", "Pull image before running (\"always\"|\"missing\"|\"never\")").default("policy"),
        Flag::switch("remove-orphans", "Remove containers for services not defined in the Compose file"),
        Flag::new("scale", Kind::List, "scale", "Scale SERVICE to NUM instances. Overrides the scale setting in the Compose file if present."),
        Flag::switch("no-color", "Produce monochrome output"),
        Flag::switch("no-log-prefix", "Don't print prefix in logs"),
        Flag::switch("force-recreate", "Recreate containers even if their configuration and image haven't changed"),
        Flag::switch("no-recreate", "If containers already exist, don't recreate them. Incompatible with --force-recreate."),
        Flag::switch("no-start", "Don't start the services after creating them"),
        Flag::switch("abort-on-container-exit", "Stops all containers if any container was stopped. Incompatible with -d"),
        Flag::switch("abort-on-container-failure", "Stops all containers if any container exited with failure. Incompatible with -d"),
        Flag::new("exit-code-from", Kind::Text, "string", "Return the exit code of the selected service container. Implies --abort-on-container-exit"),
        Flag::new("timeout", Kind::Int, "int", "Use this timeout in seconds for container shutdown when attached or when containers are already running").short('t'),
        Flag::switch("timestamps", "Show timestamps"),
        Flag::switch("no-deps", "Don't start linked services"),
        Flag::switch("always-recreate-deps", "Recreate dependent containers. Incompatible with --no-recreate."),
        Flag::switch("renew-anon-volumes", "Recreate anonymous volumes instead of retrieving data from the previous containers").short('V'),
        Flag::switch("quiet-pull", "Pull without printing progress information"),
        Flag::switch("quiet-build", "Suppress the build output"),
        Flag::new("attach", Kind::List, "stringArray", "Restrict attaching to the specified services. Incompatible with --attach-dependencies."),
        Flag::new("no-attach", Kind::List, "stringArray", "Do not attach (stream logs) to the specified services"),
        Flag::switch("attach-dependencies", "Automatically attach to log output of dependent services"),
        Flag::switch("wait", "Wait for services to be running|healthy. Implies detached mode."),
        Flag::new("wait-timeout", Kind::Int, "int", "Maximum duration in seconds to wait for the project to be running|healthy"),
        Flag::switch("watch", "Watch source code and rebuild/refresh containers when files are updated.").short('w').unmodelled(),
        Flag::switch("menu", "Enable interactive shortcuts when running attached. Incompatible with --detach. Can also be enable/disable by setting COMPOSE_MENU environment var.").unmodelled(),
        Flag::switch("yes", "Assume \"yes\" as answer to all prompts and run non-interactively").short('y'),
        DRY_RUN,
    ]],
    ..Command::NEW
};

/// `docker compose create`.
pub const CREATE: Command = Command {
    action: "compose create",
    usage: "[OPTIONS] [SERVICE...]",
    description: "Creates containers for a service",
    arguments: Arguments::AtLeast(0),
    flags: &[&[
        Flag::switch("build", "Build images before starting containers"),
        Flag::switch("no-build", "Don't build an image, even if it's policy"),
        Flag::new(
            "pull",
            Kind::Text,
            "string",
            "Pull image before running (\"always\"|\"missing\"|\"never\"|\"build\")",
        )
        .default("policy"),
        Flag::switch("quiet-pull", "Pull without printing progress information"),
        Flag::switch("force-recreate", "Recreate containers even if their configuration and image haven't changed"),
        Flag::switch(
            "no-recreate",
            "If containers already exist, don't recreate them. Incompatible with --force-recreate.",
        ),
        Flag::switch("remove-orphans", "Remove containers for services not defined in the Compose file"),
        Flag::new(
            "scale",
            Kind::List,
            "scale",
            "Scale SERVICE to NUM instances. Overrides the scale setting in the Compose file if present.",
        ),
        Flag::switch("yes", "Assume \"yes\" as answer to all prompts and run non-interactively").short('y'),
        DRY_RUN,
    ]],
    ..Command::NEW
};

/// `docker compose down`.
pub const DOWN: Command = Command {
    action: "compose down",
    usage: "[OPTIONS] [SERVICES]",
    description: "Stop and remove containers, networks",
    arguments: Arguments::AtLeast(0),
    flags: &[&[
        Flag::switch("remove-orphans", "Remove containers for services not defined in the Compose file"),
        Flag::new("timeout", Kind::Int, "int", "Specify a shutdown timeout in seconds").short('t'),
        Flag::switch("volume", "An older name of --volumes").hidden(),
        Flag::switch("volumes", "Remove named volumes declared in the \"volumes\" section of the Compose file and anonymous volumes attached to containers").short('v'),
        Flag::new("rmi", Kind::Text, "string", "Remove images used by services. \"local\" remove only images that don't have a custom tag (\"local\"|\"all\")"),
        DRY_RUN,
    ]],
    ..Command::NEW
};

/// `docker compose start`.
pub const START: Command = Command {
    action: "compose start",
    usage: "[SERVICE...]",
    description: "Start services",
    arguments: Arguments::AtLeast(0),
    flags: &[&[DRY_RUN]],
    ..Command::NEW
};

/// `docker compose stop`.
pub const STOP: Command = Command {
    action: "compose stop",
    usage: "[OPTIONS] [SERVICE...]",
    description: "Stop services",
    arguments: Arguments::AtLeast(0),
    flags: &[&[Flag::new("timeout", Kind::Int, "int", "Specify a shutdown timeout in seconds").short('t'), DRY_RUN]],
    ..Command::NEW
};

/// `docker compose restart`.
pub const RESTART: Command = Command {
    action: "compose restart",
    usage: "[OPTIONS] [SERVICE...]",
    description: "Restart service containers",
    arguments: Arguments::AtLeast(0),
    flags: &[&[
        Flag::new("timeout", Kind::Int, "int", "Specify a shutdown timeout in seconds").short('t'),
        Flag::switch("no-deps", "Don't restart dependent services"),
        DRY_RUN,
    ]],
    ..Command::NEW
};

/// `docker compose kill`.
pub const KILL: Command = Command {
    action: "compose kill",
    usage: "[OPTIONS] [SERVICE...]",
    description: "Force stop service containers",
    arguments: Arguments::AtLeast(0),
    flags: &[&[
        Flag::switch("remove-orphans", "Remove containers for services not defined in the Compose file"),
        Flag::new("signal", Kind::Text, "string", "SIGNAL to send to the container").short('s').default("SIGKILL"),
        DRY_RUN,
    ]],
    ..Command::NEW
};

/// `docker compose pause`.
pub const PAUSE: Command = Command {
    action: "compose pause",
    usage: "[SERVICE...]",
    description: "Pause services",
    arguments: Arguments::AtLeast(0),
    flags: &[&[DRY_RUN]],
    ..Command::NEW
};

/// `docker compose unpause`.
pub const UNPAUSE: Command = Command {
    action: "compose unpause",
    usage: "[SERVICE...]",
    description: "Unpause services",
    arguments: Arguments::AtLeast(0),
    flags: &[&[DRY_RUN]],
    ..Command::NEW
};

/// `docker compose rm`.
pub const RM: Command = Command {
    action: "compose rm",
    usage: "[OPTIONS] [SERVICE...]",
    description: "Removes stopped service containers\n\nBy default, anonymous volumes attached to containers will not be removed. You\ncan override this with -v. To list all volumes, use \"docker volume ls\".\n\nAny data which is not in a volume will be lost.",
    arguments: Arguments::AtLeast(0),
    flags: &[&[
        Flag::switch("force", "Don't ask to confirm removal").short('f'),
        Flag::switch("stop", "Stop the containers, if required, before removing").short('s'),
        Flag::switch("volumes", "Remove any anonymous volumes attached to containers").short('v'),
        Flag::switch("all", "Deprecated - no effect").short('a').hidden(),
        DRY_RUN,
    ]],
    ..Command::NEW
};

/// `docker compose scale`.
pub const SCALE: Command = Command {
    action: "compose scale",
    usage: "[SERVICE=REPLICAS...]",
    description: "Scale services ",
    arguments: Arguments::AtLeast(1),
    flags: &[&[Flag::switch("no-deps", "Don't start linked services"), DRY_RUN]],
    ..Command::NEW
};

/// `docker compose run`.
pub const RUN: Command = Command {
    action: "compose run",
    usage: "[OPTIONS] SERVICE [COMMAND] [ARGS...]",
    description: "Run a one-off command on a service",
    arguments: Arguments::AtLeast(1),
    interspersed: false,
    flags: &[&[
        Flag::switch("detach", "Run container in background and print container ID").short('d'),
        Flag::new("env", Kind::List, "stringArray", "Set environment variables").short('e'),
        Flag::new("env-from-file", Kind::List, "stringArray", "Set environment variables from file"),
        Flag::new("label", Kind::List, "stringArray", "Add or override a label").short('l'),
        Flag::switch("rm", "Automatically remove the container when it exits"),
        Flag::switch("no-TTY", "Disable pseudo-TTY allocation (default: auto-detected)").short('T').default("true"),
        Flag::new("name", Kind::Text, "string", "Assign a name to the container"),
        Flag::new("user", Kind::Text, "string", "Run as specified username or uid").short('u'),
        Flag::new("workdir", Kind::Text, "string", "Working directory inside the container").short('w'),
        Flag::new("entrypoint", Kind::Text, "string", "Override the entrypoint of the image"),
        Flag::new("cap-add", Kind::List, "list", "Add Linux capabilities"),
        Flag::new("cap-drop", Kind::List, "list", "Drop Linux capabilities"),
        Flag::switch("no-deps", "Don't start linked services"),
        Flag::new("volume", Kind::List, "stringArray", "Bind mount a volume").short('v'),
        Flag::new("publish", Kind::List, "stringArray", "Publish a container's port(s) to the host").short('p'),
        Flag::switch("use-aliases", "Use the service's network useAliases in the network(s) the container connects to"),
        Flag::switch("service-ports", "Run command with all service's ports enabled and mapped to the host").short('P'),
        Flag::new("pull", Kind::Text, "string", "Pull image before running (\"always\"|\"missing\"|\"never\")")
            .default("policy"),
        Flag::switch("quiet", "Don't print anything to STDOUT").short('q'),
        Flag::switch("quiet-build", "Suppress progress output from the build process"),
        Flag::switch("quiet-pull", "Pull without printing progress information"),
        Flag::switch("build", "Build image before starting container"),
        Flag::switch("remove-orphans", "Remove containers for services not defined in the Compose file"),
        Flag::switch("interactive", "Keep STDIN open even if not attached").short('i').default("true"),
        Flag::switch("tty", "Allocate a pseudo-TTY").short('t').default("true").hidden(),
        DRY_RUN,
    ]],
    ..Command::NEW
};

/// `docker compose exec`.
pub const EXEC: Command = Command {
    action: "compose exec",
    usage: "[OPTIONS] SERVICE COMMAND [ARGS...]",
    description: "Execute a command in a running container",
    arguments: Arguments::AtLeast(2),
    interspersed: false,
    flags: &[&[
        Flag::switch("detach", "Detached mode: Run command in the background").short('d'),
        Flag::new("env", Kind::List, "stringArray", "Set environment variables").short('e'),
        Flag::new("index", Kind::Int, "int", "Index of the container if service has multiple replicas"),
        Flag::switch("privileged", "Give extended privileges to the process"),
        Flag::new("user", Kind::Text, "string", "Run the command as this user").short('u'),
        Flag::switch("no-tty", "Disable pseudo-TTY allocation. By default 'docker compose exec' allocates a TTY.")
            .short('T')
            .default("true"),
        Flag::new("workdir", Kind::Text, "string", "Path to workdir directory for this command").short('w'),
        Flag::switch("interactive", "Keep STDIN open even if not attached").short('i').default("true").hidden(),
        Flag::switch("tty", "Allocate a pseudo-TTY").short('t').default("true").hidden(),
        DRY_RUN,
    ]],
    ..Command::NEW
};

/// `docker compose build`.
pub const BUILD: Command = Command {
    action: "compose build",
    usage: "[OPTIONS] [SERVICE...]",
    description: "Build or rebuild services",
    arguments: Arguments::AtLeast(0),
    flags: &[&[
        Flag::switch("push", "Push service images").unmodelled(),
        Flag::switch("quiet", "Suppress the build output").short('q'),
        Flag::switch("pull", "Always attempt to pull a newer version of the image"),
        Flag::new("build-arg", Kind::List, "stringArray", "Set build-time variables for services"),
        Flag::new("ssh", Kind::Text, "string", "Set SSH authentications used when building service images. (use 'default' for using your default SSH Agent)").unmodelled(),
        Flag::new("builder", Kind::Text, "string", "Set builder to use").unmodelled(),
        Flag::switch("with-dependencies", "Also build dependencies (transitively)"),
        Flag::new("provenance", Kind::Text, "string", "Add a provenance attestation").unmodelled(),
        Flag::new("sbom", Kind::Text, "string", "Add a SBOM attestation").unmodelled(),
        Flag::switch("parallel", "Build images in parallel. DEPRECATED").default("true").hidden(),
        Flag::switch("compress", "Compress the build context using gzip. DEPRECATED").default("true").hidden(),
        Flag::switch("force-rm", "Always remove intermediate containers. DEPRECATED").default("true").hidden(),
        Flag::switch("no-cache", "Do not use cache when building the image"),
        Flag::switch("no-rm", "Do not remove intermediate containers after a successful build. DEPRECATED").hidden(),
        Flag::new("memory", Kind::Bytes, "bytes", "Set memory limit for the build container. Not supported by BuildKit.").short('m').unmodelled(),
        Flag::switch("print", "Print equivalent bake file").unmodelled(),
        Flag::switch("check", "Check build configuration").unmodelled(),
        DRY_RUN,
    ]],
    ..Command::NEW
};

/// `docker compose pull`.
pub const PULL: Command = Command {
    action: "compose pull",
    usage: "[OPTIONS] [SERVICE...]",
    description: "Pull service images",
    arguments: Arguments::AtLeast(0),
    flags: &[&[
        Flag::switch("quiet", "Pull without printing progress information").short('q'),
        Flag::switch("include-deps", "Also pull services declared as dependencies"),
        Flag::switch("parallel", "DEPRECATED pull multiple images in parallel").default("true").hidden(),
        Flag::switch("no-parallel", "DEPRECATED disable parallel pulling").default("true").hidden(),
        Flag::switch("ignore-pull-failures", "Pull what it can and ignores images with pull failures"),
        Flag::switch("ignore-buildable", "Ignore images that can be built"),
        Flag::new("policy", Kind::Text, "string", "Apply pull policy (\"missing\"|\"always\")"),
        DRY_RUN,
    ]],
    ..Command::NEW
};

/// `docker compose push`.
pub const PUSH: Command = Command {
    action: "compose push",
    usage: "[OPTIONS] [SERVICE...]",
    description: "Push service images",
    arguments: Arguments::AtLeast(0),
    flags: &[&[
        Flag::switch("ignore-push-failures", "Push what it can and ignores images with push failures"),
        Flag::switch("include-deps", "Also push images of services declared as dependencies"),
        Flag::switch("quiet", "Push without printing progress information").short('q'),
        DRY_RUN,
    ]],
    ..Command::NEW
};

/// `docker compose wait`.
pub const WAIT: Command = Command {
    action: "compose wait",
    usage: "SERVICE [SERVICE...] [OPTIONS]",
    description: "Block until containers of all (or specified) services stop.",
    arguments: Arguments::AtLeast(1),
    flags: &[&[Flag::switch("down-project", "Drops project when the first container stops"), DRY_RUN]],
    ..Command::NEW
};

/// `docker compose watch`.
pub const WATCH: Command = Command {
    action: "compose watch",
    usage: "[SERVICE...]",
    description: "Watch build context for service and rebuild/refresh containers when files are updated",
    arguments: Arguments::AtLeast(0),
    flags: &[&[
        Flag::switch("quiet", "hide build output"),
        Flag::switch("prune", "Prune dangling images on rebuild").default("true"),
        Flag::switch("no-up", "Do not build & start services before watching"),
        DRY_RUN,
    ]],
    modelled: false,
    ..Command::NEW
};
