//! Conversions of C's `printf`: `%-05.3d`. For the tool and the shell's built-in, and for `awk`. Promises C's text, and
//! bounded widths. Pure.

/// The widest field, so that `%999999999d` cannot fill the memory.
const MAXIMUM_WIDTH: usize = 1 << 16;

/// What stands between `%` and the letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conversion {
    pub left: bool,
    pub plus: bool,
    pub space: bool,
    pub alternative: bool,
    pub zero: bool,
    pub width: usize,
    pub precision: Option<usize>,
}

impl Conversion {
    /// Reads what follows a `%`, and how many bytes it takes; `star` gives the numbers for `*`.
    pub fn read(format: &[u8], star: &mut dyn FnMut() -> i64) -> (Conversion, usize) {
        let mut conversion = Conversion::default();
        let mut used = 0;
        while let Some(flag) = format.get(used) {
            match flag {
                b'-' => conversion.left = true,
                b'+' => conversion.plus = true,
                b' ' => conversion.space = true,
                b'#' => conversion.alternative = true,
                b'0' => conversion.zero = true,
                _ => break,
            }
            used += 1;
        }
        let mut number = |used: &mut usize| -> i64 {
            if format.get(*used) == Some(&b'*') {
                *used += 1;
                return star();
            }
            let mut value = 0_i64;
            while let Some(digit) = format.get(*used).filter(|byte| byte.is_ascii_digit()) {
                value = (value * 10 + i64::from(digit - b'0')).min(MAXIMUM_WIDTH as i64);
                *used += 1;
            }
            value
        };
        let width = number(&mut used);
        conversion.left |= width < 0;
        conversion.width = usize::try_from(width.unsigned_abs()).unwrap_or(MAXIMUM_WIDTH).min(MAXIMUM_WIDTH);
        if format.get(used) == Some(&b'.') {
            used += 1;
            let precision = number(&mut used);
            conversion.precision = usize::try_from(precision).ok().map(|precision| precision.min(MAXIMUM_WIDTH));
        }
        (conversion, used)
    }
}

/// A whole number as `%d`, `%i`, `%o`, `%u`, `%x` and `%X` write it, before padding.
pub fn whole_number(conversion: &Conversion, letter: u8, value: i64) -> String {
    let (sign, mut digits) = match letter {
        b'd' | b'i' if value < 0 => ("-", value.unsigned_abs().to_string()),
        b'd' | b'i' if conversion.plus => ("+", value.to_string()),
        b'd' | b'i' if conversion.space => (" ", value.to_string()),
        b'd' | b'i' => ("", value.to_string()),
        b'o' if conversion.alternative => ("0", format!("{value:o}")),
        b'o' => ("", format!("{value:o}")),
        b'u' => ("", value.cast_unsigned().to_string()),
        b'x' if conversion.alternative && value != 0 => ("0x", format!("{value:x}")),
        b'x' => ("", format!("{value:x}")),
        _ if conversion.alternative && value != 0 => ("0X", format!("{value:X}")),
        _ => ("", format!("{value:X}")),
    };
    if let Some(precision) = conversion.precision {
        digits = format!("{}{digits}", "0".repeat(precision.saturating_sub(digits.len())));
    }
    format!("{sign}{digits}")
}

/// Adds a text, filled up to the width; a number with zeros after its sign, if that was asked for.
pub fn pad(conversion: &Conversion, text: &[u8], is_number: bool, output: &mut Vec<u8>) {
    let missing = conversion.width.saturating_sub(text.len());
    if is_number && conversion.zero && !conversion.left {
        let sign = text.iter().take_while(|byte| matches!(byte, b'-' | b'+' | b' ')).count();
        output.extend_from_slice(&text[..sign]);
        output.extend(std::iter::repeat_n(b'0', missing));
        output.extend_from_slice(&text[sign..]);
        return;
    }
    if !conversion.left {
        output.extend(std::iter::repeat_n(b' ', missing));
    }
    output.extend_from_slice(text);
    if conversion.left {
        output.extend(std::iter::repeat_n(b' ', missing));
    }
}

/// A number as C's `%e`, `%f` and `%g` write it.
pub fn floating(value: f64, letter: u8, precision: usize) -> String {
    let precision = precision.min(300);
    let upper = letter.is_ascii_uppercase();
    let text = if !value.is_finite() {
        if value.is_nan() { "nan".to_owned() } else { format!("{value}") }
    } else {
        match letter.to_ascii_lowercase() {
            b'e' => exponent(value, precision),
            b'f' => format!("{value:.precision$}"),
            _ => general(value, precision.max(1)),
        }
    };
    if upper { text.to_uppercase() } else { text }
}

fn exponent(value: f64, precision: usize) -> String {
    let text = format!("{value:.precision$e}");
    match text.split_once('e') {
        Some((mantissa, power)) => {
            let (sign, digits) = power.strip_prefix('-').map_or(('+', power), |digits| ('-', digits));
            format!("{mantissa}e{sign}{digits:0>2}")
        }
        None => text,
    }
}

/// A number as `%g` writes it.
pub fn general(value: f64, precision: usize) -> String {
    if value.is_nan() {
        // As amd64 computes one.
        return "-nan".to_owned();
    }
    let scientific = exponent(value, precision - 1);
    let power: i64 = scientific.rsplit('e').next().and_then(|text| text.parse().ok()).unwrap_or(0);
    let trim = |text: &str| {
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
    };
    if power < -4 || power >= precision as i64 {
        match scientific.split_once('e') {
            Some((mantissa, power)) => format!("{}e{power}", trim(mantissa)),
            None => scientific,
        }
    } else {
        let decimals = usize::try_from(precision as i64 - 1 - power).unwrap_or(0);
        trim(&format!("{value:.decimals$}"))
    }
}
