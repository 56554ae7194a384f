//! What containers write, as Compose shows it: a prefix of the container's name, all as wide as the longest so far.
//!
//! Promises: Compose's `formatter/logs.go` without colours.

use std::collections::BTreeSet;

use crate::client::execute::timestamp;
use crate::client::program::Client;
use crate::world::clock::Time;

/// What begins the line of a status: back to its begin, and clear it.
const RESET_LINE: &str = "\r\x1b[K";

/// Shows lines.
#[derive(Clone, Debug, Default)]
pub struct LogConsumer {
    prefixes: bool,
    timestamps: bool,
    names: BTreeSet<String>,
}

impl LogConsumer {
    /// Lines with or without prefixes, with or without the time.
    pub fn new(prefixes: bool, timestamps: bool) -> LogConsumer {
        LogConsumer { prefixes, timestamps, names: BTreeSet::new() }
    }

    fn prefix(&mut self, name: &str) -> String {
        if !self.names.contains(name) {
            self.names.insert(name.to_owned());
        }
        if !self.prefixes {
            return String::new();
        }
        let width = self.names.iter().map(String::len).max().unwrap_or(0) + 1;
        format!("{name:width$} | ")
    }

    /// Shows a line of a container.
    pub fn line(&mut self, client: &mut Client, name: &str, line: &[u8], at: Time, on_stderr: bool) {
        let mut bytes = self.prefix(name).into_bytes();
        if self.timestamps {
            bytes.extend_from_slice(format!("{} ", timestamp(at)).as_bytes());
        }
        bytes.extend_from_slice(line);
        bytes.push(b'\n');
        if on_stderr { client.err(bytes) } else { client.out(bytes) }
    }

    /// Says what became of a container.
    pub fn status(&mut self, client: &mut Client, name: &str, text: &str) {
        self.prefix(name);
        client.out(format!("{RESET_LINE}{name} {text}\n"));
    }
}
