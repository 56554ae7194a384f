//! The second reading: nodes become instructions and stages (`instructions/parse.go`).
//!
//! Promises: of several errors in one instruction, the one that BuildKit tells. Must not know: variables' values.

use super::duration;
use super::error::{DockerfileError, Problem};
use super::flags::FlagKind::{Boolean, List, Text};
use super::flags::Flags;
use super::heredoc;
use super::instruction::{
    Add, Argument, CommandLine, Copy, Healthcheck, HealthcheckCommand, InlineFile, Instruction, InstructionKind,
    KeyValue, Run, RunNetwork, SourcesAndDestination, Stage,
};
use super::mount;
use super::node::{self, Arguments, Node};
use super::suggest;
use super::words;
use super::{Dockerfile, MAX_FILE_BYTES, directive};

/// Every instruction's name.
const NAMES: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// What only a newer frontend than the engine's own reads: one that a `syntax` directive asks for.
#[derive(Clone, Copy)]
struct Frontend {
    is_newest: bool,
}

/// Reads a Dockerfile. Without any stage it is an error, as in a build.
pub fn parse(source: &str) -> Result<Dockerfile, DockerfileError> {
    match parse_so_far(source)? {
        (dockerfile, None) => Ok(dockerfile),
        (_, Some(error)) => Err(error),
    }
}

/// Reads a Dockerfile up to the first instruction that is wrong in itself, for what is told of those before.
pub fn parse_so_far(source: &str) -> Result<(Dockerfile, Option<DockerfileError>), DockerfileError> {
    if source.is_empty() {
        return Err(DockerfileError::of_file(Problem::EmptyFile));
    }
    if source.len() > MAX_FILE_BYTES {
        let problem = Problem::FileTooLarge { size: source.len(), limit: MAX_FILE_BYTES };
        return Err(DockerfileError::of_file(problem));
    }
    let nodes = node::read(source)?;
    let syntax = directive::find(source, "syntax");
    let frontend = Frontend { is_newest: syntax.is_some() };
    let mut dockerfile = Dockerfile {
        escape: nodes.escape,
        syntax,
        check: directive::find(source, "check"),
        global_arguments: Vec::new(),
        stages: Vec::new(),
        empty_continuations: nodes.empty_continuations,
    };
    for node in nodes.nodes {
        let lines = node.place.lines;
        let part = match part(node, frontend) {
            Ok(part) => part,
            Err(problem) => return Ok((dockerfile, Some(DockerfileError::in_instruction(problem, lines)))),
        };
        match (part, dockerfile.stages.last_mut()) {
            (Part::Stage(stage), _) => dockerfile.stages.push(stage),
            (Part::Instruction(instruction), Some(stage)) => stage.instructions.push(instruction),
            (Part::Instruction(instruction), None) if matches!(instruction.kind, InstructionKind::Arg(_)) => {
                dockerfile.global_arguments.push(instruction);
            }
            (Part::Instruction(_), None) => {
                return Ok((dockerfile, Some(DockerfileError::at(Problem::NoStageYet, lines))));
            }
        }
    }
    if dockerfile.stages.is_empty() {
        return Ok((dockerfile, Some(DockerfileError::of_file(Problem::NoStages))));
    }
    Ok((dockerfile, None))
}

/// Reads the instruction behind an `ONBUILD` of a base image; `from` is the `FROM` that names the image, and is where its errors are.
pub fn parse_trigger(expression: &str, from: &Stage) -> Result<Instruction, DockerfileError> {
    let lines = from.place.lines;
    let relocated = |error: DockerfileError| DockerfileError::at(error.problem, lines);
    let mut nodes = node::read(expression).map_err(relocated)?.nodes;
    match (nodes.pop(), nodes.is_empty()) {
        (Some(mut node), true) => {
            node.place = from.place;
            match part(node, Frontend { is_newest: true }).map_err(|problem| DockerfileError::at(problem, lines))? {
                Part::Instruction(instruction) => Ok(instruction),
                Part::Stage(_) => Err(DockerfileError::at(Problem::OnbuildForbidden("FROM".to_owned()), lines)),
            }
        }
        _ => Err(DockerfileError::at(Problem::OnbuildNotSingle, lines)),
    }
}

enum Part {
    Stage(Stage),
    Instruction(Instruction),
}

