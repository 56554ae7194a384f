//! The mounts that a container was asked to have: `-v`, `--mount`, `--volumes-from`, and the image's VOLUMEs.
//!
//! Promises: read and refused as the Engine does (moby `volume/mounts/linux_parser.go`, `daemon/volumes.go`); planning changes
//! nothing, making does. Must not know: how a mount is seen by a process, which is `sandbox.rs`.

use std::sync::Arc;

use super::api::ApiError;
use super::container::{ContainerConfig, HostConfig, MountPoint};
use super::volume;
use super::{Daemon, tree};
use crate::world::context::Context;
use crate::world::event::EventKind;
use crate::world::filesystem::entry::Node;
use crate::world::process::Kernel;
use crate::world::process::descriptor::FilesystemId;

/// A path as Go's `filepath.Clean` leaves it, absolute.
pub(super) fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The options after the second colon of `-v`.
#[derive(Clone, Copy, Debug, Default)]
struct Mode {
    read_only: bool,
    no_copy: bool,
}

/// Reads them; each kind of option may be there once (moby `linuxValidateMode`).
fn read_mode(text: &str, is_volume: bool) -> Option<Mode> {
    let mut mode = Mode::default();
    let mut seen = std::collections::BTreeSet::new();
    for option in text.split(',') {
        let kind = match option {
            "ro" | "rw" => "rw",
            "z" | "Z" => "label",
            "nocopy" if is_volume => "copy",
            "shared" | "slave" | "private" | "rshared" | "rslave" | "rprivate" if !is_volume => "propagation",
            "consistent" | "cached" | "delegated" => "consistency",
            _ => return None,
        };
        if !seen.insert(kind) {
            return None;
        }
        mode.read_only |= option == "ro";
        mode.no_copy |= option == "nocopy";
    }
    Some(mode)
}

/// Reads one `-v` (moby `ParseMountRaw`).
fn read_bind(text: &str) -> Result<MountPoint, ApiError> {
    let invalid = |why: &str| match why {
        "" => ApiError::invalid(format!("invalid volume specification: '{text}'")),
        why => ApiError::invalid(format!("invalid volume specification: '{text}': {why}")),
    };
    let parts: Vec<&str> = text.split(':').collect();
    let (source, target, mode) = match parts.as_slice() {
        [source, target] => (*source, *target, ""),
        [source, target, mode] => (*source, *target, *mode),
        _ => return Err(invalid("")),
    };
    if source.is_empty() || target.is_empty() {
        return Err(invalid(""));
    }
    let is_bind = source.starts_with('/');
    let kind = if is_bind { "bind" } else { "volume" };
    let read = match mode {
        "" => Mode::default(),
        mode => read_mode(mode, !is_bind).ok_or_else(|| ApiError::invalid(format!("invalid mode: {mode}")))?,
    };
    if !target.starts_with('/') {
        let why = format!("invalid mount path: '{target}' mount path must be absolute");
        return Err(invalid(&format!("invalid mount config for type \"{kind}\": {why}")));
    }
    let cleaned = clean(target);
    if cleaned == "/" {
        return Err(invalid("invalid specification: destination can't be '/'"));
    }
    if !is_bind {
        volume::check_name(source).map_err(|why| ApiError::invalid(format!("create {source}: {why}")))?;
    }
    Ok(MountPoint {
        kind,
        name: (!is_bind).then(|| source.into()),
        source: if is_bind { clean(source) } else { volume::mountpoint(source) },
        target: cleaned,
        mode: if mode.is_empty() && !is_bind { "z".to_owned() } else { mode.to_owned() },
        read_write: !read.read_only,
        anonymous: false,
        copies: !is_bind && !read.no_copy,
    })
}

impl Daemon {
    /// Reads all mounts that are asked for, and checks that no two have one target.
    ///
    /// # Errors
    /// 400, in the Engine's words.
    pub(super) fn plan_mounts(
        &self,
        kernel: &Kernel,
        config: &ContainerConfig,
        host: &HostConfig,
    ) -> Result<Vec<MountPoint>, ApiError> {
        let mut plan: Vec<MountPoint> = Vec::new();
        for from in &host.volumes_from {
            let (name, mode) = from.split_once(':').unwrap_or((from, ""));
            let read_only = match mode {
                "" | "rw" | "z" | "Z" => false,
                "ro" => true,
                other => return Err(ApiError::invalid(format!("invalid mode: {other}"))),
            };
            for mount in &self.find(name)?.mounts {
                plan.retain(|known| known.target != mount.target);
                let read_write = mount.read_write && !read_only;
                plan.push(MountPoint { read_write, anonymous: false, copies: false, ..mount.clone() });
            }
        }
        let mut targets = std::collections::BTreeSet::new();
        let mut asked = Vec::new();
        for bind in &host.binds {
            asked.push(read_bind(bind)?);
        }
        for mount in &host.mounts {
            asked.push(read_mount(kernel, mount)?);
        }
        for mount in asked {
            let tmpfs = host.tmpfs.keys().any(|target| clean(target) == mount.target);
            if tmpfs || !targets.insert(mount.target.clone()) {
                return Err(ApiError::invalid(format!("Duplicate mount point: {}", mount.target)));
            }
            plan.retain(|known| known.target != mount.target);
            plan.push(mount);
        }
        for target in &config.run.volumes {
            let target = clean(target);
            let covered = host.tmpfs.keys().any(|tmpfs| clean(tmpfs) == target);
            if covered || plan.iter().any(|known| known.target == target) {
                continue;
            }
            plan.push(anonymous(target, "", true, true));
        }
        Ok(plan)
    }

