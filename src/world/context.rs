//! What all machines of a world share: the clock, the source of IDs, the programs, the learner's console, the events.

use std::collections::VecDeque;
use std::sync::Arc;

use imbl::OrdMap;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::clock::Time;
use super::digest::hex;
use super::event::{Event, EventKind};
use super::lan::calls::Calls;
use super::lan::{Crossing, Neighbour};
use super::load::running::Loads;
use super::process::ProgramTable;
use super::process::descriptor::Stream;
use super::registry::Registry;

/// Most bytes of output that one action keeps; what comes after is counted, and the console says so.
pub const OUTPUT_LIMIT: usize = 4 << 20;
/// Most events that one action keeps.
pub const EVENT_LIMIT: usize = 100_000;

/// What a program that computes for a whole quantum costs, in turns of those that only wait.
pub const QUANTUM_EFFORT: u64 = 60;
/// What the start of a program costs, in turns.
pub const START_EFFORT: u64 = 120;

/// The shared part of a world.
#[derive(Clone, Debug)]
pub struct Context {
    pub now: Time,
    pub random: Random,
    pub programs: Arc<ProgramTable>,
    /// The registries that can be reached.
    pub registry: Registry,
    /// The console that the learner sits at, and where it stands.
    pub console: Console,
    pub seat: Seat,
    /// The consoles of the other machines, as they were left.
    away: OrdMap<Seat, Console>,
    /// What happened since the action began.
    pub events: Vec<Event>,
    /// What the action has done so far, in turns of processes. A turn that uses up its quantum counts for [`QUANTUM_EFFORT`] of them, the
    /// start of a program for [`START_EFFORT`].
    pub effort: u64,
    /// The machine whose turn it is.
    pub machine: Arc<str>,
    /// The machines on the network, by name, as they can be reached now. Empty where there is one machine alone.
    pub neighbours: OrdMap<Arc<str>, Neighbour>,
    /// Connections that were made to other machines in this turn.
    pub(super) crossings: Vec<Crossing>,
    /// Commands that one machine carries out for another.
    pub(super) calls: Calls,
    /// Users who send requests.
    pub loads: Loads,
}

/// A console: each machine of a world has one, numbered in the order in which the machines were declared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seat(pub u16);

impl Context {
    /// What machines share that begin now.
    pub fn new(now: Time, seed: u64, programs: Arc<ProgramTable>, registry: Registry, machine: &str) -> Context {
        Context {
            now,
            random: Random::new(seed),
            programs,
            registry,
            console: Console::default(),
            seat: Seat::default(),
            away: OrdMap::new(),
            events: Vec::new(),
            effort: 0,
            machine: machine.into(),
            neighbours: OrdMap::new(),
            crossings: Vec::new(),
            calls: Calls::default(),
            loads: Loads::default(),
        }
    }

    /// The console at a seat.
    pub fn console_at(&mut self, seat: Seat) -> &mut Console {
        if seat == self.seat { &mut self.console } else { self.away.entry(seat).or_default() }
    }

    /// The prompt at a seat, if a shell waits there.
    pub fn prompt_at(&self, seat: Seat) -> Option<&Prompt> {
        let console = if seat == self.seat { Some(&self.console) } else { self.away.get(&seat) };
        console?.prompt.as_ref()
    }

    /// Moves to another seat: the console there is as it was left.
    pub(super) fn sit(&mut self, seat: Seat) {
        if seat == self.seat {
            return;
        }
        let console = self.away.remove(&seat).unwrap_or_default();
        let left = std::mem::replace(&mut self.console, console);
        self.away.insert(self.seat, left);
        self.seat = seat;
    }

    /// The machine on the network that has an address.
    pub fn neighbour_at(&self, address: std::net::Ipv4Addr) -> Option<(&Arc<str>, &Neighbour)> {
        self.neighbours.iter().find(|(_, neighbour)| neighbour.address == address)
    }

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
        hex(&self.bytes())
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
