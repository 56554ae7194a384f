//! Running a template over a value, as Go's `text/template` does.
//!
//! Promises: the same text, and errors with the same place and words; limits on steps, output and calls, so that every
//! template ends.

use super::super::units::go_quote;
use super::functions::{self, Failure};
use super::tree::{Command, Node, Operand, Pipe, Term, Trees};
use super::value::{GoType, Value, field_of};

/// How many nodes one execution may visit.
const STEPS_MAX: usize = 2_000_000;
/// How much one execution may print, in bytes.
const OUTPUT_MAX: usize = 16 << 20;
/// How deep templates may call each other.
const CALLS_MAX: usize = 100;

/// What a key does that a map has not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingKey {
    /// It prints `<no value>`: Go's default.
    #[default]
    NoValue,
    /// It is an error: what docker inspect asks for on its second try, over the raw JSON.
    Error,
}

/// Where and why execution ended; `place` is a byte in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    pub position: usize,
    pub context: String,
    pub message: String,
    pub template: String,
}

/// Runs a template over a value and adds what it prints to `output`; what was printed before an error stays there.
pub(super) fn execute<'d>(
    trees: &Trees,
    data: Value<'d>,
    missing: MissingKey,
    header: bool,
    output: &mut String,
) -> Result<(), Stop> {
    let mut run = Run {
        trees,
        missing,
        header,
        before: output.len(),
        output,
        root: data.clone(),
        variables: Vec::new(),
        steps: 0,
        calls: 0,
        template: String::new(),
    };
    run.nodes(&trees.main, &data).map(|_| ())
}

/// How a list of nodes ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Normal,
    Break,
    Continue,
}

struct Run<'t, 'd> {
    trees: &'t Trees,
    missing: MissingKey,
    header: bool,
    output: &'t mut String,
    /// How much was in the output when this run began.
    before: usize,
    /// The variable `$`.
    root: Value<'d>,
    variables: Vec<(String, Value<'d>)>,
    steps: usize,
    calls: usize,
    template: String,
}

type Running<T> = Result<T, Stop>;

impl<'d> Run<'_, 'd> {
    fn stop<T>(&self, position: usize, context: String, message: String) -> Running<T> {
        Err(Stop { position, context, message, template: self.template.clone() })
    }

    fn at<T>(&self, operand: &Operand, message: String) -> Running<T> {
        self.stop(operand.position, operand.to_string(), message)
    }

