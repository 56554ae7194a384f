//! Carries out statements, one at a time, so that a program can be left and gone on with between any two of its own.
//!
//! Promises: what is not modelled stops the program in plain words, never silently; loops and calls are bounded. Must not know the
//! web, or how a program is started.

use std::sync::Arc;
use std::time::Duration;

use super::session::{CALL_STEPS, Call, MAIN, Names, RECURSION_LIMIT, Raised, Session, Stop};
use super::syntax::{Block, Expression, ExpressionKind, Function, Handler, Operator, Place, Statement, StatementKind};
use super::value::{Item, Value};
use crate::world::process::System;

/// What a statement takes of a processor.
const STATEMENT: Duration = Duration::from_nanos(100);

/// What a block of statements is part of.
#[derive(Clone, Debug)]
enum Control {
    Plain,
    While(Expression),
    For {
        target: Expression,
        values: Vec<Value>,
        next: usize,
    },
    Try(Vec<Handler>, Block),
    /// A handler, behind which the `finally` block comes.
    Handling(Block),
    /// A `finally` block, after which the exception goes on.
    Reraise(Raised),
}

/// A block under way.
#[derive(Clone, Debug)]
pub struct Frame {
    block: Block,
    next: usize,
    control: Control,
}

impl Frame {
    /// A block that begins.
    pub fn new(block: Block) -> Frame {
        Frame { block, next: 0, control: Control::Plain }
    }
}

/// What a step of a program came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Flow {
    On,
    Return(Value),
    Done,
}

impl Session {
    /// One step: a statement, or the turn of a loop.
    pub fn step(&mut self, system: &mut System<'_>, frames: &mut Vec<Frame>) -> Result<Flow, Stop> {
        self.work += STATEMENT;
        match self.advance(system, frames) {
            Err(Stop::Raised(raised)) => self.unwind(frames, raised).map(|()| Flow::On),
            other => other,
        }
    }

    fn advance(&mut self, system: &mut System<'_>, frames: &mut Vec<Frame>) -> Result<Flow, Stop> {
        let Some(frame) = frames.last_mut() else { return Ok(Flow::Done) };
        if let Some(statement) = frame.block.get(frame.next).cloned() {
            frame.next += 1;
            if let Some(call) = self.calls.last_mut() {
                call.line = statement.line;
            }
            return self.statement(system, frames, &statement);
        }
        match frame.control.clone() {
            Control::While(test) => {
                let value = self.evaluate(system, &test)?;
                match self.heap.truth(&value) {
                    true => frame.next = 0,
                    false => drop(frames.pop()),
                }
            }
            Control::For { target, values, next } => match values.get(next).cloned() {
                Some(value) => {
                    frame.next = 0;
                    frame.control = Control::For { target: target.clone(), values, next: next + 1 };
                    self.assign(system, &target, value)?;
                }
                None => drop(frames.pop()),
            },
            Control::Try(_, last) | Control::Handling(last) => {
                *frame = Frame::new(last);
            }
            Control::Reraise(raised) => {
                frames.pop();
                return Err(Stop::Raised(raised));
            }
            Control::Plain => drop(frames.pop()),
        }
        Ok(Flow::On)
    }

    /// Finds who catches an exception.
    fn unwind(&mut self, frames: &mut Vec<Frame>, raised: Raised) -> Result<(), Stop> {
        while let Some(frame) = frames.pop() {
            match frame.control {
                Control::Try(handlers, last) => {
                    let caught = handlers.iter().find(|handler| {
                        let names = handler.names.as_deref();
                        names.is_none_or(|names| names.iter().any(|name| catches(name, &raised.class)))
                    });
                    match caught {
                        Some(handler) => {
                            if let Some(variable) = &handler.variable {
                                self.bind(variable, Value::Exception(raised.class.clone(), raised.message.clone()));
                            }
                            let control = Control::Handling(last);
                            frames.push(Frame { block: handler.body.clone(), next: 0, control });
                            return Ok(());
                        }
                        None if !last.is_empty() => {
                            frames.push(Frame { block: last, next: 0, control: Control::Reraise(raised) });
                            return Ok(());
                        }
                        None => {}
                    }
                }
                Control::Handling(last) if !last.is_empty() => {
                    frames.push(Frame { block: last, next: 0, control: Control::Reraise(raised) });
                    return Ok(());
                }
                _ => {}
            }
        }
        Err(Stop::Raised(raised))
    }

