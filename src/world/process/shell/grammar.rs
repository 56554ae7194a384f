//! The grammar of POSIX 2.10, by recursive descent in the order of dash's parser, so that a wrong program is refused at the same
//! token with the same words. Promises to stop at the end of each complete command, because a shell runs one before it reads the next.

use super::error::{SyntaxError, SyntaxErrorKind};
use super::source::Parser;
use super::syntax::{AndOr, Assignment, CaseArm, Command, CommandKind, Connector, Item, List, Part, Pipeline, Word};
use super::token::{Keyword, Place, Token};
use std::sync::Arc;

type Parse<T> = Result<T, SyntaxError>;

/// Whether `name` can be a variable's name.
pub(super) fn is_name(name: &str) -> bool {
    name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
        && name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit())
}

fn ends_list(token: &Token) -> bool {
    use Keyword::*;
    matches!(
        token,
        Token::End
            | Token::Close
            | Token::EndArm
            | Token::Keyword(Do | Done | Elif | Else | Esac | Fi | Then | EndGroup)
    )
}

impl Parser<'_> {
    /// The next complete command of a program: up to a newline or the end. `None` for a blank line or the end.
    pub(super) fn complete_command(&mut self) -> Parse<Option<Arc<List>>> {
        let mut items = Vec::new();
        loop {
            match self.token(Place::COMMAND)? {
                Token::Newline => break,
                Token::End => {
                    self.push_back(Token::End);
                    break;
                }
                other => self.push_back(other),
            }
            items.push(self.item()?);
            match self.token(Place::WORD)? {
                Token::Semicolon | Token::Background => {}
                Token::Newline => break,
                Token::End => {
                    self.push_back(Token::End);
                    break;
                }
                other => return Err(self.unexpected(&other, None)),
            }
        }
        if self.peek_is_end() {
            // Documents whose text never came.
            self.read_here_documents()?;
        }
        Ok((!items.is_empty()).then(|| Arc::new(List { items })))
    }

    fn peek_is_end(&self) -> bool {
        self.pushed == Some(Token::End)
    }

    /// A list inside another command, up to the keyword or bracket that ends it. At least one command unless `may_be_empty`.
    fn list(&mut self, may_be_empty: bool) -> Parse<Arc<List>> {
        self.enter()?;
        let mut items = Vec::new();
        loop {
            let token = self.peek_token(Place::LATER_COMMAND)?;
            if ends_list(&token) && (may_be_empty || !items.is_empty()) {
                break;
            }
            items.push(self.item()?);
            match self.token(Place::WORD)? {
                Token::Newline | Token::Semicolon | Token::Background => {}
                other => {
                    self.push_back(other);
                    break;
                }
            }
        }
        self.depth -= 1;
        Ok(Arc::new(List { items }))
    }

    /// The list of `$(…)`, with its closing parenthesis.
    pub(super) fn substitution_list(&mut self) -> Parse<Arc<List>> {
        let pushed = self.pushed.take();
        let pending = std::mem::take(&mut self.pending);
        let list = self.list(true)?;
        self.expect(Token::Close, Place::LATER_KEYWORD)?;
        self.pending.splice(0..0, pending);
        self.pushed = pushed;
        Ok(list)
    }

    /// The list that is all of this parser's text: of a backquote substitution.
    pub(super) fn whole_list(&mut self) -> Parse<Arc<List>> {
        // What cannot follow a list ends it: dash and ash let `fi` in backquotes pass.
        let list = self.list(true)?;
        self.read_here_documents()?;
        Ok(list)
    }

    /// A chain and whether `&` ends it, which is looked at but not passed.
    fn item(&mut self) -> Parse<Item> {
        let first = self.pipeline(Place::COMMAND)?;
        let mut rest = Vec::new();
        loop {
            let connector = match self.token(Place::WORD)? {
                Token::And => Connector::And,
                Token::Or => Connector::Or,
                other => {
                    let background = other == Token::Background;
                    self.push_back(other);
                    return Ok(Item { chain: Arc::new(AndOr { first, rest }), background });
                }
            };
            rest.push((connector, self.pipeline(Place::LATER_COMMAND)?));
        }
    }

    fn pipeline(&mut self, place: Place) -> Parse<Pipeline> {
        let first = self.token(place)?;
        let negated = first == Token::Keyword(Keyword::Not);
        if !negated {
            self.push_back(first);
        }
        let mut commands = vec![self.command(Place::COMMAND)?];
        loop {
            match self.token(Place::WORD)? {
                Token::Pipe => commands.push(self.command(Place::LATER_COMMAND)?),
                other => {
                    self.push_back(other);
                    return Ok(Pipeline { negated, commands });
                }
            }
        }
    }

    fn command(&mut self, place: Place) -> Parse<Arc<Command>> {
        self.enter()?;
        let command = self.command_at(place)?;
        self.depth -= 1;
        Ok(command)
    }

    fn command_at(&mut self, place: Place) -> Parse<Arc<Command>> {
        let token = self.token(place)?;
        let line = self.line;
        let kind = match token {
            Token::Keyword(Keyword::If) => self.if_command()?,
            Token::Keyword(keyword @ (Keyword::While | Keyword::Until)) => {
                let condition = self.list(false)?;
                let body = self.body()?;
                CommandKind::Loop { until: keyword == Keyword::Until, condition, body }
            }
            Token::Keyword(Keyword::For) => self.for_command()?,
            Token::Keyword(Keyword::Case) => self.case_command()?,
            Token::Keyword(Keyword::Function) => return self.function_keyword(line),
            Token::Keyword(Keyword::BeginGroup) => {
                let list = self.list(false)?;
                self.expect(Token::Keyword(Keyword::EndGroup), Place::LATER_KEYWORD)?;
                CommandKind::Group(list)
            }
            Token::Open => {
                let list = self.list(false)?;
                self.expect(Token::Close, Place::LATER_KEYWORD)?;
                CommandKind::Subshell(list)
            }
            Token::Word(_) | Token::Redirection(_) => {
                self.push_back(token);
                return self.simple_command(line);
            }
            other => return Err(self.unexpected(&other, None)),
        };
        let mut redirections = Vec::new();
        loop {
            match self.token(Place::KEYWORD)? {
                Token::Redirection(redirection) => redirections.push(redirection),
                other => {
                    self.push_back(other);
                    break;
                }
            }
        }
        Ok(Arc::new(Command { line, kind, redirections }))
    }

    fn if_command(&mut self) -> Parse<CommandKind> {
        let mut branches = Vec::new();
        let mut otherwise = None;
        loop {
            let condition = self.list(false)?;
            self.expect(Token::Keyword(Keyword::Then), Place::LATER_KEYWORD)?;
            branches.push((condition, self.list(false)?));
            match self.token(Place::LATER_KEYWORD)? {
                Token::Keyword(Keyword::Elif) => {}
                Token::Keyword(Keyword::Else) => {
                    otherwise = Some(self.list(false)?);
                    self.expect(Token::Keyword(Keyword::Fi), Place::LATER_KEYWORD)?;
                    break;
                }
                Token::Keyword(Keyword::Fi) => break,
                other => return Err(self.unexpected(&other, Some(&Token::Keyword(Keyword::Fi)))),
            }
        }
        Ok(CommandKind::If { branches, otherwise })
    }

    fn body(&mut self) -> Parse<Arc<List>> {
        self.expect(Token::Keyword(Keyword::Do), Place::LATER_KEYWORD)?;
        let body = self.list(false)?;
        self.expect(Token::Keyword(Keyword::Done), Place::LATER_KEYWORD)?;
        Ok(body)
    }

    fn for_command(&mut self) -> Parse<CommandKind> {
        let name = match self.token(Place::WORD)? {
            Token::Word(word) => word.plain().filter(|name| is_name(name)).map(Arc::from),
            _ => None,
        };
        let Some(name) = name else { return Err(self.error(SyntaxErrorKind::BadLoopVariable)) };
        let mut words = None;
        match self.token(Place::LATER_KEYWORD)? {
            Token::Keyword(Keyword::In) => {
                let mut list = Vec::new();
                loop {
                    match self.token(Place::WORD)? {
                        Token::Word(word) => list.push(word),
                        Token::Newline | Token::Semicolon => break,
                        other => return Err(self.unexpected(&other, None)),
                    }
                }
                words = Some(list);
            }
            // `for x; do`: the semicolon changes nothing.
            Token::Semicolon => {}
            other => self.push_back(other),
        }
        let body = self.body()?;
        Ok(CommandKind::For { name, words, body })
    }

    fn case_command(&mut self) -> Parse<CommandKind> {
        let subject = match self.token(Place::WORD)? {
            Token::Word(word) => word,
            other => return Err(self.unexpected(&other, Some(&Token::Word(Word::default())))),
        };
        self.expect(Token::Keyword(Keyword::In), Place::LATER_KEYWORD)?;
        let mut arms = Vec::new();
        'arms: loop {
            let mut token = self.token(Place::LATER_KEYWORD)?;
            if token == Token::Keyword(Keyword::Esac) {
                break;
            }
            if token == Token::Open {
                token = self.token(Place::WORD)?;
            }
            let mut patterns = Vec::new();
            loop {
                patterns.push(match token {
                    Token::Word(word) => word,
                    Token::Keyword(_) => {
                        // A keyword as a pattern is a word.
                        let name = token.name();
                        Word { parts: Arc::from([Part::Literal(name.trim_matches('"').to_owned())]) }
                    }
                    other => return Err(self.unexpected(&other, None)),
                });
                match self.token(Place::WORD)? {
                    Token::Pipe => token = self.token(Place::WORD)?,
                    Token::Close => break,
                    other => return Err(self.unexpected(&other, Some(&Token::Close))),
                }
            }
            let list = self.list(true)?;
            let body = (!list.items.is_empty()).then_some(list);
            arms.push(CaseArm { patterns, body });
            match self.token(Place::LATER_KEYWORD)? {
                Token::EndArm => {}
                Token::Keyword(Keyword::Esac) => break 'arms,
                other => return Err(self.unexpected(&other, Some(&Token::EndArm))),
            }
        }
        Ok(CommandKind::Case { subject, arms })
    }

    /// `function name [()] body`, an extension of ash.
    fn function_keyword(&mut self, line: u32) -> Parse<Arc<Command>> {
        let name = match self.token(Place::WORD)? {
            Token::Word(word) => word.plain().filter(|name| is_name(name)).map(Arc::from),
            other => return Err(self.unexpected(&other, None)),
        };
        let Some(name) = name else { return Err(self.error(SyntaxErrorKind::BadFunctionName)) };
        match self.token(Place::WORD)? {
            Token::Open => self.expect(Token::Close, Place::WORD)?,
            other => self.push_back(other),
        }
        self.function_body(name, line)
    }

    fn function_body(&mut self, name: Arc<str>, line: u32) -> Parse<Arc<Command>> {
        let body = self.command(Place::LATER_COMMAND)?;
        Ok(Arc::new(Command { line, kind: CommandKind::Function { name, body }, redirections: Vec::new() }))
    }

    fn simple_command(&mut self, line: u32) -> Parse<Arc<Command>> {
        let mut assignments = Vec::new();
        let mut words: Vec<Word> = Vec::new();
        let mut redirections = Vec::new();
        let mut place = Place { skip_newlines: false, keywords: false, aliases: true };
        loop {
            match self.token(place)? {
                Token::Word(word) => {
                    let assignment = if words.is_empty() { as_assignment(&word) } else { None };
                    match assignment {
                        Some(assignment) => assignments.push(assignment),
                        None => {
                            words.push(word);
                            place = Place::WORD;
                        }
                    }
                }
                Token::Redirection(redirection) => redirections.push(redirection),
                Token::Open if words.len() == 1 && assignments.is_empty() && redirections.is_empty() => {
                    self.expect(Token::Close, Place::WORD)?;
                    let name = words[0].plain().filter(|name| is_name(name)).map(Arc::<str>::from);
                    let Some(name) = name else { return Err(self.error(SyntaxErrorKind::BadFunctionName)) };
                    return self.function_body(name, line);
                }
                other => {
                    self.push_back(other);
                    break;
                }
            }
        }
        Ok(Arc::new(Command { line, kind: CommandKind::Simple { assignments, words }, redirections }))
    }
}

/// `word` as an assignment, if it begins with a name and `=`.
pub(super) fn as_assignment(word: &Word) -> Option<Assignment> {
    let Some(Part::Literal(text)) = word.parts.first() else { return None };
    let (name, value) = text.split_once('=')?;
    if !is_name(name) {
        return None;
    }
    let mut parts = Vec::with_capacity(word.parts.len());
    if !value.is_empty() {
        parts.push(Part::Literal(value.to_owned()));
    }
    parts.extend(word.parts[1..].iter().cloned());
    Some(Assignment { name: Arc::from(name), value: Word { parts: parts.into() } })
}
