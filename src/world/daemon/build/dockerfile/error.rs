//! What can be wrong with a Dockerfile, worded as BuildKit words it.
//!
//! Promises: `to_string()` of a `DockerfileError` is the text that Docker prints after `ERROR: failed to build: failed to solve: `.
//! Errors that only Layerlab has (its limits) say the limit. Must not know: how the error is printed.

use thiserror::Error;

use super::place::LineRange;
use super::quote::quoted;

/// An error in a Dockerfile, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DockerfileError {
    /// What is wrong.
    pub problem: Problem,
    /// The lines at fault, for the excerpt; nothing if the whole file is.
    pub lines: Option<LineRange>,
    /// The line that BuildKit names in front of errors of a single instruction: «dockerfile parse error on line 2: ».
    pub instruction_line: Option<usize>,
}

impl DockerfileError {
    /// An error that BuildKit reports without naming the line in its text.
    pub fn at(problem: impl Into<Problem>, lines: LineRange) -> Self {
        Self { problem: problem.into(), lines: Some(lines), instruction_line: None }
    }

    /// An error in the words of one instruction, whose first line BuildKit names.
    pub fn in_instruction(problem: impl Into<Problem>, lines: LineRange) -> Self {
        Self { problem: problem.into(), lines: Some(lines), instruction_line: Some(lines.start) }
    }

    /// An error without a place.
    pub fn of_file(problem: impl Into<Problem>) -> Self {
        Self { problem: problem.into(), lines: None, instruction_line: None }
    }
}

impl std::fmt::Display for DockerfileError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(line) = self.instruction_line {
            write!(formatter, "dockerfile parse error on line {line}: ")?;
        }
        self.problem.fmt(formatter)
    }
}

impl std::error::Error for DockerfileError {}

/// The rest of a message that offers another word: ` (did you mean RUN?)`, or nothing.
fn did_you_mean(suggestion: &Option<String>) -> String {
    suggestion.as_ref().map(|word| format!(" (did you mean {word}?)")).unwrap_or_default()
}

