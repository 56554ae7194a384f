//! Command-line flags by Docker's rules: what a flag is, and how words are read as flags and arguments.
//!
//! Promises: the reading order, the combined short flags and the error texts of `github.com/spf13/pflag`, which the docker
//! command line uses. A set of flags is plain data. Must not know any particular command; those are in `commands`.

mod check;
pub mod device;
pub mod mount;
pub mod network;
pub mod ulimit;

pub use check::parse_nano_cpus;

use super::units::{go_quote, go_quote_character};

/// What a flag's value must look like. Each kind checks as the flag types of docker's `opts` package do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// On when named; `--flag=false` turns it off.
    Bool,
    /// Any text; the last one counts.
    Text,
    /// A whole number of 64 bits.
    Int,
    /// A whole number without sign of 16 bits.
    Uint16,
    /// A whole number without sign of 64 bits.
    Uint64,
    /// A size such as `64m`.
    Bytes,
    /// A size, or `-1` for no limit.
    SwapBytes,
    /// A duration such as `1m30s`.
    Duration,
    /// A number of CPUs such as `1.5`.
    Decimal,
    /// Any texts, each occurrence adds one.
    List,
    /// Texts; one occurrence may hold several, with commas between.
    CommaList,
    /// `NAME=value` or `NAME`.
    Environment,
    /// `key=value` or `key`, the key without blanks.
    Label,
    /// `key=value`.
    Map,
    /// `name:address` of `--add-host`.
    HostMapping,
    /// IP addresses.
    Address,
    /// DNS search domains.
    DnsSearch,
    /// `key=value` of `--filter`.
    Filter,
    /// The fields of `--mount`.
    Mount,
    /// A network's name, or the fields of `--network`.
    Network,
    /// `key=value` of `--sysctl`.
    Sysctl,
    /// `stdin`, `stdout` or `stderr`.
    Stream,
    /// `container:alias`.
    Link,
    /// `type=soft:hard`.
    Ulimit,
    /// `/dev/sda:500` of `--blkio-weight-device`.
    WeightDevice,
    /// `/dev/sda:1mb` of `--device-read-bps`.
    ByteRateDevice,
    /// `/dev/sda:1000` of `--device-read-iops`.
    OperationRateDevice,
    /// `c 1:3 rwm` of `--device-cgroup-rule`.
    CgroupRule,
    /// The fields of `--gpus`.
    Gpus,
}

impl Kind {
    /// Whether each occurrence adds to the ones before, instead of taking their place.
    pub const fn is_list(self) -> bool {
        matches!(
            self,
            Kind::List
                | Kind::CommaList
                | Kind::Environment
                | Kind::Label
                | Kind::Map
                | Kind::HostMapping
                | Kind::Address
                | Kind::DnsSearch
                | Kind::Filter
                | Kind::Mount
                | Kind::Network
                | Kind::Sysctl
                | Kind::Stream
                | Kind::Link
                | Kind::Ulimit
                | Kind::WeightDevice
                | Kind::ByteRateDevice
                | Kind::OperationRateDevice
                | Kind::CgroupRule
                | Kind::Gpus
        )
    }
}

/// One flag of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The long name, without dashes.
    pub name: &'static str,
    /// The letter for the short form.
    pub short: Option<char>,
    /// What its value must look like.
    pub kind: Kind,
    /// What help calls its value: `string`, `list`; nothing for a switch.
    pub value_name: &'static str,
    /// The value when it is not given, and what help shows as default; empty if help shows none.
    pub default: &'static str,
    /// Docker's own help text; lines as Docker breaks them.
    pub help: &'static str,
    /// Whether help leaves it out.
    pub hidden: bool,
    /// What Docker says when it is used although it is on its way out; empty if it is not.
    pub deprecated: &'static str,
    /// Whether Layerlab does what it says; if not, it is read and then refused with a plain message.
    pub modelled: bool,
}

impl Flag {
    /// A flag of this kind.
    pub const fn new(name: &'static str, kind: Kind, value_name: &'static str, help: &'static str) -> Flag {
        Flag { name, short: None, kind, value_name, default: "", help, hidden: false, deprecated: "", modelled: true }
    }

    /// A switch.
    pub const fn switch(name: &'static str, help: &'static str) -> Flag {
        Flag::new(name, Kind::Bool, "", help)
    }

