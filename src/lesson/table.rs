//! Reads TOML tables into types key by key, and finds all mistakes on the way, each with its place.
//!
//! Promises: after a mistake reading goes on with the next key; an unknown key gets the nearest known one; every string
//! is free of control characters. serde is not used for this: its tagged and flattened types lose the places, and it
//! stops at the first mistake. Must not know what the keys mean.

use std::borrow::Cow;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::lesson::condition::Property;

/// A value and its place in the lesson file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Deref for Located<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// A list that must have at least one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtLeastOne<T>(pub(super) Vec<T>);

impl<T> Deref for AtLeastOne<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'a, T> IntoIterator for &'a AtLeastOne<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// Entries of one list. No lesson needs more, and a file with more is not a lesson.
const LIST_ENTRIES: usize = 500;

/// What is being read, and what was found wrong so far.
pub(super) struct Reader<'d> {
    pub file: &'d str,
    pub found: &'d mut Diagnostics,
    /// What the step being read asks the model for, which decides how the options of a prediction are read.
    pub asked: Asked,
    /// The file is not whole TOML: what is missing may be in the part that was not understood, and is not reported.
    pub incomplete: bool,
}

/// What a prediction asks the model for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// Nothing: each option has conditions of its own.
    Nothing,
    /// This property: each option has a value for it.
    Property(Property),
    /// Something that was not understood, and is reported where it stands.
    NotUnderstood,
}

impl Reader<'_> {
    pub fn error(&self, span: Span, title: impl Into<String>) -> Diagnostic {
        Diagnostic::error(self.file, title).at(span)
    }

    pub fn wrong_type<T>(&mut self, value: &Spanned<DeValue<'_>>, expected: &str) -> Option<T> {
        let found = described(value.get_ref());
        let error = self.error(value.span().into(), format!("expected {expected}, found {found}"));
        self.found.push(error.label(format!("this is {found}")));
        None
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

/// A type that can be read from a TOML value.
pub(super) trait FromToml: Sized {
    /// Reads the value; none if a mistake was found, which then stands in `reader.found`.
    fn read(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self>;

    /// The value when the key is missing; none if the key must be there.
    fn absent() -> Option<Self> {
        None
    }
}

/// A type that is read from the keys of a table, alone or together with others.
pub(super) trait FromTable: Sized {
    /// Asks the table for its keys.
    fn read_keys(table: &mut TableReader<'_, '_, '_, '_>) -> Option<Self>;
}

/// Reads a value that is a table with the keys of `T` and no others.
pub(super) fn read_table<T: FromTable>(
    value: &Spanned<DeValue<'_>>,
    name: &'static str,
    reader: &mut Reader<'_>,
) -> Option<T> {
    let Some(table) = value.get_ref().as_table() else {
        return reader.wrong_type(value, &format!("a table: {name}"));
    };
    let mut table = TableReader::new(table, value.span().into(), name, reader);
    let read = T::read_keys(&mut table);
    table.finish();
    read
}

/// One table, and which of its keys were asked for.
pub(super) struct TableReader<'t, 'i, 'r, 'd> {
    table: &'t DeTable<'i>,
    pub span: Span,
    name: &'static str,
    known: Vec<&'static str>,
    rest_ignored: bool,
    pub reader: &'r mut Reader<'d>,
}

impl<'t, 'i, 'r, 'd> TableReader<'t, 'i, 'r, 'd> {
    pub fn new(table: &'t DeTable<'i>, span: Span, name: &'static str, reader: &'r mut Reader<'d>) -> Self {
        Self { table, span, name, known: Vec::new(), rest_ignored: false, reader }
    }

    /// The name of the table in messages, once it is known better.
    pub fn rename(&mut self, name: &'static str) {
        self.name = name;
    }

    /// Whether the key is there; the key becomes known.
    pub fn has(&mut self, key: &'static str) -> bool {
        self.raw(key).is_some()
    }

    /// The place of a key that is there.
    pub fn key_span(&self, key: &str) -> Option<Span> {
        self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(name, _)| name.span().into())
    }

    /// Leaves the other keys alone: what they should be cannot be said.
    pub fn ignore_rest(&mut self) {
        self.rest_ignored = true;
    }

    /// The value of a key as it stands; the key does not become known by this.
    pub fn peek(&self, key: &str) -> Option<&'t Spanned<DeValue<'i>>> {
        self.table.get(key)
    }

    /// The value of a key as it stands; the key becomes known.
    pub fn raw(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'i>>> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.table.get(key)
    }

    /// Reads the value of a key.
    pub fn key<T: FromToml>(&mut self, key: &'static str) -> Option<T> {
        if let Some(value) = self.raw(key) {
            return T::read(value, self.reader);
        }
        let absent = T::absent();
        if absent.is_none() && !self.reader.incomplete {
            let error = self.reader.error(self.span, format!("{} has no `{key}`", self.name));
            self.reader.found.push(error.label(format!("add `{key} = …`")));
        }
        absent
    }

    /// Reports the keys that nobody asked for.
    pub fn finish(self) {
        for (key, _) in self.table {
            let written: &str = key.get_ref();
            if self.rest_ignored || self.known.contains(&written) {
                continue;
            }
            let error = self.reader.error(key.span().into(), format!("unknown key `{written}` in {}", self.name));
            let unused: Vec<&str> =
                self.known.iter().copied().filter(|known| !self.table.contains_key(*known)).collect();
            let error = error.label("no such key here").did_you_mean(written, unused.iter().copied());
            self.reader.found.push(error.expected(format!("one of: {}", list(unused))));
        }
    }
}

/// Names as a list for a message.
pub(super) fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "nothing more".to_owned() } else { names.join(", ") }
}

