//! The functions of templates: Go's own and those that docker adds.
//!
//! Promises: the results and error texts of Go's `text/template` and of docker's `templates` package.

use std::cmp::Ordering;

use super::format::format_printf;
use super::value::Value;

const FUNCTIONS: [&str; 26] = [
    "and", "call", "eq", "ge", "gt", "html", "index", "join", "js", "json", "le", "len", "lower", "lt", "ne", "not",
    "or", "pad", "print", "printf", "println", "slice", "split", "title", "truncate", "upper",
];

/// How far one function may blow up a text.
const TEXT_MAX: usize = 1 << 20;

/// Whether there is a function of this name.
pub(super) fn is_function(name: &str) -> bool {
    FUNCTIONS.contains(&name) || name == "urlquery"
}

/// Why a function gave no value.
#[derive(Debug)]
pub(super) enum Failure {
    /// The function was called and refused: `error calling index: …`.
    Called(String),
    /// Too many or too few arguments; the text stands alone.
    Count(String),
    /// An argument of another type than the function takes.
    Argument { index: usize, expected: &'static str, got: String },
    /// `call` of something that is no function, of this type.
    NotAFunction(String),
}

fn count<'v, 'd>(name: &str, wanted: usize, values: &'v [Value<'d>]) -> Result<&'v [Value<'d>], Failure> {
    if values.len() == wanted {
        return Ok(values);
    }
    Err(Failure::Count(format!("wrong number of args for {name}: want {wanted} got {}", values.len())))
}

fn at_least<'v, 'd>(name: &str, wanted: usize, values: &'v [Value<'d>]) -> Result<&'v [Value<'d>], Failure> {
    if values.len() >= wanted {
        return Ok(values);
    }
    Err(Failure::Count(format!("wrong number of args for {name}: want at least {wanted} got {}", values.len())))
}

