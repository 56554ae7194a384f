//! Which stages a build needs: names, `--target`, `FROM` an earlier stage, `COPY --from`, `RUN --mount=from=`
//! (`toDispatchState` in `dockerfile2llb/convert.go`).
//!
//! Promises: takes time in proportion to the number of instructions; stages that the target does not need are not `needed`.
//! Must not know: what an image is, beyond its name; nor named contexts, of which there are none in Layerlab.

use std::collections::BTreeMap;

use super::error::{DockerfileError, Problem};
use super::expand::{Lexer, NoVariables};
use super::expansion;
use super::instruction::{Instruction, InstructionKind, Stage};
use super::mount;
use super::platform;
use super::suggest;
use super::{Dockerfile, place::LineRange};

/// What the command line says about a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanOptions {
    /// `--target`.
    pub target: Option<String>,
    /// `--build-arg`.
    pub build_arguments: BTreeMap<String, String>,
    /// The platform that builds: `linux/amd64`.
    pub build_platform: String,
    /// The platform to build for.
    pub target_platform: String,
    /// True if stages that the target does not need are wanted too, as by `--check` without `--target`.
    pub all_stages: bool,
}

/// Where files come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A stage, by its number.
    Stage(usize),
    /// An image, as it was named.
    Image(String),
    /// Nothing: `scratch`.
    Scratch,
}

/// A stage and what it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStage {
    /// Its name in progress lines, `stage-0` if it has none; empty if it is the only stage.
    pub name: String,
    /// What `FROM` names, expanded.
    pub base: Source,
    /// `FROM --platform`, expanded.
    pub platform: Option<String>,
    /// The instructions that take files from elsewhere: their number in the stage, and what from, in order of their mounts.
    pub sources: Vec<(usize, Source)>,
    /// True if the target needs this stage.
    pub needed: bool,
}

/// The stages of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The values of the arguments before the first `FROM`, and the predefined ones.
    pub global_arguments: BTreeMap<String, String>,
    /// One for each stage of the Dockerfile.
    pub stages: Vec<PlannedStage>,
    /// The stage to build.
    pub target: usize,
}

/// Plans a build.
pub fn plan(dockerfile: &Dockerfile, options: &PlanOptions) -> Result<Plan, DockerfileError> {
    let global_arguments = arguments(dockerfile, options, &options.build_arguments)?;
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let mut stages = Vec::with_capacity(dockerfile.stages.len());
    for (index, stage) in dockerfile.stages.iter().enumerate() {
        stages.push(planned(dockerfile, index, stage, &global_arguments, &names)?);
        if let Some(name) = &stage.name {
            names.insert(name.clone(), index);
        }
    }
    let target = target(&stages, &names, options.target.as_deref())?;
    for (stage, planned) in dockerfile.stages.iter().zip(&mut stages) {
        planned.sources = sources(dockerfile, stage, &names)?;
    }
    check_circles(dockerfile, &stages)?;
    mark_needed(&mut stages, target);
    if options.all_stages {
        stages.iter_mut().for_each(|stage| stage.needed = true);
    }
    // Images that are copied or mounted from count as stages here, and a mount of the context as `scratch`.
    let has_mounts =
        |instruction: &Instruction| matches!(&instruction.kind, InstructionKind::Run(run) if !run.mounts.is_empty());
    if let ([only], [stage]) = (stages.as_mut_slice(), dockerfile.stages.as_slice())
        && only.sources.is_empty()
        && !stage.instructions.iter().any(has_mounts)
    {
        only.name.clear();
    }
    Ok(Plan { global_arguments, stages, target })
}

/// The global arguments of a build, with these values for `--build-arg`.
pub fn arguments(
    dockerfile: &Dockerfile,
    options: &PlanOptions,
    build_arguments: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, DockerfileError> {
    let last = dockerfile.stages.last().and_then(|stage| stage.name.as_deref()).unwrap_or_default();
    let target = options.target.as_deref().unwrap_or(last);
    let predefined = expansion::predefined_arguments(
        &options.build_platform,
        &options.target_platform,
        target,
        &options.build_arguments,
    );
    expansion::global_arguments(dockerfile, &predefined, build_arguments)
}

fn planned(
    dockerfile: &Dockerfile,
    index: usize,
    stage: &Stage,
    arguments: &BTreeMap<String, String>,
    names: &BTreeMap<String, usize>,
) -> Result<PlannedStage, DockerfileError> {
    let at = |problem: Problem| DockerfileError::at(problem, stage.place.lines);
    let expand = |word: &str| Lexer::new(dockerfile.escape).word(word, arguments).map_err(|error| at(error.into()));
    let base = expand(&stage.base)?.text;
    if base.is_empty() {
        return Err(at(Problem::BlankBase(stage.base.clone())));
    }
    let platform =
        match &stage.platform {
            None => None,
            Some(written) => match expand(written)?.text {
                empty if empty.is_empty() => return Err(at(Problem::EmptyPlatform(written.clone()))),
                value => Some(platform::parse(&value).map_err(|reason| {
                    at(Problem::Platform { written: written.clone(), value: value.clone(), reason })
                })?),
            },
        };
    let base = match names.get(&base) {
        Some(&earlier) => Source::Stage(earlier),
        None if base == "scratch" => Source::Scratch,
        None => Source::Image(base),
    };
    let name = stage.name.clone().unwrap_or_else(|| format!("stage-{index}"));
    Ok(PlannedStage { name, base, platform, sources: Vec::new(), needed: false })
}

fn target(
    stages: &[PlannedStage],
    names: &BTreeMap<String, usize>,
    wanted: Option<&str>,
) -> Result<usize, DockerfileError> {
    let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) else { return Ok(stages.len().saturating_sub(1)) };
    names.get(&wanted.to_lowercase()).copied().ok_or_else(|| {
        let suggestion = suggest::nearest(wanted, stages.iter().map(|stage| stage.name.as_str()));
        DockerfileError::of_file(Problem::TargetNotFound { target: wanted.to_owned(), suggestion })
    })
}

