//! `cmp`, `diff`, `expr`, `od`, `hexdump`: looking closely.

use super::call::Tool;
use super::cat::inputs;
use super::options::Options;
use super::regex::{Reading, compile};
use super::shape::{Filter, Flow};

/// Most lines of a file that `diff` compares.
const LINE_LIMIT: usize = 5000;

fn read(tool: &mut Tool<'_, '_>, path: &str) -> Option<Vec<u8>> {
    match tool.system.read_file(path) {
        Ok(bytes) => Some(bytes.to_vec()),
        Err(errno) => {
            let busybox = match tool.call.name.as_str() {
                "diff" => format!("can't stat '{path}': {errno}"),
                _ => format!("{path}: {errno}"),
            };
            let text = tool.wording(busybox, format!("{path}: {errno}"));
            tool.complain(text);
            None
        }
    }
}

/// `cmp`.
pub fn cmp(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options = Options::short("[-ls] FILE1 [FILE2]", "s", "lnbi").failing_with(2);
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let [left_name, right_name] = given.operands.as_slice() else { return tool.refuse(&OPTIONS) };
    let (Some(left), Some(right)) = (read(tool, left_name), read(tool, right_name)) else { return 2 };
    let differs = left.iter().zip(&right).position(|(left, right)| left != right);
    let quiet = given.has('s');
    if let Some(at) = differs {
        if !quiet {
            let line = left[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
            tool.say(format_args!("{left_name} {right_name} differ: char {}, line {line}", at + 1));
        }
        return 1;
    }
    if left.len() == right.len() {
        return 0;
    }
    if !quiet {
        let (short, length) =
            if left.len() < right.len() { (left_name, left.len()) } else { (right_name, right.len()) };
        let line = left.iter().take(length).filter(|byte| **byte == b'\n').count();
        let gnu = format!("EOF on {short} after byte {length}, line {line}");
        let text = tool.wording(format!("EOF on {short}"), gnu);
        tool.complain(text);
    }
    1
}

/// `diff`, unified; GNU's default form is its own.
pub fn diff(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options =
        Options::short("[-abBdiNqrTstw] [-L LABEL] [-S FILE] [-U LINES] FILE1 FILE2", "uqU:s", "abBdiNrTtwLS")
            .failing_with(2)
            .with_long(&[("unified", 'u'), ("brief", 'q')]);
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let [left_name, right_name] = given.operands.as_slice() else { return tool.refuse(&OPTIONS) };
    let (Some(left), Some(right)) = (read(tool, left_name), read(tool, right_name)) else { return 2 };
    if left == right {
        if given.has('s') {
            tool.say(format_args!("Files {left_name} and {right_name} are identical"));
        }
        return 0;
    }
    if given.has('q') {
        tool.say(format_args!("Files {left_name} and {right_name} differ"));
        return 1;
    }
    let lines = |bytes: &[u8]| -> Vec<String> { String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect() };
    let (left, right) = (lines(&left), lines(&right));
    if left.len().max(right.len()) > LINE_LIMIT {
        tool.complain(format_args!("Layerlab compares at most {LINE_LIMIT} lines"));
        return 2;
    }
    let unified = given.has('u') || given.has('U') || !tool.is_gnu();
    let context = given.value('U').and_then(|lines| lines.parse().ok()).unwrap_or(if unified { 3 } else { 0 });
    let edits = edits(&left, &right);
    if unified {
        tool.say(format_args!("--- {left_name}"));
        tool.say(format_args!("+++ {right_name}"));
    }
    for hunk in hunks(&edits, context) {
        print_hunk(tool, &edits[hunk], unified);
    }
    1
}

/// A line of both files or of one: its number in each before it, its sign, its text.
struct Edit<'t> {
    left: usize,
    right: usize,
    sign: char,
    text: &'t str,
}