    /// Makes what a plan needs: volumes, missing directories of the host; and fills empty volumes from the image.
    pub(super) fn make_mounts(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        container: &Arc<str>,
        root: FilesystemId,
        mut plan: Vec<MountPoint>,
    ) -> Vec<MountPoint> {
        for mount in &mut plan {
            match mount.kind {
                "volume" => {
                    let name = match &mount.name {
                        Some(name) => name.clone(),
                        None => Arc::from(context.random.id()),
                    };
                    mount.source = volume::mountpoint(&name);
                    self.ensure_volume(kernel, context, &name, mount.anonymous);
                    if mount.copies {
                        fill(kernel, context, root, mount, &name);
                    }
                    let target = mount.target.clone();
                    context.emit(EventKind::VolumeMounted { name: name.clone(), container: container.clone(), target });
                    mount.name = Some(name);
                }
                "bind" => {
                    let now = context.now;
                    if let Some(host) = kernel.union_mut(Kernel::HOST_ROOT)
                        && tree::follow(host, &mount.source).is_ok_and(|path| host.lookup(&path).is_none())
                    {
                        // What stands in the way is found again when the container is started, and refused there.
                        let _ = tree::make_directories(host, &mount.source, now);
                    }
                }
                _ => {}
            }
        }
        plan
    }
}

/// A mount of a volume that is made for it.
fn anonymous(target: String, mode: &str, read_write: bool, copies: bool) -> MountPoint {
    let (mode, source) = (mode.to_owned(), String::new());
    MountPoint { kind: "volume", name: None, source, target, mode, read_write, anonymous: true, copies }
}

/// Reads one `--mount` (moby `parseMountSpec`, `validateMountConfigImpl`).
fn read_mount(kernel: &Kernel, mount: &super::container::MountRequest) -> Result<MountPoint, ApiError> {
    let invalid = |why: String| ApiError::invalid(format!("invalid mount config for type \"{}\": {why}", mount.kind));
    if mount.target.is_empty() {
        return Err(invalid("field Target must not be empty".to_owned()));
    }
    if !mount.target.starts_with('/') {
        return Err(invalid(format!("invalid mount path: '{}' mount path must be absolute", mount.target)));
    }
    let target = clean(&mount.target);
    if target == "/" {
        return Err(invalid("invalid specification: destination can't be '/'".to_owned()));
    }
    let read_write = !mount.read_only;
    match mount.kind.as_str() {
        "volume" if mount.source.is_empty() => Ok(anonymous(target, "z", read_write, !mount.no_copy)),
        "volume" => {
            volume::check_name(&mount.source)
                .map_err(|why| ApiError::invalid(format!("create {}: {why}", mount.source)))?;
            Ok(MountPoint {
                kind: "volume",
                name: Some(mount.source.as_str().into()),
                source: volume::mountpoint(&mount.source),
                target,
                mode: "z".to_owned(),
                read_write,
                anonymous: false,
                copies: !mount.no_copy,
            })
        }
        "bind" => {
            if mount.source.is_empty() {
                return Err(invalid("field Source must not be empty".to_owned()));
            }
            if !mount.source.starts_with('/') {
                return Err(invalid(format!("invalid mount path: '{}' mount path must be absolute", mount.source)));
            }
            let source = clean(&mount.source);
            let host = kernel.union(Kernel::HOST_ROOT);
            let there =
                host.is_some_and(|host| tree::follow(host, &source).is_ok_and(|path| host.lookup(&path).is_some()));
            if !there {
                return Err(invalid(format!("bind source path does not exist: {source}")));
            }
            let (mode, name) = (String::new(), None);
            Ok(MountPoint { kind: "bind", name, source, target, mode, read_write, anonymous: false, copies: false })
        }
        "tmpfs" => {
            if !mount.source.is_empty() {
                return Err(invalid("field Source must not be specified".to_owned()));
            }
            let (mode, name, source) = (String::new(), None, String::new());
            Ok(MountPoint { kind: "tmpfs", name, source, target, mode, read_write, anonymous: false, copies: false })
        }
        _ => Err(invalid("mount type unknown".to_owned())),
    }
}

/// Fills a volume that is empty with what the image has at its target, directory's owner and mode included
/// (moby `populateVolumes`, `copyImagePathContent`).
fn fill(kernel: &mut Kernel, context: &mut Context, root: FilesystemId, mount: &MountPoint, name: &Arc<str>) {
    let Some(image) = kernel.union(root) else { return };
    let Ok(source) = tree::follow(image, &mount.target) else { return };
    let Some(found) = image.lookup(&source).filter(|found| found.entry.node == Node::Directory) else { return };
    let metadata = found.entry.metadata;
    let image = image.clone();
    let Some(host) = kernel.union_mut(Kernel::HOST_ROOT) else { return };
    if !host.list(&mount.source).is_ok_and(|entries| entries.is_empty()) {
        return;
    }
    // What cannot be copied (a tree too deep) is left out, as far as it came.
    let files = tree::copy(&image, &source, host, &mount.source).unwrap_or(0);
    let _ = host.set_metadata(&mount.source, metadata);
    if files > 0 {
        context.emit(EventKind::VolumeFilled { name: name.clone(), files });
    }
}
