//! `wc`, `uniq`, `nl`.

use super::call::Tool;
use super::cat::{cannot_open, inputs};
use super::options::{Given, Options};
use super::shape::{Filter, Flow, Lines};
use crate::world::filesystem::errno::Errno;

/// `wc`.
#[derive(Clone, Debug)]
pub struct Count {
    given: Given,
    name: String,
    named: bool,
    many: bool,
    current: [u64; 5],
    total: [u64; 5],
    in_word: bool,
    column: u64,
    rows: Vec<([u64; 5], String)>,
}

/// Lines, words, characters, bytes, longest line: as `wc` orders them.
const LETTERS: [char; 5] = ['l', 'w', 'm', 'c', 'L'];

impl Filter for Count {
    fn start(tool: &mut Tool<'_, '_>) -> Result<(Count, Vec<String>), i32> {
        const OPTIONS: Options = Options::short("[-clwL] [FILE]...", "lwmcL", "").with_long(&[
            ("lines", 'l'),
            ("words", 'w'),
            ("bytes", 'c'),
            ("chars", 'm'),
        ]);
        let given = tool.options(&OPTIONS)?;
        let operands = given.operands.clone();
        let count = Count {
            given,
            name: String::new(),
            named: !operands.is_empty(),
            many: operands.len() > 1,
            current: [0; 5],
            total: [0; 5],
            in_word: false,
            column: 0,
            rows: Vec::new(),
        };
        Ok((count, inputs(operands)))
    }

    fn begin(&mut self, _: &mut Tool<'_, '_>, name: &str) -> Flow {
        name.clone_into(&mut self.name);
        Flow::More
    }

    fn chunk(&mut self, _: &mut Tool<'_, '_>, bytes: &[u8]) -> Flow {
        for byte in bytes {
            let is_space = byte.is_ascii_whitespace() || *byte == 11;
            self.current[1] += u64::from(self.in_word && is_space);
            self.in_word = if is_space { false } else { self.in_word || byte.is_ascii_graphic() || *byte >= 0x80 };
            self.current[2] += u64::from(byte & 0xc0 != 0x80);
            self.column += 1;
            if *byte == b'\n' {
                self.current[0] += 1;
                self.current[4] = self.current[4].max(self.column - 1);
                self.column = 0;
            }
        }
        self.current[3] += bytes.len() as u64;
        Flow::More
    }

    fn end(&mut self, _: &mut Tool<'_, '_>) -> Flow {
        self.current[1] += u64::from(std::mem::take(&mut self.in_word));
        self.current[4] = self.current[4].max(std::mem::take(&mut self.column));
        let row = std::mem::take(&mut self.current);
        for (at, value) in row.iter().enumerate() {
            self.total[at] = if at == 4 { self.total[at].max(*value) } else { self.total[at] + value };
        }
        let name = if self.named { std::mem::take(&mut self.name) } else { String::new() };
        self.rows.push((row, name));
        Flow::Next
    }

    fn finish(&mut self, tool: &mut Tool<'_, '_>, failed: bool) -> i32 {
        if self.many {
            self.rows.push((self.total, "total".to_owned()));
        }
        let any = LETTERS.iter().any(|letter| self.given.has(*letter));
        let chosen: Vec<usize> =
            (0..5).filter(|at| if any { self.given.has(LETTERS[*at]) } else { matches!(at, 0 | 1 | 3) }).collect();
        let one = chosen.len() == 1;
        let width = match tool.is_gnu() {
            true if one && !self.many => 1,
            // Standard input has no size that could be known before.
            true if !self.named => 7,
            true => self.rows.iter().map(|(row, _)| row[3].to_string().len()).max().unwrap_or(1),
            false if one && !self.many => 1,
            false => 9,
        };
        for (row, name) in &self.rows {
            let numbers: Vec<String> = chosen.iter().map(|at| format!("{:>width$}", row[*at])).collect();
            let gap = if name.is_empty() { "" } else { " " };
            tool.say(format_args!("{}{gap}{name}", numbers.join(" ")));
        }
        i32::from(failed)
    }
}

/// `uniq`.
#[derive(Clone, Debug)]
pub struct Unique {
    given: Given,
    lines: Lines,
    last: Option<(Vec<u8>, u64)>,
    output: Option<String>,
    written: Vec<u8>,
}

