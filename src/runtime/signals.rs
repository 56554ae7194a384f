//! Signals, as something to wait for beside the terminal's input.
//!
//! Promises: nothing happens inside a signal handler but a note and a byte in a pipe. Must not know: what a signal means for the
//! program; `event_loop` decides that.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::SignalOnly;

/// The signals that came and were not yet taken.
pub struct Signals {
    delivery: SignalDelivery<UnixStream, SignalOnly>,
}

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// End, and end as this signal would have ended us.
    End(i32),
    /// Stop until continued.
    Suspend,
    /// We were continued: the terminal may have been used by others.
    Continued,
    /// The terminal has another size.
    Resized,
}

impl Signals {
    /// Begins to take the signals.
    pub fn listen() -> io::Result<Self> {
        let (read, write) = UnixStream::pair()?;
        let signals = [SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH];
        Ok(Self { delivery: SignalDelivery::with_pipe(read, write, SignalOnly, signals)? })
    }

    /// Readable when a signal came.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.delivery.get_read().as_fd()
    }

    /// The signals that came since the last call; many of one kind count as one.
    pub fn take(&mut self) -> Vec<Signal> {
        self.delivery
            .pending()
            .map(|number| match number {
                SIGTSTP => Signal::Suspend,
                SIGCONT => Signal::Continued,
                SIGWINCH => Signal::Resized,
                other => Signal::End(other),
            })
            .collect()
    }
}

/// Ends the process as `signal` would have without us, so that the parent sees why it ended. Returns only if that fails.
pub fn die_of(signal: i32) {
    // If it fails there is nothing better to do than what the caller does next: to end with an exit code.
    let _failed = signal_hook::low_level::emulate_default_handler(signal);
}
