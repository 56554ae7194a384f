//! RUN: a process in a container of its own, whose changes become a layer.
//!
//! Promises: what is mounted for the step is not in the layer, nor are the mount points made for it; a process that fails leaves
//! nothing behind. Must not know: the order of steps.

use std::sync::Arc;

use imbl::OrdMap;

use super::super::launch::Launch;
use super::super::sandbox::Templates;
use super::super::{Daemon, tree, user};
use super::cache::BuildCache;
use super::dockerfile::mount::{Mount as MountOption, MountType};
use super::graph::{Graph, RunWork, Work};
use crate::world::context::Context;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::{Device, Entry, Metadata};
use crate::world::filesystem::layer::Layer;
use crate::world::filesystem::path;
use crate::world::filesystem::union::UnionMount;
use crate::world::process::descriptor::{FilesystemId, OpenFile, SinkId, Stream};
use crate::world::process::kernel::Filesystem;
use crate::world::process::limits::ResourceLimits;
use crate::world::process::mounts::{Mount, MountNamespace};
use crate::world::process::network::NetworkNamespace;
use crate::world::process::{Kernel, Namespaces, Pid};

/// The host name inside a step (BuildKit `executor/oci`).
const HOST_NAME: &str = "buildkitsandbox";

/// A process of a step.
#[derive(Clone, Debug)]
pub(super) struct RunningProcess {
    /// None when it could not even begin.
    pub pid: Option<Pid>,
    pub sink: SinkId,
    /// Pieces of output that were told already.
    pub read: u64,
    root: FilesystemId,
    namespaces: Namespaces,
    /// File systems that go when the step ends.
    temporary: Vec<FilesystemId>,
    /// Mount points that were made for the step.
    stubs: Vec<String>,
}

/// Why a step's process cannot be prepared.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct RunError(pub String);

impl Daemon {
    /// Starts the process of a RUN on these layers. `sources` are the files of its bind mounts, in the order of its mounts.
    ///
    /// # Errors
    /// A user that is not there, a secret that was not given.
    pub(super) fn begin_run(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        work: &RunWork,
        layers: Arc<[Arc<Layer>]>,
        sources: &[Option<UnionMount>],
        secrets: &std::collections::BTreeMap<String, Arc<[u8]>>,
    ) -> Result<RunningProcess, RunError> {
        let templates = self.templates.get_or_insert_with(|| Templates::new(kernel)).clone();
        let now = context.now;
        let mut root = UnionMount::new(layers);
        let user = user::find(&root, &work.user, &[]).map_err(|error| {
            let command = work.words.join(" ");
            RunError(format!("process \"{command}\" did not complete successfully: {}", error.message))
        })?;
        let mut stubs = Vec::new();
        stub(&mut root, &work.directory, true, now, &mut Vec::new());
        let mut points = Vec::new();
        let mut environment = work.environment.clone();
        for (option, source) in work.mounts.iter().zip(sources) {
            let mut builder = MountBuilder { kernel, cache: &mut self.build_cache.mounts, templates: &templates, now };
            if let Some(point) = builder.mount(option, source.as_ref(), secrets, &work.directory, &mut environment)? {
                stub(&mut root, &point.target, point.is_directory, now, &mut stubs);
                points.push(point);
            }
        }
        if !environment.iter().any(|pair| pair.starts_with("HOME=")) {
            environment.push(format!("HOME={}", user.home));
        }
        let root = kernel.add_filesystem(Filesystem::Union(root));
        let mut devices = templates.devices.clone();
        if let Some((path, content)) = &work.script {
            let metadata = Metadata::root(0o755, now);
            let name = path.strip_prefix("/dev").unwrap_or(path);
            // An empty tree takes a directory and a file in it.
            let _ = devices.make_directory("/pipes", metadata);
            let _ = devices.create(name, Entry::file(Content::text(content), metadata));
        }
        let devices = kernel.add_filesystem(Filesystem::Union(devices));
        let system = kernel.add_filesystem(Filesystem::Union(templates.empty.clone()));
        let mut temporary = vec![devices, system];
        let mount = |target: &str, filesystem, source: &str, read_only, kind| {
            Mount::new(target, filesystem, kind).from(source).read_only(read_only)
        };
        let mut mounts = MountNamespace::new(mount("/", root, "/", false, "overlay"));
        mounts.mount(mount("/proc", templates.proc, "/", false, "proc"));
        mounts.mount(mount("/dev", devices, "/", false, "tmpfs"));
        mounts.mount(mount("/sys", system, "/", true, "sysfs"));
        for point in points {
            mounts.mount(mount(&point.target, point.filesystem, &point.source, point.read_only, "overlay"));
            if point.temporary {
                temporary.push(point.filesystem);
            }
        }
        let network = if work.isolated {
            kernel.create_network_namespace(NetworkNamespace::default())
        } else {
            kernel.host.network
        };
        let namespaces = Namespaces {
            pid: kernel.create_pid_namespace(),
            mount: kernel.create_mount_namespace(mounts),
            uts: kernel.create_uts_namespace(HOST_NAME),
            network,
        };
        let sink = kernel.create_sink();
        let mut process = RunningProcess { pid: None, sink, read: 0, root, namespaces, temporary, stubs };
        let launch = Launch {
            namespaces,
            container: context.random.id().into(),
            user,
            directory: work.directory.clone(),
            command: work.words.clone(),
            environment,
            terminal: false,
            init: false,
            limits: ResourceLimits::default(),
            oom_score: 0,
        };
        match launch.prepare(kernel, context) {
            Ok(prepared) => {
                let output = |stream| OpenFile::Sink { sink, stream, terminal: false };
                let files = [OpenFile::Device(Device::Null), output(Stream::Stdout), output(Stream::Stderr)];
                let descriptors: OrdMap<_, _> =
                    (0_u32..).zip(files).map(|(number, file)| (number, kernel.add_open_file(file))).collect();
                process.pid = prepared.begin(kernel, context, descriptors).ok();
                if let Some(pid) = process.pid {
                    kernel.watch(pid);
                }
            }
            Err(message) => {
                let text = format!(
                    "runc run failed: unable to start container process: error during container init: {message}\n"
                );
                kernel.write_sink(sink, now, Stream::Stderr, text.as_bytes());
            }
        }
        Ok(process)
    }
}

