//! What is said of a project once it stands on the host: what is there, what was left out and why, and what Layerlab cannot serve.
//!
//! Promises: an image is called missing exactly if a pull of it fails in this world. Must not know: where the files came from.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{LeftOut, Project, Reason, Recipe, quoted};
use crate::world::daemon::build::dockerfile::parse;
use crate::world::daemon::build::dockerfile::plan::{PlanOptions, Source, plan};
use crate::world::daemon::reference::Reference;
use crate::world::filesystem::entry::Node;
use crate::world::process::descriptor::Stream;
use crate::world::registry::{Asker, DOCKER_HUB, Selector};
use crate::world::{Action, World};

/// The platform of the worlds' machines, as builds call it.
const PLATFORM: &str = "linux/amd64";
/// How many images of the registry are named.
const NAMED: usize = 12;

/// All there is to say.
pub(super) fn sentences(project: &Project, world: &World) -> Vec<String> {
    let files = project.entries.iter().filter(|entry| !matches!(entry.node, Node::Directory)).count();
    let more = match files.saturating_sub(1) {
        0 => " is".to_owned(),
        1 => " and 1 more file are".to_owned(),
        more => format!(" and {more} more files are"),
    };
    let mut said = vec![format!(
        "{}{more} in {} on the simulated host; your own stay as they are.",
        project.file,
        project.directory()
    )];
    said.extend(project.left_out.iter().map(|(reason, left_out)| left_out_for(*reason, left_out)));
    let (images, complaint) = images(project, world);
    said.extend(complaint);
    said.extend(missing(&images, world));
    said
}

fn left_out_for(reason: Reason, left_out: &LeftOut) -> String {
    let one = left_out.count == 1;
    let why = match reason {
        Reason::Ignored => "named by .dockerignore",
        Reason::VersionControl => "of version control",
        Reason::Large if one => "larger than the largest file that is read (4 MiB)",
        Reason::Large => "each larger than the largest file that is read (4 MiB)",
        Reason::NoRoom => "beyond the 2000 files and 16 MiB that are read",
        Reason::Outside => "a link that leads out of the folder",
        Reason::NoFile => "neither file, folder nor link",
        Reason::Nameless => "with a name that is no text",
        Reason::Unreadable => "not readable",
    };
    let mut examples = left_out.examples.join(", ");
    if left_out.count > left_out.examples.len() {
        examples.push_str(", …");
    }
    format!("Left out: {examples} ({}, {why}).", left_out.count)
}

/// The images that the project begins with, and what is wrong with its file, if something is.
fn images(project: &Project, world: &World) -> (BTreeSet<String>, Option<String>) {
    match project.recipe {
        Recipe::Dockerfile => {
            let text = project.text(&project.file).unwrap_or_default();
            (bases(&text, &BTreeMap::new()), None)
        }
        Recipe::Compose => services(project, world),
    }
}

/// The images that a Dockerfile takes files from. What is wrong with the file is told by its build.
fn bases(text: &str, arguments: &BTreeMap<String, String>) -> BTreeSet<String> {
    let options = PlanOptions {
        target: None,
        build_arguments: arguments.clone(),
        build_platform: PLATFORM.to_owned(),
        target_platform: PLATFORM.to_owned(),
        all_stages: true,
    };
    let Some(plan) = parse(text).ok().and_then(|dockerfile| plan(&dockerfile, &options).ok()) else {
        return BTreeSet::new();
    };
    let sources = plan.stages.into_iter().flat_map(|stage| {
        let others = stage.sources.into_iter().map(|(_, source)| source);
        std::iter::once(stage.base).chain(others)
    });
    let image = |source| match source {
        Source::Image(name) => Some(name),
        Source::Stage(_) | Source::Scratch => None,
    };
    sources.filter_map(image).collect()
}