    fn statement(
        &mut self,
        system: &mut System<'_>,
        frames: &mut Vec<Frame>,
        statement: &Statement,
    ) -> Result<Flow, Stop> {
        match &statement.kind {
            StatementKind::Expression(expression) => {
                self.evaluate(system, expression)?;
            }
            StatementKind::Assign(targets, value) => {
                let value = self.evaluate(system, value)?;
                for target in targets {
                    self.assign(system, target, value.clone())?;
                }
            }
            StatementKind::AugmentedAssign(target, operator, value) => {
                let left = self.evaluate(system, target)?;
                let right = self.evaluate(system, value)?;
                let result = self.binary(&left, *operator, &right, target.place)?;
                self.assign(system, target, result)?;
            }
            StatementKind::Import(modules) => {
                for (module, name) in modules {
                    self.import(system, module)?;
                    let first: Arc<str> = module.split('.').next().unwrap_or(module).into();
                    match name {
                        Some(name) => self.bind(name, Value::Module(module.clone())),
                        None => self.bind(&first.clone(), Value::Module(first)),
                    }
                }
            }
            StatementKind::From(module, names) => {
                self.import(system, module)?;
                for (name, called) in names {
                    let value = self.imported_name(module, name)?;
                    self.bind(called, value);
                }
            }
            StatementKind::Define(function) => self.define(system, function)?,
            StatementKind::If(branches, otherwise) => {
                for (test, block) in branches {
                    let value = self.evaluate(system, test)?;
                    if self.heap.truth(&value) {
                        frames.push(Frame::new(block.clone()));
                        return Ok(Flow::On);
                    }
                }
                frames.push(Frame::new(otherwise.clone()));
            }
            StatementKind::While(test, block) => {
                let control = Control::While(test.clone());
                frames.push(Frame { block: block.clone(), next: block.len(), control });
            }
            StatementKind::For(target, source, block) => {
                let source_value = self.evaluate(system, source)?;
                // Since 3.13 what is gone through is underlined when it cannot be.
                let place = if self.interpreter.minor >= 13 { source.place } else { Place::default() };
                let values = self.values_of(&source_value, place)?;
                let control = Control::For { target: target.clone(), values, next: 0 };
                frames.push(Frame { block: block.clone(), next: block.len(), control });
            }
            StatementKind::Match(value, cases) => {
                let value = self.evaluate(system, value)?;
                for (pattern, block) in cases {
                    let fits = match pattern {
                        None => true,
                        Some(pattern) if matches!(*pattern.kind, ExpressionKind::Name(_)) => {
                            return self.not_modelled("patterns other than values");
                        }
                        Some(pattern) => {
                            let pattern = self.evaluate(system, pattern)?;
                            self.heap.equal(&pattern, &value)
                        }
                    };
                    if fits {
                        frames.push(Frame::new(block.clone()));
                        break;
                    }
                }
            }
            StatementKind::Try(body, handlers, last) => {
                let control = Control::Try(handlers.clone(), last.clone());
                frames.push(Frame { block: body.clone(), next: 0, control });
            }
            StatementKind::With(items, block) => {
                for (value, target) in items {
                    let value = self.evaluate(system, value)?;
                    if let Some(target) = target {
                        self.assign(system, target, value)?;
                    }
                }
                frames.push(Frame::new(block.clone()));
            }
            StatementKind::Raise(None) => return self.not_modelled("`raise` without an exception"),
            StatementKind::Raise(Some(expression)) => {
                let value = self.evaluate(system, expression)?;
                return match value {
                    Value::Exception(class, message) => self.raise(&class, &*message, None),
                    Value::Class(class) => self.raise(&class, "", None),
                    _ => self.raise("TypeError", "exceptions must derive from BaseException", None),
                };
            }
            StatementKind::Return(value) => {
                let value = match value {
                    Some(value) => self.evaluate(system, value)?,
                    None => Value::None,
                };
                frames.clear();
                return Ok(Flow::Return(value));
            }
            StatementKind::Break => self.leave_loop(frames, false),
            StatementKind::Continue => self.leave_loop(frames, true),
            StatementKind::Pass => {}
        }
        Ok(Flow::On)
    }

