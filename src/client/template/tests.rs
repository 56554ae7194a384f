//! Templates against what Go and real Docker printed (scenarios 01, 13, 44, 81 and 83, and Go's own documentation).

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::output::{Format, Header, inspect, parse_inspect};
use super::*;

const POLICY: StructType = StructType {
    name: "container.RestartPolicy",
    fields: &[
        Field { name: "Name", json: "Name", go_type: GoType::Text },
        Field { name: "MaximumRetryCount", json: "MaximumRetryCount", go_type: GoType::Int },
    ],
};
const CONTAINER: StructType = StructType {
    name: "container.InspectResponse",
    fields: &[
        Field { name: "ID", json: "Id", go_type: GoType::Text },
        Field { name: "Args", json: "Args", go_type: GoType::List(&GoType::Text) },
        Field { name: "Created", json: "Created", go_type: GoType::Time },
        Field { name: "Policy", json: "Policy", go_type: GoType::Struct(&POLICY) },
        Field { name: "Labels", json: "Labels", go_type: GoType::Map(&GoType::Text) },
        Field { name: "Health", json: "Health", go_type: GoType::Pointer(&POLICY) },
    ],
};

fn data() -> Json {
    json!({
        "Id": "abc", "Name": "/cc", "Args": ["300", "x"], "Count": 3, "Half": 0.5, "On": true, "Off": false, "None": null,
        "Created": "2026-11-20T23:59:38.5Z", "Policy": {"Name": "on-failure", "MaximumRetryCount": 2},
        "Labels": {"l": "1", "a": "2"}, "Mixed": ["a", null, 2], "State": {"Status": "running"}
    })
}

fn raw(template: &str) -> String {
    let data = data();
    let run = Template::parse(template)
        .and_then(|template| template.execute(Value::of(&data, GoType::Any), MissingKey::NoValue));
    run.unwrap_or_else(|error| error.to_string())
}

