//! A value as YAML, as go-yaml 3 writes it with an indentation of two: lists in mappings are indented, nothing is wrapped.
//!
//! Promises: a text is written plainly where that is read back as the same text, and else with the quotes that go-yaml takes
//! (`stringv` in its `encode.go`, `yaml_emitter_analyze_scalar` and `yaml_emitter_select_scalar_style` in its `emitterc.go`).

use serde_json::{Map, Value};

use super::scalar;
use crate::client::units::format_float;

/// The text of a document, with a line end. Keys are written in the map's order.
pub fn write(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => mapping(&mut text, map, 0, false),
        Value::Array(list) if !list.is_empty() => sequence(&mut text, list, 0, false),
        other => {
            in_line(&mut text, other, 0);
            text.push('\n');
        }
    }
    text
}

fn indent(text: &mut String, depth: usize) {
    text.extend(std::iter::repeat_n("  ", depth));
}

/// Lines of a mapping; with `begun` the first stands behind a dash.
fn mapping(text: &mut String, map: &Map<String, Value>, depth: usize, begun: bool) {
    for (index, (key, value)) in map.iter().enumerate() {
        if index > 0 || !begun {
            indent(text, depth);
        }
        string(text, key, depth, true);
        text.push(':');
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                text.push('\n');
                mapping(text, inner, depth + 1, false);
            }
            Value::Array(inner) if !inner.is_empty() => {
                text.push('\n');
                sequence(text, inner, depth + 1, false);
            }
            other => {
                text.push(' ');
                in_line(text, other, depth + 1);
                text.push('\n');
            }
        }
    }
}

/// Lines of a list; with `begun` the first stands behind a dash.
fn sequence(text: &mut String, list: &[Value], depth: usize, begun: bool) {
    for (index, value) in list.iter().enumerate() {
        if index > 0 || !begun {
            indent(text, depth);
        }
        text.push_str("- ");
        match value {
            Value::Object(inner) if !inner.is_empty() => mapping(text, inner, depth + 1, true),
            Value::Array(inner) if !inner.is_empty() => sequence(text, inner, depth + 1, true),
            other => {
                in_line(text, other, depth + 1);
                text.push('\n');
            }
        }
    }
}

/// What needs no lines of its own. Literal blocks are indented to `depth`.
fn in_line(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) => text.push_str(&format_float(float)),
            None => text.push_str(&number.to_string()),
        },
        Value::String(value) => string(text, value, depth, false),
        Value::Array(_) => text.push_str("[]"),
        Value::Object(_) => text.push_str("{}"),
    }
}

fn string(text: &mut String, value: &str, depth: usize, is_key: bool) {
    let looks = Looks::of(value);
    if value.contains('\n') && !is_key && !looks.only_double && !looks.space_at_end {
        literal(text, value, depth);
    } else if value.contains('\n') || looks.only_double || looks.has_tab || !scalar::is_plain_text(value) {
        double_quoted(text, value);
    } else if looks.is_indicator || looks.space_at_edge {
        text.push('\'');
        text.push_str(&value.replace('\'', "''"));
        text.push('\'');
    } else {
        text.push_str(value);
    }
}

/// What decides how a text may be written.
#[derive(Default)]
struct Looks {
    /// It has what only escapes can write, or a blank before a line end.
    only_double: bool,
    has_tab: bool,
    space_at_end: bool,
    space_at_edge: bool,
    /// Plainly, it would mean something else in a block.
    is_indicator: bool,
}

impl Looks {
    fn of(value: &str) -> Looks {
        let mut looks = Looks {
            is_indicator: value.starts_with("---") || value.starts_with("..."),
            space_at_end: value.ends_with(' '),
            space_at_edge: value.starts_with(' ') || value.ends_with(' '),
            ..Looks::default()
        };
        let blank_or_end = |next: Option<&char>| next.is_none_or(|next| matches!(next, ' ' | '\t' | '\n'));
        let mut characters = value.chars().peekable();
        let mut previous = None;
        while let Some(character) = characters.next() {
            let before_blank = blank_or_end(characters.peek());
            let after_blank = previous.is_none_or(|previous| matches!(previous, ' ' | '\t' | '\n'));
            looks.is_indicator |= match character {
                ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => {
                    previous.is_none()
                }
                '#' => after_blank,
                '?' | '-' => previous.is_none() && before_blank,
                ':' => before_blank,
                _ => false,
            };
            looks.has_tab |= character == '\t';
            looks.only_double |= !is_printable(character) || (character == '\n' && previous == Some(' '));
            previous = Some(character);
        }
        looks
    }
}

fn is_printable(character: char) -> bool {
    matches!(character, '\n' | '\t' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..)
        && !matches!(character, '\u{2028}' | '\u{2029}')
}

fn double_quoted(text: &mut String, value: &str) {
    text.push('"');
    for character in value.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\0' => text.push_str("\\0"),
            '\u{7}' => text.push_str("\\a"),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\u{b}' => text.push_str("\\v"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            '\u{1b}' => text.push_str("\\e"),
            '\u{85}' => text.push_str("\\N"),
            '\u{2028}' => text.push_str("\\L"),
            '\u{2029}' => text.push_str("\\P"),
            character if is_printable(character) => text.push(character),
            character => match u32::from(character) {
                code @ 0..=0xff => text.push_str(&format!("\\x{code:02X}")),
                code @ 0x100..=0xffff => text.push_str(&format!("\\u{code:04X}")),
                code => text.push_str(&format!("\\U{code:08X}")),
            },
        }
    }
    text.push('"');
}

/// A block after `|`: lines as they are.
fn literal(text: &mut String, value: &str, depth: usize) {
    text.push('|');
    if value.starts_with([' ', '\n']) {
        text.push('2');
    }
    if !value.ends_with('\n') {
        text.push('-');
    } else if value.ends_with("\n\n") || value == "\n" {
        text.push('+');
    }
    let lines = value.strip_suffix('\n').unwrap_or(value);
    for line in lines.split('\n') {
        text.push('\n');
        if !line.is_empty() {
            indent(text, depth);
            text.push_str(line);
        }
    }
}
