//! `POST /containers/create`: the image's configuration and the user's become one, and a writable layer is put on the image.
//!
//! Promises: all is checked before anything is made (moby `daemon/create.go`); volumes are filled from the image here, as in Docker,
//! and the working directory is made. Nothing runs yet.

use std::sync::Arc;
use std::time::Duration;

use super::api::{ApiError, CreateContainer, Response};
use super::container::{Container, ContainerConfig, HostConfig, State};
use super::image_store::check_platform;
use super::mount_points::read_mount;
use super::system::{host_platforms, parse_platform};
use super::{Answer, Daemon, check, check_resources, log_options, security};
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::event::EventKind;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::{Change, Device, Entry, Metadata};
use crate::world::filesystem::layer::Layer;
use crate::world::filesystem::union::UnionMount;
use crate::world::process::Kernel;
use crate::world::process::kernel::Filesystem;
use crate::world::registry::config::{Healthcheck, RunConfig};
use crate::world::registry::image::Image;

/// The size of `/dev/shm` when nobody says, in bytes (moby `DefaultShmSize`).
const SHARED_MEMORY: i64 = 64 << 20;

impl Daemon {
    /// Makes a container.
    ///
    /// # Errors
    /// 400 for a configuration that cannot be, 404 without the image, 409 when the name is taken.
    pub(super) fn container_create(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        request: CreateContainer,
    ) -> Answer {
        let CreateContainer { name, platform, mut config, mut host_config, networking } = request;
        check::request(&config, &host_config)?;
        check::config(&config)?;
        for mount in &host_config.mounts {
            read_mount(kernel, mount)?;
        }
        check::host(&host_config)?;
        let mut warnings = check_resources::resources(&mut host_config.resources, kernel.cpus, false)?;
        check::platform(&host_config)?;
        if host_config.network_mode == "host" && !host_config.port_bindings.is_empty() {
            warnings.push("Published ports are discarded when using host network mode".to_owned());
        }
        let endpoints = self.endpoints_asked(&host_config, networking)?;
        let image = self.images.find(&config.image).ok_or_else(|| no_such_image(&config.image))?;
        match parse_platform(platform.as_deref(), kernel)? {
            Some(platform) => check_platform(&config.image, &image, &platform)?,
            None => warnings.extend(other_platform(&image, kernel)),
        }
        merge(&mut config, &image.config().config);
        if config.run.entrypoint.as_ref().is_some_and(|words| words.len() == 1 && words[0].is_empty()) {
            config.run.entrypoint = None;
        }
        let mut words = config.run.entrypoint.iter().chain(config.run.cmd.iter()).flatten().cloned();
        let Some(path) = words.next() else { return Err(ApiError::invalid("no command specified")) };
        let arguments: Vec<String> = words.collect();
        log_options::complete(&mut host_config.log)?;
        let name = match &name {
            Some(name) => {
                let name = name.strip_prefix('/').unwrap_or(name);
                self.check_name(name)?;
                Some(name.to_owned())
            }
            None => None,
        };
        security::check_options(&host_config.security_options)?;
        storage_options(&host_config)?;
        let plan = self.plan_mounts(kernel, &config, &host_config)?;
        let links = self.links(&host_config)?;
        host_config.links.clear();
        self.share_namespaces(&mut host_config)?;

        // All is well: from here on things are made.
        let id: Arc<str> = context.random.id().into();
        let name = name.unwrap_or_else(|| self.free_name(&mut context.random, &id));
        complete(&mut config, &mut host_config, &id, kernel.host_name(kernel.host.uts));
        let stack = self.stack_of(&image);
        let layers = u32::try_from(image.layers().len()).unwrap_or(u32::MAX);
        let root = kernel.add_filesystem(Filesystem::Union(UnionMount::new(stack)));
        if let Some(union) = kernel.union_mut(root)
            && let Err(error) = make_working_directory(union, &config.run.working_dir, context.now)
        {
            kernel.remove_filesystem(root);
            return Err(error);
        }
        context.emit(EventKind::ContainerCreated { container: id.clone(), image: image.id() });
        context.emit(EventKind::MountAssembled { container: id.clone(), layers });
        let mounts = self.make_mounts(kernel, context, &id, root, plan);
        let container = Container {
            id: id.clone(),
            name: name.clone(),
            created: context.now,
            image: image.id(),
            config,
            host_config: Arc::new(host_config),
            path,
            arguments,
            state: State::default(),
            root,
            mounts,
            endpoints,
            links,
            published: std::collections::BTreeMap::new(),
            namespaces: None,
            has_files: false,
            sink: kernel.create_sink(),
            input: None,
            input_end: None,
            execs: Vec::new(),
            kill_at: None,
            restart_at: None,
            restart_delay: Duration::ZERO,
            stopping: false,
            sandbox: None,
            restart_when_stopped: false,
            probe_at: None,
        };
        self.note_container(context, &container, "create", &[]);
        self.names.insert(name.into(), id.clone());
        if !container.links.is_empty() {
            self.linking.insert(id.clone());
        }
        self.containers.insert(id.clone(), Arc::new(container));
        Ok(Response::Created { id: id.to_string(), warnings })
    }

