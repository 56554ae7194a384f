//! The format of lessons as a whole: all of it can be read, and the schema for editors says the same as the reader.
//!
//! Promises: `tests/whole_lesson` uses every key that the schema has; `lessons/lesson.schema.json` is what the types say;
//! `docs/writing-lessons.md` names every key, subject, property and misconception.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use layerlab::diagnostic::Rendering;
use layerlab::lesson::condition::{Operator, Property, SubjectKind};
use layerlab::lesson::format::{Audience, HighlightKind, StepKind};
use layerlab::lesson::misconception::MISCONCEPTIONS;
use layerlab::lesson::read::read_lesson;
use layerlab::lesson::schema::lesson_schema;

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

const WHOLE: &str = "tests/whole_lesson/2-images/every-key.toml";

/// The keys of all tables that the schema describes.
fn schema_keys(schema: &serde_json::Value, keys: &mut BTreeSet<String>) {
    match schema {
        serde_json::Value::Object(object) => {
            if let Some(serde_json::Value::Object(properties)) = object.get("properties") {
                keys.extend(properties.keys().cloned());
            }
            object.values().for_each(|value| schema_keys(value, keys));
        }
        serde_json::Value::Array(entries) => entries.iter().for_each(|value| schema_keys(value, keys)),
        _ => {}
    }
}

fn file_keys(value: &toml::Value, keys: &mut BTreeSet<String>) {
    match value {
        toml::Value::Table(table) => {
            keys.extend(table.keys().cloned());
            table.values().for_each(|value| file_keys(value, keys));
        }
        toml::Value::Array(entries) => entries.iter().for_each(|value| file_keys(value, keys)),
        _ => {}
    }
}

fn all_schema_keys() -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    schema_keys(&serde_json::from_str(&lesson_schema()).expect("the schema is JSON"), &mut keys);
    keys
}

#[test]
fn the_whole_lesson_is_read_with_all_its_parts() {
    let bytes = text(WHOLE);
    let lesson =
        read_lesson(WHOLE, bytes.as_bytes()).unwrap_or_else(|found| panic!("{}", found.render(Rendering::Plain)));
    let kinds: Vec<&str> = lesson.steps.iter().map(|step| step.kind.word()).collect();
    assert_eq!(kinds, ["say", "demo", "predict", "predict", "predict", "do", "compare", "quiz"]);
    assert_eq!(lesson.module.as_ref().map(|module| module.as_str()), Some("2-images"));
    assert!(lesson.steps[0].is_for(Audience::Class) && !lesson.steps[0].is_for(Audience::Alone));
    let StepKind::Do(task) = &lesson.steps[5].kind else { panic!("the sixth step is a do") };
    assert_eq!(
        &bytes[task.goal[0].condition.span.start..task.goal[0].condition.span.end],
        "{ label = \"db is there\", container = \"db\" }"
    );
    assert_eq!(task.goal[0].condition.tests[0].property, Property::Exists);
    assert_eq!(&bytes[task.solution[0].span.start..task.solution[0].span.end], "\"docker run -d --name db redis\"");
    assert!(bytes[lesson.steps[5].span.start..].starts_with("[[steps]]"), "a step's place is its header");
}

#[test]
fn the_whole_lesson_uses_every_key_of_the_schema() {
    let mut used = BTreeSet::new();
    file_keys(&text(WHOLE).parse::<toml::Table>().map(toml::Value::Table).expect("it is TOML"), &mut used);
    // These two exclude what the whole lesson shows: a module by its folder, several machines.
    let mut unused: BTreeSet<String> = all_schema_keys().difference(&used).cloned().collect();
    assert!(unused.remove("module"));
    assert_eq!(unused, BTreeSet::new(), "add these keys to {WHOLE}");
}

#[test]
fn every_key_of_the_schema_is_described() {
    fn check(schema: &serde_json::Value, at: &str, silent: &mut Vec<String>) {
        match schema {
            serde_json::Value::Object(object) => {
                if let Some(serde_json::Value::Object(properties)) = object.get("properties") {
                    for (key, property) in properties {
                        if property.get("description").is_none() {
                            silent.push(format!("{at}/{key}"));
                        }
                    }
                }
                object.iter().for_each(|(key, value)| check(value, &format!("{at}/{key}"), silent));
            }
            serde_json::Value::Array(entries) => entries.iter().for_each(|value| check(value, at, silent)),
            _ => {}
        }
    }
    let mut silent = Vec::new();
    check(&serde_json::from_str(&lesson_schema()).expect("the schema is JSON"), "", &mut silent);
    assert!(silent.is_empty(), "keys without a description: {silent:#?}");
}

#[test]
fn the_schema_file_is_up_to_date() {
    let file = path("lessons/lesson.schema.json");
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&file, lesson_schema()).expect("the schema can be written");
    }
    assert!(
        text("lessons/lesson.schema.json") == lesson_schema(),
        "lessons/lesson.schema.json is not what the types of src/lesson/format.rs say.\n\
         To write it anew: UPDATE_SCHEMA=1 cargo test --test lesson_format"
    );
}

#[test]
fn the_guide_names_everything() {
    let guide = text("docs/writing-lessons.md");
    let mut names = all_schema_keys();
    names.extend(SubjectKind::ALL.iter().map(|(word, _)| (*word).to_owned()));
    names.extend(Property::ALL.iter().map(|(word, _)| (*word).to_owned()));
    names.extend(Operator::ALL.iter().map(|(word, _)| (*word).to_owned()));
    names.extend(HighlightKind::ALL.iter().map(|(word, _)| (*word).to_owned()));
    names.extend(MISCONCEPTIONS.iter().map(|misconception| misconception.id.to_owned()));
    let named = |name: &String| guide.contains(&format!("`{name}`")) || guide.contains(&format!("{name} = "));
    let missing: Vec<String> = names.into_iter().filter(|name| !named(name)).collect();
    assert!(missing.is_empty(), "docs/writing-lessons.md does not name {missing:?}");
}
