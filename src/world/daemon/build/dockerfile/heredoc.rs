//! Heredocs: finding `<<EOT` in an instruction, and what a `RUN` with heredocs runs.
//!
//! Promises: the same words count as heredocs as in `parser/parser.go`. Must not know: where their bodies come from.

use super::error::ExpandError;
use super::expand::{Lexer, MAX_HEREDOC_BYTES, NoVariables};
use super::instruction::{CommandLine, InlineFile, Run};

/// A heredoc that an instruction announces; its content is still empty.
pub fn announced(line: &str) -> Result<Vec<InlineFile>, ExpandError> {
    let lexer = Lexer { keep_quotes: true, keep_escapes: true, ..lexer() };
    // A line that is no shell words has no heredocs.
    let words = lexer.words(line, &NoVariables).unwrap_or_default();
    let mut heredocs = Vec::new();
    for word in words {
        heredocs.extend(parse(&word)?);
    }
    Ok(heredocs)
}

fn lexer() -> Lexer {
    Lexer { keep_unset: true, limit: MAX_HEREDOC_BYTES, ..Lexer::new('\\') }
}

/// The heredoc that `word` announces: `[n]<<[-]NAME`.
pub fn parse(word: &str) -> Result<Option<InlineFile>, ExpandError> {
    let digits = word.len() - word.trim_start_matches(|character: char| character.is_ascii_digit()).len();
    let (descriptor, rest) = word.split_at(digits);
    let Some(rest) = rest.strip_prefix("<<") else { return Ok(None) };
    let (strip_tabs, rest) = match rest.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let rest = rest.trim_start_matches(['\t', '\n', '\x0c', '\r', ' ']);
    if rest.is_empty() || rest.contains('<') {
        return Ok(None);
    }
    let names = lexer().words(rest, &NoVariables)?;
    let [name] = names.as_slice() else { return Ok(None) };
    let raw = Lexer { keep_quotes: true, ..lexer() }.words(rest, &NoVariables)?;
    // A quote that is there only if quotes are kept did quote something, and then the text is not expanded.
    let quotes = |word: &str| word.matches(['\'', '"']).count();
    let expand = raw.first().is_some_and(|raw| quotes(raw) == quotes(name));
    Ok(Some(InlineFile {
        name: name.clone(),
        content: String::new(),
        expand,
        strip_tabs,
        descriptor: if descriptor.is_empty() { 0 } else { descriptor.parse().unwrap_or(u32::MAX) },
    }))
}

/// `content` without the tabs at the start of each line.
pub fn without_leading_tabs(content: &str) -> String {
    content.split_inclusive('\n').map(|line| line.trim_start_matches('\t')).collect()
}

/// What a `RUN` in shell form gives to the shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunScript {
    /// These words, for the shell.
    Words(String),
    /// A file that is made at `/dev/pipes/NAME` and run without the shell: a single heredoc that begins with `#!`.
    File {
        /// The file's name.
        name: String,
        /// Its content.
        content: String,
    },
}

impl Run {
    /// What the shell form runs, heredocs put in; nothing for the exec form. From `dispatchRun` in `dockerfile2llb/convert.go`.
    pub fn script(&self) -> Option<RunScript> {
        let CommandLine::Shell(words) = &self.command else { return None };
        let Some(first) = self.heredocs.first() else { return Some(RunScript::Words(words.clone())) };
        if !self.is_single_heredoc() {
            let mut script = words.clone();
            for heredoc in &self.heredocs {
                script.push('\n');
                script.push_str(&heredoc.content);
                script.push_str(&heredoc.name);
            }
            return Some(RunScript::Words(script));
        }
        let content = if first.strip_tabs { without_leading_tabs(&first.content) } else { first.content.clone() };
        Some(if first.content.starts_with("#!") {
            RunScript::File { name: first.name.clone(), content }
        } else {
            RunScript::Words(content)
        })
    }

    /// The step's name behind its code: ` (first line...)` for a single heredoc, else nothing.
    pub fn summary(&self) -> Option<String> {
        let content = self.heredocs.first().filter(|_| self.is_single_heredoc())?.content.trim();
        let line = content.lines().next().unwrap_or_default();
        Some(format!(" ({line}{})", if content.contains('\n') { "..." } else { "" }))
    }

    /// True if the whole command is one `<<EOT`.
    fn is_single_heredoc(&self) -> bool {
        matches!(&self.command, CommandLine::Shell(words) if matches!(parse(words), Ok(Some(_))))
    }
}
