//! A Python program as it runs: its names, its values, what it imported, and how it fails.
//!
//! Promises: what is not modelled stops the program in plain words, never silently; all that grows is bounded. Must not know statements
//! or expressions: `execute` and `evaluate` carry them out.

use std::sync::Arc;
use std::time::Duration;

use imbl::OrdMap;

use super::execute::{Flow, Frame};
use super::library::{Found, Interpreter, Library};
use super::parse::parse;
use super::syntax::Place;
use super::value::{Heap, Item, Value};
use crate::world::process::System;

/// The module that a script is.
pub const MAIN: &str = "__main__";
/// How deep functions may call each other.
pub const RECURSION_LIMIT: usize = 60;
/// Most statements that a call of a function carries out.
pub const CALL_STEPS: usize = 100_000;

/// Why a program does not go on.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    Raised(Raised),
    /// It is right Python that Layerlab does not know: where, and what.
    NotModelled(u32, String),
    Exit(i32),
    /// A web application serves from now on: by its object, on this address and port.
    Serve(Value, String, u16),
}

/// An exception on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Raised {
    pub class: Arc<str>,
    pub message: Arc<str>,
    /// From the outermost call to where it was raised.
    pub trace: Vec<TraceLine>,
}

/// A line of a traceback.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceLine {
    pub file: Arc<str>,
    pub line: u32,
    pub function: Arc<str>,
    pub place: Option<Place>,
}

/// Names and what they stand for.
pub type Names = OrdMap<Arc<str>, Value>;

/// A call of a function.
#[derive(Clone, Debug)]
pub struct Call {
    pub function: Arc<str>,
    pub module: Arc<str>,
    /// The line it is at.
    pub line: u32,
    /// Where in that line it has called another function.
    pub calling: Option<Place>,
    /// None for a module, whose names are its globals.
    pub locals: Option<Names>,
}

/// A Python program as it runs.
#[derive(Clone, Debug)]
pub struct Session {
    pub interpreter: Interpreter,
    pub library: &'static Library,
    /// The script's directory, in which modules are looked for first.
    pub directory: String,
    pub arguments: Vec<String>,
    pub environment: Vec<String>,
    pub heap: Heap,
    /// The names of each module that was written in Python.
    pub modules: OrdMap<Arc<str>, Names>,
    /// The files of those modules.
    pub files: OrdMap<Arc<str>, Arc<str>>,
    pub calls: Vec<Call>,
    /// Modules that were imported and are not written in Python, with the version of a package.
    pub imported: OrdMap<Arc<str>, Option<String>>,
    /// Written and not yet on its way.
    pub output: Vec<u8>,
    pub errors: Vec<u8>,
    /// How long it wants to sleep, and how much processor time it has used, since this was last asked.
    pub sleep: Duration,
    pub work: Duration,
    /// Bytes.
    pub memory: u64,
    pub routes: Vec<super::web::Route>,
    pub request: Option<super::web::Asked>,
}

impl Session {
    /// A program that has not begun.
    pub fn new(
        interpreter: Interpreter,
        library: &'static Library,
        arguments: Vec<String>,
        environment: Vec<String>,
    ) -> Session {
        let cost = library.cost("interpreter");
        Session {
            interpreter,
            library,
            directory: String::new(),
            arguments,
            environment,
            heap: Heap::default(),
            modules: OrdMap::new(),
            files: OrdMap::new(),
            calls: Vec::new(),
            imported: OrdMap::new(),
            output: Vec::new(),
            errors: Vec::new(),
            sleep: Duration::ZERO,
            work: cost.time,
            memory: cost.memory,
            routes: Vec::new(),
            request: None,
        }
    }

    /// Enters a module: its names are asked for from now on.
    pub fn enter(&mut self, module: &str, file: &str) {
        let module: Arc<str> = module.into();
        let names = OrdMap::unit(Arc::from("__name__"), Value::Text(module.clone()));
        self.modules.insert(module.clone(), names);
        self.files.insert(module.clone(), file.into());
        self.calls.push(Call { function: "<module>".into(), module, line: 0, calling: None, locals: None });
    }

    /// The line that is carried out.
    pub fn line(&self) -> u32 {
        self.calls.last().map_or(0, |call| call.line)
    }

    pub fn not_modelled<T>(&self, what: impl Into<String>) -> Result<T, Stop> {
        Err(Stop::NotModelled(self.line(), what.into()))
    }

    /// Raises an exception here.
    pub fn raise<T>(&self, class: &str, message: impl Into<String>, place: Option<Place>) -> Result<T, Stop> {
        let last = self.calls.len().saturating_sub(1);
        let trace = self.calls.iter().enumerate().map(|(at, call)| TraceLine {
            file: self.files.get(&call.module).cloned().unwrap_or_else(|| "<string>".into()),
            line: call.line,
            function: call.function.clone(),
            place: if at == last { place } else { call.calling },
        });
        Err(Stop::Raised(Raised { class: class.into(), message: message.into().into(), trace: trace.collect() }))
    }

