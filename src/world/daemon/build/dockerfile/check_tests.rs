//! What expansion, planning and linting promise: BuildKit's results on words, stages and rules.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rstest::rstest;

use super::expand::{Lexer, MAX_DEPTH, NoVariables};
use super::lint::{self, BaseImage, Check};
use super::plan::{self, Plan, PlanOptions, Source};
use super::*;

fn variables() -> BTreeMap<String, String> {
    let pairs = [
        ("PWD", "/home"),
        ("SHELL", "bash"),
        ("NULL", ""),
        ("path", "/usr/local/bin"),
        ("space", "abc  def"),
        ("self", "$self"),
        ("file", "a.tar.gz"),
        ("stars", "a*b*c"),
    ];
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[rstest]
#[case("he'll'o", "hello")]
#[case(r"he\'llo", "he'llo")]
#[case(r"abc\tdef", "abctdef")]
#[case(r#""abc\tdef""#, r"abc\tdef")]
#[case(r#""abc\\tdef""#, r"abc\tdef")]
#[case(r"'abc\tdef'", r"abc\tdef")]
#[case(r"hello\", "hello")]
#[case("$.", "$.")]
#[case("he$1x", "hex")]
#[case("he$PWD", "he/home")]
#[case(r"he\$PWD", "he$PWD")]
#[case(r#""he\$PWD""#, "he$PWD")]
#[case("'$PWD'", "$PWD")]
#[case(r"\${}aaa", "${}aaa")]
#[case("he${hi}xx", "hexx")]
#[case("${XXX:-000}", "000")]
#[case("${PWD:-000}", "/home")]
#[case("${NULL:-000}", "000")]
#[case("${NULL-000}", "")]
#[case("${XXX-000}", "000")]
#[case("${XXX:-${PWD:-yyy}}", "/home")]
#[case("${XXX:+000}", "")]
#[case("${PWD:+${SHELL}}", "bash")]
#[case("${NULL:+x}${NULL+y}", "y")]
#[case("${PWD:?}", "/home")]
#[case("${aaa}}", "}")]
#[case("${aaa:-bbb {foo}", "bbb {foo")]
#[case(r"${XXX:-\$PWD:}xx", "$PWD:xx")]
#[case("${0:+0}", "")]
#[case("$@aaa", "aaa")]
#[case("$self", "$self")]
#[case("${path#*/}", "usr/local/bin")]
#[case("${path##*/}", "bin")]
#[case("${path%/*}", "/usr/local")]
#[case("${path%%/*}", "")]
#[case("${file%.*}", "a.tar")]
#[case("${file%%.*}", "a")]
#[case("${path/local/share}", "/usr/share/bin")]
#[case(r"${path//\//:}", ":usr:local:bin")]
#[case("${path//?o/X}", "/usr/Xcal/bin")]
#[case(r"${stars//\*/-}", "a-b-c")]
#[case("${file/.*/}", "a")]
fn words_expand_as_in_buildkit(#[case] word: &str, #[case] expected: &str) {
    assert_eq!(Lexer::new('\\').word(word, &variables()).expect(word).text, expected);
}

#[rstest]
#[case("he'llo", "unexpected end of statement while looking for matching single-quote")]
#[case("\"hello", "unexpected end of statement while looking for matching double-quote")]
#[case("${}", "syntax error: bad substitution")]
#[case("${PWD:+x", "syntax error: missing '}'")]
#[case("${XXX:YYY}", "unsupported modifier (:Y) in substitution")]
#[case("${PWD:=000}", "unsupported modifier (:=) in substitution")]
#[case("${.}", "unsupported modifier (.) in substitution")]
#[case("${XXX?}", "XXX: is not allowed to be unset")]
#[case("${NULL:?}", "NULL: is not allowed to be empty")]
#[case("${XXX:?give one}", "XXX: give one")]
#[case(r"${path#\x}", r"invalid pattern (\x) in substitution: invalid escape '\x'")]
#[case("${path/x", "syntax error: missing '/' in ${}")]
fn words_that_cannot_be_expanded_say_why(#[case] word: &str, #[case] reason: &str) {
    let error = Lexer::new('\\').word(word, &variables()).expect_err(word);
    assert_eq!(error.to_string(), format!("failed to process {}: {reason}", quoted(word)));
}

#[test]
fn words_are_split_after_expansion_and_quotes_hold_them_together() {
    let words = |word: &str| Lexer::new('\\').words(word, &variables()).expect(word);
    assert_eq!(words("hello${space}bye"), ["helloabc", "defbye"]);
    assert_eq!(words("hello\"${space}\"bye"), ["helloabc  defbye"]);
    assert_eq!(words(r"hello\ there you"), ["hello there", "you"]);
    // Docker 28.5.2 does so: `EXPOSE 80${X:-81}` exposes 81.
    assert_eq!(words("80${unset:-81}"), ["81"]);
    assert_eq!(words("80${unset}1"), ["801"]);
}

#[test]
fn expansion_has_limits() {
    let deep = format!("{}{}", "${a:-".repeat(30_000), "}".repeat(30_000));
    assert!(
        Lexer::new('\\').word(&deep, &NoVariables).expect_err("too deep").to_string().contains(&MAX_DEPTH.to_string())
    );
    let large = BTreeMap::from([("A".to_owned(), "x".repeat(60_000))]);
    assert!(Lexer::new('\\').word("$A$A$A", &large).is_err());
    assert!(Lexer::new('\\').word(&"${A:+}".repeat(10_000), &large).is_err());
    assert!(Lexer::new('\\').word(&format!("${{A//{}/y}}", "x*".repeat(1_000)), &large).is_err());
}

fn options() -> PlanOptions {
    PlanOptions {
        target: None,
        build_arguments: BTreeMap::new(),
        build_platform: "linux/amd64".to_owned(),
        target_platform: "linux/amd64".to_owned(),
        all_stages: false,
    }
}

fn planned(source: &str) -> Result<Plan, String> {
    let dockerfile = parse(source).map_err(|error| error.to_string())?;
    let plan = plan::plan(&dockerfile, &options()).map_err(|error| error.to_string())?;
    plan::check_built_before(&dockerfile, &plan).map_err(|error| error.to_string())?;
    Ok(plan)
}

#[test]
fn a_plan_knows_which_stages_are_needed() {
    let source = "ARG V=1\nFROM go:$V AS Build\nFROM scratch AS unused\nFROM alpine\nCOPY --from=build /a /a\nCOPY --from=nginx /b /b\n";
    let plan = planned(source).expect("valid");
    let needed: Vec<(&str, bool)> = plan.stages.iter().map(|stage| (stage.name.as_str(), stage.needed)).collect();
    assert_eq!(needed, [("build", true), ("unused", false), ("stage-2", true)]);
    assert_eq!(plan.stages[0].base, Source::Image("go:1".to_owned()));
    assert_eq!(plan.stages[2].sources, [(0, Source::Stage(0)), (1, Source::Image("nginx".to_owned()))]);
    assert_eq!(planned("FROM a\n").expect("valid").stages[0].name, "");
}

#[rstest]
#[case("FROM a\nCOPY --from=99 / /\n", "invalid stage index 99")]
#[case("FROM ${0:+0}\n", "base name (${0:+0}) should not be blank")]
#[case("FROM a AS x\nCOPY --from=x / /\n", "circular dependency detected on stage: x")]
#[case("FROM a AS x\nCOPY --from=y / /\nFROM a AS y\nCOPY --from=x / /\n", "circular dependency detected on stage: x")]
#[case(
    "FROM a AS x\nCOPY --from=y / /\nFROM a AS y\nFROM x\n",
    "cannot copy from stage \"y\", it needs to be defined before current stage \"x\""
)]
#[case(
    "FROM a\nCOPY --from=$X / /\n",
    "variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround"
)]
fn plans_that_cannot_be_built_say_why(#[case] source: &str, #[case] message: &str) {
    assert_eq!(planned(source).expect_err(source), message);
}

