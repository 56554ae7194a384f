//! The small Markdown of lessons as plain data: blocks of inline parts, which a view turns into styled lines.
//!
//! Promises: no markup is lost or guessed: what is not emphasis, code, list or paragraph stays as it was written; a
//! `{name}` outside of code is a value of the step. Must not know how anything looks.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A piece of running text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    /// Plain words.
    Plain(String),
    /// Words to stress.
    Emphasis(String),
    /// Words to stress strongly.
    Strong(String),
    /// A command, name or path.
    Code(String),
    /// The value of that name, which the model gives.
    Value(String),
    /// A new line that the author wants.
    Break,
}

/// A part of a text, set off from the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Running text.
    Paragraph(Vec<Inline>),
    /// An entry of a list.
    Item {
        /// How deep in lists, 0 the outermost.
        depth: usize,
        /// Its number in a numbered list; none in one with dots.
        number: Option<u64>,
        /// Its words.
        text: Vec<Inline>,
    },
    /// Lines shown as they are.
    Code {
        /// What is written after the fence, such as `dockerfile`; may be empty.
        language: String,
        /// The lines.
        text: String,
    },
}

/// Whether a `{name}` may have this name: lower-case letters, digits and `_`, the first a letter.
pub fn is_value_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '_')
}

/// The names of all values in a text, in their order, repeated if they are.
pub fn value_names(text: &str) -> Vec<String> {
    let inlines = blocks(text).into_iter().flat_map(|block| match block {
        Block::Paragraph(text) | Block::Item { text, .. } => text,
        Block::Code { .. } => Vec::new(),
    });
    inlines.filter_map(|inline| if let Inline::Value(name) = inline { Some(name) } else { None }).collect()
}

/// Takes a text apart.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut builder = Builder::default();
    for event in Parser::new_ext(text, Options::empty()) {
        builder.take(event);
    }
    builder.close();
    builder.blocks
}

#[derive(Default)]
struct Builder {
    blocks: Vec<Block>,
    inlines: Vec<Inline>,
    /// For each list that is open, the number of its next entry.
    lists: Vec<Option<u64>>,
    /// The entry whose words are being read: its depth and number.
    item: Option<(usize, Option<u64>)>,
    emphasis: usize,
    strong: usize,
    code: Option<(String, String)>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Text(words) => self.words(&words),
            Event::Code(words) => self.inlines.push(Inline::Code(words.into_string())),
            // A lesson is not a web page: what looks like HTML is words, as in `docker run <image>`.
            Event::Html(words) | Event::InlineHtml(words) => self.plain(words.trim_end_matches('\n')),
            Event::SoftBreak => self.plain(" "),
            Event::HardBreak => self.inlines.push(Inline::Break),
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Emphasis => self.emphasis += 1,
            Tag::Strong => self.strong += 1,
            Tag::Heading { .. } => {
                self.close();
                self.strong += 1;
            }
            Tag::List(first) => {
                self.close();
                self.lists.push(first);
            }
            Tag::Item => {
                self.close();
                let depth = self.lists.len().saturating_sub(1);
                let number = self.lists.last().copied().flatten();
                if let Some(Some(next)) = self.lists.last_mut() {
                    *next = next.saturating_add(1);
                }
                self.item = Some((depth, number));
            }
            Tag::CodeBlock(kind) => {
                self.close();
                let language = match kind {
                    CodeBlockKind::Fenced(language) => language.into_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((language, String::new()));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis => self.emphasis = self.emphasis.saturating_sub(1),
            TagEnd::Strong => self.strong = self.strong.saturating_sub(1),
            TagEnd::Heading(_) => {
                self.close();
                self.strong = self.strong.saturating_sub(1);
            }
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.close(),
            TagEnd::Item => {
                self.close();
                self.item = None;
            }
            TagEnd::List(_) => {
                self.close();
                self.lists.pop();
            }
            TagEnd::CodeBlock => {
                if let Some((language, text)) = self.code.take() {
                    self.blocks.push(Block::Code { language, text: text.trim_end_matches('\n').to_owned() });
                }
            }
            _ => {}
        }
    }

    fn words(&mut self, words: &str) {
        if let Some((_, text)) = &mut self.code {
            text.push_str(words);
            return;
        }
        let mut rest = words;
        while let Some(open) = rest.find('{') {
            let inside = &rest[open + 1..];
            match inside.find('}').map(|close| &inside[..close]).filter(|name| is_value_name(name)) {
                Some(name) => {
                    self.plain(&rest[..open]);
                    self.inlines.push(Inline::Value(name.to_owned()));
                    rest = &inside[name.len() + 1..];
                }
                None => {
                    self.plain(&rest[..=open]);
                    rest = inside;
                }
            }
        }
        self.plain(rest);
    }

    /// Adds words in the present style; neighbours of the same style become one.
    fn plain(&mut self, words: &str) {
        if words.is_empty() {
            return;
        }
        let last = self.inlines.last_mut();
        let (strong, emphasis) = (self.strong > 0, self.emphasis > 0);
        match last {
            Some(Inline::Strong(text)) if strong => text.push_str(words),
            Some(Inline::Emphasis(text)) if emphasis && !strong => text.push_str(words),
            Some(Inline::Plain(text)) if !emphasis && !strong => text.push_str(words),
            _ if strong => self.inlines.push(Inline::Strong(words.to_owned())),
            _ if emphasis => self.inlines.push(Inline::Emphasis(words.to_owned())),
            _ => self.inlines.push(Inline::Plain(words.to_owned())),
        }
    }

    fn close(&mut self) {
        let text = std::mem::take(&mut self.inlines);
        if text.is_empty() {
            return;
        }
        self.blocks.push(match self.item {
            Some((depth, number)) => Block::Item { depth, number, text },
            None => Block::Paragraph(text),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(words: &str) -> Inline {
        Inline::Plain(words.to_owned())
    }

    #[test]
    fn emphasis_code_values_and_paragraphs() {
        assert_eq!(
            blocks("Layers are *read-only*.\nRun `docker {x}`, **now**:\n\nit takes {size}, {not a name} {"),
            vec![
                Block::Paragraph(vec![
                    plain("Layers are "),
                    Inline::Emphasis("read-only".into()),
                    plain(". Run "),
                    Inline::Code("docker {x}".into()),
                    plain(", "),
                    Inline::Strong("now".into()),
                    plain(":"),
                ]),
                Block::Paragraph(vec![plain("it takes "), Inline::Value("size".into()), plain(", {not a name} {")]),
            ]
        );
        assert_eq!(value_names("{a} `{b}` {c_1}{a}"), ["a", "c_1", "a"]);
    }

    #[test]
    fn lists_keep_depth_and_number() {
        let item = |depth, number, words| Block::Item { depth, number, text: vec![plain(words)] };
        assert_eq!(
            blocks("- one\n- two\n  1. deep\n  2. deeper\n- three\n\nend"),
            vec![
                item(0, None, "one"),
                item(0, None, "two"),
                item(1, Some(1), "deep"),
                item(1, Some(2), "deeper"),
                item(0, None, "three"),
                Block::Paragraph(vec![plain("end")]),
            ]
        );
    }

    #[test]
    fn code_blocks_and_what_looks_like_html_stay_as_written() {
        assert_eq!(
            blocks("```dockerfile\nFROM alpine\nRUN a {b}\n```\nrun <image>"),
            vec![
                Block::Code { language: "dockerfile".into(), text: "FROM alpine\nRUN a {b}".into() },
                Block::Paragraph(vec![plain("run <image>")]),
            ]
        );
        assert!(blocks("").is_empty());
    }
}
