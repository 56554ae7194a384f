//! Values as a template sees them, and the Go types behind them.
//!
//! JSON does not say whether an object is a struct or a map, nor whether a text is a time; Go does, and prints and refuses
//! accordingly. A `GoType` beside the JSON says it. Promises: prints as Go's `%v`, is true or empty as Go's templates say.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde_json::{Map, Value as Json};

use super::super::units::{format_float, go_time};
use crate::world::clock::Time;

/// The Go type of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoType {
    /// `interface {}`: whatever the JSON is; objects are maps.
    Any,
    /// `bool`
    Bool,
    /// `int`, `int64` and the rest.
    Int,
    /// `float64`
    Float,
    /// `string` and types made of it.
    Text,
    /// `time.Time`, in JSON a text by RFC 3339.
    Time,
    /// A slice.
    List(&'static GoType),
    /// A map with texts for keys.
    Map(&'static GoType),
    /// A struct.
    Struct(&'static StructType),
    /// A pointer to a struct; null is nil.
    Pointer(&'static StructType),
    /// A pointer to a number or switch, by the name of its type; null is nil.
    Optional(&'static str),
}

/// A Go struct: its name with its package, `container.State`, and its fields in order.
#[derive(Debug, PartialEq, Eq)]
pub struct StructType {
    /// The name as Go's errors show it.
    pub name: &'static str,
    /// The fields, those of embedded structs among them.
    pub fields: &'static [Field],
}

/// A field of a Go struct.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in Go, which templates use: `ID`.
    pub name: &'static str,
    /// Its key in JSON: `Id`.
    pub json: &'static str,
    /// Its type.
    pub go_type: GoType,
}

impl GoType {
    pub(super) fn name(self) -> Cow<'static, str> {
        match self {
            GoType::Any => "interface {}".into(),
            GoType::Bool => "bool".into(),
            GoType::Int => "int".into(),
            GoType::Float => "float64".into(),
            GoType::Text => "string".into(),
            GoType::Time => "time.Time".into(),
            GoType::List(element) => format!("[]{}", element.name()).into(),
            GoType::Map(element) => format!("map[string]{}", element.name()).into(),
            GoType::Struct(structure) => structure.name.into(),
            GoType::Pointer(structure) => format!("*{}", structure.name).into(),
            GoType::Optional(name) => format!("*{name}").into(),
        }
    }
}

/// Something whose fields are made when a template asks for them: a row of `docker ps`.
pub trait Object {
    /// The Go type, for errors: `*formatter.ContainerContext`.
    fn type_name(&self) -> &str;
    /// A field, or a method without arguments; `None` if there is none of that name.
    fn field(&self, name: &str) -> Option<Value<'_>>;
    /// A method with one text for argument, such as `Label`; `None` if there is none of that name.
    fn method(&self, name: &str, argument: &str) -> Option<Value<'_>> {
        let _ = (name, argument);
        None
    }
    /// What `{{json .}}` prints.
    fn json(&self) -> Json;

    /// Whether it makes its own JSON, as the rows of lists do: that is written with `<`, `>` and `&` escaped, all other JSON is not.
    fn escapes_html(&self) -> bool {
        false
    }
}

/// A value in a template.
#[derive(Clone)]
pub enum Value<'d> {
    /// No value: a key that a map has not.
    Missing,
    /// A nil interface.
    Nil,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A text.
    Text(Cow<'d, str>),
    /// A time.
    Time(Time),
    /// A slice of JSON values; `None` is Go's nil.
    Items(Option<&'d [Json]>, GoType),
    /// A slice made by a function.
    List(Vec<Value<'d>>),
    /// A map; `None` if nil.
    Map(Option<&'d Map<String, Json>>, GoType),
    /// A struct with the JSON of its fields; whether a pointer leads to it.
    Struct(Option<&'d Map<String, Json>>, &'static StructType, bool),
    /// A nil pointer to a type of this name.
    NilPointer(&'static str),
    /// Something that makes its fields when asked.
    Object(&'d dyn Object),
}

/// What depth of nesting is printed; JSON read from outside could be deeper.
const PRINT_DEPTH_MAX: usize = 64;

impl<'d> Value<'d> {
    /// A text.
    pub fn text(text: impl Into<Cow<'d, str>>) -> Value<'d> {
        Value::Text(text.into())
    }

    /// A JSON value of this Go type; what does not fit is taken for what it is.
    pub fn of(json: &'d Json, go_type: GoType) -> Value<'d> {
        match (go_type, json) {
            (GoType::Time, Json::String(text)) => match Time::parse_rfc3339(text) {
                Some(time) => Value::Time(time),
                None => Value::Text(text.as_str().into()),
            },
            (GoType::Struct(structure), Json::Object(map)) => Value::Struct(Some(map), structure, false),
            (GoType::Pointer(structure), Json::Object(map)) => Value::Struct(Some(map), structure, true),
            (GoType::Map(element), Json::Object(map)) => Value::Map(Some(map), *element),
            (GoType::List(element), Json::Array(items)) => Value::Items(Some(items), *element),
            (GoType::Float, Json::Number(number)) => Value::Float(number.as_f64().unwrap_or(0.0)),
            (GoType::Any, Json::Null) => Value::Nil,
            (_, Json::Null) => Value::zero(go_type),
            (_, Json::Bool(value)) => Value::Bool(*value),
            (_, Json::Number(number)) => match number.as_i64() {
                Some(whole) => Value::Int(whole),
                None => Value::Float(number.as_f64().unwrap_or(0.0)),
            },
            (_, Json::String(text)) => Value::Text(text.as_str().into()),
            (_, Json::Array(items)) => Value::Items(Some(items), GoType::Any),
            (_, Json::Object(map)) => Value::Map(Some(map), GoType::Any),
        }
    }

    /// The value of a field that the JSON leaves out.
    pub fn zero(go_type: GoType) -> Value<'d> {
        match go_type {
            GoType::Any => Value::Nil,
            GoType::Bool => Value::Bool(false),
            GoType::Int => Value::Int(0),
            GoType::Float => Value::Float(0.0),
            GoType::Text => Value::Text("".into()),
            GoType::Time => Value::Text("0001-01-01 00:00:00 +0000 UTC".into()),
            GoType::List(element) => Value::Items(None, *element),
            GoType::Map(element) => Value::Map(None, *element),
            GoType::Struct(structure) => Value::Struct(None, structure, false),
            GoType::Pointer(structure) => Value::NilPointer(structure.name),
            GoType::Optional(name) => Value::NilPointer(name),
        }
    }

    /// The Go type, for errors.
    pub(super) fn type_name(&self) -> Cow<'_, str> {
        match self {
            Value::Missing | Value::Nil => "interface {}".into(),
            Value::Bool(_) => "bool".into(),
            Value::Int(_) => "int".into(),
            Value::Float(_) => "float64".into(),
            Value::Text(_) => "string".into(),
            Value::Time(_) => "time.Time".into(),
            Value::Items(_, element) => {
                GoType::List(&GoType::Any).name().replace("interface {}", &element.name()).into()
            }
            Value::List(_) => "[]string".into(),
            Value::Map(_, element) => format!("map[string]{}", element.name()).into(),
            Value::Struct(_, structure, true) => format!("*{}", structure.name).into(),
            Value::NilPointer(name) => format!("*{name}").into(),
            Value::Struct(_, structure, false) => structure.name.into(),
            Value::Object(object) => object.type_name().into(),
        }
    }

    /// Whether `if` takes it for true: not zero, not empty, not nil.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Value::Missing | Value::Nil | Value::NilPointer(_) => false,
            Value::Bool(value) => *value,
            Value::Int(value) => *value != 0,
            Value::Float(value) => *value != 0.0,
            Value::Text(text) => !text.is_empty(),
            Value::Items(items, _) => items.is_some_and(|items| !items.is_empty()),
            Value::List(items) => !items.is_empty(),
            Value::Map(map, _) => map.is_some_and(|map| !map.is_empty()),
            Value::Time(_) | Value::Struct(..) | Value::Object(_) => true,
        }
    }

    /// The number of elements, characters (bytes) or keys, where there are such.
    pub(super) fn length(&self) -> Option<usize> {
        match self {
            Value::Text(text) => Some(text.len()),
            Value::Items(items, _) => Some(items.unwrap_or_default().len()),
            Value::List(items) => Some(items.len()),
            Value::Map(map, _) => Some(map.map_or(0, Map::len)),
            _ => None,
        }
    }

    /// The element of a slice.
    pub(super) fn element(&self, index: usize) -> Option<Value<'d>> {
        match self {
            Value::Items(items, element) => items.unwrap_or_default().get(index).map(|item| Value::of(item, *element)),
            Value::List(items) => items.get(index).cloned(),
            _ => None,
        }
    }

    /// The keys and values of a map, by key.
    pub(super) fn entries(&self) -> Vec<(&'d str, Value<'d>)> {
        let Value::Map(Some(map), element) = self else { return Vec::new() };
        let mut entries: Vec<_> = map.iter().map(|(key, value)| (key.as_str(), Value::of(value, *element))).collect();
        entries.sort_by_key(|(key, _)| *key);
        entries
    }

    /// Adds what `{{.}}` prints.
    pub(super) fn print_to(&self, text: &mut String) {
        match self {
            Value::Missing | Value::Nil => text.push_str("<no value>"),
            value => value.print(text, 0),
        }
    }

    /// What Go's `fmt.Print` prints.
    pub(super) fn formatted(&self) -> String {
        let mut text = String::new();
        self.print(&mut text, 0);
        text
    }

    fn print(&self, text: &mut String, depth: usize) {
        if depth > PRINT_DEPTH_MAX {
            text.push('…');
            return;
        }
        match self {
            Value::Missing | Value::Nil | Value::NilPointer(_) => text.push_str("<nil>"),
            Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
            Value::Int(value) => {
                let _ = write!(text, "{value}");
            }
            Value::Float(value) => text.push_str(&format_float(*value)),
            Value::Text(value) => text.push_str(value),
            Value::Time(time) => text.push_str(&go_time(*time)),
            Value::Items(items, element) => {
                let values = items.unwrap_or_default().iter().map(|item| Value::of(item, *element));
                print_all(text, "[", values, "]", depth);
            }
            Value::List(items) => print_all(text, "[", items.iter().cloned(), "]", depth),
            Value::Map(..) => {
                text.push_str("map[");
                for (index, (key, value)) in self.entries().iter().enumerate() {
                    if index > 0 {
                        text.push(' ');
                    }
                    text.push_str(key);
                    text.push(':');
                    value.print(text, depth + 1);
                }
                text.push(']');
            }
            // Go prints the address of a struct within another value; ours is as good as any.
            Value::Struct(_, _, true) if depth > 0 => text.push_str("0xc0000b6000"),
            Value::Struct(map, structure, _) => {
                let fields = structure.fields.iter().map(|field| field_of(*map, field));
                print_all(text, "{", fields, "}", depth);
            }
            Value::Object(object) => {
                let json = object.json();
                Value::of(&json, GoType::Any).print(text, depth);
            }
        }
    }

    /// Whether its JSON is written with `<`, `>` and `&` escaped.
    pub(super) fn escapes_html(&self) -> bool {
        matches!(self, Value::Object(object) if object.escapes_html())
    }

    /// What `{{json .}}` prints.
    pub fn to_json(&self) -> Json {
        match self {
            Value::Missing | Value::Nil | Value::NilPointer(_) => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Int(value) => Json::from(*value),
            Value::Float(value) => Json::from(*value),
            Value::Text(text) => Json::String(text.to_string()),
            Value::Time(time) => Json::String(time.timestamp().to_string()),
            Value::Items(items, _) => items.map_or(Json::Null, |items| Json::Array(items.to_vec())),
            Value::List(items) => items.iter().map(Value::to_json).collect(),
            // What is not known to be a map may be a struct, whose fields keep their order.
            Value::Map(Some(map), GoType::Any) => Json::Object((*map).clone()),
            Value::Map(Some(map), _) => {
                // Go writes maps in the order of their keys, structs in the order of their fields.
                let mut sorted: Vec<_> = map.iter().collect();
                sorted.sort_by_key(|(key, _)| *key);
                Json::Object(sorted.into_iter().map(|(key, value)| (key.clone(), value.clone())).collect())
            }
            Value::Struct(Some(map), structure, _) => {
                // In the order of the fields, as Go writes structs; a server may have sorted the keys for older clients.
                let fields = structure.fields.iter().filter_map(|field| {
                    let json = Value::of(map.get(field.json)?, field.go_type).to_json();
                    let left_out = structure.name == OMITS_EMPTY && is_empty(&json);
                    (!left_out).then(|| (field.json.to_owned(), json))
                });
                Json::Object(fields.collect())
            }
            Value::Map(None, _) => Json::Null,
            Value::Struct(None, ..) => Json::Object(Map::new()),
            Value::Object(object) => object.json(),
        }
    }
}

/// The struct whose fields are all `omitempty`, though the server sends some of them empty to please older clients.
const OMITS_EMPTY: &str = "v1.DockerOCIImageConfig";

/// What Go's `omitempty` leaves out.
fn is_empty(json: &Json) -> bool {
    match json {
        Json::Null | Json::Bool(false) => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(map) => map.is_empty(),
        Json::Number(number) => number.as_i64() == Some(0),
        Json::Bool(true) => false,
    }
}

fn print_all<'d>(text: &mut String, open: &str, values: impl Iterator<Item = Value<'d>>, close: &str, depth: usize) {
    text.push_str(open);
    for (index, value) in values.enumerate() {
        if index > 0 {
            text.push(' ');
        }
        value.print(text, depth + 1);
    }
    text.push_str(close);
}

/// A field of a struct, zero if the JSON leaves it out.
pub(super) fn field_of<'d>(map: Option<&'d Map<String, Json>>, field: &Field) -> Value<'d> {
    match map.and_then(|map| map.get(field.json)) {
        Some(json) => Value::of(json, field.go_type),
        None => Value::zero(field.go_type),
    }
}