#[test]
fn an_unknown_target_is_told_with_a_near_one() {
    let dockerfile = parse("FROM a AS build\n").expect("valid");
    let options = PlanOptions { target: Some("biuld".to_owned()), ..options() };
    let error = plan::plan(&dockerfile, &options).expect_err("no such stage");
    assert_eq!(error.to_string(), "target stage \"biuld\" could not be found (did you mean build?)");
}

#[test]
fn ten_thousand_stages_in_a_row_are_planned_and_checked() {
    let mut source = "FROM scratch AS s0\n".to_owned();
    for index in 1..10_000 {
        source.push_str(&format!("FROM s{} AS s{index}\nENV V{index}=1\nCOPY --from=s{} / /\n", index - 1, index - 1));
    }
    assert!(planned(&source).expect("valid").stages.iter().all(|stage| stage.needed));
    assert_eq!(warnings(&source), Vec::<String>::new());
}

/// The first corpus of the fuzz target, played here too.
#[test]
fn every_seed_of_the_fuzz_target_is_checked_or_refused() {
    let seeds = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/dockerfile");
    let mut refused = Vec::new();
    let mut files: Vec<_> =
        std::fs::read_dir(seeds).expect("the seeds").map(|entry| entry.expect("a seed").path()).collect();
    files.sort();
    for file in files {
        let source = std::fs::read_to_string(&file).expect("text");
        match parse(&source).map(|_| planned(&source)) {
            Ok(Ok(_)) => drop(warnings(&source)),
            Ok(Err(error)) => refused.push(error),
            Err(error) => refused.push(error.to_string()),
        }
    }
    let expected = [
        "dockerfile parse error on line 2: COPY requires at least two arguments, but only one was provided. Destination could not be determined",
        "invalid stage index 99",
        "base name (${0:+0}) should not be blank",
        "dockerfile parse error on line 1: FROM requires either one or three arguments",
        "dockerfile line greater than max allowed size of 65535",
        "dockerfile contains no stages to build",
    ];
    assert_eq!(refused, expected);
}