fn part(mut node: Node, frontend: Frontend) -> Result<Part, Problem> {
    let code = node.code.trim().to_owned();
    let heredocs = std::mem::take(&mut node.heredocs);
    let kind = match node.keyword.to_lowercase().as_str() {
        "from" => return from(node, code).map(Part::Stage),
        "add" => InstructionKind::Add(add(&node, heredocs)?),
        "arg" => InstructionKind::Arg(arg(&node)?),
        "cmd" => InstructionKind::Cmd(command(&node)?),
        "copy" => InstructionKind::Copy(copy(&node, heredocs, frontend)?),
        "entrypoint" => InstructionKind::Entrypoint(command(&node)?),
        "env" => InstructionKind::Env(pairs(&node, "ENV")?),
        "expose" => {
            let mut ports = some_words(&node, "EXPOSE")?;
            ports.sort();
            InstructionKind::Expose(ports)
        }
        "healthcheck" => InstructionKind::Healthcheck(healthcheck(&node)?),
        "label" => InstructionKind::Label(pairs(&node, "LABEL")?),
        "maintainer" => InstructionKind::Maintainer(one_word(&node, "MAINTAINER")?),
        "onbuild" => InstructionKind::Onbuild(onbuild(&node, &heredocs)?),
        "run" => InstructionKind::Run(run(&node, heredocs, frontend)?),
        "shell" => InstructionKind::Shell(shell(&node)?),
        "stopsignal" => match words(&node.arguments).as_slice() {
            // BuildKit does not look at the flags here.
            [signal] => InstructionKind::StopSignal(signal.clone()),
            _ => return Err(Problem::ExactlyOneArgument("STOPSIGNAL")),
        },
        "user" => InstructionKind::User(one_word(&node, "USER")?),
        "volume" => InstructionKind::Volume(volume(&node)?),
        "workdir" => InstructionKind::Workdir(one_word(&node, "WORKDIR")?),
        _ => {
            let suggestion = suggest::nearest_ignoring_case(&node.keyword, &NAMES);
            return Err(Problem::UnknownInstruction { name: node.keyword, suggestion });
        }
    };
    let Node { keyword, place, comments, .. } = node;
    Ok(Part::Instruction(Instruction { keyword, code, place, comments, kind }))
}

fn words(arguments: &Arguments) -> Vec<String> {
    match arguments {
        Arguments::Words(words) | Arguments::Json(words) => words.clone(),
        Arguments::Pairs(_) | Arguments::Trigger(_) => Vec::new(),
    }
}

fn no_flags(node: &Node) -> Result<(), Problem> {
    Flags::parse(&node.flags, &[]).map(|_| ())
}

fn some_words(node: &Node, name: &'static str) -> Result<Vec<String>, Problem> {
    let words = words(&node.arguments);
    if words.is_empty() {
        return Err(Problem::AtLeastOneArgument(name));
    }
    no_flags(node)?;
    Ok(words)
}

fn one_word(node: &Node, name: &'static str) -> Result<String, Problem> {
    match words(&node.arguments).as_slice() {
        [word] => no_flags(node).map(|()| word.clone()),
        _ => Err(Problem::ExactlyOneArgument(name)),
    }
}

fn pairs(node: &Node, name: &'static str) -> Result<Vec<KeyValue>, Problem> {
    no_flags(node)?;
    match &node.arguments {
        Arguments::Pairs(pairs) if pairs.iter().any(|pair| pair.key.is_empty()) => Err(Problem::BlankName(name)),
        Arguments::Pairs(pairs) if !pairs.is_empty() => Ok(pairs.clone()),
        _ => Err(Problem::AtLeastOneArgument(name)),
    }
}

fn from(node: Node, code: String) -> Result<Stage, Problem> {
    let arguments = words(&node.arguments);
    let (base, name) = match arguments.as_slice() {
        [base] => (base, None),
        [base, keyword, name] if keyword.eq_ignore_ascii_case("as") => (base, Some(stage_name(name)?)),
        _ => return Err(Problem::FromArguments),
    };
    let flags = Flags::parse(&node.flags, &[("platform", Text)])?;
    Ok(Stage {
        name,
        base: base.clone(),
        platform: flags.text("platform"),
        keyword: node.keyword,
        code,
        place: node.place,
        comments: node.comments,
        instructions: Vec::new(),
    })
}

fn stage_name(written: &str) -> Result<String, Problem> {
    let name = written.to_lowercase();
    let is_valid = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|character| {
            character.is_ascii_lowercase() || character.is_ascii_digit() || matches!(character, '-' | '_' | '.')
        });
    if is_valid { Ok(name) } else { Err(Problem::InvalidStageName(written.to_owned())) }
}

