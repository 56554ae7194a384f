//! The patterns of `${name#pattern}`, `${name%pattern}` and `${name/pattern/replacement}`: `*`, `?` and literal characters.
//!
//! Promises: matches what BuildKit's translation to Go's regular expressions matches (`shell/lex.go`), the leftmost match,
//! with a star taking as much or as little as asked for; neither `*` nor `?` matches a line end. Takes time in proportion to
//! pattern × value, which the caller limits. Must not know: variables.

/// A backslash before a character that needs none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadEscape(pub char);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Literal(char),
    AnyCharacter,
    Star,
}

/// A pattern that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    tokens: Vec<Token>,
    greedy: bool,
}

impl Pattern {
    /// Reads a pattern; `greedy` stars take as much as they can.
    pub fn new(text: &str, greedy: bool) -> Result<Self, BadEscape> {
        let mut tokens = Vec::new();
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            tokens.push(match character {
                '*' => Token::Star,
                '?' => Token::AnyCharacter,
                '\\' => match characters.peek() {
                    // `}` and `/` had to be escaped for the lexer; the backslash is not of the pattern.
                    Some('}' | '/') => continue,
                    Some(&escaped @ ('*' | '?' | '\\')) => {
                        characters.next();
                        Token::Literal(escaped)
                    }
                    other => return Err(BadEscape(other.copied().unwrap_or('\u{fffd}'))),
                },
                other => Token::Literal(other),
            });
        }
        Ok(Self { tokens, greedy })
    }

    /// The number of characters at the start of `value` that match, if it starts with a match.
    pub fn prefix_length(&self, value: &[char]) -> Option<usize> {
        self.match_ends(value).first().copied().flatten()
    }

    /// `value` with the first match, or every one, replaced.
    pub fn replace(&self, value: &[char], replacement: &str, all: bool) -> Replacement {
        let ends = self.match_ends(value);
        let mut pieces = Vec::new();
        let (mut search, mut copied) = (0, 0);
        while let Some((start, end)) = (search..=value.len()).find_map(|at| ends[at].map(|end| (at, end))) {
            // An empty match right behind a match does not count (Go's ReplaceAll).
            if end > copied || start == 0 {
                pieces.push((copied, start));
                copied = end;
            }
            if !all {
                break;
            }
            search = end.max(search + 1);
            if search > value.len() {
                break;
            }
        }
        Replacement { pieces, rest: copied, replacement: replacement.to_owned() }
    }

    /// For each position of `value`, and the one behind it: where the preferred match that begins there ends.
    fn match_ends(&self, value: &[char]) -> Vec<Option<usize>> {
        let width = self.tokens.len();
        let mut ends = vec![None; value.len() + 1];
        // row[j]: the end of the preferred match of tokens[j..] at the current position; later: at the one behind it.
        let mut later: Vec<Option<usize>> = vec![None; width + 1];
        let mut row = later.clone();
        for position in (0..=value.len()).rev() {
            row[width] = Some(position);
            let next = value.get(position).copied();
            for (index, token) in self.tokens.iter().enumerate().rev() {
                row[index] = match *token {
                    Token::Literal(literal) if next == Some(literal) => later[index + 1],
                    Token::AnyCharacter if next.is_some_and(|character| character != '\n') => later[index + 1],
                    Token::Literal(_) | Token::AnyCharacter => None,
                    Token::Star => {
                        let longer = if next.is_some_and(|character| character != '\n') { later[index] } else { None };
                        if self.greedy { longer.or(row[index + 1]) } else { row[index + 1].or(longer) }
                    }
                };
            }
            ends[position] = row[0];
            std::mem::swap(&mut row, &mut later);
        }
        ends
    }
}

/// Where a pattern matched, and what comes there instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// Kept ranges, each followed by the replacement.
    pieces: Vec<(usize, usize)>,
    /// Where the last kept range begins.
    rest: usize,
    replacement: String,
}

impl Replacement {
    /// The length of the result, at most, in bytes.
    pub fn longest(&self, value: &[char]) -> usize {
        let kept: usize = value.iter().map(|character| character.len_utf8()).sum();
        kept.saturating_add(self.pieces.len().saturating_mul(self.replacement.len()))
    }

    /// The value with its matches replaced.
    pub fn apply(&self, value: &[char]) -> String {
        let mut result = String::new();
        for &(start, end) in &self.pieces {
            result.extend(&value[start..end]);
            result.push_str(&self.replacement);
        }
        result.extend(&value[self.rest..]);
        result
    }
}

/// `pattern` read from its end, each escape kept in front of its character; with a reversed value it finds suffixes.
pub fn reversed(pattern: &str) -> String {
    let mut pieces: Vec<(char, Option<char>)> = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        pieces.push(if character == '\\' { (character, characters.next()) } else { (character, None) });
    }
    let mut result = String::with_capacity(pattern.len());
    for (first, second) in pieces.into_iter().rev() {
        result.push(first);
        result.extend(second);
    }
    result
}
