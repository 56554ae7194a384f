//! What the modules offer that are modelled: their attributes and functions.
//!
//! Promises: an attribute that is not here is refused as not modelled. Must not know statements.

use std::sync::Arc;
use std::time::Duration;

use toml::de::{DeTable, DeValue};

use super::builtins::{Arguments, variable};
use super::session::{Session, Stop};
use super::syntax::Place;
use super::value::{Array, Item, Value, number};
use crate::world::filesystem::errno::Errno;
use crate::world::process::System;

/// Bytes of a file that an array's mean is computed from; more of a made-up file would say nothing else.
const SAMPLE: u64 = 65_536;

/// Python's class for an error of the system, and its number.
pub fn os_error(errno: Errno) -> (&'static str, i32) {
    match errno {
        Errno::ENOENT => ("FileNotFoundError", 2),
        Errno::EACCES => ("PermissionError", 13),
        Errno::EISDIR => ("IsADirectoryError", 21),
        Errno::ENOTDIR => ("NotADirectoryError", 20),
        Errno::EROFS => ("OSError", 30),
        _ => ("OSError", 5),
    }
}

impl Session {
    /// `from module import name`.
    pub fn imported_name(&mut self, module: &Arc<str>, name: &Arc<str>) -> Result<Value, Stop> {
        if let Some(names) = self.modules.get(module) {
            let (value, file) = (names.get(name).cloned(), self.files.get(module).cloned().unwrap_or_default());
            return match value {
                Some(value) => Ok(value),
                None => {
                    self.raise("ImportError", format!("cannot import name '{name}' from '{module}' ({file})"), None)
                }
            };
        }
        self.module_attribute(module, name, None)
    }

    /// An attribute of a module; `place` is none in an import.
    pub fn module_attribute(
        &mut self,
        module: &Arc<str>,
        name: &Arc<str>,
        place: Option<Place>,
    ) -> Result<Value, Stop> {
        if let Some(value) = self.modules.get(module).and_then(|names| names.get(name)) {
            return Ok(value.clone());
        }
        let full = format!("{module}.{name}");
        let text = |text: String| Ok(Value::Text(text.into()));
        match full.as_str() {
            "os.environ" => {
                let handle = self.keep(Item::Object { class: "_Environ", fields: imbl::OrdMap::new() })?;
                Ok(Value::Object(handle))
            }
            "os.path" => Ok(Value::Module("os.path".into())),
            "sys.version" => text(format!("{} (main, Oct  9 2025, 22:06:41) [GCC 12.2.0]", self.interpreter.version)),
            "sys.version_info" => {
                let mut numbers = self.interpreter.version.split('.').filter_map(|number| number.parse().ok());
                let mut next = || Value::Whole(numbers.next().unwrap_or(0));
                let parts = [next(), next(), next(), Value::Text("final".into()), Value::Whole(0)];
                Ok(Value::Tuple(parts.into()))
            }
            "sys.platform" => text("linux".to_owned()),
            "sys.argv" => {
                let arguments: Vec<Value> =
                    self.arguments.iter().map(|argument| Value::Text(argument.as_str().into())).collect();
                self.list(arguments)
            }
            "sys.executable" => text(format!("{}/bin/python3", self.interpreter.prefix)),
            "sys.stderr" | "sys.stdout" => {
                let handle = self.keep(Item::Object { class: "stream", fields: imbl::OrdMap::new() })?;
                Ok(Value::Object(handle))
            }
            "sys.path" => {
                let mut places = vec![self.directory.clone()];
                places.extend(self.interpreter.places());
                self.list(places.into_iter().map(|place| Value::Text(place.into())))
            }
            "math.pi" => Ok(Value::Real(std::f64::consts::PI)),
            "math.e" => Ok(Value::Real(std::f64::consts::E)),
            "numpy.float32" | "numpy.uint8" | "numpy.float64" => Ok(Value::Class(full.into())),
            "flask.request" => {
                let handle = self.keep(Item::Object { class: "Request", fields: imbl::OrdMap::new() })?;
                Ok(Value::Object(handle))
            }
            "json.JSONDecodeError" => Ok(Value::Class("JSONDecodeError".into())),
            "collections.Mapping" | "collections.Callable" | "collections.Iterable" if self.interpreter.minor >= 10 => {
                let said = match place {
                    Some(_) => {
                        return self.raise(
                            "AttributeError",
                            format!("module '{module}' has no attribute '{name}'"),
                            place,
                        );
                    }
                    None => format!(
                        "cannot import name '{name}' from 'collections' ({}/lib/python3.{}/collections/__init__.py)",
                        self.interpreter.prefix, self.interpreter.minor
                    ),
                };
                self.raise("ImportError", said, None)
            }
            "collections.Mapping" | "collections.Callable" | "collections.Iterable" => Ok(Value::Class(name.clone())),
            _ if &**name == "__version__" => {
                let first = module.split('.').next().unwrap_or(module);
                match self.imported.get(first).cloned().flatten() {
                    Some(version) => text(version),
                    None => self.raise("AttributeError", format!("module '{module}' has no attribute '{name}'"), place),
                }
            }
            _ if FUNCTIONS.contains(&full.as_str()) => Ok(Value::Builtin(full.into())),
            _ => {
                // `import os.path` has made the inner module known.
                let inner: Arc<str> = full.as_str().into();
                match self.imported.contains_key(&inner) {
                    true => Ok(Value::Module(inner)),
                    false => self.not_modelled(full),
                }
            }
        }
    }

