//! Reads the statements of a Python program.
//!
//! Promises: an answer or an error for any text, in bounded depth; what is right Python and not modelled is told apart from what is
//! wrong; what another version of the language does not have is wrong in that version. Must not know what statements do.

use std::sync::Arc;

use super::lex::{SourceError, Token, TokenKind, tokens};
use super::syntax::{Block, Expression, Function, Handler, Operator, Place, Statement, StatementKind};

/// The deepest that statements and expressions may stand in each other.
pub(super) const DEPTH_LIMIT: usize = 60;

/// A version of the language: 3 and this.
pub type Minor = u32;

/// Reads a program as a version of the language does.
///
/// # Errors
/// The first mistake, or the first statement that is not modelled.
pub fn parse(source: &str, version: Minor) -> Result<Block, SourceError> {
    let tokens = tokens(source)?;
    let mut parser = Parser { tokens, at: 0, depth: 0, version };
    let mut statements = Vec::new();
    while parser.kind() != &TokenKind::End {
        parser.statement(&mut statements)?;
    }
    Ok(statements.into())
}

pub(super) struct Parser {
    pub(super) tokens: Vec<Token>,
    pub(super) at: usize,
    pub(super) depth: usize,
    pub(super) version: Minor,
}

impl Parser {
    pub(super) fn kind(&self) -> &TokenKind {
        self.tokens.get(self.at).map_or(&TokenKind::End, |token| &token.kind)
    }

    pub(super) fn place(&self) -> Place {
        self.tokens.get(self.at).or(self.tokens.last()).map_or_else(Place::default, |token| token.place)
    }

    pub(super) fn before(&self) -> Place {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or_else(Place::default, |token| token.place)
    }

    pub(super) fn wrong<T>(&self) -> Result<T, SourceError> {
        Err(SourceError::syntax(self.place(), "invalid syntax"))
    }

    pub(super) fn unknown<T>(&self, what: &str) -> Result<T, SourceError> {
        Err(SourceError::not_modelled(self.place(), what))
    }

    pub(super) fn is(&self, sign: &str) -> bool {
        matches!(self.kind(), TokenKind::Sign(known) if *known == sign)
    }

    pub(super) fn take(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        self.at += usize::from(found);
        found
    }

    pub(super) fn demand(&mut self, sign: &str) -> Result<(), SourceError> {
        if self.take(sign) {
            return Ok(());
        }
        if sign == ":" {
            return Err(SourceError::syntax(self.place(), "expected ':'"));
        }
        self.wrong()
    }

    pub(super) fn word(&self) -> Option<&str> {
        match self.kind() {
            TokenKind::Name(name) => Some(name),
            _ => None,
        }
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found = self.word() == Some(word);
        self.at += usize::from(found);
        found
    }

    pub(super) fn name(&mut self) -> Result<Arc<str>, SourceError> {
        match self.kind() {
            TokenKind::Name(name) if !is_keyword(name) => {
                let name = name.clone();
                self.at += 1;
                Ok(name)
            }
            _ => self.wrong(),
        }
    }

