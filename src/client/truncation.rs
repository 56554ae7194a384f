//! Short forms of long texts: IDs cut to 12 digits, commands cut with an ellipsis.
//!
//! Promises: the results of `formatter.TruncateID` and `formatter.Ellipsis` of the docker command line.

use unicode_width::UnicodeWidthChar;

const SHORT_ID_LENGTH: usize = 12;
/// The width of the COMMAND column of `docker ps`, within its quotation marks.
pub const COMMAND_WIDTH: usize = 20;

/// An ID without its algorithm, cut to 12 characters.
pub fn truncate_id(id: &str) -> &str {
    let id = id.split_once(':').map_or(id, |(_, digits)| digits);
    match id.get(..SHORT_ID_LENGTH).filter(|short| short.is_ascii()) {
        Some(short) => short,
        None => id.char_indices().nth(SHORT_ID_LENGTH).map_or(id, |(end, _)| &id[..end]),
    }
}

/// `text` within `width` columns, with `…` at the end if something had to go.
pub fn ellipsis(text: &str, width: usize) -> String {
    if width <= 1 {
        return text.chars().take(width).collect();
    }
    // No character is wider than it has bytes.
    if text.len() <= width {
        return text.to_owned();
    }
    let columns = |character: char| if character.width() == Some(2) { 2 } else { 1 };
    if text.chars().map(columns).sum::<usize>() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for character in text.chars() {
        used += columns(character);
        if used > width - 1 {
            break;
        }
        kept.push(character);
    }
    kept.push('…');
    kept
}

/// A container's command as `docker ps` shows it: in quotation marks, cut unless `whole` is wanted.
pub fn command_column(command: &str, whole: bool) -> String {
    if whole { super::units::go_quote(command) } else { super::units::go_quote(&ellipsis(command, COMMAND_WIDTH)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_and_commands_are_cut_as_docker_cuts_them() {
        assert_eq!(truncate_id("sha256:2db4ee9cf6ad80c42adff4ef6d13"), "2db4ee9cf6ad");
        assert_eq!(truncate_id("abc"), "abc");
        assert_eq!(command_column("sh -c 'echo out; echo err >&2'", false), "\"sh -c 'echo out; ec…\"");
        assert_eq!(command_column("sleep 300", false), "\"sleep 300\"");
        assert_eq!(command_column("sh -c \"x\"", true), "\"sh -c \\\"x\\\"\"");
        let history = ellipsis("sh -c dd if=/dev/zero of=/big bs=1000 count=5000", 45);
        assert_eq!(history, "sh -c dd if=/dev/zero of=/big bs=1000 count=…");
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_asked(text in "\\PC{0,60}", width in 2_usize..40) {
            let cut = ellipsis(&text, width);
            prop_assert!(cut == text || cut.ends_with('…'));
            let columns = |character: char| if character.width() == Some(2) { 2 } else { 1 };
            let used: usize = cut.chars().map(columns).sum();
            prop_assert!(used <= width);
            prop_assert!(truncate_id(&text).chars().count() <= 12);
        }
    }
}
