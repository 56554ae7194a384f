//! Runs the scripts of `tests/shell/*.txt` in the model's shell and compares with what BusyBox 1.35 and dash 0.5.12 answered. The answers were
//! recorded by `tests/shell/record.py` and are never edited by hand.

use layerlab::world::clock::Time;
use layerlab::world::filesystem::errno::Errno;
use layerlab::world::machine::MachineSettings;
use layerlab::world::process::descriptor::{OpenOptions, Read, Stream, Write};
use layerlab::world::process::shell::{Dialect, Shell};
use layerlab::world::process::{Invocation, Program, ProgramTable, Progress, System, Wait};
use layerlab::world::registry::Registry;
use layerlab::world::{Action, Ending, World, WorldSettings};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// `cat`, as small as the scripts need it.
#[derive(Clone, Debug)]
struct Cat {
    files: Vec<String>,
    input: Option<u32>,
    pending: Vec<u8>,
    failed: bool,
}

impl Program for Cat {
    fn resume(&mut self, system: &mut System<'_>) -> Progress {
        loop {
            while !self.pending.is_empty() {
                match system.write(1, &self.pending) {
                    Ok(Write::Wrote(count)) => drop(self.pending.drain(..count)),
                    Ok(Write::WouldBlock) => return Progress::Waiting(Wait::Writable(1)),
                    Err(_) => return Progress::Exited(1),
                }
            }
            let Some(input) = self.input else {
                match self.files.pop() {
                    None => return Progress::Exited(i32::from(self.failed)),
                    Some(file) if file == "-" => self.input = Some(0),
                    Some(file) => match system.open(&file, OpenOptions::READ) {
                        Ok(input) => self.input = Some(input),
                        Err(errno) => {
                            system.complain(&format!("cat: can't open '{file}': {errno}\n"));
                            self.failed = true;
                        }
                    },
                }
                continue;
            };
            match system.read(input, 4096) {
                Ok(Read::Data(bytes)) => self.pending = bytes,
                Ok(Read::WouldBlock) => return Progress::Waiting(Wait::Readable(input)),
                Ok(Read::EndOfFile) => self.input = None,
                Err(errno) => {
                    system.complain(&format!("cat: read error: {errno}\n"));
                    self.failed = true;
                    self.input = None;
                }
            }
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

/// `sleep`
#[derive(Clone, Debug)]
struct Sleep {
    time: Duration,
    until: Option<Time>,
}

impl Program for Sleep {
    fn resume(&mut self, system: &mut System<'_>) -> Progress {
        let until = *self.until.get_or_insert(system.now() + self.time);
        if system.now() < until { Progress::Waiting(Wait::Until(until)) } else { Progress::Exited(0) }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

/// `env`, `mkdir`, `touch`, `rm` and `chmod +x`: at once.
#[derive(Clone, Debug)]
struct Small(Invocation);

impl Program for Small {
    fn resume(&mut self, system: &mut System<'_>) -> Progress {
        let mut result = Ok(());
        match self.0.called_as() {
            "env" => system.print(&self.0.environment.iter().map(|pair| format!("{pair}\n")).collect::<String>()),
            "mkdir" => {
                for path in self.0.operands().iter().filter(|path| *path != "-p") {
                    result = result.and(system.make_directory(path, 0o777).or_else(|errno| match errno {
                        Errno::EEXIST => Ok(()),
                        errno => Err(errno),
                    }));
                }
            }
            "touch" => {
                for path in self.0.operands() {
                    result =
                        result.and(system.open(path, OpenOptions::APPEND).map(|descriptor| system.close(descriptor)));
                }
            }
            "rm" => {
                for path in self.0.operands().iter().filter(|path| !path.starts_with('-')) {
                    result = result.and(system.remove_file(path));
                }
            }
            "chmod" => {
                for path in self.0.operands().iter().skip(1) {
                    result = result.and(system.set_metadata(path, true, |metadata| metadata.mode |= 0o111));
                }
            }
            _ => {}
        }
        Progress::Exited(i32::from(result.is_err()))
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

fn world(dialect: Dialect) -> World {
    let mut programs = ProgramTable::new();
    programs.insert("sh", move |invocation: &Invocation| Box::new(Shell::new(dialect, invocation)) as Box<dyn Program>);
    programs.insert("cat", |invocation: &Invocation| {
        let mut files: Vec<String> = invocation.operands().to_vec();
        if files.is_empty() {
            files.push("-".to_owned());
        }
        files.reverse();
        Box::new(Cat { files, input: None, pending: Vec::new(), failed: false }) as Box<dyn Program>
    });
    programs.insert("sleep", |invocation: &Invocation| {
        let seconds: f64 = invocation.operands().first().and_then(|text| text.parse().ok()).unwrap_or(0.0);
        Box::new(Sleep { time: Duration::from_millis((seconds * 1000.0) as u64), until: None }) as Box<dyn Program>
    });
    for name in ["env", "mkdir", "touch", "rm", "chmod"] {
        programs.insert(name, |invocation: &Invocation| Box::new(Small(invocation.clone())) as Box<dyn Program>);
    }
    let start = Time::parse_rfc3339("2025-10-28T14:03:07Z").unwrap();
    let machines = vec![MachineSettings::default()];
    let mut world = World::new(&WorldSettings {
        seed: 1,
        start,
        machines,
        programs: Arc::new(programs),
        registry: Registry::default(),
    });
    world.act(&Action::Command("mkdir /work".to_owned()));
    world
}

/// What a script gives: standard output, standard error and exit code.
fn run(dialect: Dialect, script: &str) -> (String, String, Option<i32>) {
    let outcome = world(dialect).act(&Action::Command(script.to_owned()));
    (outcome.text(Stream::Stdout), outcome.text(Stream::Stderr), outcome.exit_code())
}

fn corpus(kind: &str) -> Vec<(String, String, String, i32)> {
    let mut cases = Vec::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/shell");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.to_string_lossy().ends_with(kind)) {
        let text = std::fs::read_to_string(file).unwrap();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        for (index, block) in text.split("\n=== script\n").skip(1).enumerate() {
            let (script, rest) = block.split_once("\n=== stdout\n").unwrap();
            let (stdout, exit) = rest.rsplit_once("\n=== exit ").unwrap();
            cases.push((
                format!("{name} number {}", index + 1),
                script.to_owned(),
                stdout.to_owned(),
                exit.trim().parse().unwrap(),
            ));
        }
    }
    cases
}

#[test]
fn scripts_give_what_busybox_gave() {
    compare(Dialect::Ash, ".ash.txt");
}

#[test]
fn scripts_give_what_dash_gave() {
    compare(Dialect::Dash, ".dash.txt");
}

fn compare(dialect: Dialect, kind: &str) {
    let cases = corpus(kind);
    assert!(cases.len() > 200, "only {} scripts", cases.len());
    let mut wrong = Vec::new();
    for (name, script, stdout, exit) in &cases {
        let (given, error, code) = run(dialect, &format!("cd /work; {script}"));
        if given != *stdout || code != Some(*exit) {
            wrong.push(format!(
                "{name}\n{script}\n--- recorded ({exit})\n{stdout}--- layerlab ({code:?})\n{given}{error}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn messages_are_those_of_ash_and_dash() {
    for (script, ash, dash) in [
        ("nosuchcommand", "sh: nosuchcommand: not found\n", "sh: 1: nosuchcommand: not found\n"),
        ("/tmp", "sh: /tmp: Permission denied\n", "sh: 1: /tmp: Permission denied\n"),
        (
            "cd /nonexist",
            "sh: cd: line 0: can't cd to /nonexist: No such file or directory\n",
            "sh: 1: cd: can't cd to /nonexist\n",
        ),
        (
            "echo \"a",
            "sh: syntax error: unterminated quoted string\n",
            "sh: 1: Syntax error: Unterminated quoted string\n",
        ),
        ("fi", "sh: syntax error: unexpected \"fi\"\n", "sh: 1: Syntax error: \"fi\" unexpected\n"),
        ("echo ${x?}", "sh: x: parameter not set\n", "sh: 1: x: parameter not set\n"),
        ("echo ${x:?boom}", "sh: x: boom\n", "sh: 1: x: boom\n"),
        ("set -u; echo $y", "sh: y: parameter not set\n", "sh: 1: y: parameter not set\n"),
        ("readonly a=1; a=2", "sh: a: is read only\n", "sh: 1: a: is read only\n"),
        ("exit abc", "sh: exit: line 0: Illegal number: abc\n", "sh: 1: exit: Illegal number: abc\n"),
        ("kill -9 99999", "sh: can't kill pid 99999: No such process\n", "sh: 1: kill: No such process\n\n"),
        ("test 1 -eq a", "sh: a: bad number\n", "sh: 1: test: Illegal number: a\n"),
        ("[ 1 -eq 1", "sh: missing ]\n", "sh: 1: [: missing ]\n"),
        ("echo $((1/0))", "sh: divide by zero\n", "sh: 1: arithmetic expression: division by zero: \"1/0\"\n"),
        (
            "echo a >/nosuch/x",
            "sh: can't create /nosuch/x: nonexistent directory\n",
            "sh: 1: cannot create /nosuch/x: Directory nonexistent\n",
        ),
        ("cat </nosuch/x", "sh: can't open /nosuch/x: no such file\n", "sh: 1: cannot open /nosuch/x: No such file\n"),
        ("echo a >&9", "sh: 9: Bad file descriptor\n", "sh: 1: 9: Bad file descriptor\n"),
        ("exec nosuch", "sh: exec: line 0: nosuch: not found\n", "sh: 1: exec: nosuch: not found\n"),
        (
            ". /nosuch",
            "sh: .: line 0: can't open '/nosuch': No such file or directory\n",
            "sh: 1: .: cannot open /nosuch: No such file\n",
        ),
        ("sh -c 'kill -SEGV $$'; exit $?", "Segmentation fault\n", "Segmentation fault\n"),
        ("set -x; a=1 b='x y'; echo \"$b\" $a", "+ a=1 b='x y'\n+ echo 'x y' 1\n", "+ a=1 b=x y\n+ echo x y 1\n"),
    ] {
        assert_eq!(run(Dialect::Ash, script).1, ash, "ash: {script}");
        assert_eq!(run(Dialect::Dash, script).1, dash, "dash: {script}");
    }
}

/// Recorded: `env -i … busybox sh -c 'busybox env'` and `env -i … dash -c env` in `/`.
#[test]
fn the_environment_has_the_order_of_the_real_shells() {
    let given =
        "cd /; exec sh -c 'HOSTNAME=abc123 HOME=/root PATH=/bin A=1 ZED=z FOO=bar B=2 PG_VERSION=3 MODE=x sh -c env'";
    let ours = [
        "HOSTNAME=abc123",
        "MODE=x",
        "HOME=/root",
        "PG_VERSION=3",
        "A=1",
        "PATH=/bin",
        "FOO=bar",
        "ZED=z",
        "B=2",
        "PWD=/",
    ];
    for dialect in [Dialect::Ash, Dialect::Dash] {
        let (output, _, _) = run(dialect, given);
        let lines: Vec<&str> = output.lines().filter(|line| ours.contains(line)).collect();
        assert_eq!(lines, ours, "{dialect:?}: {output}");
    }
}

#[test]
fn the_last_command_takes_the_place_of_its_shell() {
    // The shell's number is that of the program it became; with a trap it must stay.
    for (script, same) in [
        ("echo $$; exec sh -c 'echo $$'", true),
        ("echo $$; sh -c 'echo $$'", true),
        ("echo $$; sh -c 'echo $$'; :", false),
        ("trap : EXIT; echo $$; sh -c 'echo $$'", false),
        ("echo $$; (sh -c 'echo $$')", true),
    ] {
        let (output, _, _) = run(Dialect::Ash, script);
        let numbers: Vec<&str> = output.lines().collect();
        assert_eq!(numbers[0] == numbers[1], same, "{script}");
    }
}

#[test]
fn a_loop_without_end_can_be_stopped() {
    let mut world = world(Dialect::Ash);
    let outcome = world.act(&Action::Line("sleep 3 & while :; do :; done & kill $!; wait $!; echo $?".to_owned()));
    assert_eq!((outcome.ending, outcome.text(Stream::Stdout).as_str()), (Ending::Finished(0), "143\n"));
}

#[test]
fn a_shell_at_a_terminal_prompts_goes_on_after_errors_and_asks_for_more() {
    let mut world = world(Dialect::Dash);
    let mut prompts = Vec::new();
    for line in ["if true", "then echo yes", "fi", "fi", "nosuch", "cd /tmp; pwd"] {
        let outcome = world.act(&Action::Line(line.to_owned()));
        prompts.push((world.console().prompt.clone().unwrap().text, outcome.text(Stream::Stdout), outcome.exit_code()));
    }
    let expected =
        [("> ", "", 0), ("> ", "", 0), ("# ", "yes\n", 0), ("# ", "", 2), ("# ", "", 127), ("# ", "/tmp\n", 0)];
    for (given, (prompt, output, status)) in prompts.into_iter().zip(expected) {
        assert_eq!(given, (prompt.to_owned(), output.to_owned(), Some(status)));
    }
}

#[test]
fn a_world_cloned_in_the_middle_of_a_script_goes_on_twice() {
    let mut world = world(Dialect::Dash);
    let outcome = world.act(&Action::Line("x=1; read y; echo $x$y$(read z; echo $z)".to_owned()));
    assert_eq!(outcome.ending, Ending::AwaitsInput);
    let mut other = world.clone();
    world.act(&Action::Line("a".to_owned()));
    other.act(&Action::Line("b".to_owned()));
    assert_eq!(world.act(&Action::Line("c".to_owned())).text(Stream::Stdout), "1ac\n");
    assert_eq!(other.act(&Action::Line("d".to_owned())).text(Stream::Stdout), "1bd\n");
}

#[test]
fn what_a_script_may_use_is_bounded() {
    for script in [
        "f() { f; }; f",
        "x=a; while :; do x=$x$x; done",
        "eval() { :; }; f() { eval \"$1\" \"$1$1\"; f \"$1$1\"; }; f a",
        "i=0; while [ $i -lt 100000000 ]; do i=$((i+1)); eval \"v$i=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"; [ $i -gt 5000 ] && exit 3; done",
    ] {
        let (_, _, code) = run(Dialect::Ash, script);
        assert!(code.is_some_and(|code| code != 0), "{script}: {code:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_heap_of_shell_words_runs_to_an_end(
        tokens in prop::collection::vec(
            prop::sample::select(vec![
                "if true;", "then", "fi", "else", "for i in a b;", "do", "done", "case a in", "a)", "esac", "{", "}", "(", ")", ";", ";;", "&",
                "&&", "||", "|", "\n", "echo", "a", "x=1", "$x", "${x:-b}", "$(", "`", "$((1+", "))", "'", "\"", ">f", "<f", "2>&1", "<<E\n",
                "\nE\n", "!", "f() {", "f", "break", "return", "exit 3", "set -e", "eval", "trap 'echo t' EXIT", "wait", "cat", "read x",
                "export", "local x", "shift", "test", "*", "exec", "kill $$", "unset x", "cd", ".", "sleep 1",
            ]),
            0..15,
        )
    ) {
        let text = tokens.join(" ");
        for dialect in [Dialect::Ash, Dialect::Dash] {
            let outcome = world(dialect).act(&Action::Command(text.clone()));
            prop_assert!(matches!(outcome.ending, Ending::Finished(_)), "{text}: {:?}", outcome.ending);
        }
    }
}
