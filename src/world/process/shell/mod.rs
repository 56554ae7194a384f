//! The POSIX shell: `/bin/sh` of containers (BusyBox ash) and of the host (dash), which share this engine and differ by a [`Dialect`].
//! Promises to behave, word for word, as those two do; to stop at any place for the kernel and go on later; and to bound what a program
//! may use. It must not know Docker. Start at `syntax` for the tree, `grammar` for the parser, `interpreter` for running.

mod arithmetic;
mod builtin;
mod children;
mod command;
mod declaration;
mod dialect;
mod error;
mod expansion;
mod field;
mod frame;
mod grammar;
mod input;
mod interpreter;
mod job;
pub mod pattern;
mod redirection;
mod simple;
mod source;
mod start;
pub mod syntax;
mod system_files;
mod token;
mod ulimit;
mod variables;
mod word;

#[cfg(test)]
mod tests;

pub use arithmetic::{ArithmeticError, Variables, evaluate};
pub use dialect::Dialect;
pub use error::{SyntaxError, SyntaxErrorKind};
pub use interpreter::{OwnTool, Shell};
pub use source::Aliases;
pub use system_files::SystemFiles;
pub use token::is_keyword;

use source::Parser;
use std::sync::Arc;
use syntax::List;

/// How deep commands and expansions may be nested within each other.
pub const MAXIMUM_NESTING: usize = 200;

/// How many bytes a program may be long.
pub const MAXIMUM_SOURCE: usize = 1 << 20;

/// One complete command read from a program.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The command; `None` for a blank line or at the end.
    pub list: Option<Arc<List>>,
    /// Where the next command begins, in bytes.
    pub next: usize,
    /// The number of the line at `next`.
    pub line: u32,
    /// The text ended; there is no next command.
    pub at_end: bool,
    /// The text ended in a here document or after `\` newline: the command is complete as it is, but a person who types would go on.
    pub cut_short: bool,
}

/// Reads the next complete command of `text` from the byte `from`, which is on line `line`. A shell runs each command before it
/// parses the next, so that an error further down does not keep what stands before it from running.
///
/// # Errors
/// A [`SyntaxError`], with `incomplete` set if more text could mend it.
pub fn parse(text: &str, from: usize, line: u32, dialect: Dialect, aliases: &Aliases) -> Result<Parsed, SyntaxError> {
    let mut parser = Parser::new(text, from, line, dialect, aliases);
    if text.len() > MAXIMUM_SOURCE {
        return Err(parser.error(SyntaxErrorKind::TooLong));
    }
    let list = parser.complete_command()?;
    let at_end = parser.pushed.is_some() || parser.position >= parser.text.len();
    let next = parser.position.saturating_add_signed(-parser.growth).min(text.len());
    Ok(Parsed { list, next, line: parser.line, at_end, cut_short: parser.cut_short })
}
