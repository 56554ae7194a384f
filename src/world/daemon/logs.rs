//! What containers write, and what is typed into them: logs, attached clients, standard input.
//!
//! Promises: pieces are numbered from 0 in the order in which they were written, those that were dropped included, so that a client
//! can go on where it was. Must not know: how a client shows them.

use super::api::{ApiError, Output, OutputPiece, Response};
use super::container::Container;
use super::{Answer, Daemon, log_options};
use crate::world::context::Context;
use crate::world::process::Kernel;
use crate::world::process::descriptor::{SinkId, Write};

/// The pieces of a sink from number `from` on.
pub(super) fn output(kernel: &Kernel, sink: SinkId, from: u64) -> Output {
    let Some(sink) = kernel.sink(sink) else { return Output { next: from, finished: true, ..Output::default() } };
    let next = sink.dropped + sink.chunks.len() as u64;
    let skipped = usize::try_from(from.saturating_sub(sink.dropped)).unwrap_or(usize::MAX).min(sink.chunks.len());
    let chunks = sink.chunks.focus().narrow(skipped..).into_iter();
    let pieces = chunks.map(|chunk| OutputPiece { at: chunk.at, stream: chunk.stream, bytes: chunk.bytes.clone() });
    Output { pieces: pieces.collect(), next, ..Output::default() }
}

impl Daemon {
    fn output_of(kernel: &Kernel, container: &Container, from: u64, is_gone: bool) -> Output {
        let mut output = output(kernel, container.sink, from);
        output.finished = is_gone || !container.state.status.is_running();
        output.tty = container.config.tty;
        output.awaits_input = container.input.is_some_and(|pipe| kernel.pipe_is_awaited(pipe));
        output
    }

    /// `GET /containers/{id}/logs`.
    ///
    /// # Errors
    /// 404; 501 when its log driver keeps nothing.
    pub(super) fn container_logs(&self, kernel: &Kernel, name: &str, from: u64) -> Answer {
        let container = self.find(name)?;
        if container.host_config.log.driver == "none" {
            return Err(ApiError::failed("configured logging driver does not support reading"));
        }
        let run = &container.config.run;
        let attributes = log_options::attributes(&container.host_config.log, &run.labels, &run.env);
        Ok(Response::Output(Output { attributes, ..Self::output_of(kernel, container, from, false) }))
    }

    /// What an attached client is to show next; for a container that is just gone, the rest.
    ///
    /// # Errors
    /// 404.
    pub(super) fn container_output(&self, kernel: &Kernel, name: &str, from: u64) -> Answer {
        let (container, is_gone) = match self.find(name) {
            Ok(container) => (container, false),
            Err(error) => (self.find_gone(name).ok_or(error)?, true),
        };
        Ok(Response::Output(Self::output_of(kernel, container, from, is_gone)))
    }

    /// `POST /containers/{id}/attach`: where an attached client begins.
    ///
    /// # Errors
    /// 404; 409 when it is paused or restarting.
    pub(super) fn container_attach(&mut self, kernel: &Kernel, context: &Context, name: &str) -> Answer {
        let container = self.find(name)?.clone();
        match container.state.status {
            super::container::Status::Paused => {
                let id = &container.id;
                return Err(ApiError::conflict(format!(
                    "container {id} is paused, unpause the container before attach"
                )));
            }
            super::container::Status::Restarting => return Err(super::stop::restarting(&container.id)),
            _ => {}
        }
        self.note_container(context, &container, "attach", &[]);
        let mut output = Self::output_of(kernel, &container, u64::MAX, false);
        output.pieces.clear();
        Ok(Response::Output(output))
    }

    /// Bytes for a container's standard input. What does not fit or is not wanted is dropped, as by a closed pipe.
    ///
    /// # Errors
    /// 404.
    pub(super) fn container_input(&self, kernel: &mut Kernel, name: &str, bytes: &[u8]) -> Answer {
        let container = self.find(name)?;
        if let Some(pipe) = container.input {
            write_all(kernel, pipe, bytes);
        }
        Ok(Response::Done)
    }

    /// The end of a container's standard input.
    ///
    /// # Errors
    /// 404.
    pub(super) fn container_close_input(&mut self, kernel: &mut Kernel, name: &str) -> Answer {
        let id = self.find_id(name)?;
        // A terminal stays open for the next client; a pipe is closed with the first one (`StdinOnce`).
        let end = self.change(&id, |container| if container.config.tty { None } else { container.input_end.take() });
        if let Some(end) = end.flatten() {
            kernel.release(end);
        }
        Ok(Response::Done)
    }

    /// `GET /containers/{id}/changes`.
    ///
    /// # Errors
    /// 404.
    pub(super) fn container_diff(&self, kernel: &Kernel, name: &str) -> Answer {
        use super::api::ChangeKind;
        use crate::world::filesystem::diff::DiffKind;
        let container = self.find(name)?;
        let changes = kernel.union(container.root).map(|root| root.diff()).unwrap_or_default();
        let kind = |kind| match kind {
            DiffKind::Added => ChangeKind::Added,
            DiffKind::Changed => ChangeKind::Changed,
            DiffKind::Deleted => ChangeKind::Deleted,
        };
        Ok(Response::Changes(changes.into_iter().map(|entry| (kind(entry.kind), entry.path.to_string())).collect()))
    }
}

/// Writes as much as the pipe takes.
pub(super) fn write_all(kernel: &mut Kernel, pipe: crate::world::process::descriptor::PipeId, bytes: &[u8]) {
    let mut rest = bytes;
    while !rest.is_empty() {
        match kernel.write_pipe(pipe, rest) {
            Ok(Write::Wrote(taken)) if taken > 0 => rest = &rest[taken..],
            _ => return,
        }
    }
}
