//! Sizes and durations as Docker writes and reads them.
//!
//! Promises: the output and the error texts of the Go packages `github.com/docker/go-units` and `time`.
//! Must not know which command prints or reads them.

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::world::clock::Time;

const DECIMAL_UNITS: [&str; 9] = ["B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
const BINARY_UNITS: [&str; 9] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"];

/// Why a text is not a size, in the words of go-units.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSize {
    /// No digit, or a negative number.
    #[error("invalid size: '{0}'")]
    Size(String),
    /// Something after the number that is not a unit.
    #[error("invalid suffix: '{0}'")]
    Suffix(String),
    /// What stands for the number is none.
    #[error("strconv.ParseFloat: parsing {}: invalid syntax", go_quote(.0))]
    Number(String),
}

/// Why a text is not a duration, in the words of Go's `time.ParseDuration`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDuration {
    /// Not a duration at all, or one too long.
    #[error("time: invalid duration {}", go_quote(.0))]
    Invalid(String),
    /// A number without a unit.
    #[error("time: missing unit in duration {}", go_quote(.0))]
    MissingUnit(String),
    /// A unit that Go does not have.
    #[error("time: unknown unit {} in duration {}", go_quote(.unit), go_quote(.text))]
    UnknownUnit {
        /// The unit as it was written.
        unit: String,
        /// The whole text.
        text: String,
    },
}

/// A size in decimal units with four significant digits: `2.746MB`.
pub fn human_size(bytes: u64) -> String {
    human_size_with_precision(bytes, 4)
}

/// A size in decimal units; `docker images`, `ps -s` and `history` use three significant digits: `188MB`.
pub fn human_size_with_precision(bytes: u64, precision: usize) -> String {
    scaled(bytes as f64, 1000.0, precision, &DECIMAL_UNITS)
}

/// A size in binary units with four significant digits: `328KiB`; `docker stats` uses it for memory.
pub fn bytes_size(bytes: u64) -> String {
    scaled(bytes as f64, 1024.0, 4, &BINARY_UNITS)
}

fn scaled(mut size: f64, base: f64, precision: usize, units: &[&str]) -> String {
    let mut unit = 0;
    while size >= base && unit + 1 < units.len() {
        size /= base;
        unit += 1;
    }
    format_general(size, precision) + units[unit]
}

/// Go's `%.{precision}g`: significant digits, no trailing zeros, an exponent when the number is too long for the digits.
pub fn format_general(value: f64, precision: usize) -> String {
    if !value.is_finite() {
        return go_special(value).to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let precision = precision.clamp(1, 17);
    let scientific = format!("{:.*e}", precision - 1, value);
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if exponent < -4 || exponent >= precision as i32 {
        return go_exponent(without_trailing_zeros(mantissa), exponent);
    }
    let decimals = usize::try_from(precision as i32 - 1 - exponent).unwrap_or(0);
    without_trailing_zeros(&format!("{value:.decimals$}")).to_owned()
}

/// Go's `%v` of a float: the shortest digits that read back, with an exponent from 1e21 on and below 1e-4.
pub fn format_float(value: f64) -> String {
    if !value.is_finite() {
        return go_special(value).to_owned();
    }
    if value == 0.0 {
        return if value.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..21).contains(&exponent) { go_exponent(mantissa, exponent) } else { format!("{value}") }
}

fn go_special(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "+Inf"
    } else {
        "-Inf"
    }
}

fn go_exponent(mantissa: &str, exponent: i32) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