fn warnings(source: &str) -> Vec<String> {
    let dockerfile = parse(source).expect(source);
    let options = options();
    let plan = plan::plan(&dockerfile, &options).expect(source);
    let rules = lint::rules_of(&dockerfile).expect(source);
    let base_image = |_: &str| Some(BaseImage::default());
    let check = Check {
        dockerfile: &dockerfile,
        plan: Some(&plan),
        options: &options,
        rules: &rules,
        base_image: &base_image,
        error: None,
    };
    lint::lint(&check).iter().map(rule::Warning::short).collect()
}

/// The Dockerfile and the answer of `tests/transcripts/71-buildkit-errors` (Docker Engine 28.5.2).
#[test]
fn warnings_are_those_of_docker_in_its_order() {
    let source = "from busybox as Build\nENV A 1\nMAINTAINER me\nCMD echo hi\nCMD echo ho\nFROM --platform=linux/amd64 busybox\nWORKDIR rel\nCOPY --from=Build /etc/hosts /h\nRUN echo $UNDEF\n";
    let expected = [
        "StageNameCasing: Stage name 'Build' should be lowercase (line 1)",
        "MaintainerDeprecated: Maintainer instruction is deprecated in favor of using label (line 3)",
        "ConsistentInstructionCasing: Command 'from' should match the case of the command majority (uppercase) (line 1)",
        "FromPlatformFlagConstDisallowed: FROM --platform flag should not use constant value \"linux/amd64\" (line 6)",
        "LegacyKeyValueFormat: \"ENV key=value\" should be used instead of legacy \"ENV key value\" format (line 2)",
        "JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended behavior related to OS signals (line 4)",
        "MultipleInstructionsDisallowed: Multiple CMD instructions should not be used in the same stage because only the last one will be used (line 4)",
        "JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended behavior related to OS signals (line 5)",
        "WorkdirRelativePath: Relative workdir \"rel\" can have unexpected results if the base image changes (line 7)",
    ];
    assert_eq!(warnings(source), expected);
}

