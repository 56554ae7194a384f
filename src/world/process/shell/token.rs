//! Tokens: operators, keywords and words, as POSIX 2.10 has them. Promises ash's and dash's names of tokens in messages.
//! Knows nothing of grammar except when a word may be a keyword or an alias, which the caller says.

use super::error::{SyntaxError, SyntaxErrorKind};
use super::source::{Parser, PendingDocument};
use super::syntax::{HereDocument, Part, Redirection, Target, Word};

/// What the grammar reads.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    End,
    Newline,
    Semicolon,
    Background,
    And,
    Or,
    Pipe,
    Open,
    Close,
    EndArm,
    Redirection(Redirection),
    Keyword(Keyword),
    Word(Word),
}

/// The reserved words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Not,
    Case,
    Do,
    Done,
    Elif,
    Else,
    Esac,
    Fi,
    For,
    Function,
    If,
    In,
    Then,
    Until,
    While,
    BeginGroup,
    EndGroup,
}

const KEYWORDS: [(&str, Keyword); 17] = [
    ("!", Keyword::Not),
    ("case", Keyword::Case),
    ("do", Keyword::Do),
    ("done", Keyword::Done),
    ("elif", Keyword::Elif),
    ("else", Keyword::Else),
    ("esac", Keyword::Esac),
    ("fi", Keyword::Fi),
    ("for", Keyword::For),
    ("function", Keyword::Function),
    ("if", Keyword::If),
    ("in", Keyword::In),
    ("then", Keyword::Then),
    ("until", Keyword::Until),
    ("while", Keyword::While),
    ("{", Keyword::BeginGroup),
    ("}", Keyword::EndGroup),
];

/// Whether `word` is reserved, as `type` and `command -v` tell.
pub fn is_keyword(word: &str) -> bool {
    KEYWORDS.iter().any(|(text, _)| *text == word)
}

/// Where a token stands, which decides what a word in it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Newlines are passed over.
    pub(super) skip_newlines: bool,
    /// A word may be a keyword.
    pub(super) keywords: bool,
    /// A word may be an alias.
    pub(super) aliases: bool,
}

impl Place {
    /// Among the words of a command.
    pub(super) const WORD: Place = Place { skip_newlines: false, keywords: false, aliases: false };
    /// Where a keyword may stand on this line.
    pub(super) const KEYWORD: Place = Place { skip_newlines: false, keywords: true, aliases: false };
    /// Where a keyword may stand on this or a later line.
    pub(super) const LATER_KEYWORD: Place = Place { skip_newlines: true, keywords: true, aliases: false };
    /// Where a command may begin.
    pub(super) const COMMAND: Place = Place { skip_newlines: false, keywords: true, aliases: true };
    /// Where a command may begin, perhaps on a later line.
    pub(super) const LATER_COMMAND: Place = Place { skip_newlines: true, keywords: true, aliases: true };
}

impl Token {
    /// The token as messages name it.
    pub(super) fn name(&self) -> String {
        let text = match self {
            Token::End => return "end of file".to_owned(),
            Token::Newline => return "newline".to_owned(),
            Token::Word(_) => return "word".to_owned(),
            Token::Redirection(_) => return "redirection".to_owned(),
            Token::Semicolon => ";",
            Token::Background => "&",
            Token::And => "&&",
            Token::Or => "||",
            Token::Pipe => "|",
            Token::Open => "(",
            Token::Close => ")",
            Token::EndArm => ";;",
            Token::Keyword(keyword) => KEYWORDS.iter().find(|(_, other)| other == keyword).map_or("", |(text, _)| text),
        };
        format!("\"{text}\"")
    }
}

