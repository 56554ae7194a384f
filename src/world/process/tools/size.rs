//! Sizes, counts and dates as the small tools print and read them.

use std::time::Duration;

use crate::world::clock::Time;

/// `1.5K`, `4.0K`, `12M`: as `ls -h`, `du -h`, `df -h` of BusyBox and GNU print bytes (GNU rounds up).
pub fn human(bytes: u64, gnu: bool) -> String {
    if bytes < 1024 {
        return bytes.to_string();
    }
    let mut value = bytes as f64;
    let mut unit = "";
    for next in ["K", "M", "G", "T", "P"] {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    if gnu {
        return match value {
            _ if (value * 10.0).ceil() < 100.0 => format!("{:.1}{unit}", (value * 10.0).ceil() / 10.0),
            _ => format!("{}{unit}", value.ceil()),
        };
    }
    format!("{value:.1}{unit}")
}

/// The kilobytes that a file of so many bytes takes on disk, in blocks of 4 KiB.
pub fn kilobytes_on_disk(bytes: u64) -> u64 {
    bytes.div_ceil(4096) * 4
}

/// A number with a suffix `k`, `m`, `g` (and `kB`, `b`, `w` as `dd` has them).
pub fn bytes(text: &str) -> Option<u64> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..end].parse().ok()?;
    let factor: u64 = match &text[end..] {
        "" | "c" => 1,
        "w" => 2,
        "b" => 512,
        "kB" | "kD" | "KB" => 1000,
        "k" | "K" | "KiB" => 1 << 10,
        "m" | "M" | "MiB" => 1 << 20,
        "MB" => 1_000_000,
        "g" | "G" | "GiB" => 1 << 30,
        "GB" => 1_000_000_000,
        "t" | "T" => 1 << 40,
        _ => return None,
    };
    number.checked_mul(factor)
}

/// `0.5`, `2`, `3m`, `1h`, `1d`: what `sleep` and `timeout` read.
pub fn duration(text: &str) -> Option<Duration> {
    if text == "inf" || text == "infinity" {
        return Some(Duration::MAX);
    }
    let (number, factor) = match text.chars().last()? {
        's' => (&text[..text.len() - 1], 1.0),
        'm' => (&text[..text.len() - 1], 60.0),
        'h' => (&text[..text.len() - 1], 3600.0),
        'd' => (&text[..text.len() - 1], 86_400.0),
        _ => (text, 1.0),
    };
    let plain = !number.is_empty() && number.chars().all(|letter| letter.is_ascii_digit() || letter == '.');
    let seconds: f64 = number.parse::<f64>().ok().filter(|_| plain)?;
    Some(Duration::try_from_secs_f64(seconds * factor).unwrap_or(Duration::MAX))
}

/// The date of a file in a long listing: the time of day for the last half year, else the year.
pub fn listing_date(modified: Time, now: Time) -> String {
    let half_year = 60 * 60 * 24 * 365 / 2;
    let age = now.seconds() - modified.seconds();
    let format = if (-60..half_year).contains(&age) { "%b %e %H:%M" } else { "%b %e  %Y" };
    date(modified, format)
}

/// A moment in UTC, by a `strftime(3)` format; nothing for a format that it does not know.
pub fn format_date(time: Time, format: &str) -> Option<String> {
    let zoned = time.timestamp().to_zoned(jiff::tz::TimeZone::UTC);
    jiff::fmt::strtime::format(format, &zoned).ok()
}

/// As [`format_date`], for formats that are known to be right.
pub fn date(time: Time, format: &str) -> String {
    format_date(time, format).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_read() {
        assert_eq!(bytes("100m"), Some(104_857_600));
        assert_eq!(bytes("1kB"), Some(1000));
        assert_eq!(bytes("x"), None);
        assert_eq!(duration("0.1"), Some(Duration::from_millis(100)));
        assert_eq!(duration("2m"), Some(Duration::from_secs(120)));
        assert_eq!(duration("abc"), None);
        assert_eq!(human(1536, true), "1.5K");
        assert_eq!(human(5_000_000, false), "4.8M");
    }

    #[test]
    fn dates_are_those_of_ls() {
        let now = Time::WORLD_START;
        assert_eq!(listing_date(now, now), "Nov  3 09:00");
        assert_eq!(listing_date(Time::from_seconds(1_704_067_200), now), "Jan  1  2024");
    }
}
