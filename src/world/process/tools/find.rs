//! `find`: walks trees, and starts programs for what it finds.

use std::collections::VecDeque;

use super::call::Tool;
use super::files::{below, last_part};
use super::launch::spawn;
use super::options::Options;
use super::shape::{Machine, Next};
use crate::world::filesystem::entry::Node;
use crate::world::process::Wait;
use crate::world::process::shell::pattern::Pattern;
use crate::world::process::system::WaitChild;

/// Most words that one command of `-exec … +` gets.
const WORD_LIMIT: usize = 5000;

/// A condition or an action of `find`.
#[derive(Clone, Debug)]
enum Test {
    Name(Pattern, bool),
    Path(Pattern),
    Kind(char),
    Empty,
    Size(char, u64, u64),
    Mode(char, u32),
    Newer(crate::world::clock::Time),
    Age(char, u64, u64),
    User(u32),
    Group(u32),
    Print(char),
    Delete,
    Exec(Vec<String>, bool),
    Prune,
    Constant(bool),
    Not(Box<Test>),
    And(Vec<Test>),
    Or(Vec<Test>),
}

/// `find`.
#[derive(Clone, Debug)]
pub struct Find {
    /// Paths still to be looked at, with their depth; the last is the next.
    rest: Vec<(String, usize, bool)>,
    test: Test,
    least: usize,
    most: usize,
    depth_first: bool,
    code: i32,
    /// Commands that are to be run before it goes on.
    commands: VecDeque<Vec<String>>,
    /// What `-exec … +` has collected.
    collected: Vec<String>,
    collecting: Vec<String>,
    child: Option<u32>,
}

struct Parser<'w> {
    words: &'w [String],
    at: usize,
    acts: bool,
    least: usize,
    most: usize,
    depth_first: bool,
    nesting: u32,
}

