//! Any text is a Dockerfile, planned and checked, or is refused with an error that can be shown.
#![no_main]

use std::collections::BTreeMap;

use layerlab::world::daemon::build::dockerfile::lint::{self, Check};
use layerlab::world::daemon::build::dockerfile::plan::{self, PlanOptions};
use layerlab::world::daemon::build::dockerfile::{self, DockerfileError};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(error) = check(text) {
        assert!(!error.to_string().is_empty());
    }
});

fn check(text: &str) -> Result<(), DockerfileError> {
    let dockerfile = dockerfile::parse(text)?;
    let options = PlanOptions {
        target: None,
        build_arguments: BTreeMap::new(),
        build_platform: "linux/amd64".to_owned(),
        target_platform: "linux/amd64".to_owned(),
        all_stages: true,
    };
    let plan = plan::plan(&dockerfile, &options)?;
    let rules = lint::rules_of(&dockerfile)?;
    let base_image = |_: &str| None;
    lint::lint(&Check {
        dockerfile: &dockerfile,
        plan: Some(&plan),
        options: &options,
        rules: &rules,
        base_image: &base_image,
        error: None,
    });
    Ok(())
}
