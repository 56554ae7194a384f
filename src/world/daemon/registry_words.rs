//! What the engine says when a registry refuses.
//!
//! Promises: status and text of moby 28.5's classic image store (`distribution/errors.go`, `registry/auth.go`), as it was recorded
//! against Docker's own registry. Must not know how pulls and pushes go on.

use super::api::{ApiError, Response};
use super::reference::Reference;
use super::{Answer, Daemon};
use crate::world::context::Context;
use crate::world::registry::{Credentials, DOCKER_HUB, RegistryError, scheme};

/// What was asked of a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The manifest of a tag or digest.
    Manifest,
    /// The list of tags.
    Tags,
    /// To take something.
    Push,
}

/// The refusal of a registry as the engine hands it on.
pub fn refusal(error: RegistryError, asked: Asked, reference: &Reference) -> ApiError {
    let (domain, path) = (reference.domain(), reference.path());
    match error {
        RegistryError::PullDenied { name } => ApiError::not_found(format!(
            "pull access denied for {name}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied"
        )),
        RegistryError::ManifestUnknown { reference } => {
            ApiError::not_found(format!("manifest for {reference} not found: manifest unknown: manifest unknown"))
        }
        RegistryError::RepositoryUnknown { repository } => ApiError::not_found(format!(
            "repository {repository} not found: name unknown: repository name not known to registry"
        )),
        RegistryError::NoCredentials { .. } => {
            let base = format!("{}://{domain}/v2/{path}", scheme(domain));
            let named = reference.digest().or(reference.tag()).unwrap_or("latest");
            ApiError::failed(match asked {
                Asked::Manifest => format!("Head \"{base}/manifests/{named}\": no basic auth credentials"),
                Asked::Tags => format!("Get \"{base}/tags/list\": no basic auth credentials"),
                Asked::Push => "no basic auth credentials".to_owned(),
            })
        }
        RegistryError::WrongCredentials { .. } => ApiError::failed("unauthorized: authentication required"),
        RegistryError::PushDenied => ApiError::failed("denied: requested access to the resource is denied"),
        other @ (RegistryError::Unreachable { .. } | RegistryError::Catalogue(_)) => {
            ApiError::failed(other.to_string())
        }
    }
}

impl Daemon {
    /// `POST /auth`.
    pub(super) fn registry_login(context: &Context, server: &str, credentials: &Credentials) -> Answer {
        let host = match server.split("://").last().unwrap_or(server).trim_end_matches('/') {
            "index.docker.io/v1" | "index.docker.io" | "registry-1.docker.io" => DOCKER_HUB,
            host => host,
        };
        context.registry.login(host, credentials).map(|()| Response::Done).map_err(|error| match error {
            RegistryError::WrongCredentials { host } if host == DOCKER_HUB => ApiError::new(
                401,
                "Get \"https://registry-1.docker.io/v2/\": unauthorized: incorrect username or password",
            ),
            RegistryError::WrongCredentials { host } => {
                let scheme = scheme(&host);
                ApiError::new(
                    401,
                    format!("login attempt to {scheme}://{host}/v2/ failed with status: 401 Unauthorized"),
                )
            }
            other => ApiError::failed(other.to_string()),
        })
    }
}
