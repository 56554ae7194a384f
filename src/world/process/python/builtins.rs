//! What Python has ready: its built-in functions, the methods of its values, and the attributes of values and modules.
//!
//! Promises: what is not here is refused as not modelled, or as Python refuses it. Must not know the modules: see `modules`.

use std::sync::Arc;

use super::evaluate::LENGTH_LIMIT;
use super::session::{Session, Stop};
use super::syntax::Place;
use super::value::{Array, Item, Value, number};
use crate::world::process::System;

const FUNCTIONS: [&str; 19] = [
    "abs",
    "bool",
    "dict",
    "enumerate",
    "float",
    "int",
    "isinstance",
    "len",
    "list",
    "max",
    "min",
    "open",
    "print",
    "range",
    "repr",
    "round",
    "sorted",
    "str",
    "sum",
];
const EXCEPTIONS: [&str; 16] = [
    "BaseException",
    "Exception",
    "FileNotFoundError",
    "ImportError",
    "IndexError",
    "IOError",
    "KeyError",
    "KeyboardInterrupt",
    "ModuleNotFoundError",
    "NameError",
    "OSError",
    "PermissionError",
    "RuntimeError",
    "SystemExit",
    "TypeError",
    "ValueError",
];

/// What a name stands for that nobody gave a value.
pub fn name(name: &str) -> Option<Value> {
    match name {
        "int" | "str" | "float" | "bool" | "list" | "dict" | "tuple" | "set" | "bytes" | "object" => {
            Some(Value::Class(name.into()))
        }
        _ if FUNCTIONS.contains(&name) || name == "exit" || name == "quit" => Some(Value::Builtin(name.into())),
        _ if EXCEPTIONS.contains(&name) => Some(Value::Class(name.into())),
        _ => None,
    }
}

/// An environment variable.
pub fn variable<'e>(environment: &'e [String], name: &str) -> Option<&'e str> {
    environment.iter().rev().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// The arguments of a call that is not one of Python's own functions.
#[derive(Clone, Debug)]
pub struct Arguments {
    pub values: Vec<Value>,
    pub named: Vec<(Arc<str>, Value)>,
    pub place: Place,
}

impl Arguments {
    /// An argument by its number, or by its name.
    pub fn get(&self, at: usize, name: &str) -> Option<&Value> {
        self.values.get(at).or_else(|| self.named.iter().find(|(known, _)| **known == *name).map(|(_, value)| value))
    }

    pub fn text(&self, at: usize, name: &str) -> Option<Arc<str>> {
        match self.get(at, name) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }
}

impl Session {
    /// Calls a value.
    pub fn call(
        &mut self,
        system: &mut System<'_>,
        function: &Value,
        values: Vec<Value>,
        named: Vec<(Arc<str>, Value)>,
        place: Place,
    ) -> Result<Value, Stop> {
        match function {
            Value::Function(function, module) => {
                let (function, module) = (function.clone(), module.clone());
                self.call_function(system, (&function, &module), values, named, Some(place))
            }
            Value::Class(class) if name(class) == Some(Value::Class(class.clone())) && !is_type(class) => {
                let message = values.first().map_or_else(String::new, |value| self.heap.text(value));
                Ok(Value::Exception(class.clone(), message.into()))
            }
            Value::Builtin(name) | Value::Class(name) => {
                let arguments = Arguments { values, named, place };
                if name.contains('.') {
                    self.call_of_module(system, name, &arguments)
                } else {
                    self.builtin(system, name, &arguments)
                }
            }
            Value::Method(base, name) => {
                let (base, name) = ((**base).clone(), name.clone());
                let arguments = Arguments { values, named, place };
                self.method(system, &base, &name, &arguments)
            }
            other => {
                let text = format!("'{}' object is not callable", self.heap.type_name(other));
                self.raise("TypeError", text, Some(place))
            }
        }
    }

    fn missing<T>(&self, function: &str, arguments: &Arguments) -> Result<T, Stop> {
        let text = format!("{function}() called with arguments of other kinds or numbers than it takes");
        self.raise("TypeError", text, Some(arguments.place))
    }

