//! The requests that a command sent to the daemon: client → REST API → daemon.
//!
//! Promises: in the order in which they were sent, with what was asked and answered. Must not know: the screen.

use super::{Opens, Row};
use crate::world::event::{Event, EventKind};

/// The most requests of one command that are kept.
const MOST: usize = 500;

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    method: &'static str,
    path: String,
    body: String,
    status: u16,
    answer: String,
}

/// The requests among these events.
pub fn sent(events: &[Event]) -> Vec<Sent> {
    let of = |event: &Event| match &event.kind {
        EventKind::ApiRequest { method, path, body, status, answer } => {
            Some(Sent { method, path: path.clone(), body: body.text(), status: *status, answer: answer.to_string() })
        }
        _ => None,
    };
    events.iter().filter_map(of).take(MOST).collect()
}

impl Sent {
    pub fn title(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The request and the answer, as they go over the socket, without what every one has.
    pub fn text(&self) -> String {
        let words = match self.status {
            200 => "OK",
            201 => "Created",
            204 => "No Content",
            304 => "Not Modified",
            400 => "Bad Request",
            404 => "Not Found",
            409 => "Conflict",
            500 => "Internal Server Error",
            _ => "",
        };
        let mut text = format!("{} {} HTTP/1.1\n", self.method, self.path);
        if !self.body.is_empty() {
            text.push_str("Content-Type: application/json\n\n");
            text.push_str(&self.body);
        }
        text.push_str(&format!("\n\nHTTP/1.1 {} {words}\n", self.status));
        if !self.answer.is_empty() {
            text.push('\n');
            text.push_str(&self.answer);
        }
        text
    }
}

/// A row for each; it opens the request and its answer.
pub fn rows(sent: &[Sent]) -> Vec<Row> {
    let mut rows = vec![Row::heading("docker → REST API, /var/run/docker.sock → dockerd", "")];
    rows.extend(sent.iter().enumerate().map(|(number, sent)| Row {
        opens: Opens::Request(number),
        ..Row::new(format!("{:<6} {}", sent.method, sent.path), sent.status.to_string())
    }));
    rows
}
