//! `--security-opt` and `--device`.
//!
//! Promises: the checks and texts of docker/cli `parseSecurityOpts`, `validateDevice`, `parseLinuxDevice`.

use std::collections::BTreeSet;

use crate::client::execute::go_error;
use crate::client::units::go_quote;
use crate::world::daemon::container::DeviceMapping;
use crate::world::process::System;

/// The options as the daemon gets them, and whether `/proc` and `/sys` are left open (`systempaths=unconfined`).
///
/// # Errors
/// An option without a value, and a seccomp profile that cannot be read.
pub fn options(given: &[&str], system: &System<'_>) -> Result<(Vec<String>, bool), String> {
    let mut options = Vec::new();
    let mut open = false;
    for option in given {
        let mut split = option.split_once('=');
        if split.is_none() && *option != "no-new-privileges" {
            split = option.split_once(':');
        }
        let (key, value) = split.unwrap_or((option, ""));
        if value.is_empty() && key != "no-new-privileges" {
            return Err(format!("Invalid --security-opt: {}", go_quote(option)));
        }
        if *option == "systempaths=unconfined" {
            open = true;
            continue;
        }
        match (key, value) {
            ("seccomp", profile) if !matches!(profile, "builtin" | "unconfined") => {
                let text = system.read_file(profile).map_err(|error| {
                    format!("opening seccomp profile ({profile}) failed: open {profile}: {}", go_error(error))
                })?;
                let text: serde_json::Value = serde_json::from_slice(&text)
                    .map_err(|error| format!("compacting json for seccomp profile ({profile}) failed: {error}"))?;
                options.push(format!("seccomp={text}"));
            }
            _ => options.push((*option).to_owned()),
        }
    }
    Ok((options, open))
}

/// Capabilities as the daemon gets them: in capitals, with `CAP_` in front, sorted, each once.
pub fn capabilities(given: &[&str]) -> Vec<String> {
    let whole = |name: &&str| match name.to_uppercase() {
        name if name == "ALL" || name.starts_with("CAP_") => name,
        name => format!("CAP_{name}"),
    };
    given.iter().map(whole).collect::<BTreeSet<String>>().into_iter().collect()
}

/// `--device`: `PATH[:PATH][:MODE]`.
///
/// # Errors
/// Too many parts, a mode that is none, a path that is not absolute.
pub fn device(value: &str) -> Result<DeviceMapping, String> {
    let parts: Vec<&str> = value.split(':').collect();
    let (on_host, in_container, permissions) = match parts.as_slice() {
        ["", ..] | [_, _, _, _, ..] | [] => return Err(format!("bad format for path: {value}")),
        [path] => (*path, *path, "rwm"),
        [path, mode] if is_mode(mode) => (*path, *path, *mode),
        [path, inside] => (*path, *inside, "rwm"),
        [_, _, mode] if !is_mode(mode) => return Err(format!("bad mode specified: {mode}")),
        [path, inside, mode] => (*path, *inside, *mode),
    };
    if !in_container.starts_with('/') {
        return Err(format!("{in_container} is not an absolute path"));
    }
    let (on_host, in_container, permissions) = (on_host.to_owned(), in_container.to_owned(), permissions.to_owned());
    Ok(DeviceMapping { on_host, in_container, permissions })
}

/// Some of `r`, `w` and `m`, each once.
fn is_mode(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|letter| "rwm".contains(letter))
        && text.chars().all(|letter| text.matches(letter).count() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_read_as_docker_reads_them() {
        let mapping = |on_host: &str, in_container: &str, permissions: &str| {
            let (on_host, in_container) = (on_host.to_owned(), in_container.to_owned());
            Ok(DeviceMapping { on_host, in_container, permissions: permissions.to_owned() })
        };
        assert_eq!(device("/dev/null"), mapping("/dev/null", "/dev/null", "rwm"));
        assert_eq!(device("/dev/null:r"), mapping("/dev/null", "/dev/null", "r"));
        assert_eq!(device("/dev/null:/dev/x:rw"), mapping("/dev/null", "/dev/x", "rw"));
        for (value, why) in [
            ("", "bad format for path: "),
            ("a:b:c:d", "bad format for path: a:b:c:d"),
            ("/dev/null:/dev/x:rwx", "bad mode specified: rwx"),
            ("null", "null is not an absolute path"),
        ] {
            assert_eq!(device(value), Err(why.to_owned()), "{value}");
        }
    }
}
