//! Any bytes are a lesson, or are refused with diagnostics that can be shown.
#![no_main]

use layerlab::lesson::read::read_lesson;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(found) = read_lesson("lesson.toml", bytes) {
        assert!(!found.render_short().is_empty());
    }
});
