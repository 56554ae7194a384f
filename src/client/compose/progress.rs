//! How Compose tells how far it is.
//!
//! Promises: the lines of Compose's `plain` and `json` writers, byte for byte. Must not know what is being done.

use serde_json::{Map, Value, json};

/// The form of the lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    #[default]
    Plain,
    Json,
    Quiet,
}

/// Where and how it is told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    pub mode: Mode,
    /// `COMPOSE_STATUS_STDOUT`
    pub on_stdout: bool,
}

impl Progress {
    /// The line of an event, with a line end.
    pub fn line(self, what: &str, text: &str, status: &str) -> String {
        if self.mode == Mode::Plain {
            return format!(" {what} {text} {status}\n");
        }
        let mut message = Map::new();
        for (key, value) in [("id", what), ("text", text), ("status", status)] {
            if !value.is_empty() {
                message.insert(key.to_owned(), json!(value));
            }
        }
        let bytes = crate::world::registry::go_json::encode(
            &Value::Object(message),
            crate::world::registry::go_json::Layout::Compact,
        );
        format!("{}\n", String::from_utf8_lossy(&bytes))
    }
}
