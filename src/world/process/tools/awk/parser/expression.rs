//! Expressions of awk, from the weakest operator to the strongest. Promises the precedence of POSIX.

use super::{Mistake, Parser, Read, Token, Wrong};
use crate::world::process::tools::awk::syntax::{Binary, Builtin, Expression, Place, Source, Unary, Variable};

/// Operators that assign, with what they do first.
const ASSIGNING: [(&str, Option<Binary>); 8] = [
    ("=", None),
    ("+=", Some(Binary::Add)),
    ("-=", Some(Binary::Subtract)),
    ("*=", Some(Binary::Multiply)),
    ("/=", Some(Binary::Divide)),
    ("%=", Some(Binary::Remainder)),
    ("^=", Some(Binary::Power)),
    ("**=", Some(Binary::Power)),
];

const COMPARING: [(&str, Binary); 6] = [
    ("<", Binary::Less),
    ("<=", Binary::LessOrEqual),
    ("==", Binary::Equal),
    ("!=", Binary::NotEqual),
    (">", Binary::Greater),
    (">=", Binary::GreaterOrEqual),
];

fn boxed(expression: Expression) -> Box<Expression> {
    Box::new(expression)
}

impl Parser {
    pub(super) fn expression(&mut self) -> Read<Expression> {
        self.deeper(Parser::assignment)
    }

    fn assignment(&mut self) -> Read<Expression> {
        let left = self.choice()?;
        let Token::Mark(mark) = *self.peek() else { return Ok(left) };
        let Some((_, operator)) = ASSIGNING.iter().find(|(known, _)| *known == mark) else { return Ok(left) };
        // `a == b = c` and its like: the place is the last operand.
        let place = self.place(left)?;
        self.at += 1;
        self.skip_newlines();
        Ok(Expression::Assign(place, *operator, boxed(self.expression()?)))
    }

    fn choice(&mut self) -> Read<Expression> {
        let condition = self.or()?;
        if !self.accept("?") {
            return Ok(condition);
        }
        self.skip_newlines();
        let yes = self.expression()?;
        self.skip_newlines();
        self.demand(":")?;
        self.skip_newlines();
        Ok(Expression::Choice(boxed(condition), boxed(yes), boxed(self.expression()?)))
    }

    /// The name of a file or command that `print` writes to.
    pub(super) fn target_name(&mut self) -> Read<Expression> {
        self.choice()
    }

