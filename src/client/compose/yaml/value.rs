//! From nodes to values: aliases followed, merge keys merged, `!reset` and `!override` noted.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::node::{Kind, Node, documents};
use super::{VALUE_LIMIT, YamlError, scalar};

/// A document as a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    pub value: Value,
    /// The keys, from the top, to what is tagged `!reset` or `!override`: what files before this one say there is forgotten.
    pub resets: Vec<Vec<String>>,
}

/// The documents of a text.
///
/// # Errors
/// The first mistake.
pub fn read(bytes: &[u8]) -> Result<Vec<Document>, YamlError> {
    documents(bytes)?.iter().map(document).collect()
}

/// The value of `name` at the top of the first document, as Go's `yaml.Unmarshal` finds it: only the top is looked at.
///
/// # Errors
/// Mistakes of syntax anywhere in the first document, and a top that is no mapping.
pub fn named(bytes: &[u8]) -> Result<String, YamlError> {
    let documents = documents(bytes)?;
    let Some(top) = documents.first() else { return Ok(String::new()) };
    let shape = |line: u64, problem: String| YamlError::Shape { line, problem };
    let pairs = match &followed(top).kind {
        Kind::Mapping(pairs) => pairs,
        Kind::Scalar { text, .. } if text.is_empty() => return Ok(String::new()),
        Kind::Scalar { text, plain } => {
            let kind = match scalar::resolve(text, top.tag.as_deref(), *plain) {
                Value::Null => return Ok(String::new()),
                Value::Bool(_) => "!!bool",
                Value::Number(number) if number.is_f64() => "!!float",
                Value::Number(_) => "!!int",
                _ => "!!str",
            };
            return Err(shape(top.line, format!("cannot unmarshal {kind} `{text}` into cli.named")));
        }
        Kind::List(_) | Kind::Alias(_) => {
            return Err(shape(top.line, "cannot unmarshal !!seq into cli.named".to_owned()));
        }
    };
    let mut lines: BTreeMap<&str, u64> = BTreeMap::new();
    let mut name = String::new();
    for (key, value) in pairs {
        let Kind::Scalar { text: key_text, .. } = &key.kind else { continue };
        if let Some(first) = lines.insert(key_text, key.line) {
            let key_text = crate::client::units::go_quote(key_text);
            return Err(shape(key.line, format!("mapping key {key_text} already defined at line {first}")));
        }
        if key_text == "name" {
            match &followed(value).kind {
                Kind::Scalar { text, plain } if *plain && matches!(text.as_str(), "" | "~" | "null") => {}
                Kind::Scalar { text, .. } => name.clone_from(text),
                Kind::Mapping(_) => {
                    return Err(shape(value.line, "cannot unmarshal !!map into string".to_owned()));
                }
                _ => return Err(shape(value.line, "cannot unmarshal !!seq into string".to_owned())),
            }
        }
    }
    Ok(name)
}

fn document(node: &Rc<Node>) -> Result<Document, YamlError> {
    let mut reader = Reader { count: 0, aliases: 0, resets: Vec::new(), path: Vec::new() };
    let value = reader.value(node)?.unwrap_or(Value::Null);
    Ok(Document { value, resets: reader.resets })
}

fn followed(node: &Node) -> &Node {
    match &node.kind {
        Kind::Alias(target) => followed(target),
        _ => node,
    }
}

struct Reader {
    count: usize,
    aliases: usize,
    resets: Vec<Vec<String>>,
    path: Vec<String>,
}

impl Reader {
    /// The value of a node; `None` for one that is only there to reset what came before.
    fn value(&mut self, node: &Rc<Node>) -> Result<Option<Value>, YamlError> {
        self.count += 1;
        if self.count > VALUE_LIMIT && self.aliases > 0 {
            return Err(YamlError::ExcessiveAliasing);
        }
        match node.tag.as_deref() {
            Some("!reset") => {
                self.resets.push(self.path.clone());
                return Ok(None);
            }
            Some("!override") => self.resets.push(self.path.clone()),
            _ => {}
        }
        match &node.kind {
            Kind::Alias(target) => {
                self.aliases += 1;
                self.value(target)
            }
            Kind::Scalar { text, plain } => Ok(Some(scalar::resolve(text, node.tag.as_deref(), *plain))),
            Kind::List(nodes) => {
                let mut list = Vec::with_capacity(nodes.len());
                for (index, node) in nodes.iter().enumerate() {
                    self.path.push(format!("[{index}]"));
                    list.extend(self.value(node)?);
                    self.path.pop();
                }
                Ok(Some(Value::Array(list)))
            }
            Kind::Mapping(pairs) => self.mapping(pairs).map(|map| Some(Value::Object(map))),
        }
    }

    fn mapping(&mut self, pairs: &[(Rc<Node>, Rc<Node>)]) -> Result<Map<String, Value>, YamlError> {
        let mut lines: BTreeMap<String, u64> = BTreeMap::new();
        let mut map = Map::new();
        let mut merged = Vec::new();
        for (key, value) in pairs {
            let name = self.key(key)?;
            if let Some(first) = lines.insert(name.clone(), key.line) {
                return Err(YamlError::DuplicateKey { line: key.line, key: name, first });
            }
            if name == "<<" {
                merged.push(value);
                continue;
            }
            self.path.push(name);
            let value = self.value(value)?;
            let name = self.path.pop().unwrap_or_default();
            if let Some(value) = value {
                map.insert(name, value);
            }
        }
        for value in merged {
            self.merge(value, &mut map)?;
        }
        Ok(map)
    }

    /// Adds what a merge key names, where the mapping has no such key of its own.
    fn merge(&mut self, value: &Rc<Node>, map: &mut Map<String, Value>) -> Result<(), YamlError> {
        let sources: Vec<&Rc<Node>> = match &followed(value).kind {
            Kind::List(nodes) => nodes.iter().collect(),
            _ => vec![value],
        };
        for source in sources {
            let Some(Value::Object(found)) = self.value(source)? else { return Err(YamlError::Merge) };
            for (key, value) in found {
                map.entry(key).or_insert(value);
            }
        }
        Ok(())
    }

    fn key(&self, node: &Node) -> Result<String, YamlError> {
        let place = || match self.path.is_empty() {
            true => "at top level".to_owned(),
            false => format!("in {}", self.place()),
        };
        let node = followed(node);
        let shown = match &node.kind {
            Kind::Scalar { text, plain } => match scalar::resolve(text, node.tag.as_deref(), *plain) {
                Value::String(key) => return Ok(key),
                Value::Null => "interface {}(nil)".to_owned(),
                other => other.to_string(),
            },
            Kind::Mapping(_) => "map[string]interface {}{}".to_owned(),
            Kind::List(_) | Kind::Alias(_) => "[]interface {}{}".to_owned(),
        };
        Err(YamlError::Key { place: place(), key: shown })
    }

    /// `services.web.ports[0]`
    fn place(&self) -> String {
        let mut place = String::new();
        for part in &self.path {
            if !place.is_empty() && !part.starts_with('[') {
                place.push('.');
            }
            place.push_str(part);
        }
        place
    }
}
