//! What learners get wrong about Docker, each with the truth and the way to make it visible: the list of the course.
//!
//! Promises: ids are unique and stay, since learners' records and lessons name them. Knows nothing else.

/// One wrong idea that many learners have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misconception {
    /// The name by which a wrong choice refers to it.
    pub id: &'static str,
    /// The wrong idea.
    pub wrong: &'static str,
    /// What is true instead.
    pub truth: &'static str,
    /// What shows it.
    pub visible: &'static str,
}

/// The misconception of that id.
pub fn misconception(id: &str) -> Option<&'static Misconception> {
    MISCONCEPTIONS.iter().find(|misconception| misconception.id == id)
}

/// All of them, in the order of the course.
pub const MISCONCEPTIONS: &[Misconception] = &[
    Misconception {
        id: "data-dies-on-stop",
        wrong: "stopping a container loses its data (or: data survives whatever I do)",
        truth: "the writable layer lives until `rm`/`--rm`; only volumes and mounts outlive it",
        visible: "write a file, then fork: stop→start beside rm→run, with a volume as third lane",
    },
    Misconception {
        id: "container-changes-image",
        wrong: "image and container are one; changing one changes the other",
        truth: "read-only layers + config; the container adds its own writable layer",
        visible: "one image, three containers, one edit: one top layer changes, the image's ID does not",
    },
    Misconception {
        id: "run-restarts",
        wrong: "`docker run` starts my container again",
        truth: "`run` creates a new one; `start` restarts",
        visible: "predict the number of containers; a named re-run hits the conflict",
    },
    Misconception {
        id: "detached-stays-up",
        wrong: "a container stays up because it is detached",
        truth: "it lives as long as its PID 1",
        visible: "the process box ends, the container greys with its exit code",
    },
    Misconception {
        id: "expose-opens",
        wrong: "EXPOSE opens a port",
        truth: "it is metadata; `-p` publishes",
        visible: "a request from the host bounces; with `-p` it passes; container to container works in both",
    },
    Misconception {
        id: "localhost-is-host",
        wrong: "`localhost` inside is my machine, or the other container",
        truth: "each container has its own loopback",
        visible: "the request loops in its own box; by name it finds the other",
    },
    Misconception {
        id: "listen-loopback",
        wrong: "publishing suffices though the app listens on 127.0.0.1; `-p` is container:host",
        truth: "it must listen on 0.0.0.0; host:container",
        visible: "the request reaches eth0, the ear is on lo; swapped numbers knock at an empty port",
    },
    Misconception {
        id: "names-everywhere",
        wrong: "containers always find each other by name",
        truth: "the default bridge has no DNS; user-defined networks do",
        visible: "the same lookup on both",
    },
    Misconception {
        id: "delete-shrinks",
        wrong: "deleting in a later layer makes the image smaller, or removes a secret",
        truth: "it adds a whiteout; the bytes stay below",
        visible: "size bars per layer; peel the top layer and the secret is there",
    },
    Misconception {
        id: "order-free",
        wrong: "the order of Dockerfile lines does not matter",
        truth: "a changed step invalidates itself and all after it",
        visible: "edit one line of code; two orders rebuild side by side",
    },
    Misconception {
        id: "cache-sees-world",
        wrong: "the cache notices new packages outside",
        truth: "`RUN` is keyed by its text and its parent",
        visible: "days pass, the package index changes, the step is still CACHED",
    },
    Misconception {
        id: "latest-updates",
        wrong: "`latest` is the newest and updates itself",
        truth: "a default tag name; `run` uses the local copy; only `pull` moves it",
        visible: "the registry's tag moves, the local one does not",
    },
    Misconception {
        id: "cmd-is-entrypoint",
        wrong: "CMD and ENTRYPOINT are interchangeable",
        truth: "ENTRYPOINT is the program, CMD its default arguments; run arguments replace CMD",
        visible: "two slots assemble the command line",
    },
    Misconception {
        id: "stop-is-broken",
        wrong: "`docker stop` is slow or crashes (137)",
        truth: "TERM to PID 1, 10 s, KILL; 143 = 128+15, 137 = 128+9 or out of memory",
        visible: "a signal meets the shell form, the exec form, and the memory limit",
    },
    Misconception {
        id: "arg-at-runtime",
        wrong: "ARG exists at run time, or everywhere in the file",
        truth: "per stage, build only; ENV goes into the image",
        visible: "scope bars beside the Dockerfile; predict what echo prints",
    },
    Misconception {
        id: "add-is-copy",
        wrong: "ADD is COPY",
        truth: "ADD also unpacks local archives and fetches URLs",
        visible: "the same archive, two lanes",
    },
    Misconception {
        id: "run-keeps-shell",
        wrong: "`RUN cd` or `RUN export` carries over",
        truth: "each RUN is a new shell; only files persist",
        visible: "the box closes, its memory goes, its files drop into the layer",
    },
    Misconception {
        id: "bind-merges",
        wrong: "a bind mount merges with the image's files",
        truth: "it covers them",
        visible: "a sheet slides over the folder; unmount and they are back; an empty named volume is filled instead",
    },
    Misconception {
        id: "volume-is-bind",
        wrong: "named volume and bind mount are the same",
        truth: "managed by Docker and seeded from the image, or a host path",
        visible: "where are the bytes: three lanes",
    },
    Misconception {
        id: "none-is-corrupt",
        wrong: "`<none>` images are corruption",
        truth: "a tag moved on; the old image has no name",
        visible: "the tag's arrow jumps",
    },
    Misconception {
        id: "image-in-use",
        wrong: "I can't delete the image though nothing runs",
        truth: "a stopped container still refers to it",
        visible: "reference lines from grey containers",
    },
    Misconception {
        id: "commit-saves",
        wrong: "`commit` is how to save work, with the database",
        truth: "volumes stay out; not reproducible; a Dockerfile is",
        visible: "commit takes the writable layer alone",
    },
    Misconception {
        id: "container-is-vm",
        wrong: "a container is a small VM",
        truth: "a process on the host's kernel",
        visible: "two PIDs of one process; the same kernel version; boot bars",
    },
    Misconception {
        id: "format-error",
        wrong: "exec format error means a broken image",
        truth: "another CPU architecture",
        visible: "one tag, two variants",
    },
    Misconception {
        id: "depends-is-ready",
        wrong: "`depends_on` waits until the database is ready",
        truth: "it orders starts; readiness needs a health check condition",
        visible: "two bars, started and ready; the app dies in the gap",
    },
    Misconception {
        id: "up-rebuilds",
        wrong: "`compose up` rebuilds after a change of code",
        truth: "only if the image is missing, or with `--build`",
        visible: "three clocks: source, image, container",
    },
    Misconception {
        id: "copy-anywhere",
        wrong: "COPY reaches any file",
        truth: "only the build context, less `.dockerignore`",
        visible: "the crate that is packed first",
    },
    Misconception {
        id: "instruction-is-layer",
        wrong: "every instruction is a layer with a size",
        truth: "only those that change files; the others are configuration",
        visible: "two columns",
    },
    Misconception {
        id: "secrets-vanish",
        wrong: "secrets in ARG or ENV are gone after the build",
        truth: "they are in history and config",
        visible: "`history` shows it; a secret mount leaves no trace",
    },
    Misconception {
        id: "volume-instruction",
        wrong: "`VOLUME` in a Dockerfile is harmless",
        truth: "anonymous volumes at every run",
        visible: "the list of volumes grows",
    },
    Misconception {
        id: "firewall-guards",
        wrong: "the host firewall guards published ports",
        truth: "Docker's rules come first; bind to 127.0.0.1",
        visible: "the packet's path",
    },
    Misconception {
        id: "mount-permissions",
        wrong: "permissions just work on mounts",
        truth: "numeric UIDs are compared",
        visible: "one number, two names",
    },
];
