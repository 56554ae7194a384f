//! What a container's process sees: its network, its mounts, and the files that the engine writes for it.
//!
//! Promises: what is opened here is closed again by [`Daemon::close_sandbox`], on the container's end or on a start that fails.
//! Must not know: programs and their arguments.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use super::api::ApiError;
use super::container::{Container, Endpoint, MountPoint};
use super::resolv_conf::{self, Resolver};
use super::system::runs;
use super::{Daemon, devices, launch, mount_points, network, tmpfs, tree};
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::filesystem::entry::{Device, Entry, Metadata, Node};
use crate::world::filesystem::errno::Errno;
use crate::world::filesystem::path::is_below;
use crate::world::filesystem::union::UnionMount;
use crate::world::process::descriptor::FilesystemId;
use crate::world::process::kernel::Filesystem;
use crate::world::process::mounts::{Mount, MountNamespace};
use crate::world::process::namespaces::NamespaceId;
use crate::world::process::network::{NetworkNamespace, NetworkNamespaceId};
use crate::world::process::{Kernel, Namespaces};
use crate::world::registry::image::Image;

/// Where the engine keeps what belongs to a container.
pub(super) const DIRECTORY: &str = "/var/lib/docker/containers";
/// What `/etc/hosts` begins with (libnetwork `etchosts`).
const HOSTS: &str = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\n\
                     ff00::\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n";
/// What fits into a container's `/dev`, in bytes.
const DEVICES_BYTES: u64 = 64 << 20;
/// The largest of the host's files that is copied, in bytes.
const LIMIT: u64 = 1 << 20;

/// The file systems that every container gets, made once and copied.
#[derive(Clone, Debug)]
pub struct Templates {
    pub(super) devices: UnionMount,
    pub(super) empty: UnionMount,
    pub(super) proc: FilesystemId,
    pub(super) sys: FilesystemId,
}

impl Templates {
    pub(super) fn new(kernel: &mut Kernel) -> Templates {
        let time = kernel.booted;
        let mut devices = UnionMount::new(Vec::new());
        // Into an empty tree each of these can be put.
        for (device, name, mode) in [
            (Device::Null, "/null", 0o666),
            (Device::Zero, "/zero", 0o666),
            (Device::Full, "/full", 0o666),
            (Device::Random, "/random", 0o666),
            (Device::Urandom, "/urandom", 0o666),
            (Device::Tty, "/tty", 0o666),
        ] {
            let _ = devices.create(name, Entry::device(device, Metadata::root(mode, time)));
        }
        for (name, mode) in [("/pts", 0o755), ("/shm", 0o755), ("/mqueue", 0o1777)] {
            let _ = devices.make_directory(name, Metadata::root(mode, time));
        }
        for (name, target) in [
            ("/fd", "/proc/self/fd"),
            ("/ptmx", "pts/ptmx"),
            ("/stdin", "/proc/self/fd/0"),
            ("/stdout", "/proc/self/fd/1"),
            ("/stderr", "/proc/self/fd/2"),
        ] {
            let _ = devices.create(name, Entry::symlink(target, Metadata::root(0o777, time)));
        }
        let proc = kernel.add_filesystem(Filesystem::Proc);
        let sys = kernel.add_filesystem(Filesystem::Sys);
        Templates { devices, empty: UnionMount::new(Vec::new()), proc, sys }
    }
}