/// The longest common lines stay; the others go or come.
fn edits<'t>(left: &'t [String], right: &'t [String]) -> Vec<Edit<'t>> {
    let start = left.iter().zip(right).take_while(|(left, right)| left == right).count();
    let most = left.len().min(right.len()) - start;
    let end = left.iter().rev().zip(right.iter().rev()).take(most).take_while(|(left, right)| left == right).count();
    let (a, b) = (&left[start..left.len() - end], &right[start..right.len() - end]);
    let width = b.len() + 1;
    let mut lengths = vec![0_u16; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            lengths[i * width + j] = match a[i] == b[j] {
                true => lengths[(i + 1) * width + j + 1] + 1,
                false => lengths[(i + 1) * width + j].max(lengths[i * width + j + 1]),
            };
        }
    }
    let mut edits = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < left.len() || j < right.len() {
        let (inner_i, inner_j) = (i.checked_sub(start), j.checked_sub(start));
        let in_middle = i >= start && j >= start && (i < left.len() - end || j < right.len() - end);
        let same = i < left.len() && j < right.len() && left[i] == right[j];
        let sign = match (in_middle, inner_i, inner_j) {
            (true, Some(at), Some(to)) if !(same && at < a.len() && to < b.len()) => {
                let goes =
                    at < a.len() && (to >= b.len() || lengths[(at + 1) * width + to] >= lengths[at * width + to + 1]);
                if goes { '-' } else { '+' }
            }
            _ => ' ',
        };
        let text = if sign == '+' { &right[j] } else { &left[i] };
        edits.push(Edit { left: i, right: j, sign, text });
        i += usize::from(sign != '+');
        j += usize::from(sign != '-');
    }
    edits
}

/// Which edits are shown together.
fn hunks(edits: &[Edit<'_>], context: usize) -> Vec<std::ops::Range<usize>> {
    let mut hunks: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, _) in edits.iter().enumerate().filter(|(_, edit)| edit.sign != ' ') {
        let (from, to) = (at.saturating_sub(context), (at + context + 1).min(edits.len()));
        match hunks.last_mut() {
            Some(last) if from <= last.end => last.end = to,
            _ => hunks.push(from..to),
        }
    }
    hunks
}

fn print_hunk(tool: &mut Tool<'_, '_>, edits: &[Edit<'_>], unified: bool) {
    let Some(first) = edits.first() else { return };
    let count = |sign: char| edits.iter().filter(|edit| edit.sign != sign).count();
    let (left, right) = (count('+'), count('-'));
    let start = |at: usize, count: usize| if count == 0 { at } else { at + 1 };
    if unified {
        let range = |at: usize, count: usize| match count {
            1 => (at + 1).to_string(),
            count => format!("{},{count}", start(at, count)),
        };
        tool.say(format_args!("@@ -{} +{} @@", range(first.left, left), range(first.right, right)));
        for edit in edits {
            tool.say(format_args!("{}{}", edit.sign, edit.text));
        }
        return;
    }
    let range = |at: usize, count: usize| match count {
        0 | 1 => start(at, count).to_string(),
        count => format!("{},{}", at + 1, at + count),
    };
    let verb = match (left, right) {
        (0, _) => 'a',
        (_, 0) => 'd',
        _ => 'c',
    };
    tool.say(format_args!("{}{verb}{}", range(first.left, left), range(first.right, right)));
    for edit in edits.iter().filter(|edit| edit.sign == '-') {
        tool.say(format_args!("< {}", edit.text));
    }
    if verb == 'c' {
        tool.say("---");
    }
    for edit in edits.iter().filter(|edit| edit.sign == '+') {
        tool.say(format_args!("> {}", edit.text));
    }
}

/// `expr`.
pub fn expr(tool: &mut Tool<'_, '_>) -> i32 {
    let words = tool.call.arguments.clone();
    if words.is_empty() {
        return tool.missing_operand(&Options::short("EXPRESSION", "", "").failing_with(2));
    }
    let mut evaluator = Expression { words: &words, at: 0, depth: 0 };
    match evaluator.level(0) {
        Ok(value) if evaluator.at == words.len() => {
            tool.say(&value);
            i32::from(value.is_empty() || value.parse() == Ok(0_i64))
        }
        Ok(_) => {
            let gnu = format!("syntax error: unexpected argument '{}'", words[evaluator.at]);
            let text = tool.wording("syntax error", gnu);
            tool.complain(text);
            2
        }
        Err(text) => {
            tool.complain(text);
            2
        }
    }
}

struct Expression<'w> {
    words: &'w [String],
    at: usize,
    depth: u32,
}

const LEVELS: [&[&str]; 6] =
    [&["|"], &["&"], &["<", "<=", "=", "==", "!=", ">=", ">"], &["+", "-"], &["*", "/", "%"], &[":"]];

