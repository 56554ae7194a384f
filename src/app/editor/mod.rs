//! The editor: one text file of the simulated file system, written line by line.
//!
//! Promises: what was there can be had back (undo, and leaving asks before anything is lost); the text is what is saved, byte for byte.
//! Must not know: how it is drawn, or how a file is saved; its screen writes it as a step of the timeline. `language` reads the text for
//! its colours, `problems` for its mistakes. (A crate for text areas would bring its own drawing, and could not colour words.)

pub mod language;
pub mod problems;

use unicode_segmentation::UnicodeSegmentation;

use self::language::Language;
use self::problems::Problem;
use super::command::{Action, Command};
use super::key::{Key, KeyCode};

/// The largest file that is opened, in bytes.
pub const LARGEST: usize = 256 * 1024;
/// How many changes can be taken back.
const UNDOS: usize = 200;
/// How many lines PageUp and PageDown move.
const PAGE: usize = 12;

/// A file being edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Editor {
    /// The absolute path.
    path: String,
    language: Language,
    text: Text,
    /// As it is in the file system.
    saved: String,
    /// The last line is followed by a line end.
    ends_with_line_end: bool,
    undos: Vec<Text>,
    redos: Vec<Text>,
    /// The last key typed a character: the next one belongs to the same change.
    typing: bool,
    /// The lines cut one after the other, to be put elsewhere.
    cut: Vec<String>,
    /// Leaving was asked for although there are changes.
    pub leaving: bool,
    problems: Vec<Problem>,
}

/// A text with the place of the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Text {
    /// At least one.
    lines: Vec<String>,
    row: usize,
    /// Before which byte of its line the cursor stands.
    column: usize,
    /// How many graphemes from the left it goes up and down.
    wanted: usize,
}

