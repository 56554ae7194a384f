//! Fields: the pieces that a word expands to, and how they are split (POSIX 2.6.5). Promises that quoted text is never split and never
//! taken for a pattern. It must not know where a piece comes from.

/// A piece of an expanded word.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    /// Written so: not split, but may match files.
    Literal(String),
    /// Quoted: neither.
    Quoted(String),
    /// From an expansion outside quotes: both.
    Expanded(String),
    /// Between two arguments of `$@`.
    Break,
}

/// A character, and whether it is quoted.
pub(super) type Character = (char, bool);

impl Piece {
    pub(super) fn len(&self) -> usize {
        match self {
            Piece::Literal(text) | Piece::Quoted(text) | Piece::Expanded(text) => text.len(),
            Piece::Break => 1,
        }
    }
}

pub(super) fn piece(text: String, quoted: bool) -> Piece {
    if quoted { Piece::Quoted(text) } else { Piece::Expanded(text) }
}

pub(super) fn join(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Literal(text) | Piece::Quoted(text) | Piece::Expanded(text) => text.as_str(),
            Piece::Break => " ",
        })
        .collect()
}

pub(super) fn characters(pieces: &[Piece]) -> Vec<Character> {
    let mut characters = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Quoted(text) => characters.extend(text.chars().map(|character| (character, true))),
            Piece::Literal(text) => characters.extend(text.chars().map(|character| (character, false))),
            // A backslash that comes out of an expansion quotes in a pattern.
            Piece::Expanded(text) => {
                let mut source = text.chars();
                while let Some(character) = source.next() {
                    match character {
                        '\\' => characters.push((source.next().unwrap_or('\\'), true)),
                        _ => characters.push((character, false)),
                    }
                }
            }
            Piece::Break => characters.push((' ', false)),
        }
    }
    characters
}

/// Field splitting (POSIX 2.6.5).
pub(super) fn split(pieces: &[Piece], separators: &str) -> Vec<Vec<Character>> {
    let mut fields: Vec<Vec<Character>> = Vec::new();
    let mut current: Option<Vec<Character>> = None;
    // The last field was ended by blanks: one other separator that follows belongs to the same end.
    let mut ended_by_blank = false;
    for piece in pieces {
        match piece {
            Piece::Break => {
                fields.extend(current.take());
                ended_by_blank = false;
            }
            Piece::Quoted(text) => {
                current.get_or_insert_default().extend(text.chars().map(|character| (character, true)));
                ended_by_blank = false;
            }
            Piece::Literal(text) => {
                if !text.is_empty() {
                    current.get_or_insert_default().extend(text.chars().map(|character| (character, false)));
                }
                ended_by_blank = false;
            }
            Piece::Expanded(text) => {
                for character in text.chars() {
                    if !separators.contains(character) {
                        current.get_or_insert_default().push((character, false));
                        ended_by_blank = false;
                    } else if matches!(character, ' ' | '\t' | '\n') {
                        if let Some(field) = current.take() {
                            fields.push(field);
                            ended_by_blank = true;
                        }
                    } else if let Some(field) = current.take() {
                        fields.push(field);
                        ended_by_blank = false;
                    } else if ended_by_blank {
                        ended_by_blank = false;
                    } else {
                        fields.push(Vec::new());
                    }
                }
            }
        }
    }
    fields.extend(current);
    fields
}
