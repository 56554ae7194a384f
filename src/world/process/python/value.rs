//! What Python's names stand for, and how it is written out.
//!
//! Promises: lists and dictionaries are shared as in Python: two names for one list see the same changes. Must not know how a value
//! came to be.

use std::sync::Arc;

use imbl::{OrdMap, Vector};

use super::syntax::Function;

/// Most lists, dictionaries and objects of one program.
pub const OBJECT_LIMIT: usize = 100_000;
/// How deep values in values are written out.
const DEPTH: usize = 8;

/// The number of a list, dictionary or object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Handle(usize);

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    None,
    Truth(bool),
    Whole(i64),
    Real(f64),
    Text(Arc<str>),
    Bytes(Arc<[u8]>),
    Tuple(Arc<[Value]>),
    List(Handle),
    Dictionary(Handle),
    /// By its full name: `os.path`.
    Module(Arc<str>),
    /// A function, and the module whose names it sees.
    Function(Arc<Function>, Arc<str>),
    /// Something that can be called and is not written in Python, by its full name: `os.getenv`, `print`.
    Builtin(Arc<str>),
    /// A method of a value.
    Method(Box<Value>, Arc<str>),
    /// A class: of exceptions, or of values.
    Class(Arc<str>),
    /// An instance of a class that is not written in Python: an open file, a Flask application, a response.
    Object(Handle),
    /// An array of numpy.
    Array(Array),
    /// An exception that was caught.
    Exception(Arc<str>, Arc<str>),
}

/// An array of numpy, of which the size and the mean are known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Array {
    /// How many numbers it has.
    pub length: u64,
    /// Bytes.
    pub size: u64,
    pub mean: f64,
}

/// What a handle leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    List(Vector<Value>),
    /// In the order in which keys came.
    Dictionary(Vector<(Value, Value)>),
    Object {
        class: &'static str,
        fields: OrdMap<&'static str, Value>,
    },
}

/// All lists, dictionaries and objects of a program.
#[derive(Clone, Debug, Default)]
pub struct Heap {
    items: Vector<Item>,
}

impl Heap {
    /// Keeps an item; none at the limit.
    pub fn add(&mut self, item: Item) -> Option<Handle> {
        if self.items.len() >= OBJECT_LIMIT {
            return None;
        }
        self.items.push_back(item);
        Some(Handle(self.items.len() - 1))
    }

    pub fn get(&self, handle: Handle) -> Option<&Item> {
        self.items.get(handle.0)
    }

    pub fn get_mut(&mut self, handle: Handle) -> Option<&mut Item> {
        self.items.get_mut(handle.0)
    }

    /// The values of a list.
    pub fn list(&self, handle: Handle) -> &Vector<Value> {
        static EMPTY: std::sync::OnceLock<Vector<Value>> = std::sync::OnceLock::new();
        match self.get(handle) {
            Some(Item::List(values)) => values,
            _ => EMPTY.get_or_init(Vector::new),
        }
    }

    /// The pairs of a dictionary.
    pub fn pairs(&self, handle: Handle) -> &Vector<(Value, Value)> {
        static EMPTY: std::sync::OnceLock<Vector<(Value, Value)>> = std::sync::OnceLock::new();
        match self.get(handle) {
            Some(Item::Dictionary(pairs)) => pairs,
            _ => EMPTY.get_or_init(Vector::new),
        }
    }

    /// The value of a key.
    pub fn find(&self, handle: Handle, key: &Value) -> Option<Value> {
        self.pairs(handle).iter().find(|(known, _)| self.equal(known, key)).map(|(_, value)| value.clone())
    }

    /// Gives a key a value.
    pub fn set(&mut self, handle: Handle, key: Value, value: Value) {
        let at = self.pairs(handle).iter().position(|(known, _)| self.equal(known, &key));
        if let Some(Item::Dictionary(pairs)) = self.get_mut(handle) {
            match at {
                Some(at) => drop(pairs.set(at, (key, value))),
                None => pairs.push_back((key, value)),
            }
        }
    }

