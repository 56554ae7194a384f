//! `sed`: running a script on lines. Reading the script is in `sed_script.rs`.
//!
//! A cycle begins only when the next line is known too, because `$` asks for it; one that needs more lines than are
//! there is given up and run again when they have come.

use imbl::Vector;

use super::call::Tool;
use super::cat::inputs;
use super::options::{Given, Options};
use super::sed_script::{Address, Command, Function, Replacement, Script, Substitution};
use super::shape::{Filter, Flow, Lines};
use crate::world::filesystem::errno::Errno;

/// Commands that one line may take, so that a loop ends.
const STEP_LIMIT: u32 = 100_000;
/// The largest pattern or hold space, in bytes.
const SPACE_LIMIT: usize = 4 << 20;

/// `sed`.
#[derive(Clone, Debug)]
pub struct Sed {
    given: Given,
    script: Script,
    lines: Lines,
    pending: Vector<(Vec<u8>, bool)>,
    state: State,
    in_place: Option<String>,
    file: String,
    whole: Vec<u8>,
}

/// What lives from line to line.
#[derive(Clone, Debug, Default)]
struct State {
    number: u64,
    hold: Vec<u8>,
    /// For each command, whether its range is open, and until which line.
    ranges: Vec<Option<u64>>,
    /// Whether a new cycle keeps the pattern space (`D`).
    kept: Option<Vec<u8>>,
}

/// How a cycle ended.
enum Ending {
    Next,
    Quit(i32),
    /// More lines are needed.
    Starved,
    Failed(String),
}

/// One cycle under way; it changes nothing until it is over.
struct Cycle<'c> {
    script: &'c Script,
    state: State,
    ahead: Vector<(Vec<u8>, bool)>,
    is_end: bool,
    space: Vec<u8>,
    newline: bool,
    output: Vec<u8>,
    appended: Vec<u8>,
    quiet: bool,
    substituted: bool,
    steps: u32,
}

const OPTIONS: Options = Options {
    usage: "[-i[SFX]] [-nrE] [-f FILE]... [-e CMD]... [FILE]...",
    short: "+nrEsue:f:i::",
    long: &[
        ("quiet", 'n'),
        ("silent", 'n'),
        ("expression", 'e'),
        ("file", 'f'),
        ("in-place", 'i'),
        ("regexp-extended", 'E'),
    ],
    missing: "zbl",
    failure: 1,
};

impl Filter for Sed {
    fn start(tool: &mut Tool<'_, '_>) -> Result<(Sed, Vec<String>), i32> {
        let options = Options { short: &OPTIONS.short[1..], ..OPTIONS };
        let given = tool.options(&options)?;
        let mut operands = given.operands.clone();
        let mut text: Vec<String> = given.values('e').map(str::to_owned).collect();
        for path in given.values('f').map(str::to_owned).collect::<Vec<_>>() {
            match tool.system.read_file(&path) {
                Ok(bytes) => text.push(String::from_utf8_lossy(&bytes).into_owned()),
                Err(errno) => {
                    tool.complain(format_args!("{path}: {errno}"));
                    return Err(1);
                }
            }
        }
        if !given.has('e') && !given.has('f') {
            if operands.is_empty() {
                return Err(tool.refuse(&OPTIONS));
            }
            text.push(operands.remove(0));
        }
        let extended = given.has('E') || given.has('r');
        let script = match Script::parse(&text.join("\n"), extended, tool.is_gnu()) {
            Ok(script) => script,
            Err(wrong) => {
                let text = tool.wording(wrong.clone(), format!("-e expression #1, char 0: {wrong}"));
                tool.complain(text);
                return Err(1);
            }
        };
        let in_place = given.has('i').then(|| given.value('i').unwrap_or("").to_owned());
        let state = State { ranges: vec![None; script.commands.len()], ..State::default() };
        let sed = Sed {
            given,
            script,
            lines: Lines::default(),
            pending: Vector::new(),
            state,
            in_place,
            file: String::new(),
            whole: Vec::new(),
        };
        Ok((sed, inputs(operands)))
    }

