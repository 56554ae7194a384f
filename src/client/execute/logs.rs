//! `docker logs`: what the log driver kept, by line, from a moment, from the end, and on.
//!
//! Promises: the choices of moby's `daemon/logs.go`: a tail that is no number is all of it.

use super::moment;
use crate::client::program::{Client, Flow, Task};
use crate::world::clock::Time;
use crate::world::daemon::api::{Output, OutputPiece, Request, Response};
use crate::world::process::descriptor::Stream;
use crate::world::process::{System, Wait};

/// `docker logs`.
pub fn logs() -> Box<dyn Task> {
    Box::new(Logs { next: None, since: None, until: None, open: Vec::new() })
}

#[derive(Clone, Debug)]
struct Logs {
    /// The piece to ask from next, once the first answer came.
    next: Option<u64>,
    since: Option<Time>,
    until: Option<Time>,
    /// Lines begun and not ended, by stream.
    open: Vec<Line>,
}

#[derive(Clone, Debug)]
struct Line {
    at: Time,
    stream: Stream,
    bytes: Vec<u8>,
}

impl Logs {
    fn moments(&mut self, client: &mut Client, now: Time) -> Result<(), i32> {
        let invocation = client.invocation.clone();
        for (name, kept) in [("since", &mut self.since), ("until", &mut self.until)] {
            let Some(text) = invocation.parsed.text(name).filter(|text| !text.is_empty()) else { continue };
            *kept = moment::parse(text, now);
            if kept.is_none() {
                let value = crate::client::units::go_quote(text);
                let reason = format!("failed to parse value as time or duration: {value}");
                client.err(format!("invalid value for \"{name}\": {reason}\n"));
                return Err(1);
            }
        }
        Ok(())
    }

    /// The lines that are whole, in the order in which they began.
    fn lines(&mut self, pieces: &[OutputPiece]) -> Vec<Line> {
        let mut lines = Vec::new();
        for piece in pieces {
            for part in piece.bytes.split_inclusive(|byte| *byte == b'\n') {
                let index = match self.open.iter().position(|line| line.stream == piece.stream) {
                    Some(index) => index,
                    None => {
                        self.open.push(Line { at: piece.at, stream: piece.stream, bytes: Vec::new() });
                        self.open.len() - 1
                    }
                };
                if let Some(line) = self.open.get_mut(index) {
                    line.bytes.extend_from_slice(part);
                }
                if part.ends_with(b"\n") {
                    lines.push(self.open.remove(index));
                }
            }
        }
        lines
    }

    fn show(&self, client: &mut Client, line: &Line, tty: bool, details: &str) {
        if self.since.is_some_and(|since| line.at < since) || self.until.is_some_and(|until| line.at > until) {
            return;
        }
        let invocation = client.invocation.clone();
        let mut bytes = Vec::new();
        if invocation.parsed.on("timestamps") {
            bytes.extend_from_slice(timestamp(line.at).as_bytes());
            bytes.push(b' ');
        }
        if invocation.parsed.on("details") {
            bytes.extend_from_slice(details.as_bytes());
            bytes.push(b' ');
        }
        bytes.extend_from_slice(&line.bytes);
        match line.stream {
            Stream::Stderr if !tty => client.err(bytes),
            _ => client.out(bytes),
        }
    }

    fn read(&self, client: &mut Client, system: &mut System<'_>) -> Result<Output, i32> {
        let container = client.invocation.parsed.arguments.first().cloned().unwrap_or_default();
        let request = Request::ContainerLogs { container, from: self.next.unwrap_or(0) };
        match client.ask(system, request)? {
            Response::Output(output) => Ok(output),
            _ => Err(1),
        }
    }

    fn step(&mut self, client: &mut Client, system: &mut System<'_>) -> Result<Option<Wait>, i32> {
        let follows = client.invocation.parsed.on("follow");
        let first = self.next.is_none();
        if first {
            // The container is looked for before the moments are read.
            let container = client.invocation.parsed.arguments.first().cloned().unwrap_or_default();
            super::state::inspect(client, system, &container)?;
            self.moments(client, system.now())?;
        }
        let output = self.read(client, system)?;
        self.next = Some(output.next);
        let mut lines = self.lines(&output.pieces);
        if output.finished || !follows {
            lines.append(&mut self.open);
        }
        let tail = client.invocation.parsed.text("tail").and_then(|tail| tail.parse::<usize>().ok());
        let skipped = match tail {
            Some(tail) if first => lines.len().saturating_sub(tail),
            _ => 0,
        };
        let pairs = output.attributes.iter().map(|(key, value)| format!("{}={}", escaped(key), escaped(value)));
        let details = pairs.collect::<Vec<_>>().join(",");
        for line in lines.iter().skip(skipped) {
            self.show(client, line, output.tty, &details);
        }
        let past = self.until.is_some_and(|until| until <= system.now());
        Ok((follows && !output.finished && !past).then_some(Wait::Engine))
    }
}

/// A text as Go's `url.QueryEscape` writes it.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => escaped.push('+'),
            b'-' | b'_' | b'.' | b'~' => escaped.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => escaped.push(char::from(byte)),
            byte => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

/// A time with nine digits after the point, as logs show it (RFC 3339 with nanoseconds kept).
pub fn timestamp(time: Time) -> String {
    let seconds = Time::from_seconds(time.seconds()).to_string();
    let nanoseconds = time.nanoseconds().rem_euclid(1_000_000_000);
    format!("{}.{nanoseconds:09}Z", seconds.trim_end_matches('Z'))
}

impl Task for Logs {
    fn resume(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        match self.step(client, system) {
            Ok(Some(wait)) => Flow::Wait(wait),
            Ok(None) => Flow::Done(0),
            Err(code) => Flow::Done(code),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}
