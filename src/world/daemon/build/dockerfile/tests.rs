//! What the Dockerfile front end promises: BuildKit's words for errors, places inside the text, and no panic on any text.

use proptest::prelude::*;
use rstest::rstest;

use super::instruction::{CommandLine, Healthcheck, InstructionKind, RunNetwork};
use super::*;

fn error(source: &str) -> String {
    match parse(source) {
        Ok(dockerfile) => panic!("{source:?} was read as {dockerfile:?}"),
        Err(error) => error.to_string(),
    }
}

fn only(source: &str) -> InstructionKind {
    let dockerfile = parse(&format!("FROM a\n{source}\n")).expect(source);
    dockerfile.stages[0].instructions[0].kind.clone()
}

#[rstest]
#[case(
    "FROM busybox\nRUNN echo hi\n",
    "dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)"
)]
#[case("RUN echo hi\n", "no build stage in current context")]
#[case("# only a comment\n", "file with no instructions")]
#[case("", "the Dockerfile cannot be empty")]
#[case("ARG A=1\n", "dockerfile contains no stages to build")]
#[case(
    "FROM busybox\nCOPY a\n",
    "dockerfile parse error on line 2: COPY requires at least two arguments, but only one was provided. Destination could not be determined"
)]
#[case(
    "FROM 0\nCOPY \\ ",
    "dockerfile parse error on line 2: COPY requires at least two arguments, but only one was provided. Destination could not be determined"
)]
#[case("FROM \u{85}", "dockerfile parse error on line 1: FROM requires either one or three arguments")]
#[case("FROM a b\n", "dockerfile parse error on line 1: FROM requires either one or three arguments")]
#[case(
    "FROM a AS 1x\n",
    "dockerfile parse error on line 1: invalid name for build stage: \"1x\", name can't start with a number or contain symbols"
)]
#[case("FROM a\nENV A\n", "ENV must have two arguments")]
#[case("FROM a\nENV A=1 B\n", "Syntax error - can't find = in \"B\". Must be of the form: name=value")]
#[case("FROM a\nENV\n", "dockerfile parse error on line 2: ENV requires at least one argument")]
#[case("FROM a\nCOPY <<EOT /x\nhi\n", "unterminated heredoc")]
#[case(
    "FROM a\nCOPY x <<EOT\nEOT\n",
    "dockerfile parse error on line 2: COPY cannot accept a heredoc as a destination"
)]
#[case("FROM a\nCMD [1]\n", "when using JSON array syntax, arrays must be comprised of strings only")]
#[case("FROM a\nRUN --mout=x ls\n", "dockerfile parse error on line 2: unknown flag: --mout (did you mean mount?)")]
#[case("FROM a\nCOPY --from=a --from=b x y\n", "dockerfile parse error on line 2: duplicate flag specified: --from")]
#[case(
    "FROM a\nCOPY --link=maybe x y\n",
    "dockerfile parse error on line 2: expecting boolean value for flag --link, not: maybe"
)]
#[case("FROM a\nCOPY --chown x y\n", "dockerfile parse error on line 2: missing a value on flag: --chown")]
#[case("FROM a\nRUN --network=lan ls\n", "dockerfile parse error on line 2: invalid network mode \"lan\"")]
#[case(
    "FROM a\nRUN --mount=from=$X ls\n",
    "dockerfile parse error on line 2: 'from' doesn't support variable expansion, define alias stage instead"
)]
#[case("FROM a\nRUN --mount= ls\n", "dockerfile parse error on line 2: failed to parse csv mounts: EOF")]
#[case(
    "FROM a\nRUN --mount='\"a\"\"b' ls\n",
    "dockerfile parse error on line 2: failed to parse csv mounts: parse error on line 1, column 5: extraneous or missing \" in quoted-field"
)]
#[case("FROM a\nRUN --security=sandbox ls\n", "dockerfile parse error on line 2: unknown flag: --security")]
// A flag is read byte by byte.
#[case(
    "FROM a\nRUN --nétwork=x ls\n",
    "dockerfile parse error on line 2: unknown flag: --nÃ©twork (did you mean network?)"
)]
#[case("FROM a\nSHELL sh -c\n", "dockerfile parse error on line 2: SHELL requires the arguments to be in JSON form")]
#[case("FROM a\nWORKDIR\n", "dockerfile parse error on line 2: WORKDIR requires exactly one argument")]
#[case(
    "FROM a\nHEALTHCHECK sometimes\n",
    "dockerfile parse error on line 2: Unknown type \"SOMETIMES\" in HEALTHCHECK (try CMD)"
)]
#[case(
    "FROM a\nHEALTHCHECK --interval=1 CMD x\n",
    "dockerfile parse error on line 2: time: missing unit in duration \"1\""
)]
#[case(
    "FROM a\nHEALTHCHECK --interval=5us CMD x\n",
    "dockerfile parse error on line 2: Interval \"interval\" cannot be less than 1ms"
)]
#[case(
    "FROM a\nHEALTHCHECK --retries=-1 CMD x\n",
    "dockerfile parse error on line 2: --retries cannot be negative (-1)"
)]
#[case("FROM a\nONBUILD FROM b\n", "dockerfile parse error on line 2: FROM isn't allowed as an ONBUILD trigger")]
#[case(
    "FROM a\nONBUILD ONBUILD RUN x\n",
    "dockerfile parse error on line 2: Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"
)]
#[case("FROM a\nCOPY --parents a /b\n", "dockerfile parse error on line 2: unknown flag: --parents")]
#[case("# escape=x\nFROM a\n", "invalid escape token 'x' does not match ` or \\")]
#[case("# syntax=a\n# syntax=b\nFROM a\n", "only one syntax parser directive can be used")]
fn errors_are_in_the_words_of_buildkit(#[case] source: &str, #[case] message: &str) {
    assert_eq!(error(source), message);
}

