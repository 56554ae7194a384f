//! The terminal: taken over, written to, and always given back as it was.
//!
//! Promises: whatever was changed is undone when the guard is dropped, when the program panics, and when `leave` is called for a
//! signal; undoing twice does no harm. Must not know: what is drawn, or what input means.

use std::io;
use std::os::fd::BorrowedFd;
use std::sync::{Mutex, PoisonError};

use nix::unistd::{Pid, getpgid, getpgrp, getppid, getsid};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, read, write};
use rustix::process::{Signal, kill_current_process_group};
use rustix::stdio::{stdin, stdout};
use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcgetwinsize, tcsetattr};

use crate::app::message::Size;

/// Alternate screen, hidden cursor, bracketed paste.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[?2004h";
/// Everything that is ever turned on, turned off: synchronized update, mouse, bracketed paste, colours, hidden cursor, alternate screen.
const LEAVE: &str = "\x1b[?2026l\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l";
const MOUSE_ON: &str = "\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1002l";
/// Asks for the background's colour; a terminal that does not know the question stays silent.
const ASK_BACKGROUND: &str = "\x1b]11;?\x1b\\";
/// Used where the terminal does not know its size.
const DEFAULT_SIZE: Size = Size::new(80, 24);
/// What the kernel gives for a process that our PID namespace does not show.
const OUT_OF_SIGHT: Pid = Pid::from_raw(0);

/// What the terminal was before we took it, if we hold it. It is global because a panic has to find it.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// Holds the terminal; gives it back when dropped.
#[derive(Debug)]
pub struct Terminal {
    mouse: bool,
}

/// What reading from the terminal gave.
#[derive(Debug, PartialEq, Eq)]
pub enum Reading {
    Bytes(usize),
    Nothing,
    /// The terminal is gone.
    Gone,
}

/// Whether there is a terminal to take: both input and output.
pub fn is_there() -> bool {
    isatty(stdin()) && isatty(stdout())
}

impl Terminal {
    /// Takes the terminal over. `ask_background` makes it tell its background, later, as input.
    pub fn enter(ask_background: bool) -> io::Result<Self> {
        give_back_after_a_panic();
        take_over()?;
        let terminal = Self { mouse: false };
        terminal.write(ENTER)?;
        if ask_background {
            terminal.write(ASK_BACKGROUND)?;
        }
        Ok(terminal)
    }

    /// Writes all of `text`, waiting where the terminal is slow.
    pub fn write(&self, text: &str) -> io::Result<()> {
        write_all(text.as_bytes())
    }

    /// Turns mouse capture on or off.
    pub fn capture_mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        self.write(if on { MOUSE_ON } else { MOUSE_OFF })
    }

    /// The size of the terminal.
    pub fn size(&self) -> Size {
        match tcgetwinsize(stdout()) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => Size::new(size.ws_col, size.ws_row),
            _ => DEFAULT_SIZE,
        }
    }

    /// Readable when the learner did something; hung up when the terminal is gone.
    pub fn descriptor(&self) -> BorrowedFd<'static> {
        stdin()
    }

    /// Reads what is there; call it only when there is something, or it waits.
    pub fn read(&self, bytes: &mut [u8]) -> Reading {
        match read(stdin(), bytes) {
            // In raw mode at least one byte is waited for: none means the end.
            Ok(0) => Reading::Gone,
            Ok(count) => Reading::Bytes(count),
            Err(Errno::INTR | Errno::AGAIN) => Reading::Nothing,
            Err(_) => Reading::Gone,
        }
    }

    /// Gives the terminal to the shell, stops, and takes it over again when continued. Says whether there was a shell to stop for.
    pub fn suspend(&mut self) -> io::Result<bool> {
        if !has_job_control() {
            return Ok(false);
        }
        leave();
        // The whole group, as the terminal does it on Ctrl-Z: with `cargo run`, or in a pipeline, we are not alone.
        let stopped = kill_current_process_group(Signal::STOP);
        self.take_again()?;
        stopped?;
        Ok(true)
    }

    /// Takes the terminal over again, after others may have used it.
    pub fn take_again(&mut self) -> io::Result<()> {
        take_over()?;
        self.write(ENTER)?;
        if self.mouse { self.write(MOUSE_ON) } else { Ok(()) }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        leave();
    }
}

/// Gives the terminal back as it was. Does nothing if we do not hold it, and as much as is possible if it is gone.
pub fn leave() {
    let before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(before) = before {
        // There is no one left to tell if the terminal refuses: it is gone, then.
        let _gone = write_all(LEAVE.as_bytes());
        let _gone = tcsetattr(stdin(), OptionalActions::Now, &before);
    }
}

/// Raw mode; remembers what was before, unless we hold the terminal already.
fn take_over() -> io::Result<()> {
    let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut modes = tcgetattr(stdin())?;
    if before.is_none() {
        *before = Some(modes.clone());
    }
    modes.make_raw();
    tcsetattr(stdin(), OptionalActions::Now, &modes)?;
    Ok(())
}

/// The terminal is given back before the words of a panic are printed, so that they can be read.
fn give_back_after_a_panic() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        leave();
        print(panic);
    }));
}

fn write_all(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match write(stdout(), bytes) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                poll(&mut [PollFd::from_borrowed_fd(stdout(), PollFlags::OUT)], None)?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Whether a shell would notice that we stop, and can continue us. If we lead the session, or share our group with its leader, no one
/// does, and stopping would be for ever.
///
/// A session or a group whose leader lives outside our PID namespace has the number 0 (`unshare --pid`, some sandboxes): rustix takes
/// every number for a process's and fails there, so nix asks.
fn has_job_control() -> bool {
    let Ok(session) = getsid(None) else { return false };
    let parent_is_in_session = getsid(Some(getppid())).is_ok_and(|its| its == session);
    let leader_is_in_group =
        if session == OUT_OF_SIGHT { getpgrp() == OUT_OF_SIGHT } else { getpgid(Some(session)) == Ok(getpgrp()) };
    parent_is_in_session && !leader_is_in_group
}
