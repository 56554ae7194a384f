//! Flask, as far as it is modelled: an application with routes, what it is asked, and what it answers.
//!
//! Promises: pages and headers are those of Flask 3 and Werkzeug 3; an answer is made by the application's own functions. Must not know
//! sockets: `serve` does.

use std::sync::Arc;

use imbl::OrdMap;

use super::builtins::Arguments;
use super::session::{Session, Stop};
use super::syntax::{Function, Place};
use super::value::{Handle, Item, Value};
use crate::world::process::System;
use crate::world::process::service::http::Request;

/// Most routes of an application.
const ROUTES: usize = 1_000;

/// A path that an application answers.
#[derive(Clone, Debug)]
pub struct Route {
    path: Arc<str>,
    methods: Vec<String>,
    function: Arc<Function>,
    module: Arc<str>,
}

/// What is asked of an application.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub path: String,
    /// Names and values behind the question mark.
    pub query: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What an application answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub code: u16,
    pub kind: String,
    /// More headers, each with its line end.
    pub headers: String,
    pub body: Vec<u8>,
}

impl Reply {
    fn page(code: u16, title: &str, text: &str) -> Reply {
        let body = format!(
            "<!doctype html>\n<html lang=en>\n<title>{code} {title}</title>\n<h1>{title}</h1>\n<p>{text}</p>\n"
        );
        Reply { code, kind: HTML.to_owned(), headers: String::new(), body: body.into_bytes() }
    }
}

const HTML: &str = "text/html; charset=utf-8";

/// What stands behind a status code.
pub fn reason(code: u16) -> &'static str {
    match code {
        200 => "OK",
        201 => "CREATED",
        204 => "NO CONTENT",
        400 => "BAD REQUEST",
        404 => "NOT FOUND",
        405 => "METHOD NOT ALLOWED",
        503 => "SERVICE UNAVAILABLE",
        _ => "INTERNAL SERVER ERROR",
    }
}

/// A request as an application sees it.
pub fn asked(request: &Request, body: &[u8]) -> Asked {
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    Asked {
        method: request.method.clone(),
        path: request.path(),
        query: pairs.map(|(name, value)| (name.to_owned(), value.replace('+', " "))).collect(),
        body: body.to_vec(),
    }
}

impl Session {
    /// `Flask(name)` and `jsonify(…)`.
    pub fn flask(&mut self, _: &mut System<'_>, name: &str, arguments: &Arguments) -> Result<Value, Stop> {
        if name == "flask.Flask" {
            let module = arguments.values.first().cloned().unwrap_or(Value::None);
            let fields = OrdMap::from_iter([("name", module)]);
            return self.keep(Item::Object { class: "Flask", fields }).map(Value::Object);
        }
        let value = match arguments.values.first() {
            Some(value) => value.clone(),
            None => {
                let handle = self.keep(Item::Dictionary(imbl::Vector::new()))?;
                for (name, value) in &arguments.named {
                    self.heap.set(handle, Value::Text(name.clone()), value.clone());
                }
                Value::Dictionary(handle)
            }
        };
        self.json_response(&value)
    }

    /// A response in JSON: keys are sorted, as `app.json` does.
    fn json_response(&mut self, value: &Value) -> Result<Value, Stop> {
        let sorted = match value {
            Value::Dictionary(handle) => {
                let mut pairs: Vec<(Value, Value)> = self.heap.pairs(*handle).iter().cloned().collect();
                pairs.sort_by_key(|(key, _)| self.heap.text(key));
                Value::Dictionary(self.keep(Item::Dictionary(pairs.into_iter().collect()))?)
            }
            other => other.clone(),
        };
        let body = format!("{}\n", self.json(&sorted, ",", ":"));
        let fields =
            OrdMap::from_iter([("body", Value::Text(body.into())), ("kind", Value::Text("application/json".into()))]);
        self.keep(Item::Object { class: "Response", fields }).map(Value::Object)
    }

