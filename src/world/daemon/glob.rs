//! Go's `path.Match`: `*`, `?`, `[a-z]`, `[^…]` and `\`, none of which matches a slash.
//!
//! Promises: Go's answers; time at most pattern × name. `docker images NAME`, `reference=` filters and COPY's wildcards use it.
//! Must not know: files, images.

/// A pattern that Go refuses: an open `[`, or a `\` at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("syntax error in pattern")]
pub struct BadPattern;

#[derive(Debug)]
enum Token {
    Star,
    Any,
    One(char),
    Class { negated: bool, ranges: Vec<(char, char)> },
}

/// Whether all of `name` matches.
///
/// # Errors
/// When the pattern is not one.
pub fn matches(pattern: &str, name: &str) -> Result<bool, BadPattern> {
    let tokens = parse(pattern)?;
    let name: Vec<char> = name.chars().collect();
    let (mut at, mut here) = (0, 0);
    // Where to go on when the last star takes one character more.
    let mut star: Option<(usize, usize)> = None;
    loop {
        match tokens.get(at) {
            Some(Token::Star) => {
                star = Some((at, here));
                at += 1;
                continue;
            }
            Some(token) if name.get(here).is_some_and(|character| token.takes(*character)) => {
                at += 1;
                here += 1;
                continue;
            }
            None if here == name.len() => return Ok(true),
            _ => {}
        }
        match star {
            Some((token, taken)) if name.get(taken).is_some_and(|character| *character != '/') => {
                star = Some((token, taken + 1));
                at = token + 1;
                here = taken + 1;
            }
            _ => return Ok(false),
        }
    }
}

/// Whether the text has characters that mean something in a pattern.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', '\\'])
}

impl Token {
    fn takes(&self, character: char) -> bool {
        match self {
            Token::Star => false,
            Token::Any => character != '/',
            Token::One(wanted) => character == *wanted,
            Token::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&character)) != *negated
            }
        }
    }
}

fn parse(pattern: &str) -> Result<Vec<Token>, BadPattern> {
    let mut tokens = Vec::new();
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        tokens.push(match character {
            '*' => Token::Star,
            '?' => Token::Any,
            '\\' => Token::One(characters.next().ok_or(BadPattern)?),
            '[' => {
                let negated = characters.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                while ranges.is_empty() || characters.next_if_eq(&']').is_none() {
                    let low = bound(&mut characters)?;
                    let high = if characters.next_if_eq(&'-').is_some() { bound(&mut characters)? } else { low };
                    ranges.push((low, high));
                }
                Token::Class { negated, ranges }
            }
            other => Token::One(other),
        });
    }
    Ok(tokens)
}

fn bound(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<char, BadPattern> {
    match characters.next().ok_or(BadPattern)? {
        '-' | ']' => Err(BadPattern),
        '\\' => characters.next().ok_or(BadPattern),
        other => Ok(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_as_go_does() {
        for (pattern, name, answer) in [
            ("abc", "abc", Ok(true)),
            ("*c", "abc", Ok(true)),
            ("a*/b", "abc/b", Ok(true)),
            ("a*/b", "a/c/b", Ok(false)),
            ("a*b*c*d*e*/f", "axbxcxdxe/f", Ok(true)),
            ("ab[b-d]", "abc", Ok(true)),
            ("ab[^e-g]", "abf", Ok(false)),
            ("a???b", "aαβγb", Ok(true)),
            ("[a-ζ]*", "α", Ok(true)),
            ("a\\*b", "a*b", Ok(true)),
            ("*x", "xxx", Ok(true)),
            ("[]a]", "]", Err(BadPattern)),
            ("[", "a", Err(BadPattern)),
            ("a[", "a", Err(BadPattern)),
            ("*", "", Ok(true)),
            ("", "", Ok(true)),
        ] {
            assert_eq!(matches(pattern, name), answer, "{pattern} {name}");
        }
    }
}
