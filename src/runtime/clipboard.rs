//! Puts text on the clipboard of the learner's terminal (OSC 52), also across SSH.
//!
//! Promises: one sequence, of bounded length, in which the text cannot break out. Must not know: what is copied.
//! Source: XTerm Control Sequences, «Operating System Commands», 52; RFC 4648, 4 (base 64).

/// The most bytes of text that are copied: several terminals drop longer sequences.
const LONGEST: usize = 74_994;

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The sequence that copies `text`.
pub fn copy(text: &str) -> String {
    let bytes = text.as_bytes();
    format!("\x1b]52;c;{}\x07", base64(bytes.get(..LONGEST).unwrap_or(bytes)))
}

fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |position: usize| u32::from(chunk.get(position).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4_usize {
            let value = (bits >> (18 - 6 * digit)) & 63;
            let sign = usize::try_from(value).ok().and_then(|value| DIGITS.get(value)).copied().unwrap_or(b'=');
            text.push(if digit <= chunk.len() { char::from(sign) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 4648, 10.
    #[test]
    fn base64_is_as_the_standard_has_it() {
        let expected = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
        for (length, expected) in expected.iter().enumerate() {
            assert_eq!(base64(&b"foobar"[..length]), *expected);
        }
    }

    #[test]
    fn a_copy_is_one_sequence() {
        assert_eq!(copy("\x07\x1b"), "\x1b]52;c;Bxs=\x07");
    }
}