    /// Keeps a list, dictionary or object.
    pub fn keep(&mut self, item: Item) -> Result<super::value::Handle, Stop> {
        match self.heap.add(item) {
            Some(handle) => Ok(handle),
            None => self.raise("MemoryError", "", None),
        }
    }

    pub fn list(&mut self, values: impl IntoIterator<Item = Value>) -> Result<Value, Stop> {
        self.keep(Item::List(values.into_iter().collect())).map(Value::List)
    }

    /// Gives a name a value where the program is.
    pub fn bind(&mut self, name: &Arc<str>, value: Value) {
        let Some(call) = self.calls.last_mut() else { return };
        match &mut call.locals {
            Some(locals) => drop(locals.insert(name.clone(), value)),
            None => {
                let module = call.module.clone();
                if let Some(names) = self.modules.get_mut(&module) {
                    names.insert(name.clone(), value);
                }
            }
        }
    }

    /// Imports a module: from the standard library, a package, or a source beside the script.
    pub fn import(&mut self, system: &mut System<'_>, module: &Arc<str>) -> Result<(), Stop> {
        if self.imported.contains_key(module) || self.modules.contains_key(module) {
            return Ok(());
        }
        match self.interpreter.find(system, self.library, &self.directory, module) {
            Found::Nothing(class, message) => self.raise(class, message, None),
            Found::Standard => {
                self.imported.insert(module.clone(), None);
                Ok(())
            }
            Found::Package { version } => {
                let first = module.split('.').next().unwrap_or(module);
                let cost = self.library.cost(first);
                self.work += cost.time;
                self.memory += cost.memory.saturating_sub(self.library.cost("interpreter").memory);
                self.imported.insert(module.clone(), version);
                Ok(())
            }
            Found::Source(file) => self.import_source(system, module, &file),
        }
    }

    fn import_source(&mut self, system: &mut System<'_>, module: &Arc<str>, file: &str) -> Result<(), Stop> {
        if self.calls.len() >= RECURSION_LIMIT {
            return self.raise("RecursionError", "maximum recursion depth exceeded", None);
        }
        let text = match system.read_file(file) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(errno) => return self.raise("ImportError", errno.to_string(), None),
        };
        let block = match parse(&text, self.interpreter.minor) {
            Ok(block) => block,
            Err(error) if error.not_modelled => {
                return Err(Stop::NotModelled(error.place.line, error.message));
            }
            Err(error) => return self.raise(error.class, error.message, None),
        };
        self.enter(module, file);
        let mut frames = vec![Frame::new(block)];
        for _ in 0..CALL_STEPS {
            if self.step(system, &mut frames)? == Flow::Done {
                self.calls.pop();
                return Ok(());
            }
        }
        self.not_modelled("a module that works for so long")
    }

    /// An attribute of a value.
    pub fn attribute(&mut self, base: &Value, name: &Arc<str>, place: Place) -> Result<Value, Stop> {
        match base {
            Value::Module(module) => self.module_attribute(module, name, Some(place)),
            Value::Text(_) | Value::List(_) | Value::Dictionary(_) | Value::Bytes(_) | Value::Object(_) => {
                if let Value::Object(handle) = base {
                    if let Some(value) = self.heap.field(*handle, name) {
                        return Ok(value.clone());
                    }
                    if self.heap.class(*handle) == "Request"
                        && let Some(value) = self.request_field(name)?
                    {
                        return Ok(value);
                    }
                }
                Ok(Value::Method(Box::new(base.clone()), name.clone()))
            }
            Value::Array(array) => Ok(match &**name {
                "size" => Value::Whole(i64::try_from(array.length).unwrap_or(i64::MAX)),
                "nbytes" => Value::Whole(i64::try_from(array.size).unwrap_or(i64::MAX)),
                _ => Value::Method(Box::new(base.clone()), name.clone()),
            }),
            Value::Function(function, _) if &**name == "__name__" => Ok(Value::Text(function.name.clone())),
            other => {
                let text = format!("'{}' object has no attribute '{name}'", self.heap.type_name(other));
                self.raise("AttributeError", text, Some(place))
            }
        }
    }

    /// Sends what was printed on its way.
    pub fn flush(&mut self, system: &mut System<'_>) {
        for (descriptor, bytes) in [(1, std::mem::take(&mut self.output)), (2, std::mem::take(&mut self.errors))] {
            // A closed stream swallows what is written.
            let _ = system.write(descriptor, &bytes);
        }
    }
}
