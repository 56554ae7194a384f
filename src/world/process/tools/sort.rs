//! `sort`.

use std::cmp::Ordering;

use super::call::Tool;
use super::cat::inputs;
use super::options::{Given, Options};
use super::shape::{Filter, Flow, Lines};
use crate::world::filesystem::errno::Errno;

/// Most bytes that are sorted at once.
const LIMIT: usize = 64 << 20;

const OPTIONS: Options = Options {
    usage: "[-nrughMcszbdfiokt] [-o FILE] [-k START[.OFS][OPTS][,END[.OFS][OPTS]] [-t CHAR] [FILE]...",
    short: "nruk:t:o:fbhcsVdi",
    long: &[
        ("numeric-sort", 'n'),
        ("reverse", 'r'),
        ("unique", 'u'),
        ("key", 'k'),
        ("field-separator", 't'),
        ("human-numeric-sort", 'h'),
        ("version-sort", 'V'),
        ("ignore-case", 'f'),
        ("output", 'o'),
    ],
    missing: "gMzmTSR",
    failure: 2,
};

/// A part of the line to be compared, and how.
#[derive(Clone, Debug, Default)]
struct Key {
    first: usize,
    first_offset: usize,
    last: Option<(usize, usize)>,
    flags: String,
}

/// `sort`.
#[derive(Clone, Debug)]
pub struct Sort {
    given: Given,
    keys: Vec<Key>,
    all: Vec<Vec<u8>>,
    bytes: usize,
    lines: Lines,
}

impl Filter for Sort {
    fn start(tool: &mut Tool<'_, '_>) -> Result<(Sort, Vec<String>), i32> {
        let given = tool.options(&OPTIONS)?;
        let mut keys = Vec::new();
        for text in given.values('k').map(str::to_owned).collect::<Vec<_>>() {
            match read_key(&text) {
                Some(key) => keys.push(key),
                None => {
                    let wrong = tool.wording("bad field specification", "invalid number at field start: invalid count");
                    tool.complain(format_args!("{wrong}: '{text}'"));
                    return Err(2);
                }
            }
        }
        let operands = given.operands.clone();
        Ok((Sort { given, keys, all: Vec::new(), bytes: 0, lines: Lines::default() }, inputs(operands)))
    }

    fn chunk(&mut self, tool: &mut Tool<'_, '_>, bytes: &[u8]) -> Flow {
        self.bytes += bytes.len();
        if self.bytes > LIMIT {
            tool.complain("Layerlab sorts at most 64 MiB");
            return Flow::Done(2);
        }
        self.all.extend(self.lines.add(bytes));
        Flow::More
    }

    fn end(&mut self, _: &mut Tool<'_, '_>) -> Flow {
        if let Some(mut line) = self.lines.last() {
            line.push(b'\n');
            self.all.push(line);
        }
        Flow::Next
    }

    fn broken(&mut self, tool: &mut Tool<'_, '_>, name: &str, errno: Errno, opened: bool) -> Option<String> {
        let gnu = match opened {
            true => format!("read failed: {name}: {errno}"),
            false => format!("cannot read: {name}: {errno}"),
        };
        (tool.is_gnu() || !opened).then(|| tool.wording(format!("{name}: {errno}"), gnu))
    }

    fn finish(&mut self, tool: &mut Tool<'_, '_>, failed: bool) -> i32 {
        if failed {
            return 2;
        }
        let mut lines = std::mem::take(&mut self.all);
        for line in &mut lines {
            line.pop();
        }
        if self.given.has('c') {
            let wrong = lines.windows(2).position(|pair| self.compare(&pair[0], &pair[1]) == Ordering::Greater);
            return match wrong {
                Some(at) => {
                    let text = String::from_utf8_lossy(&lines[at + 1]).into_owned();
                    tool.complain(format_args!("-:{}: disorder: {text}", at + 2));
                    1
                }
                None => 0,
            };
        }
        lines.sort_by(|left, right| self.compare(left, right));
        if self.given.has('u') {
            lines.dedup_by(|right, left| self.compare_keys(left, right) == Ordering::Equal);
        }
        let mut output = Vec::new();
        for line in &lines {
            output.extend_from_slice(line);
            output.push(b'\n');
        }
        match self.given.value('o') {
            None => tool.out(output),
            Some(path) => {
                if let Err(errno) = tool.system.write_file(path, &output) {
                    let gnu = format!("open failed: {path}: {errno}");
                    let text = tool.wording(format!("can't open '{path}': {errno}"), gnu);
                    tool.complain(text);
                    return 2;
                }
            }
        }
        0
    }
}

/// `2`, `2,2`, `2.3n,4r`.
fn read_key(text: &str) -> Option<Key> {
    let position = |text: &str| {
        let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
        let (field, offset) = text[..end].split_once('.').unwrap_or((&text[..end], "0"));
        Some((field.parse::<usize>().ok()?, offset.parse::<usize>().ok()?, text[end..].to_owned()))
    };
    let (start, end) = text.split_once(',').map_or((text, None), |(start, end)| (start, Some(end)));
    let (first, offset, mut flags) = position(start)?;
    let last = match end {
        None => None,
        Some(end) => {
            let (last, offset, more) = position(end)?;
            flags.push_str(&more);
            Some((last, offset))
        }
    };
    let known = flags.chars().all(|flag| "nrfbhVdi".contains(flag));
    (first > 0 && known).then(|| Key { first: first - 1, first_offset: offset.saturating_sub(1), last, flags })
}

