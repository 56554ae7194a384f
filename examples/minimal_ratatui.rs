//! The smallest program that ratatui and crossterm allow: what `benches/startup.rs` measures Layerlab against.
//!
//! Promises: one picture, then it waits for a key. It uses ratatui's own terminal and none of Layerlab.

use ratatui::crossterm::event;

fn main() -> std::io::Result<()> {
    let mut terminal = ratatui::init();
    terminal.draw(|frame| frame.render_widget("minimal", frame.area()))?;
    event::read()?;
    ratatui::restore();
    Ok(())
}