fn without_trailing_zeros(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

/// Reads a size in binary units, `128m`, `1.5GiB`, `64 kb`: units are powers of 1024 and case does not matter.
pub fn ram_in_bytes(text: &str) -> Result<i64, InvalidSize> {
    parse_size(text, 1024.0)
}

/// Reads a size in decimal units: `128MB` is 128,000,000.
pub fn from_human_size(text: &str) -> Result<i64, InvalidSize> {
    parse_size(text, 1000.0)
}

fn parse_size(text: &str, base: f64) -> Result<i64, InvalidSize> {
    let invalid = || InvalidSize::Size(text.to_owned());
    let separator = text.rfind(|character: char| character.is_ascii_digit() || matches!(character, '.' | ' '));
    let separator = separator.ok_or_else(invalid)?;
    let number_end = if text[separator..].starts_with(' ') { separator } else { separator + 1 };
    let (number, suffix) = (&text[..number_end], &text[separator + 1..]);
    let size = parse_go_float(number).ok_or_else(|| InvalidSize::Number(number.to_owned()))?;
    if size < 0.0 {
        return Err(invalid());
    }
    let lower = suffix.to_lowercase();
    let bad_suffix = |suffix: &str| Err(InvalidSize::Suffix(suffix.to_owned()));
    if suffix.len() > 3 {
        return bad_suffix(suffix);
    }
    let (unit, rest) = match lower.chars().next() {
        None => return Ok(size as i64),
        Some(unit) => (unit, &lower[unit.len_utf8()..]),
    };
    if unit == 'b' {
        return if rest.is_empty() { Ok(size as i64) } else { bad_suffix(&lower) };
    }
    let Some(power) = "kmgtp".find(unit) else { return bad_suffix(&lower) };
    if !matches!(rest, "" | "b" | "ib") {
        return bad_suffix(&lower);
    }
    Ok((size * base.powi(power as i32 + 1)) as i64)
}

/// Rust reads what Go does not (`inf.`) and Go what Rust does not (`1_0` it refuses too); a number of Docker's is decimal.
fn parse_go_float(number: &str) -> Option<f64> {
    let decimal = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'+' | b'-' | b'e' | b'E');
    if number.is_empty() || !number.bytes().all(decimal) {
        return None;
    }
    number.parse().ok()
}

/// About how long something has been, in words: `Less than a second`, `About a minute`, `3 weeks` (docker/go-units `HumanDuration`).
pub fn human_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (minutes, hours) = (seconds / 60, (duration.as_secs_f64() / 3600.0 + 0.5) as u64);
    match () {
        () if seconds < 1 => "Less than a second".to_owned(),
        () if seconds == 1 => "1 second".to_owned(),
        () if seconds < 60 => format!("{seconds} seconds"),
        () if minutes == 1 => "About a minute".to_owned(),
        () if minutes < 60 => format!("{minutes} minutes"),
        () if hours == 1 => "About an hour".to_owned(),
        () if hours < 48 => format!("{hours} hours"),
        () if hours < 24 * 7 * 2 => format!("{} days", hours / 24),
        () if hours < 24 * 30 * 2 => format!("{} weeks", hours / 24 / 7),
        () if hours < 24 * 365 * 2 => format!("{} months", hours / 24 / 30),
        () => format!("{} years", seconds / 3600 / 24 / 365),
    }
}

/// A moment as Go's `time.Time` prints it in UTC: `2024-01-01 00:00:00 +0000 UTC`, with a fraction if there is one.
pub fn go_time(time: Time) -> String {
    let date = time.timestamp().to_zoned(TimeZone::UTC).datetime();
    let mut text = format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        date.year(),
        date.month(),
        date.day(),
        date.hour(),
        date.minute(),
        date.second()
    );
    if date.subsec_nanosecond() != 0 {
        text.push_str(format!(".{:09}", date.subsec_nanosecond()).trim_end_matches('0'));
    }
    text + " +0000 UTC"
}

