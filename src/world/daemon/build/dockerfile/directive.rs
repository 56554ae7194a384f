//! Parser directives: `# syntax=`, `# escape=` and `# check=` at the top of a Dockerfile (`parser/directives.go`).
//!
//! Promises: the first line that is no known directive ends them. Must not know: what a directive does.

use super::error::Problem;

/// The directives there are.
const NAMES: [&str; 3] = ["syntax", "escape", "check"];

/// Reads directives line by line.
#[derive(Debug)]
pub struct DirectiveParser {
    /// What a comment begins with.
    comment: &'static str,
    seen: Vec<&'static str>,
    done: bool,
}

impl Default for DirectiveParser {
    fn default() -> Self {
        Self { comment: "#", seen: Vec::new(), done: false }
    }
}

impl DirectiveParser {
    /// The directive on `line` (its name and value), if directives have not ended before.
    pub fn line<'a>(&mut self, line: &'a str) -> Result<Option<(&'static str, &'a str)>, Problem> {
        if self.done {
            return Ok(None);
        }
        let Some((name, value)) = line.strip_prefix(self.comment).and_then(assignment) else {
            self.done = true;
            return Ok(None);
        };
        if self.seen.contains(&name) {
            return Err(Problem::DuplicateDirective(name));
        }
        self.seen.push(name);
        Ok(Some((name, value)))
    }
}

/// A known name, `=` and a value that is not empty, as in a comment's text.
pub fn assignment(comment: &str) -> Option<(&'static str, &str)> {
    let (name, value) = comment.trim_start().split_once('=')?;
    let name = name.trim_end_matches(is_space);
    let name = NAMES.into_iter().find(|known| known.eq_ignore_ascii_case(name))?;
    let trimmed = value.trim_matches(is_space);
    // A value of spaces alone is its last space: that is what is left for BuildKit's regular expression.
    let value = if trimmed.is_empty() { &value[value.len().checked_sub(1)?..] } else { trimmed };
    Some((name, value))
}

fn is_space(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\x0c' | '\r' | ' ')
}

/// The value of the directive `name`, up to its first space, found as BuildKit finds `syntax` and `check`: a `#!` line may stand before.
pub fn find(source: &str, name: &str) -> Option<String> {
    find_behind("#", source, name).map(|(value, _)| value)
}

/// The frontend that the `syntax` directive asks for, and its line. Files of other languages may have it behind `//`.
pub fn syntax(source: &str) -> Option<(String, usize)> {
    find_behind("#", source, "syntax").or_else(|| find_behind("//", source, "syntax"))
}

fn find_behind(comment: &'static str, source: &str, name: &str) -> Option<(String, usize)> {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let skipped = usize::from(source.starts_with("#!"));
    let mut parser = DirectiveParser { comment, ..DirectiveParser::default() };
    for (index, line) in source.lines().enumerate().skip(skipped) {
        match parser.line(line) {
            Ok(Some((found, value))) if found == name => {
                return Some((value.split(' ').next().unwrap_or_default().to_owned(), index + 1));
            }
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => return None,
        }
    }
    None
}
