//! Reads an awk program by the grammar of POSIX: rules, functions and statements. Expressions are in `expression`.
//! Promises a tree, or where the text is wrong; bounded depth. Knows nothing of running.

mod expression;

use std::collections::BTreeMap;

use super::lexer::{Token, tokens};
use super::syntax::{Expression, Function, Pattern, Place, Program, Redirection, Rule, Statement, Variable};
use super::value::Variant;
use super::{Mistake, Wrong};

/// How deep statements and expressions may be nested.
const DEEPEST: u32 = 200;

/// Reads a program; `globals` are the variables that the machine knows, by number.
///
/// # Errors
/// Where the text is wrong.
pub fn parse(text: &str, globals: &[&str], variant: Variant) -> Result<Program, Wrong> {
    let mut parser = Parser {
        variant,
        tokens: tokens(text, variant)?,
        at: 0,
        blocks: 0,
        depth: 0,
        globals: globals.iter().enumerate().map(|(number, name)| ((*name).to_owned(), number)).collect(),
        locals: BTreeMap::new(),
        called: Vec::new(),
        without_in: false,
        without_greater: false,
    };
    let mut program = parser.program()?;
    let mut names: Vec<(String, usize)> = parser.globals.into_iter().collect();
    names.sort_by_key(|(_, number)| *number);
    program.globals = names.into_iter().map(|(name, _)| name).collect();
    for (name, line) in parser.called {
        if !program.functions.iter().any(|function| function.name == name) {
            return Err(Wrong { line, what: Mistake::Undefined(name) });
        }
    }
    Ok(program)
}

struct Parser {
    variant: Variant,
    /// How many blocks are open.
    blocks: u32,
    tokens: Vec<(Token, u32)>,
    at: usize,
    depth: u32,
    globals: BTreeMap<String, usize>,
    /// The parameters of the function that is being read.
    locals: BTreeMap<String, usize>,
    /// Functions that are called, with the line.
    called: Vec<(String, u32)>,
    /// `in` belongs to `for`.
    without_in: bool,
    /// `>` belongs to `print`.
    without_greater: bool,
}

type Read<T> = Result<T, Wrong>;