#[test]
fn templates_print_what_go_prints() {
    for (template, text) in [
        ("{{.Name}} {{.State.Status}}|{{.Count}}", "/cc running|3"),
        (
            "{{.Args}} {{.Labels}} {{.Mixed}} {{.None}} {{.Nope}} {{.Nope.More}}",
            "[300 x] map[a:2 l:1] [a <nil> 2] <no value> <no value> <no value>",
        ),
        ("{{json .Args}}{{json .Labels}}{{json .None}}", r#"["300","x"]{"l":"1","a":"2"}null"#),
        ("{{range .Args}}<{{.}}>{{end}}", "<300><x>"),
        ("{{range $k, $v := .Labels}}{{$k}}={{$v}} {{end}}", "a=2 l=1 "),
        ("{{range $i, $v := .Args}}{{if $i}}, {{end}}{{$v}}{{end}}", "300, x"),
        ("{{range .None}}x{{else}}none{{end}}", "none"),
        ("{{range .Args}}{{if eq . \"x\"}}{{break}}{{end}}{{.}}{{end}}", "300"),
        ("{{range .Args}}{{if eq . \"300\"}}{{continue}}{{end}}{{.}}{{end}}", "x"),
        ("{{range 3}}{{.}}{{end}}", "012"),
        ("{{if .On}}yes{{else}}no{{end}}{{if .Off}}yes{{else if .Count}}count{{else}}no{{end}}", "yescount"),
        ("{{with .State}}{{.Status}}{{$.Name}}{{end}}{{with .None}}x{{else}}y{{end}}", "running/ccy"),
        ("{{index .Labels \"l\"}}{{index .Args 1}}{{len .Args}}{{len .Name}}", "1x23"),
        ("{{slice .Name 1}} {{slice .Name 0 2}}", "cc /c"),
        ("{{join .Args \"-\"}} {{upper .Name}} {{title \"ab cd\"}} {{lower \"AB\"}}", "300-x /CC Ab Cd ab"),
        ("{{range split \"a:b\" \":\"}}[{{.}}]{{end}}", "[a][b]"),
        ("{{pad .Name 2 1}}|{{truncate .Name 2}}", "  /cc |/c"),
        ("{{println .Name 1 2}}{{print 1 2 \"a\" 3}}", "/cc 1 2\n1 2a3"),
        (
            "{{printf \"%-5s|%5d|%05d|%.2f|%q|%v|%%|%t\" .Name 3 42 1.5 \"x\" .Args true}}",
            "/cc  |    3|00042|1.50|\"x\"|[300 x]|%|true",
        ),
        ("{{printf \"%d %s\" \"a\"}}", "%!d(string=a) %!s(MISSING)"),
        (
            "{{eq 1 2 1}} {{ne 1 2}} {{lt 1 2}} {{ge \"b\" \"a\"}} {{and 1 0 2}} {{or 0 \"\" 2}} {{not 0}}",
            "true true true true 0 2 true",
        ),
        ("a {{- /* note */ -}} b{{- 1 -}} c", "ab1c"),
        ("{{/* note */}}x {{\"q\" | printf \"%s-%s\" \"p\"}} {{`raw\\n`}}", "x p-q raw\\n"),
        ("{{$x := .Name}}{{$x}}{{$x = \"b\"}}{{$x}}", "/ccb"),
        ("{{(index .Labels \"l\")}}{{(.State).Status}}", "1running"),
        ("{{define \"T\"}}[{{.}}]{{end}}{{template \"T\" .Name}}{{block \"B\" 1}}{{.}}{{end}}", "[/cc]1"),
        ("{{html \"<a>\"}} {{urlquery \"a b&\"}}", "&lt;a&gt; a+b%26"),
        ("{{true}} {{1.5}} {{'a'}} {{0x10}} {{1e3}}", "true 1.5 97 16 1000"),
    ] {
        assert_eq!(raw(template), text, "{template}");
    }
}

#[test]
fn errors_have_gos_place_and_words() {
    for (template, text) in [
        ("{{.", "template: :1: illegal number syntax: \".\""),
        ("{{.Name", "template: :1: unclosed action"),
        ("{{}}", "template: :1: missing value for command"),
        ("{{nope .}}", "template: :1: function \"nope\" not defined"),
        ("{{$x}}", "template: :1: undefined variable \"$x\""),
        ("{{if .On}}", "template: :1: unexpected EOF"),
        ("{{end}}", "template: :1: unexpected {{end}}"),
        ("{{.Name}", "template: :1: bad character U+007D '}'"),
        ("{{\"a}}", "template: :1: unterminated quoted string"),
        ("{{(.Name}}", "template: :1: unclosed left paren"),
        ("{{.Name)}}", "template: :1: unexpected right paren"),
        ("{{1x}}", "template: :1: bad number syntax: \"1x\""),
        ("\n{{range}}{{end}}", "template: :2: missing value for range"),
        ("{{break}}", "template: :1: {{break}} outside {{range}}"),
        (
            "{{.Name.Nope}}",
            "template: :1:7: executing \"\" at <.Name.Nope>: can't evaluate field Nope in type interface {}",
        ),
        ("{{.None.Nope}}", "template: :1:7: executing \"\" at <.None.Nope>: nil pointer evaluating interface {}.Nope"),
        (
            "a\n {{index .Args 7}}",
            "template: :2:3: executing \"\" at <index .Args 7>: error calling index: index out of range: 7",
        ),
        (
            "{{lt .On .On}}",
            "template: :1:2: executing \"\" at <lt .On .On>: error calling lt: invalid type for comparison",
        ),
        (
            "{{eq 1 \"a\"}}",
            "template: :1:2: executing \"\" at <eq 1 \"a\">: error calling eq: incompatible types for comparison",
        ),
        ("{{range .On}}{{end}}", "template: :1:8: executing \"\" at <.On>: range can't iterate over true"),
        ("{{template \"T\"}}", "template: :1:11: executing \"\" at <{{template \"T\"}}>: template \"T\" not defined"),
        ("{{define \"T\"}}{{template \"T\"}}{{end}}{{template \"T\"}}", "exceeded maximum template depth (100)"),
    ] {
        let got = raw(template);
        assert!(got == text || (text.starts_with("exceeded") && got.ends_with(text)), "{template}: {got}");
    }
}

#[test]
fn inspect_tries_the_struct_and_then_the_json() {
    let data = data();
    let run = |template: &str| {
        let template = parse_inspect(template).map_err(|error| error.to_string())?;
        inspect(&template, &data, GoType::Pointer(&CONTAINER)).map_err(|error| error.to_string())
    };
    for (template, text) in [
        ("{{.ID}} {{.Policy}} {{.Args}}", "abc {on-failure 2} [300 x]\n"),
        ("{{.Id}} {{.Policy}}", "abc map[MaximumRetryCount:2 Name:on-failure]\n"),
        ("{{.Created}}", "2026-11-20 23:59:38.5 +0000 UTC\n"),
        (
            "{{.Labels.nope}}|{{.Health}}|{{json .Policy}}",
            "<no value>|<nil>|{\"Name\":\"on-failure\",\"MaximumRetryCount\":2}\n",
        ),
    ] {
        assert_eq!(run(template).as_deref(), Ok(text), "{template}");
    }
    let error = "template parsing error: template: :1:2: executing \"\" at <.Nope>: map has no entry for key \"Nope\"";
    assert_eq!(run("{{.Nope}}"), Err(error.to_owned()));
    let error =
        "template parsing error: template: :1:8: executing \"\" at <.State.Nope>: map has no entry for key \"Nope\"";
    assert_eq!(run("{{.State.Nope}}"), Err(error.to_owned()));
    assert_eq!(run("{{."), Err("template parsing error: template: :1: illegal number syntax: \".\"".to_owned()));
    let nope = Template::parse("{{.Nope}}")
        .unwrap()
        .execute(Value::of(&data, GoType::Pointer(&CONTAINER)), MissingKey::NoValue);
    let error =
        "template: :1:2: executing \"\" at <.Nope>: can't evaluate field Nope in type *container.InspectResponse";
    assert_eq!(nope.unwrap_err().to_string(), error);
}

struct Row(&'static str, u64);

impl Object for Row {
    fn type_name(&self) -> &str {
        "*formatter.ContainerContext"
    }

    fn field(&self, name: &str) -> Option<Value<'_>> {
        match name {
            "Names" => Some(Value::text(self.0)),
            "PIDs" => Some(Value::text(self.1.to_string())),
            _ => None,
        }
    }

    fn method(&self, name: &str, argument: &str) -> Option<Value<'_>> {
        (name == "Label").then(|| Value::text(format!("label {argument}")))
    }

    fn json(&self) -> Json {
        json!({"Names": self.0, "PIDs": self.1})
    }
}