    fn builtin(&mut self, system: &mut System<'_>, name: &str, arguments: &Arguments) -> Result<Value, Stop> {
        let first = arguments.values.first().cloned();
        Ok(match (name, first) {
            ("print", _) => {
                let texts: Vec<String> = arguments.values.iter().map(|value| self.heap.text(value)).collect();
                let named = |name: &str, otherwise: &str| {
                    arguments.text(usize::MAX, name).map_or_else(|| otherwise.to_owned(), |text| text.to_string())
                };
                let text = format!("{}{}", texts.join(&named("sep", " ")), named("end", "\n"));
                let to_errors = arguments.get(usize::MAX, "file").is_some();
                if to_errors {
                    self.errors.extend(text.as_bytes())
                } else {
                    self.output.extend(text.as_bytes())
                }
                let flush = arguments.get(usize::MAX, "flush").is_some_and(|value| self.heap.truth(value));
                if flush {
                    self.flush(system);
                }
                Value::None
            }
            ("exit" | "quit", value) => {
                let code = match value {
                    Some(Value::Whole(code)) => i32::try_from(code).unwrap_or(1),
                    None | Some(Value::None) => 0,
                    Some(_) => 1,
                };
                return Err(Stop::Exit(code));
            }
            ("len", Some(value)) => {
                let length = match &value {
                    Value::Text(text) => Some(text.chars().count()),
                    Value::Bytes(bytes) => Some(bytes.len()),
                    Value::Tuple(values) => Some(values.len()),
                    Value::List(handle) => Some(self.heap.list(*handle).len()),
                    Value::Dictionary(handle) => Some(self.heap.pairs(*handle).len()),
                    Value::Array(array) => usize::try_from(array.length).ok(),
                    _ => None,
                };
                match length {
                    Some(length) => Value::Whole(i64::try_from(length).unwrap_or(i64::MAX)),
                    None => {
                        let text = format!("object of type '{}' has no len()", self.heap.type_name(&value));
                        return self.raise("TypeError", text, Some(arguments.place));
                    }
                }
            }
            ("str", value) => Value::Text(value.map_or_else(String::new, |value| self.heap.text(&value)).into()),
            ("repr", Some(value)) => Value::Text(self.heap.representation(&value).into()),
            ("bool", value) => Value::Truth(value.is_some_and(|value| self.heap.truth(&value))),
            ("int", Some(value)) => self.whole_of(&value, arguments.place)?,
            ("float", Some(Value::Array(array))) if array.length == 1 => Value::Real(array.mean),
            ("float", Some(value)) => match (number(&value), &value) {
                (Some(number), _) => Value::Real(number),
                (None, Value::Text(text)) => match text.trim().parse() {
                    Ok(number) => Value::Real(number),
                    Err(_) => {
                        let text = format!("could not convert string to float: '{text}'");
                        return self.raise("ValueError", text, Some(arguments.place));
                    }
                },
                _ => return self.missing(name, arguments),
            },
            ("abs", Some(Value::Whole(number))) => Value::Whole(number.saturating_abs()),
            ("abs", Some(Value::Real(number))) => Value::Real(number.abs()),
            ("round", Some(value)) if number(&value).is_some() => {
                let places = match arguments.get(1, "ndigits") {
                    Some(Value::Whole(places)) => Some(i32::try_from(*places).unwrap_or(0).clamp(-15, 15)),
                    _ => None,
                };
                let number = number(&value).unwrap_or(0.0);
                match (places, &value) {
                    (None, _) => Value::Whole(number.round_ties_even() as i64),
                    (Some(places), Value::Real(_)) => {
                        // As the shortest text does it: what is written with so many digits.
                        let rounded = if places >= 0 {
                            format!("{number:.*}", usize::try_from(places).unwrap_or(0)).parse().unwrap_or(number)
                        } else {
                            let factor = 10_f64.powi(-places);
                            (number / factor).round_ties_even() * factor
                        };
                        Value::Real(rounded)
                    }
                    (Some(_), other) => other.clone(),
                }
            }
            ("list", value) => {
                let values = match value {
                    Some(value) => self.values_of(&value, arguments.place)?,
                    None => Vec::new(),
                };
                self.list(values)?
            }
            ("dict", None) => {
                let handle = self.keep(Item::Dictionary(imbl::Vector::new()))?;
                for (name, value) in &arguments.named {
                    self.heap.set(handle, Value::Text(name.clone()), value.clone());
                }
                Value::Dictionary(handle)
            }
            ("range", Some(Value::Whole(first))) => {
                let (from, to, step) = match (arguments.values.get(1), arguments.values.get(2)) {
                    (None, _) => (0, first, 1),
                    (Some(Value::Whole(to)), None) => (first, *to, 1),
                    (Some(Value::Whole(to)), Some(Value::Whole(step))) if *step != 0 => (first, *to, *step),
                    _ => return self.missing(name, arguments),
                };
                let mut values = Vec::new();
                let mut at = from;
                while (step > 0 && at < to) || (step < 0 && at > to) {
                    if values.len() >= LENGTH_LIMIT {
                        return self.not_modelled("a range of so many numbers");
                    }
                    values.push(Value::Whole(at));
                    at = at.saturating_add(step);
                }
                self.list(values)?
            }
            ("enumerate", Some(value)) => {
                let values = self.values_of(&value, arguments.place)?;
                let pairs: Vec<Value> = (0_i64..)
                    .zip(values)
                    .map(|(number, value)| Value::Tuple([Value::Whole(number), value].into()))
                    .collect();
                self.list(pairs)?
            }
            ("sum", Some(value)) => {
                let mut total = Value::Whole(0);
                for value in self.values_of(&value, arguments.place)? {
                    total = self.binary(&total, super::syntax::Operator::Add, &value, arguments.place)?;
                }
                total
            }
            ("max" | "min", Some(value)) => {
                let values = match arguments.values.len() {
                    1 => self.values_of(&value, arguments.place)?,
                    _ => arguments.values.clone(),
                };
                let mut numbers: Vec<&Value> = values.iter().filter(|value| number(value).is_some()).collect();
                numbers.sort_by(|a, b| number(a).partial_cmp(&number(b)).unwrap_or(std::cmp::Ordering::Equal));
                let found = if name == "max" { numbers.last() } else { numbers.first() };
                match found {
                    Some(value) => (*value).clone(),
                    None => return self.missing(name, arguments),
                }
            }
            ("sorted", Some(value)) => {
                let mut values = self.values_of(&value, arguments.place)?;
                values.sort_by(order);
                self.list(values)?
            }
            ("isinstance", Some(value)) => match arguments.values.get(1) {
                Some(Value::Class(class)) => Value::Truth(self.heap.type_name(&value) == &**class),
                _ => return self.not_modelled("isinstance with several classes"),
            },
            ("open", Some(Value::Text(path))) => self.open(system, &path, arguments)?,
            _ => return self.missing(name, arguments),
        })
    }

