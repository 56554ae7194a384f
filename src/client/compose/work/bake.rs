//! The bake file that Compose gives to buildx: what is built, from what, as what.
//!
//! Promises: the fields and their order, which `docker compose build --print` shows and whose size bake tells.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::build::BuildPlan;
use crate::client::compose::ComposeError;
use crate::client::compose::file::absolute;
use crate::client::compose::model::Project;
use crate::client::compose::model::parts::{FileReference, Ulimit};
use crate::client::compose::project::{LABEL_VERSION, label};
use crate::world::process::System;
use crate::world::registry::go_json::{self, Layout};

/// A target of the file.
#[derive(Clone, Debug, Default)]
pub struct Target {
    pub service: String,
    /// The image that the service is to have.
    pub image: String,
    pub context: String,
    pub dockerfile: Option<String>,
    pub inline: String,
    pub arguments: BTreeMap<String, String>,
    pub labels: BTreeMap<String, String>,
    pub tags: Vec<String>,
    pub stage: String,
    pub no_cache: bool,
    pub pull: bool,
    secrets: Vec<FileReference>,
    /// The fields that only the file has.
    others: Vec<(&'static str, Value)>,
    /// The first key that the model has not.
    not_modelled: Option<&'static str>,
}

/// The targets of a project: all services that can be built.
pub fn targets(project: &Project, plan: &BuildPlan) -> Vec<Target> {
    project.services.keys().filter_map(|name| target(project, plan, name)).collect()
}

fn target(project: &Project, plan: &BuildPlan, name: &str) -> Option<Target> {
    let service = project.services.get(name)?;
    let build = service.build.as_ref()?;
    let mut arguments = build.args.0.clone();
    arguments.extend(plan.arguments.clone());
    let arguments = arguments.into_iter().filter_map(|(name, value)| {
        let value = value.or_else(|| project.environment.get(&name).cloned())?;
        Some((name, value))
    });
    let mut labels = build.labels.0.clone();
    let own = [(label::VERSION, LABEL_VERSION), (label::PROJECT, &project.name), (label::SERVICE, name)];
    labels.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let image = service.image_name(&project.name, name);
    let tags = build.tags.0.iter().chain([&image]).cloned().collect();
    let dockerfile = (!build.dockerfile.is_empty()).then(|| absolute(&build.context, &build.dockerfile));
    let output = match (plan.checks, build.platforms.0.len() > 1) {
        (true, _) => None,
        (false, true) => Some("type=image,push=false"),
        (false, false) => Some("type=docker"),
    };
    let ulimit = |(name, limit): (&String, &Ulimit)| match limit {
        Ulimit::Single(limit) => format!("{name}={limit}"),
        Ulimit::Both { soft, hard } => format!("{name}={soft}:{hard}"),
    };
    let keys = |map: &BTreeMap<String, Option<String>>| -> Vec<String> {
        map.iter().map(|(id, path)| format!("{id}={}", path.as_deref().unwrap_or_default())).collect()
    };
    let mut entitlements = build.entitlements.0.clone();
    if build.privileged {
        entitlements.push("security.insecure".to_owned());
    }
    let others = vec![
        ("secret", json!(build.secrets.iter().filter_map(|secret| secret_field(project, secret)).collect::<Vec<_>>())),
        ("contexts", json!(build.additional_contexts.0)),
        ("cache-from", json!(build.cache_from.0)),
        ("cache-to", json!(build.cache_to.0)),
        ("ssh", json!(keys(&build.ssh))),
        ("platforms", json!(build.platforms.0)),
        ("network", json!(build.network)),
        ("shm-size", json!(build.shm_size)),
        ("ulimits", json!(build.ulimits.iter().map(ulimit).collect::<Vec<_>>())),
        ("call", json!(if plan.checks { "lint" } else { "" })),
        ("entitlements", json!(entitlements)),
        ("extra-hosts", json!(build.extra_hosts.joined())),
        ("output", json!(output.into_iter().collect::<Vec<_>>())),
        ("attest", json!(attestations(&build.provenance, &build.sbom))),
    ];
    let refused = [
        ("additional_contexts", !build.additional_contexts.0.is_empty()),
        ("cache_to", !build.cache_to.0.is_empty()),
        ("ssh", !build.ssh.is_empty()),
        ("platforms", build.platforms.0.len() > 1),
        ("network", !matches!(build.network.as_str(), "" | "default")),
        ("entitlements", !entitlements.is_empty()),
        ("extra_hosts", !build.extra_hosts.0.is_empty()),
        ("isolation", !build.isolation.is_empty()),
    ];
    Some(Target {
        service: name.to_owned(),
        image,
        context: build.context.clone(),
        dockerfile,
        inline: build.dockerfile_inline.clone(),
        arguments: arguments.collect(),
        labels,
        tags,
        stage: build.target.clone(),
        no_cache: build.no_cache || plan.no_cache,
        pull: build.pull || plan.pull,
        secrets: build.secrets.clone(),
        others,
        not_modelled: refused.into_iter().find(|(_, is_set)| *is_set).map(|(key, _)| key),
    })
}

/// A secret as bake takes it.
fn secret_field(project: &Project, reference: &FileReference) -> Option<String> {
    let object = project.secrets.get(&reference.source)?;
    let id = if reference.target.is_empty() { &reference.source } else { &reference.target };
    match (object.environment.as_str(), object.file.as_str()) {
        ("", "") => None,
        ("", file) => Some(format!("id={id},type=file,src={file}")),
        (variable, _) => Some(format!("id={id},type=env,env={variable}")),
    }
}

/// `provenance` and `sbom` as bake takes them.
fn attestations(provenance: &str, bill: &str) -> Vec<String> {
    let one = |kind: &str, value: &str| match value {
        "" | "false" => None,
        "true" => Some(format!("type={kind}")),
        value => Some(format!("type={kind},{value}")),
    };
    one("provenance", provenance).into_iter().chain(one("sbom", bill)).collect()
}

impl Target {
    /// What cannot be built as it is asked for.
    ///
    /// # Errors
    /// The plain refusal.
    pub fn refuse_what_is_not_modelled(&self) -> Result<(), ComposeError> {
        match self.not_modelled {
            Some(key) => Err(ComposeError::NotModelled(format!("services.{}.build.{key}", self.service))),
            None => Ok(()),
        }
    }

