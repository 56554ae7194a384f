//! Tests of the parser: what the tree looks like, what errors say, and that no text can break it.

use super::syntax::{CommandKind, Operation, Part};
use super::*;
use proptest::prelude::*;

fn all(text: &str, dialect: Dialect) -> Result<Vec<Arc<List>>, SyntaxError> {
    let (aliases, mut lists, mut from, mut line) = (Aliases::new(), Vec::new(), 0, 1);
    loop {
        let parsed = parse(text, from, line, dialect, &aliases)?;
        lists.extend(parsed.list);
        if parsed.at_end {
            return Ok(lists);
        }
        assert!(parsed.next > from, "the parser stands still at {from}");
        (from, line) = (parsed.next, parsed.line);
    }
}

fn message(text: &str, dialect: Dialect) -> String {
    all(text, dialect).err().map_or_else(|| "no error".to_owned(), |error| error.kind.message(dialect))
}

#[test]
fn programs_are_read() {
    for text in [
        "echo a b; echo c & echo d",
        "a=1 b=\"$a c\" cmd <in >out 2>&1",
        "if a; then b; elif c\nthen d; else e; fi",
        "for i in 1 2 3; do echo $i; done",
        "for i do echo $i; done\nfor i; do :; done\nfor i\nin a\ndo :\ndone",
        "while a; do b; done; until c; do d; done",
        "case $x in a|b) echo;; (c) ;; *) esac",
        "f() { echo; }; g() ( echo ); h()\n{\n:\n}",
        "a && b || ! c | d |\n e &&\n f",
        "cat <<A <<'B'\n$x\nA\n$y\nB\necho done",
        "echo $(echo $(echo \"a $(b)\")) `c \\`d\\`` $((1+(2*3))) ${a:-${b#*/}}",
        "echo \"${x:-\"a b\"}\" '$x' \\$x $",
        "( a; b ) >x; { c; } 2>&-",
        "echo a \\\n b # comment\n# another\n",
        "case a in esac",
        "echo if then fi {a,b} }",
        "cat <<-E\n\tindented\n\tE\n",
        "x=$(cat <<E\nhi )\nE\n)",
    ] {
        for dialect in [Dialect::Ash, Dialect::Dash] {
            assert!(all(text, dialect).is_ok(), "{text:?}: {:?}", all(text, dialect));
        }
    }
}

#[test]
fn here_documents_are_filled_in() {
    let lists = all("cat <<A - <<-'B'\nx $y\nA\n\t\tz $w\n\tB\nnext", Dialect::Ash).unwrap();
    let command = &lists[0].items[0].chain.first.commands[0];
    let bodies: Vec<_> = command
        .redirections
        .iter()
        .map(|redirection| match &redirection.target {
            syntax::Target::HereDocument(document) => document.body().unwrap().parts.len(),
            _ => 0,
        })
        .collect();
    assert_eq!(bodies, [3, 1]);
    assert_eq!(lists.len(), 2);
}

#[test]
fn quotes_are_kept_apart() {
    let lists = all("echo a'b'\"c$d\"", Dialect::Ash).unwrap();
    let CommandKind::Simple { words, .. } = &lists[0].items[0].chain.first.commands[0].kind else { panic!() };
    assert!(matches!(&*words[1].parts, [Part::Literal(_), Part::Quoted(_), Part::Double(inner)] if inner.len() == 2));
}

#[test]
fn lengths_and_the_count_of_arguments_differ() {
    for (text, name, length) in [("${#}", "#", false), ("${#a}", "a", true), ("${##}", "#", true), ("$#", "#", false)] {
        let lists = all(text, Dialect::Dash).unwrap();
        let CommandKind::Simple { words, .. } = &lists[0].items[0].chain.first.commands[0].kind else { panic!() };
        let Part::Parameter(parameter) = &words[0].parts[0] else { panic!() };
        assert_eq!((parameter.name.as_str(), parameter.operation == Operation::Length), (name, length), "{text}");
    }
}

