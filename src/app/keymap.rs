//! Keys of the learner's own: which actions can have them, how they are called in the settings, and how they come in front of the keys
//! that the screens declare.
//!
//! Promises: an own key takes nothing away that is needed to find one's way: some keys always keep their meaning, and the keys that
//! a screen declares go on working unless another action was given them. Must not know: where the keys are kept.

use std::collections::BTreeMap;

use super::command::{Action, Command};
use super::key::{Key, KeyCode};

/// An action that can have keys of its own: its name in the settings file, what it does, and the action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bindable {
    pub name: &'static str,
    pub words: &'static str,
    pub action: Action,
}

const fn bindable(name: &'static str, words: &'static str, action: Action) -> Bindable {
    Bindable { name, words, action }
}

/// All of them, in the order in which the settings list them.
pub const BINDABLE: [Bindable; 21] = [
    bindable("undo", "take a command back", Action::Undo),
    bindable("redo", "do it again", Action::Redo),
    bindable("reset", "begin anew", Action::Reset),
    bindable("hint", "the next hint", Action::Hint),
    bindable("solution", "show the solution", Action::Solve),
    bindable("steps", "the steps of the lesson", Action::Steps),
    bindable("inspect", "look into a thing", Action::Inspect),
    bindable("zoom", "the stage nearer or further", Action::Zoom),
    bindable("pause", "pause the motion, or play it again", Action::PlayPause),
    bindable("beat", "one beat of the motion", Action::NextBeat),
    bindable("faster", "motion faster", Action::Faster),
    bindable("slower", "motion slower", Action::Slower),
    bindable("find", "search", Action::Search),
    bindable("copy", "copy a command or its output", Action::Copy),
    bindable("branches", "branches that were left", Action::Branches),
    bindable("machine", "the next machine", Action::NextMachine),
    bindable("playground", "open the playground", Action::OpenPlayground),
    bindable("quiz", "open the quiz", Action::OpenQuiz),
    bindable("settings", "open the settings", Action::OpenSettings),
    bindable("mouse", "mouse on or off", Action::ToggleMouse),
    bindable("redraw", "draw the screen again", Action::Redraw),
];

/// The most keys that one action can have.
pub const MOST_KEYS: usize = 4;

/// The learner's own keys, by the names of the actions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyMap(BTreeMap<&'static str, Vec<Key>>);

/// Whether a key keeps its meaning: it moves, accepts, leaves, answers a question, or helps.
pub fn is_reserved(key: Key) -> bool {
    let named = !matches!(key.code, KeyCode::Char(_) | KeyCode::Function(_) | KeyCode::Insert);
    let plain = !key.control && !key.alt;
    let sign = plain && matches!(key.code, KeyCode::Char('0'..='9' | ' ' | '?')) || key == Key::control('c');
    named || sign || key == Key::plain(KeyCode::Function(1))
}

/// The action that is called so.
pub fn find(name: &str) -> Option<Bindable> {
    BINDABLE.into_iter().find(|bindable| bindable.name == name)
}

impl KeyMap {
    /// The own keys of an action.
    pub fn keys(&self, name: &str) -> &[Key] {
        self.0.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// All actions with own keys, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &[Key])> {
        self.0.iter().map(|(name, keys)| (*name, keys.as_slice()))
    }

    /// Gives an action a key, and takes it from whichever had it. False for a key that keeps its meaning, or when there are enough.
    pub fn add(&mut self, bindable: Bindable, key: Key) -> bool {
        if is_reserved(key) || self.keys(bindable.name).len() >= MOST_KEYS {
            return false;
        }
        self.0.values_mut().for_each(|keys| keys.retain(|own| *own != key));
        self.0.entry(bindable.name).or_default().push(key);
        self.0.retain(|_, keys| !keys.is_empty());
        true
    }

    /// Leaves an action with the keys that the screens declare.
    pub fn clear(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// Puts the own keys in front of those that commands declare. Where one types, a key that writes a character is none.
    pub fn apply(&self, commands: &mut [Command], typing: bool) {
        for (name, keys) in &self.0 {
            let Some(action) = find(name).map(|bindable| bindable.action) else { continue };
            let Some(at) = commands.iter().position(|command| command.action == action) else { continue };
            for key in keys.iter().rev().filter(|key| !typing || key.text().is_none()) {
                for command in commands.iter_mut() {
                    command.keys.retain(|declared| declared != key);
                }
                if let Some(command) = commands.get_mut(at) {
                    command.keys.insert(0, *key);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::command::action_for;

    fn undo() -> Bindable {
        find("undo").unwrap()
    }

    #[test]
    fn an_own_key_comes_first_and_takes_the_key_from_others() {
        let mut keys = KeyMap::default();
        assert!(keys.add(undo(), Key::char('p')));
        let mut commands = [
            Command::new(&[Key::char('u')], "undo", Action::Undo),
            Command::new(&[Key::char('p'), Key::char('x')], "pause", Action::PlayPause),
        ];
        keys.apply(&mut commands, false);
        assert_eq!(commands[0].keys, [Key::char('p'), Key::char('u')]);
        assert_eq!(action_for(&commands, Key::char('p'), false), Some(Action::Undo));
        assert_eq!(action_for(&commands, Key::char('x'), false), Some(Action::PlayPause));
    }

    #[test]
    fn while_typing_a_letter_stays_a_letter() {
        let mut keys = KeyMap::default();
        keys.add(undo(), Key::char('p'));
        let mut commands = [Command::new(&[Key::plain(KeyCode::Function(6))], "undo", Action::Undo)];
        keys.apply(&mut commands, true);
        assert_eq!(commands[0].keys, [Key::plain(KeyCode::Function(6))]);
    }

    #[test]
    fn keys_that_lead_out_cannot_be_taken() {
        let mut keys = KeyMap::default();
        for key in ["Esc", "Enter", "Tab", "Up", "Left", "F1", "?", "Ctrl-c", "3", "Space", "Backspace"] {
            assert!(!keys.add(undo(), key.parse().unwrap()), "{key}");
        }
        assert_eq!(keys, KeyMap::default());
    }

    #[test]
    fn a_key_belongs_to_one_action() {
        let mut keys = KeyMap::default();
        keys.add(undo(), Key::char('x'));
        keys.add(find("redo").unwrap(), Key::char('x'));
        assert_eq!((keys.keys("undo"), keys.keys("redo")), (&[][..], &[Key::char('x')][..]));
    }
}
