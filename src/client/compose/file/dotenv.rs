//! Environment files: `.env`, `env_file`, `label_file`.
//!
//! Promises: reads what compose-go's `dotenv` package reads, with its errors. Must not know where the text comes from.

use std::collections::BTreeMap;

use super::template::{TemplateError, Variables, substitute};
use crate::client::units::go_quote;

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DotenvError {
    #[error("line {0}: key cannot contain a space")]
    SpaceInKey(usize),
    #[error("line {line}: unexpected character {} in variable name {}", go_quote(.character), go_quote(.text))]
    Character { line: usize, character: String, text: String },
    #[error("line {line}: unterminated quoted value {text}")]
    Unterminated { line: usize, text: String },
    #[error(transparent)]
    Template(#[from] TemplateError),
}

/// Adds the variables of a text to `found`. A variable in a value is looked up first outside, then among those already found.
///
/// # Errors
/// The first mistake.
pub fn parse(
    text: &str,
    found: &mut BTreeMap<String, String>,
    lookup: &dyn Fn(&str) -> Option<String>,
    unset: &mut dyn FnMut(&str),
) -> Result<(), DotenvError> {
    let mut reader = Reader { line: 1, rest: text.trim_start_matches('\u{feff}'), lookup, unset };
    while reader.statement() {
        let (key, inherited) = reader.key()?;
        if key.contains(' ') {
            return Err(DotenvError::SpaceInKey(reader.line));
        }
        if inherited {
            if let Some(value) = lookup(&key) {
                found.insert(key, value);
            }
            continue;
        }
        let value = reader.value(found)?;
        found.insert(key, value);
    }
    Ok(())
}

struct Reader<'r> {
    line: usize,
    rest: &'r str,
    lookup: &'r dyn Fn(&str) -> Option<String>,
    unset: &'r mut dyn FnMut(&str),
}

/// A blank that is no line end.
fn is_space(character: char) -> bool {
    matches!(character, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

impl<'r> Reader<'r> {
    /// Goes to the next statement; false at the end.
    fn statement(&mut self) -> bool {
        loop {
            let trimmed = self.rest.trim_start();
            self.line += self.rest[..self.rest.len() - trimmed.len()].matches('\n').count();
            self.rest = trimmed;
            if !trimmed.starts_with('#') {
                return !trimmed.is_empty();
            }
            self.rest = trimmed.find('\n').map_or("", |end| &trimmed[end..]);
        }
    }

    /// The name, and whether the line has nothing else: its value then comes from outside.
    fn key(&mut self) -> Result<(String, bool), DotenvError> {
        if let Some(after) = self.rest.strip_prefix("export")
            && after.starts_with(char::is_whitespace)
        {
            self.rest = after.trim_start_matches(is_space);
        }
        let rest = self.rest;
        for (position, character) in rest.char_indices() {
            match character {
                '=' | ':' | '\n' => {
                    let key = &rest[..position];
                    let inherited = character == '\n';
                    if inherited && !key.contains(' ') {
                        self.line += 1;
                    }
                    self.rest = rest[position + 1..].trim_start_matches(is_space);
                    return Ok((key.trim_end().to_owned(), inherited));
                }
                '_' | '.' | '-' | '[' | ']' => {}
                character if is_space(character) || character.is_alphanumeric() => {}
                character => {
                    return Err(DotenvError::Character {
                        line: self.line,
                        character: character.to_string(),
                        text: rest.lines().next().unwrap_or_default().to_owned(),
                    });
                }
            }
        }
        // The last line has no end: compose-go then finds no name on it and begins again with the same text as a value.
        self.rest = rest.trim_start_matches(is_space);
        Ok((String::new(), false))
    }

    fn value(&mut self, found: &BTreeMap<String, String>) -> Result<String, DotenvError> {
        let Some(quote) = self.rest.chars().next().filter(|first| matches!(first, '"' | '\'')) else {
            let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
            self.rest = rest;
            self.line += 1;
            let value = line.split_once(" #").map_or(line, |(value, _)| value).trim_end();
            return self.expand(value, found);
        };
        let mut value = String::new();
        let mut escaped = false;
        for (position, character) in self.rest.char_indices().skip(1) {
            if character == '\n' {
                self.line += 1;
            }
            if character == quote && !escaped {
                self.rest = &self.rest[position + 1..];
                return match quote {
                    '"' => self.expand(&unescape(&value), found),
                    _ => Ok(value),
                };
            }
            if character == '\\' && !escaped {
                escaped = true;
                continue;
            }
            if escaped && character != quote {
                value.push('\\');
            }
            escaped = false;
            value.push(character);
        }
        let text = self.rest.lines().next().unwrap_or_default().to_owned();
        Err(DotenvError::Unterminated { line: self.line, text })
    }

    fn expand(&mut self, value: &str, found: &BTreeMap<String, String>) -> Result<String, DotenvError> {
        let outside = self.lookup;
        let lookup = |name: &str| outside(name).or_else(|| found.get(name).cloned());
        Ok(substitute(value, &mut Variables { lookup: &lookup, unset: self.unset })?)
    }
}

/// The escapes of a value in double quotes: `\n` and its like, `\0123`, and `\$` for a dollar that begins no variable.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(backslash) = rest.find('\\') {
        plain.push_str(&rest[..backslash]);
        let after = &rest[backslash + 1..];
        let Some(letter) = after.chars().next() else { break };
        let mut length = letter.len_utf8();
        match letter {
            'a' => plain.push('\u{7}'),
            'b' => plain.push('\u{8}'),
            'f' => plain.push('\u{c}'),
            'n' => plain.push('\n'),
            'r' => plain.push('\r'),
            't' => plain.push('\t'),
            'v' => plain.push('\u{b}'),
            '"' | '\\' => plain.push(letter),
            '$' => plain.push_str("$$"),
            '0' => {
                let digits: String = after[1..].chars().take(3).take_while(char::is_ascii_digit).collect();
                match u8::from_str_radix(&digits, 8) {
                    Ok(code) if digits.len() == 3 => {
                        length += digits.len();
                        plain.push(char::from(code));
                    }
                    _ => plain.push_str("\\0"),
                }
            }
            letter => {
                plain.push('\\');
                plain.push(letter);
            }
        }
        rest = &after[length..];
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<BTreeMap<String, String>, String> {
        let mut found = BTreeMap::new();
        let lookup = |name: &str| (name == "HOST").then(|| "h".to_owned());
        parse(text, &mut found, &lookup, &mut |_| {}).map(|()| found).map_err(|error| error.to_string())
    }

    #[test]
    fn all_forms_of_a_line_are_read() {
        let text =
            "# comment\nA=1\nexport B = two words # no\nC='$A'\nD=\"x\\n${A}\\$\"\nE: yaml\nHOST\nNONE\nF=$HOST$B\n";
        let found = read(text).unwrap();
        let pairs: Vec<_> = found.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(pairs, ["A=1", "B=two words", "C=$A", "D=x\n1$", "E=yaml", "F=htwo words", "HOST=h"]);
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        assert_eq!(read("A=1\nB B=2\n").unwrap_err(), "line 2: key cannot contain a space");
        assert_eq!(read("A=\"x\n").unwrap_err(), "line 2: unterminated quoted value \"x");
        assert_eq!(read("A!=1\n").unwrap_err(), "line 1: unexpected character \"!\" in variable name \"A!=1\"");
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "(A|=|\"|'|\\\\|\\$|\\{|\\}|#| |\n|\t|é|0){0,40}") {
            let _ = read(&text);
        }
    }
}