    /// The read-only layers of a container's root: the image's, and on them the init layer, which holds the places that are mounted
    /// over (moby `initlayer.Setup`). It is made once for each image.
    fn stack_of(&mut self, image: &Arc<Image>) -> Arc<[Arc<Layer>]> {
        if let Some(stack) = self.stacks.get(&image.id()) {
            return stack.clone();
        }
        let below = UnionMount::new(image.layers().to_vec());
        let mut stack = image.layers().to_vec();
        // The paths are constants of the right form: there is nothing that could be refused.
        if let Ok(layer) = Layer::new(init_layer(&below)) {
            stack.push(Arc::new(layer));
        }
        let stack: Arc<[Arc<Layer>]> = stack.into();
        self.stacks.insert(image.id(), stack.clone());
        stack
    }
}

/// What the init layer adds to an image: what is missing of the places that Docker mounts over.
fn init_layer(image: &UnionMount) -> Vec<(Arc<str>, Change)> {
    let directories = ["/dev/pts", "/dev/shm", "/proc", "/sys"];
    let files = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/.dockerenv"];
    let missing = |path: &str| image.lookup(path).is_none();
    let time = Time::EPOCH;
    let mut changes: Vec<(Arc<str>, Change)> = Vec::new();
    for path in directories.into_iter().filter(|path| missing(path)) {
        changes.push((path.into(), Change::put(Entry::directory(Metadata::root(0o755, time)))));
    }
    for path in files.into_iter().filter(|path| missing(path)) {
        changes.push((path.into(), Change::put(Entry::file(Content::empty(), Metadata::root(0o755, time)))));
    }
    if missing("/dev/console") {
        let entry = Entry::device(Device::Console, Metadata::root(0o600, time));
        changes.push(("/dev/console".into(), Change::put(entry)));
    }
    if missing("/etc/mtab") {
        changes.push(("/etc/mtab".into(), Change::put(Entry::symlink("/proc/mounts", Metadata::root(0o777, time)))));
    }
    // Parents that the image has keep what the image says of them: only new ones are added by the layer itself.
    for parent in ["/dev", "/etc"] {
        if let Some(found) = image.lookup(parent) {
            changes.push((parent.into(), Change::put(found.entry.clone())));
        }
    }
    changes
}

/// `--storage-opt` (moby `overlay2`, `parseStorageOpt`): overlay2 on ext4 has no quota.
fn storage_options(host: &HostConfig) -> Result<(), ApiError> {
    match host.storage_options.iter().next() {
        None => Ok(()),
        Some((key, _)) if key == "size" => {
            Err(ApiError::failed("--storage-opt is supported only for overlay over xfs with 'pquota' mount option"))
        }
        Some((key, _)) => Err(ApiError::failed(format!("Unknown option {key}"))),
    }
}

/// 404, in the words that make the client pull.
pub(super) fn no_such_image(name: &str) -> ApiError {
    let familiar = super::reference::Reference::parse(name)
        .map_or_else(|_| name.to_owned(), |reference| reference.with_default_tag().familiar());
    ApiError::not_found(format!("No such image: {familiar}"))
}