    /// The same with a short form.
    pub const fn short(mut self, letter: char) -> Flag {
        self.short = Some(letter);
        self
    }

    /// The same with a default.
    pub const fn default(mut self, default: &'static str) -> Flag {
        self.default = default;
        self
    }

    /// The same, left out of help.
    pub const fn hidden(mut self) -> Flag {
        self.hidden = true;
        self
    }

    /// The same, with a warning on use.
    pub const fn deprecated(mut self, advice: &'static str) -> Flag {
        self.deprecated = advice;
        self.hidden = true;
        self
    }

    /// The same, read but refused.
    pub const fn unmodelled(mut self) -> Flag {
        self.modelled = false;
        self
    }

    /// The flag as error messages name it: `-t, --time` or `--cpus`.
    fn spelling(&self) -> String {
        match self.short {
            Some(letter) => format!("-{letter}, --{}", self.name),
            None => format!("--{}", self.name),
        }
    }
}

/// Why words are not a command line, in the words of pflag, without the usage that follows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlagError {
    /// No such long flag.
    #[error("unknown flag: --{0}")]
    Unknown(String),
    /// No such letter.
    #[error("unknown shorthand flag: {} in -{word}", go_quote_character(*.letter))]
    UnknownShort {
        /// The letter.
        letter: char,
        /// What was left of the word, from the letter on.
        word: String,
    },
    /// Nothing follows a long flag.
    #[error("flag needs an argument: {0}")]
    NeedsArgument(String),
    /// Nothing follows a letter.
    #[error("flag needs an argument: {} in -{word}", go_quote_character(*.letter))]
    ShortNeedsArgument {
        /// The letter.
        letter: char,
        /// What was left of the word, from the letter on.
        word: String,
    },
    /// `---x` and the like.
    #[error("bad flag syntax: {0}")]
    BadSyntax(String),
    /// The value is not of the flag's kind.
    #[error("invalid argument {} for {} flag: {reason}", go_quote(.value), go_quote(.flag))]
    InvalidArgument {
        /// The value given.
        value: String,
        /// The flag as messages name it.
        flag: String,
        /// Why, in the words of the flag's type.
        reason: String,
    },
}

/// A flag as it was used.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Occurrence {
    flag: &'static Flag,
    value: String,
}

/// What the words of a command line said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// The flags of the command that have a default: few of many, and looked through at each question.
    defaults: Vec<&'static Flag>,
    occurrences: Vec<Occurrence>,
    /// The words that are not flags, in order.
    pub arguments: Vec<String>,
    /// What Docker prints, a line each, on standard output before anything else: warnings about flags on their way out.
    pub warnings: Vec<String>,
}

impl Parsed {
    /// Whether the flag was given at all.
    pub fn changed(&self, name: &str) -> bool {
        self.occurrences.iter().any(|occurrence| occurrence.flag.name == name)
    }

    /// The last value of a flag, or its default; `None` if it was not given and has no default.
    pub fn text(&self, name: &str) -> Option<&str> {
        let given = self.occurrences.iter().rev().find(|occurrence| occurrence.flag.name == name);
        let default = || self.defaults.iter().find(|flag| flag.name == name).map(|flag| flag.default);
        given.map(|occurrence| occurrence.value.as_str()).or_else(default)
    }

    /// Whether a switch is on.
    pub fn on(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| check::parse_bool(text) == Ok(true))
    }

    /// A whole number, if given or if it has a default.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.text(name).and_then(|text| check::parse_int(text).ok())
    }

    /// A size in bytes, if given or if it has a default; -1 where Docker reads it as no limit.
    pub fn bytes(&self, name: &str) -> Option<i64> {
        let text = self.text(name)?;
        if text == "-1" { Some(-1) } else { super::units::ram_in_bytes(text).ok() }
    }

    /// A duration in nanoseconds, if given or if it has a default.
    pub fn duration(&self, name: &str) -> Option<i64> {
        self.text(name).and_then(|text| super::units::parse_duration(text).ok())
    }

    /// A number of CPUs in billionths, if given.
    pub fn nano_cpus(&self, name: &str) -> Option<i64> {
        self.text(name).and_then(|text| parse_nano_cpus(text).ok())
    }

    /// All values of a flag that may be repeated, in order.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let mut values = Vec::new();
        for occurrence in self.occurrences.iter().filter(|occurrence| occurrence.flag.name == name) {
            match occurrence.flag.kind {
                Kind::CommaList => values.extend(occurrence.value.split(',')),
                // An empty filter is none.
                Kind::Filter if occurrence.value.is_empty() => {}
                _ => values.push(occurrence.value.as_str()),
            }
        }
        values
    }

    /// The first flag that was given but is not modelled.
    pub fn unmodelled(&self) -> Option<&Flag> {
        self.occurrences.iter().map(|occurrence| occurrence.flag).find(|flag| !flag.modelled)
    }

    /// How many flags were given.
    pub fn flag_count(&self) -> usize {
        self.occurrences.iter().filter(|occurrence| occurrence.flag.name != HELP.name).count()
    }
}