fn arg(node: &Node) -> Result<Vec<Argument>, Problem> {
    // BuildKit does not look at the flags here.
    let words = words(&node.arguments);
    if words.is_empty() {
        return Err(Problem::AtLeastOneArgument("ARG"));
    }
    let argument = |word: String| match word.split_once('=') {
        Some(("", _)) => Err(Problem::BlankName("ARG")),
        Some((key, default)) => Ok(Argument { key: key.to_owned(), default: Some(default.to_owned()) }),
        None => Ok(Argument { key: word, default: None }),
    };
    words.into_iter().map(argument).collect()
}

fn command(node: &Node) -> Result<CommandLine, Problem> {
    no_flags(node)?;
    Ok(command_line(&node.arguments))
}

fn command_line(arguments: &Arguments) -> CommandLine {
    match arguments {
        Arguments::Json(strings) => CommandLine::Exec(strings.clone()),
        other => CommandLine::Shell(words(other).join(" ")),
    }
}

fn add(node: &Node, heredocs: Vec<InlineFile>) -> Result<Add, Problem> {
    let arguments = with_destination(node, "ADD")?;
    let known = [
        ("chown", Text),
        ("chmod", Text),
        ("link", Boolean),
        ("keep-git-dir", Boolean),
        ("checksum", Text),
        ("unpack", Boolean),
        ("exclude", List),
    ];
    let flags = Flags::parse(&node.flags, &known)?;
    Ok(Add {
        files: sources_and_destination(arguments, heredocs, "ADD")?,
        chown: flags.text("chown"),
        chmod: flags.text("chmod"),
        link: flags.boolean("link").unwrap_or_default(),
        keep_git_dir: flags.boolean("keep-git-dir"),
        checksum: flags.text("checksum"),
        unpack: flags.boolean("unpack"),
        exclude: flags.list("exclude"),
    })
}

fn copy(node: &Node, heredocs: Vec<InlineFile>, frontend: Frontend) -> Result<Copy, Problem> {
    let arguments = with_destination(node, "COPY")?;
    let known =
        [("chown", Text), ("from", Text), ("chmod", Text), ("link", Boolean), ("exclude", List), ("parents", Boolean)];
    // BuildKit 0.25 has `--parents` only in the frontends that it downloads.
    let known = if frontend.is_newest { &known[..] } else { &known[..known.len() - 1] };
    let flags = Flags::parse(&node.flags, known)?;
    Ok(Copy {
        files: sources_and_destination(arguments, heredocs, "COPY")?,
        from: flags.text("from"),
        chown: flags.text("chown"),
        chmod: flags.text("chmod"),
        link: flags.boolean("link").unwrap_or_default(),
        parents: flags.boolean("parents").unwrap_or_default(),
        exclude: flags.list("exclude"),
    })
}

fn with_destination(node: &Node, name: &'static str) -> Result<(Vec<String>, String), Problem> {
    let mut arguments = words(&node.arguments);
    match arguments.pop() {
        Some(destination) if !arguments.is_empty() => Ok((arguments, destination)),
        _ => Err(Problem::NoDestination(name)),
    }
}

fn sources_and_destination(
    (sources, destination): (Vec<String>, String),
    bodies: Vec<InlineFile>,
    name: &'static str,
) -> Result<SourcesAndDestination, Problem> {
    // BuildKit takes a word that cannot be read as a heredoc for a path.
    let as_heredoc = |word: &str| heredoc::parse(word).unwrap_or_default();
    if as_heredoc(&destination).is_some() {
        return Err(Problem::HeredocDestination(name));
    }
    let mut paths = Vec::new();
    let mut heredocs = Vec::new();
    // Of two heredocs of one name the last body counts, for both.
    let bodies: std::collections::BTreeMap<String, String> =
        bodies.into_iter().map(|body| (body.name, body.content)).collect();
    for source in sources {
        let Some(mut file) = as_heredoc(&source) else {
            paths.push(source);
            continue;
        };
        let content = bodies.get(&file.name).map(String::as_str).unwrap_or_default();
        file.content = if file.strip_tabs { heredoc::without_leading_tabs(content) } else { content.to_owned() };
        heredocs.push(file);
    }
    Ok(SourcesAndDestination { paths, heredocs, destination })
}

