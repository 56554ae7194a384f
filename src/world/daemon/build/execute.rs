//! The steps of a build, one after another or side by side: from the cache, or done.
//!
//! Promises: a step begins when all that it needs is done; of several, those in the cache first, then those of the stage that is built;
//! RUNs of different stages run at the same time. Must not know: Dockerfiles.

mod told;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use self::told::{base_layers, fail, instruction, missing, tell_output, transfer_time};
use super::super::api::JobMessage;
use super::super::jobs::{Advance, Work as JobWork};
use super::super::{Daemon, tree, user};
use super::cache::{Key, StepLayer};
use super::copy::{self, CopyError, Selected};
use super::dockerfile::excerpt;
use super::graph::{Graph, Input, Step, Work};
use super::progress::{BuildMessage, Vertex};
use super::run::{RunningProcess, finish_run};
use super::{Build, build};
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::digest::Digest;
use crate::world::event::EventKind;
use crate::world::filesystem::entry::Metadata;
use crate::world::filesystem::layer::{ChainId, Layer};
use crate::world::filesystem::path;
use crate::world::filesystem::union::UnionMount;
use crate::world::process::{ExitStatus, Kernel, Pid, Signal};

/// How long a step takes that runs no process.
pub(super) const STEP: Duration = Duration::from_millis(15);
/// How long it takes until a step's container runs.
const SETUP: Duration = Duration::from_millis(150);
/// Bytes a second that are copied into a layer.
const COPY_RATE: u64 = 400_000_000;

/// What a step made.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    /// Lowest first.
    pub layers: Arc<[Arc<Layer>]>,
    /// When each was made, as far as this build knows.
    pub created: Vec<Time>,
    key: Digest,
}

/// A step under way.
#[derive(Clone, Debug)]
pub(super) struct Running {
    /// None until the step is told of: only then does it have a number. A step that takes no time is told of when it is done, so that
    /// the lines of steps side by side do not mix more than they must.
    vertex: Option<Vertex>,
    began: Time,
    key: Digest,
    state: RunningState,
}

#[derive(Clone, Debug)]
enum RunningState {
    /// It is done at this moment, with this layer; none for a base image, which has its own.
    Until(Time, Option<Arc<Layer>>),
    /// Its container is set up until then.
    Setup(Time),
    Process(Box<RunningProcess>),
}

impl Running {
    pub(super) fn due(&self) -> Option<Time> {
        match &self.state {
            RunningState::Until(at, _) | RunningState::Setup(at) => Some(*at),
            RunningState::Process(_) => None,
        }
    }

    pub(super) fn is_due(&self, kernel: &Kernel) -> bool {
        let RunningState::Process(process) = &self.state else { return false };
        let wrote =
            kernel.sink(process.sink).is_some_and(|sink| sink.dropped + sink.chunks.len() as u64 > process.read);
        wrote || process.pid.is_none_or(|pid| has_ended(kernel, pid))
    }
}

fn has_ended(kernel: &Kernel, pid: Pid) -> bool {
    kernel.process(pid).is_none_or(|process| process.exit_status().is_some())
}

/// Why a step failed.
struct Failure {
    step: usize,
    vertex: Vertex,
    /// What the vertex says.
    error: String,
    /// What the build says.
    text: String,
}

/// A step that can begin.
struct Ready {
    step: usize,
    key: Digest,
    selected: Vec<Selected>,
    record: Option<StepLayer>,
}

impl Daemon {
    /// Goes on with a build.
    pub(in super::super) fn advance_build(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        mut job: Box<Build>,
        said: &mut Vec<JobMessage>,
    ) -> Advance {
        while job.opening.front().is_some_and(|(at, _)| *at <= context.now) {
            said.extend(job.opening.pop_front().into_iter().flat_map(|(_, messages)| messages));
        }
        if !job.opening.is_empty() {
            return Advance::Working(JobWork::Build(job));
        }
        let Some(graph) = job.graph.clone() else { return Advance::Ended };
        if let Some((began, until)) = job.exporting {
            if context.now < until {
                return Advance::Working(JobWork::Build(job));
            }
            self.export(context, &mut job, &graph, began, said);
            return Advance::Ended;
        }
        let outcome = self.go_on(kernel, context, &mut job, &graph, said);
        if let Err(failure) = outcome {
            fail(kernel, context, &mut job, &graph, failure, said);
            return Advance::Ended;
        }
        if job.snapshots.len() == graph.steps.len() {
            let new = graph.result.and_then(|result| job.snapshots.get(&result)).map_or(0, |snapshot| {
                let new = snapshot.layers.iter().skip(base_layers(&graph));
                new.map(|layer| layer.size()).fold(0, u64::saturating_add)
            });
            job.exporting = Some((context.now, context.now + STEP + transfer_time(new)));
        }
        Advance::Working(JobWork::Build(job))
    }

