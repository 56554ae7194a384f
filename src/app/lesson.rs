//! The lesson screen.
//!
//! Promises: leaves with Esc. Must not know: how it is drawn.

use std::time::Duration;

use super::command::{Action, Command};
use super::key::{Key, KeyCode};
use super::message::{Size, Target};
use super::screen::{Context, Request};

/// The lesson screen.
#[derive(Debug, Clone)]
pub struct LessonScreen {
    /// The lesson, by id.
    pub id: String,
}

impl LessonScreen {
    /// The screen as it opens.
    pub fn new(id: &str) -> Self {
        Self { id: id.to_owned() }
    }

    pub fn title(&self) -> String {
        self.id.clone()
    }

    pub fn commands(&self) -> Vec<Command> {
        vec![Command::new(&[Key::plain(KeyCode::Escape), Key::char('q')], "home", Action::Back)]
    }

    pub fn typing(&self) -> bool {
        false
    }

    pub fn perform(&mut self, action: Action, context: &mut Context<'_>) {
        if action == Action::Back {
            context.ask_for(Request::Close);
        }
    }

    pub fn key(&mut self, _key: Key, _context: &mut Context<'_>) {}

    pub fn paste(&mut self, _text: &str, _context: &mut Context<'_>) {}

    pub fn click(&mut self, _target: &Target, _context: &mut Context<'_>) {}

    pub fn scroll(&mut self, _target: Option<&Target>, _lines: i16, _context: &mut Context<'_>) {}

    pub fn tick(&mut self, _passed: Duration, _context: &mut Context<'_>) {}

    pub fn moving(&self) -> bool {
        false
    }

    pub fn minimum_size(&self) -> Size {
        Size::new(60, 16)
    }
}
