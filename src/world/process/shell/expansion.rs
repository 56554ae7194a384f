//! Expansion: from words to fields, in the order of POSIX 2.6 (tilde, parameters, commands, arithmetic; then splitting, file names,
//! quotes). Promises to be begun again without harm: a command substitution stops it, and when the output is there it is run once
//! more from variables as they were, so that nothing of it need be kept across a wait. Knows nothing of how commands run.

use super::arithmetic::{Variables, evaluate};
use super::dialect::Dialect;
use super::field::{Character, Piece, characters, join, piece, split};
use super::interpreter::Shell;
use super::pattern::Pattern;
use super::syntax::{List, Operation, Parameter, Part, Word};
use super::variables::VariableTable;
use crate::world::process::system::System;
use std::sync::Arc;

/// The most fields that one command may have.
const MAXIMUM_FIELDS: usize = 100_000;

/// The most bytes that one word may expand to.
const MAXIMUM_WORD: usize = 4 << 20;

/// Why an expansion has no result yet, or never will.
#[derive(Debug)]
pub(super) enum Stop {
    /// The output of this list is needed.
    Substitution(Arc<List>),
    /// It fails; the message is without the shell's prefix.
    Error(String),
}

/// An expansion under way: what command substitutions have given so far, and the variables as they were.
#[derive(Clone, Debug, Default)]
pub(super) struct Expansion {
    results: Vec<Arc<str>>,
    used: usize,
    before: Option<VariableTable>,
}

impl Expansion {
    /// Adds the output of the substitution that stopped it.
    pub(super) fn add_result(&mut self, output: Arc<str>) {
        self.results.push(output);
    }
}

type Pieces = Result<Vec<Piece>, Stop>;

impl Shell {
    /// Expands a word to any number of fields.
    pub(super) fn expand_fields(
        &mut self,
        word: &Word,
        expansion: &mut Expansion,
        system: &mut System<'_>,
    ) -> Result<Vec<String>, Stop> {
        // The plainest words, which are most, need no more.
        if let Some(text) = word.plain()
            && !text.starts_with('~')
            && !text.contains(['*', '?', '[', '\\'])
        {
            return Ok(vec![text.to_owned()]);
        }
        let pieces = self.expand(word, false, expansion, system)?;
        let separators = self.variables.value("IFS").unwrap_or_else(|| Arc::from(" \t\n"));
        let mut fields = Vec::new();
        for field in split(&pieces, &separators) {
            let special =
                !self.options.no_glob && field.iter().any(|(c, quoted)| !quoted && matches!(c, '*' | '?' | '['));
            let matches = if special { glob(&field, system) } else { Vec::new() };
            if matches.is_empty() {
                fields.push(field.into_iter().map(|(character, _)| character).collect());
            } else {
                fields.extend(matches);
            }
            if fields.len() > MAXIMUM_FIELDS {
                return Err(Stop::Error(format!("more than {MAXIMUM_FIELDS} words")));
            }
        }
        Ok(fields)
    }

    /// Expands a word to one string: of an assignment, a redirection, `case`. With `assignment`, `~` is a home directory after `:` too.
    pub(super) fn expand_string(
        &mut self,
        word: &Word,
        assignment: bool,
        expansion: &mut Expansion,
        system: &mut System<'_>,
    ) -> Result<String, Stop> {
        Ok(join(&self.expand(word, assignment, expansion, system)?))
    }

    /// Expands a word to a pattern, in which quoted characters stand for themselves.
    pub(super) fn expand_pattern(
        &mut self,
        word: &Word,
        expansion: &mut Expansion,
        system: &mut System<'_>,
    ) -> Result<Pattern, Stop> {
        Ok(Pattern::from_characters(&characters(&self.expand(word, false, expansion, system)?)))
    }

