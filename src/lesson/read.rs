//! Reads a lesson file: bytes in, a lesson or all that is wrong with it out.
//!
//! Promises: no bytes make it panic or take long; every message points at its place; a lesson that is returned follows
//! the format and all rules that can be checked without playing. Must not know the model, and opens no file itself.

use toml::de::DeTable;

use crate::diagnostic::{Diagnostic, Diagnostics, Span, line_column};
use crate::lesson::format::{FORMAT, Lesson, Located};
use crate::lesson::rules;
use crate::lesson::table::{Asked, FromTable, Reader, TableReader};

/// Bytes of a lesson file: 1 MiB.
pub const LESSON_BYTES: usize = 1024 * 1024;

/// Control characters reported in one file: it is not text, and more would say nothing new.
const CONTROLS_REPORTED: usize = 20;

/// Reads the lesson in `bytes`; `file` is its name in messages, and its folder is the module if the lesson names none.
///
/// # Errors
///
/// All mistakes of the file, sorted by place.
pub fn read_lesson(file: &str, bytes: &[u8]) -> Result<Lesson, Diagnostics> {
    let mut found = Diagnostics::new();
    if bytes.len() > LESSON_BYTES {
        let error = Diagnostic::error(file, format!("the file has {} bytes", bytes.len()));
        found.push(
            error
                .expected(format!("at most {LESSON_BYTES} bytes (1 MiB)"))
                .note("a lesson holds words and commands only"),
        );
        return Err(found);
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let place = error.valid_up_to();
            found.add_source(file, String::from_utf8_lossy(bytes).into_owned());
            let error = Diagnostic::error(file, "the file is not UTF-8 text")
                .at(place..place)
                .label("the first byte that is not");
            found.push(error.note("save the file in the encoding UTF-8"));
            return Err(found);
        }
    };
    found.add_source(file, text);
    let clean = without_controls(file, text, &mut found);
    let lesson = read_text(file, &clean, &mut found);
    match lesson {
        Some(lesson) if found.is_empty() => Ok(lesson),
        _ => Err(found),
    }
}

/// Reports control characters, and gives the text with a space in their place, so that reading can go on.
fn without_controls(file: &str, text: &str, found: &mut Diagnostics) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut reported = 0;
    let mut signs = text.char_indices().peekable();
    while let Some((place, sign)) = signs.next() {
        let line_end = sign == '\r' && signs.peek().is_some_and(|(_, next)| *next == '\n');
        if !sign.is_control() || matches!(sign, '\n' | '\t') || line_end {
            clean.push(sign);
            continue;
        }
        clean.extend(std::iter::repeat_n(' ', sign.len_utf8()));
        reported += 1;
        if reported <= CONTROLS_REPORTED {
            let title = format!("the control character U+{:04X} is not allowed in a lesson", u32::from(sign));
            let error = Diagnostic::error(file, title).at(place..place + sign.len_utf8()).label("here");
            found.push(error.note("only new lines and tabs are allowed; delete it"));
        }
    }
    clean
}

fn read_text(file: &str, text: &str, found: &mut Diagnostics) -> Option<Lesson> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut broken_lines = Vec::new();
    for error in &errors {
        let span: Span = error.span().unwrap_or(0..0).into();
        broken_lines.push(line_column(text, span.start).line);
        found.push(
            Diagnostic::error(file, format!("not TOML: {}", error.message()))
                .at(span)
                .label("not understood from here"),
        );
    }
    if let Some(version) = other_format(table.get_ref()) {
        let title = format!("the lesson has format {}", version.value);
        let error = Diagnostic::error(file, title).at(version.span).label("another version of the format");
        let error = error.expected(format!("format = {FORMAT}"));
        found.push(error.note("this Layerlab reads format 1 only; a newer Layerlab may read this lesson"));
        return None;
    }
    let mut in_tables = Diagnostics::new();
    let mut reader = Reader { file, found: &mut in_tables, asked: Asked::Nothing, incomplete: !errors.is_empty() };
    // What the lesson as a whole lacks is said at its first key.
    let first = table.get_ref().keys().map(|key| Span::from(key.span())).min().unwrap_or_default();
    let mut keys = TableReader::new(table.get_ref(), first, "the lesson", &mut reader);
    let lesson = Lesson::read_keys(&mut keys);
    keys.finish();
    // In a file that is not whole TOML, what breaks a rule may only be the part that was understood.
    if errors.is_empty() {
        let mut unheard = Diagnostics::new();
        let mut quiet = Reader { file, found: &mut unheard, asked: Asked::Nothing, incomplete: false };
        let header = rules::Header::read(&mut TableReader::new(table.get_ref(), first, "the lesson", &mut quiet));
        rules::header(&header, &mut reader);
    }
    let lesson = lesson.map(|mut lesson| {
        rules::length(&lesson, &mut reader);
        if lesson.module.is_none() {
            lesson.module = folder(file).map(|folder| Located::new(folder.to_owned(), Span::default()));
        }
        lesson
    });
    for diagnostic in in_tables.iter() {
        // A value that is not TOML is not also of the wrong type.
        let line = diagnostic.span.map(|span| line_column(text, span.start).line);
        if line.is_none_or(|line| !broken_lines.contains(&line)) {
            found.push(diagnostic.clone());
        }
    }
    lesson
}

/// The version, if it is a number other than ours: then no other key can be judged.
fn other_format(table: &DeTable<'_>) -> Option<Located<String>> {
    let value = table.get("format")?;
    let written = value.get_ref().as_integer()?;
    (written.to_string() != FORMAT.to_string()).then(|| Located::new(written.to_string(), value.span().into()))
}

/// The name of the folder that the file is in.
fn folder(file: &str) -> Option<&str> {
    let mut parts = file.rsplit(['/', '\\']);
    parts.next();
    parts.next().filter(|folder| !matches!(*folder, "" | "." | ".."))
}
