//! The block of source lines that BuildKit prints with an error or a warning.
//!
//! Promises: the same lines and marks as `solver/errdefs/source.go`: two lines of
//! context on each side of a single line, one on each side of several, and more on one side where the file ends on the other.
//! Must not know: what was wrong.

use super::place::LineRange;

/// The excerpt: `file:line`, a ruler, the lines with `>>>` before those of `marked`, and a ruler, each with its line end.
/// Nothing if the range does not lie in the text.
pub fn excerpt(file_name: &str, source: &str, marked: LineRange) -> Option<String> {
    let count = source.split('\n').count();
    let (mut start, mut end) = (marked.start, marked.end.max(marked.start).min(count));
    if start < 1 || start > count {
        return None;
    }
    let budget = if end == start { 4 } else { 2 };
    // BuildKit counts a line before, a line after, and the round itself: near an end of the file the other side gets more.
    let mut used = 0;
    while used < budget {
        if start > 1 {
            start -= 1;
            used += 1;
        }
        if end != count {
            end += 1;
            used += 1;
        }
        used += 1;
    }
    let mut text = format!("{file_name}:{}\n--------------------\n", marked.start);
    for (index, line) in source.split('\n').enumerate().skip(start - 1).take(end + 1 - start) {
        let number = index + 1;
        let mark = if marked.start <= number && number <= marked.end.max(marked.start) { ">>>" } else { "   " };
        text.push_str(&format!(" {number:3} | {mark} {line}\n"));
    }
    text.push_str("--------------------\n");
    Some(text)
}
