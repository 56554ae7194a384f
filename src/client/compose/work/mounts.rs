//! What is mounted into a service's containers: volumes, directories, secrets, configs.
//!
//! Promises: the choice between `-v` and `--mount` that Compose makes (`buildContainerVolumes`).

use std::collections::BTreeMap;

use super::Bench;
use super::containers::Listed;
use crate::client::compose::ComposeError;
use crate::client::compose::file::absolute;
use crate::client::compose::model::parts::{BindOptions, FileObject, FileReference, Volume};
use crate::client::compose::model::{Project, Service};
use crate::world::daemon::api::{Request, Response};
use crate::world::daemon::container::{self, MountRequest};

/// The mounts of a container: binds, and the others.
type Mounts = (Vec<String>, Vec<MountRequest>);

/// The mounts of a container of a service; anonymous volumes are those of the container that it takes the place of.
///
/// # Errors
/// What Compose does not support.
pub fn of(
    bench: &mut Bench<'_, '_>,
    service: &Service,
    name: &str,
    inherits: Option<&Listed>,
) -> Result<Mounts, ComposeError> {
    let mut volumes = service.volumes.clone();
    let mut mounts: BTreeMap<String, MountRequest> = BTreeMap::new();
    if let Some(replaced) = inherits {
        inherit(bench, service, name, replaced, &mut volumes, &mut mounts)?;
    }
    let project = bench.site.project.clone();
    for volume in &volumes {
        let mount = mount(bench, &project, volume);
        mounts.insert(mount.target.clone(), mount);
    }
    for mount in file_mounts(bench, &project, service)? {
        mounts.entry(mount.target.clone()).or_insert(mount);
    }
    let mut binds = Vec::new();
    let mut others = Vec::new();
    for (target, mount) in mounts {
        let volume = volumes.iter().find(|volume| volume.target == target);
        match (mount.kind.as_str(), volume) {
            ("bind", Some(volume)) if !needs_mount(volume) => binds.push(bind(&mount.source, volume)),
            ("volume", Some(volume)) if !needs_mount(volume) && is_known(&project, &mount.source) => {
                binds.push(bind(&mount.source, volume));
            }
            _ => others.push(mount),
        }
    }
    Ok((binds, others))
}

fn is_known(project: &Project, name: &str) -> bool {
    project.volumes.values().any(|volume| volume.name == name)
}

/// Whether it has options that `-v` has no place for.
fn needs_mount(volume: &Volume) -> bool {
    let of_bind =
        |bind: &BindOptions| !bind.create_host_path || !bind.propagation.is_empty() || !bind.recursive.is_empty();
    volume.bind.as_ref().is_some_and(of_bind)
        || volume
            .volume
            .as_ref()
            .is_some_and(|options| !options.labels.0.is_empty() || !options.subpath.is_empty() || options.nocopy)
}

fn bind(source: &str, volume: &Volume) -> String {
    let mut options = vec![if volume.read_only { "ro" } else { "rw" }];
    if let Some(bind) = &volume.bind {
        options
            .extend([bind.selinux.as_str(), bind.propagation.as_str()].into_iter().filter(|option| !option.is_empty()));
    }
    if volume.volume.as_ref().is_some_and(|options| options.nocopy) {
        options.push("nocopy");
    }
    format!("{source}:{}:{}", volume.target, options.join(","))
}

/// Takes over the anonymous volumes of the container before.
fn inherit(
    bench: &mut Bench<'_, '_>,
    service: &Service,
    name: &str,
    replaced: &Listed,
    volumes: &mut Vec<Volume>,
    mounts: &mut BTreeMap<String, MountRequest>,
) -> Result<(), ComposeError> {
    let image = service.image_name(&bench.site.project.name, name);
    let of_image = match bench.ask(Request::ImageInspect { name: image, platform: None })? {
        Response::Object(image) => image["Config"]["Volumes"].as_object().cloned().unwrap_or_default(),
        _ => serde_json::Map::new(),
    };
    let inspected = bench.inspect(&replaced.0.id)?;
    for found in inspected["Mounts"].as_array().into_iter().flatten() {
        let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
        let (kind, target) = (text("Type"), text("Destination"));
        if kind == "tmpfs" {
            continue;
        }
        let mount = MountRequest {
            source: if kind == "volume" { text("Name") } else { text("Source") },
            target: target.clone(),
            read_only: found["RW"] == false,
            kind,
            ..MountRequest::default()
        };
        if of_image.contains_key(&target) {
            mounts.insert(target.clone(), mount.clone());
        }
        let anonymous = |volume: &Volume| volume.target == target && volume.source.is_empty();
        if volumes.iter().any(anonymous) {
            volumes.retain(|volume| !anonymous(volume));
            mounts.insert(target, mount);
        }
    }
    Ok(())
}

