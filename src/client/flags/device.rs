//! Values that name devices: `--blkio-weight-device`, `--device-read-bps` and its like, `--device-cgroup-rule`, `--gpus`.
//!
//! Promises: the forms and error texts of docker/cli's `opts` package. Must not know whether a device is there.

use super::super::units::ram_in_bytes;
use super::mount::fields;
use crate::world::daemon::container::DeviceRequest;

/// The path before the colon, which must be one of `/dev`, and what follows it.
fn path(value: &str) -> Result<(&str, &str), String> {
    match value.split_once(':').filter(|(path, _)| !path.is_empty()) {
        None => Err(format!("bad format: {value}")),
        Some((path, _)) if !path.starts_with("/dev/") => Err(format!("bad format for device path: {value}")),
        Some(found) => Ok(found),
    }
}

fn decimal<T: std::str::FromStr>(text: &str) -> Option<T> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// `/dev/sda:500`: 0, or from 10 to 1000.
pub fn weight(value: &str) -> Result<(&str, u16), String> {
    let (path, weight) = path(value)?;
    let weight = decimal::<u16>(weight).filter(|weight| *weight == 0 || (10..=1000).contains(weight));
    weight.map(|weight| (path, weight)).ok_or_else(|| format!("invalid weight for device: {value}"))
}

/// `/dev/sda:1mb`, in bytes a second.
pub fn byte_rate(value: &str) -> Result<(&str, u64), String> {
    let (path, rate) = path(value)?;
    let rate = ram_in_bytes(rate).ok().and_then(|rate| u64::try_from(rate).ok());
    let refused = || {
        format!(
            "invalid rate for device: {value}. The correct format is <device-path>:<number>[<unit>]. Number must be a positive \
             integer. Unit is optional and can be kb, mb, or gb"
        )
    };
    rate.map(|rate| (path, rate)).ok_or_else(refused)
}

/// `/dev/sda:1000`, in operations a second.
pub fn operation_rate(value: &str) -> Result<(&str, u64), String> {
    let (path, rate) = path(value)?;
    let refused = || {
        format!(
            "invalid rate for device: {value}. The correct format is <device-path>:<number>. Number must be a positive integer"
        )
    };
    decimal(rate).map(|rate| (path, rate)).ok_or_else(refused)
}

/// `type major:minor mode`, as docker/cli's `deviceCgroupRuleRegexp` has it.
pub fn cgroup_rule(value: &str) -> Result<(), String> {
    let is_number = |text: &str| text == "*" || (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()));
    let words: Vec<&str> = value.split(' ').collect();
    let good = match words.as_slice() {
        ["a" | "b" | "c", numbers, mode] => {
            numbers.split_once(':').is_some_and(|(major, minor)| is_number(major) && is_number(minor))
                && (1..=3).contains(&mode.len())
                && mode.bytes().all(|byte| matches!(byte, b'r' | b'w' | b'm'))
        }
        _ => false,
    };
    if good { Ok(()) } else { Err(format!("invalid device cgroup format '{value}'")) }
}

/// `all`, a number, or `driver=…,count=…,device=…,capabilities=…,options=…`.
pub fn gpus(value: &str) -> Result<DeviceRequest, String> {
    let mut request = DeviceRequest { capabilities: vec!["gpu".to_owned()], ..DeviceRequest::default() };
    let mut seen = std::collections::BTreeSet::new();
    for field in fields(value)? {
        let (key, given) = match field.split_once('=') {
            Some((key, given)) => (key, Some(given)),
            None => (field.as_str(), None),
        };
        if !seen.insert(key.to_owned()) {
            return Err(format!("gpu request key '{key}' can be specified only once"));
        }
        let Some(given) = given else {
            seen.insert("count".to_owned());
            request.count = count(key)?;
            continue;
        };
        let list = || given.split(',').map(str::to_owned);
        match key {
            "driver" => given.clone_into(&mut request.driver),
            "count" => request.count = count(given)?,
            "device" => request.devices = Some(list().collect()),
            "capabilities" => request.capabilities = list().chain(["gpu".to_owned()]).collect(),
            "options" => {
                let options = fields(given).map_err(|error| format!("failed to read gpu options: {error}"))?;
                let pairs = options.iter().map(|option| option.split_once('=').unwrap_or((option, "")));
                request.options = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            }
            _ => return Err(format!("unexpected key '{key}' in '{field}'")),
        }
    }
    if !seen.contains("count") && request.devices.is_none() {
        request.count = 1;
    }
    Ok(request)
}

fn count(text: &str) -> Result<i64, String> {
    if text == "all" {
        return Ok(-1);
    }
    let refused = |why| format!("invalid count ({text}): value must be either \"all\" or an integer: {why}");
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refused("invalid syntax"));
    }
    text.parse().map_err(|_| refused("value out of range"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_for_devices_have_three_words() {
        for good in ["c 1:3 rwm", "a *:* rwm", "b 8:* r"] {
            assert_eq!(cgroup_rule(good), Ok(()), "{good}");
        }
        for bad in ["bogus", "c 1:3", "d 1:3 r", "c 1 r", "c 1:3 x", "c 1:3 "] {
            assert_eq!(cgroup_rule(bad), Err(format!("invalid device cgroup format '{bad}'")), "{bad}");
        }
    }

    #[test]
    fn gpus_are_counted_or_named() {
        assert_eq!(gpus("all").map(|request| request.count), Ok(-1));
        assert_eq!(gpus("\"device=0,1\"").map(|request| request.devices), Ok(Some(vec!["0".into(), "1".into()])));
        assert_eq!(gpus("device=0").map(|request| request.count), Ok(0));
        assert_eq!(gpus("driver=nvidia").map(|request| request.count), Ok(1));
        assert_eq!(gpus("2,2"), Err("gpu request key '2' can be specified only once".to_owned()));
    }

    #[test]
    fn rates_need_a_path_and_a_number() {
        assert_eq!(byte_rate("/dev/sda:1mb"), Ok(("/dev/sda", 1 << 20)));
        assert_eq!(operation_rate("/dev/sda:1000"), Ok(("/dev/sda", 1000)));
        assert_eq!(weight("/dev/sda:5"), Err("invalid weight for device: /dev/sda:5".to_owned()));
        assert_eq!(weight("sda:500"), Err("bad format for device path: sda:500".to_owned()));
    }
}