/// Ends a step's container: what it changed, as a layer, and everything else is gone.
pub(super) fn finish_run(kernel: &mut Kernel, process: &RunningProcess) -> Layer {
    if let Some(root) = kernel.union_mut(process.root) {
        for made in process.stubs.iter().rev() {
            let is_empty = root.list(made).is_ok_and(|entries| entries.is_empty());
            // Something may have been put there, or it is gone: then it is the step's own.
            let _ = if is_empty { root.remove_directory(made) } else { root.unlink(made) };
        }
    }
    let layer = match kernel.union(process.root) {
        Some(root) => root.commit(),
        None => UnionMount::new(Vec::new()).commit(),
    };
    for filesystem in process.temporary.iter().chain([&process.root]) {
        kernel.remove_filesystem(*filesystem);
    }
    kernel.remove_namespaces(process.namespaces);
    kernel.remove_sink(process.sink);
    layer
}

/// Makes a mount point, with the directories that it needs, and notes what was made.
fn stub(
    root: &mut UnionMount,
    target: &str,
    is_directory: bool,
    now: crate::world::clock::Time,
    made: &mut Vec<String>,
) {
    let Ok(target) = tree::follow(root, target) else { return };
    let mut missing = Vec::new();
    let mut at = Some(target.as_str());
    while let Some(path) = at.filter(|path| root.lookup(path).is_none()) {
        missing.push(path.to_owned());
        at = path::parent(path);
    }
    for path in missing.into_iter().rev() {
        let done = if path == target && !is_directory {
            root.put_file(&path, Content::empty(), Metadata::root(0o644, now))
        } else {
            root.make_directory(&path, Metadata::root(0o755, now))
        };
        if done.is_ok() {
            made.push(path);
        }
    }
}

/// A mount, ready.
struct Point {
    target: String,
    filesystem: FilesystemId,
    source: String,
    read_only: bool,
    is_directory: bool,
    temporary: bool,
}

/// What a cache mount is called, so that the same one is found again: its `id`, or where it is mounted.
fn cache_id(option: &MountOption, directory: &str) -> String {
    let target = || super::configure::absolute(directory, option.target.as_deref().unwrap_or("/"));
    option.id.clone().unwrap_or_else(target)
}

