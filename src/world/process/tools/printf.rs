//! `printf`: formats as POSIX and BusyBox have them. One implementation for the tool and for the shell's built-in; pure, knows no
//! kernel, and bounds what it writes.

use super::conversion::{Conversion, floating, pad, whole_number};
use crate::world::process::shell::Dialect;

/// The most bytes one call writes.
const MAXIMUM_OUTPUT: usize = 1 << 22;

/// What a call of `printf` did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printf {
    /// What it writes to standard output.
    pub output: Vec<u8>,
    /// What it complains about, one message a line, without the name before it.
    pub errors: Vec<String>,
    /// The exit code.
    pub status: i32,
}

/// What follows a backslash.
pub(super) enum Escape {
    Bytes(Vec<u8>),
    /// `\c`: write nothing more.
    Stop,
}

/// The escape after a backslash and how many bytes of `rest` it takes. With `zero_octal`, octal numbers begin with an extra 0, as in
/// `echo` and `%b`.
pub(super) fn escape(rest: &[u8], zero_octal: bool) -> (Escape, usize) {
    let Some(letter) = rest.first() else { return (Escape::Bytes(vec![b'\\']), 0) };
    let byte = match letter {
        b'a' => 7,
        b'b' => 8,
        b'e' => 27,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'\\' => b'\\',
        b'c' if zero_octal => return (Escape::Stop, 1),
        b'x' => {
            let digits = rest[1..].iter().take(2).map_while(|byte| char::from(*byte).to_digit(16));
            let (value, count) = digits.fold((0_u32, 0), |(value, count), digit| (value * 16 + digit, count + 1));
            if count == 0 {
                return (Escape::Bytes(b"\\x".to_vec()), 1);
            }
            return (Escape::Bytes(vec![value as u8]), 1 + count);
        }
        b'0'..=b'7' => {
            let skip = usize::from(zero_octal && *letter == b'0');
            let digits = rest[skip..].iter().take(3).map_while(|byte| char::from(*byte).to_digit(8));
            let (value, count) = digits.fold((0_u32, 0), |(value, count), digit| (value * 8 + digit, count + 1));
            return (Escape::Bytes(vec![value as u8]), skip + count);
        }
        other => return (Escape::Bytes(vec![b'\\', *other]), 1),
    };
    (Escape::Bytes(vec![byte]), 1)
}

/// `text` with its escapes read as in `$'…'`, where `\'` and `\"` are quotes.
pub fn escapes(text: &str) -> Vec<u8> {
    let mut output = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after.first()) {
            (b'\\', Some(quote @ (b'\'' | b'"'))) => {
                output.push(*quote);
                rest = &after[1..];
            }
            (b'\\', _) => {
                if let (Escape::Bytes(bytes), used) = escape(after, false) {
                    output.extend(bytes);
                    rest = &after[used..];
                }
            }
            _ => output.push(*byte),
        }
    }
    output
}

/// What `printf` with these arguments (without its name) does.
pub fn printf<S: AsRef<str>>(dialect: Dialect, arguments: &[S]) -> Printf {
    let mut printer = Printer { dialect, done: Printf::default() };
    let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
    let arguments = arguments.strip_prefix(&["--"]).unwrap_or(&arguments);
    let Some((format, operands)) = arguments.split_first() else {
        printer.fail(match dialect {
            Dialect::Ash => "usage: printf FORMAT [ARGUMENT...]".to_owned(),
            Dialect::Dash => "usage: printf format [arg ...]".to_owned(),
        });
        printer.done.status = 2;
        return printer.done;
    };
    let mut operands = operands.iter().copied();
    loop {
        let before = operands.len();
        if !printer.pass(format.as_bytes(), &mut operands) || operands.len() == 0 || operands.len() == before {
            return printer.done;
        }
        if printer.done.output.len() > MAXIMUM_OUTPUT {
            printer.fail(format!("more than {MAXIMUM_OUTPUT} bytes of output"));
            return printer.done;
        }
    }
}

struct Printer {
    dialect: Dialect,
    done: Printf,
}

impl Printer {
    fn fail(&mut self, message: String) {
        self.done.errors.push(message);
        self.done.status = 1;
    }

