//! Command lines against what real Docker answered (`../shared/transcripts`, scenarios 03, 06, 12, 16, 20, 69 and 81).

use super::*;
use proptest::prelude::*;

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

fn invocation(line: &str) -> Invocation {
    match parse(&words(line)) {
        Ok(Call::Run(invocation)) => *invocation,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn both_spellings_lead_to_one_action() {
    for (line, action) in [
        ("ps -a", "container ls"),
        ("container ls -a", "container ls"),
        ("container list", "container ls"),
        ("container ps", "container ls"),
        ("images", "image ls"),
        ("image ls", "image ls"),
        ("rmi x", "image rm"),
        ("image remove x", "image rm"),
        ("build .", "image build"),
        ("buildx build .", "image build"),
        ("buildx b .", "image build"),
        ("-D run -it --rm busybox ls -l", "container run"),
        ("container rm x", "container rm"),
        ("info", "system info"),
        ("volume list", "volume ls"),
    ] {
        assert_eq!(invocation(line).action(), action, "{line}");
    }
    let run = invocation("run -it --rm -e A=1 busybox ls -l");
    assert_eq!(run.parsed.arguments, ["busybox", "ls", "-l"]);
    assert_eq!(run.parsed.list("env"), ["A=1"]);
    assert_eq!(run.refusal(), None);
    assert_eq!(
        invocation("start --checkpoint x c").refusal().unwrap(),
        "docker start --checkpoint: Layerlab does not model this yet"
    );
    assert_eq!(invocation("ps").parsed.int("last"), Some(-1));
    assert!(invocation("run x").parsed.on("sig-proxy"));
}

#[test]
fn refusals_are_worded_as_docker_words_them() {
    let run = "docker run [OPTIONS] IMAGE [COMMAND] [ARG...]";
    for (line, exit_code, first, usage, last) in [
        ("run", 1, "docker: 'docker run' requires at least 1 argument", run, "See 'docker run"),
        ("run --nosuch", 125, "unknown flag: --nosuch", run, "Run 'docker run"),
        ("run -Z busybox", 125, "unknown shorthand flag: 'Z' in -Z", run, "Run 'docker run"),
        ("run --name", 125, "flag needs an argument: --name", run, "Run 'docker run"),
        ("ps extra", 1, "docker: 'docker ps' accepts no arguments", "docker ps [OPTIONS]", "Run 'docker ps"),
        (
            "exec c",
            1,
            "docker: 'docker exec' requires at least 2 arguments",
            "docker exec [OPTIONS] CONTAINER COMMAND [ARG...]",
            "See 'docker exec",
        ),
        (
            "logs a b",
            1,
            "docker: 'docker logs' requires 1 argument",
            "docker logs [OPTIONS] CONTAINER",
            "Run 'docker logs",
        ),
        (
            "tag busybox",
            1,
            "docker: 'docker tag' requires 2 arguments",
            "docker tag SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
            "Run 'docker tag",
        ),
        (
            "cp a",
            1,
            "docker: 'docker cp' requires 2 arguments",
            "docker cp [OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\tdocker cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH",
            "Run 'docker cp",
        ),
        (
            "build",
            1,
            "ERROR: docker: 'docker buildx build' requires 1 argument",
            "docker buildx build [OPTIONS] PATH | URL | -",
            "Run 'docker buildx build",
        ),
        (
            "build --bogus .",
            125,
            "unknown flag: --bogus",
            "docker buildx build [OPTIONS] PATH | URL | -",
            "Run 'docker buildx build",
        ),
        (
            "network nosuch",
            1,
            "docker: unknown command: docker network nosuch",
            "docker network",
            "Run 'docker network",
        ),
        (
            "volume nosuch",
            1,
            "docker: unknown command: docker volume nosuch",
            "docker volume COMMAND",
            "Run 'docker volume",
        ),
        ("container nosuch --flag", 125, "unknown flag: --flag", "docker container", "Run 'docker container"),
        (
            "images a b",
            1,
            "docker: 'docker images' requires at most 1 argument",
            "docker images [OPTIONS] [REPOSITORY[:TAG]]",
            "SRun 'docker images",
        ),
        (
            "stop -t abc c",
            125,
            "invalid argument \"abc\" for \"-t, --timeout\" flag: strconv.ParseInt: parsing \"abc\": invalid syntax",
            "docker stop [OPTIONS] CONTAINER [CONTAINER...]",
            "Run 'docker stop",
        ),
        (
            "run --cpus abc busybox true",
            125,
            "invalid argument \"abc\" for \"--cpus\" flag: failed to parse abc as a rational number",
            run,
            "Run 'docker run",
        ),
        (
            "ps --filter bogus",
            125,
            "invalid argument \"bogus\" for \"-f, --filter\" flag: bad format of filter (expected name=value)",
            "docker ps [OPTIONS]",
            "Run 'docker ps",
        ),
        ("--nosuch ps", 125, "unknown flag: --nosuch", "docker [OPTIONS] COMMAND [ARG...]", "Run 'docker"),
    ] {
        let message = format!("{first}\n\nUsage:  {usage}\n\n{last} --help' for more information");
        assert_eq!(parse(&words(line)), Err(UsageError { message, exit_code }), "{line}");
    }
    let unknown = "docker: unknown command: docker rum\n\nRun 'docker --help' for more information";
    assert_eq!(parse(&words("rum busybox")), Err(UsageError::new(1, unknown.to_owned())));
    assert_eq!(parse(&words("help nosuch")), Err(UsageError::new(1, "unknown help topic: nosuch".to_owned())));
}

#[test]
fn help_is_dockers_own() {
    let Ok(Call::Help(text)) = parse(&words("ps --help")) else { panic!("no help") };
    insta::assert_snapshot!(text);
    // Byte for byte what scenario 81 recorded.
    let Ok(Call::Help(run)) = parse(&words("run --help")) else { panic!("no help") };
    insta::assert_snapshot!(run);
    assert_eq!(parse(&words("help ps")), Ok(Call::Help(text.clone())));
    assert!(
        matches!(parse(&words("ps -h")), Ok(Call::Help(warned)) if warned.ends_with(&text) && warned.starts_with("Flag shorthand -h"))
    );
    assert!(
        matches!(parse(&[]), Ok(Call::Usage(text)) if text.starts_with("Usage:  docker [OPTIONS] COMMAND\n\nA self-"))
    );
    assert!(matches!(parse(&words("network")), Ok(Call::Usage(_))));
    assert_eq!(parse(&words("-v")), Ok(Call::Version));
    assert!(matches!(parse(&words("swarm init")), Ok(Call::NotModelled(_))));
}

#[test]
fn every_command_is_well_formed() {
    fn visit(group: &Group, seen: &mut usize) {
        for entry in group.entries {
            match entry.node {
                Node::Group(inner) => visit(inner, seen),
                Node::NotModelled => {}
                Node::Command(command) => {
                    *seen += 1;
                    let mut names: Vec<_> =
                        command.flags.iter().flat_map(|flags| flags.iter()).map(|flag| flag.name).collect();
                    let mut letters: Vec<_> =
                        command.flags.iter().flat_map(|flags| flags.iter()).filter_map(|flag| flag.short).collect();
                    let (name_count, letter_count) = (names.len(), letters.len());
                    names.sort_unstable();
                    names.dedup();
                    letters.sort_unstable();
                    letters.dedup();
                    assert_eq!((names.len(), letters.len()), (name_count, letter_count), "{}", command.action);
                    assert!(!command.action.is_empty() && !command.description.is_empty());
                }
            }
        }
    }
    let mut seen = 0;
    visit(&ROOT, &mut seen);
    assert!(seen > 80, "{seen}");
}

proptest! {
    #[test]
    fn any_words_are_answered(words in prop::collection::vec("run|ps|container|network|help|build|images|-{0,2}[a-z]{0,8}=?|\\PC{0,8}", 0..7)) {
        let _ = parse(&words);
    }
}
