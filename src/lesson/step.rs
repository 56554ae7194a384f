//! Reads the parts of a lesson whose form depends on what they hold: steps, commands, things pointed at, outcomes.
//!
//! Promises: as `table`: all mistakes, each with its place. Must not know the model.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::DeValue;

use crate::diagnostic::Span;
use crate::lesson::condition::{Condition, Observation, Property, read_tests};
use crate::lesson::format::{AtLeastOne, Command, Highlight, HighlightKind, Located, Step, StepHeader, StepKind, When};
use crate::lesson::rules;
use crate::lesson::table::{Asked, FromTable, FromToml, Reader, TableReader, list, read_table, read_word};

type Value<'i> = Spanned<DeValue<'i>>;

/// Bytes of a shell line. A longer one fits no terminal of the lesson screen.
const COMMAND_BYTES: usize = 1000;

impl FromToml for Step {
    fn read(value: &Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        read_table(value, "a step", reader)
    }
}

impl FromTable for Step {
    fn read_keys(table: &mut TableReader<'_, '_, '_, '_>) -> Option<Self> {
        let span = table.span;
        let header = StepHeader::read_keys(table);
        let kind = read_kind(table)?;
        table.reader.asked = asked(table);
        // A step of unknown kind is not read further: its keys would all be reported as unknown.
        let kind = match kind {
            "say" => part(table, "the say step", StepKind::Say),
            "demo" => part(table, "the demo step", StepKind::Demo),
            "predict" => part(table, "the predict step", StepKind::Predict),
            "do" => part(table, "the do step", StepKind::Do),
            "compare" => part(table, "the compare step", StepKind::Compare),
            _ => part(table, "the quiz step", StepKind::Quiz),
        };
        let step = Self { header: header?, kind: kind?, span };
        if !table.reader.incomplete {
            rules::step(&step, table.reader);
        }
        Some(step)
    }
}

fn part<T: FromTable>(
    table: &mut TableReader<'_, '_, '_, '_>,
    name: &'static str,
    make: fn(T) -> StepKind,
) -> Option<StepKind> {
    table.rename(name);
    T::read_keys(table).map(make)
}

fn read_kind(table: &mut TableReader<'_, '_, '_, '_>) -> Option<&'static str> {
    let kinds: Vec<(&'static str, &'static str)> = StepKind::ALL.iter().map(|(kind, _)| (*kind, *kind)).collect();
    let Some(value) = table.raw("kind") else {
        let error = table.reader.error(table.span, "the step has no `kind`").label("add `kind = …`");
        let error = error.expected(format!("one of: {}", list(kinds.iter().map(|(kind, _)| *kind))));
        table.reader.found.push(error);
        table.ignore_rest();
        return None;
    };
    let kind = read_word(value, "a kind of step", &kinds, table.reader);
    if kind.is_none() {
        table.ignore_rest();
    }
    kind
}

/// What the step asks the model for, looked up ahead of the options that need it.
fn asked(table: &TableReader<'_, '_, '_, '_>) -> Asked {
    let Some(observe) = table.peek("observe") else {
        return Asked::Nothing;
    };
    let show = observe.get_ref().as_table().and_then(|keys| keys.get("show")).and_then(|show| show.get_ref().as_str());
    let property = show.and_then(|show| Property::ALL.iter().find(|(word, _)| *word == show));
    property.map_or(Asked::NotUnderstood, |(_, property)| Asked::Property(*property))
}

impl FromToml for When {
    fn read(value: &Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        match reader.asked {
            Asked::Property(property) => read_tests(value, property, reader).map(When::Value),
            Asked::NotUnderstood => None,
            Asked::Nothing if value.get_ref().is_array() => {
                AtLeastOne::<Condition>::read(value, reader).map(When::Conditions)
            }
            Asked::Nothing => {
                let error = reader.error(value.span().into(), "it is not said what this value is of");
                let error = error
                    .label("a value, but the step has no `observe`")
                    .expected("a list of conditions, as in `[{ … }]`");
                reader.found.push(
                    error.note("or give the step `observe = { …, show = \"…\" }`, and each option a value for it"),
                );
                None
            }
        }
    }
}

impl FromToml for Command {
    fn read(value: &Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        if value.get_ref().is_str() {
            return read_line(value, reader).map(|line| Command { line, on: None, span: value.span().into() });
        }
        if !value.get_ref().is_table() {
            return reader
                .wrong_type(value, "a command: a string, or a table as in `{ run = \"docker ps\", on = \"qa\" }`");
        }
        read_table(value, "a command", reader)
    }
}

impl FromTable for Command {
    fn read_keys(table: &mut TableReader<'_, '_, '_, '_>) -> Option<Self> {
        let line = match table.peek("run") {
            Some(value) => {
                table.has("run");
                read_line(value, table.reader)
            }
            None => table.key("run"),
        };
        let on = table.key("on");
        Some(Self { line: line?, on: on?, span: table.span })
    }
}

fn read_line(value: &Value<'_>, reader: &mut Reader<'_>) -> Option<String> {
    let line = String::read(value, reader)?;
    let span: Span = value.span().into();
    if line.len() > COMMAND_BYTES {
        let error = reader.error(span, format!("a command of {} bytes", line.len())).label("too long");
        reader.found.push(error.expected(format!("at most {COMMAND_BYTES} bytes")));
        return None;
    }
    for prompt in ["$ ", "# ", "> "] {
        if let Some(rest) = line.strip_prefix(prompt) {
            let error = reader.error(span, "a command is written without the prompt").label("begins with a prompt");
            reader.found.push(error.expected(format!("\"{rest}\"")));
            return None;
        }
    }
    Some(line)
}

impl FromToml for Highlight {
    fn read(value: &Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let written = String::read(value, reader)?;
        let span: Span = value.span().into();
        let known = || HighlightKind::ALL.iter().map(|(word, _)| *word);
        let Some((word, name)) = written.split_once(':').filter(|(_, name)| !name.trim().is_empty()) else {
            let error =
                reader.error(span, format!("`{written}` does not say what to point at")).label("KIND:NAME is missing");
            reader.found.push(error.expected("a kind and a name, such as `container:web`"));
            return None;
        };
        let Some((_, kind)) = HighlightKind::ALL.iter().find(|(known, _)| *known == word) else {
            let error =
                reader.error(span, format!("`{word}` is not a kind of thing on the stage")).label("no such kind");
            reader.found.push(error.did_you_mean(word, known()).expected(format!("one of: {}", list(known()))));
            return None;
        };
        Some(Self { kind: *kind, name: name.to_owned(), span })
    }
}

impl FromToml for BTreeMap<String, Observation> {
    fn read(value: &Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(table) = value.get_ref().as_table() else {
            return reader.wrong_type(
                value,
                "a table of observations, as in `{ size = { image = \"nginx\", show = \"size\" } }`",
            );
        };
        let mut read = Self::new();
        let mut right = true;
        for (name, value) in table {
            let written: &str = name.get_ref();
            if !crate::lesson::text::is_value_name(written) {
                let error = reader
                    .error(name.span().into(), format!("`{written}` is not a name for a value"))
                    .label("this name");
                reader.found.push(error.expected("lower-case letters, digits and `_`, the first a letter"));
                right = false;
            }
            match Observation::read(value, reader) {
                Some(observation) => {
                    read.insert(written.to_owned(), observation);
                }
                None => right = false,
            }
        }
        right.then_some(read)
    }

    fn absent() -> Option<Self> {
        Some(Self::new())
    }
}

impl<T> Located<T> {
    /// A value at its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}
