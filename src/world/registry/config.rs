//! The image configuration: what OCI calls the image config blob, whose SHA-256 is the image ID.
//!
//! Promises: `to_json` gives the bytes that Docker gives for the same values: BuildKit's form, or the form of the engine's own
//! `commit`, `import` and legacy builder. Both sort the outermost names (moby `image/image.go`, `Image.MarshalJSON`; BuildKit's
//! `exporter/containerimage/writer.go`, `patchImageConfig`) and keep Go's struct order inside `config`.
//! Must not know where an image comes from or who runs it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::go_json::{self, Layout, Object};
use crate::world::clock::Time;
use crate::world::digest::Digest;

/// One image's configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageConfig {
    /// GOARCH of the binaries: `amd64`, `arm64`.
    pub architecture: String,
    /// CPU variant such as `v8`; empty for none.
    pub variant: String,
    /// GOOS of the binaries: `linux`.
    pub os: String,
    /// Who made it; empty for nobody named.
    pub author: String,
    /// The message of the last commit (`docker commit -m`) or of the import; BuildKit leaves it empty.
    pub comment: String,
    /// When it was made; some images do not say.
    pub created: Option<Time>,
    /// How a container made from it runs.
    pub config: RunConfig,
    /// The steps that led to it, oldest first.
    pub history: Vec<History>,
    /// The uncompressed layers' digests, lowest first.
    pub diff_ids: Vec<Digest>,
    /// Who wrote the blob, and what that writer adds.
    pub form: Form,
}

/// Who wrote the config blob: it decides which names are in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// BuildKit: only what is set.
    #[default]
    BuildKit,
    /// The engine itself (`docker commit`, `docker import`, the legacy builder): the whole of Go's `container.Config`, and how it came to be.
    Engine(Box<EngineForm>),
}

/// What the engine adds to a config blob it writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineForm {
    /// The engine's version (`docker_version`).
    pub docker_version: String,
    /// The container it was committed from; empty for an import.
    pub container: String,
    /// The settings of that container that are not a matter of the image, as `config` carries them along.
    pub settings: ContainerSettings,
    /// That container's own configuration.
    pub container_config: RunConfig,
    /// That container's own settings.
    pub container_settings: ContainerSettings,
}

/// The part of Go's `container.Config` that only a container has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerSettings {
    pub hostname: String,
    pub domainname: String,
    pub attach_stdin: bool,
    pub attach_stdout: bool,
    pub attach_stderr: bool,
    pub tty: bool,
    pub open_stdin: bool,
    pub stdin_once: bool,
    /// The image's name as it was given to `docker run`.
    pub image: String,
}

/// How a container made from an image runs. The builder calls it the run config; inspect shows it as `Config`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunConfig {
    /// `user[:group]`; empty for root.
    pub user: String,
    /// Ports such as `80/tcp`.
    pub exposed_ports: BTreeSet<String>,
    /// `NAME=value`, in order.
    pub env: Vec<String>,
    /// `None`: not set; an empty list is a set, empty entrypoint.
    pub entrypoint: Option<Vec<String>>,
    /// The arguments of the entrypoint, or the command.
    pub cmd: Option<Vec<String>>,
    /// Paths that become anonymous volumes.
    pub volumes: BTreeSet<String>,
    /// Empty for `/`.
    pub working_dir: String,
    pub labels: BTreeMap<String, String>,
    /// A signal name or number; empty for SIGTERM.
    pub stop_signal: String,
    /// Seconds until SIGKILL; `None` for the engine's 10.
    pub stop_timeout: Option<i64>,
    pub healthcheck: Option<Healthcheck>,
    /// What runs the shell form of RUN, CMD and ENTRYPOINT.
    pub shell: Option<Vec<String>>,
    /// Instructions that run when another image is built FROM this one.
    pub on_build: Vec<String>,
    /// The command is one string already escaped for Windows.
    pub args_escaped: bool,
}

/// How the engine asks a container whether it is well. Zero means «the engine's default».
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Healthcheck {
    /// `["NONE"]`, `["CMD", args…]` or `["CMD-SHELL", command]`; empty inherits.
    pub test: Vec<String>,
    pub interval: Duration,
    pub timeout: Duration,
    pub start_period: Duration,
    pub start_interval: Duration,
    pub retries: u32,
}

