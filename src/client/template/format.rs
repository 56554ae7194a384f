//! Go's `fmt.Sprintf` for templates.
//!
//! Promises: the verbs `%v %s %d %q %t %f %g %e %x %X %c %T %%` with width, precision and the flags `-`, `+`, `0`, and Go's marks
//! for what does not fit (`%!d(string=a)`, `%!v(MISSING)`, `%!(EXTRA …)`).

use super::super::units::{format_general, go_quote};
use super::value::Value;

/// How wide a field may be made.
const WIDTH_MAX: usize = 1 << 12;

/// The text of a format with its values in place.
pub(super) fn format_printf(format: &str, values: &[Value<'_>]) -> String {
    let mut text = String::new();
    let mut values = values.iter();
    let mut rest = format;
    while let Some(percent) = rest.find('%') {
        text.push_str(&rest[..percent]);
        let spec = &rest[percent + 1..];
        let flags = spec.len() - spec.trim_start_matches(['-', '+', '0', '#', ' ']).len();
        let width = spec[flags..].len() - spec[flags..].trim_start_matches(|digit: char| digit.is_ascii_digit()).len();
        let mut end = flags + width;
        let mut precision = None;
        if let Some(digits) = spec[end..].strip_prefix('.') {
            let length = digits.len() - digits.trim_start_matches(|digit: char| digit.is_ascii_digit()).len();
            precision = Some(digits[..length].parse().unwrap_or(0_usize).min(WIDTH_MAX));
            end += 1 + length;
        }
        let Some(verb) = spec[end..].chars().next() else {
            text.push_str("%!(NOVERB)");
            return text;
        };
        rest = &spec[end + verb.len_utf8()..];
        if verb == '%' {
            text.push('%');
            continue;
        }
        let Some(value) = values.next() else {
            text.push_str(&format!("%!{verb}(MISSING)"));
            continue;
        };
        let shown = one(verb, value, precision, spec[..flags].contains('+'));
        let width = spec[flags..flags + width].parse().unwrap_or(0_usize).min(WIDTH_MAX);
        let missing = width.saturating_sub(shown.chars().count());
        if spec[..flags].contains('-') {
            text.push_str(&shown);
            text.extend(std::iter::repeat_n(' ', missing));
        } else if spec[..flags].contains('0') && matches!(value, Value::Int(_) | Value::Float(_)) {
            let (sign, digits) = shown.split_at(usize::from(shown.starts_with(['-', '+'])));
            text.push_str(sign);
            text.extend(std::iter::repeat_n('0', missing));
            text.push_str(digits);
        } else {
            text.extend(std::iter::repeat_n(' ', missing));
            text.push_str(&shown);
        }
    }
    text.push_str(rest);
    let extra: Vec<_> = values.map(|value| format!("{}={}", value.type_name(), value.formatted())).collect();
    if !extra.is_empty() {
        text.push_str(&format!("%!(EXTRA {})", extra.join(", ")));
    }
    text
}

fn one(verb: char, value: &Value<'_>, precision: Option<usize>, plus: bool) -> String {
    let sign = |text: String| if plus && !text.starts_with('-') { format!("+{text}") } else { text };
    match (verb, value) {
        ('T', value) => value.type_name().into_owned(),
        ('v', Value::Int(_) | Value::Float(_)) => sign(value.formatted()),
        ('v', value) => value.formatted(),
        ('s', Value::Text(text)) => text.chars().take(precision.unwrap_or(usize::MAX)).collect(),
        ('s', Value::Items(..) | Value::List(_) | Value::Map(..) | Value::Time(_) | Value::Struct(..)) => {
            value.formatted()
        }
        ('q', Value::Text(text)) => go_quote(text),
        ('q' | 'd' | 'x', Value::Items(..) | Value::List(_)) => {
            let elements = (0..).map_while(|index| value.element(index));
            let shown: Vec<_> = elements.map(|element| one(verb, &element, precision, plus)).collect();
            format!("[{}]", shown.join(" "))
        }
        ('d', Value::Int(number)) => sign(number.to_string()),
        ('x', Value::Int(number)) => hexadecimal(*number, |number| format!("{number:x}")),
        ('X', Value::Int(number)) => hexadecimal(*number, |number| format!("{number:X}")),
        ('o', Value::Int(number)) => hexadecimal(*number, |number| format!("{number:o}")),
        ('b', Value::Int(number)) => hexadecimal(*number, |number| format!("{number:b}")),
        ('x', Value::Text(text)) => text.bytes().map(|byte| format!("{byte:02x}")).collect(),
        ('c', Value::Int(number)) => {
            u32::try_from(*number).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER).to_string()
        }
        ('t', Value::Bool(value)) => value.to_string(),
        ('f' | 'F', Value::Float(number)) => sign(format!("{number:.*}", precision.unwrap_or(6))),
        ('e', Value::Float(number)) => {
            let scientific = format!("{number:.*e}", precision.unwrap_or(6));
            let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
            let exponent: i32 = exponent.parse().unwrap_or(0);
            sign(format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()))
        }
        ('g', Value::Float(number)) => match precision {
            Some(precision) => sign(format_general(*number, precision)),
            None => sign(value.formatted()),
        },
        (_, Value::Missing | Value::Nil) => format!("%!{verb}(<nil>)"),
        _ => format!("%!{verb}({}={})", value.type_name(), value.formatted()),
    }
}

fn hexadecimal(number: i64, digits: impl Fn(u64) -> String) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", digits(number.unsigned_abs()))
}