    /// Ends what is done and begins what can begin, until nothing more can be done now.
    fn go_on(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        job: &mut Build,
        graph: &Graph,
        said: &mut Vec<JobMessage>,
    ) -> Result<(), Failure> {
        loop {
            let steps: Vec<usize> = job.running.keys().copied().collect();
            for step in steps {
                if let Some(running) = job.running.remove(&step) {
                    self.look_after(kernel, context, job, graph, step, running, said)?;
                }
            }
            let Some(ready) = self.next_ready(context, job, graph, said)? else { return Ok(()) };
            self.begin_step(context, job, graph, ready, said)?;
        }
    }

    /// The step to begin next.
    fn next_ready(
        &self,
        context: &mut Context,
        job: &mut Build,
        graph: &Graph,
        said: &mut Vec<JobMessage>,
    ) -> Result<Option<Ready>, Failure> {
        let mut best: Option<(bool, Ready)> = None;
        let last_stage = graph.result.and_then(|result| graph.steps.get(result)).map(|step| step.stage);
        let order = |index: &usize| graph.steps.get(*index).map(|step| (Some(step.stage) != last_stage, *index));
        let mut candidates: Vec<usize> = (0..graph.steps.len())
            .filter(|index| !job.snapshots.contains_key(index) && !job.running.contains_key(index))
            .filter(|index| {
                let needs = graph.steps.get(*index).map(Step::needs).unwrap_or_default();
                needs.iter().all(|need| job.snapshots.contains_key(need))
            })
            .collect();
        candidates.sort_by_key(order);
        for index in candidates {
            let Some(step) = graph.steps.get(index) else { continue };
            let ready =
                self.ready(job, index, step).map_err(|error| missing(context, job, index, step, &error, said))?;
            let cached = ready.record.is_some();
            if cached {
                return Ok(Some(ready));
            }
            if best.is_none() {
                best = Some((cached, ready));
            }
        }
        Ok(best.map(|(_, ready)| ready))
    }

    /// Works out a step's cache key.
    fn ready(&self, job: &Build, index: usize, step: &Step) -> Result<Ready, CopyError> {
        let parent = step.parent.and_then(|parent| job.snapshots.get(&parent));
        let mut key = Key::default();
        if let Some(parent) = parent {
            key.digest(&parent.key);
        }
        let mut selected = Vec::new();
        match &step.work {
            Work::Base(image) => {
                key.text("base").text(&image.chain_id().map(|chain_id| chain_id.to_string()).unwrap_or_default());
            }
            Work::Mkdir { path, user } => {
                key.text("mkdir").text(path).text(user);
            }
            Work::Copy(work) => {
                key.text("copy")
                    .text(&work.destination)
                    .text(&format!("{:?}", (&work.chown, &work.chmod, work.unpack, work.parents)));
                selected = copy::select(&job.files(&work.input), work)?;
                for source in &selected {
                    key.text(if source.is_directory { "" } else { path::name(&source.path) });
                    for (relative, entry) in &source.entries {
                        key.entry(relative, entry);
                    }
                }
                for heredoc in &work.heredocs {
                    key.text(&heredoc.name).text(&heredoc.content);
                }
            }
            Work::Run(work) => {
                key.text("run").number(u64::from(work.isolated)).text(&work.directory).text(&work.user);
                for word in work.words.iter().chain(&work.environment) {
                    key.text(word);
                }
                key.text(&format!("{:?}", work.script));
                for (mount, input) in &work.mounts {
                    key.text(&format!("{mount:?}"));
                    if mount.mount_type == super::dockerfile::mount::MountType::Bind {
                        let from = super::configure::absolute("/", mount.source.as_deref().unwrap_or("/"));
                        let files = super::graph::CopyWork::of_path(from, *input);
                        for source in copy::select(&job.files(input), &files)? {
                            for (relative, entry) in &source.entries {
                                key.entry(relative, entry);
                            }
                        }
                    }
                }
            }
        }
        let key = key.finish();
        let is_base = matches!(step.work, Work::Base(_));
        let record = if job.request.no_cache || is_base { None } else { self.build_cache.get(&key).cloned() };
        Ok(Ready { step: index, key, selected, record })
    }

