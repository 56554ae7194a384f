//! Draws the editor over the screen: the text with line numbers, colours, and what is wrong with the line of the cursor.
//!
//! Promises: the cursor is in sight; text is clean. Must not know: how to change anything.

#[cfg(test)]
mod tests;

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::canvas::Canvas;
use super::clean::clean;
use super::theme::Theme;
use super::wrap::width;
use crate::app::editor::Editor;
use crate::app::editor::language::Tone;
use crate::app::message::Target;

/// Cells between the window and the edge of a large screen.
const MARGIN: (u16, u16) = (4, 1);

/// Draws the window.
pub fn draw(canvas: &mut Canvas<'_>, editor: &Editor) {
    let screen = canvas.area();
    let margin = if screen.width >= 100 { MARGIN.0 } else { 0 };
    let rows = if screen.height >= 30 { MARGIN.1 } else { 0 };
    let area = Rect {
        x: screen.x + margin,
        y: screen.y + 1 + rows,
        width: screen.width.saturating_sub(2 * margin),
        height: screen.height.saturating_sub(2 + 2 * rows),
    };
    canvas.clear(area);
    let theme = canvas.theme.clone();
    let signs = canvas.symbols.solid;
    let title = format!("{}{}", editor.path(), if editor.is_changed() { " (changed)" } else { "" });
    let inner = canvas.outline(area, &signs, &title, theme.border_focus, theme.title);
    let text = Rect { height: inner.height.saturating_sub(2), ..inner };
    draw_text(canvas, editor, text, &theme);
    let status = Rect { y: text.bottom(), height: inner.bottom().saturating_sub(text.bottom()), ..inner };
    draw_status(canvas, editor, status, &theme);
}

fn draw_text(canvas: &mut Canvas<'_>, editor: &Editor, area: Rect, theme: &Theme) {
    let lines = editor.lines();
    let (row, column) = editor.cursor();
    let height = usize::from(area.height);
    let top = top_line(row, lines.len(), height);
    let digits = lines.len().to_string().len().max(2);
    let gutter = u16::try_from(digits + 3).unwrap_or(5);
    let room = area.width.saturating_sub(gutter);
    let before = lines.get(row).and_then(|line| line.get(..column)).unwrap_or_default();
    let cursor = width(&clean(before));
    // The text moves to the left as far as the cursor needs it.
    let left = (cursor + 2).saturating_sub(usize::from(room));
    for (number, y) in (top..lines.len()).zip(area.y..area.bottom()) {
        let problem = editor.problems().iter().find(|problem| problem.line == number);
        let (sign, sign_style) = match problem {
            Some(problem) if problem.is_error => (canvas.symbols.unmet, theme.bad),
            Some(_) => (canvas.symbols.warning, theme.warning),
            None => (" ", theme.dim),
        };
        let number_style = if number == row { theme.strong } else { theme.dim };
        let lead = Line::from(vec![
            Span::styled(sign, sign_style),
            Span::styled(format!("{:>digits$} ", number + 1), number_style),
        ]);
        canvas.line(Rect { y, height: 1, ..area }, &lead);
        let underline = problem.is_some_and(|problem| problem.is_error);
        let spans = spans(editor, number, theme, underline);
        let place = Rect { x: area.x + gutter, y, width: room, height: 1 };
        canvas.line(place, &shifted(spans, left));
        canvas.target(Rect { y, height: 1, ..area }, Target::OverlayItem(number));
        if number == row {
            canvas.cursor(place.x + u16::try_from(cursor - left).unwrap_or(0), y);
        }
    }
}

/// The first line that is shown: all if they fit, else half a window at a time, so that the text keeps still while one moves in it.
fn top_line(row: usize, count: usize, height: usize) -> usize {
    let half = (height / 2).max(1);
    let page = (row / half * half).saturating_sub(half / 2);
    page.min(count.saturating_sub(height)).min(row)
}

fn spans(editor: &Editor, number: usize, theme: &Theme, underline: bool) -> Vec<Span<'static>> {
    let line = editor.lines().get(number).map_or("", String::as_str);
    let look = |tone: Tone| match tone {
        Tone::Plain => theme.text,
        Tone::Keyword => theme.accent,
        Tone::Name => theme.strong,
        Tone::Flag => theme.code,
        Tone::Text => theme.good,
        Tone::Variable => theme.warning,
        Tone::Operator | Tone::Comment => theme.dim,
    };
    let pieces = editor.language().pieces(editor.lines(), number).into_iter();
    pieces
        .filter_map(|(range, tone)| {
            let style = if underline { look(tone).add_modifier(Modifier::UNDERLINED) } else { look(tone) };
            line.get(range).map(|text| Span::styled(clean(text).into_owned(), style))
        })
        .collect()
}

/// A line without its first `cells` cells.
fn shifted(spans: Vec<Span<'static>>, cells: usize) -> Line<'static> {
    let mut rest = cells;
    let mut kept = Vec::new();
    for span in spans {
        let text: String = span
            .content
            .chars()
            .filter(|sign| {
                let wide = width(sign.encode_utf8(&mut [0; 4]));
                let gone = rest > 0;
                rest = rest.saturating_sub(wide);
                !gone
            })
            .collect();
        kept.push(Span::styled(text, span.style));
    }
    Line::from(kept)
}

/// What is wrong with the line of the cursor, or with the first that is wrong; where one is, and in what language.
fn draw_status(canvas: &mut Canvas<'_>, editor: &Editor, area: Rect, theme: &Theme) {
    let (row, column) = editor.cursor();
    let here = editor.problems().iter().find(|problem| problem.line == row).or(editor.problems().first());
    let (words, style): (String, Style) = match here {
        _ if editor.leaving => ("There are changes that are not saved.".to_owned(), theme.warning),
        Some(problem) => {
            let place = if problem.line == row { String::new() } else { format!("line {}: ", problem.line + 1) };
            (format!("{place}{}", problem.words), if problem.is_error { theme.bad } else { theme.warning })
        }
        None => ("No problem found.".to_owned(), theme.dim),
    };
    if here.is_some() || editor.leaving || editor.language().is_checked() {
        canvas.text(area.x + 1, area.y, area.width.saturating_sub(2), &words, style);
    }
    let before = editor.lines().get(row).and_then(|line| line.get(..column)).unwrap_or_default();
    let place = format!(
        "{}, line {} of {}, column {} ",
        editor.language().name(),
        row + 1,
        editor.lines().len(),
        width(&clean(before)) + 1
    );
    canvas.text_right(Rect { y: area.y + 1, height: area.height.saturating_sub(1).min(1), ..area }, &place, theme.dim);
}
