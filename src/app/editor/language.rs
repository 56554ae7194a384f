//! The language of a text, and the colours of its words.
//!
//! Promises: the pieces of a line together are the line; any text is taken. Must not know: what a text means to Docker.

use std::ops::Range;

use crate::app::line::words::{self, Kind};

/// What a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Dockerfile,
    Yaml,
    Shell,
    Python,
    /// Settings and the like: comments and texts in quotes.
    Plain,
}

/// What a piece of a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Plain,
    /// An instruction, a word of the language.
    Keyword,
    /// The name of a setting.
    Name,
    Flag,
    Text,
    Variable,
    Operator,
    Comment,
}

/// A piece of a line.
pub type Toned = (Range<usize>, Tone);

const PYTHON: [&str; 27] = [
    "False", "None", "True", "and", "as", "break", "class", "continue", "def", "elif", "else", "except", "finally",
    "for", "from", "if", "import", "in", "is", "lambda", "not", "or", "pass", "raise", "return", "while", "with",
];

impl Language {
    /// The language that a file's name tells.
    pub fn of(path: &str) -> Language {
        let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        match ending {
            _ if name.starts_with("dockerfile") || ending == "dockerfile" => Language::Dockerfile,
            "yml" | "yaml" => Language::Yaml,
            "sh" => Language::Shell,
            "py" => Language::Python,
            _ => Language::Plain,
        }
    }

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Language::Dockerfile => "Dockerfile",
            Language::Yaml => "YAML",
            Language::Shell => "shell",
            Language::Python => "Python",
            Language::Plain => "text",
        }
    }

    /// Whether mistakes in it are found.
    pub const fn is_checked(self) -> bool {
        matches!(self, Language::Dockerfile)
    }

    /// What Tab writes.
    pub const fn indent(self) -> &'static str {
        match self {
            Language::Yaml => "  ",
            _ => "    ",
        }
    }

    /// How the line after this one is moved in.
    pub fn indent_after(self, line: &str) -> String {
        let mut indent: String = line.chars().take_while(|sign| *sign == ' ').collect();
        let opens = match self {
            Language::Yaml | Language::Python => line.trim_end().ends_with(':'),
            Language::Dockerfile => line.trim_end().ends_with('\\') && indent.is_empty(),
            _ => false,
        };
        if opens {
            indent.push_str(self.indent());
        }
        indent
    }

    /// The pieces of line number `row`, from left to right, without gaps.
    pub fn pieces(self, lines: &[String], row: usize) -> Vec<Toned> {
        let line = lines.get(row).map_or("", String::as_str);
        match self {
            Language::Dockerfile => dockerfile(lines, row, line),
            Language::Yaml => yaml(line),
            Language::Shell => shell(line, 0),
            Language::Python => code(line, &PYTHON),
            Language::Plain => code(line, &[]),
        }
    }
}

/// Whether a line of a Dockerfile goes on that of the instruction before it.
fn goes_on(lines: &[String], row: usize) -> bool {
    let above = lines.get(..row).unwrap_or_default().iter().rev();
    let mut above = above.map(|line| line.trim()).filter(|line| !line.starts_with('#'));
    above.next().is_some_and(|line| line.ends_with('\\'))
}

fn dockerfile(lines: &[String], row: usize, line: &str) -> Vec<Toned> {
    let start = line.len() - line.trim_start().len();
    if line.trim_start().starts_with('#') {
        return whole(line, Tone::Comment);
    }
    if goes_on(lines, row) {
        return shell(line, 0);
    }
    let end = line.get(start..).and_then(|text| text.find(char::is_whitespace)).map_or(line.len(), |at| start + at);
    let instruction = line.get(start..end).unwrap_or_default();
    let mut pieces = vec![(0..start, Tone::Plain), (start..end, Tone::Keyword)];
    if matches!(instruction.to_ascii_uppercase().as_str(), "RUN" | "CMD" | "ENTRYPOINT" | "HEALTHCHECK") {
        pieces.extend(shell(line.get(end..).unwrap_or_default(), end));
    } else {
        pieces.extend(arguments(line, end));
    }
    pieces.retain(|(range, _)| !range.is_empty());
    pieces
}

/// The words behind an instruction that is none for the shell.
fn arguments(line: &str, from: usize) -> Vec<Toned> {
    let rest = line.get(from..).unwrap_or_default();
    let pieces = words::pieces(rest).into_iter();
    // Within an instruction, only a `#` at the beginning of a line begins a comment.
    let tone = |kind: Kind, text: &str| match kind {
        Kind::Quoted => Tone::Text,
        Kind::Operator | Kind::Blank | Kind::Comment => Tone::Plain,
        Kind::Variable if !text.starts_with('$') => Tone::Name,
        Kind::Variable => Tone::Variable,
        _ if text.starts_with("--") => Tone::Flag,
        _ if text.starts_with('$') => Tone::Variable,
        _ if text.eq_ignore_ascii_case("as") => Tone::Keyword,
        _ => Tone::Plain,
    };
    pieces
        .map(|piece| {
            let text = rest.get(piece.range.clone()).unwrap_or_default();
            (piece.range.start + from..piece.range.end + from, tone(piece.kind, text))
        })
        .collect()
}

fn shell(text: &str, from: usize) -> Vec<Toned> {
    let tone = |kind| match kind {
        Kind::Blank | Kind::Plain => Tone::Plain,
        Kind::Program | Kind::Subcommand => Tone::Name,
        Kind::Keyword => Tone::Keyword,
        Kind::Flag => Tone::Flag,
        Kind::Quoted => Tone::Text,
        Kind::Variable => Tone::Variable,
        Kind::Operator => Tone::Operator,
        Kind::Comment => Tone::Comment,
    };
    let pieces = words::pieces(text).into_iter();
    pieces.map(|piece| (piece.range.start + from..piece.range.end + from, tone(piece.kind))).collect()
}

