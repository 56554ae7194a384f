//! The first reading of a Dockerfile: statements cut into names, flags and words, each instruction in its own way
//! (`parser/parser.go`, `parser/line_parsers.go`).
//!
//! Promises: errors of this reading come before any error in an instruction's meaning, as in BuildKit, and name no line in their
//! text. Must not know: what the words mean (`parse`).

use super::error::{DockerfileError, Problem};
use super::heredoc;
use super::instruction::{InlineFile, KeyValue};
use super::lines::{Reader, Statement};
use super::place::{LineRange, Place};
use super::words;

/// A statement that was cut into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The instruction's name as written.
    pub keyword: String,
    /// The flags, quotes removed.
    pub flags: Vec<String>,
    /// The words.
    pub arguments: Arguments,
    /// Heredocs with their bodies.
    pub heredocs: Vec<InlineFile>,
    /// The statement with the spaces at its end.
    pub code: String,
    /// Where it stands.
    pub place: Place,
    /// The comments above it.
    pub comments: Vec<String>,
}

/// The words behind an instruction's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arguments {
    /// Words, or one string that is not cut.
    Words(Vec<String>),
    /// The strings of a JSON array, for `HEALTHCHECK` with `CMD` before them.
    Json(Vec<String>),
    /// Pairs.
    Pairs(Vec<KeyValue>),
    /// The name of the instruction behind `ONBUILD`.
    Trigger(Option<String>),
}

/// The whole text as nodes, and the lines of statements with empty continuation lines.
pub struct Nodes {
    /// In order.
    pub nodes: Vec<Node>,
    /// The last line of each statement that has an empty continuation line.
    pub empty_continuations: Vec<LineRange>,
    /// The escape character.
    pub escape: char,
}

/// Reads all statements.
pub fn read(source: &str) -> Result<Nodes, DockerfileError> {
    let mut reader = Reader::new(source);
    let mut nodes = Vec::new();
    let mut empty_continuations = Vec::new();
    while let Some(statement) = reader.statement()? {
        if statement.has_empty_continuation {
            empty_continuations.push(LineRange::single(statement.place.lines.end));
        }
        nodes.push(node(statement, &mut reader)?);
    }
    if nodes.is_empty() && reader.lines_read() == 0 {
        return Err(DockerfileError::of_file(Problem::NoInstructions));
    }
    let here = LineRange::single(reader.lines_read());
    if nodes.is_empty() {
        return Err(DockerfileError::at(Problem::NoInstructions, here));
    }
    if reader.stopped_at_long_line() {
        return Err(DockerfileError::at(Problem::LineTooLong { limit: super::MAX_LINE_BYTES - 1 }, here));
    }
    Ok(Nodes { nodes, empty_continuations, escape: reader.escape() })
}

fn node(statement: Statement, reader: &mut Reader<'_>) -> Result<Node, DockerfileError> {
    let Statement { code, mut place, comments, .. } = statement;
    let lines = place.lines;
    let cut = cut(&code, reader.escape(), true).map_err(|problem| DockerfileError::at(problem, lines))?;
    let mut heredocs = Vec::new();
    if cut.may_have_heredocs && code.contains("<<") {
        heredocs = heredoc::announced(&code).map_err(|error| DockerfileError::at(error, lines))?;
        reader.heredoc_bodies(&mut heredocs, &mut place)?;
    }
    let Cut { keyword, flags, arguments, .. } = cut;
    Ok(Node { keyword, flags, arguments, heredocs, code, place, comments })
}

struct Cut {
    keyword: String,
    flags: Vec<String>,
    arguments: Arguments,
    may_have_heredocs: bool,
}

fn cut(code: &str, escape: char, look_into_trigger: bool) -> Result<Cut, Problem> {
    let (keyword, flags, rest) = words::split_instruction(code, escape);
    let lower = keyword.to_lowercase();
    let arguments = match lower.as_str() {
        "add" | "copy" | "volume" => json_or(rest, words::split)?,
        "cmd" | "entrypoint" | "run" | "shell" => json_or(rest, one_string)?,
        "healthcheck" => healthcheck(rest)?,
        "arg" => Arguments::Words(words::quoted_words(rest, escape)),
        "env" => Arguments::Pairs(words::pairs(rest, "ENV", escape)?),
        "label" => Arguments::Pairs(words::pairs(rest, "LABEL", escape)?),
        "expose" | "from" => Arguments::Words(words::split(rest)),
        "maintainer" | "stopsignal" | "user" | "workdir" => Arguments::Words(one_string(rest)),
        "onbuild" if rest.is_empty() => Arguments::Trigger(None),
        "onbuild" if look_into_trigger => {
            let trigger = cut(rest, escape, false)?;
            return Ok(Cut {
                keyword: keyword.to_owned(),
                flags,
                arguments: Arguments::Trigger(Some(trigger.keyword)),
                may_have_heredocs: trigger.may_have_heredocs,
            });
        }
        // An ONBUILD behind an ONBUILD is an error later: what follows it does not count.
        _ => Arguments::Words(Vec::new()),
    };
    let may_have_heredocs =
        matches!(lower.as_str(), "add" | "copy" | "run") && !matches!(arguments, Arguments::Json(_));
    Ok(Cut { keyword: keyword.to_owned(), flags, arguments, may_have_heredocs })
}

fn one_string(text: &str) -> Vec<String> {
    if text.is_empty() { Vec::new() } else { vec![text.to_owned()] }
}

fn json_or(text: &str, otherwise: fn(&str) -> Vec<String>) -> Result<Arguments, Problem> {
    Ok(match words::json_strings(text)? {
        Some(strings) => Arguments::Json(strings),
        None => Arguments::Words(otherwise(text)),
    })
}

fn healthcheck(text: &str) -> Result<Arguments, Problem> {
    let (kind, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if kind.is_empty() {
        return Ok(Arguments::Words(Vec::new()));
    }
    let with_kind = |words: Vec<String>| std::iter::once(kind.to_owned()).chain(words).collect();
    Ok(match json_or(rest.trim_start(), one_string)? {
        Arguments::Json(strings) => Arguments::Json(with_kind(strings)),
        Arguments::Words(words) => Arguments::Words(with_kind(words)),
        other => other,
    })
}