impl Parser<'_> {
    fn next(&mut self) -> Option<String> {
        self.at += 1;
        self.words.get(self.at - 1).cloned()
    }

    fn peek(&self) -> Option<&str> {
        self.words.get(self.at).map(String::as_str)
    }

    fn or(&mut self, tool: &mut Tool<'_, '_>) -> Result<Test, i32> {
        let mut tests = vec![self.and(tool)?];
        while matches!(self.peek(), Some("-o" | "-or")) {
            self.at += 1;
            tests.push(self.and(tool)?);
        }
        Ok(Test::Or(tests))
    }

    fn and(&mut self, tool: &mut Tool<'_, '_>) -> Result<Test, i32> {
        let mut tests = Vec::new();
        while let Some(word) = self.peek() {
            match word {
                "-o" | "-or" | ")" => break,
                "-a" | "-and" => self.at += 1,
                _ => tests.push(self.primary(tool)?),
            }
        }
        Ok(Test::And(tests))
    }

    fn primary(&mut self, tool: &mut Tool<'_, '_>) -> Result<Test, i32> {
        let word = self.next().unwrap_or_default();
        self.nesting += 1;
        if self.nesting > 1000 {
            tool.complain("Layerlab reads at most 1000 conditions");
            return Err(1);
        }
        Ok(match word.as_str() {
            "!" | "-not" => Test::Not(Box::new(self.primary(tool)?)),
            "(" => {
                let inner = self.or(tool)?;
                if self.next().as_deref() != Some(")") {
                    let text =
                        tool.wording("unpaired '('", "invalid expression; expected to find a ')' but didn't see one.");
                    tool.complain(text);
                    return Err(1);
                }
                inner
            }
            "-name" => Test::Name(Pattern::new(&self.value(tool, &word)?), false),
            "-iname" => Test::Name(Pattern::new(&self.value(tool, &word)?.to_lowercase()), true),
            "-path" | "-wholename" => Test::Path(Pattern::new(&self.value(tool, &word)?)),
            "-type" => Test::Kind(self.value(tool, &word)?.chars().next().unwrap_or('f')),
            "-empty" => Test::Empty,
            "-true" => Test::Constant(true),
            "-false" => Test::Constant(false),
            "-print" => self.act(Test::Print('\n')),
            "-print0" => self.act(Test::Print('\0')),
            "-delete" => {
                self.depth_first = true;
                self.act(Test::Delete)
            }
            "-prune" => Test::Prune,
            "-depth" => {
                self.depth_first = true;
                Test::Constant(true)
            }
            "-xdev" | "-mount" | "-follow" => Test::Constant(true),
            "-maxdepth" => {
                self.most = self.number(tool, &word)?;
                Test::Constant(true)
            }
            "-mindepth" => {
                self.least = self.number(tool, &word)?;
                Test::Constant(true)
            }
            "-size" => {
                let text = self.value(tool, &word)?;
                let (sign, rest) = signed(&text);
                let unit = match rest.chars().last() {
                    Some('c') => 1,
                    Some('k') => 1 << 10,
                    Some('M') => 1 << 20,
                    Some('G') => 1 << 30,
                    _ => 512,
                };
                let number = rest.trim_end_matches(|letter: char| !letter.is_ascii_digit()).parse();
                Test::Size(sign, number.map_err(|_| self.wrong(tool, &text))?, unit)
            }
            "-perm" => {
                let text = self.value(tool, &word)?;
                let (sign, rest) = match text.chars().next() {
                    Some(sign @ ('-' | '/')) => (sign, &text[1..]),
                    _ => ('=', text.as_str()),
                };
                let mode = super::mode::change(rest, 0, false, 0);
                Test::Mode(sign, mode.ok_or_else(|| self.wrong(tool, &text))?)
            }
            "-newer" => {
                let path = self.value(tool, &word)?;
                match tool.system.status(&path, true) {
                    Ok(status) => Test::Newer(status.entry.metadata.modified),
                    Err(errno) => {
                        tool.complain(format_args!("{path}: {errno}"));
                        return Err(1);
                    }
                }
            }
            "-mtime" | "-mmin" => {
                let text = self.value(tool, &word)?;
                let (sign, rest) = signed(&text);
                let unit = if word == "-mmin" { 60 } else { 86_400 };
                Test::Age(sign, rest.parse().map_err(|_| self.wrong(tool, &text))?, unit)
            }
            "-user" | "-group" => {
                let name = self.value(tool, &word)?;
                let accounts = super::accounts::Accounts::read(tool.system);
                let number = name.parse::<u32>().ok();
                if word == "-user" {
                    let uid = accounts.user_named(&name).map(|user| user.uid).or(number);
                    Test::User(uid.ok_or_else(|| self.wrong(tool, &name))?)
                } else {
                    let gid = accounts.group_named(&name).map(|group| group.gid).or(number);
                    Test::Group(gid.ok_or_else(|| self.wrong(tool, &name))?)
                }
            }
            "-exec" => {
                let mut words = Vec::new();
                loop {
                    match self.next() {
                        Some(end) if end == ";" => break self.act(Test::Exec(words, false)),
                        Some(end) if end == "+" && words.last().is_some_and(|last| last == "{}") => {
                            words.pop();
                            break self.act(Test::Exec(words, true));
                        }
                        Some(word) => words.push(word),
                        None => {
                            let gnu = "missing argument to `-exec'";
                            let text = tool.wording("missing argument to '-exec'", gnu);
                            tool.complain(text);
                            return Err(1);
                        }
                    }
                }
            }
            other => {
                let real =
                    ["-regex", "-links", "-inum", "-ok", "-printf", "-ls", "-quit", "-cmin", "-amin", "-samefile"];
                if real.contains(&other) {
                    return Err(tool.not_modelled(other));
                }
                let gnu = if other.starts_with('-') {
                    format!("unknown predicate `{other}'")
                } else {
                    format!("paths must precede expression: `{other}'")
                };
                let text = tool.wording(format!("unrecognized: {other}"), gnu);
                tool.complain(text);
                if !tool.is_gnu() {
                    tool.refuse(&Options::short("[-HL] [PATH]... [OPTIONS] [ACTIONS]", "", ""));
                }
                return Err(1);
            }
        })
    }

    fn act(&mut self, test: Test) -> Test {
        self.acts = true;
        test
    }

    fn wrong(&self, tool: &mut Tool<'_, '_>, text: &str) -> i32 {
        tool.complain(format_args!("invalid argument '{text}'"));
        1
    }

    fn value(&mut self, tool: &mut Tool<'_, '_>, name: &str) -> Result<String, i32> {
        self.next().ok_or_else(|| {
            let text = tool.wording(format!("{name} requires an argument"), format!("missing argument to `{name}'"));
            tool.complain(text);
            1
        })
    }

    fn number(&mut self, tool: &mut Tool<'_, '_>, name: &str) -> Result<usize, i32> {
        let text = self.value(tool, name)?;
        text.parse().map_err(|_| self.wrong(tool, &text))
    }
}

fn signed(text: &str) -> (char, &str) {
    match text.chars().next() {
        Some(sign @ ('+' | '-')) => (sign, &text[1..]),
        _ => ('=', text),
    }
}

fn compares(sign: char, value: u64, wanted: u64) -> bool {
    match sign {
        '+' => value > wanted,
        '-' => value < wanted,
        _ => value == wanted,
    }
}

impl Machine for Find {
    fn start(tool: &mut Tool<'_, '_>) -> Result<Find, i32> {
        let words = tool.call.arguments.clone();
        let is_condition = |word: &String| word.starts_with('-') || word == "(" || word == "!";
        let first = words.iter().position(is_condition).unwrap_or(words.len());
        let mut paths = words[..first].to_vec();
        if paths.is_empty() {
            paths.push(".".to_owned());
        }
        let mut parser = Parser {
            words: &words,
            at: first,
            acts: false,
            least: 0,
            most: usize::MAX,
            depth_first: false,
            nesting: 0,
        };
        let mut test = parser.or(tool)?;
        if parser.at < words.len() {
            tool.complain(format_args!("unrecognized: {}", words[parser.at]));
            return Err(1);
        }
        if !parser.acts {
            test = Test::And(vec![test, Test::Print('\n')]);
        }
        let rest = paths.into_iter().rev().map(|path| (path, 0, false)).collect();
        Ok(Find {
            rest,
            least: parser.least,
            most: parser.most,
            depth_first: parser.depth_first,
            test,
            code: 0,
            commands: VecDeque::new(),
            collected: Vec::new(),
            collecting: Vec::new(),
            child: None,
        })
    }