    fn whole_of(&mut self, value: &Value, place: Place) -> Result<Value, Stop> {
        Ok(match value {
            Value::Whole(_) => value.clone(),
            Value::Truth(truth) => Value::Whole(i64::from(*truth)),
            Value::Real(number) => Value::Whole(number.trunc() as i64),
            Value::Text(text) => match text.trim().parse() {
                Ok(number) => Value::Whole(number),
                Err(_) => {
                    let text = format!("invalid literal for int() with base 10: '{text}'");
                    return self.raise("ValueError", text, Some(place));
                }
            },
            other => {
                let text = format!(
                    "int() argument must be a string, a bytes-like object or a real number, not '{}'",
                    self.heap.type_name(other)
                );
                return self.raise("TypeError", text, Some(place));
            }
        })
    }

    /// `open(path, mode)`: an open file holds what was read when it was opened, and what was written until it is closed.
    fn open(&mut self, system: &mut System<'_>, path: &str, arguments: &Arguments) -> Result<Value, Stop> {
        let mode = arguments.text(1, "mode").map_or_else(|| "r".to_owned(), |mode| mode.to_string());
        let failed = |session: &Session, errno: crate::world::filesystem::errno::Errno| {
            let (class, number) = super::modules::os_error(errno);
            session.raise(class, format!("[Errno {number}] {errno}: '{path}'"), Some(arguments.place))
        };
        let content = if mode.starts_with('r') {
            match system.read_file(path) {
                Ok(bytes) if mode.contains('b') => Value::Bytes(bytes),
                Ok(bytes) => Value::Text(String::from_utf8_lossy(&bytes).into()),
                Err(errno) => return failed(self, errno),
            }
        } else {
            let before = if mode.starts_with('a') {
                system.read_file(path).unwrap_or_else(|_| Arc::from([]))
            } else {
                Arc::from([])
            };
            if let Err(errno) = system.write_file(path, &before) {
                return failed(self, errno);
            }
            Value::Text(String::from_utf8_lossy(&before).into())
        };
        let fields = imbl::OrdMap::from_iter([("content", content), ("path", Value::Text(path.into()))]);
        let class = if mode.contains('b') { "BufferedReader" } else { "TextIOWrapper" };
        self.keep(Item::Object { class, fields }).map(Value::Object)
    }

