//! Putting a later file, or an extending service, over an earlier one.
//!
//! Promises: the rules of compose-go's `override` package: mappings are merged, lists are joined, what has a key in its entries
//! keeps the last entry of each; some keys have rules of their own.

use serde_json::{Map, Value};

use super::path::Path;
use crate::client::compose::ComposeError;

/// A rule for one key.
#[derive(Clone, Copy)]
enum Rule {
    /// The later one counts.
    Replace,
    /// Both as lists of `key=value`, one after the other.
    Lists,
    /// The same, but what is there already is not added.
    Hosts,
    /// Both as mappings.
    Names,
    Dependencies,
    Build,
    Logging,
    AddressPools,
}

const RULES: [(&str, Rule); 28] = [
    ("networks.*.ipam.config", Rule::AddressPools),
    ("networks.*.labels", Rule::Lists),
    ("volumes.*.labels", Rule::Lists),
    ("services.*.annotations", Rule::Lists),
    ("services.*.build", Rule::Build),
    ("services.*.build.args", Rule::Lists),
    ("services.*.build.additional_contexts", Rule::Lists),
    ("services.*.build.extra_hosts", Rule::Hosts),
    ("services.*.build.labels", Rule::Lists),
    ("services.*.command", Rule::Replace),
    ("services.*.depends_on", Rule::Dependencies),
    ("services.*.deploy.labels", Rule::Lists),
    ("services.*.dns", Rule::Lists),
    ("services.*.dns_opt", Rule::Lists),
    ("services.*.dns_search", Rule::Lists),
    ("services.*.entrypoint", Rule::Replace),
    ("services.*.env_file", Rule::Lists),
    ("services.*.label_file", Rule::Lists),
    ("services.*.environment", Rule::Lists),
    ("services.*.extra_hosts", Rule::Hosts),
    ("services.*.healthcheck.test", Rule::Replace),
    ("services.*.labels", Rule::Lists),
    ("services.*.logging", Rule::Logging),
    ("services.*.networks", Rule::Names),
    ("services.*.sysctls", Rule::Lists),
    ("services.*.tmpfs", Rule::Lists),
    ("services.*.models", Rule::Names),
    ("services.*.ulimits.*", Rule::Replace),
];

/// Puts `over` over `base`.
///
/// # Errors
/// When one is a mapping or list and the other is not.
pub fn merge(base: Value, over: Value) -> Result<Value, ComposeError> {
    merge_at(base, over, &Path::TOP)
}

/// Puts the definition of a service over that of the one it extends.
///
/// # Errors
/// As [`merge`].
pub fn extend_service(base: Value, over: Value) -> Result<Value, ComposeError> {
    merge_at(base, over, &Path::TOP.next("services").next("x"))
}

fn merge_at(base: Value, over: Value, path: &Path<'_>) -> Result<Value, ComposeError> {
    let rule = RULES.iter().find(|(pattern, _)| path.matches(pattern));
    if let Some((_, rule)) = rule {
        return by_rule(*rule, base, over, path);
    }
    match (base, over) {
        (base, Value::Null) => Ok(base),
        (Value::Object(base), Value::Object(over)) => mappings(base, over, path).map(Value::Object),
        (Value::Array(mut base), Value::Array(over)) => {
            base.extend(over);
            Ok(Value::Array(base))
        }
        (Value::Object(_) | Value::Array(_), _) => Err(ComposeError::Message(format!("cannot override {path}"))),
        (_, over) => Ok(over),
    }
}

fn mappings(
    mut base: Map<String, Value>,
    over: Map<String, Value>,
    path: &Path<'_>,
) -> Result<Map<String, Value>, ComposeError> {
    for (key, value) in over {
        let merged = match base.get_mut(&key) {
            Some(there) => merge_at(there.take(), value, &path.next(&key))?,
            None => value,
        };
        base.insert(key, merged);
    }
    Ok(base)
}

