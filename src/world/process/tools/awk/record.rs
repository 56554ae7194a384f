//! The record and its fields: splitting, and putting together again. Promises that fields are split only when they are
//! asked for. Pure but for the cache of patterns.

use std::collections::BTreeMap;
use std::sync::Arc;

use regex::bytes::Regex;

use super::super::regex::{Reading, compile};
use super::value::{Text, Value};

/// The most fields of a record.
pub const MOST_FIELDS: usize = 1 << 16;
/// Patterns that are kept ready.
const MOST_PATTERNS: usize = 200;

/// Patterns that were made ready, by their text.
#[derive(Clone, Debug, Default)]
pub struct Patterns(BTreeMap<Text, Regex>);

impl Patterns {
    /// The pattern with this text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn get(&mut self, text: &Text) -> Result<Regex, String> {
        if let Some(known) = self.0.get(text) {
            return Ok(known.clone());
        }
        let reading = Reading { extended: true, ..Reading::default() };
        let made = compile(&String::from_utf8_lossy(text), reading)?;
        if self.0.len() >= MOST_PATTERNS {
            self.0.clear();
        }
        self.0.insert(text.clone(), made.clone());
        Ok(made)
    }
}

/// What parts a text into fields.
#[derive(Clone, Debug)]
pub enum Separator {
    /// Blanks and newlines, at the ends too.
    Blanks,
    /// Every character by itself.
    Nothing,
    Byte(u8),
    Pattern(Regex),
}

impl Separator {
    /// The separator that a value of `FS`, or of the third argument of `split`, is.
    ///
    /// # Errors
    /// What is wrong with a pattern.
    pub fn of(text: &Text, is_pattern: bool, patterns: &mut Patterns) -> Result<Separator, String> {
        Ok(match &**text {
            b" " if !is_pattern => Separator::Blanks,
            [] => Separator::Nothing,
            [byte] if !is_pattern && *byte != b'\\' => Separator::Byte(*byte),
            _ => Separator::Pattern(patterns.get(text)?),
        })
    }

    /// The fields of a text. With `by_newline`, newlines part fields too (when records are paragraphs).
    pub fn split(&self, text: &[u8], by_newline: bool) -> Vec<Value> {
        let parts: Vec<&[u8]> = match self {
            Separator::Blanks => {
                let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n');
                text.split(is_blank).filter(|part| !part.is_empty()).collect()
            }
            _ if text.is_empty() => Vec::new(),
            Separator::Nothing => text.chunks(1).collect(),
            Separator::Byte(byte) => text.split(|found| found == byte || (by_newline && *found == b'\n')).collect(),
            Separator::Pattern(pattern) => {
                let mut parts = Vec::new();
                let mut from = 0;
                for found in pattern.find_iter(text).filter(|found| !found.is_empty()) {
                    parts.push(&text[from..found.start()]);
                    from = found.end();
                }
                parts.push(&text[from..]);
                match by_newline {
                    true => parts.into_iter().flat_map(|part| part.split(|byte| *byte == b'\n')).collect(),
                    false => parts,
                }
            }
        };
        parts.into_iter().take(MOST_FIELDS).map(Value::from_input).collect()
    }
}

/// A record.
#[derive(Clone, Debug)]
pub struct Record {
    whole: Value,
    fields: Vec<Value>,
    is_split: bool,
    is_whole: bool,
}

impl Default for Record {
    fn default() -> Record {
        Record { whole: Value::Nothing, fields: Vec::new(), is_split: true, is_whole: true }
    }
}

/// What splitting and joining need to know.
#[derive(Debug)]
pub struct Marks<'m> {
    pub separator: &'m Separator,
    pub by_newline: bool,
    /// `OFS`.
    pub joiner: Text,
    /// `CONVFMT`.
    pub format: &'m str,
}

impl Record {
    /// Another record.
    pub fn replace(&mut self, whole: Value) {
        *self = Record { whole, fields: Vec::new(), is_split: false, is_whole: true };
    }

    fn split(&mut self, marks: &Marks<'_>) {
        if !self.is_split {
            self.fields = marks.separator.split(&self.whole.bytes(marks.format), marks.by_newline);
            self.is_split = true;
        }
    }

    /// How many fields there are.
    pub fn count(&mut self, marks: &Marks<'_>) -> usize {
        self.split(marks);
        self.fields.len()
    }

    /// A field; 0 is the whole record.
    pub fn get(&mut self, number: usize, marks: &Marks<'_>) -> Value {
        if number == 0 {
            if !self.is_whole {
                let parts: Vec<Text> = self.fields.iter().map(|field| field.bytes(marks.format)).collect();
                let bytes = parts.join(&*marks.joiner);
                self.whole = Value::from_input(&bytes);
                self.is_whole = true;
            }
            return self.whole.clone();
        }
        self.split(marks);
        self.fields.get(number - 1).cloned().unwrap_or_default()
    }

    /// Changes a field; those before it that are missing are empty.
    pub fn set(&mut self, number: usize, value: Value, marks: &Marks<'_>) {
        if number == 0 {
            let value = if value == Value::Nothing { Value::Text(Arc::from([])) } else { value };
            return self.replace(value);
        }
        self.split(marks);
        if self.fields.len() < number {
            self.fields.resize(number.min(MOST_FIELDS), Value::Text(Arc::from([])));
        }
        if let Some(field) = self.fields.get_mut(number - 1) {
            *field = value;
        }
        self.is_whole = false;
    }

    /// Changes how many fields there are.
    pub fn resize(&mut self, count: usize, marks: &Marks<'_>) {
        self.split(marks);
        self.fields.resize(count.min(MOST_FIELDS), Value::Text(Arc::from([])));
        self.is_whole = false;
    }
}
