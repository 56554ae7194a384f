//! The rules of the house hold: who may know whom, what is pure, how a file begins, how long it is.
//!
//! Promises: a breach is told with its file, line and rule (`docs/architecture.md` gives the reasons), and each rule is itself
//! tested by a source that breaks it. Must not know: anything of what the code does.

#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/source.rs"]
mod source;
#[path = "architecture/tokens.rs"]
mod tokens;

use std::fs;
use std::path::Path;

use rules::{Breach, breaches};
use source::Source;

/// The sources of a folder of the package, in order.
fn sources_in(folder: &str) -> Vec<Source> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut waiting = vec![package.join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(package).unwrap().to_str().unwrap().replace('\\', "/");
                found.push(Source::new(&name, &fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort_by(|left, right| left.path.cmp(&right.path));
    found
}

fn told(breaches: &[Breach]) -> String {
    breaches.iter().map(|breach| format!("\n  {breach}")).collect()
}

#[test]
fn the_sources_keep_the_rules() {
    let sources = sources_in("src");
    assert!(sources.len() > 100, "only {} sources were found", sources.len());
    let found = breaches(&sources);
    assert!(found.is_empty(), "{} places break a rule:{}", found.len(), told(&found));
}

#[test]
fn tests_benches_and_examples_say_what_they_are_for() {
    let folders = ["tests", "benches", "examples", "fuzz"];
    let missing: Vec<String> = folders
        .into_iter()
        .filter(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).is_dir())
        .flat_map(sources_in)
        .filter(|source| !source.text.starts_with("//! "))
        .map(|source| source.path)
        .collect();
    assert!(missing.is_empty(), "these do not begin with `//! ` and what they are for: {missing:?}");
}

/// The rules that sources break, as `path:line rule`.
fn broken(files: &[(&str, &str)]) -> Vec<String> {
    let sources: Vec<Source> = files.iter().map(|(path, text)| Source::new(path, text)).collect();
    let found = breaches(&sources);
    found.iter().map(|breach| format!("{}:{} {}", breach.path, breach.line, breach.rule)).collect()
}

/// The lines on which one file breaks a rule.
fn lines(path: &str, code: &str) -> Vec<String> {
    let found = broken(&[(path, &format!("//! For a test.\n{code}"))]);
    found.iter().map(|breach| breach[path.len() + 1..].to_owned()).collect()
}

#[test]
fn a_module_that_knows_too_much_is_found_however_it_writes_the_path() {
    for code in [
        "use crate::client::program;",
        "use crate::{diagnostic, client::{program, table}};",
        "fn f() { crate::client::program::register() }",
        "use super::super::client as other;",
        "fn f() -> super::super::client::Table { }",
        "pub use self::super::super::client::*;",
    ] {
        assert_eq!(lines("src/world/clock.rs", code), ["2 layers"], "{code}");
    }
    assert_eq!(lines("src/world/clock.rs", "mod inner {\nuse super::super::super::client;\n}"), ["3 layers"]);
    assert_eq!(
        lines("src/stage/scene.rs", "use crate::app::App;\nuse crate::lesson::Lesson;"),
        ["2 layers", "3 layers"]
    );
    assert_eq!(lines("src/lesson/read.rs", "use crate::stage::Scene;"), ["2 layers"]);
    assert_eq!(lines("src/diagnostic.rs", "use crate::world::clock;"), ["2 layers"]);
    assert_eq!(lines("src/args.rs", "use crate::runtime;"), ["2 layers"]);
    assert_eq!(lines("src/app/home.rs", "use ratatui::buffer::Buffer;"), ["2 layers"]);
    assert_eq!(lines("src/elsewhere.rs", ""), ["1 layers"]);
}

#[test]
fn a_module_may_know_what_stands_to_its_right() {
    assert!(lines("src/view/frame.rs", "use crate::{app::App, world::clock::Time};\nuse ratatui::buffer;").is_empty());
    assert!(lines("src/runtime/launch.rs", "use crate::args::Args;\nuse std::fs;\nuse std::time::Instant;").is_empty());
    assert!(lines("src/world/clock.rs", "use super::digest::Digest;\nuse crate::world::event;").is_empty());
    assert!(
        lines("src/client/table.rs", "use std::net::Ipv4Addr;\nuse std::time::Duration;\nuse std::io::Read;")
            .is_empty()
    );
}

#[test]
fn what_touches_the_machine_or_varies_is_found() {
    for code in [
        "use std::fs;",
        "use std::{fmt, env};",
        "fn f() { ::std::thread::spawn(g); }",
        "use std::time::{Duration, Instant};",
        "use std::time;",
        "use std::net::*;",
        "use std::net::{IpAddr, TcpStream};",
        "fn f() { io::stdout().flush() }",
        "use std::io::{Read, stdin};",
        "fn f() { println!(\"x\"); }",
        "type Order = imbl::HashMap<u8, u8>;",
        "use std::collections::{BTreeMap, HashSet};",
        "fn f() -> u8 { rand::random() }",
        "use std::sync::atomic::AtomicBool;",
        "fn f() -> std::ops::Range<u8> { 0..std::process::id() }",
    ] {
        assert_eq!(lines("src/world/clock.rs", code), ["2 pure"], "{code}");
    }
}

#[test]
fn what_is_unfinished_or_ends_the_program_is_found() {
    for code in [
        "fn f() { todo!() }",
        "fn f() { g().unwrap(); }",
        "fn f() { g().expect(\"there\"); }",
        "fn f() { unreachable!(\"never\") }",
    ] {
        assert_eq!(lines("src/runtime/paint.rs", code), ["2 finished"], "{code}");
    }
    assert!(lines("src/runtime/paint.rs", "fn f() { g().unwrap_or(1); parser.expect(Token::Word); }").is_empty());
}

#[test]
fn comments_strings_and_tests_are_not_code() {
    let code = r##"
// std::fs, todo!()
/* std::fs /* nested */ println!() */
/// `std::fs`
const A: &str = "use std::fs; \" todo!()";
const B: &str = r#"std::env " todo!()"#;
const C: (char, char, &'static [u8]) = ('"', '\'', b"std::fs");
#[cfg(not(test))]
mod kept {}
#[cfg(test)]
use std::collections::HashMap;
#[cfg(test)]
mod tests {
    use std::{fs, env};
    #[test]
    fn f() { g().unwrap(); println!("}}"); }
}
#[cfg(test)]
pub(crate) fn planted() -> Vec<u8> { std::fs::read("x").unwrap() }
"##;
    assert_eq!(lines("src/world/clock.rs", code), Vec::<String>::new());
    assert_eq!(lines("src/world/clock.rs", &format!("{code}use std::fs;")), ["21 pure"]);
}

#[test]
fn a_file_that_only_tests_see_is_a_test() {
    let head = "//! For a test.\n";
    let parent = ("src/world/digest.rs", "//! For a test.\n#[cfg(test)]\nmod tests;\nmod bytes;\n");
    let text = format!("{head}use std::fs;");
    let children = [
        parent,
        ("src/world/digest/tests.rs", text.as_str()),
        ("src/world/digest/tests/more.rs", text.as_str()),
        ("src/world/digest/bytes.rs", text.as_str()),
    ];
    assert_eq!(broken(&children), ["src/world/digest/bytes.rs:2 pure"]);
}

#[test]
fn a_file_without_its_purpose_or_with_an_empty_name_is_found() {
    assert_eq!(broken(&[("src/world/clock.rs", "use std::fmt;\n")]), ["src/world/clock.rs:1 purpose"]);
    assert_eq!(broken(&[("src/world/mod.rs", "//! A world.\n")]), ["src/world/mod.rs:1 purpose"]);
    assert_eq!(lines("src/world/string_utils.rs", ""), ["1 names"]);
    assert_eq!(lines("src/world/helpers/text.rs", ""), ["1 names"]);
    assert_eq!(lines("src/world/image.rs", "pub struct ImageManager;\nfn manager() {}"), ["2 names"]);
}

#[test]
fn a_long_file_is_found_and_its_tests_are_not_counted() {
    let long = "fn f() {}\n".repeat(500);
    assert_eq!(lines("src/world/clock.rs", &long), ["501 size"]);
    let tested = format!("{}#[cfg(test)]\nmod tests {{\n{long}}}\n", "fn f() {}\n".repeat(400));
    assert!(lines("src/world/clock.rs", &tested).is_empty());
}
