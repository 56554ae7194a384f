//! The text of the line being typed, and the keys that edit it.
//!
//! Promises: the keys of a shell's line editor (readline's defaults, emacs mode); the cursor never stands inside a grapheme; never longer
//! than [`LONGEST_LINE`]. Must not know: what a line does, or how it is drawn.

use unicode_segmentation::UnicodeSegmentation;

use crate::app::key::{Key, KeyCode};

/// The most bytes that a line can have; a line may have line ends within.
pub const LONGEST_LINE: usize = 8 * 1024;
/// How many killed texts can be brought back.
const KILLS: usize = 16;
/// How many changes can be taken back.
const UNDOS: usize = 100;

/// A line being edited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    text: String,
    /// Before which byte the cursor stands.
    cursor: usize,
    /// Which line of the history is shown, counted from the newest; none while a new line is typed.
    recalled: Option<usize>,
    /// The new line, kept while the history is looked through.
    draft: String,
    /// What was killed, the newest last.
    kills: Vec<String>,
    /// What the last key did, where the next one follows from it.
    last: Last,
    /// What was there before each change, the newest last.
    undos: Vec<(String, usize)>,
}

/// What the last key did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Last {
    #[default]
    Other,
    /// Typed a character: further ones belong to the same change.
    Typed,
    /// Killed: what is killed next joins it.
    Killed,
    /// Brought back the kill with this number (from the newest, 0) as the last `length` bytes before the cursor.
    Yanked { number: usize, length: usize },
    /// Brought in the last word of the history line with this number, as the last `length` bytes before the cursor.
    Recalled { number: usize, length: usize },
}