fn mount(bench: &mut Bench<'_, '_>, project: &Project, volume: &Volume) -> MountRequest {
    let source = match volume.kind.as_str() {
        "bind" => absolute(&bench.system.working_directory(), &volume.source),
        "volume" => project.volumes.get(&volume.source).map_or(&volume.source, |found| &found.name).clone(),
        _ => volume.source.clone(),
    };
    let given = [
        ("bind", volume.bind.is_some()),
        ("volume", volume.volume.is_some()),
        ("tmpfs", volume.tmpfs.is_some()),
        ("image", volume.image.is_some()),
    ];
    for (kind, is_given) in given {
        if is_given && volume.kind != kind {
            bench.warn(&format!("mount of type `{}` should not define `{kind}` option", volume.kind));
        }
    }
    let is = |kind: &str| volume.kind == kind;
    MountRequest {
        kind: volume.kind.clone(),
        source,
        target: volume.target.clone(),
        read_only: volume.read_only,
        consistency: volume.consistency.clone(),
        bind: volume.bind.as_ref().filter(|_| is("bind")).map(bind_options),
        volume: volume.volume.as_ref().filter(|_| is("volume")).map(|options| container::VolumeOptions {
            no_copy: options.nocopy,
            labels: options.labels.0.clone(),
            subpath: options.subpath.clone(),
            ..container::VolumeOptions::default()
        }),
        image_subpath: volume.image.as_ref().filter(|_| is("image")).map(|image| image.subpath.clone()),
        tmpfs: volume.tmpfs.as_ref().filter(|_| is("tmpfs")).map(|options| container::TmpfsOptions {
            size: options.size.0,
            mode: u32::try_from(options.mode).unwrap_or(0),
        }),
    }
}

fn bind_options(bind: &BindOptions) -> container::BindOptions {
    container::BindOptions {
        propagation: bind.propagation.clone(),
        creates_source: bind.create_host_path,
        non_recursive: bind.recursive == "disabled",
        read_only_non_recursive: bind.recursive == "writable",
        read_only_force_recursive: bind.recursive == "readonly",
    }
}

/// Secrets and configs that are files of the host.
fn file_mounts(
    bench: &mut Bench<'_, '_>,
    project: &Project,
    service: &Service,
) -> Result<Vec<MountRequest>, ComposeError> {
    let refuse = |text: String| Err(ComposeError::Message(text));
    let mut mounts: BTreeMap<String, MountRequest> = BTreeMap::new();
    let kinds: [(&str, &str, &[FileReference], &BTreeMap<String, FileObject>); 2] = [
        ("secret", "/run/secrets/", &service.secrets, &project.secrets),
        ("config", "/", &service.configs, &project.configs),
    ];
    for (kind, directory, references, objects) in kinds {
        for reference in references {
            let Some(object) = objects.get(&reference.source) else { continue };
            if object.external {
                return refuse(format!("unsupported external {kind} {}", object.name));
            }
            if !object.driver.is_empty() {
                return refuse(format!("Docker Compose does not support {kind}s.*.driver"));
            }
            if !object.template_driver.is_empty() {
                return refuse(format!("Docker Compose does not support {kind}s.*.template_driver"));
            }
            if !object.environment.is_empty() || !object.content.is_empty() {
                continue;
            }
            if !reference.uid.is_empty() || !reference.gid.is_empty() || reference.mode.is_some() {
                let what = if kind == "secret" { "secrets" } else { "config" };
                bench.warn(&format!("{what} `uid`, `gid` and `mode` are not supported, they will be ignored"));
            }
            if kind == "secret" && bench.system.status(&object.file, true).is_err() {
                bench.warn(&format!("secret file {} does not exist", object.name));
            }
            let target = target(reference, directory);
            let mount = MountRequest {
                kind: "bind".to_owned(),
                source: object.file.clone(),
                target: target.clone(),
                read_only: true,
                ..MountRequest::default()
            };
            mounts.insert(target, mount);
        }
    }
    Ok(mounts.into_values().collect())
}

/// Where a secret or config stands in a container.
pub fn target(reference: &FileReference, directory: &str) -> String {
    let target = if reference.target.is_empty() { &reference.source } else { &reference.target };
    if target.starts_with('/') { target.clone() } else { format!("{directory}{target}") }
}