/// What is wrong. Texts from `frontend/dockerfile/{parser,instructions,dockerfile2llb}` of BuildKit.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum Problem {
    #[error("dockerfile of {size} bytes greater than max allowed size of {limit} in Layerlab")]
    FileTooLarge { size: usize, limit: usize },
    #[error("dockerfile line greater than max allowed size of {limit}")]
    LineTooLong { limit: usize },
    #[error("{0}")]
    Configure(String),
    #[error("the Dockerfile cannot be empty")]
    EmptyFile,
    #[error("file with no instructions")]
    NoInstructions,
    #[error("dockerfile contains no stages to build")]
    NoStages,
    #[error("no build stage in current context")]
    NoStageYet,
    #[error("invalid escape token '{0}' does not match ` or \\")]
    InvalidEscapeToken(String),
    #[error("only one {0} parser directive can be used")]
    DuplicateDirective(&'static str),
    #[error("unterminated heredoc")]
    UnterminatedHeredoc,
    #[error("{0} must have two arguments")]
    TwoArguments(&'static str),
    #[error("Syntax error - can't find = in {}. Must be of the form: name=value", quoted(.0))]
    NoEqualsSign(String),
    #[error("when using JSON array syntax, arrays must be comprised of strings only")]
    NotStringArray,
    #[error("unknown instruction: {name}{}", did_you_mean(.suggestion))]
    UnknownInstruction { name: String, suggestion: Option<String> },
    #[error("unknown flag: {flag}{}", did_you_mean(.suggestion))]
    UnknownFlag { flag: String, suggestion: Option<String> },
    #[error("duplicate flag specified: {0}")]
    DuplicateFlag(String),
    #[error("missing a value on flag: {0}")]
    FlagWithoutValue(String),
    #[error("expecting boolean value for flag {flag}, not: {value}")]
    FlagNotBoolean { flag: String, value: String },
    #[error("{0} requires at least one argument")]
    AtLeastOneArgument(&'static str),
    #[error("{0} requires exactly one argument")]
    ExactlyOneArgument(&'static str),
    #[error("{0} requires at least two arguments, but only one was provided. Destination could not be determined")]
    NoDestination(&'static str),
    #[error("{0} cannot accept a heredoc as a destination")]
    HeredocDestination(&'static str),
    #[error("{0} names can not be blank")]
    BlankName(&'static str),
    #[error("FROM requires either one or three arguments")]
    FromArguments,
    #[error("invalid name for build stage: {}, name can't start with a number or contain symbols", quoted(.0))]
    InvalidStageName(String),
    #[error("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")]
    OnbuildChain,
    #[error("{0} isn't allowed as an ONBUILD trigger")]
    OnbuildForbidden(String),
    #[error("onbuild trigger should be a single expression")]
    OnbuildNotSingle,
    #[error("HEALTHCHECK NONE takes no arguments")]
    HealthcheckNoneArguments,
    #[error("Missing command after HEALTHCHECK CMD")]
    HealthcheckWithoutCommand,
    #[error("Unknown type {} in HEALTHCHECK (try CMD)", quoted(.0))]
    HealthcheckType(String),
    #[error("time: invalid duration {}", quoted(.0))]
    InvalidDuration(String),
    #[error("time: missing unit in duration {}", quoted(.0))]
    DurationWithoutUnit(String),
    #[error("time: unknown unit {} in duration {}", quoted(.unit), quoted(.text))]
    DurationUnit { unit: String, text: String },
    #[error("Interval {} cannot be less than 1ms", quoted(.0))]
    IntervalTooShort(&'static str),
    #[error("strconv.ParseInt: parsing {}: {reason}", quoted(.text))]
    InvalidNumber { text: String, reason: &'static str },
    #[error("--retries cannot be negative ({0})")]
    NegativeRetries(i64),
    #[error("VOLUME specified can not be an empty string")]
    EmptyVolume,
    #[error("{0} requires the arguments to be in JSON form")]
    NotJson(&'static str),
    #[error("invalid network mode {}", quoted(.0))]
    NetworkMode(String),
    #[error("device feature is only supported in Dockerfile frontend 1.14.0-labs or later")]
    DeviceNotSupported,
    #[error("security {} is not valid", quoted(.0))]
    Security(String),
    #[error(transparent)]
    Mount(#[from] MountProblem),
    #[error(transparent)]
    Expansion(#[from] ExpandError),
    #[error("invalid mount target \"/\"")]
    MountTarget,
    #[error("ssh does not support source")]
    SshSource,
    #[error("invalid chmod parameter: '{0}'. it should be octal string and between 0 and 07777")]
    Chmod(String),
    #[error("invalid syntax")]
    ChmodSyntax,
    #[error("inconsistent keep-git-dir configuration")]
    KeepGitDir,
    #[error("failed to parse platform {written}: {}: {reason}: invalid argument", quoted(.value))]
    Platform { written: String, value: String, reason: &'static str },
    #[error("checksum can't be specified for multiple sources")]
    ChecksumOfSeveral,
    #[error("checksum requires HTTP(S) or Git sources")]
    ChecksumOfFile,
    #[error("{0}")]
    Checksum(&'static str),
    #[error("source can't be a git ref for COPY")]
    CopyOfGit,
    #[error("source can't be a URL for COPY")]
    CopyOfUrl,
    #[error("base name ({0}) should not be blank")]
    BlankBase(String),
    #[error("empty platform value from expression {0}")]
    EmptyPlatform(String),
    #[error(
        "variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround"
    )]
    FromFlagVariable,
    #[error("invalid stage index {0}")]
    StageIndex(i64),
    #[error("circular dependency detected on stage: {0}")]
    CircularDependency(String),
    #[error("cannot copy from stage {}, it needs to be defined before current stage {}", quoted(.from), quoted(.stage))]
    StageNotBuiltYet { from: String, stage: String },
    #[error("cannot mount from stage {} to {}, stage needs to be defined before current command", quoted(.from), quoted(.target))]
    MountStageNotBuiltYet { from: String, target: String },
    #[error("target stage {} could not be found{}", quoted(.target), did_you_mean(.suggestion))]
    TargetNotFound { target: String, suggestion: Option<String> },
    #[error("failed to parse check options: {0}")]
    CheckOptions(String),
}

impl Problem {
    /// The variable without which a `${x:?message}` cannot be expanded.
    pub fn missing_variable(&self) -> Option<&str> {
        match self {
            Self::Expansion(ExpandError { reason: ExpandProblem::Required { name, .. }, .. }) => Some(name),
            _ => None,
        }
    }
}

/// What is wrong with a `RUN --mount`. Texts from `instructions/commands_runmount.go`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum MountProblem {
    #[error("failed to parse csv mounts: EOF")]
    NoFields,
    #[error("failed to parse csv mounts: parse error on line 1, column {column}: {reason}")]
    Csv { column: usize, reason: &'static str },
    #[error("unexpected key '{key}' for mount type '{mount_type}'")]
    KeyForType { key: String, mount_type: &'static str },
    #[error("invalid field '{0}' must be a key=value pair")]
    NotKeyValue(String),
    #[error("'{0}' doesn't support variable expansion, define alias stage instead")]
    Variable(&'static str),
    #[error("unsupported mount type {}{}", quoted(.value), did_you_mean(.suggestion))]
    Type { value: String, suggestion: Option<String> },
    #[error("unsupported sharing value {}{}", quoted(.value), did_you_mean(.suggestion))]
    Sharing { value: String, suggestion: Option<String> },
    #[error("invalid value for {key}: {value}")]
    Value { key: String, value: String },
    #[error("invalid value {value} for {key}")]
    Number { key: &'static str, value: String },
    #[error("unexpected key '{key}' in '{field}'{}", did_you_mean(.suggestion))]
    Key { key: String, field: String, suggestion: Option<String> },
    #[error("{key} not allowed for {} type mounts", quoted(.mount_type))]
    OwnerNotAllowed { key: &'static str, mount_type: &'static str },
    #[error("secret mount should not have a from")]
    SecretFrom,
    #[error("secret mount should not define sharing")]
    SecretSharing,
    #[error("invalid secret mount. one of source, target required")]
    SecretWithoutSource,
    #[error("both source and id can't be set")]
    SourceAndId,
    #[error("invalid cache sharing set for {0} mount")]
    SharingForType(&'static str),
    #[error(transparent)]
    Expansion(#[from] ExpandError),
}

/// A word that could not be expanded: BuildKit's «failed to process "word": reason».
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("failed to process {}: {reason}", quoted(.word))]
pub struct ExpandError {
    /// The word, shortened if it is very long.
    pub word: String,
    /// Why not.
    pub reason: ExpandProblem,
}

/// Why a word could not be expanded. Texts from `shell/lex.go`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum ExpandProblem {
    #[error("unexpected end of statement while looking for matching single-quote")]
    SingleQuote,
    #[error("unexpected end of statement while looking for matching double-quote")]
    DoubleQuote,
    #[error("unexpected end of statement while looking for matching {0}")]
    Unclosed(char),
    #[error("syntax error: missing '}}'")]
    MissingBrace,
    #[error("syntax error: missing '/' in ${{}}")]
    MissingSlash,
    #[error("syntax error: bad substitution")]
    BadSubstitution,
    #[error("unsupported modifier ({0}) in substitution")]
    Modifier(String),
    #[error("{name}: {message}")]
    Required { name: String, message: String },
    #[error("invalid pattern ({pattern}) in substitution: invalid escape '\\{character}'")]
    PatternEscape { pattern: String, character: char },
    #[error("substitutions nested deeper than {0}, the limit of Layerlab")]
    TooDeep(usize),
    #[error("result longer than {0} bytes, the limit of Layerlab")]
    TooLong(usize),
    #[error("pattern and value together too long for Layerlab")]
    PatternTooLarge,
}