#[test]
fn an_error_prints_the_excerpt_that_docker_prints() {
    let source = "FROM busybox\nRUNN echo hi\n";
    let lines = parse(source).expect_err("RUNN is unknown").lines.expect("a place");
    let expected = "Dockerfile.unknown:2\n--------------------\n   1 |     FROM busybox\n   2 | >>> RUNN echo hi\n   3 |     \n--------------------\n";
    assert_eq!(excerpt("Dockerfile.unknown", source, lines).as_deref(), Some(expected));
}

#[rstest]
#[case(1, 1, 3)]
#[case(2, 1, 4)]
#[case(3, 1, 5)]
#[case(9, 7, 9)]
fn an_excerpt_of_one_line_shows_two_lines_around_it(#[case] line: usize, #[case] first: usize, #[case] last: usize) {
    let source = "1\n2\n3\n4\n5\n6\n7\n8\n9";
    let text = excerpt("f", source, LineRange::single(line)).expect("inside");
    let shown: Vec<&str> =
        text.lines().filter_map(|line| line.split_once(" | ")).map(|(number, _)| number.trim()).collect();
    let expected: Vec<String> = (first..=last).map(|number| number.to_string()).collect();
    assert_eq!(shown, expected);
}

#[test]
fn an_excerpt_outside_the_text_is_none() {
    assert_eq!(excerpt("f", "a\n", LineRange::single(0)), None);
    assert_eq!(excerpt("f", "a\n", LineRange::single(7)), None);
}

#[test]
fn continuation_lines_join_and_comments_between_them_vanish() {
    let source = "FROM a\nRUN one \\\n  # not this\n\n  && two\n";
    let dockerfile = parse(source).expect("valid");
    let instruction = &dockerfile.stages[0].instructions[0];
    assert_eq!(instruction.code, "RUN one   && two");
    assert_eq!(instruction.place.lines, LineRange { start: 2, end: 5 });
    assert_eq!(instruction.place.span.of(source), "RUN one \\\n  # not this\n\n  && two");
    assert_eq!(dockerfile.empty_continuations, [LineRange::single(5)]);
}