fn sources(
    dockerfile: &Dockerfile,
    stage: &Stage,
    names: &BTreeMap<String, usize>,
) -> Result<Vec<(usize, Source)>, DockerfileError> {
    let mut sources = Vec::new();
    for (index, instruction) in stage.instructions.iter().enumerate() {
        let named = |name: &str| match names.get(&name.to_lowercase()) {
            Some(&stage) => Source::Stage(stage),
            None if name == "scratch" => Source::Scratch,
            None => Source::Image(name.to_owned()),
        };
        // BuildKit gives these errors no place.
        match &instruction.kind {
            InstructionKind::Copy(copy) => {
                let Some(from) = &copy.from else { continue };
                let expanded = Lexer::new(dockerfile.escape).word(from, &NoVariables);
                if expanded.map_err(DockerfileError::of_file)?.text != *from {
                    return Err(DockerfileError::of_file(Problem::FromFlagVariable));
                }
                let source = match from.parse::<i64>() {
                    Ok(number) => match usize::try_from(number).ok().filter(|&number| number < dockerfile.stages.len())
                    {
                        Some(stage) => Source::Stage(stage),
                        None => return Err(DockerfileError::of_file(Problem::StageIndex(number))),
                    },
                    Err(_) => named(from),
                };
                sources.push((index, source));
            }
            InstructionKind::Run(run) => {
                for text in &run.mounts {
                    let from = mount::source_stage(text)
                        .map_err(|problem| DockerfileError::at(problem, instruction.place.lines))?;
                    sources.extend(from.map(|from| (index, named(&from))));
                }
            }
            _ => {}
        }
    }
    Ok(sources)
}

/// Stages may not copy from each other in a circle.
fn check_circles(dockerfile: &Dockerfile, stages: &[PlannedStage]) -> Result<(), DockerfileError> {
    let mut visited = vec![false; stages.len()];
    let mut on_path = vec![false; stages.len()];
    for root in 0..stages.len() {
        if visited[root] {
            continue;
        }
        visited[root] = true;
        on_path[root] = true;
        // The stages from the root to here, each with the number of its sources that were looked at.
        let mut path = vec![(root, 0)];
        while let Some((stage, next)) = path.last_mut() {
            let stage_index = *stage;
            let Some((_, source)) = stages[stage_index].sources.get(*next) else {
                on_path[stage_index] = false;
                path.pop();
                continue;
            };
            *next += 1;
            let Source::Stage(source) = *source else { continue };
            if on_path[source] {
                let problem = Problem::CircularDependency(stages[root].name.clone());
                return Err(
                    match path.first().and_then(|&(root, taken)| lines_of_source(dockerfile, stages, root, taken)) {
                        Some(lines) => DockerfileError::at(problem, lines),
                        None => DockerfileError::of_file(problem),
                    },
                );
            }
            if !visited[source] {
                visited[source] = true;
                on_path[source] = true;
                path.push((source, 0));
            }
        }
    }
    Ok(())
}

/// The lines of the instruction behind the last of `taken` sources of a stage.
fn lines_of_source(dockerfile: &Dockerfile, stages: &[PlannedStage], stage: usize, taken: usize) -> Option<LineRange> {
    let (instruction, _) = stages.get(stage)?.sources.get(taken.checked_sub(1)?)?;
    Some(dockerfile.stages.get(stage)?.instructions.get(*instruction)?.place.lines)
}

fn mark_needed(stages: &mut [PlannedStage], target: usize) {
    let mut waiting = vec![target];
    while let Some(index) = waiting.pop() {
        let Some(stage) = stages.get_mut(index) else { continue };
        if std::mem::replace(&mut stage.needed, true) {
            continue;
        }
        let sources = stage.sources.iter().map(|(_, source)| source);
        for source in std::iter::once(&stage.base).chain(sources) {
            if let Source::Stage(source) = source {
                waiting.push(*source);
            }
        }
    }
}

/// A stage can only take files from stages above it; BuildKit finds that after it has looked for the images.
pub fn check_built_before(dockerfile: &Dockerfile, plan: &Plan) -> Result<(), DockerfileError> {
    let stages = plan.stages.as_slice();
    for (index, (planned, stage)) in stages.iter().zip(&dockerfile.stages).enumerate() {
        for (instruction, source) in planned.sources.iter().filter(|_| planned.needed) {
            let Source::Stage(source) = *source else { continue };
            let Some(instruction) = stage.instructions.get(*instruction).filter(|_| source >= index) else { continue };
            let problem = match &instruction.kind {
                InstructionKind::Copy(copy) => Problem::StageNotBuiltYet {
                    from: copy.from.clone().unwrap_or_default(),
                    stage: planned.name.clone(),
                },
                InstructionKind::Run(run) => mount_not_built_yet(&run.mounts, &stages[source].name),
                _ => continue,
            };
            return Err(DockerfileError::at(problem, instruction.place.lines));
        }
    }
    Ok(())
}

fn mount_not_built_yet(mounts: &[String], stage: &str) -> Problem {
    let as_written = |text: &String| mount::parse(text, &mut |word| Ok(word.to_owned())).ok();
    let found = mounts
        .iter()
        .filter_map(as_written)
        .find(|mount| mount.from.as_ref().is_some_and(|from| from.eq_ignore_ascii_case(stage)));
    let target = found.and_then(|mount| mount.target).unwrap_or_default();
    Problem::MountStageNotBuiltYet { from: stage.to_owned(), target }
}
