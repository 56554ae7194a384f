//! The shape of a Compose file as data, after the JSON schema of the Compose Specification (compose-go 2.9), and the check against it.
//!
//! Promises: what does not fit is said in Compose's words; of several mistakes the one deepest in the file is told, and of those
//! the first (compose-go `schema.go`, `getMostSpecificError`). Must not know what the keys do.
//! Start reading at [`check`], then `file` (the top), `service`.

mod deploy;
mod file;
mod service;

use std::fmt;

use serde_json::Value;

/// A JSON type, by the name that Compose gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Null,
    Boolean,
    Integer,
    Number,
    Text,
    Array,
    Mapping,
}

impl Type {
    const fn name(self) -> &'static str {
        match self {
            Type::Null => "null",
            Type::Boolean => "boolean",
            Type::Integer => "integer",
            Type::Number => "number",
            Type::Text => "string",
            Type::Array => "array",
            Type::Mapping => "mapping",
        }
    }

    fn fits(self, value: &Value) -> bool {
        match (self, value) {
            (Type::Null, Value::Null)
            | (Type::Boolean, Value::Bool(_))
            | (Type::Number, Value::Number(_))
            | (Type::Text, Value::String(_))
            | (Type::Array, Value::Array(_))
            | (Type::Mapping, Value::Object(_)) => true,
            (Type::Integer, Value::Number(number)) => number.as_f64().is_some_and(|number| number.fract() == 0.0),
            _ => false,
        }
    }
}

/// What a value must look like.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// One of these types, nothing more said.
    Types(&'static [Type]),
    /// A text that is one of these.
    Choice(&'static [&'static str]),
    /// A text that holds a match of a pattern, which is named in messages.
    Pattern(&'static str, fn(&str) -> bool),
    /// A whole number within bounds.
    Range(i64, Option<i64>),
    /// A list of such values.
    List(&'static Shape),
    /// The same, no two of them equal.
    Set(&'static Shape),
    Mapping(&'static Mapping),
    /// Exactly one of these.
    OneOf(&'static [Shape]),
}

/// What a mapping must look like.
#[derive(Clone, Copy, Debug)]
struct Mapping {
    /// Other types that may stand in its place.
    or: &'static [Type],
    keys: &'static [(&'static str, Shape)],
    /// Keys by pattern.
    named: Option<(fn(&str) -> bool, Shape)>,
    required: &'static [&'static str],
    /// Whether keys that begin with `x-` are let through.
    extensions: bool,
    /// Whether other keys are let through.
    open: bool,
}

const CLOSED: Mapping = Mapping { or: &[], keys: &[], named: None, required: &[], extensions: true, open: false };

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    Type(Vec<&'static str>),
    Choice(&'static [&'static str]),
    Pattern(String, &'static str),
    Minimum(i64),
    Maximum(i64),
    Equal(usize, usize),
    Missing(Vec<&'static str>),
    Unknown(Vec<String>),
}

/// A place in a file, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    path: Vec<String>,
    fault: Fault,
}

impl Violation {
    fn specificity(&self) -> usize {
        self.path.len() + usize::from(matches!(self.fault, Fault::Unknown(_)))
    }
}

fn quoted<T: AsRef<str>>(words: &[T]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("'{}'", word.as_ref().replace('\'', "\\'"))).collect();
    words.join(", ")
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.path.join("."))?;
        match &self.fault {
            Fault::Type(wanted) => match wanted.split_last() {
                Some((last, [])) => write!(f, "must be a {last}"),
                Some((last, others)) => write!(f, "must be a {} or {last}", others.join(", ")),
                None => Ok(()),
            },
            Fault::Choice([only]) => write!(f, "value must be '{only}'"),
            Fault::Choice(choices) => write!(f, "value must be one of {}", quoted(choices)),
            Fault::Pattern(given, pattern) => write!(f, "'{given}' does not match pattern '{pattern}'"),
            Fault::Minimum(bound) => write!(f, "must be greater than or equal to {bound}"),
            Fault::Maximum(bound) => write!(f, "must be less than or equal to {bound}"),
            Fault::Equal(first, second) => write!(f, "items at {first} and {second} are equal"),
            Fault::Missing(names) => {
                let word = if names.len() == 1 { "property" } else { "properties" };
                write!(f, "missing {word} {}", quoted(names))
            }
            Fault::Unknown(names) => write!(f, "additional properties {} not allowed", quoted(names)),
        }
    }
}

