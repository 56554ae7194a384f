//! Cuts a Python source into tokens, with its indentation as tokens of its own.
//!
//! Promises: an answer or an error for any text; brackets join lines, as in Python. Must not know the grammar.

use std::sync::Arc;

use super::syntax::Place;

/// Levels of indentation at most, as in CPython (`MAXINDENT`).
const INDENT_LIMIT: usize = 100;

/// A token and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    pub kind: TokenKind,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TokenKind {
    Name(Arc<str>),
    Whole(i64),
    Real(f64),
    /// The prefix in lower case, and what is between the quotes, escapes read unless the prefix has an `r`.
    Text(String, Arc<str>),
    Sign(&'static str),
    NewLine,
    Indent,
    Dedent,
    End,
}

/// What is wrong with a source.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceError {
    pub place: Place,
    /// `SyntaxError`, `IndentationError`, `TabError`.
    pub class: &'static str,
    pub message: String,
    /// It is right Python that Layerlab does not know.
    pub not_modelled: bool,
}

impl SourceError {
    pub fn syntax(place: Place, message: impl Into<String>) -> SourceError {
        SourceError { place, class: "SyntaxError", message: message.into(), not_modelled: false }
    }

    pub fn not_modelled(place: Place, what: impl Into<String>) -> SourceError {
        SourceError { place, class: "SyntaxError", message: what.into(), not_modelled: true }
    }
}

/// The longest first, so that each is found whole.
const SIGNS: [&str; 43] = [
    "**=", "//=", "...", ">>=", "<<=", "==", "!=", "<=", ">=", "->", "+=", "-=", "*=", "/=", "%=", "@=", "|=", "&=",
    "^=", "**", "//", ":=", "<<", ">>", "+", "-", "*", "/", "%", "@", "<", ">", "=", "(", ")", "[", "]", "{", "}", ",",
    ":", ".", ";",
];
/// What may stand before the quotes of a string.
const PREFIXES: [&str; 9] = ["", "f", "r", "b", "u", "rb", "br", "fr", "rf"];
/// Signs that are no part of what is modelled, but of the language.
const RARE: [&str; 5] = ["|", "&", "^", "~", "`"];

/// The tokens of a source; the last is `End`.
///
/// # Errors
/// The first mistake.
pub fn tokens(source: &str) -> Result<Vec<Token>, SourceError> {
    let mut lexer = Lexer { rest: source, out: Vec::new(), indents: vec![0], open: Vec::new(), line: 1, column: 0 };
    while !lexer.rest.is_empty() {
        lexer.line_start()?;
        lexer.line_rest()?;
    }
    lexer.finish()
}

/// Takes a source apart from its beginning to its end, each character once.
struct Lexer<'s> {
    /// What is still to be read.
    rest: &'s str,
    out: Vec<Token>,
    indents: Vec<usize>,
    /// The brackets that are open.
    open: Vec<Token>,
    /// From 1.
    line: u32,
    /// Characters of the line that are read.
    column: u32,
}

