//! The words of an awk program. Promises the whole list of tokens, or where the text goes wrong. Whether a slash begins
//! a pattern or divides follows from the token before it. Knows no grammar.

use super::value::Variant;
use super::{Mistake, Wrong};
use crate::world::process::tools::printf::{Escape, escape};

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    Number(f64),
    Text(Vec<u8>),
    Pattern(Vec<u8>),
    Name(String),
    /// A name with `(` right behind it.
    Called(String),
    Keyword(&'static str),
    /// An operator or a mark.
    Mark(&'static str),
    Newline,
    End,
}

impl Token {
    /// As mawk shows it.
    pub fn shown(&self) -> String {
        match self {
            Token::Number(number) => number.to_string(),
            Token::Text(text) => String::from_utf8_lossy(text).into_owned(),
            Token::Pattern(text) => format!("/{}/", String::from_utf8_lossy(text)),
            Token::Name(name) | Token::Called(name) => name.clone(),
            Token::Keyword(word) | Token::Mark(word) => (*word).to_owned(),
            Token::Newline | Token::End => "end of line".to_owned(),
        }
    }
}

/// Words with a meaning of their own.
const KEYWORDS: [&str; 20] = [
    "BEGIN", "END", "function", "func", "if", "else", "while", "for", "do", "break", "continue", "next", "nextfile",
    "exit", "return", "delete", "in", "print", "printf", "getline",
];

/// Operators and marks, the longer ones first.
const MARKS: [&str; 46] = [
    "**=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "**", "==", "<=", ">=", "!=", "!~", ">>", "{",
    "}", "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", "<", ">", "~", "?", ":", "=", "$", "|", "@",
    "&", "`", "#", "\\",
];

/// The most bytes of a program.
const LONGEST: usize = 1 << 20;

/// The tokens of a program, each with its line.
///
/// # Errors
/// Text that does not end, and characters that mean nothing.
pub fn tokens(text: &str, variant: Variant) -> Result<Vec<(Token, u32)>, Wrong> {
    let mut lexer = Lexer { bytes: text.as_bytes(), at: 0, line: 1, variant, tokens: Vec::new() };
    if text.len() > LONGEST {
        let text = format!("Layerlab reads programs of at most {LONGEST} bytes");
        return Err(lexer.wrong(Mistake::Limit(text)));
    }
    while lexer.step()? {}
    Ok(lexer.tokens)
}

struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u32,
    variant: Variant,
    tokens: Vec<(Token, u32)>,
}

impl Lexer<'_> {
    fn wrong(&self, what: Mistake) -> Wrong {
        Wrong { line: self.line, what }
    }

    fn push(&mut self, token: Token) {
        self.tokens.push((token, self.line));
    }

    /// Reads the next token; false at the end.
    fn step(&mut self) -> Result<bool, Wrong> {
        let rest = &self.bytes[self.at..];
        let Some(first) = rest.first() else {
            self.push(Token::End);
            return Ok(false);
        };
        match first {
            b' ' | b'\t' | b'\r' => self.at += 1,
            b'\\' if rest.get(1) == Some(&b'\n') => {
                self.at += 2;
                self.line += 1;
            }
            b'\n' => {
                self.push(Token::Newline);
                self.at += 1;
                self.line += 1;
            }
            b'#' => self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()),
            b'"' => self.text()?,
            b'/' if self.may_begin_pattern() => self.pattern()?,
            b'0'..=b'9' => self.number(),
            b'.' if rest.get(1).is_some_and(u8::is_ascii_digit) => self.number(),
            byte if byte.is_ascii_alphabetic() || *byte == b'_' => self.word(),
            _ => {
                let mark = MARKS.iter().find(|mark| rest.starts_with(mark.as_bytes()));
                let Some(mark) = mark.filter(|mark| !matches!(**mark, "@" | "&" | "`" | "#" | "\\")) else {
                    return Err(self.wrong(Mistake::Unexpected(String::from_utf8_lossy(&rest[..1]).into_owned())));
                };
                self.push(Token::Mark(mark));
                self.at += mark.len();
            }
        }
        Ok(true)
    }

    /// Whether a slash here cannot divide, because nothing stands before it that could be divided.
    fn may_begin_pattern(&self) -> bool {
        match self.tokens.last() {
            Some((Token::Number(_) | Token::Text(_) | Token::Pattern(_) | Token::Name(_), _)) => false,
            Some((Token::Mark(mark), _)) => !matches!(*mark, ")" | "]" | "$" | "++" | "--"),
            _ => true,
        }
    }

    fn text(&mut self) -> Result<(), Wrong> {
        let mut text = Vec::new();
        self.at += 1;
        loop {
            let rest = &self.bytes[self.at..];
            match rest.first() {
                None | Some(b'\n') => return Err(self.open_text(&text)),
                Some(b'"') => break self.at += 1,
                Some(b'\\') if rest.get(1) == Some(&b'\n') => {
                    self.at += 2;
                    self.line += 1;
                }
                Some(b'\\') => self.at += 1 + unescape(&rest[1..], self.variant, &mut text),
                Some(byte) => {
                    text.push(*byte);
                    self.at += 1;
                }
            }
        }
        self.push(Token::Text(text));
        Ok(())
    }

    fn open_text(&self, text: &[u8]) -> Wrong {
        let start = text.get(..10).unwrap_or(text);
        self.wrong(Mistake::OpenText(String::from_utf8_lossy(start).into_owned()))
    }

    fn pattern(&mut self) -> Result<(), Wrong> {
        let mut text = Vec::new();
        let mut in_brackets = false;
        self.at += 1;
        loop {
            let rest = &self.bytes[self.at..];
            match rest.first() {
                None | Some(b'\n') => return Err(self.open_text(&text)),
                Some(b'/') if !in_brackets => break self.at += 1,
                Some(b'\\') if rest.get(1) == Some(&b'/') => {
                    text.push(b'/');
                    self.at += 2;
                }
                Some(b'\\') if rest.len() > 1 => {
                    text.extend_from_slice(&rest[..2]);
                    self.at += 2;
                }
                Some(byte) => {
                    in_brackets = match byte {
                        b'[' => true,
                        b']' => text.last() == Some(&b'['),
                        _ => in_brackets,
                    };
                    text.push(*byte);
                    self.at += 1;
                }
            }
        }
        self.push(Token::Pattern(text));
        Ok(())
    }

    fn number(&mut self) {
        let rest = &self.bytes[self.at..];
        if self.variant == Variant::BusyBox
            && let Some((value, length)) = based_number(rest)
        {
            self.push(Token::Number(value));
            self.at += length;
            return;
        }
        let length = super::value::number_length(rest);
        let digits = String::from_utf8_lossy(&rest[..length]);
        self.push(Token::Number(digits.parse().unwrap_or(0.0)));
        self.at += length.max(1);
    }

    fn word(&mut self) {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let word = String::from_utf8_lossy(&rest[..length]).into_owned();
        self.at += length;
        let token = match KEYWORDS.iter().find(|keyword| **keyword == word) {
            Some(keyword) => Token::Keyword(keyword),
            None if rest.get(length) == Some(&b'(') => Token::Called(word),
            None => Token::Name(word),
        };
        self.push(token);
    }
}

