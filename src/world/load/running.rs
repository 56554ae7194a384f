//! Loads under way in a world: begun by a process, carried on whenever the clock moves, told to that process when they are over.
//!
//! Promises: between two moments at which anything else happens in the world, a load sees the world as it was at the first; what it
//! does is then in the world: processor time, log lines, first answers, events. One load at a time. Must not know how a tool shows it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::report::Report;
use super::simulation::{Demand, Simulation};
use super::topology::{Known, Target, plan, with_program};
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::event::EventKind;
use crate::world::machine::Machine;
use crate::world::process::{Pid, System};

/// The number of a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadId(u64);

/// The load that is under way, and the last that was.
#[derive(Clone, Debug, Default)]
pub struct Loads {
    last: u64,
    running: Option<Arc<Running>>,
    finished: Option<Arc<Finished>>,
}

/// A load under way.
#[derive(Clone, Debug)]
pub struct Running {
    id: LoadId,
    caller: Pid,
    pub target: Target,
    pub users: u32,
    began: Time,
    simulation: Simulation,
    known: Known,
    /// Seconds that were told as events.
    told: usize,
}

/// A load that is over.
#[derive(Clone, Debug)]
pub struct Finished {
    id: LoadId,
    pub target: Target,
    pub users: u32,
    pub began: Time,
    pub report: Report,
}

impl Loads {
    /// Whether users send requests now.
    pub fn is_under_way(&self) -> bool {
        self.running.is_some()
    }

    /// What has come of the load that is under way, or else of the last one: how many users, since when, and the report.
    pub fn latest(&self) -> Option<(u32, Time, &Target, &Report)> {
        let running = self.running.as_ref().map(|load| (load.users, load.began, &load.target, &load.simulation.report));
        running.or_else(|| self.finished.as_ref().map(|load| (load.users, load.began, &load.target, &load.report)))
    }

    /// Requests that wait for their answer now.
    pub fn waiting(&self) -> u64 {
        self.running.as_ref().map_or(0, |load| load.simulation.waiting())
    }
}

/// Carries the load on until a moment, or to its end; gives the moment that was come to.
pub fn advance(machines: &mut BTreeMap<Arc<str>, Machine>, context: &mut Context, until: Time) -> Time {
    let Some(mut load) = context.loads.running.take() else { return until };
    let running = Arc::make_mut(&mut load);
    let lives = machines
        .get(&running.target.machine)
        .and_then(|machine| machine.kernel.process(running.caller))
        .is_some_and(|process| process.exit_status().is_none());
    if !lives {
        end(context, running);
        return context.now;
    }
    let plan = plan(machines, context, &running.target, &mut running.known);
    running.simulation.adapt(&plan);
    running.simulation.run(until.since(running.began).as_secs_f64());
    let reached = running.began + Duration::from_secs_f64(running.simulation.now());
    let reached = if running.simulation.is_over() { reached.max(context.now).min(until) } else { until };
    context.now = reached;
    take_effect(machines, context, running);
    if running.simulation.is_over() {
        end(context, running);
        if let Some(machine) = machines.get_mut(&running.target.machine) {
            machine.kernel.wake_engine();
        }
    } else {
        context.loads.running = Some(load);
    }
    reached
}

/// Puts into the world what the requests did.
fn take_effect(machines: &mut BTreeMap<Arc<str>, Machine>, context: &mut Context, running: &mut Running) {
    for ((key, server), seconds) in std::mem::take(&mut running.simulation.worked) {
        if let Some(machine) = machines.get_mut(&key.machine) {
            machine.kernel.count_work(Pid(server), Duration::from_secs_f64(seconds));
        }
    }
    for station in &mut running.simulation.stations {
        let answers = std::mem::take(&mut station.answers);
        let Some(owner) = running.known.stations.get(&station.key).filter(|_| !answers.is_empty()) else { continue };
        let report = &mut running.simulation.report;
        let served = if station.service.passes_on() { &mut report.proxies } else { &mut report.workers };
        *served.entry(station.name.clone()).or_default() += answers.len() as u64;
        let Some(pid) = owner.servers.first().copied() else { continue };
        let (client, request) = (owner.client, running.target.request.clone());
        with_program(machines, context, &station.key.machine, pid, |program, system| {
            program.answered(system, &request, client, &answers);
            system.note_answer();
        });
    }
    let fresh: Vec<_> = running.simulation.report.samples.iter().skip(running.told).cloned().collect();
    running.told += fresh.len();
    let outside = std::mem::replace(&mut context.machine, running.target.machine.clone());
    for sample in fresh {
        context.emit(EventKind::LoadSample(sample));
    }
    context.machine = outside;
}

fn end(context: &mut Context, running: &Running) {
    let report = running.simulation.report.clone();
    let outside = std::mem::replace(&mut context.machine, running.target.machine.clone());
    context.emit(EventKind::LoadEnded { requests: report.finished, errors: report.errors() });
    context.machine = outside;
    let finished =
        Finished { id: running.id, target: running.target.clone(), users: running.users, began: running.began, report };
    context.loads.finished = Some(Arc::new(finished));
}

/// Why a load does not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occupied;

impl System<'_> {
    /// Lets users send requests from where the process is.
    ///
    /// # Errors
    /// Another load is under way.
    pub(in crate::world) fn begin_load(&mut self, target: Target, demand: Demand) -> Result<LoadId, Occupied> {
        if self.context.loads.running.is_some() {
            return Err(Occupied);
        }
        self.context.loads.last += 1;
        let id = LoadId(self.context.loads.last);
        let users = demand.users;
        let bytes = self.context.random.bytes();
        let seed = u64::from_le_bytes(std::array::from_fn(|at| bytes[at]));
        let (address, port) = (target.address, target.port);
        self.context.emit(EventKind::LoadBegan { users, address, port });
        // Who answers is looked for when the clock moves: until then nothing is asked.
        let simulation = Simulation::new(demand, &super::station::Plan::default(), seed);
        let running = Running {
            id,
            caller: self.pid,
            target,
            users,
            began: self.context.now,
            simulation,
            known: Known::default(),
            told: 0,
        };
        self.context.loads.running = Some(Arc::new(running));
        Ok(id)
    }

    /// Lets no more requests be sent; those under way are still waited for.
    pub(in crate::world) fn stop_load(&mut self, id: LoadId) {
        if let Some(running) = self.context.loads.running.as_mut().filter(|running| running.id == id) {
            Arc::make_mut(running).simulation.stop();
        }
    }

    /// What came of a load, once it is over.
    pub(in crate::world) fn load_report(&self, id: LoadId) -> Option<&Report> {
        self.context.loads.finished.as_ref().filter(|finished| finished.id == id).map(|finished| &finished.report)
    }
}
