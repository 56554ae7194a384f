//! `--detach-keys`: the keys that leave a container without ending it.
//!
//! Promises: what `moby/term` reads is read, the rest refused as Docker refuses it. Must not know how keys arrive: leaving by keys is
//! not modelled, so they matter only where somebody could press them.

/// Whether this is a list of keys: letters, and `ctrl-` with a letter or one of `@[\]^_`.
pub fn are_valid(text: &str) -> bool {
    let is_key = |key: &str| {
        let mut letters = key.chars();
        if letters.next().is_some() && letters.next().is_none() {
            return true;
        }
        let lower = key.to_lowercase();
        let control = lower.strip_prefix("ctrl-").map(str::as_bytes);
        key == "DEL" || matches!(control, Some([b'@' | b'[' | b'\\' | b']' | b'^' | b'_' | b'a'..=b'z']))
    };
    text.is_empty() || text.split(',').all(is_key)
}

#[cfg(test)]
mod tests {
    use super::are_valid;

    #[test]
    fn keys_are_letters_and_letters_with_control() {
        for good in ["", "a", "ctrl-p,ctrl-q", "ctrl-@", "CTRL-X,b", "DEL"] {
            assert!(are_valid(good), "{good}");
        }
        for bad in ["bogus", "ctrl-", "ctrl-ab", "a,,b", "alt-a"] {
            assert!(!are_valid(bad), "{bad}");
        }
    }
}
