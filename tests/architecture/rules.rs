//! The rules of the house, as `docs/architecture.md` names them; each gives the places where a source breaks it.
//!
//! Promises: every breach has its file, line, rule and what to do instead. Must not know: where the sources come from.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use super::source::{Named, Source};
use super::tokens::Kind;

/// Who may know whom: each module knows those of later rows, and of its own row only itself and what `NEIGHBOURS` grants.
const ROWS: &[&[&str]] = &[
    &["main"],
    &["runtime", "args"],
    &["recording"],
    &["view", "plain", "classroom"],
    &["app"],
    &["stage", "quiz", "learner", "lesson"],
    &["scenario", "project"],
    &["worlds"],
    &["timeline"],
    &["client"],
    &["world"],
    &["diagnostic"],
];

/// (who, whom) within a row.
const NEIGHBOURS: &[(&str, &str)] = &[
    // The arguments are plain types; runtime does what they say.
    ("runtime", "args"),
    // A quiz asks the questions of lessons, and the learner's answers are kept.
    ("quiz", "lesson"),
    ("quiz", "learner"),
];

/// Modules that may touch the machine they run on.
const EDGE: &[&str] = &["main", "runtime"];

/// Packages that only some modules may use.
const PACKAGES: &[(&str, &[&str])] = &[
    ("anyhow", &["main", "runtime"]),
    ("axum", &["runtime"]),
    ("clap", &["main", "runtime", "args"]),
    ("clap_complete", &["runtime", "args"]),
    ("clap_mangen", &["runtime"]),
    ("crossterm", &["runtime"]),
    ("etcetera", &["runtime"]),
    ("ratatui", &["runtime", "recording", "view"]),
    ("nix", &["runtime"]),
    ("rustix", &["runtime"]),
    ("signal_hook", &["runtime"]),
    ("tempfile", &["runtime"]),
    ("tokio", &["runtime"]),
];

/// What reaches out of the program, or varies from run to run. A path is refused when it begins with one of these.
const IMPURE: &[(&[&str], &str)] = &[
    (&["std", "fs"], "files are runtime's; take text or bytes as an argument"),
    (&["std", "env"], "the environment is runtime's; take the value as an argument"),
    (&["std", "thread"], "there is no thread but runtime's; a process is a resumable machine"),
    (&["std", "process"], "the real machine's processes are runtime's"),
    (&["std", "os"], "the operating system is runtime's"),
    (&["std", "time", "Instant"], "the wall clock is runtime's; the world has `world::clock::Time`"),
    (&["std", "time", "SystemTime"], "the wall clock is runtime's; the world has `world::clock::Time`"),
    (&["std", "time", "UNIX_EPOCH"], "the wall clock is runtime's; the world has `world::clock::Time`"),
    (&["std", "time", "*"], "name what is used, so that the wall clock cannot come with it"),
    (&["io", "stdin"], "the terminal is runtime's"),
    (&["io", "stdout"], "the terminal is runtime's; give text back"),
    (&["io", "stderr"], "the terminal is runtime's; give an error back"),
    (&["std", "net", "TcpListener"], "sockets are runtime's"),
    (&["std", "net", "TcpStream"], "sockets are runtime's"),
    (&["std", "net", "UdpSocket"], "sockets are runtime's"),
    (&["std", "net", "ToSocketAddrs"], "names are looked up by runtime only"),
    (&["std", "net", "*"], "name what is used, so that sockets cannot come with it"),
    (&["std", "cell"], "a state that changes unseen makes a value more than its contents"),
    (&["std", "sync", "Mutex"], "a state that changes unseen makes a value more than its contents"),
    (&["std", "sync", "RwLock"], "a state that changes unseen makes a value more than its contents"),
    (&["std", "sync", "atomic"], "a state that changes unseen makes a value more than its contents"),
    (&["std", "sync", "mpsc"], "there is no thread to send to"),
    (&["rand", "rng"], "numbers come from the world's seeded source"),
    (&["rand", "random"], "numbers come from the world's seeded source"),
    (&["rand", "rngs"], "numbers come from the world's seeded source (ChaCha, the same on every machine)"),
    (&["getrandom"], "numbers come from the world's seeded source"),
];

/// Modules of `std` that must be named with what is used of them, so that the list above sees it.
const NAME_WHAT_IS_USED: &[&str] = &["net", "time", "sync"];

