//! Draws what lies over a screen: the help, and a question.
//!
//! Promises: it fits any screen, and what lies below does not show through. Must not know: what an action does.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::canvas::Canvas;
use super::frame::key_sign;
use super::wrap::{width, wrap_text};
use crate::app::command::Command;
use crate::app::message::Target;
use crate::app::overlay::{Choices, Confirm, Help, Overlay};

/// The widest an overlay grows.
const WIDEST: u16 = 64;

/// Draws an overlay in the middle of the screen.
pub fn draw(canvas: &mut Canvas<'_>, overlay: &Overlay) {
    match overlay {
        Overlay::Help(help) => draw_help(canvas, help),
        Overlay::Inspector(inspector) => super::inspector::draw(canvas, inspector),
        Overlay::Editor(editor) => super::editor::draw(canvas, editor),
        Overlay::Choices(choices) => draw_choices(canvas, choices),
        Overlay::Confirm(confirm) => draw_confirm(canvas, confirm, &overlay.commands()),
    }
}

/// A cleared box in the middle with room for `columns`×`rows` cells, or as many as there are.
fn window(canvas: &mut Canvas<'_>, columns: u16, rows: u16, title: &str) -> Rect {
    let screen = canvas.area();
    // The bars above and below stay in sight: the key bar says how to get out.
    let room = Rect { y: screen.y + 1, height: screen.height.saturating_sub(2), ..screen };
    let (columns, rows) = (columns.saturating_add(4).min(room.width), rows.saturating_add(2).min(room.height));
    let area = Rect::new(room.x + (room.width - columns) / 2, room.y + (room.height - rows) / 2, columns, rows);
    canvas.clear(area);
    let (signs, border, style) = (canvas.symbols.solid, canvas.theme.border_focus, canvas.theme.title);
    let inner = canvas.outline(area, &signs, title, border, style);
    Rect { x: inner.x.saturating_add(1), width: inner.width.saturating_sub(2), ..inner }
}

fn draw_help(canvas: &mut Canvas<'_>, help: &Help) {
    let rows: Vec<(String, &'static str)> = help
        .commands
        .iter()
        .map(|command| {
            let keys: Vec<String> = command.keys.iter().map(|key| key_sign(*key, canvas.symbols)).collect();
            (keys.join("  "), command.label)
        })
        .collect();
    let keys_width = rows.iter().map(|(keys, _)| width(keys)).max().unwrap_or(0);
    let labels_width = rows.iter().map(|(_, label)| width(label)).max().unwrap_or(0);
    let columns = u16::try_from(keys_width + 3 + labels_width).unwrap_or(WIDEST).clamp(40, WIDEST);
    let height = u16::try_from(rows.len() + 3).unwrap_or(u16::MAX);
    let inner = window(canvas, columns, height, "Keys");
    let mut lines: Vec<Line<'_>> = rows
        .into_iter()
        .map(|(keys, label)| {
            let padding = " ".repeat(keys_width - width(&keys) + 3);
            Line::from(vec![
                Span::styled(keys, canvas.theme.key),
                Span::raw(padding),
                Span::styled(label, canvas.theme.text),
            ])
        })
        .collect();
    lines.push(Line::default());
    lines.push(Line::styled("Simulated: Docker Engine 28, BuildKit.", canvas.theme.dim));
    lines.push(Line::styled("Nothing here touches your machine.", canvas.theme.dim));
    let overflow = lines.len().saturating_sub(usize::from(inner.height));
    canvas.lines(inner, &lines, help.scroll.min(overflow));
}

fn draw_choices(canvas: &mut Canvas<'_>, choices: &Choices) {
    let labels = choices.entries.iter().map(|entry| width(&entry.label)).max().unwrap_or(0);
    let abouts = choices.entries.iter().map(|entry| width(&entry.about)).max().unwrap_or(0);
    let columns = u16::try_from(labels + if abouts > 0 { abouts + 2 } else { 0 } + 5).unwrap_or(u16::MAX).max(30);
    let height = u16::try_from(choices.entries.len()).unwrap_or(u16::MAX);
    let inner = window(canvas, columns, height, choices.title);
    let first = (choices.selected + 1).saturating_sub(usize::from(inner.height));
    let theme = canvas.theme.clone();
    for ((number, entry), y) in choices.entries.iter().enumerate().skip(first).zip(inner.y..inner.bottom()) {
        let place = Rect { y, height: 1, ..inner };
        let digit = if number < 9 { (number + 1).to_string() } else { " ".to_owned() };
        let padding = " ".repeat(labels - width(&entry.label) + 2);
        let line = Line::from(vec![
            Span::raw("  "),
            Span::styled(digit, theme.key),
            Span::raw("  "),
            Span::styled(entry.label.clone(), theme.text),
            Span::raw(padding),
            Span::styled(entry.about.clone(), theme.dim),
        ]);
        canvas.line(place, &line);
        if number == choices.selected {
            let sign = canvas.symbols.selected;
            canvas.style(place, theme.selection);
            canvas.text(place.x, y, 1, sign, Style { bg: theme.selection.bg, ..theme.accent });
        }
        canvas.target(place, Target::OverlayItem(number));
    }
}

fn draw_confirm(canvas: &mut Canvas<'_>, confirm: &Confirm, commands: &[Command]) {
    let room = canvas.area().width.saturating_sub(6).min(WIDEST);
    let mut lines = wrap_text(&confirm.question, canvas.theme.text, usize::from(room));
    let widest = lines.iter().map(Line::width).max().unwrap_or(0);
    let buttons: Vec<(String, String)> = commands
        .iter()
        .filter_map(|command| command.keys.first().map(|key| (key.to_string(), command.label.to_owned())))
        .collect();
    let buttons_width: usize = buttons.iter().map(|(key, label)| width(key) + 1 + width(label) + 4).sum();
    let columns = u16::try_from(widest.max(buttons_width)).unwrap_or(room).min(room);
    lines.push(Line::default());
    let height = u16::try_from(lines.len() + 1).unwrap_or(u16::MAX);
    let inner = window(canvas, columns, height, "");
    canvas.lines(inner, &lines, 0);
    let row = inner.bottom().saturating_sub(1);
    let mut column = inner.x;
    for ((key, label), command) in buttons.into_iter().zip(commands) {
        let room = Rect::new(column, row, inner.right().saturating_sub(column), u16::from(inner.height > 0));
        let line = Line::from(vec![
            Span::styled(key, canvas.theme.key),
            Span::raw(" "),
            Span::styled(label, canvas.theme.key_label),
        ]);
        let used = canvas.line(room, &line);
        canvas.target(Rect { width: used, ..room }, Target::Action(command.action));
        column = column.saturating_add(used + 4);
    }
}
