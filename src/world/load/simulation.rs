//! A load as it runs: users, the servers that they ask, the queues in front of them, and the processors that do the work.
//!
//! Promises: it goes from one event to the next, so that any stretch of time is reckoned exactly, in pieces or at once; everything
//! in it is bounded. Must not know machines, containers or connections: `topology` says who the servers are.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use super::report::{Failure, Report, Second};
use super::share::{Group, Job, Processors, Seconds};
use super::station::{Plan, Station, StationKey};
use super::users::{Arrivals, User, exponential};
use crate::world::context::Random;
use crate::world::process::program::Spread;

/// Most requests that are under way at once.
const JOB_LIMIT: usize = 100_000;
/// How deep servers may pass requests on to each other.
pub const DEPTH: usize = 4;
/// How long a client needs to be refused and to try again, in seconds.
const REFUSAL: f64 = 0.001;
/// After how long a connection that finds no room is tried again at first; each time twice as long (tcp(7): `tcp_syn_retries`).
const RETRY: f64 = 1.0;
/// No request is answered without any work, in seconds.
const LEAST_WORK: f64 = 1e-6;
/// How long a proxy leaves a server alone that failed it (nginx: `fail_timeout`).
const FAIL_TIMEOUT: f64 = 10.0;

/// Bytes of nginx's page for a bad gateway.
const BAD_GATEWAY: u64 = 157;

/// What a load asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Demand {
    pub users: u32,
    pub arrivals: Arrivals,
    /// Requests in all, or as many as come.
    pub requests: Option<u64>,
    /// From when on, in seconds, no more requests are made.
    pub until: Option<f64>,
    /// How long a user waits for an answer, in seconds; 0 for ever.
    pub patience: f64,
}

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Ask(u32),
    /// A request comes from outside, and after it the next.
    Arrive,
    Rested(Job, u32),
    /// The user has waited too long.
    GiveUp(Job, u32),
    /// A connection that found no room tries again.
    Knock(Job, u32),
    SecondEnds,
    /// No more requests are made.
    TimeIsUp,
}

/// A request under way.
#[derive(Clone, Debug)]
struct Request {
    /// Which request of this number it is: what was meant for an earlier one is no matter.
    generation: u32,
    user: Option<u32>,
    asked: f64,
    /// The stations that it is at: the first asked, and whom that one asks.
    at: Vec<Visit>,
    /// The user has given up.
    abandoned: bool,
    knocked: u32,
    done: bool,
}

#[derive(Clone, Copy, Debug)]
struct Visit {
    station: usize,
    /// The server that works on it; none while it waits.
    slot: Option<usize>,
    /// How many servers behind this one were tried.
    tried: usize,
}

/// A load that runs.
#[derive(Clone, Debug)]
pub struct Simulation {
    now: f64,
    demand: Demand,
    random: Random,
    pub processors: Vec<Processors>,
    pub stations: Vec<Station>,
    /// The station that users ask; none where nobody listens.
    target: Option<usize>,
    users: Vec<User>,
    jobs: Vec<Request>,
    free: Vec<Job>,
    events: BinaryHeap<Reverse<(Seconds, u64, Event)>>,
    sequence: u64,
    asked: u64,
    /// How many requests are due to be made.
    due: u64,
    under_way: u64,
    second: Second,
    seconds: u32,
    used_before: f64,
    pub report: Report,
    over: bool,
    /// Processor time of each server since this was last taken, by station and slot.
    pub worked: BTreeMap<(StationKey, u32), f64>,
}

impl Simulation {
    /// A load that begins now, at the servers that there are.
    pub fn new(demand: Demand, plan: &Plan, seed: u64) -> Simulation {
        let users = vec![User::default(); demand.users as usize];
        let mut simulation = Simulation {
            now: 0.0,
            random: Random::new(seed),
            processors: Vec::new(),
            stations: Vec::new(),
            target: None,
            users,
            jobs: Vec::new(),
            free: Vec::new(),
            events: BinaryHeap::new(),
            sequence: 0,
            asked: 0,
            due: 0,
            under_way: 0,
            second: Second::default(),
            seconds: 0,
            used_before: 0.0,
            report: Report::default(),
            over: false,
            worked: BTreeMap::new(),
            demand,
        };
        simulation.adapt(plan);
        match simulation.demand.arrivals {
            Arrivals::Poisson(_) => simulation.next_arrival(),
            _ => {
                for number in 0..simulation.demand.users {
                    simulation.think(number);
                }
            }
        }
        simulation.at(1.0, Event::SecondEnds);
        if let Some(until) = simulation.demand.until {
            simulation.at(until, Event::TimeIsUp);
        }
        simulation
    }

