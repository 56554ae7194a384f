//! The rules of `docker build --check`: names, descriptions, addresses (`linter/ruleset.go`), and which are switched off.
//!
//! Promises: BuildKit's texts. Must not know: how a rule is checked (`lint`).

use std::collections::BTreeSet;

use super::directive;
use super::error::Problem;
use super::place::LineRange;

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "`description` says what each rule is about")]
pub enum Rule {
    StageNameCasing,
    FromAsCasing,
    NoEmptyContinuation,
    ConsistentInstructionCasing,
    DuplicateStageName,
    ReservedStageName,
    JsonArgsRecommended,
    MaintainerDeprecated,
    UndefinedArgInFrom,
    WorkdirRelativePath,
    UndefinedVar,
    MultipleInstructionsDisallowed,
    LegacyKeyValueFormat,
    InvalidBaseImagePlatform,
    RedundantTargetPlatform,
    SecretsUsedInArgOrEnv,
    InvalidDefaultArgInFrom,
    FromPlatformFlagConstDisallowed,
    CopyIgnoredFile,
    InvalidDefinitionDescription,
    ExposeProtoCasing,
    ExposeInvalidFormat,
}

impl Rule {
    /// Its name, as in `# check=skip=NAME`.
    pub fn name(self) -> &'static str {
        self.texts().0
    }

    /// What it asks for.
    pub fn description(self) -> &'static str {
        self.texts().1
    }

    /// The page that explains it; InvalidBaseImagePlatform has none.
    pub fn url(self) -> Option<String> {
        let page = self.texts().2;
        (!page.is_empty()).then(|| format!("https://docs.docker.com/go/dockerfile/rule/{page}/"))
    }

    /// True for rules that are off unless asked for.
    pub fn is_experimental(self) -> bool {
        matches!(self, Self::InvalidDefinitionDescription | Self::CopyIgnoredFile)
    }

    fn texts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::StageNameCasing => ("StageNameCasing", "Stage names should be lowercase", "stage-name-casing"),
            Self::FromAsCasing => {
                ("FromAsCasing", "The 'as' keyword should match the case of the 'from' keyword", "from-as-casing")
            }
            Self::NoEmptyContinuation => (
                "NoEmptyContinuation",
                "Empty continuation lines will become errors in a future release",
                "no-empty-continuation",
            ),
            Self::ConsistentInstructionCasing => (
                "ConsistentInstructionCasing",
                "All commands within the Dockerfile should use the same casing (either upper or lower)",
                "consistent-instruction-casing",
            ),
            Self::DuplicateStageName => ("DuplicateStageName", "Stage names should be unique", "duplicate-stage-name"),
            Self::ReservedStageName => {
                ("ReservedStageName", "Reserved words should not be used as stage names", "reserved-stage-name")
            }
            Self::JsonArgsRecommended => (
                "JSONArgsRecommended",
                "JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS signals",
                "json-args-recommended",
            ),
            Self::MaintainerDeprecated => (
                "MaintainerDeprecated",
                "The MAINTAINER instruction is deprecated, use a label instead to define an image author",
                "maintainer-deprecated",
            ),
            Self::UndefinedArgInFrom => {
                ("UndefinedArgInFrom", "FROM command must use declared ARGs", "undefined-arg-in-from")
            }
            Self::WorkdirRelativePath => (
                "WorkdirRelativePath",
                "Relative workdir without an absolute workdir declared within the build can have unexpected results if the base image changes",
                "workdir-relative-path",
            ),
            Self::UndefinedVar => ("UndefinedVar", "Variables should be defined before their use", "undefined-var"),
            Self::MultipleInstructionsDisallowed => (
                "MultipleInstructionsDisallowed",
                "Multiple instructions of the same type should not be used in the same stage",
                "multiple-instructions-disallowed",
            ),
            Self::LegacyKeyValueFormat => (
                "LegacyKeyValueFormat",
                "Legacy key/value format with whitespace separator should not be used",
                "legacy-key-value-format",
            ),
            Self::InvalidBaseImagePlatform => {
                ("InvalidBaseImagePlatform", "Base image platform does not match expected target platform", "")
            }
            Self::RedundantTargetPlatform => (
                "RedundantTargetPlatform",
                "Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior",
                "redundant-target-platform",
            ),
            Self::SecretsUsedInArgOrEnv => (
                "SecretsUsedInArgOrEnv",
                "Sensitive data should not be used in the ARG or ENV commands",
                "secrets-used-in-arg-or-env",
            ),
            Self::InvalidDefaultArgInFrom => (
                "InvalidDefaultArgInFrom",
                "Default value for global ARG results in an empty or invalid base image name",
                "invalid-default-arg-in-from",
            ),
            Self::FromPlatformFlagConstDisallowed => (
                "FromPlatformFlagConstDisallowed",
                "FROM --platform flag should not use a constant value",
                "from-platform-flag-const-disallowed",
            ),
            Self::CopyIgnoredFile => {
                ("CopyIgnoredFile", "Attempting to Copy file that is excluded by .dockerignore", "copy-ignored-file")
            }
            Self::InvalidDefinitionDescription => (
                "InvalidDefinitionDescription",
                "Comment for build stage or argument should follow the format: `# <arg/stage name> <description>`. If this is not intended to be a description comment, add an empty line or comment between the instruction and the comment.",
                "invalid-definition-description",
            ),
            Self::ExposeProtoCasing => {
                ("ExposeProtoCasing", "Protocol in EXPOSE instruction should be lowercase", "expose-proto-casing")
            }
            Self::ExposeInvalidFormat => (
                "ExposeInvalidFormat",
                "IP address and host-port mapping should not be used in EXPOSE instruction. This will become an error in a future release",
                "expose-invalid-format",
            ),
        }
    }
}