    fn leave_loop(&self, frames: &mut Vec<Frame>, again: bool) {
        while let Some(frame) = frames.last_mut() {
            if matches!(frame.control, Control::While(_) | Control::For { .. }) {
                match again {
                    true => frame.next = frame.block.len(),
                    false => drop(frames.pop()),
                }
                return;
            }
            frames.pop();
        }
    }

    fn define(&mut self, system: &mut System<'_>, function: &Arc<Function>) -> Result<(), Stop> {
        for annotation in &function.annotations {
            self.evaluate(system, annotation)?;
        }
        let module = self.calls.last().map_or_else(|| MAIN.into(), |call| call.module.clone());
        let mut value = Value::Function(function.clone(), module);
        // The decorator nearest to the function comes first.
        for decorator in function.decorators.iter().rev() {
            let wrapper = self.evaluate(system, decorator)?;
            value = self.decorate(wrapper, value, decorator.place)?;
        }
        self.bind(&function.name, value);
        Ok(())
    }

    /// Gives what a target names a value.
    pub fn assign(&mut self, system: &mut System<'_>, target: &Expression, value: Value) -> Result<(), Stop> {
        match &*target.kind {
            ExpressionKind::Name(name) => self.bind(name, value),
            ExpressionKind::Tuple(targets) | ExpressionKind::List(targets) => {
                let values = self.values_of(&value, target.place)?;
                if values.len() != targets.len() {
                    let (wanted, had) = (targets.len(), values.len());
                    let text = match had > wanted {
                        true => format!("too many values to unpack (expected {wanted})"),
                        false => format!("not enough values to unpack (expected {wanted}, got {had})"),
                    };
                    return self.raise("ValueError", text, None);
                }
                for (target, value) in targets.iter().zip(values) {
                    self.assign(system, target, value)?;
                }
            }
            ExpressionKind::Index(base, key) => {
                let (base, key) = (self.evaluate(system, base)?, self.evaluate(system, key)?);
                match (&base, &key) {
                    (Value::Dictionary(handle), _) => self.heap.set(*handle, key, value),
                    (Value::List(handle), Value::Whole(at)) => {
                        let length = self.heap.list(*handle).len();
                        match position(*at, length) {
                            Some(at) => {
                                if let Some(Item::List(values)) = self.heap.get_mut(*handle) {
                                    values.set(at, value);
                                }
                            }
                            None => return self.raise("IndexError", "list assignment index out of range", None),
                        }
                    }
                    _ => return self.not_modelled("this assignment"),
                }
            }
            _ => return self.not_modelled("this assignment"),
        }
        Ok(())
    }

