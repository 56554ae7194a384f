//! `xargs`: starts programs with the words that it reads.

use std::collections::VecDeque;

use super::call::Tool;
use super::launch::{cannot_run, failure_code, spawn};
use super::options::Options;
use super::shape::{Machine, Next};
use crate::world::process::Wait;
use crate::world::process::descriptor::Read;
use crate::world::process::system::WaitChild;

/// Most bytes that are read.
const INPUT_LIMIT: usize = 16 << 20;
/// Most words that one command gets.
const WORD_LIMIT: usize = 5000;

/// `xargs`.
#[derive(Clone, Debug)]
pub struct Xargs {
    words: Vec<String>,
    replace: Option<String>,
    most: usize,
    null: bool,
    by_line: bool,
    run_empty: bool,
    trace: bool,
    input: Vec<u8>,
    items: Option<VecDeque<String>>,
    ran: bool,
    child: Option<u32>,
    code: i32,
}

impl Machine for Xargs {
    fn start(tool: &mut Tool<'_, '_>) -> Result<Xargs, i32> {
        const OPTIONS: Options = Options::short("[OPTIONS] [PROG ARGS]", "+0n:I:rtL:i::P:", "pseExad").with_long(&[
            ("null", '0'),
            ("max-args", 'n'),
            ("no-run-if-empty", 'r'),
            ("verbose", 't'),
            ("max-procs", 'P'),
        ]);
        let given = tool.options(&OPTIONS)?;
        let number = |letter| given.value(letter).and_then(|text| text.parse::<usize>().ok());
        let replace = given.value('I').map(str::to_owned).or_else(|| given.has('i').then(|| "{}".to_owned()));
        let words = if given.operands.is_empty() { vec!["echo".to_owned()] } else { given.operands.clone() };
        Ok(Xargs {
            words,
            most: if replace.is_some() { 1 } else { number('n').or(number('L')).unwrap_or(WORD_LIMIT).max(1) },
            by_line: replace.is_some() || given.has('L'),
            replace,
            null: given.has('0'),
            run_empty: !given.has('r'),
            trace: given.has('t'),
            input: Vec::new(),
            items: None,
            ran: false,
            child: None,
            code: 0,
        })
    }

    fn step(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        if let Some(child) = self.child {
            match tool.system.wait_child(Some(child)) {
                WaitChild::Running => return Next::Wait(Wait::Child),
                WaitChild::Ended(_, status) => {
                    self.child = None;
                    match status.code() {
                        0 => {}
                        255 => {
                            tool.complain(format_args!("{}: exited with status 255; aborting", self.words[0]));
                            return Next::Exit(124);
                        }
                        126.. => self.code = 125,
                        _ => self.code = 123,
                    }
                }
                WaitChild::None => self.child = None,
            }
        }
        if self.items.is_none() {
            return match tool.system.read(0, 65_536) {
                Ok(Read::Data(bytes)) if self.input.len() + bytes.len() <= INPUT_LIMIT => {
                    self.input.extend(bytes);
                    Next::Again
                }
                Ok(Read::Data(_)) => {
                    tool.complain("Layerlab reads at most 16 MiB of words");
                    Next::Exit(1)
                }
                Ok(Read::WouldBlock) => Next::Wait(Wait::Readable(0)),
                Ok(Read::EndOfFile) | Err(_) => {
                    self.items = Some(self.split());
                    Next::Again
                }
            };
        }
        let Some(items) = &mut self.items else { return Next::Exit(1) };
        let run_once = !self.ran && self.run_empty && self.replace.is_none();
        if items.is_empty() && !run_once {
            return Next::Exit(self.code);
        }
        let taken: Vec<String> = items.drain(..items.len().min(self.most)).collect();
        self.ran = true;
        let words: Vec<String> = match &self.replace {
            Some(mark) => self.words.iter().map(|word| word.replace(mark.as_str(), &taken[0])).collect(),
            None => self.words.iter().cloned().chain(taken).collect(),
        };
        if self.trace {
            tool.output.push(2, format!("{}\n", words.join(" ")).as_bytes());
        }
        match spawn(tool, &words, false) {
            Ok(child) => {
                self.child = Some(child);
                Next::Again
            }
            Err(errno) if tool.is_gnu() => Next::Exit(cannot_run(tool, &words[0], errno)),
            Err(errno) => {
                tool.complain(format_args!("{}: {errno}", words[0]));
                Next::Exit(failure_code(errno))
            }
        }
    }
}

impl Xargs {
    /// Cuts what was read into words: at blanks, with quotes and backslashes, or at lines or NULs.
    fn split(&self) -> VecDeque<String> {
        let text = String::from_utf8_lossy(&self.input).into_owned();
        if self.null {
            return text.split('\0').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        }
        if self.by_line {
            let lines = text.lines().map(str::trim_start).filter(|line| !line.is_empty());
            return lines.map(str::to_owned).collect();
        }
        let mut words = VecDeque::new();
        let mut word: Option<String> = None;
        let mut quote = None;
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            match (quote, letter) {
                (Some(open), letter) if letter == open => quote = None,
                (Some(_), letter) => word.get_or_insert_default().push(letter),
                (None, '\'' | '"') => {
                    quote = Some(letter);
                    word.get_or_insert_default();
                }
                (None, '\\') => word.get_or_insert_default().extend(letters.next()),
                (None, letter) if letter.is_whitespace() => words.extend(word.take()),
                (None, letter) => word.get_or_insert_default().push(letter),
            }
        }
        words.extend(word);
        words
    }
}
