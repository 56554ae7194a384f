//! The instructions of the machine, as data. Knows neither how they are made nor what they do.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::syntax::{Binary, Builtin, Redirection, Unary, Variable};
use super::value::Value;

/// What is assigned to, without the key or number of a field: that is on the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Variable(Variable),
    Element(Variable),
    Field,
}

/// An instruction. Those with operands take them from the stack, the last on top, and leave their value there.
#[derive(Clone, Debug, PartialEq)]
pub enum Instruction {
    Push(Value),
    /// A pattern that stands alone: whether the record matches it.
    MatchRecord(Arc<[u8]>),
    Pop,
    /// The top again.
    Copy,
    Load(Target),
    /// Takes the value, then key or number; leaves the value.
    Store(Target),
    /// Changes by a number; leaves the number before, or after.
    Step(Target, f64, bool),
    /// Joins so many keys with SUBSEP.
    Join(usize),
    Unary(Unary),
    Binary(Binary),
    Match(bool),
    /// As 1 or 0.
    Truth,
    Contains(Variable),
    Jump(usize),
    JumpIfFalse(usize),
    JumpIfTrue(usize),
    Builtin(Builtin, usize),
    /// The pattern as text, whatever it is; for functions that take patterns.
    Pattern(Arc<[u8]>),
    /// The last says whether the separator is a pattern even if it is a single blank.
    Split(usize, Variable, bool),
    ArrayLength(Variable),
    /// Pattern and replacement are on the stack, then key or number of the target.
    Substitute(Target, bool),
    /// Calls a function. Arguments that are variables are passed as such, for the function may use them as arrays; on the
    /// stack they are nothing.
    Call(usize, Arc<[Option<Variable>]>),
    Return,
    Print(usize, bool, Option<Redirection>),
    GetlineInput(Option<Target>),
    GetlineFile(Option<Target>),
    GetlineCommand(Option<Target>),
    /// Begins a walk through an array.
    Walk(Variable),
    /// Takes the next key, or leaves the loop.
    NextKey(Variable, usize),
    EndWalk,
    Delete(Variable, bool),
    /// Whether a range (by number) that begins here is open.
    IsOpen(usize),
    Open(usize, bool),
    /// Reads the next record, or goes there at the end.
    NextRecord(usize),
    NextFile,
    /// Ends with the status on the stack; from `END`, at once.
    Exit(bool),
    End,
}

/// A function's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub at: usize,
    pub parameters: usize,
}

/// A program that can be run.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    pub instructions: Vec<Instruction>,
    pub functions: Vec<Entry>,
    /// Where the actions of `END` begin.
    pub end: usize,
    pub globals: usize,
    pub ranges: usize,
    /// The names of the globals, for assignments among the arguments.
    pub names: BTreeMap<String, usize>,
}
