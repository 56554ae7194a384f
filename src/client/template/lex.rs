//! From the text of a template to its tokens, as the lexer of Go's `text/template/parse` makes them.
//!
//! Promises: the same tokens, positions and error texts; the list ends with `End` or with one `Error`.

use super::super::units::go_quote;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Open,
    Close,
    Space,
    Identifier,
    Keyword,
    Bool,
    Field,
    Variable,
    Dot,
    Nil,
    Number,
    CharacterConstant,
    Quoted,
    Raw,
    Pipe,
    Declare,
    Assign,
    LeftParenthesis,
    RightParenthesis,
    Character,
    End,
    Error,
}

/// A token: what it is, where it begins, on which line, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    pub position: usize,
    pub line: usize,
    pub text: String,
}

impl Token {
    /// The token as error messages show it.
    pub fn shown(&self) -> String {
        match self.kind {
            Kind::End => "EOF".to_owned(),
            Kind::Error => self.text.clone(),
            Kind::Keyword | Kind::Nil => format!("<{}>", self.text),
            Kind::Dot => "<.>".to_owned(),
            _ if self.text.chars().count() > 10 => {
                format!("{}...", go_quote(&self.text.chars().take(10).collect::<String>()))
            }
            _ => go_quote(&self.text),
        }
    }
}

const KEYWORDS: [&str; 10] = ["block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"];
const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// The tokens of a template.
pub(super) fn lex(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { text, position: 0, tokens: Vec::new(), depth: 0 };
    lexer.run();
    lexer.tokens
}

