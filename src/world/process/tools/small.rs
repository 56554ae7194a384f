//! The smallest tools: `true`, `false`, `echo`, `printf`, `test`, `yes`, `seq`, `basename`, `dirname`, `sleep`, `which`, …

use std::time::Duration;

use super::call::Tool;
use super::files::last_part;
use super::launch;
use super::options::Options;
use super::shape::{Machine, Next};
use super::size;
use super::{echo, printf, test};
use crate::world::clock::Time;
use crate::world::process::Wait;
use crate::world::process::shell::{Dialect, SystemFiles};

/// `true`.
pub fn succeed(_: &mut Tool<'_, '_>) -> i32 {
    0
}

/// `false`.
pub fn fail(_: &mut Tool<'_, '_>) -> i32 {
    1
}

/// The dialect whose wording is the flavour's nearest: the programs `echo` and `printf` of GNU read no escapes unless
/// asked, as BusyBox's.
fn dialect(_: &Tool<'_, '_>) -> Dialect {
    Dialect::Ash
}

/// `echo`.
pub fn echo(tool: &mut Tool<'_, '_>) -> i32 {
    let bytes = echo::echo(dialect(tool), &tool.call.arguments);
    tool.out(bytes);
    0
}

/// `printf`.
pub fn printf(tool: &mut Tool<'_, '_>) -> i32 {
    if tool.call.arguments.is_empty() {
        return tool.missing_operand(&Options::short("FORMAT [ARG]...", "", ""));
    }
    let done = printf::printf(dialect(tool), &tool.call.arguments);
    tool.out(&done.output);
    for error in &done.errors {
        tool.complain(error);
    }
    done.status
}

/// `test` and `[`.
pub fn test(tool: &mut Tool<'_, '_>) -> i32 {
    let name = tool.call.name.clone();
    let arguments = tool.call.arguments.clone();
    match test::test(dialect(tool), &name, &arguments, &mut SystemFiles { system: tool.system }) {
        Ok(code) => code,
        Err(message) => {
            tool.complain(message);
            2
        }
    }
}

/// `yes`.
#[derive(Clone, Debug)]
pub struct Yes {
    block: Vec<u8>,
}

impl Machine for Yes {
    fn start(tool: &mut Tool<'_, '_>) -> Result<Yes, i32> {
        let words = tool.call.arguments.join(" ");
        let line = if words.is_empty() { "y\n".to_owned() } else { format!("{words}\n") };
        Ok(Yes { block: line.repeat(8192 / line.len().max(1) + 1).into_bytes() })
    }

    fn step(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        tool.out(&self.block);
        Next::Again
    }
}