    fn begin(&mut self, _: &mut Tool<'_, '_>, name: &str) -> Flow {
        if self.in_place.is_some() || self.given.has('s') {
            name.clone_into(&mut self.file);
            self.state = State { ranges: vec![None; self.script.commands.len()], ..State::default() };
            self.whole.clear();
        }
        Flow::More
    }

    fn chunk(&mut self, tool: &mut Tool<'_, '_>, bytes: &[u8]) -> Flow {
        self.take(bytes);
        self.run(tool, false)
    }

    fn end(&mut self, tool: &mut Tool<'_, '_>) -> Flow {
        if let Some(line) = self.lines.last() {
            self.pending.push_back((line, false));
        }
        if self.in_place.is_none() && !self.given.has('s') {
            return Flow::Next;
        }
        if let Flow::Done(code) = self.run(tool, true) {
            self.write_back(tool);
            return Flow::Done(code);
        }
        if self.write_back(tool) { Flow::Next } else { Flow::Done(4) }
    }

    fn broken(&mut self, tool: &mut Tool<'_, '_>, name: &str, errno: Errno, opened: bool) -> Option<String> {
        match (tool.is_gnu(), opened) {
            (true, true) => Some(format!("couldn't edit {name}: not a regular file")),
            (true, false) => Some(format!("can't read {name}: {errno}")),
            (false, true) => None,
            (false, false) => Some(format!("{name}: {errno}")),
        }
    }

    fn finish(&mut self, tool: &mut Tool<'_, '_>, failed: bool) -> i32 {
        if let Flow::Done(code) = self.run(tool, true) {
            return code;
        }
        match (failed, tool.is_gnu()) {
            (false, _) => 0,
            (true, true) => 2,
            (true, false) => 1,
        }
    }
}

impl Sed {
    fn take(&mut self, bytes: &[u8]) {
        for mut line in self.lines.add(bytes) {
            line.pop();
            self.pending.push_back((line, true));
        }
    }

    fn write_back(&mut self, tool: &mut Tool<'_, '_>) -> bool {
        let Some(suffix) = &self.in_place else { return true };
        if self.file == "-" {
            return true;
        }
        let written = if suffix.is_empty() {
            Ok(())
        } else {
            match tool.system.read_file(&self.file) {
                Ok(old) => tool.system.write_file(&format!("{}{suffix}", self.file), &old),
                Err(errno) => Err(errno),
            }
        };
        let written = written.and_then(|()| tool.system.write_file(&self.file, &self.whole));
        if let Err(errno) = written {
            let gnu = format!("couldn't open temporary file {}: {errno}", self.file);
            let text = tool.wording(format!("can't create temp file {}: {errno}", self.file), gnu);
            tool.complain(text);
        }
        written.is_ok()
    }

    fn run(&mut self, tool: &mut Tool<'_, '_>, is_end: bool) -> Flow {
        while self.pending.len() > usize::from(!is_end) {
            let mut cycle = Cycle {
                script: &self.script,
                state: self.state.clone(),
                ahead: self.pending.clone(),
                is_end,
                space: Vec::new(),
                newline: true,
                output: Vec::new(),
                appended: Vec::new(),
                quiet: self.given.has('n') || self.script.quiet,
                substituted: false,
                steps: 0,
            };
            let ending = cycle.run();
            if matches!(ending, Ending::Starved) {
                return Flow::More;
            }
            let Cycle { state, ahead, output, .. } = cycle;
            (self.state, self.pending) = (state, ahead);
            if self.in_place.is_some() {
                self.whole.extend(&output)
            } else {
                tool.out(output)
            }
            match ending {
                Ending::Next | Ending::Starved => {}
                Ending::Quit(code) => {
                    if self.in_place.is_some() {
                        for (line, newline) in std::mem::take(&mut self.pending) {
                            self.whole.extend(line);
                            self.whole.extend(newline.then_some(b'\n'));
                        }
                    }
                    return Flow::Done(code);
                }
                Ending::Failed(text) => {
                    tool.complain(text);
                    return Flow::Done(1);
                }
            }
        }
        Flow::More
    }
}

