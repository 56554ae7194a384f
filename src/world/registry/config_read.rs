//! Reads an image's configuration from its bytes: what a registry or an archive holds of an image that others made.
//!
//! Promises: what the model uses of it is there; the bytes themselves are kept by who has them, because the image ID is their hash.
//! Fields that cannot be are left out, as Go's decoder would refuse them: an error names them. Must not know archives.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Map, Value};

use super::config::{EngineForm, Form, Healthcheck, History, ImageConfig, RunConfig};
use crate::world::clock::Time;
use crate::world::digest::Digest;

/// Steps of a history, and layers, that one image may name.
const MOST: usize = 10_000;

impl ImageConfig {
    /// The configuration that these bytes are.
    ///
    /// # Errors
    /// Why they are none, in a few words.
    pub fn read(bytes: &[u8]) -> Result<ImageConfig, String> {
        let value: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let object = Fields(value.as_object().ok_or("it is no JSON object")?);
        let root = object.object("rootfs")?.ok_or("invalid image JSON, no RootFS key")?;
        let diff_ids = root.texts("diff_ids")?.unwrap_or_default();
        let history = object.0.get("history").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if diff_ids.len() > MOST || history.len() > MOST {
            return Err(format!("it names more than {MOST} layers or steps"));
        }
        let diff_ids: Result<Vec<Digest>, String> =
            diff_ids.iter().map(|text| text.parse().map_err(|_| format!("{text:?} is no digest"))).collect();
        let history: Result<Vec<History>, String> = history.iter().map(read_step).collect();
        let form = match object.0.contains_key("container_config") {
            true => Form::Engine(Box::new(EngineForm {
                docker_version: object.text("docker_version")?,
                container: object.text("container")?,
                ..EngineForm::default()
            })),
            false => Form::BuildKit,
        };
        Ok(ImageConfig {
            architecture: object.text("architecture")?,
            variant: object.text("variant")?,
            os: object.text("os")?,
            author: object.text("author")?,
            comment: object.text("comment")?,
            created: object.time("created")?,
            config: object.object("config")?.map_or(Ok(RunConfig::default()), |config| read_run_config(&config))?,
            history: history?,
            diff_ids: diff_ids?,
            form,
        })
    }
}

fn read_step(value: &Value) -> Result<History, String> {
    let step = Fields(value.as_object().ok_or("a step of its history is no object")?);
    Ok(History {
        created: step.time("created")?,
        created_by: step.text("created_by")?,
        author: step.text("author")?,
        comment: step.text("comment")?,
        empty_layer: step.0.get("empty_layer").and_then(Value::as_bool).unwrap_or_default(),
    })
}

fn read_run_config(config: &Fields<'_>) -> Result<RunConfig, String> {
    let healthcheck = match config.object("Healthcheck")? {
        None => None,
        Some(check) => Some(Healthcheck {
            test: check.texts("Test")?.unwrap_or_default(),
            interval: check.nanoseconds("Interval"),
            timeout: check.nanoseconds("Timeout"),
            start_period: check.nanoseconds("StartPeriod"),
            start_interval: check.nanoseconds("StartInterval"),
            retries: check
                .0
                .get("Retries")
                .and_then(Value::as_u64)
                .and_then(|count| u32::try_from(count).ok())
                .unwrap_or(0),
        }),
    };
    Ok(RunConfig {
        user: config.text("User")?,
        exposed_ports: config.names("ExposedPorts")?,
        env: config.texts("Env")?.unwrap_or_default(),
        entrypoint: config.texts("Entrypoint")?,
        cmd: config.texts("Cmd")?,
        volumes: config.names("Volumes")?,
        working_dir: config.text("WorkingDir")?,
        labels: config.labels("Labels")?,
        stop_signal: config.text("StopSignal")?,
        stop_timeout: config.0.get("StopTimeout").and_then(Value::as_i64),
        healthcheck,
        shell: config.texts("Shell")?,
        on_build: config.texts("OnBuild")?.unwrap_or_default(),
        args_escaped: config.0.get("ArgsEscaped").and_then(Value::as_bool).unwrap_or_default(),
    })
}