impl<'s> Lexer<'s> {
    /// Reads so many bytes.
    fn skip(&mut self, bytes: usize) -> &'s str {
        let (read, rest) = self.rest.split_at(bytes.min(self.rest.len()));
        for sign in read.chars() {
            match sign {
                '\n' => (self.line, self.column) = (self.line + 1, 0),
                _ => self.column += 1,
            }
        }
        self.rest = rest;
        read
    }

    fn place(&self, start: u32) -> Place {
        Place { line: self.line, start, end: self.column, blamed: None }
    }

    fn push(&mut self, kind: TokenKind, start: u32) {
        let place = self.place(start);
        self.out.push(Token { kind, place });
    }

    fn error(&self, message: impl Into<String>) -> SourceError {
        let place = Place { line: self.line, start: self.column, end: self.column + 1, blamed: None };
        SourceError::syntax(place, message)
    }

    /// The indentation of a line that has something on it.
    fn line_start(&mut self) -> Result<(), SourceError> {
        let blanks = self.rest.len() - self.rest.trim_start_matches([' ', '\t', '\r']).len();
        let width = self.rest[..blanks].chars().map(|sign| if sign == '\t' { 8 } else { 1 }).sum();
        let body = self.rest[blanks..].chars().next();
        if self.open.is_empty() && !matches!(body, None | Some('\n' | '#')) {
            self.skip(blanks);
            return self.indent(width);
        }
        Ok(())
    }

    /// The tokens of a line, and of those that it goes on in, up to its end.
    fn line_rest(&mut self) -> Result<(), SourceError> {
        while let Some(first) = self.rest.chars().next() {
            let start = self.column;
            let second = self.rest[first.len_utf8()..].chars().next();
            match first {
                '\n' => {
                    let something =
                        !matches!(self.out.last().map(|token| &token.kind), None | Some(TokenKind::NewLine))
                            && !matches!(
                                self.out.last().map(|token| &token.kind),
                                Some(TokenKind::Indent | TokenKind::Dedent)
                            );
                    let ends = self.open.is_empty() && something;
                    if ends {
                        self.push(TokenKind::NewLine, start);
                    }
                    self.skip(1);
                    return Ok(());
                }
                '\\' if second == Some('\n') => drop(self.skip(2)),
                '#' => {
                    let end = self.rest.find('\n').unwrap_or(self.rest.len());
                    self.skip(end);
                }
                sign if sign.is_whitespace() => drop(self.skip(sign.len_utf8())),
                _ if self.begins_string() => self.string()?,
                sign if sign.is_alphabetic() || sign == '_' => {
                    let end = self.rest.find(|sign: char| !sign.is_alphanumeric() && sign != '_');
                    let name = self.skip(end.unwrap_or(self.rest.len()));
                    self.push(TokenKind::Name(name.into()), start);
                }
                '0'..='9' => self.number()?,
                '.' if second.is_some_and(|sign| sign.is_ascii_digit()) => self.number()?,
                sign => self.sign(sign)?,
            }
        }
        if self.open.is_empty() {
            self.push(TokenKind::NewLine, self.column);
        }
        Ok(())
    }

    fn sign(&mut self, first: char) -> Result<(), SourceError> {
        let Some(sign) = SIGNS.iter().chain(&RARE).find(|sign| self.rest.starts_with(**sign)) else {
            return Err(self.error(match first.is_ascii() {
                true => "invalid syntax".to_owned(),
                false => format!("invalid character '{first}' (U+{:04X})", u32::from(first)),
            }));
        };
        if matches!(*sign, ")" | "]" | "}") && self.open.pop().is_none() {
            return Err(self.error(format!("unmatched '{sign}'")));
        }
        let start = self.column;
        self.skip(sign.len());
        let token = Token { kind: TokenKind::Sign(sign), place: self.place(start) };
        if matches!(*sign, "(" | "[" | "{") {
            self.open.push(token.clone());
        }
        self.out.push(token);
        Ok(())
    }

    fn indent(&mut self, width: usize) -> Result<(), SourceError> {
        let last = self.indents.last().copied().unwrap_or(0);
        if width > last {
            if self.indents.len() >= INDENT_LIMIT {
                let error = self.error("too many levels of indentation");
                return Err(SourceError { class: "IndentationError", ..error });
            }
            self.indents.push(width);
            self.push(TokenKind::Indent, 0);
        }
        while width < self.indents.last().copied().unwrap_or(0) {
            self.indents.pop();
            self.push(TokenKind::Dedent, 0);
        }
        if width != self.indents.last().copied().unwrap_or(0) {
            let error = self.error("unindent does not match any outer indentation level");
            return Err(SourceError { class: "IndentationError", ..error });
        }
        Ok(())
    }

    /// Whether a string begins here, with or without a prefix.
    fn begins_string(&self) -> bool {
        let at = self.rest.char_indices().take(3).find(|(_, sign)| matches!(sign, '"' | '\'')).map(|(at, _)| at);
        at.is_some_and(|at| PREFIXES.contains(&self.rest[..at].to_lowercase().as_str()))
    }

    fn string(&mut self) -> Result<(), SourceError> {
        let (line, start) = (self.line, self.column);
        let prefix_length = self.rest.find(['"', '\'']).unwrap_or(0);
        let prefix = self.rest[..prefix_length].to_lowercase();
        let body = &self.rest[prefix_length..];
        let long = body.starts_with("\"\"\"") || body.starts_with("'''");
        let quotes = &body[..if long { 3 } else { 1 }];
        let mut signs = body.char_indices().skip(quotes.len());
        let end = loop {
            match signs.next() {
                Some((_, '\\')) => drop(signs.next()),
                Some((_, '\n')) if !long => break None,
                Some((at, _)) if body[at..].starts_with(quotes) => break Some(at),
                Some(_) => {}
                None => break None,
            }
        };
        let Some(end) = end else {
            return Err(self.error(match long {
                true => format!("unterminated triple-quoted string literal (detected at line {line})"),
                false => format!("unterminated string literal (detected at line {line})"),
            }));
        };
        let inner = &body[quotes.len()..end];
        let text = if prefix.contains('r') { inner.to_owned() } else { unescape(inner) };
        self.skip(prefix_length + end + quotes.len());
        let end = if self.line == line { self.column } else { start + 1 };
        let place = Place { line, start, end, blamed: None };
        self.out.push(Token { kind: TokenKind::Text(prefix, text.into()), place });
        Ok(())
    }

    fn number(&mut self) -> Result<(), SourceError> {
        let rest = self.rest;
        let word = |text: &str| text.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '.' && sign != '_');
        let mut end = word(rest).unwrap_or(rest.len());
        // `1e-3`: the sign belongs to the exponent.
        if rest[..end].ends_with(['e', 'E']) && !rest.starts_with("0x") && rest[end..].starts_with(['-', '+']) {
            let digits = &rest[end + 1..];
            end += 1 + digits.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(digits.len());
        }
        let written = rest[..end].replace('_', "");
        let kind = if let Some(digits) = written.strip_prefix("0x") {
            i64::from_str_radix(digits, 16).ok().map(TokenKind::Whole)
        } else if written.contains(['.', 'e', 'E']) {
            written.parse().ok().map(TokenKind::Real)
        } else {
            written.parse().ok().map(TokenKind::Whole)
        };
        let Some(kind) = kind else { return Err(self.error("invalid decimal literal")) };
        let start = self.column;
        self.skip(end);
        self.push(kind, start);
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<Token>, SourceError> {
        if let Some(Token { place, kind: TokenKind::Sign(sign) }) = self.open.last() {
            return Err(SourceError::syntax(*place, format!("'{sign}' was never closed")));
        }
        while self.indents.len() > 1 {
            self.indents.pop();
            self.push(TokenKind::Dedent, 0);
        }
        self.push(TokenKind::End, 0);
        Ok(self.out)
    }
}

/// The escapes of a string that people write.
fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut signs = text.chars();
    while let Some(sign) = signs.next() {
        if sign != '\\' {
            out.push(sign);
            continue;
        }
        match signs.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('0') => out.push('\0'),
            Some('\n') => {}
            Some(same @ ('\\' | '\'' | '"')) => out.push(same),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}
