//! The places where a running shell can be: its stack is a list of these, and nothing of it is on Rust's own stack, so that a shell can
//! wait anywhere and be cloned there. Promises plain data; what each frame does next is in `interpreter` and its neighbours.

use super::expansion::Expansion;
use super::syntax::{AndOr, Command, List};
use super::variables::Variable;
use std::sync::Arc;

/// A descriptor that a redirection replaced, and where the one before is kept; `None` if it was closed.
pub(super) type Saved = Vec<(u32, Option<u32>)>;

/// Where a shell is. The top of the stack is what goes on next.
#[derive(Clone, Debug)]
pub(super) enum Frame {
    /// A text that is run command by command.
    Source(Source),
    /// Standard input that is run command by command.
    Input(Box<Input>),
    /// A list, and which item is next. It is gone while its last item runs, so that an empty stack means the last command.
    List { list: Arc<List>, next: usize },
    /// A chain, and which of its pipelines is next; gone while the last one runs.
    AndOr { chain: Arc<AndOr>, next: usize },
    /// `!`: turns the status around.
    Negate,
    /// A simple command.
    Simple(Box<Simple>),
    /// A compound command whose redirections are being made or, with `entered`, are to be undone.
    Redirected(Box<Redirected>),
    /// The condition of this branch is running.
    If { command: Arc<Command>, branch: usize },
    /// The condition or the body of a loop is running.
    Loop { command: Arc<Command>, in_condition: bool, status: i32 },
    /// The words of a `for` are being expanded.
    ForWords(Box<ForWords>),
    /// The body of a `for` is running.
    For { command: Arc<Command>, values: Arc<[String]>, next: usize },
    /// The subject, then the patterns of a `case` are being expanded.
    Case(Box<Case>),
    /// A function is running; what it hid comes back after it.
    Function { positional: Arc<[Arc<str>]>, locals: Vec<(Arc<str>, Option<Variable>)> },
    /// The output of a command is being collected.
    Substitution { reader: Option<u32>, child: u32, output: Vec<u8> },
    /// Children are running in the foreground; the last one's status counts.
    Children { children: Vec<u32> },
    /// The built-in `wait`; `all` if it was given no operands.
    Wait { children: Vec<u32>, all: bool },
    /// The built-in `read`.
    Read(Box<Read>),
    /// Output of a built-in that is not written yet.
    Write { pieces: Vec<(u32, Vec<u8>)>, index: usize, offset: usize },
    /// The first thing a child does: put its descriptors in place.
    Setup { moves: Vec<(u32, u32)>, closes: Vec<u32>, null_input: bool },
    /// A trap is running; the status comes back after it.
    Trap { status: i32 },
    /// The shell ends with this status when it gets here.
    Exit { status: i32 },
}

/// What kind of text a [`Source`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SourceKind {
    /// `sh -c`, `eval`, a trap: its last command may take the place of the shell.
    Argument,
    /// A script.
    Script,
    /// `. file`: `return` ends it.
    Dot,
}

#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) text: Arc<str>,
    pub(super) position: usize,
    pub(super) line: u32,
    pub(super) kind: SourceKind,
    /// The name that messages gave before it, to be put back.
    pub(super) name_before: Option<Arc<str>>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Input {
    /// Read and not yet run.
    pub(super) text: String,
    pub(super) bytes: Vec<u8>,
    pub(super) line: u32,
    pub(super) ended: bool,
    /// The prompt for the next line was shown.
    pub(super) prompted: bool,
}

/// How far a simple command is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Words,
    Redirections,
    Assignments,
    Run,
    Finish,
}

#[derive(Clone, Debug)]
pub(super) struct Simple {
    pub(super) command: Arc<Command>,
    pub(super) stage: Stage,
    /// The next word, redirection or assignment.
    pub(super) index: usize,
    pub(super) fields: Vec<String>,
    pub(super) assigned: Vec<(Arc<str>, String)>,
    pub(super) expansion: Expansion,
    pub(super) saved: Saved,
    /// Variables that the command alone sees changed, as they were before.
    pub(super) hidden: Vec<(Arc<str>, Option<Variable>)>,
    pub(super) substituted: bool,
    /// Run by `command`: an error in a special built-in does not end the shell.
    pub(super) guarded: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Redirected {
    pub(super) command: Arc<Command>,
    pub(super) index: usize,
    pub(super) expansion: Expansion,
    pub(super) saved: Saved,
    pub(super) entered: bool,
}

#[derive(Clone, Debug)]
pub(super) struct ForWords {
    pub(super) command: Arc<Command>,
    pub(super) index: usize,
    pub(super) values: Vec<String>,
    pub(super) expansion: Expansion,
}

#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) command: Arc<Command>,
    pub(super) subject: Option<String>,
    pub(super) arm: usize,
    pub(super) pattern: usize,
    pub(super) expansion: Expansion,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Read {
    pub(super) names: Vec<String>,
    /// `-r`: a backslash is a character like any other.
    pub(super) raw: bool,
    pub(super) line: Vec<u8>,
    /// For each byte of the line, whether a backslash stood before it.
    pub(super) quoted: Vec<bool>,
    pub(super) escape: bool,
    /// `-n`: so many characters at most.
    pub(super) most: Option<usize>,
    /// `-t`: until then.
    pub(super) until: Option<crate::world::clock::Time>,
}