impl Parser<'_> {
    /// Reads the next token as it is to be understood at `place`.
    pub(super) fn token(&mut self, place: Place) -> Result<Token, SyntaxError> {
        loop {
            let (mut token, start, fresh) = match self.pushed.take() {
                Some(token) => (token, self.position, false),
                None => {
                    self.skip_blanks();
                    let start = self.position;
                    (self.scan()?, start, true)
                }
            };
            if place.skip_newlines && token == Token::Newline {
                continue;
            }
            let alias_next = std::mem::take(&mut self.alias_next);
            if let Token::Word(word) = &token
                && let Some(text) = word.plain()
            {
                let keyword = KEYWORDS.iter().find(|(keyword, _)| *keyword == text).map(|(_, keyword)| *keyword);
                let keyword = keyword.filter(|keyword| *keyword != Keyword::Function || self.dialect.has_extensions());
                if place.keywords
                    && let Some(keyword) = keyword
                {
                    token = Token::Keyword(keyword);
                } else if fresh && (place.aliases || alias_next) && !self.aliases.is_empty() {
                    let text = text.to_owned();
                    if self.expand_alias(&text, start)? {
                        continue;
                    }
                }
            }
            return Ok(token);
        }
    }

    /// Puts a token back, to be read again.
    pub(super) fn push_back(&mut self, token: Token) {
        self.pushed = Some(token);
    }

    /// The next token without passing it.
    pub(super) fn peek_token(&mut self, place: Place) -> Result<Token, SyntaxError> {
        let token = self.token(place)?;
        self.push_back(token.clone());
        Ok(token)
    }

    /// The error for `token`, which cannot stand where it does.
    pub(super) fn unexpected(&self, token: &Token, expected: Option<&Token>) -> SyntaxError {
        let kind = SyntaxErrorKind::Unexpected { found: token.name(), expected: expected.map(Token::name) };
        let mut line = self.line;
        if *token == Token::Newline {
            line = line.saturating_sub(1);
        }
        SyntaxError { kind, line, incomplete: *token == Token::End }
    }

    /// Reads a token that must be `expected`.
    pub(super) fn expect(&mut self, expected: Token, place: Place) -> Result<(), SyntaxError> {
        let token = self.token(place)?;
        if token == expected { Ok(()) } else { Err(self.unexpected(&token, Some(&expected))) }
    }

    fn skip_blanks(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' => self.position += 1,
                b'#' => {
                    while self.raw_at(0).is_some_and(|byte| byte != b'\n') {
                        self.position += 1;
                    }
                }
                _ => break,
            }
        }
    }

    fn scan(&mut self) -> Result<Token, SyntaxError> {
        let Some(byte) = self.peek() else { return Ok(Token::End) };
        let token = match byte {
            b'\n' => {
                self.advance();
                self.read_here_documents()?;
                return Ok(Token::Newline);
            }
            b';' | b'&' | b'|' | b'(' | b')' => {
                self.advance();
                match byte {
                    b';' if self.take(b';') => Token::EndArm,
                    b';' => Token::Semicolon,
                    b'&' if self.take(b'&') => Token::And,
                    b'&' if self.dialect.has_extensions() && self.peek() == Some(b'>') => {
                        self.advance();
                        return self.redirection_target(1, Target::Both);
                    }
                    b'&' => Token::Background,
                    b'|' if self.take(b'|') => Token::Or,
                    b'|' => Token::Pipe,
                    b'(' => Token::Open,
                    _ => Token::Close,
                }
            }
            b'<' | b'>' => return self.redirection(None),
            b'0'..=b'9' => {
                let digits = (0..).take_while(|ahead| self.raw_at(*ahead).is_some_and(|byte| byte.is_ascii_digit()));
                let count = digits.count();
                if count <= 2 && matches!(self.raw_at(count), Some(b'<' | b'>')) {
                    let number = self.text.get(self.position..self.position + count).and_then(|text| text.parse().ok());
                    self.position += count;
                    return self.redirection(number);
                }
                Token::Word(self.word()?)
            }
            _ => Token::Word(self.word()?),
        };
        Ok(token)
    }

    fn redirection(&mut self, descriptor: Option<u32>) -> Result<Token, SyntaxError> {
        let input = self.take(b'<');
        if !input {
            self.advance();
        }
        let descriptor = descriptor.unwrap_or(if input { 0 } else { 1 });
        match (input, self.peek()) {
            (true, Some(b'<')) => {
                self.advance();
                let strip_tabs = self.take(b'-');
                self.here_document_operator(descriptor, strip_tabs)
            }
            (true, Some(b'>')) => {
                self.advance();
                self.redirection_target(descriptor, Target::ReadWrite)
            }
            (false, Some(b'>')) => {
                self.advance();
                self.redirection_target(descriptor, Target::Append)
            }
            (false, Some(b'|')) => {
                self.advance();
                self.redirection_target(descriptor, Target::Clobber)
            }
            (_, Some(b'&')) => {
                self.advance();
                let token = self.redirection_target(descriptor, Target::Duplicate)?;
                if let Token::Redirection(Redirection { target: Target::Duplicate(word), .. }) = &token
                    && let Some(text) = word.plain()
                    && text != "-"
                    && text.parse::<u32>().is_err()
                {
                    return Err(self.error(SyntaxErrorKind::BadDescriptor));
                }
                Ok(token)
            }
            (true, _) => self.redirection_target(descriptor, Target::Read),
            (false, _) => self.redirection_target(descriptor, Target::Write),
        }
    }

    fn redirection_target(&mut self, descriptor: u32, target: fn(Word) -> Target) -> Result<Token, SyntaxError> {
        match self.token(Place::WORD)? {
            Token::Word(word) => Ok(Token::Redirection(Redirection { descriptor, target: target(word) })),
            other => Err(self.unexpected(&other, None)),
        }
    }

    fn here_document_operator(&mut self, descriptor: u32, strip_tabs: bool) -> Result<Token, SyntaxError> {
        self.skip_blanks();
        let start = self.position;
        let word = match self.token(Place::WORD)? {
            Token::Word(word) => word,
            other => return Err(self.unexpected(&other, None)),
        };
        let (delimiter, quoted) = match word.plain() {
            Some(text) => (text.to_owned(), false),
            None => {
                let written = self.text.get(start..self.position).unwrap_or_default();
                unquote(&word).map_or_else(|| (written.to_owned(), false), |text| (text, true))
            }
        };
        let document = HereDocument::default();
        self.pending.push(PendingDocument { document: document.clone(), delimiter, quoted, strip_tabs });
        Ok(Token::Redirection(Redirection { descriptor, target: Target::HereDocument(document) }))
    }
}

/// The text of a word that has quotes but no expansions.
fn unquote(word: &Word) -> Option<String> {
    let mut text = String::new();
    for part in word.parts.iter() {
        match part {
            Part::Literal(literal) | Part::Quoted(literal) => text.push_str(literal),
            Part::Double(inner) => text.push_str(&unquote(&Word { parts: inner.clone() })?),
            _ => return None,
        }
    }
    Some(text)
}
