//! A message that points at a place in a file and says what to do.
//!
//! Promises: messages come sorted by place, all of them at once; text from a file is shown, never obeyed (a control
//! character becomes a visible sign); a long line is cut. A leaf: it knows no other module of Layerlab, and no file,
//! terminal or colour setting: it is given the text of the file, and asked for plain or styled lines.

use std::collections::BTreeMap;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

/// Messages kept for one collection. A file that is wrong in more places is not read to its end by anyone.
const KEPT: usize = 200;
/// Lines of a file shown for one message.
const EXCERPT_LINES: usize = 4;
/// Characters of a line shown after the place begins; the renderer cuts those far before it.
const EXCERPT_CHARS: usize = 100;
/// A place farther right in its line is named, and its line not shown.
const EXCERPT_COLUMNS: usize = 20_000;
/// Columns of a rendered message.
const WIDTH: usize = 120;
/// Characters of a title, label or note that are shown.
const MESSAGE_CHARS: usize = 600;

/// A range of bytes in a file: from `start` up to, not including, `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl From<std::ops::Range<usize>> for Span {
    fn from(range: std::ops::Range<usize>) -> Self {
        Self { start: range.start, end: range.end }
    }
}

/// How grave a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used, and something in it is probably not meant.
    Warning,
}

/// A line and column of a file, both counted from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

/// One message about one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How grave it is.
    pub severity: Severity,
    /// The file, as the user named it.
    pub file: String,
    /// The place; none if the message is about the whole file.
    pub span: Option<Span>,
    /// What is wrong, in one sentence without a full stop.
    pub title: String,
    /// What is said at the place itself.
    pub label: Option<String>,
    /// What should stand there.
    pub expected: Option<String>,
    /// The known name that was probably meant.
    pub suggestion: Option<String>,
    /// Why it is so, or what to do.
    pub note: Option<String>,
}

impl Diagnostic {
    /// An error about `file`, as yet without a place.
    pub fn error(file: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            file: file.into(),
            span: None,
            title: title.into(),
            label: None,
            expected: None,
            suggestion: None,
            note: None,
        }
    }

    /// A warning about `file`, as yet without a place.
    pub fn warning(file: impl Into<String>, title: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(file, title) }
    }

    /// Points at a place.
    pub fn at(mut self, span: impl Into<Span>) -> Self {
        self.span = Some(span.into());
        self
    }

    /// Says something at the place itself.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Says what should stand there.
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Asks «did you mean …?» with the nearest of the known names, if one is near.
    pub fn did_you_mean<'n>(mut self, written: &str, known: impl IntoIterator<Item = &'n str>) -> Self {
        self.suggestion = nearest(written, known).map(str::to_owned);
        self
    }

    /// Says why it is so, or what to do.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

/// The known name that `written` was probably meant to be; none if all are far from it.
pub fn nearest<'n>(written: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    // Above this length a name is no slip of the finger, and comparing is slow.
    if written.len() > 80 {
        return None;
    }
    let lower = written.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for name in known {
        let mut likeness = strsim::normalized_damerau_levenshtein(&lower, &name.to_lowercase());
        let shorter = lower.len().min(name.len());
        if shorter >= 3 && (name.starts_with(&lower) || lower.starts_with(name)) {
            likeness = likeness.max(0.7);
        }
        if likeness >= 0.55 && best.is_none_or(|(best, _)| likeness > best) {
            best = Some((likeness, name));
        }
    }
    best.map(|(_, name)| name)
}

/// Text in which every control character, and every sign that reorders text, is a visible sign. New lines and tabs stay.
pub fn shown(text: &str) -> String {
    text.chars().map(|sign| if matches!(sign, '\n' | '\t') { sign } else { shown_char(sign) }).collect()
}

/// The visible sign for one character: itself, unless a terminal would obey it.
pub fn shown_char(sign: char) -> char {
    match sign {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + sign as u32).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        // C1 controls, bidirectional marks and invisible separators: a terminal or a reader could be deceived by them.
        '\u{80}'..='\u{9f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' => '\u{fffd}',
        _ => sign,
    }
}

/// How messages are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rendering {
    /// Text alone, for logs, pipes and tests.
    Plain,
    /// With ANSI colours, for a terminal.
    Styled,
}

/// Messages about one or more files, sorted by file and place, with the text of the files to quote from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics {
    sources: BTreeMap<String, Arc<str>>,
    found: Vec<Diagnostic>,
    left_out: usize,
}

impl Diagnostics {
    /// An empty collection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the text of a file, from which messages about it will quote.
    pub fn add_source(&mut self, file: impl Into<String>, text: impl Into<Arc<str>>) {
        self.sources.insert(file.into(), text.into());
    }

