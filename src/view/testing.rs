//! Pictures as text, for tests: what a screen says, and how each piece of it looks.
//!
//! Promises: two pictures have the same dump exactly if they have the same cells. Must not know: any screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::draw;
use crate::app::App;
use crate::app::message::{Message, Size};

/// Draws the app at this size.
pub fn picture(app: &App, size: Size) -> Buffer {
    let mut app = app.clone();
    app.update(Message::Resize(size));
    let mut buffer = Buffer::empty(Rect::new(0, 0, size.columns, size.rows));
    draw(&app, &mut buffer);
    buffer
}

/// The text of a picture, between bars, and below it every run of cells that does not look plain: `row:from-to style`.
pub fn dump(buffer: &Buffer) -> String {
    let mut text = String::new();
    let mut looks = String::new();
    for row in 0..buffer.area.height {
        text.push_str(&format!("|{}|\n", row_text(buffer, row)));
        let styles: Vec<Style> =
            (0..buffer.area.width).filter_map(|column| buffer.cell((column, row))).map(|cell| cell.style()).collect();
        let mut column = 0;
        for run in styles.chunk_by(|one, other| one == other) {
            if let Some(look) = run.first().and_then(look) {
                looks.push_str(&format!("{row}:{column}-{} {look}\n", column + run.len() - 1));
            }
            column += run.len();
        }
    }
    text + &looks
}

/// One row; the empty cells behind wide characters are left out.
pub fn row_text(buffer: &Buffer, row: u16) -> String {
    let mut text = String::new();
    let mut covered = 0;
    for column in 0..buffer.area.width {
        if covered > 0 {
            covered -= 1;
            continue;
        }
        if let Some(cell) = buffer.cell((column, row)) {
            text.push_str(cell.symbol());
            covered = super::wrap::width(cell.symbol()).saturating_sub(1);
        }
    }
    text
}

fn look(style: &Style) -> Option<String> {
    let mut words = Vec::new();
    for (name, colour) in [("fg", style.fg), ("bg", style.bg)] {
        match colour {
            None | Some(Color::Reset) => {}
            Some(colour) => words.push(format!("{name}={colour}")),
        }
    }
    let modifiers: Vec<String> = Modifier::all()
        .iter_names()
        .filter(|(_, modifier)| style.add_modifier.contains(*modifier))
        .map(|(name, _)| name.to_lowercase())
        .collect();
    words.extend(modifiers);
    (!words.is_empty()).then(|| words.join(" "))
}
