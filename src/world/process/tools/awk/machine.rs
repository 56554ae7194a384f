//! The machine that carries out the instructions. Promises that it can stop before any instruction and go on later, and
//! that what a program may use is bounded. What the functions compute is in `builtin`, variables are in `memory`.

mod input;
mod memory;
mod output;

use std::sync::Arc;

use super::super::call::Tool;
use super::super::shape::Next;
use super::code::{Code, Instruction, Target};
use super::record::{Patterns, Record, Separator};
use super::streams::{Reader, Streams};
use super::syntax::{Binary, Unary, Variable};
use super::value::{Array, Text, Value, Variant};
use crate::world::process::Wait;

/// Instructions in one step of the tool.
const STEPS: usize = 1000;
/// How deep functions may call each other.
const DEEPEST: usize = 1000;
/// The longest text that a program may make, in bytes.
pub const LONGEST_TEXT: usize = 16 << 20;
/// The most elements that a program's arrays may have.
pub const MOST_ELEMENTS: usize = 1_000_000;

/// What a build without mathematics says.
pub const NO_MATHEMATICS: &str = "Math support is not compiled in";

/// The variables that the machine knows, by number.
pub const KNOWN: [&str; 16] = [
    "NF", "NR", "FNR", "FS", "OFS", "ORS", "RS", "SUBSEP", "CONVFMT", "OFMT", "RSTART", "RLENGTH", "FILENAME",
    "ENVIRON", "ARGC", "ARGV",
];
pub const NF: usize = 0;
pub const NR: usize = 1;
pub const FNR: usize = 2;
pub const FS: usize = 3;
pub const OFS: usize = 4;
pub const ORS: usize = 5;
pub const RS: usize = 6;
pub const SUBSEP: usize = 7;
pub const CONVFMT: usize = 8;
pub const OFMT: usize = 9;
pub const RSTART: usize = 10;
pub const RLENGTH: usize = 11;
pub const FILENAME: usize = 12;
pub const ENVIRON: usize = 13;
pub const ARGC: usize = 14;
pub const ARGV: usize = 15;

/// What a variable holds.
#[derive(Clone, Debug)]
pub enum Cell {
    Value(Value),
    Array(usize),
    /// A parameter that stands for a variable of the caller's, which has no value yet.
    Alias(Alias),
}

/// The variable of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alias {
    Global(usize),
    /// Of the function call at this depth.
    Local(usize, usize),
}

/// A call of a function.
#[derive(Clone, Debug)]
pub struct Frame {
    returns_to: usize,
    locals: Vec<Cell>,
    /// Walks that were under way when it was called.
    walks: usize,
    /// The height of the stack below its arguments.
    height: usize,
}

/// Why an instruction was not carried out.
#[derive(Debug)]
pub enum Stop {
    /// It is tried again when this has happened.
    Wait(Wait),
    /// It is tried again when what was made has been written.
    Flush,
    /// The program is wrong.
    Wrong(String),
    /// It ends.
    Exit,
}

/// A running program.
#[derive(Clone, Debug)]
pub struct Machine {
    code: Arc<Code>,
    next: usize,
    pub(super) stack: Vec<Value>,
    pub(super) globals: Vec<Cell>,
    pub(super) frames: Vec<Frame>,
    pub(super) arrays: Vec<Array>,
    walks: Vec<(Vec<Text>, usize)>,
    open_ranges: Vec<bool>,
    pub(super) record: Record,
    pub(super) separator: Separator,
    pub(super) patterns: Patterns,
    pub(super) streams: Streams,
    pub(super) variant: Variant,
    /// Whether the mathematical functions are there, which Debian's BusyBox is built without.
    pub(super) has_mathematics: bool,
    pub(super) random: Vec<i32>,
    pub(super) seed: f64,
    input: Option<Reader>,
    input_name: String,
    argument: usize,
    had_input: bool,
    status: i32,
    is_ending: bool,
    pub(super) child: Option<u32>,
}

