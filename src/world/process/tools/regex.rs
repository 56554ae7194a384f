//! POSIX regular expressions, basic and extended with GNU's additions, translated for the `regex` crate.
//!
//! Promises: bounded time and memory, whatever the expression. A deliberate difference: of two alternatives that match
//! at one place, the first counts, not the longest. Back-references are refused.

use ::regex::bytes::{Regex, RegexBuilder};

/// The most memory of a compiled expression, in bytes.
const SIZE_LIMIT: usize = 4 << 20;

/// How an expression is to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// `grep -E`, `sed -E`.
    pub extended: bool,
    /// Nothing is special (`grep -F`).
    pub fixed: bool,
    pub ignore_case: bool,
    /// Only whole words match.
    pub word: bool,
    /// Only whole lines match.
    pub line: bool,
}

/// Makes an expression ready.
///
/// # Errors
/// What is wrong with it.
pub fn compile(text: &str, reading: Reading) -> Result<Regex, String> {
    let mut pattern = if reading.fixed { ::regex::escape(text) } else { translate(text, reading.extended)? };
    if reading.line {
        pattern = format!("^(?:{pattern})$");
    } else if reading.word {
        pattern = format!(r"\b{{start-half}}(?:{pattern})\b{{end-half}}");
    }
    RegexBuilder::new(&pattern)
        .case_insensitive(reading.ignore_case)
        .dot_matches_new_line(true)
        .size_limit(SIZE_LIMIT)
        .build()
        .map_err(|error| match error {
            ::regex::Error::CompiledTooBig(_) => "Regular expression too big".to_owned(),
            _ => "Invalid regular expression".to_owned(),
        })
}

/// The expression in the crate's own syntax.
fn translate(text: &str, extended: bool) -> Result<String, String> {
    let mut output = String::new();
    let mut rest = text.chars().peekable();
    // Whether a `*` here would have nothing to repeat.
    let mut at_start = true;
    let mut depth = 0_u32;
    while let Some(letter) = rest.next() {
        let was_start = std::mem::replace(&mut at_start, false);
        match letter {
            '\\' => match rest.next() {
                None => return Err("Trailing backslash".to_owned()),
                Some(escaped @ ('(' | ')' | '{' | '}' | '|' | '+' | '?')) if !extended => {
                    operator(escaped, was_start, &mut rest, &mut output, &mut depth, true)?;
                    at_start = matches!(escaped, '(' | '|');
                }
                Some('1'..='9') => return Err("back-references are not modelled in Layerlab".to_owned()),
                Some('n') => output.push('\n'),
                Some('t') => output.push('\t'),
                Some(word @ ('w' | 'W' | 's' | 'S' | 'b' | 'B')) => {
                    output.push('\\');
                    output.push(word);
                }
                Some('<') => output.push_str(r"\b{start}"),
                Some('>') => output.push_str(r"\b{end}"),
                Some('`') => output.push_str(r"\A"),
                Some('\'') => output.push_str(r"\z"),
                Some(other) => output.push_str(&::regex::escape(&other.to_string())),
            },
            '(' | ')' | '{' | '|' | '+' | '?' if extended => {
                operator(letter, was_start, &mut rest, &mut output, &mut depth, false)?;
                at_start = matches!(letter, '(' | '|');
            }
            '*' if was_start => output.push_str(r"\*"),
            '*' => {
                // Repeating a repetition changes nothing.
                while rest.next_if_eq(&'*').is_some() {}
                output.push('*');
            }
            '.' => output.push('.'),
            '[' => bracket(&mut rest, &mut output)?,
            '^' if extended || was_start => {
                output.push('^');
                at_start = !extended;
            }
            '$' => {
                let mut ahead = rest.clone();
                let is_end = match ahead.next() {
                    None => true,
                    Some('\\') => !extended && matches!(ahead.next(), Some(')' | '|')),
                    Some(next) => extended && matches!(next, ')' | '|'),
                };
                output.push_str(if is_end || extended { "$" } else { r"\$" });
            }
            other => output.push_str(&::regex::escape(&other.to_string())),
        }
    }
    if depth > 0 {
        return Err("Unmatched ( or \\(".to_owned());
    }
    Ok(output)
}

type Rest<'r> = std::iter::Peekable<std::str::Chars<'r>>;