    /// Whether all has come to its end.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// The moment that it has come to, in seconds since it began.
    pub fn now(&self) -> f64 {
        self.now
    }

    /// Requests that wait for their answer.
    pub fn waiting(&self) -> u64 {
        self.under_way
    }

    /// No more requests are made from now on.
    pub fn stop(&mut self) {
        self.demand.until = Some(self.now);
        self.due = 0;
        self.look_whether_over();
    }

    fn at(&mut self, time: f64, event: Event) {
        self.sequence += 1;
        self.due += u64::from(matches!(event, Event::Ask(_) | Event::Arrive));
        self.events.push(Reverse((Seconds(time), self.sequence, event)));
    }

    /// Goes on until a moment, or until all is over.
    pub fn run(&mut self, until: f64) {
        while !self.over {
            let event = self.events.peek().map(|Reverse((time, _, _))| *time);
            let work = self.processors.iter().enumerate();
            let work = work.filter_map(|(host, processors)| Some((Seconds(processors.next()?), host))).min();
            match (event, work) {
                (Some(time), work) if work.is_none_or(|(done, _)| time <= done) => {
                    if time.0 > until {
                        break;
                    }
                    self.now = time.0;
                    if let Some(Reverse((_, _, event))) = self.events.pop() {
                        self.happen(event);
                    }
                }
                (_, Some((time, host))) => {
                    if time.0 > until {
                        break;
                    }
                    self.now = time.0;
                    if let Some(job) = self.processors.get_mut(host).and_then(|all| all.take_done(time.0)) {
                        self.worked_on(job);
                    }
                }
                _ => break,
            }
        }
        if !self.over {
            self.now = self.now.max(until);
            let now = self.now;
            self.processors.iter_mut().for_each(|processors| processors.pass(now));
        }
    }

    fn happen(&mut self, event: Event) {
        let is_meant = |session: &Simulation, job: Job, generation: u32| {
            session.jobs.get(job as usize).is_some_and(|request| request.generation == generation && !request.done)
        };
        match event {
            Event::Ask(user) => {
                self.due = self.due.saturating_sub(1);
                self.ask(Some(user));
            }
            Event::Arrive => {
                self.due = self.due.saturating_sub(1);
                self.next_arrival();
                self.ask(None);
            }
            Event::Rested(job, generation) if is_meant(self, job, generation) => self.pass_on(job),
            Event::Knock(job, generation) if is_meant(self, job, generation) => self.enter(job),
            Event::GiveUp(job, generation) if is_meant(self, job, generation) => self.give_up(job),
            Event::SecondEnds => self.end_second(),
            Event::TimeIsUp => self.look_whether_over(),
            Event::Rested(..) | Event::Knock(..) | Event::GiveUp(..) => {}
        }
    }

    fn end_second(&mut self) {
        self.seconds += 1;
        let now = self.now;
        self.processors.iter_mut().for_each(|processors| processors.pass(now));
        let host = self.target.and_then(|target| self.stations.get(target)).map_or(0, |station| station.host);
        let (used, count) =
            self.processors.get(host).map_or((0.0, 1.0), |processors| (processors.used(), processors.count()));
        let share = ((used - self.used_before) / count).clamp(0.0, 1.0);
        self.used_before = used;
        let servers = self.stations.iter().filter(|station| station.open && !station.service.passes_on());
        let servers: usize = servers.map(|station| station.slots.len()).sum();
        let waiting = u32::try_from(self.under_way).unwrap_or(u32::MAX);
        let sample = self.second.end(self.seconds, waiting, u32::try_from(servers).unwrap_or(u32::MAX), share);
        self.report.samples.push_back(Arc::new(sample));
        self.at(f64::from(self.seconds) + 1.0, Event::SecondEnds);
    }