#[test]
fn the_escape_directive_changes_continuation() {
    let dockerfile = parse("# escape=`\nFROM a\nRUN one `\ntwo \\\n").expect("valid");
    assert_eq!(dockerfile.escape, '`');
    assert_eq!(dockerfile.stages[0].instructions[0].code, "RUN one two \\");
}

#[test]
fn directives_end_at_the_first_other_line() {
    let dockerfile = parse("# syntax=docker/dockerfile:1\n# check=skip=all\n#\n# escape=`\nFROM a\n").expect("valid");
    assert_eq!((dockerfile.syntax.as_deref(), dockerfile.escape), (Some("docker/dockerfile:1"), '\\'));
    assert_eq!(dockerfile.check.as_deref(), Some("skip=all"));
    assert_eq!(parse("# check= \nFROM a\n").expect("valid").check.as_deref(), Some(""));
}

#[test]
fn heredocs_hold_their_bodies() {
    let source = "FROM a\nCOPY <<-one <<\"two\" /d/\n\thi $A\none\nraw $A\ntwo\nRUN ls\n";
    let dockerfile = parse(source).expect("valid");
    let InstructionKind::Copy(copy) = &dockerfile.stages[0].instructions[0].kind else { panic!("not a COPY") };
    let [one, two] = copy.files.heredocs.as_slice() else { panic!("not two heredocs") };
    assert_eq!((one.name.as_str(), one.content.as_str(), one.expand), ("one", "hi $A\n", true));
    assert_eq!((two.name.as_str(), two.content.as_str(), two.expand), ("two", "raw $A\n", false));
    assert_eq!(dockerfile.stages[0].instructions[0].place.lines, LineRange { start: 2, end: 6 });
    assert_eq!(dockerfile.stages[0].instructions[1].place.lines, LineRange::single(7));
}

#[rstest]
#[case("RUN <<EOT\necho a\necho b\nEOT", heredoc::RunScript::Words("echo a\necho b\n".to_owned()))]
#[case("RUN cat <<A <<B\na\nA\nb\nB", heredoc::RunScript::Words("cat <<A <<B\na\nA\nb\nB".to_owned()))]
#[case("RUN <<EOT\n#!/bin/sh\nEOT", heredoc::RunScript::File { name: "EOT".to_owned(), content: "#!/bin/sh\n".to_owned() })]
#[case("RUN echo '<<EOT'", heredoc::RunScript::Words("echo '<<EOT'".to_owned()))]
fn a_run_gives_its_heredocs_to_the_shell(#[case] source: &str, #[case] expected: heredoc::RunScript) {
    let InstructionKind::Run(run) = only(source) else { panic!("not a RUN") };
    assert_eq!(run.script(), Some(expected));
}

#[test]
fn forms_and_flags_are_kept() {
    assert_eq!(only("CMD [\"a\", \"b c\"]"), InstructionKind::Cmd(CommandLine::Exec(vec!["a".into(), "b c".into()])));
    assert_eq!(only("CMD [a, b]"), InstructionKind::Cmd(CommandLine::Shell("[a, b]".into())));
    assert_eq!(only("ENTRYPOINT []"), InstructionKind::Entrypoint(CommandLine::Exec(Vec::new())));
    assert_eq!(only("EXPOSE 90 80/udp"), InstructionKind::Expose(vec!["80/udp".into(), "90".into()]));
    assert_eq!(only("HEALTHCHECK NONE"), InstructionKind::Healthcheck(Healthcheck::None));
    let InstructionKind::Healthcheck(Healthcheck::Cmd(check)) =
        only("HEALTHCHECK --interval=1m30.5s --retries=2 CMD curl x")
    else {
        panic!("not a HEALTHCHECK CMD")
    };
    assert_eq!((check.interval, check.retries), (90_500_000_000, 2));
    assert_eq!(check.command, CommandLine::Shell("curl x".into()));
    let InstructionKind::Run(run) = only("RUN --network=none --mount=type=cache,target=/x make") else {
        panic!("not a RUN")
    };
    assert_eq!((run.network, run.mounts.len()), (RunNetwork::None, 1));
    assert_eq!(only("ONBUILD  RUN x"), InstructionKind::Onbuild("RUN x".into()));
    let InstructionKind::Env(pairs) = only("ENV A=\"b c\" D=e") else { panic!("not an ENV") };
    assert_eq!((pairs[0].value.as_str(), pairs[1].value.as_str()), ("\"b c\"", "e"));
    let InstructionKind::Env(pairs) = only("ENV A b c") else { panic!("not an ENV") };
    assert_eq!((pairs[0].value.as_str(), pairs[0].legacy), ("b c", true));
}