impl Daemon {
    /// Opens the network of a container that starts: its namespace, its endpoints and published ports.
    ///
    /// # Errors
    /// The Engine's text; nothing is then left behind.
    pub(super) fn open_network(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        id: &Arc<str>,
    ) -> Result<NetworkNamespaceId, ApiError> {
        let Some(container) = self.containers.get(id).cloned() else {
            return Err(ApiError::not_found(format!("No such container: {id}")));
        };
        let mode = container.host_config.network_mode.as_str();
        if let Some(other) = mode.strip_prefix("container:") {
            return self.network_of(&container, other);
        }
        if mode != "host" && container.endpoints.len() > 1 && container.endpoints.contains_key("none") {
            return Err(ApiError::invalid(
                "failed to set up container networking: container cannot be connected to multiple networks with one of the \
                 networks in private (none) mode",
            ));
        }
        let mut namespace = NetworkNamespace::default();
        let mut joined: BTreeMap<String, Endpoint> = BTreeMap::new();
        let mut names: Vec<&String> = container.endpoints.keys().collect();
        // The default network comes first, the others by their names, wherever `--network` has them (moby `allocateNetwork`).
        names.sort_by_key(|name| (name.as_str() != "bridge", name.as_str()));
        let mut connected = Ok(());
        for name in names {
            match self.join(kernel, context, &container, name, &container.endpoints[name], &mut namespace) {
                Ok(endpoint) => drop(joined.insert(name.clone(), endpoint)),
                Err(error) => {
                    connected = Err(error.message);
                    break;
                }
            }
        }
        // Ports lead to where the default route leaves.
        let outlet = network::outlet(&joined).cloned();
        namespace.gateway = outlet.as_ref().and_then(|endpoint| endpoint.gateway);
        let published = connected.and_then(|()| match &outlet {
            Some(endpoint) => self.publish(kernel, context, &container, endpoint),
            None => Ok(BTreeMap::new()),
        });
        match published {
            Err(why) => {
                for (name, endpoint) in &joined {
                    self.leave(kernel, context, &container, name, endpoint);
                }
                Err(ApiError::failed(format!("failed to set up container networking: {why}")))
            }
            Ok(published) => {
                let endpoints = container.endpoints.iter();
                let endpoints =
                    endpoints.map(|(name, old)| (name.clone(), joined.remove(name).unwrap_or_else(|| old.clone())));
                let endpoints = endpoints.collect();
                let sandbox = context.random.id();
                self.change(id, |container| {
                    container.endpoints = endpoints;
                    container.published = published;
                    container.sandbox = Some(sandbox);
                });
                Ok(if mode == "host" { kernel.host.network } else { kernel.create_network_namespace(namespace) })
            }
        }
    }

    /// The namespace of the container that `--network container:…` names (moby `getNetworkedContainer`).
    fn network_of(&self, container: &Container, other: &str) -> Result<NetworkNamespaceId, ApiError> {
        let other = self.find(other).map_err(|error| ApiError {
            message: format!("joining network namespace of container: {}", error.message),
            ..error
        })?;
        if other.id == container.id {
            return Err(ApiError::invalid("cannot join own network namespace"));
        }
        match other.namespaces {
            Some(namespaces) if other.state.status.is_running() => Ok(namespaces.network),
            _ => Err(ApiError::conflict(format!(
                "cannot join network namespace of a non running container: container {} is {}",
                other.name,
                other.state.status.name()
            ))),
        }
    }

    /// Writes `/etc/hosts`, `/etc/hostname` and `/etc/resolv.conf` of a container on the host; gives their directory.
    fn write_files(&self, kernel: &mut Kernel, context: &Context, container: &Container) -> String {
        let directory = format!("{DIRECTORY}/{}", container.id);
        if let Some(other) = container.host_config.network_mode.strip_prefix("container:")
            && let Ok(other) = self.find(other)
        {
            return format!("{DIRECTORY}/{}", other.id);
        }
        let shares_host = container.host_config.network_mode == "host";
        let host_file = |kernel: &Kernel, path: &str| -> Option<String> {
            let host = kernel.union(Kernel::HOST_ROOT)?;
            let path = tree::follow(host, path).ok()?;
            let Node::File(content) = &host.lookup(&path)?.entry.node else { return None };
            Some(String::from_utf8_lossy(&content.bytes(LIMIT).ok()?).into_owned())
        };
        let hosts = match host_file(kernel, "/etc/hosts").filter(|_| shares_host) {
            Some(hosts) => hosts,
            None => self.hosts(container),
        };
        let is_own = |name: &String| !matches!(name.as_str(), "bridge" | "host" | "none");
        let resolver = match () {
            () if shares_host => Resolver::Host,
            () if container.endpoints.keys().any(is_own) => Resolver::Embedded,
            () => Resolver::Legacy,
        };
        let below = host_file(kernel, "/etc/resolv.conf").unwrap_or_default();
        let resolv = resolv_conf::text(&container.host_config, &below, resolver);
        let host_name = format!("{}\n", container.config.host_name);
        if let Some(host) = kernel.union_mut(Kernel::HOST_ROOT) {
            // Only the engine writes there; what stood in the way would be missing in the container.
            let _ = tree::make_directories(host, &directory, context.now);
            for (name, text) in [("hosts", hosts), ("hostname", host_name), ("resolv.conf", resolv)] {
                let _ = tree::put(host, &format!("{directory}/{name}"), text, context.now);
            }
        }
        directory
    }