/// Reads a duration as Go's `time.ParseDuration` does, in nanoseconds, which may be negative: `1h15m30.5s`, `-3ms`.
pub fn parse_duration(text: &str) -> Result<i64, InvalidDuration> {
    let invalid = || InvalidDuration::Invalid(text.to_owned());
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let whole = leading_digits(rest);
        rest = &rest[whole.len()..];
        let mut fraction = "";
        if let Some(after) = rest.strip_prefix('.') {
            fraction = leading_digits(after);
            rest = &after[fraction.len()..];
        }
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let unit_end =
            rest.find(|character: char| character == '.' || character.is_ascii_digit()).unwrap_or(rest.len());
        let unit = &rest[..unit_end];
        rest = &rest[unit_end..];
        let scale: u64 = match unit {
            "" => return Err(InvalidDuration::MissingUnit(text.to_owned())),
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return Err(InvalidDuration::UnknownUnit { unit: unit.to_owned(), text: text.to_owned() }),
        };
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
        let whole = whole.checked_mul(scale).ok_or_else(invalid)?;
        // Digits after the 18th do not count, as a whole number cannot hold them.
        let fraction = &fraction[..fraction.len().min(18)];
        let part = fraction.parse::<u64>().unwrap_or(0) as f64 * (scale as f64 / 10_f64.powi(fraction.len() as i32));
        total = total.checked_add(whole).and_then(|sum| sum.checked_add(part as u64)).ok_or_else(invalid)?;
        if total > 1 << 63 {
            return Err(invalid());
        }
    }
    if negative && total == 1 << 63 {
        return Ok(i64::MIN);
    }
    let nanoseconds = i64::try_from(total).map_err(|_| invalid())?;
    Ok(if negative { -nanoseconds } else { nanoseconds })
}

fn leading_digits(text: &str) -> &str {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    &text[..end]
}

/// A duration of nanoseconds as Go prints it: `1h0m0s`, `1m30s`, `1.5s`, `300ms`, `0s`.
pub fn go_duration(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let total = nanoseconds.unsigned_abs();
    let decimal = |unit: u64, name: &str| {
        let digits = unit.ilog10() as usize;
        let fraction = format!("{:0digits$}", total % unit);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() || digits == 0 { "" } else { "." };
        format!("{sign}{}{point}{}{name}", total / unit, if digits == 0 { "" } else { fraction })
    };
    match total {
        0 => "0s".to_owned(),
        1..1_000 => decimal(1, "ns"),
        1_000..1_000_000 => decimal(1_000, "µs"),
        1_000_000..1_000_000_000 => decimal(1_000_000, "ms"),
        _ => {
            let seconds = total / 1_000_000_000;
            let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
            let fraction = format!("{:09}", total % 1_000_000_000);
            let fraction = fraction.trim_end_matches('0');
            let point = if fraction.is_empty() { "" } else { "." };
            let rest = format!("{}{point}{fraction}s", seconds % 60);
            match (hours, minutes) {
                (0, 0) => format!("{sign}{rest}"),
                (0, _) => format!("{sign}{minutes}m{rest}"),
                _ => format!("{sign}{hours}h{minutes}m{rest}"),
            }
        }
    }
}

/// A text as Go's `%q` writes it, in double quotes.
pub fn go_quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            _ => push_escaped(&mut quoted, character),
        }
    }
    quoted.push('"');
    quoted
}

/// A character as Go's `%q` writes it, in single quotes.
pub fn go_quote_character(character: char) -> String {
    let mut quoted = String::from("'");
    match character {
        '\'' => quoted.push_str("\\'"),
        _ => push_escaped(&mut quoted, character),
    }
    quoted.push('\'');
    quoted
}

