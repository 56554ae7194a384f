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
            control if control.is_control() => result.push_str(&format!("\\u{:04x}", control as u32)),
            other => result.push(other),
        }
    }
    result.push('"');
    result
}