/// The messages were taken from BusyBox 1.35 and dash 0.5.12.
#[test]
fn errors_have_the_words_of_ash_and_dash() {
    for (text, ash, dash) in [
        ("echo \"abc", "syntax error: unterminated quoted string", "Syntax error: Unterminated quoted string"),
        ("echo `abc", "syntax error: EOF in backquote substitution", "Syntax error: EOF in backquote substitution"),
        (
            "echo $(abc",
            "syntax error: unexpected end of file (expecting \")\")",
            "Syntax error: end of file unexpected (expecting \")\")",
        ),
        ("echo ${abc", "syntax error: missing '}'", "Syntax error: Missing '}'"),
        ("echo $((1+2", "syntax error: missing '))'", "Syntax error: Missing '))'"),
        ("fi", "syntax error: unexpected \"fi\"", "Syntax error: \"fi\" unexpected"),
        (
            "if true; fi",
            "syntax error: unexpected \"fi\" (expecting \"then\")",
            "Syntax error: \"fi\" unexpected (expecting \"then\")",
        ),
        (
            "for i in a b; echo",
            "syntax error: unexpected word (expecting \"do\")",
            "Syntax error: word unexpected (expecting \"do\")",
        ),
        ("for 1x in a; do :; done", "syntax error: bad for loop variable", "Syntax error: Bad for loop variable"),
        (
            "case x in a) echo",
            "syntax error: unexpected end of file (expecting \";;\")",
            "Syntax error: end of file unexpected (expecting \";;\")",
        ),
        ("echo a && ", "syntax error: unexpected end of file", "Syntax error: end of file unexpected"),
        ("| echo", "syntax error: unexpected \"|\"", "Syntax error: \"|\" unexpected"),
        ("echo ;; ", "syntax error: unexpected \";;\"", "Syntax error: \";;\" unexpected"),
        ("echo ${a!b}", "syntax error: bad substitution", "Bad substitution"),
        ("echo ${}", "syntax error: bad substitution", "Bad substitution"),
        ("echo a > &", "syntax error: unexpected \"&\"", "Syntax error: \"&\" unexpected"),
        ("while; do :; done", "syntax error: unexpected \";\"", "Syntax error: \";\" unexpected"),
        ("{ echo; } }", "syntax error: unexpected \"}\"", "Syntax error: \"}\" unexpected"),
        (
            "echo $(fi)",
            "syntax error: unexpected \"fi\" (expecting \")\")",
            "Syntax error: \"fi\" unexpected (expecting \")\")",
        ),
        ("f.g() { :; }", "syntax error: bad function name", "Syntax error: Bad function name"),
        ("echo `fi`", "no error", "no error"),
    ] {
        assert_eq!(message(text, Dialect::Ash), ash, "{text:?}");
        assert_eq!(message(text, Dialect::Dash), dash, "{text:?}");
    }
}

#[test]
fn what_more_input_could_mend_is_incomplete() {
    for text in
        ["echo 'a", "if a; then", "a &&", "a |", "f() {", "$(a", "case x in", "${a", "for i in a; do", "(", "$((1"]
    {
        assert!(all(text, Dialect::Ash).is_err_and(|error| error.incomplete), "{text:?}");
    }
    for text in ["fi", "a;;", "for 1 in", "( )"] {
        assert!(all(text, Dialect::Ash).is_err_and(|error| !error.incomplete), "{text:?}");
    }
    for text in ["cat <<E\nline", "echo a \\\n"] {
        let parsed = parse(text, 0, 1, Dialect::Ash, &Aliases::new()).unwrap();
        assert!(parsed.cut_short && parsed.list.is_some(), "{text:?}");
    }
}

#[test]
fn a_line_runs_before_the_next_is_read() {
    let parsed = parse("echo a\nfi", 0, 1, Dialect::Dash, &Aliases::new()).unwrap();
    assert!(parsed.list.is_some() && !parsed.at_end);
    assert_eq!((parsed.next, parsed.line), (7, 2));
    let error = parse("echo a\nfi", 7, 2, Dialect::Dash, &Aliases::new()).unwrap_err();
    assert_eq!((error.line, error.incomplete), (2, false));
}

