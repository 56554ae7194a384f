//! The instructions of a Dockerfile, as data.
//!
//! Promises: every instruction that BuildKit's Dockerfile frontend 1.19 (Docker Engine 28) reads has its type here; words
//! are as written (quotes and `$variables` kept) until `expansion` replaces them.
//! Must not know: how text becomes instructions (`parse`), or what a build does with them.

use super::place::Place;

/// A build stage: a `FROM` and the instructions up to the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// The name after `AS`, in lower case as BuildKit keeps it.
    pub name: Option<String>,
    /// The image or earlier stage after `FROM`, not expanded.
    pub base: String,
    /// The value of `--platform`, not expanded.
    pub platform: Option<String>,
    /// The word `FROM` as it was written; casing rules look at it.
    pub keyword: String,
    /// The whole `FROM` line, continuation lines joined.
    pub code: String,
    /// Where the `FROM` stands.
    pub place: Place,
    /// The comment lines directly above, without `#`.
    pub comments: Vec<String>,
    /// The instructions of the stage, in order.
    pub instructions: Vec<Instruction>,
}

/// One instruction of a stage, or an `ARG` before the first stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// The instruction's name as it was written, for example `run`.
    pub keyword: String,
    /// The whole instruction, continuation lines joined, without heredoc bodies: what BuildKit prints as a step's name.
    pub code: String,
    /// Where it stands.
    pub place: Place,
    /// The comment lines directly above, without `#`.
    pub comments: Vec<String>,
    /// What it says.
    pub kind: InstructionKind,
}

/// What an instruction says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstructionKind {
    /// `ADD`: copies files, unpacks local archives, fetches URLs and Git repositories.
    Add(Add),
    /// `ARG`: declares variables of the build.
    Arg(Vec<Argument>),
    /// `CMD`: the default command, or the default arguments of the entrypoint.
    Cmd(CommandLine),
    /// `COPY`: copies files from the context, a stage or an image.
    Copy(Copy),
    /// `ENTRYPOINT`: the program that a container starts.
    Entrypoint(CommandLine),
    /// `ENV`: sets variables of the image.
    Env(Vec<KeyValue>),
    /// `EXPOSE`: declares ports, each as written, sorted as BuildKit sorts them.
    Expose(Vec<String>),
    /// `HEALTHCHECK`: how the engine tests a container's health.
    Healthcheck(Healthcheck),
    /// `LABEL`: sets labels of the image.
    Label(Vec<KeyValue>),
    /// `MAINTAINER`: the author of the image (deprecated).
    Maintainer(String),
    /// `ONBUILD`: the text of an instruction for builds on top of this image, heredoc bodies included.
    Onbuild(String),
    /// `RUN`: runs a command, and keeps what it changed.
    Run(Run),
    /// `SHELL`: the shell for the shell forms that follow.
    Shell(Vec<String>),
    /// `STOPSIGNAL`: the signal that stops a container.
    StopSignal(String),
    /// `USER`: the user for what follows and for the container.
    User(String),
    /// `VOLUME`: paths that become volumes.
    Volume(Vec<String>),
    /// `WORKDIR`: the working directory for what follows and for the container.
    Workdir(String),
}

impl InstructionKind {
    /// The instruction's name in upper case.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Add(_) => "ADD",
            Self::Arg(_) => "ARG",
            Self::Cmd(_) => "CMD",
            Self::Copy(_) => "COPY",
            Self::Entrypoint(_) => "ENTRYPOINT",
            Self::Env(_) => "ENV",
            Self::Expose(_) => "EXPOSE",
            Self::Healthcheck(_) => "HEALTHCHECK",
            Self::Label(_) => "LABEL",
            Self::Maintainer(_) => "MAINTAINER",
            Self::Onbuild(_) => "ONBUILD",
            Self::Run(_) => "RUN",
            Self::Shell(_) => "SHELL",
            Self::StopSignal(_) => "STOPSIGNAL",
            Self::User(_) => "USER",
            Self::Volume(_) => "VOLUME",
            Self::Workdir(_) => "WORKDIR",
        }
    }
}

