//! The virtual clock: what time it is in the world.
//!
//! Promises: time moves only when the world moves it, in whole nanoseconds; it never reads the wall clock.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A moment on the virtual clock, in nanoseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Time(i64);

impl Time {
    /// 1970-01-01 00:00 UTC.
    pub const EPOCH: Time = Time(0);
    /// When a world begins unless it is told otherwise: 2025-11-03 09:00 UTC, days after Docker Engine 28.5.2 came out.
    pub const WORLD_START: Time = Time(1_762_160_400_000_000_000);

    /// The moment `seconds` after the epoch; a moment past what the clock can hold becomes the nearest it can.
    pub const fn from_seconds(seconds: i64) -> Time {
        Time(seconds.saturating_mul(1_000_000_000))
    }

    /// The moment `nanoseconds` after the epoch.
    pub const fn from_nanoseconds(nanoseconds: i64) -> Time {
        Time(nanoseconds)
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000_000)
    }

    /// Nanoseconds since the epoch.
    pub const fn nanoseconds(self) -> i64 {
        self.0
    }

    /// Reads an RFC 3339 moment such as `2024-01-01T00:00:00Z`.
    pub fn parse_rfc3339(text: &str) -> Option<Time> {
        let timestamp: Timestamp = text.parse().ok()?;
        i64::try_from(timestamp.as_nanosecond()).ok().map(Time)
    }

    /// How long after `earlier` this moment is; zero if it is not after it.
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_nanos(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The moment for calendar arithmetic and formatting.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_nanosecond(i128::from(self.0)).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

impl Add<Duration> for Time {
    type Output = Time;

    fn add(self, duration: Duration) -> Time {
        Time(self.0.saturating_add(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Time {
    type Output = Time;

    fn sub(self, duration: Duration) -> Time {
        Time(self.0.saturating_sub(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)))
    }
}

/// RFC 3339 with nanoseconds, trailing zeros cut, as Go's `RFC3339Nano` prints it and the Engine API uses it.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_go_prints_rfc3339_nano() {
        assert_eq!(Time::from_seconds(1_704_067_200).to_string(), "2024-01-01T00:00:00Z");
        assert_eq!(Time::from_nanoseconds(1_704_067_200_120_000_000).to_string(), "2024-01-01T00:00:00.12Z");
        assert_eq!(Time::parse_rfc3339("2025-11-03T09:00:00Z"), Some(Time::WORLD_START));
    }

    #[test]
    fn never_overflows() {
        assert_eq!(Time::from_nanoseconds(i64::MAX) + Duration::MAX, Time::from_nanoseconds(i64::MAX));
        assert_eq!(Time::EPOCH.since(Time::WORLD_START), Duration::ZERO);
    }
}
