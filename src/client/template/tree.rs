//! The tree of a template, and how errors show its parts.
//!
//! Promises: what is shown is what Go's `String` of the same node gives. Data only.

use std::collections::BTreeMap;
use std::fmt;

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Text(String),
    Action(Pipe),
    If { pipe: Pipe, then: Vec<Node>, otherwise: Vec<Node> },
    With { pipe: Pipe, then: Vec<Node>, otherwise: Vec<Node> },
    Range { pipe: Pipe, body: Vec<Node>, otherwise: Vec<Node> },
    Template { position: usize, name: String, pipe: Option<Pipe> },
    Break,
    Continue,
}

/// Commands, each of which gets the result of the one before; the last result may be kept in variables.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pipe {
    pub position: usize,
    pub variables: Vec<String>,
    /// Whether the variables are there already.
    pub assigns: bool,
    pub commands: Vec<Command>,
}

/// An operand, or a function or method and its operands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Command {
    pub position: usize,
    pub operands: Vec<Operand>,
}

/// A value as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Operand {
    pub position: usize,
    pub term: Term,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Term {
    Dot,
    Nil,
    Bool(bool),
    /// The text, and its value as a whole number, if it is one, and as a float.
    Number {
        text: String,
        whole: Option<i64>,
        float: f64,
    },
    Quoted {
        source: String,
        text: String,
    },
    Field(Vec<String>),
    /// The variable, with its `$`, and fields of it.
    Variable(Vec<String>),
    Function(String),
    Pipe(Box<Pipe>),
    Chain(Box<Operand>, Vec<String>),
}

impl fmt::Display for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.variables.is_empty() {
            write!(f, "{} {} ", self.variables.join(", "), if self.assigns { "=" } else { ":=" })?;
        }
        for (index, command) in self.commands.iter().enumerate() {
            if index > 0 {
                f.write_str(" | ")?;
            }
            write!(f, "{command}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, operand) in self.operands.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{operand}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.term {
            Term::Dot => f.write_str("."),
            Term::Nil => f.write_str("nil"),
            Term::Bool(value) => write!(f, "{value}"),
            Term::Number { text, .. } => f.write_str(text),
            Term::Quoted { source, .. } => f.write_str(source),
            Term::Field(names) => names.iter().try_for_each(|name| write!(f, ".{name}")),
            Term::Variable(names) => f.write_str(&names.join(".")),
            Term::Function(name) => f.write_str(name),
            Term::Pipe(pipe) => write!(f, "({pipe})"),
            Term::Chain(operand, names) => {
                write!(f, "{operand}")?;
                names.iter().try_for_each(|name| write!(f, ".{name}"))
            }
        }
    }
}

/// A template that was understood: its main tree and those it defines.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Trees {
    pub main: Vec<Node>,
    pub defined: BTreeMap<String, Vec<Node>>,
}
