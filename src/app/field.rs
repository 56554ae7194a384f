//! The line that the learner is typing into the simulated terminal.
//!
//! Promises: the keys of a shell's line editor (readline's defaults); never longer than a lesson's command may be. Must not know: what
//! a line does, or how it is drawn.

use super::key::{Key, KeyCode};

/// The most characters that a line can have.
pub const LONGEST_LINE: usize = 1000;

/// A line being edited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    text: Vec<char>,
    /// Before which character the cursor stands.
    cursor: usize,
    /// Which line of the history is shown, counted from the newest; none while a new line is typed.
    recalled: Option<usize>,
    /// The new line, kept while the history is looked through.
    draft: Vec<char>,
}

impl Field {
    /// The line.
    pub fn text(&self) -> String {
        self.text.iter().collect()
    }

    /// The part of the line before the cursor.
    pub fn before_cursor(&self) -> String {
        self.text.iter().take(self.cursor).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Empties the line.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Puts a line there, with the cursor at its end.
    pub fn set(&mut self, line: &str) {
        self.text = line.chars().filter(|character| !character.is_control()).take(LONGEST_LINE).collect();
        self.cursor = self.text.len();
    }

    /// Writes text at the cursor.
    pub fn insert(&mut self, text: &str) {
        for character in text.chars().filter(|character| !character.is_control()) {
            if self.text.len() < LONGEST_LINE {
                self.text.insert(self.cursor, character);
                self.cursor += 1;
            }
        }
    }

    /// Takes an editing key. `history` gives the lines typed before, the newest first. False when the key edits nothing.
    pub fn key(&mut self, key: Key, history: &[&str]) -> bool {
        if let Some(character) = key.text() {
            self.insert(character.encode_utf8(&mut [0; 4]));
            return true;
        }
        if key.alt || key.shift {
            return false;
        }
        match (key.control, key.code) {
            (true, KeyCode::Char('a')) | (false, KeyCode::Home) => self.cursor = 0,
            (true, KeyCode::Char('e')) | (false, KeyCode::End) => self.cursor = self.text.len(),
            (true, KeyCode::Char('b')) | (false, KeyCode::Left) => self.cursor = self.cursor.saturating_sub(1),
            (true, KeyCode::Char('f')) | (false, KeyCode::Right) => {
                self.cursor = (self.cursor + 1).min(self.text.len());
            }
            (true, KeyCode::Char('u')) => {
                self.text.drain(..self.cursor);
                self.cursor = 0;
            }
            (true, KeyCode::Char('k')) => self.text.truncate(self.cursor),
            (true, KeyCode::Char('w')) => self.delete_word(),
            (true, KeyCode::Char('h')) | (false, KeyCode::Backspace) => {
                if let Some(before) = self.cursor.checked_sub(1) {
                    self.text.remove(before);
                    self.cursor = before;
                }
            }
            (false, KeyCode::Delete) => {
                if self.cursor < self.text.len() {
                    self.text.remove(self.cursor);
                }
            }
            (true, KeyCode::Char('p')) | (false, KeyCode::Up) => self.recall(history, true),
            (true, KeyCode::Char('n')) | (false, KeyCode::Down) => self.recall(history, false),
            _ => return false,
        }
        true
    }

    fn delete_word(&mut self) {
        let mut start = self.cursor;
        let space = |at: usize| self.text.get(at).is_some_and(|character| character.is_whitespace());
        while start > 0 && space(start - 1) {
            start -= 1;
        }
        while start > 0 && !space(start - 1) {
            start -= 1;
        }
        self.text.drain(start..self.cursor);
        self.cursor = start;
    }

    fn recall(&mut self, history: &[&str], older: bool) {
        let next = match (self.recalled, older) {
            (None, true) => Some(0),
            (None, false) => return,
            (Some(at), true) => Some(at + 1),
            (Some(at), false) => at.checked_sub(1),
        };
        match next {
            Some(at) => {
                let Some(line) = history.get(at) else { return };
                if self.recalled.is_none() {
                    self.draft.clone_from(&self.text);
                }
                self.set(line);
            }
            None => {
                self.text = std::mem::take(&mut self.draft);
                self.cursor = self.text.len();
            }
        }
        self.recalled = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(start: &str, keys: &str) -> (String, String) {
        let mut field = Field::default();
        field.set(start);
        for key in keys.split_whitespace() {
            field.key(key.parse().unwrap(), &["docker ps", "ls"]);
        }
        (field.before_cursor(), field.text())
    }

    #[test]
    fn the_keys_of_a_shell_edit_the_line() {
        let cases = [
            ("docker", "Space p s", ("docker ps", "docker ps")),
            ("abc", "Left Backspace x", ("ax", "axc")),
            ("abc", "Home Delete", ("", "bc")),
            ("one two  ", "Ctrl-w", ("one ", "one ")),
            ("one two", "Left Left Ctrl-k Ctrl-a z", ("z", "zone t")),
            ("one two", "Left Left Ctrl-u End", ("wo", "wo")),
            ("é", "Backspace Backspace", ("", "")),
        ];
        for (start, keys, (before, text)) in cases {
            assert_eq!(after(start, keys), (before.to_owned(), text.to_owned()), "{start:?} {keys}");
        }
    }

    #[test]
    fn the_history_comes_and_goes_and_the_new_line_is_kept() {
        assert_eq!(after("new", "Up").1, "docker ps");
        assert_eq!(after("new", "Up Up Up").1, "ls");
        assert_eq!(after("new", "Up Up Down Down Down").1, "new");
    }

    #[test]
    fn a_line_has_a_longest_length_and_no_control_characters() {
        let mut field = Field::default();
        field.insert(&"x\u{1b}".repeat(2000));
        assert_eq!(field.text(), "x".repeat(LONGEST_LINE));
    }
}