    fn expand(&mut self, word: &Word, assignment: bool, expansion: &mut Expansion, system: &mut System<'_>) -> Pieces {
        match &expansion.before {
            Some(before) => self.variables = before.clone(),
            None => expansion.before = Some(self.variables.clone()),
        }
        expansion.used = 0;
        let pieces = self.parts(&word.parts, false, assignment, expansion, system)?;
        expansion.before = None;
        Ok(pieces)
    }

    fn parts(
        &mut self,
        parts: &[Part],
        quoted: bool,
        assignment: bool,
        expansion: &mut Expansion,
        system: &mut System<'_>,
    ) -> Pieces {
        let mut pieces = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            match part {
                Part::Literal(text) if quoted => pieces.push(Piece::Quoted(text.clone())),
                Part::Literal(text) => {
                    let last = index + 1 == parts.len();
                    self.tildes(text, index == 0, last, assignment, &mut pieces, system);
                }
                Part::Quoted(text) => pieces.push(Piece::Quoted(text.clone())),
                Part::Double(inner) => {
                    let inside = self.parts(inner, true, false, expansion, system)?;
                    let arguments = |part: &Part| matches!(part, Part::Parameter(parameter) if parameter.name == "@");
                    if inside.is_empty() && !inner.iter().any(arguments) {
                        pieces.push(Piece::Quoted(String::new()));
                    }
                    pieces.extend(inside);
                }
                Part::Parameter(parameter) => pieces.extend(self.parameter(parameter, quoted, expansion, system)?),
                Part::Command(list) => {
                    let Some(output) = expansion.results.get(expansion.used).cloned() else {
                        return Err(Stop::Substitution(list.clone()));
                    };
                    expansion.used += 1;
                    pieces.push(piece(output.to_string(), quoted));
                }
                Part::Arithmetic(inner) => {
                    let text = join(&self.parts(inner, true, false, expansion, system)?);
                    pieces.push(piece(self.arithmetic(&text)?.to_string(), quoted));
                }
            }
            let size: usize = pieces.iter().map(Piece::len).sum();
            if size > MAXIMUM_WORD {
                return Err(Stop::Error(format!("a word of more than {MAXIMUM_WORD} bytes")));
            }
        }
        Ok(pieces)
    }

    fn arithmetic(&mut self, text: &str) -> Result<i64, Stop> {
        let dialect = self.dialect;
        evaluate(text, dialect, self).map_err(|error| Stop::Error(error.message(dialect, text)))
    }

    /// A literal, with `~` at its start (and after `:` in an assignment) as a home directory.
    fn tildes(
        &self,
        text: &str,
        first: bool,
        last: bool,
        assignment: bool,
        pieces: &mut Vec<Piece>,
        system: &System<'_>,
    ) {
        if !text.contains('~') {
            return pieces.push(Piece::Literal(text.to_owned()));
        }
        let mut start = first;
        let segments: Vec<&str> = if assignment { text.split_inclusive(':').collect() } else { vec![text] };
        for (index, segment) in segments.iter().enumerate() {
            let end = segment.find(['/', ':']).unwrap_or(segment.len());
            let ended = end < segment.len() || (last && index + 1 == segments.len());
            let home =
                segment.strip_prefix('~').filter(|_| start && ended).and_then(|_| self.home(&segment[1..end], system));
            match home {
                Some(home) => {
                    pieces.push(Piece::Quoted(home));
                    pieces.push(Piece::Literal(segment[end..].to_owned()));
                }
                None => pieces.push(Piece::Literal((*segment).to_owned())),
            }
            start = assignment;
        }
    }

    fn home(&self, user: &str, system: &System<'_>) -> Option<String> {
        if user.is_empty() {
            return self.variables.value("HOME").map(|home| home.to_string());
        }
        let accounts = system.read_file("/etc/passwd").ok()?;
        let accounts = String::from_utf8_lossy(&accounts).into_owned();
        let account = accounts.lines().find(|line| line.split(':').next() == Some(user))?;
        account.split(':').nth(5).map(str::to_owned)
    }

    /// The value of a parameter that is not `@` or `*`.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        match name {
            "#" => Some(self.positional.len().to_string()),
            "?" => Some(self.status.to_string()),
            "$" => Some(self.process_number.to_string()),
            "!" => self.last_background.map(|number| number.to_string()),
            "-" => Some(self.option_letters()),
            "0" => Some(self.name.to_string()),
            "LINENO" if self.variables.variable("LINENO").is_none() => Some(self.line.to_string()),
            _ if name.starts_with(|first: char| first.is_ascii_digit()) => {
                let index: usize = name.parse().ok()?;
                self.positional.get(index.checked_sub(1)?).map(|value| value.to_string())
            }
            _ => self.variables.value(name).map(|value| value.to_string()),
        }
    }

    fn parameter(
        &mut self,
        parameter: &Parameter,
        quoted: bool,
        expansion: &mut Expansion,
        system: &mut System<'_>,
    ) -> Pieces {
        let name = parameter.name.as_str();
        if name == "RANDOM" && self.dialect == Dialect::Ash && self.variables.variable(name).is_none() {
            self.variables.random = self.variables.random.wrapping_mul(1_103_515_245).wrapping_add(12_345);
            let number = (self.variables.random >> 16) & 0x7fff;
            return Ok(vec![piece(number.to_string(), quoted)]);
        }
        let is_list = matches!(name, "@" | "*");
        let value = if is_list {
            (!self.positional.is_empty())
                .then(|| self.positional.iter().map(|argument| &**argument).collect::<Vec<_>>().join(" "))
        } else {
            self.value(name)
        };
        let missing = |or_empty: &bool| match &value {
            None => true,
            Some(value) => *or_empty && value.is_empty(),
        };
        match &parameter.operation {
            Operation::Default { or_empty, word } if missing(or_empty) => {
                return self.parts(&word.parts, quoted, false, expansion, system);
            }
            Operation::Alternative { or_empty, word } => {
                if missing(or_empty) {
                    return Ok(if quoted { Vec::new() } else { vec![piece(String::new(), false)] });
                }
                return self.parts(&word.parts, quoted, false, expansion, system);
            }
            Operation::Assign { or_empty, word } if missing(or_empty) => {
                let text = join(&self.parts(&word.parts, quoted, false, expansion, system)?);
                if !super::grammar::is_name(name) {
                    return Err(Stop::Error(format!("{name}: bad variable name")));
                }
                self.assign_variable(name, &text).map_err(Stop::Error)?;
                return Ok(vec![piece(text, quoted)]);
            }
            Operation::Require { or_empty, word } if missing(or_empty) => {
                let text = join(&self.parts(&word.parts, quoted, false, expansion, system)?);
                let text = match (text.is_empty(), or_empty) {
                    (false, _) => text,
                    (true, false) => "parameter not set".to_owned(),
                    (true, true) => "parameter not set or null".to_owned(),
                };
                return Err(Stop::Error(format!("{name}: {text}")));
            }
            _ => {}
        }
        if value.is_none() && self.options.no_unset && !is_list {
            return Err(Stop::Error(format!("{name}: parameter not set")));
        }
        if is_list && parameter.operation != Operation::Length {
            return self.arguments(name == "@", quoted);
        }
        let value = value.unwrap_or_default();
        let result = match &parameter.operation {
            Operation::Length => value.chars().count().to_string(),
            Operation::CutStart { longest, pattern } => {
                let pattern = self.parts(&pattern.parts, false, false, expansion, system)?;
                Pattern::from_characters(&characters(&pattern)).cut_start(&value, *longest).to_owned()
            }
            Operation::CutEnd { longest, pattern } => {
                let pattern = self.parts(&pattern.parts, false, false, expansion, system)?;
                Pattern::from_characters(&characters(&pattern)).cut_end(&value, *longest).to_owned()
            }
            Operation::Substring { offset, length } => {
                let offset = join(&self.parts(&offset.parts, true, false, expansion, system)?);
                let offset = self.arithmetic(&offset)?;
                let length = match length {
                    Some(length) => {
                        let length = join(&self.parts(&length.parts, true, false, expansion, system)?);
                        Some(self.arithmetic(&length)?)
                    }
                    None => None,
                };
                substring(&value, offset, length)
            }
            Operation::Replace { all, pattern, with } => {
                let pattern = self.parts(&pattern.parts, false, false, expansion, system)?;
                let with = join(&self.parts(&with.parts, true, false, expansion, system)?);
                replace(&value, &Pattern::from_characters(&characters(&pattern)), &with, *all)
            }
            _ => value,
        };
        Ok(vec![piece(result, quoted)])
    }

    /// `$@` and `$*`.
    fn arguments(&self, separate: bool, quoted: bool) -> Pieces {
        if quoted && !separate {
            let separator = match self.variables.value("IFS") {
                Some(separators) => separators.chars().next().map(String::from).unwrap_or_default(),
                None => " ".to_owned(),
            };
            let arguments: Vec<&str> = self.positional.iter().map(|argument| &**argument).collect();
            return Ok(vec![Piece::Quoted(arguments.join(&separator))]);
        }
        let mut pieces = Vec::new();
        for (index, argument) in self.positional.iter().enumerate() {
            if index > 0 {
                pieces.push(Piece::Break);
            }
            pieces.push(piece(argument.to_string(), quoted));
        }
        Ok(pieces)
    }
}

