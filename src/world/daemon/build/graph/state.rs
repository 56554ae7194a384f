//! The state that a stage begins with: nothing, or an image's configuration without what is its own history.
//!
//! Promises: there is always a PATH. Must not know: instructions.

use super::*;

impl State {
    pub(super) fn scratch() -> State {
        let run = RunConfig { env: vec![format!("PATH={PATH}")], working_dir: "/".to_owned(), ..RunConfig::default() };
        let environment = run.env.clone();
        let config =
            ImageConfig { architecture: "amd64".into(), os: "linux".into(), config: run, ..ImageConfig::default() };
        State { config, environment, arguments: Vec::new(), cmd_is_set: false, top: None }
    }

    pub(super) fn of_image(image: &Image) -> State {
        let mut config = image.config().clone();
        config.created = None;
        config.comment = String::new();
        config.form = Default::default();
        config.config.on_build = Vec::new();
        if config.config.env_value("PATH").is_none() {
            config.config.env.push(format!("PATH={PATH}"));
        }
        let environment = config.config.env.clone();
        State { config, environment, arguments: Vec::new(), cmd_is_set: false, top: None }
    }

    pub(super) fn note(&mut self, entry: History) {
        self.config.history.push(entry);
    }
}
