//! Whether a value fits its flag, flag type by flag type.
//!
//! Promises: accepts what docker's `opts` package accepts, and refuses in its words, and in those of Go's `strconv`.

use std::net::IpAddr;

use super::super::units::{go_quote, parse_duration, ram_in_bytes};
use super::{Kind, device, mount, network, ulimit};

const SYSCTLS: [&str; 8] = [
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
    "kernel.sem",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
    "kernel.shm_rmid_forced",
];
const BLANKS: [char; 2] = [' ', '\t'];

/// The value as the flag keeps it, or why it does not fit.
pub(super) fn check(kind: Kind, value: &str) -> Result<String, String> {
    let as_given = || value.to_owned();
    match kind {
        Kind::Bool => parse_bool(value).map(|_| as_given()),
        Kind::Int => parse_int(value).map(|_| as_given()),
        Kind::Uint16 => parse_uint(value, u64::from(u16::MAX)).map(|_| as_given()),
        Kind::Uint64 => parse_uint(value, u64::MAX).map(|_| as_given()),
        Kind::SwapBytes if value == "-1" => Ok(as_given()),
        Kind::Bytes | Kind::SwapBytes => ram_in_bytes(value).map(|_| as_given()).map_err(|error| error.to_string()),
        Kind::Duration => parse_duration(value).map(|_| as_given()).map_err(|error| error.to_string()),
        Kind::Decimal => parse_nano_cpus(value).map(|_| as_given()),
        Kind::Text | Kind::List | Kind::CommaList | Kind::Map => Ok(as_given()),
        Kind::Network => network::parse(value).map(|_| as_given()),
        Kind::Environment if value.is_empty() || value.starts_with('=') => {
            Err(format!("invalid environment variable: {value}"))
        }
        Kind::Environment => Ok(as_given()),
        Kind::Label => label(value),
        Kind::HostMapping => host_mapping(value),
        Kind::Address => match value.trim().parse::<IpAddr>() {
            Ok(address) => Ok(address.to_string()),
            Err(_) => Err(format!("IP address is not correctly formatted: {value}")),
        },
        Kind::DnsSearch => dns_search(value),
        Kind::Filter => filter(value),
        Kind::Mount => mount::parse(value).map(|_| as_given()),
        Kind::Sysctl => sysctl(value),
        Kind::Stream => match value.to_lowercase().as_str() {
            stream @ ("stdin" | "stdout" | "stderr") => Ok(stream.to_owned()),
            _ => Err("valid streams are STDIN, STDOUT and STDERR".to_owned()),
        },
        Kind::Link => link(value),
        Kind::Ulimit => ulimit::parse(value).map(|_| as_given()),
        Kind::WeightDevice => device::weight(value).map(|_| as_given()),
        Kind::ByteRateDevice => device::byte_rate(value).map(|_| as_given()),
        Kind::OperationRateDevice => device::operation_rate(value).map(|_| as_given()),
        Kind::CgroupRule => device::cgroup_rule(value).map(|()| as_given()),
        Kind::Gpus => device::gpus(value).map(|_| as_given()),
    }
}

/// Go's `strconv.ParseBool`.
pub(super) fn parse_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("strconv.ParseBool: parsing {}: invalid syntax", go_quote(text))),
    }
}

/// Go's `strconv.ParseInt` of 64 bits, in the base that the text's prefix names.
pub(super) fn parse_int(text: &str) -> Result<i64, String> {
    let failure = |why: &str| format!("strconv.ParseInt: parsing {}: {why}", go_quote(text));
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    let magnitude = magnitude(digits).map_err(failure)?;
    let value = i128::from(magnitude) * if negative { -1 } else { 1 };
    i64::try_from(value).map_err(|_| failure("value out of range"))
}

fn parse_uint(text: &str, most: u64) -> Result<u64, String> {
    let failure = |why: &str| format!("strconv.ParseUint: parsing {}: {why}", go_quote(text));
    let value = magnitude(text).map_err(failure)?;
    if value > most { Err(failure("value out of range")) } else { Ok(value) }
}

