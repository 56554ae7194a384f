//! `cut` and `tr`.

use super::call::Tool;
use super::cat::inputs;
use super::options::{Given, Options};
use super::shape::{Filter, Flow, Lines};

/// `cut`.
#[derive(Clone, Debug)]
pub struct Cut {
    given: Given,
    /// From and to, counted from 1.
    ranges: Vec<(usize, usize)>,
    delimiter: u8,
    lines: Lines,
}

impl Filter for Cut {
    fn start(tool: &mut Tool<'_, '_>) -> Result<(Cut, Vec<String>), i32> {
        const OPTIONS: Options = Options::short("[OPTIONS] [FILE]...", "b:c:f:d:sn", "zDF").with_long(&[
            ("fields", 'f'),
            ("delimiter", 'd'),
            ("characters", 'c'),
            ("bytes", 'b'),
            ("only-delimited", 's'),
        ]);
        let given = tool.options(&OPTIONS)?;
        let Some(kind) = given.last_of("bcf") else {
            let gnu = "you must specify a list of bytes, characters, or fields";
            let text = tool.wording("expected a list of bytes, characters, or fields", gnu);
            tool.complain(text);
            return Err(if tool.is_gnu() { tool.refuse(&OPTIONS) } else { 1 });
        };
        let list = given.value(kind).unwrap_or("").to_owned();
        let Some(ranges) = read_ranges(&list) else {
            let kind = if kind == 'f' { "field" } else { "byte/character" };
            let text = tool.wording(format!("invalid range {list}"), format!("invalid {kind} value '{list}'"));
            tool.complain(text);
            return Err(1);
        };
        let delimiter = match given.value('d').map(str::as_bytes) {
            None => b'\t',
            Some([one]) => *one,
            Some([]) => 0,
            Some(_) => {
                let text = tool.wording("bad delimiter", "the delimiter must be a single character");
                tool.complain(text);
                return Err(1);
            }
        };
        let operands = given.operands.clone();
        Ok((Cut { given, ranges, delimiter, lines: Lines::default() }, inputs(operands)))
    }

    fn chunk(&mut self, tool: &mut Tool<'_, '_>, bytes: &[u8]) -> Flow {
        for line in self.lines.add(bytes) {
            self.line(tool, &line[..line.len() - 1]);
        }
        Flow::More
    }

    fn end(&mut self, tool: &mut Tool<'_, '_>) -> Flow {
        if let Some(line) = self.lines.last() {
            self.line(tool, &line);
        }
        Flow::Next
    }

    fn finish(&mut self, _: &mut Tool<'_, '_>, failed: bool) -> i32 {
        i32::from(failed)
    }
}

/// `1,3-5,7-`.
fn read_ranges(text: &str) -> Option<Vec<(usize, usize)>> {
    let mut ranges = Vec::new();
    for part in text.split(',') {
        let range = match part.split_once('-') {
            None => {
                let number = part.parse().ok()?;
                (number, number)
            }
            Some(("", "")) => return None,
            Some(("", to)) => (1, to.parse().ok()?),
            Some((from, "")) => (from.parse().ok()?, usize::MAX),
            Some((from, to)) => (from.parse().ok()?, to.parse().ok()?),
        };
        if range.0 == 0 || range.1 < range.0 {
            return None;
        }
        ranges.push(range);
    }
    Some(ranges)
}

impl Cut {
    fn takes(&self, number: usize) -> bool {
        self.ranges.iter().any(|(from, to)| (*from..=*to).contains(&number))
    }

    fn line(&self, tool: &mut Tool<'_, '_>, line: &[u8]) {
        if self.given.has('f') {
            if !line.contains(&self.delimiter) {
                if !self.given.has('s') {
                    tool.out(line);
                    tool.out("\n");
                }
                return;
            }
            let fields = line.split(|byte| *byte == self.delimiter).enumerate();
            let taken: Vec<&[u8]> = fields.filter(|(at, _)| self.takes(at + 1)).map(|(_, field)| field).collect();
            tool.out(taken.join(&self.delimiter));
        } else if self.given.has('c') && !tool.is_gnu() {
            // BusyBox counts characters; GNU's `-c` counts bytes.
            let text = String::from_utf8_lossy(line).into_owned();
            let taken: String =
                text.chars().enumerate().filter(|(at, _)| self.takes(at + 1)).map(|(_, letter)| letter).collect();
            tool.out(taken);
        } else {
            let taken: Vec<u8> =
                line.iter().enumerate().filter(|(at, _)| self.takes(at + 1)).map(|(_, byte)| *byte).collect();
            tool.out(taken);
        }
        tool.out("\n");
    }
}

/// `tr`.
#[derive(Clone, Debug)]
pub struct Translate {
    /// What each byte becomes; nothing when it is deleted.
    becomes: Vec<Option<u8>>,
    squeezed: Vec<bool>,
    last: Option<u8>,
}

