//! Reads conditions, observations and goals from their compact TOML form, such as
//! `{ label = "web is running", container = "web", state = "running" }`.
//!
//! Promises: a property that the subject does not have, a value of the wrong kind and two subjects at once are told
//! apart, each with its place. Must not know any world.

use toml::Spanned;
use toml::de::DeValue;

use super::{
    Condition, FilePlace, Goal, Literal, Observation, Operand, Operator, Property, PropertyTest, Subject, SubjectKind,
    Test, ValueKind,
};
use crate::diagnostic::Span;
use crate::lesson::format::{ByteCount, Located, Measure};
use crate::lesson::table::{FromTable, FromToml, Reader, TableReader, list, read_number, read_table, read_word};

type Value<'i> = Spanned<DeValue<'i>>;
type Table<'t, 'i, 'r, 'd> = TableReader<'t, 'i, 'r, 'd>;

/// The subject's kind from the keys that are there.
fn subject_kind(table: &mut Table<'_, '_, '_, '_>) -> Option<SubjectKind> {
    let present: Vec<(&str, SubjectKind)> =
        SubjectKind::ALL.iter().filter(|(key, _)| table.has(key)).map(|(key, kind)| (*key, *kind)).collect();
    // A file is in a container, image or volume: these keys then only say where.
    let main = [SubjectKind::File, SubjectKind::Port, SubjectKind::Lookup]
        .into_iter()
        .find(|kind| present.iter().any(|(_, other)| other == kind))
        .or_else(|| present.first().map(|(_, kind)| *kind));
    let Some(main) = main else {
        let error =
            table.reader.error(table.span, "it is not said what this is about").label("no subject in this table");
        let error = error.expected(format!("one of: {}", list(SubjectKind::ALL.iter().map(|(key, _)| *key))));
        table.reader.found.push(error.note("as in `{ container = \"web\", state = \"running\" }`"));
        return None;
    };
    let more: Vec<&str> = present
        .iter()
        .filter(|(key, kind)| *kind != main && !main.qualifiers().contains(key))
        .map(|(key, _)| *key)
        .collect();
    for key in &more {
        let span = table.key_span(key).unwrap_or(table.span);
        let title = format!("`{}` and `{key}` cannot both be the subject", main.word());
        let error = table.reader.error(span, title).label("a second subject");
        table.reader.found.push(error.note("write two conditions"));
    }
    more.is_empty().then_some(main)
}

fn last(table: &mut Table<'_, '_, '_, '_>, key: &'static str, subject: Subject) -> Option<Subject> {
    let value = table.raw(key)?;
    read_word(value, "a place in the step", &[("last", ())], table.reader).map(|()| subject)
}

fn subject(table: &mut Table<'_, '_, '_, '_>, kind: SubjectKind) -> Option<Subject> {
    let key = kind.word();
    Some(match kind {
        SubjectKind::Container => Subject::Container(table.key(key)?),
        SubjectKind::Containers => Subject::Containers(table.key(key)?),
        SubjectKind::Image => Subject::Image(table.key(key)?),
        SubjectKind::Images => Subject::Images(table.key(key)?),
        SubjectKind::Volume => Subject::Volume(table.key(key)?),
        SubjectKind::Volumes => Subject::Volumes(table.key(key)?),
        SubjectKind::Network => Subject::Network(table.key(key)?),
        SubjectKind::Networks => Subject::Networks(table.key(key)?),
        SubjectKind::Machine => Subject::Machine(table.key(key)?),
        SubjectKind::VirtualMachine => Subject::VirtualMachine(table.key(key)?),
        SubjectKind::Build => last(table, key, Subject::Build)?,
        SubjectKind::Pull => last(table, key, Subject::Pull)?,
        SubjectKind::Command => last(table, key, Subject::Command)?,
        SubjectKind::Load => last(table, key, Subject::Load)?,
        SubjectKind::Lookup => {
            let (name, from) = (table.key(key), table.key("from"));
            Subject::Lookup { name: name?, from: from? }
        }
        SubjectKind::Port => {
            let (number, host, from) = (table.key(key), table.key("host"), table.key("from"));
            Subject::Port { number: number?, host: host?, from: from? }
        }
        SubjectKind::File => file(table)?,
    })
}

