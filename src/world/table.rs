//! Reads the model's data files (image catalogue, services, figures) from TOML, key by key, and finds all mistakes on the way.
//!
//! Promises: every mistake has its place in the file; after one, reading goes on with the next key; a key that nobody asked for is
//! a mistake, and the nearest known key is suggested. Must not know what the keys mean.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::clock::Time;
use crate::diagnostic::{Diagnostic, Diagnostics, Span};

/// Bytes of one data file that are read; a larger one is not a data file of Layerlab.
pub const FILE_LIMIT: usize = 1 << 20;

/// One file being read, and what was found wrong in it so far.
pub struct Reader {
    /// The file's name in messages.
    pub file: String,
    /// All mistakes.
    pub found: Diagnostics,
}

/// A value with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    pub value: T,
    pub span: Span,
}

impl Reader {
    /// A reader of the file of that name.
    pub fn new(file: impl Into<String>) -> Reader {
        Reader { file: file.into(), found: Diagnostics::new() }
    }

    /// Parses the file and hands its outermost table to `read`, even when parts of the file are not TOML: then both kinds of
    /// mistakes are found at once. `None` only if nothing could be read.
    pub fn parse<T>(
        &mut self,
        bytes: &[u8],
        read: impl FnOnce(&mut Reader, &mut Table<'_, '_>) -> Option<T>,
    ) -> Option<T> {
        if bytes.len() > FILE_LIMIT {
            let title = format!("the file has {} bytes, at most {FILE_LIMIT} are read", bytes.len());
            self.found.push(Diagnostic::error(&self.file, title));
            return None;
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let title = format!("the file is not UTF-8: byte {} is not", error.valid_up_to());
                self.found.push(Diagnostic::error(&self.file, title));
                return None;
            }
        };
        self.found.add_source(self.file.clone(), text);
        let (document, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let mistake =
                Diagnostic::error(&self.file, format!("not valid TOML: {}", error.message().trim_end_matches('.')));
            self.found.push(match error.span() {
                Some(span) => mistake.at(span),
                None => mistake,
            });
        }
        if !errors.is_empty() {
            return None;
        }
        let mut table = Table::new(document.get_ref(), Span { start: 0, end: 0 }, "the file");
        let value = read(self, &mut table);
        table.finish(self);
        value
    }

    /// Notes a mistake at a place.
    pub fn mistake(&mut self, span: Span, title: impl Into<String>) {
        self.report(Diagnostic::error(&self.file, title).at(span));
    }

    /// Notes a mistake that has more to say.
    pub fn report(&mut self, mistake: Diagnostic) {
        self.found.push(mistake);
    }

    /// A mistake at a place, to be completed and handed to [`Reader::report`].
    pub fn error(&self, span: Span, title: impl Into<String>) -> Diagnostic {
        Diagnostic::error(&self.file, title).at(span)
    }

    fn wrong_type<T>(&mut self, value: &Spanned<DeValue<'_>>, expected: &str) -> Option<T> {
        let found = described(value.get_ref());
        let mistake = self
            .error(value.span().into(), format!("expected {expected}, found {found}"))
            .label(format!("this is {found}"));
        self.report(mistake);
        None
    }

    fn text(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Placed<String>> {
        match value.get_ref() {
            DeValue::String(text) => Some(Placed { value: text.to_string(), span: value.span().into() }),
            _ => self.wrong_type(value, "a string"),
        }
    }

    fn number(&mut self, value: &Spanned<DeValue<'_>>, bounds: RangeInclusive<i64>) -> Option<i64> {
        let DeValue::Integer(integer) = value.get_ref() else {
            return self.wrong_type(value, "a whole number");
        };
        match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) if bounds.contains(&number) => Some(number),
            _ => {
                let mistake = self.error(value.span().into(), format!("`{integer}` is out of range"));
                self.report(mistake.expected(format!("a whole number from {} to {}", bounds.start(), bounds.end())));
                None
            }
        }
    }
}

