//! Rust source as words with their lines: as much of the language as the rules of the architecture need.
//!
//! Promises: comments and the insides of strings are never taken for code; any text is read without a panic. Must not know: the rules.

/// A word of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub text: String,
    /// From 1.
    pub line: usize,
    pub kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Word,
    Sign,
    /// A string; its text is not kept.
    Text,
    /// A number, a character or a lifetime.
    Other,
}

impl Token {
    pub fn is(&self, text: &str) -> bool {
        self.text == text && matches!(self.kind, Kind::Word | Kind::Sign)
    }
}

/// The words of a source text.
pub fn tokens(source: &str) -> Vec<Token> {
    let mut reader = Reader { characters: source.chars().collect(), at: 0, line: 1 };
    let mut found = Vec::new();
    while let Some(first) = reader.peek(0) {
        let line = reader.line;
        let (kind, text) = match first {
            _ if first.is_whitespace() => {
                reader.next();
                continue;
            }
            '/' if reader.peek(1) == Some('/') => {
                while reader.peek(0).is_some_and(|character| character != '\n') {
                    reader.next();
                }
                continue;
            }
            '/' if reader.peek(1) == Some('*') => {
                reader.block_comment();
                continue;
            }
            '"' => reader.string(0),
            '\'' => reader.quote(),
            _ if first.is_alphabetic() || first == '_' => reader.word(),
            _ if first.is_ascii_digit() => reader.number(),
            ':' if reader.peek(1) == Some(':') => {
                reader.skip(2);
                (Kind::Sign, "::".to_owned())
            }
            _ => {
                reader.next();
                (Kind::Sign, first.to_string())
            }
        };
        found.push(Token { text, line, kind });
    }
    found
}

struct Reader {
    characters: Vec<char>,
    at: usize,
    line: usize,
}

impl Reader {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek(0)?;
        self.at += 1;
        self.line += usize::from(character == '\n');
        Some(character)
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.next();
        }
    }

    /// Block comments nest.
    fn block_comment(&mut self) {
        let mut depth = 0;
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => {
                    depth += 1;
                    self.skip(2);
                }
                (Some('*'), Some('/')) => {
                    depth -= 1;
                    self.skip(2);
                    if depth == 0 {
                        return;
                    }
                }
                (Some(_), _) => self.skip(1),
                (None, _) => return,
            }
        }
    }

    /// A string from its opening quote on; with hashes it is a raw one.
    fn string(&mut self, hashes: usize) -> (Kind, String) {
        self.next();
        while let Some(character) = self.next() {
            match character {
                '\\' if hashes == 0 => self.skip(1),
                '"' if (0..hashes.saturating_sub(1)).all(|ahead| self.peek(ahead) == Some('#')) => {
                    self.skip(hashes.saturating_sub(1));
                    break;
                }
                _ => {}
            }
        }
        (Kind::Text, String::new())
    }

    /// A character or a lifetime.
    fn quote(&mut self) -> (Kind, String) {
        self.next();
        if self.peek(0) == Some('\\') || self.peek(1) == Some('\'') {
            while let Some(character) = self.next() {
                match character {
                    '\\' => self.skip(1),
                    '\'' => break,
                    _ => {}
                }
                if self.peek(0) == Some('\'') {
                    self.next();
                    break;
                }
            }
        } else {
            self.word();
        }
        (Kind::Other, String::new())
    }

    fn word(&mut self) -> (Kind, String) {
        let mut text = String::new();
        while let Some(character) = self.peek(0).filter(|character| character.is_alphanumeric() || *character == '_') {
            text.push(character);
            self.next();
        }
        let raw = matches!(text.as_str(), "r" | "br" | "cr");
        let hashes = (0..).take_while(|ahead| self.peek(*ahead) == Some('#')).count();
        if raw && self.peek(hashes) == Some('"') {
            self.skip(hashes);
            // One more than the hashes, so that a raw string without hashes is raw too.
            return self.string(hashes + 1);
        }
        if matches!(text.as_str(), "b" | "c") && self.peek(0) == Some('"') {
            return self.string(0);
        }
        if text == "b" && self.peek(0) == Some('\'') {
            return self.quote();
        }
        if text == "r" && hashes == 1 {
            self.next();
            return self.word();
        }
        (Kind::Word, text)
    }

    fn number(&mut self) -> (Kind, String) {
        while let Some(character) = self.peek(0) {
            let fraction = character == '.' && self.peek(1).is_some_and(|next| next.is_ascii_digit());
            if !character.is_alphanumeric() && character != '_' && !fraction {
                break;
            }
            self.next();
        }
        (Kind::Other, String::new())
    }
}
