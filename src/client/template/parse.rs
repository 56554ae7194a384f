//! From tokens to the tree of a template, as the parser of Go's `text/template/parse` builds it.
//!
//! Promises: the same trees, positions and error texts, and a limit on nesting. Must not know what functions do, only
//! their names.

use super::super::units::go_quote;
use super::functions::is_function;
use super::lex::{Kind, Token, lex};
use super::literal::{number, unquote};
use super::tree::{Command, Node, Operand, Pipe, Term, Trees};

/// How deep actions and parentheses may be nested.
const DEPTH_MAX: usize = 100;

/// Reads a template. The error is what follows `template: :LINE: `, with its line.
pub(super) fn parse(text: &str) -> Result<Trees, (usize, String)> {
    let mut parser = Parser {
        tokens: lex(text),
        next: 0,
        variables: vec!["$".to_owned()],
        trees: Trees::default(),
        depth: 0,
        ranges: 0,
        action_line: 0,
    };
    let (main, end) = parser.list()?;
    if let Some(end) = end {
        return Err((end.line, format!("unexpected {}", end.shown_clause())));
    }
    parser.trees.main = main;
    Ok(parser.trees)
}

/// What ended a list of nodes.
struct Clause {
    word: &'static str,
    line: usize,
}

impl Clause {
    fn shown_clause(&self) -> String {
        format!("{{{{{}}}}}", self.word)
    }
}