    fn step(&mut self, position: usize) -> Running<()> {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            let message = format!("more than {STEPS_MAX} steps, which is Layerlab's limit");
            return self.stop(position, String::new(), message);
        }
        if self.output.len() - self.before > OUTPUT_MAX {
            let message = format!("more than {OUTPUT_MAX} bytes of output, which is Layerlab's limit");
            return self.stop(position, String::new(), message);
        }
        Ok(())
    }

    fn nodes(&mut self, nodes: &[Node], dot: &Value<'d>) -> Running<Flow> {
        for node in nodes {
            match node {
                Node::Text(text) => {
                    self.step(0)?;
                    self.output.push_str(text);
                }
                Node::Action(pipe) => {
                    let value = match self.column(pipe, dot)? {
                        Some(value) => value,
                        None => self.pipe(pipe, dot)?,
                    };
                    if pipe.variables.is_empty() {
                        value.print_to(self.output);
                    }
                }
                Node::If { pipe, then, otherwise } | Node::With { pipe, then, otherwise } => {
                    let scope = self.variables.len();
                    let value = self.pipe(pipe, dot)?;
                    let inner = if matches!(node, Node::With { .. }) { &value } else { dot };
                    let flow = if value.is_true() { self.nodes(then, inner) } else { self.nodes(otherwise, dot) }?;
                    self.variables.truncate(scope);
                    if flow != Flow::Normal {
                        return Ok(flow);
                    }
                }
                Node::Range { pipe, body, otherwise } => {
                    let flow = self.range(pipe, body, otherwise, dot)?;
                    if flow != Flow::Normal {
                        return Ok(flow);
                    }
                }
                Node::Template { position, name, pipe } => self.call_template(*position, name, pipe.as_ref(), dot)?,
                Node::Break => return Ok(Flow::Break),
                Node::Continue => return Ok(Flow::Continue),
            }
        }
        Ok(Flow::Normal)
    }

    /// The value of `{{.Name}}` over a row: what tables are made of, without the detours of a pipe.
    fn column(&mut self, pipe: &Pipe, dot: &Value<'d>) -> Running<Option<Value<'d>>> {
        let (Value::Object(row), [command]) = (dot, pipe.commands.as_slice()) else { return Ok(None) };
        let [Operand { term: Term::Field(names), .. }] = command.operands.as_slice() else { return Ok(None) };
        let ([name], []) = (names.as_slice(), pipe.variables.as_slice()) else { return Ok(None) };
        self.step(pipe.position)?;
        Ok(row.field(name))
    }

    fn call_template(&mut self, position: usize, name: &str, pipe: Option<&Pipe>, dot: &Value<'d>) -> Running<()> {
        let shown = || match pipe {
            Some(pipe) => format!("{{{{template {} {pipe}}}}}", go_quote(name)),
            None => format!("{{{{template {}}}}}", go_quote(name)),
        };
        let trees = self.trees;
        let Some(body) = trees.defined.get(name) else {
            return self.stop(position, shown(), format!("template {} not defined", go_quote(name)));
        };
        if self.calls >= CALLS_MAX {
            return self.stop(position, shown(), format!("exceeded maximum template depth ({CALLS_MAX})"));
        }
        let data = match pipe {
            Some(pipe) => self.pipe(pipe, dot)?,
            None => Value::Missing,
        };
        let variables = std::mem::take(&mut self.variables);
        let root = std::mem::replace(&mut self.root, data.clone());
        let template = std::mem::replace(&mut self.template, name.to_owned());
        self.calls += 1;
        let result = self.nodes(body, &data);
        self.calls -= 1;
        (self.variables, self.root) = (variables, root);
        result?;
        self.template = template;
        Ok(())
    }

    fn range(&mut self, pipe: &Pipe, body: &[Node], otherwise: &[Node], dot: &Value<'d>) -> Running<Flow> {
        let scope = self.variables.len();
        let value = self.pipe_value(pipe, dot)?;
        let mut any = false;
        let mut outcome = Flow::Normal;
        let count = match &value {
            Value::Items(items, _) => items.unwrap_or_default().len(),
            Value::List(items) => items.len(),
            Value::Int(count) => usize::try_from(*count).unwrap_or(0),
            Value::Map(..) | Value::Missing | Value::Nil => 0,
            other => {
                let message = format!("range can't iterate over {}", other.formatted());
                return self.stop(pipe.position, pipe.to_string(), message);
            }
        };
        let entries = value.entries();
        for index in 0..count.max(entries.len()) {
            let (key, element) = match (&value, entries.get(index)) {
                (Value::Int(_), _) => (Value::Int(index as i64), Value::Int(index as i64)),
                (_, Some((key, element))) => (Value::text(*key), element.clone()),
                (_, None) => (Value::Int(index as i64), value.element(index).unwrap_or(Value::Missing)),
            };
            any = true;
            self.step(pipe.position)?;
            match pipe.variables.as_slice() {
                [one] => self.keep(one, element.clone(), pipe.assigns),
                [first, second] => {
                    self.keep(first, key, pipe.assigns);
                    self.keep(second, element.clone(), pipe.assigns);
                }
                _ => {}
            }
            let flow = self.nodes(body, &element)?;
            self.variables.truncate(scope);
            if flow == Flow::Break {
                break;
            }
        }
        if !any {
            outcome = self.nodes(otherwise, dot)?;
        }
        self.variables.truncate(scope);
        Ok(outcome)
    }

    fn keep(&mut self, name: &str, value: Value<'d>, assigns: bool) {
        match self.variables.iter_mut().rev().find(|(known, _)| assigns && known == name) {
            Some((_, kept)) => *kept = value,
            None => self.variables.push((name.to_owned(), value)),
        }
    }

    fn pipe(&mut self, pipe: &Pipe, dot: &Value<'d>) -> Running<Value<'d>> {
        let value = self.pipe_value(pipe, dot)?;
        for variable in &pipe.variables {
            if pipe.assigns && !self.variables.iter().any(|(known, _)| known == variable) {
                let last = pipe.commands.last().and_then(|command| command.operands.first());
                let (position, context) =
                    last.map_or((pipe.position, pipe.to_string()), |last| (last.position, last.to_string()));
                return self.stop(position, context, format!("undefined variable: {variable}"));
            }
            self.keep(variable, value.clone(), pipe.assigns);
        }
        Ok(value)
    }

    fn pipe_value(&mut self, pipe: &Pipe, dot: &Value<'d>) -> Running<Value<'d>> {
        self.step(pipe.position)?;
        let mut result = None;
        for command in &pipe.commands {
            result = Some(self.command(command, dot, result)?);
        }
        Ok(result.unwrap_or(Value::Missing))
    }

    fn command(&mut self, command: &Command, dot: &Value<'d>, last: Option<Value<'d>>) -> Running<Value<'d>> {
        self.step(command.position)?;
        let Some((first, rest)) = command.operands.split_first() else { return Ok(Value::Missing) };
        match &first.term {
            Term::Field(names) => self.fields(dot.clone(), names, first, rest, dot, last),
            Term::Variable(names) => {
                let value = self.variable(names);
                self.fields(value, &names[1..], first, rest, dot, last)
            }
            Term::Chain(operand, names) => {
                let value = self.operand(operand, dot)?;
                self.fields(value, names, first, rest, dot, last)
            }
            Term::Function(name) => self.function(name, first, command, dot, last),
            Term::Nil => self.at(first, "nil is not a command".to_owned()),
            _ if !rest.is_empty() || last.is_some() => {
                self.at(first, format!("can't give argument to non-function {first}"))
            }
            _ => self.operand(first, dot),
        }
    }

    fn variable(&self, names: &[String]) -> Value<'d> {
        let Some(name) = names.first() else { return Value::Missing };
        match self.variables.iter().rev().find(|(known, _)| known == name) {
            Some((_, value)) => value.clone(),
            None if name == "$" => self.root.clone(),
            None => Value::Missing,
        }
    }

    fn operand(&mut self, operand: &Operand, dot: &Value<'d>) -> Running<Value<'d>> {
        self.step(operand.position)?;
        Ok(match &operand.term {
            Term::Dot => dot.clone(),
            Term::Nil => Value::Nil,
            Term::Bool(value) => Value::Bool(*value),
            Term::Number { text, whole, float } => match whole {
                Some(whole) if !text.contains(['.', 'e', 'E']) || text.contains(['x', 'X', '\'']) => Value::Int(*whole),
                _ => Value::Float(*float),
            },
            Term::Quoted { text, .. } => Value::text(text.clone()),
            Term::Field(names) => self.fields(dot.clone(), names, operand, &[], dot, None)?,
            Term::Variable(names) => {
                let value = self.variable(names);
                self.fields(value, &names[1..], operand, &[], dot, None)?
            }
            Term::Chain(inner, names) => {
                let value = self.operand(inner, dot)?;
                self.fields(value, names, operand, &[], dot, None)?
            }
            Term::Pipe(pipe) => self.pipe(pipe, dot)?,
            Term::Function(name) => {
                let command = Command { position: operand.position, operands: vec![operand.clone()] };
                self.function(name, operand, &command, dot, None)?
            }
        })
    }

    fn function(
        &mut self,
        name: &str,
        operand: &Operand,
        command: &Command,
        dot: &Value<'d>,
        last: Option<Value<'d>>,
    ) -> Running<Value<'d>> {
        let mut values = Vec::new();
        for argument in &command.operands[1..] {
            let value = self.operand(argument, dot)?;
            // `and` and `or` look no further than they must.
            if (name == "and" && !value.is_true()) || (name == "or" && value.is_true()) {
                return Ok(value);
            }
            values.push(value);
        }
        values.extend(last);
        match functions::call(name, &values, self.header) {
            Ok(value) => Ok(value),
            Err(Failure::Count(message)) => self.at(operand, message),
            Err(Failure::Argument { index, expected, got }) => match command.operands.get(index + 1) {
                Some(argument)
                    if matches!(argument.term, Term::Bool(_) | Term::Number { .. } | Term::Quoted { .. }) =>
                {
                    self.at(argument, format!("expected {}; found {argument}", expected.replace("int", "integer")))
                }
                argument => {
                    let message = format!("wrong type for value; expected {expected}; got {got}");
                    self.at(argument.unwrap_or(operand), message)
                }
            },
            Err(Failure::NotAFunction(type_name)) => {
                let shown = command.operands.get(1).map(Operand::to_string).unwrap_or_default();
                let message = format!("error calling call: non-function {shown} of type {type_name}");
                self.stop(command.position, command.to_string(), message)
            }
            Err(Failure::Called(message)) => {
                self.stop(command.position, command.to_string(), format!("error calling {name}: {message}"))
            }
        }
    }

    /// Follows fields from a value; the last may be a method with one argument.
    fn fields(
        &mut self,
        value: Value<'d>,
        names: &[String],
        node: &Operand,
        arguments: &[Operand],
        dot: &Value<'d>,
        last: Option<Value<'d>>,
    ) -> Running<Value<'d>> {
        let mut given = Vec::new();
        for argument in arguments {
            given.push(self.operand(argument, dot)?);
        }
        given.extend(last);
        let mut value = value;
        // Whether the value comes out of an `interface {}`, which is then what errors call its type.
        let mut dynamic = false;
        for (index, name) in names.iter().enumerate() {
            let given: &[Value<'d>] = if index + 1 == names.len() { &given } else { &[] };
            let inner = matches!(value, Value::Map(_, GoType::Any));
            value = self.field(&value, name, node, given, dynamic)?;
            dynamic = inner;
        }
        if names.is_empty() && !given.is_empty() {
            return self.at(node, format!("can't give argument to non-function {node}"));
        }
        Ok(value)
    }

    fn field(
        &mut self,
        value: &Value<'d>,
        name: &str,
        node: &Operand,
        given: &[Value<'d>],
        dynamic: bool,
    ) -> Running<Value<'d>> {
        self.step(node.position)?;
        let not_a_function = || format!("{name} has arguments but cannot be invoked as function");
        match value {
            Value::Missing if self.missing == MissingKey::Error => {
                self.at(node, format!("nil data; no entry for key {}", go_quote(name)))
            }
            Value::Missing => Ok(Value::Missing),
            Value::Nil => self.at(node, format!("nil pointer evaluating interface {{}}.{name}")),
            Value::NilPointer(_) => self.at(node, format!("nil pointer evaluating {}.{name}", value.type_name())),
            Value::Map(map, element) => match map.and_then(|map| map.get(name)) {
                _ if !given.is_empty() => self.at(node, format!("{name} is not a method but has arguments")),
                Some(json) => Ok(Value::of(json, *element)),
                None if self.missing == MissingKey::Error => {
                    self.at(node, format!("map has no entry for key {}", go_quote(name)))
                }
                None => Ok(Value::Missing),
            },
            Value::Struct(map, structure, _) => match structure.fields.iter().find(|field| field.name == name) {
                Some(_) if !given.is_empty() => self.at(node, not_a_function()),
                Some(field) => Ok(field_of(*map, field)),
                None => self.cannot(value, name, node, false),
            },
            Value::Object(object) => match given {
                [] => match object.field(name) {
                    Some(value) => Ok(value),
                    None if object.method(name, "").is_some() => {
                        self.at(node, format!("wrong number of args for {name}: want 1 got 0"))
                    }
                    None => self.cannot(value, name, node, false),
                },
                [Value::Text(argument)] if object.method(name, argument).is_some() => {
                    Ok(object.method(name, argument).unwrap_or(Value::Missing))
                }
                [only] if object.method(name, "").is_some() => {
                    let got = only.type_name();
                    self.at(node, format!("wrong type for value; expected string; got {got}"))
                }
                _ if object.field(name).is_some() => {
                    self.at(node, format!("wrong number of args for {name}: want 0 got {}", given.len()))
                }
                _ => self.cannot(value, name, node, false),
            },
            _ => self.cannot(value, name, node, dynamic),
        }
    }

    fn cannot<T>(&self, value: &Value<'_>, name: &str, node: &Operand, dynamic: bool) -> Running<T> {
        let type_name = if dynamic { GoType::Any.name() } else { value.type_name() };
        self.at(node, format!("can't evaluate field {name} in type {type_name}"))
    }
}