impl Parser {
    fn peek(&self) -> &Token {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> &Token {
        self.tokens.get(self.at + ahead).map_or(&Token::End, |(token, _)| token)
    }

    fn line(&self) -> u32 {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(1, |(_, line)| *line)
    }

    fn take(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn is_mark(&self, mark: &str) -> bool {
        matches!(self.peek(), Token::Mark(found) if *found == mark)
    }

    fn is_keyword(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Keyword(found) if *found == word)
    }

    fn accept(&mut self, mark: &str) -> bool {
        let is_there = self.is_mark(mark);
        self.at += usize::from(is_there);
        is_there
    }

    fn accept_keyword(&mut self, word: &str) -> bool {
        let is_there = self.is_keyword(word);
        self.at += usize::from(is_there);
        is_there
    }

    fn demand(&mut self, mark: &str) -> Read<()> {
        if self.accept(mark) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> Wrong {
        let what = match self.peek() {
            Token::End if self.blocks > 0 => Mistake::Unfinished,
            token => Mistake::Unexpected(token.shown()),
        };
        Wrong { line: self.line(), what }
    }

    fn skip_newlines(&mut self) {
        while *self.peek() == Token::Newline {
            self.at += 1;
        }
    }

    fn skip_terminators(&mut self) {
        while *self.peek() == Token::Newline || self.is_mark(";") {
            self.at += 1;
        }
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Parser) -> Read<T>) -> Read<T> {
        self.depth += 1;
        if self.depth > DEEPEST {
            let what = format!("Layerlab reads programs nested at most {DEEPEST} levels deep");
            return Err(Wrong { line: self.line(), what: Mistake::Limit(what) });
        }
        let found = read(self);
        self.depth -= 1;
        found
    }

    fn variable(&mut self, name: String) -> Variable {
        if let Some(number) = self.locals.get(&name) {
            return Variable::Local(*number);
        }
        let next = self.globals.len();
        Variable::Global(*self.globals.entry(name).or_insert(next))
    }

    fn program(&mut self) -> Read<Program> {
        let mut program = Program::default();
        self.skip_terminators();
        while *self.peek() != Token::End {
            if self.accept_keyword("function") || self.accept_keyword("func") {
                let function = self.function()?;
                program.functions.push(function);
            } else {
                let rule = self.rule()?;
                program.rules.push(rule);
            }
            self.skip_terminators();
        }
        Ok(program)
    }

    fn function(&mut self) -> Read<Function> {
        let (Token::Name(name) | Token::Called(name)) = self.take() else {
            self.at -= 1;
            return Err(self.unexpected());
        };
        self.demand("(")?;
        self.locals.clear();
        while !self.accept(")") {
            self.skip_newlines();
            let Token::Name(parameter) = self.take() else {
                self.at -= 1;
                return Err(self.unexpected());
            };
            let number = self.locals.len();
            self.locals.insert(parameter, number);
            self.skip_newlines();
            if !self.is_mark(")") {
                self.demand(",")?;
            }
        }
        self.skip_newlines();
        let body = self.block()?;
        let parameters = self.locals.len();
        self.locals.clear();
        Ok(Function { name, parameters, body })
    }

    fn rule(&mut self) -> Read<Rule> {
        let pattern = if self.accept_keyword("BEGIN") {
            Pattern::Begin
        } else if self.accept_keyword("END") {
            Pattern::End
        } else if self.is_mark("{") {
            Pattern::Always
        } else {
            let first = self.expression()?;
            if self.accept(",") {
                self.skip_newlines();
                Pattern::Range(first, self.expression()?)
            } else {
                Pattern::When(first)
            }
        };
        if self.is_mark("{") {
            return Ok(Rule { pattern, action: Some(self.block()?) });
        }
        match pattern {
            // These have to say what is to be done.
            Pattern::Begin | Pattern::End => Err(self.unexpected()),
            pattern if matches!(self.peek(), Token::Newline | Token::End) || self.is_mark(";") => {
                Ok(Rule { pattern, action: None })
            }
            _ => Err(self.unexpected()),
        }
    }

    fn block(&mut self) -> Read<Vec<Statement>> {
        self.demand("{")?;
        self.blocks += 1;
        let mut statements = Vec::new();
        self.skip_terminators();
        while !self.accept("}") {
            let statement = self.statement()?;
            statements.push(statement);
            self.skip_terminators();
        }
        self.blocks -= 1;
        Ok(statements)
    }

    /// The statement that a condition or loop holds, or nothing.
    fn body(&mut self) -> Read<Vec<Statement>> {
        self.skip_newlines();
        if self.accept(";") {
            return Ok(Vec::new());
        }
        Ok(vec![self.statement()?])
    }

    fn statement(&mut self) -> Read<Statement> {
        self.deeper(Parser::statement_here)
    }

    fn statement_here(&mut self) -> Read<Statement> {
        if self.is_mark("{") {
            return Ok(Statement::Block(self.block()?));
        }
        let Token::Keyword(keyword) = *self.peek() else {
            let statement = self.simple()?;
            self.end_of_statement()?;
            return Ok(statement);
        };
        match keyword {
            "if" => {
                self.at += 1;
                let condition = self.condition()?;
                let then = self.body()?;
                let before = self.at;
                self.skip_terminators();
                if self.accept_keyword("else") {
                    return Ok(Statement::If(condition, then, self.body()?));
                }
                self.at = before;
                Ok(Statement::If(condition, then, Vec::new()))
            }
            "while" => {
                self.at += 1;
                let condition = self.condition()?;
                Ok(Statement::While(condition, self.body()?))
            }
            "do" => {
                self.at += 1;
                let body = self.body()?;
                self.skip_terminators();
                if !self.accept_keyword("while") {
                    return Err(self.unexpected());
                }
                let condition = self.condition()?;
                self.end_of_statement()?;
                Ok(Statement::Do(body, condition))
            }
            "for" => {
                self.at += 1;
                self.for_statement()
            }
            _ => {
                let statement = self.simple()?;
                self.end_of_statement()?;
                Ok(statement)
            }
        }
    }

    fn condition(&mut self) -> Read<Expression> {
        self.demand("(")?;
        let condition = self.expression()?;
        self.demand(")")?;
        Ok(condition)
    }

    fn for_statement(&mut self) -> Read<Statement> {
        self.demand("(")?;
        if let (Token::Name(name), Token::Keyword("in"), Token::Name(array), Token::Mark(")")) =
            (self.peek().clone(), self.peek_at(1), self.peek_at(2).clone(), self.peek_at(3))
        {
            self.at += 4;
            let (variable, array) = (self.variable(name), self.variable(array));
            return Ok(Statement::ForIn(variable, array, self.body()?));
        }
        let first = if self.is_mark(";") { None } else { Some(Box::new(self.simple()?)) };
        self.demand(";")?;
        self.skip_newlines();
        let condition = if self.is_mark(";") { None } else { Some(self.expression()?) };
        self.demand(";")?;
        self.skip_newlines();
        let step = if self.is_mark(")") { None } else { Some(Box::new(self.simple()?)) };
        self.demand(")")?;
        Ok(Statement::For(first, condition, step, self.body()?))
    }

    fn end_of_statement(&mut self) -> Read<()> {
        match self.peek() {
            Token::Newline | Token::Mark(";") => self.at += 1,
            Token::Mark("}") | Token::End => {}
            _ => return Err(self.unexpected()),
        }
        Ok(())
    }

    fn at_end_of_statement(&self) -> bool {
        matches!(self.peek(), Token::Newline | Token::End | Token::Mark(";" | "}" | ")"))
    }

    fn simple(&mut self) -> Read<Statement> {
        let Token::Keyword(keyword) = *self.peek() else { return Ok(Statement::Expression(self.expression()?)) };
        if matches!(keyword, "getline") {
            return Ok(Statement::Expression(self.expression()?));
        }
        self.at += 1;
        let value = |parser: &mut Parser| {
            if parser.at_end_of_statement() { Ok(None) } else { parser.expression().map(Some) }
        };
        Ok(match keyword {
            "break" => Statement::Break,
            "continue" => Statement::Continue,
            "next" => Statement::Next,
            "nextfile" => Statement::NextFile,
            "exit" => Statement::Exit(value(self)?),
            "return" => Statement::Return(value(self)?),
            "delete" => {
                let Token::Name(name) = self.take() else {
                    self.at -= 1;
                    return Err(self.unexpected());
                };
                let array = self.variable(name);
                if !self.accept("[") {
                    return Ok(Statement::Delete(array, None));
                }
                let key = self.expressions()?;
                self.demand("]")?;
                Statement::Delete(array, Some(key))
            }
            "print" | "printf" => self.print(keyword == "printf")?,
            _ => {
                self.at -= 1;
                return Err(self.unexpected());
            }
        })
    }

    fn print(&mut self, formatted: bool) -> Read<Statement> {
        let outer = std::mem::replace(&mut self.without_greater, true);
        let is_target = |parser: &Parser| parser.is_mark(">") || parser.is_mark(">>") || parser.is_mark("|");
        let mut values = Vec::new();
        if !self.at_end_of_statement() && !is_target(self) {
            values = self.expressions()?;
            if let [Expression::List(_)] = values.as_slice()
                && let Some(Expression::List(list)) = values.pop()
            {
                values = list;
            }
        }
        let redirection = match self.peek() {
            Token::Mark(">") => Some(Redirection::File),
            Token::Mark(">>") => Some(Redirection::Append),
            Token::Mark("|") => Some(Redirection::Pipe),
            _ => None,
        };
        let target = match redirection {
            None => None,
            Some(redirection) => {
                self.at += 1;
                Some((redirection, self.target_name()?))
            }
        };
        self.without_greater = outer;
        if formatted && values.is_empty() {
            return Err(self.unexpected());
        }
        Ok(Statement::Print { values, formatted, target })
    }

    fn expressions(&mut self) -> Read<Vec<Expression>> {
        let mut list = vec![self.expression()?];
        while self.accept(",") {
            self.skip_newlines();
            list.push(self.expression()?);
        }
        Ok(list)
    }

    /// What can be assigned to.
    fn place(&self, expression: Expression) -> Read<Place> {
        match expression {
            Expression::Place(place) => Ok(place),
            _ => Err(self.unexpected()),
        }
    }
}
