//! What can be wrong with the text of a shell program. Promises each error in the words of the dialect, and whether more input
//! could mend it, which is what an interactive shell must know before it complains. Knows nothing of running.

use super::dialect::Dialect;

/// Why a text is no shell program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {}", kind.message(Dialect::Ash))]
pub struct SyntaxError {
    /// What is wrong.
    pub kind: SyntaxErrorKind,
    /// The line on which it was noticed, counted from the number the parser was given for the first.
    pub line: u32,
    /// The text ended before the command did: more input may complete it.
    pub incomplete: bool,
}

/// The ways to be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    /// A token that cannot stand here; `found` and `expected` as they are shown, such as `"fi"` or `newline`.
    Unexpected {
        /// The token met.
        found: String,
        /// The one token that could stand here, if there is only one.
        expected: Option<String>,
    },
    /// `'` or `"` without its partner.
    UnterminatedString,
    /// A backquote without its partner.
    UnterminatedBackquote,
    /// `${` without `}`.
    MissingBrace,
    /// `$((` without `))`.
    MissingParentheses,
    /// Something in `${…}` that is no expansion.
    BadSubstitution,
    /// `for 1x in`
    BadLoopVariable,
    /// A function's name with characters that names cannot have.
    BadFunctionName,
    /// `>&word` with a word that is no number.
    BadDescriptor,
    /// Deeper nesting than [`super::MAXIMUM_NESTING`].
    TooDeep,
    /// More text than [`super::MAXIMUM_SOURCE`].
    TooLong,
    /// Aliases that expand to more than a program may be long.
    TooManyAliases,
}

impl SyntaxErrorKind {
    /// The message, without the shell's prefix. The words are those of BusyBox 1.35 and dash 0.5.12.
    pub fn message(&self, dialect: Dialect) -> String {
        use SyntaxErrorKind::*;
        let text = match (self, dialect) {
            (Unexpected { found, expected }, Dialect::Ash) => match expected {
                Some(expected) => format!("unexpected {found} (expecting {expected})"),
                None => format!("unexpected {found}"),
            },
            (Unexpected { found, expected }, Dialect::Dash) => match expected {
                Some(expected) => format!("{found} unexpected (expecting {expected})"),
                None => format!("{found} unexpected"),
            },
            (UnterminatedString, Dialect::Ash) => "unterminated quoted string".to_owned(),
            (UnterminatedString, Dialect::Dash) => "Unterminated quoted string".to_owned(),
            (UnterminatedBackquote, _) => "EOF in backquote substitution".to_owned(),
            (MissingBrace, Dialect::Ash) => "missing '}'".to_owned(),
            (MissingBrace, Dialect::Dash) => "Missing '}'".to_owned(),
            (MissingParentheses, Dialect::Ash) => "missing '))'".to_owned(),
            (MissingParentheses, Dialect::Dash) => "Missing '))'".to_owned(),
            (BadSubstitution, Dialect::Ash) => "bad substitution".to_owned(),
            // dash says this one without «Syntax error: ».
            (BadSubstitution, Dialect::Dash) => return "Bad substitution".to_owned(),
            (BadLoopVariable, Dialect::Ash) => "bad for loop variable".to_owned(),
            (BadLoopVariable, Dialect::Dash) => "Bad for loop variable".to_owned(),
            (BadFunctionName, Dialect::Ash) => "bad function name".to_owned(),
            (BadFunctionName, Dialect::Dash) => "Bad function name".to_owned(),
            (BadDescriptor, Dialect::Ash) => "bad fd number".to_owned(),
            (BadDescriptor, Dialect::Dash) => "Bad fd number".to_owned(),
            (TooDeep, _) => format!("nested deeper than {} levels", super::MAXIMUM_NESTING),
            (TooLong, _) => format!("longer than {} bytes", super::MAXIMUM_SOURCE),
            (TooManyAliases, _) => format!("aliases expand to more than {} bytes", super::MAXIMUM_SOURCE),
        };
        match dialect {
            Dialect::Ash => format!("syntax error: {text}"),
            Dialect::Dash => format!("Syntax error: {text}"),
        }
    }
}