    /// Adds a message in its place. The same message twice is kept once; beyond 200 they are only counted.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let key = sort_key(&diagnostic);
        let index = self.found.partition_point(|other| sort_key(other) <= key);
        if index > 0 && self.found.get(index - 1) == Some(&diagnostic) {
            return;
        }
        if self.found.len() >= KEPT {
            self.left_out += 1;
            return;
        }
        self.found.insert(index, diagnostic);
    }

    /// Takes over all messages and file texts of another collection.
    pub fn append(&mut self, other: Diagnostics) {
        self.sources.extend(other.sources);
        self.left_out += other.left_out;
        for diagnostic in other.found {
            self.push(diagnostic);
        }
    }

    /// The messages, sorted by file and place.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.found.iter()
    }

    /// How many messages there are.
    pub fn len(&self) -> usize {
        self.found.len() + self.left_out
    }

    /// Whether there is no message.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Whether one of the messages is an error.
    pub fn has_errors(&self) -> bool {
        self.found.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// The line and column a message points at; none without a place or without the file's text.
    pub fn line_column(&self, diagnostic: &Diagnostic) -> Option<LineColumn> {
        let source = self.sources.get(&diagnostic.file)?;
        Some(line_column(source, diagnostic.span?.start))
    }

    /// All messages with an excerpt of the file each, as text that ends with a new line; empty if there is none.
    pub fn render(&self, rendering: Rendering) -> String {
        let renderer = match rendering {
            Rendering::Plain => Renderer::plain(),
            Rendering::Styled => Renderer::styled(),
        };
        let renderer = renderer.term_width(WIDTH);
        let mut text = String::new();
        for diagnostic in &self.found {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&renderer.render(&[self.group(diagnostic)]));
            text.push('\n');
        }
        if self.left_out > 0 {
            text.push_str(&format!("\nand {} more: mend these first\n", self.left_out));
        }
        text
    }

    /// One line for each message: `FILE:LINE:COLUMN: error: TITLE`.
    pub fn render_short(&self) -> String {
        let mut text = String::new();
        for diagnostic in &self.found {
            let place =
                self.line_column(diagnostic).map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
            let severity = match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            text.push_str(&format!(
                "{}{place}: {severity}: {}\n",
                message(&diagnostic.file),
                message(&diagnostic.title)
            ));
        }
        text
    }

    fn group<'a>(&self, diagnostic: &Diagnostic) -> Group<'a> {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = Group::with_title(level.primary_title(message(&diagnostic.title)));
        let file = message(&diagnostic.file);
        group = match (diagnostic.span, self.sources.get(&diagnostic.file)) {
            (Some(span), Some(source)) => {
                let at = line_column(source, span.start);
                if at.column > EXCERPT_COLUMNS {
                    group.element(Origin::path(file).line(at.line).char_column(at.column))
                } else {
                    let excerpt = excerpt(source, span);
                    let mut annotation = AnnotationKind::Primary.span(excerpt.span.start..excerpt.span.end);
                    if let Some(label) = &diagnostic.label {
                        annotation = annotation.label(message(label));
                    }
                    group.element(Snippet::source(excerpt.text).path(file).line_start(at.line).annotation(annotation))
                }
            }
            _ => group.element(Origin::path(file)),
        };
        if let Some(expected) = &diagnostic.expected {
            group = group.element(Level::NOTE.with_name("expected").message(message(expected)));
        }
        if let Some(name) = &diagnostic.suggestion {
            group = group.element(Level::HELP.message(format!("did you mean `{}`?", message(name))));
        }
        if let Some(note) = &diagnostic.note {
            group = group.element(Level::NOTE.message(message(note)));
        }
        group
    }
}

fn sort_key(diagnostic: &Diagnostic) -> (&str, Option<Span>, &str) {
    (&diagnostic.file, diagnostic.span, &diagnostic.title)
}

/// A message's own words often quote the file: they are cleaned and cut like the excerpt.
fn message(text: &str) -> String {
    let mut shown: String = shown(text).chars().take(MESSAGE_CHARS).collect();
    if text.chars().count() > MESSAGE_CHARS {
        shown.push('…');
    }
    shown
}