    /// A method of an object that is not written in Python.
    pub fn object_method(
        &mut self,
        system: &mut System<'_>,
        handle: Handle,
        name: &str,
        arguments: &Arguments,
    ) -> Result<Value, Stop> {
        let class = self.heap.class(handle);
        let content = self.heap.field(handle, "content").cloned().unwrap_or(Value::None);
        match (class, name) {
            ("_Environ", "get") => self.environment_get(arguments),
            ("TextIOWrapper" | "BufferedReader", "read") => Ok(content),
            ("TextIOWrapper", "readlines") => {
                let lines = self.values_of(&Value::Object(handle), arguments.place)?;
                self.list(lines)
            }
            ("TextIOWrapper", "write") => {
                let written = arguments.text(0, "s").unwrap_or_default();
                let text = format!("{}{written}", self.heap.text(&content));
                let path = self.heap.field(handle, "path").map(|path| self.heap.text(path)).unwrap_or_default();
                if let Err(errno) = system.write_file(&path, text.as_bytes()) {
                    let (class, number) = super::modules::os_error(errno);
                    return self.raise(class, format!("[Errno {number}] {errno}: '{path}'"), Some(arguments.place));
                }
                self.heap.set_field(handle, "content", Value::Text(text.into()));
                Ok(Value::Whole(i64::try_from(written.chars().count()).unwrap_or(0)))
            }
            ("TextIOWrapper" | "BufferedReader", "close") => Ok(Value::None),
            ("stream", "flush") => {
                self.flush(system);
                Ok(Value::None)
            }
            ("Flask", "get" | "post" | "route") => self.route(handle, name, arguments),
            ("Flask", "run") => {
                let host = arguments.text(0, "host").unwrap_or_else(|| "127.0.0.1".into());
                let port = match arguments.get(1, "port") {
                    None => 5000,
                    Some(Value::Whole(port)) => u16::try_from(*port).unwrap_or(5000),
                    Some(_) => {
                        return self.raise(
                            "TypeError",
                            "'str' object cannot be interpreted as an integer",
                            Some(arguments.place),
                        );
                    }
                };
                Err(Stop::Serve(Value::Object(handle), host.to_string(), port))
            }
            ("Request", "get_json") => {
                let body = self.request.as_ref().map(|asked| String::from_utf8_lossy(&asked.body).into_owned());
                let text = Value::Text(body.unwrap_or_default().into());
                let arguments = Arguments { values: vec![text], named: Vec::new(), place: arguments.place };
                self.call_of_module(system, "json.loads", &arguments)
            }
            ("MultiDict", "get") => {
                let name = arguments.text(0, "key").unwrap_or_default();
                let query = self.request.as_ref().map(|asked| asked.query.clone()).unwrap_or_default();
                let found = query.into_iter().find(|(known, _)| *known == *name).map(|(_, value)| value);
                let Some(value) = found else { return Ok(arguments.get(1, "default").cloned().unwrap_or(Value::None)) };
                let value = Value::Text(value.into());
                match arguments.get(2, "type").cloned() {
                    Some(kind) => self.call(system, &kind, vec![value], Vec::new(), arguments.place),
                    None => Ok(value),
                }
            }
            _ => self.not_modelled(format!("{class}.{name}")),
        }
    }

    fn route(&mut self, app: Handle, name: &str, arguments: &Arguments) -> Result<Value, Stop> {
        let Some(path) = arguments.text(0, "rule") else { return self.not_modelled("this route") };
        if path.contains('<') {
            return self.not_modelled("routes with variables");
        }
        let methods = match (name, arguments.get(usize::MAX, "methods").cloned()) {
            ("post", _) => Value::Text("POST".into()),
            (_, Some(methods)) => {
                let names: Vec<String> =
                    self.values_of(&methods, arguments.place)?.iter().map(|method| self.heap.text(method)).collect();
                Value::Text(names.join(" ").into())
            }
            _ => Value::Text("GET".into()),
        };
        let fields =
            OrdMap::from_iter([("app", Value::Object(app)), ("path", Value::Text(path)), ("methods", methods)]);
        self.keep(Item::Object { class: "decorator", fields }).map(Value::Object)
    }

