//! `test` and `[`: conditions as POSIX and BusyBox have them. One implementation for the tools and for the shell's built-ins; it asks
//! about files through [`Files`] and knows no kernel.

use crate::world::process::shell::Dialect;
use std::cmp::Ordering;

/// How deep `!` and `(` may be nested.
const MAXIMUM_DEPTH: usize = 100;

/// What `test` asks about files.
pub trait Files {
    /// The answer to a file question: one of `e f d s L h p S b c r w x u g k O G`, as in `-f path`.
    fn is(&mut self, question: char, path: &str) -> bool;
    /// How the times of last change of two files compare; `None` if one does not exist.
    fn compare_age(&mut self, left: &str, right: &str) -> Option<Ordering>;
    /// Whether two paths are the same file.
    fn are_same(&mut self, left: &str, right: &str) -> bool;
    /// Whether a file descriptor is a terminal.
    fn is_terminal(&mut self, descriptor: i64) -> bool;
}

/// The exit code (0 true, 1 false) of `test` or `[` called as `name` with these arguments.
///
/// # Errors
/// The message, without the name before it, for arguments that are no condition; the exit code is then 2.
pub fn test<S: AsRef<str>>(
    dialect: Dialect,
    name: &str,
    arguments: &[S],
    files: &mut dyn Files,
) -> Result<i32, String> {
    let mut arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
    let bracket = match name {
        "[" => Some("]"),
        "[[" => Some("]]"),
        _ => None,
    };
    if let Some(bracket) = bracket
        && arguments.pop() != Some(bracket)
    {
        return Err(format!("missing {bracket}"));
    }
    let mut condition = Condition { dialect, arguments: &arguments, position: 0, depth: 0, files };
    let truth = condition.whole()?;
    Ok(i32::from(!truth))
}

struct Condition<'a> {
    dialect: Dialect,
    arguments: &'a [&'a str],
    position: usize,
    depth: usize,
    files: &'a mut dyn Files,
}

fn is_unary(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next() == Some('-')
        && characters.next().is_some_and(|letter| "nzefdsLhpSbcrwxugkOGt".contains(letter))
        && characters.next().is_none()
}

fn is_binary(text: &str) -> bool {
    const OPERATORS: [&str; 14] =
        ["=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"];
    OPERATORS.contains(&text)
}

