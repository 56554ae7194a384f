//! Reads Dockerfiles as BuildKit's frontend does: text → stages of instructions, with places, errors and warnings.
//!
//! Promises: any text gives an answer or an error, never a panic, in time that grows with its length; the words of errors and
//! warnings are BuildKit's. Limits: a file of `MAX_FILE_BYTES`, a line of `MAX_LINE_BYTES` (BuildKit's own), an expanded word of
//! `expand::MAX_WORD_BYTES`. Must not know: images, layers, the build; it is a leaf. The way through it: `parse` (text → stages),
//! `plan` (which stages a target needs), `expansion` (variables of one instruction), `lint` (warnings), `excerpt` (what is printed).
//! Start reading at `instruction.rs`.

mod directive;
pub mod duration;
mod encoding;
pub mod error;
pub mod excerpt;
pub mod expand;
pub mod expansion;
mod flags;
pub mod heredoc;
pub mod instruction;
mod lines;
pub mod lint;
mod lint_stage;
pub mod mount;
mod node;
pub mod parse;
mod pattern;
pub mod place;
pub mod plan;
pub mod platform;
mod quote;
pub mod rule;
pub mod suggest;
pub mod variables;
mod words;

pub use directive::syntax;
pub use encoding::decoded;
pub use error::{DockerfileError, ExpandError, Problem};
pub use excerpt::excerpt;
pub use instruction::{Instruction, InstructionKind, Stage};
pub use parse::{parse, parse_so_far, parse_trigger};
pub use place::{LineRange, Place, Span};
pub use quote::quoted;

/// The longest Dockerfile that Layerlab reads, in bytes.
pub const MAX_FILE_BYTES: usize = 2 * 1024 * 1024;

/// The longest line, its line end included: BuildKit's scanner reads no more (`bufio.MaxScanTokenSize`).
pub const MAX_LINE_BYTES: usize = 64 * 1024;

/// A Dockerfile that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dockerfile {
    /// `\` or `` ` ``, as the `escape` parser directive says.
    pub escape: char,
    /// The value of the `syntax` parser directive.
    pub syntax: Option<String>,
    /// The value of the `check` parser directive.
    pub check: Option<String>,
    /// The `ARG`s before the first `FROM`.
    pub global_arguments: Vec<Instruction>,
    /// The stages, in order; there may be none.
    pub stages: Vec<Stage>,
    /// The lines of instructions with an empty continuation line (rule NoEmptyContinuation).
    pub empty_continuations: Vec<LineRange>,
}

#[cfg(test)]
mod check_tests;
#[cfg(test)]
mod tests;
