//! The search through the lines typed before (Ctrl-R).
//!
//! Promises: as readline's: the newest line that holds the text, and on request an older one. Must not know: how it is drawn.

use crate::app::key::{Key, KeyCode};

/// The most characters that are searched for.
const LONGEST: usize = 200;

/// A search under way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// What is searched for.
    pub text: String,
    /// Which line of the history was found, counted from the newest.
    found: Option<usize>,
}

impl Search {
    /// Takes a key that changes what is searched for, or looks further. False when it does neither.
    pub fn key(&mut self, key: Key, history: &[&str]) -> bool {
        let from = self.found.unwrap_or(0);
        if let Some(character) = key.text() {
            if self.text.chars().count() < LONGEST {
                self.text.push(character);
                self.found = self.look(history, from..history.len());
            }
        } else if key == Key::plain(KeyCode::Backspace) || key == Key::control('h') {
            self.text.pop();
            self.found = self.look(history, 0..history.len());
        } else if key == Key::control('r') {
            self.found = self.look(history, from + 1..history.len()).or(self.found);
        } else if key == Key::control('s') {
            let newer = (0..from).rev().find(|at| self.matches(history, *at));
            self.found = newer.or(self.found);
        } else {
            return false;
        }
        true
    }

    fn matches(&self, history: &[&str], at: usize) -> bool {
        !self.text.is_empty() && history.get(at).is_some_and(|line| line.contains(&self.text))
    }

    fn look(&self, history: &[&str], mut places: std::ops::Range<usize>) -> Option<usize> {
        places.find(|at| self.matches(history, *at))
    }

    /// The line that was found.
    pub fn line<'a>(&self, history: &[&'a str]) -> Option<&'a str> {
        history.get(self.found?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_line_is_found_first_and_older_ones_on_request() {
        let history = ["docker ps -a", "docker images", "ls", "docker ps"];
        let mut search = Search::default();
        let mut press = |keys: &str| {
            for key in keys.split_whitespace() {
                assert!(search.key(key.parse().unwrap(), &history));
            }
            search.line(&history)
        };
        assert_eq!(press("p s"), Some("docker ps -a"));
        assert_eq!(press("Ctrl-r"), Some("docker ps"));
        assert_eq!(press("Ctrl-r"), Some("docker ps"), "there is no older one");
        assert_eq!(press("Ctrl-s"), Some("docker ps -a"));
        assert_eq!(press("x"), None);
        assert_eq!(press("Backspace Backspace Backspace l s"), Some("ls"));
    }
}