    /// Puts what a decorator gave around a function.
    pub fn decorate(&mut self, wrapper: Value, function: Value, _: Place) -> Result<Value, Stop> {
        let (Value::Object(handle), Value::Function(inner, module)) = (&wrapper, &function) else {
            return self.not_modelled("this decorator");
        };
        if self.heap.class(*handle) != "decorator" || self.routes.len() >= ROUTES {
            return self.not_modelled("this decorator");
        }
        let text = |name: &str| self.heap.field(*handle, name).map(|value| self.heap.text(value)).unwrap_or_default();
        let methods = text("methods").split_whitespace().map(str::to_uppercase).collect();
        let route = Route { path: text("path").into(), methods, function: inner.clone(), module: module.clone() };
        self.routes.push(route);
        Ok(function)
    }

    /// What the request that is answered just now says.
    pub fn request_field(&mut self, name: &str) -> Result<Option<Value>, Stop> {
        let Some(asked) = self.request.clone() else { return Ok(None) };
        Ok(match name {
            "method" => Some(Value::Text(asked.method.into())),
            "path" => Some(Value::Text(asked.path.into())),
            "args" => Some(Value::Object(self.keep(Item::Object { class: "MultiDict", fields: OrdMap::new() })?)),
            _ => None,
        })
    }

    /// Lets the application answer. The error of a function that raised one is given too, for the log.
    pub fn answer(&mut self, system: &mut System<'_>, asked: Asked) -> Result<(Reply, Option<Stop>), Stop> {
        let on_path: Vec<Route> = self.routes.iter().filter(|route| *route.path == *asked.path).cloned().collect();
        if on_path.is_empty() {
            let text = "The requested URL was not found on the server. If you entered the URL manually please check your \
                        spelling and try again.";
            return Ok((Reply::page(404, "Not Found", text), None));
        }
        let method = if asked.method == "HEAD" { "GET" } else { &asked.method };
        let Some(route) = on_path.iter().find(|route| route.methods.iter().any(|known| known == method)) else {
            let reply = Reply::page(405, "Method Not Allowed", "The method is not allowed for the requested URL.");
            let mut allowed: Vec<String> = on_path.iter().flat_map(|route| route.methods.clone()).collect();
            allowed.extend(["OPTIONS".to_owned(), "HEAD".to_owned()]);
            return Ok((Reply { headers: format!("Allow: {}\r\n", allowed.join(", ")), ..reply }, None));
        };
        let (function, module) = (route.function.clone(), route.module.clone());
        self.request = Some(asked);
        let depth = self.calls.len();
        let value = self.call_function(system, (&function, &module), Vec::new(), Vec::new(), None);
        self.calls.truncate(depth);
        let reply = match value.and_then(|value| self.reply(&value)) {
            Ok(reply) => (reply, None),
            Err(stop @ (Stop::Raised(_) | Stop::NotModelled(..))) => {
                let text = "The server encountered an internal error and was unable to complete your request. Either the \
                            server is overloaded or there is an error in the application.";
                (Reply::page(500, "Internal Server Error", text), Some(stop))
            }
            Err(other) => return Err(other),
        };
        self.request = None;
        Ok(reply)
    }

    fn reply(&mut self, value: &Value) -> Result<Reply, Stop> {
        match value {
            Value::Text(text) => {
                Ok(Reply { code: 200, kind: HTML.to_owned(), headers: String::new(), body: text.as_bytes().to_vec() })
            }
            Value::Dictionary(_) | Value::List(_) => {
                let response = self.json_response(value)?;
                self.reply(&response)
            }
            Value::Tuple(parts) => match (parts.first(), parts.get(1)) {
                (Some(body), Some(Value::Whole(code))) => {
                    let (body, code) = (body.clone(), u16::try_from(*code).unwrap_or(500));
                    Ok(Reply { code, ..self.reply(&body)? })
                }
                _ => self.not_modelled("this answer"),
            },
            Value::Object(handle) if self.heap.class(*handle) == "Response" => {
                let text = |name: &str| self.heap.field(*handle, name).map(|v| self.heap.text(v)).unwrap_or_default();
                Ok(Reply { code: 200, kind: text("kind"), headers: String::new(), body: text("body").into_bytes() })
            }
            Value::None => {
                let text = "The view function did not return a valid response. The function either returned None or ended \
                            without a return statement.";
                self.raise("TypeError", text, None)
            }
            _ => self.not_modelled("this answer"),
        }
    }
}
