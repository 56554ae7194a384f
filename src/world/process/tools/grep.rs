//! `grep`, `egrep`, `fgrep`.

use std::collections::VecDeque;

use ::regex::bytes::Regex;

use super::call::Tool;
use super::files::below;
use super::options::{Given, Options};
use super::regex::{Reading, compile};
use super::shape::{Filter, Flow, Lines};
use crate::world::filesystem::errno::Errno;

const OPTIONS: Options = Options {
    usage: "[-HhnlLoqvsrRiwFEz] [-m N] [-A|B|C N] { PATTERN | -e PATTERN... | -f FILE... } [FILE]...",
    short: "HhnlLoqvsrRiwxFEGce:f:m:A:B:C:aIK::",
    long: &[
        ("count", 'c'),
        ("ignore-case", 'i'),
        ("line-number", 'n'),
        ("quiet", 'q'),
        ("silent", 'q'),
        ("invert-match", 'v'),
        ("extended-regexp", 'E'),
        ("fixed-strings", 'F'),
        ("basic-regexp", 'G'),
        ("recursive", 'r'),
        ("only-matching", 'o'),
        ("files-with-matches", 'l'),
        ("files-without-match", 'L'),
        ("word-regexp", 'w'),
        ("line-regexp", 'x'),
        ("no-messages", 's'),
        ("max-count", 'm'),
        ("after-context", 'A'),
        ("before-context", 'B'),
        ("context", 'C'),
        ("regexp", 'e'),
        ("file", 'f'),
        ("with-filename", 'H'),
        ("no-filename", 'h'),
        // Colours are not shown: the output is rarely a terminal.
        ("color", 'K'),
        ("colour", 'K'),
    ],
    missing: "zPbTUZ",
    failure: 2,
};

/// `grep`.
#[derive(Clone, Debug)]
pub struct Grep {
    given: Given,
    patterns: Vec<Regex>,
    lines: Lines,
    name: String,
    with_name: bool,
    number: u64,
    count: u64,
    matched: bool,
    /// Whether a file was named by `-l` or `-L`.
    listed: bool,
    skipped: bool,
    most: u64,
    before: usize,
    after: usize,
    /// Lines that may yet be shown before a match.
    held: VecDeque<(u64, Vec<u8>)>,
    /// Lines still to be shown after a match.
    trailing: usize,
    last_shown: u64,
}

impl Filter for Grep {
    fn start(tool: &mut Tool<'_, '_>) -> Result<(Grep, Vec<String>), i32> {
        let mut given = tool.options(&OPTIONS)?;
        let mut operands = std::mem::take(&mut given.operands);
        let mut texts: Vec<String> = given.values('e').map(str::to_owned).collect();
        for path in given.values('f').map(str::to_owned).collect::<Vec<_>>() {
            match tool.system.read_file(&path) {
                Ok(bytes) => texts.extend(String::from_utf8_lossy(&bytes).lines().map(str::to_owned)),
                Err(errno) => {
                    tool.complain(format_args!("{path}: {errno}"));
                    return Err(2);
                }
            }
        }
        if !given.has('e') && !given.has('f') {
            if operands.is_empty() {
                return Err(tool.refuse(&OPTIONS));
            }
            texts.push(operands.remove(0));
        }
        let name = tool.call.name.clone();
        let reading = Reading {
            extended: given.has('E') || name == "egrep",
            fixed: given.has('F') || name == "fgrep",
            ignore_case: given.has('i'),
            word: given.has('w'),
            line: given.has('x'),
        };
        let mut patterns = Vec::new();
        for text in texts.iter().flat_map(|text| text.split('\n')) {
            match compile(text, reading) {
                Ok(pattern) => patterns.push(pattern),
                Err(wrong) => {
                    let text = tool.wording(format!("bad regex '{text}': {wrong}"), wrong);
                    tool.complain(text);
                    return Err(2);
                }
            }
        }
        let recursive = given.has('r') || given.has('R');
        let with_name = (operands.len() > 1 || recursive || given.has('H')) && !given.has('h');
        let inputs = match (operands.is_empty(), recursive) {
            (true, false) => vec!["-".to_owned()],
            (true, true) => walk(tool, vec![".".to_owned()]),
            (false, true) => walk(tool, operands),
            (false, false) => operands,
        };
        let number = |letter| given.value(letter).and_then(|text| text.parse::<usize>().ok());
        let grep = Grep {
            patterns,
            lines: Lines::default(),
            name: String::new(),
            with_name,
            number: 0,
            count: 0,
            matched: false,
            listed: false,
            skipped: false,
            most: number('m').map_or(u64::MAX, |most| most as u64),
            before: number('B').or(number('C')).unwrap_or(0),
            after: number('A').or(number('C')).unwrap_or(0),
            held: VecDeque::new(),
            trailing: 0,
            last_shown: 0,
            given,
        };
        Ok((grep, inputs))
    }

    fn begin(&mut self, _: &mut Tool<'_, '_>, name: &str) -> Flow {
        name.clone_into(&mut self.name);
        if name == "-" {
            "(standard input)".clone_into(&mut self.name);
        }
        (self.number, self.count, self.trailing, self.last_shown) = (0, 0, 0, 0);
        self.held.clear();
        Flow::More
    }