impl Expression<'_> {
    fn level(&mut self, level: usize) -> Result<String, String> {
        let Some(operators) = LEVELS.get(level) else { return self.primary() };
        let mut value = self.level(level + 1)?;
        while let Some(operator) = self.words.get(self.at).filter(|word| operators.contains(&word.as_str())) {
            self.at += 1;
            let right = self.level(level + 1)?;
            value = apply(&value, operator, &right)?;
        }
        Ok(value)
    }

    fn primary(&mut self) -> Result<String, String> {
        self.depth += 1;
        if self.depth > 200 {
            return Err("syntax error".to_owned());
        }
        let word = self.words.get(self.at).ok_or("syntax error")?;
        self.at += 1;
        let mut argument = || {
            let word = self.words.get(self.at).cloned().ok_or("syntax error");
            self.at += 1;
            word
        };
        match word.as_str() {
            "length" if self.words.len() > 1 => Ok(argument()?.chars().count().to_string()),
            "substr" if self.words.len() > 3 => {
                let (text, from, length) = (argument()?, argument()?, argument()?);
                let number = |text: String| text.parse::<usize>().unwrap_or(0);
                let (from, length) = (number(from), number(length));
                Ok(text.chars().skip(from.wrapping_sub(1)).take(if from == 0 { 0 } else { length }).collect())
            }
            "index" if self.words.len() > 2 => {
                let (text, letters) = (argument()?, argument()?);
                Ok(text.chars().position(|letter| letters.contains(letter)).map_or(0, |at| at + 1).to_string())
            }
            "(" => {
                let value = self.level(0)?;
                let closing = self.words.get(self.at).is_some_and(|word| word == ")");
                self.at += 1;
                if closing { Ok(value) } else { Err("syntax error".to_owned()) }
            }
            word => Ok(word.to_owned()),
        }
    }
}

fn apply(left: &str, operator: &str, right: &str) -> Result<String, String> {
    let numbers = left.parse::<i64>().ok().zip(right.parse::<i64>().ok());
    let is_true = |text: &str| !text.is_empty() && text.parse() != Ok(0_i64);
    let truth = |value: bool| if value { "1".to_owned() } else { "0".to_owned() };
    Ok(match operator {
        "|" => if is_true(left) { left } else { right }.to_owned(),
        "&" => if is_true(left) && is_true(right) { left } else { "0" }.to_owned(),
        "<" | "<=" | "=" | "==" | "!=" | ">=" | ">" => {
            let order = numbers.map_or_else(|| left.cmp(right), |(left, right)| left.cmp(&right));
            truth(match operator {
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                "!=" => order.is_ne(),
                ">=" => order.is_ge(),
                ">" => order.is_gt(),
                _ => order.is_eq(),
            })
        }
        ":" => {
            let pattern = compile(&format!("^{}", right.trim_start_matches('^')), Reading::default())?;
            match pattern.captures(left.as_bytes()) {
                Some(found) if pattern.captures_len() > 1 => found
                    .get(1)
                    .map_or_else(String::new, |group| String::from_utf8_lossy(group.as_bytes()).into_owned()),
                Some(found) => {
                    let length =
                        found.get(0).map_or(0, |whole| String::from_utf8_lossy(whole.as_bytes()).chars().count());
                    length.to_string()
                }
                None if pattern.captures_len() > 1 => String::new(),
                None => "0".to_owned(),
            }
        }
        _ => {
            let (left, right) = numbers.ok_or("non-integer argument")?;
            let value = match operator {
                "+" => left.checked_add(right),
                "-" => left.checked_sub(right),
                "*" => left.checked_mul(right),
                _ if right == 0 => return Err("division by zero".to_owned()),
                "/" => left.checked_div(right),
                _ => left.checked_rem(right),
            };
            value.ok_or("number too large")?.to_string()
        }
    })
}

/// `od` and `hexdump`, in their default forms, `od -c`, `od -t x1`, `od -An`, `hexdump -C`.
#[derive(Clone, Debug)]
pub struct Dump {
    form: Form,
    addresses: char,
    rest: Vec<u8>,
    offset: usize,
    limit: usize,
    last: Option<Vec<u8>>,
    starred: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    OctalWords,
    HexWords,
    HexBytes,
    Characters,
    Canonical,
}

