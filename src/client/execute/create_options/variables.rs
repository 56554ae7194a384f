//! Environment variables and labels, as flags and from files.
//!
//! Promises: reads files as docker/cli `opts.ReadKVEnvStrings` does, with its texts.

use std::collections::BTreeMap;

use crate::client::execute::go_error;
use crate::world::filesystem::errno::Errno;
use crate::world::process::System;

const WHITESPACE: [char; 2] = [' ', '\t'];

/// The variables of `--env-file` and `-e`. A name alone takes the value that the client has, if it has one.
///
/// # Errors
/// A file that cannot be read, or a name with blanks in it.
pub fn environment(files: &[&str], given: &[&str], system: &System<'_>) -> Result<Vec<String>, String> {
    let own = system.environment();
    let lookup =
        |name: &str| own.iter().rev().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned);
    let mut variables = Vec::new();
    for file in files {
        for line in read(file, system)? {
            match line.contains('=') {
                true => variables.push(line),
                false => variables.extend(lookup(&line).map(|value| format!("{}={value}", line.trim()))),
            }
        }
    }
    for variable in given {
        match variable.contains('=') {
            true => variables.push((*variable).to_owned()),
            // A variable that is not set is sent by its name, which tells the daemon to remove it.
            false => {
                variables.push(lookup(variable).map_or((*variable).to_owned(), |value| format!("{variable}={value}")));
            }
        }
    }
    Ok(variables)
}

/// The labels of `--label-file` and `--label`.
///
/// # Errors
/// As [`environment`].
pub fn labels(files: &[&str], given: &[&str], system: &System<'_>) -> Result<BTreeMap<String, String>, String> {
    let mut lines = Vec::new();
    for file in files {
        // A name alone says nothing in a file of labels.
        lines.extend(read(file, system)?.into_iter().filter(|line| line.contains('=')));
    }
    lines.extend(given.iter().map(|label| (*label).to_owned()));
    Ok(pairs(lines.iter().map(String::as_str)))
}

/// `key=value` or `key` as a map; a later one replaces an earlier one.
pub fn pairs<'t>(values: impl IntoIterator<Item = &'t str>) -> BTreeMap<String, String> {
    let split = |value: &'t str| value.split_once('=').unwrap_or((value, ""));
    values.into_iter().map(split).map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn read(file: &str, system: &System<'_>) -> Result<Vec<String>, String> {
    let bytes = system.read_file(file).map_err(|error| match error {
        Errno::EISDIR => format!("invalid env file ({file}): read {file}: is a directory"),
        error => format!("open {file}: {}", go_error(error)),
    })?;
    lines(file, &bytes)
}

/// The lines of an environment file that say something, checked.
///
/// # Errors
/// In the words of docker/cli `kvfile`.
pub fn lines(file: &str, bytes: &[u8]) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    let content = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    for (index, line) in content.split(|byte| *byte == b'\n').enumerate() {
        let Ok(line) = std::str::from_utf8(line) else {
            let bytes = line.iter().map(u8::to_string).collect::<Vec<_>>().join(" ");
            let number = index + 1;
            return Err(format!("invalid env file ({file}): invalid utf8 bytes at line {number}: [{bytes}]"));
        };
        let line = line.strip_suffix('\r').unwrap_or(line).trim_start_matches(WHITESPACE);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let name = line.split('=').next().unwrap_or_default();
        if name.contains(WHITESPACE) {
            return Err(format!("invalid env file ({file}): variable '{name}' contains whitespaces"));
        }
        if name.is_empty() {
            return Err(format!("invalid env file ({file}): no variable name on line '{line}'"));
        }
        lines.push(line.to_owned());
    }
    Ok(lines)
}
