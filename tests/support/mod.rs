//! What several tests share: the stand-in world.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use layerlab::world::WorldSettings;
use layerlab::world::registry::catalogue::{Catalogue, Files};

/// A folder of the repository.
pub fn folder(name: &str) -> PathBuf {
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

/// The world in which the transcripts were recorded, as `tests/transcripts/IMAGES.md` describes it.
pub fn recorded_world() -> WorldSettings {
    let mut files = Files::new();
    collect(&folder("tests/standin"), "", &mut files);
    let catalogue = Catalogue::open(files).unwrap_or_else(|found| panic!("{}", found.render_short()));
    layerlab::worlds::settings(&Arc::new(catalogue))
}
