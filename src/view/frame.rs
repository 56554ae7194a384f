//! The frame around every screen: the title bar above and the key bar below.
//!
//! Promises: the key bar shows commands that the app declares, in their order, and always how to get help. Must not know: any screen.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::Canvas;
use super::symbols::Symbols;
use super::wrap::width;
use crate::app::App;
use crate::app::command::{Action, Command, Place};
use crate::app::key::{Key, KeyCode};
use crate::app::message::Target;

/// What is left of the screen within the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// The free right part of the title bar.
    pub title_right: Rect,
    /// Everything between the bars.
    pub body: Rect,
}

/// Draws the bars.
pub fn draw(canvas: &mut Canvas<'_>, app: &App) -> Frame {
    let area = canvas.area();
    let title = Rect { height: area.height.min(1), ..area };
    let used = draw_title(canvas, app, title);
    let keys = Rect { y: area.bottom().saturating_sub(1), height: u16::from(area.height > 1), ..area };
    match &app.notice {
        Some(notice) => {
            let style = canvas.theme.warning;
            canvas.text(keys.x + 1, keys.y, keys.width.saturating_sub(1), notice, style);
        }
        None => draw_keys(canvas, &app.commands(), keys),
    }
    Frame {
        title_right: Rect { x: title.x + used, width: title.width - used, ..title },
        body: Rect { y: title.bottom(), height: area.height.saturating_sub(title.height + keys.height), ..area },
    }
}

/// Returns the number of cells used.
fn draw_title(canvas: &mut Canvas<'_>, app: &App, area: Rect) -> u16 {
    let (brand, title) = (canvas.theme.brand, canvas.theme.title);
    let mut used = canvas.text(area.x, area.y, area.width, " Layerlab ", brand);
    let words = app.screen().title();
    if !words.is_empty() {
        let left = area.width.saturating_sub(used);
        used += canvas.text(area.x + used, area.y, left, &format!("  {words} "), title);
    }
    used.min(area.width)
}

/// An entry of the key bar: one command, or neighbours with the same label.
struct Entry {
    keys: String,
    label: &'static str,
    action: Action,
}

impl Entry {
    /// The cells it takes, with the space behind it.
    fn width(&self) -> usize {
        width(&self.keys) + 1 + width(self.label) + 3
    }
}

fn draw_keys(canvas: &mut Canvas<'_>, commands: &[Command], area: Rect) {
    let entries = entries(commands, canvas.symbols);
    let mut free = usize::from(area.width.saturating_sub(1));
    // The help is promised its room first; then the others take theirs in order, until one does not fit.
    let help = entries.iter().filter(|entry| entry.action == Action::Help).map(Entry::width).sum::<usize>();
    free = free.saturating_sub(help);
    let mut full = false;
    let shown = entries.into_iter().filter(|entry| {
        if entry.action == Action::Help {
            return true;
        }
        full = full || entry.width() > free;
        if !full {
            free -= entry.width();
        }
        !full
    });
    let mut column = area.x.saturating_add(1);
    for entry in shown {
        let (key, label) = (canvas.theme.key, canvas.theme.key_label);
        let line = [Span::styled(entry.keys, key), Span::raw(" "), Span::styled(entry.label, label)];
        let room = Rect { x: column, width: area.right().saturating_sub(column), ..area };
        let used = canvas.line(room, &line.to_vec().into());
        canvas.target(Rect { width: used, ..room }, Target::Action(entry.action));
        column = column.saturating_add(used + 3);
    }
}

fn entries(commands: &[Command], symbols: &Symbols) -> Vec<Entry> {
    let in_bar: Vec<&Command> = commands.iter().filter(|command| command.place == Place::Bar).collect();
    in_bar
        .chunk_by(|one, other| one.label == other.label)
        .filter_map(|chunk| {
            let first = chunk.first()?;
            let keys: Vec<String> =
                chunk.iter().filter_map(|command| command.keys.first()).map(|key| key_sign(*key, symbols)).collect();
            Some(Entry { keys: keys.join(" "), label: first.label, action: first.action })
        })
        .collect()
}

/// How a key is shown: arrows as signs, the others by name.
pub fn key_sign(key: Key, symbols: &Symbols) -> String {
    match key.code {
        KeyCode::Up if key == Key::plain(KeyCode::Up) => symbols.up.to_owned(),
        KeyCode::Down if key == Key::plain(KeyCode::Down) => symbols.down.to_owned(),
        KeyCode::Left if key == Key::plain(KeyCode::Left) => symbols.left.to_owned(),
        KeyCode::Right if key == Key::plain(KeyCode::Right) => symbols.right.to_owned(),
        KeyCode::BackTab => "Shift-Tab".to_owned(),
        // Written on keyboards, and spoken of, with a capital.
        KeyCode::Char(letter) if key.control => {
            Key { code: KeyCode::Char(letter.to_ascii_uppercase()), ..key }.to_string()
        }
        _ => key.to_string(),
    }
}
