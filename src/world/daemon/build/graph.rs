//! From a Dockerfile to the steps of a build: what stands on what, what each step does and how it is called.
//!
//! Promises: as BuildKit's `dockerfile2llb/convert.go`: everything that can be known before a step runs is known here, the image's
//! configuration and history too; stages that the target does not need have no steps; a base image is one step however many stages
//! begin with it. Must not know: how steps are carried out, nor the cache.

mod state;
mod work;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::work::{capitalised, copy_work, run_work, visible_arguments};
use super::super::api::BuildRequest;
use super::configure;
use super::dockerfile::expand::Lexer;
use super::dockerfile::heredoc::RunScript;
use super::dockerfile::instruction::{
    Argument, CommandLine, InlineFile, Instruction, InstructionKind, Run, SourcesAndDestination,
};
use super::dockerfile::mount::Mount;
use super::dockerfile::plan::{self, Plan, Source};
use super::dockerfile::{Dockerfile, DockerfileError, LineRange, Problem, expansion, parse_trigger};
use super::{history, validate};
use crate::world::digest::Digest;
use crate::world::registry::config::{History, ImageConfig, RunConfig};
use crate::world::registry::image::Image;

/// The PATH of images that set none (moby `system.DefaultPathEnv`).
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What a step does.
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// The files of an image.
    Base(Arc<Image>),
    /// Makes the working directory.
    Mkdir {
        path: String,
        user: String,
    },
    Copy(Box<CopyWork>),
    Run(Box<RunWork>),
}

/// Where a step takes files from, beside what it stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    Context,
    /// Another step's files.
    Step(usize),
    /// Nothing: `scratch`.
    Empty,
}

/// `COPY` or `ADD`.
#[derive(Clone, Debug)]
pub(super) struct CopyWork {
    pub input: Input,
    pub paths: Vec<String>,
    pub heredocs: Vec<InlineFile>,
    /// Absolute; with a slash at its end if it must be a directory.
    pub destination: String,
    pub chown: Option<String>,
    pub chmod: Option<String>,
    pub exclude: Vec<String>,
    /// Local archives are unpacked (`ADD`).
    pub unpack: bool,
    pub parents: bool,
}

impl CopyWork {
    /// One path from somewhere, as a bind mount takes it.
    pub(super) fn of_path(path: String, input: Input) -> CopyWork {
        CopyWork {
            input,
            paths: vec![path],
            heredocs: Vec::new(),
            destination: "/".to_owned(),
            chown: None,
            chmod: None,
            exclude: Vec::new(),
            unpack: false,
            parents: false,
        }
    }
}

/// `RUN`.
#[derive(Clone, Debug)]
pub(super) struct RunWork {
    pub words: Vec<String>,
    /// A script that is put into the container before it runs: its path and content.
    pub script: Option<(String, String)>,
    pub environment: Vec<String>,
    pub directory: String,
    pub user: String,
    /// With where the files of bind mounts come from.
    pub mounts: Vec<(Mount, Input)>,
    pub isolated: bool,
}

/// A step.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// `[2/4] RUN make`.
    pub name: String,
    /// The step whose files it changes; none stands on nothing.
    pub parent: Option<usize>,
    pub work: Work,
    pub lines: LineRange,
    /// The stage it was written in.
    pub stage: usize,
}

impl Step {
    /// The steps that must be done before this one.
    pub(super) fn needs(&self) -> Vec<usize> {
        let input = |input: &Input| match input {
            Input::Step(step) => Some(*step),
            Input::Context | Input::Empty => None,
        };
        let mut needs: Vec<usize> = self.parent.into_iter().collect();
        match &self.work {
            Work::Copy(copy) => needs.extend(input(&copy.input)),
            Work::Run(run) => needs.extend(run.mounts.iter().filter_map(|(_, from)| input(from))),
            Work::Base(_) | Work::Mkdir { .. } => {}
        }
        needs
    }

    /// Whether it takes files from the context.
    pub(super) fn needs_context(&self) -> bool {
        match &self.work {
            Work::Copy(copy) => copy.input == Input::Context && !copy.paths.is_empty(),
            Work::Run(run) => run.mounts.iter().any(|(_, from)| *from == Input::Context),
            Work::Base(_) | Work::Mkdir { .. } => false,
        }
    }
}

/// The steps of a build, each after those that it needs.
#[derive(Clone, Debug)]
pub(super) struct Graph {
    pub steps: Vec<Step>,
    /// The step whose files are the result; none for an image without layers.
    pub result: Option<usize>,
    /// The result's configuration; the history's new steps are not dated yet.
    pub config: ImageConfig,
}