/// Names whose use makes the order of things vary from run to run.
const UNORDERED: &[&str] = &["HashMap", "HashSet", "RandomState", "DefaultHasher", "thread_rng"];

/// Macros that print; only the runtime does.
const PRINTING: &[&str] = &["println", "eprintln", "print", "eprint", "dbg"];

/// Macros that end the program.
const ENDING: &[&str] = &["todo", "unimplemented", "panic", "unreachable"];

/// Names that say nothing of their subject.
const EMPTY_NAMES: &[&str] =
    &["util", "utils", "utility", "utilities", "helper", "helpers", "manager", "misc", "stuff"];

/// The most lines of a file outside its tests.
const MOST_LINES: usize = 500;

/// Files that may be longer, each with the reason.
const LONGER: &[(&str, &str)] = &[];

/// A place that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    pub path: String,
    pub line: usize,
    pub rule: &'static str,
    pub message: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.path, self.line, self.rule, self.message)
    }
}

/// All places of the sources that break a rule, in order.
pub fn breaches(sources: &[Source]) -> Vec<Breach> {
    let tests: BTreeSet<PathBuf> = sources.iter().flat_map(|source| source.test_modules.clone()).collect();
    let mut found = Vec::new();
    for source in sources {
        begins_with_its_purpose(source, &mut found);
        names_say_something(source, &mut found);
        if !is_test(&source.path, &tests) {
            knows_only_what_it_may(source, &mut found);
            is_pure(source, &mut found);
            is_finished(source, &mut found);
            is_not_long(source, &mut found);
        }
    }
    found.sort();
    found.dedup();
    found
}

/// A file that only tests see, or one beneath such a module.
fn is_test(path: &str, tests: &BTreeSet<PathBuf>) -> bool {
    Path::new(path).with_extension("").ancestors().any(|ancestor| tests.contains(ancestor))
}

fn breach(source: &Source, line: usize, rule: &'static str, message: String) -> Breach {
    Breach { path: source.path.clone(), line, rule, message }
}

/// Rule `purpose`: the first lines say what the file is for; those of a folder also what it promises and must not know.
fn begins_with_its_purpose(source: &Source, found: &mut Vec<Breach>) {
    let purpose = |message: &str| breach(source, 1, "purpose", message.to_owned());
    if !source.text.starts_with("//! ") {
        found.push(purpose("the first lines must say, with `//!`, what the file is for"));
        return;
    }
    if source.path.starts_with("src/") && source.path.ends_with("/mod.rs") {
        let head: String = source.text.lines().take_while(|line| line.starts_with("//!")).collect();
        if !head.to_lowercase().contains("promises") || !head.to_lowercase().contains("must not know") {
            found.push(purpose("the first lines of a folder say what it promises and what it must not know"));
        }
    }
}

/// Rule `layers`: a module knows only those to its right; some packages are for some modules.
fn knows_only_what_it_may(source: &Source, found: &mut Vec<Breach>) {
    let top = source.top();
    if top == "lib" {
        return;
    }
    if row(&top).is_none() {
        let message =
            format!("`{top}` has no place yet: give it one in tests/architecture/rules.rs and docs/architecture.md");
        found.push(breach(source, 1, "layers", message));
        return;
    }
    for Named { segments, line } in source.paths() {
        let message = match segments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["crate", "*", ..] => Some("name the module that is used".to_owned()),
            ["crate", whom, ..] if !may_know(&top, whom) => Some(format!("`{top}` must not know `{whom}`")),
            [package, _, ..] => PACKAGES
                .iter()
                .find(|(name, modules)| *name == package && !modules.contains(&top.as_str()))
                .map(|(_, modules)| format!("the package `{package}` is for {} only", modules.join(", "))),
            _ => None,
        };
        found.extend(message.map(|message| breach(source, line, "layers", message)));
    }
}

fn row(module: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&module))
}

fn may_know(who: &str, whom: &str) -> bool {
    // What is no module is an item of lib.rs, of which there is none but modules: the compiler says so.
    let (Some(row_of_who), Some(row_of_whom)) = (row(who), row(whom)) else { return true };
    who == whom || row_of_who < row_of_whom || NEIGHBOURS.contains(&(who, whom))
}