/// The fields of an object; one that is missing or null is empty.
struct Fields<'v>(&'v Map<String, Value>);

impl<'v> Fields<'v> {
    fn get(&self, name: &str) -> Option<&'v Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str) -> Result<String, String> {
        match self.get(name) {
            None => Ok(String::new()),
            Some(value) => value.as_str().map(str::to_owned).ok_or_else(|| format!("{name:?} is no text")),
        }
    }

    fn texts(&self, name: &str) -> Result<Option<Vec<String>>, String> {
        let Some(value) = self.get(name) else { return Ok(None) };
        // A single text stands for a list of one (moby `api/types/strslice`).
        if let Some(text) = value.as_str() {
            return Ok(Some(vec![text.to_owned()]));
        }
        let items = value.as_array().ok_or_else(|| format!("{name:?} is no list"))?;
        let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
        texts.collect::<Option<Vec<String>>>().map(Some).ok_or_else(|| format!("{name:?} is no list of texts"))
    }

    fn object(&self, name: &str) -> Result<Option<Fields<'v>>, String> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => {
                value.as_object().map(|map| Some(Fields(map))).ok_or_else(|| format!("{name:?} is no object"))
            }
        }
    }

    fn names(&self, name: &str) -> Result<BTreeSet<String>, String> {
        Ok(self.object(name)?.map(|object| object.0.keys().cloned().collect()).unwrap_or_default())
    }

    fn labels(&self, name: &str) -> Result<BTreeMap<String, String>, String> {
        let Some(object) = self.object(name)? else { return Ok(BTreeMap::new()) };
        let label = |(key, value): (&String, &Value)| value.as_str().map(|text| (key.clone(), text.to_owned()));
        object.0.iter().map(label).collect::<Option<_>>().ok_or_else(|| format!("{name:?} has a value that is no text"))
    }

    fn time(&self, name: &str) -> Result<Option<Time>, String> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => {
                let time = value.as_str().and_then(Time::parse_rfc3339);
                time.map(Some).ok_or_else(|| format!("{name:?} is no date and time"))
            }
        }
    }

    fn nanoseconds(&self, name: &str) -> Duration {
        Duration::from_nanos(self.get(name).and_then(Value::as_u64).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let config = ImageConfig {
            architecture: "arm64".into(),
            variant: "v8".into(),
            os: "linux".into(),
            author: "somebody".into(),
            comment: "a comment".into(),
            created: Time::parse_rfc3339("2024-09-26T21:31:42.5Z"),
            config: RunConfig {
                user: "app".into(),
                env: vec!["A=1".into()],
                entrypoint: Some(vec!["/start".into()]),
                cmd: Some(vec!["sh".into(), "-c".into()]),
                exposed_ports: ["80/tcp".to_owned()].into(),
                volumes: ["/data".to_owned()].into(),
                labels: [("a".to_owned(), "b".to_owned())].into(),
                healthcheck: Some(Healthcheck {
                    test: vec!["CMD".into(), "true".into()],
                    interval: Duration::from_secs(5),
                    retries: 3,
                    ..Healthcheck::default()
                }),
                ..RunConfig::default()
            },
            history: vec![History { created_by: "RUN a".into(), empty_layer: true, ..History::default() }],
            diff_ids: vec![Digest::of("layer")],
            form: Form::BuildKit,
        };
        assert_eq!(ImageConfig::read(&config.to_json()), Ok(config));
    }

    #[test]
    fn what_is_no_configuration_is_refused() {
        for (text, why) in [
            ("[]", "it is no JSON object"),
            ("{}", "invalid image JSON, no RootFS key"),
            (r#"{"rootfs":{"diff_ids":["x"]}}"#, "\"x\" is no digest"),
            (r#"{"rootfs":{},"config":{"Env":[1]}}"#, "\"Env\" is no list of texts"),
            (r#"{"rootfs":{},"created":"yesterday"}"#, "\"created\" is no date and time"),
        ] {
            assert_eq!(ImageConfig::read(text.as_bytes()), Err(why.to_owned()), "{text}");
        }
    }
}