/// The images of the services, and those that the built ones begin with, as `docker compose config` in the world has them.
fn services(project: &Project, world: &World) -> (BTreeSet<String>, Option<String>) {
    let mut world = world.clone();
    let command = format!("docker compose -f {} config --format json", quoted(&project.file));
    let outcome = world.act(&Action::Command(command));
    if outcome.exit_code() != Some(0) {
        let text = outcome.text(Stream::Stderr);
        let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        return (BTreeSet::new(), Some(format!("Compose says of {}: {}", project.file, first.trim())));
    }
    let read: Value = serde_json::from_str(&outcome.text(Stream::Stdout)).unwrap_or_default();
    let mut images = BTreeSet::new();
    for service in read["services"].as_object().into_iter().flat_map(|services| services.values()) {
        let build = &service["build"];
        if build.is_null() {
            images.extend(service["image"].as_str().map(str::to_owned));
            continue;
        }
        let text = match build["dockerfile_inline"].as_str() {
            Some(text) => text.to_owned(),
            None => {
                let context = build["context"].as_str().unwrap_or_default();
                let file = build["dockerfile"].as_str().unwrap_or("Dockerfile");
                let path = format!("{context}/{file}");
                let inside = path.strip_prefix(&format!("{}/", project.directory())).unwrap_or(&path);
                project.text(inside).unwrap_or_default()
            }
        };
        let arguments = build["args"].as_object().into_iter().flatten();
        let arguments = arguments.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        images.extend(bases(&text, &arguments.collect()));
    }
    (images, None)
}

/// Says which images cannot be pulled in this world, and which can.
fn missing(images: &BTreeSet<String>, world: &World) -> Option<String> {
    let missing: Vec<&str> = images.iter().filter(|image| !can_be_pulled(image, world)).map(String::as_str).collect();
    if missing.is_empty() {
        return None;
    }
    let all: Vec<&str> = world
        .registry()
        .repositories()
        .filter(|(host, _)| *host == DOCKER_HUB)
        .map(|(_, name)| name.strip_prefix("library/").unwrap_or(name))
        .collect();
    let mut there = all.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    if all.len() > NAMED {
        there.push_str(", …");
    }
    Some(format!(
        "Layerlab's registry does not have {}: what needs it fails there as for an image that does not exist. It has {there}.",
        missing.join(", ")
    ))
}

fn can_be_pulled(image: &str, world: &World) -> bool {
    let Ok(reference) = Reference::parse(image).map(Reference::with_default_tag) else { return false };
    let selector = match reference.digest().and_then(|digest| digest.parse().ok()) {
        Some(digest) => Selector::Digest(digest),
        None => Selector::Tag(reference.tag().unwrap_or("latest")),
    };
    let asker = Asker::anonymous(world.now());
    world.registry().pull(reference.domain(), reference.path(), selector, asker).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::ProjectEntry;
    use crate::world::filesystem::content::Content;
    use crate::worlds::Worlds;

    fn told(recipe: Recipe, files: &[(&str, &str)]) -> Vec<String> {
        let mut project = Project::new(recipe, "app", files[0].0);
        for (path, text) in files {
            let node = Node::File(Content::text(text));
            project.entries.push(ProjectEntry { path: (*path).to_owned(), node, mode: 0o644 });
        }
        project.leave_out(Reason::Large, "model.bin");
        let mut world = World::new(Worlds::default().settings());
        project.open(&mut world).sentences
    }

    #[test]
    fn a_base_that_the_registry_lacks_is_named_before_the_build_fails() {
        let dockerfile = "ARG GO=1.22\nFROM golang:$GO AS build\nFROM alpine\nCOPY --from=build /a /a\n";
        let said = told(Recipe::Dockerfile, &[("Dockerfile", dockerfile)]);
        assert_eq!(said[0], "Dockerfile is in /root/app on the simulated host; your own stay as they are.");
        assert!(said[1].starts_with("Left out: model.bin (1, larger"), "{said:?}");
        assert!(said[2].contains("does not have golang:1.22:") && said[2].contains("alpine"), "{said:?}");
        assert_eq!(said.len(), 3);
    }

    #[test]
    fn the_services_of_a_compose_file_are_looked_up_and_so_are_their_builds() {
        let compose =
            "services:\n  a:\n    build: ./a\n  b:\n    image: no-such-database:9\n  c:\n    image: redis:7\n";
        let said = told(Recipe::Compose, &[("compose.yaml", compose), ("a/Dockerfile", "FROM no-such-base\n")]);
        assert!(said[2].contains("does not have no-such-base, no-such-database:9:"), "{said:?}");
    }

    #[test]
    fn what_compose_finds_wrong_is_said_at_once() {
        let said = told(Recipe::Compose, &[("compose.yaml", "services:\n  a:\n    imagee: x\n")]);
        assert!(said.iter().any(|sentence| sentence.starts_with("Compose says of compose.yaml: ")), "{said:?}");
    }
}