    fn method(
        &mut self,
        system: &mut System<'_>,
        base: &Value,
        name: &str,
        arguments: &Arguments,
    ) -> Result<Value, Stop> {
        match base {
            Value::Text(text) => self.text_method(text, name, arguments),
            Value::List(handle) => {
                let handle = *handle;
                match (name, arguments.values.first().cloned()) {
                    ("append", Some(value)) => {
                        if self.heap.list(handle).len() >= LENGTH_LIMIT {
                            return self.raise("MemoryError", "", Some(arguments.place));
                        }
                        if let Some(Item::List(values)) = self.heap.get_mut(handle) {
                            values.push_back(value);
                        }
                        Ok(Value::None)
                    }
                    ("pop", None) => {
                        let popped = match self.heap.get_mut(handle) {
                            Some(Item::List(values)) => values.pop_back(),
                            _ => None,
                        };
                        match popped {
                            Some(value) => Ok(value),
                            None => self.raise("IndexError", "pop from empty list", Some(arguments.place)),
                        }
                    }
                    _ => self.not_modelled(format!("list.{name}")),
                }
            }
            Value::Dictionary(handle) => {
                let pairs = self.heap.pairs(*handle).clone();
                match name {
                    "get" => {
                        let found = arguments.get(0, "key").and_then(|key| self.heap.find(*handle, key));
                        Ok(found.or_else(|| arguments.get(1, "default").cloned()).unwrap_or(Value::None))
                    }
                    "items" => self.list(pairs.into_iter().map(|(key, value)| Value::Tuple([key, value].into()))),
                    "keys" => self.list(pairs.into_iter().map(|(key, _)| key)),
                    "values" => self.list(pairs.into_iter().map(|(_, value)| value)),
                    _ => self.not_modelled(format!("dict.{name}")),
                }
            }
            Value::Array(array) => self.array_method(*array, name, arguments),
            Value::Bytes(bytes) if name == "decode" => Ok(Value::Text(String::from_utf8_lossy(bytes).into())),
            Value::Object(handle) => self.object_method(system, *handle, name, arguments),
            other => self.not_modelled(format!("{}.{name}", self.heap.type_name(other))),
        }
    }

    /// What numpy does with a whole array: it looks through all of it.
    pub fn array_method(&mut self, array: Array, name: &str, _: &Arguments) -> Result<Value, Stop> {
        self.work += self.library.array_time(array.size);
        Ok(match name {
            "mean" => Value::Real(array.mean),
            "sum" => Value::Real(array.mean * array.length as f64),
            _ => return self.not_modelled(format!("ndarray.{name}")),
        })
    }

    fn text_method(&mut self, text: &Arc<str>, name: &str, arguments: &Arguments) -> Result<Value, Stop> {
        let first = arguments.text(0, "");
        Ok(match (name, &first) {
            ("upper", _) => Value::Text(text.to_uppercase().into()),
            ("lower", _) => Value::Text(text.to_lowercase().into()),
            ("strip", None) => Value::Text(text.trim().into()),
            ("strip", Some(signs)) => Value::Text(text.trim_matches(|sign| signs.contains(sign)).into()),
            ("splitlines", _) => self.list(text.lines().map(|line| Value::Text(line.into())))?,
            ("split", None) => self.list(text.split_whitespace().map(|part| Value::Text(part.into())))?,
            ("split", Some(by)) if !by.is_empty() => {
                self.list(text.split(&**by).map(|part| Value::Text(part.into())))?
            }
            ("startswith", Some(start)) => Value::Truth(text.starts_with(&**start)),
            ("endswith", Some(end)) => Value::Truth(text.ends_with(&**end)),
            ("replace", Some(from)) => match arguments.text(1, "") {
                Some(to) if !from.is_empty() && text.len().saturating_mul(to.len() + 1) <= LENGTH_LIMIT => {
                    Value::Text(text.replace(&**from, &to).into())
                }
                _ => return self.not_modelled("this str.replace"),
            },
            ("removeprefix", Some(start)) if self.interpreter.minor >= 9 => {
                Value::Text(text.strip_prefix(&**start).unwrap_or(text).into())
            }
            ("encode", _) => Value::Bytes(text.as_bytes().into()),
            ("join", None) => {
                let values = match arguments.values.first() {
                    Some(value) => self.values_of(&value.clone(), arguments.place)?,
                    None => return self.missing("join", arguments),
                };
                let parts: Vec<String> = values.iter().map(|value| self.heap.text(value)).collect();
                Value::Text(parts.join(text).into())
            }
            ("format", _) => return self.not_modelled("str.format"),
            ("removeprefix", _) => {
                let text = "'str' object has no attribute 'removeprefix'";
                return self.raise("AttributeError", text, Some(arguments.place));
            }
            _ => return self.not_modelled(format!("str.{name}")),
        })
    }
}

/// Which of two values comes first in a sorted list.
fn order(left: &Value, right: &Value) -> std::cmp::Ordering {
    match (left, right) {
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Tuple(a), Value::Tuple(b)) => {
            let differing = a.iter().zip(b.iter()).map(|(a, b)| order(a, b)).find(|order| order.is_ne());
            differing.unwrap_or_else(|| a.len().cmp(&b.len()))
        }
        _ => number(left).partial_cmp(&number(right)).unwrap_or(std::cmp::Ordering::Equal),
    }
}

/// Whether a class is one of values, which is called to make one.
fn is_type(class: &str) -> bool {
    matches!(class, "int" | "str" | "float" | "bool" | "list" | "dict" | "tuple" | "set" | "bytes" | "object")
}