impl Field {
    /// The line.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Before which byte the cursor stands.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// The part of the line before the cursor.
    pub fn before_cursor(&self) -> &str {
        self.text.get(..self.cursor).unwrap_or_default()
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether the cursor stands at the end.
    pub fn at_end(&self) -> bool {
        self.cursor == self.text.len()
    }

    /// Empties the line. What was killed can still be brought back.
    pub fn clear(&mut self) {
        let kills = std::mem::take(&mut self.kills);
        *self = Self { kills, ..Self::default() };
    }

    /// Puts a line there, with the cursor at its end.
    pub fn set(&mut self, line: &str) {
        self.remember();
        self.text.clear();
        self.cursor = 0;
        self.put(line);
    }

    /// Writes text at the cursor.
    pub fn insert(&mut self, text: &str) {
        if self.last != Last::Typed {
            self.remember();
        }
        self.last = Last::Typed;
        self.put(text);
    }

    /// Puts `text` in the place of the bytes from `start` up to the cursor.
    pub fn replace_before_cursor(&mut self, start: usize, text: &str) {
        if start <= self.cursor && self.text.is_char_boundary(start) {
            self.remember();
            self.text.drain(start..self.cursor);
            self.cursor = start;
            self.put(text);
        }
    }

    /// Writes at the cursor what is neither a control character nor too much.
    fn put(&mut self, text: &str) {
        let room = LONGEST_LINE.saturating_sub(self.text.len());
        let mut clean: String = text.chars().filter(|sign| *sign == '\n' || !sign.is_control()).collect();
        while clean.len() > room {
            clean.pop();
        }
        self.text.insert_str(self.cursor, &clean);
        self.cursor += clean.len();
    }

    fn remember(&mut self) {
        if self.undos.len() >= UNDOS {
            self.undos.remove(0);
        }
        self.undos.push((self.text.clone(), self.cursor));
    }

    /// Takes an editing key. `history` gives the lines typed before, the newest first. False when the key edits nothing.
    pub fn key(&mut self, key: Key, history: &[&str]) -> bool {
        if let Some(character) = key.text() {
            self.insert(character.encode_utf8(&mut [0; 4]));
            return true;
        }
        let last = std::mem::take(&mut self.last);
        let taken = self.move_cursor(key) || self.kill(key, &last) || self.change(key, &last, history);
        if !taken {
            self.last = last;
        }
        taken
    }

    /// The keys that only move.
    fn move_cursor(&mut self, key: Key) -> bool {
        let words = key.control || key.alt;
        self.cursor = match (key.control, key.alt, key.code) {
            (true, false, KeyCode::Char('a')) | (false, false, KeyCode::Home) => self.line_start(),
            (true, false, KeyCode::Char('e')) | (false, false, KeyCode::End) => self.line_end(),
            (true, false, KeyCode::Char('b')) | (false, false, KeyCode::Left) => self.grapheme_before(),
            (true, false, KeyCode::Char('f')) | (false, false, KeyCode::Right) => self.grapheme_after(),
            (false, true, KeyCode::Char('b')) => self.word_before(),
            (false, true, KeyCode::Char('f')) => self.word_after(),
            (_, _, KeyCode::Left) if words => self.word_before(),
            (_, _, KeyCode::Right) if words => self.word_after(),
            (true, false, KeyCode::Home) => 0,
            (true, false, KeyCode::End) => self.text.len(),
            _ => return false,
        };
        true
    }

    /// The keys that take away; what is taken by more than a character can be brought back.
    fn kill(&mut self, key: Key, last: &Last) -> bool {
        let (from, to) = match (key.control, key.alt, key.code) {
            (true, false, KeyCode::Char('h')) | (false, false, KeyCode::Backspace) => {
                self.take_away(self.grapheme_before(), self.cursor);
                return true;
            }
            (true, false, KeyCode::Char('d')) | (false, false, KeyCode::Delete) => {
                self.take_away(self.cursor, self.grapheme_after());
                return true;
            }
            (true, false, KeyCode::Char('u')) => (self.line_start(), self.cursor),
            (true, false, KeyCode::Char('k')) => {
                let end = self.line_end();
                // At the end of a line, its end goes.
                (self.cursor, if end == self.cursor { self.grapheme_after() } else { end })
            }
            (true, false, KeyCode::Char('w')) => (self.blank_before(), self.cursor),
            (false, true, KeyCode::Backspace) => (self.word_before(), self.cursor),
            (false, true, KeyCode::Char('d')) => (self.cursor, self.word_after()),
            _ => return false,
        };
        let backwards = to == self.cursor && from < to;
        let killed = self.take_away(from, to);
        if !killed.is_empty() {
            match self.kills.last_mut().filter(|_| *last == Last::Killed) {
                Some(before) if backwards => before.insert_str(0, &killed),
                Some(before) => before.push_str(&killed),
                None => self.kills.push(killed),
            }
            if self.kills.len() > KILLS {
                self.kills.remove(0);
            }
        }
        self.last = Last::Killed;
        true
    }

    fn take_away(&mut self, from: usize, to: usize) -> String {
        if from >= to {
            return String::new();
        }
        self.remember();
        self.cursor = from;
        self.text.drain(from..to).collect()
    }

    /// The keys that put something else there.
    fn change(&mut self, key: Key, last: &Last, history: &[&str]) -> bool {
        match (key.control, key.alt, key.code) {
            (true, false, KeyCode::Char('y')) => self.yank(0, 0),
            (false, true, KeyCode::Char('y')) => {
                if let Last::Yanked { number, length } = *last {
                    self.yank(number + 1, length);
                }
            }
            (false, true, KeyCode::Char('.' | '_')) => self.last_word(last, history),
            (true, false, KeyCode::Char('t')) => self.transpose(),
            (true, false, KeyCode::Char('_')) => self.undo(),
            (false, true, KeyCode::Enter) => self.insert("\n"),
            (false, false, KeyCode::Up) if self.line_start() > 0 => self.go_line(true),
            (false, false, KeyCode::Down) if self.line_end() < self.text.len() => self.go_line(false),
            (true, false, KeyCode::Char('p')) | (false, false, KeyCode::Up) => self.recall(history, true),
            (true, false, KeyCode::Char('n')) | (false, false, KeyCode::Down) => self.recall(history, false),
            (false, true, KeyCode::Char('<')) => self.show_recalled(history, history.len().checked_sub(1)),
            (false, true, KeyCode::Char('>')) => self.show_recalled(history, None),
            _ => return false,
        }
        true
    }

    /// Brings back kill number `number` from the newest in place of the last `length` bytes.
    fn yank(&mut self, number: usize, length: usize) {
        let number = number % self.kills.len().max(1);
        let Some(killed) = self.kills.iter().rev().nth(number).cloned() else { return };
        self.replace_before_cursor(self.cursor.saturating_sub(length), &killed);
        self.last = Last::Yanked { number, length: killed.len() };
    }

    /// The last word of the line before; pressed again, that of the line before it.
    fn last_word(&mut self, last: &Last, history: &[&str]) {
        let (number, length) = match *last {
            Last::Recalled { number, length } => (number + 1, length),
            _ => (0, 0),
        };
        let Some(word) = history.get(number).and_then(|line| line.split_whitespace().last()) else { return };
        self.replace_before_cursor(self.cursor.saturating_sub(length), word);
        self.last = Last::Recalled { number, length: word.len() };
    }

    /// Changes the two characters around the cursor with each other; at the end of the line, the last two.
    fn transpose(&mut self) {
        let middle = if self.at_end() { self.grapheme_before() } else { self.cursor };
        let Some((start, first)) = self.text.get(..middle).and_then(|text| text.grapheme_indices(true).next_back())
        else {
            return;
        };
        let Some(second) = self.text.get(middle..).and_then(|text| text.graphemes(true).next()) else { return };
        let (swapped, end) = (format!("{second}{first}"), middle + second.len());
        self.remember();
        self.text.replace_range(start..end, &swapped);
        self.cursor = end;
    }

    fn undo(&mut self) {
        if let Some((text, cursor)) = self.undos.pop() {
            (self.text, self.cursor) = (text, cursor);
        }
    }

    fn recall(&mut self, history: &[&str], older: bool) {
        let next = match (self.recalled, older) {
            (None, true) => Some(0),
            (None, false) => return,
            (Some(at), true) => Some(at + 1),
            (Some(at), false) => at.checked_sub(1),
        };
        self.show_recalled(history, next);
    }

    fn show_recalled(&mut self, history: &[&str], next: Option<usize>) {
        match next {
            Some(at) => {
                let Some(line) = history.get(at) else { return };
                if self.recalled.is_none() {
                    self.draft.clone_from(&self.text);
                }
                self.set(line);
            }
            None if self.recalled.is_some() => {
                let draft = std::mem::take(&mut self.draft);
                self.set(&draft);
            }
            None => return,
        }
        self.recalled = next;
    }

    /// To the line above or below, at the same number of characters from its beginning.
    fn go_line(&mut self, up: bool) {
        let start = self.line_start();
        let column = self.text.get(start..self.cursor).map_or(0, |text| text.graphemes(true).count());
        self.cursor = if up { start.saturating_sub(1) } else { self.line_end() + 1 };
        let (start, end) = (self.line_start(), self.line_end());
        let line = self.text.get(start..end).unwrap_or_default();
        self.cursor = line.grapheme_indices(true).nth(column).map_or(end, |(at, _)| start + at);
    }

    fn line_start(&self) -> usize {
        self.before_cursor().rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        let after = self.text.get(self.cursor..).unwrap_or_default();
        after.find('\n').map_or(self.text.len(), |at| self.cursor + at)
    }

    fn grapheme_before(&self) -> usize {
        self.before_cursor().grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn grapheme_after(&self) -> usize {
        let after = self.text.get(self.cursor..).unwrap_or_default();
        self.cursor + after.graphemes(true).next().map_or(0, str::len)
    }

    /// Where the word of letters and digits before the cursor begins.
    fn word_before(&self) -> usize {
        let before = self.before_cursor();
        let word = before.trim_end_matches(|sign: char| !sign.is_alphanumeric());
        word.trim_end_matches(char::is_alphanumeric).len()
    }

    /// Where the word of letters and digits after the cursor ends.
    fn word_after(&self) -> usize {
        let after = self.text.get(self.cursor..).unwrap_or_default();
        let word = after.trim_start_matches(|sign: char| !sign.is_alphanumeric());
        self.text.len() - word.trim_start_matches(char::is_alphanumeric).len()
    }

    /// Where the run without blanks before the cursor begins.
    fn blank_before(&self) -> usize {
        let word = self.before_cursor().trim_end_matches(char::is_whitespace);
        word.trim_end_matches(|sign: char| !sign.is_whitespace()).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn after(start: &str, keys: &str) -> (String, String) {
        let mut field = Field::default();
        field.set(start);
        for key in keys.split_whitespace() {
            field.key(key.parse().unwrap(), &["docker ps", "ls -l"]);
        }
        (field.before_cursor().to_owned(), field.text().to_owned())
    }

    #[test]
    fn the_keys_of_a_shell_edit_the_line() {
        let cases = [
            ("docker", "Space p s", ("docker ps", "docker ps")),
            ("abc", "Left Backspace x", ("ax", "axc")),
            ("abc", "Home Delete", ("", "bc")),
            ("abc", "Home Ctrl-d", ("", "bc")),
            ("one two  ", "Ctrl-w", ("one ", "one ")),
            ("one two", "Left Left Ctrl-k Ctrl-a z", ("z", "zone t")),
            ("one two", "Left Left Ctrl-u End", ("wo", "wo")),
            ("one two-three", "Alt-b Alt-b x", ("one x", "one xtwo-three")),
            ("one two-three", "Home Alt-f Ctrl-Right", ("one two", "one two-three")),
            ("one two", "Ctrl-Left Alt-Backspace", ("", "two")),
            ("one two", "Home Alt-d", ("", " two")),
            ("ab", "Ctrl-t", ("ba", "ba")),
            ("abc", "Left Left Ctrl-t", ("ba", "bac")),
            ("é", "Backspace Backspace", ("", "")),
            // A flag is two characters and one sign.
            ("a🇨🇭", "Left x", ("ax", "ax🇨🇭")),
        ];
        for (start, keys, (before, text)) in cases {
            assert_eq!(after(start, keys), (before.to_owned(), text.to_owned()), "{start:?} {keys}");
        }
    }

    #[test]
    fn what_was_killed_comes_back() {
        let cases = [
            ("one two", "Ctrl-w Home Ctrl-y", "twoone "),
            ("one two three", "Ctrl-w Ctrl-w Ctrl-y Ctrl-y", "one two threetwo three"),
            ("one two", "Ctrl-w Left Ctrl-u Ctrl-y Alt-y", "two "),
            ("one two", "Home Ctrl-k Ctrl-y Ctrl-y", "one twoone two"),
        ];
        for (start, keys, text) in cases {
            assert_eq!(after(start, keys).1, text, "{start:?} {keys}");
        }
    }

    #[test]
    fn changes_are_taken_back_word_by_word_as_they_were_typed() {
        assert_eq!(after("docker", "Space p s Ctrl-w Ctrl-_").1, "docker ps");
        assert_eq!(after("docker", "Space p s Ctrl-w Ctrl-_ Ctrl-_").1, "docker");
    }

    #[test]
    fn the_history_comes_and_goes_and_the_new_line_is_kept() {
        assert_eq!(after("new", "Up").1, "docker ps");
        assert_eq!(after("new", "Up Up Up").1, "ls -l");
        assert_eq!(after("new", "Up Up Down Down Down").1, "new");
        assert_eq!(after("new", "Alt-< Alt->").1, "new");
        assert_eq!(after("cat ", "Alt-. Alt-.").1, "cat -l");
    }

    #[test]
    fn a_line_of_several_lines_is_walked_line_by_line() {
        assert_eq!(after("ab\nc", "Up x").1, "axb\nc");
        assert_eq!(after("a", "Alt-Enter b Home Backspace").1, "ab");
        assert_eq!(after("a\nb", "Up Home Down x").1, "a\nxb");
    }

    #[test]
    fn a_line_has_a_longest_length_and_no_control_characters() {
        let mut field = Field::default();
        field.insert(&"x\u{1b}".repeat(LONGEST_LINE));
        assert_eq!(field.text(), "x".repeat(LONGEST_LINE));
    }

    proptest! {
        #[test]
        fn any_keys_leave_the_cursor_between_characters(
            start in "[a-zé中🇨\n -]{0,12}",
            keys in proptest::collection::vec(0_usize..24, 0..40),
        ) {
            let names = [
                "Left", "Right", "Home", "End", "Up", "Down", "Backspace", "Delete", "Ctrl-w", "Ctrl-u", "Ctrl-k", "Ctrl-y",
                "Alt-y", "Alt-b", "Alt-f", "Alt-d", "Ctrl-t", "Ctrl-_", "Alt-.", "Alt-Enter", "Alt-Backspace", "x", "é", "Ctrl-p",
            ];
            let mut field = Field::default();
            field.insert(&start);
            for key in keys {
                field.key(names[key].parse().unwrap(), &["docker ps", "中\nb"]);
                prop_assert!(field.text().is_char_boundary(field.cursor()), "{:?}", field);
            }
        }
    }
}