impl Variables for Shell {
    fn value(&self, name: &str) -> Option<String> {
        Shell::value(self, name)
    }

    fn assign(&mut self, name: &str, value: i64) -> Result<(), String> {
        self.assign_variable(name, &value.to_string())
    }
}

/// The files that a field matches, sorted; none if none.
fn glob(field: &[Character], system: &System<'_>) -> Vec<String> {
    let absolute = matches!(field.first(), Some(('/', _)));
    let mut paths = vec![if absolute { "/".to_owned() } else { String::new() }];
    let components: Vec<&[Character]> = field.split(|(character, _)| *character == '/').collect();
    let count = components.len();
    for (index, component) in components.iter().enumerate() {
        let last = index + 1 == count;
        if component.is_empty() {
            if last && index > 0 {
                paths.retain(|path| system.status(path, true).is_ok_and(|status| status.entry.node.is_directory()));
            }
            continue;
        }
        let pattern = Pattern::from_characters(component);
        let mut found = Vec::new();
        for path in &paths {
            match pattern.literal() {
                Some(name) => found.push(format!("{path}{name}")),
                None => {
                    let directory = if path.is_empty() { "." } else { path };
                    let mut names = system.list(directory).unwrap_or_default();
                    names.sort();
                    let names = names.iter().filter(|name| !name.starts_with('.') || pattern.begins_with_dot());
                    found.extend(names.filter(|name| pattern.matches(name)).map(|name| format!("{path}{name}")));
                }
            }
            if found.len() > MAXIMUM_FIELDS {
                return Vec::new();
            }
        }
        if !last {
            for path in &mut found {
                path.push('/');
            }
        }
        paths = found;
    }
    paths.retain(|path| system.status(path, false).is_ok());
    paths
}

fn substring(value: &str, offset: i64, length: Option<i64>) -> String {
    let count = value.chars().count() as i64;
    let start = if offset < 0 { (count + offset).max(0) } else { offset.min(count) };
    let end = match length {
        None => count,
        Some(length) if length < 0 => count + length,
        Some(length) => start.saturating_add(length).min(count),
    };
    value.chars().skip(start as usize).take((end - start).max(0) as usize).collect()
}

fn replace(value: &str, pattern: &Pattern, with: &str, all: bool) -> String {
    let mut result = String::new();
    let mut from = 0;
    while let Some((start, end)) = pattern.find(value, from) {
        result.push_str(&value[from..start]);
        result.push_str(with);
        from = end;
        if !all || result.len() > MAXIMUM_WORD {
            break;
        }
    }
    result.push_str(&value[from..]);
    result
}
