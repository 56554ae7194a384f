//! A load as it runs: users, the servers that they ask, the queues in front of them, and the processors that do the work.
//!
//! Promises: it goes from one event to the next, so that any stretch of time is reckoned exactly, in pieces or at once; everything
//! in it is bounded. Must not know machines, containers or connections: `topology` says who the servers are.

mod adapt;
mod way;

pub use self::way::DEPTH;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use crate::world::context::Random;
use crate::world::load::report::{Failure, Report, Second};
use crate::world::load::share::{Job, Processors, Seconds};
use crate::world::load::station::{Plan, Station, StationKey};
use crate::world::load::users::{Arrivals, User, exponential};

/// Most requests that are under way at once.
const JOB_LIMIT: usize = 100_000;
/// How long a client needs to be refused and to try again, in seconds.
const REFUSAL: f64 = 0.001;

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
}