    fn hosts(&self, container: &Container) -> String {
        let mut text = HOSTS.to_owned();
        for entry in &container.host_config.extra_hosts {
            if let Some((name, address)) = entry.split_once([':', '=']) {
                let gateway = Ipv4Addr::new(172, 17, 0, 1).to_string();
                let address = if address == "host-gateway" { &gateway } else { address };
                text.push_str(&format!("{address}\t{name}\n"));
            }
        }
        text.push_str(&self.link_hosts(container));
        // The whole name first, then the name in front of the first dot (libnetwork `buildHostsFile`).
        let name = &container.config.host_name;
        let whole = match container.config.domain_name.as_str() {
            "" => name.clone(),
            domain => format!("{name}.{domain}"),
        };
        let full = match whole.split_once('.') {
            Some((first, _)) => format!("{whole} {first}"),
            None => whole,
        };
        for address in container.endpoints.values().filter_map(|endpoint| endpoint.address) {
            text.push_str(&format!("{address}\t{full}\n"));
        }
        text
    }

    /// The file system of `/dev/shm` of the container whose IPC namespace is joined, or of the host.
    fn shared_memory(&self, kernel: &Kernel, container: &Container) -> Option<FilesystemId> {
        let other = self.find(container.host_config.ipc_mode.strip_prefix("container:")?).ok()?;
        let mounts = kernel.mounts(other.namespaces?.mount)?;
        mounts.mounts().iter().find(|mount| mount.target == "/dev/shm").map(|mount| mount.filesystem)
    }

    /// All that is mounted for a container besides what every container has, the shallowest first.
    pub(super) fn points(&self, container: &Container, directory: &str) -> Vec<MountPoint> {
        let mut points = container.mounts.clone();
        for name in ["resolv.conf", "hostname", "hosts"] {
            let target = format!("/etc/{name}");
            // A file that the user mounts there stands before the engine's.
            if points.iter().all(|point| point.target != target) {
                let (source, read_write) = (format!("{directory}/{name}"), !container.host_config.read_only_root);
                points.push(MountPoint { kind: "bind", source, target, read_write, ..MountPoint::default() });
            }
        }
        for (target, options) in &container.host_config.tmpfs {
            let (target, tmpfs) = (mount_points::clean(target), options.clone());
            points.push(MountPoint { kind: "tmpfs", target, tmpfs, ..MountPoint::default() });
        }
        let depth = |target: &str| target.matches('/').count();
        points.sort_by(|a, b| (depth(&a.target), &a.target).cmp(&(depth(&b.target), &b.target)));
        points
    }