/// Rule `pure`: only `main` and `runtime` touch the machine, the clock, the terminal and chance.
fn is_pure(source: &Source, found: &mut Vec<Breach>) {
    if EDGE.contains(&source.top().as_str()) {
        return;
    }
    let mut pure = |line: usize, message: String| found.push(breach(source, line, "pure", message));
    for Named { segments, line } in source.paths() {
        let words: Vec<&str> = segments.iter().map(String::as_str).collect();
        let without_std = words.strip_prefix(&["std"]).unwrap_or(&words);
        for (begin, advice) in IMPURE {
            if words.starts_with(begin) || (begin[0] == "io" && without_std.starts_with(begin)) {
                pure(line, format!("`{}`: {advice}", words.join("::")));
            }
        }
        if let ["std", module] = words[..]
            && NAME_WHAT_IS_USED.contains(&module)
        {
            pure(line, format!("`std::{module}` as a whole: name what is used of it"));
        }
    }
    for (at, token) in source.code.iter().enumerate().filter(|(_, token)| token.kind == Kind::Word) {
        let name = token.text.as_str();
        if UNORDERED.contains(&name) {
            pure(
                token.line,
                format!("`{name}` has an order that varies: use BTreeMap, BTreeSet, or imbl's ordered ones"),
            );
        }
        let called = source.code.get(at + 1).is_some_and(|next| next.is("!"));
        if called && PRINTING.contains(&name) {
            pure(token.line, format!("`{name}!`: only runtime prints; give the text back"));
        }
    }
}

/// Rule `finished`: no placeholder, and no end of the program where an error can be given.
fn is_finished(source: &Source, found: &mut Vec<Breach>) {
    let mut finished = |line: usize, message: String| found.push(breach(source, line, "finished", message));
    for (at, token) in source.code.iter().enumerate().filter(|(_, token)| token.kind == Kind::Word) {
        let name = token.text.as_str();
        let next = |ahead: usize| source.code.get(at + ahead);
        let is_sign = |ahead: usize, sign: &str| next(ahead).is_some_and(|token| token.is(sign));
        if ENDING.contains(&name) && is_sign(1, "!") {
            finished(token.line, format!("`{name}!` ends the program: give a typed error"));
        }
        let method = at > 0 && source.code[at - 1].is(".") && is_sign(1, "(");
        let unwraps = name == "unwrap" && is_sign(2, ")");
        let expects = name == "expect" && next(2).is_some_and(|token| token.kind == Kind::Text);
        if method && (unwraps || expects) {
            finished(token.line, format!("`.{name}(…)` ends the program: give a typed error"));
        }
    }
}

/// Rule `size`: a file has one subject.
fn is_not_long(source: &Source, found: &mut Vec<Breach>) {
    let excepted = LONGER.iter().any(|(path, _)| *path == source.path);
    if source.code_lines > MOST_LINES && !excepted {
        let message = format!(
            "{} lines outside tests, at most {MOST_LINES}: a file has one subject; split it by what it is about",
            source.code_lines
        );
        found.push(breach(source, MOST_LINES + 1, "size", message));
    }
    if source.code_lines <= MOST_LINES && excepted {
        found.push(breach(source, 1, "size", "is short enough now: take it off the list of exceptions".to_owned()));
    }
}

/// Rule `names`: files, modules and types are called by their subject.
fn names_say_something(source: &Source, found: &mut Vec<Breach>) {
    let empty = |name: &str| words_of(name).iter().any(|word| EMPTY_NAMES.contains(&word.as_str()));
    let file = source.path.trim_end_matches(".rs");
    if let Some(name) = file.split('/').find(|name| empty(name)) {
        found.push(breach(
            source,
            1,
            "names",
            format!("`{name}` says nothing of its subject: use Docker's term for it"),
        ));
    }
    for pair in source.code.windows(2) {
        let [keyword, name] = pair else { continue };
        let declares = ["struct", "enum", "trait", "type", "mod", "union"].iter().any(|word| keyword.is(word));
        if declares && name.kind == Kind::Word && empty(&name.text) {
            let message = format!("`{}` says nothing of its subject: use Docker's term for it", name.text);
            found.push(breach(source, name.line, "names", message));
        }
    }
}

/// `ImageManager` and `image_manager` are `["image", "manager"]`.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for character in name.chars() {
        if character.is_uppercase() || !character.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(last) = words.last_mut().filter(|_| character.is_alphanumeric()) {
            last.extend(character.to_lowercase());
        }
    }
    words
}
