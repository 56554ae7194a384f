//! The text of a Dockerfile from its bytes.
//!
//! Promises: an answer for any bytes. Must not know: what the text means.

/// The text. BuildKit looks for flags byte by byte, and there the lone bytes 0x85 and 0xA0 are blanks to Go (`unicode.IsSpace` of U+0085
/// and U+00A0): such a byte becomes that character. What else is no UTF-8 becomes U+FFFD. Source: moby/buildkit,
/// `frontend/dockerfile/parser/split_command.go`; seen with buildx 0.29.1: `FROM \x85` has no argument.
pub fn decoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        match chunk.invalid() {
            [] => {}
            [blank @ (0x85 | 0xa0)] => text.push(char::from(*blank)),
            _ => text.push(char::REPLACEMENT_CHARACTER),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::daemon::build::dockerfile::parse;

    #[test]
    fn a_lone_blank_byte_is_no_argument() {
        let error = parse(&decoded(b"FROM \x85")).expect_err("no image is named");
        assert!(error.to_string().contains("FROM requires either one or three arguments"), "{error}");
        assert_eq!(decoded(b"\xc3\xa9\xff\xa0"), "é\u{fffd}\u{a0}");
    }
}
