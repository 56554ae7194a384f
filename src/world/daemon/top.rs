//! `docker top` and `docker stats`: a container's processes and what they use.
//!
//! Promises: numbers are the kernel's, as the host sees them.

use serde_json::{Value, json};

use super::api::{ApiError, Response};
use super::container::{Container, Status};
use super::stop::{not_running, restarting};
use super::{Answer, Daemon};
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::process::kernel::ProcessState;
use crate::world::process::{Kernel, Pid, Process};

/// The columns of `ps -ef`, which is what `docker top` runs.
const FULL: [&str; 8] = ["user", "pid", "ppid", "c", "stime", "tty", "time", "args"];
/// The columns of `ps aux`.
const BSD: [&str; 11] = ["user", "pid", "pcpu", "pmem", "vsz", "rss", "tty", "stat", "start", "time", "args"];

/// The columns that arguments of `ps` ask for.
fn columns(arguments: &[String]) -> Result<Vec<String>, ApiError> {
    let own = |columns: &[&str]| columns.iter().map(|column| (*column).to_owned()).collect();
    let mut chosen: Vec<String> = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let list = match argument.as_str() {
            "-o" | "o" => rest.next().map(String::as_str),
            other => other.strip_prefix("-eo").or_else(|| other.strip_prefix("-o")),
        };
        match list {
            Some("") => chosen.extend(rest.next().into_iter().flat_map(|list| split(list))),
            Some(list) => chosen.extend(split(list)),
            None if argument.contains('u') && !argument.starts_with('-') => return Ok(own(&BSD)),
            None => {}
        }
    }
    if chosen.is_empty() {
        return Ok(own(&FULL));
    }
    if !chosen.iter().any(|column| column == "pid") {
        return Err(ApiError::failed("Couldn't find PID field in ps output"));
    }
    Ok(chosen)
}

fn split(list: &str) -> Vec<String> {
    list.split([',', ' ']).filter(|column| !column.is_empty()).map(str::to_owned).collect()
}

/// A column's title in `ps`.
fn title(column: &str, is_full: bool) -> String {
    match column {
        "user" | "uname" if is_full => "UID".to_owned(),
        "args" | "cmd" if is_full => "CMD".to_owned(),
        "args" | "command" | "comm" => "COMMAND".to_owned(),
        "cmd" => "CMD".to_owned(),
        "pcpu" | "%cpu" => "%CPU".to_owned(),
        "pmem" | "%mem" => "%MEM".to_owned(),
        "tty" | "tname" | "tt" => "TTY".to_owned(),
        "etime" => "ELAPSED".to_owned(),
        other => other.to_uppercase(),
    }
}

