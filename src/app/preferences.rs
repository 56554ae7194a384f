//! What a learner prefers and wants kept, as values and as the text of a TOML file.
//!
//! Promises: `parse(&print(p)) == p`; what cannot be read is an error that names its line, never silently the standard. Must not know:
//! files, and what the terminal can do (`settings` puts both together). `docs/settings.md` describes the file for the learner.

use std::fmt::Write;

use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;

use super::key::Key;
use super::keymap::{self, BINDABLE, KeyMap, MOST_KEYS};
use super::settings::{Motion, Speed, ThemeChoice};
use crate::diagnostic::line_column;

/// The largest settings text that is read, in bytes.
pub const MAXIMUM_BYTES: usize = 64 * 1024;

/// Which signs to draw with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Signs {
    /// Those that the terminal's locale can show.
    #[default]
    Auto,
    Ascii,
    Unicode,
}

/// What is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preferences {
    pub theme: ThemeChoice,
    pub motion: Motion,
    pub speed: Speed,
    pub signs: Signs,
    pub mouse: bool,
    pub keys: KeyMap,
}

/// Why a text holds no preferences, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PreferencesError {
    #[error("it is larger than {MAXIMUM_BYTES} bytes")]
    TooLarge,
    #[error("line {line}: {problem}")]
    At { line: usize, problem: String },
}

/// The choices of a setting, by the words for them in the file.
pub const THEMES: [(&str, ThemeChoice); 6] = [
    ("auto", ThemeChoice::Auto),
    ("dark", ThemeChoice::Dark),
    ("light", ThemeChoice::Light),
    ("high-contrast", ThemeChoice::HighContrast),
    ("16", ThemeChoice::Sixteen),
    ("none", ThemeChoice::NoColour),
];
pub const MOTIONS: [(&str, Motion); 3] = [("full", Motion::Full), ("reduced", Motion::Reduced), ("off", Motion::Off)];
pub const SPEEDS: [(&str, Speed); 5] = [
    ("0.25", Speed::Quarter),
    ("0.5", Speed::Half),
    ("1", Speed::Normal),
    ("2", Speed::Double),
    ("4", Speed::Fourfold),
];
pub const SIGNS: [(&str, Signs); 3] = [("auto", Signs::Auto), ("ascii", Signs::Ascii), ("unicode", Signs::Unicode)];

