//! `awk`: a language for lines, as BusyBox has it and as mawk, which is Debian's.
//!
//! A program is read into a tree (`parser`), made into a list of instructions (`compile`), and carried out by a machine
//! (`machine`) that can stop at any instruction, because input and other programs' ends are waited for.
//! Promises: bounded work in a turn, bounded memory, bounded depth. Must not know the shell, but for running commands
//! with `/bin/sh`. Start reading at `syntax`.

mod builtin;
mod code;
mod compile;
mod format;
mod lexer;
mod machine;
mod parser;
mod program;
mod record;
mod streams;
mod syntax;
mod value;

pub use program::Awk;

use value::Variant;

/// Why a program cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Counted from 1.
    pub line: u32,
    pub what: Mistake,
}

/// What is wrong with a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// This token cannot stand here.
    Unexpected(String),
    /// The text ends within a block.
    Unfinished,
    /// A text without its closing quote: its beginning.
    OpenText(String),
    Undefined(String),
    /// A function with so many arguments needs at least so many.
    TooFewArguments(String, usize, usize),
    /// What only the model refuses.
    Limit(String),
}

impl Mistake {
    /// In the words of BusyBox and of mawk, with the line that mawk names.
    fn message(&self, variant: Variant, line: u32) -> (u32, String) {
        let busybox = variant == Variant::BusyBox;
        match self {
            Mistake::Unexpected(_) | Mistake::Unfinished if busybox => (line, "Unexpected token".to_owned()),
            Mistake::OpenText(_) if busybox => (line, "Unexpected end of string".to_owned()),
            Mistake::Undefined(_) if busybox => (line, "Call to undefined function".to_owned()),
            Mistake::TooFewArguments(..) if busybox => (line, "Too few arguments".to_owned()),
            Mistake::Unexpected(token) => (line, format!("syntax error at or near {token}")),
            Mistake::Unfinished => (line + 1, "missing } near end of file".to_owned()),
            Mistake::OpenText(start) => (line, format!("runaway string constant \"{start} ...")),
            Mistake::Undefined(name) => (line + 1, format!("function {name} never defined")),
            Mistake::TooFewArguments(name, given, needed) => {
                (line, format!("not enough arguments in call to {name}: {given} (need {needed})"))
            }
            Mistake::Limit(text) => (line, text.clone()),
        }
    }
}