impl Cycle<'_> {
    fn run(&mut self) -> Ending {
        match self.state.kept.take() {
            Some(kept) => self.space = kept,
            None => {
                if !self.read(false) {
                    return Ending::Starved;
                }
            }
        }
        let mut at = 0;
        while let Some(command) = self.script.commands.get(at) {
            self.steps += 1;
            if self.steps > STEP_LIMIT || self.space.len() > SPACE_LIMIT || self.state.hold.len() > SPACE_LIMIT {
                return Ending::Failed("Layerlab's limit of work for one line is reached".to_owned());
            }
            if self.selects(at, command) == command.negated {
                at = command.skip_to.unwrap_or(at + 1);
                continue;
            }
            at += 1;
            match &command.function {
                Function::Block | Function::Label => {}
                Function::Substitute(substitution) => self.substitute(substitution),
                Function::Print => self.print_space(),
                Function::PrintFirst => {
                    let end = self.space.iter().position(|byte| *byte == b'\n').unwrap_or(self.space.len());
                    let first = self.space[..end].to_vec();
                    self.write_line(&first);
                }
                Function::Delete => return self.finish(false),
                Function::DeleteFirst => match self.space.iter().position(|byte| *byte == b'\n') {
                    Some(end) => {
                        self.state.kept = Some(self.space.split_off(end + 1));
                        return self.finish(false);
                    }
                    None => return self.finish(false),
                },
                Function::Quit(code, prints) => {
                    self.finish(*prints);
                    return Ending::Quit(*code);
                }
                Function::Next => {
                    if self.ahead.is_empty() {
                        if !self.is_end {
                            return Ending::Starved;
                        }
                        self.finish(true);
                        return Ending::Quit(0);
                    }
                    if !self.quiet {
                        self.print_space();
                    }
                    self.flush_appended();
                    if !self.read(false) {
                        return Ending::Starved;
                    }
                }
                Function::AppendNext => {
                    if self.ahead.is_empty() {
                        if !self.is_end {
                            return Ending::Starved;
                        }
                        self.finish(true);
                        return Ending::Quit(0);
                    }
                    self.flush_appended();
                    if !self.read(true) {
                        return Ending::Starved;
                    }
                }
                Function::LineNumber => self.output.extend(format!("{}\n", self.state.number).bytes()),
                Function::Append(text) => self.appended.extend(format!("{text}\n").bytes()),
                Function::Insert(text) => self.output.extend(format!("{text}\n").bytes()),
                Function::Change(text) => {
                    let in_range = self.state.ranges.get(at - 1).is_some_and(Option::is_some);
                    if command.second.is_none() || !in_range {
                        self.output.extend(format!("{text}\n").bytes());
                    }
                    return self.finish(false);
                }
                Function::Translate(map) => {
                    let text = String::from_utf8_lossy(&self.space).into_owned();
                    let changed = text.chars().map(|letter| map.get(&letter).copied().unwrap_or(letter));
                    self.space = changed.collect::<String>().into_bytes();
                }
                Function::Hold => self.state.hold.clone_from(&self.space),
                Function::HoldAppend => {
                    self.state.hold.push(b'\n');
                    self.state.hold.extend(&self.space);
                }
                Function::Get => self.space.clone_from(&self.state.hold),
                Function::GetAppend => {
                    self.space.push(b'\n');
                    self.space.extend(&self.state.hold);
                }
                Function::Exchange => std::mem::swap(&mut self.space, &mut self.state.hold),
                Function::Branch(to) => at = *to,
                Function::BranchIf(to, wanted) => {
                    if std::mem::take(&mut self.substituted) == *wanted {
                        at = *to;
                    }
                }
            }
        }
        self.finish(true)
    }

    /// The next line into the pattern space, or behind it.
    fn read(&mut self, append: bool) -> bool {
        let Some((line, newline)) = self.ahead.pop_front() else { return false };
        // Whether this is the last line is known only with the next, or at the end.
        if self.ahead.is_empty() && !self.is_end {
            return false;
        }
        if append {
            self.space.push(b'\n');
            self.space.extend(line);
        } else {
            self.space = line;
        }
        self.newline = newline;
        self.state.number += 1;
        true
    }

    fn finish(&mut self, prints: bool) -> Ending {
        if prints && !self.quiet {
            self.print_space();
        }
        self.flush_appended();
        Ending::Next
    }

    fn flush_appended(&mut self) {
        self.output.append(&mut self.appended);
    }

    fn print_space(&mut self) {
        let space = self.space.clone();
        self.write_line(&space);
    }

    /// A last line without its newline is written without.
    fn write_line(&mut self, line: &[u8]) {
        if self.output.last().is_some_and(|byte| *byte != b'\n') && !self.newline {
            self.output.push(b'\n');
        }
        self.output.extend(line);
        if self.newline {
            self.output.push(b'\n');
        }
    }

    fn matches(&self, address: &Address) -> bool {
        match address {
            Address::Line(number) => self.state.number == *number,
            Address::Step(first, step) if *step == 0 => self.state.number == *first,
            Address::Step(first, step) => {
                self.state.number >= *first && (self.state.number - first).is_multiple_of(*step)
            }
            Address::Last => self.ahead.is_empty() && self.is_end,
            Address::Pattern(pattern) => pattern.is_match(&self.space),
            Address::Zero | Address::Plus(_) | Address::Multiple(_) => false,
        }
    }

    /// Whether a command's addresses select the line.
    fn selects(&mut self, at: usize, command: &Command) -> bool {
        let Some(first) = &command.first else { return true };
        let Some(second) = &command.second else { return self.matches(first) };
        let number = self.state.number;
        let open = match self.state.ranges[at] {
            Some(until) => Some(until),
            None if matches!(first, Address::Zero) && number == 1 => Some(u64::MAX),
            None => {
                if !self.matches(first) {
                    return false;
                }
                let until = match second {
                    Address::Line(last) => *last,
                    Address::Plus(count) => number + count,
                    Address::Multiple(step) => number.div_ceil((*step).max(1)) * step,
                    _ => u64::MAX,
                };
                // A range whose end has passed is one line; a pattern is looked for from the next line on.
                self.state.ranges[at] = (until > number).then_some(until);
                return true;
            }
        };
        let until = open.unwrap_or(number);
        let ends = match second {
            Address::Pattern(_) | Address::Last | Address::Step(..) => self.matches(second),
            _ => number >= until,
        };
        self.state.ranges[at] = (!ends).then_some(until);
        // A line beyond the end (after `n`) is not in the range.
        !matches!(second, Address::Line(last) if number > *last)
    }

    fn substitute(&mut self, substitution: &Substitution) {
        let mut result = Vec::new();
        let (mut at, mut count, mut replaced, mut last_end) = (0, 0, false, None);
        while at <= self.space.len() {
            let Some(found) = substitution.pattern.captures_at(&self.space, at) else { break };
            let Some(whole) = found.get(0) else { break };
            // Nothing is matched right behind a match.
            if whole.is_empty() && last_end == Some(whole.end()) {
                if at < self.space.len() {
                    result.push(self.space[at]);
                }
                at += 1;
                last_end = None;
                continue;
            }
            result.extend(&self.space[at..whole.start()]);
            count += 1;
            if count >= substitution.number && (substitution.global || count == substitution.number) {
                replaced = true;
                Replacement::fill(&substitution.replacement, &found, &mut result);
            } else {
                result.extend(whole.as_bytes());
            }
            at = whole.end();
            last_end = Some(at);
            if whole.is_empty() {
                if at < self.space.len() {
                    result.push(self.space[at]);
                }
                at += 1;
            }
            if !substitution.global && count >= substitution.number {
                break;
            }
        }
        if !replaced {
            return;
        }
        result.extend(self.space.get(at..).unwrap_or(&[]));
        self.space = result;
        self.substituted = true;
        if substitution.print {
            self.print_space();
        }
    }
}
