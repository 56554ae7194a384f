//! A picture as rows of runs: neighbouring cells that look the same, as text.
//!
//! Promises: wide characters stand alone and say how wide they are; what is plain and empty at the end of a row is left out. Must not know:
//! what the runs become.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use crate::view::wrap::width;

/// Cells of a row that look the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    /// Of its first cell, from 0.
    pub column: u16,
    /// How many cells it covers.
    pub cells: u16,
    pub style: Style,
    pub text: String,
}

/// The runs of a row.
pub(super) fn runs(picture: &Buffer, row: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut column = 0;
    // A wide character must not be joined to what stands beside it: no two fonts agree on its width.
    let mut closed = true;
    while column < picture.area.width {
        let Some(cell) = picture.cell((column, row)) else { break };
        let cells = u16::try_from(width(cell.symbol())).unwrap_or(1).max(1);
        let style = cell.style();
        match runs.last_mut().filter(|run| !closed && cells == 1 && run.style == style) {
            Some(run) => {
                run.text.push_str(cell.symbol());
                run.cells += 1;
            }
            None => runs.push(Run { column, cells, style, text: cell.symbol().to_owned() }),
        }
        closed = cells > 1;
        column = column.saturating_add(cells);
    }
    runs
}

/// A text between tags and in attributes: HTML and XML escape it alike. Control characters, which XML cannot have, become spaces.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' => escaped.push('\n'),
            sign if sign.is_control() || matches!(sign, '\u{fffe}' | '\u{ffff}') => escaped.push(' '),
            sign => escaped.push(sign),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;

    #[test]
    fn wide_characters_stand_alone() {
        let mut picture = Buffer::empty(Rect::new(0, 0, 6, 1));
        picture.set_string(0, 0, "a中b", Style::new());
        let found: Vec<(u16, u16, String)> =
            runs(&picture, 0).into_iter().map(|run| (run.column, run.cells, run.text)).collect();
        assert_eq!(found, [(0, 1, "a".to_owned()), (1, 2, "中".to_owned()), (3, 3, "b  ".to_owned())]);
    }

    #[test]
    fn nothing_of_a_text_is_markup() {
        assert_eq!(escaped("<a b='\"'>&\u{1b}"), "&lt;a b=&#39;&quot;&#39;&gt;&amp; ");
    }
}
