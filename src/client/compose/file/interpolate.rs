//! Variables in all texts of a file, and the types that texts in some places must then have.
//!
//! Promises: compose-go's `interpolation` package with the table of its loader.

use serde_json::{Value, json};

use super::path::Path;
use super::template::{TemplateError, Variables, substitute};
use crate::client::compose::ComposeError;
use crate::client::units::go_quote;

/// What a text must be read as.
#[derive(Clone, Copy)]
enum Cast {
    Whole,
    Decimal,
    Boolean,
}

const CASTS: [(&str, Cast); 40] = [
    ("services.*.cpu_count", Cast::Whole),
    ("services.*.cpu_percent", Cast::Decimal),
    ("services.*.cpu_period", Cast::Whole),
    ("services.*.cpu_quota", Cast::Whole),
    ("services.*.cpu_rt_period", Cast::Whole),
    ("services.*.cpu_rt_runtime", Cast::Whole),
    ("services.*.cpus", Cast::Decimal),
    ("services.*.cpu_shares", Cast::Whole),
    ("services.*.init", Cast::Boolean),
    ("services.*.deploy.replicas", Cast::Whole),
    ("services.*.deploy.update_config.parallelism", Cast::Whole),
    ("services.*.deploy.update_config.max_failure_ratio", Cast::Decimal),
    ("services.*.deploy.rollback_config.parallelism", Cast::Whole),
    ("services.*.deploy.rollback_config.max_failure_ratio", Cast::Decimal),
    ("services.*.deploy.restart_policy.max_attempts", Cast::Whole),
    ("services.*.deploy.placement.max_replicas_per_node", Cast::Whole),
    ("services.*.healthcheck.retries", Cast::Whole),
    ("services.*.healthcheck.disable", Cast::Boolean),
    ("services.*.oom_kill_disable", Cast::Boolean),
    ("services.*.oom_score_adj", Cast::Whole),
    ("services.*.pids_limit", Cast::Whole),
    ("services.*.ports.*.target", Cast::Whole),
    ("services.*.privileged", Cast::Boolean),
    ("services.*.read_only", Cast::Boolean),
    ("services.*.scale", Cast::Whole),
    ("services.*.stdin_open", Cast::Boolean),
    ("services.*.tty", Cast::Boolean),
    ("services.*.ulimits.*", Cast::Whole),
    ("services.*.ulimits.*.hard", Cast::Whole),
    ("services.*.ulimits.*.soft", Cast::Whole),
    ("services.*.volumes.*.read_only", Cast::Boolean),
    ("services.*.volumes.*.volume.nocopy", Cast::Boolean),
    ("networks.*.external", Cast::Boolean),
    ("networks.*.internal", Cast::Boolean),
    ("networks.*.attachable", Cast::Boolean),
    ("networks.*.enable_ipv4", Cast::Boolean),
    ("networks.*.enable_ipv6", Cast::Boolean),
    ("volumes.*.external", Cast::Boolean),
    ("secrets.*.external", Cast::Boolean),
    ("configs.*.external", Cast::Boolean),
];

/// Fills the variables of a tree in, in place. `warnings` hears of values that are on their way out.
///
/// # Errors
/// With the place of the text.
pub fn interpolate(
    value: &mut Value,
    variables: &mut Variables<'_>,
    warnings: &mut Vec<String>,
) -> Result<(), ComposeError> {
    at(value, &Path::TOP, variables, warnings)
}

fn at(
    value: &mut Value,
    path: &Path<'_>,
    variables: &mut Variables<'_>,
    warnings: &mut Vec<String>,
) -> Result<(), ComposeError> {
    match value {
        Value::String(text) => {
            let filled = substitute(text, variables).map_err(|error| placed(path, &error))?;
            let cast = CASTS.iter().find(|(pattern, _)| path.matches(pattern));
            *value = match cast {
                None => Value::String(filled),
                Some((_, cast)) => by_cast(*cast, &filled, warnings).map_err(|why| {
                    let why = format!("failed to cast to expected type: {why}");
                    ComposeError::Message(format!("error while interpolating {path}: {why}"))
                })?,
            };
        }
        Value::Object(map) => {
            for (key, value) in map {
                at(value, &path.next(key), variables, warnings)?;
            }
        }
        Value::Array(list) => {
            for value in list {
                at(value, &path.next("[]"), variables, warnings)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn placed(path: &Path<'_>, error: &TemplateError) -> ComposeError {
    ComposeError::Message(match error {
        TemplateError::Invalid(template) => format!(
            "invalid interpolation format for {path}.\nYou may need to escape any $ with another $.\n{template}"
        ),
        error => format!("error while interpolating {path}: {error}"),
    })
}

fn by_cast(cast: Cast, text: &str, warnings: &mut Vec<String>) -> Result<Value, String> {
    match cast {
        Cast::Whole => whole(text).map(|number| json!(number)),
        Cast::Decimal => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(json!(number)),
            _ => Err(format!("strconv.ParseFloat: parsing {}: invalid syntax", go_quote(text))),
        },
        Cast::Boolean => boolean(text, warnings).map(Value::Bool),
    }
}

/// A whole number as Go's `strconv.Atoi` reads it.
///
/// # Errors
/// In Go's words.
pub fn whole(text: &str) -> Result<i64, String> {
    text.parse::<i64>().map_err(|error| {
        let why = match error.kind() {
            std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => "value out of range",
            _ => "invalid syntax",
        };
        format!("strconv.Atoi: parsing {}: {why}", go_quote(text))
    })
}

/// A truth value as compose-go's `toBoolean` reads it.
///
/// # Errors
/// In its words.
pub fn boolean(text: &str, warnings: &mut Vec<String>) -> Result<bool, String> {
    let value = match text.to_lowercase().as_str() {
        "true" => return Ok(true),
        "false" => return Ok(false),
        "y" | "yes" | "on" => true,
        "n" | "no" | "off" => false,
        _ => return Err(format!("invalid boolean: {text}")),
    };
    warnings.push(format!("{} for boolean is not supported by YAML 1.2, please use `{value}`", go_quote(text)));
    Ok(value)
}
