//! `$((…))`: the integer expressions of C over 64-bit numbers that wrap. Promises an answer or an error in the words of the dialect for any
//! text, with bounded nesting. It knows variables only through [`Variables`].

use super::dialect::Dialect;

/// How deep parentheses, and variables that hold expressions, may be nested.
const MAXIMUM_DEPTH: usize = 50;

/// The variables an expression reads and sets.
pub trait Variables {
    /// The value of `name`, if it is set.
    fn value(&self, name: &str) -> Option<String>;
    /// Sets `name`.
    ///
    /// # Errors
    /// The message, if the variable is read-only.
    fn assign(&mut self, name: &str, value: i64) -> Result<(), String>;
}

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArithmeticError {
    /// No expression; the text is dash's name for what was wrong.
    #[error("arithmetic syntax error")]
    Syntax(&'static str),
    /// `1/0`
    #[error("divide by zero")]
    DivisionByZero,
    /// A variable whose value is no number, in dash.
    #[error("Illegal number: {0}")]
    IllegalNumber(String),
    /// Parentheses or variables nested too deep.
    #[error("expression nested deeper than {MAXIMUM_DEPTH} levels")]
    TooDeep,
    /// Assignment to a read-only variable.
    #[error("{0}")]
    Assignment(String),
}

impl ArithmeticError {
    /// The message without the shell's prefix. `expression` is the text evaluated.
    pub fn message(&self, dialect: Dialect, expression: &str) -> String {
        match (self, dialect) {
            (ArithmeticError::Syntax(reason), Dialect::Dash) => {
                format!("arithmetic expression: {reason}: \"{expression}\"")
            }
            (ArithmeticError::DivisionByZero, Dialect::Dash) => {
                format!("arithmetic expression: division by zero: \"{expression}\"")
            }
            _ => self.to_string(),
        }
    }
}

/// The value of `expression`; an empty one is 0.
///
/// # Errors
/// An [`ArithmeticError`]; assignments made before the error stay made.
pub fn evaluate(expression: &str, dialect: Dialect, variables: &mut dyn Variables) -> Result<i64, ArithmeticError> {
    evaluate_at(expression, dialect, variables, 0)
}

fn evaluate_at(
    expression: &str,
    dialect: Dialect,
    variables: &mut dyn Variables,
    depth: usize,
) -> Result<i64, ArithmeticError> {
    if expression.trim().is_empty() {
        return Ok(0);
    }
    let mut evaluator = Evaluator { text: expression.as_bytes(), position: 0, dialect, variables, depth, skipping: 0 };
    let value = evaluator.comma()?;
    evaluator.blanks();
    if evaluator.position < evaluator.text.len() {
        return Err(ArithmeticError::Syntax("expecting EOF"));
    }
    Ok(value)
}

/// The binary operators but assignment, with how tightly each binds. Longer ones first where one begins another.
const OPERATORS: [(&str, u8); 20] = [
    ("**", 12),
    ("||", 1),
    ("&&", 2),
    ("<<", 8),
    (">>", 8),
    ("<=", 7),
    (">=", 7),
    ("==", 6),
    ("!=", 6),
    ("|", 3),
    ("^", 4),
    ("&", 5),
    ("<", 7),
    (">", 7),
    ("+", 9),
    ("-", 9),
    ("*", 10),
    ("/", 10),
    ("%", 10),
    ("?", 0),
];

struct Evaluator<'a> {
    text: &'a [u8],
    position: usize,
    dialect: Dialect,
    variables: &'a mut dyn Variables,
    depth: usize,
    /// Above zero in the part of `&&`, `||` or `?:` that does not count.
    skipping: usize,
}

type Value = Result<i64, ArithmeticError>;

