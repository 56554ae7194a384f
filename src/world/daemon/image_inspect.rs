//! `docker image inspect`: everything about one image.
//!
//! Promises: the keys and their order are those of the Engine API 1.51, which writes `Config` last, with sorted keys and with those
//! that older clients expect (moby, `daemon/server/router/image/inspect_response.go`). Must not know: how it is printed.

use serde_json::{Map, Value};

use super::api::Response;
use super::system::parse_platform;
use super::{Answer, Daemon};
use crate::world::clock::Time;
use crate::world::digest::Digest;
use crate::world::process::Kernel;
use crate::world::registry::config::Form;
use crate::world::registry::go_json::Object;
use crate::world::registry::image::Image;

/// Go's zero time.
const ZERO_TIME: &str = "0001-01-01T00:00:00Z";
/// Where overlay2 keeps the files of layers.
const OVERLAY: &str = "/var/lib/docker/overlay2";

impl Daemon {
    pub(super) fn image_inspect(&self, kernel: &Kernel, name: &str, platform: Option<&str>) -> Answer {
        let image = self.images.lookup_for(name, parse_platform(platform, kernel)?.as_ref())?;
        Ok(Response::Object(Box::new(self.inspected(&image))))
    }

    fn inspected(&self, image: &Image) -> Value {
        let id = image.id();
        let config = image.config();
        let docker_version = match &config.form {
            Form::Engine(form) => form.docker_version.as_str(),
            Form::BuildKit => "",
        };
        let last_step = config.history.last().map_or("", |step| step.comment.as_str());
        let comment = if config.comment.is_empty() { last_step } else { config.comment.as_str() };
        let layers: Vec<Value> = config.diff_ids.iter().map(|diff_id| diff_id.to_string().into()).collect();
        let tagged = self.images.tagged(&id).map_or_else(|| ZERO_TIME.to_owned(), |at: Time| at.to_string());
        Object::new()
            .member("Id", id.to_string())
            .member("RepoTags", self.images.tags_of(&id))
            .member("RepoDigests", self.images.digests_of(&id))
            .member("Parent", self.images.parent(&id).map(|parent| parent.to_string()).unwrap_or_default())
            .member("Comment", comment)
            .member_unless_empty("Created", config.created.map(|created| created.to_string()))
            .member("DockerVersion", docker_version)
            .member("Author", config.author.as_str())
            .member("Architecture", config.architecture.as_str())
            .member_unless_empty("Variant", config.variant.as_str())
            .member("Os", config.os.as_str())
            .member("Size", image.size())
            .member("GraphDriver", graph_driver(image))
            .member("RootFS", Object::new().member("Type", "layers").member_unless_empty("Layers", layers))
            .member("Metadata", Object::new().member("LastTagTime", tagged))
            .member("Config", config_for_old_clients(config.config.buildkit_json()))
            .into()
    }
}

/// The configuration with sorted keys and the eight that are always there.
fn config_for_old_clients(written: Value) -> Value {
    let mut config = Map::new();
    for name in ["Cmd", "Entrypoint", "Env", "Labels", "OnBuild", "Volumes"] {
        config.insert(name.to_owned(), Value::Null);
    }
    for name in ["User", "WorkingDir"] {
        config.insert(name.to_owned(), "".into());
    }
    if let Value::Object(written) = written {
        config.extend(written);
    }
    config.sort_keys();
    config.into()
}

/// The directories that overlay2 would have for the image's layers. Their names are the engine's own choice; here they follow
/// from the layers.
fn graph_driver(image: &Image) -> Value {
    let mut directories: Vec<String> = image
        .chain_ids()
        .iter()
        .map(|chain_id| format!("{OVERLAY}/{}", Digest::of(format!("overlay2 {chain_id}")).hex()))
        .collect();
    let Some(top) = directories.pop() else {
        return Object::new().member("Data", Value::Null).member("Name", "overlay2").into();
    };
    directories.reverse();
    let lower = directories.iter().map(|directory| format!("{directory}/diff")).collect::<Vec<_>>().join(":");
    let data = Object::new()
        .member_unless_empty("LowerDir", lower)
        .member("MergedDir", format!("{top}/merged"))
        .member("UpperDir", format!("{top}/diff"))
        .member("WorkDir", format!("{top}/work"));
    Object::new().member("Data", data).member("Name", "overlay2").into()
}
