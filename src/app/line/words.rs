//! A shell line as coloured pieces, and the command in which the cursor stands.
//!
//! Promises: the pieces together are the line; any text is taken, whole or unfinished. It is a reading for the eye: the shell itself
//! decides what a line means. Must not know: colours, the world.

use std::ops::Range;

use crate::client::commands::{Node, ROOT};

/// What a piece of a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Blank,
    /// The program that a command runs.
    Program,
    /// A word of the shell's own grammar: `for`, `do`.
    Keyword,
    /// A word that says what a program shall do: `run` in `docker run`.
    Subcommand,
    Flag,
    /// A text in quotes.
    Quoted,
    /// `$NAME`, `${NAME}`, and assignments.
    Variable,
    /// `|`, `&&`, `;`, `>` and their like.
    Operator,
    Comment,
    Plain,
}

/// A piece of a line: which bytes, and what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub range: Range<usize>,
    pub kind: Kind,
}

/// A word: its bytes in the line, and what the shell would make of it as far as quotes go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub range: Range<usize>,
    pub value: String,
    /// The quote that was opened and not closed.
    pub open_quote: Option<char>,
}

/// The command in which the cursor stands, as far as it is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Situation {
    /// The words before the one at the cursor, without assignments and redirections.
    pub words: Vec<String>,
    /// The word at the cursor, up to the cursor; empty at its end after a blank.
    pub word: Option<Word>,
    /// The word at the cursor names a file that is read from or written to (`>`).
    pub redirected: bool,
}

/// Words of the shell's grammar behind which a command begins (POSIX 2.4), and the others.
const BEFORE_A_COMMAND: [&str; 9] = ["if", "then", "else", "elif", "while", "until", "do", "!", "{"];
const KEYWORDS: [&str; 6] = ["for", "case", "done", "fi", "esac", "}"];

/// What the lexer finds, before anyone asks what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Blank(Range<usize>),
    Operator(Range<usize>),
    Comment(Range<usize>),
    Word(Word),
}

/// The pieces of a line, from left to right, without gaps.
pub fn pieces(line: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut redirected = false;
    for token in tokens(line) {
        let (range, kind) = match token {
            Token::Blank(range) => (range, Kind::Blank),
            Token::Comment(range) => (range, Kind::Comment),
            Token::Operator(range) => {
                let operator = line.get(range.clone()).unwrap_or_default();
                redirected = is_redirection(operator);
                if !redirected {
                    words.clear();
                }
                (range, Kind::Operator)
            }
            Token::Word(word) => {
                let kind = if std::mem::take(&mut redirected) {
                    Kind::Plain
                } else if words.is_empty() && is_assignment(&word.value) {
                    Kind::Variable
                } else if words.is_empty() && BEFORE_A_COMMAND.contains(&word.value.as_str()) {
                    Kind::Keyword
                } else {
                    let kind = kind_of(&words, &word.value);
                    words.push(word.value.clone());
                    kind
                };
                if matches!(kind, Kind::Plain | Kind::Flag) {
                    parts(line, word.range, kind, &mut pieces);
                    continue;
                }
                (word.range, kind)
            }
        };
        pieces.push(Piece { range, kind });
    }
    pieces
}

/// The command in which the cursor stands.
pub fn situation(before_cursor: &str) -> Situation {
    let mut found = Situation::default();
    let mut at_end = None;
    let mut redirected = false;
    for token in tokens(before_cursor) {
        at_end = None;
        match token {
            Token::Blank(_) => {}
            Token::Comment(_) => found.words.clear(),
            Token::Operator(range) => {
                redirected = is_redirection(before_cursor.get(range).unwrap_or_default());
                if !redirected {
                    found.words.clear();
                }
            }
            Token::Word(word) => {
                let here = word.range.end == before_cursor.len();
                if here {
                    at_end = Some((word, redirected));
                } else {
                    let assigns = found.words.is_empty() && is_assignment(&word.value);
                    found.words.extend(Some(word.value).filter(|_| !redirected && !assigns));
                }
                redirected = redirected && here;
            }
        }
    }
    let end = before_cursor.len();
    match at_end {
        Some((word, after_redirection)) => (found.word, found.redirected) = (Some(word), after_redirection),
        None => {
            found.word = Some(Word { range: end..end, value: String::new(), open_quote: None });
            found.redirected = redirected;
        }
    }
    found
}