#[rstest]
#[case("FROM a as b\n", "FromAsCasing: 'as' and 'FROM' keywords' casing do not match (line 1)")]
#[case("FROM a\nCOPY $HOM /x\n", "UndefinedVar: Usage of undefined variable '$HOM' (line 2)")]
#[case(
    "FROM a\nENV HOME=/\nCOPY $HOM /x\n",
    "UndefinedVar: Usage of undefined variable '$HOM' (did you mean $HOME?) (line 3)"
)]
#[case(
    "FROM a\nENV API_KEY=1\n",
    "SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ENV \"API_KEY\") (line 2)"
)]
#[case(
    "FROM a\nEXPOSE 80/TCP\n",
    "ExposeProtoCasing: Defined protocol '80/TCP' in EXPOSE instruction should be lowercase (line 2)"
)]
#[case("FROM a\nRUN x \\\n\n y\n", "NoEmptyContinuation: Empty continuation line (line 4)")]
#[case(
    "FROM a AS x\nFROM b AS x\n",
    "DuplicateStageName: Duplicate stage name \"x\", stage names should be unique (line 2)"
)]
#[case(
    "ARG T\nFROM a:$T-b\nFROM a$U\n",
    "UndefinedArgInFrom: FROM argument 'U' is not declared (did you mean T?) (line 3)"
)]
fn each_rule_has_its_words(#[case] source: &str, #[case] expected: &str) {
    let warnings = warnings(source);
    assert!(warnings.iter().any(|warning| warning == expected), "{warnings:?}");
}

#[rstest]
#[case("# check=skip=all\nFROM a as b\n")]
#[case("# check=skip=FromAsCasing\nFROM a as b\n")]
#[case("# syntax=docker/dockerfile:1\nFROM x\n# check=skip=FromAsCasing\nFROM a as b\n")]
#[case("FROM a\nARG X\nCOPY $X /x\n")]
fn rules_can_be_switched_off(#[case] source: &str) {
    assert_eq!(warnings(source), Vec::<String>::new());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_word_expands_or_is_refused(word in r#"([$<{}:+?#%/*\\"' ]|-|PWD|stars|é|.){0,30}"#) {
        for lexer in [Lexer::new('\\'), Lexer::new('`'), Lexer::for_heredoc()] {
            if let Ok(expansion) = lexer.word(&word, &variables()) {
                prop_assert!(expansion.text.len() <= lexer.limit);
            }
            let _ = lexer.words(&word, &variables());
        }
    }

    #[test]
    fn any_dockerfile_is_planned_and_checked_or_refused(
        lines in prop::collection::vec(
            r#"(FROM|ARG|ENV|COPY --from=|COPY|RUN --mount=|EXPOSE|WORKDIR|CMD|# check=)[ ]?([$a-c0-9{}:/=,"' ]|AS ){0,12}"#, 1..8)
    ) {
        let source = format!("FROM a AS b\n{}\n", lines.join("\n"));
        if let Ok(dockerfile) = parse(&source)
            && let Ok(plan) = plan::plan(&dockerfile, &options())
            && let Ok(rules) = lint::rules_of(&dockerfile)
        {
            let options = options();
            let base_image = |_: &str| None;
            let check = Check {
                dockerfile: &dockerfile, plan: Some(&plan), options: &options, rules: &rules, base_image: &base_image, error: None,
            };
            for warning in lint::sorted(lint::lint(&check)) {
                prop_assert!(excerpt("Dockerfile", &source, warning.lines).is_some());
            }
        }
    }
}