impl Filter for Unique {
    fn start(tool: &mut Tool<'_, '_>) -> Result<(Unique, Vec<String>), i32> {
        const OPTIONS: Options = Options::short("[-cduiz] [-f,s,w N] [FILE [OUTFILE]]", "cduif:s:w:", "zD")
            .with_long(&[("count", 'c'), ("repeated", 'd'), ("unique", 'u'), ("ignore-case", 'i')]);
        let given = tool.options(&OPTIONS)?;
        let (input, output) = match given.operands.as_slice() {
            [] => ("-".to_owned(), None),
            [input] => (input.clone(), None),
            [input, output] => (input.clone(), Some(output.clone())),
            _ => return Err(tool.refuse(&OPTIONS)),
        };
        Ok((Unique { given, lines: Lines::default(), last: None, output, written: Vec::new() }, vec![input]))
    }

    fn chunk(&mut self, tool: &mut Tool<'_, '_>, bytes: &[u8]) -> Flow {
        for line in self.lines.add(bytes) {
            self.line(tool, line);
        }
        Flow::More
    }

    fn end(&mut self, tool: &mut Tool<'_, '_>) -> Flow {
        if let Some(mut line) = self.lines.last() {
            line.push(b'\n');
            self.line(tool, line);
        }
        self.flush(tool);
        Flow::Next
    }

    fn broken(&mut self, tool: &mut Tool<'_, '_>, name: &str, errno: Errno, opened: bool) -> Option<String> {
        Some(cannot_open(tool, name, errno, opened))
    }

    fn finish(&mut self, tool: &mut Tool<'_, '_>, failed: bool) -> i32 {
        if let Some(path) = &self.output
            && let Err(errno) = tool.system.write_file(path, &self.written)
        {
            tool.complain(format_args!("can't open '{path}': {errno}"));
            return 1;
        }
        i32::from(failed)
    }
}

impl Unique {
    /// What of a line is compared.
    fn key(&self, line: &[u8]) -> Vec<u8> {
        let number = |letter| self.given.value(letter).and_then(|text| text.parse::<usize>().ok());
        let mut rest = line;
        for _ in 0..number('f').unwrap_or(0) {
            let blank = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            let word = rest[blank..].iter().take_while(|byte| !matches!(byte, b' ' | b'\t' | b'\n')).count();
            rest = &rest[blank + word..];
        }
        rest = &rest[number('s').unwrap_or(0).min(rest.len())..];
        rest = &rest[..number('w').unwrap_or(usize::MAX).min(rest.len())];
        if self.given.has('i') { rest.to_ascii_lowercase() } else { rest.to_vec() }
    }

    fn line(&mut self, tool: &mut Tool<'_, '_>, line: Vec<u8>) {
        let same = self.last.as_ref().is_some_and(|(last, _)| self.key(last) == self.key(&line));
        match &mut self.last {
            Some((_, count)) if same => *count += 1,
            _ => {
                self.flush(tool);
                self.last = Some((line, 1));
            }
        }
    }

    fn flush(&mut self, tool: &mut Tool<'_, '_>) {
        let Some((line, count)) = self.last.take() else { return };
        let wanted = match (self.given.has('d'), self.given.has('u')) {
            (true, false) => count > 1,
            (false, true) => count == 1,
            (both, _) => !both,
        };
        if !wanted {
            return;
        }
        let mut text = if self.given.has('c') { format!("{count:>7} ").into_bytes() } else { Vec::new() };
        text.extend(line);
        if self.output.is_some() { self.written.extend(text) } else { tool.out(text) }
    }
}

/// `nl`.
#[derive(Clone, Debug)]
pub struct Number {
    all: bool,
    next: u64,
    lines: Lines,
}

impl Filter for Number {
    fn start(tool: &mut Tool<'_, '_>) -> Result<(Number, Vec<String>), i32> {
        let given = tool.options(&Options::short("[OPTIONS] [FILE]...", "b:", "dfhilnpsvw"))?;
        Ok((Number { all: given.value('b') == Some("a"), next: 1, lines: Lines::default() }, inputs(given.operands)))
    }

    fn chunk(&mut self, tool: &mut Tool<'_, '_>, bytes: &[u8]) -> Flow {
        for line in self.lines.add(bytes) {
            self.line(tool, &line);
        }
        Flow::More
    }

    fn end(&mut self, tool: &mut Tool<'_, '_>) -> Flow {
        if let Some(mut line) = self.lines.last() {
            line.push(b'\n');
            self.line(tool, &line);
        }
        Flow::Next
    }

    fn finish(&mut self, _: &mut Tool<'_, '_>, failed: bool) -> i32 {
        i32::from(failed)
    }
}

impl Number {
    fn line(&mut self, tool: &mut Tool<'_, '_>, line: &[u8]) {
        if self.all || line != b"\n" {
            tool.out(format!("{:6}\t", self.next));
            self.next += 1;
        } else {
            tool.out("       ");
        }
        tool.out(line);
    }
}