fn magnitude(digits: &str) -> Result<u64, &'static str> {
    let prefixed = [("0x", 16), ("0X", 16), ("0b", 2), ("0B", 2), ("0o", 8), ("0O", 8)];
    let found = prefixed.iter().find_map(|&(prefix, base)| digits.strip_prefix(prefix).map(|rest| (rest, base)));
    let (digits, base) = match found {
        Some(found) => found,
        None if digits.len() > 1 && digits.starts_with('0') => (&digits[1..], 8),
        None => (digits, 10),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(base)) {
        return Err("invalid syntax");
    }
    u64::from_str_radix(digits, base).map_err(|_| "value out of range")
}

/// A number of CPUs, `1.5` or `3/2`, in billionths, as docker's `opts.ParseCPUs` reads it.
pub fn parse_nano_cpus(text: &str) -> Result<i64, String> {
    let failure = || format!("failed to parse {text} as a rational number");
    let (numerator, denominator) = match text.split_once('/') {
        Some((numerator, denominator)) => {
            let whole = |part: &str| part.strip_prefix('+').unwrap_or(part).parse::<i64>().ok();
            let denominator = whole(denominator).filter(|&part| part > 0).ok_or_else(failure)?;
            (i128::from(whole(numerator).ok_or_else(failure)?), i128::from(denominator))
        }
        None => decimal(text).ok_or_else(failure)?,
    };
    let scaled = numerator.checked_mul(1_000_000_000).ok_or_else(failure)?;
    if scaled % denominator != 0 {
        return Err("value is too precise".to_owned());
    }
    i64::try_from(scaled / denominator).map_err(|_| failure())
}

/// A decimal number as a fraction; nothing a machine has needs more than 18 digits after the point.
fn decimal(text: &str) -> Option<(i128, i128)> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, mantissa) = match mantissa.strip_prefix(['-', '+']) {
        Some(rest) => (mantissa.starts_with('-'), rest),
        None => (false, mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value: i128 = i128::from(digits.parse::<i64>().ok()?) * if negative { -1 } else { 1 };
    let shift = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    let power = 10_i128.checked_pow(shift.unsigned_abs())?;
    if shift >= 0 { Some((value.checked_mul(power)?, 1)) } else { Some((value, power)) }
}

fn label(value: &str) -> Result<String, String> {
    let key = value.split('=').next().unwrap_or_default().trim_start_matches(BLANKS);
    if key.is_empty() {
        return Err(format!("invalid label '{value}': empty name"));
    }
    if key.contains(BLANKS) {
        return Err(format!("label '{key}' contains whitespaces"));
    }
    Ok(value.to_owned())
}

fn host_mapping(value: &str) -> Result<String, String> {
    let split = value.split_once('=').or_else(|| value.split_once(':'));
    let Some((name, address)) = split.filter(|(name, _)| !name.is_empty() && !name.contains(':')) else {
        return Err(format!("bad format for add-host: {}", go_quote(value)));
    };
    if address == "host-gateway" {
        return Ok(format!("{name}:{address}"));
    }
    let bare = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).filter(|bare| !bare.is_empty());
    let address = bare.unwrap_or(address);
    if address.trim().parse::<IpAddr>().is_err() {
        return Err(format!("invalid IP address in add-host: {}", go_quote(address)));
    }
    Ok(format!("{name}:{address}"))
}

fn dns_search(value: &str) -> Result<String, String> {
    let value = value.trim_matches(' ');
    if value == "." {
        return Ok(value.to_owned());
    }
    let domain = value.trim_end().trim_end_matches('.');
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let good = value.bytes().any(|byte| byte.is_ascii_alphabetic()) && domain.len() < 255;
    if good && domain.split('.').all(is_label) {
        return Ok(domain.to_owned());
    }
    Err(format!("{value} is not a valid domain"))
}

