//! A performance as an asciicast: what a terminal would have been sent, with the times.
//!
//! Promises: replayed to its end, a terminal shows the last picture; steps are marks that a player can jump to. Must not know: lessons.
//!
//! Sources: docs.asciinema.org, asciicast v2 and v3.

use std::time::Duration;

use serde_json::json;

use super::performance::Frame;
use crate::app::message::Size;
use crate::view::paint::Painter;

/// The version of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    V2,
    V3,
}

/// An asciicast in the making.
#[derive(Debug)]
pub struct Cast {
    version: Version,
    painter: Painter,
    text: String,
    /// When the event written last was.
    last: Duration,
    /// When the recording ends.
    end: Duration,
    /// The heading of the last mark.
    marked: Option<String>,
}

impl Cast {
    /// A recording of a terminal of this size.
    pub fn new(version: Version, size: Size, title: &str) -> Self {
        let header = match version {
            Version::V2 => json!({
                "version": 2, "width": size.columns, "height": size.rows, "title": title, "env": {"TERM": "xterm-256color"},
            }),
            Version::V3 => json!({
                "version": 3, "term": {"cols": size.columns, "rows": size.rows, "type": "xterm-256color"}, "title": title,
            }),
        };
        let text = format!("{header}\n");
        Self { version, painter: Painter::new(), text, last: Duration::ZERO, end: Duration::ZERO, marked: None }
    }

    /// Adds a picture.
    pub fn add(&mut self, frame: &Frame) {
        let bytes = self.painter.paint(&frame.picture, frame.cursor);
        if !bytes.is_empty() {
            self.event(frame.at, "o", &bytes);
        }
        self.end = frame.at;
        if let Some(page) = &frame.page {
            if self.marked.as_ref() != Some(&page.heading) {
                self.event(frame.at, "m", &page.heading);
                self.marked = Some(page.heading.clone());
            }
            self.end += page.rest;
        }
    }

    /// The whole file.
    pub fn finish(mut self) -> String {
        match self.version {
            // A player stops at the last event: this one keeps the last picture in sight.
            Version::V2 => self.event(self.end, "o", ""),
            Version::V3 => self.event(self.end, "x", "0"),
        }
        self.text
    }

    /// Version 2 counts from the beginning, version 3 from the event before.
    fn event(&mut self, at: Duration, code: &str, data: &str) {
        let time = match self.version {
            Version::V2 => at,
            Version::V3 => at.saturating_sub(self.last),
        };
        self.last = at;
        let data = json!(data);
        self.text.push_str(&format!("[{}.{:03}, \"{code}\", {data}]\n", time.as_secs(), time.subsec_millis()));
    }
}
