//! Turns the difference between two pictures into the bytes that change the one into the other on a terminal.
//!
//! Promises: equal pictures give no bytes at all; all others give one synchronized update (DEC mode 2026), so that no half picture is
//! seen. Must not know: where the bytes go. (ratatui's own backend writes bytes for an unchanged picture, and under NO_COLOR a full
//! reset that loses bold and reverse.)

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};

const BEGIN_UPDATE: &str = "\x1b[?2026h";
const END_UPDATE: &str = "\x1b[?2026l";
const CLEAR: &str = "\x1b[0m\x1b[2J";
const SHOW_CURSOR: &str = "\x1b[?25h";
const HIDE_CURSOR: &str = "\x1b[?25l";

/// Remembers what the terminal shows.
#[derive(Debug, Default)]
pub struct Painter {
    shown: Buffer,
    cursor: Option<Position>,
    /// What the terminal shows is not known: all must be painted.
    lost: bool,
}

impl Painter {
    /// A painter of a terminal that shows anything.
    pub fn new() -> Self {
        Self { lost: true, ..Self::default() }
    }

    /// Says that something else may have drawn on the terminal.
    pub fn forget(&mut self) {
        self.lost = true;
    }

    /// The bytes that make the terminal show `picture`, with its cursor at `cursor` or hidden.
    pub fn paint(&mut self, picture: &Buffer, cursor: Option<Position>) -> String {
        let mut bytes = String::new();
        if self.lost || self.shown.area != picture.area {
            bytes.push_str(CLEAR);
            bytes.push_str(HIDE_CURSOR);
            self.shown = Buffer::empty(picture.area);
            self.cursor = None;
            self.lost = false;
        }
        let painted = paint_cells(&mut bytes, &self.shown, picture);
        self.paint_cursor(&mut bytes, cursor, painted);
        if bytes.is_empty() {
            return bytes;
        }
        self.shown.clone_from(picture);
        format!("{BEGIN_UPDATE}{bytes}{END_UPDATE}")
    }

    fn paint_cursor(&mut self, bytes: &mut String, cursor: Option<Position>, painted: bool) {
        match cursor {
            Some(position) if painted || self.cursor != cursor => {
                move_to(bytes, position);
                if self.cursor.is_none() {
                    bytes.push_str(SHOW_CURSOR);
                }
            }
            None if self.cursor.is_some() => bytes.push_str(HIDE_CURSOR),
            _ => {}
        }
        self.cursor = cursor;
    }
}

/// Says whether anything differed.
fn paint_cells(bytes: &mut String, shown: &Buffer, picture: &Buffer) -> bool {
    let mut style = None;
    let mut next = None;
    for (column, row, cell) in shown.diff_iter(picture) {
        let position = Position::new(column, row);
        if next != Some(position) {
            move_to(bytes, position);
        }
        if style != Some(cell.style()) {
            select(bytes, cell.style());
            style = Some(cell.style());
        }
        bytes.push_str(cell.symbol());
        // Wide characters move the cursor by two: there it is placed anew.
        next = cell.symbol().is_ascii().then_some(Position::new(column.saturating_add(1), row));
    }
    if style.is_some() {
        bytes.push_str("\x1b[0m");
    }
    style.is_some()
}

fn move_to(bytes: &mut String, position: Position) {
    put(bytes, format_args!("\x1b[{};{}H", u32::from(position.y) + 1, u32::from(position.x) + 1));
}

/// Writing into a string cannot fail.
fn put(bytes: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _always_ok = bytes.write_fmt(arguments);
}

/// Select Graphic Rendition, ECMA-48 8.3.117.
fn select(bytes: &mut String, style: Style) {
    bytes.push_str("\x1b[0");
    for (modifier, code) in [
        (Modifier::BOLD, 1),
        (Modifier::DIM, 2),
        (Modifier::ITALIC, 3),
        (Modifier::UNDERLINED, 4),
        (Modifier::SLOW_BLINK, 5),
        (Modifier::REVERSED, 7),
        (Modifier::HIDDEN, 8),
        (Modifier::CROSSED_OUT, 9),
    ] {
        if style.add_modifier.contains(modifier) {
            put(bytes, format_args!(";{code}"));
        }
    }
    colour(bytes, style.fg, 30);
    colour(bytes, style.bg, 40);
    bytes.push('m');
}