    fn begin_step(
        &mut self,
        context: &mut Context,
        job: &mut Build,
        graph: &Graph,
        ready: Ready,
        said: &mut Vec<JobMessage>,
    ) -> Result<(), Failure> {
        let Some(step) = graph.steps.get(ready.step) else { return Ok(()) };
        let cached = ready.record.is_some();
        let number = u32::try_from(ready.step + 1).unwrap_or(u32::MAX);
        context.emit(EventKind::BuildStep { number, instruction: instruction(&step.name), cached });
        let told = cached || matches!(step.work, Work::Base(_));
        if let Work::Copy(copy) = &step.work {
            for _ in &copy.heredocs {
                let vertex = job.next_vertex();
                let name = "[internal] preparing inline document".to_owned();
                said.push(build(BuildMessage::Started { vertex, name }));
                said.push(build(BuildMessage::Finished { vertex, cached, took: Duration::ZERO }));
            }
        }
        let mut vertex = told.then(|| job.tell(step, said));
        if let Some(record) = ready.record {
            self.build_cache.touch(&ready.key, context.now);
            let vertex = vertex.unwrap_or_default();
            said.push(build(BuildMessage::Finished { vertex, cached: true, took: Duration::ZERO }));
            job.keep(ready.step, step, ready.key, record);
            return Ok(());
        }
        let mut fail = |job: &mut Build, said: &mut Vec<JobMessage>, error: String| {
            let vertex = *vertex.get_or_insert_with(|| job.tell(step, said));
            Failure { step: ready.step, vertex, text: error.clone(), error }
        };
        let state = match &step.work {
            Work::Base(image) => {
                let remote = self.images.get(&image.id()).is_none();
                let time = match vertex.filter(|_| remote) {
                    Some(vertex) => job.download(context, image, vertex, said),
                    None => Duration::ZERO,
                };
                RunningState::Until(context.now + STEP + time, None)
            }
            Work::Mkdir { path, user } => {
                let mut union = job.union_of(step.parent);
                let made = make_directory(&mut union, path, user, context.now);
                made.map_err(|error| fail(job, said, error))?;
                RunningState::Until(context.now + STEP, Some(Arc::new(union.commit())))
            }
            Work::Copy(work) => {
                let mut union = job.union_of(step.parent);
                copy::apply(&mut union, &ready.selected, work, context.now).map_err(|error| {
                    let text = told::on_disk(error, &context.random.id());
                    fail(job, said, text)
                })?;
                let layer = union.commit();
                RunningState::Until(context.now + STEP + transfer_time(layer.size()), Some(Arc::new(layer)))
            }
            Work::Run(_) => RunningState::Setup(context.now + SETUP),
        };
        job.running.insert(ready.step, Running { vertex, began: context.now, key: ready.key, state });
        Ok(())
    }