    fn chunk(&mut self, tool: &mut Tool<'_, '_>, bytes: &[u8]) -> Flow {
        for line in self.lines.add(bytes) {
            let flow = self.line(tool, &line[..line.len() - 1]);
            if flow != Flow::More {
                self.lines = Lines::default();
                return match flow {
                    Flow::Next => self.end(tool),
                    other => other,
                };
            }
        }
        Flow::More
    }

    fn end(&mut self, tool: &mut Tool<'_, '_>) -> Flow {
        if let Some(line) = self.lines.last()
            && let Flow::Done(code) = self.line(tool, &line)
        {
            return Flow::Done(code);
        }
        let prefix = if self.with_name { format!("{}:", self.name) } else { String::new() };
        if self.given.has('c') && !self.given.has('q') {
            tool.say(format_args!("{prefix}{}", self.count));
        }
        if self.given.has('l') && self.count > 0 || self.given.has('L') && self.count == 0 {
            tool.say(&self.name);
            self.listed = true;
        }
        Flow::Next
    }

    fn broken(&mut self, tool: &mut Tool<'_, '_>, name: &str, errno: Errno, opened: bool) -> Option<String> {
        if opened && !tool.is_gnu() {
            return None;
        }
        // With -s the exit code still tells.
        self.skipped = true;
        (!self.given.has('s')).then(|| format!("{name}: {errno}"))
    }

    fn finish(&mut self, tool: &mut Tool<'_, '_>, failed: bool) -> i32 {
        match (failed || self.skipped, self.matched) {
            (_, true) if self.given.has('q') => 0,
            (true, _) => 2,
            // BusyBox's -L asks whether a file was named.
            (false, _) if self.given.has('L') && !tool.is_gnu() => i32::from(!self.listed),
            (false, matched) => i32::from(!matched),
        }
    }
}

/// All files below these paths, by name.
fn walk(tool: &Tool<'_, '_>, paths: Vec<String>) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest: Vec<String> = paths.into_iter().rev().collect();
    while let Some(path) = rest.pop() {
        let is_directory = tool.system.status(&path, false).is_ok_and(|status| status.entry.node.is_directory());
        if !is_directory {
            found.push(path);
            continue;
        }
        let names = tool.system.list(&path).unwrap_or_default();
        rest.extend(names.iter().rev().map(|name| below(&path, name)));
    }
    found
}

impl Grep {
    fn line(&mut self, tool: &mut Tool<'_, '_>, line: &[u8]) -> Flow {
        self.number += 1;
        if self.count >= self.most {
            return Flow::Next;
        }
        let is_match = self.patterns.iter().any(|pattern| pattern.is_match(line)) != self.given.has('v');
        if !is_match {
            if self.trailing > 0 {
                self.trailing -= 1;
                self.show(tool, self.number, line, '-');
            } else if self.before > 0 {
                self.held.push_back((self.number, line.to_vec()));
                if self.held.len() > self.before {
                    self.held.pop_front();
                }
            }
            return Flow::More;
        }
        self.count += 1;
        self.matched = true;
        if self.given.has('q') {
            return Flow::Done(0);
        }
        if self.given.has('l') || self.given.has('L') {
            return Flow::Next;
        }
        if self.given.has('c') {
            return Flow::More;
        }
        if self.given.has('o') {
            self.only_matching(tool, line);
            return Flow::More;
        }
        let held: Vec<(u64, Vec<u8>)> = self.held.drain(..).collect();
        for (number, line) in held {
            self.show(tool, number, &line, '-');
        }
        self.show(tool, self.number, line, ':');
        self.trailing = self.after;
        if self.count >= self.most && self.after == 0 { Flow::Next } else { Flow::More }
    }

    fn prefix(&self, number: u64, mark: char) -> String {
        let name = if self.with_name { format!("{}{mark}", self.name) } else { String::new() };
        if self.given.has('n') { format!("{name}{number}{mark}") } else { name }
    }

    fn show(&mut self, tool: &mut Tool<'_, '_>, number: u64, line: &[u8], mark: char) {
        let apart = self.last_shown > 0 && number > self.last_shown + 1;
        if apart && (self.before > 0 || self.after > 0) {
            tool.say("--");
        }
        self.last_shown = number;
        tool.out(self.prefix(number, mark));
        tool.out(line);
        tool.out("\n");
    }

    fn only_matching(&self, tool: &mut Tool<'_, '_>, line: &[u8]) {
        if self.given.has('v') {
            return;
        }
        let mut at = 0;
        while at <= line.len() {
            let next = self.patterns.iter().filter_map(|pattern| pattern.find_at(line, at));
            // The first place counts, and there the longest.
            let Some(found) = next.min_by_key(|found| (found.start(), std::cmp::Reverse(found.end()))) else { return };
            if found.is_empty() {
                at = found.end() + 1;
                continue;
            }
            tool.out(self.prefix(self.number, ':'));
            tool.out(found.as_bytes());
            tool.out("\n");
            at = found.end();
        }
    }
}