    pub(super) fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Parser) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return Err(SourceError::syntax(self.place(), "too many statically nested blocks"));
        }
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn dotted(&mut self) -> Result<Arc<str>, SourceError> {
        let mut name = self.name()?.to_string();
        while self.take(".") {
            name.push('.');
            name.push_str(&self.name()?);
        }
        Ok(name.into())
    }

    /// The statements behind a colon: on the same line, or below and further in.
    fn block(&mut self, of: &str) -> Result<Block, SourceError> {
        let line = self.before().line;
        self.demand(":")?;
        let mut statements = Vec::new();
        if *self.kind() != TokenKind::NewLine {
            self.simple_line(&mut statements)?;
            return Ok(statements.into());
        }
        self.at += 1;
        if *self.kind() != TokenKind::Indent {
            let behind = if self.version >= 10 { format!(" after {of} on line {line}") } else { String::new() };
            let error = SourceError::syntax(self.place(), format!("expected an indented block{behind}"));
            return Err(SourceError { class: "IndentationError", ..error });
        }
        self.at += 1;
        self.deeper(|parser| {
            while !matches!(parser.kind(), TokenKind::Dedent | TokenKind::End) {
                parser.statement(&mut statements)?;
            }
            Ok(())
        })?;
        self.at += usize::from(*self.kind() == TokenKind::Dedent);
        Ok(statements.into())
    }

    fn statement(&mut self, out: &mut Vec<Statement>) -> Result<(), SourceError> {
        let line = self.place().line;
        if *self.kind() == TokenKind::Indent {
            let error = SourceError::syntax(self.place(), "unexpected indent");
            return Err(SourceError { class: "IndentationError", ..error });
        }
        let kind = match self.word().unwrap_or_default() {
            "if" => self.conditional()?,
            "while" => {
                self.at += 1;
                let test = self.expression()?;
                StatementKind::While(test, self.block("'while' statement")?)
            }
            "for" => {
                self.at += 1;
                let target = self.targets()?;
                if !self.take_word("in") {
                    return self.wrong();
                }
                let source = self.expressions()?;
                StatementKind::For(target, source, self.block("'for' statement")?)
            }
            "def" => self.define(Vec::new())?,
            "try" => self.attempt()?,
            "with" => self.with()?,
            "class" => return self.unknown("classes"),
            "async" => return self.unknown("async functions"),
            "match" if self.begins_match() => self.matching()?,
            _ if self.is("@") => {
                let mut decorators = Vec::new();
                while self.take("@") {
                    decorators.push(self.expression()?);
                    if *self.kind() != TokenKind::NewLine {
                        return self.wrong();
                    }
                    self.at += 1;
                }
                match self.word() {
                    Some("def") => self.define(decorators)?,
                    Some("async") => return self.unknown("async functions"),
                    Some("class") => return self.unknown("classes"),
                    _ => return self.wrong(),
                }
            }
            _ => return self.simple_line(out),
        };
        out.push(Statement { line, kind });
        Ok(())
    }

    fn simple_line(&mut self, out: &mut Vec<Statement>) -> Result<(), SourceError> {
        loop {
            let line = self.place().line;
            let kind = self.simple()?;
            out.push(Statement { line, kind });
            let more = self.take(";");
            if *self.kind() == TokenKind::NewLine {
                self.at += 1;
                return Ok(());
            }
            if !more {
                return self.wrong();
            }
        }
    }

    fn simple(&mut self) -> Result<StatementKind, SourceError> {
        let word = self.word().unwrap_or_default().to_owned();
        let ends = |parser: &Parser| matches!(parser.kind(), TokenKind::NewLine | TokenKind::Sign(";"));
        match word.as_str() {
            "pass" | "break" | "continue" => {
                self.at += 1;
                Ok(match word.as_str() {
                    "pass" => StatementKind::Pass,
                    "break" => StatementKind::Break,
                    _ => StatementKind::Continue,
                })
            }
            "return" | "raise" => {
                self.at += 1;
                let value = if ends(self) { None } else { Some(self.expressions()?) };
                Ok(if word == "return" { StatementKind::Return(value) } else { StatementKind::Raise(value) })
            }
            "import" => self.import(),
            "from" => self.import_from(),
            "del" | "global" | "nonlocal" | "assert" | "yield" | "await" => self.unknown(&format!("`{word}`")),
            _ => self.assignment(),
        }
    }

    fn assignment(&mut self) -> Result<StatementKind, SourceError> {
        let first = self.expressions()?;
        const AUGMENTED: [(&str, Operator); 7] = [
            ("+=", Operator::Add),
            ("-=", Operator::Subtract),
            ("*=", Operator::Multiply),
            ("/=", Operator::Divide),
            ("//=", Operator::FloorDivide),
            ("%=", Operator::Remainder),
            ("**=", Operator::Power),
        ];
        for (sign, operator) in AUGMENTED {
            if self.take(sign) {
                let value = self.expressions()?;
                return Ok(StatementKind::AugmentedAssign(first, operator, value));
            }
        }
        if self.take(":") {
            // An annotation says nothing at run time.
            self.expression()?;
            return match self.take("=") {
                true => Ok(StatementKind::Assign(vec![first], self.expressions()?)),
                false => Ok(StatementKind::Pass),
            };
        }
        let mut all = vec![first];
        while self.take("=") {
            all.push(self.expressions()?);
        }
        let Some(value) = all.pop() else { return self.wrong() };
        Ok(if all.is_empty() { StatementKind::Expression(value) } else { StatementKind::Assign(all, value) })
    }

    fn import(&mut self) -> Result<StatementKind, SourceError> {
        self.at += 1;
        let mut modules = Vec::new();
        loop {
            let module = self.dotted()?;
            let name = if self.take_word("as") { Some(self.name()?) } else { None };
            modules.push((module, name));
            if !self.take(",") {
                return Ok(StatementKind::Import(modules));
            }
        }
    }

    fn import_from(&mut self) -> Result<StatementKind, SourceError> {
        self.at += 1;
        if self.is(".") || self.is("...") {
            return self.unknown("relative imports");
        }
        let module = self.dotted()?;
        if !self.take_word("import") {
            return self.wrong();
        }
        if self.is("*") {
            return self.unknown("`from … import *`");
        }
        let brackets = self.take("(");
        let mut names = Vec::new();
        loop {
            let name = self.name()?;
            let called = if self.take_word("as") { self.name()? } else { name.clone() };
            names.push((name, called));
            if !self.take(",") || (brackets && self.is(")")) {
                break;
            }
        }
        if brackets {
            self.demand(")")?;
        }
        Ok(StatementKind::From(module, names))
    }

    fn conditional(&mut self) -> Result<StatementKind, SourceError> {
        let (mut branches, mut otherwise): (Vec<(Expression, Block)>, Block) = (Vec::new(), Arc::from([]));
        self.at += 1;
        loop {
            let test = self.expression()?;
            branches.push((test, self.block("'if' statement")?));
            if self.take_word("elif") {
                continue;
            }
            if self.take_word("else") {
                otherwise = self.block("'else' statement")?;
            }
            return Ok(StatementKind::If(branches, otherwise));
        }
    }

    fn define(&mut self, decorators: Vec<Expression>) -> Result<StatementKind, SourceError> {
        self.at += 1;
        let name = self.name()?;
        self.demand("(")?;
        let (mut parameters, mut annotations) = (Vec::new(), Vec::new());
        while !self.take(")") {
            if self.is("*") || self.is("**") || self.is("/") {
                return self.unknown("parameters with `*`");
            }
            let parameter = self.name()?;
            if self.take(":") {
                annotations.push(self.expression()?);
            }
            let default = if self.take("=") { Some(self.expression()?) } else { None };
            parameters.push((parameter, default));
            if !self.take(",") && !self.is(")") {
                return self.wrong();
            }
        }
        if self.take("->") {
            annotations.push(self.expression()?);
        }
        let body = self.block("function definition")?;
        Ok(StatementKind::Define(Arc::new(Function { name, parameters, body, decorators, annotations })))
    }

    fn attempt(&mut self) -> Result<StatementKind, SourceError> {
        self.at += 1;
        let body = self.block("'try' statement")?;
        let mut handlers = Vec::new();
        while self.take_word("except") {
            let mut handler = Handler { names: None, variable: None, body: Arc::from([]) };
            if !self.is(":") {
                let brackets = self.take("(");
                let mut names = vec![self.dotted()?];
                while brackets && self.take(",") {
                    names.push(self.dotted()?);
                }
                if brackets {
                    self.demand(")")?;
                }
                handler.names = Some(names);
                if self.take_word("as") {
                    handler.variable = Some(self.name()?);
                }
            }
            handler.body = self.block("'except' statement")?;
            handlers.push(handler);
        }
        if self.word() == Some("else") {
            return self.unknown("`else` of `try`");
        }
        let last = if self.take_word("finally") { self.block("'finally' statement")? } else { Arc::from([]) };
        if handlers.is_empty() && last.is_empty() {
            return Err(SourceError::syntax(self.place(), "expected 'except' or 'finally' block"));
        }
        Ok(StatementKind::Try(body, handlers, last))
    }

    fn with(&mut self) -> Result<StatementKind, SourceError> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            let value = self.expression()?;
            let target = if self.take_word("as") { Some(self.primary()?) } else { None };
            items.push((value, target));
            if !self.take(",") {
                break;
            }
        }
        Ok(StatementKind::With(items, self.block("'with' statement")?))
    }

    /// `match` is a name like any other unless a pattern block follows.
    fn begins_match(&self) -> bool {
        let line = self.place().line;
        let rest = self.tokens[self.at..].iter().take_while(|token| token.place.line == line);
        let kinds: Vec<&TokenKind> = rest.map(|token| &token.kind).collect();
        let colon = matches!(kinds.as_slice(), [.., TokenKind::Sign(":"), TokenKind::NewLine]);
        let name = matches!(kinds.get(1), Some(TokenKind::Sign("=" | "." | "," | ")" | ":")) | None);
        colon && !name
    }

    fn matching(&mut self) -> Result<StatementKind, SourceError> {
        let place = self.place();
        self.at += 1;
        if self.version < 10 {
            // The parser of those versions sees a name and then another: it points at the second.
            return Err(SourceError::syntax(self.place(), "invalid syntax"));
        }
        let value = self.expressions()?;
        self.demand(":")?;
        if *self.kind() != TokenKind::NewLine {
            return Err(SourceError::syntax(place, "invalid syntax"));
        }
        self.at += 1;
        if *self.kind() != TokenKind::Indent {
            return self.wrong();
        }
        self.at += 1;
        let mut cases = Vec::new();
        while self.take_word("case") {
            let pattern = if self.take_word("_") { None } else { Some(self.primary()?) };
            if self.word() == Some("if") || self.is("|") {
                return self.unknown("patterns other than values");
            }
            cases.push((pattern, self.block("'case' statement")?));
        }
        self.at += usize::from(*self.kind() == TokenKind::Dedent);
        Ok(StatementKind::Match(value, cases))
    }
}

const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

pub(super) fn is_keyword(name: &str) -> bool {
    KEYWORDS.contains(&name)
}
