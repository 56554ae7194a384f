//! What everything is drawn on: a buffer that cannot be drawn outside of, with the theme, the signs, and the places the mouse can hit.
//!
//! Promises: drawing outside the buffer or the given area does nothing; text that goes through here is clean (`clean`), and ASCII where
//! that was asked for. Must not know: what is drawn.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use unicode_segmentation::UnicodeSegmentation;

use super::clean::{ascii, clean};
use super::symbols::{BoxSigns, Symbols};
use super::theme::Theme;
use super::wrap::{truncate, width};
use crate::app::message::Target;

/// A picture in the making.
pub struct Canvas<'a> {
    buffer: &'a mut Buffer,
    pub theme: Theme,
    pub symbols: &'static Symbols,
    ascii_only: bool,
    targets: Vec<(Rect, Target)>,
    cursor: Option<Position>,
}

/// What a picture says of itself beside its cells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Where the mouse hits what; of two that overlap the later one is on top.
    pub targets: Vec<(Rect, Target)>,
    /// Where the terminal's cursor stands, if it is shown.
    pub cursor: Option<Position>,
}

impl Drawn {
    /// What is at this cell.
    pub fn target_at(&self, column: u16, row: u16) -> Option<&Target> {
        let position = Position::new(column, row);
        self.targets.iter().rev().find(|(area, _)| area.contains(position)).map(|(_, target)| target)
    }
}

impl<'a> Canvas<'a> {
    /// A canvas over the whole of `buffer`, laid out with the theme's ground.
    pub fn new(buffer: &'a mut Buffer, theme: Theme, ascii_only: bool) -> Self {
        let area = buffer.area;
        buffer.set_style(area, theme.ground);
        Self { buffer, theme, symbols: Symbols::of(ascii_only), ascii_only, targets: Vec::new(), cursor: None }
    }

    /// The whole area.
    pub fn area(&self) -> Rect {
        self.buffer.area
    }

    /// Ends the drawing.
    pub fn finish(self) -> Drawn {
        Drawn { targets: self.targets, cursor: self.cursor }
    }

    /// The part of `area` that exists.
    pub fn clamp(&self, area: Rect) -> Rect {
        area.intersection(self.buffer.area)
    }

    /// Writes text into one row, from (`column`, `row`), at most `cells` wide and never past the right edge; too long a text ends with
    /// an ellipsis. Returns the number of cells written.
    pub fn text(&mut self, column: u16, row: u16, cells: u16, text: &str, style: Style) -> u16 {
        let area = self.clamp(Rect::new(column, row, cells, 1));
        if area.is_empty() || area.x != column {
            return 0;
        }
        let shown = clean(text);
        let shown = if self.ascii_only { ascii(&shown) } else { shown };
        let shown = truncate(&shown, usize::from(area.width), self.symbols.ellipsis);
        let mut at = area.x;
        for grapheme in shown.graphemes(true) {
            let cells_wide = u16::try_from(width(grapheme)).unwrap_or(0);
            if cells_wide == 0 {
                continue;
            }
            for offset in 0..cells_wide {
                if let Some(cell) = self.buffer.cell_mut((at + offset, area.y)) {
                    // The cells behind a wide character are empty; ratatui skips them when it compares pictures.
                    cell.set_symbol(if offset == 0 { grapheme } else { " " }).set_style(style);
                }
            }
            at += cells_wide;
        }
        at - area.x
    }

    /// Writes a line of spans into the first row of `area`. Returns the number of cells written.
    pub fn line(&mut self, area: Rect, line: &Line<'_>) -> u16 {
        let mut used = 0;
        for span in &line.spans {
            let style = line.style.patch(span.style);
            used +=
                self.text(area.x.saturating_add(used), area.y, area.width.saturating_sub(used), &span.content, style);
        }
        used
    }

