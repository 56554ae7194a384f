//! Requests as they go over the socket: method and path, for those who want to see the API behind the command line.

use super::api::{API_VERSION, Request};

/// Method and path of a request that does or shows something; `None` for what attached clients ask again and again.
pub fn of(request: &Request) -> Option<(&'static str, String)> {
    let container = |name: &str, action: &str| format!("/containers/{name}/{action}");
    let (method, path) = match request {
        Request::Version => ("GET", "/version".to_owned()),
        Request::Info => ("GET", "/info".to_owned()),
        Request::DiskUsage => ("GET", "/system/df".to_owned()),
        Request::Events { .. } => ("GET", "/events".to_owned()),
        Request::RegistryLogin { .. } => ("POST", "/auth".to_owned()),
        Request::ImagePull(pull) => ("POST", format!("/images/create?fromImage={}", pull.reference)),
        Request::ImagePush(push) => ("POST", format!("/images/{}/push", push.reference)),
        Request::ImageList { .. } => ("GET", "/images/json".to_owned()),
        Request::ImageInspect { name, .. } => ("GET", format!("/images/{name}/json")),
        Request::ImageHistory { name, .. } => ("GET", format!("/images/{name}/history")),
        Request::ImageTag { source, .. } => ("POST", format!("/images/{source}/tag")),
        Request::ImageRemove { name, .. } => ("DELETE", format!("/images/{name}")),
        Request::ImagePrune { .. } => ("POST", "/images/prune".to_owned()),
        Request::ImageBuild(_) => ("POST", "/build".to_owned()),
        Request::BuildCacheList => ("GET", "/system/df?type=build-cache".to_owned()),
        Request::BuildCachePrune { .. } => ("POST", "/build/prune".to_owned()),
        Request::ImageSave { names, .. } => ("GET", format!("/images/get?names={}", names.join("&names="))),
        Request::ImageLoad { .. } => ("POST", "/images/load".to_owned()),
        Request::ImageImport(import) => {
            let repository = import.reference.as_deref().map_or_else(String::new, |name| format!("&repo={name}"));
            ("POST", format!("/images/create?fromSrc=-{repository}"))
        }
        Request::ContainerCreate(create) => match &create.name {
            Some(name) => ("POST", format!("/containers/create?name={name}")),
            None => ("POST", "/containers/create".to_owned()),
        },
        Request::ContainerStart { container: name } => ("POST", container(name, "start")),
        Request::ContainerStop { container: name, .. } => ("POST", container(name, "stop")),
        Request::ContainerRestart { container: name, .. } => ("POST", container(name, "restart")),
        Request::ContainerKill { container: name, .. } => ("POST", container(name, "kill")),
        Request::ContainerPause { container: name } => ("POST", container(name, "pause")),
        Request::ContainerUnpause { container: name } => ("POST", container(name, "unpause")),
        Request::ContainerRename { container: name, .. } => ("POST", container(name, "rename")),
        Request::ContainerUpdate { container: name, .. } => ("POST", container(name, "update")),
        Request::ContainerRemove { container, .. } => ("DELETE", format!("/containers/{container}")),
        Request::ContainerPrune { .. } => ("POST", "/containers/prune".to_owned()),
        Request::ContainerList { .. } => ("GET", "/containers/json".to_owned()),
        Request::ContainerInspect { container: name, .. } => ("GET", container(name, "json")),
        Request::ContainerLogs { container: name, from: 0 } => ("GET", container(name, "logs")),
        Request::ContainerAttach { container: name } => ("POST", container(name, "attach")),
        Request::ContainerExport { container: name } => ("GET", container(name, "export")),
        Request::ContainerStatPath { container: name, path } => {
            ("HEAD", container(name, &format!("archive?path={path}")))
        }
        Request::ContainerArchive { container: name, path } => {
            ("GET", container(name, &format!("archive?path={path}")))
        }
        Request::ContainerExtract { container: name, path, .. } => {
            ("PUT", container(name, &format!("archive?path={path}")))
        }
        Request::ContainerDiff { container: name } => ("GET", container(name, "changes")),
        Request::ContainerTop { container: name, .. } => ("GET", container(name, "top")),
        Request::ContainerStats { container: name } => ("GET", container(name, "stats")),
        Request::ContainerCommit(commit) => ("POST", format!("/commit?container={}", commit.container)),
        Request::ExecCreate { container: name, .. } => ("POST", container(name, "exec")),
        Request::ExecStart { exec } => ("POST", format!("/exec/{exec}/start")),
        Request::ExecInspect { exec } => ("GET", format!("/exec/{exec}/json")),
        Request::VolumeCreate { .. } => ("POST", "/volumes/create".to_owned()),
        Request::VolumeList { .. } => ("GET", "/volumes".to_owned()),
        Request::VolumeInspect { name } => ("GET", format!("/volumes/{name}")),
        Request::VolumeRemove { name, .. } => ("DELETE", format!("/volumes/{name}")),
        Request::VolumePrune { .. } => ("POST", "/volumes/prune".to_owned()),
        Request::NetworkCreate(_) => ("POST", "/networks/create".to_owned()),
        Request::NetworkList { .. } => ("GET", "/networks".to_owned()),
        Request::NetworkInspect { name } => ("GET", format!("/networks/{name}")),
        Request::NetworkRemove { name } => ("DELETE", format!("/networks/{name}")),
        Request::NetworkConnect { network, .. } => ("POST", format!("/networks/{network}/connect")),
        Request::NetworkDisconnect { network, .. } => ("POST", format!("/networks/{network}/disconnect")),
        Request::NetworkPrune { .. } => ("POST", "/networks/prune".to_owned()),
        _ => return None,
    };
    Some((method, format!("/v{API_VERSION}{path}")))
}

/// Whether a request may change what other clients wait for.
pub fn changes(request: &Request) -> bool {
    match request {
        Request::ContainerInput { .. }
        | Request::ContainerCloseInput { .. }
        | Request::ExecInput { .. }
        | Request::ExecCloseInput { .. } => true,
        request => of(request).is_some_and(|(method, _)| !matches!(method, "GET" | "HEAD")),
    }
}
