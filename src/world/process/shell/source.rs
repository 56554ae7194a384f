//! The text being parsed and the place in it. Promises that lines are counted, that `\` newline vanishes where POSIX says so, and
//! that an alias can be put in place of a word without the parser noticing. Knows bytes, not grammar.

use super::dialect::Dialect;
use super::error::{SyntaxError, SyntaxErrorKind};
use super::syntax::HereDocument;
use super::token::Token;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Alias names and the text that stands for each.
pub type Aliases = BTreeMap<String, String>;

/// A here document whose text has not been reached yet.
#[derive(Debug)]
pub(super) struct PendingDocument {
    pub(super) document: HereDocument,
    pub(super) delimiter: String,
    pub(super) quoted: bool,
    pub(super) strip_tabs: bool,
}

/// The parser's state. The grammar is in `grammar`, tokens in `token`, words in `word`.
#[derive(Debug)]
pub(super) struct Parser<'source> {
    pub(super) text: Cow<'source, str>,
    pub(super) position: usize,
    pub(super) line: u32,
    pub(super) dialect: Dialect,
    pub(super) aliases: &'source Aliases,
    /// Aliases being expanded, with the end of their text: a name is not expanded within itself.
    pub(super) active_aliases: Vec<(String, usize)>,
    /// By how much aliases have lengthened the text.
    pub(super) growth: isize,
    /// A token read and put back.
    pub(super) pushed: Option<Token>,
    pub(super) pending: Vec<PendingDocument>,
    /// How deep lists and expansions are nested.
    pub(super) depth: usize,
    /// A here document or a `\` newline met the end of the text: legal, but more may follow.
    pub(super) cut_short: bool,
    /// The next word may be an alias, because an alias that ended in a blank stood before it.
    pub(super) alias_next: bool,
}

impl<'source> Parser<'source> {
    pub(super) fn new(
        text: &'source str,
        position: usize,
        line: u32,
        dialect: Dialect,
        aliases: &'source Aliases,
    ) -> Parser<'source> {
        Parser {
            text: Cow::Borrowed(text),
            position,
            line,
            dialect,
            aliases,
            active_aliases: Vec::new(),
            growth: 0,
            pushed: None,
            pending: Vec::new(),
            depth: 0,
            cut_short: false,
            alias_next: false,
        }
    }

    /// The byte at the cursor, after any `\` newline.
    pub(super) fn peek(&mut self) -> Option<u8> {
        while self.raw_at(0) == Some(b'\\') && self.raw_at(1) == Some(b'\n') {
            self.position += 2;
            self.line += 1;
            self.cut_short |= self.position >= self.text.len();
        }
        self.raw_at(0)
    }

    /// The byte `ahead` of the cursor as written.
    pub(super) fn raw_at(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.position + ahead).copied()
    }

    /// Passes one byte.
    pub(super) fn advance(&mut self) {
        if self.raw_at(0) == Some(b'\n') {
            self.line += 1;
        }
        self.position += 1;
    }

    /// Passes `byte` if it is next.
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.advance();
        }
        found
    }

    /// Passes the character at the cursor, which may take several bytes, and adds it to `text`.
    pub(super) fn take_character(&mut self, text: &mut String) {
        if let Some(character) = self.text.get(self.position..).and_then(|rest| rest.chars().next()) {
            if character == '\n' {
                self.line += 1;
            }
            text.push(character);
            self.position += character.len_utf8();
        }
    }

    /// An error at this place.
    pub(super) fn error(&self, kind: SyntaxErrorKind) -> SyntaxError {
        SyntaxError { kind, line: self.line, incomplete: false }
    }

    /// An error because the text ended.
    pub(super) fn error_at_end(&self, kind: SyntaxErrorKind) -> SyntaxError {
        SyntaxError { kind, line: self.line, incomplete: true }
    }

    /// Notes one more level of nesting; the caller lowers `depth` when it is done (an error ends the parse anyway).
    pub(super) fn enter(&mut self) -> Result<(), SyntaxError> {
        self.depth += 1;
        if self.depth > super::MAXIMUM_NESTING {
            return Err(self.error(SyntaxErrorKind::TooDeep));
        }
        Ok(())
    }

    /// Puts the alias for `name` in place of the text from `start` to the cursor and goes back to `start`; false if there is none
    /// or it is being expanded already.
    pub(super) fn expand_alias(&mut self, name: &str, start: usize) -> Result<bool, SyntaxError> {
        let Some(value) = self.aliases.get(name) else { return Ok(false) };
        self.active_aliases.retain(|(_, end)| *end > start);
        if self.active_aliases.iter().any(|(active, _)| active == name) {
            return Ok(false);
        }
        let removed = self.position - start;
        let change = value.len() as isize - removed as isize;
        if self.text.len() + value.len() > super::MAXIMUM_SOURCE {
            return Err(self.error(SyntaxErrorKind::TooManyAliases));
        }
        self.text.to_mut().replace_range(start..self.position, value);
        for (_, end) in &mut self.active_aliases {
            *end = end.saturating_add_signed(change);
        }
        // The name stays active up to and including the byte after its text, so that an alias for itself is not expanded.
        self.active_aliases.push((name.to_owned(), start + value.len() + 1));
        self.alias_next = value.ends_with([' ', '\t']);
        self.growth += change;
        self.position = start;
        Ok(true)
    }

    /// Reads the texts of the here documents whose operators stood on the line just ended.
    pub(super) fn read_here_documents(&mut self) -> Result<(), SyntaxError> {
        for pending in std::mem::take(&mut self.pending) {
            let first_line = self.line;
            let mut body = String::new();
            let mut finished = false;
            while self.position < self.text.len() {
                let rest = self.text.get(self.position..).unwrap_or_default();
                let (line, length) = match rest.find('\n') {
                    Some(end) => (&rest[..end], end + 1),
                    None => (rest, rest.len()),
                };
                let shown = if pending.strip_tabs { line.trim_start_matches('\t') } else { line };
                finished = shown == pending.delimiter;
                if !finished {
                    body.push_str(shown);
                    if length > line.len() {
                        body.push('\n');
                    }
                }
                self.position += length;
                self.line += 1;
                if finished {
                    break;
                }
            }
            self.cut_short |= !finished;
            let word = self.here_document_word(body, pending.quoted, first_line)?;
            pending.document.set_body(word);
        }
        Ok(())
    }
}
