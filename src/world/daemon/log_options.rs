//! Which log drivers there are, and which options each takes.
//!
//! Promises: the checks and texts of moby `daemon/logger` (`ValidateLogOpts`). Drivers that send logs elsewhere (`syslog`, `journald`,
//! `fluentd`, …) are known and not modelled. Must not know what a log holds.

use std::collections::BTreeMap;

use super::api::ApiError;
use super::container::LogConfig;

/// The options of `json-file` (moby `jsonfilelog`).
const JSON_FILE: [&str; 8] = ["max-file", "max-size", "compress", "labels", "labels-regex", "env", "env-regex", "tag"];
/// The options of `local` (moby `logger/local`).
const LOCAL: [&str; 3] = ["max-file", "max-size", "compress"];
/// Drivers whose logs go elsewhere.
const REMOTE: [&str; 7] = ["syslog", "journald", "gelf", "fluentd", "awslogs", "splunk", "gcplogs"];

/// Fills in the default driver, and checks the options at creation.
///
/// # Errors
/// 400 in Docker's words; 501 for a driver that is not modelled.
pub fn complete(log: &mut LogConfig) -> Result<(), ApiError> {
    if log.driver.is_empty() {
        "json-file".clone_into(&mut log.driver);
    }
    let LogConfig { driver, options } = log;
    let invalid = |text: String| Err(ApiError::invalid(text));
    if driver == "none" {
        return Ok(());
    }
    let mode = options.get("mode").map_or("", String::as_str);
    if !matches!(mode, "" | "blocking" | "non-blocking") {
        return invalid(format!("logger: logging mode not supported: {mode}"));
    }
    if let Some(size) = options.get("max-buffer-size") {
        if mode != "non-blocking" {
            return invalid("logger: max-buffer-size option is only supported with 'mode=non-blocking'".to_owned());
        }
        if let Err(why) = crate::world::units::ram_in_bytes(size) {
            return invalid(format!("error parsing option max-buffer-size: {why}"));
        }
    }
    let known: &[&str] = match driver.as_str() {
        "json-file" => &JSON_FILE,
        "local" => &LOCAL,
        driver if REMOTE.contains(&driver) => {
            return Err(ApiError::not_modelled(format!("the log driver {driver}")));
        }
        driver => {
            return Err(ApiError::failed(format!(
                "error looking up logging plugin {driver}: plugin \"{driver}\" not found"
            )));
        }
    };
    let own = |key: &&String| !matches!(key.as_str(), "mode" | "max-buffer-size") && !known.contains(&key.as_str());
    match options.keys().find(own) {
        Some(key) if driver == "local" => invalid(format!("unknown log opt '{key}' for log driver local")),
        Some(key) => invalid(format!("unknown log opt '{key}' for {driver} log driver")),
        None => Ok(()),
    }
}

/// Checks the values of the options, as the driver does when it begins (moby `jsonfilelog.New`, `local.New`).
///
/// # Errors
/// What the driver says.
pub fn check_values(log: &LogConfig) -> Result<(), ApiError> {
    let invalid = |why: String| {
        let text = "failed to create task for container: failed to initialize logging driver:";
        Err(ApiError::failed(format!("{text} {why}")))
    };
    if log.driver == "none" {
        return Ok(());
    }
    let size = log.options.get("max-size");
    if let Some(size) = size {
        match crate::world::units::from_human_size(size) {
            Err(why) => return invalid(why.to_string()),
            Ok(bytes) if bytes <= 0 && size != "-1" => return invalid("max-size must be a positive number".to_owned()),
            Ok(_) => {}
        }
    }
    let Some(count) = log.options.get("max-file") else { return Ok(()) };
    match count.parse::<i64>() {
        Err(_) => {
            let quoted = crate::world::units::go_quote(count);
            invalid(format!("strconv.Atoi: parsing {quoted}: invalid syntax"))
        }
        Ok(count) if count < 1 => invalid("max-file cannot be less than 1".to_owned()),
        Ok(_) => Ok(()),
    }
}

/// The attributes that a message carries for `docker logs --details`: labels and variables that the options name (moby
/// `logger.Info.ExtraAttributes`).
pub fn attributes(
    log: &LogConfig,
    labels: &BTreeMap<String, String>,
    environment: &[String],
) -> BTreeMap<String, String> {
    let names = |key: &str| log.options.get(key).into_iter().flat_map(|names| names.split(','));
    let mut extra = BTreeMap::new();
    for name in names("labels") {
        if let Some(value) = labels.get(name) {
            extra.insert(name.to_owned(), value.clone());
        }
    }
    for name in names("env") {
        let value = environment.iter().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        if let Some(value) = value {
            extra.insert(name.to_owned(), value.to_owned());
        }
    }
    extra
}
