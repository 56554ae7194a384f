//! Durations as Go writes them: `30s`, `1m30s`, `1.5h` (Go's `time.ParseDuration`).
//!
//! Promises: Go's error texts. Must not know: what takes so long.

use super::error::Problem;

/// Nanoseconds in each unit.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// The nanoseconds in `text`.
pub fn parse(text: &str) -> Result<i64, Problem> {
    let invalid = || Problem::InvalidDuration(text.to_owned());
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (whole, after) = digits(rest);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => digits(after),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let end = after.find(|character: char| character == '.' || character.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        if unit.is_empty() {
            return Err(Problem::DurationWithoutUnit(text.to_owned()));
        }
        let Some(&(_, nanoseconds)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(Problem::DurationUnit { unit: unit.to_owned(), text: text.to_owned() });
        };
        let count: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
        // Digits beyond the eighteenth are below a nanosecond, even of hours.
        let numerator = fraction.bytes().take(18).fold(0_u128, |sum, digit| sum * 10 + u128::from(digit - b'0'));
        let denominator = 10_u128.pow(fraction.len().min(18) as u32);
        let part = u64::try_from(numerator * u128::from(nanoseconds) / denominator).map_err(|_| invalid())?;
        total = count
            .checked_mul(nanoseconds)
            .and_then(|sum| sum.checked_add(part))
            .and_then(|sum| total.checked_add(sum))
            .ok_or_else(invalid)?;
        rest = after;
    }
    let total = i64::try_from(total).map_err(|_| invalid())?;
    Ok(if negative { -total } else { total })
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}
