//! Makes text safe to show: what could steer the terminal is shown, not obeyed.
//!
//! Promises: no control character, no bidirectional override and no invisible joiner comes out; tabs become spaces. Text that is
//! clean already is not copied. Must not know: where the text goes.

use std::borrow::Cow;

/// How many spaces a tab becomes outside a terminal pane.
const TAB: &str = "    ";

/// One line of text as it may be shown. A line end inside it is shown as its picture.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().all(|character| verdict(character) == Verdict::Keep) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match verdict(character) {
            Verdict::Keep => shown.push(character),
            Verdict::Replace(with) => shown.push(with),
            Verdict::Tab => shown.push_str(TAB),
            Verdict::Drop => {}
        }
    }
    Cow::Owned(shown)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Keep,
    Replace(char),
    Tab,
    Drop,
}

fn verdict(character: char) -> Verdict {
    match character {
        '\t' => Verdict::Tab,
        // The Unicode «control pictures» have the same order as the controls that they show.
        '\0'..='\u{1f}' => Verdict::Replace(char::from_u32(0x2400 + character as u32).unwrap_or('\u{fffd}')),
        '\u{7f}' => Verdict::Replace('\u{2421}'),
        // C1 controls (some terminals obey U+009B as CSI), line separators, bidirectional marks and overrides.
        '\u{80}'..='\u{9f}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{e0000}'..='\u{e007f}' => Verdict::Replace('\u{fffd}'),
        // Invisible: soft hyphen, zero-width spaces and joiners, variation selectors (which change a cell's width), byte order mark.
        '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' => Verdict::Drop,
        _ => Verdict::Keep,
    }
}

/// The text in ASCII: signs that have a plain twin become it, the rest `?`. It expects clean text.
pub fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(ascii_twin).collect())
}

fn ascii_twin(character: char) -> char {
    match character {
        _ if character.is_ascii() => character,
        '«' | '»' | '“' | '”' | '„' => '"',
        '‘' | '’' | '‚' => '\'',
        '–' | '—' | '−' | '‐' | '‑' | '─' | '━' | '┄' | '╌' => '-',
        '…' | '·' | '•' => '.',
        '→' | '▸' | '▶' | '▷' => '>',
        '←' | '◂' | '◀' => '<',
        '↑' | '▲' => '^',
        '↓' | '▼' => 'v',
        '│' | '┃' | '┊' => '|',
        '×' => 'x',
        '✓' => '+',
        '\u{a0}' => ' ',
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_escape_sequence_is_shown_and_not_obeyed() {
        assert_eq!(clean("\u{1b}[2Jgone"), "\u{241b}[2Jgone");
        assert_eq!(clean("\u{9b}31m"), "\u{fffd}31m");
        assert_eq!(clean("a\tb\nc\u{7f}"), "a    b\u{240a}c\u{2421}");
        assert_eq!(clean("safe\u{202e}fdp.exe"), "safe\u{fffd}fdp.exe");
    }

    #[test]
    fn clean_text_is_left_alone() {
        assert!(matches!(clean("plain, 中文, é"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn nothing_that_steers_a_terminal_comes_out(text in any::<String>()) {
            let shown = clean(&text);
            prop_assert!(!shown.chars().any(char::is_control));
            prop_assert!(ascii(&shown).is_ascii());
        }
    }
}
