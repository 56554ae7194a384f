//! Describes conditions and observations to editors, as JSON schema, from the table of subjects and properties.
//!
//! Promises: exactly the keys that `table` reads. Knows nothing of worlds and of the rest of a lesson.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::{
    Condition, ContainerFilter, Goal, ImageFilter, NetworkFilter, Observation, Operator, Property, SubjectKind,
    ValueKind, VolumeFilter,
};
use crate::lesson::format::Measure;

/// The keys by which a subject is named.
fn subject_keys(generator: &mut SchemaGenerator) -> Map<String, Value> {
    let mut keys = Map::new();
    for (word, kind) in SubjectKind::ALL {
        let mut schema = match kind {
            SubjectKind::Containers => generator.subschema_for::<ContainerFilter>().to_value(),
            SubjectKind::Images => generator.subschema_for::<ImageFilter>().to_value(),
            SubjectKind::Volumes => generator.subschema_for::<VolumeFilter>().to_value(),
            SubjectKind::Networks => generator.subschema_for::<NetworkFilter>().to_value(),
            SubjectKind::Port => json!({ "type": "integer", "minimum": 0, "maximum": 65535 }),
            SubjectKind::Build | SubjectKind::Pull | SubjectKind::Command | SubjectKind::Load => {
                json!({ "const": "last" })
            }
            SubjectKind::File => json!({ "type": "string", "pattern": "^/" }),
            _ => json!({ "type": "string" }),
        };
        describe(&mut schema, kind.meaning());
        keys.insert((*word).to_owned(), schema);
    }
    for (key, meaning) in [
        ("host", "The host that a request to `port` is sent to; localhost without this key."),
        ("from", "The container that asks for `port` or `lookup`; without this key, `port` is asked by the machine."),
        ("on", "The machine that the subject is on; the lesson's first without this key."),
    ] {
        keys.insert(key.to_owned(), json!({ "type": "string", "description": meaning }));
    }
    keys
}

fn describe(schema: &mut Value, meaning: &str) {
    if let Some(keys) = schema.as_object_mut() {
        keys.insert("description".to_owned(), meaning.into());
    }
}

/// A value of a property: alone, or in a table of comparisons. Properties of the same kind share one definition.
fn tests(property: Property, generator: &mut SchemaGenerator) -> Value {
    let name = match property.kind() {
        ValueKind::Truth => "TruthTest".to_owned(),
        ValueKind::Count => "CountTest".to_owned(),
        ValueKind::Bytes => "BytesTest".to_owned(),
        ValueKind::Duration => "DurationTest".to_owned(),
        ValueKind::Text => "TextTest".to_owned(),
        ValueKind::Identity => "IdentityTest".to_owned(),
        ValueKind::Layer => "LayerTest".to_owned(),
        ValueKind::Word(_) => format!("{property:?}Test"),
    };
    if !generator.definitions().contains_key(&name) {
        let schema = tests_of_kind(property.kind(), generator);
        generator.definitions_mut().insert(name.clone(), schema);
    }
    json!({ "description": property.meaning(), "allOf": [{ "$ref": format!("#/definitions/{name}") }] })
}

fn tests_of_kind(kind: ValueKind, generator: &mut SchemaGenerator) -> Value {
    let amount = json!({ "type": ["integer", "string"] });
    let literal = match kind {
        ValueKind::Truth => json!({ "type": "boolean" }),
        ValueKind::Count => json!({ "type": "integer", "minimum": 0 }),
        ValueKind::Bytes => amount,
        ValueKind::Duration | ValueKind::Text => json!({ "type": "string" }),
        ValueKind::Word(words) => json!({ "enum": words }),
        ValueKind::Identity => json!(false),
        ValueKind::Layer => {
            json!({ "anyOf": [{ "type": "integer", "minimum": 1 }, { "enum": ["writable", "mount"] }] })
        }
    };
    let mut comparisons = Map::new();
    for (word, operator) in Operator::ALL {
        let mut schema = match operator {
            Operator::Changed => json!({ "type": "boolean" }),
            Operator::OneOf => json!({ "type": "array", "items": literal }),
            _ => json!({ "anyOf": [literal, generator.subschema_for::<Observation>()] }),
        };
        describe(&mut schema, operator.meaning());
        comparisons.insert((*word).to_owned(), schema);
    }
    let comparison =
        json!({ "type": "object", "additionalProperties": false, "minProperties": 1, "properties": comparisons });
    json!({ "anyOf": [literal, comparison] })
}

fn condition_keys(generator: &mut SchemaGenerator) -> Map<String, Value> {
    let mut keys = subject_keys(generator);
    for (word, property) in Property::ALL {
        keys.insert((*word).to_owned(), tests(*property, generator));
    }
    keys
}

fn observation_keys(generator: &mut SchemaGenerator) -> Map<String, Value> {
    let mut keys = subject_keys(generator);
    let mut show = generator.subschema_for::<Property>().to_value();
    describe(&mut show, "The property that is asked for.");
    keys.insert("show".to_owned(), show);
    keys
}

fn with_label(keys: Map<String, Value>, meaning: &str) -> Map<String, Value> {
    let mut all = Map::new();
    all.insert("label".to_owned(), json!({ "type": "string", "description": meaning }));
    all.extend(keys);
    all
}

fn table(description: &str, required: &[&str], keys: Map<String, Value>) -> Schema {
    json_schema!({
        "description": description, "type": "object", "additionalProperties": false,
        "required": required, "properties": keys,
    })
}

macro_rules! described_by {
    ($($type:ident = |$generator:ident| $schema:expr;)*) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    )*};
}

described_by! {
    Condition = |generator| table("A statement about the model.", &[], condition_keys(generator));
    Goal = |generator| table(
        "A statement about the model that the learner makes true.",
        &["label"],
        with_label(condition_keys(generator), "What is to be reached, in a few words."),
    );
    Observation = |generator| table("A question to the model.", &["show"], observation_keys(generator));
    Measure = |generator| table(
        "A question to the model, asked in every lane.",
        &["label", "show"],
        with_label(observation_keys(generator), "What is measured, in a few words."),
    );
}