fn yaml(line: &str) -> Vec<Toned> {
    let indent = line.len() - line.trim_start_matches([' ', '-']).len();
    let mut pieces = vec![(0..indent, Tone::Operator)];
    let rest = line.get(indent..).unwrap_or_default();
    let key = rest.find(':').filter(|at| {
        let after = rest.get(at + 1..).unwrap_or_default();
        (after.is_empty() || after.starts_with(' ')) && !rest.starts_with(['#', '"', '\''])
    });
    let from = match key {
        Some(at) => {
            pieces.push((indent..indent + at, Tone::Name));
            pieces.push((indent + at..indent + at + 1, Tone::Operator));
            indent + at + 1
        }
        None => indent,
    };
    let values = code(line.get(from..).unwrap_or_default(), &["true", "false", "null", "yes", "no"]);
    pieces.extend(values.into_iter().map(|(range, tone)| (range.start + from..range.end + from, tone)));
    pieces.retain(|(range, _)| !range.is_empty());
    pieces
}

/// Texts in quotes, comments behind `#`, variables, and these words.
fn code(line: &str, keywords: &[&str]) -> Vec<Toned> {
    let mut pieces: Vec<Toned> = Vec::new();
    let mut push = |range: Range<usize>, tone: Tone| match pieces.last_mut() {
        _ if range.is_empty() => {}
        Some((last, same)) if *same == tone && tone == Tone::Plain => last.end = range.end,
        _ => pieces.push((range, tone)),
    };
    let mut at = 0;
    while let Some(sign) = line.get(at..).and_then(|text| text.chars().next()) {
        let rest = line.get(at..).unwrap_or_default();
        let is_word = |sign: char| sign.is_alphanumeric() || sign == '_';
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let (length, tone) = match sign {
            '#' if before.is_none_or(char::is_whitespace) => (rest.len(), Tone::Comment),
            '"' | '\'' => {
                let inner = rest.get(1..).unwrap_or_default();
                (inner.find(sign).map_or(rest.len(), |end| end + 2), Tone::Text)
            }
            '$' => {
                let name = rest.get(1..).unwrap_or_default();
                let length = match name.strip_prefix('{') {
                    Some(inner) => inner.find('}').map_or(name.len(), |end| end + 2),
                    None => name.find(|sign| !is_word(sign)).unwrap_or(name.len()),
                };
                (1 + length, Tone::Variable)
            }
            _ if is_word(sign) => {
                let length = rest.find(|sign| !is_word(sign)).unwrap_or(rest.len());
                let known = keywords.contains(&rest.get(..length).unwrap_or_default());
                (length, if known { Tone::Keyword } else { Tone::Plain })
            }
            _ => (sign.len_utf8(), Tone::Plain),
        };
        push(at..at + length, tone);
        at += length;
    }
    pieces
}

fn whole(line: &str, tone: Tone) -> Vec<Toned> {
    vec![(0..line.len(), tone)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn toned(language: Language, text: &str, row: usize) -> Vec<(&str, Tone)> {
        let lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        let line = text.split('\n').nth(row).unwrap();
        let pieces = language.pieces(&lines, row).into_iter().filter(|(_, tone)| *tone != Tone::Plain);
        pieces.map(|(range, tone)| (&line[range], tone)).collect()
    }

    #[test]
    fn a_dockerfile_shows_its_instructions_and_what_they_run() {
        let text = "FROM alpine AS build\n# why\nRUN apk add \\\n  --no-cache $X && echo 'x'\nCOPY --from=build /a /b";
        let language = Language::Dockerfile;
        assert_eq!(toned(language, text, 0), [("FROM", Tone::Keyword), ("AS", Tone::Keyword)]);
        assert_eq!(toned(language, text, 1), [("# why", Tone::Comment)]);
        assert_eq!(toned(language, text, 2)[..2], [("RUN", Tone::Keyword), ("apk", Tone::Name)]);
        assert!(toned(language, text, 3).contains(&("'x'", Tone::Text)));
        assert_eq!(toned(language, text, 4), [("COPY", Tone::Keyword), ("--from=build", Tone::Flag)]);
    }

    #[test]
    fn yaml_shows_its_names() {
        let expected =
            [("  - ", Tone::Operator), ("image", Tone::Name), (":", Tone::Operator), ("\"a:1\"", Tone::Text)];
        assert_eq!(toned(Language::Yaml, "  - image: \"a:1\"", 0), expected);
        assert!(toned(Language::Yaml, "  - 8080:80", 0).iter().all(|(_, tone)| *tone != Tone::Name));
    }

    #[test]
    fn the_language_is_told_by_the_name() {
        for (path, language) in [
            ("/root/app/Dockerfile", Language::Dockerfile),
            ("Dockerfile.prod", Language::Dockerfile),
            ("compose.yaml", Language::Yaml),
            ("app.py", Language::Python),
            ("run.sh", Language::Shell),
            ("notes", Language::Plain),
        ] {
            assert_eq!(Language::of(path), language, "{path}");
        }
    }

    proptest! {
        #[test]
        fn the_pieces_are_the_line(text in "[A-Za-z :#'\"$={}\\\\\n-]{0,60}", language in 0_usize..5) {
            let languages = [Language::Dockerfile, Language::Yaml, Language::Shell, Language::Python, Language::Plain];
            let lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
            for (row, line) in lines.iter().enumerate() {
                let mut end = 0;
                for (range, _) in languages[language].pieces(&lines, row) {
                    prop_assert_eq!(range.start, end);
                    end = range.end;
                }
                prop_assert_eq!(end, line.len());
            }
        }
    }
}