    /// Whether another request may be made.
    fn may_ask(&self) -> bool {
        self.demand.requests.is_none_or(|most| self.asked < most)
            && self.demand.until.is_none_or(|until| self.now < until)
    }

    /// Lets a user ask again when it is time.
    fn think(&mut self, number: u32) {
        let (arrivals, now) = (self.demand.arrivals, self.now);
        let Some(user) = self.users.get_mut(number as usize) else { return };
        let next = user.next(arrivals, now, &mut self.random);
        if self.demand.until.is_none_or(|until| next < until) {
            self.at(next, Event::Ask(number));
        }
    }

    fn next_arrival(&mut self) {
        let Arrivals::Poisson(rate) = self.demand.arrivals else { return };
        let next = self.now + exponential(1.0 / rate, &mut self.random);
        if self.demand.until.is_none_or(|until| next < until) && self.may_ask() {
            self.at(next, Event::Arrive);
        }
    }

    fn ask(&mut self, user: Option<u32>) {
        if !self.may_ask() || self.under_way >= JOB_LIMIT as u64 {
            self.look_whether_over();
            return;
        }
        self.asked += 1;
        self.under_way += 1;
        self.second.sent += 1;
        let job = self.free.pop().unwrap_or_else(|| {
            let request = Request {
                generation: 0,
                user: None,
                asked: 0.0,
                at: Vec::with_capacity(2),
                abandoned: false,
                knocked: 0,
                done: true,
            };
            self.jobs.push(request);
            (self.jobs.len() - 1) as Job
        });
        let now = self.now;
        let Some(request) = self.jobs.get_mut(job as usize) else { return };
        let at = std::mem::take(&mut request.at);
        let generation = request.generation.wrapping_add(1);
        *request = Request { generation, user, asked: now, at, abandoned: false, knocked: 0, done: false };
        request.at.clear();
        let Some(target) = self.target else {
            self.fail(job, Failure::Refused);
            return;
        };
        request.at.push(Visit { station: target, slot: None, tried: 0 });
        if self.demand.patience > 0.0 {
            self.at(now + self.demand.patience, Event::GiveUp(job, generation));
        }
        self.enter(job);
    }

    fn visit(&self, job: Job) -> Option<Visit> {
        self.jobs.get(job as usize)?.at.last().copied()
    }

    fn visit_mut(&mut self, job: Job) -> Option<&mut Visit> {
        self.jobs.get_mut(job as usize)?.at.last_mut()
    }