impl Machine {
    /// A machine at the beginning of a program.
    pub fn new(code: Code, variant: Variant, has_mathematics: bool) -> Machine {
        let globals = vec![Cell::Value(Value::Nothing); code.globals];
        let open_ranges = vec![false; code.ranges];
        let mut machine = Machine {
            code: Arc::new(code),
            next: 0,
            stack: Vec::new(),
            globals,
            frames: Vec::new(),
            arrays: Vec::new(),
            walks: Vec::new(),
            open_ranges,
            record: Record::default(),
            separator: Separator::Blanks,
            patterns: Patterns::default(),
            streams: Streams::default(),
            variant,
            has_mathematics,
            random: Vec::new(),
            seed: 1.0,
            input: None,
            input_name: String::new(),
            argument: 1,
            had_input: false,
            status: 0,
            is_ending: false,
            child: None,
        };
        let texts: [(usize, &[u8]); 7] = [
            (FS, b" "),
            (OFS, b" "),
            (ORS, b"\n"),
            (RS, b"\n"),
            (SUBSEP, b"\x1c"),
            (CONVFMT, b"%.6g"),
            (OFMT, b"%.6g"),
        ];
        for (number, text) in texts {
            machine.globals[number] = Cell::Value(Value::text(text));
        }
        for number in [NR, FNR, RSTART] {
            machine.globals[number] = Cell::Value(Value::Number(0.0));
        }
        machine.globals[RLENGTH] = Cell::Value(Value::Number(-1.0));
        machine
    }

    /// Gives a variable of the program a value from outside; one that the program does not have is let be.
    pub fn assign(&mut self, name: &str, value: Value) -> Result<(), String> {
        match self.code.names.get(name).copied() {
            Some(number) => self.set_global(number, value),
            None => Ok(()),
        }
    }

    /// Goes on for a while.
    pub fn step(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        for _ in 0..STEPS {
            let Some(instruction) = self.code.instructions.get(self.next).cloned() else {
                return Next::Exit(self.status);
            };
            let at = self.next;
            self.next += 1;
            match self.carry_out(instruction, tool) {
                Ok(()) => {}
                Err(Stop::Wait(wait)) => {
                    self.next = at;
                    return Next::Wait(wait);
                }
                Err(Stop::Flush) => {
                    self.next = at;
                    return Next::Again;
                }
                Err(Stop::Exit) => return Next::Exit(self.status),
                Err(Stop::Wrong(what)) => {
                    let status = super::program::complain(tool, None, &what);
                    return Next::Exit(status);
                }
            }
        }
        Next::Again
    }

    pub(super) fn pop(&mut self) -> Value {
        self.stack.pop().unwrap_or_default()
    }

    fn peek(&self, below: usize) -> Value {
        self.stack.len().checked_sub(below + 1).and_then(|at| self.stack.get(at)).cloned().unwrap_or_default()
    }

    pub(super) fn push(&mut self, value: Value) {
        self.stack.push(value);
    }

    pub(super) fn text(&self, value: &Value) -> Text {
        match value {
            Value::Text(text) | Value::Numeric(text, _) => text.clone(),
            other => other.bytes(&self.format_of(CONVFMT)),
        }
    }

    pub(super) fn pop_text(&mut self) -> Text {
        let value = self.pop();
        self.text(&value)
    }

    /// The format in `CONVFMT` or `OFMT`.
    fn format_of(&self, number: usize) -> String {
        match &self.globals[number] {
            Cell::Value(value) => String::from_utf8_lossy(&value.bytes("%.6g")).into_owned(),
            _ => "%.6g".to_owned(),
        }
    }