fn operator(
    letter: char,
    at_start: bool,
    rest: &mut Rest<'_>,
    output: &mut String,
    depth: &mut u32,
    basic: bool,
) -> Result<(), String> {
    match letter {
        '(' => {
            *depth += 1;
            if *depth > 100 {
                return Err("Regular expression too big".to_owned());
            }
            output.push('(');
        }
        ')' if *depth == 0 => {
            if basic {
                return Err("Unmatched ) or \\)".to_owned());
            }
            output.push_str(r"\)");
        }
        ')' => {
            *depth -= 1;
            output.push(')');
        }
        '{' => {
            if !basic && !rest.peek().is_some_and(|next| next.is_ascii_digit() || *next == ',') {
                output.push_str(r"\{");
                return Ok(());
            }
            let mut counts = String::new();
            loop {
                match rest.next() {
                    None => return Err("Unmatched { or \\{".to_owned()),
                    Some('\\') if basic && rest.next_if_eq(&'}').is_some() => break,
                    Some('}') if !basic => break,
                    Some(next @ ('0'..='9' | ',')) => counts.push(next),
                    Some(_) => return Err("Invalid content of \\{\\}".to_owned()),
                }
            }
            let counts = counts.strip_prefix(',').map_or(counts.clone(), |most| format!("0,{most}"));
            if counts.split(',').any(|count| count.len() > 4) {
                return Err("Regular expression too big".to_owned());
            }
            output.push_str(&format!("{{{counts}}}"));
        }
        '}' => output.push_str(r"\}"),
        '|' => output.push('|'),
        repeat if at_start => {
            output.push('\\');
            output.push(repeat);
        }
        repeat => output.push(repeat),
    }
    Ok(())
}

/// A bracket expression, in which only `]`, `^`, `-` and `[:class:]` are special.
fn bracket(rest: &mut Rest<'_>, output: &mut String) -> Result<(), String> {
    const UNMATCHED: &str = "Unmatched [, [^, [:, [., or [=";
    output.push('[');
    if rest.next_if_eq(&'^').is_some() {
        output.push('^');
    }
    let mut first = true;
    loop {
        let letter = rest.next().ok_or(UNMATCHED)?;
        match letter {
            ']' if !first => break,
            '[' if rest.peek() == Some(&':') => {
                let mut class = String::from("[");
                while !class.ends_with(":]") || class.len() < 4 {
                    class.push(rest.next().ok_or(UNMATCHED)?);
                    if class.len() > 20 {
                        return Err("Invalid character class name".to_owned());
                    }
                }
                output.push_str(&class);
            }
            '-' => {
                // Between two characters it makes a range; at the ends it is itself.
                let is_range = !first && !output.ends_with('[') && rest.peek().is_some_and(|next| *next != ']');
                output.push_str(if is_range { "-" } else { r"\-" });
            }
            other => {
                if !other.is_alphanumeric() && !other.is_whitespace() && other.is_ascii() {
                    output.push('\\');
                }
                output.push(other);
            }
        }
        first = false;
    }
    output.push(']');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(text: &str, extended: bool, line: &str) -> bool {
        compile(text, Reading { extended, ..Reading::default() }).unwrap().is_match(line.as_bytes())
    }

    #[test]
    fn basic_expressions_have_their_operators_behind_backslashes() {
        assert!(matches(r"^a\(b\|c\)\{2\}$", false, "abc"));
        assert!(matches("a+b", false, "a+b"));
        assert!(matches("*a", false, "x*a"));
        assert!(matches("a^b$c", false, "a^b$c"));
        assert!(matches(r"\<word\>", false, "a word here"));
        assert!(matches("[[:digit:]-]*x", false, "1-2x"));
        assert!(matches("[]a]", false, "]"));
        assert!(matches("[^a-c]", false, "d"));
        assert!(!matches("[^a-c]", false, "abc"));
        assert!(matches(r"[.*\]", false, "\\"));
    }

    #[test]
    fn extended_expressions_and_refusals() {
        assert!(matches("^(a|b)+$", true, "abba"));
        assert!(matches("a{2,}", true, "aa"));
        assert!(matches("{", true, "{"));
        for (text, extended) in [(r"\(a", false), ("(a", true), ("[a", false), ("a\\", false), (r"\(a\)\1", false)] {
            assert!(compile(text, Reading { extended, ..Reading::default() }).is_err(), "{text}");
        }
    }
}
