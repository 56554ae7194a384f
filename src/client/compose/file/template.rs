//! Variables in texts: `$NAME`, `${NAME:-default}` and their like.
//!
//! Promises: reads what compose-go's `template` package reads, in the same order; a text nested too deep is refused.
//! Must not know where the values come from.

/// How deep defaults may stand in defaults.
const NESTING: usize = 32;

/// Why a text cannot be filled in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The text that is no template.
    #[error("Invalid template: {}", crate::client::units::go_quote(.0))]
    Invalid(String),
    #[error("required variable {name} is missing a value{}", with_reason(.reason))]
    Required { name: String, reason: String },
}

fn with_reason(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}

/// The values of variables, and who hears of those that have none.
pub struct Variables<'v> {
    pub lookup: &'v dyn Fn(&str) -> Option<String>,
    pub unset: &'v mut dyn FnMut(&str),
}

/// What stands between name and text in `${NAME:-text}`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Default,
    Alternate,
    Required,
}

/// A variable as it is written.
enum Written<'t> {
    /// `$$`
    Dollar,
    Plain(&'t str),
    /// Name, operator, whether an empty value counts as none, and the text after it.
    With(&'t str, Operator, bool, &'t str),
}

/// A text with its variables' values in place.
///
/// # Errors
/// What is no template, and required variables without a value.
pub fn substitute(text: &str, variables: &mut Variables<'_>) -> Result<String, TemplateError> {
    nested(text, variables, 0)
}

fn nested(text: &str, variables: &mut Variables<'_>, depth: usize) -> Result<String, TemplateError> {
    if !text.contains('$') {
        return Ok(text.to_owned());
    }
    let invalid = || TemplateError::Invalid(text.to_owned());
    if depth > NESTING {
        return Err(invalid());
    }
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        filled.push_str(&rest[..dollar]);
        rest = &rest[dollar..];
        let Some((written, length)) = read(rest).map_err(|()| invalid())? else {
            filled.push('$');
            rest = &rest[1..];
            continue;
        };
        rest = &rest[length..];
        match written {
            Written::Dollar => filled.push('$'),
            Written::Plain(name) => match (variables.lookup)(name) {
                Some(value) => filled.push_str(&value),
                None => (variables.unset)(name),
            },
            Written::With(name, operator, empty_is_none, text) => {
                let text = nested(text, variables, depth + 1)?;
                let value = (variables.lookup)(name);
                let present = value.as_ref().is_some_and(|value| !empty_is_none || !value.is_empty());
                match operator {
                    Operator::Default if !present => filled.push_str(&text),
                    Operator::Alternate if present => filled.push_str(&text),
                    Operator::Required if !present => {
                        return Err(TemplateError::Required { name: name.to_owned(), reason: text });
                    }
                    _ => filled.push_str(&value.unwrap_or_default()),
                }
            }
        }
    }
    filled.push_str(rest);
    Ok(filled)
}

/// The variable that `text` begins with, and how long it is; `None` when it is a dollar sign alone.
fn read(text: &str) -> Result<Option<(Written<'_>, usize)>, ()> {
    let after = &text[1..];
    if after.starts_with('$') {
        return Ok(Some((Written::Dollar, 2)));
    }
    let Some(braced) = after.strip_prefix('{') else {
        let name = name(after);
        return Ok((!name.is_empty()).then_some((Written::Plain(name), 1 + name.len())));
    };
    let name = name(braced);
    let rest = &braced[name.len()..];
    if name.is_empty() {
        return Err(());
    }
    if rest.starts_with('}') {
        return Ok(Some((Written::Plain(name), 2 + name.len() + 1)));
    }
    let (empty_is_none, operator) = match rest.strip_prefix(':') {
        Some(operator) => (true, operator),
        None => (false, rest),
    };
    let kind = match operator.chars().next() {
        Some('-') => Operator::Default,
        Some('+') => Operator::Alternate,
        Some('?') => Operator::Required,
        _ => return Err(()),
    };
    // The pattern that compose-go looks with takes all up to the last brace of the line; then the braces are counted.
    let line = text.find('\n').map_or(text, |end| &text[..end]);
    let close = closing_brace(line).or_else(|| line.rfind('}')).ok_or(())?;
    let begin = text.len() - operator.len() + 1;
    let value = text.get(begin..close).ok_or(())?;
    Ok(Some((Written::With(name, kind, empty_is_none, value), close + 1)))
}