impl Filter for Dump {
    fn start(tool: &mut Tool<'_, '_>) -> Result<(Dump, Vec<String>), i32> {
        let is_od = tool.call.name == "od";
        let options = if is_od {
            Options::short("[-aBbcDdeFfHhIiLlOovXx] [FILE]", "cxbA:t:N:v", "aBDdeFfHhIiLlOoXjSw")
        } else {
            Options::short("[-bcdoxCv] [-n LEN] [FILE]...", "Cvn:", "bcdoxefs")
        };
        let given = tool.options(&options)?;
        let form = match (is_od, given.value('t')) {
            (false, _) if given.has('C') || tool.call.name == "hd" => Form::Canonical,
            (false, _) => Form::HexWords,
            (true, Some("x1")) => Form::HexBytes,
            (true, Some("x2" | "x")) => Form::HexWords,
            (true, Some("c")) => Form::Characters,
            (true, Some("o2" | "o")) => Form::OctalWords,
            (true, Some(other)) => return Err(tool.not_modelled(format_args!("the form {other}"))),
            (true, None) if given.has('c') => Form::Characters,
            (true, None) if given.has('x') => Form::HexWords,
            (true, None) => Form::OctalWords,
        };
        let addresses = match given.value('A') {
            None if is_od => 'o',
            None => 'h',
            Some(text) => text.chars().next().unwrap_or('o'),
        };
        let limit = given.value(if is_od { 'N' } else { 'n' }).and_then(super::size::bytes);
        let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let dump = Dump { form, addresses, rest: Vec::new(), offset: 0, limit, last: None, starred: false };
        Ok((dump, inputs(given.operands)))
    }

    fn chunk(&mut self, tool: &mut Tool<'_, '_>, bytes: &[u8]) -> Flow {
        let taken = bytes.len().min(self.limit - self.offset - self.rest.len().min(self.limit - self.offset));
        self.rest.extend(&bytes[..taken]);
        while self.rest.len() >= 16 {
            let line: Vec<u8> = self.rest.drain(..16).collect();
            self.line(tool, &line);
        }
        if self.offset + self.rest.len() >= self.limit { Flow::Next } else { Flow::More }
    }

    fn finish(&mut self, tool: &mut Tool<'_, '_>, failed: bool) -> i32 {
        let rest = std::mem::take(&mut self.rest);
        if !rest.is_empty() {
            self.line(tool, &rest);
        }
        if self.addresses != 'n' && (self.offset > 0 || self.addresses != 'h') {
            let address = self.address();
            tool.say(address);
        }
        i32::from(failed)
    }
}

impl Dump {
    fn address(&self) -> String {
        match self.addresses {
            'n' => String::new(),
            'x' => format!("{:06x}", self.offset),
            'd' => format!("{:07}", self.offset),
            'h' if self.form == Form::Canonical => format!("{:08x}", self.offset),
            'h' => format!("{:07x}", self.offset),
            _ => format!("{:07o}", self.offset),
        }
    }

    fn line(&mut self, tool: &mut Tool<'_, '_>, bytes: &[u8]) {
        let repeats = self.last.as_deref() == Some(bytes);
        if repeats {
            if !std::mem::replace(&mut self.starred, true) {
                tool.say("*");
            }
            self.offset += bytes.len();
            return;
        }
        self.starred = false;
        let word = |pair: &[u8]| u16::from_le_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]);
        let shown = match self.form {
            Form::OctalWords => bytes.chunks(2).map(|pair| format!(" {:06o}", word(pair))).collect::<String>(),
            Form::HexWords => bytes.chunks(2).map(|pair| format!(" {:04x}", word(pair))).collect(),
            Form::HexBytes => bytes.iter().map(|byte| format!(" {byte:02x}")).collect(),
            Form::Characters => bytes.iter().map(|byte| format!(" {}", character(*byte))).collect(),
            Form::Canonical => {
                let mut text = String::from(" ");
                for at in 0..16 {
                    text.push_str(if at == 8 { "  " } else { " " });
                    text.push_str(&bytes.get(at).map_or("  ".to_owned(), |byte| format!("{byte:02x}")));
                }
                let plain = |byte: &u8| if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '.' };
                text.push_str(&format!("  |{}|", bytes.iter().map(plain).collect::<String>()));
                text
            }
        };
        let shown = match self.form {
            // hexdump fills the line.
            Form::HexWords if self.addresses == 'h' => format!("{shown:<40}"),
            _ => shown,
        };
        tool.say(format_args!("{}{shown}", self.address()));
        self.offset += bytes.len();
        self.last = Some(bytes.to_vec());
    }
}

fn character(byte: u8) -> String {
    match byte {
        0 => " \\0".to_owned(),
        7 => " \\a".to_owned(),
        8 => " \\b".to_owned(),
        9 => " \\t".to_owned(),
        10 => " \\n".to_owned(),
        11 => " \\v".to_owned(),
        12 => " \\f".to_owned(),
        13 => " \\r".to_owned(),
        32..=126 => format!("  {}", char::from(byte)),
        other => format!("{other:03o}"),
    }
}