fn described(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// One table, and which of its keys were asked for.
pub struct Table<'t, 'i> {
    table: &'t DeTable<'i>,
    /// Where the table stands.
    pub span: Span,
    name: &'static str,
    known: Vec<&'static str>,
}

/// What a table of free keys holds: each key with its place and value.
pub struct Entry<'t, 'i> {
    pub key: Placed<String>,
    value: &'t Spanned<DeValue<'i>>,
}

impl<'t, 'i> Table<'t, 'i> {
    fn new(table: &'t DeTable<'i>, span: Span, name: &'static str) -> Table<'t, 'i> {
        Table { table, span, name, known: Vec::new() }
    }

    fn raw(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'i>>> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.table.get(key)
    }

    /// Whether the key is there; the key becomes known.
    pub fn has(&mut self, key: &'static str) -> bool {
        self.raw(key).is_some()
    }

    /// The place of a key's value, or else of the table.
    pub fn place(&self, key: &str) -> Span {
        self.table.get(key).map_or(self.span, |value| value.span().into())
    }

    /// Notes that a key is missing.
    pub fn missing(&self, key: &str, reader: &mut Reader) {
        let mistake =
            reader.error(self.span, format!("{} has no `{key}`", self.name)).label(format!("add `{key} = …`"));
        reader.report(mistake);
    }

    /// A string, if the key is there.
    pub fn text(&mut self, key: &'static str, reader: &mut Reader) -> Option<String> {
        self.placed_text(key, reader).map(|text| text.value)
    }

    /// A string with its place, if the key is there.
    pub fn placed_text(&mut self, key: &'static str, reader: &mut Reader) -> Option<Placed<String>> {
        self.raw(key).and_then(|value| reader.text(value))
    }

    /// A string that must be there.
    pub fn required_text(&mut self, key: &'static str, reader: &mut Reader) -> Option<Placed<String>> {
        match self.raw(key) {
            Some(value) => reader.text(value),
            None => {
                self.missing(key, reader);
                None
            }
        }
    }

    /// A whole number within bounds, if the key is there.
    pub fn number(&mut self, key: &'static str, bounds: RangeInclusive<i64>, reader: &mut Reader) -> Option<i64> {
        self.raw(key).and_then(|value| reader.number(value, bounds))
    }

    /// A whole number within bounds that must be there.
    pub fn required_number(
        &mut self,
        key: &'static str,
        bounds: RangeInclusive<i64>,
        reader: &mut Reader,
    ) -> Option<i64> {
        if !self.has(key) {
            self.missing(key, reader);
        }
        self.number(key, bounds, reader)
    }

    /// True or false; false if the key is not there.
    pub fn flag(&mut self, key: &'static str, reader: &mut Reader) -> bool {
        match self.raw(key).map(|value| (value, value.get_ref().as_bool())) {
            Some((_, Some(truth))) => truth,
            Some((value, None)) => reader.wrong_type(value, "`true` or `false`").unwrap_or_default(),
            None => false,
        }
    }

    /// A moment, written as a string or as a TOML date, in RFC 3339 with a zone.
    pub fn moment(&mut self, key: &'static str, reader: &mut Reader) -> Option<Time> {
        let value = self.raw(key)?;
        let text = match value.get_ref() {
            DeValue::Datetime(moment) => moment.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => return reader.wrong_type(value, "a date and time such as 2025-10-28T14:03:07Z"),
        };
        let time = Time::parse_rfc3339(&text);
        if time.is_none() {
            let mistake = reader.error(value.span().into(), format!("`{text}` is not a date and time with a zone"));
            reader.report(mistake.expected("a date and time such as 2025-10-28T14:03:07Z"));
        }
        time
    }

    /// A list of strings, if the key is there.
    pub fn texts(&mut self, key: &'static str, reader: &mut Reader) -> Option<Vec<Placed<String>>> {
        let value = self.raw(key)?;
        let Some(items) = value.get_ref().as_array() else {
            return reader.wrong_type(value, "a list of strings");
        };
        Some(items.iter().filter_map(|item| reader.text(item)).collect())
    }

    /// Names in one string, set apart by white space: each with the place of the string.
    pub fn words(&mut self, key: &'static str, reader: &mut Reader) -> Vec<Placed<String>> {
        let Some(text) = self.placed_text(key, reader) else { return Vec::new() };
        text.value.split_whitespace().map(|word| Placed { value: word.to_owned(), span: text.span }).collect()
    }

    /// A table below this one, read by `read`, if the key is there.
    pub fn table<T>(
        &mut self,
        key: &'static str,
        reader: &mut Reader,
        read: impl FnOnce(&mut Reader, &mut Table<'t, 'i>) -> T,
    ) -> Option<T> {
        let value = self.raw(key)?;
        read_table(value, key, reader, read)
    }

    /// A list of tables below this one, each read by `read`; an empty list if the key is not there.
    pub fn tables<T>(
        &mut self,
        key: &'static str,
        reader: &mut Reader,
        mut read: impl FnMut(&mut Reader, &mut Table<'t, 'i>) -> Option<T>,
    ) -> Vec<T> {
        let Some(value) = self.raw(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            return reader.wrong_type(value, "a list of tables").unwrap_or_default();
        };
        items.iter().filter_map(|item| read_table(item, key, reader, &mut read).flatten()).collect()
    }

    /// A table whose keys are names that the file chooses; empty if the key is not there.
    pub fn entries(&mut self, key: &'static str, reader: &mut Reader) -> Vec<Entry<'t, 'i>> {
        let Some(value) = self.raw(key) else { return Vec::new() };
        let Some(table) = value.get_ref().as_table() else {
            return reader.wrong_type(value, "a table").unwrap_or_default();
        };
        let entry = |(key, value): (&Spanned<_>, &'t Spanned<DeValue<'i>>)| Entry { key: placed_key(key), value };
        table.iter().map(entry).collect()
    }

    /// A table of strings under names that the file chooses.
    pub fn text_map(&mut self, key: &'static str, reader: &mut Reader) -> BTreeMap<String, String> {
        let entries = self.entries(key, reader);
        entries.into_iter().filter_map(|entry| Some((entry.key.value.clone(), entry.text(reader)?.value))).collect()
    }

    /// Notes the keys that nobody asked for.
    pub fn finish(&self, reader: &mut Reader) {
        for (key, _) in self.table {
            let written: &str = key.get_ref();
            if self.known.contains(&written) {
                continue;
            }
            let unused = || self.known.iter().copied().filter(|known| !self.table.contains_key(*known));
            let known = unused().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let mistake = reader
                .error(key.span().into(), format!("unknown key `{written}` in {}", self.name))
                .label("no such key here")
                .did_you_mean(written, unused())
                .expected(if known.is_empty() { "no further key".to_owned() } else { format!("one of: {known}") });
            reader.report(mistake);
        }
    }
}

impl<'t, 'i> Entry<'t, 'i> {
    /// The value as a string.
    pub fn text(&self, reader: &mut Reader) -> Option<Placed<String>> {
        reader.text(self.value)
    }

    /// The value as a string, or as a list of strings.
    pub fn texts(&self, reader: &mut Reader) -> Vec<Placed<String>> {
        match self.value.get_ref().as_array() {
            Some(items) => items.iter().filter_map(|item| reader.text(item)).collect(),
            None => reader.text(self.value).into_iter().collect(),
        }
    }

    /// The value as a whole number within bounds.
    pub fn number(&self, bounds: RangeInclusive<i64>, reader: &mut Reader) -> Option<i64> {
        reader.number(self.value, bounds)
    }

    /// The value as a table, called `name` in messages.
    pub fn table<T>(
        &self,
        name: &'static str,
        reader: &mut Reader,
        read: impl FnOnce(&mut Reader, &mut Table<'t, 'i>) -> T,
    ) -> Option<T> {
        read_table(self.value, name, reader, read)
    }
}

fn placed_key(key: &Spanned<std::borrow::Cow<'_, str>>) -> Placed<String> {
    Placed { value: key.get_ref().to_string(), span: key.span().into() }
}

fn read_table<'t, 'i, T>(
    value: &'t Spanned<DeValue<'i>>,
    name: &'static str,
    reader: &mut Reader,
    read: impl FnOnce(&mut Reader, &mut Table<'t, 'i>) -> T,
) -> Option<T> {
    let Some(inner) = value.get_ref().as_table() else {
        return reader.wrong_type(value, "a table");
    };
    let mut table = Table::new(inner, value.span().into(), name);
    let result = read(reader, &mut table);
    table.finish(reader);
    Some(result)
}
