//! Numbers and texts as a template writes them.
//!
//! Promises: Go's notations and error texts.

use super::super::units::go_quote;
use super::lex::{Kind, Token};
use super::parse::Parsing;
use super::tree::Term;

/// The value of a number or of a character constant.
pub(super) fn number(token: &Token) -> Parsing<Term> {
    let illegal = || Err((token.line, format!("illegal number syntax: {}", go_quote(&token.text))));
    if token.kind == Kind::CharacterConstant {
        let inner = token.text.trim_matches('\'');
        let unescaped = unescape(inner).unwrap_or_default();
        let mut characters = unescaped.chars();
        return match (characters.next(), characters.next()) {
            (Some(character), None) => {
                let whole = i64::from(u32::from(character));
                Ok(Term::Number { text: token.text.clone(), whole: Some(whole), float: whole as f64 })
            }
            _ => Err((token.line, format!("malformed character constant: {}", token.text))),
        };
    }
    let plain = token.text.replace('_', "");
    let (negative, digits) = match plain.strip_prefix(['-', '+']) {
        Some(digits) => (plain.starts_with('-'), digits),
        None => (false, plain.as_str()),
    };
    let hexadecimal = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    let binary = digits.strip_prefix("0b").or_else(|| digits.strip_prefix("0B"));
    let octal = digits.strip_prefix("0o").or_else(|| digits.strip_prefix("0O"));
    let magnitude = match hexadecimal {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None if binary.is_some() => binary.and_then(|digits| i64::from_str_radix(digits, 2).ok()),
        None if octal.is_some() => octal.and_then(|digits| i64::from_str_radix(digits, 8).ok()),
        None if digits.len() > 1
            && digits.bytes().all(|byte| (b'0'..=b'7').contains(&byte))
            && digits.starts_with('0') =>
        {
            i64::from_str_radix(digits, 8).ok()
        }
        None => digits.parse().ok(),
    };
    if let Some(magnitude) = magnitude.filter(|_| !digits.starts_with(['-', '+'])) {
        let whole = if negative { -magnitude } else { magnitude };
        return Ok(Term::Number { text: token.text.clone(), whole: Some(whole), float: whole as f64 });
    }
    if !digits.bytes().any(|byte| byte.is_ascii_digit()) || hexadecimal.is_some() {
        return illegal();
    }
    match plain.parse::<f64>() {
        Ok(float) if float.is_finite() => {
            if !plain.contains(['.', 'e', 'E']) {
                return Err((token.line, format!("integer overflow: {}", go_quote(&token.text))));
            }
            let whole = (float.fract() == 0.0 && float.abs() < 9e18).then_some(float as i64);
            Ok(Term::Number { text: token.text.clone(), whole, float })
        }
        _ => illegal(),
    }
}

/// The text that a quoted or raw text stands for.
pub(super) fn unquote(token: &Token) -> Parsing<String> {
    let inner = token.text.get(1..token.text.len() - 1).unwrap_or_default();
    if token.kind == Kind::Raw {
        return Ok(inner.replace('\r', ""));
    }
    unescape(inner).ok_or_else(|| (token.line, "invalid syntax".to_owned()))
}

/// The characters that Go's escapes mean; `None` for an escape Go does not have.
fn unescape(text: &str) -> Option<String> {
    let mut unescaped = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            unescaped.push(character);
            continue;
        }
        let escape = characters.next()?;
        let (digits, base) = match escape {
            'x' => (2, 16),
            'u' => (4, 16),
            'U' => (8, 16),
            '0'..='7' => (2, 8),
            _ => (0, 0),
        };
        if digits > 0 {
            let mut number = if base == 8 { escape.to_string() } else { String::new() };
            number.extend(characters.by_ref().take(digits));
            let complete = number.len() == digits + usize::from(base == 8);
            let code = u32::from_str_radix(&number, base).ok().filter(|_| complete)?;
            unescaped.push(char::from_u32(code)?);
            continue;
        }
        unescaped.push(match escape {
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            '\\' | '"' | '\'' => escape,
            _ => return None,
        });
    }
    Some(unescaped)
}
