//! `head` and `tail`.

use std::collections::VecDeque;

use super::call::Tool;
use super::cat::{cannot_open, inputs};
use super::options::Options;
use super::shape::{Filter, Flow};
use super::size;
use crate::world::filesystem::errno::Errno;

/// Most bytes that `tail` holds.
const HELD_LIMIT: usize = 256 << 20;

/// `-5` is `-n 5`.
fn with_counts(arguments: &[String]) -> Vec<String> {
    let count = |text: &String| match text.strip_prefix(['-', '+']) {
        Some(digits) if !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_digit()) => {
            let sign = if text.starts_with('+') { "+" } else { "" };
            format!("-n{sign}{digits}")
        }
        _ => text.clone(),
    };
    match arguments {
        [first, rest @ ..] => std::iter::once(count(first)).chain(rest.iter().cloned()).collect(),
        [] => Vec::new(),
    }
}

/// How many of what.
#[derive(Clone, Copy, Debug)]
struct Amount {
    number: u64,
    /// Bytes, not lines.
    bytes: bool,
    /// `head -n -5`: all but; `tail -n +5`: from there on.
    other_end: bool,
}

fn amount(tool: &mut Tool<'_, '_>, given: &super::options::Given, sign: char) -> Result<Amount, i32> {
    let (text, bytes) = match given.last_of("nc") {
        Some('c') => (given.value('c'), true),
        _ => (given.value('n'), false),
    };
    let text = text.unwrap_or("10");
    let other_end = text.starts_with(sign);
    match size::bytes(text.trim_start_matches(['-', '+'])) {
        Some(number) => Ok(Amount { number, bytes, other_end }),
        None => {
            let what = if bytes { "bytes" } else { "lines" };
            let gnu = format!("invalid number of {what}: '{text}'");
            let message = tool.wording(format!("invalid number '{text}'"), gnu);
            tool.complain(message);
            Err(1)
        }
    }
}

/// The titles between several files.
#[derive(Clone, Debug)]
struct Titles {
    wanted: bool,
    printed: bool,
}

impl Titles {
    fn new(given: &super::options::Given) -> Titles {
        let many = given.operands.len() > 1;
        Titles { wanted: (many || given.has('v')) && !given.has('q'), printed: false }
    }

    fn print(&mut self, tool: &mut Tool<'_, '_>, name: &str) {
        if self.wanted {
            let name = if name == "-" { "standard input" } else { name };
            tool.out(format!("{}==> {name} <==\n", if self.printed { "\n" } else { "" }));
        }
        self.printed = true;
    }
}

/// `head`.
#[derive(Clone, Debug)]
pub struct Head {
    amount: Amount,
    left: u64,
    titles: Titles,
    /// What may be among the last, for `head -n -5`.
    held: VecDeque<Vec<u8>>,
    lines: super::shape::Lines,
}

impl Filter for Head {
    fn start(tool: &mut Tool<'_, '_>) -> Result<(Head, Vec<String>), i32> {
        const OPTIONS: Options = Options::short("[OPTIONS] [FILE]...", "n:c:qv", "z").with_long(&[
            ("lines", 'n'),
            ("bytes", 'c'),
            ("quiet", 'q'),
            ("verbose", 'v'),
        ]);
        let arguments = with_counts(&tool.call.arguments);
        let given = tool.options_of(&OPTIONS, &arguments)?;
        let amount = amount(tool, &given, '-')?;
        let titles = Titles::new(&given);
        let head =
            Head { amount, left: amount.number, titles, held: VecDeque::new(), lines: super::shape::Lines::default() };
        Ok((head, inputs(given.operands)))
    }

    fn begin(&mut self, tool: &mut Tool<'_, '_>, name: &str) -> Flow {
        self.titles.print(tool, name);
        self.left = self.amount.number;
        if self.left == 0 && !self.amount.other_end { Flow::Next } else { Flow::More }
    }

    fn chunk(&mut self, tool: &mut Tool<'_, '_>, bytes: &[u8]) -> Flow {
        if self.amount.other_end {
            let pieces =
                if self.amount.bytes { bytes.iter().map(|byte| vec![*byte]).collect() } else { self.lines.add(bytes) };
            self.held.extend(pieces);
            while self.held.len() as u64 > self.amount.number {
                if let Some(piece) = self.held.pop_front() {
                    tool.out(piece);
                }
            }
            return Flow::More;
        }
        if self.amount.bytes {
            let count = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
            tool.out(&bytes[..count]);
            self.left -= count as u64;
        } else {
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                tool.out(line);
                self.left -= u64::from(line.ends_with(b"\n"));
                if self.left == 0 {
                    break;
                }
            }
        }
        if self.left == 0 { Flow::Next } else { Flow::More }
    }

    fn end(&mut self, _: &mut Tool<'_, '_>) -> Flow {
        self.held.clear();
        Flow::Next
    }

    fn broken(&mut self, tool: &mut Tool<'_, '_>, name: &str, errno: Errno, opened: bool) -> Option<String> {
        let gnu = match opened {
            true => format!("error reading '{name}': {errno}"),
            false => format!("cannot open '{name}' for reading: {errno}"),
        };
        let shown = if opened { Errno::EIO } else { errno };
        Some(tool.wording(format!("{name}: {shown}"), gnu))
    }

    fn finish(&mut self, _: &mut Tool<'_, '_>, failed: bool) -> i32 {
        i32::from(failed)
    }
}