fn filter(value: &str) -> Result<String, String> {
    if value.is_empty() {
        return Ok(String::new());
    }
    match value.split_once('=') {
        Some((name, wanted)) => Ok(format!("{}={}", name.trim().to_lowercase(), wanted.trim())),
        None => Err("bad format of filter (expected name=value)".to_owned()),
    }
}

fn sysctl(value: &str) -> Result<String, String> {
    let name = value.split_once('=').map(|(name, _)| name).filter(|name| !name.is_empty());
    match name {
        Some(name) if SYSCTLS.contains(&name) || name.starts_with("net.") || name.starts_with("fs.mqueue.") => {
            Ok(value.to_owned())
        }
        _ => Err(format!("sysctl '{value}' is not allowed")),
    }
}

fn link(value: &str) -> Result<String, String> {
    if value.is_empty() {
        return Err("empty string specified for links".to_owned());
    }
    if value.matches(':').count() > 1 {
        return Err(format!("bad format for links: {value}"));
    }
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_refused_as_docker_refuses_them() {
        for (kind, value, reason) in [
            (Kind::Decimal, "abc", "failed to parse abc as a rational number"),
            (Kind::Decimal, "0.0000000001", "value is too precise"),
            (Kind::Filter, "bogus", "bad format of filter (expected name=value)"),
            (Kind::HostMapping, "foo", "bad format for add-host: \"foo\""),
            (Kind::HostMapping, "foo:bar", "invalid IP address in add-host: \"bar\""),
            (Kind::Duration, "5", "time: missing unit in duration \"5\""),
            (Kind::Label, "=x", "invalid label '=x': empty name"),
            (Kind::Stream, "nothing", "valid streams are STDIN, STDOUT and STDERR"),
            (Kind::Ulimit, "nofile=5:3", "ulimit soft limit must be less than or equal to hard limit: 5 > 3"),
            (Kind::Uint16, "99999", "strconv.ParseUint: parsing \"99999\": value out of range"),
            (Kind::Mount, "type=volume,src=data", "target is required"),
            (Kind::Mount, "type=volume,src=data,dst=/m,wat=1", "unexpected key 'wat' in 'wat=1'"),
            (Kind::Address, "x", "IP address is not correctly formatted: x"),
            (Kind::Sysctl, "vm.swappiness=1", "sysctl 'vm.swappiness=1' is not allowed"),
        ] {
            assert_eq!(check(kind, value), Err(reason.to_owned()));
        }
    }

    #[test]
    fn values_are_kept_as_docker_keeps_them() {
        assert_eq!(check(Kind::HostMapping, "a=[::1]"), Ok("a:::1".to_owned()));
        assert_eq!(check(Kind::Filter, " Name = x "), Ok("name=x".to_owned()));
        assert_eq!((parse_nano_cpus("1.5"), parse_nano_cpus("1/2")), (Ok(1_500_000_000), Ok(500_000_000)));
        assert_eq!((parse_int("0x10"), parse_int("-7"), parse_int("010")), (Ok(16), Ok(-7), Ok(8)));
    }

    proptest! {
        #[test]
        fn any_value_is_answered(value in "\\PC{0,30}|[0-9a-z.:,=/-]{0,30}") {
            for kind in [
                Kind::Bool, Kind::Int, Kind::Uint16, Kind::Bytes, Kind::SwapBytes, Kind::Duration, Kind::Decimal, Kind::Environment,
                Kind::Label, Kind::HostMapping, Kind::Address, Kind::DnsSearch, Kind::Filter, Kind::Mount, Kind::Sysctl, Kind::Link,
                Kind::Ulimit, Kind::Network, Kind::WeightDevice, Kind::ByteRateDevice, Kind::OperationRateDevice, Kind::CgroupRule,
                Kind::Gpus,
            ] {
                let _ = check(kind, &value);
            }
        }
    }
}
