//! Reads the expressions of a Python program, by the language's precedence (The Python Language Reference, 6.17).
//!
//! Promises: as `parse`. Must not know what expressions are worth.

use std::sync::Arc;

use super::lex::{SourceError, TokenKind, tokens};
use super::parse::{Minor, Parser};
use super::syntax::{Comparison, Expression, ExpressionKind, Operator, Piece, Place};

fn made(place: Place, kind: ExpressionKind) -> Expression {
    Expression { place, kind: Box::new(kind) }
}

/// Binary operators by how tightly they bind, the loosest first.
const LEVELS: [&[(&str, Operator)]; 3] = [
    &[("|", Operator::Or)],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[
        ("*", Operator::Multiply),
        ("//", Operator::FloorDivide),
        ("/", Operator::Divide),
        ("%", Operator::Remainder),
        ("@", Operator::Matrix),
    ],
];

impl Parser {
    /// Expressions with commas between them: one, or a tuple.
    pub(super) fn expressions(&mut self) -> Result<Expression, SourceError> {
        let first = self.expression()?;
        self.tuple(first, Parser::expression)
    }

    /// What a `for` assigns to: names, so that `in` is not read as a comparison.
    pub(super) fn targets(&mut self) -> Result<Expression, SourceError> {
        let first = self.primary()?;
        self.tuple(first, Parser::primary)
    }

    fn tuple(
        &mut self,
        first: Expression,
        read: fn(&mut Parser) -> Result<Expression, SourceError>,
    ) -> Result<Expression, SourceError> {
        if !self.is(",") {
            return Ok(first);
        }
        let place = first.place;
        let mut items = vec![first];
        while self.take(",") {
            let ends = matches!(self.kind(), TokenKind::NewLine | TokenKind::Sign(")" | "=" | "]" | ":"));
            if ends || self.word() == Some("in") {
                break;
            }
            items.push(read(self)?);
        }
        Ok(made(place.to(self.before()), ExpressionKind::Tuple(items)))
    }

    /// One expression.
    pub(super) fn expression(&mut self) -> Result<Expression, SourceError> {
        self.deeper(|parser| {
            if parser.word() == Some("lambda") {
                return parser.unknown("lambda");
            }
            let then = parser.or()?;
            if parser.is(":=") {
                return parser.unknown("assignment expressions");
            }
            if !parser.take_word("if") {
                return Ok(then);
            }
            let test = parser.or()?;
            if !parser.take_word("else") {
                return Err(SourceError::syntax(then.place, "expected 'else' after 'if' expression"));
            }
            let otherwise = parser.expression()?;
            Ok(made(then.place.to(otherwise.place), ExpressionKind::Choose { test, then, otherwise }))
        })
    }

    fn or(&mut self) -> Result<Expression, SourceError> {
        self.chain("or", Parser::and, ExpressionKind::Or)
    }

    fn and(&mut self) -> Result<Expression, SourceError> {
        self.chain("and", Parser::not, ExpressionKind::And)
    }