    fn carry_out(&mut self, instruction: Instruction, tool: &mut Tool<'_, '_>) -> Result<(), Stop> {
        match instruction {
            Instruction::Push(value) => self.push(value),
            Instruction::Pattern(text) => self.push(Value::Text(text)),
            Instruction::MatchRecord(text) => {
                let pattern = self.patterns.get(&text).map_err(Stop::Wrong)?;
                let whole = self.field(0);
                let whole = self.text(&whole);
                self.push(Value::truth(pattern.is_match(&whole)));
            }
            Instruction::Pop => drop(self.pop()),
            Instruction::Copy => {
                let top = self.peek(0);
                self.push(top);
            }
            Instruction::Load(target) => {
                let value = self.load(target).map_err(Stop::Wrong)?;
                self.push(value);
            }
            Instruction::Store(target) => {
                let value = self.pop();
                self.store(target, value.clone()).map_err(Stop::Wrong)?;
                self.push(value);
            }
            Instruction::Step(target, by, before) => {
                if !matches!(target, Target::Variable(_)) {
                    let key = self.peek(0);
                    self.push(key);
                }
                let old = self.load(target).map_err(Stop::Wrong)?.number();
                self.store(target, Value::Number(old + by)).map_err(Stop::Wrong)?;
                self.push(Value::Number(if before { old } else { old + by }));
            }
            Instruction::Join(count) => {
                if count != 1 {
                    let from = self.stack.len().saturating_sub(count);
                    let parts: Vec<Value> = self.stack.drain(from..).collect();
                    let parts: Vec<Text> = parts.iter().map(|part| self.text(part)).collect();
                    let by = self.global(SUBSEP);
                    let joined = parts.join(&*self.text(&by));
                    self.push(Value::text(joined));
                }
            }
            Instruction::Unary(operator) => {
                let value = self.pop();
                self.push(match operator {
                    Unary::Not => Value::truth(!value.is_true()),
                    Unary::Minus => Value::Number(-value.number()),
                    Unary::Plus => Value::Number(value.number()),
                });
            }
            Instruction::Binary(operator) => {
                let right = self.pop();
                let left = self.pop();
                let value = self.binary(operator, &left, &right).map_err(Stop::Wrong)?;
                self.push(value);
            }
            Instruction::Match(negated) => {
                let pattern = self.pop_text();
                let pattern = self.patterns.get(&pattern).map_err(Stop::Wrong)?;
                let text = self.pop_text();
                self.push(Value::truth(pattern.is_match(&text) != negated));
            }
            Instruction::Truth => {
                let value = self.pop();
                self.push(Value::truth(value.is_true()));
            }
            Instruction::Contains(array) => {
                let key = self.pop_text();
                let array = self.array(array).map_err(Stop::Wrong)?;
                let is_there = self.arrays[array].contains(&key);
                self.push(Value::truth(is_there));
            }
            Instruction::Jump(to) => self.next = to,
            Instruction::JumpIfFalse(to) => {
                if !self.pop().is_true() {
                    self.next = to;
                }
            }
            Instruction::JumpIfTrue(to) => {
                if self.pop().is_true() {
                    self.next = to;
                }
            }
            Instruction::Builtin(builtin, count) => self.builtin(builtin, count, tool)?,
            Instruction::Split(count, array, is_pattern) => {
                self.split(count, array, is_pattern).map_err(Stop::Wrong)?
            }
            Instruction::ArrayLength(variable) => {
                let length = self.length(variable);
                self.push(Value::Number(length as f64));
            }
            Instruction::Substitute(target, all) => self.substitute(target, all).map_err(Stop::Wrong)?,
            Instruction::Call(function, variables) => self.call(function, &variables).map_err(Stop::Wrong)?,
            Instruction::Return => {
                let value = self.pop();
                // Outside of functions it does nothing.
                if let Some(frame) = self.frames.pop() {
                    self.next = frame.returns_to;
                    self.walks.truncate(frame.walks);
                    self.stack.truncate(frame.height);
                    self.push(value);
                }
            }
            Instruction::Print(count, formatted, redirection) => self.print(count, formatted, redirection, tool)?,
            Instruction::GetlineInput(target) => self.getline_input(target, tool)?,
            Instruction::GetlineFile(target) => self.getline_stream(target, false, tool)?,
            Instruction::GetlineCommand(target) => self.getline_stream(target, true, tool)?,
            Instruction::Walk(array) => {
                let array = self.array(array).map_err(Stop::Wrong)?;
                self.walks.push((self.arrays[array].keys(self.variant), 0));
            }
            Instruction::NextKey(variable, out) => {
                let key = self.walks.last_mut().and_then(|(keys, at)| {
                    *at += 1;
                    keys.get(*at - 1).cloned()
                });
                match key {
                    Some(key) => {
                        let value = Value::from_input(&key);
                        let value = if let Value::Numeric(text, _) = value { Value::Text(text) } else { value };
                        self.store(Target::Variable(variable), value).map_err(Stop::Wrong)?;
                    }
                    None => self.next = out,
                }
            }
            Instruction::EndWalk => drop(self.walks.pop()),
            Instruction::Delete(array, one) => {
                let key = one.then(|| self.pop_text());
                let array = self.array(array).map_err(Stop::Wrong)?;
                match key {
                    Some(key) => self.arrays[array].remove(&key),
                    None => self.arrays[array].clear(),
                }
            }
            Instruction::IsOpen(range) => {
                let is_open = self.open_ranges.get(range).copied().unwrap_or(false);
                self.push(Value::truth(is_open));
            }
            Instruction::Open(range, open) => {
                if let Some(known) = self.open_ranges.get_mut(range) {
                    *known = open;
                }
            }
            Instruction::NextRecord(out) => {
                self.frames.clear();
                self.walks.clear();
                self.stack.clear();
                match self.next_record(tool)? {
                    Some(record) => self.take_record(Value::from_input(&record))?,
                    None => self.next = out,
                }
            }
            Instruction::NextFile => self.leave_file(tool),
            Instruction::Exit(has_status) => {
                let value = self.pop();
                if has_status {
                    self.status = value.number() as i64 as i32 & 0xff;
                }
                self.frames.clear();
                self.walks.clear();
                self.stack.clear();
                let end = self.code.end;
                let last = self.code.instructions.len();
                self.next = if self.is_ending || self.at_end(end) { self.end_instruction(end, last) } else { end };
                self.is_ending = true;
            }
            Instruction::End => self.end(tool)?,
        }
        if self.stack.len() > DEEPEST * 20 {
            return Err(Stop::Wrong(format!("Layerlab keeps at most {} values at once", DEEPEST * 20)));
        }
        Ok(())
    }

