//! The line that the learner types into the simulated terminal: editing, history, completion, and what is shown in grey behind it.
//!
//! Promises: nothing is run from here, and no world changes; what is offered is true where we stand in time. Must not know: what a line
//! does, or how it is drawn. Start reading at [`LineEditor`]; `field` edits, `words` reads, `completion` offers, `search` finds.

pub mod completion;
pub mod field;
pub mod search;
pub mod words;

use self::completion::{Menu, candidates};
use self::field::Field;
use self::search::Search;
use self::words::situation;
use super::key::{Key, KeyCode};
use super::transcript;
use crate::client::complete::usage;
use crate::timeline::Timeline;

/// What is shown in grey behind the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ghost {
    /// The rest of a line typed before; → takes it.
    History(String),
    /// The rest of the word that the menu has selected.
    Selected(String),
    /// What the command wants to be given.
    Usage(&'static str),
}

/// The line being typed, with what is open above it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineEditor {
    pub field: Field,
    pub menu: Option<Menu>,
    pub search: Option<Search>,
}

impl LineEditor {
    /// Whether a menu or a search takes the keys first.
    pub fn is_open(&self) -> bool {
        self.menu.is_some() || self.search.is_some()
    }

    /// Closes the menu, or the search with nothing found; what is in the line stays.
    pub fn close(&mut self) {
        self.menu = None;
        self.search = None;
    }

    /// Empties the line.
    pub fn clear(&mut self) {
        self.close();
        self.field.clear();
    }

    /// Takes a key that edits. False when it edits nothing.
    pub fn key(&mut self, key: Key, timeline: &Timeline) -> bool {
        let history = transcript::history(timeline);
        if let Some(search) = &mut self.search {
            if search.key(key, &history) {
                return true;
            }
            if key == Key::control('g') {
                self.search = None;
                return true;
            }
            // Any other key works on the line that was found.
            self.take_found(timeline);
        }
        if key == Key::control('r') {
            self.menu = None;
            self.search = Some(Search::default());
            return true;
        }
        let forward = [Key::plain(KeyCode::Right), Key::plain(KeyCode::End), Key::control('e'), Key::control('f')];
        if self.field.at_end()
            && self.menu.is_none()
            && forward.contains(&key)
            && let Some(Ghost::History(rest)) = self.ghost(timeline)
        {
            self.field.insert(&rest);
            return true;
        }
        let taken = self.field.key(key, &history);
        if taken && self.menu.is_some() {
            self.menu = candidates(self.field.before_cursor(), timeline.world());
        }
        taken
    }

    /// Tab: what can only be one word is written; of several the beginning that they share, and a menu opens.
    pub fn complete(&mut self, timeline: &Timeline) {
        let Some(menu) = candidates(self.field.before_cursor(), timeline.world()) else {
            self.menu = None;
            return;
        };
        if let [only] = menu.candidates.as_slice() {
            self.field.replace_before_cursor(menu.start, &only.insert);
            self.menu = None;
            return;
        }
        let typed = self.field.before_cursor().get(menu.start..).unwrap_or_default();
        if let Some(common) = menu.common(typed) {
            self.field.replace_before_cursor(menu.start, &common);
        }
        self.menu = candidates(self.field.before_cursor(), timeline.world());
    }

    /// Moves in the menu.
    pub fn select(&mut self, forward: bool) {
        if let Some(menu) = &mut self.menu {
            menu.go(forward);
        }
    }

    /// Takes the selected word of the menu into the line.
    pub fn take_selected(&mut self) {
        let Some(menu) = self.menu.take() else { return };
        if let Some(candidate) = menu.candidate() {
            self.field.replace_before_cursor(menu.start, &candidate.insert);
        }
    }

    /// Takes the line that was found.
    pub fn take_found(&mut self, timeline: &Timeline) {
        let Some(search) = self.search.take() else { return };
        if let Some(line) = search.line(&transcript::history(timeline)) {
            self.field.set(line);
        }
    }

