//! A program that takes the terminal as Layerlab does, and then fails as the first argument says: `error` or `panic`.
//!
//! Promises: it is for `tests/terminal.rs`, which looks whether the terminal is given back. It waits for one key after drawing.

use std::io;
use std::process::ExitCode;

use layerlab::runtime::terminal::{Reading, Terminal};
use layerlab::view::paint::{Painter, empty};
use ratatui::style::Style;

fn main() -> ExitCode {
    match fail(&std::env::args().nth(1).unwrap_or_default()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the end: {error}");
            ExitCode::FAILURE
        }
    }
}

fn fail(how: &str) -> io::Result<()> {
    let mut terminal = Terminal::enter(false)?;
    terminal.capture_mouse(true)?;
    let mut picture = empty(40, 5);
    picture.set_string(0, 0, "holding the terminal", Style::new());
    terminal.write(&Painter::new().paint(&picture, None))?;
    let mut bytes = [0; 16];
    while terminal.read(&mut bytes) == Reading::Nothing {}
    match how {
        "panic" => panic!("a fault on purpose"),
        _ => Err(io::Error::other("an error on purpose")),
    }
}
