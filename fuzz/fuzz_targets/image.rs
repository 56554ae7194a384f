//! Any bytes are the file of an image, or the catalogue is refused with diagnostics that can be shown.
#![no_main]

use std::borrow::Cow;

use layerlab::world::registry::catalogue::{Catalogue, Files};
use libfuzzer_sys::fuzz_target;

const INDEX: &str = "format = 1\n[repositories.fuzzed]\nabout = \"Made of any bytes.\"\ntags = { latest = \"fuzzed\" }\n";

fuzz_target!(|bytes: &[u8]| {
    let mut files = Files::new();
    files.insert(Cow::Borrowed("catalogue.toml"), Cow::Borrowed(INDEX.as_bytes()));
    files.insert(Cow::Borrowed("images/fuzzed.toml"), Cow::Owned(bytes.to_vec()));
    match Catalogue::open(files).and_then(|catalogue| catalogue.image("fuzzed").map(drop)) {
        Ok(()) => {}
        Err(found) => assert!(!found.render_short().is_empty()),
    }
});
