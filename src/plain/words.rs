//! Words as lines: paragraphs wrapped, lists, code, and lines set in.
//!
//! Promises: no word is lost; only a single word that is longer than a line makes a line longer than [`WIDTH`]. Must not know: what
//! the words are about.

use unicode_width::UnicodeWidthStr;

use crate::lesson::text::{Block, Inline, blocks};

/// How wide wrapped text is, in columns.
pub const WIDTH: usize = 78;
/// What stands before the cursor where no command is typed.
pub const PROMPT: &str = "> ";
/// How deep each level of a list is set in, in columns.
const LIST_INDENT: usize = 2;

/// Text that grows line by line.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
}

impl Page {
    /// One line, as it is.
    pub fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// An empty line; never two together, and none at the beginning.
    pub fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Words that follow `lead`, wrapped; the lines after the first are set in below them.
    pub fn wrapped(&mut self, lead: &str, words: &str) {
        let indent = lead.width();
        for (number, line) in words.split('\n').enumerate() {
            let lead = if number == 0 { lead.to_owned() } else { " ".repeat(indent) };
            self.wrap_line(&lead, indent, line);
        }
    }

    fn wrap_line(&mut self, lead: &str, indent: usize, words: &str) {
        let mut line = lead.to_owned();
        let mut empty = true;
        for word in words.split_whitespace() {
            if !empty && line.width() + 1 + word.width() > WIDTH {
                self.line(line.trim_end());
                line = " ".repeat(indent);
                empty = true;
            }
            if !empty {
                line.push(' ');
            }
            line.push_str(word);
            empty = false;
        }
        self.line(line.trim_end());
    }

    /// Small Markdown, after `lead`.
    pub fn markdown(&mut self, lead: &str, text: &str) {
        let indent = " ".repeat(lead.width());
        let mut lead = lead.to_owned();
        let mut after_item = None;
        for block in blocks(text) {
            let is_item = matches!(block, Block::Item { .. });
            if after_item.is_some_and(|after_item| !(after_item && is_item)) {
                self.gap();
            }
            after_item = Some(is_item);
            match block {
                Block::Paragraph(inlines) => self.wrapped(&lead, &plain(&inlines)),
                Block::Item { depth, number, text } => {
                    let sign = number.map_or_else(|| "-".to_owned(), |number| format!("{number}."));
                    let deep = " ".repeat(LIST_INDENT.saturating_mul(depth).min(WIDTH / 2));
                    self.wrapped(&format!("{lead}{deep}{sign} "), &plain(&text));
                }
                Block::Code { text, .. } => text.lines().for_each(|line| self.line(&format!("{indent}    {line}"))),
            }
            lead.clone_from(&indent);
        }
    }

    /// All that was written.
    pub fn finish(self) -> String {
        self.text
    }
}

/// Words without their styles; a command keeps its backquotes, so that it is told apart from the words around it.
fn plain(inlines: &[Inline]) -> String {
    let word = |inline: &Inline| match inline {
        Inline::Plain(words) | Inline::Emphasis(words) | Inline::Strong(words) => words.clone(),
        Inline::Code(words) => format!("`{words}`"),
        Inline::Value(name) => format!("{{{name}}}"),
        Inline::Break => "\n".to_owned(),
    };
    inlines.iter().map(word).collect()
}

/// `1 step`, `2 steps`.
pub fn count(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_and_set_in() {
        let mut page = Page::default();
        page.markdown("  1) ", &"a **word** and `code` ".repeat(10));
        let text = page.finish();
        assert!(text.starts_with("  1) a word and `code` a word"), "{text}");
        assert!(text.lines().skip(1).all(|line| line.starts_with("     ")), "{text}");
        assert!(text.lines().all(|line| line.width() <= WIDTH), "{text}");
    }

    #[test]
    fn lists_and_code_stand_on_lines_of_their_own() {
        let mut page = Page::default();
        page.markdown("", "Two:\n\n- one\n- two\n\n```\nFROM a\n```");
        assert_eq!(page.finish(), "Two:\n\n- one\n- two\n\n    FROM a\n");
    }
}