fn text_of<'v>(values: &'v [Value<'_>], index: usize) -> Result<&'v str, Failure> {
    match &values[index] {
        Value::Text(text) => Ok(text),
        other => Err(Failure::Argument { index, expected: "string", got: other.type_name().into_owned() }),
    }
}

fn int_of(values: &[Value<'_>], index: usize) -> Result<i64, Failure> {
    match &values[index] {
        Value::Int(value) => Ok(*value),
        other => Err(Failure::Argument { index, expected: "int", got: other.type_name().into_owned() }),
    }
}

/// Calls a function. In the `header` of a table docker's own functions leave the column's name as it is.
pub(super) fn call<'d>(name: &str, values: &[Value<'d>], header: bool) -> Result<Value<'d>, Failure> {
    if header && matches!(name, "json" | "split" | "join" | "title" | "lower" | "upper" | "truncate") {
        return at_least(name, 1, values).map(|values| values[0].clone());
    }
    match name {
        "json" => {
            let value = &count(name, 1, values)?[0];
            let text = value.to_json().to_string();
            Ok(Value::text(if value.escapes_html() { html_escaped(&text) } else { text }))
        }
        "split" => {
            let values = count(name, 2, values)?;
            let (text, separator) = (text_of(values, 0)?, text_of(values, 1)?);
            let part = |part: &str| Value::text(part.to_owned());
            if separator.is_empty() {
                return Ok(Value::List(text.chars().map(|letter| part(&letter.to_string())).collect()));
            }
            Ok(Value::List(text.split(separator).map(part).collect()))
        }
        "join" => {
            let values = count(name, 2, values)?;
            let separator = text_of(values, 1)?;
            if !matches!(values[0], Value::Items(..) | Value::List(_)) {
                let got = values[0].type_name().into_owned();
                return Err(Failure::Argument { index: 0, expected: "[]string", got });
            }
            let parts = (0..).map_while(|index| values[0].element(index));
            let parts = parts
                .map(|part| match part {
                    Value::Text(text) => Ok(text.into_owned()),
                    other => {
                        let got = format!("[]{}", other.type_name());
                        Err(Failure::Argument { index: 0, expected: "[]string", got })
                    }
                })
                .collect::<Result<Vec<_>, _>>()?;
            Ok(Value::text(parts.join(separator)))
        }
        "title" => {
            let mut starts = true;
            let title = text_of(count(name, 1, values)?, 0)?.chars().map(|letter| {
                let is_start =
                    std::mem::replace(&mut starts, !(letter.is_alphanumeric() || letter == '_' || letter == '\''));
                if is_start { letter.to_uppercase().collect::<String>() } else { letter.to_string() }
            });
            Ok(Value::text(title.collect::<String>()))
        }
        "lower" => Ok(Value::text(text_of(count(name, 1, values)?, 0)?.to_lowercase())),
        "upper" => Ok(Value::text(text_of(count(name, 1, values)?, 0)?.to_uppercase())),
        "pad" => pad(count(name, 3, values)?),
        "truncate" => {
            let values = count(name, 2, values)?;
            let (text, length) = (text_of(values, 0)?, int_of(values, 1)?);
            let mut end = usize::try_from(length)
                .map_err(|_| Failure::Called(format!("runtime error: slice bounds out of range [:{length}]")))?
                .min(text.len());
            // Go cuts bytes; half a character would not be text.
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            Ok(Value::text(text[..end].to_owned()))
        }
        "len" => match &count(name, 1, values)?[0] {
            Value::Missing | Value::Nil => {
                Err(Failure::Called("reflect: call of reflect.Value.Type on zero Value".to_owned()))
            }
            value => match value.length() {
                Some(length) => Ok(Value::Int(length as i64)),
                None => Err(Failure::Called(format!("len of type {}", value.type_name()))),
            },
        },
        "index" => match at_least(name, 1, values)?.split_first() {
            None | Some((Value::Missing | Value::Nil, _)) => Err(Failure::Called("index of untyped nil".to_owned())),
            Some((item, keys)) => keys.iter().try_fold(item.clone(), |item, key| index(&item, key)),
        },
        "slice" => slice(at_least(name, 1, values)?),
        "not" => Ok(Value::Bool(!count(name, 1, values)?[0].is_true())),
        // Reached with all their operands only when a pipe feeds them; see `execute` for the short cut.
        "and" => Ok(pick(at_least(name, 1, values)?, false)),
        "or" => Ok(pick(at_least(name, 1, values)?, true)),
        "eq" => {
            let values = at_least(name, 1, values)?;
            if values.len() < 2 {
                return Err(Failure::Called("missing argument for comparison".to_owned()));
            }
            let mut equal = false;
            for other in &values[1..] {
                equal = equal || equals(&values[0], other)?;
            }
            Ok(Value::Bool(equal))
        }
        "ne" => {
            let values = count(name, 2, values)?;
            Ok(Value::Bool(!equals(&values[0], &values[1])?))
        }
        "lt" | "le" | "gt" | "ge" => {
            let values = count(name, 2, values)?;
            let order = compare(&values[0], &values[1])?;
            Ok(Value::Bool(match name {
                "lt" => order == Ordering::Less,
                "le" => order != Ordering::Greater,
                "gt" => order == Ordering::Greater,
                _ => order != Ordering::Less,
            }))
        }
        "print" => Ok(Value::text(print(values))),
        "println" => Ok(Value::text(values.iter().map(Value::formatted).collect::<Vec<_>>().join(" ") + "\n")),
        "printf" => {
            let values = at_least(name, 1, values)?;
            Ok(Value::text(format_printf(text_of(values, 0)?, &values[1..])))
        }
        "html" => Ok(Value::text(escape(&print(values), |letter| match letter {
            '<' => Some("&lt;"),
            '>' => Some("&gt;"),
            '&' => Some("&amp;"),
            '"' => Some("&#34;"),
            '\'' => Some("&#39;"),
            '\0' => Some("\u{fffd}"),
            _ => None,
        }))),
        "js" => Ok(Value::text(escape(&print(values), |letter| match letter {
            '\\' => Some("\\\\"),
            '\'' => Some("\\'"),
            '"' => Some("\\\""),
            '<' => Some("\\u003C"),
            '>' => Some("\\u003E"),
            '&' => Some("\\u0026"),
            '=' => Some("\\u003D"),
            '\n' => Some("\\u000A"),
            '\r' => Some("\\u000D"),
            '\t' => Some("\\u0009"),
            _ => None,
        }))),
        "urlquery" => Ok(Value::text(url_query(&print(values)))),
        _ => Err(Failure::NotAFunction(at_least(name, 1, values)?[0].type_name().into_owned())),
    }
}

fn pick<'d>(values: &[Value<'d>], wanted: bool) -> Value<'d> {
    let found = values.iter().find(|value| value.is_true() == wanted).or(values.last());
    found.cloned().unwrap_or(Value::Missing)
}

fn pad<'d>(values: &[Value<'d>]) -> Result<Value<'d>, Failure> {
    let (text, before, after) = (text_of(values, 0)?, int_of(values, 1)?, int_of(values, 2)?);
    if text.is_empty() {
        return Ok(Value::text(""));
    }
    let blanks = |count: i64| match usize::try_from(count) {
        Ok(count) if count <= TEXT_MAX => Ok(" ".repeat(count)),
        Ok(_) => Err(Failure::Called(format!("padding of more than {TEXT_MAX} blanks, which is Layerlab's limit"))),
        Err(_) => Err(Failure::Called("strings: negative Repeat count".to_owned())),
    };
    Ok(Value::text(format!("{}{text}{}", blanks(before)?, blanks(after)?)))
}

