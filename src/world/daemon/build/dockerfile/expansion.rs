//! Which words of which instruction are expanded, and how (`instructions/commands.go`, `dispatch` in `dockerfile2llb/convert.go`).
//!
//! Promises: an instruction without variables to replace comes back with its quotes and escapes read, as in a build.
//! `RUN`, `CMD`, `ENTRYPOINT`, `SHELL`, `HEALTHCHECK`, `ONBUILD` and `MAINTAINER` stay as they are: their variables are the shell's.
//! `ARG` stays too: see `argument`. Must not know: where values come from.

use std::collections::{BTreeMap, BTreeSet};

use super::error::ExpandError;
use super::expand::{Environment, Lexer, NoVariables};
use super::instruction::{Argument, InstructionKind, KeyValue, SourcesAndDestination};
use super::mount::{self, Mount};
use super::{DockerfileError, Instruction, Problem};

/// An expanded instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expanded {
    /// The instruction with its variables replaced.
    pub kind: InstructionKind,
    /// The mounts of a `RUN`, read.
    pub mounts: Vec<Mount>,
    /// The variables that have no value, once for each word that names them, for the rule UndefinedVar.
    pub unmatched: Vec<String>,
}

struct Expander<'a> {
    lexer: Lexer,
    environment: &'a dyn Environment,
    unmatched: Vec<String>,
}

impl Expander<'_> {
    fn with(&mut self, lexer: Lexer, word: &str) -> Result<String, ExpandError> {
        let expansion = lexer.word(word, self.environment)?;
        self.unmatched.extend(expansion.unmatched);
        Ok(expansion.text)
    }

    fn word(&mut self, word: &mut String) -> Result<(), ExpandError> {
        *word = self.with(self.lexer, word)?;
        Ok(())
    }

    fn all<'w>(&mut self, words: impl IntoIterator<Item = &'w mut String>) -> Result<(), ExpandError> {
        words.into_iter().try_for_each(|word| self.word(word))
    }

    fn pairs(&mut self, pairs: &mut [KeyValue]) -> Result<(), ExpandError> {
        pairs.iter_mut().try_for_each(|pair| self.all([&mut pair.key, &mut pair.value]))
    }

    fn files(&mut self, files: &mut SourcesAndDestination) -> Result<(), ExpandError> {
        self.all(&mut files.paths)?;
        self.word(&mut files.destination)?;
        for heredoc in files.heredocs.iter_mut().filter(|heredoc| heredoc.expand) {
            heredoc.content = self.with(Lexer::for_heredoc(), &heredoc.content)?;
        }
        Ok(())
    }
}

/// Expands an instruction of a file whose escape character is `escape`. The error names the instruction's lines.
pub fn expand(
    instruction: &Instruction,
    escape: char,
    environment: &dyn Environment,
) -> Result<Expanded, DockerfileError> {
    let mut kind = instruction.kind.clone();
    let mut expander = Expander { lexer: Lexer::new(escape), environment, unmatched: Vec::new() };
    let mounts =
        replace(&mut kind, &mut expander).map_err(|problem| DockerfileError::at(problem, instruction.place.lines))?;
    Ok(Expanded { kind, mounts, unmatched: expander.unmatched })
}

