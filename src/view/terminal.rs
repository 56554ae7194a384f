//! Draws the simulated terminal: what was written, wrapped as a terminal wraps, the line being typed, and what is offered for it.
//!
//! Promises: the newest line is in sight unless scrolled, and so is what is searched for; errors look unlike output. Must not know: how
//! to run anything.

mod menu;
#[cfg(test)]
mod tests;

use std::ops::Range;

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

use super::canvas::Canvas;
use super::clean::clean;
use super::theme::Theme;
use super::wrap::width;
use crate::app::desk::{Desk, Pane};
use crate::app::line::Ghost;
use crate::app::line::completion::is_program;
use crate::app::line::words::{Kind, pieces};
use crate::app::transcript::{self, CONTINUED, Ink, TerminalLine, Waiting};
use crate::timeline::Timeline;

/// Text with its look; the pieces of one line of the terminal.
type Styled = Vec<(Style, String)>;

/// What stands above the terminal.
pub fn title(timeline: &Timeline, desk: &Desk) -> String {
    let machine = timeline.world().machine().map_or_else(String::new, |machine| machine.name.to_string());
    let state = match (&desk.find, transcript::waiting(timeline)) {
        (Some(find), _) => {
            let places = find.places(&transcript::lines(timeline)).len();
            match places {
                0 if find.text.is_empty() => "find: ".to_owned(),
                0 => format!("find: {} (not there)", find.text),
                places => format!("find: {} ({} of {places})", find.text, (find.at + 1).min(places)),
            }
        }
        (None, Waiting::Prompt) if timeline.is_in_the_past() => "in the past".to_owned(),
        (None, Waiting::Prompt) => String::new(),
        (None, Waiting::Input) => "waits for your input".to_owned(),
        (None, Waiting::Running) => "runs until you stop it".to_owned(),
        (None, Waiting::Exhausted) => "held: it did the most that one command may".to_owned(),
    };
    let separator = if state.is_empty() { "" } else { ": " };
    format!("Terminal {machine}{separator}{state}")
}

/// Draws it into `area`.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, timeline: &Timeline, desk: &Desk) {
    let cells = usize::from(area.width);
    if cells == 0 || area.height == 0 {
        return;
    }
    let theme = canvas.theme.clone();
    let mut lines = transcript::lines(timeline);
    let found = desk.find.as_ref().and_then(|find| find.places(&lines).get(find.at).copied());
    let last = lines.pop().unwrap_or_default();
    // Only what can be seen is wrapped.
    let wanted = match found {
        Some(line) => lines.len().saturating_sub(line) + usize::from(area.height),
        None => usize::from(area.height) + desk.terminal_scroll,
    };
    let first = lines.len().saturating_sub(wanted);
    let mut rows: Vec<Line<'static>> = Vec::new();
    let mut found_row = None;
    for (number, line) in lines.iter().enumerate().skip(first) {
        if found == Some(number) {
            found_row = Some(rows.len());
        }
        let mut styled = styled(&theme, line);
        if let Some(find) = &desk.find {
            styled = mark(styled, &find.text, theme.highlight.add_modifier(Modifier::REVERSED));
        }
        rows.extend(wrapped(&styled, cells));
    }
    let input = Input::of(&theme, timeline, desk, &last);
    let cursor = input.cursor(cells);
    let cursor_row = rows.len() + cursor.0;
    for line in &input.lines {
        rows.extend(wrapped(line, cells));
    }
    let hidden = rows.len().saturating_sub(usize::from(area.height));
    let scroll = match found_row {
        Some(row) => row.saturating_sub(usize::from(area.height) / 2).min(hidden),
        None => hidden.saturating_sub(desk.terminal_scroll),
    };
    canvas.lines(area, &rows, scroll);
    let row = cursor_row.checked_sub(scroll).and_then(|row| u16::try_from(row).ok()).filter(|row| *row < area.height);
    if let Some(row) = row.filter(|_| desk.pane == Pane::Terminal && desk.find.is_none()) {
        let column = area.x + u16::try_from(cursor.1).unwrap_or(0);
        canvas.cursor(column, area.y + row);
        if let Some(menu) = &desk.line.menu {
            menu::draw(canvas, menu, (column, area.y + row));
        }
    }
    if scroll < hidden {
        let (style, sign) = (theme.accent, canvas.symbols.down);
        canvas.text(area.right().saturating_sub(1), area.bottom() - 1, 1, sign, style);
    }
}

/// The line being typed, as it is shown: its lines, and what stands before the cursor.
struct Input {
    lines: Vec<Styled>,
    before_cursor: Vec<Styled>,
}