fn index<'d>(item: &Value<'d>, key: &Value<'d>) -> Result<Value<'d>, Failure> {
    let refuse = |text: String| Err(Failure::Called(text));
    match item {
        Value::Missing | Value::Nil => refuse("index of untyped nil".to_owned()),
        Value::Map(map, element) => match key {
            Value::Text(key) => Ok(match map.and_then(|map| map.get(key.as_ref())) {
                Some(json) => Value::of(json, *element),
                None => Value::zero(*element),
            }),
            other => refuse(format!("value has type {}; should be string", other.type_name())),
        },
        Value::Items(..) | Value::List(_) | Value::Text(_) => {
            let at = match key {
                Value::Int(at) => *at,
                Value::Missing | Value::Nil => return refuse("cannot index slice/array with nil".to_owned()),
                other => return refuse(format!("cannot index slice/array with type {}", other.type_name())),
            };
            let found = usize::try_from(at).ok().and_then(|at| match item {
                Value::Text(text) => text.as_bytes().get(at).map(|&byte| Value::Int(i64::from(byte))),
                _ => item.element(at),
            });
            found.ok_or_else(|| Failure::Called(format!("index out of range: {at}")))
        }
        other => refuse(format!("can't index item of type {}", other.type_name())),
    }
}

fn slice<'d>(values: &[Value<'d>]) -> Result<Value<'d>, Failure> {
    let refuse = |text: String| Err(Failure::Called(text));
    let (item, bounds) = (&values[0], &values[1..]);
    if matches!(item, Value::Missing | Value::Nil) {
        return refuse("slice of untyped nil".to_owned());
    }
    if bounds.len() > 3 {
        return refuse(format!("too many slice indexes: {}", bounds.len()));
    }
    if bounds.len() == 3 && matches!(item, Value::Text(_)) {
        return refuse("cannot 3-index slice a string".to_owned());
    }
    let Some(length) = item.length().filter(|_| !matches!(item, Value::Map(..))) else {
        return refuse(format!("can't slice item of type {}", item.type_name()));
    };
    let mut ends = [0, length, length];
    for (bound, end) in bounds.iter().zip(&mut ends) {
        let Value::Int(at) = bound else {
            return refuse(format!("cannot index slice/array with type {}", bound.type_name()));
        };
        match usize::try_from(*at).ok().filter(|&at| at <= length) {
            Some(at) => *end = at,
            None => return refuse(format!("index out of range: {at}")),
        }
    }
    let [start, end, _] = ends;
    if start > end {
        return refuse(format!("invalid slice index: {start} > {end}"));
    }
    Ok(match item {
        Value::Text(text) => {
            let bytes = text.as_bytes().get(start..end).unwrap_or_default();
            Value::text(String::from_utf8_lossy(bytes).into_owned())
        }
        Value::Items(items, element) => {
            Value::Items(items.map(|items| items.get(start..end).unwrap_or_default()), *element)
        }
        Value::List(items) => Value::List(items.get(start..end).unwrap_or_default().to_vec()),
        _ => Value::Missing,
    })
}

fn equals(left: &Value<'_>, right: &Value<'_>) -> Result<bool, Failure> {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => Ok(left == right),
        (Value::Int(left), Value::Int(right)) => Ok(left == right),
        (Value::Float(left), Value::Float(right)) => Ok(left == right),
        (Value::Text(left), Value::Text(right)) => Ok(left == right),
        (Value::Time(left), Value::Time(right)) => Ok(left == right),
        (Value::Missing | Value::Nil, other) | (other, Value::Missing | Value::Nil) => {
            Ok(matches!(other, Value::Missing | Value::Nil | Value::NilPointer(_)))
        }
        (Value::Items(..) | Value::List(_) | Value::Map(..), _) => {
            Err(Failure::Called(format!("non-comparable type {}: {}", left.formatted(), left.type_name())))
        }
        _ => Err(Failure::Called("incompatible types for comparison".to_owned())),
    }
}

fn compare(left: &Value<'_>, right: &Value<'_>) -> Result<Ordering, Failure> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => Ok(left.cmp(right)),
        (Value::Float(left), Value::Float(right)) => Ok(left.partial_cmp(right).unwrap_or(Ordering::Equal)),
        (Value::Text(left), Value::Text(right)) => Ok(left.cmp(right)),
        (Value::Int(_) | Value::Float(_) | Value::Text(_), Value::Int(_) | Value::Float(_) | Value::Text(_)) => {
            Err(Failure::Called("incompatible types for comparison".to_owned()))
        }
        _ => Err(Failure::Called("invalid type for comparison".to_owned())),
    }
}

/// Go's `fmt.Sprint`: a blank between operands neither of which is a text.
fn print(values: &[Value<'_>]) -> String {
    let mut printed = String::new();
    let is_text = |value: &Value<'_>| matches!(value, Value::Text(_));
    for (index, value) in values.iter().enumerate() {
        if index > 0 && !is_text(value) && !is_text(&values[index - 1]) {
            printed.push(' ');
        }
        printed.push_str(&value.formatted());
    }
    printed
}

fn escape(text: &str, replacement: impl Fn(char) -> Option<&'static str>) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match replacement(letter) {
            Some(replacement) => escaped.push_str(replacement),
            None => escaped.push(letter),
        }
    }
    escaped
}

fn url_query(text: &str) -> String {
    let mut query = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => query.push('+'),
            b'-' | b'_' | b'.' | b'~' => query.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => query.push(char::from(byte)),
            _ => query.push_str(&format!("%{byte:02X}")),
        }
    }
    query
}

/// JSON as Go's `json.Marshal` writes it: what could end a script in a page is escaped. It stands in strings only.
fn html_escaped(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}