fn replace(kind: &mut InstructionKind, expander: &mut Expander<'_>) -> Result<Vec<Mount>, Problem> {
    match kind {
        InstructionKind::Add(add) => {
            expander.all([&mut add.chown, &mut add.chmod, &mut add.checksum].into_iter().flatten())?;
            expander.files(&mut add.files)?;
        }
        InstructionKind::Copy(copy) => {
            expander.all([&mut copy.chown, &mut copy.chmod].into_iter().flatten())?;
            expander.files(&mut copy.files)?;
        }
        InstructionKind::Env(pairs) | InstructionKind::Label(pairs) => expander.pairs(pairs)?,
        InstructionKind::Expose(ports) => {
            let mut expanded = Vec::new();
            for port in ports.iter() {
                expanded.extend(expander.lexer.words(port, expander.environment)?);
            }
            *ports = expanded;
        }
        InstructionKind::StopSignal(word) | InstructionKind::User(word) | InstructionKind::Workdir(word) => {
            expander.word(word)?;
        }
        InstructionKind::Volume(volumes) => expander.all(volumes)?,
        InstructionKind::Run(run) if !run.devices.is_empty() => return Err(Problem::DeviceNotSupported),
        InstructionKind::Run(run) => {
            let lexer = expander.lexer;
            let mounts = run.mounts.iter().map(|text| mount::parse(text, &mut |word| expander.with(lexer, word)));
            return Ok(mounts.collect::<Result<_, _>>()?);
        }
        InstructionKind::Arg(_)
        | InstructionKind::Cmd(_)
        | InstructionKind::Entrypoint(_)
        | InstructionKind::Healthcheck(_)
        | InstructionKind::Maintainer(_)
        | InstructionKind::Onbuild(_)
        | InstructionKind::Shell(_) => {}
    }
    Ok(Vec::new())
}

/// The value that an `ARG` of a stage gives its variable, if any, and the variables of its default without value.
///
/// `--build-arg` wins; then the default; then the `ARG` of the same name before the first `FROM`. Each argument of an
/// `ARG a b=$a` must be put in the environment before the next one is asked for.
pub fn argument(
    argument: &Argument,
    build_arguments: &BTreeMap<String, String>,
    global_arguments: &dyn Environment,
    escape: char,
    environment: &dyn Environment,
) -> Result<(Option<String>, BTreeSet<String>), ExpandError> {
    if let Some(value) = build_arguments.get(&argument.key) {
        return Ok((Some(value.clone()), BTreeSet::new()));
    }
    match &argument.default {
        Some(default) => {
            let expansion = Lexer::new(escape).word(default, environment)?;
            Ok((Some(expansion.text), expansion.unmatched))
        }
        None => Ok((global_arguments.get(&argument.key).map(str::to_owned), BTreeSet::new())),
    }
}

/// The values of the `ARG`s before the first `FROM`, added to the predefined ones (`buildMetaArgs`).
pub fn global_arguments(
    dockerfile: &super::Dockerfile,
    predefined: &BTreeMap<String, String>,
    build_arguments: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, DockerfileError> {
    let mut values = predefined.clone();
    for instruction in &dockerfile.global_arguments {
        let InstructionKind::Arg(arguments) = &instruction.kind else { continue };
        for one in arguments {
            let (value, _) = argument(one, build_arguments, &NoVariables, dockerfile.escape, &values)
                .map_err(|error| DockerfileError::at(error, instruction.place.lines))?;
            if let Some(value) = value {
                values.insert(one.key.clone(), value);
            }
        }
    }
    Ok(values)
}

/// The arguments that every build has, with the values of `--build-arg` where given (`defaultArgs` in `dockerfile2llb/platform.go`).
/// Platforms are `os/architecture[/variant]`.
pub fn predefined_arguments(
    build_platform: &str,
    target_platform: &str,
    target_stage: &str,
    build_arguments: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for (prefix, platform) in [("BUILD", build_platform), ("TARGET", target_platform)] {
        let mut parts = platform.splitn(3, '/');
        values.insert(format!("{prefix}PLATFORM"), platform.to_owned());
        for part in ["OS", "ARCH", "VARIANT"] {
            values.insert(format!("{prefix}{part}"), parts.next().unwrap_or_default().to_owned());
        }
        values.insert(format!("{prefix}OSVERSION"), String::new());
    }
    values.insert("TARGETSTAGE".to_owned(), target_stage.to_owned());
    for (name, value) in &mut values {
        if let Some(given) = build_arguments.get(name) {
            value.clone_from(given);
        }
    }
    values
}