    /// What is shown in grey behind the line.
    pub fn ghost(&self, timeline: &Timeline) -> Option<Ghost> {
        let text = self.field.text();
        if text.is_empty() || !self.field.at_end() {
            return None;
        }
        if let Some(menu) = &self.menu {
            let typed = text.get(menu.start..)?;
            let rest = menu.candidate()?.insert.strip_prefix(typed)?.trim_end();
            return Some(Ghost::Selected(rest.to_owned()));
        }
        let history = transcript::history(timeline);
        let before = history.into_iter().find_map(|line| line.strip_prefix(text).filter(|rest| !rest.is_empty()));
        if let Some(rest) = before.filter(|rest| !rest.contains('\n')) {
            return Some(Ghost::History(rest.to_owned()));
        }
        let found = situation(text);
        let waits = found.word.is_some_and(|word| word.range.is_empty());
        match found.words.split_first() {
            Some((program, words)) if waits && program == "docker" && !words.is_empty() => {
                usage(words).filter(|usage| !usage.is_empty()).map(Ghost::Usage)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{Action, World};
    use crate::worlds::Worlds;

    fn timeline() -> Timeline {
        let mut timeline = Timeline::new(World::new(Worlds::default().settings()));
        for line in ["docker create --name web-1 alpine:3.22", "docker create --name web-2 alpine:3.22"] {
            timeline.act(Action::Line(line.to_owned()));
        }
        timeline
    }

    fn typed(timeline: &Timeline, text: &str) -> LineEditor {
        let mut line = LineEditor::default();
        line.field.insert(text);
        line.key(Key::plain(KeyCode::End), timeline);
        line
    }

    #[test]
    fn tab_writes_what_is_sure_and_opens_a_menu_for_the_rest() {
        let timeline = timeline();
        let mut line = typed(&timeline, "docker rm w");
        line.complete(&timeline);
        assert_eq!(line.field.text(), "docker rm web-");
        assert_eq!(line.ghost(&timeline), Some(Ghost::Selected("2".to_owned())), "the newest comes first");
        line.select(true);
        line.take_selected();
        assert_eq!((line.field.text(), line.is_open()), ("docker rm web-1 ", false));
        let mut line = typed(&timeline, "docker vers");
        line.complete(&timeline);
        assert_eq!((line.field.text(), line.is_open()), ("docker version ", false));
    }

    #[test]
    fn typing_goes_on_while_the_menu_is_open() {
        let timeline = timeline();
        let mut line = typed(&timeline, "docker rm w");
        line.complete(&timeline);
        line.key(Key::char('1'), &timeline);
        assert_eq!(line.menu.as_ref().map(|menu| menu.candidates.len()), Some(1));
        line.key(Key::char('x'), &timeline);
        assert_eq!(line.menu, None);
    }

    #[test]
    fn a_line_typed_before_is_offered_and_taken() {
        let timeline = timeline();
        let mut line = LineEditor::default();
        line.field.insert("docker create --name web-1");
        assert_eq!(line.ghost(&timeline), Some(Ghost::History(" alpine:3.22".to_owned())));
        line.key(Key::plain(KeyCode::Right), &timeline);
        assert_eq!(line.field.text(), "docker create --name web-1 alpine:3.22");
        let mut line = LineEditor::default();
        line.field.insert("docker network connect ");
        assert_eq!(line.ghost(&timeline), Some(Ghost::Usage("[OPTIONS] NETWORK CONTAINER")));
    }

    #[test]
    fn a_search_finds_a_line_and_any_editing_key_takes_it() {
        let timeline = timeline();
        let mut line = LineEditor::default();
        for key in ["Ctrl-r", "w", "e", "b", "-", "1", "Home", "Delete"] {
            line.key(key.parse().unwrap(), &timeline);
        }
        assert_eq!((line.field.text(), line.search), ("ocker create --name web-1 alpine:3.22", None));
    }
}
