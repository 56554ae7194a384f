//! Text in double quotes as Go's `%q` writes it, which is how BuildKit quotes words in its messages.
//!
//! Promises: the result is one line of printable text. Must not know: whose message it is for.

/// `text` quoted as Go's `%q` does.
pub fn quoted(text: &str) -> String {
    let mut result = String::with_capacity(text.len() + 2);
    result.push('"');
    for character in text.chars() {
        match character {
            '"' => result.push_str("\\\""),
            '\\' => result.push_str("\\\\"),
            '\x07' => result.push_str("\\a"),
            '\x08' => result.push_str("\\b"),
            '\x0c' => result.push_str("\\f"),
            '\n' => result.push_str("\\n"),
            '\r' => result.push_str("\\r"),
            '\t' => result.push_str("\\t"),
            '\x0b' => result.push_str("\\v"),
            control if (control as u32) < 0x20 || control as u32 == 0x7f => {
                result.push_str(&format!("\\x{:02x}", control as u32));
            }
            other if is_printable(other) => result.push(other),
            other if other as u32 > 0xffff => result.push_str(&format!("\\U{:08x}", other as u32)),
            other => result.push_str(&format!("\\u{:04x}", other as u32)),
        }
    }
    result.push('"');
    result
}

/// Go's `strconv.IsPrint`: letters, marks, numbers, punctuation, symbols, and of the spaces only U+0020. Rust's own quoting knows the
/// same classes; a mark is left as it is when it does not come first.
fn is_printable(character: char) -> bool {
    character.is_ascii_graphic() || format!("a{character}").escape_debug().nth(1) == Some(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        for (text, expected) in [
            ("a\"b\\ 'c'", r#""a\"b\\ 'c'""#),
            ("é\u{301}漢", "\"é\u{301}漢\""),
            ("\u{a0}\u{2003}\u{feff}\u{85}", r#""\u00a0\u2003\ufeff\u0085""#),
            ("\0\n\u{e0001}", r#""\x00\n\U000e0001""#),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }
}
