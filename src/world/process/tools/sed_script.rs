//! The language of `sed`, read into commands.
//!
//! Promises: whatever the text, a script or a message. Labels and blocks are places by number.

use std::collections::BTreeMap;

use ::regex::bytes::{Captures, Regex};

use super::regex::{Reading, compile};

/// The most commands of a script.
const COMMAND_LIMIT: usize = 1000;

/// Which lines a command is for.
#[derive(Clone, Debug)]
pub enum Address {
    Line(u64),
    /// `first~step`
    Step(u64, u64),
    Last,
    Pattern(Regex),
    /// `0,/x/`: the pattern may match on the first line.
    Zero,
    /// `,+4`
    Plus(u64),
    /// `,~4`
    Multiple(u64),
}

/// A command with its addresses.
#[derive(Clone, Debug)]
pub struct Command {
    pub first: Option<Address>,
    pub second: Option<Address>,
    pub negated: bool,
    pub function: Function,
    /// For a block that is not entered: the command behind it.
    pub skip_to: Option<usize>,
}

/// What a command does.
#[derive(Clone, Debug)]
pub enum Function {
    Block,
    Label,
    Substitute(Box<Substitution>),
    Print,
    PrintFirst,
    Delete,
    DeleteFirst,
    /// `q` and `Q`: the exit code, and whether the line is printed.
    Quit(i32, bool),
    Next,
    AppendNext,
    LineNumber,
    Append(String),
    Insert(String),
    Change(String),
    Translate(BTreeMap<char, char>),
    Hold,
    HoldAppend,
    Get,
    GetAppend,
    Exchange,
    Branch(usize),
    /// `t` and `T`: where to, and on which answer.
    BranchIf(usize, bool),
}

/// `s/x/y/`.
#[derive(Clone, Debug)]
pub struct Substitution {
    pub pattern: Regex,
    pub replacement: Vec<Replacement>,
    pub global: bool,
    pub print: bool,
    pub number: u64,
}

/// A piece of what a match is replaced by.
#[derive(Clone, Debug)]
pub enum Replacement {
    Text(String),
    Group(usize),
    /// `\U`, `\L`, `\u`, `\l`, `\E`
    Case(char),
}

impl Replacement {
    /// Adds the replacement of a match.
    pub fn fill(pieces: &[Replacement], found: &Captures<'_>, output: &mut Vec<u8>) {
        let (mut case, mut once) = ('E', 'E');
        for piece in pieces {
            let text = match piece {
                Replacement::Case(letter @ ('u' | 'l')) => {
                    once = *letter;
                    continue;
                }
                Replacement::Case(letter) => {
                    case = *letter;
                    continue;
                }
                Replacement::Text(text) => text.as_bytes(),
                Replacement::Group(number) => found.get(*number).map_or(&[][..], |group| group.as_bytes()),
            };
            let mut text = match case {
                'U' => text.to_ascii_uppercase(),
                'L' => text.to_ascii_lowercase(),
                _ => text.to_vec(),
            };
            if let Some(first) = text.first_mut() {
                match once {
                    'u' => first.make_ascii_uppercase(),
                    'l' => first.make_ascii_lowercase(),
                    _ => {}
                }
                once = 'E';
            }
            output.extend(text);
        }
    }
}

/// A script.
#[derive(Clone, Debug, Default)]
pub struct Script {
    pub commands: Vec<Command>,
    /// Whether its first line is `#n`.
    pub quiet: bool,
}

struct Parser<'t> {
    rest: std::iter::Peekable<std::str::Chars<'t>>,
    extended: bool,
    steps: bool,
    last_pattern: Option<Regex>,
}