impl Input {
    fn of(theme: &Theme, timeline: &Timeline, desk: &Desk, prompt: &TerminalLine) -> Input {
        let mut first = styled(theme, prompt);
        if matches!(transcript::waiting(timeline), Waiting::Running | Waiting::Exhausted) {
            first.push((theme.dim, "(running; Ctrl-C stops it) ".to_owned()));
        }
        if let Some(search) = &desk.line.search {
            let history = transcript::history(timeline);
            let line = search.line(&history).unwrap_or_default();
            let words = if line.is_empty() && !search.text.is_empty() { "not found" } else { "search before" };
            first = vec![(theme.accent, format!("{words}: {} ", search.text))];
            let before_cursor = vec![first.clone()];
            first.extend(mark(
                vec![(theme.text, line.replace('\n', " "))],
                &search.text,
                theme.highlight.add_modifier(Modifier::REVERSED),
            ));
            return Input { lines: vec![first], before_cursor };
        }
        let field = &desk.line.field;
        let known = |name: &str| is_program(name, timeline.world());
        let styles = coloured(theme, field.text(), known);
        let mut lines = with_prompts(theme, first.clone(), cut(&styles, 0..field.text().len()));
        let before_cursor = with_prompts(theme, first, cut(&styles, 0..field.cursor()));
        let ghost = if desk.pane == Pane::Terminal { desk.line.ghost(timeline) } else { None };
        if let (Some(ghost), Some(line)) = (ghost, lines.last_mut()) {
            let words = match ghost {
                Ghost::History(words) | Ghost::Selected(words) => words,
                Ghost::Usage(words) => words.to_owned(),
            };
            line.push((theme.ghost, words));
        }
        Input { lines, before_cursor }
    }

    /// The row and column of the cursor, the first row of the input being 0.
    fn cursor(&self, cells: usize) -> (usize, usize) {
        let rows: Vec<Line<'static>> = self.before_cursor.iter().flat_map(|line| wrapped(line, cells)).collect();
        let (row, column) = (rows.len().saturating_sub(1), rows.last().map_or(0, Line::width));
        if column >= cells { (row + 1, 0) } else { (row, column) }
    }
}

/// Text with line ends as lines, the further ones behind a prompt of their own.
fn with_prompts(theme: &Theme, first: Styled, text: Styled) -> Vec<Styled> {
    let mut lines = vec![first];
    for (style, text) in text {
        for (number, part) in text.split('\n').enumerate() {
            if number > 0 {
                lines.push(vec![(theme.dim, CONTINUED.to_owned())]);
            }
            if let Some(line) = lines.last_mut() {
                line.push((style, part.to_owned()));
            }
        }
    }
    lines
}

/// The part of a styled text that lies in these bytes.
fn cut(text: &Styled, range: Range<usize>) -> Styled {
    let mut at = 0;
    let mut kept = Vec::new();
    for (style, piece) in text {
        let (from, to) = (range.start.max(at), range.end.min(at + piece.len()));
        if let Some(part) = piece.get(from.saturating_sub(at)..to.saturating_sub(at)).filter(|part| !part.is_empty()) {
            kept.push((*style, part.to_owned()));
        }
        at += piece.len();
    }
    kept
}

/// A shell line in its colours.
fn coloured(theme: &Theme, line: &str, known: impl Fn(&str) -> bool) -> Styled {
    let look = |kind: Kind, text: &str| match kind {
        Kind::Blank | Kind::Plain => theme.text,
        Kind::Program if !known(text) => theme.bad,
        Kind::Program => theme.strong,
        Kind::Subcommand | Kind::Keyword => theme.accent,
        Kind::Flag => theme.code,
        Kind::Quoted => theme.good,
        Kind::Variable => theme.warning,
        Kind::Operator | Kind::Comment => theme.dim,
    };
    pieces(line)
        .into_iter()
        .filter_map(|piece| line.get(piece.range).map(|text| (look(piece.kind, text), text.to_owned())))
        .collect()
}

/// A line of the transcript in its colours.
fn styled(theme: &Theme, line: &TerminalLine) -> Styled {
    let mut pieces = Vec::new();
    for (ink, text) in line {
        match ink {
            Ink::Prompt => pieces.push((theme.dim, text.clone())),
            Ink::Typed => pieces.extend(coloured(theme, text, |_| true)),
            Ink::Output => pieces.push((theme.text, text.clone())),
            Ink::Error => pieces.push((theme.bad, text.clone())),
        }
    }
    pieces
}

/// Gives every place that holds `text` another look; capitals make no difference.
fn mark(line: Styled, text: &str, look: Style) -> Styled {
    let wanted = text.to_lowercase();
    let mut marked = Vec::new();
    for (style, piece) in line {
        let lower = piece.to_lowercase();
        // Where small letters have another length than capitals, bytes do not correspond: that piece is left as it is.
        if wanted.is_empty() || lower.len() != piece.len() {
            marked.push((style, piece));
            continue;
        }
        let mut at = 0;
        for (start, found) in lower.match_indices(&wanted) {
            let end = start + found.len();
            marked.extend(piece.get(at..start).map(|part| (style, part.to_owned())));
            marked.extend(piece.get(start..end).map(|part| (look, part.to_owned())));
            at = end;
        }
        marked.extend(piece.get(at..).map(|part| (style, part.to_owned())));
    }
    marked
}

/// A line broken wherever it is too wide, as a terminal does it.
fn wrapped(line: &Styled, cells: usize) -> Vec<Line<'static>> {
    let mut rows = vec![Line::default()];
    let mut used = 0;
    for (style, text) in line {
        let mut piece = String::new();
        for grapheme in clean(text).graphemes(true) {
            let wide = width(grapheme);
            if used + wide > cells {
                push(&mut rows, std::mem::take(&mut piece), *style);
                rows.push(Line::default());
                used = 0;
            }
            piece.push_str(grapheme);
            used += wide;
        }
        push(&mut rows, piece, *style);
    }
    rows
}

fn push(rows: &mut [Line<'static>], text: String, style: Style) {
    if let Some(row) = rows.last_mut().filter(|_| !text.is_empty()) {
        row.push_span(Span::styled(text, style));
    }
}