    /// A request comes to the station that is last in its list: it is taken, waits, or is turned away.
    fn enter(&mut self, job: Job) {
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
    fn worked_on(&mut self, job: Job) {
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
    fn pass_on(&mut self, job: Job) {
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
    fn begin_waiting(&mut self, job: Job, station: usize) {
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
    fn turned_away(&mut self, job: Job, failure: Failure) {
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

    fn give_up(&mut self, job: Job) {
        let Some(request) = self.jobs.get_mut(job as usize) else { return };
        if request.abandoned {
            return;
        }
        // The servers do not know: what is in their queues is worked on all the same.
        request.abandoned = true;
        let user = request.user;
        self.under_way -= 1;
        self.second.failed += 1;
        self.report.fail(Failure::TimedOut);
        self.report.total = self.now;
        self.user_goes_on(user, 0.0);
    }

    fn fail(&mut self, job: Job, failure: Failure) {
        let Some(request) = self.jobs.get_mut(job as usize) else { return };
        request.done = true;
        let (user, abandoned) = (request.user, request.abandoned);
        self.free.push(job);
        if abandoned {
            return;
        }
        self.under_way -= 1;
        self.second.failed += 1;
        self.report.fail(failure);
        self.report.total = self.now;
        self.user_goes_on(user, REFUSAL);
    }

    fn finish(&mut self, job: Job, answer: Option<(u16, u64)>) {
        let Some(request) = self.jobs.get_mut(job as usize) else { return };
        request.done = true;
        let (user, abandoned, asked) = (request.user, request.abandoned, request.asked);
        self.free.push(job);
        if abandoned {
            return;
        }
        self.under_way -= 1;
        if let Some((status, bytes)) = answer {
            let latency = self.now - asked;
            self.report.answer(latency, status, bytes);
            self.second.answer(latency, status < 500);
        }
        self.report.total = self.now;
        self.user_goes_on(user, 0.0);
    }

    fn user_goes_on(&mut self, user: Option<u32>, delay: f64) {
        if let Some(user) = user {
            let now = self.now;
            self.now += delay;
            self.think(user);
            self.now = now;
        }
        self.look_whether_over();
    }

    fn look_whether_over(&mut self) {
        let all_made = self.demand.requests.is_some_and(|most| self.asked >= most);
        let time_is_up = self.demand.until.is_some_and(|until| self.now >= until);
        let no_more = all_made || time_is_up || (self.due == 0 && self.demand.until.is_none());
        if self.under_way == 0 && no_more {
            self.over = true;
            self.report.total = self.now;
        }
    }

    /// Takes over what the world has become: servers that came, and those that went.
    pub fn adapt(&mut self, plan: &Plan) {
        let now = self.now;
        for (number, host) in plan.hosts.iter().enumerate() {
            if self.processors.len() <= number {
                self.processors.push(Processors::new(host.processors, now));
            }
            let processors = &mut self.processors[number];
            for (at, group) in host.groups.iter().enumerate() {
                match processors.groups.get(at) {
                    None => processors.groups.push(Group::new(group.quota, group.weight)),
                    Some(known) if (known.quota, known.weight) != (group.quota, group.weight) => {
                        processors.allow(now, at, group.quota, group.weight);
                    }
                    Some(_) => {}
                }
            }
        }
        let mut lost: Vec<Job> = Vec::new();
        for station in &mut self.stations {
            if station.open && !plan.stations.iter().any(|planned| planned.key == station.key) {
                station.open = false;
                lost.extend(station.queue.drain(..));
                if plan.killed.contains(&station.key) {
                    station.killed = true;
                }
            }
        }
        for planned in &plan.stations {
            match self.stations.iter_mut().find(|station| station.key == planned.key) {
                Some(station) => station.adapt(planned),
                None => self.stations.push(Station::new(planned)),
            }
        }
        let place = |key: &StationKey| self.stations.iter().position(|station| station.key == *key);
        let behind: Vec<Vec<usize>> =
            plan.stations.iter().map(|planned| planned.behind.iter().filter_map(&place).collect()).collect();
        for (planned, behind) in plan.stations.iter().zip(behind) {
            if let Some(station) = self.stations.iter_mut().find(|station| station.key == planned.key) {
                station.set_behind(behind);
            }
        }
        self.target = plan.target.as_ref().and_then(|key| self.stations.iter().position(|s| s.key == *key && s.open));
        self.drop_killed(&mut lost);
        for job in lost {
            self.turned_away(job, Failure::Reset);
        }
        for at in 0..self.stations.len() {
            while let Some(job) = self.stations[at].next_waiting() {
                self.begin_waiting(job, at);
            }
        }
    }

    /// What servers worked on that were killed is lost.
    fn drop_killed(&mut self, lost: &mut Vec<Job>) {
        let now = self.now;
        let killed: Vec<usize> = (0..self.stations.len()).filter(|at| self.stations[*at].killed).collect();
        for at in killed {
            self.stations[at].killed = false;
            let (host, group) = (self.stations[at].host, self.stations[at].group);
            let mine: Vec<Job> = (0..self.jobs.len() as Job)
                .filter(|job| {
                    let request = &self.jobs[*job as usize];
                    !request.done && request.at.last().is_some_and(|visit| visit.station == at && visit.slot.is_some())
                })
                .collect();
            if let Some(processors) = self.processors.get_mut(host) {
                processors.drop_jobs(now, group, |job| mine.contains(&job));
            }
            for job in mine {
                // What it still had to do when it was ended is done by nobody.
                if let Some(request) = self.jobs.get_mut(job as usize) {
                    request.generation = request.generation.wrapping_add(1);
                }
                lost.push(job);
            }
        }
    }
}