/// `NAME` or `NAME=default` of an `ARG`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// The variable.
    pub key: String,
    /// Its default, if one was written.
    pub default: Option<String>,
}

/// A pair of an `ENV` or a `LABEL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyValue {
    /// The name.
    pub key: String,
    /// The value.
    pub value: String,
    /// True for the old form `ENV key value`, with a space where `=` should be.
    pub legacy: bool,
}

/// The command of `RUN`, `CMD` and `ENTRYPOINT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandLine {
    /// Words for the shell, as one string; empty if nothing was written.
    Shell(String),
    /// The exec (JSON) form: the program and its arguments; may be empty.
    Exec(Vec<String>),
}

/// Where `COPY` and `ADD` take files from and put them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcesAndDestination {
    /// Paths, patterns, and for `ADD` also URLs.
    pub paths: Vec<String>,
    /// Files whose content is written in the Dockerfile.
    pub heredocs: Vec<InlineFile>,
    /// The destination path.
    pub destination: String,
}

/// A heredoc of `RUN`, `COPY` or `ADD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlineFile {
    /// The word after `<<`: the file's name for `COPY` and `ADD`, the terminator for `RUN`.
    pub name: String,
    /// The text; leading tabs are gone if the heredoc was `<<-` and the instruction `COPY` or `ADD`.
    pub content: String,
    /// True if variables in the text are expanded: no part of the word was quoted.
    pub expand: bool,
    /// True for `<<-`: leading tabs of each line do not count.
    pub strip_tabs: bool,
    /// The number before `<<`: the file descriptor the text is read from.
    pub descriptor: u32,
}

/// `ADD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Add {
    /// What is copied where.
    pub files: SourcesAndDestination,
    /// `--chown`.
    pub chown: Option<String>,
    /// `--chmod`.
    pub chmod: Option<String>,
    /// `--link`.
    pub link: bool,
    /// `--keep-git-dir`, if given.
    pub keep_git_dir: Option<bool>,
    /// `--checksum`.
    pub checksum: Option<String>,
    /// `--unpack`, if given.
    pub unpack: Option<bool>,
    /// Every `--exclude`.
    pub exclude: Vec<String>,
}

/// `COPY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// What is copied where.
    pub files: SourcesAndDestination,
    /// `--from`: a stage's name or number, or an image.
    pub from: Option<String>,
    /// `--chown`.
    pub chown: Option<String>,
    /// `--chmod`.
    pub chmod: Option<String>,
    /// `--link`.
    pub link: bool,
    /// `--parents`.
    pub parents: bool,
    /// Every `--exclude`.
    pub exclude: Vec<String>,
}

/// `RUN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The command; with heredocs it still holds their `<<EOT`.
    pub command: CommandLine,
    /// Heredocs, in order.
    pub heredocs: Vec<InlineFile>,
    /// Every `--mount`, as written: the fields are read after expansion, by `mount::parse`.
    pub mounts: Vec<String>,
    /// `--network`.
    pub network: RunNetwork,
    /// `--security=insecure`.
    pub insecure: bool,
    /// Every `--device`, as written.
    pub devices: Vec<String>,
}

/// The network of a `RUN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RunNetwork {
    /// The build's network.
    #[default]
    Default,
    /// No network but the loopback interface.
    None,
    /// The host's network.
    Host,
}

/// `HEALTHCHECK`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Healthcheck {
    /// `HEALTHCHECK NONE`: takes away the base image's check.
    None,
    /// `HEALTHCHECK CMD …`.
    Cmd(HealthcheckCommand),
}

/// The test of a `HEALTHCHECK CMD` and its timing; zero means the engine's default. Times are in nanoseconds, as in the image's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthcheckCommand {
    /// The test.
    pub command: CommandLine,
    /// `--interval`.
    pub interval: i64,
    /// `--timeout`.
    pub timeout: i64,
    /// `--start-period`.
    pub start_period: i64,
    /// `--start-interval`.
    pub start_interval: i64,
    /// `--retries`.
    pub retries: u32,
}
