//! Moments as they are given to `--since` and `--until`.
//!
//! Promises: the forms of moby's `timestamp.GetTimestamp`: a duration before now, a date with or without time and zone,
//! or Unix seconds with a fraction. Dates without a zone are UTC, the host's own.

use crate::client::units::parse_duration;
use crate::world::clock::Time;

const NANOSECONDS: i64 = 1_000_000_000;

/// Reads a moment; `None` when it is none.
pub fn parse(text: &str, now: Time) -> Option<Time> {
    // Zero is a moment, not a duration.
    if text != "0"
        && let Ok(duration) = parse_duration(text)
    {
        return now.nanoseconds().checked_sub(duration).map(Time::from_nanoseconds);
    }
    if let Some(time) = unix(text) {
        return Some(time);
    }
    let (date, clock) = text.split_once('T').unwrap_or((text, ""));
    let (clock, zone) = match clock.find(['Z', '+']).or_else(|| clock.rfind('-')) {
        Some(at) => clock.split_at(at),
        None => (clock, "Z"),
    };
    let clock = match clock.matches(':').count() {
        0 if clock.is_empty() => "00:00:00".to_owned(),
        0 => format!("{clock}:00:00"),
        1 => format!("{clock}:00"),
        _ => clock.to_owned(),
    };
    Time::parse_rfc3339(&format!("{date}T{clock}{zone}"))
}

fn unix(text: &str) -> Option<Time> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let seconds: i64 = seconds.parse().ok()?;
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let nanoseconds: i64 = digits.parse().ok()?;
    seconds.checked_mul(NANOSECONDS)?.checked_add(nanoseconds).map(Time::from_nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_in_all_their_forms() {
        let now = Time::from_seconds(1_000_000);
        assert_eq!(parse("1h", now), Some(Time::from_seconds(996_400)));
        assert_eq!(parse("1136073600.5", now), Some(Time::from_nanoseconds(1_136_073_600_500_000_000)));
        for text in ["2006-01-01", "2006-01-01T00", "2006-01-01T00:00", "2006-01-01T00:00:00", "2006-01-01T00:00:00Z"] {
            assert_eq!(parse(text, now), Some(Time::from_seconds(1_136_073_600)), "{text}");
        }
        assert_eq!(parse("bogus", now), None);
    }
}