/// The result of reading; an error has its line.
pub(super) type Parsing<T> = Result<T, (usize, String)>;

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    variables: Vec<String>,
    trees: Trees,
    depth: usize,
    ranges: usize,
    action_line: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        // The list always ends with `End` or `Error`, where reading stays.
        &self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    fn take(&mut self) -> Token {
        let token = self.peek().clone();
        self.next += 1;
        token
    }

    fn skip_space(&mut self) {
        while self.peek().kind == Kind::Space {
            self.next += 1;
        }
    }

    fn take_word(&mut self) -> Token {
        self.skip_space();
        self.take()
    }

    fn unexpected<T>(&self, token: &Token, context: &str) -> Parsing<T> {
        if token.kind == Kind::Error {
            let mut extra = String::new();
            if self.action_line != 0 && self.action_line != token.line {
                let words = if token.text.ends_with(" action") { "" } else { " in action" };
                extra = format!("{words} started at :{}", self.action_line);
            }
            return Err((token.line, format!("{}{extra}", token.text)));
        }
        Err((token.line, format!("unexpected {} in {context}", token.shown())))
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Parsing<Token> {
        let token = self.take_word();
        if token.kind == kind { Ok(token) } else { self.unexpected(&token, context) }
    }

    fn deeper(&mut self) -> Parsing<()> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err((self.peek().line, format!("nested more than {DEPTH_MAX} deep, which is Layerlab's limit")));
        }
        Ok(())
    }

    /// Nodes up to the end of the text, or to an `{{end}}` or `{{else}}`.
    fn list(&mut self) -> Parsing<(Vec<Node>, Option<Clause>)> {
        self.deeper()?;
        let mut nodes = Vec::new();
        loop {
            let token = self.take();
            match token.kind {
                Kind::End => {
                    self.depth -= 1;
                    return Ok((nodes, None));
                }
                Kind::Text => nodes.push(Node::Text(token.text)),
                Kind::Open => {
                    self.action_line = token.line;
                    self.skip_space();
                    match self.action()? {
                        Ok(node) => nodes.extend(node),
                        Err(clause) => {
                            self.depth -= 1;
                            return Ok((nodes, Some(clause)));
                        }
                    }
                    self.action_line = 0;
                }
                _ => return self.unexpected(&token, "input"),
            }
        }
    }

    fn action(&mut self) -> Parsing<Result<Option<Node>, Clause>> {
        if self.peek().kind != Kind::Keyword {
            return Ok(Ok(Some(Node::Action(self.pipeline("command", Kind::Close)?))));
        }
        let token = self.take();
        let node = match token.text.as_str() {
            "end" => {
                self.expect(Kind::Close, "end")?;
                return Ok(Err(Clause { word: "end", line: token.line }));
            }
            "else" => {
                self.skip_space();
                // `{{else if}}` and `{{else with}}` are left for the caller to read as a nested action.
                if !matches!(self.peek().text.as_str(), "if" | "with") || self.peek().kind != Kind::Keyword {
                    self.expect(Kind::Close, "else")?;
                }
                return Ok(Err(Clause { word: "else", line: token.line }));
            }
            "if" => {
                let (pipe, then, otherwise) = self.control("if")?;
                Node::If { pipe, then, otherwise }
            }
            "with" => {
                let (pipe, then, otherwise) = self.control("with")?;
                Node::With { pipe, then, otherwise }
            }
            "range" => {
                let (pipe, body, otherwise) = self.control("range")?;
                Node::Range { pipe, body, otherwise }
            }
            word @ ("break" | "continue") => {
                let after = self.take_word();
                if after.kind != Kind::Close {
                    return self.unexpected(&after, &format!("{{{{{word}}}}}"));
                }
                if self.ranges == 0 {
                    return Err((token.line, format!("{{{{{word}}}}} outside {{{{range}}}}")));
                }
                if word == "break" { Node::Break } else { Node::Continue }
            }
            "template" => {
                let (position, name) = self.template_name("template clause")?;
                let pipe = self.optional_pipe("template clause")?;
                Node::Template { position, name, pipe }
            }
            "block" => {
                let (position, name) = self.template_name("block clause")?;
                let pipe = self.pipeline("block clause", Kind::Close)?;
                let body = self.definition("block clause")?;
                self.trees.defined.entry(name.clone()).or_insert(body);
                Node::Template { position, name, pipe: Some(pipe) }
            }
            "define" => {
                if self.depth > 1 {
                    return self.unexpected(&token, "command");
                }
                let (_, name) = self.template_name("define clause")?;
                self.expect(Kind::Close, "define clause")?;
                let body = self.definition("define clause")?;
                self.trees.defined.insert(name, body);
                return Ok(Ok(None));
            }
            _ => return self.unexpected(&token, "command"),
        };
        Ok(Ok(Some(node)))
    }

    fn template_name(&mut self, context: &str) -> Parsing<(usize, String)> {
        let token = self.take_word();
        match token.kind {
            Kind::Quoted | Kind::Raw => Ok((token.position, unquote(&token)?)),
            _ => self.unexpected(&token, context),
        }
    }

    fn optional_pipe(&mut self, context: &str) -> Parsing<Option<Pipe>> {
        self.skip_space();
        if self.peek().kind == Kind::Close {
            self.next += 1;
            return Ok(None);
        }
        self.pipeline(context, Kind::Close).map(Some)
    }

    /// The body of a definition, which sees no variables from outside.
    fn definition(&mut self, context: &str) -> Parsing<Vec<Node>> {
        let outside = std::mem::replace(&mut self.variables, vec!["$".to_owned()]);
        let ranges = std::mem::take(&mut self.ranges);
        let (body, end) = self.list()?;
        self.variables = outside;
        self.ranges = ranges;
        match end {
            Some(clause) if clause.word == "end" => Ok(body),
            Some(clause) => Err((clause.line, format!("unexpected {} in {context}", clause.shown_clause()))),
            None => Err((self.peek().line, "unexpected EOF".to_owned())),
        }
    }

    fn control(&mut self, word: &'static str) -> Parsing<(Pipe, Vec<Node>, Vec<Node>)> {
        let scope = self.variables.len();
        let pipe = self.pipeline(word, Kind::Close)?;
        let is_range = usize::from(word == "range");
        self.ranges += is_range;
        let (then, end) = self.list()?;
        self.ranges -= is_range;
        let mut otherwise = Vec::new();
        let end = match end {
            Some(clause) if clause.word == "else" => {
                if self.peek().kind == Kind::Keyword {
                    // An `{{else if}}` shares its `{{end}}` with the `{{if}}` it belongs to.
                    let inner = self.peek().text.clone();
                    if inner != word {
                        let token = self.peek().clone();
                        return self.unexpected(&token, "input");
                    }
                    self.deeper()?;
                    self.next += 1;
                    let (pipe, then, rest) = self.control(word)?;
                    self.depth -= 1;
                    otherwise.push(match word {
                        "if" => Node::If { pipe, then, otherwise: rest },
                        _ => Node::With { pipe, then, otherwise: rest },
                    });
                    self.variables.truncate(scope);
                    None
                } else {
                    let (list, end) = self.list()?;
                    otherwise = list;
                    match end {
                        Some(clause) if clause.word == "else" => {
                            return Err((clause.line, "expected end; found {{else}}".to_owned()));
                        }
                        Some(_) => None,
                        None => Some(()),
                    }
                }
            }
            Some(_) => None,
            None => Some(()),
        };
        if end.is_some() {
            return Err((self.peek().line, "unexpected EOF".to_owned()));
        }
        self.variables.truncate(scope);
        Ok((pipe, then, otherwise))
    }

    fn pipeline(&mut self, context: &str, end: Kind) -> Parsing<Pipe> {
        self.deeper()?;
        self.skip_space();
        let mut pipe =
            Pipe { position: self.peek().position, variables: Vec::new(), assigns: false, commands: Vec::new() };
        self.declarations(&mut pipe, context)?;
        loop {
            self.skip_space();
            let token = self.peek().clone();
            if token.kind == end {
                self.next += 1;
                self.check(&pipe, context, token.line)?;
                self.depth -= 1;
                return Ok(pipe);
            }
            match token.kind {
                Kind::Bool
                | Kind::CharacterConstant
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::Raw
                | Kind::Quoted
                | Kind::Variable
                | Kind::LeftParenthesis => {
                    let command = self.command()?;
                    pipe.commands.push(command);
                }
                _ => return self.unexpected(&token, context),
            }
        }
    }

    fn declarations(&mut self, pipe: &mut Pipe, context: &str) -> Parsing<()> {
        while self.peek().kind == Kind::Variable {
            let start = self.next;
            let variable = self.take();
            self.skip_space();
            let token = self.peek().clone();
            match token.kind {
                Kind::Declare | Kind::Assign => {
                    self.next += 1;
                    pipe.assigns = token.kind == Kind::Assign;
                    if !pipe.assigns {
                        self.variables.push(variable.text.clone());
                    }
                    pipe.variables.push(variable.text);
                    self.skip_space();
                    return Ok(());
                }
                Kind::Character if token.text == "," => {
                    if context != "range" || !pipe.variables.is_empty() {
                        return Err((token.line, format!("too many declarations in {context}")));
                    }
                    self.next += 1;
                    self.variables.push(variable.text.clone());
                    pipe.variables.push(variable.text);
                    self.skip_space();
                    if self.peek().kind != Kind::Variable {
                        return Err((token.line, "range can only initialize variables".to_owned()));
                    }
                }
                _ => {
                    self.next = start;
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn check(&self, pipe: &Pipe, context: &str, line: usize) -> Parsing<()> {
        if pipe.commands.is_empty() {
            return Err((line, format!("missing value for {context}")));
        }
        for (stage, command) in pipe.commands.iter().enumerate().skip(1) {
            let first = command.operands.first().map(|operand| &operand.term);
            let constant = matches!(
                first,
                Some(Term::Bool(_) | Term::Dot | Term::Nil | Term::Number { .. } | Term::Quoted { .. })
            );
            if constant {
                return Err((line, format!("non executable command in pipeline stage {}", stage + 1)));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Parsing<Command> {
        self.skip_space();
        let mut command = Command { position: self.peek().position, operands: Vec::new() };
        loop {
            self.skip_space();
            if let Some(operand) = self.operand()? {
                command.operands.push(operand);
            }
            let token = self.take();
            match token.kind {
                Kind::Space => continue,
                Kind::Close | Kind::RightParenthesis => self.next -= 1,
                Kind::Pipe => {}
                _ => return self.unexpected(&token, "operand"),
            }
            break;
        }
        if command.operands.is_empty() {
            return Err((self.peek().line, "empty command".to_owned()));
        }
        Ok(command)
    }

    fn operand(&mut self) -> Parsing<Option<Operand>> {
        let Some(operand) = self.term()? else { return Ok(None) };
        if self.peek().kind != Kind::Field {
            return Ok(Some(operand));
        }
        let position = self.peek().position;
        let mut names = Vec::new();
        while self.peek().kind == Kind::Field {
            names.push(self.take().text[1..].to_owned());
        }
        let term = match operand.term {
            Term::Field(mut fields) => {
                fields.extend(names);
                Term::Field(fields)
            }
            Term::Variable(mut fields) => {
                fields.extend(names);
                Term::Variable(fields)
            }
            Term::Bool(_) | Term::Quoted { .. } | Term::Number { .. } | Term::Nil | Term::Dot => {
                let line = self.peek().line;
                return Err((line, format!("unexpected . after term {}", go_quote(&operand.to_string()))));
            }
            _ => Term::Chain(Box::new(operand), names),
        };
        Ok(Some(Operand { position, term }))
    }

    fn term(&mut self) -> Parsing<Option<Operand>> {
        self.skip_space();
        let token = self.take();
        let term = match token.kind {
            Kind::Identifier if !is_function(&token.text) => {
                return Err((token.line, format!("function {} not defined", go_quote(&token.text))));
            }
            Kind::Identifier => Term::Function(token.text),
            Kind::Dot => Term::Dot,
            Kind::Nil => Term::Nil,
            Kind::Bool => Term::Bool(token.text == "true"),
            Kind::Variable if !self.variables.contains(&token.text) => {
                return Err((token.line, format!("undefined variable {}", go_quote(&token.text))));
            }
            Kind::Variable => Term::Variable(vec![token.text]),
            Kind::Field => Term::Field(vec![token.text[1..].to_owned()]),
            Kind::Number | Kind::CharacterConstant => number(&token)?,
            Kind::Quoted | Kind::Raw => Term::Quoted { text: unquote(&token)?, source: token.text },
            Kind::LeftParenthesis => {
                let pipe = self.pipeline("parenthesized pipeline", Kind::RightParenthesis)?;
                Term::Pipe(Box::new(pipe))
            }
            _ => {
                self.next -= 1;
                return Ok(None);
            }
        };
        Ok(Some(Operand { position: token.position, term }))
    }
}