impl Evaluator<'_> {
    fn blanks(&mut self) {
        while self.text.get(self.position).is_some_and(u8::is_ascii_whitespace) {
            self.position += 1;
        }
    }

    fn starts(&mut self, token: &str) -> bool {
        self.blanks();
        self.text.get(self.position..).is_some_and(|rest| rest.starts_with(token.as_bytes()))
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.starts(token);
        if found {
            self.position += token.len();
        }
        found
    }

    fn comma(&mut self) -> Value {
        let mut value = self.assignment()?;
        while self.dialect.has_extensions() && self.take(",") {
            value = self.assignment()?;
        }
        Ok(value)
    }

    fn name(&mut self) -> Option<String> {
        self.blanks();
        let rest = self.text.get(self.position..)?;
        let length = rest.iter().take_while(|byte| **byte == b'_' || byte.is_ascii_alphanumeric()).count();
        let name = std::str::from_utf8(&rest[..length]).ok()?;
        super::grammar::is_name(name).then(|| {
            self.position += length;
            name.to_owned()
        })
    }

    fn assignment(&mut self) -> Value {
        self.depth += 1;
        if self.depth > MAXIMUM_DEPTH {
            return Err(ArithmeticError::TooDeep);
        }
        let start = self.position;
        if let Some(name) = self.name() {
            for operator in ["=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "|=", "^="] {
                if self.starts(operator) && !(operator == "=" && self.starts("==")) {
                    self.position += operator.len();
                    let right = self.assignment()?;
                    let value = match operator.strip_suffix('=') {
                        Some("") | None => right,
                        Some(binary) => {
                            let left = self.variable(&name)?;
                            self.binary(binary, left, right)?
                        }
                    };
                    self.depth -= 1;
                    return self.store(&name, value);
                }
            }
            self.position = start;
        }
        let value = self.conditional()?;
        self.depth -= 1;
        Ok(value)
    }

    fn store(&mut self, name: &str, value: i64) -> Value {
        if self.skipping == 0 {
            self.variables.assign(name, value).map_err(ArithmeticError::Assignment)?;
        }
        Ok(value)
    }

    fn conditional(&mut self) -> Value {
        let condition = self.operation(1)?;
        if !self.take("?") {
            return Ok(condition);
        }
        let then = self.skip_if(condition == 0, Self::assignment)?;
        if !self.take(":") {
            return Err(ArithmeticError::Syntax("expecting ':'"));
        }
        let otherwise = self.skip_if(condition != 0, Self::assignment)?;
        Ok(if condition != 0 { then } else { otherwise })
    }

    fn skip_if(&mut self, skip: bool, parse: impl FnOnce(&mut Self) -> Value) -> Value {
        self.skipping += usize::from(skip);
        let value = parse(self);
        self.skipping -= usize::from(skip);
        value
    }

    fn operation(&mut self, minimum: u8) -> Value {
        let mut left = self.unary()?;
        loop {
            let found = OPERATORS.iter().find(|(token, _)| self.starts(token));
            let Some((token, binding)) = found.copied() else { return Ok(left) };
            let assigns = token.len() <= 2
                && !matches!(token, "<=" | ">=" | "==" | "!=")
                && self.text.get(self.position + token.len()) == Some(&b'=')
                && !matches!(token, "<" | ">" | "&&" | "||");
            if binding < minimum || assigns || (token == "**" && !self.dialect.has_extensions()) {
                return Ok(left);
            }
            self.position += token.len();
            left = match token {
                "&&" => {
                    let right = self.skip_if(left == 0, |this| this.operation(binding + 1))?;
                    i64::from(left != 0 && right != 0)
                }
                "||" => {
                    let right = self.skip_if(left != 0, |this| this.operation(binding + 1))?;
                    i64::from(left != 0 || right != 0)
                }
                _ => {
                    let right = self.operation(binding + 1)?;
                    self.binary(token, left, right)?
                }
            };
        }
    }

    fn binary(&self, operator: &str, left: i64, right: i64) -> Value {
        Ok(match operator {
            "/" | "%" if right == 0 => {
                if self.skipping > 0 {
                    return Ok(0);
                }
                return Err(ArithmeticError::DivisionByZero);
            }
            "/" => left.wrapping_div(right),
            "%" => left.wrapping_rem(right),
            "+" => left.wrapping_add(right),
            "-" => left.wrapping_sub(right),
            "*" => left.wrapping_mul(right),
            "**" => left.wrapping_pow(u32::try_from(right.clamp(0, 1 << 16)).unwrap_or(0)),
            "<<" => left.wrapping_shl(right as u32),
            ">>" => left.wrapping_shr(right as u32),
            "<=" => i64::from(left <= right),
            ">=" => i64::from(left >= right),
            "<" => i64::from(left < right),
            ">" => i64::from(left > right),
            "==" => i64::from(left == right),
            "!=" => i64::from(left != right),
            "&" => left & right,
            "|" => left | right,
            _ => left ^ right,
        })
    }

    fn unary(&mut self) -> Value {
        self.depth += 1;
        if self.depth > MAXIMUM_DEPTH {
            return Err(ArithmeticError::TooDeep);
        }
        let value = self.unary_at();
        self.depth -= 1;
        value
    }

    fn unary_at(&mut self) -> Value {
        for (token, change) in [("++", 1), ("--", -1)] {
            if self.dialect.has_extensions() && self.starts(token) {
                let start = self.position;
                self.position += 2;
                if let Some(name) = self.name() {
                    let value = self.variable(&name)?.wrapping_add(change);
                    return self.store(&name, value);
                }
                self.position = start;
            }
        }
        if self.take("!") {
            return Ok(i64::from(self.unary()? == 0));
        }
        if self.take("~") {
            return Ok(!self.unary()?);
        }
        if self.take("-") {
            return Ok(self.unary()?.wrapping_neg());
        }
        if self.take("+") {
            return self.unary();
        }
        if self.take("(") {
            let value = self.comma()?;
            if !self.take(")") {
                return Err(ArithmeticError::Syntax("expecting ')'"));
            }
            return Ok(value);
        }
        if let Some(name) = self.name() {
            let value = self.variable(&name)?;
            for (token, change) in [("++", 1), ("--", -1)] {
                if self.dialect.has_extensions() && self.take(token) {
                    self.store(&name, value.wrapping_add(change))?;
                }
            }
            return Ok(value);
        }
        self.number()
    }

    fn variable(&mut self, name: &str) -> Value {
        if self.skipping > 0 {
            return Ok(0);
        }
        let text = self.variables.value(name).unwrap_or_default();
        if text.trim().is_empty() {
            return Ok(0);
        }
        match self.dialect {
            Dialect::Ash => evaluate_at(&text, self.dialect, self.variables, self.depth),
            Dialect::Dash => {
                let (sign, digits) = match text.trim().strip_prefix('-') {
                    Some(digits) => (-1, digits),
                    None => (1, text.trim().trim_start_matches('+')),
                };
                match literal(digits.as_bytes()) {
                    Some((value, length)) if length == digits.len() => Ok(value.wrapping_mul(sign)),
                    _ => Err(ArithmeticError::IllegalNumber(text)),
                }
            }
        }
    }

    fn number(&mut self) -> Value {
        self.blanks();
        let rest = self.text.get(self.position..).unwrap_or_default();
        let (mut value, mut length) = literal(rest).ok_or(ArithmeticError::Syntax("expecting primary"))?;
        if self.dialect.has_extensions() && rest.get(length) == Some(&b'#') && (2..=36).contains(&value) {
            let digits: Vec<i64> = rest[length + 1..]
                .iter()
                .map_while(|byte| char::from(*byte).to_digit(value as u32).map(i64::from))
                .collect();
            length += 1 + digits.len();
            value = digits.iter().fold(0_i64, |sum, digit| sum.wrapping_mul(value).wrapping_add(*digit));
        }
        self.position += length;
        if self.dialect.has_extensions()
            && self.text.get(self.position).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        {
            return Err(ArithmeticError::Syntax("expecting EOF"));
        }
        Ok(value)
    }
}

/// A number in C's notation at the start of `text`, and its length.
fn literal(text: &[u8]) -> Option<(i64, usize)> {
    let (base, skip) = match text {
        [b'0', b'x' | b'X', digit, ..] if digit.is_ascii_hexdigit() => (16, 2),
        [b'0', ..] => (8, 0),
        [b'1'..=b'9', ..] => (10, 0),
        _ => return None,
    };
    let digits = text[skip..].iter().map_while(|byte| char::from(*byte).to_digit(base));
    let (value, count) = digits.fold((0_i64, 0), |(value, count), digit| {
        (value.wrapping_mul(i64::from(base)).wrapping_add(i64::from(digit)), count + 1)
    });
    Some((value, skip + count))
}