/// Puts the image's configuration under the user's (moby `runconfig merge`).
fn merge(config: &mut ContainerConfig, image: &RunConfig) {
    let run = &mut config.run;
    if run.user.is_empty() {
        run.user.clone_from(&image.user);
    }
    run.exposed_ports.extend(image.exposed_ports.iter().cloned());
    for pair in &image.env {
        let key = pair.split('=').next().unwrap_or(pair);
        if !run.env.iter().any(|known| known.split('=').next() == Some(key)) {
            run.env.push(pair.clone());
        }
    }
    for (name, value) in &image.labels {
        run.labels.entry(name.clone()).or_insert_with(|| value.clone());
    }
    if run.entrypoint.as_ref().is_none_or(Vec::is_empty) {
        if run.cmd.as_ref().is_none_or(Vec::is_empty) {
            run.cmd.clone_from(&image.cmd);
        }
        if run.entrypoint.is_none() {
            run.entrypoint.clone_from(&image.entrypoint);
        }
    }
    if let Some(below) = &image.healthcheck {
        let check = run.healthcheck.get_or_insert_with(Healthcheck::default);
        if check.test.is_empty() {
            check.test.clone_from(&below.test);
        }
        for (own, below) in [
            (&mut check.interval, below.interval),
            (&mut check.timeout, below.timeout),
            (&mut check.start_period, below.start_period),
            (&mut check.start_interval, below.start_interval),
        ] {
            if own.is_zero() {
                *own = below;
            }
        }
        if check.retries == 0 {
            check.retries = below.retries;
        }
    }
    if run.working_dir.is_empty() {
        run.working_dir.clone_from(&image.working_dir);
    }
    run.volumes.extend(image.volumes.iter().cloned());
    if run.stop_signal.is_empty() {
        run.stop_signal.clone_from(&image.stop_signal);
    }
    if run.stop_timeout.is_none() {
        run.stop_timeout = image.stop_timeout;
    }
    if run.shell.is_none() {
        run.shell.clone_from(&image.shell);
    }
}

/// Sets what follows from other settings (moby `adaptContainerSettings`, `generateHostname`).
fn complete(config: &mut ContainerConfig, host: &mut HostConfig, id: &str, host_name: &str) {
    if host.network_mode.is_empty() || host.network_mode == "default" {
        host.network_mode = "bridge".to_owned();
    }
    if config.host_name.is_empty() {
        config.host_name = match host.network_mode.as_str() {
            "host" => host_name.to_owned(),
            _ => id[..12].to_owned(),
        };
    }
    let own = &mut host.resources;
    if own.memory > 0 && own.memory_swap == 0 {
        own.memory_swap = own.memory.saturating_mul(2);
    }
    if host.shared_memory == 0 {
        host.shared_memory = SHARED_MEMORY;
    }
    for (setting, default) in [
        (&mut host.restart_policy.name, "no"),
        (&mut host.ipc_mode, "private"),
        // The kernel has version 1 of control groups.
        (&mut host.cgroup_namespace_mode, "host"),
        (&mut host.runtime, "runc"),
    ] {
        if setting.is_empty() {
            default.clone_into(setting);
        }
    }
    let labelled = host.security_options.iter().any(|option| option.starts_with("label="));
    if (host.privileged || host.pid_mode == "host" || host.ipc_mode == "host") && !labelled {
        host.security_options.push("label=disable".to_owned());
    }
    // A published port is an exposed one (the client says so too).
    config.run.exposed_ports.extend(host.port_bindings.keys().cloned());
}

/// Makes WORKDIR in the writable layer if the image has it not (moby `SetupWorkingDirectory`).
fn make_working_directory(root: &mut UnionMount, path: &str, now: Time) -> Result<(), ApiError> {
    if path.is_empty() {
        return Ok(());
    }
    let path = super::mount_points::clean(path);
    let refused = |at: &str| ApiError::failed(format!("Cannot mkdir: {at} is not a directory"));
    super::tree::make_directories(root, &path, now).map_err(|_| refused(&path))
}

/// What is said of an image that is not made for this machine, when nobody asked for another one (moby `daemon/create.go`).
fn other_platform(image: &Image, kernel: &Kernel) -> Option<String> {
    let (own, [host, others @ ..]) = (image.platform(), host_platforms(kernel));
    let fits = own.architecture.is_empty() || own.architecture == host.architecture || others.contains(&own);
    (!fits).then(|| {
        format!(
            "The requested image's platform ({own}) does not match the detected host platform ({host}) and no specific platform was requested"
        )
    })
}