/// `base` is 30 for the foreground and 40 for the background.
fn colour(bytes: &mut String, colour: Option<Color>, base: u8) {
    let (bright, number) = match colour {
        None | Some(Color::Reset) => return,
        Some(Color::Rgb(red, green, blue)) => {
            return put(bytes, format_args!(";{};2;{red};{green};{blue}", base + 8));
        }
        Some(Color::Indexed(index)) => return put(bytes, format_args!(";{};5;{index}", base + 8)),
        Some(Color::Black) => (false, 0),
        Some(Color::Red) => (false, 1),
        Some(Color::Green) => (false, 2),
        Some(Color::Yellow) => (false, 3),
        Some(Color::Blue) => (false, 4),
        Some(Color::Magenta) => (false, 5),
        Some(Color::Cyan) => (false, 6),
        Some(Color::Gray) => (false, 7),
        Some(Color::DarkGray) => (true, 0),
        Some(Color::LightRed) => (true, 1),
        Some(Color::LightGreen) => (true, 2),
        Some(Color::LightYellow) => (true, 3),
        Some(Color::LightBlue) => (true, 4),
        Some(Color::LightMagenta) => (true, 5),
        Some(Color::LightCyan) => (true, 6),
        Some(Color::White) => (true, 7),
    };
    put(bytes, format_args!(";{}", base + number + if bright { 60 } else { 0 }));
}

/// An empty picture of a size.
pub fn empty(columns: u16, rows: u16) -> Buffer {
    Buffer::empty(Rect::new(0, 0, columns, rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn picture(rows: &[&str], style: Style) -> Buffer {
        let mut buffer = empty(20, 4);
        for (row, text) in (0..).zip(rows) {
            buffer.set_string(0, row, *text, style);
        }
        buffer
    }

    fn screen(painted: &[String]) -> vt100::Parser {
        let mut parser = vt100::Parser::new(4.try_into().unwrap(), 20.try_into().unwrap(), 0);
        for bytes in painted {
            parser.process(bytes.as_bytes());
        }
        parser
    }

    /// The terminal tells a space that was written from a cell never written; a reader does not.
    fn rows(parser: &vt100::Parser) -> Vec<String> {
        parser.screen().rows(0, 20).map(|row| row.trim_end().to_owned()).collect()
    }

    #[test]
    fn an_unchanged_picture_costs_no_byte() {
        let mut painter = Painter::new();
        let picture = picture(&["nginx", "redis"], Style::new());
        let cursor = Some(Position::new(1, 1));
        assert!(!painter.paint(&picture, cursor).is_empty());
        assert_eq!(painter.paint(&picture, cursor), "");
    }

    #[test]
    fn every_change_is_one_synchronized_update() {
        let mut painter = Painter::new();
        let bytes = painter.paint(&picture(&["nginx"], Style::new()), None);
        assert!(bytes.starts_with(BEGIN_UPDATE) && bytes.ends_with(END_UPDATE));
        assert_eq!(bytes.matches(BEGIN_UPDATE).count(), 1);
    }

    #[test]
    fn without_colours_bold_and_reverse_are_kept() {
        let mut painter = Painter::new();
        let style = Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED);
        let parser = screen(&[painter.paint(&picture(&["web"], style), None)]);
        let cell = parser.screen().cell(0, 0).unwrap();
        assert!(cell.bold() && cell.inverse());
        assert_eq!(cell.fgcolor(), vt100::Color::Default);
    }

    #[test]
    fn the_cursor_follows_and_hides() {
        let mut painter = Painter::new();
        let picture = picture(&["$ docker"], Style::new());
        let mut painted = vec![painter.paint(&picture, Some(Position::new(8, 0)))];
        let parser = screen(&painted);
        assert_eq!((parser.screen().cursor_position(), parser.screen().hide_cursor()), ((0, 8), false));
        painted.push(painter.paint(&picture, None));
        assert!(screen(&painted).screen().hide_cursor());
    }

    proptest! {
            #[test]
            fn the_terminal_shows_the_last_picture(texts in proptest::collection::vec("[a-z 中é]{0,9}", 2..8)) {
                let mut painter = Painter::new();
                let painted: Vec<String> = texts.iter().map(|text| painter.paint(&picture(&[text, "", text], Style::new()), None)).collect();
                let mut fresh = Painter::new();
                let last = texts.last().map(|text| fresh.paint(&picture(&[text, "", text], Style::new()), None)).unwrap_or_default();
    prop_assert_eq!(rows(&screen(&painted)), rows(&screen(&[last])));
            }
        }
}