#[test]
fn rows_are_printed_as_docker_prints_them() {
    let rows: [Row; 2] = [Row("ss", 1), Row("longer-name", 12)];
    let print = |format: &str| {
        let format = Format::parse(format, "table {{.Names}}\\t{{.PIDs}}").map_err(|error| error.to_string())?;
        let rows = rows.iter().map(|row| row as &dyn Object);
        format.rows(&Header(&[("Names", "NAMES"), ("PIDs", "PIDS")]), rows).map_err(|error| error.to_string())
    };
    let table = "NAMES         PIDS\nss            1\nlonger-name   12\n";
    assert_eq!(print("").as_deref(), Ok(table));
    assert_eq!(print("table").as_deref(), Ok(table));
    assert_eq!(print("table {{upper .Names}}").as_deref(), Ok("NAMES\nSS\nLONGER-NAME\n"));
    assert_eq!(
        print("table {{.Label \"com.x.my-app\"}}").as_deref(),
        Ok("my app\nlabel com.x.my-app\nlabel com.x.my-app\n")
    );
    assert_eq!(print("{{.Names}}\\t{{.PIDs}}").as_deref(), Ok("ss\t1\nlonger-name\t12\n"));
    assert_eq!(
        print("json").as_deref(),
        Ok("{\"Names\":\"ss\",\"PIDs\":1}\n{\"Names\":\"longer-name\",\"PIDs\":12}\n")
    );
    let error = "template parsing error: template: :1:2: executing \"\" at <.Nope>: \
                 can't evaluate field Nope in type *formatter.ContainerContext";
    assert_eq!(print("{{.Nope}}"), Err(error.to_owned()));
    assert_eq!(print("{{.Names"), Err("template parsing error: template: :1: unclosed action".to_owned()));
}

#[test]
fn every_template_ends() {
    let long = "{{range 100000}}{{range 100000}}{{range 100000}}x{{end}}{{end}}{{end}}";
    assert!(raw(long).ends_with("which is Layerlab's limit"));
    let deep = format!("{{{{{}1{}}}}}", "(".repeat(5000), ")".repeat(5000));
    assert!(raw(&deep).ends_with("which is Layerlab's limit"));
    assert!(raw(&"{{if 1}}".repeat(5000)).ends_with("which is Layerlab's limit"));
    assert!(raw("{{pad \"x\" 99999999999 0}}").ends_with("which is Layerlab's limit"));
}

proptest! {
    #[test]
    fn any_text_is_answered(pieces in prop::collection::vec(
        "\\{\\{|\\}\\}|\\{\\{- | -\\}\\}|\\.Name|\\.Labels|\\.Args|if |range |with |end|else|define \"T\"|template \"T\"|\\$x|:=|\\||\\(|\\)|index |printf |\"%5d%q\"|slice |1|-2|0x|'a|/\\*|\\*/|é|\\PC{0,3}", 0..14)
    ) {
        let _ = raw(&pieces.concat());
    }
}