/// A text as one word of a shell line: quoted where it must be.
pub fn quoted(text: &str) -> String {
    let plain = |sign: char| sign.is_alphanumeric() || "@%_+=:,./-~{}".contains(sign);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn is_redirection(operator: &str) -> bool {
    operator.contains(['<', '>'])
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_')
            && name.chars().next().is_some_and(|sign| !sign.is_ascii_digit())
    })
}

/// What a word is, after the words before it in its command.
fn kind_of(before: &[String], word: &str) -> Kind {
    match before.split_first() {
        None if KEYWORDS.contains(&word) => Kind::Keyword,
        None => Kind::Program,
        _ if word.starts_with('-') && word.len() > 1 => Kind::Flag,
        Some((program, words)) if program == "docker" => {
            let mut group = &ROOT;
            for word in words.iter().filter(|word| !word.starts_with('-')) {
                match group.find(word).map(|entry| entry.node) {
                    Some(Node::Group(inner)) => group = inner,
                    _ => return Kind::Plain,
                }
            }
            if group.find(word).is_some() { Kind::Subcommand } else { Kind::Plain }
        }
        Some((program, [])) if program == "multipass" => Kind::Subcommand,
        _ => Kind::Plain,
    }
}

/// The parts of a word: what is quoted, what is a variable, and the rest.
fn parts(line: &str, range: Range<usize>, rest: Kind, pieces: &mut Vec<Piece>) {
    let text = line.get(range.clone()).unwrap_or_default();
    let mut at = 0;
    let mut plain_from = 0;
    let mut push = |from: usize, to: usize, kind: Kind| {
        if from < to {
            pieces.push(Piece { range: range.start + from..range.start + to, kind });
        }
    };
    while let Some(sign) = text.get(at..).and_then(|text| text.chars().next()) {
        let after = text.get(at + sign.len_utf8()..).unwrap_or_default();
        let (length, kind) = match sign {
            '\\' => {
                at += 1 + after.chars().next().map_or(0, char::len_utf8);
                continue;
            }
            '\'' => (after.find('\'').map_or(after.len(), |end| end + 1), Kind::Quoted),
            '"' => (end_of_double_quote(after), Kind::Quoted),
            '$' => (variable_length(after), Kind::Variable),
            _ => (0, rest),
        };
        if kind == rest || sign == '$' && length == 0 {
            at += sign.len_utf8();
            continue;
        }
        push(plain_from, at, rest);
        push(at, at + 1 + length, kind);
        at += 1 + length;
        plain_from = at;
    }
    push(plain_from, text.len(), rest);
}

