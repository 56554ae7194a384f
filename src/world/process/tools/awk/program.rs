//! `awk` as a tool: its options, its arguments, and its messages.

use super::super::busybox::Edition;
use super::super::call::{Flavour, Tool};
use super::super::options::Options;
use super::super::shape::{Machine as Tooling, Next};
use super::compile::compile;
use super::lexer::unescape;
use super::machine::{ARGC, ARGV, ENVIRON, KNOWN, Machine};
use super::parser::parse;
use super::value::{Text, Value, Variant};
use crate::world::filesystem::errno::Errno;

const OPTIONS: Options =
    Options::short("[-v VAR=VAL]... [-F SEP] [-f FILE]... [--] [PROGRAM] [FILE]...", "+F:v:f:e:", "W");

/// `awk`.
#[derive(Clone, Debug)]
pub struct Awk(Machine);

impl Tooling for Awk {
    fn start(tool: &mut Tool<'_, '_>) -> Result<Awk, i32> {
        let failure = if tool.is_gnu() { 2 } else { 1 };
        let arguments = &tool.call.arguments;
        let unknown = arguments.iter().find(|word| word.len() > 1 && word.starts_with('-') && !word.starts_with("--"));
        if let Some(word) = unknown.filter(|word| tool.is_gnu() && !"fFvW".contains(&word[1..2])) {
            tool.complain(format_args!("not an option: {word}"));
            return Err(2);
        }
        let given = tool.options(&OPTIONS.failing_with(failure))?;
        let mut operands = given.operands.as_slice();
        let mut texts = Vec::new();
        for path in given.values('f').map(str::to_owned).collect::<Vec<_>>() {
            match tool.system.read_file(&path) {
                Ok(bytes) => texts.push(String::from_utf8_lossy(&bytes).into_owned()),
                Err(errno) if tool.is_gnu() => return Err(cannot_open(tool, &path, errno)),
                Err(errno) => {
                    tool.complain(format_args!("can't open '{path}': {errno}"));
                    return Err(1);
                }
            }
        }
        texts.extend(given.values('e').map(str::to_owned));
        if texts.is_empty() {
            let [text, rest @ ..] = operands else { return Err(usage(tool)) };
            texts.push(text.clone());
            operands = rest;
        }
        let variant = if tool.is_gnu() { Variant::Mawk } else { Variant::BusyBox };
        let program = match parse(&texts.join("\n"), &KNOWN, variant) {
            Ok(program) => program,
            Err(wrong) => {
                let (line, what) = wrong.what.message(variant, wrong.line);
                return Err(complain(tool, Some(line), &what));
            }
        };
        let has_mathematics = tool.call.flavour != Flavour::BusyBox(Edition::Debian);
        let mut machine = Machine::new(compile(&program), variant, has_mathematics);
        let mut assignments = Vec::new();
        if let Some(separator) = given.value('F') {
            assignments.push(("FS".to_owned(), unescaped(separator, variant)));
        }
        for text in given.values('v') {
            match assignment(text, variant) {
                Some(assignment) => assignments.push(assignment),
                None => return Err(usage(tool)),
            }
        }
        for (name, value) in assignments {
            if let Err(what) = machine.assign(&name, value) {
                return Err(complain(tool, None, &what));
            }
        }
        let key = |number: usize| Text::from(number.to_string().into_bytes());
        let mut arguments = vec![(key(0), Value::text(&tool.call.name))];
        let operands = operands.iter().enumerate();
        arguments.extend(operands.map(|(at, operand)| (key(at + 1), Value::from_input(operand.as_bytes()))));
        let count = arguments.len();
        machine.fill(ARGV, arguments);
        let pairs = tool.call.environment.iter().filter_map(|pair| pair.split_once('='));
        let pairs = pairs.map(|(name, value)| (Text::from(name.as_bytes()), Value::from_input(value.as_bytes())));
        machine.fill(ENVIRON, pairs.collect());
        if machine.set_global(ARGC, Value::Number(count as f64)).is_err() {
            return Err(failure);
        }
        Ok(Awk(machine))
    }

    fn step(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        self.0.step(tool)
    }
}

fn usage(tool: &mut Tool<'_, '_>) -> i32 {
    if tool.is_gnu() {
        let text = "Usage: mawk [Options] [Program] [file ...]\n";
        tool.output.push(2, text.as_bytes());
        return 2;
    }
    tool.refuse(&OPTIONS)
}

fn unescaped(text: &str, variant: Variant) -> Value {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte == b'\\' {
            rest = &after[unescape(after, variant, &mut bytes)..];
        } else {
            bytes.push(*byte);
        }
    }
    Value::from_input(&bytes)
}

/// What `name=value` among the arguments assigns.
pub fn assignment(text: &str, variant: Variant) -> Option<(String, Value)> {
    let (name, value) = text.split_once('=')?;
    let mut letters = name.chars();
    let is_name = letters.next().is_some_and(|letter| letter.is_ascii_alphabetic() || letter == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    is_name.then(|| (name.to_owned(), unescaped(value, variant)))
}

/// Says what is wrong with a program. Gives the exit code.
pub fn complain(tool: &mut Tool<'_, '_>, line: Option<u32>, what: &str) -> i32 {
    match (tool.call.flavour, line) {
        (Flavour::BusyBox(_), line) => {
            tool.complain(format_args!("cmd. line:{}: {what}", line.unwrap_or(1)));
            1
        }
        (Flavour::Gnu, Some(line)) => {
            tool.complain(format_args!("line {line}: {what}"));
            2
        }
        (Flavour::Gnu, None) => {
            tool.complain(format_args!("run time error: {what}"));
            tool.output.push(2, b"\tFILENAME=\"\" FNR=0 NR=0\n");
            2
        }
    }
}

/// Says that an input cannot be opened. Gives the exit code.
pub fn cannot_open(tool: &mut Tool<'_, '_>, name: &str, errno: Errno) -> i32 {
    if tool.is_gnu() {
        tool.complain(format_args!("cannot open \"{name}\" ({errno})"));
        return 2;
    }
    tool.complain(format_args!("{name}: {errno}"));
    1
}

/// Says that `print` cannot write to a file. Gives the exit code.
pub fn cannot_write(tool: &mut Tool<'_, '_>, name: &str, errno: Errno) -> i32 {
    if tool.is_gnu() {
        tool.complain(format_args!("cannot open \"{name}\" for output ({errno})"));
        return 2;
    }
    tool.complain(format_args!("can't open '{name}': {errno}"));
    1
}
