//! Any text is a Dockerfile or is refused with an error that can be shown.
#![no_main]

use layerlab::world::daemon::build::dockerfile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(error) = dockerfile::parse(text) {
        assert!(!error.to_string().is_empty());
    }
});
