//! `docker exec`: a further process in the namespaces of a container that runs.
//!
//! Promises: refusals of the runtime are written where the exec's output goes, with the exit code 126 or 127, as in Docker; the
//! processes end with the container. Must not know: what a health check makes of the result.

use std::sync::Arc;

use super::api::{ApiError, ExecConfig, Response};
use super::container::{Container, Status};
use super::launch::{self, Launch};
use super::logs;
use super::start::Streams;
use super::stop::{not_running, restarting};
use super::user::{self, User};
use super::{Answer, Daemon};
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::process::capabilities::CapabilitySet;
use crate::world::process::descriptor::{OpenFileId, PipeId, SinkId, Stream};
use crate::world::process::{ExitStatus, Kernel, Pid};

/// Execs that ended and are remembered, for one container.
const REMEMBERED: usize = 32;

/// An exec.
#[derive(Clone, Debug)]
pub struct Exec {
    /// 64 hexadecimal digits.
    pub id: Arc<str>,
    /// The container's full ID.
    pub container: Arc<str>,
    pub config: ExecConfig,
    pub pid: Option<Pid>,
    pub exit_code: Option<i32>,
    pub sink: SinkId,
    pub input: Option<PipeId>,
    pub input_end: Option<OpenFileId>,
    /// When it began, if it is a health probe.
    pub probe: Option<Time>,
}

impl Exec {
    /// The command as the event log writes it: every word followed by a space.
    fn words(&self) -> String {
        match self.config.command.as_slice() {
            [first, rest @ ..] => format!("{first} {}", rest.join(" ")),
            [] => String::new(),
        }
    }
}

/// Whether something can be run in the container now.
pub(super) fn check_running(container: &Container, name: &str) -> Result<(), ApiError> {
    let id = &container.id;
    match container.state.status {
        Status::Running => Ok(()),
        Status::Paused => {
            Err(ApiError::conflict(format!("Container {name} is paused, unpause the container before exec")))
        }
        Status::Restarting => Err(restarting(id)),
        _ => Err(not_running(id)),
    }
}

impl Daemon {
    /// `POST /containers/{id}/exec`.
    ///
    /// # Errors
    /// 404, 409 when it does not run, 400 without a command.
    pub(super) fn exec_create(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        name: &str,
        config: ExecConfig,
    ) -> Answer {
        let container = self.find(name)?.clone();
        check_running(&container, name)?;
        if config.command.is_empty() {
            return Err(ApiError::invalid("No exec command specified"));
        }
        let id = self.make_exec(kernel, context, &container, config, None);
        Ok(Response::Created { id: id.to_string(), warnings: Vec::new() })
    }

    pub(super) fn make_exec(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        container: &Container,
        config: ExecConfig,
        probe: Option<Time>,
    ) -> Arc<str> {
        let id: Arc<str> = context.random.id().into();
        let (sink, container_id) = (kernel.create_sink(), container.id.clone());
        let exec = Exec {
            id: id.clone(),
            container: container_id.clone(),
            config,
            pid: None,
            exit_code: None,
            sink,
            input: None,
            input_end: None,
            probe,
        };
        let words = exec.words();
        self.execs.insert(id.clone(), Arc::new(exec));
        let known = self.execs_of.entry(container_id).or_default();
        known.push_back(id.clone());
        let oldest = if known.len() > REMEMBERED { known.iter().position(|known| *known != id) } else { None };
        let oldest = oldest.map(|at| known.remove(at));
        if let Some(oldest) = oldest {
            match self.execs.get(&oldest).cloned() {
                Some(exec) if exec.exit_code.is_some() => {
                    self.execs.remove(&oldest);
                    kernel.remove_sink(exec.sink);
                }
                // One that runs is not forgotten: it goes to the end of the list.
                Some(exec) => self.execs_of.entry(exec.container.clone()).or_default().push_back(oldest),
                None => {}
            }
        }
        self.note_container(context, container, format!("exec_create: {words}"), &[("execID", id.to_string())]);
        id
    }