    /// Puts together what the container's processes see as files.
    ///
    /// # Errors
    /// The runtime's text when a mount point cannot be made.
    pub(super) fn open_mounts(
        &mut self,
        kernel: &mut Kernel,
        context: &Context,
        container: &Container,
    ) -> Result<NamespaceId, ApiError> {
        let templates = self.templates.get_or_insert_with(|| Templates::new(kernel)).clone();
        let directory = self.write_files(kernel, context, container);
        let now = context.now;
        let host = &container.host_config;
        let read_only = host.read_only_root;
        let image = self.images.get(&container.image);
        // `docker import` writes down the processor that it is told, and looks at no file: there, the programs are this machine's own.
        let is_labelled = |image: &Image| image.config().history.first().is_some_and(|step| step.created_by.is_empty());
        let foreign = image.is_some_and(|image| !is_labelled(image) && !runs(kernel, &image.platform()));
        let root = Mount::new("/", container.root, "overlay").read_only(read_only);
        let mut mounts = MountNamespace::new(root).foreign(foreign && kernel.guest.is_none());
        mounts.mount(Mount::new("/proc", templates.proc, "proc"));
        let mut devices = templates.devices.clone();
        devices::add(kernel, container, &mut devices);
        let memory = |kernel: &mut Kernel, union: &UnionMount, metadata: Metadata| {
            let mut union = union.clone();
            // The root of a tree is always there.
            let _ = union.set_metadata("/", metadata);
            kernel.add_filesystem(Filesystem::Union(union))
        };
        let root = |mode| Metadata::root(mode, now);
        let devices = memory(kernel, &devices, root(0o755));
        kernel.set_capacity(devices, DEVICES_BYTES);
        mounts.mount(Mount::new("/dev", devices, "tmpfs").with("nosuid,size=65536k,mode=755"));
        mounts.mount(Mount::new("/dev/pts", memory(kernel, &templates.empty, root(0o755)), "devpts"));
        mounts.mount(Mount::new("/sys", templates.sys, "sysfs").read_only(!host.privileged));
        if host.ipc_mode != "none" {
            let shared = self.shared_memory(kernel, container).unwrap_or_else(|| {
                let shared = memory(kernel, &templates.empty, root(0o1777));
                kernel.set_capacity(shared, u64::try_from(host.shared_memory).unwrap_or(u64::MAX));
                shared
            });
            let options = format!("nosuid,nodev,noexec,relatime,size={}k", host.shared_memory / 1024);
            mounts.mount(Mount { device: "shm".into(), ..Mount::new("/dev/shm", shared, "tmpfs").with(options) });
        }
        for point in self.points(container, &directory) {
            let target = &point.target;
            let mount = if point.kind == "tmpfs" {
                let asked = tmpfs::read(&point.tmpfs)?;
                let mode = asked.mode.unwrap_or(0o1777);
                let metadata = Metadata { mode, uid: asked.uid, gid: asked.gid, modified: now };
                let filesystem = memory(kernel, &templates.empty, metadata);
                if let Some(size) = asked.size {
                    kernel.set_capacity(filesystem, size);
                }
                Mount::new(target, filesystem, "tmpfs").read_only(asked.read_only).with(asked.options)
            } else {
                let path = source_of(kernel, &point).ok_or_else(|| missing_source(&point))?;
                check_subpath(&point, &path)?;
                Mount::new(target, Kernel::HOST_ROOT, "ext4").from(path).read_only(!point.read_write)
            };
            let is_directory = mount.filesystem != Kernel::HOST_ROOT
                || kernel
                    .union(Kernel::HOST_ROOT)
                    .and_then(|host| host.lookup(&mount.source))
                    .is_some_and(|found| found.entry.is_directory());
            let target = make_mount_point(kernel, &mounts, container.root, target, is_directory, now)
                .map_err(|errno| refused_mount(&point, errno))?;
            mounts.mount(Mount { target, ..mount });
        }
        Ok(kernel.create_mount_namespace(mounts))
    }

