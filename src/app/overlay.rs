//! What lies over a screen for a moment: the help, the inspector, a list to choose from, and a question before something is left behind.
//!
//! Promises: an overlay takes every key while it is up. Must not know: how it is drawn.

use super::command::{Action, Command};
use super::editor::Editor;
use super::inspector::Inspector;
use super::key::{Key, KeyCode};

/// An overlay.
#[derive(Debug, Clone)]
pub enum Overlay {
    Help(Help),
    Confirm(Confirm),
    Choices(Choices),
    Inspector(Box<Inspector>),
    Editor(Box<Editor>),
}

/// What every key does on the screen below, scrolled by some lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Help {
    /// The commands of the screen below, then those that work everywhere.
    pub commands: Vec<Command>,
    /// Lines scrolled off the top.
    pub scroll: usize,
}

/// A question with yes and no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    pub question: String,
    /// What yes does, in one or two words.
    pub yes: &'static str,
    /// What no does, in one or two words.
    pub no: &'static str,
    /// What the screen below (or the app) performs on yes.
    pub action: Action,
}

/// A list of which one entry is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    pub title: &'static str,
    pub entries: Vec<Choice>,
    pub selected: usize,
}

/// An entry of such a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub label: String,
    /// What it is, in a few words.
    pub about: String,
    /// What the screen below (or the app) performs when it is chosen.
    pub action: Action,
}

impl Choice {
    pub fn new(label: impl Into<String>, about: impl Into<String>, action: Action) -> Self {
        Self { label: label.into(), about: about.into(), action }
    }
}

impl Choices {
    /// A list with its first entry selected.
    pub const fn new(title: &'static str, entries: Vec<Choice>) -> Self {
        Self { title, entries, selected: 0 }
    }

    /// What the selected entry does.
    pub fn action(&self) -> Option<Action> {
        self.entries.get(self.selected).map(|entry| entry.action)
    }

    fn commands(&self) -> Vec<Command> {
        let key = Key::plain;
        let mut commands = vec![
            Command::new(&[key(KeyCode::Up), Key::char('k')], "choose", Action::Up),
            Command::new(&[key(KeyCode::Down), Key::char('j')], "choose", Action::Down),
            Command::new(&[key(KeyCode::Enter)], "take", Action::Accept),
            Command::new(&[key(KeyCode::Escape), Key::char('q')], "close", Action::Back),
            Command::hidden(&[key(KeyCode::Home)], "first", Action::First),
            Command::hidden(&[key(KeyCode::End)], "last", Action::Last),
        ];
        for (number, digit) in (1..=9_u8).zip('1'..='9').take(self.entries.len()) {
            commands.push(Command::hidden(&[Key::char(digit)], "take by its number", Action::Choose(number)));
        }
        commands
    }

    /// Moves the selection. False when the action is none of that.
    pub fn perform(&mut self, action: Action) -> bool {
        let last = self.entries.len().saturating_sub(1);
        self.selected = match action {
            Action::Up => self.selected.saturating_sub(1),
            Action::Down => (self.selected + 1).min(last),
            Action::First => 0,
            Action::Last => last,
            _ => return false,
        };
        true
    }
}

impl Overlay {
    /// Whether keys that write a character are text.
    pub fn typing(&self) -> bool {
        match self {
            Self::Editor(editor) => !editor.leaving,
            Self::Inspector(inspector) => inspector.typing(),
            _ => false,
        }
    }

    /// Takes a key that no command declares.
    pub fn key(&mut self, key: Key) {
        match self {
            Self::Editor(editor) => editor.key(key),
            Self::Inspector(inspector) => inspector.key(key),
            _ => {}
        }
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        if let Self::Editor(editor) = self {
            editor.paste(text);
        }
    }

    /// What can be done while it is up.
    pub fn commands(&self) -> Vec<Command> {
        match self {
            Self::Help(_) => vec![
                Command::new(&[Key::plain(KeyCode::Up), Key::char('k')], "scroll", Action::Up),
                Command::new(&[Key::plain(KeyCode::Down), Key::char('j')], "scroll", Action::Down),
                Command::new(&[Key::plain(KeyCode::Escape), Key::char('q'), Key::char('?')], "close", Action::Back),
                Command::hidden(&[Key::plain(KeyCode::Function(1)), Key::plain(KeyCode::Enter)], "close", Action::Back),
            ],
            Self::Inspector(inspector) => inspector.commands(),
            Self::Choices(choices) => choices.commands(),
            Self::Editor(editor) => editor.commands(),
            Self::Confirm(confirm) => vec![
                Command::new(&[Key::char('y'), Key::plain(KeyCode::Enter)], confirm.yes, Action::Accept),
                Command::new(&[Key::char('n'), Key::plain(KeyCode::Escape), Key::char('q')], confirm.no, Action::Back),
            ],
        }
    }
}
