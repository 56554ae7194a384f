//! What all machines of a world share: the clock, the source of IDs, the programs, the learner's console, the events.

use std::collections::VecDeque;
use std::sync::Arc;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::clock::Time;
use super::event::{Event, EventKind};
use super::process::ProgramTable;
use super::process::descriptor::Stream;
use super::registry::Registry;

/// Most bytes of output that one action keeps; what comes after is counted, and the console says so.
pub const OUTPUT_LIMIT: usize = 4 << 20;
/// Most events that one action keeps.
pub const EVENT_LIMIT: usize = 100_000;

/// The shared part of a world.
#[derive(Clone, Debug)]
pub struct Context {
    pub now: Time,
    pub random: Random,
    pub programs: Arc<ProgramTable>,
    /// The registries that can be reached.
    pub registry: Registry,
    pub console: Console,
    /// What happened since the action began.
    pub events: Vec<Event>,
    /// The machine whose turn it is.
    pub machine: Arc<str>,
}

impl Context {
    /// Notes that something happened now, on the machine whose turn it is.
    pub fn emit(&mut self, kind: EventKind) {
        if self.events.len() < EVENT_LIMIT {
            self.events.push(Event { at: self.now, machine: self.machine.clone(), kind });
        }
    }
}

/// The world's only source of chance: a ChaCha generator started from the world's seed.
#[derive(Clone, Debug)]
pub struct Random(ChaCha8Rng);

impl Random {
    /// The generator of a seed.
    pub fn new(seed: u64) -> Random {
        Random(ChaCha8Rng::seed_from_u64(seed))
    }

    /// 32 bytes: enough for an ID.
    pub fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// 64 hexadecimal digits: a container, network or volume ID.
    pub fn id(&mut self) -> String {
        self.bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// A number below `bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.0.next_u64() % bound }
    }
}

/// A piece of what was written to the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    pub stream: Stream,
    pub bytes: Vec<u8>,
}

/// What a shell says when it is ready for the next line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// The text before the cursor: `$ `.
    pub text: String,
    /// The exit code of the command before (`$?`).
    pub status: i32,
}

/// The learner's terminal: what was typed and not yet read, and what was written.
#[derive(Clone, Debug, Default)]
pub struct Console {
    /// Typed, not yet read.
    pub input: VecDeque<u8>,
    /// Whether the input has ended (Ctrl-D).
    pub closed: bool,
    /// Written since the action began.
    pub output: Vec<Chunk>,
    /// Set when the shell at the console waits for its next line.
    pub prompt: Option<Prompt>,
    /// Bytes that were written beyond [`OUTPUT_LIMIT`] and not kept.
    pub dropped: u64,
}

impl Console {
    /// Takes output, joining it with what came just before on the same stream.
    pub fn write(&mut self, stream: Stream, bytes: &[u8]) {
        let held: usize = self.output.iter().map(|chunk| chunk.bytes.len()).sum();
        let kept = bytes.len().min(OUTPUT_LIMIT.saturating_sub(held));
        self.dropped += (bytes.len() - kept) as u64;
        match self.output.last_mut() {
            _ if kept == 0 => {}
            Some(last) if last.stream == stream => last.bytes.extend_from_slice(&bytes[..kept]),
            _ => self.output.push(Chunk { stream, bytes: bytes[..kept].to_vec() }),
        }
    }
}