/// The word for a choice.
pub fn word<T: PartialEq>(choices: &[(&'static str, T)], choice: &T) -> &'static str {
    choices.iter().find(|(_, known)| known == choice).map_or("", |(word, _)| word)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    theme: Option<Spanned<String>>,
    motion: Option<Spanned<String>>,
    speed: Option<Spanned<f64>>,
    signs: Option<Spanned<String>>,
    mouse: Option<bool>,
    #[serde(default)]
    keys: std::collections::BTreeMap<Spanned<String>, Spanned<Vec<String>>>,
}

/// Reads the text of a settings file. What it does not say is as delivered.
///
/// # Errors
/// The first thing that is wrong, with its line.
pub fn parse(text: &str) -> Result<Preferences, PreferencesError> {
    if text.len() > MAXIMUM_BYTES {
        return Err(PreferencesError::TooLarge);
    }
    let at = |place: usize, problem: String| PreferencesError::At { line: line_column(text, place).line, problem };
    let document: Document = toml::from_str(text).map_err(|error| {
        let first_line = error.message().lines().next().unwrap_or_default();
        at(error.span().map_or(0, |span| span.start), first_line.to_owned())
    })?;
    let mut preferences = Preferences { mouse: document.mouse.unwrap_or_default(), ..Preferences::default() };
    let refused = |(place, problem)| at(place, problem);
    if let Some(written) = &document.theme {
        preferences.theme = choice(&THEMES, "theme", written.span().start, written.get_ref()).map_err(refused)?;
    }
    if let Some(written) = &document.motion {
        preferences.motion = choice(&MOTIONS, "motion", written.span().start, written.get_ref()).map_err(refused)?;
    }
    if let Some(written) = &document.speed {
        let number = written.get_ref().to_string();
        preferences.speed = choice(&SPEEDS, "speed", written.span().start, &number).map_err(refused)?;
    }
    if let Some(written) = &document.signs {
        preferences.signs = choice(&SIGNS, "signs", written.span().start, written.get_ref()).map_err(refused)?;
    }
    for (name, keys) in &document.keys {
        let Some(bindable) = keymap::find(name.get_ref()) else {
            let known: Vec<&str> = BINDABLE.iter().map(|bindable| bindable.name).collect();
            let problem = format!("no action is called {:?}; there are {}", name.get_ref(), known.join(", "));
            return Err(at(name.span().start, problem));
        };
        for written in keys.get_ref() {
            let key: Key = written.parse().map_err(|error| at(keys.span().start, format!("{error}")))?;
            if !preferences.keys.add(bindable, key) {
                let problem = format!("{written:?} keeps its meaning, or {} has more than {MOST_KEYS}", bindable.name);
                return Err(at(keys.span().start, problem));
            }
        }
    }
    Ok(preferences)
}

fn choice<T: Copy>(
    choices: &[(&'static str, T)],
    setting: &str,
    place: usize,
    written: &str,
) -> Result<T, (usize, String)> {
    choices.iter().find(|(word, _)| *word == written).map(|(_, choice)| *choice).ok_or_else(|| {
        let known: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        (place, format!("{setting} cannot be {written:?}; it can be {}", known.join(", ")))
    })
}

/// The text of a settings file, with what each line can be.
pub fn print(preferences: &Preferences) -> String {
    let mut text = String::from(
        "# Layerlab's settings. The settings screen writes this file; you may edit it too, while Layerlab does not run.\n",
    );
    let quoted = |word: &str| toml::Value::String(word.to_owned()).to_string();
    let lines = [
        ("theme", list(&THEMES), quoted(word(&THEMES, &preferences.theme))),
        ("motion", list(&MOTIONS), quoted(word(&MOTIONS, &preferences.motion))),
        ("speed", list(&SPEEDS), word(&SPEEDS, &preferences.speed).to_owned()),
        ("signs", list(&SIGNS), quoted(word(&SIGNS, &preferences.signs))),
        ("mouse", "true, false".to_owned(), preferences.mouse.to_string()),
    ];
    for (name, choices, value) in lines {
        // Writing to a string cannot fail.
        let _written = write!(text, "\n# {choices}\n{name} = {value}\n");
    }
    text.push_str(
        "\n# Keys of your own beside the delivered ones: action = [\"key\", …], as in undo = [\"Ctrl-u\"].\n[keys]\n",
    );
    for (name, keys) in preferences.keys.iter() {
        let keys: Vec<String> = keys.iter().map(|key| quoted(&key.to_string())).collect();
        let _written = writeln!(text, "{name} = [{}]", keys.join(", "));
    }
    text
}

fn list<T>(choices: &[(&'static str, T)]) -> String {
    choices.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_back() {
        assert_eq!(parse(&print(&Preferences::default())), Ok(Preferences::default()));
        let mut preferences = Preferences { mouse: true, signs: Signs::Ascii, ..Preferences::default() };
        for (number, bindable) in BINDABLE.into_iter().enumerate() {
            let sign = char::from(b'!' + u8::try_from(number).unwrap());
            preferences.keys.add(bindable, Key::char(sign));
            preferences.keys.add(bindable, Key { alt: true, ..Key::char(sign) });
        }
        for (_, theme) in THEMES {
            for (_, motion) in MOTIONS {
                for (_, speed) in SPEEDS {
                    let preferences = Preferences { theme, motion, speed, ..preferences.clone() };
                    assert_eq!(parse(&print(&preferences)), Ok(preferences));
                }
            }
        }
    }

    #[test]
    fn what_a_file_does_not_say_is_as_delivered() {
        assert_eq!(parse(""), Ok(Preferences::default()));
        assert_eq!(parse("speed = 2.0").map(|preferences| preferences.speed), Ok(Speed::Double));
    }

    #[test]
    fn every_mistake_is_told_with_its_line_and_what_would_be_right() {
        let mistakes = [
            ("theme = \"drak\"", "line 1: theme cannot be \"drak\"; it can be auto, dark"),
            ("mouse = true\nspeed = 3", "line 2: speed cannot be \"3\"; it can be 0.25, 0.5"),
            ("\n\nmouse = 7", "line 3: invalid type"),
            ("colour = 1", "line 1: unknown field `colour`"),
            ("theme = ", "line 1: "),
            ("[keys]\nundoo = [\"x\"]", "line 2: no action is called \"undoo\"; there are undo, redo"),
            ("[keys]\nundo = [\"Hyper-x\"]", "line 2: no key is called \"Hyper-x\""),
            ("[keys]\nundo = [\"Esc\"]", "line 2: \"Esc\" keeps its meaning"),
        ];
        for (text, expected) in mistakes {
            let said = parse(text).unwrap_err().to_string();
            assert!(said.starts_with(expected), "{text:?}: {said}");
        }
        assert_eq!(parse(&"#".repeat(MAXIMUM_BYTES + 1)), Err(PreferencesError::TooLarge));
    }
}