    /// An object's class and field.
    pub fn class(&self, handle: Handle) -> &'static str {
        match self.get(handle) {
            Some(Item::Object { class, .. }) => class,
            _ => "object",
        }
    }

    pub fn field(&self, handle: Handle, name: &str) -> Option<&Value> {
        match self.get(handle) {
            Some(Item::Object { fields, .. }) => fields.get(name),
            _ => None,
        }
    }

    pub fn set_field(&mut self, handle: Handle, name: &'static str, value: Value) {
        if let Some(Item::Object { fields, .. }) = self.get_mut(handle) {
            fields.insert(name, value);
        }
    }

    /// Whether two values are equal, as `==` says.
    pub fn equal(&self, left: &Value, right: &Value) -> bool {
        match (left, right) {
            (Value::List(a), Value::List(b)) => {
                let (a, b) = (self.list(*a), self.list(*b));
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.equal(a, b))
            }
            (Value::Tuple(a), Value::Tuple(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| self.equal(a, b))
            }
            (Value::Dictionary(a), Value::Dictionary(b)) => {
                let (a, b) = (self.pairs(*a), *b);
                a.len() == self.pairs(b).len()
                    && a.iter().all(|(key, value)| self.find(b, key).is_some_and(|other| self.equal(value, &other)))
            }
            _ => match (number(left), number(right)) {
                (Some(a), Some(b)) => a == b,
                _ => left == right,
            },
        }
    }

    /// Whether a value counts as true.
    pub fn truth(&self, value: &Value) -> bool {
        match value {
            Value::None => false,
            Value::Truth(truth) => *truth,
            Value::Whole(number) => *number != 0,
            Value::Real(number) => *number != 0.0,
            Value::Text(text) => !text.is_empty(),
            Value::Bytes(bytes) => !bytes.is_empty(),
            Value::Tuple(values) => !values.is_empty(),
            Value::List(handle) => !self.list(*handle).is_empty(),
            Value::Dictionary(handle) => !self.pairs(*handle).is_empty(),
            _ => true,
        }
    }

    /// What `type(value).__name__` is.
    pub fn type_name(&self, value: &Value) -> &'static str {
        match value {
            Value::None => "NoneType",
            Value::Truth(_) => "bool",
            Value::Whole(_) => "int",
            Value::Real(_) => "float",
            Value::Text(_) => "str",
            Value::Bytes(_) => "bytes",
            Value::Tuple(_) => "tuple",
            Value::List(_) => "list",
            Value::Dictionary(_) => "dict",
            Value::Module(_) => "module",
            Value::Function(..) => "function",
            Value::Builtin(_) | Value::Method(..) => "builtin_function_or_method",
            Value::Class(_) => "type",
            Value::Object(handle) => self.class(*handle),
            Value::Array(_) => "ndarray",
            Value::Exception(..) => "Exception",
        }
    }

    /// What `str(value)` is.
    pub fn text(&self, value: &Value) -> String {
        match value {
            Value::Text(text) => text.to_string(),
            Value::Exception(_, message) => message.to_string(),
            other => self.representation(other),
        }
    }

    /// What `repr(value)` is.
    pub fn representation(&self, value: &Value) -> String {
        self.write(value, DEPTH)
    }

    fn write(&self, value: &Value, depth: usize) -> String {
        let Some(depth) = depth.checked_sub(1) else { return "...".to_owned() };
        let all = |values: &mut dyn Iterator<Item = &Value>| {
            values.map(|value| self.write(value, depth)).collect::<Vec<_>>().join(", ")
        };
        match value {
            Value::None => "None".to_owned(),
            Value::Truth(true) => "True".to_owned(),
            Value::Truth(false) => "False".to_owned(),
            Value::Whole(number) => number.to_string(),
            Value::Real(number) => real(*number),
            Value::Text(text) => quote(text),
            Value::Bytes(bytes) => format!("b{}", quote(&String::from_utf8_lossy(bytes))),
            Value::Tuple(values) if values.len() == 1 => format!("({},)", all(&mut values.iter())),
            Value::Tuple(values) => format!("({})", all(&mut values.iter())),
            Value::List(handle) => format!("[{}]", all(&mut self.list(*handle).iter())),
            Value::Dictionary(handle) => {
                let pairs = self.pairs(*handle).iter();
                let pairs =
                    pairs.map(|(key, value)| format!("{}: {}", self.write(key, depth), self.write(value, depth)));
                format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
            }
            Value::Module(name) => format!("<module '{name}'>"),
            Value::Function(function, _) => format!("<function {} at 0x7f0000000000>", function.name),
            Value::Builtin(name) => format!("<built-in function {}>", name.rsplit('.').next().unwrap_or(name)),
            Value::Method(value, name) => format!("<built-in method {name} of {} object>", self.type_name(value)),
            Value::Class(name) => format!("<class '{name}'>"),
            Value::Object(handle) => format!("<{} object>", self.class(*handle)),
            Value::Array(array) => format!("<array of {} numbers>", array.length),
            Value::Exception(class, message) if message.is_empty() => format!("{class}()"),
            Value::Exception(class, message) => format!("{class}({})", quote(message)),
        }
    }
}

/// A value as a number, if it is one.
pub fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Truth(truth) => Some(f64::from(u8::from(*truth))),
        Value::Whole(number) => Some(*number as f64),
        Value::Real(number) => Some(*number),
        _ => None,
    }
}

/// A float as Python writes it: the shortest that reads back, with an exponent from 1e16 on and below 1e-4.
pub fn real(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let size = number.abs();
    if size != 0.0 && !(1e-4..1e16).contains(&size) {
        let text = format!("{number:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let value: i32 = exponent.parse().unwrap_or(0);
        return format!("{digits}e{}{:02}", if value < 0 { '-' } else { '+' }, value.abs());
    }
    let text = number.to_string();
    if text.contains('.') { text } else { format!("{text}.0") }
}

fn quote(text: &str) -> String {
    let mark = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(mark);
    for sign in text.chars() {
        match sign {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\\' => out.push_str("\\\\"),
            sign if sign == mark => out.extend(['\\', sign]),
            sign if sign.is_control() => out.push_str(&format!("\\x{:02x}", u32::from(sign))),
            sign => out.push(sign),
        }
    }
    out.push(mark);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts_are_written_as_python_writes_them() {
        let written = [0.1, 1.0, 1e16, 1.5e-7, -0.0, 123456.75].map(real);
        assert_eq!(written, ["0.1", "1.0", "1e+16", "1.5e-07", "-0.0", "123456.75"]);
        assert_eq!([quote("a'b"), quote("a\nb\"")], ["\"a'b\"", "'a\\nb\"'"]);
    }

    #[test]
    fn two_names_for_one_list_see_the_same() {
        let mut heap = Heap::default();
        let handle = heap.add(Item::List(Vector::new())).expect("room");
        let (first, second) = (Value::List(handle), Value::List(handle));
        if let Some(Item::List(values)) = heap.get_mut(handle) {
            values.push_back(Value::Whole(1));
        }
        assert_eq!((heap.representation(&first), heap.representation(&second)), ("[1]".to_owned(), "[1]".to_owned()));
    }
}