/// Reads one of a closed set of words.
pub(super) fn read_word<T: Copy>(
    value: &Spanned<DeValue<'_>>,
    name: &str,
    all: &[(&'static str, T)],
    reader: &mut Reader<'_>,
) -> Option<T> {
    let Some(written) = value.get_ref().as_str() else {
        return reader.wrong_type(value, &format!("{name} (a string)"));
    };
    if let Some((_, word)) = all.iter().find(|(known, _)| *known == written) {
        return Some(*word);
    }
    let known = || all.iter().map(|(known, _)| *known);
    let error = reader.error(value.span().into(), format!("`{written}` is not {name}"));
    reader.found.push(
        error.label("no such value").did_you_mean(written, known()).expected(format!("one of: {}", list(known()))),
    );
    None
}

impl FromToml for String {
    fn read(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(text) = value.get_ref().as_str() else {
            return reader.wrong_type(value, "a string");
        };
        if let Some(sign) = text.chars().find(|sign| sign.is_control() && !matches!(sign, '\n' | '\t')) {
            let title = format!("the string holds the control character U+{:04X}", u32::from(sign));
            let error = reader.error(value.span().into(), title).label("in this string");
            reader.found.push(error.note("only new lines and tabs are allowed, written as such or escaped"));
            return None;
        }
        if text.trim().is_empty() {
            let error =
                reader.error(value.span().into(), "the string is empty").label("write something, or leave the key out");
            reader.found.push(error);
            return None;
        }
        Some(text.to_owned())
    }
}

impl FromToml for bool {
    fn read(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        value.get_ref().as_bool().or_else(|| reader.wrong_type(value, "`true` or `false`"))
    }
}

/// Reads a whole number between two bounds.
pub(super) fn read_number(
    value: &Spanned<DeValue<'_>>,
    bounds: std::ops::RangeInclusive<i64>,
    reader: &mut Reader<'_>,
) -> Option<i64> {
    let Some(integer) = value.get_ref().as_integer() else {
        return reader.wrong_type(value, "a whole number");
    };
    match i64::from_str_radix(integer.as_str(), integer.radix()) {
        Ok(number) if bounds.contains(&number) => Some(number),
        _ => {
            let title = format!("`{integer}` is out of range");
            let error = reader.error(value.span().into(), title).label("this number");
            reader.found.push(error.expected(format!("a whole number from {} to {}", bounds.start(), bounds.end())));
            None
        }
    }
}

macro_rules! numbers {
    ($($type:ty),*) => {$(
        impl FromToml for $type {
            fn read(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
                let highest = i64::try_from(<$type>::MAX).unwrap_or(i64::MAX);
                read_number(value, 0..=highest, reader).and_then(|number| number.try_into().ok())
            }
        }
    )*};
}
numbers!(u8, u16, u32, u64);

impl<T: FromToml> FromToml for Option<T> {
    fn read(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        T::read(value, reader).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: FromToml> FromToml for Located<T> {
    fn read(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        T::read(value, reader).map(|read| Located { value: read, span: value.span().into() })
    }
}

impl<T: FromToml> FromToml for Vec<T> {
    fn read(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(entries) = value.get_ref().as_array() else {
            return reader.wrong_type(value, "a list, as in `[…]`");
        };
        if entries.len() > LIST_ENTRIES {
            let error = reader.error(value.span().into(), format!("a list of {} entries", entries.len()));
            reader.found.push(error.label("too long").expected(format!("at most {LIST_ENTRIES} entries")));
            return None;
        }
        // All entries are read before the first failure counts, so that each says what is wrong with it.
        let read: Vec<Option<T>> = entries.iter().map(|entry| T::read(entry, reader)).collect();
        read.into_iter().collect()
    }

    fn absent() -> Option<Self> {
        Some(Vec::new())
    }
}

impl<T: FromToml> FromToml for AtLeastOne<T> {
    fn read(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        let entries = Vec::<T>::read(value, reader)?;
        if entries.is_empty() {
            let error = reader.error(value.span().into(), "the list is empty").label("at least one entry is needed");
            reader.found.push(error);
            return None;
        }
        Some(AtLeastOne(entries))
    }
}

impl<T: JsonSchema> JsonSchema for Located<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<T: JsonSchema> JsonSchema for AtLeastOne<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("at least one {}", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let items = generator.subschema_for::<T>();
        schemars::json_schema!({ "type": "array", "minItems": 1, "items": items })
    }
}

/// Declares a type that is a table of a lesson: its fields are its keys, their comments the schema's descriptions.
macro_rules! table {
    ($(#[$meta:meta])* pub struct $type:ident named $name:literal {
        $($(#[$field_meta:meta])* pub $field:ident: $field_type:ty),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, schemars::JsonSchema)]
        #[schemars(deny_unknown_fields)]
        pub struct $type {
            $($(#[$field_meta])* pub $field: $field_type,)*
            /// Where the table stands in the file.
            #[schemars(skip)]
            pub span: $crate::diagnostic::Span,
        }

        impl $crate::lesson::table::FromTable for $type {
            fn read_keys(table: &mut $crate::lesson::table::TableReader<'_, '_, '_, '_>) -> Option<Self> {
                $(let $field = table.key::<$field_type>(stringify!($field));)*
                Some(Self { span: table.span, $($field: $field?,)* })
            }
        }

        impl $crate::lesson::table::FromToml for $type {
            fn read(
                value: &toml::Spanned<toml::de::DeValue<'_>>,
                reader: &mut $crate::lesson::table::Reader<'_>,
            ) -> Option<Self> {
                $crate::lesson::table::read_table(value, $name, reader)
            }
        }
    };
}
pub(super) use table;

/// Declares a closed set of words.
macro_rules! words {
    ($(#[$meta:meta])* pub enum $type:ident named $name:literal {
        $($(#[doc = $doc:literal])* $variant:ident = $word:literal),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $type { $($(#[doc = $doc])* $variant,)* }

        impl $type {
            /// Every word with its meaning, in the order of the documentation.
            pub const ALL: &'static [(&'static str, $type)] = &[$(($word, $type::$variant)),*];

            /// The word as it is written in a lesson.
            pub fn word(self) -> &'static str {
                match self { $($type::$variant => $word,)* }
            }

            /// What the word means, in a sentence.
            pub fn meaning(self) -> &'static str {
                match self { $($type::$variant => concat!($($doc),*).trim_ascii_start(),)* }
            }
        }

        impl $crate::lesson::table::FromToml for $type {
            fn read(
                value: &toml::Spanned<toml::de::DeValue<'_>>,
                reader: &mut $crate::lesson::table::Reader<'_>,
            ) -> Option<Self> {
                $crate::lesson::table::read_word(value, $name, Self::ALL, reader)
            }
        }

        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let words: Vec<&str> = Self::ALL.iter().map(|(word, _)| *word).collect();
                schemars::json_schema!({ "type": "string", "enum": words })
            }
        }
    };
}
pub(super) use words;
