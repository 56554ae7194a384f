//! The settings screen: theme, motion, speed, signs, mouse, and keys of one's own.
//!
//! Promises: a change is seen at once and kept at once; everything can be put back as it was delivered. Must not know: how it is drawn,
//! where settings are kept.

use std::time::Duration;

use super::command::{Action, Command};
use super::key::{Key, KeyCode};
use super::keymap::{BINDABLE, Bindable};
use super::message::{Size, Target};
use super::preferences::{MOTIONS, Preferences, SIGNS, SPEEDS, THEMES, word};
use super::screen::{Context, Request};

/// How many rows PageUp and PageDown move.
const PAGE: usize = 8;

/// The settings screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsScreen {
    /// The selected row, counted from 0.
    pub selected: usize,
    /// The next key becomes a key of the selected action.
    pub listening: bool,
}

/// A row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    Theme,
    Motion,
    Speed,
    Signs,
    Mouse,
    Keys(Bindable),
}

/// The rows, in their order.
pub fn rows() -> Vec<Row> {
    let mut rows = vec![Row::Theme, Row::Motion, Row::Speed, Row::Signs, Row::Mouse];
    rows.extend(BINDABLE.into_iter().map(Row::Keys));
    rows
}

impl Row {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Row::Theme => "Theme",
            Row::Motion => "Motion",
            Row::Speed => "Speed",
            Row::Signs => "Signs",
            Row::Mouse => "Mouse",
            Row::Keys(bindable) => bindable.name,
        }
    }

    /// What the choices mean, in a sentence.
    pub fn about(self) -> &'static str {
        match self {
            Row::Theme => {
                "auto takes text and background from your terminal; dark, light and high-contrast bring their own; 16 uses the \
                 terminal's sixteen colours; none uses none: bold, underline and reverse remain."
            }
            Row::Motion => {
                "full shows each change moving to its place; with reduced and off the last picture is there at once. What happened \
                 can always be played again with p, and stepped through with a full stop."
            }
            Row::Speed => "How fast things move. + and - change it on a screen without keeping it.",
            Row::Signs => {
                "unicode draws boxes and shades; ascii only letters and simple signs; auto does what your locale can show."
            }
            Row::Mouse => {
                "on: click and scroll; the terminal's own selection of text then mostly needs Shift. F2 switches it for a moment."
            }
            Row::Keys(_) => {
                "Enter, then a key: it works beside the delivered keys. A letter is none while you type in the terminal; F-keys, \
                 Ctrl and Alt work everywhere. Backspace takes your keys away again."
            }
        }
    }

    /// The words of what can be chosen.
    pub fn choices(self) -> Vec<&'static str> {
        match self {
            Row::Theme => THEMES.iter().map(|(word, _)| *word).collect(),
            Row::Motion => MOTIONS.iter().map(|(word, _)| *word).collect(),
            Row::Speed => SPEEDS.iter().map(|(word, _)| *word).collect(),
            Row::Signs => SIGNS.iter().map(|(word, _)| *word).collect(),
            Row::Mouse => vec!["off", "on"],
            Row::Keys(_) => Vec::new(),
        }
    }

    /// What is chosen now.
    pub fn value(self, preferences: &Preferences) -> String {
        match self {
            Row::Theme => word(&THEMES, &preferences.theme).to_owned(),
            Row::Motion => word(&MOTIONS, &preferences.motion).to_owned(),
            Row::Speed => word(&SPEEDS, &preferences.speed).to_owned(),
            Row::Signs => word(&SIGNS, &preferences.signs).to_owned(),
            Row::Mouse => (if preferences.mouse { "on" } else { "off" }).to_owned(),
            Row::Keys(bindable) => {
                let keys: Vec<String> = preferences.keys.keys(bindable.name).iter().map(Key::to_string).collect();
                keys.join("  ")
            }
        }
    }

    /// Chooses what stands at this place among the choices.
    fn choose(self, preferences: &mut Preferences, place: usize) {
        match self {
            Row::Theme => set(&mut preferences.theme, &THEMES, place),
            Row::Motion => set(&mut preferences.motion, &MOTIONS, place),
            Row::Speed => set(&mut preferences.speed, &SPEEDS, place),
            Row::Signs => set(&mut preferences.signs, &SIGNS, place),
            Row::Mouse => preferences.mouse = place == 1,
            Row::Keys(_) => {}
        }
    }
}

