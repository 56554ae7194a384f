//! What follows when a container's process ends: its state, its restart policy, its removal.
//!
//! Promises: the order of moby's `daemon/monitor.go` and `restartmanager`: networks are left, the death is told, and then it is
//! started again, removed, or left as it is.

use std::sync::Arc;
use std::time::Duration;

use super::Daemon;
use super::container::{Container, Status};
use super::timers::Due;
use crate::world::context::Context;
use crate::world::event::EventKind;
use crate::world::process::kernel::Ended;
use crate::world::process::{ExitStatus, Kernel};

/// The delay before the first restart.
const DELAY_FIRST: Duration = Duration::from_millis(100);
/// The longest delay.
const DELAY_LONGEST: Duration = Duration::from_secs(60);
/// A run as long as this starts the delays anew.
const DELAY_RESET: Duration = Duration::from_secs(10);

impl Daemon {
    /// Looks at processes that ended. True when one of them was the engine's.
    pub(super) fn settle(&mut self, kernel: &mut Kernel, context: &mut Context) -> bool {
        let mut worked = false;
        loop {
            let ended = kernel.take_ended();
            if ended.is_empty() {
                return worked;
            }
            for Ended { pid, status, .. } in ended {
                if let Some(id) = self.main_processes.remove(&pid) {
                    self.container_ended(kernel, context, &id, status);
                    worked = true;
                } else if let Some(exec) = self.exec_processes.remove(&pid) {
                    self.exec_ended(kernel, context, &exec, status);
                    worked = true;
                }
            }
        }
    }

    fn container_ended(&mut self, kernel: &mut Kernel, context: &mut Context, id: &Arc<str>, status: ExitStatus) {
        let Some(container) = self.containers.get(id).cloned() else { return };
        kernel.freeze(id, false);
        self.set_kill_at(id, None);
        self.set_probe_at(id, None);
        self.close_sandbox(kernel, context, id, container.namespaces);
        let code = status.code();
        let now = context.now;
        let ran = container.state.started.map_or(Duration::ZERO, |started| now.since(started));
        let restart = restart_delay(&container, code, ran);
        self.change(id, |container| {
            let state = &mut container.state;
            state.status = if restart.is_some() { Status::Restarting } else { Status::Exited };
            state.pid = None;
            state.exit_code = code;
            state.finished = Some(now);
            state.exits += 1;
            state.restart_count += u32::from(restart.is_some());
            if let Some(health) = &mut state.health {
                health.status = "unhealthy";
            }
            container.stopping = false;
            container.execs.clear();
            if let Some(delay) = restart {
                container.restart_delay = delay;
            }
        });
        context.emit(EventKind::ContainerDied { container: id.clone(), status });
        let told = [("execDuration", ran.as_secs().to_string()), ("exitCode", code.to_string())];
        if container.state.out_of_memory {
            self.note_container(context, &container, "oom", &[]);
        }
        // Whoever waits for the stop hears of it before the engine has written the end down.
        if container.stopping {
            self.note_container(context, &container, "stop", &[]);
        }
        self.note_container(context, &container, "die", &told);
        if container.restart_when_stopped {
            self.change(id, |container| {
                container.restart_when_stopped = false;
                container.state.stopped_by_user = false;
            });
            // A failure is noted in the container; whoever asked for the restart sees it there.
            if self.launch_container(kernel, context, id).is_ok() {
                self.note_container(context, &container, "restart", &[]);
            }
        } else if let Some(delay) = restart {
            let attempt = container.state.restart_count + 1;
            context.emit(EventKind::ContainerRestarting { container: id.clone(), attempt });
            self.set_restart_at(id, Some(now + delay + super::latency::START));
        } else if container.host_config.auto_remove {
            self.erase(kernel, context, id, true);
        }
    }

    /// Does what is due now. True when there was something.
    pub(super) fn do_due(&mut self, kernel: &mut Kernel, context: &mut Context) -> bool {
        let mut worked = false;
        while let Some(due) = self.take_due(context.now) {
            worked = true;
            match due {
                Due::Kill(id) => {
                    self.change(&id, |container| container.kill_at = None);
                    self.kill_now(kernel, context, &id);
                }
                Due::Restart(id) => {
                    self.change(&id, |container| container.restart_at = None);
                    let waits = self.containers.get(&id).is_some_and(|c| c.state.status == Status::Restarting);
                    if waits {
                        // What went wrong is noted in the container; the policy gives up, as the Engine's does.
                        let _ = self.launch_container(kernel, context, &id);
                    }
                }
                Due::Probe(id) => {
                    self.change(&id, |container| container.probe_at = None);
                    self.probe(kernel, context, &id);
                }
                Due::ProbeTimeout(exec) => self.probe_timed_out(kernel, context, &exec),
            }
            self.settle(kernel, context);
        }
        worked
    }
}

/// How long to wait before a container that ended is started again; `None` leaves it (moby `restartmanager.ShouldRestart`).
fn restart_delay(container: &Container, code: i32, ran: Duration) -> Option<Duration> {
    if container.state.stopped_by_user || container.restart_when_stopped {
        return None;
    }
    let policy = &container.host_config.restart_policy;
    let restarts = match policy.name.as_str() {
        "always" | "unless-stopped" => true,
        "on-failure" => {
            code != 0
                && (policy.maximum_retries == 0 || i64::from(container.state.restart_count) < policy.maximum_retries)
        }
        _ => false,
    };
    let before = if ran >= DELAY_RESET { Duration::ZERO } else { container.restart_delay };
    let delay = if before.is_zero() { DELAY_FIRST } else { (before * 2).min(DELAY_LONGEST) };
    restarts.then_some(delay)
}