    /// The secrets that it may read while it is built.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn secrets(&self, system: &System<'_>, project: &Project) -> Result<BTreeMap<String, Arc<[u8]>>, ComposeError> {
        let mut secrets = BTreeMap::new();
        for reference in &self.secrets {
            let Some(object) = project.secrets.get(&reference.source) else { continue };
            let id = if reference.target.is_empty() { &reference.source } else { &reference.target };
            let bytes: Arc<[u8]> = if object.environment.is_empty() {
                let file = &object.file;
                system.read_file(file).map_err(|error| {
                    let why = crate::client::execute::go_error(error);
                    ComposeError::Message(format!("failed to stat {file}: stat {file}: {why}\n"))
                })?
            } else {
                Arc::from(project.environment.get(&object.environment).map_or("", String::as_str).as_bytes())
            };
            secrets.insert(id.clone(), bytes);
        }
        Ok(secrets)
    }

    fn json(&self) -> Value {
        let other = |name: &str| {
            let found = self.others.iter().find(|(key, _)| *key == name);
            found.map_or(Value::Null, |(_, value)| value.clone())
        };
        // bake itself replaces what looks like a variable.
        let escape = |text: &String| text.replace("${", "$${");
        let arguments: BTreeMap<&String, String> =
            self.arguments.iter().map(|(name, value)| (name, escape(value))).collect();
        let fields = [
            ("context", json!(self.context)),
            ("contexts", other("contexts")),
            ("dockerfile", json!(self.dockerfile)),
            ("dockerfile-inline", json!(escape(&self.inline))),
            ("args", json!(arguments)),
            ("labels", json!(self.labels)),
            ("tags", json!(self.tags)),
            ("cache-from", other("cache-from")),
            ("cache-to", other("cache-to")),
            ("target", json!(self.stage)),
            ("secret", other("secret")),
            ("ssh", other("ssh")),
            ("platforms", other("platforms")),
            ("pull", json!(self.pull)),
            ("no-cache", json!(self.no_cache)),
            ("network", other("network")),
            ("shm-size", other("shm-size")),
            ("ulimits", other("ulimits")),
            ("call", other("call")),
            ("entitlements", other("entitlements")),
            ("extra-hosts", other("extra-hosts")),
            ("output", other("output")),
            ("attest", other("attest")),
        ];
        let is_empty = |value: &Value| match value {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.is_empty() || text == "0",
            Value::Array(list) => list.is_empty(),
            Value::Object(map) => map.is_empty(),
            _ => false,
        };
        let kept = fields.into_iter().filter(|(_, value)| !is_empty(value));
        Value::Object(kept.map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

/// The file, as `--print` shows it.
pub fn file(targets: &[Target], chosen: &[String]) -> String {
    // bake's names have no dots.
    let key = |service: &str| service.replace('.', "_");
    let mut entries: Map<String, Value> = targets.iter().map(|target| (key(&target.service), target.json())).collect();
    entries.sort_keys();
    let group: Vec<String> = chosen.iter().map(|service| key(service)).collect();
    let file = json!({"group": {"default": {"targets": group}}, "target": entries});
    String::from_utf8_lossy(&go_json::encode(&file, Layout::Indented(2))).into_owned()
}