#[test]
fn a_syntax_directive_brings_the_flags_of_newer_frontends() {
    let dockerfile = parse("# syntax=docker/dockerfile:1\nFROM a\nCOPY --parents --exclude=*.o a /b\n").expect("valid");
    let InstructionKind::Copy(copy) = &dockerfile.stages[0].instructions[0].kind else { panic!("not a COPY") };
    assert!(copy.parents);
    assert_eq!(copy.exclude, ["*.o"]);
}

#[test]
fn large_files_are_read_or_refused() {
    let long = format!("FROM a\nRUN {}\n", "x".repeat(1024 * 1024));
    assert_eq!(error(&long), "dockerfile line greater than max allowed size of 65535");
    let many = "FROM scratch AS a\nCOPY --from=a / /\n".repeat(10_000);
    assert_eq!(parse(&many).expect("valid").stages.len(), 10_000);
    let joined = format!("FROM a\nRUN x{}\n", " \\\nyyyyyyyyyyyyyyyyy".repeat(50_000));
    assert!(parse(&joined).is_ok());
    let nested = format!("FROM a\nONBUILD {}\n", "ONBUILD ".repeat(8_000));
    assert!(parse(&nested).is_err());
    let brackets = format!("FROM a\nCMD {}\n", "[".repeat(60_000));
    assert!(parse(&brackets).is_ok());
}

/// Text that looks like a Dockerfile, with all the characters that mean something.
fn dockerfile_like() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "FROM ",
        "RUN ",
        "COPY ",
        "ADD ",
        "ENV ",
        "ARG ",
        "ONBUILD ",
        "HEALTHCHECK ",
        "CMD ",
        "SHELL ",
        "LABEL ",
        "--from=",
        "--mount=type=",
        "--interval=",
        "# escape=`\n",
        "# check= \n",
        "<<EOT",
        "<<-\"E\"",
        "EOT\n",
        "\n",
        "\r",
        "\\\n",
        "`\n",
        "\\",
        " ",
        "\t",
        "$",
        "${",
        "}",
        ":-",
        "#",
        "/",
        "[",
        "]",
        "\"",
        "'",
        ",",
        "=",
        "a",
        "0",
        "é",
        "\u{85}",
        "\u{feff}",
        " AS ",
        "*",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused_with_a_place_inside_it(source in prop_oneof![dockerfile_like(), any::<String>()]) {
        let count = source.split('\n').count();
        match parse(&source) {
            Ok(dockerfile) => {
                for stage in &dockerfile.stages {
                    for place in std::iter::once(stage.place).chain(stage.instructions.iter().map(|one| one.place)) {
                        prop_assert!(source.get(place.span.start..place.span.end).is_some());
                        prop_assert!(1 <= place.lines.start && place.lines.start <= place.lines.end && place.lines.end <= count);
                    }
                }
            }
            Err(error) => {
                prop_assert!(!error.to_string().is_empty());
                if let Some(lines) = error.lines {
                    prop_assert!(1 <= lines.start && lines.end <= count);
                }
            }
        }
    }
}