impl Script {
    /// Reads a script; `steps` when `first~step` is known, as GNU's sed does.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, extended: bool, steps: bool) -> Result<Script, String> {
        let mut parser = Parser { rest: text.chars().peekable(), extended, steps, last_pattern: None };
        let mut script = Script { quiet: text.lines().next() == Some("#n"), ..Script::default() };
        let mut blocks = Vec::new();
        let mut labels: BTreeMap<String, usize> = BTreeMap::new();
        let mut jumps: Vec<(usize, String)> = Vec::new();
        loop {
            while parser.rest.next_if(|letter| letter.is_whitespace() || *letter == ';').is_some() {}
            if parser.rest.peek().is_none() {
                break;
            }
            if script.commands.len() >= COMMAND_LIMIT {
                return Err(format!("Layerlab reads at most {COMMAND_LIMIT} commands"));
            }
            let first = parser.address()?;
            let mut second = None;
            if first.is_some() && parser.rest.next_if_eq(&',').is_some() {
                second = match parser.rest.peek() {
                    Some('+') => {
                        parser.rest.next();
                        Some(Address::Plus(parser.number().ok_or("expected a number")?))
                    }
                    Some('~') => {
                        parser.rest.next();
                        Some(Address::Multiple(parser.number().ok_or("expected a number")?))
                    }
                    _ => Some(parser.address()?.ok_or("no address after comma")?),
                };
            }
            if matches!(first, Some(Address::Zero)) && !matches!(second, Some(Address::Pattern(_))) {
                return Err("invalid usage of line address 0".to_owned());
            }
            parser.blanks();
            let mut negated = false;
            while parser.rest.next_if_eq(&'!').is_some() {
                negated = true;
                parser.blanks();
            }
            let letter = parser.rest.next().ok_or("missing command")?;
            let at = script.commands.len();
            let function = match letter {
                '#' => {
                    while parser.rest.next_if(|letter| *letter != '\n').is_some() {}
                    continue;
                }
                '{' => {
                    blocks.push(at);
                    Function::Block
                }
                '}' => {
                    let open = blocks.pop().ok_or("unexpected }")?;
                    script.commands[open].skip_to = Some(at);
                    parser.end()?;
                    continue;
                }
                ':' => {
                    labels.insert(parser.word(), at);
                    Function::Label
                }
                'b' | 't' | 'T' => {
                    jumps.push((at, parser.word()));
                    if letter == 'b' { Function::Branch(0) } else { Function::BranchIf(0, letter == 't') }
                }
                's' => Function::Substitute(Box::new(parser.substitution()?)),
                'y' => Function::Translate(parser.translation()?),
                'a' | 'i' | 'c' => {
                    let text = parser.text();
                    match letter {
                        'a' => Function::Append(text),
                        'i' => Function::Insert(text),
                        _ => Function::Change(text),
                    }
                }
                'q' | 'Q' => {
                    parser.blanks();
                    let code = parser.number().and_then(|code| i32::try_from(code).ok()).unwrap_or(0);
                    parser.end()?;
                    Function::Quit(code, letter == 'q')
                }
                other => {
                    let function = match other {
                        'p' => Function::Print,
                        'P' => Function::PrintFirst,
                        'd' => Function::Delete,
                        'D' => Function::DeleteFirst,
                        'n' => Function::Next,
                        'N' => Function::AppendNext,
                        '=' => Function::LineNumber,
                        'h' => Function::Hold,
                        'H' => Function::HoldAppend,
                        'g' => Function::Get,
                        'G' => Function::GetAppend,
                        'x' => Function::Exchange,
                        'r' | 'w' | 'l' | 'e' | 'R' | 'W' | 'F' | 'z' => {
                            return Err(format!("the command {other} is not modelled in Layerlab"));
                        }
                        other => return Err(format!("unsupported command {other}")),
                    };
                    parser.end()?;
                    function
                }
            };
            script.commands.push(Command { first, second, negated, function, skip_to: None });
        }
        if !blocks.is_empty() {
            return Err("unmatched '{'".to_owned());
        }
        let end = script.commands.len();
        for (at, label) in jumps {
            let place = match label.as_str() {
                "" => end,
                label => *labels.get(label).ok_or_else(|| format!("can't find label for jump to '{label}'"))?,
            };
            match &mut script.commands[at].function {
                Function::Branch(to) | Function::BranchIf(to, _) => *to = place,
                _ => {}
            }
        }
        Ok(script)
    }
}

