//! The words of a `multipass` command line, read as its option parser reads them.
//!
//! Promises: a request is complete, or there is a refusal with Multipass's text and exit code. Must not know any machine.

use std::collections::BTreeMap;

use crate::world::machine::figures::Figures;

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    Launch(Launch),
    List,
    Info(Vec<String>),
    Start(Names),
    Stop { names: Names, force: bool },
    Delete { names: Names, purge: bool },
    Recover(Names),
    Purge,
    Exec { name: String, directory: Option<String>, words: Vec<String> },
    Version,
    Help,
}

/// Some instances, or all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    All,
    These(Vec<String>),
}

/// What `launch` was asked for; sizes are in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    pub name: Option<String>,
    pub image: String,
    pub cpus: u32,
    pub memory: u64,
    pub disk: u64,
}

/// Words that cannot be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The descriptor that it is written to.
    pub descriptor: u32,
    pub text: String,
    pub code: i32,
}

/// The exit code for a wrong command line (`return_codes.h`).
pub const COMMAND_LINE_ERROR: i32 = 1;
/// The exit code for a command that failed (`return_codes.h`).
pub const COMMAND_FAIL: i32 = 2;

fn wrong(text: impl Into<String>) -> Refusal {
    Refusal { descriptor: 2, text: text.into(), code: COMMAND_LINE_ERROR }
}

fn not_modelled(what: &str) -> Refusal {
    Refusal { descriptor: 2, text: format!("multipass: Layerlab does not model {what} yet\n"), code: COMMAND_FAIL }
}

/// An option: its names, and whether a value follows.
struct Known {
    names: &'static [&'static str],
    takes_value: bool,
}

const fn known(names: &'static [&'static str], takes_value: bool) -> Known {
    Known { names, takes_value }
}

const LAUNCH: [Known; 7] = [
    known(&["name", "n"], true),
    known(&["cpus", "c"], true),
    known(&["memory", "m", "mem"], true),
    known(&["disk", "d"], true),
    known(&["timeout"], true),
    known(&["cloud-init"], true),
    known(&["mount"], true),
];
const FORMAT: [Known; 1] = [known(&["format"], true)];
const ALL: [Known; 2] = [known(&["all"], false), known(&["timeout"], true)];
const STOP: [Known; 4] =
    [known(&["all"], false), known(&["force"], false), known(&["time", "t"], true), known(&["cancel", "c"], false)];
const DELETE: [Known; 2] = [known(&["all"], false), known(&["purge", "p"], false)];
const EXEC: [Known; 2] = [known(&["working-directory", "d"], true), known(&["no-map-working-directory", "n"], false)];

/// Commands of Multipass that are not modelled.
const OTHERS: [&str; 21] = [
    "alias",
    "aliases",
    "authenticate",
    "clone",
    "disable-zones",
    "enable-zones",
    "find",
    "get",
    "mount",
    "networks",
    "prefer",
    "register",
    "restart",
    "restore",
    "set",
    "shell",
    "snapshot",
    "suspend",
    "transfer",
    "umount",
    "unalias",
];

/// Reads a command line, without the program's name.
///
/// # Errors
/// What Multipass says to it, or that Layerlab does not model it.
pub fn parse(words: &[String], figures: &Figures) -> Result<Request, Refusal> {
    let Some((command, rest)) = words.split_first() else {
        return Err(Refusal { descriptor: 1, text: super::print::HELP.to_owned(), code: COMMAND_FAIL });
    };
    let names = |options: &Options| names(options);
    Ok(match command.as_str() {
        "launch" => Request::Launch(launch(rest, figures)?),
        "list" | "ls" => {
            let options = Options::read(rest, &FORMAT)?;
            options.only_tables()?;
            options.no_operands()?;
            Request::List
        }
        "info" => {
            let options = Options::read(rest, &FORMAT)?;
            options.only_tables()?;
            Request::Info(options.operands)
        }
        "start" => Request::Start(names(&Options::read(rest, &ALL)?)?),
        "recover" => Request::Recover(names(&Options::read(rest, &ALL)?)?),
        "stop" => {
            let options = Options::read(rest, &STOP)?;
            if options.has("time") || options.has("cancel") {
                return Err(not_modelled("a delayed shutdown"));
            }
            Request::Stop { names: names(&options)?, force: options.has("force") }
        }
        "delete" => {
            let options = Options::read(rest, &DELETE)?;
            Request::Delete { names: names(&options)?, purge: options.has("purge") }
        }
        "purge" => {
            Options::read(rest, &[])?.no_operands()?;
            Request::Purge
        }
        "exec" => exec(rest)?,
        "version" | "--version" | "-V" => {
            let options = Options::read(rest, &FORMAT)?;
            options.only_tables()?;
            options.no_operands()?;
            Request::Version
        }
        "help" | "--help" | "-h" => Request::Help,
        other if OTHERS.contains(&other) => return Err(not_modelled(&format!("`multipass {other}`"))),
        other if other.starts_with('-') => return Err(unknown_option(other.trim_start_matches('-'))),
        other => {
            let text = format!(
                "Error: Unknown command or alias '{other}' (try \"multipass help\" or \"multipass aliases\")\n"
            );
            return Err(Refusal { descriptor: 1, text, code: COMMAND_LINE_ERROR });
        }
    })
}