/// A number as C writes it in a program, `0x1f` or `017`, and its length; BusyBox reads these.
fn based_number(rest: &[u8]) -> Option<(f64, usize)> {
    let (base, skip) = match rest {
        [b'0', b'x' | b'X', digit, ..] if digit.is_ascii_hexdigit() => (16, 2),
        [b'0', b'0'..=b'7', ..] => (8, 1),
        _ => return None,
    };
    let count = rest[skip..].iter().take_while(|byte| char::from(**byte).is_digit(base)).count();
    if base == 8 && matches!(rest.get(skip + count), Some(b'8' | b'9' | b'.' | b'e' | b'E')) {
        return None;
    }
    let digits = std::str::from_utf8(&rest[skip..skip + count]).ok()?;
    Some((u64::from_str_radix(digits, base).unwrap_or(u64::MAX) as f64, skip + count))
}

/// Adds what follows a backslash to a text; how many bytes it took.
pub fn unescape(rest: &[u8], variant: Variant, text: &mut Vec<u8>) -> usize {
    match rest.first() {
        Some(quote @ (b'"' | b'/')) if *quote == b'"' || variant == Variant::BusyBox => {
            text.push(*quote);
            1
        }
        _ => match escape(rest, false) {
            (Escape::Bytes(bytes), used) => {
                text.extend(bytes);
                used
            }
            (Escape::Stop, used) => used,
        },
    }
}
