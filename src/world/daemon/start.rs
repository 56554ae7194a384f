//! `POST /containers/{id}/start`: network, mounts, and the process that is PID 1 in its own namespace.
//!
//! Promises: a start that fails leaves the container as it was, with the reason and the exit code noted, as the Engine does
//! (moby `daemon/start.go`). Must not know: how it ends, which is `exit.rs`.

use std::sync::Arc;

use imbl::OrdMap;

use super::api::{ApiError, Response};
use super::container::{Container, Health, Status};
use super::launch::{self, Launch};
use super::{Answer, Daemon, cgroup, devices, log_options, user};
use crate::world::context::Context;
use crate::world::event::EventKind;
use crate::world::filesystem::entry::Device;
use crate::world::process::descriptor::{OpenFile, OpenFileId, PipeId, SinkId, Stream};
use crate::world::process::{Kernel, Namespaces};

/// The exit code of a container that could not be started for a reason of the engine's own (moby `exitUnknown`).
const FAILED: i32 = 128;

impl Daemon {
    /// Starts a container.
    ///
    /// # Errors
    /// 404; 409 when it is paused or being removed; the runtime's text when its program cannot be run.
    pub(super) fn container_start(&mut self, kernel: &mut Kernel, context: &mut Context, name: &str) -> Answer {
        let container = self.find(name)?;
        match container.state.status {
            Status::Paused => return Err(ApiError::conflict("cannot start a paused container, try unpause instead")),
            Status::Running | Status::Restarting => return Ok(Response::NotModified),
            Status::Removing | Status::Dead => {
                return Err(ApiError::conflict("container is marked for removal and cannot be started"));
            }
            Status::Created | Status::Exited => {}
        }
        let id = container.id.clone();
        self.change(&id, |container| {
            container.state.restart_count = 0;
            container.state.stopped_by_user = false;
            container.restart_delay = std::time::Duration::ZERO;
        });
        self.launch_container(kernel, context, &id)?;
        Ok(Response::Done)
    }

    /// Lets a container's process begin.
    ///
    /// # Errors
    /// The Engine's text; it is noted in the container too.
    pub(super) fn launch_container(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        id: &Arc<str>,
    ) -> Result<(), ApiError> {
        let mut opened = None;
        let endpoints = self.containers.get(id).map(|container| container.endpoints.clone()).unwrap_or_default();
        let result = self.try_launch(kernel, context, id, &mut opened);
        let Err(error) = result else { return Ok(()) };
        self.close_sandbox(kernel, context, id, opened);
        self.change(id, |container| container.endpoints = endpoints);
        // Only the runtime's refusals are judged; the engine's own have one code.
        let code = if error.message.contains("OCI runtime") { launch::judged(&error.message).1 } else { FAILED };
        let removes = self.change(id, |container| {
            container.state.error.clone_from(&error.message);
            container.state.exit_code = code;
            if container.state.status == Status::Restarting {
                container.state.status = Status::Exited;
            }
            container.host_config.auto_remove
        });
        if removes == Some(true) {
            self.erase(kernel, context, id, true);
        }
        Err(error)
    }

