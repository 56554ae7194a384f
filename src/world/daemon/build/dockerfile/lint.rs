//! Checks a Dockerfile against the rules of `docker build --check` (`dockerfile2llb/{convert,validations}.go`).
//!
//! Promises: warnings in the order in which a build tells them; `sorted` gives the order of `--check`. CopyIgnoredFile and
//! InvalidBaseImagePlatform need files and images: the builder makes those warnings itself. Triggers of base images (`ONBUILD`) are
//! not checked. Must not know: images, beyond the few facts in `BaseImage`.

use std::collections::{BTreeMap, BTreeSet};

use imbl::OrdSet;

use super::error::DockerfileError;
use super::expand::{Environment, Lexer};
use super::expansion;
use super::instruction::{CommandLine, Instruction, InstructionKind, KeyValue};
use super::place::LineRange;
use super::plan::{self, Plan, PlanOptions, Source};
use super::platform;
use super::quote::quoted;
use super::rule::{CheckOptions, Rule, Warning};
use super::suggest;
use super::variables::Variables;
use super::{Dockerfile, lint_stage};

/// What the rules need to know of a base image.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BaseImage {
    /// Its variables, in its order.
    pub environment: Vec<(String, String)>,
    /// True if it sets a shell.
    pub has_shell: bool,
    /// The platform it is for, `linux/amd64`.
    pub platform: String,
}

/// What is checked, and with what.
pub struct Check<'a> {
    /// The Dockerfile.
    pub dockerfile: &'a Dockerfile,
    /// Its plan; without one, only what shows before stages are planned is checked.
    pub plan: Option<&'a Plan>,
    /// What the plan was made from.
    pub options: &'a PlanOptions,
    /// Which rules are on.
    pub rules: &'a CheckOptions,
    /// Facts of an image by name; nothing if it is not known.
    pub base_image: &'a dyn Fn(&str) -> Option<BaseImage>,
    /// Where the build finds an error: what stands behind it is not looked at.
    pub error: Option<LineRange>,
}

/// The warnings in the order of `--check`: by line.
pub fn sorted(mut warnings: Vec<Warning>) -> Vec<Warning> {
    warnings.sort_by_key(|warning| warning.lines.start);
    warnings
}

/// The rules of a Dockerfile's `check` directive.
pub fn rules_of(dockerfile: &Dockerfile) -> Result<CheckOptions, DockerfileError> {
    CheckOptions::parse(dockerfile.check.as_deref().unwrap_or_default()).map_err(DockerfileError::of_file)
}

/// Checks the words of the instructions alone: what is told of a Dockerfile that ends in a mistake.
pub fn words(check: &Check<'_>) -> Vec<Warning> {
    let mut linter = Linter { check, warnings: Vec::new() };
    linter.empty_continuations();
    linter.words();
    linter.warnings
}

/// Checks everything.
pub fn lint(check: &Check<'_>) -> Vec<Warning> {
    let mut linter = Linter { check, warnings: Vec::new() };
    linter.empty_continuations();
    linter.words();
    linter.stage_names();
    linter.casing();
    linter.default_bases();
    linter.bases();
    linter.platforms();
    linter.stages();
    linter.warnings
}

struct Linter<'a> {
    check: &'a Check<'a>,
    warnings: Vec<Warning>,
}

/// What is known where an instruction stands.
#[derive(Clone, Default)]
struct State {
    environment: Variables,
    declared: OrdSet<String>,
    has_shell: bool,
    has_workdir: bool,
}