/// `tail`.
#[derive(Clone, Debug)]
pub struct Tail {
    amount: Amount,
    follow: bool,
    titles: Titles,
    held: VecDeque<u8>,
    /// Newlines among what is held.
    newlines: u64,
    /// Lines or bytes still to be left out, for `tail -n +5`.
    skip: u64,
    following: bool,
    opened: bool,
}

impl Filter for Tail {
    fn start(tool: &mut Tool<'_, '_>) -> Result<(Tail, Vec<String>), i32> {
        const OPTIONS: Options = Options::short("[OPTIONS] [FILE]...", "n:c:fFqvs:", "z").with_long(&[
            ("lines", 'n'),
            ("bytes", 'c'),
            ("follow", 'f'),
            ("quiet", 'q'),
            ("verbose", 'v'),
        ]);
        let arguments = with_counts(&tool.call.arguments);
        let given = tool.options_of(&OPTIONS, &arguments)?;
        let amount = amount(tool, &given, '+')?;
        let follow = given.has('f') || given.has('F');
        if follow && given.operands.len() > 1 {
            return Err(tool.not_modelled("following several files"));
        }
        let titles = Titles::new(&given);
        let tail = Tail {
            amount,
            follow,
            titles,
            held: VecDeque::new(),
            newlines: 0,
            skip: 0,
            following: false,
            opened: false,
        };
        Ok((tail, inputs(given.operands)))
    }

    fn begin(&mut self, tool: &mut Tool<'_, '_>, name: &str) -> Flow {
        self.titles.print(tool, name);
        self.skip = self.amount.number.saturating_sub(1);
        self.opened = true;
        Flow::More
    }

    fn chunk(&mut self, tool: &mut Tool<'_, '_>, bytes: &[u8]) -> Flow {
        if self.following {
            tool.out(bytes);
            return Flow::More;
        }
        if self.amount.other_end {
            let mut rest = bytes;
            while self.skip > 0 && !rest.is_empty() {
                let step = match self.amount.bytes {
                    true => rest.len().min(usize::try_from(self.skip).unwrap_or(usize::MAX)),
                    false => rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1),
                };
                let whole = rest[..step].ends_with(b"\n");
                self.skip -= if self.amount.bytes { step as u64 } else { u64::from(whole) };
                rest = &rest[step..];
            }
            tool.out(rest);
            return Flow::More;
        }
        self.held.extend(bytes);
        self.newlines += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.trim();
        if self.held.len() > HELD_LIMIT {
            tool.complain("Layerlab holds at most 256 MiB of a line");
            return Flow::Done(1);
        }
        // What is held counts against the container's limit: the kernel may end the process here.
        let _ = tool.system.set_memory((400 << 10) + self.held.len() as u64);
        Flow::More
    }

    fn end(&mut self, tool: &mut Tool<'_, '_>) -> Flow {
        self.trim();
        let (front, back) = self.held.as_slices();
        tool.out(front);
        tool.out(back);
        self.held.clear();
        self.newlines = 0;
        self.following = self.follow;
        if self.follow { Flow::Follow } else { Flow::Next }
    }

    fn broken(&mut self, tool: &mut Tool<'_, '_>, name: &str, errno: Errno, opened: bool) -> Option<String> {
        let gnu = match opened {
            true => format!("error reading '{name}': {errno}"),
            false => format!("cannot open '{name}' for reading: {errno}"),
        };
        Some(if tool.is_gnu() { gnu } else { cannot_open(tool, name, errno, opened) })
    }

    fn finish(&mut self, tool: &mut Tool<'_, '_>, failed: bool) -> i32 {
        if !self.opened && (self.follow || !tool.is_gnu()) {
            let text = tool.wording("no files", "no files remaining");
            tool.complain(text);
        }
        i32::from(failed)
    }
}

impl Tail {
    /// Lets go of what cannot be among the last any more.
    fn trim(&mut self) {
        if self.amount.bytes {
            let most = usize::try_from(self.amount.number).unwrap_or(usize::MAX);
            let surplus = self.held.len().saturating_sub(most);
            self.held.drain(..surplus);
            return;
        }
        // An unfinished last line is a line.
        let unfinished = u64::from(self.held.back().is_some_and(|byte| *byte != b'\n'));
        let mut surplus = (self.newlines + unfinished).saturating_sub(self.amount.number);
        if surplus == 0 {
            return;
        }
        let mut cut = 0;
        for byte in &self.held {
            if surplus == 0 {
                break;
            }
            cut += 1;
            if *byte == b'\n' {
                surplus -= 1;
                self.newlines -= 1;
            }
        }
        self.held.drain(..cut);
    }
}
