//! `docker compose …`: its commands, and how its words are read.
//!
//! Promises: the commands, flags, help and usage errors of Docker Compose 2.40.3. Compose is a plugin: its errors come without usage
//! text, and end with exit code 1. Must not know what the commands do.

pub mod change;
pub mod look;

use super::tree::{Category, Entry, Group, Node};
use super::{Arguments, Call, Command, Invocation, UsageError, help, usage_line, with_warnings};
use crate::client::flags::{self, Flag, Kind, Parsed};

/// The flag that every command of Compose has.
const DRY_RUN: Flag = Flag::switch("dry-run", "Execute command in dry run mode").unmodelled();

/// The flags before the command.
const FLAGS: &[Flag] = &[
    Flag::switch("all-resources", "Include all resources, even those not used by services"),
    Flag::new(
        "ansi",
        Kind::Text,
        "string",
        "Control when to print ANSI control characters (\"never\"|\"always\"|\"auto\")",
    )
    .default("auto"),
    Flag::switch("compatibility", "Run compose in backward compatibility mode"),
    DRY_RUN,
    Flag::new("env-file", Kind::List, "stringArray", "Specify an alternate environment file"),
    Flag::new("file", Kind::List, "stringArray", "Compose configuration files").short('f'),
    Flag::switch("no-ansi", "Do not print ANSI control characters (DEPRECATED)").hidden(),
    Flag::new("parallel", Kind::Int, "int", "Control max parallelism, -1 for unlimited").default("-1"),
    Flag::new("profile", Kind::List, "stringArray", "Specify a profile to enable"),
    Flag::new("progress", Kind::Text, "string", "Set type of progress output (auto, tty, plain, json, quiet)"),
    Flag::new(
        "project-directory",
        Kind::Text,
        "string",
        "Specify an alternate working directory\n(default: the path of the, first specified, Compose file)",
    ),
    Flag::new("project-name", Kind::Text, "string", "Project name").short('p'),
    Flag::switch("verbose", "Show more output").hidden(),
    Flag::switch("version", "Show the Docker Compose version information").short('v').hidden(),
    Flag::new("workdir", Kind::Text, "string", "DEPRECATED! USE --project-directory INSTEAD.").hidden(),
];

const fn command(name: &'static str, command: &'static Command) -> Entry {
    Entry { name, node: Node::Command(command), ..Entry::NEW }
}

/// `docker compose`.
pub static COMPOSE: Group = Group {
    usage: "[OPTIONS] COMMAND",
    description: "Define and run multi-container applications with Docker",
    flags: FLAGS,
    entries: &[
        Entry {
            name: "bridge",
            node: Node::NotModelled,
            category: Category::Management,
            text: "Convert compose files into another model",
            ..Entry::NEW
        },
        command("attach", &look::ATTACH),
        command("build", &change::BUILD),
        command("commit", &look::COMMIT),
        command("config", &look::CONFIG),
        command("cp", &look::CP),
        command("create", &change::CREATE),
        command("down", &change::DOWN),
        command("events", &look::EVENTS),
        command("exec", &change::EXEC),
        command("export", &look::EXPORT),
        command("images", &look::IMAGES),
        command("kill", &change::KILL),
        command("logs", &look::LOGS),
        command("ls", &look::LS),
        command("pause", &change::PAUSE),
        command("port", &look::PORT),
        command("ps", &look::PS),
        command("publish", &look::PUBLISH),
        command("pull", &change::PULL),
        command("push", &change::PUSH),
        command("restart", &change::RESTART),
        command("rm", &change::RM),
        command("run", &change::RUN),
        command("scale", &change::SCALE),
        command("start", &change::START),
        command("stats", &look::STATS),
        command("stop", &change::STOP),
        command("top", &look::TOP),
        command("unpause", &change::UNPAUSE),
        command("up", &change::UP),
        command("version", &look::VERSION),
        command("volumes", &look::VOLUMES),
        command("wait", &change::WAIT),
        command("watch", &change::WATCH),
        Entry { name: "alpha", node: Node::NotModelled, category: Category::Hidden, ..Entry::NEW },
    ],
};

const PATH: &str = "docker compose";

/// Reads the words after `docker compose`.
pub(super) fn parse(words: &[String]) -> Result<Call, UsageError> {
    let plain = |message: String| UsageError { message, exit_code: 1 };
    let mut global = flags::parse(&[FLAGS], false, words).map_err(|error| plain(error.to_string()))?;
    let help = || help::group_text(&COMPOSE, PATH);
    if global.on("help") {
        return Ok(Call::Help(with_warnings(&global, help())));
    }
    let after = std::mem::take(&mut global.arguments);
    let Some((word, rest)) = after.split_first() else { return Ok(Call::Help(help())) };
    let Some(entry) = COMPOSE.find(word) else {
        let quoted = crate::client::units::go_quote(&format!("compose {word}"));
        return Ok(Call::HelpAndError { help: help(), error: format!("unknown docker command: {quoted}") });
    };
    let path = format!("{PATH} {word}");
    let Node::Command(command) = entry.node else { return Ok(Call::NotModelled(super::not_modelled(&path))) };
    let parsed = flags::parse(command.flags, command.interspersed, rest).map_err(|error| plain(error.to_string()))?;
    if parsed.on("help") {
        return Ok(Call::Help(with_warnings(&parsed, help::help_text(command, &path))));
    }
    if let Some(problem) = count_problem(command, &path, &parsed) {
        return Err(plain(problem));
    }
    Ok(Call::Run(Box::new(Invocation { command, path, parsed, global })))
}

/// Some commands count their arguments as docker does, others leave it to cobra.
fn count_problem(command: &Command, path: &str, parsed: &Parsed) -> Option<String> {
    let given = parsed.arguments.len();
    let as_docker = |problem: &str, advice: &str| {
        let usage = usage_line(command, path);
        format!("docker: '{path}' {problem}\n\nUsage:  {usage}\n\n{advice} '{path} --help' for more information")
    };
    match command.arguments {
        Arguments::Exactly(1) if given != 1 => Some(as_docker("requires 1 argument", "Run")),
        Arguments::Exactly(count) if given != count => Some(as_docker(&format!("requires {count} arguments"), "Run")),
        Arguments::AtLeast(1) if given < 1 && command.action == "compose wait" => {
            Some(as_docker("requires at least 1 argument", "See"))
        }
        Arguments::None => {
            let first = crate::client::units::go_quote(parsed.arguments.first()?);
            Some(format!("unknown command {first} for \"{path}\""))
        }
        Arguments::AtLeast(least) if given < least => {
            Some(format!("requires at least {least} arg(s), only received {given}"))
        }
        Arguments::AtMost(most) if given > most => Some(format!("accepts at most {most} arg(s), received {given}")),
        Arguments::Between(least, most) if given < least || given > most => {
            Some(format!("accepts between {least} and {most} arg(s), received {given}"))
        }
        _ => None,
    }
}