fn set<T: Copy>(setting: &mut T, choices: &[(&'static str, T)], place: usize) {
    if let Some((_, choice)) = choices.get(place) {
        *setting = *choice;
    }
}

impl SettingsScreen {
    pub fn title(&self) -> String {
        "Settings".to_owned()
    }

    /// The selected row.
    pub fn row(&self) -> Row {
        rows().get(self.selected).copied().unwrap_or(Row::Theme)
    }

    pub fn commands(&self) -> Vec<Command> {
        let key = Key::plain;
        if self.listening {
            return vec![Command::new(&[key(KeyCode::Escape)], "no key", Action::Back)];
        }
        let mut commands = vec![
            Command::new(&[key(KeyCode::Up), Key::char('k')], "choose", Action::Up),
            Command::new(&[key(KeyCode::Down), Key::char('j')], "choose", Action::Down),
        ];
        if matches!(self.row(), Row::Keys(_)) {
            commands.push(Command::new(&[key(KeyCode::Enter)], "add a key", Action::Accept));
        } else {
            commands.push(Command::new(&[key(KeyCode::Left)], "change", Action::Left));
            commands.push(Command::new(&[key(KeyCode::Right), key(KeyCode::Enter)], "change", Action::Right));
        }
        commands.push(Command::new(&[key(KeyCode::Backspace), key(KeyCode::Delete)], "as delivered", Action::Restore));
        commands.push(Command::hidden(&[key(KeyCode::PageUp)], "a page up", Action::PageUp));
        commands.push(Command::hidden(&[key(KeyCode::PageDown)], "a page down", Action::PageDown));
        commands.push(Command::hidden(&[key(KeyCode::Home)], "first", Action::First));
        commands.push(Command::hidden(&[key(KeyCode::End)], "last", Action::Last));
        commands.push(Command::new(&[key(KeyCode::Escape), Key::char('q')], "home", Action::Back));
        commands
    }

    pub fn typing(&self) -> bool {
        self.listening
    }

    pub fn perform(&mut self, action: Action, context: &mut Context<'_>) {
        let last = rows().len() - 1;
        match action {
            Action::Up => self.selected = self.selected.saturating_sub(1),
            Action::Down => self.selected = (self.selected + 1).min(last),
            Action::PageUp => self.selected = self.selected.saturating_sub(PAGE),
            Action::PageDown => self.selected = (self.selected + PAGE).min(last),
            Action::First => self.selected = 0,
            Action::Last => self.selected = last,
            Action::Accept if matches!(self.row(), Row::Keys(_)) => self.listening = true,
            Action::Left | Action::Right => self.change(action == Action::Right, context),
            Action::Restore => {
                let mut preferences = context.preferences.clone();
                match self.row() {
                    Row::Keys(bindable) => preferences.keys.clear(bindable.name),
                    row => {
                        let delivered = row.value(&Preferences::default());
                        let place = row.choices().iter().position(|choice| *choice == delivered);
                        row.choose(&mut preferences, place.unwrap_or(0));
                    }
                }
                context.ask_for(Request::Prefer(Box::new(preferences)));
            }
            Action::Back if self.listening => self.listening = false,
            Action::Back => context.ask_for(Request::Close),
            _ => {}
        }
    }

    /// Chooses what comes next, or before; after the last choice comes the first.
    fn change(&self, forward: bool, context: &mut Context<'_>) {
        let (row, mut preferences) = (self.row(), context.preferences.clone());
        let choices = row.choices();
        let value = row.value(&preferences);
        let Some(at) = choices.iter().position(|choice| *choice == value) else { return };
        let to = if forward { at + 1 } else { at + choices.len() - 1 };
        row.choose(&mut preferences, to % choices.len());
        context.ask_for(Request::Prefer(Box::new(preferences)));
    }

    pub fn key(&mut self, key: Key, context: &mut Context<'_>) {
        let Row::Keys(bindable) = self.row() else { return };
        if !std::mem::take(&mut self.listening) {
            return;
        }
        let mut preferences = context.preferences.clone();
        if preferences.keys.add(bindable, key) {
            context.ask_for(Request::Tell(format!("{key} is now a key for: {}.", bindable.words)));
            context.ask_for(Request::Prefer(Box::new(preferences)));
        } else {
            context
                .ask_for(Request::Tell(format!("{key} keeps its meaning, or there are keys enough: nothing changed.")));
        }
    }

    pub fn paste(&mut self, _text: &str, _context: &mut Context<'_>) {}

    /// A click selects a row; on the selected one it changes it.
    pub fn click(&mut self, target: &Target, context: &mut Context<'_>) {
        let Target::Item(row) = *target else { return };
        if row >= rows().len() {
            return;
        }
        if row != self.selected {
            (self.selected, self.listening) = (row, false);
        } else if matches!(self.row(), Row::Keys(_)) {
            self.listening = true;
        } else {
            self.change(true, context);
        }
    }

    pub fn scroll(&mut self, _target: Option<&Target>, lines: i16, context: &mut Context<'_>) {
        let action = if lines < 0 { Action::Up } else { Action::Down };
        (0..lines.unsigned_abs()).for_each(|_| self.perform(action, context));
    }

    pub fn tick(&mut self, _passed: Duration, _context: &mut Context<'_>) {}

    pub fn moving(&self) -> bool {
        false
    }

    pub fn minimum_size(&self) -> Size {
        Size::new(34, 8)
    }
}
