//! Tools that start other programs: `env`, `nohup`, `setsid`, `nice`, and the search in PATH.

use super::call::Tool;
use super::options::Options;
use super::shape::{Machine, Next};
use crate::world::filesystem::errno::Errno;
use crate::world::process::signal::Action;
use crate::world::process::system::Spawn;
use crate::world::process::{Signal, System};

/// Where programs are looked for without a PATH.
const DEFAULT_PATH: &str = "/sbin:/usr/sbin:/bin:/usr/bin";

/// Finds a program as `execvp(3)` does.
///
/// # Errors
/// `ENOENT`; `EACCES` when all that was found may not be run.
pub fn find(system: &System<'_>, path: Option<&str>, name: &str) -> Result<String, Errno> {
    let check = |path: &str| match system.status(path, true) {
        Ok(status) if !status.entry.node.is_directory() && system.may(path, 1) => Ok(()),
        Ok(_) => Err(Errno::EACCES),
        Err(errno) => Err(errno),
    };
    if name.contains('/') {
        return check(name).map(|()| name.to_owned());
    }
    let mut worst = Errno::ENOENT;
    for directory in path.unwrap_or(DEFAULT_PATH).split(':') {
        let directory = if directory.is_empty() { "." } else { directory };
        let candidate = super::files::below(directory, name);
        match check(&candidate) {
            Ok(()) if !name.is_empty() => return Ok(candidate),
            Err(Errno::EACCES) => worst = Errno::EACCES,
            _ => {}
        }
    }
    Err(worst)
}

/// The exit code for a program that cannot be started: 127 when there is none, else 126.
pub fn failure_code(errno: Errno) -> i32 {
    if errno == Errno::ENOENT { 127 } else { 126 }
}

/// Says that a program cannot be started. Gives the exit code.
pub fn cannot_run(tool: &mut Tool<'_, '_>, name: &str, errno: Errno) -> i32 {
    let gnu = match tool.call.name.as_str() {
        "env" => format!("'{name}': {errno}"),
        "xargs" => format!("{name}: {errno}"),
        _ => format!("failed to run command '{name}': {errno}"),
    };
    let text = tool.wording(format!("can't execute '{name}': {errno}"), gnu);
    tool.complain(text);
    failure_code(errno)
}

/// Becomes another program, found in PATH, as `execvp(3)`; a text without `#!` goes to `/bin/sh`.
pub fn become_program(tool: &mut Tool<'_, '_>, words: &[String], environment: &[String]) -> Next {
    let Some(name) = words.first() else { return Next::Exit(0) };
    let path = environment.iter().rev().find_map(|pair| pair.strip_prefix("PATH=")).map(str::to_owned);
    let found = find(tool.system, path.as_deref(), name);
    let started = found.and_then(|path| match tool.system.exec(&path, words, environment) {
        Err(Errno::ENOEXEC) => {
            let mut script = vec!["sh".to_owned(), path];
            script.extend(words.iter().skip(1).cloned());
            tool.system.exec("/bin/sh", &script, environment)
        }
        other => other,
    });
    match started {
        Ok(progress) => Next::Become(progress),
        Err(errno) => Next::Exit(cannot_run(tool, name, errno)),
    }
}

/// Starts a child with the caller's descriptors and environment.
///
/// # Errors
/// As [`find`] and [`System::spawn`].
pub fn spawn(tool: &mut Tool<'_, '_>, words: &[String], new_group: bool) -> Result<u32, Errno> {
    let Some(name) = words.first() else { return Err(Errno::ENOENT) };
    let path = find(tool.system, tool.call.variable("PATH"), name)?;
    let child = |path: &str, arguments: Vec<String>| Spawn {
        path: path.to_owned(),
        arguments,
        environment: tool.call.environment.clone(),
        new_group,
        ..Spawn::default()
    };
    let direct = child(&path, words.to_vec());
    match tool.system.spawn(direct) {
        Err(Errno::ENOEXEC) => {
            let mut script = vec!["sh".to_owned(), path];
            script.extend(words.iter().skip(1).cloned());
            let script = child("/bin/sh", script);
            tool.system.spawn(script)
        }
        other => other,
    }
}

/// `env`, `nohup`, `setsid`, `nice`, `ionice`, `exec` of another program with something changed.
#[derive(Clone, Debug)]
pub struct Become;

impl Machine for Become {
    fn start(_: &mut Tool<'_, '_>) -> Result<Become, i32> {
        Ok(Become)
    }

    fn step(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        let name = tool.call.name.clone();
        let short = match name.as_str() {
            "env" => "+iu:0",
            "nice" => "+n:",
            "ionice" => "+c:n:",
            _ => "+",
        };
        let options = Options::short("[-i0] [-u NAME]... [-] [NAME=VALUE]... [PROG ARGS]", short, "CSvsfw");
        let failure = if tool.is_gnu() { 125 } else { 1 };
        let options = options.failing_with(failure).with_long(&[("ignore-environment", 'i'), ("unset", 'u')]);
        let mut arguments = tool.call.arguments.clone();
        if name == "env" && arguments.first().is_some_and(|first| first == "-") {
            arguments[0] = "-i".to_owned();
        }
        let given = match tool.options_of(&options, &arguments) {
            Ok(given) => given,
            Err(code) => return Next::Exit(code),
        };
        let mut environment = if given.has('i') { Vec::new() } else { tool.call.environment.clone() };
        for removed in given.values('u').filter(|_| name == "env") {
            environment.retain(|pair| pair.split('=').next() != Some(removed));
        }
        let mut words = given.operands.as_slice();
        while name == "env"
            && let [first, rest @ ..] = words
            && let Some((variable, _)) = first.split_once('=')
        {
            match environment.iter_mut().find(|pair| pair.split('=').next() == Some(variable)) {
                Some(pair) => pair.clone_from(first),
                None => environment.push(first.clone()),
            }
            words = rest;
        }
        if words.is_empty() {
            return match name.as_str() {
                "env" => {
                    let end = if given.has('0') { '\0' } else { '\n' };
                    for pair in &environment {
                        tool.out(format!("{pair}{end}"));
                    }
                    Next::Exit(0)
                }
                "nice" => {
                    tool.say("0");
                    Next::Exit(0)
                }
                _ => Next::Exit(tool.missing_operand(&options)),
            };
        }
        if name == "nohup" {
            tool.system.set_action(Signal::HUP, Action::Ignore);
        }
        become_program(tool, words, &environment)
    }
}
