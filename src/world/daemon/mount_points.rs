//! The mounts that a container was asked to have: `-v`, `--mount`, `--volumes-from`, and the image's VOLUMEs.
//!
//! Promises: read and refused as the Engine does (moby `volume/mounts/linux_parser.go`, `daemon/volumes.go`); planning changes
//! nothing, making does. Must not know: how a mount is seen by a process, which is `sandbox.rs`.

use std::sync::Arc;

use super::api::ApiError;
use super::container::{BindOptions, ContainerConfig, HostConfig, MountPoint, MountRequest, VolumeOptions};
use super::{Daemon, tmpfs, tree, volume};
use crate::world::context::Context;
use crate::world::event::EventKind;
use crate::world::filesystem::entry::Node;
use crate::world::filesystem::union::UnionMount;
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

/// What keeps a mount apart from others in its peer group, or not (mount_namespaces(7)).
const PROPAGATIONS: [&str; 6] = ["private", "rprivate", "slave", "rslave", "shared", "rshared"];

/// The options after the second colon of `-v`.
#[derive(Clone, Debug, Default)]
struct Mode {
    read_only: bool,
    /// `nocopy`, if it is there.
    no_copy: bool,
    propagation: Option<String>,
}

/// Reads them; each kind of option may be there once (moby `linuxValidMountMode`).
fn read_mode(text: &str) -> Option<Mode> {
    let mut mode = Mode::default();
    if text.is_empty() {
        return Some(mode);
    }
    let mut seen = std::collections::BTreeSet::new();
    for option in text.split(',') {
        let kind = match option {
            "ro" | "rw" => "rw",
            "z" | "Z" => "label",
            "nocopy" => "copy",
            "consistent" | "cached" | "delegated" => "consistency",
            option if PROPAGATIONS.contains(&option) => "propagation",
            _ => return None,
        };
        if !seen.insert(kind) {
            return None;
        }
        mode.read_only |= option == "ro";
        mode.no_copy |= option == "nocopy";
        if kind == "propagation" {
            mode.propagation = Some(option.to_owned());
        }
    }
    Some(mode)
}

