//! Values of a Compose file that have a form of their own: sizes, durations, command lines, modes.
//!
//! Promises: read as compose-go's `DecodeMapstructure` methods do, with their errors; written as its `MarshalYAML` methods do.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::client::compose::file::{boolean, shown, whole};
use crate::client::units::{go_duration, go_quote, ram_in_bytes};

/// A number of bytes: `64m`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bytes(pub i64);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => {
                ram_in_bytes(&text).map(Bytes).map_err(|_| D::Error::custom(format!("invalid size: '{text}'")))
            }
            Value::Number(number) => Ok(Bytes(number.as_i64().unwrap_or(0))),
            _ => Ok(Bytes(0)),
        }
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A time span in nanoseconds: `1m30s`, days and weeks allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span(pub i64);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
        let text = shown(&Value::deserialize(deserializer)?);
        span(&text).map(Span).ok_or_else(|| D::Error::custom(format!("time: invalid duration {}", go_quote(&text))))
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&go_duration(self.0))
    }
}

/// A duration as `go-str2duration` reads it: Go's, and days and weeks.
pub fn span(text: &str) -> Option<i64> {
    if let Ok(nanoseconds) = crate::client::units::parse_duration(text) {
        return Some(nanoseconds);
    }
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut total = 0_i64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).filter(|digits| *digits > 0)?;
        let unit = rest[digits..].find(|c: char| c.is_ascii_digit() || c == '.').map_or(rest.len(), |end| digits + end);
        let seconds = match &rest[digits..unit] {
            "w" => 604_800,
            "d" => 86_400,
            _ => 0,
        };
        total = total.checked_add(match seconds {
            0 => crate::client::units::parse_duration(&rest[..unit]).ok()?,
            seconds => rest[..digits].parse::<i64>().ok()?.checked_mul(seconds)?.checked_mul(1_000_000_000)?,
        })?;
        rest = &rest[unit..];
    }
    Some(sign * total)
}

/// A command line: a list, or a text that is split as a shell would.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine(pub Vec<String>);

impl<'de> Deserialize<'de> for CommandLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<CommandLine, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => {
                split(&text).map(CommandLine).ok_or_else(|| D::Error::custom("invalid command line string"))
            }
            Value::Array(list) => Ok(CommandLine(list.iter().map(shown).collect())),
            _ => Ok(CommandLine::default()),
        }
    }
}

impl Serialize for CommandLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// The words of a command line, as `go-shellwords` splits them; `None` for a quote without end.
pub fn split(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut quote, mut escaped, mut begun) = (None, false, false);
    for character in line.chars() {
        if escaped {
            word.push(character);
            escaped = false;
            begun = true;
            continue;
        }
        match (character, quote) {
            ('\\', None | Some('"')) => escaped = true,
            (' ' | '\t' | '\r' | '\n', None) => {
                if begun {
                    words.push(std::mem::take(&mut word));
                    begun = false;
                }
            }
            ('\'' | '"', None) => (quote, begun) = (Some(character), true),
            (character, Some(open)) if character == open => quote = None,
            // An unquoted one ends the command line.
            (';' | '&' | '|' | '<' | '>' | '(' | ')', None) => {
                if matches!(character, '(' | ')') {
                    return None;
                }
                break;
            }
            (character, _) => {
                word.push(character);
                begun = true;
            }
        }
    }
    if quote.is_some() || escaped {
        return None;
    }
    if begun {
        words.push(word);
    }
    Some(words)
}

/// The bits of a file's mode, written in octal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mode(pub i64);

impl<'de> Deserialize<'de> for Mode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Mode, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => i64::from_str_radix(&text, 8).map(Mode).map_err(|_| {
                D::Error::custom(format!("strconv.ParseInt: parsing {}: invalid syntax", go_quote(&text)))
            }),
            Value::Number(number) if number.is_i64() => Ok(Mode(number.as_i64().unwrap_or(0))),
            _ => Err(D::Error::custom("unexpected value type float64 for mode")),
        }
    }
}

impl Serialize for Mode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("0{:o}", self.0))
    }
}

/// A number of processors, kept as Go's `float32`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Decimal(pub f32);

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => text.parse().map(Decimal).map_err(|_| {
                D::Error::custom(format!("strconv.ParseFloat: parsing {}: invalid syntax", go_quote(&text)))
            }),
            #[expect(clippy::cast_possible_truncation, reason = "it is kept in this width")]
            Value::Number(number) => Ok(Decimal(number.as_f64().unwrap_or(0.0) as f32)),
            _ => Ok(Decimal(0.0)),
        }
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The shortest digits that mean this number, not those of the wider one.
        let number: f64 = self.0.to_string().parse().unwrap_or(0.0);
        if number.fract() == 0.0 {
            #[expect(clippy::cast_possible_truncation, reason = "a whole number of processors")]
            return serializer.serialize_i64(number as i64);
        }
        serializer.serialize_f64(number)
    }
}

/// Reads a truth value that may be written as a text.
pub fn switch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Bool(value) => Ok(value),
        Value::String(text) => boolean(&text, &mut Vec::new()).map_err(D::Error::custom),
        Value::Null => Ok(false),
        other => Err(D::Error::custom(format!("expected type 'bool', got unconvertible type for {}", shown(&other)))),
    }
}

/// The same, where nothing is another answer than no.
pub fn maybe_switch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    match Option::<Value>::deserialize(deserializer)? {
        None | Some(Value::Null) => Ok(None),
        Some(value) => switch(value).map(Some).map_err(D::Error::custom),
    }
}

/// Reads a whole number that may be written as a text.
pub fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    match Value::deserialize(deserializer)? {
        #[expect(clippy::cast_possible_truncation, reason = "Go cuts it so too")]
        Value::Number(number) => Ok(number.as_i64().unwrap_or_else(|| number.as_f64().unwrap_or(0.0) as i64)),
        Value::String(text) => whole(&text).map_err(D::Error::custom),
        _ => Ok(0),
    }
}

/// The same, where nothing is another answer than zero.
pub fn maybe_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    match Option::<Value>::deserialize(deserializer)? {
        None | Some(Value::Null) => Ok(None),
        Some(value) => number(value).map(Some).map_err(D::Error::custom),
    }
}

/// Reads a text that may be written as a number.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(String::new()),
        value => Ok(shown(&value)),
    }
}

/// Whether a value is what is left out when a model is written.
pub fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_are_split() {
        for (line, words) in [
            ("sh -c 'echo a; sleep 1'", vec!["sh", "-c", "echo a; sleep 1"]),
            ("redis-server --save \"\" x\\ y", vec!["redis-server", "--save", "", "x y"]),
            ("", vec![]),
            ("a; b", vec!["a"]),
        ] {
            assert_eq!(split(line).unwrap(), words, "{line}");
        }
        assert_eq!(split("echo 'abc"), None);
    }

    #[test]
    fn spans_know_days_and_weeks() {
        assert_eq!(span("1m30s"), Some(90_000_000_000));
        assert_eq!(span("1w2d1s"), Some((7 + 2) * 86_400_000_000_000 + 1_000_000_000));
        assert_eq!((span("xyz"), span("5"), span("")), (None, None, None));
    }
}