fn unknown_option(name: &str) -> Refusal {
    wrong(format!("Unknown option '{name}'.\n"))
}

/// Options and operands.
#[derive(Clone, Debug, Default)]
struct Options {
    values: BTreeMap<&'static str, String>,
    operands: Vec<String>,
}

impl Options {
    /// Reads options wherever they stand; after `--` all are operands.
    fn read(words: &[String], all: &[Known]) -> Result<Options, Refusal> {
        let mut options = Options::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                options.operands.extend(words.by_ref().cloned());
                break;
            }
            let Some(name) = word.strip_prefix("--").or_else(|| word.strip_prefix('-').filter(|rest| !rest.is_empty()))
            else {
                options.operands.push(word.clone());
                continue;
            };
            let (name, value) = match name.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (name, None),
            };
            if name.trim_start_matches('v').is_empty() || name == "verbose" {
                continue;
            }
            if ["help", "h"].contains(&name) {
                return Err(Refusal { descriptor: 1, text: super::print::HELP.to_owned(), code: 0 });
            }
            let found = all.iter().find(|known| known.names.contains(&name)).ok_or_else(|| unknown_option(name))?;
            let value = match (found.takes_value, value) {
                (true, Some(value)) => value,
                (true, None) => match words.next() {
                    Some(value) => value.clone(),
                    None => return Err(wrong(format!("Missing value after '{word}'.\n"))),
                },
                (false, None) => String::new(),
                (false, Some(_)) => return Err(wrong(format!("Unexpected value after '--{name}'.\n"))),
            };
            options.values.insert(found.names[0], value);
        }
        Ok(options)
    }

    fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    fn no_operands(&self) -> Result<(), Refusal> {
        if self.operands.is_empty() { Ok(()) } else { Err(wrong("This command takes no arguments\n")) }
    }

    fn only_tables(&self) -> Result<(), Refusal> {
        match self.value("format") {
            None | Some("table") => Ok(()),
            Some(other @ ("json" | "csv" | "yaml")) => Err(not_modelled(&format!("--format {other}"))),
            Some(_) => Err(wrong("Invalid format type given.\n")),
        }
    }
}

/// `check_for_name_and_all_option_conflict` of `common_cli.cpp`.
fn names(options: &Options) -> Result<Names, Refusal> {
    match (options.has("all"), options.operands.len()) {
        (false, 0) => Err(wrong("Name argument or --all is required\n")),
        (true, 0) => Ok(Names::All),
        (true, 1) => Err(wrong("Cannot specify name when --all option set\n")),
        (true, _) => Err(wrong("Cannot specify names when --all option set\n")),
        (false, _) => Ok(Names::These(options.operands.clone())),
    }
}