/// Reads one `-v` (moby `ParseMountRaw`).
fn read_bind(kernel: &Kernel, text: &str, volume_driver: &str) -> Result<MountPoint, ApiError> {
    let invalid = || ApiError::invalid(format!("invalid volume specification: '{text}'"));
    let parts: Vec<&str> = text.split(':').collect();
    let (source, target, mode) = match parts.as_slice() {
        ["", ..] | [] => return Err(invalid()),
        [target] => ("", *target, ""),
        [_, mode] if read_mode(mode).is_some() => return Err(invalid()),
        [source, target] => (*source, *target, ""),
        [source, target, mode] => (*source, *target, *mode),
        _ => return Err(invalid()),
    };
    let read = read_mode(mode).ok_or_else(|| ApiError::invalid(format!("invalid mode: {mode}")))?;
    let is_bind = source.starts_with('/');
    let no_copy = VolumeOptions { no_copy: true, ..VolumeOptions::default() };
    let named_driver = VolumeOptions { driver: volume_driver.to_owned(), ..VolumeOptions::default() };
    let request = MountRequest {
        kind: if is_bind { "bind" } else { "volume" }.to_owned(),
        source: source.to_owned(),
        target: target.to_owned(),
        read_only: read.read_only,
        volume: match (read.no_copy, is_bind || volume_driver.is_empty()) {
            (true, true) => Some(no_copy),
            (true, false) => Some(VolumeOptions { no_copy: true, ..named_driver }),
            (false, false) => Some(named_driver),
            (false, true) => None,
        },
        bind: read.propagation.map(|propagation| BindOptions { propagation, ..BindOptions::default() }),
        ..MountRequest::default()
    };
    let point = read_request(kernel, &request, false)
        .map_err(|error| ApiError { message: format!("{}: {}", invalid().message, error.message), ..error })?;
    let mode = if mode.is_empty() && !is_bind { "z" } else { mode };
    Ok(MountPoint { mode: mode.to_owned(), ..point })
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
            if from.is_empty() {
                return Err(ApiError::invalid("volumes-from specification cannot be an empty string"));
            }
            let (name, mode) = from.split_once(':').unwrap_or((from, ""));
            let Some(read) = read_mode(mode).filter(|read| !read.no_copy && read.propagation.is_none()) else {
                return Err(ApiError::invalid(format!("invalid mode: {mode}")));
            };
            let other = self.find(name).map_err(|error| ApiError { status: 400, ..error })?;
            for mount in &other.mounts {
                plan.retain(|known| known.target != mount.target);
                let read_write = mount.read_write && !read.read_only;
                let mode = String::new();
                plan.push(MountPoint { mode, read_write, anonymous: false, copies: false, ..mount.clone() });
            }
        }
        let mut targets = std::collections::BTreeSet::new();
        let mut asked = Vec::new();
        for bind in &host.binds {
            let point = read_bind(kernel, bind, &host.volume_driver)?;
            check_volume(&point)?;
            asked.push(point);
        }
        for mount in &host.mounts {
            let point = read_mount(kernel, mount)?;
            check_volume(&point)?;
            asked.push(point);
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
            if !host.volume_driver.is_empty() {
                check_driver("", &host.volume_driver)?;
            }
            plan.push(MountPoint { target, read_write: true, copies: true, ..anonymous() });
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
                    let labels = std::mem::take(&mut mount.labels);
                    let options = std::mem::take(&mut mount.driver_options);
                    self.ensure_volume(kernel, context, &name, mount.anonymous, labels, options);
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
fn anonymous() -> MountPoint {
    MountPoint { kind: "volume", anonymous: true, ..MountPoint::default() }
}

/// Reads one `--mount` (moby `ParseMountSpec`).
///
/// # Errors
/// 400, in the Engine's words.
pub(super) fn read_mount(kernel: &Kernel, mount: &MountRequest) -> Result<MountPoint, ApiError> {
    let point = read_request(kernel, mount, true)?;
    let mode = if point.kind == "volume" { "z".to_owned() } else { String::new() };
    Ok(MountPoint { mode, ..point })
}

/// A path of the same file system, below the place that it is looked for in (Go's `filepath.IsLocal`).
fn is_local(path: &str) -> bool {
    let mut depth = 0_i32;
    for part in path.split('/') {
        depth += match part {
            "" | "." => 0,
            ".." => -1,
            _ => 1,
        };
        if depth < 0 {
            return false;
        }
    }
    !path.is_empty() && !path.starts_with('/')
}

/// Checks a mount and reads it (moby `validateMountConfigImpl`, `parseMountSpec`).
fn read_request(kernel: &Kernel, mount: &MountRequest, source_exists: bool) -> Result<MountPoint, ApiError> {
    let invalid = |why: String| ApiError::invalid(format!("invalid mount config for type \"{}\": {why}", mount.kind));
    let absolute = |path: &str| match path.starts_with('/') {
        true => Ok(()),
        false => Err(invalid(format!("invalid mount path: '{path}' mount path must be absolute"))),
    };
    let without = |fields: &[(bool, &str)]| match fields.iter().find(|(given, _)| *given) {
        Some((_, field)) => Err(invalid(format!("field {field} must not be specified"))),
        None => Ok(()),
    };
    let bind_options = (mount.bind.is_some(), "BindOptions");
    let volume_options = (mount.volume.is_some(), "VolumeOptions");
    if mount.target.is_empty() {
        return Err(invalid("field Target must not be empty".to_owned()));
    }
    if clean(&mount.target) == "/" && mount.target.starts_with('/') {
        return Err(invalid("invalid specification: destination can't be '/'".to_owned()));
    }
    absolute(&mount.target)?;
    let target = clean(&mount.target);
    let base = MountPoint { target, read_write: !mount.read_only, ..MountPoint::default() };
    match mount.kind.as_str() {
        "volume" => {
            without(&[bind_options])?;
            let options = mount.volume.clone().unwrap_or_default();
            if !options.subpath.is_empty() {
                if mount.source.is_empty() {
                    return Err(invalid("must not set Subpath when using anonymous volumes".to_owned()));
                }
                if !is_local(&options.subpath) {
                    return Err(invalid("subpath must be a relative path within the volume".to_owned()));
                }
            }
            if mount.read_only && mount.source.is_empty() {
                return Err(invalid("must not set ReadOnly mode when using anonymous volumes".to_owned()));
            }
            Ok(MountPoint {
                kind: "volume",
                name: (!mount.source.is_empty()).then(|| mount.source.as_str().into()),
                anonymous: mount.source.is_empty(),
                copies: !options.no_copy,
                labels: options.labels,
                driver: options.driver,
                driver_options: options.driver_options,
                subpath: options.subpath,
                ..base
            })
        }
        "bind" => {
            if mount.source.is_empty() {
                return Err(invalid("field Source must not be empty".to_owned()));
            }
            let propagation = mount.bind.as_ref().map_or("", |bind| bind.propagation.as_str());
            if !propagation.is_empty() && !PROPAGATIONS.contains(&propagation) {
                return Err(invalid(format!("invalid propagation mode: {propagation}")));
            }
            without(&[volume_options])?;
            absolute(&mount.source)?;
            let source = clean(&mount.source);
            let host = kernel.union(Kernel::HOST_ROOT);
            let is_there =
                |host: &UnionMount| tree::follow(host, &source).is_ok_and(|path| host.lookup(&path).is_some());
            let must_exist = source_exists && !mount.bind.as_ref().is_some_and(|bind| bind.creates_source);
            if must_exist && !host.is_some_and(is_there) {
                return Err(invalid(format!("bind source path does not exist: {}", mount.source)));
            }
            let propagation = if propagation.is_empty() { "rprivate" } else { propagation }.to_owned();
            Ok(MountPoint { kind: "bind", source, propagation, must_exist, ..base })
        }
        "tmpfs" => {
            without(&[bind_options, (!mount.source.is_empty(), "Source")])?;
            let tmpfs = tmpfs::options_of(mount.tmpfs.as_ref(), mount.read_only);
            Ok(MountPoint { kind: "tmpfs", tmpfs, ..base })
        }
        "image" => Err(ApiError::not_modelled("a mount of type image")),
        _ => Err(invalid("mount type unknown".to_owned())),
    }
}

/// Whether the volume of a mount can be made.
fn check_volume(point: &MountPoint) -> Result<(), ApiError> {
    if point.kind != "volume" {
        return Ok(());
    }
    let name = point.name.as_deref().unwrap_or_default();
    check_driver(name, &point.driver)?;
    match point.name.as_deref().map(volume::check_name) {
        Some(Err(why)) => Err(ApiError::invalid(format!("create {name}: {why}"))),
        _ => Ok(()),
    }
}

/// Volumes of drivers that are plugins there are none.
fn check_driver(name: &str, driver: &str) -> Result<(), ApiError> {
    match driver {
        "" | "local" => Ok(()),
        driver => Err(ApiError::not_found(format!(
            "create {name}: error looking up volume plugin {driver}: plugin \"{driver}\" not found"
        ))),
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
