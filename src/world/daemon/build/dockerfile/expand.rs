//! Words of a Dockerfile: quotes, escapes and `$variables`, as BuildKit's shell lexer reads them (`shell/lex.go`).
//!
//! Promises: a value put in for a variable is not read again, so that nothing expands for ever; results longer than the
//! lexer's limit, and substitutions nested deeper than `MAX_DEPTH`, are errors. Must not know: which words of which instruction
//! are expanded (`expansion`).

use std::collections::{BTreeMap, BTreeSet};

use super::error::{ExpandError, ExpandProblem};
use super::pattern::{self, BadEscape, Pattern};

/// The longest result of expanding one word, in bytes; a Linux process takes no longer argument (`MAX_ARG_STRLEN`).
pub const MAX_WORD_BYTES: usize = 128 * 1024;

/// The longest result of expanding a heredoc, in bytes.
pub const MAX_HEREDOC_BYTES: usize = 4 * 1024 * 1024;

/// The largest sum of pattern length × value length over the `#`, `%` and `/` substitutions of one word.
pub const MAX_PATTERN_STEPS: usize = 4 * 1024 * 1024;

/// How deep `${a:-${b:-…}}` may nest.
pub const MAX_DEPTH: usize = 64;

/// The variables a word may name.
pub trait Environment {
    /// The value of a variable.
    fn get(&self, name: &str) -> Option<&str>;
    /// All names, for «did you mean».
    fn names(&self) -> Vec<&str>;
}

impl Environment for BTreeMap<String, String> {
    fn get(&self, name: &str) -> Option<&str> {
        BTreeMap::get(self, name).map(String::as_str)
    }

    fn names(&self) -> Vec<&str> {
        self.keys().map(String::as_str).collect()
    }
}

/// An environment without variables.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoVariables;

impl Environment for NoVariables {
    fn get(&self, _name: &str) -> Option<&str> {
        None
    }

    fn names(&self) -> Vec<&str> {
        Vec::new()
    }
}

/// A word with its variables replaced, and which they were.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expansion {
    /// The text.
    pub text: String,
    /// Variables that had a value.
    pub matched: BTreeSet<String>,
    /// Variables that had none.
    pub unmatched: BTreeSet<String>,
}

/// How words are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lexer {
    /// The character that takes the next one as it is.
    pub escape: char,
    /// Keep quotes in the result.
    pub keep_quotes: bool,
    /// Keep escape characters in the result.
    pub keep_escapes: bool,
    /// Quotes mean nothing.
    pub ignore_quotes: bool,
    /// Keep a variable without value as it was written.
    pub keep_unset: bool,
    /// The longest result, in bytes.
    pub limit: usize,
}

impl Lexer {
    /// The lexer for the words of instructions.
    pub fn new(escape: char) -> Self {
        Self {
            escape,
            keep_quotes: false,
            keep_escapes: false,
            ignore_quotes: false,
            keep_unset: false,
            limit: MAX_WORD_BYTES,
        }
    }

    /// The lexer for heredoc bodies of `COPY` and `ADD`: quotes stay, and the escape character is always `\`.
    pub fn for_heredoc() -> Self {
        Self { ignore_quotes: true, limit: MAX_HEREDOC_BYTES, ..Self::new('\\') }
    }

    /// `word` as one string, with its variables replaced.
    pub fn word(&self, word: &str, environment: &dyn Environment) -> Result<Expansion, ExpandError> {
        self.read(word, environment).map(|(expansion, _)| expansion)
    }

    /// `word` with its variables replaced, then split at spaces that were not quoted.
    pub fn words(&self, word: &str, environment: &dyn Environment) -> Result<Vec<String>, ExpandError> {
        self.read(word, environment).map(|(_, words)| words)
    }

    fn read(&self, word: &str, environment: &dyn Environment) -> Result<(Expansion, Vec<String>), ExpandError> {
        let mut reading = Reading {
            lexer: *self,
            rest: word,
            environment,
            expansion: Expansion::default(),
            work: self.limit.saturating_mul(4),
            steps: MAX_PATTERN_STEPS,
            depth: 0,
            nested: false,
        };
        let mut words = Words::default();
        let text = reading
            .until(None, self.keep_escapes, Some(&mut words))
            .map_err(|reason| ExpandError { word: word.chars().take(SHOWN_CHARACTERS).collect(), reason })?;
        let mut expansion = reading.expansion;
        expansion.text = text;
        words.end_word();
        Ok((expansion, words.done))
    }
}