/// One step of an image's history, as `docker history` lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    pub created: Option<Time>,
    /// What was run: `RUN /bin/sh -c … # buildkit`, `/bin/sh -c #(nop)  CMD ["sh"]`.
    pub created_by: String,
    pub author: String,
    /// `buildkit.dockerfile.v0` for BuildKit's steps.
    pub comment: String,
    /// The step changed the configuration only: no layer belongs to it.
    pub empty_layer: bool,
}

impl ImageConfig {
    /// The blob: these bytes are stored, pushed, and hashed into the image ID.
    pub fn to_json(&self) -> Vec<u8> {
        let mut object = Object::new()
            .member_unless_empty("architecture", self.architecture.as_str())
            .member_unless_empty("author", self.author.as_str())
            .member_unless_empty("comment", self.comment.as_str())
            .member_unless_empty("variant", self.variant.as_str())
            .member_unless_empty("os", self.os.as_str())
            .member("rootfs", self.root_file_system());
        object = match &self.form {
            Form::BuildKit => object
                .member("config", self.config.buildkit_json())
                .member_unless_empty("created", self.created.map(|time| time.to_string()))
                .member_unless_empty("history", self.history_json()),
            Form::Engine(form) => object
                .member("config", self.config.engine_json(&form.settings))
                .member_unless_empty("container", form.container.as_str())
                .member("container_config", form.container_config.engine_json(&form.container_settings))
                .member("created", self.created.map(|time| time.to_string()))
                .member_unless_empty("docker_version", form.docker_version.as_str())
                .member_unless_empty("history", self.history_json()),
        };
        go_json::encode(&object.sorted().into(), Layout::Compact)
    }

    fn root_file_system(&self) -> Value {
        let diff_ids = self.diff_ids.iter().map(|diff_id| Value::from(diff_id.to_string())).collect::<Vec<_>>();
        let root = Object::new().member("type", "layers");
        match self.form {
            Form::BuildKit => root.member("diff_ids", diff_ids).into(),
            Form::Engine(_) => root.member_unless_empty("diff_ids", diff_ids).into(),
        }
    }

    fn history_json(&self) -> Vec<Value> {
        self.history.iter().map(History::json).collect()
    }
}

impl History {
    /// Field order of OCI's and Docker's `History`; both leave out what is empty.
    fn json(&self) -> Value {
        Object::new()
            .member_unless_empty("created", self.created.map(|time| time.to_string()))
            .member_unless_empty("created_by", self.created_by.as_str())
            .member_unless_empty("author", self.author.as_str())
            .member_unless_empty("comment", self.comment.as_str())
            .member_unless_empty("empty_layer", self.empty_layer)
            .into()
    }
}