fn name(text: &str) -> &str {
    let digits_too = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    if text.starts_with(|c: char| c.is_ascii_digit()) { "" } else { &text[..digits_too] }
}

/// Where the first brace is closed again; what stands right after an opening brace is not looked at.
fn closing_brace(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut open, mut position) = (0_i64, 0);
    while let Some(byte) = bytes.get(position) {
        match byte {
            b'}' => {
                open -= 1;
                if open == 0 {
                    return Some(position);
                }
            }
            b'{' => {
                open += 1;
                position += 1;
            }
            _ => {}
        }
        position += 1;
    }
    None
}

/// A variable that a file uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Used {
    pub name: String,
    pub default: String,
    pub alternate: String,
    pub required: bool,
}

/// The variables that a text uses, those in their defaults after them.
pub fn used(text: &str, found: &mut Vec<Used>) {
    used_within(text, found, 0);
}

fn used_within(text: &str, found: &mut Vec<Used>, depth: usize) {
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        rest = &rest[dollar..];
        let Ok(Some((written, length))) = read(rest) else {
            rest = &rest[1..];
            continue;
        };
        rest = &rest[length..];
        match written {
            Written::Dollar => {}
            Written::Plain(name) => found.push(Used { name: name.to_owned(), ..Used::default() }),
            Written::With(name, operator, _, text) => {
                let mut used = Used { name: name.to_owned(), ..Used::default() };
                match operator {
                    Operator::Default => text.clone_into(&mut used.default),
                    Operator::Alternate => text.clone_into(&mut used.alternate),
                    Operator::Required => used.required = true,
                }
                found.push(used);
                if operator != Operator::Required && depth < NESTING {
                    used_within(text, found, depth + 1);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fill(text: &str) -> (Result<String, String>, Vec<String>) {
        let mut unset = Vec::new();
        let lookup = |name: &str| match name {
            "FOO" => Some("first".to_owned()),
            "BAR" => Some(String::new()),
            _ => None,
        };
        let mut note = |name: &str| unset.push(name.to_owned());
        let filled = substitute(text, &mut Variables { lookup: &lookup, unset: &mut note });
        (filled.map_err(|error| error.to_string()), unset)
    }

    #[test]
    fn variables_are_filled_in() {
        for (text, filled) in [
            ("$FOO-$$x ${FOO} $ $1", "first-$x first $ $1"),
            ("${NO:-a} ${NO-b} ${BAR:-c} ${BAR-d}", "a b c "),
            ("${FOO:+a} ${BAR:+b} ${BAR+c} ${NO+d}", "a  c "),
            ("${NO:-${FOO:-x}} and ${NO:-y}", "first and y"),
            ("${NO:-${NO2:-${FOO}}}z", "firstz"),
            ("${FOO:?no} ${BAR?no}", "first "),
        ] {
            assert_eq!(fill(text), (Ok(filled.to_owned()), Vec::new()), "{text}");
        }
        assert_eq!(fill("a${NO}b$NO2"), (Ok("ab".to_owned()), vec!["NO".to_owned(), "NO2".to_owned()]));
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for text in ["a${X", "${1X}", "${}", "${ FOO }", "${NO:-${B}", "${FOO:x}"] {
            assert!(fill(text).0.unwrap_err().starts_with("Invalid template: "), "{text}");
        }
        assert_eq!(fill("${NO:?set $FOO}").0.unwrap_err(), "required variable NO is missing a value: set first");
        assert_eq!(fill("${BAR:?}").0.unwrap_err(), "required variable BAR is missing a value");
        let deep = "${A:-".repeat(5000) + &"}".repeat(5000);
        assert!(fill(&deep).0.is_err());
    }

    #[test]
    fn used_variables_are_found() {
        let mut found = Vec::new();
        used("${A:-x$B} $$C ${D:?r} $E", &mut found);
        let names: Vec<_> = found.iter().map(|used| used.name.as_str()).collect();
        assert_eq!(names, ["A", "B", "D", "E"]);
        assert!(found[2].required && found[0].default == "x$B");
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "(\\$|\\{|\\}|:|-|\\?|\\+|A|é|\n|1){0,40}") {
            let _ = fill(&text);
            used(&text, &mut Vec::new());
        }
    }
}
