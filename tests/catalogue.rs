//! The shipped image catalogue and the stand-in one are sound, and their lock files tell the truth.
//!
//! `LAYERLAB_RELOCK=1 cargo test --test catalogue` writes the lock files anew.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use layerlab::world::clock::Time;
use layerlab::world::digest::Digest;
use layerlab::world::process::shell;
use layerlab::world::registry::catalogue::{Catalogue, Files, LOCK_FILE};
use layerlab::world::registry::{Asker, DOCKER_HUB, Registry, RegistryError, Selector, Served};

/// The catalogues of the repository.
const FOLDERS: [&str; 2] = ["assets/catalogue", "tests/standin"];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn collect(directory: &Path, prefix: &str, files: &mut Files) {
    for entry in fs::read_dir(directory).expect("the folder is there") {
        let entry = entry.expect("readable");
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{path}/"), files);
        } else {
            files.insert(Cow::Owned(path), Cow::Owned(fs::read(entry.path()).expect("readable")));
        }
    }
}

fn open(name: &str) -> Catalogue {
    let mut files = Files::new();
    collect(&folder(name), "", &mut files);
    Catalogue::open(files).unwrap_or_else(|found| panic!("{name}:\n{}", found.render_short()))
}

fn shipped_registry() -> Registry {
    Registry::of(&Arc::new(Catalogue::shipped().expect("the shipped catalogue.toml is right")))
}

#[test]
fn every_image_reads_and_its_id_is_the_digest_of_its_config() {
    for name in FOLDERS {
        let catalogue = open(name);
        if let Err(found) = catalogue.check() {
            panic!("{name}:\n{}", found.render_short());
        }
        for image in catalogue.image_names() {
            let image = catalogue.image(image).expect("checked just now");
            assert_eq!(image.id(), Digest::of(image.config_bytes()));
            let layers = image.config().history.iter().filter(|step| !step.empty_layer).count();
            assert_eq!(layers, image.layers().len(), "one step of the history for each layer");
        }
    }
}

#[test]
fn the_lock_files_tell_the_truth() {
    for name in FOLDERS {
        let path = folder(name).join(LOCK_FILE);
        let truth = open(name).relock().unwrap_or_else(|found| panic!("{name}:\n{}", found.render_short()));
        if std::env::var_os("LAYERLAB_RELOCK").is_some() {
            fs::write(&path, truth).expect("the lock file can be written");
            continue;
        }
        let locked = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            locked == truth,
            "{} is not up to date: renew it with `LAYERLAB_RELOCK=1 cargo test --test catalogue`",
            path.display()
        );
    }
}

#[test]
fn the_embedded_catalogue_is_the_folder() {
    let embedded = Catalogue::shipped().expect("the shipped catalogue.toml is right");
    let read = open(FOLDERS[0]);
    assert_eq!(embedded.image_names().collect::<Vec<_>>(), read.image_names().collect::<Vec<_>>());
    let id = |catalogue: &Catalogue| catalogue.image("nginx-1.29").expect("a shipped image").id();
    assert_eq!(id(&embedded), id(&read), "the same catalogue gives the same images");
}

fn pull(registry: &Registry, host: &str, name: &str, selector: Selector<'_>) -> Result<Served, RegistryError> {
    registry.pull(host, name, selector, Asker::anonymous(Time::WORLD_START))
}

#[test]
fn images_on_one_base_share_its_layer() {
    let registry = shipped_registry();
    let image = |name: &str, tag: &str| {
        let served = pull(&registry, DOCKER_HUB, name, Selector::Tag(tag)).expect("a shipped tag");
        Arc::clone(&served.variants[0].image)
    };
    let base = image("library/debian", "bookworm-slim");
    for (name, tag) in [
        ("library/nginx", "latest"),
        ("library/python", "3.12-slim"),
        ("library/redis", "7"),
        ("library/postgres", "16"),
    ] {
        assert!(Arc::ptr_eq(&base.layers()[0], &image(name, tag).layers()[0]), "{name}:{tag}");
    }
}

#[test]
fn tags_of_one_image_have_one_digest_and_pull_by_digest_finds_it() {
    let registry = shipped_registry();
    let latest = pull(&registry, DOCKER_HUB, "library/nginx", Selector::Tag("latest")).expect("a shipped tag");
    let numbered = pull(&registry, DOCKER_HUB, "library/nginx", Selector::Tag("1.29")).expect("a shipped tag");
    assert_eq!(latest, numbered);
    let again = pull(&registry, DOCKER_HUB, "library/nginx", Selector::Digest(latest.digest)).expect("its own digest");
    assert_eq!(again, latest);
}

#[test]
fn the_entrypoint_scripts_that_images_run_are_executable() {
    let catalogue = open(FOLDERS[0]);
    for name in catalogue.image_names() {
        let image = catalogue.image(name).expect("a shipped image");
        let Some(entrypoint) = image.config().config.entrypoint.as_ref().and_then(|words| words.first()) else {
            continue;
        };
        let paths = BTreeSet::from([entrypoint.clone(), format!("/usr/local/bin/{entrypoint}")]);
        let entry =
            image.layers().iter().rev().find_map(|layer| {
                paths.iter().find_map(|path| layer.get(path).and_then(|change| change.entry().cloned()))
            });
        assert_eq!(entry.map(|entry| entry.metadata.mode), Some(0o755), "{name}: {entrypoint}");
    }
}

#[test]
fn the_stand_in_busybox_is_as_large_as_the_recorded_one() {
    // `docker history --human=false` printed 1986002 for it (tests/transcripts/30-commit-history).
    let size = open(FOLDERS[1]).image("busybox").expect("a stand-in image").size();
    assert_eq!(size, 1_986_002);
}

#[test]
fn the_shells_of_the_images_can_read_the_shipped_scripts() {
    for name in FOLDERS {
        let mut files = Files::new();
        collect(&folder(name), "", &mut files);
        for (path, bytes) in files.iter().filter(|(path, _)| path.ends_with(".sh") || path.ends_with(".envsh")) {
            let script = std::str::from_utf8(bytes).expect("a script is text");
            for dialect in [shell::Dialect::Dash, shell::Dialect::Ash] {
                let (mut from, mut line, mut at_end) = (0, 1, false);
                while !at_end {
                    let parsed = shell::parse(script, from, line, dialect, &BTreeMap::new());
                    let parsed = parsed.unwrap_or_else(|error| panic!("{path}: {error}"));
                    (from, line, at_end) = (parsed.next, parsed.line, parsed.at_end);
                }
            }
        }
    }
}
