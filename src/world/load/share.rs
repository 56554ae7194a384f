//! How the processors of a machine are shared among those who work on it.
//!
//! Promises: nobody has more than is allowed to them, one job uses at most one processor, and what there is goes to whom it is due by
//! weight, as by CFS with `cpu.max` and `cpu.weight`; nothing is lost while somebody could use it. Must not know what is worked on.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// A moment or an amount, in seconds, that is never NaN: so it has an order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seconds(pub f64);

impl Eq for Seconds {}

impl PartialOrd for Seconds {
    fn partial_cmp(&self, other: &Seconds) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Seconds {
    fn cmp(&self, other: &Seconds) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// What is worked on: a number of the one who asked.
pub type Job = u32;

/// Those who share one allowance: the processes of a container, or of the machine itself.
#[derive(Clone, Debug)]
pub struct Group {
    /// Processors at most (`--cpus`).
    pub quota: f64,
    /// What it is due beside others (`--cpu-shares`).
    pub weight: f64,
    /// Processor time that each of its jobs has had since it began: a job is done when this has grown by what it needs.
    served: f64,
    /// Processors that each of its jobs has now.
    rate: f64,
    jobs: BinaryHeap<Reverse<(Seconds, u64, Job)>>,
    /// Processor time that all its jobs have had.
    pub used: f64,
}

impl Group {
    /// A group that has nothing to do.
    pub fn new(quota: f64, weight: f64) -> Group {
        Group { quota, weight, served: 0.0, rate: 0.0, jobs: BinaryHeap::new(), used: 0.0 }
    }

    /// How many jobs it works on.
    pub fn busy(&self) -> usize {
        self.jobs.len()
    }

    fn demand(&self) -> f64 {
        (self.jobs.len() as f64).min(self.quota)
    }
}

/// The processors of a machine.
#[derive(Clone, Debug)]
pub struct Processors {
    count: f64,
    pub groups: Vec<Group>,
    /// Until when everything is reckoned.
    now: f64,
    /// When the next job is done, if nothing changes.
    next: Option<f64>,
    sequence: u64,
}

impl Processors {
    /// So many processors, from a moment on.
    pub fn new(count: f64, now: f64) -> Processors {
        Processors { count, groups: Vec::new(), now, next: None, sequence: 0 }
    }

    /// How many there are.
    pub fn count(&self) -> f64 {
        self.count
    }

    /// When the next job is done, if nothing changes.
    pub fn next(&self) -> Option<f64> {
        self.next
    }

    /// Processor time that all groups have had.
    pub fn used(&self) -> f64 {
        self.groups.iter().map(|group| group.used).sum()
    }

    /// A job begins, that needs so many seconds of a processor.
    pub fn begin(&mut self, now: f64, group: usize, job: Job, work: f64) {
        self.pass(now);
        self.sequence += 1;
        let sequence = self.sequence;
        if let Some(group) = self.groups.get_mut(group) {
            group.jobs.push(Reverse((Seconds(group.served + work), sequence, job)));
        }
        self.share();
    }

    /// The job that is done at `now`, if one is; it is then gone.
    pub fn take_done(&mut self, now: f64) -> Option<Job> {
        if self.next.is_none_or(|next| next > now) {
            return None;
        }
        self.pass(now);
        // The one that is nearest to its end is the one that is done: what is missing is rounding.
        let left = |group: &Group| group.jobs.peek().map(|Reverse((end, _, _))| (end.0 - group.served) / group.rate);
        let times = self.groups.iter().enumerate().filter_map(|(at, group)| Some((Seconds(left(group)?), at)));
        let (_, at) = times.min()?;
        let Reverse((_, _, job)) = self.groups.get_mut(at)?.jobs.pop()?;
        self.share();
        Some(job)
    }

    /// Drops jobs that nobody wants any more.
    pub fn drop_jobs(&mut self, now: f64, group: usize, unwanted: impl Fn(Job) -> bool) {
        self.pass(now);
        if let Some(group) = self.groups.get_mut(group) {
            group.jobs.retain(|Reverse((_, _, job))| !unwanted(*job));
        }
        self.share();
    }

    /// Changes how many processors a group may use, or how many there are.
    pub fn allow(&mut self, now: f64, group: usize, quota: f64, weight: f64) {
        self.pass(now);
        if let Some(group) = self.groups.get_mut(group) {
            (group.quota, group.weight) = (quota, weight);
        }
        self.share();
    }

    /// Lets time pass for everybody.
    pub fn pass(&mut self, now: f64) {
        let passed = (now - self.now).max(0.0);
        self.now = now.max(self.now);
        for group in &mut self.groups {
            group.served += group.rate * passed;
            group.used += group.rate * passed * group.jobs.len() as f64;
        }
    }

    /// Gives every group what it is due.
    fn share(&mut self) {
        let wanted: f64 = self.groups.iter().map(Group::demand).sum();
        if wanted <= self.count {
            for group in &mut self.groups {
                group.rate = if group.jobs.is_empty() { 0.0 } else { group.demand() / group.jobs.len() as f64 };
            }
        } else {
            self.ration();
        }
        let end = |group: &Group| {
            let Reverse((end, _, _)) = group.jobs.peek()?;
            Some(Seconds(self.now + ((end.0 - group.served) / group.rate).max(0.0)))
        };
        self.next = self.groups.iter().filter_map(end).min().map(|end| end.0);
    }

    /// Shares by weight among those who want more than they are due; who wants less has what it wants.
    fn ration(&mut self) {
        let mut left = self.count;
        let mut open: Vec<usize> = (0..self.groups.len()).filter(|at| !self.groups[*at].jobs.is_empty()).collect();
        while !open.is_empty() {
            let weights: f64 = open.iter().map(|at| self.groups[*at].weight).sum();
            let due = |group: &Group| left * group.weight / weights;
            let content = |at: &usize| self.groups[*at].demand() <= due(&self.groups[*at]);
            let (satisfied, wanting): (Vec<usize>, Vec<usize>) = open.iter().partition(|at| content(at));
            if satisfied.is_empty() {
                for at in wanting {
                    let share = left * self.groups[at].weight / weights;
                    self.groups[at].rate = share / self.groups[at].jobs.len() as f64;
                }
                return;
            }
            for at in satisfied {
                let demand = self.groups[at].demand();
                left -= demand;
                self.groups[at].rate = demand / self.groups[at].jobs.len() as f64;
            }
            open = wanting;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn processors(count: f64, groups: &[(f64, f64)]) -> Processors {
        let mut processors = Processors::new(count, 0.0);
        processors.groups = groups.iter().map(|(quota, weight)| Group::new(*quota, *weight)).collect();
        processors
    }

    fn ends(processors: &mut Processors) -> Vec<(f64, Job)> {
        let mut ends = Vec::new();
        while let Some(next) = processors.next() {
            ends.extend(processors.take_done(next).map(|job| ((next * 1e6).round() / 1e6, job)));
        }
        ends
    }

    #[test]
    fn two_jobs_on_one_processor_take_twice_as_long() {
        let mut one = processors(1.0, &[(9.0, 1.0)]);
        one.begin(0.0, 0, 1, 1.0);
        one.begin(0.0, 0, 2, 1.0);
        assert_eq!(ends(&mut one), [(2.0, 1), (2.0, 2)]);
        let mut two = processors(2.0, &[(9.0, 1.0)]);
        two.begin(0.0, 0, 1, 1.0);
        two.begin(0.5, 0, 2, 1.0);
        assert_eq!(ends(&mut two), [(1.0, 1), (1.5, 2)]);
    }

    #[test]
    fn a_quota_slows_its_own_group_and_leaves_the_rest_to_others() {
        let mut limited = processors(2.0, &[(0.5, 1.0), (9.0, 1.0)]);
        limited.begin(0.0, 0, 1, 1.0);
        limited.begin(0.0, 1, 2, 1.0);
        assert_eq!(ends(&mut limited), [(1.0, 2), (2.0, 1)]);
    }

    #[test]
    fn where_there_is_not_enough_weights_decide() {
        let mut shared = processors(1.0, &[(9.0, 3.0), (9.0, 1.0)]);
        shared.begin(0.0, 0, 1, 0.75);
        shared.begin(0.0, 1, 2, 0.75);
        // The first has three quarters of the processor, then the second has all of it.
        assert_eq!(ends(&mut shared), [(1.0, 1), (1.5, 2)]);
        assert!((shared.used() - 1.5).abs() < 1e-9);
    }
}
