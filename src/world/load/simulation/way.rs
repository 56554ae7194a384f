//! The way of a request: it waits for a server, is worked on, is passed on to the servers behind it, and its answer comes back.
//!
//! Promises: a request is at one place of one server at a time at each station; a proxy tries each server behind it at most once.
//! Must not know users.

use super::{Event, Simulation, Visit};
use crate::world::load::report::Failure;
use crate::world::load::share::Job;
use crate::world::load::station::Station;
use crate::world::load::users::exponential;
use crate::world::process::program::Spread;

/// How deep servers may pass requests on to each other.
pub const DEPTH: usize = 4;
/// After how long a connection that finds no room is tried again at first; each time twice as long (tcp(7): `tcp_syn_retries`).
const RETRY: f64 = 1.0;
/// No request is answered without any work, in seconds.
const LEAST_WORK: f64 = 1e-6;
/// How long a proxy leaves a server alone that failed it (nginx: `fail_timeout`).
const FAIL_TIMEOUT: f64 = 10.0;
/// Bytes of nginx's page for a bad gateway.
const BAD_GATEWAY: u64 = 157;

impl Simulation {
    fn visit(&self, job: Job) -> Option<Visit> {
        self.jobs.get(job as usize)?.at.last().copied()
    }

    fn visit_mut(&mut self, job: Job) -> Option<&mut Visit> {
        self.jobs.get_mut(job as usize)?.at.last_mut()
    }

    /// A request comes to the station that is last in its list: it is taken, waits, or is turned away.
    pub(super) fn enter(&mut self, job: Job) {
        let Some(visit) = self.visit(job) else { return };
        let Some(station) = self.stations.get_mut(visit.station) else { return };
        if !station.open {
            self.turned_away(job, Failure::Refused);
            return;
        }
        match station.take_slot() {
            Some(slot) => self.begin(job, slot),
            None if station.queue.len() < station.service.backlog as usize => station.queue.push_back(job),
            None => {
                let Some(request) = self.jobs.get_mut(job as usize) else { return };
                let wait = RETRY * f64::from(1_u32 << request.knocked.min(6));
                request.knocked += 1;
                let generation = request.generation;
                self.at(self.now + wait, Event::Knock(job, generation));
            }
        }
    }

    /// A server begins to work on a request.
    fn begin(&mut self, job: Job, slot: usize) {
        if let Some(visit) = self.visit_mut(job) {
            visit.slot = Some(slot);
        }
        let Some(visit) = self.visit(job) else { return };
        let Some(station) = self.stations.get(visit.station) else { return };
        let mean = station.service.work.as_secs_f64();
        let work = match station.service.spread {
            Spread::Fixed => mean,
            Spread::Exponential => exponential(mean, &mut self.random),
        };
        let work = work.max(LEAST_WORK);
        let (host, group) = (station.host, station.group);
        let server = station.slots.get(slot).map_or(0, |slot| slot.server);
        *self.worked.entry((station.key.clone(), server)).or_default() += work;
        let now = self.now;
        if let Some(processors) = self.processors.get_mut(host) {
            processors.begin(now, group, job, work);
        }
    }

    /// The processor's part of a request is done.
    pub(super) fn worked_on(&mut self, job: Job) {
        let idle = self.visit(job).and_then(|visit| self.stations.get(visit.station)).map(|s| s.service.idle);
        match idle.filter(|idle| !idle.is_zero()) {
            Some(idle) => {
                let generation = self.jobs.get(job as usize).map_or(0, |request| request.generation);
                self.at(self.now + idle.as_secs_f64(), Event::Rested(job, generation));
            }
            None => self.pass_on(job),
        }
    }

    /// A server has done its own part: it asks another one, or answers.
    pub(super) fn pass_on(&mut self, job: Job) {
        let Some(visit) = self.visit(job) else { return };
        let Some(station) = self.stations.get_mut(visit.station) else { return };
        if !station.service.passes_on() {
            let (status, bytes) = (station.service.status, station.service.bytes);
            self.answered(job, status, bytes);
            return;
        }
        let depth = self.jobs.get(job as usize).map_or(0, |request| request.at.len());
        let behind = station.choose(self.now, visit.tried);
        match behind.filter(|_| depth < DEPTH) {
            Some(behind) => {
                if let Some(visit) = self.visit_mut(job) {
                    visit.tried += 1;
                }
                if let Some(request) = self.jobs.get_mut(job as usize) {
                    request.knocked = 0;
                    request.at.push(Visit { station: behind, slot: None, tried: 0 });
                }
                self.enter(job);
            }
            None => self.answered(job, 502, BAD_GATEWAY),
        }
    }

    /// An answer goes back to whoever asked this station: another one, or the user.
    fn answered(&mut self, job: Job, status: u16, bytes: u64) {
        while let Some(visit) = self.visit(job) {
            // Each proxy on the way hands the answer on as it is.
            if let Some(station) = self.stations.get_mut(visit.station) {
                station.count(status, bytes);
            }
            self.leave(job);
        }
        self.finish(job, Some((status, bytes)));
    }

    /// A request leaves the station that is last in its list: the next in the queue has its place.
    fn leave(&mut self, job: Job) {
        let Some(request) = self.jobs.get_mut(job as usize) else { return };
        let Some(visit) = request.at.pop() else { return };
        let Some(station) = self.stations.get_mut(visit.station) else { return };
        let next = visit.slot.and_then(|slot| station.free_slot(slot));
        let asking = request.at.last().map(|asking| asking.station);
        if let Some(asking) = asking.and_then(|asking| self.stations.get_mut(asking)) {
            asking.came_back(visit.station);
        }
        if let Some(next) = next {
            self.begin_waiting(next, visit.station);
        }
    }

    /// The first in a queue has its turn.
    pub(super) fn begin_waiting(&mut self, job: Job, station: usize) {
        let slot = self.stations.get_mut(station).and_then(Station::take_slot);
        match slot {
            Some(slot) => self.begin(job, slot),
            None => {
                if let Some(station) = self.stations.get_mut(station) {
                    station.queue.push_front(job);
                }
            }
        }
    }

    /// A station cannot be reached, or went away: a proxy tries another one, a user has failed.
    pub(super) fn turned_away(&mut self, job: Job, failure: Failure) {
        let Some(visit) = self.visit(job) else { return };
        self.leave(job);
        match self.visit(job) {
            None => self.fail(job, failure),
            Some(asking) => {
                let now = self.now;
                if let Some(station) = self.stations.get_mut(asking.station) {
                    station.failed(visit.station, now + FAIL_TIMEOUT);
                }
                self.pass_on(job);
            }
        }
    }
}
