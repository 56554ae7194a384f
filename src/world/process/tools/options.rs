//! Options of the small tools, by the rules of `getopt_long(3)`, with BusyBox's and GNU's refusals.
//!
//! Promises: an option is taken, refused as unknown in the real tool's words, or refused as not modelled; never
//! silently ignored.

use super::busybox;
use super::call::{Flavour, Tool};

/// What options a tool has.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The usage line, without the tool's name.
    pub usage: &'static str,
    /// As `getopt(3)`: a colon after a letter that takes a value, two where the value is optional, a leading `+` to
    /// stop at the first operand.
    pub short: &'static str,
    /// Long names and the letters that they stand for.
    pub long: &'static [(&'static str, char)],
    /// Letters that the real tool has and the model has not.
    pub missing: &'static str,
    /// The exit code for wrong words; GNU's.
    pub failure: i32,
}

impl Options {
    /// Options by letter alone; wrong words end with 1.
    pub const fn short(usage: &'static str, short: &'static str, missing: &'static str) -> Options {
        Options { usage, short, long: &[], missing, failure: 1 }
    }

    /// The same with long names.
    pub const fn with_long(self, long: &'static [(&'static str, char)]) -> Options {
        Options { long, ..self }
    }

    /// The same with another exit code for wrong words.
    pub const fn failing_with(self, failure: i32) -> Options {
        Options { failure, ..self }
    }

    fn takes(&self, letter: char) -> Option<Takes> {
        let mut rest = self.short.trim_start_matches('+').chars().peekable();
        while let Some(known) = rest.next() {
            let mut colons = 0;
            while rest.next_if_eq(&':').is_some() {
                colons += 1;
            }
            if known == letter {
                return Some(match colons {
                    0 => Takes::Nothing,
                    1 => Takes::Value,
                    _ => Takes::Maybe,
                });
            }
        }
        None
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    Value,
    Maybe,
}

/// The options and operands that were given.
#[derive(Clone, Debug, Default)]
pub struct Given {
    options: Vec<(char, Option<String>)>,
    /// What is no option, in order.
    pub operands: Vec<String>,
}

impl Given {
    /// Whether an option was given.
    pub fn has(&self, letter: char) -> bool {
        self.options.iter().any(|(known, _)| *known == letter)
    }

    /// The value of an option; the last counts.
    pub fn value(&self, letter: char) -> Option<&str> {
        self.options.iter().rev().find(|(known, _)| *known == letter)?.1.as_deref()
    }

    /// All values of an option, in order.
    pub fn values(&self, letter: char) -> impl Iterator<Item = &str> {
        self.options.iter().filter(move |(known, _)| *known == letter).filter_map(|(_, value)| value.as_deref())
    }

    /// The one of these options that was given last.
    pub fn last_of(&self, letters: &str) -> Option<char> {
        self.options.iter().rev().map(|(letter, _)| *letter).find(|letter| letters.contains(*letter))
    }

    /// How often an option was given.
    pub fn count(&self, letter: char) -> usize {
        self.options.iter().filter(|(known, _)| *known == letter).count()
    }
}

impl Tool<'_, '_> {
    /// Reads the options of the call.
    ///
    /// # Errors
    /// The exit code, when an option is refused; why was said.
    pub fn options(&mut self, options: &Options) -> Result<Given, i32> {
        let arguments = self.call.arguments.clone();
        self.options_of(options, &arguments)
    }

    /// Reads options from words.
    ///
    /// # Errors
    /// As [`Tool::options`].
    pub fn options_of(&mut self, options: &Options, arguments: &[String]) -> Result<Given, i32> {
        let mut given = Given::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            if argument == "--" {
                given.operands.extend(rest.cloned());
                break;
            }
            if let Some(long) = argument.strip_prefix("--") {
                let (name, value) = match long.split_once('=') {
                    Some((name, value)) => (name, Some(value.to_owned())),
                    None => (long, None),
                };
                if name == "help" {
                    let text = usage(self, options);
                    // BusyBox says it where it says everything about wrong calls.
                    self.output.push(if self.is_gnu() { 1 } else { 2 }, text.as_bytes());
                    return Err(0);
                }
                let mut matching = options.long.iter().filter(|(known, _)| known.starts_with(name));
                let exact = options.long.iter().find(|(known, _)| *known == name);
                let Some((_, letter)) = exact.or_else(|| matching.next()) else {
                    self.complain(format_args!("unrecognized option '--{long}'"));
                    return Err(self.refuse(options));
                };
                let value = match options.takes(*letter) {
                    Some(Takes::Value) if value.is_none() => match rest.next() {
                        Some(value) => Some(value.clone()),
                        None => {
                            self.complain(format_args!("option '--{name}' requires an argument"));
                            return Err(self.refuse(options));
                        }
                    },
                    _ => value,
                };
                given.options.push((*letter, value));
                continue;
            }
            let Some(letters) = argument.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
                given.operands.push(argument.clone());
                if options.short.starts_with('+') {
                    given.operands.extend(rest.cloned());
                    break;
                }
                continue;
            };
            let mut letters = letters.chars();
            while let Some(letter) = letters.next() {
                match options.takes(letter) {
                    Some(Takes::Nothing) => given.options.push((letter, None)),
                    Some(takes) => {
                        let attached: String = letters.by_ref().collect();
                        let value = match (attached.is_empty(), takes) {
                            (false, _) => Some(attached),
                            (true, Takes::Maybe) => None,
                            (true, _) => match rest.next() {
                                Some(value) => Some(value.clone()),
                                None => {
                                    self.complain(format_args!("option requires an argument -- '{letter}'"));
                                    return Err(self.refuse(options));
                                }
                            },
                        };
                        given.options.push((letter, value));
                    }
                    None if options.missing.contains(letter) => {
                        self.not_modelled(format_args!("the option -{letter}"));
                        return Err(options.failure);
                    }
                    None => {
                        self.complain(format_args!("invalid option -- '{letter}'"));
                        return Err(self.refuse(options));
                    }
                }
            }
        }
        Ok(given)
    }

    /// Shows the usage, or where to find it. Gives the exit code.
    pub fn refuse(&mut self, options: &Options) -> i32 {
        let text = if self.is_gnu() {
            format!("Try '{} --help' for more information.\n", self.call.name)
        } else {
            usage(self, options)
        };
        self.output.push(2, text.as_bytes());
        options.failure
    }

    /// Refuses a call that has too few operands. Gives the exit code.
    pub fn missing_operand(&mut self, options: &Options) -> i32 {
        if self.is_gnu() {
            self.complain("missing operand");
        }
        self.refuse(options)
    }
}

/// The usage: of GNU's tools one line, of BusyBox's its whole text behind the banner.
fn usage(tool: &Tool<'_, '_>, options: &Options) -> String {
    let line = format!("Usage: {} {}\n", tool.call.name, options.usage);
    match tool.call.flavour {
        Flavour::Gnu => line,
        Flavour::BusyBox(edition) => {
            format!("{}\n\n{}", edition.banner(), busybox::usage(&tool.call.name).unwrap_or(&line))
        }
    }
}