    fn step(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        if let Some(child) = self.child {
            match tool.system.wait_child(Some(child)) {
                WaitChild::Running => return Next::Wait(Wait::Child),
                _ => self.child = None,
            }
        }
        if let Some(words) = self.commands.pop_front() {
            match spawn(tool, &words, false) {
                Ok(child) => self.child = Some(child),
                Err(errno) => {
                    let text = tool.wording(format!("{}: {errno}", words[0]), format!("'{}': {errno}", words[0]));
                    tool.complain(text);
                }
            }
            return Next::Again;
        }
        let Some((path, depth, seen)) = self.rest.pop() else {
            if self.collected.is_empty() {
                return Next::Exit(self.code);
            }
            let mut words = self.collecting.clone();
            words.append(&mut self.collected);
            self.commands.push_back(words);
            return Next::Again;
        };
        let status = match tool.system.status(&path, false) {
            Ok(status) => status,
            Err(errno) => {
                let text = tool.wording(format!("{path}: {errno}"), format!("'{path}': {errno}"));
                tool.complain(text);
                self.code = 1;
                return Next::Again;
            }
        };
        let is_directory = status.entry.node.is_directory();
        let mut pruned = false;
        if self.depth_first && is_directory && !seen {
            self.rest.push((path.clone(), depth, true));
        } else if depth >= self.least {
            let test = self.test.clone();
            self.check(tool, &test, &path, &status, &mut pruned);
        }
        if is_directory && !seen && depth < self.most && !pruned {
            match tool.system.list(&path) {
                Ok(names) => {
                    self.rest.extend(names.iter().rev().map(|name| (below(&path, name), depth + 1, false)));
                }
                Err(errno) => {
                    let text = tool.wording(format!("{path}: {errno}"), format!("'{path}': {errno}"));
                    tool.complain(text);
                    self.code = 1;
                }
            }
        }
        Next::Again
    }
}

impl Find {
    fn check(
        &mut self,
        tool: &mut Tool<'_, '_>,
        test: &Test,
        path: &str,
        status: &crate::world::process::vfs::Status,
        pruned: &mut bool,
    ) -> bool {
        let metadata = &status.entry.metadata;
        match test {
            Test::And(tests) => tests.iter().all(|test| self.check(tool, test, path, status, pruned)),
            Test::Or(tests) => tests.iter().any(|test| self.check(tool, test, path, status, pruned)),
            Test::Not(test) => !self.check(tool, test, path, status, pruned),
            Test::Constant(value) => *value,
            Test::Name(pattern, false) => pattern.matches(last_part(path)),
            Test::Name(pattern, true) => pattern.matches(&last_part(path).to_lowercase()),
            Test::Path(pattern) => pattern.matches(path),
            Test::Kind(kind) => match &status.entry.node {
                Node::Directory => *kind == 'd',
                Node::File(_) => *kind == 'f',
                Node::Symlink(_) => *kind == 'l',
                Node::Device(_) => *kind == 'c',
                Node::Fifo => *kind == 'p',
            },
            Test::Empty => match &status.entry.node {
                Node::Directory => tool.system.list(path).is_ok_and(|names| names.is_empty()),
                Node::File(_) => status.size == 0,
                _ => false,
            },
            Test::Size(sign, number, unit) => compares(*sign, status.size.div_ceil(*unit), *number),
            Test::Mode('-', mode) => metadata.mode & mode == *mode,
            Test::Mode('/', mode) => metadata.mode & mode != 0 || *mode == 0,
            Test::Mode(_, mode) => metadata.mode == *mode,
            Test::Newer(time) => metadata.modified > *time,
            Test::Age(sign, number, unit) => {
                compares(*sign, tool.system.now().since(metadata.modified).as_secs() / unit, *number)
            }
            Test::User(uid) => metadata.uid == *uid,
            Test::Group(gid) => metadata.gid == *gid,
            Test::Prune => {
                *pruned = true;
                true
            }
            Test::Print(end) => {
                tool.out(format!("{path}{end}"));
                true
            }
            Test::Delete => {
                let removed = if status.entry.node.is_directory() {
                    tool.system.remove_directory(path)
                } else {
                    tool.system.remove_file(path)
                };
                if let Err(errno) = removed {
                    let text = tool.wording(format!("{path}: {errno}"), format!("cannot delete '{path}': {errno}"));
                    tool.complain(text);
                    self.code = 1;
                }
                removed.is_ok()
            }
            Test::Exec(words, false) => {
                self.commands.push_back(words.iter().map(|word| word.replace("{}", path)).collect());
                true
            }
            Test::Exec(words, true) => {
                self.collecting.clone_from(words);
                self.collected.push(path.to_owned());
                if self.collected.len() >= WORD_LIMIT {
                    let mut command = words.clone();
                    command.append(&mut self.collected);
                    self.commands.push_back(command);
                }
                true
            }
        }
    }
}
