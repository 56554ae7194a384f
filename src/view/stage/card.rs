//! A thing on the stage as rows of text: what its height is, where its parts are, and how it comes and goes.
//!
//! Promises: every row is exactly as wide as the card. Must not know: what things there are.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::stage::scene::Subject;
use crate::view::canvas::Canvas;
use crate::view::symbols::{BoxSigns, Symbols};
use crate::view::wrap::{truncate, width};

/// A row of a card.
pub struct Row {
    pub line: Line<'static>,
    /// What stands in it.
    pub subject: Option<Subject>,
    /// How much of it is there, from 0 to 1.
    pub presence: f32,
    /// Things of their own within the row.
    pub parts: Vec<Part>,
}

/// A thing that has only some cells of a row.
pub struct Part {
    /// From the card's left edge.
    pub column: u16,
    pub width: u16,
    pub subject: Subject,
}

/// A thing as rows of text.
pub struct Card {
    pub rows: Vec<Row>,
    pub width: u16,
}

impl Card {
    /// An empty card.
    pub fn new(width: u16) -> Card {
        Card { rows: Vec::new(), width }
    }

    /// Adds a row.
    pub fn push(&mut self, spans: Vec<Span<'static>>, subject: Option<Subject>, presence: f32) {
        self.rows.push(Row { line: Line::from(spans), subject, presence, parts: Vec::new() });
    }

    /// Adds a row in which there are several things.
    pub fn push_parts(&mut self, spans: Vec<Span<'static>>, parts: Vec<Part>) {
        self.rows.push(Row { line: Line::from(spans), subject: None, presence: 1.0, parts });
    }

    /// The thing that the card is of.
    pub fn subject(&self) -> Option<&Subject> {
        self.rows.first()?.subject.as_ref()
    }

    /// How many rows it takes.
    pub fn height(&self) -> u16 {
        u16::try_from(self.rows.len()).unwrap_or(u16::MAX)
    }

    /// Draws it with its upper left corner here. What is only partly there lacks cells, always the same ones at the same presence.
    pub fn draw(&self, canvas: &mut Canvas<'_>, column: u16, row: u16) {
        for (content, at) in self.rows.iter().zip(row..) {
            canvas.line(Rect::new(column, at, self.width, 1), &content.line);
            if content.presence >= 1.0 {
                continue;
            }
            for offset in 0..self.width {
                // A fixed pattern, from the golden ratio's multiples: evenly spread at every share.
                let grain = f32::from((offset * 97 + at * 57) % 128) / 128.0;
                if grain >= content.presence {
                    canvas.clear(Rect::new(column + offset, at, 1, 1));
                }
            }
        }
    }
}

/// How wide spans are together.
pub fn spans_width(spans: &[Span<'_>]) -> usize {
    spans.iter().map(|span| width(&span.content)).sum()
}

/// The spans, cut or filled up to exactly `cells`.
pub fn fit(spans: Vec<Span<'static>>, cells: usize, symbols: &Symbols) -> Vec<Span<'static>> {
    let mut fitted = Vec::new();
    let mut used = 0;
    for span in spans {
        let room = cells - used;
        let text = truncate(&span.content, room, symbols.ellipsis);
        used += width(&text);
        let cut = text.len() < span.content.len();
        fitted.push(Span::styled(text, span.style));
        if cut || used >= cells {
            break;
        }
    }
    if used < cells {
        fitted.push(Span::raw(" ".repeat(cells - used)));
    }
    fitted
}

/// `left` and `right` at the two ends of `cells`; the left gives way, and the right goes if not even three cells are left.
pub fn between(
    left: Vec<Span<'static>>,
    right: Vec<Span<'static>>,
    cells: usize,
    symbols: &Symbols,
) -> Vec<Span<'static>> {
    let right_width = spans_width(&right);
    if right_width == 0 || right_width + 6 > cells {
        return fit(left, cells, symbols);
    }
    let mut spans = fit(left, cells - right_width - 1, symbols);
    spans.push(Span::raw(" "));
    spans.extend(right);
    spans
}

/// Words in as few rows as they need, three cells apart; none of them is parted.
pub fn side_by_side(words: &[String], cells: usize) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for word in words {
        match rows.last_mut() {
            Some(row) if width(row) + 3 + width(word) <= cells => {
                row.push_str("   ");
                row.push_str(word);
            }
            _ => rows.push(word.clone()),
        }
    }
    rows
}

/// A row between the two upright lines of a box.
pub fn walled(
    signs: &BoxSigns,
    style: Style,
    content: Vec<Span<'static>>,
    cells: usize,
    symbols: &Symbols,
) -> Vec<Span<'static>> {
    let mut spans = vec![Span::styled(signs.vertical, style), Span::raw(" ")];
    spans.extend(fit(content, cells.saturating_sub(4), symbols));
    spans.extend([Span::raw(" "), Span::styled(signs.vertical, style)]);
    spans
}

/// A level line of a box, with words in it at the left and at the right.
pub fn level(
    ends: (&'static str, &'static str),
    horizontal: &'static str,
    style: Style,
    (left, right): (Vec<Span<'static>>, Vec<Span<'static>>),
    cells: usize,
    symbols: &Symbols,
) -> Vec<Span<'static>> {
    let inner = cells.saturating_sub(2);
    let right_width = spans_width(&right);
    let right = if right_width + 8 <= inner { right } else { Vec::new() };
    let mut room = inner.saturating_sub(2).saturating_sub(if right.is_empty() { 0 } else { spans_width(&right) + 3 });
    let mut spans = vec![Span::styled(ends.0, style)];
    let mut used = 0;
    if !left.is_empty() && room > 4 {
        spans.push(Span::styled(horizontal, style));
        spans.push(Span::raw(" "));
        room -= 2;
        let wanted = spans_width(&left).min(room);
        spans.extend(fit(left, wanted, symbols));
        spans.push(Span::raw(" "));
        used = wanted + 3;
    }
    let right_part = if right.is_empty() { 0 } else { spans_width(&right) + 3 };
    spans.push(Span::styled(horizontal.repeat(inner.saturating_sub(used + right_part)), style));
    if !right.is_empty() {
        spans.push(Span::raw(" "));
        spans.extend(right);
        spans.push(Span::raw(" "));
        spans.push(Span::styled(horizontal, style));
    }
    spans.push(Span::styled(ends.1, style));
    spans
}

/// A gauge of `cells` cells.
pub fn gauge(share: f32, cells: usize, full: Style, empty: Style, symbols: &Symbols) -> Vec<Span<'static>> {
    let share = share.clamp(0.0, 1.0);
    let mut filled = (share * cells as f32).round() as usize;
    if share > 0.0 && filled == 0 {
        filled = 1;
    }
    let filled = filled.min(cells);
    vec![
        Span::styled(symbols.gauge_full.repeat(filled), full),
        Span::styled(symbols.gauge_empty.repeat(cells - filled), empty),
    ]
}
