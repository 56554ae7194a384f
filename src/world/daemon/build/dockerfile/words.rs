//! How the text behind an instruction's name is cut into flags and words (`parser/split_command.go`, `parser/line_parsers.go`).
//!
//! Promises: quotes and escapes stay in the words, as BuildKit's parser keeps them for the later expansion; flags lose theirs.
//! Must not know: which instruction it is cutting for.

use super::error::Problem;
use super::instruction::KeyValue;

/// The characters that separate words; a line end is not one of them, and neither is a no-break space.
fn is_separator(character: char) -> bool {
    matches!(character, '\t' | '\x0b' | '\x0c' | '\r' | ' ')
}

/// `text` cut once at its first separators.
pub fn cut(text: &str) -> (&str, Option<&str>) {
    match text.find(is_separator) {
        Some(end) => (&text[..end], Some(text[end..].trim_start_matches(is_separator))),
        None => (text, None),
    }
}

/// `text` cut at all its separators; nothing for an empty text.
pub fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = (!text.is_empty()).then_some(text);
    while let Some(text) = rest {
        let (word, after) = cut(text);
        words.push(word.to_owned());
        rest = after;
    }
    words
}

/// The name of an instruction, its flags, and the rest of the line.
pub fn split_instruction(line: &str, escape: char) -> (&str, Vec<String>, &str) {
    let (keyword, rest) = cut(line.trim());
    let (flags, arguments) = take_flags(rest.unwrap_or_default(), escape);
    (keyword, flags, arguments.trim())
}

/// The words at the start that begin with `--`, quotes removed, and what follows them.
///
/// BuildKit reads this part byte by byte, each as a character of its own: a flag's `é` becomes `Ã©`, and a word ends
/// inside an `à`, whose second byte is that of a no-break space.
fn take_flags(text: &str, escape: char) -> (Vec<String>, &str) {
    let mut flags = Vec::new();
    let mut start = skip_spaces(text, 0);
    while text.as_bytes().get(start..).is_some_and(|rest| rest.starts_with(b"--")) {
        let mut word = String::new();
        let mut quote = None;
        let mut was_quoted = false;
        let mut bytes = text.bytes().enumerate().skip(start);
        let mut end = text.len();
        while let Some((position, byte)) = bytes.next() {
            let character = char::from(byte);
            match quote {
                None if character.is_whitespace() => {
                    end = position;
                    break;
                }
                None if character == '\'' || character == '"' => {
                    quote = Some(character);
                    was_quoted = true;
                }
                Some(open) if character == open => quote = None,
                // An escape at the very end is dropped.
                _ if character == escape => word.extend(bytes.next().map(|(_, escaped)| char::from(escaped))),
                _ => word.push(character),
            }
        }
        if word == "--" {
            return (flags, from(text, end));
        }
        if was_quoted || !word.is_empty() {
            flags.push(word);
        }
        start = skip_spaces(text, end);
    }
    (flags, from(text, start))
}

/// Where the next byte stands that is no space.
fn skip_spaces(text: &str, start: usize) -> usize {
    let spaces = text.bytes().skip(start).take_while(|byte| char::from(*byte).is_whitespace());
    start + spaces.count()
}

/// The rest of `text`. A character whose last byte alone was taken for a space does not count as read: half of one is no text.
fn from(text: &str, start: usize) -> &str {
    (start..=text.len()).find_map(|start| text.get(start..)).unwrap_or_default()
}

/// `text` cut at spaces outside quotes; quotes and escapes stay.
pub fn quoted_words(text: &str, escape: char) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match quote {
            None if character.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            None if character == '\'' || character == '"' => quote = Some(character),
            Some(open) if character == open => quote = None,
            // Between single quotes nothing is escaped; elsewhere the escape and what it escapes stay together.
            _ if character == escape && quote != Some('\'') => {
                if let Some(escaped) = characters.next() {
                    word.extend([character, escaped]);
                }
                continue;
            }
            _ => {}
        }
        word.push(character);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The pairs of an `ENV` or `LABEL`: `name=value …`, or the old `name value`.
pub fn pairs(text: &str, instruction: &'static str, escape: char) -> Result<Vec<KeyValue>, Problem> {
    let words = quoted_words(text, escape);
    let Some(first) = words.first() else { return Ok(Vec::new()) };
    if !first.contains('=') {
        let (key, Some(value)) = cut(text) else { return Err(Problem::TwoArguments(instruction)) };
        return Ok(vec![KeyValue { key: key.to_owned(), value: value.to_owned(), legacy: true }]);
    }
    let pair = |word: String| match word.split_once('=') {
        Some((key, value)) => Ok(KeyValue { key: key.to_owned(), value: value.to_owned(), legacy: false }),
        None => Err(Problem::NoEqualsSign(word)),
    };
    words.into_iter().map(pair).collect()
}

/// The strings of a JSON array; nothing if `text` is not a JSON array, an error if it holds something else than strings.
pub fn json_strings(text: &str) -> Result<Option<Vec<String>>, Problem> {
    let text = text.trim_start();
    if !text.starts_with('[') {
        return Ok(None);
    }
    let Ok(values) = serde_json::from_str::<Vec<serde_json::Value>>(text) else { return Ok(None) };
    let string = |value| match value {
        serde_json::Value::String(string) => Ok(string),
        _ => Err(Problem::NotStringArray),
    };
    values.into_iter().map(string).collect::<Result<_, _>>().map(Some)
}
