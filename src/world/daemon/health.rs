//! Health checks: a probe every so often, and what its results make of the container.
//!
//! Promises: the times, counts and words of moby's `daemon/health.go`. A health check restarts nothing.

use std::sync::Arc;
use std::time::Duration;

use super::Daemon;
use super::api::ExecConfig;
use super::container::{Container, HealthResult, Status};
use super::exec::Exec;
use super::timers::Due;
use crate::world::context::Context;
use crate::world::event::EventKind;
use crate::world::process::{Kernel, Signal};
use crate::world::registry::config::Healthcheck;

/// The time between probes, and how long one may take, when nobody says.
const INTERVAL: Duration = Duration::from_secs(30);
/// The time between probes during the start period, when nobody says.
const START_INTERVAL: Duration = Duration::from_secs(5);
/// Failures in a row that make a container unhealthy, when nobody says.
const RETRIES: u32 = 3;
/// How many results are kept.
const KEPT: usize = 5;
/// The most of a probe's output that is kept, in bytes.
const OUTPUT: usize = 4096;

/// Whether there is anything to probe.
pub(super) fn is_on(check: &Healthcheck) -> bool {
    check.test.first().is_some_and(|kind| kind != "NONE")
}

fn or(time: Duration, default: Duration) -> Duration {
    if time.is_zero() { default } else { time }
}

/// Whether failures do not count yet.
fn is_starting(container: &Container, check: &Healthcheck, context: &Context) -> bool {
    let starting = container.state.health.as_ref().is_some_and(|health| health.status == "starting");
    starting && container.state.started.is_some_and(|started| context.now.since(started) < check.start_period)
}

impl Daemon {
    /// Sets the time of a container's first probe.
    pub(super) fn schedule_first_probe(&mut self, context: &Context, container: &Container) {
        if container.state.health.is_some() {
            self.schedule_probe(context, container);
        }
    }

    fn schedule_probe(&mut self, context: &Context, container: &Container) {
        let Some(check) = &container.config.run.healthcheck else { return };
        let interval = match is_starting(container, check, context) {
            true => or(check.start_interval, START_INTERVAL).min(or(check.interval, INTERVAL)),
            false => or(check.interval, INTERVAL),
        };
        self.set_probe_at(&container.id, Some(context.now + interval));
    }

    /// Runs a probe.
    pub(super) fn probe(&mut self, kernel: &mut Kernel, context: &mut Context, id: &Arc<str>) {
        let Some(container) = self.containers.get(id).cloned() else { return };
        let Some(check) = container.config.run.healthcheck.clone() else { return };
        if container.state.status == Status::Paused {
            // The Engine's probes wait while the container is frozen.
            self.schedule_probe(context, &container);
            return;
        }
        if container.state.status != Status::Running {
            return;
        }
        let command = match check.test.split_first() {
            Some((kind, words)) if kind == "CMD" => words.to_vec(),
            Some((_, words)) => {
                let shell = container.config.run.shell.clone().filter(|shell| !shell.is_empty());
                let mut command = shell.unwrap_or_else(|| vec!["/bin/sh".to_owned(), "-c".to_owned()]);
                command.extend(words.iter().cloned());
                command
            }
            None => return,
        };
        let config = ExecConfig { command, ..ExecConfig::default() };
        let exec = self.make_exec(kernel, context, &container, config, Some(context.now));
        let deadline = context.now + or(check.timeout, INTERVAL);
        let started = self.exec_start(kernel, context, &exec);
        let Some(run) = self.execs.get(&exec).cloned() else { return };
        match (started, run.exit_code) {
            (Err(error), _) => self.probe_ended(kernel, context, &run, -1, Some(error.message)),
            (Ok(_), Some(code)) => self.probe_ended(kernel, context, &run, code, None),
            (Ok(_), None) => self.set_timer(Due::ProbeTimeout(exec), None, Some(deadline)),
        }
    }

    /// Ends a probe that takes too long.
    pub(super) fn probe_timed_out(&mut self, kernel: &mut Kernel, context: &mut Context, exec: &Arc<str>) {
        let Some(run) = self.execs.get(exec).cloned() else { return };
        let Some(pid) = run.pid.filter(|_| run.exit_code.is_none()) else { return };
        self.exec_processes.remove(&pid);
        if let Some(exec) = self.execs.get_mut(exec).map(Arc::make_mut) {
            exec.exit_code = Some(-1);
        }
        self.change(&run.container, |container| container.execs.retain(|known| **known != *run.id));
        // It may be ending at this very moment.
        let _ = kernel.send(context, pid, Signal::KILL, None);
        let timeout =
            self.containers.get(&run.container).and_then(|c| c.config.run.healthcheck.as_ref()).map(|c| c.timeout);
        let timeout = or(timeout.unwrap_or_default(), INTERVAL);
        let text = format!("Health check exceeded timeout ({})", go_duration(timeout));
        self.probe_ended(kernel, context, &run, -1, Some(text));
    }

    /// Notes the result of a probe, and sets the time of the next.
    pub(super) fn probe_ended(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        exec: &Exec,
        code: i32,
        text: Option<String>,
    ) {
        let output = text.unwrap_or_else(|| {
            let pieces = super::logs::output(kernel, exec.sink, 0).pieces;
            let bytes: Vec<u8> = pieces.iter().flat_map(|piece| piece.bytes.iter().copied()).take(OUTPUT).collect();
            String::from_utf8_lossy(&bytes).into_owned()
        });
        self.execs.remove(&exec.id);
        if let Some(known) = self.execs_of.get_mut(&exec.container) {
            known.retain(|known| *known != exec.id);
        }
        kernel.remove_sink(exec.sink);
        let now = context.now;
        let Some(container) = self.containers.get(&exec.container).cloned() else { return };
        let Some(check) = container.config.run.healthcheck.clone() else { return };
        if !container.state.status.is_running() {
            return;
        }
        let forgiven = is_starting(&container, &check, context);
        let retries = if check.retries == 0 { RETRIES } else { check.retries };
        let result = HealthResult { start: exec.probe.unwrap_or(now), end: now, exit_code: code, output };
        let changed = self.change(&exec.container, |container| {
            let health = container.state.health.as_mut()?;
            let before = health.status;
            health.log.push(result);
            if health.log.len() > KEPT {
                health.log.remove(0);
            }
            match code {
                0 => {
                    health.failing_streak = 0;
                    health.status = "healthy";
                }
                _ if forgiven => {}
                _ => {
                    health.failing_streak += 1;
                    if health.failing_streak >= retries {
                        health.status = "unhealthy";
                    }
                }
            }
            (health.status != before).then_some(health.status)
        });
        if let Some(status) = changed.flatten() {
            context.emit(EventKind::HealthChanged { container: exec.container.clone(), status });
            self.note_container(context, &container, format!("health_status: {status}"), &[]);
        }
        if let Some(container) = self.containers.get(&exec.container).cloned() {
            self.schedule_probe(context, &container);
        }
    }
}

/// A duration as Go prints it, for whole seconds and milliseconds.
fn go_duration(time: Duration) -> String {
    let (minutes, seconds) = (time.as_secs() / 60, time.as_secs() % 60);
    match (time.subsec_millis(), minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m{seconds}s"),
        _ if time.as_secs() == 0 => format!("{}ms", time.as_millis()),
        _ => format!("{}s", time.as_secs_f64()),
    }
}
