//! Which shell this is: BusyBox ash, as containers have it, or dash, as the host has it. Promises one place for every
//! difference in wording between the two; knows nothing of how commands run.

/// The two shells that share this engine. They differ in the words of their messages and in a few extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// BusyBox ash, `/bin/sh` of the busybox and alpine images.
    Ash,
    /// dash, `/bin/sh` of Debian and Ubuntu.
    Dash,
}

impl Dialect {
    /// Whether the bash-like extensions of ash exist: `function f`, `$'…'`, `${x:1:2}`, `${x/a/b}`, `&>`, `source`, `let`.
    pub fn has_extensions(self) -> bool {
        self == Dialect::Ash
    }

    /// The number of the first line of a `-c` string in messages: ash counts from 0 there, dash from 1.
    pub fn first_line_of_argument(self) -> u32 {
        match self {
            Dialect::Ash => 0,
            Dialect::Dash => 1,
        }
    }

    /// The start of every message: `sh: cd: line 0: ` for ash, `sh: 1: cd: ` for dash. `shell` is `$0`; `command` is
    /// the built-in or sourced file that complains, if any. ash leaves the line out when nothing but `sh -c` is running
    /// or when `interactive`.
    pub fn prefix(self, shell: &str, command: Option<&str>, line: u32, interactive: bool) -> String {
        match (self, command) {
            (Dialect::Ash, None) => format!("{shell}: "),
            (Dialect::Ash, Some(command)) => {
                let name = if command == shell { String::new() } else { format!("{command}: ") };
                let place = if interactive { String::new() } else { format!("line {line}: ") };
                format!("{shell}: {name}{place}")
            }
            (Dialect::Dash, None) => format!("{shell}: {line}: "),
            (Dialect::Dash, Some(command)) if command == shell => format!("{shell}: {line}: "),
            (Dialect::Dash, Some(command)) => format!("{shell}: {line}: {command}: "),
        }
    }
}