impl RunConfig {
    /// The value of an environment variable, if it is set.
    pub fn env_value(&self, name: &str) -> Option<&str> {
        self.env.iter().find_map(|entry| entry.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
    }

    /// OCI's `ImageConfig` and Docker's extension of it, in struct order, everything `omitempty`.
    pub fn buildkit_json(&self) -> Value {
        Object::new()
            .member_unless_empty("User", self.user.as_str())
            .member_unless_empty("ExposedPorts", set(&self.exposed_ports))
            .member_unless_empty("Env", self.env.clone())
            .member_unless_empty("Entrypoint", self.entrypoint.clone())
            .member_unless_empty("Cmd", self.cmd.clone())
            .member_unless_empty("Volumes", set(&self.volumes))
            .member_unless_empty("WorkingDir", self.working_dir.as_str())
            .member_unless_empty("Labels", labels(&self.labels))
            .member_unless_empty("StopSignal", self.stop_signal.as_str())
            .member_unless_empty("ArgsEscaped", self.args_escaped)
            .member_unless_empty("Healthcheck", self.healthcheck.as_ref().map(Healthcheck::json))
            .member_unless_empty("OnBuild", self.on_build.clone())
            .member_unless_empty("Shell", self.shell.clone())
            .into()
    }

    /// Go's `container.Config` in struct order, where most fields are written even when they are empty.
    pub fn engine_json(&self, settings: &ContainerSettings) -> Value {
        Object::new()
            .member("Hostname", settings.hostname.as_str())
            .member("Domainname", settings.domainname.as_str())
            .member("User", self.user.as_str())
            .member("AttachStdin", settings.attach_stdin)
            .member("AttachStdout", settings.attach_stdout)
            .member("AttachStderr", settings.attach_stderr)
            .member_unless_empty("ExposedPorts", set(&self.exposed_ports))
            .member("Tty", settings.tty)
            .member("OpenStdin", settings.open_stdin)
            .member("StdinOnce", settings.stdin_once)
            .member("Env", if self.env.is_empty() { Value::Null } else { self.env.clone().into() })
            .member("Cmd", self.cmd.clone())
            .member_unless_empty("Healthcheck", self.healthcheck.as_ref().map(Healthcheck::json))
            .member_unless_empty("ArgsEscaped", self.args_escaped)
            .member("Image", settings.image.as_str())
            .member("Volumes", if self.volumes.is_empty() { Value::Null } else { set(&self.volumes) })
            .member("WorkingDir", self.working_dir.as_str())
            .member("Entrypoint", self.entrypoint.clone())
            .member("OnBuild", if self.on_build.is_empty() { Value::Null } else { self.on_build.clone().into() })
            .member("Labels", if self.labels.is_empty() { Value::Null } else { labels(&self.labels) })
            .member_unless_empty("StopSignal", self.stop_signal.as_str())
            .member_unless_empty("StopTimeout", self.stop_timeout)
            .member_unless_empty("Shell", self.shell.clone())
            .into()
    }
}

impl Healthcheck {
    /// Durations are nanoseconds, as Go writes `time.Duration`.
    fn json(&self) -> Value {
        Object::new()
            .member_unless_empty("Test", self.test.clone())
            .member_unless_empty("Interval", nanoseconds(self.interval))
            .member_unless_empty("Timeout", nanoseconds(self.timeout))
            .member_unless_empty("StartPeriod", nanoseconds(self.start_period))
            .member_unless_empty("StartInterval", nanoseconds(self.start_interval))
            .member_unless_empty("Retries", self.retries)
            .into()
    }
}

fn nanoseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

/// Go's `map[string]struct{}`.
fn set(names: &BTreeSet<String>) -> Value {
    names.iter().fold(Object::new(), |object, name| object.member(name, Object::new())).into()
}

fn labels(labels: &BTreeMap<String, String>) -> Value {
    labels.iter().fold(Object::new(), |object, (name, value)| object.member(name, value.as_str())).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> ImageConfig {
        ImageConfig {
            architecture: "amd64".into(),
            os: "linux".into(),
            created: Time::parse_rfc3339("2024-09-26T21:31:42Z"),
            config: RunConfig { env: vec!["A=1".into()], cmd: Some(vec!["sh".into()]), ..RunConfig::default() },
            history: vec![History {
                created: Time::parse_rfc3339("2024-09-26T21:31:42Z"),
                created_by: "RUN a && b".into(),
                ..History::default()
            }],
            diff_ids: vec![Digest::of("layer")],
            ..ImageConfig::default()
        }
    }

    #[test]
    fn buildkit_writes_what_is_set_and_sorts_the_outermost_names() {
        let text = String::from_utf8(sample().to_json()).expect("JSON is UTF-8");
        let diff_id = Digest::of("layer");
        assert_eq!(
            text,
            format!(
                r#"{{"architecture":"amd64","config":{{"Env":["A=1"],"Cmd":["sh"]}},"created":"2024-09-26T21:31:42Z","history":[{{"created":"2024-09-26T21:31:42Z","created_by":"RUN a \u0026\u0026 b"}}],"os":"linux","rootfs":{{"type":"layers","diff_ids":["{diff_id}"]}}}}"#
            )
        );
    }

    #[test]
    fn the_engine_writes_the_whole_container_config() {
        let form = EngineForm { docker_version: "28.5.2".into(), ..EngineForm::default() };
        let config = ImageConfig { form: Form::Engine(Box::new(form)), ..sample() };
        let text = String::from_utf8(config.to_json()).expect("JSON is UTF-8");
        assert!(text.contains(r#""config":{"Hostname":"","Domainname":"","User":"","AttachStdin":false,"AttachStdout":false,"AttachStderr":false,"Tty":false,"OpenStdin":false,"StdinOnce":false,"Env":["A=1"],"Cmd":["sh"],"Image":"","Volumes":null,"WorkingDir":"","Entrypoint":null,"OnBuild":null,"Labels":null},"container_config":"#), "{text}");
        assert!(text.contains(r#""docker_version":"28.5.2""#), "{text}");
    }
}