/// The kind of place that a key names.
type MakePlace = fn(String) -> FilePlace;

fn file(table: &mut Table<'_, '_, '_, '_>) -> Option<Subject> {
    let path: Option<Located<String>> = table.key("file");
    let makers: [(&'static str, MakePlace); 3] =
        [("container", FilePlace::Container), ("image", FilePlace::Image), ("volume", FilePlace::Volume)];
    let mut place = None;
    for (key, make) in makers {
        let Some(name) = table.key::<Option<String>>(key)? else { continue };
        if place.is_some() {
            let span = table.key_span(key).unwrap_or(table.span);
            let error = table.reader.error(span, "a file is in one place only").label("a second place");
            table.reader.found.push(error);
            return None;
        }
        place = Some(make(name));
    }
    let path = path?;
    if !path.starts_with('/') {
        let error = table.reader.error(path.span, format!("`{}` is not an absolute path", path.value));
        table.reader.found.push(error.label("this path").expected("a path that begins with `/`"));
        return None;
    }
    Some(Subject::File { place: place.unwrap_or(FilePlace::Machine), path: path.value })
}

/// The subject and its machine; the table's known keys are those of the subject afterwards.
fn read_subject(table: &mut Table<'_, '_, '_, '_>) -> Option<(SubjectKind, Subject, Option<Located<String>>)> {
    let on = table.key("on");
    let kind = subject_kind(table)?;
    let subject = subject(table, kind);
    Some((kind, subject?, on?))
}

fn has_not(table: &mut Table<'_, '_, '_, '_>, kind: SubjectKind, property: &str, span: Span) {
    let known = || kind.properties().iter().map(|property| property.word());
    let title = format!("`{}` has no property `{property}`", kind.word());
    let error = table.reader.error(span, title).label("not a property of this subject");
    table.reader.found.push(error.did_you_mean(property, known()).expected(format!("one of: {}", list(known()))));
}

impl FromTable for Observation {
    fn read_keys(table: &mut Table<'_, '_, '_, '_>) -> Option<Self> {
        let span = table.span;
        let subject = read_subject(table);
        let show: Option<Located<Property>> = table.key("show");
        let (kind, subject, on) = subject?;
        let show = show?;
        if !kind.properties().contains(&show.value) {
            has_not(table, kind, show.word(), show.span);
            return None;
        }
        Some(Self { subject, on, show: show.value, span })
    }
}

impl FromToml for Observation {
    fn read(value: &Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        read_table(value, "an observation", reader)
    }
}

impl FromTable for Measure {
    fn read_keys(table: &mut Table<'_, '_, '_, '_>) -> Option<Self> {
        let label = table.key("label");
        let observation = Observation::read_keys(table);
        Some(Self { label: label?, observation: observation? })
    }
}

impl FromToml for Measure {
    fn read(value: &Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        read_table(value, "a measure", reader)
    }
}

impl FromTable for Condition {
    fn read_keys(table: &mut Table<'_, '_, '_, '_>) -> Option<Self> {
        let span = table.span;
        let subject = read_subject(table);
        // All properties are known keys, so that one of another subject is told from one that nothing has.
        let mut tests = Vec::new();
        let mut right = true;
        for (key, property) in Property::ALL {
            let Some(value) = table.raw(key) else { continue };
            let span = table.key_span(key).unwrap_or(table.span);
            match &subject {
                Some((kind, _, _)) if !kind.properties().contains(property) => {
                    has_not(table, *kind, key, span);
                    right = false;
                }
                _ => match read_tests(value, *property, table.reader) {
                    Some(read) => tests.push(PropertyTest { property: *property, tests: read, span }),
                    None => right = false,
                },
            }
        }
        let (kind, subject, on) = subject?;
        if tests.is_empty() && right {
            if !kind.properties().contains(&Property::Exists) {
                let known = kind.properties().iter().map(|property| property.word());
                let error =
                    table.reader.error(span, "nothing is asked of the subject").label("no property in this table");
                table.reader.found.push(error.expected(format!("one of: {}", list(known))));
                return None;
            }
            let is = Test { operator: Operator::Is, operand: Operand::Literal(Literal::Truth(true)), span };
            tests.push(PropertyTest { property: Property::Exists, tests: vec![is], span });
        }
        right.then_some(Self { subject, on, tests, span })
    }
}

impl FromToml for Condition {
    fn read(value: &Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        read_table(value, "a condition", reader)
    }
}

impl FromTable for Goal {
    fn read_keys(table: &mut Table<'_, '_, '_, '_>) -> Option<Self> {
        let label = table.key("label");
        let condition = Condition::read_keys(table);
        Some(Self { label: label?, condition: condition? })
    }
}

impl FromToml for Goal {
    fn read(value: &Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        read_table(value, "a condition of the goal", reader)
    }
}

/// Reads what a property must be: a value, or a table of comparisons.
pub(in crate::lesson) fn read_tests(
    value: &Value<'_>,
    property: Property,
    reader: &mut Reader<'_>,
) -> Option<Vec<Test>> {
    let Some(keys) = value.get_ref().as_table() else {
        let test = Test {
            operator: Operator::Is,
            operand: Operand::Literal(read_literal(value, property, reader)?),
            span: value.span().into(),
        };
        return Some(vec![test]);
    };
    let mut table = TableReader::new(keys, value.span().into(), "a comparison", reader);
    let mut tests = Vec::new();
    let mut right = true;
    for (key, operator) in Operator::ALL {
        let Some(value) = table.raw(key) else { continue };
        let span = table.key_span(key).unwrap_or(table.span);
        match read_operand(value, *operator, span, property, table.reader) {
            Some(operand) => tests.push(Test { operator: *operator, operand, span }),
            None => right = false,
        }
    }
    let unknown = keys.len() > tests.len() && right;
    if keys.is_empty() {
        let error = table.reader.error(table.span, "the comparison is empty").label("nothing to compare with");
        let error = error.expected(format!("one of: {}", list(Operator::ALL.iter().map(|(key, _)| *key))));
        table.reader.found.push(error);
        right = false;
    }
    table.finish();
    (right && !unknown).then_some(tests)
}

fn read_operand(
    value: &Value<'_>,
    operator: Operator,
    key: Span,
    property: Property,
    reader: &mut Reader<'_>,
) -> Option<Operand> {
    let kind = property.kind();
    let ordered = matches!(kind, ValueKind::Count | ValueKind::Bytes | ValueKind::Duration);
    let fits = match operator {
        Operator::AtLeast | Operator::AtMost | Operator::MoreThan | Operator::LessThan => ordered,
        Operator::Contains => kind == ValueKind::Text,
        Operator::Is | Operator::IsNot | Operator::OneOf | Operator::Changed => true,
    };
    if !fits {
        let title = format!("`{}` cannot be compared by `{}`", property.word(), operator.word());
        let error = reader.error(key, title).label("does not fit the property");
        reader.found.push(error.expected(if ordered {
            "a comparison of numbers"
        } else {
            "`is`, `is_not`, `one_of` or `changed`"
        }));
        return None;
    }
    match operator {
        Operator::Changed => bool::read(value, reader).map(|changed| Operand::Literal(Literal::Truth(changed))),
        Operator::OneOf => {
            let Some(entries) = value.get_ref().as_array() else {
                return reader.wrong_type(value, "a list of values");
            };
            let read: Vec<_> = entries.iter().map(|entry| read_literal(entry, property, reader)).collect();
            read.into_iter().collect::<Option<Vec<Literal>>>().map(Operand::OneOf)
        }
        _ if value.get_ref().is_table() => {
            let other = Observation::read(value, reader)?;
            if std::mem::discriminant(&other.show.kind()) != std::mem::discriminant(&kind) {
                let title = format!("`{}` and `{}` are different kinds of value", property.word(), other.show.word());
                let error = reader.error(other.span, title).label("this observation");
                reader.found.push(error);
                return None;
            }
            Some(Operand::Observation(Box::new(other)))
        }
        _ => read_literal(value, property, reader).map(Operand::Literal),
    }
}

fn read_literal(value: &Value<'_>, property: Property, reader: &mut Reader<'_>) -> Option<Literal> {
    let written = value.get_ref();
    match property.kind() {
        ValueKind::Truth => bool::read(value, reader).map(Literal::Truth),
        ValueKind::Count => read_number(value, 0..=i64::MAX, reader).map(Literal::Number),
        ValueKind::Text => text(value, reader),
        ValueKind::Word(words) => {
            let words: Vec<(&'static str, &'static str)> = words.iter().map(|word| (*word, *word)).collect();
            let name = format!("a value of `{}`", property.word());
            read_word(value, &name, &words, reader).map(|word| Literal::Text(word.to_owned()))
        }
        ValueKind::Identity => {
            let error = reader.error(value.span().into(), "a lesson holds no ID or digest: they come from the model");
            let error =
                error.label("not to be written down").expected("`{ changed = … }`, or `{ is = { …, show = \"id\" } }`");
            reader.found.push(error);
            None
        }
        ValueKind::Layer => match written {
            DeValue::Integer(_) => read_number(value, 1..=127, reader).map(Literal::Number),
            _ => {
                let words = [("writable", "writable"), ("mount", "mount")];
                read_word(value, "a layer", &words, reader).map(|word| Literal::Text(word.to_owned()))
            }
        },
        ValueKind::Bytes if written.is_integer() => read_number(value, 0..=i64::MAX, reader).map(Literal::Number),
        ValueKind::Bytes => measured(value, BYTE_UNITS, "bytes, such as `65536`, `\"64m\"` or `\"1.5GB\"`", reader),
        ValueKind::Duration => {
            measured(value, TIME_UNITS, "a time with its unit, such as `\"250ms\"`, `\"10s\"` or `\"2m\"`", reader)
        }
    }
}

impl FromToml for ByteCount {
    fn read(value: &Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        match read_literal(value, Property::Size, reader)? {
            Literal::Number(bytes) => u64::try_from(bytes).ok().map(ByteCount),
            Literal::Truth(_) | Literal::Text(_) => None,
        }
    }
}

/// A text may be empty: an empty output is a value.
fn text(value: &Value<'_>, reader: &mut Reader<'_>) -> Option<Literal> {
    match value.get_ref().as_str() {
        Some(text) if text.trim().is_empty() => Some(Literal::Text(String::new())),
        _ => String::read(value, reader).map(|text| Literal::Text(text.trim().to_owned())),
    }
}

/// As Docker prints (kB, MB, GB are powers of 1000) and reads (k, m, g are powers of 1024).
const BYTE_UNITS: &[(&str, f64)] = &[
    ("KiB", 1024.0),
    ("MiB", 1048576.0),
    ("GiB", 1073741824.0),
    ("kB", 1e3),
    ("KB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("k", 1024.0),
    ("m", 1048576.0),
    ("g", 1073741824.0),
    ("B", 1.0),
];

/// In milliseconds.
const TIME_UNITS: &[(&str, f64)] = &[("ms", 1.0), ("s", 1000.0), ("m", 60_000.0), ("h", 3_600_000.0)];

fn measured(value: &Value<'_>, units: &[(&str, f64)], expected: &str, reader: &mut Reader<'_>) -> Option<Literal> {
    let Some(written) = value.get_ref().as_str() else {
        return reader.wrong_type(value, expected);
    };
    let number = units.iter().find_map(|(unit, factor)| {
        let number: f64 = written.strip_suffix(unit)?.trim().parse().ok()?;
        (number.is_finite() && number >= 0.0 && number * factor < 9e15).then_some(number * factor)
    });
    match number {
        Some(number) => Some(Literal::Number(number.round() as i64)),
        None => {
            let error = reader.error(value.span().into(), format!("`{written}` is not an amount"));
            reader.found.push(error.label("this value").expected(expected));
            None
        }
    }
}
