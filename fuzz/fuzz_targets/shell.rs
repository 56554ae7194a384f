//! Any text is a shell program or is refused; reading it command by command comes to an end.
#![no_main]

use layerlab::world::process::shell::{Aliases, Dialect, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for dialect in [Dialect::Ash, Dialect::Dash] {
        let (mut at, mut line) = (0, 1);
        while let Ok(parsed) = parse(text, at, line, dialect, &Aliases::default()) {
            assert!(parsed.at_end || parsed.next > at, "the parser stands still at byte {at}");
            if parsed.at_end {
                break;
            }
            (at, line) = (parsed.next, parsed.line);
        }
    }
});
