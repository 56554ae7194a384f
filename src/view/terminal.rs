//! Draws the simulated terminal: what was written, wrapped as a terminal wraps, and the line being typed.
//!
//! Promises: the newest line is in sight unless scrolled; errors look unlike output. Must not know: how to run anything.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

use super::canvas::Canvas;
use super::clean::clean;
use super::wrap::width;
use crate::app::desk::Desk;
use crate::app::transcript::{self, Ink, TerminalLine, Waiting};
use crate::timeline::Timeline;

/// What stands above the terminal.
pub fn title(timeline: &Timeline) -> String {
    let machine = timeline.world().machine().map_or_else(String::new, |machine| format!("{} ", machine.name));
    let state = match transcript::waiting(timeline) {
        Waiting::Prompt if timeline.is_in_the_past() => "in the past",
        Waiting::Prompt => "",
        Waiting::Input => "waits for your input",
        Waiting::Running => "runs until you stop it",
    };
    let separator = if state.is_empty() { "" } else { ": " };
    format!("Terminal {}{separator}{state}", machine.trim_end())
}

/// Draws it into `area`.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, timeline: &Timeline, desk: &Desk) {
    let cells = usize::from(area.width);
    if cells == 0 || area.height == 0 {
        return;
    }
    let mut rows: Vec<Line<'static>> = Vec::new();
    let mut lines = transcript::lines(timeline);
    let mut last = lines.pop().unwrap_or_default();
    // Only what can be seen is wrapped.
    let wanted = usize::from(area.height) + desk.terminal_scroll;
    let first = lines.len().saturating_sub(wanted);
    for line in lines.iter().skip(first) {
        rows.extend(wrapped(canvas, line, cells));
    }
    let mut before_cursor = last.clone();
    if transcript::waiting(timeline) == Waiting::Running {
        last.push((Ink::Prompt, "(running; Ctrl-C stops it) ".to_owned()));
        before_cursor.clone_from(&last);
    }
    before_cursor.push((Ink::Typed, desk.field.before_cursor()));
    last.push((Ink::Typed, desk.field.text()));
    let cursor = wrapped(canvas, &before_cursor, cells);
    let cursor_row = rows.len() + cursor.len().saturating_sub(1);
    let cursor_column = cursor.last().map_or(0, Line::width);
    rows.extend(wrapped(canvas, &last, cells));
    let hidden = rows.len().saturating_sub(usize::from(area.height));
    let scroll = hidden.saturating_sub(desk.terminal_scroll);
    canvas.lines(area, &rows, scroll);
    let (column, row) = if cursor_column >= cells { (0, cursor_row + 1) } else { (cursor_column, cursor_row) };
    if let Some(row) = row.checked_sub(scroll).and_then(|row| u16::try_from(row).ok()).filter(|row| *row < area.height)
    {
        let column = area.x + u16::try_from(column).unwrap_or(0);
        if desk.typing() {
            canvas.cursor(column, area.y + row);
        }
    }
    if scroll > 0 && desk.terminal_scroll > 0 {
        let style = canvas.theme.accent;
        let sign = canvas.symbols.down;
        canvas.text(area.right().saturating_sub(1), area.bottom() - 1, 1, sign, style);
    }
}

/// A line broken wherever it is too wide, as a terminal does it.
fn wrapped(canvas: &Canvas<'_>, line: &TerminalLine, cells: usize) -> Vec<Line<'static>> {
    let mut rows = vec![Line::default()];
    let mut used = 0;
    for (ink, text) in line {
        let style = style(canvas, *ink);
        let mut piece = String::new();
        for grapheme in clean(text).graphemes(true) {
            let wide = width(grapheme);
            if used + wide > cells {
                push(&mut rows, std::mem::take(&mut piece), style);
                rows.push(Line::default());
                used = 0;
            }
            piece.push_str(grapheme);
            used += wide;
        }
        push(&mut rows, piece, style);
    }
    rows
}

fn push(rows: &mut [Line<'static>], text: String, style: Style) {
    if let Some(row) = rows.last_mut().filter(|_| !text.is_empty()) {
        row.push_span(Span::styled(text, style));
    }
}

fn style(canvas: &Canvas<'_>, ink: Ink) -> Style {
    match ink {
        Ink::Prompt => canvas.theme.dim,
        Ink::Typed => canvas.theme.strong,
        Ink::Output => canvas.theme.text,
        Ink::Error => canvas.theme.bad,
    }
}