/// Checks a whole file.
///
/// # Errors
/// The most specific mistake.
pub fn check(file: &Value) -> Result<(), Violation> {
    let mut checker = Checker { path: Vec::new(), worst: None };
    checker.check(&Shape::Mapping(&file::FILE), file);
    checker.worst.map_or(Ok(()), Err)
}

struct Checker {
    path: Vec<String>,
    worst: Option<Violation>,
}

impl Checker {
    fn blame(&mut self, fault: Fault) {
        let found = Violation { path: self.path.clone(), fault };
        if self.worst.as_ref().is_none_or(|worst| found.specificity() > worst.specificity()) {
            self.worst = Some(found);
        }
    }

    /// Blames the types if none fits.
    fn is_of(&mut self, types: &[Type], value: &Value) -> bool {
        let fits = types.iter().any(|kind| kind.fits(value));
        if !fits {
            let mut names: Vec<&str> = types.iter().map(|kind| kind.name()).collect();
            if names.len() > 1 {
                names.sort_unstable();
            }
            self.blame(Fault::Type(names));
        }
        fits
    }

    fn check(&mut self, shape: &Shape, value: &Value) {
        match shape {
            Shape::Types(types) => {
                self.is_of(types, value);
            }
            Shape::Choice(choices) => {
                if let Value::String(text) = value {
                    if !choices.contains(&text.as_str()) {
                        self.blame(Fault::Choice(choices));
                    }
                } else {
                    self.blame(Fault::Type(vec![Type::Text.name()]));
                }
            }
            Shape::Pattern(pattern, matches) => match value {
                Value::String(text) if matches(text) => {}
                Value::String(text) => self.blame(Fault::Pattern(text.clone(), pattern)),
                _ => self.blame(Fault::Type(vec![Type::Text.name()])),
            },
            Shape::Range(least, most) => {
                if self.is_of(&[Type::Integer], value)
                    && let Some(number) = value.as_f64()
                {
                    #[expect(clippy::cast_precision_loss, reason = "bounds are small")]
                    if number < *least as f64 {
                        self.blame(Fault::Minimum(*least));
                    } else if let Some(most) = most.filter(|most| number > *most as f64) {
                        self.blame(Fault::Maximum(most));
                    }
                }
            }
            Shape::List(item) | Shape::Set(item) => {
                if !self.is_of(&[Type::Array], value) {
                    return;
                }
                let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
                if matches!(shape, Shape::Set(_)) {
                    let twin = |second: usize| (0..second).find(|first| items[*first] == items[second]);
                    if let Some((first, second)) = (0..items.len()).find_map(|second| Some((twin(second)?, second))) {
                        self.blame(Fault::Equal(first, second));
                    }
                }
                for (index, value) in items.iter().enumerate() {
                    self.path.push(index.to_string());
                    self.check(item, value);
                    self.path.pop();
                }
            }
            Shape::Mapping(mapping) => self.check_mapping(mapping, value),
            Shape::OneOf(shapes) => {
                let kept = self.worst.take();
                let mut all: Option<Violation> = None;
                for shape in *shapes {
                    self.check(shape, value);
                    let Some(found) = self.worst.take() else {
                        self.worst = kept;
                        return;
                    };
                    if all.as_ref().is_none_or(|all| found.specificity() > all.specificity()) {
                        all = Some(found);
                    }
                }
                self.worst = kept;
                if let Some(found) = all
                    && self.worst.as_ref().is_none_or(|worst| found.specificity() > worst.specificity())
                {
                    self.worst = Some(found);
                }
            }
        }
    }

