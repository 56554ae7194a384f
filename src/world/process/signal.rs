//! Signals by number and name, and what each does to a process that has no handler.

use std::fmt;

/// A signal, by its Linux number (1 to 64).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signal(u8);

/// What happens to a process that neither catches nor ignores a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultAction {
    Terminate,
    Ignore,
    Stop,
    Continue,
}

/// What a process asked to happen when a signal comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Action {
    #[default]
    Default,
    Ignore,
    /// The program takes it with [`super::System::take_signal`].
    Catch,
}

/// Names by number on Linux amd64 (`kill -l`), from 1.
const NAMES: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
    "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "POLL",
    "PWR", "SYS",
];

impl Signal {
    pub const HUP: Signal = Signal(1);
    pub const INT: Signal = Signal(2);
    pub const QUIT: Signal = Signal(3);
    pub const KILL: Signal = Signal(9);
    pub const USR1: Signal = Signal(10);
    pub const SEGV: Signal = Signal(11);
    pub const USR2: Signal = Signal(12);
    pub const PIPE: Signal = Signal(13);
    pub const ALRM: Signal = Signal(14);
    pub const TERM: Signal = Signal(15);
    pub const CHLD: Signal = Signal(17);
    pub const CONT: Signal = Signal(18);
    pub const STOP: Signal = Signal(19);
    pub const TSTP: Signal = Signal(20);
    pub const WINCH: Signal = Signal(28);

    /// The signal with this number, 1 to 64.
    pub fn from_number(number: u8) -> Option<Signal> {
        (1..=64).contains(&number).then_some(Signal(number))
    }

    /// Reads `TERM`, `SIGTERM`, `sigterm` or `15`.
    pub fn parse(text: &str) -> Option<Signal> {
        if let Ok(number) = text.parse::<u8>() {
            return Signal::from_number(number);
        }
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper);
        let name = if name == "IO" { "POLL" } else { name };
        NAMES.iter().position(|known| *known == name).and_then(|at| u8::try_from(at + 1).ok()).map(Signal)
    }

    /// 1 to 64.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The name without `SIG`; a real-time signal is `RTn`.
    pub fn name(self) -> String {
        match NAMES.get(usize::from(self.0) - 1) {
            Some(name) => (*name).to_owned(),
            None => format!("RT{}", self.0 - 32),
        }
    }

    /// signal(7): what it does when nothing else was asked for.
    pub fn default_action(self) -> DefaultAction {
        match self.0 {
            17 | 23 | 28 => DefaultAction::Ignore,
            18 => DefaultAction::Continue,
            19..=22 => DefaultAction::Stop,
            _ => DefaultAction::Terminate,
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SIG{}", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_and_numbers() {
        for text in ["TERM", "SIGTERM", "term", "15"] {
            assert_eq!(Signal::parse(text), Some(Signal::TERM), "{text}");
        }
        assert_eq!(Signal::parse("BOGUS"), None);
        assert_eq!(Signal::parse("0"), None);
        assert_eq!(Signal::KILL.to_string(), "SIGKILL");
    }
}