/// How many characters of a bad word an error shows.
const SHOWN_CHARACTERS: usize = 1024;

#[derive(Default)]
struct Words {
    done: Vec<String>,
    current: String,
}

impl Words {
    fn end_word(&mut self) {
        if !self.current.is_empty() {
            self.done.push(std::mem::take(&mut self.current));
        }
    }

    fn add(&mut self, text: &str) {
        for character in text.chars() {
            if character.is_whitespace() {
                self.end_word();
            } else {
                self.current.push(character);
            }
        }
    }
}

struct Reading<'a> {
    lexer: Lexer,
    rest: &'a str,
    environment: &'a dyn Environment,
    expansion: Expansion,
    /// Bytes that may still be produced, counting those that are then thrown away.
    work: usize,
    /// Steps that may still be taken in matching patterns.
    steps: usize,
    depth: usize,
    /// Whether something was read inside a substitution since this was last cleared.
    nested: bool,
}

type Read = Result<String, ExpandProblem>;

impl Reading<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let character = characters.next();
        self.rest = characters.as_str();
        character
    }

    fn push(&mut self, result: &mut String, text: &str) -> Result<(), ExpandProblem> {
        self.spend(text.len())?;
        if result.len() + text.len() > self.lexer.limit {
            return Err(ExpandProblem::TooLong(self.lexer.limit));
        }
        result.push_str(text);
        Ok(())
    }

    fn spend(&mut self, bytes: usize) -> Result<(), ExpandProblem> {
        self.work = self.work.checked_sub(bytes).ok_or(ExpandProblem::TooLong(self.lexer.limit))?;
        Ok(())
    }

    fn push_character(&mut self, result: &mut String, character: char) -> Result<(), ExpandProblem> {
        self.push(result, character.encode_utf8(&mut [0; 4]))
    }

    /// Reads up to `stop`, which is taken too, or to the end.
    fn until(&mut self, stop: Option<char>, keep_escapes: bool, words: Option<&mut Words>) -> Read {
        if self.depth == MAX_DEPTH {
            return Err(ExpandProblem::TooDeep(MAX_DEPTH));
        }
        self.depth += 1;
        let is_nested = words.is_none();
        let outer = std::mem::replace(&mut self.lexer.keep_escapes, keep_escapes);
        let result = self.until_unguarded(stop, words);
        self.nested |= is_nested;
        self.lexer.keep_escapes = outer;
        self.depth -= 1;
        result
    }

    fn until_unguarded(&mut self, stop: Option<char>, mut words: Option<&mut Words>) -> Read {
        let mut result = String::new();
        while let Some(character) = self.peek() {
            if Some(character) == stop {
                self.next();
                return Ok(result);
            }
            self.nested = false;
            let special = match character {
                '$' => Some(self.dollar()?),
                '<' => Some(self.possible_heredoc()),
                '\'' if !self.lexer.ignore_quotes => Some(self.single_quoted()?),
                '"' if !self.lexer.ignore_quotes => Some(self.double_quoted()?),
                _ => None,
            };
            if let Some(text) = special {
                self.push(&mut result, &text)?;
                if let Some(words) = words.as_deref_mut() {
                    // BuildKit reads what stands inside `${x:-…}` into the buffer of the word around it, which it empties for that.
                    if self.nested {
                        words.current.clear();
                    }
                    // Only the value of a bare variable is split.
                    if character == '$' { words.add(&text) } else { words.current.push_str(&text) }
                }
                continue;
            }
            self.next();
            let mut taken = character;
            if character == self.lexer.escape {
                if self.lexer.keep_escapes {
                    self.push_character(&mut result, character)?;
                    if let Some(words) = words.as_deref_mut() {
                        words.current.push(character);
                    }
                }
                let Some(escaped) = self.next() else { break };
                taken = escaped;
                if let Some(words) = words.as_deref_mut() {
                    words.current.push(taken);
                }
            } else if let Some(words) = words.as_deref_mut() {
                words.add(character.encode_utf8(&mut [0; 4]));
            }
            self.push_character(&mut result, taken)?;
        }
        match stop {
            Some(stop) => Err(ExpandProblem::Unclosed(stop)),
            None => Ok(result),
        }
    }

    fn single_quoted(&mut self) -> Read {
        self.next();
        let Some(length) = self.rest.find('\'') else {
            self.rest = "";
            return Err(ExpandProblem::SingleQuote);
        };
        let inside = &self.rest[..length];
        self.rest = &self.rest[length + 1..];
        Ok(if self.lexer.keep_quotes { format!("'{inside}'") } else { inside.to_owned() })
    }

    fn double_quoted(&mut self) -> Read {
        self.next();
        let mut result = String::new();
        if self.lexer.keep_quotes {
            result.push('"');
        }
        loop {
            match self.peek() {
                None => return Err(ExpandProblem::DoubleQuote),
                Some('"') => {
                    self.next();
                    if self.lexer.keep_quotes {
                        result.push('"');
                    }
                    return Ok(result);
                }
                Some('$') => {
                    let value = self.dollar()?;
                    self.push(&mut result, &value)?;
                }
                Some(character) => {
                    self.next();
                    let mut taken = character;
                    if character == self.lexer.escape {
                        if self.lexer.keep_escapes {
                            result.push(character);
                        }
                        match self.peek() {
                            None => continue,
                            // Only these can be escaped here; before any other character the escape is itself.
                            Some(escaped) if escaped == '"' || escaped == '$' || escaped == self.lexer.escape => {
                                self.next();
                                taken = escaped;
                            }
                            Some(_) => {}
                        }
                    }
                    self.push_character(&mut result, taken)?;
                }
            }
        }
    }

    fn possible_heredoc(&mut self) -> String {
        self.next();
        if self.peek() != Some('<') {
            return "<".to_owned();
        }
        self.next();
        let trimmed = self.rest.trim_start_matches(['\t', '\r', ' ']);
        let space = &self.rest[..self.rest.len() - trimmed.len()];
        self.rest = trimmed;
        format!("<<{space}")
    }

    fn dollar(&mut self) -> Read {
        self.next();
        if self.peek() != Some('{') {
            let name = self.name();
            if name.is_empty() {
                return Ok("$".to_owned());
            }
            return Ok(match self.variable(&name)? {
                None if self.lexer.keep_unset => format!("${name}"),
                value => value.unwrap_or_default(),
            });
        }
        self.next();
        match self.peek() {
            None => return Err(ExpandProblem::MissingBrace),
            Some('{' | '}' | ':') => return Err(ExpandProblem::BadSubstitution),
            Some(_) => {}
        }
        let name = self.name();
        match self.next() {
            Some('}') => Ok(match self.variable(&name)? {
                None if self.lexer.keep_unset => format!("${{{name}}}"),
                value => value.unwrap_or_default(),
            }),
            Some(':') => {
                let modifier = self.next().unwrap_or('\u{fffd}');
                self.modified(&name, modifier, true)
            }
            Some(modifier @ ('+' | '-' | '?' | '#' | '%')) => self.modified(&name, modifier, false),
            Some('/') => self.replaced(&name),
            other => Err(ExpandProblem::Modifier(other.unwrap_or('\u{fffd}').to_string())),
        }
    }

    /// `${name<modifier>word}`; `empty_is_unset` for the forms with a colon.
    fn modified(&mut self, name: &str, modifier: char, empty_is_unset: bool) -> Read {
        let written = if empty_is_unset { format!(":{modifier}") } else { modifier.to_string() };
        let is_pattern = matches!(modifier, '#' | '%');
        if empty_is_unset && is_pattern {
            return Err(ExpandProblem::Modifier(written));
        }
        let word = self.argument('}', is_pattern, ExpandProblem::MissingBrace)?;
        let variable = self.variable(name)?;
        if variable.is_none() && self.lexer.keep_unset {
            return Ok(format!("${{{name}{written}{word}}}"));
        }
        let is_set = variable.is_some();
        let value = variable.unwrap_or_default();
        let counts_as_set = is_set && !(empty_is_unset && value.is_empty());
        match modifier {
            '-' => Ok(if counts_as_set { value } else { word }),
            '+' => Ok(if counts_as_set { word } else { String::new() }),
            '?' if counts_as_set => Ok(value),
            '?' => {
                let fallback = if is_set { "is not allowed to be empty" } else { "is not allowed to be unset" };
                let message = if word.is_empty() { fallback.to_owned() } else { word };
                Err(ExpandProblem::Required { name: name.to_owned(), message })
            }
            '#' | '%' => {
                let (text, greedy) = match word.strip_prefix(modifier) {
                    Some(rest) => (rest, true),
                    None => (word.as_str(), false),
                };
                self.step(text.len(), value.len())?;
                trimmed(text, &value, greedy, modifier == '%')
            }
            _ => Err(ExpandProblem::Modifier(written)),
        }
    }

    /// `${name/pattern/replacement}` and `${name//pattern/replacement}`.
    fn replaced(&mut self, name: &str) -> Read {
        let all = self.peek() == Some('/');
        if all {
            self.next();
        }
        let text = self.argument('/', true, ExpandProblem::MissingSlash)?;
        let replacement = self.argument('}', true, ExpandProblem::MissingBrace)?;
        let variable = self.variable(name)?;
        if variable.is_none() && self.lexer.keep_unset {
            return Ok(format!("${{{name}/{text}/{replacement}}}"));
        }
        let value: Vec<char> = variable.unwrap_or_default().chars().collect();
        self.step(text.len(), value.len())?;
        let pattern = Pattern::new(&text, true).map_err(|error| pattern_problem(error, &text))?;
        let replacement = pattern.replace(&value, &replacement, all);
        let longest = replacement.longest(&value);
        if longest > self.lexer.limit {
            return Err(ExpandProblem::TooLong(self.lexer.limit));
        }
        self.spend(longest)?;
        Ok(replacement.apply(&value))
    }

    /// The part of a substitution up to `stop`; `missing` if the text ends before it.
    fn argument(&mut self, stop: char, keep_escapes: bool, missing: ExpandProblem) -> Read {
        self.until(Some(stop), keep_escapes, None).map_err(|problem| {
            let keeps_its_words = matches!(problem, ExpandProblem::TooDeep(_) | ExpandProblem::TooLong(_));
            if self.rest.is_empty() && !keeps_its_words { missing } else { problem }
        })
    }

    fn name(&mut self) -> String {
        let Some(first) = self.peek() else { return String::new() };
        let length = if first.is_numeric() {
            self.rest.find(|character: char| !character.is_numeric())
        } else if matches!(first, '@' | '*' | '#' | '?' | '-' | '$' | '!') {
            Some(1)
        } else {
            self.rest.find(|character: char| !character.is_alphanumeric() && character != '_')
        };
        let (name, rest) = self.rest.split_at(length.unwrap_or(self.rest.len()));
        self.rest = rest;
        name.to_owned()
    }

    fn variable(&mut self, name: &str) -> Result<Option<String>, ExpandProblem> {
        let value = self.environment.get(name);
        self.spend(value.map_or(0, str::len))?;
        let value = value.map(str::to_owned);
        let names = if value.is_some() { &mut self.expansion.matched } else { &mut self.expansion.unmatched };
        if !names.contains(name) {
            names.insert(name.to_owned());
        }
        Ok(value)
    }

    /// Counts the work of matching a pattern.
    fn step(&mut self, pattern: usize, value: usize) -> Result<(), ExpandProblem> {
        let steps = (pattern + 1).saturating_mul(value + 1);
        self.steps = self.steps.checked_sub(steps).ok_or(ExpandProblem::PatternTooLarge)?;
        Ok(())
    }
}

fn trimmed(text: &str, value: &str, greedy: bool, suffix: bool) -> Read {
    let text = if suffix { pattern::reversed(text) } else { text.to_owned() };
    let mut value: Vec<char> = value.chars().collect();
    if suffix {
        value.reverse();
    }
    let pattern = Pattern::new(&text, greedy).map_err(|error| pattern_problem(error, &text))?;
    let length = pattern.prefix_length(&value).unwrap_or(0);
    let mut rest = value.split_off(length.min(value.len()));
    if suffix {
        rest.reverse();
    }
    Ok(rest.into_iter().collect())
}

fn pattern_problem(error: BadEscape, pattern: &str) -> ExpandProblem {
    ExpandProblem::PatternEscape { pattern: pattern.to_owned(), character: error.0 }
}
