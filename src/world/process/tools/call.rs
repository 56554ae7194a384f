//! One call of a tool: its words, whose wording it uses, and the output that it has made and not yet written.
//!
//! Promises: output leaves in the order in which it was made, standard output and error together. Must not know any
//! particular tool.

use std::collections::VecDeque;
use std::fmt::Display;

use super::busybox::Edition;
use crate::world::filesystem::errno::Errno;
use crate::world::process::descriptor::Write;
use crate::world::process::{Invocation, System};

/// Most bytes of output that a tool may have made and not yet written; the rest is dropped with a message.
const OUTPUT_LIMIT: usize = 32 << 20;
/// Most bytes that are handed to the kernel in one write.
const WRITE_SIZE: usize = 65_536;

/// Whose words a tool uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// BusyBox, in one of its builds: the busybox and alpine images.
    BusyBox(Edition),
    /// GNU coreutils and their like: Debian-based images, and the host.
    Gnu,
}

/// How a tool was called.
#[derive(Clone, Debug)]
pub struct Call {
    /// The name in its messages.
    pub name: String,
    pub flavour: Flavour,
    /// The arguments after the name.
    pub arguments: Vec<String>,
    /// `NAME=value` pairs.
    pub environment: Vec<String>,
}

impl Call {
    /// The call that an invocation is.
    pub fn new(invocation: &Invocation, flavour: Flavour) -> Call {
        Call {
            name: invocation.called_as().trim_start_matches('-').to_owned(),
            flavour,
            arguments: invocation.operands().to_vec(),
            environment: invocation.environment.clone(),
        }
    }

    /// The value of an environment variable.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.iter().rev().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

/// Output that is made and not yet written.
#[derive(Clone, Debug, Default)]
pub struct Output {
    pieces: VecDeque<(u32, Vec<u8>)>,
    /// Bytes of the first piece that are written already.
    written: usize,
    held: usize,
    dropped: bool,
}

/// How far writing the output came.
#[derive(Debug, PartialEq, Eq)]
pub enum Drained {
    All,
    /// This descriptor takes no more now.
    Blocked(u32),
    Failed(Errno),
}

impl Output {
    /// Adds bytes for a descriptor.
    pub fn push(&mut self, descriptor: u32, bytes: &[u8]) {
        if bytes.is_empty() || self.dropped {
            return;
        }
        if self.held + bytes.len() > OUTPUT_LIMIT {
            self.dropped = true;
            let text = format!("Layerlab keeps at most {OUTPUT_LIMIT} bytes of unwritten output; the rest is lost\n");
            self.pieces.push_back((2, text.into_bytes()));
            return;
        }
        self.held += bytes.len();
        match self.pieces.back_mut() {
            Some((last, piece)) if *last == descriptor => piece.extend_from_slice(bytes),
            _ => self.pieces.push_back((descriptor, bytes.to_vec())),
        }
    }

    /// Bytes that wait to be written.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Writes what the descriptors take.
    pub fn drain(&mut self, system: &mut System<'_>) -> Drained {
        while let Some((descriptor, piece)) = self.pieces.front() {
            let descriptor = *descriptor;
            if self.written >= piece.len() {
                self.pieces.pop_front();
                self.written = 0;
                continue;
            }
            let end = piece.len().min(self.written + WRITE_SIZE);
            match system.write(descriptor, &piece[self.written..end]) {
                Ok(Write::Wrote(count)) => {
                    self.written += count;
                    self.held = self.held.saturating_sub(count);
                }
                Ok(Write::WouldBlock) => return Drained::Blocked(descriptor),
                Err(errno) => {
                    self.pieces.pop_front();
                    self.written = 0;
                    // Nobody can be told that standard error is broken.
                    if descriptor != 2 {
                        return Drained::Failed(errno);
                    }
                }
            }
        }
        self.held = 0;
        Drained::All
    }
}

/// What a tool works with during its turn.
#[derive(Debug)]
pub struct Tool<'t, 's> {
    pub system: &'t mut System<'s>,
    pub call: &'t Call,
    pub output: &'t mut Output,
}

impl Tool<'_, '_> {
    /// Whether it speaks as GNU's does.
    pub fn is_gnu(&self) -> bool {
        self.call.flavour == Flavour::Gnu
    }

    /// One of two wordings: BusyBox's, and GNU's.
    pub fn wording(&self, busybox: impl Into<String>, gnu: impl Into<String>) -> String {
        if self.is_gnu() { gnu.into() } else { busybox.into() }
    }

    /// Bytes for standard output.
    pub fn out(&mut self, bytes: impl AsRef<[u8]>) {
        self.output.push(1, bytes.as_ref());
    }

    /// A line for standard output.
    pub fn say(&mut self, line: impl Display) {
        self.output.push(1, format!("{line}\n").as_bytes());
    }

    /// A line for standard error, behind the tool's name.
    pub fn complain(&mut self, text: impl Display) {
        let line = format!("{}: {text}\n", self.call.name);
        self.output.push(2, line.as_bytes());
    }

    /// Says that something real is missing from the model. The exit code is 1.
    pub fn not_modelled(&mut self, what: impl Display) -> i32 {
        self.complain(format_args!("{what} is not modelled in Layerlab"));
        1
    }
}