    /// Writes lines one below the other, after leaving out the first `scroll`; what does not fit into `area` is left out.
    pub fn lines(&mut self, area: Rect, lines: &[Line<'_>], scroll: usize) {
        for (row, line) in (area.y..area.bottom()).zip(lines.iter().skip(scroll)) {
            self.line(Rect { y: row, height: 1, ..area }, line);
        }
    }

    /// Writes text that ends at the right edge of `area`'s first row.
    pub fn text_right(&mut self, area: Rect, text: &str, style: Style) {
        let cells = u16::try_from(width(&clean(text))).unwrap_or(u16::MAX).min(area.width);
        self.text(area.right() - cells, area.y, cells, text, style);
    }

    /// Repeats a sign over every cell of `area`.
    pub fn fill(&mut self, area: Rect, sign: &'static str, style: Style) {
        for position in self.clamp(area).positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                cell.set_symbol(sign).set_style(style);
            }
        }
    }

    /// Empties `area`, so that what lay there does not show through.
    pub fn clear(&mut self, area: Rect) {
        let ground = self.theme.ground;
        for position in self.clamp(area).positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                cell.reset();
                cell.set_style(ground);
            }
        }
    }

    /// Gives every cell of `area` a style, over the one it has.
    pub fn style(&mut self, area: Rect, style: Style) {
        let area = self.clamp(area);
        self.buffer.set_style(area, style);
    }

    /// Draws lines in a box at the top of `area`, with room around them; `area` is six cells wider than the lines.
    pub fn note(&mut self, area: Rect, title: &str, lines: &[Line<'_>]) {
        let height = u16::try_from(lines.len() + 4).unwrap_or(u16::MAX).min(area.height);
        let (signs, border, style) = (self.symbols.solid, self.theme.border, self.theme.accent);
        let inner = self.outline(Rect { height, ..area }, &signs, title, border, style);
        let text = Rect {
            x: inner.x.saturating_add(2),
            y: inner.y.saturating_add(1),
            width: inner.width.saturating_sub(4),
            height: inner.height.saturating_sub(1),
        };
        self.lines(text, lines, 0);
    }

    /// Draws a box along the inside of `area`'s edge, with a title in its upper line, and returns what is within it.
    pub fn outline(
        &mut self,
        area: Rect,
        signs: &BoxSigns,
        title: &str,
        line_style: Style,
        title_style: Style,
    ) -> Rect {
        let inner = Rect::new(
            area.x.saturating_add(1),
            area.y.saturating_add(1),
            area.width.saturating_sub(2),
            area.height.saturating_sub(2),
        );
        if area.width < 2 || area.height < 2 {
            return Rect { width: 0, height: 0, ..area };
        }
        let (right, bottom) = (area.right() - 1, area.bottom() - 1);
        self.fill(Rect { height: 1, ..area }, signs.horizontal, line_style);
        self.fill(Rect { y: bottom, height: 1, ..area }, signs.horizontal, line_style);
        self.fill(Rect { width: 1, ..area }, signs.vertical, line_style);
        self.fill(Rect { x: right, width: 1, ..area }, signs.vertical, line_style);
        for (column, row, sign) in [
            (area.x, area.y, signs.top_left),
            (right, area.y, signs.top_right),
            (area.x, bottom, signs.bottom_left),
            (right, bottom, signs.bottom_right),
        ] {
            self.fill(Rect::new(column, row, 1, 1), sign, line_style);
        }
        if !title.is_empty() && area.width > 6 {
            self.text(area.x + 2, area.y, area.width - 4, &format!(" {title} "), title_style);
        }
        inner
    }

    /// Whether only ASCII is drawn.
    pub fn is_ascii(&self) -> bool {
        self.ascii_only
    }

    /// Copies the cells of another picture into `area`, after leaving out its first `scroll` rows.
    pub fn copy(&mut self, area: Rect, picture: &Buffer, scroll: usize) {
        let area = self.clamp(area);
        let rows = picture.area.height;
        let first = u16::try_from(scroll).unwrap_or(rows).min(rows);
        for row in 0..area.height.min(rows - first) {
            for column in 0..area.width.min(picture.area.width) {
                let from = picture.cell((picture.area.x + column, picture.area.y + first + row));
                if let (Some(from), Some(to)) = (from, self.buffer.cell_mut((area.x + column, area.y + row))) {
                    to.clone_from(from);
                }
            }
        }
    }

    /// Says that the mouse can hit `target` in `area`.
    pub fn target(&mut self, area: Rect, target: Target) {
        let area = self.clamp(area);
        if !area.is_empty() {
            self.targets.push((area, target));
        }
    }

    /// Hides the terminal's cursor, wherever it was put.
    pub fn hide_cursor(&mut self) {
        self.cursor = None;
    }

    /// Puts the terminal's cursor here.
    pub fn cursor(&mut self, column: u16, row: u16) {
        let position = Position::new(column, row);
        if self.buffer.area.contains(position) {
            self.cursor = Some(position);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::command::Action;
    use crate::app::settings::Settings;
    use crate::view::symbols::UNICODE;

    fn draw(columns: u16, rows: u16, ascii_only: bool, work: impl FnOnce(&mut Canvas<'_>)) -> (Buffer, Drawn) {
        let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
        let mut canvas = Canvas::new(&mut buffer, Theme::of(&Settings::default()), ascii_only);
        work(&mut canvas);
        let drawn = canvas.finish();
        (buffer, drawn)
    }

    fn row(buffer: &Buffer, row: u16) -> String {
        (0..buffer.area.width).filter_map(|column| buffer.cell((column, row))).map(|cell| cell.symbol()).collect()
    }

    #[test]
    fn text_is_cleaned_cut_and_kept_inside() {
        let (buffer, _) = draw(8, 1, false, |canvas| {
            assert_eq!(canvas.text(2, 0, 100, "\u{1b}[2Jvery long", Style::new()), 6);
            assert_eq!(canvas.text(0, 5, 10, "below", Style::new()), 0);
            assert_eq!(canvas.text(9, 0, 10, "beside", Style::new()), 0);
        });
        assert_eq!(row(&buffer, 0), "  \u{241b}[2Jv…");
    }

    #[test]
    fn in_ascii_everything_is_ascii() {
        let (buffer, _) = draw(20, 3, true, |canvas| {
            let signs = canvas.symbols.solid;
            canvas.outline(Rect::new(0, 0, 20, 3), &signs, "«why» — é", Style::new(), Style::new());
        });
        assert!(buffer.content.iter().all(|cell| cell.symbol().is_ascii()), "{buffer:?}");
    }

    #[test]
    fn any_box_at_any_place_is_kept_inside() {
        for (columns, rows) in [(0, 0), (1, 1), (3, 2), (9, 4)] {
            for x in 0..6 {
                for width in 0..8 {
                    draw(columns, rows, false, |canvas| {
                        let area = Rect::new(x, x, width, width);
                        canvas.outline(area, &UNICODE.solid, "title", Style::new(), Style::new());
                        canvas.target(area, Target::Item(0));
                        canvas.text_right(area, "right", Style::new());
                        canvas.cursor(x, x);
                    });
                }
            }
        }
    }

    #[test]
    fn the_target_drawn_last_is_hit_first() {
        let (_, drawn) = draw(10, 2, false, |canvas| {
            canvas.target(Rect::new(0, 0, 10, 2), Target::Pane(0));
            canvas.target(Rect::new(2, 1, 3, 1), Target::Action(Action::Help));
        });
        assert_eq!(drawn.target_at(0, 0), Some(&Target::Pane(0)));
        assert_eq!(drawn.target_at(3, 1), Some(&Target::Action(Action::Help)));
        assert_eq!(drawn.target_at(10, 1), None);
    }
}
