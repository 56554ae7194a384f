//! What the engine says of itself: version, info, disk usage.

use serde_json::{Value, json};

use super::api::{API_VERSION, ApiError, ENGINE_VERSION, Response};
use super::container::Status;
use super::{Answer, Daemon, tree, volume};
use crate::world::process::Kernel;
use crate::world::registry::platform::Platform;

/// GOARCH for the kernel's name of an architecture.
fn go_architecture(architecture: &str) -> &str {
    match architecture {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// The platform that a machine runs.
pub(super) fn own_platform(kernel: &Kernel) -> Platform {
    Platform::linux(go_architecture(&kernel.architecture))
}

/// What a machine runs: first itself, as containerd finds it (`platforms.DefaultSpec` with the processor's variant), then what else.
pub(super) fn host_platforms(kernel: &Kernel) -> [Platform; 2] {
    let own = own_platform(kernel);
    let (variant, other) = match own.architecture.as_str() {
        "amd64" => ("v4", "386"),
        _ => ("v8", "arm"),
    };
    [Platform { variant: variant.to_owned(), ..own }, Platform::linux(other)]
}

/// Whether a machine's processors can run what is made for a platform.
pub(super) fn runs(kernel: &Kernel, platform: &Platform) -> bool {
    let fits = |host: &Platform| (&host.os, &host.architecture) == (&platform.os, &platform.architecture);
    host_platforms(kernel).iter().any(fits)
}

/// The platform that a request names; none for none, and for an empty one.
///
/// # Errors
/// 400 for what is no platform.
pub(super) fn parse_platform(text: Option<&str>, kernel: &Kernel) -> Result<Option<Platform>, ApiError> {
    let parse = |text: &str| Platform::parse(text, &own_platform(kernel));
    let parsed = text.filter(|text| !text.is_empty()).map(parse).transpose();
    parsed.map_err(|error| ApiError::invalid(error.to_string()))
}

impl Daemon {
    /// `GET /version`.
    pub(super) fn version(&self, kernel: &Kernel) -> Answer {
        Ok(Response::Object(Box::new(json!({
            "Platform": {"Name": "Docker Engine - Community"},
            "Components": [
                {"Name": "Engine", "Version": ENGINE_VERSION},
                {"Name": "containerd", "Version": "1.7.28"},
                {"Name": "runc", "Version": "1.3.3"},
                {"Name": "docker-init", "Version": "0.19.0"},
            ],
            "Version": ENGINE_VERSION,
            "ApiVersion": API_VERSION,
            "MinAPIVersion": "1.24",
            "GitCommit": "89c5e8f",
            "GoVersion": "go1.24.9",
            "Os": "linux",
            "Arch": go_architecture(&kernel.architecture),
            "KernelVersion": &**kernel.release_in_containers(),
            "BuildTime": "2025-11-05T14:43:25.000000000+00:00",
        }))))
    }

    /// `GET /info`.
    pub(super) fn info(&self, kernel: &Kernel) -> Answer {
        let count = |wanted: &[Status]| self.containers.values().filter(|c| wanted.contains(&c.state.status)).count();
        let (running, paused) = (count(&[Status::Running, Status::Restarting]), count(&[Status::Paused]));
        let all = self.containers.len();
        let mut info = json!({
            "ID": "8f3cabb9-7643-4793-89c6-8254878824d7",
            "Containers": all,
            "ContainersRunning": running,
            "ContainersPaused": paused,
            "ContainersStopped": all - running - paused,
            "Images": self.images.iter().count(),
            "Driver": "overlay2",
            "DriverStatus": [
                ["Backing Filesystem", "extfs"],
                ["Supports d_type", "true"],
                ["Using metacopy", "false"],
                ["Native Overlay Diff", "true"],
                ["userxattr", "false"],
            ],
            "Plugins": {
                "Volume": ["local"],
                "Network": ["bridge", "host", "ipvlan", "macvlan", "null", "overlay"],
                "Authorization": null,
                "Log": ["awslogs", "fluentd", "gelf", "journald", "json-file", "local", "splunk", "syslog"],
            },
        });
        let desktop = kernel.guest.is_some();
        let rest = json!({
            "MemoryLimit": true,
            "SwapLimit": true,
            "CpuCfsPeriod": true,
            "CpuCfsQuota": true,
            "CPUShares": true,
            "CPUSet": true,
            "PidsLimit": true,
            "IPv4Forwarding": true,
            "Debug": false,
            "OomKillDisable": true,
            "LoggingDriver": "json-file",
            "CgroupDriver": "cgroupfs",
            "CgroupVersion": "1",
            "KernelVersion": &**kernel.release_in_containers(),
            "OperatingSystem": if desktop { "Docker Desktop" } else { "Debian GNU/Linux 13 (trixie)" },
            "OSVersion": if desktop { "" } else { "13" },
            "OSType": "linux",
            "Architecture": &*kernel.architecture,
            "IndexServerAddress": "https://index.docker.io/v1/",
            "NCPU": kernel.cpus,
            "MemTotal": kernel.guest.as_ref().map_or(kernel.memory, |guest| guest.memory),
            "DockerRootDir": "/var/lib/docker",
            "Name": if desktop { "docker-desktop" } else { kernel.host_name(kernel.host.uts) },
            "Labels": [],
            "ExperimentalBuild": false,
            "ServerVersion": ENGINE_VERSION,
            "Runtimes": {"io.containerd.runc.v2": {"path": "runc"}, "runc": {"path": "runc"}},
            "DefaultRuntime": "runc",
            "Swarm": {"LocalNodeState": "inactive"},
            "LiveRestoreEnabled": false,
            "InitBinary": "docker-init",
            "SecurityOptions": ["name=seccomp,profile=builtin"],
            "Warnings": null,
        });
        if let (Value::Object(info), Value::Object(rest)) = (&mut info, rest) {
            info.extend(rest);
        }
        Ok(Response::Object(Box::new(info)))
    }

    /// `GET /system/df`: sizes of images, containers and volumes, and what of them nobody uses.
    pub(super) fn disk_usage(&self, kernel: &Kernel) -> Answer {
        let mut layers = std::collections::BTreeMap::new();
        let mut used_images = std::collections::BTreeSet::new();
        for image in self.images.iter() {
            layers.extend(image.chain_ids().iter().zip(image.layers()).map(|(chain, layer)| (chain.0, layer.size())));
        }
        let containers: Vec<_> = self
            .containers
            .values()
            .map(|container| {
                used_images.insert(container.image);
                let (own, _) = self.sizes(kernel, container);
                let state = container.state.status;
                json!({"Id": &*container.id, "SizeRw": own, "State": state.name()})
            })
            .collect();
        let images = self.images.iter().map(|image| {
            json!({"Id": image.id().to_string(), "Size": image.size(), "Containers": i32::from(used_images.contains(&image.id()))})
        });
        let images: Vec<_> = images.collect();
        let volumes = self.volumes.keys().map(|name| {
            let size = kernel.union(Kernel::HOST_ROOT).map_or(0, |host| tree::size(host, &volume::mountpoint(name)));
            let has = |container: &&std::sync::Arc<super::container::Container>| {
                container.mounts.iter().any(|mount| mount.name.as_ref() == Some(name))
            };
            json!({"Name": &**name, "Size": size, "RefCount": self.containers.values().filter(has).count()})
        });
        let volumes: Vec<_> = volumes.collect();
        let size: u64 = layers.values().sum();
        let records = self.build_cache.records(&self.images.chains());
        // What images share is counted there.
        let build_cache =
            records.iter().map(|record| json!({"ID": record.id, "Size": if record.shared { 0 } else { record.size }}));
        Ok(Response::Object(Box::new(json!({
            "LayersSize": size,
            "Images": images,
            "Containers": containers,
            "Volumes": volumes,
            "BuildCache": build_cache.collect::<Vec<_>>(),
        }))))
    }
}