/// The line and column of a byte of `source`; a byte after the end is the end.
pub fn line_column(source: &str, byte: usize) -> LineColumn {
    let before = &source[..floor_boundary(source, byte)];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    LineColumn { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
}

fn floor_boundary(source: &str, byte: usize) -> usize {
    let mut byte = byte.min(source.len());
    while !source.is_char_boundary(byte) {
        byte -= 1;
    }
    byte
}

struct Excerpt {
    text: String,
    span: Span,
}

/// The lines of a place, cleaned and cut, and where the place is in them.
fn excerpt(source: &str, span: Span) -> Excerpt {
    let start = floor_boundary(source, span.start);
    let end = floor_boundary(source, span.end.max(span.start));
    let first = source[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let mut text = String::new();
    let mut marked = Span::default();
    let mut offset = first;
    for (number, line) in source[first..].split_inclusive('\n').take(EXCERPT_LINES).enumerate() {
        if number > 0 && offset >= end {
            break;
        }
        let centre = if number == 0 { source[offset..start].chars().count() } else { 0 };
        let to = centre + EXCERPT_CHARS;
        for (position, (byte, sign)) in line.char_indices().enumerate() {
            if offset + byte == start {
                marked.start = text.len();
            }
            if sign == '\n' {
                text.push('\n');
            } else if position == to {
                text.push('…');
            } else if position < to {
                text.push(if sign == '\t' { ' ' } else { shown_char(sign) });
            }
            if offset + byte + sign.len_utf8() <= end && sign != '\n' {
                marked.end = text.len();
            }
        }
        offset += line.len();
    }
    if start >= offset {
        marked.start = text.len();
    }
    marked.end = marked.end.max(marked.start);
    Excerpt { text, span: marked }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(source: &str, diagnostic: Diagnostic) -> Diagnostics {
        let mut all = Diagnostics::new();
        all.add_source("a.toml", source);
        all.push(diagnostic);
        all
    }

    #[test]
    fn points_at_the_place_and_says_what_to_do() {
        let all = one(
            "format = 1\ntitel = \"x\"\n",
            Diagnostic::error("a.toml", "unknown key `titel`")
                .at(11..16)
                .label("not a key of a lesson")
                .did_you_mean("titel", ["title", "minutes"])
                .note("keys are lower case"),
        );
        insta::assert_snapshot!(all.render(Rendering::Plain), @r#"
        error: unknown key `titel`
         --> a.toml:2:1
          |
        2 | titel = "x"
          | ^^^^^ not a key of a lesson
          |
          = help: did you mean `title`?
          = note: keys are lower case
        "#);
        assert_eq!(all.render_short(), "a.toml:2:1: error: unknown key `titel`\n");
    }

    #[test]
    fn control_characters_are_shown_not_obeyed() {
        let all =
            one("a = \"\u{1b}[2J\u{202e}\"\r\n", Diagnostic::error("a.toml", "bad \u{1b}[31m").at(5..6).label("\u{7}"));
        let text = all.render(Rendering::Plain);
        assert!(text.chars().all(|sign| sign == '\n' || !sign.is_control()), "{text:?}");
        assert!(text.contains("␛[2J�") && text.contains("bad ␛[31m") && text.contains('␇'), "{text}");
        let styled = all.render(Rendering::Styled);
        assert!(styled.contains("\u{1b}["), "styled text has colours");
        assert!(!styled.contains("\u{1b}[2J"), "but none of the file's");
    }

    #[test]
    fn a_long_line_is_cut_and_the_column_stays_true() {
        let source = format!("{}x{}", "é".repeat(5000), "b".repeat(5000));
        let all = one(&source, Diagnostic::error("a.toml", "far out").at(10_000..10_001));
        let text = all.render(Rendering::Plain);
        assert!(text.contains("a.toml:1:5001"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() < 240), "{text}");
    }

    #[test]
    fn sorted_by_place_without_doubles_and_bounded() {
        let mut all = Diagnostics::new();
        all.add_source("a.toml", "one\ntwo\n");
        all.push(Diagnostic::error("a.toml", "second").at(4..7));
        all.push(Diagnostic::warning("a.toml", "first").at(0..3));
        all.push(Diagnostic::error("a.toml", "second").at(4..7));
        assert_eq!(all.render_short(), "a.toml:1:1: warning: first\na.toml:2:1: error: second\n");
        assert!(all.has_errors());
        for number in 0..1000 {
            all.push(Diagnostic::error("a.toml", format!("{number}")).at(5..6));
        }
        assert_eq!(all.iter().count(), KEPT);
        assert_eq!(all.len(), 1002);
        assert!(all.render(Rendering::Plain).ends_with("and 802 more: mend these first\n"));
    }

    #[test]
    fn any_place_in_any_text_can_be_rendered() {
        let source = "aé\u{1b}\r\n\n😀\tz";
        for start in 0..source.len() + 3 {
            for end in start..source.len() + 3 {
                one(source, Diagnostic::error("a.toml", "x").at(start..end)).render(Rendering::Plain);
            }
        }
        one("", Diagnostic::error("a.toml", "empty").at(0..0)).render(Rendering::Plain);
    }

    #[test]
    fn the_nearest_name_is_near_or_none() {
        assert_eq!(nearest("runing", ["running", "exited"]), Some("running"));
        assert_eq!(nearest("Title", ["title"]), Some("title"));
        assert_eq!(nearest("zzz", ["title", "minutes"]), None);
    }
}
