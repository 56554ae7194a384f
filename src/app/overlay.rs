//! What lies over a screen for a moment: the help, the inspector, and a question before something is left behind.
//!
//! Promises: an overlay takes every key while it is up. Must not know: how it is drawn.

use super::command::{Action, Command};
use super::inspector::Inspector;
use super::key::{Key, KeyCode};

/// An overlay.
#[derive(Debug, Clone)]
pub enum Overlay {
    Help(Help),
    Confirm(Confirm),
    Inspector(Box<Inspector>),
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

impl Overlay {
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
            Self::Confirm(confirm) => vec![
                Command::new(&[Key::char('y'), Key::plain(KeyCode::Enter)], confirm.yes, Action::Accept),
                Command::new(&[Key::char('n'), Key::plain(KeyCode::Escape), Key::char('q')], confirm.no, Action::Back),
            ],
        }
    }
}