/// How many bytes the text in double quotes has, with its closing quote.
fn end_of_double_quote(text: &str) -> usize {
    let mut escaped = false;
    for (at, sign) in text.char_indices() {
        match sign {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// How many bytes the name behind a `$` has.
fn variable_length(text: &str) -> usize {
    match text.chars().next() {
        Some('{') => text.find('}').map_or(text.len(), |end| end + 1),
        Some('?' | '$' | '!' | '#' | '@' | '*' | '0'..='9') => 1,
        _ => text.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_').unwrap_or(text.len()),
    }
}

fn tokens(line: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(sign) = line.get(at..).and_then(|text| text.chars().next()) {
        let rest = line.get(at..).unwrap_or_default();
        let token = if sign.is_whitespace() && sign != '\n' {
            let end = rest.find(|sign: char| !sign.is_whitespace() || sign == '\n').unwrap_or(rest.len());
            Token::Blank(at..at + end)
        } else if sign == '#' {
            Token::Comment(at..at + rest.find('\n').unwrap_or(rest.len()))
        } else if let Some(length) = operator_length(rest) {
            Token::Operator(at..at + length)
        } else {
            Token::Word(word(line, at))
        };
        at = match &token {
            Token::Blank(range) | Token::Operator(range) | Token::Comment(range) => range.end,
            Token::Word(word) => word.range.end,
        };
        tokens.push(token);
    }
    tokens
}

/// How many bytes the operator at the beginning of `text` has, if one is there. `$(` and backquotes begin a command like `;` does.
fn operator_length(text: &str) -> Option<usize> {
    const OPERATORS: [&str; 17] =
        ["&&", "||", ">>", "<<", "2>&1", "2>", "&>", "$(", ";;", "|", "&", ";", "(", ")", ">", "<", "`"];
    if text.starts_with('\n') {
        return Some(1);
    }
    OPERATORS.iter().find(|operator| text.starts_with(**operator)).map(|operator| operator.len())
}

/// The word that begins at `start`.
fn word(line: &str, start: usize) -> Word {
    let text = line.get(start..).unwrap_or_default();
    let mut signs = text.char_indices().peekable();
    let mut value = String::new();
    let mut quote = None;
    let mut end = text.len();
    while let Some((at, sign)) = signs.next() {
        match (quote, sign) {
            (Some(open), sign) if sign == open => quote = None,
            (Some('"') | None, '\\') => {
                if let Some((_, sign)) = signs.next().filter(|(_, sign)| *sign != '\n') {
                    value.push(sign);
                }
            }
            (Some(_), sign) => value.push(sign),
            (None, '\'' | '"') => quote = Some(sign),
            // Within a word, digits before `>` are the word's own.
            (None, sign) if sign.is_whitespace() || at > 0 && ends_word(text.get(at..).unwrap_or_default()) => {
                end = at;
                break;
            }
            (None, sign) => value.push(sign),
        }
    }
    Word { range: start..start + end, value, open_quote: quote }
}

fn ends_word(text: &str) -> bool {
    operator_length(text).is_some_and(|_| !text.starts_with("2>"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(line: &str) -> Vec<(&str, Kind)> {
        let kept = pieces(line).into_iter().filter(|piece| piece.kind != Kind::Blank);
        kept.map(|piece| (&line[piece.range], piece.kind)).collect()
    }

    #[test]
    fn a_line_is_read_as_its_words() {
        let expected = [
            ("docker", Kind::Program),
            ("run", Kind::Subcommand),
            ("-e", Kind::Flag),
            ("A=", Kind::Plain),
            ("$HOME", Kind::Variable),
            ("'a b'", Kind::Quoted),
            ("|", Kind::Operator),
            ("grep", Kind::Program),
            ("x", Kind::Plain),
            (">", Kind::Operator),
            ("f", Kind::Plain),
            ("# why", Kind::Comment),
        ];
        assert_eq!(shown("docker run -e A=$HOME 'a b' | grep x > f # why"), expected);
        assert_eq!(shown("docker network ls")[2], ("ls", Kind::Subcommand));
        assert_eq!(shown("do docker")[..2], [("do", Kind::Keyword), ("docker", Kind::Program)]);
        assert_eq!(shown("A=1 ls")[..2], [("A=1", Kind::Variable), ("ls", Kind::Program)]);
    }

    #[test]
    fn the_cursor_knows_its_command() {
        let found = situation("cat x; docker run -v 'a b");
        assert_eq!(found.words, ["docker", "run", "-v"]);
        let word = found.word.unwrap();
        assert_eq!((word.value.as_str(), word.open_quote), ("a b", Some('\'')));
        assert!(situation("cat > ").redirected && situation("cat >f").redirected && !situation("cat >f ").redirected);
        assert_eq!(situation("echo $(docker ps").words, ["docker"]);
        assert_eq!(situation("ls ").word.map(|word| word.range), Some(3..3));
        assert_eq!(situation("").words, Vec::<String>::new());
    }

    #[test]
    fn a_name_with_blanks_is_quoted() {
        assert_eq!(quoted("churn-api:1"), "churn-api:1");
        assert_eq!(quoted("my file's"), "'my file'\\''s'");
    }

    proptest! {
        #[test]
        fn the_pieces_are_the_line(line in "[a-z0-9 '\"$(){}|&;<>=#\\\\\n中-]{0,40}") {
            let mut end = 0;
            for piece in pieces(&line) {
                prop_assert_eq!(piece.range.start, end);
                end = piece.range.end;
            }
            prop_assert_eq!(end, line.len());
            let word = situation(&line).word.unwrap();
            prop_assert_eq!(word.range.end, line.len());
        }
    }
}
