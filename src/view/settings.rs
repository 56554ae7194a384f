//! Draws the settings screen: each setting with its choices, the own keys, and what the selected one means.
//!
//! Promises: as `view`; what is chosen is told by a sign, not only by colour. Must not know: how to change anything.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::canvas::Canvas;
use super::frame;
use super::list::{self, ListLine, separate};
use super::symbols::Symbols;
use super::theme::Theme;
use super::wrap::{width, wrap_text};
use crate::app::App;
use crate::app::preferences::Preferences;
use crate::app::settings_screen::{Row, SettingsScreen, rows};

/// From this width on, what the selected setting means stands beside the list.
const WIDE: u16 = 116;
/// The widest that the list grows.
const LIST_WIDEST: u16 = 70;
/// Rows for what the selected setting means, below the list.
const ABOUT_ROWS: u16 = 4;
/// Cells for the names.
const NAME: usize = 12;

/// Draws the whole screen.
pub fn draw(canvas: &mut Canvas<'_>, app: &App, screen: &SettingsScreen) {
    let frame = frame::draw(canvas, app);
    let body = Rect {
        x: frame.body.x + 2,
        y: frame.body.y + 1,
        width: frame.body.width.saturating_sub(4),
        height: frame.body.height.saturating_sub(1),
    };
    let wide = body.width >= WIDE;
    let (list_area, about) = if wide {
        let list = Rect { width: LIST_WIDEST, ..body };
        (list, Rect { x: list.right() + 4, width: body.width - LIST_WIDEST - 4, ..body })
    } else {
        let below = ABOUT_ROWS.min(body.height / 3);
        let list = Rect { height: body.height.saturating_sub(below + 1), ..body };
        (list, Rect { y: list.bottom() + 1, height: below, ..body })
    };
    let cells = usize::from(list_area.width);
    let mut lines = Vec::new();
    for (number, row) in rows().into_iter().enumerate() {
        if number > 0 && matches!(row, Row::Keys(_)) && !matches!(rows().get(number - 1), Some(Row::Keys(_))) {
            separate(&mut lines, &canvas.theme);
            lines.push(ListLine::heading("Keys of your own", "", &canvas.theme));
        }
        let listening = screen.listening && number == screen.selected;
        lines.push(line(row, number, &app.preferences, listening, cells, (&canvas.theme, canvas.symbols)));
    }
    list::draw(canvas, list_area, &lines, screen.selected);
    draw_about(canvas, screen.row(), about, wide);
}

fn line(
    row: Row,
    number: usize,
    preferences: &Preferences,
    listening: bool,
    cells: usize,
    (theme, symbols): (&Theme, &Symbols),
) -> ListLine {
    let value = row.value(preferences);
    let mut spans = vec![Span::styled(format!("  {:<NAME$}", row.name()), theme.text)];
    let right = match row {
        Row::Keys(_) if listening => Span::styled("press the key", theme.warning),
        Row::Keys(bindable) => {
            spans.push(Span::styled(bindable.words, theme.dim));
            Span::styled(value, theme.key)
        }
        _ => {
            let choices = row.choices();
            let all: usize = choices.iter().map(|choice| width(choice) + 4).sum();
            let shown = if all + NAME + 2 <= cells { choices } else { Vec::new() };
            for choice in &shown {
                let chosen = *choice == value;
                let sign = if chosen { symbols.running } else { symbols.exited };
                let style = if chosen { theme.accent } else { theme.dim };
                spans.push(Span::styled(format!("{sign} {choice}"), style));
                spans.push(Span::raw("  "));
            }
            if shown.is_empty() {
                spans.push(Span::styled(format!("{} {value} {}", symbols.left, symbols.right), theme.accent));
            }
            Span::default()
        }
    };
    ListLine { left: Line::from(spans), right, row: Some(number) }
}

fn draw_about(canvas: &mut Canvas<'_>, row: Row, area: Rect, boxed: bool) {
    let title = match row {
        Row::Keys(bindable) => bindable.words,
        row => row.name(),
    };
    if !boxed {
        let dim = canvas.theme.dim;
        canvas.lines(area, &wrap_text(row.about(), dim, usize::from(area.width)), 0);
        return;
    }
    let lines = wrap_text(row.about(), canvas.theme.text, usize::from(area.width.saturating_sub(6)));
    canvas.note(area, title, &lines);
}