    fn check_mapping(&mut self, mapping: &Mapping, value: &Value) {
        let types: Vec<Type> = [Type::Mapping].iter().chain(mapping.or).copied().collect();
        if !self.is_of(&types, value) {
            return;
        }
        let Value::Object(map) = value else { return };
        let missing: Vec<&str> = mapping.required.iter().copied().filter(|name| !map.contains_key(*name)).collect();
        if !missing.is_empty() {
            self.blame(Fault::Missing(missing));
        }
        let mut unknown = Vec::new();
        for (key, value) in map {
            let known = mapping.keys.iter().find(|(name, _)| name == key).map(|(_, shape)| shape);
            let named = || mapping.named.as_ref().filter(|(matches, _)| matches(key)).map(|(_, shape)| shape);
            match known.or_else(named) {
                Some(shape) => {
                    self.path.push(key.clone());
                    self.check(shape, value);
                    self.path.pop();
                }
                None if mapping.open || (mapping.extensions && key.starts_with("x-")) => {}
                None => unknown.push(key.clone()),
            }
        }
        if !unknown.is_empty() {
            self.blame(Fault::Unknown(unknown));
        }
    }
}

const TEXT: Shape = Shape::Types(&[Type::Text]);
const BOOLEAN: Shape = Shape::Types(&[Type::Boolean]);
/// A truth value, or a text that a variable makes one.
const SWITCH: Shape = Shape::Types(&[Type::Boolean, Type::Text]);
const WHOLE: Shape = Shape::Types(&[Type::Integer, Type::Text]);
const NUMBER: Shape = Shape::Types(&[Type::Number, Type::Text]);
const TEXTS: Shape = Shape::List(&TEXT);
const TEXT_SET: Shape = Shape::Set(&TEXT);
const TEXT_OR_TEXTS: Shape = Shape::OneOf(&[TEXT, TEXT_SET]);
/// `list_or_dict`
const LIST_OR_MAPPING: Shape = Shape::OneOf(&[
    Shape::Mapping(&Mapping {
        named: Some((is_named, Shape::Types(&[Type::Text, Type::Number, Type::Boolean, Type::Null]))),
        extensions: false,
        ..CLOSED
    }),
    TEXT_SET,
]);
/// Options of a driver.
const OPTIONS: Shape = Shape::Mapping(&Mapping {
    named: Some((is_named, Shape::Types(&[Type::Text, Type::Number]))),
    open: true,
    ..CLOSED
});
/// A command line.
const COMMAND: Shape = Shape::OneOf(&[Shape::Types(&[Type::Null]), TEXT, TEXTS]);

/// `^.+$`
fn is_named(key: &str) -> bool {
    !key.is_empty()
}

/// `^[a-zA-Z0-9._-]+$`
fn is_identifier(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fault(file: &Value) -> String {
        check(file).unwrap_err().to_string()
    }

    #[test]
    fn the_deepest_mistake_is_told() {
        assert_eq!(fault(&json!({"services": {"web": null}})), "services.web must be a mapping");
        assert_eq!(
            fault(&json!({"services": {"web": {"imag": "x", "ports": 5}}})),
            "services.web.ports must be a array"
        );
        assert_eq!(
            fault(&json!({"services": {"a": {"depends_on": {"b": {"condition": "x"}}}}})),
            "services.a.depends_on.b.condition value must be one of 'service_started', 'service_healthy', \
             'service_completed_successfully'"
        );
        assert_eq!(fault(&json!({"service": {}})), " additional properties 'service' not allowed");
        assert_eq!(fault(&json!({"services": {"a": {"tty": 5}}})), "services.a.tty must be a boolean or string");
        assert_eq!(
            fault(&json!({"services": {"a": {"group_add": ["x", "x"]}}})),
            "services.a.group_add items at 0 and 1 are equal"
        );
        assert_eq!(
            fault(&json!({"services": {"a": {"oom_score_adj": 2000}}})),
            "services.a.oom_score_adj must be a string"
        );
    }

    #[test]
    fn what_fits_is_let_through() {
        let file = json!({
            "name": "x", "x-any": [1], "volumes": {"v": null}, "networks": {"n": {"x-a": 1}},
            "services": {"a": {
                "image": "a", "command": null, "environment": ["A=1"], "ports": [80, "80:80", {"target": 80}], "x-y": {},
                "networks": {"n": null}, "deploy": null, "ulimits": {"nofile": {"soft": 1, "hard": 2}},
            }},
        });
        assert_eq!(check(&file), Ok(()));
    }
}