    /// Goes through the format once; false if nothing more is to be written.
    fn pass<'a>(&mut self, format: &[u8], operands: &mut impl Iterator<Item = &'a str>) -> bool {
        let mut rest = format;
        while let Some((byte, after)) = rest.split_first() {
            rest = after;
            match byte {
                b'\\' => match escape(after, false) {
                    (Escape::Bytes(bytes), used) => {
                        self.done.output.extend(bytes);
                        rest = &after[used..];
                    }
                    (Escape::Stop, _) => return false,
                },
                b'%' if after.first() == Some(&b'%') => {
                    self.done.output.push(b'%');
                    rest = &after[1..];
                }
                b'%' => match self.conversion(after, operands) {
                    Some(used) => rest = &after[used..],
                    None => return false,
                },
                _ => self.done.output.push(*byte),
            }
        }
        true
    }

    /// Carries out the conversion after a `%`: how many bytes of the format it took, `None` to stop.
    fn conversion<'a>(&mut self, format: &[u8], operands: &mut impl Iterator<Item = &'a str>) -> Option<usize> {
        let mut star = || operands.next().and_then(|text| text.parse().ok()).unwrap_or(0);
        let (conversion, mut used) = Conversion::read(format, &mut star);
        while matches!(format.get(used), Some(b'l' | b'h' | b'L' | b'z')) && self.dialect == Dialect::Ash {
            if !matches!(format.get(used + 1), Some(byte) if byte.is_ascii_alphabetic()) {
                break;
            }
            used += 1;
        }
        let letter = format.get(used).copied();
        match letter {
            Some(letter @ (b'd' | b'i' | b'o' | b'u' | b'x' | b'X')) => {
                let value = operands.next().map_or(0, |text| self.integer(text));
                let text = whole_number(&conversion, letter, value);
                pad(&conversion, text.as_bytes(), conversion.precision.is_none(), &mut self.done.output);
            }
            Some(b'c') => {
                let text = operands.next().unwrap_or_default();
                let first = text.chars().next().map(String::from).unwrap_or_default();
                pad(&conversion, first.as_bytes(), false, &mut self.done.output);
            }
            Some(b's') => {
                let text = operands.next().unwrap_or_default().as_bytes();
                let shown = &text[..conversion.precision.unwrap_or(text.len()).min(text.len())];
                pad(&conversion, shown, false, &mut self.done.output);
            }
            Some(b'b') => {
                let mut rest = operands.next().unwrap_or_default().as_bytes();
                let mut text = Vec::new();
                let mut stop = false;
                while let Some((byte, after)) = rest.split_first() {
                    rest = after;
                    if *byte != b'\\' {
                        text.push(*byte);
                        continue;
                    }
                    match escape(after, true) {
                        (Escape::Bytes(bytes), used) => {
                            text.extend(bytes);
                            rest = &after[used..];
                        }
                        (Escape::Stop, _) => {
                            stop = true;
                            break;
                        }
                    }
                }
                pad(&conversion, &text, false, &mut self.done.output);
                if stop {
                    return None;
                }
            }
            Some(letter @ (b'e' | b'E' | b'f' | b'F' | b'g' | b'G')) => {
                let text = operands.next().unwrap_or_default();
                let value = match text.trim().parse::<f64>() {
                    Ok(value) => value,
                    Err(_) if text.is_empty() => 0.0,
                    Err(_) => {
                        self.invalid_number(text);
                        0.0
                    }
                };
                let text = floating(value, letter, conversion.precision.unwrap_or(6));
                let text = if conversion.plus && value >= 0.0 { format!("+{text}") } else { text };
                pad(&conversion, text.as_bytes(), true, &mut self.done.output);
            }
            _ => {
                let shown = |end: usize| String::from_utf8_lossy(&format[..end.min(format.len())]).into_owned();
                self.fail(match self.dialect {
                    // BusyBox shows the format from there on to its end.
                    Dialect::Ash => format!("%{}: invalid format", shown(format.len())),
                    Dialect::Dash => format!("%{}: invalid directive", shown(used + 1)),
                });
                return None;
            }
        }
        Some(used + 1)
    }

    fn invalid_number(&mut self, text: &str) {
        self.fail(match self.dialect {
            Dialect::Ash => format!("invalid number '{text}'"),
            Dialect::Dash => format!("{text}: expected numeric value"),
        });
    }

    fn integer(&mut self, text: &str) -> i64 {
        if let Some(quoted) = text.strip_prefix(['\'', '"']) {
            return quoted.chars().next().map_or(0, |character| i64::from(u32::from(character)));
        }
        let trimmed = text.trim_start();
        if trimmed.is_empty() {
            return 0;
        }
        let (negative, digits) = match trimmed.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
        };
        let (base, body) = if let Some(hex) = digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
            (16, hex)
        } else if digits.len() > 1 && digits.starts_with('0') {
            (8, &digits[1..])
        } else {
            (10, digits)
        };
        let count = body.chars().take_while(|character| character.is_digit(base)).count();
        let magnitude = u64::from_str_radix(&body[..count], base).ok();
        if count < body.len() || magnitude.is_none() {
            self.invalid_number(text);
        }
        let magnitude = if count < body.len() && self.dialect == Dialect::Ash { 0 } else { magnitude.unwrap_or(0) };
        if negative { (magnitude as i64).wrapping_neg() } else { magnitude as i64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(arguments: &[&str]) -> String {
        String::from_utf8_lossy(&printf(Dialect::Ash, arguments).output).into_owned()
    }

    #[test]
    fn formats_as_c_does() {
        assert_eq!(
            text(&["%s-%d|%5s|%-5s|%05d|%x\\n", "a", "7", "b", "c", "-42", "255"]),
            "a-7|    b|c    |-0042|ff\n"
        );
        assert_eq!(
            text(&["%.2f %e %g %g", "3.14159", "12345.678", "0.0001", "1e10"]),
            "3.14 1.234568e+04 0.0001 1e+10"
        );
        assert_eq!(text(&["%c%c%%", "xy", "z"]), "xz%");
        assert_eq!(text(&["%b", "a\\tb\\0101\\cd"]), "a\tbA");
        assert_eq!(text(&["%*d|%.3s", "4", "1", "abcdef"]), "   1|abc");
    }

    #[test]
    fn the_format_is_used_again_until_the_arguments_end() {
        assert_eq!(text(&["%s,", "a", "b", "c"]), "a,b,c,");
        assert_eq!(text(&["none\n", "a", "b"]), "none\n");
        assert_eq!(text(&["%s %s\n", "a", "b", "c"]), "a b\nc \n");
    }

    #[test]
    fn what_is_no_number_is_told() {
        let done = printf(Dialect::Ash, &["%d\n", "abc"]);
        assert_eq!((done.output.as_slice(), done.status), (b"0\n".as_slice(), 1));
        assert_eq!(done.errors, ["invalid number 'abc'"]);
        assert_eq!(printf(Dialect::Dash, &["%d", "abc"]).errors, ["abc: expected numeric value"]);
    }

    #[test]
    fn a_huge_width_is_bounded() {
        assert!(printf(Dialect::Ash, &["%999999999999d", "1"]).output.len() <= 1 << 16);
    }
}
