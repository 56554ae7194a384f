//! One Docker Engine: what it keeps, and how it answers a request.
//!
//! Promises: a request is checked whole before anything changes; a refusal changes nothing. What it does, it does
//! through the kernel of its machine, and tells as events.
//! Must not know: the client, the screen. Each kind of thing the engine manages has its own file.
//! Start reading at [`api`], then [`Daemon::request`].

pub mod api;
mod archive;
mod blob_sources;
pub mod build;
mod cgroup;
mod check;
mod check_resources;
mod commit;
pub mod container;
#[cfg(test)]
mod container_tests;
mod create;
mod devices;
mod events;
pub mod exec;
mod exit;
mod find;
pub mod glob;
mod health;
mod host_config;
mod image_archive;
mod image_history;
mod image_inspect;
mod image_list;
mod image_remove;
pub mod image_store;
mod image_tag;
#[cfg(test)]
mod image_tests;
mod init;
mod inspect;
mod inspect_host;
mod ipam;
pub mod jobs;
mod latency;
mod launch;
mod links;
pub mod list;
mod log_options;
mod logs;
mod mount_points;
mod names;
mod namespaces;
pub mod network;
mod network_requests;
mod pattern;
mod pool;
mod ports;
mod pull;
mod push;
pub mod reference;
mod registry_words;
mod remove;
mod resolv_conf;
mod route;
mod sandbox;
mod security;
mod start;
mod stop;
mod system;
mod timers;
mod tmpfs;
mod top;
mod tree;
mod update;
mod user;
pub mod volume;
mod wait;
pub mod wire;

use std::sync::Arc;
use std::time::Duration;

use imbl::{OrdMap, OrdSet, Vector};

use self::api::{ApiError, EngineEvent, Request, Response};
use self::blob_sources::BlobSources;
use self::build::cache::BuildCache;
use self::container::Container;
use self::exec::Exec;
use self::image_store::ImageStore;
use self::jobs::Jobs;
use self::network::Network;
use self::ports::{Allocation, PortRange};
use self::sandbox::Templates;
use self::timers::Due;
use self::volume::Volume;
use self::wire::Body;
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::digest::Digest;
use crate::world::event::EventKind;
use crate::world::filesystem::layer::Layer;
use crate::world::process::{Kernel, Pid};

/// The most that a refusal takes: it is known before anything is done.
const REFUSAL: Duration = Duration::from_millis(5);

/// What a request comes to.
pub type Answer = Result<Response, ApiError>;

/// The state of an engine.
#[derive(Clone, Debug, Default)]
pub struct Daemon {
    /// By full ID.
    pub containers: OrdMap<Arc<str>, Arc<Container>>,
    pub images: ImageStore,
    /// Pulls, pushes and builds.
    pub jobs: Jobs,
    /// Where the blobs of layers are.
    blob_sources: BlobSources,
    /// By name.
    pub volumes: OrdMap<Arc<str>, Arc<Volume>>,
    /// By name.
    pub networks: OrdMap<Arc<str>, Arc<Network>>,
    /// By ID.
    pub execs: OrdMap<Arc<str>, Arc<Exec>>,
    pub build_cache: BuildCache,
    /// `docker events`: oldest first.
    pub events: Vector<EngineEvent>,
    /// Container names without their slash → full ID.
    names: OrdMap<Arc<str>, Arc<str>>,
    /// The execs of each container, oldest first.
    execs_of: OrdMap<Arc<str>, Vector<Arc<str>>>,
    /// Containers that have links to others.
    linking: OrdSet<Arc<str>>,
    /// PID 1 of each container that runs.
    main_processes: OrdMap<Pid, Arc<str>>,
    exec_processes: OrdMap<Pid, Arc<str>>,
    /// Ports of the host that containers have.
    ports: OrdMap<Allocation, Arc<str>>,
    /// The port that was given last from each range.
    port_ranges: OrdMap<PortRange, u16>,
    timers: OrdSet<(Time, Due)>,
    /// The layers of containers' roots, by image: the image's and the init layer.
    stacks: OrdMap<Digest, Arc<[Arc<Layer>]>>,
    templates: Option<Templates>,
    /// Containers that were just removed, oldest first.
    gone: Vector<Arc<Container>>,
}

