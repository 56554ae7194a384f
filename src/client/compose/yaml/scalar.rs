//! What a plain scalar means: go-yaml 3, `resolve.go`.

use serde_json::{Number, Value};

/// The value of a scalar, by its tag or, if it is plain, by how it looks.
pub fn resolve(text: &str, tag: Option<&str>, plain: bool) -> Value {
    let own = |text: &str| Value::String(text.to_owned());
    match tag.map(|tag| tag.strip_prefix("tag:yaml.org,2002:").unwrap_or(tag)) {
        Some("str" | "binary" | "timestamp") => own(text),
        Some("null") => Value::Null,
        Some(_) => plain_value(text).unwrap_or_else(|| own(text)),
        None if plain => plain_value(text).unwrap_or_else(|| own(text)),
        None => own(text),
    }
}

/// The value of a plain scalar that is not a text.
pub fn plain_value(text: &str) -> Option<Value> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Value::Null),
        "true" | "True" | "TRUE" => return Some(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Some(Value::Bool(false)),
        _ => {}
    }
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return None;
    }
    let digits = text.replace('_', "");
    if !digits.starts_with('.') {
        if let Some(number) = integer(&digits) {
            return Some(number.into());
        }
        if let Ok(number) = digits.parse::<u64>() {
            return Some(number.into());
        }
    }
    if !looks_like_float(&digits) {
        return None;
    }
    digits.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number)
}

/// A whole number as Go's `strconv.ParseInt` reads it with base 0: `0x1f`, `0o17`, `017`, `0b1`.
fn integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let prefixed = |letters: [&str; 2]| letters.into_iter().find_map(|prefix| digits.strip_prefix(prefix));
    let (base, digits) = if let Some(digits) = prefixed(["0x", "0X"]) {
        (16, digits)
    } else if let Some(digits) = prefixed(["0o", "0O"]) {
        (8, digits)
    } else if let Some(digits) = prefixed(["0b", "0B"]) {
        (2, digits)
    } else if digits.len() > 1 && digits.starts_with('0') {
        (8, &digits[1..])
    } else {
        (10, digits)
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let number = i128::from_str_radix(digits, base).ok()?;
    i64::try_from(if negative { -number } else { number }).ok()
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn looks_like_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (text, None),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && all_digits(fraction),
        Some((whole, fraction)) => all_digits(whole) && all_digits(fraction),
        None => !mantissa.is_empty() && all_digits(mantissa),
    };
    mantissa_fits && exponent.is_none_or(|exponent| !exponent.is_empty() && all_digits(exponent))
}

/// Whether a text, written plainly, would be read as itself: not as a number, a truth value of any YAML, or a date.
pub fn is_plain_text(text: &str) -> bool {
    const OLD_BOOLEANS: [&str; 16] =
        ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF"];
    const NOT_NUMBERS: [&str; 12] =
        [".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF"];
    plain_value(text).is_none()
        && text != "<<"
        && !OLD_BOOLEANS.contains(&text)
        && !NOT_NUMBERS.contains(&text)
        && !is_base_60(text)
        && !is_date(text)
}

/// `190:20:30` was a number in YAML 1.1.
fn is_base_60(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (text, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or_default();
    let of_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let sixtieth = |part: &str| part.parse::<u8>().is_ok_and(|number| number < 60) && part.len() < 3;
    let mut count = 0;
    let sixtieths = parts.inspect(|_| count += 1).all(sixtieth);
    first.starts_with(|first: char| first.is_ascii_digit())
        && of_digits(first)
        && sixtieths
        && count > 0
        && of_digits(fraction)
}

/// `2001-12-14`, with or without a time of day behind it.
fn is_date(text: &str) -> bool {
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let number = |part: &str, longest: usize| {
        (1..=longest).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let [year, month, day] = parts.as_slice() else { return false };
    let is_day = year.len() == 4 && number(year, 4) && number(month, 2) && number(day, 2);
    is_day && time.is_none_or(|time| time.split(':').take(2).filter(|part| number(part, 2)).count() == 2)
}
