//! `sprintf` of awk. Promises C's conversions, bounded widths, and as many bytes as they give. Pure.

use super::value::Value;
use crate::world::process::tools::conversion::{Conversion, floating, pad, whole_number};

/// What the format gives for the values.
pub fn sprintf(format: &[u8], values: &[Value]) -> Vec<u8> {
    let mut output = Vec::new();
    let mut values = values.iter();
    let mut rest = format;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'%' {
            output.push(*byte);
            continue;
        }
        if after.first() == Some(&b'%') {
            output.push(b'%');
            rest = &after[1..];
            continue;
        }
        let mut star = || values.next().map_or(0, |value| value.number() as i64);
        let (conversion, used) = Conversion::read(after, &mut star);
        let length = after[used..].iter().take_while(|letter| matches!(letter, b'l' | b'h' | b'L' | b'q')).count();
        let Some(letter) = after.get(used + length).copied() else {
            output.extend_from_slice(rest_of(format, after));
            return output;
        };
        rest = &after[used + length + 1..];
        match letter {
            b'd' | b'i' | b'o' | b'u' | b'x' | b'X' => {
                let number = values.next().map_or(0.0, Value::number);
                let text = whole_number(&conversion, letter, number as i64);
                pad(&conversion, text.as_bytes(), conversion.precision.is_none(), &mut output);
            }
            b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'a' | b'A' => {
                let number = values.next().map_or(0.0, Value::number);
                let mut text = floating(number, letter, conversion.precision.unwrap_or(6));
                if number >= 0.0 && conversion.plus {
                    text.insert(0, '+');
                } else if number >= 0.0 && conversion.space {
                    text.insert(0, ' ');
                }
                pad(&conversion, text.as_bytes(), true, &mut output);
            }
            b'c' => {
                let bytes = match values.next() {
                    None | Some(Value::Nothing) => vec![0],
                    Some(Value::Number(number) | Value::Numeric(_, number)) => vec![*number as i64 as u8],
                    Some(Value::Text(text)) => text.first().map_or(vec![0], |first| vec![*first]),
                };
                pad(&conversion, &bytes, false, &mut output);
            }
            b's' => {
                let text = values.next().map_or_else(|| Value::Nothing.bytes("%.6g"), |value| value.bytes("%.6g"));
                let length = conversion.precision.unwrap_or(text.len()).min(text.len());
                pad(&conversion, &text[..length], false, &mut output);
            }
            _ => {
                let from = format.len() - after.len() - 1;
                output.extend_from_slice(&format[from..format.len() - rest.len()]);
            }
        }
    }
    output
}

/// The rest of a format from the `%` before `after` on.
fn rest_of<'f>(format: &'f [u8], after: &[u8]) -> &'f [u8] {
    &format[format.len() - after.len() - 1..]
}
