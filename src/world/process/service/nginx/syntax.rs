//! nginx's configuration language: directives, blocks, includes.
//!
//! Promises: an answer or nginx's own error, with file and line, for any text. Must not know what directives mean.

/// A directive: its words, and what is in its braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    pub file: String,
    pub line: usize,
    pub name: String,
    pub words: Vec<String>,
    pub block: Option<Vec<Directive>>,
}

/// What nginx says of a configuration that it cannot use; the text goes behind `[emerg] `.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emergency(pub String);

/// How deep blocks and includes may stand in each other.
const DEPTH: usize = 16;
/// Most directives of a configuration.
const DIRECTIVES: usize = 10_000;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Open,
    Close,
    End,
}

/// Reads a file of directives. `include` gives the files that a pattern names, with their texts.
///
/// # Errors
/// As nginx words them.
pub fn read(
    file: &str,
    text: &str,
    include: &mut dyn FnMut(&str) -> Result<Vec<(String, String)>, Emergency>,
) -> Result<Vec<Directive>, Emergency> {
    let mut budget = DIRECTIVES;
    read_file(file, text, include, DEPTH, &mut budget)
}

fn read_file(
    file: &str,
    text: &str,
    include: &mut dyn FnMut(&str) -> Result<Vec<(String, String)>, Emergency>,
    depth: usize,
    budget: &mut usize,
) -> Result<Vec<Directive>, Emergency> {
    let tokens = tokens(file, text)?;
    let mut rest = tokens.as_slice();
    let directives = block(file, &mut rest, include, depth, budget, false)?;
    Ok(directives)
}

fn block(
    file: &str,
    rest: &mut &[(Token, usize)],
    include: &mut dyn FnMut(&str) -> Result<Vec<(String, String)>, Emergency>,
    depth: usize,
    budget: &mut usize,
    inside: bool,
) -> Result<Vec<Directive>, Emergency> {
    let mut directives = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut begun = 1;
    loop {
        let Some(((token, line), after)) = rest.split_first() else {
            return match inside || !words.is_empty() {
                true => Err(Emergency(format!(
                    "unexpected end of file, expecting \"{}\" in {file}:{begun}",
                    if inside { "}" } else { ";\" or \"}" }
                ))),
                false => Ok(directives),
            };
        };
        *rest = after;
        begun = *line;
        match token {
            Token::Word(word) => words.push(word.clone()),
            Token::Close if !words.is_empty() => return Err(Emergency(format!("unexpected \"}}\" in {file}:{line}"))),
            Token::Close if inside => return Ok(directives),
            Token::Close => return Err(Emergency(format!("unexpected \"}}\" in {file}:{line}"))),
            Token::End | Token::Open if words.is_empty() => {
                let sign = if *token == Token::End { ";" } else { "{" };
                return Err(Emergency(format!("unexpected \"{sign}\" in {file}:{line}")));
            }
            Token::End | Token::Open => {
                *budget = budget.checked_sub(1).ok_or(Emergency(format!("too many directives in {file}:{line}")))?;
                let deeper =
                    depth.checked_sub(1).ok_or(Emergency(format!("too many nested blocks in {file}:{line}")))?;
                let mut all = std::mem::take(&mut words);
                let name = all.remove(0);
                if name == "include" && *token == Token::End {
                    for (inner, text) in include(all.first().map_or("", String::as_str))? {
                        directives.extend(read_file(&inner, &text, include, deeper, budget)?);
                    }
                    continue;
                }
                let block = match token {
                    Token::Open => Some(block(file, rest, include, deeper, budget, true)?),
                    _ => None,
                };
                directives.push(Directive { file: file.to_owned(), line: *line, name, words: all, block });
            }
        }
    }
}

fn tokens(file: &str, text: &str) -> Result<Vec<(Token, usize)>, Emergency> {
    let (mut tokens, mut line) = (Vec::new(), 1);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        match first {
            '\n' => {
                line += 1;
                rest = &rest[1..];
            }
            sign if sign.is_whitespace() => rest = &rest[sign.len_utf8()..],
            '#' => rest = rest.find('\n').map_or("", |end| &rest[end..]),
            '{' | '}' | ';' => {
                tokens.push((
                    if first == '{' {
                        Token::Open
                    } else if first == '}' {
                        Token::Close
                    } else {
                        Token::End
                    },
                    line,
                ));
                rest = &rest[1..];
            }
            '"' | '\'' => {
                let Some(end) = rest[1..].find(first) else {
                    return Err(Emergency(format!(
                        "unexpected end of file, expecting \";\" or \"}}\" in {file}:{line}"
                    )));
                };
                let word = &rest[1..=end];
                tokens.push((Token::Word(word.to_owned()), line));
                line += word.matches('\n').count();
                rest = &rest[end + 2..];
            }
            _ => {
                // A brace behind a dollar sign belongs to a variable's name.
                let mut end = rest.len();
                let mut before = ' ';
                for (at, sign) in rest.char_indices() {
                    if sign.is_whitespace() || sign == ';' || (sign == '{' && before != '$') {
                        end = at;
                        break;
                    }
                    if sign == '}' && !rest[..at].contains("${") {
                        end = at;
                        break;
                    }
                    before = sign;
                }
                tokens.push((Token::Word(rest[..end].to_owned()), line));
                rest = &rest[end..];
            }
        }
    }
    Ok(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(text: &str) -> Result<Vec<Directive>, Emergency> {
        read("/etc/nginx/nginx.conf", text, &mut |_| Ok(Vec::new()))
    }

    #[test]
    fn directives_have_words_and_blocks() {
        let read = plain("# one\nhttp {\n  server { listen 80; set $x \"a b\"; }\n}\n").expect("it is right");
        let server = &read[0].block.as_ref().expect("a block")[0];
        assert_eq!((server.name.as_str(), server.line), ("server", 3));
        assert_eq!(server.block.as_ref().expect("a block")[1].words, ["$x", "a b"]);
    }

    #[test]
    fn what_is_wrong_is_said_as_nginx_says_it() {
        let said = |text: &str| plain(text).expect_err("it is wrong").0;
        assert_eq!(said("http {\n  ;\n}"), "unexpected \";\" in /etc/nginx/nginx.conf:2");
        assert_eq!(said("}\n"), "unexpected \"}\" in /etc/nginx/nginx.conf:1");
        assert_eq!(said("http {\n"), "unexpected end of file, expecting \"}\" in /etc/nginx/nginx.conf:1");
        assert!(said("listen 80").starts_with("unexpected end of file, expecting \";\" or \"}\""));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[a-z{};\"'# \n$/.:]{0,200}") {
            let _ = plain(&text);
        }
    }
}
