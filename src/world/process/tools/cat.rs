//! `cat`, `tee`, `tac`, `rev`, `nl`: text as it comes.

use super::call::Tool;
use super::options::{Given, Options};
use super::shape::{Filter, Flow, Lines};
use crate::world::filesystem::errno::Errno;
use crate::world::process::Signal;
use crate::world::process::descriptor::{OpenOptions, Write};
use crate::world::process::signal::Action;

/// The inputs that operands name: standard input when there are none.
pub fn inputs(mut operands: Vec<String>) -> Vec<String> {
    if operands.is_empty() {
        operands.push("-".to_owned());
    }
    operands
}

/// The message for an input that cannot be opened or read, where the tool says «can't open» in BusyBox.
pub fn cannot_open(tool: &Tool<'_, '_>, name: &str, errno: Errno, opened: bool) -> String {
    let busybox = if opened { format!("read error: {errno}") } else { format!("can't open '{name}': {errno}") };
    tool.wording(busybox, format!("{name}: {errno}"))
}

/// `cat`.
#[derive(Clone, Debug)]
pub struct Cat {
    given: Given,
    lines: Lines,
    number: u64,
    blank: bool,
}

impl Filter for Cat {
    fn start(tool: &mut Tool<'_, '_>) -> Result<(Cat, Vec<String>), i32> {
        const OPTIONS: Options = Options::short("[-nbvteA] [FILE]...", "nbsuvetAET", "").with_long(&[
            ("number", 'n'),
            ("show-all", 'A'),
            ("squeeze-blank", 's'),
            ("show-ends", 'E'),
        ]);
        let mut given = tool.options(&OPTIONS)?;
        let operands = std::mem::take(&mut given.operands);
        Ok((Cat { given, lines: Lines::default(), number: 0, blank: false }, inputs(operands)))
    }

    fn chunk(&mut self, tool: &mut Tool<'_, '_>, bytes: &[u8]) -> Flow {
        if !"nbsvetAET".chars().any(|letter| self.given.has(letter)) {
            tool.out(bytes);
            return Flow::More;
        }
        for line in self.lines.add(bytes) {
            self.line(tool, &line);
        }
        Flow::More
    }

    fn end(&mut self, tool: &mut Tool<'_, '_>) -> Flow {
        if let Some(line) = self.lines.last() {
            self.line(tool, &line);
        }
        Flow::Next
    }

    fn broken(&mut self, tool: &mut Tool<'_, '_>, name: &str, errno: Errno, opened: bool) -> Option<String> {
        Some(cannot_open(tool, name, errno, opened))
    }

    fn finish(&mut self, _: &mut Tool<'_, '_>, failed: bool) -> i32 {
        i32::from(failed)
    }
}

impl Cat {
    fn line(&mut self, tool: &mut Tool<'_, '_>, line: &[u8]) {
        let is_blank = line == b"\n";
        if self.given.has('s') && is_blank && self.blank {
            return;
        }
        self.blank = is_blank;
        if self.given.has('b') && !is_blank || self.given.has('n') && !self.given.has('b') {
            self.number += 1;
            tool.out(format!("{:6}\t", self.number));
        }
        let all = self.given.has('A');
        let visible = all || "vet".chars().any(|letter| self.given.has(letter));
        let (ends, tabs) =
            (all || self.given.has('e') || self.given.has('E'), all || self.given.has('t') || self.given.has('T'));
        let mut shown = Vec::with_capacity(line.len());
        for byte in line {
            match *byte {
                b'\n' if ends => shown.extend(b"$\n"),
                b'\t' if tabs => shown.extend(b"^I"),
                b'\n' | b'\t' => shown.push(*byte),
                byte if !visible => shown.push(byte),
                byte => {
                    let low = byte & 0x7f;
                    if byte >= 0x80 {
                        shown.extend(b"M-");
                    }
                    match low {
                        0..=31 => shown.extend([b'^', low + 64]),
                        127 => shown.extend(b"^?"),
                        _ => shown.push(low),
                    }
                }
            }
        }
        tool.out(shown);
    }
}

/// `tee`.
#[derive(Clone, Debug)]
pub struct Tee {
    files: Vec<(String, u32)>,
    failed: bool,
}

impl Filter for Tee {
    fn start(tool: &mut Tool<'_, '_>) -> Result<(Tee, Vec<String>), i32> {
        const OPTIONS: Options =
            Options::short("[-ai] [FILE]...", "ai", "p").with_long(&[("append", 'a'), ("ignore-interrupts", 'i')]);
        let given = tool.options(&OPTIONS)?;
        if given.has('i') {
            tool.system.set_action(Signal::INT, Action::Ignore);
        }
        let mut tee = Tee { files: Vec::new(), failed: false };
        let options = if given.has('a') { OpenOptions::APPEND } else { OpenOptions::WRITE };
        for path in given.operands {
            match tool.system.open(&path, options) {
                Ok(descriptor) => tee.files.push((path, descriptor)),
                Err(errno) => {
                    tool.complain(format_args!("{path}: {errno}"));
                    tee.failed = true;
                }
            }
        }
        Ok((tee, vec!["-".to_owned()]))
    }

    fn chunk(&mut self, tool: &mut Tool<'_, '_>, bytes: &[u8]) -> Flow {
        tool.out(bytes);
        for (path, descriptor) in &self.files {
            match tool.system.write(*descriptor, bytes) {
                Ok(Write::Wrote(count)) if count == bytes.len() => {}
                // Only files are opened by name in the model: they take all or fail.
                Ok(_) => {}
                Err(errno) => {
                    tool.complain(format_args!("{path}: {errno}"));
                    self.failed = true;
                }
            }
        }
        Flow::More
    }

    fn finish(&mut self, _: &mut Tool<'_, '_>, failed: bool) -> i32 {
        i32::from(failed || self.failed)
    }
}

/// `tac` and `rev`.
#[derive(Clone, Debug)]
pub struct Reverse {
    whole: Vec<Vec<u8>>,
    lines: Lines,
    characters: bool,
}

impl Filter for Reverse {
    fn start(tool: &mut Tool<'_, '_>) -> Result<(Reverse, Vec<String>), i32> {
        let given = tool.options(&Options::short("[FILE]...", "", "bsr"))?;
        let characters = tool.call.name == "rev";
        Ok((Reverse { whole: Vec::new(), lines: Lines::default(), characters }, inputs(given.operands)))
    }

    fn chunk(&mut self, tool: &mut Tool<'_, '_>, bytes: &[u8]) -> Flow {
        let lines = self.lines.add(bytes);
        self.take(tool, lines);
        Flow::More
    }

    fn end(&mut self, tool: &mut Tool<'_, '_>) -> Flow {
        let last: Vec<Vec<u8>> = self.lines.last().into_iter().collect();
        self.take(tool, last);
        if !self.characters {
            while let Some(line) = self.whole.pop() {
                tool.out(line);
            }
        }
        Flow::Next
    }

    fn finish(&mut self, _: &mut Tool<'_, '_>, failed: bool) -> i32 {
        i32::from(failed)
    }
}

impl Reverse {
    fn take(&mut self, tool: &mut Tool<'_, '_>, lines: Vec<Vec<u8>>) {
        if !self.characters {
            self.whole.extend(lines);
            return;
        }
        for line in lines {
            let text = String::from_utf8_lossy(&line).into_owned();
            let body = text.trim_end_matches('\n');
            let reversed: String = body.chars().rev().collect();
            tool.out(format!("{reversed}{}", &text[body.len()..]));
        }
    }
}
