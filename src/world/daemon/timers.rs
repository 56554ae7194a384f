//! What the daemon must do at a moment: kill what did not stop, start again, probe.
//!
//! Promises: the next moment is found at once, however many containers there are.

use std::sync::Arc;

use super::Daemon;
use crate::world::clock::Time;

/// What is due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// The time that `docker stop` gave has passed.
    Kill(Arc<str>),
    /// A restart policy's delay has passed.
    Restart(Arc<str>),
    /// A health probe is to be run.
    Probe(Arc<str>),
    /// A health probe has run too long; the exec's ID.
    ProbeTimeout(Arc<str>),
}

impl Daemon {
    /// Replaces the moment of something that is due; `None` takes it away.
    pub(super) fn set_timer(&mut self, due: Due, before: Option<Time>, at: Option<Time>) {
        if let Some(before) = before {
            self.timers.remove(&(before, due.clone()));
        }
        if let Some(at) = at {
            self.timers.insert((at, due));
        }
    }

    /// Takes what is due at `now`.
    pub(super) fn take_due(&mut self, now: Time) -> Option<Due> {
        let first = self.timers.get_min().filter(|(at, _)| *at <= now)?.clone();
        self.timers.remove(&first);
        Some(first.1)
    }

    /// When a container's stop becomes a kill.
    pub(super) fn set_kill_at(&mut self, id: &Arc<str>, at: Option<Time>) {
        let before = self.change(id, |container| std::mem::replace(&mut container.kill_at, at));
        self.set_timer(Due::Kill(id.clone()), before.flatten(), at);
    }

    /// When a container is started again.
    pub(super) fn set_restart_at(&mut self, id: &Arc<str>, at: Option<Time>) {
        let before = self.change(id, |container| std::mem::replace(&mut container.restart_at, at));
        self.set_timer(Due::Restart(id.clone()), before.flatten(), at);
    }

    /// When a container's next health probe is due.
    pub(super) fn set_probe_at(&mut self, id: &Arc<str>, at: Option<Time>) {
        let before = self.change(id, |container| std::mem::replace(&mut container.probe_at, at));
        self.set_timer(Due::Probe(id.clone()), before.flatten(), at);
    }
}