impl Filter for Translate {
    fn start(tool: &mut Tool<'_, '_>) -> Result<(Translate, Vec<String>), i32> {
        const OPTIONS: Options = Options::short("[-cds] STRING1 [STRING2]", "+cCds", "t").with_long(&[
            ("complement", 'c'),
            ("delete", 'd'),
            ("squeeze-repeats", 's'),
        ]);
        let given = tool.options(&OPTIONS)?;
        let [first, rest @ ..] = given.operands.as_slice() else { return Err(tool.missing_operand(&OPTIONS)) };
        let (delete, squeeze) = (given.has('d'), given.has('s'));
        let wanted = usize::from(!delete && !squeeze || delete && squeeze);
        if rest.len() < wanted || rest.len() > 1 {
            if tool.is_gnu() {
                tool.complain(format_args!("missing operand after '{first}'"));
            }
            return Err(tool.refuse(&OPTIONS));
        }
        let mut from = expand(first);
        if given.has('c') || given.has('C') {
            let all = 0..=255_u8;
            from = all.filter(|byte| !from.contains(byte)).collect();
        }
        let to = rest.first().map(|text| expand(text));
        let mut becomes: Vec<Option<u8>> = (0..=255).map(Some).collect();
        let mut squeezed = vec![false; 256];
        for (at, byte) in from.iter().enumerate() {
            if delete {
                becomes[usize::from(*byte)] = None;
            } else if let Some(to) = &to
                && let Some(target) = to.get(at).or(to.last())
            {
                becomes[usize::from(*byte)] = Some(*target);
            }
        }
        if squeeze {
            for byte in to.as_ref().unwrap_or(&from) {
                squeezed[usize::from(*byte)] = true;
            }
        }
        Ok((Translate { becomes, squeezed, last: None }, vec!["-".to_owned()]))
    }

    fn chunk(&mut self, tool: &mut Tool<'_, '_>, bytes: &[u8]) -> Flow {
        let mut output = Vec::with_capacity(bytes.len());
        for byte in bytes {
            let Some(byte) = self.becomes[usize::from(*byte)] else { continue };
            if self.squeezed[usize::from(byte)] && self.last == Some(byte) {
                continue;
            }
            self.last = Some(byte);
            output.push(byte);
        }
        tool.out(output);
        Flow::More
    }

    fn finish(&mut self, _: &mut Tool<'_, '_>, failed: bool) -> i32 {
        i32::from(failed)
    }
}

/// The bytes of a set: `a-z`, `[:upper:]`, `\n`.
fn expand(text: &str) -> Vec<u8> {
    type Class = (&'static str, fn(&u8) -> bool);
    const CLASSES: [Class; 9] = [
        ("alpha", u8::is_ascii_alphabetic),
        ("digit", u8::is_ascii_digit),
        ("alnum", u8::is_ascii_alphanumeric),
        ("upper", u8::is_ascii_uppercase),
        ("lower", u8::is_ascii_lowercase),
        ("space", |byte| byte.is_ascii_whitespace() || *byte == 11),
        ("punct", u8::is_ascii_punctuation),
        ("cntrl", u8::is_ascii_control),
        ("xdigit", u8::is_ascii_hexdigit),
    ];
    let mut set = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        if rest.starts_with(b"[:")
            && let Some(end) = text_position(rest, b":]")
            && let Some((_, class)) = CLASSES.iter().find(|(name, _)| name.as_bytes() == &rest[2..end])
        {
            set.extend((0..=255_u8).filter(class));
            rest = &rest[end + 2..];
            continue;
        }
        let (first, after) = one(*byte, after);
        rest = after;
        if let [b'-', last, beyond @ ..] = rest {
            let (last, beyond) = one(*last, beyond);
            if first <= last {
                set.extend(first..=last);
                rest = beyond;
                continue;
            }
        }
        set.push(first);
    }
    set
}

fn text_position(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

/// One byte of a set, a backslash read.
fn one(byte: u8, after: &[u8]) -> (u8, &[u8]) {
    if byte != b'\\' {
        return (byte, after);
    }
    let octal: Vec<u8> = after.iter().copied().take(3).take_while(|digit| (b'0'..=b'7').contains(digit)).collect();
    if !octal.is_empty() {
        let value = octal.iter().fold(0_u32, |value, digit| value * 8 + u32::from(digit - b'0'));
        return (value as u8, &after[octal.len()..]);
    }
    match after.split_first() {
        None => (b'\\', after),
        Some((letter, rest)) => {
            let byte = match letter {
                b'n' => b'\n',
                b't' => b'\t',
                b'r' => b'\r',
                b'a' => 7,
                b'b' => 8,
                b'f' => 12,
                b'v' => 11,
                other => *other,
            };
            (byte, rest)
        }
    }
}
