//! What somebody asks for: a name and conditions on its version.
//!
//! Promises: reads `flask`, `flask==3.0.0`, `uvicorn[standard]>=0.30,<1`, `express@^4.18.0`; names of Python packages are compared in
//! their normal form (PEP 503). Must not know: which versions there are.

use std::cmp::Ordering;

use super::version;

/// A name and conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    pub name: String,
    /// The conditions as they were written: `==3.0.0`, `>=0.30,<1`.
    pub written: String,
    conditions: Vec<(Operator, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    AtLeast,
    AtMost,
    Above,
    Below,
    /// `~=1.4.2`, and npm's `~1.4.2`: the last part may grow.
    Compatible,
    /// npm's `^1.4.2`: the first part that is not 0 stays.
    Caret,
}

const OPERATORS: [(&str, Operator); 10] = [
    ("===", Operator::Equal),
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    ("~=", Operator::Compatible),
    ("^", Operator::Caret),
    ("~", Operator::Compatible),
    (">", Operator::Above),
    ("<", Operator::Below),
];

impl Requirement {
    /// Reads a requirement; nothing if it is none.
    pub fn parse(text: &str) -> Option<Requirement> {
        // Behind a semicolon stand conditions on the machine; all of them hold here.
        let text = text.split(';').next().unwrap_or_default().trim();
        let is_name = |character: char| character.is_ascii_alphanumeric() || "-_./@+".contains(character);
        let scope = usize::from(text.starts_with('@'));
        let mut end = text.find(|character: char| !is_name(character)).unwrap_or(text.len());
        let mut rest = &text[end..];
        if let Some(at) = text[scope..end].find('@').map(|at| at + scope) {
            rest = &text[at + 1..];
            end = at;
        }
        let name = text[..end].trim();
        let rest = rest.trim();
        // `uvicorn[standard]`: the extras are part of the package here.
        let rest =
            rest.strip_prefix('[').and_then(|extras| extras.split_once(']')).map_or(rest, |(_, rest)| rest).trim();
        if name.is_empty()
            || !name.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '@' || first == '.')
        {
            return None;
        }
        let mut conditions = Vec::new();
        for condition in rest.split([',', ' ']).filter(|condition| !condition.is_empty()) {
            match OPERATORS.iter().find_map(|(sign, operator)| Some((*operator, condition.strip_prefix(sign)?))) {
                Some((operator, wanted)) if !wanted.trim().is_empty() => {
                    conditions.push((operator, wanted.trim().to_owned()));
                }
                // A version alone, behind npm's `@`.
                None if condition.starts_with(|first: char| first.is_ascii_digit()) => {
                    conditions.push((Operator::Equal, condition.to_owned()));
                }
                None if matches!(condition, "*" | "latest") => {}
                _ => return None,
            }
        }
        Some(Requirement { name: name.to_owned(), written: rest.replace(' ', ""), conditions })
    }

    /// Whether a version will do.
    pub fn allows(&self, version: &str) -> bool {
        self.conditions.iter().all(|(operator, wanted)| {
            let order = version::compare(version, wanted);
            match operator {
                Operator::Equal => match wanted.strip_suffix(".*") {
                    Some(prefix) => version == prefix || version.starts_with(&format!("{prefix}.")),
                    None => order == Ordering::Equal,
                },
                Operator::NotEqual => order != Ordering::Equal,
                Operator::AtLeast => order != Ordering::Less,
                Operator::AtMost => order != Ordering::Greater,
                Operator::Above => order == Ordering::Greater,
                Operator::Below => order == Ordering::Less,
                Operator::Compatible => {
                    order != Ordering::Less && below_next(version, wanted, compatible_parts(wanted))
                }
                Operator::Caret => order != Ordering::Less && below_next(version, wanted, caret_parts(wanted)),
            }
        })
    }

    /// The name as pip compares names.
    pub fn normal_name(&self) -> String {
        normal(&self.name)
    }
}

/// A Python package's name in its normal form.
pub fn normal(name: &str) -> String {
    name.to_lowercase().replace(['_', '.'], "-")
}

fn compatible_parts(wanted: &str) -> usize {
    wanted.split('.').count().saturating_sub(1).max(1)
}

fn caret_parts(wanted: &str) -> usize {
    wanted.split('.').take_while(|part| *part == "0").count() + 1
}

/// Whether the first parts of two versions are the same.
fn below_next(version: &str, wanted: &str, parts: usize) -> bool {
    version.split('.').take(parts).eq(wanted.split('.').take(parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_those_of_pip_and_npm() {
        for (text, allowed, refused) in [
            ("flask", "3.0.0", ""),
            ("flask==3.0.0", "3.0.0", "3.0.1"),
            ("uvicorn[standard]>=0.30,<0.35", "0.34.0", "0.35.0"),
            ("numpy~=1.26.0", "1.26.4", "1.27.0"),
            ("numpy==1.26.*", "1.26.4", "1.27.0"),
            ("express@^4.18.0", "4.21.2", "5.0.0"),
            ("left-pad@~1.3.0", "1.3.9", "1.4.0"),
            ("@types/node@20.1.0", "20.1.0", "20.2.0"),
            ("x!=2.0", "2.1", "2.0"),
        ] {
            let requirement = Requirement::parse(text).expect(text);
            assert!(requirement.allows(allowed), "{text} {allowed}");
            assert!(refused.is_empty() || !requirement.allows(refused), "{text} {refused}");
        }
        assert_eq!(Requirement::parse("uvicorn[standard]>=0.30").expect("valid").name, "uvicorn");
        assert_eq!(Requirement::parse("@types/node@20.1.0").expect("valid").name, "@types/node");
        assert_eq!(Requirement::parse("==1"), None);
        assert_eq!(Requirement::parse("a=1"), None);
    }
}