fn run(node: &Node, heredocs: Vec<InlineFile>, frontend: Frontend) -> Result<Run, Problem> {
    let known = [("mount", List), ("network", Text), ("device", List), ("security", Text)];
    // As with `--parents`, the engine's own frontend does not have the last one.
    let known = if frontend.is_newest { &known[..] } else { &known[..known.len() - 1] };
    let flags = Flags::parse(&node.flags, known)?;
    let mounts = flags.list("mount");
    for text in &mounts {
        mount::source_stage(text)?;
    }
    let network = match flags.list("network").pop() {
        None => RunNetwork::Default,
        Some(mode) => match mode.as_str() {
            "default" => RunNetwork::Default,
            "none" => RunNetwork::None,
            "host" => RunNetwork::Host,
            _ => return Err(Problem::NetworkMode(mode)),
        },
    };
    let insecure = match flags.list("security").pop() {
        None => false,
        Some(mode) => match mode.as_str() {
            "sandbox" => false,
            "insecure" => true,
            _ => return Err(Problem::Security(mode)),
        },
    };
    Ok(Run {
        command: command_line(&node.arguments),
        heredocs,
        mounts,
        network,
        insecure,
        devices: flags.list("device"),
    })
}

fn onbuild(node: &Node, heredocs: &[InlineFile]) -> Result<String, Problem> {
    let Arguments::Trigger(Some(trigger)) = &node.arguments else {
        return Err(Problem::AtLeastOneArgument("ONBUILD"));
    };
    no_flags(node)?;
    match trigger.to_uppercase().as_str() {
        "ONBUILD" => return Err(Problem::OnbuildChain),
        forbidden @ ("MAINTAINER" | "FROM") => return Err(Problem::OnbuildForbidden(forbidden.to_owned())),
        _ => {}
    }
    let code = node.code.trim_start();
    let mut expression = words::cut(code).1.unwrap_or_default().to_owned();
    for heredoc in heredocs {
        expression.push('\n');
        expression.push_str(&heredoc.content);
        expression.push_str(&heredoc.name);
    }
    Ok(expression)
}

fn volume(node: &Node) -> Result<Vec<String>, Problem> {
    let volumes: Vec<String> = some_words(node, "VOLUME")?.iter().map(|volume| volume.trim().to_owned()).collect();
    if volumes.iter().any(String::is_empty) { Err(Problem::EmptyVolume) } else { Ok(volumes) }
}

fn shell(node: &Node) -> Result<Vec<String>, Problem> {
    no_flags(node)?;
    match &node.arguments {
        Arguments::Json(strings) if !strings.is_empty() => Ok(strings.clone()),
        Arguments::Words(words) if !words.is_empty() => Err(Problem::NotJson("SHELL")),
        _ => Err(Problem::AtLeastOneArgument("SHELL")),
    }
}

fn healthcheck(node: &Node) -> Result<Healthcheck, Problem> {
    let arguments = words(&node.arguments);
    let Some((kind, rest)) = arguments.split_first() else {
        return Err(Problem::AtLeastOneArgument("HEALTHCHECK"));
    };
    let kind = kind.to_uppercase();
    if kind == "NONE" {
        return if rest.is_empty() { Ok(Healthcheck::None) } else { Err(Problem::HealthcheckNoneArguments) };
    }
    let known =
        [("interval", Text), ("timeout", Text), ("start-period", Text), ("start-interval", Text), ("retries", Text)];
    let flags = Flags::parse(&node.flags, &known)?;
    if kind != "CMD" {
        return Err(Problem::HealthcheckType(kind));
    }
    if rest.is_empty() {
        return Err(Problem::HealthcheckWithoutCommand);
    }
    let command = match &node.arguments {
        Arguments::Json(_) => CommandLine::Exec(rest.to_vec()),
        _ => CommandLine::Shell(rest.join(" ")),
    };
    Ok(Healthcheck::Cmd(HealthcheckCommand {
        command,
        interval: interval(&flags, "interval")?,
        timeout: interval(&flags, "timeout")?,
        start_period: interval(&flags, "start-period")?,
        start_interval: interval(&flags, "start-interval")?,
        retries: retries(&flags)?,
    }))
}

fn interval(flags: &Flags, name: &'static str) -> Result<i64, Problem> {
    const MILLISECOND: i64 = 1_000_000;
    match flags.text(name).map(|text| duration::parse(&text)).transpose()? {
        Some(duration) if duration != 0 && duration < MILLISECOND => Err(Problem::IntervalTooShort(name)),
        duration => Ok(duration.unwrap_or_default()),
    }
}

fn retries(flags: &Flags) -> Result<u32, Problem> {
    let Some(text) = flags.text("retries") else { return Ok(0) };
    let digits = text.strip_prefix(['+', '-']).unwrap_or(&text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::InvalidNumber { text, reason: "invalid syntax" });
    }
    match text.parse::<i32>() {
        Ok(number) => u32::try_from(number).map_err(|_| Problem::NegativeRetries(number.into())),
        Err(_) => Err(Problem::InvalidNumber { text, reason: "value out of range" }),
    }
}