/// An image that a Dockerfile names.
#[derive(Clone, Debug)]
pub(super) struct BaseImage {
    pub image: Arc<Image>,
    /// What its name stands for in its registry, if it was found there and not here.
    pub digest: Option<Digest>,
}

/// What is known at a point of a stage.
#[derive(Clone, Debug)]
struct State {
    config: ImageConfig,
    /// ARG and ENV: what RUN sees and words are expanded with.
    environment: Vec<String>,
    arguments: Vec<(String, Option<String>)>,
    cmd_is_set: bool,
    top: Option<usize>,
}

/// Makes the graph. `images` has every base image by the name in the Dockerfile.
///
/// # Errors
/// What BuildKit finds wrong while it converts: unknown variables in `${x:?}`, bad ports, …
pub(super) fn graph(
    dockerfile: &Dockerfile,
    plan: &Plan,
    request: &BuildRequest,
    images: &BTreeMap<String, BaseImage>,
) -> Result<Graph, DockerfileError> {
    plan::check_built_before(dockerfile, plan)?;
    let mut conversion = Conversion {
        dockerfile,
        plan,
        images,
        build_arguments: given(&request.arguments),
        steps: Vec::new(),
        bases: BTreeMap::new(),
        states: BTreeMap::new(),
    };
    for index in 0..plan.stages.len() {
        if plan.stages.get(index).is_some_and(|stage| stage.needed) {
            conversion.stage(index)?;
        }
    }
    let mut state = conversion.states.remove(&plan.target).unwrap_or_else(State::scratch);
    state.config.config.labels.extend(request.labels.clone());
    Ok(Graph { steps: conversion.steps, result: state.top, config: state.config })
}

/// The build arguments that have a value.
pub(super) fn given(arguments: &BTreeMap<String, Option<String>>) -> BTreeMap<String, String> {
    arguments.iter().filter_map(|(key, value)| Some((key.clone(), value.clone()?))).collect()
}

struct Conversion<'a> {
    dockerfile: &'a Dockerfile,
    plan: &'a Plan,
    images: &'a BTreeMap<String, BaseImage>,
    build_arguments: BTreeMap<String, String>,
    steps: Vec<Step>,
    /// The step of each base image.
    bases: BTreeMap<String, usize>,
    /// The end of each stage.
    states: BTreeMap<usize, State>,
}

/// How the steps of a stage are numbered.
struct Numbering {
    stage: String,
    total: usize,
    last: usize,
    /// Whether triggers of the base image are named now.
    is_trigger: bool,
}

impl Numbering {
    fn name(&mut self, text: &str) -> String {
        self.last += 1;
        let width = self.total.max(1).to_string().len();
        let stage = if self.stage.is_empty() { String::new() } else { format!("{} ", self.stage) };
        let trigger = if self.is_trigger { "ONBUILD " } else { "" };
        format!("[{stage}{:width$}/{}] {trigger}{text}", self.last, self.total)
    }
}

