//! What a build says of its steps: their output, their failures, and how long a transfer takes.
//!
//! Promises: BuildKit's words. Must not know: which step comes next.

use super::*;

/// A source that is not there: BuildKit finds it when it looks into the cache, with the vertex begun.
pub(super) fn missing(
    context: &mut Context,
    job: &mut Build,
    index: usize,
    step: &Step,
    error: &CopyError,
    said: &mut Vec<JobMessage>,
) -> Failure {
    let vertex = job.tell(step, said);
    let error = match error {
        CopyError::NotFound(_) => {
            format!("failed to calculate checksum of ref {}: {error}", reference_name(&context.random.id()))
        }
        other => other.to_string(),
    };
    Failure { step: index, vertex, text: format!("failed to compute cache key: {error}"), error }
}

/// What failed, with the path that it has on the engine's disk: BuildKit tells of a file in the way by that.
pub(super) fn on_disk(error: CopyError, digits: &str) -> String {
    match error {
        CopyError::OntoFile(path) => {
            let layer = digits.get(..25).unwrap_or_default();
            CopyError::OntoFile(format!("/var/lib/docker/overlay2/{layer}/merged{path}")).to_string()
        }
        other => other.to_string(),
    }
}

/// How BuildKit names a piece of its content store: `8f3cabb9-7643-4793-89c6-8254878824d7::m9whik4rtd5epf0gpb5n2s68p`.
pub(super) fn reference_name(digits: &str) -> String {
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    let (a, b, c, d, e) = (part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32));
    format!("{a}-{b}-{c}-{d}-{e}::{}", part(32, 57))
}

/// Tells what a process wrote since this was last asked.
pub(super) fn tell_output(
    kernel: &Kernel,
    process: &mut RunningProcess,
    began: &Time,
    vertex: Vertex,
    said: &mut Vec<JobMessage>,
) {
    let Some(sink) = kernel.sink(process.sink) else { return };
    let skip = usize::try_from(process.read.saturating_sub(sink.dropped)).unwrap_or(usize::MAX);
    for chunk in sink.chunks.iter().skip(skip) {
        let after = chunk.at.since(*began);
        said.push(build(BuildMessage::Log { vertex, stream: chunk.stream, after, bytes: chunk.bytes.to_vec() }));
    }
    process.read = sink.dropped + sink.chunks.len() as u64;
}

/// Ends a build that failed: what still runs is stopped, and the reason is told.
pub(super) fn fail(
    kernel: &mut Kernel,
    context: &mut Context,
    job: &mut Build,
    graph: &Graph,
    failure: Failure,
    said: &mut Vec<JobMessage>,
) {
    said.push(build(BuildMessage::Failed { vertex: failure.vertex, error: failure.error }));
    for running in std::mem::take(&mut job.running).into_values() {
        if let RunningState::Process(process) = &running.state {
            if let Some(pid) = process.pid {
                // It may have ended a moment ago.
                let _ = kernel.send(context, pid, Signal::KILL, None);
                kernel.take_result(pid);
            }
            finish_run(kernel, process);
        }
        said.extend(running.vertex.map(|vertex| build(BuildMessage::Canceled { vertex })));
    }
    context.emit(EventKind::BuildFailed { step: u32::try_from(failure.step + 1).unwrap_or(u32::MAX) });
    said.push(build(BuildMessage::Warnings(std::mem::take(&mut job.warnings))));
    let lines = graph.steps.get(failure.step).map(|step| step.lines);
    let excerpt = lines.and_then(|lines| excerpt(&job.request.dockerfile_name, &job.request.dockerfile, lines));
    said.push(build(BuildMessage::Error { text: failure.text, excerpt }));
}

/// A step's name without its number: the instruction.
pub(super) fn instruction(name: &str) -> String {
    name.split_once("] ").map_or(name, |(_, rest)| rest).to_owned()
}

pub(super) fn transfer_time(bytes: u64) -> Duration {
    Duration::from_nanos(bytes.saturating_mul(1_000) / (COPY_RATE / 1_000_000))
}

/// How many of the result's layers are its base image's.
pub(super) fn base_layers(graph: &Graph) -> usize {
    let by_index: BTreeMap<usize, &Step> = graph.steps.iter().enumerate().collect();
    let mut at = graph.result;
    while let Some(step) = at.and_then(|index| by_index.get(&index)) {
        if let Work::Base(image) = &step.work {
            return image.layers().len();
        }
        at = step.parent;
    }
    0
}

/// What the record of a step in the build cache is called (`docker buildx du --verbose`).
pub(super) fn record(step: &Step) -> String {
    match &step.work {
        Work::Base(_) => {
            // Only an image that was found in its registry is named with its digest.
            let image = step.name.split_once("FROM ").map(|(_, image)| image).filter(|image| image.contains('@'));
            image.map_or_else(|| "from local".to_owned(), |image| format!("pulled from {image}"))
        }
        Work::Run(run) => format!("mount / from exec {}", run.words.join(" ")),
        Work::Copy(_) | Work::Mkdir { .. } => step.name.clone(),
    }
}
