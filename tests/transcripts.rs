//! Layerlab answers as a real Docker Engine 28.5 answered: every recorded scenario is played and compared.
//!
//! `tests/transcripts/expected.txt` says how many commands of each scenario agree. The number may only rise:
//! `LAYERLAB_RECOUNT=1 cargo test --test transcripts` writes it anew, and refuses to lower it.
//! `LAYERLAB_SHOW=NAME cargo test --test transcripts -- --nocapture` prints what differs in a scenario.

#[path = "support/normalise.rs"]
mod normalise;
mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use layerlab::scenario::{Answer, Scenario, play};
use layerlab::world::{World, WorldSettings};
use normalise::Normaliser;
use serde_json::Value;

/// What came of comparing a scenario.
#[derive(Default)]
struct Count {
    agreed: usize,
    compared: usize,
    /// What differs, as text.
    differences: String,
}

fn answers(settings: &WorldSettings, name: &str) -> Vec<Answer> {
    let text = fs::read_to_string(support::folder(&format!("tests/transcripts/{name}.scn"))).expect("a scenario");
    let scenario = Scenario::parse(&text).unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
    let mut answers = Vec::new();
    play(World::new(settings), &scenario, |line, outcome| answers.push(Answer::new(line, outcome)));
    answers
}

fn compare(name: &str, given: &[Answer]) -> Count {
    let text = fs::read_to_string(support::folder(&format!("tests/transcripts/{name}.json"))).expect("a transcript");
    let recorded: Value = serde_json::from_str(&text).expect("a transcript is JSON");
    let steps = recorded["steps"].as_array().expect("a transcript has steps");
    let (mut ours, mut theirs) = (Normaliser::new(), Normaliser::new());
    let mut count = Count::default();
    for (index, step) in steps.iter().filter(|step| step["kind"] == "cmd").enumerate() {
        let text = |key: &str| step[key].as_str().unwrap_or_default();
        let unordered = step["unordered"].as_bool().unwrap_or(false);
        let exit = step["exit"].as_i64().and_then(|exit| i32::try_from(exit).ok());
        let command = text("cmd");
        let want = theirs.answer(command, unordered, exit, text("stdout"), text("stderr"));
        let have =
            given.get(index).map(|answer| ours.answer(command, unordered, answer.exit, &answer.stdout, &answer.stderr));
        if !step["compare"].as_bool().unwrap_or(false) || !step["stable"].as_bool().unwrap_or(true) {
            continue;
        }
        count.compared += 1;
        if have.as_ref() == Some(&want) {
            count.agreed += 1;
        } else {
            let _ = writeln!(count.differences, "--- {name}: {command}\n docker   {want:?}\n layerlab {have:?}");
        }
    }
    count
}

fn names() -> Vec<String> {
    let entries = fs::read_dir(support::folder("tests/transcripts")).expect("the transcripts are there");
    let files = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = files.filter_map(|file| file.strip_suffix(".scn").map(str::to_owned)).collect();
    names.sort();
    names
}

fn expected() -> BTreeMap<String, (usize, usize)> {
    let text = fs::read_to_string(support::folder("tests/transcripts/expected.txt")).unwrap_or_default();
    let line = |line: &str| {
        let (name, numbers) = line.split_once(' ')?;
        let (agreed, compared) = numbers.split_once('/')?;
        Some((name.to_owned(), (agreed.parse().ok()?, compared.parse().ok()?)))
    };
    text.lines().filter_map(line).collect()
}

#[test]
fn scenarios_agree_with_docker_as_far_as_they_did() {
    let settings = support::recorded_world();
    let expected = expected();
    let wanted = std::env::var("LAYERLAB_SHOW").ok();
    let mut report = String::new();
    let mut fallen = String::new();
    for name in names().into_iter().filter(|name| wanted.as_ref().is_none_or(|wanted| name.contains(wanted))) {
        let count = compare(&name, &answers(&settings, &name));
        let _ = writeln!(report, "{name} {}/{}", count.agreed, count.compared);
        let least = expected.get(&name).map_or(0, |(agreed, _)| *agreed);
        if count.agreed < least {
            let _ = writeln!(fallen, "{name}: {} agree, {least} did before\n{}", count.agreed, count.differences);
        }
        if wanted.is_some() {
            println!("{}{name} {}/{}", count.differences, count.agreed, count.compared);
        }
    }
    assert!(fallen.is_empty(), "fewer commands agree with Docker than before:\n{fallen}");
    if std::env::var_os("LAYERLAB_RECOUNT").is_some() && wanted.is_none() {
        fs::write(support::folder("tests/transcripts/expected.txt"), report).expect("writable");
    }
}