impl BuildCache {
    /// With `--no-cache`, the cache mounts of a build begin empty, as Docker Engine 28.5 has them; its steps share them, and so do later builds.
    pub(super) fn empty_mounts(&mut self, kernel: &mut Kernel, graph: &Graph) {
        for step in &graph.steps {
            let Work::Run(work) = &step.work else { continue };
            for (option, _) in work.mounts.iter().filter(|(option, _)| option.mount_type == MountType::Cache) {
                if let Some(old) = self.mounts.remove(&cache_id(option, &work.directory)) {
                    kernel.remove_filesystem(old);
                }
            }
        }
    }
}

struct MountBuilder<'a> {
    kernel: &'a mut Kernel,
    cache: &'a mut OrdMap<String, FilesystemId>,
    templates: &'a Templates,
    now: crate::world::clock::Time,
}

impl MountBuilder<'_> {
    fn mount(
        &mut self,
        (option, _): &(MountOption, super::graph::Input),
        source: Option<&UnionMount>,
        secrets: &std::collections::BTreeMap<String, Arc<[u8]>>,
        directory: &str,
        environment: &mut Vec<String>,
    ) -> Result<Option<Point>, RunError> {
        let target = |default: &str| super::configure::absolute(directory, option.target.as_deref().unwrap_or(default));
        let empty = |mode| {
            let mut union = self.templates.empty.clone();
            let metadata =
                Metadata { mode, uid: option.user.unwrap_or(0), gid: option.group.unwrap_or(0), modified: self.now };
            // The root of a tree is always there.
            let _ = union.set_metadata("/", metadata);
            Filesystem::Union(union)
        };
        let directory_point = |filesystem, temporary, read_only| Point {
            target: target("/"),
            filesystem,
            source: "/".to_owned(),
            read_only,
            is_directory: true,
            temporary,
        };
        match option.mount_type {
            MountType::Cache => {
                let id = cache_id(option, directory);
                let filesystem = match self.cache.get(&id) {
                    Some(known) => *known,
                    None => {
                        let made = self.kernel.add_filesystem(empty(option.mode.unwrap_or(0o755)));
                        self.cache.insert(id, made);
                        made
                    }
                };
                Ok(Some(directory_point(filesystem, false, option.read_only)))
            }
            MountType::Tmpfs => {
                let filesystem = self.kernel.add_filesystem(empty(0o755));
                Ok(Some(directory_point(filesystem, true, false)))
            }
            MountType::Bind => {
                let union = source.cloned().unwrap_or_else(|| self.templates.empty.clone());
                let from = super::configure::absolute("/", option.source.as_deref().unwrap_or("/"));
                let real = tree::follow(&union, &from).unwrap_or_else(|_| from.clone());
                let found = union.lookup(&real).map(|found| found.entry.is_directory());
                let Some(is_directory) = found else {
                    return Err(RunError(format!("failed to calculate checksum of ref: \"{from}\": not found")));
                };
                let filesystem = self.kernel.add_filesystem(Filesystem::Union(union));
                let point = directory_point(filesystem, true, option.read_only);
                Ok(Some(Point { source: real, is_directory, ..point }))
            }
            MountType::Secret => {
                let from_target = || option.target.as_deref().and_then(|target| target.rsplit('/').next());
                let id = option.id.as_deref().or(option.source.as_deref()).or_else(from_target).unwrap_or_default();
                let Some(bytes) = secrets.get(id) else {
                    if option.required {
                        return Err(RunError(format!("secret {id}: not found")));
                    }
                    return Ok(None);
                };
                if let Some(variable) = &option.environment {
                    let variable = if variable.is_empty() { id } else { variable };
                    super::configure::set_variable(environment, variable, &String::from_utf8_lossy(bytes));
                    if option.target.is_none() {
                        return Ok(None);
                    }
                }
                let mut union = self.templates.empty.clone();
                let metadata = Metadata {
                    mode: option.mode.unwrap_or(0o400),
                    uid: option.user.unwrap_or(0),
                    gid: option.group.unwrap_or(0),
                    modified: self.now,
                };
                // Nothing is in the tree yet.
                let _ = union.create("/secret", Entry::file(Content::Inline(Arc::clone(bytes)), metadata));
                let filesystem = self.kernel.add_filesystem(Filesystem::Union(union));
                let point = directory_point(filesystem, true, true);
                let target = target(&format!("/run/secrets/{id}"));
                Ok(Some(Point { target, source: "/secret".to_owned(), is_directory: false, ..point }))
            }
            MountType::Ssh if option.required => {
                Err(RunError(format!("unset ssh forward key {}", option.id.as_deref().unwrap_or("default"))))
            }
            MountType::Ssh => Ok(None),
        }
    }
}
