//! What containers write, read as it comes, line by line.
//!
//! Promises: lines are whole; what has no line end is a line when its container ended. The lines of several containers come in
//! the order in which they were written.

use super::Bench;
use crate::client::compose::ComposeError;
use crate::world::clock::Time;
use crate::world::daemon::api::{Request, Response};
use crate::world::process::descriptor::Stream as Descriptor;

/// A line.
#[derive(Clone, Debug)]
pub struct Line {
    pub at: Time,
    /// The container that wrote it, as it is shown.
    pub name: String,
    pub on_stderr: bool,
    pub bytes: Vec<u8>,
}

/// One container's output, attached to or read from its log.
#[derive(Clone, Debug)]
pub struct Stream {
    pub container: String,
    pub name: String,
    next: u64,
    /// Whether the log is read, not the output itself.
    is_log: bool,
    since: Option<Time>,
    until: Option<Time>,
    /// How many of the lines that are there already are shown; none: all.
    tail: Option<usize>,
    open: [Vec<u8>; 2],
    /// Whether its container has begun: before, that there is no output is not the end of it.
    pub begun: bool,
    /// When the last piece was written.
    last: Time,
    pub finished: bool,
}

impl Stream {
    /// The output of a container from now on.
    pub fn attach(bench: &mut Bench<'_, '_>, container: &str, name: &str) -> Result<Stream, ComposeError> {
        let request = Request::ContainerAttach { container: container.to_owned() };
        let next = match bench.ask(request)? {
            Response::Output(output) => output.next,
            _ => 0,
        };
        Ok(Stream { next, is_log: false, begun: false, ..Stream::log(container, name) })
    }

    /// A container's log.
    pub fn log(container: &str, name: &str) -> Stream {
        Stream {
            container: container.to_owned(),
            name: name.to_owned(),
            next: 0,
            is_log: true,
            since: None,
            until: None,
            tail: None,
            open: Default::default(),
            begun: true,
            last: Time::EPOCH,
            finished: false,
        }
    }

    /// Only what was written between these moments.
    pub fn between(mut self, since: Option<Time>, until: Option<Time>) -> Stream {
        (self.since, self.until) = (since, until);
        self
    }

    /// Only the last lines of what is there.
    pub fn tail(mut self, tail: Option<usize>) -> Stream {
        self.tail = tail;
        self
    }

    /// The lines that are new. The rest of a line is one when nothing more comes.
    ///
    /// # Errors
    /// What the engine refuses.
    pub fn read(&mut self, bench: &mut Bench<'_, '_>) -> Result<Vec<Line>, ComposeError> {
        if self.finished {
            return Ok(Vec::new());
        }
        let (container, from) = (self.container.clone(), self.next);
        let request = match self.is_log {
            true => Request::ContainerLogs { container, from },
            false => Request::ContainerOutput { container, from },
        };
        let Response::Output(output) = bench.ask(request)? else {
            self.finished = true;
            return Ok(Vec::new());
        };
        (self.next, self.finished) = (output.next, output.finished && self.begun);
        let mut lines = Vec::new();
        for piece in &output.pieces {
            let on_stderr = piece.stream == Descriptor::Stderr && !output.tty;
            self.last = piece.at;
            for part in piece.bytes.split_inclusive(|byte| *byte == b'\n') {
                let open = &mut self.open[usize::from(on_stderr && !self.is_log)];
                open.extend_from_slice(part);
                if open.ends_with(b"\n") {
                    open.pop();
                    let bytes = std::mem::take(open);
                    let on_stderr = on_stderr && !self.is_log;
                    lines.push(Line { at: piece.at, name: self.name.clone(), on_stderr, bytes });
                }
            }
        }
        if self.finished && !self.is_log {
            for (number, open) in self.open.iter_mut().enumerate().filter(|(_, open)| !open.is_empty()) {
                let bytes = std::mem::take(open);
                lines.push(Line { at: self.last, name: self.name.clone(), on_stderr: number == 1, bytes });
            }
        }
        let (since, until) = (self.since, self.until);
        let is_meant =
            |line: &Line| since.is_none_or(|since| line.at >= since) && until.is_none_or(|until| line.at <= until);
        lines.retain(is_meant);
        if let Some(tail) = self.tail.take() {
            let skipped = lines.len().saturating_sub(tail);
            lines.drain(..skipped);
        }
        Ok(lines)
    }
}
