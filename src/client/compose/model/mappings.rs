//! Names with values: environments, labels, options, hosts; each may be written as a mapping or as a list of `key=value`.

use std::collections::BTreeMap;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::client::compose::file::shown;

/// Names with values; a name alone has an empty one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Mapping(pub BTreeMap<String, String>);

/// The same, for labels.
pub type Labels = Mapping;
/// The same, for options of drivers.
pub type Options = Mapping;

impl<'de> Deserialize<'de> for Mapping {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Mapping, D::Error> {
        let text = |value: &Value| if value.is_null() { String::new() } else { shown(value) };
        match Value::deserialize(deserializer)? {
            Value::Object(map) => Ok(Mapping(map.iter().map(|(key, value)| (key.clone(), text(value))).collect())),
            Value::Array(list) => Ok(Mapping(
                list.iter()
                    .map(|entry| {
                        let entry = shown(entry);
                        let (key, value) = entry.split_once('=').unwrap_or((&entry, ""));
                        (key.to_owned(), value.to_owned())
                    })
                    .collect(),
            )),
            Value::Null => Ok(Mapping::default()),
            other => Err(D::Error::custom(format!(
                "unexpected value type {} for mapping",
                if other.is_string() { "string" } else { "int" }
            ))),
        }
    }
}

/// Names with values, where a name alone has none: it is then looked for elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Variables(pub BTreeMap<String, Option<String>>);

impl Variables {
    /// `NAME=value` and `NAME`.
    pub fn of<'t>(words: impl IntoIterator<Item = &'t str>) -> Variables {
        let pair = |word: &str| match word.split_once('=') {
            Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
            None => (word.to_owned(), None),
        };
        Variables(words.into_iter().map(pair).collect())
    }

    /// `NAME=value` and `NAME`, sorted.
    pub fn words(&self) -> Vec<String> {
        let word = |(key, value): (&String, &Option<String>)| match value {
            Some(value) => format!("{key}={value}"),
            None => key.clone(),
        };
        self.0.iter().map(word).collect()
    }
}

impl<'de> Deserialize<'de> for Variables {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Variables, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Object(map) => {
                let value = |value: &Value| (!value.is_null()).then(|| shown(value));
                Ok(Variables(map.iter().map(|(key, entry)| (key.clone(), value(entry))).collect()))
            }
            Value::Array(list) => {
                let words: Vec<String> = list.iter().map(shown).collect();
                for word in &words {
                    let key = word.split('=').next().unwrap_or(word);
                    if key.ends_with(char::is_whitespace) {
                        let text = format!("environment variable {key} is declared with a trailing space");
                        return Err(D::Error::custom(text));
                    }
                }
                Ok(Variables::of(words.iter().map(String::as_str)))
            }
            _ => Ok(Variables::default()),
        }
    }
}

/// Host names with addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts(pub BTreeMap<String, Vec<String>>);

impl Hosts {
    /// Each name with all of its addresses, commas between.
    pub fn joined(&self) -> BTreeMap<String, String> {
        self.0.iter().map(|(host, addresses)| (host.clone(), addresses.join(","))).collect()
    }

    /// Each name with each of its addresses, `separator` between.
    pub fn lines(&self, separator: &str) -> Vec<String> {
        let of = |(host, addresses): (&String, &Vec<String>)| -> Vec<String> {
            addresses.iter().map(|address| format!("{host}{separator}{address}")).collect()
        };
        self.0.iter().flat_map(of).collect()
    }
}

impl<'de> Deserialize<'de> for Hosts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Hosts, D::Error> {
        let mut hosts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        match Value::deserialize(deserializer)? {
            Value::Object(map) => {
                for (host, value) in map {
                    let addresses = match &value {
                        Value::Array(list) => list.iter().map(shown).collect(),
                        Value::Null => vec![String::new()],
                        value => vec![shown(value)],
                    };
                    hosts.insert(host, addresses);
                }
            }
            Value::Array(list) => {
                for entry in list.iter().map(shown) {
                    let Some((host, addresses)) = entry.split_once('=').or_else(|| entry.split_once(':')) else {
                        return Err(D::Error::custom(format!("invalid additional host, missing IP: {entry}")));
                    };
                    hosts.entry(host.to_owned()).or_default().extend(addresses.split(',').map(str::to_owned));
                }
            }
            _ => {}
        }
        for (host, addresses) in &mut hosts {
            if host.is_empty() || host.contains([':', '=']) {
                return Err(D::Error::custom(format!("bad host name '{host}'")));
            }
            for address in addresses {
                if let Some(bare) = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                    *address = bare.to_owned();
                }
            }
        }
        Ok(Hosts(hosts))
    }
}

impl Serialize for Hosts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut lines = self.lines("=");
        lines.sort();
        lines.serialize(serializer)
    }
}

/// Texts, or one alone; numbers are texts too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Texts(pub Vec<String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Texts, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Array(list) => Ok(Texts(list.iter().map(shown).collect())),
            Value::Null => Ok(Texts::default()),
            value => Ok(Texts(vec![shown(&value)])),
        }
    }
}