    /// Whether the actions of `END` are being done.
    fn at_end(&self, end: usize) -> bool {
        self.next > end
    }

    fn end_instruction(&self, from: usize, last: usize) -> usize {
        (from..last).find(|at| self.code.instructions[*at] == Instruction::End).unwrap_or(last)
    }

    fn binary(&self, operator: Binary, left: &Value, right: &Value) -> Result<Value, String> {
        let (a, b) = (left.number(), right.number());
        Ok(Value::Number(match operator {
            Binary::Add => a + b,
            Binary::Subtract => a - b,
            Binary::Multiply => a * b,
            Binary::Divide | Binary::Remainder if b == 0.0 && self.variant == Variant::BusyBox => {
                return Err("Division by zero".to_owned());
            }
            Binary::Divide => a / b,
            Binary::Remainder => a % b,
            Binary::Power if !self.has_mathematics => return Err(NO_MATHEMATICS.to_owned()),
            Binary::Power => a.powf(b),
            Binary::Concatenate => {
                let (a, b) = (self.text(left), self.text(right));
                if a.len() + b.len() > LONGEST_TEXT {
                    return Err(format!("Layerlab makes texts of at most {LONGEST_TEXT} bytes"));
                }
                return Ok(Value::text([&*a, &*b].concat()));
            }
            comparison => {
                let order = if left.is_numeric() && right.is_numeric() {
                    a.partial_cmp(&b)
                } else {
                    Some(self.text(left).cmp(&self.text(right)))
                };
                let holds = order.is_some_and(|order| match comparison {
                    Binary::Less => order.is_lt(),
                    Binary::LessOrEqual => order.is_le(),
                    Binary::Equal => order.is_eq(),
                    Binary::NotEqual => order.is_ne(),
                    Binary::Greater => order.is_gt(),
                    _ => order.is_ge(),
                });
                return Ok(Value::truth(holds));
            }
        }))
    }

    fn call(&mut self, function: usize, variables: &[Option<Variable>]) -> Result<(), String> {
        if self.frames.len() >= DEEPEST {
            return Err(format!("Layerlab lets functions call each other {DEEPEST} deep"));
        }
        let Some(entry) = self.code.functions.get(function).copied() else { return Ok(()) };
        let height = self.stack.len().saturating_sub(variables.len());
        let values: Vec<Value> = self.stack.drain(height..).collect();
        let mut locals: Vec<Cell> = values
            .into_iter()
            .zip(variables)
            .map(|(value, variable)| variable.map_or(Cell::Value(value), |variable| self.passed(variable)))
            .collect();
        locals.resize(entry.parameters.max(locals.len()), Cell::Value(Value::Nothing));
        locals.truncate(entry.parameters);
        self.frames.push(Frame { returns_to: self.next, locals, walks: self.walks.len(), height });
        self.next = entry.at;
        Ok(())
    }
}
