//! The configurations of single layers, as the first Docker versions had them: `docker save` still writes one for each layer.
//!
//! Promises: bytes and names as in moby (`image/tarexport/save.go`, `image/v1/imagev1.go`). Nobody reads them any more.

use serde_json::Value;

use crate::world::clock::Time;
use crate::world::digest::Digest;
use crate::world::registry::config::{ContainerSettings, Form, RunConfig};
use crate::world::registry::go_json::{self, Layout, Object};
use crate::world::registry::image::Image;

/// The configurations of an image's layers, lowest first.
pub fn configurations(image: &Image) -> Vec<Vec<u8>> {
    let (mut written, mut parent) = (Vec::new(), None::<Digest>);
    for (number, chain_id) in image.chain_ids().iter().enumerate() {
        let last = number + 1 == image.chain_ids().len();
        let fields = if last { top(image) } else { below() };
        let id = identity(&fields, &chain_id.to_string(), parent);
        let mut object =
            Object::new().member("id", id.hex()).member_unless_empty("parent", parent.map(|parent| parent.hex()));
        for (name, value) in fields {
            object = object.member(name, value);
        }
        if !last {
            object = object.member_unless_empty("os", image.config().os.as_str());
        }
        written.push(go_json::encode(&object.into(), Layout::Compact));
        parent = Some(id);
    }
    written
}

/// What is said of a layer that others lie on: it was made when time began.
fn below() -> Vec<(&'static str, Value)> {
    let empty = RunConfig::default().engine_json(&ContainerSettings::default());
    vec![("created", Time::EPOCH.to_string().into()), ("container_config", empty)]
}

/// What is said of the top layer: all that the image says.
fn top(image: &Image) -> Vec<(&'static str, Value)> {
    let config = image.config();
    let none = ContainerSettings::default();
    let (container, version, own, of_container) = match &config.form {
        Form::BuildKit => ("", "", config.config.engine_json(&none), RunConfig::default().engine_json(&none)),
        Form::Engine(form) => (
            form.container.as_str(),
            form.docker_version.as_str(),
            config.config.engine_json(&form.settings),
            form.container_config.engine_json(&form.container_settings),
        ),
    };
    let created = config.created.map_or(Value::Null, |created| created.to_string().into());
    let text = |text: &str| Value::from(text);
    let fields = [
        ("comment", text(&config.comment)),
        ("created", created),
        ("container", text(container)),
        ("container_config", of_container),
        ("docker_version", text(version)),
        ("author", text(&config.author)),
        ("config", own),
        ("architecture", text(&config.architecture)),
        ("variant", text(&config.variant)),
        ("os", text(&config.os)),
    ];
    fields.into_iter().filter(|(name, value)| *name == "created" || value.as_str() != Some("")).collect()
}

/// `v1.CreateID`: the digest of what is said, with the layers and the ID below.
fn identity(fields: &[(&'static str, Value)], layers: &str, parent: Option<Digest>) -> Digest {
    let mut object = Object::new().member("layer_id", layers);
    for (name, value) in fields {
        object = object.member(name, value.clone());
    }
    let object = object.member_unless_empty("parent", parent.map(|parent| parent.to_string()));
    Digest::of(go_json::encode(&object.sorted().into(), Layout::Compact))
}