    /// Calls a function of a module.
    pub fn call_of_module(
        &mut self,
        system: &mut System<'_>,
        name: &str,
        arguments: &Arguments,
    ) -> Result<Value, Stop> {
        let place = arguments.place;
        let text = |text: String| Ok(Value::Text(text.into()));
        let first = arguments.values.first().cloned();
        match name {
            "os.getenv" | "os.environ.get" => self.environment_get(arguments),
            "os.getcwd" => text(system.working_directory()),
            "os.getpid" => Ok(Value::Whole(i64::from(system.pid()))),
            "os.cpu_count" => Ok(Value::Whole(i64::from(system.machine().hardware.cpus))),
            "os.listdir" => {
                let path = arguments.text(0, "path").unwrap_or_else(|| ".".into());
                match system.list(&path) {
                    Ok(names) => self.list(names.into_iter().map(|name| Value::Text(name.into()))),
                    Err(errno) => {
                        let (class, number) = os_error(errno);
                        self.raise(class, format!("[Errno {number}] {errno}: '{path}'"), Some(place))
                    }
                }
            }
            "os.path.exists" => {
                let path = arguments.text(0, "path").unwrap_or_default();
                Ok(Value::Truth(system.status(&path, true).is_ok()))
            }
            "os.path.join" => {
                let mut joined = String::new();
                for part in &arguments.values {
                    let part = self.heap.text(part);
                    if part.starts_with('/') || joined.is_empty() {
                        joined = part;
                    } else {
                        joined = format!("{}/{part}", joined.trim_end_matches('/'));
                    }
                }
                text(joined)
            }
            "sys.exit" => {
                let code = match first {
                    None | Some(Value::None) => 0,
                    Some(Value::Whole(code)) => i32::try_from(code & 0xff).unwrap_or(1),
                    Some(other) => {
                        let line = format!("{}\n", self.heap.text(&other));
                        self.errors.extend(line.as_bytes());
                        1
                    }
                };
                Err(Stop::Exit(code))
            }
            "platform.python_version" => text(self.interpreter.version.clone()),
            "platform.machine" => text(system.look().architecture.to_string()),
            "platform.system" => text("Linux".to_owned()),
            "platform.release" => text(system.look().release.to_string()),
            "platform.node" | "socket.gethostname" => text(system.host_name()),
            "time.sleep" => match first.as_ref().and_then(number) {
                Some(seconds) if (0.0..1e9).contains(&seconds) => {
                    self.sleep += Duration::from_secs_f64(seconds);
                    Ok(Value::None)
                }
                _ => self.raise("ValueError", "sleep length must be non-negative", Some(place)),
            },
            "time.time" => Ok(Value::Real(system.now().nanoseconds() as f64 / 1e9)),
            "time.perf_counter" | "time.monotonic" => {
                let up = system.now().since(system.look().booted) + self.work + self.sleep;
                Ok(Value::Real(up.as_secs_f64()))
            }
            "math.exp" | "math.sqrt" | "math.log" | "math.floor" | "math.ceil" => {
                let Some(value) = first.as_ref().and_then(number) else {
                    return self.raise("TypeError", "must be real number", Some(place));
                };
                Ok(match name {
                    "math.exp" => Value::Real(value.exp()),
                    "math.floor" => Value::Whole(value.floor() as i64),
                    "math.ceil" => Value::Whole(value.ceil() as i64),
                    "math.sqrt" if value >= 0.0 => Value::Real(value.sqrt()),
                    "math.log" if value > 0.0 => Value::Real(value.ln()),
                    _ => return self.raise("ValueError", "math domain error", Some(place)),
                })
            }
            "json.dumps" => {
                let value = first.unwrap_or(Value::None);
                text(self.json(&value, ", ", ": "))
            }
            "json.loads" | "json.load" | "tomllib.loads" | "tomllib.load" => {
                let source = match &first {
                    Some(Value::Object(handle)) => self.heap.field(*handle, "content").cloned(),
                    other => other.clone(),
                };
                let source = match source {
                    Some(Value::Text(text)) => text.to_string(),
                    Some(Value::Bytes(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
                    _ => {
                        return self.raise("TypeError", "the JSON object must be str, bytes or bytearray", Some(place));
                    }
                };
                if name.starts_with("json") { self.read_json(&source, place) } else { self.read_toml(&source, place) }
            }
            "numpy.fromfile" | "numpy.load" => self.array_of_file(system, arguments),
            "numpy.array" => {
                let values = match &first {
                    Some(value) => self.values_of(&value.clone(), place)?,
                    None => Vec::new(),
                };
                let numbers: Vec<f64> = values.iter().filter_map(number).collect();
                let length = numbers.len() as u64;
                let mean =
                    if numbers.is_empty() { f64::NAN } else { numbers.iter().sum::<f64>() / numbers.len() as f64 };
                Ok(Value::Array(Array { length, size: length * 8, mean }))
            }
            "numpy.mean" | "numpy.sum" => match first {
                Some(Value::Array(array)) => {
                    self.array_method(array, name.rsplit('.').next().unwrap_or("mean"), arguments)
                }
                _ => self.not_modelled(name),
            },
            "flask.Flask" | "flask.jsonify" => self.flask(system, name, arguments),
            _ => self.not_modelled(name),
        }
    }

    /// A variable of the environment, or what is given instead.
    pub fn environment_get(&mut self, arguments: &Arguments) -> Result<Value, Stop> {
        let name = arguments.text(0, "key").unwrap_or_default();
        let found = variable(&self.environment, &name).map(|value| Value::Text(value.into()));
        Ok(found.or_else(|| arguments.get(1, "default").cloned()).unwrap_or(Value::None))
    }

    fn array_of_file(&mut self, system: &mut System<'_>, arguments: &Arguments) -> Result<Value, Stop> {
        let path = arguments.text(0, "file").unwrap_or_default();
        let status = match system.status(&path, true) {
            Ok(status) => status,
            Err(errno) => {
                let (class, number) = os_error(errno);
                return self.raise(class, format!("[Errno {number}] {errno}: '{path}'"), Some(arguments.place));
            }
        };
        let size = status.entry.node.size();
        let width = match arguments.get(1, "dtype") {
            Some(Value::Text(kind)) if &**kind == "uint8" => 1,
            Some(Value::Class(kind)) if &**kind == "numpy.uint8" => 1,
            None => return self.not_modelled("arrays of numbers other than uint8"),
            Some(_) => return self.not_modelled("arrays of numbers other than uint8"),
        };
        let sample = match system.open(&path, crate::world::process::descriptor::OpenOptions::READ) {
            Ok(descriptor) => {
                let read = system.read(descriptor, usize::try_from(SAMPLE).unwrap_or(usize::MAX));
                system.close(descriptor);
                match read {
                    Ok(crate::world::process::descriptor::Read::Data(bytes)) => bytes,
                    _ => Vec::new(),
                }
            }
            Err(_) => Vec::new(),
        };
        let total: u64 = sample.iter().map(|byte| u64::from(*byte)).sum();
        let mean = if sample.is_empty() { f64::NAN } else { total as f64 / sample.len() as f64 };
        self.memory = self.memory.saturating_add(size);
        Ok(Value::Array(Array { length: size / width, size, mean }))
    }

    /// A value as JSON.
    pub fn json(&self, value: &Value, comma: &str, colon: &str) -> String {
        let quote = |text: &str| serde_json::to_string(text).unwrap_or_default();
        match value {
            Value::None => "null".to_owned(),
            Value::Truth(truth) => truth.to_string(),
            Value::Text(text) => quote(text),
            Value::List(handle) => {
                let items: Vec<String> = self.heap.list(*handle).iter().map(|v| self.json(v, comma, colon)).collect();
                format!("[{}]", items.join(comma))
            }
            Value::Tuple(values) => {
                let items: Vec<String> = values.iter().map(|value| self.json(value, comma, colon)).collect();
                format!("[{}]", items.join(comma))
            }
            Value::Dictionary(handle) => {
                let pairs = self.heap.pairs(*handle).iter();
                let pairs = pairs.map(|(key, value)| {
                    format!("{}{colon}{}", quote(&self.heap.text(key)), self.json(value, comma, colon))
                });
                format!("{{{}}}", pairs.collect::<Vec<_>>().join(comma))
            }
            other => self.heap.text(other),
        }
    }

    fn read_json(&mut self, source: &str, place: Place) -> Result<Value, Stop> {
        match serde_json::from_str(source) {
            Ok(value) => self.of_json(&value),
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                let text = format!("Expecting value: line {line} column {column}");
                self.raise("json.decoder.JSONDecodeError", text, Some(place))
            }
        }
    }

    fn of_json(&mut self, value: &serde_json::Value) -> Result<Value, Stop> {
        Ok(match value {
            serde_json::Value::Null => Value::None,
            serde_json::Value::Bool(truth) => Value::Truth(*truth),
            serde_json::Value::Number(number) => {
                number.as_i64().map_or_else(|| Value::Real(number.as_f64().unwrap_or(0.0)), Value::Whole)
            }
            serde_json::Value::String(text) => Value::Text(text.as_str().into()),
            serde_json::Value::Array(values) => {
                let mut all = Vec::with_capacity(values.len());
                for value in values {
                    all.push(self.of_json(value)?);
                }
                self.list(all)?
            }
            serde_json::Value::Object(pairs) => {
                let handle = self.keep(Item::Dictionary(imbl::Vector::new()))?;
                for (key, value) in pairs {
                    let value = self.of_json(value)?;
                    self.heap.set(handle, Value::Text(key.as_str().into()), value);
                }
                Value::Dictionary(handle)
            }
        })
    }

    fn of_toml_table(&mut self, table: &DeTable<'_>) -> Result<Value, Stop> {
        let handle = self.keep(Item::Dictionary(imbl::Vector::new()))?;
        for (key, value) in in_order(table) {
            let value = self.of_toml(value)?;
            self.heap.set(handle, Value::Text(key.into()), value);
        }
        Ok(Value::Dictionary(handle))
    }

    fn of_toml(&mut self, value: &DeValue<'_>) -> Result<Value, Stop> {
        Ok(match value {
            DeValue::String(text) => Value::Text(text.as_ref().into()),
            DeValue::Integer(number) => Value::Whole(i64::from_str_radix(number.as_str(), number.radix()).unwrap_or(0)),
            DeValue::Float(number) => Value::Real(number.as_str().parse().unwrap_or(0.0)),
            DeValue::Boolean(truth) => Value::Truth(*truth),
            DeValue::Datetime(_) => return self.not_modelled("dates in TOML"),
            DeValue::Array(values) => {
                let mut all = Vec::with_capacity(values.len());
                for value in values.iter() {
                    all.push(self.of_toml(value.get_ref())?);
                }
                self.list(all)?
            }
            DeValue::Table(table) => self.of_toml_table(table)?,
        })
    }

    fn read_toml(&mut self, source: &str, place: Place) -> Result<Value, Stop> {
        match DeTable::parse(source) {
            Ok(table) => self.of_toml_table(table.get_ref()),
            Err(error) => {
                let text = error.message().to_owned();
                self.raise("tomllib.TOMLDecodeError", text, Some(place))
            }
        }
    }
}

/// The keys of a table in the order in which they stand in the file.
fn in_order<'t, 'i>(table: &'t DeTable<'i>) -> Vec<(&'t str, &'t DeValue<'i>)> {
    let mut pairs: Vec<_> =
        table.iter().map(|(key, value)| (key.span().start, key.get_ref(), value.get_ref())).collect();
    pairs.sort_by_key(|(start, _, _)| *start);
    pairs.into_iter().map(|(_, key, value)| (&**key, value)).collect()
}

/// Functions that are modelled.
const FUNCTIONS: &[&str] = &[
    "flask.Flask",
    "flask.jsonify",
    "json.dumps",
    "json.load",
    "json.loads",
    "math.ceil",
    "math.exp",
    "math.floor",
    "math.log",
    "math.sqrt",
    "numpy.array",
    "numpy.fromfile",
    "numpy.mean",
    "numpy.sum",
    "os.cpu_count",
    "os.getcwd",
    "os.getenv",
    "os.getpid",
    "os.listdir",
    "os.path.exists",
    "os.path.join",
    "platform.machine",
    "platform.node",
    "platform.python_version",
    "platform.release",
    "platform.system",
    "socket.gethostname",
    "sys.exit",
    "time.monotonic",
    "time.perf_counter",
    "time.sleep",
    "time.time",
    "tomllib.load",
    "tomllib.loads",
];
