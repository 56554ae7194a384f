//! Draws the menu of what may stand at the cursor.
//!
//! Promises: the selected word is in sight; the line being typed stays free. Must not know: where words come from.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::line::completion::{Candidate, Menu};
use crate::app::message::Target;
use crate::view::canvas::Canvas;
use crate::view::wrap::width;

/// The most rows and columns of words that a menu shows.
const ROWS: u16 = 8;
const WIDEST_WORD: usize = 40;
/// The most cells of what a word is.
const WIDEST_ABOUT: usize = 52;

/// Draws the menu above or below the cursor, where there is more room.
pub fn draw(canvas: &mut Canvas<'_>, menu: &Menu, (column, row): (u16, u16)) {
    let screen = canvas.area();
    let widest = |text: fn(&Candidate) -> &str, most: usize| {
        menu.candidates.iter().map(|candidate| width(text(candidate))).max().unwrap_or(0).min(most)
    };
    let words = widest(|candidate| &candidate.shown, WIDEST_WORD);
    let abouts = widest(|candidate| &candidate.about, WIDEST_ABOUT);
    let cells =
        u16::try_from(words + if abouts > 0 { abouts + 2 } else { 0 } + 6).unwrap_or(screen.width).min(screen.width);
    let (above, below) = (row.saturating_sub(screen.y + 1), screen.bottom().saturating_sub(row + 2));
    let room = above.max(below).saturating_sub(2).min(ROWS);
    let height = u16::try_from(menu.candidates.len()).unwrap_or(room).min(room);
    if height == 0 || cells < 8 {
        return;
    }
    let y = if above >= below { row - height - 2 } else { row + 1 };
    let area = Rect { x: column.min(screen.right() - cells), y, width: cells, height: height + 2 };
    canvas.clear(area);
    let (signs, border) = (canvas.symbols.solid, canvas.theme.border_focus);
    let count = menu.candidates.len();
    let title = if count > usize::from(height) { format!("{} of {count}", menu.selected + 1) } else { String::new() };
    let (dim, theme) = (canvas.theme.dim, canvas.theme.clone());
    let inner = canvas.outline(area, &signs, &title, border, dim);
    let first = (menu.selected + 1).saturating_sub(usize::from(height));
    for ((number, candidate), y) in menu.candidates.iter().enumerate().skip(first).zip(inner.y..inner.bottom()) {
        let place = Rect { y, height: 1, ..inner };
        canvas.text(place.x + 2, y, u16::try_from(words).unwrap_or(0), &candidate.shown, theme.text);
        let column = place.x + 2 + u16::try_from(words + 2).unwrap_or(0);
        canvas.text(column, y, place.right().saturating_sub(column), &candidate.about, theme.dim);
        if number == menu.selected {
            let sign = canvas.symbols.selected;
            canvas.style(place, theme.selection);
            canvas.text(place.x, y, 1, sign, Style { bg: theme.selection.bg, ..theme.accent });
        }
        canvas.target(place, Target::Candidate(number));
    }
}
