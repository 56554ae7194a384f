//! Breaks styled text into lines of a given width.
//!
//! Promises: no line is wider than the width (in cells, so that wide characters count double), words stay whole where they fit, nothing
//! but the spaces at a break is lost, and styles stay with their text. Must not know: where the lines are drawn.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::clean::clean;

/// How wide a text is, in cells.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The beginning of `text` that fits into `cells`, with `ellipsis` (one cell wide) at its end if something was cut off.
pub fn truncate(text: &str, cells: usize, ellipsis: &str) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let Some(room) = cells.checked_sub(1) else { return String::new() };
    let mut taken = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        used += width(grapheme);
        if used > room {
            break;
        }
        taken.push_str(grapheme);
    }
    taken + ellipsis
}

/// A piece of text that no break may divide unless it alone is too wide.
struct Word {
    graphemes: Vec<(String, Style)>,
    width: usize,
    space: bool,
}

/// Wraps one paragraph; line ends in the text end a line. Every continuation line begins with `indent` spaces.
pub fn wrap(spans: &[Span<'_>], cells: usize, indent: usize) -> Vec<Line<'static>> {
    let indent = if indent + 4 <= cells { indent } else { 0 };
    let mut lines = Lines { done: Vec::new(), current: Vec::new(), used: 0, cells: cells.max(1), indent };
    let mut paragraph: Vec<(String, Style)> = Vec::new();
    for span in spans {
        for (number, part) in span.content.split('\n').enumerate() {
            if number > 0 {
                lines.paragraph(&std::mem::take(&mut paragraph));
                lines.end_line();
            }
            paragraph.extend(clean(part).graphemes(true).map(|grapheme| (grapheme.to_owned(), span.style)));
        }
    }
    lines.paragraph(&paragraph);
    lines.end_line();
    lines.done.into_iter().map(line_of).collect()
}

/// Wraps text of one style.
pub fn wrap_text(text: &str, style: Style, cells: usize) -> Vec<Line<'static>> {
    wrap(&[Span::styled(text, style)], cells, 0)
}

struct Lines {
    done: Vec<Vec<(String, Style)>>,
    current: Vec<(String, Style)>,
    used: usize,
    cells: usize,
    indent: usize,
}

impl Lines {
    fn paragraph(&mut self, graphemes: &[(String, Style)]) {
        for word in words(graphemes) {
            if self.used + word.width <= self.cells {
                self.take(word.graphemes, word.width);
            } else if word.space {
                // A break takes the place of the spaces.
                self.break_line();
            } else {
                if self.used > self.line_start() {
                    self.break_line();
                }
                self.take_in_pieces(word);
            }
        }
    }

    /// Where text begins on the line: after the indent on continuation lines.
    fn line_start(&self) -> usize {
        if self.done.is_empty() { 0 } else { self.indent }
    }

    fn take(&mut self, graphemes: Vec<(String, Style)>, width: usize) {
        self.current.extend(graphemes);
        self.used += width;
    }

    /// A word that may be wider than a whole line.
    fn take_in_pieces(&mut self, word: Word) {
        for (grapheme, style) in word.graphemes {
            let width = width(&grapheme);
            if self.used + width > self.cells {
                self.break_line();
            }
            if width <= self.cells {
                self.take(vec![(grapheme, style)], width);
            }
        }
    }

    fn break_line(&mut self) {
        self.end_line();
        if self.indent > 0 {
            self.take(vec![(" ".repeat(self.indent), Style::new())], self.indent);
        }
    }

    fn end_line(&mut self) {
        let mut line = std::mem::take(&mut self.current);
        while line.last().is_some_and(|(grapheme, _)| grapheme.trim().is_empty()) {
            line.pop();
        }
        self.done.push(line);
        self.used = 0;
    }
}

fn words(graphemes: &[(String, Style)]) -> Vec<Word> {
    graphemes
        .chunk_by(|(one, _), (other, _)| (one == " ") == (other == " "))
        .map(|chunk| Word {
            width: chunk.iter().map(|(grapheme, _)| width(grapheme)).sum(),
            space: chunk.first().is_some_and(|(grapheme, _)| grapheme == " "),
            graphemes: chunk.to_vec(),
        })
        .collect()
}

/// Joins neighbours of the same style into spans.
fn line_of(graphemes: Vec<(String, Style)>) -> Line<'static> {
    let spans = graphemes.chunk_by(|(_, one), (_, other)| one == other).map(|chunk| {
        let text: String = chunk.iter().map(|(grapheme, _)| grapheme.as_str()).collect();
        Span::styled(text, chunk.first().map_or_else(Style::new, |(_, style)| *style))
    });
    Line::from(spans.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wrapped(text: &str, cells: usize) -> Vec<String> {
        wrap_text(text, Style::new(), cells).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn words_stay_whole_and_line_ends_are_kept() {
        assert_eq!(wrapped("a layer never changes", 10), ["a layer", "never", "changes"]);
        assert_eq!(wrapped("one\n\ntwo", 10), ["one", "", "two"]);
        assert_eq!(wrapped("", 10), [""]);
    }

    #[test]
    fn what_is_wider_than_a_line_is_broken() {
        assert_eq!(wrapped("sha256:0123456789", 8), ["sha256:0", "12345678", "9"]);
        assert_eq!(wrapped("层层层层", 5), ["层层", "层层"]);
    }

    #[test]
    fn continuation_lines_are_indented() {
        let lines = wrap(&[Span::raw("- copied up from the layer below")], 14, 2);
        let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        assert_eq!(lines, ["- copied up", "  from the", "  layer below"]);
    }

    #[test]
    fn a_cut_text_says_that_it_is_cut() {
        assert_eq!(truncate("nginx:1.27", 6, "…"), "nginx…");
        assert_eq!(truncate("nginx", 5, "…"), "nginx");
        assert_eq!(truncate("层层层", 4, "…"), "层…");
        assert_eq!(truncate("nginx", 0, "…"), "");
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_nothing_but_spaces_is_lost(text in "[ -~é中\n]{0,80}", cells in 2_usize..40) {
            let lines = wrapped(&text, cells);
            prop_assert!(lines.iter().all(|line| width(line) <= cells), "{lines:?}");
            let without_space = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(without_space(&lines.concat()), without_space(&text));
        }
    }
}