/// `seq`.
pub fn seq(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options = Options::short("[-w] [-s SEP] [FIRST [INC]] LAST", "+ws:", "f");
    /// More numbers than anybody reads.
    const LIMIT: u64 = 1_000_000;
    // A negative number is no option.
    let mut arguments = tool.call.arguments.clone();
    let is_number =
        |text: &String| text.starts_with('-') && text[1..].starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let first_operand = arguments.iter().position(|text| !text.starts_with('-')).unwrap_or(arguments.len());
    if let Some(at) = arguments.iter().position(is_number)
        && at < first_operand
        && !arguments.contains(&"--".to_owned())
    {
        arguments.insert(at, "--".to_owned());
    }
    let given = match tool.options_of(&OPTIONS, &arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let mut numbers = Vec::new();
    for operand in &given.operands {
        match operand.parse::<f64>().ok().filter(|number| number.is_finite()) {
            Some(number) => numbers.push(number),
            None if tool.is_gnu() => {
                tool.complain(format_args!("invalid floating point argument: '{operand}'"));
                return tool.refuse(&OPTIONS);
            }
            None => return tool.refuse(&OPTIONS),
        }
    }
    let (first, increment, last) = match numbers.as_slice() {
        [last] => (1.0, 1.0, *last),
        [first, last] => (*first, 1.0, *last),
        [first, increment, last] => (*first, *increment, *last),
        _ => return tool.missing_operand(&OPTIONS),
    };
    if increment == 0.0 && tool.is_gnu() {
        tool.complain(format_args!("invalid Zero increment value: '{}'", given.operands[1]));
        return tool.refuse(&OPTIONS);
    }
    let decimals = |text: &String| text.split_once('.').map_or(0, |(_, digits)| digits.len());
    let precision = given.operands.iter().map(decimals).max().unwrap_or(0).min(20);
    let separator = given.value('s').unwrap_or("\n");
    let count = ((last - first) / increment + 1e-9).floor();
    if count.is_nan() || count < 0.0 {
        return 0;
    }
    if count > LIMIT as f64 {
        tool.complain(format_args!("Layerlab counts at most {LIMIT} numbers"));
        return 1;
    }
    let text = |step: u64| format!("{:.precision$}", first + increment * step as f64);
    let steps = count as u64;
    let width = if given.has('w') { text(0).len().max(text(steps).len()) } else { 0 };
    let all: Vec<String> = (0..=steps).map(|step| format!("{:0>width$}", text(step))).collect();
    tool.say(all.join(separator));
    0
}

/// `basename`.
pub fn basename(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options = Options::short("FILE [SUFFIX] | -a FILE... | -s SUFFIX FILE...", "as:", "z");
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let many = given.has('a') || given.has('s');
    let (paths, suffix) = match given.operands.as_slice() {
        [] => return tool.missing_operand(&OPTIONS),
        paths if many => (paths, given.value('s')),
        [path] => (std::slice::from_ref(path), None),
        [path, suffix] => (std::slice::from_ref(path), Some(suffix.as_str())),
        [_, _, extra, ..] => {
            if tool.is_gnu() {
                tool.complain(format_args!("extra operand '{extra}'"));
            }
            return tool.refuse(&OPTIONS);
        }
    };
    for path in paths {
        let name = last_part(path);
        let cut = suffix.and_then(|suffix| name.strip_suffix(suffix)).filter(|cut| !cut.is_empty());
        tool.say(cut.unwrap_or(name));
    }
    0
}

/// `dirname`.
pub fn dirname(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options = Options::short("FILENAME", "", "z");
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if given.operands.is_empty() {
        return tool.missing_operand(&OPTIONS);
    }
    for path in &given.operands {
        let trimmed = path.trim_end_matches('/');
        let directory = match trimmed.rfind('/') {
            None if trimmed.is_empty() && !path.is_empty() => "/",
            None => ".",
            Some(at) => match trimmed[..at].trim_end_matches('/') {
                "" => "/",
                directory => directory,
            },
        };
        tool.say(directory);
    }
    0
}

/// `sleep`.
#[derive(Clone, Debug)]
pub struct Sleep {
    until: Time,
}

impl Machine for Sleep {
    fn start(tool: &mut Tool<'_, '_>) -> Result<Sleep, i32> {
        const OPTIONS: Options = Options::short("[N]...", "", "");
        if tool.call.arguments.is_empty() {
            return Err(tool.missing_operand(&OPTIONS));
        }
        let mut whole = Duration::ZERO;
        for argument in tool.call.arguments.clone() {
            match size::duration(&argument) {
                Some(time) => whole = whole.saturating_add(time),
                None if tool.is_gnu() && !argument.starts_with('-') => {
                    tool.complain(format_args!("invalid time interval '{argument}'"));
                    return Err(tool.refuse(&OPTIONS));
                }
                None if argument.starts_with('-') => {
                    tool.options(&OPTIONS)?;
                    return Err(1);
                }
                None => {
                    tool.complain(format_args!("invalid number '{argument}'"));
                    return Err(1);
                }
            }
        }
        Ok(Sleep { until: tool.system.now() + whole })
    }

    fn step(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        if tool.system.now() >= self.until { Next::Exit(0) } else { Next::Wait(Wait::Until(self.until)) }
    }
}

/// `sync` has nothing to do: the model writes at once.
pub fn sync(_: &mut Tool<'_, '_>) -> i32 {
    0
}

/// `which`.
pub fn which(tool: &mut Tool<'_, '_>) -> i32 {
    let given = match tool.options(&Options::short("[-a] COMMAND...", "a", "")) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let mut code = 0;
    for name in &given.operands {
        match launch::find(tool.system, tool.call.variable("PATH"), name) {
            Ok(path) => tool.say(path),
            Err(_) => code = 1,
        }
    }
    code
}

/// `nproc`.
pub fn nproc(tool: &mut Tool<'_, '_>) -> i32 {
    let container = tool.system.me().and_then(|me| me.container.clone());
    let cpus = tool.system.look().cpus_of(container.as_deref());
    tool.say(cpus);
    0
}

/// `clear` and `reset`: what a terminal understands.
pub fn clear(tool: &mut Tool<'_, '_>) -> i32 {
    tool.out("\x1b[H\x1b[J");
    0
}

/// `tty`.
pub fn tty(tool: &mut Tool<'_, '_>) -> i32 {
    if tool.system.is_terminal(0) {
        tool.say("/dev/pts/0");
        return 0;
    }
    tool.say("not a tty");
    1
}

/// `truncate -s SIZE FILE...`
pub fn truncate(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options = Options::short("[-c] -s SIZE FILE...", "cs:", "or");
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let Some(wanted) = given.value('s').and_then(size::bytes) else { return tool.refuse(&OPTIONS) };
    let mut code = 0;
    for path in &given.operands {
        let mut bytes = tool.system.read_file(path).map(|bytes| bytes.to_vec()).unwrap_or_default();
        if wanted > crate::world::process::vfs::FILE_LIMIT {
            tool.complain(format_args!("{path}: File too large"));
            return 1;
        }
        bytes.resize(usize::try_from(wanted).unwrap_or(0), 0);
        if let Err(errno) = tool.system.write_file(path, &bytes) {
            tool.complain(format_args!("{path}: open: {errno}"));
            code = 1;
        }
    }
    code
}

/// `printenv`.
pub fn printenv(tool: &mut Tool<'_, '_>) -> i32 {
    let given = match tool.options(&Options::short("[VARIABLE]...", "", "0")) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if given.operands.is_empty() {
        for pair in &tool.call.environment {
            tool.output.push(1, format!("{pair}\n").as_bytes());
        }
        return 0;
    }
    let mut code = 0;
    for name in &given.operands {
        match tool.call.variable(name) {
            Some(value) => tool.say(value),
            None => code = 1,
        }
    }
    code
}

/// `unlink`.
pub fn unlink(tool: &mut Tool<'_, '_>) -> i32 {
    let given = match tool.options(&Options::short("FILE", "", "")) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let [path] = given.operands.as_slice() else { return tool.missing_operand(&Options::short("FILE", "", "")) };
    match tool.system.remove_file(path) {
        Ok(()) => 0,
        Err(errno) => {
            let gnu = format!("cannot unlink '{path}': {errno}");
            let text = tool.wording(format!("can't remove file '{path}': {errno}"), gnu);
            tool.complain(text);
            1
        }
    }
}
