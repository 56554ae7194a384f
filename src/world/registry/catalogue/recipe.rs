//! What an image file says, as values, and the image made from it.
//!
//! Promises: the same recipe, files and base give the same image. Must not know TOML.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Files;
use super::files::{FileRecipe, lay};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::world::clock::Time;
use crate::world::digest::Digest;
use crate::world::filesystem::layer::{Blob, Layer};
use crate::world::filesystem::union::UnionMount;
use crate::world::registry::config::{Form, History, ImageConfig, RunConfig};
use crate::world::registry::image::Image;
use crate::world::registry::manifest::ManifestFormat;
use crate::world::table::Placed;

/// One image file.
#[derive(Debug)]
pub struct Recipe {
    /// The image whose layers and configuration this one goes on from.
    pub base: Option<Placed<String>>,
    /// Architecture, variant, operating system.
    pub platform: [String; 3],
    pub created: Option<Time>,
    pub author: String,
    pub comment: String,
    pub form: Form,
    pub format: ManifestFormat,
    pub config: ConfigRecipe,
    pub steps: Vec<Step>,
}

/// How the configuration differs from the base's: what is not said stays.
#[derive(Debug, Default)]
pub struct ConfigRecipe {
    pub config: RunConfig,
    /// Variables in order; one that the base has is replaced in its place.
    pub env: Vec<String>,
    pub sets_user: bool,
    pub sets_working_dir: bool,
    pub sets_stop_signal: bool,
}

/// One step of the history.
#[derive(Debug)]
pub struct Step {
    pub history: History,
    /// The layer's files; none for a step that changes the configuration only.
    pub files: Option<Vec<FileRecipe>>,
    /// The date of the files that do not say their own.
    pub modified: Time,
}

impl Recipe {
    /// The SHA-256 of everything the layers are made from: the image's file, the files it takes in, and the base.
    pub fn fingerprint(&self, bytes: &[u8], files: &Files, base: Option<Digest>) -> Digest {
        let mut parts: BTreeMap<&str, &[u8]> = BTreeMap::new();
        for file in self.steps.iter().filter_map(|step| step.files.as_ref()).flatten() {
            if let Some((path, bytes)) = file.taken_from().and_then(|path| Some((path, files.get(path)?))) {
                parts.insert(path, bytes);
            }
        }
        let mut all = Digest::of(bytes).bytes().to_vec();
        all.extend(base.iter().flat_map(|base| base.bytes()));
        for (path, bytes) in parts {
            all.extend(Digest::of(path).bytes());
            all.extend(Digest::of(bytes).bytes());
        }
        Digest::of(all)
    }

    /// Makes the image. `locked` are the digests of its own layers, if they are known.
    pub fn build(
        self,
        file: &str,
        bytes: &[u8],
        files: &Files,
        base: Option<&Image>,
        locked: &[(Digest, Blob)],
    ) -> Result<Image, Diagnostics> {
        let mut found = Diagnostics::new();
        found.add_source(file, String::from_utf8_lossy(bytes));
        let mut layers: Vec<Arc<Layer>> = base.map(|base| base.layers().to_vec()).unwrap_or_default();
        let mut history = base.map(|base| base.config().history.clone()).unwrap_or_default();
        let mut locked = locked.iter();
        for step in self.steps {
            history.push(History { empty_layer: step.files.is_none(), ..step.history });
            let Some(recipes) = step.files else { continue };
            let below = UnionMount::new(layers.clone());
            let known = locked.next();
            if let Some(layer) = lay(&recipes, step.modified, &below, files, file, &mut found) {
                layers.push(Arc::new(match known {
                    Some((diff_id, blob)) => layer.with_known_digests(*diff_id, *blob),
                    None => layer,
                }));
            }
        }
        if layers.len() > LAYERS {
            found.push(Diagnostic::error(
                file,
                format!("{} layers: Docker allows {LAYERS} (max depth exceeded)", layers.len()),
            ));
        }
        if found.has_errors() {
            return Err(found);
        }
        let [architecture, variant, os] = self.platform;
        let config = ImageConfig {
            architecture,
            variant,
            os,
            author: self.author,
            comment: self.comment,
            created: self.created,
            config: self.config.applied_to(base.map(|base| base.config().config.clone()).unwrap_or_default()),
            history,
            diff_ids: Vec::new(),
            form: self.form,
        };
        Ok(Image::new(config, layers, self.format))
    }
}

/// Docker's limit (moby `layer/layer_store.go`, `maxLayerDepth`).
const LAYERS: usize = 125;

impl ConfigRecipe {
    fn applied_to(self, base: RunConfig) -> RunConfig {
        let mut result = base;
        for variable in self.env {
            let name = variable.split_once('=').map_or(variable.as_str(), |(name, _)| name);
            let place =
                result.env.iter().position(|known| known.split_once('=').is_some_and(|(known, _)| known == name));
            match place.and_then(|index| result.env.get_mut(index)) {
                Some(known) => *known = variable,
                None => result.env.push(variable),
            }
        }
        let own = self.config;
        // As in a Dockerfile: a new ENTRYPOINT drops the base's CMD.
        if own.entrypoint.is_some() {
            result.entrypoint = own.entrypoint;
            result.cmd = None;
        }
        if own.cmd.is_some() {
            result.cmd = own.cmd;
        }
        if self.sets_user {
            result.user = own.user;
        }
        if self.sets_working_dir {
            result.working_dir = own.working_dir;
        }
        if self.sets_stop_signal {
            result.stop_signal = own.stop_signal;
        }
        result.exposed_ports.extend(own.exposed_ports);
        result.volumes.extend(own.volumes);
        result.labels.extend(own.labels);
        result.healthcheck = own.healthcheck.or(result.healthcheck);
        result.shell = own.shell.or(result.shell);
        // ONBUILD instructions run in the next build and are not handed further down.
        result.on_build = own.on_build;
        result
    }
}