    /// `POST /exec/{id}/start`.
    ///
    /// # Errors
    /// 404, 409 when it has begun or its container does not run; the runtime's refusal when nobody is attached to read it.
    pub(super) fn exec_start(&mut self, kernel: &mut Kernel, context: &mut Context, id: &str) -> Answer {
        let exec = self.exec(id)?.clone();
        if exec.pid.is_some() || exec.exit_code.is_some() {
            return Err(ApiError::conflict(format!("exec {id} has already been run")));
        }
        let container = self.find(&exec.container)?.clone();
        check_running(&container, &container.id)?;
        let Some(namespaces) = container.namespaces else { return Err(not_running(&container.id)) };
        self.note_container(context, &container, format!("exec_start: {}", exec.words()), &[("execID", id.to_owned())]);
        let who = {
            let text = if exec.config.user.is_empty() { &container.config.run.user } else { &exec.config.user };
            match kernel.union(container.root) {
                Some(root) => user::of_container(root, text, &container.host_config)?,
                None => return Err(not_running(&container.id)),
            }
        };
        let who = match exec.config.privileged {
            true => User { credentials: who.credentials.bounded(CapabilitySet::ALL), ..who },
            false => who,
        };
        let directory = match exec.config.working_directory.as_str() {
            "" if container.config.run.working_dir.is_empty() => "/".to_owned(),
            "" => container.config.run.working_dir.clone(),
            directory => directory.to_owned(),
        };
        let environment = launch::environment(
            &container,
            &who.home,
            exec.config.tty,
            &self.link_variables(&container),
            &exec.config.environment,
        );
        let launch = Launch {
            namespaces,
            container: container.id.clone(),
            user: who,
            directory,
            command: exec.config.command.clone(),
            environment,
            terminal: exec.config.tty,
            init: false,
            limits: launch::limits(&container),
            oom_score: i32::try_from(container.host_config.out_of_memory_score).unwrap_or_default(),
        };
        let prepared = match launch.prepare(kernel, context) {
            Ok(prepared) => prepared,
            Err(why) => {
                let why = match why.as_str() {
                    // runc looks at it before it begins.
                    launch::RELATIVE => format!("OCI runtime exec failed: exec failed: {why}"),
                    why => format!("OCI runtime exec failed: exec failed: unable to start container process: {why}"),
                };
                let (why, code) = launch::judged(&why);
                if let Some(exec) = self.execs.get_mut(id).map(Arc::make_mut) {
                    exec.exit_code = Some(code);
                }
                if exec.config.detach {
                    return Err(ApiError::invalid(why));
                }
                kernel.write_sink(exec.sink, context.now, Stream::Stdout, format!("{why}\r\n").as_bytes());
                return Ok(Response::Done);
            }
        };
        let streams = Streams::open(kernel, exec.sink, exec.config.tty, exec.config.stdin);
        let pid = prepared
            .begin(kernel, context, streams.descriptors)
            .map_err(|errno| ApiError::failed(errno.to_string()))?;
        self.exec_processes.insert(pid, exec.id.clone());
        if let Some(exec) = self.execs.get_mut(id).map(Arc::make_mut) {
            exec.pid = Some(pid);
            exec.input = streams.input;
            exec.input_end = streams.end;
        }
        self.change(&container.id, |container| container.execs.push(exec.id.to_string()));
        Ok(Response::Done)
    }

    pub(super) fn exec_ended(&mut self, kernel: &mut Kernel, context: &mut Context, id: &Arc<str>, status: ExitStatus) {
        let Some(exec) = self.execs.get_mut(id).map(Arc::make_mut) else { return };
        exec.exit_code = Some(status.code());
        exec.input = None;
        if let Some(end) = exec.input_end.take() {
            kernel.release(end);
        }
        let exec = exec.clone();
        self.change(&exec.container, |container| container.execs.retain(|known| **known != *exec.id));
        if let Some(container) = self.containers.get(&exec.container).cloned() {
            let told = [("execID", exec.id.to_string()), ("exitCode", status.code().to_string())];
            self.note_container(context, &container, "exec_die", &told);
        }
        if exec.probe.is_some() {
            self.probe_ended(kernel, context, &exec, status.code(), None);
        }
    }

    fn exec(&self, id: &str) -> Result<&Arc<Exec>, ApiError> {
        self.execs.get(id).ok_or_else(|| ApiError::not_found(format!("No such exec instance: {id}")))
    }

    /// What an attached client is to show next.
    ///
    /// # Errors
    /// 404.
    pub(super) fn exec_output(&self, kernel: &Kernel, id: &str, from: u64) -> Answer {
        let exec = self.exec(id)?;
        let mut output = logs::output(kernel, exec.sink, from);
        output.finished = exec.exit_code.is_some();
        output.tty = exec.config.tty;
        output.awaits_input = exec.input.is_some_and(|pipe| kernel.pipe_is_awaited(pipe));
        Ok(Response::Output(output))
    }

    /// Bytes for an exec's standard input.
    ///
    /// # Errors
    /// 404.
    pub(super) fn exec_input(&self, kernel: &mut Kernel, id: &str, bytes: &[u8]) -> Answer {
        if let Some(pipe) = self.exec(id)?.input {
            logs::write_all(kernel, pipe, bytes);
        }
        Ok(Response::Done)
    }

    /// The end of an exec's standard input.
    ///
    /// # Errors
    /// 404.
    pub(super) fn exec_close_input(&mut self, kernel: &mut Kernel, id: &str) -> Answer {
        self.exec(id)?;
        let end = self.execs.get_mut(id).map(Arc::make_mut).and_then(|exec| exec.input_end.take());
        if let Some(end) = end {
            kernel.release(end);
        }
        Ok(Response::Done)
    }

    /// `GET /exec/{id}/json`.
    ///
    /// # Errors
    /// 404.
    pub(super) fn exec_inspect(&self, id: &str) -> Answer {
        let exec = self.exec(id)?;
        let running = exec.pid.is_some() && exec.exit_code.is_none();
        Ok(Response::Exec { running, exit_code: exec.exit_code, pid: exec.pid.map_or(0, |pid| pid.0) })
    }
}
