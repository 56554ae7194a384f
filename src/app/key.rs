//! A key press, as the app understands it.
//!
//! Promises: every key has one written form (`Ctrl-c`, `Enter`, `?`) which parses back to the same key, so that bindings, help and
//! tests are all written in the same words. Must not know: which library or which bytes a key came from.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Which key it is, without the modifiers held with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyCode {
    /// A key that writes a character; a capital is the capital letter, not Shift with the small one.
    Char(char),
    Enter,
    Escape,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Insert,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    /// F1 to F12.
    Function(u8),
}

/// A key with the modifiers held. Shift is only kept for keys that write no character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub code: KeyCode,
    pub control: bool,
    pub alt: bool,
    pub shift: bool,
}

impl Key {
    /// A key pressed alone.
    pub const fn plain(code: KeyCode) -> Self {
        Self { code, control: false, alt: false, shift: false }
    }

    /// A character key pressed alone.
    pub const fn char(character: char) -> Self {
        Self::plain(KeyCode::Char(character))
    }

    /// A letter pressed with Ctrl; give the small letter.
    pub const fn control(letter: char) -> Self {
        Self { code: KeyCode::Char(letter), control: true, alt: false, shift: false }
    }

    /// The character that this key writes into a text field, if it writes one.
    pub fn text(self) -> Option<char> {
        match self.code {
            KeyCode::Char(character) if !self.control && !self.alt => Some(character),
            _ => None,
        }
    }
}

/// The names of the keys that write no character: the name used in the written form, and the sign the key bar shows.
const NAMES: &[(KeyCode, &str)] = &[
    (KeyCode::Enter, "Enter"),
    (KeyCode::Escape, "Esc"),
    (KeyCode::Tab, "Tab"),
    (KeyCode::BackTab, "BackTab"),
    (KeyCode::Backspace, "Backspace"),
    (KeyCode::Delete, "Delete"),
    (KeyCode::Insert, "Insert"),
    (KeyCode::Up, "Up"),
    (KeyCode::Down, "Down"),
    (KeyCode::Left, "Left"),
    (KeyCode::Right, "Right"),
    (KeyCode::Home, "Home"),
    (KeyCode::End, "End"),
    (KeyCode::PageUp, "PageUp"),
    (KeyCode::PageDown, "PageDown"),
    (KeyCode::Char(' '), "Space"),
];

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.control {
            formatter.write_str("Ctrl-")?;
        }
        if self.alt {
            formatter.write_str("Alt-")?;
        }
        if self.shift {
            formatter.write_str("Shift-")?;
        }
        if let Some((_, name)) = NAMES.iter().find(|(code, _)| *code == self.code) {
            return formatter.write_str(name);
        }
        match self.code {
            KeyCode::Char(character) => write!(formatter, "{character}"),
            KeyCode::Function(number) => write!(formatter, "F{number}"),
            other => write!(formatter, "{other:?}"),
        }
    }
}

/// A written key that names no key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no key is called {0:?}; write Enter, Esc, Tab, Up, F1, Ctrl-c, or one character")]
pub struct UnknownKey(pub String);

impl FromStr for Key {
    type Err = UnknownKey;

    fn from_str(written: &str) -> Result<Self, Self::Err> {
        let mut key = Key::char('\0');
        let mut rest = written;
        loop {
            if let Some(after) = rest.strip_prefix("Ctrl-").filter(|after| !after.is_empty()) {
                key.control = true;
                rest = after;
            } else if let Some(after) = rest.strip_prefix("Alt-").filter(|after| !after.is_empty()) {
                key.alt = true;
                rest = after;
            } else if let Some(after) = rest.strip_prefix("Shift-").filter(|after| !after.is_empty()) {
                key.shift = true;
                rest = after;
            } else {
                break;
            }
        }
        let unknown = || UnknownKey(written.to_owned());
        let mut characters = rest.chars();
        key.code = match (characters.next(), characters.next()) {
            (Some(character), None) => KeyCode::Char(character),
            _ => match NAMES.iter().find(|(_, name)| *name == rest) {
                Some((code, _)) => *code,
                None => rest
                    .strip_prefix('F')
                    .and_then(|number| number.parse::<u8>().ok())
                    .filter(|number| (1..=12).contains(number))
                    .map(KeyCode::Function)
                    .ok_or_else(unknown)?,
            },
        };
        Ok(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_read_back_from_its_written_form() {
        let mut keys: Vec<Key> = NAMES.iter().map(|(code, _)| Key::plain(*code)).collect();
        keys.extend((1..=12).map(|number| Key::plain(KeyCode::Function(number))));
        keys.extend(['a', 'Z', '?', '-', 'é', '中'].map(Key::char));
        for key in keys {
            for (control, alt, shift) in [(false, false, false), (true, false, false), (true, true, true)] {
                let key = Key { control, alt, shift, ..key };
                assert_eq!(key.to_string().parse(), Ok(key), "{key}");
            }
        }
    }

    #[test]
    fn a_name_that_is_no_key_is_refused_with_the_forms_that_work() {
        let error = "F13".parse::<Key>().map_err(|error| error.to_string());
        assert!(error.is_err_and(|message| message.contains("F13") && message.contains("Ctrl-c")));
    }
}