impl Editor {
    /// An editor of the file at this absolute path, which holds `content`, or is new.
    pub fn new(path: &str, content: &str) -> Self {
        let ends_with_line_end = content.is_empty() || content.ends_with('\n');
        let body = content.strip_suffix('\n').unwrap_or(content);
        let lines = body.split('\n').map(str::to_owned).collect();
        let mut editor = Self {
            path: path.to_owned(),
            language: Language::of(path),
            text: Text { lines, row: 0, column: 0, wanted: 0 },
            saved: content.to_owned(),
            ends_with_line_end,
            undos: Vec::new(),
            redos: Vec::new(),
            typing: false,
            cut: Vec::new(),
            leaving: false,
            problems: Vec::new(),
        };
        editor.problems = problems::find(editor.language, &editor.content());
        editor
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn language(&self) -> Language {
        self.language
    }

    pub fn lines(&self) -> &[String] {
        &self.text.lines
    }

    /// The row of the cursor, and before which byte of it the cursor stands.
    pub fn cursor(&self) -> (usize, usize) {
        (self.text.row, self.text.column)
    }

    /// What is wrong with the text, in the order of its lines.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The whole text.
    pub fn content(&self) -> String {
        let text = self.text.lines.join("\n");
        if text.is_empty() || !self.ends_with_line_end { text } else { text + "\n" }
    }

    /// Whether something would be lost.
    pub fn is_changed(&self) -> bool {
        self.content() != self.saved
    }

    /// Says that the text is in the file system now.
    pub fn note_saved(&mut self) {
        self.saved = self.content();
    }

    /// What can be done in it.
    pub fn commands(&self) -> Vec<Command> {
        if self.leaving {
            return vec![
                Command::new(&[Key::char('y'), Key::plain(KeyCode::Enter)], "save and close", Action::SaveAndClose),
                Command::new(&[Key::char('n')], "close without saving", Action::Discard),
                Command::new(&[Key::plain(KeyCode::Escape)], "go on", Action::Back),
            ];
        }
        vec![
            Command::new(&[Key::control('s')], "save", Action::Save),
            Command::new(&[Key::plain(KeyCode::Escape), Key::control('x')], "close", Action::Back),
            Command::new(&[Key::control('z')], "undo", Action::Undo),
            Command::new(&[Key::control('y')], "redo", Action::Redo),
            Command::new(&[Key::control('k')], "cut line", Action::CutLine),
            Command::new(&[Key::control('u')], "put", Action::Put),
            Command::hidden(&[Key::plain(KeyCode::Function(8))], "the next problem", Action::NextProblem),
        ]
    }

    /// Does what is asked of the text itself. Leaving and saving are the app's.
    pub fn perform(&mut self, action: Action) {
        match action {
            Action::Undo => self.go_back(true),
            Action::Redo => self.go_back(false),
            Action::CutLine => self.cut_line(),
            Action::Put => self.put(),
            Action::NextProblem => {
                let after = self.problems.iter().find(|problem| problem.line > self.text.row);
                if let Some(problem) = after.or(self.problems.first()) {
                    (self.text.row, self.text.column) = (problem.line.min(self.text.lines.len() - 1), 0);
                }
            }
            _ => {}
        }
    }

    /// Takes a key that is no command.
    pub fn key(&mut self, key: Key) {
        let typing = std::mem::take(&mut self.typing);
        if let Some(character) = key.text() {
            self.typing = true;
            self.change(!typing, |text| text.insert(character.encode_utf8(&mut [0; 4])));
            return;
        }
        let words = key.control || key.alt;
        match key.code {
            KeyCode::Up => self.text.go(self.text.row.saturating_sub(1)),
            KeyCode::Down => self.text.go(self.text.row + 1),
            KeyCode::PageUp => self.text.go(self.text.row.saturating_sub(PAGE)),
            KeyCode::PageDown => self.text.go(self.text.row + PAGE),
            KeyCode::Home if words => (self.text.row, self.text.column, self.text.wanted) = (0, 0, 0),
            KeyCode::End if words => {
                self.text.go(usize::MAX);
                self.text.end();
            }
            KeyCode::Home => self.text.home(),
            KeyCode::End => self.text.end(),
            KeyCode::Left => self.text.left(words),
            KeyCode::Right => self.text.right(words),
            KeyCode::Enter => {
                let indent = self.language.indent_after(self.text.before_cursor());
                self.change(true, |text| text.insert(&format!("\n{indent}")));
            }
            KeyCode::Tab => {
                let spaces = self.language.indent();
                self.change(true, |text| text.insert(spaces));
            }
            KeyCode::Backspace => self.change(true, Text::delete_before),
            KeyCode::Delete => self.change(true, Text::delete_after),
            _ => {}
        }
    }

    /// Takes pasted text.
    pub fn paste(&mut self, pasted: &str) {
        self.typing = false;
        let clean: String = pasted.chars().filter(|sign| matches!(sign, '\n' | '\t') || !sign.is_control()).collect();
        self.change(true, |text| text.insert(&clean));
    }

    /// Puts the cursor into a line, as by a click.
    pub fn go_to_line(&mut self, line: usize) {
        self.typing = false;
        self.text.go(line);
    }

    fn change(&mut self, remember: bool, work: impl FnOnce(&mut Text)) {
        let before = self.text.clone();
        work(&mut self.text);
        if self.text.lines == before.lines {
            return;
        }
        if self.text.lines.iter().map(|line| line.len() + 1).sum::<usize>() > LARGEST {
            self.text = before;
            return;
        }
        if remember {
            if self.undos.len() >= UNDOS {
                self.undos.remove(0);
            }
            self.undos.push(before);
        }
        self.redos.clear();
        self.problems = problems::find(self.language, &self.content());
    }

    fn go_back(&mut self, back: bool) {
        let (from, to) = if back { (&mut self.undos, &mut self.redos) } else { (&mut self.redos, &mut self.undos) };
        if let Some(text) = from.pop() {
            to.push(std::mem::replace(&mut self.text, text));
            self.problems = problems::find(self.language, &self.content());
        }
    }

    /// Takes the line away; lines cut one after the other come back together.
    fn cut_line(&mut self) {
        let mut cut = std::mem::take(&mut self.cut);
        self.change(true, |text| {
            cut.push(text.lines.remove(text.row));
            if text.lines.is_empty() {
                text.lines.push(String::new());
            }
            text.go(text.row);
        });
        self.cut = cut;
    }

    fn put(&mut self) {
        let cut = std::mem::take(&mut self.cut);
        self.change(true, |text| {
            let row = text.row;
            text.row += cut.len();
            text.lines.splice(row..row, cut);
        });
    }
}

impl Text {
    fn line(&self) -> &str {
        self.lines.get(self.row).map_or("", String::as_str)
    }

    fn before_cursor(&self) -> &str {
        self.line().get(..self.column).unwrap_or_default()
    }

    fn after_cursor(&self) -> &str {
        self.line().get(self.column..).unwrap_or_default()
    }

    /// Remembers how far to the right the cursor wants to be.
    fn settle(&mut self) {
        self.wanted = self.before_cursor().graphemes(true).count();
    }

    /// Goes to a row, or the last one.
    fn go(&mut self, row: usize) {
        self.row = row.min(self.lines.len().saturating_sub(1));
        let line = self.line();
        self.column = line.grapheme_indices(true).nth(self.wanted).map_or(line.len(), |(at, _)| at);
    }

    /// To the first letter of the line; from there, to its beginning.
    fn home(&mut self) {
        let first = self.line().len() - self.line().trim_start().len();
        self.column = if self.column == first { 0 } else { first };
        self.settle();
    }

    fn end(&mut self) {
        self.column = self.line().len();
        self.settle();
    }

    fn left(&mut self, word: bool) {
        if self.column == 0 {
            if self.row > 0 {
                self.row -= 1;
                self.end();
            }
            return;
        }
        let before = self.before_cursor();
        self.column = if word {
            before.unicode_word_indices().next_back().map_or(0, |(at, _)| at)
        } else {
            before.grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
        };
        self.settle();
    }

    fn right(&mut self, word: bool) {
        let after = self.after_cursor();
        if after.is_empty() {
            if self.row + 1 < self.lines.len() {
                (self.row, self.column) = (self.row + 1, 0);
            }
        } else if word {
            let length = after.unicode_word_indices().next().map_or(after.len(), |(at, word)| at + word.len());
            self.column += length;
        } else {
            self.column += after.graphemes(true).next().map_or(0, str::len);
        }
        self.settle();
    }