    fn try_launch(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        id: &Arc<str>,
        opened: &mut Option<Namespaces>,
    ) -> Result<(), ApiError> {
        if let Some(container) = self.containers.get(id).cloned() {
            self.note_volumes(context, &container, "mount");
        }
        let network = self.open_network(kernel, context, id)?;
        // From here on the network is closed again through these namespaces.
        let host = kernel.host;
        *opened = Some(Namespaces { network, ..host });
        let Some(container) = self.containers.get(id).cloned() else { return Ok(()) };
        let container = self.with_host_name(container);
        self.check_links(&container)?;
        devices::check(kernel, &container.host_config.resources)?;
        let pid = self.pid_namespace(kernel, &container)?;
        *opened = Some(Namespaces { network, pid, ..host });
        self.check_ipc(&container)?;
        let who = match kernel.union(container.root) {
            Some(root) => user::of_container(root, &container.config.run.user, &container.host_config)?,
            None => return Err(ApiError::failed("the container's file system is gone")),
        };
        let mount = self.open_mounts(kernel, context, &container)?;
        let namespaces = Namespaces { pid, mount, uts: Self::uts_namespace(kernel, &container), network };
        *opened = Some(namespaces);
        for (name, value) in &container.host_config.sysctls {
            kernel.set_setting(namespaces, name, value);
        }
        self.change(id, |container| container.has_files = true);
        let command: Vec<String> = std::iter::once(&container.path).chain(&container.arguments).cloned().collect();
        let directory =
            if container.config.run.working_dir.is_empty() { "/" } else { &container.config.run.working_dir };
        let links = self.link_variables(&container);
        let environment = launch::environment(&container, &who.home, container.config.tty, &links, &[]);
        let launch = Launch {
            namespaces,
            container: id.clone(),
            user: who,
            directory: directory.to_owned(),
            command,
            environment,
            terminal: container.config.tty,
            init: container.host_config.init == Some(true),
            limits: launch::limits(&container),
            oom_score: i32::try_from(container.host_config.out_of_memory_score).unwrap_or_default(),
        };
        log_options::check_values(&container.host_config.log)?;
        if let Some(key) = container.host_config.sysctls.keys().find(|key| key.starts_with("net."))
            && container.host_config.network_mode == "host"
        {
            return Err(ApiError::failed(format!(
                "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: \
                 sysctl \"{key}\" not allowed in host network namespace"
            )));
        }
        if let Some(why) = cgroup::refusal(&container) {
            return Err(launch::refused(&why));
        }
        let prepared = launch
            .prepare(kernel, context)
            .map_err(|why| launch::refused(&format!("error during container init: {why}")))?;
        let streams = Streams::open(kernel, container.sink, container.config.tty, container.config.open_stdin);
        self.change(id, |container| {
            container.input = streams.input;
            container.input_end = streams.end;
        });
        kernel.set_control_group(id.clone(), cgroup::group(&container, kernel.cpus));
        let pid = prepared
            .begin(kernel, context, streams.descriptors)
            .map_err(|errno| ApiError::failed(errno.to_string()))?;
        self.main_processes.insert(pid, id.clone());
        let now = context.now;
        let host_name = container.config.host_name.clone();
        let started = self.change(id, |container| {
            container.config.host_name = host_name;
            container.namespaces = Some(namespaces);
            let state = &mut container.state;
            // What was found before stays to be read.
            let probes = state.health.take().map(|health| health.log).unwrap_or_default();
            state.status = Status::Running;
            state.pid = Some(pid);
            state.exit_code = 0;
            state.error.clear();
            state.out_of_memory = false;
            state.started = Some(now);
            state.health =
                container.config.run.healthcheck.as_ref().filter(|check| super::health::is_on(check)).map(|_| Health {
                    status: "starting",
                    failing_streak: 0,
                    log: probes,
                });
            container.stopping = false;
            container.restart_when_stopped = false;
            container.clone()
        });
        if let Some(container) = started {
            self.note_container(context, &container, "start", &[]);
            context.emit(EventKind::ContainerStarted { container: id.clone() });
            self.schedule_first_probe(context, &container);
        }
        Ok(())
    }

    /// A container that shares another's network has its host name too.
    fn with_host_name(&self, container: Arc<Container>) -> Arc<Container> {
        let Some(other) = container.host_config.network_mode.strip_prefix("container:") else { return container };
        let Ok(other) = self.find(other) else { return container };
        let mut own = (*container).clone();
        own.config.host_name.clone_from(&other.config.host_name);
        Arc::new(own)
    }
}

/// Standard input, output and error of a process that the daemon starts.
#[derive(Debug)]
pub(super) struct Streams {
    pub descriptors: OrdMap<u32, OpenFileId>,
    /// Where its standard input comes from, and the daemon's end of it.
    pub input: Option<PipeId>,
    pub end: Option<OpenFileId>,
}

impl Streams {
    /// Opens them: a terminal, or separate streams with `/dev/null` as input unless one is kept open.
    pub fn open(kernel: &mut Kernel, sink: SinkId, terminal: bool, keeps_input: bool) -> Streams {
        let (mut input, mut end) = (None, None);
        let first = if terminal || keeps_input {
            let pipe = kernel.create_pipe();
            end = Some(kernel.add_open_file(OpenFile::PipeWriter(pipe)));
            input = Some(pipe);
            OpenFile::Source { pipe, terminal }
        } else {
            OpenFile::Device(Device::Null)
        };
        let error = if terminal { Stream::Stdout } else { Stream::Stderr };
        let descriptors = [
            (0_u32, kernel.add_open_file(first)),
            (1, kernel.add_open_file(OpenFile::Sink { sink, stream: Stream::Stdout, terminal })),
            (2, kernel.add_open_file(OpenFile::Sink { sink, stream: error, terminal })),
        ];
        Streams { descriptors: descriptors.into_iter().collect(), input, end }
    }
}
