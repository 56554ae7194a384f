//! What expressions are worth.
//!
//! Promises: as `execute`; errors have Python's class and words. Must not know what modules offer.

use std::sync::Arc;

use super::execute::{position, whole};
use super::session::{Session, Stop};
use super::syntax::{Comparison, Expression, ExpressionKind, Operator, Piece, Place};
use super::value::{Array, Item, Value, number, real};
use crate::world::process::System;

/// The longest text, list or run of numbers that an expression makes.
pub const LENGTH_LIMIT: usize = 1 << 20;

impl Session {
    /// What an expression is worth.
    pub fn evaluate(&mut self, system: &mut System<'_>, expression: &Expression) -> Result<Value, Stop> {
        let place = expression.place;
        Ok(match &*expression.kind {
            ExpressionKind::None => Value::None,
            ExpressionKind::Truth(truth) => Value::Truth(*truth),
            ExpressionKind::Whole(number) => Value::Whole(*number),
            ExpressionKind::Real(number) => Value::Real(*number),
            ExpressionKind::Text(text) => Value::Text(text.clone()),
            ExpressionKind::Bytes(text) => Value::Bytes(text.as_bytes().into()),
            ExpressionKind::Format(pieces) => self.format(system, pieces)?,
            ExpressionKind::Name(name) => self.look_up(name, place)?,
            ExpressionKind::Attribute(base, name) => {
                let base = self.evaluate(system, base)?;
                self.attribute(&base, name, place)?
            }
            ExpressionKind::Call { function, arguments, named } => {
                let function = self.evaluate(system, function)?;
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    values.push(self.evaluate(system, argument)?);
                }
                let mut by_name = Vec::with_capacity(named.len());
                for (name, argument) in named {
                    by_name.push((name.clone(), self.evaluate(system, argument)?));
                }
                self.call(system, &function, values, by_name, place)?
            }
            ExpressionKind::Index(base, key) => {
                let (base, key) = (self.evaluate(system, base)?, self.evaluate(system, key)?);
                self.index(&base, &key, place)?
            }
            ExpressionKind::Slice(base, from, to) => {
                let base = self.evaluate(system, base)?;
                let mut end = |end: &Option<Expression>| match end {
                    None => Ok(None),
                    Some(end) => self.evaluate(system, end).map(Some),
                };
                let (from, to) = (end(from)?, end(to)?);
                self.slice(&base, from, to, place)?
            }
            ExpressionKind::Binary(left, operator, right) => {
                let (left, right) = (self.evaluate(system, left)?, self.evaluate(system, right)?);
                self.binary(&left, *operator, &right, place)?
            }
            ExpressionKind::Negative(value) => match self.evaluate(system, value)? {
                Value::Whole(number) => Value::Whole(-number),
                Value::Real(number) => Value::Real(-number),
                other => {
                    let text = format!("bad operand type for unary -: '{}'", self.heap.type_name(&other));
                    return self.raise("TypeError", text, Some(place));
                }
            },
            ExpressionKind::Not(value) => {
                let value = self.evaluate(system, value)?;
                Value::Truth(!self.heap.truth(&value))
            }
            ExpressionKind::Compare(first, others) => {
                let mut left = self.evaluate(system, first)?;
                for (comparison, right) in others {
                    let right = self.evaluate(system, right)?;
                    if !self.compare(&left, *comparison, &right, place)? {
                        return Ok(Value::Truth(false));
                    }
                    left = right;
                }
                Value::Truth(true)
            }
            ExpressionKind::And(left, right) => {
                let left = self.evaluate(system, left)?;
                if self.heap.truth(&left) { self.evaluate(system, right)? } else { left }
            }
            ExpressionKind::Or(left, right) => {
                let left = self.evaluate(system, left)?;
                if self.heap.truth(&left) { left } else { self.evaluate(system, right)? }
            }
            ExpressionKind::Choose { test, then, otherwise } => {
                let test = self.evaluate(system, test)?;
                let chosen = if self.heap.truth(&test) { then } else { otherwise };
                self.evaluate(system, chosen)?
            }
            ExpressionKind::List(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    values.push(self.evaluate(system, item)?);
                }
                self.list(values)?
            }
            ExpressionKind::Tuple(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    values.push(self.evaluate(system, item)?);
                }
                Value::Tuple(values.into())
            }
            ExpressionKind::Dictionary(pairs) => {
                let handle = self.keep(Item::Dictionary(imbl::Vector::new()))?;
                for (key, value) in pairs {
                    let (key, value) = (self.evaluate(system, key)?, self.evaluate(system, value)?);
                    self.heap.set(handle, key, value);
                }
                Value::Dictionary(handle)
            }
            ExpressionKind::Collect { item, target, source, test } => {
                let source_value = self.evaluate(system, source)?;
                let mut values = Vec::new();
                for value in self.values_of(&source_value, source.place)? {
                    self.assign(system, target, value)?;
                    let keeps = match test {
                        None => true,
                        Some(test) => {
                            let test = self.evaluate(system, test)?;
                            self.heap.truth(&test)
                        }
                    };
                    if keeps {
                        values.push(self.evaluate(system, item)?);
                    }
                }
                self.list(values)?
            }
        })
    }

    fn look_up(&self, name: &Arc<str>, place: Place) -> Result<Value, Stop> {
        let call = self.calls.last();
        let local = call.and_then(|call| call.locals.as_ref()).and_then(|locals| locals.get(name));
        let global = || call.and_then(|call| self.modules.get(&call.module)).and_then(|names| names.get(name));
        if let Some(value) = local.or_else(global) {
            return Ok(value.clone());
        }
        match super::builtins::name(name) {
            Some(value) => Ok(value),
            None => self.raise("NameError", format!("name '{name}' is not defined"), Some(place)),
        }
    }

    fn format(&mut self, system: &mut System<'_>, pieces: &[Piece]) -> Result<Value, Stop> {
        let mut out = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Value { value, format, representation } => {
                    let value = self.evaluate(system, value)?;
                    let text = match representation {
                        true => self.heap.representation(&value),
                        false => self.formatted(&value, format)?,
                    };
                    out.push_str(&text);
                }
            }
        }
        Ok(Value::Text(out.into()))
    }

    /// A value in a format such as `.2f`, `>8`, `,`, `.1%`.
    pub fn formatted(&self, value: &Value, format: &str) -> Result<String, Stop> {
        if format.is_empty() {
            return Ok(self.heap.text(value));
        }
        let mut rest = format;
        let mut signs = rest.chars();
        let (first, second) = (signs.next(), signs.next());
        let aligns = |sign: Option<char>| sign.is_some_and(|sign| "<>^".contains(sign));
        let (fill, align) = match (first, second) {
            (Some(fill), align) if aligns(align) => {
                rest = &rest[fill.len_utf8() + 1..];
                (fill, align)
            }
            (align, _) if aligns(align) => {
                rest = &rest[1..];
                (' ', align)
            }
            _ => (' ', None),
        };
        let (fill, rest) = match rest.strip_prefix('0') {
            Some(rest) => ('0', rest),
            None => (fill, rest),
        };
        let digits = rest.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(rest.len());
        let width: usize = rest[..digits].parse().unwrap_or(0);
        let rest = &rest[digits..];
        let (grouped, rest) = match rest.strip_prefix(',') {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let (precision, kind) = match rest.strip_prefix('.') {
            Some(rest) => {
                let digits = rest.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(rest.len());
                (rest[..digits].parse::<usize>().ok(), &rest[digits..])
            }
            None => (None, rest),
        };
        let text = match (kind, number(value)) {
            ("f", Some(number)) => format!("{number:.*}", precision.unwrap_or(6).min(100)),
            ("%", Some(number)) => format!("{:.*}%", precision.unwrap_or(6).min(100), number * 100.0),
            ("d" | "", _) if matches!(value, Value::Whole(_)) => self.heap.text(value),
            ("s" | "", _) if matches!(value, Value::Text(_)) => {
                let text = self.heap.text(value);
                precision.map_or(text.clone(), |most| text.chars().take(most).collect())
            }
            ("", Some(number)) if precision.is_none() => real(number),
            _ => return self.not_modelled(format!("the format {format:?}")),
        };
        let text = if grouped { group(&text) } else { text };
        let missing = width.min(1000).saturating_sub(text.chars().count());
        let filler = |count: usize| fill.to_string().repeat(count);
        let right = align == Some('>') || (align.is_none() && number(value).is_some());
        Ok(match align {
            Some('^') => format!("{}{text}{}", filler(missing / 2), filler(missing - missing / 2)),
            _ if right => format!("{}{text}", filler(missing)),
            _ => format!("{text}{}", filler(missing)),
        })
    }

    /// Two values with an operator between them.
    pub fn binary(&mut self, left: &Value, operator: Operator, right: &Value, place: Place) -> Result<Value, Stop> {
        use Operator::{Add, Divide, FloorDivide, Multiply, Or, Power, Remainder, Subtract};
        let by_zero = matches!(operator, Divide | FloorDivide | Remainder) && number(right) == Some(0.0);
        if by_zero && number(left).is_some() {
            let floats = matches!(left, Value::Real(_)) || matches!(right, Value::Real(_));
            let text = match (operator, floats) {
                (Divide, true) => "float division by zero",
                (Divide, false) => "division by zero",
                (_, false) => "integer division or modulo by zero",
                (_, true) => "float floor division by zero",
            };
            return self.raise("ZeroDivisionError", text, Some(place));
        }
        match (left, operator, right) {
            (Value::Whole(_) | Value::Truth(_), Divide, Value::Whole(_) | Value::Truth(_)) => {}
            (Value::Whole(a), _, Value::Whole(b)) if operator != Power || *b >= 0 => {
                return match whole(*a, operator, *b) {
                    Some(number) => Ok(Value::Whole(number)),
                    None if matches!(operator, Or | Operator::Matrix) => self.wrong_types(left, operator, right, place),
                    None => self.not_modelled("whole numbers of more than 64 bits"),
                };
            }
            (Value::Text(a), Add, Value::Text(b)) => {
                if a.len() + b.len() > LENGTH_LIMIT {
                    return self.raise("MemoryError", "", Some(place));
                }
                return Ok(Value::Text(format!("{a}{b}").into()));
            }
            (Value::Text(text), Multiply, Value::Whole(times)) | (Value::Whole(times), Multiply, Value::Text(text)) => {
                let times = usize::try_from(*times).unwrap_or(0);
                if text.len().saturating_mul(times) > LENGTH_LIMIT {
                    return self.raise("MemoryError", "", Some(place));
                }
                return Ok(Value::Text(text.repeat(times).into()));
            }
            (Value::Text(_), Remainder, _) => return self.not_modelled("formatting by `%`"),
            (Value::List(a), Add, Value::List(b)) => {
                let mut values = self.heap.list(*a).clone();
                values.append(self.heap.list(*b).clone());
                return self.keep(Item::List(values)).map(Value::List);
            }
            (Value::List(handle), Multiply, Value::Whole(times)) => {
                let times = usize::try_from(*times).unwrap_or(0);
                let values = self.heap.list(*handle).clone();
                if values.len().saturating_mul(times) > LENGTH_LIMIT {
                    return self.raise("MemoryError", "", Some(place));
                }
                return self.list((0..times).flat_map(|_| values.iter().cloned()));
            }
            (Value::Array(array), _, other) if number(other).is_some() => {
                return self.array_with(*array, operator, number(other).unwrap_or(0.0));
            }
            // `int | None` in an annotation, from 3.10 on.
            (Value::Class(_) | Value::None, Or, Value::Class(_) | Value::None) if self.interpreter.minor >= 10 => {
                return Ok(Value::Class("types.UnionType".into()));
            }
            (Value::Dictionary(a), Or, Value::Dictionary(b)) if self.interpreter.minor >= 9 => {
                let (all, more) = (self.heap.pairs(*a).clone(), self.heap.pairs(*b).clone());
                let handle = self.keep(Item::Dictionary(all))?;
                for (key, value) in more {
                    self.heap.set(handle, key, value);
                }
                return Ok(Value::Dictionary(handle));
            }
            _ => {}
        }
        match (number(left), number(right)) {
            (Some(a), Some(b)) => Ok(Value::Real(match operator {
                Add => a + b,
                Subtract => a - b,
                Multiply => a * b,
                Divide => a / b,
                FloorDivide => (a / b).floor(),
                Remainder => a - (a / b).floor() * b,
                Power => a.powf(b),
                Operator::Matrix | Or => return self.wrong_types(left, operator, right, place),
            })),
            _ => self.wrong_types(left, operator, right, place),
        }
    }

    fn wrong_types<T>(&self, left: &Value, operator: Operator, right: &Value, place: Place) -> Result<T, Stop> {
        let (a, b) = (self.heap.type_name(left), self.heap.type_name(right));
        if operator == Operator::Add && matches!(left, Value::Text(_)) {
            let text = format!("can only concatenate str (not \"{b}\") to str");
            return self.raise("TypeError", text, Some(place));
        }
        let text = format!("unsupported operand type(s) for {}: '{a}' and '{b}'", operator.sign());
        self.raise("TypeError", text, Some(place))
    }

    /// An array with a number: as many numbers as before, and all of it is looked through.
    fn array_with(&mut self, array: Array, operator: Operator, other: f64) -> Result<Value, Stop> {
        self.work += self.library.array_time(array.size);
        let mean = match operator {
            Operator::Add => array.mean + other,
            Operator::Subtract => array.mean - other,
            Operator::Multiply => array.mean * other,
            Operator::Divide => array.mean / other,
            _ => return self.not_modelled("this operator on arrays"),
        };
        Ok(Value::Array(Array { mean, ..array }))
    }

    fn compare(&mut self, left: &Value, comparison: Comparison, right: &Value, place: Place) -> Result<bool, Stop> {
        let order = |session: &Session| match (left, right) {
            (Value::Text(a), Value::Text(b)) => Ok(Some(a.cmp(b))),
            _ => match (number(left), number(right)) {
                (Some(a), Some(b)) => Ok(a.partial_cmp(&b)),
                _ => {
                    let (a, b) = (session.heap.type_name(left), session.heap.type_name(right));
                    let sign = match comparison {
                        Comparison::Less => "<",
                        Comparison::LessOrEqual => "<=",
                        Comparison::Greater => ">",
                        _ => ">=",
                    };
                    let text = format!("'{sign}' not supported between instances of '{a}' and '{b}'");
                    session.raise("TypeError", text, Some(place))
                }
            },
        };
        Ok(match comparison {
            Comparison::Equal => self.heap.equal(left, right),
            Comparison::NotEqual => !self.heap.equal(left, right),
            Comparison::Is => left == right,
            Comparison::IsNot => left != right,
            Comparison::Less => order(self)?.is_some_and(|order| order.is_lt()),
            Comparison::LessOrEqual => order(self)?.is_some_and(|order| order.is_le()),
            Comparison::Greater => order(self)?.is_some_and(|order| order.is_gt()),
            Comparison::GreaterOrEqual => order(self)?.is_some_and(|order| order.is_ge()),
            Comparison::In | Comparison::NotIn => {
                let inside = match (left, right) {
                    (Value::Text(part), Value::Text(whole)) => whole.contains(&**part),
                    (_, Value::Object(handle)) if self.heap.class(*handle) == "_Environ" => {
                        let name = self.heap.text(left);
                        super::builtins::variable(&self.environment, &name).is_some()
                    }
                    _ => self.values_of(right, place)?.iter().any(|value| self.heap.equal(value, left)),
                };
                inside == (comparison == Comparison::In)
            }
        })
    }

    fn index(&mut self, base: &Value, key: &Value, place: Place) -> Result<Value, Stop> {
        let length = match base {
            Value::List(handle) => Some(self.heap.list(*handle).len()),
            Value::Tuple(values) => Some(values.len()),
            Value::Text(text) => Some(text.chars().count()),
            _ => None,
        };
        match (base, key) {
            (Value::Dictionary(handle), _) => match self.heap.find(*handle, key) {
                Some(value) => Ok(value),
                None => {
                    let key = self.heap.representation(key);
                    self.raise("KeyError", key, Some(place))
                }
            },
            (Value::Object(handle), Value::Text(name)) if self.heap.class(*handle) == "_Environ" => {
                match super::builtins::variable(&self.environment, name) {
                    Some(value) => Ok(Value::Text(value.into())),
                    None => self.raise("KeyError", format!("'{name}'"), Some(place)),
                }
            }
            (_, Value::Whole(at)) if length.is_some() => {
                let found = position(*at, length.unwrap_or(0)).and_then(|at| match base {
                    Value::List(handle) => self.heap.list(*handle).get(at).cloned(),
                    Value::Tuple(values) => values.get(at).cloned(),
                    Value::Text(text) => text.chars().nth(at).map(|sign| Value::Text(sign.to_string().into())),
                    _ => None,
                });
                match found {
                    Some(value) => Ok(value),
                    None => {
                        let kind = if matches!(base, Value::Text(_)) { "string" } else { self.heap.type_name(base) };
                        self.raise("IndexError", format!("{kind} index out of range"), Some(place))
                    }
                }
            }
            // `list[int]` in an annotation, from 3.9 on.
            (Value::Class(_), _) if self.interpreter.minor >= 9 => Ok(base.clone()),
            _ => {
                let text = format!("'{}' object is not subscriptable", self.heap.type_name(base));
                self.raise("TypeError", text, Some(place))
            }
        }
    }

    fn slice(&mut self, base: &Value, from: Option<Value>, to: Option<Value>, place: Place) -> Result<Value, Stop> {
        let bounds = |length: usize| {
            let bound = |value: &Option<Value>, otherwise: usize| match value {
                Some(Value::Whole(at)) if *at < 0 => {
                    length.saturating_sub(usize::try_from(at.unsigned_abs()).unwrap_or(usize::MAX))
                }
                Some(Value::Whole(at)) => usize::try_from(*at).unwrap_or(usize::MAX).min(length),
                _ => otherwise,
            };
            let (start, end) = (bound(&from, 0), bound(&to, length));
            (start, end.max(start))
        };
        match base {
            Value::Text(text) => {
                let (start, end) = bounds(text.chars().count());
                let part: String = text.chars().skip(start).take(end - start).collect();
                Ok(Value::Text(part.into()))
            }
            Value::List(handle) => {
                let (start, end) = bounds(self.heap.list(*handle).len());
                let part: Vec<Value> = self.heap.list(*handle).iter().skip(start).take(end - start).cloned().collect();
                self.list(part)
            }
            Value::Tuple(values) => {
                let (start, end) = bounds(values.len());
                Ok(Value::Tuple(values[start..end].into()))
            }
            Value::Array(array) => {
                let length = usize::try_from(array.length).unwrap_or(usize::MAX);
                let (start, end) = bounds(length);
                let part = (end - start) as u64;
                let size = array.size.checked_div(array.length.max(1)).unwrap_or(1) * part;
                Ok(Value::Array(Array { length: part, size, ..*array }))
            }
            other => {
                let text = format!("'{}' object is not subscriptable", self.heap.type_name(other));
                self.raise("TypeError", text, Some(place))
            }
        }
    }
}

/// A number with commas between its thousands.
fn group(text: &str) -> String {
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, rest) = text.split_once('.').map_or((text, String::new()), |(whole, rest)| (whole, format!(".{rest}")));
    let digits: Vec<char> = whole.chars().collect();
    let grouped: Vec<String> = digits.rchunks(3).rev().map(|chunk| chunk.iter().collect::<String>()).collect();
    format!("{sign}{}{rest}", grouped.join(","))
}