/// The flag that every command has.
static HELP: Flag = Flag::switch("help", "Print usage").hidden();

const HELP_SHORT_WARNING: &str = "Flag shorthand -h has been deprecated, use --help";

/// Reads `words` as flags and arguments. With `interspersed` flags may stand after arguments; without it the first
/// argument ends them, as for `docker run`.
pub fn parse(flags: &'static [&'static [Flag]], interspersed: bool, words: &[String]) -> Result<Parsed, FlagError> {
    let defaults = flags.iter().copied().flatten().filter(|flag| !flag.default.is_empty()).collect();
    let mut reader = Reader { flags, parsed: Parsed { defaults, ..Parsed::default() }, words, next: 0 };
    while let Some(word) = reader.take() {
        if word == "--" {
            break;
        } else if word.starts_with("--") {
            reader.long(word)?;
        } else if word.len() > 1 && word.starts_with('-') {
            reader.shorts(word)?;
        } else {
            reader.parsed.arguments.push(word.to_owned());
            if !interspersed {
                break;
            }
        }
    }
    let rest = words.get(reader.next..).unwrap_or_default();
    reader.parsed.arguments.extend_from_slice(rest);
    Ok(reader.parsed)
}

struct Reader<'w> {
    flags: &'static [&'static [Flag]],
    parsed: Parsed,
    words: &'w [String],
    next: usize,
}