impl Condition<'_> {
    fn whole(&mut self) -> Result<bool, String> {
        // POSIX fixes the meaning of up to four arguments by their number alone.
        let truth = match self.arguments {
            [] => return Ok(false),
            [one] => return Ok(!one.is_empty()),
            ["!", one] => return Ok(one.is_empty()),
            [left, operator, right] if is_binary(operator) => return self.binary(left, operator, right),
            ["!", left, operator, right] if is_binary(operator) => {
                return self.binary(left, operator, right).map(|truth| !truth);
            }
            _ => self.or()?,
        };
        match self.arguments.get(self.position) {
            None => Ok(truth),
            Some(extra) => Err(match self.dialect {
                Dialect::Ash => format!("{extra}: unknown operand"),
                Dialect::Dash => {
                    let blamed = if self.position > 1 { extra } else { &self.arguments[0] };
                    format!("{blamed}: unexpected operator")
                }
            }),
        }
    }

    fn next(&mut self) -> Option<String> {
        let text = self.arguments.get(self.position).map(|text| (*text).to_owned());
        self.position += usize::from(text.is_some());
        text
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.arguments.get(self.position) == Some(&word);
        self.position += usize::from(found);
        found
    }

    fn or(&mut self) -> Result<bool, String> {
        let mut truth = self.and()?;
        while self.take("-o") {
            truth |= self.and()?;
        }
        Ok(truth)
    }

    fn and(&mut self) -> Result<bool, String> {
        let mut truth = self.not()?;
        while self.take("-a") {
            truth &= self.not()?;
        }
        Ok(truth)
    }

    fn not(&mut self) -> Result<bool, String> {
        self.depth += 1;
        if self.depth > MAXIMUM_DEPTH {
            return Err(format!("nested deeper than {MAXIMUM_DEPTH} levels"));
        }
        let binary_follows = self.arguments.get(self.position + 1).is_some_and(|text| is_binary(text));
        let truth = if !binary_follows && self.take("!") { !self.not()? } else { self.primary()? };
        self.depth -= 1;
        Ok(truth)
    }

    fn primary(&mut self) -> Result<bool, String> {
        if self.arguments.get(self.position + 1).is_some_and(|text| is_binary(text))
            && self.arguments.len() > self.position + 2
        {
            let (left, operator, right) =
                (self.arguments[self.position], self.arguments[self.position + 1], self.arguments[self.position + 2]);
            self.position += 3;
            return self.binary(left, operator, right);
        }
        if self.take("(") {
            let truth = self.or()?;
            if !self.take(")") {
                return Err("closing paren expected".to_owned());
            }
            return Ok(truth);
        }
        let Some(first) = self.next() else { return Err("argument expected".to_owned()) };
        if !is_unary(&first) || self.position >= self.arguments.len() {
            return Ok(!first.is_empty());
        }
        let operand = self.next().unwrap_or_default();
        match first.as_str() {
            "-n" => Ok(!operand.is_empty()),
            "-z" => Ok(operand.is_empty()),
            "-t" => {
                let descriptor = self.number(&operand)?;
                Ok(self.files.is_terminal(descriptor))
            }
            question => Ok(question.chars().nth(1).is_some_and(|letter| self.files.is(letter, &operand))),
        }
    }

    fn binary(&mut self, left: &str, operator: &str, right: &str) -> Result<bool, String> {
        Ok(match operator {
            "=" | "==" => left == right,
            "!=" => left != right,
            "<" => left < right,
            ">" => left > right,
            "-nt" => self.files.compare_age(left, right) == Some(Ordering::Greater),
            "-ot" => self.files.compare_age(left, right) == Some(Ordering::Less),
            "-ef" => self.files.are_same(left, right),
            _ => {
                let (left, right) = (self.number(left)?, self.number(right)?);
                match operator {
                    "-eq" => left == right,
                    "-ne" => left != right,
                    "-lt" => left < right,
                    "-le" => left <= right,
                    "-gt" => left > right,
                    _ => left >= right,
                }
            }
        })
    }

    fn number(&self, text: &str) -> Result<i64, String> {
        text.trim().parse().map_err(|_| match (self.dialect, text.trim().is_empty()) {
            (Dialect::Ash, _) => format!("{text}: bad number"),
            (Dialect::Dash, _) => format!("Illegal number: {text}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct NoFiles;

    impl Files for NoFiles {
        fn is(&mut self, question: char, path: &str) -> bool {
            path == "/there" && question == 'e'
        }
        fn compare_age(&mut self, _: &str, _: &str) -> Option<Ordering> {
            None
        }
        fn are_same(&mut self, left: &str, right: &str) -> bool {
            left == right
        }
        fn is_terminal(&mut self, _: i64) -> bool {
            false
        }
    }

    fn ask(text: &str) -> Result<i32, String> {
        let words: Vec<&str> = text.split(' ').collect();
        test(Dialect::Ash, "test", &words, &mut NoFiles)
    }

    #[test]
    fn conditions_are_true_or_false() {
        for truth in [
            "a",
            "a = a",
            "a != b",
            "1 -lt 2",
            "-n x",
            "! a = b",
            "-e /there",
            "a = a -a b = b",
            "( a = a )",
            "-f = -f",
        ] {
            assert_eq!(ask(truth), Ok(0), "{truth}");
        }
        for falsehood in ["a = b", "2 -lt 1", "-z x", "-e /missing", "a = b -o -z x", "! a"] {
            assert_eq!(ask(falsehood), Ok(1), "{falsehood}");
        }
    }

    #[test]
    fn what_is_no_condition_is_told_in_busybox_words() {
        assert_eq!(ask("1 -eq a"), Err("a: bad number".to_owned()));
        assert_eq!(ask("a b"), Err("b: unknown operand".to_owned()));
        assert_eq!(test(Dialect::Ash, "[", &["1"], &mut NoFiles), Err("missing ]".to_owned()));
    }
}
