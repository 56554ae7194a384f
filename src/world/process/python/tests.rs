//! The parser of Python reads any text without harm.

use proptest::prelude::*;

use super::parse::parse;

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,300}", minor in 6_u32..14) {
        let _ = parse(&text, minor);
    }

    #[test]
    fn any_run_of_words_and_signs_is_read_or_refused(
        words in proptest::collection::vec(
            prop_oneof![
                Just("if"), Just("def"), Just("match"), Just("case"), Just("try"), Just("except"), Just("with"), Just("x"),
                Just("1"), Just("'s'"), Just("f'{x:>3}'"), Just("\n"), Just("\n    "), Just("("), Just(")"), Just("["), Just("]"),
                Just("{"), Just("}"), Just(":"), Just(","), Just("="), Just("."), Just("-"), Just("not"), Just("for"), Just("in"),
                Just("\"\"\""), Just("\\\n"), Just("#"), Just("import"), Just("from"), Just("return"), Just("@")
            ],
            0..60,
        ),
    ) {
        let _ = parse(&words.join(" "), 12);
    }
}

#[test]
fn what_is_nested_too_deep_is_refused() {
    for (open, close) in [("(", ")"), ("[", "]"), ("not ", ""), ("-", ""), ("{1: ", "}")] {
        let text = format!("x = {}1{}\n", open.repeat(5_000), close.repeat(5_000));
        assert!(parse(&text, 12).is_err(), "{open}");
    }
    let text: String = (0..99).map(|depth| format!("{}if 1:\n", " ".repeat(depth))).collect();
    assert!(parse(&text, 12).is_err());
}