    /// Parts with a word between, grouped from the left.
    fn chain(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Result<Expression, SourceError>,
        join: fn(Expression, Expression) -> ExpressionKind,
    ) -> Result<Expression, SourceError> {
        let mut left = part(self)?;
        while self.take_word(word) {
            let right = part(self)?;
            left = made(left.place.to(right.place), join(left, right));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Expression, SourceError> {
        let place = self.place();
        if self.take_word("not") {
            let value = self.deeper(Parser::not)?;
            return Ok(made(place.to(value.place), ExpressionKind::Not(value)));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Expression, SourceError> {
        let first = self.binary(0)?;
        let mut others = Vec::new();
        loop {
            let comparison = if self.take("==") {
                Comparison::Equal
            } else if self.take("!=") {
                Comparison::NotEqual
            } else if self.take("<=") {
                Comparison::LessOrEqual
            } else if self.take(">=") {
                Comparison::GreaterOrEqual
            } else if self.take("<") {
                Comparison::Less
            } else if self.take(">") {
                Comparison::Greater
            } else if self.take_word("in") {
                Comparison::In
            } else if self.take_word("is") {
                if self.take_word("not") { Comparison::IsNot } else { Comparison::Is }
            } else if self.word() == Some("not") {
                self.at += 1;
                if !self.take_word("in") {
                    return self.wrong();
                }
                Comparison::NotIn
            } else {
                break;
            };
            others.push((comparison, self.binary(0)?));
        }
        let Some((_, last)) = others.last() else { return Ok(first) };
        Ok(made(first.place.to(last.place), ExpressionKind::Compare(first, others)))
    }

    fn binary(&mut self, level: usize) -> Result<Expression, SourceError> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        while let Some((_, operator)) = operators.iter().find(|(sign, _)| self.is(sign)) {
            let sign = self.place();
            self.at += 1;
            let right = self.binary(level + 1)?;
            let place = left.place.to(right.place).blaming(sign.start, sign.end);
            left = made(place, ExpressionKind::Binary(left, *operator, right));
        }
        if self.is("&") || self.is("^") || self.is("<<") || self.is(">>") {
            return self.unknown("operators on bits");
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expression, SourceError> {
        let place = self.place();
        if self.is("~") {
            return self.unknown("operators on bits");
        }
        if self.take("-") {
            let value = self.deeper(Parser::unary)?;
            return Ok(made(place.to(value.place), ExpressionKind::Negative(value)));
        }
        if self.take("+") {
            return self.deeper(Parser::unary);
        }
        let base = self.primary()?;
        let sign = self.place();
        if self.take("**") {
            let power = self.deeper(Parser::unary)?;
            let place = base.place.to(power.place).blaming(sign.start, sign.end);
            return Ok(made(place, ExpressionKind::Binary(base, Operator::Power, power)));
        }
        Ok(base)
    }

    /// An atom with its attributes, calls and indices.
    pub(super) fn primary(&mut self) -> Result<Expression, SourceError> {
        let mut value = self.deeper(Parser::atom)?;
        loop {
            if self.take(".") {
                let name = self.name()?;
                value = made(value.place.to(self.before()), ExpressionKind::Attribute(value, name));
            } else if self.take("(") {
                value = self.call(value)?;
            } else if self.take("[") {
                value = self.index(value)?;
            } else {
                return Ok(value);
            }
        }
    }

    fn call(&mut self, function: Expression) -> Result<Expression, SourceError> {
        let open = self.before();
        let (mut arguments, mut named) = (Vec::new(), Vec::new());
        while !self.take(")") {
            if self.is("*") || self.is("**") {
                return self.unknown("arguments with `*`");
            }
            let is_named = matches!(self.tokens.get(self.at + 1).map(|token| &token.kind), Some(TokenKind::Sign("=")));
            if is_named && self.word().is_some() {
                let name = self.name()?;
                self.demand("=")?;
                named.push((name, self.expression()?));
            } else {
                let argument = self.expression()?;
                arguments.push(if self.word() == Some("for") { self.collect(argument, ")")? } else { argument });
            }
            if !self.take(",") && !self.is(")") {
                return Err(SourceError::syntax(self.place(), "invalid syntax. Perhaps you forgot a comma?"));
            }
        }
        let place = function.place.to(self.before());
        // From 3.13 on, the brackets of a call are what is to blame.
        let place = if self.version >= 13 { place.blaming(open.start, place.end) } else { place };
        Ok(made(place, ExpressionKind::Call { function, arguments, named }))
    }

    fn index(&mut self, value: Expression) -> Result<Expression, SourceError> {
        let open = self.before();
        let from = if self.is(":") { None } else { Some(self.expressions()?) };
        let kind = if self.take(":") {
            let to = if self.is("]") { None } else { Some(self.expression()?) };
            if self.is(":") {
                return self.unknown("slices with a step");
            }
            ExpressionKind::Slice(value.clone(), from, to)
        } else {
            match from {
                Some(from) => ExpressionKind::Index(value.clone(), from),
                None => return self.wrong(),
            }
        };
        self.demand("]")?;
        let place = value.place.to(self.before());
        Ok(made(place.blaming(open.start, place.end), kind))
    }

    /// `item for target in source if test`, up to the bracket that closes it.
    fn collect(&mut self, item: Expression, close: &str) -> Result<Expression, SourceError> {
        self.at += 1;
        let target = self.targets()?;
        if !self.take_word("in") {
            return self.wrong();
        }
        let source = self.or()?;
        let test = if self.take_word("if") { Some(self.or()?) } else { None };
        if self.word() == Some("for") {
            return self.unknown("comprehensions in comprehensions");
        }
        if !self.is(close) {
            return self.wrong();
        }
        Ok(made(item.place.to(self.before()), ExpressionKind::Collect { item, target, source, test }))
    }

    fn atom(&mut self) -> Result<Expression, SourceError> {
        let place = self.place();
        let kind = self.kind().clone();
        let value = match kind {
            TokenKind::Whole(number) => ExpressionKind::Whole(number),
            TokenKind::Real(number) => ExpressionKind::Real(number),
            TokenKind::Text(..) => return self.text(),
            TokenKind::Name(name) => match &*name {
                "None" => ExpressionKind::None,
                "True" => ExpressionKind::Truth(true),
                "False" => ExpressionKind::Truth(false),
                "lambda" | "yield" | "await" => return self.unknown(&format!("`{name}`")),
                name if super::parse::is_keyword(name) => return self.wrong(),
                _ => ExpressionKind::Name(name),
            },
            TokenKind::Sign("(") => {
                self.at += 1;
                if self.take(")") {
                    return Ok(made(place.to(self.before()), ExpressionKind::Tuple(Vec::new())));
                }
                let inner = self.expressions()?;
                let inner = if self.word() == Some("for") { self.collect(inner, ")")? } else { inner };
                self.demand(")")?;
                return Ok(Expression { place: place.to(self.before()), ..inner });
            }
            TokenKind::Sign("[") => {
                self.at += 1;
                return self.list(place);
            }
            TokenKind::Sign("{") => {
                self.at += 1;
                return self.dictionary(place);
            }
            _ => return self.wrong(),
        };
        self.at += 1;
        Ok(made(place, value))
    }

    fn list(&mut self, place: Place) -> Result<Expression, SourceError> {
        let mut items = Vec::new();
        while !self.take("]") {
            let item = self.expression()?;
            if self.word() == Some("for") && items.is_empty() {
                let collected = self.collect(item, "]")?;
                self.demand("]")?;
                return Ok(collected);
            }
            items.push(item);
            if !self.take(",") && !self.is("]") {
                return self.wrong();
            }
        }
        Ok(made(place.to(self.before()), ExpressionKind::List(items)))
    }

    fn dictionary(&mut self, place: Place) -> Result<Expression, SourceError> {
        let mut pairs = Vec::new();
        while !self.take("}") {
            if self.is("**") {
                return self.unknown("dictionaries with `**`");
            }
            let key = self.expression()?;
            if !self.take(":") {
                return self.unknown("sets");
            }
            pairs.push((key, self.expression()?));
            if self.word() == Some("for") {
                return self.unknown("dictionary comprehensions");
            }
            if !self.take(",") && !self.is("}") {
                return self.wrong();
            }
        }
        Ok(made(place.to(self.before()), ExpressionKind::Dictionary(pairs)))
    }

    /// Strings that stand side by side are one.
    fn text(&mut self) -> Result<Expression, SourceError> {
        let place = self.place();
        let (mut pieces, mut bytes, mut plain) = (Vec::new(), false, true);
        while let TokenKind::Text(prefix, text) = self.kind().clone() {
            let here = self.place();
            self.at += 1;
            bytes |= prefix.contains('b');
            if prefix.contains('f') {
                plain = false;
                pieces.extend(format_pieces(&text, here, self.version)?);
            } else {
                pieces.push(Piece::Text(text));
            }
        }
        let place = place.to(self.before());
        if !plain {
            return Ok(made(place, ExpressionKind::Format(pieces)));
        }
        let text: String = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => &**text,
                Piece::Value { .. } => "",
            })
            .collect();
        let text: Arc<str> = text.into();
        Ok(made(place, if bytes { ExpressionKind::Bytes(text) } else { ExpressionKind::Text(text) }))
    }
}

/// Takes an f-string apart.
fn format_pieces(text: &str, place: Place, version: Minor) -> Result<Vec<Piece>, SourceError> {
    let (mut pieces, mut plain, mut rest) = (Vec::new(), String::new(), text);
    while let Some(sign) = rest.chars().next() {
        rest = &rest[sign.len_utf8()..];
        match sign {
            '{' | '}' if rest.starts_with(sign) => {
                plain.push(sign);
                rest = &rest[1..];
            }
            '}' => return Err(SourceError::syntax(place, "f-string: single '}' is not allowed")),
            '{' => {
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain).into()));
                }
                let Some(end) = closing(rest) else {
                    return Err(SourceError::syntax(place, "f-string: expecting '}'"));
                };
                let inside = &rest[..end];
                rest = &rest[end + 1..];
                let (value, format) = split_format(inside);
                let (value, representation) = match value.strip_suffix("!r") {
                    Some(value) => (value, true),
                    None => (value.strip_suffix("!s").unwrap_or(value), false),
                };
                // `{x=}` shows the text of the expression, too.
                let (value, shown) = match value.trim_end().strip_suffix('=') {
                    Some(inner) if !inner.ends_with(['=', '!', '<', '>']) => (inner, Some(value)),
                    _ => (value, None),
                };
                let representation = representation || (shown.is_some() && format.is_empty());
                pieces.extend(shown.map(|text| Piece::Text(text.into())));
                let mut tokens = tokens(value.trim())?;
                for token in &mut tokens {
                    token.place = place;
                }
                let mut parser = Parser { tokens, at: 0, depth: 0, version };
                let value = parser.expressions()?;
                pieces.push(Piece::Value { value, format: format.into(), representation });
            }
            sign => plain.push(sign),
        }
    }
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain.into()));
    }
    Ok(pieces)
}

/// Where the brace is that closes an expression of an f-string.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0_usize, None);
    for (at, sign) in text.char_indices() {
        match (quote, sign) {
            (Some(open), sign) if open == sign => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(sign),
            (None, '[' | '(' | '{') => depth += 1,
            (None, '}') if depth == 0 => return Some(at),
            (None, ']' | ')' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// An expression of an f-string and its format: what is behind a colon outside of all brackets.
fn split_format(text: &str) -> (&str, &str) {
    let (mut depth, mut quote) = (0_usize, None);
    for (at, sign) in text.char_indices() {
        match (quote, sign) {
            (Some(open), sign) if open == sign => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(sign),
            (None, '[' | '(' | '{') => depth += 1,
            (None, ']' | ')' | '}') => depth = depth.saturating_sub(1),
            (None, ':') if depth == 0 => return (&text[..at], &text[at + 1..]),
            _ => {}
        }
    }
    (text, "")
}
