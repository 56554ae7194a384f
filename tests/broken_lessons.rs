//! Every mistake of a lesson file is reported at its line and column, and nothing else is.
//!
//! Promises: for each file in `tests/broken_lessons/`, the messages are exactly those that its own comments expect, as
//! `# expect: LINE:COLUMN part of the message` (`-` for a message without a place). Files in `played/` can be read; what
//! is wrong with them shows only when they are played.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use layerlab::diagnostic::{Diagnostics, Rendering};
use layerlab::lesson::check::{Introduced, prove};
use layerlab::lesson::read::{LESSON_BYTES, read_lesson};
use layerlab::view::lesson::fit;
use layerlab::world::registry::catalogue::Catalogue;

fn lessons(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken_lessons").join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    files
}

fn expected(bytes: &[u8]) -> Vec<(String, String)> {
    String::from_utf8_lossy(bytes)
        .lines()
        .filter_map(|line| line.strip_prefix("# expect: "))
        .map(|line| {
            line.split_once(' ').map(|(place, part)| (place.to_owned(), part.to_owned())).expect("LINE:COLUMN part")
        })
        .collect()
}

/// What is reported and not expected, and what is expected and not reported.
fn differences(found: &Diagnostics, expected: &[(String, String)]) -> Vec<String> {
    let mut missing = expected.to_vec();
    let mut differences = Vec::new();
    for diagnostic in found.iter() {
        let place = found.line_column(diagnostic).map_or("-".to_owned(), |at| format!("{}:{}", at.line, at.column));
        match missing.iter().position(|(at, part)| *at == place && diagnostic.title.contains(part.as_str())) {
            Some(index) => drop(missing.remove(index)),
            None => differences.push(format!("not expected: {place} {}", diagnostic.title)),
        }
    }
    differences.extend(missing.into_iter().map(|(place, part)| format!("not reported: {place} {part}")));
    differences
}

#[test]
fn each_broken_lesson_is_reported_as_it_expects() {
    let files = lessons("");
    assert!(files.len() >= 24, "{} broken lessons", files.len());
    let mut wrong = Vec::new();
    for path in files {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).expect("it can be read");
        let expected = expected(&bytes);
        assert!(!expected.is_empty(), "{name} expects nothing: write `# expect: LINE:COLUMN part of the message`");
        match read_lesson(&name, &bytes) {
            Ok(_) => wrong.push(format!("{name}: read without complaint")),
            Err(found) => {
                wrong.extend(differences(&found, &expected).into_iter().map(|text| format!("{name}: {text}")))
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_only_playing_finds_can_be_read() {
    let files = lessons("played");
    assert!(!files.is_empty());
    for path in files {
        let bytes = std::fs::read(&path).expect("it can be read");
        assert!(!expected(&bytes).is_empty(), "{} expects nothing", path.display());
        if let Err(found) = read_lesson(&path.to_string_lossy(), &bytes) {
            panic!("{}", found.render(Rendering::Plain));
        }
    }
}

#[test]
fn what_only_playing_finds_is_reported_as_it_expects() {
    let catalogue = Arc::new(Catalogue::shipped().expect("the shipped catalogue is whole"));
    let settings = layerlab::worlds::settings(&catalogue);
    let mut wrong = Vec::new();
    for path in lessons("played") {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        let source = std::fs::read_to_string(&path).expect("it can be read");
        let Ok(lesson) = read_lesson(&name, source.as_bytes()) else { continue };
        let lesson = Arc::new(lesson);
        let mut found = prove(&name, &source, &lesson, &settings, &Introduced::default());
        found.append(fit::check(&name, &source, &lesson, &settings));
        let found = differences(&found, &expected(source.as_bytes()));
        wrong.extend(found.into_iter().map(|text| format!("{name}: {text}")));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_message_quotes_the_line_and_suggests_the_name() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken_lessons/many.toml");
    let found = read_lesson("many.toml", &std::fs::read(path).expect("it can be read")).expect_err("it is broken");
    insta::assert_snapshot!(found.render(Rendering::Plain));
}

#[test]
fn a_file_of_more_than_a_mebibyte_is_not_read() {
    let found = read_lesson("big.toml", &vec![b'#'; LESSON_BYTES + 1]).expect_err("it is too large");
    assert_eq!(found.render_short(), "big.toml: error: the file has 1048577 bytes\n");
}

#[test]
fn no_part_of_a_lesson_makes_the_reader_panic() {
    let whole = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/whole_lesson/2-images/every-key.toml"));
    let whole = whole.expect("the whole lesson is there");
    for end in (0..whole.len()).step_by(37) {
        if let Err(found) = read_lesson("cut.toml", &whole[..end]) {
            assert!(!found.render(Rendering::Plain).is_empty());
        }
    }
    // Deep nesting ends in a message too.
    let deep = format!("format = 1\nsteps = {}", "[".repeat(100_000));
    assert!(read_lesson("deep.toml", deep.as_bytes()).is_err());
}
