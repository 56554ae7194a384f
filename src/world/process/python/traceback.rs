//! How Python says what went wrong.
//!
//! Promises: the words of CPython's traceback; from 3.11 on the part of the line that failed is underlined, unless it is all of it.
//! Frames within Python's own modules are left out. Must not know how errors come about.

use super::lex::SourceError;
use super::parse::Minor;
use super::session::{Session, Stop};
use crate::world::process::System;

/// The text of an error.
pub fn text(system: &System<'_>, session: &Session, stop: &Stop) -> String {
    match stop {
        Stop::Raised(raised) => {
            let mut text = "Traceback (most recent call last):\n".to_owned();
            for line in &raised.trace {
                text.push_str(&format!("  File \"{}\", line {}, in {}\n", line.file, line.line, line.function));
                let Some(source) = source_line(system, &line.file, line.line) else { continue };
                let body = source.trim_start();
                let indent = source.chars().count() - body.chars().count();
                text.push_str(&format!("    {}\n", body.trim_end()));
                let Some(place) = line.place.filter(|place| session.interpreter.minor >= 11 && place.line == line.line)
                else {
                    continue;
                };
                let (start, end) = (place.start as usize, place.end as usize);
                let whole = start <= indent && end >= indent + body.trim_end().chars().count();
                let plain = session.interpreter.minor >= 13 && is_plain_call(&source, start, place.blamed);
                if end > start && start >= indent && (!whole || place.blamed.is_some()) && !plain {
                    let (from, to) = place.blamed.map_or((start, end), |(from, to)| (from as usize, to as usize));
                    let sign = |at: usize| if (from..to).contains(&at) { '^' } else { '~' };
                    let marks: String = (start..end).map(sign).collect();
                    text.push_str(&format!("    {}{marks}\n", " ".repeat(start - indent)));
                }
            }
            text.push_str(&last_line(&raised.class, &raised.message));
            text
        }
        Stop::NotModelled(line, what) => format!("python3: line {line}: {what}: not modelled in Layerlab\n"),
        Stop::Exit(_) | Stop::Serve(..) => String::new(),
    }
}

fn last_line(class: &str, message: &str) -> String {
    if message.is_empty() { format!("{class}\n") } else { format!("{class}: {message}\n") }
}

/// The text of a mistake in a source.
pub fn source_error(source: &str, file: &str, error: &SourceError, version: Minor) -> String {
    if error.not_modelled {
        return format!("python3: line {}: {}: not modelled in Layerlab\n", error.place.line, error.message);
    }
    let mut text = format!("  File \"{file}\", line {}\n", error.place.line);
    if let Some(line) = source.lines().nth((error.place.line as usize).saturating_sub(1)) {
        let body = line.trim_start();
        let indent = line.chars().count() - body.chars().count();
        text.push_str(&format!("    {}\n", body.trim_end()));
        let (start, end) = (error.place.start as usize, error.place.end as usize);
        let (start, width) = (start.saturating_sub(indent), end.saturating_sub(start).max(1));
        // Before 3.10 there is one sign, and at the end of a line it stands under the last one.
        let length = body.trim_end().chars().count();
        let (start, width) = match version {
            ..10 if error.message.starts_with("unterminated string") => (length.saturating_sub(1), 1),
            ..10 => (start.min(length.saturating_sub(1)), 1),
            10..13 if error.class == "IndentationError" => (start, 1),
            _ => (start, width),
        };
        if version < 10 || error.message != "unexpected indent" {
            text.push_str(&format!("    {}{}\n", " ".repeat(start), "^".repeat(width)));
        }
    }
    let message = match error.message.as_str() {
        "expected ':'" if version < 10 => "invalid syntax",
        message if version < 10 && message.starts_with("unterminated string") => "EOL while scanning string literal",
        message => message,
    };
    text.push_str(&last_line(error.class, message));
    text
}

/// Whether a line is `return name(…)` or `x = call(…)`, which is not underlined from 3.13 on.
fn is_plain_call(line: &str, start: usize, blamed: Option<(u32, u32)>) -> bool {
    let signs: Vec<char> = line.chars().collect();
    let Some((open, _)) = blamed.filter(|(open, _)| signs.get(*open as usize) == Some(&'(')) else { return false };
    let before: String = signs.iter().take(start).collect();
    let name = signs.get(start..open as usize).unwrap_or_default();
    let is_name = name.iter().all(|sign| sign.is_alphanumeric() || *sign == '_');
    (before.trim() == "return" && is_name) || before.trim_end().ends_with('=')
}

fn source_line(system: &System<'_>, file: &str, line: u32) -> Option<String> {
    let bytes = system.read_file(file).ok()?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.lines().nth((line as usize).checked_sub(1)?).map(str::to_owned)
}