    /// Looks at a step under way; puts it back if it goes on.
    #[expect(clippy::too_many_arguments, reason = "the parts of one build, each borrowed on its own")]
    fn look_after(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        job: &mut Build,
        graph: &Graph,
        index: usize,
        mut running: Running,
        said: &mut Vec<JobMessage>,
    ) -> Result<(), Failure> {
        let Some(step) = graph.steps.get(index) else { return Ok(()) };
        let waits = running.due().is_some_and(|due| due > context.now);
        if waits {
            job.running.insert(index, running);
            return Ok(());
        }
        let vertex = *running.vertex.get_or_insert_with(|| job.tell(step, said));
        let failure = |error: String| Failure { step: index, vertex, text: error.clone(), error };
        let layer = match running.state {
            RunningState::Until(_, layer) => layer,
            RunningState::Setup(_) => {
                let Work::Run(work) = &step.work else { return Ok(()) };
                let layers = job.union_of(step.parent).lowers().clone();
                let sources: Vec<Option<UnionMount>> =
                    work.mounts.iter().map(|(_, input)| Some(job.files(input))).collect();
                let secrets = &job.request.secrets;
                let process = self.begin_run(kernel, context, work, layers, &sources, secrets);
                let process = process.map_err(|error| failure(error.to_string()))?;
                running.state = RunningState::Process(Box::new(process));
                job.running.insert(index, running);
                return Ok(());
            }
            RunningState::Process(mut process) => {
                tell_output(kernel, &mut process, &running.began, vertex, said);
                let status = match process.pid {
                    Some(pid) if has_ended(kernel, pid) => kernel.take_result(pid).unwrap_or(ExitStatus::Code(0)),
                    Some(_) => {
                        running.state = RunningState::Process(process);
                        job.running.insert(index, running);
                        return Ok(());
                    }
                    // runc ends with 1 when there is nothing that it can start.
                    None => ExitStatus::Code(1),
                };
                let layer = finish_run(kernel, &process);
                if status != ExitStatus::Code(0) {
                    let Work::Run(work) = &step.work else { return Ok(()) };
                    let command = work.words.join(" ");
                    let code = status.code();
                    return Err(failure(format!(
                        "process \"{command}\" did not complete successfully: exit code: {code}"
                    )));
                }
                Some(Arc::new(layer))
            }
        };
        let took = context.now.since(running.began);
        said.push(build(BuildMessage::Finished { vertex, cached: false, took }));
        match layer {
            Some(layer) => {
                let record = StepLayer { layer, created: context.now };
                let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
                let (digest, bytes) = (record.layer.diff_id(), record.layer.size());
                context.emit(EventKind::LayerBuilt { number, layer: digest, bytes });
                job.keep(index, step, running.key, record.clone());
                let layers = job.snapshots.get(&index).map(|snapshot| &*snapshot.layers).unwrap_or_default();
                if let Some(chain) = ChainId::of(layers.iter().map(|layer| layer.diff_id())) {
                    self.build_cache.keep_layer(running.key, record, chain, told::record(step));
                }
            }
            None => {
                let Work::Base(image) = &step.work else { return Ok(()) };
                self.build_cache.keep_base(running.key, image.chain_id(), told::record(step), context.now);
                let created = vec![context.now; image.layers().len()];
                job.snapshots.insert(index, Snapshot { layers: image.layers().into(), created, key: running.key });
            }
        }
        Ok(())
    }
}

impl Build {
    /// Tells that a step began, and gives it its number.
    fn tell(&mut self, step: &Step, said: &mut Vec<JobMessage>) -> Vertex {
        let vertex = self.next_vertex();
        said.push(build(BuildMessage::Started { vertex, name: step.name.clone() }));
        vertex
    }

    /// Notes what a step made.
    fn keep(&mut self, index: usize, step: &Step, key: Digest, record: StepLayer) {
        let parent = step.parent.and_then(|parent| self.snapshots.get(&parent));
        let mut layers = parent.map(|parent| parent.layers.to_vec()).unwrap_or_default();
        let mut created = parent.map(|parent| parent.created.clone()).unwrap_or_default();
        layers.push(record.layer);
        created.push(record.created);
        self.snapshots.insert(index, Snapshot { layers: layers.into(), created, key });
    }

    fn union_of(&self, step: Option<usize>) -> UnionMount {
        match step.and_then(|step| self.snapshots.get(&step)) {
            Some(snapshot) => UnionMount::new(Arc::clone(&snapshot.layers)),
            None => UnionMount::new(Vec::new()),
        }
    }

    /// The files that an instruction takes from.
    fn files(&self, input: &Input) -> UnionMount {
        match input {
            Input::Context => self.context.clone(),
            Input::Step(step) => self.union_of(Some(*step)),
            Input::Empty => UnionMount::new(Vec::new()),
        }
    }
}

/// Makes the working directory and those above it; the new ones belong to the user.
fn make_directory(union: &mut UnionMount, directory: &str, owner: &str, now: Time) -> Result<(), String> {
    let owner = user::find(union, owner, &[]).map_err(|error| error.message)?.credentials;
    let directory = tree::follow(union, directory).map_err(|errno| errno.to_string())?;
    let mut missing = Vec::new();
    let mut at = Some(directory.as_str());
    while let Some(path) = at.filter(|path| union.lookup(path).is_none()) {
        missing.push(path);
        at = path::parent(path);
    }
    if let Some(file) = at.filter(|path| union.lookup(path).is_some_and(|found| !found.entry.is_directory())) {
        return Err(format!("mkdir {file}: not a directory"));
    }
    let metadata = Metadata { mode: 0o755, uid: owner.uid, gid: owner.gid, modified: now };
    for path in missing.into_iter().rev() {
        union.make_directory(path, metadata).map_err(|errno| format!("mkdir {path}: {errno}"))?;
    }
    Ok(())
}