impl Linter<'_> {
    fn warn(&mut self, rule: Rule, comments: &[String], lines: LineRange, message: String) {
        // Only frontends newer than the engine's own read `# check=` above an instruction.
        let comments = if self.check.dockerfile.syntax.is_some() { comments } else { &[] };
        if self.check.rules.allows(rule, comments) {
            self.warnings.push(Warning { rule, message, lines });
        }
    }

    fn warn_of(&mut self, rule: Rule, instruction: &Instruction, message: String) {
        self.warn(rule, &instruction.comments, instruction.place.lines, message);
    }

    fn empty_continuations(&mut self) {
        for lines in &self.check.dockerfile.empty_continuations {
            self.warn(Rule::NoEmptyContinuation, &[], *lines, "Empty continuation line".to_owned());
        }
    }

    /// What shows in the words of each instruction alone.
    fn words(&mut self) {
        let dockerfile = self.check.dockerfile;
        for instruction in &dockerfile.global_arguments {
            self.description(instruction);
        }
        for stage in &dockerfile.stages {
            let lines = stage.place.lines;
            if let Some((keyword, name)) = lint_stage::as_words(stage) {
                if name != name.to_lowercase() {
                    let message = format!("Stage name '{name}' should be lowercase");
                    self.warn(Rule::StageNameCasing, &stage.comments, lines, message);
                }
                if !lint_stage::cases_match(&stage.keyword, keyword) {
                    let message = format!("'{keyword}' and '{}' keywords' casing do not match", stage.keyword);
                    self.warn(Rule::FromAsCasing, &stage.comments, lines, message);
                }
            }
            if let Some(name) = &stage.name {
                self.described("FROM", &[name], &stage.comments, lines);
            }
            for instruction in &stage.instructions {
                if matches!(instruction.kind, InstructionKind::Maintainer(_)) {
                    let message = "Maintainer instruction is deprecated in favor of using label".to_owned();
                    self.warn_of(Rule::MaintainerDeprecated, instruction, message);
                }
                self.description(instruction);
            }
        }
    }

    fn description(&mut self, instruction: &Instruction) {
        if let InstructionKind::Arg(arguments) = &instruction.kind {
            let keys: Vec<&str> = arguments.iter().map(|argument| argument.key.as_str()).collect();
            self.described("ARG", &keys, &instruction.comments, instruction.place.lines);
        }
    }

    fn described(&mut self, instruction: &str, keys: &[impl AsRef<str>], comments: &[String], lines: LineRange) {
        let Some(comment) = comments.last() else { return };
        let first = comment.split(' ').next().unwrap_or_default();
        if keys.iter().any(|key| key.as_ref() == first) {
            return;
        }
        let example = match keys {
            [only] => only.as_ref(),
            _ => "<arg_key>",
        };
        let message = format!("Comment for {instruction} should follow the format: `# {example} <description>`");
        self.warn(Rule::InvalidDefinitionDescription, comments, lines, message);
    }

    fn stage_names(&mut self) {
        let mut names = BTreeSet::new();
        for stage in &self.check.dockerfile.stages {
            let Some(name) = &stage.name else { continue };
            if matches!(name.as_str(), "context" | "scratch") {
                let message = format!("Stage name should not use the same name as reserved stage {}", quoted(name));
                self.warn(Rule::ReservedStageName, &[], stage.place.lines, message);
            }
            if !names.insert(name) {
                let message = format!("Duplicate stage name {}, stage names should be unique", quoted(name));
                self.warn(Rule::DuplicateStageName, &[], stage.place.lines, message);
            }
        }
    }

    fn casing(&mut self) {
        let keywords: Vec<(&str, LineRange)> = (self.check.dockerfile.stages.iter())
            .flat_map(|stage| {
                let instructions = stage.instructions.iter().map(|one| (one.keyword.as_str(), one.place.lines));
                std::iter::once((stage.keyword.as_str(), stage.place.lines)).chain(instructions)
            })
            .collect();
        let lower = keywords.iter().filter(|(keyword, _)| *keyword == keyword.to_lowercase()).count();
        let upper = keywords.iter().filter(|(keyword, _)| *keyword == keyword.to_uppercase()).count();
        for (keyword, lines) in keywords {
            let (right, case) = if lower > upper {
                (keyword.to_lowercase(), "lowercase")
            } else {
                (keyword.to_uppercase(), "uppercase")
            };
            if keyword != right {
                let message = format!("Command '{keyword}' should match the case of the command majority ({case})");
                self.warn(Rule::ConsistentInstructionCasing, &[], lines, message);
            }
        }
    }

    /// Base images must have names even if no `--build-arg` is given.
    fn default_bases(&mut self) {
        let Check { dockerfile, options, .. } = *self.check;
        let Ok(arguments) = plan::arguments(dockerfile, options, &BTreeMap::new()) else { return };
        for stage in &dockerfile.stages {
            let Ok(base) = Lexer::new(dockerfile.escape).word(&stage.base, &arguments) else { return };
            if !lint_stage::is_image_name(&base.text) {
                let message =
                    format!("Default value for ARG {} results in empty or invalid base image name", stage.base);
                self.warn(Rule::InvalidDefaultArgInFrom, &[], stage.place.lines, message);
            }
        }
    }

    fn bases(&mut self) {
        let Check { dockerfile, options, .. } = *self.check;
        let Ok(arguments) = plan::arguments(dockerfile, options, &options.build_arguments) else { return };
        let declared: BTreeSet<&str> = (dockerfile.global_arguments.iter())
            .filter_map(|instruction| match &instruction.kind {
                InstructionKind::Arg(arguments) => Some(arguments.iter().map(|argument| argument.key.as_str())),
                _ => None,
            })
            .flatten()
            .chain(arguments.keys().map(String::as_str))
            .collect();
        let lexer = Lexer::new(dockerfile.escape);
        for stage in &dockerfile.stages {
            let lines = stage.place.lines;
            let Ok(base) = lexer.word(&stage.base, &arguments) else { return };
            self.undeclared(&base.unmatched, &declared, &stage.comments, lines);
            if base.text.is_empty() {
                return;
            }
            let Some(written) = &stage.platform else { continue };
            let Ok(platform) = lexer.word(written, &arguments) else { return };
            self.undeclared(&platform.unmatched, &declared, &stage.comments, lines);
            let is_constant = platform.matched.is_empty() && platform.unmatched.is_empty();
            let is_target = platform.unmatched.is_empty()
                && platform.matched.iter().eq(["TARGETPLATFORM"])
                && arguments.get("TARGETPLATFORM") == Some(&platform.text);
            if is_target {
                let message = format!(
                    "Setting platform to predefined {written} in FROM is redundant as this is the default behavior"
                );
                self.warn(Rule::RedundantTargetPlatform, &stage.comments, lines, message);
            }
            let is_platform = platform::parse(&platform.text).is_ok();
            if is_constant && is_platform && !lint_stage::names_platform(stage.name.as_deref(), &platform.text) {
                let message = format!("FROM --platform flag should not use constant value {}", quoted(&platform.text));
                self.warn(Rule::FromPlatformFlagConstDisallowed, &stage.comments, lines, message);
            }
        }
    }

    /// Base images should be for the platform that is built for.
    fn platforms(&mut self) {
        let Check { dockerfile, plan: Some(plan), options, base_image, .. } = *self.check else { return };
        for (stage, planned) in dockerfile.stages.iter().zip(&plan.stages).filter(|(_, planned)| planned.needed) {
            let Source::Image(name) = &planned.base else { continue };
            let Some(image) = base_image(name).filter(|image| !image.platform.is_empty()) else { continue };
            let expected = planned.platform.as_ref().unwrap_or(&options.target_platform);
            if image.platform != *expected {
                let (found, expected) = (quoted(&image.platform), quoted(expected));
                let message = format!(
                    "Base image {name} was pulled with platform {found}, expected {expected} for current build"
                );
                self.warn(Rule::InvalidBaseImagePlatform, &[], stage.place.lines, message);
            }
        }
    }

    fn undeclared(
        &mut self,
        used: &BTreeSet<String>,
        declared: &BTreeSet<&str>,
        comments: &[String],
        lines: LineRange,
    ) {
        for name in used.iter().filter(|name| !declared.contains(name.as_str())) {
            let suggestion = suggest::nearest(name, declared.iter().copied());
            let hint = suggestion.map(|word| format!(" (did you mean {word}?)")).unwrap_or_default();
            let message = format!("FROM argument '{name}' is not declared{hint}");
            self.warn(Rule::UndefinedArgInFrom, comments, lines, message);
        }
    }

    /// What shows only when the instructions are followed one after the other.
    fn stages(&mut self) {
        let Check { dockerfile, plan: Some(plan), base_image, error, .. } = *self.check else { return };
        let mut states: Vec<State> = Vec::with_capacity(plan.stages.len());
        for (stage, planned) in dockerfile.stages.iter().zip(&plan.stages) {
            let mut state = match &planned.base {
                Source::Stage(base) => states.get(*base).cloned().unwrap_or_default(),
                Source::Scratch => State::default(),
                Source::Image(name) => {
                    let image = base_image(name).unwrap_or_default();
                    let mut environment = Variables::default();
                    image.environment.iter().for_each(|(name, value)| environment.set(name, value));
                    State { environment, has_shell: image.has_shell, ..State::default() }
                }
            };
            if !state.environment.has("PATH") {
                state.environment.set("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
            }
            if planned.needed {
                let mut last: BTreeMap<&'static str, LineRange> = BTreeMap::new();
                for instruction in &stage.instructions {
                    // What cannot be expanded is an error of the build.
                    let is_wrong = self.instruction(plan, instruction, &mut state, &mut last).is_err();
                    if is_wrong || error == Some(instruction.place.lines) {
                        return;
                    }
                }
            }
            states.push(state);
        }
    }

    fn instruction(
        &mut self,
        plan: &Plan,
        instruction: &Instruction,
        state: &mut State,
        last: &mut BTreeMap<&'static str, LineRange>,
    ) -> Result<(), DockerfileError> {
        let expanded = match expansion::expand(instruction, self.check.dockerfile.escape, &state.environment) {
            Ok(expanded) => expanded,
            Err(error) => {
                self.missing(instruction, state, &error);
                return Err(error);
            }
        };
        self.undefined(instruction, state, expanded.unmatched);
        match &expanded.kind {
            InstructionKind::Arg(_) => self.arguments(plan, instruction, state)?,
            InstructionKind::Env(pairs) => {
                self.legacy(instruction, pairs);
                for pair in pairs {
                    self.secret("ENV", &pair.key, instruction);
                    state.environment.set(&pair.key, &pair.value);
                }
            }
            InstructionKind::Label(pairs) => self.legacy(instruction, pairs),
            InstructionKind::Workdir(path) => {
                if !state.has_workdir && !path.starts_with('/') {
                    let path = quoted(path);
                    let message =
                        format!("Relative workdir {path} can have unexpected results if the base image changes");
                    self.warn_of(Rule::WorkdirRelativePath, instruction, message);
                }
                state.has_workdir = true;
            }
            InstructionKind::Expose(ports) => self.ports(instruction, ports),
            InstructionKind::Shell(_) => state.has_shell = true,
            InstructionKind::Cmd(command) | InstructionKind::Entrypoint(command) => {
                self.only_last_counts(instruction, last);
                if matches!(command, CommandLine::Shell(_)) && !state.has_shell {
                    let name = &instruction.keyword;
                    let message = format!(
                        "JSON arguments recommended for {name} to prevent unintended behavior related to OS signals"
                    );
                    self.warn_of(Rule::JsonArgsRecommended, instruction, message);
                }
            }
            InstructionKind::Healthcheck(_) => self.only_last_counts(instruction, last),
            _ => {}
        }
        Ok(())
    }

    fn arguments(&mut self, plan: &Plan, instruction: &Instruction, state: &mut State) -> Result<(), DockerfileError> {
        let InstructionKind::Arg(arguments) = &instruction.kind else { return Ok(()) };
        let Check { dockerfile, options, .. } = *self.check;
        for one in arguments {
            self.secret("ARG", &one.key, instruction);
            let (value, unmatched) = expansion::argument(
                one,
                &options.build_arguments,
                &plan.global_arguments,
                dockerfile.escape,
                &state.environment,
            )
            .map_err(|error| {
                let error = DockerfileError::at(error, instruction.place.lines);
                self.missing(instruction, state, &error);
                error
            })?;
            self.undefined(instruction, state, unmatched);
            if let Some(value) = value {
                state.environment.set(&one.key, &value);
            }
            state.declared.insert(one.key.clone());
        }
        Ok(())
    }

    fn undefined(&mut self, instruction: &Instruction, state: &State, names: impl IntoIterator<Item = String>) {
        for name in names {
            if state.declared.contains(&name) || name.starts_with("BUILDKIT_SBOM_SCAN_") {
                continue;
            }
            let suggestion = suggest::nearest(&name, state.environment.names());
            let hint = suggestion.map(|word| format!(" (did you mean ${word}?)")).unwrap_or_default();
            self.warn_of(Rule::UndefinedVar, instruction, format!("Usage of undefined variable '${name}'{hint}"));
        }
    }

    /// A variable that `${x:?…}` asks for in vain is an error, and undefined too.
    fn missing(&mut self, instruction: &Instruction, state: &State, error: &DockerfileError) {
        if let Some(name) = error.problem.missing_variable().filter(|name| !state.environment.has(name)) {
            self.undefined(instruction, state, [name.to_owned()]);
        }
    }

    fn legacy(&mut self, instruction: &Instruction, pairs: &[KeyValue]) {
        let name = &instruction.keyword;
        for _ in pairs.iter().filter(|pair| pair.legacy) {
            let message = format!("\"{name} key=value\" should be used instead of legacy \"{name} key value\" format");
            self.warn_of(Rule::LegacyKeyValueFormat, instruction, message);
        }
    }

    fn secret(&mut self, name: &str, key: &str, instruction: &Instruction) {
        if lint_stage::is_secret(key) {
            let message = format!("Do not use ARG or ENV instructions for sensitive data ({name} {})", quoted(key));
            self.warn_of(Rule::SecretsUsedInArgOrEnv, instruction, message);
        }
    }

    fn ports(&mut self, instruction: &Instruction, ports: &[String]) {
        for port in ports {
            let (host, container) = port.rsplit_once(':').unwrap_or(("", port));
            let (range, protocol) = container.split_once('/').unwrap_or((container, ""));
            if range.is_empty() || !matches!(protocol.to_lowercase().as_str(), "" | "tcp" | "udp" | "sctp") {
                // It is an error instead.
                return;
            }
            if protocol != protocol.to_lowercase() {
                let message = format!("Defined protocol '{port}' in EXPOSE instruction should be lowercase");
                self.warn_of(Rule::ExposeProtoCasing, instruction, message);
            }
            if !host.is_empty() {
                let message =
                    format!("EXPOSE instruction should not define an IP address or host-port mapping, found '{port}'");
                self.warn_of(Rule::ExposeInvalidFormat, instruction, message);
            }
        }
    }

    /// Of several of one kind in a stage only the last counts; the warning stands at the one before.
    fn only_last_counts(&mut self, instruction: &Instruction, last: &mut BTreeMap<&'static str, LineRange>) {
        if let Some(previous) = last.insert(instruction.kind.name(), instruction.place.lines) {
            let message = format!(
                "Multiple {} instructions should not be used in the same stage because only the last one will be used",
                instruction.keyword
            );
            self.warn(Rule::MultipleInstructionsDisallowed, &instruction.comments, previous, message);
        }
    }
}
