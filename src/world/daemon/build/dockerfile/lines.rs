//! Lines of a Dockerfile, and the statements they make: comments, continuation lines, heredoc bodies (`parser/parser.go`).
//!
//! Promises: each byte of the text is looked at once. Must not know: what a statement says.

use super::MAX_LINE_BYTES;
use super::directive::DirectiveParser;
use super::error::{DockerfileError, Problem};
use super::instruction::InlineFile;
use super::place::{LineRange, Place, Span};

/// One statement: a line and its continuation lines, joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The text, without comments, empty lines and continuation characters inside.
    pub code: String,
    /// Where it stands, as far as it has been read.
    pub place: Place,
    /// The comments above it.
    pub comments: Vec<String>,
    /// True if a continuation line was empty.
    pub has_empty_continuation: bool,
}

struct Line<'a> {
    /// Its text with its line end.
    text: &'a str,
    start: usize,
}

impl Line<'_> {
    /// The offset behind the text, before the line end.
    fn end(&self) -> usize {
        self.start + self.text.trim_end_matches(['\r', '\n']).len()
    }
}

/// Reads a text statement by statement.
pub struct Reader<'a> {
    source: &'a str,
    position: usize,
    /// Lines read so far: the number of the current line.
    number: usize,
    /// A line was longer than `MAX_LINE_BYTES`: as in BuildKit, nothing more is read.
    too_long: bool,
    directives: DirectiveParser,
    escape: char,
    comments: Vec<String>,
}

impl<'a> Reader<'a> {
    /// A reader at the start of `source`, behind a byte order mark.
    pub fn new(source: &'a str) -> Self {
        Self {
            source,
            position: if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 },
            number: 0,
            too_long: false,
            directives: DirectiveParser::default(),
            escape: '\\',
            comments: Vec::new(),
        }
    }

    /// The escape character that holds now.
    pub fn escape(&self) -> char {
        self.escape
    }

    /// The number of lines read so far.
    pub fn lines_read(&self) -> usize {
        self.number
    }

    /// True if reading stopped at a line that is too long.
    pub fn stopped_at_long_line(&self) -> bool {
        self.too_long
    }

    fn line(&mut self) -> Option<Line<'a>> {
        let rest = &self.source[self.position..];
        if rest.is_empty() || self.too_long {
            return None;
        }
        let (length, limit) = match rest.find('\n') {
            Some(end) => (end + 1, MAX_LINE_BYTES),
            None => (rest.len(), MAX_LINE_BYTES - 1),
        };
        if length > limit {
            self.too_long = true;
            return None;
        }
        let start = self.position;
        self.position += length;
        self.number += 1;
        Some(Line { text: &rest[..length], start })
    }

    /// The next statement, or nothing at the end.
    pub fn statement(&mut self) -> Result<Option<Statement>, DockerfileError> {
        while let Some(line) = self.line() {
            let text = without_line_end(line.text).trim_start();
            if text.starts_with('#') {
                self.comment(line.text, text)?;
                continue;
            }
            // Directives end here, whatever comes.
            self.directives.line(text).map_err(|problem| self.error_here(problem))?;
            let (part, continues) = self.without_continuation(text);
            if part.is_empty() && !continues {
                continue;
            }
            return self.joined(&line, part, continues).map(Some);
        }
        Ok(None)
    }

    fn comment(&mut self, line: &str, text: &str) -> Result<(), DockerfileError> {
        let directive = self.directives.line(text).map_err(|problem| self.error_here(problem))?;
        if let Some(("escape", value)) = directive {
            self.escape = match value {
                "\\" => '\\',
                "`" => '`',
                other => return Err(self.error_here(Problem::InvalidEscapeToken(other.to_owned()))),
            };
        }
        if directive.is_some() {
            return Ok(());
        }
        // BuildKit drops the first character of the line, even if that is a space and the `#` comes later.
        let mut characters = line.chars();
        characters.next();
        let comment = characters.as_str().trim();
        if comment.is_empty() {
            self.comments.clear();
        } else {
            self.comments.push(comment.to_owned());
        }
        Ok(())
    }

    /// BuildKit counts a line only after it has looked for directives in it: such errors point at the line before.
    fn error_here(&self, problem: Problem) -> DockerfileError {
        match self.number {
            0 | 1 => DockerfileError::of_file(problem),
            number => DockerfileError::at(problem, LineRange::single(number - 1)),
        }
    }

    fn joined(&mut self, first: &Line<'a>, part: &str, continues: bool) -> Result<Statement, DockerfileError> {
        let start_line = self.number;
        let lead = without_line_end(first.text).len() - without_line_end(first.text).trim_start().len();
        let mut end = first.end();
        let mut code = part.to_owned();
        let mut continues = continues;
        let mut has_empty_continuation = false;
        while continues {
            let Some(line) = self.line() else { break };
            end = line.end();
            let text = without_line_end(line.text);
            let visible = text.trim_start();
            if visible.starts_with('#') {
                continue;
            }
            if visible.is_empty() {
                has_empty_continuation = true;
                continue;
            }
            let (part, more) = self.without_continuation(text);
            code.push_str(part);
            continues = more;
        }
        Ok(Statement {
            code,
            place: Place {
                span: Span { start: first.start + lead, end },
                lines: LineRange { start: start_line, end: self.number },
            },
            comments: std::mem::take(&mut self.comments),
            has_empty_continuation,
        })
    }

    /// `text` without a continuation character at its end, and whether there was one. A doubled one is none.
    fn without_continuation<'t>(&self, text: &'t str) -> (&'t str, bool) {
        match text.trim_end_matches([' ', '\t']).strip_suffix(self.escape) {
            Some(rest) if !rest.ends_with(self.escape) => (rest, true),
            _ => (text, false),
        }
    }

    /// Reads the bodies of `heredocs`, one after the other, and lengthens `place` by them.
    pub fn heredoc_bodies(&mut self, heredocs: &mut [InlineFile], place: &mut Place) -> Result<(), DockerfileError> {
        for heredoc in heredocs {
            loop {
                let Some(line) = self.line() else {
                    let lines = LineRange { start: place.lines.start, end: self.number };
                    return Err(DockerfileError::at(Problem::UnterminatedHeredoc, lines));
                };
                place.span.end = line.end();
                let text = without_line_end(line.text);
                let text = if heredoc.strip_tabs { text.trim_start_matches('\t') } else { text };
                if text == heredoc.name {
                    break;
                }
                heredoc.content.push_str(line.text);
            }
        }
        place.lines.end = self.number;
        Ok(())
    }
}

fn without_line_end(line: &str) -> &str {
    line.trim_end_matches(['\r', '\n'])
}