    /// Closes what a container had while it ran.
    pub(super) fn close_sandbox(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        id: &Arc<str>,
        namespaces: Option<Namespaces>,
    ) {
        let Some(container) = self.containers.get(id).cloned() else { return };
        self.unpublish(kernel, &container, &container.published);
        kernel.remove_control_group(id);
        let shares = container.host_config.network_mode.starts_with("container:");
        if !shares {
            for (name, endpoint) in &container.endpoints {
                self.leave(kernel, context, &container, name, endpoint);
            }
        }
        self.note_volumes(context, &container, "unmount");
        if let Some(namespaces) = namespaces {
            let mounts = kernel.mounts(namespaces.mount);
            let own = mounts.map(|mounts| mounts.mounts().iter()).into_iter().flatten();
            // Shared memory that was joined stays with the container that it is of.
            let joined = container.host_config.ipc_mode.starts_with("container:");
            let own = own
                .filter(|mount| matches!(mount.kind, "tmpfs" | "devpts") && !(joined && mount.target == "/dev/shm"))
                .map(|mount| mount.filesystem);
            let own: Vec<FilesystemId> = own.collect();
            for filesystem in own {
                kernel.remove_filesystem(filesystem);
            }
            let network = if shares { kernel.host.network } else { namespaces.network };
            kernel.remove_namespaces(Namespaces { network, ..namespaces });
        }
        if let Some(end) = container.input_end {
            kernel.release(end);
        }
        self.change(id, |container| {
            container.published.clear();
            container.namespaces = None;
            container.sandbox = None;
            container.input = None;
            container.input_end = None;
            for endpoint in container.endpoints.values_mut() {
                *endpoint = Endpoint {
                    asked: std::mem::take(&mut endpoint.asked),
                    network_id: std::mem::take(&mut endpoint.network_id),
                    ..Endpoint::default()
                };
            }
        });
    }

    /// Takes away the engine's files of a container that is removed.
    pub(super) fn remove_files(&self, kernel: &mut Kernel, id: &str) {
        if let Some(host) = kernel.union_mut(Kernel::HOST_ROOT) {
            tree::remove(host, &format!("{DIRECTORY}/{id}"));
        }
    }
}

/// What a mount of the host's files shows: the path without symbolic links, if there is something.
fn source_of(kernel: &Kernel, point: &MountPoint) -> Option<String> {
    let host = kernel.union(Kernel::HOST_ROOT)?;
    let source = match point.subpath.as_str() {
        "" => point.source.clone(),
        below => mount_points::clean(&format!("{}/{below}", point.source)),
    };
    let path = tree::follow(host, &source).ok()?;
    host.lookup(&path).map(|_| path)
}

/// The directory of a volume that is mounted must lie in it, whatever links lead elsewhere.
fn check_subpath(point: &MountPoint, path: &str) -> Result<(), ApiError> {
    let (source, below) = (&point.source, &point.subpath);
    if below.is_empty() || path == source || is_below(path, source) {
        return Ok(());
    }
    Err(ApiError::failed(format!("path concatenation escapes the base directory, base: {source}, subpath: {below}")))
}

fn missing_source(point: &MountPoint) -> ApiError {
    if !point.subpath.is_empty() {
        let (source, below) = (&point.source, &point.subpath);
        return ApiError::failed(format!(
            "cannot access path {source}/{below}: lstat {source}/{below}: no such file or directory"
        ));
    }
    launch::refused(&format!(
        "error during container init: error mounting \"{}\" to rootfs at \"{}\": no such file or directory",
        point.source, point.target
    ))
}

fn refused_mount(point: &MountPoint, errno: Errno) -> ApiError {
    let why = errno.to_string().to_lowercase();
    let (source, target) = (&point.source, &point.target);
    launch::refused(&format!(
        "error during container init: error mounting \"{source}\" to rootfs at \"{target}\": create mountpoint for {target} \
         mount: {why}"
    ))
}

/// Makes the place of a mount where it is missing, in the file system that is there; gives it without symbolic links.
fn make_mount_point(
    kernel: &mut Kernel,
    mounts: &MountNamespace,
    root: FilesystemId,
    target: &str,
    is_directory: bool,
    now: Time,
) -> Result<String, Errno> {
    let target = kernel.union(root).map_or_else(|| Ok(target.to_owned()), |root| tree::follow(root, target))?;
    let location = mounts.locate(&target).ok_or(Errno::ENOENT)?;
    let Some(union) = kernel.union(location.filesystem) else { return Ok(target) };
    match union.lookup(&location.path).map(|found| found.entry.is_directory()) {
        Some(there) if there == is_directory => return Ok(target),
        Some(_) => return Err(Errno::ENOTDIR),
        None => {}
    }
    let Some(union) = kernel.union_mut(location.filesystem) else { return Ok(target) };
    match is_directory {
        true => tree::make_directories(union, &location.path, now)?,
        false => tree::write(union, &location.path, String::new(), now)?,
    }
    Ok(target)
}