impl Parser<'_> {
    fn blanks(&mut self) {
        while self.rest.next_if(|letter| matches!(letter, ' ' | '\t')).is_some() {}
    }

    fn number(&mut self) -> Option<u64> {
        let mut digits = String::new();
        while let Some(digit) = self.rest.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        digits.parse().ok()
    }

    fn word(&mut self) -> String {
        self.blanks();
        let mut word = String::new();
        while let Some(letter) = self.rest.next_if(|letter| !matches!(letter, '\n' | ';' | '}')) {
            word.push(letter);
        }
        word.trim_end().to_owned()
    }

    /// A command ends at a semicolon, a newline or a brace.
    fn end(&mut self) -> Result<(), String> {
        self.blanks();
        match self.rest.peek() {
            None | Some('\n' | ';' | '}' | '#') => Ok(()),
            Some(_) => Err("unknown option or extra characters after command".to_owned()),
        }
    }

    fn address(&mut self) -> Result<Option<Address>, String> {
        match self.rest.peek() {
            Some('$') => {
                self.rest.next();
                Ok(Some(Address::Last))
            }
            Some(digit) if digit.is_ascii_digit() => {
                let number = self.number().ok_or("number too large")?;
                if self.steps && self.rest.next_if_eq(&'~').is_some() {
                    return Ok(Some(Address::Step(number, self.number().unwrap_or(0))));
                }
                Ok(Some(if number == 0 { Address::Zero } else { Address::Line(number) }))
            }
            Some('/' | '\\') => {
                let delimiter = match self.rest.next() {
                    Some('\\') => self.rest.next().ok_or("unterminated address")?,
                    _ => '/',
                };
                let text = self.delimited(delimiter, true)?;
                let ignore_case = self.rest.next_if_eq(&'I').is_some();
                Ok(Some(Address::Pattern(self.pattern(&text, ignore_case)?)))
            }
            _ => Ok(None),
        }
    }

    /// Everything up to the delimiter; `\` and the delimiter is the delimiter itself.
    fn delimited(&mut self, delimiter: char, in_pattern: bool) -> Result<String, String> {
        let mut text = String::new();
        let mut in_brackets = false;
        loop {
            match self.rest.next().ok_or("unterminated 's' command or address")? {
                '\\' => match self.rest.next() {
                    Some(letter) if letter == delimiter => text.push(letter),
                    Some(letter) => text.extend(['\\', letter]),
                    None => return Err("unterminated 's' command or address".to_owned()),
                },
                letter if letter == delimiter && !in_brackets => return Ok(text),
                letter => {
                    if in_pattern {
                        in_brackets = match letter {
                            '[' => true,
                            ']' if !text.ends_with('[') && !text.ends_with("[^") => false,
                            _ => in_brackets,
                        };
                    }
                    text.push(letter);
                }
            }
        }
    }

    /// An empty pattern is the last one used.
    fn pattern(&mut self, text: &str, ignore_case: bool) -> Result<Regex, String> {
        if text.is_empty() {
            return self.last_pattern.clone().ok_or_else(|| "no previous regular expression".to_owned());
        }
        let pattern = compile(text, Reading { extended: self.extended, ignore_case, ..Reading::default() })?;
        self.last_pattern = Some(pattern.clone());
        Ok(pattern)
    }

    fn substitution(&mut self) -> Result<Substitution, String> {
        let delimiter = self.rest.next().ok_or("unterminated 's' command")?;
        if matches!(delimiter, '\n' | '\\') {
            return Err("unterminated 's' command".to_owned());
        }
        let pattern = self.delimited(delimiter, true)?;
        let replacement = self.delimited(delimiter, false)?;
        let (mut global, mut print, mut number, mut ignore_case) = (false, false, 1, false);
        loop {
            match self.rest.peek() {
                Some('g') => global = true,
                Some('p') => print = true,
                Some('i' | 'I') => ignore_case = true,
                Some(digit) if digit.is_ascii_digit() => {
                    number =
                        self.number().filter(|number| *number > 0).ok_or("number option to 's' may not be zero")?;
                    continue;
                }
                Some('w' | 'e' | 'm' | 'M') => return Err("this option of 's' is not modelled in Layerlab".to_owned()),
                _ => break,
            }
            self.rest.next();
        }
        if self.end().is_err() {
            return Err("unknown option to 's'".to_owned());
        }
        let pattern = self.pattern(&pattern, ignore_case)?;
        let pieces = pieces(&replacement);
        let highest = pieces.iter().map(|piece| if let Replacement::Group(number) = piece { *number } else { 0 }).max();
        if highest.unwrap_or(0) >= pattern.captures_len() {
            return Err(format!("invalid reference \\{} on 's' command's RHS", highest.unwrap_or(0)));
        }
        Ok(Substitution { pattern, replacement: pieces, global, print, number })
    }

    fn translation(&mut self) -> Result<BTreeMap<char, char>, String> {
        let delimiter = self.rest.next().ok_or("unterminated 'y' command")?;
        let clean = |text: String| text.replace("\\n", "\n").replace("\\\\", "\\").chars().collect::<Vec<_>>();
        let from = clean(self.delimited(delimiter, false)?);
        let to = clean(self.delimited(delimiter, false)?);
        if from.len() != to.len() {
            return Err("strings for 'y' command are different lengths".to_owned());
        }
        self.end()?;
        Ok(from.into_iter().zip(to).collect())
    }

    /// The text of `a`, `i` and `c`: the rest of the line, further lines after a backslash.
    fn text(&mut self) -> String {
        self.blanks();
        if self.rest.next_if_eq(&'\\').is_some() {
            self.blanks();
            let _ = self.rest.next_if_eq(&'\n');
        }
        let mut text = String::new();
        while let Some(letter) = self.rest.next() {
            match letter {
                '\n' => break,
                '\\' => text.extend(self.rest.next()),
                letter => text.push(letter),
            }
        }
        text
    }
}

fn pieces(text: &str) -> Vec<Replacement> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        let piece = match letter {
            '&' => Replacement::Group(0),
            '\\' => match letters.next() {
                Some(digit) if digit.is_ascii_digit() => Replacement::Group(digit.to_digit(10).unwrap_or(0) as usize),
                Some(case @ ('U' | 'L' | 'E' | 'u' | 'l')) => Replacement::Case(case),
                Some('n') => {
                    plain.push('\n');
                    continue;
                }
                Some('t') => {
                    plain.push('\t');
                    continue;
                }
                Some(other) => {
                    plain.push(other);
                    continue;
                }
                None => continue,
            },
            letter => {
                plain.push(letter);
                continue;
            }
        };
        if !plain.is_empty() {
            pieces.push(Replacement::Text(std::mem::take(&mut plain)));
        }
        pieces.push(piece);
    }
    if !plain.is_empty() {
        pieces.push(Replacement::Text(plain));
    }
    pieces
}