impl Conversion<'_> {
    fn stage(&mut self, index: usize) -> Result<(), DockerfileError> {
        let (Some(stage), Some(planned)) = (self.dockerfile.stages.get(index), self.plan.stages.get(index)) else {
            return Ok(());
        };
        let mut triggers = Vec::new();
        let image = match &planned.base {
            Source::Image(name) => self.images.get(name).map(|base| Arc::clone(&base.image)),
            Source::Stage(_) | Source::Scratch => None,
        };
        if let Some(image) = &image {
            for trigger in &image.config().config.on_build {
                triggers.push(parse_trigger(trigger, stage)?);
            }
        }
        // A stage that stands on another one has that one's triggers too.
        if let Source::Stage(base) = &planned.base {
            let of_base =
                self.dockerfile.stages.get(*base).map(|base| base.instructions.as_slice()).unwrap_or_default();
            for instruction in of_base {
                if let InstructionKind::Onbuild(trigger) = &instruction.kind {
                    triggers.push(parse_trigger(trigger, stage)?);
                }
            }
        }
        let makes_step = |instruction: &&Instruction| {
            matches!(
                instruction.kind,
                InstructionKind::Add(_)
                    | InstructionKind::Copy(_)
                    | InstructionKind::Run(_)
                    | InstructionKind::Workdir(_)
            )
        };
        let total = stage.instructions.iter().filter(makes_step).count() + usize::from(image.is_some());
        let mut numbering = Numbering { stage: planned.name.clone(), total, last: 0, is_trigger: false };
        let mut state = match (&planned.base, &image) {
            (Source::Image(name), Some(image)) => {
                let label = numbering.name(&format!("FROM {}", self.shown(name)));
                let mut state = State::of_image(image);
                state.top = Some(self.base(name, image, label, stage.place.lines, index));
                state
            }
            (Source::Stage(base), _) => {
                let mut state = self.states.get(base).cloned().unwrap_or_else(State::scratch);
                state.config.config.on_build = Vec::new();
                state
            }
            _ => State::scratch(),
        };
        // The base image is counted before its triggers are known, and of those each counts, whatever it does.
        numbering.total += triggers.len();
        numbering.is_trigger = true;
        for instruction in &triggers {
            self.instruction(index, None, instruction, &mut state, &mut numbering)?;
        }
        numbering.is_trigger = false;
        for (number, instruction) in stage.instructions.iter().enumerate() {
            self.instruction(index, Some(number), instruction, &mut state, &mut numbering)?;
        }
        self.states.insert(index, state);
        Ok(())
    }

    /// An image's name in a step: with its digest if it comes from a registry.
    fn shown(&self, name: &str) -> String {
        let digest = self.images.get(name).and_then(|base| base.digest);
        digest.map_or_else(|| full_name(name), |digest| format!("{}@{digest}", full_name(name)))
    }

    fn base(&mut self, name: &str, image: &Arc<Image>, label: String, lines: LineRange, stage: usize) -> usize {
        let full = full_name(name);
        if let Some(known) = self.bases.get(&full) {
            return *known;
        }
        self.steps.push(Step { name: label, parent: None, work: Work::Base(Arc::clone(image)), lines, stage });
        let step = self.steps.len() - 1;
        self.bases.insert(full, step);
        step
    }

    /// Where the files of `--from` are. `nth` counts the sources of one instruction.
    fn input(&mut self, stage: usize, number: Option<usize>, nth: usize, lines: LineRange) -> Option<Input> {
        let sources = &self.plan.stages.get(stage)?.sources;
        let source = sources.iter().filter(|(index, _)| Some(*index) == number).nth(nth).map(|(_, source)| source)?;
        Some(match source {
            Source::Stage(other) => self.states.get(other)?.top.map_or(Input::Empty, Input::Step),
            Source::Scratch => Input::Empty,
            Source::Image(name) => {
                let image = Arc::clone(&self.images.get(name)?.image);
                Input::Step(self.base(name, &image, format!("FROM {}", self.shown(name)), lines, stage))
            }
        })
    }

    fn instruction(
        &mut self,
        stage: usize,
        number: Option<usize>,
        instruction: &Instruction,
        state: &mut State,
        numbering: &mut Numbering,
    ) -> Result<(), DockerfileError> {
        let lines = instruction.place.lines;
        let variables = configure::variables(&state.environment);
        if let InstructionKind::Arg(arguments) = &instruction.kind {
            return self.arguments(arguments, lines, state);
        }
        let expanded = expansion::expand(instruction, self.dockerfile.escape, &variables)?;
        let code = capitalised(&instruction.code);
        let lexer = Lexer::new(self.dockerfile.escape);
        let shown = || lexer.word(&code, &variables).map_or_else(|_| code.clone(), |expansion| expansion.text);
        let (work, name) = match &expanded.kind {
            InstructionKind::Workdir(directory) => {
                let path = configure::working_directory(&state.config.config.working_dir, directory);
                state.config.config.working_dir.clone_from(&path);
                state.note(history::entry(format!("WORKDIR {path}"), path != "/", false));
                if path == "/" {
                    numbering.last += 1;
                    return Ok(());
                }
                (Work::Mkdir { path, user: state.config.config.user.clone() }, shown())
            }
            InstructionKind::Copy(copy) => {
                validate::copy(copy).map_err(|problem| DockerfileError::at(problem, lines))?;
                let options = [("chown", copy.chown.as_deref()), ("chmod", copy.chmod.as_deref())];
                state.note(history::entry(history::copy_text("COPY", &options, &copy.files), true, true));
                let input = match copy.from {
                    Some(_) => self.input(stage, number, 0, lines).unwrap_or(Input::Empty),
                    None => Input::Context,
                };
                let work = CopyWork {
                    input,
                    chown: copy.chown.clone(),
                    chmod: copy.chmod.clone(),
                    exclude: copy.exclude.clone(),
                    unpack: false,
                    parents: copy.parents,
                    ..copy_work(&copy.files, &state.config.config.working_dir)
                };
                (Work::Copy(Box::new(work)), shown())
            }
            InstructionKind::Add(add) => {
                validate::add(add).map_err(|problem| DockerfileError::at(problem, lines))?;
                let options = [
                    ("chown", add.chown.as_deref()),
                    ("chmod", add.chmod.as_deref()),
                    ("checksum", add.checksum.as_deref()),
                ];
                state.note(history::entry(history::copy_text("ADD", &options, &add.files), true, true));
                let work = CopyWork {
                    chown: add.chown.clone(),
                    chmod: add.chmod.clone(),
                    exclude: add.exclude.clone(),
                    unpack: add.unpack.unwrap_or(true),
                    ..copy_work(&add.files, &state.config.config.working_dir)
                };
                (Work::Copy(Box::new(work)), shown())
            }
            InstructionKind::Run(run) => {
                validate::mounts(&expanded.mounts, &state.config.config.working_dir)
                    .map_err(|problem| DockerfileError::at(problem, lines))?;
                let mut from = 0;
                let mut mounts = Vec::new();
                for mount in expanded.mounts {
                    let input = if mount.from.is_some() {
                        from += 1;
                        self.input(stage, number, from - 1, lines).unwrap_or(Input::Empty)
                    } else if mount.mount_type == super::dockerfile::mount::MountType::Bind {
                        Input::Context
                    } else {
                        Input::Empty
                    };
                    mounts.push((mount, input));
                }
                let work = run_work(run, state, mounts);
                let arguments = visible_arguments(state);
                state.note(history::entry(history::run_text(&arguments, &work.words), true, true));
                let lexer = Lexer { keep_quotes: true, keep_unset: true, ..lexer };
                // A secret is a variable too, and is not shown.
                let mut variables = variables.clone();
                for (mount, _) in &work.mounts {
                    if let Some(name) = mount.environment.as_ref().filter(|name| !name.is_empty()) {
                        variables.insert(name.clone(), "****".to_owned());
                    }
                }
                let shown = lexer.word(&code, &variables).map_or_else(|_| code.clone(), |expansion| expansion.text);
                (Work::Run(Box::new(work)), shown + &run.summary().unwrap_or_default())
            }
            kind => return configure_state(kind, state, lines),
        };
        let step = Step { name: numbering.name(&name), parent: state.top, work, lines, stage };
        self.steps.push(step);
        state.top = Some(self.steps.len() - 1);
        Ok(())
    }

    fn arguments(&self, arguments: &[Argument], lines: LineRange, state: &mut State) -> Result<(), DockerfileError> {
        let mut texts = Vec::new();
        for argument in arguments {
            let variables = configure::variables(&state.environment);
            let (value, _) = expansion::argument(
                argument,
                &self.build_arguments,
                &self.plan.global_arguments,
                self.dockerfile.escape,
                &variables,
            )
            .map_err(|error| DockerfileError::at(error, lines))?;
            if let Some(value) = &value {
                configure::set_variable(&mut state.environment, &argument.key, value);
            }
            texts.push(match &value {
                Some(value) => format!("{}={value}", argument.key),
                None => argument.key.clone(),
            });
            state.arguments.push((argument.key.clone(), value));
        }
        state.note(history::entry(format!("ARG {}", texts.join(" ")), false, false));
        Ok(())
    }
}

/// Does an instruction that makes no layer.
fn configure_state(kind: &InstructionKind, state: &mut State, lines: LineRange) -> Result<(), DockerfileError> {
    configure::apply(kind, &mut state.config.config, &mut state.cmd_is_set)
        .map_err(|error| DockerfileError::at(Problem::Configure(error.to_string()), lines))?;
    match kind {
        InstructionKind::Env(pairs) => {
            for pair in pairs {
                configure::set_variable(&mut state.environment, &pair.key, &pair.value);
            }
        }
        InstructionKind::Maintainer(author) => state.config.author.clone_from(author),
        _ => {}
    }
    if let Some(text) = history::text(kind, &state.config.config) {
        state.note(history::entry(text, false, false));
    }
    Ok(())
}

/// An image's name as BuildKit shows it: `docker.io/library/busybox:latest`.
pub(super) fn full_name(name: &str) -> String {
    super::super::reference::Reference::parse(name)
        .map_or_else(|_| name.to_owned(), |reference| reference.with_default_tag().to_string())
}
