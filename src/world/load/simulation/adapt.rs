//! How a load takes over what became of the servers while it runs: those that came, those that went, other limits.
//!
//! Promises: what waits at a server that goes is turned away, what a killed server worked on is lost, and nothing else changes for
//! requests under way. Must not know why servers come and go.

use super::Simulation;
use crate::world::load::report::Failure;
use crate::world::load::share::{Group, Job, Processors};
use crate::world::load::station::{Plan, Station, StationKey};

impl Simulation {
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