#[test]
fn aliases_take_the_place_of_command_names() {
    let aliases = Aliases::from([
        ("ll".to_owned(), "ls -l".to_owned()),
        ("ls".to_owned(), "ls -F".to_owned()),
        ("loop".to_owned(), "loop2".to_owned()),
        ("loop2".to_owned(), "loop".to_owned()),
    ]);
    let words = |text: &str| {
        let parsed = parse(text, 0, 1, Dialect::Ash, &aliases).unwrap();
        assert_eq!(parsed.next, text.len());
        let list = parsed.list.unwrap();
        let CommandKind::Simple { words, .. } = &list.items[0].chain.first.commands[0].kind else { panic!() };
        words.iter().map(|word| word.plain().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(words("ll a ll\n"), ["ls", "-F", "-l", "a", "ll"]);
    assert_eq!(words("loop x\n"), ["loop", "x"]);
}

#[test]
fn deep_nesting_and_long_text_are_refused() {
    for text in
        ["(".repeat(10_000), "$(".repeat(10_000), "${a-".repeat(10_000), "if ".repeat(10_000), "f()".repeat(10_000)]
    {
        assert!(matches!(all(&text, Dialect::Ash), Err(SyntaxError { kind: SyntaxErrorKind::TooDeep, .. })));
    }
    let long = "a ".repeat(MAXIMUM_SOURCE);
    assert!(matches!(all(&long, Dialect::Ash), Err(SyntaxError { kind: SyntaxErrorKind::TooLong, .. })));
}

struct Table(std::collections::BTreeMap<String, String>);

impl Variables for Table {
    fn value(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
    fn assign(&mut self, name: &str, value: i64) -> Result<(), String> {
        self.0.insert(name.to_owned(), value.to_string());
        Ok(())
    }
}

#[test]
fn expressions_have_c_values() {
    let mut table = Table([("x".to_owned(), "5".to_owned())].into());
    for (text, value) in [
        ("1+2*3", 7),
        ("(1+2)*3", 9),
        ("x*x", 25),
        ("x=3", 3),
        ("x+=4", 7),
        ("x", 7),
        ("x++ + 1", 8),
        ("--x", 7),
        ("1?2:3", 2),
        ("0?1/0:3", 3),
        ("0&&(x=9)", 0),
        ("1||1/0", 1),
        ("0x1f", 31),
        ("010", 8),
        ("1<<4|1", 17),
        ("!0+~0", 0),
        ("-7/2", -3),
        ("-7%3", -1),
        ("5>3==1", 1),
        ("2**10", 1024),
        ("unset+1", 1),
        ("", 0),
        ("a=b=4, a+b", 8),
        ("1 <= 2", 1),
        ("1 != 2", 1),
        ("x <<= 1", 14),
    ] {
        assert_eq!(evaluate(text, Dialect::Ash, &mut table), Ok(value), "{text}");
    }
    assert_eq!(evaluate("1/0", Dialect::Ash, &mut table), Err(ArithmeticError::DivisionByZero));
    for wrong in ["1+", "08", "x y", "(1", "1 2", "*", "1?2"] {
        assert!(matches!(evaluate(wrong, Dialect::Ash, &mut table), Err(ArithmeticError::Syntax(_))), "{wrong}");
    }
    assert_eq!(evaluate(&"(".repeat(5000), Dialect::Ash, &mut table), Err(ArithmeticError::TooDeep));
    table.0.insert("r".to_owned(), "r".to_owned());
    assert_eq!(evaluate("r", Dialect::Ash, &mut table), Err(ArithmeticError::TooDeep));
}

#[test]
fn patterns_match_as_in_case() {
    for (pattern, text, matches) in [
        ("*", "", true),
        ("a*c", "abbc", true),
        ("a?c", "abc", true),
        ("[a-c]x", "bx", true),
        ("[!a-c]x", "bx", false),
        ("[[:digit:]]*", "7up", true),
        ("[]a]", "]", true),
        ("[a", "[a", true),
        ("\\*", "*", true),
        ("\\*", "x", false),
        ("*.t*t", "a.b.txt", true),
    ] {
        assert_eq!(pattern::Pattern::new(pattern).matches(text), matches, "{pattern} {text}");
    }
    let slash = pattern::Pattern::new("*/");
    assert_eq!((slash.cut_start("a/b/c", false), slash.cut_start("a/b/c", true)), ("b/c", "c"));
    let dot = pattern::Pattern::new(".*");
    assert_eq!((dot.cut_end("a.b.c", false), dot.cut_end("a.b.c", true)), ("a.b", "a"));
    assert!(!pattern::Pattern::new(&"*a".repeat(50)).matches(&"b".repeat(5000)));
}

proptest! {
    #[test]
    fn any_text_parses_or_is_refused(text in "\\PC{0,80}") {
        for dialect in [Dialect::Ash, Dialect::Dash] {
            let _ = all(&text, dialect);
        }
    }

    #[test]
    fn any_heap_of_shell_tokens_parses_or_is_refused(
        tokens in prop::collection::vec(
            prop::sample::select(vec![
                "if", "then", "fi", "else", "for", "in", "do", "done", "case", "esac", "while", "{", "}", "(", ")", ";", ";;", "&", "&&",
                "|", "\n", " ", "a", "x=1", "$x", "${x", "${#", ":-", "}", "$(", "`", "$((", "))", "'", "\"", "\\", "<<E", "E\n", ">", "2>&1", "<<-'E'",
                "#", "!", "é", "f()", "%", "/", "$'",
            ]),
            0..40,
        )
    ) {
        let text = tokens.concat();
        let _ = all(&text, Dialect::Ash);
        let text = tokens.join(" ");
        let _ = all(&text, Dialect::Dash);
    }

    #[test]
    fn any_expression_has_a_value_or_an_error(text in "[-0-9a-c+*/%()<>=!&|^~?:, x]{0,40}") {
        for dialect in [Dialect::Ash, Dialect::Dash] {
            let _ = evaluate(&text, dialect, &mut Table(Default::default()));
        }
    }

    #[test]
    fn any_pattern_matches_or_not(pattern in "[]a*?\\[!:^.-]{0,20}", text in "[a-c.]{0,20}") {
        let pattern = pattern::Pattern::new(&pattern);
        prop_assert!(text.ends_with(pattern.cut_start(&text, true)));
        prop_assert!(text.starts_with(pattern.cut_end(&text, false)));
    }
}
