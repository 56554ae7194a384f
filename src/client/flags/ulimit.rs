//! The value of `--ulimit`: `nofile=1024:2048`.
//!
//! Promises: the names and error texts of `github.com/docker/go-units`, `ParseUlimit`. Must not know what the limits do.

use super::super::units::go_quote;
use crate::world::daemon::container::Ulimit;

const NAMES: [&str; 15] = [
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];

/// The name of the limit, and the limit.
pub fn parse(value: &str) -> Result<(&str, Ulimit), String> {
    let Some((name, limits)) = value.split_once('=') else {
        return Err(format!("invalid ulimit argument: {value}"));
    };
    if !NAMES.contains(&name) {
        return Err(format!("invalid ulimit type: {name}"));
    }
    let number = |text: &str| {
        text.parse::<i64>().map_err(|_| format!("strconv.ParseInt: parsing {}: invalid syntax", go_quote(text)))
    };
    let parts: Vec<&str> = limits.split(':').collect();
    let (soft, hard) = match parts.as_slice() {
        [soft, hard] => {
            let hard = number(hard)?;
            (number(soft)?, hard)
        }
        [soft] => (number(soft)?, number(soft)?),
        _ => {
            return Err(format!("too many limit value arguments - {limits}, can only have up to two, `soft[:hard]`"));
        }
    };
    let too_much = "ulimit soft limit must be less than or equal to hard limit:";
    if hard != -1 && soft == -1 {
        return Err(format!("{too_much} soft: -1 (unlimited), hard: {hard}"));
    }
    if hard != -1 && soft > hard {
        return Err(format!("{too_much} {soft} > {hard}"));
    }
    Ok((name, Ulimit { soft, hard }))
}