impl<'w> Reader<'w> {
    fn find(&self, wanted: impl Fn(&Flag) -> bool) -> Option<&'static Flag> {
        self.flags.iter().copied().flatten().chain([&HELP]).find(|flag| wanted(flag))
    }

    fn take(&mut self) -> Option<&'w str> {
        let word = self.words.get(self.next)?;
        self.next += 1;
        Some(word)
    }

    fn long(&mut self, word: &str) -> Result<(), FlagError> {
        let body = &word[2..];
        if body.is_empty() || body.starts_with(['-', '=']) {
            return Err(FlagError::BadSyntax(word.to_owned()));
        }
        let (name, value) = match body.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (body, None),
        };
        let Some(flag) = self.find(|flag| flag.name == name) else {
            return Err(FlagError::Unknown(name.to_owned()));
        };
        let value = match value {
            Some(value) => value,
            None if flag.kind == Kind::Bool => "true",
            None => self.take().ok_or_else(|| FlagError::NeedsArgument(word.to_owned()))?,
        };
        self.set(flag, value)
    }

    fn shorts(&mut self, word: &str) -> Result<(), FlagError> {
        let mut rest = &word[1..];
        while let Some(&byte) = rest.as_bytes().first() {
            // pflag goes by bytes, and shows a byte as the character of that number.
            let letter = char::from(byte);
            let found = self.find(|flag| flag.short == Some(letter));
            let flag = match found {
                Some(flag) => flag,
                None if letter == 'h' => {
                    self.parsed.warnings.push(HELP_SHORT_WARNING.to_owned());
                    &HELP
                }
                None => return Err(FlagError::UnknownShort { letter, word: rest.to_owned() }),
            };
            let after = &rest[1..];
            if after.len() > 1 && after.starts_with('=') {
                return self.set(flag, &after[1..]);
            }
            if flag.kind == Kind::Bool {
                self.set(flag, "true")?;
                rest = after;
                continue;
            }
            if !after.is_empty() {
                return self.set(flag, after);
            }
            let Some(value) = self.take() else {
                return Err(FlagError::ShortNeedsArgument { letter, word: rest.to_owned() });
            };
            return self.set(flag, value);
        }
        Ok(())
    }

    fn set(&mut self, flag: &'static Flag, value: &str) -> Result<(), FlagError> {
        let value = check::check(flag.kind, value).map_err(|reason| FlagError::InvalidArgument {
            value: value.to_owned(),
            flag: flag.spelling(),
            reason,
        })?;
        if !flag.deprecated.is_empty() {
            self.parsed.warnings.push(format!("Flag --{} has been deprecated, {}", flag.name, flag.deprecated));
        }
        self.parsed.occurrences.push(Occurrence { flag, value });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FLAGS: &[Flag] = &[
        Flag::switch("all", "").short('a'),
        Flag::switch("interactive", "").short('i'),
        Flag::switch("tty", "").short('t'),
        Flag::switch("sig-proxy", "").default("true"),
        Flag::new("name", Kind::Text, "string", ""),
        Flag::new("env", Kind::Environment, "list", "").short('e'),
        Flag::new("timeout", Kind::Int, "int", "").short('n').default("-1"),
        Flag::new("memory", Kind::Bytes, "bytes", "").short('m'),
        Flag::new("time", Kind::Int, "int", "").deprecated("use --timeout instead"),
        Flag::new("gpus", Kind::List, "gpu-request", "").unmodelled(),
    ];

    fn read(interspersed: bool, line: &str) -> Result<Parsed, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(&[FLAGS], interspersed, &words).map_err(|error| error.to_string())
    }

    #[test]
    fn flags_are_read_in_all_their_forms() {
        let parsed = read(false, "-it -eA=1 --env B -n=5 --name=web -m 64m image -x --all").unwrap();
        assert!(parsed.on("interactive") && parsed.on("tty") && parsed.on("sig-proxy") && !parsed.on("all"));
        assert_eq!(parsed.list("env"), ["A=1", "B"]);
        assert_eq!((parsed.int("timeout"), parsed.text("name")), (Some(5), Some("web")));
        assert_eq!(parsed.bytes("memory"), Some(67_108_864));
        assert_eq!(parsed.arguments, ["image", "-x", "--all"]);
        let parsed = read(true, "one --all=false two -- --name three").unwrap();
        assert!(parsed.changed("all") && !parsed.on("all"));
        assert_eq!(parsed.arguments, ["one", "two", "--name", "three"]);
        assert_eq!((parsed.int("timeout"), parsed.text("name")), (Some(-1), None));
    }

    #[test]
    fn what_is_wrong_is_said_as_pflag_says_it() {
        for (line, error) in [
            ("--nosuchflag x", "unknown flag: --nosuchflag"),
            ("-Z x", "unknown shorthand flag: 'Z' in -Z"),
            ("-aZx", "unknown shorthand flag: 'Z' in -Zx"),
            ("-é", "unknown shorthand flag: 'Ã' in -é"),
            ("--name", "flag needs an argument: --name"),
            ("-e", "flag needs an argument: 'e' in -e"),
            ("---", "bad flag syntax: ---"),
            (
                "-n abc",
                "invalid argument \"abc\" for \"-n, --timeout\" flag: strconv.ParseInt: parsing \"abc\": invalid syntax",
            ),
            ("-e =x", "invalid argument \"=x\" for \"-e, --env\" flag: invalid environment variable: =x"),
            ("--memory abc", "invalid argument \"abc\" for \"-m, --memory\" flag: invalid size: 'abc'"),
            (
                "--all=x",
                "invalid argument \"x\" for \"-a, --all\" flag: strconv.ParseBool: parsing \"x\": invalid syntax",
            ),
        ] {
            assert_eq!(read(true, line), Err(error.to_owned()));
        }
    }

    #[test]
    fn flags_on_their_way_out_and_flags_not_modelled_are_told() {
        let parsed = read(true, "--time 5 -h --gpus all").unwrap();
        assert_eq!(parsed.warnings, ["Flag --time has been deprecated, use --timeout instead", HELP_SHORT_WARNING]);
        assert!(parsed.on("help"));
        assert_eq!(parsed.unmodelled().map(|flag| flag.name), Some("gpus"));
    }

    proptest! {
        #[test]
        fn any_words_are_answered(words in prop::collection::vec("-{0,3}[aeimntZé=]{0,4}|\\PC{0,12}", 0..8), interspersed: bool) {
            if let Ok(parsed) = parse(&[FLAGS], interspersed, &words) {
                prop_assert!(parsed.arguments.len() + parsed.flag_count() <= words.iter().map(|word| word.len().max(1)).sum());
            }
        }
    }
}
