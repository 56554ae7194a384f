//! The JSON schema of lesson files, made from the types: editors complete and check lessons by it.
//!
//! Promises: the schema has the keys that `read` knows, no more and no fewer, each with its description. The text is
//! kept as `lessons/lesson.schema.json`; a test compares the two. Knows the types of `format` only.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use crate::lesson::condition::{Condition, Operator};
use crate::lesson::format::{
    ByteCount, Command, Compare, Demo, Do, Highlight, HighlightKind, Lesson, Predict, Quiz, Say, Step, StepHeader,
    StepKind, When,
};

/// The schema as the text of `lessons/lesson.schema.json`.
pub fn lesson_schema() -> String {
    // Draft 7 is what TOML language servers know.
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<Lesson>().to_value();
    tidy(&mut schema);
    let mut text = format!("{schema:#}");
    text.push('\n');
    text
}

/// TOML has no null, and no number formats: what is optional is left out.
fn tidy(value: &mut Value) {
    match value {
        Value::Object(keys) => {
            keys.shift_remove("format")
                .filter(|format| !format.is_string())
                .map(|format| keys.insert("format".into(), format));
            if keys
                .get("default")
                .is_some_and(|default| default.is_null() || default == &json!([]) || default == &json!({}))
            {
                keys.shift_remove("default");
            }
            if let Some(Value::Array(types)) = keys.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    keys.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(words)) = keys.get_mut("enum") {
                words.retain(|word| !word.is_null());
            }
            if let Some(Value::Array(any)) = keys.get_mut("anyOf") {
                any.retain(|schema| schema != &json!({ "type": "null" }));
                if let [only] = any.as_slice() {
                    // A reference beside other keys is ignored in draft 7, but not within `allOf`.
                    let only = only.clone();
                    keys.shift_remove("anyOf");
                    keys.insert("allOf".to_owned(), json!([only]));
                }
            }
            keys.values_mut().for_each(tidy);
        }
        Value::Array(entries) => entries.iter_mut().for_each(tidy),
        _ => {}
    }
}

impl JsonSchema for Step {
    fn schema_name() -> Cow<'static, str> {
        "Step".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let kinds: Vec<Value> = StepKind::ALL
            .iter()
            .map(|(kind, meaning)| {
                let own = match *kind {
                    "say" => Say::json_schema(generator),
                    "demo" => Demo::json_schema(generator),
                    "predict" => Predict::json_schema(generator),
                    "do" => Do::json_schema(generator),
                    "compare" => Compare::json_schema(generator),
                    _ => Quiz::json_schema(generator),
                };
                step_of_kind(kind, meaning, &StepHeader::json_schema(generator), &own)
            })
            .collect();
        json_schema!({ "description": "A step of one of six kinds.", "oneOf": kinds })
    }
}

/// A step has the keys of its kind and those of every step.
fn step_of_kind(kind: &str, meaning: &str, header: &Schema, own: &Schema) -> Value {
    let mut keys = Map::new();
    keys.insert("kind".to_owned(), json!({ "const": kind, "description": meaning }));
    let mut required = vec![json!("kind")];
    for schema in [own, header] {
        if let Some(Value::Object(properties)) = schema.get("properties") {
            keys.extend(properties.clone());
        }
        if let Some(Value::Array(names)) = schema.get("required") {
            required.extend(names.clone());
        }
    }
    json!({
        "title": kind, "description": meaning, "type": "object", "additionalProperties": false,
        "required": required, "properties": keys,
    })
}

impl JsonSchema for Command {
    fn schema_name() -> Cow<'static, str> {
        "Command".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A shell line, as the learner would type it.",
            "anyOf": [
                { "type": "string" },
                { "type": "object", "additionalProperties": false, "required": ["run"], "properties": {
                    "run": { "type": "string", "description": "The line." },
                    "on": { "type": "string", "description": "The machine that it is typed on." },
                }},
            ],
        })
    }
}

impl JsonSchema for ByteCount {
    fn schema_name() -> Cow<'static, str> {
        "ByteCount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "Bytes, such as 65536, \"64m\" or \"1.5GB\".", "type": ["integer", "string"] })
    }
}

impl JsonSchema for Highlight {
    fn schema_name() -> Cow<'static, str> {
        "Highlight".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let kinds: Vec<&str> = HighlightKind::ALL.iter().map(|(word, _)| *word).collect();
        json_schema!({
            "description": "Something on the stage, as KIND:NAME.",
            "type": "string", "pattern": format!("^({}):.", kinds.join("|")),
        })
    }
}

impl JsonSchema for When {
    fn schema_name() -> Cow<'static, str> {
        "When".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let conditions = generator.subschema_for::<Condition>();
        let comparisons: Map<String, Value> = Operator::ALL
            .iter()
            .map(|(word, operator)| ((*word).to_owned(), json!({ "description": operator.meaning() })))
            .collect();
        json_schema!({
            "description": "A value for what `observe` asks, a table of comparisons with it, or a list of conditions.",
            "anyOf": [
                { "type": ["string", "integer", "boolean"] },
                { "type": "object", "additionalProperties": false, "minProperties": 1, "properties": comparisons },
                { "type": "array", "minItems": 1, "items": conditions },
            ],
        })
    }
}
