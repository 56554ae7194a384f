//! Package managers: `apt-get`, `apk`, `pip` and `npm` as programs over package indexes.
//!
//! Promises: what is installed is files, nothing else, so that layers, caches and `rm -rf` have their real consequences; what can be
//! installed depends on the world's clock (a version is there from its date on), what was fetched stays as it was; downloads and
//! unpacking take the clock's time. The indexes are `assets/packages/*.toml` and nothing else. Must not know containers, images or
//! builds. Start reading at `index.rs`, then `transcript.rs`, then any manager.

mod apk;
mod apt;
mod dpkg;
mod index;
mod npm;
mod pip;
mod requirement;
mod transcript;
mod version;

use std::sync::Arc;

use self::index::Indexes;
use self::transcript::{PackageProgram, Run};
use super::program::{Invocation, ProgramTable};

/// The managers by the names of their programs.
const MANAGERS: [(&str, Run); 11] = [
    ("apk", apk::run),
    ("apt", apt::run),
    ("apt-get", apt::run),
    ("dpkg", dpkg::run),
    ("dpkg-query", dpkg::run),
    ("npm", npm::run),
    ("pip", pip::run),
    ("pip3", pip::run),
    ("pip3.11", pip::run),
    ("pip3.12", pip::run),
    ("pip3.13", pip::run),
];

/// Adds the package managers, which only images have.
pub fn register(table: &mut ProgramTable) {
    let indexes = Arc::new(Indexes::default());
    for (name, run) in MANAGERS {
        let indexes = Arc::clone(&indexes);
        table.insert_for_images(name, move |invocation: &Invocation| PackageProgram::begin(invocation, &indexes, run));
    }
}