fn push_escaped(quoted: &mut String, character: char) {
    match character {
        '\\' => quoted.push_str("\\\\"),
        '\x07' => quoted.push_str("\\a"),
        '\x08' => quoted.push_str("\\b"),
        '\x0c' => quoted.push_str("\\f"),
        '\n' => quoted.push_str("\\n"),
        '\r' => quoted.push_str("\\r"),
        '\t' => quoted.push_str("\\t"),
        '\x0b' => quoted.push_str("\\v"),
        control if (control as u32) < 0x20 || control == '\x7f' => {
            quoted.push_str(&format!("\\x{:02x}", control as u32));
        }
        control if control.is_control() => quoted.push_str(&format!("\\u{:04x}", control as u32)),
        plain => quoted.push(plain),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_are_written_as_go_units_writes_them() {
        for (bytes, decimal, binary) in [
            (0, "0B", "0B"),
            (126, "126B", "126B"),
            (1_130, "1.13kB", "1.104KiB"),
            (335_872, "336kB", "328KiB"),
            (1_986_002, "1.99MB", "1.894MiB"),
            (6_986_002, "6.99MB", "6.662MiB"),
            (5_000_000, "5MB", "4.768MiB"),
            (188_000_000, "188MB", "179.3MiB"),
            (999_999, "1e+03kB", "976.6KiB"),
            (25_275_878_932, "25.3GB", "23.54GiB"),
        ] {
            assert_eq!(human_size_with_precision(bytes, 3), decimal);
            assert_eq!(bytes_size(bytes), binary);
        }
        assert_eq!(human_size(2_746_000), "2.746MB");
    }

    #[test]
    fn sizes_are_read_as_go_units_reads_them() {
        for (text, bytes) in
            [("64m", 67_108_864), ("1.5g", 1_610_612_736), ("1 KiB", 1024), ("0", 0), ("5b", 5), ("2Kb", 2048)]
        {
            assert_eq!(ram_in_bytes(text), Ok(bytes), "{text}");
        }
        assert_eq!(from_human_size("1.5kB"), Ok(1500));
        for (text, error) in [
            ("abc", "invalid size: 'abc'"),
            ("-1", "invalid size: '-1'"),
            ("", "invalid size: ''"),
            ("5x", "invalid suffix: 'x'"),
            ("5kbb", "invalid suffix: 'kbb'"),
            ("5Kilo", "invalid suffix: 'Kilo'"),
            ("x5", "strconv.ParseFloat: parsing \"x5\": invalid syntax"),
        ] {
            assert_eq!(ram_in_bytes(text).map_err(|error| error.to_string()), Err(error.to_owned()), "{text}");
        }
    }

    #[test]
    fn durations_are_told_roughly() {
        let minute = 60;
        let hour = 60 * minute;
        let day = 24 * hour;
        for (seconds, words) in [
            (0, "Less than a second"),
            (1, "1 second"),
            (59, "59 seconds"),
            (minute, "About a minute"),
            (2 * minute + 5, "2 minutes"),
            (hour, "About an hour"),
            (hour + 40 * minute, "2 hours"),
            (47 * hour, "47 hours"),
            (48 * hour, "2 days"),
            (14 * day, "2 weeks"),
            (60 * day, "2 months"),
            (730 * day, "2 years"),
        ] {
            assert_eq!(human_duration(Duration::from_secs(seconds)), words);
        }
    }

    #[test]
    fn durations_are_read_and_written_as_go_does() {
        for (text, nanoseconds, printed) in [
            ("0", 0, "0s"),
            ("1h", 3_600_000_000_000, "1h0m0s"),
            ("1m30s", 90_000_000_000, "1m30s"),
            ("1.5s", 1_500_000_000, "1.5s"),
            ("300ms", 300_000_000, "300ms"),
            ("2us", 2_000, "2µs"),
            ("-7ns", -7, "-7ns"),
        ] {
            assert_eq!(parse_duration(text), Ok(nanoseconds), "{text}");
            assert_eq!(go_duration(nanoseconds), printed);
        }
        for (text, error) in [
            ("5", "time: missing unit in duration \"5\""),
            ("abc", "time: invalid duration \"abc\""),
            ("", "time: invalid duration \"\""),
            ("5x", "time: unknown unit \"x\" in duration \"5x\""),
        ] {
            assert_eq!(parse_duration(text).map_err(|error| error.to_string()), Err(error.to_owned()));
        }
    }

    #[test]
    fn moments_are_written_as_go_writes_them() {
        assert_eq!(go_time(Time::from_seconds(1_704_067_200)), "2024-01-01 00:00:00 +0000 UTC");
        assert_eq!(go_time(Time::from_nanoseconds(1_704_067_200_250_000_000)), "2024-01-01 00:00:00.25 +0000 UTC");
    }

    #[test]
    fn floats_are_written_as_go_writes_them() {
        for (value, text) in [(1.5, "1.5"), (100.0, "100"), (1e21, "1e+21"), (1e-5, "1e-05"), (-0.25, "-0.25")] {
            assert_eq!(format_float(value), text);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC{0,20}|[0-9.kmgtbi hmsnu+-]{0,20}", number in any::<u64>()) {
            let _ = ram_in_bytes(&text);
            let _ = parse_duration(&text);
            let _ = human_size(number);
            let printed = go_duration(number as i64);
            prop_assert_eq!(parse_duration(&printed), Ok(number as i64), "{}", printed);
        }
    }
}