    fn or(&mut self) -> Read<Expression> {
        let mut left = self.and()?;
        while self.accept("||") {
            self.skip_newlines();
            left = Expression::Or(boxed(left), boxed(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Read<Expression> {
        let mut left = self.membership()?;
        while self.accept("&&") {
            self.skip_newlines();
            left = Expression::And(boxed(left), boxed(self.membership()?));
        }
        Ok(left)
    }

    fn membership(&mut self) -> Read<Expression> {
        let mut left = self.matching()?;
        while !self.without_in && self.is_keyword("in") {
            self.at += 1;
            let key = match left {
                Expression::List(list) => list,
                other => vec![other],
            };
            left = Expression::In(key, self.array()?);
        }
        Ok(left)
    }

    fn array(&mut self) -> Read<Variable> {
        match self.take() {
            Token::Name(name) => Ok(self.variable(name)),
            _ => {
                self.at -= 1;
                Err(self.unexpected())
            }
        }
    }

    fn matching(&mut self) -> Read<Expression> {
        let mut left = self.comparison()?;
        loop {
            let negated = self.is_mark("!~");
            if !negated && !self.is_mark("~") {
                return Ok(left);
            }
            self.at += 1;
            left = Expression::Match(boxed(left), boxed(self.comparison()?), negated);
        }
    }

    fn comparison(&mut self) -> Read<Expression> {
        let left = self.concatenation()?;
        let Token::Mark(mark) = *self.peek() else { return Ok(left) };
        if mark == ">" && self.without_greater {
            return Ok(left);
        }
        let Some((_, operator)) = COMPARING.iter().find(|(known, _)| *known == mark) else { return Ok(left) };
        self.at += 1;
        Ok(Expression::Binary(*operator, boxed(left), boxed(self.concatenation()?)))
    }

    /// Whether what comes can be joined to what stands before it.
    fn begins_operand(&self) -> bool {
        match self.peek() {
            Token::Number(_) | Token::Text(_) | Token::Pattern(_) | Token::Name(_) | Token::Called(_) => true,
            Token::Mark(mark) => matches!(*mark, "(" | "$" | "!" | "++" | "--" | "-" | "+"),
            _ => false,
        }
    }

    pub(super) fn concatenation(&mut self) -> Read<Expression> {
        let mut left = self.sum()?;
        loop {
            if self.is_mark("|") && matches!(self.peek_at(1), Token::Keyword("getline")) {
                self.at += 2;
                let place = self.target()?;
                left = Expression::Getline(Source::Command(boxed(left)), place);
            } else if self.begins_operand() {
                left = Expression::Binary(Binary::Concatenate, boxed(left), boxed(self.sum()?));
            } else {
                return Ok(left);
            }
        }
    }

    fn sum(&mut self) -> Read<Expression> {
        let mut left = self.product()?;
        loop {
            let operator = match self.peek() {
                Token::Mark("+") => Binary::Add,
                Token::Mark("-") => Binary::Subtract,
                _ => return Ok(left),
            };
            self.at += 1;
            left = Expression::Binary(operator, boxed(left), boxed(self.product()?));
        }
    }

    fn product(&mut self) -> Read<Expression> {
        let mut left = self.sign()?;
        loop {
            let operator = match self.peek() {
                Token::Mark("*") => Binary::Multiply,
                Token::Mark("/") => Binary::Divide,
                Token::Mark("%") => Binary::Remainder,
                _ => return Ok(left),
            };
            self.at += 1;
            left = Expression::Binary(operator, boxed(left), boxed(self.sign()?));
        }
    }

    fn sign(&mut self) -> Read<Expression> {
        let operator = match self.peek() {
            Token::Mark("!") => Unary::Not,
            Token::Mark("-") => Unary::Minus,
            Token::Mark("+") => Unary::Plus,
            _ => return self.power(),
        };
        self.at += 1;
        let operand = self.deeper(Parser::sign)?;
        Ok(Expression::Unary(operator, boxed(operand)))
    }

    fn power(&mut self) -> Read<Expression> {
        let base = self.step()?;
        if !self.accept("^") && !self.accept("**") {
            return Ok(base);
        }
        // To the right: 2^3^2 is 2^9; and 2^-1 is one half.
        let exponent = self.deeper(Parser::sign)?;
        Ok(Expression::Binary(Binary::Power, boxed(base), boxed(exponent)))
    }

    fn step(&mut self) -> Read<Expression> {
        for (mark, by) in [("++", 1.0), ("--", -1.0)] {
            if self.accept(mark) {
                let operand = self.operand()?;
                return Ok(Expression::Step(self.place(operand)?, by, false));
            }
        }
        let operand = self.operand()?;
        if let Expression::Place(place) = &operand {
            for (mark, by) in [("++", 1.0), ("--", -1.0)] {
                if self.accept(mark) {
                    return Ok(Expression::Step(place.clone(), by, true));
                }
            }
        }
        Ok(operand)
    }

    fn operand(&mut self) -> Read<Expression> {
        let line = self.line();
        match self.take() {
            Token::Number(number) => Ok(Expression::Number(number)),
            Token::Text(text) => Ok(Expression::Text(text)),
            Token::Pattern(text) => Ok(Expression::Pattern(text)),
            Token::Mark("$") => {
                let field = self.deeper(|parser| match parser.peek() {
                    Token::Mark("-" | "+" | "!") => parser.sign(),
                    Token::Mark("++" | "--") => parser.step(),
                    _ => parser.operand(),
                })?;
                Ok(Expression::Place(Place::Field(boxed(field))))
            }
            Token::Mark("(") => self.group(),
            Token::Name(name) => match Builtin::named(&name, self.variant) {
                Some(builtin) if name == "length" || builtin.least() == 0 => {
                    Ok(Expression::Builtin(builtin, Vec::new()))
                }
                Some(_) => Err(self.unexpected()),
                None => {
                    let variable = self.variable(name);
                    if !self.accept("[") {
                        return Ok(Expression::Place(Place::Variable(variable)));
                    }
                    let (outer_in, outer_greater) = self.free();
                    let key = self.expressions()?;
                    (self.without_in, self.without_greater) = (outer_in, outer_greater);
                    self.demand("]")?;
                    Ok(Expression::Place(Place::Element(variable, key)))
                }
            },
            Token::Called(name) => self.call(name, line),
            Token::Keyword("getline") => {
                let place = self.target()?;
                if !self.accept("<") {
                    return Ok(Expression::Getline(Source::Input, place));
                }
                Ok(Expression::Getline(Source::File(boxed(self.step()?)), place))
            }
            _ => {
                self.at -= 1;
                Err(self.unexpected())
            }
        }
    }

    /// Within parentheses and brackets every operator is itself again.
    fn free(&mut self) -> (bool, bool) {
        (std::mem::take(&mut self.without_in), std::mem::take(&mut self.without_greater))
    }

    fn group(&mut self) -> Read<Expression> {
        let (outer_in, outer_greater) = self.free();
        self.skip_newlines();
        let mut list = self.deeper(Parser::expressions)?;
        self.skip_newlines();
        (self.without_in, self.without_greater) = (outer_in, outer_greater);
        self.demand(")")?;
        match list.pop() {
            Some(only) if list.is_empty() => Ok(Expression::Group(boxed(only))),
            last => {
                list.extend(last);
                Ok(Expression::List(list))
            }
        }
    }

    fn arguments(&mut self) -> Read<Vec<Expression>> {
        self.demand("(")?;
        let (outer_in, outer_greater) = self.free();
        let mut arguments = Vec::new();
        self.skip_newlines();
        while !self.is_mark(")") {
            arguments.push(self.expression()?);
            self.skip_newlines();
            if !self.accept(",") {
                break;
            }
            self.skip_newlines();
        }
        (self.without_in, self.without_greater) = (outer_in, outer_greater);
        self.demand(")")?;
        Ok(arguments)
    }

    fn call(&mut self, name: String, line: u32) -> Read<Expression> {
        let mut arguments = self.arguments()?;
        if name == "sub" || name == "gsub" {
            let place = match arguments.len() {
                2 => Place::Field(boxed(Expression::Number(0.0))),
                3 => match arguments.pop() {
                    Some(Expression::Place(place)) => place,
                    _ => return Err(self.unexpected()),
                },
                _ => return Err(Wrong { line, what: Mistake::TooFewArguments(name, arguments.len(), 2) }),
            };
            let (Some(replacement), Some(pattern)) = (arguments.pop(), arguments.pop()) else {
                return Err(self.unexpected());
            };
            return Ok(Expression::Substitute(boxed(pattern), boxed(replacement), place, name == "gsub"));
        }
        let Some(builtin) = Builtin::named(&name, self.variant) else {
            self.called.push((name.clone(), line));
            return Ok(Expression::Call(name, arguments));
        };
        if arguments.len() < builtin.least() && builtin != Builtin::Length {
            let what = Mistake::TooFewArguments(name, arguments.len(), builtin.least());
            return Err(Wrong { line, what });
        }
        if builtin == Builtin::Split {
            let Expression::Place(Place::Variable(array)) = arguments.remove(1) else { return Err(self.unexpected()) };
            return Ok(Expression::OfArray(builtin, arguments, array));
        }
        Ok(Expression::Builtin(builtin, arguments))
    }

    /// The place that `getline` fills, if one is named.
    fn target(&mut self) -> Read<Option<Place>> {
        match self.peek() {
            Token::Name(_) | Token::Mark("$") => {
                let operand = self.operand()?;
                self.place(operand).map(Some)
            }
            _ => Ok(None),
        }
    }
}