fn launch(words: &[String], figures: &Figures) -> Result<Launch, Refusal> {
    let options = Options::read(words, &LAUNCH)?;
    for name in ["cloud-init", "mount"] {
        if options.has(name) {
            return Err(not_modelled(&format!("--{name}")));
        }
    }
    if options.operands.len() > 1 {
        return Err(wrong("Too many arguments supplied\n"));
    }
    let limits = &figures.multipass;
    let cpus = match options.value("cpus") {
        None => u32::from(limits.cpus),
        Some(text) => match text.parse::<u32>() {
            Ok(count @ 1..=256) => count,
            _ => return Err(wrong(format!("Error: invalid CPU count '{text}', need a positive integer value.\n"))),
        },
    };
    let bytes = |name: &str, default: u64| match options.value(name) {
        None => Ok(default),
        Some(text) => size(text).ok_or_else(|| {
            wrong(format!(
                "{text} is not a valid memory size - need a non-negative integer (in base 10) with an optional unit \
                 (B|K|M|G)\n"
            ))
        }),
    };
    let (memory, disk) = (bytes("memory", limits.memory)?, bytes("disk", limits.disk)?);
    let invalid = |what: String| {
        let text = format!("launch failed: Invalid arguments supplied\n{what}\n");
        Refusal { descriptor: 2, text, code: COMMAND_FAIL }
    };
    if memory < limits.least_memory {
        let given = options.value("memory").unwrap_or_default();
        return Err(invalid(format!("Invalid memory size value supplied: {given}.")));
    }
    if disk < limits.least_disk {
        let given = options.value("disk").unwrap_or_default();
        return Err(invalid(format!("Invalid disk size value supplied: {given}.")));
    }
    let name = options.value("name").map(str::to_owned);
    if let Some(name) = &name
        && !is_host_name(name)
    {
        return Err(invalid(format!("Invalid instance name supplied: {name}")));
    }
    let image = options.operands.first().cloned().unwrap_or_else(|| "default".to_owned());
    Ok(Launch { name, image, cpus, memory, disk })
}

/// Letters, digits and hyphens; a letter first, no hyphen last (the help of `multipass launch`).
fn is_host_name(name: &str) -> bool {
    let fits = name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '-');
    let ends =
        name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.ends_with(|c: char| c.is_ascii_alphanumeric());
    fits && ends && name.len() <= 63
}

/// A size as `memory_size.cpp` reads it: a number with K, M or G in powers of 1024, decimals only with a unit.
fn size(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.find(|sign: char| !sign.is_ascii_digit() && sign != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.trim_end_matches('b').trim_end_matches('i') {
        "" if unit.is_empty() || unit == "b" => 1,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        _ => return None,
    };
    match number.split_once('.') {
        None => number.parse::<u64>().ok()?.checked_mul(factor),
        Some((whole, part)) if factor > 1 && !part.is_empty() && part.len() <= 9 => {
            let whole = whole.parse::<u64>().ok()?.checked_mul(factor)?;
            let part = part.parse::<u64>().ok()?.checked_mul(factor)? / 10_u64.pow(u32::try_from(part.len()).ok()?);
            whole.checked_add(part)
        }
        Some(_) => None,
    }
}

fn exec(words: &[String]) -> Result<Request, Refusal> {
    let options = Options::read(words, &EXEC).map_err(|mut refusal| {
        if !words.iter().any(|word| word == "--") && refusal.text.starts_with("Unknown option") {
            refusal.text.push_str(
                "\nOptions to the inner command should come after \"--\", like this:\nmultipass exec <instance> -- <command> \
                 <arguments>\n",
            );
        }
        refusal
    })?;
    if options.has("working-directory") && options.has("no-map-working-directory") {
        return Err(wrong("Options --working-directory and --no-map-working-directory clash\n"));
    }
    match options.operands.split_first() {
        Some((name, words)) if !words.is_empty() => Ok(Request::Exec {
            name: name.clone(),
            directory: options.value("working-directory").map(str::to_owned),
            words: words.to_vec(),
        }),
        _ => Err(wrong("Wrong number of arguments\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_multipass_reads_them() {
        let cases = [
            ("1G", Some(1 << 30)),
            ("512M", Some(512 << 20)),
            ("1.5G", Some(3 << 29)),
            ("2GiB", Some(2 << 30)),
            ("1024", Some(1024)),
            ("10b", Some(10)),
            ("1.5", None),
            ("x", None),
            ("", None),
            ("99999999999999999999G", None),
        ];
        for (text, expected) in cases {
            assert_eq!(size(text), expected, "{text}");
        }
    }
}