struct Lexer<'t> {
    text: &'t str,
    position: usize,
    tokens: Vec<Token>,
    depth: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.position..]
    }

    fn line_at(&self, position: usize) -> usize {
        1 + self.text[..position].matches('\n').count()
    }

    /// Adds the text from the present position up to `length` bytes further.
    fn push(&mut self, kind: Kind, length: usize) {
        let text = self.rest()[..length].to_owned();
        self.tokens.push(Token { kind, position: self.position, line: self.line_at(self.position), text });
        self.position += length;
    }

    fn fail(&mut self, at: usize, message: String) {
        let line = self.line_at(at);
        self.tokens.push(Token { kind: Kind::Error, position: at, line, text: message });
    }

    fn run(&mut self) {
        loop {
            let Some(open) = self.rest().find("{{") else {
                if !self.rest().is_empty() {
                    self.push(Kind::Text, self.rest().len());
                }
                self.push(Kind::End, 0);
                return;
            };
            let mut length = open;
            let after_open = &self.rest()[open + 2..];
            let trims = after_open.starts_with('-') && after_open[1..].starts_with(BLANKS);
            if trims {
                length = self.rest()[..open].trim_end_matches(BLANKS).len();
            }
            if length > 0 {
                self.push(Kind::Text, length);
            }
            self.position += open - length;
            let start = self.position;
            let marker = if trims { 4 } else { 2 };
            if self.rest()[marker.min(self.rest().len())..].starts_with("/*") {
                if !self.comment(marker) {
                    return;
                }
                continue;
            }
            self.push(Kind::Open, 2);
            self.position = start + if trims { 3 } else { 2 };
            self.depth = 0;
            if !self.action() {
                return;
            }
        }
    }

    fn comment(&mut self, marker: usize) -> bool {
        let start = self.position;
        let Some(end) = self.rest()[marker + 2..].find("*/") else {
            self.fail(start, "unclosed comment".to_owned());
            return false;
        };
        self.position += marker + 2 + end + 2;
        if !self.close_comment() {
            self.fail(start, "comment ends before closing delimiter".to_owned());
            return false;
        }
        true
    }

    fn close_comment(&mut self) -> bool {
        let rest = self.rest();
        if rest.starts_with("}}") {
            self.position += 2;
            return true;
        }
        if rest.starts_with(BLANKS) && rest[1..].starts_with("-}}") {
            self.position += 4;
            self.skip_blanks();
            return true;
        }
        false
    }

    fn skip_blanks(&mut self) {
        self.position += self.rest().len() - self.rest().trim_start_matches(BLANKS).len();
    }

    /// Reads to the end of an action; false if there was an error.
    fn action(&mut self) -> bool {
        let opened = self.position;
        loop {
            let rest = self.rest();
            let trims = rest.starts_with(BLANKS) && rest[1..].starts_with("-}}");
            if trims || rest.starts_with("}}") {
                if self.depth > 0 {
                    self.fail(self.position, "unclosed left paren".to_owned());
                    return false;
                }
                if trims {
                    self.position += 2;
                }
                self.push(Kind::Close, 2);
                if trims {
                    self.skip_blanks();
                }
                return true;
            }
            let Some(first) = rest.chars().next() else {
                self.fail(self.position.max(opened), "unclosed action".to_owned());
                return false;
            };
            if !self.token(first) {
                return false;
            }
        }
    }

    fn token(&mut self, first: char) -> bool {
        let rest = self.rest();
        match first {
            ' ' | '\t' | '\r' | '\n' => {
                // The blank before a trim marker belongs to the marker.
                let mut length = rest.len() - rest.trim_start_matches(BLANKS).len();
                if rest[length..].starts_with("-}}") {
                    length -= 1;
                }
                if length > 0 {
                    self.push(Kind::Space, length);
                }
            }
            '=' => self.push(Kind::Assign, 1),
            ':' if rest.starts_with(":=") => self.push(Kind::Declare, 2),
            ':' => return self.refuse(1, "expected :="),
            '|' => self.push(Kind::Pipe, 1),
            '"' => return self.quoted('"', Kind::Quoted, "unterminated quoted string"),
            '\'' => return self.quoted('\'', Kind::CharacterConstant, "unterminated character constant"),
            '`' => match rest[1..].find('`') {
                Some(end) => self.push(Kind::Raw, end + 2),
                None => return self.refuse(0, "unterminated raw quoted string"),
            },
            '$' => return self.word(Kind::Variable),
            '.' if rest[1..].starts_with(|next: char| !next.is_ascii_digit()) => {
                if rest[1..].starts_with(alphanumeric) {
                    return self.word(Kind::Field);
                }
                self.push(Kind::Dot, 1);
            }
            '.' | '+' | '-' | '0'..='9' => return self.number(),
            '(' => {
                self.depth += 1;
                self.push(Kind::LeftParenthesis, 1);
            }
            ')' => {
                if self.depth == 0 {
                    return self.refuse(0, "unexpected right paren");
                }
                self.depth -= 1;
                self.push(Kind::RightParenthesis, 1);
            }
            letter if alphanumeric(letter) => return self.word(Kind::Identifier),
            printable if printable.is_ascii() && !printable.is_ascii_control() => self.push(Kind::Character, 1),
            other => return self.refuse(0, &format!("unrecognized character in action: {}", code_point(other))),
        }
        true
    }

    fn refuse(&mut self, skip: usize, message: &str) -> bool {
        self.fail(self.position + skip, message.to_owned());
        false
    }

    fn quoted(&mut self, quote: char, kind: Kind, unterminated: &str) -> bool {
        let mut escaped = false;
        for (index, character) in self.rest().char_indices().skip(1) {
            match character {
                '\n' => break,
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                end if end == quote => {
                    self.push(kind, index + 1);
                    return true;
                }
                _ => {}
            }
        }
        self.refuse(0, unterminated)
    }

    /// An identifier, or what begins with `.` or `$` and goes on like one.
    fn word(&mut self, kind: Kind) -> bool {
        let rest = self.rest();
        let prefix = usize::from(kind != Kind::Identifier);
        let length = prefix + rest[prefix..].find(|letter| !alphanumeric(letter)).unwrap_or(rest.len() - prefix);
        if let Some(next) = rest[length..].chars().next()
            && !BLANKS.contains(&next)
            && !matches!(next, '.' | ',' | '|' | ':' | ')' | '(')
            && !rest[length..].starts_with("}}")
        {
            return self.refuse(length, &format!("bad character {}", code_point(next)));
        }
        let kind = match &rest[..length] {
            word if kind != Kind::Identifier => {
                if word == "." {
                    Kind::Dot
                } else {
                    kind
                }
            }
            word if KEYWORDS.contains(&word) => Kind::Keyword,
            "true" | "false" => Kind::Bool,
            "nil" => Kind::Nil,
            _ => kind,
        };
        self.push(kind, length);
        true
    }

    fn number(&mut self) -> bool {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let mut end = usize::from(matches!(bytes[0], b'+' | b'-'));
        let hexadecimal = rest[end..].starts_with("0x") || rest[end..].starts_with("0X");
        let other_base = [["0b", "0B"], ["0o", "0O"]].iter().flatten().any(|prefix| rest[end..].starts_with(prefix));
        if hexadecimal || other_base {
            end += 2;
        }
        let digit =
            |byte: u8| byte == b'_' || if hexadecimal { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() };
        let digits = |mut end: usize| {
            while bytes.get(end).is_some_and(|&byte| digit(byte)) {
                end += 1;
            }
            end
        };
        end = digits(end);
        if bytes.get(end) == Some(&b'.') {
            end = digits(end + 1);
        }
        if !hexadecimal && matches!(bytes.get(end), Some(b'e' | b'E')) {
            end += 1;
            end += usize::from(matches!(bytes.get(end), Some(b'+' | b'-')));
            end = digits(end);
        }
        if let Some(next) = rest[end..].chars().next().filter(|&next| alphanumeric(next)) {
            let text = go_quote(&rest[..end + next.len_utf8()]);
            return self.refuse(0, &format!("bad number syntax: {text}"));
        }
        self.push(Kind::Number, end);
        true
    }
}

fn alphanumeric(letter: char) -> bool {
    letter == '_' || letter.is_alphabetic() || letter.is_numeric()
}

/// A character as Go's `%#U` writes it.
fn code_point(character: char) -> String {
    let number = format!("U+{:04X}", u32::from(character));
    if character.is_control() { number } else { format!("{number} '{character}'") }
}