impl Sort {
    fn compare(&self, left: &[u8], right: &[u8]) -> Ordering {
        let by_keys = self.compare_keys(left, right);
        if by_keys != Ordering::Equal || self.given.has('s') || self.given.has('u') {
            return by_keys;
        }
        // What is equal by its keys is ordered by the whole line.
        let whole = left.cmp(right);
        if self.given.has('r') { whole.reverse() } else { whole }
    }

    fn compare_keys(&self, left: &[u8], right: &[u8]) -> Ordering {
        let globals: String = "nrfbhVdi".chars().filter(|letter| self.given.has(*letter)).collect();
        if self.keys.is_empty() {
            return compare_text(left, right, &globals);
        }
        for key in &self.keys {
            let flags = if key.flags.is_empty() { &globals } else { &key.flags };
            let order = compare_text(self.part(left, key), self.part(right, key), flags);
            if order != Ordering::Equal {
                return order;
            }
        }
        Ordering::Equal
    }

    /// The part of a line that a key names.
    fn part<'l>(&self, line: &'l [u8], key: &Key) -> &'l [u8] {
        let fields = self.fields(line);
        let Some((start, _)) = fields.get(key.first) else { return &[] };
        let mut start = *start;
        if key.flags.contains('b') || self.given.has('b') {
            start += line[start..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        }
        let start = (start + key.first_offset).min(line.len());
        let end = match key.last {
            None => line.len(),
            Some((last, 0)) => fields.get(last.saturating_sub(1)).map_or(line.len(), |(_, end)| *end),
            Some((last, offset)) => {
                fields.get(last.saturating_sub(1)).map_or(line.len(), |(from, to)| (from + offset).min(*to))
            }
        };
        &line[start.min(end)..end]
    }

    /// Where each field begins and ends. Without a separator, a field has the blanks before it.
    fn fields(&self, line: &[u8]) -> Vec<(usize, usize)> {
        let mut fields = Vec::new();
        let mut start = 0;
        if let Some(separator) = self.given.value('t').and_then(|text| text.bytes().next()) {
            for (at, byte) in line.iter().enumerate() {
                if *byte == separator {
                    fields.push((start, at));
                    start = at + 1;
                }
            }
            fields.push((start, line.len()));
            return fields;
        }
        while start < line.len() {
            let blank = line[start..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            let word = line[start + blank..].iter().take_while(|byte| !matches!(byte, b' ' | b'\t')).count();
            fields.push((start, start + blank + word));
            start += blank + word;
        }
        fields
    }
}

fn compare_text(left: &[u8], right: &[u8], flags: &str) -> Ordering {
    let order = if flags.contains('n') || flags.contains('h') {
        let units = flags.contains('h');
        number(left, units).partial_cmp(&number(right, units)).unwrap_or(Ordering::Equal)
    } else if flags.contains('V') {
        compare_versions(left, right)
    } else {
        let clean = |text: &[u8]| {
            let mut text = text.to_vec();
            if flags.contains('b') {
                let blank = text.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
                text.drain(..blank);
            }
            if flags.contains('d') {
                text.retain(|byte| byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace());
            }
            if flags.contains('f') { text.to_ascii_uppercase() } else { text }
        };
        if flags.chars().any(|flag| "bdf".contains(flag)) { clean(left).cmp(&clean(right)) } else { left.cmp(right) }
    };
    if flags.contains('r') { order.reverse() } else { order }
}

/// The number that a text begins with; nothing is 0. Units count before the value, as GNU's `-h`.
fn number(text: &[u8], units: bool) -> f64 {
    let text = String::from_utf8_lossy(text);
    let text = text.trim_start();
    let end = text
        .char_indices()
        .find(|(at, letter)| !(letter.is_ascii_digit() || *letter == '.' || (*at == 0 && *letter == '-')))
        .map_or(text.len(), |(at, _)| at);
    let value: f64 = text[..end].parse().unwrap_or(0.0);
    if !units {
        return value;
    }
    let unit = text[end..].chars().next().and_then(|letter| "KMGTPE".find(letter.to_ascii_uppercase()));
    value * 1024_f64.powi(unit.map_or(0, |at| at as i32 + 1))
}

/// Numbers within a text compare as numbers.
fn compare_versions(mut left: &[u8], mut right: &[u8]) -> Ordering {
    fn split(text: &[u8], digits: bool) -> (&[u8], &[u8]) {
        let end = text.iter().position(|byte| byte.is_ascii_digit() != digits).unwrap_or(text.len());
        text.split_at(end)
    }
    while !left.is_empty() || !right.is_empty() {
        let ((left_text, left_rest), (right_text, right_rest)) = (split(left, false), split(right, false));
        let ((left_digits, left_rest), (right_digits, right_rest)) = (split(left_rest, true), split(right_rest, true));
        let value = |digits: &[u8]| {
            let digits: Vec<u8> = digits.iter().copied().skip_while(|digit| *digit == b'0').collect();
            (digits.len(), digits)
        };
        let order = left_text.cmp(right_text).then_with(|| value(left_digits).cmp(&value(right_digits)));
        if order != Ordering::Equal {
            return order;
        }
        (left, right) = (left_rest, right_rest);
    }
    Ordering::Equal
}