    /// Calls a function that is written in Python.
    pub fn call_function(
        &mut self,
        system: &mut System<'_>,
        (function, module): (&Arc<Function>, &Arc<str>),
        arguments: Vec<Value>,
        mut named: Vec<(Arc<str>, Value)>,
        place: Option<Place>,
    ) -> Result<Value, Stop> {
        if self.calls.len() >= RECURSION_LIMIT {
            return self.raise("RecursionError", "maximum recursion depth exceeded", place);
        }
        let (given, most) = (arguments.len(), function.parameters.len());
        if given > most {
            let takes = format!("{most} positional argument{}", if most == 1 { "" } else { "s" });
            let were = if given == 1 { "was" } else { "were" };
            let text = format!("{}() takes {takes} but {given} {were} given", function.name);
            return self.raise("TypeError", text, place);
        }
        let mut locals = Names::new();
        let mut arguments = arguments.into_iter();
        let mut missing = Vec::new();
        for (name, default) in &function.parameters {
            let by_name = named.iter().position(|(known, _)| known == name);
            let value = match (arguments.next(), by_name, default) {
                (Some(value), None, _) => value,
                (None, Some(at), _) => named.remove(at).1,
                (None, None, Some(default)) => self.evaluate(system, default)?,
                (None, None, None) => {
                    missing.push(format!("'{name}'"));
                    continue;
                }
                (Some(_), Some(_), _) => {
                    let text = format!("{}() got multiple values for argument '{name}'", function.name);
                    return self.raise("TypeError", text, place);
                }
            };
            locals.insert(name.clone(), value);
        }
        if let Some((name, _)) = named.first() {
            let text = format!("{}() got an unexpected keyword argument '{name}'", function.name);
            return self.raise("TypeError", text, place);
        }
        if !missing.is_empty() {
            let (count, names) = (missing.len(), missing.join(" and "));
            let plural = if count == 1 { "" } else { "s" };
            let text = format!("{}() missing {count} required positional argument{plural}: {names}", function.name);
            return self.raise("TypeError", text, place);
        }
        if let Some(call) = self.calls.last_mut() {
            call.calling = place;
        }
        self.calls.push(Call {
            function: function.name.clone(),
            module: module.clone(),
            line: 0,
            calling: None,
            locals: Some(locals),
        });
        let mut frames = vec![Frame::new(function.body.clone())];
        for _ in 0..CALL_STEPS {
            match self.step(system, &mut frames) {
                Ok(Flow::On) => {}
                Ok(Flow::Done) => {
                    self.calls.pop();
                    return Ok(Value::None);
                }
                Ok(Flow::Return(value)) => {
                    self.calls.pop();
                    return Ok(value);
                }
                Err(stop) => {
                    if matches!(stop, Stop::Raised(_)) {
                        self.calls.pop();
                    }
                    return Err(stop);
                }
            }
        }
        self.not_modelled("a function that works for so long")
    }

    /// The values that one goes through one by one.
    pub fn values_of(&mut self, value: &Value, place: Place) -> Result<Vec<Value>, Stop> {
        Ok(match value {
            Value::List(handle) => self.heap.list(*handle).iter().cloned().collect(),
            Value::Tuple(values) => values.to_vec(),
            Value::Dictionary(handle) => self.heap.pairs(*handle).iter().map(|(key, _)| key.clone()).collect(),
            Value::Text(text) => text.chars().map(|sign| Value::Text(sign.to_string().into())).collect(),
            Value::Object(handle) if self.heap.class(*handle) == "TextIOWrapper" => {
                let content = self.heap.field(*handle, "content").cloned().unwrap_or(Value::None);
                let text = self.heap.text(&content);
                text.split_inclusive('\n').map(|line| Value::Text(line.into())).collect()
            }
            other => {
                let text = format!("'{}' object is not iterable", self.heap.type_name(other));
                return self.raise("TypeError", text, Some(place));
            }
        })
    }
}

/// A place in a list, counted from its end below zero.
pub fn position(at: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let at = if at < 0 { at + length } else { at };
    (0..length).contains(&at).then(|| usize::try_from(at).ok())?
}

/// Whether `except NAME` catches an exception.
fn catches(name: &str, class: &str) -> bool {
    let parents: &[&str] = match class {
        "ModuleNotFoundError" => &["ImportError"],
        "FileNotFoundError" | "PermissionError" | "IsADirectoryError" | "NotADirectoryError" => &["OSError", "IOError"],
        "KeyError" | "IndexError" => &["LookupError"],
        "ZeroDivisionError" | "OverflowError" => &["ArithmeticError"],
        "JSONDecodeError" | "UnicodeDecodeError" => &["ValueError"],
        "RecursionError" | "NotImplementedError" => &["RuntimeError"],
        _ => &[],
    };
    let name = name.rsplit('.').next().unwrap_or(name);
    name == class || parents.contains(&name) || matches!(name, "Exception" | "BaseException")
}

/// The operators that the sum, difference and so on of two numbers are made by.
pub fn whole(left: i64, operator: Operator, right: i64) -> Option<i64> {
    match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::FloorDivide => left.checked_div_euclid(right).filter(|_| right > 0).or_else(|| {
            let quotient = left.checked_div(right)?;
            Some(if left % right != 0 && (left < 0) != (right < 0) { quotient - 1 } else { quotient })
        }),
        Operator::Remainder => {
            let rest = left.checked_rem(right)?;
            Some(if rest != 0 && (rest < 0) != (right < 0) { rest + right } else { rest })
        }
        Operator::Power => u32::try_from(right).ok().and_then(|right| left.checked_pow(right)),
        _ => None,
    }
}