    fn insert(&mut self, text: &str) {
        let Some(line) = self.lines.get_mut(self.row) else { return };
        let rest = line.split_off(self.column);
        let mut parts = text.split('\n');
        line.push_str(parts.next().unwrap_or_default());
        for part in parts {
            self.row += 1;
            self.lines.insert(self.row, part.to_owned());
        }
        if let Some(line) = self.lines.get_mut(self.row) {
            self.column = line.len();
            line.push_str(&rest);
        }
        self.settle();
    }

    /// At the indentation a step of it goes, at the beginning of a line its line end.
    fn delete_before(&mut self) {
        let before = self.before_cursor();
        if self.column == 0 {
            if self.row > 0 {
                let line = self.lines.remove(self.row);
                self.row -= 1;
                self.end();
                if let Some(above) = self.lines.get_mut(self.row) {
                    above.push_str(&line);
                }
            }
            return;
        }
        let start = if before.chars().all(|sign| sign == ' ') && before.len().is_multiple_of(2) {
            before.len() - 2
        } else {
            before.grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
        };
        let end = self.column;
        if let Some(line) = self.lines.get_mut(self.row) {
            line.drain(start..end);
        }
        self.column = start;
        self.settle();
    }

    fn delete_after(&mut self) {
        if self.after_cursor().is_empty() && self.row + 1 < self.lines.len() {
            let below = self.lines.remove(self.row + 1);
            if let Some(line) = self.lines.get_mut(self.row) {
                line.push_str(&below);
            }
            return;
        }
        let length = self.after_cursor().graphemes(true).next().map_or(0, str::len);
        let start = self.column;
        if let Some(line) = self.lines.get_mut(self.row) {
            line.drain(start..start + length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn after(content: &str, keys: &str) -> Editor {
        let mut editor = Editor::new("/root/app/Dockerfile", content);
        for key in keys.split_whitespace() {
            let key: Key = key.parse().unwrap();
            match editor.commands().into_iter().find(|command| command.keys.contains(&key)) {
                Some(command) => editor.perform(command.action),
                None => editor.key(key),
            }
        }
        editor
    }

    #[test]
    fn the_keys_of_an_editor_change_the_text() {
        let cases = [
            ("FROM alpine\n", "End 3 Enter R U N", "FROM alpine3\nRUN\n"),
            ("a\nb\n", "Down Backspace", "ab\n"),
            ("a\nb\n", "Delete Delete", "b\n"),
            ("a\nb", "End Delete", "ab"),
            ("", "x", "x\n"),
            ("a\n  b\n", "Down End Enter c", "a\n  b\n  c\n"),
            ("    a\n", "Home Backspace", "  a\n"),
            ("a\nb\nc\nd\n", "Ctrl-k Ctrl-k Down Ctrl-u", "c\na\nb\nd\n"),
            ("one two\n", "Ctrl-Right x", "onex two\n"),
            ("é中\n", "End Backspace Backspace", ""),
            ("a\nb\n", "Ctrl-End x", "a\nbx\n"),
        ];
        for (content, keys, expected) in cases {
            assert_eq!(after(content, keys).content(), expected, "{content:?} {keys}");
        }
    }

    #[test]
    fn up_and_down_keep_the_column_where_they_can() {
        assert_eq!(after("long line\nx\nlong line\n", "Right Right Right Down Down").cursor(), (2, 3));
        assert_eq!(after("中中\nabcd\n", "Right Down").cursor(), (1, 1));
    }

    #[test]
    fn changes_are_taken_back_and_done_again() {
        let editor = after("FROM a\n", "End b c Enter x Ctrl-z Ctrl-z");
        assert_eq!(editor.content(), "FROM abc\n");
        assert_eq!(after("FROM a\n", "End b c Ctrl-z").content(), "FROM a\n");
        assert_eq!(after("FROM a\n", "End b Ctrl-z Ctrl-y").content(), "FROM ab\n");
    }

    #[test]
    fn what_was_not_saved_is_known() {
        let mut editor = after("FROM a\n", "End b");
        assert!(editor.is_changed());
        editor.note_saved();
        assert!(!editor.is_changed());
        assert!(!after("FROM a\n", "End b Backspace").is_changed());
    }

    proptest! {
        #[test]
        fn any_keys_leave_a_text_with_its_cursor_in_it(
            content in "[a-zé中 \n\t]{0,30}",
            keys in proptest::collection::vec(0_usize..18, 0..60),
        ) {
            let names = [
                "Left", "Right", "Up", "Down", "Home", "End", "PageDown", "Backspace", "Delete", "Enter", "Tab", "x", "é",
                "Ctrl-Left", "Ctrl-k", "Ctrl-u", "Ctrl-z", "Ctrl-y",
            ];
            let keys: Vec<&str> = keys.into_iter().map(|key| names[key]).collect();
            let editor = after(&content, &keys.join(" "));
            let (row, column) = editor.cursor();
            prop_assert!(editor.lines()[row].is_char_boundary(column));
        }
    }
}
