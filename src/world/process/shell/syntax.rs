//! The syntax tree of a shell program. Promises nodes that are cheap to clone (lists, commands and words are shared), because
//! a running shell keeps its place as pointers into this tree and is cloned with the world. Knows nothing of how it is run.

use std::sync::{Arc, OnceLock};

/// Commands in order, each to be run to its end unless in the background.
#[derive(Clone, Debug, PartialEq)]
pub struct List {
    /// Never empty, except for the list of a blank `$( )`.
    pub items: Vec<Item>,
}

/// One and-or chain of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The chain, shared, because a background job takes it along into its own process.
    pub chain: Arc<AndOr>,
    /// Ended by `&`.
    pub background: bool,
}

/// `first && second || third …`, read from left to right.
#[derive(Clone, Debug, PartialEq)]
pub struct AndOr {
    /// The pipeline that is always run.
    pub first: Pipeline,
    /// The rest, each run if the status so far suits its connector.
    pub rest: Vec<(Connector, Pipeline)>,
}

/// What stands between two pipelines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connector {
    /// `&&`
    And,
    /// `||`
    Or,
}

/// `! a | b | c`
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// Begins with `!`.
    pub negated: bool,
    /// One or more commands.
    pub commands: Vec<Arc<Command>>,
}

/// A command with its redirections.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// The line it begins on, as messages count.
    pub line: u32,
    /// What it is.
    pub kind: CommandKind,
    /// In the order written.
    pub redirections: Vec<Redirection>,
}

/// The kinds of command of POSIX 2.9.
#[derive(Clone, Debug, PartialEq)]
pub enum CommandKind {
    /// `A=1 name word…`; either part may be empty.
    Simple {
        /// The assignments before the name.
        assignments: Vec<Assignment>,
        /// The name and its arguments, not yet expanded.
        words: Vec<Word>,
    },
    /// `{ list; }`
    Group(Arc<List>),
    /// `( list )`
    Subshell(Arc<List>),
    /// `if … then … elif … then … else … fi`
    If {
        /// Conditions with what follows them, in order.
        branches: Vec<(Arc<List>, Arc<List>)>,
        /// `else`
        otherwise: Option<Arc<List>>,
    },
    /// `while` and `until`
    Loop {
        /// `until`: go on as long as the condition fails.
        until: bool,
        /// Run before each turn.
        condition: Arc<List>,
        /// Run in each turn.
        body: Arc<List>,
    },
    /// `for name in words; do body; done`
    For {
        /// The variable.
        name: Arc<str>,
        /// `None` means `"$@"`.
        words: Option<Vec<Word>>,
        /// Run for each word.
        body: Arc<List>,
    },
    /// `case subject in patterns) body;; esac`
    Case {
        /// What is compared.
        subject: Word,
        /// In the order written.
        arms: Vec<CaseArm>,
    },
    /// `name() body`
    Function {
        /// The function's name.
        name: Arc<str>,
        /// Any command; mostly a group.
        body: Arc<Command>,
    },
}

/// One `a|b) list ;;` of a `case`.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseArm {
    /// One or more patterns.
    pub patterns: Vec<Word>,
    /// `None` when nothing stands before `;;`.
    pub body: Option<Arc<List>>,
}

/// `name=value` before a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// A valid variable name.
    pub name: Arc<str>,
    /// The value, not split into fields and not matched against files.
    pub value: Word,
}

/// One redirection.
#[derive(Clone, Debug, PartialEq)]
pub struct Redirection {
    /// The file descriptor that is redirected.
    pub descriptor: u32,
    /// What it is connected to.
    pub target: Target,
}

/// What a redirection connects to.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// `<`
    Read(Word),
    /// `>`
    Write(Word),
    /// `>|`
    Clobber(Word),
    /// `>>`
    Append(Word),
    /// `<>`
    ReadWrite(Word),
    /// `>&word` or `<&word`: a number, or `-` to close.
    Duplicate(Word),
    /// `&>`: standard output and standard error, an extension of ash.
    Both(Word),
    /// `<<` and `<<-`
    HereDocument(HereDocument),
}

/// The text of a here document. It stands after the line of its command, so it is filled in when the parser gets there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HereDocument {
    body: Arc<OnceLock<Word>>,
}

impl HereDocument {
    /// The text, with expansions in it unless the delimiter was quoted; `None` if the input ended before the text began.
    pub fn body(&self) -> Option<&Word> {
        self.body.get()
    }

    /// Fills in the text, once.
    pub(super) fn set_body(&self, word: Word) {
        // The parser fills in each document once; a second text would be ignored, which is harmless.
        let _ = self.body.set(word);
    }
}

/// A word: the parts stand next to each other without a blank.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Word {
    /// Shared, because a shell that waits in the middle of an expansion keeps the word.
    pub parts: Arc<[Part]>,
}

impl Word {
    /// The text of a word that is one unquoted literal: what keywords, aliases and names must be.
    pub fn plain(&self) -> Option<&str> {
        match &*self.parts {
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }
}

/// A part of a word.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Bare text; blanks in it do not split, but `*`, `?` and `[` match files and `~` may be a home directory.
    Literal(String),
    /// Text whose characters all stand for themselves: `'…'`, `\x`, `$'…'`.
    Quoted(String),
    /// `"…"`: expansions in it are not split.
    Double(Arc<[Part]>),
    /// `$name`, `${name…}`
    Parameter(Arc<Parameter>),
    /// `$(…)` and backquotes.
    Command(Arc<List>),
    /// `$((…))`: the parts make up the text of the expression.
    Arithmetic(Arc<[Part]>),
}

/// A parameter expansion.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// A variable's name, a number, or one of `@*#?-$!`.
    pub name: String,
    /// What is done with its value.
    pub operation: Operation,
}

/// The part of `${…}` after the name.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// `${x}`
    Value,
    /// `${#x}`
    Length,
    /// `${x-word}`; with `or_empty`, `${x:-word}`: an empty value counts as none.
    Default { or_empty: bool, word: Word },
    /// `${x=word}`
    Assign { or_empty: bool, word: Word },
    /// `${x?word}`
    Require { or_empty: bool, word: Word },
    /// `${x+word}`
    Alternative { or_empty: bool, word: Word },
    /// `${x#pattern}`, or `##` if `longest`.
    CutStart { longest: bool, pattern: Word },
    /// `${x%pattern}`, or `%%` if `longest`.
    CutEnd { longest: bool, pattern: Word },
    /// `${x:offset:length}`, an extension of ash.
    Substring { offset: Word, length: Option<Word> },
    /// `${x/pattern/with}`, or `//` for `all`, an extension of ash.
    Replace { all: bool, pattern: Word, with: Word },
}