fn clock(time: std::time::Duration) -> String {
    let seconds = time.as_secs();
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn cell(process: &Process, column: &str, now: Time) -> String {
    let age = now.since(process.started);
    match column {
        "user" | "uid" | "uname" | "euser" if column == "uid" || process.credentials.uid != 0 => {
            process.credentials.uid.to_string()
        }
        "user" | "uname" | "euser" => "root".to_owned(),
        "pid" => process.pid.to_string(),
        // The parent of a container's first process is its shim, whose number comes just before (see `Kernel::begin`).
        "ppid" if process.parent == Pid::KERNEL => Pid(process.pid.0.saturating_sub(1)).to_string(),
        "ppid" => process.parent.to_string(),
        "pgid" | "pgrp" => process.group.to_string(),
        "c" => "0".to_owned(),
        "stime" | "start" => process.started.timestamp().to_string().get(11..16).unwrap_or_default().to_owned(),
        "tty" | "tname" | "tt" => if process.terminal { "pts/0" } else { "?" }.to_owned(),
        "time" | "cputime" => clock(process.cpu),
        "etime" => clock(age),
        "comm" | "ucmd" => process.name.to_string(),
        "args" | "cmd" | "command" => process.arguments.join(" "),
        "rss" | "rssize" => (process.memory / 1024).to_string(),
        "vsz" => (process.memory / 1024).to_string(),
        "pcpu" | "%cpu" => {
            let share = if age.is_zero() { 0.0 } else { process.cpu.as_secs_f64() / age.as_secs_f64() };
            format!("{:.1}", share * 100.0)
        }
        "pmem" | "%mem" => "0.0".to_owned(),
        "stat" | "s" | "state" => match process.state {
            ProcessState::Runnable => "R",
            ProcessState::Waiting => "S",
            ProcessState::Stopped => "T",
            ProcessState::Zombie(_) => "Z",
        }
        .to_owned(),
        _ => "-".to_owned(),
    }
}

impl Daemon {
    /// `GET /containers/{id}/top`.
    ///
    /// # Errors
    /// 404, 409 when it does not run, 500 when `ps` would not say the PID.
    pub(super) fn container_top(
        &mut self,
        kernel: &Kernel,
        context: &Context,
        name: &str,
        arguments: &[String],
    ) -> Answer {
        let now = context.now;
        let container = self.find(name)?.clone();
        match container.state.status {
            Status::Running | Status::Paused => {}
            Status::Restarting => return Err(restarting(&container.id)),
            _ => return Err(not_running(&container.id)),
        }
        let columns = columns(arguments)?;
        self.note_container(context, &container, "top", &[]);
        let is_full = columns == FULL;
        let titles = columns.iter().map(|column| title(column, is_full)).collect();
        let processes = kernel.processes_of(&container.id);
        let processes =
            processes.map(|process| columns.iter().map(|column| cell(process, column, now)).collect()).collect();
        Ok(Response::Top { titles, processes })
    }

    /// `GET /containers/{id}/stats`: one sample, in the API's form. Processor time is that since the container's start.
    ///
    /// # Errors
    /// 404.
    pub(super) fn container_stats(&self, kernel: &Kernel, now: Time, name: &str) -> Answer {
        let container = self.find(name)?;
        let id = &*container.id;
        let label = format!("/{}", container.name);
        if !container.state.status.is_running() {
            return Ok(Response::Object(Box::new(json!({
                "name": label,
                "id": id,
                "read": "0001-01-01T00:00:00Z",
                "pids_stats": {},
                "cpu_stats": {"cpu_usage": {"total_usage": 0}, "system_cpu_usage": 0, "online_cpus": 0},
                "precpu_stats": {"cpu_usage": {"total_usage": 0}, "system_cpu_usage": 0},
                "memory_stats": {},
                "networks": {},
            }))));
        }
        let (mut pids, mut memory, mut cpu) = (0_u64, 0_u64, std::time::Duration::ZERO);
        for process in kernel.processes_of(id) {
            pids += 1;
            memory += process.memory;
            cpu += process.cpu;
        }
        let ran = container.state.started.map_or(std::time::Duration::ZERO, |started| now.since(started));
        let system = nanoseconds(ran).saturating_mul(u64::from(kernel.cpus));
        Ok(Response::Object(Box::new(json!({
            "name": label,
            "id": id,
            "read": now.to_string(),
            "pids_stats": {"current": pids},
            "cpu_stats": {
                "cpu_usage": {"total_usage": nanoseconds(cpu)},
                "system_cpu_usage": system,
                "online_cpus": kernel.cpus,
            },
            "precpu_stats": {"cpu_usage": {"total_usage": 0}, "system_cpu_usage": 0},
            "memory_stats": {"usage": memory, "limit": limit(container, kernel)},
            "blkio_stats": {"io_service_bytes_recursive": null},
            "networks": networks(container),
        }))))
    }
}

fn nanoseconds(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// What a container may use: its limit, else all the machine has.
fn limit(container: &Container, kernel: &Kernel) -> u64 {
    u64::try_from(container.host_config.resources.memory).ok().filter(|limit| *limit > 0).unwrap_or(kernel.memory)
}

/// The counters of its interfaces. Bytes on the wire are not modelled: they stay 0.
fn networks(container: &Container) -> Value {
    let endpoints = container.endpoints.values().filter(|endpoint| endpoint.address.is_some());
    let interfaces =
        endpoints.enumerate().map(|(number, _)| (format!("eth{number}"), json!({"rx_bytes": 0, "tx_bytes": 0})));
    Value::Object(interfaces.collect())
}
