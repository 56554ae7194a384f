//! JSON as Go's `encoding/json` writes it, because image IDs and digests are hashes of those bytes.
//!
//! Promises: objects keep the order they were built in; `<`, `>`, `&`, U+2028 and U+2029 are escaped as Go escapes them
//! (`json.Marshal` with HTML escaping on, its default). It knows nothing about images.

use serde_json::{Map, Value};

/// How the members of objects and arrays are set out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// No white space at all: `json.Marshal`.
    Compact,
    /// One member a line, each level indented by so many spaces: `json.MarshalIndent`.
    Indented(usize),
}

/// The bytes Go would write for `value`.
pub fn encode(value: &Value, layout: Layout) -> Vec<u8> {
    let mut text = String::new();
    write_value(&mut text, value, layout, 0);
    text.into_bytes()
}

/// Builds an object member by member, leaving out what Go's `omitempty` leaves out.
#[derive(Default)]
pub struct Object(Map<String, Value>);

impl Object {
    /// An object without members.
    pub fn new() -> Object {
        Object::default()
    }

    /// Adds a member, whatever its value is.
    pub fn member(mut self, name: &str, value: impl Into<Value>) -> Object {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a member unless its value is what Go calls empty: false, zero, null, or a string, array or object without content.
    pub fn member_unless_empty(self, name: &str, value: impl Into<Value>) -> Object {
        let value = value.into();
        let empty = match &value {
            Value::Null | Value::Bool(false) => true,
            Value::Bool(true) => false,
            Value::Number(number) => number.as_i64() == Some(0),
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
        };
        if empty { self } else { self.member(name, value) }
    }

    /// Sorts the members by name, as Go writes a map.
    pub fn sorted(mut self) -> Object {
        self.0.sort_keys();
        self
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Value {
        Value::Object(object.0)
    }
}

fn write_value(text: &mut String, value: &Value, layout: Layout, depth: usize) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(truth) => text.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => text.push_str(&number.to_string()),
        Value::String(string) => write_string(text, string),
        Value::Array(items) if items.is_empty() => text.push_str("[]"),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                start_member(text, index, layout, depth);
                write_value(text, item, layout, depth + 1);
            }
            end_members(text, layout, depth);
            text.push(']');
        }
        Value::Object(members) if members.is_empty() => text.push_str("{}"),
        Value::Object(members) => {
            text.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                start_member(text, index, layout, depth);
                write_string(text, name);
                text.push(':');
                if layout != Layout::Compact {
                    text.push(' ');
                }
                write_value(text, member, layout, depth + 1);
            }
            end_members(text, layout, depth);
            text.push('}');
        }
    }
}

fn start_member(text: &mut String, index: usize, layout: Layout, depth: usize) {
    if index > 0 {
        text.push(',');
    }
    indent(text, layout, depth + 1);
}

fn end_members(text: &mut String, layout: Layout, depth: usize) {
    indent(text, layout, depth);
}

fn indent(text: &mut String, layout: Layout, depth: usize) {
    if let Layout::Indented(spaces) = layout {
        text.push('\n');
        text.extend(std::iter::repeat_n(' ', spaces * depth));
    }
}

fn write_string(text: &mut String, string: &str) {
    text.push('"');
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => text.push_str(&format!("\\u{:04x}", character as u32)),
            control if control < ' ' => text.push_str(&format!("\\u{:04x}", control as u32)),
            other => text.push(other),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_go_writes() {
        let value = Value::from(
            Object::new()
                .member("b", "set -x && echo <\u{2028}>\t\u{1}")
                .member("a", Value::Array(vec![1.into(), Value::Null, Value::Bool(true)]))
                .member_unless_empty("gone", "")
                .member("empty", Value::Array(Vec::new())),
        );
        let compact = String::from_utf8(encode(&value, Layout::Compact)).expect("JSON is UTF-8");
        assert_eq!(
            compact,
            r#"{"b":"set -x \u0026\u0026 echo \u003c\u2028\u003e\t\u0001","a":[1,null,true],"empty":[]}"#
        );
        let small = Value::from(Object::new().member("z", Value::Array(vec![1.into()])).member("y", 2).sorted());
        let indented = String::from_utf8(encode(&small, Layout::Indented(3))).expect("JSON is UTF-8");
        assert_eq!(indented, "{\n   \"y\": 2,\n   \"z\": [\n      1\n   ]\n}");
    }
}
