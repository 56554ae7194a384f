//! Words: quotes and expansions, as POSIX 2.2 and 2.6 have them. Promises that what was quoted is still known to be so in the tree.
//! Knows nothing of how expansions are carried out.

use super::error::{SyntaxError, SyntaxErrorKind};
use super::source::Parser;
use super::syntax::{Operation, Parameter, Part, Word};
use std::sync::Arc;

type Parse<T> = Result<T, SyntaxError>;

/// What ends a run of parts, and so which characters are special in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    /// A blank or an operator, not passed.
    Blank,
    /// `"`, passed.
    DoubleQuote,
    /// `}`, not passed; `quoted` if it stands within `"…"`.
    Brace { quoted: bool },
    /// `}` or this byte, not passed.
    Delimiter { byte: u8, quoted: bool },
    /// `))`, passed.
    Parentheses,
    /// The end of the text: a here document.
    End,
}

impl Until {
    /// Whether characters are as within double quotes.
    fn quoted(self) -> bool {
        match self {
            Until::Blank => false,
            Until::DoubleQuote | Until::Parentheses | Until::End => true,
            Until::Brace { quoted } | Until::Delimiter { quoted, .. } => quoted,
        }
    }
}

fn is_special_parameter(byte: u8) -> bool {
    matches!(byte, b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!')
}

impl Parser<'_> {
    /// The word at the cursor.
    pub(super) fn word(&mut self) -> Parse<Word> {
        Ok(Word { parts: self.parts(Until::Blank)?.into() })
    }

    /// The text of a here document as a word.
    pub(super) fn here_document_word(&mut self, body: String, quoted: bool, line: u32) -> Parse<Word> {
        if quoted || !body.bytes().any(|byte| matches!(byte, b'$' | b'`' | b'\\')) {
            return Ok(Word { parts: Arc::from([Part::Quoted(body)]) });
        }
        let mut parser = Parser::new(&body, 0, line, self.dialect, self.aliases);
        parser.depth = self.depth;
        let parts = parser.parts(Until::End)?;
        Ok(Word { parts: parts.into() })
    }

    fn parts(&mut self, until: Until) -> Parse<Vec<Part>> {
        self.enter()?;
        let quoted = until.quoted();
        let mut parts: Vec<Part> = Vec::new();
        let mut literal = String::new();
        let mut parentheses = 0_usize;
        loop {
            let Some(byte) = self.peek() else {
                match until {
                    Until::Blank | Until::End => break,
                    Until::DoubleQuote => return Err(self.error_at_end(SyntaxErrorKind::UnterminatedString)),
                    Until::Parentheses => return Err(self.error_at_end(SyntaxErrorKind::MissingParentheses)),
                    Until::Brace { .. } | Until::Delimiter { .. } => {
                        return Err(self.error_at_end(SyntaxErrorKind::MissingBrace));
                    }
                }
            };
            match (until, byte) {
                (Until::Blank, b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')') => break,
                (Until::DoubleQuote, b'"') => {
                    self.advance();
                    break;
                }
                (Until::Brace { .. } | Until::Delimiter { .. }, b'}') => break,
                (Until::Delimiter { byte: delimiter, .. }, byte) if byte == delimiter => break,
                (Until::Parentheses, b'(') => {
                    parentheses += 1;
                    self.take_character(&mut literal);
                    continue;
                }
                (Until::Parentheses, b')') => {
                    if parentheses == 0 && self.raw_at(1) == Some(b')') {
                        self.position += 2;
                        break;
                    }
                    parentheses = parentheses.saturating_sub(1);
                    self.take_character(&mut literal);
                    continue;
                }
                // Quotes do nothing in an expression.
                (Until::Parentheses, b'"') => {
                    self.advance();
                    continue;
                }
                _ => {}
            }
            let part = match byte {
                b'\\' => self.escape(until, &mut literal),
                b'\'' if !quoted => Some(self.single_quotes()?),
                b'"' if until != Until::End => {
                    self.advance();
                    Some(Part::Double(self.parts(Until::DoubleQuote)?.into()))
                }
                b'$' => self.dollar(quoted)?,
                b'`' => Some(self.backquotes(quoted)?),
                _ => None,
            };
            match part {
                Some(part) => {
                    if !literal.is_empty() {
                        parts.push(Part::Literal(std::mem::take(&mut literal)));
                    }
                    parts.push(part);
                }
                None if byte != b'\\' => self.take_character(&mut literal),
                None => {}
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        self.depth -= 1;
        Ok(parts)
    }

    /// A backslash and what follows it: a quoted character, or text added to `literal`.
    fn escape(&mut self, until: Until, literal: &mut String) -> Option<Part> {
        self.advance();
        let escapable = match (until, self.raw_at(0)) {
            (_, None) => false,
            (_, Some(b'$' | b'`' | b'\\')) => true,
            (Until::End, Some(_)) => false,
            (Until::DoubleQuote | Until::Parentheses, Some(byte)) => byte == b'"',
            (Until::Brace { quoted: true } | Until::Delimiter { quoted: true, .. }, Some(byte)) => {
                matches!(byte, b'"' | b'}')
            }
            (_, Some(_)) => true,
        };
        if !escapable {
            literal.push('\\');
            return None;
        }
        let mut character = String::new();
        self.take_character(&mut character);
        Some(Part::Quoted(character))
    }

    fn single_quotes(&mut self) -> Parse<Part> {
        self.advance();
        let rest = self.text.get(self.position..).unwrap_or_default();
        let Some(length) = rest.find('\'') else {
            return Err(self.error_at_end(SyntaxErrorKind::UnterminatedString));
        };
        let text = rest[..length].to_owned();
        self.line += text.matches('\n').count() as u32;
        self.position += length + 1;
        Ok(Part::Quoted(text))
    }

    /// What begins with `$`; `None` if the dollar stands for itself.
    fn dollar(&mut self, quoted: bool) -> Parse<Option<Part>> {
        let start = (self.position, self.line);
        self.advance();
        let part = match self.peek() {
            Some(b'(') => {
                self.advance();
                if self.take(b'(') {
                    Part::Arithmetic(self.parts(Until::Parentheses)?.into())
                } else {
                    Part::Command(self.substitution_list()?)
                }
            }
            Some(b'{') => {
                self.advance();
                Part::Parameter(Arc::new(self.braces(quoted)?))
            }
            Some(b'\'') if !quoted && self.dialect.has_extensions() => {
                self.advance();
                self.escaped_quotes()?
            }
            Some(byte) if is_special_parameter(byte) || byte == b'_' || byte.is_ascii_alphanumeric() => {
                let name = if byte.is_ascii_digit() || is_special_parameter(byte) {
                    self.advance();
                    char::from(byte).to_string()
                } else {
                    self.name()
                };
                Part::Parameter(Arc::new(Parameter { name, operation: Operation::Value }))
            }
            _ => {
                (self.position, self.line) = start;
                return Ok(None);
            }
        };
        Ok(Some(part))
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while self.peek().is_some_and(|byte| byte == b'_' || byte.is_ascii_alphanumeric()) {
            self.take_character(&mut name);
        }
        name
    }

    /// `$'…'`: the escapes of C.
    fn escaped_quotes(&mut self) -> Parse<Part> {
        let mut raw = String::new();
        loop {
            match self.raw_at(0) {
                None => return Err(self.error_at_end(SyntaxErrorKind::UnterminatedString)),
                Some(b'\'') => {
                    self.advance();
                    break;
                }
                Some(b'\\') => {
                    self.take_character(&mut raw);
                    self.take_character(&mut raw);
                }
                Some(_) => self.take_character(&mut raw),
            }
        }
        let bytes = crate::world::process::tools::printf::escapes(&raw);
        Ok(Part::Quoted(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// What follows `${`, with the closing brace.
    fn braces(&mut self, quoted: bool) -> Parse<Parameter> {
        let parameter = match self.peek() {
            None => return Err(self.error_at_end(SyntaxErrorKind::MissingBrace)),
            Some(b'#') => {
                self.advance();
                let next = self.peek();
                let after = self.raw_at(1);
                match next {
                    Some(byte) if is_special_parameter(byte) && after == Some(b'}') => {
                        self.advance();
                        Parameter { name: char::from(byte).to_string(), operation: Operation::Length }
                    }
                    Some(byte) if byte == b'_' || byte.is_ascii_alphanumeric() => {
                        Parameter { name: self.name(), operation: Operation::Length }
                    }
                    _ => Parameter { name: "#".to_owned(), operation: self.operation(quoted)? },
                }
            }
            Some(byte) => {
                let name = if byte.is_ascii_digit() {
                    let mut digits = String::new();
                    while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                        self.take_character(&mut digits);
                    }
                    digits
                } else if is_special_parameter(byte) {
                    self.advance();
                    char::from(byte).to_string()
                } else {
                    self.name()
                };
                if name.is_empty() {
                    return Err(self.error(SyntaxErrorKind::BadSubstitution));
                }
                Parameter { name, operation: self.operation(quoted)? }
            }
        };
        match self.peek() {
            Some(b'}') => {
                self.advance();
                Ok(parameter)
            }
            Some(_) => Err(self.error(SyntaxErrorKind::BadSubstitution)),
            None => Err(self.error_at_end(SyntaxErrorKind::MissingBrace)),
        }
    }

    fn operation(&mut self, quoted: bool) -> Parse<Operation> {
        let Some(byte) = self.peek() else { return Err(self.error_at_end(SyntaxErrorKind::MissingBrace)) };
        if byte == b'}' {
            return Ok(Operation::Value);
        }
        self.advance();
        let or_empty = byte == b':';
        let operator = if or_empty { self.peek() } else { Some(byte) };
        match operator {
            Some(operator @ (b'-' | b'=' | b'?' | b'+')) => {
                if or_empty {
                    self.advance();
                }
                let word = self.brace_word(quoted)?;
                Ok(match operator {
                    b'-' => Operation::Default { or_empty, word },
                    b'=' => Operation::Assign { or_empty, word },
                    b'?' => Operation::Require { or_empty, word },
                    _ => Operation::Alternative { or_empty, word },
                })
            }
            Some(b'#') if !or_empty => {
                let longest = self.take(b'#');
                Ok(Operation::CutStart { longest, pattern: self.brace_word(false)? })
            }
            Some(b'%') if !or_empty => {
                let longest = self.take(b'%');
                Ok(Operation::CutEnd { longest, pattern: self.brace_word(false)? })
            }
            Some(_) if or_empty && self.dialect.has_extensions() => {
                let offset = self.parts(Until::Delimiter { byte: b':', quoted: true })?;
                let length = if self.take(b':') { Some(self.brace_word(true)?) } else { None };
                Ok(Operation::Substring { offset: Word { parts: offset.into() }, length })
            }
            Some(b'/') if self.dialect.has_extensions() => {
                let all = self.take(b'/');
                let pattern = self.parts(Until::Delimiter { byte: b'/', quoted: false })?;
                let with = if self.take(b'/') { self.brace_word(quoted)? } else { Word::default() };
                Ok(Operation::Replace { all, pattern: Word { parts: pattern.into() }, with })
            }
            None => Err(self.error_at_end(SyntaxErrorKind::MissingBrace)),
            Some(_) => Err(self.error(SyntaxErrorKind::BadSubstitution)),
        }
    }

    fn brace_word(&mut self, quoted: bool) -> Parse<Word> {
        Ok(Word { parts: self.parts(Until::Brace { quoted })?.into() })
    }

    /// `` `…` ``: backslashes are taken off first, then the text is parsed on its own.
    fn backquotes(&mut self, quoted: bool) -> Parse<Part> {
        let line = self.line;
        self.advance();
        let mut text = String::new();
        loop {
            match self.raw_at(0) {
                None => return Err(self.error_at_end(SyntaxErrorKind::UnterminatedBackquote)),
                Some(b'`') => {
                    self.advance();
                    break;
                }
                Some(b'\\') => {
                    let next = self.raw_at(1);
                    if matches!(next, Some(b'$' | b'`' | b'\\')) || (quoted && next == Some(b'"')) {
                        self.advance();
                    } else {
                        self.take_character(&mut text);
                    }
                    if next.is_some() {
                        self.take_character(&mut text);
                    }
                }
                Some(_) => self.take_character(&mut text),
            }
        }
        let mut parser = Parser::new(&text, 0, line, self.dialect, self.aliases);
        parser.depth = self.depth;
        match parser.whole_list() {
            Ok(list) => Ok(Part::Command(list)),
            // More input cannot mend what stands between closed backquotes.
            Err(error) => Err(SyntaxError { incomplete: false, ..error }),
        }
    }
}