impl Daemon {
    /// Answers a request, and says how long the answer took.
    ///
    /// # Errors
    /// As the Engine API: a status and Docker's own text.
    pub fn request(&mut self, kernel: &mut Kernel, context: &mut Context, request: Request) -> (Answer, Duration) {
        self.ensure_networks(kernel, context);
        self.templates.get_or_insert_with(|| Templates::new(kernel));
        self.tend(kernel, context);
        let (latency, route, changes) = (latency::of(&request), route::of(&request), route::changes(&request));
        let sent = route.map(|route| (route, Body::of(&request)));
        let answer = self.answer(kernel, context, request);
        self.settle(kernel, context);
        if let Some(((method, path), body)) = sent {
            let status = match &answer {
                Ok(Response::NotModified) => 304,
                Ok(Response::Created { .. }) => 201,
                Ok(Response::Done) => 204,
                Ok(_) => 200,
                Err(error) => error.status,
            };
            let told = wire::answer(&answer);
            context.emit(EventKind::ApiRequest { method, path, body, status, answer: told.into() });
        }
        if changes && answer.is_ok() {
            kernel.wake_engine();
        }
        let latency = if answer.is_ok() { latency } else { latency.min(REFUSAL) };
        (answer, latency)
    }

    fn answer(&mut self, kernel: &mut Kernel, context: &mut Context, request: Request) -> Answer {
        let now = context.now;
        match request {
            Request::Version => self.version(kernel),
            Request::Info => self.info(kernel),
            Request::DiskUsage => self.disk_usage(kernel),
            Request::Events { since, until, filters } => self.event_list(now, since, until, &filters),

            Request::RegistryLogin { server, credentials } => Self::registry_login(context, &server, &credentials),

            Request::ImagePull(pull) => self.image_pull(kernel, context, *pull),
            Request::ImagePush(push) => self.image_push(kernel, context, *push),
            Request::ImageList { all, filters } => self.image_list(context, all, &filters),
            Request::ImageInspect { name, platform } => self.image_inspect(kernel, &name, platform.as_deref()),
            Request::ImageHistory { name, platform } => self.image_history(kernel, &name, platform.as_deref()),
            Request::ImageTag { source, target } => self.image_tag(context, &source, &target),
            Request::ImageRemove { name, force, prune, platforms } => {
                self.image_remove(kernel, context, &name, force, prune, &platforms)
            }
            Request::ImagePrune { filters } => self.image_prune(context, &filters),
            Request::ImageBuild(build) => self.image_build(kernel, context, build),
            Request::BuildCacheList => Ok(Response::BuildRecords(self.build_cache.records(&self.images.chains()))),
            Request::BuildCachePrune { all, filters } => {
                let until = list::until(&filters, context.now)?;
                Ok(Response::BuildRecords(self.build_cache.prune(all, until, &self.images.chains())))
            }
            Request::ImageSave { names, platform } => self.image_save(kernel, context, &names, platform.as_deref()),
            Request::ImageLoad { archive, platform } => self.image_load(kernel, context, &archive, platform.as_deref()),
            Request::ImageImport(import) => self.image_import(kernel, context, *import),
            Request::JobRead { job, from } => self.job_read(job, from),
            Request::ContainerCommit(commit) => self.image_commit(kernel, context, &commit),

            Request::ContainerCreate(create) => self.container_create(kernel, context, Arc::unwrap_or_clone(create)),
            Request::ContainerStart { container } => self.container_start(kernel, context, &container),
            Request::ContainerStop { container, signal, timeout } => {
                self.container_stop(kernel, context, &container, signal.as_deref(), timeout)
            }
            Request::ContainerRestart { container, signal, timeout } => {
                self.container_restart(kernel, context, &container, signal.as_deref(), timeout)
            }
            Request::ContainerKill { container, signal } => {
                self.container_kill(kernel, context, &container, signal.as_deref())
            }
            Request::ContainerPause { container } => self.container_pause(kernel, context, &container),
            Request::ContainerUnpause { container } => self.container_unpause(kernel, context, &container),
            Request::ContainerRename { container, name } => self.container_rename(kernel, context, &container, &name),
            Request::ContainerUpdate { container, changes } => {
                self.container_update(kernel, context, &container, *changes)
            }
            Request::ContainerRemove { container, force, volumes } => {
                self.container_remove(kernel, context, &container, force, volumes)
            }
            Request::ContainerUnlink { link } => self.remove_link(&link).map(|()| Response::Done),
            Request::ContainerPrune { filters } => self.container_prune(kernel, context, &filters),
            Request::ContainerWait { container, condition } => self.container_wait(&container, condition),
            Request::ContainerExitCount { container } => self.container_exit_count(&container),
            Request::ContainerList { all, last, size, filters } => {
                self.container_list(kernel, now, all, last, size, &filters)
            }
            Request::ContainerInspect { container, size } => self.container_inspect(kernel, &container, size),
            Request::ContainerLogs { container, from } => self.container_logs(kernel, &container, from),
            Request::ContainerAttach { container } => self.container_attach(kernel, context, &container),
            Request::ContainerOutput { container, from } => self.container_output(kernel, &container, from),
            Request::ContainerInput { container, bytes } => self.container_input(kernel, &container, &bytes),
            Request::ContainerCloseInput { container } => self.container_close_input(kernel, &container),
            Request::ContainerExport { container } => self.container_export(kernel, context, &container),
            Request::ContainerStatPath { container, path } => self.container_stat_path(kernel, &container, &path),
            Request::ContainerArchive { container, path } => self.container_archive(kernel, context, &container, &path),
            Request::ContainerExtract { container, path, archive, as_user } => {
                self.container_extract(kernel, context, &container, &path, &archive, as_user)
            }
            Request::ContainerDiff { container } => self.container_diff(kernel, &container),
            Request::ContainerTop { container, arguments } => {
                self.container_top(kernel, context, &container, &arguments)
            }
            Request::ContainerStats { container } => self.container_stats(kernel, now, &container),

            Request::ExecCreate { container, exec } => self.exec_create(kernel, context, &container, *exec),
            Request::ExecStart { exec } => self.exec_start(kernel, context, &exec),
            Request::ExecOutput { exec, from } => self.exec_output(kernel, &exec, from),
            Request::ExecInput { exec, bytes } => self.exec_input(kernel, &exec, &bytes),
            Request::ExecCloseInput { exec } => self.exec_close_input(kernel, &exec),
            Request::ExecInspect { exec } => self.exec_inspect(&exec),

            Request::VolumeCreate { name, driver, labels, options } => {
                self.volume_create(kernel, context, name, &driver, labels, options)
            }
            Request::VolumeList { filters } => self.volume_list(kernel, &filters),
            Request::VolumeInspect { name } => self.volume_inspect(&name),
            Request::VolumeRemove { name, force } => self.volume_remove(kernel, context, &name, force),
            Request::VolumePrune { filters } => self.volume_prune(kernel, context, &filters),

            Request::NetworkCreate(network) => self.network_create(kernel, context, *network),
            Request::NetworkList { filters } => self.network_list(&filters),
            Request::NetworkInspect { name } => self.network_inspect(&name),
            Request::NetworkRemove { name } => self.network_remove(kernel, context, &name),
            Request::NetworkConnect { network, container, endpoint } => {
                self.network_connect(kernel, context, &network, &container, *endpoint)
            }
            Request::NetworkDisconnect { network, container, force } => {
                self.network_disconnect(kernel, context, &network, &container, force)
            }
            Request::NetworkPrune { filters } => self.network_prune(kernel, context, &filters),
        }
    }

    /// Looks at what happened in the kernel (processes that ended) and at what is due now, and acts on it.
    /// Returns whether anything was done.
    pub fn tend(&mut self, kernel: &mut Kernel, context: &mut Context) -> bool {
        let settled = self.settle(kernel, context);
        let due = self.do_due(kernel, context);
        let images = self.image_tend(kernel, context);
        settled || due || images
    }

    /// When the daemon must next look at the clock: a stop that becomes a kill, a restart, a health probe, a pull.
    pub fn next_timer(&self) -> Option<Time> {
        let own = self.timers.get_min().map(|(at, _)| *at);
        [own, self.image_next_timer()].into_iter().flatten().min()
    }

    /// The kernel killed a process of a container for want of memory.
    pub fn note_out_of_memory(&mut self, container: &str) {
        self.change(container, |container| container.state.out_of_memory = true);
    }
}
