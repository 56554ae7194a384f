//! Where requests are worked on: servers that share a queue, and what is known of how they work.
//!
//! Promises: a place is taken by one request at a time; a queue is never longer than what the server lets wait. Must not know users.

use std::collections::VecDeque;
use std::sync::Arc;

use super::share::Job;
use crate::world::process::program::{Balance, Service};

/// What tells stations apart: the machine, and the number of the listening socket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StationKey {
    pub machine: Arc<str>,
    pub listener: u64,
}

/// Servers as they are in the world now.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub hosts: Vec<PlannedHost>,
    pub stations: Vec<PlannedStation>,
    /// The station that users reach.
    pub target: Option<StationKey>,
    /// Stations that are gone because their processes were killed.
    pub killed: Vec<StationKey>,
}

/// A machine: its processors, and who shares them. Groups keep their places.
#[derive(Clone, Debug)]
pub struct PlannedHost {
    pub processors: f64,
    pub groups: Vec<PlannedGroup>,
}

/// Those who share one allowance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlannedGroup {
    pub quota: f64,
    pub weight: f64,
}

/// Servers that listen together.
#[derive(Clone, Debug)]
pub struct PlannedStation {
    pub key: StationKey,
    pub name: Arc<str>,
    pub host: usize,
    pub group: usize,
    /// The processes that serve.
    pub servers: Vec<u32>,
    pub service: Service,
    /// Whom it passes requests on to.
    pub behind: Vec<StationKey>,
}

/// A place at a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The process.
    pub server: u32,
    busy: bool,
    /// The server is gone: the place is not taken again.
    closed: bool,
}

/// A server behind a proxy.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Behind {
    station: usize,
    /// Until when it is left alone, in seconds.
    down: f64,
    /// Requests that were passed to it and have not come back.
    busy: u32,
}

/// Servers that share a queue.
#[derive(Clone, Debug)]
pub struct Station {
    pub key: StationKey,
    pub name: Arc<str>,
    pub host: usize,
    pub group: usize,
    pub service: Service,
    pub slots: Vec<Slot>,
    free: Vec<usize>,
    pub queue: VecDeque<Job>,
    pub open: bool,
    /// Its processes were killed: what they worked on is lost.
    pub killed: bool,
    behind: Vec<Behind>,
    turn: usize,
    /// Answers that left it since this was last taken: status and bytes.
    pub answers: Vec<(u16, u64)>,
}

impl Station {
    /// A station that opens.
    pub fn new(planned: &PlannedStation) -> Station {
        let mut station = Station {
            key: planned.key.clone(),
            name: planned.name.clone(),
            host: planned.host,
            group: planned.group,
            service: planned.service.clone(),
            slots: Vec::new(),
            free: Vec::new(),
            queue: VecDeque::new(),
            open: true,
            killed: false,
            behind: Vec::new(),
            turn: 0,
            answers: Vec::new(),
        };
        station.adapt(planned);
        station
    }

    /// Takes over what became of its servers.
    pub fn adapt(&mut self, planned: &PlannedStation) {
        self.open = true;
        self.service = planned.service.clone();
        for slot in &mut self.slots {
            slot.closed = !planned.servers.contains(&slot.server);
        }
        for server in &planned.servers {
            let known = self.slots.iter().any(|slot| slot.server == *server);
            for _ in 0..if known { 0 } else { self.service.at_once } {
                self.slots.push(Slot { server: *server, busy: false, closed: false });
            }
        }
        let free = |slot: &Slot| !slot.busy && !slot.closed;
        // The last is taken first: of workers that wait, the one that was there first has its turn first.
        self.free = (0..self.slots.len()).rev().filter(|at| free(&self.slots[*at])).collect();
    }

    /// Takes a free place, if there is one.
    pub fn take_slot(&mut self) -> Option<usize> {
        let at = self.free.pop()?;
        if let Some(slot) = self.slots.get_mut(at) {
            slot.busy = true;
        }
        Some(at)
    }

    /// Frees a place; gives who has waited longest, to have it.
    pub fn free_slot(&mut self, at: usize) -> Option<Job> {
        if let Some(slot) = self.slots.get_mut(at) {
            slot.busy = false;
            if !slot.closed {
                self.free.push(at);
            }
        }
        self.next_waiting()
    }

    /// Who has waited longest, if there is a place.
    pub fn next_waiting(&mut self) -> Option<Job> {
        if self.free.is_empty() || !self.open { None } else { self.queue.pop_front() }
    }

    /// Notes an answer that left it.
    pub fn count(&mut self, status: u16, bytes: u64) {
        self.answers.push((status, bytes));
    }

    /// Says whom it passes requests on to; those that it knows already keep how they stand.
    pub fn set_behind(&mut self, stations: Vec<usize>) {
        let known = |station: usize| self.behind.iter().find(|behind| behind.station == station).copied();
        self.behind = stations
            .into_iter()
            .map(|station| known(station).unwrap_or(Behind { station, down: 0.0, busy: 0 }))
            .collect();
    }

    /// The server behind it that a request goes to; none when all were tried or are left alone.
    pub fn choose(&mut self, now: f64, tried: usize) -> Option<usize> {
        if tried >= self.behind.len() {
            return None;
        }
        let up = |behind: &Behind| behind.down <= now;
        let at = match self.service.balance {
            Balance::RoundRobin => {
                let count = self.behind.len();
                let at = (0..count).map(|step| (self.turn + step) % count).find(|at| up(&self.behind[*at]))?;
                self.turn = (at + 1) % count;
                at
            }
            Balance::LeastBusy => {
                let candidates = self.behind.iter().enumerate().filter(|(_, behind)| up(behind));
                // Of equals, the one whose turn it is.
                let count = self.behind.len();
                let turn = self.turn;
                let (at, _) = candidates.min_by_key(|(at, behind)| (behind.busy, (at + count - turn) % count))?;
                self.turn = (at + 1) % count;
                at
            }
        };
        let behind = self.behind.get_mut(at)?;
        behind.busy += 1;
        Some(behind.station)
    }

    /// A request that was passed on has come back.
    pub fn came_back(&mut self, station: usize) {
        if let Some(behind) = self.behind.iter_mut().find(|behind| behind.station == station) {
            behind.busy = behind.busy.saturating_sub(1);
        }
    }

    /// A server behind it failed: it is left alone for a while.
    pub fn failed(&mut self, station: usize, until: f64) {
        if let Some(behind) = self.behind.iter_mut().find(|behind| behind.station == station) {
            behind.down = until;
        }
    }
}