/// A rule that a Dockerfile breaks, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The rule.
    pub rule: Rule,
    /// What breaks it.
    pub message: String,
    /// Where.
    pub lines: LineRange,
}

impl Warning {
    /// The warning in one line, as in a build's progress: `StageNameCasing: Stage name 'A' should be lowercase (line 1)`.
    pub fn short(&self) -> String {
        format!("{}: {} (line {})", self.rule.name(), self.message, self.lines.start)
    }
}

/// Which rules are off, or are errors: the value of `# check=` or of `BUILDKIT_DOCKERFILE_CHECK`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckOptions {
    skip_all: bool,
    skip: BTreeSet<String>,
    experimental_all: bool,
    experimental: BTreeSet<String>,
    /// True if a broken rule fails the build.
    pub error: bool,
}

impl CheckOptions {
    /// Reads `skip=A,B;experimental=all;error=true`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let mut options = Self::default();
        if text.trim().is_empty() {
            return Ok(options);
        }
        for part in text.trim().splitn(3, ';') {
            let invalid =
                |what: &str| Problem::CheckOptions(format!("invalid check option {}", super::quote::quoted(what)));
            let (key, value) = part.split_once('=').ok_or_else(|| invalid(part))?;
            let value = value.trim();
            let rules = || value.split(',').map(|rule| rule.trim().to_owned()).collect::<BTreeSet<_>>();
            match key.trim() {
                "skip" if value == "all" => options.skip_all = true,
                "skip" => options.skip = rules(),
                "experimental" if value == "all" => options.experimental_all = true,
                "experimental" => options.experimental = rules(),
                "error" => {
                    options.error = match value {
                        "1" | "t" | "T" | "true" | "TRUE" | "True" => true,
                        "0" | "f" | "F" | "false" | "FALSE" | "False" => false,
                        _ => return Err(invalid(part)),
                    }
                }
                other => return Err(invalid(other)),
            }
        }
        Ok(options)
    }

    /// True if a rule is checked, given the comments above the instruction, of which one may be `check=…`.
    pub fn allows(&self, rule: Rule, comments: &[String]) -> bool {
        let local = comments
            .iter()
            .filter_map(|comment| directive::assignment(comment))
            .find(|(name, _)| *name == "check")
            .and_then(|(_, value)| Self::parse(value.split(' ').next().unwrap_or_default()).ok())
            .unwrap_or_default();
        let name = rule.name();
        if rule.is_experimental() {
            return [self, &local]
                .iter()
                .any(|options| options.experimental_all || options.experimental.contains(name));
        }
        ![self, &local].iter().any(|options| options.skip_all || options.skip.contains(name))
    }
}