fn by_rule(rule: Rule, base: Value, over: Value, path: &Path<'_>) -> Result<Value, ComposeError> {
    let as_object = |value: Value| match value {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    match rule {
        Rule::Replace => Ok(over),
        Rule::Lists => {
            let mut list = as_list(base);
            list.extend(as_list(over));
            Ok(Value::Array(list))
        }
        Rule::Hosts => {
            let mut list = as_list(base);
            let new: Vec<Value> = as_list(over).into_iter().filter(|host| !list.contains(host)).collect();
            list.extend(new);
            Ok(Value::Array(list))
        }
        Rule::Names => {
            let nothing = || Value::Null;
            mappings(as_mapping(base, nothing), as_mapping(over, nothing), path).map(Value::Object)
        }
        Rule::Dependencies => {
            let started = || serde_json::json!({"condition": "service_started", "required": true});
            mappings(as_mapping(base, started), as_mapping(over, started), path).map(Value::Object)
        }
        Rule::Build => {
            let context = |value: Value| match value {
                Value::String(context) => Map::from_iter([("context".to_owned(), Value::String(context))]),
                value => as_object(value),
            };
            mappings(context(base), context(over), path).map(Value::Object)
        }
        Rule::Logging => {
            let (base, over) = (as_object(base), as_object(over));
            // Options of one driver mean nothing to another.
            match (base.get("driver"), over.get("driver")) {
                (Some(one), Some(other)) if one != other => Ok(Value::Object(over)),
                _ => mappings(base, over, path).map(Value::Object),
            }
        }
        Rule::AddressPools => address_pools(base, over, path),
    }
}

/// Pools of one subnet are merged, others stand beside each other.
fn address_pools(base: Value, over: Value, path: &Path<'_>) -> Result<Value, ComposeError> {
    let (Value::Array(base), Value::Array(over)) = (base, over) else {
        return Err(ComposeError::Message(format!("{path}: unexpected type")));
    };
    let mut pools: Vec<Value> = Vec::new();
    for original in base {
        for later in &over {
            if later.get("subnet") != original.get("subnet") {
                let known = pools.iter().any(|pool| pool.get("subnet") == later.get("subnet"));
                if !known {
                    pools.push(later.clone());
                    continue;
                }
            }
            let merged = merge_at(original.clone(), later.clone(), &path.next("[]"))?;
            match pools.iter_mut().find(|pool| pool.get("subnet") == merged.get("subnet")) {
                Some(pool) => *pool = merged,
                None => pools.push(merged),
            }
        }
    }
    Ok(Value::Array(pools))
}

/// `{A: 1, B: }` as `[A=1, B]`, sorted; a text alone as a list of it.
fn as_list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list,
        Value::String(text) => vec![Value::String(text)],
        Value::Object(map) => {
            let mut list = Vec::new();
            for (key, value) in map {
                match value {
                    Value::Null => list.push(key),
                    Value::Array(values) => list.extend(values.iter().map(|value| format!("{key}={}", shown(value)))),
                    value => list.push(format!("{key}={}", shown(&value))),
                }
            }
            list.sort();
            list.into_iter().map(Value::String).collect()
        }
        _ => Vec::new(),
    }
}

/// A value as Go's `%v` shows it.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => {
            number.as_f64().map(crate::client::units::format_float).unwrap_or_default()
        }
        other => other.to_string(),
    }
}

/// `[a, b]` as `{a: …, b: …}`.
fn as_mapping(value: Value, entry: impl Fn() -> Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        Value::Array(names) => {
            names.into_iter().filter_map(|name| Some((name.as_str()?.to_owned(), entry()))).collect()
        }
        _ => Map::new(),
    }
}

/// The Go type that a value of YAML has.
pub fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::unique::keep_last;
    use super::*;

    #[test]
    fn a_service_is_put_over_another() {
        let base = json!({"services": {"a": {
            "image": "x", "command": ["1"], "environment": {"A": 1, "B": null}, "depends_on": ["d"], "dns": "1",
            "logging": {"driver": "a", "options": {"x": 1}}, "ports": ["80:80"],
        }}});
        let over = json!({"services": {"a": {
            "command": "2", "environment": ["B=2"], "depends_on": {"e": {"condition": "service_healthy"}}, "dns": ["2"],
            "logging": {"options": {"y": 2}}, "ports": ["80:80", "81:81"], "image": null,
        }}});
        let mut merged = merge(base, over).unwrap();
        keep_last(&mut merged).unwrap();
        assert_eq!(
            merged["services"]["a"],
            json!({
                "image": "x", "command": "2", "environment": ["A=1", "B=2"], "dns": ["1", "2"], "ports": ["80:80", "81:81"],
                "depends_on": {
                    "d": {"condition": "service_started", "required": true}, "e": {"condition": "service_healthy"},
                },
                "logging": {"driver": "a", "options": {"x": 1, "y": 2}},
            })
        );
        let clash = merge(json!({"services": {"a": {"ports": ["1"]}}}), json!({"services": {"a": {"ports": {}}}}));
        assert_eq!(clash.unwrap_err().to_string(), "cannot override services.a.ports");
    }
}
