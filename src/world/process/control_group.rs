//! Control groups: what the processes of a container may use together.
//!
//! Promises: the settings of cgroup v1 (Linux, Documentation/admin-guide/cgroup-v1) as far as the kernel of this world holds them.
//! Must not know who sets them.

use std::sync::Arc;
use std::time::Duration;

use super::kernel::{Kernel, Pid};

/// The shares of a group that was given none.
pub const SHARES: i64 = 1024;
/// The period of a group that was given none, in microseconds.
pub const PERIOD: i64 = 100_000;

/// The limits of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlGroup {
    /// Below `/sys/fs/cgroup/CONTROLLER`: `/docker/ID`.
    pub path: Arc<str>,
    /// Bytes.
    pub memory: Option<u64>,
    pub memory_and_swap: Option<u64>,
    pub memory_reservation: Option<u64>,
    pub swappiness: u64,
    /// Whether processes wait for memory instead of being killed.
    pub oom_kill_disable: bool,
    pub processes: Option<u64>,
    /// Relative weight among groups that want the processors at once.
    pub shares: i64,
    /// Microseconds.
    pub period: i64,
    /// Microseconds of each period; `None` is without limit.
    pub quota: Option<i64>,
    /// Processors that may be used: `0-1`; empty is all.
    pub cpus: Arc<str>,
    pub mems: Arc<str>,
    /// How many those are.
    pub cpu_count: u32,
}

impl Default for ControlGroup {
    fn default() -> ControlGroup {
        ControlGroup {
            path: "/".into(),
            memory: None,
            memory_and_swap: None,
            memory_reservation: None,
            swappiness: 60,
            oom_kill_disable: false,
            processes: None,
            shares: SHARES,
            period: PERIOD,
            quota: None,
            cpus: "".into(),
            mems: "".into(),
            cpu_count: u32::MAX,
        }
    }
}

impl Kernel {
    /// Sets the limits of a container's processes.
    pub fn set_control_group(&mut self, container: Arc<str>, group: ControlGroup) {
        self.control_groups.insert(container, Arc::new(group));
    }

    /// Forgets the limits of a container that has stopped.
    pub fn remove_control_group(&mut self, container: &str) {
        self.control_groups.remove(container);
    }

    /// The limits of a container's processes.
    pub fn control_group(&self, container: &str) -> Option<&ControlGroup> {
        self.control_groups.get(container).map(|group| &**group)
    }

    /// How many processors a process of this container can run on.
    pub fn cpus_of(&self, container: Option<&str>) -> u32 {
        let group = container.and_then(|container| self.control_group(container));
        group.map_or(self.cpus, |group| group.cpu_count.min(self.cpus))
    }

    /// How long a process of this container is at work for so much processor time: longer under a quota, which its busy
    /// processes share, and longer when other containers want the processors too, by shares.
    pub(super) fn stretched(&self, container: Option<&Arc<str>>, time: Duration) -> Duration {
        let Some((container, group)) = container.and_then(|id| Some((id, self.control_group(id)?))) else {
            return time;
        };
        let own = f64::from(self.busy.get(container).copied().unwrap_or(0).max(1));
        let all = f64::from(self.cpus);
        let mut speed = f64::from(self.cpus_of(Some(container)));
        if let Some(quota) = group.quota {
            speed = speed.min(quota as f64 / group.period as f64);
        }
        let rivals = self.busy.iter().filter(|(id, _)| *id != container);
        let (wanted, weight) = rivals.fold((0.0, 0.0), |(wanted, weight), (id, count)| {
            let shares = self.control_group(id).map_or(SHARES, |group| group.shares);
            (wanted + f64::from(*count), weight + shares as f64)
        });
        if weight > 0.0 {
            // What others cannot use is there for everybody.
            let part = all * group.shares as f64 / (group.shares as f64 + weight);
            speed = speed.min(part.max(all - wanted));
        }
        time.div_f64((speed / own).clamp(0.001, 1.0))
    }

    /// Counts a process among those of its container that want a processor, or no longer.
    pub(super) fn set_busy(&mut self, pid: Pid, busy: bool) {
        let Some(process) = self.process_mut(pid).filter(|process| process.busy != busy) else { return };
        process.busy = busy;
        let Some(container) = process.container.clone() else { return };
        let count = self.busy.get(&container).copied().unwrap_or(0);
        match if busy { count + 1 } else { count.saturating_sub(1) } {
            0 => self.busy.remove(&container),
            count => self.busy.insert(container, count),
        };
    }
}
