//! A list of lines of which some can be selected.
//!
//! Promises: the selected row is always in sight, with some lines around it; signs at the edge say that there is more. Must not know: what
//! the rows are.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::canvas::Canvas;
use super::theme::Theme;
use crate::app::message::Target;

/// A line of a list: what it says at the left and at the right, and which row it is, if it can be selected.
pub struct ListLine {
    pub left: Line<'static>,
    pub right: Span<'static>,
    pub row: Option<usize>,
}

impl ListLine {
    /// A line that cannot be selected.
    pub fn heading(text: impl Into<String>, right: impl Into<String>, theme: &Theme) -> Self {
        Self { left: Line::styled(text.into(), theme.title), right: Span::styled(right.into(), theme.dim), row: None }
    }
}

/// Adds an empty line, unless there is one already or nothing is above.
pub fn separate(lines: &mut Vec<ListLine>, theme: &Theme) {
    if lines.last().is_some_and(|line| line.left.width() > 0) {
        lines.push(ListLine::heading("", "", theme));
    }
}

/// Draws a list.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, lines: &[ListLine], selected: usize) {
    let scroll = scroll_for(lines, selected, usize::from(area.height));
    for (line, at) in lines.iter().skip(scroll).zip(area.y..area.bottom()) {
        let place = Rect { y: at, height: 1, ..area };
        canvas.line(place, &line.left);
        if usize::from(place.width) > line.left.width() + line.right.width() + 2 {
            canvas.text_right(Rect { width: place.width - 1, ..place }, &line.right.content, line.right.style);
        }
        if let Some(row) = line.row {
            if row == selected {
                let selection = canvas.theme.selection;
                canvas.style(place, selection);
                let (sign, accent) = (canvas.symbols.selected, canvas.theme.accent);
                canvas.text(place.x, at, 1, sign, Style { bg: selection.bg, ..accent });
            }
            canvas.target(place, Target::Item(row));
        }
    }
    let (symbols, dim) = (canvas.symbols, canvas.theme.dim);
    if scroll > 0 {
        canvas.text_right(Rect { height: 1, ..area }, symbols.up, dim);
    }
    if lines.len() > scroll + usize::from(area.height) && area.height > 0 {
        canvas.text_right(Rect { y: area.bottom() - 1, height: 1, ..area }, symbols.down, dim);
    }
}

/// How many lines to leave out above.
fn scroll_for(lines: &[ListLine], selected: usize, height: usize) -> usize {
    let at = lines.iter().position(|line| line.row == Some(selected)).unwrap_or(0);
    let most = lines.len().saturating_sub(height);
    (at + 1 + height / 3).saturating_sub(height).min(most)
}
