//! A search in what the simulated terminal shows.
//!
//! Promises: the newest place that holds the text is shown first; capitals make no difference. Must not know: how it is drawn.

use crate::app::command::{Action, Command};
use crate::app::key::{Key, KeyCode};
use crate::app::transcript::{self, TerminalLine};
use crate::timeline::Timeline;

/// The most characters that are searched for.
const LONGEST: usize = 100;

/// A search under way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Find {
    pub text: String,
    /// Which of the lines that hold it is shown, counted from the newest.
    pub at: usize,
}

/// The commands while a search is open.
pub fn commands() -> Vec<Command> {
    let key = Key::plain;
    vec![
        Command::new(&[key(KeyCode::Enter), key(KeyCode::Up)], "older", Action::Up),
        Command::new(&[key(KeyCode::Down)], "newer", Action::Down),
        Command::new(&[key(KeyCode::Escape), key(KeyCode::Function(5))], "end search", Action::Back),
    ]
}

impl Find {
    /// Takes a key that changes what is searched for.
    pub fn key(&mut self, key: Key) -> bool {
        if let Some(character) = key.text() {
            if self.text.chars().count() < LONGEST {
                self.text.push(character);
            }
        } else if key == Key::plain(KeyCode::Backspace) {
            self.text.pop();
        } else if key == Key::control('u') {
            self.text.clear();
        } else {
            return false;
        }
        self.at = 0;
        true
    }

    /// The numbers of the lines that hold the text, the newest first.
    pub fn places(&self, lines: &[TerminalLine]) -> Vec<usize> {
        if self.text.is_empty() {
            return Vec::new();
        }
        let wanted = self.text.to_lowercase();
        let holds = |line: &TerminalLine| {
            let text: String = line.iter().map(|(_, text)| text.as_str()).collect();
            text.to_lowercase().contains(&wanted)
        };
        (0..lines.len()).rev().filter(|number| lines.get(*number).is_some_and(holds)).collect()
    }

    /// Goes to the next older place, or the next newer one.
    pub fn go(&mut self, older: bool, timeline: &Timeline) {
        let count = self.places(&transcript::lines(timeline)).len();
        self.at = if older { (self.at + 1).min(count.saturating_sub(1)) } else { self.at.saturating_sub(1) };
    }
}
