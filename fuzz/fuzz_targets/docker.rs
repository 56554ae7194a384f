//! Any words after `docker` are a command, or are refused in Docker's form.
#![no_main]

use layerlab::client::commands;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let words: Vec<String> = text.lines().map(str::to_owned).collect();
    let _refused_or_read = commands::parse(&words);
});
